/*
 * class.h - what a contact is to the team, in the words that configuration,
 * CSV and JSON write (noroshi(1), "contact add"). The words are our decision;
 * no standard has them.
 */
#ifndef PEOPLE_CLASS_H
#define PEOPLE_CLASS_H

#include <stdbool.h>

enum class {
	CLASS_STAFF,
	CLASS_CONSTITUENT,
	CLASS_VENDOR,
	CLASS_COORDINATOR,
	CLASS_ISAC,
	CLASS_FIRST,
	CLASS_PARTNER,
	CLASS_FINDER,
	CLASS_PUBLIC
};
#define CLASSES (CLASS_PUBLIC + 1)

/* The class's word, constant. */
const char *class_name(enum class c);

/* False where text is no class's word, letter for letter. */
bool class_parse(const char *text, enum class *out);

/*
 * How it was verified that a key is its contact's; with any of the first five
 * the gate takes the channel for verified (NOROSHI_E1 in noroshi.h).
 */
enum verified {
	VERIFIED_MET,
	VERIFIED_VIDEO,
	VERIFIED_PHONE,
	VERIFIED_SPONSOR,
	VERIFIED_DIRECTORY,
	VERIFIED_NONE
};

/* As class_name and class_parse. */
const char *verified_name(enum verified v);
bool verified_parse(const char *text, enum verified *out);

/* True for poc, deputy, approver, legal, pr, handler and observer. */
bool role_is_known(const char *role);

#endif
