#!/bin/sh
# Whatever is thrown at it ends as a message with warnings or in quarantine,
# with its bytes kept; the daemon goes on and the team is told.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
gateway_silent # no acknowledgement: nobody outside hears of it

bad=$TEST_TMP/bad
mkdir "$bad"
plain() { printf 'From: a@example.net\nTo: csirt@example.org\nSubject: %s\nMessage-ID: <%s@bad.example>\n' "$1" "$1"; }

: >"$bad/empty"
printf '\n' >"$bad/newline"
printf 'From: a@exa' >"$bad/cut-in-header"
{ plain cut-in-part; printf 'Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/pl'; } >"$bad/cut-in-part"
{ plain nul; printf '\nbefore \000\000 after\n'; } >"$bad/nul"
{ printf 'Subject: n\000l in header\nFrom: a@example.net\n\nbody\n'; } >"$bad/nul-in-header"
head -c 200000 /dev/urandom >"$bad/garbage"
{ plain garbage-body; printf '\n'; head -c 200000 /dev/urandom; } >"$bad/garbage-body"
{
	plain parts
	printf 'Content-Type: multipart/mixed; boundary=x\n\n'
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "--x\n\na\n"; printf "--x--\n" }'
} >"$bad/parts"
{
	plain levels
	awk 'BEGIN { for (i = 0; i < 1000; i++)
		printf "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i }'
} >"$bad/levels"
{
	plain enclosed
	awk 'BEGIN { for (i = 0; i < 40000; i++)
		printf "Content-Type: message/rfc822\n\n" }'
} >"$bad/enclosed"
{
	plain long-line
	printf '\n'
	head -c 50000000 /dev/zero | tr '\000' 'x'
} >"$bad/long-line"
{
	printf 'From: a@example.net\nTo: csirt@example.org\nSubject: '
	head -c 3000000 /dev/zero | tr '\000' 'y'
	printf '\n\nx\n'
} >"$bad/long-header"
{ plain unknown-charset; printf 'Content-Type: text/plain; charset=x-klingon\n\nnuq \377neH\n'; } >"$bad/unknown-charset"
printf 'To: csirt@example.org\nSubject: nobody\n\nhello\n' >"$bad/no-from"
printf 'From: a@example.net\nFrom: b@example.net\nTo: csirt@example.org\nSubject: both\n\nhello\n' >"$bad/two-from"
printf 'From:\nTo: csirt@example.org\nSubject: empty from\n\nhello\n' >"$bad/empty-from"
{
	printf 'From: '
	awk 'BEGIN { for (i = 0; i < 100000; i++) printf "(" }'
	printf 'a@example.net\n\nx\n'
} >"$bad/comments"
{
	printf 'From: a@example.net\nTo: '
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "u%d@example.net, ", i }'
	printf 'z@example.net\n\nx\n'
} >"$bad/addresses"
{ plain broken-armour; printf '\n-----BEGIN PGP MESSAGE-----\n\nnot base64 at all\n-----END PGP MESSAGE-----\n'; } >"$bad/broken-armour"
{
	plain broken-encrypted
	printf 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x\n\n--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--x\nContent-Type: application/octet-stream\n\nnothing\n--x--\n'
} >"$bad/broken-encrypted"
printf 'From: a@example.net\nSubject: =?UTF-8?B?G1szMW1yZWQbXTA7cHduZWQH?=\n\n\033]0;pwned\007\033[31mred\342\200\256evil\n' >"$bad/escapes"

total=$(ls "$bad" | wc -l)
for file in "$bad"/*; do
	noroshi receive --from a@example.net "$file" >>"$TEST_TMP/ids" ||
	    echo "refused ${file##*/}" >>"$TEST_TMP/refused"
done
is "every one of them is taken in" "" "$(cat "$TEST_TMP/refused" 2>/dev/null)"
{ plain good; printf '\nall is well\n'; } | noroshi receive >>"$TEST_TMP/ids"
ok "noroshid --once ends well" once
ok "and leaves no process" no_process_left

noroshi message list --json >"$TEST_TMP/list"
is "each has a record, and so has the good one behind them" \
    $((total + 1)) "$(jq length "$TEST_TMP/list")"
is "each was processed or quarantined" "processed
quarantined" "$(jq -r '[.[].state] | unique | .[]' "$TEST_TMP/list")"

for file in "$bad"/*; do
	name=${file##*/}
	sha=$(sha256sum <"$file" | cut -d' ' -f1)
	id=$(jq -r --arg s "$sha" '.[] | select(.sha256 == $s) | .id' "$TEST_TMP/list")
	is "$name: its bytes are kept" "$sha" \
	    "$(noroshi message raw "$id" | sha256sum | cut -d' ' -f1)"
	is "$name: each of the team is told" 3 \
	    "$(noroshi queue list --json | jq --argjson m "$id" \
		'[.[] | select(.message == $m and .state == "sent")] | length')"
	jq -r --argjson m "$id" '.[] | select(.id == $m) |
	    "\(.state): \(.quarantine.reason // (.warnings | join(",")))"' \
	    "$TEST_TMP/list" >"$TEST_TMP/says.$name"
done

says() { ok "$1: $2" grep -Eq "$3" "$TEST_TMP/says.$1"; }
says levels "is quarantined for its depth" '^quarantined: .*depth'
says enclosed "is quarantined for its depth" '^quarantined: .*depth'
says parts "is quarantined for its parts" '^quarantined: .*parts'
says comments "is quarantined for its comments" '^quarantined: .*comment'
says long-header "is quarantined for its header" '^quarantined: .*(header|field)'
says unknown-charset "warns of the charset" 'processed: .*charset-unknown'
says no-from "warns of no From" 'processed: .*no-from'
says two-from "warns of two" 'processed: .*several-from'
says broken-encrypted "failed to decrypt" 'processed: .*(decryption-failed|tampered)'
is "two From give no sender" "null public none" \
    "$(jq -r '.[] | select(.warnings | index("several-from")) |
	"\(.sender.contact) \(.sender.class) \(.sender.evidence)"' "$TEST_TMP/list")"
is "nobody outside learns anything" \
    "hanako@example.org ken@example.org taro@example.org" \
    "$(noroshi queue list --json | jq -r '[.[].recipient] | unique | join(" ")')"
no_control() {
	LC_ALL=C grep -q "$(printf '\033\|\007\|\342\200\256')" "$1"
}
noroshi message list >"$TEST_TMP/shown"
for id in $(jq -r '.[].id' "$TEST_TMP/list"); do
	noroshi message show "$id" >>"$TEST_TMP/shown" 2>&1
	noroshi message text "$id" >>"$TEST_TMP/shown" 2>&1
done
ok "no escape or bidi control reaches a terminal" not no_control "$TEST_TMP/shown"
ok "nor the log" not no_control "$TEST_TMP/daemon.log"
ok "the audit chain verifies" noroshi audit verify
tap_end
