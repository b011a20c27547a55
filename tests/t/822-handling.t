#!/bin/sh
# What became of a case: harm, cause, remedy; what closing asks for; and how a
# case is handled whose author may read along.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/gate.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
gateway_silent
for name in report-encrypted report-japanese; do
	day_mail "$name" >"$WORLD/$name.eml"
	noroshi receive --from x@example.net "$WORLD/$name.eml" >/dev/null
done
once
A=$(day_case report-encrypted) B=$(day_case report-japanese)
M=$(day_number report-encrypted)

case_field() { noroshi case show "$1" --json | jq -r "$2"; }
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }
says() { noroshi case show "$1" >"$TEST_TMP/shown" && grep -q -- "$2" "$TEST_TMP/shown"; }
# order MESSAGE-ID <text: an encrypted, signed mail by Ken, taken in
order() {
	PROTECT=1 OUTER=... mail_encrypted ken@example.org "$TEAM" "$KEN" "$TEAM" orders "$1" |
	    noroshi receive --from ken@example.org --to "$TEAM" >/dev/null && once
}
told() {
	# among the newest: a reminder that got due may be later
	for newest in $(noroshi queue list --json | jq -r \
	    '[.[] | select(.recipient == "ken@example.org")] | .[-4:][].id'); do
		world_read ken@example.org \
		    "$(ls "$G"/outbox/new/"$newest".*)" 2>/dev/null |
		    tr -d '\r' | sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' |
		    tr '\n' ' '
		echo
	done >"$TEST_TMP/told"
	grep -q -- "$1" "$TEST_TMP/told" || { cat "$TEST_TMP/told"; false; }
}

# --- an enquiry is closed in one command ------------------------------------------

E=$(noroshi case new --title "How do I report to you?" --json | jq -r .id)
is "nothing is said of a new case" "none null null null null false" \
    "$(case_field "$E" '"\(.harm) \(.cause) \(.remedy) \(.accepted_by) \(.decision) \(.apt_suspected)"')"
ok "an enquiry closes in one command" noroshi case close "$E"
ok "a report of harm that was none, too" noroshi case close "$B" --reason "a false alarm"

# --- harm --------------------------------------------------------------------------

ok "harm is one of three" exits 64 noroshi case set "$A" --harm some
ok "nothing to set is a wrong call" exits 64 noroshi case set "$A"
before=$(case_field "$A" .priority)
ok "harm is suspected" noroshi case set "$A" --harm suspected
is "which raises nothing" "suspected $before" "$(case_field "$A" '"\(.harm) \(.priority)"')"
noroshi case set "$A" --harm confirmed >"$TEST_TMP/said"
is "harm that is confirmed raises the priority" "confirmed high" "$(case_field "$A" '"\(.harm) \(.priority)"')"
ok "and says which deadlines may apply, by their trigger" \
    grep -q "jp-appi-prelim (JP): sensitive data; risk of property damage" "$TEST_TMP/said"
ok "none that is off" not grep -q us-circia "$TEST_TMP/said"
ok "none for other categories" not grep -q eu-cra-vuln "$TEST_TMP/said"
ok "the case keeps that as a note" says "$A" "eu-gdpr-33 (EU)"
ok "which is no legal advice" says "$A" "none of it is legal advice"
noroshi case set "$A" --harm confirmed >"$TEST_TMP/said"
ok "once" not grep -q jp-appi "$TEST_TMP/said"
is "each is on record" 3 "$(events case.harm)"

# --- closing wants cause and remedy ------------------------------------------------

ok "where harm was done a case does not close just so" exits 77 noroshi case close "$A" --reason "over"
ok "and says what is lacking" sh -c "noroshi case close $A --reason x 2>&1 | grep -q 'cause and remedy are not said'"
ok "a cause without words is none" exits 65 noroshi case set "$A" --cause " "
ok "the cause" noroshi case set "$A" --cause "a plugin, $(printf '\033')[31mred"
ok "is shown without what a terminal obeys" sh -c "noroshi case show $A | grep -q 'Cause *a plugin, ' && ! noroshi case show $A | grep -q $(printf '\033')"
ok "is sealed" sh -c "! grep -aq 'a plugin' $G/noroshi.db $G/noroshi.db-wal"
is "and not in the audit log" 0 "$(noroshi audit log --json | jq '[.[] | select(.detail | tostring | test("plugin"))] | length')"
ok "half of it is not enough" sh -c "noroshi case close $A --reason x 2>&1 | grep -q 'its remedy is not said'"
ok "an unknown remedy" noroshi case set "$A" --remedy unknown
ok "is nothing that nobody accepts" exits 77 noroshi case close "$A" --reason "over"
ok "a handler cannot accept it" exits 77 noroshi case set "$A" --accepted-by hanako@example.org
ok "a deputy can" noroshi case set "$A" --accepted-by ken@example.org
is "and is named" "3" "$(case_field "$A" .accepted_by)"
ok "then it closes" noroshi case close "$A" --reason "over"
noroshi case reopen "$A" >/dev/null

gateway_conf close_needs '"always"'
noroshi case reopen "$E" >/dev/null
ok "a team may want it always" exits 77 noroshi case close "$E"
gateway_conf close_needs '"never"'
ok "or never" noroshi case close "$A" --reason "over"
noroshi case reopen "$A" >/dev/null
gateway_conf close_needs '"incident"'
ok "or of incidents alone: an enquiry closes" noroshi case close "$E"
I=$(noroshi case new --title "Break-in" --category intrusion --json | jq -r .id)
ok "an intrusion does not" exits 77 noroshi case close "$I"

# --- by mail ------------------------------------------------------------------------

printf 'Case: %s\nStatus: closed\n\n' "$I" | order "<o1@staff.example>"
ok "by mail neither" told "it cannot be closed yet.*cause and remedy are not said"
is "it is open still" new "$(case_field "$I" .state)"
printf 'Case: %s\nX-Harm: suspected\nX-Cause: a password that was guessed\nX-Remedy: a new one\nStatus: closed\n\n' "$I" |
    order "<o2@staff.example>"
is "one mail says all of it" "closed suspected a password that was guessed|a new one" \
    "$(case_field "$I" '"\(.state) \(.harm) \(.cause)|\(.remedy)"')"
ok "and what was done is told" told "X-Harm: suspected.*X-Cause: written"
noroshi case reopen "$I" >/dev/null
printf 'Case: %s\nX-Harm: terrible\n\n' "$I" | order "<o3@staff.example>"
ok "a harm that is none is refused" told "X-Harm: none, suspected or confirmed expected"
printf 'Case: %s\nX-Harm: confirmed\n\n' "$I" | order "<o4@staff.example>"
ok "harm that is confirmed by mail prompts too" says "$I" "jp-appi-prelim (JP)"
is "and raises the priority" high "$(case_field "$I" .priority)"
noroshi deadline start "$I" jp-fsa --at 2026-11-20T01:00Z --note "they rang" >/dev/null
printf 'Case: %s\nX-Deadline: jp-fsa receipt\n\n' "$I" | order "<o5@staff.example>"
ok "a deadline wants its proof by mail too" told "receipt with a text or message with a number expected"
printf 'Case: %s\nX-Deadline: jp-tba-major receipt 5\n\n' "$I" | order "<o6@staff.example>"
ok "one that does not run is told" told "no deadline jp-tba-major runs in this case"
printf 'Case: %s\nX-Deadline: jp-fsa report receipt FSA 2026/77\n\n' "$I" | order "<o7@staff.example>"
is "one that does is done" "done FSA 2026/77" \
    "$(case_field "$I" '.deadlines[0] | "\(.state) \(.receipt)"')"
is "by who wrote" 3 "$(noroshi audit log --json | jq '[.[] | select(.event == "deadline.done")] | last | .contact')"

# --- somebody may read along --------------------------------------------------------

sed -i 's/#internal_route = .*/internal_route = [ "dept.example" ];/' "$NOROSHI_CONF"
noroshi contact add "Dora Department" --address dora@dept.example --class staff >/dev/null
P=$(noroshi case new --title "Odd logins" --category intrusion --json | jq -r .id)
noroshi case participant add "$P" rika@client.example dora@dept.example >/dev/null
is "our own route is trusted" "allow" "$(noroshi tlp explain --case "$P" --tlp AMBER --to dora@dept.example --json | jq -r '.[0].decision')"
is "and AMBER is a label for the case" "AMBER" "$(echo "We look into it." | try "$P" rika@client.example --tlp AMBER | cut -d' ' -f1)"
ok "a decision is none before one is suspected" exits 65 noroshi case set "$P" --decision observe --reason "x"
ok "an APT is suspected" noroshi case set "$P" --apt-suspected
is "the case shows it, with its label" "true AMBER+STRICT apt-suspected" \
    "$(case_field "$P" '"\(.apt_suspected) \(.tlp) \(.tags[0])"')"
ok "to people too" says "$P" "suspected: its author may read along"
is "below that nothing leaves without a second person" "AMBER+STRICT hold strict-outside-org" \
    "$(echo "We look into it." | try "$P" rika@client.example --tlp AMBER)"
is "our own route is not trusted any more" "false" \
    "$(noroshi tlp explain --case "$P" --tlp AMBER+STRICT --to dora@dept.example --json | jq -r '.[0].decision == "allow"')"
ok "such a case does not close undecided" exits 77 noroshi case close "$P"
ok "a decision has a reason" exits 64 noroshi case set "$P" --decision observe
ok "and is one of two" exits 64 noroshi case set "$P" --decision wait --reason x
ok "to look on first" noroshi case set "$P" --decision observe --reason "we do not know how far they are"
is "is kept" observe "$(case_field "$P" .decision)"
ok "with why" says "$P" "we do not know how far they are"
gateway_conf close_needs '"harm"'
ok "then it closes" noroshi case close "$P"
noroshi case reopen "$P" >/dev/null

# nothing that goes by itself: no acknowledgement, no request to re-label
sed -i 's/enabled = false/enabled = true/' "$NOROSHI_CONF"
printf 'From: Jiro <jiro@nokey.example>\nTo: %s\nSubject: [%s] more\nMessage-ID: <apt1@nokey.example>\n\nThey are in.\n' \
    "$TEAM" "$P" >"$WORLD/apt.eml"
noroshi case participant add "$P" jiro@nokey.example >/dev/null
noroshi receive --from jiro@nokey.example --to "$TEAM" "$WORLD/apt.eml" >/dev/null
once
is "mail that comes into it has its label" "AMBER+STRICT" \
    "$(noroshi message list --case "$P" --json | jq -r '.[0].tlp.effective')"
is "and no acknowledgement" 0 "$(noroshi queue list --json | jq '[.[] | select(.recipient == "jiro@nokey.example")] | length')"
printf 'From: Hiro <hiro@nokey.example>\nTo: %s\nSubject: question\nMessage-ID: <apt2@nokey.example>\n\nHow are you?\n' "$TEAM" >"$WORLD/usual.eml"
noroshi receive --from hiro@nokey.example --to "$TEAM" "$WORLD/usual.eml" >/dev/null
once
is "as other mail has" 1 "$(noroshi queue list --json | jq '[.[] | select(.recipient == "hiro@nokey.example")] | length')"
relabels() { noroshi queue list --json | jq '[.[] | select(.recipient == "rika@client.example")] | length'; }
Q=$(noroshi case new --title "Shared early" --json | jq -r .id)
noroshi case participant add "$Q" rika@client.example >/dev/null
echo "We look into it." | noroshi send --case "$Q" --to rika@client.example --tlp GREEN >/dev/null 2>&1
once
noroshi case set "$Q" --apt-suspected >/dev/null
before=$(relabels)
noroshi case label "$Q" AMBER+STRICT >/dev/null 2>&1
once
is "who has mail of it already is not asked to label it anew" "$before" "$(relabels)"
ok "it is no tag like any other" exits 64 noroshi case tag remove "$Q" apt-suspected
ok "that somebody reads along is taken back with a reason" exits 64 noroshi case set "$Q" --no-apt-suspected
ok "by the PoC" noroshi case set "$Q" --no-apt-suspected --reason "it was a backup job"
is "so" false "$(case_field "$Q" .apt_suspected)"
is "all of it on record" 3 "$(events case.apt)"
ok "the audit log is whole" noroshi audit verify
ok "nothing runs any more" no_process_left
tap_end
