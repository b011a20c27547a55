/*
 * import.h - mail out of an archive that the team brought with it: it goes the
 * way of all mail, and leaves facts and a case, and nothing else.
 *
 * Nobody gets a copy or an acknowledgement of it; it orders, approves, joins,
 * consents and teaches keys nothing; a header field of it proves nobody. Its
 * cases are as old as it is, closed, and owe nothing: what comes later in them
 * opens them again.
 */
#ifndef WORKER_IMPORT_H
#define WORKER_IMPORT_H

#include "worker/passage.h"

#define IMPORT_RECIPIENTS 100 /* of one mail that become participants */

/* Sets p->ours where it says that it is from the team or one of its staff. */
int import_is_ours(struct passage *p, struct err *e);

/*
 * Closes the case that it has opened; whom the team wrote to takes part in it.
 * Inside the claim's transaction.
 */
int import_opened(struct passage *p, struct err *e);

/*
 * A case that is closed is so since its last mail; whom the team wrote to takes
 * part in it as well. In the same transaction.
 */
int import_joined(struct passage *p, struct err *e);

#endif
