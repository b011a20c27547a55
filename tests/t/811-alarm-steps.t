#!/bin/sh
# A worker dies at each durable step while alarms ring: each is told once,
# whatever happens.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

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

shim=$builddir/.libs/crashshim.so
real=$NOROSHI_LIBEXEC
gateway_libexec intake queue worker parser deliver gpg
# the shim removes a file that no confined role may touch
printf 'sandbox = "off";\n' >>"$NOROSHI_CONF"
cp -a "$G" "$TEST_TMP/fresh"
once
is "with nothing amiss each is told once" "$want" "$(told)"

n=1
wrong=
while [ -e "$shim" ]; do
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
	rm -f "$TEST_TMP/libexec/noroshi-worker"
	cat >"$TEST_TMP/libexec/noroshi-worker" <<-END
	#!/bin/sh
	LD_PRELOAD=$shim CRASH_AT=$n CRASH_ONCE=$TEST_TMP/armed \\
	    exec $real/noroshi-worker
	END
	chmod +x "$TEST_TMP/libexec/noroshi-worker"
	: >"$TEST_TMP/armed"
	NOROSHI_LIBEXEC=$TEST_TMP/libexec timeout 60 noroshid \
	    -c "$NOROSHI_CONF" --once >"$TEST_TMP/run.log" 2>&1
	once
	[ "$(told)" = "$want" ] || wrong="$wrong $n:$(told | paste -sd' ')"
	[ -e "$TEST_TMP/armed" ] && break
	n=$((n + 1))
	[ $n -le 60 ] || break
done
if [ -e "$shim" ]; then
	is "a worker may die at any of its $((n - 1)) steps" "" "$wrong"
	ok "it has steps to die at" test "$n" -gt 5
else
	skip "a worker may die at any step" "no shim"
	skip "it has steps to die at" "no shim"
fi
tap_end
