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
printf 'BEGIN:VCARD\nVERSION:4.0\nFN:Nobody Special\nEMAIL:n@x.example\nEND:VCARD\n' \
    >"$WORLD/one.vcf"
ok "a vCard comes in" noroshi contact import "$WORLD/one.vcf"
is "of class public, where none is said" public "$(show n@x.example | jq -r .class)"
ok "a class that is none is a wrong call" exits 64 \
    noroshi contact import --class king "$WORLD/people.vcf"
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

# --- Schleuder --------------------------------------------------------------------

S=$WORLD/schleuder
L=$S/lists/old.example/team
mkdir -p "$S/lists/old.example" && mkdir -m 700 "$L"
for who in ann bob; do
	GNUPGHOME=$L gpg -q --batch --import "$WORLD/$who@x.example.asc" 2>/dev/null
done
GNUPGHOME=$L gpgconf --kill gpg-agent 2>/dev/null
if ! command -v sqlite3 >/dev/null; then
	skip "Schleuder's lists come in" "no sqlite3"
	tap_end
	exit
fi
sqlite3 "$S/db.sqlite" <<EOT
CREATE TABLE lists (id INTEGER PRIMARY KEY, email varchar(255), fingerprint varchar(255));
CREATE TABLE subscriptions (id INTEGER PRIMARY KEY, list_id integer,
  email varchar(255), fingerprint varchar(255), admin boolean DEFAULT 0,
  delivery_enabled boolean DEFAULT 1);
INSERT INTO lists VALUES (1, 'team@old.example', 'x'), (2, 'other@old.example', 'x');
INSERT INTO subscriptions VALUES
  (1, 1, 'ann@x.example', '$(fpr ann)', 1, 1),
  (2, 1, 'bob@x.example', '$(fpr bob | tr A-F a-f)', 't', 'f'),
  (3, 1, 'cat@x.example', '', 0, 1),
  (4, 2, 'dan@x.example', NULL, 0, 1);
EOT
sum=$(sha256sum "$S/db.sqlite" "$L/pubring.kbx")
ok "a list without a class is a wrong call" exits 64 noroshi import schleuder "$L"
is "a list's people and keys come in" "2 contacts added, 1 known before, 2 keys" \
    "$(noroshi import schleuder --class staff "$L")"
is "named as their key names them, with what Schleuder knew" \
    "bob Person staff observer list-admin,team@old.example $(fpr bob) none" \
    "$(show bob@x.example | jq -r '"\(.name) \(.class) \(.roles | join(",")) \(.tags | join(",")) \(.keys[0].fingerprint) \(.keys[0].verified)"')"
is "or by their address, without a key" "cat@x.example 0" \
    "$(show cat@x.example | jq -r '"\(.name) \(.keys | length)"')"
is "who was known stays as they were" "finder " \
    "$(show ann@x.example | jq -r '"\(.class) \(.tags | join(","))"')"
ok "who is in another list stays out" exits 66 noroshi contact show dan@x.example
is "a second time nobody is new" "0 contacts added, 3 known before, 2 keys" \
    "$(noroshi import schleuder --class staff --database "$S/db.sqlite" "$L")"
is "nothing of Schleuder's has changed" "$sum" \
    "$(sha256sum "$S/db.sqlite" "$L/pubring.kbx")"
mv "$S/lists/old.example/team" "$S/lists/old.example/gone"
ok "a list that the database does not know is refused" exits 66 \
    noroshi import schleuder --class staff "$S/lists/old.example/gone"
echo nonsense >"$S/no.sqlite"
ok "and what is no database" exits 65 noroshi import schleuder --class staff \
    --database "$S/no.sqlite" "$S/lists/old.example/gone"
ok "the audit chain verifies" noroshi audit verify
tap_end
