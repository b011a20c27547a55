#!/bin/sh
# seeds.sh - what the fuzz targets start from, out of a folder with mail and
# keys ($NOROSHI_CORPUS), where there is one. Nothing of it is kept elsewhere.
#
#   seeds.sh FOLDER TARGET...      (src/MODULE/fuzz_NOUN)
#
# FOLDER/NOUN holds one file a seed: whole mails, single fields of their
# headers, or keys and messages of OpenPGP, as the noun needs them.
set -u

folder=$1
shift
corpus=${NOROSHI_CORPUS-}
[ -n "$corpus" ] && [ -d "$corpus" ] || exit 0
mkdir -p "$folder"

# mails: names of files that hold a mail, each below 32 kB.
mails() {
	find "$corpus" -type f -size -32k \( -name '*.eml' -o -name '*.msg' \
	    -o -name 'msg_*.txt' -o -name '*:2,*' \) | sort
}

# openpgp: names of files with keys, signatures and messages.
openpgp() {
	find "$corpus" -type f -size -32k \( -name '*.asc' -o -name '*.gpg' \
	    -o -name '*.pgp' -o -name '*.key' -o -name '*.sig' \) | sort
}

# link NOUN [PREFIX]: each file named on standard input is a seed; PREFIX, a
# printf format, stands in front of its bytes.
link() {
	n=0
	mkdir -p "$folder/$1"
	while IFS= read -r file; do
		n=$((n + 1))
		if [ -n "${2-}" ]; then
			# shellcheck disable=SC2059
			{ printf "$2"; cat "$file"; } >"$folder/$1/$n"
		else
			ln -sf "$file" "$folder/$1/$n"
		fi
	done
}

# fields NOUN NAME...: each body of a field of these names, unfolded, once.
fields() {
	noun=$1
	shift
	mkdir -p "$folder/$noun"
	mails | tr '\n' '\0' | xargs -0 -n 200 awk -v names="$*" '
	function take() {
		if (body != "" && !(body in seen)) {
			seen[body] = 1
			print body
		}
		body = ""
	}
	BEGIN {
		n = split(tolower(names), list, " ")
		for (i = 1; i <= n; i++)
			want[list[i]] = 1
	}
	FNR == 1 { take(); header = 1 }
	{ sub(/\r$/, "") }
	/^$/ { take(); header = 0 }
	!header { next }
	/^[ \t]/ { if (body != "") body = body $0; next }
	{
		take()
		colon = index($0, ":")
		if (colon > 1 && tolower(substr($0, 1, colon - 1)) in want)
			body = substr($0, colon + 1)
	}
	END { take() }' | awk -v f="$folder/$noun/" '
	NR <= 400 { printf "%s", $0 > (f NR); close(f NR) }'
}

for target; do
	noun=${target##*/fuzz_}
	[ ! -d "$folder/$noun" ] || continue
	case $noun in
	scan | tree | header | kind | auth_results | utf8 | encoding | jis | \
	    armour | dsn | indicator | quote | mailfile)
		mails | link "$noun"
		;;
	html) mails | link "$noun" ;;
	text) mails | link "$noun" '2quoted-printable\nutf-8\n' ;;
	charset) mails | link "$noun" 'iso-2022-jp\n' ;;
	parse_server) mails | link "$noun" '0\n\n\377' ;;
	replytext) mails | link "$noun" 'Re: x\n' ;;
	classify) mails | link "$noun" '0x\njoe@example.org\n\n' ;;
	label) mails | link "$noun" '000x\ny\nz\n\n' ;;
	compose) mails | link "$noun" 'x\nJoe\n\n' ;;
	address | contact_check) fields "$noun" From To Cc Sender Reply-To \
	    References In-Reply-To ;;
	params) fields "$noun" Content-Type Content-Disposition ;;
	date) fields "$noun" Date ;;
	words | reference | tlp | fieldout | entities)
		fields "$noun" Subject From To ;;
	packet | kbx) openpgp | link "$noun" ;;
	esac
	# Binary packets are in armour; both forms are a seed for the armour.
	[ "$noun" != armour ] || openpgp | link armour_keys
	[ "$noun" != armour ] || {
		(cd "$folder" && for f in armour_keys/*; do
			mv "$f" "armour/key-${f##*/}"
		done
		rmdir armour_keys)
	}
done
