#!/bin/sh
# The day at a glance, a case as a page, a pager, and what a shell completes.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

# screen ROWS COLUMNS command...: what a terminal of that size is given
screen() {
	rows=$1 columns=$2
	shift 2
	TERM=xterm script -qec "stty rows $rows cols $columns; $*" /dev/null \
	    </dev/null | tr -d '\r'
}
says() { grep -q -- "$2" "$1"; }

ok "a gateway" gateway_new
gateway_silent
ok "its staff" gateway_staff
ok "and the people outside" day_people
noroshi day >"$TEST_TMP/quiet"
ok "a quiet day says so" says "$TEST_TMP/quiet" "Nothing waits for anybody"
for name in report-japanese vulnerability-signed coordinator-red too-deep; do
	day_mail "$name" | world_drop "$G/inbox"
done
once
case=$(noroshi message list --json | jq -r '.[] |
    select(.classification.kind == "vulnerability") | .case')
ok "an approver reads the same terminal" noroshi contact set 1 --role approver \
    --role poc
echo "Please look." | noroshi send --as 2 --case "$case" \
    --to desk@ncc.example --tlp AMBER --subject question >/dev/null 2>&1
echo "Please look." | noroshi send --case "$case" --to desk@ncc.example \
    --tlp AMBER --subject mine >/dev/null 2>&1
noroshi case note "$case" "they called again" >/dev/null
once

noroshi day --json >"$TEST_TMP/day"
is "the day has new cases" 3 "$(jq '.new | length' "$TEST_TMP/day")"
is "... and those who are owed an answer" 3 \
    "$(jq '.owed | length' "$TEST_TMP/day")"
is "... mail that nobody opened" 2 "$(jq '.unseen | length' "$TEST_TMP/day")"
is "... what the caller may release, and their own that they may not" \
    "true false" "$(jq -r '[.held[].yours | tostring] | sort | reverse |
	join(" ")' "$TEST_TMP/day")"
is "... what is quarantined" 1 "$(jq '.quarantined | length' "$TEST_TMP/day")"
is "... who asked" 1 "$(jq .contact "$TEST_TMP/day")"
is "... and keys that need care" \
    "$(noroshi key check --json 2>/dev/null | jq -S .)" \
    "$(jq -S .keys "$TEST_TMP/day")"

ok "a deadline runs" noroshi deadline start "$case" eu-gdpr-33 \
    --evidence "$(noroshi message list --case "$case" --json | jq '.[0].id')"
is "the day has it" eu-gdpr-33 \
    "$(noroshi day --json | jq -r '.deadlines[0].rule')"
noroshi day >"$TEST_TMP/page"
ok "... first of all" says "$TEST_TMP/page" "^$case .*running .*eu-gdpr-33"

if command -v script >/dev/null; then
	screen 200 80 noroshi >"$TEST_TMP/page"
	ok "noroshi alone is the day, for a person" says "$TEST_TMP/page" \
	    "Held for you"
	is "... a new case stands there once" 1 \
	    "$(grep -c "^$case.*CVE" "$TEST_TMP/page")"
	ok "... with TLP 2.0's colours" says "$TEST_TMP/page" \
	    "$(printf '\033\\[38;2;255;192;0;48;2;0;0;0mAMBER')"
	NO_COLOR=1 screen 200 80 noroshi >"$TEST_TMP/plain"
	ok "... and without, where NO_COLOR says so" not grep -q \
	    "$(printf '\033')" "$TEST_TMP/plain"
	is "no line is wider than the terminal" "" \
	    "$(sed 's/…/./g' "$TEST_TMP/plain" | iconv -f utf-8 -t euc-jp \
		2>/dev/null | LC_ALL=C awk 'length > 80')"
	PAGER='sed s/^/paged:/' screen 5 80 noroshi >"$TEST_TMP/paged"
	ok "a page too long for the screen goes through the pager" says \
	    "$TEST_TMP/paged" "^paged:.*Held for you"
	PAGER='sed s/^/paged:/' screen 200 80 noroshi >"$TEST_TMP/paged"
	ok "a short one does not" not grep -q paged: "$TEST_TMP/paged"
	NOROSHI_PAGER='' PAGER=false screen 5 80 noroshi >"$TEST_TMP/paged"
	ok "an empty NOROSHI_PAGER is none" says "$TEST_TMP/paged" \
	    "Held for you"
	PAGER=/nowhere/pager screen 5 80 noroshi >"$TEST_TMP/paged"
	ok "a pager that is not there hides nothing" says "$TEST_TMP/paged" \
	    "Held for you"
	# shellcheck disable=SC2016
	PAGER='env ;$(touch /tmp/never)' screen 5 80 noroshi \
	    >"$TEST_TMP/paged" 2>&1
	ok "no shell reads PAGER" test ! -e /tmp/never
	PAGER=env screen 5 80 noroshi >"$TEST_TMP/paged"
	ok "less may neither write nor run" says "$TEST_TMP/paged" \
	    "^LESSSECURE=1"
	PAGER='sed s/^/paged:/' screen 5 80 noroshi day --json >"$TEST_TMP/paged"
	ok "JSON goes through no pager" not grep -q paged: "$TEST_TMP/paged"
else
	skip "what a terminal shows" "no script(1)"
fi
ok "noroshi alone in a pipe is a wrong call" exits 64 noroshi

noroshi case show "$case" >"$TEST_TMP/case"
id=$(noroshi message list --case "$case" --json | jq '.[0].id')
ok "a case shows each mail in a line, with its proof" says "$TEST_TMP/case" \
    "^20[-0-9]* [0-9:]*  $id .*Vendor PSIRT .*sig .*AMBER .*CVE-2026-12345"
ok "... answers with their state" says "$TEST_TMP/case" \
    " to Coordination Desk .*held .*AMBER .*question"
ok "... and notes between them" says "$TEST_TMP/case" \
    "Taro Operator .*note .*they called again"

complete() { noroshi complete -- "$@" | paste -sd' '; }
is "the first word is completed" "case" "$(complete cas)"
is "... and the second" "list" "$(complete case li)"
is "... an option" "--state" "$(complete case list --st)"
is "... a case" "$case" "$(complete case show "$case")"
is "... a label" "AMBER+STRICT AMBER" "$(complete send --tlp AMB)"
is "... a person" "desk@ncc.example" "$(complete send --to des)"
noroshi complete -- queue approve '' >"$TEST_TMP/offered"
is "... what is held" "$(jq -r '.held[].id' "$TEST_TMP/day" | paste -sd' ')" \
    "$(head -n 2 "$TEST_TMP/offered" | paste -sd' ')"
is "nothing is said of what is no command" "" "$(complete bogus x)"
is "... nor without a gateway" "" \
    "$(NOROSHI_CONF=/nowhere complete send --to '' 2>&1)"
# a name that a shell would read as more than a word
sqlite3 "$G/noroshi.db" "UPDATE contact_address SET address =
    'x;reboot@y.example' WHERE address = 'psirt@vendor.example'" 2>/dev/null
is "a name that a shell reads otherwise is not offered" "" \
    "$(noroshi complete -- send --to '' | grep reboot)"
if command -v bash >/dev/null; then
	bash_says() { # bash_says LINE: what TAB would offer
		bash -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}
		    IFS=" :=@" read -r -a COMP_WORDS <<<"$2"
		    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _noroshi
		    printf "%s\n" "${COMPREPLY[@]}"' bash \
		    "$top_srcdir/conf/completion/noroshi" "$1"
	}
	is "bash completes a command" "show" "$(bash_says "noroshi case sh")"
	is "... and behind an @ only what follows it" "ncc.example" \
	    "$(bash_says "noroshi send --to desk@ncc")"
else
	skip "bash completes" "no bash"
fi
if command -v zsh >/dev/null; then
	ok "zsh reads its completion" zsh -n "$top_srcdir/conf/completion/_noroshi"
else
	skip "zsh reads its completion" "no zsh"
fi
tap_end
