/* order_inside.h - what the files of order.h's checks have in common. */
#ifndef WORKER_ORDER_INSIDE_H
#define WORKER_ORDER_INSIDE_H

#include "worker/order.h"

/* One check under way. */
struct order_check {
	struct worker *w;
	const struct order_question *q;
	struct order *o;
	struct strs *lines;
	bool japanese; /* its author reads it */
	const char *why; /* the first reason; constant */
};

/* Keeps the first reason, and in a line what it is about (NULL: nothing); 0. */
int order_refuse(struct order_check *c, const char *why, const char *about);

/* A look-up that found nothing is the author's mistake; another error ours. */
bool order_is_mistake(const struct err *why);

/* order_choice.c: a line that is one word out of a few. */
void order_choice_line(struct order_check *c, const struct pseudo_line *l);

/* order_recipient.c: a line that says who gets the text. */
int order_recipient_line(
    struct order_check *c, const struct pseudo_line *l, struct err *e);

/* order_regroup.c: a line that says what becomes of cases and messages. */
int order_regroup_line(
    struct order_check *c, const struct pseudo_line *l, struct err *e);

/* order_ask.c: a line that asks for words or cases; they are in done. */
int order_ask_line(
    struct order_check *c, const struct pseudo_line *l, struct err *e);

/* order_said.c: what its author is told when all of it was checked. */
void order_say(struct order_check *c);

#endif
