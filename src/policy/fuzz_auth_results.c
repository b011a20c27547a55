#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "fuzz.h"
#include "message/tree.h"
#include "policy/auth_results.h"

/* Puts our border's word on top of what a stranger wrote. */
static void
ask(const char *top, const uint8_t *data, size_t size, bool *pass, bool *fail)
{
	struct scan_limits limits = fuzz_limits();
	const char *const ours = "mx.example.org";
	struct strs ids = {0}, none = {0};
	const struct auth_border border = {.ids = &ids},
				 nobody = {.ids = &none};
	struct part_table t;
	struct buf mail;
	struct err e = {0};

	*pass = *fail = false;
	buf_init(&mail, size + 256);
	buf_puts(&mail, top);
	buf_put(&mail, data, size);
	strs_add(&ids, ours);
	if (tree_parse(&t, mail.data, mail.len, &limits, &e) == 0) {
		*pass = auth_results_pass(&t, &border, "joe@example.com");
		*fail = auth_results_fail(&t, &border);
		assert(!auth_results_pass(&t, &nobody, "joe@example.com"));
		assert(!auth_results_fail(&t, &nobody));
		part_table_free(&t);
	}
	strs_free(&ids);
	buf_free(&mail);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool pass, fail;

	ask("X: y\r\n", data, size, &pass, &fail);
	assert(!pass || !fail);
	assert((!pass && !fail) || memmem(data, size, "mx", 2) != NULL ||
	       memmem(data, size, "MX", 2) != NULL ||
	       memmem(data, size, "=?", 2) != NULL ||
	       memmem(data, size, "Mx", 2) != NULL ||
	       memmem(data, size, "mX", 2) != NULL);
	/* Whatever stands below, the topmost of ours decides. */
	ask("Authentication-Results: mx.example.org; dmarc=fail "
	    "header.from=example.com\r\n",
	    data, size, &pass, &fail);
	assert(!pass);
	ask("Authentication-Results: mx.example.org; none\r\n", data, size,
	    &pass, &fail);
	assert(!pass && !fail);
	return 0;
}
