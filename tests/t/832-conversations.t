#!/bin/sh
# Several parties in one case: each talks with us apart, until somebody says
# otherwise.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with readers" gateway_new
gateway_silent
gateway_staff
printf 'delivers = 1;\n' >>"$NOROSHI_CONF"
for who in rika bob eva; do
	world_key "$who Outside" $who@$who.example
	noroshi contact add "$who Outside" --address $who@$who.example \
	    --class constituent --key "$WORLD/$who@$who.example.asc" \
	    --verified phone >/dev/null
done
echo "A phishing site at 203.0.113.7, says Rika alone." |
    mail_signed rika@rika.example rika@rika.example csirt@example.org \
	"A site" "<1@rika.example>" >"$TEST_TMP/a"
noroshi receive "$TEST_TMP/a" >/dev/null
ok "a report" once
echo "Bob here: our log has it too." |
    EXTRA="References: <1@rika.example>" mail_signed bob@bob.example \
	bob@bob.example csirt@example.org "Re: A site" "<1@bob.example>" \
	>"$TEST_TMP/b"
noroshi receive "$TEST_TMP/b" >/dev/null
ok "another party writes into its case" once

talks() {
	noroshi case show 1 --json | jq -r '[.conversations[] |
	    (.participants | sort | join("+")) + ":" +
	    (.messages | map(tostring) | join("+"))] | join(" ")'
}
is "each has a conversation" "rika@rika.example:1 bob@bob.example:2" "$(talks)"
ok "which people see too" sh -c 'noroshi case show 1 |
    grep -q "^Talks *rika@rika.example: 1 *TLP:AMBER"'

# dry ARGUMENT...: what the gate would say of a letter
dry() {
	echo "Hello." | noroshi send --case 1 "$@" --dry-run --json |
	    jq -r '[.recipients[] | "\(.decision) \(.rule)"] | unique | join(" ")'
}
is "both in one letter is held" "hold cross-conversation" \
    "$(dry --to rika@rika.example --cc bob@bob.example --tlp GREEN)"
is "each in a letter of their own is not" "allow" \
    "$(dry --to bob@bob.example --tlp GREEN | cut -d' ' -f1)"
is "nor one beside the team" "allow" \
    "$(dry --to bob@bob.example --cc taro@example.org --tlp GREEN |
	cut -d' ' -f1)"
is "nor who has no conversation yet" "allow" \
    "$(dry --to bob@bob.example --cc eva@eva.example --tlp GREEN |
	cut -d' ' -f1)"
is "nor who is not seen" "allow" \
    "$(dry --to bob@bob.example --bcc rika@rika.example --tlp GREEN |
	cut -d' ' -f1)"
is "RED names nobody to another" "" \
    "$(dry --to rika@rika.example --cc bob@bob.example --tlp RED |
	grep cross)"
# quote ARGUMENT...: the same of a letter that quotes Rika
quote() {
	printf 'Look:\n\n> A phishing site at 203.0.113.7, says Rika alone.\n' |
	    noroshi send --case 1 "$@" --dry-run --json 2>/dev/null |
	    jq -r '[.recipients[] | "\(.decision) \(.rule)"] | join(" ")'
}
is "one's words in a letter to the other are held" "hold cross-conversation" \
    "$(quote --to bob@bob.example)"
is "to themself they are not" "allow" \
    "$(quote --to rika@rika.example | cut -d' ' -f1)"
is "nor to one where they are meant to be joined" "allow" \
    "$(quote --to bob@bob.example --join | cut -d' ' -f1)"
is "who joins them says so" "allow" \
    "$(dry --to rika@rika.example --cc bob@bob.example --tlp GREEN --join |
	cut -d' ' -f1)"

echo "Held." | noroshi send --case 1 --to rika@rika.example \
    --cc bob@bob.example --tlp GREEN >/dev/null
ok "without that it waits" once
is "for a second person" "cross-conversation 2" \
    "$(noroshi queue list --state held --json |
	jq -r '"\(.[0].rule) \(length)"')"
is "and is nobody's joint conversation yet" 2 "$(talks | wc -w)"
noroshi queue cancel $(noroshi queue list --state held --json |
    jq -r '.[].id') >/dev/null
printf 'Case: 1\nTo: rika@rika.example\nCc: bob@bob.example\nTLP: GREEN\nJoin: yes\n\nHello both.\n' |
    PROTECT=1 OUTER="..." mail_encrypted hanako@example.org csirt@example.org \
	"Hanako Handler <hanako@example.org>" csirt@example.org "Hello" \
	"<1@hanako>" >"$TEST_TMP/h"
noroshi receive --from hanako@example.org "$TEST_TMP/h" >/dev/null
ok "a mail that joins them" once
is "leaves for both" 2 "$(noroshi queue list --json | jq '[.[] |
    select(.kind == "answer" and .state == "sent")] | length')"
is "and they talk together from then on" 1 "$(talks | wc -w)"
is "so that a letter to both is nothing special" allow \
    "$(dry --to rika@rika.example --cc bob@bob.example --tlp GREEN |
	cut -d' ' -f1)"
ok "the audit chain verifies" noroshi audit verify
tap_end
