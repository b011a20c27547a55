#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/test_folder.h"

#define FOLDERS_OPEN 8 /* descriptors that a walk may hold */

char *
test_folder_make(void)
{
	char *path = xstrdup("/tmp/noroshi-test-XXXXXX");

	assert_non_null(mkdtemp(path));
	return path;
}

static int
entry_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
test_folder_remove(char *path)
{
	int rc = 0;

	if (path != NULL)
		rc = nftw(
		    path, entry_remove, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
	free(path);
	return rc;
}

int
test_folder_open(void **state)
{
	*state = test_folder_make();
	return 0;
}

int
test_folder_close(void **state)
{
	return test_folder_remove(*state);
}

void
test_folder_write(const char *path, const char *name, const char *text)
{
	char *file = xasprintf("%s/%s", path, name);
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	free(file);
}
