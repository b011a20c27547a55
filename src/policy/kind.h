/*
 * kind.h - kinds of mail that are told by structure, not by words: bounces
 * (RFC 3464, 6522, and those of older systems), receipts (RFC 8098),
 * auto-replies (RFC 3834), and reports by machines.
 *
 * A word in a subject never makes a kind here by itself: somebody writes to a
 * CSIRT about mail that bounces.
 */
#ifndef POLICY_KIND_H
#define POLICY_KIND_H

#include "message/part.h"

enum kind {
	KIND_UNKNOWN, /* structure does not tell: the rules decide */
	KIND_REPORT,
	KIND_VULNERABILITY,
	KIND_ADVISORY,
	KIND_ENQUIRY,
	KIND_REPLY,
	KIND_NOTIFICATION,
	KIND_BOUNCE,
	KIND_AUTO_REPLY,
	KIND_ADMINISTRATIVE,
	KIND_SPAM
};
const char *kind_name(enum kind k); /* KIND_UNKNOWN: "report" */
bool kind_parse(const char *text, enum kind *out);

/* What is asked about; everything is borrowed. */
struct kind_question {
	const struct part_table *table;
	bool null_sender; /* the envelope sender was "<>"; a field Return-Path
			     that says so counts as well */
	const char *text; /* its readable text, or NULL where it is not known */
	size_t text_len; /* bytes */
};

/*
 * DSN and what a mail system wrote: bounce. MDN, Auto-Submitted: auto-replied
 * and its older forms: auto-reply. ARF: report. DMARC aggregates (RFC 9990),
 * TLS reports (RFC 8460), and auto-generated mail without a list: notification.
 * List mail and all others: unknown. Linear in the table and the text.
 */
enum kind kind_by_structure(const struct kind_question *q);

#endif
