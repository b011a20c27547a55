#!/bin/sh
# What other programs' own tests expect of their mail, and whether we see the
# same: parse trees and threads. $NOROSHI_CORPUS names the folder of it.
. "$top_srcdir/tests/lib/gateway.sh"

if [ -z "${NOROSHI_CORPUS-}" ] || [ ! -d "$NOROSHI_CORPUS" ]; then
	skip "80 parse trees" "NOROSHI_CORPUS names no folder"
	skip "24 threads" "NOROSHI_CORPUS names no folder"
	tap_end
	exit
fi
cd "$NOROSHI_CORPUS" || exit 1

# --- Apache James mime4j: the tree of each mail ---------------------------------
find mime4j -name '*.msg' | LC_ALL=C sort >"$TEST_TMP/mails"
sed 's/msg$/xml/' "$TEST_TMP/mails" >"$TEST_TMP/trees"
xargs parts <"$TEST_TMP/mails" >"$TEST_TMP/ours"
LC_ALL=C xargs awk -f "$top_srcdir/tests/lib/mime4j.awk" \
    <"$TEST_TMP/trees" >"$TEST_TMP/theirs"
# by_file: one line for each mail, "name|part|part..."
by_file() {
	awk '/^= / { if (s != "") print s
		s = $2; sub(/.*\//, "", s); next }
	    { s = s "|" $0 }
	    END { print s }' "$1"
}
by_file "$TEST_TMP/ours" >"$TEST_TMP/ours.lines"
by_file "$TEST_TMP/theirs" >"$TEST_TMP/theirs.lines"
is "each mail has a tree" "$(wc -l <"$TEST_TMP/mails")" \
    "$(wc -l <"$TEST_TMP/theirs.lines")"
is "no limit is met" 0 "$(grep -c '|!' "$TEST_TMP/ours.lines")"
diff "$TEST_TMP/ours.lines" "$TEST_TMP/theirs.lines" |
    sed -n 's/^< \([^|]*\)|.*/\1/p' | sort >"$TEST_TMP/others"
# Where we read otherwise, and why:
cat >"$TEST_TMP/known" <<-EOT
	encoded-message multi-2gifs-base64.msg
	encoded-message bad-newlines-multiple-parts-base64.msg
	encoded-message base64encoded-rfc822message-nested.msg
	encoded-message base64encoded-rfc822message.msg
	body-kept hdr-fakeout.msg
	body-kept basic-plain-with-bad-header-separator.msg
	body-kept malformedHeader-nocrlfcrlf.msg
	body-kept malformedHeader-noheader.msg
	body-kept malformedHeaderStartsBody-nocrlfcrlf.msg
	body-kept malformedHeaderStartsBody-noheader.msg
	body-kept obsolete.msg
	boundary-alone ending-boundaries.msg
	boundary-space very-long-boundary.msg
	boundary-space very-very-long-boundary.msg
	boundary-space weird-boundary.msg
EOT
# encoded-message: a message/rfc822 in base64 stays a file; RFC 2046 section
#     5.2.1 allows it none.
# body-kept: a line that is no field ends the header and is text; mime4j drops
#     it or takes it for a field.
# boundary-alone: text behind a boundary makes it none, RFC 2046 section 5.1.1.
# boundary-space: a boundary does not end with a space, same section.
is "each other tree than mime4j's has a reason, and no reason is left over" \
    "$(sed 's/.* //' "$TEST_TMP/known" | sort)" "$(cat "$TEST_TMP/others")"
# why reason: ours and theirs of those files, as pairs "ours / theirs"
why() {
	for name in $(sed -n "s/^$1 //p" "$TEST_TMP/known"); do
		printf '%s / %s\n' "$(grep "^$name|" "$TEST_TMP/ours.lines" |
		    cut -d'|' -f2- | sed 's/ [0-9]*\(|\|$\)/\1/g')" \
		    "$(grep "^$name|" "$TEST_TMP/theirs.lines" |
			cut -d'|' -f2- | sed 's/ [0-9]*\(|\|$\)/\1/g')"
	done | sort -u
}
is "an encoded message is one file" "0 message/rfc822" \
    "$(why encoded-message | sed 's, / .*,,' | sort -u)"
is "a broken header changes no structure" "0 text/plain / 0 text/plain" \
    "$(why body-kept)"

# --- notmuch: the threads of a mailing list ---------------------------------------
# A stranger's word joins no case. So each author is a contact for whose domain
# the border speaks. And cases do not merge by themselves: two answers to a
# mail that comes after them both are two cases. So the mails come by date.
ok "a gateway" gateway_new
gateway_silent
sed -i 's/#authserv_ids = .*/authserv_ids = [ "mx.example.org" ];/' \
    "$NOROSHI_CONF"
sed 1d notmuch-default/threads.tsv >"$TEST_TMP/threads"
mkdir "$TEST_TMP/list"
while IFS='	' read -r file thread; do
	date=$(date -u -d "$(sed -n '/^Date: */{s///;p;q;}' \
	    "notmuch-default/$file")" +%s)
	from=$(sed -n '/^From:/{s/.*<\(.*\)>.*/\1/;s/^From: *//;p;q;}' \
	    "notmuch-default/$file")
	echo "$from" >>"$TEST_TMP/authors"
	{
		printf 'Authentication-Results: mx.example.org; dmarc=pass'
		printf ' header.from=%s\n' "${from##*@}"
		sed '1{/^From /d;}' "notmuch-default/$file"
	} >"$TEST_TMP/list/$date.$(echo "$file" | tr / _)"
done <"$TEST_TMP/threads"
sort -u "$TEST_TMP/authors" | while read -r author; do
	noroshi contact add "$author" --address "$author" --class finder
done >"$TEST_TMP/contacts" 2>&1
is "its authors are known" "$(sort -u "$TEST_TMP/authors" | wc -l)" \
    "$(grep -c '^[0-9]*$' "$TEST_TMP/contacts")"
noroshi receive "$TEST_TMP/list"/* >"$TEST_TMP/ids"
ok "noroshid --once ends well" once
noroshi message list --json >"$TEST_TMP/messages"
while IFS='	' read -r file thread; do
	id=$(noroshi receive "$TEST_TMP/list"/*."$(echo "$file" | tr / _)")
	printf '%s %s\n' "$thread" "$(jq -r --argjson id "$id" \
	    '.[] | select(.id == $id) | .case' "$TEST_TMP/messages")"
done <"$TEST_TMP/threads" | sort -u >"$TEST_TMP/pairs"
is "24 threads are 24 cases" "24 24 24" "$(wc -l <"$TEST_TMP/pairs") $(cut \
    -d' ' -f1 "$TEST_TMP/pairs" | sort -u | wc -l) $(cut -d' ' -f2 \
    "$TEST_TMP/pairs" | sort -u | wc -l)"
tap_end
