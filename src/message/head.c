#include "message/head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hex.h"
#include "message/address.h"
#include "message/date.h"
#include "message/encoding.h"
#include "message/from.h"
#include "message/header.h"

#define CONVERSATION 22 /* bytes */

enum known {
	FROM,
	SENDER,
	REPLY_TO,
	TO,
	CC,
	SUBJECT,
	MESSAGE_ID,
	DATE,
	IN_REPLY_TO,
	REFERENCES,
	THREAD_INDEX,
	KNOWN_COUNT
};

static enum known
field_known(const struct header_field *f)
{
	static const char *const names[KNOWN_COUNT] = {"From", "Sender",
	    "Reply-To", "To", "Cc", "Subject", "Message-ID", "Date",
	    "In-Reply-To", "References", "Thread-Index"};
	enum known k = FROM;

	while (k < KNOWN_COUNT && !header_is(f, names[k]))
		k++;
	return k;
}

/*
 * Outlook and Exchange: base64 of 22 bytes that all of a conversation have in
 * common, a time and a GUID (MS-OXOMSG section 2.2.1.3), and 5 more for each
 * answer. The space keeps it apart from every id that a field may hold.
 */
static char *
read_conversation(const char *s, size_t len)
{
	struct buf bytes;
	char *id = NULL;

	if (len < 4 * CONVERSATION / 3)
		return NULL;
	buf_init(&bytes, len);
	encoding_decode(&bytes, ENCODING_BASE64, s, len);
	if (bytes.len >= CONVERSATION) {
		char hex[2 * CONVERSATION + 1];

		(void)hex_encode(bytes.data, CONVERSATION, hex);
		id = xasprintf("<thread-index %s>", hex);
	}
	buf_free(&bytes);
	return id;
}

static void
read_first(struct head *h, enum known k, const struct header_field *f)
{
	struct buf line;
	struct strs ids = {0};
	const char *s;

	buf_init(&line, 8 * f->body_len + 64);
	if (k == SUBJECT)
		header_text(&line, f, &h->warnings);
	else
		header_line(&line, f, &h->warnings);
	s = buf_str(&line);
	switch (k) {
	case SENDER:
		address_parse(&h->sender, s, line.len, &h->warnings);
		break;
	case REPLY_TO:
		address_parse(&h->reply_to, s, line.len, &h->warnings);
		break;
	case MESSAGE_ID:
		address_ids(&ids, s, line.len);
		if (ids.count > 0) {
			h->message_id = ids.item[0];
			ids.item[0] = NULL;
		}
		break;
	case IN_REPLY_TO:
		address_ids(&h->in_reply_to, s, line.len);
		break;
	case REFERENCES:
		address_ids(&h->references, s, line.len);
		break;
	case THREAD_INDEX:
		h->conversation = read_conversation(s, line.len);
		break;
	case DATE:
		h->date = date_parse(s, line.len);
		h->date_text = buf_take_str(&line);
		break;
	case SUBJECT:
		h->subject = buf_take_str(&line);
		break;
	default:
		break;
	}
	strs_free(&ids);
	buf_free(&line);
}

/* Fields of which each one counts: who wrote, and who was written to. */
static void
read_each(struct head *h, enum known k, const struct header_field *f)
{
	struct mailboxes *to = k == FROM ? &h->from : k == TO ? &h->to : &h->cc;
	struct buf line;

	buf_init(&line, 8 * f->body_len + 64);
	header_line(&line, f, &h->warnings);
	address_parse(to, buf_str(&line), line.len, &h->warnings);
	if (k == FROM)
		from_check(f, buf_str(&line), line.len, &h->from, &h->warnings);
	buf_free(&line);
}

/* RFC 5322 section 3.6.6: who sent it again, and no word on who wrote it. */
static bool
is_resent(const struct header_field *f)
{
	return f->name_len > 7 && strncasecmp(f->name, "Resent-", 7) == 0;
}

static bool
has_any(const unsigned seen[KNOWN_COUNT])
{
	return seen[FROM] + seen[TO] + seen[CC] + seen[SUBJECT] +
		   seen[MESSAGE_ID] + seen[DATE] >
	       0;
}

bool
head_parse(struct head *h, const void *block, size_t len)
{
	unsigned seen[KNOWN_COUNT] = {0};
	struct header_walk w;
	struct header_field f;
	bool resent = false, twice = false;

	header_walk_init(&w, block, len);
	while (header_next(&w, &f)) {
		enum known k = field_known(&f);

		if (k < THREAD_INDEX && ++seen[k] > 1)
			twice = true;
		resent = resent || is_resent(&f);
	}
	if (!has_any(seen))
		return false;
	if (twice)
		strs_add_once(&h->warnings, "duplicate-header");
	h->from_fields = seen[FROM];
	if (resent)
		strs_add_once(&h->warnings, "resent");
	memset(seen, 0, sizeof(seen));
	header_walk_init(&w, block, len);
	while (header_next(&w, &f)) {
		enum known k = field_known(&f);

		if (k == FROM || k == TO || k == CC)
			read_each(h, k, &f);
		else if (k < KNOWN_COUNT && seen[k]++ == 0)
			read_first(h, k, &f);
	}
	if (h->from.count > 1 || h->from_fields > 1)
		strs_add_once(&h->warnings, "several-from");
	if (h->from.count == 0)
		strs_add_once(&h->warnings, "no-from");
	if (h->date_text != NULL && h->date == 0)
		strs_add_once(&h->warnings, "date-bad");
	return true;
}
