#!/bin/sh
# What strangers write never steers a terminal, whoever lists or shows it, and
# honest text in any script stays readable.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

# Escape, bell, 8-bit CSI, override, isolate, zero width, line separator, tag,
# Hangul filler, soft hyphen, BOM, DEL, backspace, lone CR; then ill-formed:
# overlong, surrogate, a stray byte.
hostile=$(printf 'E\033[31m\007\302\233\342\200\256\342\201\246\342\200\213\342\200\250\363\240\201\201\343\205\244\302\255\357\273\277\177\b\rV\300\233\355\240\200\233L')

# harmless FILE: nothing in it that a terminal obeys, or that hides or turns
harmless() {
	LC_ALL=C tr -d '\011\012\040-\176\200-\377' <"$1" >"$TEST_TMP/control"
	if [ -s "$TEST_TMP/control" ]; then
		echo "control bytes:"
		od -c "$TEST_TMP/control"
		return 1
	fi
	iconv -f UTF-8 -t UTF-8 "$1" >"$TEST_TMP/text" || return 1
	# C1, U+00AD, U+061C, U+200B, U+200E-200F, U+2028-202E, U+2060-206F,
	# U+3164, U+FEFF, tags
	! LC_ALL=C grep -nP '\xc2[\x80-\x9f\xad]|\xd8\x9c|\xe2\x80[\x8b\x8e\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xe3\x85\xa4|\xef\xbb\xbf|\xf3\xa0[\x80-\x83]' "$1"
}

# shows WORD command...: its output and its errors are harmless, and the
# output has the word
shows() {
	word=$1
	shift
	"$@" >"$TEST_TMP/shown" 2>"$TEST_TMP/shown.err" </dev/null
	harmless "$TEST_TMP/shown" && harmless "$TEST_TMP/shown.err" &&
	    grep -q -- "$word" "$TEST_TMP/shown"
}
# refuses command...: it fails, and says why harmlessly
refuses() {
	"$@" >"$TEST_TMP/shown" 2>"$TEST_TMP/shown.err" </dev/null && return 1
	[ -s "$TEST_TMP/shown.err" ] && harmless "$TEST_TMP/shown" &&
	    harmless "$TEST_TMP/shown.err"
}
take() { noroshi receive "$@" >/dev/null; }
word64() { printf '=?utf-8?B?%s?=' "$(printf '%s' "$1" | base64 -w0)"; }

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "the hostile text is hostile" not harmless - <<-EOT
	$hostile
EOT
printf '%s\n' "$hostile" >"$TEST_TMP/hostile"
ok "... so this test would see it" not harmless "$TEST_TMP/hostile"

# One mail with it everywhere, encoded where mail encodes, else raw.
{
	cat <<-EOT
	From: "$(word64 "name$hostile")" <ev$hostile@finder.example>
	To: =?utf-8?B?$(printf 'to%s' "$hostile" | base64 -w0)?= <csirt@example.org>
	Cc: raw$hostile <cc@finder.example>
	Subject: $(word64 "subject$hostile") raw$hostile
	Date: $hostile
	Message-ID: <id$hostile@finder.example>
	References: <ref$hostile@finder.example>
	Content-Type: multipart/mixed; boundary=b; x="$hostile"
	X-Hostile: $hostile

	--b
	Content-Type: text/plain; charset=utf-8

	body $hostile http://evil$hostile.example/ TLP:RE$hostile
	--b
	Content-Type: application/$hostile
	Content-Disposition: attachment; filename*=utf-8''file%1B%5B31m%E2%80%AEfdp.exe

	x
	--b
	Content-Type: text/html; charset=utf-8

	<p>html &#27;[31m &#x202e; &#x9b;</p><a href="http://x.example/&#27;">y</a>
	--b
	Content-Type: text/plain; charset=iso-2022-jp
	Content-Disposition: attachment; filename="raw$hostile.txt"

	jis $(printf '\033[31m \033$B0!\033(Q \033')
	--b
	Content-Type: message/rfc822

	From: inner$hostile <i@x.example>
	Subject: inner$hostile

	inner $hostile
	--b--
	EOT
} >"$TEST_TMP/mail"
ok "a hostile mail is taken" take --from "evil@finder.example" \
    "$TEST_TMP/mail"
printf 'From: b%s\nSubject: headless%s' "$hostile" "$hostile" >"$TEST_TMP/short"
ok "and one that is all but empty" take "$TEST_TMP/short"
# Whoever breaks a limit is told about in words that quote the mail.
{
	printf 'From: '
	i=0
	while [ $((i += 1)) -le 30 ]; do printf '('; done
	printf '%s\nSubject: x\n\nx\n' "$hostile"
} >"$TEST_TMP/deep"
ok "and one over a limit" take "$TEST_TMP/deep"
ok "and one from an envelope that is hostile" sh -c \
    'printf "Subject: x\n\nx\n" | noroshi receive --from "$1" >"$2" 2>&1 || :
    printf "Subject: y\n\nx\n" | noroshi receive --to "$1" >>"$2" 2>&1 || :' \
    sh "e$hostile@x.example" "$TEST_TMP/envelope"
ok "... is answered harmlessly" harmless "$TEST_TMP/envelope"
once
ok "the daemon's log is harmless" harmless "$TEST_TMP/daemon.log"
is "no mail is left" 0 "$(noroshi message list --json | jq '[.[] |
    select(.state == "received")] | length')"
case=$(field 1 .case)

for id in $(noroshi message list --json | jq -r '.[].id'); do
	ok "message show $id is harmless" shows "Message $id" \
	    noroshi message show "$id"
	ok "... as JSON too" shows '"id"' noroshi message show "$id" --json
done
ok "what was hostile is seen as replaced" shows "subjectE$(printf '\357\277\275')" \
    noroshi message show 1
ok "message text is harmless" shows "body E" noroshi message text 1
ok "... HTML as text too" shows "html " noroshi message text 1
ok "message list is harmless" shows subjectE noroshi message list
ok "... as JSON too" shows subjectE noroshi message list --json
ok "case list is harmless" shows subjectE noroshi case list
ok "... as JSON too" shows subjectE noroshi case list --json
ok "case show is harmless" shows subjectE noroshi case show "$case"
ok "... as JSON too" shows subjectE noroshi case show "$case" --json
ok "queue list is harmless" shows ken@example.org noroshi queue list
ok "audit log is harmless" shows message noroshi audit log
ok "... as JSON too" shows message noroshi audit log --json
ok "rules explain is harmless" shows Message noroshi rules explain 1
ok "raw bytes leave as they came" sh -c \
    'noroshi message raw 1 | cmp - "$1"' sh "$TEST_TMP/mail"

# File names: no other folder, no option, nothing turned around.
names=$(field 1 '.attachments[].name')
printf '%s\n' "$names" >"$TEST_TMP/names"
ok "names of attachments are harmless" harmless "$TEST_TMP/names"
is "... and keep their true ending" 1 "$(grep -c '^file.*fdp\.exe$' "$TEST_TMP/names")"

# What the team gets of it: headers and text of a copy, and of a notice.
n=0
for id in $(noroshi queue list --json | jq -r '.[] |
    select(.recipient == "ken@example.org" and .state == "sent") | .id'); do
	copy=$(ls "$G"/outbox/new/"$id".*)
	sed '/^$/q' "$copy" | tr -d '\r' >"$TEST_TMP/copy.header"
	world_read ken@example.org "$copy" 2>/dev/null | tr -d '\r' >"$TEST_TMP/copy"
	ok "copy $((n += 1)) for a reader has a harmless header" \
	    harmless "$TEST_TMP/copy.header"
	ok "... and can be read" [ -s "$TEST_TMP/copy" ]
	LC_ALL=C sed '/^Content-Type: message\/rfc822/,$d' "$TEST_TMP/copy" \
	    >"$TEST_TMP/copy.text"
	ok "... and harmless" harmless "$TEST_TMP/copy.text"
done
ok "there were copies" [ "$n" -ge 2 ]

# Words that come from elsewhere than mail: servers, other tools, arguments.
if command -v sqlite3 >/dev/null; then
	# the database holds well-formed text alone
	hex=$(printf 'word%s' "$hostile" | iconv -c -f UTF-8 -t UTF-8 | od -An -v -tx1 | tr -d ' \n')
	ok "words from elsewhere are in the database" sqlite3 "$G/noroshi.db" "
	    update delivery set last_error = cast(x'$hex' as text),
		reason = cast(x'$hex' as text), state = 'failed', file = null;
	    update contact set name = cast(x'$hex' as text) where id = 2;
	    insert into organisation values (99, cast(x'$hex' as text));
	    update contact set organisation = 99 where id = 2;"
	ok "a server's words in queue list are harmless" shows failed \
	    noroshi queue list
	for json in '' --json; do
		# shellcheck disable=SC2086
		ok "a server's words in queue show $json are harmless" \
		    shows word noroshi queue show 1 $json
		# shellcheck disable=SC2086
		ok "a contact's name in contact list $json is harmless" \
		    shows word noroshi contact list $json
		# shellcheck disable=SC2086
		ok "... and in contact show $json" \
		    shows word noroshi contact show 2 $json
	done
	ok "doctor is harmless" shows : noroshi doctor
else
	skip "words in the database are shown harmlessly" "no sqlite3 here"
fi
ok "no contact has a hostile name" refuses noroshi contact add \
    "n$hostile" --address n@x.example --class finder
ok "... or address" refuses noroshi contact add \
    "Name" --address "n$hostile@x.example" --class finder
ok "... or organisation" refuses noroshi contact add "Name" \
    --address n@x.example --class finder --organisation "$hostile"
printf 'name,address,class\n"x%s",x@x.example,finder\n' "$hostile" \
    >"$TEST_TMP/x.csv"
noroshi contact import "$TEST_TMP/x.csv" >"$TEST_TMP/import" 2>&1
ok "nor does one that is imported" shows ID noroshi contact list
ok "... which is said harmlessly" harmless "$TEST_TMP/import"
ok "what is no case is named harmlessly" refuses noroshi case show "$hostile"
ok "what is no recipient is, too" refuses noroshi tlp explain --tlp AMBER \
    --to "$hostile"
ok "what is no command is, too" refuses noroshi "$hostile"
ok "a case opened by hand has a harmless title" sh -c \
    'noroshi case new "title$1" >"$2" 2>&1 || :' sh "$hostile" "$TEST_TMP/new"
ok "... when it is opened" harmless "$TEST_TMP/new"
ok "... and when it is listed" shows subjectE noroshi case list

# Honest text: a family, Arabic, Persian with its joiner, Hebrew, Hindi, a
# name's kanji in its own form, accents that combine, a keycap.
honest=$(printf '\360\237\221\250\342\200\215\360\237\221\251\342\200\215\360\237\221\247 \330\250\331\204\330\247\330\272 \331\205\333\214\342\200\214\330\256\331\210\330\247\331\207\331\205 \327\251\327\234\327\225\327\235 \340\244\225\340\245\215\342\200\215\340\244\267 \350\221\233\363\240\204\200 e\314\201 1\357\270\217\342\203\243')
{
	printf 'From: %s <h@finder.example>\nSubject: %s\n' \
	    "$(word64 "$honest")" "$(word64 "$honest")"
	printf 'Content-Type: text/plain; charset=utf-8\n\n%s\n' "$honest"
} >"$TEST_TMP/honest"
take "$TEST_TMP/honest"
once
last=$(noroshi message list --json | jq 'map(.id) | max')
is "an honest subject stays as it is" "$honest" "$(field "$last" .subject)"
is "... a name too" "$honest" "$(field "$last" .from.name)"
is "... and the text" "$honest" "$(noroshi message text "$last")"
ok "... and the list shows it" shows "$honest" noroshi message list
tap_end
