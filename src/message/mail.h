/*
 * mail.h - one message in a worker: its bytes, and the parser's table of them.
 *
 * The worker never parses; it asks the parser process beside it. Bytes go to
 * the parser as a sealed memory file, results come back as frames. A parser
 * that dies, hangs over its deadline or breaks the frame rules gives ERR_BUG:
 * the worker then ends, and the supervisor starts both anew.
 */
#ifndef MESSAGE_MAIL_H
#define MESSAGE_MAIL_H

#include "base/err.h"
#include "config/config.h"
#include "message/leaves.h"
#include "message/part.h"
#include "process/ipc.h"

struct mail {
	struct part_table table;
	struct buf *buffer; /* [0] raw, borrowed; [1 ...] decrypted, wiped */
	int *file; /* the same bytes for the parser, in a sealed memory file */
	size_t buffers;
	struct ipc *parser; /* borrowed */
	const struct config *config; /* borrowed */
};

/*
 * Parses raw (len bytes, borrowed until mail_free). ERR_DATA with the limit's
 * name in e where the pre-scan found more than the configuration allows:
 * quarantine it.
 */
int mail_open(struct mail **out, struct ipc *parser,
    const struct config *config, const void *raw, size_t len, struct err *e);

/*
 * Adds decrypted bytes (taken) as a further buffer whose root part hangs below
 * parent; *root is that part's index in the table. Same errors as mail_open;
 * after ERR_DATA the mail is as before.
 */
int mail_add(struct mail *mail, struct buf *bytes, uint32_t parent,
    uint32_t *root, struct err *e);

/* The bytes of a part's whole entity, or of its body. Borrowed from mail. */
const unsigned char *mail_entity(
    const struct mail *mail, uint32_t part, size_t *len);
const unsigned char *mail_body(
    const struct mail *mail, uint32_t part, size_t *len);

/*
 * Appends the readable text of a leaf: transfer encoding and charset undone,
 * HTML to text, flowed lines joined, safe UTF-8 with LF. Words that warn
 * (charset-unknown, charset-bad, text-truncated, html-hidden) join warnings.
 */
int mail_text(struct mail *mail, uint32_t part, struct buf *out,
    struct strs *warnings, struct err *e);

/* True where the part's body is its content: no transfer encoding to undo. */
bool mail_is_plain(const struct mail *mail, uint32_t part);

/*
 * Appends a leaf's content with the transfer encoding undone, byte for byte.
 * The parser is asked where there is one to undo: to carry 7 MB to it and back,
 * to have them as they were, took 20 ms.
 */
int mail_data(struct mail *mail, uint32_t part, struct buf *out, struct err *e);

/* The text of any bytes in a charset, as mail_text does for text/plain. */
int mail_bytes_text(struct mail *mail, const void *data, size_t len,
    const char *charset, struct buf *out, struct strs *warnings, struct err *e);

/*
 * Reads len bytes of a JSON document into out, which is the caller's to
 * leaves_free. What is wrong with the document is said in out.
 */
int mail_json(struct mail *mail, const void *data, size_t len,
    struct leaves *out, struct err *e);

/* Wipes what was decrypted; the parser stays open. NULL is fine. */
void mail_free(struct mail *mail);

#endif
