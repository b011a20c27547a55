#include "config/config_load.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/business_time.h"
#include "config/checklist.h"
#include "config/config_check.h"
#include "config/config_group.h"
#include "config/config_mistake.h"
#include "config/config_page.h"
#include "config/config_smtp.h"
#include "config/wording.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc/noroshi"
#endif
#ifndef LIBEXECDIR
#define LIBEXECDIR "/usr/libexec/noroshi"
#endif

/* One reading of one file. */
struct load {
	struct config *c;
	struct mistakes mistakes;
	struct strs sources; /* the files that settings came from */
	struct strs seen; /* names of the settings that were there */
};

/* The path as it is from the file's folder. */
static char *
absolute(const struct config *c, const char *path)
{
	if (path[0] == '/')
		return xstrdup(path);
	return xasprintf("%s/%s", c->directory, path);
}

static void
upper(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'a' && *s <= 'z')
			*s = (char)(*s - 'a' + 'A');
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static void
load_string(struct load *l, const struct config_setting *s, char **out,
    config_setting_t *at, const char *name)
{
	const char *value = config_setting_get_string(at);

	if (config_setting_type(at) != CONFIG_TYPE_STRING) {
		mistake_type(&l->mistakes, at, name, "a string");
		return;
	}
	if (mistake_take(&l->mistakes, at, name, config_check(s, value)))
		return;
	free(*out);
	*out = s->kind == CONFIG_PATH ? absolute(l->c, value) : xstrdup(value);
	if (s->kind == CONFIG_FINGERPRINT)
		upper(*out);
}

static void
load_strings(struct load *l, const struct config_setting *s, struct strs *out,
    config_setting_t *at, const char *name)
{
	int count = config_setting_length(at);

	if (!config_setting_is_array(at) && !config_setting_is_list(at)) {
		mistake_type(
		    &l->mistakes, at, name, "a list of strings [ \"...\" ]");
		return;
	}
	if (count > CONFIG_LIST_MAX) {
		mistake_take(&l->mistakes, at, name,
		    xasprintf("has %d strings, expected at most %d", count,
			CONFIG_LIST_MAX));
		return;
	}
	for (int i = 0; i < count; i++) {
		config_setting_t *item =
		    config_setting_get_elem(at, (unsigned int)i);
		const char *value = config_setting_get_string(item);

		if (config_setting_type(item) != CONFIG_TYPE_STRING) {
			mistake_type(&l->mistakes, item, name, "a string");
			continue;
		}
		if (mistake_take(
			&l->mistakes, item, name, config_check(s, value)))
			continue;
		strs_add(out, value);
		if (s->kind == CONFIG_DOMAINS)
			lower(out->item[out->count - 1]);
		else if (s->kind == CONFIG_SYSTEMS)
			upper(out->item[out->count - 1]);
	}
}

static void
load_integer(struct load *l, const struct config_setting *s, int64_t *out,
    config_setting_t *at, const char *name)
{
	int type = config_setting_type(at);
	long long value;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
		mistake_type(&l->mistakes, at, name, "an integer");
		return;
	}
	value = config_setting_get_int64(at);
	if (!mistake_take(
		&l->mistakes, at, name, config_check_integer(s, value)))
		*out = value;
}

static void load_groups(
    struct load *l, const struct config_setting *s, config_setting_t *at);

static void
load_value(struct load *l, const struct config_setting *s, void *base,
    config_setting_t *at, const char *name)
{
	void *value = (unsigned char *)base + s->offset;

	switch (s->kind) {
	case CONFIG_STRINGS:
	case CONFIG_WORDS:
	case CONFIG_ADDRESSES:
	case CONFIG_DOMAINS:
	case CONFIG_DATES:
	case CONFIG_NETWORKS:
	case CONFIG_SYSTEMS:
	case CONFIG_PRODUCTS:
		load_strings(l, s, value, at, name);
		break;
	case CONFIG_INTEGER:
		load_integer(l, s, value, at, name);
		break;
	case CONFIG_BOOL:
		if (config_setting_type(at) == CONFIG_TYPE_BOOL)
			*(bool *)value = config_setting_get_bool(at);
		else
			mistake_type(&l->mistakes, at, name, "true or false");
		break;
	case CONFIG_GROUPS:
		load_groups(l, s, at);
		break;
	default:
		load_string(l, s, value, at, name);
		break;
	}
}

static const struct config_setting *
find(const struct config_setting *s, const char *name)
{
	for (; s->name != NULL; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static void
load_source(struct load *l, const config_setting_t *at)
{
	const char *file = config_setting_source_file(at);

	if (file != NULL)
		strs_add_once(&l->sources, file);
}

/* One { } of a list of groups. */
static void
load_group(struct load *l, const struct config_setting *s, void *group,
    config_setting_t *at, const char *name)
{
	for (int i = 0; i < config_setting_length(at); i++) {
		config_setting_t *child =
		    config_setting_get_elem(at, (unsigned int)i);
		const struct config_setting *m =
		    find(s->members, config_setting_name(child));
		char *shown =
		    xasprintf("%s.%s", name, config_setting_name(child));

		load_source(l, child);
		if (m != NULL)
			load_value(l, m, group, child, shown);
		else
			mistake_unknown(&l->mistakes, child, shown, s->members,
			    config_setting_name(child));
		free(shown);
	}
	for (const struct config_setting *m = s->members; m->name != NULL; m++)
		if (m->required &&
		    config_setting_get_member(at, m->name) == NULL)
			mistake_take(&l->mistakes, at, name,
			    xasprintf("has no %s, expected %s = ...", m->name,
				m->name));
}

static void
load_groups(
    struct load *l, const struct config_setting *s, config_setting_t *at)
{
	void **groups = (void **)((unsigned char *)l->c + s->offset);
	size_t *count = (size_t *)((unsigned char *)l->c + s->count);
	int length = config_setting_length(at);

	if (!config_setting_is_list(at)) {
		mistake_type(
		    &l->mistakes, at, s->name, "a list of groups ( { } )");
		return;
	}
	if (length > CONFIG_LIST_MAX) {
		mistake_take(&l->mistakes, at, s->name,
		    xasprintf("has %d groups, expected at most %d", length,
			CONFIG_LIST_MAX));
		return;
	}
	*groups = xcalloc((size_t)length + 1, s->size);
	for (int i = 0; i < length; i++) {
		config_setting_t *item =
		    config_setting_get_elem(at, (unsigned int)i);
		void *group = (unsigned char *)*groups + *count * s->size;
		char *name = xasprintf("%s[%d]", s->name, i);

		if (config_setting_is_group(item)) {
			(*count)++;
			load_group(l, s, group, item, name);
			config_group_check(
			    &l->mistakes, l->c, s, group, item, name);
		} else {
			mistake_type(&l->mistakes, item, name, "a group { }");
		}
		free(name);
	}
}

/* True where name is what stands before the dot of some setting. */
static bool
is_prefix_of_settings(const char *name)
{
	size_t len = strlen(name);

	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++)
		if (strncmp(s->name, name, len) == 0 && s->name[len] == '.')
			return true;
	return false;
}

/* Empty quotes are how a new gateway's file shows that there is no such string.
 * In a group, where one rule could become a rule for all, they are a mistake.
 */
static bool
is_none(const struct config_setting *s, const config_setting_t *at)
{
	const char *value = config_setting_get_string(at);

	return s->kind < CONFIG_STRINGS && !s->required && s->text == NULL &&
	       value != NULL && value[0] == '\0';
}

static void
load_setting(struct load *l, config_setting_t *at, const char *name)
{
	const struct config_setting *s = find(config_settings(), name);

	load_source(l, at);
	if (s == NULL) {
		mistake_unknown(
		    &l->mistakes, at, name, config_settings(), name);
		return;
	}
	strs_add(&l->seen, name);
	if (!is_none(s, at))
		load_value(l, s, l->c, at, name);
}

static void
load_section(struct load *l, config_setting_t *at)
{
	const char *section = config_setting_name(at);

	if (!config_setting_is_group(at)) {
		mistake_type(&l->mistakes, at, section, "a group { }");
		return;
	}
	for (int i = 0; i < config_setting_length(at); i++) {
		config_setting_t *child =
		    config_setting_get_elem(at, (unsigned int)i);
		char *name =
		    xasprintf("%s.%s", section, config_setting_name(child));

		load_setting(l, child, name);
		free(name);
	}
}

static void
load_root(struct load *l, config_setting_t *root)
{
	for (int i = 0; i < config_setting_length(root); i++) {
		config_setting_t *at =
		    config_setting_get_elem(root, (unsigned int)i);
		const char *name = config_setting_name(at);

		load_source(l, at);
		if (is_prefix_of_settings(name))
			load_section(l, at);
		else
			load_setting(l, at, name);
	}
}

/* What had to be there, at the line of its section where there is one. */
static void
check_required(struct load *l, const config_setting_t *root)
{
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++) {
		const config_setting_t *at = root;
		char *section = xstrndup(s->name, strcspn(s->name, "."));
		const config_setting_t *found =
		    config_setting_get_member(root, section);

		if (found != NULL)
			at = found;
		if (s->required && !strs_has(&l->seen, s->name))
			mistake_take(&l->mistakes, at, s->name,
			    xasprintf(
				"is missing, expected %s = ...", s->name));
		free(section);
	}
}

/* The team's own texts are read now, or a report would find the mistake. */
static void
check_templates(struct load *l, const config_setting_t *root)
{
	const config_setting_t *at =
	    config_setting_get_member(root, "templates");

	if (at != NULL && l->c->templates != NULL)
		mistake_take(&l->mistakes, at, "templates",
		    wording_check(l->c->templates));
	at = config_setting_get_member(root, "checklists");
	if (at != NULL && l->c->checklists != NULL)
		mistake_take(&l->mistakes, at, "checklists",
		    checklist_check(l->c->checklists));
}

/* Whoever may write the file may have any mail sent anywhere. */
static void
check_mode(struct load *l, const char *file, const struct stat *st)
{
	if (st->st_uid != geteuid() && st->st_uid != 0)
		mistake(&l->mistakes, file, 1, "file",
		    "belongs to user %lu, expected the caller or root",
		    (unsigned long)st->st_uid);
	if ((st->st_mode & 022) != 0)
		mistake(&l->mistakes, file, 1, "file",
		    "others may write it (mode %04o), expected %04o",
		    (unsigned int)(st->st_mode & 07777),
		    (unsigned int)(st->st_mode & 07755));
}

static void
check_sources(struct load *l)
{
	for (size_t i = 0; i < l->sources.count; i++) {
		const char *file = l->sources.item[i];
		char *path = mistake_source(&l->mistakes, file);
		struct stat st;

		if (stat(path, &st) == 0)
			check_mode(l, file, &st);
		free(path);
	}
}

/* Paths that are absent from the file are relative to its folder too. */
static void
absolute_defaults(struct config *c)
{
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++) {
		char **value = (char **)((unsigned char *)c + s->offset);

		if (s->kind == CONFIG_PATH && *value != NULL) {
			char *path = absolute(c, *value);

			free(*value);
			*value = path;
		}
	}
}

/* The folder as the caller named it, for libconfig; NULL: the current one. */
static char *
folder(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (slash == NULL)
		return NULL;
	return slash == file ? xstrdup("/")
			     : xstrndup(file, (size_t)(slash - file));
}

char *
config_libexec(void)
{
	const char *try = secure_getenv("NOROSHI_LIBEXEC");

	return xstrdup(try != NULL && try[0] == '/' ? try : LIBEXECDIR);
}

static int
load_places(struct config *c, const char *file, const char *near, struct err *e)
{
	const char *slash = strrchr(file, '/');

	c->directory = realpath(near != NULL ? near : ".", NULL);
	if (c->directory == NULL)
		return err_set(e, ERR_NOINPUT, "%s: %m", file);
	c->file = absolute(c, slash != NULL ? slash + 1 : file);
	c->libexec = config_libexec();
	return 0;
}

/* A day that ends before it begins would never be worked on. */
static void
check_business(struct load *l, const config_setting_t *root)
{
	const config_setting_t *at =
	    config_setting_get_member(root, "business");

	if (business_hour(l->c->business_until) <=
	    business_hour(l->c->business_from))
		mistake_take(&l->mistakes, at == NULL ? root : at, "business",
		    xasprintf("until %s is not after from %s, expected a day"
			      " that ends after it begins",
			l->c->business_until, l->c->business_from));
}

static void
load_stream(struct load *l, FILE *f)
{
	config_t text;

	config_init(&text);
	if (l->mistakes.folder != NULL)
		config_set_include_dir(&text, l->mistakes.folder);
	if (config_read(&text, f) == CONFIG_TRUE) {
		load_root(l, config_root_setting(&text));
		check_required(l, config_root_setting(&text));
		config_smtp_check(
		    &l->mistakes, l->c, config_root_setting(&text));
		check_business(l, config_root_setting(&text));
		config_page_check(
		    &l->mistakes, l->c, config_root_setting(&text));
		check_templates(l, config_root_setting(&text));
		check_sources(l);
		absolute_defaults(l->c);
	} else {
		mistake(&l->mistakes, config_error_file(&text),
		    (unsigned int)config_error_line(&text), "syntax",
		    "%s, expected name = value;", config_error_text(&text));
	}
	config_destroy(&text);
}

static int
load_file(struct load *l, struct err *e)
{
	struct stat st;
	FILE *f = fopen(l->mistakes.file, "re");

	if (f == NULL)
		return err_set(e, ERR_NOINPUT, "%s: %m", l->mistakes.file);
	if (fstat(fileno(f), &st) == -1 || S_ISDIR(st.st_mode)) {
		(void)fclose(f);
		return err_set(
		    e, ERR_NOINPUT, "%s: not a file", l->mistakes.file);
	}
	check_mode(l, NULL, &st);
	load_stream(l, f);
	(void)fclose(f);
	if (l->mistakes.lines.count > 0)
		return err_set(e, ERR_CONFIG, "%s", l->mistakes.lines.item[0]);
	return 0;
}

int
config_load(
    struct config **out, const char *file, struct strs *errors, struct err *e)
{
	char *near = folder(file);
	struct load l = {.mistakes = {.file = file, .folder = near}};
	int rc = -1;

	*out = NULL;
	l.c = config_create();
	if (load_places(l.c, file, near, e) == -1 || load_file(&l, e) == -1)
		goto out;
	*out = l.c;
	l.c = NULL;
	rc = 0;
out:
	for (size_t i = 0; errors != NULL && i < l.mistakes.lines.count; i++)
		strs_add(errors, l.mistakes.lines.item[i]);
	config_free(l.c);
	strs_free(&l.sources);
	strs_free(&l.seen);
	strs_free(&l.mistakes.lines);
	free(near);
	return rc;
}

char *
config_find(const char *option)
{
	const char *named = secure_getenv("NOROSHI_CONF");

	if (option != NULL)
		return xstrdup(option);
	if (named != NULL && *named != '\0')
		return xstrdup(named);
	if (access("noroshi.conf", F_OK) == 0)
		return xstrdup("noroshi.conf");
	return xstrdup(SYSCONFDIR "/noroshi.conf");
}
