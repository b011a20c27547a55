#include "policy/literals.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "policy/needles.h"

#define LITERALS_DEPTH 16 /* groups inside groups that are looked into */
#define LITERALS_WORD 256 /* bytes */
#define LITERALS_FORMS 16 /* that one stretch of a pattern may take */

struct reader {
	const char *p; /* what is left of the pattern */
	unsigned depth;
	bool odd; /* something that is not read here: nothing can be said */
};

/* One of the words has to be there; none: nothing is known. */
struct need {
	struct strs words;
	size_t shortest; /* bytes */
	bool whole; /* the words are all that is matched; may be short or "" */
};

/* What is read of one branch so far. */
struct branch {
	struct need best;
	struct strs run; /* forms of what was read last, without a gap */
	bool whole; /* and that is all there is of the branch */
};

static void
need_add(struct need *n, const char *word)
{
	size_t len = strlen(word);

	if (n->words.count == 0 || len < n->shortest)
		n->shortest = len;
	strs_add(&n->words, word);
}

static void
need_free(struct need *n)
{
	strs_free(&n->words);
	*n = (struct need){.shortest = 0};
}

/* from is empty afterwards. */
static void
need_take(struct need *to, struct need *from)
{
	if (from->shortest >= NEEDLE_MIN && from->shortest > to->shortest) {
		strs_free(&to->words);
		*to = *from;
		*from = (struct need){.shortest = 0};
	}
	need_free(from);
}

static void
run_begin(struct branch *b)
{
	strs_free(&b->run);
	strs_add(&b->run, "");
}

/* A gap: what comes next need not follow at once. */
static void
run_end(struct branch *b)
{
	struct need run = {.shortest = 0};

	for (size_t i = 0; i < b->run.count; i++)
		need_add(&run, b->run.item[i]);
	need_take(&b->best, &run);
	run_begin(b);
	b->whole = false;
}

static bool
run_takes(const struct branch *b, const struct strs *forms)
{
	if (forms->count > LITERALS_FORMS / b->run.count)
		return false;
	for (size_t i = 0; i < b->run.count; i++)
		for (size_t k = 0; k < forms->count; k++)
			if (strlen(b->run.item[i]) + strlen(forms->item[k]) >
			    LITERALS_WORD)
				return false;
	return true;
}

/* One of forms follows, of which there are LITERALS_FORMS at most. */
static void
run_put(struct branch *b, const struct strs *forms)
{
	struct strs longer = {0};

	if (!run_takes(b, forms))
		run_end(b);
	for (size_t i = 0; i < b->run.count; i++)
		for (size_t k = 0; k < forms->count; k++) {
			char *form =
			    xasprintf("%s%s", b->run.item[i], forms->item[k]);

			strs_add_once(&longer, form);
			free(form);
		}
	strs_free(&b->run);
	b->run = longer;
}

/* Moves past "{2}", "{2,}" or "{2,5}"; *optional where the least is 0. */
static bool
read_braces(struct reader *r, bool *optional)
{
	const char *p = r->p;
	size_t digits;

	if (*p++ != '{')
		return false;
	digits = strspn(p, "0123456789");
	if (digits == 0)
		return false;
	*optional = strspn(p, "0") == digits;
	p += digits;
	if (*p == ',')
		p += 1 + strspn(p + 1, "0123456789");
	if (*p != '}')
		return false;
	r->p = p + 1;
	return true;
}

/* Moves past a quantifier, where one stands here. */
static bool
read_quantifier(struct reader *r, bool *optional)
{
	*optional = *r->p == '?' || *r->p == '*';
	if (*r->p == '?' || *r->p == '*' || *r->p == '+')
		r->p++;
	else if (!read_braces(r, optional))
		return false;
	/* lazy, possessive */
	if (*r->p == '?' || *r->p == '+')
		r->p++;
	return true;
}

/* One of forms, as often as the quantifier behind it says. */
static void
read_forms(struct reader *r, struct branch *b, struct strs *forms)
{
	const char *quantifier = r->p;
	bool optional;

	if (!read_quantifier(r, &optional)) {
		run_put(b, forms);
	} else if (*quantifier == '?') {
		strs_add_once(forms, "");
		run_put(b, forms);
	} else {
		if (!optional)
			run_put(b, forms);
		run_end(b);
	}
}

static void
read_letter(struct reader *r, struct branch *b, size_t len)
{
	struct strs forms = {0};

	strs_add_len(&forms, r->p, len);
	r->p += len;
	read_forms(r, b, &forms);
	strs_free(&forms);
}

/* What is no letter of its own, of len bytes. */
static void
read_other(struct reader *r, struct branch *b, size_t len)
{
	bool optional;

	r->p += len;
	(void)read_quantifier(r, &optional);
	run_end(b);
}

/* "[...]" */
static size_t
class_len(const char *p)
{
	size_t n = 1;

	if (p[n] == '^')
		n++;
	if (p[n] == ']')
		n++;
	while (p[n] != '\0' && p[n] != ']') {
		if (p[n] == '\\' && p[n + 1] != '\0' && p[n + 1] != 'Q') {
			n += 2;
		} else if (p[n] == '\\') {
			return 0;
		} else if (p[n] == '[' && strchr(":.=", p[n + 1]) != NULL) {
			const char *end = strchr(p + n + 1, ']');

			if (end == NULL)
				return 0;
			n = (size_t)(end - p) + 1;
		} else {
			n++;
		}
	}
	return p[n] == ']' ? n + 1 : 0;
}

/* "[- ]": each letter of a class of len bytes that is a few of ASCII. */
static bool
class_forms(const char *p, size_t len, struct strs *forms)
{
	if (len < 3 || len - 2 > LITERALS_FORMS / 2 || p[1] == '^')
		return false;
	for (size_t i = 1; i + 1 < len; i++)
		if (p[i] < ' ' || p[i] > '~' || strchr("\\[]", p[i]) != NULL ||
		    (p[i] == '-' && i > 1 && i + 2 < len))
			return false;
	for (size_t i = 1; i + 1 < len; i++)
		strs_add_len(forms, p + i, 1);
	return true;
}

static void
read_class(struct reader *r, struct branch *b)
{
	size_t len = class_len(r->p);
	struct strs forms = {0};

	if (len == 0) {
		r->odd = true;
	} else if (class_forms(r->p, len, &forms)) {
		r->p += len;
		read_forms(r, b, &forms);
	} else {
		read_other(r, b, len);
	}
	strs_free(&forms);
}

/* "\s", "\b", "\p{L}", "\x{3000}"; 0: another one. */
static size_t
escape_len(const char *p)
{
	size_t n = 2;

	if (p[1] == '\0' || strchr("sSdDwWhHvVbBAzZGntrfeapPx", p[1]) == NULL)
		return 0;
	if (strchr("pPx", p[1]) == NULL)
		return n;
	if (p[2] == '{') {
		const char *end = strchr(p, '}');

		return end == NULL ? 0 : (size_t)(end - p) + 1;
	}
	if (p[1] == 'x')
		return n + strspn(p + 2, "0123456789abcdefABCDEF");
	return p[2] == '\0' ? 0 : n + 1;
}

static void
read_escape(struct reader *r, struct branch *b)
{
	unsigned char c = (unsigned char)r->p[1];
	size_t len = escape_len(r->p);

	if (len > 0) {
		read_other(r, b, len);
	} else if (c > ' ' && c < 0x7f && strchr("<>", c) == NULL &&
		   !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
		   !(c >= 'a' && c <= 'z')) {
		r->p++;
		read_letter(r, b, 1);
	} else {
		r->odd = true;
	}
}

static void read_branches(struct reader *r, struct need *out);

/* A group; what is only looked for behind or ahead of a place says nothing. */
static void
read_group(struct reader *r, struct branch *b)
{
	static const char *const looks[] = {"(?=", "(?!", "(?<=", "(?<!"};
	struct need need = {.shortest = 0};
	bool looking = false, optional = false;
	size_t len = 1;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (strncmp(r->p, looks[i], strlen(looks[i])) == 0) {
			looking = true;
			len = strlen(looks[i]);
		}
	if (!looking && strncmp(r->p, "(?:", 3) == 0)
		len = 3;
	else if (!looking && (r->p[1] == '?' || r->p[1] == '*'))
		r->odd = true;
	if (r->odd || ++r->depth > LITERALS_DEPTH) {
		r->odd = true;
		return;
	}
	r->p += len;
	read_branches(r, &need);
	r->depth--;
	if (*r->p != ')')
		r->odd = true;
	else
		r->p++;
	if (need.whole && !looking) {
		read_forms(r, b, &need.words);
	} else {
		(void)read_quantifier(r, &optional);
		run_end(b);
		if (!looking && !optional)
			need_take(&b->best, &need);
	}
	need_free(&need);
}

/* Kana and Han have no case, and are the same in NFKC. */
static bool
is_caseless(uint32_t cp)
{
	return (cp >= 0x3041 && cp <= 0x3096) ||
	       (cp >= 0x30a1 && cp <= 0x30fe) || (cp >= 0x3400 && cp <= 0x9fff);
}

static void
read_item(struct reader *r, struct branch *b)
{
	uint32_t cp = 0;
	size_t len =
	    utf8_next((const unsigned char *)r->p, strnlen(r->p, 4), &cp);

	if (cp == '(') {
		read_group(r, b);
	} else if (cp == '\\') {
		read_escape(r, b);
	} else if (cp == '[') {
		read_class(r, b);
	} else if (len == 0 || cp < ' ') {
		r->odd = true;
	} else if (strchr(".^${}*+?", (int)cp) != NULL && cp < 0x80) {
		read_other(r, b, 1);
	} else if (cp < 0x7f || is_caseless(cp)) {
		read_letter(r, b, len);
	} else {
		read_other(r, b, len);
	}
}

static void
read_branch(struct reader *r, struct need *out)
{
	struct branch b = {.whole = true};

	run_begin(&b);
	while (!r->odd && *r->p != '\0' && *r->p != '|' && *r->p != ')')
		read_item(r, &b);
	if (b.whole) {
		for (size_t i = 0; i < b.run.count; i++)
			need_add(&b.best, b.run.item[i]);
		b.best.whole = true;
	} else {
		run_end(&b);
	}
	strs_free(&b.run);
	*out = b.best;
}

/* Any of the branches may be the one, so that the words of all are needed. */
static void
read_branches(struct reader *r, struct need *out)
{
	bool known = true;
	bool more = true;

	*out = (struct need){.whole = true};
	while (more && !r->odd) {
		struct need one;

		read_branch(r, &one);
		known = known && one.shortest >= NEEDLE_MIN;
		out->whole = out->whole && one.whole;
		for (size_t i = 0; i < one.words.count; i++)
			need_add(out, one.words.item[i]);
		need_free(&one);
		more = *r->p == '|';
		if (more)
			r->p++;
	}
	/* with one more for "?" */
	if (out->words.count >= LITERALS_FORMS)
		out->whole = false;
	if (r->odd || (!known && !out->whole))
		need_free(out);
}

bool
literals_of(const char *pattern, struct strs *out)
{
	struct reader r = {.p = pattern};
	struct need need;

	read_branches(&r, &need);
	if (r.odd || *r.p != '\0' || need.shortest < NEEDLE_MIN)
		need_free(&need);
	*out = need.words;
	return out->count > 0;
}
