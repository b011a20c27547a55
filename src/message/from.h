/*
 * from.h - whether a From field (RFC 5322 section 3.6.2) has one reading.
 *
 * Our own parser understands much that is broken, as others do, but not as
 * others do: what the border vouched for, what a mail program shows and what
 * we read could be three addresses. Such a field names nobody.
 */
#ifndef MESSAGE_FROM_H
#define MESSAGE_FROM_H

#include "message/header.h"
#include "message/part.h"

/*
 * Looks at a From field f, its line (len bytes, as header_line gives it) and
 * read, the mailboxes of that line. Adds what is odd to warnings:
 *
 * from-ambiguous         two parsers may find two addresses in it
 * encoded-address        an encoded word stands for (a part of) an address
 * comment-shows-address  a comment shows an address that is not the field's
 * from-group             a group (RFC 6854) stands there
 *
 * Dots where docomo.ne.jp had them, commas in names that are not quoted and
 * comments are no ambiguity, nor is a name that is the very address.
 */
void from_check(const struct header_field *f, const char *line, size_t len,
    const struct mailboxes *read, struct strs *warnings);

#endif
