#!/bin/sh
# A backup while the daemon takes mail in, and a gateway made of it elsewhere:
# the same answers, and nothing dangerous from the past.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"

B=$TEST_TMP/backups
KEEPER=keeper@offline.example
# as_keeper command...: as who has the offline key
as_keeper() { GNUPGHOME="$WORLD/$KEEPER" "$@"; }
# listings FOLDER: all that a gateway answers, without what a restore changes
listings() {
	for what in message case contact key community queue consent advisory rota; do
		echo "$what"
		noroshi -c "$1/noroshi.conf" $what list --json | jq -S .
	done
	noroshi -c "$1/noroshi.conf" deadline list --all --json | jq -S .
	noroshi -c "$1/noroshi.conf" retention list --before 2099-01-01 --json | jq -S .
	for case in $(noroshi -c "$1/noroshi.conf" case list --json | jq -r '.[].id'); do
		noroshi -c "$1/noroshi.conf" case show "$case" --json | jq -S 'del(.conversations)'
		noroshi -c "$1/noroshi.conf" case checklist "$case" --json 2>/dev/null | jq -S .
		noroshi -c "$1/noroshi.conf" case disposal "$case" --json | jq -S .
	done
}
count() { noroshi -c "$1/noroshi.conf" message list --json | jq length; }
audited() { noroshi -c "$1/noroshi.conf" audit log --json | jq --arg e "$2" '[.[] | select(.event == $e)] | length'; }
newest() { ls "$B"/noroshi-*.tar.gpg | tail -n 1; }

# --- a gateway with something in each listing --------------------------------

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
world_know "$WORLD/team.asc"
mail_encrypted rika@client.example "$TEAM" "Rika <rika@client.example>" "$TEAM" \
    "Canary in the subject" "<canary@client.example>" <<-EOT >"$WORLD/canary.eml"
	KANARIENVOGEL is here.
	EOT
noroshi receive --from x@example.net "$WORLD/canary.eml" >/dev/null
for name in report-encrypted report-japanese coordinator-amber; do
	day_mail "$name" >"$WORLD/$name.eml"
	noroshi receive --from x@example.net "$WORLD/$name.eml" >/dev/null
done
once
A=$(day_case report-encrypted) C=$(day_case report-japanese)
noroshi community add peers --max-label AMBER >/dev/null
noroshi community join peers desk@ncc.example
echo hello | noroshi advisory send --community peers --tlp GREEN --subject One >/dev/null 2>&1
noroshi rota set 1 >/dev/null
# what runs in a case, what became of it, and what was two cases
noroshi deadline start "$A" jp-appi-prelim --at "$(date -u +%FT%TZ)" --evidence "$(day_number report-encrypted)" >/dev/null
noroshi deadline start "$A" jp-appi-final --at "$(date -u +%FT%TZ)" --evidence "$(day_number report-encrypted)" >/dev/null
noroshi deadline done "$A" jp-appi-final --receipt PPC-2026-77 >/dev/null
noroshi case set "$A" --harm suspected --cause "a phish" >/dev/null
noroshi case tick "$A" 1 >/dev/null
for n in 1 2; do
	mail_small "two$n" | noroshi receive >/dev/null
done
once
noroshi case list --json | jq -r '.[].id' | sort | tail -n 2 >"$TEST_TMP/two"
noroshi case merge $(cat "$TEST_TMP/two") >/dev/null
noroshi case hold "$(head -n 1 "$TEST_TMP/two")" on --reason "a court" >/dev/null
noroshi case close "$(head -n 1 "$TEST_TMP/two")" --reason "done" >/dev/null
printf 'retention = ( { months = 12; } );\n' >>"$NOROSHI_CONF"
once
is "nothing is encrypted to nobody" 78 "$(noroshi backup "$B" >/dev/null 2>&1; echo $?)"
ok "and the reason names the setting" sh -c 'noroshi backup "$1" 2>&1 | grep -q backup_key' sh "$B"
printf 'backup_key = "%s";\n' "$(noroshi key list --json | jq -r '.[] | select(.team) | .fingerprint')" >>"$NOROSHI_CONF"
ok "the team's own key is no backup key" exits 78 noroshi backup "$B"
world_key "Keeper" "$KEEPER"
noroshi key import "$WORLD/$KEEPER.asc" >/dev/null
sed -i '/^backup_key/d' "$NOROSHI_CONF"
printf 'backup_key = "%s";\nrecall = 600;\n' "$(world_fpr "$KEEPER")" >>"$NOROSHI_CONF"
# as packages lay it out: no path is relative
sed -i '/^#\(database\|gnupg\|spool\|outbox\) =/d' "$NOROSHI_CONF"
printf 'database = "%s/noroshi.db";\n  gnupg = "%s/gnupg";\nspool: "%s/spool";\noutbox = "%s/outbox";\n' \
    "$G" "$G" "$G" "$G" >>"$NOROSHI_CONF"
ok "two are not made at once" flock "$G/spool/backup.lock" sh -c \
    'noroshi backup "$1"; [ $? = 75 ]' sh "$B"
ok "who is no contact makes none" exits 66 noroshi backup "$B" --as "Nobody Known"

# --- while the daemon takes mail in -------------------------------------------

mkdir "$TEST_TMP/mails"
feed() { # feed N: one mail into the inbox, as an MTA does
	mail_small "$1" >"$TEST_TMP/mails/$1"
	cp "$TEST_TMP/mails/$1" "$G/inbox/tmp/$1" && mv "$G/inbox/tmp/$1" "$G/inbox/new/$1"
}
daemon_start
(
	n=0
	while [ ! -e "$TEST_TMP/enough" ] && [ $n -lt 1000 ]; do
		feed $((n = n + 1))
		sleep 0.1
	done
	for more in 1 2 3; do
		feed $((n = n + 1))
	done
) &
feeder=$!
wait_for 20 sh -c '[ "$(noroshi message list --json | jq length)" -gt 8 ]'
ok "a backup while mail comes in" noroshi backup "$B"
busy=$(newest)
touch "$TEST_TMP/enough"
wait "$feeder"
all=$(($(ls "$TEST_TMP/mails" | wc -l) + 6))
taken() { noroshi message list --state processed --json | jq '[.[] | select(.direction == "in")] | length'; }
is_taken() { [ "$(taken)" = "$all" ]; }
wait_for 60 is_taken
is "all of the mail is taken in nevertheless" "$all" "$(taken)"
sleep 1.1 # a name of its own
queued=$(printf 'not yet\n' | noroshi send --case "$A" --to rika@client.example)
held=$(printf 'a secret\n' | noroshi send --case "$C" --to jiro@nokey.example --tlp AMBER 2>/dev/null)
wait_for 20 sh -c '[ "$(noroshi message show '"$held"' --json | jq -r .state)" = held ]'
wait_for 20 sh -c '[ "$(noroshi queue list --json | jq "[.[] | select(.state == \"queued\" and .kind != \"answer\")] | length")" = 0 ]'
is "one that leaves waits for its window" queued "$(field "$queued" .state)"
ok "a backup while the daemon is idle" noroshi backup "$B"
idle=$(newest)
listings "$G" >"$TEST_TMP/before"
noroshi audit checkpoint >"$TEST_TMP/checkpoint"
daemon_end

if command -v script >/dev/null; then
	sleep 1.1
	ok "a terminal shows how far it is" sh -c 'script -qec "noroshi backup $1" /dev/null | grep -q "100%"' sh "$TEST_TMP/shown"
else
	skip "the bar" "no script(1) here"
fi

# --- what lies there -----------------------------------------------------------

is "each is an archive and a signed text" 2 "$(ls "$B"/noroshi-*.txt | wc -l)"
is "nobody else may read them" "" "$(find "$B" -mindepth 1 -perm /077)"
ok "nothing of it is left in the spool" not test -e "$G/spool/backup"
ok "nor half of one beside them" not sh -c 'ls -a "$1" | grep part' sh "$B"
ok "any gpg verifies the text" sh -c 'GNUPGHOME="$1" gpg -q --verify "$2" 2>/dev/null' sh \
    "$WORLD/rika@client.example" "${idle%.tar.gpg}.txt"
is "which has the archive's checksum" "$(sha256sum "$idle" | cut -d' ' -f1)" \
    "$(sed -n 's/^SHA-256: //p' "${idle%.tar.gpg}.txt")"
as_keeper gpg -q --decrypt "$idle" 2>/dev/null >"$TEST_TMP/plain.tar"
mkdir "$TEST_TMP/tar"
ok "gpg and tar open it without Noroshi" tar -xf "$TEST_TMP/plain.tar" -C "$TEST_TMP/tar"
ok "and sha256sum finds all as it was" sh -c 'cd "$1" && sha256sum --quiet -c MANIFEST' sh "$TEST_TMP/tar"
ok "the secret keys are in it" sh -c 'ls "$1"/gnupg/private-keys-v1.d/*.key' sh "$TEST_TMP/tar"
ok "no text is, but sealed" not grep -rq KANARIENVOGEL "$TEST_TMP/tar"
rm -rf "$TEST_TMP/tar" "$TEST_TMP/plain.tar"

printf 'Case: %s\nNote: from the past\n\n' "$A" | PROTECT=1 OUTER=... mail_encrypted \
    ken@example.org "$TEAM" "$KEN" "$TEAM" orders "<past@staff.example>" >"$WORLD/past.eml"

sleep 1.1 # what is sent in the very second of the restore may count

# --- a gateway of it -------------------------------------------------------------

R=$TEST_TMP/again
printf x >"$B/noroshi-20991231T000000Z.tar.gpg" # of one that was killed
ok "without the offline key there is none" exits 77 env GNUPGHOME="$WORLD/rika@client.example" \
    noroshi restore "$idle" "$R"
ok "nor is anything left" not sh -c 'ls -d "$1"*' sh "$R"
mkdir -m 755 "$R"
ok "with it, one is made of the newest" as_keeper noroshi restore "$B" "$R" --checkpoint "$TEST_TMP/checkpoint"
is "which is its owner's alone" 700 "$(stat -c %a "$R")"
ok "its folder is not overwritten" as_keeper exits 65 noroshi restore "$B" "$R"
ok "its audit chain is whole" noroshi -c "$R/noroshi.conf" audit verify
is "and says what it is" 1 "$(audited "$R" gateway.restored)"
listings "$R" >"$TEST_TMP/after"
noroshi -c "$R/noroshi.conf" deadline list --all --json >"$TEST_TMP/deadlines"
# what was queued is held, and so is its message; all else is the same
others() { sed '/^queue$/,/^consent$/d' "$1" | grep -v '"state": "\(queued\|held\)"' | sha256sum; }
jq_queue() { sed -n '/^queue$/,/^consent$/p' "$1" | sed '1d;$d'; }
is "all listings but the queue are the same" \
    "$(others "$TEST_TMP/before")" "$(others "$TEST_TMP/after")"
is "and the queue, but for what it holds" \
    "$(jq_queue "$TEST_TMP/before" | jq -S 'map(if .state == "queued" then .state = "held" | .rule = "restored" else . end | del(.reason))')" \
    "$(jq_queue "$TEST_TMP/after" | jq -S 'map(del(.reason))')"
is "deadlines, holds and merged cases are among them" "PPC-2026-77 true merged-into" \
    "$(jq -rs '[.[] | arrays[] | objects | .receipt? // empty][0]' "$TEST_TMP/deadlines") $(
	sed -n '/"hold":/{s/.*: //;s/,//;p;q}' "$TEST_TMP/after") $(
	grep -o merged-into "$TEST_TMP/after" | head -n 1)"
is "the index is made anew, and finds what it found" "1 $A" \
    "$(noroshi -c "$R/noroshi.conf" search KANARIENVOGEL --json | jq length) $(
	noroshi -c "$R/noroshi.conf" search 203.0.113.7 --json | jq -r '.[].case' | sort -u)"
ok "something was queued" sh -c 'sed -n "/^queue/,/^consent/p" "$1" | grep -q "\"queued\""' sh "$TEST_TMP/before"
for m in $(noroshi message list --json | jq -r '.[] | select(.direction == "in") | .id'); do
	noroshi message raw "$m" | sha256sum
done | sort >"$TEST_TMP/raw.before"
for m in $(noroshi -c "$R/noroshi.conf" message list --json | jq -r '.[] | select(.direction == "in") | .id'); do
	noroshi -c "$R/noroshi.conf" message raw "$m" | sha256sum
done | sort >"$TEST_TMP/raw.after"
ok "every message has its bytes" cmp "$TEST_TMP/raw.before" "$TEST_TMP/raw.after"

is "it has all in its own folder" 0 "$(grep -c "$G/" "$R/noroshi.conf")"
rm "$B/noroshi-20991231T000000Z.tar.gpg"

# --- nothing dangerous from the past -----------------------------------------

H=$G
G=$R NOROSHI_CONF=$R/noroshi.conf
sed -i '/^recall/d' "$NOROSHI_CONF"
once
is "what was queued does not leave" 0 "$(ls "$R/outbox/new" | wc -l)"
is "it is held" held "$(field "$queued" .state)"
is "and so is what waited for a person" held "$(field "$held" .state)"
d=$(noroshi queue list --json | jq --argjson m "$queued" '.[] | select(.message == $m) | .id')
ok "nobody approves it by mistake" exits 77 noroshi queue approve "$d" --as "Ken Deputy"
# a command mail of before the restore, and one of after it
PROTECT=1 OUTER=... mail_encrypted ken@example.org "$TEAM" "$KEN" "$TEAM" orders "<early@staff.example>" <<-EOT >"$WORLD/new.eml"
	Case: $A
	Note: written today

	EOT
noroshi receive --from ken@example.org --to "$TEAM" "$WORLD/past.eml" >/dev/null
noroshi receive --from ken@example.org --to "$TEAM" "$WORLD/new.eml" >/dev/null
once
is "an older command does nothing, a new one does" "written today" \
    "$(noroshi case show "$A" --json | jq -r '[.notes[].text | select(test("past|today"))] | join("|")')"
is "which is on record" 1 "$(noroshi audit log --json |
    jq '[.[] | select(.event == "command.refused" and (.detail.why | test("restored from a backup")))] | length')"
is "notices wait as well" 0 "$(ls "$R/outbox/new" | wc -l)"
number() { noroshi -c "$1/noroshi.conf" case list --json | jq -r '.[].id' | sed 's/.*-0*//' | sort -n | tail -n 1; }
last=$(number "$H")
printf 'From: b@example.net\nTo: csirt@example.org\nSubject: new\nMessage-ID: <new@example.net>\n\nNew.\n' |
    noroshi receive >/dev/null
once
ok "case numbers skip ahead" test "$(number "$R")" -gt "$((last + 900))"
ok "and so do ids" test "$(noroshi message list --json | jq '[.[].id] | max')" -gt 100000
ok "doctor says what to do" sh -c 'noroshi doctor 2>&1 | grep -q "noroshi queue release"'
ok "the PoC lets it leave" noroshi queue release
once
ok "then it leaves" grep -lq "^Delivered-To: rika@client.example" "$R"/outbox/new/*
is "what waited for a person waits on" held "$(field "$held" .state)"
printf 'again\n' | noroshi send --case "$A" --to rika@client.example >/dev/null
once
is "and mail leaves as ever" 2 "$(grep -l "^Delivered-To: rika@client.example" "$R"/outbox/new/* | wc -l)"
G=$H NOROSHI_CONF=$H/noroshi.conf

# --- the one that was made in the middle ----------------------------------------

M=$TEST_TMP/middle
is "it can be restored, and no file is wanting" 0 "$(as_keeper noroshi restore "$busy" "$M" \
    --checkpoint "$TEST_TMP/checkpoint" --json 2>/dev/null | jq .missing)"
ok "its chain is whole" noroshi -c "$M/noroshi.conf" audit verify
is "the checkpoint is younger, which is said" 1 "$(rm -rf "$M.2"
    as_keeper noroshi restore "$busy" "$M.2" --checkpoint "$TEST_TMP/checkpoint" 2>&1 >/dev/null |
	grep -c 'entries younger than this backup')"
some=$(count "$M")
ok "it is of the middle: $some of $all" test "$some" -gt 8 -a "$some" -lt "$all"
cp "$TEST_TMP/mails"/* "$M/inbox/new/"
NOROSHI_CONF=$M/noroshi.conf G=$M once
is "with the mail brought again, none is lost or doubled" "$all" \
    "$(noroshi -c "$M/noroshi.conf" message list --json | jq '[.[] | select(.direction == "in")] | length')"
is "each was processed" "$all" \
    "$(noroshi -c "$M/noroshi.conf" message list --json | jq '[.[] | select(.direction == "in" and .state == "processed")] | length')"

unreadable=0
for m in $(noroshi -c "$M/noroshi.conf" message list --json | jq -r '.[] | select(.direction == "in") | .id'); do
	noroshi -c "$M/noroshi.conf" message raw "$m" >/dev/null || unreadable=$((unreadable + 1))
done
is "and all have their bytes" 0 "$unreadable"

# --- what was lost before --------------------------------------------------------

rm "$(ls "$H"/spool/store/* | head -n 1)"
ok "a gateway that lost a message's bytes is backed up" noroshi backup "$TEST_TMP/lossy"
is "which is said when it is restored" 1 "$(as_keeper noroshi restore "$TEST_TMP/lossy" \
    "$TEST_TMP/lost" 2>&1 | grep -c 'lost the bytes of 1 messages, 0 deliveries and 0')"

# --- what is destroyed stays so -------------------------------------------------

if command -v sqlite3 >/dev/null; then
	key=$(sqlite3 "$H/noroshi.db" "SELECT vault_key FROM cases WHERE name = '$A' OR id = '$A'")
	wrapped=$(sqlite3 "$R/noroshi.db" "SELECT lower(hex(wrapped)) FROM vault_key WHERE id = $key")
	sqlite3 "$H/noroshi.db" "UPDATE vault_key SET wrapped = NULL WHERE id = $key"
	ok "the list of destroyed keys is written anew" noroshi backup "$B" --erased
	ok "a backup of before is restored" as_keeper noroshi restore "$idle" "$TEST_TMP/erased"
	is "without that case's text" null \
	    "$(noroshi -c "$TEST_TMP/erased/noroshi.conf" case show "$A" --json | jq -r .title)"
	holds_key() { cat "$1"/noroshi.db* | od -An -v -tx1 | tr -d ' \n' | grep -q "$wrapped"; }
	ok "the key lies in the other one's database" holds_key "$R"
	ok "and in no page of this one's" not holds_key "$TEST_TMP/erased"
	sed 's/^Key: .*/Key: 999/' "$B/erased.txt" >"$TEST_TMP/forged.txt"
	ok "a list that nobody signed is refused" as_keeper exits 77 noroshi restore "$idle" \
	    "$TEST_TMP/x" --erased "$TEST_TMP/forged.txt"
else
	skip "destroyed keys" "no sqlite3 here"
fi

# --- bad input -------------------------------------------------------------------

mkdir "$TEST_TMP/bad"
bad=$TEST_TMP/bad/$(basename "$idle")
receipt=${bad%.tar.gpg}.txt
cp "$idle" "${idle%.tar.gpg}.txt" "$TEST_TMP/bad"
printf x | dd of="$bad" bs=1 seek=20000 conv=notrunc 2>/dev/null
ok "a changed archive is refused" as_keeper exits 65 noroshi restore "$bad" "$TEST_TMP/x"
rm "$receipt"
ok "one without its signed text, too" as_keeper exits 77 noroshi restore "$bad" "$TEST_TMP/x"
ok "a changed one also with --unsigned" as_keeper exits 65 noroshi restore "$bad" "$TEST_TMP/x" --unsigned
head -c 30000 "$idle" >"$bad"
ok "and one that was cut off" as_keeper exits 65 noroshi restore "$bad" "$TEST_TMP/x" --unsigned
# somebody else's archive under a text of their own
mkdir "$TEST_TMP/evil"
echo evil >"$TEST_TMP/evil/noroshi.conf"
for names in noroshi.conf ../outside; do
	tar -cf "$TEST_TMP/evil.tar" --format=ustar -P -C "$TEST_TMP/evil" --transform "s,noroshi.conf,$names," noroshi.conf
	world_gpg rika@client.example --recipient-file "$WORLD/$KEEPER.asc" --yes --output "$bad" --encrypt "$TEST_TMP/evil.tar"
	ok "a foreign archive with $names is refused" as_keeper exits 65 noroshi restore "$bad" "$TEST_TMP/x" --unsigned
done
ok "nothing was written outside" not test -e "$TEST_TMP/outside"
ok "nor anything left" not sh -c 'ls -d "$1"*' sh "$TEST_TMP/x"
cp "$idle" "$bad"
sed 's/^Audit entries: .*/Audit entries: 1/' "${idle%.tar.gpg}.txt" >"$receipt"
ok "a changed text is refused" as_keeper exits 77 noroshi restore "$bad" "$TEST_TMP/x"
cp "${idle%.tar.gpg}.txt" "$receipt"
ok "another team's key, too" as_keeper exits 77 noroshi restore "$bad" "$TEST_TMP/x" \
    --signed-by "$(world_fpr rika@client.example)"
sed 's/^Audit hash: ./Audit hash: 0/;s/^Audit entries: .*/Audit entries: 3/' "$TEST_TMP/checkpoint" >"$TEST_TMP/other"
ok "a forged checkpoint as well" as_keeper exits 77 noroshi restore "$bad" "$TEST_TMP/x" --checkpoint "$TEST_TMP/other"
ok "no backup in a folder is no input" as_keeper exits 66 noroshi restore "$TEST_TMP/mails" "$TEST_TMP/x"
ok "no process is left" no_process_left
tap_end
