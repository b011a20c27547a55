#!/bin/sh
# Contacts and keys move in: from vCards, and from a Schleuder's lists.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with a team" gateway_new
for who in fay ann bob; do
	world_key "$who Person" $who@x.example
done
fpr() { world_fpr "$1@x.example"; }
show() { noroshi contact show "$1" --json; }

# --- vCards ---------------------------------------------------------------------

{
	printf 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Fay Finder\r\n'
	printf 'EMAIL:fay@x.example\r\nORG:Finder\\, Inc.;Lab\r\nLANG:ja\r\n'
	printf 'KEY:data:application/pgp-keys;base64,%s\r\n' \
	    "$(world_gpg fay@x.example --export | base64 | sed '2,$s/^/ /' |
		sed 's/$/\r/')"
	printf 'END:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nN:Host;Ann;;;\r\n'
	printf 'EMAIL;TYPE=INTERNET:ann@x.example\r\n'
	printf 'KEY;VALUE=text:%s\r\nEND:VCARD\r\n' \
	    "$(sed 's/$/\\n/' "$WORLD/ann@x.example.asc" | tr -d '\n')"
} >"$WORLD/people.vcf"
ok "vCards without a class are a wrong call" exits 64 \
    noroshi contact import "$WORLD/people.vcf"
ok "a class for a CSV file too" exits 64 \
    noroshi contact import --class finder "$WORLD/people.csv"
ok "vCards come in" noroshi contact import --class finder "$WORLD/people.vcf"
is "with their facts" "Fay Finder, finder, Finder, Inc., ja, $(fpr fay)" \
    "$(show fay@x.example | jq -r \
	'"\(.name), \(.class), \(.organisation), \(.language // .lang), \(.keys[0].fingerprint)"')"
is "and an armoured key" "Ann Host $(fpr ann)" \
    "$(show ann@x.example | jq -r '"\(.name) \(.keys[0].fingerprint)"')"
is "no key is verified by that" none \
    "$(noroshi key list --json | jq -r '[.[] | select(.contact > 1) | .verified] | unique | join(" ")')"
before=$(noroshi contact list --json | jq length)
printf 'BEGIN:VCARD\nVERSION:4.0\nFN:New One\nEMAIL:new@x.example\nEND:VCARD\nBEGIN:VCARD\nVERSION:4.0\nFN:Fay Again\nEMAIL:fay@x.example\nEND:VCARD\n' \
    >"$WORLD/twice.vcf"
ok "an address that somebody has refuses the file" exits 65 \
    noroshi contact import --class finder "$WORLD/twice.vcf"
is "all of it" "$before" "$(noroshi contact list --json | jq length)"
tap_end
