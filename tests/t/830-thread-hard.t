#!/bin/sh
# Mails as strangers' programs write them: which belong together, and which only
# say so.
. "$top_srcdir/tests/lib/gateway.sh"

# mail NAME FROM TO SUBJECT ID [FIELD...]: into $TEST_TMP/in, in that order
n=0
mail() {
	n=$((n + 1))
	file=$TEST_TMP/in/$(printf '%03d' $n).$1
	{
		printf 'From: %s\nTo: %s\nSubject: %s\n' "$2" "$3" "$4"
		printf 'Date: Sun, 22 Nov 2026 01:02:%02d +0000\n' $n
		[ -z "$5" ] || printf 'Message-ID: %s\n' "$5"
		shift 5
		for line; do printf '%s\n' "$line"; done
		printf '\nMail %s.\n' $n
	} >"$file"
}

# case_of NAME: its case; message_of NAME: its number
message_of() {
	sha=$(sha256sum <"$(ls "$TEST_TMP"/in/*."$1")" | cut -d' ' -f1)
	jq -r ".[] | select(.sha256 == \"$sha\") | .id" "$TEST_TMP/list"
}
case_of() { field "$(message_of "$1")" .case; }

same() { # same "sentence" NAME NAME
	is "$1" "$(case_of "$2")" "$(case_of "$3")"
}

apart() { # apart "sentence" NAME NAME
	ok "$1" test "$(case_of "$2")" != "$(case_of "$3")"
}

US=csirt@example.org
mkdir "$TEST_TMP/in"
ok "a gateway" gateway_new
gateway_silent
ok "and its readers" gateway_staff

# a report to two, and the other one answers all; a stranger knows the id
mail report rika@client.example "$US, abuse@hoster.example" "A site" "<1@c>"
mail hoster abuse@hoster.example "rika@client.example, $US" "AW: A site" \
    "<1@h>" "In-Reply-To: <1@c>"
mail stranger mal@evil.example "$US" "Re: A site" "<1@e>" "References: <1@c>"
# a list, without ids of the first mail
mail list1 ann@a.example talk@list.example "Re: [talk] Bug" "<2@a>" \
    "References: <gone@z>"
mail list2 bob@b.example talk@list.example "Re: Bug" "<2@b>" \
    "In-Reply-To: Ann's message of Monday <gone@z>"
mail list3 cid@c.example talk@list.example "Re: Bug" "<3@b>" \
    "References: <gone@z> <2@a>" " <2@b>"
# one constant id in all mail of a machine
mail const1 monitor@m.example "$US" "Disk full on a" "<c1@m>" \
    "References: <constant@m>"
mail const2 monitor@m.example "$US" "Power lost on b" "<c2@m>" \
    "References: <constant@m>"
# hidden subjects
mail hidden1 hid@h.example "$US" "..." "<4@h>"
mail hidden2 hid@h.example "$US" "Re: ..." "<5@h>" "References: <4@h>"
mail hidden3 hid@h.example "$US" "..." "<6@h>"
# Outlook without references, and ids without brackets
mail outlook1 otto@o.example "$US" "Rechnung" "<7@o>" \
    "Thread-Index: AdzKb5k0mVt9C0vJTr2vJ7zD3c1Q8Q=="
mail outlook2 otto@o.example "$US" "AW: Rechnung" "<8@o>" \
    "Thread-Index: AdzKb5k0mVt9C0vJTr2vJ7zD3c1Q8QAAy7d2" \
    "Thread-Topic: Rechnung"
mail bare1 bo@b.example "$US" "Bare" "bare.1@b"
mail bare2 bo@b.example "$US" "Re: Bare" "bare.2@b" "In-Reply-To: bare.1@b"
# the same mail by two ways, another with its id, and a parent that is late
mail twin1 tim@t.example "$US" "Twice" "<9@t>"
mail twin2 tim@t.example "$US" "[talk] Twice" "<9@t>" "X-List: talk"
mail thief mal@evil.example "$US" "Twice" "<9@t>"
mail child lea@l.example "$US" "Re: Late" "<11@l>" "References: <10@l>"
mail parent lea@l.example "$US" "Late" "<10@l>"
# nothing to go by
mail none1 nan@n.example "$US" "First question" ""
mail none2 nan@n.example "$US" "Another question" ""
mail garbage nan@n.example "$US" "Garbage" "<12@n>" \
    "References: <<>> <@> <<1@c <$(printf 'x%.0s' 1 2 3 4 5)" \
    "In-Reply-To: <>"
# a ticket of theirs, a tag of ours that anybody can guess
mail ticket1 desk@d.example "$US" "[RT #4711] a host" "<13@d>"
mail ticket2 desk@d.example "$US" "[RT #4711] more" "<14@d>"
mail ticket3 other@x.example "$US" "[RT #4711] mine" "<15@x>"
mail tagged mal@evil.example "$US" "Re: [EX-$(date -u +%Y)-0001] hello" "<16@e>"

for file in "$TEST_TMP"/in/*; do
	noroshi receive "$file" >/dev/null || echo "refused $file"
	# one after the other, as they came
done
ok "all of it is taken in" once
noroshi message list --json >"$TEST_TMP/list"
is "every mail is processed" "$n processed" \
    "$(jq -r '[.[].state] | group_by(.) | .[] | "\(length) \(.[0])"' \
	"$TEST_TMP/list")"

same "who was written to answers in the case" report hoster
is "as untrusted" true "$(field "$(message_of hoster)" .untrusted)"
is "and takes no part in it" "rika@client.example" \
    "$(noroshi case show "$(case_of report)" --json |
	jq -r '[.participants[].address] | join(" ")')"
apart "a stranger who knows a Message-ID does not" report stranger
is "and the team is warned" true \
    "$(field "$(message_of stranger)" \
	'.warnings | index("case-named-by-stranger") != null')"
same "answers to a mail that never came are together" list1 list2
same "and so is who answers them" list1 list3
is "an answer has its nearest parent" "$(message_of list2)" \
    "$(field "$(message_of list3)" .in_reply_to_message)"
apart "a machine's constant id joins nothing" const1 const2
same "a hidden subject is answered by its id" hidden1 hidden2
apart "and by nothing else" hidden1 hidden3
same "Outlook's conversation is one" outlook1 outlook2
same "ids without brackets are ids" bare1 bare2
same "a second copy is in the case of the first" twin1 twin2
is "and says that it is one" true \
    "$(field "$(message_of twin2)" \
	'.warnings | index("duplicate-message-id") != null')"
apart "who takes somebody's Message-ID gets nothing" twin1 thief
same "a parent that comes late is in its answer's case" child parent
is "and is answered" "$(message_of parent)" \
    "$(field "$(message_of child)" .in_reply_to_message)"
apart "what refers to nothing is apart" none1 none2
apart "garbage refers to nothing" report garbage
same "a ticket of theirs is one case" ticket1 ticket2
apart "and nobody else's" ticket1 ticket3
apart "a tag that was guessed opens nothing" report tagged
is "its named case has a note" true \
    "$(noroshi case show 1 --json | jq "[.notes[].text] |
	any(contains(\"Message $(message_of tagged) names this case\"))")"
ok "the audit chain verifies" noroshi audit verify

# a real list, whose people nobody here knows: its threads are our cases
list=${NOROSHI_CORPUS-}/notmuch-default
if [ -f "$list/threads.tsv" ]; then
	ok "another gateway" gateway_new
	gateway_silent
	sed 1d "$list/threads.tsv" >"$TEST_TMP/threads"
	while IFS='	' read -r file thread; do
		printf '%s %s\n' \
		    "$(sha256sum <"$list/$file" | cut -d' ' -f1)" "$thread"
		noroshi receive "$list/$file" >/dev/null
	done <"$TEST_TMP/threads" >"$TEST_TMP/expected"
	ok "takes the list in" once
	noroshi message list --json | jq -r '.[] | "\(.sha256) \(.case)"' |
	    sort >"$TEST_TMP/got"
	sort "$TEST_TMP/expected" | join - "$TEST_TMP/got" >"$TEST_TMP/both"
	for by in 2,3 3,2; do
		is "no thread is in two cases, no case has two threads ($by)" \
		    "" "$(awk -v a="${by%,*}" -v b="${by#*,}" \
			'seen[$a] == "" { seen[$a] = $b }
			seen[$a] != $b { print $a, $b }' "$TEST_TMP/both")"
	done
	is "and each mail is in one" "$(wc -l <"$TEST_TMP/threads")" \
	    "$(wc -l <"$TEST_TMP/both")"
else
	skip "a real list's threads" "NOROSHI_CORPUS names no folder"
fi
tap_end
