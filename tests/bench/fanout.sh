#!/bin/sh
# fanout.sh - what sealing an advisory for a community costs, beside gpg.
#
# Run by "make bench-fanout". The same text, signed and encrypted for the same
# members: by one run of gpg with all of them as recipients (binary, without
# compression), by a run of gpg for each as a mail program makes it (armour, and
# gpg's own choice of compression; a sample of 20 is taken), and by
# noroshi-worker with the gpg below it: "whole" is from the gate to the last
# copy's row, "sealing" from the text to the files. gpg-agent's signatures are
# in all of them. Medians of all rounds. From the environment: BENCH_MEMBERS,
# BENCH_SIZES (bytes of text), BENCH_ROUNDS.
set -eu
: "${builddir:?}" "${top_srcdir:?}"
. "$top_srcdir/tests/lib/world.sh"

members=${BENCH_MEMBERS:-1000}
sizes=${BENCH_SIZES:-10000 5000000}
rounds=${BENCH_ROUNDS:-3}
sample=20
real=${NOROSHI_LIBEXEC:-$builddir}
shim=$builddir/.libs/usage_shim.so

BENCH=$(mktemp -d /tmp/nb.XXXXXX)
G=$BENCH/gateway
daemon=
bench_end() {
	status=$?
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
	for home in "$BENCH"/home "$BENCH"/made; do
		[ ! -d "$home" ] || GNUPGHOME=$home gpgconf --kill gpg-agent \
		    2>/dev/null || :
	done
	rm -rf "$BENCH"
	exit $status
}
trap bench_end EXIT
trap 'exit 130' INT TERM

say() { echo "bench: $*" >&2; }
noroshi() { "$builddir/noroshi" -c "$G/noroshi.conf" "$@"; }

# A tenth of the members has RSA, as in the field; the rest Curve25519.
bench_keys() {
	mkdir -m 700 "$BENCH/made" "$BENCH/home"
	awk -v n="$members" 'BEGIN {
		for (i = 0; i < n; i++) {
			print "%no-protection"
			if (i % 10 == 9)
				print "Key-Type: RSA\nKey-Length: 3072\n" \
				    "Subkey-Type: RSA\nSubkey-Length: 3072"
			else
				print "Key-Type: eddsa\nKey-Curve: ed25519\n" \
				    "Subkey-Type: ecdh\nSubkey-Curve: cv25519"
			print "Key-Usage: sign\nSubkey-Usage: encrypt"
			print "Name-Real: Member " i
			print "Name-Email: m" i "@members.example"
			print "Expire-Date: 0\n%commit"
		}
	}' >"$BENCH/batch"
	GNUPGHOME=$BENCH/made gpg -q --batch --gen-key "$BENCH/batch" \
	    2>"$BENCH/gpg.log"
	GNUPGHOME=$BENCH/made gpg --export >"$BENCH/all.pgp"
	# imported, so that self-signatures are checked once and for all
	GNUPGHOME=$BENCH/home gpg -q --batch --import "$BENCH/all.pgp" \
	    2>"$BENCH/gpg.log"
	GNUPGHOME=$BENCH/home gpg --with-colons -k 2>"$BENCH/gpg.log" |
	    awk -F: '$1 == "pub" { p = 1 } $1 == "fpr" && p { f = $10; p = 0 }
		$1 == "uid" { a = $10; sub(/.*</, "", a); sub(/>.*/, "", a)
			print f, a }' >"$BENCH/members"
}

bench_gateway() {
	world_start
	world_key "Example CSIRT" csirt@example.org
	world_gpg csirt@example.org --export-secret-keys >"$BENCH/team.key"
	GNUPGHOME=$BENCH/home gpg -q --batch --import "$BENCH/team.key" \
	    2>"$BENCH/gpg.log"
	team=$(world_fpr csirt@example.org)
	world_end
	"$builddir/noroshi" init "$G" --team "Example CSIRT" \
	    --address csirt@example.org --key "$BENCH/team.key" \
	    --operator Poc poc@example.org >/dev/null
	# nothing is delivered while we measure
	printf 'recall = 86400;\nworkers = 1;\nlog_level = "debug";\n' \
	    >>"$G/noroshi.conf"
	noroshi key import "$BENCH/all.pgp" >/dev/null
	{
		echo name,address,class,organisation,key,verified,role,tag,lang
		awk '{ print $2 "," $2 ",first,," $1 ",met,,,en" }' \
		    "$BENCH/members"
	} >"$BENCH/members.csv"
	noroshi contact import "$BENCH/members.csv" >/dev/null
	noroshi community add trusted --address list@example.org \
	    --max-label AMBER --kind announce >/dev/null
	awk '{ print $2 }' "$BENCH/members" |
	    xargs "$builddir/noroshi" -c "$G/noroshi.conf" community join \
		trusted >/dev/null
	mkdir "$BENCH/libexec"
	ln -s "$real/noroshi-gpg" "$BENCH/libexec/noroshi-gpg"
	for role in intake queue worker parser deliver; do
		cat >"$BENCH/libexec/noroshi-$role" <<-END
		#!/bin/sh
		BENCH_USAGE=$BENCH/usage LD_PRELOAD=$shim \
		    exec $real/noroshi-$role
		END
		chmod +x "$BENCH/libexec/noroshi-$role"
	done
}

# microseconds that the agent of gpg's own home has used
bench_agent() {
	"$builddir/bare" "$(GNUPGHOME=$BENCH/home gpg-connect-agent \
	    'getinfo pid' /bye | sed -n 's/^D //p')"
}

# bench_gpg option fingerprint...: microseconds of one run for them
bench_gpg() {
	option=$1
	shift
	for fpr; do printf '%s\n' "-r $fpr"; done >"$BENCH/recipients"
	rm -f "$BENCH/gpg.usage"
	agent=$(bench_agent)
	# shellcheck disable=SC2046
	GNUPGHOME=$BENCH/home BENCH_USAGE=$BENCH/gpg.usage LD_PRELOAD=$shim \
	    gpg -q --batch --yes --trust-model always $option \
	    --cipher-algo AES256 --digest-algo SHA512 -u "$team" \
	    $(cat "$BENCH/recipients") -s -e -o /dev/null "$BENCH/text" \
	    2>"$BENCH/gpg.log"
	agent=$(($(bench_agent) - agent))
	awk -v agent="$agent" '$1 == "gpg" { print $2 + $3 + agent; exit }' \
	    "$BENCH/gpg.usage"
}

bench_separate() {
	all=0
	for fpr in $(head -n $sample "$BENCH/members" | cut -d' ' -f1); do
		all=$((all + $(bench_gpg --armor "$fpr")))
	done
	echo $((all / sample * members))
}

# bench_daemon word: runs the daemon until it has logged the word; microseconds
# of the worker itself, of its gpg and agent, and the worker's peak in kB
bench_daemon() {
	rm -f "$BENCH/usage"
	BENCH_USAGE=$BENCH/usage LD_PRELOAD=$shim \
	    NOROSHI_LIBEXEC=$BENCH/libexec "$builddir/noroshid" \
	    -c "$G/noroshi.conf" -f 2>"$BENCH/log" &
	daemon=$!
	tries=0
	until grep -q "$1" "$BENCH/log"; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || {
			say "not in 120 seconds: $1"
			tail -n 5 "$BENCH/log" >&2
			exit 70
		}
		sleep 0.1
	done
	kill $daemon
	wait $daemon || :
	daemon=
	# the agent is what noroshid's children used beyond the roles
	awk '
	$1 == "noroshid" { agent += $3; next }
	{ agent -= $2 + $3 }
	$1 == "noroshi-worker" { own += $2; gpg += $3; peak = $4 }
	END { print own, gpg + agent, peak }' "$BENCH/usage"
}

queued() { noroshi queue list --json |
	jq '[.[] | select(.state == "queued")] | length'; }

# "microseconds of the worker, of its gpg, peak kB, microseconds of the worker
# to seal", less what it takes to start
bench_noroshi() {
	idle=$(bench_daemon ready)
	before=$(queued)
	noroshi advisory send --community trusted --tlp GREEN \
	    --subject "Test advisory" <"$BENCH/text" >/dev/null
	used=$(bench_daemon 'judged to leave')
	after=$(queued)
	[ $((after - before)) -eq "$members" ] || {
		say "$((after - before)) copies were made"
		exit 70
	}
	seal=$(sed -n 's/.* sealed: .* own=\([0-9]*\)us.*/\1/p' "$BENCH/log")
	echo "$idle $used $seal" | awk '{ print $4 - $1, $5 - $2, $6, $7 }'
}

say "$members keys are being made"
bench_keys
bench_gateway
for size in $sizes; do
	awk -v n="$size" 'BEGIN { for (; i < n; i += 71)
		printf "%070d\n", rand() * 1e9 }' >"$BENCH/text"
	for round in $(seq "$rounds"); do
		say "$size bytes, round $round"
		# shellcheck disable=SC2046
		one=$(bench_gpg "--compress-algo=none" $(cut -d' ' -f1 "$BENCH/members"))
		each=$(bench_separate)
		echo "$size $one $each $(bench_noroshi)" >>"$BENCH/notes"
	done
done
awk -v members="$members" '
function median(list,   v, n, i, k, t) {
	n = split(list, v, " ")
	for (i = 2; i <= n; i++)
		for (k = i; k > 1 && v[k] + 0 < v[k - 1] + 0; k--) {
			t = v[k]
			v[k] = v[k - 1]
			v[k - 1] = t
		}
	return v[int((n + 1) / 2)]
}
{
	if (!($1 in one))
		order[++sizes] = $1
	one[$1] = one[$1] " " $2
	each[$1] = each[$1] " " $3
	sum[$1] = sum[$1] " " ($4 + $5)
	own[$1] = own[$1] " " $4
	sealing[$1] = sealing[$1] " " ($7 + $5)
	gpg[$1] = gpg[$1] " " $5
	if ($6 > peak[$1])
		peak[$1] = $6
}
END {
	printf "%d members; milliseconds of processor time\n", members
	printf "%10s %8s %10s | %7s %7s %7s %7s %8s | %7s %7s %8s | %7s\n",
	    "bytes", "one run", members " runs", "whole", "own", "gpg",
	    "x one", "cheaper", "sealing", "x one", "cheaper", "peak MB"
	for (i = 1; i <= sizes; i++) {
		s = order[i]
		run = median(one[s])
		all = median(each[s])
		whole = median(sum[s])
		seal = median(sealing[s])
		printf "%10d %8.0f %10.0f |", s, run / 1000, all / 1000
		printf " %7.0f %7.0f %7.0f %7.2f %7.1fx |", whole / 1000,
		    median(own[s]) / 1000, median(gpg[s]) / 1000, whole / run,
		    all / whole
		printf " %7.0f %7.2f %7.1fx | %7.0f\n", seal / 1000,
		    seal / run, all / seal, peak[s] / 1024
	}
}' "$BENCH/notes"
