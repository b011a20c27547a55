#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy/pattern.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define HEAP_MAX 16384 /* KiB that one match may take */
#define STEPS_PER_BYTE 8

struct pattern {
	pcre2_code *code;
	uint32_t steps;
};

/*
 * PCRE2 looks for the last letter that a pattern needs, in one case of it to
 * the end of the text, from each place where the pattern could start: that is
 * quadratic. It does not where another branch needs another letter; this one is
 * of a noncharacter, which no subject has. NULL where the pattern ends in a
 * comment or a quotation, and takes no branch behind it.
 */
static pcre2_code *
compile_branched(const char *text, uint32_t options)
{
	char *branched = xasprintf("(?:%s)|\\x{10ffff}", text);
	PCRE2_SIZE where = 0;
	int error = 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)branched,
	    PCRE2_ZERO_TERMINATED, options, &error, &where, NULL);

	free(branched);
	return code;
}

int
pattern_compile(
    struct pattern **out, const char *text, int64_t steps, struct err *e)
{
	/* Callouts between all items let one count run over all starts. */
	const uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS |
				 PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
	pcre2_code *code;
	PCRE2_SIZE where = 0;
	int error = 0;

	*out = NULL;
	code = compile_branched(text, options);
	if (code == NULL)
		code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
		    options, &error, &where, NULL);
	if (code == NULL) {
		PCRE2_UCHAR why[128] = "";

		pcre2_get_error_message(error, why, sizeof(why));
		return err_set(e, ERR_CONFIG, "\"%.80s\", byte %zu: %s", text,
		    (size_t)where, (const char *)why);
	}
	*out = xcalloc(1, sizeof(**out));
	(*out)->code = code;
	if (steps < 1)
		steps = 1;
	(*out)->steps = steps > UINT32_MAX ? UINT32_MAX : (uint32_t)steps;
	return 0;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_code_free(p->code);
	free(p);
}

void
subject_init(struct subject *s, const char *text, size_t len)
{
	struct buf safe;
	size_t n = 0;
	uint8_t *plain = NULL;

	memset(s, 0, sizeof(*s));
	/* Ill-formed bytes grow to the three bytes of U+FFFD. */
	buf_init(&safe, len > SIZE_MAX / 4 ? SIZE_MAX : len * 3 + 1);
	if (text != NULL)
		utf8_put_safe(&safe, text, len);
	s->written_len = safe.len;
	s->written = buf_take_str(&safe);
	if (!utf8_is_ascii(s->written, s->written_len))
		plain = u8_normalize(UNINORM_NFKC, (const uint8_t *)s->written,
		    s->written_len, NULL, &n);
	if (plain == NULL ||
	    (n == s->written_len && memcmp(plain, s->written, n) == 0)) {
		free(plain);
		s->plain = s->written;
		s->plain_len = s->written_len;
		s->written = NULL;
		s->written_len = 0;
		return;
	}
	s->plain = (char *)plain;
	s->plain_len = n;
}

void
subject_free(struct subject *s)
{
	free(s->plain);
	free(s->written);
	memset(s, 0, sizeof(*s));
}

static int
count_step(pcre2_callout_block *block, void *data)
{
	uint64_t *left = data;

	(void)block;
	if (*left == 0)
		return PCRE2_ERROR_MATCHLIMIT;
	(*left)--;
	return 0;
}

static enum pattern_result
match_text(const struct pattern *p, const char *text, size_t len)
{
	uint64_t left = (uint64_t)p->steps + (uint64_t)len * STEPS_PER_BYTE;
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	enum pattern_result result = PATTERN_LIMIT;
	int rc;

	if (context == NULL || data == NULL)
		goto out;
	pcre2_set_match_limit(context, p->steps);
	pcre2_set_depth_limit(context, p->steps);
	pcre2_set_heap_limit(context, HEAP_MAX);
	pcre2_set_callout(context, count_step, &left);
	rc = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, PCRE2_NO_UTF_CHECK,
	    data, context);
	if (rc >= 0)
		result = PATTERN_YES;
	else if (rc == PCRE2_ERROR_NOMATCH)
		result = PATTERN_NO;
out:
	pcre2_match_data_free(data);
	pcre2_match_context_free(context);
	return result;
}

enum pattern_result
pattern_match(const struct pattern *p, const struct subject *s)
{
	enum pattern_result plain = match_text(p, s->plain, s->plain_len);
	enum pattern_result written;

	if (plain == PATTERN_YES || s->written == NULL)
		return plain;
	written = match_text(p, s->written, s->written_len);
	return written == PATTERN_NO ? plain : written;
}
