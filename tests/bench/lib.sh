# shellcheck shell=sh
# lib.sh - what the benchmarks of mail taken in have in common: a gateway and
# its sender, mails, and a run of the daemon with what each process used.
# Sourced after tests/lib/world.sh. $READERS, addresses of staff, is read here.
workers=${BENCH_WORKERS:-1}
real=${NOROSHI_LIBEXEC:-$builddir}
shim=$builddir/.libs/usage_shim.so
TEAM=csirt@example.org

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
	sed -i '/^acknowledge: {/a enabled = false;' "$G/noroshi.conf"
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

# bench_mails size count [series]: mails in $BENCH/mail, their armour in
# $BENCH/armour; those of another series are other mails
bench_mails() {
	series=${3:-0}
	rm -rf "$BENCH/mail" "$BENCH/armour"
	mkdir "$BENCH/mail" "$BENCH/armour"
	i=0
	while [ $i -lt "$2" ]; do
		i=$((i + 1))
		bench_entity "$1" $((series * 10000 + i)) | world_crlf >"$WORLD/entity"
		world_gpg rika@client.example --armor --sign --encrypt \
		    --recipient $TEAM --output - "$WORLD/entity" \
		    >"$BENCH/armour/$i"
		{
			world_header "Rika Reporter <rika@client.example>" \
			    $TEAM "Intrusion on host $i" \
			    "<$series.$i@client.example>"
			world_frame "$BENCH/armour/$i"
		} >"$BENCH/mail/$i"
	done
}

# bench_bare: "self gpg agent wall" in microseconds for all mails
bench_bare() {
	GNUPGHOME=$BENCH/home "$builddir/bare" "$agent" "$BENCH"/armour/*
}

# bench_run folder mails: takes the mails in, in a copy of the folder; or in
# the folder itself where it holds "as-it-is", since some are too large to be
# copied each time. Leaves "microseconds wall" and one line a process in
# $BENCH/usage.
bench_run() {
	rm -rf "$G" "$BENCH/usage"
	if [ -e "$1/as-it-is" ]; then
		mv "$1" "$G"
	else
		cp -a "$1" "$G"
	fi
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
	[ ! -e "$G/as-it-is" ] || mv "$G" "$1"
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
