#!/bin/sh
# soak.sh - many mails through a real Postfix and back while processes are
# killed: is each one there once at both ends?
#
# Run by "make soak". Postfix takes the mails by SMTP, hands them to the gateway
# by LMTP, and takes the copies by SMTP (STARTTLS) into its readers' Maildirs.
# Each SOAK_KILL seconds one process of ours gets kill -9, each 25th time the
# supervisor, which is started again. What was put off is due at once after the
# last mail came. From the environment: SOAK_MESSAGES (10000), SOAK_KILL (1; 0:
# none), SOAK_PATIENCE (seconds to wait for the end, 900), SOAK_SENDERS (2),
# SOAK_KEEP (a folder for log and memory figures).
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/postfix.sh"
. "$top_srcdir/tests/lib/load.sh"

messages=${SOAK_MESSAGES:-10000}
pause=${SOAK_KILL:-1}
patience=${SOAK_PATIENCE:-900}
senders=${SOAK_SENDERS:-2}
readers="taro@example.org ken@example.org"

missing=$(mx_missing)
[ -n "$missing" ] || [ -x /usr/sbin/smtp-source ] ||
    missing="Postfix's smtp-source is not installed"
[ -n "$missing" ] || command -v sqlite3 >/dev/null ||
    missing="sqlite3 is not installed"
if [ -n "$missing" ]; then
	echo "soak: $missing" >&2
	exit 77
fi
soak_end() {
	status=$?
	# shellcheck disable=SC2086
	[ -z "${helpers-}" ] || kill $helpers 2>/dev/null
	[ -z "${SOAK_KEEP-}" ] || cp "$TEST_TMP/daemon.log" "$TEST_TMP/memory" \
	    "$MX/mail.log" "$SOAK_KEEP" 2>/dev/null
	mx_stop
	(exit $status)
	test_cleanup
}
trap soak_end EXIT
XDG_RUNTIME_DIR=$(mktemp -d "$TEST_TMP/run.XXXXXX")
export XDG_RUNTIME_DIR

soak_fail() {
	echo "soak: $*" >&2
	exit 1
}

# --- the gateway and its mail server

soak_gateway() {
	load_gateway || return 1
	load_listen "$LMTP_PORT"
	# a death is nobody's fault here, however many a message meets
	cat >>"$NOROSHI_CONF" <<-END
	workers = 2;
	delivers = 2;
	attempts = 100;
	transport = "smtp";
	END
	load_setting smtp.host '"127.0.0.1"'
	load_setting smtp.port "$MX_PORT"
	load_setting smtp.ca_file "\"$MX/ca.pem\""
	noroshi config check
}

soak_postfix() {
	cat >>"$MX/etc/master.cf" <<-END
	127.0.0.3:$MX_PORT inet n - n - - smtpd
	  -o smtpd_tls_security_level=none
	lmtp unix - - n - 8 lmtp
	END
	cat >>"$MX/etc/main.cf" <<-END
	recipient_delimiter = +
	transport_maps = texthash:$MX/etc/transport
	queue_run_delay = 2s
	minimal_backoff_time = 2s
	maximal_backoff_time = 10s
	transport_retry_time = 2s
	lmtp_connect_timeout = 5s
	qmgr_message_active_limit = 20000
	END
	echo "$TEAM lmtp:inet:127.0.0.1:$LMTP_PORT" >"$MX/etc/transport"
	mx_mailbox csirt taro ken
}

# --- mail

# mail N: what the N-th mail is; each tenth answers an earlier one of its kind
soak_mail() {
	id="<soak-$1@client.example>"
	EXTRA=
	[ $(($1 % 10)) -ne 9 ] || [ "$1" -le 80 ] ||
	    EXTRA="In-Reply-To: <soak-$(($1 - 80))@client.example>"
	text="Report $1: 203.0.113.$(($1 % 250)) and 192.0.2.$(($1 % 240))"
	case $(($1 % 4)) in
	0) echo "$text" | mail_signed rika@client.example "$RIKA" "$TEAM" \
	    "Signed $1" "$id" ;;
	1) echo "$text" | mail_encrypted rika@client.example "$TEAM" "$RIKA" \
	    "$TEAM" "Sealed $1" "$id" ;;
	*) echo "$text" | mail_plain "$JIRO" "$TEAM" "Plain $1" "$id" ;;
	esac
}

# send FIRST: that and each $senders-th after it, from a folder of its own
soak_send() {
	own=$WORLD/sender-$1
	mkdir "$own"
	cp -a "$WORLD/rika@client.example" "$WORLD/nobody" "$own"
	WORLD=$own
	n=$1
	while [ "$n" -le "$messages" ]; do
		soak_mail "$n" >"$own/mail"
		until /usr/sbin/smtp-source -F "$own/mail" -f \
		    rika@client.example -t "$TEAM" "127.0.0.3:$MX_PORT" \
		    >>"$own/log" 2>&1; do
			echo "$n" >>"$TEST_TMP/refused"
			sleep 0.5
		done
		echo "$n" >>"$own/sent"
		n=$((n + senders))
	done
	for home in "$own"/*/; do
		GNUPGHOME=$home gpgconf --kill gpg-agent 2>/dev/null
	done
}

# --- death

# kill_one ROUND: a process of a role that is chosen first, as gpg lives so short
soak_kill_one() {
	if [ $(($1 % 25)) -eq 0 ]; then
		kill -9 "$DAEMON"
		wait "$DAEMON" 2>/dev/null
		echo noroshid >>"$TEST_TMP/kills"
		load_daemon
		return
	fi
	role=$(printf '%s\n' intake queue worker parser deliver gpg gpg-agent |
	    shuf -n 1)
	for try in 1 2 3 4 5 6 7 8 9 10; do
		victim=$(load_processes | sed -n "s/ $role\$//p" | shuf -n 1)
		[ -z "$victim" ] || break
	done
	[ -n "$victim" ] && kill -9 "$victim" 2>/dev/null &&
	    echo "$role" >>"$TEST_TMP/kills"
}

# --- the end of it

soak_waiting() {
	echo "$(find "$MX/queue/incoming" "$MX/queue/active" \
	    "$MX/queue/deferred" "$MX/queue/maildrop" -type f | wc -l)" \
	    "$(load_question "SELECT count(*) FROM message
		WHERE state = 'received'")" \
	    "$(load_question "SELECT count(*) FROM delivery
		WHERE state = 'queued'")" \
	    "$(load_question "SELECT count(*) FROM message")"
}

soak_settle() {
	left=$patience
	while [ "$left" -gt 0 ]; do
		# the time of the next try has come
		sqlite3 "$G/noroshi.db" '.timeout 20000' \
		    "UPDATE message SET next_attempt_at = 0
			WHERE state = 'received' AND next_attempt_at > 0" \
		    "UPDATE delivery SET next_attempt_at = 1
			WHERE state = 'queued'"
		touch "$G/spool/wake"
		set -- $(soak_waiting)
		[ "$1 $2 $3" != "0 0 0" ] || [ "$4" -lt "$messages" ] ||
		    return 0
		sleep 5
		left=$((left - 5))
	done
	return 1
}

# maildirs: "Message-ID recipient" of all that Postfix delivered
soak_maildirs() {
	for who in $readers; do
		find "$MX/mail/${who%@*}/new" -type f -exec \
		    awk -v who="$who" 'tolower($1) == "message-id:" {
			print $2, who
			nextfile
		    }' {} +
	done
}

figure() { printf '%-52s %s\n' "$1" "$2"; }

LMTP_PORT=$(server_port)
mx_new && soak_postfix || soak_fail "no Postfix"
soak_gateway >"$TEST_TMP/out" 2>&1 || {
	cat "$TEST_TMP/out"
	soak_fail "no gateway"
}
mx_start || soak_fail "Postfix does not start"
load_daemon
load_ready || soak_fail "noroshid does not start"
: >"$TEST_TMP/memory" >"$TEST_TMP/kills"

begin=$(date +%s)
pids=
for n in $(seq "$senders"); do
	soak_send "$n" &
	pids="$pids $!"
done
helpers=$pids
round=0
sampled=0
running=1
while [ $running -eq 1 ]; do
	round=$((round + 1))
	if [ "$pause" != 0 ]; then
		sleep "$pause"
		soak_kill_one $round
	else
		sleep 1
	fi
	[ $((round % 3)) -ne 0 ] || load_sample
	running=0
	for pid in $pids; do
		! kill -0 "$pid" 2>/dev/null || running=1
	done
	# as long as work is left, nobody is safe
	[ $running -eq 1 ] || [ "$pause" = 0 ] ||
	    [ "$(load_question "SELECT count(*) < $messages
		OR sum(state = 'received') > $((messages / 50)) FROM message")" \
		= 0 ] || [ $(($(date +%s) - begin)) -gt $((3 * patience)) ] ||
	    running=1
done
# shellcheck disable=SC2086
wait $pids
helpers=
killed=$(date +%s)
soak_settle || echo "soak: after $patience s there still waits: $(soak_waiting)"
ended=$(date +%s)
for i in 1 2 3; do
	load_sample
done
kill "$DAEMON"
wait "$DAEMON"
code=$?
DAEMON=

# --- counted at both ends
load_question "SELECT f.rfc_message_id || ' ' || d.recipient FROM delivery d
    JOIN draft f ON f.id = d.draft JOIN message m ON m.id = f.message
    WHERE m.direction = 'in'" | sort >"$TEST_TMP/copies"
soak_maildirs | sort >"$TEST_TMP/maildirs"
uniq "$TEST_TMP/maildirs" >"$TEST_TMP/distinct"
noroshi message list --json >"$TEST_TMP/list"
jq -r '.[] | select(.direction == "in") | .message_id' "$TEST_TMP/list" |
    sort >"$TEST_TMP/in"
seq "$messages" | sed 's/.*/<soak-&@client.example>/' | sort >"$TEST_TMP/sent"

lost=$(comm -23 "$TEST_TMP/sent" "$TEST_TMP/in" | wc -l)
lost_copies=$(comm -23 "$TEST_TMP/copies" "$TEST_TMP/distinct" | wc -l)
short=$((messages - $(load_question "SELECT count(*) FROM (
    SELECT f.message FROM delivery d JOIN draft f ON f.id = d.draft
    JOIN message m ON m.id = f.message
    WHERE d.state = 'sent' AND m.direction = 'in' GROUP BY f.message
    HAVING count(*) = $(echo $readers | wc -w)
    AND count(DISTINCT d.recipient) = count(*))")))
figure "mails that Postfix took" "$messages"
figure "messages in the gateway's list" "$(wc -l <"$TEST_TMP/in")"
figure "  lost" "$lost"
figure "  there twice" "$(uniq -d "$TEST_TMP/in" | wc -l)"
figure "  judged / quarantined / not yet" "$(load_question "SELECT
    sum(state = 'processed') || ' / ' || sum(state = 'quarantined') || ' / ' ||
    sum(state = 'received') FROM message WHERE direction = 'in'")"
figure "  without a copy sent to each reader once" "$short"
figure "copies that the gateway made" "$(wc -l <"$TEST_TMP/copies")"
figure "copies in Postfix's Maildirs, distinct" \
    "$(wc -l <"$TEST_TMP/distinct")"
figure "  lost" "$lost_copies"
figure "  doubled (same Message-ID, same reader)" \
    "$(($(wc -l <"$TEST_TMP/maildirs") - $(wc -l <"$TEST_TMP/distinct")))"
figure "  that the gateway knows nothing of" \
    "$(comm -13 "$TEST_TMP/copies" "$TEST_TMP/distinct" | wc -l)"
figure "audit chain" "$(noroshi audit verify >/dev/null 2>&1 &&
    echo whole || echo BROKEN)"
figure "deaths" "$(sort "$TEST_TMP/kills" | uniq -c |
    awk '{ n += $1; s = s ", " $2 " " $1 } END { print n + 0 s }')"
figure "attempts that Postfix had to make again" "$(grep -c \
    'relay=127.0.0.1.*status=deferred' "$MX/mail.log")"
figure "bounces by Postfix" "$(grep -c 'status=bounced' "$MX/mail.log")"
figure "seconds until the last kill / until all had left" \
    "$((killed - begin)) / $((ended - begin))"
# an envelope alone is swept by age
spool=$(find "$G/spool/new" "$G/spool/out" -type f ! -name '*.env' | wc -l)
figure "files left in spool/new and spool/out" "$spool"
figure "  half-written ones, swept after a day" "$(find "$G/spool/tmp" \
    -type f | wc -l)"
no_process_left >/dev/null 2>&1
figure "processes left" "$(processes_left 2>/dev/null | wc -l)"
figure "exit code of noroshid" "$code"
echo "resident memory, MB:"
load_memory
[ "$lost" -eq 0 ] && [ "$lost_copies" -eq 0 ] && [ "$short" -eq 0 ] &&
    [ "$code" -eq 0 ] && [ "$spool" -eq 0 ] && [ -z "$(processes_left 2>/dev/null)" ]
