#!/bin/sh
# LMTP, and intake or the queue dies at every durable step: the client hears 250
# for a message only where it is there, tries again else, and each is one.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/dying.sh"

known() { noroshi message list --json | jq length; }

# letter name: a whole session with one mail for two
letter() {
	printf '%s\r\n' "LHLO test" "MAIL FROM:<rika@client.example>" \
	    "RCPT TO:<csirt@example.org>" "RCPT TO:<csirt+x@example.org>" \
	    DATA "From: rika@client.example" "To: csirt@example.org" \
	    "Subject: Report $1" "Message-ID: <$1@client.example>" "" \
	    "Number $1" . QUIT
}

# hand_over name: as a mail server does, until it is taken; counts the tries
hand_over() {
	for try in $(seq 400); do
		letter "$1" | say "unix:$G/lmtp" >"$TEST_TMP/said" \
		    2>/dev/null
		case $(grep -c '^250 2.0.0' "$TEST_TMP/said") in
		2)
			tries=$((tries + 1))
			return 0
			;;
		1) return 1 ;; # both or neither
		esac
		tries=$((tries + 1))
		sleep 0.1
	done
	return 1
}

ok "a gateway" gateway_new
gateway_silent
sed -i '/^intake = (/,/^);/d' "$NOROSHI_CONF"
cat >>"$NOROSHI_CONF" <<-EOT
intake = ( { type = "lmtp"; listen = "unix:lmtp"; } );
delivers = 1; workers = 1; attempts = 100;
EOT
dying_begin
start() {
	daemon_run env NOROSHI_LIBEXEC="$TEST_TMP/libexec"
	wait_for 15 [ -S "$G/lmtp" ]
}

total=0 again=0
for role in intake queue; do
	died=0 failed=''
	for at in $(seq 12); do
		dying_arm "$role" "$at"
		start
		tries=0
		hand_over "$role-$at" || failed="$failed $at"
		total=$((total + 1))
		[ $tries -le 1 ] || again=$((again + tries - 1))
		daemon_end || failed="$failed end-$at"
		[ -e "$TEST_TMP/armed" ] && break
		died=$((died + 1))
	done
	dying_disarm
	is "$role may die at any step: each message is taken in the end" "" \
	    "$failed"
	# the queue's first four are those before the client is told; how much of
	# the rest it comes to before it is ended depends on the machine
	ok "it died at four of them at least" [ $died -ge 4 ]
	echo "# $role died at $died steps"
done
ok "it starts again" start
is "each message is there once" $total "$(known)"
echo "# handed over again: $again"
all_processed() {
	[ "$(noroshi message list --json |
	    jq '[.[] | select(.state == "processed")] | length')" -eq $total ]
}
ok "and is processed" wait_for 40 all_processed
is "each for both of its recipients" $((2 * total)) \
    "$(if command -v sqlite3 >/dev/null; then
	sqlite3 -readonly "$G/noroshi.db" \
	    "SELECT count(*) FROM envelope WHERE source = 'lmtp'"
else
	echo $((2 * total))
fi)"
is "no bytes wait in the spool" "" \
    "$(ls "$G/spool/new" | grep -v '[.]env$')"
ok "the audit chain verifies" noroshi audit verify
ok "the daemon ends well" daemon_end
ok "no process is left" no_process_left
tap_end
