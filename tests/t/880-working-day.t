#!/bin/sh
# A working day of three part-timers, one of whom reads Japanese: all that they
# do goes by encrypted mail or by the command, and the clock moves on.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

if nm "$builddir/noroshid" 2>/dev/null | grep -q __asan_init; then
	echo "1..0 # SKIP the clock cannot be set below the sanitizers"
	exit 0
fi
shim=$builddir/.libs/clockshim.so
if [ ! -e "$shim" ]; then
	echo "1..0 # SKIP clockshim.la is not built"
	exit 0
fi

# --- the clock of all programs, ours and those of the people -------------------

# shimmed FOLDER NAME PROGRAM: that program at the day's time
shimmed() {
	printf '#!/bin/sh\nexec env LD_PRELOAD=%s CLOCK_FILE=%s %s "$@"\n' \
	    "$shim" "$TEST_TMP/clock" "$3" >"$1/$2"
	chmod +x "$1/$2"
}
mkdir "$TEST_TMP/libexec" "$TEST_TMP/bin"
for role in intake queue worker parser deliver; do
	shimmed "$TEST_TMP/libexec" "noroshi-$role" "$NOROSHI_LIBEXEC/noroshi-$role"
done
shimmed "$TEST_TMP/libexec" noroshi-gpg "$GPG"
for program in noroshi noroshid gpg; do
	shimmed "$TEST_TMP/bin" $program "$(command -v $program)"
done
PATH=$TEST_TMP/bin:$PATH
NOROSHI_LIBEXEC=$TEST_TMP/libexec
now=0
# forward SECONDS: so much later
forward() {
	now=$((now + $1))
	echo $now >"$TEST_TMP/clock"
}
forward 0

# --- people and their mail ------------------------------------------------------

MISAKI="佐藤 美咲 <misaki@client.example>"
FIN="Fin Finder <fin@finder.example>"
MAL="Mal <mal@evil.example>"
HANAKO="Hanako Handler <hanako@example.org>"
PSIRT="Vendor PSIRT <psirt@vendor.example>"

# word TEXT: as a header field has it (RFC 2047)
word() { printf '=?UTF-8?B?%s?=' "$(printf '%s' "$1" | base64 -w0)"; }
# named "Name <address>": the same in a From
named() { printf '%s <%s>' "$(word "${1% <*}")" "$(world_address "$1")"; }
count=0
# letter FROM TO SUBJECT ID [FIELD...] <text: signed and encrypted, its subject
# hidden; taken in
letter() {
	from=$1 to=$2 subject=$3 id=$4
	shift 4
	who=$(world_address "$from")
	{
		printf 'Content-Type: text/plain; charset=utf-8; protected-headers="v1"\n'
		printf 'Content-Transfer-Encoding: base64\n'
		printf 'From: %s\nTo: %s\nSubject: %s\nMessage-ID: %s\nDate: %s\n' \
		    "$(named "$from")" "$to" "$(word "$subject")" "$id" "$(moment)"
		printf '\n'
		base64
	} | world_crlf >"$WORLD/entity"
	world_gpg "$who" --armor --sign --encrypt --recipient "$TEAM" \
	    --output - "$WORLD/entity" >"$WORLD/entity.asc" || return 1
	{
		printf 'From: %s\nTo: %s\nSubject: ...\nMessage-ID: %s\nDate: %s\n' \
		    "$(named "$from")" "$to" "$id" "$(moment)"
		for line; do printf '%s\n' "$line"; done
		printf 'MIME-Version: 1.0\n'
		world_frame "$WORLD/entity.asc"
	} | noroshi receive --from "$who" --to "$to" >"$TEST_TMP/taken"
}
moment() { date -u -R -d "@$(($(date +%s) + now))"; }
# plain FROM SUBJECT ID [FIELD...] <text: without a key; taken in
plain() {
	{
		printf 'From: %s\nTo: %s\nSubject: %s\nMessage-ID: %s\nDate: %s\n' \
		    "$1" "$TEAM" "$2" "$3" "$(moment)"
		from=$1
		shift 3
		for line; do printf '%s\n' "$line"; done
		printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n'
		cat
	} | noroshi receive --from "$(world_address "$from")" --to "$TEAM" >"$TEST_TMP/taken"
}
# orders FROM ID <orders: a mail to the team, carried out
orders() { letter "$1" "$TEAM" orders "$2" && once; }
# number ID: the message with that Message-ID; case_of ID: its case
number() {
	noroshi message list --json | jq -r --arg id "$1" \
	    '.[] | select(.message_id == $id) | .id'
}
case_of() { field "$(number "$1")" .case; }
case_field() { noroshi case show "$1" --json | jq -r "$2"; }
# opened FILE WHO: what that person reads of it, decoded
opened() {
	world_read "$2" "$1" 2>/dev/null | tr -d '\r' >"$TEST_TMP/open"
	if sed '/^$/q' "$TEST_TMP/open" | grep -qi '^Content-Transfer-Encoding: base64'; then
		sed '/^$/,$d' "$TEST_TMP/open"
		sed '1,/^$/d' "$TEST_TMP/open" | base64 -di 2>/dev/null |
		    tr -d '\r'
	else
		sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' "$TEST_TMP/open" |
		    perl -pe 's/=([0-9A-F]{2})/chr hex $1/ge'
	fi
}
# copy WHO NUMBER: that person's copy of a message, opened
copy() {
	opened "$(ls "$G"/outbox/new/"$(noroshi queue list --all --json |
	    jq -r --arg who "$1" --argjson m "$2" '[.[] |
		select(.recipient == $who and .message == $m)][0].id')".*)" "$1"
}
# reply_to WHO NUMBER: where they write to answer its sender
reply_to() { copy "$1" "$2" | sed -n 's/.*\(csirt+r[^ ]*\)$/\1/p' | head -n 1; }
# newest WHO [JQ]: the newest copy for that address, opened, in $TEST_TMP/told
newest() {
	newest_id=$(noroshi queue list --all --json | jq -r --arg who "$1" \
	    "[.[] | select(.recipient == \$who and .state == \"sent\" and (${2:-true}))] | last | .id")
	opened "$(ls "$G"/outbox/new/"$newest_id".*)" "$1" >"$TEST_TMP/told"
}
# told WHO WORDS: their newest notice says so
told() {
	newest "$1" '.kind == "notice"'
	grep -qe "$2" "$TEST_TMP/told" || { cat "$TEST_TMP/told"; false; }
}
# got WHO WORDS: the newest mail to somebody outside says so
got() {
	newest "$1"
	grep -qe "$2" "$TEST_TMP/told" || { cat "$TEST_TMP/told"; false; }
}
says() { grep -qe "$2" "$1" || { cat "$1"; false; }; }
# screen command...: what a terminal of 24 lines and 80 columns is given
screen() {
	if command -v script >/dev/null; then
		PAGER=cat TERM=xterm script -qec "stty rows 24 cols 80; $*" \
		    /dev/null </dev/null | tr -d '\r'
	else
		"$@"
	fi
}
audited() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }

ok "a gateway" gateway_new
ok "with three who work there in part" gateway_staff
printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"
gateway_conf recall 0
gateway_conf sandbox '"off"'
for who in "佐藤 美咲|misaki@client.example|constituent|ja|phone" \
    "Coordination Desk|desk@ncc.example|coordinator|en|met" \
    "Vendor PSIRT|psirt@vendor.example|vendor|en|directory" \
    "Fin Finder|fin@finder.example|finder|en|none"; do
	IFS='|' read -r name address class lang verified <<-EOT
	$who
	EOT
	world_key "$name" "$address"
	noroshi contact add "$name" --address "$address" --class "$class" \
	    --lang "$lang" --verified "$verified" \
	    --key "$WORLD/$address.asc" >"$TEST_TMP/out" || echo "# $name is no contact"
done
world_know "$WORLD/team.asc"

# --- morning ----------------------------------------------------------------------

letter "$MISAKI" "$TEAM" "フィッシングサイトのご報告" "<m1@client.example>" <<-EOT
	お世話になっております。佐藤です。
	弊社を騙るフィッシングサイトを確認しました。
	hxxps://login【.】client-bank[.]example/verify (203.0.113.7)
	お客様の個人情報が漏えいしたおそれがあります。
	EOT
plain "$FIN" "Phishing page against Client Bank" "<f1@finder.example>" <<-EOT
	Hello, I found a fake login page: hxxps://login.client-bank[.]example/verify
	EOT
plain "Nobody <nobody@else.example>" "I forgot my password" "<n1@else.example>" <<-EOT
	Please reset my password for shop.example.
	EOT
letter "Coordination Desk <desk@ncc.example>" "$TEAM" "TLP:AMBER Early warning" "<d1@ncc.example>" <<-EOT
	TLP:AMBER

	Look for connections to 198.51.100.77.
	EOT
once
A=$(case_of "<m1@client.example>") F=$(case_of "<f1@finder.example>")
N=$(case_of "<n1@else.example>") D=$(case_of "<d1@ncc.example>")
M=$(number "<m1@client.example>")
screen noroshi >"$TEST_TMP/day"
is "in the morning four cases are new" 4 "$(noroshi day --json | jq '.new | length')"
ok "a person sees a hidden Japanese subject in the day" says "$TEST_TMP/day" "$A.*フィッシングサイトのご報告"
screen noroshi case show "$A" >"$TEST_TMP/shown"
ok "what somebody waits for is named" says "$TEST_TMP/shown" "^Owed for *message $M"
ok "another report of the same page is suggested" says "$TEST_TMP/shown" "^See also *$F the same indicator"
copy hanako@example.org "$M" >"$TEST_TMP/copy"
ok "who reads Japanese has copies in Japanese" says "$TEST_TMP/copy" "^暗号・署名: 全体が暗号化; 正しい署名 (全体)"
ok "where no label was written the copy says so" says "$TEST_TMP/copy" "^ラベル: TLP:AMBER (記載なし"
copy ken@example.org "$M" >"$TEST_TMP/copy"
ok "the others' are in English" says "$TEST_TMP/copy" "^Label: TLP:AMBER (none written"

# --- who has it, and who answers ------------------------------------------------------

orders "$HANAKO" "<h1@staff.example>" <<-EOT
	Case: $A
	Claim:

	EOT
is "a claim by mail takes the case" "2 open" "$(case_field "$A" '"\(.owner) \(.state)"')"
ok "and its author reads whose it is" told hanako@example.org "担当: Hanako Handler (contact 2)"
orders "$KEN" "<k1@staff.example>" <<-EOT
	Case: $A
	Claim:

	EOT
is "a second one does not" 2 "$(case_field "$A" .owner)"
ok "and hears who has it" told ken@example.org "has it: Hanako Handler (contact 2)"
n=$(noroshi case list --json | jq length)
orders "$HANAKO" "<h0@staff.example>" <<-EOT
	Cases: mine
	EOT
ok "what she has is answered by mail" told hanako@example.org \
    "$A 対応中、優先度 [高通緊常急]*、担当 Hanako Handler、返信待ちの相手あり: フィッシングサイトのご報告"
ok "and no more than that" not grep -q "$F" "$TEST_TMP/told"
orders "$KEN" "<k0@staff.example>" <<-EOT
	Cases: new
	EOT
ok "as is what nobody has" told ken@example.org "$F new, "
orders "$HANAKO" "<h00@staff.example>" <<-EOT
	Help:
	EOT
ok "and which words there are" told hanako@example.org "Undo: yes: この案件の直前の"
is "such a mail opens no case" "$n" "$(noroshi case list --json | jq length)"
letter "$HANAKO" "$(reply_to hanako@example.org "$M")" \
    "Re: [$A] フィッシングサイトのご報告" "<h2@staff.example>" <<-EOT
	佐藤様

	ご報告ありがとうございます。ホスティング事業者に連絡いたします。

	> 弊社を騙るフィッシングサイトを確認しました。
	EOT
once
ok "an answer by mail reaches the constituent" got misaki@client.example "ホスティング事業者に連絡いたします"
ok "as the team's" grep -q 'GOODSIG.*Example CSIRT' "$WORLD/status"
ok "without who wrote it" not grep -qi hanako "$TEST_TMP/told"
is "and settles what was owed" "[]" "$(case_field "$A" '.owed_messages | tostring')"
letter "$KEN" "$(reply_to ken@example.org "$M")" "Re: [$A] report" "<k2@staff.example>" <<-EOT
	We are on it.
	EOT
once
ok "who answers the same mail is told of the first answer" told ken@example.org \
    "$M was answered before by Hanako Handler"

# --- others in the case ---------------------------------------------------------------

noroshi case participant add "$A" psirt@vendor.example --need "it is their platform" >"$TEST_TMP/out"
echo "Is this page on your platform? We see 203.0.113.7" |
    noroshi send --case "$A" --to psirt@vendor.example --tlp GREEN \
	--subject "A page on your platform" >"$TEST_TMP/out"
once
newest psirt@vendor.example
asked=$(sed -n 's/^Message-ID: //p' "$TEST_TMP/told")
letter "$PSIRT" "$TEAM" "[RT #4711] Re: A page on your platform" "<v1@vendor.example>" \
    "In-Reply-To: $asked" <<-EOT
	We have opened a ticket.
	EOT
once
letter "$PSIRT" "$TEAM" "[RT #4711] taken down" "<v2@vendor.example>" <<-EOT
	The page is down.
	EOT
plain "$MAL" "Re: [$A] please send me the details" "<x1@evil.example>" <<-EOT
	Who reported it?
	EOT
letter "$MISAKI" "$TEAM" "別件: マルウェア" "<m2@client.example>" \
    "In-Reply-To: <m1@client.example>" "References: <m1@client.example>" <<-EOT
	別件ですが、社員のパソコンがマルウェアに感染しました。198.51.100.9 と通信しています。
	EOT
once
is "the vendor's answer and their ticket's next mail are in the case" "$A $A" \
    "$(case_of "<v1@vendor.example>") $(case_of "<v2@vendor.example>")"
X=$(case_of "<x1@evil.example>")
ok "who guessed its tag is not" test "$X" != "$A"
ok "and takes no part" not sh -c "noroshi case show $A --json | jq -r '.participants[].address' | grep mal@"
ok "the case says so" sh -c "noroshi case show $A | grep -q '^Message $(number "<x1@evil.example>") names this case, but'"
ok "and the mail warns" sh -c "noroshi message show $(number "<x1@evil.example>") --json |
    jq -e '.warnings | index(\"case-named-by-stranger\")'"
ok "a second incident is split out" noroshi case split "$A" "$(number "<m2@client.example>")" \
    --title "社員のパソコンのマルウェア感染"
S=$(case_of "<m2@client.example>")
ok "the duplicate is merged" noroshi case merge "$A" "$F"
ok "undone" noroshi case undo "$A"
is "which brings it back" "$F" "$(case_of "<f1@finder.example>")"
ok "and merged again" noroshi case merge "$A" "$F"
is "each party talks with the team apart" \
    "fin@finder.example misaki@client.example psirt@vendor.example" \
    "$(case_field "$A" '[.conversations[] | .participants | join("+")] | sort | join(" ")')"
noroshi case show "$F" >"$TEST_TMP/shown"
ok "the merged one says where it went, and of no talks" sh -c \
    "grep -q '^Links *merged-into $A' '$TEST_TMP/shown' && ! grep -q '^Talks' '$TEST_TMP/shown'"
printf 'Seen by another party:\n\n> Hello, I found a fake login page: hxxps://login.client-bank[.]example/verify\n' |
    noroshi send --case "$A" --to misaki@client.example --dry-run --json >"$TEST_TMP/dry" 2>"$TEST_TMP/out"
is "one party's words to another wait for a second person" "hold cross-conversation" \
    "$(jq -r '.recipients[0] | "\(.decision) \(.rule)"' "$TEST_TMP/dry")"

# --- indicators through the gate ------------------------------------------------------

noroshi case indicators "$A" >"$TEST_TMP/indicators"
noroshi message list >"$TEST_TMP/list"
ok "what left is listed with its label" says "$TEST_TMP/list" "sent .* GREEN .*A page on your platform"
ok "indicators are listed defanged" says "$TEST_TMP/indicators" \
    '^url *hxxps://login\[.\]client-bank\[.\]example/verify .*AMBER'
echo "Indicators attached." | noroshi send --case "$A" --to desk@ncc.example --tlp AMBER \
    --attach-indicators csv --subject Indicators >"$TEST_TMP/out" 2>"$TEST_TMP/err"
once
is "as CSV they wait at the gate" "held amber-peer" \
    "$(noroshi queue list --state held --json | jq -r '.[0] | "\(.state) \(.rule)"')"
newest ken@example.org
echo approve | letter "$KEN" "$(sed -n 's/^Reply-To:.*<\(csirt+h[^>]*\)>.*/\1/p' "$TEST_TMP/told" |
    head -n 1)" "Re: release" "<k3@staff.example>"
once
ok "and leave by another's signed word" got desk@ncc.example "Indicators attached"
awk '/^Content-Disposition: attachment/ { on = 1 } on && /^$/ { data = 1; next }
    data && /^--/ { exit } data' "$TEST_TMP/open" | base64 -d >"$TEST_TMP/csv"
ok "with the file" says "$TEST_TMP/csv" "^TLP:AMBER,ipv4,203.0.113.7,outside,"

# --- harm, a deadline, and what nobody looks at ---------------------------------------

noroshi case set "$A" --harm confirmed >"$TEST_TMP/out"
ok "confirmed harm names what may be due" says "$TEST_TMP/out" "^- jp-appi-prelim (JP)"
is "and raises the priority" high "$(case_field "$A" .priority)"
ok "a deadline starts with its evidence" noroshi deadline start "$A" jp-appi-prelim --evidence "$M"
noroshi deadline list >"$TEST_TMP/out"
ok "its list says which clock it is by" says "$TEST_TMP/out" "DUE (UTC)"
ok "out of scope is dry at first" noroshi case refuse "$N" --reason "Ask who runs that site." --dry-run
ok "then refused with a reason" noroshi case refuse "$N" --reason "Ask who runs that site."
once
is "once that has left the case is closed" closed "$(case_field "$N" .state)"
ok "they read why" sh -c "grep -h -A12 'outside of what we handle' $G/outbox/new/* |
    grep -q '^Ask who runs that site'"
noroshi rota set hanako@example.org ken@example.org >"$TEST_TMP/out"
plain "Late Lea <lea@late.example>" "Spam from your network" "<l1@late.example>" <<-EOT
	A host of yours, 192.0.2.1, sends spam.
	EOT
once
U=$(number "<l1@late.example>")
screen noroshi >"$TEST_TMP/day"
ok "the day has the deadline" says "$TEST_TMP/day" "$A .*jp-appi-prelim"
ok "and mail that nobody opened, with a Japanese title" says "$TEST_TMP/day" \
    "^$S .*社員のパソコンのマルウェア感染"
forward 3000
once
ok "before its time nobody is told of unseen mail" not told ken@example.org "answered message $U,"
forward 900
once
ok "after it those on the rota are" told ken@example.org "answered message $U, which came at"
ok "and each of them, in their language" told hanako@example.org \
    "メッセージ $U (受信 .*) を開いた人、担当・メモ・返信をした人がまだいません。"
forward 223200
once
ok "at half of its time the owner is reminded of the deadline" told hanako@example.org \
    "$A の期限 jp-appi-prelim (preliminary): 期限は .*T23:59:59+09:00 で、期間の 50% が過ぎました。"
ok "with a receipt it is done" noroshi deadline done "$A" jp-appi-prelim --receipt PPC-2026-1
is "as the list says" "done PPC-2026-1" \
    "$(noroshi deadline list "$A" --all --json | jq -r '.[0] | "\(.state) \(.receipt)"')"

# --- the end of the case --------------------------------------------------------------

ok "without a cause it does not close" exits 77 noroshi case close "$A"
ok "cause and remedy are said" noroshi case set "$A" --cause "盗まれたパスワード" \
    --remedy "The page was taken down."
noroshi case checklist "$A" >"$TEST_TMP/out"
ok "the checklist is the category's" says "$TEST_TMP/out" "^\[ \]  4. Who hosts it"
ok "an item is ticked" noroshi case tick "$A" 4 --note "the vendor's platform"
noroshi case checklist "$A" >"$TEST_TMP/out"
ok "by whom" says "$TEST_TMP/out" "^\[x\]  4. .*Taro Operator (contact 1)"
ok "what is owed keeps it open" exits 77 noroshi case close "$A"
ok "and is named" says "$TEST_TMP/exits.err" \
    "waits for an answer: .* message $(number "<f1@finder.example>"),"
for owed in $(case_field "$A" '.owed_messages[]'); do
	noroshi case settle "$A" "$owed" --reason "Told by telephone." >"$TEST_TMP/out"
done
ok "Ken hands over to Hanako" noroshi contact handover ken@example.org hanako@example.org --until 2099-01-01
ok "a case is handed over with a note" noroshi case assign "$A" ken@example.org \
    --note "You know the vendor."
once
ok "who gets it is told" told ken@example.org "$A was given to you"
ok "and back" noroshi case assign "$A" hanako@example.org --note "She knows Misaki."
once
ok "in Japanese, too" told hanako@example.org "$A の担当者になりました。"
ok "settled, it closes" noroshi case close "$A" --reason "The page is gone."

# --- what is found, and what is told --------------------------------------------------

found() { noroshi search --json "$@" | jq -r '[.[].id] | sort | map(tostring) | join(" ")'; }
ok "a Japanese word within a sentence finds the report" sh -c \
    "noroshi search 個人情報 --json | jq -e 'map(.id) == [$M]'"
is "and where it came with a person and an incident" "$(number "<m2@client.example>")" \
    "$(found 'from:misaki マルウェア')"
is "English finds the finder's" "$(number "<f1@finder.example>")" "$(found 'fake login')"
ok "an indicator finds all who named it" sh -c \
    "noroshi search indicator:https://login.client-bank.example/verify --json | jq -e 'length >= 2'"
ok "cases are found too" sh -c "noroshi case search 個人情報 | grep -q '^$A '"
noroshi report case "$A" --audience constituent --lang ja >"$TEST_TMP/report"
ok "a report for the constituent has the cause" says "$TEST_TMP/report" "^盗まれたパスワード"
ok "and the remedy" says "$TEST_TMP/report" "page was taken down"
ok "and nobody's name" not grep -Eqi 'fin finder|misaki|佐藤|hanako|ken deputy' "$TEST_TMP/report"
noroshi report stats --json >"$TEST_TMP/stats"
is "the statistics count reports, requests and phishing" "true true true" \
    "$(jq -r '[.reports >= 5, .requests >= 1, ([.categories[] |
	select(.category == "phishing")][0].cases >= 1)] | map(tostring) | join(" ")' "$TEST_TMP/stats")"
ok "evidence is exported" noroshi case export "$A" --evidence -o "$TEST_TMP/evidence.tar"
ok "and verified" noroshi verify-export "$TEST_TMP/evidence.tar"

# --- and what is left of it -----------------------------------------------------------

ok "a legal hold" noroshi case hold "$A" on --reason "The police asked."
ok "stops an erase" exits 77 noroshi case erase "$A" --reason "two years"
ok "until it is off" noroshi case hold "$A" off --reason "They have it."
ok "one person asks" noroshi case erase "$A" --reason "two years"
ok "and cannot do it alone" exits 77 noroshi case erase "$A" --reason "two years"
gateway_conf second_person '"contact"'
ok "another does it" noroshi case erase "$A" --reason "two years" --as ken@example.org
is "no search finds a word of it" " " \
    "$(found 個人情報 'フィッシング')$(found 'fake login') $(found indicator:203.0.113.7)"
is "nor a case search" 0 "$(noroshi case search 盗まれたパスワード --json | jq length)"
is "what was split out of it is there" "$(number "<m2@client.example>")" "$(found マルウェア)"
ok "the record holds, over all of the day" noroshi audit verify
is "and nothing of the day was quarantined" 0 \
    "$(noroshi message list --state quarantined --json | jq length)"
ok "nothing runs any more" no_process_left
tap_end
