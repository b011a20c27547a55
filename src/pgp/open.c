#include "pgp/open.h"

#include <string.h>

#include "pgp/layers.h"

static bool
is_blank_text(const struct layers *l, uint32_t part)
{
	const struct part *p = &l->mail->table.part[part];
	const unsigned char *body = NULL;
	size_t len = 0;

	if (strcmp(p->type, "text/plain") != 0 || !layers_may_be_blank(l, part))
		return false;
	body = mail_body(l->mail, part, &len);
	for (size_t i = 0; i < len; i++)
		if (body[i] != ' ' && body[i] != '\t' && body[i] != '\r' &&
		    body[i] != '\n')
			return false;
	return true;
}

/*
 * Content is each leaf. An enclosed message is content by itself as well: its
 * header is read, and no layer inside it covers that.
 */
static bool
is_content(const struct layers *l, uint32_t part)
{
	const char *type = l->mail->table.part[part].type;

	if (l->verdict->part[part].container)
		return false;
	if (strncmp(type, "message/", 8) == 0)
		return true;
	/* Below a text part hang only the blocks that stand in it. */
	return layers_child(l, part, 0) == PART_NONE;
}

static void
find_shown(struct layers *l)
{
	struct verdict *v = l->verdict;
	size_t shown = 0;

	for (uint32_t i = 0; i < v->parts; i++) {
		v->part[i].shown = is_content(l, i) && !is_blank_text(l, i);
		shown += v->part[i].shown;
	}
	if (shown > 0)
		return;
	for (uint32_t i = 0; i < v->parts; i++)
		v->part[i].shown = is_content(l, i);
}

/* True where all that is shown, and there is something, lies in the part. */
static bool
holds_all(const struct layers *l, uint32_t part)
{
	size_t shown = 0;

	for (uint32_t i = 0; i < l->verdict->parts; i++) {
		if (!l->verdict->part[i].shown)
			continue;
		if (!part_within(&l->mail->table, i, part))
			return false;
		shown++;
	}
	return shown > 0;
}

/*
 * Who signs a ciphertext need not know what is in it, nor have written it: a
 * signature counts for what it stood around when it was made (RFC 9787 wants
 * it inside).
 */
static bool
signs_all(const struct layers *l, uint32_t part)
{
	const struct part_table *t = &l->mail->table;

	if (l->layer[part].shapeless || !holds_all(l, part))
		return false;
	for (uint32_t i = 0; i < l->verdict->parts; i++)
		for (uint32_t p = i; l->verdict->part[i].shown && p != part;
		     p = t->part[p].parent)
			if (l->layer[p].unsealed)
				return false;
	return true;
}

/* The innermost decryption around a part, by its root; or PART_NONE. */
static uint32_t
envelope_of(const struct layers *l, uint32_t part)
{
	while (part != PART_NONE && !l->layer[part].unsealed)
		part = l->mail->table.part[part].parent;
	return part;
}

/* The innermost one around all that is shown. */
static uint32_t
common_envelope(const struct layers *l)
{
	const struct part_table *t = &l->mail->table;
	uint32_t common = PART_NONE;
	bool first = true;

	for (uint32_t i = 0; i < l->verdict->parts; i++) {
		if (!l->verdict->part[i].shown)
			continue;
		if (first)
			common = envelope_of(l, i);
		first = false;
		while (common != PART_NONE && !part_within(t, i, common))
			common = envelope_of(l, t->part[common].parent);
	}
	return common;
}

static bool
is_object(const struct layers *l, uint32_t part)
{
	while (part != PART_NONE && !l->layer[part].object)
		part = l->mail->table.part[part].parent;
	return part != PART_NONE;
}

/*
 * Who wrote a mail need not know what is in a ciphertext that lies beside the
 * text, be that mail itself encrypted or not; and would learn it from a reply.
 */
static void
judge_encryption(struct layers *l)
{
	struct verdict *v = l->verdict;
	uint32_t common = common_envelope(l);
	bool encrypted = false;

	for (uint32_t i = 0; i < v->parts; i++) {
		if (!v->part[i].shown)
			continue;
		encrypted = encrypted || v->part[i].encrypted;
		v->part[i].apart =
		    envelope_of(l, i) != common || is_object(l, i);
	}
	if (encrypted && common == PART_NONE) {
		strs_add_once(&v->warnings, "partly-encrypted");
		v->encryption = ENCRYPTION_PART;
	} else if (encrypted)
		v->encryption = ENCRYPTION_WHOLE;
	if (l->failed)
		v->encryption = ENCRYPTION_FAILED;
}

static void
judge_signatures(struct layers *l)
{
	struct verdict *v = l->verdict;
	bool good = false;
	bool whole = false;

	for (size_t i = 0; i < v->signatures; i++) {
		struct signature *s = &v->signature[i];

		s->whole = signs_all(l, s->part);
		if (s->status == SIGNATURE_GOOD) {
			good = true;
			whole = whole || s->whole;
		}
	}
	if (good && !whole)
		strs_add_once(&v->warnings, "partly-signed");
}

/*
 * From the outermost part inwards, RFC 9788 section 2.1. A signature alone has
 * to be good; inside a sound decryption it may be anyone's. Only a header that
 * says of itself that it is meant so counts.
 */
static void
find_payload(struct layers *l)
{
	uint32_t part = 0;
	bool decrypted = false;

	l->verdict->payload = PART_NONE;
	while (l->layer[part].payload != PART_NONE) {
		if (l->layer[part].decryption)
			decrypted = true;
		else if (!decrypted && !l->layer[part].signed_good)
			break;
		part = l->layer[part].payload;
	}
	if (part != 0 && !l->layer[part].shapeless && holds_all(l, part) &&
	    l->mail->table.part[part].protection != NULL)
		l->verdict->payload = part;
}

static int
open_mail(struct keyring *k, struct mail *mail, int64_t now, bool again,
    struct verdict *v, struct err *e)
{
	struct layers l = {.keyring = k,
	    .mail = mail,
	    .now = now,
	    .again = again,
	    .verdict = v};
	int rc = -1;

	memset(v, 0, sizeof(*v));
	v->payload = PART_NONE;
	if (layers_walk(&l, e) == 0) {
		find_shown(&l);
		judge_encryption(&l);
		judge_signatures(&l);
		if (v->parts > 0)
			find_payload(&l);
		rc = 0;
	}
	layers_free(&l);
	return rc;
}

int
pgp_open(struct keyring *k, struct mail *mail, int64_t now, struct verdict *v,
    struct err *e)
{
	return open_mail(k, mail, now, false, v, e);
}

int
pgp_open_again(struct keyring *k, struct mail *mail, int64_t now,
    struct verdict *v, struct err *e)
{
	return open_mail(k, mail, now, true, v, e);
}
