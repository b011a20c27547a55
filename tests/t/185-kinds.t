#!/bin/sh
# What kind of mail it is, told by its form: bounces, automatic replies and
# reports by machines, each beside a person's mail that only talks of them.
# With $NOROSHI_CORPUS, the mails of real systems as well.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway" gateway_new
gateway_silent
world_key "Alice" alice@partner.example
ok "and a partner" noroshi contact add Alice --address alice@partner.example \
    --class partner --key "$WORLD/alice@partner.example.asc" --verified met
TEAM=csirt@example.org
mails=$TEST_TMP/mails
mkdir "$mails"
: >"$TEST_TMP/want"
count=0

# mail name envelope-sender kind: takes a mail from standard input
mail() {
	cat >"$mails/$1"
	printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$TEST_TMP/want"
}
# top from subject [field...]: a header without the end
top() {
	count=$((count + 1))
	printf 'From: %s\nTo: %s\nSubject: %s\n' "$1" "$TEAM" "$2"
	printf 'Message-ID: <%s@kinds.example>\n' "$count"
	printf 'Date: Sun, 22 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n'
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@"
}
# parts type parameters entity...: a multipart, each entity with its header
parts() {
	printf 'Content-Type: %s; boundary=b; %s\n\n' "$1" "$2"
	shift 2
	for entity; do
		printf -- '--b\n'
		printf "$entity"
		printf '\n'
	done
	printf -- '--b--\n'
}
text='Content-Type: text/plain\n\nSomething happened.\n'
status='Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n'
lure='From: Bank <bank@example.net>\nTo: v@example.com\nSubject: Your account\nX-Originating-IP: [192.0.2.66]\n\nSee https://login.example.net/x now.\n'
inside="Content-Type: message/rfc822\n\n$lure"
asfile="Content-Type: application/octet-stream; name=odd.eml\nContent-Disposition: attachment\n\n$lure"

{ top mailer-daemon@mx.example "Undelivered"
  parts multipart/report 'report-type=delivery-status' \
    "$text" "$status" "$inside"; } | mail dsn '<>' bounce
{ top "Alice <alice@partner.example>" "These reports come in by the hundred"
  parts multipart/mixed 'x=y' "$text" "$status"; } |
    mail dsn-shown alice@partner.example report
{ top "Alice <alice@partner.example>" "Re: failure notice"
  printf '\nHere is one.\n\nReturn-Path: <a@b.example>\nReceived: by x\n'
  printf 'From: a@b.example\nMessage-ID: <1@b.example>\n'; } |
    mail bounce-quoted alice@partner.example report
{ top MAILER-DAEMON@mx.example "failure notice"
  printf '\nHi.\n\nReturn-Path: <a@b.example>\nReceived: by x\n'
  printf 'From: a@b.example\nMessage-ID: <1@b.example>\n'; } |
    mail qmail '<>' bounce
{ top alice@partner.example "Read: your answer"
  parts multipart/report 'report-type=disposition-notification' "$text" \
    'Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@b.example\nDisposition: manual-action/MDN-sent-manually; displayed\n'; } |
    mail mdn '<>' auto-reply
{ top fbl@isp.example "FW: Earn money"
  parts multipart/report 'report-type=feedback-report' "$text" \
    'Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n' \
    "$inside"; } | mail arf fbl@isp.example report
{ top alice@partner.example "Away until Monday" "Auto-Submitted: auto-replied"
  printf '\nI am away.\n'; } | mail vacation alice@partner.example auto-reply
{ top alice@partner.example vacation
  printf '\nA vacation site phishes.\n'; } |
    mail vacation-talk alice@partner.example report
{ top alice@partner.example "自動返信の件"
  printf '\n不正な自動返信が届きます。\n'; } |
    mail auto-talk alice@partner.example report
{ top google@dmarc.example "Report domain: a.example Submitter: b.example" \
    'Content-Type: application/zip; name="b.example!a.example!1669507200!1669593599.zip"'
  printf 'Content-Transfer-Encoding: base64\n\nUEsDBA==\n'; } |
    mail dmarc google@dmarc.example notification
{ top alice@partner.example "What does this report say?"
  parts multipart/mixed 'x=y' "$text" \
    'Content-Type: application/zip; name="b.example!a.example!1669507200!1669593599.zip"\n\nPK\n'; } |
    mail dmarc-shown alice@partner.example report
{ top tls@b.example "Report Domain: a.example" "TLS-Report-Domain: a.example"
  parts multipart/report 'report-type=tlsrpt' "$text" \
    'Content-Type: application/tlsrpt+gzip\nContent-Disposition: attachment\n\nx\n'; } |
    mail tlsrpt tls@b.example notification
{ top mallory@x.example "You have won the lottery"
  printf '\nReally.\n'; } | mail lottery mallory@x.example report
for subject in "Out-of-bounds write in LibreOffice" \
    "certificate revocation bypass" "Undelivered mail exploit"; do
	{ top mallory@x.example "$subject"
	  printf '\nSee the steps.\n'; } |
	    mail "$(echo "$subject" | tr ' ' -)" mallory@x.example vulnerability
done
# The last has no word of a weakness in it.
sed -i 's/^\(Undelivered-mail-exploit.*\)vulnerability$/\1report/' \
    "$TEST_TMP/want"
{ top "Alice <alice@partner.example>" "Please look at this mail"
  parts multipart/mixed 'x=y' "$text" "$inside"; } |
    mail suspicious alice@partner.example report
{ top "Alice <alice@partner.example>" "And at this one"
  parts multipart/mixed 'x=y' "$text" "$asfile"; } |
    mail suspicious-file alice@partner.example report
{ top "Alice <alice@partner.example>" "An answer with your own mail"
  parts multipart/mixed 'x=y' "$text" \
    "Content-Type: message/rfc822\\n\\nFrom: $TEAM\\n\\nhello\\n"; } |
    mail ours-inside alice@partner.example report
# A signed alert that came through a list is still what its author sent.
printf 'Patch at once.\n' | EXTRA='List-Id: <alerts.partner.example>
Precedence: list
Auto-Submitted: auto-generated' mail_signed alice@partner.example \
    "Alice <alice@partner.example>" "$TEAM" "Security alert: patch" \
    "<list@kinds.example>" | mail list alerts-bounces@partner.example advisory

while IFS='	' read -r name from kind; do
	noroshi receive --from "$from" "$mails/$name"
done <"$TEST_TMP/want" >"$TEST_TMP/ids"
ok "all of it is processed" once
noroshi message list --json >"$TEST_TMP/list"
paste "$TEST_TMP/want" "$TEST_TMP/ids" >"$TEST_TMP/map"
# of name filter: one value of that mail's message
of() {
	jq -r --argjson id "$(awk -F'\t' -v f="$1" '$1 == f { print $4 }' \
	    "$TEST_TMP/map")" ".[] | select(.id == \$id) | $2" "$TEST_TMP/list"
}
while IFS='	' read -r name from kind; do
	is "$name: $kind" "$kind" "$(of "$name" .classification.kind)"
done <"$TEST_TMP/want"
is "what may be spam is marked, not thrown away" spam-suspected \
    "$(of lottery '.classification.tags[]')"
is "the list's signed alert is its author's" signature \
    "$(of list .sender.evidence)"

# indicators name: of that mail, in one line
indicators() {
	noroshi message show "$(awk -F'\t' -v f="$1" '$1 == f { print $4 }' \
	    "$TEST_TMP/map")" --json | jq -r '[.indicators[].value] | sort |
	    join(" ")'
}
lure="192.0.2.66 bank@example.net https://login.example.net/x"
lure="$lure login.example.net"
is "mail that is passed on shows who lured" "$lure" "$(indicators suspicious)"
is "also where it is a file" "$lure" "$(indicators suspicious-file)"
is "it says nothing of its sender" "address alice@partner.example" \
    "$(of suspicious '"\(.sender.evidence) \(.from.address)"')"
is "our own mail accuses nobody" "" "$(indicators ours-inside)"
is "nor does one that came back" "" "$(indicators dsn)"

if [ -z "${NOROSHI_CORPUS-}" ] || [ ! -d "$NOROSHI_CORPUS/sisimai" ]; then
	skip "mail of real systems" "NOROSHI_CORPUS names no folder"
	tap_end
	exit
fi
cd "$NOROSHI_CORPUS" || exit 1

# Without an envelope: only the mail itself tells.
ls sisimai/*.eml arf/dmarc-feedback/*.eml arf/tlsrpt/*.eml arf/arf/*.eml \
    >"$TEST_TMP/files"
xargs -d '\n' noroshi receive <"$TEST_TMP/files" >"$TEST_TMP/ids"
ok "the mail of real systems is processed" once
noroshi message list --json >"$TEST_TMP/list"
paste "$TEST_TMP/files" "$TEST_TMP/files" "$TEST_TMP/files" "$TEST_TMP/ids" \
    >"$TEST_TMP/map"
# others pattern kind: the files of it that are of another kind
others() {
	grep -E "^$1" "$TEST_TMP/files" | while read -r file; do
		got=$(of "$file" .classification.kind)
		[ "$got" = "$2" ] || echo "$file: $got"
	done
}
is "each bounce is one" "" "$(others 'sisimai/(lhost|rfc3464)-' bounce)"
is "each feedback report is a report" "" \
    "$(others '(sisimai/arf-|arf/arf/)' report)"
is "each DMARC or TLS report is a notification" "" \
    "$(others 'arf/(dmarc-feedback|tlsrpt)/' notification)"
is "each automatic reply is one" "" "$(others 'sisimai/rfc3834-' auto-reply)"

# What a feedback report says, as another reader read it.
for json in arf/arf/*.json; do
	file=${json%.json}.eml
	want=$(jq -r '{Abuse: "spam", Fraud: "phishing", Virus: "malware",
	    AuthFailure: "forged-mail"}[.feedback_type] // "null"' "$json")
	is "$file: $want" "$want" "$(of "$file" .classification.category)"
	noroshi message show "$(awk -F'\t' -v f="$file" '$1 == f { print $4 }' \
	    "$TEST_TMP/map")" --json |
	    jq -r '.indicators[].value' >"$TEST_TMP/found"
	# .example is no public suffix
	is "$file: what it names are indicators" "" \
	    "$(jq -r '.source_ip, (.reported_uri[] | select(test("^http"))),
	    (.original_mail_from | if . then gsub("[<>]"; "") else . end) |
	    select(.)' "$json" | grep -v '@.*[.]example$' |
	    grep -vxFf "$TEST_TMP/found")"
done

# X-ARF: version 3 in the frame of ARF, version 4 as a file beside a text.
framed() {
	parts multipart/report 'report-type=feedback-report' "$text" \
	    'Content-Type: message/feedback-report\n\nFeedback-Type: xarf\nUser-Agent: x/1\nVersion: 1\n' |
	    sed '/^--b--$/d'
	printf -- '--b\nContent-Type: application/json; name=xarf.json\n'
	printf 'Content-Transfer-Encoding: base64\n\n'
	base64 "$1"
	printf -- '--b--\n'
}
beside() {
	parts multipart/mixed 'x=y' "$text" | sed '/^--b--$/d'
	printf -- '--b\nContent-Type: application/json; name=xarf.json\n'
	printf 'Content-Transfer-Encoding: base64\n\n'
	base64 "$1"
	printf -- '--b--\n'
}
find xarf -name '*.json' | LC_ALL=C sort >"$TEST_TMP/files"
while read -r file; do
	frame=beside
	jq -e '.Version' "$file" >/dev/null 2>&1 && frame=framed
	{ top "X-ARF <xarf@isp.example>" "$file"
	  $frame "$file"; } >"$TEST_TMP/one"
	noroshi receive --from xarf@isp.example "$TEST_TMP/one"
done <"$TEST_TMP/files" >"$TEST_TMP/ids"
is "every X-ARF sample is taken in" "$(wc -l <"$TEST_TMP/files")" \
    "$(wc -l <"$TEST_TMP/ids")"
ok "and processed" once
noroshi message list --json >"$TEST_TMP/list"
paste "$TEST_TMP/files" "$TEST_TMP/files" "$TEST_TMP/files" "$TEST_TMP/ids" \
    >"$TEST_TMP/map"
is "each is a report" "" "$(others xarf/ report)"
jq -r '.[] | [.id, (.warnings | index("xarf-invalid") != null),
    .classification.category, .classification.rsit] | @tsv' \
    "$TEST_TMP/list" | sort >"$TEST_TMP/read"
awk -F'\t' '{ print $4 "\t" $1 }' "$TEST_TMP/map" | sort |
    join -t '	' - "$TEST_TMP/read" >"$TEST_TMP/judged"
is "good ones are valid, the others not" "" \
    "$(awk -F'\t' '($2 ~ /negative|invalid/) != ($3 == "true") { print $2 }' \
	"$TEST_TMP/judged")"
is "each good one has its class" "" \
    "$(awk -F'\t' '$3 == "false" && $5 == "" { print $2 }' \
	"$TEST_TMP/judged")"
# names path: the indicators of its message
names() {
	noroshi message show "$(awk -F'\t' -v f="$1" '$2 == f { print $1 }' \
	    "$TEST_TMP/judged")" --json | jq -r '.indicators[].value'
}
for file in xarf/v3/positive/3/phishing_sample.json \
    xarf/spec/v3/botnet_v3_sample.json xarf/spec/v4/connection-ddos.json \
    xarf/spec/v4/content-malware.json; do
	names "$file" >"$TEST_TMP/found"
	is "$file: its sources are indicators" "" "$(jq -r '.Report.SourceIp,
	    .Report.SourceUrl, .Report.Source?.IP, .source_identifier, .url |
	    select(.)' "$file" | grep -vxFf "$TEST_TMP/found")"
done
is "ports are scanned, logins tried, sites compromised" \
    "dos availability:ddos
scan information-gathering:scanner
scan intrusion-attempts:brute-force
intrusion intrusions:system-compromise
phishing fraud:phishing" "$(for name in ddos port-scan login-attack; do
	awk -F'\t' -v f="xarf/spec/v4/connection-$name.json" \
	    '$2 == f { print $4, $5 }' "$TEST_TMP/judged"
done
awk -F'\t' '$2 ~ /spec\/v4\/(content-phishing|infrastructure-compromised)/ {
    print $4, $5 }' "$TEST_TMP/judged" | sort)"
tap_end
