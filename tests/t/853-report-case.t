#!/bin/sh
# A case told to an audience: what they may have by label and gate, the label on
# it, what is missing, and nothing of a mail in the page's own language.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

tell() { noroshi report case "$@"; }
has() { grep -qF -- "$1" "$2"; }
lacks() { ! grep -qF -- "$1" "$2"; }
section() { awk -v h="## $1" '$0 == h { on = 1; next } /^## / { on = 0 } on && NF && !/^TLP:/' "$2"; }

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
sed -i 's/^#*recall = .*/recall = 0;/' "$NOROSHI_CONF"
world_know "$WORLD/team.asc"
mail_signed rika@client.example "Rika <rika@client.example>" "$TEAM" \
    "TLP:AMBER <script>alert(1)</script> PRIVATE-TITLE" "<one@client.example>" <<-'EOT' >"$WORLD/one.eml"
	A virus has encrypted our file server SECRET-HOST this morning at nine.
	Nobody knows yet which of the machines it came from, says SECRET-NAME.
	EOT
noroshi receive --from rika@client.example "$WORLD/one.eml" >/dev/null
once
C=$(field 1 .case)
is "the report is somebody else's AMBER" "AMBER label" "$(field 1 '"\(.tlp.effective) label"')"
tell "$C" >"$TEST_TMP/team"
is "its label is on top and below" "TLP:AMBER TLP:AMBER" \
    "$(sed -n '1p;$p' "$TEST_TMP/team" | paste -sd' ')"
is "what nobody wrote is missing" \
    "Summary,Damage,Cause,Actions,Prevention,First answer,Closed" \
    "$(section Missing "$TEST_TMP/team" | sed 's/^- //' | grep -v Category | paste -sd,)"
ok "the team reads who reported, and how" has "report, from constituent Rika Reporter" "$TEST_TMP/team"
ok "and the title" has "PRIVATE-TITLE" "$TEST_TMP/team"
noroshi case set "$C" --cause "a cause that case set has" --remedy "the remedy of it" >/dev/null
tell "$C" >"$TEST_TMP/team"
is "cause and remedy that were set are told" "a cause that case set has,the remedy of it" \
    "$(for part in Cause Actions; do section $part "$TEST_TMP/team"; done | sed 's/ *$//' | paste -sd,)"
noroshi case note "$C" "Actions: as a note has them" >/dev/null
tell "$C" >"$TEST_TMP/team"
is "below what a note says" "as a note has them" "$(section Actions "$TEST_TMP/team" | sed 's/ *$//')"
noroshi case note "$C" "Damage: one file server, 40 GB" >/dev/null
noroshi case note "$C" "原因：VPN without a patch" >/dev/null
noroshi case note "$C" "prevention:
Patches within a week.
Backups that are offline." >/dev/null
noroshi case note "$C" "INTERNAL gossip of ours" >/dev/null
noroshi case note "$C" "Damage: two file servers, 80 GB" >/dev/null
noroshi case note "$C" "summary: see http://evil.example/x and www.evil.example
- no list
1. no list
# no heading
a@b.example" >/dev/null
echo "We look into it." | noroshi send --case "$C" --to rika@client.example >/dev/null 2>&1
once
sleep 1
once
is "the answer left" sent "$(noroshi queue list --json | jq -r \
    '.[] | select(.recipient == "rika@client.example").state')"
noroshi case close "$C" --reason "done" >/dev/null 2>&1
is "a program reads it too" "TLP:AMBER two file servers, 80 GB|4|Rika Reporter" "$(tell "$C" --json |
    jq -r '"TLP:\(.tlp) \(.damage)|\([.reported_at, .opened_at, .answered_at, .closed_at] |
	map(select(. != null)) | length)|\(.events[0].who)"')"
ok "in one form" exits 64 tell "$C" --json --html
tell "$C" >"$TEST_TMP/team"
is "the newest note of a part counts" "two file servers, 80 GB" "$(section Damage "$TEST_TMP/team" | sed 's/ *$//')"
is "in Japanese, too" 'VPN without a patch' "$(section Cause "$TEST_TMP/team" | sed 's/ *$//')"
is "with its lines" 2 "$(section Prevention "$TEST_TMP/team" | wc -l)"
is "what is missing is what is" "" "$(section Missing "$TEST_TMP/team" |
    sed 's/^- //' | grep -v Category | paste -sd,)"
is "times: reported, opened, answered, closed" 4 "$(section "Date and time" "$TEST_TMP/team" | grep -c 20..-)"
is "Markdown makes no link, list or heading of what is written" \
    'see http\://evil.example/x and www\.evil.example|\- no list|1\. no list|\# no heading|a\@b.example' \
    "$(section Summary "$TEST_TMP/team" | sed -n 's/ *$//; 1,5p' | paste -sd'|')"
ok "it tells of our answer" has "answer of the team" "$TEST_TMP/team"
ok "other notes stay ours" lacks "INTERNAL" "$TEST_TMP/team"

# --- others ------------------------------------------------------------------------

ok "an audience is one we know" exits 64 tell "$C" --audience everybody
ok "what nobody labelled is not for the public" exits 77 tell "$C" --audience public
ok "nor for those who may have GREEN" exits 77 tell "$C" --audience GREEN
tell "$C" --audience constituent >"$TEST_TMP/constituent"
is "constituents get it under its label" TLP:AMBER "$(head -n 1 "$TEST_TMP/constituent")"
is "nor has a program who reported it, or that more is left out" "null false" \
    "$(tell "$C" --audience constituent --json | jq -r '"\(.events[0].who) \(has("withheld"))"')"
ok "without who reported it" lacks Rika "$TEST_TMP/constituent"
ok "but for what they are to us" has "report, from constituent" "$TEST_TMP/constituent"
noroshi case label "$C" CLEAR >/dev/null
tell "$C" --audience public >"$TEST_TMP/public"
is "what the PoC labelled CLEAR is for the public" TLP:CLEAR "$(head -n 1 "$TEST_TMP/public")"
ok "with what we say of it" has "two file servers" "$TEST_TMP/public"
ok "but without the AMBER report's title" lacks PRIVATE "$TEST_TMP/public"
ok "and without the report" lacks "from constituent" "$TEST_TMP/public"
ok "nobody learns that something is left out" lacks "ithheld" "$TEST_TMP/public"
is "whose time is not told either" 1 "$(grep -c 'Reported: none yet' "$TEST_TMP/public")"
noroshi case note "$C" "Cause: as they say,
> A virus has encrypted our file server SECRET-HOST this morning at nine.
> Nobody knows yet which of the machines it came from, says SECRET-NAME." >/dev/null
tell "$C" --audience public >"$TEST_TMP/public" 2>"$TEST_TMP/err"
ok "what quotes the AMBER report is left out" lacks SECRET "$TEST_TMP/public"
ok "and who makes the report is told" grep -q "left out.*Cause" "$TEST_TMP/err"
ok "the team has it" sh -c 'noroshi report case "$1" | grep -q SECRET' sh "$C"
is "a label is an audience: that label stands on it" TLP:AMBER "$(tell "$C" --audience AMBER | head -n 1)"
ok "with what bears it" sh -c 'noroshi report case "$1" --audience AMBER | grep -q PRIVATE' sh "$C"
is "GREEN has what is CLEAR" "TLP:GREEN 0" "$(tell "$C" --audience GREEN 2>/dev/null >"$TEST_TMP/green"
    echo "$(head -n 1 "$TEST_TMP/green") $(grep -c 'PRIVATE\|SECRET' "$TEST_TMP/green")")"
noroshi case embargo "$C" 2099-01-01 >/dev/null
ok "what is under embargo is not for the public" exits 77 tell "$C" --audience public
ok "nor for GREEN" exits 77 tell "$C" --audience GREEN
noroshi case embargo "$C" none >/dev/null

# --- HTML --------------------------------------------------------------------------

ok "HTML goes into a file" tell "$C" --html -o "$TEST_TMP/r.html"
ok "which is not overwritten" exits 65 tell "$C" --html -o "$TEST_TMP/r.html"
ok "a mail's subject is no markup" has '&lt;script&gt;alert(1)&lt;/script&gt;' "$TEST_TMP/r.html"
ok "and runs nothing" lacks '<script' "$TEST_TMP/r.html"
ok "the label is on it twice" test "$(grep -c 'class="tlp AMBER">TLP:AMBER<' "$TEST_TMP/r.html")" = 2
ok "Markdown escapes it" has '\<script\>alert(1)\</script\>' "$TEST_TMP/team"
ok "in Japanese" sh -c 'noroshi report case "$1" --lang ja | grep -q "^## 再発防止"' sh "$C"

# What the gateway tells the team in a case without mail is nobody's mail.
P=$(noroshi case new --title "A call about a leak" --from-phone --caller nobody)
noroshi case assign "$P" 2 >/dev/null
once
is "the team was told of a case without mail" own "$(noroshi message list --case "$P" --json | jq -r '.[].direction')"
tell "$P" >"$TEST_TMP/phone"
ok "which its report does not call a mail" lacks "public" "$TEST_TMP/phone"
ok "the case's page says whose it is" sh -c 'noroshi case show "$1" | grep -q "the gateway"' sh "$P"

# --- who, and RED --------------------------------------------------------------------

is "who made which report for whom is recorded" "public CLEAR" "$(noroshi audit log --case "$C" --json |
    jq -r '[.[] | select(.event == "case.reported" and .detail.audience == "public")][0] |
	"\(.detail.audience) \(.detail.label)"')"
ok "without a word of it" sh -c '! noroshi audit log --json | grep -q "PRIVATE\|SECRET\|file server"'
day_mail coordinator-red >"$WORLD/red.eml"
id=$(noroshi receive --from x@example.net "$WORLD/red.eml")
once
RED=$(field "$id" .case)
noroshi contact set 1 --role handler >/dev/null
day_mail coordinator-red | sed 's,^Message-I[Dd]: .*,Message-ID: <again@ncc.example>,' >"$WORLD/red2.eml"
id=$(noroshi receive --from x@example.net "$WORLD/red2.eml")
once
RED=$(noroshi message list --json | jq -r ".[] | select(.id == $id).case")
tell "$RED" >"$TEST_TMP/red"
is "who may not read RED learns that something is there" 1 "$(grep -c 'Withheld from you: [1-9]' "$TEST_TMP/red")"
ok "and nothing of it" lacks "TLP:RED" "$TEST_TMP/red"
noroshi contact set 1 --role observer >/dev/null
ok "who reads no mail of the team reports no case" exits 77 tell "$C"
tap_end
