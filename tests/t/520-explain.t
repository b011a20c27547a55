#!/bin/sh
# The gate's decisions as `noroshi tlp explain` tells them, one by one.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

# explain LABEL WHO [option...]: "decision rule encryption"
explain() {
	label=$1 who=$2
	shift 2
	noroshi tlp explain --tlp "$label" --to "$who" --json "$@" |
	    jq -r '.[0] | "\(.decision) \(.rule) \(.encryption)"'
}

# expect LABEL WHO DECISION RULE [option...]
expect() {
	label=$1 who=$2 decision=$3 rule=$4
	shift 4
	is "$label to $who${*:+ ($*)}: $decision" "$decision $rule" \
	    "$(explain "$label" "$who" "$@" | cut -d' ' -f1,2)"
}

# person NAME CLASS [option...]: a contact with a verified key
person() {
	name=$1 class=$2
	shift 2
	world_key "$name" "$name@$class.example" &&
	    noroshi contact add "$name" --address "$name@$class.example" \
		--class "$class" --key "$WORLD/$name@$class.example.asc" \
		--verified met "$@"
}

# plain NAME CLASS [option...]: a contact without a key
plain() {
	name=$1 class=$2
	shift 2
	noroshi contact add "$name" --address "$name@$class.example" \
	    --class "$class" "$@"
}

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
ok "a boss" person boss staff
ok "a client that is affected" person client constituent
ok "one that is not" person aside constituent
ok "a foreign team" person foreign first
ok "a firm without keys" plain keyless constituent
ok "the police" person police public --tag authority
ok "a newspaper" person paper public --tag press
ok "somebody whose data was stolen" plain stolen public --tag victim
ok "a hosting firm" plain hoster public
for name in report-encrypted report-japanese coordinator-amber \
    coordinator-red advisory-clearsigned; do
	day_mail "$name" >"$TEST_TMP/$name"
	noroshi receive --from envelope@b.example --to csirt@example.org \
	    "$TEST_TMP/$name" >/dev/null
done
once
CASE=$(field 1 .case)
NCC=$(field 3 .case)
ok "Hanako has the case" noroshi case participant add "$CASE" \
    "Hanako Handler" client psirt@vendor.example mallory@finder.example \
    --need "they clean the site up"
ok "and the coordinator's" noroshi case participant add "$NCC" \
    "Hanako Handler" psirt@vendor.example
ok "a hosting firm is affected" noroshi case affected add "$CASE" \
    hoster@public.example keyless@constituent.example
ok "so is a client of the coordinator's case" noroshi case affected add \
    "$NCC" client
is "they are in the case" "hoster@public.example keyless@constituent.example" \
    "$(noroshi case show "$CASE" --json | jq -r '.affected | join(" ")')"

waiting=$(noroshi queue list --json | jq length)

# rows of the table, over verified keys
in="--case $CASE"
# shellcheck disable=SC2086
while read -r label who decision rule; do
	expect "$label" "$who" "$decision" "$rule" $in
done <<'TABLE'
RED hanako@example.org refuse red-not-named
RED client refuse red-not-named
RED foreign refuse red-not-named
RED psirt@vendor.example refuse red-role-mailbox
RED hoster refuse red-not-named
RED police hold authority-needs-legal
RED paper refuse red-not-named
AMBER+STRICT hanako@example.org allow staff-need-to-know
AMBER+STRICT boss hold staff-not-in-case
AMBER+STRICT client hold strict-outside-org
AMBER+STRICT aside refuse strict-outside-org
AMBER+STRICT psirt@vendor.example allow strict-outside-org
AMBER+STRICT foreign hold strict-outside-org
AMBER+STRICT hoster refuse strict-outside-org
AMBER+STRICT police hold authority-needs-legal
AMBER hanako@example.org allow need-to-know
AMBER boss hold staff-not-in-case
AMBER client allow need-to-know
AMBER aside hold client-not-affected
AMBER keyless hold channel-plain
AMBER psirt@vendor.example allow amber-peer
AMBER foreign hold amber-peer
AMBER mallory@finder.example hold amber-outside-clients
AMBER hoster hold affected-party
AMBER nobody@elsewhere.example refuse amber-outside-clients
AMBER police hold authority-needs-legal
AMBER paper refuse press-needs-pr
AMBER stolen hold victim-needs-legal
GREEN boss allow green-community
GREEN aside allow green-community
GREEN keyless allow green-community
GREEN foreign allow green-other-community
GREEN mallory@finder.example allow green-public
GREEN hoster allow affected-party
GREEN nobody@elsewhere.example hold green-public
GREEN paper refuse press-needs-pr
GREEN stolen hold victim-needs-legal
CLEAR nobody@elsewhere.example allow clear
CLEAR hoster allow affected-party
CLEAR paper hold press-needs-pr
CLEAR police allow authority-needs-legal
TABLE

# examples of the domain
expect AMBER jiro@nokey.example allow source-own --origin 2 # 1
expect AMBER client allow need-to-know --origin 3 # 2
expect AMBER foreign refuse amber-third-party --origin 3 # 3
expect RED boss refuse red-not-named --origin 4 # 5
ok "the PoC names the boss" noroshi case reader add "$(field 4 .case)" boss
expect RED boss hold named --origin 4 # 5, named
expect GREEN mallory@finder.example allow green-public $in # 7
expect CLEAR paper hold press-needs-pr # 8
expect AMBER+STRICT client refuse strict-outside-org \
    --case "$NCC" --origin 3 # 12: the coordinator's, made stricter
expect AMBER+STRICT client hold strict-outside-org --case "$CASE" # 12
expect CLEAR hoster allow affected-party --case "$CASE" # 14
expect AMBER hoster hold affected-party --case "$CASE" --origin 1 # 14
expect AMBER foreign hold amber-peer # 15
expect GREEN foreign allow green-other-community # 15
expect RED desk@ncc.example allow source-own --origin 4
expect AMBER jiro@nokey.example allow source-own --origin 2 --quote 2 # 18
expect AMBER jiro@nokey.example refuse amber-outside-clients \
    --origin 2 --quote 3
expect GREEN psirt@vendor.example refuse amber-third-party --quote 3
expect GREEN foreign refuse red-not-named --quote 4 3

# what encryption it asks for, and the description's shape
is "RED has to be encrypted" "refuse red-not-named required" \
    "$(explain RED boss)"
is "GREEN had better be" "allow green-community preferred" \
    "$(explain GREEN boss)"
is "CLEAR may be" "allow clear optional" "$(explain CLEAR boss)"
is "a quote's label counts for encryption too" required \
    "$(explain CLEAR hanako@example.org --quote 3 | cut -d' ' -f3)"
is "the fields are those of the description" \
    "decision encryption reason recipient rule" \
    "$(noroshi tlp explain --tlp GREEN --to boss --json |
	jq '.[0]' | fields)"
is "several recipients keep their order" \
    "client@constituent.example boss@staff.example" \
    "$(noroshi tlp explain --tlp GREEN --to client boss --json |
	jq -r 'map(.recipient) | join(" ")')"
ok "a person reads it in a table" sh -c \
    "noroshi tlp explain --tlp RED --to boss | grep -q red-not-named"
is "nothing was sent" "$waiting" "$(noroshi queue list --json | jq length)"

# a file of the case, by its bytes
ok "a label in a file's name counts" sh -c \
    ": >'$TEST_TMP/TLP-RED_plan.txt'; noroshi tlp explain --tlp GREEN \
	--to boss --attach '$TEST_TMP/TLP-RED_plan.txt' | grep -q red-not-named"

# somebody else's case
expect AMBER hanako@example.org allow need-to-know $in --as "Ken Deputy"

# the case's own label
ok "anybody raises it" noroshi case label "$CASE" AMBER+STRICT
expect GREEN aside refuse strict-outside-org $in
is "it shows" "AMBER+STRICT" "$(noroshi case show "$CASE" --json | jq -r .tlp)"
ok "the PoC lowers it" noroshi case label "$CASE" GREEN
expect GREEN aside allow green-community $in
ok "a participant leaves" noroshi case participant remove "$CASE" client
expect AMBER client hold client-not-affected $in
ok "and cannot twice: 66" exits 66 noroshi case participant remove "$CASE" client
ok "an affected party leaves" noroshi case affected remove "$CASE" hoster
expect GREEN hoster hold green-public $in
ok "the record names each act" sh -c "noroshi audit log --json |
    jq -r '.[].event' | sort -u | grep -c '^case.\(participant\|affected\|reader\|label\)\$' | grep -qx 4"

# who may
ok "an operator who leads nobody" noroshi contact set 1 --role handler
ok "names no reader: 77" exits 77 noroshi case reader add "$CASE" boss
ok "not as the deputy either" exits 77 noroshi case reader add "$CASE" boss \
    --as "Ken Deputy"
ok "lowers no label: 77" exits 77 noroshi case label "$CASE" CLEAR
ok "but raises it" noroshi case label "$CASE" RED

# mistakes
ok "no label: 64" exits 64 noroshi tlp explain --to boss
ok "no recipient: 64" exits 64 noroshi tlp explain --tlp RED
ok "no such label: 64" exits 64 noroshi tlp explain --tlp AMBR --to boss
ok "nobody of that name: 66" exits 66 noroshi tlp explain --tlp RED --to Zoe
ok "no such message: 66" exits 66 noroshi tlp explain --tlp RED --to boss \
    --origin 99
ok "no such case: 66" exits 66 noroshi tlp explain --tlp RED --to boss \
    --case EX-1999-0001
ok "neither add nor remove: 64" exits 64 noroshi case participant set "$CASE" boss
ok "readers are not taken back: 64" exits 64 noroshi case reader remove "$CASE" boss
tap_end
