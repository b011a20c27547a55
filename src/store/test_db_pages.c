#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/test_folder.h"
#include "store/db.h"
#include "store/test_database.h"

#define LEAST_KB 4096 /* a thousand pages */

/* kB of memory that a child gets none of: "dc" in smaps, proc(5). */
static long
without_children(void)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	long size = 0, sum = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "Size:", 5) == 0)
			size = strtol(line + 5, NULL, 10);
		else if (strncmp(line, "VmFlags:", 8) == 0 &&
			 strstr(line, " dc") != NULL)
			sum += size;
	}
	(void)fclose(f);
	return sum;
}

static void
pages_of_a_database_are_not_a_childs(void **state)
{
	long before = without_children();
	struct db *db;
	int64_t n = 0;
	int status;
	pid_t pid;

	db_pages_without_children();
	assert_true(without_children() - before >= LEAST_KB);
	db = test_database_open(*state);
	assert_int_equal(
	    db_get_int(db, &n, 0, NULL, "SELECT count(*) FROM meta", ""), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0)
		_exit(without_children() >= LEAST_KB ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(
	    db_run(db, NULL, "INSERT INTO meta (name, value) VALUES ('a', 'b')",
		""),
	    0);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		pages_of_a_database_are_not_a_childs, test_folder_open,
		test_folder_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
