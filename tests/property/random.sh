# random.sh - chance that can be repeated: all of it comes from one seed.
#
# $r is the answer, $it the thing that was picked: no subshell, which would
# forget where the row of numbers was.

seed() { R=$(($1 % 2147483648)); }

# roll N: $r is 0 to N-1
roll() {
	R=$(((R * 1103515245 + 12345) % 2147483648))
	r=$(((R / 4096) % $1))
}

# chance PERCENT
chance() {
	roll 100
	[ "$r" -lt "$1" ]
}

# pick THING...: $it is one of them
pick() {
	roll $#
	shift "$r"
	it=$1
}

# word_new: $word is a word that no text ever had before
word_new() {
	word_count=$((word_count + 1))
	word=q$(printf %05d "$word_count" | tr 0-9 bdfgkmprtv)zx
	echo "$word" >>"$F/words"
}

# fact NAME=VALUE...: a line of $F/facts. A value that begins with '[' or '{',
# null, true, false and numbers are JSON; anything else is a string.
fact() {
	fact_line=
	for fact_pair; do
		fact_value=${fact_pair#*=}
		case $fact_value in
		\[* | \{* | null | true | false) ;;
		'' | *[!0-9]*) fact_value=\"$fact_value\" ;;
		esac
		fact_line="$fact_line${fact_line:+,}\"${fact_pair%%=*}\":$fact_value"
	done
	echo "{$fact_line}" >>"$F/facts"
}

# list THING...: $it is a JSON array of strings
list() {
	it=
	for list_one; do
		it="$it${it:+,}\"$list_one\""
	done
	it="[$it]"
}
