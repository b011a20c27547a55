/*
 * label.h - the label of a whole message: as written, and as it governs
 * sharing. FIRST's TLP 2.0 says what labels mean; how several, forged or
 * missing ones count is our decision (doc/ARCHITECTURE.md, "Labels").
 */
#ifndef POLICY_LABEL_H
#define POLICY_LABEL_H

#include "noroshi.h"
#include "policy/identity.h"
#include "policy/marking.h"

enum label_source {
	LABEL_SUBJECT,
	LABEL_BODY,
	LABEL_HEADER,
	LABEL_ATTACHMENT,
	LABEL_CASE,
	LABEL_DEFAULT
};
const char *label_source_name(enum label_source s);

struct label_question {
	const char *subject; /* the protected one where there is one, or NULL */
	const char *outer_subject; /* or NULL */
	const struct strs *texts; /* each shown text part */
	/* Of enclosed messages, which count as quoted text does; or NULL. */
	const struct strs *enclosed;
	const struct strs *enclosed_subjects;
	const struct strs *names; /* each attachment's file name */
	/* Of what is attached, of what is attached to enclosed messages, which
	 * counts as quoted text does; or NULL. */
	const struct marking *attached;
	const struct marking *enclosed_attached;
	const struct sender *sender;
	enum noroshi_tlp default_in;
};

struct label {
	enum noroshi_tlp written; /* the highest found; default where none */
	enum noroshi_tlp effective;
	enum label_source source;
	bool by_default;
	struct strs warnings; /* tlp-legacy tlp-spelling tlp-unknown
				 tlp-mentioned tlp-conflict tlp-unproven
				 tlp-attachment sharing-none */
};

/*
 * A label that raises counts whoever sent it; GREEN and CLEAR govern only with
 * evidence signature, or dkim of a contact; else the default does, with the
 * warning tlp-unproven. One that only an attachment has never lowers
 * (tlp-attachment): a text without label may enclose what is public. Labels in
 * quoted or enclosed text raise effective, not written. What only a part of a
 * document was read for never lowers. A document with a label below the
 * message's is no conflict: an advisory may enclose what is public.
 */
void label_judge(const struct label_question *q, struct label *out);
void label_free(struct label *l);

#endif
