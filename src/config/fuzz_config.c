#include <string.h>

#include "config/config.h"
#include "fuzz.h"

/* What the supervisor sends to the roles: packed again, it is the same. */
static void
check(const void *data, size_t size)
{
	struct config *c = NULL;
	struct err e = {0};
	struct buf out;

	if (config_unpack(&c, data, size, &e) == -1) {
		assert(c == NULL && e.text[0] != '\0');
		return;
	}
	buf_init(&out, size);
	config_pack(c, &out);
	assert(!out.over && out.len == size);
	assert(memcmp(out.data, data, size) == 0);
	buf_free(&out);
	config_free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *defaults = config_create();
	struct fuzz f = {data, size};
	struct buf whole;

	buf_init(&whole, 1U << 20);
	config_pack(defaults, &whole);
	config_free(defaults);
	check(whole.data, whole.len);
	fuzz_edit(&whole, &f);
	check(whole.data, whole.len);
	check(data, size);
	buf_free(&whole);
	return 0;
}
