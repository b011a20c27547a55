#!/bin/sh
# A mail twice as big costs at most a little over twice as much to read: the
# parser's instructions, counted by callgrind, on mails that grow along one
# axis each. Counts do not depend on how busy the machine is.
. "$top_srcdir/tests/lib/gateway.sh"

if ! command -v valgrind >/dev/null; then
	skip "mail twice as big costs about twice as much" "no valgrind here"
	tap_end
	exit
fi
if nm "$builddir/linear" 2>/dev/null | grep -q __asan_init; then
	skip "mail twice as big costs about twice as much" \
	    "the sanitizers and valgrind do not go together"
	tap_end
	exit
fi
cd "$TEST_TMP" || exit 1
valgrind --tool=callgrind --callgrind-out-file=counts --collect-atstart=no \
    --toggle-collect=measured --dump-after=measured \
    "$builddir/linear" >axes 2>valgrind.log || {
	cat valgrind.log
	exit 1
}

# count NUMBER: the instructions of the NUMBER-th call
count() { awk '/^totals:/ { print $2 }' "counts.$1"; }

# at_most PERCENT SMALL LARGE
at_most() {
	echo "$2 instructions for the smaller mail, $3 for the larger one"
	[ "$2" -gt 0 ] && [ $(($3 * 100 / $2)) -le "$1" ]
}

n=0
while read -r axis small large; do
	one=$(count $((n + 1)))
	two=$(count $((n + 2)))
	n=$((n + 2))
	ok "$axis: $large bytes cost at most 2.3 times what $small bytes do" \
	    at_most 230 "${one:-0}" "${two:-0}"
done <axes
ok "each axis was measured" [ "$n" -ge 60 ]
tap_end
