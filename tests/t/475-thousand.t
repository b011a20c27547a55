#!/bin/sh
# One advisory to many members: encrypted once, opened by each one's own gpg,
# and naming nobody else. THOUSAND is how many members have a good key.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

members=${THOUSAND-58}
started=$(date +%s)

# Most have Curve25519, as in the field, some RSA and NIST curves.
made() { GNUPGHOME=$WORLD/made@world gpg -q --batch --no-tty "$@" 2>>"$WORLD/gpg.log"; }
make_keys() {
	mkdir -m 700 "$WORLD/made@world"
	awk -v n="$members" 'BEGIN {
		for (i = 1; i <= n; i++) {
			print "%no-protection"
			if (i % 12 == 0)
				print "Key-Type: RSA\nKey-Length: 2048\n" \
				    "Subkey-Type: RSA\nSubkey-Length: 2048"
			else if (i % 5 == 0)
				print "Key-Type: ecdsa\nKey-Curve: nistp256\n" \
				    "Subkey-Type: ecdh\nSubkey-Curve: nistp256"
			else if (i % 7 == 0)
				print "Key-Type: ecdsa\nKey-Curve: nistp384\n" \
				    "Subkey-Type: ecdh\nSubkey-Curve: nistp384"
			else
				print "Key-Type: eddsa\nKey-Curve: ed25519\n" \
				    "Subkey-Type: ecdh\nSubkey-Curve: cv25519"
			print "Key-Usage: sign\nSubkey-Usage: encrypt"
			printf "Name-Real: Member number %04d\n", i
			printf "Name-Email: m%04d@members.example\n", i
			print "Expire-Date: 0\n%commit"
		}
		print "%no-protection\nKey-Type: eddsa\nKey-Curve: ed25519"
		print "Subkey-Type: ecdh\nSubkey-Curve: cv25519"
		print "Key-Usage: sign\nSubkey-Usage: encrypt"
		print "Name-Real: Revoked\nName-Email: revoked@members.example"
		print "Expire-Date: 0\n%commit"
	}' >"$WORLD/batch"
	made --gen-key "$WORLD/batch" &&
	    made --faked-system-time "$(date -u -d '3 days ago' +%Y%m%dT%H%M%S)" \
		--passphrase '' --quick-generate-key \
		"Expired <expired@members.example>" ed25519 sign 2d || return 1
	fpr=$(made --with-colons -k revoked@members.example |
	    awk -F: '$1 == "fpr" { print $10; exit }')
	# gpg made it with the key, and a colon that keeps it from being used
	sed 's/^:---/---/' "$WORLD/made@world/openpgp-revocs.d/$fpr.rev" |
	    made --import || return 1
	for i in 1 2 3; do
		fpr=$(made --with-colons -k "m000$i@members.example" |
		    awk -F: '$1 == "fpr" { print $10; exit }')
		made --passphrase '' --quick-add-key "$fpr" cv25519 encr never ||
		    return 1
	done
	made --export >"$WORLD/all.pgp"
	GNUPGHOME=$WORLD/made@world gpgconf --kill gpg-agent
	# address, fingerprint, then key ids and keygrips of all its keys
	made --with-colons --with-keygrip -k | awk -F: '
		function out() { if (fpr != "") print a, fpr, ids, grips }
		$1 == "pub" { out(); fpr = ids = grips = a = "" }
		$1 == "pub" || $1 == "sub" { ids = ids (ids == "" ? "" : ",") $5 }
		$1 == "fpr" && fpr == "" { fpr = $10 }
		$1 == "grp" { grips = grips (grips == "" ? "" : ",") $10 }
		$1 == "uid" { a = $10; sub(/.*</, "", a); sub(/>.*/, "", a) }
		END { out() }' >"$WORLD/members"
}

join_all() {
	noroshi key import "$WORLD/all.pgp" >/dev/null || return 1
	{
		echo name,address,class,organisation,key,verified,role,tag,lang
		awk '{ print $1 "," $1 ",first,," $2 ",met,,,en" }' "$WORLD/members"
	} >"$WORLD/members.csv"
	noroshi contact import "$WORLD/members.csv" >/dev/null &&
	    noroshi community add trusted --address list@example.org \
		--max-label AMBER >/dev/null &&
	    cut -d' ' -f1 "$WORLD/members" | xargs noroshi community join trusted
}

# gpg as the gateway calls it, with a line for each run
log_gpg() {
	mkdir "$TEST_TMP/libexec"
	for role in worker intake queue parser deliver; do
		ln -s "$(readlink -f "$NOROSHI_LIBEXEC/noroshi-$role")" \
		    "$TEST_TMP/libexec/noroshi-$role"
	done
	printf '#!/bin/sh\necho "$*" >>%s\nexec %s "$@"\n' "$TEST_TMP/gpg.runs" \
	    "$(readlink -f "$NOROSHI_LIBEXEC/noroshi-gpg")" \
	    >"$TEST_TMP/libexec/noroshi-gpg"
	chmod +x "$TEST_TMP/libexec/noroshi-gpg"
	: >"$TEST_TMP/gpg.runs"
	# confined, it could not write that line
	printf 'sandbox = "off";\n' >>"$NOROSHI_CONF"
	NOROSHI_LIBEXEC=$TEST_TMP/libexec
	export NOROSHI_LIBEXEC
}

ok "a gateway" gateway_new
gateway_silent
ok "keys of several kinds" make_keys
is "of all members" "$((members + 2))" "$(grep -c . "$WORLD/members")"
ok "who form a community" join_all
ok "each run of gpg is written down" log_gpg

printf 'Look for /verify.php, and tell us.\n' >"$TEST_TMP/body"
noroshi advisory send --community trusted --tlp GREEN --subject "A kit" \
    <"$TEST_TMP/body" >"$TEST_TMP/out" 2>"$TEST_TMP/err"
is "keys that cannot be used are found when it is asked" "2 key-unusable" \
    "$(grep -c key-unusable "$TEST_TMP/err") $(sed -n 's/.*hold: \([a-z-]*\):.*/\1/p' \
	"$TEST_TMP/err" | sort -u)"
ok "those of the expired and the revoked one" sh -c \
    "grep -q '^noroshi: expired@members' '$TEST_TMP/err' &&
	grep -q '^noroshi: revoked@members' '$TEST_TMP/err'"

daemon_run
wait_for 10 grep -q "judged to leave" "$DAEMON_LOG"
daemon_end
db=$G/noroshi.db
[ -f "$db" ] || db=$(find "$G" -name '*.db' | head -n 1)
is "all copies share one file" "1 $members" "$(sqlite3 "$db" \
    "SELECT COUNT(DISTINCT file) || ' ' || COUNT(*) FROM delivery WHERE state = 'queued'")"
is "gpg encrypted once" 1 "$(grep -c -- '--encrypt\( \|$\)\|--sign --encrypt\|-se ' "$TEST_TMP/gpg.runs")"
once
is "each good member has a copy, the others wait" "$members 2" \
    "$(noroshi advisory status 1 --json | jq -r '"\(.sums.sent) \(.sums.held)"')"
is "and none of those who wait" 0 "$(grep -l \
    '^Delivered-To: \(expired\|revoked\)@' "$G"/outbox/new/* | wc -l)"

hex() { od -An -v -tx1 | tr -d ' \n'; }
# Everything that names a key or person, but for the member's own
others() { # others ADDRESS
	awk -v own="$1" '$1 != own {
		print tolower($2)
		n = split($3, id, ",")
		for (i = 1; i <= n; i++)
			print tolower(id[i])
	}' "$WORLD/members"
}
# A home with that member's secret keys alone
own_home() { # own_home ADDRESS GRIPS
	mkdir -m 700 "$WORLD/own@world" "$WORLD/own@world/private-keys-v1.d"
	echo "$2" | tr , '\n' | while read -r grip; do
		cp "$WORLD/made@world/private-keys-v1.d/$grip.key" \
		    "$WORLD/own@world/private-keys-v1.d/" || exit 1
	done
	cp "$WORLD/made@world/pubring.kbx" "$WORLD/own@world/"
	printf 'batch\nno-tty\ntrust-model always\n' >"$WORLD/own@world/gpg.conf"
}
opened=0 verified=0 named=0 alone=0
GNUPGHOME=$WORLD/made@world gpg -q --batch --import "$WORLD/team.asc" 2>>"$WORLD/gpg.log"
while read -r address fpr ids grips; do
	case $address in
	m*) ;;
	*) continue ;;
	esac
	mail=$(grep -l "^Delivered-To: $address\$" "$G"/outbox/new/*) || continue
	own_home "$address" "$grips"
	sed -n '/^-----BEGIN PGP MESSAGE/,/^-----END PGP MESSAGE/p' "$mail" \
	    >"$WORLD/own@world/asc"
	GNUPGHOME=$WORLD/own@world gpg -q --status-fd 3 --decrypt "$WORLD/own@world/asc" \
	    >"$WORLD/own@world/plain" 3>"$WORLD/own@world/status" 2>>"$WORLD/gpg.log"
	grep -q DECRYPTION_OKAY "$WORLD/own@world/status" &&
	    grep -q 'verify.php' "$WORLD/own@world/plain" && opened=$((opened + 1))
	grep -q 'GOODSIG.*Example CSIRT' "$WORLD/own@world/status" &&
	    verified=$((verified + 1))
	to=$(awk '$2 == "ENC_TO" { print $3 }' "$WORLD/own@world/status")
	case ",$ids," in
	*",$to,"*) [ "$(grep -c ENC_TO "$WORLD/own@world/status")" = 1 ] && alone=$((alone + 1)) ;;
	esac
	# names outside and inside, as text; key ids in the packets' bytes
	sed "s/$address//g" "$mail" "$WORLD/own@world/plain" >"$WORLD/own@world/text"
	! grep -q 'members\.example\|Member number' "$WORLD/own@world/text" ||
	    named=$((named + 1))
	others "$address" >"$WORLD/own@world/others"
	{
		gpg -q --no-tty --dearmor <"$WORLD/own@world/asc" 2>>"$WORLD/gpg.log" | hex
		echo
		tr A-Z a-z <"$WORLD/own@world/text"
	} >"$WORLD/own@world/bytes"
	! grep -qFf "$WORLD/own@world/others" "$WORLD/own@world/bytes" || named=$((named + 1))
	GNUPGHOME=$WORLD/own@world gpgconf --kill gpg-agent
	rm -rf "$WORLD/own@world"
done <"$WORLD/members"
is "every member's own gpg opens their copy" "$members" "$opened"
is "and finds the team's signature" "$members" "$verified"
is "it names that member's key alone" "$members" "$alone"
is "and nobody else, by key, name or address" 0 "$named"
ok "the search would have found a key id" sh -c \
    "awk 'NR == 1 { print tolower(\$3) }' '$WORLD/members' | tr , '\n' >'$WORLD/known' &&
	mail=\$(grep -l \"^Delivered-To: \$(awk 'NR == 1 { print \$1 }' '$WORLD/members')\" '$G'/outbox/new/*) &&
	sed -n '/^-----BEGIN PGP MESSAGE/,/^-----END PGP MESSAGE/p' \"\$mail\" |
	gpg -q --no-tty --dearmor 2>/dev/null | od -An -v -tx1 | tr -d ' \n' |
	grep -qFf '$WORLD/known'"
took=$(($(date +%s) - started))
echo "# $members members in $took seconds"
ok "the audit chain verifies" noroshi audit verify
tap_end
