#!/bin/sh
# The daemon's own life: its lock, its mistakes, its end, and a disk or an
# outbox that takes nothing.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

real=$NOROSHI_LIBEXEC
ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
printf 'workers = 1;\n' >>"$NOROSHI_CONF"

exits() { # exits CODE command...: and what it says is in $TEST_TMP/says
	expect=$1
	shift
	timeout 300 "$@" >"$TEST_TMP/says" 2>&1
	got=$?
	[ $got = "$expect" ] || { echo "exit $got"; cat "$TEST_TMP/says"; false; }
}

says() { grep "$1" "$TEST_TMP/says" || { cat "$TEST_TMP/says"; false; }; }
lines() { wc -l <"$TEST_TMP/says"; }

end() { # with 0, before the supervisor loses patience and kills
	began=$(date +%s)
	daemon_end "$@" && [ $(($(date +%s) - began)) -lt 10 ]
}

count() {
	noroshi message list --json | jq --arg s "$1" \
	    '[.[] | select(.state == $s)] | length'
}
counts() { [ "$(count "$1")" = "$2" ]; }

# --- life
ok "--once with nothing to do exits 0" exits 0 noroshid -c "$NOROSHI_CONF" --once
ok "and again" exits 0 noroshid -c "$NOROSHI_CONF" --once
ok "it starts" daemon_start
ok "a second one exits 75" exits 75 noroshid -c "$NOROSHI_CONF" -f
is "and says why in one line" 1 "$(lines)"
ok "which names the other" says "another daemon runs here"
ok "--once exits 75 as well" exits 75 noroshid -c "$NOROSHI_CONF" --once
ok "SIGTERM ends it within seconds, with 0" end
ok "and leaves no process" no_process_left
ok "it starts again" daemon_start
ok "SIGINT too" end -INT
mail_small 0 | world_drop "$G/inbox"
ok "--once takes what was dropped meanwhile" once
is "and processes it" 1 "$(count processed)"

# --- in the background
ok "without -f it returns 0 once it is ready" exits 0 noroshid -c "$NOROSHI_CONF"
DAEMON=$(cat "$G/spool/noroshid.pid")
ok "its pid file names a process" kill -0 "$DAEMON"
mail_small 1 | world_drop "$G/inbox"
ok "it works there" wait_for 10 counts processed 2
gone() { ! kill -0 "$DAEMON" 2>/dev/null; }
kill "$DAEMON"
ok "SIGTERM ends it" wait_for 8 gone
DAEMON=
is "the pid file is empty then" "" "$(cat "$G/spool/noroshid.pid")"
ok "no process is left" no_process_left

# --- mistakes
cp "$NOROSHI_CONF" "$TEST_TMP/good.conf"
bad_from=$(($(wc -l <"$NOROSHI_CONF") + 1))
cat >>"$NOROSHI_CONF" <<'END'
delivers = "many";
transprot = "file";
attempts = 0;
END
ok "a wrong configuration exits 78" exits 78 noroshid -c "$NOROSHI_CONF" -f
is "and names all three" 3 "$(lines)"
for n in 0 1 2; do
	ok "one on line $((bad_from + n))" says "$NOROSHI_CONF:$((bad_from + n)): "
done
cp "$TEST_TMP/good.conf" "$NOROSHI_CONF"
ok "none at all exits 66" exits 66 noroshid -c "$TEST_TMP/nowhere.conf" -f
for word in try off; do
	cp "$TEST_TMP/good.conf" "$NOROSHI_CONF"
	printf 'sandbox = "%s";\n' $word >>"$NOROSHI_CONF"
	ok "sandbox = $word runs" exits 0 noroshid -c "$NOROSHI_CONF" --once
done
cp "$TEST_TMP/good.conf" "$NOROSHI_CONF"

gateway_libexec intake queue worker deliver gpg
NOROSHI_LIBEXEC=$TEST_TMP/libexec
ok "a missing program ends the start" \
    not exits 0 noroshid -c "$NOROSHI_CONF" -f
ok "and is named" says "$TEST_TMP/libexec/noroshi-parser"
NOROSHI_LIBEXEC=$real
ok "no process is left" no_process_left

# --- keys that nobody can use: mail waits, and is not blamed
mv "$G/gnupg/private-keys-v1.d" "$G/gnupg/away"
mkdir -m 700 "$G/gnupg/private-keys-v1.d"
mail_small 2 | world_drop "$G/inbox"
daemon_run
ok "without the team's key its workers end" \
    wait_for 20 sh -c "[ \$(grep -c 'worker ends' $TEST_TMP/says) -ge 4 ]"
is "and no message is put aside for it" 0 \
    "$(grep -c "quarantine\|died with message" "$TEST_TMP/says")"
rmdir "$G/gnupg/private-keys-v1.d"
mv "$G/gnupg/away" "$G/gnupg/private-keys-v1.d"
ok "with the key back it goes on" wait_for 20 counts processed 3
ok "and ends well" end

# --- an outbox that takes nothing
if [ "$(id -u)" = 0 ]; then
	# root writes everywhere but through a file
	mv "$G/outbox" "$G/outbox.away"
	: >"$G/outbox"
else
	chmod 500 "$G/outbox/tmp"
fi
mail_small 3 | world_drop "$G/inbox"
ok "with no outbox --once ends" exits 0 noroshid -c "$NOROSHI_CONF" --once
is "the mail is processed and its copies wait" "4 3" \
    "$(count processed) $(noroshi queue list --json |
	jq '[.[] | select(.state == "queued")] | length')"
if [ "$(id -u)" = 0 ]; then
	rm "$G/outbox"
	mv "$G/outbox.away" "$G/outbox"
else
	chmod 700 "$G/outbox/tmp"
fi
mail_small 4 | world_drop "$G/inbox"
ok "with it back others go out" once
is "at once, while these wait for their hour" "3 12" \
    "$(noroshi queue list --json | jq '[.[] | select(.state == "queued" and
	.attempts == 1)] | length') $(ls "$G/outbox/new" | wc -l)"
late=3
if command -v sqlite3 >/dev/null 2>&1; then
	gateway_later
	ok "when their hour comes they go out" once
	late=0
	is "each once" "0 15" "$(noroshi queue list --json | jq '[.[] |
	    select(.state == "queued")] | length') $(ls "$G/outbox/new" |
	    wc -l)"
else
	skip "when their hour comes they go out" "no sqlite3 to move the clock"
fi

# --- a Maildir with things that are no mail
mkdir "$G/inbox/new/folder"
mkfifo "$G/inbox/new/pipe"
ln -s /etc/passwd "$G/inbox/new/link"
ln -s nowhere "$G/inbox/new/dangling"
mail_small 5 >"$G/inbox/new/unreadable"
chmod 0 "$G/inbox/new/unreadable"
mail_small 6 | world_drop "$G/inbox"
ok "with strange files in new/ --once ends" \
    exits 0 noroshid -c "$NOROSHI_CONF" --once
# root may read what is unreadable
case $(id -u) in 0) more=7 ;; *) more=6 ;; esac
is "and the mail among them is processed" "$more" "$(count processed)"
is "they are left where they are" "dangling folder link pipe" \
    "$(ls "$G/inbox/new" | grep -v unreadable | tr '\n' ' ' | sed 's/ $//')"
ok "and named in the log" says "new/pipe: not a plain file"
rm -rf "$G/inbox/new/folder" "$G/inbox/new/pipe" "$G/inbox/new/link" \
    "$G/inbox/new/dangling" "$G/inbox/new/unreadable"

# --- a full disk below the spool
mounted=
unmount() { [ -z "$mounted" ] || umount "$G/spool"; }
trap 'code=$?; unmount; (exit $code); test_cleanup' EXIT
before=$(noroshi message list --json | jq length)
cp -a "$G/spool" "$TEST_TMP/spool"
if mount -t tmpfs -o size=1m,mode=700 none "$G/spool" 2>/dev/null; then
	mounted=yes
	cp -a "$TEST_TMP/spool/." "$G/spool/"
	head -c 2000000 /dev/zero >"$G/spool/ballast" 2>/dev/null
	# it is not asked before, as where another program is faster
	sed -i 's/^\(\t*\)#free = .*/\1free = 0;/' "$NOROSHI_CONF"
	ok "a daemon starts on a full disk" daemon_start
	for n in 10 11 12; do
		{
			mail_small $n
			head -c 30000 /dev/zero | tr '\0' 'x' | fold
		} | world_drop "$G/inbox"
	done
	ok "and says that it waits" \
	    wait_for 10 grep -q "intake waits: .*No space" "$TEST_TMP/says"
	is "nothing is taken from the Maildir" 3 "$(ls "$G/inbox/new" | wc -l)"
	is "and nothing is known of it" "$before" \
	    "$(noroshi message list --json | jq length)"
	rm "$G/spool/ballast"
	ok "with room it goes on by itself" \
	    wait_for 20 counts processed $((before + 3))
	is "the Maildir is empty" 0 "$(ls "$G/inbox/new" | wc -l)"
	ok "and it ends well" end
	ok "with all copies out" once
	is "each once" "$((3 * (before + 3) - late))" "$(ls "$G/outbox/new" | wc -l)"
else
	skip "a full disk" "no tmpfs can be mounted here"
fi
ok "the audit chain verifies" noroshi audit verify
ok "no process is left" no_process_left
tap_end
