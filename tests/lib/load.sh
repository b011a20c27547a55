# load.sh - a gateway under load: its processes, and what they hold in memory.
#
# Sourced after gateway.sh by tests/bench. The daemon runs in a session of its
# own, so that all that it started can be told from anybody else's.

LOAD_ROLES="noroshid intake queue worker parser deliver gpg gpg-agent"

load_daemon() {
	setsid noroshid -c "$NOROSHI_CONF" -f 2>>"$TEST_TMP/daemon.log" &
	DAEMON=$!
}

# load_ready: until it takes mail
load_ready() { wait_for 20 grep -q 'info: ready' "$TEST_TMP/daemon.log"; }

# load_processes: "PID NAME" of each, a role by its own name
load_processes() {
	ps -s "$DAEMON" -o pid=,comm= |
	    sed -n 's/^ *\([0-9]*\) \(noroshi-\)\{0,1\}\([a-z-]*\)$/\1 \3/p'
}

# load_sample: a line "NAME kB" for each of them into $TEST_TMP/memory
load_sample() {
	load_processes | while read -r pid name; do
		sed -n "s/^VmRSS:[^0-9]*\([0-9]*\) kB/$name \1/p" \
		    "/proc/$pid/status" 2>/dev/null
	done >>"$TEST_TMP/memory"
}

# load_watch SECONDS: that, again and again, until killed
load_watch() {
	while sleep "$1"; do
		load_sample
	done
}

# load_memory: smallest, median, largest of each role, and the medians of the
# first and the last quarter of the run, in MB
load_memory() {
	printf '%-10s %7s %8s %8s %8s %8s %8s\n' role samples min median max \
	    first last
	for name in $LOAD_ROLES; do
		sed -n "s/^$name //p" "$TEST_TMP/memory" >"$TEST_TMP/role"
		n=$(wc -l <"$TEST_TMP/role")
		[ "$n" -gt 0 ] || continue
		quarter=$(((n + 3) / 4))
		sort -n "$TEST_TMP/role" | awk -v name="$name" \
		    -v first="$(head -n $quarter "$TEST_TMP/role" | load_median)" \
		    -v last="$(tail -n $quarter "$TEST_TMP/role" | load_median)" '
		    { v[NR] = $1 }
		    END {
			printf "%-10s %7d %8.1f %8.1f %8.1f %8.1f %8.1f\n",
			    name, NR, v[1] / 1024, v[int((NR + 1) / 2)] / 1024,
			    v[NR] / 1024, first / 1024, last / 1024
		    }'
	done
}

load_median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] + 0 }'
}

# load_setting GROUP.NAME VALUE: in noroshi.conf, where it stands as a comment
load_setting() {
	sed -i "/^${1%.*}: {/,/^};/s|^\(\t*\)#${1#*.} = .*|\1${1#*.} = $2;|" \
	    "$NOROSHI_CONF"
}

# load_listen PORT: mail comes by LMTP at that port alone
load_listen() {
	sed -i "s|^\t{ type = \"maildir\"; path = \"inbox\"; }|\t{ type = \"lmtp\"; listen = \"127.0.0.1:$1\"; }|" \
	    "$NOROSHI_CONF"
}

# load_question SQL: of the gateway's database
load_question() { sqlite3 -readonly "$G/noroshi.db" '.timeout 20000' "$1"; }

# load_gateway: a gateway with a PoC and a deputy, whom a proven reporter writes
# to; nothing is acknowledged
load_gateway() {
	gateway_new && gateway_silent && world_key "Taro Operator" \
	    taro@example.org && world_key "Ken Deputy" ken@example.org &&
	    noroshi contact set 1 --key "$WORLD/taro@example.org.asc" \
		--verified met >/dev/null &&
	    noroshi contact add "Ken Deputy" --address ken@example.org \
		--class staff --role deputy --verified met \
		--key "$WORLD/ken@example.org.asc" >/dev/null &&
	    world_key "Rika Reporter" rika@client.example &&
	    noroshi contact add "Rika Reporter" --address rika@client.example \
		--class constituent --verified phone \
		--key "$WORLD/rika@client.example.asc" >/dev/null &&
	    world_know "$WORLD/team.asc"
}
