#!/bin/sh
# The two decision tables, cell by cell, as `noroshi tlp explain` tells them.
#
# The letters below were written down from the tables themselves: A allow,
# H hold, R refuse; columns RED ours, RED third, AMBER+STRICT ours, third,
# AMBER ours, third, GREEN ours, third, CLEAR.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

# who NAME CLASS KEY [option...]: KEY is e1, e2, e0 or ex (expired)
who() {
	name=$1 class=$2 address=$1@$2.example key=$3
	shift 3
	case $key in
	e0) ;;
	ex)
		world_home "$address" &&
		    world_gpg "$address" --faked-system-time 20260901T000000 \
			--passphrase '' --quick-generate-key \
			"$name <$address>" rsa2048 default 20260920T000000 &&
		    world_gpg "$address" --armor --export "$address" \
			>"$WORLD/$address.asc" || return 1
		set -- --key "$WORLD/$address.asc" --verified met "$@"
		;;
	*)
		world_key "$name" "$address" || return 1
		[ "$key" = e1 ] && how=met || how=none
		set -- --key "$WORLD/$address.asc" --verified "$how" "$@"
		;;
	esac
	noroshi contact add "$name" --address "$address" --class "$class" \
	    --organisation "$name" "$@" >"$TEST_TMP/who"
}

labels="RED AMBER+STRICT AMBER GREEN CLEAR"
labelled() { printf 'TLP:%s\n\nThe group calls home to c2.evil.example.\n' "$1"; }

ok "a gateway" gateway_new
gateway_silent
ok "the coordinator" who desk coordinator e1
world_know "$WORLD/team.asc"
for label in $labels; do
	labelled "$label" | mail_encrypted desk@coordinator.example "$TEAM" \
	    "Desk <desk@coordinator.example>" "$TEAM" "A warning" \
	    "<$label@day.example>" | noroshi receive >>"$TEST_TMP/ids"
done
once
# only now, so that nobody is a recorded reader of what came
for c in staff constituent isac first partner vendor finder public; do
	ok "$c" who in "$c" e1
	ok "another" who out "$c" e1
done
ok "the site's owner" who hit public e1
ok "a department that is hit" who hit constituent e1
ok "an authority" who law public e1 --tag authority
ok "the press" who news public e1 --tag press
ok "a victim" who hurt public e1 --tag victim
for k in e2 e0 ex; do
	ok "a peer with a key that is $k" who "$k" first "$k"
	ok "an authority with a key that is $k" \
	    who "law$k" public "$k" --tag authority
done

# people CASE: the same relations in every case
people() {
	for c in staff constituent isac first partner vendor finder public; do
		noroshi case participant add "$1" "in@$c.example" || return 1
	done
	noroshi case participant add "$1" e2@first.example e0@first.example \
	    ex@first.example &&
	    noroshi case affected add "$1" hit@public.example \
		hit@constituent.example
} >"$TEST_TMP/people"

# ask COLUMN LABEL option...: "address LETTER rule encryption", one a line
ask() {
	column=$1 label=$2
	shift 2
	noroshi tlp explain --tlp "$label" "$@" --json --to \
	    $(cut -d' ' -f1 "$TEST_TMP/table") | jq -r --arg c "$column" '.[] |
	    "\($c) \(.recipient) \(.decision | .[0:1] | ascii_upcase) " +
	    "\(.rule) \(.encryption)"'
}

# Recipient, nine letters, the rules at RED, AMBER+STRICT, AMBER ours, AMBER
# third, GREEN and CLEAR; "-": the channel's, at which the letters stand.
cat >"$TEST_TMP/table" <<-'EOT'
	in@staff.example RRAAAAAAA red-not-named staff-need-to-know need-to-know need-to-know green-community clear
	out@staff.example RRHHHHAAA red-not-named staff-not-in-case staff-not-in-case staff-not-in-case green-community clear
	in@constituent.example RRHRAAAAA red-not-named strict-outside-org need-to-know need-to-know green-community clear
	hit@constituent.example RRHRAAAAA red-not-named strict-outside-org need-to-know need-to-know green-community clear
	out@constituent.example RRRRHHAAA red-not-named strict-outside-org client-not-affected client-not-affected green-community clear
	in@isac.example RRARARAAA red-not-named strict-outside-org amber-peer amber-third-party green-community clear
	in@first.example RRARARAAA red-not-named strict-outside-org amber-peer amber-third-party green-community clear
	in@partner.example RRARARAAA red-not-named strict-outside-org amber-peer amber-third-party green-community clear
	in@vendor.example RRARARAAA red-not-named strict-outside-org amber-peer amber-third-party green-community clear
	out@isac.example RRHRHRAAA red-not-named strict-outside-org amber-peer amber-third-party green-other-community clear
	out@first.example RRHRHRAAA red-not-named strict-outside-org amber-peer amber-third-party green-other-community clear
	out@partner.example RRHRHRAAA red-not-named strict-outside-org amber-peer amber-third-party green-other-community clear
	out@vendor.example RRHRHRAAA red-not-named strict-outside-org amber-peer amber-third-party green-other-community clear
	in@finder.example RRHRHRAHA red-not-named strict-outside-org amber-outside-clients amber-outside-clients green-public clear
	hit@public.example RRRRHRAHA red-not-named strict-outside-org affected-party amber-outside-clients affected-party affected-party
	out@finder.example RRRRRRHRA red-not-named strict-outside-org amber-outside-clients amber-outside-clients green-public clear
	in@public.example RRRRRRHRA red-not-named strict-outside-org amber-outside-clients amber-outside-clients green-public clear
	out@public.example RRRRRRHRA red-not-named strict-outside-org amber-outside-clients amber-outside-clients green-public clear
	nobody@elsewhere.example RRRRRRHRA red-not-named strict-outside-org amber-outside-clients amber-outside-clients green-public clear
	law@public.example HHHHHHHHA authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal
	lawe2@public.example HHHHHHHHA authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal
	lawe0@public.example HHHHHHHHA authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal
	lawex@public.example HHHHHHHHA authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal authority-needs-legal
	news@public.example RRRRRRRRH red-not-named press-needs-pr press-needs-pr press-needs-pr press-needs-pr press-needs-pr
	hurt@public.example RRRRHRHRH red-not-named victim-needs-legal victim-needs-legal victim-needs-legal victim-needs-legal victim-needs-legal
	e2@first.example RRHRHRAAA red-not-named channel-unverified channel-unverified amber-third-party green-community clear
	e0@first.example RRRRHRAAA red-not-named channel-plain channel-plain amber-third-party green-community clear
	ex@first.example RRRRHRAAA red-not-named key-unusable key-unusable amber-third-party green-community clear
EOT
# Where table and channel are as strict, the table's rule is named.
expected() {
	awk '{
		n = split("RED-ours RED-third AMBER+STRICT-ours " \
		    "AMBER+STRICT-third AMBER-ours AMBER-third GREEN-ours " \
		    "GREEN-third CLEAR-ours", column, " ")
		split("3 3 4 4 5 6 7 7 8", rule, " ")
		for (i = 1; i <= n; i++) {
			r = $(rule[i])
			if (column[i] == "AMBER+STRICT-third" && r ~ /^(channel|key)/)
				r = "strict-outside-org"
			print column[i], $1, substr($2, i, 1), r, i < 7 ? \
			    "required" : i < 9 ? "preferred" : "optional"
		}
	}' "$TEST_TMP/table" | sort
}

ours=$(noroshi case new --title "Of our own")
ok "people in our own case" people "$ours"
i=0
for label in $labels; do
	i=$((i + 1))
	id=$(sed -n "${i}p" "$TEST_TMP/ids")
	incident=$(field "$id" .case)
	ok "and in that of TLP:$label" people "$incident"
	ask "$label-ours" "$label" --case "$ours" --origin ours \
	    >>"$TEST_TMP/got.all"
	[ "$label" = CLEAR ] || ask "$label-third" "$label" \
	    --case "$incident" --origin "$id" >>"$TEST_TMP/got.all"
done
sort "$TEST_TMP/got.all" >"$TEST_TMP/got"
expected >"$TEST_TMP/expected"
is "there are 28 recipients in nine columns" 252 \
    "$(wc -l <"$TEST_TMP/expected" | tr -d ' ')"
ok "each cell has its decision, rule and encryption" \
    diff -u "$TEST_TMP/expected" "$TEST_TMP/got"

# rows 1, 2b and 3
row() { # LABEL WHO option...: "decision rule"
	label=$1 to=$2
	shift 2
	noroshi tlp explain --tlp "$label" --to "$to" "$@" --json |
	    jq -r '.[0] | "\(.decision) \(.rule)"'
}
their_red=$(head -n 1 "$TEST_TMP/ids")
theirs=$(sed -n 2p "$TEST_TMP/ids")
is "the source has its own" "allow source-own" \
    "$(row RED desk@coordinator.example --origin "$their_red")"
ok "a person is named" noroshi case reader add "$ours" out@first.example
is "RED of ours to who is named waits" "hold named" \
    "$(row RED out@first.example --case "$ours")"
is "AMBER+STRICT of ours may go there" "allow named" \
    "$(row AMBER+STRICT out@first.example --case "$ours")"
is "whoever the PoC names, theirs is theirs" "refuse strict-outside-org" \
    "$(row AMBER+STRICT out@first.example --case "$ours" --origin "$theirs")"

# rows 15 to 19: the row and all members' rows, the strictest
list() { # NAME MAX MEMBER... [-- option...]
	name=$1 max=$2
	shift 2
	members=
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		members="$members $1"
		shift
	done
	[ $# -eq 0 ] || shift
	noroshi community add "$name" --max-label "$max" "$@" &&
	    noroshi community join "$name" $members
}
ok "staff in the case" list duty RED in@staff.example
ok "staff" list staff RED in@staff.example out@staff.example
ok "departments" list depts RED out@constituent.example \
    in@constituent.example
ok "peers" list peers RED out@isac.example out@first.example
ok "peers whose PoC may release alone" list alone AMBER out@isac.example -- \
    --single-release
ok "with a lower ceiling" list low GREEN out@isac.example
ok "with an open archive" list open GREEN out@vendor.example -- --archive public
ok "with a member whose key expired" list gone AMBER out@isac.example \
    ex@first.example
ok "with a finder" list mixed AMBER out@isac.example out@finder.example
while read -r name letters red strict amber third green clear; do
	i=0 want='' got=''
	for label in $labels; do
		i=$((i + 1))
		id=$(sed -n "${i}p" "$TEST_TMP/ids")
		got="$got $(row "$label" "community:$name" --case "$ours")"
		[ "$label" = CLEAR ] || got="$got $(row "$label" \
		    "community:$name" --case "$ours" --origin "$id")"
	done
	want=$(echo "$letters $red $red $strict $strict $amber $third $green \
	    $green $clear" | awk '{
		for (i = 1; i <= 9; i++) {
			c = substr($1, i, 1)
			printf " %s %s", c == "A" ? "allow" : \
			    c == "H" ? "hold" : "refuse", $(i + 1)
		}
	}')
	is "the list $name" "$want" "$got"
done <<-'EOT'
	duty RRAAAAAAA red-list strict-list amber-list amber-third-party green-community clear
	staff RRHHHHAAA red-list strict-list amber-list amber-third-party green-community clear
	depts RRRRHHAAA red-list strict-list amber-list amber-third-party green-community clear
	peers RRHRHRAAA red-list strict-list amber-list amber-third-party green-community clear
	low RRRRRRAAA community-ceiling community-ceiling community-ceiling community-ceiling green-community clear
EOT
is "with one release AMBER of ours goes" "allow amber-list" \
    "$(row AMBER community:alone --case "$ours")"
is "GREEN does not go where anybody reads" "refuse green-open-list" \
    "$(row GREEN community:open --case "$ours")"
is "CLEAR waits for pr there" "hold press-needs-pr" \
    "$(row CLEAR community:open --case "$ours")"
is "a member's expired key is told at GREEN" "hold key-unusable" \
    "$(row GREEN community:gone --case "$ours")"
is "and at AMBER, too, of that member" "amber-list key-unusable" \
    "$(echo hello | noroshi advisory send --community gone --tlp AMBER \
	--subject "A kit" --dry-run --json | jq -r '[.recipients[].rule] |
	sort | join(" ")')"
is "a finder among them stops what a finder may not have" \
    "refuse amber-outside-clients" \
    "$(row AMBER community:mixed --case "$ours")"

# an answer is judged as `noroshi send` judges it
printf 'From: Unknown <un@known.example>\nTo: %s\nSubject: %s\n\n%s\n' \
    "$TEAM" "Phishing" "A page imitates you." |
    noroshi receive >"$TEST_TMP/report"
once
answer=$(field "$(cat "$TEST_TMP/report")" .case)
is "an answer to who reported goes, without a key" "allow source-own" \
    "$(row AMBER un@known.example --case "$answer")"
is "and so says a send" "allow source-own" \
    "$(echo "Thank you." | noroshi send --case "$answer" \
	--to un@known.example --dry-run --json | jq -r '.recipients[0] |
	"\(.decision) \(.rule)"')"
is "our own words under GREEN go, too" "GREEN allow" \
    "$(echo "Thank you." | noroshi send --case "$answer" --tlp GREEN \
	--to un@known.example --dry-run --json | jq -r '"\(.tlp) \(.decision)"')"
is "what it asks of the source is said of the source" 1 \
    "$(noroshi tlp explain --tlp AMBER+STRICT --to out@first.example \
	--origin "$theirs" | grep -c "its source has to consent")"

is "who is asked for twice gets one copy" 1 \
    "$(echo hello | noroshi send --case "$ours" --tlp AMBER \
	--to IN@Constituent.example --cc in@constituent.example --dry-run \
	--json | jq '.recipients | length')"

# a category's floor
apt=$(noroshi case new --title "Quiet visitors" --category apt)
ok "a participant" noroshi case participant add "$apt" in@first.example
is "of an apt case nothing is below AMBER+STRICT" "hold downgrade" \
    "$(row GREEN in@first.example --case "$apt")"
is "nor of what is sent" "AMBER+STRICT hold" \
    "$(echo hello | noroshi send --case "$apt" --tlp GREEN \
	--to in@first.example --dry-run --json | jq -r '"\(.tlp) \(.decision)"')"
is "and without a label it is that" "AMBER+STRICT allow" \
    "$(echo hello | noroshi send --case "$apt" --to in@first.example \
	--dry-run --json | jq -r '"\(.tlp) \(.decision)"')"

# a community's own address is the community
ok "a list with an address" list mailed GREEN out@isac.example -- \
    --archive public --address mailed@example.org
is "CLEAR to its address waits as to its name" "hold press-needs-pr" \
    "$(row CLEAR Mailed@example.org --case "$ours")"
is "and so it is sent" "hold out@isac.example" \
    "$(echo hello | noroshi send --case "$ours" --tlp CLEAR \
	--to mailed@example.org --dry-run --json | jq -r '"\(.decision) " +
	.recipients[0].recipient')"

# two customers in one mail
sed -i 's/#provider = false/provider = true/' "$NOROSHI_CONF"
is "customers are kept apart" "refuse mixed-constituencies" \
    "$(row AMBER in@constituent.example --case "$ours" \
	--to hit@constituent.example)"
is "one alone is not" "allow need-to-know" \
    "$(row AMBER in@constituent.example --case "$ours")"
tap_end
