/*
 * explain_content.h - what `noroshi tlp explain` is asked about: the items of
 * content that would leave, from stored messages and the caller's own files.
 */
#ifndef CLI_EXPLAIN_CONTENT_H
#define CLI_EXPLAIN_CONTENT_H

#include "cases/case.h"
#include "cases/floor.h"
#include "cases/recipient.h"
#include "cli/session.h"

#define COMMUNITY "community:"

/* What the gate is to be asked, and about what. */
struct explain {
	const char *tlp;
	const char *as;
	const char *case_name;
	const char *origin;
	struct strs to, quote, attach;
	enum noroshi_tlp label;
	int64_t cases;
	struct case_file incident; /* id 0: none */
	int64_t embargo; /* of the case; 0: none */
	struct contact author; /* id 0: nobody was named, some PoC */
	struct floor floor; /* what rules beyond the table look at */
	struct strs customers; /* in provider mode: whom it goes to */
	int64_t message; /* whose content it is; 0: our own text */
	struct content_item *item;
	size_t items;
};

/*
 * Finds what the options name: the case, the items with their labels and the
 * floor that follows from them, and who asks. The first item is our own text,
 * or the message that is passed on. A recipient that is a community's address
 * becomes its name in x->to. All of x stays the caller's to free, where it
 * fails too. Returns 0 or -1; writes nothing.
 */
int explain_content_find(struct session *s, struct explain *x, struct err *e);

#endif
