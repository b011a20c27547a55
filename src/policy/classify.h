/*
 * classify.h - triage by named, ordered rules that explain themselves.
 */
#ifndef POLICY_CLASSIFY_H
#define POLICY_CLASSIFY_H

#include "config/category.h"
#include "config/config.h"
#include "policy/kind.h"
#include "policy/label.h"
#include "policy/machine_type.h"

struct rules; /* compiled patterns of the configuration's rules */

/* ERR_CONFIG names the rule and the pattern's mistake. config is borrowed. */
int rules_compile(
    struct rules **out, const struct config *config, struct err *e);
void rules_free(struct rules *r);

struct classify_question {
	const char *subject; /* or NULL; the protected one */
	const char *text;
	size_t text_len;
	const char *from; /* address, or NULL */
	const struct mailboxes *to;
	const struct mailboxes *cc;
	const struct part_table *table; /* for fields of the header */
	uint32_t protected; /* part whose header is the protected one; 0: none
			     */
	const struct strs *attachment_names;
	const struct strs *attachment_types;
	const struct sender *sender;
	const struct label *label;
	enum kind structure; /* what kind_by_structure said; wins over rules */
	struct machine_type told; /* by a report for machines; as structure */
};

struct classification {
	enum kind kind;
	char *category; /* "scan" ...; NULL: none */
	char *rsit; /* "fraud:phishing"; NULL: none */
	char *priority; /* "low", "normal", "high", "critical" */
	char *owner; /* as the rule names it, or NULL */
	struct strs tags;
	struct strs rules; /* names of the rules that fired, in order */
	bool has_floor;
	enum noroshi_tlp floor; /* label floor, category floors included */
	struct strs warnings; /* rule-limit: a pattern took too many steps */
};

/*
 * One line for each rule asked: why it fired, or which condition did not hold;
 * then one each for what the mail's form and its own report decided.
 */
void classify(const struct rules *r, const struct classify_question *q,
    struct classification *out, struct strs *explain);
void classification_free(struct classification *c);

#endif
