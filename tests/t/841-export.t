#!/bin/sh
# A case's indicators leave it: as CSV and STIX 2.1 on this machine, which the
# audit log tells, and as an attachment that the gate judges.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway" gateway_new
ok "with readers" gateway_staff
gateway_silent
gateway_conf recall 0
printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"
TEAM=csirt@example.org
world_key "Rika Reporter" rika@client.example
world_key "Pat Peer" pat@peer.example
world_know "$WORLD/team.asc"
ok "and people" sh -c "
noroshi contact add 'Rika Reporter' --address rika@client.example \
    --class constituent --key '$WORLD/rika@client.example.asc' --verified met &&
noroshi contact add 'Pat Peer' --address pat@peer.example \
    --class first --key '$WORLD/pat@peer.example.asc' --verified met"

sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
mail_signed rika@client.example "Rika <rika@client.example>" "$TEAM" \
    "TLP:GREEN Scans" '<g-1@client.example>' <<EOT >"$TEST_TMP/g.eml"
TLP:GREEN
203.0.113.7 (AS64496, 203.0.113.0/24) and 2001:db8::7, hxxp://evil[.]com/a,b"c
joe[@]evil.com dropped $sha256 as invoice.exe; CVE-2024-3094, CWE-79, T1566.001
EOT
first=$(noroshi receive --from rika@client.example "$TEST_TMP/g.eml")
ok "a GREEN report is processed" once
case=$(noroshi message show "$first" --json | jq -r .case)
noroshi case indicators "$case" --csv >"$TEST_TMP/green.csv"
is "as CSV it has a header line, and each indicator under its label" \
    "tlp,type,value,constituency,first_seen,last_seen,messages 12" \
    "$(head -n 1 "$TEST_TMP/green.csv" | tr -d '\r') $(grep -c '^TLP:GREEN,' \
	"$TEST_TMP/green.csv")"
is "lines end as RFC 4180 says" "13 13" \
    "$(tr -cd '\r' <"$TEST_TMP/green.csv" | wc -c) $(wc -l <"$TEST_TMP/green.csv")"
is "a value with commas and quotes is one field" \
    'TLP:GREEN,url,"http://evil.com/a,b",outside' \
    "$(grep ',url,' "$TEST_TMP/green.csv" | cut -d, -f1-5)"

ok "one form at a time" exits 64 noroshi case indicators "$case" --csv --stix

# --- STIX
export S="$TEST_TMP/s.json"
ok "a bundle is written into a file" \
    noroshi case indicators "$case" --stix -o "$S"
is "that nobody else may read" 600 "$(stat -c %a "$S")"
ok "and that is not written over" exits 64 \
    noroshi case indicators "$case" --stix -o "$S"
# holds NAME filter: it says true of the bundle
holds() { is "$1" true "$(jq "$2" "$S")"; }
holds "each object has a type, an id of that type and a version 5 UUID" '
    (.type == "bundle") and (.id | test("^bundle--" + "[0-9a-f-]{36}$")) and
    ([.objects[] | (.id | split("--")) as $i | $i[0] == .type and
	.spec_version == "2.1" and
	(.type == "marking-definition" or ($i[1] |
	test("^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")))
    ] | all)'
holds "no id stands there twice" '[.objects[].id] | length == (unique | length)'
holds "each refers to what is there" '[.objects[].id] as $all |
    [.objects[] | (.object_refs // []) + .object_marking_refs? // [] |
	.[] | IN($all[])] | all'
holds "each bears the TLP 2.0 marking of GREEN, which is defined as OASIS does" '
    ([.objects[] | select(.type != "marking-definition") |
	.object_marking_refs ==
	["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"]] | all) and
    ([.objects[] | select(.type == "marking-definition")] | length == 1 and
	.[0].extensions["extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"] ==
	{extension_type: "property-extension", tlp_2_0: "green"})'
holds "domain objects have what the standard requires" '
    [.objects[] | select(.type | IN("identity", "observed-data", "grouping",
	"vulnerability", "attack-pattern")) |
	(.created | test("^20[0-9]{2}-.*Z$")) and
	(.modified | test("^20[0-9]{2}-.*Z$")) and
	(.type == "identity" or (.created_by_ref | startswith("identity--"))) and
	(.type != "observed-data" or (.number_observed == 1 and
	    .first_observed <= .last_observed and (.object_refs | length > 0)))
	and (.type == "observed-data" or (.name | length > 0)) and
	(.type != "grouping" or (.context == "suspicious-activity"))] |
	length == 5 and all'
is "observables have the ids that all programs give them" \
    "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7" \
    "$(printf 'See example.com and 198.51.100.3\n' | mail_signed \
	rika@client.example "Rika <rika@client.example>" "$TEAM" \
	"Re: [$case] TLP:GREEN more" '<g-2@client.example>' |
	noroshi receive --from rika@client.example - >/dev/null && once \
	>/dev/null && noroshi case indicators "$case" --stix | jq -r '.objects[] |
	select(.value? == "example.com") | .id')"
is "of an address too" ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4 \
    "$(noroshi case indicators "$case" --stix | jq -r '.objects[] |
	select(.value? == "198.51.100.3") | .id')"
is "the same case is the same bundle" \
    "$(noroshi case indicators "$case" --stix | sha256sum)" \
    "$(noroshi case indicators "$case" --stix | sha256sum)"
holds "they are in their plain spelling" '[.objects[] | .value? // empty |
    test("\\[|hxxp") | not] | all'
ok "people are shown them defanged" sh -c \
    "noroshi case indicators $case | grep -q 'hxxp://evil\\[\\.\\]com/a'"
is "the audit log tells of each" "csv stix stix stix" \
    "$(noroshi audit log --case "$case" --json | jq -r '[.[] |
	select(.event == "case.indicators") | .detail.format] | .[:4] |
	sort | join(" ")')"
is "with label, number and whereto" "GREEN 12 file" \
    "$(noroshi audit log --case "$case" --json | jq -r '[.[] |
	select(.event == "case.indicators" and .detail.to == "file")][0].detail |
	"\(.label) \(.count) \(.to)"')"

# --- through the gate
say() { # say FORMAT TO [LABEL]: the gate's decision of our own words with the export
	echo "See the list." | noroshi send --case "$case" --to "$2" \
	    --tlp "${3:-GREEN}" --subject List --attach-indicators "$1" --json \
	    >"$TEST_TMP/said" 2>"$TEST_TMP/said.err"
	jq -r '.recipients[] | "\(.decision)"' "$TEST_TMP/said"
}
is "GREEN ones may go to a peer" allow "$(say stix pat@peer.example)"
once >"$TEST_TMP/once" 2>&1
noroshi queue list --json >"$TEST_TMP/queue"
copy=$(grep -l '^Delivered-To: pat@peer.example$' "$G"/outbox/new/* | head -n 1)
ok "and have gone" test -n "$copy"
world_read pat@peer.example "$copy" >"$TEST_TMP/pat" || :
ok "as a file whose name bears the label" \
    grep -q "$case-indicators.TLP-GREEN.stix.json" "$TEST_TMP/pat"

printf 'TLP:AMBER\n203.0.113.99 is the control server.\n' |
    mail_signed rika@client.example "Rika <rika@client.example>" "$TEAM" \
	"Re: [$case] TLP:AMBER more" '<a-1@client.example>' \
	>"$TEST_TMP/a.eml"
noroshi receive --from rika@client.example "$TEST_TMP/a.eml" >/dev/null
ok "an AMBER mail joins the case" once
is "the case's list is AMBER then" 55d920b0-5e8b-4f79-9ee9-91f868d9b421 \
    "$(noroshi case indicators "$case" --stix | jq -r '.objects[] |
	select(.type == "marking-definition").id[20:]')"
is "while each line has its own label" "TLP:AMBER,ipv4,203.0.113.99" \
    "$(noroshi case indicators "$case" --csv | grep '^TLP:AMBER,' | cut -d, -f1-3)"
say csv pat@peer.example >"$TEST_TMP/decision"
ok "what a third party restricted does not go to a peer by itself" \
    grep -qx 'hold\|refuse' "$TEST_TMP/decision"
is "whoever reported all of it may have it" allow \
    "$(say stix rika@client.example AMBER)"
ok "a community with that peer" sh -c \
    "noroshi community add peers --max-label AMBER &&
	noroshi community join peers pat@peer.example"
echo 'Look.' | noroshi advisory send --community peers --tlp GREEN \
    --subject Look --attach-indicators "csv:$case" --dry-run --json \
    >"$TEST_TMP/advisory" 2>/dev/null
ok "has it no more by an advisory" \
    grep -q '"decision": "\(hold\|refuse\)"' "$TEST_TMP/advisory"
ok "where the case has to be named" sh -c "echo x | noroshi advisory send \
    --community peers --tlp GREEN --subject x --attach-indicators csv 2>&1 |
    grep -q 'of which case'"

# --- short ones, of which no line is quoted, are the reporter's all the same
world_key "Finn Finder" finn@finder.example
world_know "$WORLD/team.asc"
printf 'TLP:GREEN\nThe attacker came from 203.0.113.50 today.\n' |
    mail_signed rika@client.example "Rika <rika@client.example>" "$TEAM" \
	"TLP:GREEN Another" '<s-1@client.example>' >"$TEST_TMP/s.eml"
other=$(noroshi receive --from rika@client.example "$TEST_TMP/s.eml")
once >/dev/null 2>&1
other=$(noroshi message show "$other" --json | jq -r .case)
ok "a finder takes part in another case" sh -c "
noroshi contact add 'Finn Finder' --address finn@finder.example \
    --class finder --key '$WORLD/finn@finder.example.asc' --verified met &&
noroshi case participant add $other finn@finder.example --need 'found it'"
is "our own GREEN words may go to that finder" allow \
    "$(echo "Thank you." | noroshi send --case "$other" \
	--to finn@finder.example --tlp GREEN --subject Thanks --dry-run \
	--json | jq -r '.recipients[].decision')"
is "the list, which is the reporter's GREEN, waits for a second person" hold \
    "$(echo "Thank you." | noroshi send --case "$other" \
	--to finn@finder.example --tlp GREEN --subject Thanks --dry-run \
	--attach-indicators stix --json | jq -r '.recipients[].decision')"

# --- RED: for its readers alone
printf 'TLP:RED\n203.0.113.66 is inside.\n' |
    mail_signed rika@client.example "Rika <rika@client.example>" "$TEAM" \
	"Re: [$case] TLP:RED more" '<r-1@client.example>' >"$TEST_TMP/r.eml"
noroshi receive --from rika@client.example "$TEST_TMP/r.eml" >/dev/null
ok "a RED mail joins the case" once
is "the PoC's list is RED" "$case-indicators.TLP-RED.stix.json" \
    "$(echo x | noroshi send --case "$case" --to rika@client.example --tlp RED \
	--subject x --attach-indicators stix --json |
	jq -r .id | xargs noroshi message show --json |
	jq -r '.attachments[0].name')"
me=$(id -un)
sed -i "s/user = \"$me\"; contact = 1L*/user = \"$me\"; contact = 2/" \
    "$NOROSHI_CONF"
is "somebody else's has nothing of it" "0 AMBER" \
    "$(noroshi case indicators "$case" --json 2>"$TEST_TMP/left" |
	jq -r '"\([.[] | select(.value == "203.0.113.66")] | length) \(
	[.[].tlp] | unique | map(select(. != "GREEN")) | join(" "))"')"
ok "and says that something is left out" grep -q 'left out: 1' "$TEST_TMP/left"
tap_end
