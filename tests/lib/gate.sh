# gate.sh - what the gate says of a text, and mail that is taken in for it.
#
# Sourced by tests/t after gateway.sh.

# try CASE WHO [option...] <text: "tlp decision rule" of a send that is not done
try() {
	incident=$1 who=$2
	shift 2
	noroshi send --case "$incident" --to "$who" --dry-run --json "$@" \
	    2>"$TEST_TMP/err" >"$TEST_TMP/try"
	jq -r '"\(.tlp) \(.decision) \([.recipients[] |
	    select(.decision == "refuse" or .decision == "hold")][0].rule //
	    .recipients[0].rule)"' "$TEST_TMP/try"
}

# take NAME <mail: receives it, processes it, prints its number
take() {
	cat >"$WORLD/$1.eml"
	noroshi receive --from x@example.net "$WORLD/$1.eml" >"$TEST_TMP/taken"
	once
	cat "$TEST_TMP/taken"
}
