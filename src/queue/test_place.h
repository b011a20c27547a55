/*
 * test_place.h - for tests alone: a database and a spool in a folder of their
 * own, with one draft whose copies a test makes as rows of table delivery.
 */
#ifndef QUEUE_TEST_PLACE_H
#define QUEUE_TEST_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/delivery.h"

#define CREATED 100000 /* when every row below was made */

struct place {
	char *folder; /* the test's own */
	struct db *db;
	struct spool *spool;
	struct clock clock;
	int64_t draft;
	struct err e;
};

#define ROWS "SELECT count(*) FROM delivery WHERE "
#define EVENTS "SELECT count(*) FROM audit WHERE event = "

/* A test's set-up and its end: *state is the place. */
int place_open(void **state);
int place_close(void **state);

/* A sealed file of that name in spool/out; and whether it is there. */
void place_file(struct place *p, const char *name);
bool place_has_file(struct place *p, const char *name);

/* A copy to a@x.org, with its file (NULL: none). next 0: the row has none. */
int64_t place_insert(
    struct place *p, const char *state, int64_t next, const char *file);

/* Books that its try ended so. */
void place_book(struct place *p, int64_t id, enum err_code code);

/* What sql, which counts, gives. */
int64_t place_count(struct place *p, const char *sql);

/* A person, contact 1, wrote what the copies are of. */
void place_author(struct place *p);

#endif
