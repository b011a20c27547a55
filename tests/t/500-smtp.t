#!/bin/sh
# A real Postfix takes the mail: over TLS that proves its name, in its own
# words, or later.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/postfix.sh"

missing=$(mx_missing)
if [ -n "$missing" ]; then
	echo "1..0 # SKIP $missing"
	exit 0
fi
smtp_cleanup() {
	status=$?
	[ -z "${KEEP-}" ] || [ -z "${MX_PID-}" ] || cp "$MX/mail.log" /tmp
	mx_stop
	(exit $status)
	test_cleanup
}
trap smtp_cleanup EXIT

# queued address name: one value of that person's first delivery
queued() {
	noroshi queue list --json |
	    jq -r "[.[] | select(.recipient == \"$1@example.org\")][0].$2"
}

# due: what waits for its next try is tried by the next run
due() {
	# shellcheck disable=SC2046
	noroshi queue retry $(noroshi queue list --state queued --json |
	    jq -r '.[].id') >/dev/null
}

ok "a Postfix of our own has its certificate" mx_new
mx_mailbox taro hanako ken
mx_refuse ken@example.org "550 5.1.1 Ken has left"
ok "a gateway is made" gateway_new
ok "staff get contacts and keys" gateway_staff
ok "so do the people outside" day_people
world_know "$WORLD/team.asc"
gateway_conf transport '"smtp"'
gateway_conf host '"127.0.0.1"'
gateway_conf port "$MX_PORT"
gateway_conf ca_file "\"$MX/ca.pem\""
gateway_conf timeout 10
gateway_conf enabled false

day_mail report-encrypted >"$WORLD/report"
world_drop "$G/inbox" <"$WORLD/report"
ok "noroshid --once ends well without a server" once
is "every copy waits" "queued queued queued" \
    "$(noroshi queue list --json | jq -r '[.[].state] | join(" ")')"
is "after one try" 1 "$(queued taro attempts)"
ok "for a later one" [ "$(queued taro next_attempt_at)" \> \
    "$(date -u +%Y-%m-%dT%H:%M:%S)" ]
ok "and says why" sh -c "echo '$(queued taro last_error)' |
    grep -q '^127.0.0.1: .*refused'"
mkdir "$TEST_TMP/out"
cp "$G"/spool/out/* "$TEST_TMP/out"

ok "Postfix starts" mx_start
gateway_conf ca_file "\"$MX/other.pem\""
due
once
is "a certificate of somebody else's CA proves nothing" \
    "queued 2 127.0.0.1: TLS: unable to get local issuer certificate" \
    "$(queued taro state) $(queued taro attempts) $(queued taro last_error)"
gateway_conf ca_file "\"$MX/ca.pem\""
gateway_conf host '"127.0.0.2"'
due
once
is "nor does one for another address" "queued 3 127.0.0.2: TLS: IP address mismatch" \
    "$(queued taro state) $(queued taro attempts) $(queued taro last_error)"
gateway_conf host '"127.0.0.1"'
gateway_conf user '"csirt"'
gateway_conf password_file '"password"'
echo "correct horse battery" >"$G/password"
chmod 644 "$G/password"
noroshi config check >"$TEST_TMP/check" 2>&1
is "a password that others may read is a mistake" 78 $?
ok "that is named where it stands" grep -q \
    'noroshi.conf:[0-9]*: smtp.password_file: .*others may read it' \
    "$TEST_TMP/check"
chmod 600 "$G/password"
due
once
is "without the authentication that was asked for nothing is sent" \
    "queued 4 127.0.0.1: authentication is not offered" \
    "$(queued taro state) $(queued taro attempts) $(queued taro last_error)"
ok "the password is in no log and no database" not grep -rq "correct horse" \
    "$TEST_TMP/daemon.log" "$G/noroshi.db" "$G/spool"
sed -i '/^\t*user = "csirt"/d; /password_file/d' "$NOROSHI_CONF"
is "Postfix has heard of no mail up to now" "" \
    "$(grep -h 'from=<' "$MX/mail.log")"

due
ok "noroshid --once ends well with a server" once
is "it takes what it takes, and refuses what it refuses" "sent sent failed" \
    "$(queued taro state) $(queued hanako state) $(queued ken state)"
ok "in its own words" sh -c "echo '$(queued ken last_error)' |
    grep -q 'RCPT TO: 550 5.1.1 .*Ken has left'"
ok "a copy arrives" mx_wait taro 1
ok "and the other one" mx_wait hanako 1
is "and none for whom it was refused" "" "$(mx_mails ken)"
whole=0
for who in taro hanako; do
	mail=$(mx_mails $who)
	for out in "$TEST_TMP"/out/*; do
		tr -d '\r' <"$out" >"$TEST_TMP/lf"
		# a copy's own are its session key and its checksum
		awk 'NR == FNR { shared[$0] = 1; next } $0 in shared' \
		    "$TEST_TMP/lf" "$mail" >"$TEST_TMP/common"
		tail -c "$(wc -c <"$TEST_TMP/lf")" "$TEST_TMP/common" \
		    >"$TEST_TMP/tail"
		own=$(awk 'NR == FNR { shared[$0] = 1; next }
		    /BEGIN PGP/ { on = 1 }
		    on && !($0 in shared)' "$TEST_TMP/lf" "$mail" | wc -l)
		cmp -s "$TEST_TMP/lf" "$TEST_TMP/tail" && [ "$own" -le 4 ] &&
		    whole=$((whole + 1))
	done
	ok "$who's own gpg opens it" world_read $who@example.org "$mail"
	ok "and finds the team's signature" grep -q 'GOODSIG .* Example CSIRT' \
	    "$WORLD/status"
done
is "every byte of them is as it was sealed" 2 "$whole"
ok "they come from the team, each with a return path of its own" grep -Eq \
    '^Return-Path: <csirt[+]b[1-9][0-9]*-[a-z2-7]{16}@example.org>$' \
    "$(mx_mails taro)"
ok "over TLS" grep -q "using TLSv1.[23] with cipher" "$(mx_mails taro)"

gateway_conf port "$MXS_PORT"
gateway_conf tls '"implicit"'
day_mail report-inline >"$WORLD/report"
world_drop "$G/inbox" <"$WORLD/report"
ok "a gateway with implicit TLS ends well" once
ok "a copy arrives there too" mx_wait taro 2
is "it was sent at the first try" "sent 1" \
    "$(noroshi queue list --json | jq -r '[.[] |
	select(.recipient == "taro@example.org")][1] |
	"\(.state) \(.attempts)"')"
mx_stop
ok "nothing of it is left running" no_process_left
tap_end
