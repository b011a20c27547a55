#!/bin/sh
# scale.sh - what a mail of 10 kB costs a gateway that knows much, for whom
# much leaves, and that has two workers; and what one does that has no mail.
#
# Run by "make bench". In turns, with a run without mail taken off each:
# bare GPGME; a gateway that knows 16 keys and has 1,000 messages; one that
# knows 10,000 keys (names like theirs are looked for in an index that a worker
# makes once, in 0.1 s, which is counted); one that has 100,000 messages (both
# made up in the database); the first with an acknowledgement that is
# encrypted, with 10 and with 100 readers; with two workers. Medians of all rounds. Other programs'
# figures for the same work were measured on a machine like this one, not now.
# From the environment: BENCH_MAILS, mails in a run; BENCH_FEW, of those to 100
# readers; BENCH_ROUNDS; BENCH_KNOWN; BENCH_STORED; BENCH_KEYS; BENCH_IDLE,
# seconds that processes are watched doing nothing; BENCH_SCALE, which of the
# gateways beside the first: "keys store ack read hundred two" (all).
set -eu
: "${builddir:?}" "${top_srcdir:?}"
. "$top_srcdir/tests/lib/world.sh"

mails=${BENCH_MAILS:-60}
few=${BENCH_FEW:-6}
rounds=${BENCH_ROUNDS:-3}
known=${BENCH_KNOWN:-10000}
stored=${BENCH_STORED:-100000}
keys=${BENCH_KEYS:-ed25519 rsa4096}
idle=${BENCH_IDLE:-20}
scale=${BENCH_SCALE:-keys store ack read hundred two}
# shellcheck disable=SC2034
READERS=$(seq -f 'reader%g@example.org' 10)
. "$top_srcdir/tests/bench/lib.sh"

sql() { sqlite3 "$1/noroshi.db" >/dev/null; }

# scale_people gateway keys: contacts with a key each, which nobody asks for
scale_people() {
	sql "$1" <<-SQL
	PRAGMA synchronous = OFF;
	BEGIN;
	CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1
	    UNION ALL SELECT i + 1 FROM n WHERE i < $2) SELECT i FROM n;
	INSERT INTO contact (id, name, class, created_at)
	    SELECT 1000000 + i, 'Known ' || i, 'first', 1 FROM n;
	INSERT INTO contact_address SELECT 'known' || i || '@peer' || i ||
	    '.example', 1000000 + i, 'known' || i || '@peer' || i ||
	    '.example', 0 FROM n;
	INSERT INTO key SELECT printf('%040X', i), 'Known ' || i, '', 1, 0, 0,
	    0, material, blob, 1 FROM n JOIN (SELECT material, blob FROM key
	    WHERE team = 0 LIMIT 1);
	INSERT INTO subkey SELECT printf('%040X', i), printf('%040X', i),
	    printf('%016X', i), 0, 1, 0, 0, 0, 1, 'ed25519', 255 FROM n;
	INSERT INTO subkey SELECT printf('B%039X', i), printf('%040X', i),
	    printf('B%015X', i), 1, 1, 0, 0, 1, 0, 'cv25519', 255 FROM n;
	INSERT INTO contact_key SELECT printf('%040X', i), 1000000 + i, 'met',
	    NULL, NULL, 0 FROM n;
	COMMIT;
	SQL
}

# scale_store gateway messages: processed ones, ten in each case
scale_store() {
	sql "$1" <<-SQL
	PRAGMA synchronous = OFF;
	BEGIN;
	CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 1
	    UNION ALL SELECT i + 1 FROM n WHERE i < $2) SELECT i FROM n;
	INSERT INTO vault_key (id, wrapped) VALUES (1000000, NULL);
	INSERT INTO cases (id, year, number, name, title_sealed, state,
	    priority, opened_at, vault_key) SELECT 1000000 + i, 2020, i,
	    'OLD-2020-' || i, randomblob(80), 'closed', 'normal', 1, 1000000
	    FROM n WHERE i <= $2 / 10;
	INSERT INTO case_participant SELECT id, NULL, 'old' || id ||
	    '@peer.example', NULL, 1 FROM cases WHERE year = 2020;
	INSERT INTO message (id, sha256, direction, source, received_at, size,
	    state, step, rfc_message_id, sender_address, kind, label, cases,
	    facts, vault_key) SELECT i, printf('%064x', i), 'in', 'maildir',
	    1, 10000, 'processed', 'done', '<old' || i || '@peer.example>',
	    'old' || i || '@peer.example', 'report', 'AMBER',
	    1000001 + i % ($2 / 10),
	    printf('{"made_up":"%0900d"}', i), 1000000 FROM n;
	INSERT INTO message_content SELECT i, randomblob(600) FROM n;
	INSERT INTO message_reference SELECT '<older' || i || '@peer.example>',
	    i FROM n;
	INSERT INTO envelope SELECT i, 'old@peer.example', 'csirt@example.org',
	    'maildir', 1 FROM n;
	INSERT INTO signature_seen SELECT printf('%064x', i), i FROM n;
	INSERT INTO audit SELECT (SELECT max(id) FROM audit) + i, 1, 'worker',
	    'message.judged', i, 1000001 + i % ($2 / 10), NULL, '{}',
	    printf('%064x', i - 1), printf('%064x', i) FROM n;
	COMMIT;
	PRAGMA wal_checkpoint(TRUNCATE);
	SQL
}

# scale_copy from to
scale_copy() { cp -a "$BENCH/$1" "$BENCH/$2"; }

scale_readers() {
	mv "$BENCH/$1" "$G"
	for who in $(seq -f 'reader%g@example.org' 11 100); do
		world_key "${who%%@*}" "$who"
		noroshi contact add "$who" --address "$who" --class staff \
		    --verified met --key "$WORLD/$who.asc" >/dev/null
		GNUPGHOME=$WORLD/$who gpgconf --kill gpg-agent 2>/dev/null || :
	done
	mv "$G" "$BENCH/$1"
}

# wanted name: whether that gateway is measured
wanted() {
	case " $scale " in
	*" $1 "*) [ "$key" = ed25519 ] || [ "$1" = two ] ;;
	*) false ;;
	esac
}

scale_gateways() {
	if wanted keys; then
		scale_copy alone keys
		scale_people "$BENCH/keys" "$known"
		scale_store "$BENCH/keys" 1000
	fi
	if wanted store; then
		scale_copy alone store
		scale_people "$BENCH/store" 14
		say "$key: $stored messages are made up"
		scale_store "$BENCH/store" "$stored"
		: >"$BENCH/store/as-it-is"
	fi
	scale_people "$BENCH/alone" 14
	scale_store "$BENCH/alone" 1000
	if wanted two; then
		scale_copy alone two
		sed -i 's/^workers = .*/workers = 2;/' \
		    "$BENCH/two/noroshi.conf"
	fi
	if wanted ack; then
		scale_copy alone ack
		sed -i '/^enabled = false;/d' "$BENCH/ack/noroshi.conf"
	fi
	if wanted hundred; then
		scale_copy read hundred
		scale_readers hundred
	fi
}

# scale_run name mails
scale_run() {
	bench_run "$BENCH/$1" 0
	bench_note "$key $1 idle"
	hide=$BENCH/hidden
	mkdir -p "$hide"
	for file in "$BENCH"/mail/*; do
		[ "${file##*/}" -le "$2" ] || mv "$file" "$hide/"
	done
	bench_run "$BENCH/$1" "$2"
	bench_note "$key $1 busy"
	echo "$key $1 $2" >>"$BENCH/counts"
	[ -z "$(ls "$hide")" ] || mv "$hide"/* "$BENCH/mail/"
}

scale_round() {
	bench_mails small "$mails" "$round"
	bench_bare | awk -v name="$key bare busy" \
	    '{ print name, "all", $1 + $2 + $3, 0; print name, "wall", $4, 0 }' \
	    >>"$BENCH/notes"
	echo "$key bare $mails" >>"$BENCH/counts"
	scale_run alone "$mails"
	for name in two keys store; do
		! wanted $name || scale_run $name "$mails"
	done
	# nobody gets more than three in a day
	! wanted ack || scale_run ack 3
	for name in read hundred; do
		! wanted $name || scale_run $name "$few"
	done
}

scale_table() {
	awk -v counts="$BENCH/counts" -v known="$known" -v stored="$stored" '
	function median(list,   v, n, i, k, t) {
		n = split(list, v, " ")
		for (i = 2; i <= n; i++)
			for (k = i; k > 1 && v[k] + 0 < v[k - 1] + 0; k--) {
				t = v[k]; v[k] = v[k - 1]; v[k - 1] = t
			}
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	function cost(run, who,   list, i) {
		for (i = 1; i <= seen[run " busy", who]; i++)
			list = list " " (value[run " busy", who, i] - \
			    value[run " idle", who, i]) / count[run] / 1000
		return median(list)
	}
	function has(run) { return (key " " run " busy", "all") in seen }
	function line(run, what, than, ratio, note) {
		printf "%-8s %-34s %9.2f ms  %s%s\n", key, what, \
		    cost(key " " run, than), ratio, note
	}
	BEGIN {
		while ((getline row < counts) > 0) {
			split(row, f, " ")
			count[f[1] " " f[2]] = f[3]
		}
	}
	{
		run = $1 " " $2 " " $3
		i = ++seen[run, $4]
		value[run, $4, i] = $5
		if (!($1 in named)) { named[$1] = 1; name[++names] = $1 }
	}
	END {
		printf "\nProcessor ms a message of 10 kB, by what is known\n"
		for (n = 1; n <= names; n++) {
			key = name[n]
			one = cost(key " alone", "all")
			line("bare", "bare GPGME", "all", "", "")
			line("alone", "16 keys, 1,000 messages", "all", \
			    sprintf("%.2f of bare", one / \
			    cost(key " bare", "all")), "")
			if (has("keys"))
				line("keys", known " keys", "all", \
				    sprintf("%.2f", cost(key " keys", "all") / \
				    one), " of 16")
			if (has("store"))
				line("store", stored " messages", "all", \
				    sprintf("%.2f", cost(key " store", "all") / \
				    one), " of 1,000")
		}
		key = "ed25519"
		if (has("read") || has("hundred") || has("ack"))
			printf "\nThe whole job, beside what others took\n"
		if (has("read"))
			line("read", "in, 10 copies out", "all", \
			    sprintf("%.0f times less", 2590 / \
			    cost(key " read", "all")), \
			    " than Schleuder (2,590)")
		if (has("hundred"))
			line("hundred", "in, 100 copies out", "all", \
			    sprintf("%.0f times less", 11000 / \
			    cost(key " hundred", "all")), \
			    " than Schleuder (11,000)")
		if (has("ack"))
			line("ack", "in, encrypted acknowledgement", "all", \
			    sprintf("%.0f times less", 405 / \
			    cost(key " ack", "all")), \
			    " than RT (370 to 440)")
		for (n = 1; n <= names; n++) {
			key = name[n]
			if (!has("two")) continue
			if (!two++)
				printf "\nTwo workers: wall ms a message\n"
			line("alone", "one worker", "wall", "", "")
			line("two", "two workers", "wall", sprintf( \
			    "%.2f times as many", cost(key " alone", "wall") / \
			    cost(key " two", "wall")), "")
		}
	}' "$BENCH/notes"
	awk '
	{
		run = $1 " " $2
		if (!(run in runs)) { runs[run] = 1; order[++n] = run }
		if (!($4 in column)) { column[$4] = 1; name[++m] = $4 }
		sum[run, $4] += $5
		times[run, $4]++
	}
	END {
		printf "\nStages in the worker, wall ms a message (mean)\n%-18s |", \
		    "run"
		for (k = 1; k <= m; k++)
			printf " %7s", name[k]
		printf "\n"
		for (i = 1; i <= n; i++) {
			printf "%-18s |", order[i]
			for (k = 1; k <= m; k++)
				printf " %7.2f", sum[order[i], name[k]] / \
				    (times[order[i], name[k]] + 1e-9) / 1000
			printf "\n"
		}
	}' "$BENCH/stages"
}

# "role kB switches": what waits, and how often it woke up of itself
scale_waiting() {
	for pid in $(pgrep -P "$1") $1; do
		awk '/^Name:/ { name = $2 } /^VmRSS:/ { kb = $2 }
			/^voluntary_ctxt/ { print name, kb, $2 }' \
		    "/proc/$pid/status"
	done
}

scale_idle() {
	rm -rf "$G"
	cp -a "$BENCH/alone" "$G"
	"$builddir/noroshid" -c "$G/noroshi.conf" -f 2>"$BENCH/log" &
	daemon=$!
	sleep 5
	scale_waiting $daemon >"$BENCH/before"
	sleep "$idle"
	scale_waiting $daemon >"$BENCH/after"
	kill $daemon
	wait $daemon || :
	printf '\nWithout mail for %d seconds: MB resident, wake-ups\n' "$idle"
	paste -d' ' "$BENCH/before" "$BENCH/after" |
	    awk '{ printf "%-16s %7.1f %5d\n", $1, $5 / 1024, $6 - $3 }'
}

: >"$BENCH/notes"
: >"$BENCH/stages"
: >"$BENCH/counts"
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
	done
	rm -rf "$BENCH/alone" "$BENCH/read" "$BENCH/two" "$BENCH/home" "$G" \
	    "$WORLD/$TEAM" "$WORLD/rika@client.example"
	bench_gateway "$key" "$subkey"
	scale_gateways
	for round in $(seq "$rounds"); do
		say "$key: round $round of $rounds"
		scale_round
	done
done
scale_table
scale_idle
