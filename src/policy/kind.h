/*
 * kind.h - kinds of mail that are told by structure, not by words:
 * bounces (RFC 3464, 6522), auto-replies (RFC 3834), and reports by machines.
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

/*
 * null_sender: the envelope sender was "<>" (or Return-Path says so). DSN:
 * bounce; MDN and Auto-Submitted other than "no" that answers: auto-reply;
 * ARF (feedback-report): report; list mail and others: unknown.
 */
enum kind kind_by_structure(const struct part_table *t, bool null_sender);

#endif
