#!/bin/sh
# Real mail of others through a real gateway. The folder of it is named by
# $NOROSHI_CORPUS; it is not part of the project, and without it this is
# skipped.
. "$top_srcdir/tests/lib/gateway.sh"

if [ -z "${NOROSHI_CORPUS-}" ] || [ ! -d "$NOROSHI_CORPUS" ]; then
	skip "real mail of others" "NOROSHI_CORPUS names no folder"
	tap_end
	exit
fi
cd "$NOROSHI_CORPUS" || exit 1

ok "a gateway with former team keys" gateway_new
ok "which open the Autocrypt examples" noroshi key import \
    autocrypt/bob@autocrypt.example.sec.asc \
    autocrypt/alice@autocrypt.example.sec.asc

# Each clear-signed text as a mail by its signer, who is a contact.
signed=$TEST_TMP/signed
mkdir "$signed"
cut -f1 clearsigned/expected.tsv | sed 1d | sort -u >"$TEST_TMP/texts"
for key in clearsigned/keys/*.asc; do
	fpr=$(basename "$key" .asc)
	noroshi contact add "Signer $fpr" --address "$fpr@signer.example" \
	    --class coordinator --key "$key" --verified met \
	    >>"$TEST_TMP/contacts" 2>&1 || echo "$key" >>"$TEST_TMP/refused"
done
is "each key of the signers is taken" "" "$(cat "$TEST_TMP/refused" 2>&-)"
while read -r name; do
	fpr=$(awk -F'\t' -v n="$name" '$1 == n { print $3; exit }' \
	    clearsigned/expected.tsv | sed 's/[^0-9A-F].*//')
	{
		world_header "Signer <${fpr:-unknown}@signer.example>" \
		    csirt@example.org "$name" "<$fpr.$(basename "$name")@x>"
		printf 'Content-Type: text/plain; charset=utf-8\n'
		printf 'Content-Transfer-Encoding: 8bit\n\n'
		cat "clearsigned/$name"
	} >"$signed/$(basename "$name")"
done <"$TEST_TMP/texts"
ok "so is the key of a mail program's test" noroshi contact add Test \
    --address test@example.com --class partner --key alot/gpg-keys/pub.gpg \
    --verified met

find alot/mail arf auth-results autocrypt cpython iso-2022-jp mime4j \
    notmuch-default rubymail sisimai "$signed" -type f \
    ! -name '*.md' ! -name '*.tsv' ! -name '*.json' ! -name '*.asc' \
    ! -name '*.key' ! -name '*.xml' ! -name 'japanese.*.txt' |
    LC_ALL=C sort >"$TEST_TMP/files"
# One Japanese text in two charsets, each as a mail.
for charset in iso-2022-jp shift-jis; do
	{
		world_header "A <a@example.jp>" csirt@example.org x "<$charset@x>"
		printf 'Content-Type: text/plain; charset=%s\n\n' \
		    "$(echo "$charset" | sed 's/shift-/shift_/')"
		cat "iso-2022-jp/japanese.$charset.txt"
	} >"$TEST_TMP/$charset"
	echo "$TEST_TMP/$charset" >>"$TEST_TMP/files"
done
total=$(wc -l <"$TEST_TMP/files")
# As an MTA's pipe gives them: bounces have an empty sender.
bounces='^sisimai/\(lhost-\|rfc3464-\)'
grep "$bounces" "$TEST_TMP/files" >"$TEST_TMP/bounces"
grep -v "$bounces" "$TEST_TMP/files" >"$TEST_TMP/others"
cat "$TEST_TMP/bounces" "$TEST_TMP/others" >"$TEST_TMP/files"
{
	xargs -d '\n' noroshi receive --from '<>' <"$TEST_TMP/bounces"
	xargs -d '\n' noroshi receive <"$TEST_TMP/others"
} >"$TEST_TMP/ids" 2>"$TEST_TMP/receive.err"
is "every file is taken in" "$total" "$(wc -l <"$TEST_TMP/ids")"
ok "noroshid --once ends well" once
ok "and leaves no process" no_process_left
is "nothing waits in the spool" "" "$(ls "$G/spool/new" "$G/spool/out" |
    grep -v ':\|^$')"

noroshi message list --json >"$TEST_TMP/list"
paste "$TEST_TMP/files" "$TEST_TMP/ids" >"$TEST_TMP/map"
is "every message is processed" processed \
    "$(jq -r '[.[].state] | unique | .[]' "$TEST_TMP/list")"
kept=0
xargs -d '\n' sha256sum <"$TEST_TMP/files" | cut -d' ' -f1 |
    paste "$TEST_TMP/ids" - >"$TEST_TMP/shas"
jq -r '.[] | "\(.id)\t\(.sha256)"' "$TEST_TMP/list" | sort -u >"$TEST_TMP/have"
is "each under the hash of its bytes" "" \
    "$(sort -u "$TEST_TMP/shas" | comm -23 - "$TEST_TMP/have")"
for id in $(awk 'NR % 40 == 1' "$TEST_TMP/ids"); do
	[ "$(noroshi message raw "$id" | sha256sum | cut -d' ' -f1)" = \
	    "$(awk -v i="$id" '$1 == i { print $2; exit }' "$TEST_TMP/have")" ] &&
	    kept=$((kept + 1))
done
is "and with these bytes" "$(awk 'NR % 40 == 1' "$TEST_TMP/ids" | wc -l)" "$kept"

# of file filter: one value of that file's message
of() {
	jq -r --argjson id "$(awk -F'\t' -v f="$1" '$1 == f { print $2 }' \
	    "$TEST_TMP/map")" ".[] | select(.id == \$id) | $2" "$TEST_TMP/list"
}

unlike=0 compared=0
for file in auth-results/*/* auth-results/*/*/*; do
	[ -f "$file" ] || continue
	grep -q "^$file	" "$TEST_TMP/map" || continue
	noroshi message raw "$(awk -F'\t' -v f="$file" '$1 == f { print $2 }' \
	    "$TEST_TMP/map")" | cmp -s - "$file" || unlike=$((unlike + 1))
	compared=$((compared + 1))
done
is "signed bytes come out as they came in" "70 0" "$compared $unlike"
# What counts is the gpg that is here, not the one that made the table.
for key in clearsigned/keys/*.asc; do
	world_gpg nobody --import "$key"
done
cut -f1 clearsigned/expected.tsv | sed 1d | sort -u | while read -r name; do
	world_gpg nobody --status-fd 1 --verify "clearsigned/$name" |
	    awk -v n="$name" '$2 ~ /^(GOODSIG|EXPKEYSIG|ERRSIG|BADSIG)$/ {
		print n, $2 }'
done | sort >"$TEST_TMP/gpg"
is "gpg says what the table says" "$(sed 1d clearsigned/expected.tsv |
    awk -F'\t' '{ print $1, $2 }' | sort)" "$(cat "$TEST_TMP/gpg")"
sed 1d clearsigned/expected.tsv | while IFS='	' read -r name status fpr; do
	case $status in
	GOODSIG) want="good $fpr" ;;
	EXPKEYSIG) want="expired $fpr" ;;
	ERRSIG) want="no-key null" ;;
	esac
	got=$(of "$signed/$(basename "$name")" \
	    '.signatures[] | "\(.status) \(.fingerprint) \(.covers)"')
	echo "$got" | grep -qx "$want whole" ||
	    echo "$name: wanted $want, got $got"
done >"$TEST_TMP/wrong"
is "each signer is found to be what gpg says" "" "$(cat "$TEST_TMP/wrong")"
is "no text has other signatures" "$(sed 1d clearsigned/expected.tsv | wc -l)" \
    "$(for file in "$signed"/*; do of "$file" '.signatures[].status'; done |
	wc -l)"
for file in "$signed"/*; do
	of "$file" '[([.signatures[] | select(.status == "good")] | length > 0),
	    .sender.evidence, .sender.class] | join(" ")'
done | sort -u >"$TEST_TMP/evidence"
is "good signers are believed, expired and unknown ones are not" \
    "false address public
false none public
true signature coordinator" "$(cat "$TEST_TMP/evidence")"

is "a signed mail of Proton Mail's is good" \
    "good whole F74091D4133F87D56B5D343C1974EC55FBC2D660 signature" \
    "$(of alot/mail/protonmail-signed.eml '"\(.signatures[0].status) \(
	.signatures[0].covers) \(.signatures[0].fingerprint) \(
	.sender.evidence)"')"
is "an encrypted one is open, its signer's key expired" \
    "whole expired EB85BB5FA33A75E15E944E63F231550C4F47E38E" \
    "$(of autocrypt/example-gossip.eml '"\(.encryption) \(
	.signatures[0].status) \(.signatures[0].fingerprint)"')"
is "nobody is believed by it" true \
    "$(of autocrypt/example-gossip.eml '.sender.evidence != "signature"')"
is "a draft is open" whole "$(of autocrypt/example-draft.eml .encryption)"
is "a list's footer leaves a part, by an unknown key" "no-key part" \
    "$(of notmuch-default/foo/cur/08:2, \
	'.signatures[] | "\(.status) \(.covers)"')"
is "no good signature stands on any other mail" "" "$(jq -r '.[] |
    select(any(.signatures[]; .status == "good")) | .id' "$TEST_TMP/list" |
    while read -r id; do
	awk -F'\t' -v i="$id" '$2 == i { print $1; exit }' "$TEST_TMP/map"
    done | grep -v "^$signed\|protonmail-signed")"

# kinds pattern: how many of these files are of each kind
kinds() {
	grep -E "^$1" "$TEST_TMP/map" | while IFS='	' read -r file id; do
		jq -r --argjson id "$id" --arg file "$file" '.[] |
		    select(.id == $id) | "\(.classification.kind)"' \
		    "$TEST_TMP/list"
	done | sort | uniq -c | sed 's/^ *//'
}
is "every bounce is one" bounce \
    "$(kinds 'sisimai/(lhost-|rfc3464-)' | cut -d' ' -f2)"
is "every automatic reply is one" auto-reply \
    "$(kinds 'sisimai/rfc3834-' | cut -d' ' -f2)"
is "every abuse report is one" report \
    "$(kinds '(sisimai/arf-|arf/arf/)' | cut -d' ' -f2)"
for charset in iso-2022-jp shift-jis; do
	is "$charset is the UTF-8 of the same text" \
	    "$(sed 's/[[:space:]]*$//' iso-2022-jp/japanese.utf-8.txt |
		tr -d '\r' | sha256sum)" \
	    "$(noroshi message text "$(of "$TEST_TMP/$charset" .id)" |
		sed 's/[[:space:]]*$//' | sha256sum)"
done
is "a Japanese subject is read" まみむめも \
    "$(of iso-2022-jp/japanese.eml .subject)"
is "two From give no sender" "null none" \
    "$(of rubymail/mime_emails/two_from_in_message.eml \
	'"\(.sender.contact) \(.sender.evidence)"')"
tap_end
