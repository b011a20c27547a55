#include "fuzz.h"
#include "message/mbox.h"

#define PIECES 2

struct seen {
	uint64_t size;
	uint64_t last; /* where the message before ended */
	uint64_t sum; /* of all spans */
	uint64_t count;
};

static int
each(void *ctx, const struct mbox_message *m, struct err *e)
{
	struct seen *s = ctx;

	(void)e;
	assert(m->start >= s->last && m->start < m->end && m->end <= s->size);
	assert(m->head->len <= MBOX_HEAD && m->head->len <= m->end - m->start);
	assert(mbox_date(m->head, INT64_C(1800000000)) >= 0);
	s->last = m->end;
	s->sum = s->sum * 31 + m->start * 7 + m->end;
	s->count++;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t piece[PIECES] = {1 << 16, 3};
	struct seen seen[PIECES];
	struct err e = {0};
	struct buf b;

	for (size_t i = 0; i < PIECES; i++) {
		struct mbox *m;

		seen[i] = (struct seen){.size = size};
		m = mbox_create(each, &seen[i]);
		for (size_t at = 0; at < size; at += piece[i]) {
			size_t n = size - at < piece[i] ? size - at : piece[i];

			assert(mbox_put(m, data + at, n, &e) == 0);
		}
		assert(mbox_end(m, &e) == 0);
		mbox_free(m);
	}
	assert(seen[0].sum == seen[1].sum && seen[0].count == seen[1].count);
	buf_init(&b, size + 1);
	buf_put(&b, data, size);
	mbox_unquote(&b, size % 2 == 0 ? MBOX_RD : MBOX_O);
	assert(b.len <= size);
	buf_free(&b);
	return 0;
}
