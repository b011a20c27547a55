# watch.sh - what left: each new file of the outbox, opened with the keys of
# the one it went to and with no others, and looked through by seek.

# pgp_of FILE: its OpenPGP message
pgp_of() {
	sed -n '/^-----BEGIN PGP MESSAGE-----/,/^-----END PGP MESSAGE-----/p' "$1"
}

# opened FILE NAME TO: the text into $O/NAME.in, and what gpg said of it
opened() {
	pgp_of "$1" >"$O/$2.pgp"
	opened_home=${3#other.}
	[ -d "$WORLD/$opened_home" ] || opened_home=nobody
	if world_gpg "$opened_home" --status-fd 3 --decrypt \
	    --output "$O/$2.in" "$O/$2.pgp" 3>"$T/status"; then
		yes=true
	else
		yes=false
	fi
	good=false
	! grep -q "GOODSIG.* Example CSIRT" "$T/status" || good=true
	# what the packets themselves name, whether it could be opened or not
	world_gpg nobody --list-packets "$O/$2.pgp" >"$T/packets" || :
	# shellcheck disable=SC2046
	list $(sed -n 's/^:pubkey enc packet:.* keyid \([0-9A-F]*\).*/\1/p' "$T/packets" | sort -u)
}

# remember TO MESSAGE FILE: addresses in a team copy to which a member answers
remember() {
	[ -e "$3" ] || return 0
	tr -d '\r' <"$3" | grep -o 'csirt+r[a-z0-9-]*@example.org' |
	    sort -u >>"$F/replies.$1" || :
	tr -d '\r' <"$3" | grep -o 'csirt+h[a-z0-9-]*@example.org' | sort -u |
	    sed "s/^/$1 $2 /" >>"$F/asks" || :
}

# copy FILE: one fact about the whole of it
copy() {
	base=${1##*/}
	sed '/^\r*$/q' "$1" | sed '/^Return-Path:/d; /^Delivered-To:/d' >"$O/$base.head"
	sed '/^Return-Path:/d; /^Delivered-To:/d' "$1" >"$O/$base.out"
	to=$(sed -n 's/^Delivered-To: //p' "$1" | tr -d '\r' | head -n 1)
	from=$(sed -n 's/^Return-Path: <\(.*\)>/\1/p' "$1" | head -n 1)
	sealed=false yes=null good=null it='[]'
	if grep -q '^-----BEGIN PGP MESSAGE-----' "$1"; then
		sealed=true
		opened "$1" "$base" "$to"
	elif grep -q 'multipart/signed' "$O/$base.head"; then
		good=true
	else
		good=false
	fi
	keys=$it
	# shellcheck disable=SC2046
	list $(cat "$O/$base.head" "$O/$base.in" 2>/dev/null | tr -d '\r' |
	    sed -n 's/^\([A-Za-z-]*\):.*/\1/p' | sort -u)
	zone=true
	! cat "$O/$base.head" "$O/$base.in" 2>/dev/null | tr -d '\r' | sed '/^$/q' |
	    grep '^Date:' | grep -qv ' +0000$' || zone=false
	echo "{\"t\":\"copy\",\"file\":\"$base\",\"delivery\":${base%%.*},\"to\":\"$to\",\"return\":\"$from\",\"sealed\":$sealed,\"opened\":$yes,\"good\":$good,\"keys\":$keys,\"fields\":$it,\"utc\":$zone}" \
	    >>"$O/seen"
	message=$(echo "$rows" | sed -n "s/^${base%%.*} //p")
	remember "$to" "$message" "$O/$base.in"
}

# hits WHERE: which words stand in the files *.WHERE of $O
hits() {
	set -- "$1" "$O"/*."$1"
	[ -e "$2" ] || return 0
	hits_where=$1
	shift
	"$builddir/seek" "$T/words" "$@" | awk -F '\t' -v where="$hits_where" '{
		n = split($1, path, "/")
		file = substr(path[n], 1, length(path[n]) - length(where) - 1)
		printf "{\"t\":\"hit\",\"file\":\"%s\",\"where\":\"%s\",\"word\":\"%s\"}\n", file, where, $2
	}' >>"$O/seen"
}

# watch: all that left since the last time, before the oracle
watch() {
	noroshi message list --json >"$T/messages"
	noroshi queue list --all --json >"$T/rows"
	jq -r '.[] | select(.case and (.message_id // "" | test("^<(in|o)[0-9]+@"))) |
	    "\(.message_id) \(.case) \(.id)"' "$T/messages" >"$T/now"
	# the facts of this moment replace those of the one before
	: >"$F/placed"
	while read -r mid case id; do
		fact t=placed mid="$mid" case="$case" id="$id"
		case $mid in
		'<in'*)
			n=${mid#<in}
			[ ! -e "$F/in.${n%%@*}" ] || echo "${n%%@*} $case $id" >>"$F/placed"
			;;
		esac
	done <"$T/now"
	rows=$(jq -r '.[] | "\(.id) \(.message)"' "$T/rows")
	watch_count=$((watch_count + 1))
	O=$F/watch.$watch_count
	mkdir "$O"
	: >"$O/seen"
	for file in "$G"/outbox/new/*; do
		[ -e "$file" ] || continue
		! grep -qxF "${file##*/}" "$F/old" || continue
		echo "${file##*/}" >>"$F/old"
		copy "$file"
	done
	sort -u "$F/words" >"$T/words"
	hits head
	hits out
	hits in
	fact t=now
	jq -c '.[] | {t: "row", id, message, state, kind, rule, reason, recipient}' \
	    "$T/rows" >>"$O/seen"
	jq -rn --slurpfile fact "$F/facts" --slurpfile seen "$O/seen" \
	    -f "$top_srcdir/tests/property/oracle.jq" >"$T/verdict" || return 1
	grep '^count ' "$T/verdict" >>"$F/counts"
	grep '^wrong ' "$T/verdict" >>"$F/wrong"
	return 0
}
