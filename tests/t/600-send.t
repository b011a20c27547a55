#!/bin/sh
# What the team answers, by command and by mail, and what the gate lets out.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
printf 'second_person = "contact";\n' >>"$NOROSHI_CONF"
for name in report-encrypted report-japanese coordinator-amber; do
	day_mail "$name" >"$WORLD/$name.eml"
	noroshi receive --from x@example.net "$WORLD/$name.eml" >/dev/null
done
once
case_of() {
	noroshi message list --json | jq -r --arg id "$(day_id "$1")" \
	    '.[] | select(.message_id == $id) | .case'
}
A=$(case_of report-encrypted) B=$(case_of report-japanese)
D=$(case_of coordinator-amber)

# by command
sent_mail() { # sent_mail ADDRESS: the newest outbox file for it
	grep -l "^Delivered-To: $1\$" "$G"/outbox/new/* | sort -t/ -k99 |
	    while read -r f; do echo "$(stat -c %Y.%n "$f" | cut -d. -f1) ${f##*/} $f"; done |
	    sort -k1,1n -k2,2n | tail -n 1 | cut -d' ' -f3
}
printf 'We have asked the hosting firm.\n' |
    noroshi send --case "$A" --to rika@client.example --json >"$TEST_TMP/sent"
is "an answer to the reporter is allowed" "allow source-own" \
    "$(jq -r '"\(.decision) \(.recipients[0].rule)"' "$TEST_TMP/sent")"
ok "--once sends it without the recall window" once
is "it is sent" sent \
    "$(field "$(jq -r .id "$TEST_TMP/sent")" .state)"
mail=$(sent_mail rika@client.example)
world_know "$WORLD/team.asc"
world_read rika@client.example "$mail" >"$TEST_TMP/plain"
ok "the reporter's own gpg opens it" grep -q DECRYPTION_OKAY "$WORLD/status"
ok "and finds the team's signature" grep -q 'GOODSIG.*Example CSIRT' "$WORLD/status"
ok "it holds the text" grep -q 'asked the hosting firm' "$TEST_TMP/plain"
ok "and no word of who wrote it" not grep -Eqi 'taro|operator|hanako' "$TEST_TMP/plain"
ok "its subject is outside as [...]" grep -qx 'Subject: \[\.\.\.\]' "$mail"
is "the case owes no answer any more" false \
    "$(noroshi case show "$A" --json | jq .owed)"

# the reporter answers to the address it gives, without any reference
reply_to=$(tr -d '\r' <"$TEST_TMP/plain" | sed -n 's/^Reply-To:.*<\(.*\)>.*/\1/p')
ok "it gives an address of the case" test -n "$reply_to"
mail_encrypted rika@client.example csirt@example.org "$RIKA" "$reply_to" \
    "Something else" "<token@day.example>" <<-EOT | noroshi receive --from rika@client.example --to "$reply_to" >/dev/null
thank you
EOT
once
is "what comes to that address is in the case" "$A" "$(case_of token 2>/dev/null ||
    noroshi message list --json | jq -r '.[] | select(.message_id == "<token@day.example>") | .case')"
printf 'From: Stranger <s@evil.example>\nTo: csirt@example.org\nSubject: x\nMessage-ID: <guess@day.example>\n\nhi\n' |
    noroshi receive --to "csirt+s1-aaaaaaaaaaaaaaaa@example.org" >/dev/null
once
is "a guessed token leads nowhere" 1 "$(noroshi message list --json |
    jq -r --arg c "$A" '[.[] | select(.message_id == "<guess@day.example>" and .case != $c)] | length')"

# in clear to an ordinary reporter; their own mail, labelled by default
printf 'ご連絡ありがとうございます。\n' |
    noroshi send --case "$B" --to jiro@nokey.example --json >"$TEST_TMP/sent"
is "a reporter without a key is answered in clear" "allow source-own" \
    "$(jq -r '"\(.decision) \(.recipients[0].rule)"' "$TEST_TMP/sent")"
once
mail=$(sent_mail jiro@nokey.example)
ok "and signed" grep -q 'multipart/signed' "$mail"

# third-party AMBER to somebody else is refused, and nothing leaves
printf '> Look for connections to 203.0.113.77.\nplease check\n' |
    noroshi send --case "$D" --to psirt@vendor.example >"$TEST_TMP/out" 2>"$TEST_TMP/err"
is "the coordinator's AMBER may not go to the vendor" 77 $?
ok "with the rule that says so" grep -q amber-third-party "$TEST_TMP/err"
once
is "nothing left for them" 0 "$(grep -l 'Delivered-To: psirt@vendor' "$G"/outbox/new/* 2>/dev/null | wc -l)"
is "it is on record as refused" refused "$(field "$(cat "$TEST_TMP/out")" .state)"

# a hold, and a second person
id=$(printf 'AMBER for a reporter without a key.\n' |
    noroshi send --case "$B" --to jiro@nokey.example --tlp AMBER 2>/dev/null)
once
d=$(noroshi queue list --json | jq -r --argjson m "$id" '.[] | select(.message == $m) | .id')
is "an explicit AMBER in clear is held" "held channel-plain" \
    "$(noroshi queue show "$d" --json | jq -r '"\(.state) \(.rule)"')"
noroshi queue approve "$d" >/dev/null 2>&1
is "its author cannot release it" 77 $?
noroshi queue approve "$d" --as "Ken Deputy" >/dev/null 2>"$TEST_TMP/err"
is "nor another without saying that it leaves in clear" 77 $?
ok "who can, says so" noroshi queue approve "$d" --as "Ken Deputy" --in-clear
once
is "then it leaves, under its own id" sent \
    "$(noroshi queue show "$d" --json | jq -r .state)"
id=$(printf 'another\n' | noroshi send --case "$B" --to jiro@nokey.example \
    --tlp AMBER 2>/dev/null)
once
d=$(noroshi queue list --json | jq -r --argjson m "$id" '.[] | select(.message == $m) | .id')
ok "a held one may be rejected" noroshi queue reject "$d" --reason no
is "and is cancelled" cancelled "$(field "$id" .state)"
ok "--dry-run sends nothing" sh -c "echo x | noroshi send --case $A --to rika@client.example --dry-run"

# a window in which the author may cancel, while the daemon runs
daemon_run
id=$(printf 'too early\n' | noroshi send --case "$A" --to rika@client.example)
is_queued() {
	d=$(noroshi queue list --json | jq -r --argjson m "$id" '.[] | select(.message == $m) | .id')
	[ -n "$d" ]
}
wait_for 10 is_queued
is "mail to outsiders waits for the recall window" queued \
    "$(noroshi queue show "$d" --json | jq -r .state)"
ok "in which it can be cancelled" noroshi queue cancel "$d"
daemon_end
once
is "and then never leaves" cancelled "$(field "$id" .state)"

# by mail, from a staff member's own mail program
copy=
for f in $(grep -l '^Delivered-To: ken@example.org' "$G"/outbox/new/*); do
	world_read ken@example.org "$f" >"$TEST_TMP/plain" 2>/dev/null
	tr -d '\r' <"$TEST_TMP/plain" | sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/flat"
	grep -q "Message: $(noroshi message list --json | jq -r --arg id "$(day_id report-encrypted)" '.[] | select(.message_id == $id) | .id')\$" \
	    "$TEST_TMP/flat" && { copy=$f; break; }
done
ok "a copy tells where to answer" grep -q 'csirt+r' "$TEST_TMP/flat"
reply=$(sed -n 's/.*: \(csirt+r[^ ]*\)$/\1/p' "$TEST_TMP/flat" | head -n 1)
parent=$(sed -n 's/^Message-ID: \(<.*>\)$/\1/p' "$copy" | head -n 1)
KEN="Ken Deputy <ken@example.org>"
before=$(ls "$G/outbox/new" | wc -l)
EXTRA="In-Reply-To: $parent
User-Agent: SecretMailer/1.0" PROTECT=1 OUTER=... \
    mail_encrypted ken@example.org csirt@example.org "$KEN" csirt@example.org \
    "Re: [$A] TLP:AMBER Phishing site imitating our bank" "<comment@staff.example>" <<-EOT | noroshi receive --from ken@example.org --to csirt@example.org >/dev/null
	I know this kit.
	EOT
once
is "an answer to a copy is a comment in the case" "$A" \
    "$(noroshi message list --json | jq -r '.[] | select(.message_id == "<comment@staff.example>") | .case')"
is "which no outsider gets" 0 "$(grep -l 'Delivered-To: rika' "$G"/outbox/new/* |
    xargs -r -n1 sh -c 'stat -c %Y "$0"' >/dev/null; noroshi queue list --json |
    jq '[.[] | select(.recipient == "rika@client.example" and .message > 9000)] | length')"
staff_answer() { # staff_answer MESSAGE-ID: a mail by Ken to the reply address
	EXTRA="In-Reply-To: $parent
User-Agent: SecretMailer/1.0" PROTECT=1 OUTER=... \
	    mail_encrypted ken@example.org csirt@example.org "$KEN" "$reply" \
	    "Re: [$A] TLP:AMBER Phishing site imitating our bank" "$1"
}
staff_answer "<answer@staff.example>" >"$WORLD/answer.eml" <<-EOT
	The page is gone since noon.

	> Case: $A (new)
	> Sender: internal words about the sender
	> ------------------------------------------------------------
	> TLP:AMBER
	> Please have it taken down.

	-- 
	Ken Deputy, mobile 090-0000-0000
	EOT
noroshi receive --from ken@example.org --to "$reply" "$WORLD/answer.eml" >/dev/null
once
out=$(noroshi message list --json | jq -r '[.[] | select(.direction == "out")] | last | .id')
is "an answer to the reply address leaves as the team" "sent rika@client.example" \
    "$(field "$out" '"\(.state) \(.to[0].address)"')"
mail=$(sent_mail rika@client.example)
world_read rika@client.example "$mail" >"$TEST_TMP/plain"
ok "with the words meant for them" grep -q 'gone since noon' "$TEST_TMP/plain"
ok "and their own words quoted" grep -q '> Please have it taken down' "$TEST_TMP/plain"
ok "without our summary" not grep -q 'internal words' "$TEST_TMP/plain"
ok "without the member's signature block" not grep -q '090-0000' "$TEST_TMP/plain"
ok "without name or mail program" not sh -c \
    "{ cat '$TEST_TMP/plain'; sed '/^\$/q' '$mail'; } |
	grep -Eqi 'ken deputy|ken@example|SecretMailer'"
is "a replay of it" "$out" "$(sed 's/^Return-Path:.*/X-Replay: 1/' "$WORLD/answer.eml" |
    noroshi receive --from ken@example.org --to "$reply" >/dev/null
    once
    noroshi message list --json | jq -r '[.[] | select(.direction == "out")] | last | .id')"
PROTECT=1 mail_signed ken@example.org "$KEN" "$reply" "Re: [$A] plain" \
    "<unencrypted@staff.example>" <<-EOT | noroshi receive --from ken@example.org --to "$reply" >/dev/null
	not encrypted
	EOT
once
is "an unencrypted one does nothing" "$out" "$(noroshi message list --json |
    jq -r '[.[] | select(.direction == "out")] | last | .id')"
is "and its author is told" 1 "$(noroshi audit log --json |
    jq '[.[] | select(.event == "command.refused" and
	(.detail.why | test("not encrypted")))] | length')"
is "as of the replay" 1 "$(noroshi audit log --json |
    jq '[.[] | select(.event == "command.refused" and
	(.detail.why | test("came before")))] | length')"
# a community: nobody in it learns of another by our mail
ok "a community of five" day_community
noroshi contact add "Bank 6" --address csirt@bank6.example --class partner >/dev/null
noroshi community join banks csirt@bank6.example
world_know "$WORLD/team.asc"
number=$(echo "Look for /verify.php" | noroshi advisory send --community banks \
    --tlp GREEN --subject "A kit" 2>/dev/null)
is "an advisory has a number" 1 "$number"
once
leaks=0 sealed=0
for n in 1 2 3 4 5; do
	mail=$(sent_mail "csirt@bank$n.example")
	world_read "csirt@bank$n.example" "$mail" >"$TEST_TMP/plain" && sealed=$((sealed + 1))
	for other in 1 2 3 4 5 6; do
		[ $n = $other ] || ! cat "$mail" "$TEST_TMP/plain" |
		    grep -v '^Delivered-To' | grep -q "bank$other" ||
		    leaks=$((leaks + 1))
	done
	[ "$(world_recipients "$mail" | wc -l)" = 1 ] || leaks=$((leaks + 1))
done
is "each member's own gpg opens it" 5 "$sealed"
is "and shows no other member" 0 "$leaks"
echo "only for those with keys" | noroshi advisory send --community banks \
    --tlp AMBER --subject "More" >"$TEST_TMP/out" 2>"$TEST_TMP/err"
once
id=$(noroshi message list --json | jq '[.[] | select(.direction == "out")] | last | .id')
is "AMBER of ours to a community waits for a second person" "held amber-list" \
    "$(noroshi queue list --json | jq -r --argjson m "$id" '[.[] | select(.message == $m and .recipient == "csirt@bank1.example")] | .[0] | "\(.state) \(.rule)"')"
d=$(noroshi queue list --json | jq -r --argjson m "$id" '[.[] | select(.message == $m)] | .[0].id')
ok "who releases it" noroshi queue approve "$d" --as "Ken Deputy"
once
once
is "lets five copies go, and holds the one that would be in clear" \
    "1 held,5 sent" "$(noroshi queue list --json | jq -r --argjson m "$id" \
	'[.[] | select(.message == $m) | .state] | group_by(.) |
	[.[] | "\(length) \(.[0])"] | join(",")')"
ok "which may go in clear if that is said" noroshi queue approve \
    "$(noroshi queue list --json | jq -r --argjson m "$id" '.[] | select(.message == $m and .state == "held") | .id')" \
    --as "Ken Deputy" --in-clear
once
is "and no other copy goes twice" 6 "$(noroshi queue list --json |
    jq --argjson m "$id" '[.[] | select(.message == $m and .state == "sent")] | length')"
echo x | noroshi advisory send --community banks --tlp RED --subject No \
    >/dev/null 2>"$TEST_TMP/err"
is "RED to a list is refused" 77 $?
echo x | noroshi advisory send --as "Hanako Handler" --community banks \
    --tlp GREEN --subject No >/dev/null 2>"$TEST_TMP/err"
is "so is one by somebody who is neither PoC nor deputy" 77 $?
ok "by that rule" grep -q poc-signature "$TEST_TMP/err"
ok "the audit chain verifies" noroshi audit verify
tap_end
