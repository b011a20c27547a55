#include <string.h>

#include "base/err.h"
#include "fuzz.h"
#include "message/tree.h"
#include "policy/autoreply.h"
#include "policy/kind.h"
#include "policy/returned.h"

/* A machine answers no machine, nobody forged, and nobody without a name. */
static void
check_autoreply(const struct part_table *t, enum kind structure)
{
	struct strs team = {0}, to = {0}, tags = {0};
	struct autoreply_question q = {.table = t,
	    .sender = "joe@example.com",
	    .from = "joe@example.com",
	    .written_to = &to,
	    .team = &team,
	    .kind = structure,
	    .structure = structure,
	    .tags = &tags};
	const char *why;

	strs_add(&team, "team@example.org");
	strs_add(&to, "team@example.org");
	why = autoreply_refused(&q);
	assert(why != NULL ||
	       (structure != KIND_BOUNCE && structure != KIND_AUTO_REPLY));
	q.sender = "";
	assert(autoreply_refused(&q) != NULL);
	q.sender = "other@example.com";
	assert(autoreply_refused(&q) != NULL);
	q.sender = q.from;
	q.alarm = true;
	assert(autoreply_refused(&q) != NULL);
	q.alarm = false;
	q.looped = true;
	assert(autoreply_refused(&q) != NULL);
	strs_free(&team);
	strs_free(&to);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_limits limits = fuzz_limits();
	struct part_table t;
	struct err e = {0};
	enum kind kind, again;

	if (tree_parse(&t, data, size, &limits, &e) == -1)
		return 0;
	(void)returned_header_in((const char *)data, size);
	(void)returned_by_exchange((const char *)data, size);
	for (int null_sender = 0; null_sender < 2; null_sender++) {
		const struct kind_question q = {.table = &t,
		    .null_sender = null_sender != 0,
		    .text = (const char *)data,
		    .text_len = size};

		kind = kind_by_structure(&q);
		assert(kind <= KIND_SPAM);
		assert(kind == KIND_UNKNOWN ||
		       (kind_parse(kind_name(kind), &again) && again == kind));
		check_autoreply(&t, kind);
	}
	part_table_free(&t);
	return 0;
}
