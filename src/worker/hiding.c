#include "worker/hiding.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "people/key.h"
#include "people/membership.h"

#define ADDRESS_MAX 320 /* bytes, RFC 5321 section 4.5.3.1 */
#define KEY_ID_DIGITS 16
#define FINGERPRINT_DIGITS 40
#define HIDING_TRIES 8 /* places in one word where an address may begin */

struct hiding {
	struct strs address; /* folded, sorted */
	struct strs key; /* 16-digit ids, upper case, sorted */
};

static int
hiding_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
hiding_has(const struct strs *l, const char *word)
{
	return l->count > 0 && bsearch(&word, l->item, l->count,
				   sizeof(*l->item), hiding_order) != NULL;
}

static void
hiding_sort(struct strs *l)
{
	if (l->count > 1)
		qsort(l->item, l->count, sizeof(*l->item), hiding_order);
}

void
hiding_free(struct hiding *h)
{
	if (h == NULL)
		return;
	strs_free(&h->address);
	strs_free(&h->key);
	free(h);
}

/* One contact's addresses, and the ids of its keys and their subkeys. */
static int
hiding_add(struct db *db, struct hiding *h, int64_t contact, struct err *e)
{
	struct contact c = {0};
	int rc = contact_get(db, contact, &c, e);

	for (size_t i = 0; i < c.addresses.count; i++) {
		char *folded = contact_address_fold(c.addresses.item[i]);

		if (folded != NULL)
			strs_add(&h->address, folded);
		free(folded);
	}
	for (size_t i = 0; i < c.keys && rc == 0; i++) {
		struct key k;

		rc = key_get(db, c.key[i].fingerprint, &k, e);
		if (rc == -1)
			break;
		strs_add(&h->key,
		    k.fingerprint + strlen(k.fingerprint) - KEY_ID_DIGITS);
		for (size_t n = 0; n < k.subkeys; n++)
			strs_add(&h->key, k.subkey[n].key_id);
		key_free(&k);
	}
	contact_free(&c);
	return rc;
}

int
hiding_make(
    struct db *db, int64_t community, struct hiding **out, struct err *e)
{
	struct hiding *h = xcalloc(1, sizeof(*h));
	struct membership *m = NULL;
	size_t count = 0;
	int rc = membership_list(db, community, true, &m, &count, e);

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = hiding_add(db, h, m[i].contact, e);
	membership_list_free(m, count);
	hiding_sort(&h->address);
	hiding_sort(&h->key);
	*out = rc == 0 ? h : NULL;
	if (rc == -1)
		hiding_free(h);
	return rc;
}

static bool
is_address_byte(char c)
{
	return (unsigned char)c >= 0x80 || isalnum((unsigned char)c) ||
	       (c != '\0' && strchr("!#$%&'*+-./=?^_`{|}~@", c) != NULL);
}

/* Bytes of the address that text begins with; 0: none of them. */
static size_t
hiding_address(const struct hiding *h, const char *text, size_t word)
{
	const char *at = memchr(text, '@', word);
	char one[ADDRESS_MAX + 1];
	size_t len = word;
	int tries = 0;

	/* "See x@y.example." ends with what may stand in a local part. */
	while (at != NULL && len > 0 && !isalnum((unsigned char)text[len - 1]))
		len--;
	if (at == NULL || len > ADDRESS_MAX)
		return 0;
	memcpy(one, text, len);
	one[len] = '\0';
	for (const char *from = one; *from != '\0' && *from != '@'; from++) {
		char *folded = NULL;
		bool found;

		/* "mailto=x@y", "'x@y'": marks before the local part */
		if (!isalnum((unsigned char)*from) ||
		    (from > one && isalnum((unsigned char)from[-1])))
			continue;
		if (++tries > HIDING_TRIES)
			break;
		folded = contact_address_fold(from);
		found = folded != NULL && hiding_has(&h->address, folded);
		free(folded);
		if (found)
			return len;
	}
	return 0;
}

/* A key id or fingerprint, with or without the spaces that gpg prints. */
static size_t
hiding_key(const struct hiding *h, const char *text, size_t len)
{
	char digits[FINGERPRINT_DIGITS + 1];
	size_t n = 0, i, end = 0;

	for (i = 0; i < len && n < FINGERPRINT_DIGITS; i++) {
		if (text[i] == ' ' && n > 0)
			continue;
		if (!isxdigit((unsigned char)text[i]))
			break;
		digits[n++] = (char)toupper((unsigned char)text[i]);
		digits[n] = '\0';
		if ((n == KEY_ID_DIGITS || n == FINGERPRINT_DIGITS) &&
		    hiding_has(&h->key, digits + n - KEY_ID_DIGITS))
			end = i + 1;
	}
	return end;
}

/* Bytes from text on that are to be hidden, and what stands for them. */
static size_t
hiding_at(const struct hiding *h, const char *text, size_t len, bool begins,
    size_t *skip, const char **instead)
{
	size_t word = 0, n;

	*skip = 1;
	if (isxdigit((unsigned char)text[0]) && begins) {
		size_t from = len > 2 && text[0] == '0' &&
				      (text[1] == 'x' || text[1] == 'X')
				  ? 2
				  : 0;

		n = hiding_key(h, text + from, len - from);
		*instead = "(key)";
		if (n > 0)
			return n + from;
	}
	if (!is_address_byte(text[0]) || !begins)
		return 0;
	while (word < len && is_address_byte(text[word]))
		word++;
	/* No address begins inside a word: it is passed over whole. */
	*instead = "(address)";
	n = hiding_address(h, text, word);
	if (n == 0 && memchr(text, '@', word) == NULL)
		return 0;
	*skip = n == 0 ? word : 1;
	return n;
}

/* Calls nothing: appends to out, or (NULL) says whether there is one. */
static bool
hiding_walk(
    const struct hiding *h, const char *text, size_t len, struct buf *out)
{
	bool begins = true, found = false;

	for (size_t i = 0; i < len;) {
		const char *instead = "";
		size_t skip = 1, n;

		n = hiding_at(h, text + i, len - i, begins, &skip, &instead);
		if (n > 0) {
			found = true;
			if (out == NULL)
				return true;
			buf_puts(out, instead);
			i += n;
			begins = true;
			continue;
		}
		if (out != NULL)
			buf_put(out, text + i, skip);
		i += skip;
		begins = !isalnum((unsigned char)text[i - 1]) &&
			 !is_address_byte(text[i - 1]);
	}
	return found;
}

void
hiding_put(
    const struct hiding *h, const char *text, size_t len, struct buf *out)
{
	if (h == NULL)
		buf_put(out, text, len);
	else
		(void)hiding_walk(h, text, len, out);
}

bool
hiding_finds(const struct hiding *h, const char *text, size_t len)
{
	return h != NULL && hiding_walk(h, text, len, NULL);
}
