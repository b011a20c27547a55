# mime4j.awk - the event trees of Apache James mime4j (NAME.xml) as the lines
# that parts.c prints of NAME.msg: depth, type, and of a leaf the bytes of its
# body that are neither CR nor LF. Run in the C locale.
FNR == 1 {
	if (NR > 1)
		report()
	print "= " substr(FILENAME, 1, length(FILENAME) - 3) "msg"
}
{ sub(/\r$/, "") }
# An entity begins. Without a header of its own it is text, RFC 2045 section
# 5.2, and a message in a digest, RFC 2046 section 5.1.5.
/^<(message|body-part)>$/ && !inside {
	n++
	depth[n] = top + 0
	type[n] = top > 0 && type[open[top]] == "multipart/digest" ? \
	    "message/rfc822" : "text/plain"
	bytes[n] = -1
	open[++top] = n
	next
}
/^<\/(message|body-part)>$/ && !inside { top--; next }
/^<(field|body|preamble|epilogue)>/ && !inside {
	inside = $0
	sub(/^</, "", inside)
	sub(/>.*/, "", inside)
	text = ""
	sub(/^<[a-z]*>/, "")
	if ($0 == "")
		next
}
inside {
	end = index($0, "</" inside ">")
	text = text (end ? substr($0, 1, end - 1) : $0)
	if (end)
		close_text()
}
function close_text() {
	if (inside == "body")
		bytes[open[top]] = length(plain(text))
	else if (inside == "field" && tolower(text) ~ /^content-type[ \t]*:/)
		set_type(tolower(plain(text)))
	inside = ""
}
function set_type(t) {
	sub(/^[^:]*:[ \t]*/, "", t)
	sub(/[ \t]*(;.*)?$/, "", t)
	# of two the first counts
	if (index(t, "/") && !said[open[top]]++)
		type[open[top]] = t
}
# Text that was Latin-1 stands in the tree as UTF-8.
function plain(t) {
	gsub(/&lt;/, "<", t)
	gsub(/&gt;/, ">", t)
	gsub(/&quot;/, "\"", t)
	gsub(/&amp;/, "\\&", t)
	gsub(/[\302\303]/, "", t)
	return t
}
function report(    i) {
	for (i = 1; i <= n; i++)
		print depth[i] " " type[i] (bytes[i] < 0 ? "" : " " bytes[i])
	n = top = 0
	split("", said)
}
END { report() }
