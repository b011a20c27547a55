/*
 * kin.h - messages that belong together although none of them answers one that
 * is stored: they refer to the same mail, which never came here, or are two
 * copies of one.
 */
#ifndef CASES_KIN_H
#define CASES_KIN_H

#include "cases/rfc_id.h"
#include "cases/thread.h"

/*
 * Messages in cases that refer to a mail that q's refers to, or are of the same
 * conversation of Outlook's, and whose subject may be the same, or has the
 * same ticket number: machines put one constant id into all that they write.
 * Not addresses, which the phrases of old In-Reply-To fields hold. The nearest
 * reference's first; how many, or -1.
 */
int kin_find(struct db *db, const struct thread_question *q,
    struct rfc_id_place out[RFC_ID_PLACES], struct err *e);

/* The first other message with the same Message-ID in *id; 0: none. */
int kin_twin(
    struct db *db, const struct thread_question *q, int64_t *id, struct err *e);

/*
 * Where the first copy of the same mail is, and what it answers: with the same
 * Message-ID, from the same address, with a subject that may be the same, but
 * for a mark that a list or a gateway put before it. out->cases is 0 where
 * there is none.
 */
int kin_copied(struct db *db, const struct thread_question *q,
    struct rfc_id_place *out, int64_t *parent, struct err *e);

#endif
