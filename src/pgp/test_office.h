/*
 * test_office.h - for the tests of open.h: the people of test_people.h, a
 * parser beside them, and mails that Alice writes to the team.
 */
#ifndef PGP_TEST_OFFICE_H
#define PGP_TEST_OFFICE_H

#include "config/config.h"
#include "pgp/open.h"
#include "pgp/test_people.h"
#include "process/ipc.h"

struct office {
	struct people people;
	struct config *config;
	struct ipc *parser;
	pid_t parser_pid;
};

/* One mail that was opened. */
struct opened {
	struct buf raw; /* what mail borrows */
	struct mail *mail;
	struct verdict v;
};

extern const char office_entity[]; /* with a protected subject, "inner" */
extern const char office_head[]; /* Alice's outer header, "outer" */

/* cmocka's set-up and teardown: *state is a struct office. */
int office_setup(void **state);
int office_teardown(void **state);

/*
 * gpg of everybody's home over the text, armoured, with these words; out is
 * made anew. With OFFICE_ALICE it is Alice who signs.
 */
void office_gpg(struct office *o, const char *text, struct buf *out, ...)
    __attribute__((sentinel));
#define OFFICE_ALICE(o, text, out, ...)                                        \
	office_gpg(o, text, out, "-u", (o)->people.alice.fingerprint,          \
	    __VA_ARGS__, NULL)

/* The bodies of RFC 3156 sections 4 and 5, with their Content-Type field. */
void office_put_encrypted(struct buf *out, const struct buf *armour);
void office_put_signed(
    struct buf *out, const char *content, const struct buf *signature);

/* The keys of team, Alice and Mallory. */
void office_load(struct office *o);

/* Opens a mail, or a text/plain one of these pieces; to be closed. */
void office_open(struct office *o, const struct buf *raw, struct opened *m);
void office_open_text(struct office *o, const char *before,
    const struct buf *block, const char *after, struct opened *m);
void opened_close(struct opened *m);

/* What is expected: one good signature by Alice; a part's text. */
void opened_good(const struct office *o, const struct opened *m, bool whole);
void opened_text(struct opened *m, uint32_t part, const char *text);
const char *opened_subject(const struct opened *m);

#endif
