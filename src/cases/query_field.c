#include "cases/query_field.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "cases/defang.h"
#include "cases/indicator.h"
#include "cases/query_date.h"
#include "cases/terms.h"
#include "config/category.h"
#include "noroshi.h"
#include "people/class.h"
#include "policy/kind.h"

#define FIELD_ROW 256 /* terms in one phrase */

static bool
field_count(void *context, const char *term, size_t len, bool same)
{
	size_t *count = context;

	(void)term;
	(void)len;
	(void)same;
	return ++*count <= FIELD_ROW;
}

static const char *
field_words(struct query_term *t, int64_t now)
{
	size_t count = 0;

	(void)now;
	terms_walk(t->text, strlen(t->text), TERMS_ASK, field_count, &count);
	if (count == 0)
		return "no word to look for";
	if (count > FIELD_ROW)
		return "too long a phrase";
	return NULL;
}

static void
field_set(struct query_term *t, const char *value)
{
	char *text = xstrdup(value);

	free(t->text);
	t->text = text;
}

static const char *
field_label(struct query_term *t, int64_t now)
{
	enum noroshi_tlp label;

	(void)now;
	if (!noroshi_tlp_parse(t->text, &label))
		return "RED, AMBER+STRICT, AMBER, GREEN or CLEAR, not";
	field_set(t, noroshi_tlp_name(label));
	return NULL;
}

static const char *
field_class(struct query_term *t, int64_t now)
{
	enum class class;

	(void)now;
	if (!class_parse(t->text, &class))
		return "no class of senders:";
	field_set(t, class_name(class));
	return NULL;
}

static const char *
field_kind(struct query_term *t, int64_t now)
{
	enum kind kind;

	(void)now;
	if (!kind_parse(t->text, &kind))
		return "no kind of message:";
	field_set(t, kind_name(kind));
	return NULL;
}

static const char *
field_category(struct query_term *t, int64_t now)
{
	(void)now;
	return category_is_known(t->text) ? NULL : "no category:";
}

static const char *
field_one_of(
    const struct query_term *t, const char *const *words, const char *what)
{
	for (; *words != NULL; words++)
		if (strcasecmp(t->text, *words) == 0)
			return NULL;
	return what;
}

static const char *
field_priority(struct query_term *t, int64_t now)
{
	static const char *const words[] = {
	    "low", "normal", "high", "critical", NULL};

	(void)now;
	return field_one_of(t, words, "low, normal, high or critical, not");
}

static const char *
field_evidence(struct query_term *t, int64_t now)
{
	static const char *const words[] = {
	    "signature", "dkim", "address", "none", NULL};

	(void)now;
	return field_one_of(t, words, "signature, dkim, address or none, not");
}

/* A fingerprint, or the key id that is its end. */
static const char *
field_key(struct query_term *t, int64_t now)
{
	size_t n = 0;

	(void)now;
	for (const char *p = t->text; *p != '\0'; p++)
		if (*p != ' ')
			t->text[n++] = *p;
	t->text[n] = '\0';
	if (strspn(t->text, "0123456789abcdefABCDEF") != n ||
	    (n != 16 && n != 40 && n != 64))
		return "a key is asked for by its fingerprint or its last 16"
		       " digits, not by";
	return NULL;
}

/* In its plain spelling, however it was defanged. */
static const char *
field_indicator(struct query_term *t, int64_t now)
{
	struct indicators l = {0};
	char *plain;
	size_t len, whole = 0;

	(void)now;
	indicators_find(&l, t->text, strlen(t->text));
	/* of a URL that is asked for, its host stands before it */
	for (size_t i = 0; i < l.count; i++)
		if (strcmp(l.item[i].type, "url") == 0)
			whole = i;
	/* what is no indicator by itself may be a part of one */
	plain = l.count > 0 ? xstrdup(l.item[whole].value)
			    : defang(t->text, strlen(t->text), &len);
	for (char *p = plain; *p != '\0'; p++)
		*p = *p == DEFANG_DOT ? '.' : *p;
	field_set(t, plain);
	free(plain);
	indicators_free(&l);
	return NULL;
}

static const char *
field_number(struct query_term *t, int64_t now)
{
	char *end;

	(void)now;
	t->from = strtoll(t->text, &end, 10);
	if (*end != '\0' || t->from <= 0)
		return "the number of a message, not";
	return NULL;
}

static const char *
field_date(struct query_term *t, int64_t now)
{
	if (!query_date_parse(t->text, now, &t->from, &t->until))
		return "a day (2026-10-05), a month, a year, 7d, today, or two "
		       "of"
		       " them with .. between, not";
	return NULL;
}

struct field_word {
	const char *word;
	enum query_field field;
	const char *name;
};

static const char *
field_is(struct query_term *t, int64_t now)
{
	static const struct field_word word[] = {{"open", QUERY_STATE, NULL},
	    {"closed", QUERY_STATE, NULL}, {"new", QUERY_STATE, NULL},
	    {"waiting", QUERY_STATE, NULL}, {"owed", QUERY_STATE, NULL},
	    {"held", QUERY_DELIVERY, NULL}, {"queued", QUERY_DELIVERY, NULL},
	    {"sent", QUERY_DELIVERY, NULL}, {"failed", QUERY_DELIVERY, NULL},
	    {"cancelled", QUERY_DELIVERY, NULL},
	    {"encrypted", QUERY_EXACT, "is"}, {"signed", QUERY_EXACT, "is"},
	    {"untrusted", QUERY_EXACT, "is"}, {"in", QUERY_EXACT, "is"},
	    {"out", QUERY_EXACT, "is"}, {"processed", QUERY_EXACT, "is"},
	    {"quarantined", QUERY_EXACT, "is"}};

	(void)now;
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcasecmp(t->text, word[i].word) == 0) {
			t->field = word[i].field;
			t->name = word[i].name;
			field_set(t, word[i].word);
			return NULL;
		}
	return "nothing that a message is:";
}

static const struct query_name field_names[] = {
    {"from", QUERY_FROM, NULL, field_words},
    {"to", QUERY_TO, NULL, field_words},
    {"subject", QUERY_SUBJECT, NULL, field_words},
    {"body", QUERY_BODY, NULL, field_words},
    {"attachment", QUERY_ATTACHMENT, NULL, field_words},
    {"tlp", QUERY_EXACT, "tlp", field_label},
    {"class", QUERY_EXACT, "class", field_class},
    {"kind", QUERY_EXACT, "kind", field_kind},
    {"category", QUERY_EXACT, "category", field_category},
    {"priority", QUERY_EXACT, "priority", field_priority},
    {"evidence", QUERY_EXACT, "evidence", field_evidence},
    {"key", QUERY_EXACT, "key", field_key},
    {"indicator", QUERY_EXACT, "indicator", field_indicator},
    {"has", QUERY_EXACT, "has", NULL}, {"is", QUERY_EXACT, "is", field_is},
    {"case", QUERY_CASE, NULL, NULL}, {"tag", QUERY_TAG, NULL, NULL},
    {"id", QUERY_ID, NULL, field_number},
    {"date", QUERY_DATE, NULL, field_date}};

const struct query_name *
query_field_at(const char *p, size_t *len)
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
			     "XYZ");

	*len = p[n] == ':' ? n + 1 : 0;
	for (size_t i = 0; i < sizeof(field_names) / sizeof(field_names[0]);
	     i++)
		if (*len > 0 && strlen(field_names[i].name) == n &&
		    strncasecmp(field_names[i].name, p, n) == 0)
			return &field_names[i];
	return NULL;
}

const char *
query_field_check(
    const struct query_name *name, struct query_term *t, int64_t now)
{
	if (name == NULL)
		return field_words(t, now);
	for (char *p = t->text; name->exact != NULL && *p != '\0'; p++)
		*p = *p >= 'A' && *p <= 'Z' ? *p + ('a' - 'A') : *p;
	return name->check == NULL ? NULL : name->check(t, now);
}
