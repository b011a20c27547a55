/*
 * ring.h - an alarm that rings (cases/alarm.h): what each kind tells, to whom,
 * and whether it is still so when it is told.
 *
 * A kind is a row of the table in ring.c and two functions in a file of its
 * own. The letters are those of told.h; where nobody can get one (no usable
 * key), the note and the audit log say it alone.
 */
#ifndef WORKER_RING_H
#define WORKER_RING_H

#include "cases/alarm.h"
#include "cases/answerable.h"
#include "cases/case.h"
#include "cases/message.h"
#include "worker/notify.h"
#include "worker/worker.h"

struct ring {
	struct worker *w;
	struct alarm alarm;
	struct case_file incident; /* id 0: the alarm is of no case */
	struct message about; /* what letters refer to: the last of the case
				 unless read puts another; id 0: none */
	/* what read fills in */
	const char *subject; /* of the letters */
	char *line; /* what is told; freed with the ring */
	const char *subject_ja; /* for who reads Japanese */
	char *line_ja; /* as line; NULL: they read line */
	const char
	    *event; /* of the audit log; NULL: there is nothing to tell */
	unsigned who; /* enum answerable, any of them: the first who can
			 be told, and the next where the owner is away */
	bool all; /* each of those groups, not only the first with anybody */
	bool readers; /* they learn of a RED message: its readers alone */
	bool note; /* the line becomes a note of the case as well */
	int64_t again; /* it rings again then, told or not; 0: it is gone */
	int64_t fact; /* the kind's own, from read to still */
	/* the letters */
	struct notices n;
	enum answerable group; /* the last that they are for */
	int64_t people; /* version that keys were chosen by */
};

struct ring_kind {
	const char *name; /* ALARM_... */
	/* Outside a transaction. 1: there is something to tell; 0: there is
	 * not, and the alarm goes, or is put off (again), without a word. */
	int (*read)(struct ring *r, struct err *e);
	/*
	 * Inside the transaction that writes the letters: 1: it is still as it
	 * was read; 0: it is not. Writes what else has to be so, such as the
	 * next stage's alarm. NULL: always 1; that the alarm is as it was and
	 * no contact or key has changed is seen to in either case.
	 */
	int (*still)(struct ring *r, struct err *e);
};

/* For a kind whose alarm is of no case: the case that its letters are in, and
 * that one's last message. 0: none. */
int ring_case(struct ring *r, int64_t cases, struct err *e);

/* The job of an alarm that is due. Errors as in pipeline.h. */
int ring_alarm(struct worker *w, int64_t id, struct err *e);

#endif
