#include "fuzz.h"

static void
check_part(const struct scan *scan, size_t i, size_t size)
{
	const struct scan_part *p = &scan->part[i], *up;

	assert(p->start <= p->body && p->body <= p->end && p->end <= size);
	assert((i == 0) == (p->parent == PART_NONE));
	if (i == 0)
		return;
	assert(p->parent < i);
	up = &scan->part[p->parent];
	assert(up->kind != SCAN_LEAF && p->depth == up->depth + 1);
	assert(p->start >= up->body && p->end <= up->end);
}

static void
check(const uint8_t *data, size_t size, const struct scan_limits *limits)
{
	struct scan scan;
	struct err e = {0};

	if (scan_message(&scan, data, size, limits, &e) == -1) {
		assert(e.code == ERR_DATA && fuzz_is_line(e.text));
		return;
	}
	assert(scan.parts > 0 && scan.parts <= limits->parts);
	for (size_t i = 0; i < scan.parts; i++) {
		check_part(&scan, i, size);
		assert(scan.part[i].depth < limits->depth);
	}
	scan_free(&scan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_limits usual = fuzz_limits();
	struct scan_limits low = {.message = 4096,
	    .depth = 3,
	    .parts = 4,
	    .header = 512,
	    .field = 128,
	    .comments = 2,
	    .addresses = 3};

	check(data, size, &usual);
	check(data, size, &low);
	return 0;
}
