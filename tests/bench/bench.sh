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
workers=${BENCH_WORKERS:-1}
keys=${BENCH_KEYS:-ed25519 rsa4096}
real=${NOROSHI_LIBEXEC:-$builddir}
shim=$builddir/.libs/usage_shim.so
TEAM=csirt@example.org
READERS="taro@example.org hanako@example.org ken@example.org"

BENCH=$(mktemp -d /tmp/nb.XXXXXX)
G=$BENCH/gateway
bench_end() {
	status=$?
	[ ! -d "$BENCH/home" ] ||
	    GNUPGHOME=$BENCH/home gpgconf --kill gpg-agent 2>/dev/null || :
	world_end
	[ -n "${KEEP-}" ] || rm -rf "$BENCH"
	exit $status
}
trap bench_end EXIT
trap 'exit 130' INT TERM
world_start

say() { echo "bench: $*" >&2; }

# A role's program that reports what it used; gpg is its worker's child.
bench_programs() {
	mkdir "$BENCH/libexec"
	ln -s "$real/noroshi-gpg" "$BENCH/libexec/noroshi-gpg"
	for role in intake queue worker parser deliver; do
		cat >"$BENCH/libexec/noroshi-$role" <<-END
		#!/bin/sh
		BENCH_USAGE=$BENCH/usage LD_PRELOAD=$shim \\
		    exec $real/noroshi-$role
		END
		chmod +x "$BENCH/libexec/noroshi-$role"
	done
}

noroshi() { "$builddir/noroshi" -c "$G/noroshi.conf" "$@"; }

# bench_gateway algorithm subkey: fresh gateways in $BENCH/alone and in
# $BENCH/read, their keys known to the sender; $BENCH/home is for bare GPGME
bench_gateway() {
	world_key "Example CSIRT" $TEAM "$1" "$2"
	world_key "Rika Reporter" rika@client.example "$1" "$2"
	world_gpg $TEAM --export-secret-keys >"$WORLD/team.key"
	world_know "$WORLD/$TEAM.asc"
	"$builddir/noroshi" init "$G" --team "Example CSIRT" --address $TEAM \
	    --key "$WORLD/team.key" >/dev/null
	printf 'workers = %d;\nlog_level = "debug";\n' "$workers" \
	    >>"$G/noroshi.conf"
	noroshi contact add "Rika Reporter" --address rika@client.example \
	    --class constituent --verified phone \
	    --key "$WORLD/rika@client.example.asc" >/dev/null
	cp -a "$G" "$BENCH/alone"
	for who in $READERS; do
		[ -f "$WORLD/$who.asc" ] || world_key "${who%%@*}" "$who"
		noroshi contact add "$who" --address "$who" --class staff \
		    --verified met --key "$WORLD/$who.asc" >/dev/null
	done
	mv "$G" "$BENCH/read"

	mkdir -m 700 "$BENCH/home"
	for file in "$WORLD/team.key" "$WORLD/rika@client.example.asc"; do
		GNUPGHOME=$BENCH/home gpg -q --batch --import "$file"
	done
	agent=$(GNUPGHOME=$BENCH/home gpg-connect-agent 'getinfo pid' /bye |
	    sed -n 's/^D //p')
}

# Text like a report's, bytes seed: words and a few indicators, on lines
bench_text() {
	awk -v size="$1" -v seed="$2" 'BEGIN {
		srand(seed)
		n = split("host login attempt from address network the of to " \
		    "and abuse log server mail user system report seen at " \
		    "time scan port was blocked please check your", word)
		while (out < size) {
			if (rand() < 0.03)
				w = int(rand() * 250) "." int(rand() * 250) \
				    ".0." int(rand() * 250)
			else if (rand() < 0.01)
				w = "hxxp://x" int(rand() * 10000) ".example/a"
			else
				w = word[1 + int(rand() * n)]
			line = line w " "
			if (length(line) > 70) {
				print line
				out += length(line) + 1
				line = ""
			}
		}
	}'
}

# bench_entity size seed: what is signed and encrypted, without CR
bench_entity() {
	if [ "$1" = small ]; then
		printf 'Content-Type: text/plain; charset=utf-8\n\n'
		bench_text 10000 "$2"
		return
	fi
	printf 'Content-Type: multipart/mixed; boundary="=_in"\n\n--=_in\n'
	printf 'Content-Type: text/plain; charset=utf-8\n\n'
	bench_text 2000 "$2"
	printf -- '--=_in\nContent-Type: application/octet-stream;'
	printf ' name="capture.bin"\n'
	printf 'Content-Transfer-Encoding: base64\n\n'
	head -c 3700000 /dev/urandom | base64 -w 76
	printf -- '--=_in--\n'
}

# bench_mails size count: mails in $BENCH/mail, their armour in $BENCH/armour
bench_mails() {
	rm -rf "$BENCH/mail" "$BENCH/armour"
	mkdir "$BENCH/mail" "$BENCH/armour"
	i=0
	while [ $i -lt "$2" ]; do
		i=$((i + 1))
		bench_entity "$1" $i | world_crlf >"$WORLD/entity"
		world_gpg rika@client.example --armor --sign --encrypt \
		    --recipient $TEAM --output - "$WORLD/entity" \
		    >"$BENCH/armour/$i"
		{
			world_header "Rika Reporter <rika@client.example>" \
			    $TEAM "Intrusion on host $i" "<$i@client.example>"
			world_frame "$BENCH/armour/$i"
		} >"$BENCH/mail/$i"
	done
}

# bench_bare: "self gpg agent wall" in microseconds for all mails
bench_bare() {
	GNUPGHOME=$BENCH/home "$builddir/bare" "$agent" "$BENCH"/armour/*
}

# bench_run folder mails: takes the mails in, in a copy of the folder. Leaves
# "microseconds wall" and one line a process in $BENCH/usage.
bench_run() {
	rm -rf "$G" "$BENCH/usage"
	cp -a "$1" "$G"
	[ "$2" = 0 ] || cp "$BENCH"/mail/* "$G/inbox/new/"
	sync
	begin=$(date +%s%N)
	BENCH_USAGE=$BENCH/usage LD_PRELOAD=$shim \
	    NOROSHI_LIBEXEC=$BENCH/libexec \
	    "$builddir/noroshid" -c "$G/noroshi.conf" --once \
	    2>"$BENCH/log" || {
		tail -n 5 "$BENCH/log" >&2
		exit 70
	}
	end=$(date +%s%N)
	echo "wall $(((end - begin) / 1000)) 0 0" >>"$BENCH/usage"
	done=$(grep -c ' processed: ' "$BENCH/log" || :)
	[ "$done" = "$2" ] || {
		say "$done of $2 messages were processed"
		exit 70
	}
}

# bench_note name: keeps the usage of the last run as lines "name process us kB"
bench_note() {
	awk -v name="$1" '
	$1 == "noroshid" {
		own = $2
		all = $2 + $3
		kb["supervisor"] = $4
		next
	}
	$1 == "wall" { us["wall"] = $2; next }
	{
		role = $1
		sub(/^noroshi-/, "", role)
		us[role] += $2
		if ($4 > kb[role])
			kb[role] = $4
		us["gpg"] += $3
		roles += $2 + $3
	}
	END {
		us["supervisor"] = own
		us["agent"] = all - own - roles
		us["all"] = all
		for (who in us)
			print name, who, us[who], kb[who] + 0
	}' "$BENCH/usage" >>"$BENCH/notes"
	awk -v name="$1" '/ stages: / {
		for (i = 1; i <= NF; i++)
			if (split($i, p, "=") == 2 && p[2] ~ /us$/)
				print name, p[1], p[2] + 0
	}' "$BENCH/log" >>"$BENCH/stages"
}

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
