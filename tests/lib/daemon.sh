# daemon.sh - a noroshid that runs beside the test.
#
# Sourced by tests/t/*.t after gateway.sh, which ends what a test leaves. There
# is one at a time, in $DAEMON; what it says is in $DAEMON_LOG, from its start.

DAEMON_LOG=$TEST_TMP/says

# daemon_run [command...]: starts noroshid, below that command
daemon_run() {
	: >"$DAEMON_LOG"
	"$@" noroshid -c "$NOROSHI_CONF" -f 2>>"$DAEMON_LOG" &
	DAEMON=$!
}

# daemon_ready SECONDS: until all its processes are
daemon_ready() { wait_for "$1" grep -q "info: ready" "$DAEMON_LOG"; }

# daemon_start [command...]: starts it so, and waits until it is ready
daemon_start() {
	daemon_run "$@"
	daemon_ready 15
}

# daemon_end [-SIGNAL]: ends it, with its exit status
daemon_end() {
	kill "${1:--TERM}" "$DAEMON" 2>/dev/null
	daemon_status=0
	wait "$DAEMON" || daemon_status=$?
	DAEMON=
	return $daemon_status
}

# pid_of ROLE: its processes below our daemon, or those of that program
pid_of() {
	for child in $(cat "/proc/$DAEMON/task/$DAEMON/children"); do
		case $(cat "/proc/$child/comm" 2>/dev/null) in
		"noroshi-$1" | "$1") echo "$child" ;;
		esac
	done
}
