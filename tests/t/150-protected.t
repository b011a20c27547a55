#!/bin/sh
# Protected headers in each form that is sent, and each that is forged: RFC
# 9788, protected-headers="v1", and the copies for old mail programs.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway" gateway_new
gateway_silent
ok "and people outside" day_people
world_know "$WORLD/team.asc"
MALLORY="Mallory Finder <mallory@finder.example>"
mails=$TEST_TMP/mails
mkdir "$mails"
id() { printf '<%s@protected.example>' "$1"; }

# sealed name signer|- from outer-subject <entity: encrypted
sealed() {
	world_crlf >"$WORLD/sealed"
	if [ "$2" = - ]; then
		world_gpg nobody --armor -r "$TEAM" -o - -e "$WORLD/sealed"
	else
		world_gpg "$2" --armor -r "$TEAM" -o - -se "$WORLD/sealed"
	fi >"$WORLD/sealed.asc"
	{
		world_header "$3" "${TO:-$TEAM}" "$4" "$(id "$1")"
		world_frame "$WORLD/sealed.asc"
	} >"$mails/$1"
}
# around signer boundary <entity: a multipart/signed entity
around() {
	cat >"$WORLD/around"
	world_crlf <"$WORLD/around" | head -c -2 >"$WORLD/around.signed"
	printf 'Content-Type: multipart/signed; micalg=pgp-sha512;\n'
	printf ' protocol="application/pgp-signature"; boundary=%s\n\n' "$2"
	printf -- '--%s\n' "$2"
	cat "$WORLD/around"
	printf -- '--%s\nContent-Type: application/pgp-signature\n\n' "$2"
	world_gpg "$1" --armor --detach-sign --digest-algo SHA512 --output - \
	    "$WORLD/around.signed"
	printf -- '\n--%s--\n' "$2"
}
# signed name signer from outer-subject <entity
signed() {
	{
		world_header "$3" "${TO:-$TEAM}" "$4" "$(id "$1")"
		around "$2" s
	} >"$mails/$1"
}
# inner type-and-parameters from subject [more...]: header of a payload
inner() {
	printf 'Content-Type: %s\nFrom: %s\nTo: %s\nSubject: %s\n' \
	    "$1" "$2" "$TEAM" "$3"
	shift 3
	for more; do printf '%s\n' "$more"; done
}
H=rika@client.example
P="Subject: in
From: $RIKA"

# --- RFC 9788 ----------------------------------------------------------------
{ inner 'text/plain; hp="cipher"' "$RIKA" 'The inner' \
    'HP-Outer: Subject: [...]' "HP-Outer: From: $RIKA" \
    'Reply-To: Rika <rika@client.example>'
  printf '\nhello\n'; } | sealed cipher $H "$RIKA" '[...]'
{ inner 'text/plain; hp="clear"' "$DESK" 'The inner'
  printf '\nhello\n'; } | signed clear desk@ncc.example "$DESK" 'Changed'
{ inner 'text/plain; hp="cipher"; hp-legacy-display="1"' "$RIKA" 'The inner' \
    'HP-Outer: Subject: [...]'
  printf '\nSubject: The inner\nCc: Ann <ann@example.net>,\n\tBob <b@example.net>\n\nhello\n'
  } | sealed legacy $H "$RIKA" '[...]'
{ inner 'multipart/mixed; boundary=m; hp="cipher"' "$RIKA" 'The inner'
  cat <<EOT

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; hp-legacy-display="1"

Subject: The inner

hello
--a
Content-Type: text/html; hp-legacy-display="1"

<p>hello</p>
--a--
--m
Content-Type: text/plain; hp-legacy-display="1"

Subject: kept

second
--m
Content-Type: text/plain; name=note.txt; hp-legacy-display="1"
Content-Disposition: attachment; filename=note.txt

Subject: kept too

--m--
EOT
} | sealed legacy-parts $H "$RIKA" '[...]'
{ inner 'text/html; hp="cipher"; hp-legacy-display="1"' "$RIKA" 'The inner'
  cat <<'EOT'

<html><body><div class="x header-protection-legacy-display"><pre>Subject: The inner</pre><div>From</div></div><p>hello</p></body></html>
EOT
} | sealed legacy-html $H "$RIKA" '[...]'
{ inner 'text/plain; hp="cipher"; hp-legacy-display="1"' "$RIKA" 'The inner'
  printf '\nDo not pay before noon.\n\nhello\n'
  } | sealed legacy-other $H "$RIKA" '[...]'
{ inner 'text/plain; hp="clear"; hp-legacy-display="1"' "$DESK" 'The inner'
  printf '\nSubject: The inner\n\nhello\n'
  } | signed legacy-clear desk@ncc.example "$DESK" 'The inner'
{ inner 'text/html; hp="clear"; hp-legacy-display="1"' "$DESK" 'The inner'
  printf '\n<div class="header-protection-legacy-display">shown</div><p>hello</p>\n'
  } | signed legacy-html-clear desk@ncc.example "$DESK" 'The inner'
{ inner 'text/plain; hp="cipher"' "$DESK" 'The inner' 'HP-Outer: Subject: x'
  printf '\nhello\n'; } | signed cipher-in-clear desk@ncc.example "$DESK" 'Outer'
# encrypted around a signature (RFC 3156 section 6.1)
{ inner 'text/plain; hp="cipher"' "$RIKA" 'The inner'
  printf '\nhello\n'; } | around $H i >"$TEST_TMP/entity"
sealed layers - "$RIKA" '[...]' <"$TEST_TMP/entity"

# --- protected-headers="v1" ----------------------------------------------------
{ inner 'multipart/mixed; boundary=m; protected-headers="v1"' "$RIKA" 'The inner' \
    "Message-ID: $(id v1-mixed)"
  printf '\n--m\nContent-Type: text/plain; protected-headers="v1"\nContent-Disposition: inline\n\nSubject: The inner\n\n--m\nContent-Type: text/plain\n\nhello\n--m--\n'
  } | sealed v1-mixed $H "$RIKA" '...'
{ inner 'multipart/mixed; boundary=m; protected-headers="v1"' "$RIKA" 'The inner'
  printf '\n--m\nContent-Type: text/rfc822-headers; protected-headers="v1"\nContent-Disposition: inline\n\nSubject: The inner\nFrom: Rika <rika@client.example>\n\n--m\nContent-Type: text/plain\n\nhello\n--m--\n'
  } | sealed v1-headers $H "$RIKA" 'Encrypted Message'
{ inner 'multipart/mixed; boundary=m; protected-headers="v1"' "$RIKA" 'The inner'
  printf '\n--m\nContent-Type: text/plain; protected-headers="v1"\n\nSubject: The inner\nPay at once.\n\n--m\nContent-Type: text/plain\n\nhello\n--m--\n'
  } | sealed v1-not-a-copy $H "$RIKA" '...'
printf 'Content-Type: text/plain; protected-headers="v1"\nSubject: The inner\n\nhello\n' |
    sealed v1-subject $H "$RIKA" 'Encrypted Message'
printf 'Content-Type: text/plain; protected-headers="v1"\nSubject: The inner\n\nhello\n' |
    signed v1-signed desk@ncc.example "$DESK" 'Outer'

# --- not protected at all --------------------------------------------------------
printf 'Content-Type: text/plain\nSubject: Phony\nFrom: %s\n\nhello\n' "$DESK" |
    sealed no-word $H "$RIKA" 'Outer'
{
	printf 'Content-Type: multipart/mixed; boundary=m\n\n'
	printf -- '--m\nContent-Type: text/plain; protected-headers="v1"\nSubject: Phony\nFrom: %s\n\nhello\n--m--\n' "$DESK"
} | sealed misplaced $H "$RIKA" 'Outer'
{
	printf 'Content-Type: multipart/mixed; boundary=m\n\n'
	printf -- '--m\nContent-Type: text/plain\n\nhello\n'
	printf -- '--m\nContent-Type: text/plain; hp="cipher"; name=a.txt\nContent-Disposition: attachment\nSubject: Phony\nFrom: %s\n\nx\n--m--\n' "$DESK"
} | sealed attachment $H "$RIKA" 'Outer'
{
	printf 'Content-Type: multipart/mixed; boundary=m\n\n'
	printf -- '--m\nContent-Type: text/plain\n\nhello\n'
	printf -- '--m\nContent-Type: message/rfc822\n\nFrom: %s\nSubject: Phony\nContent-Type: text/plain; protected-headers="v1"\n\nx\n--m--\n' "$DESK"
} | sealed nested $H "$RIKA" 'Outer'
{
	world_header "$MALLORY" "$TEAM" Outer "$(id unsigned)"
	printf 'Content-Type: multipart/mixed; boundary=m; hp="clear"\n\n'
	printf -- '--m\n'
	inner 'text/plain; protected-headers="v1"' "$DESK" 'Phony'
	printf '\nhello\n--m--\n'
} >"$mails/unsigned"
{
	world_header "$MALLORY" "$TEAM" Outer "$(id beside)"
	printf 'Content-Type: multipart/mixed; boundary=m\n\n--m\n'
	{ inner 'text/plain; hp="clear"' "$DESK" 'Phony'
	  printf '\nhello\n'; } | around desk@ncc.example i
	printf -- '--m\nContent-Type: text/plain\n\nPay at once.\n--m--\n'
} >"$mails/beside"
sed -e 's/<clear@/<bad@/' -e 's/^hello$/hallo/' "$mails/clear" >"$mails/bad"
sed -e 's/<cipher@/<frame@/' -e 's/^\(Content-Type: application.octet-stream\).*/\1; protected-headers="v1"\nSubject: Phony/' \
    "$mails/cipher" >"$mails/frame"

# --- inside and outside differ -----------------------------------------------------
{ inner 'text/plain; hp="cipher"' "$RIKA" 'The inner'
  printf '\nhello\n'; } |
    EXTRA='Cc: eve@evil.example
Reply-To: eve@evil.example' sealed outer-added $H "$MALLORY" '[...]'
{ inner 'text/plain; hp="cipher"' "$RIKA" 'The inner' 'HP-Outer: X-Own: 1'
  printf '\nhello\n'; } |
    EXTRA="In-Reply-To: $(id cipher)" sealed outer-thread $H "$RIKA" '[...]'

for file in "$mails"/*; do
	noroshi receive --from x@example.net "$file" || echo "$file" >&2
done >"$TEST_TMP/ids" 2>"$TEST_TMP/refused"
is "all are taken in" "" "$(cat "$TEST_TMP/refused")"
ok "noroshid --once ends well" once
noroshi message list --json >"$TEST_TMP/list"
is "all are processed" "processed" \
    "$(jq -r '[.[].state] | unique | .[]' "$TEST_TMP/list")"
of() { jq -r --arg i "$(id "$1")" ".[] | select(.message_id == \$i) | $2" \
    "$TEST_TMP/list"; }
# reads name sentence from subject evidence
reads() {
	is "$1: $2" "$3 | $4 | $5" \
	    "$(of "$1" '"\(.from.address) | \(.subject) | \(.sender.evidence)"')"
}
text() { field "$(of "$1" .id)" .text | tr '\n' '~' | sed 's/~*$//'; }
RA=rika@client.example DA=desk@ncc.example MA=mallory@finder.example

reads cipher "hp=cipher" $RA 'The inner' signature
reads clear "hp=clear, signed alone" $DA 'The inner' signature
reads layers "a signature inside the encryption" $RA 'The inner' signature
for name in legacy legacy-html; do
	reads $name "with a copy for old programs" $RA 'The inner' signature
	is "$name: of which nothing is shown" hello "$(text $name)"
done
reads legacy-parts "copies in both alternatives" $RA 'The inner' signature
is "legacy-parts: they go in the main body alone" \
    "hello~~Subject: kept~~second" "$(text legacy-parts)"
is "legacy-parts: an attachment keeps all it has" 1 \
    "$(of legacy-parts '.attachments | length')"
is "legacy-other: what is no header line is not hidden" \
    "Do not pay before noon.~~hello" "$(text legacy-other)"
is "legacy-clear: nor anything that was not encrypted" \
    "Subject: The inner~~hello" "$(text legacy-clear)"
is "legacy-html-clear: in HTML neither" 1 \
    "$(text legacy-html-clear | grep -c shown)"
reads cipher-in-clear "hp=cipher proves no encryption" $DA 'The inner' signature
is "cipher-in-clear: and says so" "none true" "$(of cipher-in-clear \
    '"\(.encryption) \(.warnings | index("encryption-removed") != null)"')"
for name in v1-mixed v1-headers; do
	reads $name "the older form" $RA 'The inner' signature
	is "$name: its copy is not shown" "hello 0" \
	    "$(text $name) $(of $name '.attachments | length')"
done
is "v1-not-a-copy: what says more is shown" 1 \
    "$(text v1-not-a-copy | grep -c 'Pay at once')"
reads v1-subject "a subject alone" $RA 'The inner' signature
reads v1-signed "the same, signed" $DA 'The inner' signature

reads no-word "a payload that does not say so" $RA Outer signature
reads misplaced "a part that is not the payload" $RA Outer signature
reads attachment "an attachment" $RA Outer signature
reads nested "an enclosed message" $RA Outer signature
reads unsigned "nobody's signature" $MA Outer address
reads beside "a signed part beside another" $MA Outer address
reads bad "a signature that does not fit" $DA Changed address
reads frame "the frame of the ciphertext" $RA 'The inner' signature

reads outer-added "who wrote is inside" $RA 'The inner' signature
is "outer-added: the outer Cc is nobody's" "0 true" "$(of outer-added \
    '"\(.cc | length) \(.warnings | index("outer-from-differs") != null)"')"
is "outer-thread: an outer In-Reply-To leads nowhere" null \
    "$(of outer-thread .in_reply_to_message)"
ok "outer-thread: and into no case" test "$(of outer-thread .case)" != \
    "$(of cipher .case)"
is "no Reply-To of an outer header is written to" 0 \
    "$(noroshi queue list --json | jq '[.[] | select(.recipient | test("evil"))] | length')"
tap_end
