#!/bin/sh
# Cases that are merged, split and moved, with all that runs in them: what waits,
# deadlines, holds, what became of it, the index; and what an erasure leaves.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

US=csirt@example.org
command -v sqlite3 >/dev/null || {
	skip "cases with all that runs in them" "no sqlite3"
	tap_end
	exit
}
ok "a gateway with readers" gateway_new
ok "and a team" gateway_staff
gateway_silent
printf 'service_levels = ( { priority = "normal"; answer = 240; } );\n' >>"$NOROSHI_CONF"

sql() { sqlite3 "$G/noroshi.db" "$1"; }
show() { noroshi case show "$1" --json | jq -r "$2"; }
# mail FROM SUBJECT ID [FIELD...]
mail() {
	{
		printf 'From: %s\nTo: %s\nSubject: %s\nMessage-ID: %s\n' \
		    "$1" "$US" "$2" "$3"
		from=$1 subject=$2
		shift 3
		for line; do printf '%s\n' "$line"; done
		printf '\nFrom %s, words such as needle%s and no others.\n' "$from" \
		    "$(echo "$subject" | tr -dc A-Z)"
	} | noroshi receive >/dev/null
}
# found WORD: the messages and their cases that a search finds
found() { noroshi search "$1" --json | jq -r '[.[] | "\(.id):\(.case[-1:])"] | join(" ")'; }
waits() { sql "SELECT group_concat(kind || cases, ' ') FROM (SELECT kind, cases FROM alarm
	WHERE kind IN ('unseen', 'unanswered', 'deadline') AND ref IN ($1) GROUP BY kind, cases)"; }
clocks() { noroshi deadline list "$1" --all --json | jq -r "[.[] | $2] | join(\" \")"; }
# hex FILE...: the first bytes of each, a line each
hex() {
	for file; do
		[ ! -f "$file" ] || head -c 40 "$file" | od -An -v -tx1 | tr -d ' \n' |
		    tr a-f A-F
		echo
	done | grep .
}
# hexes CASES: their sealed values in hex, a line each
hexes() {
	sql "SELECT hex(substr(sealed, 1, 40)) FROM message_content WHERE message IN
	    (SELECT id FROM message WHERE cases IN ($1)) UNION SELECT
	    hex(substr(title_sealed, 1, 40)) FROM cases WHERE id IN ($1) UNION SELECT
	    hex(substr(text_sealed, 1, 40)) FROM case_note WHERE cases IN ($1) UNION SELECT
	    hex(substr(cause_sealed, 1, 40)) FROM case_handling WHERE cases IN ($1) AND
	    cause_sealed IS NOT NULL UNION SELECT hex(substr(receipt_sealed, 1, 40))
	    FROM deadline_stage WHERE receipt_sealed IS NOT NULL AND deadline IN
	    (SELECT id FROM deadline WHERE cases IN ($1)) UNION SELECT
	    hex(substr(wrapped, 1, 40)) FROM vault_key WHERE id IN (SELECT vault_key
	    FROM cases WHERE id IN ($1))"
	for file in $(sql "SELECT 'store/' || sha256 FROM message WHERE cases IN ($1)
	    UNION SELECT 'blob/' || raw FROM message WHERE cases IN ($1)
	    AND raw IS NOT NULL"); do
		hex "$G/spool/$file"
	done
}
# left FILE: how many of its values some file of the gateway has
left() {
	find "$G/noroshi.db"* "$G/spool" -type f -exec cat {} + | od -An -v -tx1 |
	    tr -d ' \n' | tr a-f A-F >"$TEST_TMP/all"
	n=0
	while read -r value; do
		! grep -qF "$value" "$TEST_TMP/all" || n=$((n + 1))
	done <"$1"
	echo "$n"
}
# terms: what the index has of entries (cases from 1 << 40 on), by their ids
terms() { sqlite3 "$G/spool/index.db" "SELECT count(*) FROM entry WHERE id / 4 IN ($1)"; }
erase() {
	noroshi case erase "$1" --reason "the end" >/dev/null &&
	    sed -i '$a second_person = "contact";' "$NOROSHI_CONF" &&
	    noroshi case erase "$1" --reason "the end" --as ken@example.org >/dev/null
	got=$?
	sed -i '$d' "$NOROSHI_CONF"
	return $got
}

# one after another: each worker opens a case of its own
mail rika@client.example "SITE A" "<1@c>"
once
mail bob@hoster.example "SITE B" "<1@h>"
once
mail eva@else.example "SITE C" "<1@e>"
ok "three reports" once
year=$(date -u +%Y)
noroshi case note 2 "A note with needleNOTE in it." >/dev/null
noroshi deadline start 2 jp-appi-prelim --at "$(date -u -d '1 day ago' +%FT%TZ)" --evidence 2 >/dev/null
noroshi deadline start 2 jp-appi-final --at "$(date -u -d '1 day ago' +%FT%TZ)" --evidence 2 >/dev/null
noroshi deadline done 2 jp-appi-final --receipt PPC-77 >/dev/null
noroshi case set 2 --harm suspected --cause "needleCAUSE it was" --remedy "gone" >/dev/null
sql "UPDATE cases SET category = 'phishing' WHERE id < 3"
noroshi case tick 2 1 >/dev/null
noroshi case hold 2 on --reason "a court" >/dev/null
once
stages=$(sql "SELECT group_concat(id) FROM deadline_stage")
is "each runs in its case" "deadline2 unanswered2 unseen2" "$(sql "SELECT group_concat(w, ' ') FROM
    (SELECT DISTINCT kind || cases AS w FROM alarm WHERE kind IN ('deadline', 'unanswered',
    'unseen') AND cases = 2 ORDER BY 1)")"

# state: what a case shows of all that
state() {
	for id in 1 2 3; do
		noroshi case show $id --json | jq -S 'del(.version, .notes)'
		noroshi case checklist $id --json 2>/dev/null | jq -S .
		noroshi case disposal $id --json | jq .hold_since
		noroshi deadline list $id --all --json | jq -S .
	done
	sql "SELECT cases, why FROM page WHERE done_at IS NULL"
	sql "SELECT kind, stage, ref, cases FROM alarm WHERE kind <> 'embargo' ORDER BY 1, 2, 3"
}
sql "INSERT INTO page (cases, why, priority, at) VALUES (2, 'unseen', 'normal', 1)"
state >"$TEST_TMP/before"

# --- a merge --------------------------------------------------------------------

ok "a case is merged" noroshi case merge 1 2
is "its deadlines run in the survivor" "jp-appi-prelim jp-appi-final" \
    "$(clocks 1 .rule | tr ' ' '\n' | sort -r | xargs)"
is "none is left behind" "" "$(clocks 2 .rule)"
is "a receipt can be read there" PPC-77 "$(clocks 1 '.receipt // empty')"
is "reminders wait with it" "deadline1" "$(waits "$stages" | tr ' ' '\n' | grep deadline | xargs)"
is "and so does what nobody saw or answered" "unanswered1 unseen1" \
    "$(sql "SELECT group_concat(kind || cases, ' ') FROM (SELECT kind, cases FROM alarm
	WHERE kind IN ('unseen', 'unanswered') AND ref = 2 ORDER BY kind)")"
is "who is paged is paged for the survivor" 1 "$(sql "SELECT cases FROM page WHERE done_at IS NULL")"
is "no alarm waits for a case that opens no more" "" "$(sql "SELECT kind FROM alarm WHERE cases = 2")"
is "what became of it is known" "suspected needleCAUSE it was" "$(show 1 '"\(.harm) \(.cause)"')"
is "what was ticked is" 1 "$(noroshi case checklist 1 --json | jq '[.items[] | select(.ticked_at)] | length')"
ok "the hold holds the survivor" sh -c 'noroshi case disposal 1 --json | jq -e .hold_since'
is "all that it is owed is" "true 1 2" "$(show 1 '"\(.owed) \(.owed_messages | join(" "))"')"
for act in "note 2 late" "hold 2 off --reason x" "set 2 --harm none" "tick 2 2"; do
	ok "nothing is written into the empty one: $act" exits 65 noroshi case $act
done
ok "no deadline begins there" exits 65 noroshi deadline start 2 eu-gdpr-33 --evidence 2 \
    --at "$(date -u +%FT%TZ)"
is "a search finds the message, in the survivor" "2:1" "$(found needleSITEB)"
is "and the survivor by the note that came" "EX-$year-0001" \
    "$(noroshi case search needleNOTE --json | jq -r '[.[].id] | join(" ")')"
is "an empty case is no second incident" 2 "$(noroshi report stats --json |
    jq '.incidents')"

# --- undone -----------------------------------------------------------------------

ok "an undo" noroshi case undo 1
state >"$TEST_TMP/after"
is "brings all of that back" "" "$(diff "$TEST_TMP/before" "$TEST_TMP/after")"
is "and the index with it" "2:2 EX-$year-0002" "$(found needleSITEB) $(noroshi case search needleNOTE --json |
    jq -r '[.[].id] | join(" ")')"

sql "DELETE FROM page"

# --- a split ----------------------------------------------------------------------

mail bob@hoster.example "Re: SITE B" "<2@h>" "In-Reply-To: <1@h>"
once
ok "a message is split off" noroshi case split 2 2
is "with the deadlines that it shows" "jp-appi-prelim jp-appi-final" \
    "$(clocks 4 .rule | tr ' ' '\n' | sort -r | xargs)"
ok "what was under hold is still" sh -c 'noroshi case disposal 4 --json | jq -e .hold_since'
is "its alarms go along" "unanswered4 unseen4" "$(sql "SELECT group_concat(w, ' ') FROM (SELECT
    DISTINCT kind || cases AS w FROM alarm WHERE ref = 2 AND kind IN ('unseen', 'unanswered') ORDER BY 1)")"
is "each owes its own" "true true" "$(show 2 .owed) $(show 4 .owed)"
noroshi case settle 2 4 --reason "by telephone" >/dev/null
is "till that is settled" "false true" "$(show 2 .owed) $(show 4 .owed)"
is "and it is found there" "2:4" "$(found needleSITEB | tr ' ' '\n' | grep '^2:')"
noroshi case close 3 --reason "spam" >/dev/null
ok "what waits is moved to a closed case" noroshi case move 2 --to 3
is "which is open then" "open true" "$(show 3 '"\(.state) \(.owed)"')"
ok "both are undone" sh -c 'noroshi case undo 3 && noroshi case undo 4'
is "and the case is closed again" "closed false" "$(show 3 '"\(.state) \(.owed)"')"
is "the deadlines run where they ran" "2" "$(clocks 2 .case | tr ' ' '\n' | grep -c 0002)"

# --- evidence of cases that are one -----------------------------------------------

noroshi message raw 2 >"$TEST_TMP/raw2"
ok "they are merged" noroshi case merge 1 2
ok "and exported" noroshi case export 1 --evidence -o "$TEST_TMP/one.tar"
ok "the export is whole" noroshi verify-export "$TEST_TMP/one.tar"
tar -xOf "$TEST_TMP/one.tar" evidence/messages/0000000002.eml >"$TEST_TMP/out2"
ok "a mail of the other case is in it, byte for byte" cmp "$TEST_TMP/raw2" "$TEST_TMP/out2"
is "and the record of the other case" "case.regrouped deadline.started" \
    "$(tar -xOf "$TEST_TMP/one.tar" evidence/audit.jsonl | jq -r 'select(.case == 2) | .event' |
	grep -E 'regrouped|deadline.started' | sort -u | xargs)"
ok "a report tells of it all" sh -c 'noroshi report case 1 --json | jq -e "[.events[].message] | contains([1, 2])"'
noroshi case move 4 --to 3 >/dev/null
is "who exported a message is known where it lies now" 1 \
    "$(noroshi message seen 4 --json | jq '.exported | length')"
ok "it goes back" noroshi case undo 3

# --- erased ------------------------------------------------------------------------

found needleSITEB >/dev/null
once
noroshi deadline stop 1 jp-appi-prelim --reason "none" >/dev/null
noroshi case close 1 --reason "done" >/dev/null
ok "the hold keeps what was taken in" exits 77 noroshi case erase 1 --reason "the end"
ok "nor does the other one go alone" exits 77 noroshi case erase 2 --reason "the end"
ok "it is taken off" noroshi case hold 1 off --reason "the court is done"
noroshi case close 1 --reason "done" >/dev/null
noroshi case erase 1 --reason "once" >/dev/null
noroshi case undo 1 >/dev/null
is "who asked for it asked for another case" kept "$(noroshi case disposal 1 --json | jq -r .state)"
noroshi case merge 1 2 >/dev/null
found needleSITEB >/dev/null
noroshi case close 1 --reason "done" >/dev/null 2>&1
hexes 1,2 >"$TEST_TMP/sealed"
sql "SELECT hash FROM trait WHERE message IN (SELECT id FROM message WHERE cases = 1)" >"$TEST_TMP/traits"
ok "there is much to destroy" sh -c 'test "$(grep -c . "$1")" -ge 8 && test -s "$2"' sh \
    "$TEST_TMP/sealed" "$TEST_TMP/traits"
is "all of it is there" "$(grep -c . "$TEST_TMP/sealed")" "$(left "$TEST_TMP/sealed")"
ok "the index has entries of it" test "$(terms "1, 2, 4, (1 << 40) + 1, (1 << 40) + 2")" -ge 5
ok "the case is erased" erase 1
is "and nothing of both is left" 0 "$(left "$TEST_TMP/sealed")"
is "nor a term of it in the index" 0 "$(terms "1, 2, 4, (1 << 40) + 1, (1 << 40) + 2")"
is "nor a trait" 0 "$(sql "SELECT count(*) FROM trait WHERE message IN (1, 2, 4)")"
is "nor an alarm" 0 "$(sql "SELECT count(*) FROM alarm WHERE cases IN (1, 2)")"
is "nor who took part" 0 "$(sql "SELECT count(*) FROM regroup WHERE before LIKE '%hoster.example%'")"
is "it is found no more" "" "$(found needleSITEB)"
is "nor can its handling be read" "null null" "$(show 1 .cause) $(show 2 .title)"
is "the third is" "3:3" "$(found needleSITEC)"
ok "there is nothing to undo" exits 65 noroshi case undo 1
ok "nor to take in" exits 66 noroshi case merge 3 1
ok "nor to move into it" exits 66 noroshi case move 3 --to 1

# --- split, and one of both erased ----------------------------------------------------

mail eva@else.example "Re: SITE C" "<2@e>" "In-Reply-To: <1@e>"
mail joe@else.example "SITE D" "<1@j>"
once
E=$(noroshi message list --json | jq -r '.[] | select(.message_id == "<2@e>") | .id')
cp -a "$G/spool/store" "$TEST_TMP/store"
ok "an answer is split off" noroshi case split 3 "$E"
S=$(field "$E" .case)
{
	hex "$G/spool/blob/$(sql "SELECT raw FROM message WHERE id = $E")" \
	    "$TEST_TMP/store/$(field "$E" .sha256)"
	sql "SELECT hex(substr(sealed, 1, 40)) FROM message_content WHERE message = $E"
} >"$TEST_TMP/split"
noroshi case settle "$S" --reason "no answer" >/dev/null 2>&1
noroshi case close "$S" --reason "done" >/dev/null
# a second act leaves the first one's file behind
noroshi case move "$E" --to 3 >/dev/null
noroshi case undo 3 >/dev/null
noroshi case close "$S" --reason "done" >/dev/null 2>&1
ok "there is a file that another key opens" test "$(ls "$G/spool/blob" | wc -l)" -ge 2
ok "what was split off is erased" erase "$S"
is "and is nowhere, under no key" 0 "$(left "$TEST_TMP/split")"
is "no file is left of it" 0 "$(ls "$G/spool/blob" | wc -l)"
is "the origin is read as before" "3:3" "$(found needleSITEC | tr ' ' '\n' | grep '^3:')"

# --- a note that came and went --------------------------------------------------------

for name in ANNEX BRIDGE; do
	mail joe@else.example "SITE $name" "<$name@j>"
done
once
noroshi case list --json | jq -r '.[].id' | sort | tail -n 2 >"$TEST_TMP/two"
read -r one <"$TEST_TMP/two"
two=$(tail -n 1 "$TEST_TMP/two")
noroshi case note "$two" "A note with needleCAME in it." >/dev/null
for act in "merge $one $two" "undo $one"; do
	noroshi case $act >/dev/null
	is "the note is found once: $act" 1 "$(noroshi case search needleCAME --json | jq length)"
done
for id in "$one" "$two"; do
	noroshi deadline start "$id" eu-gdpr-33 --at "$(date -u +%FT%TZ)" \
	    --evidence "$(noroshi message list --case "$id" --json | jq '.[0].id')" >/dev/null
done
noroshi case merge "$one" "$two" >/dev/null
is "two clocks of one rule run in the survivor" "running running" "$(clocks "$one" .state)"
ok "each is stopped, one after the other" sh -c '
	noroshi deadline stop "$1" eu-gdpr-33 --reason one &&
	noroshi deadline stop "$1" eu-gdpr-33 --reason two' sh "$one"
noroshi case undo "$one" >/dev/null
is "each in its own case again" "stopped stopped" "$(clocks "$one" .state) $(clocks "$two" .state)"
ok "the index has what it had of the other case" test "$(sqlite3 "$G/spool/index.db" \
    "SELECT count(*) FROM old WHERE id >= (1 << 40) * 4")" -gt 0
noroshi case settle "$two" --reason "none" >/dev/null
noroshi case close "$two" --reason "done" >/dev/null
ok "the note's case is erased" erase "$two"
is "and the index has nothing of what was" 0 "$(sqlite3 "$G/spool/index.db" \
    "SELECT count(*) FROM old WHERE id >= (1 << 40) * 4")"
is "the other case is found as before" "$one" "$(noroshi case search subject:SITE --json |
    jq -r --arg c "$one" '.[].id | select(. == $c)')"
ok "the audit chain verifies" noroshi audit verify
tap_end
