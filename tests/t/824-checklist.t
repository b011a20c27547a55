#!/bin/sh
# What is to be thought of in a case of a category, and what was.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway" gateway_new
noroshi contact add "Ken Deputy" --address ken@example.org --class staff --role deputy >/dev/null
P=$(noroshi case new --title "A phish" --category phishing --json | jq -r .id)
E=$(noroshi case new --title "A question" --json | jq -r .id)
items() { noroshi case checklist "$P" --json | jq -r "$1"; }
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }

ok "a case without a category has no list" exits 66 noroshi case checklist "$E"
is "one with a category has" "phishing 7 0" \
    "$(items '"\(.category) \(.items | length) \([.items[] | select(.ticked_at != null)] | length)"')"
ok "the case says how far it is" sh -c "noroshi case show $P | grep -q 'Checklist *0 of 7'"
ok "an item is ticked" noroshi case tick "$P" 3 --note "kit in the safe"
is "when and by whom" "true 1" "$(items '.items[2] | "\(.ticked_at != null) \(.contact)"')"
ok "to people too" sh -c "noroshi case checklist $P | grep -q '^\[x\]  3. Is there a copy .*Taro Operator (contact 1))'"
ok "the case says so" sh -c "noroshi case show $P | grep -q 'Checklist *1 of 7'"
ok "the note is the case's" sh -c "noroshi case show $P | grep -q 'kit in the safe'"
ok "sealed" sh -c "! grep -aq 'kit in the safe' $G/noroshi.db $G/noroshi.db-wal"
ok "what is ticked is not ticked again" exits 65 noroshi case tick "$P" 3
ok "there is no eighth" exits 64 noroshi case tick "$P" 8
ok "nor a number that is none" exits 64 noroshi case tick "$P" x
ok "a tick is taken back" noroshi case untick "$P" 3 --as ken@example.org
ok "once" exits 65 noroshi case untick "$P" 3
is "both are on record" "1 1" "$(events case.ticked) $(events case.unticked)"

# a team's own list
mkdir -p "$G/own/en"
printf -- '- Is there a copy of the page?\n- Ring the bank\n' >"$G/own/en/phishing.txt"
noroshi case tick "$P" 1 >/dev/null
gateway_conf checklists '"own"'
ok "is right" noroshi config check
is "stands in the place of ours" "Is there a copy of the page?" "$(items '.items[0].text')"
is "what was ticked before is still there" "null true" \
    "$(items '.items[2] | "\(.n) \(.ticked_at != null)"')"
is "and counts for nothing" "Checklist 0 of 2" \
    "$(noroshi case show "$P" | sed -n 's/^Checklist  */Checklist /p')"
noroshi case tick "$P" 2 >/dev/null
world_key "Keeper" keeper@example.org
noroshi key import "$WORLD/keeper@example.org.asc" >/dev/null
printf 'backup_key = "%s";\n' "$(world_fpr keeper@example.org)" >>"$NOROSHI_CONF"
noroshi backup "$TEST_TMP/backup" >/dev/null 2>&1
ok "a backup has the list, and the deadlines" sh -c "gpg --homedir $WORLD/keeper@example.org -q \
    --batch -d $TEST_TMP/backup/*.tar.gpg 2>/dev/null | tar -t >$TEST_TMP/names &&
    grep -q '^own/en/phishing.txt$' $TEST_TMP/names && grep -q '^deadlines.conf$' $TEST_TMP/names"
is "an item that moved is ticked still" true "$(
	printf -- '- Ring the bank\n- Is there a copy of the page?\n' >"$G/own/en/phishing.txt"
	items '.items[0].ticked_at != null')"
printf -- '- Ring the bank\nand the police\n' >"$G/own/en/phishing.txt"
ok "a mistake is named with file and line" sh -c \
    "noroshi config check 2>&1 | grep -q 'own/en/phishing.txt:2: is no item'"
rm "$G/own/en/phishing.txt"
printf -- '- x\n' >"$G/own/en/phising.txt"
ok "and so is a file that no case would show" sh -c \
    "noroshi config check 2>&1 | grep -q '\"phising\" is no category'"
tap_end
