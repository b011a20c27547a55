#include "cli/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strs.h"
#include "base/utf8.h"

/* -o is short for --output, as everywhere; nothing else has a letter. */
static const char *
option_letters(const struct option *table)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, "output") == 0)
			return ":o:";
	return ":";
}

int
option_next(int argc, char **argv, const struct option *table, struct err *e)
{
	int c;

	opterr = 0;
	c = getopt_long(argc, argv, option_letters(table), table, NULL);
	if (c == -1)
		return 0;
	if (c == ':')
		return err_set(
		    e, ERR_USAGE, "%s wants a value", argv[optind - 1]);
	if (c == '?' && strncmp(argv[optind - 1], "--", 2) != 0 &&
	    optopt > ' ' && optopt < 127)
		return err_set(e, ERR_USAGE, "-%c is no option here", optopt);
	if (c == '?')
		return err_set(e, ERR_USAGE,
		    "%s is no option here (--help "
		    "names them)",
		    argv[optind - 1]);
	return c;
}

int
option_operands(
    int argc, char **argv, int min, int max, const char *what, struct err *e)
{
	if (argc - optind < min)
		return err_set(e, ERR_USAGE, "%s is missing", what);
	if (argc - optind > max)
		return err_set(e, ERR_USAGE, "%s is one word too many",
		    argv[optind + max]);
	if (min > 0 && argv[optind][0] == '\0')
		return err_set(e, ERR_USAGE, "%s is empty", what);
	return 0;
}

int
option_id(const char *text, const char *what, int64_t *out, struct err *e)
{
	char *end = NULL;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	/* strtoll would pass over blanks and a sign */
	if (text[0] < '0' || text[0] > '9' || errno != 0 || *end != '\0' ||
	    value == 0)
		return err_set(e, ERR_USAGE,
		    "\"%s\" is not %s (a number from 1)", text, what);
	*out = value;
	return 0;
}

int
option_text(const char *text, const char *option, int max, struct err *e)
{
	if (text == NULL ||
	    (text[strspn(text, " \t\r\n")] != '\0' &&
		strlen(text) <= (size_t)max && utf8_is(text, strlen(text))))
		return 0;
	return err_set(
	    e, ERR_DATA, "%s: 1 to %d bytes of UTF-8 expected", option, max);
}

int
option_word(
    const char *text, const char *const *words, const char *what, struct err *e)
{
	struct strs all = {0};
	char *list;

	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0) {
			strs_free(&all);
			return 0;
		}
		strs_add(&all, words[i]);
	}
	list = strs_join(&all, ", ");
	err_set(e, ERR_USAGE, "%s is no %s (%s)", text, what, list);
	free(list);
	strs_free(&all);
	return -1;
}
