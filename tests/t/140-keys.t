#!/bin/sh
# Keys that come by mail: Autocrypt, attached, in the text. They are kept and
# prove nobody; a known contact's key changes by the old key or by a person.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway" gateway_new
gateway_silent
ok "and its staff" gateway_staff
ok "and people outside" day_people
for who in ann bob cem dan eve fay; do
	world_key "$who" "$who@out.example"
done
world_know "$WORLD/team.asc"
mails=$TEST_TMP/mails
mkdir "$mails"
id() { printf '<%s@keys.example>' "$1"; }
put() { cat >"$mails/$1"; }
of() { noroshi message list --json | jq -r --arg i "$(id "$1")" \
    ".[] | select(.message_id == \$i) | $2"; }
has() { of "$1" ".warnings | index(\"$2\") != null"; }
take() {
	for name; do noroshi receive --from x@example.net "$mails/$name"; done \
	    >/dev/null && once
}
# autocrypt address home-of-key: the field
autocrypt() {
	printf 'Autocrypt: addr=%s; prefer-encrypt=mutual; keydata=\n' "$1"
	world_gpg "$2" --export "$(world_fpr "$2")" | base64 -w 72 | sed 's/^/ /'
}
# channel to: the decision for an answer at GREEN and what it is encrypted to
rule() { noroshi tlp explain --tlp "${2:-AMBER}" --to "$1" --json |
    jq -r '.[0] | "\(.decision) \(.rule)"'; }
key() { noroshi key list --json | jq -r ".[] | select(.fingerprint == \"$1\") | $2"; }
events() { noroshi audit log --json | jq "[.[] | select(.event == \"$1\")] | length"; }
# attach name from signer|- home-of-key [type]: a mail with that public key
attach() {
	{
		printf 'Content-Type: multipart/mixed; boundary=k\n\n--k\n'
		printf 'Content-Type: text/plain\n\nMy key.\n--k\n'
		printf 'Content-Type: %s; name=%s\n' "${5:-application/pgp-keys}" "${6:-key.asc}"
		printf 'Content-Disposition: attachment; filename=%s\n\n' "${6:-key.asc}"
		world_gpg "$4" --armor --export "$(world_fpr "$4")"
		printf -- '--k--\n'
	} >"$TEST_TMP/entity"
	world_header "$2" "$TEAM" Key "$(id "$1")" >"$mails/$1"
	if [ "$3" = - ]; then
		cat "$TEST_TMP/entity" >>"$mails/$1"
		return
	fi
	world_crlf <"$TEST_TMP/entity" | head -c -2 >"$WORLD/around.signed"
	{
		printf 'Content-Type: multipart/signed; micalg=pgp-sha512;\n'
		printf ' protocol="application/pgp-signature"; boundary=s\n\n--s\n'
		cat "$TEST_TMP/entity"
		printf -- '--s\nContent-Type: application/pgp-signature\n\n'
		world_gpg "$3" --armor --detach-sign --digest-algo SHA512 \
		    --output - "$WORLD/around.signed"
		printf -- '\n--s--\n'
	} >>"$mails/$1"
}

# --- Autocrypt -------------------------------------------------------------------
ANN=$(world_fpr ann@out.example)
echo hello | EXTRA="$(autocrypt ann@out.example ann@out.example)" mail_plain \
    "Ann <ann@out.example>" "$TEAM" Hi "$(id autocrypt)" | put autocrypt
echo hello | EXTRA="$(autocrypt bob@out.example bob@out.example)" mail_plain \
    "Mallory <mallory@out.example>" "$TEAM" Hi "$(id not-from)" | put not-from
echo hello | EXTRA="$(autocrypt bob@out.example bob@out.example)
$(autocrypt bob@out.example cem@out.example)" mail_plain \
    "Bob <bob@out.example>" "$TEAM" Hi "$(id two-fields)" | put two-fields
echo hello | EXTRA="$(autocrypt bob@out.example bob@out.example)" mail_plain \
    "Bob <bob@out.example>, Cem <cem@out.example>" "$TEAM" Hi \
    "$(id two-from)" | put two-from
echo hello | EXTRA="$(autocrypt bob@out.example bob@out.example |
    sed 's/^Autocrypt/Autocrypt-Gossip/')" mail_plain \
    "Bob <bob@out.example>" "$TEAM" Hi "$(id gossip)" | put gossip
EXTRA="$(autocrypt bob@out.example bob@out.example)" world_header \
    "Bob <bob@out.example>" "$TEAM" Report "$(id report)" >"$mails/report"
cat >>"$mails/report" <<'EOT'
Content-Type: multipart/report; report-type=delivery-status; boundary=r

--r
Content-Type: text/plain

Failed.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; out.example

Final-Recipient: rfc822; x@y.example
Action: failed
Status: 5.1.1
--r--
EOT
is "AMBER to a stranger without a key" "refuse" "$(rule ann@out.example | cut -d' ' -f1)"
green=$(rule ann@out.example GREEN)
ok "mails with Autocrypt come" take autocrypt not-from two-fields two-from gossip report
is "a key for the sender is learnt" "autocrypt false null" \
    "$(key "$ANN" '"\(.learnt.source) \(.learnt.waits) \(.contact)"')"
is "and no other" 1 "$(events key.learnt)"
is "it proves nobody" "none" "$(of autocrypt .sender.evidence)"
ok "it can be encrypted to" sh -c "noroshi tlp explain --tlp GREEN \
    --to ann@out.example --json | grep -q encrypt"
noroshi contact add Ann --address ann@out.example --class finder >/dev/null
printf 'Thank you.\n' | noroshi send --case "$(of autocrypt .case)" --to ann@out.example \
    --tlp GREEN --subject Thanks >/dev/null
once
is "what is sent to her is encrypted to it" "$ANN" "$(noroshi queue list --json |
    jq -r '[.[] | select(.recipient == "ann@out.example")] | last | .encrypted_to')"
printf 'Secret.\n' | noroshi send --case "$(of autocrypt .case)" --to ann@out.example \
    --tlp AMBER --subject Secret >/dev/null 2>&1
once
is "at AMBER it does not count as her key" held "$(noroshi queue list --json |
    jq -r '[.[] | select(.recipient == "ann@out.example")] | last | .state')"
echo hello | mail_signed ann@out.example "Ann <ann@out.example>" "$TEAM" Hi \
    "$(id signed)" | put signed
ok "mail signed with it" take signed
is "is signed by a key that nobody bound" "good null address" "$(of signed \
    '"\(.signatures[0].status) \(.signatures[0].contact) \(.sender.evidence)"')"

# --- attached -----------------------------------------------------------------------
BOB=$(world_fpr bob@out.example)
attach attached "Bob <bob@out.example>" bob@out.example bob@out.example
attach not-theirs "Bob <bob@out.example>" - cem@out.example
ok "keys come attached" take attached not-theirs
is "the sender's own is learnt" attached "$(key "$BOB" .learnt.source)"
is "somebody else's is not" "" "$(key "$(world_fpr cem@out.example)" .learnt.source)"
ok "and once" once
is "its own mail is judged again with it" good "$(of attached '.signatures[0].status')"
{
	echo "鍵です:"
	world_gpg dan@out.example --armor --export "$(world_fpr dan@out.example)"
} | mail_plain "Dan <dan@out.example>" "$TEAM" Hi "$(id text)" | put text
world_gpg eve@out.example --armor --export-secret-keys >"$TEST_TMP/eve.sec"
{
	world_header "Eve <eve@out.example>" "$TEAM" Oops "$(id secret)"
	printf 'Content-Type: application/pgp-keys; name=k.asc\n\n'
	cat "$TEST_TMP/eve.sec"
} | put secret
secrets=$(ls "$G/gnupg/private-keys-v1.d" | wc -l)
ok "a key in the text, and a secret one" take text secret
is "the text's is learnt" text "$(key "$(world_fpr dan@out.example)" .learnt.source)"
is "a secret key is not taken" "$secrets" "$(ls "$G/gnupg/private-keys-v1.d" | wc -l)"

# --- another key for one who has one ---------------------------------------------------
world_home second
world_gpg second --passphrase '' --quick-generate-key "Bob <bob@out.example>" ed25519 sign never
world_gpg second --passphrase '' --quick-add-key "$(world_fpr second)" cv25519 encr never
SECOND=$(world_fpr second)
attach second-plain "Bob <bob@out.example>" second second
ok "another key for the same address" take second-plain
is "waits" "true" "$(key "$SECOND" .learnt.waits)"
is "and the team is told" true "$(has second-plain new-key-unproven)"
world_home third
world_gpg third --passphrase '' --quick-generate-key "Bob <bob@out.example>" ed25519 sign never
world_gpg third --passphrase '' --quick-add-key "$(world_fpr third)" cv25519 encr never
THIRD=$(world_fpr third)
attach third-signed "Bob <bob@out.example>" bob@out.example third
ok "one that the first signed" take third-signed
is "is used from then on" "false true" "$(key "$THIRD" .learnt.waits) $(has third-signed new-key)"

# --- a verified contact ----------------------------------------------------------------
world_home forged
world_gpg forged --passphrase '' --quick-generate-key "$DESK" ed25519 sign never
world_gpg forged --passphrase '' --quick-add-key "$(world_fpr forged)" cv25519 encr never
FORGED=$(world_fpr forged)
OLD=$(world_fpr desk@ncc.example)
attach forged "$DESK" forged forged
echo hello | EXTRA="$(autocrypt desk@ncc.example forged)" mail_signed \
    desk@ncc.example "$DESK" "$TEAM" Hi "$(id forged-field)" | put forged-field
ok "another key in a verified contact's name" take forged
is "is nobody's" "null true" "$(key "$FORGED" '"\(.contact) \(.learnt.waits)"')"
is "the contact keeps its key" "$OLD" "$(noroshi contact show desk@ncc.example --json |
    jq -r '[.keys[].fingerprint] | join(" ")')"
is "the mail is no word of theirs" "none true true" "$(of forged .sender.evidence) \
$(has forged new-key-unproven) $(has forged signer-not-sender)"
ok "the case says how to accept it" test 1 = "$(noroshi case show "$(of forged .case)" \
    --json | jq '[.notes[] | select(.text | test("noroshi contact set"))] | length')"
echo "Publish this." | mail_signed forged "$DESK" "$TEAM" x "$(id forged-later)" | put forged-later
ok "later mail by it" take forged-later forged-field
is "is no word of theirs either" "public none" "$(of forged-later \
    '"\(.sender.class) \(.sender.evidence)"')"
is "a field outside the signature changes nothing" "$OLD" \
    "$(noroshi contact show desk@ncc.example --json | jq -r '[.keys[].fingerprint] | join(" ")')"
is "what is encrypted for them, is to the old key" "$OLD" "$(
    printf 'x\n' | noroshi send --case "$(of forged .case)" --to desk@ncc.example --tlp GREEN --subject x >/dev/null
    once; noroshi queue list --json | jq -r '[.[] | select(.recipient == "desk@ncc.example")] | last | .encrypted_to')"
world_home next
world_gpg next --passphrase '' --quick-generate-key "$DESK" ed25519 sign never
world_gpg next --passphrase '' --quick-add-key "$(world_fpr next)" cv25519 encr never
NEXT=$(world_fpr next)
attach not-a-change "$DESK" desk@ncc.example next text/plain fake.asc
attach change "$DESK" desk@ncc.example next
{
	sed '/^$/q' "$mails/change" | sed 's/<change@/<change-twice@/'
	sed '1,/^$/d' "$mails/change"
} | put change-twice
ok "a file that somebody made, enclosed by them" take not-a-change
is "is no new key of theirs" "true null" "$(key "$NEXT" '"\(.learnt.waits) \(.contact)"')"
world_home newer
world_gpg newer --passphrase '' --quick-generate-key "$DESK" ed25519 sign never
world_gpg newer --passphrase '' --quick-add-key "$(world_fpr newer)" cv25519 encr never
NEWER=$(world_fpr newer)
attach change "$DESK" desk@ncc.example newer
ok "a new key, signed with the old" take change
is "is theirs, verified as the old one is" "$(noroshi contact show desk@ncc.example --json |
    jq -r '"\(.keys[0].verified) \(.keys[0].verified)"')" "$(noroshi contact show \
    desk@ncc.example --json | jq -r --arg k "$NEWER" '"\(.keys[0].verified) \(.keys[] | select(.fingerprint == $k) | .verified)"')"
is "and recorded" "1 true" "$(events key.changed | awk '{ print $1 - 1 }') $(has change new-key)"
echo hello | mail_signed newer "$DESK" "$TEAM" x "$(id by-newer)" | put by-newer
ok "mail by it" take by-newer
is "is theirs" "coordinator signature" "$(of by-newer '"\(.sender.class) \(.sender.evidence)"')"
# told_of FINGERPRINT: notices to their address that it is used now
told_of() {
	for f in $(noroshi queue list --json | jq -r '.[] | select(.kind == "rekeyed"
	    and .recipient == "desk@ncc.example" and .state == "sent") | .id'); do
		for home in desk@ncc.example newer forged; do
			world_read "$home" "$(ls "$G"/outbox/new/"$f".*)" 2>/dev/null |
			    tr -d '\r' | grep -q "^Now:    *$1\$" && echo "$home" && break
		done
	done | wc -l
}
is "its owner is told at the address that we had" 1 "$(told_of "$NEWER")"
ok "a person accepts the one that waited" noroshi contact set desk@ncc.example \
    --key "$FORGED" --verified phone
is "and it counts" "true" "$(noroshi contact show desk@ncc.example --json |
    jq --arg k "$FORGED" 'any(.keys[]; .fingerprint == $k)')"

once
is "of which they are told as well" 1 "$(told_of "$FORGED")"
ok "another word on how it was verified" noroshi contact set desk@ncc.example \
    --verified met
world_gpg newer --passphrase '' --quick-add-key "$NEWER" cv25519 encr never
world_gpg newer --armor --export "$NEWER" >"$TEST_TMP/newer.asc"
ok "a copy with another subkey to encrypt to" noroshi key import "$TEST_TMP/newer.asc"
ok "and once more" noroshi key import "$TEST_TMP/newer.asc"
once
is "is told once, and nothing else is" "2 1" "$(told_of "$NEWER") $(told_of "$FORGED")"

# --- a web key directory -----------------------------------------------------------------
ok "the team's key as a web key directory" noroshi key export --wkd "$TEST_TMP/wkd"
hash=$(sed -n 's/ csirt@example.org$//p' "$TEST_TMP/ok.out")
for file in "hu/$hash" "example.org/hu/$hash"; do
	is "$file is the key" "$(noroshi key list --json | jq -r '.[] | select(.team) | .fingerprint')" \
	    "$(gpg --homedir "$WORLD/nobody" --with-colons --show-keys "$TEST_TMP/wkd/$file" 2>/dev/null |
		awk -F: '$1 == "fpr" { print $10; exit }')"
done
ok "with a policy for each method" test -f "$TEST_TMP/wkd/policy" -a \
    -f "$TEST_TMP/wkd/example.org/policy"
ok "gpg finds it under the same name" test "$hash" = "$(gpg --homedir "$WORLD/nobody" \
    --with-wkd-hash -k csirt@example.org 2>/dev/null | sed -n 's/^ *\([a-z0-9]*\)@example.org$/\1/p' | head -n 1)"

# --- floods -------------------------------------------------------------------------------
world_gpg fay@out.example --export "$(world_fpr fay@out.example)" >"$TEST_TMP/fay"
python3 - "$TEST_TMP/fay" >"$TEST_TMP/flood" <<'EOT' || :
import sys
d = open(sys.argv[1], "rb").read()
def packets(d):
    i = 0
    while i < len(d):
        n = d[i + 1] + 2
        if d[i] & 0x40 == 0 and d[i] & 3 == 1:
            n = (d[i + 1] << 8) + d[i + 2] + 3
        yield d[i:i + n]
        i += n
all = list(packets(d))
sys.stdout.buffer.write(b"".join(all[:3] + [all[2]] * 5000 +
    [all[1] + all[2]] * 3000 + all[3:]))
EOT
if [ -s "$TEST_TMP/flood" ]; then
	{
		world_header "Fay <fay@out.example>" "$TEAM" Flood "$(id flood)"
		printf 'Content-Type: application/pgp-keys; name=k.pgp\n'
		printf 'Content-Transfer-Encoding: base64\n\n'
		base64 <"$TEST_TMP/flood"
	} | put flood
	spent
	before=$spent
	ok "a flooded key comes" take flood
	spent
	echo "# it took $((spent - before)) ms"
	ok "in no time" test $((spent - before)) -lt 8000
	ok "and is learnt, or left" test "$(of flood .state)" = processed
	ok "in little room" test "$(noroshi key export \
	    "$(world_fpr fay@out.example)" 2>/dev/null | wc -c)" -lt 20000
else
	skip "a flooded key comes" "python3 is not there"
fi
ok "the audit chain verifies" noroshi audit verify
ok "no process is left" no_process_left
tap_end
