#!/bin/sh
# Processes are killed at random, the supervisor too, while mail comes in: each
# message is there once, each reader's copy once, and nothing is left behind.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"
. "$top_srcdir/tests/lib/day.sh"

# Its own place for the agents' folders, so that what is left can be counted.
XDG_RUNTIME_DIR=$(mktemp -d /tmp/nr.XXXXXX)
export XDG_RUNTIME_DIR
trap 'code=$?; rm -rf "$XDG_RUNTIME_DIR"; (exit $code); test_cleanup' EXIT

ok "a gateway with a team" gateway_new
gateway_silent # who of several mails is acknowledged depends on their order
ok "and its readers" gateway_staff
ok "and people outside" day_people
world_know "$WORLD/team.asc"
# A message may be in the hands of many a worker that is killed here.
printf 'delivers = 2;\nworkers = 2;\nattempts = 100;\n' >>"$NOROSHI_CONF"
mkdir "$TEST_TMP/mail"
for name in $day_names; do
	day_mail $name >"$TEST_TMP/mail/a-$name"
	echo "$name again" >>"$TEST_TMP/ids"
done
for n in 1 2 3 4 5 6 7 8; do
	echo "Report $n: 203.0.113.$n" | mail_signed rika@client.example \
	    "$RIKA" "$TEAM" "Case $n" "<case-$n@client.example>" \
	    >"$TEST_TMP/mail/b-$n"
	echo "More on $n" | EXTRA="In-Reply-To: <case-$n@client.example>" \
	    mail_signed rika@client.example "$RIKA" "$TEAM" "Re: Case $n" \
	    "<more-$n@client.example>" >"$TEST_TMP/mail/c-$n"
done
total=$(ls "$TEST_TMP/mail" | wc -l)
cp -a "$G" "$TEST_TMP/fresh"

# What must be the same with and without kills; numbers may differ.
outcome() {
	noroshi message list --json >"$TEST_TMP/list"
	# an answer that overtakes what it answers is a report: kills decide that
	jq -r '.[] | "\(.sha256) \(.state) \(.classification.kind? // "" |
	    sub("reply"; "report")) \(.tlp.effective? // "")"' \
	    "$TEST_TMP/list" | sort
	# which messages are together in a case
	jq -r '[.[] | select(.case != null)] | group_by(.case) |
	    map(map(.sha256) | sort | join(" ")) | sort | .[]' "$TEST_TMP/list"
	# each message's copies
	noroshi queue list --json | jq -r --slurpfile list "$TEST_TMP/list" '
	    ($list[0] | map({key: (.id | tostring), value: .sha256}) |
	    from_entries) as $sha | .[] |
	    "\($sha[.message | tostring]) \(.recipient) \(.state)"' | sort
	noroshi case list --json | jq length
	ls "$G/outbox/new" | wc -l
	ls "$G/inbox/new" "$G/spool/out" | grep -v : | grep .
	# in spool/new only what waits; an envelope alone is swept by age
	ls "$G/spool/new" | grep -v '[.]env$'
	noroshi audit verify >/dev/null && echo whole
}

for file in "$TEST_TMP"/mail/*; do
	world_drop "$G/inbox" <"$file"
done
ok "without kills: noroshid --once ends well" once
expected=$(outcome)
is "without kills: all $total are there" "$total" \
    "$(jq length "$TEST_TMP/list")"

rm -rf "$G"
cp -a "$TEST_TMP/fresh" "$G"

# ours [name...]: processes of this gateway alone
ours() {
	family=" $DAEMON "
	for p in $(grep -l "^noroshi-\|^gpg-agent\|^gpg$" /proc/[0-9]*/comm \
	    2>/dev/null); do
		p=${p%/comm}
		set -- $(sed 's/.*) //' $p/stat 2>/dev/null)
		case $family in
		*" ${2:-none} "*) echo "${p#/proc/}" ;;
		esac
	done
}

(
	for file in "$TEST_TMP"/mail/*; do
		world_drop "$G/inbox" <"$file"
		sleep 0.3
	done
) &
dropper=$!
runs() { grep -q "^State:.[^Z]" "/proc/$DAEMON/status" 2>/dev/null; }
# again: a start that was given up is made again by whoever looks after it
again() {
	runs || {
		wait "$DAEMON"
		daemon_run
	}
}
daemon_run
kills=0
round=0
while [ $kills -lt 55 ] && [ $round -lt 600 ]; do
	round=$((round + 1))
	sleep 0.2
	again
	case $kills in
	14 | 28 | 42)
		daemon_end -KILL 2>/dev/null
		kills=$((kills + 1))
		daemon_run
		continue
		;;
	esac
	victim=$(ours | shuf -n 1)
	[ -z "$victim" ] || { kill -9 "$victim" && kills=$((kills + 1)); } \
	    2>/dev/null
done
wait $dropper
up() {
	again
	grep -q "info: ready" "$DAEMON_LOG"
}
wait_for 10 up
daemon_end
is "the supervisor ends well after $kills kills" 0 $?
ok "there was enough killing" test $kills -ge 30
gateway_later
ok "noroshid --once ends well" once
outcome >"$TEST_TMP/got"
echo "$expected" >"$TEST_TMP/expected"
ok "messages, cases and copies are as without kills" \
    diff "$TEST_TMP/expected" "$TEST_TMP/got"
is "nothing is lost" "" "$(for file in "$TEST_TMP"/mail/*; do
	sha=$(sha256sum <"$file" | cut -d' ' -f1)
	jq -e --arg s "$sha" '[.[] | select(.sha256 == $s)] | length == 1' \
	    "$TEST_TMP/list" >/dev/null || echo "${file##*/}"
done)"
is "no reader has a copy twice" "" \
    "$(for file in "$G"/outbox/new/*; do
	echo "$(sed -n 's/^Delivered-To: //p;' "$file" | head -n 1) \
$(sed -n 's/^Message-ID: //p' "$file" | head -n 1)"
    done | sort | uniq -d)"
ok "no process is left" no_process_left
is "no agent's folder is left" "" "$(ls "$XDG_RUNTIME_DIR")"

# A command that is killed leaves its own; the next start removes that too.
mkdir -p "$G/gnupg/ring-cli-999999999" "$G/gnupg/ring-77" \
    "$XDG_RUNTIME_DIR/noroshi.aaaaaa" "$XDG_RUNTIME_DIR/noroshi.bbbbbb"
: >"$G/gnupg/ring-77/pubring.kbx"
: >"$XDG_RUNTIME_DIR/noroshi.aaaaaa/S.gpg-agent"
ln -s "$G/gnupg/private-keys-v1.d" "$XDG_RUNTIME_DIR/noroshi.aaaaaa"
ln -s /elsewhere/private-keys-v1.d "$XDG_RUNTIME_DIR/noroshi.bbbbbb"
keys=$(ls "$G/gnupg/private-keys-v1.d")
ok "noroshid --once ends well again" once
is "only another gateway's folder stays" noroshi.bbbbbb \
    "$(ls "$XDG_RUNTIME_DIR")"
is "and no ring of a dead process" "" \
    "$(ls "$G/gnupg" | grep 'ring-cli-\|ring-77')"
is "the keys stay" "$keys" "$(ls "$G/gnupg/private-keys-v1.d")"
tap_end
