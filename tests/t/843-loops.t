#!/bin/sh
# A simulated week with two machines and a mailing list that answer what we
# answer: the acknowledgements come to an end, and people are all answered.
. "$top_srcdir/tests/lib/gateway.sh"

if nm "$builddir/noroshid" 2>/dev/null | grep -q __asan_init; then
	echo "1..0 # SKIP the clock cannot be set below the sanitizers"
	exit 0
fi
shim=$builddir/.libs/clockshim.so
if [ ! -e "$shim" ]; then
	echo "1..0 # SKIP clockshim.la is not built"
	exit 0
fi
ok "a gateway" gateway_new
ok "and its readers" gateway_staff
printf 'delivers = 1;\nworkers = 1;\nsandbox = "off";\n' >>"$NOROSHI_CONF"
TEAM=csirt@example.org

# --- the clock of all our programs, which start with an empty environment
real=$NOROSHI_LIBEXEC
mkdir "$TEST_TMP/libexec"
for role in intake queue worker parser deliver; do
	printf '#!/bin/sh\nexec env LD_PRELOAD=%s CLOCK_FILE=%s %s "$@"\n' \
	    "$shim" "$TEST_TMP/clock" "$real/noroshi-$role" \
	    >"$TEST_TMP/libexec/noroshi-$role"
done
printf '#!/bin/sh\nexec env LD_PRELOAD=%s CLOCK_FILE=%s %s "$@"\n' \
    "$shim" "$TEST_TMP/clock" "$GPG" >"$TEST_TMP/libexec/noroshi-gpg"
chmod +x "$TEST_TMP"/libexec/*
now=0
clock() { now=$1; echo "$now" >"$TEST_TMP/clock"; }
once() {
	LD_PRELOAD=$shim CLOCK_FILE=$TEST_TMP/clock \
	    NOROSHI_LIBEXEC=$TEST_TMP/libexec timeout 600 \
	    noroshid -c "$NOROSHI_CONF" --once >>"$TEST_TMP/daemon.log" 2>&1
}
# mail FROM TO SUBJECT ID <text, with $HEAD above it, into the inbox
count=0
mail() {
	count=$((count + 1))
	{
		printf 'Return-Path: <%s>\n' "$(world_address "$1")"
		printf 'From: %s\nTo: %s\nSubject: %s\nDate: %s\nMessage-ID: %s\n' \
		    "$1" "$2" "$3" "$(date -u -R -d "@$(($(date +%s) + now))")" \
		    "$4"
		[ -z "${HEAD-}" ] || printf '%s\n' "$HEAD"
		printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n'
		cat
	} | world_drop "$G/inbox"
}
# head_of file field
head_of() {
	tr -d '\r' <"$1" | awk -v f="$2" '
		/^$/ { exit }
		/^[ \t]/ { if (on) printf "%s", $0; next }
		{ on = index(tolower($0), tolower(f) ":") == 1 }
		on { sub(/^[^:]*: */, ""); printf "%s", $0 }'
}
body_of() { tr -d '\r' <"$1" | sed '1,/^$/d'; }
acks() { grep -l '^Auto-Submitted: auto-replied' "$G"/outbox/new/* 2>/dev/null; }
ack_count() { acks | xargs -r grep -l "^Delivered-To: $1" | wc -l; }

# --- who answers: each reads what came for it since, and writes back
# help: a ticket system at one address that marks nothing, and threads
help_answers() {
	HEAD="In-Reply-To: $(head_of "$1" Message-ID)
References: $(head_of "$1" References) $(head_of "$1" Message-ID)" \
	    mail "Help Desk <help@desk.example>" \
	    "$(head_of "$1" Reply-To | grep -o '[^ <]*@[^ >]*')" \
	    "Re: $(head_of "$1" Subject)" "<help-$count@desk.example>" <<-EOT
	Thank you for your message. We will come back to you.
	EOT
}
# shift: one that has a new From for each ticket, and forgets what it answers
shift_answers() {
	mail "Ticket $count <ticket-$count@shift.example>" "$TEAM" \
	    "[#$count] Your request was received: $(head_of "$1" Subject)" \
	    "<$count.ticket@shift.example>" <<-EOT
	Ticket $count was opened. We will solve it soon.
	EOT
}
# list: an old one; it passes on all it gets, as its own and to each member,
# under a new Message-ID and without a word that it is a list
list_answers() {
	mail "Forum <forum@list.example>" "$TEAM" \
	    "[forum] $(head_of "$1" Subject)" "<forum-$count@list.example>" <<-EOT
	$(body_of "$1")
	EOT
}
# A round: all that lies in the outbox for them, once.
: >"$TEST_TMP/answered"
round() {
	for file in $(acks); do
		grep -qxF "$file" "$TEST_TMP/answered" && continue
		echo "$file" >>"$TEST_TMP/answered"
		case $(head_of "$file" Delivered-To) in
		help@desk.example) help_answers "$file" ;;
		ticket-*@shift.example) shift_answers "$file" ;;
		forum@list.example) list_answers "$file" ;;
		esac
	done
}

# --- Monday: each of them sends us what reads as a report
clock 0
mail "Help Desk <help@desk.example>" "$TEAM" "Phishing site" \
    "<first@desk.example>" <<EOT
A customer of ours reports a phishing site at 203.0.113.1.
EOT
mail "Ticket <ticket-0@shift.example>" "$TEAM" "[#0] Attack from your network" \
    "<first@shift.example>" <<EOT
203.0.113.2 attacks us.
EOT
mail "Forum <forum@list.example>" "$TEAM" "[forum] Malware" \
    "<first@list.example>" <<EOT
Malware was found at 203.0.113.3.
EOT
ok "three reports are processed" once
is "and acknowledged, once each" "1 1 1" \
    "$(ack_count help@desk.example) $(ack_count ticket-0@shift.example) $(ack_count forum@list.example)"

# --- and then the week goes by, twice a day; people write as well
hour=12
while [ $hour -le 168 ]; do
	clock $((hour * 3600))
	round
	case $hour in
	36) mail "Ann <ann@desk.example>" "$TEAM" "Scans from your side" \
	    "<ann@desk.example>" <<-EOT ;;
		We see scans from 203.0.113.30.
		EOT
	84) mail "Bob <bob@shift.example>" "$TEAM" "Re: question" \
	    "<bob@shift.example>" <<-EOT ;;
		Is 203.0.113.78 yours? It sends spam.
		EOT
	132) HEAD="In-Reply-To: $(head_of "$(acks | xargs grep -l \
	    '^Delivered-To: help@desk' | head -n 1)" Message-ID)" \
	    mail "Help Desk <help@desk.example>" "$TEAM" \
	    "Another phishing site" "<second@desk.example>" <<-EOT ;;
		A second one is at 203.0.113.126.
		EOT
	esac
	once || break
	hour=$((hour + 12))
done
is "the week went by" 180 "$hour"
is "the ticket system had one acknowledgement" 1 "$(ack_count help@desk.example)"
is "the one that changes its From had one, at one of its addresses" 1 \
    "$(ack_count 'ticket-[0-9]*@shift.example')"
is "the list had one" 1 "$(ack_count forum@list.example)"
is "each of the people was acknowledged" "1 1" \
    "$(ack_count ann@desk.example) $(ack_count bob@shift.example)"
is "all else was a handful: each machine answered us once" 5 "$(acks | wc -l)"
noroshi message list --json >"$TEST_TMP/list"
is "nine mails came, and no more" 9 \
    "$(jq '[.[] | select(.direction == "in")] | length' "$TEST_TMP/list")"
# answered FROM SUBJECT-part: the state of that report's case
noroshi case list --json >"$TEST_TMP/cases"
ok "each mail opened a case at most" test "$(jq length "$TEST_TMP/cases")" -le 9
is "no report's case is settled by an acknowledgement" 6 \
    "$(jq -r '.[] | select(.direction == "in") | select(.message_id |
	IN("<first@desk.example>", "<first@shift.example>",
	"<first@list.example>", "<ann@desk.example>", "<bob@shift.example>",
	"<second@desk.example>")) | .case' "$TEST_TMP/list" |
	while read -r case; do
		noroshi case show "$case" --json | jq .owed
	done | grep -c true)"
is "the log says why the others had none" "answers-ours joined" \
    "$(sed -n 's/.*not acknowledged: .*why=//p' "$TEST_TMP/daemon.log" |
	sort -u | paste -sd' ')"

# --- a quick one, of which nothing shows that it answers us
before=$(acks | wc -l)
i=0
while [ $i -lt 13 ]; do
	mail "Case $i <case-$i@blind.example>" "$TEAM" "Case $i opened" \
	    "<case-$i@blind.example>" <<-EOT
	We received your request and opened case $i at 203.0.113.$i.
	EOT
	i=$((i + 1))
done
once
is "one with a new name and nothing of ours has ten a day" 10 \
    "$(($(acks | wc -l) - before))"
ok "for which there is a word" grep -q 'why=domain-ceiling' \
    "$TEST_TMP/daemon.log"
mail "Carol <carol@elsewhere.example>" "$TEAM" "Phishing" \
    "<carol@elsewhere.example>" <<EOT
A phishing site is at 203.0.113.99.
EOT
once
is "while others are acknowledged" 1 "$(ack_count carol@elsewhere.example)"
ok "the audit log is whole" noroshi audit verify
tap_end
