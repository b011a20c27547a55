#!/bin/sh
# A case as evidence: the same bytes each time, checked as doc/EVIDENCE.md says
# with tar, sha256sum and gpg alone, and by noroshi verify-export.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"

E=$TEST_TMP/evidence.tar
verify() { noroshi verify-export "$@"; }
exported() { noroshi audit log --json | jq '[.[] | select(.event == "case.exported")] | length'; }
# as_page N: the page's N-th block of commands
as_page() {
	awk -v n="$1" '/^```sh/ { i++; on = 1; next } /^```/ { on = 0 }
	    on && i == n' "$top_srcdir/doc/EVIDENCE.md"
}

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
ok "and people outside" day_people
gateway_silent
world_know "$WORLD/team.asc"
for name in report-encrypted report-japanese coordinator-red; do
	day_mail "$name" >"$WORLD/$name.eml"
	noroshi receive --from x@example.net "$WORLD/$name.eml" >/dev/null
done
once
C=$(field 1 .case) RED=$(field 3 .case)
noroshi case note "$C" "seen by two of us" >/dev/null
echo "We look into it." | noroshi send --case "$C" --to rika@client.example \
    >/dev/null 2>&1
once
noroshi case close "$C" --reason "done" >/dev/null

# --- an export ------------------------------------------------------------------

ok "an export needs a name" exits 64 noroshi case export "$C" --evidence
ok "a case that is not there is 66" exits 66 noroshi case export 99 -o "$TEST_TMP/no.tar"
ok "a case is exported" noroshi case export "$C" --evidence -o "$E"
ok "nothing half-written is left" not test -e "$E.part"
is "for its owner alone" 600 "$(stat -c %a "$E")"
ok "what is there is not overwritten" exits 65 noroshi case export "$C" --evidence -o "$E"
sleep 1
ok "and once more" noroshi case export "$C" --evidence -o "$E.2"
ok "the same case gives the same bytes" cmp "$E" "$E.2"
is "both are recorded: who, which case, which mails" "2 true 1" \
    "$(noroshi audit log --case "$C" --json | jq -r '[.[] |
	select(.event == "case.exported")] | "\(length) \(.[0].detail.evidence)" +
	" \(.[0].detail.messages[0])"')"
ok "the record names the manifest" sh -c '
	sum=$(tar -xOf "$1" evidence/MANIFEST | sha256sum | cut -c1-64)
	noroshi audit log --json | grep -q "$sum"' sh "$E"
is "names are ours, in order" \
    "README audit.jsonl case.json messages/ID.eml messages/ID.json messages/ID.json MANIFEST MANIFEST.asc" \
    "$(tar -tf "$E" | sed 's,evidence/,,; s/[0-9]\{10\}/ID/' | paste -sd' ')"
is "each time in it is a mail's or the case's" "" "$(TZ=UTC tar -tvf "$E" --full-time |
    awk '{ print substr($4 "T" $5, 1, 19) "Z" }' | sort -u | while read -r t; do
	noroshi case show "$C" --json >"$TEST_TMP/case"
	noroshi audit log --json | cat - "$TEST_TMP/case" | grep -qF "$t" || echo "$t"
done)"
noroshi message show 1 --json | jq -S . >"$TEST_TMP/1"
ok "a verdict is message show's" sh -c 'tar -xOf "$1" evidence/messages/0000000001.json |
    jq -S . | cmp - "$2"' sh "$E" "$TEST_TMP/1"

# --- by the page, with tar, sha256sum and gpg alone ------------------------------

mkdir "$TEST_TMP/court" "$TEST_TMP/gnupg"
chmod 700 "$TEST_TMP/gnupg"
cp "$E" "$WORLD/team.asc" "$TEST_TMP/court"
# page STEPS FOLDER: what the page says, without a noroshi in sight
page() {
	(
		cd "$2" || exit 1
		PATH=/usr/bin:/bin GNUPGHOME=$TEST_TMP/gnupg
		export PATH GNUPGHOME
		for step in $1; do
			as_page "$step"
		done >"$TEST_TMP/steps"
		sh -e "$TEST_TMP/steps"
	) >"$TEST_TMP/page.out" 2>"$TEST_TMP/page.err"
}
is "the page has five steps" 5 "$(grep -c '^```sh' "$top_srcdir/doc/EVIDENCE.md")"
ok "the page's steps work" page "1 2 3 4 5" "$TEST_TMP/court"
ok "gpg finds the signature good" grep -q "Good signature" "$TEST_TMP/page.err"
ok "by the team's key" grep -q \
    "$(noroshi key list --json | jq -r '.[] | select(.team).fingerprint')" "$TEST_TMP/page.err"
is "each file is OK" 6 "$(grep -c ': OK$' "$TEST_TMP/page.out")"
is "and nothing else is said of them" "" "$(sed -n '/: OK$/,$p' "$TEST_TMP/page.out" | grep -v ': OK$')"
ok "a mail is byte-exact" cmp "$WORLD/report-encrypted.eml" \
    "$TEST_TMP/court/evidence/messages/0000000001.eml"
echo x >>"$TEST_TMP/court/evidence/case.json"
ok "a file that was changed fails the page's third step" not sh -c '
	cd "$1/evidence" && sha256sum --check --strict MANIFEST' sh "$TEST_TMP/court"
ok "the README says the same commands" sh -c '
	tar -xOf "$1" evidence/README | grep -qF "gpg --verify MANIFEST.asc MANIFEST" &&
	tar -xOf "$1" evidence/README | grep -qF "sha256sum --check --strict MANIFEST"' sh "$E"

# --- by noroshi ------------------------------------------------------------------

ok "verify-export finds it whole" verify "$E"
is "and says what it looked at" "true 6 true" "$(verify "$E" --json |
    jq -r '"\(.whole) \(.files) \(.entries > 5)"')"
ok "against a key in a file too" verify "$E" --signed-by "$WORLD/team.asc"
ok "which needs no gateway at all" sh -c 'cd / && unset NOROSHI_CONF HOME &&
    noroshi verify-export "$1" --signed-by "$2"' sh "$E" "$WORLD/team.asc"
is "and leaves nothing behind" 0 "$(find /tmp -maxdepth 1 -name 'noroshi.*' -newer "$E.2" -user "$(id -un)" \
    -exec test -e '{}/pubring.kbx' ';' -print | wc -l)"
ok "another's key did not sign it" exits 77 verify "$E" --signed-by "$WORLD/desk@ncc.example.asc"
ok "a fingerprint that nobody knows is 66" exits 66 verify "$E" --signed-by \
    0123456789012345678901234567890123456789
ok "a file that is not there is 66" exits 66 verify "$TEST_TMP/none"
ok "another file is none" exits 65 verify "$WORLD/team.asc"
head -c 3000 "$E" >"$TEST_TMP/cut.tar"
ok "one that was cut short is none" exits 65 verify "$TEST_TMP/cut.tar"
cat "$E" "$E" >"$TEST_TMP/twice.tar"
ok "nothing may stand behind it" exits 65 verify "$TEST_TMP/twice.tar"
# remade FILE: a tar of the folder $X in the order of an export
remade() {
	(cd "$X" && { find evidence -type f ! -name 'MANIFEST*' | LC_ALL=C sort
	echo evidence/MANIFEST; echo evidence/MANIFEST.asc; } |
	    tar --format=ustar -b1 -cf "$1" -T -)
}
fresh() {
	X=$TEST_TMP/x
	rm -rf "$X"
	mkdir "$X"
	tar -xf "$E" -C "$X"
}
fresh
remade "$TEST_TMP/same.tar"
ok "another tar of the same files is as good" verify "$TEST_TMP/same.tar"
sed -i 's/seen by two/seen by ten/' "$X/evidence/case.json"
remade "$TEST_TMP/bad.tar"
ok "a file that was changed is named" sh -c '! noroshi verify-export "$1" 2>"$2" &&
    grep -q "case.json is not as the manifest says" "$2"' sh "$TEST_TMP/bad.tar" "$TEST_TMP/err"
(cd "$X/evidence" && find . -type f ! -name 'MANIFEST*' | sed 's,^./,,' | LC_ALL=C sort |
    xargs sha256sum >MANIFEST)
remade "$TEST_TMP/bad.tar"
ok "and with a manifest to fit, the signature fails" exits 77 verify "$TEST_TMP/bad.tar"
fresh
rm "$X/evidence/messages/0000000001.eml"
remade "$TEST_TMP/bad.tar"
ok "a file that is missing fails" exits 65 verify "$TEST_TMP/bad.tar"
fresh
echo x >"$X/evidence/more"
remade "$TEST_TMP/bad.tar"
ok "one too many fails" exits 65 verify "$TEST_TMP/bad.tar"
fresh
sed -i '2s/"actor":"[^"]*"/"actor":"nobody"/' "$X/evidence/audit.jsonl"
# signed by who has the team's key: the chain alone tells
(
	cd "$X/evidence" || exit 1
	sed -i "s/^.*  audit.jsonl/$(sha256sum audit.jsonl)/" MANIFEST
	rm MANIFEST.asc
	world_gpg desk@ncc.example --armor --detach-sign -o MANIFEST.asc MANIFEST
)
remade "$TEST_TMP/bad.tar"
ok "an entry of the record that was changed is told" sh -c '
	! noroshi verify-export "$1" --signed-by "$2" 2>"$3" &&
	grep -q "audit entry .* was changed" "$3"' sh "$TEST_TMP/bad.tar" \
    "$WORLD/desk@ncc.example.asc" "$TEST_TMP/err"
mkdir -p "$TEST_TMP/y/evidence"
echo x >"$TEST_TMP/y/escaped"
(cd "$TEST_TMP/y/evidence" && tar --format=ustar -P -cf "$TEST_TMP/path.tar" ../escaped)
ok "a path that leads out is refused" exits 65 verify "$TEST_TMP/path.tar"
(cd "$TEST_TMP/y" && ln -s /etc/passwd evidence/link &&
    tar --format=ustar -cf "$TEST_TMP/link.tar" evidence/link)
ok "a link is refused" exits 65 verify "$TEST_TMP/link.tar"

# --- who may ---------------------------------------------------------------------

N=$(exported)
is "a plain export has no raw mail and no record" "README case.json" \
    "$(noroshi case export "$C" -o "$TEST_TMP/plain.tar" >/dev/null
	tar -tf "$TEST_TMP/plain.tar" | sed 's,evidence/,,' |
	    grep -v messages | grep -v MANIFEST | paste -sd' ')"
ok "and is whole" verify "$TEST_TMP/plain.tar"
is "which is recorded too" $((N + 1)) "$(exported)"
ok "the PoC exports what is RED" noroshi case export "$RED" --evidence -o "$TEST_TMP/red.tar"
noroshi contact set 1 --role handler >/dev/null
ok "a recorded reader, too" noroshi case export "$RED" --evidence -o "$TEST_TMP/red2.tar"
day_mail coordinator-red | sed 's,^Message-I[Dd]: .*,Message-ID: <again@ncc.example>,' >"$WORLD/red2.eml"
id=$(noroshi receive --from x@example.net "$WORLD/red2.eml")
once
is "another RED mail has come" RED "$(noroshi message list --json |
    jq -r ".[] | select(.id == $id).tlp.effective")"
RED=$(noroshi message list --json | jq -r ".[] | select(.id == $id).case")
ok "who may not read what is RED exports nothing of it" exits 77 \
    noroshi case export "$RED" -o "$TEST_TMP/red3.tar"
ok "not even half a file" not test -e "$TEST_TMP/red3.tar.part"
noroshi contact set 1 --role observer >/dev/null
ok "who reads no mail of the team exports no case" exits 77 noroshi case export "$C" -o "$TEST_TMP/observer.tar"
tap_end
