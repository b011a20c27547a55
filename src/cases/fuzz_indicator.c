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
	    "email", "md5", "sha1", "sha256", "sha512", "cidr", "asn", "file",
	    "cve", "euvd", "ghsa", "jvn", "cert-vu", "ipa", "advisory", "cwe",
	    "capec", "attack"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* What makes it certain where it stands alone; %s is its value. */
static const struct {
	const char *type;
	const char *front;
	const char *back;
} certain[] = {
    {"domain", "http://", "/"}, /* alone it may be a file's name */
    {"ipv6", "http://[", "]/"}, /* "8::" */
    {"cidr", "", " "}, {"asn", "ASN", " "},
    {"file", "\"", "\""}, /* hiragana in a name */
};

/* What was found once is found again where it stands alone. */
static void
check_again(const struct indicator *i)
{
	const char *front = "", *back = "", *value = i->value;
	char *text;
	struct indicators l = {0};
	bool same = false;

	for (size_t k = 0; k < sizeof(certain) / sizeof(certain[0]); k++)
		if (strcmp(i->type, certain[k].type) == 0) {
			front = certain[k].front;
			back = certain[k].back;
		}
	if (strcmp(i->type, "asn") == 0)
		value += 2;
	text = xasprintf("%s%s%s", front, value, back);
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
		assert(strlen(value) <= plain_len + 8 || strlen(value) <= len);
		check_again(&l.item[i]);
	}
	indicators_free(&l);
	free(plain);
	free(text);
	return 0;
}
