# steps.sh - two mails through a gateway of which one role dies, or is refused
# something by the system, at its n-th durable step (tests/crash/shim.c).
#
# Sourced by tests/t after gateway.sh and day.sh.

steps_shim=$builddir/.libs/crashshim.so
steps_real=$NOROSHI_LIBEXEC

# steps_begin: the gateway, its people, the mails
steps_begin() {
	gateway_libexec intake queue worker parser deliver gpg
	ok "a gateway with a team" gateway_new
	gateway_silent
	ok "and its readers" gateway_staff
	ok "and people outside" day_people
	world_know "$WORLD/team.asc"
	# the shim removes a file that no confined role may touch
	printf 'delivers = 1;\nworkers = 1;\nsandbox = "off";\n' \
	    >>"$NOROSHI_CONF"
	day_mail report-encrypted >"$WORLD/report"
	day_mail reply-hidden-subject >"$WORLD/reply"
	cp -a "$G" "$TEST_TMP/fresh"
}

# steps_outcome: what must be the same whatever happened
steps_outcome() {
	noroshi message list --json | jq -r '.[] | "\(.id) \(.state) \(.case)"'
	noroshi queue list --json | jq -r '[.[] | "\(.message) \(.recipient) \(.state)"] | sort | .[]'
	noroshi case list --json | jq length
	ls "$G/outbox/new" | wc -l
	# what a death leaves in spool/tmp, and an envelope whose message is
	# gone, are swept by age
	ls "$G/inbox/new" "$G/spool/new" "$G/spool/out" | grep -v ":\|[.]env" | grep .
	noroshi audit log --json | jq -r '[.[] |
	    select(.event == "message.judged" or .event == "message.received" or
		.event == "case.opened") | .event] | group_by(.) | .[] |
	    "\(.[0]) \(length)"'
	noroshi audit verify >/dev/null && echo whole
}

# steps_fresh: the gateway as it was, both mails before it
steps_fresh() {
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
	world_drop "$G/inbox" <"$WORLD/report"
	world_drop "$G/inbox" <"$WORLD/reply"
}

# steps_run ROLE N [VARIABLE=VALUE...]: both mails, with ROLE's N-th step
steps_run() {
	steps_role=$1 steps_n=$2
	shift 2
	steps_fresh
	rm -f "$TEST_TMP/libexec/noroshi-$steps_role"
	cat >"$TEST_TMP/libexec/noroshi-$steps_role" <<-END
	#!/bin/sh
	exec env LD_PRELOAD=$steps_shim CRASH_AT=$steps_n \
	    CRASH_ONCE=$TEST_TMP/armed $* $steps_real/noroshi-$steps_role
	END
	chmod +x "$TEST_TMP/libexec/noroshi-$steps_role"
	: >"$TEST_TMP/armed"
	NOROSHI_LIBEXEC=$TEST_TMP/libexec timeout 60 noroshid \
	    -c "$NOROSHI_CONF" --once >"$TEST_TMP/run.log" 2>&1
	# A start that was given up is made again by whoever looks after it.
	rm -f "$TEST_TMP/libexec/noroshi-$steps_role"
	ln -s "$steps_real/noroshi-$steps_role" \
	    "$TEST_TMP/libexec/noroshi-$steps_role"
	once
	[ -z "${STEPS_LATER-}" ] || steps_later
}

# steps_later: the time of the next try has come, of messages and copies
steps_later() {
	sqlite3 "$G/noroshi.db" '.timeout 5000' \
	    "UPDATE message SET next_attempt_at = 0 WHERE state = 'received'" \
	    "UPDATE delivery SET next_attempt_at = 1 WHERE state = 'queued'"
	once
}

# steps_usual: steps_expected is the outcome when nothing happens
steps_usual() {
	steps_run worker 100000
	steps_expected=$(steps_outcome)
	is "with nothing amiss both mails are in one case, with three copies each" \
	    "1 processed EX-2026-0001|2 processed EX-2026-0001|6" \
	    "$(echo "$steps_expected" | sed -n '1p;2p' |
		sed "s/-$(date -u +%Y)-/-2026-/" | tr '\n' '|')$(
		noroshi queue list --json | jq length)"
}

# steps_all ROLE FIRST STRIDE SENTENCE [VARIABLE=VALUE...]: each STRIDE-th step
# of ROLE; %d in SENTENCE is the number of its last one
steps_all() {
	all_role=$1 all_n=$2 all_stride=$3 all_sentence=$4
	shift 4
	all_wrong=
	while :; do
		steps_run "$all_role" "$all_n" "$@"
		[ "$(steps_outcome)" = "$steps_expected" ] || {
			all_wrong="$all_wrong $all_n"
			steps_outcome >"$TEST_TMP/outcome.$all_n"
			[ -z "${KEEP-}" ] ||
			    cp "$TEST_TMP/run.log" "$KEEP/$all_role.$all_n.log"
		}
		# armed is still there: there was no such step any more
		[ -e "$TEST_TMP/armed" ] && break
		all_n=$((all_n + all_stride))
		[ $all_n -le 400 ] || break
	done
	is "$(printf "$all_sentence" $((all_n - 1)))" "" "$all_wrong"
	for w in $all_wrong; do
		echo "# $all_role at step $w:"
		sed 's/^/#   /' "$TEST_TMP/outcome.$w"
		sed 's/^/#   /' "$TEST_TMP/run.log" | tail -20
		break
	done
	ok "$all_role has such steps" test "$all_n" -gt 2
}
