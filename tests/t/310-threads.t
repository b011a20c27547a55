#!/bin/sh
# Two workers and many pairs of a report and its reply, in any order: each pair
# is one case, and each case has one number.
. "$top_srcdir/tests/lib/gateway.sh"

pairs=20

ok "a gateway with a team" gateway_new
gateway_silent
ok "and its readers" gateway_staff
printf 'delivers = 2;\nworkers = 2;\n' >>"$NOROSHI_CONF"
world_key "Rika Reporter" rika@client.example
noroshi contact add "Rika Reporter" --address rika@client.example \
    --class constituent --key "$WORLD/rika@client.example.asc" \
    --verified phone >/dev/null
RIKA="Rika Reporter <rika@client.example>"

report() { # report N
	echo "A phishing site at 203.0.113.$1, report $1." | mail_signed \
	    rika@client.example "$RIKA" csirt@example.org "Report $1" \
	    "<report-$1@client.example>"
}

reply() { # reply N
	echo "More about report $1." |
	    EXTRA="In-Reply-To: <report-$1@client.example>
References: <report-$1@client.example>" mail_signed \
		rika@client.example "$RIKA" csirt@example.org "Re: Report $1" \
		"<reply-$1@client.example>"
}

# drop NAME: under a name that says when it is read
drop() {
	cat >"$G/inbox/tmp/$1" && mv "$G/inbox/tmp/$1" "$G/inbox/new/$1"
}

n=1
while [ $n -le $pairs ]; do
	order=$(printf '%03d' $n)
	# half of the replies overtake their report, some by a long way
	case $((n % 4)) in
	0) before=a after=b ;;
	1) before=b after=a ;;
	2) before=a after=z ;;
	3) before=z after=a ;;
	esac
	# a: among the others, z: after all of them
	report $n | drop "$([ $before = z ] && echo z)$order.$before"
	reply $n | drop "$([ $after = z ] && echo z)$order.$after"
	n=$((n + 1))
done

ok "noroshid --once ends well" once
ok "and leaves no process" no_process_left
noroshi message list --json >"$TEST_TMP/list"
is "every message is processed" "$((2 * pairs)) processed" \
    "$(jq -r '[.[].state] | group_by(.) | .[] | "\(length) \(.[0])"' \
	"$TEST_TMP/list")"
is "each pair is in one case" "$pairs pairs" \
    "$(jq -r '[.[] | {case, n: (.message_id // .rfc_message_id |
	capture("-(?<n>[0-9]+)@").n)}] | group_by(.n) |
	map(select(length == 2 and .[0].case == .[1].case and
	    .[0].case != null)) | "\(length) pairs"' "$TEST_TMP/list")"
is "no two pairs share a case" "$pairs" \
    "$(jq -r '[.[].case] | unique | length' "$TEST_TMP/list")"
year=$(date -u +%Y)
n=1
: >"$TEST_TMP/numbers"
while [ $n -le $pairs ]; do
	printf 'EX-%s-%04d\n' "$year" $n >>"$TEST_TMP/numbers"
	n=$((n + 1))
done
noroshi case list --json | jq -r '.[] | .id // .name' | sort >"$TEST_TMP/got"
ok "no case number is missing or there twice" \
    diff "$TEST_TMP/numbers" "$TEST_TMP/got"
is "each reader has one copy of each" "$((6 * pairs)) sent" \
    "$(noroshi queue list --json | jq -r '[.[].state] | group_by(.) | .[] |
	"\(length) \(.[0])"')"
ok "the audit chain verifies" noroshi audit verify
tap_end
