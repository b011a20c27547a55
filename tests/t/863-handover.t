#!/bin/sh
# One person hands over to another: cases, roles, the rota, and their contacts,
# who are told by a notice that both have signed.
. "$top_srcdir/tests/lib/gateway.sh"

ok "a gateway with a team" gateway_new
ok "and its readers" gateway_staff
gateway_silent
TEAM="Example CSIRT <csirt@example.org>"
world_key "Fay Finder" fay@finder.example
world_key "Vic Vendor" vic@vendor.example
noroshi contact add "Fay Finder" --address fay@finder.example --class finder \
    --key "$WORLD/fay@finder.example.asc" --verified met >/dev/null
noroshi contact add "Vic Vendor" --address vic@vendor.example --class vendor \
    --organisation Vendor --lang ja --as 3 \
    --key "$WORLD/vic@vendor.example.asc" --verified phone >/dev/null
noroshi contact add "Nora Neutral" --address nora@x.example --class partner >/dev/null
status() { noroshi contact handover status --json | jq -r "$1"; }
roles() { noroshi contact show "$1" --json | jq -r '.roles | join(" ")'; }
take() { noroshi receive --from "$1" >/dev/null && once; }

# Ken (3) has a case with Fay, and verified Vic's key; Hanako (2) comes.
echo "A hole." | mail_signed fay@finder.example "Fay Finder <fay@finder.example>" \
    "$TEAM" "A hole" "<1@finder.example>" | take fay@finder.example
sqlite3 "$G/noroshi.db" "UPDATE cases SET owner = 3 WHERE id = 1" 2>/dev/null ||
    noroshi case assign 1 3 >/dev/null
noroshi rota set 1 3 >/dev/null
echo "What we know of the hole." |
    noroshi send --case 1 --to nora@x.example --tlp AMBER --subject "A hole" >/dev/null 2>&1
once
held=$(noroshi message list --json | jq '[.[] | select(.state == "held")][0].id')
mails() { grep -l "^Delivered-To: $1\$" "$G"/outbox/new/* | wc -l; }
is "Ken is asked to release something, and Hanako is not" "2 1" \
    "$(mails ken@example.org) $(mails hanako@example.org)"

ok "nobody hands over to themselves" exits 64 noroshi contact handover 3 3
ok "nor to who is no staff" exits 65 noroshi contact handover 3 fay@finder.example
ok "nor until a time that is over" exits 64 noroshi contact handover 3 2 --until 2020-01-01
ok "nor is there any yet" exits 66 noroshi contact handover status
ok "Ken hands over to Hanako" noroshi contact handover 3 2 --until 2099-01-01
is "who owns his cases" 2 "$(noroshi case show 1 --json | jq -r '.owner.contact? // .owner')"
is "which has a note" 1 "$(noroshi case show 1 --json | jq '[.notes[] | select(.text | test("Handed over"))] | length')"
is "both have his roles" "deputy / deputy handler" "$(roles 3) / $(roles 2)"
is "and a place on the rota" "1 2 3" "$(noroshi rota list --json | jq -r '[.[].contact] | sort | join(" ")')"
is "what he verified is to be verified" "Vic Vendor phone" \
    "$(status '.verifications[] | "\(.name) \(.verified)"')"
is "his contacts are those of his cases, and whose key he verified" \
    "Fay Finder,Vic Vendor" "$(status '[.contacts[].name] | sort | join(",")')"
is "with what there was" "EX-2026-0001 1" \
    "$(status '.contacts[] | select(.name == "Fay Finder") | "\(.cases[0]) \(.messages)"' | sed 's/EX-....-/EX-2026-/')"
ok "a person can read it" sh -c "noroshi contact handover status 1 | grep -q 'Both have to mail this'"

once
is "Hanako is asked now" 2 "$(mails hanako@example.org)"
is "what is held of his cases is listed" "$held" "$(status '.held | join(" ")')"

# --- both sign ------------------------------------------------------------------

H=$(status .case)
sign() { # sign ADDRESS NAME ID
	{ echo "TLP:CLEAR"; status .statement; } | mail_signed "$1" "$2 <$1>" "$TEAM" \
	    "[$H] Handover" "$3" | take "$1"
}
ok "without statements nobody is told" exits 77 noroshi contact handover notify 1
sign ken@example.org "Ken Deputy" "<s1@staff.example>"
ok "nor with one" exits 77 noroshi contact handover notify 1
sign ken@example.org "Ken Deputy" "<s2@staff.example>"
is "one signs for themselves alone" "true null" \
    "$(status '"\(.signed.old > 0) \(.signed.new)"')"
{ echo "TLP:CLEAR"; status .statement; } | mail_plain "Hanako <hanako@example.org>" \
    "$TEAM" "[$H] Handover" "<s3@staff.example>" | take hanako@example.org
is "and by a signature" null "$(status .signed.new)"
sign hanako@example.org "Hanako Handler" "<s4@staff.example>"
ok "with both the notices are made" noroshi contact handover notify 1
once
is "and leave" "2 sent sent" \
    "$(status '"\(.notified) \([.contacts[].state] | join(" "))"')"
ok "a second time nobody is told twice" noroshi contact handover notify 1
once
is "as each has one" 2 "$(noroshi message list --json | jq '[.[] | select(.direction == "out")] | length')"
id=$(noroshi queue list --json | jq -r '[.[] | select(.recipient == "fay@finder.example" and .state == "sent")] | last | .id')
world_read fay@finder.example "$(ls "$G"/outbox/new/"$id".*)" >"$TEST_TMP/fay" 2>/dev/null
ok "Fay reads who it is" grep -q "Hanako Handler" "$TEST_TMP/fay"
ok "and has what both signed" sh -c "grep -c 'filename=.*statement-' '$TEST_TMP/fay' | grep -qx 2"

# --- the contacts answer --------------------------------------------------------

echo "Thanks." | mail_signed fay@finder.example "Fay Finder <fay@finder.example>" \
    "$TEAM" "Re: [$H] A handover" "<a1@finder.example>" | take fay@finder.example
echo "OK." | mail_plain "Vic <vic@vendor.example>" "$TEAM" "Re: [$H] A handover" \
    "<a2@vendor.example>" | take vic@vendor.example
is "their answers are counted, signed or not" "1 1 Fay Finder signed,Vic Vendor unproven" \
    "$(status '"\(.acknowledged) \(.unproven) " + ([.contacts[] | select(.acknowledged != null) | "\(.name) \(.acknowledged)"] | sort | join(","))')"
noroshi contact set "Vic Vendor" --verified video >/dev/null
is "a key that somebody verified anew is off the list" 0 "$(status '.verifications | length')"

# --- the end ----------------------------------------------------------------------

noroshi rota absent 1 --until 2099-01-01 --substitute 3 >/dev/null
is "somebody is away" "3 2099-01-01T00:00:00Z" "$(noroshi rota list --json |
    jq -r '.[] | select(.contact == 1) | "\(.substitute) \(.absent_until)"')"
ok "nobody is their own substitute" exits 64 noroshi rota absent 1 --until 2099-01-01 --substitute 1
if command -v sqlite3 >/dev/null; then
	sqlite3 "$G/noroshi.db" "UPDATE handover SET until = at"
	once
	is "at the end he is an observer" "observer / deputy handler" "$(roles 3) / $(roles 2)"
	is "off the rota" "1 2" "$(noroshi rota list --json | jq -r '[.[].contact] | sort | join(" ")')"
	is "and his successor stands in where he did" 2 \
	    "$(noroshi rota list --json | jq -r '.[] | select(.contact == 1) | .substitute')"
	ok "which is known" sh -c "[ \"$(status .ended_at)\" != null ]"
fi
noroshi rota back 1 >/dev/null
is "who is back is back" null "$(noroshi rota list --json | jq -r '.[] | select(.contact == 1) | .absent_until')"
ok "without --until it is over at once" noroshi contact handover 2 3
is "with all of it" "observer / deputy handler" "$(roles 2) / $(roles 3)"
if command -v sqlite3 >/dev/null; then
	noroshi contact handover 3 2 --until 2099-01-01 >/dev/null
	noroshi contact handover 2 3 >/dev/null
	sqlite3 "$G/noroshi.db" "UPDATE handover SET until = at"
	once
	is "who came back before the end stays" "observer / deputy handler" \
	    "$(roles 2) / $(roles 3)"
fi
ok "the audit chain verifies" noroshi audit verify
tap_end
