# steps.sh - two mails through a gateway of which one role dies, or is refused
# something by the system, at its n-th durable step.
#
# Sourced by tests/t after gateway.sh, day.sh and dying.sh.

# steps_begin: the gateway, its people, the mails
steps_begin() {
	ok "a gateway with a team" gateway_new
	gateway_silent
	ok "and its readers" gateway_staff
	ok "and people outside" day_people
	world_know "$WORLD/team.asc"
	printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"
	day_mail report-encrypted >"$WORLD/report"
	day_mail reply-hidden-subject >"$WORLD/reply"
	dying_begin
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
	dying_fresh
	world_drop "$G/inbox" <"$WORLD/report"
	world_drop "$G/inbox" <"$WORLD/reply"
}

# steps_run ROLE N [VARIABLE=VALUE...]: both mails, with ROLE's N-th step
steps_run() {
	steps_fresh
	dying_once "$@"
	once
	[ -z "${STEPS_LATER-}" ] || { gateway_later && once; }
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

# steps_try ROLE [VARIABLE=VALUE...]: says where the end is another one
steps_try() {
	try_role=$1
	shift
	steps_run "$try_role" "$dying_n" "$@"
	steps_outcome >"$TEST_TMP/outcome"
	[ "$(cat "$TEST_TMP/outcome")" = "$steps_expected" ] && return
	echo differs
	[ -e "$TEST_TMP/differs" ] || {
		echo "# $try_role at step $dying_n:"
		sed 's/^/#   /' "$TEST_TMP/outcome"
		tail -20 "$TEST_TMP/run.log" | sed 's/^/#   /'
	} >"$TEST_TMP/differs"
	[ -z "${KEEP-}" ] ||
	    cp "$TEST_TMP/run.log" "$KEEP/$try_role.$dying_n.log"
}

# steps_all ROLE FIRST STRIDE SENTENCE [VARIABLE=VALUE...]: each STRIDE-th step
# of ROLE; %d in SENTENCE is the number of its last one
steps_all() {
	all_role=$1 all_first=$2 all_stride=$3 all_sentence=$4
	shift 4
	rm -f "$TEST_TMP/differs"
	dying_each "$all_first" "$all_stride" steps_try "$all_role" "$@"
	is "$(printf "$all_sentence" "$dying_steps")" "" "$dying_wrong"
	[ ! -e "$TEST_TMP/differs" ] || cat "$TEST_TMP/differs"
	ok "$all_role has such steps" test "$dying_steps" -gt 1
}
