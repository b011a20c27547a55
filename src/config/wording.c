#include "config/wording.h"

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
};

static const struct {
	const char *name; /* as it is written */
	size_t offset; /* in struct wording_values */
} variables[] = {
    {"{case}", offsetof(struct wording_values, incident)},
    {"{team}", offsetof(struct wording_values, team)},
    {"{address}", offsetof(struct wording_values, address)},
    {"{key}", offsetof(struct wording_values, key)},
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

/* What is wrong with a text, the caller's, or NULL. */
static char *
mistake_in(const char *text, size_t len)
{
	const char *line = memchr(text, '\n', len);
	struct buf safe;
	bool unsafe;

	buf_init(&safe, 4 * len + 16);
	unsafe = utf8_put_safe(&safe, text, len);
	buf_free(&safe);
	if (unsafe || strlen(text) != len)
		return xasprintf("is not plain UTF-8 text");
	if (strchr(text, '\r') != NULL)
		return xasprintf("has a CR, expected lines that end with LF");
	if (strncmp(text, SUBJECT, strlen(SUBJECT)) != 0 || line == NULL ||
	    line == text + strlen(SUBJECT) || line[1] != '\n')
		return xasprintf("starts otherwise, expected \"Subject: ...\" "
				 "and an empty line");
	/* No field of a header can have it. */
	if (memchr(text, '\t', (size_t)(line - text)) != NULL)
		return xasprintf("has a tab in its subject");
	for (const char *p = text; *p != '\0'; p++) {
		size_t which = *p == '{' ? variable(p) : VARIABLES;

		if (*p != '{' && *p != '}')
			continue;
		if (which == VARIABLES)
			return xasprintf("\"%.*s\" stands for nothing, "
					 "expected {case}, {team}, {address} "
					 "or {key}",
			    word_length(p), p);
		p += strlen(variables[which].name) - 1;
	}
	return NULL;
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

/*
 * The team's own text. 1: there is one, 0: there is none, -1: *mistake, the
 * caller's, says what is wrong with it.
 */
static int
own_read(const char *folder, const char *language, enum wording which,
    struct buf *out, char **mistake)
{
	char *path =
	    xasprintf("%s/%s/%s.txt", folder, language, wordings[which].name);
	int rc = file_read(path, out);
	char *why = NULL;

	if (rc == -1)
		why = xasprintf("cannot be read: %m");
	else if (rc == 1 && out->over)
		why = xasprintf(
		    "is too long, expected at most %d bytes", WORDING_MAX);
	else if (rc == 1)
		why = mistake_in(buf_str(out), out->len);
	*mistake = why == NULL ? NULL : xasprintf("%s %s", path, why);
	free(why);
	free(path);
	return *mistake == NULL ? rc : -1;
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
	for (size_t i = 0; i < LANGUAGES * WORDINGS && mistake == NULL; i++) {
		struct buf text;

		buf_init(&text, WORDING_MAX);
		(void)own_read(folder, languages[i / WORDINGS],
		    (enum wording)(i % WORDINGS), &text, &mistake);
		buf_free(&text);
	}
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

void
wording_make(const char *folder, const char *language, enum wording which,
    const struct wording_values *v, struct buf *subject, struct buf *text)
{
	char *mistake = NULL;
	struct buf raw;
	const char *start;
	size_t line;

	buf_init(&raw, WORDING_MAX);
	if (folder == NULL ||
	    own_read(folder, language, which, &raw, &mistake) != 1) {
		buf_free(&raw);
		built_in(language, which, &raw);
	}
	if (mistake != NULL)
		log_warning("the built-in text is used: why=%s", mistake);
	free(mistake);
	start = buf_str(&raw) + strlen(SUBJECT);
	line = strcspn(start, "\n");
	put_filled(subject, start, line, v);
	start += line + 2;
	put_filled(text, start, strlen(start), v);
	buf_free(&raw);
}
