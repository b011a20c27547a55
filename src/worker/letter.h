/*
 * letter.h - one text on its way out: composed, signed, sealed, put in
 * spool/out. The last thing that touches it before it is a delivery.
 */
#ifndef WORKER_LETTER_H
#define WORKER_LETTER_H

#include "cases/draft.h"
#include "message/compose.h"
#include "worker/worker.h"

/*
 * Everything is the letter's own but attachments' names, types and, where
 * attached is NULL, their data, which are borrowed.
 */
struct letter {
	struct mailbox from; /* borrowed */
	struct mailboxes to;
	struct mailboxes cc;
	struct mailboxes reply_to;
	struct strs references;
	struct strs extra;
	char *in_reply_to; /* or NULL */
	char *outer_subject; /* NULL: "[...]" */
	struct buf subject, text;
	struct compose_attachment *attachment;
	size_t attachments;
	struct buf *attached; /* their data; gone once it is composed */
};

void letter_init(struct worker *w, struct letter *l); /* from the team */
void letter_free(struct letter *l);

/*
 * Seals one copy for each of d's copies, in order, to keys[i], and writes the
 * files; copies' file and encrypted_to are set. No copy names another's key.
 * The letter's text and attached data are gone afterwards: with a body of 25 MB
 * there is no room for them beside its ciphertext.
 */
int letter_seal(struct worker *w, struct letter *l, struct draft *d,
    const struct key *const *key, struct err *e);

/* The same in clear, signed by the team (multipart/signed), for each copy. */
int letter_sign(
    struct worker *w, struct letter *l, struct draft *d, struct err *e);

/* Its text becomes the same, clear-signed by the team. */
int letter_clearsign(struct worker *w, struct letter *l, struct err *e);

/* A draft with a fresh Message-ID. */
void letter_draft(struct worker *w, struct draft *d, const char *kind,
    int64_t message, const char *language, enum noroshi_tlp label);

/* What the names of a message's sealed files begin with. */
#define LETTER_PREFIX 16 /* hex digits of a sealed file's name */
void letter_prefix(int64_t message, char out[LETTER_PREFIX + 1]);

#endif
