#include "store/unpack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/test_folder.h"
#include "store/archive.h"

#define STREAM_MAX (1U << 20)

/* Three files: empty, a block exactly, and a byte more. */
static void
put_files(const char *folder)
{
	char block[ARCHIVE_BLOCK + 2];

	memset(block, 'x', sizeof(block));
	block[ARCHIVE_BLOCK] = '\0';
	test_folder_write(folder, "empty", "");
	test_folder_write(folder, "block", block);
	block[ARCHIVE_BLOCK] = 'y';
	block[ARCHIVE_BLOCK + 1] = '\0';
	test_folder_write(folder, "more", block);
}

static struct archive *
archive_of(const char *folder)
{
	static const char *const name[] = {"empty", "block", "more"};
	static const char *const as[] = {
	    "empty", "spool/new/block", "spool/out/more"};
	struct archive *a = archive_create();

	for (size_t i = 0; i < 3; i++) {
		char *path = xasprintf("%s/%s", folder, name[i]);

		assert_int_equal(archive_add(a, as[i], path, NULL), 0);
		free(path);
	}
	return a;
}

/* The whole stream, read in pieces of that many bytes. */
static void
stream_of(struct archive *a, size_t piece, struct buf *out)
{
	unsigned char *chunk = xmalloc(piece);
	ssize_t n;

	buf_init(out, STREAM_MAX);
	while ((n = archive_read(a, chunk, piece, NULL)) > 0)
		buf_put(out, chunk, (size_t)n);
	assert_int_equal(n, 0);
	free(chunk);
}

static int
unpack_all(const char *folder, const void *data, size_t len, size_t piece,
    struct err *e)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY);
	struct unpack *u = unpack_create(dir);
	const unsigned char *p = data;
	int64_t files, bytes;
	int rc = 0;

	while (len > 0 && rc == 0) {
		size_t n = piece < len ? piece : len;
		/* a byte too many is seen by the sanitizer */
		unsigned char *exact = xmalloc(n);

		memcpy(exact, p, n);
		rc = unpack_put(u, exact, n, e);
		free(exact);
		p += n;
		len -= n;
	}
	if (rc == 0)
		rc = unpack_finish(u, &files, &bytes, e);
	if (rc == 0) {
		assert_int_equal(files, 3);
		assert_int_equal(bytes, 2 * ARCHIVE_BLOCK + 1);
	}
	unpack_free(u);
	close(dir);
	return rc;
}

static void
what_goes_in_comes_out_in_pieces_of_any_size(void **state)
{
	static const size_t piece[] = {1, 7, 511, 512, 513, 100000};

	put_files(*state);
	for (size_t i = 0; i < sizeof(piece) / sizeof(piece[0]); i++) {
		char *to = test_folder_make(), *path;
		struct archive *a = archive_of(*state);
		struct buf stream, text;
		int fd;

		assert_int_equal(archive_files(a), 3);
		stream_of(a, piece[i], &stream);
		assert_int_equal(stream.len % ARCHIVE_BLOCK, 0);
		assert_int_equal(
		    unpack_all(to, stream.data, stream.len, piece[i], NULL), 0);
		path = xasprintf("%s/spool/out/more", to);
		buf_init(&text, 4096);
		fd = open(path, O_RDONLY);
		assert_int_not_equal(fd, -1);
		buf_reserve(&text, ARCHIVE_BLOCK + 1);
		assert_int_equal(read(fd, text.data, 4096), ARCHIVE_BLOCK + 1);
		assert_int_equal(text.data[ARCHIVE_BLOCK], 'y');
		close(fd);
		buf_free(&text);
		buf_free(&stream);
		archive_free(a);
		free(path);
		assert_int_equal(test_folder_remove(to), 0);
	}
}

static void
a_stream_that_is_cut_anywhere_is_none(void **state)
{
	struct archive *a;
	struct buf stream;

	put_files(*state);
	a = archive_of(*state);
	stream_of(a, 4096, &stream);
	for (size_t len = 0; len + ARCHIVE_BLOCK < stream.len; len += 97) {
		char *to = test_folder_make();
		struct err e = {0};

		assert_int_equal(unpack_all(to, stream.data, len, 300, &e), -1);
		assert_int_equal(e.code, ERR_DATA);
		assert_int_equal(test_folder_remove(to), 0);
	}
	buf_free(&stream);
	archive_free(a);
}

static void
a_changed_byte_is_found(void **state)
{
	struct archive *a;
	struct buf stream;

	put_files(*state);
	a = archive_of(*state);
	stream_of(a, 4096, &stream);
	/* up to the manifest's end: what comes after it are zeros */
	for (size_t at = 0; at + 3 * ARCHIVE_BLOCK < stream.len; at += 61) {
		char *to = test_folder_make();
		struct err e = {0};

		stream.data[at] ^= 0x20;
		assert_int_equal(
		    unpack_all(to, stream.data, stream.len, 4096, &e), -1);
		stream.data[at] ^= 0x20;
		assert_int_equal(test_folder_remove(to), 0);
	}
	buf_free(&stream);
	archive_free(a);
}

static void
no_name_leads_out_of_the_folder(void **state)
{
	static const char *const bad[] = {"", "/etc/passwd", "..", "../x",
	    "a/../b", "a//b", "a/", "./a", "a\nb", "a b", "a\\b",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	static const char *const good[] = {"noroshi.conf",
	    "spool/new/0123456789abcdef.env", "gnupg/private-keys-v1.d/A.key"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(archive_name_is_good(bad[i]));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(archive_name_is_good(good[i]));
}

static void
a_file_that_is_there_is_not_written_over(void **state)
{
	char *to = test_folder_make();
	struct archive *a;
	struct err e = {0};
	struct buf stream;

	put_files(*state);
	a = archive_of(*state);
	stream_of(a, 4096, &stream);
	test_folder_write(to, "empty", "mine");
	assert_int_equal(unpack_all(to, stream.data, stream.len, 4096, &e), -1);
	assert_int_equal(e.code, ERR_DATA);
	buf_free(&stream);
	archive_free(a);
	assert_int_equal(test_folder_remove(to), 0);
}

static void
a_file_that_became_shorter_ends_the_stream_with_an_error(void **state)
{
	struct archive *a;
	unsigned char chunk[4096];
	struct err e = {0};
	ssize_t n;

	put_files(*state);
	a = archive_of(*state);
	test_folder_write(*state, "more", "short");
	while ((n = archive_read(a, chunk, sizeof(chunk), &e)) > 0)
		;
	assert_int_equal(n, -1);
	assert_int_equal(e.code, ERR_TEMP);
	archive_free(a);
}

/* A size of 8 GiB and more, as GNU tar writes it. */
static void
large_sizes_are_read_as_they_are_written(void **state)
{
	char *path = xasprintf("%s/large", (const char *)*state);
	unsigned char block[ARCHIVE_BLOCK];
	struct archive *a = archive_create();
	struct archive_head head;
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(ftruncate(fd, 9LL << 30), 0);
	close(fd);
	assert_int_equal(archive_add(a, "large", path, NULL), 0);
	assert_int_equal(
	    archive_read(a, block, sizeof(block), NULL), ARCHIVE_BLOCK);
	assert_int_equal(archive_head_read(block, &head, NULL), 0);
	assert_true(head.size == 9ULL << 30);
	assert_string_equal(head.name, "large");
	archive_free(a);
	free(path);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, test_folder_open, test_folder_close)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(what_goes_in_comes_out_in_pieces_of_any_size),
	    TEST(a_stream_that_is_cut_anywhere_is_none),
	    TEST(a_changed_byte_is_found),
	    TEST(no_name_leads_out_of_the_folder),
	    TEST(a_file_that_is_there_is_not_written_over),
	    TEST(a_file_that_became_shorter_ends_the_stream_with_an_error),
	    TEST(large_sizes_are_read_as_they_are_written)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
