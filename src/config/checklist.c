#include "config/checklist.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "config/category.h"
#include "config/checklists_conf.h"

#define FILE_MAX (CHECKLIST_ITEMS * CHECKLIST_ITEM) /* bytes */
#define SUFFIX ".txt"

static const char *const languages[] = {"en", "ja"};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

#define BUILT_IN(name)                                                         \
	{                                                                      \
		{en_##name, sizeof(en_##name)},                                \
		{                                                              \
			ja_##name, sizeof(ja_##name)                           \
		}                                                              \
	}

static const struct {
	const char *category;
	struct {
		const unsigned char *text;
		size_t len;
	} built_in[LANGUAGES];
} checklists[] = {
    {"scan", BUILT_IN(scan)},
    {"forged-mail", BUILT_IN(forged_mail)},
    {"intrusion", BUILT_IN(intrusion)},
    {"phishing", BUILT_IN(phishing)},
    {"dos", BUILT_IN(dos)},
    {"malware", BUILT_IN(malware)},
    {"spam", BUILT_IN(spam)},
    {"apt", BUILT_IN(apt)},
    {"insider", BUILT_IN(insider)},
    {"ics", BUILT_IN(ics)},
    {"leak", BUILT_IN(leak)},
    {"vulnerability", BUILT_IN(vulnerability)},
    {"exercise", BUILT_IN(exercise)},
};

/* What is wrong with one line, the caller's, or NULL; an item joins items. */
static char *
line_read(const char *line, size_t len, struct strs *items)
{
	char *item;

	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\r'))
		len--;
	if (len == 0 || line[0] == '#')
		return NULL;
	if (len < 3 || line[0] != '-' || line[1] != ' ')
		return xstrdup("is no item, expected \"- \" and its words, or "
			       "\"#\" and a remark");
	if (len - 2 > CHECKLIST_ITEM)
		return xasprintf("is longer than %d bytes", CHECKLIST_ITEM);
	if (!utf8_is(line, len))
		return xstrdup("is not UTF-8");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			return xstrdup("has a control character");
	if (items->count == CHECKLIST_ITEMS)
		return xasprintf("is one item too many, expected at most %d",
		    CHECKLIST_ITEMS);
	item = xstrndup(line + 2, len - 2);
	if (strs_has(items, item)) {
		free(item);
		return xstrdup("stands there twice");
	}
	strs_add(items, item);
	free(item);
	return NULL;
}

/* "LINE: what", the caller's, or NULL. */
static char *
text_read(const char *text, size_t len, struct strs *items)
{
	unsigned long number = 1;

	for (; len > 0; number++) {
		const char *lf = memchr(text, '\n', len);
		size_t line = lf == NULL ? len : (size_t)(lf - text);
		char *what = line_read(text, line, items), *where;

		if (what != NULL) {
			where = xasprintf("%lu: %s", number, what);
			free(what);
			return where;
		}
		line += lf == NULL ? 0 : 1;
		text += line;
		len -= line;
	}
	return items->count > 0 ? NULL : xstrdup("1: has no item");
}

/* 1: it is there; 0: there is none; -1: *wrong, the caller's, says why. */
static int
file_read(const char *path, struct strs *items, char **wrong)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char piece[4096], *what = NULL;
	struct stat st;
	struct buf text;
	ssize_t n = -1;

	*wrong = NULL;
	if (fd == -1 && errno == ENOENT)
		return 0;
	buf_init(&text, FILE_MAX);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while ((n = read(fd, piece, sizeof(piece))) > 0)
			buf_put(&text, piece, (size_t)n);
	if (fd != -1)
		(void)close(fd);
	if (n != 0)
		what = xstrdup("1: cannot be read");
	else if (text.over)
		what = xasprintf("1: is longer than %d bytes", FILE_MAX);
	else
		what = text_read(buf_str(&text), text.len, items);
	buf_free(&text);
	if (what != NULL)
		*wrong = xasprintf("%s:%s", path, what);
	free(what);
	return *wrong == NULL ? 1 : -1;
}

static int
built_in(const char *language, const char *category, struct strs *items,
    struct err *e)
{
	size_t l = strcmp(language, "ja") == 0 ? 1 : 0;

	for (size_t i = 0; i < sizeof(checklists) / sizeof(*checklists); i++) {
		if (strcmp(checklists[i].category, category) != 0)
			continue;
		free(text_read((const char *)checklists[i].built_in[l].text,
		    checklists[i].built_in[l].len, items));
		return 0;
	}
	return err_set(
	    e, ERR_NOINPUT, "there is no checklist for %s", category);
}

int
checklist_read(const char *folder, const char *language, const char *category,
    struct strs *items, struct err *e)
{
	char *path, *wrong = NULL;
	int rc = 0;

	if (category == NULL)
		return err_set(e, ERR_NOINPUT,
		    "the case has no category, and so no checklist");
	if (folder != NULL) {
		path = xasprintf("%s/%s/%s" SUFFIX, folder, language, category);
		rc = file_read(path, items, &wrong);
		free(path);
	}
	if (rc == 0)
		return built_in(language, category, items, e);
	if (rc == -1)
		(void)err_set(e, ERR_CONFIG, "%s", wrong);
	free(wrong);
	return rc == -1 ? -1 : 0;
}

/* A file that no case would ever show is a mistake in its name. */
static char *
name_check(const char *folder, const char *name, char **category)
{
	size_t len = strlen(name);

	*category = NULL;
	if (len <= strlen(SUFFIX) ||
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return NULL;
	*category = xstrndup(name, len - strlen(SUFFIX));
	if (category_is_known(*category))
		return NULL;
	return xasprintf(
	    "%s/%s:1: \"%s\" is no category", folder, name, *category);
}

static char *
folder_check(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *entry;
	char *wrong = NULL;

	if (d == NULL)
		return errno == ENOENT || errno == EACCES
			   ? NULL
			   : xasprintf("%s: %m", folder);
	while (wrong == NULL && (entry = readdir(d)) != NULL) {
		struct strs items = {0};
		char *category, *path;

		wrong = name_check(folder, entry->d_name, &category);
		if (wrong == NULL && category != NULL) {
			path = xasprintf("%s/%s", folder, entry->d_name);
			(void)file_read(path, &items, &wrong);
			free(path);
		}
		free(category);
		strs_free(&items);
	}
	(void)closedir(d);
	return wrong;
}

char *
checklist_check(const char *folder)
{
	char *wrong = NULL;
	struct stat st;

	if (stat(folder, &st) == -1)
		return errno == EACCES
			   ? NULL
			   : xasprintf("%s: %m, expected a folder", folder);
	if (!S_ISDIR(st.st_mode))
		return xasprintf("%s is no folder", folder);
	for (size_t i = 0; i < LANGUAGES && wrong == NULL; i++) {
		char *path = xasprintf("%s/%s", folder, languages[i]);

		wrong = folder_check(path);
		free(path);
	}
	return wrong;
}
