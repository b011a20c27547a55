#!/bin/sh
# What the law wants told until when: clocks in a case, their reminders, and
# what proves that it was done.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
noroshi contact set 2 --lang en >/dev/null
world_know "$WORLD/team.asc"
ok "its deadlines come along" test -s "$G/deadlines.conf"
day_mail report-encrypted >"$WORLD/report.eml"
noroshi receive --from x@example.net "$WORLD/report.eml" >/dev/null
day_mail report-japanese >"$WORLD/other.eml"
noroshi receive --from x@example.net "$WORLD/other.eml" >/dev/null
once
A=$(day_case report-encrypted) M=$(day_number report-encrypted)
B=$(day_case report-japanese)

clocks() { noroshi deadline list "$A" --all --json | jq -r "$1"; }
notes() { noroshi case show "${1:-$A}" --json | jq -r '[.notes[] | .text] | join("|")'; }
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }
# told ADDRESS RE: the newest notice to them, in $TEST_TMP/told, has it
told() {
	newest=$(noroshi queue list --json | jq -r --arg who "$1" \
	    '[.[] | select(.recipient == $who)] | last | .id')
	world_read "$1" "$(ls "$G"/outbox/new/"$newest".*)" 2>/dev/null |
	    tr -d '\r' | sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' | tr '\n' ' ' >"$TEST_TMP/told"
	grep -q -- "$2" "$TEST_TMP/told" || { cat "$TEST_TMP/told"; false; }
}
mails_to() { noroshi queue list --json | jq --arg who "$1" '[.[] | select(.recipient == $who)] | length'; }

# --- the rows ------------------------------------------------------------------

is "every row has a source and the day it was looked at" "17 true" \
    "$(noroshi deadline rules --json |
	jq -r '"\(length) \(all(.[]; .source != "" and (.reviewed_on | test("^20"))))"')"
ok "and says that it is no legal advice" sh -c \
    "noroshi deadline rules jp-appi-final | grep -q 'never legal advice'"
is "the report to the commission has nine fields" 9 \
    "$(noroshi deadline rules jp-appi-prelim --json | jq '.[0].fields | length')"
is "what is not in force is off" true \
    "$(noroshi deadline rules us-circia --json | jq '.[0].off')"
ok "a row that is none is not found" exits 66 noroshi deadline rules jp-none

# --- a clock starts ------------------------------------------------------------

ok "a clock wants what shows since when" exits 64 noroshi deadline start "$A" jp-appi-final \
    --at 2026-11-02T17:30+09:00
ok "that is a message of the case" exits 65 noroshi deadline start "$B" jp-appi-final \
    --at 2026-11-02T17:30+09:00 --evidence "$M"
ok "no time that is still to come" exits 65 noroshi deadline start "$A" jp-appi-final \
    --at 2099-01-01 --evidence "$M"
ok "a row that is off starts nothing" exits 66 noroshi deadline start "$A" us-circia \
    --at 2026-11-02 --evidence "$M"
ok "a condition that no stage has starts nothing" exits 65 noroshi deadline start "$A" \
    jp-appi-final --at 2026-11-02 --evidence "$M" --if whatever
is "nothing of that is left" 0 "$(clocks length)"
ok "the thirty days start" noroshi deadline start "$A" jp-appi-final \
    --at 2026-11-02T17:30+09:00 --evidence "$M"
is "the day of learning is day 1, until midnight in Tokyo" \
    "final 2026-11-02T08:30:00Z 2026-12-01T14:59:59Z running $M" \
    "$(clocks '.[0] | "\(.stage) \(.started_at) \(.due_at) \(.state) \(.evidence)"')"
ok "a clock that runs does not start again" exits 65 noroshi deadline start "$A" \
    jp-appi-final --at 2026-11-02 --evidence "$M"
is "the case shows it" "jp-appi-final" \
    "$(noroshi case show "$A" --json | jq -r '.deadlines[0].rule')"
ok "to people too" sh -c "noroshi case show $A | grep -q 'Deadlines *jp-appi-final final 2026-12-01'"
for words in "never legal advice" "number of persons" "Personal Information Protection Commission" \
    "To: Personal" "Our reference: $A" "Known since: 2026-11-02T17:30:00+09:00" "9. other" "\[ \] cause"; do
	ok "the note has: $words" sh -c "noroshi case show $A | grep -q '$words'"
done
is "and is on record" 1 "$(events deadline.started)"
ok "a clock that was stopped may start again" noroshi deadline stop "$A" jp-appi-final --reason "another day"
noroshi deadline start "$A" jp-appi-final --at "$(date -u -d '1 hour ago' +%FT%TZ)" --evidence "$M" >"$TEST_TMP/out"
is "as another one" "stopped running" \
    "$(clocks '[.[] | select(.rule == "jp-appi-final") | .state] | sort | reverse | join(" ")')"

# --- the right people are reminded ---------------------------------------------

noroshi rota set hanako@example.org >/dev/null
noroshi deadline start "$A" eu-gdpr-33 --evidence "$M" \
    --at "$(date -u -d '60 hours ago' +%FT%TZ)" >"$TEST_TMP/out"
once
is "four fifths of the time are over: who is on duty is told" 1 \
    "$(mails_to hanako@example.org | awk '{ print ($1 > 0) }')"
ok "with what, to whom and until when" told hanako@example.org \
    "Deadline eu-gdpr-33 of $A: its stage authority is due .*; 80% of the time is over. Tell: supervisory"
ok "and that it is no legal advice" told hanako@example.org "no legal advice"
is "the earlier reminder is not sent as well" 1 "$(events deadline.reminded)"
before=$(mails_to ken@example.org)
noroshi deadline start "$A" eu-gdpr-33-proc --evidence "$M" --at "$(date -u -d '30 hours ago' +%FT%TZ)" >"$TEST_TMP/out"
noroshi deadline start "$A" eu-dora --evidence "$M" --at "$(date -u -d '25 hours ago' +%FT%TZ)" >"$TEST_TMP/out"
once
ok "one that is over is told to PoC and deputies too" told ken@example.org \
    "eu-dora of $A: its stage init was due .* and its time is over"
is "once each" $((before + 1)) "$(mails_to ken@example.org)"
ok "one without a time reminds after a day" sh -c \
    "noroshi case show $A | grep -q 'eu-gdpr-33-proc .* has no fixed time, and runs since'"
is "what is over is listed alone" "eu-dora init true" \
    "$(noroshi deadline list --overdue --json | jq -r '.[] | "\(.rule) \(.stage) \(.overdue)"')"
ok "and on a terminal" sh -c "noroshi deadline list --overdue | grep -q 'init .* -1h .*overdue'"

# --- what proves that it was done ----------------------------------------------

ok "done wants a proof" exits 64 noroshi deadline done "$A" eu-gdpr-33
ok "a message that came in proves nothing" exits 65 noroshi deadline done "$A" eu-gdpr-33 --message "$M"
printf 'We report a breach.\n' | noroshi send --case "$A" --to desk@ncc.example --tlp GREEN \
    --subject "report" --json >"$TEST_TMP/sent" 2>"$TEST_TMP/err"
S=$(noroshi message list --json | jq -r '[.[] | select(.direction == "out")] | last | .id')
ok "nor one that has not left" exits 65 noroshi deadline done "$A" eu-gdpr-33 --message "$S"
once
ok "one that was sent does" noroshi deadline done "$A" eu-gdpr-33 --message "$S"
is "when it left is when it was done" "done $S false" \
    "$(clocks '.[] | select(.rule == "eu-gdpr-33") | "\(.state) \(.message) \(.late)"')"
ok "what is done is not done again" exits 65 noroshi deadline done "$A" eu-gdpr-33 authority --message "$S"
ok "or the number that a web form gave" noroshi deadline done "$A" jp-appi-final --receipt "PPC-2026-$(printf '\033')[31m77"
is "which is kept as it was typed" true \
    "$(clocks '.[] | select(.rule == "jp-appi-final" and .state == "done") | .receipt | startswith("PPC-2026-")')"
ok "sealed" sh -c "! grep -aq PPC-2026- $G/noroshi.db $G/noroshi.db-wal"
is "and in the audit log there is none of it" 0 \
    "$(noroshi audit log --json | jq '[.[] | select(.detail | tostring | test("PPC"))] | length')"
ok "what is late is said to be" noroshi deadline done "$A" eu-dora init --receipt X1
is "so" true "$(clocks '.[] | select(.stage == "init") | .late')"

# --- one stage counts from another, or from a fact -----------------------------

noroshi deadline start "$A" eu-nis2-final --evidence "$M" --at "$(date -u -d '10 hours ago' +%FT%TZ)" >"$TEST_TMP/out"
is "a stage names its row" "early notif final intermediate" \
    "$(clocks '[.[] | select(.rule == "eu-nis2") | .stage] | join(" ")')"
first=$(clocks '.[] | select(.rule == "eu-nis2" and .stage == "final") | .due_at')
is "what waits for a fact has no time" "waiting null" \
    "$(clocks '.[] | select(.stage == "intermediate") | "\(.state) \(.due_at)"')"
notified=$(date -u -d '2 hours ago' +%FT%TZ)
noroshi deadline done "$A" eu-nis2 notif --receipt N1 --at "$notified" >"$TEST_TMP/out"
second=$(clocks '.[] | select(.rule == "eu-nis2" and .stage == "final") | .due_at')
is "a month after it was done, not after it was due" "$notified" \
    "$(clocks '.[] | select(.rule == "eu-nis2" and .stage == "final") | .from_at')"
ok "so its time moved" test "$first" != "$second"
ok "a fact is told" noroshi deadline start "$A" eu-nis2 request --evidence "$M" --at "$(date -u -d '1 hour ago' +%FT%TZ)"
is "and the clock runs" running "$(clocks '.[] | select(.stage == "intermediate") | .state')"
ok "one that nothing waits for is none" exits 65 noroshi deadline start "$A" eu-nis2 weather --evidence "$M"

# --- the end -------------------------------------------------------------------

ok "a case with a clock that runs does not close" exits 77 noroshi case close "$A" --reason "done"
ok "and says which one" sh -c "noroshi case close $A --reason x 2>&1 | grep -q 'eu-gdpr-33-proc controller'"
is "the day names what runs" "eu-dora running" \
    "$(noroshi day --json | jq -r '[.deadlines[] | select(.rule == "eu-dora")][0] | "\(.rule) \(.state)"')"
ok "to people too" sh -c "noroshi day | grep -q 'Deadlines ('"
ok "a clock ends with a reason alone" exits 64 noroshi deadline stop "$A" eu-nis2
ok "one stage of it" noroshi deadline stop "$A" eu-nis2-intermediate --reason "they withdrew it"
ok "or all that is left" noroshi deadline stop "$A" eu-nis2 --reason "not significant after all"
is "none of it runs" 0 "$(clocks '[.[] | select(.rule == "eu-nis2" and (.state == "running" or .state == "waiting"))] | length')"
ok "why is in the case" sh -c "noroshi case show $A | grep -q 'not significant after all'"
ok "another case has no such clock" exits 66 noroshi deadline done "$B" eu-nis2 --receipt X
is "a call that nobody wrote about is a note" 1 \
    "$(noroshi deadline start "$B" jp-fsa --at 2026-11-20T01:00Z --note 'they rang at ten' --json | jq length)"
ok "which the case has" sh -c "noroshi case show $B | grep -q 'they rang at ten'"
for clock in $(clocks '[.[] | select(.state == "running" or .state == "waiting") | .rule] | unique[]'); do
	noroshi deadline stop "$A" "$clock" --reason "it was only a test" >"$TEST_TMP/out"
done
ok "a case without one closes" noroshi case close "$A" --reason "done"
cat >>"$G/deadlines.conf" <<'END'
deadlines = ( );
END
ok "a mistake is named with file and line" sh -c \
    "noroshi config check 2>&1 | grep -q 'deadlines.conf:[0-9]*: '"
ok "nothing runs any more" no_process_left
tap_end
