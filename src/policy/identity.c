#include "policy/identity.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "base/alloc.h"
#include "policy/domain.h"

#define NAME_MAX_BYTES 1000 /* of a display name that are looked at */

const char *
evidence_name(enum evidence e)
{
	switch (e) {
	case EVIDENCE_ADDRESS:
		return "address";
	case EVIDENCE_DKIM:
		return "dkim";
	case EVIDENCE_SIGNATURE:
		return "signature";
	case EVIDENCE_NONE:
		break;
	}
	return "none";
}

char *
identity_from(const struct head *h)
{
	if (h == NULL || h->from_fields > 1 || h->from.count != 1 ||
	    strs_has(&h->warnings, "from-ambiguous"))
		return NULL;
	return contact_address_fold(h->from.item[0].address);
}

/* Adds both spellings of an address's domain, where there are two. */
static void
add_spellings(struct strs *out, const char *local, size_t len, const char *at)
{
	char *written[] = {domain_ascii(at + 1), domain_unicode(at + 1)};

	for (size_t i = 0; i < 2; i++) {
		char *one = xasprintf("%.*s@%s", (int)len, local, written[i]);

		strs_add_once(out, one);
		free(one);
		free(written[i]);
	}
}

void
identity_spellings(const char *folded, struct strs *out)
{
	const char *at = strrchr(folded, '@');
	size_t base = strcspn(folded, "+");

	strs_add_once(out, folded);
	if (at == NULL)
		return;
	add_spellings(out, folded, (size_t)(at - folded), at);
	if (base > 0 && folded + base < at && folded[0] != '"')
		add_spellings(out, folded, base, at);
}

static bool
has_from(const struct head *h)
{
	return h != NULL && h->from.count > 0;
}

enum owner {
	OWNER_NOT,
	OWNER_BASE, /* of the address without what follows '+' in it */
	OWNER_SELF
};

/* The address without its "+detail" (RFC 5233); the caller's. */
static char *
without_detail(const char *key)
{
	const char *at = strrchr(key, '@');
	size_t base = strcspn(key, "+");

	if (at == NULL || base == 0 || key + base > at || key[0] == '"')
		return xstrdup(key);
	return xasprintf("%.*s%s", (int)base, key, at);
}

static enum owner
owner_of(const char *own, const char *key)
{
	char *a, *b;
	bool base;

	if (strcmp(own, key) == 0)
		return OWNER_SELF;
	a = without_detail(own);
	b = without_detail(key);
	base = strcmp(a, b) == 0;
	free(a);
	free(b);
	return base ? OWNER_BASE : OWNER_NOT;
}

/* What of the address is the contact's; both as mail servers see them. */
static enum owner
owns_address(const struct contact *c, const char *folded)
{
	enum owner most = OWNER_NOT;
	char *key;

	if (c == NULL || c->removed)
		return OWNER_NOT;
	key = domain_address_key(folded);
	for (size_t i = 0; i < c->addresses.count; i++) {
		char *own = contact_address_fold(c->addresses.item[i]);

		if (own != NULL) {
			char *own_key = domain_address_key(own);
			enum owner now = owner_of(own_key, key);

			if (now > most)
				most = now;
			free(own_key);
		}
		free(own);
	}
	free(key);
	return most;
}

static bool
same_address(const char *a, const char *b)
{
	char *x = domain_address_key(a), *y = domain_address_key(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

static bool
is_address_byte(char c)
{
	return (c & 0x80) != 0 || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(".-_+=%@", c) != NULL);
}

/* True where name shows an address, and it is not the one that wrote. */
static bool
shows_other_address(const char *name, const char *folded)
{
	size_t len = strnlen(name, NAME_MAX_BYTES);
	size_t n = 0;
	char *plain = (char *)u8_normalize(
	    UNINORM_NFKC, (const uint8_t *)name, len, NULL, &n);
	bool other = false;

	/* Where it cannot be read, whether it misleads cannot be told. */
	if (plain == NULL)
		return strchr(name, '@') != NULL;
	for (size_t i = 0; i < n && !other;) {
		size_t start = i;
		char *shown;

		while (i < n && is_address_byte(plain[i]))
			i++;
		if (i == start) {
			i++;
			continue;
		}
		while (i > start && strchr(".-", plain[i - 1]) != NULL &&
		       plain[i - 1] != '\0')
			i--;
		if (i == start) {
			i++;
			continue;
		}
		shown = xstrndup(plain + start, i - start);
		if (strchr(shown, '@') != NULL) {
			char *key = contact_address_fold(shown);

			other = key == NULL || !same_address(key, folded);
			free(key);
		}
		free(shown);
	}
	free(plain);
	return other;
}

static bool
is_good(const struct signature *s)
{
	return s->status == SIGNATURE_GOOD && s->whole &&
	       s->fingerprint[0] != '\0';
}

static const struct contact *
signer_of(const struct identity_question *q, size_t i)
{
	const struct contact *c = q->signer != NULL ? q->signer[i] : NULL;

	return c != NULL && !c->removed ? c : NULL;
}

/* What the signatures say of who wrote as a From address. */
enum signed_by {
	SIGNED_BY_NOBODY, /* no word on it */
	SIGNED_BY_SENDER,
	SIGNED_BY_UNKNOWN, /* a key that could not be looked at */
	SIGNED_BY_OTHER /* good, and not the sender's */
};

static enum signed_by
signatures_judge(const struct identity_question *q, const char *from,
    const struct contact **signer)
{
	const struct verdict *v = q->verdict;
	bool has_keys = q->from != NULL && q->from->keys > 0;
	enum signed_by by = SIGNED_BY_NOBODY;

	for (size_t i = 0; v != NULL && i < v->signatures; i++) {
		const struct signature *s = &v->signature[i];

		if (is_good(s)) {
			*signer = signer_of(q, i);
			if (owns_address(*signer, from) != OWNER_NOT)
				return SIGNED_BY_SENDER;
			if (*signer != NULL || has_keys)
				by = SIGNED_BY_OTHER;
		} else if (s->status == SIGNATURE_NO_KEY && s->whole &&
			   has_keys && by == SIGNED_BY_NOBODY) {
			by = SIGNED_BY_UNKNOWN;
		}
	}
	return by;
}

/* The class that this evidence may claim. */
static bool
class_is_proven(enum class class, enum evidence evidence)
{
	switch (class) {
	case CLASS_COORDINATOR:
	case CLASS_ISAC:
	case CLASS_FIRST:
	case CLASS_PARTNER:
		return evidence == EVIDENCE_SIGNATURE;
	case CLASS_STAFF:
	case CLASS_CONSTITUENT:
	case CLASS_VENDOR:
		return evidence >= EVIDENCE_DKIM;
	case CLASS_FINDER:
		return evidence >= EVIDENCE_ADDRESS;
	case CLASS_PUBLIC:
		break;
	}
	return true;
}

static void
accept(struct sender *out, const struct contact *c, enum evidence evidence)
{
	out->contact = c->id;
	out->organisation = xstrdup_null(c->organisation);
	out->evidence = evidence;
	out->class = c->class;
	if (class_is_proven(c->class, evidence))
		return;
	out->class = CLASS_PUBLIC;
	strs_add_once(&out->warnings, "class-not-proven");
}

/* A Sender (RFC 5322 section 3.6.2) that is somebody else, or several. */
static bool
sender_differs(const struct head *h, const char *from)
{
	char *sender;
	bool same;

	if (h->sender.count == 0)
		return false;
	sender = contact_address_fold(h->sender.item[0].address);
	same = h->sender.count == 1 && sender != NULL &&
	       same_address(sender, from);
	free(sender);
	return !same;
}

/* Notes what is odd about the header; true where the outer From agrees. */
static bool
compare_headers(
    const struct identity_question *q, const char *from, struct sender *out)
{
	const char *name = q->head->from.item[0].name;
	char *outer;
	bool same;

	if (name != NULL && shows_other_address(name, from))
		strs_add_once(&out->warnings, "name-looks-like-address");
	if (sender_differs(q->head, from) && !q->list)
		strs_add_once(&out->warnings, "sender-differs");
	if (!has_from(q->outer) || q->outer == q->head)
		return true;
	outer = identity_from(q->outer);
	same = outer != NULL && same_address(outer, from);
	free(outer);
	if (!same)
		strs_add_once(&out->warnings, "outer-from-differs");
	return same;
}

static void
judge_from(
    const struct identity_question *q, const char *from, struct sender *out)
{
	const struct contact *signer = NULL;
	bool same = compare_headers(q, from, out);
	enum owner owner;

	switch (signatures_judge(q, from, &signer)) {
	case SIGNED_BY_SENDER:
		accept(out, signer, EVIDENCE_SIGNATURE);
		return;
	case SIGNED_BY_OTHER:
		out->alarm = true;
		strs_add_once(&out->warnings, "signer-not-sender");
		return;
	case SIGNED_BY_UNKNOWN:
		strs_add_once(&out->warnings, "signer-not-sender");
		return;
	case SIGNED_BY_NOBODY:
		break;
	}
	owner = owns_address(q->from, from);
	if (owner == OWNER_NOT)
		return;
	/*
	 * The border spoke of the outer From, and of no other. What '+' means
	 * is the domain's to say.
	 */
	accept(out, q->from,
	    q->authenticated && same && owner == OWNER_SELF ? EVIDENCE_DKIM
							    : EVIDENCE_ADDRESS);
}

void
identity_judge(const struct identity_question *q, struct sender *out)
{
	char *from;

	memset(out, 0, sizeof(*out));
	out->class = CLASS_PUBLIC;
	if (!has_from(q->head)) {
		strs_add_once(&out->warnings, "no-from");
		return;
	}
	if (q->head->from_fields > 1 || q->head->from.count > 1) {
		strs_add_once(&out->warnings, "several-from");
		return;
	}
	from = identity_from(q->head);
	if (from == NULL) {
		/* What is ambiguous was said by who read it. */
		if (!strs_has(&q->head->warnings, "from-ambiguous"))
			strs_add_once(&out->warnings, "no-from");
		return;
	}
	judge_from(q, from, out);
	out->ascii = domain_address_key(from);
	if (strcmp(out->ascii, from) == 0) {
		free(out->ascii);
		out->ascii = NULL;
	}
	free(from);
}

void
sender_free(struct sender *s)
{
	free(s->organisation);
	free(s->ascii);
	strs_free(&s->warnings);
	memset(s, 0, sizeof(*s));
}
