/*
 * test_store.h - for tests alone: a folder of its own with a database and a
 * vault, and a look at the bytes that reach the disk.
 */
#ifndef CASES_TEST_STORE_H
#define CASES_TEST_STORE_H

#include <stdbool.h>

#include "store/db.h"
#include "store/vault.h"

#define NOW INT64_C(1795309323) /* 2026-11-22T01:02:03Z */

struct store {
	char *folder;
	char *path; /* of the database */
	struct db *db;
	struct vault *vault;
};

/* A test's set-up and its end: *state is the store. */
int store_make(void **state);
int store_remove(void **state);

/* One more handle on the database at path, with a vault of the same key. */
void store_handle(const char *path, struct db **db, struct vault **vault);

/* True where the database or its write-ahead log hold the bytes of text. */
bool store_files_have(const struct store *s, const char *text);

/* A contact of that id, for what refers to one. */
void store_contact(struct store *s, int64_t id);

/* A new case with that title; its id. */
int64_t store_case(struct store *s, const char *title);

/* The case's version now. */
int64_t store_version(struct store *s, int64_t id);

/* A row as the queue registers it, of raw bytes with that hash; its id. */
int64_t store_message(struct store *s, const char *sha256);

/* Fails the test with e's text where rc is -1. */
void ok(int rc, const struct err *e);

#endif
