/* defanged.h - an indicator as people read it: no program makes a link of it.
 */
#ifndef CASES_DEFANGED_H
#define CASES_DEFANGED_H

/*
 * "hxxp://evil[.]com/a.b", "192[.]0[.]2[.]1", "joe[@]evil[.]com",
 * "2001[:]db8::1"; of other types the value. defang() reads it back. The
 * caller's.
 */
char *indicator_defanged(const char *type, const char *value);

#endif
