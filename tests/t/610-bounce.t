#!/bin/sh
# What comes back: bounces are booked on the delivery they speak of, and who
# wrote a mail is told, once, when it did not arrive.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/dying.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
gateway_silent
printf 'second_person = "contact";\nworkers = 1;\n' >>"$NOROSHI_CONF"
for name in report-encrypted report-japanese; do
	day_mail "$name" | noroshi receive --from x@example.net >/dev/null
done
once
A=$(day_case report-encrypted)
B=$(day_case report-japanese)

# answer CASE ADDRESS: sends one; its delivery's id
answer() {
	m=$(printf 'We look into it.\n' | noroshi send --case "$1" --to "$2")
	once
	noroshi queue list --json | jq -r --argjson m "$m" --arg to "$2" \
	    '.[] | select(.message == $m and .recipient == $to) | .id'
}
delivery() { noroshi queue show "$1" --json | jq -r "$2"; }
outer_id() { # outer_id DELIVERY: the Message-ID it went out under
	sed -n 's/^Message-ID: \(<.*>\)\r*$/\1/p' "$G/outbox/new/$1".* |
	    head -n 1
}
path_of() { # path_of DELIVERY: the return path that it went out with
	sed -n 's/^Return-Path: <\(.*\)>\r*$/\1/p' "$G/outbox/new/$1".* |
	    head -n 1
}
audits() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }
number() { # number MESSAGE-ID: of that message
	noroshi message list --json | jq -r --arg id "$1" \
	    '.[] | select(.message_id == $id) | .id'
}
told() { # the notices that Taro got, opened
	noroshi queue list --json | jq -r '.[] |
	    select(.recipient == "taro@example.org" and .kind == "notice" and
		.state == "sent") | .id' | while read -r d; do
		world_read taro@example.org "$G/outbox/new/$d".* 2>/dev/null |
		    tr -d '\r' | sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}'
	done
}

# postfix OUR-ID MESSAGE-ID RECIPIENT ACTION STATUS: as Postfix returns mail to
# the address in BACK
postfix() {
	cat <<-END
	Return-Path: <>
	From: MAILER-DAEMON@mx.example (Mail Delivery System)
	To: ${BACK:-$TEAM}
	Subject: Undelivered Mail Returned to Sender
	Message-ID: $2
	Date: $(date -u '+%a, %d %b %Y %H:%M:%S +0000')
	Auto-Submitted: auto-replied
	MIME-Version: 1.0
	Content-Type: multipart/report; report-type=delivery-status;
	 boundary="4XyZ.1/mx.example"

	This is a MIME-encapsulated message.

	--4XyZ.1/mx.example
	Content-Description: Notification
	Content-Type: text/plain; charset=us-ascii

	This is the mail system at host mx.example.

	--4XyZ.1/mx.example
	Content-Description: Delivery report
	Content-Type: message/delivery-status

	Reporting-MTA: dns; mx.example
	X-Postfix-Sender: rfc822; $TEAM
	Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000 (UTC)

	Final-Recipient: rfc822; $3
	Original-Recipient: rfc822;$3
	Action: $4
	Status: $5
	Remote-MTA: dns; mail.client.example
	Diagnostic-Code: smtp; 550 $5 <$3>:
	    Recipient address rejected

	--4XyZ.1/mx.example
	Content-Description: Undelivered Message
	Content-Type: ${HALF:-message/rfc822}

	Received: by mx.example
	From: $TEAM
	To: $3
	Subject: [...]
	Message-ID: $1
	$([ -n "${HALF-}" ] || printf '\nencrypted\n')
	--4XyZ.1/mx.example--
	END
}
come() { noroshi receive --from "" >/dev/null && once; }

D=$(answer "$A" rika@client.example)
is "an answer went to the reporter" sent "$(delivery "$D" .state)"
noroshi case close "$A" >/dev/null
before=$(noroshi case list --json | jq length)

BACK=$(path_of "$D")
ok "a copy has a return path of its own" sh -c "echo '$BACK' |
    grep -Eq '^csirt[+]b$D-[a-z2-7]{16}@example.org$'"
BACK=
postfix "$(outer_id "$D")" "<untokened@mx.example>" rika@client.example \
    failed 5.1.1 | come
is "a bounce of it to another address is not believed" "sent null 0" \
    "$(delivery "$D" '"\(.state) \(.last_error)"') $(audits delivery.bounced)"
is "but joins the case" "$A" \
    "$(field "$(number "<untokened@mx.example>")" .case)"
BACK=$(path_of "$D" | sed 's/.@/7@/; s/77@/76@/')
postfix "$(outer_id "$D")" "<altered@mx.example>" rika@client.example \
    failed 5.1.1 | come
is "nor one to a return path that was altered" "sent 0" \
    "$(delivery "$D" .state) $(audits delivery.bounced)"
BACK=

postfix "<0123456789abcdef@example.org>" "<forged@mx.example>" \
    rika@client.example failed 5.1.1 | come
is "a bounce of what we never sent changes no delivery" "sent null" \
    "$(delivery "$D" '"\(.state) \(.last_error)"')"
is "and is in no case" "bounce null processed" "$(field \
    "$(number "<forged@mx.example>")" '"\(.classification.kind) \(.case) \(.state)"')"

{
	printf 'Return-Path: <>\nFrom: MAILER-DAEMON@qmail.example\nTo: %s\n' "$TEAM"
	printf 'Subject: failure notice\nMessage-ID: <qmail@mx.example>\n\n'
	printf 'Hi. This is the qmail-send program at qmail.example.\n\n'
	printf '<rika@client.example>:\nSorry, no mailbox here by that name.\n\n'
	printf -- '--- Below this line is a copy of the message.\n\n'
	printf 'Message-ID: %s\n\nx\n' "$(outer_id "$D")"
} | come
is "a bounce that no program can read is kept as one" "bounce processed" "$(field \
    "$(number "<qmail@mx.example>")" '"\(.classification.kind) \(.state)"')"
is "it joins the case of what it quotes" "$A" \
    "$(field "$(number "<qmail@mx.example>")" .case)"
is "and is not booked" "sent 0" \
    "$(delivery "$D" .state) $(audits delivery.bounced)"

BACK=$(path_of "$D")
postfix "$(outer_id "$D")" "<slow@mx.example>" rika@client.example delayed \
    4.4.1 | come
is "a delay is only noted" \
    "sent delayed: 4.4.1 550 4.4.1 <rika@client.example>: Recipient address rejected" \
    "$(delivery "$D" '"\(.state) \(.last_error)"')"
told >"$TEST_TMP/told"
is "and told to who wrote it" "1 1" \
    "$(audits author.told) $(grep -c '^Subject:.*Delayed' "$TEST_TMP/told")"
ok "as one that is still being tried" grep -q \
    'rika@client.example: still being tried: delayed: 4.4.1' "$TEST_TMP/told"
postfix "$(outer_id "$D")" "<slower@mx.example>" rika@client.example delayed \
    4.4.1 | come
is "once" 1 "$(audits author.told)"

postfix "$(outer_id "$D")" "<back@mx.example>" Rika@Client.example failed \
    5.1.1 | come
is "a bounce makes the delivery a failed one" \
    "failed bounced: 5.1.1 550 5.1.1 <Rika@Client.example>: Recipient address rejected" \
    "$(delivery "$D" '"\(.state) \(.last_error)"')"
n=$(number "<back@mx.example>")
is "it joins the case, untrusted" "$A bounce true" \
    "$(field "$n" '"\(.case) \(.classification.kind) \(.warnings | index("untrusted") != null)"')"
is "which stays closed and owes nothing" "closed false" \
    "$(noroshi case show "$A" --json | jq -r '"\(.state) \(.owed)"')"
is "no case was opened" "$before" "$(noroshi case list --json | jq length)"
told >"$TEST_TMP/told"
is "who wrote it is told once" "2 1" \
    "$(audits author.told) $(grep -c '^Subject:.*Not delivered' "$TEST_TMP/told")"
ok "with the reason" grep -q 'rika@client.example: bounced: 5.1.1' "$TEST_TMP/told"
noroshi queue retry "$D" >/dev/null 2>"$TEST_TMP/err"
is "what has left cannot be tried again" 65 $?

postfix "$(outer_id "$D")" "<twice@mx.example>" rika@client.example failed \
    5.1.1 | come
is "the same bounce again changes nothing" "3 2" \
    "$(audits delivery.bounced) $(audits author.told)"

D=$(answer "$A" rika@client.example)
BACK=$(path_of "$D")
HALF=text/rfc822-headers postfix "$(outer_id "$D")" "<half@mx.example>" \
    elsewhere@isp.example failed 5.2.1 | come
is "headers alone, and a forwarder's address, are enough for a single copy" \
    "failed" "$(delivery "$D" .state)"
is "told again, as it is another mail" 3 "$(audits author.told)"

# a server that rewrites the sender still returns the ENVID
D=$(answer "$A" rika@client.example)
BACK=
token=$(path_of "$D" | sed 's/.*+\(.*\)@.*/\1/')
postfix "$(outer_id "$D")" "<envid@mx.example>" rika@client.example failed \
    5.1.1 | sed "s/^Reporting-MTA/Original-Envelope-Id: $token\n&/" | come
is "an ENVID tells the copy as well" failed "$(delivery "$D" .state)"

# a copy for one of the team: the next copies do not go there
copy=$(noroshi queue list --json | jq -r '[.[] | select(.kind == "copy" and
    .recipient == "hanako@example.org")] | first | .id')
BACK=$(path_of "$copy")
postfix "$(outer_id "$copy")" "<reader@mx.example>" hanako@example.org failed \
    5.1.1 | come
n=$(number "<reader@mx.example>")
is "the copy failed" failed "$(delivery "$copy" .state)"
is "its bounce is copied to the other readers alone" \
    "ken@example.org taro@example.org" "$(noroshi queue list --json |
    jq -r --argjson n "$n" '[.[] | select(.message == $n) | .recipient] |
	sort | join(" ")')"
copy=$(noroshi queue list --json | jq -r '[.[] | select(.kind == "copy" and
    .recipient == "taro@example.org")] | last | .id')
{
	printf 'Return-Path: <>\nFrom: MAILER-DAEMON@qmail.example\nTo: %s\n' "$TEAM"
	printf 'Subject: failure notice\nMessage-ID: <loop@mx.example>\n\n'
	printf 'Hi.\n\nMessage-ID: %s\n\nx\n' "$(outer_id "$copy")"
} | come
is "nor do those of whom a bounce does not say which" "hanako@example.org" \
    "$(noroshi queue list --json | jq -r --argjson n \
	"$(number "<loop@mx.example>")" '[.[] | select(.message == $n) |
	.recipient] | sort | join(" ")')"
is "nobody wrote it, and nobody is told" 4 "$(audits author.told)"

# automatic answers
D=$(answer "$A" rika@client.example)
owed=$(noroshi case show "$A" --json | jq -r '"\(.state) \(.owed)"')
EXTRA="Auto-Submitted: auto-replied
In-Reply-To: $(outer_id "$D")" mail_plain "$RIKA" "$TEAM" "Out of office" \
    "<away@client.example>" <<-END | noroshi receive --from "" >/dev/null
	I am away.
END
once
is "an automatic answer to ours joins the case, untrusted" "$A auto-reply true" \
    "$(field "$(number "<away@client.example>")" \
	'"\(.case) \(.classification.kind) \(.warnings | index("untrusted") != null)"')"
is "and changes nothing in it" "$owed" \
    "$(noroshi case show "$A" --json | jq -r '"\(.state) \(.owed)"')"

# rejected by a second person
held() {
	m=$(printf 'AMBER in clear.\n' | noroshi send --case "$B" \
	    --to jiro@nokey.example --tlp AMBER 2>/dev/null)
	once
	noroshi queue list --json | jq -r --argjson m "$m" \
	    '.[] | select(.message == $m and .state == "held") | .id'
}
D=$(held)
ok "a held answer is rejected by another" noroshi queue reject "$D" \
    --as "Ken Deputy" --reason "not before Tuesday"
ok "the reason is not in the database in clear" not grep -aq "before Tuesday" \
    "$G/noroshi.db" "$G/noroshi.db-wal"
once
told >"$TEST_TMP/told"
is "its author is told by whom, and why" "5 1" "$(audits author.told) $(grep -c \
    'rejected by Ken Deputy: not before Tuesday' "$TEST_TMP/told")"
D=$(held)
ok "an author may reject their own" noroshi queue reject "$D"
once
is "and needs no telling" 5 "$(audits author.told)"

# a worker dies at each durable step of booking and telling
D=$(answer "$A" rika@client.example)
BACK=$(path_of "$D")
postfix "$(outer_id "$D")" "<deaths@mx.example>" rika@client.example failed \
    5.1.1 >"$WORLD/deaths"
dying_begin
notices=$(told | grep -c 'Not delivered')
telling() {
	dying_fresh
	noroshi receive --from "" "$WORLD/deaths" >/dev/null
	dying_once worker "$dying_n"
	once
	got="$(delivery "$D" .state) $(told | grep -c 'Not delivered') $(ls \
	    "$G/spool/out" | wc -l)"
	[ "$got" = "failed $((notices + 1)) 0" ] || echo "$got"
}
dying_each 1 1 telling
is "a worker may die at any of its $dying_steps steps: told exactly once" "" \
    "$dying_wrong"
ok "it has steps to die at" test "$dying_steps" -gt 9
ok "the audit chain verifies" noroshi audit verify
tap_end
