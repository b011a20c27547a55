#!/bin/sh
# What a real Postfix says to mail, and does with it: it wants a login, puts off,
# refuses, is slow or away, and returns what it took. And what is left of it when
# our processes are killed.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/postfix.sh"

# Postfix pipes to a user that is neither root nor its own.
NOBODY="--reuid=65534 --regid=65534 --clear-groups"
missing=$(mx_missing)
# shellcheck disable=SC2086
if [ -z "$missing" ] &&
    ! setpriv $NOBODY sh -c '"$0" --version' "$builddir/noroshi" >/dev/null 2>&1; then
	missing="other users cannot run the programs in $builddir"
fi
if [ -n "$missing" ]; then
	echo "1..0 # SKIP $missing"
	exit 0
fi
delivery_cleanup() {
	status=$?
	[ -z "${KEEP-}" ] || [ -z "${MX_PID-}" ] || cp "$MX/mail.log" /tmp
	[ -z "${DAEMON-}" ] || kill "$DAEMON" 2>/dev/null
	mx_stop
	(exit $status)
	test_cleanup
}
trap delivery_cleanup EXIT

# shellcheck disable=SC2086
noroshi() { setpriv $NOBODY noroshi "$@"; }
# shellcheck disable=SC2086
once() {
	timeout 600 setpriv $NOBODY noroshid -c "$NOROSHI_CONF" --once \
	    >>"$TEST_TMP/daemon.log" 2>&1
}

# answer ADDRESS: prints its number
answer() {
	label=GREEN
	[ "$1" != rika@client.example ] || label=AMBER
	printf 'We look into it.\n' | noroshi send --case "$CASE" --tlp $label \
	    --to "$1"
}
# last ADDRESS FILTER: of the newest delivery to them
last() {
	noroshi queue list --json | jq -r --arg to "$1" \
	    "[.[] | select(.recipient == \$to)] | last | $2"
}
audits() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }
# access ADDRESS ACTION, from now on
access() {
	sed -i "/^$1 /d" "$MX/etc/access"
	[ -z "${2-}" ] || echo "$1 $2" >>"$MX/etc/access"
	postfix -c "$MX/etc" reload >>"$MX/postfix.out" 2>&1
}

mx_delivery() {
	mx_new || return 1
	MXA_PORT=$(server_port)
	MXW_PORT=$(server_port)
	mx_mailbox taro hanako ken
	for who in rika@client.example desk@ncc.example psirt@vendor.example \
	    csirt@bank1.example; do
		echo "$who $who/"
	done >>"$MX/etc/mailboxes"
	cat >"$MX/etc/transport" <<-END
	csirt@example.org noroshi:
	gone.example gone:
	END
	cat >>"$MX/etc/main.cf" <<-END
	recipient_delimiter = +
	transport_maps = texthash:$MX/etc/transport
	relay_domains = gone.example
	smtpd_end_of_data_restrictions =
	 check_recipient_access texthash:$MX/etc/content
	END
	echo "psirt@vendor.example 554 5.7.1 not such content" \
	    >"$MX/etc/content"
	echo "csirt@example.org csirt/" >>"$MX/etc/mailboxes"
	postconf -c "$MX/etc" "virtual_mailbox_domains = example.org \
client.example ncc.example vendor.example bank1.example"
	cat >>"$MX/etc/master.cf" <<-END
	noroshi unix - n n - 4 pipe
	  flags=q user=nobody null_sender=
	  argv=$builddir/noroshi -c $NOROSHI_CONF receive
	    --from=\${sender} --to=\${recipient}
	gone unix - n n - - pipe flags=q user=nobody argv=/bin/sh -c { exit 67 }
	127.0.0.1:$MXA_PORT inet n - n - - smtpd
	  -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes
	  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
	127.0.0.1:$MXW_PORT inet n - n - - smtpd
	  -o smtpd_delay_reject=no
	  -o { smtpd_sender_restrictions = sleep 20 }
	END
}

# a login of its own kind, for Postfix's user to read; Debian's looks there
mx_login() {
	mkdir -p "$MX/etc/sasl" && chmod 711 "$MX/etc/sasl" || return 1
	cat >"$MX/etc/sasl/smtpd.conf" <<-END
	pwcheck_method: auxprop
	auxprop_plugin: sasldb
	sasldb_path: $MX/etc/sasl/db
	mech_list: PLAIN LOGIN CRAM-MD5
	END
	chmod 644 "$MX/etc/sasl/smtpd.conf"
	echo "correct horse" | saslpasswd2 -p -c -f "$MX/etc/sasl/db" \
	    -u localhost csirt && chown postfix "$MX/etc/sasl/db"
}

# --- a gateway and its server ---------------------------------------------------
chown 65534 "$TEST_TMP"
chmod 711 "$TEST_TMP" "$WORLD"
ok "a gateway is made" gateway_new
ok "staff get contacts and keys" gateway_staff
ok "so do the people outside" day_people
world_know "$WORLD/team.asc"
gateway_silent
ok "a Postfix of our own is made" mx_delivery
cat >>"$NOROSHI_CONF" <<EOT
recall = 0;
workers = 1;
second_person = "contact";
EOT
gateway_conf transport '"smtp"'
gateway_conf host '"127.0.0.1"'
gateway_conf port "$MX_PORT"
gateway_conf ca_file "\"$MX/ca.pem\""
gateway_conf timeout 60
! command -v saslpasswd2 >/dev/null || ok "which knows a login" mx_login
ok "Postfix starts" mx_start
day_mail report-encrypted | noroshi receive --from rika@client.example >/dev/null
once
CASE=$(day_case report-encrypted)

# --- a login ----------------------------------------------------------------------
if command -v saslpasswd2 >/dev/null; then
	gateway_conf port "$MXA_PORT"
	answer rika@client.example >/dev/null
	once
	ok "a server that wants a login gets no mail without" sh -c \
	    "echo '$(last rika@client.example .last_error)' | grep -q 'Access denied'"
	echo "wrong horse" >"$G/password"
	chown 65534 "$G/password"
	chmod 600 "$G/password"
	sed -i 's/^\t#user = .*/\tuser = "csirt@localhost";/
	    s/^\t#password_file = .*/\tpassword_file = "password";/' "$NOROSHI_CONF"
	answer rika@client.example >/dev/null
	once
	ok "a wrong password is tried again" sh -c "echo '$(last \
	    rika@client.example '"\(.state) \(.last_error)"')' |
	    grep -q 'queued 127.0.0.1: authentication was refused: 535'"
	echo "correct horse" >"$G/password"
	noroshi queue retry "$(last rika@client.example .id)" >/dev/null
	once
	is "the right one is taken" sent "$(last rika@client.example .state)"
	ok "by Cyrus SASL" grep -q \
	    "client=.* sasl_method=.*, sasl_username=csirt@localhost" "$MX/mail.log"
	sed -i '/^\tuser = /d; /^\tpassword_file = /d' "$NOROSHI_CONF"
	gateway_conf port "$MX_PORT"
else
	skip "a login" "sasl2-bin is not installed"
fi

# --- now, later, never: by recipient ------------------------------------------------
access desk@ncc.example "DEFER_IF_PERMIT 4.2.0 greylisted, come again"
access rika@client.example "550 5.1.1 Rika has left"
answer desk@ncc.example >/dev/null
answer rika@client.example >/dev/null
answer psirt@vendor.example >/dev/null
answer taro@example.org >/dev/null
once
is "one that is put off waits" "queued 1" \
    "$(last desk@ncc.example '"\(.state) \(.attempts)"')"
ok "with the server's words" sh -c "echo '$(last desk@ncc.example \
    .last_error)' | grep -q 'RCPT TO: 450 4.2.0 .*greylisted'"
is "one that is refused has failed" failed "$(last rika@client.example .state)"
is "so has one that is refused when it was whole" failed \
    "$(last psirt@vendor.example .state)"
ok "in words for that" sh -c "echo '$(last psirt@vendor.example \
    .last_error)' | grep -q 'the mail: 554 5.7.1 .*not such content'"
is "which stops no other" sent "$(last taro@example.org .state)"
ok "all of it in one session" sh -c "grep -c 'disconnect from .* mail=[4-9]' \
    '$MX/mail.log' | grep -q '[1-9]'"
access desk@ncc.example
noroshi queue retry "$(last desk@ncc.example .id)" >/dev/null
once
is "who comes again gets in" "sent 2" \
    "$(last desk@ncc.example '"\(.state) \(.attempts)"')"
access rika@client.example
gateway_conf timeout 2
gateway_conf port "$MXW_PORT"
answer desk@ncc.example >/dev/null
once
is "a server that is too slow is left" "queued 127.0.0.1: no answer in time" \
    "$(last desk@ncc.example '"\(.state) \(.last_error)"')"
gateway_conf port "$MX_PORT"
gateway_conf timeout 60

# --- what comes back -----------------------------------------------------------------
day_key() {
	world_key "$1" "$2" && noroshi contact add "$1" --address "$2" \
	    --class partner --verified met --key "$WORLD/$2.asc" >/dev/null &&
	    noroshi community join banks "$2"
}
noroshi community add banks --address banks@example.org --max-label AMBER \
    --default-label GREEN >/dev/null
ok "a community has a member" day_key "Bank 1" csirt@bank1.example
ok "and one without a mailbox" day_key "Bank Gone" csirt@gone.example
printf 'Patch.\n' | noroshi advisory send --community banks --tlp GREEN \
    --subject Patch --urgent >/dev/null
once
# the bounce of the second may be there already
is "both copies leave" 2 "$(noroshi audit log --json | jq '[.[] |
    select(.event == "delivery.sent" and
	(.detail.recipient | test("@(bank1|gone)\\.example$")))] | length')"
path=$(sed -n 's/^Return-Path: <\(.*\)>/\1/p' \
    "$MX/mail/csirt@bank1.example/new/"*)
ok "with a return path that names the copy" sh -c "echo '$path' |
    grep -Eq '^csirt[+]b$(last csirt@bank1.example .id)-[a-z2-7]{16}@example.org\$'"
bounced() { # Postfix makes it and hands it over in its own time
	once
	[ "$(audits delivery.bounced)" -ge 1 ]
}
wait_for 10 bounced
is "Postfix's own bounce fails the copy that came back" \
    "failed bounced: 5.1.1" "$(last csirt@gone.example \
    '"\(.state) \(.last_error)"' | cut -c 1-21)"
is "and no other" sent "$(last csirt@bank1.example .state)"
is "it is booked once" 1 "$(audits delivery.bounced)"
ok "doctor names whose mail comes back" sh -c \
    "setpriv $NOBODY noroshi doctor | grep -q 'mail to csirt@gone.example fails for good (1 so far): bounced: 5.1.1'"
ok "and whose is refused" sh -c \
    "setpriv $NOBODY noroshi doctor | grep -q 'mail to rika@client.example fails for good'"
is "who wrote it is told" sent "$(noroshi queue list --json |
    jq -r '[.[] | select(.kind == "notice")] | last | .state')"
bounce=$(noroshi message list --json | jq -r \
    '[.[] | select(.classification.kind == "bounce")] | last | .id')
noroshi message raw "$bounce" >"$WORLD/bounce"
sed -e "s/gone\.example/bank1.example/g; s/^Message-ID: <[^@]*@localhost/&x/
    s/csirt+b[^@]*@/csirt@/; s/^X-Postfix-Queue-ID.*//
    /^Original-Envelope-Id/d" "$WORLD/bounce" |
    noroshi receive --from= --to=csirt@example.org >/dev/null
once
is "a forged one for the other, without its token, changes nothing" "sent 1" \
    "$(last csirt@bank1.example .state) $(audits delivery.bounced)"

# --- away, and back --------------------------------------------------------------------
mx_stop
# shellcheck disable=SC2086
daemon_run setpriv $NOBODY
for i in 1 2 3 4; do
	answer desk@ncc.example >/dev/null
done
wait_for 10 grep -q "server is not reached" "$DAEMON_LOG"
sleep 1
queued=$(noroshi queue list --state queued --json |
    jq '[.[] | select(.recipient == "desk@ncc.example" and .attempts == 0)] | length')
ok "a server that is away is not tried by each copy" test "$queued" -ge 1
before=$(mx_mails desk@ncc.example | wc -l)
ok "it comes back" mx_start
# shellcheck disable=SC2046
noroshi queue retry $(noroshi queue list --state queued --json |
    jq -r '.[].id') >/dev/null
ok "and gets all that waited" mx_wait desk@ncc.example $((before + 5))
daemon_end

# --- killed ------------------------------------------------------------------------------
sed -i 's/^#delivers = .*/delivers = 2;/' "$NOROSHI_CONF"
for i in $(seq 12); do
	answer desk@ncc.example >/dev/null
done
# shellcheck disable=SC2086
daemon_run setpriv $NOBODY
kills=0
while [ $kills -lt 8 ]; do
	for role in deliver queue; do
		pid=$(pid_of $role | head -n 1)
		[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
		kills=$((kills + 1))
		sleep 0.2
	done
done
looks=0
drained() {
	[ "$(noroshi queue list --state queued --json | jq length)" -ne 0 ] ||
	    return 0
	# one that was under way may wait a minute for its next try
	looks=$((looks + 1))
	# shellcheck disable=SC2046
	[ $((looks % 20)) -ne 0 ] || noroshi queue retry $(noroshi queue list \
	    --state queued --json | jq -r '.[].id')
	return 1
}
wait_for 60 drained
daemon_end
is "after kills of queue and deliver nothing waits" 0 \
    "$(noroshi queue list --state queued --json | jq length)"
sent=$(noroshi queue list --state sent --json |
    jq '[.[] | select(.recipient == "desk@ncc.example")] | length')
arrived() {
	all=$(mx_mails desk@ncc.example | xargs sed -n 's/^Message-ID: //p' |
	    sort -u | wc -l)
	[ "$all" -eq "$sent" ]
}
wait_for 10 arrived
is "each copy arrived" "$sent" "$all"
twice=$(($(mx_mails desk@ncc.example | wc -l) - all))
ok "and at most the copy in hand twice ($twice)" test "$twice" -le $kills
ok "the audit chain verifies" noroshi audit verify
tap_end
