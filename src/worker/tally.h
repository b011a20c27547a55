/*
 * tally.h - answers to advisories: one word on the first line of a member's
 * mail, counted for that member alone.
 */
#ifndef WORKER_TALLY_H
#define WORKER_TALLY_H

#include "cases/advisory.h"
#include "worker/judgement.h"

struct tally {
	struct advisory of; /* number 0: it answers none */
	const char *word; /* constant, or NULL: it says none of them */
	bool proven; /* signed over all of it by a key of that member */
	int64_t at; /* when it was signed, or came */
};

/*
 * The word that the first line which is not blank is or begins with (before a
 * colon), in English or Japanese: "ack", "affected", "not-affected",
 * "question"; NULL: none. Constant.
 */
const char *tally_word(const char *text, size_t len);

/*
 * Finds what a mail answers, by a Message-ID of ours in In-Reply-To or
 * References or by an advisory's address; out->of.number is 0 unless its
 * sender was sent that advisory. Without a signature, evidence dkim proves no
 * more than that somebody there has it: "ack", unproven. Reads only.
 */
int tally_read(struct worker *w, const struct reading *r,
    const struct judgement *j, const struct message *m, struct tally *out,
    struct err *e);

/* A question wants a person; the other words are counted, and open no case. */
bool tally_opens_case(const struct tally *t);

/* Writes the answer down. Inside the commit's transaction. */
int tally_record(struct worker *w, const struct tally *t,
    const struct message *m, struct err *e);

#endif
