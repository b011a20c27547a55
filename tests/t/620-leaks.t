#!/bin/sh
# What may not leave with what leaves: who wrote it, what stood on top of a
# team copy, what another header asks for, and what nobody else released.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
printf 'second_person = "contact";\n' >>"$NOROSHI_CONF"
take() { # take FROM [TO]: a mail on standard input
	noroshi receive --from "$1" ${2:+--to "$2"} >/dev/null
}
last_out() {
	noroshi message list --json |
	    jq '[.[] | select(.direction == "out")] | last | .id // 0'
}
refusals() {
	noroshi audit log --json |
	    jq '[.[] | select(.event == "command.refused")] | length'
}
delivery() { # delivery MESSAGE RECIPIENT
	noroshi queue list --json | jq -r --argjson m "$1" --arg r "$2" \
	    '[.[] | select(.message == $m and .recipient == $r)] | last | .id'
}
# what the recipient's own gpg reads of an outgoing message, and its header
read_out() { # read_out MESSAGE RECIPIENT
	file=$(ls "$G"/outbox/new/"$(delivery "$1" "$2")".*) || return 1
	{
		sed '/^$/q' "$file" | grep -v '^Delivered-To:'
		world_read "$2" "$file" | tr -d '\r' |
		    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}'
	} >"$TEST_TMP/left"
}
for name in report-encrypted coordinator-amber; do
	day_mail "$name" | take x@example.net
done
once
A=$(day_case report-encrypted)
COPY=$(day_copy ken@example.org report-encrypted)
REPLY=$(day_reply_address ken@example.org report-encrypted)
world_read ken@example.org "$COPY" | tr -d '\r' |
    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' |
    sed '1,/^$/d' >"$TEST_TMP/copy"
ok "Ken has a copy with a summary" grep -q '^Case: ' "$TEST_TMP/copy"
answer() { # answer MESSAGE-ID <text: by Ken, to the case's reply address
	staff_mail ken@example.org "$KEN" "$REPLY" report-encrypted \
	    "Re: [$A] TLP:AMBER Phishing site" "$1"
}
n=0
leaves() { # leaves SENTENCE: Ken's text in $TEST_TMP/text goes to Rika
	n=$((n + 1))
	answer "<leak$n@staff.example>" <"$TEST_TMP/text" | take ken@example.org "$REPLY"
	once
	out=$(last_out)
	is "$1" sent "$(field "$out" .state)"
	read_out "$out" rika@client.example
	ok "... with the author's words" grep -q 'It is gone' "$TEST_TMP/left"
	ok "... and nothing of ours" not grep -Eiq \
	    'ken@|ken deputy|^>* *(Case|Message|Sender|OpenPGP|Rules): |csirt\+r' \
	    "$TEST_TMP/left"
}
stays() { # stays SENTENCE: it leaves for nobody, and he is told
	n=$((n + 1)) before=$(last_out) told=$(refusals)
	answer "<leak$n@staff.example>" <"$TEST_TMP/text" | take ken@example.org "$REPLY"
	once
	is "$1" "$before $((told + 1))" "$(last_out) $(refusals)"
}

# mail programs that quote with '>', in three manners
{
	printf 'It is gone.\n\nOn 22/11/2026, 18:00, Example CSIRT wrote:\n'
	sed 's/^/> /' "$TEST_TMP/copy"
} >"$TEST_TMP/text"
leaves "an answer above a quotation leaves"
ok "... with what Rika wrote quoted" grep -q '^> Please have it taken down' \
    "$TEST_TMP/left"
{
	printf 'On 22 Nov 2026, Example CSIRT\nwrote:\n\n'
	sed 's/^/> /' "$TEST_TMP/copy" | sed '2s/$/\nwrapped by a mail program/'
	printf '\nIt is gone.\n'
} >"$TEST_TMP/text"
leaves "one below a quotation whose lines were broken leaves"
{
	printf 'On 22 Nov 2026, Ken Deputy <ken@example.org> wrote:\n'
	printf '> It was there.\n> From: Ken <ken@example.org>\n'
	printf '> Ken Deputy wrote:\n>> older\n\nIt is gone.\n\nKen Deputy\n'
} >"$TEST_TMP/text"
leaves "one that quotes a colleague leaves"
# Outlook: no '>' at all
{
	printf 'It is gone.\n\n-----Original Message-----\n'
	printf 'From: Example CSIRT <csirt@example.org>\n'
	printf 'Sent: Sunday, November 22, 2026 6:00 PM\n'
	printf 'To: Ken Deputy <ken@example.org>\nSubject: [%s] x\n\n' "$A"
	cat "$TEST_TMP/copy"
} >"$TEST_TMP/text"
leaves "one of Outlook's leaves"
ok "... without its head" not grep -Eq 'Original Message|^Sent:' \
    "$TEST_TMP/left"
printf 'It is gone.\n\nOpenPGP: encryption=whole; signature=good\n' >"$TEST_TMP/text"
stays "lines of the summary that nothing marks do not leave"
printf 'It is gone. Write to ken@example.org, please.\n' >"$TEST_TMP/text"
stays "nor does the author's own address"

# the header nobody protects decides nothing
mail_comment() { # a comment of Ken's, for the team alone
	PROTECT=1 OUTER=... mail_encrypted ken@example.org "$TEAM" "$KEN" \
	    "$TEAM" "[$A] for us only" "<comment@staff.example>" <<-EOT
	Between us: they pay late.
	EOT
}
mail_comment >"$WORLD/comment.eml"
before=$(last_out)
sed "1,/^\$/s/^To: .*/To: $REPLY/" "$WORLD/comment.eml" |
    take mallory@finder.example "$REPLY"
once
is "a comment sent on to the reply address stays inside" "$before" "$(last_out)"
# Enigmail's oldest form protects no Message-ID: an answer in it leaves once
world_entity() {
	printf 'Content-Type: text/plain; charset=utf-8;'
	printf ' protected-headers="v1"\nFrom: %s\nTo: %s\nSubject: %s\n\n' \
	    "$1" "$2" "$3"
	cat
}
echo "Once." | answer "<once@staff.example>" >"$WORLD/once.eml"
take ken@example.org "$REPLY" <"$WORLD/once.eml"
once
once_out=$(last_out)
is "an answer without a protected Message-ID leaves" sent \
    "$(field "$once_out" .state)"
sed '1,/^$/s/^Message-ID: .*/Message-ID: <again@staff.example>/' \
    "$WORLD/once.eml" | take ken@example.org "$REPLY"
once
is "and under another one it does not leave again" "$once_out" "$(last_out)"
. "$top_srcdir/tests/lib/world.sh"
ok "a second reporter writes into the case" sh -c ". '$top_srcdir/tests/lib/world.sh'; WORLD='$WORLD'
EXTRA='In-Reply-To: <report-encrypted@day.example>' mail_encrypted psirt@vendor.example csirt@example.org '$PSIRT' csirt@example.org 'Re: [$A] ours' '<vendor@day.example>' <<-X | noroshi receive --from psirt@vendor.example
	we look into it
	X"
once
is "it is in the case" "$A" "$(noroshi message list --json |
    jq -r '.[] | select(.message_id == "<vendor@day.example>") | .case')"
printf 'It is gone.\n' >"$TEST_TMP/text"
stays "where two wrote, an unprotected In-Reply-To chooses neither"

# a mail inside, what the program adds, a second label
noroshi send --case "$A" --to rika@client.example --tlp GREEN \
    --attach "$TEST_TMP/labelled" >"$TEST_TMP/out" 2>"$TEST_TMP/err" <<-EOT
	see the file
EOT
ok "a file that is not there is said" grep -q labelled "$TEST_TMP/err"
printf 'TLP:AMBER+STRICT\n\nsecret\n' >"$TEST_TMP/labelled"
is "a label in an attached text counts" AMBER+STRICT "$(echo see the file |
    noroshi send --case "$A" --to rika@client.example --tlp GREEN \
	--attach "$TEST_TMP/labelled" --dry-run --json | jq -r .tlp)"
day_mail coordinator-amber >/dev/null
D=$(day_case coordinator-amber)
printf 'Subject: x\n\nLook for connections to 203.0.113.77.\n' \
    >"$TEST_TMP/enclosed.eml"
echo "please check" | noroshi send --case "$D" --to psirt@vendor.example \
    --tlp GREEN --attach "$TEST_TMP/enclosed.eml" >/dev/null 2>"$TEST_TMP/err"
is "what a source restricted does not leave inside an attached mail" 77 $?

# a subject that came encrypted
noroshi contact add "Nokey Partner" --address nokey@partner.example \
    --class partner >/dev/null
echo "GREEN words" | noroshi send --case "$A" --to nokey@partner.example \
    --tlp GREEN --dry-run --json >"$TEST_TMP/out" 2>/dev/null
is "the case's title does not leave in clear" "hold subject-leak" \
    "$(jq -r '"\(.decision) \(.recipients[0].rule)"' "$TEST_TMP/out")"

# releases
day_mail report-japanese | take jiro@nokey.example
once
B=$(day_case report-japanese)
id=$(echo "two in clear" | noroshi send --case "$B" --tlp AMBER \
    --to jiro@nokey.example --cc nokey@partner.example 2>"$TEST_TMP/err")
once
is "AMBER in clear for two is held" held "$(field "$id" .state)"
d=$(delivery "$id" jiro@nokey.example) c=$(delivery "$id" nokey@partner.example)
ok "one of the copies is cancelled" noroshi queue cancel "$c"
ok "the other released" noroshi queue approve "$d" --as "Ken Deputy" --in-clear
once
is "which leaves" sent "$(noroshi queue show "$d" --json | jq -r .state)"
is "and the cancelled one does not" "1 cancelled" "$(noroshi queue list --json |
    jq -r --argjson m "$id" '[.[] | select(.message == $m and .recipient == "nokey@partner.example")] | "\(length) \(.[0].state)"')"
sed -i 's/second_person = "contact"/second_person = "identity"/' "$NOROSHI_CONF"
id=$(echo "AMBER" | noroshi send --case "$B" --tlp AMBER \
    --to jiro@nokey.example 2>/dev/null)
once
d=$(delivery "$id" jiro@nokey.example)
echo "said yes" >"$TEST_TMP/evidence"
noroshi queue approve "$d" --as "Ken Deputy" --in-clear --for legal \
    --evidence "$TEST_TMP/evidence" >/dev/null 2>&1
is "one user does not release their own by another's word" 77 $?

# a team copy that is held
noroshi contact set "Hanako Handler" --verified none >/dev/null
mail_plain "Someone <s@else.example>" "$TEAM" "Something new" "<strict@day.example>" \
    <<-EOT | take s@else.example
	TLP:AMBER+STRICT
	something new
EOT
once
d=$(noroshi queue list --json | jq -r '[.[] | select(.state == "held" and .recipient == "hanako@example.org")] | last | .id')
if [ "$d" != null ]; then
	noroshi queue approve "$d" --as "Ken Deputy" >/dev/null 2>"$TEST_TMP/err"
	is "nobody releases a held team copy" 77 $?
	ok "and what helps is said" grep -q 'verify' "$TEST_TMP/err"
else
	is "Hanako's copy is held" held none
fi
# the case's title is a text of whoever wrote first
mail_encrypted desk@ncc.example "$TEAM" "$DESK" "$TEAM" \
    "Bankrupt by Friday" "<title@day.example>" <<-EOT | take desk@ncc.example
	TLP:RED

	For your eyes only: the bank will not open again on Friday.
EOT
once
R=$(noroshi message list --json | jq -r \
    '.[] | select(.message_id == "<title@day.example>") | .case')
noroshi case participant add "$R" rika@client.example >/dev/null
title_out() { # title_out LABEL TO: our words of a line, without a subject
	id=$(echo "Please call us." | noroshi send --case "$R" --tlp "$1" --to "$2" 2>"$TEST_TMP/err")
	once
}
title_out GREEN rika@client.example
is "GREEN words leave a case that RED mail opened" sent "$(field "$id" .state)"
read_out "$id" rika@client.example
ok "... with its number and the words" grep -q "^Subject: \[$R\] TLP:GREEN\$" "$TEST_TMP/left"
ok "... and not under the title that came as RED" not grep -q Bankrupt "$TEST_TMP/left"
title_out RED desk@ncc.example
read_out "$id" desk@ncc.example
ok "who wrote it is answered under it" grep -q Bankrupt "$TEST_TMP/left"
# a member's own mail is no way around a label either
PROTECT=1 OUTER=... mail_encrypted ken@example.org "$TEAM" "$KEN" "$TEAM" \
    "[$R] between us" "<red-quoted@staff.example>" <<-EOT | take ken@example.org
	What do we make of this?

	> For your eyes only: the bank will not open again on Friday.
EOT
once
C=$(noroshi message list --json | jq -r \
    '.[] | select(.message_id == "<red-quoted@staff.example>") | .id')
is "a comment that quotes RED words is RED" "$R RED" "$(field "$C" '"\(.case) \(.tlp.effective)"')"
is "and goes to those who may read them" taro@example.org "$(noroshi queue list --json |
    jq -r --argjson m "$C" '[.[] | select(.message == $m) | .recipient] | join(",")')"
# a list with nobody in it: its author learns that it went nowhere
noroshi community add lonely --address lonely@example.org --max-label GREEN \
    >/dev/null
PROTECT=1 OUTER=... mail_encrypted taro@example.org "$TEAM" "$TARO" \
    lonely@example.org "TLP:GREEN Anybody?" "<lonely@staff.example>" <<-EOT |
	TLP:GREEN

	Is anybody there?
EOT
    take taro@example.org lonely@example.org
once
out=$(last_out)
is "an advisory to an empty community fails" failed "$(field "$out" .state)"
is "and its author is told" sent "$(noroshi queue show \
    "$(delivery "$out" taro@example.org)" --json | jq -r .state)"
ok "the audit chain verifies" noroshi audit verify
tap_end
