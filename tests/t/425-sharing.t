#!/bin/sh
# What comes back without its mark, who is hidden, what is released lower.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/gate.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"

# rows MESSAGE: its deliveries, but what asks or tells the team of it
rows() {
	noroshi queue list --all --json | jq -c --argjson m "$1" '[.[] |
	    select(.message == $m and .kind != "ask" and .kind != "notice")]'
}
# letter WHO MESSAGE: the file of that copy
letter() {
	echo "$G/outbox/new/$(rows "$2" | jq -r --arg who "$1" '.[] |
	    select(.recipient == $who) | .id')".*
}
# read_by WHO FILE: as their own gpg opens it
read_by() {
	world_read "$1" "$2" 2>/dev/null | tr -d '\r' |
	    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}'
}

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
printf 'second_person = "contact";\n' >>"$NOROSHI_CONF"
gateway_silent
ok "a foreign team" world_key "Foreign CERT" cert@foreign.example
ok "is known" noroshi contact add "Foreign CERT" --address cert@foreign.example \
    --class first --key "$WORLD/cert@foreign.example.asc" --verified met
world_know "$WORLD/team.asc"

# --- a third party's words in a case of ours ----------------------------------

PROTECT=1 OUTER=... mail_encrypted desk@ncc.example csirt@example.org \
    "Coordination Desk <desk@ncc.example>" csirt@example.org \
    "TLP:AMBER Early warning" "<amber@ncc.example>" <<-EOT | take amber >/dev/null
	TLP:AMBER

	The group keeps its tools on a printer server in the second office.
	They call home to 203.0.113.77 every night.
	来週の月曜日に攻撃者が別の拠点へ移動すると考えています。

	Thank you very much for your attention to this matter.
EOT
D=$(field "$(cat "$TEST_TMP/taken")" .case)
N=$(noroshi case new --title "A case of ours")
printf 'We think that the group keeps its tools there:\n\nThe group keeps its tools\non a printer server in the second office. Do you?\n' \
    >"$TEST_TMP/echo"
is "their sentence, wrapped anew and without a mark, waits" \
    "GREEN hold amber-third-party" \
    "$(try "$N" cert@foreign.example --tlp GREEN <"$TEST_TMP/echo")"
ok "and the reason says whose it is, and how to go on" grep -q \
    'a sentence of message .*TLP:AMBER; take that out, or an approver' \
    "$TEST_TMP/try"
is "a Japanese one waits too" "GREEN hold amber-third-party" \
    "$(echo "来週の月曜日に攻撃者が別の拠点へ移動すると考えています。" |
	try "$N" cert@foreign.example --tlp GREEN)"
is "and their indicator, defanged" "CLEAR hold amber-third-party" \
    "$(echo "Do you see 203.0.113[.]77 ?" |
	try "$N" cert@foreign.example --tlp CLEAR)"
is "also where facts alone are asked for" "CLEAR hold amber-third-party" \
    "$(echo "Please stop 203.0.113[.]77." |
	try "$N" abuse@host.example --tlp CLEAR --facts-only)"
is "they themselves may have it back" "GREEN allow green-other-community" \
    "$(try "$N" desk@ncc.example --tlp GREEN <"$TEST_TMP/echo")"
is "what everybody writes is theirs no more than ours" \
    "GREEN allow green-other-community" \
    "$(echo "Thank you very much for your attention to this matter." |
	try "$N" cert@foreign.example --tlp GREEN)"
mail_plain "Rika <rika@client.example>" csirt@example.org "Night traffic" \
    "<night@client.example>" <<-EOT | take night >"$TEST_TMP/night"
	We see 203.0.113.77 in our logs each night.
EOT
R=$(field "$(cat "$TEST_TMP/taken")" .case)
is "what our own reporter saw is ours" "GREEN allow green-other-community" \
    "$(echo "Do you see 203.0.113.77, too?" |
	try "$R" cert@foreign.example --tlp GREEN)"
id=$(noroshi send --case "$N" --to cert@foreign.example --tlp GREEN \
    --subject "A question" <"$TEST_TMP/echo" 2>/dev/null)
once
is "sent, it is held" '["held amber-third-party"]' \
    "$(rows "$id" | jq -c '[.[] | "\(.state) \(.rule)"]')"
ok "an approver releases it" noroshi queue approve \
    "$(rows "$id" | jq '.[0].id')" --as ken@example.org
once
is "and it leaves" sent "$(field "$id" .state)"
ok "no word of it is in the database" not grep -aq "printer server" \
    "$G/noroshi.db"

# --- Bcc ----------------------------------------------------------------------

noroshi case participant add "$N" psirt@vendor.example rika@client.example \
    cert@foreign.example >"$TEST_TMP/out"
id=$(echo "Please update." | noroshi send --case "$N" --tlp GREEN \
    --to psirt@vendor.example --cc cert@foreign.example \
    --bcc rika@client.example --subject "An update")
once
is "three copies leave" '["sent","sent","sent"]' \
    "$(rows "$id" | jq -c '[.[].state]')"
for who in psirt@vendor.example cert@foreign.example; do
	read_by "$who" $(letter "$who" "$id") >"$TEST_TMP/plain"
	ok "$who reads it" grep -q "Please update" "$TEST_TMP/plain"
	ok "and nothing of the Bcc" not grep -qi rika "$TEST_TMP/plain" \
	    $(letter "$who" "$id")
	is "and it is sealed to one key alone" 1 \
	    "$(world_recipients $(letter "$who" "$id") | wc -l)"
done
read_by rika@client.example $(letter rika@client.example "$id") >"$TEST_TMP/plain"
ok "who is hidden reads it too" grep -q "Please update" "$TEST_TMP/plain"
ok "and sees whom it was written to" grep -q \
    "^To:.*psirt@vendor.example" "$TEST_TMP/plain"
ok "and is named in no header" not grep -Eqi "^(To|Cc|Bcc):.*rika" \
    "$TEST_TMP/plain"
is "the team sees that" rika@client.example "$(field "$id" '.bcc[0].address')"
is "at AMBER somebody hidden outside waits" "AMBER hold bcc-mixed" \
    "$(echo x | try "$N" psirt@vendor.example --tlp AMBER \
	--bcc rika@client.example)"
is "one of the team does not" "AMBER allow amber-peer" \
    "$(echo x | try "$N" psirt@vendor.example --tlp AMBER --bcc 1)"
noroshi community add friends --address friends@example.org --max-label AMBER \
    >"$TEST_TMP/out"
ok "a community is no Bcc" exits 65 noroshi send --case "$N" \
    --to psirt@vendor.example --bcc community:friends --tlp GREEN
id=$(echo "To you alone." | noroshi send --case "$N" --tlp GREEN \
    --bcc rika@client.example --subject "Alone")
once
read_by rika@client.example $(letter rika@client.example "$id") >"$TEST_TMP/plain"
ok "to a Bcc alone it goes as to the team" grep -q \
    "^To:.*csirt@example.org" "$TEST_TMP/plain"

# --- by mail --------------------------------------------------------------------

KEN="Ken Deputy <ken@example.org>" TEAM=csirt@example.org
# order MESSAGE-ID SUBJECT <text: a mail of Ken's that may order
order() {
	PROTECT=1 OUTER=... mail_encrypted ken@example.org "$TEAM" "$KEN" \
	    "$TEAM" "$2" "$1" >"$TEST_TMP/order.eml"
	noroshi receive --from ken@example.org --to "$TEAM" \
	    "$TEST_TMP/order.eml" >"$TEST_TMP/out"
	once
}
last_out() {
	noroshi message list --json |
	    jq '[.[] | select(.direction == "out")] | last | .id'
}
copy=$(ls "$G/outbox/new/$(rows "$(cat "$TEST_TMP/night")" | jq -r '.[] |
    select(.recipient == "ken@example.org") | .id')".*)
EXTRA="In-Reply-To: $(sed -n 's/^Message-ID: //p' "$copy" | head -n 1)" \
    order "<f1@staff.example>" "Re: [$R] TLP:AMBER Night traffic" <<-EOT
	Facts-To: abuse@host.example
	TLP: CLEAR

	203[.]0[.]113[.]77 calls out from your network each night.
	Please stop it.

	> We see 203.0.113.77 in our logs each night.
EOT
id=$(last_out)
is "one mail asks for a takedown" '["sent clear abuse@host.example"]' \
    "$(rows "$id" | jq -c '[.[] | "\(.state) \(.rule) \(.recipient)"]')"
tr -d '\r' <"$(letter abuse@host.example "$id" | head -n 1 | xargs ls)" \
    >"$TEST_TMP/plain"
ok "it says the facts" grep -q "calls out from your network" "$TEST_TMP/plain"
ok "and nothing of the report below" not grep -q "in our logs" "$TEST_TMP/plain"
ok "nor its subject" not grep -qi "night traffic" "$TEST_TMP/plain"
order "<f2@staff.example>" "Facts" <<-EOT
	Case: $R
	Facts-To: abuse@host.example
	To: rika@client.example

	both at once
EOT
is "it stands alone" "$id" "$(last_out)"
order "<f3@staff.example>" "Facts" <<-EOT
	Case: $R
	Facts-To: abuse@host.example
	TLP: AMBER

	Please stop 203.0.113.77.
EOT
is "and is for all to read" "$id" "$(last_out)"
order "<f4@staff.example>" "Facts" <<-EOT
	Case: $R
	Facts-To: abuse@host.example

	rika@client.example reported 203.0.113.77.
EOT
is "and names no reporter" "$id" "$(last_out)"
order "<b1@staff.example>" "Again" <<-EOT
	Case: $N
	To: psirt@vendor.example
	Bcc: cert@foreign.example
	TLP: GREEN

	Please update once more.
EOT
id=$(last_out)
is "Bcc: is one too" '["psirt@vendor.example","cert@foreign.example"]' \
    "$(rows "$id" | jq -c '[.[].recipient]')"
read_by psirt@vendor.example $(letter psirt@vendor.example "$id") >"$TEST_TMP/plain"
ok "of whom nobody else reads" not grep -q cert@foreign "$TEST_TMP/plain"

# what a mail orders is done with its text, or not at all
state_of() {
	noroshi case show "$1" --json |
	    jq -r '"\(.state) \(.priority) \(.notes | length)"'
}
for word in approve reject; do
	H=$(noroshi case new --title "Held, to $word")
	order "<h-$word@staff.example>" "A question" <<-EOT
		Case: $H
		To: cert@foreign.example
		TLP: AMBER
		Status: waiting
		Priority: high
		Note: ask them again on Friday

		Do you see more of this?
	EOT
	id=$(last_out)
	is "the text of a mail waits" '["held amber-peer"]' \
	    "$(rows "$id" | jq -c '[.[] | "\(.state) \(.rule)"]')"
	is "and so does what it orders" "new normal 0" "$(state_of "$H")"
	noroshi queue "$word" "$(rows "$id" | jq '.[0].id')" --reason "$word" \
	    >"$TEST_TMP/out"
	once
	if [ "$word" = approve ]; then
		is "released, all of it is done" "sent waiting high 1" \
		    "$(field "$id" .state) $(state_of "$H")"
		once
		is "once" "waiting high 1" "$(state_of "$H")"
	else
		is "rejected, nothing is" "new normal 0" "$(state_of "$H")"
	fi
done
ok "the note is in no open text of the database" not grep -aq \
    "ask them again" "$G/noroshi.db"

# --- a lower label than what it holds ------------------------------------------

L=$(noroshi case new --title "Lower")
noroshi case label "$L" AMBER >"$TEST_TMP/out"
noroshi case participant add "$L" psirt@vendor.example >"$TEST_TMP/out"
id=$(echo "May be known now." | noroshi send --case "$L" --tlp GREEN \
    --to psirt@vendor.example --subject "News" 2>/dev/null)
once
is "below its case's label it waits" '["held downgrade"]' \
    "$(rows "$id" | jq -c '[.[] | "\(.state) \(.rule)"]')"
ok "a deputy releases that" noroshi queue approve \
    "$(rows "$id" | jq '.[0].id')" --as ken@example.org
once
read_by psirt@vendor.example $(letter psirt@vendor.example "$id") >"$TEST_TMP/plain"
is "it leaves under the label that was asked for" "TLP:GREEN" \
    "$(grep '^TLP:' "$TEST_TMP/plain")"
is "and is recorded so" "GREEN downgrade" "$(field "$id" .tlp.label) $(rows "$id" |
    jq -r '.[0].rule')"
id=$(echo "May be known as well." | noroshi send --case "$L" --tlp GREEN \
    --to psirt@vendor.example --subject "News" 2>/dev/null)
once
delivery=$(rows "$id" | jq '.[0].id')
ok "another is released" noroshi queue approve "$delivery" --as ken@example.org
ok "but the case's label rises before it leaves" noroshi case label "$L" \
    AMBER+STRICT
once
is "and the word given before counts no more" '["held downgrade"]' \
    "$(rows "$id" | jq -c '[.[] | "\(.state) \(.rule)"]')"

# --- GREEN in clear, drills ------------------------------------------------------

noroshi contact add "Plain CERT" --address plain@cert.example --class first \
    >"$TEST_TMP/out"
is "GREEN leaves in clear" "GREEN allow green-other-community" \
    "$(echo x | try "$N" plain@cert.example --tlp GREEN)"
sed -i 's/#green_plain = .*/green_plain = "hold";/' "$NOROSHI_CONF"
is "unless the team wants it encrypted" "GREEN hold channel-plain" \
    "$(echo x | try "$N" plain@cert.example --tlp GREEN)"
is "which explain says too" "hold channel-plain" \
    "$(noroshi tlp explain --tlp GREEN --to plain@cert.example --json |
	jq -r '.[0] | "\(.decision) \(.rule)"')"
is "and CLEAR is not meant" "CLEAR allow clear" \
    "$(echo x | try "$N" plain@cert.example --tlp CLEAR)"
X=$(noroshi case new --title "Drill" --category exercise)
noroshi case participant add "$X" psirt@vendor.example >"$TEST_TMP/out"
id=$(echo "The server burns." | noroshi send --case "$X" --tlp GREEN \
    --to psirt@vendor.example --subject Fire)
once
read_by psirt@vendor.example $(letter psirt@vendor.example "$id") >"$TEST_TMP/plain"
ok "a drill's mail says which one it is of" grep -qx \
    "X-Noroshi-Exercise: $X" "$TEST_TMP/plain"
ok "outside as well" grep -q "^X-Noroshi-Exercise: $X" \
    $(letter psirt@vendor.example "$id")

# --- whom a label names, and what counts as one organisation -------------------------

# explain LABEL WHO MESSAGE: "decision rule"
explain() {
	noroshi tlp explain --tlp "$1" --to "$2" --origin "$3" --json |
	    jq -r '.[0] | "\(.decision) \(.rule)"'
}
told_by_desk() { # told_by_desk NAME LABEL-LINE: its number
	PROTECT=1 OUTER=... mail_encrypted desk@ncc.example csirt@example.org \
	    "Coordination Desk <desk@ncc.example>" csirt@example.org \
	    "News about $1" "<$1@ncc.example>" <<-EOT | take "$1"
		$2

		What $1 is about.
	EOT
}
green=$(told_by_desk green "TLP:GREEN (friends only)")
wide=$(told_by_desk wide "TLP:GREEN (be nice to friendships)")
strict=$(told_by_desk strict "TLP:AMBER+STRICT")
noroshi community join friends psirt@vendor.example >"$TEST_TMP/out"
is "a label that names a community is for its members" \
    "allow green-community" "$(explain GREEN psirt@vendor.example "$green")"
is "and for no other team" "refuse green-other-community" \
    "$(explain GREEN cert@foreign.example "$green")"
is "half a word names nobody" "allow green-other-community" \
    "$(explain GREEN cert@foreign.example "$wide")"
is "AMBER+STRICT stays inside the organisation" "refuse strict-outside-org" \
    "$(explain AMBER+STRICT psirt@vendor.example "$strict")"
ok "a community may count as one" noroshi community set friends \
    --max-label AMBER+STRICT --organisation yes
is "then it waits for a second person" "hold strict-outside-org" \
    "$(explain AMBER+STRICT psirt@vendor.example "$strict")"
is "as its list does" "hold strict-list" \
    "$(explain AMBER+STRICT community:friends "$strict")"
is "show says so" true "$(noroshi community show friends --json |
    jq .organisation)"

# --- an embargo that has ended -----------------------------------------------------

E=$(noroshi case new --title "A hole")
ok "an embargo is set" noroshi case embargo "$E" 2099-01-01T00:00Z
once
is "nobody is told while it lasts" 0 "$(noroshi case show "$E" --json |
    jq '.notes | length')"
ok "it ends early" noroshi case embargo "$E" \
    "$(date -u -d '1 minute ago' +%FT%H:%M:%SZ)"
once
is "a note says so" 1 "$(noroshi case show "$E" --json |
    jq '[.notes[] | select(.text | test("embargo of .* ended at"))] | length')"
once
is "once" 1 "$(noroshi case show "$E" --json | jq '.notes | length')"
noroshi case embargo "$R" 2099-01-01T00:00Z >"$TEST_TMP/out"
noroshi case assign "$R" ken@example.org >"$TEST_TMP/out" 2>&1 || true
noroshi case embargo "$R" "$(date -u -d '1 minute ago' +%FT%H:%M:%SZ)" \
    >"$TEST_TMP/out"
before=$(last_out)
once
told=$(noroshi queue list --all --json | jq -r '[.[] |
    select(.kind == "notice")] | last | "\(.id) \(.recipient) \(.state)"')
read_by "$(echo "$told" | cut -d' ' -f2)" "$G/outbox/new/${told%% *}".* \
    >"$TEST_TMP/plain"
ok "who answers for the case is told by mail" grep -q \
    "The embargo of $R ended at .*decide what may go to whom" "$TEST_TMP/plain"
is "and nothing leaves by itself" "$before" "$(last_out)"

# --- a label that is raised after mail has left -----------------------------------

M=$(noroshi case new --title "Raised")
noroshi case participant add "$M" psirt@vendor.example cert@foreign.example \
    >"$TEST_TMP/out"
for n in one two; do
	echo "Number $n." | noroshi send --case "$M" --tlp GREEN \
	    --to psirt@vendor.example --subject "$n" >"$TEST_TMP/$n"
done
echo "Stricter." | noroshi send --case "$M" --tlp AMBER \
    --to cert@foreign.example --subject "three" >"$TEST_TMP/out"
once
before=$(last_out)
ok "a case's label is raised" noroshi case label "$M" AMBER
cp "$TEST_TMP/ok.out" "$TEST_TMP/said"
ok "and it is said that somebody is asked" grep -q \
    "noroshi: 1 who have mail of it already are asked to re-label it" \
    "$TEST_TMP/said"
once
id=$(last_out)
is "who has mail under the lower label gets one letter" \
    "$((before + 1)) [\"sent clear psirt@vendor.example\"]" \
    "$id $(rows "$id" | jq -c '[.[] | "\(.state) \(.rule) \(.recipient)"]')"
read_by psirt@vendor.example $(letter psirt@vendor.example "$id") >"$TEST_TMP/plain"
ok "that asks to label it anew" grep -q "is now TLP:AMBER. Please re-label" \
    "$TEST_TMP/plain"
is "and names both mails" 2 "$(grep -c '^  - 20.*<.*@example.org>, TLP:GREEN' \
    "$TEST_TMP/plain")"
ok "and claims no deletion" grep -q "takes nothing back" "$TEST_TMP/plain"
ok "and holds no word of them" not grep -q "Number" "$TEST_TMP/plain"
ok "the same label once more" noroshi case label "$M" AMBER
once
is "asks nobody" "$id" "$(last_out)"
ok "RED" noroshi case label "$M" RED
once
is "asks both, also who may not have RED" '["clear","clear"]' \
    "$(for n in $((id + 1)) $((id + 2)); do rows "$n" |
	jq -r '.[].rule'; done | jq -cnR '[inputs]')"

# --- a key that is revoked on the way ---------------------------------------------

sed -i 's/#recall = .*/recall = 600;/' "$NOROSHI_CONF"
is_settled() {
	state=$(rows "$2" | jq -r '.[0] | "\(.state) \(.rule)"')
	[ "$state" = "$1" ]
}
settles() { # settles STATE MESSAGE
	wait_for 10 is_settled "$1" "$2"
	echo "$state"
}
daemon_run
id=$(echo "For you." | noroshi send --case "$N" --tlp AMBER \
    --to psirt@vendor.example --subject "For you")
is "a copy waits for its recall window" "queued amber-peer" \
    "$(settles "queued amber-peer" "$id")"
fpr=$(world_fpr psirt@vendor.example)
sed 's/^:---/---/' "$(find "$WORLD" -name "$fpr.rev" | head -n 1)" \
    >"$TEST_TMP/revoked.asc"
world_gpg psirt@vendor.example --import "$TEST_TMP/revoked.asc" \
    2>>"$TEST_TMP/out"
world_gpg psirt@vendor.example --armor --export "$fpr" >"$TEST_TMP/revoked.asc"
ok "its key is revoked meanwhile" noroshi key import "$TEST_TMP/revoked.asc"
gateway_later # the window is over
touch "$G/spool/wake"
is "it does not leave, and is judged anew" "held key-unusable" \
    "$(settles "held key-unusable" "$id")"
is "nothing of it is in the outbox" "" "$(ls $(letter psirt@vendor.example \
    "$id") 2>/dev/null)"
notices() {
	noroshi queue list --all --json | jq --argjson m "$id" '[.[] |
	    select(.message == $m and .kind == "notice" and
		.recipient == "taro@example.org")] | length'
}
noticed() { [ "$(notices)" != 0 ]; }
wait_for 10 noticed
is "and its author is told by mail" 1 "$(notices)"
daemon_end

tap_end
