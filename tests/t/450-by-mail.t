#!/bin/sh
# Staff by mail: comments, answers, orders on top of a mail, and what none of
# them may do.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
world_know "$WORLD/team.asc"
for name in report-encrypted report-japanese coordinator-amber; do
	day_mail "$name" >"$WORLD/$name.eml"
	noroshi receive --from x@example.net "$WORLD/$name.eml" >/dev/null
done
once
A=$(day_case report-encrypted) B=$(day_case report-japanese)

# --- helpers -----------------------------------------------------------------

outs() { noroshi message list --json | jq '[.[] | select(.direction == "out")] | length'; }
last_out() { noroshi message list --json | jq -r '[.[] | select(.direction == "out")] | last | .id'; }
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }
case_field() { noroshi case show "$1" --json | jq -r "$2"; }
notes() { case_field "$1" '[.notes[] | .text] | join("|")'; }
cases() { noroshi case list --json | jq length; }
take() { noroshi receive --from "${FROM_ENVELOPE:-ken@example.org}" --to "${1:-$TEAM}" >/dev/null && once; }
# order MESSAGE-ID [TO] <text: an encrypted, signed mail by Ken
order() {
	PROTECT=1 OUTER=... mail_encrypted "${SIGNER:-ken@example.org}" "$TEAM" \
	    "${WHO:-$KEN}" "${2:-$TEAM}" "${SUBJECT:-orders}" "$1"
}
# answered ADDRESS: the newest notice to them, flat, in $TEST_TMP/told
answered() {
	newest=$(noroshi queue list --json | jq -r --arg who "$1" \
	    '[.[] | select(.recipient == $who)] | last | .id')
	world_read "$1" "$(ls "$G"/outbox/new/"$newest".*)" 2>/dev/null |
	    tr -d '\r' >"$TEST_TMP/told.raw"
	sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' "$TEST_TMP/told.raw" >"$TEST_TMP/told"
}
told() { answered ken@example.org; grep -q -- "$1" "$TEST_TMP/told" || { cat "$TEST_TMP/told"; false; }; }
# file_of: what is attached to the newest notice to Ken
file_of() {
	answered ken@example.org
	awk '/^Content-Disposition: attachment/ { in_head = 1 }
	    in_head && /^$/ { in_head = 0; in_data = 1; next }
	    in_data && /^--/ { exit }
	    in_data { print }' "$TEST_TMP/told.raw" | base64 -d
}
# left ADDRESS: the newest mail to an outsider, opened, in $TEST_TMP/plain
left() {
	left_id=$(noroshi queue list --json | jq -r --arg who "$1" \
	    '[.[] | select(.recipient == $who and .state == "sent")] | last | .id')
	left_file=$(ls "$G"/outbox/new/"$left_id".*)
	world_read "$1" "$left_file" >"$TEST_TMP/plain" 2>/dev/null
}

# --- a comment stays, an answer leaves ---------------------------------------

copy=$(day_copy ken@example.org report-encrypted)
world_read ken@example.org "$copy" 2>/dev/null | tr -d '\r' |
    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/flat"
ok "a copy says that a reply to it stays inside" \
    grep -q '^A reply to this mail is a comment inside the team' "$TEST_TMP/flat"
ok "and which address leads outside" grep -q 'To answer the sender as the team, write to: csirt+r' "$TEST_TMP/flat"
day_staff_comment "<comment@staff.example>" | take
is "a reply to a copy is a note of its case" "I know this kit; we saw it in May." "$(notes "$A")"
is "by its author" 3 "$(case_field "$A" '.notes[0].author')"
is "and nothing leaves" 0 "$(outs)"
is "the others of the team have a copy of it" "hanako@example.org,taro@example.org" \
    "$(noroshi queue list --json | jq -r --argjson m "$(noroshi message list --json |
	jq '.[] | select(.message_id == "<comment@staff.example>") | .id')" \
	'[.[] | select(.message == $m) | .recipient] | sort | join(",")')"
day_staff_comment "<comment@staff.example>" >"$WORLD/comment.eml"
take <"$WORLD/comment.eml"
is "the same once more is no second note" "I know this kit; we saw it in May." "$(notes "$A")"

reply=$(day_reply_address ken@example.org report-encrypted)

# --- nothing of the member leaves --------------------------------------------

# As Thunderbird and mutt write them, with all that tells whose they are.
member_mail() { # member_mail AGENT MESSAGE-ID TO <text
	boundary=$(world_boundary)
	{
		printf 'Content-Type: multipart/mixed; boundary="%s"; protected-headers="v1"\n' "$boundary"
		printf 'From: %s\nTo: %s\nSubject: Re: [%s] Phishing site\n' "$KEN" "$3" "$A"
		printf 'Message-ID: %s\nDate: %s\n' "$2" "$(TZ=Asia/Tokyo date '+%a, %d %b %Y %H:%M:%S +0900')"
		printf 'User-Agent: %s\nOrganization: Bank of Kens\nX-Mailer: KenMail 1\n' "$1"
		printf 'Autocrypt: addr=ken@example.org; keydata=mDMEKEN\n'
		printf 'In-Reply-To: %s\n\n' "$(sed -n 's/^Message-ID: //p' "$copy" | head -n 1)"
		printf -- '--%s\nContent-Type: text/plain; charset=utf-8; format=flowed\n\n' "$boundary"
		cat
		printf -- '\n--%s\nContent-Type: text/vcard; name="ken.vcf"\n' "$boundary"
		printf 'Content-Disposition: attachment; filename="ken.vcf"\n\nBEGIN:VCARD\nFN:Ken Deputy\nEND:VCARD\n'
		printf -- '\n--%s\nContent-Type: application/pgp-keys; name="OpenPGP_0xKEN.asc"\n' "$boundary"
		printf 'Content-Disposition: attachment; filename="OpenPGP_0xKEN.asc"\n\n'
		cat "$WORLD/ken@example.org.asc"
		printf -- '\n--%s--\n' "$boundary"
	} | world_crlf >"$WORLD/entity"
	world_gpg ken@example.org --armor --sign --encrypt --recipient "$TEAM" \
	    --output - "$WORLD/entity" >"$WORLD/entity.asc" || return 1
	printf 'From: %s\nTo: %s\nSubject: ...\nMessage-ID: %s\n' "$KEN" "$3" "$2"
	printf 'Date: %s\nUser-Agent: %s\nOrganization: Bank of Kens\nMIME-Version: 1.0\n' \
	    "$(TZ=Asia/Tokyo date '+%a, %d %b %Y %H:%M:%S +0900')" "$1"
	world_frame "$WORLD/entity.asc"
}
nothing_of_ken() { # nothing_of_ken: in the bytes that left, and inside
	{ cat "$TEST_TMP/plain"; sed '/^-----BEGIN PGP MESSAGE/,/^-----END PGP/d' "$left_file"; } >"$TEST_TMP/bytes"
	! grep -Ei 'ken deputy|ken@|^ken$|thunderbird|mutt|kenmail|bank of kens|autocrypt|vcard|vcf|kens-host|\+0900|090-0000|PUBLIC KEY|User-Agent|X-Mailer|internal words' \
	    "$TEST_TMP/bytes"
}
member_mail "Mozilla/5.0 Thunderbird/115.3" "<t1@kens-host.staff.example>" "$reply" <<-EOT | take "$reply"
	The page is gone since noon.

	On 11/22/26 19:00, Example CSIRT wrote:
	> Case: $A (new)
	> Sender: internal words
	> ------------------------------------------------------------
	> TLP:AMBER
	> Please have it taken down.

	Regards,
	Ken
	-- 
	Ken Deputy, mobile 090-0000-0000
	EOT
is "Thunderbird's answer leaves" sent "$(field "$(last_out)" .state)"
left rika@client.example
ok "with its words" grep -q 'gone since noon' "$TEST_TMP/plain"
ok "and those of the reporter, quoted" grep -q '> Please have it taken down' "$TEST_TMP/plain"
ok "and no byte tells who wrote it, with what, or where" nothing_of_ken
ok "it is signed by the team" grep -q 'GOODSIG.*Example CSIRT' "$WORLD/status"
ok "and gives the case's token to answer to" grep -q 'Reply-To:.*csirt+s' "$TEST_TMP/plain"
member_mail "Mutt/2.2.9 (2022-11-12)" "<m1@kens-host.staff.example>" "$reply" <<-EOT | take "$reply"
	On Sun, Nov 22, 2026 at 07:00:00PM +0900, Example CSIRT wrote:
	> Please have it taken down.

	It was taken down again.

	Ken Deputy
	EOT
left rika@client.example
ok "mutt's leaves" grep -q 'taken down again' "$TEST_TMP/plain"
ok "and tells no more" nothing_of_ken
n=$(outs)
member_mail Mutt "<m2@kens-host.staff.example>" "$reply" <<-EOT | take "$reply"
	This is Ken Deputy, call me.
	EOT
is "an answer that gives the member's name does not leave" "$n" "$(outs)"
ok "and they are told" told 'holds your own name'

# --- orders ------------------------------------------------------------------

SUBJECT="the kit" order "<o1@staff.example>" <<-EOT | take
	Case: $A
	Status: waiting
	Owner: Hanako Handler
	Priority: critical
	Category: malware
	Note: Rika's number is with
	 the switchboard.

	We wait for the hosting firm.
	EOT
is "orders change their case" "waiting 2 critical malware" \
    "$(case_field "$A" '"\(.state) \(.owner) \(.priority) \(.category)"')"
is "with the note, and the text as a comment" \
    "I know this kit; we saw it in May.|Rika's number is with
the switchboard.|We wait for the hosting firm." "$(notes "$A")"
is "and nothing leaves" "$n" "$(outs)"
ok "what was done is answered" told '- Status: waiting'
ok "signed by the team, to who asked" grep -q 'GOODSIG.*Example CSIRT' "$WORLD/status"
is "the mail itself is in that case" "$A" "$(noroshi message list --json |
    jq -r '.[] | select(.message_id == "<o1@staff.example>") | .case')"
count=$(cases)
order "<o2@staff.example>" <<-EOT | take
	Case: $A
	Status: closed
	Prioritty: low
	Note: not to be written

	text
	EOT
is "one unknown word stops everything" waiting "$(case_field "$A" .state)"
ok "no note is written" not sh -c "noroshi case show $A --json | grep -q 'not to be written'"
ok "it is answered with the word" told '- Prioritty'
ok "and with the list of words" told '- x-resend-encrypted-only: '
order "<o3@staff.example>" <<-EOT | take
	Case: $A
	Note: not to be written either
	Owner: Nobody Known

	EOT
is "an owner nobody knows stops everything too" 3 "$(case_field "$A" '.notes | length')"
ok "and is answered" told 'no such owner'
is "none of these opened a case" "$count" "$(cases)"
SUBJECT="A new one" order "<o4@staff.example>" <<-EOT >"$WORLD/o4.eml"
	Case: new
	Priority: high

	Found on our own sensor.
	EOT
take <"$WORLD/o4.eml"
is "Case: new opens one" "$((count + 1))" "$(cases)"
is "with its priority" "high" "$(noroshi case list --json | jq -r 'max_by(.id).priority' 2>/dev/null)"
open_cases() { noroshi case list --json | jq '[.[] | select(.state != "closed")] | length'; }
empty=$(open_cases)
order "<o4b@staff.example>" <<-EOT | take
	Case: new
	Owner: Nobody Known

	This will not do.
	EOT
is "Case: new of a mail that is refused leaves no open case" "$empty" "$(open_cases)"
ok "its author is told" told 'no such owner'
order "<o5@staff.example>" <<-EOT | take
	Status: closed

	EOT
is "orders for no case do nothing" "$((count + 2))" "$(cases)"
ok "and say so" told 'it is in no case'
order "<o6@staff.example>" <<-EOT | take
	Case: $B
	Status: closed

	EOT
is "a case that owes an answer does not close without a word" false \
    "$([ "$(case_field "$B" .state)" = closed ] && echo true || echo false)"

# --- to people outside, through the gate -------------------------------------

n=$(outs)
SUBJECT="Takedown request" order "<r1@staff.example>" <<-EOT | take
	Case: $A
	To: Rika Reporter <rika@client.example>
	TLP: AMBER
	Note: secret words of ours

	Is it back?
	EOT
is "To: sends through the gate" "$((n + 1)) sent" "$(outs) $(field "$(last_out)" .state)"
left rika@client.example
ok "the text alone" grep -q 'Is it back' "$TEST_TMP/plain"
ok "not the orders, nor the note" not grep -Eq 'secret words|^Case:|^Note|^TLP: AMBER' "$TEST_TMP/plain"
ok "nothing of the member" nothing_of_ken
ok "with its own subject" grep -q 'Subject: .*TLP:AMBER Takedown request' "$TEST_TMP/plain"
ok "the answer names the recipient and the rule" told 'rika@client.example: allow'
n=$(outs)
order "<r2@staff.example>" <<-EOT | take
	Case: $(day_case coordinator-amber)
	To: psirt@vendor.example
	Status: closed
	Note: never

	> Look for connections to 203.0.113.77.
	please check
	EOT
is "what the gate refuses is not even asked for" "$n" "$(outs)"
ok "nor is the rest carried out" not sh -c "noroshi case show $(day_case coordinator-amber) --json | grep -q never"
ok "and its rule is told" told 'amber-third-party'
order "<r3@staff.example>" <<-EOT | take
	Case: $B
	x-resend-encrypted-only: jiro@nokey.example

	in clear never
	EOT
is "x-resend-encrypted-only sends nothing in clear" "$n" "$(outs)"
ok "and says why" told 'encrypted-only'
order "<r4@staff.example>" <<-EOT | take
	X-LIST-NAME: $TEAM
	Case: $A
	X-RESEND: rika@client.example

	by an old habit
	EOT
is "x-resend is To" "$((n + 1)) sent" "$(outs) $(field "$(last_out)" .state)"
n=$(outs)
order "<r6@staff.example>" <<-EOT | take
	Case: $A
	To: rika@client.example
	Status: open

	-- 
	Ken Deputy
	EOT
is "a mail without a text for them does not leave" "$n" "$(outs)"
ok "and says so" told 'no text in it that may leave'
order "<r5@staff.example>" "$reply" <<-EOT | take "$reply"
	Status: waiting

	answered and ordered
	EOT
left rika@client.example
ok "orders may stand above an answer" grep -q 'answered and ordered' "$TEST_TMP/plain"
ok "and do not leave with it" not grep -q 'Status:' "$TEST_TMP/plain"
is "and are carried out" waiting "$(case_field "$A" .state)"

# --- keys and signatures -----------------------------------------------------

order "<k1@staff.example>" <<-EOT | take
	x-sign-this:

	We are who we say.
	EOT
file_of >"$TEST_TMP/signed"
ok "x-sign-this comes back signed by the team" sh -c \
    "GNUPGHOME=$WORLD/ken@example.org gpg --verify $TEST_TMP/signed 2>&1 | grep -q 'Good signature.*Example CSIRT'"
is "to who asked alone" 0 "$(noroshi queue list --json | jq --argjson m "$(noroshi message list --json |
    jq '.[] | select(.message_id == "<k1@staff.example>") | .id')" \
    '[.[] | select(.message == $m and .recipient == "ken@example.org")] | length - 1')"
new=$(world_fpr else@other.example)
{ printf 'x-add-key:\n\n'; cat "$WORLD/else@other.example.asc"; } | order "<k2@staff.example>" | take
is "x-add-key imports a key, bound to nobody" "$new null null" "$(noroshi key list --json |
    jq -r --arg f "$new" '.[] | select(.fingerprint == $f) | "\(.fingerprint) \(.contact) \(.verified)"')"
ok "and answers with its fingerprint" told "$new"
printf 'x-list-keys: else@other\n\n' | order "<k3@staff.example>" | take
file_of >"$TEST_TMP/keys"
ok "x-list-keys answers with keys" grep -q "^$new" "$TEST_TMP/keys"
is "with those alone that were asked for" 1 "$(grep -Ec '^[0-9A-F]{40}$' "$TEST_TMP/keys")"
printf 'x-get-key: %s\n' "$new" | order "<k4@staff.example>" | take
file_of >"$TEST_TMP/key.asc"
is "x-get-key answers with the key" "$new" "$(world_gpg nobody --with-colons \
    --show-keys "$TEST_TMP/key.asc" | awk -F: '$1 == "fpr" { print $10; exit }')"
printf 'x-get-key: nobody@nowhere.example\n' | order "<k5@staff.example>" | take
ok "or that there is none" told 'no such key'

# --- what commands nothing ---------------------------------------------------

state() { printf '%s %s %s %s' "$(outs)" "$(case_field "$A" '"\(.state) \(.priority) \(.notes | length)"')" "$(cases)" "$(noroshi key list --json | jq length)"; }
orders_text() {
	printf 'Case: %s\nStatus: open\nPriority: low\nTo: rika@client.example\nNote: forged\n\nforged\n' "$A"
}
before=$(state)
order "<o1@staff.example>" >"$WORLD/x.eml" <<-EOT
	Case: $A
	Status: open
	EOT
take <"$WORLD/x.eml"
is "another mail under the Message-ID of an old one does nothing" "$before" "$(state)"
orders_text | order "<v1@staff.example>" >"$WORLD/v1.eml"
sed -e 's/^Message-ID:.*/Message-ID: <other@outer.example>/' -e 's/^Subject:.*/Subject: x/' "$WORLD/v1.eml" >"$WORLD/v2.eml"
take <"$WORLD/v1.eml"
after=$(state)
ok "the orders count once" test "$before" != "$after"
replayed=$(events command.replayed)
take <"$WORLD/v2.eml"
is "under other outer headers they do nothing" "$after" "$(state)"
is "which is on record" "$((replayed + 1))" "$(events command.replayed)"
# the signed text taken out and sealed again, by whoever can read it
world_gpg ken@example.org --armor --sign --output "$WORLD/once.asc" "$WORLD/entity"
reseal() { # reseal MESSAGE-ID: one signature in another ciphertext
	world_gpg nobody --dearmor <"$WORLD/once.asc" >"$WORLD/once.bin"
	world_gpg nobody --armor --encrypt --recipient "$TEAM" --no-literal \
	    --output "$WORLD/again.asc" "$WORLD/once.bin" || return 1
	world_header "$KEN" "$TEAM" ... "$1"
	world_frame "$WORLD/again.asc"
}
take_bad() { # take_bad "sentence" <mail: it changes nothing
	before=$(state)
	take
	is "$1" "$before" "$(state)"
}
after=$(state)
reseal "<again@outer.example>" >"$WORLD/again.eml" && take <"$WORLD/again.eml"
is "their signed text in a new mail does nothing" "$after" "$(state)"
is "since it was seen before" "$((replayed + 2))" "$(events command.replayed)"
# without a Message-ID inside, as older programs protect: the signature counts
{
	printf 'Content-Type: text/plain; charset=utf-8; protected-headers="v1"\n'
	printf 'From: %s\nTo: %s\nSubject: x\n\n' "$KEN" "$TEAM"
	orders_text
} | world_crlf >"$WORLD/entity"
world_gpg ken@example.org --yes --armor --sign --output "$WORLD/once.asc" "$WORLD/entity"
reseal_twice() {
	rm -f "$WORLD/again.asc"
	reseal "$1" | take
}
before=$(state)
reseal_twice "<twice1@outer.example>"
after=$(state)
ok "one that protects no Message-ID counts" test "$before" != "$after"
reseal_twice "<twice2@outer.example>"
is "once, by its signature" "$after" "$(state)"
before=$(state)
sed 's/^Message-ID:.*/Message-ID: <other4@outer.example>/' "$WORLD/o4.eml" | take
is "Case: new opens no second case when it comes again" "$before" "$(state)"
ok "and its author is told so" told 'a mail commands once'
faketime_order() { # an order whose mail and signature are two days old
	old=$(date -u -d '2 days ago' '+%a, %d %b %Y %H:%M:%S +0000')
	{
		printf 'Content-Type: text/plain; charset=utf-8; protected-headers="v1"\n'
		printf 'From: %s\nTo: %s\nSubject: old\nDate: %s\nMessage-ID: %s\n\n' "$KEN" "$TEAM" "$old" "$1"
		cat
	} | world_crlf >"$WORLD/entity"
	world_gpg ken@example.org --armor --sign --encrypt --recipient "$TEAM" \
	    --output - "$WORLD/entity" >"$WORLD/entity.asc" || return 1
	world_header "$KEN" "$TEAM" ... "$1"
	world_frame "$WORLD/entity.asc"
}
orders_text | faketime_order "<old@staff.example>" >"$WORLD/old.eml"
take_bad "orders that are two days old do nothing" <"$WORLD/old.eml"
ok "and say so" told 'more than a day away'
refused=$(events command.refused)
sed 's/^Subject:.*/Subject: once more/' "$WORLD/old.eml" | take
is "once, however often they come" "$refused" "$(events command.refused)"
orders_text | PROTECT=1 mail_signed ken@example.org "$KEN" "$TEAM" x "<s1@staff.example>" >"$WORLD/s1.eml"
n=$(outs) c=$(case_field "$A" '"\(.state) \(.priority) \(.notes | length)"')
same() { is "$1" "$n $c" "$(outs) $(case_field "$A" '"\(.state) \(.priority) \(.notes | length)"')"; }
take <"$WORLD/s1.eml"
same "orders that are not encrypted do nothing"
ok "and say so" told 'not encrypted'
orders_text | PROTECT=1 mail_encrypted - "$TEAM" "$KEN" "$TEAM" x "<s2@staff.example>" | take
same "orders that are not signed do nothing"
orders_text | PROTECT=1 mail_encrypted hanako@example.org "$TEAM" "$KEN" "$TEAM" x "<s3@staff.example>" | take
same "orders signed by another member's key do nothing"
orders_text | mail_encrypted ken@example.org "$TEAM" "$KEN" "$TEAM" x "<s4@staff.example>" | take
same "orders without a protected header do nothing"
orders_text | order "<s5@staff.example>" somebody@else.example | take
same "orders that were meant for somebody else do nothing"
# a part of it signed: the orders stand above the signed block
{
	orders_text
	printf 'signed words\n' | world_gpg ken@example.org --armor --clearsign --output - -
} >"$WORLD/part.txt"
PROTECT=1 mail_encrypted - "$TEAM" "$KEN" "$TEAM" x "<s6@staff.example>" <"$WORLD/part.txt" | take
same "orders above a signed text do nothing"
{ printf 'Look what came:\n\n'; orders_text | sed 's/^/> /'; } | order "<s7@staff.example>" | take
c=$(case_field "$A" '"\(.state) \(.priority) \(.notes | length)"')
same "orders in a quotation do nothing"
# an attachment, an enclosed mail, HTML: all by Ken, all quoting somebody
wrapped() { # wrapped MESSAGE-ID TYPE HEADER: standard input as that part
	boundary=$(world_boundary)
	{
		printf 'Content-Type: multipart/mixed; boundary="%s"; protected-headers="v1"\n' "$boundary"
		printf 'From: %s\nTo: %s\nSubject: x\nMessage-ID: %s\n\n' "$KEN" "$TEAM" "$1"
		[ -n "$4" ] && printf -- '--%s\nContent-Type: text/plain\n\n%s\n' "$boundary" "$4"
		printf -- '--%s\nContent-Type: %s\n%s\n\n' "$boundary" "$2" "$3"
		cat
		printf -- '\n--%s--\n' "$boundary"
	} | world_crlf >"$WORLD/entity"
	world_gpg ken@example.org --armor --sign --encrypt --recipient "$TEAM" \
	    --output - "$WORLD/entity" >"$WORLD/entity.asc" || return 1
	world_header "$KEN" "$TEAM" ... "$1"
	world_frame "$WORLD/entity.asc"
}
orders_text | wrapped "<w1@staff.example>" text/plain 'Content-Disposition: attachment; filename="a.txt"' 'see this' | take
same "orders in an attachment do nothing"
{ printf 'From: x@evil.example\nSubject: y\nContent-Type: text/plain\n\n'; orders_text; } |
    wrapped "<w2@staff.example>" message/rfc822 'X-A: b' '' | take
same "orders in an enclosed mail do nothing"
{ printf '<blockquote>'; orders_text | sed 's/$/<br>/'; printf '</blockquote>'; } |
    wrapped "<w3@staff.example>" text/html 'X-A: b' '' | take
same "orders in HTML do nothing"
orders_text | sed 's/$/<br>/' |
    wrapped "<w4@staff.example>" text/html 'X-A: b' '' | take
same "nor do those in HTML that quotes nobody"
ok "which is told" told 'in plain text alone'
orders_text | mail_encrypted mallory@finder.example "$TEAM" "Mallory Finder <mallory@finder.example>" "$TEAM" x "<s8@finder.example>" |
    take
same "a stranger's orders do nothing"

# --- what was encrypted by itself --------------------------------------------

printf 'a secret of ours\n' | world_gpg ken@example.org --armor --encrypt --recipient "$TEAM" --output "$WORLD/file.asc" -
boundary=$(world_boundary)
{
	printf 'Content-Type: multipart/mixed; boundary="%s"; protected-headers="v1"\n' "$boundary"
	printf 'From: %s\nTo: %s\nSubject: x\nMessage-ID: <e1@staff.example>\n\n' "$KEN" "$reply"
	printf -- '--%s\nContent-Type: text/plain\n\nsee the file\n' "$boundary"
	printf -- '--%s\nContent-Type: application/octet-stream; name="file.txt.asc"\n' "$boundary"
	printf 'Content-Disposition: attachment; filename="file.txt.asc"\n\n'
	cat "$WORLD/file.asc"
	printf -- '\n--%s--\n' "$boundary"
} | world_crlf >"$WORLD/entity"
world_gpg ken@example.org --armor --sign --encrypt --recipient "$TEAM" --output - "$WORLD/entity" >"$WORLD/entity.asc"
n=$(outs)
{ world_header "$KEN" "$reply" ... "<e1@staff.example>"; world_frame "$WORLD/entity.asc"; } | take "$reply"
is "an answer with a file that was encrypted by itself does not leave without it" "$n" "$(outs)"
ok "and its author is told" told 'encrypted by itself'
# --- what leaves may be stopped while its window lasts -----------------------

sed -i '/^recall = /d' "$NOROSHI_CONF"
echo 'recall = 600;' >>"$NOROSHI_CONF"
daemon_run
n=$(outs)
order "<c1@staff.example>" "$reply" <<-EOT | noroshi receive --from ken@example.org --to "$reply" >/dev/null
	This was too quick.
	EOT
last_is() { [ "$(outs)" -eq "$((n + 1))" ] && [ "$(field "$(last_out)" .state)" = "$1" ]; }
ok "an answer waits for its window" wait_for 10 last_is queued
ok "its author is told how to stop it" wait_for 10 told 'For 600 seconds you may stop it'
stop=$(sed -n 's/^Reply-To:.*<\(csirt+h[^>]*\)>.*/\1/p' "$TEST_TMP/told" | head -n 1)
echo cancel | SIGNER=hanako@example.org WHO="Hanako Handler <hanako@example.org>" \
    order "<c2@staff.example>" "$stop" |
    noroshi receive --from hanako@example.org --to "$stop" >/dev/null
ok "another's word does not" wait_for 10 sh -c 'noroshi audit log --json |
    jq -e "[.[] | select(.event == \"command.refused\")] | last | .detail.why | test(\"not the one made for you\")"'
ok "it still waits" last_is queued
echo approve | order "<c3@staff.example>" "$stop" |
    noroshi receive --from ken@example.org --to "$stop" >/dev/null
ok "nor does another word" wait_for 10 told 'its author may answer cancel'
echo cancel | order "<c4@staff.example>" "$stop" |
    noroshi receive --from ken@example.org --to "$stop" >/dev/null
ok "their signed cancel does" wait_for 10 last_is cancelled
ok "which is answered" wait_for 10 told 'what of it had not left is cancelled'
echo cancel | order "<c5@staff.example>" "$stop" |
    noroshi receive --from ken@example.org --to "$stop" >/dev/null
ok "and once alone" wait_for 10 told 'is not held (any more)'
daemon_end

# Each sentence by which a mail is refused, in the files that say them.
cat >"$TEST_TMP/sentences.pl" <<'EOT'
undef $/;
for my $f (@ARGV) {
	open F, "<", $f or die;
	my $t = <F>;
	$t =~ s{/\*.*?\*/}{}gs;
	$t =~ s{^#include.*$}{}gm;
	$t =~ s/\\\n//g;
	while ($t =~ /("(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*)/g) {
		my $s = join "", $1 =~ /"((?:[^"\\]|\\.)*)"/g;
		$s =~ s/\\(.)/$1/g;
		next if $s =~ /[^\x00-\x7f]/;
		if ($f =~ m{/said\.c$}) { $ja{$s} = 1 }
		elsif ($s !~ /[%\n]|^[ ({,-]|^SELECT|^INSERT|^a pseudo/ &&
		    ($s =~ tr/ //) >= 2) { $seen{$s} = $f }
	}
}
print scalar(keys %seen) > 60 ? "many\n" : "few\n";
print "$seen{$_}: $_\n" for grep { !$ja{$_} } sort keys %seen;
EOT
is "each sentence that staff are told has its Japanese" "many" "$(
    cd "$top_srcdir/src/worker" && perl "$TEST_TMP/sentences.pl" ./said.c \
	order.c order_ask.c order_choice.c order_recipient.c order_regroup.c order_handling.c \
	order_key.c command.c command.h command_request.c command_text.c \
	pseudo_header.c outcome.c)"

ok "the audit chain verifies" noroshi audit verify
ok "nothing was quarantined" test 0 = "$(noroshi message list --json | jq '[.[] | select(.state == "quarantined")] | length')"
tap_end
