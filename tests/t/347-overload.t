#!/bin/sh
# More than usual: many mails at once by LMTP, a large one before small ones, a
# disk that fills. Nothing is lost or stands in the way; "make overload" is the
# same with figures.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/load.sh"
. "$top_srcdir/tests/lib/server.sh"

source=/usr/sbin/smtp-source
if [ ! -x $source ]; then
	echo "1..0 # SKIP Postfix's smtp-source is not installed"
	exit 0
fi
mounted=
overload_end() {
	status=$?
	[ -z "${DAEMON-}" ] || { kill "$DAEMON"; wait "$DAEMON"; DAEMON=; } \
	    2>/dev/null
	[ -z "$mounted" ] || umount "$G"
	(exit $status)
	test_cleanup
}
trap overload_end EXIT

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
port=$(server_port)
load_listen $port
printf 'workers = 2;\n' >>"$NOROSHI_CONF"
cp -a "$G" "$TEST_TMP/fresh"

start() {
	: >"$TEST_TMP/daemon.log"
	load_daemon
	load_ready
}
end() {
	kill $DAEMON
	wait $DAEMON
	code=$?
	DAEMON=
	return $code
}
count() { load_question "SELECT count(*) FROM $1"; }
processed() { [ "$(count "message WHERE state = 'processed'")" -eq "$1" ]; }
sent() { [ "$(count "delivery WHERE state = 'sent'")" -eq "$1" ]; }
lmtp() { # lmtp option...: mails of a stranger
	$source -L "$@" -f else@nokey.example -t csirt@example.org \
	    127.0.0.1:$port
}

# --- many at once
ok "the daemon starts" start
ok "200 mails by 8 connections are taken" lmtp -s 8 -m 200 -l 2000
is "all of them are there" 200 "$(count message)"
ok "all are judged" wait_for 60 processed 200
ok "and three copies of each leave" wait_for 30 sent 600
is "each of them once" 600 "$(ls "$G/outbox/new" | wc -l)"
is "nobody waited, died or was refused" "" \
    "$(grep ": error:\|: warning:" "$TEST_TMP/daemon.log")"

# --- a large one, and small ones behind it
{
	mail_plain "$JIRO" "$TEAM" "Large" "<large@nokey.example>" </dev/null
	head -c 15000000 /dev/zero | tr '\0' 'x' | fold -w 76
} >"$TEST_TMP/large"
# all are there before a worker looks
workers=$(load_processes | sed -n 's/ worker$//p')
# shellcheck disable=SC2086
kill -STOP $workers
ok "a mail of 15 MB is taken" lmtp -F "$TEST_TMP/large"
ok "and three small ones behind it" lmtp -m 3 -l 2000
# shellcheck disable=SC2086
kill -CONT $workers
ok "all are judged" wait_for 60 processed 204
is "the large one last" 201 "$(sed -n 's/.* processed: id=\([0-9]*\).*/\1/p' \
    "$TEST_TMP/daemon.log" | tail -n 1)"
ok "and all leave" wait_for 30 sent 612
ok "the record is whole" noroshi audit verify
ok "the daemon ends well" end

# --- a disk that fills
rm -rf "$G"
mkdir -m 700 "$G"
if mount -t tmpfs -o size=24m,mode=700 none "$G" 2>/dev/null; then
	mounted=yes
	cp -a "$TEST_TMP/fresh/." "$G/"
	load_setting limits.free 8388608
	ok "a daemon on a small disk starts" start
	# mail comes faster than it is worked on
	workers=$(load_processes | sed -n 's/ worker$//p')
	# shellcheck disable=SC2086
	kill -STOP $workers
	full() { # until it says no
		for i in $(seq 30); do
			lmtp -m 20 -l 50000 2>"$TEST_TMP/says" || return 0
		done
		return 1
	}
	ok "there is an end of what it takes" full
	ok "and it says so with 4xx" grep -q " 452 4.3.1 " "$TEST_TMP/says"
	# shellcheck disable=SC2086
	kill -CONT $workers
	lowest=$(df --output=avail -B1 "$G" | tail -n 1)
	rest() { # what it took leaves, and readers take it
		free=$(df --output=avail -B1 "$G" | tail -n 1)
		[ "$free" -ge "$lowest" ] || lowest=$free
		find "$G/outbox/new" -type f -exec mv -t "$TEST_TMP" {} +
		processed "$(count message)" && sent $((3 * $(count message)))
	}
	ok "all that it took is processed" wait_for 60 rest
	ok "without the disk's last megabytes" test "$lowest" -gt 2000000
	is "no work failed for want of room" "" \
	    "$(grep "No space\|disk is full" "$TEST_TMP/daemon.log" | head -n 3)"
	taken=$(count message)
	find "$G/outbox/new" -type f -delete
	ok "with room it takes mail again, by itself" \
	    wait_for 20 lmtp -l 2000
	ok "and processes it" wait_for 20 processed $((taken + 1))
	ok "the record is whole" noroshi audit verify
	ok "the daemon ends well" end
	umount "$G" && mounted=
else
	skip "a disk that fills" "no tmpfs can be mounted here"
fi
tap_end
