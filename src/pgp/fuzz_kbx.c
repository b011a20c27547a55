#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "fuzz.h"
#include "pgp/kbx.h"

static void
check_record(const unsigned char *record, size_t len)
{
	struct kbx_key *keys = NULL;
	struct err e = {0};
	struct buf out;
	size_t count = 0;

	if (kbx_keys(record, len, &keys, &count, &e) == 0)
		assert(count > 0 && count <= KBX_SUBKEYS_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(hex_is(keys[i].fingerprint, 40));
		assert(strlen(keys[i].fingerprint) == 40);
		assert(strcmp(keys[i].fingerprint + 24, keys[i].key_id) == 0);
	}
	free(keys);
	buf_init(&out, len);
	(void)kbx_material(record, len, &out, &e);
	assert(!out.over);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned char *record = NULL;
	struct err e = {0};
	struct buf file;
	size_t at = 0, before = 0, len = 0;

	buf_init(&file, size + 1024);
	buf_put(&file, data, size);
	while (kbx_next(&file, &at, &record, &len, &e) == 1) {
		assert(record >= file.data + before && at > before);
		assert(at <= size && record + len <= file.data + at);
		check_record(record, len);
		before = at;
	}
	check_record(data, size);
	buf_free(&file);
	return 0;
}
