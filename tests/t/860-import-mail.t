#!/bin/sh
# An archive moves in: cases come of it, in the order of its dates, and nothing
# leaves; what is answered later finds them.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
# what live mail sets off, all of it
cat >>"$NOROSHI_CONF" <<-EOT
	service_levels = ( { priority = "normal"; answer = 60; update = 60; close = 60; } );
EOT
sed -i '/^page: {$/,/^};/d' "$NOROSHI_CONF"
printf 'page: { command = ("/bin/true"); on = ("unseen", "normal"); };\n' >>"$NOROSHI_CONF"
TEAM="Example CSIRT <csirt@example.org>" FAY="Fay Finder <fay@finder.example>"
KEN="Ken Deputy <ken@example.org>"
world_key "Fay Finder" fay@finder.example

from_line() { printf 'From %s Mon Mar  4 10:00:00 2019\n' "$1"; }
filed() { from_line x@y.example && sed 's/^\(>*From \)/>\1/' && echo; }
cases() { noroshi case list --json; }
case_of() {
	noroshi message list --json |
	    jq -r --arg m "$1" '.[] | select(.message_id == $m) | .case'
}
show() {
	noroshi message show "$(noroshi message list --json | jq -r --arg m "$1" \
	    '.[] | select(.message_id == $m) | .id')" --json
}
events() { noroshi audit log --json | jq --arg e "$1" '[.[] | select(.event == $e)] | length'; }

# --- a queue of RT's, in mboxrd, its last mail first ---------------------------

{
	echo "And one more, without the tag's thread." |
	    DATE="Fri, 08 Mar 2019 10:00:00 +0000" mail_plain "$FAY" "$TEAM" \
		"Phish again [example.org #4711]" "<a5@finder.example>" | filed
	printf 'From the desk:\n>From the floor:\nFrom a@b Mon Mar  4 10:00:00 2019\n' |
	    DATE="Mon, 04 Mar 2019 10:00:00 +0000" \
	    EXTRA="Content-Length: 99999
Autocrypt: addr=fay@finder.example; keydata=$(world_gpg fay@finder.example --export | base64 -w0)" \
		mail_plain "$FAY" "$TEAM" Phish "<a1@finder.example>" \
		>"$WORLD/a1"
	filed <"$WORLD/a1"
	echo "We have your report." | DATE="Mon, 04 Mar 2019 10:01:00 +0000" \
	    EXTRA="In-Reply-To: <a1@finder.example>
Auto-Submitted: auto-replied" mail_plain "$TEAM" "$FAY" \
		"[example.org #4711] AutoReply: Phish" "<a2@rt.example.org>" | filed
	echo "It is gone." | DATE="Tue, 05 Mar 2019 10:00:00 +0000" \
	    EXTRA="In-Reply-To: <a1@finder.example>" mail_plain "$KEN" "$FAY" \
		"[example.org #4711] Phish" "<a3@rt.example.org>" | filed
	echo "Thank you." | DATE="Wed, 06 Mar 2019 10:00:00 +0000" \
	    EXTRA="In-Reply-To: <a3@rt.example.org>" mail_plain "$FAY" "$TEAM" \
		"Re: [example.org #4711] Phish" "<a4@finder.example>" | filed
	# what would be obeyed if it came by itself
	printf 'Case: new\nPriority: high\n\nDo it.\n' |
	    DATE="Thu, 07 Mar 2019 10:00:00 +0000" PROTECT=1 OUTER=... \
		mail_encrypted ken@example.org csirt@example.org "$KEN" "$TEAM" \
		orders "<o1@staff.example>" | filed
	# out of its place: the team writes first
	echo "Your server scans us." | DATE="Fri, 01 Jun 2018 10:00:00 +0900" \
	    mail_plain "$TEAM" "Ann <ann@host.example>" \
		"[example.org #4000] Scans" "<b1@rt.example.org>" | filed
} >"$WORLD/queue.mbox"

# --- and two Maildirs, one in the other ----------------------------------------

mkdir -p "$WORLD/mail/cur" "$WORLD/mail/new" "$WORLD/mail/tmp" \
    "$WORLD/mail/.Sub.Deep/cur" "$WORLD/mail/.Sub.Deep/new" \
    "$WORLD/mail/old/box/cur"
echo "We stopped it." | DATE="Sat, 02 Jun 2018 10:00:00 +0900" \
    EXTRA="In-Reply-To: <b1@rt.example.org>" mail_plain \
	"Ann <ann@host.example>" "$TEAM" "AW: Scans" "<b2@host.example>" \
	>"$WORLD/mail/cur/1:2,S"
echo "No date, but a trace." | mail_plain "Bob <bob@x.example>" "$TEAM" hello \
    "<c1@x.example>" | sed 's/^Date:.*/Received: from x by y; Sun, 3 Jun 2018 10:00:00 +0900/' \
    >"$WORLD/mail/.Sub.Deep/new/2"
mail_small 9 >"$WORLD/mail/old/box/cur/3"
touch -d 2018-06-04T10:00:00Z "$WORLD/mail/old/box/cur/3"
cp "$WORLD/mail/cur/1:2,S" "$WORLD/mail/new/again"
mail_small 8 >"$WORLD/mail/tmp/not-whole"
ln -s "$WORLD/a1" "$WORLD/mail/cur/link"

ok "an archive is taken in" sh -c \
    "noroshi import mail '$WORLD/queue.mbox' '$WORLD/mail' >'$TEST_TMP/said'"
is "all of it but what is there twice" "10 taken in, 1 known before" \
    "$(cat "$TEST_TMP/said")"
is "what waits is no old mail that nobody took in" \
    "noroshi_oldest_unprocessed_age_seconds 0 noroshi_last_received_timestamp_seconds 0" \
    "$(noroshi metrics | grep -E '^noroshi_(oldest_unproc|last_rec)' | sort -r | tr '\n' ' ' | sed 's/ $//')"
ok "noroshid makes cases of it" once
is "in the order of its dates" "<b1@rt.example.org> <b2@host.example> <c1@x.example> <9@example.net> <a1@finder.example> <a2@rt.example.org> <a3@rt.example.org> <a4@finder.example> <o1@staff.example> <a5@finder.example>" \
    "$(noroshi message list --json | jq -r '[.[].message_id] | join(" ")')"
is "all of it is processed" "processed" \
    "$(noroshi message list --json | jq -r '[.[].state] | unique | join(" ")')"
is "as of when it was sent" "2018-06-01T01:00:00Z import:queue.mbox" \
    "$(show "<b1@rt.example.org>" | jq -r '.received_at + " " + .source')"
is "or else of when it came" "2018-06-03T01:00:00Z" \
    "$(show "<c1@x.example>" | jq -r .received_at)"
is "or of its file" "2018-06-04T10:00:00Z" \
    "$(show "<9@example.net>" | jq -r .received_at)"
is "nothing leaves" "0 0" \
    "$(noroshi queue list --json | jq length) $(ls "$G/outbox/new" "$G/outbox/cur" | grep -c '^[0-9]')"
noroshi message raw "$(show "<a1@finder.example>" | jq .id)" >"$TEST_TMP/raw"
ok "a message is what it was before it was quoted" cmp "$WORLD/a1" "$TEST_TMP/raw"
P=$(case_of "<a1@finder.example>")
is "a case has the number of its year" "EX-2019-0001 EX-2018-0001" \
    "$P $(case_of "<b1@rt.example.org>")"
is "a thread is one case" "$P $P $P $P" \
    "$(for m in a2@rt.example.org a3@rt.example.org a4@finder.example \
	a5@finder.example; do case_of "<$m>"; done | tr '\n' ' ' | sed 's/ $//')"
is "who answers what the team wrote is in that case" EX-2018-0001 \
    "$(case_of "<b2@host.example>")"
is "all cases are closed, and owe nothing" "closed false" \
    "$(cases | jq -r '[.[] | "\(.state) \(.owed // false)"] | unique | join(" ")')"
is "since their last mail" "2019-03-04T10:00:00Z 2019-03-08T10:00:00Z" \
    "$(noroshi case show "$P" --json | jq -r '.opened_at + " " + .closed_at')"
is "the team's own mail makes nobody of it a participant" "fay@finder.example" \
    "$(noroshi case show "$P" --json | jq -r '[.participants[].address] | join(" ")')"
is "whom the team wrote to takes part" "ann@host.example" \
    "$(noroshi case show EX-2018-0001 --json | jq -r '[.participants[].address] | join(" ")')"
is "no command of it is obeyed" "0 0" \
    "$(events command.obeyed) $(events command.refused)"
is "its case has no priority that it ordered" normal \
    "$(noroshi case show "$(case_of "<o1@staff.example>")" --json | jq -r .priority)"
is "no key of it is taken" 0 \
    "$(noroshi key list --json | jq '[.[] | select(.user_ids[]? | test("fay@"))] | length')"
is "each is recorded" 10 "$(events message.imported)"
if command -v sqlite3 >/dev/null; then
	rows() { sqlite3 "$G/noroshi.db" "SELECT count(*) FROM $1"; }
	is "none of it waits for anybody" "0 0 0" \
	    "$(rows duty) $(rows "alarm WHERE kind <> 'terms'") $(rows page)"
else
	skip "none of it waits for anybody" "no sqlite3"
fi
is "a search finds it" "<b2@host.example> EX-2018-0001" \
    "$(noroshi search from:ann@host.example --json | jq -r '.[] | "\(.message_id) \(.case)"')"
is "by its own date" "<c1@x.example>" \
    "$(noroshi search date:2018-06-03 --json | jq -r '.[].message_id')"
is "statistics count it in its own month" "2 1" \
    "$(noroshi report stats --from 2019-03-01 --to 2019-03-31 --json | jq -r '"\(.incidents) \(.months | length)"')"
is "and in none other" 0 "$(noroshi report stats --from 2019-04-01 --to 2020-12-31 --json | jq .incidents)"
ok "who has seen it can be asked" sh -c "
	noroshi message seen $(show "<a1@finder.example>" | jq .id) --json | jq -e '.delivered == []'"

# --- once more, and what comes by itself ---------------------------------------

ok "a second time nothing is new" sh -c \
    "noroshi import mail '$WORLD/queue.mbox' '$WORLD/mail' | grep -q '^0 taken in, 11 known'"
is "what is later is left out" "2 taken in, 0 known before, 1 later" "$(
	for d in 2017 2018 2020; do
		echo "In $d." | DATE="Mon, 04 Mar $d 10:00:00 +0000" \
		    mail_plain "Yin <yin@x.example>" "$TEAM" "$d" \
		    "<$d@x.example>" | filed | world_crlf
	done >"$WORLD/crlf.mbox"
	noroshi import mail --before 2019-01-01 "$WORLD/crlf.mbox")"
{
	echo "Please take it down." | DATE="Sat, 09 Mar 2019 10:00:00 +0000" \
	    EXTRA="In-Reply-To: <a1@finder.example>" mail_plain "$TEAM" \
		"Bob <bob@hoster.example>" "[example.org #4711] Phish" \
		"<a6@rt.example.org>" | filed
	echo "Done." | DATE="Sun, 10 Mar 2019 10:00:00 +0000" mail_plain \
	    "Bob <bob@hoster.example>" "$TEAM" "[example.org #4711] done" \
	    "<a7@hoster.example>" | filed
	echo "I saw it, too." | DATE="Mon, 11 Mar 2019 10:00:00 +0000" \
	    EXTRA="References: <a1@finder.example>" mail_plain \
		"Sue <sue@x.example>" "$TEAM" "Re: Phish" "<a8@x.example>" | filed
} >"$WORLD/more.mbox"
ok "more of the archive comes" sh -c "noroshi import mail '$WORLD/more.mbox' &&
	noroshid -c '$NOROSHI_CONF' --once"
is "whom the team wrote to later answers with the number alone" "$P" \
    "$(case_of "<a7@hoster.example>")"
is "who answers mail of an archive is no stranger" "$P" \
    "$(case_of "<a8@x.example>")"
ok "a file that is no mbox is refused" exits 65 noroshi import mail "$WORLD/a1"
ok "and a folder without mail" exits 65 noroshi import mail "$G/gnupg"
ok "and one that is not there" exits 66 noroshi import mail "$WORLD/none"
echo "It is back." | mail_plain "$FAY" "$TEAM" "[example.org #4711] again" \
    "<n1@finder.example>" | noroshi receive --from fay@finder.example >/dev/null
echo "Let me in." | mail_plain "Eve <eve@x.example>" "$TEAM" \
    "[example.org #4711] again" "<n2@x.example>" |
    noroshi receive --from eve@x.example >/dev/null
echo "And now?" | EXTRA="References: <a3@rt.example.org>" mail_plain "$FAY" \
    "$TEAM" "Re: something" "<n3@finder.example>" |
    noroshi receive --from fay@finder.example >/dev/null
echo "Your server scans us." | mail_plain "Zoe <zoe@x.example>" "$TEAM" \
    "Phish" "<n4@x.example>" | noroshi receive --from zoe@x.example >/dev/null
ok "later mail comes" once
is "with the old number it joins the old case" "$P" "$(case_of "<n1@finder.example>")"
is "which is open again" open "$(noroshi case show "$P" --json | jq -r .state)"
is "so does an answer to the team's old mail" "$P" "$(case_of "<n3@finder.example>")"
is "whose case may have to do with the old one" "$P" \
    "$(noroshi case suggest "$(case_of "<n4@x.example>")" --json | jq -r '.[].case')"
if command -v sqlite3 >/dev/null; then
	is "what comes by itself waits: the import had only been silent" "true true" \
	    "$([ "$(rows duty)" -gt 0 ] && echo true) $([ "$(rows "alarm WHERE kind = 'service'")" -gt 0 ] && echo true)"
else
	skip "what comes by itself waits" "no sqlite3"
fi
ok "a stranger with the old number does not" \
    [ "$P" != "$(case_of "<n2@x.example>")" ]
ok "the team has copies of it" sh -c "noroshi queue list --json | jq -e 'length > 0'"

# --- a live mail does not wait for an archive ----------------------------------

n=1
while [ $n -le 60 ]; do
	mail_small "m$n" | filed
	n=$((n + 1))
done >"$WORLD/many.mbox"
noroshi import mail "$WORLD/many.mbox" >/dev/null
echo "Now." | mail_plain "$FAY" "$TEAM" "New phish" "<live@finder.example>" |
    noroshi receive --from fay@finder.example >/dev/null
once
ok "live mail is looked at before an archive that came first" sh -c "
	noroshi audit log --json | jq -e --argjson live $(show "<live@finder.example>" | jq .id) '
	    [.[] | select(.event == \"case.opened\")] | .[-61:] |
	    map(.message) | index(\$live) < 4'"

# --- killed at any step ---------------------------------------------------------

shim=$builddir/.libs/crashshim.so
cp -a "$G" "$TEST_TMP/fresh"
n=1
while [ $n -le 8 ]; do
	mail_small "k$n" | filed
	n=$((n + 1))
done >"$WORLD/kill.mbox"
wrong=
at=1
while :; do
	rm -rf "$G" && cp -a "$TEST_TMP/fresh" "$G"
	rm -f "$TEST_TMP/armed" && touch "$TEST_TMP/armed"
	LD_PRELOAD=$shim CRASH_AT=$at CRASH_ONCE=$TEST_TMP/armed \
	    noroshi import mail "$WORLD/kill.mbox" >/dev/null 2>&1
	[ ! -e "$TEST_TMP/armed" ] || break
	noroshi import mail "$WORLD/kill.mbox" >/dev/null || wrong="$wrong $at"
	[ "$(noroshi message list --json |
	    jq '[.[] | select(.source == "import:kill.mbox")] | length')" = 8 ] ||
		wrong="$wrong $at"
	at=$((at + 7))
done
ok "it was killed at many a step" [ "$at" -gt 30 ]
is "and each message is there once, whichever that was" "" "$wrong"
# and while noroshid files it
n=1
while [ $n -le 120 ]; do
	mail_small "d$n" | filed
	n=$((n + 1))
done >"$WORLD/daemon.mbox"
noroshi import mail "$WORLD/daemon.mbox" >/dev/null
printf 'attempts = 100;\n' >>"$NOROSHI_CONF"
for after in 0.3 0.5 0.4; do
	# the shell would say on its standard error that it was killed
	{ timeout -s KILL "$after" noroshid -c "$NOROSHI_CONF" --once; } >/dev/null 2>&1
	no_process_left >/dev/null 2>&1
done
ok "filed after noroshid was killed three times" once
is "each mail of it is one case" "120 120" \
    "$(noroshi message list --json | jq -r '[.[] | select(.source == "import:daemon.mbox" and .state == "processed")] | "\(length) \([.[].case] | unique | length)"')"
ok "the audit chain verifies" noroshi audit verify
tap_end
