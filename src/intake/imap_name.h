/* imap_name.h - names of mailboxes on their way to an IMAP server. */
#ifndef INTAKE_IMAP_NAME_H
#define INTAKE_IMAP_NAME_H

/*
 * The name in modified UTF-7 (RFC 3501 section 5.1.3), which every server
 * takes; the caller's. name is UTF-8; what is none becomes U+FFFD.
 */
char *imap_name_wire(const char *name);

#endif
