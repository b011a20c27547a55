/*
 * test_scene.h - for tests alone: a case with one message, and what the
 * gateway makes of a mail that comes then.
 */
#ifndef CASES_TEST_SCENE_H
#define CASES_TEST_SCENE_H

#include "cases/test_store.h"
#include "cases/thread.h"

#define FROM "sender@x.example"
#define TEAM "csirt@y.example"

/*
 * A case with one message, <theirs@x>, of which a copy went out as <ours@y>.
 * The sender is contact 5, where it is known.
 */
struct scene {
	struct store *s;
	int64_t cases;
	int64_t message;
};

/* The senders that a test asks for. */
extern const struct sender by_signature, by_dkim, by_address, unknown, alarming;

/* Makes the case in the store that *state is. */
struct scene scene_make(void **state);

/* A claimed message in a case (0: in none); its id. */
int64_t scene_message(
    struct store *s, const char *rfc_message_id, int64_t cases);

/*
 * What is found for a message from FROM whose References names refers (NULL:
 * nothing).
 */
struct thread scene_found(struct scene *sc, const struct sender *sender,
    const char *refers, const char *subject, const char *outer_subject);

/* A mail of a mailing list, or of people who write to each other. */
struct post {
	const char *id; /* its Message-ID, or NULL */
	const char *from;
	const char *to; /* one address, or NULL */
	const char *subject; /* or NULL */
	const char *refers; /* its References, or NULL */
	const char *conversation; /* its Thread-Index, or NULL */
};

/* A stored post in a case; its id. */
int64_t scene_post(struct scene *sc, const struct post *p, int64_t cases);

/* What is found for a post that comes now. */
struct thread scene_post_found(
    struct scene *sc, const struct sender *sender, const struct post *p);

#endif
