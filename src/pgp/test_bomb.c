#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "pgp/engine.h"
#include "pgp/test_people.h"
#include "pgp/verify.h"

#define CPU_MS 2000 /* what one bomb may cost, gpg and all */
#define MEMORY (128 << 20) /* bytes of address space that gpg has for it */
#define PLAIN_MAX (64U << 20) /* bytes of plaintext that are taken */
#define MATCH 258 /* bytes that deflate's longest match repeats */

/* Bytes too many to hold: head, then unit again and again, then tail. */
struct repeated {
	struct buf head;
	struct buf unit;
	uint64_t times;
	struct buf tail;
};

static void
repeated_init(struct repeated *r)
{
	buf_init(&r->head, PEOPLE_LIMIT);
	buf_init(&r->unit, PEOPLE_LIMIT);
	buf_init(&r->tail, PEOPLE_LIMIT);
	r->times = 0;
}

static void
repeated_free(struct repeated *r)
{
	buf_free(&r->head);
	buf_free(&r->unit);
	buf_free(&r->tail);
}

static void
repeated_write(const struct repeated *r, struct buf *out)
{
	buf_init(out, PEOPLE_LIMIT);
	buf_put(out, r->head.data, r->head.len);
	for (uint64_t i = 0; i < r->times; i++)
		buf_put(out, r->unit.data, r->unit.len);
	buf_put(out, r->tail.data, r->tail.len);
	assert_false(out->over);
}

/* RFC 1951 section 3.1.1: the first bit is a byte's lowest. */
struct bits {
	struct buf *out;
	unsigned value;
	unsigned count;
};

static void
put_bit(struct bits *b, unsigned bit)
{
	b->value |= bit << b->count;
	if (++b->count < 8)
		return;
	buf_putc(b->out, (int)b->value);
	b->value = 0;
	b->count = 0;
}

static void
put_code(struct bits *b, unsigned code, unsigned count)
{
	while (count-- > 0)
		put_bit(b, code >> count & 1);
}

/* The fixed codes of section 3.2.6. */
static void
put_literals(struct bits *b, const struct buf *from, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned c = from->data[(at + i) % from->len];

		if (c < 144)
			put_code(b, 0x30 + c, 8);
		else
			put_code(b, 0x190 + c - 144, 9);
	}
}

static void
put_match(struct bits *b, unsigned distance)
{
	unsigned d = distance - 1;
	unsigned extra = 0;

	while (d >> (extra + 2) != 0)
		extra++;
	put_code(b, 0xc5, 8);
	put_code(b, d < 4 ? d : 2 * (extra + 1) + (d >> extra & 1), 5);
	for (unsigned i = 0; i < extra; i++)
		put_bit(b, d >> i & 1);
}

/* in as a compressed packet (ZIP, of no stated length). */
static void
compress(const struct repeated *in, struct repeated *out)
{
	uint64_t left = in->unit.len * (in->times - 1);
	uint64_t groups = left / MATCH / 8;
	struct bits b = {.out = &out->head};

	repeated_init(out);
	buf_put(&out->head, "\xa3\x01", 2);
	put_bit(&b, 1);
	put_code(&b, 2, 2);
	put_literals(&b, &in->head, 0, in->head.len);
	put_literals(&b, &in->unit, 0, in->unit.len);
	for (int i = 0; i < 8; i++)
		put_match(&b, (unsigned)in->unit.len);
	b.out = &out->unit;
	for (int i = 0; i < 8; i++)
		put_match(&b, (unsigned)in->unit.len);
	out->times = groups - 1;
	b.out = &out->tail;
	put_literals(&b, &in->unit, groups * 8 * MATCH % in->unit.len,
	    left - groups * 8 * MATCH);
	if (in->tail.len > 0)
		put_literals(&b, &in->tail, 0, in->tail.len);
	put_code(&b, 0, 7);
	while (b.count != 0)
		put_bit(&b, 0);
}

/* As many times as it takes, until it fits into a mail. */
static void
build(const void *head, size_t head_len, const void *unit, size_t unit_len,
    uint64_t times, int layers, struct buf *out)
{
	struct repeated r[2];

	repeated_init(&r[0]);
	buf_put(&r[0].head, head, head_len);
	buf_put(&r[0].unit, unit, unit_len);
	r[0].times = times;
	for (int i = 0; i < layers; i++) {
		compress(&r[i & 1], &r[(i + 1) & 1]);
		repeated_free(&r[i & 1]);
	}
	repeated_write(&r[layers & 1], out);
	repeated_free(&r[layers & 1]);
}

/* Encrypts packets as they are, to the team. */
static void
encrypt_packets(struct people *p, const struct buf *packets, struct buf *out)
{
	buf_init(out, PEOPLE_LIMIT);
	people_run(p, packets, out, "--compress-algo", "none", "--no-literal",
	    "-r", p->team.fingerprint, "-e", NULL);
}

static int64_t
cpu_of(int who)
{
	struct rusage used;

	getrusage(who, &used);
	return (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
}

static int64_t
cpu_ms(void)
{
	return cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
}

struct meter {
	struct children there;
	int64_t cpu;
};

static void
meter_start(struct meter *m)
{
	children_note(&m->there);
	m->cpu = cpu_ms();
}

/* What it cost is told, and nothing of it may be left at work. */
static void
meter_stop(struct meter *m, const char *what, size_t len)
{
	int64_t cost = cpu_ms() - m->cpu;
	struct children left;

	print_message("%s: %zu bytes, %lld ms of processor time\n", what, len,
	    (long long)cost);
	assert_true(cost < CPU_MS);
	children_note(&left);
	assert_int_equal(left.count, m->there.count);
	children_end(&m->there, true, NULL);
	free(left.before);
}

static void
expect_bomb(struct people *p, const char *what, const struct buf *sealed)
{
	struct err e = {ERR_NONE, ""};
	struct decryption d;
	struct meter meter;

	meter_start(&meter);
	keyring_allow(p->ring);
	assert_int_equal(decrypt(p->ring, sealed->data, sealed->len, PLAIN_MAX,
			     clock_now(NULL), &d, &e),
	    -1);
	assert_int_equal(e.code, ERR_DATA);
	assert_non_null(strstr(e.text, "bomb"));
	assert_int_equal(d.plain.len, 0);
	decryption_free(&d);
	meter_stop(&meter, what, sealed->len);
}

static const unsigned char literal[] = {0xaf, 'b', 0, 0, 0, 0, 0};
static const unsigned char marker[] = {0xca, 3, 'P', 'G', 'P'};

static void
ten_gigabytes_end_at_the_limit(void **state)
{
	struct people *p = *state;
	struct buf packets;
	struct buf sealed;

	build(literal, sizeof(literal), "", 1, 10000000000, 3, &packets);
	assert_true(packets.len < 10000);
	encrypt_packets(p, &packets, &sealed);
	people_load(p, &p->team, NULL);
	expect_bomb(p, "10 GB in three layers", &sealed);
	buf_free(&packets);
	buf_free(&sealed);
}

static void
silence_ends_as_well(void **state)
{
	struct people *p = *state;
	struct buf packets;
	struct buf sealed;

	build("", 0, marker, sizeof(marker), 400000000, 3, &packets);
	encrypt_packets(p, &packets, &sealed);
	people_load(p, &p->team, NULL);
	expect_bomb(p, "2 GB of marker packets", &sealed);
	buf_free(&packets);
	buf_free(&sealed);
}

static void
what_is_only_signed_has_the_same_end(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct signatures found = {NULL, 0};
	struct buf packets;
	struct buf plain;
	struct meter meter;

	people_load(p, &p->team, NULL);
	build("", 0, marker, sizeof(marker), 400000000, 3, &packets);
	buf_init(&plain, PLAIN_MAX);
	meter_start(&meter);
	keyring_allow(p->ring);
	assert_int_equal(verify_inline(p->ring, packets.data, packets.len,
			     clock_now(NULL), &plain, &found, &e),
	    -1);
	assert_int_equal(e.code, ERR_DATA);
	meter_stop(&meter, "the same, not encrypted", packets.len);
	signatures_free(&found);
	buf_free(&packets);
	buf_free(&plain);
}

static void
every_algorithm_is_stopped(void **state)
{
	static const char *const name[] = {"zip", "zlib", "bzip2"};
	struct people *p = *state;
	struct buf zeros;

	buf_init(&zeros, 512U << 20);
	assert_non_null(buf_reserve(&zeros, 96U << 20));
	people_load(p, &p->team, NULL);
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		struct buf sealed;

		buf_init(&sealed, PEOPLE_LIMIT);
		people_run(p, &zeros, &sealed, "-z", "9", "--compress-algo",
		    name[i], "-r", p->team.fingerprint, "-e", NULL);
		expect_bomb(p, name[i], &sealed);
		buf_free(&sealed);
	}
	buf_free(&zeros);
}

/* As a quine would: at each depth there is one more. */
static void
compression_without_end_has_one(void **state)
{
	struct people *p = *state;
	struct buf packets;
	struct buf inner;
	struct buf sealed;
	struct meter meter;

	buf_init(&inner, 60000);
	buf_put(&inner,
	    "\xaf"
	    "b\0\0\0\0\0x",
	    8);
	for (int i = 0; i < 500; i++) {
		buf_init(&packets, 60000);
		buf_put(&packets, "\xa3\x01\x01", 3);
		buf_putc(&packets, (int)(inner.len & 0xff));
		buf_putc(&packets, (int)(inner.len >> 8));
		buf_putc(&packets, (int)(~inner.len & 0xff));
		buf_putc(&packets, (int)(~inner.len >> 8 & 0xff));
		buf_put(&packets, inner.data, inner.len);
		assert_false(packets.over);
		buf_free(&inner);
		inner = packets;
	}
	encrypt_packets(p, &inner, &sealed);
	people_load(p, &p->team, NULL);
	keyring_allow(p->ring);
	meter_start(&meter);
	people_refused(p, &sealed, "tampered");
	meter_stop(&meter, "500 layers", sealed.len);
	buf_free(&inner);
	buf_free(&sealed);
}

/* One mail may hold many: they share what one of them may cost. */
static void
many_bombs_cost_no_more_than_one(void **state)
{
	struct people *p = *state;
	struct err e = {ERR_NONE, ""};
	struct buf packets;
	struct buf sealed;
	struct decryption d;
	struct meter meter;

	build("", 0, marker, sizeof(marker), 400000000, 3, &packets);
	encrypt_packets(p, &packets, &sealed);
	people_load(p, &p->team, NULL);
	keyring_allow(p->ring);
	meter_start(&meter);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(decrypt(p->ring, sealed.data, sealed.len,
				     PLAIN_MAX, clock_now(NULL), &d, &e),
		    -1);
		assert_int_equal(e.code, ERR_DATA);
		decryption_free(&d);
	}
	meter_stop(&meter, "eight in one mail", sealed.len);
	buf_free(&packets);
	buf_free(&sealed);
}

/* gpg that wants more memory fails, and what it failed at is no bomb. */
static int
setup(void **state)
{
	struct people *p = NULL;

	people_setup(state);
	p = *state;
	p->ring->memory = MEMORY;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ten_gigabytes_end_at_the_limit),
	    cmocka_unit_test(silence_ends_as_well),
	    cmocka_unit_test(what_is_only_signed_has_the_same_end),
	    cmocka_unit_test(every_algorithm_is_stopped),
	    cmocka_unit_test(compression_without_end_has_one),
	    cmocka_unit_test(many_bombs_cost_no_more_than_one),
	};

	return cmocka_run_group_tests(tests, setup, people_teardown);
}
