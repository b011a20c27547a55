/*
 * contact_csv.h - contacts as comma-separated values (RFC 4180).
 *
 * The first row names the columns, in any order: name, address, class,
 * organisation, key, verified, role, tag, lang; name and class must be there.
 * Several values in one field are separated by ';'. UTF-8, with or without a
 * byte order mark; lines end in CRLF or LF.
 */
#ifndef PEOPLE_CONTACT_CSV_H
#define PEOPLE_CONTACT_CSV_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"
#include "people/contact.h"

#define CONTACT_CSV_MAX (16U << 20) /* bytes of a file */
#define CONTACT_CSV_ROWS_MAX 100000 /* below the header row */

struct contact_csv_row {
	struct contact contact; /* without keys */
	struct strs keys; /* as written: fingerprints or names of files */
	enum verified *verified; /* keys.count of them */
	int line; /* where the row begins, from 1 */
};

/*
 * Reads a whole file. *out is an array of *count, the caller's to
 * contact_csv_free. ERR_DATA where anything is wrong: then there are no rows,
 * and errors has a line ("line 7: class: ...") for every mistake.
 */
int contact_csv_parse(const void *data, size_t len,
    struct contact_csv_row **out, size_t *count, struct strs *errors,
    struct err *e);

/* Frees an array of count rows and what is in them. */
void contact_csv_free(struct contact_csv_row *row, size_t count);

/* Appends the header row; a contact, as contact_csv_parse reads it. */
void contact_csv_write_header(struct buf *out);
void contact_csv_write(struct buf *out, const struct contact *c);

#endif
