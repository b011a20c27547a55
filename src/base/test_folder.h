/* test_folder.h - for tests alone: a temporary folder of their own. */
#ifndef BASE_TEST_FOLDER_H
#define BASE_TEST_FOLDER_H

/* Makes an empty folder (0700); its path is the caller's. */
char *test_folder_make(void);

/*
 * Removes the folder with all that is in it, and frees path. Returns 0, or -1
 * where something remains; NULL is fine.
 */
int test_folder_remove(char *path);

/* A test's set-up and its end: *state is the path. */
int test_folder_open(void **state);
int test_folder_close(void **state);

/* Writes a file (0600) of that name in the folder, in place of an older one. */
void test_folder_write(const char *path, const char *name, const char *text);

#endif
