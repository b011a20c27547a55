#!/bin/sh
# The running processes are confined, go on working in there, and say so where
# the kernel cannot. What each role is refused, src/process/test_sandbox.c tries
# inside the same sandboxes.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
gateway_silent
mv "$G/gnupg/openpgp-revocs.d" "$TEST_TMP/offline"
cp "$NOROSHI_CONF" "$TEST_TMP/good.conf"

# sandbox WORD: the setting, with one worker
sandbox() {
	{ cat "$TEST_TMP/good.conf"; printf 'workers = 1;\nsandbox = "%s";\n' "$1"; } \
	    >"$NOROSHI_CONF"
}

# state_of PID: "no-new-privileges seccomp" as the kernel says
state_of() {
	awk '/^NoNewPrivs:/ { n = $2 } /^Seccomp:/ { s = $2 }
	    END { print n, s }' "/proc/$1/status"
}

mail_in() { # mail_in CHARSET BYTES
	printf 'From: a@example.net\nTo: csirt@example.org\nSubject: %s\nMessage-ID: <%s@example.net>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=%s\nContent-Transfer-Encoding: 8bit\n\n' \
	    "$1" "$1" "$1"
	printf '%b\n' "$2"
}

count() {
	noroshi message list --json | jq --arg s "$1" \
	    '[.[] | select(.state == $s)] | length'
}
counts() { [ "$(count "$1")" = "$2" ]; }
copies() { [ "$(find "$G/outbox/new" -type f | wc -l)" = "$1" ]; }
finding() { # finding SEVERITY PATTERN [command...]
	severity=$1
	pattern=$2
	shift 2
	"$@" noroshi doctor --json 2>/dev/null | jq -e --arg s "$severity" \
	    --arg p "$pattern" 'any(.[]; (.severity | test($s)) and (.what | test($p)))'
}

sandbox required
if noroshi config check >/dev/null 2>&1; then
	all=required
else
	all=try
	skip "each role is confined by Landlock too" "this kernel has none"
fi

# --- confined, and at work
sandbox $all
ok "a daemon with sandbox = $all starts" daemon_start
for role in intake queue worker parser deliver; do
	is "$role has no new privileges and a seccomp filter" "1 2" \
	    "$(state_of "$(pid_of $role)")"
done
is "so has noroshid" "1 2" "$(state_of $DAEMON)"
is "and gpg-agent below it" "1 2" "$(state_of "$(pid_of gpg-agent)")"
is "nothing is said of it" 0 "$(grep -c "not confined" "$TEST_TMP/says")"
ok "noroshi doctor finds nothing amiss with it" not finding . sandbox

mail_in ISO-2022-KR '\033$)C\016\060\041\017' | world_drop "$G/inbox"
mail_in GB18030 '\0326\0320' | world_drop "$G/inbox"
mail_in BIG5 '\0244\0244' | world_drop "$G/inbox"
mail_in EUC-KR '\0260\0241' | world_drop "$G/inbox"
mail_in CP932 '\0223\0372' | world_drop "$G/inbox"
mail_in EUC-JP '\0306\0374' | world_drop "$G/inbox"
mail_in KOI8-R '\0304' | world_drop "$G/inbox"
ok "mail in seven charsets is processed" wait_for 20 counts processed 7
for pair in ISO-2022-KR=가 GB18030=中 BIG5=中 EUC-KR=가 CP932=日 EUC-JP=日 \
    KOI8-R=д; do
	charset=${pair%=*}
	id=$(noroshi message list --json |
	    jq --arg s "$charset" '.[] | select(.subject == $s) | .id')
	is "$charset is converted" "${pair#*=}" \
	    "$(field "$id" '.text' | head -n 1)"
done
ok "and the copies went out" wait_for 20 copies 21

# --- a parser that is killed
for n in 1 2 3 4; do
	mail_small $n | world_drop "$G/inbox"
	kill -9 $(pid_of parser) 2>/dev/null
	# three deaths would put one message aside
	wait_for 20 counts processed $((7 + n)) || break
done
ok "with the parser killed again and again nothing is lost" \
    wait_for 60 counts processed 11
ok "and each copy goes out once" wait_for 30 copies 33
is "none is put aside" 0 "$(count quarantined)"

# --- what the rules name may be replaced while they hold
sleep 2
mv "$G/outbox" "$G/outbox.away"
mkdir -m 700 "$G/outbox" "$G/outbox/tmp" "$G/outbox/new" "$G/outbox/cur"
mail_small 21 | world_drop "$G/inbox"
ok "an outbox that was made anew is written" wait_for 20 copies 3
ok "it ends" daemon_end
mkdir "$TEST_TMP/libexec"
cp "$NOROSHI_LIBEXEC"/noroshi-* "$TEST_TMP/libexec"
NOROSHI_LIBEXEC=$TEST_TMP/libexec
ok "it starts from another folder" daemon_start
sleep 2
cp "$TEST_TMP/libexec/noroshi-gpg" "$TEST_TMP/libexec/new"
mv "$TEST_TMP/libexec/new" "$TEST_TMP/libexec/noroshi-gpg"
mail_small 22 | world_drop "$G/inbox"
ok "a gpg that was upgraded runs" wait_for 20 counts processed 13
is "and no attempt failed for it" 0 \
    "$(grep -c "not processed\|quarantine" "$TEST_TMP/says")"
ok "it ends again" daemon_end
sed -i 's,"inbox","later/inbox",' "$NOROSHI_CONF"
ok "it starts without a Maildir" daemon_start
ok "and says that it waits" \
    wait_for 10 grep -q "intake waits: " "$TEST_TMP/says"
sleep 2
mkdir "$G/later"
ok "the Maildir is made when its folder comes" \
    wait_for 20 test -d "$G/later/inbox/new"
mail_small 24 | world_drop "$G/later/inbox"
ok "and read" wait_for 20 counts processed 14
ok "it ends once more" daemon_end
ok "the audit chain verifies" noroshi audit verify

# --- switched off
sandbox off
ok "with sandbox = off it starts" daemon_start
is "the parser has no filter then" "1 0" "$(state_of "$(pid_of parser)")"
ok "and ends" daemon_end
ok "noroshi doctor says so" finding warning 'is "off"'

# --- a kernel that cannot
old=$builddir/old_kernel
sandbox try
ok "on an old kernel try starts" daemon_start "$old"
is "with one warning" 1 "$(grep -c "warning: .*not confined" "$TEST_TMP/says")"
is "the parser has its seccomp filter all the same" "1 2" \
    "$(state_of "$(pid_of parser)")"
mail_small 23 | world_drop "$G/inbox"
ok "and mail is processed" wait_for 20 counts processed 15
ok "it ends there too" daemon_end
ok "noroshi doctor says so before" \
    finding warning 'sandbox is "try", and .*no Landlock' "$old"
ok "noroshi config check has nothing against it" "$old" noroshi config check
sandbox required
got=0
"$old" noroshid -c "$NOROSHI_CONF" --once >"$TEST_TMP/says" 2>&1 || got=$?
is "required does not start there, and exits 78" 78 $got
is "with one line" 1 "$(wc -l <"$TEST_TMP/says")"
ok "that says why" grep 'sandbox: is "required", and .*no Landlock' \
    "$TEST_TMP/says"
ok "noroshi config check says so before" \
    exits 78 "$old" noroshi config check
ok "in the same words" grep 'sandbox: is "required", and .*no Landlock' \
    "$TEST_TMP/exits.err"
ok "and noroshi doctor" \
    finding error 'sandbox is "required", and .*no Landlock' "$old"
ok "no process is left" no_process_left
tap_end
