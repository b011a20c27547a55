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
ok "a name keeps its capitals" noroshi community add NCA-Talk --max-label AMBER
is "which do not count where it is named" NCA-Talk \
    "$(noroshi community show nca-talk --json | jq -r .name)"
ok "nor where another is founded" exits 65 noroshi community add nca-talk --max-label AMBER
ok "two words are no name" exits 65 noroshi community add "a b" --max-label AMBER
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
	To: $(sed -n "s/^Return-Path: <\(.*\)>/\1/p" "$1" | head -n 1)
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

# --- joining by mail ---
noroshi community add club --max-label AMBER --sponsors 2 >/dev/null
noroshi community join club csirt@bank1.example
noroshi community set club --sponsors 0
noroshi community join club csirt@bank2.example csirt@bank3.example
noroshi community set club --sponsors 2
world_know "$WORLD/team.asc"
says() { # says ADDRESS MESSAGE-ID <text: a signed and encrypted mail to the team
	PROTECT=1 mail_encrypted "$1" csirt@example.org "X <$1>" \
	    csirt@example.org "about joining" "$2" >"$WORLD/says.eml"
	noroshi receive --from "$1" "$WORLD/says.eml" >/dev/null
	once
}
signed() { show club ".applications[0] | \"\(.sponsors) \(.enough)\""; }
says csirt@bank1.example "<early@s.example>" <<-EOT
	Community: club
	Sponsor: late@late.example
	EOT
is "a statement without an application counts for nothing" \
    "0 1" "$(show club '.applications | length') $(audited community.statement-refused)"
says late@late.example "<apply@s.example>" <<-EOT
	Community: club
	Apply: yes
	EOT
is "a signed mail opens an application" "0 false" "$(signed)"
# news WORDS: the copies that tell Taro so
news() {
	for f in $(grep -l '^Delivered-To: taro@example.org' "$G"/outbox/new/*); do
		world_read taro@example.org "$f" 2>/dev/null | tr -d '\r' |
		    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' | grep -q "$1" &&
			echo x
	done | wc -l
}
is "of which the PoC hears" 1 "$(news 'Late wants to join club')"
mail_signed csirt@bank1.example "B1 <csirt@bank1.example>" csirt@example.org \
    "I know them" "<s1@s.example>" <<-EOT | noroshi receive --from csirt@bank1.example >/dev/null
	I have met them.

	Community: club
	Sponsor: <late@late.example>
	EOT
once
is "a member's signed statement counts" "1 false" "$(signed)"
ok "it is no case" sh -c 'noroshi message list --json |
    jq -e ".[] | select(.message_id == \"<s1@s.example>\") | .case == null"'
ok "one is not enough" exits 77 noroshi community accept club late@late.example
says csirt@bank1.example "<s1b@s.example>" <<-EOT
	Community: club
	Sponsor: late@late.example
	EOT
is "nor is it, said twice" "1 false" "$(signed)"
says csirt@bank4.example "<s4@s.example>" <<-EOT
	Community: club
	Sponsor: late@late.example
	EOT
is "nor by somebody who is no member" "1 false" "$(signed)"
says late@late.example "<self@s.example>" <<-EOT
	Community: club
	Sponsor: late@late.example
	EOT
is "nor by themselves" "1 false" "$(signed)"
mail_plain "B2 <csirt@bank2.example>" csirt@example.org "x" "<s2u@s.example>" <<-EOT |
	Community: club
	Sponsor: late@late.example
	EOT
    noroshi receive --from csirt@bank2.example >/dev/null
once
is "nor unsigned" "1 false" "$(signed)"
says csirt@bank2.example "<s2q@s.example>" <<-EOT
	Somebody wrote:
	> Community: club
	> Sponsor: late@late.example
	EOT
is "nor as a quotation" "1 false" "$(signed)"
{
	echo "Not signed at all:"
	mail_signed csirt@bank2.example "B2 <csirt@bank2.example>" \
	    csirt@example.org "x" "<inner@s.example>" <<-EOT
		Community: club
		Sponsor: late@late.example
		EOT
} >"$TEST_TMP/part"
{
	world_header "B2 <csirt@bank2.example>" csirt@example.org x "<s2p@s.example>"
	printf 'Content-Type: multipart/mixed; boundary="o"\n\n--o\n'
	printf 'Content-Type: text/plain\n\nCommunity: club\nSponsor: late@late.example\n--o\n'
	sed -n '/^Content-Type: multipart.signed/,$p' "$TEST_TMP/part"
	printf '\n--o--\n'
} | noroshi receive --from csirt@bank2.example >/dev/null
once
is "nor signed over a part alone" "1 false" "$(signed)"
is "nobody joined meanwhile" 3 "$(show club '.members | length')"
says csirt@bank2.example "<s2@s.example>" <<-EOT
	Community: club
	Sponsor: late@late.example
	EOT
is "two are enough" "2 true" "$(signed)"
is "and make nobody a member" 3 "$(show club '.members | length')"
is "the PoC is told how to accept" 1 "$(news 'noroshi community accept club')"
ok "who does" noroshi community accept club late@late.example
is "then they belong to it" 4 "$(show club '.members | length')"
is "and the sponsors' mails are kept as evidence" \
    "$(noroshi message list --json |
	jq -r '[.[] | select(.message_id == "<s1@s.example>" or .message_id == "<s2@s.example>") | .id] | sort | join(" ")')" \
    "$(show club '.people[] | select(.name == "Late") | [.sponsors[].evidence] | sort | join(" ")')"
ok "a sponsor leaves" noroshi community leave club csirt@bank1.example
is "whom they sponsored is to be reviewed" "true 1" \
    "$(show club '.people[] | select(.name == "Late") | .review') $(audited community.review)"
is "and nobody else" 1 "$(show club '[.people[] | select(.review)] | length')"
ok "show says so" sh -c 'noroshi community show club | grep -q "Late (review"'
ok "the PoC looks, and they stay" noroshi community review club late@late.example
is "which ends it" false "$(show club '.people[] | select(.name == "Late") | .review')"
noroshi contact add "Later" --address later@late.example --class partner >/dev/null
noroshi community set club --sponsors 0
noroshi community join club hanako@example.org
noroshi community set club --sponsors 1
noroshi community apply club later@late.example
says ken@example.org "<st0@s.example>" <<-EOT
	Community: club
	Sponsor: later@late.example
	EOT
is "staff who are no members are no sponsors" "0 false" \
    "$(show club '.applications[] | select(.enough | not) | "\(.sponsors) \(.enough)"')"
says hanako@example.org "<st1@s.example>" <<-EOT
	Community: club
	Sponsor: later@late.example
	EOT
is "staff who belong to it sponsor like any member" "1 true" \
    "$(show club '.applications[-1] | "\(.sponsors) \(.enough)"')"
is "by their own mail" "$(noroshi message list --json |
    jq '.[] | select(.message_id == "<st1@s.example>") | .id')" \
    "$(noroshi community accept club later@late.example
	show club '.people[] | select(.name == "Later") | .sponsors[].evidence')"
noroshi community set club --rules "$TEST_TMP/rules" --sponsors 0
ok "one joins a community with rules" noroshi community join club csirt@bank4.example
once
world_read csirt@bank4.example "$(grep -l '^Delivered-To: csirt@bank4.example' "$G"/outbox/new/* |
    while read -r f; do echo "$(stat -c %.Y "$f") $f"; done | sort -n | tail -n 1 | cut -d' ' -f2)" >"$TEST_TMP/plain"
ok "and is sent them" grep -q 'Ask before you share' "$TEST_TMP/plain"

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

printf 'addresses,sponsors\n%s\n' 'csirt@bank1.example,csirt@bank2.example
csirt@bank2.example,
csirt@bank3.example,csirt@bank1.example csirt@bank2.example
csirt@bank4.example,' >"$TEST_TMP/vouched.csv"
noroshi community add strict --max-label AMBER --sponsors 1 >/dev/null
noroshi community join strict csirt@bank2.example
is "import obeys the count of sponsors, in whatever order they stand" \
    "2
1 applied: strict asks for 1 sponsors among its members" \
    "$(noroshi community import strict "$TEST_TMP/vouched.csv")"
is "whom nobody vouches for applies" 1 "$(show strict '.applications | length')"
is "and gets nothing" 3 "$(show strict '.members | length')"
noroshi contact add "Leaver" --address leaver@leaver.example --class partner >/dev/null
noroshi community join strict leaver@leaver.example --sponsor csirt@bank2.example
noroshi contact add "Led" --address led@led.example --class partner >/dev/null
noroshi community join strict led@led.example --sponsor leaver@leaver.example
ok "a contact who sponsored is removed" noroshi contact remove leaver@leaver.example
is "whom they sponsored is to be reviewed" true \
    "$(show strict '.people[] | select(.name == "Led") | .review')"
is "and they are no member any more" 0 \
    "$(show strict '[.people[] | select(.name == "Leaver" and .state != "left")] | length')"

# --- posts ---
noroshi community add talk --address talk@example.org --kind discussion \
    --max-label AMBER --default-label GREEN >/dev/null
noroshi community join talk csirt@bank1.example csirt@bank2.example \
    csirt@bank3.example
BANK1="Bank 1 Secret Person <csirt@bank1.example>"
TALK=talk@example.org
# latest ADDRESS: the newest copy for it
latest() {
	for f in $(grep -l "^Delivered-To: $1\$" "$G"/outbox/new/*); do
		echo "$(stat -c %.Y "$f") $f"
	done | sort -n | tail -n 1 | cut -d' ' -f2
}
out_count() { noroshi message list --json | jq '[.[] | select(.direction == "out")] | length'; }
post() { # post MESSAGE-ID SUBJECT <text: bank 1's signed and encrypted mail
	PROTECT=1 OUTER=... mail_encrypted csirt@bank1.example csirt@example.org \
	    "$BANK1" "$TALK" "$2" "$1" >"$WORLD/post.eml"
	noroshi receive --from csirt@bank1.example --to "$TALK" "$WORLD/post.eml" \
	    >/dev/null
	once
}
post "<one@bank1.example>" "TLP:GREEN A new kit" <<-EOT
	TLP:GREEN
	Look for /verify.php, says csirt@bank3.example to me.
	My key is $(world_fpr csirt@bank1.example).

	-- 
	mail me: CSIRT@bank1.example, or bob@elsewhere.example
	EOT
is "a member's signed post leaves" "sent 3" \
    "$(field "$(last_out)" .state) $(copies "$(last_out)" | tr ' ' '\n' | grep -c sent)"
is "without a case" null "$(noroshi message list --json |
    jq -r '.[] | select(.message_id == "<one@bank1.example>") | .case')"
mail=$(latest csirt@bank2.example)
world_read csirt@bank2.example "$mail" | tr -d '\r' >"$TEST_TMP/raw"
ok "a member's own gpg opens it" grep -q DECRYPTION_OKAY "$WORLD/status"
ok "and finds the team's signature" grep -q 'GOODSIG.*Example CSIRT' "$WORLD/status"
sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' "$TEST_TMP/raw" >"$TEST_TMP/plain"
ok "it is from the list, by the name it is posted under" \
    grep -q '^From: "\?Bank 1 CSIRT via talk"\? <talk@example.org>' "$mail"
for f in 'List-Id: <talk.example.org>' 'List-Post: <mailto:talk@example.org>' \
    'List-Unsubscribe: <mailto:csirt@example.org' 'Precedence: list' \
    'X-Noroshi-Loop: ' 'To: .*<talk@example.org>'; do
	ok "its header has $f" grep -q "^$f" "$mail"
done
ok "answers go to the list" grep -q '^Reply-To: .*<talk@example.org>' "$mail"
ok "a block says how its author is known" \
    grep -q 'Signature:  good, by a verified key' "$TEST_TMP/plain"
ok "the label stands first" sh -c 'sed "1,/^\$/d" "$1" | head -n 1 | grep -qx TLP:GREEN' sh "$TEST_TMP/plain"
ok "its text is there" grep -q 'Look for /verify.php' "$TEST_TMP/plain"
ok "other addresses are too" grep -q bob@elsewhere.example "$TEST_TMP/plain"
grep -v '^Delivered-To: ' "$mail" >"$TEST_TMP/whole"
cat "$TEST_TMP/raw" "$TEST_TMP/plain" >>"$TEST_TMP/whole"
world_recipients "$mail" >>"$TEST_TMP/whole"
# what a member's copy may not hold: of NUMBER, and of their keys
tells_of() {
	for n in "$@"; do
		echo "bank$n.example"
		[ "$n" = 1 ] || echo "Bank $n"
		world_gpg "csirt@bank$n.example" --with-colons --list-keys \
		    "csirt@bank$n.example" | awk -F: '$1 == "fpr" { print $10
			print substr($10, 25) }'
	done
}
tells_of 1 3 4 >"$TEST_TMP/words"
is "nobody else's address, name, key id or fingerprint is in it" "" \
    "$(grep -iFf "$TEST_TMP/words" "$TEST_TMP/whole")"
ok "nor the name or id of the mail it came as" not grep -Eq 'Secret Person|<one@' \
    "$TEST_TMP/whole"
is "their copy is for one key" 1 "$(world_recipients "$mail" | wc -l)"

before=$(out_count)
sed 's/^Return-Path:.*/X-Replay: 1/' "$WORLD/post.eml" |
    noroshi receive --from csirt@bank1.example --to "$TALK" >/dev/null
once
is "a replay is not posted" "$before 1" "$(out_count) $(audited command.replayed)"

# an answer to a post is in its thread
id=$(sed -n 's/^Message-ID: //p' "$mail" | tr -d '\r')
EXTRA="In-Reply-To: $id" post "<two@bank1.example>" "Re: TLP:GREEN A new kit" <<-EOT
	Gone.
	EOT
ok "an answer is in the thread of the list" \
    grep -q "^In-Reply-To: $id" "$(latest csirt@bank2.example)"

# who may not
before=$(out_count)
PROTECT=1 mail_encrypted csirt@bank4.example csirt@example.org \
    "B4 <csirt@bank4.example>" "$TALK" "TLP:GREEN Not mine" "<no@bank4.example>" <<-EOT |
	let me in
	EOT
    noroshi receive --from csirt@bank4.example --to "$TALK" >/dev/null
once
mail_plain "$BANK1" "$TALK" "TLP:GREEN unsigned" "<unsigned@bank1.example>" <<-EOT |
	trust me
	EOT
    noroshi receive --from csirt@bank1.example --to "$TALK" >/dev/null
once
is "non-members' and unsigned mail is not posted" "$((before + 2)) held held" \
    "$(out_count) $(noroshi message list --json | jq -r '[.[] | select(.direction == "out")] | .[-2:][].id' |
	while read -r i; do field "$i" .state; done | paste -sd ' ')"
is "it is on record as held" 2 "$(audited post.held)"
unsigned=$(last_out) stranger=$(noroshi message list --json |
    jq '[.[] | select(.direction == "out")] | .[-2].id')
is "it waits by a rule of its own" post-held \
    "$(noroshi queue list --json | jq -r --argjson m "$unsigned" \
	'[.[] | select(.message == $m and .state == "held") | .rule] | unique | join(" ")')"
is "and the team has it, with a warning" 2 "$(noroshi message list --json | jq -r '.[].id' |
    while read -r i; do field "$i" '.warnings[] | select(. == "post-held")'; done | wc -l)"
# who may release it passes it on, or not
first_of() { noroshi queue list --json | jq --argjson m "$1" \
    '[.[] | select(.message == $m and .state == "held") | .id] | first'; }
ok "the PoC passes on what a non-member signed" noroshi queue approve "$(first_of "$stranger")"
once
is "then all members have it" "sent 3" \
    "$(field "$stranger" .state) $(copies "$stranger" | tr ' ' '\n' | grep -c "bank[123].example=sent")"
world_read csirt@bank2.example "$(latest csirt@bank2.example)" | tr -d '\r' |
    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/plain"
ok "which does not call its author a member" \
    grep -q "^Signature:  not a member's by a verified key; the team passed it on" "$TEST_TMP/plain"
# the letters that ask of a message, and where one answers
asks() { # asks ADDRESS MESSAGE: the address to answer to
	for f in $(noroshi queue list --all --json | jq -r --arg who "$1" --argjson m "$2" \
	    '.[] | select(.recipient == $who and .kind == "ask" and .message == $m) | .id'); do
		world_read "$1" "$(ls "$G"/outbox/new/"$f".*)" 2>/dev/null | tr -d '\r' |
		    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' |
		    sed -n 's/^Reply-To:.*<\(csirt+h[^>]*\)>.*/\1/p' | head -n 1
	done
}
to=$(asks ken@example.org "$unsigned")
printf 'reject not theirs\n' | PROTECT=1 OUTER=... mail_encrypted ken@example.org \
    csirt@example.org "Ken <ken@example.org>" "$to" "Re: held" "<rj@staff.example>" |
    noroshi receive --from ken@example.org --to "$to" >/dev/null
once
is "a signed answer rejects what nobody signed" cancelled "$(field "$unsigned" .state)"
is "and From, which may be forged, is told nothing" 0 \
    "$(noroshi queue list --all --json | jq --argjson m "$unsigned" \
	'[.[] | select(.message == $m and .kind == "notice")] | length')"
mail_plain "$BANK1" "$TALK" "TLP:GREEN unsigned again" "<unsigned2@bank1.example>" <<-EOT |
	trust me now
	EOT
    noroshi receive --from csirt@bank1.example --to "$TALK" >/dev/null
once
to=$(asks ken@example.org "$(last_out)")
printf 'approve\n' | PROTECT=1 OUTER=... mail_encrypted ken@example.org \
    csirt@example.org "Ken <ken@example.org>" "$to" "Re: held" "<ap@staff.example>" |
    noroshi receive --from ken@example.org --to "$to" >/dev/null
once
is "a signed answer passes on what nobody signed" sent "$(field "$(last_out)" .state)"
world_read csirt@bank2.example "$(latest csirt@bank2.example)" | tr -d '\r' |
    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/plain"
ok "as nobody's proven word" sh -c 'grep -q "^Author: .*(not proven)" "$1" &&
    grep -q "^Signature:  none that proves its author" "$1"' sh "$TEST_TMP/plain"
mail_plain "Nobody <nobody@nowhere.example>" "$TALK" "TLP:GREEN hello" "<str@nowhere.example>" <<-EOT |
	buy this
	EOT
    noroshi receive --from nobody@nowhere.example --to "$TALK" >/dev/null
before=$(out_count)
once
is "strangers' mail asks nobody" "$before" "$(out_count)"

# whose post is rejected is told so
noroshi community suspend talk csirt@bank1.example
post "<rejected@bank1.example>" "TLP:GREEN too soon" <<-EOT
	may I?
	EOT
noroshi queue reject "$(first_of "$(last_out)")" --reason "ask again in May" >/dev/null
once
world_read csirt@bank1.example "$(latest csirt@bank1.example)" | tr -d '\r' |
    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/plain"
ok "a member whose post is rejected is told why" grep -q 'ask again in May' "$TEST_TMP/plain"
ok "and not of whom" not grep -Eq 'bank[234]' "$TEST_TMP/plain"
noroshi community resume talk csirt@bank1.example
before=$(out_count)
held=$(audited post.held)
noroshi community suspend talk csirt@bank1.example
post "<three@bank1.example>" "TLP:GREEN suspended" <<-EOT
	hello?
	EOT
is "nor is a suspended member's" "held $((held + 1))" \
    "$(field "$(last_out)" .state) $(audited post.held)"
before=$(out_count)
noroshi community resume talk csirt@bank1.example
PROTECT=1 mail_encrypted csirt@bank1.example csirt@example.org "$BANK1" \
    "csirt@example.org" "TLP:GREEN for the team" "<four@bank1.example>" <<-EOT |
	not for the list
	EOT
    noroshi receive --from csirt@bank1.example --to "$TALK" >/dev/null
once
is "nor one whose protected header is for somebody else" "$before 1" \
    "$(out_count) $(audited command.refused)"
EXTRA="Auto-Submitted: auto-replied" post "<five@bank1.example>" "TLP:GREEN away" <<-EOT
	I am away.
	EOT
is "nor an automatic answer" "$before" "$(out_count)"
EXTRA=$(grep '^X-Noroshi-Loop: ' "$mail" | tr -d '\r') post "<six@bank1.example>" "TLP:GREEN loop" <<-EOT
	round and round
	EOT
is "nor what went over the list before" "$before" "$(out_count)"

# the gate
post "<seven@bank1.example>" "TLP:RED eyes only" <<-EOT
	TLP:RED
	secret
	EOT
is "RED goes to no list" "refused" "$(field "$(last_out)" .state)"
ok "above its ceiling by that rule" sh -c 'noroshi audit log --json |
    jq -e "[.[] | select(.detail.rule? == \"community-ceiling\")] | length > 0"'
mail=$(latest csirt@bank1.example)
world_read csirt@bank1.example "$mail" | tr -d '\r' |
    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/plain"
ok "its author is told why" grep -q community-ceiling "$TEST_TMP/plain"
tells_of 2 3 4 >"$TEST_TMP/words"
ok "and not who the members are" not grep -iFf "$TEST_TMP/words" "$TEST_TMP/plain"
post "<eight@bank1.example>" "TLP:AMBER for us" <<-EOT
	TLP:AMBER
	what came from this list may go to it
	EOT
is "AMBER of a member goes to the list it was sent to" "sent 3" \
    "$(field "$(last_out)" .state) $(copies "$(last_out)" | tr ' ' '\n' | grep -c sent)"
noroshi community set talk --members visible --reply-to author
post "<nine@bank1.example>" "TLP:GREEN open" <<-EOT
	hello
	EOT
mail=$(latest csirt@bank2.example)
world_read csirt@bank2.example "$mail" >"$TEST_TMP/plain"
ok "visible members show their address and key" sh -c \
    'grep -q csirt@bank1.example "$1" && grep -q "$2" "$1"' sh "$TEST_TMP/plain" \
    "$(world_fpr csirt@bank1.example)"

ok "the audit chain verifies" noroshi audit verify
tap_end
