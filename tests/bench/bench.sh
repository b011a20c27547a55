#!/bin/sh
# bench.sh - processor time of each process for a message, beside bare GPGME.
#
# Run by "make bench". For each kind of key and size of mail, in turns: bare
# GPGME, a gateway without readers, the same gateway with three; a run without
# mail before them is taken off. The figures are medians of all rounds.
# From the environment: BENCH_SMALL and BENCH_LARGE, mails of 10 kB and of 5 MB
# in a run; BENCH_ROUNDS; BENCH_WORKERS; BENCH_KEYS, "ed25519 rsa4096".
set -eu
: "${builddir:?}" "${top_srcdir:?}"
. "$top_srcdir/tests/lib/world.sh"

small=${BENCH_SMALL:-100}
large=${BENCH_LARGE:-10}
rounds=${BENCH_ROUNDS:-5}
keys=${BENCH_KEYS:-ed25519 rsa4096}
READERS="taro@example.org hanako@example.org ken@example.org"
. "$top_srcdir/tests/bench/lib.sh"

bench_round() {
	bench_run "$BENCH/alone" 0
	bench_note "$key $size idle"
	bench_bare >"$BENCH/bare"
	awk -v name="$key $size bare" '{
		print name, "all", $1 + $2 + $3, 0
		print name, "self", $1, 0
		print name, "gpg", $2, 0
		print name, "agent", $3, 0
		print name, "wall", $4, 0
	}' "$BENCH/bare" >>"$BENCH/notes"
	bench_run "$BENCH/alone" "$count"
	bench_note "$key $size alone"
	bench_run "$BENCH/read" "$count"
	bench_note "$key $size read"
}

bench_table() {
	awk -v small="$small" -v large="$large" -v keys="$keys" '
	function median(list,   v, n, i, k, t) {
		n = split(list, v, " ")
		for (i = 2; i <= n; i++)
			for (k = i; k > 1 && v[k] + 0 < v[k - 1] + 0; k--) {
				t = v[k]; v[k] = v[k - 1]; v[k - 1] = t
			}
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	# ms a message, the run without mail taken off
	function cost(run, who,   list, i, n, us) {
		for (i = 1; i <= seen[run, "all"]; i++) {
			us = value[run, who, i]
			if (run !~ /bare$/)
				us -= value[base, who, i]
			list = list " " us / count / 1000
		}
		return median(list)
	}
	function ratio(run, over, who,   list, i) {
		for (i = 1; i <= seen[run, "all"]; i++)
			list = list " " (value[run, who, i] - \
			    value[base, who, i]) / value[over, "all", i]
		return median(list)
	}
	function kilobytes(run, who,   list, i) {
		for (i = 1; i <= seen[run, "all"]; i++)
			list = list " " kb[run, who, i]
		return median(list)
	}
	{
		run = $1 " " $2 " " $3
		i = ++seen[run, $4]
		value[run, $4, i] = $5
		kb[run, $4, i] = $6
	}
	END {
		nk = split(keys, key, " ")
		ns = split("small large", size, " ")
		np = split("worker parser queue intake deliver gpg agent " \
		    "supervisor", who, " ")
		printf "Processor ms a message; ratio to bare GPGME; wall ms\n"
		printf "%-8s %-6s %-14s %8s %6s |", "key", "mail", "run", \
		    "CPU", "ratio"
		for (p = 1; p <= np; p++)
			printf " %7.7s", who[p]
		printf " | %8s\n", "wall"
		for (a = 1; a <= nk; a++) for (b = 1; b <= ns; b++) {
			name = key[a] " " size[b]
			count = size[b] == "small" ? small : large
			if (count == 0)
				continue
			base = name " idle"
			bare = name " bare"
			mail = size[b] == "small" ? "10 kB" : "5 MB"
			printf "%-8s %-6s %-14s %8.2f %6s |", key[a], mail, \
			    "bare GPGME", cost(bare, "all"), ""
			printf " %7.2f %7s %7s %7s %7s %7.2f %7.2f %7s", \
			    cost(bare, "self"), "", "", "", "", \
			    cost(bare, "gpg"), cost(bare, "agent"), ""
			printf " | %8.2f\n", cost(bare, "wall")
			for (r = 1; r <= 2; r++) {
				run = name (r == 1 ? " alone" : " read")
				printf "%-8s %-6s %-14s %8.2f %6.2f |", \
				    key[a], mail, r == 1 ? "no copies" : \
				    "three readers", cost(run, "all"), \
				    ratio(run, bare, "all")
				for (p = 1; p <= np; p++)
					printf " %7.2f", cost(run, who[p])
				printf " | %8.2f\n", cost(run, "wall")
			}
		}
		printf "\nA run without mail, which is taken off above: ms\n"
		printf "%-8s %8s %8s |", "key", "CPU", "wall"
		for (p = 1; p <= np; p++)
			printf " %7.7s", who[p]
		printf "\n"
		count = 1
		for (a = 1; a <= nk; a++) {
			run = key[a] (small > 0 ? " small" : " large") " idle"
			base = "none"
			printf "%-8s %8.1f %8.1f |", key[a], \
			    cost(run, "all"), cost(run, "wall")
			for (p = 1; p <= np; p++)
				printf " %7.1f", cost(run, who[p])
			printf "\n"
		}
		printf "\nPeak of resident memory: MB\n"
		printf "%-8s %-6s %-14s |", "key", "mail", "run"
		for (p = 1; p <= np; p++)
			if (who[p] !~ /gpg|agent/)
				printf " %7.7s", who[p]
		printf "\n"
		nr = split("idle alone read", runs, " ")
		split("none|no copies|three readers", title, "|")
		for (a = 1; a <= nk; a++) for (b = 1; b <= ns; b++)
		for (r = 1; r <= nr; r++) {
			run = key[a] " " size[b] " " runs[r]
			if (seen[run, "all"] == 0)
				continue
			mail = size[b] == "small" ? "10 kB" : "5 MB"
			printf "%-8s %-6s %-14s |", key[a], mail, title[r]
			for (p = 1; p <= np; p++)
				if (who[p] !~ /gpg|agent/)
					printf " %7.1f", \
					    kilobytes(run, who[p]) / 1024
			printf "\n"
		}
	}' "$BENCH/notes"
	awk '
	{
		run = $1 " " $2 " " $3
		if (!(run in known)) { known[run] = 1; order[++n] = run }
		if (!($4 in column)) { column[$4] = 1; name[++m] = $4 }
		sum[run, $4] += $5
		times[run, $4]++
	}
	END {
		if (n == 0)
			exit
		printf "\nStages in the worker, wall ms a message (mean)\n%-24s |", \
		    "run"
		for (k = 1; k <= m; k++)
			printf " %7s", name[k]
		printf "\n"
		for (i = 1; i <= n; i++) {
			printf "%-24s |", order[i]
			for (k = 1; k <= m; k++)
				printf " %7.2f", sum[order[i], name[k]] / \
				    times[order[i], name[k]] / 1000
			printf "\n"
		}
	}' "$BENCH/stages"
}

bench_header() {
	cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
	printf 'Noroshi: CPU of a message taken in, %s\n' \
	    "$(date -u '+%Y-%m-%d %H:%M UTC')"
	printf 'Machine: %s; %d cores, %s; Linux %s; load before: %s\n' \
	    "$(uname -m)" "$(getconf _NPROCESSORS_ONLN)" "${cpu:-unknown}" \
	    "$(uname -r)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
	printf '%s; GPGME %s; files on %s\n' "$(gpg --version | head -n 1)" \
	    "$(gpgme-config --version 2>/dev/null ||
		pkg-config --modversion gpgme 2>/dev/null || echo unknown)" \
	    "$(stat -f -c %T "$BENCH")"
	printf 'N: %d mails of 10 kB (text), %d of 5 MB (attachment), ' \
	    "$small" "$large"
	printf 'median of %d rounds in turns; workers: %d\n' \
	    "$rounds" "$workers"
	printf 'Mail: PGP/MIME, armoured, encrypted and signed, sender known\n\n'
}

bench_header >"$BENCH/table"
: >"$BENCH/notes"
: >"$BENCH/stages"
bench_programs
for key in $keys; do
	case $key in
	ed25519) subkey=cv25519 ;;
	*) subkey=$key ;;
	esac
	say "$key: keys"
	for home in "$BENCH/home" "$WORLD/$TEAM" "$WORLD/rika@client.example"; do
		[ ! -d "$home" ] ||
		    GNUPGHOME=$home gpgconf --kill gpg-agent 2>/dev/null || :
		rm -rf "$home"
	done
	rm -rf "$BENCH/alone" "$BENCH/read" "$G"
	bench_gateway "$key" "$subkey"
	for size in small large; do
		count=$large
		[ $size = large ] || count=$small
		[ "$count" -gt 0 ] || continue
		say "$key: $count mails, $size"
		bench_mails $size "$count"
		round=0
		while [ $round -lt "$rounds" ]; do
			round=$((round + 1))
			say "$key: $size: round $round of $rounds"
			bench_round
		done
	done
done
bench_table >>"$BENCH/table"
cat "$BENCH/table"
