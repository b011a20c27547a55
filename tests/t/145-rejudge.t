#!/bin/sh
# A key that comes late: what was judged without it is judged again, the change
# is recorded, and nothing that the mail asks for is done. And a signature that
# comes twice: it proves who, but not when, nor that they meant us.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway" gateway_new
ok "and its staff" gateway_staff
ok "and people outside" day_people
# A team key of former days, and one that will sign.
world_key "Example CSIRT" old@example.org
world_key "New Partner" new@new.example
NEW="New Partner <new@new.example>"
ok "a partner without a key" noroshi contact add "New Partner" \
    --address new@new.example --class partner
world_know "$WORLD/team.asc"
world_know "$WORLD/old@example.org.asc"
id() { printf '<%s@late.example>' "$1"; }
mails=$TEST_TMP/mails
mkdir "$mails"
put() { cat >"$mails/$1"; }
last() { noroshi audit log --json | jq -r "[.[] | select(.event == \"$1\")] | length"; }
of() { noroshi message list --json | jq -r --arg i "$(id "$1")" \
    ".[] | select(.message_id == \$i) | $2"; }
again() { noroshi audit log --json | jq -c "[.[] |
    select(.event == \"message.judged-again\" and .message == $1)] | last | .detail"; }

printf 'TLP:GREEN\n\nhello\n' | mail_signed new@new.example "$NEW" "$TEAM" \
    Signed "$(id signed)" | put signed
echo "hello" | mail_encrypted new@new.example "$TEAM" "$NEW" "$TEAM" \
    Sealed "$(id sealed)" | put sealed
printf 'TLP:RED\n\nPhishing site http://phish.example/ found.\n' |
    PROTECT=1 OUTER=... mail_encrypted - old@example.org "$RIKA" \
    "$TEAM" "Phishing of your bank" "$(id closed)" | put closed
echo "hello" | mail_encrypted - nobody-here@example.org "$RIKA" "$TEAM" x \
    "$(id x)" >/dev/null 2>&1 || :
# A command of Ken's, sealed to a key that the gateway does not have yet.
echo "First." | mail_plain "$RIKA" "$TEAM" Question "$(id question)" |
    put question
for name in signed sealed closed question; do
	noroshi receive "$mails/$name"
done >/dev/null
ok "noroshid --once ends well" once
is "signed: nobody is proven" "no-key address AMBER" "$(of signed \
    '"\(.signatures[0].status) \(.sender.evidence) \(.tlp.effective)"')"
is "closed: it stays closed" "failed ..." "$(of closed \
    '"\(.encryption) \(.subject)"')"
reply=$(for f in $(grep -l '^Delivered-To: ken@example.org' "$G"/outbox/new/*); do
	world_read ken@example.org "$f" 2>/dev/null | tr -d '\r' |
	    sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' >"$TEST_TMP/flat"
	grep -q "^Message: $(of question .id)\$" "$TEST_TMP/flat" &&
	    sed -n 's/.*: \(csirt+r[^ ]*\)$/\1/p' "$TEST_TMP/flat"
done | head -n 1)
ok "the team's copy names where to answer" test -n "$reply"
printf 'To our questioner.\n' >"$TEST_TMP/answer"
PROTECT=1 mail_encrypted ken@example.org old@example.org \
    "Ken <ken@example.org>" "$reply" "Re: Question" \
    "$(id command)" <"$TEST_TMP/answer" | put command
noroshi receive "$mails/command" >/dev/null
ok "and again" once
is "command: it stays closed" failed "$(of command .encryption)"
answers=$(noroshi message list --json | jq '[.[] | select(.direction == "out")] | length')
acks=$(noroshi queue list --json | jq '[.[] | select(.recipient == "rika@client.example")] | length')
copies() { noroshi queue list --json | jq "[.[] | select(.message == $1)] | length"; }
before_signed=$(copies "$(of signed .id)")
before_closed=$(copies "$(of closed .id)")

# --- the signer's key --------------------------------------------------------
ok "the signer's key is imported" noroshi key import "$WORLD/new@new.example.asc"
ok "--once judges again" once
for name in signed sealed; do
	is "$name: the signature is good, and still nobody's" \
	    "good null address" "$(of $name \
	    '"\(.signatures[0].status) \(.signatures[0].contact) \(.sender.evidence)"')"
done
is "signed: the record says what it was and is" "no-key good" \
    "$(again "$(of signed .id)" | jq -r '"\(.before.signatures[0].status) \(.after.signatures[0].status)"')"
ok "it is bound to the contact" noroshi contact set new@new.example \
    --key "$(world_fpr new@new.example)" --verified met
ok "--once judges again" once
is "signed: proven" "good/whole partner signature GREEN" "$(of signed \
    '"\(.signatures[0].status)/\(.signatures[0].covers) \(.sender.class) \(.sender.evidence) \(.tlp.effective)"')"
is "sealed: too" "partner signature" "$(of sealed \
    '"\(.sender.class) \(.sender.evidence)"')"
is "signed: its case has a note of it" 2 "$(noroshi case show \
    "$(of signed .case)" --json | jq '[.notes[] | select(.text | test("judged again"))] | length')"
is "signed: the team gets no second copy" "$before_signed" \
    "$(copies "$(of signed .id)")"
count=$(last message.judged-again)
ok "the same key once more" noroshi key import "$WORLD/new@new.example.asc"
ok "--once" once
is "changes nothing" "$count" "$(last message.judged-again)"

# --- a secret key ----------------------------------------------------------------
world_gpg old@example.org --armor --export-secret-keys >"$TEST_TMP/old.sec"
ok "the old team key is imported" noroshi key import "$TEST_TMP/old.sec"
ok "--once opens what was closed" once
is "closed: whole, with its own subject" "whole Phishing of your bank RED" \
    "$(of closed '"\(.encryption) \(.subject) \(.tlp.effective)"')"
is "closed: classified" phishing "$(of closed .classification.category)"
is "closed: its case has that title" "Phishing of your bank" \
    "$(noroshi case show "$(of closed .case)" --json | jq -r .title)"
is "closed: and that category" "phishing" \
    "$(noroshi case show "$(of closed .case)" --json | jq -r .category)"
ok "closed: the team has copies now" test "$(copies "$(of closed .id)")" \
    -gt "$before_closed"
ok "closed: the PoC can read theirs" grep -q 'phish.example\|phish\[' <<-EOT
	$(for f in "$G"/outbox/new/*; do world_read taro@example.org "$f" 2>/dev/null; done)
EOT
is "closed: nobody outside is answered again" "$acks" "$(noroshi queue list --json |
    jq '[.[] | select(.recipient == "rika@client.example")] | length')"
is "command: opened, and proven" "whole signature" "$(of command \
    '"\(.encryption) \(.sender.evidence)"')"
is "command: and not obeyed" "$answers 0" "$(noroshi message list --json |
    jq '[.[] | select(.direction == "out")] | length') $(last command.obeyed)"
count=$(last message.judged-again)
ok "the secret key once more" noroshi key import "$TEST_TMP/old.sec"
ok "--once" once
is "changes nothing" "$count" "$(last message.judged-again)"

# --- the same signature again -------------------------------------------------------
printf 'TLP:GREEN\n\nAlert.\n' | PROTECT=1 mail_signed desk@ncc.example "$DESK" \
    "$TEAM" Alert "$(id alert)" | put alert
{
	sed '/^$/q' "$mails/alert" | sed 's/^Subject: .*/Subject: Again/; s/<alert@/<twice@/'
	sed '1,/^$/d' "$mails/alert"
} | put twice
echo "For you." | mail_signed new@new.example "$NEW" "$TEAM" Bare \
    "$(id bare)" | put bare
{
	sed '/^$/q' "$mails/bare" | sed 's/^Subject: .*/Subject: [TLP:CLEAR]/; s/<bare@/<lower@/'
	sed '1,/^$/d' "$mails/bare"
} | put lower
echo "For them." | PROTECT=1 mail_signed desk@ncc.example "$DESK" \
    "Others <cert@other.example>" "For others" "$(id others)" | put others
echo "For a list and us." | PROTECT=1 mail_signed desk@ncc.example "$DESK" \
    "list@other.example, CSIRT+x <csirt+EX-2026-0001@example.org>" x \
    "$(id list)" | put list
echo "Old news." | mail_signed desk@ncc.example "$DESK" "$TEAM" Old \
    "$(id old)" | put old
for name in alert twice bare lower others list; do
	noroshi receive --from x@example.net "$mails/$name"
	once
done >/dev/null
has() { of "$1" ".warnings | index(\"$2\") != null"; }
is "alert: the first is fresh" "coordinator signature GREEN false" "$(of alert \
    '"\(.sender.class) \(.sender.evidence) \(.tlp.effective)"') $(has alert replayed)"
is "twice: the second is still the signer's, and told" \
    "coordinator signature GREEN true" "$(of twice \
    '"\(.sender.class) \(.sender.evidence) \(.tlp.effective)"') $(has twice replayed)"
is "twice: the record names the first" "$(of alert .id)" \
    "$(of twice .replay_of)"
is "lower: a label from outside does not widen it" "signature AMBER true" \
    "$(of lower '"\(.sender.evidence) \(.tlp.effective)"') $(has lower replayed)"
is "others: signed for somebody else" "signature true" \
    "$(of others .sender.evidence) $(has others not-addressed-to-us)"
is "list: one of us among others is us" "signature false" \
    "$(of list .sender.evidence) $(has list not-addressed-to-us)"
is "alert: is neither" "false false" \
    "$(has alert not-addressed-to-us) $(has alert stale)"

sleep 2
sed -i 's/#stale_after = .*/stale_after = 1;/' "$NOROSHI_CONF"
noroshi receive --from x@example.net "$mails/old" >/dev/null
ok "--once" once
is "old: an old signature is told" "signature true" \
    "$(of old .sender.evidence) $(has old stale)"
sed -i 's/^stale_after = .*/stale_after = 604800;/' "$NOROSHI_CONF"

# --- a command twice -----------------------------------------------------------------
PROTECT=1 mail_encrypted ken@example.org "$TEAM" "Ken <ken@example.org>" \
    "Team <$reply>" "Re: Question" "$(id obey)" <"$TEST_TMP/answer" | put obey
{
	sed '/^$/q' "$mails/obey" | sed 's/<obey@/<obey-twice@/'
	sed '1,/^$/d' "$mails/obey"
} | put obey-twice
noroshi receive "$mails/obey" >/dev/null
once
noroshi receive "$mails/obey-twice" >/dev/null
once
is "a command is obeyed once" "1 1" \
    "$(last command.obeyed) $(last command.replayed)"
is "obey-twice: and says so" true "$(has obey-twice replayed)"
ok "the audit chain verifies" noroshi audit verify
ok "no process is left" no_process_left
tap_end
