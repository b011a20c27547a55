#!/bin/sh
# What each program can reach is what it links, and includes point one way.
. "$top_srcdir/tests/lib/gateway.sh"

links() { ldd "$builddir/$1" | grep -Eq "lib($2)"; }

for role in intake parser deliver; do
	ok "$role links neither GPGME nor SQLite" \
	    not links noroshi-$role 'gpgme|sqlite3|gcrypt\.so.*gpg'
done
ok "queue links no GPGME" not links noroshi-queue gpgme
ok "the supervisor links neither GPGME nor SQLite nor libsodium" \
    not links noroshid 'gpgme|sqlite3|sodium'
ok "the parser links libetpan" links noroshi-parser etpan
ok "intake links libetpan, for IMAP" links noroshi-intake etpan
for program in noroshid noroshi-worker noroshi-queue noroshi-deliver noroshi; do
	ok "$program links no libetpan" not links $program etpan
done
ok "the parser reads JSON" links noroshi-parser jansson
ok "the worker links GPGME" links noroshi-worker gpgme
for program in noroshid noroshi-intake noroshi-queue noroshi-worker \
    noroshi-parser noroshi-deliver; do
	ok "$program links libseccomp, to confine itself" links $program seccomp
done
for program in noroshi noroshi-gpg; do
	ok "$program links no libseccomp" not links $program seccomp
done

exported() {
	nm -D --defined-only "$builddir/.libs/libnoroshi.so" |
	    awk '$2 ~ /[TDBR]/ { print $3 }' | sort
}
declared() {
	grep -o 'noroshi_[a-z_]* *(' "$top_srcdir/include/noroshi.h" |
	    tr -d ' (' | sort -u
}
is "libnoroshi exports what noroshi.h declares, and nothing else" \
    "$(declared)" "$(exported)"

# included FOLDER: the folders whose headers it includes; tests may do more
included() {
	find "$top_srcdir/src/$1" -name '*.[ch]' ! -name 'test_*' \
	    ! -name 'fuzz_*' -exec \
	    sed -n 's|^#include "\([a-z]*\)/.*|\1|p' {} + | sort -u
}
below=
for folder in base config process message pgp store people policy cases queue \
    worker cli; do
	below="$below $folder"
	is "$folder includes nothing above it" "" "$(included $folder |
	    grep -vxF "$(echo $below | tr ' ' '\n')")"
done
for folder in intake deliver; do
	is "$folder includes neither pgp nor what reads the database" "" \
	    "$(included $folder | grep -xE 'pgp|people|policy|cases|queue|worker|cli'
	    grep -l '"store/db.h"' "$top_srcdir/src/$folder"/*.[ch])"
done
tap_end
