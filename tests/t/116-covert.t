#!/bin/sh
# Somebody else's ciphertext beside a harmless text, sent to a gateway that can
# open it: nothing of it goes back to whoever sent it, whatever the team does.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "its readers" gateway_staff
ok "and people outside" day_people
ok "the sender's key is verified" noroshi contact set "Mallory Finder" \
    --verified met
world_know "$WORLD/team.asc"
SECRET="The pass phrase is correct horse battery staple."
printf 'Dear all,\n\n%s\n' "$SECRET" >"$TEST_TMP/secret.txt"

day_id() { printf '<%s@covert.example>' "$1"; }
# cover name: the mail of Mallory's whose second part is on standard input
cover() {
	{
		world_header "Mallory Finder <mallory@finder.example>" "$TEAM" \
		    "A question" "$(day_id "$1")"
		printf 'Content-Type: multipart/mixed; boundary=outside\n\n'
		printf -- '--outside\nContent-Type: text/plain\n\n'
		printf 'What do you think of this small matter?\n\n--outside\n'
		cat
		printf '\n--outside--\n'
	} | noroshi receive --from mallory@finder.example >/dev/null
}
mail_encrypted - "$TEAM" "$RIKA" "$TEAM" x '<x@x.example>' \
    <"$TEST_TMP/secret.txt" | sed -n '/^Content-Type: multipart/,$p' |
    cover mime
{
	printf 'Content-Type: text/plain\n\n'
	world_gpg nobody --armor --encrypt --recipient "$TEAM" \
	    <"$TEST_TMP/secret.txt"
} | cover inline
{
	printf 'Content-Type: application/octet-stream; name="secret.txt.asc"\n'
	printf 'Content-Disposition: attachment; filename="secret.txt.asc"\n\n'
	world_gpg nobody --armor --encrypt --recipient "$TEAM" \
	    <"$TEST_TMP/secret.txt"
} | cover file
once

n=0
# sends STATUS sentence [option...]: sent by the command to Mallory, text on
# standard input
sends() {
	want=$1 said=$2
	shift 2
	noroshi send --case "$CASE" --to mallory@finder.example "$@" \
	    >/dev/null 2>"$TEST_TMP/err"
	is "$name: $said" "$want" "$?"
}
# answers: what Ken's program makes of an answer to his copy, from stdin
answers() {
	n=$((n + 1))
	# once, and before the pipe: both ends would write into one file
	reply=$(day_reply_address ken@example.org "$name" </dev/null)
	staff_mail ken@example.org "$KEN" "$reply" "$name" \
	    "Re: [$CASE] A question" "<answer$n@staff.example>" |
	    noroshi receive --from ken@example.org --to "$reply" >/dev/null
}
for name in mime inline file; do
	id=$(day_number "$name")
	CASE=$(day_case "$name")
	is "$name: a part of it was decrypted" part "$(field "$id" .encryption)"
	is "$name: the text is Mallory's alone" 0 \
	    "$(noroshi message text "$id" | grep -c staple)"
	noroshi message text "$id" | sed 's/^/> /' >"$TEST_TMP/quoted"
	printf 'Look:\n> %s\n' "$SECRET" >"$TEST_TMP/betrayed"
	printf 'Look:\n\n%s\n' "$SECRET" >"$TEST_TMP/copied"
	echo Look. >"$TEST_TMP/short"
	sends 0 "quoting that text leaves" --tlp AMBER <"$TEST_TMP/quoted"
	sends 77 "quoting what was decrypted does not" <"$TEST_TMP/betrayed"
	ok "$name: and the reason is said" grep -q decrypted-apart \
	    "$TEST_TMP/err"
	sends 77 "nor does copying it" <"$TEST_TMP/copied"
	sends 77 "nor attaching it" --attach "$TEST_TMP/secret.txt" \
	    <"$TEST_TMP/short"
	answers <"$TEST_TMP/betrayed"
	# a program that quotes the texts attached as well
	{
		printf 'I see.\n\n'
		cat "$TEST_TMP/quoted"
		sed 's/^/> /' "$TEST_TMP/secret.txt"
	} >"$TEST_TMP/all"
	answers <"$TEST_TMP/all"
done
once
for file in "$G"/outbox/new/*; do
	grep -q '^Delivered-To: mallory@' "$file" || continue
	echo "$file" >>"$TEST_TMP/out"
	world_read mallory@finder.example "$file" >>"$TEST_TMP/left"
done
ok "something went to Mallory" test -s "$TEST_TMP/left"
is "and none of it holds the secret" 0 \
    "$(tr -d '\n=' <"$TEST_TMP/left" | grep -c staple)"
is "three of eighteen messages left" "15 3" \
    "$(noroshi message list --json | jq -r '[.[] |
	select(.direction == "out") | .state] |
	"\(map(select(. == "refused")) | length) \(
	map(select(. == "sent")) | length)"')"
ok "the audit chain verifies" noroshi audit verify
tap_end
