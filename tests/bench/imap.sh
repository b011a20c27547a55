#!/bin/sh
# imap.sh - how many mails a second come from an IMAP server into the spool,
# and how many its disk could take.
#
# Run by "make bench-imap", as root, with Dovecot installed. A Dovecot of our
# own on loopback, over TLS; mails are put into its INBOX all at once, while
# noroshid waits for them by IDLE. Counted is from the first byte written to
# the last rename in spool/new. The queue registers them meanwhile, as always;
# the worker is stopped, since its work is none of this. Beside it the disk's
# own rate for the same files, syncs and renames (commit.c), in batches as the
# intake makes them, before and after, and one by one. Medians of all rounds.
# Nothing is removed between the rounds: ext4 is slow to give out what was freed
# just before. From the environment: BENCH_MAILS, BENCH_SIZE (bytes),
# BENCH_ROUNDS.
set -u
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/dovecot.sh"

mails=${BENCH_MAILS:-4000}
size=${BENCH_SIZE:-15000}
rounds=${BENCH_ROUNDS:-3}
batch=64 # IMAP_FETCH_MAX

missing=$(dc_missing)
[ -z "$missing" ] || {
	echo "bench: $missing" >&2
	exit 77
}
stopped=
imap_end() {
	status=$?
	[ -z "$stopped" ] || kill -CONT $stopped 2>/dev/null
	[ -z "${DAEMON-}" ] || { kill "$DAEMON"; wait "$DAEMON"; } 2>/dev/null
	dc_stop
	(exit $status)
	test_cleanup
}
trap imap_end EXIT

fail() {
	echo "bench: $*" >&2
	tail -n 5 "$DAEMON_LOG" >&2
	exit 70
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

gateway() {
	gateway_new >/dev/null || exit 70
	gateway_silent
	echo "$DC_PASSWORD" >"$G/password"
	chmod 600 "$G/password"
	sed -i '/^intake = (/,/^);/d' "$NOROSHI_CONF"
	cat >>"$NOROSHI_CONF" <<-EOT
	intake = (
		{ type = "imap"; host = "127.0.0.1"; user = "csirt@example.org";
		  port = $DC_TLS_PORT; ca_file = "$DC/ca.pem";
		  password_file = "password"; }
	);
	workers = 1;
	EOT
	cp -a "$G" "$TEST_TMP/fresh"
}

# fill: the mails, each another one, beside the INBOX
fill() {
	mkdir "$DC/filled"
	awk -v n="$mails" -v size="$size" -v dir="$DC/filled" 'BEGIN {
		line = "Failed login for root from an address that we do not know."
		for (i = 1; i <= n; i++) {
			f = dir "/" i ".test"
			head = sprintf("Return-Path: <rika@client.example>\r\n" \
			    "Delivered-To: csirt@example.org\r\n" \
			    "From: rika@client.example\r\n" \
			    "To: csirt@example.org\r\nSubject: Logins %d\r\n" \
			    "Message-ID: <%d@client.example>\r\n\r\n", i, i)
			printf "%s", head > f
			for (at = length(head); at < size; at += 67)
				printf "%06d %s\r\n", at, line > f
			close(f)
		}
	}'
	chown -R nobody:nogroup "$DC/filled"
}

spooled() { find "$G/spool/new" -type f ! -name '*.env' | wc -l; }
all_spooled() { [ "$(spooled)" -eq "$mails" ]; }

# imap_round: mails a second
imap_round() {
	[ ! -d "$DC_MAIL" ] || mv "$DC_MAIL" "$DC/mail/old.$round"
	[ ! -d "$G" ] || mv "$G" "$TEST_TMP/old.$round"
	cp -a "$TEST_TMP/fresh" "$G"
	dc_box new
	fill
	dc_start || fail "Dovecot does not start"
	daemon_run
	daemon_ready 15 || fail "noroshid does not start"
	sleep 2
	stopped=$(pid_of worker)
	# shellcheck disable=SC2086
	kill -STOP $stopped
	sync
	find "$DC/filled" -type f -exec mv -t "$DC_MAIL/new" {} +
	wait_for 300 all_spooled || fail "$(spooled) of $mails came"
	find "$G/spool/new" -type f ! -name '*.env' -printf '%T@ %C@\n' |
	    awk -v n="$mails" '
	    NR == 1 || $1 < first { first = $1 }
	    $2 > last { last = $2 }
	    END { printf "%.0f\n", n / (last - first) }'
	# shellcheck disable=SC2086
	kill -KILL $stopped
	stopped=
	kill "$DAEMON"
	wait "$DAEMON"
	DAEMON=
	dc_stop
	rmdir "$DC/filled"
}

# disk_round batch mails: how many a second, beside the spool
disk_round() {
	disk=$(mktemp -d "$TEST_TMP/disk.XXXXXX")
	sync
	"$builddir/commit" "$disk" "$2" "$size" "$1" || exit 70
}

dc_new || exit 70
gateway
for round in $(seq "$rounds"); do
	disk_round $batch "$mails" >>"$TEST_TMP/disks"
	imap_round >>"$TEST_TMP/imaps" || exit
	disk_round $batch "$mails" >>"$TEST_TMP/disks"
done
imap=$(median <"$TEST_TMP/imaps")
disk=$(median <"$TEST_TMP/disks")
echo "$mails mails of $size bytes, $rounds rounds; files on" \
    "$(stat -f -c %T "$G"); load: $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo "by IMAP and TLS into the durable spool: $imap/s" \
    "($(tr '\n' ' ' <"$TEST_TMP/imaps"))"
echo "the disk alone, $batch together:         $disk/s" \
    "($(tr '\n' ' ' <"$TEST_TMP/disks"))"
echo "the disk alone, one by one:           $(disk_round 1 $((mails / 10 + 1)))/s"
echo "$imap $disk" | awk '{
	goal = $2 < 2000 ? $2 : 2000
	printf "goal: %d/s, the lower of 2,000 and the disk: %.2f of it\n", \
	    goal, $1 / goal }'
