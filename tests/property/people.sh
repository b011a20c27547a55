# people.sh - who there is: keys are made once, what the gateway knows of each
# person is drawn anew for each round.

# address name: outsiders with an OpenPGP key of their own
outsiders="ada@quellmann.example:Ada_Quellmann boris@tarnow.example:Boris_Tarnow
chiyo@minase.example:Chiyo_Minase dario@velluti.example:Dario_Velluti
edda@holmgren.example:Edda_Holmgren farid@benslama.example:Farid_Benslama
greta@szabados.example:Greta_Szabados hiro@nagatomo.example:Hiro_Nagatomo
ines@caldeira.example:Ines_Caldeira"
# and those that nobody made a contact of, without one
strangers="kuno@wanderer.example lotte@passing.example"
team="taro@example.org:Taro_Operator ken@example.org:Ken_Deputy
hanako@example.org:Hanako_Handler aiko@aiko.example:Aiko_Approver
olga@olga.example:Olga_Observer"
everybody=$(for one in $outsiders; do echo "${one%%:*}"; done)

name_of() {
	for name_one in $outsiders $team; do
		case $name_one in
		"$1":*) echo "${name_one#*:}" | tr _ ' ' ;;
		esac
	done
}

# pool_make: all keys of the world, for all rounds. Who also has an expired
# key, or a second one, has it in the same GNUPGHOME: if the gateway used it,
# the copy would be opened, and seen.
pool_make() {
	for one in $outsiders $team; do
		world_key "$(echo "${one#*:}" | tr _ ' ')" "${one%%:*}" || return 1
		cp "$WORLD/${one%%:*}.asc" "$WORLD/${one%%:*}.good.asc"
		world_fpr "${one%%:*}" >"$WORLD/${one%%:*}.fpr"
	done
	for who in ada@quellmann.example boris@tarnow.example; do
		pool_more "$who" expired --faked-system-time 20250101T000000 &&
		    pool_more "$who" second || return 1
	done
	for who in $strangers; do
		world_home "$who"
	done
}

# pool_more WHO WHICH [OPTION...]: a further key; expired after one day
pool_more() {
	more_who=$1 more_which=$2
	shift 2
	more_until=never
	[ "$more_which" = second ] || more_until=1d
	more_name="$(name_of "$more_who") ($more_which) <$more_who>"
	world_gpg "$more_who" "$@" --passphrase '' --quick-generate-key \
	    "$more_name" ed25519 sign "$more_until" || return 1
	more_fpr=$(world_gpg "$more_who" --with-colons --list-secret-keys \
	    "($more_which)" | awk -F: '$1 == "fpr" { print $10; exit }')
	world_gpg "$more_who" "$@" --passphrase '' --quick-add-key \
	    "$more_fpr" cv25519 encr "$more_until" || return 1
	world_gpg "$more_who" --armor --export "$more_fpr" \
	    >"$WORLD/$more_who.$more_which.asc"
}

# marks WHO STAFF: all that would tell of this person, and whose keys are whose
marks() {
	{
		echo "address $1"
		echo "address other.$1"
		name_of "$1" | sed 's/^/name /'
		world_gpg "$1" --with-colons --list-secret-keys | awk -F: '
		    $1 == "sec" || $1 == "ssb" { print "key " $5 }
		    $1 == "fpr" { print "key " $10 }'
	} | while read -r kind mark; do
		[ -n "$mark" ] || continue
		echo "$mark" >>"$F/words"
		fact t=mark word="$mark" who="$1" kind="$kind" staff="$2"
	done
}

# key_state WHO FILE STATE: what the gateway is told of the keys in a file
key_state() {
	world_gpg nobody --with-colons --show-keys "$2" | awk -F: '
	    $1 == "pub" || $1 == "sub" { print $5 }' | while read -r id; do
		fact t=key id="$id" who="$1" state="$3"
	done
}

# person WHO: an outsider becomes a contact of a random class, known by random
# keys, and perhaps by a second address
person() {
	pick coordinator isac first partner vendor constituent constituent \
	    partner finder public
	class=$it tag=
	if [ "$class" = public ]; then
		pick '' '' authority press victim
		tag=$it
	fi
	set -- "$1" --class "$class" ${tag:+--tag "$tag"}
	addresses="\"$1\""
	if chance 25; then
		set -- "$@" --address "other.$1"
		addresses="$addresses,\"other.$1\""
	fi
	who=$1
	pick none unverified verified verified verified
	state=$it
	case $state in
	unverified) set -- "$@" --key "$WORLD/$who.good.asc" --verified none ;;
	verified) set -- "$@" --key "$WORLD/$who.good.asc" --verified met ;;
	esac
	[ $state = none ] || key_state "$who" "$WORLD/$who.good.asc" "$state"
	if [ -e "$WORLD/$who.expired.asc" ]; then
		if chance 50; then
			set -- "$@" --key "$WORLD/$who.expired.asc"
			key_state "$who" "$WORLD/$who.expired.asc" expired
		fi
		[ "$state" != verified ] || ! chance 50 || {
			set -- "$@" --key "$WORLD/$who.second.asc"
			key_state "$who" "$WORLD/$who.second.asc" verified
		}
	fi
	shift
	fact t=person id="$who" class="$class" tag="$tag" staff=false \
	    addresses="[$addresses]" bound="$([ $state = none ] && echo false || echo true)"
	noroshi contact add "$(name_of "$who")" --address "$who" "$@" >/dev/null
}

staff() { # staff WHO ROLE
	fact t=person id="$1" class=staff staff=true role="$2" \
	    addresses="[\"$1\"]" bound=true
	key_state "$1" "$WORLD/$1.good.asc" verified
	[ "$2" = poc ] && {
		noroshi contact set 1 --key "$WORLD/$1.asc" --verified met >/dev/null
		return
	}
	noroshi contact add "$(name_of "$1")" --address "$1" --class staff \
	    --role "$2" --key "$WORLD/$1.asc" --verified met >/dev/null
}

# people: everybody becomes known to the gateway, and two communities
people() {
	staff taro@example.org poc && staff ken@example.org deputy &&
	    staff hanako@example.org handler &&
	    staff aiko@aiko.example approver &&
	    staff olga@olga.example observer || return 1
	for one in $team; do
		marks "${one%%:*}" true
	done
	for who in $everybody; do
		marks "$who" false
		person "$who" || return 1
	done
	for who in $strangers; do
		echo "$who" >>"$F/words"
		fact t=mark word="$who" who="$who" kind=address staff=false
		fact t=person id="$who" class=public tag= staff=false \
		    addresses="[\"$who\"]" bound=false
	done
	community circle && community forum --kind discussion
}

# community NAME [OPTION...]: with a random ceiling and random members
community() {
	pick CLEAR GREEN AMBER AMBER AMBER+STRICT
	max=$it single=false archive=none name=$1
	shift
	set -- "$@" --max-label "$max"
	if chance 30; then
		single=true
		set -- "$@" --single-release
	fi
	if chance 10; then
		archive=public
		set -- "$@" --archive public
	fi
	fact t=community name="$name" max="$max" single=$single archive=$archive
	noroshi community add "$name" --address "$name@example.org" \
	    --sponsors 0 "$@" >/dev/null || return 1
	for who in $everybody; do
		chance 45 || continue
		noroshi community join "$name" "$who" >/dev/null || return 1
		fact t=member community="$name" who="$who" state=active
	done
}
