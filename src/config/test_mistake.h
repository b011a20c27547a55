/* test_mistake.h - for tests alone: what a configuration file does wrong. */
#ifndef CONFIG_TEST_MISTAKE_H
#define CONFIG_TEST_MISTAKE_H

/* Fails the test where text, as a file in folder, has a mistake. */
void assert_good(const char *folder, const char *text);

/*
 * Fails the test unless text has that one mistake and no other; expected is
 * some part of its line, which begins with the file's name.
 */
void assert_mistake(const char *folder, const char *text, const char *expected);

#endif
