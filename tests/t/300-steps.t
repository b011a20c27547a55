#!/bin/sh
# Death at every durable step of each role: the end is always the same.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

shim=$builddir/.libs/crashshim.so
real=$NOROSHI_LIBEXEC
mkdir "$TEST_TMP/libexec"
for role in intake queue worker parser deliver gpg; do
	ln -s "$real/noroshi-$role" "$TEST_TMP/libexec/noroshi-$role"
done

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
# the shim removes a file that no confined role may touch
printf 'delivers = 1;\nworkers = 1;\nsandbox = "off";\n' >>"$NOROSHI_CONF"
day_mail report-encrypted >"$WORLD/report"
day_mail reply-hidden-subject >"$WORLD/reply"
cp -a "$G" "$TEST_TMP/fresh"

outcome() {
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

run() { # run ROLE N: both mails, ROLE dying at its N-th step
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
	world_drop "$G/inbox" <"$WORLD/report"
	world_drop "$G/inbox" <"$WORLD/reply"
	rm -f "$TEST_TMP/libexec/noroshi-$1"
	cat >"$TEST_TMP/libexec/noroshi-$1" <<-END
	#!/bin/sh
	LD_PRELOAD=$shim CRASH_AT=$2 CRASH_ONCE=$TEST_TMP/armed \\
	    exec $real/noroshi-$1
	END
	chmod +x "$TEST_TMP/libexec/noroshi-$1"
	: >"$TEST_TMP/armed"
	NOROSHI_LIBEXEC=$TEST_TMP/libexec timeout 60 noroshid \
	    -c "$NOROSHI_CONF" --once >"$TEST_TMP/run.log" 2>&1
	# A start that was given up is made again by whoever looks after it.
	rm -f "$TEST_TMP/libexec/noroshi-$1"
	ln -s "$real/noroshi-$1" "$TEST_TMP/libexec/noroshi-$1"
	once
}

run worker 100000
expected=$(outcome)
is "without a death both mails are in one case, with three copies each" \
    "1 processed EX-2026-0001|2 processed EX-2026-0001|6" \
    "$(echo "$expected" | sed -n '1p;2p' | sed "s/-$(date -u +%Y)-/-2026-/" |
	tr '\n' '|')$(noroshi queue list --json | jq length)"

for role in intake queue worker deliver; do
	n=1
	wrong=
	while :; do
		run "$role" "$n"
		[ "$(outcome)" = "$expected" ] || {
			wrong="$wrong $n"
			outcome >"$TEST_TMP/outcome.$role.$n"
			[ -z "${KEEP-}" ] || cp "$TEST_TMP/run.log" "$TEST_TMP/log.$role.$n"
		}
		# armed is still there: there was no n-th step any more
		[ -e "$TEST_TMP/armed" ] && break
		n=$((n + 1))
		[ $n -le 200 ] || break
	done
	is "$role may die at any of its $((n - 1)) durable steps" "" "$wrong"
	for w in $wrong; do
		echo "# $role dying at step $w:"
		sed 's/^/#   /' "$TEST_TMP/outcome.$role.$w"
		break
	done
	ok "$role has durable steps to die at" test "$n" -gt 2
done
tap_end
