#!/bin/sh
# Held mail: who is asked, how they answer, and what no answer ever does.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/dying.sh"

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
for person in "Aiko Approver:aiko" "Lea Legal:lea" "Cora Cert:cora"; do
	world_key "${person%:*}" "${person#*:}@${person#*:}.example"
done
staff_more() {
	noroshi contact add "Aiko Approver" --address aiko@aiko.example \
	    --class staff --role approver --lang ja --verified met \
	    --key "$WORLD/aiko@aiko.example.asc" &&
	    noroshi contact add "Lea Legal" --address lea@lea.example \
		--class staff --role legal --lang en --verified met \
		--key "$WORLD/lea@lea.example.asc" &&
	    noroshi contact add "Nora Nokey" --address nora@nokey.example \
		--class staff --role approver &&
	    noroshi contact add "Cora Cert" --address cora@cora.example \
		--class coordinator --verified met \
		--key "$WORLD/cora@cora.example.asc" &&
	    noroshi contact add "Police" --address tips@police.example \
		--class public --tag authority &&
	    noroshi contact add "Plain Client" --address plain@client.example \
		--class constituent
}
ok "and more of them" staff_more
world_know "$WORLD/team.asc"

queued() { # queued MESSAGE: its deliveries; what asks about it is not listed
	noroshi queue list --json | jq -c --argjson m "$1" \
	    '[.[] | select(.message == $m and .kind != "notice")]'
}
state() { queued "$1" | jq -r '[.[].state] | unique | join(",")'; }
first() { queued "$1" | jq -r '.[0].id'; }
asked() { # asked MESSAGE: who was asked to release it
	noroshi queue list --all --json | jq -r --argjson m "$1" \
	    '[.[] | select(.message == $m and .kind == "ask") | .recipient] | sort | join(" ")'
}
letters() { # letters ADDRESS: their outbox files, newest first
	grep -l "^Delivered-To: $1\$" "$G"/outbox/new/* 2>/dev/null |
	    while read -r f; do echo "$(stat -c %Y "$f") $f"; done |
	    sort -k1,1nr | cut -d' ' -f2
}
flat() { # flat ADDRESS FILE: what their own gpg makes of it, decoded
	world_read "$1" "$2" 2>/dev/null | tr -d '\r' |
	    perl -MMIME::QuotedPrint -MMIME::Base64 -0777 -ne '
		($h, $b) = split /\n\n/, $_, 2;
		print "$h\n\n", $h =~ /^Content-Transfer-Encoding: base64/mi
		    ? decode_base64($b) : decode_qp($b)' | tr -d '\r'
}
letter() { # letter ADDRESS MESSAGE WORDS: their letter about it, decoded
	for f in $(letters "$1"); do
		flat "$1" "$f" >"$TEST_TMP/flat" || continue
		grep -q "^\(Message\|メッセージ番号\): $2\$" "$TEST_TMP/flat" &&
		    grep -q "$3" "$TEST_TMP/flat" && return 0
	done
	return 1
}
reply_to() { sed -n 's/^Reply-To:.*\(csirt+h[^>]*\)>*.*/\1/p' "$TEST_TMP/flat" | head -n 1; }
: >"$TEST_TMP/count"
next() { echo >>"$TEST_TMP/count" && n=$(wc -l <"$TEST_TMP/count"); }
# answer ADDRESS "Name" TO <text: signed, encrypted, protected; its bytes stay
answer() {
	next
	PROTECT=1 OUTER=... mail_encrypted "$1" csirt@example.org \
	    "$2 <$1>" "$3" "Re: held" "<answer-$n@example.org>" \
	    >"$TEST_TMP/answer.$n" &&
	    noroshi receive <"$TEST_TMP/answer.$n" >"$TEST_TMP/id" && once
}
# who answered once takes part in that case, and is held there no more
new_case() { noroshi case new --title "${text-X}" --json | jq -r .id; }
held() { # held TEXT [OPTION...]: a message of the operator's, held
	text=$1
	shift
	printf '%s\n' "$text" | noroshi send --tlp AMBER --case "$(new_case)" \
	    --subject "About $text" "$@" 2>/dev/null
	once
}
# passes SECONDS MESSAGE: since it is held
passes() {
	sqlite3 "$G/noroshi.db" "UPDATE held SET since = since - $1,
	    remind_at = remind_at - $1, expires_at = expires_at - $1
	    WHERE message = $2"
}
entry() { noroshi audit log --json | jq -r --arg e "$1" '[.[] | select(.event == $e)] | length'; }

# who is asked
id=$(held first --to cora@cora.example --attach "$top_srcdir/README.md")
is "AMBER of ours to a foreign team is held" "held amber-peer" \
    "$(queued "$id" | jq -r '.[0] | "\(.state) \(.rule)"')"
is "who may release it is asked: no author, no other role, no key, no letter" \
    "aiko@aiko.example ken@example.org" "$(asked "$id")"
ok "the letter says so in their language" letter aiko@aiko.example "$id" 承認
ok "and in English" letter ken@example.org "$id" "it may leave"
ok "signed by the team" grep -q 'GOODSIG.*Example CSIRT' "$WORLD/status"
ok "with the text that would leave" grep -qx first "$TEST_TMP/flat"
ok "its subject" grep -q "^Subject: About first" "$TEST_TMP/flat"
ok "its label" grep -q '^TLP:AMBER$' "$TEST_TMP/flat"
ok "to whom and by which rule" grep -q 'hold (amber-peer): ..' "$TEST_TMP/flat"
ok "its attachment's name" grep -q '^Attachment: README.md (' "$TEST_TMP/flat"
ok "nothing of it stands in clear" sh -c \
    "! grep -l 'About first' '$G'/outbox/new/*"
is "that Nora has no key is on record" '["Nora Nokey"]' \
    "$(noroshi audit log --json | jq -c '[.[] | select(.event == "hold.announced")][0].detail.without_usable_key')"
noroshi contact set 4 --tag shift >/dev/null
once
is "nobody is asked twice for the same" "aiko@aiko.example ken@example.org" \
    "$(asked "$id")"

ok "a letter that asks is nothing to release" exits 65 noroshi queue approve \
    "$(noroshi queue list --all --json | jq '[.[] | select(.kind == "ask")][0].id')"

# what does not release it
ken=$(reply_to)
ok "an answer has an address of its own" test -n "$ken"
echo approve | answer aiko@aiko.example "Aiko Approver" "$ken"
is "another's address does nothing" held "$(state "$id")"
echo approve | answer taro@example.org "Taro Operator" "$ken"
is "nor does the author's word" held "$(state "$id")"
ok "who is told so" letter taro@example.org "$(cat "$TEST_TMP/id")" "not the one made for you"
next
echo approve | PROTECT=1 OUTER=... mail_encrypted - csirt@example.org \
    "Ken Deputy <ken@example.org>" "$ken" "Re: held" "<u-$n@example.org>" |
    noroshi receive >/dev/null
once
is "nor one that is not signed" held "$(state "$id")"
next
echo approve | PROTECT=1 OUTER=... mail_encrypted ken@example.org \
    csirt@example.org "Ken Deputy <ken@example.org>" "csirt@example.org" \
    "Re: held" "<o-$n@example.org>" | sed "s/^To: .*/To: $ken/" |
    noroshi receive --to "$ken" >/dev/null
once
is "nor one whose protected header names another address" held "$(state "$id")"
DATE="Thu, 1 Jan 2026 00:00:00 +0000"
next
world_gpg ken@example.org --version >/dev/null
{
	printf 'Content-Type: text/plain; protected-headers="v1"\n'
	printf 'From: Ken Deputy <ken@example.org>\nTo: %s\nDate: %s\n' "$ken" "$DATE"
	printf 'Subject: Re: held\nMessage-ID: <old@example.org>\n\napprove\n'
} | world_crlf >"$TEST_TMP/old"
world_gpg ken@example.org --armor --sign --encrypt --recipient csirt@example.org \
    --output - "$TEST_TMP/old" >"$TEST_TMP/old.asc"
unset DATE
{
	world_header "Ken Deputy <ken@example.org>" "$ken" ... "<old@example.org>"
	world_frame "$TEST_TMP/old.asc"
} | noroshi receive >/dev/null
once
is "nor an old one" held "$(state "$id")"
for words in "approved" "approve it unless Aiko objects" "ok" "I approve" "承認しません" "> approve"; do
	echo "$words" | answer ken@example.org "Ken Deputy" "$ken"
	is "nor the words: $words" held "$(state "$id")"
done
ok "who is told which words count" letter ken@example.org \
    "$(cat "$TEST_TMP/id")" "its first line is none of"
printf 'approve\n' | answer cora@cora.example "Cora Cert" "$ken"
is "nor an outsider's" held "$(state "$id")"
is "not one approval is on record" 0 "$(noroshi queue show "$(first "$id")" --json | jq '.approvals | length')"

# what does
printf 'Approve\n\nOn Sunday, Example CSIRT wrote:\n> TLP:AMBER\n' |
    answer ken@example.org "Ken Deputy" "$ken"
cp "$TEST_TMP/answer.$(wc -l <"$TEST_TMP/count")" "$TEST_TMP/approved"
ok "a deputy's signed word is answered" letter ken@example.org \
    "$(cat "$TEST_TMP/id")" "it is released"
is "and releases it" sent "$(state "$id")"
is "which queue show tells" "Ken Deputy deputy" "$(noroshi queue show "$(first "$id")" --json |
    jq -r '.approvals[0] | "\(.name) \(.role)"')"
is "by the key that signed" "key:$(world_fpr ken@example.org)" "$(noroshi audit log --json |
    jq -r '[.[] | select(.event == "queue.approved")][0].detail.identity')"
is "the mail is no case's" null "$(field "$(cat "$TEST_TMP/id")" .case)"

# the same bytes, and the same command in another frame
id=$(held second --to cora@cora.example)
sed 's/^Date: .*/Date: Thu, 1 Jan 2026 00:00:00 +0000/' "$TEST_TMP/approved" |
    noroshi receive >/dev/null
once
is "a replay releases nothing else" held "$(state "$id")"
is "and is recorded" 1 "$(entry command.replayed)"
letter aiko@aiko.example "$id" 承認
aiko=$(reply_to)
printf '承認\n' | answer aiko@aiko.example "Aiko Approver" "$aiko"
is "an approver's 承認 releases AMBER" sent "$(state "$id")"

# rejected, with the reason
id=$(held third --to cora@cora.example)
letter aiko@aiko.example "$id" 承認
printf '差戻し 宛先が違います\n' | answer aiko@aiko.example "Aiko Approver" "$(reply_to)"
is "差戻し cancels it" cancelled "$(state "$id")"
ok "and its author reads why" sh -c "noroshi audit log --json | jq -e 'any(.[]; .event == \"author.told\" and .message == $id)'"
ok "in their letter" letter taro@example.org "$id" 宛先が違います
printf 'approve\n' | answer ken@example.org "Ken Deputy" "$ken"
is "what was cancelled is not released by anybody's word" cancelled "$(state "$id")"

# who wrote by mail takes it back by mail
noroshi community add banks --address banks@example.org --max-label AMBER >/dev/null &&
    noroshi community join banks "Cora Cert" >/dev/null
printf 'TLP:AMBER\n\nPatch now.\n' | answer ken@example.org "Ken Deputy" banks@example.org
id=$(noroshi queue list --json | jq '[.[] | select(.rule == "amber-list")][0].message')
is "an advisory waits for a second person" held "$(state "$id")"
letter aiko@aiko.example "$id" 承認
to=$(reply_to)
echo cancel | answer aiko@aiko.example "Aiko Approver" "$to"
is "whom it does not obey in cancelling it" held "$(state "$id")"
ok "its author is told how to cancel" letter ken@example.org "$id" 'with "cancel" as'
mine=$(reply_to)
echo approve | answer ken@example.org "Ken Deputy" "$mine"
is "but cannot release it there" held "$(state "$id")"
echo cancel | answer ken@example.org "Ken Deputy" "$mine"
is "cancel cancels it" cancelled "$(state "$id")"
echo 承認 | answer aiko@aiko.example "Aiko Approver" "$to"
is "and no approval brings it back" cancelled "$(state "$id")"
noroshi community leave banks "Cora Cert" >/dev/null

# in clear
id=$(held fourth --to plain@client.example)
is "AMBER without a key is held" held "$(state "$id")"
letter ken@example.org "$id" UNENCRYPTED
to=$(reply_to)
echo approve | answer ken@example.org "Ken Deputy" "$to"
is "approve alone lets no plaintext out" held "$(state "$id")"
ok "and says the word for it" letter ken@example.org "$(cat "$TEST_TMP/id")" "approve in clear"
echo "approve in clear" | answer ken@example.org "Ken Deputy" "$to"
is "that word does" sent "$(state "$id")"

# RED: only who may read it sees it
text="Red thing"
id=$(printf 'a red thing\n' | noroshi send --case "$(new_case)" --tlp RED --subject "Red thing" \
    --to tips@police.example 2>/dev/null)
once
is "statutory RED is held" "held authority-needs-legal" \
    "$(queued "$id" | jq -r '.[0] | "\(.state) \(.rule)"')"
is "and asked of deputy and legal" "ken@example.org lea@lea.example" "$(asked "$id")"
ok "the deputy sees it" letter ken@example.org "$id" "a red thing"
to=$(reply_to)
letter lea@lea.example "$id" "no recorded reader"
ok "legal is told that it waits, and no word of it" not grep -qi "red thing" "$TEST_TMP/flat"
is "nor has an address to answer" "" "$(reply_to)"
echo "approve in clear" | answer ken@example.org "Ken Deputy" "$to"
is "the deputy's word alone is not enough" held "$(state "$id")"
ok "which they are told" letter ken@example.org "$(cat "$TEST_TMP/id")" "another's word as well"
echo "approve in clear" | answer ken@example.org "Ken Deputy" "$to"
is "nor twice" held "$(state "$id")"

# evidence of a word given elsewhere; the operator is its author here
printf 'signed paper\n' >"$TEST_TMP/paper"
ok "its author enters nobody's word" exits 77 noroshi queue approve \
    "$(first "$id")" --for legal --evidence "$TEST_TMP/paper" --in-clear
ok "nor does another --as of the same user" exits 77 noroshi queue approve \
    "$(first "$id")" --as "Ken Deputy" --for legal --evidence "$TEST_TMP/paper" --in-clear
ok "--for is legal or pr" exits 64 noroshi queue approve "$(first "$id")" \
    --for boss --evidence "$TEST_TMP/paper"

# the same hands: another --as is no second person, whoever's name it is
id=$(held fifth --as "Ken Deputy" --to cora@cora.example)
ok "who wrote as another releases it not as themselves" exits 77 \
    noroshi queue approve "$(first "$id")"
ok "nor as a third" exits 77 noroshi queue approve "$(first "$id")" --as "Aiko Approver"
is "nor is the hand behind it asked" "aiko@aiko.example" "$(asked "$id")"
letter aiko@aiko.example "$id" 承認
echo release | answer aiko@aiko.example "Aiko Approver" "$(reply_to)"
is "another person's key does" sent "$(state "$id")"

# a raised label asks anew, and the old word does not fit
id=$(held raised --to cora@cora.example)
letter ken@example.org "$id" "it may leave"
to=$(reply_to)
noroshi case label "$(queued "$id" | jq -r '.[0].case')" AMBER+STRICT >/dev/null
echo approve | answer ken@example.org "Ken Deputy" "$to"
is "a word on another label releases nothing" held "$(state "$id")"
ok "which is said" letter ken@example.org "$(cat "$TEST_TMP/id")" "has changed since"
is "all are asked anew" 2 "$(noroshi queue list --all --json | jq --argjson m "$id" \
    '[.[] | select(.message == $m and .kind == "ask" and .recipient == "ken@example.org")] | length')"
ok "under the label that counts now" letter ken@example.org "$id" '^TLP:AMBER+STRICT$'
is "at another address" changed "$([ "$(reply_to)" = "$to" ] || echo changed)"
echo approve | answer ken@example.org "Ken Deputy" "$(reply_to)"
is "a word on that does" sent "$(state "$id")"

# the label that a file holds is read again with the answer
printf '{"document":{"category":"csaf_base","csaf_version":"2.1","title":"t",%s}}\n' \
    '"distribution":{"tlp":{"label":"AMBER+STRICT"}}' >"$TEST_TMP/strict.json"
id=$(held file --to cora@cora.example --attach "$TEST_TMP/strict.json")
ok "a file raises the label of what is held" letter ken@example.org "$id" '^TLP:AMBER+STRICT$'
echo approve | answer ken@example.org "Ken Deputy" "$(reply_to)"
is "a word on that label releases it" sent "$(state "$id")"

# alone on the rota
id=$(held sixth --to cora@cora.example)
d=$(first "$id")
ok "the rota is empty at first" sh -c "noroshi rota list --json | jq -e 'length == 0'"
ok "an outsider is on no rota" exits 65 noroshi rota set "Cora Cert"
ok "two are on duty" noroshi rota set 1 "Ken Deputy"
ok "then nobody confirms their own" exits 77 noroshi queue approve "$d"
ok "one is on duty" noroshi rota set 1
ok "who does not confirm at once" exits 77 noroshi queue approve "$d"
ok "but is told when" grep -q 'in [0-9]* seconds' "$TEST_TMP/exits.err"
sed 's/^#self_confirm = .*/self_confirm = 1;/' "$NOROSHI_CONF" >"$G/soon.conf"
grep -q '^self_confirm' "$G/soon.conf" || echo 'self_confirm = 1;' >>"$G/soon.conf"
passes 2 "$id"
ok "after the pause they do" noroshi -c "$G/soon.conf" queue approve "$d"
once
is "and it leaves" sent "$(state "$id")"
is "listed for review" "$id" "$(noroshi queue list --self-confirmed --json | jq -r '.[].message')"
is "and in the record" 1 "$(entry queue.self-confirmed)"
text=Red
id=$(printf 'red\n' | noroshi send --case "$(new_case)" --tlp RED --subject Red --to tips@police.example 2>/dev/null)
once
passes 2 "$id"
ok "never RED" exits 77 noroshi -c "$G/soon.conf" queue approve "$(first "$id")" --in-clear

# a hold ends loudly
noroshi rota set >/dev/null
id=$(held seventh --to cora@cora.example)
sed 's/^#hold_expires = .*/hold_expires = 600;/' "$NOROSHI_CONF" >"$G/short.conf"
grep -q '^hold_expires' "$G/short.conf" || echo 'hold_expires = 600;' >>"$G/short.conf"
cp "$NOROSHI_CONF" "$TEST_TMP/conf" && cp "$G/short.conf" "$NOROSHI_CONF"
id=$(held eighth --to cora@cora.example)
passes 301 "$id"
once
ok "at half time they are reminded" letter ken@example.org "$id" "Still held"
is "once" 1 "$(entry hold.reminded)"
letter ken@example.org "$id" "Still held"
to=$(reply_to)
passes 300 "$id"
once
once
is "at the end it is cancelled" cancelled "$(state "$id")"
is "for a reason that is shown" "nobody released it in time" \
    "$(queued "$id" | jq -r '.[0].last_error')"
ok "who could have released it is told" letter ken@example.org "$id" "Nobody released it in time"
ok "and its author" letter taro@example.org "$id" "nobody released it in time"
is "and the record" 1 "$(entry hold.expired)"
echo approve | answer ken@example.org "Ken Deputy" "$to"
is "no late word releases it" cancelled "$(state "$id")"
cp "$TEST_TMP/conf" "$NOROSHI_CONF"

# with second_person = "contact", as in a trial
echo 'second_person = "contact";' >>"$NOROSHI_CONF"
id=$(held ninth --to tips@police.example)
d=$(first "$id")
ok "a word that the rule does not ask for is refused" exits 77 noroshi queue \
    approve "$d" --as "Ken Deputy" --for pr --evidence "$TEST_TMP/paper" --in-clear
ok "who is neither PoC nor deputy enters none" exits 77 noroshi queue \
    approve "$d" --as "Lea Legal" --for legal --evidence "$TEST_TMP/paper" --in-clear
ok "the deputy enters legal's word" noroshi queue approve "$d" \
    --as "Ken Deputy" --for legal --evidence "$TEST_TMP/paper" --in-clear
once
is "and one word is not two" held "$(state "$id")"
is "its evidence is named" "$(sha256sum <"$TEST_TMP/paper" | cut -d' ' -f1)" \
    "$(noroshi queue show "$d" --json | jq -r '.approvals[0].evidence_sha256')"
ok "and kept, but not to be read on the disk" sh -c \
    "test -n \"\$(ls '$G/spool/blob')\" && ! grep -rq 'signed paper' '$G/spool' '$G/noroshi.db'"
noroshi queue approve "$d" --as "Ken Deputy" --in-clear >"$TEST_TMP/out"
ok "what would leave unencrypted is named" grep -q "leaves unencrypted: $d tips@police.example" "$TEST_TMP/out"
once
is "two do it" sent "$(state "$id")"

# a worker dies at each durable step of holding and asking
text=deaths
id=$(echo deaths | noroshi send --tlp AMBER --case "$(new_case)" \
    --subject "About deaths" --to cora@cora.example 2>/dev/null)
dying_begin
asking() {
	dying_fresh
	dying_once worker "$dying_n"
	once
	got="$(state "$id") $(asked "$id")"
	[ "$got" = "held aiko@aiko.example ken@example.org" ] || echo "$got"
}
dying_each 1 1 asking
is "a worker may die at any of its $dying_steps steps: each is asked once" \
    "" "$dying_wrong"
ok "it has steps to die at" test "$dying_steps" -gt 4
tap_end
