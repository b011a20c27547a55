#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/config_load.h"
#include "config/config_template.h"
#include "config/deadline_rule.h"

#define HEAD                                                                   \
	"team: { name = \"T\"; address = \"t@example.org\"; };\n"              \
	"intake = ( { type = \"maildir\"; path = \"in\"; } );\n"               \
	"@include \"deadlines.conf\"\n"
#define ROW                                                                    \
	"jurisdiction = \"JP\"; law = \"L\"; trigger = \"T\"; clock = \"C\";"  \
	" to = \"P\"; status = \"ours\"; source = \"S\";"

/* Loads a gateway with that deadlines.conf; its first mistake, or NULL. */
static char *
load(const char *rows, struct config **c)
{
	char *folder = test_folder_make();
	char *file = xasprintf("%s/noroshi.conf", folder);
	struct strs mistakes = {0};
	struct err e = {0};
	char *first = NULL;

	test_folder_write(folder, "noroshi.conf", HEAD);
	test_folder_write(folder, "deadlines.conf", rows);
	if (config_load(c, file, &mistakes, &e) == -1)
		first = xstrdup(mistakes.count > 0 ? mistakes.item[0] : e.text);
	strs_free(&mistakes);
	free(file);
	assert_int_equal(test_folder_remove(folder), 0);
	return first;
}

static void
assert_wrong(const char *row, const char *where, const char *why)
{
	struct config *c = NULL;
	char *first = load(row, &c);

	if (first == NULL || strstr(first, where) == NULL ||
	    strstr(first, why) == NULL)
		fail_msg("%s: %s", row, first == NULL ? "right" : first);
	free(first);
	config_free(c);
}

static const struct config_deadline *
row(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->deadlines; i++)
		if (strcmp(c->deadline[i].id, id) == 0)
			return &c->deadline[i];
	fail_msg("no row %s", id);
	return NULL;
}

static void
the_rows_that_come_along_are_right(void **state)
{
	static const char *const ids[] = {"jp-appi-prelim", "jp-appi-final",
	    "jp-appi-persons", "jp-appi-entrusted", "jp-tba-secrecy",
	    "jp-tba-major", "jp-cyber-capability", "jp-fsa", "jp-form-ddos-rw",
	    "eu-gdpr-33", "eu-gdpr-33-proc", "eu-nis2", "eu-dora",
	    "eu-cra-vuln", "eu-cra-incident", "us-circia", "us-sec-8k"};
	char *rows = config_template_deadlines();
	struct config *c = NULL;
	char *wrong = load(rows, &c);

	(void)state;
	if (wrong != NULL)
		fail_msg("%s", wrong);
	assert_int_equal(c->deadlines, sizeof(ids) / sizeof(*ids));
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		assert_string_equal(row(c, ids[i])->reviewed_on, "2026-11-23");
	assert_int_equal(row(c, "jp-appi-prelim")->fields.count, 9);
	assert_string_equal(row(c, "jp-appi-final")->roll, "next-open-day");
	assert_true(row(c, "us-circia")->off);
	assert_false(row(c, "eu-gdpr-33")->off);
	/* only that row rolls: DOMAIN's table says so of no other */
	for (size_t i = 0; i < c->deadlines; i++)
		if (strcmp(c->deadline[i].id, "jp-appi-final") != 0)
			assert_null(c->deadline[i].roll);
	config_free(c);
	free(rows);
}

static void
a_mistake_is_named_at_its_line(void **state)
{
	(void)state;
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " reviewed_on = \"2026-11-23\";\n"
		     "stages = [ \"x: 1 day\",\n\"y: soon\" ]; } );\n",
	    "deadlines.conf:4:", "is no limit");
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " reviewed_on = \"2026-11-23\"; stages = [ \"x: 1 day\" ];"
		     "\ndraft = [ \"to {to}\",\n\"{who} } {due}\" ]; } );\n",
	    "deadlines.conf:4:", "\"{who}\" stands for nothing");
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " reviewed_on = \"2026-02-31\"; "
		     "stages = [ \"x: 1 day\" ]; } );\n",
	    "deadlines.conf:2:", "is no date");
	assert_wrong("deadlines = (\n{ id = \"A b\"; " ROW
		     " reviewed_on = \"2026-11-23\"; "
		     "stages = [ \"x: 1 day\" ]; } );\n",
	    "deadlines.conf:2:", "is no name");
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " reviewed_on = \"2026-11-23\"; zone = \"JST\"; "
		     "stages = [ \"x: 1 day\" ]; } );\n",
	    "deadlines.conf:2:", "is no offset");
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " reviewed_on = \"2026-11-23\"; categories = [ \"leek\" ];"
		     "stages = [ \"x: 1 day\" ]; } );\n",
	    "deadlines.conf:2:", "is no category");
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " reviewed_on = \"2026-11-23\"; "
		     "stages = [ \"x: 1 day\", \"x: 2 days\" ]; } );\n",
	    "deadlines.conf:2:", "twice");
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " reviewed_on = \"2026-11-23\"; stages = [ ]; } );\n",
	    "deadlines.conf:2:", "is empty");
	assert_wrong("deadlines = (\n{ id = \"a\"; " ROW
		     " stages = [ \"x: 1 day\" ]; } );\n",
	    "deadlines.conf:2:", "has no reviewed_on");
}

static void
two_rows_have_not_one_id(void **state)
{
	(void)state;
	assert_wrong("deadlines = ( { id = \"a\"; " ROW
		     " reviewed_on = \"2026-11-23\"; "
		     "stages = [ \"x: 1 day\" ]; },\n"
		     "{ id = \"a\"; " ROW " reviewed_on = \"2026-11-23\"; "
		     "stages = [ \"x: 1 day\" ]; } );\n",
	    "deadlines.conf:2:", "an id of its own");
}

static void
a_contract_is_a_row_like_any_other(void **state)
{
	struct config *c = NULL;
	char *wrong = load("deadlines = ( { id = \"contract-hosting\"; " ROW
			   " reviewed_on = \"2026-11-23\";"
			   " stages = [ \"notice if big: 4 hours\","
			   " \"notice: 24 hours\" ]; draft = [ \"{case}\","
			   " \"{fields}\" ]; } );\n",
	    &c);

	(void)state;
	assert_null(wrong);
	assert_int_equal(row(c, "contract-hosting")->stages.count, 2);
	assert_int_equal(row(c, "contract-hosting")->draft.count, 2);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rows_that_come_along_are_right),
	    cmocka_unit_test(a_mistake_is_named_at_its_line),
	    cmocka_unit_test(two_rows_have_not_one_id),
	    cmocka_unit_test(a_contract_is_a_row_like_any_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
