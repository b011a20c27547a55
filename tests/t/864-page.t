#!/bin/sh
# Somebody is paged: a command without a shell, a case's number and no content,
# not more often than is wanted, and recorded where it fails.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
gateway_silent
cat >"$TEST_TMP/pager" <<EOT
#!/bin/sh
printf '%s|' "\$@" >>"$TEST_TMP/paged"
echo >>"$TEST_TMP/paged"
env >>"$TEST_TMP/env"
cat >>"$TEST_TMP/stdin"
echo "spoken on its output"
exit \$(cat "$TEST_TMP/code")
EOT
chmod +x "$TEST_TMP/pager"
echo 0 >"$TEST_TMP/code"
conf() { # conf WORDS: as settings of page
	sed -i '/^page:/d' "$NOROSHI_CONF"
	printf 'page: { %s };\n' "$1" >>"$NOROSHI_CONF"
}
sed -i '/^page: {$/,/^};/d' "$NOROSHI_CONF"
conf "command = (\"pager\");"
ok "a program without its path is a mistake" exits 78 noroshi config check
ok "which says so" grep -q "page.command: \"pager\" is no absolute path" "$TEST_TMP/exits.err"
conf "command = (\"$TEST_TMP/none\");"
ok "so is one that is not there" exits 78 noroshi config check
conf "command = (\"$TEST_TMP/pager\"); on = (\"criticl\");"
ok "and a word that nobody knows" exits 78 noroshi config check
conf "command = (\"$TEST_TMP/pager\", \"to\", \"+81 3; touch $TEST_TMP/shell\"); on = (\"critical\", \"high\"); pause = 0;"
sed -i '/^rules = ($/a { name = "test-critical"; subject = "^Burning"; priority = "critical"; },\
{ name = "test-high"; subject = "^Smoke"; priority = "high"; },' "$G/rules.conf"
ok "the configuration is right" exits 0 noroshi config check
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }
report() { # report SUBJECT ID
	echo "The secret word is plover." | mail_plain "Ann <ann@x.example>" \
	    csirt@example.org "$1" "<$2@x.example>" | noroshi receive --from ann@x.example >/dev/null
}

report "A question" q1
ok "an ordinary report comes" once
ok "and pages nobody" [ ! -e "$TEST_TMP/paged" ]
report "Burning house" b1
ok "a critical one comes" once
year=$(date -u +%Y)
is "and pages with its number, priority and count" \
    "to|+81 3; touch $TEST_TMP/shell|EX-$year-0002|critical|1|" "$(cat "$TEST_TMP/paged")"
ok "no shell has read it" [ ! -e "$TEST_TMP/shell" ]
ok "nothing of the mail is in its arguments, environment or input" not grep -rqi \
    "plover\|burning\|ann@" "$TEST_TMP/paged" "$TEST_TMP/env" "$TEST_TMP/stdin"
is "it is recorded" 1 "$(events page.sent)"
ok "what it said is nowhere in the log" not grep -q "spoken on its output" "$TEST_TMP/daemon.log"

# --- many at once, and a pause ---------------------------------------------------

conf "command = (\"$TEST_TMP/pager\"); on = (\"critical\", \"high\"); pause = 3600;"
: >"$TEST_TMP/paged"
report "Smoke one" s1
report "Burning two" b2
report "Smoke three" s3
once
is "within the pause nobody is paged again" "" "$(cat "$TEST_TMP/paged")"
conf "command = (\"$TEST_TMP/pager\"); on = (\"critical\", \"high\"); pause = 0;"
once
is "then once for all, with the most urgent case" "critical|3|" \
    "$(cut -d'|' -f2- "$TEST_TMP/paged")"
once
is "and not again" 1 "$(wc -l <"$TEST_TMP/paged")"

# --- a command that fails ----------------------------------------------------------

echo 3 >"$TEST_TMP/code"
report "Burning three" b3
once
is "one that fails is recorded, with how it ended" "the command ended with 3" \
    "$(noroshi audit log --json | jq -r '.[] | select(.event == "page.failed") | .detail.error')"
ok "and in the log" grep -q "nobody was paged" "$TEST_TMP/daemon.log"
n=$(wc -l <"$TEST_TMP/paged")
once
is "it waits before it is tried again" "$n" "$(wc -l <"$TEST_TMP/paged")"
if command -v sqlite3 >/dev/null; then
	echo 0 >"$TEST_TMP/code"
	sqlite3 "$G/noroshi.db" "UPDATE page SET next_attempt_at = 0"
	once
	is "and is, later" 3 "$(events page.sent)"
fi

# --- an archive --------------------------------------------------------------------

n=$(wc -l <"$TEST_TMP/paged")
{ echo "From a@b Mon Mar  4 10:00:00 2019"
  echo "Old." | mail_plain "Ann <ann@x.example>" csirt@example.org "Burning once" "<old@x.example>"
} >"$WORLD/old.mbox"
noroshi import mail "$WORLD/old.mbox" >/dev/null
once
is "an archive pages nobody" "$n" "$(wc -l <"$TEST_TMP/paged")"

# --- a queue that dies while the command runs ------------------------------------

cat >"$TEST_TMP/slow" <<EOT
#!/bin/sh
echo "\$*" >>"$TEST_TMP/slow.began"
sleep 4
EOT
chmod +x "$TEST_TMP/slow"
: >"$TEST_TMP/slow.began"
n=$(events page.sent)
conf "command = (\"$TEST_TMP/slow\"); on = (\"critical\"); pause = 0;"
ok "noroshid starts" daemon_start
report "Burning four" b4
ok "a page begins" wait_for 20 [ -s "$TEST_TMP/slow.began" ]
kill -9 "$(pid_of queue)"
sent() { [ "$(events page.sent)" -gt "$n" ]; }
ok "its end is recorded by the queue that came after" wait_for 20 sent
is "which has not begun another" 1 "$(wc -l <"$TEST_TMP/slow.began")"
is "and nobody takes that amiss" 0 "$(grep -c "frame not expected" "$DAEMON_LOG")"
ok "noroshid ends well" daemon_end
ok "no process is left" no_process_left
ok "the audit chain verifies" noroshi audit verify
tap_end
