#include "store/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/test_bytes.h"
#include "store/archive.h"

#define WHOLE (8 * 1024) /* bytes, at most */

static const char signature[] = "-----BEGIN PGP SIGNATURE-----\nnone\n";

/* What the file holds that fd is of. */
static size_t
slurp(int fd, unsigned char all[WHOLE])
{
	ssize_t n = pread(fd, all, WHOLE, 0);

	assert_true(n > 0 && n < WHOLE);
	return (size_t)n;
}

static int
put(struct bundle *b, const char *name, const char *text, struct err *e)
{
	return bundle_put(b, name, 1000, text, strlen(text), e);
}

/* Three files and their end. */
static size_t
make(unsigned char all[WHOLE])
{
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct bundle b;
	struct buf sig;
	size_t len;

	bundle_init(&b, fd, "memory");
	buf_init(&sig, 1000);
	buf_puts(&sig, signature);
	assert_int_equal(put(&b, "README", "hello", NULL), 0);
	assert_int_equal(put(&b, BUNDLE_AUDIT, "{}\n", NULL), 0);
	assert_int_equal(put(&b, "messages/0000000001.eml", "", NULL), 0);
	assert_int_equal(bundle_finish(&b, &sig, 1000, NULL), 0);
	len = slurp(fd, all);
	buf_free(&sig);
	bundle_free(&b);
	(void)close(fd);
	return len;
}

static int
check(
    const unsigned char *all, size_t len, struct bundle_facts *f, struct err *e)
{
	int fd = test_bytes_fd(all, len);
	int rc = bundle_check(fd, f, e);

	(void)close(fd);
	return rc;
}

static bool
holds(const unsigned char *all, size_t len)
{
	struct bundle_facts f;
	int rc = check(all, len, &f, NULL);

	bundle_facts_free(&f);
	return rc == 0;
}

static void
the_same_files_give_the_same_bytes_and_hold(void **state)
{
	unsigned char one[WHOLE], two[WHOLE];
	size_t len = make(one);
	struct bundle_facts f;
	struct err e = {0};

	(void)state;
	assert_int_equal(make(two), len);
	assert_memory_equal(one, two, len);
	assert_int_equal(check(one, len, &f, &e), 0);
	assert_int_equal(f.files, 3);
	assert_int_equal(f.bytes, 8);
	assert_string_equal(buf_str(&f.audit), "{}\n");
	assert_string_equal(buf_str(&f.signature), signature);
	bundle_facts_free(&f);
}

static void
no_byte_can_be_changed_but_of_the_signature(void **state)
{
	unsigned char all[WHOLE];
	size_t len = make(all), kept = 0;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		all[i] ^= 1;
		kept += holds(all, len);
		all[i] ^= 1;
	}
	/* its own bytes, which gpg checks, and what ends a head's checksum:
	 * two bytes for each of five files that no reader looks at */
	assert_int_equal(kept, sizeof(signature) - 1 + 2 * 5);
}

static void
one_that_was_cut_or_goes_on_does_not_hold(void **state)
{
	unsigned char all[WHOLE] = {0};
	size_t len = make(all);

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_false(holds(all, i));
	assert_true(holds(all, len));
	all[len] = 0;
	assert_false(holds(all, len + 1));
}

static void
a_name_that_leads_elsewhere_is_no_file_of_ours(void **state)
{
	static const char *const bad[] = {"/etc/passwd", "evidence/../x",
	    "evidence/", "other/README", "evidence//x", "evidence/\x1b[1m",
	    "evidence"};
	unsigned char all[WHOLE];
	size_t len = make(all);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		archive_head_write(all, bad[i], 5, 1000);
		assert_false(holds(all, len));
	}
	archive_head_write(all, "evidence/README", 5, 1000);
	assert_true(holds(all, len));
}

static void
a_size_that_lies_costs_no_memory(void **state)
{
	unsigned char all[WHOLE];
	struct bundle_facts f;
	struct err e = {0};
	size_t len = make(all);

	(void)state;
	archive_head_write(all, "evidence/README", UINT64_C(1) << 60, 1000);
	assert_int_equal(check(all, len, &f, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	bundle_facts_free(&f);
}

static void
a_second_file_of_one_name_is_refused(void **state)
{
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	unsigned char all[WHOLE];
	struct bundle_facts f;
	struct err e = {0};
	struct bundle b;
	struct buf sig;
	size_t len;

	(void)state;
	bundle_init(&b, fd, "memory");
	buf_init(&sig, 1000);
	assert_int_equal(put(&b, "README", "good", NULL), 0);
	assert_int_equal(put(&b, "README", "evil", NULL), 0);
	assert_int_equal(bundle_finish(&b, &sig, 0, NULL), 0);
	len = slurp(fd, all);
	assert_int_equal(check(all, len, &f, &e), -1);
	assert_string_equal(e.text, "README is not in its order");
	bundle_facts_free(&f);
	bundle_free(&b);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_files_give_the_same_bytes_and_hold),
	    cmocka_unit_test(no_byte_can_be_changed_but_of_the_signature),
	    cmocka_unit_test(one_that_was_cut_or_goes_on_does_not_hold),
	    cmocka_unit_test(a_name_that_leads_elsewhere_is_no_file_of_ours),
	    cmocka_unit_test(a_size_that_lies_costs_no_memory),
	    cmocka_unit_test(a_second_file_of_one_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
