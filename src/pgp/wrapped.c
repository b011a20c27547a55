#include "pgp/wrapped.h"

#include <string.h>

#include "base/alloc.h"
#include "pgp/verify.h"

#define SMALL_MAX 256 /* bytes of a part that only says "Version: 1" */

static bool
has_type(const struct layers *l, uint32_t part, const char *type)
{
	return part != PART_NONE &&
	       strcmp(l->mail->table.part[part].type, type) == 0;
}

static bool
is_blank(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r' && p[i] != '\n')
			return false;
	return true;
}

/* "Version: 1" alone, RFC 3156 section 4. */
static bool
is_version_text(const unsigned char *p, size_t len)
{
	static const char field[] = "version:";

	while (len > 0 && is_blank(p, 1))
		p++, len--;
	if (len < sizeof(field) - 1 ||
	    strncasecmp((const char *)p, field, sizeof(field) - 1) != 0)
		return false;
	p += sizeof(field) - 1;
	len -= sizeof(field) - 1;
	while (len > 0 && (*p == ' ' || *p == '\t'))
		p++, len--;
	return len > 0 && *p == '1' && is_blank(p + 1, len - 1);
}

/*
 * A part of a few bytes, its transfer encoding undone: Exchange and others put
 * base64 on it. Returns 1, or 0 where the part is longer.
 */
static int
read_small(struct layers *l, uint32_t part, struct buf *out, struct err *e)
{
	size_t len = 0;

	buf_init(out, SMALL_MAX);
	mail_body(l->mail, part, &len);
	if (len > SMALL_MAX)
		return 0;
	return mail_data(l->mail, part, out, e) == -1 ? -1 : 1;
}

/* Returns 1 where the part is the first one of section 4, 0, or -1. */
static int
is_version(struct layers *l, uint32_t part, struct err *e)
{
	struct buf text;
	int rc = 0;

	if (!has_type(l, part, "application/pgp-encrypted") ||
	    layers_child(l, part, 0) != PART_NONE)
		return 0;
	rc = read_small(l, part, &text, e);
	if (rc == 1 && !is_version_text(text.data, text.len))
		rc = 0;
	buf_free(&text);
	return rc;
}

/* Returns 1 where the part is a text without a letter, 0, or -1. */
static int
is_empty_text(struct layers *l, uint32_t part, struct err *e)
{
	struct buf text;
	int rc = 0;

	if (!has_type(l, part, "text/plain") || !layers_may_be_blank(l, part))
		return 0;
	rc = read_small(l, part, &text, e);
	if (rc == 1 && !is_blank(text.data, text.len))
		rc = 0;
	buf_free(&text);
	return rc;
}

static int
open_ciphertext(struct layers *l, uint32_t part, uint32_t version,
    uint32_t data, struct err *e)
{
	struct decryption d;
	struct buf binary;
	uint32_t root = PART_NONE;
	int rc = -1;

	l->verdict->part[part].container = true;
	l->verdict->part[version].container = true;
	if (!layers_may(l, part)) {
		layers_fail(l, "too-many-layers",
		    "encrypted deeper than layers are opened");
		return 0;
	}
	memset(&d, 0, sizeof(d));
	buf_init(&binary, layers_part_max(l));
	if (layers_binary(l, data, &binary, e) == -1)
		goto out;
	if (layers_decrypt(l, binary.data, binary.len, &d, e) == -1)
		goto out;
	if (d.sound) {
		if (layers_take(l, part, &d.plain, true, &root, e) == -1)
			goto out;
		l->verdict->part[data].container = true;
		l->layer[part].payload = root;
		layers_sign(l, &d.signatures, root);
		if (d.signatures.count > 0)
			layers_shape(l, root);
	}
	rc = 0;
out:
	decryption_free(&d);
	buf_free(&binary);
	return rc;
}

int
wrapped_encrypted(struct layers *l, uint32_t part, struct err *e)
{
	const char *protocol = l->mail->table.part[part].protocol;
	uint32_t version = layers_child(l, part, 0);
	uint32_t data = layers_child(l, part, 1);
	int rc = 0;

	if ((protocol == NULL ||
		strcmp(protocol, "application/pgp-encrypted") == 0) &&
	    has_type(l, data, "application/octet-stream") &&
	    layers_child(l, part, 2) == PART_NONE)
		rc = is_version(l, version, e);
	/* Its parts say what it is, also where its own header does not. */
	if (rc == 1 && protocol == NULL)
		strs_add_once(&l->verdict->warnings, "pgp-repaired");
	if (rc == 1)
		return open_ciphertext(l, part, version, data, e);
	if (rc == 0)
		layers_fail(l, "decryption-failed",
		    "multipart/encrypted without the two parts of RFC 3156 "
		    "section 4");
	return rc;
}

static bool
is_nothing(const struct layers *l, uint32_t part)
{
	const struct part *p = &l->mail->table.part[part];

	return p->start == p->end;
}

int
wrapped_repaired(struct layers *l, uint32_t part, struct err *e)
{
	uint32_t child[5];
	size_t first = 0;
	int rc = 0;

	for (size_t i = 0; i < 5; i++) {
		child[i] = layers_child(l, part, i);
		/* a last boundary without its dashes ends with nothing */
		if (i > 1 && child[i] != PART_NONE && is_nothing(l, child[i]))
			child[i] = PART_NONE;
	}
	if (child[4] != PART_NONE)
		return 0;
	/* Exchange puts an empty text first. */
	if (has_type(l, child[0], "text/plain")) {
		rc = is_empty_text(l, child[0], e);
		if (rc != 1)
			return rc;
		first = 1;
	}
	if (child[first + 2] != PART_NONE ||
	    !has_type(l, child[first + 1], "application/octet-stream"))
		return 0;
	rc = is_version(l, child[first], e);
	if (rc != 1)
		return rc;
	strs_add_once(&l->verdict->warnings, "pgp-repaired");
	if (first == 1)
		l->verdict->part[child[0]].container = true;
	return open_ciphertext(l, part, child[first], child[first + 1], e);
}

/*
 * The signed octets with CRLF line ends, RFC 3156 section 5: borrowed where
 * they are so already, otherwise in copy.
 */
static const unsigned char *
canonical(const unsigned char *p, size_t len, struct buf *copy, size_t *out_len)
{
	size_t bare = 0;
	size_t at = 0;

	for (size_t i = 0; i < len; i++)
		if (p[i] == '\n' && (i == 0 || p[i - 1] != '\r'))
			bare++;
	*out_len = len;
	if (bare == 0)
		return p;
	buf_init(copy, len + bare);
	for (size_t i = 0; i < len; i++)
		if (p[i] == '\n' && (i == 0 || p[i - 1] != '\r')) {
			buf_put(copy, p + at, i - at);
			buf_puts(copy, "\r\n");
			at = i + 1;
		}
	buf_put(copy, p + at, len - at);
	*out_len = copy->len;
	return copy->data;
}

static int
check_signed(struct layers *l, uint32_t part, uint32_t content,
    uint32_t signature, struct err *e)
{
	struct signatures found = {NULL, 0};
	const unsigned char *text = NULL;
	struct buf binary;
	struct buf copy;
	size_t len = 0;
	int rc = -1;

	buf_init(&binary, layers_part_max(l));
	buf_init(&copy, 0);
	if (layers_binary(l, signature, &binary, e) == -1)
		goto out;
	text = mail_entity(l->mail, content, &len);
	text = canonical(text, len, &copy, &len);
	if (verify_detached(l->keyring, binary.data, binary.len, text, len,
		l->now, &found, e) == -1)
		goto out;
	layers_sign(l, &found, content);
	layers_shape(l, content);
	for (size_t i = 0; i < found.count; i++)
		if (found.item[i].facts.status == SIGNATURE_GOOD)
			l->layer[part].signed_good = true;
	rc = 0;
out:
	if (rc == -1 && e != NULL && e->code == ERR_DATA)
		strs_add_once(&l->verdict->warnings, "bomb");
	signatures_free(&found);
	buf_free(&binary);
	buf_free(&copy);
	return rc;
}

int
wrapped_signed(struct layers *l, uint32_t part, struct err *e)
{
	const char *protocol = l->mail->table.part[part].protocol;
	uint32_t content = layers_child(l, part, 0);
	uint32_t signature = layers_child(l, part, 1);

	if (!has_type(l, signature, "application/pgp-signature"))
		return 0; /* S/MIME, or nothing that could be checked */
	if (protocol == NULL ||
	    strcmp(protocol, "application/pgp-signature") != 0 ||
	    layers_child(l, part, 2) != PART_NONE) {
		strs_add_once(&l->verdict->warnings, "signature-bad");
		strs_add_once(&l->verdict->failures,
		    "multipart/signed without the two parts of RFC 3156 "
		    "section 5");
		return 0;
	}
	if (!layers_may(l, part))
		return 0;
	l->verdict->part[part].container = true;
	l->verdict->part[signature].container = true;
	l->layer[part].wrapper = true;
	l->layer[part].payload = content;
	return check_signed(l, part, content, signature, e);
}
