#!/bin/sh
# Each test that doc/ATTACKS.md names is there.
. "$top_srcdir/tests/lib/gateway.sh"

# rows: what stands between "| " and " |" of the last column, a test a line
grep '^| .*`: `' "$top_srcdir/doc/ATTACKS.md" | sed 's/ |$//; s/.* | //' |
    sed 's/`; `/`\
`/g' >"$TEST_TMP/named"
rows=$(grep -c '^| .* |$' "$top_srcdir/doc/ATTACKS.md")
heads=$(grep -c '^| attack \|^| --- ' "$top_srcdir/doc/ATTACKS.md")
is "each row names a test" "$((rows - heads))" \
    "$(grep -c '^| .*`: `.*` |$' "$top_srcdir/doc/ATTACKS.md")"
ok "there are some" test "$(wc -l <"$TEST_TMP/named")" -ge "$((rows - heads))"
while IFS= read -r line; do
	file=$(printf '%s' "$line" | sed 's/^`\([^`]*\)`: .*/\1/')
	name=$(printf '%s' "$line" | sed 's/^`[^`]*`: `\(.*\)`$/\1/')
	grep -Fq -- "$name" "$top_srcdir/$file" || echo "$file has no \"$name\""
done <"$TEST_TMP/named" >"$TEST_TMP/gone" 2>&1
is "and each is in the file that is named" "" "$(cat "$TEST_TMP/gone")"
tap_end
