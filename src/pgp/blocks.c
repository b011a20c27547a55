#include "pgp/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pgp/armour.h"
#include "pgp/clearsign.h"
#include "pgp/verify.h"

#define BLOCKS_MAX 8 /* in one text part; further ones are text */
#define HEAD_MAX 4096 /* bytes of the header that we put before plaintext */
#define SIGNATURE_MAX 65536 /* bytes of a clear-signed text's signature */
#define CHARSET_DEFAULT "utf-8"

/* The part's charset where it is a plain word, RFC 2045 section 5.1. */
static const char *
charset_of(const struct part *p)
{
	if (p->charset == NULL || *p->charset == '\0' ||
	    strlen(p->charset) > 40 ||
	    strspn(p->charset, "abcdefghijklmnopqrstuvwxyz0123456789-_.:+") !=
		strlen(p->charset))
		return CHARSET_DEFAULT;
	return p->charset;
}

/* Hangs text that gpg gave out below the part, as text/plain of its charset. */
static int
take_text(struct layers *l, uint32_t part, const struct buf *plain,
    bool encrypted, const struct signatures *signatures, struct err *e)
{
	struct buf entity;
	uint32_t root = PART_NONE;
	int rc = -1;

	buf_init_secret(&entity, plain->len + HEAD_MAX);
	buf_putf(&entity,
	    "Content-Type: text/plain; charset=%s\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\n",
	    charset_of(&l->mail->table.part[part]));
	buf_put(&entity, plain->data, plain->len);
	if (layers_take(l, part, &entity, encrypted, &root, e) == 0) {
		layers_sign(l, signatures, root);
		rc = 0;
	}
	buf_free(&entity);
	return rc;
}

/* Returns 1 where the block was opened, 0 where it stays text. */
static int
open_signed(struct layers *l, uint32_t part, const void *data, size_t len,
    struct err *e)
{
	struct signatures found = {NULL, 0};
	struct buf plain;
	int rc = -1;

	buf_init_secret(&plain, l->left);
	if (verify_inline(l->keyring, data, len, l->now, &plain, &found, e) ==
	    -1) {
		if (e != NULL && e->code == ERR_DATA)
			strs_add_once(&l->verdict->warnings, "bomb");
	} else if (found.count == 0)
		rc = 0;
	else if (take_text(l, part, &plain, false, &found, e) == 0) {
		l->left -= plain.len;
		rc = 1;
	}
	signatures_free(&found);
	buf_free(&plain);
	return rc;
}

static int
open_encrypted(
    struct layers *l, uint32_t part, const struct buf *binary, struct err *e)
{
	struct decryption d;
	int rc = -1;

	if (layers_decrypt(l, binary->data, binary->len, &d, e) == 0) {
		rc = d.sound ? 1 : 0;
		if (d.sound &&
		    take_text(l, part, &d.plain, true, &d.signatures, e) == -1)
			rc = -1;
	}
	decryption_free(&d);
	return rc;
}

/* Whoever writes of these lines, and of nothing else, encrypted nothing. */
static bool
begins_packet(const struct buf *binary)
{
	return binary->len > 0 && (binary->data[0] & 0x80) != 0;
}

static int
open_message(struct layers *l, uint32_t part, const unsigned char *block,
    size_t len, struct err *e)
{
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	struct buf binary;
	struct err why;
	int rc = 0;

	buf_init(&binary, len);
	if (armour_decode(block, len, &binary, &why) == -1) {
		if (armour_is_long(block, len))
			layers_fail(l, "decryption-failed", why.text);
	} else if (begins_packet(&binary)) {
		packet_message_read(&m, binary.data, binary.len);
		rc = m.form == PACKET_FORM_CLEAR
			 ? open_signed(l, part, binary.data, binary.len, e)
			 : open_encrypted(l, part, &binary, e);
		packet_message_free(&m);
	}
	buf_free(&binary);
	return rc;
}

/* gpg is asked about just the text that is shown, line ends and all. */
static int
check_clearsigned(struct layers *l, uint32_t part, struct buf *text,
    const struct buf *signature, struct err *e)
{
	struct signatures found = {NULL, 0};
	int rc = verify_detached(l->keyring, signature->data, signature->len,
	    text->data, text->len, l->now, &found, e);

	if (rc == -1 && e != NULL && e->code == ERR_DATA)
		strs_add_once(&l->verdict->warnings, "bomb");
	if (rc == 0) {
		buf_puts(text, "\r\n");
		rc = take_text(l, part, text, false, &found, e);
	}
	signatures_free(&found);
	return rc == 0 ? 1 : -1;
}

static int
open_clearsigned(struct layers *l, uint32_t part, const unsigned char *block,
    size_t len, struct err *e)
{
	struct buf text;
	struct buf signature;
	int rc = 0;

	buf_init_secret(&text, 2 * len + 2); /* LF may become CRLF */
	buf_init(&signature, SIGNATURE_MAX);
	if (clearsign_read(block, len, &text, &signature))
		rc = check_clearsigned(l, part, &text, &signature, e);
	else {
		strs_add_once(&l->verdict->warnings, "signature-bad");
		strs_add_once(&l->verdict->failures,
		    "a clear-signed text that is not as RFC 9580 section 7 "
		    "wants it");
	}
	buf_free(&text);
	buf_free(&signature);
	return rc;
}

static bool
is_html(const struct mail *mail, uint32_t part)
{
	return strcmp(mail->table.part[part].type, "text/html") == 0;
}

/* Another form of a text that is beside it: it holds the same blocks. */
static bool
is_alternative(const struct mail *mail, uint32_t part)
{
	uint32_t parent = mail->table.part[part].parent;

	return parent != PART_NONE && strcmp(mail->table.part[parent].type,
					  "multipart/alternative") == 0;
}

static int
open_block(struct layers *l, uint32_t part, const struct buf *text,
    const struct armour *a, struct err *e)
{
	const unsigned char *block = text->data + a->start;
	size_t len = a->end - a->start;

	if (a->kind != ARMOUR_MESSAGE &&
	    (a->kind != ARMOUR_CLEARSIGNED || is_html(l->mail, part)))
		return 0;
	if (!layers_may(l, part)) {
		if (a->kind == ARMOUR_MESSAGE)
			layers_fail(l, "too-many-layers",
			    "encrypted deeper than layers are opened");
		return 0;
	}
	return a->kind == ARMOUR_MESSAGE
		   ? open_message(l, part, block, len, e)
		   : open_clearsigned(l, part, block, len, e);
}

static bool
is_blank(const struct buf *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (strchr(" \t\r\n", text->data[i]) == NULL ||
		    text->data[i] == '\0')
			return false;
	return true;
}

/* Spares most mail the way through the parser. */
static bool
may_hold_block(const struct mail *mail, uint32_t part)
{
	const char *encoding = mail->table.part[part].encoding;
	const unsigned char *p = NULL;
	size_t len = 0;

	if (strcmp(encoding, "base64") == 0 ||
	    strcmp(encoding, "quoted-printable") == 0)
		return true;
	p = mail_body(mail, part, &len);
	return memmem(p, len, "-----BEGIN PGP ", 15) != NULL;
}

int
blocks_open_text(struct layers *l, uint32_t part, struct err *e)
{
	struct part_verdict *v = NULL;
	struct armour a;
	struct buf text;
	size_t at = 0;
	size_t opened = 0;
	bool html = is_html(l->mail, part);
	bool outside = html; /* it may hold more than its text shows */
	int rc = -1;

	if (!may_hold_block(l->mail, part) ||
	    (html && is_alternative(l->mail, part)))
		return 0;
	buf_init_secret(&text, layers_part_max(l));
	if ((html ? mail_text(l->mail, part, &text, NULL, e)
		  : mail_data(l->mail, part, &text, e)) == -1)
		goto out;
	for (int n = 0;
	     n < BLOCKS_MAX && armour_find(text.data, text.len, at, &a); n++) {
		int one = open_block(l, part, &text, &a, e);

		if (one == -1)
			goto out;
		if (one == 0 || !is_blank(&text, at, a.start))
			outside = true;
		opened += (size_t)one;
		at = a.end;
	}
	if (opened > 0) {
		v = &l->verdict->part[part];
		v->detached_text = outside || !is_blank(&text, at, text.len);
		v->container = !v->detached_text;
	}
	rc = 0;
out:
	buf_free(&text);
	return rc;
}

bool
blocks_attachment(const struct part *p)
{
	const char *dot = p->name == NULL ? NULL : strrchr(p->name, '.');

	return dot != NULL &&
	       (strcasecmp(dot, ".pgp") == 0 || strcasecmp(dot, ".gpg") == 0 ||
		   strcasecmp(dot, ".asc") == 0);
}

/* The name without its last ending, RFC 2231 section 4. */
static void
put_name(struct buf *out, const char *name)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
	size_t len = strlen(name) - strlen(strrchr(name, '.'));

	for (size_t i = 0; i < len && i < HEAD_MAX / 8; i++)
		if (strchr(plain, name[i]) != NULL)
			buf_putc(out, name[i]);
		else
			buf_putf(out, "%%%02X", (unsigned char)name[i]);
}

static int
take_file(
    struct layers *l, uint32_t part, const struct decryption *d, struct err *e)
{
	const char *name = l->mail->table.part[part].name;
	struct buf entity;
	uint32_t root = PART_NONE;
	int rc = -1;

	buf_init_secret(&entity, d->plain.len + HEAD_MAX);
	buf_puts(&entity, "Content-Type: application/octet-stream\r\n"
			  "Content-Transfer-Encoding: binary\r\n"
			  "Content-Disposition: attachment; filename*=utf-8''");
	put_name(&entity, name);
	buf_puts(&entity, "\r\n\r\n");
	buf_put(&entity, d->plain.data, d->plain.len);
	if (layers_take(l, part, &entity, true, &root, e) == 0) {
		l->layer[root].unsealed = false;
		l->layer[root].object = true;
		l->verdict->part[part].container = true;
		layers_sign(l, &d->signatures, root);
		rc = 0;
	}
	buf_free(&entity);
	return rc;
}

int
blocks_open_attachment(struct layers *l, uint32_t part, struct err *e)
{
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	struct decryption d;
	struct buf binary;
	int rc = -1;

	memset(&d, 0, sizeof(d));
	buf_init(&binary, layers_part_max(l));
	if (layers_binary(l, part, &binary, e) == -1)
		goto out;
	packet_message_read(&m, binary.data, binary.len);
	rc = 0;
	if (m.form != PACKET_FORM_ENCRYPTED)
		goto out;
	if (!layers_may(l, part)) {
		layers_fail(l, "too-many-layers",
		    "encrypted deeper than layers are opened");
		goto out;
	}
	rc = layers_decrypt(l, binary.data, binary.len, &d, e);
	if (rc == 0 && d.sound)
		rc = take_file(l, part, &d, e);
out:
	packet_message_free(&m);
	decryption_free(&d);
	buf_free(&binary);
	return rc;
}
