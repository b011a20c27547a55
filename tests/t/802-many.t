#!/bin/sh
# What one case costs to show does not grow with what else a gateway remembers:
# no page of the database is read for the cases and messages beside it.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway is made" gateway_new
CASE=$(noroshi case new --title "Saltmarsh" --from-phone --caller "J. Suzuki" \
    --json | jq -r .id)

# reads: pages of the database for one case show, without what gpg reads
reads() {
	noroshi case show "$CASE" >/dev/null
	strace -qq -y -e trace=pread64 -o "$TEST_TMP/strace" \
	    noroshi case show "$CASE" --json >"$TEST_TMP/shown"
	grep -c 'noroshi\.db' "$TEST_TMP/strace"
}

before=$(reads)
ok "it reads the database at all" test "$before" -gt 5
cp "$TEST_TMP/shown" "$TEST_TMP/shown.before"
sqlite3 "$G/noroshi.db" "
    WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n
	WHERE i < 6000)
    INSERT INTO cases (id, year, number, name, title_sealed, state, priority,
	opened_at, vault_key)
    SELECT i, 2020, i, 'EX-2020-' || i, x'00', 'open', 'normal', i, vault_key
	FROM n, (SELECT vault_key FROM cases LIMIT 1);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 20000)
    INSERT INTO message (sha256, direction, source, received_at, size, state,
	cases) SELECT printf('%064d', i), 'in', 'inbox', i, 1, 'processed',
	1001 + i % 5000 FROM n;"
after=$(reads)
ok "it reads hardly more beside 5,000 cases and 20,000 messages: $before, $after" \
    test "$after" -lt $((before + 30))
ok "and shows the same" cmp "$TEST_TMP/shown" "$TEST_TMP/shown.before"
tap_end
