/*
 * constituency.h - whom the team serves: domains, networks, autonomous systems,
 * products and persons of the configuration; and who or what is inside.
 */
#ifndef POLICY_CONSTITUENCY_H
#define POLICY_CONSTITUENCY_H

#include "config/config.h"

struct constituency;

enum constituency_place {
	CONSTITUENCY_OUTSIDE,
	CONSTITUENCY_INSIDE,
	CONSTITUENCY_NOWHERE /* a hash or a number has no place */
};

/* c is borrowed until constituency_free. */
struct constituency *constituency_create(const struct config *c);
void constituency_free(struct constituency *c);

/* True where address's domain is one of the constituency's or below one. */
bool constituency_has(const struct strs *domains, const char *address);

/* Whether a sender's address is a person's, or of a domain of the
 * constituency. NULL is nobody's. */
bool constituency_sender(const struct config *c, const char *address);

/* Where an indicator (cases/indicator.h) belongs. A network is inside where it
 * has an address in common with one of the constituency's. */
enum constituency_place constituency_place(
    const struct constituency *c, const char *type, const char *value);

/* Adds the products that text (len bytes of UTF-8) names, each once; in ASCII
 * as whole words, in any case. Linear. */
void constituency_products(const struct constituency *c, const char *text,
    size_t len, struct strs *out);

#endif
