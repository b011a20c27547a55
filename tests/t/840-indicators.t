#!/bin/sh
# What a mail names: in its text and subject, in texts and documents that came
# attached; what is ours or a signature block is left out.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway" gateway_new
gateway_silent
printf 'delivers = 1;\nworkers = 1;\n' >>"$NOROSHI_CONF"
sed -i 's|^constituency: {|&\
	domains = [ "client.example" ]; networks = [ "198.51.100.0/25" ];\
	systems = [ "AS64496" ]; products = [ "Example Gateway" ];|
	/^\t#*domains = \[ \]/d' "$NOROSHI_CONF"
TEAM=csirt@example.org
docs=$TEST_TMP/docs
mkdir "$docs"

# entity type file: an attachment of that file
entity() {
	printf -- '--b\nContent-Type: %s; name="%s"\n' "$1" "$(basename "$2")"
	printf 'Content-Disposition: attachment; filename="%s"\n' \
	    "$(basename "$2")"
	printf 'Content-Transfer-Encoding: base64\n\n'
	base64 "$2"
}
# message name [type file]... <text: taken in; its id is in ids
message() {
	name=$1
	shift
	{
		world_header "Rika <rika@client.example>" "$TEAM" \
		    "${SUBJECT:-about $name}" "<$name@client.example>"
		printf 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'
		printf 'Content-Type: text/plain; charset=utf-8\n\n'
		cat
		while [ $# -gt 0 ]; do
			echo
			entity "$1" "$2"
			shift 2
		done
		printf -- '\n--b--\n'
	} >"$TEST_TMP/$name.eml"
	id=$(noroshi receive --from rika@client.example \
	    "$TEST_TMP/$name.eml") || return 1
	printf '%s %s\n' "$name" "$id" >>"$TEST_TMP/ids"
}
# id name; show name: as JSON; found name: "type value" of each, sorted, on one line
id() { awk -v n="$1" '$1 == n { print $2 }' "$TEST_TMP/ids"; }
show() { noroshi message show "$(id "$1")" --json; }
found() {
	show "$1" | jq -r '[.indicators[] | "\(.type) \(.value)"] | sort | join("; ")'
}

message text <<'EOT'
攻撃元は 198[.]51[.]100[.]23 (AS64496, 198.51.100.0/24) です。
Payload: hxxps://evil[.]example[.]com/drop/請求書.exe
バージョン 2.3.0.1、Chrome/120.0.0.0、連絡は csirt@example.org か
rika@client.example、csirt+s1-abc@example.org まで。攻撃者は joe【@】evil.net

-- 
Rika Reporter, https://www.client.example/ , 192.0.2.250
EOT
SUBJECT='CVE-2024-3094 in evil.jp' message subject <<'EOT'
See the subject. It is in the Example Gateway.
EOT
cat >"$docs/list.csv" <<'EOT'
address,first seen
203.0.113.5,2026-11-01
evil[.]org,2026-11-02
d41d8cd98f00b204e9800998ecf8427e,2026-11-03
EOT
message csv text/csv "$docs/list.csv" <<'EOT'
The list is attached.
EOT
printf '\223\372\226\173 203.0.113.9\n' >"$docs/notes.txt"
message sjis 'text/plain; charset=shift_jis' "$docs/notes.txt" <<'EOT'
Notes.
EOT
cat >"$docs/advisory.json" <<'EOT'
{"document": {"csaf_version": "2.0", "publisher": {"namespace":
"https://psirt.vendor.com"}, "references": [{"url": "https://vendor.com/a"}]},
"vulnerabilities": [{"cve": "CVE-2025-1111", "cwe": {"id": "CWE-787",
"name": "Out-of-bounds Write"}, "ids": [{"system_name": "x", "text":
"JVN#12345678"}]}]}
EOT
message csaf application/json "$docs/advisory.json" <<'EOT'
An advisory.
EOT
cat >"$docs/bundle.json" <<'EOT'
{"type": "bundle", "id": "bundle--1", "objects": [{"type": "indicator",
"pattern": "[ipv4-addr:value = '203.0.113.77' OR url:value = 'http://bad.com/x']"},
{"type": "autonomous-system", "number": 64500}]}
EOT
message stix application/json "$docs/bundle.json" <<'EOT'
A bundle.
EOT
head -c 3000 /dev/urandom >"$docs/a.bin"
printf '203.0.113.200 http://binary.com/' >>"$docs/a.bin"
message binary application/octet-stream "$docs/a.bin" <<'EOT'
A sample.
EOT
seq 1 1100 | sed 's|\(.*\)\(..\)$|10.1.\1.\2|; s|\.\.|.0.|; s|\.0\([0-9]\)|.\1|g' \
    >"$docs/many.txt"
message many text/plain "$docs/many.txt" <<'EOT'
Many.
EOT
ok "all of it is processed" once

is "a Japanese text's are found, without ours, the sender's, versions and the signature block" \
    "asn AS64496; cidr 198.51.100.0/24; domain evil.example.com; email joe@evil.net; file 請求書.exe; ipv4 198.51.100.23; url https://evil.example.com/drop/" \
    "$(found text)"
is "each has its place, by the constituency of the configuration" \
    "AS64496 true; 198.51.100.0/24 true; evil.example.com false; 請求書.exe null; 198.51.100.23 true" \
    "$(show text | jq -r '[.indicators[] | select(.type | IN("asn", "cidr",
	"ipv4", "domain", "file"))] | sort_by(.type) |
	map("\(.value) \(.constituency)") | join("; ")')"
is "so has the sender" true "$(show text | jq .sender.constituency)"
is "and who takes part in its case" "true" \
    "$(noroshi case show "$(show text | jq -r .case)" --json |
	jq '.participants[0].constituency')"
is "and the products that it names are listed" "Example Gateway" \
    "$(show subject | jq -r '.products[]')"
noroshi message show "$(id text)" >"$TEST_TMP/shown"
ok "people are shown them defanged" \
    grep -q 'url hxxps://evil\[\.\]example\[\.\]com/drop/$' "$TEST_TMP/shown"
ok "and which are the constituency's" \
    grep -q 'asn AS64496 (constituency)$' "$TEST_TMP/shown"
is "the subject is asked too" "cve CVE-2024-3094; domain evil.jp" \
    "$(found subject)"
is "an attached list is read" \
    "domain evil.org; ipv4 203.0.113.5; md5 d41d8cd98f00b204e9800998ecf8427e" \
    "$(found csv)"
is "in any charset" "ipv4 203.0.113.9" "$(found sjis)"
is "an advisory in CSAF names its vulnerabilities, not its publisher" \
    "cve CVE-2025-1111; cwe CWE-787; jvn JVN#12345678" "$(found csaf)"
is "a bundle in STIX shows its patterns" \
    "asn AS64500; domain bad.com; ipv4 203.0.113.77; url http://bad.com/x" \
    "$(found stix)"
is "what is no text is not asked" "" "$(found binary)"
is "of very many a thousand are listed, and the message says so" \
    "1000 indicators-limit" \
    "$(show many | jq -r '"\(.indicators | length) \(
	.warnings | map(select(. == "indicators-limit")) | join(" "))"')"

# --- the configuration names its mistakes where they stand
sed -i 's|198.51.100.0/25|198.51.100.0/33|; s|AS64496|64496|; s|"Example Gateway"|"EG"|' \
    "$NOROSHI_CONF"
line=$(grep -n 'networks = \[ "198' "$NOROSHI_CONF" | cut -d: -f1)
exits 78 noroshi config check >"$TEST_TMP/mistakes" 2>&1
is "a network, a system and a product that are none are named with their line" 3 \
    "$(grep -c "noroshi.conf:\($line\|$((line + 1))\): constituency" \
	"$TEST_TMP/mistakes")"
tap_end
