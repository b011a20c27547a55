#!/bin/sh
# Nothing that a mail names is ever looked up: all system calls for a socket of
# all processes, from intake to the outbox and in the commands that list and
# export, are counted.
. "$top_srcdir/tests/lib/gateway.sh"

if nm "$builddir/noroshid" 2>/dev/null | grep -q __asan_init; then
	echo "1..0 # SKIP the leak check cannot be traced"
	exit 0
fi
if ! command -v strace >/dev/null || ! strace -f -o /dev/null true 2>/dev/null
then
	echo "1..0 # SKIP strace cannot trace here"
	exit 0
fi
ok "a gateway" gateway_new
ok "and its readers" gateway_staff
printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"
TEAM=csirt@example.org
mail_plain "Rika <rika@client.example>" "$TEAM" "Phishing at evil.example.com" \
    "<lookup-1@client.example>" <<EOT | world_drop "$G/inbox"
hxxps://login[.]evil-example[.]com/x at 203.0.113.9 (AS64496, 2001:db8::9),
joe@evil-example.com, CVE-2024-3094, www.jpcert.or.jp, 192.0.2.0/24
EOT
traced() {
	strace -f -qq -e trace=socket,connect,sendto,sendmsg,sendmmsg \
	    -o "$TEST_TMP/calls" "$@" >"$TEST_TMP/out" 2>"$TEST_TMP/err"
	status=$?
	cat "$TEST_TMP/calls" >>"$TEST_TMP/all"
	[ "$status" -eq 0 ] || cat "$TEST_TMP/err"
	return $status
}
ok "a mail full of names is processed" traced \
    timeout 600 noroshid -c "$NOROSHI_CONF" --once
case=$(noroshi message show 1 --json | jq -r .case)
is "its indicators are listed" 10 \
    "$(noroshi message show 1 --json | jq '.indicators | length')"
ok "and shown" traced noroshi message show 1
ok "and exported" traced noroshi case indicators "$case" --stix
ok "the calls were seen" grep -q 'AF_UNIX' "$TEST_TMP/all"
is "none of them is of a network" "" \
    "$(grep 'AF_INET\|AF_PACKET\|AF_NETLINK\|sin_port\|resolve' \
	"$TEST_TMP/all" | head -n 3)"
tap_end
