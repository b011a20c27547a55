/* order_key.c - orders about keys and signatures; see order.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "people/key.h"
#include "pgp/armour.h"
#include "pgp/seal.h"
#include "worker/order.h"
#include "worker/replytext.h"

#define ORDER_KEYS 20 /* that one mail adds or asks for, ours */
#define ORDER_LIST_MAX (4U << 20) /* bytes of a list of keys */
#define ORDER_SIGN_MAX (16U << 20) /* bytes of a signed text */

static struct order_file *
order_file(struct order *o, const char *name, const char *type, size_t max)
{
	struct order_file *f;

	o->file = xgrow(o->file, o->files, sizeof(*o->file));
	f = &o->file[o->files++];
	*f = (struct order_file){.name = xstrdup(name), .type = type};
	buf_init(&f->data, max);
	return f;
}

/* --- x-list-keys ------------------------------------------------------------
 */

static bool
order_key_fits(const struct key *k, const char *words)
{
	if (words[0] == '\0' ||
	    replytext_has(k->fingerprint, strlen(k->fingerprint), words))
		return true;
	for (size_t i = 0; i < k->user_ids.count; i++)
		if (replytext_has(k->user_ids.item[i],
			strlen(k->user_ids.item[i]), words))
			return true;
	return false;
}

/* Fingerprint, whose it is and how that was verified, user ids. */
static int
order_put_key(
    struct worker *w, const struct key *k, struct buf *out, struct err *e)
{
	struct err why = {0};
	struct contact c;

	buf_putf(out, "%s\n", k->fingerprint);
	if (contact_by_key(w->db, k->fingerprint, &c, &why) == 0) {
		for (size_t i = 0; i < c.keys; i++)
			if (strcmp(c.key[i].fingerprint, k->fingerprint) == 0)
				buf_putf(out,
				    "    contact %lld, verified: %s\n",
				    (long long)c.id,
				    verified_name(c.key[i].verified));
		contact_free(&c);
	} else if (why.code == ERR_NOINPUT) {
		buf_puts(out, "    bound to nobody\n");
	} else {
		return err_set(e, why.code, "%s", why.text);
	}
	for (size_t i = 0; i < k->user_ids.count; i++)
		buf_putf(out, "    %s\n", k->user_ids.item[i]);
	return 0;
}

int
order_list_keys(
    struct worker *w, const char *words, struct order *o, struct err *e)
{
	struct order_file *f =
	    order_file(o, "keys.txt", "text/plain", ORDER_LIST_MAX);
	struct key *list;
	size_t count, shown = 0;
	char *line;
	int rc = 0;

	if (key_list(w->db, false, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (rc == 0 && order_key_fits(&list[i], words)) {
			rc = order_put_key(w, &list[i], &f->data, e);
			shown++;
		}
		key_free(&list[i]);
	}
	free(list);
	if (f->data.over)
		buf_clear(&f->data);
	line = xasprintf(
	    "x-list-keys: %zu of %zu keys, in keys.txt", shown, count);
	strs_add(&o->done, line);
	free(line);
	return rc;
}

/* --- x-get-key --------------------------------------------------------------
 */

static int
order_give_key(struct worker *w, const char *id, struct order *o, struct err *e)
{
	struct key k = {0};
	struct order_file *f;
	char *name, *line;

	if (key_get(w->db, id, &k, e) == -1)
		return -1;
	name = xasprintf("0x%s.asc", k.fingerprint);
	f = order_file(o, name, "application/pgp-keys", 2 * KEY_MATERIAL_MAX);
	key_armour(&k, &f->data);
	line = xasprintf("x-get-key: %s", k.fingerprint);
	strs_add(&o->done, line);
	free(line);
	free(name);
	key_free(&k);
	return 0;
}

/* All keys of the contact with that address. */
static int
order_give_address(
    struct worker *w, const char *address, struct order *o, struct err *e)
{
	struct contact c;
	int rc = 0;

	if (contact_by_address(w->db, address, &c, e) == -1)
		return -1;
	if (c.keys == 0)
		rc = err_set(e, ERR_NOINPUT, "%s has no key", address);
	for (size_t i = 0; i < c.keys && rc == 0; i++)
		rc = order_give_key(w, c.key[i].fingerprint, o, e);
	contact_free(&c);
	return rc;
}

static void
order_bare_id(char *id)
{
	if (id[0] == '0' && (id[1] == 'x' || id[1] == 'X'))
		memmove(id, id + 2, strlen(id + 2) + 1);
}

int
order_get_key(struct worker *w, const char *words, struct order *o,
    const char **why, struct strs *lines, struct err *e)
{
	struct strs id = {0};
	int rc = 0;

	strs_split(&id, words, ", \t\n");
	if (id.count == 0)
		strs_add(&id, w->config->team_key);
	if (id.count > ORDER_KEYS)
		*why = "it asks for too many keys";
	for (size_t i = 0; i < id.count && rc == 0 && *why == NULL; i++) {
		struct err no = {0};

		order_bare_id(id.item[i]);
		if (id.item[i][0] == '\0')
			continue;
		rc = strchr(id.item[i], '@') == NULL
			 ? order_give_key(w, id.item[i], o, &no)
			 : order_give_address(w, id.item[i], o, &no);
		if (rc == -1 &&
		    (no.code == ERR_NOINPUT || no.code == ERR_DATA)) {
			*why = "there is no such key, or more than one";
			strs_add(lines, id.item[i]);
			rc = 0;
		} else if (rc == -1) {
			err_set(e, no.code, "%s", no.text);
		}
	}
	strs_free(&id);
	return rc;
}

/* --- x-add-key --------------------------------------------------------------
 */

/* One block or file of keys; what is none adds nothing. */
static int
order_read_keys(struct worker *w, const void *data, size_t len, struct order *o,
    struct err *e)
{
	struct err no = {0};
	struct key *more;
	size_t count;

	if (keyring_import(w->keyring, data, len, false, &more, &count, &no) ==
	    -1)
		return no.code == ERR_DATA ? 0
					   : err_set(e, no.code, "%s", no.text);
	for (size_t i = 0; i < count; i++) {
		o->key = xgrow(o->key, o->keys, sizeof(*o->key));
		o->key[o->keys++] = more[i];
	}
	free(more);
	return 0;
}

static bool
order_is_key(const struct attachment *a)
{
	struct armour found;

	return strcmp(a->type, "application/pgp-keys") == 0 ||
	       (armour_find(a->data.data, a->data.len, 0, &found) &&
		   found.kind == ARMOUR_PUBLIC_KEY);
}

int
order_add_keys(struct worker *w, const struct order_question *q,
    struct order *o, const char **why, struct err *e)
{
	const struct reading *r = q->reading;
	struct armour found;
	size_t from = 0;
	int rc = 0;

	for (size_t i = 0;
	     i < r->attachments && rc == 0 && o->keys <= ORDER_KEYS; i++)
		if (!r->verdict.part[r->attachment[i].part].apart &&
		    order_is_key(&r->attachment[i]))
			rc = order_read_keys(w, r->attachment[i].data.data,
			    r->attachment[i].data.len, o, e);
	while (rc == 0 && o->keys <= ORDER_KEYS &&
	       armour_find(q->text, q->len, from, &found)) {
		if (found.kind == ARMOUR_PUBLIC_KEY)
			rc = order_read_keys(w, q->text + found.start,
			    found.end - found.start, o, e);
		from = found.end;
	}
	if (rc == 0 && o->keys == 0)
		*why = "no key that can be used is attached or stands in it";
	if (rc == 0 && o->keys > ORDER_KEYS)
		*why = "it adds too many keys at once";
	for (size_t i = 0; i < o->keys && rc == 0; i++) {
		char *line =
		    xasprintf("x-add-key: %s, unverified and bound to nobody"
			      " by this mail",
			o->key[i].fingerprint);

		strs_add(&o->done, line);
		free(line);
	}
	return rc;
}

/* --- x-sign-this ------------------------------------------------------------
 */

static bool
order_is_blank(const char *text, size_t len)
{
	while (len > 0 && memchr(" \t\r\n", *text, 4) != NULL)
		text++, len--;
	return len == 0;
}

int
order_sign(struct worker *w, const struct order_question *q, struct order *o,
    const char **why, struct err *e)
{
	const struct buf **ring;
	struct order_file *f;
	struct buf text;
	int rc;

	if (order_is_blank(q->text, q->len)) {
		*why = "there is no text to sign";
		return 0;
	}
	ring = xcalloc(w->teams + 1, sizeof(const struct buf *));
	for (size_t i = 0; i < w->teams; i++)
		ring[i] = &w->team[i].blob;
	buf_init_secret(&text, q->len + 1);
	buf_put(&text, q->text, q->len);
	f = order_file(o, "signed.txt", "text/plain", 3 * ORDER_SIGN_MAX);
	rc = keyring_load(w->keyring, ring, w->teams, e);
	if (rc == 0)
		rc = seal_clearsign(
		    w->keyring, w->config->team_key, &text, &f->data, e);
	buf_free(&text);
	free(ring);
	if (rc == 0)
		strs_add(&o->done, "x-sign-this: the text, clear-signed by the"
				   " team, in signed.txt");
	return rc;
}
