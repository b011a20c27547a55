#!/bin/sh
# Mail that claims to be what it is not, each beside its honest twin: nobody
# is believed to have written what they did not write, and nothing that was
# encrypted is shown where it could leave again.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

ok "a gateway" gateway_new
ok "and people outside" day_people
sed -i 's/#authserv_ids = .*/authserv_ids = [ "mx.example.org" ];/' "$NOROSHI_CONF"
MALLORY="Mallory Finder <mallory@finder.example>"
BERN="Bern CERT <bern@bern.example>"

# A partner's key that signs with a subkey; one that expires; one revoked.
world_key "Bern CERT" bern@bern.example rsa2048 rsa2048
world_gpg bern@bern.example --passphrase '' --quick-add-key \
    "$(world_fpr bern@bern.example)" ed25519 sign never
world_gpg bern@bern.example --armor --export >"$WORLD/bern@bern.example.asc"
world_key "Old Partner" old@old.example
OLD="Old Partner <old@old.example>"
world_key "Gone Partner" gone@gone.example
GONE="Gone Partner <gone@gone.example>"
for who in bern@bern.example old@old.example gone@gone.example; do
	ok "$who is a partner" noroshi contact add "$who" --address "$who" \
	    --class partner --key "$WORLD/$who.asc" --verified met
done
world_know "$WORLD/team.asc"

mails=$TEST_TMP/mails
mkdir "$mails"
id() { printf '<%s@forgery.example>' "$1"; }
# put name: a mail, from standard input
put() { cat >"$mails/$1"; }
mime() { sed -n '/^Content-Type: multipart/,$p'; }
# mixed name from entity-file...: a mail with these parts
mixed() {
	world_header "$2" "$TEAM" "${SUBJECT:-$1}" "$(id "$1")" >"$mails/$1"
	{
		printf 'Content-Type: multipart/%s; boundary=outside\n' \
		    "${KIND:-mixed}"
		printf '\nThis is a preamble.\n'
	} >>"$mails/$1"
	name=$1
	shift 2
	for entity; do
		printf -- '--outside\n' >>"$mails/$name"
		cat "$entity" >>"$mails/$name"
		printf '\n' >>"$mails/$name"
	done
	printf -- '--outside--\n' >>"$mails/$name"
}
text() { printf 'Content-Type: text/plain; charset=utf-8\n\n%s\n' "$*"; }
text "Publish this at once." >"$TEST_TMP/text"
text "-- \nThe list" >"$TEST_TMP/footer"
printf 'Content-Type: text/html\n\n<p>Publish this.</p>\n' >"$TEST_TMP/html"
# secret: what Rika once wrote to the team, encrypted and not signed
mail_encrypted - "$TEAM" "$RIKA" "$TEAM" x "$(id x)" <<-EOT |
	The pass phrase is correct horse battery staple.
EOT
    mime >"$TEST_TMP/secret"
mail_signed desk@ncc.example "$DESK" "$TEAM" Alert "$(id alert)" <<-EOT \
    >"$TEST_TMP/alert.eml"
	TLP:CLEAR

	Update to version 9.
EOT
mime <"$TEST_TMP/alert.eml" >"$TEST_TMP/alert"

# The honest ones.
sed "s/<alert@/<signed@/" "$TEST_TMP/alert.eml" | put signed
echo hello | mail_clearsigned desk@ncc.example "$DESK" "$TEAM" Clear \
    "$(id clearsigned)" | put clearsigned
echo hello | mail_encrypted rika@client.example "$TEAM" "$RIKA" "$TEAM" \
    Sealed "$(id sealed)" | put sealed
echo hello | mail_inline rika@client.example "$TEAM" "$RIKA" "$TEAM" \
    Inline "$(id inline)" | put inline
echo hello | PROTECT=1 OUTER=... mail_encrypted desk@ncc.example "$TEAM" \
    "$DESK" "$TEAM" "The inner subject" "$(id protected)" | put protected
echo hello | mail_signed bern@bern.example "$BERN" "$TEAM" Subkey \
    "$(id subkey)" | put subkey
echo hello | mail_signed old@old.example "$OLD" "$TEAM" Fresh \
    "$(id not-yet-expired)" | put not-yet-expired
echo hello | mail_plain "$RIKA" "$TEAM" Plain "$(id border)" >"$TEST_TMP/plain"
{
	printf 'Authentication-Results: mx.example.org; dmarc=pass header.from=client.example\n'
	printf 'Received: from a.client.example by mx.example.org; Sun, 22 Nov 2026 00:00:00 +0000\n'
	cat "$TEST_TMP/plain"
} | put border
{
	printf 'Received: from localhost by mx.example.org; Sun, 22 Nov 2026 00:00:01 +0000\n'
	printf 'Authentication-Results: mx.example.org; dkim=pass header.d=client.example\n'
	printf 'Received: from a.client.example by mx.example.org; Sun, 22 Nov 2026 00:00:00 +0000\n'
	sed 's/<border@/<border-below@/' "$TEST_TMP/plain"
} | put border-below

# Unsigned text beside what is signed.
mixed around "$DESK" "$TEST_TMP/text" "$TEST_TMP/alert" "$TEST_TMP/text"
mixed list-footer "$DESK" "$TEST_TMP/alert" "$TEST_TMP/footer"
printf 'Content-Type: text/plain; charset=utf-16le\n\n    \n' >"$TEST_TMP/wide"
mixed wide-blank "$DESK" "$TEST_TMP/alert" "$TEST_TMP/wide"
{
	printf 'Content-Type: message/rfc822\n\n'
	cat "$TEST_TMP/alert.eml"
} >"$TEST_TMP/enclosed"
mixed enclosed "$DESK" "$TEST_TMP/enclosed"
mixed enclosed-with-text "$DESK" "$TEST_TMP/text" "$TEST_TMP/enclosed"
{
	printf 'TLP:CLEAR\nPublish this at once.\n\n'
	echo 'TLP:GREEN' | world_gpg desk@ncc.example --clearsign
	printf '\nAnd this.\n'
} | mail_plain "$DESK" "$TEAM" x "$(id clear-around)" | put clear-around
{
	text
	echo hello | world_gpg desk@ncc.example --clearsign
} | sed '3d' >"$TEST_TMP/clear"
KIND=alternative mixed clear-html "$DESK" "$TEST_TMP/clear" "$TEST_TMP/html"

# What is passed on keeps its label.
{
	printf 'Content-Type: message/rfc822\n\n'
	printf 'TLP:RED\n\nFor your eyes only.\n' |
	    mail_plain "$DESK" x@example.net x "$(id x)"
} >"$TEST_TMP/red"
mixed passed-on "$MALLORY" "$TEST_TMP/text" "$TEST_TMP/red"
{
	printf 'Content-Type: message/rfc822\n\n'
	echo hello | mail_plain "$DESK" x@example.net "[TLP:RED] x" "$(id x)"
} >"$TEST_TMP/red"
mixed passed-on-subject "$MALLORY" "$TEST_TMP/text" "$TEST_TMP/red"

# Somebody else's name.
sed -e 's/<alert@/<two-from@/' -e "s/^From: .*/&\\
From: $MALLORY/" "$TEST_TMP/alert.eml" | put two-from
sed -e 's/<alert@/<two-in-one@/' -e "s/^From: .*/From: $DESK, $MALLORY/" \
    "$TEST_TMP/alert.eml" | put two-in-one
echo hello | mail_signed mallory@finder.example \
    '"Coordination Desk <desk@ncc.example>" <mallory@finder.example>' "$TEAM" \
    x "$(id display-name)" | put display-name
echo hello | EXTRA="Sender: $DESK
Reply-To: $DESK" mail_plain "$MALLORY" "$TEAM" x "$(id sender)" | put sender
sed -e 's/<alert@/<not-hers@/' -e "s/^From: .*/From: $MALLORY/" \
    "$TEST_TMP/alert.eml" | put not-hers
echo "Publish this." | mail_signed mallory@finder.example "$DESK" "$TEAM" \
    x "$(id not-mine)" | put not-mine
echo "Publish this." | PROTECT=1 mail_encrypted - "$TEAM" "$DESK" "$TEAM" \
    x "$(id inner-from)" | sed "s/^From: .*/From: $MALLORY/" | put inner-from
sed -e 's/<protected@/<replayed@/' -e "s/^From: .*/From: $MALLORY\\
Cc: $MALLORY/" -e 's/^Subject: .*/Subject: The outer subject/' \
    "$mails/protected" | put replayed
printf 'TLP:CLEAR\nhello\n' | mail_plain "$DESK" "$TEAM" "TLP:CLEAR x" \
    "$(id forged-clear)" | put forged-clear

printf 'hello\n' | mail_plain \
    '=?UTF-8?Q?desk=40ncc=2Eexample?= <mallory@finder.example>' "$TEAM" x \
    "$(id encoded-name)" | put encoded-name
printf 'hello\n' | mail_plain \
    '=?UTF-8?Q?Desk_=3Cdesk=40ncc=2Eexample=3E=2C?= <mallory@finder.example>' \
    "$TEAM" x "$(id encoded-address)" | put encoded-address
printf 'hello\n' | mail_plain '"a" <desk@ncc.example> <mallory@finder.example>' \
    "$TEAM" x "$(id two-angles)" | put two-angles
printf 'hello\n' | mail_plain 'Desk: desk@ncc.example;' "$TEAM" x \
    "$(id group)" | put group
# A key anybody made in the desk's name, which the gateway has seen.
world_home fake
world_gpg fake --passphrase '' --quick-generate-key "$DESK" ed25519 sign never
world_gpg fake --armor --export >"$TEST_TMP/fake.asc"
ok "anybody's key in the desk's name is imported" \
    noroshi key import "$TEST_TMP/fake.asc"
echo "Publish this." | mail_signed fake "$DESK" "$TEAM" x "$(id fake-key)" |
    put fake-key
# A plain text that says nothing, and HTML that does.
printf 'Content-Type: text/plain\n\n \n' >"$TEST_TMP/nothing"
KIND=alternative mixed blank-twin "$MALLORY" "$TEST_TMP/nothing" \
    "$TEST_TMP/html"

# What another one encrypted.
mixed covert "$MALLORY" "$TEST_TMP/text" "$TEST_TMP/secret"
echo "Mine." | mail_encrypted - "$TEAM" "$MALLORY" "$TEAM" x "$(id x)" |
    mime >"$TEST_TMP/mine"
mixed covert-twin "$MALLORY" "$TEST_TMP/mine" "$TEST_TMP/secret"
{
	printf 'Content-Type: message/rfc822\n\n'
	world_header "$RIKA" "$TEAM" x "$(id x)"
	cat "$TEST_TMP/secret"
} >"$TEST_TMP/enclosed-secret"
mixed covert-enclosed "$MALLORY" "$TEST_TMP/text" "$TEST_TMP/enclosed-secret"
mail_encrypted - "$TEAM" "$RIKA" "$TEAM" x "$(id x)" >/dev/null <<-EOT
	correct horse battery staple
EOT
{
	echo "Please look at this:"
	cat "$WORLD/entity.asc"
	echo "Kind regards"
} | mail_plain "$MALLORY" "$TEAM" x "$(id inline-around)" | put inline-around
# sign_around signer entity-file: multipart/signed around it
sign_around() {
	world_crlf <"$2" >"$WORLD/around"
	head -c -2 "$WORLD/around" >"$WORLD/around.signed"
	printf 'Content-Type: multipart/signed; micalg=pgp-sha512;\n'
	printf ' protocol="application/pgp-signature"; boundary=around\n\n'
	printf -- '--around\n'
	cat "$2"
	printf -- '--around\nContent-Type: application/pgp-signature\n\n'
	world_gpg "$1" --armor --detach-sign --digest-algo SHA512 --output - \
	    "$WORLD/around.signed"
	printf -- '\n--around--\n'
}
{
	world_header "$MALLORY" "$TEAM" x "$(id around-secret)"
	sign_around mallory@finder.example "$TEST_TMP/secret"
} | put around-secret
# The same, where she knew what she signed.
{
	world_header "$RIKA" "$TEAM" x "$(id both-layers)"
	echo hello | mail_encrypted rika@client.example "$TEAM" "$RIKA" \
	    "$TEAM" x "$(id x)" | mime >"$TEST_TMP/own"
	sign_around rika@client.example "$TEST_TMP/own"
} | put both-layers

# seal name signer|- from: the entity on standard input, encrypted
seal() {
	world_crlf >"$WORLD/sealed"
	if [ "$2" = - ]; then
		world_gpg nobody --armor -r "$TEAM" -o - -e "$WORLD/sealed"
	else
		world_gpg "$2" --armor -r "$TEAM" -o - -se "$WORLD/sealed"
	fi >"$WORLD/sealed.asc"
	{
		world_header "$3" "$TEAM" x "$(id "$1")"
		world_frame "$WORLD/sealed.asc"
	} | put "$1"
}
seal signed-in-sealed - "$DESK" <"$TEST_TMP/alert"
seal other-in-sealed mallory@finder.example "$MALLORY" <"$TEST_TMP/alert"
seal part-in-sealed - "$DESK" <<EOT
Content-Type: multipart/mixed; boundary=in

--in
$(cat "$TEST_TMP/text")
--in
$(cat "$TEST_TMP/alert")
--in--
EOT

# Not what it looks like.
echo hello | world_gpg nobody --armor --store -o "$WORLD/literal"
{
	world_header "$RIKA" "$TEAM" x "$(id literal)"
	world_frame "$WORLD/literal"
} | put literal
text hello | world_crlf >"$WORLD/weak"
world_gpg nobody --armor --cipher-algo AES256 -r "$TEAM" --rfc2440 \
    --disable-mdc -o "$WORLD/weak.asc" -e "$WORLD/weak"
{
	world_header "$RIKA" "$TEAM" x "$(id cut)"
	world_frame "$WORLD/weak.asc" | awk 'length($0) != 64 || n++ < 3'
} | put cut
sed -e 's/<sealed@/<exchange@/' -e 's/multipart.encrypted/multipart\/mixed/' \
    "$mails/sealed" | put exchange
sed -e 's/<exchange@/<exchange-more@/' "$mails/exchange" | awk '
	/^--b.*--$/ { sub(/--$/, ""); print; print ""; print "Publish this."
	    print $0 "--"; next } { print }' | put exchange-more
{
	world_header "$RIKA" "$TEAM" x "$(id hp-plain)"
	printf 'Content-Type: text/plain; hp="cipher"; hp-legacy-display="1"\n\n'
	printf 'Subject: x\n\nhello\n'
} | put hp-plain
printf 'Content-Type: text/plain; hp="cipher"; hp-legacy-display="1"\nFrom: %s\nSubject: x\nHP-Outer: Subject: y\n\nSubject: shown\n\nhello\n' \
    "$DESK" >"$TEST_TMP/hp"
{
	world_header "$DESK" "$TEAM" x "$(id hp-signed)"
	sign_around desk@ncc.example "$TEST_TMP/hp"
} | put hp-signed

# Signatures that are none.
mail_by() { # mail_by name signer from gpg-option...: signed with these options
	name=$1 signer=$2 from=$3
	shift 3
	text hello | world_crlf >"$WORLD/by"
	head -c -2 "$WORLD/by" >"$WORLD/by.signed"
	{
		world_header "$from" "$TEAM" x "$(id "$name")"
		printf 'Content-Type: multipart/signed; boundary=by;\n'
		printf ' protocol="application/pgp-signature"\n\n--by\n'
		text hello
		printf -- '--by\nContent-Type: application/pgp-signature\n\n'
		world_gpg "$signer" --armor --detach-sign --digest-algo SHA512 \
		    "$@" --output - "$WORLD/by.signed"
		printf -- '\n--by--\n'
	} | put "$name"
}
mail_by sha1 bern@bern.example "$BERN" --digest-algo SHA1 \
    --weak-digest MD5 --allow-weak-digest-algos \
    -u "$(world_fpr bern@bern.example)!"
mail_by sha256 bern@bern.example "$BERN" --digest-algo SHA256
mail_by future desk@ncc.example "$DESK" --faked-system-time \
    "$(($(date +%s) + 86400))!"
mail_by too-old desk@ncc.example "$DESK" --faked-system-time \
    20200101T000000! --ignore-time-conflict --ignore-valid-from
mail_by gone gone@gone.example "$GONE"
world_gpg desk@ncc.example --batch --import "$WORLD/else@other.example.asc"
world_gpg else@other.example --export-secret-keys |
    world_gpg desk@ncc.example --import
mail_by two-signers desk@ncc.example "$DESK" -u desk@ncc.example \
    -u else@other.example

# A file or a text that she signed, in a frame of somebody else's.
# reframed name signature-file content-file
reframed() {
	{
		world_header "$DESK" "$TEAM" x "$(id "$1")"
		printf 'Content-Type: multipart/signed; boundary=frame;\n'
		printf ' protocol="application/pgp-signature"\n\n--frame\n'
		cat "$3"
		printf '\n--frame\nContent-Type: application/pgp-signature\n\n'
		cat "$2"
		printf '\n--frame--\n'
	} | put "$1"
}
sign_file() { # sign_file name: standard input, signed by her as a file
	cat >"$TEST_TMP/$1"
	world_gpg desk@ncc.example --armor --detach-sign --output - \
	    "$TEST_TMP/$1" >"$TEST_TMP/$1.asc"
	reframed "$1" "$TEST_TMP/$1.asc" "$TEST_TMP/$1"
}
printf 'TLP:RED\r\n\r\nFor the board alone.' | sign_file file-label
printf 'Format: 3.0\r\nSource: x\r\n\r\nChecksums' | sign_file file-fields
printf '{\r\n "document": {\r\n\r\n }\r\n}' | sign_file file-json
printf 'Content-Type: text/plain\r\n\r\nhello' | sign_file file-honest
printf '\r\nhello' | sign_file file-bare
printf 'TLP:RED\n\nFor the board alone.\n' |
    world_gpg desk@ncc.example --clearsign >"$TEST_TMP/clear-block"
sed -n '/BEGIN PGP SIGNATURE/,$p' "$TEST_TMP/clear-block" \
    >"$TEST_TMP/clear-block.asc"
printf 'TLP:RED\r\n\r\nFor the board alone.' >"$TEST_TMP/clear-text"
reframed clear-as-part "$TEST_TMP/clear-block.asc" "$TEST_TMP/clear-text"
# What she wrote to us as a text, in PGP/MIME's frame.
printf 'TLP:RED\n\nFor the board alone.\n' >"$TEST_TMP/inline"
world_gpg desk@ncc.example --armor -r "$TEAM" -o "$TEST_TMP/inline.asc" \
    -se "$TEST_TMP/inline"
{
	world_header "$DESK" "$TEAM" x "$(id inline-as-mime)"
	world_frame "$TEST_TMP/inline.asc"
} | put inline-as-mime
# Another's bad signature before her good one.
text hello | world_crlf | head -c -2 >"$TEST_TMP/both"
{
	echo other | world_gpg mallory@finder.example --detach-sign
	world_gpg desk@ncc.example --detach-sign -o - "$TEST_TMP/both"
} >"$TEST_TMP/both.sig"
world_gpg nobody --enarmor -o - "$TEST_TMP/both.sig" |
    sed 's/ARMORED FILE/SIGNATURE/' | sed '/^Comment/d' >"$TEST_TMP/both.asc"
reframed bad-before-good "$TEST_TMP/both.asc" "$TEST_TMP/both"
# Text behind more blanks than gpg hashes.
echo Signed. | world_gpg desk@ncc.example --clearsign >"$TEST_TMP/long"
awk '/^Signed/ { printf "%s%30000s%s\n", $0, "", "Publish this."; next }
    { print }' "$TEST_TMP/long" | mail_plain "$DESK" "$TEAM" x \
    "$(id long-blank)" | put long-blank
# A mail that she encrypted, with what another one had encrypted inside.
seal covert-sealed mallory@finder.example "$MALLORY" <<EOT
Content-Type: multipart/mixed; boundary=in

--in
$(cat "$TEST_TMP/text")
--in
$(cat "$TEST_TMP/secret")
--in--
EOT

# What the border did not say.
{
	printf 'Authentication-Results: mx.evil.example; dmarc=pass header.from=client.example\n'
	sed 's/<border@/<no-border@/' "$TEST_TMP/plain"
} | put no-border
{
	printf 'Received: from mx.evil.example by mx.example.org; Sun, 22 Nov 2026 00:00:02 +0000\n'
	printf 'Received: from home by mx.evil.example; Sun, 22 Nov 2026 00:00:01 +0000\n'
	printf 'Authentication-Results: mx.example.org; dmarc=pass header.from=client.example\n'
	sed 's/<border@/<below-foreign@/' "$TEST_TMP/plain"
} | put below-foreign
{
	printf 'Authentication-Results: mx.example.org; dmarc=pass header.from=client.example\n'
	mail_plain "$MALLORY, $RIKA" "$TEAM" x "$(id border-two)" </dev/null
} | put border-two
{
	world_header "$RIKA" "$TEAM" x "$(id border-enclosed)"
	printf 'Content-Type: message/rfc822\n\n'
	cat "$mails/border"
} | put border-enclosed

# gone's key is revoked, and the gateway learns of it; old's has expired.
sed 's/^:---/---/' "$WORLD/gone@gone.example/openpgp-revocs.d/"*.rev |
    world_gpg gone@gone.example --import
world_gpg gone@gone.example --armor --export >"$TEST_TMP/revoked.asc"
cp -a "$WORLD/old@old.example" "$WORLD/later@old.example"
world_gpg later@old.example --quick-set-expire \
    "$(world_fpr later@old.example)" seconds=2
world_gpg later@old.example --armor --export >"$TEST_TMP/expired.asc"
for file in "$mails"/*; do
	noroshi receive --from x@example.net "$file" || echo "$file" >&2
done >"$TEST_TMP/ids" 2>"$TEST_TMP/refused"
is "all are taken in" "" "$(cat "$TEST_TMP/refused")"
ok "noroshid --once ends well" once
ok "a revoked copy of a key is taken" noroshi key import "$TEST_TMP/revoked.asc"
ok "one that has expired too" noroshi key import "$TEST_TMP/expired.asc"
ok "the older copy changes nothing" noroshi key import \
    "$WORLD/gone@gone.example.asc"
sleep 2
sed 's/<gone@forgery/<revoked@forgery/' "$mails/gone" >"$TEST_TMP/revoked"
sed 's/<not-yet-expired@/<expired@/' "$mails/not-yet-expired" \
    >"$TEST_TMP/expired"
noroshi receive "$TEST_TMP/revoked" "$TEST_TMP/expired" >/dev/null
ok "noroshid --once ends well again" once
noroshi message list --json >"$TEST_TMP/list"
is "all are processed" "processed" \
    "$(jq -r '[.[].state] | unique | .[]' "$TEST_TMP/list")"
jq -r '.[] | .message_id' "$TEST_TMP/list" >"$TEST_TMP/message-ids"

# of name filter
of() { jq -r --arg i "$(id "$1")" ".[] | select(.message_id == \$i) | $2" \
    "$TEST_TMP/list"; }
# judged name sentence encryption "signatures" class evidence effective
judged() {
	is "$1: $2" "$3 $4 $5 $6 $7" "$(of "$1" '[.encryption,
	    ([.signatures[] | "\(.status)/\(.covers)"] | sort | join(",")),
	    .sender.class, .sender.evidence, .tlp.effective] | join(" ")')"
}
warns() { ok "$1: $2" test "$(of "$1" ".warnings | index(\"$3\") != null")" = true; }

judged signed "a signed mail" none good/whole coordinator signature CLEAR
judged clearsigned "a clear-signed one" none good/whole coordinator signature AMBER
judged sealed "encrypted and signed" whole good/whole constituent signature AMBER
judged inline "the same inline" whole good/whole constituent signature AMBER
judged protected "with a protected header" whole good/whole coordinator signature AMBER
judged subkey "a subkey signs for its key" none good/whole partner signature AMBER
is "subkey: is named by the primary key" "$(world_fpr bern@bern.example)" \
    "$(of subkey '.signatures[0].fingerprint')"
judged not-yet-expired "a key that is valid" none good/whole partner signature AMBER
judged border "the border vouches for the domain" none "" constituent dkim AMBER
judged border-below "also below its own Received" none "" constituent dkim AMBER
judged sha256 "SHA-256 will do" none good/whole partner signature AMBER

judged around "text around a signed part" none good/part public address AMBER
warns around "says so" partly-signed
judged list-footer "a list's footer" none good/part public address AMBER
judged wide-blank "blanks that are letters in UTF-16" none good/part public address AMBER
judged enclosed "somebody's signed mail enclosed" none good/part public address AMBER
judged enclosed-with-text "the same with a text" none good/part public address AMBER
judged clear-around "text around a clear signature" none good/part public address AMBER
judged clear-html "an HTML twin of a clear-signed text" none good/part public address AMBER
judged passed-on "an enclosed label" none "" finder address RED
judged passed-on-subject "also in its subject" none "" finder address RED
judged two-from "two From fields" none good/whole public none AMBER
judged two-in-one "two in one From" none good/whole public none AMBER
judged display-name "an address for a name" none good/whole finder signature AMBER
warns display-name "says so" name-looks-like-address
judged encoded-name "an address for a name, encoded" none "" finder address AMBER
warns encoded-name "says so" name-looks-like-address
judged encoded-address "one that looks like two" none "" finder address AMBER
is "two-angles: nobody's word is taken for it" true \
    "$(of two-angles '.sender.class == "public" or .from.address == "mallory@finder.example"')"
judged group "a group is nobody more than its one member" none "" public address AMBER
judged fake-key "a key in another's name" none good/whole public none AMBER
warns fake-key "says so" signer-not-sender
is "blank-twin: HTML is read where the plain text is blank" 1 \
    "$(field "$(of blank-twin .id)" .text | grep -c 'Publish this')"
judged sender "Sender is no From" none "" finder address AMBER
judged not-hers "a good signature by another" none good/whole public none AMBER
warns not-hers "says so" signer-not-sender
judged not-mine "signing another's name" none good/whole public none AMBER
judged inner-from "another's name inside" whole "" public address AMBER
warns inner-from "says so" outer-from-differs
judged replayed "a replay is still the signer's" whole good/whole coordinator signature AMBER
warns replayed "says so" outer-from-differs
is "replayed: what counts is inside" \
    "desk@ncc.example The inner subject 0" \
    "$(of replayed '"\(.from.address) \(.subject) \(.cc | length)"')"
judged forged-clear "CLEAR by nobody" none "" public address AMBER
warns forged-clear "says so" tlp-unproven

judged covert "another's ciphertext below a text" part "" finder address AMBER
judged inline-around "the same inline" part "" finder address AMBER
judged covert-twin "beside a ciphertext of her own" part "" finder address AMBER
is "covert-enclosed: what is enclosed stays as it came" 0 \
    "$(field "$(of covert-enclosed .id)" '.text, (.attachments[] | .name)' |
	grep -c 'staple\|decrypted')"
judged around-secret "a signature around another's ciphertext" whole good/part finder address AMBER
judged both-layers "one who signed inside as well" whole good/part,good/whole constituent signature AMBER
for name in covert covert-twin inline-around; do
	n=$(of $name .id)
	is "$name: the text leaves out what was encrypted" 0 \
	    "$(field "$n" .text | grep -c staple)"
	ok "$name: it is an object of its own" test "$(field "$n" \
	    '.attachments[-1].name | startswith("decrypted-")')" = true
done
judged signed-in-sealed "signed, then encrypted" whole good/whole coordinator signature CLEAR
judged other-in-sealed "another's signed mail, encrypted by her" whole good/whole,good/whole finder signature CLEAR
judged part-in-sealed "text beside a signed part, encrypted" whole good/part public address AMBER
judged literal "a literal in encrypted dress" failed "" public address AMBER
judged cut "a ciphertext cut short" failed "" public address AMBER
judged exchange "what Exchange leaves" whole good/whole constituent signature AMBER
warns exchange "says so" pgp-repaired
is "exchange-more: with another part it is no longer that" "part address" \
    "$(of exchange-more '"\(.encryption) \(.sender.evidence)"')"
judged hp-plain "hp=cipher in clear" none "" public address AMBER
judged hp-signed "the same, signed" none good/whole coordinator signature AMBER
for name in hp-plain hp-signed; do
	is "$name: and no line of it is hidden" 1 \
	    "$(field "$(of $name .id)" .text | grep -c '^Subject: ')"
done
judged sha1 "SHA-1" none error/whole public address AMBER
warns sha1 "says so" signature-weak
judged future "a signature of tomorrow" none error/whole public address AMBER
judged too-old "one older than its key" none error/whole public address AMBER
judged two-signers "two signers, one unknown" none good/whole,no-key/whole coordinator signature AMBER
for name in file-label file-fields file-json; do
	judged $name "a signed file in a mail's frame" none good/part \
	    public address AMBER
done
judged file-honest "a part with its type" none good/whole coordinator signature AMBER
judged file-bare "a part without a header" none good/whole coordinator signature AMBER
judged clear-as-part "a clear-signed text as a part" none good/part public address AMBER
judged inline-as-mime "an encrypted text as a part" whole good/part public address AMBER
judged bad-before-good "a bad signature hides no good one" none bad/whole,good/whole coordinator signature AMBER
judged long-blank "text where gpg hashes no more" none "" public address AMBER
judged covert-sealed "a foreign ciphertext in a sealed mail" whole good/part finder address AMBER
is "covert-sealed: the text leaves it out" 0 \
    "$(field "$(of covert-sealed .id)" .text | grep -c staple)"
judged gone "before the revocation is known" none good/whole partner signature AMBER
judged revoked "after it, and after an older copy" none revoked/whole public address AMBER
judged expired "a key that has expired" none expired/whole public address AMBER
judged no-border "a border that is not ours" none "" public address AMBER
judged below-foreign "our name below a foreign hop" none "" public address AMBER
judged border-two "the border spoke of two" none "" public none AMBER
judged border-enclosed "an enclosed mail's border" none "" public address AMBER
ok "no file of the gateway holds the secret in clear" not \
    grep -rq 'battery staple' "$G"
ok "the audit chain verifies" noroshi audit verify
tap_end
