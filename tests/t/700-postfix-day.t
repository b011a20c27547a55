#!/bin/sh
# The whole day by mail alone: all of it comes in by SMTP to a real Postfix,
# which pipes it to the gateway, and leaves by SMTP into everybody's Maildir.
# doc/POSTFIX.md shows this set-up.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/postfix.sh"

# Postfix pipes to a user that is neither root nor its own.
NOBODY="--reuid=65534 --regid=65534 --clear-groups"
missing=$(mx_missing)
# shellcheck disable=SC2086
if [ -z "$missing" ]; then
	if [ ! -x /usr/sbin/smtp-source ]; then
		missing="Postfix's smtp-source is not installed"
	elif ! setpriv $NOBODY sh -c '"$0" --version' "$builddir/noroshi" >/dev/null 2>&1; then
		missing="other users cannot run the programs in $builddir"
	fi
fi
if [ -n "$missing" ]; then
	echo "1..0 # SKIP $missing"
	exit 0
fi
day_cleanup() {
	status=$?
	[ -z "${KEEP-}" ] || [ -z "${MX_PID-}" ] || cp "$MX/mail.log" /tmp
	mx_stop
	(exit $status)
	test_cleanup
}
trap day_cleanup EXIT

# shellcheck disable=SC2086
noroshi() { setpriv $NOBODY noroshi "$@"; }

STAFF="taro@example.org hanako@example.org ken@example.org"
BANKS=$(seq -f csirt@bank%g.example 5)
OTHERS="rika@client.example jiro@nokey.example desk@ncc.example \
psirt@vendor.example mallory@finder.example else@other.example"

# shown file: what doc/POSTFIX.md writes into that file of Postfix's, with the
# paths and the user of this test
shown() {
	awk -v file="### \`$1\`" '
	/^#/ { on = $0 == file; seen = 0; next }
	on && sub(/^    /, "") { print; seen = 1; next }
	seen { on = 0 }' "$top_srcdir/doc/POSTFIX.md" |
	    sed -e "s|/usr/local/bin/|$builddir/|" \
		-e "s|/var/lib/noroshi/noroshi.conf|$NOROSHI_CONF|" \
		-e "s|user=noroshi|user=nobody|" -e "s|/etc/postfix|$MX/etc|"
}

# what the page says, and a Maildir for everybody else
mx_day() {
	shown master.cf >>"$MX/etc/master.cf"
	shown main.cf >>"$MX/etc/main.cf"
	shown transport >"$MX/etc/transport"
	cat >>"$MX/etc/master.cf" <<-EOT
	# where strangers come in: smtp-source knows no TLS
	127.0.0.3:$MX_PORT inet n - n - - smtpd
	  -o smtpd_tls_security_level=none
	EOT
	for who in $TEAM banks@example.org $STAFF $OTHERS $BANKS; do
		echo "$who $who/"
	done >"$MX/etc/mailboxes"
	postconf -c "$MX/etc" "virtual_mailbox_domains = $(sed \
	    's/.*@\([^ ]*\) .*/\1/' "$MX/etc/mailboxes" | sort -u | tr '\n' ' ')"
}

# smtp file: that mail, from its Return-Path to its To
smtp() {
	from=$(sed -n 's/^Return-Path: <\(.*\)>/\1/p' "$1" | head -n 1)
	to=$(world_address "$(sed -n 's/^To: //p' "$1" | head -n 1)")
	/usr/sbin/smtp-source -F "$1" -f "$from" -t "$to" \
	    "127.0.0.3:$MX_PORT" >>"$TEST_TMP/smtp.log" 2>&1 || return 1
	expected=$((expected + 1))
}
expected=0

# settle: until all that came is judged, and all that may leave has left
settle() { wait_for 60 is_settled; }
is_settled() {
	noroshi message list --json >"$TEST_TMP/list"
	noroshi queue list --json >"$TEST_TMP/queue"
	jq -e -n --argjson n $expected --slurpfile m "$TEST_TMP/list" \
	    --slurpfile q "$TEST_TMP/queue" '
	    ([$m[0][] | select(.direction == "in" and
		.state != "received")] | length) >= $n and
	    all($m[0][]; .direction == "in" or .state != "queued") and
	    all($q[0][]; .state != "queued")'
}

# delivered: until Postfix's queue is empty
delivered() {
	wait_for 20 is_delivered || {
		postqueue -c "$MX/etc" -j
		return 1
	}
}
is_delivered() { [ -z "$(postqueue -c "$MX/etc" -j)" ]; }

# decoded: that entity's text
decoded() {
	tr -d '\r' >"$TEST_TMP/entity"
	sed '/^$/q' "$TEST_TMP/entity"
	if sed '/^$/q' "$TEST_TMP/entity" | grep -qx \
	    'Content-Transfer-Encoding: base64'; then
		sed '1,/^$/d' "$TEST_TMP/entity" | base64 -d | tr -d '\r'
	else
		sed -e '1,/^$/d' -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' \
		    "$TEST_TMP/entity"
	fi
}

# read_all: every mail, as its reader has it, in $PLAIN/who/, and what their gpg
# said of it in $STATUS/who/
PLAIN=$TEST_TMP/plain
STATUS=$TEST_TMP/status
read_all() {
	for mail in "$MX"/mail/*/new/*; do
		who=${mail#"$MX/mail/"}
		who=${who%%/*}
		plain=$PLAIN/$who/${mail##*/}
		[ ! -e "$plain" ] || continue
		mkdir -p "$PLAIN/$who" "$STATUS/$who"
		: >"$WORLD/status"
		if grep -q '^-----BEGIN PGP MESSAGE' "$mail"; then
			world_read "$who" "$mail"
		else # its first part
			awk '/^--/ { if (on) exit; on = 1; next } on' "$mail"
		fi | decoded >"$plain"
		cp "$WORLD/status" "$STATUS/$who/${mail##*/}"
	done
}
plain_of() { ls -d "$PLAIN/$1"/*; }

# these look into Maildirs here
day_copy() {
	# shellcheck disable=SC2046
	grep -El "^(Message|メッセージ番号): $(day_number "$2")\$" $(plain_of "$1") |
	    sed "s|^$PLAIN/$1/|$MX/mail/$1/new/|" | head -n 1
}
day_reply_address() {
	sed -n 's/.*\(csirt+r[^ ]*\)$/\1/p' \
	    "$PLAIN/$1/$(basename "$(day_copy "$1" "$2")")" | head -n 1
}
day_answer_address() {
	# shellcheck disable=SC2046
	sed -n 's/^Reply-To:.*<\(.*\)>.*/\1/p' $(grep -l 'taken the page down' \
	    $(plain_of rika@client.example))
}

chown 65534 "$TEST_TMP"
chmod 711 "$TEST_TMP" "$WORLD"
ok "a gateway is made" gateway_new
ok "staff get contacts and keys" gateway_staff
ok "so do the people outside" day_people
ok "and a community of five banks" day_community
world_know "$WORLD/team.asc"
ok "a Postfix of our own is made" mx_new
ok "which pipes the team's mail to the gateway" mx_day
cat >>"$NOROSHI_CONF" <<EOT
recall = 0;
transport = "smtp";
EOT
for setting in 'host = "127.0.0.1"' "port = $MX_PORT" \
    "ca_file = \"$MX/ca.pem\""; do
	sed -i "s|^\(\t*\)#${setting%% *} = .*|\1$setting;|" "$NOROSHI_CONF"
done
ok "Postfix starts" mx_start
# shellcheck disable=SC2086
daemon_run setpriv $NOBODY

for name in $day_names; do
	day_mail "$name" >"$WORLD/$name.eml"
	# what is answered is there before its answer
	case $name in
	reply-*) settle ;;
	esac
	smtp "$WORLD/$name.eml" || echo "# Postfix refuses $name"
done
is "Postfix takes every mail" 15 "$expected"
ok "all of it is judged" settle
ok "and all that leaves is in Maildirs" delivered
read_all
for name in $team_names; do
	day_mail "$name" >"$WORLD/$name.eml"
	smtp "$WORLD/$name.eml" || echo "# Postfix refuses $name"
	settle && delivered
	read_all
done
is "also the team's own" 20 "$expected"
# --- how it was judged
jq -r '.[] | select(.direction == "in") | [
    (.message_id // .state | sub("^<"; "") |
	sub("@day.example>$"; "")), .encryption,
    ([.signatures[] | "\(.status)/\(.covers)"] | join(",") |
	if . == "" then "-" else . end),
    .sender.class, .sender.evidence, .classification.kind,
    .tlp.effective] | join(" ")' "$TEST_TMP/list" | LC_ALL=C sort >"$TEST_TMP/judged"
LC_ALL=C sort >"$TEST_TMP/expected" <<-EOT
report-encrypted whole good/whole constituent signature report AMBER
report-japanese none - public none report AMBER
vulnerability-signed none good/whole vendor signature vulnerability AMBER
report-inline whole good/whole constituent signature report AMBER
reply-hidden-subject whole good/whole constituent signature reply AMBER
coordinator-amber whole good/whole coordinator signature advisory AMBER
coordinator-red whole good/whole coordinator signature report RED
coordinator-forged none good/whole public none report AMBER
tampered failed - public address report AMBER
not-for-us failed - public address report AMBER
auto-reply none - public address auto-reply AMBER
bounce none - public none bounce AMBER
advisory-clearsigned none good/whole coordinator signature advisory GREEN
quarantined none - public none report AMBER
reply-plain none - public none reply AMBER
staff-comment whole good/whole staff signature reply AMBER
staff-answer whole good/whole staff signature report AMBER
staff-breaks-label whole good/whole staff signature report AMBER
poc-advisory whole good/whole staff signature report GREEN
reporter-returns whole good/whole constituent signature report AMBER
EOT
ok "each is there once, and judged as it was without a mail server" \
    diff "$TEST_TMP/expected" "$TEST_TMP/judged"

# --- who got what
cat >"$TEST_TMP/expected" <<-EOT
csirt@bank1.example 1
csirt@bank2.example 1
csirt@bank3.example 1
csirt@bank4.example 1
csirt@bank5.example 1
desk@ncc.example 1
hanako@example.org 19
jiro@nokey.example 1
ken@example.org 18
psirt@vendor.example 1
rika@client.example 4
taro@example.org 19
EOT
for who in "$MX"/mail/*; do
	echo "${who##*/} $(ls "$who/new" | wc -l)"
done >"$TEST_TMP/maildirs"
ok "everybody has the mail that is theirs, and nobody any other" \
    diff "$TEST_TMP/expected" "$TEST_TMP/maildirs"
jq -r '.[] | .recipient + " " + .state' "$TEST_TMP/queue" | sort | uniq -c |
    awk '{ print $2, ($3 == "sent") ? $1 : $3 }' >"$TEST_TMP/sent"
ok "the gateway's queue says the same" diff "$TEST_TMP/sent" "$TEST_TMP/maildirs"
# Jiro has no key; the vendor's report came in clear, and so goes its receipt.
bad=0 opened=0
for status in "$STATUS"/*/*; do
	case $status in
	"$STATUS/jiro@"* | "$STATUS/psirt@"*) continue ;;
	esac
	if [ "$(grep -c ' ENC_TO ' "$status")" -eq 1 ] &&
	    grep -q 'GOODSIG .* Example CSIRT' "$status" &&
	    grep -q DECRYPTION_OKAY "$status" && grep -q GOODMDC "$status"; then
		opened=$((opened + 1))
	else
		echo "# not opened: $status"
		bad=$((bad + 1))
	fi
done
is "each opens with its reader's own gpg, is the team's, has one reader" \
    "66 0" "$opened $bad"
is "the PoC and the deputy have all fourteen that could be read" "14 14" \
    "$(for who in taro ken; do
	for name in $day_names; do
		day_copy $who@example.org "$name"
	done | wc -l
done | tr '\n' ' ' | sed 's/ $//')"
is "the handler has the coordinator's AMBER and not their RED" "1 0" \
    "$(for name in coordinator-amber coordinator-red; do
	day_copy hanako@example.org $name | wc -l
done | tr '\n' ' ' | sed 's/ $//')"

# --- acknowledgements
mail=$(mx_mails jiro@nokey.example)
plain=$(plain_of jiro@nokey.example)
ok "Jiro's acknowledgement gives the number, in Japanese" \
    grep -q "受付番号: $(day_case report-japanese)" "$plain"
ok "and quotes nothing" not grep -q 'ポート\|198\.51\.100' "$plain"
ok "it is automatic" grep -qx 'Auto-Submitted: auto-replied' "$mail"
is "from the null sender" "Return-Path: <>" "$(grep '^Return-Path:' "$mail")"
# shellcheck disable=SC2046
plain=$(grep -l "受付番号: $(day_case report-encrypted)" \
    $(plain_of rika@client.example))
mail=$MX/mail/rika@client.example/new/${plain##*/}
ok "Rika's is encrypted" grep -q '^Content-Type: multipart/encrypted' "$mail"
ok "under a subject that says nothing" grep -qx 'Subject: \[\.\.\.\]' "$mail"
is "from the null sender too" "Return-Path: <>" "$(grep '^Return-Path:' "$mail")"

# --- the team's own
# shellcheck disable=SC2046
plain=$(grep -l 'taken the page down' $(plain_of rika@client.example))
ok "Ken's answer reaches Rika as the team's" grep -qx \
    'From: Example CSIRT <csirt@example.org>' "$plain"
ok "without a word of Ken" not grep -Eqi 'ken deputy|ken@|090-0000|thunderbird' \
    "$plain"
is "Ken's comment stays inside, in the case" "$(day_case report-encrypted)" \
    "$(day_case staff-comment)"
# shellcheck disable=SC2046
ok "what breaks the coordinator's label is refused, and Ken told why" \
    grep -q 'desk@ncc.example: refuse (downgrade): TLP:AMBER is below' \
    $(plain_of ken@example.org)
is "Rika's answer to a plus address is in the case" \
    "$(day_case report-encrypted)" "$(day_case reporter-returns)"
banks=0
for bank in $BANKS; do
	plain=$(plain_of "$bank")
	grep -q verify.php "$plain" &&
	    grep -Eqx 'Subject: \[EX-A1\] TLP:GREEN Phishing against banks' \
		"$plain" &&
	    [ "$(grep -cx TLP:GREEN "$plain")" -eq 1 ] &&
	    ! grep -q 'bank[1-5].example' "$plain" && banks=$((banks + 1))
done
is "five banks have the advisory, under one label, and no other's name" \
    5 "$banks"

# --- and no more
is "Postfix piped each mail once" 20 \
    "$(grep -c 'relay=noroshi.*status=sent' "$MX/mail.log")"
is "it delivered each once" 68 \
    "$(grep -c 'relay=virtual.*status=sent' "$MX/mail.log")"
is "it bounced and deferred none" "" \
    "$(grep -E 'status=(bounced|deferred)|postfix/bounce|sender non-del' \
    "$MX/mail.log")"
is "its queue is empty" "" "$(postqueue -c "$MX/etc" -j 2>&1)"
ok "the audit chain verifies" noroshi audit verify
ok "noroshid ends well" daemon_end
mx_stop
ok "nothing of it is left running" no_process_left
tap_end
