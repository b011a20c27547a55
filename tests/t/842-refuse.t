#!/bin/sh
# A reasoned no: by command and by mail, from a template in the reader's
# language, through the gate; and it settles the case.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
gateway_conf recall 0
printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"
world_know "$WORLD/team.asc"

for name in report-japanese report-encrypted; do
	day_mail "$name" >"$WORLD/$name.eml"
	noroshi receive --from x@example.net "$WORLD/$name.eml" >/dev/null
done
ok "two reports are processed" once
JA=$(day_case report-japanese)
ENC=$(day_case report-encrypted)
state() { noroshi case show "$1" --json | jq -r '"\(.state) \(.owed)"'; }
# mail_to address: the newest file in the outbox for them that is no team copy
mail_to() {
	ls -t "$G"/outbox/new/* | xargs grep -l "^Delivered-To: $1\$" | head -n 1
}
# text_of: base64 of the text part on standard input
text_of() {
	tr -d '\r' | awk '/^Content-Transfer-Encoding: base64/ { b = 1 }
		b && /^$/ { on = !on; next } b && /^--/ { exit }
		b && on && /^[A-Za-z0-9+\/=]+$/ { print } ' | base64 -d
}

ok "a refusal without a reason is none" exits 64 noroshi case refuse "$JA"
ok "nor is one of blanks" exits 65 noroshi case refuse "$JA" --reason " "
is "the reporter still waits" "new true" "$(state "$JA")"
reason="本件は {key} example.com の管理者の対応範囲です。"
is "what would be said can be asked" "allow" \
    "$(noroshi case refuse "$JA" --reason "$reason" --dry-run --json |
	jq -r .decision)"
is "and nothing came of that" "new true" "$(state "$JA")"
ok "a stranger's report is refused" noroshi case refuse "$JA" \
    --reason "$reason"
ok "by a worker" once
is "which settles the case" "closed false" "$(state "$JA")"
file=$(mail_to jiro@nokey.example)
text_of <"$file" >"$TEST_TMP/ja"
ok "the answer is in the language of the report" grep -q 対応範囲外 "$TEST_TMP/ja"
ok "and gives the reason as it was written" grep -qF "$reason" "$TEST_TMP/ja"
ok "and its number" grep -q "受付番号は $JA" "$TEST_TMP/ja"
ok "it is an answer to the report" grep -q "^In-Reply-To: $(day_id report-japanese)" "$file"
is "the reason is a note of the case" "$reason" \
    "$(noroshi case show "$JA" --json | jq -r '.notes[-1].text')"
is "the audit log tells that the refusal closed it" refusal \
    "$(noroshi audit log --case "$JA" --json |
	jq -r '[.[] | select(.event == "case.closed")][-1].detail.by')"
ok "it is not refused twice" exits 65 noroshi case refuse "$JA" --reason again

# --- by mail: an answer to the copy, to the case's own address
printf 'Refuse:\n\nNo words.\n' | staff_mail ken@example.org "$KEN" \
    "$(day_reply_address ken@example.org report-encrypted)" \
    report-encrypted "Re: [$ENC] Phishing" '<no-1@example.org>' |
    noroshi receive --from ken@example.org - >/dev/null
once >/dev/null
is "by mail, too, it gives its reason" "new true" "$(state "$ENC")"
printf 'Refuse: This host is not one of ours.\nPriority: low\n\nInternal words.\n' |
    staff_mail ken@example.org "$KEN" \
	"$(day_reply_address ken@example.org report-encrypted)" \
	report-encrypted "Re: [$ENC] Phishing" '<no-2@example.org>' |
    noroshi receive --from ken@example.org - >/dev/null
ok "a member refuses by mail" once
is "and the case is settled, with the rest of the orders" "closed false low" \
    "$(state "$ENC") $(noroshi case show "$ENC" --json | jq -r .priority)"
file=$(mail_to rika@client.example)
world_read rika@client.example "$file" >"$TEST_TMP/rika" 2>/dev/null || :
ok "encrypted, to who reported encrypted" \
    grep -q '^-----BEGIN PGP MESSAGE-----' "$file"
text_of <"$TEST_TMP/rika" >"$TEST_TMP/rika.txt" 2>/dev/null
cat "$TEST_TMP/rika" >>"$TEST_TMP/rika.txt"
ok "it gives the reason" grep -q 'This host is not one of ours' \
    "$TEST_TMP/rika.txt"
ok "and none of the words below" not grep -q 'Internal words' \
    "$TEST_TMP/rika.txt"

# --- others: the words of the template are nobody's
for n in 1 2; do
	mail_plain "P <p$n@public.example>" "$TEAM" "Question $n" \
	    "<q-$n@public.example>" <<-EOT | noroshi receive \
	    --from "p$n@public.example" - >"$TEST_TMP/q$n"
	Do you repair computers, number $n?
	EOT
done
ok "two more questions come" once
Q1=$(noroshi message show "$(cat "$TEST_TMP/q1")" --json | jq -r .case)
Q2=$(noroshi message show "$(cat "$TEST_TMP/q2")" --json | jq -r .case)
ok "what the gate refuses is told" exits 77 noroshi case refuse "$Q1" \
    --reason "We repair none." --tlp RED
once >/dev/null 2>&1
is "and settles nothing" "new true" "$(state "$Q1")"
ok "the same reason goes to somebody else" noroshi case refuse "$Q2" \
    --reason "This host is not one of ours."
ok "in the same words" once
is "and settles theirs" "closed false" "$(state "$Q2")"
tap_end
