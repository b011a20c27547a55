#!/bin/sh
# Messages, cases, the queue and the record as the commands show them.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

rfc3339='^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$'
case_field() { noroshi case show "$1" --json | jq -r "$2"; }
types() { jq -r 'to_entries | map("\(.key):\(.value | type)") | join(" ")'; }

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
for name in report-encrypted report-japanese coordinator-red reply-plain; do
	day_mail "$name" >"$TEST_TMP/$name"
	noroshi receive --from envelope@b.example --to csirt@example.org \
	    "$TEST_TMP/$name" >"$TEST_TMP/out"
done
ok "a message that waits is shown as that" sh -c \
    "noroshi message show 1 | head -n 1 | grep -qx 'Message 1, received'"
ok "has no text yet: 75" exits 75 noroshi message text 1
ok "but its bytes" sh -c "noroshi message raw 1 | cmp - '$TEST_TMP/report-encrypted'"
once

# messages
noroshi message show 1 --json >"$TEST_TMP/1"
is "message show has the fields of its description" \
    "attachments case cc classification date direction encryption from id in_reply_to_message indicators message_id products received_at sender sha256 signatures size source state subject text tlp to untrusted warnings" \
    "$(fields <"$TEST_TMP/1")"
is "list has them without text" "$(jq -cS 'del(.text)' "$TEST_TMP/1")" \
    "$(noroshi message list --json | jq -cS '.[0]')"
is "sender" "ascii class constituency contact evidence organisation resembles" "$(jq .sender "$TEST_TMP/1" | fields)"
is "tlp" "effective label source" "$(jq .tlp "$TEST_TMP/1" | fields)"
is "signatures" "contact covers created fingerprint key_id status why" \
    "$(jq '.signatures[0]' "$TEST_TMP/1" | fields)"
is "classification" "category kind owner priority rsit rules tags" \
    "$(jq .classification "$TEST_TMP/1" | fields)"
is "indicators" "constituency type value" "$(jq '.indicators[0]' "$TEST_TMP/1" | fields)"
is "from" "address name" "$(jq .from "$TEST_TMP/1" | fields)"
ok "received_at is RFC 3339" sh -c "jq -r .received_at '$TEST_TMP/1' | grep -qE '$rfc3339'"
is "what is none is null, a list is a list" "null array array array" \
    "$(jq -r '"\(.in_reply_to_message) \(.cc | type) \(.attachments | type)" +
	" \(.warnings | type)"' "$TEST_TMP/1")"
is "its hash is that of the bytes" \
    "$(sha256sum <"$TEST_TMP/report-encrypted" | cut -c1-64)" \
    "$(jq -r .sha256 "$TEST_TMP/1")"
ok "raw is byte-exact" sh -c \
    "noroshi message raw 2 | cmp - '$TEST_TMP/report-japanese'"
ok "raw bytes are no JSON" exits 64 noroshi message raw 2 --json
is "text is the text alone" "お世話になっております。" \
    "$(noroshi message text 2 | head -n 1)"
is "of JSON the same" "text" "$(noroshi message text 2 --json | fields)"
is "a case picks" "2 4" "$(noroshi message list --json --case \
    "$(field 2 .case)" | jq -r '.[].id' | paste -sd' ')"
is "a state picks" 0 "$(noroshi message list --state quarantined --json | jq length)"
ok "another word is no state" exits 64 noroshi message list --state new
for what in "message show" "message text" "message raw" "case show" \
    "queue show" "rules explain"; do
	# shellcheck disable=SC2086
	ok "$what of what is not there is 66" exits 66 noroshi $what 99
done
ok "the envelope is in the record" sh -c "noroshi audit log --message 1 --json |
    jq -e '.[] | select(.event == \"message.received\")'"
is "rules explain" "classification explain message" \
    "$(noroshi rules explain 1 --json | fields)"
ok "names the rule that fired" sh -c "noroshi rules explain 1 | grep -q ': fired'"

# cases
CASE=$(field 1 .case)
is "case show has the fields of its description" \
    "accepted_by:null affected:array apt_suspected:boolean category:string cause:null closed_at:null conversations:array deadlines:array decision:null harm:string id:string links:array messages:array notes:array opened_at:string owed:boolean owed_messages:array owner:null participants:array priority:string readers:array remedy:null service:array state:string suggestions:array tags:array title:string tlp:string unseen:array" \
    "$(noroshi case show "$CASE" --json | jq -S . | types)"
is "a case is found in small letters" "$CASE" \
    "$(case_field "$(echo "$CASE" | tr A-Z a-z)" .id)"
is "list is an array of what show shows, but for what it compares" \
    "$(noroshi case show "$CASE" --json |
	jq -cS 'del(.conversations, .suggestions)')" \
    "$(noroshi case list --json | jq -cS ".[] | select(.id == \"$CASE\")")"
ok "an answer is owed: no closing without a reason" exits 77 noroshi case close "$CASE"
ok "which standard error says" grep -q -- "--reason" "$TEST_TMP/exits.err"
is "it is still open" true "$(case_field "$CASE" '.closed_at == null')"
ok "a reason without words is none" exits 65 noroshi case close "$CASE" --reason " "
ok "with a reason it closes" noroshi case close "$CASE" --reason "By telephone 済"
is "and the reason is a note by who closed it" "closed 1 By telephone 済 true" \
    "$(case_field "$CASE" '"\(.state) \(.notes[0].author) \(.notes[0].text)" +
	" \(.closed_at != null)"')"
is "closed ones are listed so" "$CASE" \
    "$(noroshi case list --state closed --json | jq -r '.[].id')"
ok "twice is 65" exits 65 noroshi case close "$CASE" --reason again
ok "it opens again" noroshi case reopen "$CASE"
is "and is open" "open null" "$(case_field "$CASE" '"\(.state) \(.closed_at)"')"
ok "what is open does not open" exits 65 noroshi case reopen "$CASE"
printf 'two\nlines\n' | noroshi case note "$CASE" --as 2 >"$TEST_TMP/out"
is "a note comes from standard input, with its author" "2 two lines" \
    "$(case_field "$CASE" '.notes[1] | "\(.author) \(.text)"' | paste -sd' ')"
is "a note" "at author text" "$(case_field "$CASE" '.notes[1]' | fields)"
ok "a note without words is 65" exits 65 noroshi case note "$CASE" ""
ok "so is nothing on standard input" exits 65 noroshi case note "$CASE"
ok "and a NUL" sh -c "printf 'a\\0b' | noroshi case note '$CASE'; test \$? = 65"
phone=$(noroshi case new --title "電話での報告" --from-phone \
    --caller "山田 +81 3 0000 0000" --note "Their site is down." \
    --priority high --category dos)
is "a case from a call has the call as its first note" \
    "Telephone call|Caller: 山田 +81 3 0000 0000|Taken by: Taro Operator (contact 1)||Their site is down.|1 phone high dos" \
    "$(case_field "$phone" '.notes[0].text, ("\(.notes[0].author)" +
	" \(.tags[0]) \(.priority) \(.category)")' | grep -v '^At: ' | paste -sd'|')"
ok "and when it was" sh -c "noroshi case show '$phone' --json |
    jq -r '.notes[0].text' | sed -n 's/^At: //p' | grep -qE '$rfc3339'"
ok "a caller without a call is wrong" exits 64 noroshi case new --title x --caller y
ok "no category of ours is 64" exits 64 noroshi case new --title x --category y
ok "a title without words is 65" exits 65 noroshi case new --title " "
ok "a title stays one line" sh -c "noroshi case new --title 'a
b' | { read -r id; noroshi case show \$id | head -n 1 | grep -q ' a b'; }"
is "an act prints the case as JSON, too" "case note" \
    "$(noroshi case note "$phone" "case note" --json | jq -r '.notes[1].text')"

# the queue
is "queue show has the fields of its description" \
    "attempts author case contact created_at encrypted_to id kind last_error message next_attempt_at reason recipient rule sent_at state tlp" \
    "$(noroshi queue show 1 --json | fields)"
is "list is an array of them" "$(noroshi queue show 1 --json | jq -cS .)" \
    "$(noroshi queue list --json | jq -cS '.[0]')"
is "a state picks" 0 "$(noroshi queue list --state held --json | jq length)"

# the record
is "audit log has the fields of its description" \
    "actor at case contact detail event hash id message" \
    "$(noroshi audit log --json | jq '.[0]' | fields)"
is "a case picks" "$CASE" "$(noroshi audit log --case "$CASE" --json |
    jq -r '.[].case' | sort -u)"
is "audit verify" "broken entries hash whole" "$(noroshi audit verify --json | fields)"
ok "the chain is whole" exits 0 noroshi audit verify

# RED is for its readers
RED=3
SECRET="For your eyes only"
ok "the PoC reads RED" sh -c "noroshi message text $RED | grep -q '$SECRET'"
is "which is recorded" "$RED 1" "$(noroshi audit log --message $RED --json |
    jq -r '.[] | select(.event == "message.read") | "\(.message) \(.contact)"')"
as() { # as CONTACT: this Unix user is that contact
	sed "/^operators = (/,/^);/ s/contact = [0-9]*/contact = $1/" \
	    "$NOROSHI_CONF" >"$G/as.conf"
}
other() { noroshi -c "$G/as.conf" "$@"; }
as 3
ok "a deputy reads it" sh -c "noroshi -c '$G/as.conf' message show $RED | grep -q '$SECRET'"
as 2
for how in "show $RED" "show $RED --json" "text $RED" "raw $RED"; do
	# shellcheck disable=SC2086
	ok "a handler who is no reader does not: message $how" exits 77 \
	    other message $how
	is "and gets no byte of it" "" "$(cat "$TEST_TMP/exits.out")"
done
ok "the reason is on standard error" grep -q "TLP:RED" "$TEST_TMP/exits.err"
title=$(field $RED .subject)
other message list >"$TEST_TMP/list"
other message list --json >>"$TEST_TMP/list"
other case list >>"$TEST_TMP/list"
other case list --json >>"$TEST_TMP/list"
other case show "$(field $RED .case)" >>"$TEST_TMP/list"
other case note "$(field $RED .case)" "seen" --json >>"$TEST_TMP/list"
ok "no listing tells them the subject" not grep -qF "$title" "$TEST_TMP/list"
ok "but that there is one" grep -qF "(RED)" "$TEST_TMP/list"
is "in JSON it is null, and said to be withheld" "null true" "$(other message list \
    --json | jq -r ".[] | select(.id == $RED) | \"\(.subject) \(.withheld)\"")"
ok "other mail they read" sh -c "noroshi -c '$G/as.conf' message text 1 | grep -q fake"
ok "the sender reads what they wrote themselves" sh -c "
    sed '/^operators = (/,/^);/ s/contact = [0-9]*/contact = 5/' \
	'$NOROSHI_CONF' >'$G/as.conf' &&
    noroshi -c '$G/as.conf' message text $RED | grep -q '$SECRET'"
sed '/^operators = (/,/^);/d' "$NOROSHI_CONF" >"$G/as.conf"
ok "who is no operator reads no RED" exits 77 other message text $RED

# a record that was changed
if command -v sqlite3 >/dev/null 2>&1; then
	sqlite3 "$G/noroshi.db" "UPDATE audit SET detail =
	    replace(detail, '1', '2') WHERE id = 3"
	ok "a changed record is 65" exits 65 noroshi audit verify
	ok "with its first broken entry" grep -q ' 3[^0-9]' "$TEST_TMP/exits.err"
	is "in JSON, too" "false 3" "$(noroshi audit verify --json 2>/dev/null |
	    jq -r '"\(.whole) \(.broken)"')"
else
	skip "a changed record is 65" "no sqlite3"
	skip "with its first broken entry" "no sqlite3"
	skip "in JSON, too" "no sqlite3"
fi
# what goes out, in the list too
answered=$(field 2 .from.address)
echo "An answer." | noroshi send --case "$(field 2 .case)" --to "$answered" \
    >"$TEST_TMP/out" 2>&1
once
out=$(noroshi message list --json | jq '[.[] | select(.direction == "out")][0].id')
is "an answer has gone out" sent "$(field "$out" .state)"
is "under the Message-ID that is shown" 1 "$(grep -lFx "Message-ID: $(field "$out" .message_id)" \
    "$G"/outbox/new/* | wc -l)"
for state in received processed quarantined held queued sent failed cancelled refused; do
	is "$state picks what message show says is so" \
	    "$(noroshi message list --json | jq -c --arg s $state '[.[] | select(.state == $s) | .id]')" \
	    "$(noroshi message list --state $state --json | jq -c '[.[].id]')"
done
ok "of a mail for each recipient no bytes are kept: 66" exits 66 noroshi message raw "$out"
ok "which it says" grep -q "for each recipient.*message text" "$TEST_TMP/exits.err"

# a gateway whose operator has no address
noroshi init "$TEST_TMP/bare" --team Bare --address csirt@bare.example >/dev/null
NOROSHI_CONF=$TEST_TMP/bare/noroshi.conf
noroshi receive "$TEST_TMP/reply-plain" >/dev/null
once
C=$(field 1 .case)
ok "who made a gateway exports a case" noroshi case export "$C" --evidence \
    -o "$TEST_TMP/bare.tar"
ok "and reports on it" noroshi report case "$C"
ok "and keeps it" noroshi case hold "$C" on --reason "a court asks"

tap_end
