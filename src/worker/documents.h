/*
 * documents.h - what the documents in a message say by themselves: labels,
 * reports in ARF and X-ARF, and what enclosed mail shows of its senders.
 */
#ifndef WORKER_DOCUMENTS_H
#define WORKER_DOCUMENTS_H

#include "cases/indicator.h"
#include "policy/feedback.h"
#include "policy/marking.h"
#include "policy/xarf.h"
#include "worker/reading.h"

struct documents {
	struct marking attached; /* the strictest of the attachments' */
	struct marking enclosed; /* and of those of enclosed messages */
	bool report; /* it is one, in ARF or X-ARF */
	struct machine_type type; /* of the report; constants */
	struct strs accused; /* what the report names, as written */
	struct strs seen; /* in enclosed mail: addresses in From and Reply-To,
			     X-Originating-IP, URLs of its texts */
	struct indicators told; /* in attachments that are text, or JSON */
	struct strs warnings; /* xarf-invalid json-broken json-large */
};

/*
 * Reads them all; a file *.eml of another type than message/rfc822 is read as
 * mail too. Each document is asked of the parser once, so the cost is linear in
 * the message. out is the caller's to documents_free.
 */
int documents_read(
    const struct reading *r, struct documents *out, struct err *e);
void documents_free(struct documents *d);

/* Adds what is accused, told or seen. */
void documents_indicators(const struct documents *d, struct indicators *out);

/* Reads JSON that is to leave, which is a stranger's as often as not, in the
 * parser: a document_json.leaves (cases/document.h), whose context is a struct
 * worker. */
int documents_leaves(void *context, const void *data, size_t len,
    struct leaves *out, struct err *e);

#endif
