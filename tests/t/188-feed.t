#!/bin/sh
# Machines that say the same again and again: one case, few copies, and
# nobody's forgery or graver alarm among them.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
sed -i -e 's/#authserv_ids = .*/authserv_ids = [ "mx.example.org" ];/' \
    "$NOROSHI_CONF"
noroshi contact add "IDS" --address ids@vendor.example --class vendor \
    >/dev/null

# notice N SUBJECT [evidence line]: an alarm of a machine
notice() {
	[ -z "${3-}" ] || printf 'Authentication-Results: mx.example.org; %s\n' "$3"
	printf 'From: IDS <ids@vendor.example>\nTo: csirt@example.org\n'
	printf 'Subject: %s\nMessage-ID: <%s@vendor.example>\n' "$2" "$1"
	printf 'Auto-Submitted: auto-generated\nPrecedence: bulk\n\nAlarm %s.\n' \
	    "$1"
}
dkim='dkim=pass header.d=vendor.example'
field() { noroshi message show "$1" --json | jq -r "$2"; }
copies() { noroshi queue list --json | jq --argjson m "$1" \
    '[.[] | select(.message == $m)] | length'; }

n=1
while [ $n -le 25 ]; do
	notice $n "[SID 20$n] beacon from 192.0.2.$n" "$dkim" |
	    world_drop "$G/inbox"
	n=$((n + 1))
done
ok "twenty-five alarms are processed" once
is "they are notifications, proven" "25 25" "$(noroshi message list --json |
	jq -r '"\([.[] | select(.classification.kind == "notification")] |
	    length) \([.[] | select(.sender.evidence == "dkim")] | length)"')"
is "all in one case" 1 "$(noroshi case list --json | jq length)"
is "which owes nobody an answer" 0 "$(noroshi queue list --json |
	jq '[.[] | select(.recipient == "ids@vendor.example")] | length')"
is "each has its number there" "$(seq 1 25 | tr '\n' ' ')" \
    "$(noroshi message list --json | jq -r '[.[].nth] | sort | .[]' |
	tr '\n' ' ')"
readers=$(copies "$(noroshi message list --json |
	jq '.[] | select(.nth == 1) | .id')")
ok "the first has copies" test "$readers" -gt 0
is "of all, the first and the tenth alone" $((2 * readers)) \
    "$(noroshi queue list --json | jq length)"
is "the record says so of each other" 23 \
    "$(noroshi audit log --json |
	jq '[.[] | select(.event == "message.collapsed")] | length')"
ok "and is whole" noroshi audit verify

notice 30 "[SID 999] beacon from 192.0.2.99" | world_drop "$G/inbox"
notice 31 "[SID 999] lateral movement from 192.0.2.99" "$dkim" |
    world_drop "$G/inbox"
notice 32 "[TLP:RED] [SID 999] beacon from 192.0.2.99" "$dkim" |
    world_drop "$G/inbox"
notice 33 "[SID 33] beacon from 192.0.2.33" "$dkim" |
    sed '/^Auto-Submitted/d; /^Precedence/d' | world_drop "$G/inbox"
ok "four others are processed" once
is "each in a case of its own: unproven, another alarm, RED, a person's" 5 \
    "$(noroshi case list --json | jq length)"
ok "each with copies" test "$(noroshi queue list --json | jq length)" -ge \
    $((3 * readers))

noroshi case close "$(noroshi message list --json |
	jq -r '[.[] | select(.nth == 1)][0].case')" >/dev/null
notice 40 "[SID 40] beacon from 192.0.2.40" "$dkim" | world_drop "$G/inbox"
ok "one more" once
is "after the case is closed it is news again" 6 \
    "$(noroshi case list --json | jq length)"

echo 'collapse = 0;' >>"$NOROSHI_CONF"
for n in 50 51; do
	notice $n "[SID $n] beacon from 192.0.2.40" "$dkim" |
	    world_drop "$G/inbox"
done
ok "and without collapsing" once
is "each is a matter of its own" 8 "$(noroshi case list --json | jq length)"
tap_end
