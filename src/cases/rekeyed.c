#include "cases/rekeyed.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define REKEYED_TEXT 8192 /* bytes of a notice, at most */

static bool
rekeyed_has(const struct contact *c, const char *fingerprint)
{
	for (size_t i = 0; i < c->keys; i++)
		if (strcmp(c->key[i].fingerprint, fingerprint) == 0)
			return true;
	return false;
}

bool
rekeyed_is(const struct contact *before, const struct contact *now,
    const char **fingerprint)
{
	if (before->id == 0 || before->keys == 0)
		return false;
	for (size_t i = 0; i < now->keys; i++) {
		*fingerprint = now->key[i].fingerprint;
		if (!rekeyed_has(before, *fingerprint))
			return true;
	}
	return false;
}

bool
rekeyed_copy(const struct key *was, const struct key *now)
{
	for (size_t i = 0; i < now->subkeys; i++) {
		bool had = !now->subkey[i].can_encrypt;

		for (size_t k = 0; k < was->subkeys && !had; k++)
			had = strcmp(was->subkey[k].fingerprint,
				  now->subkey[i].fingerprint) == 0;
		if (!had)
			return true;
	}
	return false;
}

static void
rekeyed_text(const struct rekeyed *r, bool japanese, struct buf *out)
{
	buf_puts(out,
	    japanese
		? "貴方宛ての暗号化に使うOpenPGP鍵が当方で変わりました。\n\n"
		: "The OpenPGP key that we use for you has changed.\n\n");
	for (size_t i = 0; i < r->before->keys; i++)
		buf_putf(out, "%s %s\n", japanese ? "以前:" : "Before:",
		    r->before->key[i].fingerprint);
	buf_putf(
	    out, "%s %s\n\n", japanese ? "現在:" : "Now:   ", r->fingerprint);
	buf_puts(out,
	    japanese ? "心当たりがない場合は、すぐに電話など別の手段で"
		       "ご連絡ください。\n"
		     : "If you did not ask for that, tell us at once, by a way"
		       " other than mail.\n");
}

static int
rekeyed_one(struct db *db, struct vault *v, struct spool *s, int64_t now,
    const struct rekeyed *r, const char *address, struct err *e)
{
	const char *language =
	    r->before->language != NULL ? r->before->language : r->language;
	bool japanese = strcmp(language, "ja") == 0;
	struct outgoing o = {.kind = xstrdup("rekeyed"),
	    .author = r->author,
	    .identity = xstrdup(r->identity),
	    .language = xstrdup(language),
	    .label_asked = true,
	    .label = NOROSHI_TLP_CLEAR,
	    .subject = xstrdup(japanese ? "OpenPGP鍵の変更"
					: "Your OpenPGP key here has changed")};
	int rc;

	strs_add(&o.to, address);
	buf_init(&o.text, REKEYED_TEXT);
	rekeyed_text(r, japanese, &o.text);
	rc = o.text.over ? err_set(e, ERR_DATA, "a contact with too many keys")
			 : outgoing_create(db, v, s, now, &o, e);
	outgoing_free(&o);
	return rc;
}

int
rekeyed_tell(struct db *db, struct vault *v, struct spool *s, int64_t now,
    const struct rekeyed *r, struct err *e)
{
	const struct strs *to = &r->before->addresses;

	for (size_t i = 0; i < to->count; i++)
		if (rekeyed_one(db, v, s, now, r, to->item[i], e) == -1)
			return -1;
	return 0;
}
