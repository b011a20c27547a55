#include "worker/freshness.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/sha256.h"
#include "people/community.h"
#include "people/contact.h"

/* The signed bytes by name. Line ends are left out: transport changes them. */
static void
content_sum(const struct mail *mail, uint32_t part, char out[SPOOL_SHA])
{
	size_t len;
	const unsigned char *p = mail_entity(mail, part, &len);
	unsigned char sum[SHA256_BYTES];
	struct sha256 hash;

	sha256_begin(&hash);
	while (len > 0) {
		const unsigned char *cr = memchr(p, '\r', len);
		size_t n = cr == NULL ? len : (size_t)(cr - p);

		sha256_add(&hash, p, n);
		if (cr != NULL)
			n++;
		p += n;
		len -= n;
	}
	sha256_end(&hash, sum);
	hex_encode(sum, SHA256_BYTES, out);
}

/* Who, when, over which bytes. */
static void
freshness_name(
    const struct signature *s, const char *content, char out[SPOOL_SHA])
{
	char *text = xasprintf(
	    "%s %lld %s", s->fingerprint, (long long)s->created, content);

	spool_sha(text, strlen(text), out);
	free(text);
}

void
freshness_read(const struct reading *r, struct freshness *out)
{
	const struct verdict *v = &r->verdict;
	char content[SPOOL_SHA], name[SPOOL_SHA];
	uint32_t part = PART_NONE;

	*out = (struct freshness){0};
	for (size_t i = 0; i < v->signatures; i++) {
		const struct signature *s = &v->signature[i];

		if (s->status != SIGNATURE_GOOD)
			continue;
		/* Many may have signed the same. */
		if (s->part != part)
			content_sum(r->mail, s->part, content);
		part = s->part;
		freshness_name(s, content, name);
		strs_add_once(s->whole ? &out->whole : &out->part, name);
	}
}

void
freshness_free(struct freshness *f)
{
	strs_free(&f->whole);
	strs_free(&f->part);
}

/* *of: the message that it was seen in first. */
static int
see(struct db *db, const char *digest, int64_t message, int64_t *of,
    struct err *e)
{
	if (db_run(db, e,
		"INSERT INTO signature_seen (digest, message)"
		" VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
		"si", digest, message) == -1)
		return -1;
	return db_get_int(db, of, message, e,
	    "SELECT message FROM signature_seen WHERE digest = ?", "s", digest);
}

int
freshness_seen(struct db *db, const struct freshness *f, int64_t message,
    int64_t *first, struct err *e)
{
	int64_t of;

	*first = 0;
	for (size_t i = 0; i < f->part.count; i++)
		if (see(db, f->part.item[i], message, &of, e) == -1)
			return -1;
	for (size_t i = 0; i < f->whole.count; i++) {
		if (see(db, f->whole.item[i], message, &of, e) == -1)
			return -1;
		if (of != message && (*first == 0 || of < *first))
			*first = of;
	}
	return 0;
}

static bool
is_stale(const struct worker *w, const struct verdict *v, int64_t received_at)
{
	bool stale = false;

	for (size_t i = 0; i < v->signatures; i++) {
		const struct signature *s = &v->signature[i];

		if (s->status != SIGNATURE_GOOD || !s->whole)
			continue;
		if (s->created >= received_at - w->config->stale_after)
			return false;
		stale = true;
	}
	return stale;
}

/* The address without what stands behind '+' in its local part, folded. */
static char *
without_detail(const char *address)
{
	char *fold = contact_address_fold(address);
	char *plus = fold == NULL ? NULL : strchr(fold, '+');
	char *at = fold == NULL ? NULL : strrchr(fold, '@');

	if (plus != NULL && at != NULL && plus < at && plus > fold)
		memmove(plus, at, strlen(at) + 1);
	return fold;
}

static bool
is_team(const struct worker *w, const char *address)
{
	char *plain = without_detail(address);
	bool is = false;

	for (size_t i = 0; plain != NULL && !is; i++) {
		const char *of = i == 0 ? w->config->team_address
				 : i > w->config->team_addresses.count
				     ? NULL
				     : w->config->team_addresses.item[i - 1];
		char *own = of == NULL ? NULL : contact_address_fold(of);

		if (of == NULL)
			break;
		is = own != NULL && strcmp(own, plain) == 0;
		free(own);
	}
	free(plain);
	return is;
}

/* 1: the team, a community or one of its staff; 0: not; -1: failed. */
static int
is_ours(struct worker *w, const char *address, struct err *e)
{
	struct community list = {0};
	struct contact c = {0};
	struct err why = {0};
	int is = is_team(w, address);

	if (is)
		return 1;
	if (community_find(w->db, address, &list, &why) == 0) {
		community_free(&list);
		return 1;
	}
	if (why.code != ERR_NOINPUT && why.code != ERR_DATA)
		return err_set(e, why.code, "%s", why.text);
	why = (struct err){0};
	if (contact_by_address(w->db, address, &c, &why) == 0) {
		is = c.class == CLASS_STAFF;
		contact_free(&c);
		return is;
	}
	if (why.code != ERR_NOINPUT && why.code != ERR_DATA)
		return err_set(e, why.code, "%s", why.text);
	return 0;
}

static bool
has_good_whole(const struct verdict *v)
{
	for (size_t i = 0; i < v->signatures; i++)
		if (v->signature[i].status == SIGNATURE_GOOD &&
		    v->signature[i].whole)
			return true;
	return false;
}

int
freshness_judge(struct worker *w, const struct reading *r, int64_t received_at,
    struct strs *warnings, struct err *e)
{
	const struct mailboxes *list[2];
	int ours = 0;

	if (w->config->stale_after > 0 && is_stale(w, &r->verdict, received_at))
		strs_add_once(warnings, "stale");
	if (r->inner == NULL || !has_good_whole(&r->verdict) ||
	    r->inner->to.count + r->inner->cc.count == 0)
		return 0;
	list[0] = &r->inner->to;
	list[1] = &r->inner->cc;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < list[k]->count && ours == 0; i++)
			ours = is_ours(w, list[k]->item[i].address, e);
	if (ours == 0)
		strs_add_once(warnings, "not-addressed-to-us");
	return ours == -1 ? -1 : 0;
}
