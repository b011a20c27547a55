#include "store/due.h"

int
due_read(struct db_row *row, struct due *out, size_t *count, struct err *e)
{
	int rc;

	*count = 0;
	while ((rc = db_step(row, e)) == 1)
		out[(*count)++] = (struct due){
		    .id = db_int(row, 0), .attempts = db_int(row, 1)};
	return rc;
}
