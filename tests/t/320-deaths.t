#!/bin/sh
# A message that kills who works on it is put aside after three deaths: its
# bytes are kept, the team is told, and the others go on.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

real=$NOROSHI_LIBEXEC
gateway_libexec intake queue worker parser deliver
# Kills the worker, or the parser beside it, that has this sender's key in its
# ring, and says so in a file.
cat >"$TEST_TMP/libexec/noroshi-gpg" <<END
#!/bin/sh
for a; do
	case \$a in
	--homedir) next=1 ;;
	--verify | --decrypt) reads=1 ;;
	*) [ -z "\${next-}" ] || home=\$a; next= ;;
	esac
done
if [ -n "\${reads-}" ] && [ ! -e "$TEST_TMP/slow" ] && grep -q deadly "\$home/pubring.kbx"; then
	# GPGME forks twice: the worker adopts us in a moment
	i=0
	while [ \$i -lt 1000 ]; do
		boss=\$(awk '\$1 == "PPid:" { print \$2 }' /proc/\$\$/status)
		[ "\$(cat /proc/\$boss/comm)" != noroshi-worker ] || break
		sleep 0.01
		i=\$((i + 1))
	done
	victim=\$boss
	# the one beside it, of the same supervisor
	top=\$(awk '\$1 == "PPid:" { print \$2 }' /proc/\$boss/status)
	[ ! -e "$TEST_TMP/parser" ] ||
	    for p in \$(cat /proc/\$top/task/\$top/children); do
		[ "\$(cat /proc/\$p/comm)" != noroshi-parser ] || victim=\$p
	done
	echo \$victim >>"$TEST_TMP/kills"
	kill -9 \$victim
	[ -e "$TEST_TMP/parser" ] || exit 2
fi 2>/dev/null
[ -z "\${reads-}" ] || [ ! -e "$TEST_TMP/slow" ] ||
	if grep -q deadly "\$home/pubring.kbx"; then sleep 4; else sleep 1; fi
exec "$real/noroshi-gpg" "\$@"
END
chmod +x "$TEST_TMP/libexec/noroshi-gpg"

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
for who in deadly rika; do
	world_key "$who" $who@client.example
	noroshi contact add $who --address $who@client.example \
	    --class constituent --key "$WORLD/$who@client.example.asc" \
	    --verified phone >/dev/null
done
cp -a "$G" "$TEST_TMP/fresh"

write() { # write WHO N
	echo "Report number $2." | mail_signed $1@client.example \
	    "$1 <$1@client.example>" csirt@example.org "Report $2" \
	    "<$1-$2@client.example>"
}

write deadly 1 >"$WORLD/deadly"
sha=$(sha256sum <"$WORLD/deadly" | cut -d' ' -f1)
for n in 1 2 3 4 5 6; do
	write rika $n >"$WORLD/good.$n"
done

deaths() { # deaths WHO WORKERS
	rm -rf "$G" "$TEST_TMP/kills"
	cp -a "$TEST_TMP/fresh" "$G"
	# our gpg is a script that kills, which no confined worker may run
	printf 'workers = %d;\nsandbox = "off";\n' "$2" >>"$NOROSHI_CONF"
	for n in 1 2 3; do
		world_drop "$G/inbox" <"$WORLD/good.$n"
	done
	world_drop "$G/inbox" <"$WORLD/deadly"
	for n in 4 5 6; do
		world_drop "$G/inbox" <"$WORLD/good.$n"
	done
	NOROSHI_LIBEXEC=$TEST_TMP/libexec
	ok "$1: noroshid --once ends well" once
	NOROSHI_LIBEXEC=$real
	is "$1: it was killed three times" 3 "$(wc -l <"$TEST_TMP/kills")"
	noroshi message list --json >"$TEST_TMP/list"
	is "$1: the message is in quarantine, and why is said" \
	    "quarantined a worker died 3 times with this message" \
	    "$(jq -r --arg s "$sha" '.[] | select(.sha256 == $s) |
		"\(.state) \(.quarantine.reason)"' "$TEST_TMP/list")"
	id=$(jq -r --arg s "$sha" '.[] | select(.sha256 == $s) | .id' \
	    "$TEST_TMP/list")
	is "$1: its bytes are kept" "$sha" \
	    "$(noroshi message raw "$id" | sha256sum | cut -d' ' -f1)"
	is "$1: each of the team is told, once" \
	    "hanako@example.org ken@example.org taro@example.org" \
	    "$(noroshi queue list --json | jq -r --argjson m "$id" \
		'[.[] | select(.message == $m and .state == "sent") |
		.recipient] | sort | join(" ")')"
	is "$1: the others are processed" 6 \
	    "$(jq '[.[] | select(.state == "processed")] | length' \
		"$TEST_TMP/list")"
	is "$1: with a copy for each reader" "21 21" \
	    "$(noroshi queue list --json | jq '[.[] |
		select(.state == "sent")] | length') $(ls "$G/outbox/new" |
		wc -l)"
	ok "$1: the audit chain verifies" noroshi audit verify
	ok "$1: no process is left" no_process_left
}

deaths "the worker of two" 2
: >"$TEST_TMP/parser"
deaths "the parser" 1
rm "$TEST_TMP/parser"

# Slow messages are in two workers' hands, and a third one is free: the next
# queue does not know which, and gives one to a worker that has it not.
rm -rf "$G"
cp -a "$TEST_TMP/fresh" "$G"
printf 'workers = 3;\nsandbox = "off";\n' >>"$NOROSHI_CONF"
ok "the queue: a daemon starts" \
    daemon_start env NOROSHI_LIBEXEC="$TEST_TMP/libexec"
: >"$TEST_TMP/slow"
world_drop "$G/inbox" <"$WORLD/good.1"
world_drop "$G/inbox" <"$WORLD/deadly"
write deadly 2 | world_drop "$G/inbox"
wait_for 10 grep -q "registered: id=3" "$DAEMON_LOG"
sleep 2
kill -9 "$(pid_of queue)"
copies_out() { [ "$(ls "$G/outbox/new" | wc -l)" -ge 9 ]; }
ok "the queue: all messages are worked on" wait_for 30 copies_out
# another worker, if it was given one, would send its copies now
sleep 5
rm "$TEST_TMP/slow"
ok "the queue: the daemon ends well" daemon_end
is "the queue: it died" 1 \
    "$(grep -c 'ended: role=queue' "$DAEMON_LOG")"
ok "the queue: what is left is done" once
is "the queue: each reader has one copy of each" "9 9 sent" \
    "$(ls "$G/outbox/new" | wc -l) $(noroshi queue list --json |
	jq -r '[.[].state] | "\(length) \(unique | join(" "))"')"
is "the queue: each was judged once, in one case" "3 3" \
    "$(noroshi audit log --json | jq -r '[.[].event] |
	"\(map(select(. == "message.judged")) | length) \(map(select(. ==
	"case.opened")) | length)"')"
ok "the queue: the audit chain verifies" noroshi audit verify
ok "the queue: no process is left" no_process_left
tap_end
