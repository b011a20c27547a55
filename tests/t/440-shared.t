#!/bin/sh
# Who gets what: examples of sharing, played with real mail.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

explain() { # explain LABEL WHO [option...]: "decision rule"
	label=$1 who=$2
	shift 2
	noroshi tlp explain --tlp "$label" --to "$who" --json "$@" |
	    jq -r '.[0] | "\(.decision) \(.rule)"'
}

take() { # take NAME <mail: receives it, processes it, prints its number
	cat >"$WORLD/$1.eml"
	noroshi receive --from x@example.net "$WORLD/$1.eml" >"$TEST_TMP/taken"
	once
	cat "$TEST_TMP/taken"
}

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
ok "and a community of banks" day_community
world_know "$WORLD/team.asc"
printf 'second_person = "contact";\n' >>"$NOROSHI_CONF"
gateway_silent
REPORT=$(day_report_encrypted "<report@day.example>" | take report)
A=$(field "$REPORT" .case)

# our AMBER advisory to our own community, by the PoC
echo "Look for /verify.php." | noroshi advisory send --community banks \
    --tlp AMBER --subject "Phishing" --json >"$TEST_TMP/sent" 2>"$TEST_TMP/err"
is "an AMBER advisory waits for a second person" "hold amber-list" \
    "$(jq -r '"\(.decision) \(.recipients[0].rule)"' "$TEST_TMP/sent")"
once
m=$(jq .id "$TEST_TMP/sent")
is "for each of its readers" 5 "$(noroshi queue list --json |
    jq --argjson m "$m" '[.[] | select(.message == $m and .state == "held")] | length')"
ok "who releases it for all" noroshi queue approve "$(noroshi queue list --json |
    jq -r --argjson m "$m" '[.[] | select(.message == $m) | .id][0]')" \
    --as "Ken Deputy"
once
is "then it goes to each" 5 "$(noroshi queue list --json |
    jq --argjson m "$m" '[.[] | select(.message == $m and .state == "sent")] | length')"

# a member without a key
noroshi community add clubs --max-label AMBER --single-release >"$TEST_TMP/out"
noroshi contact add "Keyless Club" --address club@keyless.example \
    --class partner >"$TEST_TMP/out"
noroshi community join clubs csirt@bank1.example >"$TEST_TMP/out"
noroshi community join clubs club@keyless.example >"$TEST_TMP/out"
echo "Look for /verify.php." | noroshi advisory send --community clubs \
    --tlp AMBER --subject "Phishing" --json >"$TEST_TMP/sent" 2>"$TEST_TMP/err"
is "its author is told of the member without a key" \
    "allow hold channel-plain" "$(jq -r '[.recipients[] |
	if .decision == "allow" then .decision else "\(.decision) \(.rule)" end] |
	join(" ")' "$TEST_TMP/sent")"
once
is "that copy alone waits" "held sent" "$(noroshi queue list --json |
    jq -r --argjson m "$(jq .id "$TEST_TMP/sent")" '[.[] |
	select(.message == $m) | .state] | sort | join(" ")')"

# a label that nobody proves opens nothing
noroshi community add world --max-label CLEAR --archive public >"$TEST_TMP/out"
noroshi community join world csirt@bank1.example >"$TEST_TMP/out"
WHITE=$(mail_plain "Nobody <n@nowhere.example>" "$TEAM" "TLP:WHITE publish this" \
    "<white@nowhere.example>" <<-EOT | take white
	Please publish this.
EOT
)
is "a stranger's TLP:WHITE stays AMBER" "CLEAR AMBER" \
    "$(field "$WHITE" '"\(.tlp.label) \(.tlp.effective)"')"
is "and goes to no public list" refuse \
    "$(explain CLEAR community:world --origin "$WHITE" | cut -d' ' -f1)"

# what came from a community's list goes back to it
noroshi community add nca --address nca@list.example --max-label AMBER \
    >"$TEST_TMP/out"
for who in desk@ncc.example csirt@bank1.example csirt@bank2.example; do
	noroshi community join nca "$who" >"$TEST_TMP/out"
done
LISTED=$(PROTECT=1 mail_signed desk@ncc.example "$DESK" nca@list.example \
    "TLP:AMBER a campaign" "<listed@ncc.example>" <<-EOT | take listed
	TLP:AMBER

	Look for connections to 203.0.113.99.
EOT
)
is "AMBER of a list may go to that list" allow \
    "$(explain AMBER community:nca --origin "$LISTED" | cut -d' ' -f1)"
is "and to its members" "allow amber-third-party" \
    "$(explain AMBER csirt@bank2.example --origin "$LISTED")"
is "but to no other list" "refuse amber-third-party" \
    "$(explain AMBER community:banks --origin "$LISTED" |
	sed 's/allow .*/allow/')"

# the key that signed the report
world_key "Nia Finder" nia@finder2.example
noroshi key import "$WORLD/nia@finder2.example.asc" >"$TEST_TMP/out"
NIA=$(mail_signed nia@finder2.example "Nia Finder <nia@finder2.example>" \
    "$TEAM" "TLP:AMBER a hole" "<nia@finder2.example>" <<-EOT | take nia
	TLP:AMBER

	The router takes any password that is longer than 4096 bytes.
EOT
)
is "a finder is answered under the key that signed" "allow source-own" \
    "$(explain AMBER nia@finder2.example --origin "$NIA")"

# a key that has expired
world_home old@partner.example
GNUPGHOME=$WORLD/old@partner.example gpg -q --no-permission-warning --batch \
    --faked-system-time 20250101T000000 --passphrase '' --quick-generate-key \
    "Old Partner <old@partner.example>" rsa2048 default 2025-06-01 \
    2>>"$WORLD/gpg.log"
world_gpg old@partner.example --armor --export old@partner.example \
    >"$WORLD/old.asc"
noroshi contact add "Old Partner" --address old@partner.example --class partner \
    --key "$WORLD/old.asc" --verified met >"$TEST_TMP/out" 2>&1
noroshi case participant add "$A" old@partner.example >"$TEST_TMP/out"
is "a key that has expired is none" "hold key-unusable" \
    "$(explain AMBER old@partner.example --case "$A")"

# what is enclosed may be stricter than the subject
{
	world_header "$DESK" "$TEAM" "TLP:GREEN news" "<csaf@ncc.example>"
	printf 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'
	printf 'Content-Type: text/plain\n\nhello\n--b\n'
	printf 'Content-Type: application/json; name=a.json\n'
	printf 'Content-Disposition: attachment; filename=a.json\n\n'
	printf '{"document": {"category": "csaf_base", "csaf_version": "2.0", '
	printf '"distribution": {"tlp": {"label": "RED"}}}}\n--b--\n'
} >"$TEST_TMP/csaf.eml"
is "a CSAF RED makes a mail RED whose subject says GREEN" "RED attachment" \
    "$(field "$(take csaf <"$TEST_TMP/csaf.eml")" \
	'"\(.tlp.effective) \(.tlp.source)"')"

# a quotation raises the label
AMBER=$(day_coordinator_amber "<amber@day.example>" | take amber)
D=$(field "$AMBER" .case)
printf 'As you wrote:\n> Look for connections to 203.0.113.77.\n' |
    noroshi send --case "$D" --to "Hanako Handler" --tlp GREEN \
	--subject "A word" --json \
	>"$TEST_TMP/sent"
is "GREEN that quotes AMBER leaves as AMBER" "AMBER allow quote-higher" \
    "$(jq -r '"\(.tlp) \(.decision) \(.recipients[0].rule)"' "$TEST_TMP/sent")"

# a stranger's RED locks nobody's case
LOUD=$(mail_plain "Loud <loud@nowhere.example>" "$TEAM" \
    "Re: [$A] TLP:RED listen" "<loud@nowhere.example>" <<-EOT | take loud
	TLP:RED

	Stop all you do.
EOT
)
is "a stranger's mail is RED" RED "$(field "$LOUD" .tlp.effective)"
is "and the case goes on" "allow source-own" \
    "$(explain AMBER rika@client.example --origin "$REPORT" --case "$A")"
tap_end
