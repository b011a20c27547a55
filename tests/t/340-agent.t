#!/bin/sh
# An agent that died or does not answer is no verdict: the message waits. A gpg
# that hangs is ended by its deadline, and the worker goes on.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"

real=$NOROSHI_LIBEXEC
gateway_libexec intake queue worker parser deliver
# Where asked to: hurts the agent, or hangs, before it reads.
cat >"$TEST_TMP/libexec/noroshi-gpg" <<END
#!/bin/sh
for a; do
	case \$a in
	--homedir) next=1 ;;
	--decrypt) reads=1 ;;
	*) [ -z "\${next-}" ] || home=\$a; next= ;;
	esac
done
if [ -n "\${reads-}" ] && [ -e "$TEST_TMP/hurt" ]; then
	echo \$\$ >>"$TEST_TMP/hurts"
	# the socket file names the agent's own folder
	socket=\$(sed -n 's/^socket=//p' "\$home/S.gpg-agent")
	for p in \$(grep -l ^gpg-agent /proc/[0-9]*/comm); do
		p=\${p%/comm}
		tr '\\0' ' ' <\$p/cmdline | grep -q "gpg-agent.*\${socket%/*} " ||
		    continue
		kill -\$(cat "$TEST_TMP/hurt") \${p#/proc/}
		echo \${p#/proc/} >"$TEST_TMP/agent"
	done
fi 2>/dev/null
# A pipe that nobody writes to: gpg waits for good, the limits are its own.
if [ -n "\${reads-}" ] && [ -e "$TEST_TMP/hang" ]; then
	echo hangs >>"$TEST_TMP/hangs"
	exec "$real/noroshi-gpg" --batch --homedir "\$home" --decrypt \
	    "$TEST_TMP/hang"
fi
exec "$real/noroshi-gpg" "\$@"
END
chmod +x "$TEST_TMP/libexec/noroshi-gpg"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
# our gpg is a script, which no confined worker may run
printf 'workers = 1;\nsandbox = "off";\n' >>"$NOROSHI_CONF"
sed -i 's/^\([[:space:]]\)#deadline = .*/\1deadline = 5;/' "$NOROSHI_CONF"
day_mail report-encrypted >"$WORLD/report"
cp -a "$G" "$TEST_TMP/fresh"

# What hurts comes once the worker has opened the vault.
start() {
	rm -rf "$G" "$TEST_TMP/hurts" "$TEST_TMP/hangs" "$TEST_TMP/agent"
	cp -a "$TEST_TMP/fresh" "$G"
	daemon_start env NOROSHI_LIBEXEC="$TEST_TMP/libexec"
	[ -z "${1-}" ] || "$@"
	world_drop "$G/inbox" <"$WORLD/report"
}

state() { noroshi message list --json | jq -r '.[0].state'; }
is_state() { [ "$(state)" = "$1" ]; }

verdict() {
	noroshi message list --json | jq -r '.[0] |
	    "\(.encryption) \(.warnings | index("not-for-us") != null)"'
}

start
ok "unhurt: the message is processed" wait_for 10 is_state processed
good=$(verdict)
ok "unhurt: the daemon ends well" daemon_end

hurt_by() { echo "$1" >"$TEST_TMP/hurt"; }
start hurt_by KILL
ok "killed: gpg was started without an agent" \
    wait_for 10 test -s "$TEST_TMP/hurts"
rm "$TEST_TMP/hurt"
ok "killed: the message is processed later" wait_for 20 is_state processed
is "killed: and is not called somebody else's" "$good" "$(verdict)"
ok "killed: its text can be read" sh -c \
    'noroshi message text 1 | grep -q "fake login page"'
ok "killed: the daemon ends well" daemon_end

start hurt_by STOP
ok "stopped: the agent does not answer" wait_for 10 test -s "$TEST_TMP/agent"
rm "$TEST_TMP/hurt"
ok "stopped: the message is put off" \
    wait_for 20 grep -q "message waits: id=1" "$DAEMON_LOG"
is "stopped: and not judged" received "$(state)"
kill -CONT "$(cat "$TEST_TMP/agent")"
ok "stopped: it is processed when the agent answers again" \
    wait_for 25 is_state processed
is "stopped: and is not called somebody else's" "$good" "$(verdict)"
ok "stopped: its text can be read" sh -c \
    'noroshi message text 1 | grep -q "fake login page"'
ok "stopped: the daemon ends well" daemon_end

start mkfifo "$TEST_TMP/hang"
day_mail report-japanese | world_drop "$G/inbox"
ok "hangs: gpg was started and waits" wait_for 10 test -s "$TEST_TMP/hangs"
ended() {
	[ "$(noroshi message list --json | jq -r 'sort_by(.id) |
	    [.[].state] | join(" ")')" = "quarantined processed" ]
}
ok "hangs: it ends at the deadline, and the next one is processed" \
    wait_for 20 ended
is "hangs: nobody died of it" 0 "$(grep -c "ended: role=" "$DAEMON_LOG")"
ok "hangs: the daemon ends well" daemon_end
ok "no gpg and no process is left" no_process_left
tap_end
