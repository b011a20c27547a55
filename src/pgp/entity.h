/*
 * entity.h - whether signed bytes begin as a MIME entity does.
 *
 * A signature may have been made over something that never was one: a
 * clear-signed text, a file. Put into a multipart/signed or a
 * multipart/encrypted by somebody else, its first lines would be read as header
 * fields, and be hidden: the rest would be shown as what was signed.
 */
#ifndef PGP_ENTITY_H
#define PGP_ENTITY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True where the header, up to its empty line, hides nothing that a mail
 * program did not mean as a header: it is that empty line alone; or each line
 * is a field (RFC 5322 section 2.2) and there is a Content-Type, as in RFC
 * 3156; or all fields are Content-... or MIME-Version (RFC 2045 section 3).
 * Bytes that begin with neither field nor empty line never were a part of a
 * mail.
 */
bool entity_header_ok(const void *header, size_t len);

#endif
