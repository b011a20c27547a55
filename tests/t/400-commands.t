#!/bin/sh
# The operators' command from outside: words, help, configuration, init, receive.
. "$top_srcdir/tests/lib/gateway.sh"

for words in "bogus" "message" "message bogus" "-x" "--bogus" "-c" \
    "help bogus" "message list --bogus" "message list word" "message show" \
    "message show 0" "message show x" "message show 1 2" "message show +1" \
    "case list --state x" "case new" "case close" "contact add" \
    "contact add X --address x@example.org" "contact set 1" \
    "contact list --role king" "queue list --state x" "audit log --message x" "search" "case search" "search --limit x y" \
    "init" "init $TEST_TMP/no --team X" "key import" "contact import x.txt"; do
	# shellcheck disable=SC2086
	ok "usage: noroshi $words" exits 64 noroshi $words
done
for noun in "message show" "case show" "contact show" "queue show" \
    "rules explain" "case close" init; do
	# shellcheck disable=SC2086
	ok "an empty operand of $noun is a wrong call" exits 64 noroshi $noun ""
done
for later in drill "community sponsor"; do
	# shellcheck disable=SC2086
	ok "$later is no command yet" exits 64 noroshi $later --help
done

helps() {
	noroshi "$@" >"$TEST_TMP/help" 2>"$TEST_TMP/err" || return 1
	grep -q '^usage: noroshi ' "$TEST_TMP/help" && [ ! -s "$TEST_TMP/err" ]
}
noroshi --help >"$TEST_TMP/all"
sed -n 's/^  \([a-z]* [a-z][a-z]*\)   *[a-z].*/\1/p; s/^  \([a-z][a-z-]*\)   *[a-z].*/\1/p' \
    "$TEST_TMP/all" | sort -u >"$TEST_TMP/words"
is "--help names every command of this stage" \
    "advisory cancel,advisory list,advisory revise,advisory send,advisory show,advisory status,audit checkpoint,audit log,audit verify,backup,case affected,case assign,case checklist,case claim,case close,case disposal,case embargo,case erase,case export,case hold,case indicators,case label,case list,case merge,case move,case new,case note,case participant,case reader,case refuse,case reopen,case search,case set,case settle,case show,case split,case suggest,case tag,case tick,case undo,case untick,case wait,community accept,community add,community apply,community export,community import,community join,community leave,community list,community refuse,community resume,community review,community set,community show,community suspend,complete,config check,consent add,consent list,contact add,contact export,contact handover,contact import,contact list,contact remove,contact set,contact show,day,deadline done,deadline list,deadline rules,deadline start,deadline stop,doctor,import mail,import schleuder,init,key check,key export,key import,key list,message list,message raw,message seen,message show,message text,metrics,queue approve,queue cancel,queue list,queue reject,queue release,queue retry,queue show,receive,report case,report stats,restore,retention list,retention run,rota absent,rota back,rota list,rota set,rules explain,search,send,tlp explain,verify-export" \
    "$(paste -sd, "$TEST_TMP/words")"
while read -r noun verb; do
	# shellcheck disable=SC2086
	ok "$noun $verb --help says how it is used" helps $noun $verb --help
done <"$TEST_TMP/words"
ok "help after a noun alone, too" helps case --help
ok "help CASE LIST is --help" helps help case list
is "--version is one line" "noroshi" "$(noroshi --version | cut -d' ' -f1)"

# init
ok "a gateway with an operator" gateway_new
ok "init says what to do next" grep -q "key export" "$TEST_TMP/init.out"
ok "init says where the revocation certificate is" test -s \
    "$(sed -n 's/^The key.s revocation certificate is //p' "$TEST_TMP/init.out")"
is "the caller is contact 1, staff and PoC" "Taro Operator staff poc" \
    "$(noroshi contact show 1 --json | jq -r '"\(.name) \(.class) \(.roles[0])"')"
is "all that is secret is the owner's alone" "700 700 600 600 700" \
    "$(stat -c %a "$G" "$G/gnupg" "$G/noroshi.db" "$G/noroshi.conf" \
	"$G/spool" | paste -sd' ')"
ok "a folder that is not empty is refused" exits 65 noroshi init "$G" \
    --team X --address x@example.org
ok "and left as it was" noroshi contact show 1
ok "an address that is none is refused" exits 64 noroshi init \
    "$TEST_TMP/none" --team X --address nonsense
ok "--operator wants both words" exits 64 noroshi init "$TEST_TMP/none" \
    --team X --address x@example.org --operator Y
ok "a folder below nothing is refused" exits 66 noroshi init \
    "$TEST_TMP/no/such/folder" --team X --address x@example.org
ok "a key file that is not there is refused" exits 66 noroshi init \
    "$TEST_TMP/none" --team X --address x@example.org --key "$TEST_TMP/nokey"
ok "a public key is no team key" exits 65 noroshi init "$TEST_TMP/none" \
    --team X --address x@example.org --key "$WORLD/team.asc"
ok "a refused init leaves nothing" not test -e "$TEST_TMP/none"
mkdir "$TEST_TMP/plain"
ok "an empty folder will do, without an operator" noroshi init \
    "$TEST_TMP/plain" --team "日本語チーム" --address x@example.org
is "and contact 1 is then \"operator\"" "operator" \
    "$(noroshi -c "$TEST_TMP/plain/noroshi.conf" contact show 1 --json |
	jq -r .name)"
for algorithm in ed25519 rsa3072; do
	sub=cv25519
	[ $algorithm = ed25519 ] || sub=rsa3072
	who=$algorithm@example.org
	world_key "Team" "$who" $algorithm $sub
	world_gpg "$who" --armor --export-secret-keys >"$WORLD/$who.secret"
	ok "init takes a secret key of $algorithm" noroshi init \
	    "$TEST_TMP/$algorithm" --team "Team" --address "$who" \
	    --key "$WORLD/$who.secret"
	is "which is the team's key then" "$(world_fpr "$who")" \
	    "$(noroshi -c "$TEST_TMP/$algorithm/noroshi.conf" key list --json |
		jq -r '.[] | select(.team) | .fingerprint')"
	ok "and mail to it is read" sh -c "
	    printf 'From: a@b.example\n\nhello\n' |
		noroshi -c '$TEST_TMP/$algorithm/noroshi.conf' receive &&
	    noroshid -c '$TEST_TMP/$algorithm/noroshi.conf' --once &&
	    noroshi -c '$TEST_TMP/$algorithm/noroshi.conf' message text 1 |
		grep -q hello"
done
long=$TEST_TMP/$(printf '%0100d' 0)/$(printf '%0100d' 0)
mkdir -p "${long%/*}"
ok "a long path is no hindrance" noroshi init "$long" --team Long \
    --address long@example.org
ok "for reading mail, too" sh -c "echo 'a: b' |
    noroshi -c '$long/noroshi.conf' receive &&
    noroshid -c '$long/noroshi.conf' --once &&
    noroshi -c '$long/noroshi.conf' message show 1"

# which configuration
ok "-c wins over NOROSHI_CONF" exits 66 noroshi -c "$TEST_TMP/no.conf" \
    contact list
ok "NOROSHI_CONF wins over the current folder" sh -c "cd '$TEST_TMP/plain' &&
    noroshi contact list | grep -q 'Taro Operator'"
ok "else ./noroshi.conf is it" sh -c "unset NOROSHI_CONF; cd '$TEST_TMP/plain' &&
    noroshi contact list | grep -q operator"
printf 'nonsense = 1;\nworkers = "many";\n' >"$TEST_TMP/bad.conf"
ok "a wrong configuration is 78" exits 78 noroshi -c "$TEST_TMP/bad.conf" \
    case list
ok "every mistake is named with its line" sh -c "
    grep -q '^noroshi: .*bad.conf:1: nonsense' '$TEST_TMP/exits.err' &&
    grep -q '^noroshi: .*bad.conf:2: workers' '$TEST_TMP/exits.err'"
ok "config check says the same" exits 78 noroshi -c "$TEST_TMP/bad.conf" \
    config check
is "as JSON, too" "file,mistakes" "$(noroshi -c "$TEST_TMP/bad.conf" \
    config check --json 2>/dev/null | jq -r 'keys | join(",")')"
ok "and has nothing to say of what init made" exits 0 noroshi config check
chmod 755 "$G/gnupg"
ok "but of keys that others may reach" exits 78 noroshi config check
chmod 700 "$G/gnupg"

# receive
for n in 1 2 3; do
	printf 'From: a@b.example\nSubject: %d\n\nbody %d\n' $n $n \
	    >"$TEST_TMP/mail.$n"
done
is "ids come in the order of the files" "1,2,3" "$(cd "$TEST_TMP" &&
    noroshi receive mail.1 mail.2 mail.3 | paste -sd,)"
is "the same bytes are one message" "2" "$(noroshi receive <"$TEST_TMP/mail.2")"
is "which --json tells" \
    '[{"duplicate":true,"id":3,"sha256":"'"$(sha256sum <"$TEST_TMP/mail.3" |
	cut -c1-64)"'"}]' "$(noroshi receive --json "$TEST_TMP/mail.3" | jq -cS .)"
printf 'Subject: 4\n\nx\n' >"$TEST_TMP/mail.4"
is "an envelope is taken" 4 "$(noroshi receive --from bounce@b.example \
    --to csirt@example.org --to abuse@example.org "$TEST_TMP/mail.4")"
is "and the null sender" 5 "$(printf 'Subject: 5\n\nx\n' |
    noroshi receive --from '<>' --to csirt@example.org)"
ok "a file that is not there is 66" exits 66 noroshi receive "$TEST_TMP/no"
ok "a folder is 66" exits 66 noroshi receive "$TEST_TMP"
ok "what stood before it was taken in" exits 66 noroshi receive \
    "$TEST_TMP/mail.1" "$TEST_TMP/no"
is "and its id is said" 1 "$(cat "$TEST_TMP/exits.out")"
sed 's/^\t#message = .*/\tmessage = 1024;/' "$NOROSHI_CONF" >"$G/small.conf"
head -c 2000 /dev/zero | tr '\0' x >"$TEST_TMP/big"
ok "over the limit is 65: the MTA bounces it" exits 65 noroshi \
    -c "$G/small.conf" receive "$TEST_TMP/big"
mv "$G/spool" "$G/spool.away"
: >"$G/spool"
ok "without a spool it is 75: the MTA keeps it" exits 75 noroshi receive \
    "$TEST_TMP/mail.4"
rm "$G/spool"
mv "$G/spool.away" "$G/spool"
mv "$G/noroshi.db" "$G/db.away"
ok "and without a database" exits 75 noroshi receive "$TEST_TMP/mail.4"
mv "$G/db.away" "$G/noroshi.db"
ok "and with a wrong configuration" exits 75 noroshi -c "$TEST_TMP/bad.conf" \
    receive "$TEST_TMP/mail.4"

# the output
ok "a reader who leaves early is no failure" sh -c "
    { noroshi audit log --json; echo \$? >'$TEST_TMP/status'; } | : ;
    test \"\$(cat '$TEST_TMP/status')\" = 0"
ok "a full disk is 75" sh -c "noroshi audit log >/dev/full; test \$? = 75"
ok "no colour goes to a pipe" sh -c \
    "! TERM=xterm noroshi message list | grep -q '$(printf '\033')'"
if script -qc true /dev/null >/dev/null 2>&1; then
	ok "a terminal gets colour" sh -c "script -qc \
	    'TERM=xterm noroshi message list' /dev/null | grep -q '$(printf '\033')'"
	ok "unless NO_COLOR says no" sh -c "! script -qc \
	    'NO_COLOR=1 TERM=xterm noroshi message list' /dev/null |
	    grep -q '$(printf '\033')'"
else
	skip "a terminal gets colour" "no script(1), or no terminals"
	skip "unless NO_COLOR says no" "no script(1), or no terminals"
fi
tap_end
