#!/bin/sh
# The automatic acknowledgement: to whom, what it says, and when it is not.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"

# drop <mail; files_to address: the acknowledgements in the outbox for it
drop() { world_drop "$G/inbox"; }
files_to() {
	grep -l "^Delivered-To: $1\$" "$G"/outbox/new/* 2>/dev/null |
		xargs -r grep -l '^Auto-Submitted: auto-replied'
}
count_to() { files_to "$1" | grep -c .; }
# head_of file field: that field's value, on one line
head_of() {
	tr -d '\r' <"$1" | awk -v f="$2" '
		/^$/ { exit }
		/^[ \t]/ { if (on) printf "%s", $0; next }
		{ on = index(tolower($0), tolower(f) ":") == 1 }
		on { sub(/^[^:]*: */, ""); printf "%s", $0 }'
}
# text_of: quoted-printable or base64 of the text part on standard input
text_of() {
	tr -d '\r' | awk '/^Content-Transfer-Encoding: base64/ { b = 1 }
		b && /^$/ { on = !on; next } b && /^--/ { exit }
		b && on && /^[A-Za-z0-9+\/=]+$/ { print } ' | base64 -d
}
# words_of subject: RFC 2047 words in UTF-8 and base64, decoded
words_of() {
	printf '%s' "$1" | grep -o '=?[Uu][Tt][Ff]-8?B?[^?]*?=' |
		sed -e 's/^=?[^?]*?B?//' -e 's/?=$//' |
		while read -r w; do printf '%s' "$w" | base64 -d; done
}

# --- a Japanese report in clear, by somebody whom we do not know
day_report_japanese '<ja-1@nokey.example>' | drop
ok "a Japanese report is processed" once
is "and acknowledged once" 1 "$(count_to jiro@nokey.example)"
ack=$(files_to jiro@nokey.example)
is "from the null sender" "<>" "$(head_of "$ack" Return-Path)"
is "to its message" "<ja-1@nokey.example>" "$(head_of "$ack" In-Reply-To)"
is "to one person alone" "<jiro@nokey.example>" "$(head_of "$ack" To)"
subject=$(words_of "$(head_of "$ack" Subject)")
case_ja=$(field 1 .case)
ok "in Japanese, with the case's number" \
    test "$subject" = "Auto: [$case_ja] 受付のお知らせ"
text_of <"$ack" >"$TEST_TMP/ja"
ok "which stands in the text too" grep -q "受付番号: $case_ja" "$TEST_TMP/ja"
ok "and nothing of the report does" not grep -q '198.51.100.23\|ポート' \
    "$TEST_TMP/ja"
ok "it is signed, not encrypted" grep -q '^Content-Type: multipart/signed' "$ack"
ok "and carries a mark" grep -Eq '^X-Noroshi-Loop: [0-9a-f]{16}-[0-9a-f]{32}' \
    "$ack"
reply_to=$(head_of "$ack" Reply-To | grep -o 'csirt+s[0-9]*-[a-z2-7]*@example.org')
ok "an answer to it leads back into the case" test -n "$reply_to"

EXTRA="In-Reply-To: $(head_of "$ack" Message-ID)" \
    mail_plain "$JIRO" "$TEAM" "Re: more" '<ja-2@nokey.example>' <<EOT | drop
More of the same.
EOT
mail_plain "$JIRO" "$reply_to" "something else" '<ja-3@nokey.example>' \
    <<EOT | drop
To the address alone.
EOT
once
is "a mail to that address is in the case" "$case_ja" "$(field 3 .case)"
is "but no more trusted for it" true "$(field 3 .untrusted)"
is "a second mail is not acknowledged again" 1 \
    "$(count_to jiro@nokey.example)"
mail_plain "$JIRO" "$TEAM" "A new report" '<ja-4@nokey.example>' <<EOT | drop
Another phishing site.
EOT
once
is "nor a stranger's second case within seven days" 1 \
    "$(count_to jiro@nokey.example)"

# --- an encrypted report by a contact whose key we know
day_report_encrypted '<enc-1@client.example>' | drop
once
is "an encrypted report is acknowledged" 1 "$(count_to rika@client.example)"
ack=$(files_to rika@client.example)
is "under a subject that says nothing" "[...]" "$(head_of "$ack" Subject)"
ok "encrypted" grep -q '^-----BEGIN PGP MESSAGE-----' "$ack"
world_read rika@client.example "$ack" >"$TEST_TMP/rika" || :
ok "to the reporter, whose own gpg reads it" grep -q GOODSIG "$WORLD/status"
text_of <"$TEST_TMP/rika" >"$TEST_TMP/rika.txt"
ok "in the contact's language" grep -q 受付番号 "$TEST_TMP/rika.txt"
ok "with the number, and quoting nothing" sh -c \
    "grep -q '$(field 5 .case)' '$TEST_TMP/rika.txt' &&
	! grep -q '203.0.113.7\|login' '$TEST_TMP/rika.txt'"

# --- an encrypted report by somebody whose key we do not know
world_key "Nora New" nora@new.example
world_know "$WORLD/team.asc"
mail_encrypted - csirt@example.org "Nora New <nora@new.example>" "$TEAM" \
    "A secret finding" '<nora-1@new.example>' <<EOT | drop
The administrator's password is on the wall.
EOT
once
ack=$(files_to nora@new.example)
is "an encrypted report without a key is acknowledged" 1 \
    "$(count_to nora@new.example)"
ok "in clear, asking for the key" grep -q 'no usable OpenPGP key' "$ack"
ok "without its subject or text" not grep -qi 'secret\|password\|wall' "$ack"
ok "and shortly" test "$(wc -c <"$ack")" -lt 4096

# --- what is never answered
before=$(ls "$G/outbox/new" | xargs -I{} grep -l '^Auto-Submitted: auto-replied' \
    "$G/outbox/new/{}" | wc -l)
quiet() { # quiet NAME FROM EXTRA [TO]: a report with that field
	EXTRA=$3 mail_plain "$2" "${4:-$TEAM}" "Phishing report $1" \
	    "<quiet-$1@quiet.example>" <<-EOT | drop
	A phishing site: hxxp://203.0.113.9/
	EOT
}
quiet auto "A <a@quiet.example>" "Auto-Submitted: auto-generated"
quiet list "B <b@quiet.example>" "List-Id: <l.quiet.example>"
quiet bulk "C <c@quiet.example>" "Precedence: bulk"
quiet suppress "D <d@quiet.example>" "X-Auto-Response-Suppress: All"
quiet noreply "E <noreply@quiet.example>" "X-Nothing: x"
quiet request "F <list-request@quiet.example>" "X-Nothing: x"
quiet elsewhere "G <g@quiet.example>" "X-Nothing: x" "other@example.net"
quiet staff "Taro Operator <taro@example.org>" "X-Nothing: x"
day_bounce '<bounce-1@mx.example>' | drop
day_auto_reply '<away-1@vendor.example>' | drop
day_coordinator_forged '<forged-1@ncc.example>' | drop
quiet report "I <i@quiet.example>" "X-Nothing: x"
once
after=$(ls "$G/outbox/new" | xargs -I{} grep -l '^Auto-Submitted: auto-replied' \
    "$G/outbox/new/{}" | wc -l)
is "of a dozen that ask for silence and one report, only the report is" \
    "1 1" "$((after - before)) $(count_to i@quiet.example)"

echo "A phishing site was found." | mail_signed rika@client.example "$RIKA" \
    "$TEAM" "[Exercise] Phishing" '<exercise@client.example>' | drop
once
is "an exercise is not acknowledged to a contact either" 1 \
    "$(count_to rika@client.example)"
day_report_inline '<inline-1@client.example>' | drop
once
is "but their second report in a week is" 2 "$(count_to rika@client.example)"

# --- a machine that answers everything, with no header that says so
i=1
address=$TEAM
id=
while [ $i -le 5 ]; do
	EXTRA=${id:+In-Reply-To: $id} mail_plain "Robot <robot@loop.example>" \
	    "$address" "Re: we are away" "<robot-$i@loop.example>" <<-EOT | drop
	We are away. This is round $i.
	EOT
	once
	ack=$(files_to robot@loop.example | tail -n 1)
	[ -z "$ack" ] || {
		id=$(head_of "$ack" Message-ID)
		address=$(head_of "$ack" Reply-To |
			grep -o 'csirt+s[0-9]*-[a-z2-7]*@example.org')
	}
	i=$((i + 1))
done
is "two machines that answer each other come to an end" 1 \
    "$(count_to robot@loop.example)"
mark=$(head_of "$(files_to robot@loop.example)" X-Noroshi-Loop)
EXTRA="X-Noroshi-Loop: $mark" mail_plain "Echo <echo@loop.example>" "$TEAM" \
    "A report" '<echo-1@loop.example>' <<EOT | drop
What carries our own mark has been here.
EOT
once
is "and what carries our mark is not answered at all" 0 \
    "$(count_to echo@loop.example)"

# --- switched off
sed -i 's/#enabled = true/enabled = false/' "$NOROSHI_CONF"
mail_plain "Late <late@late.example>" "$TEAM" "A report" \
    '<late-1@late.example>' <<EOT | drop
A phishing site.
EOT
once
is "a team that switched it off acknowledges nothing" 0 \
    "$(count_to late@late.example)"
ok "the audit log is whole" noroshi audit verify
tap_end
