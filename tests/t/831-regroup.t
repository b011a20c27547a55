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
# --- the same by mail, for one who reads Japanese -----------------------------

HANAKO="Hanako Handler <hanako@example.org>"
# order_mail ID <text: an encrypted, signed mail by Hanako, taken in
order_mail() {
	PROTECT=1 OUTER=... mail_encrypted hanako@example.org "$US" "$HANAKO" \
	    "$US" orders "$1" | noroshi receive --from hanako@example.org \
	    --to "$US" >/dev/null
}
order() { order_mail "$1" && once; }
# told WORDS: Hanako's newest notice says so
told() {
	newest=$(noroshi queue list --json | jq -r '[.[] |
	    select(.recipient == "hanako@example.org" and .kind == "notice")] |
	    last | .id')
	world_read hanako@example.org "$(ls "$G"/outbox/new/"$newest".*)" \
	    2>/dev/null | tr -d '\r' >"$TEST_TMP/raw"
	perl -MMIME::QuotedPrint -MMIME::Base64 -0777 -ne 'my ($h, $b) =
	    split /\n\n/, $_, 2; print $h =~ /encoding: base64/i ?
	    decode_base64($b) : decode_qp($b)' "$TEST_TMP/raw" >"$TEST_TMP/told"
	grep -q -- "$1" "$TEST_TMP/told" || { cat "$TEST_TMP/told"; false; }
}
by_mail() { noroshi message list --json | jq -r --arg id "$1" \
    '.[] | select(.message_id == $id) | .id'; }
case_of() { field "$(by_mail "$1")" .case; }
# new_case FROM SUBJECT ID: its number, in $C
new_case() { mail "$1" "$2" "$3"; once; C=$(case_of "$3"); }
new_case ann@one.example "SITE P" "<1@p>"
P=$C
new_case ben@two.example "SITE Q" "<1@q>"
Q=$C
mail ann@one.example "Re: SITE P" "<2@p>" "In-Reply-To: <1@p>"
once
messages() { noroshi case show "$1" --json | jq -r '.messages | join(" ")'; }
acts() { noroshi audit log --json | jq -r '[.[] | select(.contact == 2) |
    .event | select(test("^case.(merged|moved|split|undone)"))] | join(" ")'; }
one=$(by_mail "<1@p>") two=$(by_mail "<2@p>") other=$(by_mail "<1@q>")
order "<o1@s>" <<-EOT
	Case: $P
	Merge: $Q
	Note: the same kit
	EOT
is "a mail merges the case that it names into its own" \
    "$one $other $two $(by_mail "<o1@s>")" "$(messages "$P")"
ok "its author is told in their language" told "統合: $Q を $P に統合しました"
ok "all of it" told 'メモ: 記録しました'
is "the note is there" "the same kit" \
    "$(noroshi case show "$P" --json | jq -r '.notes[].text')"
is "and all of it is sealed by the survivor's key" 0 "$(keys)"
is "the record says who ordered it, and by which mail" \
    "2 worker $(by_mail "<o1@s>")" "$(noroshi audit log --json | jq -r '[.[] |
	select(.event == "case.merged")] | last |
	"\(.contact) \(.actor) \(.detail.ordered_by)"')"
before=$(state)
order "<o2@s>" <<-EOT
	Case: $P
	Merge: $Q
	Note: not to be written
	EOT
ok "what the command refuses is refused, with its reason" told 'merged into'
is "and nothing else of that mail is done" "the same kit" \
    "$(noroshi case show "$P" --json | jq -r '.notes[].text')"
order "<o3@s>" <<-EOT
	Case: $P
	Undo: yes
	EOT
is "a mail undoes the last act" "$Q $other" \
    "$(field "$other" .case) $(messages "$Q")"
is "and lies where it was sent" "$P" "$(case_of "<o3@s>")"
ok "which it is told" told '取消: 元に戻しました'
order "<o4@s>" <<-EOT
	Case: $P
	Move: $two to $Q
	EOT
is "a mail moves a message to another case" "$Q" "$(field "$two" .case)"
order "<o5@s>" <<-EOT
	Case: $P
	Move: $two、$(by_mail "<o4@s>")
	EOT
ok "not one that is there" told "message $(by_mail "<o4@s>") is in that case"
is "then none of them" "$Q" "$(field "$two" .case)"
order "<o6@s>" <<-EOT
	Case: $Q
	Split: $two
	Priority: high
	EOT
fresh=$(field "$two" .case)
is "a mail splits a message off" "$two" "$(messages "$fresh")"
ok "its author is told the new case's number" told "$fresh"
is "the case that it was sent to gets the rest of the orders" high \
    "$(noroshi case show "$Q" --json | jq -r .priority)"
order "<o7@s>" <<-EOT
	Case: $fresh
	Undo: yes
	EOT
is "undone from the new case, that is empty again, and leads back" \
    "$Q $Q closed 0" "$(field "$two" .case) $(case_of "<o7@s>") $(
    noroshi case show "$fresh" --json |
	jq -r '"\(.state) \(.messages | length)"')"
order "<o8@s>" <<-EOT
	Case: $Q
	Merge-Into: $P
	EOT
is "a mail's own case goes into another, and the mail with it" \
    "$P $P merged-into" "$(field "$other" .case) $(case_of "<o8@s>") $(
    noroshi case show "$Q" --json | jq -r '.links[] |
	select(.kind == "merged-into") | .kind')"
refused() { noroshi audit log --json |
    jq '[.[] | select(.event == "command.refused")] | length'; }
n=$(refused)
for bad in "Merge: $P" "Merge: EX-1999-0001" "Move: none" "Undo: audit:1" \
    "Split: $((two + 1000))" "Merge:" "To: ann@one.example
Merge: 1" "Merge: 1
Move: 1"; do
	printf 'Case: %s\nNote: not to be written\n%s\n\ntext\n' "$P" "$bad" |
	    order_mail "<bad-$(printf '%s' "$bad" | cksum | tr -dc 0-9)@s>"
done
once
is "eight mistakes are eight refusals" $((n + 8)) "$(refused)"
is "and did nothing" "the same kit" \
    "$(noroshi case show "$P" --json | jq -r '.notes[].text')"
order "<o9@s>" <<-EOT
	Case: $P
	Prioritty: low
	EOT
ok "an unknown word is answered in their language" \
    told '指示にない語で始まる行があります'
ok "with the words that there are" told 'Merge-Into: この案件の統合先の番号'
ok "and where a category's name is found" told 'Category: .*noroshi.conf(5)'
order "<q1@s>" <<-EOT
	Cases: open
	EOT
ok "a list of cases names them" told "$P .*: SITE P"
noroshi case label "$P" RED >/dev/null
order "<q2@s>" <<-EOT
	Cases: open
	EOT
ok "but no title of a RED one" told "$P .*: TLP:RED"
ok "nowhere" not grep -q "SITE P" "$TEST_TMP/told"
noroshi case label "$P" AMBER >/dev/null
known=$(noroshi case list --json | jq '[.[] | select(.state != "closed")] | length')
for n in $(seq 50); do
	noroshi case new --title "Call $n" --from-phone >/dev/null
done
order "<q3@s>" <<-EOT
	Cases: new
	EOT
ok "a list that is cut says how many more there are" told "ほかに $known 件"
is "beside fifty" 50 "$(grep -c '担当 -.*: ' "$TEST_TMP/told")"
is "what was done by mail is on record" "case.merged case.undone case.moved case.split case.undone case.merged" "$(acts)"
is "all of it is sealed by the key of its case" 0 "$(keys)"
ok "and the chain verifies" noroshi audit verify

# --- and a worker that dies at it ---------------------------------------------

shim=$builddir/.libs/crashshim.so
# it cannot be set below the sanitizers
nm "$builddir/noroshid" 2>/dev/null | grep -q __asan_init && shim=none
real=$NOROSHI_LIBEXEC
gateway_libexec intake queue worker parser deliver gpg
# the shim removes a file that no confined role may touch
printf 'sandbox = "off";\nworkers = 1;\n' >>"$NOROSHI_CONF"
order_mail "<d1@s>" <<-EOT
	Case: $P
	Split: $other
	Note: once
	EOT
cp -a "$G" "$TEST_TMP/fresh"
# done_once: what there is of it in the end
done_once() {
	noroshi audit log --json | jq -r '[.[].event | select(. == "case.split")] |
	    length'
	noroshi case show "$P" --json | jq -c '[.notes[].text], .messages'
	noroshi queue list --json | jq -r '[.[] | select(.kind == "notice" and
	    .recipient == "hanako@example.org")] | length'
	noroshi message show "$other" --json | jq -r .case
	keys
}
once
want=$(done_once)
n=2 wrong=
while [ -e "$shim" ] && [ "$n" -lt 60 ]; do
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
	rm -f "$TEST_TMP/libexec/noroshi-worker"
	printf '#!/bin/sh\nLD_PRELOAD=%s CRASH_AT=%s CRASH_ONCE=%s exec %s\n' \
	    "$shim" "$n" "$TEST_TMP/armed" "$real/noroshi-worker" \
	    >"$TEST_TMP/libexec/noroshi-worker"
	chmod +x "$TEST_TMP/libexec/noroshi-worker"
	: >"$TEST_TMP/armed"
	NOROSHI_LIBEXEC=$TEST_TMP/libexec timeout 60 noroshid \
	    -c "$NOROSHI_CONF" --once >"$TEST_TMP/run.log" 2>&1
	once
	[ "$(done_once)" = "$want" ] || wrong="$wrong $n: $(done_once | xargs)"
	[ -e "$TEST_TMP/armed" ] && break
	n=$((n + ${STEP:-9}))
done
if [ -e "$shim" ]; then
	is "a worker may die at every ninth step" "" "$wrong"
	ok "it has steps to die at" test "$n" -gt 10
else
	skip "a worker may die at every ninth step" "no shim"
	skip "it has steps to die at" "no shim"
fi

tap_end
