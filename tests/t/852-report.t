#!/bin/sh
# Reports in numbers, held against a small world that was counted by hand.
. "$top_srcdir/tests/lib/gateway.sh"

command -v sqlite3 >/dev/null || {
	skip "reports in numbers" "no sqlite3"
	tap_end
	exit
}
sql() { sqlite3 "$G/noroshi.db" "PRAGMA foreign_keys = OFF; $1"; }
at() { date -u -d "$1" +%s; }
number=0
# case_of NUMBER OPENED CLOSED|- CATEGORY|- [OWED]
case_of() {
	closed=NULL state=open category=NULL
	[ "$3" = - ] || closed=$(at "$3") state=closed
	[ "$4" = - ] || category="'$4'"
	sql "INSERT INTO cases (id, year, number, name, title_sealed, state, priority,
	    category, owed, opened_at, closed_at, vault_key) VALUES ($1, 2025, $1,
	    'EX-2025-$1', x'', '$state', 'normal', $category, ${5:-0}, $(at "$2"), $closed, 1)"
}
# mail_in CASE TIME KIND ADDRESS [CONTACT]
mail_in() {
	number=$((number + 1))
	sql "INSERT INTO message (sha256, direction, source, received_at, size, state, kind,
	    sender_address, sender_contact, cases) VALUES ('in$number', 'in', 'x',
	    $(at "$2"), 1, 'processed', '$3', '$4', ${5:-NULL}, $1)"
}
# mail_out CASE TIME KIND STATE ADDRESS [CONTACT]
mail_out() {
	number=$((number + 1))
	sql "INSERT INTO message (sha256, direction, source, received_at, size, state, cases)
	    VALUES ('out$number', 'out', 'x', $(at "$2"), 1, 'processed', $1);
	    INSERT INTO draft (kind, message, rfc_message_id, language, label, created_at)
	    VALUES ('$3', (SELECT max(id) FROM message), 'id$number', 'en', 'AMBER', 1);
	    INSERT INTO delivery (draft, recipient, contact, state, rule, reason, transport,
	    created_at, sent_at) VALUES ((SELECT max(id) FROM draft), '$5', ${6:-NULL},
	    '$4', 'x', 'x', 'file', 1, $(at "$2"))"
}
stats() { noroshi report stats --from 2025-04-01 --to 2025-06-30 "$@"; }
number_of() { stats --json | jq -cS "$1"; }

ok "a gateway" gateway_new
noroshi contact add "Abroad by tag" --address a@client.example --class constituent \
    --tag abroad >/dev/null
sql "INSERT INTO vault_key (id, wrapped) VALUES (1, x'00')"
ok "a report over nothing is one" noroshi report stats
is "and finds nothing" "0 0 0" "$(number_of '"\(.reports) \(.incidents) \(.requests)"' | tr -d '"')"

# April: two cases; May: three; June: one; one before, one after
case_of 1 "2025-04-01 00:00" "2025-04-03 00:00" phishing
case_of 2 "2025-04-30 23:59:59" "2025-05-30 23:59:59" phishing
case_of 3 "2025-05-01 00:00" "2025-05-01 06:00" scan
case_of 4 "2025-05-10 12:00" - - 1
case_of 5 "2025-05-11 12:00" "2025-07-01 00:00" vulnerability
case_of 6 "2025-06-30 23:59:59" - exercise
case_of 7 "2025-03-31 23:59:59" "2025-04-10 23:59:59" dos
case_of 8 "2025-07-01 00:00:00" - malware
# reports: 6 in the time, from jp, de, a name without a country, and by a tag
mail_in 1 "2025-04-01 00:00" report one@shop.jp
mail_in 1 "2025-04-01 08:00" report two@firma.de
mail_in 1 "2025-04-01 09:00" reply one@shop.jp
mail_in 2 "2025-04-30 23:59:59" report three@big.com
mail_in 3 "2025-05-01 00:00" report four@shop.JP
mail_in 4 "2025-05-10 12:00" report a@client.example 2
mail_in 5 "2025-05-11 12:00" vulnerability five@uni.jp
mail_in 4 "2025-05-10 13:00" report taro@example.org 1
mail_in 8 "2025-07-01 00:00" report six@shop.jp
mail_in 7 "2025-03-31 23:59:59" report seven@shop.jp
mail_in 4 "2025-05-12 12:00" bounce mailer@shop.jp
# first answers after 1 h, 3 h, 10 h; one to staff alone, one that never left
mail_out 1 "2025-04-01 01:00" answer sent one@shop.jp
mail_out 1 "2025-04-02 01:00" answer sent one@shop.jp
mail_out 2 "2025-05-01 02:59:59" answer sent three@big.com
mail_out 3 "2025-05-01 10:00" facts sent four@shop.jp
mail_out 4 "2025-05-10 14:00" answer sent taro@example.org 1
mail_out 4 "2025-05-10 15:00" answer held a@client.example 2
mail_out 5 "2025-05-11 12:30" copy sent taro@example.org 1
# requests: to a site abroad, one at home (twice), and one that failed
mail_out 1 "2025-04-01 12:00" answer sent abuse@hoster.de
mail_out 1 "2025-05-02 12:00" answer sent noc@isp.jp
mail_out 3 "2025-06-03 12:00" answer sent noc@isp.jp
mail_out 3 "2025-06-03 12:00" answer failed noc@other.jp
# who wrote first and is answered is no site that is asked
mail_in 3 "2025-06-04 12:00" reply late@isp.kr
mail_out 3 "2025-06-04 13:00" answer sent LATE@isp.kr

is "reports" 6 "$(number_of .reports)"
is "incidents, but no vulnerabilities and exercises" "4 1 1" \
    "$(number_of '"\(.incidents) \(.vulnerabilities) \(.exercises)"' | tr -d '"')"
is "coordination requests" 3 "$(number_of .requests)"
is "all three by month" '["2025-04 3 2 1","2025-05 3 2 1","2025-06 0 0 1"]' \
    "$(number_of '[.months[] | "\(.month) \(.reports) \(.incidents) \(.requests)"]')"
is "categories by month" '[{"phishing":2},{"none":1,"scan":1,"vulnerability":1},{"exercise":1}]' \
    "$(number_of '[.months[].categories]')"
is "categories as JPCERT/CC names them" \
    '["scan scan 1","phishing phishing site 2","vulnerability vulnerability 1","exercise exercise 1","null other 1"]' \
    "$(number_of '[.categories[] | "\(.category) \(.statistics) \(.cases)"]')"
sql "UPDATE message SET facts = '{\"sender\":{\"class\":\"vendor\"}}' WHERE sender_address = 'two@firma.de'"
is "reports by the class of their senders" '["vendor 1","public 5"]' \
    "$(number_of '[.classes[] | "\(.class) \(.reports)"]')"
is "where reporters are: last label, tag, unknown" '{"abroad":2,"domestic":3,"unknown":1}' \
    "$(number_of .reporters)"
is "where requests went" '{"abroad":1,"domestic":2,"unknown":0}' "$(number_of .requested)"
is "seen from Germany" '{"abroad":4,"domestic":1,"unknown":1}' "$(number_of .reporters >/dev/null
    stats --country de --json | jq -cS .reporters)"
is "the first answer: 1 h, 3 h, 10 h" '{"cases":3,"median":10800,"p90":36000}' "$(number_of .first_answer)"
is "one is owed an answer" 1 "$(number_of .unanswered)"
# closed in it: 1 (2 d), 2 (30 d), 3 (6 h), 7 (10 d): the middle of 2 and 10 days
is "closing: of four, the mean of the middle ones" \
    "{\"cases\":4,\"median\":$((6 * 86400)),\"p90\":$((30 * 86400))}" "$(number_of .closed)"
is "Tokyo's April begins nine hours earlier" "7 dos" "$(noroshi report stats \
    --from 2025-04-01 --to 2025-06-30 --zone Asia/Tokyo --json |
    jq -r '"\(.reports) \(.categories[] | select(.category == "dos").category)"')"
is "one day is a time too" 2 "$(noroshi report stats --from 2025-04-01 --to 2025-04-01 --json | jq .reports)"
is "a month that began before its first day" "2025-05" "$(noroshi report stats --from 2025-05-11 \
    --to 2025-05-12 --json | jq -r '.months[].month')"
ok "a day that is none is wrong" exits 64 noroshi report stats --from 2025-4-1
ok "a time that ends before it begins, too" exits 64 noroshi report stats --from 2025-05-02 --to 2025-05-01
ok "two forms at once, too" exits 64 stats --json --html
ok "nobody's name is in it" sh -c '! noroshi report stats --from 2025-04-01 --to 2025-06-30 --html |
    grep -qi "taro\|shop\.\|isp\."'

# --- forms ------------------------------------------------------------------------

stats >"$TEST_TMP/text"
is "people read the same" "6 4 3" "$(sed -n 's/^\(Reports\|Incidents\|Coordination requests\)  *//p' \
    "$TEST_TMP/text" | head -n 3 | paste -sd' ')"
ok "times in words" grep -q '^First answer  *median 3 h 00 min, 90 % within 10 h 00 min (3)$' "$TEST_TMP/text"
stats --markdown >"$TEST_TMP/md"
ok "Markdown has a table of months" grep -qF '| 2025-04 | 3 | 2 | 1 |' "$TEST_TMP/md"
ok "and of categories by month" grep -qF '| phishing | 2 | 0 | 0 |' "$TEST_TMP/md"
ok "and of reports by class" grep -qxF '| public | 5 |' "$TEST_TMP/md"
ok "and each category's share" grep -qF '| phishing | phishing site | 2 | 33.33 % |' "$TEST_TMP/md"
sed -i 's/^\tname = .*/\tname = "A <b>\&team<\/b>";/' "$NOROSHI_CONF"
ok "HTML goes into a file" stats --html -o "$TEST_TMP/r.html"
is "for its owner" 600 "$(stat -c %a "$TEST_TMP/r.html")"
ok "which is not overwritten" exits 65 stats --html -o "$TEST_TMP/r.html"
ok "it has no script and fetches nothing" sh -c '! grep -qiE "<script|src=|href=|url\(|javascript:| on[a-z]+=" "$1"' sh "$TEST_TMP/r.html"
ok "and says so to the browser" grep -q "Content-Security-Policy.*default-src 'none'" "$TEST_TMP/r.html"
is "its one style is named by its hash" "$(sed -n "s/.*style-src 'sha256-\([^']*\)'.*/\1/p" "$TEST_TMP/r.html")" \
    "$(sed -n 's,^<style>\(.*\)</style>$,\1,p' "$TEST_TMP/r.html" | tr -d '\n' |
	openssl dgst -sha256 -binary | base64)"
ok "what it is told is escaped" grep -qF 'A &lt;b&gt;&amp;team&lt;/b&gt;' "$TEST_TMP/r.html"
is "two charts" 2 "$(grep -c '<svg ' "$TEST_TMP/r.html")"
is "a bar's height is its number's" "240 160 80" "$(grep -o 'height="[0-9]*" fill="#[0-9a-f]*"/><text' \
    "$TEST_TMP/r.html" | grep -v '"12"' | sed 's/[^0-9]*\([0-9]*\).*/\1/' | head -n 3 | paste -sd' ')"
if command -v xmllint >/dev/null; then
	sed -n '/<svg /,/<\/svg>/p' "$TEST_TMP/r.html" | sed '/<\/svg>/q' >"$TEST_TMP/one.svg"
	ok "a chart is well-formed XML" xmllint --noout "$TEST_TMP/one.svg"
else
	skip "a chart is well-formed XML" "no xmllint"
fi

# --- many -------------------------------------------------------------------------

sql "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 100099)
    INSERT INTO cases (id, year, number, name, title_sealed, state, priority, category, opened_at,
    closed_at, vault_key) SELECT i, 2024, i, 'EX-2024-' || i, x'', 'closed', 'normal',
    CASE i % 3 WHEN 0 THEN 'phishing' WHEN 1 THEN 'scan' END, 1704067200 + i * 300,
    1704067200 + i * 300 + i, 1 FROM n;
    INSERT INTO message (id, sha256, direction, source, received_at, size, state, kind,
    sender_address, cases, facts) SELECT 1000 + 2 * id, 'r' || id, 'in', 'x', opened_at, 1,
    'processed', 'report', 'r' || id || '@shop.jp', id, printf('{\"x\":\"%.*c\"}', 1500, 'x')
    FROM cases WHERE year = 2024;
    INSERT INTO message (id, sha256, direction, source, received_at, size, state, cases)
    SELECT 1001 + 2 * id, 'a' || id, 'out', 'x', opened_at, 1, 'processed', id FROM cases
    WHERE year = 2024;
    INSERT INTO draft (id, kind, message, rfc_message_id, language, label, created_at)
    SELECT 1000 + id, 'answer', 1001 + 2 * id, 'a' || id, 'en', 'AMBER', 1 FROM cases WHERE year = 2024;
    INSERT INTO delivery (draft, recipient, state, rule, reason, transport, created_at, sent_at)
    SELECT 1000 + id, 'r' || id || '@shop.jp', 'sent', 'x', 'x', 'file', 1, opened_at + 600
    FROM cases WHERE year = 2024"
spent
before=$spent
noroshi report stats --from 2024-01-01 --to 2024-12-31 --json >"$TEST_TMP/many"
spent
took=$((spent - before))
echo "# 100,000 cases: $took ms"
is "100,000 cases are counted" "100000 100000 0 600" \
    "$(jq -r '"\(.reports) \(.incidents) \(.requests) \(.first_answer.median)"' "$TEST_TMP/many")"
ok "in under five seconds of work" test "$took" -lt 5000
tap_end
