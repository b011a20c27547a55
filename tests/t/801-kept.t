#!/bin/sh
# The vault's key, kept between the commands of one user: who has it, how long,
# and what happens where it is wrong or cannot be kept.
. "$top_srcdir/tests/lib/gateway.sh"

if ! command -v keyctl >/dev/null ||
    ! probe=$(keyctl add user "noroshi-probe:$$" x @u 2>/dev/null); then
	skip "a kept key opens the vault" "no keyutils, or no keys in this kernel"
	tap_end
	exit
fi
keyctl unlink "$probe" @u >/dev/null

ok "a gateway is made" gateway_new
TITLE="Saltmarsh, by telephone"
noroshi case new --title "$TITLE" --from-phone --caller "J. Suzuki" >/dev/null

titles() { noroshi "$@" case list --json | jq -r '.[].title'; }
# as titles, where gpg cannot be started: only a kept key opens the vault
kept() (
	NOROSHI_LIBEXEC=$TEST_TMP/nothing
	titles "$@" 2>/dev/null
)
# names: the keys that are kept, here and by whoever tests beside us
names() { keyctl rlist @u | tr ' ' '\n' | while read -r id; do
	keyctl rdescribe "$id" 2>/dev/null | grep -q ';noroshi:[0-9a-f]*$' &&
	    echo "$id"
done | sort; }
# forget: nothing is kept for this gateway; keep SECONDS: from now on
forget() {
	gateway_conf keep 0
	titles >/dev/null
}
keep() {
	forget
	gateway_conf keep "$1"
}

forget
before=$(names)
is "with keep = 0 each command asks gpg" "" "$(kept)"
# others' keys may end meanwhile
is "and leaves no key behind" "" "$(names | grep -vxF "${before:-none}")"

gateway_conf keep 600
is "nothing is kept before a command opened the vault" "" "$(kept)"
is "a command opens it" "$TITLE" "$(titles)"
is "the next one needs no gpg" "$TITLE" "$(kept)"
ok "and starts no program" sh -c "strace -f -qq -e trace=execve \
    -o '$TEST_TMP/strace' noroshi search saltmarsh &&
    [ \$(grep -c 'execve(' '$TEST_TMP/strace') = 1 ]"

names >"$TEST_TMP/now"
id=$(echo "$before" | grep -vxF -f - "$TEST_TMP/now" | head -n 1)
is "its rights are this user's alone" "user;$(id -u);$(id -g);1b0b0000" \
    "$(keyctl rdescribe "$id" | cut -d';' -f1-4)"
grep "^$(printf %08x "$id")" /proc/keys | awk '{ print $4 }' >"$TEST_TMP/end"
ok "it ends by itself, in ten minutes" grep -Eqx '9m|10m' "$TEST_TMP/end"
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --clear-groups true; then
	ok "another user cannot read it" not setpriv --reuid=65534 \
	    --clear-groups keyctl pipe "$id"
else
	skip "another user cannot read it" "not root"
fi
bytes=$(keyctl pipe "$id" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g')
is "it is a key of 32 bytes" 128 "${#bytes}"
is "which lies in no file of the gateway" "" \
    "$(LC_ALL=C grep -rlaP "$bytes" "$G")"

cp -a "$G" "$TEST_TMP/copy"
is "a copy of the gateway does not get it" "" \
    "$(kept -c "$TEST_TMP/copy/noroshi.conf")"
is "but asks gpg" "$TITLE" "$(titles -c "$TEST_TMP/copy/noroshi.conf")"
sed -i 's/^\t*keep = .*/\tkeep = 0;/' "$TEST_TMP/copy/noroshi.conf"
titles -c "$TEST_TMP/copy/noroshi.conf" >/dev/null

mv "$G/gnupg/private-keys-v1.d" "$G/gnupg/away"
is "commands go on while it is kept" "$TITLE" "$(titles)"
noroshi doctor >"$TEST_TMP/doctor" 2>&1 || :
ok "yet doctor asks the team's key" grep -q "the vault does not open" \
    "$TEST_TMP/doctor"
rm -rf "$G/gnupg/private-keys-v1.d"
mv "$G/gnupg/away" "$G/gnupg/private-keys-v1.d"

name=$(keyctl rdescribe "$id" | cut -d';' -f5)
ok "nobody writes over it" not sh -c "echo x | keyctl padd user $name @u"
keyctl unlink "$id" @u >/dev/null
wrong=$(printf '%032d' 0 | keyctl padd user "$name" @u)
is "a key that is not the vault's opens nothing" "" "$(kept)"
is "gpg is asked then" "$TITLE" "$(titles)"
is "and the right one is in its place" "$TITLE" "$(kept)"
ok "the wrong one is not there any more" \
    not sh -c "keyctl rlist @u | grep -qw $wrong"

keep 1
titles >/dev/null
is "a second is a second" "$TITLE" "$(kept)"
sleep 2
is "and no more" "" "$(kept)"

keep 600
is "where the kernel keeps no keys, gpg is asked" "$TITLE" \
    "$("$builddir/old_kernel" noroshi case list --json | jq -r '.[].title')"
is "each time" "" "$(kept)"

titles >/dev/null
ok "a gateway is made anew in the same place" gateway_new
noroshi case new --title "Another" --from-phone --caller "J. Suzuki" >/dev/null
is "it has a vault of its own" "Another" "$(titles)"
is "that is kept" "Another" "$(kept)"
forget
is "keep = 0 ends what was kept" "" "$(gateway_conf keep 600 && kept)"
tap_end
