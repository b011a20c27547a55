/*
 * case_people.h - who takes part in a case, whom it affects, and who was named
 * to read it. Owns the tables case_participant, case_affected and case_reader.
 */
#ifndef CASES_CASE_PEOPLE_H
#define CASES_CASE_PEOPLE_H

#include "cases/case.h"

/* contact 0: nobody known. An address that is there already is fine. */
int case_participant_add(struct db *db, int64_t now, int64_t id,
    int64_t contact, const char *address, const char *name, struct err *e);

/* ERR_NOINPUT where neither the contact (0: none) nor the address takes part.
 */
int case_participant_remove(struct db *db, int64_t id, int64_t contact,
    const char *address, struct err *e);

/*
 * Affected parties: whom an indicator of the case belongs to (a site's owner,
 * a hosting firm, a department), by folded address. Remove: ERR_NOINPUT.
 */
int case_affected_add(
    struct db *db, int64_t id, const char *address, struct err *e);

int case_affected_remove(
    struct db *db, int64_t id, const char *address, struct err *e);

/* 1: affected, 0: not, -1: failed. */
int case_affects(struct db *db, int64_t id, const char *address, struct err *e);

/* Persons whom the PoC named as readers. case_names: 1, 0 or -1. */
int case_reader_add(struct db *db, int64_t id, int64_t contact, struct err *e);

int case_names(struct db *db, int64_t id, int64_t contact, struct err *e);

/* 1: takes part, 0: does not, -1: failed. By contact (0: none) or address. */
int case_participates(struct db *db, int64_t id, int64_t contact,
    const char *address, struct err *e);

/* Adds the addresses of those who take part, the first thousand, to out. */
int case_participants(
    struct db *db, int64_t id, struct strs *out, struct err *e);

/* True in *has where a contact of that organisation takes part. */
int case_has_organisation(struct db *db, int64_t id, const char *organisation,
    bool *has, struct err *e);

#endif
