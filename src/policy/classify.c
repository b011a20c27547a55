#include "policy/classify.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "policy/constituency.h"
#include "policy/literals.h"
#include "policy/needles.h"
#include "policy/pattern.h"

/* The patterns of one rule; NULL where the rule does not ask. */
struct rule {
	const struct config_rule *says; /* borrowed from the configuration */
	struct pattern *subject;
	struct pattern *body;
	bool subject_has_words; /* without one it cannot match */
	bool body_has_words;
	struct pattern *from;
	struct pattern *to;
	struct pattern *header;
	struct pattern *attachment;
	struct pattern *attachment_type;
};

struct rules {
	const struct config *config; /* borrowed */
	struct rule *rule;
	size_t count;
	struct needles *subjects; /* what subjects have to hold, by rule */
	struct needles *bodies;
};

static int
compile_one(struct rule *r, const struct config *config, struct err *e)
{
	const struct config_rule *says = r->says;
	const struct {
		const char *name;
		const char *text;
		struct pattern **out;
	} patterns[] = {
	    {"subject", says->subject, &r->subject},
	    {"body", says->body, &r->body},
	    {"from", says->from, &r->from},
	    {"to", says->to, &r->to},
	    {"header", says->header, &r->header},
	    {"attachment", says->attachment, &r->attachment},
	    {"attachment_type", says->attachment_type, &r->attachment_type},
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		if (patterns[i].text == NULL)
			continue;
		if (pattern_compile(patterns[i].out, patterns[i].text,
			config->pattern_steps, e) == -1) {
			err_in(e, "rule %s: %s", says->name, patterns[i].name);
			return err_in(e, "%s:%d",
			    config->file != NULL ? config->file
						 : "configuration",
			    says->line);
		}
	}
	return 0;
}

/*
 * What a pattern cannot do without goes into one search for all rules, and most
 * patterns are never asked. Of 10 kB the 16 patterns of the default rules took
 * 1.2 ms; 0.1 where none of them is asked.
 */
static bool
note_words(struct needles *n, const char *pattern, size_t i)
{
	struct strs words = {0};
	bool has = pattern != NULL && literals_of(pattern, &words);

	for (size_t k = 0; k < words.count; k++)
		needles_add(n, words.item[k], i);
	strs_free(&words);
	return has;
}

int
rules_compile(struct rules **out, const struct config *config, struct err *e)
{
	struct rules *r = xcalloc(1, sizeof(*r));

	*out = NULL;
	r->config = config;
	r->rule = xcalloc(config->rules + 1, sizeof(*r->rule));
	r->subjects = needles_create();
	r->bodies = needles_create();
	for (size_t i = 0; i < config->rules; i++) {
		r->rule[i].says = &config->rule[i];
		r->count++;
		if (compile_one(&r->rule[i], config, e) == -1) {
			rules_free(r);
			return -1;
		}
		r->rule[i].subject_has_words =
		    note_words(r->subjects, config->rule[i].subject, i);
		r->rule[i].body_has_words =
		    note_words(r->bodies, config->rule[i].body, i);
	}
	*out = r;
	return 0;
}

void
rules_free(struct rules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++) {
		pattern_free(r->rule[i].subject);
		pattern_free(r->rule[i].body);
		pattern_free(r->rule[i].from);
		pattern_free(r->rule[i].to);
		pattern_free(r->rule[i].header);
		pattern_free(r->rule[i].attachment);
		pattern_free(r->rule[i].attachment_type);
	}
	free(r->rule);
	needles_free(r->subjects);
	needles_free(r->bodies);
	free(r);
}

/* One message as the patterns see it; each text is made ready once. */
struct view {
	const struct classify_question *q;
	const struct config *config;
	const struct rules *rules;
	bool *subject_words; /* for each rule: there is one of its words */
	bool *body_words;
	struct subject subject;
	struct subject text;
	struct subject from;
};

/* For each rule whether one of its words is in the text; the caller's. */
static bool *
find_words(
    const struct rules *r, const struct needles *n, const struct subject *s)
{
	bool *found = xcalloc(r->count + 1, sizeof(*found));

	needles_find(n, s->plain, s->plain_len, found);
	if (s->written != NULL)
		needles_find(n, s->written, s->written_len, found);
	return found;
}

static enum pattern_result
yes_or_no(bool yes)
{
	return yes ? PATTERN_YES : PATTERN_NO;
}

static enum pattern_result
match_string(const struct pattern *p, const char *text)
{
	struct subject s;
	enum pattern_result result;

	subject_init(&s, text, strlen(text));
	result = pattern_match(p, &s);
	subject_free(&s);
	return result;
}

/* Folds one answer of several into what they say together: any is enough. */
static bool
settle(enum pattern_result *all, enum pattern_result one)
{
	if (one != PATTERN_NO)
		*all = one;
	return one == PATTERN_YES;
}

static enum pattern_result
match_strs(const struct pattern *p, const struct strs *l)
{
	enum pattern_result all = PATTERN_NO;

	for (size_t i = 0; l != NULL && i < l->count; i++)
		if (settle(&all, match_string(p, l->item[i])))
			break;
	return all;
}

static enum pattern_result
match_mailboxes(const struct pattern *p, const struct mailboxes *l)
{
	enum pattern_result all = PATTERN_NO;

	for (size_t i = 0; l != NULL && i < l->count; i++)
		if (settle(&all, match_string(p, l->item[i].address)))
			break;
	return all;
}

/* The message's own header, and the protected one inside it (RFC 9788). */
static bool
is_own_field(const struct classify_question *q, const struct field *f)
{
	return f->part == 0 || f->part == q->protected;
}

static enum pattern_result
match_header(const struct rule *r, const struct classify_question *q)
{
	const struct part_table *t = q->table;
	enum pattern_result all = PATTERN_NO;

	for (size_t i = 0; t != NULL && i < t->fields; i++) {
		const struct field *f = &t->field[i];

		if (r->says->header_name == NULL || !is_own_field(q, f) ||
		    strcasecmp(f->name, r->says->header_name) != 0)
			continue;
		if (settle(&all, match_string(r->header, f->value)))
			break;
	}
	return all;
}

static bool
has_header(const struct rule *r, const struct classify_question *q)
{
	const struct part_table *t = q->table;

	for (size_t i = 0; t != NULL && i < t->fields; i++)
		if (is_own_field(q, &t->field[i]) &&
		    strcasecmp(t->field[i].name, r->says->header_name) == 0)
			return true;
	return false;
}

/* Each condition that a rule may set: is it set, and does it hold? */
static bool
ask_subject(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	if (r->subject == NULL)
		return false;
	*result =
	    v->q->subject == NULL || (r->subject_has_words &&
					 !v->subject_words[r - v->rules->rule])
		? PATTERN_NO
		: pattern_match(r->subject, &v->subject);
	return true;
}

static bool
ask_body(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	if (r->body == NULL)
		return false;
	*result = r->body_has_words && !v->body_words[r - v->rules->rule]
		      ? PATTERN_NO
		      : pattern_match(r->body, &v->text);
	return true;
}

static bool
ask_from(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	if (r->from == NULL)
		return false;
	*result =
	    v->q->from == NULL ? PATTERN_NO : pattern_match(r->from, &v->from);
	return true;
}

static bool
ask_to(const struct rule *r, const struct view *v, enum pattern_result *result)
{
	if (r->to == NULL)
		return false;
	*result = match_mailboxes(r->to, v->q->to);
	if (*result != PATTERN_YES)
		settle(result, match_mailboxes(r->to, v->q->cc));
	return true;
}

static bool
ask_header(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	if (r->header != NULL)
		*result = match_header(r, v->q);
	else if (r->says->header_name != NULL)
		*result = yes_or_no(has_header(r, v->q));
	else
		return false;
	return true;
}

static bool
ask_attachment(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	if (r->attachment == NULL)
		return false;
	*result = match_strs(r->attachment, v->q->attachment_names);
	return true;
}

static bool
ask_attachment_type(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	if (r->attachment_type == NULL)
		return false;
	*result = match_strs(r->attachment_type, v->q->attachment_types);
	return true;
}

static bool
ask_class(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	enum class class =
	    v->q->sender != NULL ? v->q->sender->class : CLASS_PUBLIC;

	if (r->says->sender_class.count == 0)
		return false;
	*result =
	    yes_or_no(strs_has(&r->says->sender_class, class_name(class)));
	return true;
}

static bool
ask_evidence(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	enum evidence e =
	    v->q->sender != NULL ? v->q->sender->evidence : EVIDENCE_NONE;

	if (r->says->evidence.count == 0)
		return false;
	*result = yes_or_no(strs_has(&r->says->evidence, evidence_name(e)));
	return true;
}

static bool
ask_label(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	enum noroshi_tlp least;

	if (r->says->label == NULL)
		return false;
	*result = yes_or_no(v->q->label != NULL &&
			    noroshi_tlp_parse(r->says->label, &least) &&
			    v->q->label->effective >= least);
	return true;
}

static bool
ask_constituency(
    const struct rule *r, const struct view *v, enum pattern_result *result)
{
	bool inside = constituency_sender(v->config, v->q->from);

	if (r->says->constituency == NULL)
		return false;
	*result =
	    yes_or_no(inside == (strcmp(r->says->constituency, "inside") == 0));
	return true;
}

/* Cheap questions first; the body's comes last. */
static const struct condition {
	const char *name;
	bool (*ask)(const struct rule *r, const struct view *v,
	    enum pattern_result *result);
} conditions[] = {
    {"sender_class", ask_class},
    {"evidence", ask_evidence},
    {"label", ask_label},
    {"constituency", ask_constituency},
    {"from", ask_from},
    {"to", ask_to},
    {"subject", ask_subject},
    {"header", ask_header},
    {"attachment", ask_attachment},
    {"attachment_type", ask_attachment_type},
    {"body", ask_body},
};

static void
explain_line(struct strs *explain, const char *rule, bool fired,
    const char *condition, const char *why)
{
	char *line;

	if (explain == NULL)
		return;
	line = xasprintf(
	    "%s: %s: %s%s", rule, fired ? "fired" : "not", condition, why);
	strs_add(explain, line);
	free(line);
}

/* True where all conditions of the rule hold; says which, or which did not. */
static bool
rule_fires(const struct rule *r, const struct view *v, struct strs *warnings,
    struct strs *explain)
{
	const char *name = r->says->name;
	struct strs held = {0};
	bool fires = true;
	char *all;

	for (size_t i = 0; i < sizeof(conditions) / sizeof(*conditions); i++) {
		enum pattern_result result = PATTERN_NO;

		if (!conditions[i].ask(r, v, &result))
			continue;
		if (result == PATTERN_YES) {
			strs_add(&held, conditions[i].name);
			continue;
		}
		fires = false;
		if (result == PATTERN_LIMIT)
			strs_add_once(warnings, "rule-limit");
		explain_line(explain, name, false, conditions[i].name,
		    result == PATTERN_LIMIT ? " took too many steps"
					    : " does not match");
		break;
	}
	all = strs_join(&held, ", ");
	if (fires && held.count > 0)
		explain_line(explain, name, true, all, " matched");
	else if (fires)
		explain_line(explain, name, true, "it asks for nothing", "");
	free(all);
	strs_free(&held);
	return fires;
}

static void
replace(char **what, const char *with)
{
	if (with == NULL)
		return;
	free(*what);
	*what = xstrdup(with);
}

static void
raise_floor(struct classification *c, enum noroshi_tlp floor)
{
	if (!c->has_floor || c->floor < floor)
		c->floor = floor;
	c->has_floor = true;
}

static void
apply(const struct config_rule *says, struct classification *c)
{
	enum noroshi_tlp floor;

	strs_add(&c->rules, says->name);
	if (says->kind != NULL)
		kind_parse(says->kind, &c->kind);
	replace(&c->category, says->category);
	replace(&c->priority, says->priority);
	replace(&c->owner, says->owner);
	for (size_t i = 0; i < says->tag.count; i++)
		strs_add_once(&c->tags, says->tag.item[i]);
	if (says->label_floor != NULL &&
	    noroshi_tlp_parse(says->label_floor, &floor))
		raise_floor(c, floor);
}

/* What no rule decided is explained as well. */
static void
explain_form(const struct classify_question *q, struct strs *explain)
{
	const char *category = q->told.category;
	char *line;

	if (explain == NULL)
		return;
	if (q->structure != KIND_UNKNOWN) {
		line =
		    xasprintf("(its form): kind %s", kind_name(q->structure));
		strs_add(explain, line);
		free(line);
	}
	if (q->told.rsit != NULL) {
		line = xasprintf("(its own report): category %s, %s",
		    category != NULL ? category : "none", q->told.rsit);
		strs_add(explain, line);
		free(line);
	}
}

void
classify(const struct rules *r, const struct classify_question *q,
    struct classification *out, struct strs *explain)
{
	struct view v = {.q = q, .config = r->config, .rules = r};
	enum noroshi_tlp floor;

	memset(out, 0, sizeof(*out));
	out->kind = KIND_REPORT;
	out->priority = xstrdup("normal");
	subject_init(&v.subject, q->subject,
	    q->subject != NULL ? strlen(q->subject) : 0);
	subject_init(&v.text, q->text, q->text != NULL ? q->text_len : 0);
	subject_init(&v.from, q->from, q->from != NULL ? strlen(q->from) : 0);
	v.subject_words = find_words(r, r->subjects, &v.subject);
	v.body_words = find_words(r, r->bodies, &v.text);
	for (size_t i = 0; i < r->count; i++) {
		const struct config_rule *says = r->rule[i].says;

		if (!rule_fires(&r->rule[i], &v, &out->warnings, explain))
			continue;
		apply(says, out);
		if (says->last)
			break;
	}
	explain_form(q, explain);
	if (q->structure != KIND_UNKNOWN)
		out->kind = q->structure;
	/* What a rule found stays restricted, whatever a machine calls it. */
	if (category_floor(out->category, &floor))
		raise_floor(out, floor);
	out->rsit = xstrdup_null(q->told.rsit);
	if (q->told.rsit != NULL) {
		free(out->category);
		out->category = xstrdup_null(q->told.category);
	} else {
		out->rsit = xstrdup_null(category_rsit(out->category));
	}
	free(v.subject_words);
	free(v.body_words);
	subject_free(&v.subject);
	subject_free(&v.text);
	subject_free(&v.from);
}

void
classification_free(struct classification *c)
{
	free(c->category);
	free(c->rsit);
	free(c->priority);
	free(c->owner);
	strs_free(&c->tags);
	strs_free(&c->rules);
	strs_free(&c->warnings);
	memset(c, 0, sizeof(*c));
}
