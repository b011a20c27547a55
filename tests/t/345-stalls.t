#!/bin/sh
# What stands still or goes wrong around us: a database that somebody holds, a
# gpg that is stopped, a log that nobody reads, a clock that is set, an address
# that a dying process still has. All of it passes, or costs one message.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/load.sh"
. "$top_srcdir/tests/lib/server.sh"

real=$NOROSHI_LIBEXEC
shim=$builddir/.libs/clockshim.so
year=31536000
HOLDERS=
stalls_end() {
	status=$?
	# shellcheck disable=SC2086
	[ -z "$HOLDERS" ] || kill $HOLDERS 2>/dev/null
	(exit $status)
	test_cleanup
}
trap stalls_end EXIT

ok "a gateway with a team" gateway_new
# in a year that never was, everything would be unseen and unanswered for long
gateway_conf unseen 0
gateway_conf unanswered 0
gateway_silent
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
printf 'workers = 1;\nattempts = 1;\n' >>"$NOROSHI_CONF"
day_mail report-encrypted >"$WORLD/report"
cp -a "$G" "$TEST_TMP/fresh"

fresh() {
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
}

states() { noroshi message list --json | jq -r 'sort_by(.id) | [.[].state] | join(" ")'; }
are() { [ "$(states)" = "$1" ]; }
sent() { [ "$(noroshi queue list --json | jq '[.[] | select(.state == "sent")] | length')" -eq "$1" ]; }
plain() { # plain N
	echo "Report $1: 203.0.113.$1" | mail_plain "$JIRO" "$TEAM" "No $1" \
	    "<stall-$1@nokey.example>"
}

# hold SECONDS: the database is somebody else's to write for that long
hold() {
	{
		printf '.timeout 20000\nBEGIN IMMEDIATE;\n.print held\n'
		sleep "$1"
		echo 'ROLLBACK;'
	} | sqlite3 "$G/noroshi.db" >"$TEST_TMP/hold" &
	HOLDERS="$HOLDERS $!"
	wait_for 10 test -s "$TEST_TMP/hold"
}

# --- a busy database
fresh
daemon_start
hold 3
world_drop "$G/inbox" <"$WORLD/report"
plain 1 | world_drop "$G/inbox"
exits 0 timeout 300 noroshi receive "$WORLD/report" >"$TEST_TMP/receive"
is "busy for 3 s: a pipe waits for it" 0 $?
ok "busy for 3 s: both are processed" wait_for 15 are "processed processed"
ok "and six copies leave" wait_for 10 sent 6
is "busy for 3 s: nobody noticed" "" \
    "$(grep ": error:\|: warning:" "$DAEMON_LOG")"
ok "the record is whole" noroshi audit verify
ok "the daemon ends well" daemon_end

# --- a gpg that is stopped: neither its alarm nor its limits can fire
gateway_libexec intake queue worker parser deliver
mkfifo "$TEST_TMP/hang"
cat >"$TEST_TMP/libexec/noroshi-gpg" <<END
#!/bin/sh
for a; do
	case \$a in
	--homedir) next=1 ;;
	--decrypt) reads=1 ;;
	*) [ -z "\${next-}" ] || home=\$a; next= ;;
	esac
done
# A pipe that nobody writes to: it is stopped while it waits.
if [ -n "\${reads-}" ] && [ -e "$TEST_TMP/stop" ]; then
	rm "$TEST_TMP/stop"
	echo \$\$ >"$TEST_TMP/stopped"
	(sleep 0.3; kill -STOP \$\$) >/dev/null 2>&1 &
	exec "$real/noroshi-gpg" --batch --homedir "\$home" --decrypt \
	    "$TEST_TMP/hang"
fi
exec "$real/noroshi-gpg" "\$@"
END
chmod +x "$TEST_TMP/libexec/noroshi-gpg"
fresh
# our gpg is a script, which no confined worker may run
printf 'sandbox = "off";\n' >>"$NOROSHI_CONF"
load_setting gpg.deadline 3
NOROSHI_LIBEXEC=$TEST_TMP/libexec
daemon_start
: >"$TEST_TMP/stop"
world_drop "$G/inbox" <"$WORLD/report"
ok "stopped: a gpg stands still" wait_for 10 test -s "$TEST_TMP/stopped"
plain 2 | world_drop "$G/inbox"
ok "stopped: its worker is ended, and what was behind it is processed" \
    wait_for 25 are "quarantined processed"
ok "stopped: the log says so" grep -q "queue: error: worker stands still: id=1" \
    "$DAEMON_LOG"
runs() { grep -q "^State:.[^Z]" "/proc/$1/status"; }
ok "stopped: no gpg is left" wait_for 5 not runs "$(cat "$TEST_TMP/stopped")"
ok "stopped: the message can be read later" sh -c \
    'noroshi message raw 1 | cmp - "$1"' - "$WORLD/report"
ok "stopped: the daemon ends well" daemon_end
NOROSHI_LIBEXEC=$real

# --- a log that nobody reads
fresh
mkfifo "$TEST_TMP/log"
sleep 600 <>"$TEST_TMP/log" &
reader=$!
HOLDERS="$HOLDERS $reader"
wait_for 10 sh -c 'readlink "$1" | grep -q log' sh "/proc/$reader/fd/0"
# as full as it gets
dd if=/dev/zero of="$TEST_TMP/log" bs=4096 count=16 oflag=nonblock 2>/dev/null
DAEMON_LOG=$TEST_TMP/log
daemon_run
DAEMON_LOG=$TEST_TMP/says
world_drop "$G/inbox" <"$WORLD/report"
plain 3 | world_drop "$G/inbox"
ok "unread: two mails are processed while nobody reads the log" \
    wait_for 15 are "processed processed"
ok "unread: and their copies leave" wait_for 10 sent 6
cat "$TEST_TMP/log" >"$TEST_TMP/read" &
cat=$!
HOLDERS="$HOLDERS $cat"
# who writes before there is room loses that line too, and is told later
wait_for 10 test -s "$TEST_TMP/read"
plain 4 | world_drop "$G/inbox"
ok "unread: a third is when somebody does" wait_for 10 are \
    "processed processed processed"
ok "unread: and is told how many lines are lost" wait_for 10 grep -aq \
    "worker: warning: the log took no more: lines_lost=[1-9]" "$TEST_TMP/read"
kill $cat
ok "unread: the daemon ends well" daemon_end
kill $reader

# --- a clock that is set: by a year, ahead and back, while copies wait
clock() { echo "$1" >"$TEST_TMP/clock.new" && mv "$TEST_TMP/clock.new" "$TEST_TMP/clock"; }
for role in intake queue worker parser deliver; do
	rm "$TEST_TMP/libexec/noroshi-$role"
	cat >"$TEST_TMP/libexec/noroshi-$role" <<-END
	#!/bin/sh
	exec env LD_PRELOAD=$shim CLOCK_FILE=$TEST_TMP/clock \
	    "$real/noroshi-$role" "\$@"
	END
	chmod +x "$TEST_TMP/libexec/noroshi-$role"
done
# the wrapper clears its environment
cat >"$TEST_TMP/libexec/noroshi-gpg" <<END
#!/bin/sh
exec env LD_PRELOAD=$shim CLOCK_FILE=$TEST_TMP/clock "$GPG" "\$@"
END
fresh
sed -i '/^sandbox = /d' "$NOROSHI_CONF"
printf 'sandbox = "off";\n' >>"$NOROSHI_CONF"
cp -a "$G/outbox" "$TEST_TMP/outbox"
rm -rf "$G/outbox"
: >"$G/outbox" # no copy can leave
clock 0
NOROSHI_LIBEXEC=$TEST_TMP/libexec
daemon_start
tries() {
	[ "$(noroshi queue list --json | jq "[.[] | select(.state == \"queued\" and .attempts >= $1)] | length")" -eq 3 ]
}
plain 5 | world_drop "$G/inbox"
ok "set ahead: three copies wait for another try" wait_for 10 tries 1
clock $year
touch "$G/spool/wake"
ok "set ahead: they are tried again, and are not a year old" \
    wait_for 10 tries 2
plain 6 | world_drop "$G/inbox"
ok "set ahead: a second mail is processed" wait_for 10 are \
    "processed processed"
is "set ahead: nothing failed" 0 "$(noroshi queue list --json |
	jq '[.[] | select(.state == "failed")] | length')"
sleep 1
rm "$G/outbox"
cp -a "$TEST_TMP/outbox" "$G/outbox"
clock 0
touch "$G/spool/wake"
ok "set back: all six copies leave now, not in a year" wait_for 10 sent 6
plain 7 | world_drop "$G/inbox"
ok "set back: mail is processed" wait_for 10 are \
    "processed processed processed"
ok "set back: and leaves" wait_for 10 sent 9
is "set back: each copy is there once" 9 "$(ls "$G/outbox/new" | wc -l)"
is "both are in the log" "by=31536000s by=-31536000s" \
    "$(sed -n 's/.*the clock was set: //p' "$DAEMON_LOG" |
	tr '\n' ' ' | sed -e 's/ $//' -e 's/3153599[0-9]/31536000/g' \
	-e 's/3153600[0-9]/31536000/g')"
ok "the record is whole after that" noroshi audit verify
ok "set back: the daemon ends well" daemon_end
NOROSHI_LIBEXEC=$real

# --- a queue that dies while a copy is on its way: who has it knows its end
if [ -x /usr/sbin/smtp-sink ] && [ "$(id -u)" -eq 0 ]; then
	fresh
	port=$(server_port)
	printf 'transport = "smtp";\ndelivers = 1;\n' >>"$NOROSHI_CONF"
	load_setting smtp.host '"127.0.0.1"'
	load_setting smtp.port $port
	load_setting smtp.tls '"none"'
	chmod 711 "$TEST_TMP"
	mkdir -m 777 "$TEST_TMP/sink"
	# two seconds before it takes a mail's bytes
	/usr/sbin/smtp-sink -u nobody -w 2 -d "$TEST_TMP/sink/m." \
	    127.0.0.1:$port 16 >"$TEST_TMP/sink.log" 2>&1 &
	HOLDERS="$HOLDERS $!"
	wait_for 10 server_listens 127.0.0.1 $port
	daemon_start
	plain 8 | world_drop "$G/inbox"
	first() { [ "$(ls "$TEST_TMP/sink" | wc -l)" -ge 1 ]; }
	ok "on its way: a copy is being sent" wait_for 10 first
	kill -9 "$(ps -o pid=,comm= --ppid $DAEMON |
	    sed -n 's/^ *\([0-9]*\) noroshi-queue$/\1/p')"
	ok "on its way: all three leave" wait_for 25 sent 3
	is "on its way: each was handed over once" 3 \
	    "$(ls "$TEST_TMP/sink" | wc -l)"
	ok "on its way: the daemon ends well" daemon_end
else
	skip "a queue that dies while a copy is on its way" "no smtp-sink, or not root"
fi

# --- an address that a process on its way out still listens at
fresh
port=$(server_port)
load_listen $port
cp -a "$G" "$TEST_TMP/other"
noroshid -c "$TEST_TMP/other/noroshi.conf" -f 2>"$TEST_TMP/other.log" &
other=$!
HOLDERS="$HOLDERS $other"
wait_for 10 grep -q "info: ready" "$TEST_TMP/other.log"
(sleep 1; kill $other) &
ok "taken: noroshid waits for its address" daemon_start
ok "taken: and ends well" daemon_end
wait $other
ok "no process is left" no_process_left
tap_end
