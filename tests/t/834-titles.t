#!/bin/sh
# A case's title is a mail's subject: of RED it is for its readers alone,
# wherever mail and case have been put by then. So is RED itself.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with readers" gateway_new
gateway_silent
gateway_staff
SECRET="Heron in the reactor"
mail() { # mail FROM SUBJECT ID LABEL
	printf '%s\n\nWhat %s says.\n' "$4" "$1" |
	    mail_plain "$1 <$1@x.example>" csirt@example.org "$2" "<$3@x.example>" |
	    noroshi receive >/dev/null
}
mail ann "An open question" a1 TLP:GREEN
once
mail bob "$SECRET" b1 TLP:RED
once
mail eve "Another question" e1 TLP:GREEN
ok "three cases, of which the second begins with RED" once
sed '/^operators = (/,/^);/ s/contact = [0-9]*/contact = 2/' \
    "$NOROSHI_CONF" >"$G/hanako.conf"
hanako() { noroshi -c "$G/hanako.conf" "$@"; }
# all that who is no reader of RED is shown
sees() {
	hanako case list
	hanako case list --json
	for id in $(noroshi case list --json | jq -r '.[].id'); do
		hanako case show "$id"
		hanako case show "$id" --json
		hanako case suggest "$id"
		hanako case search "case:$id"
		hanako report case "$id"
		hanako report case "$id" --html
	done
	hanako day
	hanako case search heron
	hanako search heron
	hanako message list
	hanako send --case 2 --to eve@x.example --dry-run "Words." 2>&1
} 2>&1
title() { noroshi case show "$1" --json | jq -r .title; }
hidden() { # hidden WHAT
	sees >"$TEST_TMP/sees"
	ok "$1: it says RED, and its words are nowhere" sh -c \
	    "grep -qF '(RED)' '$TEST_TMP/sees' &&
	    ! grep -qiF heron '$TEST_TMP/sees'"
}
is "its reader has its title" "$SECRET" "$(title 2)"
hidden "another does not"
ok "an older mail is moved into its case" exits 0 noroshi case move 1 --to 2
hidden "with an older mail in front"
ok "the RED one is moved away" exits 0 noroshi case move 2 --to 3
hidden "in two cases"
is "which its reader sees still" "$SECRET" "$(title 2)"
is "that of the case with the RED mail is another's" "Another question" \
    "$(hanako case show 3 --json | jq -r .title)"
ok "a report leaves a title out whose mail is elsewhere" sh -c \
    "noroshi report case 2 --audience public >'$TEST_TMP/public' 2>&1;
    ! grep -qi heron '$TEST_TMP/public'"
noroshi case undo 2 >/dev/null
noroshi case undo 2 >/dev/null
ok "a case is merged into it" exits 0 noroshi case merge 2 1
hidden "of the survivor"
ok "a split is named by its first mail" exits 0 noroshi case split 2 2 1
hidden "of a split, whose mails have another order"
# Who may not read it has not seen it, whatever they do in the case.
red=$(noroshi message list --json | jq -r '.[] | select(.tlp.effective == "RED") | .id')
at=$(noroshi message list --json | jq -r '.[] | select(.tlp.effective == "RED") | .case')
hanako case note "$at" "looks odd" >/dev/null
is "a note leaves RED unseen" "$red" \
    "$(noroshi case show "$at" --json | jq -r '.unseen | join(" ")')"
ok "nor do they settle it" exits 77 hanako case settle "$at" "$red" --reason "Nothing to say."
ok "its reader does" exits 0 noroshi case settle "$at" "$red" --reason "By telephone."
# Who is named for one case's RED is not named for another's by the way.
noroshi contact add "Rita Reader" --address rita@r.example --class partner >/dev/null
noroshi case reader add 3 rita@r.example >/dev/null
ok "RED is not moved to named readers by who may not name them" exits 77 \
    hanako case move "$red" --to 3
ok "nor merged" exits 77 hanako case merge 3 "$at"
ok "nor are they" exits 77 hanako case merge "$at" 3
is "and nothing was done" "$at" "$(noroshi message show "$red" --json | jq -r .case)"
ok "other mail is" exits 0 hanako case move 1 --to 3
ok "a deputy may" exits 0 noroshi case move "$red" --to 3
CALL=$(noroshi case new --title "A call" --from-phone --json | jq -r .id)
noroshi case move 2 --to "$CALL" >/dev/null
is "a person's title is no mail's" "A call" \
    "$(hanako case show "$CALL" --json | jq -r .title)"
ok "RED is split off" exits 0 hanako case split "$CALL" "$red"
ok "and back, by who did it" exits 0 hanako case undo "$CALL"
hanako case split "$CALL" "$red" >/dev/null
noroshi case reader add "$CALL" rita@r.example >/dev/null
at=$(noroshi message show "$red" --json | jq -r .case)
ok "but not to readers who were named since" exits 77 \
    hanako case undo "$CALL"
is "it stays where it is" "$at" \
    "$(noroshi message show "$red" --json | jq -r .case)"
ok "unless who may name them undoes it" exits 0 noroshi case undo "$CALL"
ok "the audit chain verifies" noroshi audit verify
tap_end
