#!/bin/sh
# Contacts and keys by hand: what is shown, refused, exported and taken again.
. "$top_srcdir/tests/lib/gateway.sh"

rfc3339='^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z$'
count() { noroshi contact list --json | jq length; }

ok "a gateway" gateway_new
world_key "Hanako Sato" hanako@example.jp
world_key "Ken Ito" ken@example.jp
fpr=$(world_fpr hanako@example.jp)

# contacts
is "contact add prints the id" 2 "$(noroshi contact add "佐藤 花子" \
    --address hanako@example.jp --address sato@example.jp --class vendor \
    --organisation "例示株式会社" --key "$WORLD/hanako@example.jp.asc" \
    --verified phone --role observer --tag apcert,asia --tag jp --lang ja)"
noroshi contact show 2 --json >"$TEST_TMP/2"
is "a contact has these fields" \
    "addresses class created_at id keys language name organisation removed roles tags" \
    "$(fields <"$TEST_TMP/2")"
is "with what was given" \
    "佐藤 花子|例示株式会社|vendor|ja|hanako@example.jp sato@example.jp|observer|apcert asia jp|false" \
    "$(jq -r '[.name, .organisation, .class, .language,
	(.addresses | join(" ")), (.roles | join(" ")), (.tags | join(" ")),
	.removed] | join("|")' "$TEST_TMP/2")"
is "its key is bound by fingerprint, and it is kept how and by whom" \
    "$fpr phone 1" "$(jq -r '.keys[0] |
	"\(.fingerprint) \(.verified) \(.verified_by)"' "$TEST_TMP/2")"
ok "times are RFC 3339 in UTC" sh -c "jq -r '.created_at, .keys[0].verified_at' \
    '$TEST_TMP/2' | grep -cE '$rfc3339' | grep -qx 2"
is "what was not given is null or empty" "null null [] []" \
    "$(noroshi contact add "Bare" --address bare@example.org --class public \
	--json | jq -rc '"\(.organisation) \(.language) \(.tags) \(.keys)"')"
for who in 2 sato@example.jp SATO@EXAMPLE.JP "佐藤 花子"; do
	is "a contact is found as $who" 2 \
	    "$(noroshi contact show "$who" --json | jq .id)"
done
is "list is an array of what show shows" "$(jq -cS . "$TEST_TMP/2")" \
    "$(noroshi contact list --json | jq -cS '.[1]')"
is "a role picks" 1 "$(noroshi contact list --role poc --json | jq length)"
ok "a person reads of the role" sh -c \
    "noroshi contact list | grep '佐藤 花子' | grep -q observer"

ok "an unknown contact is 66" exits 66 noroshi contact show nobody
ok "and an unknown id" exits 66 noroshi contact set 99 --lang ja
ok "no address is 65" exits 65 noroshi contact add X --address x --class public
ok "a class that is none is 64" exits 64 noroshi contact add X \
    --address x@example.org --class king
ok "so is a role" exits 64 noroshi contact set 2 --role king
ok "and a language" exits 64 noroshi contact set 2 --lang fr
ok "an address has one contact" exits 65 noroshi contact add X \
    --address Sato@Example.jp --class public
ok "a key has one contact" exits 65 noroshi contact set 3 --key "$fpr"
ok "a key nobody knows is 66" exits 66 noroshi contact set 3 \
    --key 0123456789012345678901234567890123456789
ok "--as somebody unknown is 66" exits 66 noroshi contact set 3 --lang ja \
    --as nobody@example.org
is "a refused change leaves nothing" 3 "$(count)"

noroshi contact set 2 --tag "" --organisation "" --lang "" --unbind "$fpr" \
    >"$TEST_TMP/out"
is "set takes away" "null null 0 0" "$(noroshi contact show 2 --json | jq -r \
    '"\(.organisation) \(.language) \(.tags | length) \(.keys | length)"')"
noroshi contact set 2 --key "$fpr" --verified met --as 3 >"$TEST_TMP/out"
is "set binds a known key; who acted is kept" "met 3" \
    "$(noroshi contact show 2 --json | jq -r \
	'.keys[0] | "\(.verified) \(.verified_by)"')"
is "and both are in the record" "contact 1 3" "$(noroshi audit log --json |
    jq -r '[.[] | select(.event == "contact.changed")] | last |
	"\(.actor | capture("(?<c>contact [0-9]+)").c) \(.actor |
	capture("as contact (?<n>[0-9]+)").n)"')"
ok "the operator's own contact stays" exits 77 noroshi contact remove 1
ok "another one goes" noroshi contact remove 3
ok "and its address is free" noroshi contact add "Bare again" \
    --address bare@example.org --class public
ok "removed, it is not listed" sh -c \
    "! noroshi contact list --json | jq -e '.[] | select(.id == 3)'"

# CSV
noroshi contact set 2 --organisation 'Müller, "Sons"' --tag a,b --lang ja \
    --role observer,handler >"$TEST_TMP/out"
noroshi contact export >"$TEST_TMP/out.csv"
is "the header row is the one of import" \
    "name,address,class,organisation,key,verified,role,tag,lang" \
    "$(head -n 1 "$TEST_TMP/out.csv" | tr -d '\r')"
mkdir "$TEST_TMP/other"
noroshi init "$TEST_TMP/there" --team There --address there@example.net \
    >"$TEST_TMP/out"
there() { noroshi -c "$TEST_TMP/there/noroshi.conf" "$@"; }
there key import "$WORLD/hanako@example.jp.asc" >"$TEST_TMP/out"
ok "what one gateway exports another one takes" there contact import \
    "$TEST_TMP/out.csv"
facts='[.[] | {name, addresses, class, organisation, roles, tags, language,
    keys: [.keys[] | {fingerprint, verified}]}] | sort_by(.name)'
is "and has the same people" "$(noroshi contact list --json | jq -cS "$facts")" \
    "$(there contact list --json |
	jq -cS "[.[] | select(.name != \"operator\")] | $facts")"
ok "taken twice it is refused" exits 65 there contact import "$TEST_TMP/out.csv"

before=$(count)
cp "$WORLD/ken@example.jp.asc" "$TEST_TMP/other/ken.asc"
cat >"$TEST_TMP/other/new.csv" <<-END
name,address,class,organisation,key,verified,role,tag,lang
Ken Ito,ken@example.jp;ito@example.jp,partner,"Ito, Inc",ken.asc,video,observer,x;y,ja
Plain,plain@example.jp,public,,,,,,
END
is "a key's file is found beside the CSV file" "$(world_fpr ken@example.jp) video" \
    "$(noroshi contact import "$TEST_TMP/other/new.csv" --json |
	jq -r '.[0].keys[0] | "\(.fingerprint) \(.verified)"')"
is "two rows are two contacts" $((before + 2)) "$(count)"
cat >"$TEST_TMP/bad.csv" <<-END
name,address,class,organisation,key,verified,role,tag,lang
Good,good@example.jp,public,,,,,,
Bad,not an address,public,,,,,,
Worse,worse@example.jp,king,,,,,,
END
ok "a wrong row is 65" exits 65 noroshi contact import "$TEST_TMP/bad.csv"
is "every mistake is named with its line" "3 4" "$(sed -n \
    's/.*bad\.csv: line \([0-9]*\).*/\1/p; s/.*bad\.csv:\([0-9]*\):.*/\1/p' \
    "$TEST_TMP/exits.err" | paste -sd' ')"
is "and no row is taken" $((before + 2)) "$(count)"
sed -i '3,4d' "$TEST_TMP/bad.csv"
echo 'Twice,plain@example.jp,public,,,,,,' >>"$TEST_TMP/bad.csv"
ok "an address that somebody has is 65" exits 65 noroshi contact import \
    "$TEST_TMP/bad.csv"
ok "with its line" grep -q 'line 3' "$TEST_TMP/exits.err"
is "and nothing is taken, again" $((before + 2)) "$(count)"
ok "a file that is not there is 66" exits 66 noroshi contact import \
    "$TEST_TMP/no.csv"

# somebody who is no operator
sed '/^operators = (/,/^);/d' "$NOROSHI_CONF" >"$G/nobody.conf"
ok "who is no operator changes nothing" exits 77 noroshi -c "$G/nobody.conf" \
    contact set 2 --lang en
ok "but may look" exits 0 noroshi -c "$G/nobody.conf" contact list

# keys
is "key import prints fingerprints" "$(world_fpr ken@example.jp)" \
    "$(noroshi key import "$WORLD/ken@example.jp.asc")"
noroshi key list --json >"$TEST_TMP/keys"
is "a key has these fields" \
    "algorithm contact created expires fingerprint learnt problems team user_ids verified" \
    "$(jq '.[0]' "$TEST_TMP/keys" | fields)"
is "one is the team's, of no contact" "Example CSIRT <csirt@example.org> null" \
    "$(jq -r '.[] | select(.team) | "\(.user_ids[0]) \(.contact)"' \
	"$TEST_TMP/keys")"
ok "key export writes the team's key" sh -c \
    "noroshi key export | grep -q 'BEGIN PGP PUBLIC KEY BLOCK'"
ok "and another one by its fingerprint" noroshi key export "$fpr"
ok "as people write it" noroshi key export \
    "$(echo "$fpr" | sed 's/..../& /g' | tr A-F a-f)"
ok "never a secret one" sh -c "! noroshi key export | grep -q PRIVATE"
ok "a fingerprint nobody knows is 66" exits 66 noroshi key export \
    0123456789012345678901234567890123456789
ok "what holds no key is 65" exits 65 noroshi key import "$NOROSHI_CONF"
ok "a file that is not there is 66" exits 66 noroshi key import "$TEST_TMP/no"
ok "key check has nothing to say of good keys" exits 0 noroshi key check
is "as JSON it is an empty array" "[]" "$(noroshi key check --json | jq -c .)"

# finding who problem severity: key check says so of that contact
bad_key() { # name command...: a key made in that person's home is bound
	world_gpg "$1" --armor --export "$1" >"$WORLD/$1.asc"
	noroshi contact add "$1" --address "$1" --class public \
	    --key "$WORLD/$1.asc"
}
finding() {
	noroshi key check --json 2>/dev/null | jq -r --arg f "$(world_fpr "$1")" \
	    '.[] | select(.fingerprint == $f) | "\(.problem) \(.severity)"' |
	    paste -sd,
}
world_key Soon soon@example.org
world_gpg soon@example.org --quick-set-expire \
    "$(world_fpr soon@example.org)" 10d
bad_key soon@example.org >"$TEST_TMP/out"
is "a key that expires in ten days is a warning" "expiring warning" \
    "$(finding soon@example.org)"
ok "which is no failure" exits 0 noroshi key check
world_home gone@example.org
world_gpg gone@example.org --faked-system-time 20200101T000000 --passphrase '' \
    --quick-generate-key "Gone <gone@example.org>" rsa2048 default 1y
bad_key gone@example.org >"$TEST_TMP/out"
is "an expired key is found" "expired error" \
    "$(finding gone@example.org | sed 's/,.*//')"
ok "and is a failure" exits 65 noroshi key check
is "a finding has these fields" "contact fingerprint mend problem severity team" \
    "$(noroshi key check --json 2>/dev/null | jq '.[0]' | fields)"
world_key Void void@example.org
{ echo y; echo 0; echo; echo y; } | world_gpg void@example.org --no-batch \
    --command-fd 0 --output "$WORLD/void.rev" \
    --gen-revoke "$(world_fpr void@example.org)"
world_gpg void@example.org --import "$WORLD/void.rev"
bad_key void@example.org >"$TEST_TMP/out"
is "a revoked key is found" "revoked error" \
    "$(finding void@example.org | sed 's/,.*//')"
world_key Weak weak@example.org rsa1024 rsa1024
bad_key weak@example.org >"$TEST_TMP/out"
is "a short key is found" "weak error" "$(finding weak@example.org)"
world_home sign@example.org
world_gpg sign@example.org --passphrase '' --quick-generate-key \
    "Sign <sign@example.org>" ed25519 sign never
bad_key sign@example.org >"$TEST_TMP/out"
is "a key that only signs is found" "cannot-encrypt error" \
    "$(finding sign@example.org)"
noroshi key check >"$TEST_TMP/findings" 2>"$TEST_TMP/out" || :
is "each says on a line whose key it is and how to mend it" "" "$(grep -vE \
    '^(error|warning): [0-9A-F]{40} \(contact [0-9]+\): [a-z-]+; .+' \
    "$TEST_TMP/findings")"
is "five people are named" 5 "$(sed 's/.*(contact \([0-9]*\)).*/\1/' \
    "$TEST_TMP/findings" | sort -u | grep -c .)"

# a former team key
world_key "Old Team" old@example.org
world_know "$WORLD/old@example.org.asc"
world_gpg old@example.org --armor --export-secret-keys >"$WORLD/old.secret"
old() {
	mail_encrypted hanako@example.jp old@example.org \
	    "Hanako <hanako@example.jp>" old@example.org "$1" "<$1@x.example>" \
	    <<-END
	To the old key.
	END
}
old before | noroshi receive >"$TEST_TMP/out"
once
is "mail to a key we never had is not read" failed "$(field 1 .encryption)"
is "a secret key is imported as a former team key" \
    "$(world_fpr old@example.org) true" "$(noroshi key import \
	"$WORLD/old.secret" --json | jq -r '.[0] | "\(.fingerprint) \(.team)"')"
old after | noroshi receive >"$TEST_TMP/out"
once
is "and mail to it is read" "whole signature" \
    "$(field 2 '"\(.encryption) \(.sender.evidence)"')"
is "its text, too" "To the old key." "$(noroshi message text 2)"
is "the team's own key is still the one that is given out" \
    "Example CSIRT" "$(noroshi key export | world_gpg nobody --show-keys \
	--with-colons | awk -F: '$1 == "uid" { sub(/ <.*/, "", $10); print $10 }')"
tap_end
