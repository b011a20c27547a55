/*
 * machine_type.h - what machines that report abuse call it, and what it is in
 * our categories and in the Reference Security Incident Taxonomy. Where the
 * standards give no such map, it is our decision.
 */
#ifndef POLICY_MACHINE_TYPE_H
#define POLICY_MACHINE_TYPE_H

#include <stdbool.h>

/* Constants, or NULL: a person decides. */
struct machine_type {
	const char *category;
	const char *rsit;
};

/* Feedback-Type of ARF (RFC 5965, 6430, 6591), in any case. */
struct machine_type machine_type_arf(const char *feedback_type);

/* ReportType of X-ARF 3; false where there is none of that name. */
bool machine_type_xarf3(const char *type, struct machine_type *out);

/*
 * category and type of XARF 4. A type that is new here is judged by its
 * category; false where there is no such category.
 */
bool machine_type_xarf4(
    const char *category, const char *type, struct machine_type *out);

#endif
