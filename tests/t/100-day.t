#!/bin/sh
# A CSIRT's day, by mail alone: what each message is judged to be, and what
# each reader's own gpg says of the copy.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway is made" gateway_new
gateway_silent
ok "staff get contacts and keys" gateway_staff
ok "so do the people outside" day_people
world_know "$WORLD/team.asc"

for name in $day_names; do
	day_mail "$name" >"$WORLD/$name.eml"
	if [ "$name" = report-encrypted ]; then
		noroshi receive --from rika@client.example --to "$TEAM" \
		    "$WORLD/$name.eml" >/dev/null
	else
		world_drop "$G/inbox" <"$WORLD/$name.eml"
	fi
done
ok "noroshid --once ends well" once
ok "nothing of it is left running" no_process_left
is "the inbox is empty then" "" "$(ls "$G/inbox/new")"
is "nothing waits in the spool" "" "$(ls "$G/spool/new"; ls "$G/spool/out")"

noroshi message list --json >"$TEST_TMP/list"
is "every message is there once" 15 "$(jq length "$TEST_TMP/list")"

# id name: the message's number; too-deep was never parsed, so by its state
id() {
	if [ "$1" = too-deep ]; then
		jq -r '.[] | select(.state == "quarantined") | .id' "$TEST_TMP/list"
	else
		jq -r --arg id "$(day_id "$1")" \
		    '.[] | select(.message_id == $id) | .id' "$TEST_TMP/list"
	fi
}

judged() { # judged name encryption "signatures" class evidence kind label
	got=$(field "$(id "$1")" '[.encryption, ([.signatures[] |
	    "\(.status)/\(.covers)"] | join(",")), .sender.class,
	    .sender.evidence, .classification.kind, .tlp.effective] |
	    join(" ")')
	is "$1: $(day_what "$1")" "$2 $3 $4 $5 $6 $7" "$got"
}
judged report-encrypted whole good/whole constituent signature report AMBER
judged report-japanese none "" public none report AMBER
judged vulnerability-signed none good/whole vendor signature vulnerability AMBER
judged report-inline whole good/whole constituent signature report AMBER
judged reply-hidden-subject whole good/whole constituent signature reply AMBER
judged coordinator-amber whole good/whole coordinator signature advisory AMBER
judged coordinator-red whole good/whole coordinator signature report RED
judged coordinator-forged none good/whole public none report AMBER
judged tampered failed "" public address report AMBER
judged not-for-us failed "" public address report AMBER
judged auto-reply none "" public address auto-reply AMBER
judged bounce none "" public none bounce AMBER
judged advisory-clearsigned none good/whole coordinator signature advisory GREEN
judged reply-plain none "" public none reply AMBER

is "the signer's fingerprint is the primary key's" \
    "$(world_fpr rika@client.example)" \
    "$(field "$(id report-encrypted)" '.signatures[0].fingerprint')"
is "a forged coordinator has no name" null \
    "$(field "$(id coordinator-forged)" .sender.contact)"
is "its signer is named as who they are" 7 \
    "$(field "$(id coordinator-forged)" '.signatures[0].contact')"
has_warning() { field "$(id "$1")" '.warnings[]' | grep -qx "$2"; }
ok "and it is an alarm" has_warning coordinator-forged signer-not-sender
ok "a forged CLEAR opens no door" has_warning coordinator-forged tlp-unproven
ok "a changed ciphertext is named as such" has_warning tampered tampered
ok "mail for somebody else is named as such" has_warning not-for-us not-for-us
is "what failed to decrypt shows no text" "" \
    "$(field "$(id tampered)" .text | tr -d '\n')"
is "the hidden subject is the one that is shown" \
    "Re: Phishing site imitating our bank" \
    "$(field "$(id reply-hidden-subject)" .subject)"
is "ISO-2022-JP is read" "ポートスキャンの報告" \
    "$(field "$(id report-japanese)" .subject)"
ok "also in the body" sh -c "noroshi message text $(id report-japanese) |
    grep -q 当社のサーバ"

is "the hidden-subject reply joins the case of what it answers" \
    "$(field "$(id report-encrypted)" .case)" \
    "$(field "$(id reply-hidden-subject)" .case)"
is "and names the message" "$(id report-encrypted)" \
    "$(field "$(id reply-hidden-subject)" .in_reply_to_message)"
is "so does the plain one" "$(field "$(id report-japanese)" .case)" \
    "$(field "$(id reply-plain)" .case)"
ok "which is marked as untrusted" has_warning reply-plain untrusted
is "a bounce opens no case" null "$(field "$(id bounce)" .case)"
is "nor does an auto-reply" null "$(field "$(id auto-reply)" .case)"
is "a phishing report has its category" "phishing fraud:phishing" \
    "$(field "$(id report-encrypted)" '"\(.classification.category) \(.classification.rsit)"')"
is "a Japanese scan report has it too" scan \
    "$(field "$(id report-japanese)" .classification.category)"
ok "a rule says why" sh -c "noroshi rules explain $(id report-encrypted) |
    grep -q phishing"
is "a new case owes an answer and waits" "new true" \
    "$(noroshi case show "$(field "$(id report-encrypted)" .case)" --json |
	jq -r '"\(.state) \(.owed)"')"
is "1,000 levels end in quarantine, with the bytes kept" \
    "$(sha256sum <"$WORLD/too-deep.eml")" \
    "$(noroshi message raw "$(id too-deep)" | sha256sum)"
is "message raw gives back every byte" \
    "$(sha256sum <"$WORLD/report-encrypted.eml")" \
    "$(noroshi message raw "$(id report-encrypted)" | sha256sum)"

noroshi queue list --json >"$TEST_TMP/queue"
copies() {
	jq -r --argjson m "$(id "$1")" '[.[] | select(.message == $m and
	    .state == "sent") | .recipient] | sort | join(" ")' "$TEST_TMP/queue"
}
is "an AMBER report goes to all three" \
    "hanako@example.org ken@example.org taro@example.org" \
    "$(copies report-encrypted)"
is "RED goes to the PoC and the deputy alone" \
    "ken@example.org taro@example.org" "$(copies coordinator-red)"
is "the team is told of the quarantine" \
    "hanako@example.org ken@example.org taro@example.org" "$(copies too-deep)"
is "every copy names the key it was sealed to" 0 \
    "$(jq '[.[] | select(.encrypted_to == null)] | length' "$TEST_TMP/queue")"
is "and the key is that person's" "$(world_fpr ken@example.org)" \
    "$(jq -r '[.[] | select(.recipient == "ken@example.org") |
	.encrypted_to] | unique | join(" ")' "$TEST_TMP/queue")"
is "each copy left once" "$(jq length "$TEST_TMP/queue")" \
    "$(ls "$G/outbox/new" | wc -l)"

# Every copy, with its recipient's own gpg.
bad=0 labelled=0 leaked=0 foreign=0
for file in "$G"/outbox/new/*; do
	who=$(sed -n 's/^Delivered-To: //p' "$file")
	world_read "$who" "$file" >"$TEST_TMP/plain" || bad=$((bad + 1))
	for word in 'GOODSIG .* Example CSIRT' DECRYPTION_OKAY GOODMDC; do
		grep -q "$word" "$WORLD/status" || bad=$((bad + 1))
	done
	[ "$(world_recipients "$file" | wc -l)" -eq 1 ] || foreign=$((foreign + 1))
	grep -q 'hp="cipher"' "$TEST_TMP/plain" && labelled=$((labelled + 1))
	grep -Eq 'hishing site|our bank|203\.0\.113|Client Ltd|early warning' "$file" &&
	    leaked=$((leaked + 1))
done
is "each copy opens with its reader's key and the team's signature" 0 "$bad"
is "each names one key, and no other member's" 0 "$foreign"
is "each protects its header" "$(ls "$G/outbox/new" | wc -l)" "$labelled"
is "no copy shows a word of it outside" 0 "$leaked"
others=0
for file in "$G"/outbox/new/*; do
	who=$(sed -n 's/^Delivered-To: //p' "$file")
	for other in taro@example.org hanako@example.org ken@example.org; do
		[ "$other" = "$who" ] && continue
		world_read "$other" "$file" >"$TEST_TMP/plain" 2>&1
		grep -q DECRYPTION_OKAY "$WORLD/status" && others=$((others + 1))
	done
done
is "nobody else can open it" 0 "$others"

plaintext_kept() {
	noroshi message list --json >/dev/null
	grep -rlE 'imitating our bank|login\.client-bank|192\.0\.2\.99|among the victims' \
	    "$G" | grep .
}
ok "no file of the gateway holds a word of them in clear" not plaintext_kept
ok "the audit chain verifies" noroshi audit verify
is "a second run finds nothing to do" "$(jq length "$TEST_TMP/queue")" \
    "$(once; noroshi queue list --json | jq length)"

# The same bytes again are the same message.
is "the same bytes again are one message" "$(id report-encrypted) true" \
    "$(noroshi receive --json --to abuse@example.org \
	"$WORLD/report-encrypted.eml" | jq -r '.[] | "\(.id) \(.duplicate)"')"
once
is "and cause no second copy" "$(jq length "$TEST_TMP/queue")" \
    "$(noroshi queue list --json | jq length)"
tap_end
