#!/bin/sh
# A normal week: what the gate holds of ordinary work, counted.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

take() { # take NAME <mail: receives it, processes it, prints its case
	cat >"$WORLD/$1.eml"
	noroshi receive --from x@example.net "$WORLD/$1.eml" >"$TEST_TMP/taken"
	once
	field "$(cat "$TEST_TMP/taken")" .case
}

: >"$TEST_TMP/week"
# post WHAT EXPECTED CASE WHO [option...] <text: sends it, notes what the gate says
post() {
	what=$1 expected=$2 incident=$3 who=$4
	shift 4
	noroshi send --case "$incident" --to "$who" --json "$@" \
	    >"$TEST_TMP/post" 2>"$TEST_TMP/err"
	jq -c --arg what "$what" '.recipients[] | {what: $what, recipient,
	    decision, rule, reason}' "$TEST_TMP/post" >>"$TEST_TMP/week"
	echo "$what|$expected|$(jq -r .decision "$TEST_TMP/post")" \
	    >>"$TEST_TMP/posts"
}

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
ok "and a community" day_community
gateway_silent
sed -i 's/#internal_route = .*/internal_route = [ "dept.example" ];/' \
    "$NOROSHI_CONF"
world_key "Sales IT" it@sales.example
world_key "Foreign CERT" team@cert.example
{
	noroshi contact add "Sales IT" --address it@sales.example --class staff \
	    --role observer \
	    --key "$WORLD/it@sales.example.asc" --verified met
	noroshi contact add "Factory IT" --address it@dept.example --class staff \
	    --role observer
	noroshi contact add "Foreign CERT" --address team@cert.example \
	    --class first --key "$WORLD/team@cert.example.asc" --verified directory
} >"$TEST_TMP/out"
world_know "$WORLD/team.asc"

# Monday: the coordinator's indicators go to two departments
D=$(day_coordinator_amber "<amber@day.example>" | take amber)
noroshi case participant add "$D" it@sales.example it@dept.example \
    --need "they run the proxies" >"$TEST_TMP/out"
printf 'Please look in your proxies.\n\n> Look for connections to 203.0.113.77.\n' \
    >"$TEST_TMP/ask"
post "indicators to a department with a key" allow "$D" it@sales.example \
    --tlp AMBER <"$TEST_TMP/ask"
post "indicators to a department by the internal route" allow "$D" \
    it@dept.example --tlp AMBER <"$TEST_TMP/ask"
echo "We have no hits so far." | post "an answer to the coordinator" allow \
    "$D" desk@ncc.example

# Tuesday: phishing; who reports it has no key
for n in 1 2 3; do
	C=$(mail_plain "Reporter $n <r$n@home.example>" "$TEAM" \
	    "Suspicious mail number $n" "<r$n@home.example>" <<-EOT | take "r$n"
		Hello, I got this link: http://login$n.phish.example/verify
		at 203.0.113.$n. Is that yours?
		Reporter $n, 090-0000-000$n
	EOT
	)
	echo "Thank you. Please do not open it." |
	    post "an answer to reporter $n, who has no key" allow "$C" \
		"r$n@home.example"
	printf 'Phishing site, seen on %s:\nhxxp://login%s.phish[.]example/verify (203.0.113.%s)\nPlease take it down.\n' \
	    "$(date -u +%F)" "$n" "$n" |
	    post "takedown $n at the hosting firm's abuse desk" allow "$C" \
		"abuse@host$n.example" --tlp CLEAR --facts-only \
		--subject "Phishing site on 203.0.113.$n"
	echo "It is gone." | post "the good news to reporter $n" allow "$C" \
	    "r$n@home.example"
done
A=$(day_report_encrypted "<report@day.example>" | take report)
echo "We are on it." | post "an answer to a client with a key" allow "$A" \
    rika@client.example

# Wednesday: a foreign team that we never wrote to
printf 'Does anybody see 203.0.113.7 beyond phishing?\n' |
    post "a first query to a foreign CERT, at GREEN" allow "$A" \
	team@cert.example --tlp GREEN --facts-only
Q=$(noroshi case new --title "Where else?")
printf 'A client of ours is hit by 203.0.113.9. Do you see more?\n' |
    post "a first query with more, at AMBER" hold "$Q" team@cert.example \
	--tlp AMBER

# Thursday: a finder with a key that nobody knows, and the vendor
world_key "Nia Finder" nia@finder2.example
F=$(mail_signed nia@finder2.example "Nia Finder <nia@finder2.example>" "$TEAM" \
    "Hole in Example Router" "<nia@finder2.example>" <<-EOT | take nia
	The login page of Example Router 4.1 takes any password that is
	longer than 4096 bytes. I can show it.
EOT
)
echo "Thank you. May we tell the vendor your name?" |
    post "an answer to a finder whose key is unknown" allow "$F" \
	nia@finder2.example
noroshi case participant add "$F" psirt@vendor.example >"$TEST_TMP/out"
printf '> The login page of Example Router 4.1 takes any password that is\n> longer than 4096 bytes.\n' |
    post "the hole to its vendor" allow "$F" psirt@vendor.example --tlp AMBER
printf '7z\274\257\047\034xxxxxxxx' >"$TEST_TMP/sample.7z"
echo "The sample." | post "a packed sample to the vendor" hold "$F" \
    psirt@vendor.example --tlp AMBER --attach "$TEST_TMP/sample.7z"

# Friday: a warning to the community, and to the clients
noroshi advisory send --community banks --tlp GREEN \
    --subject "Phishing against banks" --json >"$TEST_TMP/post" <<-EOT
	A phishing kit imitates several banks. Look for /verify.php.
EOT
jq -c '.recipients[] | {what: "advisory", recipient, decision, rule, reason}' \
    "$TEST_TMP/post" >>"$TEST_TMP/week"
is "an advisory to the community: allow" allow \
    "$(jq -r .decision "$TEST_TMP/post")"
echo "Please warn your customers of /verify.php." |
    post "a warning to a client, at GREEN" allow "$A" rika@client.example \
	--tlp AMBER

once
while IFS='|' read -r what expected decision; do
	is "$what: $expected" "$expected" "$decision"
done <"$TEST_TMP/posts"
holds=$(jq -s '[.[] | select(.decision != "allow")] | length' "$TEST_TMP/week")
all=$(jq -s length "$TEST_TMP/week")
echo "# a normal week: $holds of $all copies wait for a second person"
jq -r 'select(.decision != "allow") | "#   \(.what): \(.rule): \(.reason)"' \
    "$TEST_TMP/week"
is "two of them wait, for reasons that people agree with" \
    "amber-peer attachment-opaque" \
    "$(jq -r 'select(.decision != "allow") | .rule' "$TEST_TMP/week" | sort |
	tr '\n' ' ' | sed 's/ $//')"
is "the queue says the same" 2 "$(noroshi queue list --json |
    jq '[.[] | select(.state == "held")] | length')"
is "nothing was lost on the way" 0 "$(noroshi queue list --json |
    jq '[.[] | select(.state == "failed")] | length')"
ok "each reason is one sentence that says what would help" test -z \
    "$(jq -r 'select(.decision != "allow") | .reason' "$TEST_TMP/week" |
	grep -Ev 'approver|attach it|key|participant')"
noroshi queue list --json | jq -r '.[] | select(.state == "held") |
    "# held: \(.recipient) \(.rule) \(.reason)"'
tap_end
