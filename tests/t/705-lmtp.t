#!/bin/sh
# LMTP (RFC 2033): a real Postfix hands over by Unix socket and by TCP, as
# doc/POSTFIX.md says, and gets back what leaves; processes die between any two
# of its steps; clients smuggle, stall and send too much.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/postfix.sh"
. "$top_srcdir/tests/lib/dovecot.sh"

missing=$(mx_missing)
[ -n "$missing" ] || [ -x /usr/sbin/smtp-source ] ||
    missing="Postfix's smtp-source is not installed"
NOBODY="--reuid=65534 --regid=65534 --clear-groups"
# shellcheck disable=SC2086
[ -n "$missing" ] ||
    setpriv $NOBODY sh -c '"$0" --version' "$builddir/noroshi" >/dev/null 2>&1 ||
    missing="other users cannot run the programs in $builddir"
if [ -n "$missing" ]; then
	echo "1..0 # SKIP $missing"
	exit 0
fi
lmtp_cleanup() {
	status=$?
	if [ -n "${DAEMON-}" ]; then
		kill "$DAEMON" 2>/dev/null
		wait "$DAEMON"
		DAEMON=
	fi
	[ -z "${mounted-}" ] || umount "$G/spool"
	[ -z "${KEEP-}" ] || [ -z "${MX_PID-}" ] || cp "$MX/mail.log" /tmp
	mx_stop
	dc_stop
	(exit $status)
	test_cleanup
}
trap lmtp_cleanup EXIT

# shellcheck disable=SC2086
noroshi() { setpriv $NOBODY noroshi "$@"; }

# shellcheck disable=SC2086
start() { daemon_start setpriv $NOBODY; }

known() { noroshi message list --json | jq length; }
knows() { [ "$(known)" -ge "$1" ]; }

# lines: standard input with each line ended as RFC 5321 wants
lines() { awk '{ printf "%s\r\n", $0 }'; }

# codes: of all replies, on one line
codes() { sed -n 's/^\([0-9]*\) .*/\1/p' | tr '\n' ' '; }

# letter n [to...]: a whole session with one mail
letter() {
	number=$1
	shift
	{
		echo "LHLO test"
		echo "MAIL FROM:<rika@client.example>"
		for to in "${@:-csirt@example.org}"; do
			echo "RCPT TO:<$to>"
		done
		echo DATA
		echo "From: rika@client.example"
		echo "To: csirt@example.org"
		echo "Subject: Report $number"
		echo "Message-ID: <lmtp-$number@client.example>"
		echo
		echo "Number $number"
		echo .
		echo QUIT
	} | lines
}

# --- the page, with the names and places of this test
shown() {
	awk -v file="### \`$1\`, LMTP" '
	/^#/ { on = $0 == file; seen = 0; next }
	on && sub(/^    /, "") { print; seen = 1; next }
	seen { on = 0 }' "$top_srcdir/doc/POSTFIX.md" |
	    sed -e "s|/var/spool/postfix|$MX/queue|" -e "s|/etc/postfix|$MX/etc|"
}
mx_lmtp() {
	shown main.cf >>"$MX/etc/main.cf"
	shown transport >"$MX/etc/transport"
	echo "psirt@example.org lmtp:inet:127.0.0.1:$TCP" >>"$MX/etc/transport"
	cat >>"$MX/etc/master.cf" <<-EOT
	lmtp unix - - y - - lmtp
	127.0.0.3:$MX_PORT inet n - n - - smtpd
	  -o smtpd_tls_security_level=none
	EOT
	mx_mailbox csirt psirt banks taro hanako ken
	postconf -c "$MX/etc" smtputf8_enable=yes
	install -d -o 65534 -g postfix -m 2750 "$MX/queue/noroshi"
}
gateway_lmtp() {
	shown noroshi.conf >"$TEST_TMP/intake"
	sed -i "s|; } );\$|; }, { type = \"lmtp\"; listen = \"127.0.0.1:$TCP\"; }, { type = \"maildir\"; path = \"inbox\"; } );|" \
	    "$TEST_TMP/intake"
	sed -i -e '/^intake = (/,/^);/d' -e '0,/#addresses = .*/s//addresses = [ "psirt@example.org", "banks@example.org" ];/' \
	    -e 's/#workers = .*/workers = 1;/' "$NOROSHI_CONF"
	{
		cat "$TEST_TMP/intake"
		echo 'transport = "smtp"; recall = 0;'
	} >>"$NOROSHI_CONF"
	for setting in 'host = "127.0.0.1"' "port = $MX_PORT" \
	    "ca_file = \"$MX/ca.pem\""; do
		sed -i "s|^\(\t*\)#${setting%% *} = .*|\1$setting;|" \
		    "$NOROSHI_CONF"
	done
	echo 'sandbox = "required";' >>"$NOROSHI_CONF"
	noroshi config check && return
	sed -i 's/^sandbox = "required";/sandbox = "try";/' "$NOROSHI_CONF"
	noroshi config check
}
chown 65534 "$TEST_TMP"
chmod 711 "$TEST_TMP" "$WORLD"
TCP=$(server_port)
SOCKET=$MX/queue/noroshi/lmtp
ok "a gateway is made" gateway_new
ok "with its staff" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
gateway_silent
ok "a Postfix of our own is made" mx_new
ok "that hands over by LMTP" mx_lmtp
ok "and a gateway that listens" gateway_lmtp
ok "Postfix starts" mx_start
ok "the daemon starts" start
if [ ! -S "$SOCKET" ]; then
	cat "$DAEMON_LOG"
	tap_end
	exit 1
fi
is "the socket is for Postfix's group and nobody else" "srw-rw---- 65534 postfix" \
    "$(stat -c '%A %u %G' "$SOCKET")"
if command -v ss >/dev/null; then
	is "the port is this host's alone" "127.0.0.1:$TCP" \
	    "$(ss -Hltn "sport = :$TCP" | awk '{ print $4 }')"
fi

is "intake, which lets clients in, is confined" 2 \
    "$(awk '/^Seccomp:/ { print $2 }' "/proc/$(pid_of intake)/status")"

# --- Postfix, LMTP, the gateway, submission, Postfix, a mailbox
for to in csirt@example.org psirt@example.org csirt+x-y@example.org; do
	day_mail report-encrypted | sed "s/^Message-ID: </&$to-/I" \
	    >"$WORLD/mail"
	[ -s "$WORLD/mail" ] &&
	    /usr/sbin/smtp-source -F "$WORLD/mail" -f rika@client.example -t $to \
	    "127.0.0.3:$MX_PORT"
done
ok "mail by both ways is known" wait_for 15 knows 3
ok "each reader has a copy of each" mx_wait taro 3
mail=$(mx_mails taro | head -n 1)
reads() { world_read taro@example.org "$mail" | grep -q "$1"; }
ok "that opens with the reader's own key" reads "OpenPGP: encryption=3Dwhole"
is "Postfix heard each message's name" 3 \
    "$(grep -c 'postfix/lmtp.*status=sent (250 2.0.0 [0-9a-f]\{64\})' "$MX/mail.log")"
if command -v sqlite3 >/dev/null; then
	is "the envelope is the one of the wire" \
	    "csirt+x-y@example.org csirt@example.org psirt@example.org" \
	    "$(sqlite3 -readonly "$G/noroshi.db" "SELECT recipient FROM envelope
		WHERE source = 'lmtp' AND sender = 'rika@client.example'
		ORDER BY 1" | tr '\n' ' ' | sed 's/ $//')"
else
	skip "the envelope is the one of the wire" "sqlite3 is not installed"
fi

# --- and Dovecot has that mailbox, where another team's gateway reads it by IMAP
other() { # other command...: as that gateway
	NOROSHI_CONF=$TEST_TMP/other/noroshi.conf "$@"
}
other_once() {
	# shellcheck disable=SC2086
	other setpriv $NOBODY timeout 300 noroshid --once 2>>"$TEST_TMP/other.log"
}
other_new() {
	world_gpg ken@example.org --export-secret-keys >"$TEST_TMP/ken.key" &&
	    cp "$WORLD/team.asc" "$TEST_TMP/team.asc" &&
	    echo "$DC_PASSWORD" >"$TEST_TMP/dc.password" &&
	    chown 65534 "$TEST_TMP"/*.key "$TEST_TMP"/dc.password &&
	    chmod 600 "$TEST_TMP/dc.password" &&
	    noroshi init "$TEST_TMP/other" --team "Ken's CSIRT" \
		--address ken@example.org --key "$TEST_TMP/ken.key" &&
	    other noroshi contact add "Example CSIRT" \
		--address csirt@example.org --class coordinator \
		--key "$TEST_TMP/team.asc" --verified met || return 1
	sed -i '/^intake = (/,/^);/d' "$TEST_TMP/other/noroshi.conf"
	cat >>"$TEST_TMP/other/noroshi.conf" <<-EOT
	intake = ( { type = "imap"; host = "127.0.0.1";
	  user = "csirt@example.org"; port = $DC_TLS_PORT;
	  ca_file = "$DC/ca.pem"; password_file = "$TEST_TMP/dc.password"; } );
	EOT
}
missing=$(dc_missing)
if [ -z "$missing" ]; then
	ok "ken has 3 copies as well" mx_wait ken 3
	ok "a Dovecot of our own is made" dc_new
	rm -rf "$DC_MAIL"
	ln -s "$MX/mail/ken" "$DC_MAIL"
	ok "it serves the mailbox that Postfix delivered to" dc_start
	ok "ken's team has a gateway" other_new
	ok "which reads it by IMAP" other_once
	is "each copy came whole, decrypted, signed by the first gateway" \
	    "whole good whole Example CSIRT coordinator signature" \
	    "$(other noroshi message list --json | jq -r '.[] |
		"\(.encryption) \(.signatures[0].status) " +
		"\(.signatures[0].covers) \(.from.name) " +
		"\(.sender.class) \(.sender.evidence)"' | uniq)"
	is "all three" 3 "$(other noroshi message list --json | jq length)"
	ok "with the words that the reporter wrote" sh -c \
	    "NOROSHI_CONF=$TEST_TMP/other/noroshi.conf setpriv $NOBODY \
	    noroshi message text 1 | grep -q 'leads to a fake login page'"
	is "and they are moved to the done folder" 3 \
	    "$(ls "$MX/mail/ken/.Noroshi-done/cur" "$MX/mail/ken/.Noroshi-done/new" |
		grep -c ":2\|[.]M")"
	dc_stop
else
	skip "which reads it by IMAP" "$missing"
fi

# --- what is said
before=$(known)
letter 1 csirt@example.org csirt+a@example.org psirt@example.org |
    say "unix:$SOCKET" >"$TEST_TMP/said"
is "pipelined, with a reply for each recipient" \
    "220 250 250 250 250 250 354 250 250 250 221 " "$(codes <"$TEST_TMP/said")"
is "it is one message" $((before + 1)) "$(known)"
letter 1 | say "127.0.0.1:$TCP" >"$TEST_TMP/said"
is "the same bytes again are the same message" $((before + 1)) "$(known)"
is "what is offered" "8BITMIME CHUNKING ENHANCEDSTATUSCODES PIPELINING SIZE SMTPUTF8" \
    "$(sed -n 's/^250[ -]\([A-Z0-9]*\)[\r ].*/\1/p' "$TEST_TMP/said" |
    sort -u | tr -d '\r' | tr '\n' ' ' | sed 's/ $//')"
printf 'LHLO x\r\nMAIL FROM:<ä@b.example> SMTPUTF8\r\nRCPT TO:<名@example.org>\r\nBDAT 14\r\nSubject: y\r\n\r\nBDAT 4 LAST\r\n.\r\n\nQUIT\r\n' |
    say "unix:$SOCKET" | codes >"$TEST_TMP/said"
is "a lone LF in a chunk too is refused" \
    "220 250 250 250 250 550 221 " "$(cat "$TEST_TMP/said")"
printf 'LHLO x\r\nMAIL FROM:<ä@b.example> SMTPUTF8\r\nRCPT TO:<名@example.org>\r\nBDAT 14\r\nSubject: y\r\n\r\nBDAT 3 LAST\r\n.\r\nQUIT\r\n' |
    say "unix:$SOCKET" | codes >"$TEST_TMP/said"
is "in chunks, from and to addresses in UTF-8" \
    "220 250 250 250 250 250 221 " "$(cat "$TEST_TMP/said")"

# --- smuggling
before=$(known)
n=0
for end in '\n.\n' '\n.\r\n' '\r\n.\n' '\r.\r' '\r.\r\n' '\r\n.\r' \
    '\r\r\n.\r\r\n'; do
	n=$((n + 1))
	# shellcheck disable=SC2059
	{
		letter "s$n" | head -n 8
		printf "x$end"
		letter "smuggled-$n" | sed 1d
	} | say "unix:$SOCKET" | codes >>"$TEST_TMP/smuggled"
	echo >>"$TEST_TMP/smuggled"
done
is "no end but <CRLF>.<CRLF> ends a message, and such a one is refused" \
    "7 220 250 250 250 354 550 221" \
    "$(sort "$TEST_TMP/smuggled" | uniq -c | sed 's/^ *//; s/ $//')"
is "nothing of it came in" "$before" "$(known)"
printf 'LHLO x\nMAIL FROM:<>\n' | say "unix:$SOCKET" | codes >"$TEST_TMP/said"
is "nor is a bare LF the end of a command" "220 521 " "$(cat "$TEST_TMP/said")"

# --- too large
printf 'LHLO x\r\nMAIL FROM:<a@b> SIZE=67108865\r\nMAIL FROM:<a@b> SIZE=67108864\r\nQUIT\r\n' |
    say "unix:$SOCKET" | codes >"$TEST_TMP/said"
is "what says that it is too large is refused at once" "220 250 552 250 221 " \
    "$(cat "$TEST_TMP/said")"

# --- slow and hostile clients, all places taken
ok "it ends" daemon_end
sed -i 's/#connections = .*/connections = 4;/; s/^\(\t*\)#timeout = 300.*/\1timeout = 2;/
    s/#data_timeout = .*/data_timeout = 2;/; s/^\(\t*\)#message = 67108864.*/\1message = 100000;/' "$NOROSHI_CONF"
ok "it starts with few places" start
{ letter 20 | head -n 6; yes "$(printf '%070d' 0)" | head -n 3000 | lines
printf '.\r\nQUIT\r\n'; } | say "unix:$SOCKET" | codes >"$TEST_TMP/said"
is "what is too large is refused where it did not say so" \
    "220 250 250 250 354 552 221 " "$(cat "$TEST_TMP/said")"
is "and no bytes of it stay" "" "$(ls "$G/spool/tmp")"
for i in 1 2; do
	letter "slow$i" | say -d 100 "unix:$SOCKET" >"$TEST_TMP/slow$i" &
	printf 'LHLO x\r\n' | say "unix:$SOCKET" >"$TEST_TMP/idle$i" &
done
sleep 0.5
letter 21 | say "unix:$SOCKET" >"$TEST_TMP/said"
is "one that comes when all places are taken by such gets one" \
    "220 250 250 250 354 250 221 " "$(codes <"$TEST_TMP/said")"
wait_for 8 grep -q 421 "$TEST_TMP/idle1"
wait_for 8 grep -q 421 "$TEST_TMP/idle2"
is "who is silent is told so and cut off" "220 250 421 " \
    "$(codes <"$TEST_TMP/idle1")"
is "so is who drips" 0 "$(cat "$TEST_TMP/slow"? | grep -c '^250 2.0.0')"
ok "it ends again" daemon_end
sed -i 's/connections = 4;/connections = 50;/; s/^\(\t*\)timeout = 2;/\1timeout = 300;/
    s/data_timeout = 2;/data_timeout = 600;/; s/message = 100000;/message = 67108864;/' "$NOROSHI_CONF"

# --- deaths, one at a time
ok "it starts once more" start
before=$(known)
letter 30 | head -n 9 | say "unix:$SOCKET" >"$TEST_TMP/said" &
talk=$!
wait_for 5 grep -q '^354' "$TEST_TMP/said"
kill -9 "$(pid_of intake)"
wait $talk
is "where intake dies within a message nobody says that it was taken" 0 \
    "$(grep -c '^250 2.0.0' "$TEST_TMP/said")"
letter 30 | say "unix:$SOCKET" >"$TEST_TMP/said"
is "the socket is there still, and the next try is taken" \
    "220 250 250 250 354 250 221 " "$(codes <"$TEST_TMP/said")"
kill -STOP "$(pid_of queue)"
letter 31 | say "unix:$SOCKET" >"$TEST_TMP/said" &
talk=$!
wait_for 5 grep -q "stored: .*source=lmtp" "$DAEMON_LOG"
sleep 0.5
is "without the queue no 250 is said" 0 "$(grep -c '^250 2.0.0' "$TEST_TMP/said")"
kill -9 "$(pid_of queue)"
wait $talk
is "where the queue dies the next one answers" \
    "220 250 250 250 354 250 221 " "$(codes <"$TEST_TMP/said")"
kill -STOP "$(pid_of queue)"
letter 32 | say "unix:$SOCKET" >"$TEST_TMP/said" &
talk=$!
wait_for 5 grep -q '^354' "$TEST_TMP/said"
sleep 0.3
kill -9 "$(pid_of intake)"
wait $talk
is "where intake dies before the answer none is given" \
    "220 250 250 250 354 " "$(codes <"$TEST_TMP/said")"
kill -CONT "$(pid_of queue)"
letter 32 | say "unix:$SOCKET" >"$TEST_TMP/said"
is "the second try is taken" "220 250 250 250 354 250 221 " \
    "$(codes <"$TEST_TMP/said")"
ok "and is the same message: three came, three are there" \
    [ "$(known)" -eq $((before + 3)) ]

# --- deaths at random, counted at both ends
before=$(known)
: >"$TEST_TMP/stop"
(
	while [ -e "$TEST_TMP/stop" ]; do
		sleep 0.3
		kill -9 "$(pid_of intake)" 2>/dev/null
		sleep 0.3
		kill -9 "$(pid_of queue)" 2>/dev/null
	done
) &
killer=$!
for to in csirt@example.org psirt@example.org; do
	/usr/sbin/smtp-source -s 4 -m 100 -l 3000 -f rika@client.example \
	    -t $to "127.0.0.3:$MX_PORT" >>"$TEST_TMP/smtp.log" 2>&1
done
for i in $(seq 8); do
	sleep 0.3
	postqueue -c "$MX/etc" -f
done
rm "$TEST_TMP/stop"
wait $killer
empty() {
	postqueue -c "$MX/etc" -f
	sleep 0.3
	! postqueue -c "$MX/etc" -j |
	    grep -Eq '"address": "(csirt|psirt)@'
}
ok "Postfix hands over all, though intake and queue die all the time" \
    wait_for 40 empty
is "200 went in, and 200 are there: none lost, none doubled" 200 \
    $(($(known) - before))
echo "# ended: $(grep -c 'ended: role=\(intake\|queue\)' "$DAEMON_LOG") times," \
    "handed over again: $(grep -c 'registered: .*duplicate=1' "$DAEMON_LOG")"
is "Postfix bounced none" "" "$(grep 'status=bounced' "$MX/mail.log")"

# --- a burst
before=$(known)
t0=$(date +%s%N)
/usr/sbin/smtp-source -L -s 10 -m 1000 -l 15000 -f rika@client.example \
    -t csirt@example.org "unix:$SOCKET" >"$TEST_TMP/smtp.log" 2>&1
t1=$(date +%s%N)
is "a burst of 1,000 mails over ten connections is all there" 1000 \
    $(($(known) - before))
echo "# 1,000 mails of 15 kB: $(((t1 - t0) / 1000000)) ms," \
    "$((1000000000000 / (t1 - t0))) a second"
ok "it ends in the middle of its work" daemon_end
ok "the socket has gone with it" [ ! -e "$SOCKET" ]

# --- the service manager's socket
if command -v systemd-socket-activate >/dev/null; then
	before=$(known)
	# shellcheck disable=SC2086
	daemon_run systemd-socket-activate -l "$SOCKET" \
	    -E "NOROSHI_LIBEXEC=$NOROSHI_LIBEXEC" setpriv $NOBODY
	wait_for 5 [ -S "$SOCKET" ]
	letter 39 | say "unix:$SOCKET" >"$TEST_TMP/said"
	is "at a socket that systemd opened mail is taken too" \
	    "220 250 250 250 354 250 221 " "$(codes <"$TEST_TMP/said")"
	daemon_ready 9
	ok "it ends" daemon_end
	ok "and leaves that socket to systemd" [ -S "$SOCKET" ]
	rm -f "$SOCKET"
else
	skip "a socket of systemd's" "systemd-socket-activate is not installed"
fi

# --- what doctor says
ok "doctor has nothing to say of the Unix socket" \
    not eval 'noroshi doctor 2>&1 | grep "warning: unix:"'
ok "but of a port, which every user of the host reaches" \
    eval 'noroshi doctor 2>&1 | grep "127.0.0.1:$TCP"'

# --- a disk that is nearly full
ok "a fresh gateway" gateway_new
ok "listens" gateway_lmtp
if mount -t tmpfs -o size=24m,mode=700,uid=65534 none "$G/spool" 2>/dev/null; then
	mounted=yes
	sed -i 's/^\(\t*\)#free = .*/\1free = 8388608;/' "$NOROSHI_CONF"
	ok "on a small disk it starts" start
	head -c 17000000 /dev/zero >"$G/spool/ballast"
	letter 40 | say "unix:$SOCKET" >"$TEST_TMP/said"
	is "before the disk is full LMTP takes no mail" 452 \
	    "$(sed -n 's/^\(4..\) .*/\1/p' "$TEST_TMP/said" | head -n 1)"
	letter 41 | sed -n '/^From/,/^Number/p' >"$WORLD/full"
	ok "noroshi receive says try later" exits 75 noroshi receive "$WORLD/full"
	world_drop "$G/inbox" <"$WORLD/full"
	chown 65534 "$G"/inbox/new/*
	sleep 1.5
	is "and what is in a Maildir stays there" "1 0" \
	    "$(ls "$G/inbox/new" | wc -l) $(known)"
	is "that is said once" 1 \
	    "$(grep -c 'the disk is too full: free' "$DAEMON_LOG")"
	rm "$G/spool/ballast"
	ok "with room the Maildir is taken by itself" wait_for 10 knows 1
	letter 42 | say "unix:$SOCKET" >"$TEST_TMP/said"
	is "and so is mail by LMTP" "220 250 250 250 354 250 221 " \
	    "$(codes <"$TEST_TMP/said")"
	ok "it ends" daemon_end
	umount "$G/spool" && mounted=
else
	skip "a disk that is nearly full" "no tmpfs can be mounted here"
fi
mx_stop
ok "nothing of it is left running" no_process_left
tap_end
