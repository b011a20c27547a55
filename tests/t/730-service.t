#!/bin/sh
# The daemon as a service: what it tells its manager, a new configuration
# without a new start, the journal's levels, the units' walls, its counts.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
printf 'workers = 1;\n' >>"$NOROSHI_CONF"
cp "$NOROSHI_CONF" "$TEST_TMP/good.conf"
HEARD=$TEST_TMP/heard

heard() { grep -q "$1" "$HEARD"; }
count_of() { grep -c "$1" "$HEARD"; }
heard_often() { [ "$(count_of "$1")" -ge "$2" ]; }
forget() { : >"$HEARD"; }
processed() {
	[ "$(noroshi message list --json |
		jq '[.[] | select(.state == "processed")] | length')" = "$1" ]
}

forget
"$builddir/manager" "$TEST_TMP/notify" >>"$HEARD" &
MANAGER=$!
ok "a manager listens" wait_for 5 test -S "$TEST_TMP/notify"

# --- the manager's journal is standard error: a socket, or here a file
DAEMON_LOG=$TEST_TMP/journal
: >"$DAEMON_LOG"
JOURNAL_STREAM=$(stat -c %d:%i "$DAEMON_LOG")
daemon_run env NOTIFY_SOCKET="$TEST_TMP/notify" WATCHDOG_USEC=600000 \
    JOURNAL_STREAM="$JOURNAL_STREAM"
ok "it says when it is ready" wait_for 20 heard '^READY=1$'
ok "after all its processes are" grep -q "noroshid: info: ready" \
    "$DAEMON_LOG"
is "each of its lines begins with a level of the journal" 0 \
    "$(grep -vc '^<[3467]>[a-z]*: [a-z]*: ' "$DAEMON_LOG")"
mail_small 0 | world_drop "$G/inbox"
ok "it works" wait_for 20 processed 1
ok "a role's lines have levels too" \
    grep -q '^<6>worker: info: processed' "$DAEMON_LOG"

# --- signs of life come while the queue answers, and only then
ok "signs of life come" wait_for 10 heard_often '^WATCHDOG=1$' 4
queue=$(pid_of queue)
kill -STOP "$queue"
quiet() { # one may have been under way
	before=$(count_of '^WATCHDOG=1$')
	sleep 0.7
	[ "$(count_of '^WATCHDOG=1$')" -eq "$before" ]
}
wait_for 1 quiet
sleep 1.5
is "none while the queue is stuck" "$before" "$(count_of '^WATCHDOG=1$')"
kill -CONT "$queue"
ok "and again when it goes on" wait_for 10 heard_often '^WATCHDOG=1$' \
    $((before + 2))

# --- another configuration
forget
sed 's/^workers = 1;/workers = 2;/' "$TEST_TMP/good.conf" >"$NOROSHI_CONF"
mail_small 1 | world_drop "$G/inbox"
kill -HUP "$DAEMON"
ok "after SIGHUP it says that it loads anew" wait_for 20 heard '^RELOADING=1 '
ok "and that it is ready again" wait_for 20 heard '^READY=1$'
ok "it is the same process" kill -0 "$DAEMON"
is "with two workers now" 2 "$(pid_of worker | wc -l)"
ok "mail that came meanwhile is processed" wait_for 20 processed 2
ok "another daemon is still kept out" sh -c 'noroshid -f; [ $? -eq 75 ]'

forget
printf 'delivers = "many";\n' >>"$NOROSHI_CONF"
kill -HUP "$DAEMON"
ok "a wrong configuration is named in the log" wait_for 10 grep -q \
    "<3>noroshid: error: configuration: .*noroshi.conf:[0-9]*: delivers" \
    "$DAEMON_LOG"
cp "$TEST_TMP/good.conf" "$NOROSHI_CONF"
mail_small 2 | world_drop "$G/inbox"
ok "and it goes on with the old one" wait_for 20 processed 3
is "without a word of loading" 0 "$(count_of '^RELOADING')"
{ cat "$TEST_TMP/good.conf"; echo 'spool = "other";'; } >"$NOROSHI_CONF"
kill -HUP "$DAEMON"
ok "another spool is refused" wait_for 10 grep -q \
    "another spool or database wants a new start" "$DAEMON_LOG"
is "with the workers of before" 2 "$(pid_of worker | wc -l)"
cp "$TEST_TMP/good.conf" "$NOROSHI_CONF"

# --- five times in a row, with mail between
for n in 3 4 5 6 7; do
	mail_small $n | world_drop "$G/inbox"
	kill -HUP "$DAEMON"
	sleep 0.2
done
ok "reloads in a row lose nothing" wait_for 60 processed 8
is "and double nothing" 8 "$(noroshi message list --json | jq length)"

# --- counts
noroshi metrics >"$TEST_TMP/metrics"
ok "metrics say that it is up" grep -qx 'noroshi_up 1' "$TEST_TMP/metrics"
ok "and what was processed" \
    grep -qx 'noroshi_messages{state="processed"} 8' "$TEST_TMP/metrics"
is "each sample has a type and a help before it" \
    "$(sed -n 's/^\(noroshi_[a-z_]*\).*/\1/p' "$TEST_TMP/metrics" | sort -u)" \
    "$(sed -n 's/^# TYPE \(noroshi_[a-z_]*\) .*/\1/p' "$TEST_TMP/metrics" |
	sort)"
is "no line is of another form" 0 "$(grep -Evc \
    '^(# (HELP|TYPE) noroshi_|noroshi_[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9]+$)' \
    "$TEST_TMP/metrics")"
ok "into a file as well" noroshi metrics -o "$TEST_TMP/noroshi.prom"
is "which a collector may read" 644 "$(stat -c %a "$TEST_TMP/noroshi.prom")"
is "with the same names" "$(grep -c '^# TYPE' "$TEST_TMP/metrics")" \
    "$(grep -c '^# TYPE' "$TEST_TMP/noroshi.prom")"
ok "nothing else lies beside it" \
    test "$(ls "$TEST_TMP" | grep -c 'noroshi.prom')" = 1
is "the same in JSON" 8 "$(noroshi metrics --json | jq .messages.processed)"
ok "a folder that is not there is refused" \
    exits 75 noroshi metrics -o "$TEST_TMP/none/noroshi.prom"

# --- its end
forget
ok "SIGTERM ends it with 0" daemon_end
ok "and the manager was told" heard '^STOPPING=1$'
is "metrics say that it is down" 0 "$(noroshi metrics --json | jq .up)"
kill $MANAGER
ok "no process is left" no_process_left

# --- the units
make -s -C "$builddir" conf/systemd/noroshi.service \
    conf/systemd/noroshi-metrics.service >/dev/null
unit=$builddir/conf/systemd/noroshi.service
is "nothing is left to fill in" 0 "$(cat "$builddir"/conf/systemd/*.service |
	grep -c '@[a-z]*@')"
if command -v systemd-analyze >/dev/null; then
	exposure() {
		systemd-analyze security --offline=true --no-pager "$1" \
		    2>"$TEST_TMP/unit.err" |
		    sed -n 's/.*exposure level for [^:]*: \([0-9]*\)\.\([0-9]\).*/\1\2/p'
	}
	level=$(exposure "$unit")
	echo "# exposure: $level tenths"
	ok "the service is exposed by 1.5 at most" test "$level" -le 15
	is "systemd knows every setting" "" "$(cat "$TEST_TMP/unit.err")"
	ok "so is the collector's" test \
	    "$(exposure "$builddir/conf/systemd/noroshi-metrics.service")" -le 15
else
	skip "the service is exposed by 1.5 at most" "no systemd-analyze"
fi
tap_end
