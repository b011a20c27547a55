#!/bin/sh
# Every example of the manual pages can be pasted.
. "$top_srcdir/tests/lib/gateway.sh"

# examples page: the commands of its EXAMPLES, one a line, continued lines
# joined; blocks that are no commands (a configuration) are left out
examples() {
	awk '
	/^\.Sh / { inside = $2 == "EXAMPLES" }
	!inside { next }
	/^\.Bd -literal/ { block = ""; reading = 1; next }
	/^\.Ed/ {
		if (block ~ /^(noroshid?|export|echo) / && block !~ / pipe flags=/)
			printf "%s", block
		reading = 0
		next
	}
	reading {
		gsub(/\\e/, "\\")
		more = sub(/\\$/, "") || /\|$/
		sub(/^ +/, " ")
		block = block $0 (more ? " " : "\n")
	}' "$1" | sed -e "s/EX-2026-/EX-$(date -u +%Y)-/g" \
	    -e 's,/srv/noroshi/,gw/,g'
}

# A daemon that would stay is stopped, and then ends well.
noroshid() {
	case " $* " in
	*" --once "*) timeout 600 "$builddir/noroshid" "$@" ;;
	*) timeout --preserve-status 2 "$builddir/noroshid" "$@" ;;
	esac
}

world_key "Hanako Sato" hanako@example.jp
for page in "$top_srcdir"/doc/man/*.[178]; do
	name=${page##*/}
	examples "$page" >"$TEST_TMP/examples"
	ok "$name has examples" test -s "$TEST_TMP/examples"
	mkdir "$TEST_TMP/$name"
	cd "$TEST_TMP/$name" || exit 1
	G=$TEST_TMP/$name/gw
	unset NOROSHI_CONF
	cp "$WORLD/hanako@example.jp.asc" hanako.asc
	printf 'From: a@b.example\nSubject: Phishing\n\nA fake page.\n' \
	    >message.eml
	grep -q "^noroshi init" "$TEST_TMP/examples" ||
	    noroshi init gw --team "Example CSIRT" \
		--address csirt@example.org >"$TEST_TMP/init.out"
	while read -r line <&3; do
		ok "$name: $line" eval "$line"
	done 3<"$TEST_TMP/examples"
done
ok "nothing of it is left running" no_process_left
# The configuration's examples: each alone, with what every gateway needs.
page=$top_srcdir/doc/man/noroshi.conf.5
snippets() {
	awk -v n="$1" '
	/^\.Sh / { inside = $2 == "EXAMPLES" }
	!inside { next }
	/^\.Bd -literal/ { count++; reading = 1; next }
	/^\.Ed/ { reading = 0; next }
	reading && count == n { gsub(/\\e/, "\\"); print }' "$page"
}
ok "a gateway for the configuration's examples" gateway_new
(umask 077; echo secret >"$G/imap-password")
n=1
while snippets $n | grep -q .; do
	snippets $n >"$G/example.conf"
	grep -q '^team' "$G/example.conf" ||
	    printf 'team: { name = "X"; address = "csirt@example.org"; };\n' \
		>>"$G/example.conf"
	chmod 600 "$G/example.conf"
	noroshi -c "$G/example.conf" config check >"$TEST_TMP/check" 2>&1 || :
	is "noroshi.conf.5: example $n has no mistake" "" \
	    "$(grep "example.conf:[0-9]" "$TEST_TMP/check")"
	n=$((n + 1))
done
ok "there are such examples" test $n -gt 1

# The configuration that is shipped, with all that it only shows switched on:
# lines of a list that stand in its comment become that list's.
ok "another gateway" gateway_new
whole=$G/whole.conf
awk '/^#\t[{ ]/ { list = list substr($0, 2) "\n"; next }
    /^\t*#[a-z_]+ = / { sub(/#/, "") }
    / = \( \);/ { sub(/,\n$/, "\n", list); sub(/\( \)/, "(\n" list ")") }
    { print }
    /^intake = \($/ { printf "%s", list }
    !/^#/ { list = "" }' "$top_srcdir/conf/noroshi.conf" >"$whole"
chmod 600 "$whole"
mkdir "$G/templates" "$G/checklists"
for file in smtp.password imap-password; do
	(umask 077 && echo secret >"$G/$file")
done
is "everything is switched on" "0 1" "$(grep -Ec '^	*#[a-z_]+ = |^#	' "$whole") $(grep -c 'months = 24' "$whole")"
sed -i "s/0123456789ABCDEF0123456789ABCDEF01234567/$(noroshi key list --json |
    jq -r '.[] | select(.team).fingerprint')/" "$whole"
ok "the shipped configuration has no mistakes with all of it switched on" \
    noroshi -c "$whole" config check
tap_end
