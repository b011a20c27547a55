#!/bin/sh
# Cases that turn out to be one, and messages that belong elsewhere: merge,
# split, move, and all of it undone.
. "$top_srcdir/tests/lib/gateway.sh"

US=csirt@example.org
ok "a gateway with readers" gateway_new
gateway_silent
gateway_staff
printf 'delivers = 1;\n' >>"$NOROSHI_CONF"

# mail FROM SUBJECT ID [FIELD...]
mail() {
	{
		printf 'From: %s\nTo: %s\nSubject: %s\nMessage-ID: %s\n' \
		    "$1" "$US" "$2" "$3"
		from=$1 subject=$2
		shift 3
		for line; do printf '%s\n' "$line"; done
		printf '\nFrom %s about %s, words such as needle%s.\n' "$from" \
		    "$subject" "$(echo "$subject" | tr -dc A-Z)"
	} | noroshi receive >/dev/null
}
# one after another: each worker opens a case of its own
mail rika@client.example "SITE A" "<1@c>"
once
mail bob@hoster.example "SITE B" "<1@h>"
ok "two reports" once
mail rika@client.example "Re: SITE A" "<2@c>" "In-Reply-To: <1@c>"
once
mail eva@else.example "SITE C" "<1@e>"
ok "an answer, and a third" once
printf 'A note on B.\n' | noroshi case note 2 >/dev/null
noroshi case label 2 AMBER+STRICT >/dev/null
once

# state: all that a case shows, which an undo has to bring back
state() {
	for id in 1 2 3; do
		noroshi case show $id --json
	done | jq -S .
	noroshi message list --json | jq -S '.[] | {id, case, untrusted}'
	for id in 1 2 3 4; do noroshi message raw $id | sha256sum; done
	for id in 1 2 3 4; do noroshi message text $id; done
}
# keys: which key seals which message
keys() {
	sqlite3 "$G/noroshi.db" 'SELECT count(*) FROM message m JOIN cases c
	    ON c.id = m.cases WHERE m.vault_key <> c.vault_key'
}
year=$(date -u +%Y)
state >"$TEST_TMP/before"

is "a merge takes the other case in" "EX-$year-0001 has taken them in" \
    "$(noroshi case merge 1 2)"
noroshi case show 1 --json >"$TEST_TMP/one"
noroshi case show 2 --json >"$TEST_TMP/two"
is "its messages" "1 2 3" "$(jq -r '.messages | join(" ")' "$TEST_TMP/one")"
is "its people" "bob@hoster.example rika@client.example" \
    "$(jq -r '[.participants[].address] | sort | join(" ")' "$TEST_TMP/one")"
is "its notes" "A note on B." "$(jq -r '.notes[].text' "$TEST_TMP/one")"
is "and the highest label" "AMBER+STRICT" "$(jq -r .tlp "$TEST_TMP/one")"
is "the other one is closed and empty" "closed 0 0" \
    "$(jq -r '"\(.state) \(.messages | length) \(.notes | length)"' \
	"$TEST_TMP/two")"
is "each says what became of it" \
    "merged EX-$year-0002 merged-into EX-$year-0001" \
    "$(cat "$TEST_TMP/one" "$TEST_TMP/two" |
	jq -r '.links[] | "\(.kind) \(.case)"' | xargs)"
is "what went over is sealed by the survivor's key" 0 "$(keys)"
is "and is the same to the byte" "$(tail -n +1 "$TEST_TMP/before" |
    grep -c '  -$')" "$(state | grep -Fxf "$TEST_TMP/before" | grep -c '  -$')"
mail bob@hoster.example "Re: SITE B" "<2@h>" "In-Reply-To: <1@h>"
mail eva@else.example "Re: [EX-$year-0002] mine" "<2@e>"
ok "mail for the merged case" once
is "goes to the survivor" "EX-$year-0001" "$(field 5 .case)"
is "and a stranger's tag names the survivor" "named-by EX-$year-0004" \
    "$(noroshi case show 1 --json | jq -r '.links[] |
	select(.kind == "named-by") | "\(.kind) \(.case)"')"
ok "a merged case is not merged again" exits 65 noroshi case merge 3 2
ok "nor opened again" exits 65 noroshi case reopen 2
ok "nor does a case take itself in" exits 65 noroshi case merge 1 1

is "an undo" "EX-$year-0001 is as it was before" "$(noroshi case undo 2)"
noroshi message list --case 1 --json | jq -r '.[].id' | xargs \
    >"$TEST_TMP/ids"
is "leaves what came later where it is" "1 3 5" "$(cat "$TEST_TMP/ids")"
is "brings notes and people back" "A note on B. bob@hoster.example" \
    "$(noroshi case show 2 --json | jq -r \
	'"\(.notes[].text) \(.participants[].address)"')"
is "and labels and states" "null new AMBER+STRICT new" \
    "$(for id in 1 2; do noroshi case show $id --json; done |
	jq -r '"\(.tlp) \(.state)"' | sed 's/^AMBER new/null new/' | xargs)"
is "under their own keys" 0 "$(keys)"
ok "there is no second time" exits 65 noroshi case undo 2

is "a move" "EX-$year-0002 has the messages" "$(noroshi case move 5 --to 2)"
is "takes its author along" "bob@hoster.example rika@client.example" \
    "$(for id in 2 1; do noroshi case show $id --json |
	jq -r '.participants[].address'; done | xargs)"
is "a split" "EX-$year-0005 has the messages" "$(noroshi case split 1 3)"
is "opens a case like the old one" "Re: SITE A 3 rika@client.example" \
    "$(noroshi case show 5 --json | jq -r \
	'"\(.title) \(.messages[]) \(.participants[].address)"')"
is "whose origin it names" "split-from EX-$year-0001" \
    "$(noroshi case show 5 --json | jq -r '.links[] | "\(.kind) \(.case)"')"
is "who has mail left in the old one stays there" rika@client.example \
    "$(noroshi case show 1 --json | jq -r '.participants[].address')"
ok "an act that was followed by another is not undone first" \
    exits 65 noroshi case undo "audit:$(noroshi audit log --json |
	jq '[.[] | select(.event == "case.moved") | .id] | max')"
is "the split is" "EX-$year-0005 is as it was before" "$(noroshi case undo 1)"
is "and leaves an empty case that leads back" "closed merged-into" \
    "$(noroshi case show 5 --json | jq -r '"\(.state) \(.links[0].kind)"')"
ok "then the move" noroshi case undo 2
is "each message is where it was" \
    "EX-$year-0001 EX-$year-0002 EX-$year-0001 EX-$year-0003 EX-$year-0001" \
    "$(for id in 1 2 3 4 5; do field $id .case; done | xargs)"
state >"$TEST_TMP/after"
is "with the bytes and words that it had" "" \
    "$(grep -e '  -$' -e needle "$TEST_TMP/before" |
	grep -vxFf "$TEST_TMP/after")"

# what waits is judged anew where it is now
noroshi contact add "Fin Finder" --address fin@finder.example --class finder \
    >/dev/null
noroshi case participant add 3 fin@finder.example >/dev/null
echo "Hello Fin." | noroshi send --case 3 --to fin@finder.example --tlp AMBER \
    >/dev/null
once
is "an answer is held" "7 EX-$year-0003" \
    "$(noroshi queue list --state held --json | jq -r '.[].message') $(
	field 7 .case)"
ok "its case is merged" noroshi case merge 2 3
once
is "it is in the survivor, under its label" "EX-$year-0002 AMBER+STRICT" \
    "$(field 7 .case) $(field 7 .tlp.effective)"
is "and was judged anew: that may not go to them" "refuse" \
    "$(noroshi audit log --message 7 --json | jq -r '[.[] |
	select(.event == "recipient.decided")][-1].detail.decision')"
ok "no file holds a word of it" not grep -rlq "needleSITE\|A note on B" "$G"
ok "the audit chain verifies" noroshi audit verify
is "and names each act" \
    "case.merged case.undone case.moved case.split case.undone case.undone case.merged" \
    "$(noroshi audit log --json | jq -r '[.[].event | select(
	. == "case.merged" or . == "case.undone" or . == "case.moved" or
	. == "case.split")] | join(" ")')"
ok "the gateway finds nothing wrong with its files" \
    sh -c 'noroshi doctor --json | jq -e "[.. | strings |
	select(test(\"missing|no bytes\"))] | length == 0"'
tap_end
