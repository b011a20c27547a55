#!/bin/sh
# Communities: what they may carry, who belongs, who vouches, what is posted.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
printf 'second_person = "contact";\n' >>"$NOROSHI_CONF"

show() { noroshi community show "$1" --json | jq -r "$2"; }
# copies MESSAGE: who has one in which state
copies() {
	noroshi queue list --json | jq -r --argjson m "$1" \
	    '[.[] | select(.message == $m) | "\(.recipient)=\(.state)"] |
	    sort | join(" ")'
}
last_out() {
	noroshi message list --json |
	    jq '[.[] | select(.direction == "out")] | last | .id'
}
audited() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }

# --- what a community is ---
ok "one may be founded like a body" noroshi community add first \
    --like first --address first@example.org
is "with what that body asks for" "2 discussion AMBER none list false" \
    "$(show first '"\(.sponsors) \(.kind) \(.max_label) \(.archive) \(.reply_to) \(.members_visible)"')"
ok "no other body is known" exits 64 noroshi community add x --like nobody
printf 'Never by phone.\nAsk before you share.\n' >"$TEST_TMP/rules"
ok "its settings can be changed" noroshi community set first --sponsors 1 \
    --max-label GREEN --default-label GREEN --scope "teams of the world" \
    --rules "$TEST_TMP/rules" --single-release --bounces 2
is "all of them" "1 GREEN teams of the world false 2" \
    "$(show first '"\(.sponsors) \(.max_label) \(.scope) \(.dual_release) \(.bounces)"')"
is "what was not named stays" "first@example.org discussion" \
    "$(show first '"\(.address) \(.kind)"')"
ok "a default above the highest is refused" exits 65 \
    noroshi community set first --default-label RED
ok "a discussion without an address too" exits 65 \
    noroshi community set first --address ""
ok "answers to hidden authors too" exits 65 \
    noroshi community set first --reply-to author
ok "show says the rules" sh -c 'noroshi community show first | grep -q "Ask before"'
ok "only PoC or deputy change it" exits 77 \
    noroshi community set first --as "Hanako Handler" --sponsors 0

# --- members ---
ok "five banks" day_community
world_know "$WORLD/team.asc"
ok "one is suspended" noroshi community suspend banks csirt@bank2.example \
    --reason "key lost"
ok "not twice" exits 65 noroshi community suspend banks csirt@bank2.example
echo hello | noroshi advisory send --community banks --tlp GREEN \
    --subject One >/dev/null 2>&1
once
is "and gets nothing" 4 "$(copies "$(last_out)" | tr ' ' '\n' | grep -c sent)"
ok "nothing at all" not sh -c 'grep -q "Delivered-To: csirt@bank2" "$1"/outbox/new/*' sh "$G"
ok "until they are resumed" noroshi community resume banks csirt@bank2.example
echo hello | noroshi advisory send --community banks --tlp GREEN \
    --subject Two >/dev/null 2>&1
once
is "then they do" 5 "$(copies "$(last_out)" | tr ' ' '\n' | grep -c sent)"

echo amber | noroshi advisory send --community banks --tlp AMBER \
    --subject Three >/dev/null 2>&1
once
m=$(last_out)
world_key "Late" late@late.example
noroshi contact add Late --address late@late.example --class partner \
    --verified met --key "$WORLD/late@late.example.asc" >/dev/null
ok "one joins while an advisory waits" noroshi community join banks late@late.example
ok "and one leaves" noroshi community leave banks csirt@bank5.example
noroshi queue approve "$(noroshi queue list --json | jq -r --argjson m "$m" \
    '[.[] | select(.message == $m and .state == "held")] | .[0].id')" \
    --as "Ken Deputy" >/dev/null
once
is "it goes to those who were members, and still are" \
    "csirt@bank1.example csirt@bank2.example csirt@bank3.example csirt@bank4.example" \
    "$(copies "$m" | tr ' ' '\n' | sed -n 's/=sent$//p' | paste -sd' ')"
is "the one who left has a cancelled row" cancelled \
    "$(copies "$m" | tr ' ' '\n' | sed -n 's/^csirt@bank5.example=//p')"

# copies that come back
noroshi community set banks --bounces 2
bounce_for() { # bounce_for FILE ADDRESS: a report that it did not arrive
	id=$(sed -n 's/^Message-ID: //p' "$1" | tr -d '\r' | head -n 1)
	cat <<-EOT
	Return-Path: <>
	From: MAILER-DAEMON@mx.example
	To: csirt@example.org
	Subject: Undelivered Mail Returned to Sender
	Auto-Submitted: auto-replied
	Message-ID: <$(world_boundary)@mx.example>
	MIME-Version: 1.0
	Content-Type: multipart/report; report-type=delivery-status; boundary="r"

	--r
	Content-Type: text/plain

	It could not be delivered.
	--r
	Content-Type: message/delivery-status

	Reporting-MTA: dns; mx.example

	Final-Recipient: rfc822; $2
	Action: failed
	Status: 5.1.1

	--r
	Content-Type: text/rfc822-headers

	Message-ID: $id

	--r--
	EOT
}
for f in $(grep -l "^Delivered-To: csirt@bank3.example" "$G"/outbox/new/* | head -n 2); do
	bounce_for "$f" csirt@bank3.example | noroshi receive --from "" >/dev/null
	once
	noroshi community show banks --json |
	    jq -r '.people[] | select(.name == "Bank 3 CSIRT") | "\(.state) \(.bounced)"' \
	    >>"$TEST_TMP/states"
done
is "copies that come back are counted, and end the mail" \
    "active 1,bounce-disabled 0" "$(paste -sd, "$TEST_TMP/states")"
is "which is on record" 1 "$(audited community.bounce-disabled)"
echo hello | noroshi advisory send --community banks --tlp GREEN \
    --subject Four >/dev/null 2>&1
once
is "and they get nothing" "" "$(copies "$(last_out)" | tr ' ' '\n' | grep bank3)"
ok "until the PoC resumes them" noroshi community resume banks csirt@bank3.example

# --- export and import ---
noroshi community export banks >"$TEST_TMP/banks.csv"
is "export has a row for each, and for who left" 7 "$(wc -l <"$TEST_TMP/banks.csv")"
ok "with fingerprints" grep -q "$(world_fpr csirt@bank1.example)" "$TEST_TMP/banks.csv"
ok "and history" grep -q 'bounce-disabled; ' "$TEST_TMP/banks.csv"
is "as JSON too" "left" "$(noroshi community export banks --json |
    jq -r '.people[] | select(.name == "Bank 5 CSIRT") | .state')"
noroshi community add again --max-label AMBER >/dev/null
is "import takes it in again" 5 "$(noroshi community import again "$TEST_TMP/banks.csv")"
is "without who had left" "$(show banks '.members | join(" ")')" \
    "$(show again '.members | join(" ")')"
printf 'email,fingerprint,admin,delivery_enabled\r\nnew@new.example,,false,true\r\ncsirt@bank1.example,%s,true,false\r\n' \
    "$(world_fpr csirt@bank1.example)" >"$TEST_TMP/schleuder.csv"
noroshi community add old --max-label AMBER >/dev/null
ok "an unknown address stops all of it" exits 66 \
    noroshi community import old "$TEST_TMP/schleuder.csv"
is "and leaves nothing" 0 "$(show old '.people | length')"
is "a Schleuder list's columns are read" 2 \
    "$(noroshi community import old "$TEST_TMP/schleuder.csv" --class partner)"
is "whose mail was off is suspended" suspended \
    "$(show old '.people[] | select(.name == "Bank 1 CSIRT") | .state')"
printf 'email,fingerprint\ncsirt@bank1.example,%s\n' \
    "$(world_fpr csirt@bank2.example)" >"$TEST_TMP/other.csv"
ok "another's key is refused" exits 65 \
    noroshi community import old "$TEST_TMP/other.csv"

ok "the audit chain verifies" noroshi audit verify
tap_end
