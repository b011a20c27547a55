#include "policy/identity.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "base/alloc.h"

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

/* The one From address of a header, folded; NULL where it is not just one. */
static char *
single_from(const struct head *h)
{
	if (h == NULL || h->from_fields > 1 || h->from.count != 1)
		return NULL;
	return contact_address_fold(h->from.item[0].address);
}

static bool
has_from(const struct head *h)
{
	return h != NULL && h->from.count > 0;
}

static bool
owns_address(const struct contact *c, const char *folded)
{
	bool found = false;

	if (c == NULL || c->removed)
		return false;
	for (size_t i = 0; i < c->addresses.count && !found; i++) {
		char *own = contact_address_fold(c->addresses.item[i]);

		found = own != NULL && strcmp(own, folded) == 0;
		free(own);
	}
	return found;
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

			other = key == NULL || strcmp(key, folded) != 0;
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
			if (owns_address(*signer, from))
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
	if (!has_from(q->outer) || q->outer == q->head)
		return true;
	outer = single_from(q->outer);
	same = outer != NULL && strcmp(outer, from) == 0;
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
	if (!owns_address(q->from, from))
		return;
	/* The border spoke of the outer From, and of no other. */
	accept(out, q->from,
	    q->authenticated && same ? EVIDENCE_DKIM : EVIDENCE_ADDRESS);
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
	from = single_from(q->head);
	if (from == NULL) {
		strs_add_once(&out->warnings, "no-from");
		return;
	}
	judge_from(q, from, out);
	free(from);
}

void
sender_free(struct sender *s)
{
	free(s->organisation);
	strs_free(&s->warnings);
	memset(s, 0, sizeof(*s));
}
