#include "config/wording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/utf8.h"
#include "config/templates_conf.h"

#define WORDING_MAX (16 * 1024) /* bytes: an answer has a few kilobytes */
#define SUBJECT "Subject: "
#define REASON "{reason}" /* of a refusal */

static const char *const languages[] = {"en", "ja"};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

#define BUILT_IN(array)                                                        \
	{                                                                      \
		array, sizeof(array)                                           \
	}

static const struct {
	const char *name;
	struct {
		const unsigned char *text;
		size_t len;
	} built_in[LANGUAGES];
} wordings[WORDINGS] = {
    [WORDING_ACKNOWLEDGEMENT] = {"acknowledgement",
	{BUILT_IN(en_acknowledgement), BUILT_IN(ja_acknowledgement)}},
    [WORDING_ACKNOWLEDGEMENT_SHORT] = {"acknowledgement-short",
	{BUILT_IN(en_acknowledgement_short),
	    BUILT_IN(ja_acknowledgement_short)}},
    [WORDING_ACKNOWLEDGEMENT_VULNERABILITY] = {"acknowledgement-vulnerability",
	{BUILT_IN(en_acknowledgement_vulnerability),
	    BUILT_IN(ja_acknowledgement_vulnerability)}},
    [WORDING_ACKNOWLEDGEMENT_ENQUIRY] = {"acknowledgement-enquiry",
	{BUILT_IN(en_acknowledgement_enquiry),
	    BUILT_IN(ja_acknowledgement_enquiry)}},
    [WORDING_OUT_OF_SCOPE] = {"out-of-scope",
	{BUILT_IN(en_out_of_scope), BUILT_IN(ja_out_of_scope)}},
};

/* Who and what may be acknowledged in words of its own. */
static const char *const kinds[] = {
    "report", "vulnerability", "enquiry", "reply"};
static const char *const classes[] = {"constituent", "vendor", "coordinator",
    "isac", "first", "partner", "finder", "public"};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define CLASSES (sizeof(classes) / sizeof(classes[0]))

static const struct {
	const char *name; /* as it is written */
	size_t offset; /* in struct wording_values */
} variables[] = {
    {"{case}", offsetof(struct wording_values, incident)},
    {"{team}", offsetof(struct wording_values, team)},
    {"{address}", offsetof(struct wording_values, address)},
    {"{key}", offsetof(struct wording_values, key)},
    {REASON, offsetof(struct wording_values, reason)},
};

#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

/* The variable that starts at text, or VARIABLES. */
static size_t
variable(const char *text)
{
	size_t i = 0;

	while (i < VARIABLES &&
	       strncmp(text, variables[i].name, strlen(variables[i].name)) != 0)
		i++;
	return i;
}

/* The bytes of what starts at a brace, as far as one can show it. */
static int
word_length(const char *brace)
{
	size_t len = *brace == '{' ? 1 + strcspn(brace + 1, " {}\t\n") : 1;

	return (int)len + (*brace == '{' && brace[len] == '}');
}

static bool
is_refusal(const char *name)
{
	return strcmp(name, wordings[WORDING_OUT_OF_SCOPE].name) == 0;
}

/* What is wrong with the braces of a text, the caller's, or NULL; *at: where.
 */
static char *
mistake_in_braces(const char *text, bool refusal, const char **at)
{
	for (const char *p = text; *p != '\0'; p++) {
		size_t which = *p == '{' ? variable(p) : VARIABLES;

		if (*p != '{' && *p != '}')
			continue;
		*at = p;
		if (which == VARIABLES ||
		    (!refusal && strcmp(variables[which].name, REASON) == 0))
			return xasprintf("\"%.*s\" stands for nothing, "
					 "expected {case}, {team}, {address}%s "
					 "or {key}%s",
			    word_length(p), p, refusal ? "," : "",
			    refusal ? " or " REASON : "");
		p += strlen(variables[which].name) - 1;
	}
	*at = text;
	return refusal && strstr(text, REASON) == NULL
		   ? xasprintf("has no " REASON ", which a refusal gives")
		   : NULL;
}

/* What is wrong with a text, the caller's, or NULL; *at: where. */
static char *
mistake_in(const char *text, size_t len, bool refusal, const char **at)
{
	const char *line = memchr(text, '\n', len);
	struct buf safe;
	bool unsafe;

	*at = text;
	buf_init(&safe, 4 * len + 16);
	unsafe = utf8_put_safe(&safe, text, len);
	buf_free(&safe);
	if (unsafe || strlen(text) != len)
		return xasprintf("is not plain UTF-8 text");
	if ((*at = strchr(text, '\r')) != NULL)
		return xasprintf("has a CR, expected lines that end with LF");
	*at = text;
	if (strncmp(text, SUBJECT, strlen(SUBJECT)) != 0 || line == NULL ||
	    line == text + strlen(SUBJECT) || line[1] != '\n')
		return xasprintf("starts otherwise, expected \"Subject: ...\" "
				 "and an empty line");
	/* No field of a header can have it. */
	if (memchr(text, '\t', (size_t)(line - text)) != NULL)
		return xasprintf("has a tab in its subject");
	return mistake_in_braces(text, refusal, at);
}

/* Appends a file. 1: it is there, 0: there is none, -1: it cannot be read. */
static int
file_read(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char piece[4096];
	struct stat st;
	ssize_t n = -1;
	int why = 0;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while ((n = read(fd, piece, sizeof(piece))) > 0)
			buf_put(out, piece, (size_t)n);
	why = errno;
	(void)close(fd);
	errno = why;
	return n == 0 ? 1 : -1;
}

/* The number of the line that at is on. */
static int
line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/*
 * The team's own text of that name. 1: there is one, 0: there is none, -1:
 * *mistake, the caller's, says what is wrong with it.
 */
static int
own_read(const char *folder, const char *language, const char *name,
    struct buf *out, char **mistake)
{
	char *path = xasprintf("%s/%s/%s.txt", folder, language, name);
	int rc = file_read(path, out), line = 1;
	const char *at = NULL;
	char *why = NULL;

	if (rc == -1)
		why = xasprintf("cannot be read: %m");
	else if (rc == 1 && out->over)
		why = xasprintf(
		    "is too long, expected at most %d bytes", WORDING_MAX);
	else if (rc == 1)
		why = mistake_in(buf_str(out), out->len, is_refusal(name), &at);
	if (at != NULL)
		line = line_of(buf_str(out), at);
	*mistake = why == NULL ? NULL : xasprintf("%s:%d: %s", path, line, why);
	free(why);
	free(path);
	return *mistake == NULL ? rc : -1;
}

/* The name of the i-th text that a team may have, the caller's; NULL: no more.
 */
static char *
own_name(size_t i)
{
	const char *base = wordings[WORDING_ACKNOWLEDGEMENT].name;

	if (i < WORDINGS)
		return xstrdup(wordings[i].name);
	i -= WORDINGS;
	if (i < KINDS)
		return xasprintf("%s-%s", base, kinds[i]);
	i -= KINDS;
	if (i < CLASSES)
		return xasprintf("%s-%s", base, classes[i]);
	i -= CLASSES;
	return i < KINDS * CLASSES
		   ? xasprintf("%s-%s-%s", base, kinds[i / CLASSES],
			 classes[i % CLASSES])
		   : NULL;
}

static bool
is_own_name(const char *file, size_t len)
{
	bool is = false;
	char *name;

	for (size_t i = 0; !is && (name = own_name(i)) != NULL; i++) {
		is = strlen(name) == len && strncmp(name, file, len) == 0;
		free(name);
	}
	return is;
}

/* A text that nobody would ever read: its name is wrong. */
static char *
stranger_in(const char *folder, const char *language)
{
	char *path = xasprintf("%s/%s", folder, language), *mistake = NULL;
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (
	    dir != NULL && mistake == NULL && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);
		struct buf shown;

		if (len < 4 || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name + len - 4, ".txt") != 0 ||
		    is_own_name(entry->d_name, len - 4))
			continue;
		buf_init(&shown, 4 * len + 16);
		(void)utf8_put_line(&shown, entry->d_name, len);
		mistake = xasprintf("%s/%s:1: no text has that name, expected "
				    "one like acknowledgement.txt, "
				    "acknowledgement-enquiry.txt, "
				    "acknowledgement-finder.txt or "
				    "out-of-scope.txt",
		    path, buf_str(&shown));
		buf_free(&shown);
	}
	if (dir != NULL)
		(void)closedir(dir);
	free(path);
	return mistake;
}

static char *
language_check(const char *folder, const char *language)
{
	char *mistake = NULL, *name;

	for (size_t i = 0; mistake == NULL && (name = own_name(i)) != NULL;
	     i++) {
		struct buf text;

		buf_init(&text, WORDING_MAX);
		(void)own_read(folder, language, name, &text, &mistake);
		buf_free(&text);
		free(name);
	}
	return mistake != NULL ? mistake : stranger_in(folder, language);
}

char *
wording_check(const char *folder)
{
	char *mistake = NULL;
	struct stat st;

	if (stat(folder, &st) == -1)
		return errno == EACCES
			   ? NULL
			   : xasprintf("%s: %m, expected a folder", folder);
	if (!S_ISDIR(st.st_mode))
		return xasprintf("%s is no folder", folder);
	for (size_t i = 0; i < LANGUAGES && mistake == NULL; i++)
		mistake = language_check(folder, languages[i]);
	return mistake;
}

static void
put_filled(struct buf *out, const char *text, size_t len,
    const struct wording_values *v)
{
	const char *end = text + len;

	while (text < end) {
		size_t which = *text == '{' ? variable(text) : VARIABLES;

		if (which == VARIABLES) {
			buf_putc(out, (unsigned char)*text++);
			continue;
		}
		buf_puts(out, *(const char *const *)((const unsigned char *)v +
						     variables[which].offset));
		text += strlen(variables[which].name);
	}
}

/* Appends the built-in text. */
static void
built_in(const char *language, enum wording which, struct buf *out)
{
	size_t i = strcmp(language, "ja") == 0 ? 1 : 0;

	buf_put(out, wordings[which].built_in[i].text,
	    wordings[which].built_in[i].len);
}

/* Appends the parts of a text that was found right, filled in. */
static void
put_text(const struct buf *raw, const struct wording_values *v,
    struct buf *subject, struct buf *text)
{
	const char *start = buf_str(raw) + strlen(SUBJECT);
	size_t line = strcspn(start, "\n");

	put_filled(subject, start, line, v);
	start += line + 2;
	put_filled(text, start, strlen(start), v);
}

/* True where the team has a text of that name, which is in raw then. */
static bool
own_take(
    const char *folder, const char *language, const char *name, struct buf *raw)
{
	char *mistake = NULL;
	bool has;

	if (folder == NULL)
		return false;
	buf_clear(raw);
	has = own_read(folder, language, name, raw, &mistake) == 1;
	if (mistake != NULL)
		log_warning("another text is used: why=%s", mistake);
	free(mistake);
	return has;
}

void
wording_make(const char *folder, const char *language, enum wording which,
    const struct wording_values *v, struct buf *subject, struct buf *text)
{
	struct buf raw;

	buf_init(&raw, WORDING_MAX);
	if (!own_take(folder, language, wordings[which].name, &raw)) {
		buf_free(&raw);
		built_in(language, which, &raw);
	}
	put_text(&raw, v, subject, text);
	buf_free(&raw);
}

/* The built-in text for that kind. */
static enum wording
wording_of_kind(const char *kind)
{
	return strcmp(kind, "vulnerability") == 0
		   ? WORDING_ACKNOWLEDGEMENT_VULNERABILITY
	       : strcmp(kind, "enquiry") == 0 ? WORDING_ACKNOWLEDGEMENT_ENQUIRY
					      : WORDING_ACKNOWLEDGEMENT;
}

void
wording_acknowledge(const char *folder, const char *language, const char *kind,
    const char *class, const struct wording_values *v, struct buf *subject,
    struct buf *text)
{
	const char *base = wordings[WORDING_ACKNOWLEDGEMENT].name;
	char *name[] = {xasprintf("%s-%s-%s", base, kind, class),
	    xasprintf("%s-%s", base, kind), xasprintf("%s-%s", base, class),
	    xstrdup(base)};
	size_t names = sizeof(name) / sizeof(name[0]), i = 0;
	struct buf raw;

	buf_init(&raw, WORDING_MAX);
	while (i < names && !own_take(folder, language, name[i], &raw))
		i++;
	if (i == names) {
		buf_free(&raw);
		built_in(language, wording_of_kind(kind), &raw);
	}
	put_text(&raw, v, subject, text);
	buf_free(&raw);
	for (i = 0; i < names; i++)
		free(name[i]);
}
