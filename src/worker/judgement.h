/*
 * judgement.h - what a message was judged to be, and on what grounds.
 */
#ifndef WORKER_JUDGEMENT_H
#define WORKER_JUDGEMENT_H

#include <jansson.h>

#include "cases/message.h"
#include "worker/reading.h"
#include "worker/sighting.h"

struct judgement {
	struct sender sender;
	char *from; /* folded address of a single From, or NULL */
	int64_t *signer; /* contact of each signature's key; 0: none */
	struct label label;
	enum noroshi_tlp inside; /* the label that governs it where its outer
				    header is not believed */
	struct classification classification;
	struct sighting sighting;
	struct buf attached; /* what text attachments say (attached.h) */
	struct strs restrictions; /* words beyond the label, as our table's */
	struct strs explain; /* one line for each rule asked */
	struct strs warnings; /* all words, each once */
	bool alarm; /* forged or damaged: people must look */
};

/* Sender, label, rules, indicators: from the reading and what we know. */
int judgement_make(struct worker *w, const struct reading *r,
    const struct message *m, struct judgement *out, struct err *e);
void judgement_free(struct judgement *j);

/* Whose Authentication-Results are believed; borrowed from c. */
struct auth_border judgement_border(const struct config *c);

/* The open facts, and the content to be sealed, as cases/message.h keeps them.
 * Both are the caller's. */
json_t *judgement_facts(const struct judgement *j, const struct reading *r);
json_t *judgement_content(const struct judgement *j, const struct reading *r);

#endif
