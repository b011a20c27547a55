#!/bin/sh
# Who sent it: mail in somebody else's name, and each trick's honest twin. No
# trick gets the name, and no twin loses it or is warned of.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway" gateway_new
gateway_silent
ok "and people outside" day_people
world_know "$WORLD/team.asc"
sed -i -e 's/#authserv_ids = .*/authserv_ids = [ "mx.example.org" ];/' \
    -e 's/#trusted_hops = .*/trusted_hops = [ "mail.hop.example" ];/' \
    "$NOROSHI_CONF"
mails=$TEST_TMP/mails
mkdir "$mails"
: >"$TEST_TMP/expected"
EVE=mallory@finder.example
id() { printf '<%s@sender.example>' "$1"; }

# person "Name" class key-address address...: a contact whose key is that one
person() {
	name=$1 class=$2 key=$3
	shift 3
	[ -f "$WORLD/$key.asc" ] || world_key "$name" "$key" || return 1
	addresses=
	for address; do
		addresses="$addresses --address $address"
	done
	# shellcheck disable=SC2086
	noroshi contact add "$name" --class "$class" $addresses \
	    --key "$WORLD/$key.asc" --verified met
}
ok "a person with an internationalised domain" \
    person "Jan Smith" partner jan@key.example jan@müller.example
ok "one known by A-labels" \
    person "Pia Smith" partner pia@key.example pia@xn--mnchen-3ya.example
ok "one whose whole name is Cyrillic" \
    person "Anna" partner anna@key.example anna@почта.example
ok "one with addresses that the standard forbids" \
    person "Docomo User" partner docomo@key.example a..b@docomo.ne.jp \
    a.@docomo.ne.jp
ok "one with a Japanese name" \
    person "山田 太郎" partner yamada@b.example yamada@b.example
ok "one with a role mailbox" \
    person "NOC" partner noc@isp.example noc@isp.example duty+csirt@isp.example
ok "one who will be removed" \
    person "Gone Partner" partner gone@key.example gone@key.example
ok "one without a key" noroshi contact add "Nokey Finder" --class finder \
    --address nokey@nokey.example
ok "the one is removed" noroshi contact remove gone@key.example

# expect name address|- evidence word|-...
expect() {
	printf '%s\n' "$*" >>"$TEST_TMP/expected"
}
# write name signer|- From-text: the mail, with $EXTRA among its fields; a "~"
# in From-text is a line's end
write() {
	text="This is the text of $1."
	if [ "$2" = - ]; then
		echo "$text" | mail_plain "$3" "$TEAM" "$1" "$(id "$1")"
	else
		echo "$text" |
		    mail_signed "$2" "$3" "$TEAM" "$1" "$(id "$1")"
	fi | sed -e '/^From:/s/~/\n/g' >"$mails/$1"
}
# honest name signer|- From-text address evidence
honest() {
	write "$1" "$2" "$3"
	expect "$1" "$4" "$5" -
}
# trick name signer|- From-text address|- evidence word...
trick() {
	trick_name=$1
	write "$1" "$2" "$3"
	shift 3
	expect "$trick_name" "$@"
}

# --- the honest ones ---------------------------------------------------------
desk=desk@ncc.example
honest plain "$desk" "$desk" "$desk" signature
honest angle "$desk" "<$desk>" "$desk" signature
honest named "$desk" "$DESK" "$desk" signature
honest own-name "$desk" "$desk <$desk>" "$desk" signature
honest own-name-quoted "$desk" "\"'$desk'\" <$desk>" "$desk" signature
honest comma "$desk" "\"Desk, Coordination\" <$desk>" "$desk" signature
honest comma-bare "$desk" "Desk, Coordination <$desk>" "$desk" signature
honest comment "$desk" "$desk (Coordination Desk (night))" "$desk" signature
honest comments "$desk" "Desk(a \\) nice) <desk(its)@ncc.example(host)>" \
    "$desk" signature
honest case "$desk" "Desk <Desk@NCC.Example>" "$desk" signature
honest folded "$desk" "~ Coordination~	Desk~ <$desk>" "$desk" signature
honest japanese yamada@b.example \
    '=?ISO-2022-JP?B?GyRCOzNFRBsoQiAbJEJCQE86GyhC?= <yamada@b.example>' \
    yamada@b.example signature
honest japanese-raw yamada@b.example \
    "$(printf '\033$B;3ED\033(B') <yamada@b.example>" yamada@b.example signature
honest japanese-utf8 yamada@b.example '山田 太郎 <yamada@b.example>' \
    yamada@b.example signature
honest docomo docomo@key.example a..b@docomo.ne.jp a..b@docomo.ne.jp signature
honest docomo-dot docomo@key.example 'User <a.@docomo.ne.jp>' \
    a..b@docomo.ne.jp signature
honest docomo-quoted docomo@key.example '"a."@docomo.ne.jp' \
    a..b@docomo.ne.jp signature
honest u-label jan@key.example 'Jan <jan@müller.example>' \
    jan@müller.example signature
honest a-label jan@key.example 'Jan <jan@xn--mller-kva.example>' \
    jan@müller.example signature
honest known-a-label pia@key.example 'Pia <pia@münchen.example>' \
    pia@xn--mnchen-3ya.example signature
honest cyrillic anna@key.example 'Анна <anna@почта.example>' \
    anna@почта.example signature
honest detail noc@isp.example 'NOC <noc+ticket7@isp.example>' \
    noc@isp.example signature
honest detail-known noc@isp.example 'NOC <duty+csirt@isp.example>' \
    noc@isp.example signature
EXTRA="Sender: coordination-bounces@lists.example
List-Id: <coordination.lists.example>" honest list "$desk" "$DESK" "$desk" \
    signature
EXTRA="Sender: <DESK@ncc.example>" honest same-sender "$desk" "$DESK" "$desk" \
    signature
EXTRA="Reply-To: other@ncc.example" honest reply-to "$desk" "$DESK" "$desk" \
    signature
EXTRA="Cc: undisclosed-recipients:;" honest group-in-cc "$desk" "$DESK" \
    "$desk" signature
honest no-key - 'Nokey <nokey@nokey.example>' nokey@nokey.example address
honest no-key-signs else@other.example 'Nokey <nokey@nokey.example>' \
    nokey@nokey.example address
honest stranger - 'Some Body <some@body.test>' - none
honest stranger-signs else@other.example 'Else <else@other.example>' - none
honest colleague - 'National Coordination Centre <info@ncc.example>' - none
echo hello | PROTECT=1 OUTER=... mail_encrypted "$desk" "$TEAM" "$DESK" \
    "$TEAM" inner "$(id protected)" >"$mails/protected"
expect protected "$desk" signature -

# --- somebody else's name -------------------------------------------------------
# The signature is good, and Eve's own; the name is not.
trick contains "$EVE" "$DESK" - none signer-not-sender
trick other-key else@other.example "$DESK" - none signer-not-sender
trick replay "$desk" "Mallory <$EVE>" - none signer-not-sender
trick unknown-from "$desk" "X <x@unknown.test>" - none signer-not-sender
trick name-of "$EVE" "Coordination Desk <$EVE>" "$EVE" signature name-of-contact
trick name-of-turned "$EVE" "\"Desk, Coordination\" <$EVE>" "$EVE" signature \
    name-of-contact
trick name-of-organisation - "National Coordination Centre <a@b.test>" - none \
    name-of-contact
trick name-of-team - "Example CSIRT <a@b.test>" - none name-of-contact
trick quoted-name "$EVE" "\"$desk\" <$EVE>" "$EVE" signature \
    name-looks-like-address
trick quoted-both "$EVE" "\"Desk <$desk>\" <$EVE>" "$EVE" signature \
    name-looks-like-address
trick encoded-name "$EVE" "=?UTF-8?Q?desk=40ncc.example?= <$EVE>" "$EVE" \
    signature name-looks-like-address
trick wide-name "$EVE" "desk＠ncc.example <$EVE>" "$EVE" signature \
    name-looks-like-address
trick comment-address "$EVE" "$EVE ($desk)" "$EVE" signature \
    comment-shows-address
for signer in "$EVE" "$desk"; do
	s=${signer%%@*}
	trick bare-name-$s "$signer" "$desk <$EVE>" - none from-ambiguous
	trick bare-turned-$s "$signer" "$EVE <$desk>" - none from-ambiguous
	trick padded-$s "$signer" "$desk            . <$EVE>" - none \
	    from-ambiguous
	trick padded-turned-$s "$signer" "$EVE            . <$desk>" - none \
	    from-ambiguous
	trick two-$s "$signer" "Desk <$desk>, Eve <$EVE>" - none several-from
	trick two-turned-$s "$signer" "Eve <$EVE>, Desk <$desk>" - none \
	    several-from
	trick fields-$s "$signer" "$desk~From: $EVE" - none several-from
	trick fields-blank-$s "$signer" "$EVE~FROM : $desk" - none several-from
	trick quoted-local-$s "$signer" "\"$desk\"@finder.example" - none \
	    from-ambiguous
	trick route-$s "$signer" "<@ncc.example,@x.test:$EVE>" - none \
	    from-ambiguous
	trick two-angles-$s "$signer" "<$desk> <$EVE>" - none several-from
	trick unclosed-$s "$signer" "<$desk <$EVE>" - none from-ambiguous
	trick blank-line-$s "$signer" "$desk~ ~ <$EVE>" - none from-ambiguous
	trick nul-$s "$signer" "$desk@NUL@ <$EVE>" - none from-ambiguous
	trick return-$s "$signer" "$desk@CR@ <$EVE>" - none from-ambiguous
	trick tail-$s "$signer" "<$desk>$EVE" - none from-ambiguous
	trick encoded-$s "$signer" \
	    "=?utf-8?Q?Desk_=3Cdesk=40ncc.example=3E?=" - none encoded-address
	trick encoded-local-$s "$signer" \
	    "=?utf-8?Q?desk=40ncc.example=00?=@finder.example" - none \
	    encoded-address
	trick inside-comment-$s "$signer" "desk($EVE)@ncc.example" - none \
	    from-ambiguous
	trick in-group-$s "$signer" "Desk $desk: $EVE;" - none from-ambiguous
	trick empty-$s "$signer" "" - none no-from
	trick only-name-$s "$signer" "Coordination Desk" - none no-from
	trick empty-group-$s "$signer" "Desk:;" - none no-from
done
trick in-angle "$desk" "Desk <desk@ncc.example" "$desk" signature -
trick group "$desk" "Desk: $desk;" "$desk" signature from-group
EXTRA="Sender: $DESK" trick sender "$EVE" "Mallory <$EVE>" "$EVE" signature \
    sender-differs
EXTRA="Sender: $DESK" trick sender-plain - "X <x@unknown.test>" - none \
    sender-differs
EXTRA="Sender: Eve <$EVE>" trick sender-eve "$EVE" "$DESK" - none \
    signer-not-sender
EXTRA="Sender: $DESK
List-Id: <x.test>" trick sender-list "$EVE" "$DESK" - none signer-not-sender
EXTRA="Resent-From: $DESK
Resent-Date: Sun, 22 Nov 2026 00:00:00 +0000" trick resent "$EVE" \
    "Mallory <$EVE>" "$EVE" signature resent
trick gone gone@key.example "Gone <gone@key.example>" - none -
trick homograph - "Desk <dеsk@ncc.example>" - none lookalike-address
trick homograph-domain - "Rika <rika@сlient.example>" - none \
    lookalike-address,mixed-scripts
trick homograph-punycode - "Jan <jan@xn--mller-0ra.example>" - none -
trick homograph-signed else@other.example "Rika <rika@c1ient.example>" - none \
    lookalike-address
trick near-miss - "Rika <reports@cleint.example>" - none lookalike-domain
trick other-top - "PSIRT <psirt@vendor.test>" - none lookalike-domain
trick in-front - "PSIRT <psirt@vendor.example.evil.test>" - none \
    lookalike-domain
trick detail-elsewhere noc@isp.example "NOC <noc+x@client.example>" - none \
    signer-not-sender

# --- what the border says ---------------------------------------------------------
ours() { printf 'Authentication-Results: mx.example.org; %s\n' "$*"; }
hop='Received: from a.client.example by x.mail.hop.example; Sun, 22 Nov 2026 00:00:00 +0000'
unnamed='Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=client.example;
 dkim=pass (signature was verified) header.d=client.example;dmarc=pass action=none
 header.from=client.example;compauth=pass reason=100'
# border name evidence [From-text address|- word]: what is on standard input
# stands on top of a mail, of Rika's
border() {
	{
		cat
		echo hello | mail_plain "${3-$RIKA}" "$TEAM" "$1" "$(id "$1")"
	} >"$mails/$1"
	expect "$1" "${4-rika@client.example}" "$2" "${5--}"
}
ours 'dmarc=pass header.from=client.example' | border dmarc dkim
ours 'dkim=pass (2048-bit) header.d=client.example header.b=abc' |
    border dkim dkim
ours 'dmarc=none; dkim=pass header.d=mail.client.example' | border no-dmarc dkim
ours 'spf=pass smtp.mailfrom=client.example' | border spf address
ours 'dkim=fail (dmarc=pass header.from=client.example)' |
    border in-comment address
ours 'dmarc=pass header.from=finder.example' | border other-from address
ours 'dkim=pass header.d=finder.example' | border other-d address
# MAIL FROM:<=?us-ascii?Q?x=3B_dmarc=3Dpass?=@finder.example>
ours 'spf=pass smtp.mailfrom="=?us-ascii?Q?x=22=3B_dmarc=3Dpass_header.from=3Dclient.example=3B=22?=@finder.example"' |
    border encoded-result address
ours 'spf=pass smtp.mailfrom==?us-ascii?Q?x=3B_dkim=3Dpass_header.d=3Dclient.example?=@finder.example' |
    border encoded-bare address
printf 'Authentication-Results: mx.evil.test; dmarc=pass\n' |
    border other-border address
printf '%s\n%s\n' "$unnamed" "$hop" | border hop dkim
printf '%s\n' "$unnamed" | border hop-nobody address
printf '%s\n%s\n%s\n' "$hop" "$unnamed" "$hop" | border hop-forged address
ours 'dmarc=pass header.from=client.example' |
    border detail-dkim address 'Rika <rika+x@client.example>'
# The border read one From, we read two: nobody wrote it.
ours 'dmarc=pass' | border ambiguous none "$EVE <rika@client.example>" - \
    from-ambiguous
ours 'dmarc=pass' | border ambiguous-turned none "rika@client.example <$EVE>" - \
    from-ambiguous
ours 'dmarc=pass header.from=xn--mller-kva.example' |
    border dkim-u-label dkim 'Jan <jan@müller.example>' jan@müller.example

sed -i -e 's/@NUL@/\x00/' -e 's/@CR@/\r/' "$mails"/nul-* "$mails"/return-*
for file in "$mails"/*; do
	noroshi receive --from x@example.net "$file" || echo "$file" >&2
done >"$TEST_TMP/ids" 2>"$TEST_TMP/refused"
is "all are taken in" "" "$(cat "$TEST_TMP/refused")"
ok "noroshid --once ends well" once
noroshi message list --json >"$TEST_TMP/list"
is "all are processed" "processed" \
    "$(jq -r '[.[].state] | unique | .[]' "$TEST_TMP/list")"
jq -r '.[] | [.message_id, (.sender.contact // "-"), .sender.evidence,
    (.warnings | join(","))] | join(" ")' "$TEST_TMP/list" >"$TEST_TMP/got"

# A word about the sender is one about the others too.
about='signer-not-sender several-from no-from from-ambiguous encoded-address
from-group comment-shows-address name-looks-like-address name-of-contact
lookalike-address lookalike-domain mixed-scripts sender-differs resent
outer-from-differs'
while read -r name address evidence words; do
	contact=-
	[ "$address" = - ] ||
	    contact=$(noroshi contact show "$address" --json | jq -r .id)
	got=$(grep -F "$(id "$name") " "$TEST_TMP/got")
	is "$name: is by the right one, or nobody" "$contact $evidence" \
	    "$(echo "$got" | cut -d ' ' -f 2,3)"
	said=$(echo "$got" | cut -d ' ' -f 4 | tr , '\n')
	if [ "$words" = - ]; then
		found=
		for word in $about; do
			! echo "$said" | grep -qx -- "$word" ||
			    found="$found $word"
		done
		is "$name: nothing is odd about its sender" "" "$found"
	else
		for word in $(echo "$words" | tr ', ' '  '); do
			ok "$name: $word" sh -c \
			    "echo '$said' | grep -qx -- '$word'"
		done
	fi
done <"$TEST_TMP/expected"
is "near-miss: resembles the one it resembles" \
    "$(noroshi contact show rika@client.example --json | jq .id)" \
    "$(jq --arg i "$(id near-miss)" '.[] | select(.message_id == $i) |
	.sender.resembles' "$TEST_TMP/list")"
is "homograph-domain: its letters are shown for what they are" \
    "rika@xn--lient-0ye.example" "$(jq -r --arg i "$(id homograph-domain)" \
	'.[] | select(.message_id == $i) | .sender.ascii' "$TEST_TMP/list")"
n=$(jq --arg i "$(id homograph-domain)" '.[] | select(.message_id == $i) | .id' \
    "$TEST_TMP/list")
noroshi message show "$n" >"$TEST_TMP/shown"
ok "homograph-domain: also to people" \
    grep -q '^From .*(rika@xn--lient-0ye.example)$' "$TEST_TMP/shown"
ok "homograph-domain: with whom it resembles" \
    grep -q '^Resembles *Rika Reporter (contact' "$TEST_TMP/shown"
exits 65 noroshi contact add "Second Desk" --address second@ncc.example \
    --class coordinator --key "$WORLD/$desk.asc" --verified met >/dev/null
ok "a key is bound to one contact and no other" test $? = 0
tap_end
