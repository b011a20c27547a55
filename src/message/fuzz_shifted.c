#include "fuzz.h"
#include "message/shifted.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out;

	buf_init(&out, 2 * size + 16);
	shifted_hz(&out, data, size);
	assert(!out.over);
	buf_clear(&out);
	shifted_kr(&out, data, size);
	assert(!out.over);
	buf_free(&out);
	return 0;
}
