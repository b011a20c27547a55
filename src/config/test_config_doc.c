/* The table, conf/noroshi.conf and doc/man/noroshi.conf.5 say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "config/config_load.h"
#include "config/config_template.h"

#define FILE_MAX (256 * 1024) /* bytes */
#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz_"

/* The text of a file of the source tree; the caller's. */
static char *
read_source(const char *name)
{
	const char *top = getenv("top_srcdir");
	char *path = xasprintf("%s/%s", top != NULL ? top : ".", name);
	FILE *f = fopen(path, "r");
	char piece[4096];
	size_t n;
	struct buf b;

	if (f == NULL)
		fail_msg("%s cannot be opened", path);
	buf_init(&b, FILE_MAX);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_put(&b, piece, n);
	(void)fclose(f);
	free(path);
	assert_false(b.over);
	return buf_take_str(&b);
}

/* The name at the start of a line "name = ...", marked as default or not. */
static void
conf_line(struct strs *names, char **section, const char *line)
{
	size_t len;

	line += strspn(line, "\t");
	line += *line == '#' ? 1 : 0;
	len = strspn(line, NAME_CHARS);
	if (*line == '}') {
		free(*section);
		*section = NULL;
	} else if (len > 0 && strcmp(line + len, ": {") == 0) {
		free(*section);
		*section = xstrndup(line, len);
	} else if (len > 0 && strncmp(line + len, " = ", 3) == 0) {
		char *name =
		    xasprintf("%s%s%.*s", *section != NULL ? *section : "",
			*section != NULL ? "." : "", (int)len, line);

		strs_add(names, name);
		free(name);
	} else if (strcmp(line, "@include \"rules.conf\"") == 0) {
		strs_add(names, "rules");
	} else if (strcmp(line, "@include \"deadlines.conf\"") == 0) {
		strs_add(names, "deadlines");
	}
}

static void
conf_names(struct strs *names, const char *text)
{
	char *section = NULL;
	struct strs lines = {0};

	strs_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.count; i++)
		conf_line(names, &section, lines.item[i]);
	strs_free(&lines);
	free(section);
}

/* The names after ".It Ic" (settings) or ".It Cm" (members of groups). */
static void
page_names(struct strs *names, const char *text, const char *macro)
{
	struct strs lines = {0};

	strs_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		const char *line = lines.item[i];

		if (strncmp(line, macro, strlen(macro)) != 0)
			continue;
		line += strlen(macro);
		strs_add_len(names, line, strcspn(line, " "));
	}
	strs_free(&lines);
}

static void
assert_all_in(const struct strs *some, const struct strs *all, const char *what)
{
	assert_true(some->count > 0);
	for (size_t i = 0; i < some->count; i++)
		if (!strs_has(all, some->item[i]))
			fail_msg("%s is not in %s", some->item[i], what);
}

static void
table_names(struct strs *settings, struct strs *members)
{
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++) {
		strs_add(settings, s->name);
		for (const struct config_setting *m = s->members;
		     m != NULL && m->name != NULL; m++)
			strs_add(members, m->name);
	}
}

static void
the_example_has_every_setting_and_no_other(void **state)
{
	struct strs table = {0};
	struct strs members = {0};
	struct strs names = {0};
	char *text = read_source("conf/noroshi.conf");

	(void)state;
	table_names(&table, &members);
	conf_names(&names, text);
	assert_all_in(&table, &names, "conf/noroshi.conf");
	assert_all_in(&names, &table, "the table of settings");
	strs_free(&table);
	strs_free(&members);
	strs_free(&names);
	free(text);
}

static void
the_manual_has_every_setting_and_no_other(void **state)
{
	struct strs table = {0};
	struct strs members = {0};
	struct strs names = {0};
	struct strs inner = {0};
	char *text = read_source("doc/man/noroshi.conf.5");

	(void)state;
	table_names(&table, &members);
	page_names(&names, text, ".It Ic ");
	page_names(&inner, text, ".It Cm ");
	assert_all_in(&table, &names, "noroshi.conf(5)");
	assert_all_in(&names, &table, "the table of settings");
	assert_all_in(&members, &inner, "noroshi.conf(5)");
	assert_all_in(&inner, &members, "the table of settings");
	strs_free(&table);
	strs_free(&members);
	strs_free(&names);
	strs_free(&inner);
	free(text);
}

/* The manual's item of a setting, up to the next one; the caller's. */
static char *
page_item(const char *page, const char *name)
{
	char *head = xasprintf(".It Ic %s = ", name);
	const char *start = strstr(page, head);
	const char *end;

	free(head);
	if (start == NULL) {
		fail_msg("%s is not in noroshi.conf(5)", name);
		return NULL;
	}
	end = strstr(start, "\n.It Ic ");
	return xstrndup(
	    start, end != NULL ? (size_t)(end - start) : strlen(start));
}

static void
the_manual_has_every_default_and_word(void **state)
{
	char *page = read_source("doc/man/noroshi.conf.5");

	(void)state;
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++) {
		char *item = page_item(page, s->name);
		char *text = NULL;

		if (s->kind == CONFIG_INTEGER)
			text = xasprintf("From %lld to %lld;\nthe default is "
					 "%lld.",
			    (long long)s->min, (long long)s->max,
			    (long long)s->number);
		else if (s->kind < CONFIG_STRINGS && s->text != NULL)
			text = xasprintf("The default is\n.Cm %s .", s->text);
		if (text != NULL && strstr(item, text) == NULL)
			fail_msg("%s: the manual lacks: %s", s->name, text);
		for (size_t i = 0; s->words != NULL && s->words[i] != NULL; i++)
			assert_non_null(strstr(item, s->words[i]));
		free(text);
		free(item);
	}
	free(page);
}

static void
the_example_is_read_and_says_the_defaults(void **state)
{
	char *folder = test_folder_make();
	char *text = read_source("conf/noroshi.conf");
	char *rules = read_source("conf/rules.conf");
	char *deadlines = read_source("conf/deadlines.conf");
	char *embedded = config_template_rules();
	char *built_in = config_template_deadlines();
	struct config *d = config_create();
	struct config *c;
	struct err e;
	char *file, *templates, *checklists;

	(void)state;
	assert_string_equal(rules, embedded);
	assert_string_equal(deadlines, built_in);
	file = xasprintf("%s/noroshi.conf", folder);
	/* The marks are taken away from all defaults but the empty key. */
	for (char *p = text; (p = strchr(p, '#')) != NULL; p++)
		if (p[1] != ' ' && p[1] != '\t' && p[1] != '\n' &&
		    strncmp(p, "#key", 4) != 0)
			*p = ' ';
	test_folder_write(folder, "noroshi.conf", text);
	test_folder_write(folder, "rules.conf", rules);
	test_folder_write(folder, "deadlines.conf", deadlines);
	test_folder_write(folder, "smtp.password", "secret\n");
	templates = xasprintf("%s/templates", folder);
	assert_int_equal(mkdir(templates, 0700), 0);
	checklists = xasprintf("%s/checklists", folder);
	assert_int_equal(mkdir(checklists, 0700), 0);
	free(checklists);
	free(templates);
	if (config_load(&c, file, NULL, &e) == -1)
		fail_msg("%s", e.text);
	assert_string_equal(c->case_prefix, d->case_prefix);
	assert_string_equal(c->log_level, d->log_level);
	assert_string_equal(c->sandbox, d->sandbox);
	assert_string_equal(c->second_person, d->second_person);
	assert_string_equal(c->tlp_default_out, d->tlp_default_out);
	assert_memory_equal(&c->workers, &d->workers,
	    offsetof(struct config, once) - offsetof(struct config, workers));
	assert_int_equal(test_folder_remove(folder), 0);
	config_free(c);
	config_free(d);
	free(file);
	free(text);
	free(rules);
	free(embedded);
	free(deadlines);
	free(built_in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_example_has_every_setting_and_no_other),
	    cmocka_unit_test(the_manual_has_every_setting_and_no_other),
	    cmocka_unit_test(the_manual_has_every_default_and_word),
	    cmocka_unit_test(the_example_is_read_and_says_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
