# day.sh - a CSIRT's day: the people, and the mail they write.
#
# Sourced after world.sh by the demo and by the tests. $WORLD must be there,
# and NOROSHI_CONF name a gateway whose contact 1 is the PoC.

TEAM=csirt@example.org

# Keys of everybody outside, and contacts for those whom the team knows.
day_people() {
	world_key "Rika Reporter" rika@client.example &&
	    world_key "Coordination Desk" desk@ncc.example &&
	    world_key "Vendor PSIRT" psirt@vendor.example &&
	    world_key "Mallory Finder" mallory@finder.example &&
	    world_key "Somebody Else" else@other.example || return 1
	world_know "$WORLD/else@other.example.asc"
	noroshi contact add "Rika Reporter" --address rika@client.example \
	    --class constituent --organisation "Client Ltd" --lang ja \
	    --key "$WORLD/rika@client.example.asc" --verified phone &&
	    noroshi contact add "Coordination Desk" \
		--address desk@ncc.example --class coordinator \
		--organisation "National Coordination Centre" \
		--key "$WORLD/desk@ncc.example.asc" --verified met &&
	    noroshi contact add "Vendor PSIRT" --address psirt@vendor.example \
		--class vendor --organisation "Vendor Inc" \
		--key "$WORLD/psirt@vendor.example.asc" --verified directory &&
	    noroshi contact add "Mallory Finder" \
		--address mallory@finder.example --class finder \
		--key "$WORLD/mallory@finder.example.asc" --verified none
}

RIKA="Rika Reporter <rika@client.example>"
DESK="Coordination Desk <desk@ncc.example>"
PSIRT="Vendor PSIRT <psirt@vendor.example>"
JIRO="Jiro Nokey <jiro@nokey.example>"

day_names="report-encrypted report-japanese vulnerability-signed \
report-inline reply-hidden-subject coordinator-amber coordinator-red \
coordinator-forged tampered not-for-us auto-reply bounce \
advisory-clearsigned too-deep reply-plain"

# --- the team's own day: after the first mails were read -----------------------

team_names="staff-comment staff-answer staff-breaks-label poc-advisory \
reporter-returns"

# Five members of a community of banks, for the advisory.
day_community() {
	noroshi community add banks --address banks@example.org \
	    --max-label AMBER --default-label GREEN >/dev/null || return 1
	for n in 1 2 3 4 5; do
		world_key "Bank $n CSIRT" "csirt@bank$n.example" &&
		    noroshi contact add "Bank $n CSIRT" \
			--address "csirt@bank$n.example" --class partner \
			--organisation "Bank $n" --verified met \
			--key "$WORLD/csirt@bank$n.example.asc" >/dev/null &&
		    noroshi community join banks "csirt@bank$n.example" ||
		    return 1
	done
}

# day_number name: the number of that message
day_number() {
	noroshi message list --json | jq -r --arg id "$(day_id "$1")" \
	    '.[] | select(.message_id == $id) | .id'
}

# day_case name: the case it is in
day_case() {
	noroshi message list --json | jq -r --arg id "$(day_id "$1")" \
	    '.[] | select(.message_id == $id) | .case'
}

# day_copy who name: the outbox file with that person's copy of a message
day_copy() {
	noroshi queue list --json | jq -r --arg who "$1" \
	    --argjson m "$(day_number "$2")" '.[] |
	    select(.recipient == $who and .message == $m) | .id' |
	    while read -r day_delivery; do
		ls "${NOROSHI_CONF%/*}/outbox/new/$day_delivery".*
	    done | head -n 1
}

# day_reply_address who name: where that person answers the sender of a message
day_reply_address() {
	world_read "$1" "$(day_copy "$1" "$2")" 2>/dev/null | tr -d '\r' |
	    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' |
	    sed -n 's/.*\(csirt+r[^ ]*\)$/\1/p' | head -n 1
}

# staff_mail who "Name <address>" to name-of-message subject message-id <text:
# an answer to their copy of a message, as Thunderbird writes it
staff_mail() {
	EXTRA="In-Reply-To: $(sed -n 's/^Message-ID: //p' \
	    "$(day_copy "$1" "$4")" | head -n 1)
User-Agent: Mozilla Thunderbird" PROTECT=1 OUTER=... \
	    mail_encrypted "$1" "$TEAM" "$2" "$3" "$5" "$6"
}

KEN="Ken Deputy <ken@example.org>"
TARO="Taro PoC <taro@example.org>"

day_staff_comment() {
	staff_mail ken@example.org "$KEN" "$TEAM" report-encrypted \
	    "Re: [$(day_case report-encrypted)] Phishing site" "$1" <<-EOT
	I know this kit; we saw it in May.
	EOT
}

day_staff_answer() {
	staff_mail ken@example.org "$KEN" \
	    "$(day_reply_address ken@example.org report-encrypted)" \
	    report-encrypted \
	    "Re: [$(day_case report-encrypted)] TLP:AMBER Phishing site imitating our bank" \
	    "$1" <<-EOT
	The hosting firm has taken the page down.

	-- 
	Ken Deputy, mobile 090-0000-0000
	EOT
}

day_staff_breaks_label() {
	staff_mail ken@example.org "$KEN" \
	    "$(day_reply_address ken@example.org coordinator-amber)" \
	    coordinator-amber \
	    "Re: [$(day_case coordinator-amber)] TLP:CLEAR Early warning" \
	    "$1" <<-EOT
	TLP:CLEAR

	May we publish this?

	> Look for connections to 203.0.113.77.
	EOT
}

day_poc_advisory() {
	PROTECT=1 OUTER=... mail_encrypted taro@example.org "$TEAM" "$TARO" \
	    banks@example.org "TLP:GREEN Phishing against banks" "$1" <<-EOT
	TLP:GREEN

	A phishing kit imitates several banks. Look for /verify.php.
	EOT
}

day_reporter_returns() {
	PROTECT=1 OUTER=... mail_encrypted rika@client.example "$TEAM" \
	    "$RIKA" "$(day_answer_address)" "Thank you" "$1" <<-EOT
	It is gone. Thank you.
	EOT
}

# The address that our answer to the first reporter gives.
day_answer_address() {
	for file in $(grep -l '^Delivered-To: rika@client.example' \
	    "${NOROSHI_CONF%/*}"/outbox/new/*); do
		world_read rika@client.example "$file" 2>/dev/null |
		    tr -d '\r' | sed -n 's/^Reply-To:.*<\(.*\)>.*/\1/p'
	done | tail -n 1
}

# day_id name: that mail's Message-ID
day_id() { printf '<%s@day.example>' "$1"; }

# day_what name: what it is, for a reader
day_what() {
	case $1 in
	report-encrypted) echo "PGP/MIME, encrypted and signed: a phishing report" ;;
	report-japanese) echo "plain ISO-2022-JP: a scan report in Japanese" ;;
	vulnerability-signed) echo "PGP/MIME, signed only: a vendor's vulnerability" ;;
	report-inline) echo "inline PGP: a malware report" ;;
	reply-hidden-subject) echo "a reply whose subject is hidden (Thunderbird's form)" ;;
	coordinator-amber) echo "TLP:AMBER from the coordinator, encrypted and signed" ;;
	coordinator-red) echo "TLP:RED from the coordinator, encrypted and signed" ;;
	coordinator-forged) echo "forged: \"coordinator\", a good signature by another key" ;;
	tampered) echo "encrypted, one byte changed on the way" ;;
	not-for-us) echo "encrypted to somebody else" ;;
	auto-reply) echo "an out-of-office answer" ;;
	bounce) echo "a bounce" ;;
	advisory-clearsigned) echo "a clear-signed advisory, TLP:GREEN" ;;
	too-deep) echo "1,000 levels of multipart" ;;
	reply-plain) echo "a follow-up by the Japanese reporter, no key" ;;
	staff-comment) echo "Ken answers his copy: a comment inside the team" ;;
	staff-answer) echo "Ken writes to the case's reply address: to the reporter" ;;
	staff-breaks-label) echo "Ken quotes the coordinator's AMBER under TLP:CLEAR" ;;
	poc-advisory) echo "the PoC's advisory to a community of five banks" ;;
	reporter-returns) echo "the reporter answers to the address they were given" ;;
	esac
}

day_report_encrypted() {
	mail_encrypted rika@client.example "$TEAM" "$RIKA" "$TEAM" \
	    "Phishing site imitating our bank" "$1" <<-EOT
	Hello,

	customers of ours get mail that leads to a fake login page:
	hxxps://login.client-bank[.]example.com/verify (203.0.113.7)

	Please have it taken down.
	Rika
	EOT
}

day_report_japanese() {
	{
		world_header "$JIRO" "$TEAM" \
		    "=?ISO-2022-JP?B?GyRCJV0hPCVIJTklLSVjJXMkTkpzOXAbKEI=?=" "$1"
		printf 'Content-Type: text/plain; charset=ISO-2022-JP\n'
		printf 'Content-Transfer-Encoding: 7bit\n\n'
		iconv -f UTF-8 -t ISO-2022-JP <<-EOT
		お世話になっております。
		198.51.100.23 から当社のサーバにポートスキャンがありました。
		ご確認をお願いいたします。
		EOT
	}
}

day_vulnerability_signed() {
	mail_signed psirt@vendor.example "$PSIRT" "$TEAM" \
	    "Vulnerability CVE-2026-12345 in Example Router" "$1" <<-EOT
	TLP:AMBER

	An authentication bypass (CVE-2026-12345) affects Example Router
	before 4.2. A fix follows on Tuesday. Please do not publish.
	EOT
}

day_report_inline() {
	mail_inline rika@client.example "$TEAM" "$RIKA" "$TEAM" \
	    "Malware on a workstation" "$1" <<-EOT
	Our scanner found malware on a workstation. It talks to
	192.0.2.99; SHA-256 of the file:
	e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
	EOT
}

day_reply_hidden_subject() {
	EXTRA="In-Reply-To: $(day_id report-encrypted)
References: $(day_id report-encrypted)" PROTECT=1 OUTER=... \
	    mail_encrypted rika@client.example "$TEAM" "$RIKA" "$TEAM" \
	    "Re: Phishing site imitating our bank" "$1" <<-EOT
	One more address: 203.0.113.8
	EOT
}

day_coordinator_amber() {
	mail_encrypted desk@ncc.example "$TEAM" "$DESK" "$TEAM" \
	    "[TLP:AMBER] Early warning: a campaign against banks" "$1" <<-EOT
	TLP:AMBER

	Look for connections to 203.0.113.77.
	EOT
}

day_coordinator_red() {
	mail_encrypted desk@ncc.example "$TEAM" "$DESK" "$TEAM" \
	    "TLP:RED A constituent of yours is affected" "$1" <<-EOT
	TLP:RED

	For your eyes only: Client Ltd is among the victims.
	EOT
}

day_coordinator_forged() {
	mail_signed mallory@finder.example "$DESK" "$TEAM" \
	    "TLP:CLEAR Please publish this at once" "$1" <<-EOT
	TLP:CLEAR

	The National Coordination Centre asks you to publish the attached.
	EOT
}

day_tampered() {
	mail_encrypted rika@client.example "$TEAM" "$RIKA" "$TEAM" \
	    "Payment details" "$1" <<-EOT | world_tamper
	This text is long enough that a changed byte lies inside the
	encrypted data and not in the session key packet that stands in
	front of it. This text is long enough that a changed byte lies
	inside the encrypted data and not in the session key packet.
	EOT
}

day_not_for_us() {
	mail_encrypted - else@other.example "$RIKA" "$TEAM" \
	    "Sent to the wrong team" "$1" <<-EOT
	This was meant for somebody else.
	EOT
}

day_auto_reply() {
	EXTRA="Auto-Submitted: auto-replied
In-Reply-To: <unknown@example.org>" \
	    mail_plain "$PSIRT" "$TEAM" "Out of office" "$1" <<-EOT
	I am away until Monday.
	EOT
}

day_bounce() {
	cat <<-EOT
	Return-Path: <>
	From: Mail Delivery System <MAILER-DAEMON@mx.example>
	To: $TEAM
	Subject: Undelivered Mail Returned to Sender
	Message-ID: $1
	Date: $(date -u '+%a, %d %b %Y %H:%M:%S +0000')
	Auto-Submitted: auto-replied
	MIME-Version: 1.0
	Content-Type: multipart/report; report-type=delivery-status;
	 boundary="dsn"

	--dsn
	Content-Type: text/plain

	The mail system could not deliver your message.

	--dsn
	Content-Type: message/delivery-status

	Reporting-MTA: dns; mx.example

	Final-Recipient: rfc822; gone@client.example
	Action: failed
	Status: 5.1.1
	Diagnostic-Code: smtp; 550 5.1.1 User unknown

	--dsn
	Content-Type: text/rfc822-headers

	From: $TEAM
	To: gone@client.example
	Subject: hello

	--dsn--
	EOT
}

day_advisory_clearsigned() {
	mail_clearsigned desk@ncc.example "$DESK" "$TEAM" \
	    "Alert: exploitation of CVE-2026-23456" "$1" <<-EOT
	TLP:GREEN

	CVE-2026-23456 is being exploited. Update to version 9.
	EOT
}

day_too_deep() {
	world_header "$JIRO" "$TEAM" "Deep" "$1"
	awk 'BEGIN {
		for (i = 0; i < 1000; i++) {
			printf "Content-Type: multipart/mixed; boundary=b%d\n\n", i
			printf "--b%d\n", i
		}
		printf "Content-Type: text/plain\n\nbottom\n"
	}'
}

day_reply_plain() {
	EXTRA="In-Reply-To: $(day_id report-japanese)
References: $(day_id report-japanese)" \
	    mail_plain "$JIRO" "$TEAM" "Re: =?UTF-8?B?44Od44O844OI44K544Kt44Oj44Oz44Gu5aCx5ZGK?=" \
	    "$1" <<-EOT
	スキャンは今も続いています。
	EOT
}

# day_mail name: that mail, on standard output
day_mail() {
	"day_$(printf '%s' "$1" | tr - _)" "$(day_id "$1")"
}
