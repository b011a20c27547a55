#include "message/compose.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "message/encoding.h"
#include "message/fieldout.h"
#include "message/header.h"

#define BOUNDARY_MAX 70 /* bytes, RFC 2046 section 5.1.1 */
#define PAYLOAD_HEADERS 8192 /* bytes of a part's header fields */
#define OUTER_SUBJECT "[...]" /* RFC 9788 section 3.2.1 */

/* RFC 9788 section 2.1.1, and the older scheme beside it. */
static const char *
protection(const struct compose *c)
{
	return c->clear ? "hp=\"clear\"; protected-headers=\"v1\""
			: "hp=\"cipher\"; protected-headers=\"v1\"";
}

/*
 * "=_" stands in no quoted-printable and no base64 text (RFC 2045 6.7), so it
 * cannot occur in what we enclose. The rest comes from the Message-ID, whose
 * random part nobody knows before the message is read.
 */
static void
boundary_make(char out[BOUNDARY_MAX + 1], const char *id, unsigned round)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ round;
	uint64_t g = UINT64_C(0x9e3779b97f4a7c15) + round;

	for (; *id != '\0'; id++) {
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
		g = (g ^ (h >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
	}
	(void)snprintf(
	    out, BOUNDARY_MAX + 1, "=_noroshi_%016" PRIx64 "%016" PRIx64, h, g);
}

/* "Name: value" of our own; the name must be one. */
static int
put_extra(struct buf *out, const char *prefix, const char *line, struct err *e)
{
	size_t n = header_name_length(line, strlen(line));
	const char *value = line + n + 1;
	char *name;
	int rc;

	if (n == 0 || line[n] != ':' || strncasecmp(line, "Content-", 8) == 0)
		return err_set(e, ERR_DATA, "\"%s\" is no field", line);
	while (*value == ' ')
		value++;
	name = xasprintf("%s%.*s", prefix, (int)n, line);
	rc = fieldout_text(out, name, value, e);
	free(name);
	return rc;
}

static int
put_ids(
    struct buf *out, const char *prefix, const struct compose *c, struct err *e)
{
	char *name = xasprintf("%sMessage-ID", prefix);
	int rc = fieldout_words(out, name, &c->message_id, 1, e);

	free(name);
	if (rc == 0 && c->in_reply_to != NULL) {
		name = xasprintf("%sIn-Reply-To", prefix);
		rc = fieldout_words(out, name, &c->in_reply_to, 1, e);
		free(name);
	}
	if (rc == 0 && c->references != NULL && c->references->count > 0) {
		size_t count = c->references->count;
		const char **id = xcalloc(count, sizeof(*id));

		for (size_t i = 0; i < count; i++)
			id[i] = c->references->item[i];
		name = xasprintf("%sReferences", prefix);
		rc = fieldout_words(out, name, id, count, e);
		free(name);
		free(id);
	}
	return rc;
}

static int
put_people(
    struct buf *out, const char *prefix, const struct compose *c, struct err *e)
{
	char *name = xasprintf("%sFrom", prefix);
	int rc = fieldout_mailboxes(out, name, &c->from, 1, e);

	free(name);
	if (rc == 0 && c->to != NULL && c->to->count > 0) {
		name = xasprintf("%sTo", prefix);
		rc =
		    fieldout_mailboxes(out, name, c->to->item, c->to->count, e);
		free(name);
	}
	if (rc == 0 && c->cc != NULL && c->cc->count > 0) {
		name = xasprintf("%sCc", prefix);
		rc =
		    fieldout_mailboxes(out, name, c->cc->item, c->cc->count, e);
		free(name);
	}
	if (rc == 0 && c->reply_to != NULL && c->reply_to->count > 0) {
		name = xasprintf("%sReply-To", prefix);
		rc = fieldout_mailboxes(
		    out, name, c->reply_to->item, c->reply_to->count, e);
		free(name);
	}
	return rc;
}

/* All fields but the MIME ones, each with prefix before its name. */
static int
put_fields(struct buf *out, const char *prefix, const struct compose *c,
    const char *subject, struct err *e)
{
	char when[CLOCK_RFC5322];
	const char *date = clock_rfc5322(c->date, when);
	char *name;
	int rc = put_people(out, prefix, c, e);

	if (rc == 0) {
		name = xasprintf("%sSubject", prefix);
		rc = fieldout_text(out, name, subject, e);
		free(name);
	}
	if (rc == 0) {
		name = xasprintf("%sDate", prefix);
		rc = fieldout_words(out, name, &date, 1, e);
		free(name);
	}
	if (rc == 0)
		rc = put_ids(out, prefix, c, e);
	for (size_t i = 0; rc == 0 && c->extra != NULL && i < c->extra->count;
	     i++)
		rc = put_extra(out, prefix, c->extra->item[i], e);
	return rc;
}

static const char *
outer_subject(const struct compose *c)
{
	return c->outer_subject == NULL ? OUTER_SUBJECT : c->outer_subject;
}

/* Base64 costs a third; quoted-printable two bytes for each that is not ASCII.
 */
static bool
wants_base64(const char *text, size_t len)
{
	size_t other = 0;

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			other++;
	return other > len / 6;
}

static void
put_base64_text(struct buf *out, const char *text, size_t len)
{
	struct buf crlf;

	buf_init_secret(&crlf, 2 * len + 2);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			buf_putc(&crlf, '\r');
		buf_putc(&crlf, (unsigned char)text[i]);
	}
	if (len > 0 && text[len - 1] != '\n')
		buf_puts(&crlf, "\r\n");
	encoding_base64_lines(out, crlf.data, crlf.len);
	buf_free(&crlf);
}

/* The rest of the header of a text part, its empty line, and its body. */
static void
put_text(struct buf *out, const struct compose *c, const char *more)
{
	bool base64 = wants_base64(c->text, c->text_len);

	buf_puts(out, "Content-Type: text/plain; charset=\"utf-8\"");
	if (more != NULL)
		buf_putf(out, ";\r\n %s", more);
	buf_puts(out, "\r\nContent-Transfer-Encoding: ");
	buf_puts(out, base64 ? "base64" : "quoted-printable");
	buf_puts(out, "\r\n\r\n");
	if (base64)
		put_base64_text(out, c->text, c->text_len);
	else
		encoding_quoted_printable(out, c->text, c->text_len);
}

/* type/subtype of tokens; entities inside entities may not be encoded. */
static bool
type_is_usable(const char *type)
{
	static const char token[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789!#$&-^_.+";
	size_t n = type == NULL ? 0 : strspn(type, token);
	size_t m;

	if (n == 0 || n > BOUNDARY_MAX || type[n] != '/' ||
	    strncasecmp(type, "message/", 8) == 0 ||
	    strncasecmp(type, "multipart/", 10) == 0)
		return false;
	m = strspn(type + n + 1, token);
	return m > 0 && m <= BOUNDARY_MAX && type[n + 1 + m] == '\0';
}

static int
put_attachment(
    struct buf *out, const struct compose_attachment *a, struct err *e)
{
	const char *name = a->name == NULL ? "attachment" : a->name;

	for (const char *s = name; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return err_set(e, ERR_DATA,
			    "attachment's name: byte 0x%02x may not stand "
			    "in it",
			    (unsigned char)*s);
	if (!utf8_is(name, strlen(name)))
		return err_set(e, ERR_DATA, "attachment's name: not UTF-8");
	buf_puts(out, "Content-Type: ");
	buf_puts(out,
	    type_is_usable(a->type) ? a->type : "application/octet-stream");
	buf_puts(out, "\r\nContent-Disposition: attachment");
	fieldout_filename(out, "filename", name);
	buf_puts(out, "\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	encoding_base64_lines(out, a->data, a->len);
	return 0;
}

static int
put_multipart(struct buf *out, const struct compose *c, struct err *e)
{
	char boundary[BOUNDARY_MAX + 1];
	int rc = 0;

	boundary_make(boundary, c->message_id, 0);
	buf_putf(out,
	    "Content-Type: multipart/mixed;\r\n boundary=\"%s\";"
	    "\r\n %s\r\n\r\n",
	    boundary, protection(c));
	buf_putf(out, "--%s\r\n", boundary);
	put_text(out, c, NULL);
	for (size_t i = 0; rc == 0 && i < c->attachments; i++) {
		buf_putf(out, "--%s\r\n", boundary);
		rc = put_attachment(out, &c->attachment[i], e);
	}
	buf_putf(out, "--%s--\r\n", boundary);
	return rc;
}

static int
all_written(const struct buf *out, struct err *e)
{
	if (out->over)
		return err_set(e, ERR_DATA, "message over %zu bytes", out->max);
	return 0;
}

/* What most payloads will hold; one that is longer grows. */
static size_t
payload_size(const struct compose *c)
{
	/* text grows by a line's CR, more only where much is not ASCII */
	size_t size = PAYLOAD_HEADERS + c->text_len + c->text_len / 16;

	for (size_t i = 0; i < c->attachments; i++)
		size += PAYLOAD_HEADERS + c->attachment[i].len / 57 * 78;
	return size;
}

int
compose_payload(const struct compose *c, struct buf *out, struct err *e)
{
	if (!utf8_is(c->text, c->text_len))
		return err_set(e, ERR_DATA, "text: not UTF-8");
	buf_expect(out, payload_size(c));
	if (put_fields(out, "", c, c->subject, e) == -1)
		return -1;
	if (!c->clear &&
	    put_fields(out, "HP-Outer: ", c, outer_subject(c), e) == -1)
		return -1;
	buf_puts(out, "MIME-Version: 1.0\r\n");
	if (c->attachments == 0)
		put_text(out, c, protection(c));
	else if (put_multipart(out, c, e) == -1)
		return -1;
	return all_written(out, e);
}

static void
put_armour(struct buf *out, const struct buf *armour)
{
	const char *p = buf_str(armour);
	size_t left = armour->len;

	while (left > 0) {
		const char *lf = memchr(p, '\n', left);
		size_t line = lf == NULL ? left : (size_t)(lf - p);
		size_t used = lf == NULL ? left : line + 1;

		if (line > 0 && p[line - 1] == '\r')
			line--;
		buf_put(out, p, line);
		buf_puts(out, "\r\n");
		p += used;
		left -= used;
	}
}

/* A boundary that does not occur in what it encloses. */
static void
boundary_outside(
    char out[BOUNDARY_MAX + 1], const char *id, const struct buf *content)
{
	unsigned round = 1;

	do
		boundary_make(out, id, round++);
	while (content->len > 0 &&
	       memmem(content->data, content->len, out, strlen(out)) != NULL);
}

int
compose_encrypted_begin(const struct compose *c, struct buf *out, struct err *e)
{
	char b[BOUNDARY_MAX + 1];

	boundary_make(b, c->message_id, 1);
	if (put_fields(out, "", c, outer_subject(c), e) == -1)
		return -1;
	buf_puts(out, "MIME-Version: 1.0\r\nContent-Type: multipart/encrypted;"
		      "\r\n protocol=\"application/pgp-encrypted\";");
	buf_putf(out, "\r\n boundary=\"%s\"\r\n\r\n", b);
	buf_putf(out,
	    "--%s\r\nContent-Type: application/pgp-encrypted\r\n"
	    "Content-Description: PGP/MIME version identification\r\n\r\n"
	    "Version: 1\r\n\r\n",
	    b);
	buf_putf(out,
	    "--%s\r\nContent-Type: application/octet-stream;\r\n"
	    " name=\"encrypted.asc\"\r\n"
	    "Content-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n"
	    "-----BEGIN PGP MESSAGE-----\r\n\r\n",
	    b);
	return all_written(out, e);
}

void
compose_encrypted_end(const struct compose *c, struct buf *out)
{
	char b[BOUNDARY_MAX + 1];

	boundary_make(b, c->message_id, 1);
	buf_putf(out, "-----END PGP MESSAGE-----\r\n\r\n--%s--\r\n", b);
}

int
compose_signed(const struct compose *c, const struct buf *payload,
    const struct buf *signature, struct buf *out, struct err *e)
{
	char b[BOUNDARY_MAX + 1];

	boundary_outside(b, c->message_id, payload);
	if (put_fields(out, "", c, c->subject, e) == -1)
		return -1;
	buf_puts(out, "MIME-Version: 1.0\r\nContent-Type: multipart/signed;"
		      " micalg=pgp-sha512;"
		      "\r\n protocol=\"application/pgp-signature\";");
	buf_putf(out, "\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", b, b);
	buf_put(out, payload->data, payload->len);
	/* The CRLF before a boundary belongs to it: one more than was signed.
	 */
	buf_putf(out,
	    "\r\n--%s\r\nContent-Type: application/pgp-signature;"
	    " name=\"signature.asc\"\r\n\r\n",
	    b);
	put_armour(out, signature);
	buf_putf(out, "\r\n--%s--\r\n", b);
	return all_written(out, e);
}

char *
compose_message_id(const char *domain, const unsigned char random[16])
{
	char digits[33];

	return xasprintf("<%s@%s>", hex_encode(random, 16, digits), domain);
}
