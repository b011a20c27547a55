# world.sh - people who write to the gateway, each with a real gpg.
#
# Sourced by the demo and by the tests. World means: everybody but the gateway.
# world_start makes $WORLD, a short temporary folder; everyone in it has a
# GNUPGHOME of their own, so that what opens a mail is that person's key.

world_start() {
	# gpg's sockets fail below a long path
	WORLD=$(mktemp -d /tmp/nw.XXXXXX)
	chmod 700 "$WORLD"
	world_home nobody
}

# Ends every agent of the world and removes its folder.
world_end() {
	[ -n "${WORLD-}" ] || return 0
	for home in "$WORLD"/*@* "$WORLD/nobody"; do
		[ ! -d "$home" ] ||
		    GNUPGHOME=$home gpgconf --kill gpg-agent 2>/dev/null || :
	done
	rm -rf "$WORLD"
	WORLD=
}

# world_home who: that person's own GNUPGHOME
world_home() {
	mkdir -p -m 700 "$WORLD/$1"
	printf 'batch\nno-tty\ntrust-model always\npinentry-mode loopback\n' \
	    >"$WORLD/$1/gpg.conf"
}

# world_gpg who argument...: gpg as that person runs it ("-": somebody)
world_gpg() {
	world_who=$1
	shift
	[ -d "$WORLD/$world_who" ] || world_who=nobody
	GNUPGHOME="$WORLD/$world_who" gpg -q --no-permission-warning "$@" \
	    2>>"$WORLD/gpg.log"
}

# world_key "Name" address [primary-algorithm subkey-algorithm]: a throw-away
# key without passphrase; its public half lies in $WORLD/address.asc
world_key() {
	world_home "$2"
	world_gpg "$2" --passphrase '' --quick-generate-key "$1 <$2>" \
	    "${3:-ed25519}" sign never || return 1
	world_gpg "$2" --passphrase '' --quick-add-key "$(world_fpr "$2")" \
	    "${4:-cv25519}" encr never || return 1
	world_gpg "$2" --armor --export "$2" >"$WORLD/$2.asc"
}

# world_know file: everybody gets to know a public key
world_know() {
	for home in "$WORLD"/*@* "$WORLD/nobody"; do
		[ ! -d "$home" ] || world_gpg "${home##*/}" --import "$1"
	done
}

# world_fpr address: the primary fingerprint of that person's own key
world_fpr() {
	world_gpg "$1" --with-colons --list-secret-keys |
	    awk -F: '$1 == "fpr" { print $10; exit }'
}

world_crlf() { awk '{ sub(/\r$/, ""); printf "%s\r\n", $0 }'; }

world_boundary() { printf 'b%s' "$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"; }

# Header fields shared by all mails: from to subject message-id
world_header() {
	printf 'Return-Path: <%s>\n' "$(world_address "$1")"
	printf 'From: %s\nTo: %s\nSubject: %s\n' "$1" "$2" "$3"
	printf 'Message-ID: %s\n' "$4"
	printf 'Date: %s\n' "${DATE:-$(date -u '+%a, %d %b %Y %H:%M:%S +0000')}"
	[ -z "${EXTRA-}" ] || printf '%s\n' "$EXTRA"
	printf 'MIME-Version: 1.0\n'
}

world_address() { printf '%s' "$1" | sed -e 's/.*<//' -e 's/>.*//'; }

# mail_plain from to subject message-id <body
mail_plain() {
	world_header "$@"
	printf 'Content-Type: text/plain; charset=utf-8\n'
	printf 'Content-Transfer-Encoding: 8bit\n\n'
	cat
}

# mail_small N: the shortest, of which a test wants many
mail_small() {
	printf 'From: a@example.net\nTo: csirt@example.org\nSubject: no %s\nMessage-ID: <%s@example.net>\n\nNumber %s.\n' \
	    "$1" "$1" "$1"
}

# The entity that is signed or encrypted: its own header, then the text on
# standard input. With PROTECT set, header fields are repeated inside in the
# form that Thunderbird writes.
world_entity() {
	if [ -n "${PROTECT-}" ]; then
		printf 'Content-Type: text/plain; charset=utf-8;'
		printf ' protected-headers="v1"\n'
		printf 'From: %s\nTo: %s\nSubject: %s\n' "$1" "$2" "$3"
		printf 'Message-ID: %s\n' "$4"
	else
		printf 'Content-Type: text/plain; charset=utf-8\n'
	fi
	printf 'Content-Transfer-Encoding: quoted-printable\n\n'
	# quoted-printable by hand: the texts here are ASCII, '=' apart
	sed -e 's/=/=3D/g'
}

# mail_signed signer from to subject message-id <text: multipart/signed
mail_signed() {
	signer=$1
	shift
	boundary=$(world_boundary)
	world_entity "$@" | world_crlf >"$WORLD/entity"
	# RFC 3156 section 5: the CRLF before the boundary is not signed
	head -c -2 "$WORLD/entity" >"$WORLD/entity.signed"
	world_gpg "$signer" --armor --detach-sign \
	    --digest-algo SHA512 --output - "$WORLD/entity.signed" \
	    >"$WORLD/entity.asc" || return 1
	world_header "$@"
	printf 'Content-Type: multipart/signed; micalg=pgp-sha512;\n'
	printf ' protocol="application/pgp-signature"; boundary="%s"\n\n' \
	    "$boundary"
	printf -- '--%s\n' "$boundary"
	tr -d '\r' <"$WORLD/entity"
	printf -- '--%s\n' "$boundary"
	printf 'Content-Type: application/pgp-signature; name="signature.asc"\n\n'
	cat "$WORLD/entity.asc"
	printf -- '\n--%s--\n' "$boundary"
}

# world_frame ciphertext-file: the body of RFC 3156 section 4
world_frame() {
	boundary=$(world_boundary)
	printf 'Content-Type: multipart/encrypted; boundary="%s";\n' "$boundary"
	printf ' protocol="application/pgp-encrypted"\n\n'
	printf -- '--%s\nContent-Type: application/pgp-encrypted\n\n' "$boundary"
	printf 'Version: 1\n\n--%s\n' "$boundary"
	printf 'Content-Type: application/octet-stream; name="encrypted.asc"\n\n'
	cat "$1"
	printf -- '\n--%s--\n' "$boundary"
}

# mail_encrypted signer recipient from to subject message-id <text
# signer "-": not signed. OUTER: the outer subject (default: the same).
mail_encrypted() {
	signer=$1 recipient=$2
	shift 2
	world_entity "$@" | world_crlf >"$WORLD/entity"
	if [ "$signer" = - ]; then
		world_gpg nobody --armor --encrypt --recipient "$recipient" \
		    --output - "$WORLD/entity" >"$WORLD/entity.asc"
	else
		world_gpg "$signer" --armor --sign --encrypt \
		    --recipient "$recipient" --output - "$WORLD/entity" \
		    >"$WORLD/entity.asc"
	fi || return 1
	world_header "$1" "$2" "${OUTER:-$3}" "$4"
	world_frame "$WORLD/entity.asc"
}

# mail_inline signer recipient from to subject message-id <text
mail_inline() {
	signer=$1 recipient=$2
	shift 2
	cat >"$WORLD/entity"
	world_gpg "$signer" --armor --sign --encrypt \
	    --recipient "$recipient" --output - "$WORLD/entity" \
	    >"$WORLD/entity.asc" || return 1
	world_header "$@"
	printf 'Content-Type: text/plain; charset=utf-8\n\n'
	cat "$WORLD/entity.asc"
}

# mail_clearsigned signer from to subject message-id <text
mail_clearsigned() {
	signer=$1
	shift
	cat >"$WORLD/entity"
	world_gpg "$signer" --armor --clearsign --output - \
	    "$WORLD/entity" >"$WORLD/entity.asc" || return 1
	world_header "$@"
	printf 'Content-Type: text/plain; charset=utf-8\n\n'
	cat "$WORLD/entity.asc"
}

# world_tamper <mail: one byte in the middle of the armour is another one
world_tamper() {
	awk '/^[A-Za-z0-9+\/]+$/ && length($0) == 64 {
		n++
		if (n == 6) {
			c = substr($0, 20, 1)
			$0 = substr($0, 1, 19) (c == "A" ? "B" : "A") \
			    substr($0, 21)
		}
	}
	{ print }'
}

# world_drop inbox <mail: delivers to a Maildir as any mail program does
world_drop() {
	name=$(date +%s.%N).world
	cat >"$1/tmp/$name" && mv "$1/tmp/$name" "$1/new/$name"
}

# world_read address file: what that person's own gpg makes of a mail's first
# OpenPGP block; its status lines go to $WORLD/status
world_read() {
	sed -n '/^-----BEGIN PGP MESSAGE-----/,/^-----END PGP MESSAGE-----/p' \
	    "$2" >"$WORLD/read.asc"
	world_gpg "$1" --status-fd 3 --decrypt \
	    "$WORLD/read.asc" 3>"$WORLD/status"
}

# world_recipients file: the key ids an encrypted mail names, one a line
world_recipients() {
	sed -n '/^-----BEGIN PGP MESSAGE-----/,/^-----END PGP MESSAGE-----/p' \
	    "$1" >"$WORLD/read.asc"
	world_gpg nobody --list-only --status-fd 1 --decrypt "$WORLD/read.asc" |
	    awk '$2 == "ENC_TO" { print $3 }'
}
