#!/bin/sh
# smtp.sh - how many mails a second leave by SMTP to a server on this host.
#
# Run by "make bench-smtp". First the client alone, one mail after the other; then
# noroshid with the copies in its queue, from its start to its end, less a run
# with an empty queue: order, session, audit entry and commit for each copy. One
# server has CHUNKING (ours), one has DATA alone (Postfix's smtp-sink). Medians
# of all rounds. From the environment: BENCH_MAILS, BENCH_SIZE (bytes),
# BENCH_DELIVERS, BENCH_ROUNDS.
set -eu
: "${builddir:?}" "${top_srcdir:?}"
. "$top_srcdir/tests/lib/world.sh"

mails=${BENCH_MAILS:-1000}
size=${BENCH_SIZE:-15000}
delivers=${BENCH_DELIVERS:-1 4}
rounds=${BENCH_ROUNDS:-3}
export NOROSHI_LIBEXEC="${NOROSHI_LIBEXEC:-$builddir}"

BENCH=$(mktemp -d /tmp/nb.XXXXXX)
G=$BENCH/gateway
sinks=
bench_end() {
	status=$?
	for pid in $sinks; do
		kill "$pid" 2>/dev/null || :
	done
	rm -rf "$BENCH"
	exit $status
}
trap bench_end EXIT
trap 'exit 130' INT TERM

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
now() { date +%s%N; }

# wall: seconds that a run of the daemon takes
wall() {
	begin=$(now)
	"$builddir/noroshid" -c "$G/noroshi.conf" --once >"$BENCH/log" 2>&1
	echo "$(now) $begin" | awk '{ printf "%.3f\n", ($1 - $2) / 1e9 }'
}

# gateway port delivers: an empty one in $BENCH/empty
gateway() {
	rm -rf "$G" "$BENCH/empty"
	"$builddir/noroshi" init "$G" --team "Example CSIRT" \
	    --address csirt@example.org >/dev/null
	sed -i 's/^transport = .*/transport = "smtp";/;
	    s/^#transport = .*/transport = "smtp";/
	    /^smtp: {/,/^};/d' "$G/noroshi.conf"
	cat >>"$G/noroshi.conf" <<-END
	smtp: { host = "127.0.0.1"; port = $1; tls = "none"; };
	delivers = $2;
	workers = 1;
	log_level = "warning";
	END
	cp -a "$G" "$BENCH/empty"
}

# whole port delivers: mails a second
whole() {
	gateway "$1" "$2"
	for i in $(seq "$rounds"); do
		rm -rf "$G"
		cp -a "$BENCH/empty" "$G"
		wall
	done >"$BENCH/idle"
	for i in $(seq "$rounds"); do
		rm -rf "$G"
		cp -a "$BENCH/empty" "$G"
		"$builddir/submit" fill "$G/noroshi.conf" "$mails" "$size"
		wall
		sent=$("$builddir/noroshi" -c "$G/noroshi.conf" queue list \
		    --state sent --json | jq length)
		[ "$sent" -eq "$mails" ] || {
			echo "bench: $sent of $mails were sent" >&2
			exit 1
		}
	done >"$BENCH/busy"
	echo "$mails $(median <"$BENCH/busy") $(median <"$BENCH/idle")" |
	    awk '{ printf "%.0f", $1 / ($2 - $3) }'
}

# direct port: mails a second, and the longest pause of the median round
direct() {
	for i in $(seq "$rounds"); do
		"$builddir/submit" direct "$1" "$mails" "$size"
	done | sort -n | awk '{ v[NR] = $0 } END { print v[int((NR + 1) / 2)] }'
}

port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
"$builddir/submit" sink $port &
sinks=$!
kinds="CHUNKING:$port"
if [ -x /usr/sbin/smtp-sink ]; then
	user=
	[ "$(id -u)" -ne 0 ] || user="-u nobody"
	# shellcheck disable=SC2086
	/usr/sbin/smtp-sink $user 127.0.0.1:$((port + 1)) 64 >/dev/null 2>&1 &
	sinks="$sinks $!"
	kinds="$kinds DATA:$((port + 1))"
else
	echo "bench: Postfix's smtp-sink is not installed: no figure for DATA" >&2
fi
sleep 1
echo "$mails mails of $size bytes, $rounds rounds"
for kind in $kinds; do
	set -- $(direct "${kind#*:}")
	echo "${kind%:*}: the client alone: $1/s, longest pause $2 ms"
	for d in $delivers; do
		echo "${kind%:*}: noroshid, delivers = $d:" \
		    "$(whole "${kind#*:}" "$d")/s"
	done
done
