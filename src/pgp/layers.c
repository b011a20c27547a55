#include "pgp/layers.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pgp/armour.h"
#include "pgp/blocks.h"
#include "pgp/entity.h"
#include "pgp/verify.h"
#include "pgp/wrapped.h"

#define OPERATIONS_MAX 64 /* runs of gpg for one message */
#define PLAIN_TIMES 4 /* all plaintext, in limit_decrypted */

/* Makes room for the parts that the table has by now. */
static void
grow(struct layers *l)
{
	size_t parts = l->mail->table.parts;

	if (parts <= l->count)
		return;
	l->layer = xreallocarray(l->layer, parts, sizeof(*l->layer));
	l->verdict->part =
	    xreallocarray(l->verdict->part, parts, sizeof(*l->verdict->part));
	for (size_t i = l->count; i < parts; i++) {
		memset(&l->verdict->part[i], 0, sizeof(*l->verdict->part));
		memset(&l->layer[i], 0, sizeof(*l->layer));
		l->layer[i].payload = PART_NONE;
	}
	l->count = parts;
	l->verdict->parts = parts;
}

uint32_t
layers_child(const struct layers *l, uint32_t part, size_t n)
{
	const struct part_table *t = &l->mail->table;

	/* What is in a part follows it, up to one that is as high. */
	for (uint32_t i = part + 1;
	     i < t->parts && t->part[i].buffer == t->part[part].buffer &&
	     t->part[i].depth > t->part[part].depth;
	     i++)
		if (t->part[i].parent == part && n-- == 0)
			return i;
	return PART_NONE;
}

/* In UTF-16, to name one, two blanks are a letter. */
static bool
is_ascii_superset(const char *charset)
{
	static const char *const prefix[] = {
	    "us-ascii", "utf-8", "iso-8859-", "iso-2022-jp", "windows-125"};

	if (charset == NULL)
		return true;
	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++)
		if (strncmp(charset, prefix[i], strlen(prefix[i])) == 0)
			return true;
	return false;
}

bool
layers_may_be_blank(const struct layers *l, uint32_t part)
{
	const struct part *p = &l->mail->table.part[part];

	return p->name == NULL && is_ascii_superset(p->charset);
}

size_t
layers_part_max(const struct layers *l)
{
	const struct config *c = l->mail->config;

	return (size_t)c->limit_message + (size_t)c->limit_decrypted;
}

bool
layers_may(struct layers *l, uint32_t part)
{
	if ((int64_t)l->layer[part].depth < l->mail->config->limit_layers &&
	    l->operations < OPERATIONS_MAX) {
		l->operations++;
		return true;
	}
	strs_add_once(&l->verdict->warnings, "too-many-layers");
	return false;
}

void
layers_fail(struct layers *l, const char *word, const char *why)
{
	strs_add_once(&l->verdict->failures, why);
	/* A bounce encloses what we sealed for somebody else: that fails, and
	 * nothing of the mail itself does. */
	if (l->layer[l->at].enclosed)
		return;
	strs_add_once(&l->verdict->warnings, word);
	l->failed = true;
}

void
layers_sign(
    struct layers *l, const struct signatures *signatures, uint32_t part)
{
	struct verdict *v = l->verdict;

	for (size_t i = 0; i < signatures->count; i++) {
		const struct judged_signature *s = &signatures->item[i];

		v->signature =
		    xgrow(v->signature, v->signatures, sizeof(*v->signature));
		v->signature[v->signatures] = s->facts;
		v->signature[v->signatures++].part = part;
		if (s->word != NULL)
			strs_add_once(&v->warnings, s->word);
		if (s->facts.status == SIGNATURE_NO_KEY)
			strs_add_once(&v->missing, s->issuer);
	}
}

void
layers_shape(struct layers *l, uint32_t content)
{
	const struct part *p = &l->mail->table.part[content];
	const struct buf *b = &l->mail->buffer[p->buffer];

	if (entity_header_ok(b->data + p->start, p->body - p->start))
		return;
	l->layer[content].shapeless = true;
	strs_add_once(&l->verdict->failures,
	    "what was signed does not begin as a part of a mail: its first "
	    "lines are hidden");
}

int
layers_decrypt(struct layers *l, const void *data, size_t len,
    struct decryption *d, struct err *e)
{
	size_t limit = (size_t)l->mail->config->limit_decrypted;

	if (limit > l->left)
		limit = l->left;
	if (decrypt(l->keyring, data, len, limit, l->now, d, e) == -1) {
		if (e != NULL && e->code == ERR_DATA)
			strs_add_once(&l->verdict->warnings, "bomb");
		return -1;
	}
	for (size_t i = 0; i < d->recipients.count; i++)
		if (l->verdict->recipients.count < PACKET_RECIPIENTS_MAX)
			strs_add(
			    &l->verdict->recipients, d->recipients.item[i]);
	if (!d->sound)
		layers_fail(l, d->word, d->why);
	else
		l->left -= d->plain.len;
	return 0;
}

/* In a second walk: the root that the first one hung here, with same bytes. */
static int
find_root(struct layers *l, uint32_t part, const struct buf *plain,
    uint32_t *root, struct err *e)
{
	const struct part_table *t = &l->mail->table;
	size_t n = l->layer[part].roots;

	for (uint32_t i = part + 1; i < t->parts; i++) {
		const struct buf *b = &l->mail->buffer[t->part[i].buffer];

		if (t->part[i].parent != part ||
		    t->part[i].buffer == t->part[part].buffer || n-- != 0)
			continue;
		if (b->len != plain->len ||
		    memcmp(b->data, plain->data, b->len) != 0)
			break;
		*root = i;
		return 0;
	}
	return err_set(e, ERR_TEMP, "a layer opened otherwise than before");
}

int
layers_take(struct layers *l, uint32_t part, struct buf *plain, bool encrypted,
    uint32_t *root, struct err *e)
{
	if (l->again) {
		if (find_root(l, part, plain, root, e) == -1)
			return -1;
	} else if (mail_add(l->mail, plain, part, root, e) == -1)
		return -1;
	grow(l);
	l->layer[part].roots++;
	l->layer[part].wrapper = true;
	l->layer[part].decryption = l->layer[part].decryption || encrypted;
	l->verdict->part[*root].encrypted = encrypted;
	l->layer[*root].unsealed = encrypted;
	return 0;
}

int
layers_binary(struct layers *l, uint32_t part, struct buf *out, struct err *e)
{
	const unsigned char *p;
	struct buf data;
	struct armour a;
	size_t len = 0;
	int rc = 0;

	buf_init(&data, layers_part_max(l));
	p = mail_body(l->mail, part, &len);
	if (!mail_is_plain(l->mail, part)) {
		rc = mail_data(l->mail, part, &data, e);
		p = data.data;
		len = data.len;
	}
	buf_expect(out, len);
	if (rc == 0 && len > 0 && (p[0] & 0x80) != 0)
		buf_put(out, p, len);
	else if (rc == 0 && armour_find(p, len, 0, &a) &&
		 (a.kind == ARMOUR_MESSAGE || a.kind == ARMOUR_SIGNATURE) &&
		 armour_decode(p + a.start, a.end - a.start, out, NULL) == -1)
		buf_clear(out);
	if (rc == 0 && out->over)
		rc = err_set(e, ERR_DATA, "a part of over %zu bytes", out->max);
	buf_free(&data);
	return rc;
}

/* What a part has from its parent. */
static void
inherit(struct layers *l, uint32_t part)
{
	uint32_t parent = l->mail->table.part[part].parent;
	struct layer *layer = &l->layer[part];

	if (parent == PART_NONE)
		return;
	layer->depth =
	    l->layer[parent].depth + (l->layer[parent].wrapper ? 1 : 0);
	layer->enclosed =
	    l->layer[parent].enclosed ||
	    strncmp(l->mail->table.part[parent].type, "message/", 8) == 0;
	if (l->verdict->part[parent].encrypted)
		l->verdict->part[part].encrypted = true;
}

static int
open_part(struct layers *l, uint32_t part, struct err *e)
{
	const struct part *p = &l->mail->table.part[part];

	if (l->verdict->part[part].container)
		return 0;
	if (strcmp(p->type, "multipart/encrypted") == 0)
		return wrapped_encrypted(l, part, e);
	if (strcmp(p->type, "multipart/mixed") == 0)
		return wrapped_repaired(l, part, e);
	if (strcmp(p->type, "multipart/signed") == 0)
		return wrapped_signed(l, part, e);
	if (layers_child(l, part, 0) != PART_NONE)
		return 0;
	if (blocks_attachment(p))
		return blocks_open_attachment(l, part, e);
	if (strcmp(p->type, "text/plain") == 0 ||
	    strcmp(p->type, "text/html") == 0)
		return blocks_open_text(l, part, e);
	return 0;
}

int
layers_walk(struct layers *l, struct err *e)
{
	size_t limit = (size_t)l->mail->config->limit_decrypted;

	l->left =
	    limit > SIZE_MAX / PLAIN_TIMES ? SIZE_MAX : limit * PLAIN_TIMES;
	keyring_allow(l->keyring);
	grow(l);
	for (uint32_t i = 0; i < l->mail->table.parts; i++) {
		inherit(l, i);
		l->at = i;
		if (open_part(l, i, e) == -1)
			return -1;
	}
	return 0;
}

void
layers_free(struct layers *l)
{
	free(l->layer);
	l->layer = NULL;
	l->count = 0;
}
