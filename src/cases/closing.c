#include "cases/closing.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "cases/deadline.h"

int
closing_lacks(struct db *db, const struct config *c,
    const struct case_file *file, char **what, struct err *e)
{
	char *clock;

	(void)c;
	*what = NULL;
	if (deadline_open(db, file->id, &clock, e) == -1)
		return -1;
	if (clock != NULL)
		*what = xasprintf(
		    "its deadline %s is neither done nor stopped (noroshi "
		    "deadline done, stop)",
		    clock);
	free(clock);
	return 0;
}
