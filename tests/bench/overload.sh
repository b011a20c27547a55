#!/bin/sh
# overload.sh - more than usual: does it stay calm, and how much does it hold?
#
# Run by "make overload", which prints figures and asserts what must hold. Copies
# go to an outbox, so that no other program is measured. From the environment:
#   OVERLOAD_PARTS   which: burst feed large disk keys (all)
#   OVERLOAD_BURST   small mails by LMTP at once (10000)
#   OVERLOAD_CLIENTS connections that they come by (8)
#   OVERLOAD_FEED    notices of one machine (10000; 100000 take minutes more)
#   OVERLOAD_SMALL   small mails beside a large one (60)
#   OVERLOAD_LARGE   MB of that one (50)
#   OVERLOAD_KEYS    contacts with keys (10000)
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/load.sh"
. "$top_srcdir/tests/lib/server.sh"

parts=${OVERLOAD_PARTS:-burst feed large disk keys}
burst=${OVERLOAD_BURST:-10000}
clients=${OVERLOAD_CLIENTS:-8}
feed=${OVERLOAD_FEED:-10000}
small=${OVERLOAD_SMALL:-60}
large=${OVERLOAD_LARGE:-50}
keys=${OVERLOAD_KEYS:-10000}
source=/usr/sbin/smtp-source
readers=2
wrong=

[ -x $source ] && command -v sqlite3 >/dev/null || {
	echo "overload: Postfix's smtp-source and sqlite3 are needed" >&2
	exit 77
}
mounted=
overload_end() {
	status=$?
	[ -z "${WATCH-}" ] || kill "$WATCH" 2>/dev/null
	[ -z "${DAEMON-}" ] || { kill "$DAEMON"; wait "$DAEMON"; DAEMON=; } \
	    2>/dev/null
	[ -z "$mounted" ] || umount "$mounted" 2>/dev/null
	(exit $status)
	test_cleanup
}
trap overload_end EXIT
XDG_RUNTIME_DIR=$(mktemp -d "$TEST_TMP/run.XXXXXX")
export XDG_RUNTIME_DIR

say() { printf '%-58s %s\n' "$1" "$2"; }
must() { # must SENTENCE WANT GOT
	[ "$2" = "$3" ] || {
		wrong=1
		say "WRONG: $1" "$3, not $2"
	}
}
now() { date +%s.%N; }
since() { echo "$(now) $1" | awk '{ printf "%.1f", $1 - $2 }'; }
rate() { echo "$1 $2" | awk '{ printf "%.0f/s", $1 / ($2 > 0.05 ? $2 : 0.05) }'; }

overload_gateway() {
	load_gateway || return 1
	port=$(server_port)
	sed -i "s|^\t{ type = \"maildir\".*|&,\n\t{ type = \"lmtp\"; listen = \"127.0.0.1:$port\"; }|" \
	    "$NOROSHI_CONF"
	printf 'workers = 2;\n' >>"$NOROSHI_CONF"
	noroshi config check && cp -a "$G" "$TEST_TMP/fresh"
}

# fresh: that gateway again, started
fresh() {
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
	[ -z "${1-}" ] || "$@"
	: >"$TEST_TMP/daemon.log" >"$TEST_TMP/memory"
	load_daemon
	load_ready
	load_watch 1 &
	WATCH=$!
}

finish() {
	kill $WATCH
	wait $WATCH 2>/dev/null
	WATCH=
	kill $DAEMON
	wait $DAEMON
	must "noroshid ends well" 0 $?
	DAEMON=
	must "the record is whole" yes "$(noroshi audit verify >/dev/null 2>&1 &&
	    echo yes || echo no)"
	must "nothing waits in the spool" 0 "$(find "$G/spool/new" \
	    "$G/spool/out" -type f ! -name '*.env' | wc -l)"
	echo "resident memory, MB:"
	load_memory
	echo
}

# until_all SECONDS SQL: until that is 1; the database is asked rarely, as it
# has other work
until_all() {
	left=$1
	while [ "$(load_question "$2")" != 1 ]; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 1
	done
}
none_waits="sum(state = 'received') = 0 FROM message"
none_leaves="coalesce(sum(state = 'queued'), 0) = 0 FROM delivery"

overload_burst() {
	echo "== a burst: $burst mails of 2 kB by LMTP, $clients connections"
	fresh
	begin=$(now)
	$source -L -s $clients -m "$burst" -l 2000 -f else@nokey.example \
	    -t $TEAM "127.0.0.1:$port" >"$TEST_TMP/source" 2>&1
	must "each is taken" 0 $?
	took=$(since "$begin")
	say "all taken, durable and registered, after" \
	    "$took s, $(rate "$burst" "$took")"
	must "all are there" "$burst" "$(load_question \
	    'SELECT count(*) FROM message')"
	until_all 3600 "SELECT $none_waits" || must "all are judged" yes no
	took=$(since "$begin")
	say "all judged after" "$took s, $(rate "$burst" "$took")"
	until_all 3600 "SELECT $none_leaves" || must "all copies leave" yes no
	took=$(since "$begin")
	say "all $((readers * burst)) copies out after" \
	    "$took s, $(rate $((readers * burst)) "$took")"
	must "each is judged" "$burst" "$(load_question \
	    "SELECT count(*) FROM message WHERE state = 'processed'")"
	must "each copy is there once" $((readers * burst)) \
	    "$(ls "$G/outbox/new" | wc -l)"
	finish
}

overload_feed() {
	echo "== a feed: $feed notices of one machine, by Maildir"
	fresh
	mkdir "$TEST_TMP/feed"
	awk -v n="$feed" -v dir="$TEST_TMP/feed" 'BEGIN {
		for (i = 1; i <= n; i++) {
			f = dir "/" i ".feed"
			printf "From: IDS <ids@vendor.example>\n" \
			    "To: csirt@example.org\n" \
			    "Subject: [SID %d] beacon from 192.0.2.%d\n" \
			    "Message-ID: <feed-%d@vendor.example>\n" \
			    "Auto-Submitted: auto-generated\n" \
			    "Precedence: bulk\n\nAlarm %d.\n", \
			    i, i % 250, i, i > f
			close(f)
		}
	}'
	begin=$(now)
	find "$TEST_TMP/feed" -type f -exec mv -t "$G/inbox/new" {} +
	until_all $((3600 + feed / 20)) \
	    "SELECT count(*) = $feed FROM message" ||
	    must "all are taken" yes no
	took=$(since "$begin")
	say "all taken after" "$took s, $(rate "$feed" "$took")"
	until_all $((3600 + feed / 20)) "SELECT $none_waits" || must "all are judged" yes no
	took=$(since "$begin")
	say "all judged after" "$took s, $(rate "$feed" "$took")"
	until_all 600 "SELECT $none_leaves" || must "all copies leave" yes no
	cases=$(load_question 'SELECT count(*) FROM cases')
	copies=$(load_question 'SELECT count(*) FROM delivery')
	# the 1st, 10th, 100th and so on
	steps=$(awk -v n="$feed" 'BEGIN { for (i = 1; i <= n; i *= 10) s++; print s }')
	say "cases / copies to $readers readers" "$cases / $copies"
	must "they are one case" 1 "$cases"
	must "of which few have copies" $((readers * steps)) "$copies"
	finish
}

# trickle FIRST: small mails, one each 0.2 s; their times in $TEST_TMP/in
trickle() {
	n=$1
	last=$((n + small - 1))
	trickled=$((trickled + small))
	while [ "$n" -le $last ]; do
		echo "Report $n: 203.0.113.$((n % 250))" | mail_signed \
		    rika@client.example "$RIKA" "$TEAM" "Small $n" \
		    "<small-$n@client.example>" >"$TEST_TMP/small"
		echo "<small-$n@client.example> $(now)" >>"$TEST_TMP/in"
		$source -L -F "$TEST_TMP/small" -f rika@client.example \
		    -t "$TEAM" "127.0.0.1:$port" 2>>"$TEST_TMP/source"
		n=$((n + 1))
		sleep 0.2
	done
}

# latency LABEL: from the sending to the copy in the outbox, of what trickled
latency() {
	until_all 600 "SELECT (SELECT count(*) FROM message
	    WHERE rfc_message_id LIKE '%small-%' AND state = 'processed') = \
	    $((trickled)) AND (SELECT $none_leaves)" ||
	    must "all small mails are through" yes no
	load_question "SELECT m.rfc_message_id || ' ' || v.id FROM delivery v
	    JOIN draft d ON d.id = v.draft JOIN message m ON m.id = d.message
	    WHERE m.rfc_message_id LIKE '%small-%'" >"$TEST_TMP/ids"
	(cd "$G/outbox/new" && stat -c '%n %.Y' -- *) >"$TEST_TMP/out"
	awk '
	FILENAME ~ /in$/ { sent[$1] = $2; next }
	FILENAME ~ /out$/ { split($1, p, "."); left[p[1]] = $2; next }
	$1 in sent && $2 in left { printf "%.0f\n", (left[$2] - sent[$1]) * 1000 }' \
	    "$TEST_TMP/in" "$TEST_TMP/out" "$TEST_TMP/ids" | sort -n |
	    awk -v label="$1" '
	    { v[NR] = $1 }
	    END {
		printf "%-58s %d / %d / %d ms\n", label,
		    v[int((NR + 1) / 2)], v[int(NR * 0.95)], v[NR]
	    }'
	: >"$TEST_TMP/in"
}

overload_large() {
	echo "== small mails beside large ones of $large MB, workers = 2"
	fresh
	: >"$TEST_TMP/in"
	trickled=0
	for n in 1 2; do
		{
			world_header "$JIRO" "$TEAM" "A capture $n" \
			    "<large-$n@nokey.example>"
			printf 'Content-Type: application/octet-stream\n'
			printf 'Content-Transfer-Encoding: base64\n\n'
			head -c $((large * 1000000 * 76 / 104)) /dev/urandom |
			    base64 -w 76
		} >"$TEST_TMP/large-$n"
	done
	say "" "median / 95 % / max, from SMTP to the copy in the outbox"
	trickle 1
	latency "$small small mails alone"
	for n in 1 2; do
		begin=$(now)
		$source -L -F "$TEST_TMP/large-$n" -f else@nokey.example \
		    -t $TEAM "127.0.0.1:$port" 2>>"$TEST_TMP/source" &
		[ $n -eq 1 ] || break
		trickle 100
		latency "$small beside one large mail"
		until_all 600 "SELECT count(*) = 2 FROM delivery v JOIN draft d
		    ON d.id = v.draft JOIN message m ON m.id = d.message WHERE
		    m.rfc_message_id = '<large-1@nokey.example>'
		    AND v.state = 'sent'" || must "it leaves" yes no
	done
	# another that fills the second worker as well
	sed 's/large-1@/large-3@/' "$TEST_TMP/large-1" >"$TEST_TMP/large-3"
	$source -L -F "$TEST_TMP/large-3" -f else@nokey.example -t $TEAM \
	    "127.0.0.1:$port" 2>>"$TEST_TMP/source" &
	trickle 200
	latency "$small beside two at once"
	until_all 600 "SELECT count(*) = 3 AND sum(state = 'processed') = 3
	    FROM message WHERE rfc_message_id LIKE '%large-%'" ||
	    must "the large ones are processed" yes no
	until_all 600 "SELECT $none_leaves"
	took=$(grep -c 'worker died' "$TEST_TMP/daemon.log")
	must "nobody died of them" 0 "$took"
	finish
}

free_mb() { echo $(($(df --output=avail -B1 "$G" | tail -n 1) / 1000000)); }

overload_disk() {
	echo "== a disk that fills: 40 MB, limits.free = 16 MB"
	rm -rf "$G"
	mkdir -m 700 "$G"
	mount -t tmpfs -o size=40m,mode=700 none "$G" 2>/dev/null || {
		say "no tmpfs can be mounted here" skipped
		return
	}
	mounted=$G
	cp -a "$TEST_TMP/fresh/." "$G/"
	load_setting limits.free 16777216
	: >"$TEST_TMP/daemon.log" >"$TEST_TMP/memory"
	load_daemon
	load_ready
	load_watch 1 &
	WATCH=$!
	# until it says no
	n=0
	while [ $n -lt 100 ]; do
		$source -L -m 20 -l 50000 -f else@nokey.example -t $TEAM \
		    "127.0.0.1:$port" 2>"$TEST_TMP/source" || break
		n=$((n + 1))
	done
	say "it says" "$(sed 's/.*: //' "$TEST_TMP/source" | head -n 1)"
	must "that is 4xx" 1 "$(grep -c ' 4[0-9][0-9] ' "$TEST_TMP/source")"
	say "MB free when it said so" "$(free_mb)"
	# people read their mail: copies leave the outbox for another disk
	mkdir "$TEST_TMP/read"
	lowest=$(free_mb)
	for i in $(seq 300); do
		find "$G/outbox/new" -type f -exec mv -t "$TEST_TMP/read" {} +
		[ "$(free_mb)" -ge "$lowest" ] || lowest=$(free_mb)
		[ "$(load_question "SELECT $none_waits")" != 1 ] ||
		    [ "$(load_question "SELECT $none_leaves")" != 1 ] || break
		sleep 0.5
	done
	find "$G/outbox/new" -type f -exec mv -t "$TEST_TMP/read" {} +
	say "MB free at least" "$lowest"
	must "it was never full" yes "$([ "$lowest" -gt 0 ] && echo yes)"
	taken=$(load_question 'SELECT count(*) FROM message')
	must "what it took is processed" "$taken" "$(load_question \
	    "SELECT count(*) FROM message WHERE state = 'processed'")"
	say "mails taken" "$taken"
	must "each of them left twice" $((readers * taken)) \
	    "$(ls "$TEST_TMP/read" | wc -l)"
	begin=$(now)
	while ! $source -L -l 50000 -f else@nokey.example -t $TEAM \
	    "127.0.0.1:$port" 2>/dev/null; do
		[ "$(since "$begin" | cut -d. -f1)" -lt 60 ] || break
		sleep 0.2
	done
	say "with room again, it takes mail after" "$(since "$begin") s"
	until_all 60 "SELECT count(*) > $taken AND $none_waits" ||
	    must "that is processed" yes no
	until_all 60 "SELECT $none_leaves" || must "and leaves" yes no
	finish
	umount "$G" && mounted=
}

# Contacts with keys: rows of the same material under other fingerprints, as
# it is the number that counts.
overload_people() {
	sqlite3 "$G/noroshi.db" "
	CREATE TEMP TABLE it AS SELECT key AS f FROM contact_key
	    ORDER BY contact DESC LIMIT 1;
	CREATE TEMP TABLE n (i INTEGER PRIMARY KEY);
	WITH RECURSIVE count(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM count
	    WHERE i < $keys) INSERT INTO n SELECT i FROM count;
	INSERT INTO contact (id, name, class, created_at)
	    SELECT 100000 + i, 'Person ' || i, 'finder', 1 FROM n;
	INSERT INTO contact_address (address, contact, written, position)
	    SELECT 'p' || i || '@site' || i || '.example', 100000 + i,
	    'p' || i || '@site' || i || '.example', 0 FROM n;
	INSERT INTO key SELECT printf('%040X', i), user_ids,
	    'p' || i || '@site' || i || '.example', created, expires, revoked,
	    0, material, blob, imported_at FROM n, key
	    WHERE fingerprint = (SELECT f FROM it);
	$(overload_copy contact_key "key=printf('%040X', i)" \
	    "contact=100000 + i")
	$(overload_copy subkey "fingerprint=printf('%08X', i) || substr(x.fingerprint, 9)" \
	    "key=printf('%040X', i)")
	UPDATE meta SET value = value + 1 WHERE name = 'people_version';"
}

# overload_copy TABLE COLUMN=VALUE...: its rows of that key, for each i
overload_copy() {
	table=$1
	shift
	columns=$(sqlite3 "$G/noroshi.db" "SELECT name
	    FROM pragma_table_info('$table')")
	select=
	names=
	for c in $columns; do
		value=x.$c
		for pair; do
			[ "${pair%%=*}" != "$c" ] || value=${pair#*=}
		done
		select="$select${select:+, }$value"
		names="$names${names:+, }$c"
	done
	echo "INSERT INTO $table ($names) SELECT $select FROM n, $table x
	    WHERE x.key = (SELECT f FROM it);"
}

overload_keys() {
	for people in 0 "$keys"; do
		echo "== signed mail with $people contacts more, each with a key"
		if [ "$people" = 0 ]; then
			fresh
		else
			fresh overload_people
		fi
		: >"$TEST_TMP/in"
		trickled=0
		say "keys in the database" "$(load_question \
		    'SELECT count(*) FROM key')"
		trickle 1
		say "" "median / 95 % / max, from LMTP to the copy in the outbox"
		latency "$small signed mails"
		must "the signatures are good" "$small" "$(noroshi message list \
		    --json | jq '[.[] | select(.sender.evidence ==
			"signature")] | length')"
		finish
	done
}

overload_gateway >"$TEST_TMP/out" 2>&1 || {
	cat "$TEST_TMP/out" >&2
	exit 70
}
for part in $parts; do
	"overload_$part"
done
[ -z "$wrong" ]
