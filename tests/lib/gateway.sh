# gateway.sh - a gateway in a folder, for the tests: real programs, real gpg.
#
# Sourced by tests/t/*.t. Prints TAP. $builddir holds the programs.

. "$top_srcdir/tests/lib/world.sh"

PATH=$builddir:$PATH
NOROSHI_LIBEXEC=${NOROSHI_LIBEXEC:-$builddir}
export PATH NOROSHI_LIBEXEC
# what whoever runs the tests likes is no matter of theirs
unset NOROSHI_CONF NOROSHI_PAGER PAGER NO_COLOR LANGUAGE
LC_ALL=C.UTF-8
export LC_ALL
tap_count=0
tap_failed=0

# ok "sentence that can be false" command...: passes where the command does
ok() {
	tap_count=$((tap_count + 1))
	sentence=$1
	shift
	if "$@" >"$TEST_TMP/ok.out" 2>&1; then
		echo "ok $tap_count - $sentence"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $sentence"
		echo "# failed: $*"
		head -n 20 "$TEST_TMP/ok.out" | sed 's/^/# /'
	fi
}

# is "sentence" expected got
is() {
	tap_count=$((tap_count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tap_count - $1"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $1"
		printf 'expected: %s\ngot:      %s\n' "$2" "$3" | sed 's/^/# /'
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

tap_end() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
}

not() { ! "$@"; }

# exits STATUS command...: that exit status; a failure says one line or more
# on standard error, each beginning "noroshi: ", and nothing else there
exits() {
	want=$1
	shift
	got=0
	"$@" >"$TEST_TMP/exits.out" 2>"$TEST_TMP/exits.err" </dev/null || got=$?
	cat "$TEST_TMP/exits.err"
	[ "$got" -eq "$want" ] || {
		echo "exit status $got, expected $want"
		return 1
	}
	[ "$want" -eq 0 ] || [ -s "$TEST_TMP/exits.err" ] || return 1
	! grep -v '^noroshi: [^:]' "$TEST_TMP/exits.err"
}

# wait_for SECONDS command...: until it passes; 1 where it does not in that
# time, or four times that, as the machine may have other work
wait_for() {
	wait_left=$((40 * $1))
	shift
	until "$@" >/dev/null 2>&1; do
		wait_left=$((wait_left - 1))
		[ $wait_left -gt 0 ] || return 1
		sleep 0.1
	done
}

# spent: $spent is the processor time of all commands so far, in milliseconds
spent() {
	times >"$TEST_TMP/times"
	spent=$(awk -F'[ms ]+' 'NR == 2 {
		print int((($1 + $3) * 60 + $2 + $4) * 1000)
	}' "$TEST_TMP/times")
}

# fields: the sorted names of a JSON object on standard input
fields() { jq -r 'keys | join(" ")'; }

# gateway_new [team-option...]: a fresh gateway in $G with its key known to all
gateway_new() {
	G=$TEST_TMP/gateway
	rm -rf "$G"
	noroshi init "$G" --team "Example CSIRT" --address csirt@example.org \
	    --operator "Taro Operator" taro@example.org "$@" \
	    >"$TEST_TMP/init.out" || return 1
	NOROSHI_CONF=$G/noroshi.conf
	export NOROSHI_CONF
	noroshi key export >"$WORLD/team.asc" || return 1
	world_know "$WORLD/team.asc"
}

# gateway_silent: no acknowledgements, where a test counts all that leaves
gateway_silent() { sed -i 's/#enabled = true/enabled = false/' "$NOROSHI_CONF"; }

# gateway_conf name value: in place of the comment, or of what was there
gateway_conf() {
	sed -i "s|^\(\t*\)#*$1 = .*|\1$1 = $2;|" "$NOROSHI_CONF"
}

# gateway_libexec role...: $TEST_TMP/libexec has these of our programs; a test
# puts its own in the place of the others
gateway_libexec() {
	mkdir "$TEST_TMP/libexec"
	for role; do
		ln -s "$NOROSHI_LIBEXEC/noroshi-$role" \
		    "$TEST_TMP/libexec/noroshi-$role"
	done
}

# gateway_staff: two readers and the PoC (contact 1), each with a key
gateway_staff() {
	world_key "Taro Operator" taro@example.org &&
	    world_key "Hanako Handler" hanako@example.org &&
	    world_key "Ken Deputy" ken@example.org || return 1
	world_know "$WORLD/team.asc"
	noroshi contact set 1 --key "$WORLD/taro@example.org.asc" \
	    --verified met >/dev/null &&
	    noroshi contact add "Hanako Handler" --address hanako@example.org \
		--class staff --role handler --lang ja \
		--key "$WORLD/hanako@example.org.asc" --verified met \
		>/dev/null &&
	    noroshi contact add "Ken Deputy" --address ken@example.org \
		--class staff --role deputy --lang en \
		--key "$WORLD/ken@example.org.asc" --verified met >/dev/null
}

# once: takes in and processes all that waits
once() {
	timeout 600 noroshid -c "$NOROSHI_CONF" --once >>"$TEST_TMP/daemon.log" 2>&1
}

# gateway_later: the time of the next try has come, of messages and copies
gateway_later() {
	sqlite3 "$G/noroshi.db" '.timeout 5000' \
	    "UPDATE message SET next_attempt_at = 0 WHERE state = 'received'" \
	    "UPDATE delivery SET next_attempt_at = 1 WHERE state = 'queued'"
}

# field MESSAGE FILTER: one value out of message show
field() { noroshi message show "$1" --json | jq -r "$2"; }

# sent_to address: the files in outbox/new of copies for that address, by id
sent_to() {
	for file in $(noroshi queue list --json | jq -r \
	    ".[] | select(.recipient == \"$1\" and .state == \"sent\") | .id"); do
		grep -l "^Delivered-To: $1\$" "$G"/outbox/new/* 2>/dev/null
		break
	done | sort
}

# copy_for address message: the outbox file with that person's copy
copy_for() {
	for file in "$G"/outbox/new/*; do
		grep -q "^Delivered-To: $1\$" "$file" || continue
		world_read "$1" "$file" 2>/dev/null |
		    grep -Eq "^(Message|メッセージ番号): $2\$|=E3=83=A1=E3=83=83=E3=82=BB=E3=83=BC=E3=82=B8=E7=95=AA=E5=8F=B7: $2" && {
			echo "$file"
			return 0
		}
	done
	return 1
}

# processes_left: what runs for this gateway, or runs for one and has no parent
processes_left() {
	for proc in /proc/[0-9]*; do
		cmd=$(tr '\0' ' ' <"$proc/cmdline" 2>/dev/null) || continue
		case $cmd in
		*noroshid*"$G"* | *noroshi*"$G"*) echo "$cmd" ;;
		*noroshi-[a-z]* | gpg-agent*/noroshi.*)
			# another test's have their supervisor still
			[ "$(awk '/^PPid:/ { print $2 }' "$proc/status" \
			    2>/dev/null)" != 1 ] || echo "$cmd"
			;;
		esac
	done
}

none_left() {
	left=$(processes_left)
	[ -z "$left" ]
}

# no_process_left: nothing of this gateway runs any more
no_process_left() {
	wait_for 5 none_left || {
		echo "$left"
		return 1
	}
}

TEST_TMP=$(mktemp -d /tmp/nt.XXXXXX)
test_cleanup() {
	status=$?
	[ -z "${DAEMON-}" ] || kill "$DAEMON" 2>/dev/null || :
	world_end
	[ -n "${KEEP-}" ] || rm -rf "$TEST_TMP"
	exit $status
}
trap test_cleanup EXIT
trap 'exit 130' INT TERM
world_start
