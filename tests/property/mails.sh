# mails.sh - what comes in: random mails whose texts each hold a word of their
# own, so that wherever one of them turns up, it is known whose it is.

# sentence WORD: a line that holds it, long enough to be found when quoted
sentence() {
	pick en en en ja
	if [ "$it" = ja ]; then
		pick "%s という道具が火曜日から夜ごとに記録を外へ送っています。" \
		    "担当者によると %s は保守用の入口から入ったとのことです。"
	else
		pick "Since Tuesday the tool %s has copied records to a place we cannot see." \
		    "Our people found %s on three machines in the accounting rooms." \
		    "Whoever runs %s came in by way of the maintenance entrance."
	fi
	# shellcheck disable=SC2059
	printf "$it\n" "$1"
}

# text_of FILE PART FACT...: two lines with a new word each, into that file
text_of() {
	text_file=$1 text_part=$2
	shift 2
	for text_line in 1 2; do
		word_new
		fact t=text word="$word" part="$text_part" "$@"
		sentence "$word" >>"$text_file"
	done
}

# document FILE LABEL FACT...: an attachment that says its label inside; $name
document() {
	document_file=$1 document_label=$2
	shift 2
	word_new
	fact t=text word="$word" part=file "$@"
	pick csaf csaf1 stix text name
	kind=$it
	[ "$document_label" != none ] || kind=plain
	name="$kind.txt"
	case $kind in
	csaf | csaf1)
		shown=$document_label
		[ $kind = csaf ] || case $shown in
		CLEAR) shown=WHITE ;;
		AMBER+STRICT) shown=RED ;;
		esac
		version=2.1
		[ $kind = csaf ] || version=2.0
		name=advisory.json
		printf '{"document":{"category":"csaf_base","csaf_version":"%s","distribution":{"tlp":{"label":"%s"}},"title":"The %s tool"}}\n' \
		    $version "$shown" "$word" >"$document_file"
		;;
	stix)
		case $document_label in
		CLEAR) id=94868c89-83c2-464b-929b-a1a8aa3c8487 ;;
		GREEN) id=bab4a63c-aed9-4cf5-a766-dfca5abac2bb ;;
		AMBER) id=55d920b0-5e8b-4f79-9ee9-91f868d9b421 ;;
		AMBER+STRICT) id=939a9414-2ddd-4d32-a0cd-375ea402b003 ;;
		RED) id=e828b379-4e03-4974-9ac4-e53a884c97c1 ;;
		esac
		name=bundle.json
		printf '{"type":"bundle","objects":[{"type":"note","content":"%s","object_marking_refs":["marking-definition--%s"]}]}\n' \
		    "$word" $id >"$document_file"
		;;
	text) printf 'TLP:%s\n\nNotes about %s.\n' "$document_label" "$word" >"$document_file" ;;
	name)
		name="TLP-$(echo "$document_label" | tr + -)_notes.txt"
		printf 'Notes about %s and when it was seen first.\n' "$word" >"$document_file"
		;;
	plain) printf 'A log in which %s stands twice: %s.\n' "$word" "$word" >"$document_file" ;;
	esac
}

# subject_of TEXT: as a header holds it
subject_of() {
	case $1 in
	*[!\ -~]*) printf '=?UTF-8?B?%s?=' "$(printf '%s' "$1" | base64 -w0)" ;;
	*) printf '%s' "$1" ;;
	esac
}

# entity FROM TO SUBJECT MESSAGE-ID: what is signed or encrypted, from
# $T/body and $T/file.N with its name in $T/name.N. PROTECT as in world.sh.
entity() {
	head=
	if [ -n "${PROTECT-}" ]; then
		head="; protected-headers=\"v1\"
From: $1
To: $2
Subject: $3
Message-ID: $4"
		[ -z "${CC-}" ] || head="$head
Cc: $CC"
	fi
	text="Content-Type: text/plain; charset=utf-8"
	if [ ! -e "$T/file.1" ]; then
		echo "$text$head"
		entity_text
		return
	fi
	boundary=$(world_boundary)
	printf 'Content-Type: multipart/mixed; boundary="%s"%s\n\n' "$boundary" "$head"
	printf -- '--%s\n%s\n' "$boundary" "$text"
	entity_text
	for file in "$T"/file.?; do
		printf -- '\n--%s\nContent-Type: application/octet-stream\n' "$boundary"
		printf 'Content-Disposition: attachment; filename="%s"\n' \
		    "$(cat "$T/name.${file##*.}")"
		printf 'Content-Transfer-Encoding: base64\n\n'
		base64 "$file"
	done
	printf -- '\n--%s--\n' "$boundary"
}

entity_text() {
	if LC_ALL=C grep -q '[^ -~]' "$T/body"; then
		printf 'Content-Transfer-Encoding: base64\n\n'
		base64 "$T/body"
	else
		printf 'Content-Transfer-Encoding: quoted-printable\n\n'
		sed -e 's/=/=3D/g' "$T/body"
	fi
}

# mail_of FORM FROM TO SUBJECT MESSAGE-ID: from $T/body and $T/file.N
mail_of() {
	form=$1 signer=$(world_address "$2")
	shift
	case $form in
	clear)
		mail_header "$@" "$3"
		(unset PROTECT && entity "$@")
		;;
	jis)
		mail_header "$@" "$3"
		printf 'Content-Type: text/plain; charset=ISO-2022-JP\n\n'
		iconv -f UTF-8 -t ISO-2022-JP "$T/body"
		;;
	signed)
		boundary=$(world_boundary)x
		entity "$@" | world_crlf >"$T/entity"
		head -c -2 "$T/entity" >"$T/entity.signed"
		world_gpg "$signer" --yes --armor --detach-sign --digest-algo SHA512 \
		    --local-user "$(cat "$WORLD/$signer.fpr")" --output "$T/entity.asc" "$T/entity.signed"
		mail_header "$@" "$3"
		printf 'Content-Type: multipart/signed; micalg=pgp-sha512;\n'
		printf ' protocol="application/pgp-signature"; boundary="%s"\n\n' "$boundary"
		printf -- '--%s\n' "$boundary"
		tr -d '\r' <"$T/entity"
		printf -- '--%s\nContent-Type: application/pgp-signature\n\n' "$boundary"
		cat "$T/entity.asc"
		printf -- '\n--%s--\n' "$boundary"
		;;
	sealed | both)
		entity "$@" | world_crlf >"$T/entity"
		set -- "$@" "${OUTER-...}"
		[ -n "${PROTECT-}" ] || set -- "$1" "$2" "$3" "$4" "$3"
		mail_header "$@"
		[ $form = sealed ] && signer=nobody
		sign=
		[ $form = sealed ] || sign="--sign --local-user $(cat "$WORLD/$signer.fpr")"
		# shellcheck disable=SC2086
		world_gpg "$signer" --yes --armor $sign --encrypt \
		    --recipient csirt@example.org \
		    --output "$T/entity.asc" "$T/entity"
		world_frame "$T/entity.asc"
		;;
	esac
}

mail_header() { # mail_header FROM TO SUBJECT MESSAGE-ID OUTER-SUBJECT
	printf 'Return-Path: <%s>\nFrom: %s\nTo: %s\nSubject: %s\n' \
	    "$(world_address "$1")" "$1" "$2" "$5"
	[ -z "${CC-}" ] || printf 'Cc: %s\n' "$CC"
	printf 'Bcc: hidden@bcc.example\nMessage-ID: %s\nMIME-Version: 1.0\n' "$4"
	[ -z "${EXTRA-}" ] || printf '%s\n' "$EXTRA"
	printf 'Date: %s\n' "$(date -u '+%a, %d %b %Y %H:%M:%S +0000')"
}

rank() {
	case $1 in
	CLEAR) echo 0 ;; GREEN) echo 1 ;; AMBER) echo 2 ;;
	AMBER+STRICT) echo 3 ;; RED) echo 4 ;; none) echo -1 ;;
	esac
}

stricter() {
	[ "$(rank "$1")" -ge "$(rank "$2")" ] && echo "$1" || echo "$2"
}

# label_in WHAT PROVEN PLACE: what a mail's label counts as. What widens
# sharing counts from who is proven, and not in an attachment alone.
label_in() {
	if [ "$(rank "$1")" -ge 2 ]; then
		echo "$1"
	elif [ "$1" = none ] || [ "$2" = false ] || [ "$3" = file ]; then
		echo AMBER
	else
		echo "$1"
	fi
}

# clean: no text and no attachment yet
clean() { rm -f "$T"/body "$T"/file.* "$T"/name.*; }

# mail_in: somebody writes to the team; the mail is taken in, and the texts
# are kept in $F/in.N for those who quote it
mail_in() {
	mail_count=$((mail_count + 1))
	pick $everybody $everybody $strangers
	from=$it mid="<in$mail_count@mail.example>"
	pick none none CLEAR GREEN AMBER AMBER+STRICT RED
	label=$it
	pick clear jis signed sealed both both
	form=$it
	case $from in
	kuno@* | lotte@*) [ $form = clear ] || [ $form = jis ] || form=sealed ;;
	esac
	pick subject body file
	place=$it
	[ $form != jis ] || [ $place != file ] || place=body
	# a JIS subject would be one more encoding of the same
	clear=true bound=false signed=false protect=
	case $form in
	sealed | both) clear=false ;;
	esac
	case $form in
	signed | both)
		signed=true
		grep -q "\"t\":\"person\",\"id\":\"$from\".*\"bound\":true" "$F/facts" &&
		    bound=true
		;;
	esac
	case $form in
	clear | jis) ;;
	*) chance 70 && protect=1 ;;
	esac
	counts=$(label_in $label $bound $place)
	restricted=false
	clean
	[ $label = none ] || [ $place != body ] || printf 'TLP:%s\n\n' "$label" >"$T/body"
	if chance 6; then
		restricted=true
		echo 'この情報は転送禁止です。' >>"$T/body"
	fi
	to=csirt@example.org cc= also=
	if chance 15; then
		pick $everybody
		[ "$it" = "$from" ] || cc=$it
	fi
	list $cc
	fact t=in mid="$mid" from="$from" label="$counts" clear=$clear \
	    explicit="$([ $label = none ] && echo false || echo true)" \
	    signed=$signed cc="$it" restricted=$restricted
	text_of "$T/body" body of=in mid="$mid"
	cp "$T/body" "$F/in.$mail_count"
	if [ $place = file ] || { [ $form != jis ] && chance 25; }; then
		inside=none
		[ $place != file ] || inside=$label
		document "$T/file.1" "$inside" of=in mid="$mid"
		echo "$name" >"$T/name.1"
		cp "$T/file.1" "$F/in.$mail_count.$name"
	fi
	word_new
	open=true
	[ $clear = true ] || [ -z "$protect" ] || open=false
	fact t=text word="$word" part=subject of=in mid="$mid" open=$open
	subject="About $word"
	[ $form = jis ] || ! chance 25 || subject="$word についての報告"
	[ $label = none ] || [ $place != subject ] || subject="[TLP:$label] $subject"
	EXTRA=
	if [ "$mail_count" -gt 2 ] && chance 45; then
		roll $((mail_count - 1))
		EXTRA="In-Reply-To: <in$((r + 1))@mail.example>"
	fi
	PROTECT=$protect CC=$cc mail_of $form "$(name_of "$from") <$from>" \
	    "$to" "$(subject_of "$subject")" "$mid" >"$T/mail"
	noroshi receive --from "$from" --to csirt@example.org "$T/mail" >/dev/null
	EXTRA=
	echo "in $mid from $from $form $label/$place counts $counts" >>"$F/story"
}
