#include "config/config_check.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/alloc.h"
#include "base/business_time.h"
#include "base/hex.h"
#include "base/netblock.h"
#include "base/utf8.h"
#include "base/zone.h"

#define NAME_MAX_COMPARED 64 /* bytes of a name that are compared */
#define SHOWN_MAX 60 /* bytes of a wrong value in a message */
#define LOCAL_MAX 64 /* bytes, RFC 5321 section 4.5.3.1.1 */
#define ADDRESS_MAX 254 /* bytes, RFC 5321 section 4.5.3.1.3 */
#define DOMAIN_MAX 253 /* bytes, RFC 1035 section 2.3.4 */
#define LABEL_MAX 63 /* bytes, RFC 1035 section 2.3.4 */
#define PREFIX_MAX 16 /* bytes */
#define PRODUCT_MIN 3 /* bytes: policy/needles.h looks for no less */

/* The value in quotes, harmless and not too long. */
static char *
show(const char *value)
{
	struct buf b;
	size_t len = strlen(value);
	bool cut = len > SHOWN_MAX;

	if (cut) {
		len = SHOWN_MAX;
		while (len > 0 && ((unsigned char)value[len] & 0xc0) == 0x80)
			len--;
	}
	buf_init(&b, 4096);
	buf_putc(&b, '"');
	(void)utf8_put_line(&b, value, len);
	buf_puts(&b, cut ? "...\"" : "\"");
	return buf_take_str(&b);
}

static char *
wrong(const char *value, const char *expected)
{
	char *shown = show(value);
	char *text = xasprintf("%s is not %s", shown, expected);

	free(shown);
	return text;
}

static char *
check_word(const struct config_setting *s, const char *value)
{
	char *shown;
	struct buf b;

	for (size_t i = 0; s->words[i] != NULL; i++)
		if (strcmp(s->words[i], value) == 0)
			return NULL;
	shown = show(value);
	buf_init(&b, 4096);
	buf_putf(&b, "%s is not a %s (", shown,
	    strcmp(s->type, "label") == 0 ? "label" : "known word");
	free(shown);
	for (size_t i = 0; s->words[i] != NULL; i++)
		buf_putf(&b, "%s%s", i == 0 ? "" : ", ", s->words[i]);
	buf_putc(&b, ')');
	return buf_take_str(&b);
}

static bool
is_domain(const char *s)
{
	size_t label = 0;

	if (*s == '\0' || strlen(s) > DOMAIN_MAX)
		return false;
	for (const char *p = s; *p != '\0'; p++) {
		if (*p == '.') {
			if (label == 0 || p[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*p) && (*p != '-' || label == 0))
			return false;
		if (++label > LABEL_MAX)
			return false;
	}
	return label > 0 && s[strlen(s) - 1] != '-';
}

bool
config_is_address(const char *s)
{
	const char *at = strchr(s, '@');
	size_t local;

	if (at == NULL || strlen(s) > ADDRESS_MAX)
		return false;
	local = (size_t)(at - s);
	if (local == 0 || local > LOCAL_MAX || s[0] == '.' || at[-1] == '.')
		return false;
	for (size_t i = 0; i < local; i++) {
		if (!isalnum((unsigned char)s[i]) &&
		    strchr("!#$%&'*+-/=?^_`{|}~.", s[i]) == NULL)
			return false;
		if (s[i] == '.' && s[i + 1] == '.')
			return false;
	}
	return is_domain(at + 1);
}

static bool
is_fingerprint(const char *s)
{
	size_t len = strlen(s);

	return (len == 40 || len == 64) && hex_is(s, len);
}

static bool
is_prefix(const char *s)
{
	size_t len = strlen(s);

	return len >= 1 && len <= PREFIX_MAX && s[0] >= 'A' && s[0] <= 'Z' &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

/* RFC 5396 section 2: "AS64496", of 32 bits. */
static bool
is_system(const char *s)
{
	uint64_t number = 0;
	const char *p = s + 2;

	if (strncasecmp(s, "AS", 2) != 0 || *p < '1' || *p > '9' ||
	    strlen(p) > 10)
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		number = number * 10 + (uint64_t)(*p - '0');
	return *p == '\0' && number <= UINT32_MAX;
}

static char *
check_pattern(const char *value)
{
	int code;
	PCRE2_SIZE offset;
	PCRE2_UCHAR reason[128];
	pcre2_code *re = pcre2_compile((PCRE2_SPTR)value, PCRE2_ZERO_TERMINATED,
	    PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C,
	    &code, &offset, NULL);

	if (re != NULL) {
		pcre2_code_free(re);
		return NULL;
	}
	if (pcre2_get_error_message(code, reason, sizeof(reason)) < 0)
		reason[0] = '\0';
	return xasprintf("at offset %zu: %s, expected a PCRE2 pattern",
	    (size_t)offset, (const char *)reason);
}

/* What no string may be, whatever its kind. */
static char *
check_text(const struct config_setting *s, const char *value)
{
	if (*value == '\0')
		return xasprintf("is empty, expected %s",
		    s->words == NULL ? "a text" : "a word");
	if (strlen(value) > CONFIG_STRING_MAX)
		return xasprintf("is %zu bytes long, expected at most %d",
		    strlen(value), CONFIG_STRING_MAX);
	if (!utf8_is(value, strlen(value)))
		return xasprintf("is not UTF-8, expected UTF-8");
	for (const char *p = value; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return xasprintf("control character 0x%02x, expected "
					 "none (a backslash is written \\\\)",
			    (unsigned char)*p);
	return NULL;
}

char *
config_check(const struct config_setting *s, const char *value)
{
	char *text = check_text(s, value);

	if (text != NULL)
		return text;
	switch (s->kind) {
	case CONFIG_WORD:
	case CONFIG_WORDS:
		return check_word(s, value);
	case CONFIG_ADDRESS:
	case CONFIG_ADDRESSES:
		return config_is_address(value)
			   ? NULL
			   : wrong(value, "an address, expected local@domain");
	case CONFIG_DOMAINS:
		return is_domain(value)
			   ? NULL
			   : wrong(value,
				 "a domain, expected one like example.org");
	case CONFIG_NETWORKS:
		return netblock_parse(value, &(struct netblock){0})
			   ? NULL
			   : wrong(value, "a network, expected one like "
					  "192.0.2.0/24");
	case CONFIG_SYSTEMS:
		return is_system(value)
			   ? NULL
			   : wrong(value, "an autonomous system, expected one "
					  "like AS64496");
	case CONFIG_PRODUCTS:
		return strlen(value) >= PRODUCT_MIN
			   ? NULL
			   : wrong(value, "a product, expected a name of 3 "
					  "bytes or more");
	case CONFIG_HOST:
		return is_domain(value)
			   ? NULL
			   : wrong(value, "a host, expected one like "
					  "mail.example.org");
	case CONFIG_FINGERPRINT:
		return is_fingerprint(value)
			   ? NULL
			   : wrong(value, "a fingerprint, expected 40 or 64 "
					  "hexadecimal digits");
	case CONFIG_PREFIX:
		return is_prefix(value)
			   ? NULL
			   : wrong(value,
				 "a case prefix, expected up to 16 capital "
				 "letters and digits, a letter first");
	case CONFIG_PATTERN:
		return check_pattern(value);
	case CONFIG_ZONE:
		return zone_is(value)
			   ? NULL
			   : wrong(value, "a time zone, expected one like "
					  "Asia/Tokyo");
	case CONFIG_HOUR:
		return business_hour(value) != -1
			   ? NULL
			   : wrong(value, "an hour, expected one like 09:00");
	case CONFIG_DATES:
		return business_is_date(value)
			   ? NULL
			   : wrong(
				 value, "a date, expected one like 2026-11-23");
	default:
		return NULL;
	}
}

char *
config_check_integer(const struct config_setting *s, long long value)
{
	if (value >= s->min && value <= s->max)
		return NULL;
	if (s->max == INT64_MAX)
		return xasprintf("%lld is out of range, expected %lld or more",
		    value, (long long)s->min);
	return xasprintf("%lld is out of range, expected %lld to %lld", value,
	    (long long)s->min, (long long)s->max);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Three rows of the table: a swap of neighbours looks two rows back. */
size_t
config_distance(const char *a, const char *b, size_t limit)
{
	size_t row[3][NAME_MAX_COMPARED + 1];
	size_t alen = strnlen(a, NAME_MAX_COMPARED);
	size_t blen = strnlen(b, NAME_MAX_COMPARED);

	for (size_t j = 0; j <= blen; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t *now = row[i % 3];
		const size_t *one = row[(i + 2) % 3];
		const size_t *two = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t same = a[i - 1] == b[j - 1] ? 0 : 1;

			now[j] = least(
			    one[j - 1] + same, least(one[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], two[j - 2] + 1);
		}
	}
	return least(row[alen % 3][blen], limit);
}
