#!/bin/sh
# The manual pages are well formed.
. "$top_srcdir/tests/lib/gateway.sh"

lint() {
	# a page of ours that is not installed yet is no mistake
	"$MANDOC" -Tlint -Wwarning "$1" >"$TEST_TMP/lint" 2>&1 || :
	grep -v 'referenced manual not found' "$TEST_TMP/lint" |
	    grep . && return 1
	return 0
}
for page in "$top_srcdir"/doc/man/*.[1-8]; do
	if [ -n "$MANDOC" ]; then
		ok "${page##*/} has no mistakes for mandoc" lint "$page"
	else
		skip "${page##*/} has no mistakes for mandoc" "no mandoc"
	fi
done
# every warning that copies have a sentence for has its entry
words=$(sed -n '/warning_phrase\[\]/,/NULL, NULL/p' \
    "$top_srcdir/src/worker/summary.c" | sed -n 's/^    {"\([a-z0-9-]*\)".*/\1/p')
ok "there are warnings" test -n "$words"
missing=
for word in $words; do
	grep -Eq "^\.It Li ([a-z0-9-]+ , )*$word( |\$)" \
	    "$top_srcdir/doc/man/noroshi.7" || missing="$missing $word"
done
is "each warning stands in noroshi(7)" "" "$missing"
for command in noroshi noroshid; do
	ok "$command --help succeeds" "$command" --help
	ok "$command --version succeeds" "$command" --version
done
tap_end
