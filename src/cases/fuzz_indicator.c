#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/defang.h"
#include "cases/indicator.h"
#include "fuzz.h"

static bool
is_type(const char *type)
{
	static const char *const types[] = {"ipv4", "ipv6", "domain", "url",
	    "email", "md5", "sha1", "sha256", "cve", "jvn", "cert-vu", "ghsa"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/*
 * What was found once is found again where it stands alone; a domain, which
 * alone may be a file's name, and "8::" in a URL.
 */
static void
check_again(const struct indicator *i)
{
	bool domain = strcmp(i->type, "domain") == 0;
	bool ipv6 = strcmp(i->type, "ipv6") == 0;
	char *text = xasprintf("%s%s%s",
	    domain ? "http://"
	    : ipv6 ? "http://["
		   : "",
	    i->value,
	    domain ? "/"
	    : ipv6 ? "]/"
		   : "");
	struct indicators l = {0};
	bool same = false;

	indicators_find(&l, text, strlen(text));
	free(text);
	for (size_t k = 0; k < l.count; k++)
		same = same || (strcmp(l.item[k].type, i->type) == 0 &&
				   strcmp(l.item[k].value, i->value) == 0);
	assert(same);
	indicators_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	struct indicators l = {0};
	size_t len, plain_len;
	char *text = fuzz_safe_text(&f, &len), *plain;

	plain = defang(text, len, &plain_len);
	assert(plain[plain_len] == '\0' && strlen(plain) == plain_len);
	indicators_find(&l, text, len);
	assert(l.count <= INDICATOR_MAX && (!l.over || l.count > 0));
	for (size_t i = 0; i < l.count; i++) {
		const char *value = l.item[i].value;

		assert(is_type(l.item[i].type) && value[0] != '\0');
		assert(fuzz_is_line(value) && strchr(value, ' ') == NULL);
		assert(strlen(value) <= plain_len + 8);
		check_again(&l.item[i]);
	}
	indicators_free(&l);
	free(plain);
	free(text);
	return 0;
}
