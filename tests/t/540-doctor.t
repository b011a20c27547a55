#!/bin/sh
# noroshi doctor: each finding of a gateway provoked, and mended again.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

# found SEVERITY PATTERN: there is a finding whose severity, and whose "where"
# and "what", fit these expressions
found() {
	noroshi doctor --json 2>/dev/null | jq -e --arg s "$1" --arg p "$2" \
	    'any(.[]; (.severity | test($s)) and (.where + ": " + .what | test($p))
	    and (.mend | length) > 0)'
}
# findings: how many, but for the daemon that does not run
findings() {
	noroshi doctor --json 2>/dev/null |
	    jq '[.[] | select(.what | test("no daemon runs") | not)] | length'
}
# sick SENTENCE SEVERITY PATTERN: now there is one finding, and of that kind
sick() {
	ok "$1" found "$2" "$3"
	is "and nothing else is found" 1 "$(findings)"
	if [ "$2" = error ]; then
		ok "which ends with 65" exits 65 noroshi doctor
	else
		ok "which ends with 0" exits 0 noroshi doctor
	fi
}
well() { is "mended, there is nothing to find" 0 "$(findings)"; }
# with TEXT: another configuration, with TEXT at its end and no smtp of init's
with() {
	{ sed '/^smtp: {/,/^};/d' "$G/noroshi.conf"; echo "$1"; } \
	    >"$G/other.conf"
	chmod 600 "$G/other.conf"
	NOROSHI_CONF=$G/other.conf
}
without() { NOROSHI_CONF=$G/noroshi.conf; }

# a fresh gateway
ok "a fresh gateway" gateway_new
ok "has too few readers" found error 'contacts: 0 of the staff can read'
ok "no PoC with a key" found error 'no PoC has'
ok "no deputy with a key" found error 'no deputy has'
ok "a contact without a key" found warning 'contact 1: is to get copies'
ok "its revocation certificate beside the key" found warning \
    'openpgp-revocs.d/.*revocation certificate'
ok "one who may release, who cannot release their own" found warning \
    'operators: 1 of them may release'
ok "no daemon" found warning 'no daemon runs'
is "and no other fault" 6 "$(findings)"
ok "so doctor ends with 65" exits 65 noroshi doctor
is "a finding is a line: what, where, how to mend it" 7 \
    "$(grep -Ec '^(error|warning): [^:]+: .+; .+' "$TEST_TMP/exits.out")"
is "and in JSON an object" "mend severity what where" \
    "$(noroshi doctor --json 2>/dev/null | jq '.[0]' | fields)"
ok "an operand is a wrong call" exits 64 noroshi doctor word

# mended
ok "three of the staff get keys" gateway_staff
mv "$G/gnupg/openpgp-revocs.d" "$TEST_TMP/offline"
sed 's/^operators = (/&\n\t{ user = "nobody"; contact = 3; },/' \
    "$G/noroshi.conf" >"$TEST_TMP/conf"
cat "$TEST_TMP/conf" >"$G/noroshi.conf"
well
ok "and doctor ends with 0" exits 0 noroshi doctor

# who reads
noroshi contact set 2 --role observer >/dev/null
noroshi contact set 3 --role observer >/dev/null
ok "one reader alone is too few" found error 'contacts: 1 of the staff'
ok "and a deputy is missing" found error 'no deputy has'
noroshi contact set 3 --role deputy >/dev/null
ok "two readers are enough" not found error 'of the staff can read'
noroshi contact set 2 --role handler >/dev/null
well
noroshi contact set 3 --verified none >/dev/null
ok "a key that nobody verified is none" found warning \
    'contact 3: is to get copies'
ok "for a deputy neither" found error 'no deputy has'
noroshi contact set 3 --verified met >/dev/null
well

# keys
expire() { # TIME: hanako's key gets that life, and the gateway the new copy
	world_gpg hanako@example.org --quick-set-expire \
	    "$(world_fpr hanako@example.org)" "$1" &&
	    world_gpg hanako@example.org --armor --export hanako@example.org \
		>"$WORLD/hanako.asc" &&
	    noroshi key import "$WORLD/hanako.asc" >/dev/null
}
expire 10d
sick "a key that expires in ten days is a warning" warning \
    'contact 2: key .*: expiring'
expire seconds=1
sleep 2
ok "one that has expired is an error" found error 'contact 2: key .*: expired'
ok "and its owner gets no copies" found warning 'contact 2: is to get copies'
expire 0
well
world_key "Old Team" old@example.org
world_gpg old@example.org --quick-set-expire "$(world_fpr old@example.org)" 9d
world_gpg old@example.org --armor --export-secret-keys >"$WORLD/old.secret"
noroshi init "$TEST_TMP/old" --team "Old Team" --address old@example.org \
    --key "$WORLD/old.secret" >/dev/null
NOROSHI_CONF=$TEST_TMP/old/noroshi.conf
ok "the team's own key is looked at, too" found warning \
    'team.key: key .*: expiring'
without

# the team's secrets
mv "$G/gnupg/private-keys-v1.d" "$TEST_TMP/secret"
mkdir -m 700 "$G/gnupg/private-keys-v1.d"
ok "a secret half that is gone is an error" found error \
    'team.key: the agent has no secret half'
ok "and the vault stays closed" found error 'the vault does not open'
rmdir "$G/gnupg/private-keys-v1.d"
mv "$TEST_TMP/secret" "$G/gnupg/private-keys-v1.d"
well
cp "$G/gnupg/vault.pgp" "$TEST_TMP/vault"
echo nonsense >"$G/gnupg/vault.pgp"
sick "a vault that is none is an error" error 'the vault does not open'
cat "$TEST_TMP/vault" >"$G/gnupg/vault.pgp"
well
sed "s/\(fingerprint\|key\) = \"[0-9A-F]*\"/\1 = \"$(world_fpr \
    old@example.org)\"/" "$G/noroshi.conf" >"$G/other.conf"
chmod 600 "$G/other.conf"
NOROSHI_CONF=$G/other.conf
sick "a team key that nobody knows is an error" error '^team.key: '
without

# permissions and owners
for path in gnupg gnupg/private-keys-v1.d gnupg/vault.pgp noroshi.db spool \
    "$(cd "$G" && find gnupg/private-keys-v1.d -name '*.key' | head -n 1)"; do
	mode=$(stat -c %a "$G/$path")
	chmod go+r "$G/$path"
	sick "others may not reach ${path%/*.key}" error 'others may reach it'
	chmod "$mode" "$G/$path"
done
well
chmod g+w "$G/noroshi.conf"
sick "others may not write the configuration" error \
    'noroshi.conf.*others may write it'
chmod g-w "$G/noroshi.conf"
well
if [ "$(id -u)" = 0 ]; then
	chown 65534 "$G/noroshi.db"
	sick "the files are one user's" error 'noroshi.db: belongs to user 65534'
	chown 0 "$G/noroshi.db"
	well
	# root may write there, somebody else may not
	somebody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	if somebody noroshi --version >/dev/null 2>&1; then
		chmod 711 "$TEST_TMP"
		chown -R 65534 "$G"
		chmod 500 "$G/spool/out"
		noroshi() { somebody noroshi "$@"; }
		ok "a spool that cannot be written to is an error" found error \
		    'spool/out: cannot be written to'
		unset -f noroshi
		chmod 700 "$G/spool/out"
		chown -R 0 "$G"
		well
	else
		skip "a spool that cannot be written to is an error" \
		    "other users cannot run the programs in $builddir"
	fi
else
	skip "the files are one user's" "only root may give files away"
	chmod 500 "$G/spool/out"
	sick "a spool that cannot be written to is an error" error \
	    'spool/out: cannot be written to'
	chmod 700 "$G/spool/out"
	well
fi

# the configuration
with 'second_person = "contact";'
sick "believing --as is for trials" warning 'second_person: '
with 'second_persn = "contact";'
ok "a mistake stands with its line" found error \
    'other.conf:[0-9]+: second_persn'
ok "and ends with 65" exits 65 noroshi doctor
sed '/user = "nobody"/d' "$G/noroshi.conf" >"$G/other.conf"
sick "who may release is one too few" warning 'operators: 1 of them may'
sed 's/contact = 3;/contact = 99;/' "$G/noroshi.conf" >"$G/other.conf"
ok "an operator is bound to somebody" found error 'bound to contact 99'
sed 's/user = "nobody"/user = "no-such-user"/' "$G/noroshi.conf" >"$G/other.conf"
sick "and is a user of this machine" warning 'no Unix user no-such-user'
sed '/^operators = /,/);/d' "$G/noroshi.conf" >"$G/other.conf"
sick "without operators nobody can act" warning 'operators: nobody'
noroshi -c "$G/noroshi.conf" contact add Vendor --address v@example.com \
    --class vendor >/dev/null
sed 's/contact = 3;/contact = 4;/' "$G/noroshi.conf" >"$G/other.conf"
ok "and only staff may" found error 'contact 4, who is not staff'
echo secret >"$G/password"
chmod 600 "$G/password"
smtp='transport = "smtp"; smtp: { host = "localhost"; tls = '
with "$smtp\"none\"; };"
well
sed 's/localhost/mail.example.org/' "$G/other.conf" >"$G/far.conf"
chmod 600 "$G/far.conf"
NOROSHI_CONF=$G/far.conf
ok "mail to another machine needs TLS" found error 'far.conf:[0-9]+: smtp.tls'
with "$smtp\"starttls\"; user = \"x\"; password_file = \"password\"; };"
well
with "$smtp\"starttls\"; ca_file = \"no.pem\"; };"
ok "a CA file that is not there is an error" found error 'no.pem'
chmod 644 "$G/password"
with "$smtp\"starttls\"; user = \"x\"; password_file = \"password\"; };"
ok "and a password that others may read" found error 'smtp.password_file'
without
ok "a configuration that is not there is 66" exits 66 noroshi \
    -c "$G/no.conf" doctor

# the machine
mkdir "$TEST_TMP/empty"
programs=$NOROSHI_LIBEXEC
NOROSHI_LIBEXEC=$TEST_TMP/empty
sick "a program that is not there is an error, and no key is said to be lost" \
    error 'noroshi-gpg: '
NOROSHI_LIBEXEC=$programs
free=$(($(stat -f -c '%a * %S' "$G/spool")))
sed 's/^\t#message = .*/\tmessage = 1073741824;/' "$G/noroshi.conf" \
    >"$G/other.conf"
NOROSHI_CONF=$G/other.conf
if [ "$free" -lt $((16 * 1073741824)) ]; then
	ok "a disk that is nearly full is found" found '.*' 'MiB are free'
else
	ok "a disk with room is none" not found '.*' 'MiB are free'
fi
without
touch -d '2 days ago' "$G/spool/tmp/left"
sick "what was left half-written is found" warning \
    'spool/tmp: 1 half-written file of over a day'
rm "$G/spool/tmp/left"
well
mkdir "$G/gnupg/ring-cli-4194305"
sick "a ring that a killed command left is found" warning \
    'ring-cli-4194305: .*left its key ring'
rmdir "$G/gnupg/ring-cli-4194305"
well

# the database
mv "$G/noroshi.db" "$TEST_TMP/db"
ok "a database that is gone is an error" found error 'noroshi.db: database'
mv "$TEST_TMP/db" "$G/noroshi.db"
well
if command -v sqlite3 >/dev/null 2>&1; then
	cp "$G/noroshi.db" "$TEST_TMP/db"
	sqlite3 "$G/noroshi.db" "UPDATE contact_key SET verified_at =
	    verified_at - 731 * 86400 WHERE contact = 2"
	sick "a key that was verified long ago is a warning" warning \
	    'contact 2: key .* over 24 months ago'
	sqlite3 "$G/noroshi.db" "UPDATE contact_key SET verified_at =
	    verified_at + 731 * 86400 WHERE contact = 2"
	well
	sqlite3 "$G/noroshi.db" "UPDATE audit SET actor = 'nobody' WHERE id = 2"
	sick "a record that was changed is an error" error \
	    'record of decisions is broken'
	rm -f "$G"/noroshi.db-*
	cat "$TEST_TMP/db" >"$G/noroshi.db"
	well
	page=$(sqlite3 "$G/noroshi.db" \
	    "PRAGMA wal_checkpoint(TRUNCATE); SELECT rootpage FROM
	    sqlite_master WHERE name = 'delivery'" | tail -n 1)
	head -c 64 /dev/zero | tr '\0' x | dd of="$G/noroshi.db" bs=1 \
	    seek=$(((page - 1) * 4096)) conv=notrunc 2>/dev/null
	ok "a database that is not whole is an error" found error \
	    'noroshi.db: .*database'
	rm -f "$G"/noroshi.db-*
	cat "$TEST_TMP/db" >"$G/noroshi.db"
	well
else
	skip "a key that was verified long ago is a warning" "no sqlite3"
	skip "a record that was changed is an error" "no sqlite3"
	skip "a database that is not whole is an error" "no sqlite3"
fi

# the daemon
daemon_run
wait_for 10 test -s "$G/spool/noroshid.pid"
is "with a daemon that runs there are no findings" "no findings" \
    "$(noroshi doctor)"
is "and the JSON is an empty array" "[]" "$(noroshi doctor --json)"
daemon_end -KILL 2>/dev/null
ok "one that was killed left its number, and does not run" sh -c \
    "test -s '$G/spool/noroshid.pid'"
ok "which is seen" wait_for 5 found warning 'no daemon runs'
tap_end
