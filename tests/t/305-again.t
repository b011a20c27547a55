#!/bin/sh
# Death at every durable step of a worker that judges again, because a secret
# key came: the end is always the same.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

shim=$builddir/.libs/crashshim.so
real=$NOROSHI_LIBEXEC
gateway_libexec intake queue worker parser deliver gpg

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_key "Example CSIRT" old@example.org
world_know "$WORLD/old@example.org.asc"
world_gpg old@example.org --armor --export-secret-keys >"$TEST_TMP/old.sec"
printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"
echo "Phishing again." | PROTECT=1 OUTER=... mail_encrypted rika@client.example \
    old@example.org "$RIKA" "$TEAM" "Phishing" "<closed@late.example>" |
    noroshi receive >/dev/null
ok "a mail that stays closed" once
is "is closed" failed "$(field 1 .encryption)"
ok "until the old key comes" noroshi key import "$TEST_TMP/old.sec"
cp -a "$G" "$TEST_TMP/fresh"

outcome() {
	noroshi message show 1 --json |
	    jq -r '"\(.state) \(.encryption) \(.sender.evidence) \(.subject) \(.case)"'
	noroshi queue list --json | jq -r '[.[] | "\(.message) \(.recipient) \(.state)"] | sort | .[]'
	noroshi case show "$(field 1 .case)" --json | jq -r '"\(.title) \(.notes | length)"'
	ls "$G/outbox/new" | wc -l
	noroshi audit log --json | jq -r '[.[] | select(.message == 1) | .event] |
	    group_by(.) | .[] | "\(.[0]) \(length)"'
	noroshi audit verify >/dev/null && echo whole
}

run() { # run N: the worker dies at its N-th step
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
	rm -f "$TEST_TMP/libexec/noroshi-worker"
	cat >"$TEST_TMP/libexec/noroshi-worker" <<-END
	#!/bin/sh
	LD_PRELOAD=$shim CRASH_AT=$1 CRASH_ONCE=$TEST_TMP/armed \\
	    exec $real/noroshi-worker
	END
	chmod +x "$TEST_TMP/libexec/noroshi-worker"
	: >"$TEST_TMP/armed"
	NOROSHI_LIBEXEC=$TEST_TMP/libexec timeout 60 noroshid \
	    -c "$NOROSHI_CONF" --once >"$TEST_TMP/run.log" 2>&1
	once
}

run 100000
expected=$(outcome)
is "without a death it is open, and copied to the team once more" \
    "processed whole signature Phishing|6" "$(echo "$expected" | head -n 1 |
	cut -d' ' -f1-4)|$(noroshi queue list --json | jq length)"
n=1
wrong=
while :; do
	run "$n"
	[ "$(outcome)" = "$expected" ] || wrong="$wrong $n"
	[ -e "$TEST_TMP/armed" ] && break
	n=$((n + 1))
	[ $n -le 100 ] || break
done
is "the worker may die at any of its $((n - 1)) durable steps" "" "$wrong"
ok "it has durable steps to die at" test "$n" -gt 2
tap_end
