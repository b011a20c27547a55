/*
 * rfc_id.h - Message-IDs of RFC 5322: which messages have one, and which refer
 * to one. Owns the table message_reference.
 */
#ifndef CASES_RFC_ID_H
#define CASES_RFC_ID_H

#include "cases/message.h"

/*
 * The message that has this Message-ID, or was copied under it (draft): *id 0
 * where none. *ours tells that the Message-ID is one that we made.
 */
int rfc_id_find(struct db *db, const char *rfc_message_id, int64_t *id,
    int64_t *cases, bool *ours, struct err *e);

/* Where a message is that has a Message-ID, or refers to one. */
struct rfc_id_place {
	int64_t id;
	int64_t cases; /* 0: in none */
	bool ours; /* the Message-ID is one that we made */
};

#define RFC_ID_PLACES 8 /* of one Message-ID that are looked at */

/*
 * The messages that have this Message-ID, the one that rfc_id_find finds
 * first, then the older before the newer: nothing keeps two mails from having
 * the same. Returns how many, or -1.
 */
int rfc_id_places(struct db *db, const char *rfc_message_id,
    struct rfc_id_place out[RFC_ID_PLACES], struct err *e);

/* The same for claimed messages in cases that refer to it. */
int rfc_id_referring(struct db *db, const char *rfc_message_id,
    struct rfc_id_place out[RFC_ID_PLACES], struct err *e);

#define RFC_ID_AKIN 64 /* of one message that are looked at */

/*
 * Messages of other cases that the message refers to, that refer to it, or to a
 * mail that it refers to, the newest first; how many, or -1. ours is not set.
 * Some of them where a great many have an id: a machine writes it into all its
 * mails.
 */
int rfc_id_akin(struct db *db, int64_t message, int64_t cases,
    struct rfc_id_place out[RFC_ID_AKIN], struct err *e);

/*
 * A parent that came late: those of its case that refer to its Message-ID, and
 * to none nearer that is stored, answer it; but not where it answers them.
 */
int rfc_id_adopt(struct db *db, const struct message *parent, struct err *e);

/*
 * Remembers what a claimed message refers to, so that a parent that comes later
 * finds it: the nearest last, in one call or several.
 */
int rfc_id_refer(struct db *db, int64_t id, const struct strs *rfc_message_ids,
    struct err *e);

#endif
