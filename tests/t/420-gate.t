#!/bin/sh
# The rules beyond the gate's table: what is attached, restricted, consented.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/gate.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"

# explain LABEL WHO [option...]: "decision rule"
explain() {
	label=$1 who=$2
	shift 2
	noroshi tlp explain --tlp "$label" --to "$who" --json "$@" |
	    jq -r '.[0] | "\(.decision) \(.rule)"'
}

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
printf 'second_person = "contact";\n' >>"$NOROSHI_CONF"
gateway_silent
ok "a foreign team" world_key "Foreign CERT" cert@foreign.example
ok "is known" noroshi contact add "Foreign CERT" --address cert@foreign.example \
    --class first --key "$WORLD/cert@foreign.example.asc" --verified met
world_know "$WORLD/team.asc"
REPORT=$(day_report_encrypted "<report@day.example>" | take report)
A=$(field "$REPORT" .case)
N=$(noroshi case new --title "A new case")

# attachments and their own labels
cat >"$TEST_TMP/green.json" <<-'EOT'
	{"document": {"category": "csaf_base", "csaf_version": "2.0",
	 "distribution": {"tlp": {"label": "GREEN"}}}}
EOT
sed 's/GREEN/RED/' "$TEST_TMP/green.json" >"$TEST_TMP/red.json"
sed 's/GREEN/AMBER/' "$TEST_TMP/green.json" >"$TEST_TMP/amber.json"
printf 'TLP:AMBER\n\na list\n' >"$TEST_TMP/list.txt"
printf 'a list\n' >"$TEST_TMP/TLP-RED_list.txt"
is "an attached CSAF RED makes the mail RED" "RED refuse red-not-named" \
    "$(echo hello | try "$A" cert@foreign.example --tlp GREEN \
	--attach "$TEST_TMP/red.json" | sed s/red-role-mailbox/red-not-named/)"
is "an attached CSAF AMBER makes it AMBER" "AMBER refuse amber-outside-clients" \
    "$(echo hello | try "$N" nobody@elsewhere.example --tlp GREEN \
	--attach "$TEST_TMP/amber.json")"
is "one of no higher label changes nothing" "AMBER allow source-own" \
    "$(echo hello | try "$A" rika@client.example --tlp AMBER \
	--attach "$TEST_TMP/green.json")"
is "a text's first line counts" "allow attachment-higher" \
    "$(explain GREEN rika@client.example --case "$A" \
	--attach "$TEST_TMP/list.txt")"
is "so does a file's name" "refuse red-not-named" \
    "$(explain GREEN "Vendor PSIRT" --attach "$TEST_TMP/TLP-RED_list.txt" |
	sed s/red-role-mailbox/red-not-named/)"
is "and the same is asked by explain" "refuse red-not-named" \
    "$(explain GREEN "Vendor PSIRT" --attach "$TEST_TMP/red.json" |
	sed s/red-role-mailbox/red-not-named/)"

# what nobody can look into
printf '7z\274\257\047\034xxxxxxxx' >"$TEST_TMP/sample.7z"
printf '%%PDF-1.7\ntrailer << /Encrypt 5 0 R >>\n' >"$TEST_TMP/sealed.pdf"
printf '%%PDF-1.7\ntrailer << /Root 5 0 R >>\n' >"$TEST_TMP/open.pdf"
for file in sample.7z sealed.pdf; do
	is "$file waits for somebody who knows it" "hold attachment-opaque" \
	    "$(explain GREEN rika@client.example --case "$A" \
		--attach "$TEST_TMP/$file")"
	is "as it is sent too" "AMBER hold attachment-opaque" \
	    "$(echo hello | try "$A" rika@client.example --tlp AMBER \
		--attach "$TEST_TMP/$file")"
done
is "a PDF that anybody can read goes" "AMBER allow source-own" \
    "$(echo hello | try "$A" rika@client.example --tlp AMBER \
	--attach "$TEST_TMP/open.pdf")"
id=$(echo hello | noroshi send --case "$A" --to rika@client.example \
    --attach "$TEST_TMP/sample.7z" 2>/dev/null)
once
is "the daemon holds it as well" "held attachment-opaque" \
    "$(noroshi queue list --json | jq -r --argjson m "$id" \
	'.[] | select(.message == $m) | "\(.state) \(.rule)"')"
id=$(echo hello | noroshi send --case "$A" --to rika@client.example \
    --tlp AMBER --attach "$TEST_TMP/red.json" 2>/dev/null)
once
is "and its parser reads what is attached" "RED attachment-higher" \
    "$(field "$id" '"\(.tlp.effective) \(.warnings | join(" "))"')"

# words that restrict
MARKED=$(mail_plain "Oki <oki@oki.example>" "$TEAM" "【転送禁止】不審メール" \
    "<marked@oki.example>" <<-EOT | take marked
	A list of suspicious senders for you.
	EOT
)
is "its words are a warning and a fact" '1 true' \
    "$(field "$MARKED" '[.warnings[] | select(. == "restriction")] | length') $(
	noroshi message show "$MARKED" --json | jq '.warnings | any(. == "restriction")')"
M=$(field "$MARKED" .case)
world_key "Sora" sora@example.org
ok "a colleague" noroshi contact add "Sora" --address sora@example.org \
    --class staff --key "$WORLD/sora@example.org.asc" --verified met
ok "who is in the case, as a client is" noroshi case participant add "$M" \
    sora@example.org "Rika Reporter"
is "its team readers have it" "allow team-reader" \
    "$(explain AMBER "Hanako Handler" --origin "$MARKED")"
is "to pass it on is held, also inside" "hold restriction-text" \
    "$(explain AMBER sora@example.org --origin "$MARKED")"
is "and to a client" "hold restriction-text" \
    "$(explain AMBER "Rika Reporter" --origin "$MARKED")"
is "who wrote it is answered" "allow source-own" \
    "$(explain AMBER oki@oki.example --origin "$MARKED")"
# what a source allows by signed mail
AMBER=$(day_coordinator_amber "<amber@day.example>" | take amber)
D=$(field "$AMBER" .case)
is "without consent a foreign team may not have it" \
    "refuse amber-third-party" "$(explain AMBER cert@foreign.example --origin "$AMBER")"
ok "an unsigned mail is no consent" exits 77 noroshi consent add \
    --message "$MARKED" --to cert@foreign.example --label AMBER
ok "nor is one that nobody has" exits 66 noroshi consent add \
    --message 999 --to cert@foreign.example --label AMBER
YES=$(EXTRA="In-Reply-To: <amber@day.example>" mail_signed desk@ncc.example \
    "$DESK" "$TEAM" "Re: Early warning" "<yes@day.example>" <<-EOT | take yes
	You may pass it on to the Foreign CERT.
	EOT
)
is "the source's answer is in the case" "$D" "$(field "$YES" .case)"
ok "a time that is none is no end" exits 64 noroshi consent add \
    --message "$YES" --to cert@foreign.example --label AMBER --until soon
noroshi consent add --message "$YES" --to cert@foreign.example --label AMBER \
    --until 2020-01-01 >"$TEST_TMP/out"
is "a consent that has ended allows nothing" "refuse amber-third-party" \
    "$(explain AMBER cert@foreign.example --origin "$AMBER")"
is "consent add prints its number" 2 "$(noroshi consent add --message "$YES" \
    --to cert@foreign.example --label AMBER --until 2099-12-31T09:00+09:00 \
    --conditions "no names")"
is "then a second person decides" "hold consent-hold" \
    "$(explain AMBER cert@foreign.example --origin "$AMBER")"
is "nobody else is meant" "refuse amber-third-party" \
    "$(explain AMBER "Vendor PSIRT" --origin "$AMBER")"
is "another's content neither" "hold affected-party" "$(noroshi case affected \
    add "$A" hoster@public.example >/dev/null; explain AMBER hoster@public.example \
	--origin "$REPORT" | sed s/channel-plain/affected-party/)"
is "it is listed with its end and its conditions" \
    "2 $YES AMBER 2099-12-31T00:00:00Z no names cert@foreign.example" \
    "$(noroshi consent list --json | jq -r '.[1] | "\(.id) \(.message) \(
	.label) \(.until) \(.conditions) \(.to | join(" "))"')"
ok "the conditions lie sealed" not grep -q "no names" "$G"/noroshi.db*
is "and on record" 2 "$(noroshi audit log --json |
    jq '[.[] | select(.event == "consent.added")] | length')"
noroshi consent add --message "$YES" --to sora@example.org --label RED \
    >"$TEST_TMP/out"
RED=$(EXTRA="In-Reply-To: <amber@day.example>" day_coordinator_red \
    "<red@day.example>" | take red)
is "RED goes to a person whom the source named, by a second person" \
    "hold named" "$(explain RED sora@example.org --origin "$RED")"
is "and to no other" "refuse red-not-named" \
    "$(explain RED mallory@finder.example --origin "$RED")"
noroshi consent add --message "$YES" --to "Rika Reporter" --label GREEN \
    >"$TEST_TMP/out"
id=$(printf '> Look for connections to 203.0.113.77.\n' | noroshi send --case "$D" \
    --to cert@foreign.example --tlp AMBER 2>/dev/null)
once
is "what was consented to is held, not refused" "held consent-hold" \
    "$(noroshi queue list --json | jq -r --argjson m "$id" \
	'.[] | select(.message == $m) | "\(.state) \(.rule)"')"
ok "a second person lets it go" noroshi queue approve "$(noroshi queue list \
    --json | jq -r --argjson m "$id" '.[] | select(.message == $m) | .id')" \
    --as "Ken Deputy"
once
is "and it goes" sent "$(field "$id" .state)"
# an excerpt of facts: how takedown requests go out
printf 'Please take down hxxps://login.client-bank[.]example.com/verify at\n203.0.113.7.\n' \
    >"$TEST_TMP/takedown"
is "to a hosting firm, in clear, it goes" "CLEAR allow affected-party" \
    "$(try "$A" hoster@public.example --tlp CLEAR --facts-only <"$TEST_TMP/takedown")"
is "its subject is not the reporter's" "Facts about a security incident" "$(
    id=$(noroshi send --case "$A" --to abuse@host.example --tlp CLEAR \
	--facts-only <"$TEST_TMP/takedown"); once; field "$id" .subject)"
is "GREEN is its label otherwise" "GREEN allow affected-party" \
    "$(try "$A" hoster@public.example --facts-only <"$TEST_TMP/takedown")"
ok "AMBER is none of its labels" exits 64 noroshi send --case "$A" \
    --to hoster@public.example --tlp AMBER --facts-only
is "the reporter's address stops it" "CLEAR refuse downgrade" \
    "$(echo "rika@client.example saw 203.0.113.7" | try "$A" \
	hoster@public.example --tlp CLEAR --facts-only)"
is "so does their name" "CLEAR refuse downgrade" \
    "$(echo "Rika Reporter saw 203.0.113.7" | try "$A" \
	hoster@public.example --tlp CLEAR --facts-only)"
is "and their firm's" "CLEAR refuse downgrade" \
    "$(echo "CLIENT LTD saw 203.0.113.7" | try "$A" \
	hoster@public.example --tlp CLEAR --facts-only)"
is "and their words" "CLEAR refuse quote-higher" \
    "$(printf '> customers of ours get mail that leads to a fake login page:\n' |
	try "$A" hoster@public.example --tlp CLEAR --facts-only)"
is "and their subject" "CLEAR refuse subject-leak" \
    "$(try "$A" hoster@public.example --tlp CLEAR --facts-only \
	--subject "Fwd: Phishing site imitating our bank" <"$TEST_TMP/takedown")"
is "and an indicator of the coordinator's AMBER" \
    "CLEAR refuse amber-third-party" "$(echo "Please stop 203.0.113[.]77" |
	try "$D" hoster@public.example --tlp CLEAR --facts-only)"
printf '{"seen":"in the accounting rooms"}\n' >"$TEST_TMP/log.json"
{
	world_header "$RIKA" "$TEAM" "A log" "<log@day.example>"
	printf 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee the log\n'
	printf -- '--b\nContent-Type: application/json\n'
	printf 'Content-Disposition: attachment; filename="log.json"\n\n'
	cat "$TEST_TMP/log.json"
	printf -- '\n--b--\n'
} | noroshi receive --from rika@client.example >/dev/null
once
LOG=$(day_number log)
is "and a file that came, whatever it says" "CLEAR refuse quote-higher" \
    "$(try "$(field "$LOG" .case)" hoster@public.example --tlp CLEAR --facts-only \
	--attach "$TEST_TMP/log.json" <"$TEST_TMP/takedown")"
is "and who is neither owner nor PoC asks first" "CLEAR hold author-not-owner" \
    "$(try "$A" hoster@public.example --tlp CLEAR --facts-only --as sora@example.org \
	<"$TEST_TMP/takedown")"

# the internal route
ok "a department" noroshi contact add "Sales" --address lead@dept.example \
    --class staff
ok "is in the coordinator's case" noroshi case participant add "$D" \
    lead@dept.example
is "without a key AMBER waits" "hold channel-plain" \
    "$(explain AMBER lead@dept.example --origin "$AMBER")"
sed -i 's/#internal_route = .*/internal_route = [ "dept.example" ];/' \
    "$NOROSHI_CONF"
is "over the route it goes" "allow need-to-know" \
    "$(explain AMBER lead@dept.example --origin "$AMBER")"
is "RED does not, unnamed" "refuse red-not-named" \
    "$(explain RED lead@dept.example --origin "$RED")"
is "an outsider is not on it" "refuse amber-third-party" \
    "$(explain AMBER x@dept.example --origin "$AMBER" |
	sed s/amber-outside-clients/amber-third-party/)"
sed -i 's/#internal_route_trusted = true/internal_route_trusted = false/' \
    "$NOROSHI_CONF"
is "one switch turns it off" "hold channel-plain" \
    "$(explain AMBER lead@dept.example --origin "$AMBER")"
# an embargo keeps a case to those who take part in it
V=$(noroshi case new --title "A hole" --category vulnerability)
noroshi case participant add "$V" psirt@vendor.example >"$TEST_TMP/out"
ok "a time that is none is no embargo" exits 64 noroshi case embargo "$V" soon
ok "nor is a zone that is none" exits 64 noroshi case embargo "$V" \
    2099-01-01T09:00 --zone Moon/Base
ok "an hour in a zone is one" noroshi case embargo "$V" 2099-01-01T09:00 \
    --zone Asia/Tokyo
is "who takes part is written to" "AMBER allow amber-peer" \
    "$(echo hello | try "$V" psirt@vendor.example --tlp AMBER)"
is "nobody else is" "AMBER refuse embargo" \
    "$(echo hello | try "$V" cert@foreign.example --tlp AMBER)"
ok "until that hour" grep -q "2099-01-01T00:00:00Z" "$TEST_TMP/try"
is "nothing of it is below AMBER" "AMBER hold downgrade" \
    "$(echo hello | try "$V" psirt@vendor.example --tlp GREEN)"
is "as explain says too" "refuse embargo" \
    "$(explain AMBER cert@foreign.example --case "$V")"
ok "the PoC ends it" noroshi case embargo "$V" none
is "and then it is as before" "GREEN allow green-other-community" \
    "$(echo hello | try "$V" cert@foreign.example --tlp GREEN)"

# a label that is raised counts for what waits
Z=$(noroshi case new --title "Rising")
noroshi case participant add "$Z" psirt@vendor.example >"$TEST_TMP/out"
daemon_run
is_settled() {
	state=$(noroshi queue list --json | jq -r --argjson m "$2" \
	    '.[] | select(.message == $m and .kind != "notice") |
		"\(.state) \(.rule)"')
	[ "$state" = "$1" ]
}
settles() { # settles STATE MESSAGE
	wait_for 10 is_settled "$1" "$2"
	echo "$state"
}
id=$(echo hello | noroshi send --case "$Z" --to psirt@vendor.example \
    --tlp GREEN)
is "a copy waits for its recall window" "queued green-community" \
    "$(settles "queued green-community" "$id")"
ok "the case's label is raised" noroshi case label "$Z" AMBER
is "the copy is held at once" "held downgrade" \
    "$(settles "held downgrade" "$id")"
id=$(echo hello | noroshi send --case "$Z" --to psirt@vendor.example \
    --tlp AMBER+STRICT)
is "one that is strict enough waits" "queued strict-outside-org" \
    "$(settles "queued strict-outside-org" "$id")"
ok "raised again" noroshi case label "$Z" RED
is "it is refused, and waits for nobody" "cancelled downgrade" \
    "$(settles "cancelled downgrade" "$id")"
daemon_end
is "that is on record" 2 "$(noroshi audit log --json |
    jq '[.[] | select(.event == "case.rejudged")] | length')"
is "and its author is told, who had seen it pass" 1 "$(noroshi queue list \
    --all --json | jq --argjson m "$id" '[.[] | select(.message == $m and
	.kind == "notice" and .recipient == "taro@example.org")] | length')"

# a drill stays a drill
X=$(noroshi case new --title "Drill" --category exercise)
noroshi case participant add "$X" psirt@vendor.example >"$TEST_TMP/out"
is "nobody outside a drill hears of it" "GREEN refuse exercise-outside" \
    "$(echo hello | try "$X" cert@foreign.example --tlp GREEN)"
id=$(echo "The server burns." | noroshi send --case "$X" \
    --to psirt@vendor.example --tlp GREEN --subject Fire)
once
mail=$(grep -l "^Delivered-To: psirt@vendor.example" "$G"/outbox/new/* |
    xargs ls -t | head -n 1)
world_read psirt@vendor.example "$mail" >"$TEST_TMP/plain"
is "who takes part reads on the first and the last line that it is one" \
    "1 4" "$(tr -d '\r' <"$TEST_TMP/plain" | sed '1,/^$/d' | base64 -d |
	tr -d '\r' | grep -v '^$' | grep -n EXERCISE | cut -d: -f1 |
	tr '\n' ' ' | sed 's/ $//')"

# a provider's customers
noroshi contact add "Rival" --address soc@rival.example --class constituent \
    --organisation "Rival Ltd" >"$TEST_TMP/out"
is "two constituents in one mail" "CLEAR allow clear" \
    "$(echo hello | try "$N" "rika@client.example,soc@rival.example" --tlp CLEAR)"
sed -i 's/#provider = false/provider = true/' "$NOROSHI_CONF"
is "are two customers of a provider" "CLEAR refuse mixed-constituencies" \
    "$(echo hello | try "$N" "rika@client.example,soc@rival.example" --tlp CLEAR)"
tap_end
