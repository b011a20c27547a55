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
for command in noroshi noroshid; do
	ok "$command --help succeeds" "$command" --help
	ok "$command --version succeeds" "$command" --version
done
tap_end
