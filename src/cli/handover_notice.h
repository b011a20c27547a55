/* handover_notice.h - what the contacts of who hands over are told. */
#ifndef CLI_HANDOVER_NOTICE_H
#define CLI_HANDOVER_NOTICE_H

#include "cases/handover.h"
#include "cli/session.h"

/*
 * Asks for one message to all contacts that have none yet, in Bcc, with the
 * signed mails statement[0] (of the old one) and [1] attached. None where all
 * have it. The vault and the spool are open; inside the transaction.
 */
int handover_notice_make(struct session *s, const struct handover *h,
    const int64_t statement[2], struct err *e);

#endif
