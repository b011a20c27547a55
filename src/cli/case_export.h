/*
 * case_export.h - a case's indicators for the caller, in a format: shared by
 * noroshi case indicators and --attach-indicators.
 */
#ifndef CLI_CASE_EXPORT_H
#define CLI_CASE_EXPORT_H

#include "cases/case_indicators.h"
#include "cases/outgoing.h"
#include "cli/session.h"

#define CASE_EXPORT_MAX (64U << 20) /* bytes of one export */

/*
 * Those of the case of that name. What the caller may not see is left out,
 * which a line on standard error says; of RED, who reads is recorded. out is
 * the caller's to case_indicators_free. The vault is open.
 */
int case_export_read(struct session *s, const char *incident,
    struct case_indicators *out, struct err *e);

/* Appends them as "csv" or "stix". */
void case_export_put(const struct session *s, const struct case_indicators *l,
    const char *format, struct buf *out);

/*
 * Attaches an export to o: how is "csv" or "stix", or "stix:CASE"; incident is
 * the case where how names none. The gate then judges each message that it was
 * made of.
 */
int case_export_attach(struct session *s, const char *how, const char *incident,
    struct outgoing *o, struct err *e);

#endif
