#!/bin/sh
# A case's life: who has it, what it owes, and what happens when nobody does.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
noroshi contact set 2 --lang en >/dev/null
world_know "$WORLD/team.asc"

# --- helpers -----------------------------------------------------------------

case_field() { noroshi case show "$1" --json | jq -r "$2"; }
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }
take() { noroshi receive --from "${1:-ken@example.org}" --to "$TEAM" >/dev/null && once; }
order() { # order ADDRESS "Name <address>" MESSAGE-ID <text
	PROTECT=1 OUTER=... mail_encrypted "$1" "$TEAM" "$2" "$TEAM" orders "$3"
}
HANAKO="Hanako Handler <hanako@example.org>"
# notices ADDRESS: how many they have had
notices() {
	noroshi queue list --all --json | jq --arg who "$1" \
	    '[.[] | select(.recipient == $who and .kind == "notice")] | length'
}
# told ADDRESS WORDS: their newest notice says so
told() {
	newest=$(noroshi queue list --all --json | jq -r --arg who "$1" \
	    '[.[] | select(.recipient == $who and .kind == "notice")] | last | .id')
	world_read "$1" "$(ls "$G"/outbox/new/"$newest".*)" 2>/dev/null |
	    tr -d '\r' | sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/told"
	grep -q -- "$2" "$TEST_TMP/told" || { cat "$TEST_TMP/told"; false; }
}
# later KIND: its alarms ring now
later() { sqlite3 "$G/noroshi.db" "UPDATE alarm SET at = 1 WHERE kind = '$1'"; }

# Two parties in one case, one in another.
for name in report-encrypted coordinator-amber; do
	day_mail "$name" | noroshi receive --from x@example.net >/dev/null
done
once
A=$(day_case report-encrypted) B=$(day_case coordinator-amber)
M=$(day_number report-encrypted)

# --- seen and owed ------------------------------------------------------------

is "a case says which mail is owed an answer" "true [$M]" \
    "$(case_field "$A" '"\(.owed) \(.owed_messages)"')"
is "and which nobody has seen" "[$M]" "$(case_field "$A" '.unseen | tostring')"
noroshi message text "$M" >"$TEST_TMP/out"
is "who opens it has seen it" "[]" "$(case_field "$A" '.unseen | tostring')"
noroshi message text "$M" >"$TEST_TMP/out"
is "which is recorded once" 1 "$(events message.read)"
is "the list knows what is unseen" "$B" \
    "$(noroshi case list --unseen --json | jq -r '.[].id')"
is "and what is owed" "$A" "$(noroshi case list --owed --json | jq -r '.[].id')"

# --- who has it ---------------------------------------------------------------

is "nobody's case has no owner" null "$(case_field "$A" .owner)"
ok "the first claim takes it" noroshi case claim "$A"
is "and opens it" "1 open" "$(case_field "$A" '"\(.owner) \(.state)"')"
ok "who claims it again has it" noroshi case claim "$A"
ok "the second is refused" exits 77 noroshi case claim "$A" --as 2
ok "and told who has it" grep -q 'claimed before, by Taro Operator (contact 1)' \
    "$TEST_TMP/exits.err"
ok "a hand-over has a note" exits 77 noroshi case assign "$A" 2
ok "with one it is given" noroshi case assign "$A" hanako@example.org \
    --note "The hosting firm answers on Monday."
is "the note stays in the case" "2 The hosting firm answers on Monday." \
    "$(case_field "$A" '"\(.owner) \(.notes[-1].text)"')"
ok "who is not of the team owns nothing" exits 65 noroshi case assign "$A" \
    rika@client.example --note x
once
ok "the new owner is told by mail" told hanako@example.org "$A was given to you"
is "each step is recorded" "1 1" "$(events case.claimed) $(events case.assigned)"
is "the list knows whose it is" "$A" \
    "$(noroshi case list --owner 2 --json | jq -r '.[].id')"
is "and what is mine" "" "$(noroshi case list --mine --json | jq -r '.[].id')"

order ken@example.org "$KEN" "<claim1@staff.example>" <<-EOT | take
	Case: $A
	Claim:

EOT
is "a claim by mail of a case that somebody has does nothing" 2 \
    "$(case_field "$A" .owner)"
ok "and its author is told who" told ken@example.org 'Hanako Handler (contact 2)'
order ken@example.org "$KEN" "<claim2@staff.example>" <<-EOT | take
	Case: $A
	Owner: me

EOT
ok "a hand-over by mail has a note, too" told ken@example.org 'say in a Note:'
order ken@example.org "$KEN" "<claim3@staff.example>" <<-EOT | take
	Case: $B
	Claim:

EOT
is "the first claim by mail takes it" "3 open" \
    "$(case_field "$B" '"\(.owner) \(.state)"')"
is "and whoever claims has seen it" "[]" "$(case_field "$B" '.unseen | tostring')"
ok "it is given back with a note" noroshi case assign "$B" --none --note "back"
is "to nobody" null "$(case_field "$B" .owner)"

# --- tags ---------------------------------------------------------------------

ok "tags are added" noroshi case tag add "$A" bank kit-2026
ok "and taken away" noroshi case tag remove "$A" bank none-such
is "the case has the rest" '["kit-2026"]' "$(case_field "$A" '.tags | tostring')"
ok "a tag is one word" exits 65 noroshi case tag add "$A" "two words"

# --- what is owed has to be settled -------------------------------------------

ok "a case that owes an answer is not closed" exits 77 noroshi case close "$A"
ok "what is not of the case settles nothing" exits 65 noroshi case settle "$B" \
    "$M" --reason x
ok "a settlement has a reason" exits 64 noroshi case settle "$A" "$M"
ok "with one it stands" noroshi case settle "$A" "$M" --reason "Told by telephone."
is "and nothing is owed" "false []" "$(case_field "$A" '"\(.owed) \(.owed_messages)"')"
ok "settled is settled" exits 65 noroshi case settle "$A" "$M" --reason again
ok "it may wait" noroshi case wait "$A" --note "for the bank"
is "and says so" waiting "$(case_field "$A" .state)"
ok "then it is closed" noroshi case close "$A"
ok "and what is closed waits for nobody" exits 65 noroshi case wait "$A"
ok "until it is opened again" noroshi case reopen "$A"

# --- two answer the same mail -------------------------------------------------

N=$(day_number coordinator-amber)
echo "First." | noroshi send --case "$B" --to desk@ncc.example --tlp AMBER \
    --as 2 >"$TEST_TMP/out" 2>"$TEST_TMP/first"
ok "the first answer is no collision" not grep -q "second answer" "$TEST_TMP/first"
once
is "it settles what was owed" "[]" "$(case_field "$B" '.owed_messages | tostring')"
echo "Again." | noroshi send --case "$B" --to desk@ncc.example --tlp AMBER \
    --dry-run >"$TEST_TMP/out" 2>"$TEST_TMP/dry"
ok "a dry run tells of the first" grep -q \
    "message $N was answered before, by Hanako Handler (contact 2)" "$TEST_TMP/dry"
is "and records nothing" 0 "$(events outgoing.collision)"
echo "Again." | noroshi send --case "$B" --to desk@ncc.example --tlp AMBER \
    >"$TEST_TMP/out" 2>"$TEST_TMP/second"
is "the second answer leaves" 0 $?
ok "with a warning" grep -q "this is a second answer" "$TEST_TMP/second"
is "which is recorded" 1 "$(events outgoing.collision)"
reply=$(day_reply_address ken@example.org coordinator-amber)
staff_mail ken@example.org "$KEN" "$reply" coordinator-amber \
    "Re: [$B] TLP:AMBER Beacons from your network" "<third@staff.example>" <<-EOT |
	We look into it.
	EOT
    noroshi receive --from ken@example.org --to "$reply" >/dev/null
once
ok "an answer by mail, too: its author is told" told ken@example.org \
    "$N was answered before by Taro Operator"
is "and it is recorded" 2 "$(events outgoing.collision)"
is "and leaves" sent "$(noroshi message list --json | jq -r '[.[] |
    select(.direction == "out")] | last | .state')"

# --- a case without mail --------------------------------------------------------

T=$(noroshi case new --title "By telephone" --from-phone --note "Call back.")
noroshi case assign "$T" 3 >"$TEST_TMP/out"
once
ok "of a case without mail people are told, too" told ken@example.org \
    "$T was given to you"
is "and it has a record of that" "own processed" "$(field \
    "$(case_field "$T" '.messages[0]')" '"\(.direction) \(.state)"')"
is "which is no mail to answer" "false []" "$(case_field "$T" \
    '"\(.owed) \(.owed_messages)"')"
noroshi case assign "$T" 2 --note "His." >"$TEST_TMP/out"
once
is "one alone" 1 "$(case_field "$T" '.messages | length')"
ok "what leaves of it goes through the gate as ever" sh -c "echo hello |
    noroshi send --case $T --to desk@ncc.example --subject x --tlp AMBER --dry-run"

# --- nobody sees it -----------------------------------------------------------

for name in report-japanese coordinator-red; do
	day_mail "$name" | noroshi receive --from x@example.net >/dev/null
done
once
C=$(day_case report-japanese) R=$(day_number coordinator-red)
U=$(day_number report-japanese)
noroshi rota set hanako@example.org >"$TEST_TMP/out"
before=$(notices ken@example.org)
once
is "before its time nobody is told" "$before" "$(notices ken@example.org)"
later unseen
once
ok "those on the rota are told of what nobody has seen" told hanako@example.org \
    "Nobody has opened, claimed, noted or answered message $U"
ok "but not of what is RED" not told hanako@example.org "message $R"
ok "of which PoC and deputies learn" told ken@example.org \
    "Nobody has opened, claimed, noted or answered message $R"
later unseen
once
ok "and where that helps nothing, of the other as well" told taro@example.org \
    "Nobody has opened, claimed, noted or answered message $U"
later unseen
once
is "and no more after that" 3 "$(events message.unseen)"
sqlite3 "$G/noroshi.db" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
    SELECT i + 1 FROM n WHERE i < 20) INSERT INTO message (id, sha256,
    direction, source, received_at, size, state) SELECT 1000 + i, 'x' || i,
    'in', 'x', 1, 1, 'processed' FROM n;
    INSERT INTO duty (message, owed, told_at) SELECT id, 0, unixepoch()
    FROM message WHERE id > 1000;
    INSERT INTO alarm (kind, ref, stage, cases, at)
    VALUES ('unseen', 1001, 'rota', 1, 1)"
once
is "in a flood the rest waits an hour" "3 1" "$(events message.unseen) $(sqlite3 \
    "$G/noroshi.db" "SELECT at > unixepoch() + 3000 FROM alarm WHERE ref = 1001")"
sqlite3 "$G/noroshi.db" "DELETE FROM alarm WHERE ref = 1001; DELETE FROM duty
    WHERE message > 1000; DELETE FROM message WHERE id > 1000"
noroshi case note "$C" "I look." >"$TEST_TMP/out"
is "a note is a look" "[]" "$(case_field "$C" '.unseen | tostring')"

later unanswered
once
ok "what has no answer is told of" told hanako@example.org \
    "Message $U came at .* and has no answer"
noroshi case settle "$C" "$U" --reason "Spam." >"$TEST_TMP/out"
before=$(events message.unanswered)
later unanswered
once
is "what is settled is not" 0 "$(($(events message.unanswered) - before))"

# from here on the test moves times, also those of the audit log
ok "the audit chain verifies" noroshi audit verify

# --- terms ----------------------------------------------------------------------

is "without service levels there are no terms" "[]" "$(case_field "$A" '.service | tostring')"
gateway_conf service_levels '( { priority = "normal"; answer = 60; close = 600; }, { priority = "high"; close = 60; } )'
P=$(case_field "$A" .priority)
once
ok "which its alarms follow once the daemon has them" test 2 -le \
    "$(sqlite3 "$G/noroshi.db" "SELECT count(*) FROM alarm WHERE kind = 'service'")"
sqlite3 "$G/noroshi.db" "UPDATE cases SET opened_at = opened_at - 1;
    UPDATE alarm SET at = 1 WHERE kind = 'service' AND stage = 'close.soon'"
once
is "before four fifths of a term nobody is told" 0 "$(events case.due-soon)"
is "but the alarm stands" 1 "$(sqlite3 "$G/noroshi.db" "SELECT count(*)
    FROM alarm JOIN cases c ON c.id = ref WHERE kind = 'service'
    AND stage = 'close.soon' AND at > 1 AND name = '$A'")"
is "a priority has its terms" close "$(case_field "$A" '[.service[].term] | last')"
gateway_conf from '"00:00"'
gateway_conf until '"24:00"'
gateway_conf days '[ "mon", "tue", "wed", "thu", "fri", "sat", "sun" ]'
sqlite3 "$G/noroshi.db" "UPDATE cases SET opened_at = unixepoch() - 30000 WHERE name = '$A';
    UPDATE audit SET at = unixepoch() - 30000 WHERE event = 'case.reopened';
    UPDATE alarm SET at = 1 WHERE kind = 'service' AND stage = 'close.soon'"
once
ok "after that its owner is" told hanako@example.org \
    "By the terms of priority $P the case is to be closed by"
is "once" 1 "$(events case.due-soon)"
sqlite3 "$G/noroshi.db" "UPDATE cases SET opened_at = 1700000000 WHERE name = '$A';
    UPDATE audit SET at = 1700000000 WHERE event = 'case.reopened'" 2>/dev/null
ok "the list knows what is overdue" sh -c "noroshi case list --overdue --json |
    jq -e 'map(.id) | index(\"$A\") != null'"
noroshi case note "$A" "go on" >"$TEST_TMP/out"
noroshi case wait "$A" >"$TEST_TMP/out"
once
ok "its owner is told" told hanako@example.org "By the terms of priority $P the case should have been closed"
is "once" 1 "$(events case.overdue)"
once
is "until as much work has passed" 1 "$(events case.overdue)"

# --- somebody is away -------------------------------------------------------------

noroshi rota set ken@example.org >"$TEST_TMP/out"
EXTRA="Auto-Submitted: auto-replied" mail_plain "$HANAKO" "$TEAM" \
    "Out of office" "<away@staff.example>" <<-EOT | take hanako@example.org
	Away until Monday.
	EOT
is "an automatic reply of staff says that they are away" 1 "$(events contact.absent)"
ok "those on the rota are told" told ken@example.org \
    "The mailbox of Hanako Handler (contact 2) answers that they are away"
noroshi rota set ken@example.org hanako@example.org >"$TEST_TMP/out"
is "the rota shows it" "false true" "$(noroshi rota list --json |
    jq -r 'sort_by(-.contact) | map(.absent) | join(" ")')"
later service
once
ok "and of what that person's cases need" told ken@example.org \
    "By the terms of priority $P"
ok "as well as they themselves" told hanako@example.org "By the terms of priority $P"
order hanako@example.org "$HANAKO" "<back@staff.example>" <<-EOT | take hanako@example.org
	Case: $A
	Note: I am back.

EOT
before=$(notices ken@example.org)
later service
once
is "until they write themselves" "$before" "$(notices ken@example.org)"

is "nothing was quarantined" 0 "$(noroshi message list --json |
    jq '[.[] | select(.state == "quarantined")] | length')"
day_mail too-deep | noroshi receive --from x@example.net >/dev/null
once
Q=$(noroshi message list --json | jq '[.[] | select(.state == "quarantined")] |
    last | .id')
later unseen
once
ok "what nobody could read does not lie unseen either" told ken@example.org \
    "Nobody has opened, claimed, noted or answered message $Q"
tap_end
