#!/bin/sh
# Every fuzz target is built and runs over its seeds and for a moment more.
# The long runs are "make fuzz" (CONTRIBUTING.md).
set -u

cd "$builddir" || exit 1
log=fuzz-test.log

# The targets are many, and the job server of "make check" is not for tests.
if ! env -u MAKEFLAGS -u MFLAGS make -s -j2 fuzz-programs >"$log" 2>&1; then
	if grep -q 'no clang with libFuzzer' "$log"; then
		echo "1..0 # SKIP no clang with libFuzzer"
		exit 0
	fi
	sed 's/^/# /' "$log"
	echo "1..1"
	echo "not ok 1 - the fuzz targets are built without a warning"
	exit 0
fi
rm -f "$log"

# What an earlier run found belongs to that run.
out=$(mktemp -d "${TMPDIR:-/tmp}/noroshi-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
mkdir "$out/fuzz"
for program in fuzz/fuzz_*; do
	[ ! -x "$program" ] || ln -s "$PWD/$program" "$out/fuzz/"
done
top=$(cd "$top_srcdir" && pwd)
targets=$(cd "$top" && ls src/*/fuzz_*.c | sed 's/\.c$//')
cd "$out" || exit 1

# From our own seeds alone: 110-corpus.t reads the mail of the folder. The same
# start each time, so that a failure comes from a change, as far as can be.
# shellcheck disable=SC2086
NOROSHI_CORPUS='' FUZZ_TIME=1 FUZZ_JOBS=2 FUZZ_ARGS='-seed=1' sh "$top/tests/fuzz/run.sh" "$top" $targets >table 2>&1
n=0
echo "1..$((1 + $(echo "$targets" | wc -l)))"
for target in $targets; do
	n=$((n + 1))
	noun=${target##*/fuzz_}
	row=$(grep "^$noun " table)
	if [ "$(cat "fuzz/log/$noun.status" 2>/dev/null)" = 0 ] &&
	    [ "$(echo "$row" | awk '{ print $2 + 0 }')" -gt 0 ]; then
		echo "ok $n - $noun keeps its promises: $row"
	else
		echo "not ok $n - $noun keeps its promises"
		tail -n 40 "fuzz/log/$noun" | sed 's/^/# /'
	fi
done
n=$((n + 1))
listed=$(sed -n '/^fuzz_targets = /,/[^\\]$/p' "$top/Makefile.am" |
    grep -c 'src/')
if [ "$listed" -eq $((n - 1)) ] && tail -n 1 table | grep -q ' 0 of '; then
	echo "ok $n - every target in the tree is in Makefile.am, and was run"
else
	echo "not ok $n - every target in the tree is in Makefile.am, and was run"
	sed 's/^/# /' table
fi
