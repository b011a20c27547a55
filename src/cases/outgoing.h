/*
 * outgoing.h - a message that is to leave: who wrote it, to whom, and what.
 * Owns the table outgoing.
 *
 * Whoever wants something sent (a command, a staff member's mail, a relayed
 * advisory) only writes this request, beside a row of message with direction
 * "out" and state "received". A worker then asks the gate, seals, and makes
 * the deliveries; nothing else can.
 */
#ifndef CASES_OUTGOING_H
#define CASES_OUTGOING_H

#include "cases/approval.h"
#include "cases/document.h"
#include "cases/message.h"
#include "store/blob.h"

struct outgoing_attachment {
	char *name; /* safe, one line */
	char *type; /* media type */
	uint64_t size; /* bytes */
	char sha256[SPOOL_SHA];
	struct buf data; /* until it is stored; see outgoing_data */
	char *blob; /* where it is stored, or NULL */
	json_t *of; /* ids of the messages whose indicators it lists, which
		       are content of what leaves; or NULL */
};

/* The same in another language, for those who prefer it. */
struct outgoing_variant {
	char *language; /* "en", "ja" */
	char *subject; /* one line, or NULL: the message's */
	struct buf text;
};

struct outgoing {
	int64_t message; /* its row; set by outgoing_create */
	char *kind; /* "answer", "advisory", "post", "rules", "rekeyed"
		       (cases/rekeyed.h), or "facts": an excerpt of technical
		       facts alone (cases/excerpt.h);
		       NULL: only asked */
	int64_t author; /* contact who acts; 0: the gateway */
	char *identity; /* "user:NAME" or "key:FINGERPRINT" of who acts */
	int64_t cases; /* 0: none */
	int64_t answers; /* message that it answers; 0: none */
	int64_t came_as; /* message of the staff member's mail; 0: none */
	bool label_asked; /* label was asked for, else it is worked out */
	enum noroshi_tlp label;
	bool joined; /* its author lets parties of the case see each other */
	bool encrypted_only; /* refused where it would leave in clear */
	char *language; /* "en", "ja" */
	struct strs to; /* addresses, or "community:NAME" */
	struct strs cc;
	struct strs bcc; /* each gets a letter that nobody else knows of */
	char *subject; /* one line of UTF-8 */
	struct buf text; /* UTF-8 with LF */
	struct outgoing_attachment *attachment;
	size_t attachments;
	struct outgoing_variant *variant;
	size_t variants;
	bool passed; /* it was judged before, and not refused */
	int64_t cancels; /* advisory that it tells the end of; 0: none */
	json_t *then; /* what its mail orders of the case, done once it may
			 leave (worker/order.h); or NULL */
	bool clearsign; /* its text is clear-signed by the team */
	/* Where attachments that are stored lie; borrowed. */
	struct vault *vault;
	struct spool *spool;
	int64_t vault_key;
	int64_t now; /* when it is judged, seconds since the epoch; 0: not */
	/* Reads attachments in JSON; borrowed, or NULL (cases/document.h). */
	const struct document_json *json;
};

void outgoing_free(struct outgoing *o); /* its fields */

/* A member's mail on its way to a discussion (worker/discussion.h). */
bool outgoing_is_post(const struct outgoing *o);

/* Adds an attachment, whose bytes are copied; borrowed until the next. */
struct outgoing_attachment *outgoing_attach(struct outgoing *o,
    const char *name, const char *type, const void *data, size_t len);

/* Adds one, whose text is copied. */
void outgoing_vary(struct outgoing *o, const char *language,
    const char *subject, const char *text, size_t len);

/*
 * Writes the request and its message row, sealed under the case's key (or one
 * of its own); o->message is the new id. Inside the caller's transaction, who
 * also wakes the queue afterwards.
 */
int outgoing_create(struct db *db, struct vault *v, struct spool *s,
    int64_t now, struct outgoing *o, struct err *e);

/*
 * ERR_NOINPUT where that message is no outgoing one. v and s are borrowed by
 * out until outgoing_free.
 */
int outgoing_get(struct db *db, struct vault *v, struct spool *s,
    int64_t message, struct outgoing *out, struct err *e);

/*
 * The bytes of attachment i, in data (made here, secret): they are large, so
 * nobody holds them longer than needed. data is to be freed in every case.
 */
int outgoing_data(
    const struct outgoing *o, size_t i, struct buf *data, struct err *e);

/* Somebody else's answer to the same message. */
struct outgoing_rival {
	int64_t message; /* that answers it; 0: there is none */
	int64_t contact; /* who wrote it */
	int64_t at; /* seconds since the epoch */
};

/*
 * The last answer to that message by another than author which was not refused
 * or cancelled. except: the author's own request, or 0.
 */
int outgoing_rival(struct db *db, int64_t answers, int64_t author,
    int64_t except, struct outgoing_rival *out, struct err *e);

/* What the gate said of all of it: "refused" or "passed". */
int outgoing_outcome(
    struct db *db, int64_t message, const char *outcome, struct err *e);

/*
 * Its state as message_json shows it, from its deliveries and outcome: held,
 * failed, queued, sent, cancelled or refused. Constant.
 */
int outgoing_state(
    struct db *db, int64_t message, const char **state, struct err *e);

/*
 * The Message-ID under which it leaves, the caller's: that of its first copies,
 * where RED, Bcc or several languages have others. NULL until it was judged.
 */
int outgoing_rfc_id(struct db *db, int64_t message, char **out, struct err *e);

/* When the last copy of it that is sent left, seconds since the epoch; 0. */
int outgoing_sent_at(
    struct db *db, int64_t message, int64_t *at, struct err *e);

#endif
