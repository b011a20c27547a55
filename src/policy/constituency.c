#include "policy/constituency.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/netblock.h"
#include "policy/needles.h"

struct constituency {
	const struct config *config;
	struct netblock *network;
	size_t networks;
	struct needles *products;
};

struct constituency *
constituency_create(const struct config *c)
{
	const struct strs *networks = &c->constituency_networks;
	struct constituency *out = xcalloc(1, sizeof(*out));

	out->config = c;
	out->network = xcalloc(networks->count + 1, sizeof(*out->network));
	for (size_t i = 0; i < networks->count; i++)
		if (netblock_parse(
			networks->item[i], &out->network[out->networks]))
			out->networks++;
	out->products = needles_create();
	for (size_t i = 0; i < c->constituency_products.count; i++)
		needles_add(out->products, c->constituency_products.item[i], i);
	return out;
}

void
constituency_free(struct constituency *c)
{
	if (c == NULL)
		return;
	needles_free(c->products);
	free(c->network);
	free(c);
}

/* True where name, of len bytes, is one of these or below one. */
static bool
is_below(const struct strs *domains, const char *name, size_t len)
{
	if (len > 0 && name[len - 1] == '.')
		len--;
	for (size_t i = 0; i < domains->count; i++) {
		const char *d = domains->item[i];
		size_t n = strlen(d);

		if (n == 0 || n > len || strncasecmp(name + len - n, d, n) != 0)
			continue;
		if (n == len || name[len - n - 1] == '.')
			return true;
	}
	return false;
}

bool
constituency_has(const struct strs *domains, const char *address)
{
	const char *at = address != NULL ? strrchr(address, '@') : NULL;

	return at != NULL && is_below(domains, at + 1, strlen(at + 1));
}

bool
constituency_sender(const struct config *c, const char *address)
{
	return address != NULL &&
	       (constituency_has(&c->constituency, address) ||
		   strs_has_case(&c->constituency_persons, address));
}

static bool
is_ours(const struct constituency *c, const char *address)
{
	struct netblock one;

	if (!netblock_parse(address, &one))
		return false;
	for (size_t i = 0; i < c->networks; i++)
		if (netblock_meets(&c->network[i], &one))
			return true;
	return false;
}

/* The host of a URL in its plain spelling, which is a name or an address. */
static bool
is_url_ours(const struct constituency *c, const char *url)
{
	const char *host = strstr(url, "://");
	size_t len;
	char *copy;
	bool is;

	if (host == NULL)
		return false;
	host += 3;
	len = strcspn(host, "/?#");
	for (const char *p = host; p < host + len; p++)
		if (*p == '@') {
			len -= (size_t)(p + 1 - host);
			host = p + 1;
		}
	if (*host == '[') {
		host++;
		len = strcspn(host, "]");
	} else {
		size_t port = strcspn(host, ":");

		len = port < len ? port : len;
	}
	copy = xstrndup(host, len);
	is = is_ours(c, copy) || is_below(&c->config->constituency, host, len);
	free(copy);
	return is;
}

static enum constituency_place
place_of(bool inside)
{
	return inside ? CONSTITUENCY_INSIDE : CONSTITUENCY_OUTSIDE;
}

enum constituency_place
constituency_place(
    const struct constituency *c, const char *type, const char *value)
{
	if (strcmp(type, "ipv4") == 0 || strcmp(type, "ipv6") == 0 ||
	    strcmp(type, "cidr") == 0)
		return place_of(is_ours(c, value));
	if (strcmp(type, "domain") == 0)
		return place_of(
		    is_below(&c->config->constituency, value, strlen(value)));
	if (strcmp(type, "url") == 0)
		return place_of(is_url_ours(c, value));
	if (strcmp(type, "email") == 0)
		return place_of(constituency_sender(c->config, value));
	if (strcmp(type, "asn") == 0)
		return place_of(
		    strs_has_case(&c->config->constituency_systems, value));
	return CONSTITUENCY_NOWHERE;
}

/* True where word stands in text, in ASCII between boundaries. */
static bool
has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	bool front = isalnum((unsigned char)word[0]) != 0;
	bool back = isalnum((unsigned char)word[len - 1]) != 0;

	for (const char *p = text; (p = strcasestr(p, word)) != NULL; p++) {
		if (front && p > text && isalnum((unsigned char)p[-1]))
			continue;
		if (!back || !isalnum((unsigned char)p[len]))
			return true;
	}
	return false;
}

void
constituency_products(const struct constituency *c, const char *text,
    size_t len, struct strs *out)
{
	const struct strs *products = &c->config->constituency_products;
	bool *found;
	char *copy;

	if (products->count == 0 || len == 0)
		return;
	found = xcalloc(products->count, sizeof(*found));
	needles_find(c->products, text, len, found);
	copy = xstrndup(text, len);
	for (size_t i = 0; i < products->count; i++)
		if (found[i] && has_word(copy, products->item[i]))
			strs_add_once(out, products->item[i]);
	explicit_bzero(copy, strlen(copy));
	free(copy);
	free(found);
}
