#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/json.h"
#include "policy/marking.h"
#include "policy/xarf.h"

static void
check_policy(const struct leaves *l)
{
	struct marking m = {0};
	struct xarf x = {0};

	marking_of_json(l, &m);
	assert(!m.found || m.label <= NOROSHI_TLP_RED);
	for (int named = 0; named < 2; named++)
		if (xarf_read(l, named != 0, &x)) {
			for (size_t i = 0; i < x.sources.count; i++)
				assert(x.sources.item[i] != NULL);
			xarf_free(&x);
		}
}

static void
check_unpack(const void *data, size_t size)
{
	struct leaves l = {0};
	struct unpack u;
	struct buf out;

	unpack_init(&u, data, size);
	if (leaves_unpack(&l, &u) == -1) {
		assert(l.count == 0);
		return;
	}
	buf_init(&out, size);
	leaves_pack(&l, &out);
	assert(!out.over && out.len == size - u.left);
	assert(memcmp(out.data, data, out.len) == 0);
	buf_free(&out);
	leaves_free(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct leaves l = {0};
	struct buf packed;

	json_leaves(&l, data, size);
	for (size_t i = 0; i < l.count; i++) {
		assert(l.item[i].path != NULL && l.item[i].value != NULL);
		assert(leaves_at(&l, l.item[i].path) != NULL);
	}
	check_policy(&l);
	buf_init(&packed, 64U << 20);
	leaves_pack(&l, &packed);
	check_unpack(packed.data, packed.len);
	check_unpack(data, size);
	buf_free(&packed);
	leaves_free(&l);
	return 0;
}
