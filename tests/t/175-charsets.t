#!/bin/sh
# Text in the charsets that mail has, through a whole gateway: bodies, headers
# raw and encoded, file names in each form that is met.
. "$top_srcdir/tests/lib/gateway.sh"

take() { noroshi receive >/dev/null; }
# from8 CHARSET TEXT: the text in that charset, of iconv's
from8() { printf '%s' "$2" | iconv -f UTF-8 -t "$1"; }
word() { printf '=?%s?B?%s?=' "$1" "$(base64 -w0)"; }

# mail CHARSET ICONV TEXT: subject encoded, name raw, body in that charset
mail() {
	printf 'From: %s <a@x.example>\nSubject: %s\n' \
	    "$(from8 "$2" "$3")" "$(from8 "$2" "$3" | word "$1")"
	printf 'Content-Type: text/plain; charset=%s\n\n' "$1"
	from8 "$2" "$3"
	printf '\n'
}

ok "a gateway" gateway_new
gateway_silent
japanese="日本語の件名 障害報告"
while read -r label iconv text; do
	mail "$label" "$iconv" "$text" | take
	printf '%s\t%s\n' "$label" "$text" >>"$TEST_TMP/expected"
done <<-EOT
	iso-2022-jp ISO-2022-JP $japanese
	shift_jis CP932 ①㈱髙﨑～$japanese
	windows-31j CP932 ①㈱髙﨑～$japanese
	x-sjis CP932 ｱｲｳ $japanese
	euc-jp EUC-JP $japanese
	eucjp-ms EUC-JP-MS ①㈱丂 $japanese
	gb2312 GB18030 镕 中国安全
	gbk GBK 朱镕基
	big5 BIG5 資訊安全
	euc-kr UHC 한국 똠방
	ks_c_5601-1987 UHC 한국 똠방
	iso-2022-kr ISO-2022-KR 한국 보안
	iso-8859-1 CP1252 café “quoted” – €
	windows-1251 CP1251 Привет
	koi8-r KOI8-R Привет
	utf-8 UTF-8 日本 한국 中国 Привет
EOT
once
n=0
while IFS='	' read -r label text; do
	n=$((n + 1))
	field "$n" '.subject, .text' >"$TEST_TMP/got"
	is "$label is read in an encoded subject" "$text" \
	    "$(sed -n 1p "$TEST_TMP/got")"
	is "... and in a body" "$text" "$(sed -n 2p "$TEST_TMP/got")"
	noroshi message text "$n" >"$TEST_TMP/raw"
	ok "... without an escape" sh -c \
	    '! LC_ALL=C grep -q "$(printf "\033")" "$1"' sh "$TEST_TMP/raw"
	case $label in
	iso-2022-jp | shift_jis | euc-jp | utf-8)
		is "... and guessed in a raw name" "$text" \
		    "$(field "$n" .from.name)"
		is "... which is noted" true "$(field "$n" \
		    '.warnings | any(. == "charset-guessed")')"
		;;
	esac
done <"$TEST_TMP/expected"

# Encoded words that were cut by bytes: inside an escape sequence, a character.
jis=$(from8 ISO-2022-JP "$japanese" | od -An -v -tx1 |
    tr -d ' \n')
# POSIX printf knows octal alone.
bytes() {
	printf '%s' "$1" | tr 'a-f' 'A-F' | sed 's/../&\n/g' |
	    while read -r hex && [ -n "$hex" ]; do
		    # shellcheck disable=SC2059
		    printf "\\$(printf '%03o' "0x$hex")"
	    done
}
for at in 2 4 8 10 22; do
	first=$(printf '%s' "$jis" | cut -c "1-$at")
	rest=$(printf '%s' "$jis" | cut -c "$((at + 1))-")
	printf 'From: a@x.example\nSubject: %s\n %s\nX-At: %s\n\nx\n' \
	    "$(bytes "$first" | word iso-2022-jp)" \
	    "$(bytes "$rest" | word ISO-2022-JP)" "$at" | take
done
once
for at in 2 4 8 10 22; do
	n=$((n + 1))
	is "a subject cut behind byte $((at / 2)) is one" "$japanese" \
	    "$(field "$n" .subject)"
done

# File names: RFC 2231, RFC 2047 where it does not belong, raw.
name="報告書 第一版.pdf"
percent=$(printf '%s' "$name" | od -An -v -tx1 | tr -d '\n' | tr ' ' '%')
sjis=$(from8 CP932 "$name" | od -An -v -tx1 | tr -d '\n' | tr ' ' '%')
set -- "filename*=utf-8''$percent" "filename*=shift_jis'ja'$sjis" \
    "filename*0*=utf-8''$(printf '%s' "$percent" | cut -c 1-21); filename*1*=$(printf '%s' "$percent" | cut -c 22-)" \
    "filename=\"$(printf '%s' "$name" | word utf-8)\"" \
    "filename=\"$(from8 ISO-2022-JP "$name" | word iso-2022-jp)\"" \
    "filename=\"$(from8 ISO-2022-JP "$name")\"" \
    "filename=\"$(from8 EUC-JP "$name")\"" "filename=\"$name\""
for form; do
	printf 'From: a@x.example\nContent-Type: application/pdf\nContent-Disposition: attachment; %s\n\nx\n' \
	    "$form" | take
done
once
for form; do
	n=$((n + 1))
	is "a name in the form $(printf '%s' "$form" | LC_ALL=C tr -cd '[:print:]' | cut -c 1-30)" \
	    "$name" "$(field "$n" '.attachments[0].name')"
done

# What cannot be read keeps its bytes, and says so.
cat >"$TEST_TMP/labels" <<-EOT
	utf-7 charset-refused +ADw-script+AD4-
	x-klingon charset-unknown tlhIngan
	ibm1047 charset-unknown <b>
	utf-8 charset-bad plain
EOT
unread() { # unread LABEL TEXT
	printf 'From: a@x.example\nSubject: u\nContent-Type: text/plain; charset=%s\n\n%s caf\351\n' \
	    "$1" "$2"
}
while read -r label warning text; do
	unread "$label" "$text" | take
done <"$TEST_TMP/labels"
once
while read -r label warning text; do
	n=$((n + 1))
	is "$label: its ASCII is shown, the rest replaced" \
	    "$text caf$(printf '\357\277\275')" "$(noroshi message text "$n")"
	is "... with the warning $warning" true "$(field "$n" \
	    ".warnings | any(. == \"$warning\")")"
	unread "$label" "$text" >"$TEST_TMP/unread"
	ok "... and the bytes are kept" sh -c \
	    'noroshi message raw "$1" | cmp - "$2"' sh "$n" "$TEST_TMP/unread"
done <"$TEST_TMP/labels"

if [ -n "${NOROSHI_CORPUS-}" ] && [ -d "$NOROSHI_CORPUS/iso-2022-jp" ]; then
	folder=$NOROSHI_CORPUS/iso-2022-jp
	for charset in iso-2022-jp shift-jis; do
		{
			printf 'From: a@x.example\nContent-Type: text/plain; charset=%s\n\n' \
			    "$(echo "$charset" | sed 's/shift-/shift_/')"
			cat "$folder/japanese.$charset.txt"
		} | take
		once
		n=$((n + 1))
		noroshi message text "$n" >"$TEST_TMP/text"
		tr -d '\r' <"$folder/japanese.utf-8.txt" >"$TEST_TMP/twin"
		ok "others' text in $charset reads as its twin in UTF-8" \
		    diff "$TEST_TMP/twin" "$TEST_TMP/text"
	done
else
	skip "others' Japanese text" "NOROSHI_CORPUS names no folder of it"
fi
tap_end
