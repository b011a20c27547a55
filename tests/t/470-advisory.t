#!/bin/sh
# Advisories: what is asked of them, their revisions and end, and what their
# readers answer.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "a community of five" day_community
gateway_silent
sed -i 's/#authserv_ids = .*/authserv_ids = [ "mx.example.org" ];/' "$NOROSHI_CONF"
noroshi contact set csirt@bank2.example --lang ja >/dev/null
noroshi contact set csirt@bank3.example --lang en >/dev/null
world_know "$WORLD/team.asc"

copies() { grep -l '^Delivered-To: csirt@bank' "$G"/outbox/new/* 2>/dev/null | wc -l; }
# newest MEMBER: the newest outbox file for that member
newest() {
	grep -l "^Delivered-To: $1\$" "$G"/outbox/new/* |
	    awk -F/ '{ n = $NF; sub(/\..*/, "", n); print n, $0 }' |
	    sort -n | tail -n 1 | cut -d' ' -f2
}
# opened MEMBER: its plain text, quoted-printable undone
opened() {
	world_read "$1" "$(newest "$1")" | tr -d '\r' |
	    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' -e 's/=3D/=/g'
}
last_out() {
	noroshi message list --json |
	    jq '[.[] | select(.direction == "out")] | last | .id'
}
# told WHO WORDS: a notice to WHO, opened by their own gpg, says WORDS
told() {
	for told_file in $(grep -l "^Delivered-To: $1\$" "$G"/outbox/new/*); do
		world_read "$1" "$told_file" 2>/dev/null | tr -d '\r' \
		    >"$TEST_TMP/told"
		{
			sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' "$TEST_TMP/told"
			sed '1,/^$/d' "$TEST_TMP/told" | base64 -d 2>/dev/null
		} | grep -aFq -- "$2" && return 0
	done
	return 1
}
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }

# --- composed, revised, cancelled ---------------------------------------------
printf 'Look for /verify.php.\n' >"$TEST_TMP/en"
printf 'Subject: 偽サイト\n\n/verify.php を確認。\n' >"$TEST_TMP/ja"
is "an advisory has a number" 1 "$(noroshi advisory send --community banks \
    --tlp GREEN --subject "A kit" --variant "ja=$TEST_TMP/ja" <"$TEST_TMP/en")"
once
is "all members have it" "5 5" "$(noroshi advisory status 1 --json |
    jq -r '"\(.sums.sent) \(.sums.members)"')"
opened csirt@bank1.example >"$TEST_TMP/plain"
first=$(sed -n 's/^Message-ID: //p' "$(newest csirt@bank1.example)" | head -n 1)
ok "its subject has number and label" grep -qx \
    'Subject: \[EX-A1\] TLP:GREEN A kit' "$TEST_TMP/plain"
ok "its first line is the label" sh -c \
    "sed '1,/^\$/d' '$TEST_TMP/plain' | grep -v '^--\|^Content' | grep . | head -n 1 | grep -qx TLP:GREEN"
answer_to=$(sed -n 's/^Reply-To:.*<\(.*\)>.*/\1/p' "$TEST_TMP/plain" | head -n 1)
ok "it gives an address for answers" test -n "$answer_to"
world_read csirt@bank2.example "$(newest csirt@bank2.example)" >"$TEST_TMP/ja.plain"
ok "who prefers Japanese has the Japanese text" sh -c \
    "tr -d '\r' <'$TEST_TMP/ja.plain' | sed '1,/^\$/d' | base64 -d |
	grep -q '^/verify.php を確認'"
is "and subject" "[EX-A1] TLP:GREEN 偽サイト" "$(tr -d '\r' \
    <"$TEST_TMP/ja.plain" |
    sed -n 's/^Subject: =?UTF-8?B?\(.*\)?=$/\1/p' | base64 -d)"
id_of() { sed -n 's/^Message-ID: //p' "$(newest "$1")" | head -n 1; }
ok "each language is a text of its own" test "$(id_of csirt@bank1.example)" != \
    "$(id_of csirt@bank2.example)"
is "sealed once for all who read it" "$(id_of csirt@bank1.example)" \
    "$(id_of csirt@bank3.example)"

printf 'Look for /check.php as well.\n' | noroshi advisory revise 1 >"$TEST_TMP/out"
is "a revision has the same number" 1-r2 "$(cat "$TEST_TMP/out")"
once
opened csirt@bank1.example >"$TEST_TMP/plain"
ok "and says so in its subject" grep -qx \
    'Subject: \[EX-A1-r2\] TLP:GREEN A kit' "$TEST_TMP/plain"
ok "it answers the first" grep -qxF "In-Reply-To: $first" "$TEST_TMP/plain"
ok "and supersedes it" grep -q 'revision 2; it supersedes all earlier' "$TEST_TMP/plain"
is "its status is the revision's" "1-r2 5" "$(noroshi advisory status 1 --json |
    jq -r '"\(.name) \(.sums.sent)"')"
echo x | noroshi advisory revise 9 >/dev/null 2>&1
is "what was never sent has no revision" 66 $?

# --- answers -------------------------------------------------------------------
# answer MEMBER-NUMBER MESSAGE-ID: body on standard input, signed and encrypted
answer() {
	EXTRA="In-Reply-To: ${PARENT-$first}" PROTECT=1 OUTER=... mail_encrypted \
	    "csirt@bank$1.example" csirt@example.org \
	    "Bank $1 CSIRT <csirt@bank$1.example>" "${TO-csirt@example.org}" \
	    "Re: advisory" "$2" >"$WORLD/answer.eml" &&
	    noroshi receive --from "csirt@bank$1.example" \
		--to "${TO-csirt@example.org}" "$WORLD/answer.eml" >/dev/null
}
cases() { noroshi case list --json | jq length; }
before=$(cases)
echo "affected" | answer 1 "<a1@bank1.example>"
echo "確認" | answer 2 "<a2@bank2.example>"
echo "Not affected." | PARENT="<unknown@x.example>" TO=$answer_to answer 3 "<a3@bank3.example>"
once
sums() { noroshi advisory status 1 --json | jq -r ".sums | \"$1\""; }
is "answers are counted" "1 1 1 2" \
    "$(sums '\(.affected) \(.ack) \(.["not-affected"]) \(.unanswered)')"
is "and open no case" "$before" "$(cases)"
echo "not affected" | answer 1 "<a4@bank1.example>"
once
is "the latest counts" "0 2" "$(sums '\(.affected) \(.["not-affected"])')"
is "and the former is kept" "affected not-affected" \
    "$(noroshi advisory status 1 --json | jq -r '.members[] |
	select(.address == "csirt@bank1.example") | .answers | map(.answer) | join(" ")')"
printf 'question\nWhich version?\n' | answer 4 "<q1@bank4.example>"
once
is "a question opens a case" "$((before + 1))" "$(cases)"
printf '質問\nAnd since when?\n' | answer 4 "<q2@bank4.example>"
once
is "and a further one continues it" "$((before + 1))" "$(cases)"
is "it is told apart" 1 "$(sums '\(.question)')"
world_key "Else" else@other.example
EXTRA="In-Reply-To: $first" PROTECT=1 mail_encrypted else@other.example \
    csirt@example.org "Bank 5 CSIRT <csirt@bank5.example>" csirt@example.org \
    "Re: advisory" "<forged@bank5.example>" <<-EOT | noroshi receive --from csirt@bank5.example >/dev/null
	affected
	EOT
EXTRA="In-Reply-To: $first" mail_plain "Bank 5 CSIRT <csirt@bank5.example>" \
    csirt@example.org "Re: advisory" "<plain@bank5.example>" <<-EOT | noroshi receive --from csirt@bank5.example >/dev/null
	affected
	EOT
once
is "nobody answers for another" "0 1 0" \
    "$(sums '\(.affected) \(.unanswered) \(.unproven)')"
{ printf 'Authentication-Results: mx.example.org; dkim=pass header.d=bank5.example; dmarc=pass header.from=bank5.example\n'
EXTRA="In-Reply-To: $first" mail_plain "Bank 5 CSIRT <csirt@bank5.example>" \
    csirt@example.org "Re: advisory" "<dkim@bank5.example>" <<-EOT
	affected
	EOT
} >"$WORLD/dkim.eml"
noroshi receive --from csirt@bank5.example "$WORLD/dkim.eml" >/dev/null
once
is "DKIM alone is an unproven ack, counted apart" "0 1" \
    "$(sums '\(.affected) \(.unproven)')"
ok "no member's copy or answer names another" sh -c \
    "! grep -l 'Delivered-To: csirt@bank1' '$G'/outbox/new/* | xargs grep -h 'bank[2345]'"
is "the list shows both revisions" "1 1-r2" "$(noroshi advisory list --json |
    jq -r 'map(.name) | join(" ")')"
ok "and show gives the text" sh -c \
    "noroshi advisory show 1 | grep -q 'Look for /check.php as well'"
ok "status says it in a table" sh -c \
    "noroshi advisory status 1 | grep -q 'sent.*csirt@bank1.example.*not-affected'"

# --- the end -------------------------------------------------------------------
is "an AMBER one waits for a second person" 2 "$(echo held | noroshi advisory send \
    --community banks --tlp AMBER --subject "More" 2>/dev/null)"
once
n=$(copies)
is "and is held for all" "5 held" "$(noroshi advisory status 2 --json |
    jq -r '"\(.sums.held) \(.state)"')"
noroshi advisory cancel 2 --as "Hanako Handler" >/dev/null 2>&1
is "a handler cancels nothing" 77 $?
is "the PoC stops all that has not left" "5 0 null" "$(noroshi advisory cancel 2 --json |
    jq -r '"\(.stopped) \(.too_late) \(.notice)"')"
once
is "nobody who got nothing is told" "$n" "$(copies)"
is "it is cancelled" "cancelled 5" "$(noroshi advisory status 2 --json |
    jq -r '"\(.state) \(.sums.cancelled)"')"
ok "cancelling the first" noroshi advisory cancel 1
once
is "tells those who got it" "$((n + 5))" "$(copies)"
opened csirt@bank1.example >"$TEST_TMP/plain"
ok "under its number" grep -q 'Advisory EX-A1 is cancelled' "$TEST_TMP/plain"
ok "in its thread" grep -qxF "In-Reply-To: $first" "$TEST_TMP/plain"
ok "without a word of it" not grep -q 'verify.php\|check.php\|A kit' "$TEST_TMP/plain"
echo x | noroshi advisory revise 1 >/dev/null 2>&1
is "and there is no revision of it any more" 65 $?
number=$(echo "too early" | noroshi advisory send --community banks --tlp GREEN --subject S)
noroshi advisory cancel "$number" >/dev/null
n=$(copies)
once
is "one that is cancelled before it was judged never leaves" "$n" "$(copies)"

# --- clear-signed --------------------------------------------------------------
ok "a clear-signed one" sh -c "echo 'For everybody.' | noroshi advisory send \
    --community banks --tlp CLEAR --subject Public --clearsign"
once
opened csirt@bank1.example | sed -n '/^-----BEGIN PGP SIGNED/,/^-----END PGP SIG/p' >"$TEST_TMP/signed"
ok "is verified wherever it is put" sh -c \
    "GNUPGHOME='$WORLD/nobody' gpg --status-fd 1 --verify '$TEST_TMP/signed' | grep -q GOODSIG"
echo x | noroshi advisory send --community banks --tlp GREEN --subject S --clearsign >/dev/null 2>&1
is "anything but CLEAR is not clear-signed" 65 $?

# --- what is refused, with its reason to the author ----------------------------
n=$(copies)
# poc SUBJECT MESSAGE-ID: the PoC's mail to the community's address
poc() {
	PROTECT=1 OUTER=... mail_encrypted taro@example.org csirt@example.org \
	    "$TARO" banks@example.org "$1" "$2"
}
deliver() { noroshi receive --from "${FROM-taro@example.org}" --to banks@example.org "$@" >/dev/null; once; }
refused() { # refused SENTENCE WORDS [WHO]: nothing left, author told
	is "$1 does not leave" "$n" "$(copies)"
	ok "and its author is told why" told "${3-taro@example.org}" "$2"
}
before=$(events command.refused)
printf 'TLP:AMBER\n\nbody\n' | poc "TLP:GREEN two labels" "<two@x.example>" | deliver
refused "a mail with two labels" "bears two labels"
printf 'body\n' | poc "none" "<none@x.example>" | deliver
refused "a mail without a label" "has no label"
is "both are on record" "$((before + 2))" "$(events command.refused)"
printf 'TLP:RED\n\nbody\n' | poc "TLP:RED above" "<red@x.example>" | deliver
refused "a mail above the community's ceiling" "refuse ("
PROTECT=1 OUTER=... mail_encrypted hanako@example.org csirt@example.org \
    "Hanako Handler <hanako@example.org>" banks@example.org "TLP:GREEN not mine" \
    "<handler@x.example>" <<-EOT | FROM=hanako@example.org deliver
	TLP:GREEN

	body
	EOT
refused "a handler's mail" "banks: refuse (poc-signature)" hanako@example.org
is "by the rule that asks for the PoC" 5 "$(noroshi audit log --message "$(last_out)" --json |
    jq '[.[] | select(.event == "recipient.decided" and .detail.rule == "poc-signature")] | length')"
# a signature over the first part alone
printf 'TLP:GREEN\n\nsigned words\n' | PROTECT=1 mail_signed taro@example.org "$TARO" \
    banks@example.org "TLP:GREEN part" "<part@x.example>" >"$WORLD/part.eml"
{ sed '/^$/q' "$WORLD/part.eml" | grep -v -i '^content-type\|^ protocol\|^MIME\|^$'
  printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="outer"\n\n--outer\n'
  sed -n '/^Content-Type: multipart\/signed/,$p' "$WORLD/part.eml"
  printf '\n--outer\nContent-Type: text/plain\n\nwords that nobody signed\n\n--outer--\n'
} >"$WORLD/partly.eml"
before=$(events command.refused)
deliver "$WORLD/partly.eml"
refused "what is signed in part" "not signed over all of it"
is "which is on record" "$((before + 1))" "$(events command.refused)"
# again
printf 'TLP:GREEN\n\nonce\n' | poc "TLP:GREEN once" "<once@x.example>" >"$WORLD/once.eml"
deliver "$WORLD/once.eml"
is "a good one leaves, by mail" "$((n + 5))" "$(copies)"
n=$(copies)
sed 's/^Return-Path:.*/X-Replay: 1/' "$WORLD/once.eml" >"$WORLD/again.eml"
deliver "$WORLD/again.eml"
refused "the same one again" "came before"
# the command line
echo "TLP:AMBER" >"$TEST_TMP/amber.txt"
echo text | noroshi advisory send --community banks --tlp GREEN --subject S \
    --attach "$TEST_TMP/amber.txt" >/dev/null 2>"$TEST_TMP/err"
is "a text that is marked higher is refused" 77 $?
ok "by its rule" grep -q label-conflict "$TEST_TMP/err"
csaf() { # csaf LABEL
	printf '{"document":{"category":"csaf_base","csaf_version":"2.0","title":"t",'
	printf '"distribution":{"tlp":{"label":"%s"}}}}\n' "$1"
}
csaf RED >"$TEST_TMP/red.json"
csaf WHITE >"$TEST_TMP/white.json"
csaf GREEN >"$TEST_TMP/green.json"
# learns WORDS: by a notice, or at once where the command could tell
learns() {
	grep -Eq 'refuse: (label-conflict|attachment-)' "$TEST_TMP/err" ||
	    told taro@example.org "$1"
}
for colour in red white; do
	echo text | noroshi advisory send --community banks --tlp GREEN \
	    --subject "with $colour" --attach "$TEST_TMP/$colour.json" >/dev/null 2>"$TEST_TMP/err"
	once
	is "a $colour CSAF document under GREEN does not leave" "$n" "$(copies)"
	ok "and its author learns why" learns "the attachment $colour.json is marked"
	is "and it is refused" refused "$(field "$(last_out)" .state)"
done
printf '<?xml version="1.0"?>\n<IODEF-Document version="2.00" xmlns="%s"><Incident purpose="reporting" restriction="private"/></IODEF-Document>\n' \
    urn:ietf:params:xml:ns:iodef-2.0 >"$TEST_TMP/report.xml"
echo text | noroshi advisory send --community banks --tlp GREEN \
    --subject "with a report" --attach "$TEST_TMP/report.xml" >/dev/null 2>"$TEST_TMP/err"
once
is "a private IODEF report under GREEN does not leave" "$n" "$(copies)"
ok "and its author learns why, too" learns "the attachment report.xml is marked"
ok "a CSAF document that agrees" sh -c "echo text | noroshi advisory send --community banks \
    --tlp GREEN --subject fine --attach '$TEST_TMP/green.json'"
once
is "leaves" "$((n + 5))" "$(copies)"
noroshi community add empty --max-label AMBER --address empty@example.org \
    >/dev/null
before=$(events advisory.refused)
echo x | noroshi advisory send --community empty --tlp GREEN --subject S \
    >/dev/null 2>"$TEST_TMP/err"
is "an empty community gets nothing" 65 $?
ok "which is said" grep -q 'has no members' "$TEST_TMP/err"
is "and on record" "$((before + 1))" "$(events advisory.refused)"
n=$(copies)
PROTECT=1 OUTER=... mail_encrypted taro@example.org csirt@example.org "$TARO" \
    empty@example.org "TLP:GREEN to nobody" "<nobody@x.example>" <<-EOT >"$WORLD/nobody.eml"
	TLP:GREEN

	body
	EOT
noroshi receive --from taro@example.org --to empty@example.org "$WORLD/nobody.eml" >/dev/null
once
once
refused "mail to an empty community" "has no members"
is "which is on record, too" 1 "$(events message.failed)"
# a key that expired yesterday
world_home late@bank.example
world_gpg late@bank.example --faked-system-time "$(date -u -d '3 days ago' +%Y%m%dT%H%M%S)" \
    --passphrase '' --quick-generate-key "Late <late@bank.example>" rsa2048 default 2d
world_gpg late@bank.example --armor --export >"$WORLD/late@bank.example.asc"
noroshi contact add Late --address late@bank.example --class partner --verified met \
    --key "$WORLD/late@bank.example.asc" >/dev/null
noroshi community join banks late@bank.example
n=$(copies)
printf 'TLP:GREEN\n\nlate\n' | poc "TLP:GREEN late" "<late@x.example>" | deliver
is "a key that expired yesterday holds that member's copy" "5 1" \
    "$(noroshi advisory status "$(noroshi advisory list --json | jq 'last | .number')" --json |
	jq -r '"\(.sums.sent) \(.sums.held)"')"
ok "its author is told whose" told taro@example.org "late@bank.example"
is "nothing left for them" 0 "$(grep -l '^Delivered-To: late@' "$G"/outbox/new/* | wc -l)"
ok "the audit chain verifies" noroshi audit verify
tap_end
