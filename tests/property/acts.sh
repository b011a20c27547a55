# acts.sh - what the team, members and machines do, drawn at random. Each act
# says in $F/facts what was asked for; what became of it is for the oracle.

# a_case: $it is a case with a message in it, or nothing
a_case() {
	# shellcheck disable=SC2046
	set -- $(cut -d' ' -f2 "$F/placed" | sort -u)
	[ $# -gt 0 ] || return 1
	pick "$@"
}

# a_message CASE: $it is the number of an incoming mail, of that case or any
a_message() {
	# shellcheck disable=SC2046
	set -- $(awk -v c="$1" 'c == "" || $2 == c { print $1 }' "$F/placed")
	[ $# -gt 0 ] || return 1
	pick "$@"
}

# source_of N: who wrote that incoming mail
source_of() {
	jq -r --arg m "<in$1@mail.example>" \
	    'select(.t == "in" and .mid == $m) | .from' "$F/facts"
}

a_label() { pick CLEAR GREEN AMBER AMBER+STRICT RED; }

# recipients CASE: $to and $cc, mostly who wrote in that case
recipients() {
	to= cc=
	if chance 75 && a_message "$1"; then
		to=$(source_of "$it")
	else
		pick $everybody $strangers
		to=$it
	fi
	while chance 30; do
		pick $everybody $strangers
		! chance 50 || ! a_message "$1" || it=$(source_of "$it")
		case " $to $cc " in
		*" $it "*) ;;
		*) chance 50 && to="$to $it" || cc="$cc $it" ;;
		esac
	done
}

# our_text CASE FACT...: $T/body, with new words and perhaps a quotation
our_text() {
	text_case=$1
	shift
	clean
	: >"$T/body"
	if chance 15; then
		a_label
		printf 'TLP:%s\n\n' "$it" >"$T/body"
	fi
	text_of "$T/body" body "$@"
	if chance 60 && a_message "$text_case"; then
		quoted=$it
		pick '> ' '> ' '' '>> '
		mark=$it
		printf '\nThey wrote:\n\n' >>"$T/body"
		sed "s/^/$mark/" "$F/in.$quoted" >>"$T/body"
	fi
}

# our_file CASE FACT...: $file is an attachment, new or one that came
our_file() {
	file_case=$1
	shift
	file=
	if chance 50 && a_message "$file_case"; then
		for came in "$F/in.$it".*; do
			[ ! -e "$came" ] || file=$came
		done
		[ -n "$file" ] && return
	fi
	a_label
	chance 60 || it=none
	labelled=$it
	set -- "$T/new" "$labelled" label=$labelled "$@"
	document "$@"
	file=$T/$name
	mv "$T/new" "$file"
}

# asked ID: the request that was made is that message's
asked() { fact t=asked key=$key id="$1"; }

# act_send: by the command, to one or several
act_send() {
	a_case || return 0
	case=$it key=$((key + 1))
	pick taro taro ken hanako
	case $it in
	taro) by=taro@example.org ;;
	*) by=$it@example.org ;;
	esac
	recipients "$case"
	set -- --case "$case" --as "$by"
	[ "$by" != taro@example.org ] || set -- --case "$case"
	for one in $to; do set -- "$@" --to "$one"; done
	for one in $cc; do set -- "$@" --cc "$one"; done
	tlp=
	if chance 50; then
		a_label
		tlp=$it
		set -- "$@" --tlp "$tlp"
	fi
	facts=false
	if chance 10; then
		facts=true
		set -- "$@" --facts-only
	fi
	list $to $cc
	fact t=out key=$key by="$by" case="$case" to="$it" tlp="$tlp" facts=$facts
	our_text "$case" of=out key=$key
	if chance 30; then
		our_file "$case" of=out key=$key
		set -- "$@" --attach "$file"
	fi
	if chance 40; then
		word_new
		fact t=text word="$word" part=subject of=out key=$key open=true
		set -- "$@" --subject "On $word"
	fi
	id=$(noroshi send "$@" <"$T/body" 2>>"$T/noise")
	[ -z "$id" ] || asked "$id"
	echo "send $id key $key by $by: $*" >>"$F/story"
}

# order_mail WHO TO SUBJECT: $T/body as that member's mail program sends it
order_mail() {
	mail_count=$((mail_count + 1))
	EXTRA="User-Agent: Mozilla Thunderbird
Organization: Members of the night shift
X-Mailer: KenMail 1" PROTECT=1 OUTER=... mail_of both \
	    "$(name_of "$1") <$1>" "$2" "$3" "<o$mail_count@staff.example>" >"$T/mail"
	noroshi receive --from "$1" --to "$(world_address "$2")" "$T/mail" >/dev/null
	echo "mail <o$mail_count@staff.example> by $1 to $2: $(head -n 3 "$T/body" | tr '\n' '|')" >>"$F/story"
}

# inner FACT...: what a member writes that never leaves the team
inner() {
	word_new
	fact t=text word="$word" part=body of=inner "$@"
}

# act_order: a staff member's mail with orders on top, or to a reply address
act_order() {
	a_case || return 0
	case=$it key=$((key + 1))
	pick ken@example.org hanako@example.org taro@example.org
	by=$it
	recipients "$case"
	list $to $cc
	wanted=$it address=csirt@example.org tlp=
	our_text "$case" of=out key=$key
	mv "$T/body" "$T/text"
	if chance 40 && [ -s "$F/replies.$by" ]; then
		roll "$(wc -l <"$F/replies.$by")"
		address=$(sed -n "$((r + 1))p" "$F/replies.$by")
		wanted=any
		fact t=out key=$key by="$by" case=any to="[\"any\"]" tlp= facts=false
	else
		inner
		if chance 50; then
			a_label
			tlp=$it
		fi
		fact t=out key=$key by="$by" case="$case" to="$wanted" tlp="$tlp" facts=false
		{
			echo "Case: $case"
			echo "To: $(echo $to | sed 's/ /, /g')"
			[ -z "$cc" ] || echo "Cc: $(echo $cc | sed 's/ /, /g')"
			[ -z "$tlp" ] || echo "TLP: $tlp"
			! chance 50 || echo "Note: about $word"
			! chance 5 || echo "Bcc: lotte@passing.example"
			echo
		} >"$T/body"
	fi
	cat "$T/text" >>"$T/body"
	inner
	printf '\n-- \n%s, %s night desk +81 90\n' "$(name_of "$by")" "$word" >>"$T/body"
	word_new
	fact t=text word="$word" part=subject of=out key=$key open=true
	order_mail "$by" "$address" "Re: $word"
}

# act_comment: a member's answer inside the team, and a note by hand
act_comment() {
	a_case || return 0
	inner
	if chance 50; then
		sentence "$word" | noroshi case note "$it" 2>>"$T/noise" >/dev/null || :
		noted=$case
		return
	fi
	clean
	noted=$(cut -d' ' -f2 "$F/placed" | tail -n 1)
	sentence "$word" >"$T/body"
	pick ken@example.org hanako@example.org
	order_mail "$it" csirt@example.org "[$noted] between us"
}

# act_people: who takes part, is affected, is named as a reader
act_people() {
	a_case || return 0
	case=$it
	pick $everybody $everybody ken@example.org
	who=$it
	pick participant participant affected reader
	what=$it
	noroshi case "$what" add "$case" "$who" >/dev/null 2>>"$T/noise" &&
	    fact t=part case="$case" who="$who" what=$what
	echo "$what $who in $case" >>"$F/story"
}

# act_label: the case's own label, also while copies are held
act_label() {
	a_case || return 0
	case=$it
	a_label
	noroshi case label "$case" "$it" >/dev/null 2>>"$T/noise" || return 0
	fact t=label case="$case" label="$it"
	echo "label $case $it" >>"$F/story"
}

act_embargo() {
	a_case || return 0
	noroshi case embargo "$it" 2030-01-01T00:00 >/dev/null 2>>"$T/noise" || return 0
	fact t=embargo case="$it"
	echo "embargo $it" >>"$F/story"
}

# act_consent: a source that signed allows one thing
act_consent() {
	a_message '' || return 0
	n=$it
	pick $everybody
	who=$it
	a_label
	noroshi consent add --message "$(awk -v n="$n" '$1 == n { print $3 }' "$F/placed")" \
	    --to "$who" --label "$it" >/dev/null 2>>"$T/noise" || return 0
	fact t=consent mid="<in$n@mail.example>" who="$who" label="$it"
	echo "consent of in$n to $who $it" >>"$F/story"
}

# act_key: a key that was good is not any more
act_key() {
	pick $everybody
	who=$it
	pick none unbind
	case $it in
	none)
		noroshi contact set "$who" --verified none >/dev/null 2>>"$T/noise" || return 0
		jq -r --arg w "$who" 'select(.t == "key" and .who == $w and
		    .state == "verified") | .id' "$F/facts" | while read -r id; do
			fact t=key id="$id" who="$who" state=unverified
		done
		;;
	unbind)
		fpr=$(world_gpg nobody --with-colons --show-keys "$WORLD/$who.good.asc" |
		    awk -F: '$1 == "fpr" { print $10; exit }')
		noroshi contact set "$who" --unbind "$fpr" >/dev/null 2>>"$T/noise" || return 0
		# a key that is known still, but nobody's: never to be trusted
		key_state "$who" "$WORLD/$who.good.asc" unverified
		;;
	esac
	echo "key $it $who" >>"$F/story"
}

# act_release: one of those who may, or who may not, lets something go
act_release() {
	# shellcheck disable=SC2046
	set -- $(noroshi queue list --state held --json | jq -r '.[] | "\(.id):\(.message)"')
	[ $# -gt 0 ] || return 0
	pick "$@"
	held=$it
	pick ken@example.org aiko@aiko.example hanako@example.org taro@example.org
	by=$it
	if chance 15; then
		noroshi queue reject "${held%:*}" --as ken@example.org >/dev/null 2>>"$T/noise" || :
		return
	fi
	set -- "${held%:*}" --as "$by"
	[ "$by" != taro@example.org ] || set -- "${held%:*}"
	clear=false
	if chance 60; then
		clear=true
		set -- "$@" --in-clear
	fi
	if chance 20; then
		echo "by telephone" >"$T/evidence"
		pick legal pr
		set -- "$@" --for $it --evidence "$T/evidence"
	fi
	noroshi queue approve "$@" >/dev/null 2>>"$T/noise" || return 0
	fact t=approved id="${held#*:}" by="$by" clear=$clear
	echo "approved ${held#*:} by $by clear $clear" >>"$F/story"
}

# act_answer_hold: a letter that asks is answered, by whom it was written to
act_answer_hold() {
	[ -s "$F/asks" ] || return 0
	roll "$(wc -l <"$F/asks")"
	ask=$(sed -n "$((r + 1))p" "$F/asks")
	by=${ask%% *} address=${ask##* } id=${ask#* }
	id=${id%% *}
	pick "approve" "approve in clear" "reject no"
	clean
	echo "$it" >"$T/body"
	case $it in
	approve*)
		clear=false
		[ "$it" = approve ] || clear=true
		fact t=approved id="$id" by="$by" clear=$clear
		;;
	esac
	order_mail "$by" "$address" "Re: held"
}

# act_advisory: to a community, by who may and by who may not
act_advisory() {
	key=$((key + 1))
	pick circle forum
	community=$it
	a_label
	tlp=$it
	pick taro@example.org taro@example.org ken@example.org hanako@example.org
	by=$it
	set -- --community "$community" --tlp "$tlp" --as "$by"
	[ "$by" != taro@example.org ] || set -- --community "$community" --tlp "$tlp"
	fact t=advisory key=$key by="$by" community="$community" tlp="$tlp"
	clean
	text_of "$T/body" body of=advisory key=$key
	if chance 30; then
		our_file none of=advisory key=$key
		set -- "$@" --attach "$file"
	fi
	word_new
	fact t=text word="$word" part=subject of=advisory key=$key open=true
	id=$(noroshi advisory send "$@" --subject "On $word" --json \
	    <"$T/body" 2>>"$T/noise" | jq -r '.id // empty')
	[ -z "$id" ] || asked "$id"
	echo "advisory $id key $key by $by: $*" >>"$F/story"
}

# act_post: a member writes to a list, or somebody who is none
act_post() {
	mail_count=$((mail_count + 1)) key=$((key + 1))
	pick forum forum forum circle
	community=$it
	# shellcheck disable=SC2046
	chance 20 || set -- $(jq -r --arg c "$community" \
	    'select(.t == "member" and .community == $c) | .who' "$F/facts")
	[ $# -gt 0 ] || set -- $everybody
	pick "$@"
	from=$it mid="<in$mail_count@mail.example>"
	pick none GREEN GREEN GREEN AMBER AMBER+STRICT RED
	label=$it
	fact t=post key=$key mid="$mid" by="$from" community="$community" \
	    label="$(label_in "$label" true body)" \
	    explicit="$([ "$label" = none ] && echo false || echo true)"
	clean
	[ "$label" = none ] || printf 'TLP:%s\n\n' "$label" >"$T/body"
	text_of "$T/body" body of=post key=$key
	! chance 30 || echo "Write to me at $from, key $(world_fpr "$from")." >>"$T/body"
	word_new
	fact t=text word="$word" part=subject of=post key=$key open=false
	pick both both both signed sealed
	PROTECT=1 mail_of "$it" "$(name_of "$from") <$from>" \
	    "$community@example.org" "About $word" "$mid" >"$T/mail"
	noroshi receive --from "$from" --to "$community@example.org" "$T/mail" >/dev/null
	echo "post $mid key $key by $from to $community $label $it" >>"$F/story"
}

# act_member: comes, goes, is suspended
act_member() {
	pick circle forum
	community=$it
	pick $everybody
	who=$it
	pick join leave suspend resume
	noroshi community "$it" "$community" "$who" >/dev/null 2>>"$T/noise" || return 0
	state=active
	case $it in
	leave | suspend) state=$it ;;
	esac
	fact t=member community="$community" who="$who" state=$state
	echo "$it $who $community" >>"$F/story"
}

# act_bounce: a report on a mail of ours comes back, or pretends to
act_bounce() {
	# shellcheck disable=SC2012
	set -- $(ls "$G/outbox/new" 2>/dev/null)
	[ $# -gt 0 ] || return 0
	pick "$@"
	sent=$G/outbox/new/$it
	word_new
	fact t=text word="$word" part=body of=machine
	to=$(sed -n 's/^Return-Path: <\(.*\)>/\1/p' "$sent" | head -n 1)
	about=$(sed -n 's/^Message-ID: //p' "$sent" | head -n 1)
	gone=$(sed -n 's/^Delivered-To: //p' "$sent" | head -n 1)
	mail_count=$((mail_count + 1))
	pick failed delayed
	cat >"$T/mail" <<-EOT
	Return-Path: <>
	From: Mail Delivery System <MAILER-DAEMON@mx.example>
	To: ${to:-csirt@example.org}
	Subject: Undelivered $word
	Message-ID: <in$mail_count@mail.example>
	Date: $(date -u '+%a, %d %b %Y %H:%M:%S +0000')
	Auto-Submitted: auto-replied
	MIME-Version: 1.0
	Content-Type: multipart/report; report-type=delivery-status;
	 boundary="dsn"

	--dsn
	Content-Type: text/plain

	The mail system at the house of $word could not deliver it.

	--dsn
	Content-Type: message/delivery-status

	Reporting-MTA: dns; mx.example

	Final-Recipient: rfc822; $gone
	Action: $it
	Status: 5.1.1
	Diagnostic-Code: smtp; 550 5.1.1 $word unknown

	--dsn
	Content-Type: text/rfc822-headers

	Message-ID: $about
	Subject: hello

	--dsn--
	EOT
	noroshi receive --from '' --to "${to:-csirt@example.org}" "$T/mail" >/dev/null
	echo "bounce $it of $sent" >>"$F/story"
}

# act: one of them, the frequent more often
act() {
	pick send send send send send send send send order order order order \
	    comment people people \
	    label embargo consent key release release release answer_hold \
	    advisory advisory post post post member bounce mail mail
	# embargoes and new labels shut cases for the rest of the round
	case $it in
	mail) mail_in ;;
	embargo) ! chance 30 || act_embargo ;;
	*) "act_$it" ;;
	esac
}
