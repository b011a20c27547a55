#!/bin/sh
# Labels that documents carry inside: CSAF, STIX, MISP, IODEF and text. They
# raise whoever sent them; they lower only with a signature. With
# $NOROSHI_CORPUS, the documents of the standard's own suites as well.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway" gateway_new
gateway_silent
TEAM=csirt@example.org
docs=$TEST_TMP/docs
mkdir "$docs"
world_key "Alice" alice@partner.example
ok "and a partner" noroshi contact add Alice --address alice@partner.example \
    --class partner --key "$WORLD/alice@partner.example.asc" --verified met

# entity type file: an attachment of that file, encoded
entity() {
	printf 'Content-Type: %s; name="%s"\n' "$1" "$(basename "$2")"
	printf 'Content-Disposition: attachment; filename="%s"\n' \
	    "$(basename "$2")"
	printf 'Content-Transfer-Encoding: base64\n\n'
	base64 "$2"
}
# message subject text [type file]...: a mail with these attachments
message() {
	world_header "M <m@x.example>" "$TEAM" "$1" \
	    "<$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')@labels.example>"
	printf 'Content-Type: multipart/mixed; boundary=b\n\n'
	printf -- '--b\nContent-Type: text/plain; charset=utf-8\n\n%s\n' "$2"
	shift 2
	while [ $# -gt 0 ]; do
		printf -- '--b\n'
		entity "$1" "$2"
		shift 2
	done
	printf -- '--b--\n'
}
: >"$TEST_TMP/want"
# case name "label effective source" <mail
mail() {
	cat >"$TEST_TMP/$1.eml"
	id=$(noroshi receive --from m@x.example "$TEST_TMP/$1.eml") || return 1
	printf '%s\t%s\t%s\n' "$id" "$1" "$2" >>"$TEST_TMP/want"
}
# doc name <content
doc() { cat >"$docs/$1"; }

csaf() {
	printf '{"document":{"csaf_version":"2.1","title":"x","distribution":'
	printf '{"tlp":{"label":"%s"}}}}' "$1"
}
csaf RED | doc red.json
csaf GREEN | doc green.json
csaf CLEAR | doc clear.json
csaf BLACK | doc black.json
(csaf GREEN; echo '{') | doc garbage.json
printf '{"document":{"title":"TLP:RED"' | doc cut.json
printf '{"a":{"document":{"distribution":{"tlp":{"label":"RED"}}}}}' |
    doc deeper.json
printf '{"type":"bundle","objects":[{"object_marking_refs":["%s"]}]}' \
    marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003 | doc stix.json
printf '{"Event":{"info":"x","Tag":[{"name":"tlp:red"}]}}' | doc misp.json
printf '<?xml version="1.0"?><IODEF-Document><Incident restriction="%s">' \
    need-to-know | doc incident.xml
printf 'Report\nTLP:RED\n\nAll that follows is secret.\n' | doc head.txt
{ seq 100; printf 'TLP:AMBER+STRICT\n'; } | doc foot.txt
{ seq 100; printf 'TLP:RED\n'; seq 100; } | doc middle.txt

message x hello application/json "$docs/red.json" |
    mail csaf-red 'RED RED attachment'
message x hello application/octet-stream "$docs/red.json" |
    mail by-its-name 'RED RED attachment'
message x hello application/json "$docs/green.json" |
    mail csaf-green 'GREEN AMBER attachment'
message x hello application/json "$docs/black.json" |
    mail csaf-unknown 'RED RED attachment'
message x hello application/json "$docs/garbage.json" |
    mail csaf-garbage 'AMBER AMBER default'
message x hello application/json "$docs/cut.json" |
    mail csaf-cut 'AMBER AMBER default'
message x hello application/json "$docs/deeper.json" |
    mail csaf-elsewhere 'AMBER AMBER default'
message x hello application/stix+json "$docs/stix.json" |
    mail stix 'AMBER+STRICT AMBER+STRICT attachment'
message x hello application/json "$docs/misp.json" |
    mail misp 'RED RED attachment'
message x hello text/xml "$docs/incident.xml" |
    mail iodef 'AMBER+STRICT AMBER+STRICT attachment'
message x hello text/plain "$docs/head.txt" |
    mail text-head 'RED RED attachment'
message x hello text/plain "$docs/foot.txt" |
    mail text-foot 'AMBER+STRICT AMBER+STRICT attachment'
message x hello text/plain "$docs/middle.txt" |
    mail text-middle 'AMBER AMBER default'
message 'TLP:AMBER x' hello application/json "$docs/red.json" \
    application/json "$docs/green.json" | mail raised 'RED RED attachment'
message 'TLP:AMBER+STRICT x' hello application/json "$docs/clear.json" |
    mail enclosing-public 'AMBER+STRICT AMBER+STRICT subject'
# A mail inside, as such and as a file: what is passed on keeps its label.
message x hello application/json "$docs/red.json" >"$docs/passed.eml"
{
	world_header "M <m@x.example>" "$TEAM" x "<p@labels.example>"
	printf 'Content-Type: multipart/mixed; boundary=c\n\n--c\n'
	printf 'Content-Type: message/rfc822\n\n'
	cat "$docs/passed.eml"
	printf -- '\n--c--\n'
} | mail passed-on 'AMBER RED default'
message '[TLP:RED] y' hello >"$docs/labelled.eml"
message x hello application/octet-stream "$docs/labelled.eml" |
    mail passed-as-file 'AMBER RED default'
# A signature may lower.
{
	printf 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'
	printf 'Content-Type: text/plain\n\nhello\n--b\n'
	entity application/json "$docs/green.json"
	printf -- '--b--\n'
} | world_crlf | head -c -2 >"$TEST_TMP/signed"
world_gpg alice@partner.example --armor --detach-sign --digest-algo SHA512 \
    --output - "$TEST_TMP/signed" >"$TEST_TMP/signed.asc"
{
	world_header "Alice <alice@partner.example>" "$TEAM" x \
	    "<signed@labels.example>"
	printf 'Content-Type: multipart/signed; micalg=pgp-sha512;\n'
	printf ' protocol="application/pgp-signature"; boundary=s\n\n--s\n'
	tr -d '\r' <"$TEST_TMP/signed"
	printf '\n--s\nContent-Type: application/pgp-signature\n\n'
	cat "$TEST_TMP/signed.asc"
	printf -- '--s--\n'
} | mail signed 'GREEN AMBER attachment'

# labels: what each of the mails was judged to be, against what is wanted
labels() {
	ok "$1: all is processed" once
	noroshi message list --json >"$TEST_TMP/list"
	jq -r '.[] | [.id, .tlp.label + " " + .tlp.effective + " " +
	    .tlp.source] | @tsv' "$TEST_TMP/list" | sort >"$TEST_TMP/got"
	cut -f1,3 "$TEST_TMP/want" | sort | comm -13 "$TEST_TMP/got" - |
	    while IFS='	' read -r id want; do
		echo "$(awk -F'\t' -v i="$id" '$1 == i { print $2 }' \
		    "$TEST_TMP/want"): wanted $want, got $(awk -F'\t' \
		    -v i="$id" '$1 == i { print $2 }' "$TEST_TMP/got")"
	done >"$TEST_TMP/wrong"
	is "$1: each has its label" "" "$(cat "$TEST_TMP/wrong")"
}
labels "documents written here"
# warns name word: that mail has that warning
warns() {
	jq -e --argjson id "$(awk -F'\t' -v n="$1" '$2 == n { print $1 }' \
	    "$TEST_TMP/want")" --arg w "$2" \
	    '.[] | select(.id == $id) | .warnings | index($w)' "$TEST_TMP/list"
}
ok "a label that raises the subject's disagrees" warns raised tlp-conflict
ok "a public document in a restricted mail does not" \
    not warns enclosing-public tlp-conflict
ok "a low label of a stranger's is unproven" warns csaf-green tlp-unproven
ok "a document with more behind it is broken" warns csaf-garbage json-broken
ok "so is one that was cut" warns csaf-cut json-broken
ok "an unknown colour is named" warns csaf-unknown tlp-unknown

if [ -z "${NOROSHI_CORPUS-}" ] || [ ! -d "$NOROSHI_CORPUS/csaf" ]; then
	skip "documents of the standards" "NOROSHI_CORPUS names no folder"
	tap_end
	exit
fi
: >"$TEST_TMP/want"

# governs label: what it makes of mail by a stranger
governs() {
	case $1 in
	none) echo "AMBER AMBER default" ;;
	GREEN | CLEAR) echo "$1 AMBER attachment" ;;
	*) echo "$1 $1 attachment" ;;
	esac
}
n=0
for file in "$NOROSHI_CORPUS"/csaf/oasis-tlp/*.json \
    "$NOROSHI_CORPUS"/csaf/cisa/*.json \
    "$NOROSHI_CORPUS"/csaf/gocsaf/csaf-documents/*/*.json; do
	label=$(jq -r '.document.distribution.tlp.label // "none"' "$file" \
	    2>/dev/null) || label=none
	[ "$label" != WHITE ] || label=CLEAR
	n=$((n + 1))
	message x hello application/json "$file" |
	    mail "$(basename "$file")-$n" "$(governs "$label")"
done
is "there are documents in CSAF" true "$([ "$n" -ge 40 ] && echo true)"
for tag in $(jq -r '.namespace as $n | .predicates[] | "\($n):\(.value)"' \
    "$NOROSHI_CORPUS/tlp/machinetag.json" \
    "$NOROSHI_CORPUS/tlp/pap-machinetag.json"); do
	jq -n --arg t "$tag" '{Event: {info: "x", Tag: [{name: $t}]}}' |
	    doc tag.json
	case $tag in
	PAP:*) label=none ;;
	tlp:white | tlp:clear) label=CLEAR ;;
	tlp:ex:chr | tlp:unclear) label=RED ;;
	*) label=$(echo "${tag#tlp:}" | tr a-z A-Z) ;;
	esac
	message x hello application/json "$docs/tag.json" |
	    mail "$tag" "$(governs "$label")"
done
labels "documents of the standards"
nil=$(grep -l '"00000000-0000-0000-0000-000000000000"' \
    "$NOROSHI_CORPUS"/csaf/oasis-tlp/*.json | wc -l)
is "each group of nobody is named" "$nil" "$(jq -r '[.[] |
    select(.warnings | index("sharing-none"))] | length' "$TEST_TMP/list")"
tap_end
