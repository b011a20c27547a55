#!/bin/sh
# noroshi-gpg bounds gpg before it runs, and gives it a clean environment.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/daemon.sh"

gpg=$NOROSHI_LIBEXEC/noroshi-gpg
mkfifo "$TEST_TMP/in"
mkdir -m 700 "$TEST_TMP/home"
env -i PATH="$PATH" HOME="$TEST_TMP" KEPT=yes LANG=C LANGUAGE=de \
    LANGUAGES=kept GNUPGHOME=/nowhere LD_AUDIT= NOROSHI_GPG_SECONDS=2 \
    NOROSHI_GPG_CPU=1500 NOROSHI_GPG_MEMORY=200000000 \
    "$gpg" --homedir "$TEST_TMP/home" --decrypt <"$TEST_TMP/in" \
    2>"$TEST_TMP/said" &
pid=$!
exec 3>"$TEST_TMP/in"
wait_for 5 grep -q '^gpg$' "/proc/$pid/comm"

limit() {
	awk -v name="$1" 'index($0, name) == 1 {
		$0 = substr($0, length(name) + 1)
		print $1, $2
	}' "/proc/$pid/limits"
}
is "what gpg may take of memory is what it was told" "200000000 200000000" \
    "$(limit 'Max address space')"
is "the kernel's limit of processor time stands behind the timer" "3 3" \
    "$(limit 'Max cpu time')"
is "no file of it is over 4 GB" "4294967296 4294967296" \
    "$(limit 'Max file size')"
is "it leaves no core" "0 0" "$(limit 'Max core file size')"
is "what would make gpg do something else is not in its environment" \
    "HOME KEPT LANGUAGES PATH" \
    "$(tr '\0' '\n' <"/proc/$pid/environ" | cut -d= -f1 | sort | xargs)"
wait $pid && status=0 || status=$?
exec 3>&-
is "after its time on the wall it is ended by an alarm" 142 $status

memory() {
	NOROSHI_GPG_MEMORY=$1 "$gpg" --version
}
ok "a limit below what gpg needs is raised to that" memory 1
ok "a limit that is no number is the usual one" memory 12x
ok "and one that no number holds" memory 99999999999999999999999
is "arguments and exit status are gpg's" 2 \
    "$("$gpg" --homedir "$TEST_TMP/home" --batch --decrypt /nowhere \
	2>/dev/null || echo $?)"
tap_end
