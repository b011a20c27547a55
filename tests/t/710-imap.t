#!/bin/sh
# Mail from a real Dovecot: over TLS that proves its name, each message once,
# and moved away only when it is ours, whoever dies meanwhile.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/dovecot.sh"
. "$top_srcdir/tests/lib/dying.sh"

missing=$(dc_missing)
if [ -n "$missing" ]; then
	echo "1..0 # SKIP $missing"
	exit 0
fi
imap_cleanup() {
	status=$?
	[ -z "${KEEP-}" ] || cp "$DC/log" "$TEST_TMP/daemon.log" /tmp
	[ -z "${DAEMON-}" ] || kill "$DAEMON" 2>/dev/null
	dc_stop
	wait
	(exit $status)
	test_cleanup
}
trap imap_cleanup EXIT

# shown file: what doc/DOVECOT.md writes into that file
shown() {
	awk -v file="### \`$1\`" '
	/^#/ { on = $0 == file; seen = 0; next }
	on && sub(/^    /, "") { print; seen = 1; next }
	seen && NF { on = 0 }' "$top_srcdir/doc/DOVECOT.md" |
	    sed '/^noroshi\|^systemctl/d'
}

# source settings...: the one source, at the port of TLS
source_is() {
	sed -i '/^intake = (/,/^);/d' "$NOROSHI_CONF"
	cat >>"$NOROSHI_CONF" <<-EOT
	intake = (
		{ type = "imap"; host = "127.0.0.1"; user = "csirt@example.org";
		  $* }
	);
	EOT
}

# mail subject [bytes]: a mail with CRLF line ends on standard output
mail() {
	printf 'Return-Path: <rika@client.example>\r\n'
	printf 'Delivered-To: csirt@example.org\r\n'
	printf 'From: rika@client.example\r\nTo: csirt@example.org\r\n'
	printf 'Subject: %s\r\nMessage-ID: <%s@client.example>\r\n\r\n' \
	    "$1" "$1"
	[ -z "${2-}" ] || head -c "$2" /dev/zero | tr '\0' x | fold -w 76 |
	    sed 's/$/\r/'
	printf 'the end\r\n'
}

# what once and the daemon say
DAEMON_LOG=$TEST_TMP/daemon.log

# messages: how many the gateway has
messages() { noroshi message list --json | jq length; }

# said text: in the daemon's log since the last forget
forget() { : >"$TEST_TMP/daemon.log"; }
said() { grep -q "$1" "$TEST_TMP/daemon.log"; }

has() { [ "$(messages)" -eq "$1" ]; }

ok "a Dovecot of our own has its certificate" dc_new
IMAPS="port = $DC_TLS_PORT; ca_file = \"$DC/ca.pem\";
password_file = \"password\";"
ok "a gateway is made" gateway_new
gateway_silent
echo "$DC_PASSWORD" >"$G/password"
chmod 600 "$G/password"
source_is "$IMAPS"
mail first | dc_put
ok "noroshid --once ends well without a server" once
ok "and says what it could not do" said "mail stays at its source:.*refused"

# --- the server proves its name ---------------------------------------------

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj "/CN=127.0.0.1" -addext "subjectAltName = IP:127.0.0.1" -days 2 \
    -keyout "$DC/self.key" -out "$DC/self.pem" 2>>"$DC/openssl.log"
faked() { # faked name: it has been out of date since yesterday
	openssl x509 -req -in "$DC/server.csr" -CA "$DC/ca.pem" \
	    -CAkey "$DC/ca.key" -days -1 -extfile "$DC/server.ext" \
	    -out "$DC/$1.pem" 2>>"$DC/openssl.log" &&
	    cp "$DC/server.key" "$DC/$1.key"
}
ok "there is a certificate that has expired" faked expired
for try in "self self-signed certificate" "elsewhere IP address mismatch" \
    "expired certificate has expired"; do
	DC_CERT=${try%% *}
	dc_configure
	forget
	dc_start
	once
	dc_stop
	ok "a certificate is refused: ${try#* }" \
	    said "mail stays.*127.0.0.1: TLS: ${try#* }"
done
DC_CERT=server
dc_configure
source_is "port = $DC_TLS_PORT; ca_file = \"$DC/other.pem\";
password_file = \"password\";"
ok "Dovecot starts" dc_start
forget
once
ok "so is one of somebody else's CA" \
    said "mail stays.*TLS: unable to get local issuer certificate"
source_is "port = $DC_PORT; tls = \"starttls\"; ca_file = \"$DC/other.pem\";
password_file = \"password\";"
forget
once
ok "and after STARTTLS" said "mail stays.*TLS: unable to get local issuer"
is "Dovecot has heard of nobody up to now" "" "$(grep 'method=' "$DC/log")"
is "and has all its mail" "1 0" "$(dc_mails) $(messages)"

# --- mail -------------------------------------------------------------------

sed -i '/^intake = (/,/^);/d' "$NOROSHI_CONF"
shown noroshi.conf | sed -e 's/imap.example.org/127.0.0.1/' \
    -e 's/imap-password/password/' -e 's/"Abuse"/"Abuse", "Störung"/' \
    -e "s|type = .*|& port = $DC_TLS_PORT; ca_file = \"$DC/ca.pem\";|" \
    >>"$NOROSHI_CONF"
ok "the source is what doc/DOVECOT.md shows" grep -q 'Störung' "$NOROSHI_CONF"
mail second | dc_put
mail second | dc_put .Abuse
mail empty-lines 40 >"$TEST_TMP/umlaut"
dc_put ".St&APY-rung" <"$TEST_TMP/umlaut"
forget
ok "noroshid --once ends well with a server" once
is "each message is one, in whatever mailboxes it lay" 3 "$(messages)"
is "all of them are in the done folder" "0 0 0 4" \
    "$(dc_mails) $(dc_mails .Abuse) $(dc_mails ".St&APY-rung") \
$(dc_mails .Noroshi-done)"
noroshi message raw 3 >"$TEST_TMP/raw" 2>/dev/null
ok "a message is what it was, to the byte" \
    cmp "$TEST_TMP/umlaut" "$TEST_TMP/raw"
is "with the envelope that its MTA wrote" \
    "rika@client.example csirt@example.org imap:csirt@example.org/INBOX" \
    "$(sqlite3 "$G/noroshi.db" "SELECT sender || ' ' || recipient || ' ' ||
	source FROM envelope WHERE message = 1")"

echo 'limits: { message = 3000000; };' >"$TEST_TMP/limits"
sed -i '/^limits:/,/^};/d' "$NOROSHI_CONF"
cat "$TEST_TMP/limits" >>"$NOROSHI_CONF"
mail large 2500000 >"$TEST_TMP/large"
dc_put <"$TEST_TMP/large"
mail too-large 3100000 | dc_put
mail after-it | dc_put
ok "large mail comes in pieces" once
is "and what is too large goes to its own folder" "5 0 6 1" \
    "$(messages) $(dc_mails) $(dc_mails .Noroshi-done) \
$(dc_mails .Noroshi-refused)"
sha=$(sha256sum <"$TEST_TMP/large" | cut -d' ' -f1)
is "byte for byte" 1 "$(sqlite3 "$G/noroshi.db" \
    "SELECT count(*) FROM message WHERE sha256 = '$sha'")"

# --- who we are -------------------------------------------------------------

source_is "port = $DC_PORT; tls = \"starttls\"; ca_file = \"$DC/ca.pem\";
mechanism = \"login\"; password_command = \"cat '$G/password'\";"
mail by-login | dc_put
ok "STARTTLS, LOGIN and a password by a command" once
is "bring it as well" "6 0" "$(messages) $(dc_mails)"
echo "wrong" >"$TEST_TMP/wrong"
chmod 600 "$TEST_TMP/wrong"
source_is "port = $DC_TLS_PORT; ca_file = \"$DC/ca.pem\";
password_file = \"$TEST_TMP/wrong\";"
mail later | dc_put
forget
once
ok "a wrong password is refused" said "mail stays.*refuses name and password"
is "and the mail stays" "6 1" "$(messages) $(dc_mails)"

source_is "port = $DC_PORT; tls = \"off\"; password_file = \"password\";"
noroshi doctor >"$TEST_TMP/doctor" 2>&1
ok "noroshi doctor warns of a connection without TLS" \
    grep -q 'go without TLS' "$TEST_TMP/doctor"

# The command prints what is in a file: an expired token at first.
dc_token -60 >"$TEST_TMP/token"
source_is "port = $DC_TLS_PORT; ca_file = \"$DC/ca.pem\";
poll = 3600;
token_command = \"echo run >>'$TEST_TMP/runs'; cat '$TEST_TMP/token'\";"
forget
ok "the daemon starts" daemon_start
ok "an expired token is refused" \
    wait_for 15 said "imap waits.*refuses the token"
dc_token 600 >"$TEST_TMP/new" && mv "$TEST_TMP/new" "$TEST_TMP/token"
ok "the command is run again, and the new one brings the mail" \
    wait_for 15 has 7
ok "as XOAUTH2" grep -q "method=XOAUTH2" "$DC/log"
secrets_shown() {
	for pid in $DAEMON $(cat "/proc/$DAEMON/task/$DAEMON/children"); do
		grep -laF -e "$(cat "$TEST_TMP/token")" -e "$DC_PASSWORD" \
		    "/proc/$pid/cmdline" "/proc/$pid/environ" 2>/dev/null
	done
}
is "no role has a token or password in its arguments or environment" "" \
    "$(secrets_shown)"

# --- as it comes ------------------------------------------------------------

dc_wait "" 0
# it would look by itself in an hour
mail idle | dc_put
ok "IDLE brings new mail" wait_for 15 has 8
dc_wait "" 0
dc_stop
mail while-down | dc_put
sleep 1
dc_start
ok "Dovecot comes back, and so do we" wait_for 15 has 9
ok "and it is moved away" dc_wait "" 0
# The same mailbox with other numbers: the index is gone.
dc_stop
rm -f "$DC_MAIL"/dovecot* "$DC_MAIL"/.Noroshi-done/dovecot*
mail renumbered | dc_put
dc_start
ok "another UIDVALIDITY is no reason to lose or double anything" \
    wait_for 15 has 10
ok "the daemon stops" daemon_end
is "every message was received once" 10 "$(sqlite3 "$G/noroshi.db" \
    "SELECT count(*) FROM audit WHERE event = 'message.received'")"
ok "the password is in no log and no database" not grep -rqF \
    -e "$DC_PASSWORD" -e "$(cat "$TEST_TMP/token")" \
    "$TEST_TMP/daemon.log" "$G/noroshi.db" "$G/spool"

# --- the done folder again --------------------------------------------------

source_is "$IMAPS again = true;"
mv "$G/noroshi.db" "$TEST_TMP/newer.db"
rm -f "$G"/noroshi.db-*
sqlite3 "$TEST_TMP/newer.db" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
cp "$TEST_TMP/newer.db" "$G/noroshi.db"
sqlite3 "$G/noroshi.db" "SELECT 1" >/dev/null
done_before=$(dc_mails .Noroshi-done)
ok "the done folder is read again" once
is "and stays as it was; what is known is not doubled" "10 $done_before" \
    "$(messages) $(dc_mails .Noroshi-done)"

source_is "$IMAPS"
mkdir -m 700 "$G/spool/again"
echo 1 >"$G/spool/again/since"
known() { grep -c 'registered: .* duplicate=1' "$TEST_TMP/daemon.log"; }
known_before=$(known)
ok "a restore asks for it as well" once
is "all of it is looked at" $((known_before + done_before)) "$(known)"
ok "and then no more" once
is "as it was noted" "2 $((known_before + done_before))" \
    "$(ls "$G/spool/again" | wc -l) $(known)"

# --- death at any moment ----------------------------------------------------

source_is "$IMAPS"
echo 'workers = 1;' >>"$NOROSHI_CONF"
dying_begin
done_before=$(dc_mails .Noroshi-done)
taking() {
	mail "death-$dying_n-a" | dc_put
	dying_once intake "$dying_n" CRASH_WIRE=1
	got="$(messages) $(dc_mails) $(dc_mails .Noroshi-done)"
	[ "$got" = "$((10 + dying_n)) 0 $((done_before + dying_n))" ] ||
	    echo "$got"
}
dying_each 1 1 taking
is "intake may die at each of its $dying_steps writes, syncs and renames" "" \
    "$dying_wrong"
ok "of which there are some" test "$dying_steps" -gt 14
is "and every message was received once" "$((10 + dying_n))" "$(sqlite3 \
    "$G/noroshi.db" \
    "SELECT count(*) FROM audit WHERE event = 'message.received'")"
ok "no process is left" no_process_left
tap_end
