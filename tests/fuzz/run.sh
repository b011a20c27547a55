#!/bin/sh
# run.sh - runs fuzz targets one after another, and says how it went.
#
#   run.sh SOURCE-TREE TARGET...      (src/MODULE/fuzz_NOUN, from "make fuzz")
#
# In the build folder, where fuzz/fuzz_NOUN is. New inputs are kept in
# fuzz/corpus/NOUN, what made a target fail in fuzz/crashes/NOUN-*, what each
# said in fuzz/log/NOUN. Exit 1 where any target failed or did nothing.
#
# From the environment: FUZZ_TIME, seconds for each target (60); FUZZ_JOBS, how
# many run at the same time (1); FUZZ_ONLY, nouns, for these targets alone;
# FUZZ_ARGS, further options of libFuzzer; NOROSHI_CORPUS, a folder with mail
# and keys to start from.
set -u

top=$1
shift
time=${FUZZ_TIME:-60}
export top time

# one SOURCE-TREE/src/MODULE/fuzz_NOUN: runs it.
one() {
	noun=${1##*/fuzz_}
	log=fuzz/log/$noun
	mkdir -p "fuzz/corpus/$noun" fuzz/crashes fuzz/log
	set -- "$1" "fuzz/corpus/$noun"
	[ ! -d "$top/tests/corpus/$noun" ] || set -- "$@" "$top/tests/corpus/$noun"
	[ ! -d "fuzz/seeds/$noun" ] || set -- "$@" "fuzz/seeds/$noun"
	dict=$top/$1.dict
	shift
	# shellcheck disable=SC2086
	"fuzz/fuzz_$noun" -dict="$dict" -max_total_time="$time" \
	    -max_len=32768 -timeout=20 -rss_limit_mb=2048 \
	    -print_final_stats=1 -artifact_prefix="fuzz/crashes/$noun-" \
	    ${FUZZ_ARGS-} "$@" >"$log" 2>&1
	echo $? >"$log.status"
	line "$noun"
}

# line NOUN: one row of the table, from what libFuzzer said.
line() {
	awk -v noun="$1" -v status="$(cat "fuzz/log/$1.status")" '
	match($0, / cov: [0-9]+/) { cov = substr($0, RSTART + 6, RLENGTH - 6) }
	match($0, / ft: [0-9]+/) { ft = substr($0, RSTART + 5, RLENGTH - 5) }
	/^stat::number_of_executed_units:/ { runs = $2 }
	/^stat::average_exec_per_sec:/ { rate = $2 }
	/Test unit written to/ { crashes++ }
	END {
		printf "%-16s %12d %8d %8d %9d %8d%s\n", noun, runs, cov, ft,
		    rate, crashes, status != 0 ? "  FAILED" : \
		    runs == 0 ? "  NOTHING RUN" : ""
	}' "fuzz/log/$1"
}

if [ "${1-}" = --one ]; then
	one "$2"
	exit 0
fi

wanted=
for target; do
	noun=${target##*/fuzz_}
	case " ${FUZZ_ONLY:-$noun} " in
	*" $noun "*) wanted="$wanted $target" ;;
	esac
done
if [ -z "$wanted" ]; then
	echo "fuzz: there is no target \"${FUZZ_ONLY-}\"" >&2
	exit 64
fi

mkdir -p fuzz/log
# shellcheck disable=SC2086
sh "$top/tests/fuzz/seeds.sh" fuzz/seeds $wanted

UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export UBSAN_OPTIONS
printf '%-16s %12s %8s %8s %9s %8s\n' \
    target runs edges features runs/s crashes
# shellcheck disable=SC2086
printf '%s\n' $wanted | xargs -P "${FUZZ_JOBS:-1}" -I{} \
    sh "$top/tests/fuzz/run.sh" "$top" --one {}

failed=0 total=0
for target in $wanted; do
	noun=${target##*/fuzz_}
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "fuzz/log/$noun")
	total=$((total + ${runs:-0}))
	if [ "$(cat "fuzz/log/$noun.status")" != 0 ] || [ "${runs:-0}" -eq 0 ]
	then
		failed=$((failed + 1))
		echo "--- $noun: the end of fuzz/log/$noun"
		grep -v '^#' "fuzz/log/$noun" | tail -n 40
	fi
done
echo "$total runs; $failed of $(echo "$wanted" | wc -w) targets failed"
[ "$failed" -eq 0 ]
