#include "queue/test_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"

static int64_t
insert_draft(struct place *p)
{
	int64_t message, draft;

	assert_int_equal(
	    db_insert(p->db, &message, &p->e,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state) VALUES ('a', 'in', 'pipe', 1, 1, 'processed')",
		""),
	    0);
	assert_int_equal(
	    db_insert(p->db, &draft, &p->e,
		"INSERT INTO draft (kind, message, rfc_message_id, language,"
		" label, created_at) VALUES ('copy', ?, '<1@x>', 'en', 'AMBER',"
		" 1)",
		"i", message),
	    0);
	return draft;
}

int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char path[96];

	p->clock = (struct clock){.fixed = CREATED + 10, .seed = 7};
	p->folder = test_folder_make();
	*state = p;
	(void)snprintf(path, sizeof(path), "%s/n.db", p->folder);
	if (db_open(&p->db, path, true, &p->e) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/spool", p->folder);
	if (spool_open(&p->spool, path, &p->e) == -1)
		return -1;
	p->draft = insert_draft(p);
	return 0;
}

int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	db_close(p->db);
	spool_close(p->spool);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

void
place_file(struct place *p, const char *name)
{
	struct buf b;

	buf_init(&b, 16);
	buf_puts(&b, "sealed");
	assert_int_equal(spool_put_out(p->spool, name, &b, &p->e), 0);
	buf_free(&b);
}

bool
place_has_file(struct place *p, const char *name)
{
	int fd;

	if (spool_open_out(p->spool, name, &fd, NULL) == -1)
		return false;
	close(fd);
	return true;
}

int64_t
place_insert(struct place *p, const char *state, int64_t next, const char *file)
{
	int64_t id;

	if (file != NULL)
		place_file(p, file);
	assert_int_equal(
	    db_insert(p->db, &id, &p->e,
		"INSERT INTO delivery (draft, recipient, state, rule, reason,"
		" file, transport, next_attempt_at, created_at) VALUES"
		" (?, 'a@x.org', ?, 'r', 'because', ?, 'file', nullif(?, 0), "
		"?)",
		"issii", p->draft, state, file, next, (int64_t)CREATED),
	    0);
	return id;
}

void
place_book(struct place *p, int64_t id, enum err_code code)
{
	struct delivery_result r = {.id = id};

	if (code != ERR_NONE)
		err_set(&r.result, code, "it went wrong");
	assert_int_equal(
	    delivery_book(p->db, p->spool, &p->clock, 14400, &r, 1, &p->e), 0);
}

int64_t
place_count(struct place *p, const char *sql)
{
	int64_t n;

	assert_int_equal(db_get_int(p->db, &n, -1, &p->e, sql, ""), 0);
	return n;
}

/* The draft's message becomes an answer by contact 1. */
void
place_author(struct place *p)
{
	assert_int_equal(db_run(p->db, &p->e,
			     "INSERT INTO contact (id, name, class, created_at)"
			     " VALUES (1, 'Author', 'staff', 1)",
			     ""),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e,
		"INSERT INTO outgoing (message, kind, author, identity,"
		" language) SELECT message, 'answer', 1, 'user:a',"
		" 'en' FROM draft WHERE id = ?",
		"i", p->draft),
	    0);
	assert_int_equal(
	    db_run(p->db, &p->e,
		"UPDATE draft SET kind = 'answer' WHERE id = ?", "i", p->draft),
	    0);
}
