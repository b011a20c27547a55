/*
 * test_people.h - for the tests of pgp/: a team with our keyring and agent, and
 * people who use gpg itself in homes of their own. All in a temporary folder.
 */
#ifndef PGP_TEST_PEOPLE_H
#define PGP_TEST_PEOPLE_H

#include "pgp/decrypt.h"
#include "process/agent.h"

#define PEOPLE_LIMIT (8U << 20) /* bytes of a text or a message */

extern const char people_text[]; /* what they write: "Hello, team." */

struct people {
	char *folder;
	char *gnupg; /* the team's */
	char *home; /* everybody else's gpg home */
	struct agent *agent;
	struct keyring *ring;
	struct key team; /* made by keyring_generate */
	struct key alice;
	struct key mallory;
};

/* The wrapper's path: $NOROSHI_GPG, or ./noroshi-gpg. */
const char *people_wrapper(void);

void people_open(struct people *p);
void people_close(struct people *p);

/* Runs gpg in a home; in may be NULL; out is appended to. Returns its exit. */
int people_gpg(const char *home, const struct buf *in, struct buf *out,
    const char *const *args);

/* As people_gpg in p->home, with the words after out; has to succeed. */
void people_run(struct people *p, const struct buf *in, struct buf *out, ...)
    __attribute__((sentinel));

/* Makes a key in p->home and reads it as the gateway would. */
void people_key(struct people *p, const char *user_id, struct key *out);

/* Reads a key that is in p->home as the gateway would. */
void people_reread(struct people *p, const char *who, struct key *out);

/* Loads these keys, and no others; ends with NULL. */
void people_load(struct people *p, ...) __attribute__((sentinel));

/* Ends the agent that gpg started for a home. */
void people_end_agent(const char *home);

/* cmocka's set-up and teardown: *state is a struct people. */
int people_setup(void **state);
int people_teardown(void **state);

/* people_text in a new buffer; alice's message to the team, signed. */
void people_hello(struct buf *b);
void people_alice_writes(struct people *p, struct buf *out);

/*
 * The team decrypts: with any answer, into d; refused with a warning word;
 * or into people_text.
 */
void people_decrypt(
    struct people *p, const struct buf *b, struct decryption *d);
void people_refused(struct people *p, const struct buf *b, const char *word);
void people_read_hello(struct people *p, const struct buf *b);

#endif
