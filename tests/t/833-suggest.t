#!/bin/sh
# What cases have in common is said, and nothing more.
. "$top_srcdir/tests/lib/gateway.sh"

US=csirt@example.org
ok "a gateway" gateway_new
gateway_silent
gateway_staff
printf 'delivers = 1;\n' >>"$NOROSHI_CONF"

# mail FROM SUBJECT ID <text
mail() {
	mail_plain "$1" "$US" "$2" "$3" >"$TEST_TMP/mail"
	noroshi receive "$TEST_TMP/mail" >/dev/null
}
# file FROM SUBJECT ID: a mail with one attached file
file() {
	{
		printf 'From: %s\nTo: %s\nSubject: %s\nMessage-ID: %s\n' \
		    "$1" "$US" "$2" "$3"
		printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed;'
		printf ' boundary=b\n\n--b\n\nSee the file.\n--b\n'
		printf 'Content-Type: application/octet-stream; name=tool.exe\n'
		printf 'Content-Disposition: attachment; filename=tool.exe\n\n'
		printf 'the same bytes\n--b--\n'
	} >"$TEST_TMP/mail"
	noroshi receive "$TEST_TMP/mail" >/dev/null
}
echo "A site at hxxp://login.evil-bank[.]com/ and 203.0.113.7, mail a@mailer.com." |
    mail rika@client.example "Fake bank" "<1@c>"
echo "203.0.113.7 scans us, writes a@mailer.com." |
    mail bob@hoster.example "Scans" "<2@h>"
file eva@else.example "A strange tool" "<3@e>"
file fin@finder.example "Found this" "<4@f>"
echo "Our ticket." | mail desk@d.example "[RT #4711] a host" "<5@d>"
echo "Not yours." | mail desk@x.example "[RT #4711] a thing" "<6@x>"
echo "不正アクセスを確認しました。" |
    mail taro@j.example "社内サーバへの不正アクセスについて" "<7@j>"
echo "別の件です。" |
    mail jiro@k.example "学内サーバへの不正アクセス報告" "<8@k>"
echo "Nothing." | mail nan@n.example "Unrelated" "<9@n>"
for n in $(seq 1 25); do
	echo "They write from a@mailer.com." |
	    mail p$n@p$n.example "Question$n of$n" "<p$n@p>"
done
echo "One." | EXTRA="In-Reply-To: <lost@q>" mail ann@a.example "Re: One" "<t1@a>"
echo "Two." | EXTRA="In-Reply-To: <lost@q>" mail ben@b.example "Re: Two" "<t2@b>"
for n in $(seq 1 22); do
	echo "Beep." | EXTRA="References: <machine@m>" \
	    mail m$n@m$n.example "Alert$n of$n" "<m$n@m>"
done
ok "reports" once
HANAKO="Hanako Handler <hanako@example.org>"
printf 'Case: new\n\nAs JPCERT tell.\n' | PROTECT=1 OUTER=... mail_encrypted \
    hanako@example.org "$US" "$HANAKO" "$US" "JPCERT#12345678 a host" "<s1@s>" |
    noroshi receive --from hanako@example.org --to "$US" >/dev/null
once
echo "They gave me a number." | mail ned@n.example "Mine is JPCERT#12345678" "<n@n>"
ok "one of the team and a stranger write the same number" once

# also ID: "case kind: reason" of its suggestions; by the case of message N
also() {
	noroshi case suggest "$(field "$1" .case)" --json |
	    jq -r '[.[] | "\(.messages | map(tostring) | join("+")) \(.kind)"] |
		join(" ")'
}
why() {
	noroshi case suggest "$(field "$1" .case)" --json | jq -r '.[].reason'
}
is "the same address is an indicator in common" "2 indicator" "$(also 1)"
is "which its reason names" "the same indicator: 203.0.113.7" "$(why 1)"
is "the other way round as well" "1 indicator" "$(also 2)"
is "what many have says nothing" "" "$(why 10 | grep mailer)"
is "the same file" "4 file" "$(also 3)"
is "by its name" "the same file: tool.exe" "$(why 3)"
is "the same ticket of a stranger's" "the same reference number: [rt #4711]" \
    "$(why 5)"
is "a number that somebody unproven wrote as well" "60 reference" \
    "$(noroshi case suggest "$(field 59 .case)" --json |
	jq -r '.[] | select(.kind == "reference") |
	    "\(.case | .[8:] | tonumber) \(.kind)"')"
is "Japanese subjects that are alike" "8 subject" "$(also 7)"
is "nothing in common" "" "$(also 9)"
is "two that answer a mail which never came are of one thread" \
    "36 thread: the same thread: message 36" "$(also 35): $(why 35)"
is "the other way round, too" "35 thread" "$(also 36)"
is "an id that many refer to is a machine's" "" "$(also 37 | grep thread)"
is "nothing was joined" 60 \
    "$(noroshi case list --json | jq 'length')"
ok "case show tells people" sh -c "noroshi case show '$(field 1 .case)' |
    grep -q '^See also *$(field 2 .case) the same indicator: 203.0.113.7'"
is "and programs" "indicator" \
    "$(noroshi case show "$(field 1 .case)" --json |
	jq -r '.suggestions[].kind')"
ok "no file holds an indicator" not grep -rlq "203\.0\.113\.7\|evil-bank" "$G"
noroshi case merge "$(field 1 .case)" "$(field 2 .case)" >/dev/null
is "one case with itself has nothing to say" "" "$(also 1)"
echo "TLP:RED 198.51.100.9 is the attacker." |
    mail rika@client.example "TLP:RED for you" "<r1@c>"
echo "198.51.100.9 seen." | mail bob@hoster.example "Seen" "<r2@h>"
ok "a RED mail" once
last=$(noroshi message list --json | jq '.[-1].id')
is "a reader of it is told" "198.51.100.9" \
    "$(why "$last" | sed 's/.*: //')"
noroshi contact set 1 --role handler >/dev/null
sqlite3 "$G/noroshi.db" "DELETE FROM reader WHERE contact = 1"
is "nobody else is" "" "$(why "$last")"
ok "the audit chain verifies" noroshi audit verify
tap_end
