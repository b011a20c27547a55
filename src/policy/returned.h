/*
 * returned.h - what a mail system writes into the text of a bounce that is no
 * RFC 3464 report: qmail, older Exim, OpenSMTPD, gateways.
 */
#ifndef POLICY_RETURNED_H
#define POLICY_RETURNED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True where the text holds, not quoted by '>', the header of a message, or
 * the fields of a delivery status (RFC 3464 section 2) as text. Linear.
 */
bool returned_header_in(const char *text, size_t len);

/*
 * True where the text has the two lines that Exchange puts around the header
 * that it returns, each alone on its line.
 */
bool returned_by_exchange(const char *text, size_t len);

#endif
