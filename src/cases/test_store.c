#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <fcntl.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "cases/case.h"
#include "cases/test_store.h"

static const unsigned char master[VAULT_KEY] =
    "a master key of thirty-two byte";

void
store_handle(const char *path, struct db **db, struct vault **vault)
{
	struct err e = {0};

	if (db_open(db, path, true, &e) == -1 ||
	    vault_open(vault, *db, master, &e) == -1)
		fail_msg("%s", e.text);
}

int
store_make(void **state)
{
	struct store *s = xcalloc(1, sizeof(*s));

	*state = s;
	s->folder = test_folder_make();
	s->path = xasprintf("%s/db", s->folder);
	store_handle(s->path, &s->db, &s->vault);
	return 0;
}

int
store_remove(void **state)
{
	struct store *s = *state;
	int rc;

	vault_close(s->vault);
	db_close(s->db);
	rc = test_folder_remove(s->folder);
	free(s->path);
	free(s);
	return rc;
}

/* Fills all with the bytes of the database and its write-ahead log. */
static void
file_bytes(const struct store *s, struct buf *all)
{
	static const char *const suffix[] = {"", "-wal"};

	buf_init(all, 1 << 26);
	for (size_t i = 0; i < 2; i++) {
		char *path = xasprintf("%s%s", s->path, suffix[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		char chunk[4096];
		ssize_t n;

		while (fd != -1 && (n = read(fd, chunk, sizeof(chunk))) > 0)
			buf_put(all, chunk, (size_t)n);
		if (fd != -1)
			close(fd);
		free(path);
	}
	assert_false(all->over);
}

bool
store_files_have(const struct store *s, const char *text)
{
	struct buf all;
	bool has;

	file_bytes(s, &all);
	assert_true(all.len > 4096);
	has = memmem(all.data, all.len, text, strlen(text)) != NULL;
	buf_free(&all);
	return has;
}

void
ok(int rc, const struct err *e)
{
	if (rc == -1)
		fail_msg("%s", e->text);
}

void
store_contact(struct store *s, int64_t id)
{
	struct err e = {0};

	ok(db_run(s->db, &e,
	       "INSERT INTO contact (id, name, class, created_at)"
	       " VALUES (?, 'Somebody', 'staff', 0)",
	       "i", id),
	    &e);
}

int64_t
store_case(struct store *s, const char *title)
{
	const struct case_new n = {
	    .prefix = "EX", .title = title, .priority = "normal"};
	struct case_file c;
	struct err e = {0};
	int64_t id;

	ok(db_begin(s->db, &e), &e);
	ok(case_create(s->db, s->vault, NOW, &n, &c, &e), &e);
	ok(db_commit(s->db, &e), &e);
	id = c.id;
	case_free(&c);
	return id;
}

int64_t
store_message(struct store *s, const char *sha256)
{
	struct err e = {0};
	int64_t id = 0;

	ok(db_insert(s->db, &id, &e,
	       "INSERT INTO message (sha256, direction, source, received_at,"
	       " size, state) VALUES (?, 'in', 'maildir:inbox', ?, 321,"
	       " 'received')",
	       "si", sha256, NOW),
	    &e);
	return id;
}

int64_t
store_version(struct store *s, int64_t id)
{
	struct err e = {0};
	int64_t version;

	ok(case_version(s->db, id, &version, &e), &e);
	return version;
}
