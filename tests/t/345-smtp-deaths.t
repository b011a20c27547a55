#!/bin/sh
# Death of queue and deliver at each durable step and each word to the server or
# to one another: every copy arrives, and at most the one in hand twice.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/postfix.sh"
. "$top_srcdir/tests/lib/dying.sh"

sink=/usr/sbin/smtp-sink
if [ ! -x $sink ]; then
	echo "1..0 # SKIP Postfix's smtp-sink is not installed"
	exit 0
fi
SINK=
deaths_cleanup() {
	status=$?
	[ -z "$SINK" ] || kill "$SINK" 2>/dev/null
	(exit $status)
	test_cleanup
}
trap deaths_cleanup EXIT

port=$(server_port)

ok "a gateway with a team" gateway_new
gateway_silent
ok "and a reader" world_key "Taro Operator" taro@example.org
noroshi contact set 1 --key "$WORLD/taro@example.org.asc" --verified met >/dev/null
ok "and another one" world_key "Hanako Handler" hanako@example.org
noroshi contact add "Hanako Handler" --address hanako@example.org --class staff \
    --role handler --key "$WORLD/hanako@example.org.asc" --verified met >/dev/null
ok "and people outside" day_people
world_know "$WORLD/team.asc"
gateway_conf transport '"smtp"'
gateway_conf host '"127.0.0.1"'
gateway_conf tls '"none"'
gateway_conf port "$port"
echo 'workers = 1;' >>"$NOROSHI_CONF"
day_mail report-encrypted | noroshi receive >/dev/null
once
# shellcheck disable=SC2046
noroshi queue retry $(noroshi queue list --json | jq -r '.[].id') >/dev/null
is "two copies wait for the server" "queued queued" \
    "$(noroshi queue list --json | jq -r '[.[].state] | join(" ")')"
dying_begin

mkdir "$TEST_TMP/sink"
user=
[ "$(id -u)" -ne 0 ] || {
	user="-u nobody"
	chmod 711 "$TEST_TMP"
	chown nobody "$TEST_TMP/sink"
}
# shellcheck disable=SC2086
$sink $user -d "$TEST_TMP/sink/" "127.0.0.1:$port" 16 >/dev/null 2>&1 &
SINK=$!
ok "a server that takes all" wait_for 10 server_listens 127.0.0.1 "$port"

# outcome: what is wrong at the end, or nothing
outcome() {
	for who in taro hanako; do
		grep -lq "^X-Rcpt-Args: <$who@example.org>" "$TEST_TMP"/sink/* ||
		    echo "$who has none"
	done
	[ "$(cat "$TEST_TMP"/sink/* | grep -c '^X-Rcpt-Args')" -le 3 ] ||
	    echo "more than one came twice"
	[ "$(noroshi queue list --json | jq -r '[.[].state] | join(" ")')" = \
	    "sent sent" ] || echo "not booked"
	[ "$(noroshi audit log --json | jq \
	    '[.[] | select(.event == "delivery.sent")] | length')" -eq 2 ] ||
	    echo "not booked once each"
	# one copy, however often it comes, has one Message-ID
	[ "$(cat "$TEST_TMP"/sink/* | sed -n 's/^Message-ID: //p' | sort -u |
	    wc -l)" -le 2 ] || echo "another Message-ID"
	noroshi audit verify >/dev/null || echo "the chain is broken"
	ls "$G/spool/out"
}

run() { # run ROLE: both copies, ROLE dying at its dying_n-th step
	dying_fresh
	rm -rf "$TEST_TMP"/sink/*
	dying_once "$1" "$dying_n" CRASH_WIRE=1
	# one that was under way waits for its next try
	waits=$(noroshi queue list --state queued --json | jq -r '.[].id')
	[ -z "$waits" ] || {
		# shellcheck disable=SC2086
		noroshi queue retry $waits >/dev/null
		once
	}
	outcome
}

for role in deliver queue; do
	dying_each 1 1 run $role
	is "$role may die at any of its $dying_steps steps" "" "$dying_wrong"
	ok "$role has steps to die at" test "$dying_steps" -gt 5
done
tap_end
