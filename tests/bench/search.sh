#!/bin/sh
# search.sh - what it takes to find one message among many: a gateway with made
# up messages (recall.c), one in two in Japanese, its index made and asked; and
# notmuch on the same texts in a Maildir, where it is installed.
#
# Run by "make bench-search". From the environment: BENCH_STORED, messages;
# BENCH_ROUNDS, how often each query is asked; BENCH_COMMAND, how often each
# command is run from its start.
set -eu
: "${builddir:?}" "${top_srcdir:?}"
. "$top_srcdir/tests/lib/world.sh"

stored=${BENCH_STORED:-100000}
rounds=${BENCH_ROUNDS:-11}
runs=${BENCH_COMMAND:-20}
PATH=$builddir:$PATH
NOROSHI_LIBEXEC=${NOROSHI_LIBEXEC:-$builddir}
export PATH NOROSHI_LIBEXEC

BENCH=$(mktemp -d "${BENCH_TMP:-/tmp}/nb.XXXXXX")
bench_end() {
	status=$?
	world_end
	[ -n "${KEEP-}" ] || rm -rf "$BENCH"
	exit $status
}
trap bench_end EXIT
trap 'exit 130' INT TERM
world_start
say() { echo "bench: $*" >&2; }
ms() { echo $(($(date +%s%N) / 1000000)); }

# English and Japanese: rare and common words, phrases, two of them, fields
queries='saltmarsh
夕凪丸
coba
"saltmarsh affair"
bababa
の
bababa cobaba
bababa -cobaba
from:sender7 tlp:amber+strict
category:phishing date:2025-03
subject:cobaba is:open
qqqqq or xxxxx or 夕凪丸'
japanese=$(printf '\346\264\273') # a common character of the texts

noroshi init "$BENCH/g" --team "Example CSIRT" --address csirt@example.org \
    --operator "Taro Operator" taro@example.org >/dev/null
NOROSHI_CONF=$BENCH/g/noroshi.conf
export NOROSHI_CONF
mkdir -p "$BENCH/mail/cur" "$BENCH/mail/new" "$BENCH/mail/tmp"
say "filling a gateway with $stored messages"
"$builddir/recall" -c "$NOROSHI_CONF" fill "$stored" "$BENCH/mail"

start=$(ms)
noroshi search --rebuild
end=$(ms)
bytes=$(stat -c %s "$BENCH/g/spool/index.db")
echo "index: $((bytes / stored)) bytes a message, made at" \
    "$((stored * 1000 / (end - start + 1))) messages/s"
echo "   found   100 ms   all ms  query"
printf '%s\n%s\n' "$queries" "$japanese" |
    "$builddir/recall" -c "$NOROSHI_CONF" ask "$rounds"

# From the first instruction of a process to its end, median and (shortest). Cold: it starts gpg, as
# the first command does; warm: the vault's key is kept, as for those after it.
sed 's/#keep = .*/keep = 0;/' "$NOROSHI_CONF" >"$BENCH/g/cold.conf"
took() { "$builddir/howlong" "$runs" "$@" </dev/null; }
both() { # both WHAT noroshi's words...
	what=$1
	shift
	cold=$(took noroshi -c "$BENCH/g/cold.conf" "$@")
	noroshi "$@" >/dev/null </dev/null
	printf '%-44s cold %13s ms, warm %13s ms\n' "$what" "$cold" \
	    "$(took noroshi "$@")"
}
words='saltmarsh
夕凪丸
bababa
bababa cobaba
"saltmarsh affair"'
echo "$words" | while read -r query; do
	both "noroshi search $query" search --json --limit 20 -- "$query"
done
both "noroshi case show" case show 1
both "noroshi message show" message show 1
both "noroshi case list, $((stored / 10)) open" case list
echo "noroshi --version, which opens nothing: $(took noroshi --version) ms"

if command -v notmuch >/dev/null; then
	NOTMUCH_CONFIG=$BENCH/notmuch
	export NOTMUCH_CONFIG
	printf '[database]\npath=%s\n[user]\nname=x\nprimary_email=x@x.example\n' \
	    "$BENCH/mail" >"$NOTMUCH_CONFIG"
	start=$(ms)
	notmuch new >/dev/null 2>&1
	end=$(ms)
	size=$(du -sb "$BENCH/mail/.notmuch" | cut -f1)
	echo "notmuch: $((size / stored)) bytes a message, made at" \
	    "$((stored * 1000 / (end - start + 1))) messages/s"
	echo "$words" | while read -r query; do
		printf '%-44s search %13s ms, count %13s ms, %s found\n' \
		    "notmuch $query" \
		    "$(took notmuch search --format=json --limit=20 -- "$query")" \
		    "$(took notmuch count -- "$query")" \
		    "$(notmuch count -- "$query")"
	done
fi
