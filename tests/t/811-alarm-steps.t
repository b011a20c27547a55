#!/bin/sh
# A worker dies at each durable step while alarms ring: each is told once,
# whatever happens.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/dying.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
world_know "$WORLD/team.asc"
gateway_conf workers 1
day_mail report-encrypted | noroshi receive --from x@example.net >/dev/null
once
M=$(day_number report-encrypted)
T=$(noroshi case new --title "By telephone")
noroshi case assign "$T" 3 >"$TEST_TMP/out"
noroshi rota set hanako@example.org >"$TEST_TMP/out"
sqlite3 "$G/noroshi.db" "UPDATE alarm SET at = 1 WHERE kind = 'unseen'"

# told: who got which notice, what is left to ring, what the case of the
# telephone holds; a file without a row goes by age (queue/delivery.h)
told() {
	noroshi queue list --all --json | jq -r '[.[] | select(.kind == "notice") |
	    "\(.recipient) \(.state)"] | sort | join(",")'
	noroshi audit log --json | jq -r '[.[] | select(.event ==
	    "case.owner-told" or .event == "message.unseen") | .event] |
	    sort | join(",")'
	sqlite3 "$G/noroshi.db" "SELECT kind, ref = $M, stage FROM alarm
	    WHERE kind <> 'unanswered'"
	noroshi case show "$T" --json | jq '.messages | length'
	noroshi audit verify >/dev/null && echo whole
}
want="hanako@example.org sent,ken@example.org sent
case.owner-told,message.unseen
unseen|1|heads
1
whole"

dying_begin
once
is "with nothing amiss each is told once" "$want" "$(told)"

telling() {
	dying_fresh
	dying_once worker "$dying_n"
	once
	[ "$(told)" = "$want" ] || told
}
dying_each 1 1 telling
is "a worker may die at any of its $dying_steps steps" "" "$dying_wrong"
ok "it has steps to die at" test "$dying_steps" -gt 4
tap_end
