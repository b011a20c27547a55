#!/bin/sh
# Death at every durable step of a worker that judges again, because a secret
# key came: the end is always the same.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/dying.sh"

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
dying_begin

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

run() { # the worker dies at its dying_n-th step
	dying_fresh
	dying_once worker "$dying_n"
	once
	[ "$(outcome)" = "$expected" ] || echo "another end"
}

once
expected=$(outcome)
is "without a death it is open, and copied to the team once more" \
    "processed whole signature Phishing|6" "$(echo "$expected" | head -n 1 |
	cut -d' ' -f1-4)|$(noroshi queue list --json | jq length)"
dying_each 1 1 run
is "the worker may die at any of its $dying_steps durable steps" "" \
    "$dying_wrong"
ok "it has durable steps to die at" test "$dying_steps" -gt 20
tap_end
