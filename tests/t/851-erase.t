#!/bin/sh
# A case is erased: by two persons, never under legal hold; afterwards nothing of
# it can be read, not even with the master key, and the record tells who did it.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

# indexed MESSAGE CASE: what the search index has of both
indexed() {
	sqlite3 "$G/spool/index.db" "SELECT count(*) FROM entry WHERE id / 4 IN
	    ($1, (1 << 40) + $(sql "SELECT id FROM cases WHERE name = '$2'"))"
}
audited() { noroshi audit log --json | jq -r --arg e "$1" '[.[] | select(.event == $e)] | length'; }
disposal() { noroshi case disposal "$1" --json | jq -r "$2"; }
sql() { sqlite3 "$G/noroshi.db" "$1"; }
# sealed: the first bytes of each sealed value of the case, in hex, a line each
sealed() {
	sql "SELECT hex(substr(sealed, 1, 40)) FROM message_content WHERE message IN
	    (SELECT id FROM message WHERE cases = $1) UNION SELECT
	    hex(substr(title_sealed, 1, 40)) FROM cases WHERE id = $1 UNION SELECT
	    hex(substr(text_sealed, 1, 40)) FROM case_note WHERE cases = $1 UNION SELECT
	    hex(substr(wrapped, 1, 40)) FROM vault_key WHERE id IN (SELECT vault_key
	    FROM cases WHERE id = $1 UNION SELECT vault_key FROM message WHERE cases = $1)"
}
# found: how many of these values some file of the gateway holds
found() {
	cat "$G"/noroshi.db* "$G"/spool/*/* 2>/dev/null | od -An -v -tx1 |
	    tr -d ' \n' | tr a-f A-F >"$TEST_TMP/hex"
	grep -c . "$1" | tr -d '\n'
	n=0
	while read -r value; do
		grep -qF "$value" "$TEST_TMP/hex" && n=$((n + 1))
	done <"$1"
	echo " $n"
}

command -v sqlite3 >/dev/null || {
	skip "a case is erased" "no sqlite3"
	tap_end
	exit
}
ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
world_know "$WORLD/team.asc"
for name in report-encrypted report-japanese vulnerability-signed; do
	day_mail "$name" >"$WORLD/$name.eml"
	noroshi receive --from x@example.net "$WORLD/$name.eml" >/dev/null
done
once
C=$(field 1 .case) KEPT=$(field 2 .case)
N=$(sql "SELECT id FROM cases WHERE name = '$C'")
sum=$(field 1 .sha256)
noroshi case note "$C" "KANARIENVOGEL in a note" >/dev/null
printf 'KANARIENVOGEL in an answer\n' >"$TEST_TMP/file.txt"
echo "An answer." | noroshi send --case "$C" --to rika@client.example \
    --attach "$TEST_TMP/file.txt" >/dev/null 2>&1

# --- what keeps it ---------------------------------------------------------------

ok "an erasure needs a reason" exits 64 noroshi case erase "$C"
ok "of one line" exits 65 noroshi case erase "$C" --reason "$(printf 'a\nb')"
ok "a case that is open is not erased" exits 77 noroshi case erase "$C" --reason "the end"
noroshi case close "$C" --reason "done" >/dev/null
ok "nor one with mail that waits" exits 77 noroshi case erase "$C" --reason "the end"
sed -i 's/^#*recall = .*/recall = 0;/' "$NOROSHI_CONF"
once
sleep 1
noroshid -c "$NOROSHI_CONF" --once >>"$TEST_TMP/daemon.log" 2>&1
is "its answer left" sent "$(noroshi queue list --json | jq -r '.[] |
    select(.recipient == "rika@client.example").state')"
noroshi case close "$C" --reason "done" >/dev/null 2>&1
ok "a legal hold is set" noroshi case hold "$C" on --reason "a court asked"
ok "once" exits 65 noroshi case hold "$C" on --reason "again"
ok "and keeps it" exits 77 noroshi case erase "$C" --reason "the end"
ok "a hold is no other word" exits 64 noroshi case hold "$C" maybe --reason x
ok "it is taken off" noroshi case hold "$C" off --reason "the court is done"
is "why stands in the notes alone" "2 0" "$(noroshi case show "$C" --json |
    jq '[.notes[] | select(.text | test("court"))] | length') $(noroshi audit log --json |
    grep -c court)"
is "the record has both" "1 1" "$(audited case.held) $(audited case.hold-ended)"

# --- two persons -----------------------------------------------------------------

is "the first one asks" "asked" "$(noroshi case erase "$C" --reason "the end" --json | jq -r .state)"
ok "and cannot do it alone" exits 77 noroshi case erase "$C" --reason "the end"
ok "nor as another" exits 77 noroshi case erase "$C" --reason "the end" --as ken@example.org
is "it can be read still" "KANARIENVOGEL in a note" "$(noroshi case show "$C" --json |
    jq -r '.notes[0].text')"
ok "a request is withdrawn" noroshi case erase "$C" --withdraw
is "and is none then" kept "$(disposal "$C" .state)"
ok "which is all that can be withdrawn" exits 65 noroshi case erase "$C" --withdraw
noroshi case erase "$C" --reason "the end" >/dev/null
noroshi case hold "$C" on --reason "once more" >/dev/null
noroshi case hold "$C" off --reason "no more" >/dev/null
is "a request does not outlive a hold" kept "$(disposal "$C" .state)"
noroshi case erase "$C" --reason "kept for long enough" >/dev/null
sealed "$N" >"$TEST_TMP/sealed"
cp "$G/noroshi.db" "$TEST_TMP/before.db"
is "all that is sealed is found before" "$(grep -c . "$TEST_TMP/sealed") $(grep -c . "$TEST_TMP/sealed")" \
    "$(found "$TEST_TMP/sealed")"
ok "there are some" test "$(grep -c . "$TEST_TMP/sealed")" -ge 5
cp "$NOROSHI_CONF" "$TEST_TMP/conf"
echo 'second_person = "contact";' >>"$NOROSHI_CONF"
sed -i '/^#second_person/d' "$NOROSHI_CONF"
is "a search finds its note" "$C" "$(noroshi case search KANARIENVOGEL --json | jq -r '.[].id')"
noroshi deadline start "$C" jp-appi-final --at "$(date -u +%FT%TZ)" --evidence 1 >/dev/null 2>&1
noroshi deadline done "$C" jp-appi-final --receipt PPC-1 >/dev/null
noroshi case set "$C" --cause "a phish" --remedy "taken down" >/dev/null
sql "SELECT hex(substr(cause_sealed, 1, 40)) FROM case_handling UNION SELECT
    hex(substr(remedy_sealed, 1, 40)) FROM case_handling UNION SELECT
    hex(substr(receipt_sealed, 1, 40)) FROM deadline_stage WHERE receipt_sealed IS NOT NULL" >>"$TEST_TMP/sealed"
is "cause, remedy and a receipt are sealed too" "$(grep -c . "$TEST_TMP/sealed") $(grep -c . "$TEST_TMP/sealed")" \
    "$(found "$TEST_TMP/sealed")"
ok "a handler is no second person for that" exits 77 noroshi case erase "$C" --reason x --as hanako@example.org
ok "a deputy does it" noroshi case erase "$C" --reason x --as ken@example.org
cp "$TEST_TMP/conf" "$NOROSHI_CONF"

# --- nothing is left --------------------------------------------------------------

is "no sealed byte of it is in any file" "$(grep -c . "$TEST_TMP/sealed") 0" "$(found "$TEST_TMP/sealed")"
is "nor does the search index know of it" "0 0" "$(indexed 1 "$C") $(noroshi case search KANARIENVOGEL --json | jq length)"
ok "its raw bytes are gone" not test -e "$G/spool/store/$sum"
is "another case's are there" 1 "$(find "$G/spool/store" -name "$(field 2 .sha256)" | wc -l)"
is "and its attachments" 0 "$(find "$G/spool/blob" -type f | wc -l)"
ok "nothing of it can be exported" exits 66 noroshi case export "$C" -o "$TEST_TMP/no.tar"
is "with all keys of the gateway, there is no text" "null null 0" \
    "$(field 1 '"\(.subject) \(.text | if . == "" then null else . end) \(.indicators | length)"')"
is "nor a title or a note" "null 0" "$(noroshi case show "$C" --json | jq -r '"\(.title) \(.notes | length)"')"
is "nor a name out of its header" "null" "$(field 1 .from)"
is "nor who took part" 0 "$(noroshi case show "$C" --json | jq '.participants | length')"
ok "its bytes cannot be had" exits 66 noroshi message raw 1
ok "and it says why" grep -q "was erased with its case" "$TEST_TMP/exits.err"
ok "nor its text" exits 66 noroshi message text 1
ok "for the same reason" grep -q "was erased with its case" "$TEST_TMP/exits.err"
is "another case is read as before" true "$(field 2 '.text | length > 20')"
is "hash and number stay" "$sum $C" "$(field 1 '"\(.sha256) \(.case)"')"
ok "the audit log holds" noroshi audit verify
is "doctor misses nothing" 0 "$(noroshi doctor 2>&1 | grep -ci 'bytes.*missing\|no file')"
# the old database with the new one's keys: what a stolen copy would need
is "the disposal record says who, when and why" "erased kept for long enough 1 3" \
    "$(disposal "$C" '"\(.state) \(.reason) \(.asked_by) \(.erased_by)"')"
is "and which mails" "$sum" "$(disposal "$C" '.messages[0].sha256')"
is "it names its entry of the audit log" "$(noroshi audit log --json |
    jq -r '.[] | select(.event == "case.erased") | "\(.id) \(.hash)"')" \
    "$(disposal "$C" '"\(.entry) \(.hash)"')"
ok "people read it too" sh -c 'noroshi case disposal "$1" | grep -q "^Erased .* by Ken Deputy"' sh "$C"
ok "which has no text of the case" sh -c '! noroshi audit log --json | grep -q KANARIEN'
ok "the list for older backups has its keys" sh -c '
	keys=$(noroshi audit log --json | jq -r ".[] | select(.event == \"case.erased\").detail.keys[]")
	[ -n "$keys" ] || exit 1
	sqlite3 "$1/noroshi.db" "SELECT id FROM vault_key WHERE wrapped IS NULL" >"$2"
	for key in $keys; do grep -qx "$key" "$2" || exit 1; done' sh "$G" "$TEST_TMP/keys"
ok "once more does no harm" noroshi case erase "$C" --reason again
is "and is recorded once" 1 "$(audited case.erased)"
ok "it opens no more" exits 66 noroshi case reopen "$C"
ok "has no notes" exits 66 noroshi case note "$C" "late"
day_mail reply-plain >"$WORLD/late.eml"
sed -i "s/^Subject: .*/Subject: Re: [$C] late/; s/^In-Reply-To: .*/In-Reply-To: $(field 1 .message_id)/" "$WORLD/late.eml"
late=$(noroshi receive --from rika@client.example "$WORLD/late.eml")
once
is "a late answer is read, in a case of its own" "processed true" \
    "$(field "$late" "\"\\(.state) \\(.case != \"$C\" and .case != null)\"")"

# --- retention ---------------------------------------------------------------------

year=$(($(date -u +%Y) - 2))
noroshi case close "$KEPT" --reason "done" >/dev/null
OTHER=$(field 3 .case)
noroshi case close "$OTHER" --reason "done" >/dev/null
sql "UPDATE cases SET closed_at = strftime('%s', '$year-01-31'), category = 'spam' WHERE name = '$KEPT'"
sql "UPDATE cases SET closed_at = strftime('%s', '$year-01-31'), category = 'vulnerability' WHERE name = '$OTHER'"
is "without a rule nothing is ever due" 0 "$(noroshi retention list --json | jq length)"
cat >>"$NOROSHI_CONF" <<-'EOT'
	retention = ( { category = "phishing"; months = 1; },
	    { category = "spam"; months = 1; }, { label = "RED"; months = 0; },
	    { months = 12; } );
EOT
is "by the rules both are, a month's end as it is" "$KEPT $year-02-2 $OTHER $((year + 1))-01-3" \
    "$(noroshi retention list --json | jq -r 'map("\(.case) \(.due_at[0:9])") | join(" ")')"
is "one before, one after" 1 "$(noroshi retention list --before "$year-06-01" --json | jq length)"
ok "a table for people" sh -c 'noroshi retention list | grep -q "$1.*spam"' sh "$KEPT"
noroshi case hold "$OTHER" on --reason "a court" >/dev/null
# reminded: who was told of what is due
reminded() {
	noroshi queue list --all --json | jq -r --arg c "$KEPT" '[.[] | select(
	    .kind == "notice" and .case == $c) | .recipient] | sort | join(" ")'
}
# a_day_on: the next look at what is due
a_day_on() { sql "UPDATE alarm SET at = 1 WHERE kind = 'retention'" && once; }
once
a_day_on
is "PoC and deputy are told of what is due" "ken@example.org taro@example.org" "$(reminded)"
world_read ken@example.org "$(ls "$G"/outbox/new/"$(noroshi queue list --all --json |
    jq -r '[.[] | select(.kind == "notice" and .recipient == "ken@example.org")] | last | .id')".*)" \
    2>/dev/null | tr -d '\r' | sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/due"
ok "by number and date" grep -q "1 closed cases.*$KEPT ($year-02-2" "$TEST_TMP/due"
ok "without what is under hold" not grep -q "$OTHER" "$TEST_TMP/due"
a_day_on
is "not again on the next day" "ken@example.org taro@example.org" "$(reminded)"
sql "UPDATE alarm SET ref = ref - 8 * 86400 WHERE kind = 'retention'"
a_day_on
is "but after a week" 4 "$(reminded | wc -w)"
is "and nothing was erased by itself" kept "$(disposal "$KEPT" .state)"
is "a search finds it" 2 "$(noroshi search 198.51.100.23 --json | jq -r '.[].id')"
ok "what is due is erased" noroshi retention run
is "and out of the index as well" 0 "$(indexed 2 "$KEPT")"
is "but never what is under hold" "erased kept" "$(disposal "$KEPT" .state) $(disposal "$OTHER" .state)"
is "and the list says so" "$OTHER true" "$(noroshi retention list --json | jq -r '.[] | "\(.case) \(.hold)"')"
is "the record names the rule" "retention: 1 months after it was closed" "$(disposal "$KEPT" .reason)"
sed -i 's/months = 12; }/months = "x"; }/' "$NOROSHI_CONF"
ok "a rule that is none is named" exits 78 noroshi retention list
tap_end
