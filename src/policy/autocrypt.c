#include "policy/autocrypt.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "message/encoding.h"
#include "message/header.h"
#include "people/contact.h"

/* One field, taken apart; borrowed from its text. */
struct autocrypt {
	const char *address;
	size_t address_len;
	const char *keydata;
	size_t keydata_len;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
trim(const char **s, size_t *len)
{
	while (*len > 0 && is_blank(**s))
		(*s)++, (*len)--;
	while (*len > 0 && is_blank((*s)[*len - 1]))
		(*len)--;
}

static bool
name_is(const char *name, size_t len, const char *wanted)
{
	return len == strlen(wanted) && strncasecmp(name, wanted, len) == 0;
}

/* One attribute; false where it makes the field no valid one. */
static bool
attribute(struct autocrypt *a, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len);
	const char *name = s, *value;
	size_t name_len, value_len;

	if (equals == NULL)
		return false;
	name_len = (size_t)(equals - s);
	value = equals + 1;
	value_len = len - name_len - 1;
	trim(&name, &name_len);
	trim(&value, &value_len);
	if (a->keydata != NULL || name_len == 0)
		return false; /* keydata is last */
	if (name_is(name, name_len, "addr")) {
		if (a->address != NULL)
			return false;
		a->address = value;
		a->address_len = value_len;
	} else if (name_is(name, name_len, "keydata")) {
		a->keydata = value;
		a->keydata_len = value_len;
	} else if (!name_is(name, name_len, "prefer-encrypt") &&
		   name[0] != '_') {
		return false;
	}
	return true;
}

static bool
field_read(struct autocrypt *a, const char *s, size_t len)
{
	*a = (struct autocrypt){0};
	while (len > 0) {
		const char *end = memchr(s, ';', len);
		size_t n = end == NULL ? len : (size_t)(end - s);
		const char *one = s;
		size_t one_len = n;

		trim(&one, &one_len);
		if (one_len > 0 && !attribute(a, one, one_len))
			return false;
		s += end == NULL ? n : n + 1;
		len -= end == NULL ? n : n + 1;
	}
	return a->address != NULL && a->keydata != NULL && a->keydata_len > 0;
}

static bool
is_for(const struct autocrypt *a, const char *address)
{
	char *written = xstrndup(a->address, a->address_len);
	char *fold = contact_address_fold(written);
	bool is = fold != NULL && strcmp(fold, address) == 0;

	free(fold);
	free(written);
	return is;
}

bool
autocrypt_find(
    const void *block, size_t len, const char *address, struct buf *key)
{
	size_t skip = header_mailbox_line(block, len);
	struct autocrypt one, found = {0};
	struct header_walk w;
	struct header_field f;
	size_t valid = 0;

	header_walk_init(&w, (const char *)block + skip, len - skip);
	while (header_next(&w, &f))
		if (header_is(&f, "Autocrypt") && f.body_len <= AUTOCRYPT_MAX &&
		    field_read(&one, f.body, f.body_len) &&
		    is_for(&one, address) && ++valid == 1)
			found = one;
	return valid == 1 &&
	       !encoding_decode(
		   key, ENCODING_BASE64, found.keydata, found.keydata_len) &&
	       key->len > 0 && !key->over;
}
