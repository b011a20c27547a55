#!/bin/sh
# The auditor's question: who has had this message?
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
gateway_silent
FAY="Fay Finder <fay@finder.example>"
world_key "Fay Finder" fay@finder.example
noroshi contact add "Fay Finder" --address fay@finder.example --class finder \
    --key "$WORLD/fay@finder.example.asc" --verified met >/dev/null
seen() { noroshi message seen "${ID:-1}" --json | jq -r "$1"; }

echo "The passwords lie open at the third server on the left." |
    mail_signed fay@finder.example "$FAY" csirt@example.org "Leak" \
	"<1@finder.example>" | noroshi receive --from fay@finder.example >/dev/null
ok "a report comes" once
is "its copies are delivered" \
    "copy hanako@example.org sent,copy ken@example.org sent,copy taro@example.org sent" \
    "$(seen '[.delivered[] | "\(.kind) \(.recipient) \(.state)"] | sort | join(",")')"
is "each to a key" 3 "$(seen '[.delivered[].encrypted_to | select(length == 40)] | unique | length')"
is "nobody has opened it here" "0 0 0 0" \
    "$(seen '"\(.opened | length) \(.exported | length) \(.quoted | length) \(.answered | length)"')"
noroshi message list >/dev/null
noroshi case show 1 >/dev/null
is "a list opens nothing" 0 "$(seen '.opened | length')"
noroshi message show 1 >/dev/null
noroshi message text 1 >/dev/null
noroshi message raw 1 >/dev/null
is "who opens it is named, once" "message.read 1 operator:$(id -un) (contact 1)" \
    "$(seen '.opened[] | "\(.event) \(.contact) \(.actor)"')"
sed '/^operators = (/,/^);/ s/contact = [0-9]*/contact = 2/' "$NOROSHI_CONF" >"$G/other.conf"
noroshi -c "$G/other.conf" message text 1 >/dev/null
is "and each other one" "1 2" "$(seen '[.opened[].contact] | join(" ")')"
sed '/^operators = (/,/^);/d' "$NOROSHI_CONF" >"$G/nobody.conf"
noroshi -c "$G/nobody.conf" message text 1 >/dev/null
is "who is no operator too, by their Unix user" "user:$(id -un) null" \
    "$(seen '.opened[2] | "\(.actor) \(.contact)"')"
printf '> The passwords lie open at the third server on the left.\n\nThank you.\n' |
    noroshi send --case 1 --to fay@finder.example >/dev/null
echo "More." | EXTRA="In-Reply-To: <1@finder.example>" mail_signed \
    fay@finder.example "$FAY" csirt@example.org "Re: Leak" "<2@finder.example>" |
    noroshi receive --from fay@finder.example >/dev/null
ok "an answer that quotes it leaves, and an answer to it comes" once
is "the quote is told, with whom it went to" "2 fay@finder.example sent" \
    "$(seen '.quoted[] | "\(.message) \(.recipient) \(.state)"')"
is "so is the answer" "3 fay@finder.example" \
    "$(seen '.answered[] | "\(.message) \(.address)"')"
is "what quotes nothing is no quote" 0 "$(ID=3 seen '.quoted | length')"
ok "a person can read it" sh -c "noroshi message seen 1 | grep -q '^20.*opened *operator:'"
ok "what is no message is not there" exits 66 noroshi message seen 99
ok "the audit chain verifies" noroshi audit verify
tap_end
