#!/bin/sh
# The system refuses: a full disk, a broken one, a call that was interrupted, at
# the steps of each role. The end is always the same as if nothing had happened.
#
# FAULT_STRIDE (41) is how many steps lie between two that are tried; `make
# faults` tries each.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/dying.sh"
. "$top_srcdir/tests/lib/steps.sh"

stride=${FAULT_STRIDE:-41}
STEPS_LATER=1 # what failed for now is tried again at its time
enospc=28 eio=5 eintr=4 eagain=11

steps_begin
steps_usual
for role in intake queue worker deliver; do
	steps_all "$role" 1 "$stride" \
	    "$role finds the disk full at any of %d steps" CRASH_ERRNO=$enospc
	steps_all "$role" 2 "$stride" \
	    "$role finds the disk broken at any of %d steps" CRASH_ERRNO=$eio
	steps_all "$role" 3 "$stride" \
	    "$role finds it full five times from any of %d steps" \
	    CRASH_ERRNO=$enospc CRASH_FOR=5
done
for role in intake deliver; do
	steps_all "$role" 1 "$stride" \
	    "$role is interrupted at any of %d steps" CRASH_ERRNO=$eintr
	steps_all "$role" 2 "$stride" \
	    "$role is told to try again at any of %d steps" CRASH_ERRNO=$eagain
done

# --- the pipe of an MTA: 75 and nothing of it, or 0 and all of it
wrong=
n=1
while :; do
	dying_fresh
	: >"$TEST_TMP/armed"
	LD_PRELOAD=$dying_shim CRASH_AT=$n CRASH_ONCE=$TEST_TMP/armed \
	    CRASH_ERRNO=$enospc noroshi receive "$WORLD/report" \
	    >"$TEST_TMP/id" 2>"$TEST_TMP/says"
	code=$?
	[ -e "$TEST_TMP/armed" ] && break
	case $code in
	0) [ -s "$TEST_TMP/id" ] || wrong="$wrong $n:no-id" ;;
	75) [ ! -s "$TEST_TMP/id" ] || wrong="$wrong $n:id" ;;
	*) wrong="$wrong $n:$code" ;;
	esac
	# the server tries again, as it was told to
	[ $code = 0 ] || noroshi receive "$WORLD/report" >"$TEST_TMP/id" ||
	    wrong="$wrong $n:again"
	[ "$(cat "$TEST_TMP/id") $(noroshi message list --json | jq length)" = \
	    "1 1" ] || wrong="$wrong $n:ids"
	n=$((n + 1))
	[ $n -le 200 ] || break
done
is "receive says 75 or has all of it, at any of its $((n - 1)) steps" "" \
    "$wrong"
ok "receive has such steps" test $n -gt 10
tap_end
