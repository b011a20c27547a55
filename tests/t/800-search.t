#!/bin/sh
# What people ask of a gateway's memory: by words in two languages, by who and
# what and when; and what its files tell somebody who asks them instead.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway is made" gateway_new
gateway_silent
ok "staff get contacts and keys" gateway_staff
ok "so do the people outside" day_people
world_know "$WORLD/team.asc"

DATE="Mon, 02 Nov 2026 01:02:03 +0000"
TARO="Taro Operator <taro@example.org>"

# 8 bit and no '=': world_entity's quoted-printable leaves it as it is
words_report() {
	cat <<-END
	昨夜、経理部のサーバーで不正アクセスを確認しました。
	攻撃者は夕凪丸という道具を残しています。ｱｸｾｽ元は hxxp://evil[.]example/ です。
	The tool left a file called Saltmarsh behind; we found it on Monday.
	END
}
mixed() {
	world_header "$RIKA" "$TEAM" "files of the Quernstone affair" \
	    "<2@client.example>"
	cat <<-END
	Content-Type: multipart/mixed; boundary=bb

	--bb
	Content-Type: text/plain; charset=utf-8

	See the list.
	--bb
	Content-Type: text/csv; name="hosts.csv"; charset=iso-2022-jp
	Content-Disposition: attachment; filename="hosts.csv"

	$(printf 'host,note\nwww,踏み台 periwinkle\n' | iconv -t ISO-2022-JP)
	--bb--
	END
}
words_report | PROTECT=1 OUTER=... mail_encrypted rika@client.example \
    csirt@example.org "$RIKA" "$TEAM" "Greywether at the harbour" \
    "<1@client.example>" >"$WORLD/1.eml"
mixed >"$WORLD/2.eml"
echo "TLP:GREEN
Please call back about saltmarsh." |
    mail_plain "$JIRO" "$TEAM" "telephone" "<3@nokey.example>" >"$WORLD/3.eml"
echo "TLP:RED
The Cormorant plan, for the PoC alone." |
    mail_signed desk@ncc.example "$DESK" "$TEAM" "TLP:RED from the desk" \
	"<4@ncc.example>" >"$WORLD/4.eml"
echo "東京
都の件" | mail_plain "=?UTF-8?B?$(printf '田中　次郎' | base64)?= <jiro@nokey.example>" \
    "$TEAM" "short lines" \
    "<5@nokey.example>" >"$WORLD/5.eml"
for n in 1 2 3 4 5; do
	noroshi receive "$WORLD/$n.eml" >/dev/null
done
ok "noroshid --once ends well" once
is "it has read all of them" processed \
    "$(noroshi message list --json | jq -r '[.[].state] | unique | .[]')"

# finds QUERY IDS: those messages, the newest first
finds() {
	is "$1" "$2" "$(noroshi search --json -- "$1" | jq -r '[.[].id] | join(" ")')"
}
finds '不正アクセス' 1
finds '不正ｱｸｾｽ' 1
finds '夕凪丸' 1
finds '夕' 1
finds '凪夕' ""
finds '京都' ""
finds '東京' 5
finds 'SALTMARSH' "3 1"
finds 'ｓａｌｔｍａｒｓｈ' "3 1"
finds 'salt' ""
finds '"file called saltmarsh"' 1
finds '"saltmarsh file"' ""
finds 'saltmarsh -telephone' 1
finds 'saltmarsh and not (telephone or hosts)' 1
finds 'subject:greywether' 1
finds 'body:greywether' ""
finds 'greywether or quernstone' "2 1"
finds 'from:rika' "2 1"
finds 'from:nokey.example' "5 3"
finds 'from:田中次郎' 5
finds 'from:"田中 次郎"' 5
finds 'from:次郎' 5
finds 'to:csirt@example.org saltmarsh' "3 1"
finds 'periwinkle' 2
finds 'attachment:踏み台' 2
finds 'attachment:hosts.csv' 2
finds 'body:periwinkle' ""
finds 'has:attachment' 2
finds 'indicator:evil[.]example' 1
finds 'evil.example' 1
finds 'is:encrypted' 1
finds 'is:signed' "4 1"
finds 'tlp:red' 4
# what a stranger's mail says, and what governs it
is "a stranger's GREEN is AMBER" "GREEN AMBER" "$(field 3 '"\(.tlp.label) \(.tlp.effective)"')"
finds 'tlp:green' 3
finds 'tlp:amber id:3' 3
finds 'class:constituent' 1
finds 'kind:report from:jiro' "5 3"
finds "key:$(world_fpr rika@client.example)" 1
finds "key:$(world_fpr rika@client.example | tail -c 17)" 1
finds 'date:today id:3' 3
finds 'date:..2020' ""
finds 'date:2020.. saltmarsh' "3 1"
CASE=$(field 3 .case)
finds "case:$CASE" 3
finds 'saltmarsh is:open' "3 1"
noroshi case close "$CASE" --reason "they were called back" >/dev/null
finds 'saltmarsh is:open' 1
finds 'saltmarsh is:closed' 3
finds 'xyzzy' ""
is "nothing found is an empty array, and no failure" "[]" \
    "$(noroshi search --json xyzzy)"
is "--limit gives the newest" 3 \
    "$(noroshi search --json --limit 1 saltmarsh | jq -r '.[].id')"
is "objects are those of message list" \
    "$(noroshi message list --json | jq -c '.[0] | keys')" \
    "$(noroshi search --json saltmarsh | jq -c '.[1] | keys')"
ok "a person sees the line that has it" sh -c \
    "noroshi search 'called saltmarsh' | grep '| The tool left a file'"

refuses() { # refuses QUERY PLACE
	ok "a query is refused at its place: $1" exits 65 noroshi search -- "$1"
	ok "at character $2" grep -q "query, character $2: " "$TEST_TMP/exits.err"
}
refuses 'a (b or' 8
refuses 'a )' 3
refuses '"a b' 1
refuses '不正 and' 7
refuses 'tlp:mauve' 1
refuses 'a form:b' 3
refuses 'date:2026-13' 1
refuses 'is:fine' 1
refuses 'saltmarsh harb*' 11
refuses '...' 1
ok "a case that is none is bad data" exits 65 noroshi search case:EX-1999-0001

is "cases are found by what their messages say" "$(field 1 .case)" \
    "$(noroshi case search --json greywether | jq -r '.[].id')"

# an operator who is no reader of RED is not told that it is there
sed '/^operators = (/,/^);/ s/contact = [0-9]*/contact = 2/' \
    "$NOROSHI_CONF" >"$G/hanako.conf"
as_hanako() {
	noroshi -c "$G/hanako.conf" search --json -- "$1" |
	    jq -r '[.[].id] | join(" ")'
}
is "the PoC finds it" 4 "$(noroshi search --json cormorant | jq -r '.[].id')"
is "who may not read it does not, by its words" "" "$(as_hanako cormorant)"
is "nor by what it does not say" "5 3 2 1" "$(as_hanako '-xyzzy')"
is "nor by its label" "" "$(as_hanako tlp:red)"
is "nor its case" "" "$(noroshi -c "$G/hanako.conf" case search --json \
    cormorant | jq -r '.[].id')"

# a case that nobody wrote a mail about
CALL=$(noroshi case new --title "Wellspring, by telephone" --from-phone \
    --caller "J. Suzuki" --note "They saw 夕凪丸 and a copperplate." --json |
    jq -r .id)
cases_of() { noroshi case search --json -- "$1" | jq -r '[.[].id] | join(" ")'; }
is "cases are found by their title" "$CALL" "$(cases_of wellspring)"
is "by their notes, after those whose mails have it" \
    "$(field 1 .case) $CALL" "$(cases_of 夕凪丸)"
is "with what else is asked of them" "$CALL" \
    "$(cases_of 'copperplate is:open -category:apt')"
is "or not" "" "$(cases_of 'copperplate is:closed')"
echo "A marigold was added." | noroshi case note "$CALL" >/dev/null
is "a note that comes later is found, too" "$CALL" "$(cases_of marigold)"
is "no message is found by them" "" \
    "$(noroshi search --json wellspring | jq -r '.[].id')"

# --- what the files tell ------------------------------------------------------

files_have() { # any file of the gateway has the word, in a usual encoding
	printf '%s' "$1" >"$TEST_TMP/word"
	word16=$(printf '%s' "$1" | iconv -t UTF-16LE | od -An -tx1 | tr -d ' \n')
	find "$G" -type f ! -path "$G/outbox/*" ! -path "$G/inbox/*" |
	    while read -r file; do
		grep -aiqF -- "$1" "$file" && echo "$file: $1"
		od -An -v -tx1 "$file" | tr -d ' \n' | grep -qF "$word16" &&
		    echo "$file: $1 (UTF-16)"
	done
}
for word in saltmarsh greywether quernstone 夕凪丸 経理部のサーバーで 踏み台 \
    periwinkle cormorant wellspring copperplate "evil.example" "called back"; do
	is "no file has the word: $word" "" "$(files_have "$word")"
done
ok "while one that is no secret is seen by this look" test -n \
    "$(files_have jiro@nokey.example)"

# --- the index comes and goes --------------------------------------------------

before=$(noroshi search --json 'saltmarsh or 踏み台' | jq -c '[.[].id]')
rm -f "$G"/spool/index.db*
is "an index that is gone is made by whoever searches" "$before" \
    "$(noroshi search --json 'saltmarsh or 踏み台' | jq -c '[.[].id]')"
rm -f "$G"/spool/index.db*
ok "or by noroshid" once
is "with all messages" 5 "$(sqlite3 "$G/spool/index.db" \
    'SELECT count(*) FROM entry WHERE id < (1 << 42)')"
is "or on demand" 5 "$(noroshi search --rebuild --json | jq .messages)"
is "and finds the same" "$before" \
    "$(noroshi search --json 'saltmarsh or 踏み台' | jq -c '[.[].id]')"

# --- similar cases --------------------------------------------------------------

printf 'Again 夕凪丸 at http://evil.example/ with saltmarsh.\n' |
    mail_plain "$PSIRT" "$TEAM" "another one" "<6@vendor.example>" |
    noroshi receive >/dev/null
ok "one more comes" once
noroshi case search --similar "$(field 6 .case)" --json >"$TEST_TMP/similar"
is "the earlier case with the same indicator is the most similar" \
    "$(field 1 .case)" "$(jq -r '.[0].id' "$TEST_TMP/similar")"
ok "with what they share" jq -e \
    '.[0].shares | index("http://evil.example/") and index("saltmarsh")' \
    "$TEST_TMP/similar"
is "a case that shares nothing rare is none" "" \
    "$(jq -r --arg c "$(field 5 .case)" '.[] | select(.id == $c) | .id' \
	"$TEST_TMP/similar")"
tap_end
