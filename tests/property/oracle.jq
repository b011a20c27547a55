# oracle.jq - what may have left, by DOMAIN sections 1.5 to 1.8 and by nothing
# of the gateway's own: it knows who everybody is, what each text is and whose
# (facts), and what stood in each copy that left (seen), opened by its reader.
# Prints "wrong FILE what", and "count WHAT", so that a test sees that it had
# something to judge. Where the tables leave room, it is on the gateway's side.

def rank: {"CLEAR": 0, "GREEN": 1, "AMBER": 2, "AMBER+STRICT": 3, "RED": 4}[. // ""] // -1;
# allow, hold, refuse
def worst: if any(. == "R") then "R" elif any(. == "H") then "H" else "A" end;
def mildest: if any(. == "A") then "A" elif any(. == "H") then "H" else "R" end;

# --- the tables: CLEAR GREEN AMBER AMBER+STRICT RED ----------------------------

# ours or without a label; somebody else's
def row: {
	named: ["AAAAH", "AAHHH"],
	"staff-in": ["AAAAR", "AAAAR"],
	"staff-other": ["AAHHR", "AAHHR"],
	"client-in": ["AAAHR", "AAARR"],
	"client-other": ["AAHRR", "AAHRR"],
	"peer-in": ["AAAAR", "AARRR"],
	"peer-shared": ["AAAHR", "AARRR"],
	"peer-of-list": ["AAAHR", "AAAHR"],
	"peer-other": ["AAHHR", "AARRR"],
	"finder-in": ["AAHHR", "AHRRR"],
	affected: ["AAHRR", "AHRRR"],
	public: ["AHRRR", "ARRRR"],
	authority: ["AHHHH", "AHHHH"],
	press: ["HRRRR", "HRRRR"],
	victim: ["HHHRR", "HRRRR"],
	list: ["AAHHR", "AAAHR"],
	"list-single": ["AAAHR", "AAAHR"],
	"list-over": ["HHRRR", "HHRRR"],
	"list-open": ["ARRRR", "ARRRR"]
}[.];
def cell($third; $tlp): ($tlp | rank) as $at |
	if $at < 0 then "A" else row[$third][$at:$at + 1] end;
def channel($tlp): ($tlp | rank) as $at |
	if $at < 0 then "A" else
	    {verified: "AAAAA", unverified: "AAAHR", clear: "AAHRR"}[.][$at:$at + 1] end;

# --- the world, as the facts have made it --------------------------------------

def world:
	reduce .[] as $f ({people: {}, alias: {}, keys: {}, words: {}, marks: {},
	    ins: {}, requests: {}, cases: {}, members: {}, asked: {},
	    approved: {}, communities: {}, consents: []};
	if $f.t == "person" then .people[$f.id] = $f |
	    reduce $f.addresses[] as $a (.; .alias[$a] = $f.id)
	elif $f.t == "mark" then .marks[$f.word] = $f
	elif $f.t == "key" then .keys[$f.id] = $f
	elif $f.t == "text" then .words[$f.word] = $f
	elif $f.t == "in" then .ins[$f.mid] = $f
	elif $f.t == "placed" then .ins[$f.mid].case = $f.case
	elif $f.t == "out" or $f.t == "post" then .requests[$f.key | tostring] = $f
	elif $f.t == "advisory" then
		.requests[$f.key | tostring] = ($f + {members: .members[$f.community]})
	elif $f.t == "asked" then .asked[$f.key | tostring] = $f.id
	elif $f.t == "approved" then .approved[$f.id | tostring] += [$f]
	elif $f.t == "community" then .communities[$f.name] = $f
	elif $f.t == "member" then .members[$f.community][$f.who] = $f.state
	elif $f.t == "part" then .cases[$f.case].part[$f.who] += [$f.what]
	elif $f.t == "label" then .cases[$f.case].label = $f.label
	elif $f.t == "embargo" then .cases[$f.case].embargo = true
	elif $f.t == "consent" then .consents += [$f]
	else . end);

# Is $p this in a case? A case "any" is one that is not known here: the answer
# is the mildest then.
def has_part($w; $p; $case; $what):
	any($w.cases | to_entries[] | select($case == "any" or .key == $case) |
	    .value.part[$p.id] // [] | .[]; . == $what);
def wrote($w; $p; $case):
	[$w.ins[] | select(.from == $p.id and ($case == "any" or .case == $case))];
# Who was written to before takes part; whether that ever left is not known
def was_told($w; $p; $case; $self):
	any($w.requests | to_entries[]; .key != $self and .value.t == "out" and
	    ($case == "any" or .value.case == $case or .value.case == "any") and
	    any(.value.to[]; . == $p.id or . == "any"));
def takes_part($w; $p; $case; $self): has_part($w; $p; $case; "participant") or
	(wrote($w; $p; $case) | length > 0) or was_told($w; $p; $case; $self);
def is_member($w; $p): any($w.members[]; .[$p.id] == "active");

# The rows that may be theirs by class, case and membership
def relations($w; $p; $case; $self):
	takes_part($w; $p; $case; $self) as $in |
	has_part($w; $p; $case; "affected") as $hit |
	if $p.staff then [if $in then "staff-in" else "staff-other" end]
	elif $p.class == "constituent" then
		[if $in or $hit then "client-in" else "client-other" end]
	elif $p.class == "finder" then
		[if $in then "finder-in" elif $hit then "affected" else "public" end]
	elif $p.class == "public" then
		[if $hit then "affected" else empty end,
		 if $p.tag != "" then $p.tag elif $hit then empty else "public" end]
	elif $in then ["peer-in"]
	elif is_member($w; $p) then ["peer-shared"]
	else ["peer-other"] end;

def named($w; $p; $case): has_part($w; $p; $case; "reader");
def consented($w; $p; $in):
	any($w.consents[]; .who == $p.id and $w.ins[.mid].from == $in.from);

# What may be done with a text that came in, as part of a mail under $tlp
def item_in($w; $p; $case; $in; $tlp; $self):
	(if $in.explicit or $in.restricted then 1 else 0 end) as $third |
	(if consented($w; $p; $in) then $tlp else $in.label end) as $l |
	if $in.from == $p.id then "A"
	elif any($in.cc[]; . == $p.id) then (if $in.signed then "A" else "H" end)
	else
		([relations($w; $p; $in.case; $self)[], relations($w; $p; $case; $self)[],
		    if named($w; $p; $in.case) or named($w; $p; $case) then "named"
		    else empty end] | map(cell($third; $l)) | mildest) |
		if . == "R" and consented($w; $p; $in) then "H"
		elif . == "A" and $in.restricted then "H" else . end
	end;

def item_own($w; $p; $case; $tlp; $self):
	if wrote($w; $p; $case) | length > 0 then "A"
	else
		[relations($w; $p; $case; $self)[],
		    if named($w; $p; $case) then "named" else empty end] |
		map(cell(0; $tlp)) | mildest
	end;

# --- one copy ------------------------------------------------------------------

# Words of those who may release, but not of its author
def released($w; $k; $by):
	[$w.approved[$k.message | tostring] // [] | .[] | select(.by != $by) |
	    select($w.people[.by].role | . == "poc" or . == "deputy" or . == "approver")];

def channel_of($w; $p; $k; $case):
	if $k.sealed | not then "clear"
	elif any($k.keys[]; $w.keys[.].state == "verified") then "verified"
	elif any(wrote($w; $p; $case)[]; .signed) then "verified"
	else "unverified" end;

# Their own report came in clear and without a label: it is answered so
def plain_own($w; $p; $q; $ins):
	($q.tlp == "") and all($ins[]; .from == $p.id and .clear and (.explicit | not)) and
	any(wrote($w; $p; $q.case)[]; .clear and (.explicit | not));

def verdict($all; $ok; $why):
	if $all == "R" then "is refused: \($why)"
	elif $all == "H" and ($ok | length) == 0 then "waits for a second person: \($why)"
	else empty end;

def wrong_out($w; $k; $p; $key; $words):
	$w.requests[$key] as $q | $k.label as $tlp |
	([$words[] | $w.words[.] | select(.of == "in") | $w.ins[.mid]] | unique) as $ins |
	released($w; $k; $q.by) as $ok |
	($k.sealed | not) as $plain |
	($plain and plain_own($w; $p; $q; $ins)) as $own |
	# one that is refused refuses all: so nobody may have a copy
	([if $q.to[0] == "any" then $p else $q.to[] | $w.people[.] end | . as $r |
	    [($ins[] | item_in($w; $r; $q.case; .; $tlp; $key)),
	     item_own($w; $r; $q.case; $tlp; $key)] | worst]) as $each |
	[($ins[] | item_in($w; $p; $q.case; .; $tlp; $key)),
	    item_own($w; $p; $q.case; $tlp; $key)] as $table |
	(if $p.tag == "authority" or $own then "A"
	 else channel_of($w; $p; $k; $q.case) | channel($tlp) end) as $channel |
	verdict([$each[], $table[], $channel] | worst; $ok;
	    "\($words | join(" ")): table \($table | join("")), all recipients \($each | join("")), channel \($channel), label \($tlp)"),
	(if any($q.to[]; . == $p.id or . == "any") then empty
	 else "is not for them" end),
	(if $tlp == null then "bears no label" else empty end),
	(if $plain and ($tlp | rank) >= 2 and ($own | not) and
	    (any($ok[]; .clear) | not) then "left in clear at \($tlp)" else empty end),
	(if $plain and ($tlp | rank) >= 2 and ($own | not) then
		$k.head[] | select($w.words[.]) | "shows \(.) in its header at \($tlp)"
	 else empty end),
	(select($plain and ($ok | length == 0)) | $k.head[] |
	    select($w.words[.] | .part == "subject" and .open == false) |
	    "shows the subject \(.), which came sealed"),
	($words[] | $w.words[.] as $x |
	    (if $x.of == "in" then $w.ins[$x.mid].label else $x.label end) as $l |
	    select(($l | rank) > ($tlp | rank)) |
	    if ($ok | length) > 0 and ($x.of != "in" or
		($w.ins[$x.mid] | (.explicit | not) or consented($w; $p; .))) then empty
	    else "holds \(.), which is \($l), under \($tlp)" end),
	(if ($q.facts | not) and ($w.cases[$q.case].label | rank) > ($tlp | rank) and
	    ($ok | length) == 0 then "is below its case, \($w.cases[$q.case].label)"
	 else empty end),
	(if $w.cases[$q.case].embargo and
	    (takes_part($w; $p; $q.case; $key) | not) and
	    (has_part($w; $p; $q.case; "affected") | not) then "is under embargo"
	 else empty end);

def wrong_list($w; $k; $p; $key; $words):
	$w.requests[$key] as $q | $w.communities[$q.community] as $c | $k.label as $tlp |
	$w.members[$q.community] as $members |
	released($w; $k; $q.by) as $ok |
	(if $q.t == "post" and $q.explicit then 1 else 0 end) as $third |
	(if ($tlp | rank) > ($c.max | rank) then "list-over"
	 elif $c.archive == "public" then "list-open"
	 elif $c.single then "list-single"
	 else "list" end | cell($third; $tlp)) as $list |
	def of_member: if .id == $q.by then "A" else relations($w; .; "none"; $key) |
	    map(if startswith("peer") then "peer-of-list" else . end | cell($third; $tlp)) |
	    mildest end;
	([$members | to_entries[] | select(.value == "active") | $w.people[.key] |
	    of_member]) as $each |
	($p | of_member) as $mine |
	(channel_of($w; $p; $k; "none") | channel($tlp)) as $channel |
	# on a list a hold is that member's alone, a refusal is everybody's
	(if any($each[]; . == "R") then "R" else "A" end) as $others |
	verdict([$list, $others, $mine, $channel] | worst; $ok;
	    "list \($list), members \($each | join("")), channel \($channel), label \($tlp)"),
	(if $members[$p.id] == "active" then empty else "went to who is no member" end),
	(if $q.t == "advisory" and $q.members[$p.id] != "active" and
	    $q.members[$p.id] != "suspend" then "went to who joined later" else empty end),
	(if $q.t == "advisory" and ($w.people[$q.by].role | . != "poc" and . != "deputy") then
		"is by \($q.by), who is no PoC" else empty end),
	(if $q.t == "post" and $members[$q.by] != "active" then
		"is by \($q.by), who is no member" else empty end),
	(if $tlp == null then "bears no label" else empty end),
	(if ($k.sealed | not) and ($tlp | rank) >= 2 and (any($ok[]; .clear) | not) then
		"left in clear at \($tlp)" else empty end),
	(if (if $q.t == "post" and ($q.explicit | not) then null else $q.label // $q.tlp end | rank) > ($tlp | rank) then
		"is below its own label" else empty end),
	($words[] | $w.words[.] as $x |
	    (if $x.of == "in" then $w.ins[$x.mid].label else $x.label end) as $l |
	    select(($l | rank) > ($tlp | rank)) | "holds \(.), which is \($l), under \($tlp)");

def wrong_outside($w; $k; $p; $all):
	# the author of a post is told of it
	[$all[] | select(($k.kind == "notice" and $k.sealed and
	    $w.words[.].of == "post" and $w.requests[$w.words[.].key | tostring].by == $p.id) | not)] as $words |
	([$words[] | $w.words[.] | select(.of == "out") | .key | tostring] | unique) as $outs |
	([$words[] | $w.words[.] | select(.of == "advisory" or .of == "post") |
	    .key | tostring] | unique) as $lists |
	# who of the others may be seen in it
	([$p.id, ($outs[] | select($k.label != "RED") | $w.requests[.].to[])]) as $visible |
	([$lists[] | $w.requests[.] | select(.t == "post") | .by]) as $posted |
	($k.all[] | $w.marks[.] | values | . as $m |
	    select(any($visible[]; . == $m.who or (. == "any" and ($m.staff | not))) | not) |
	    select(($m.kind == "name" and any($posted[]; . == $m.who)) | not) |
	    "shows the \(.kind) of \(.who)"),
	($k.fields[] | select(. == "Bcc" or . == "User-Agent" or . == "X-Mailer" or
	    . == "Organization") | "has a field \(.)"),
	(if $k.utc then empty else "has a time zone" end),
	($words[] | $w.words[.] | select(.of == "inner" or .of == "machine") |
	    "shows \(.word), which is \(.of)"),
	($k.all[] | select(. == "hidden@bcc.example") | "shows a Bcc"),
	(if ($words | length) > 0 and ($outs + $lists | length) == 0 then
		"says \($words | join(" ")) in an automatic mail" else empty end),
	(if ($outs + $lists | length) > 1 then "is of two requests" else empty end),
	($outs[] as $key | wrong_out($w; $k; $p; $key; $words)),
	($lists[] as $key | wrong_list($w; $k; $p; $key; $words));

# Inside the team: never in clear; RED for poc, deputy, its author, its readers
def wrong_inside($w; $k; $p; $words):
	(if $k.sealed or ($words | length) == 0 then empty
	 else "shows \($words | join(" ")) in clear" end),
	(if $p.role == "observer" and ($words | length) > 0 then
		"tells an observer" else empty end),
	(if $k.kind == "ask" then
		$words[] | $w.words[.] | select(.of == "out" or .of == "advisory") |
		select($w.requests[.key | tostring].by == $p.id) |
		"asks the author"
	 else empty end),
	(select($p.role == "handler" or $p.role == "approver") | $words[] |
	    $w.words[.] as $x | $w.requests[$x.key // "" | tostring] as $q |
	    (if $x.of == "in" then $w.ins[$x.mid].label else $x.label // $q.label // $q.tlp end |
		select(. == "RED")) |
	    select($q.by != $p.id) |
	    select(has_part($w; $p; "any"; "reader") | not) |
	    "shows \($x.word), which is RED");

def wrong($w; $k):
	$w.people[$w.alias[$k.to] // ""] as $p |
	[$k.all[] | select($w.words[.])] as $words |
	if $p == null then "went to \($k.to), whom nobody named" else
	(if $k.good then empty else "is not signed by the team" end),
	(if $k.sealed then
		(if $k.opened then empty else "cannot be opened by its reader" end),
		(if ($k.keys | length) == 1 then empty else "names keys \($k.keys | join(" "))" end),
		($k.keys[] | . as $id | $w.keys[.] | if . == null then "is sealed to \($id), which nobody knows"
		    elif .who != $p.id then "is sealed to \(.who)"
		    elif .state == "expired" then "is sealed to \($id), which expired"
		    else empty end),
		($k.out[] | select($w.words[.]) | "shows \(.) outside of what is sealed")
	 else empty end),
	# what leaves as a request does is judged so, whoever it goes to
	(if $p.staff and $k.kind != "answer" then wrong_inside($w; $k; $p; $words)
	 else wrong_outside($w; $k; $p; $words) end)
	end;

def kind_of($w; $k):
	if $w.people[$w.alias[$k.to] // ""].staff then "team" else "outside" end +
	    (if $k.sealed then " sealed " else " clear " end) + ($k.kind // "unknown");

($fact | world) as $w |
($seen | map(select(.t == "row")) | INDEX(.id)) as $row |
(reduce ($seen[] | select(.t == "hit")) as $h ({};
    .[$h.file][$h.where] += [$h.word])) as $hit |
($seen[] | select(.t == "copy") | $hit[.file] as $h | $row[.delivery | tostring] as $r |
    . + {head: ($h.head // []), out: ($h.out // []), message: $r.message, kind: $r.kind,
	all: ((($h.out // []) + ($h.in // [])) | unique),
	"label": ([(if .sealed then $h.in else $h.out end) // [] | .[] |
	    select(startswith("=")) | .[1:]] | first)} |
    . as $k |
    "count \(kind_of($w; $k))",
    ([wrong($w; $k)] | unique[] |
	"wrong \($k.file) message \($k.message) \($k.kind) to \($k.to): \(.)")),
($seen[] | select(.t == "row" and (.state == "held" or .state == "cancelled")) |
    select((.rule // "") == "" or (.reason // "") == "") |
    "wrong row \(.id): \(.state) without a rule or a reason"),
($seen[] | select(.t == "row" and .state == "held") | "count held by \(.rule)")
