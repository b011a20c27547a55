#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/dsn.h"

static void
check_recipient(const struct dsn_recipient *r)
{
	assert(fuzz_is_line(r->original) && fuzz_is_line(r->final) &&
	       fuzz_is_line(r->status) && fuzz_is_line(r->diagnostic));
	assert(r->action >= DSN_FINE && r->action <= DSN_DELAYED);
	/* Each byte that is no UTF-8 became three. */
	assert(r->diagnostic == NULL ||
	       strlen(r->diagnostic) <= 3 * DSN_DIAGNOSTIC_MAX);
	assert(r->original == NULL || strlen(r->original) <= 3 * DSN_VALUE_MAX);
	assert(r->final == NULL || strlen(r->final) <= 3 * DSN_VALUE_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dsn dsn = {0};
	char *id;

	dsn_read((const char *)data, size, &dsn);
	assert(dsn.recipients <= DSN_RECIPIENTS_MAX);
	for (size_t i = 0; i < dsn.recipients; i++)
		check_recipient(&dsn.recipient[i]);
	dsn_free(&dsn);
	id = dsn_message_id((const char *)data, size);
	assert(fuzz_is_line(id));
	assert(id == NULL || (id[0] == '<' && id[strlen(id) - 1] == '>'));
	free(id);
	return 0;
}
