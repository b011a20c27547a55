/*
 * noroshi complete: what may follow the words of a command line, for the
 * completion of bash and zsh.
 *
 * All of it comes from the table of commands, and from the names that stand
 * open in the database: no key is opened, and a mistake says nothing. A shell
 * puts the answer on its command line, so only harmless words are given.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cli/command.h"
#include "people/class.h"
#include "people/community.h"
#include "people/contact.h"
#include "queue/delivery_list.h"

#define COMPLETE_MAX 2000 /* words of one answer */

struct completion {
	struct session *s;
	const char *prefix;
	size_t count;
};

/* Nothing that a shell reads as more than itself. */
static bool
is_harmless(const char *word)
{
	static const char safe[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789@._:+-";

	return *word != '\0' && strspn(word, safe) == strlen(word);
}

static void
offer(struct completion *c, const char *word)
{
	if (word == NULL || c->count >= COMPLETE_MAX || !is_harmless(word) ||
	    strncmp(word, c->prefix, strlen(c->prefix)) != 0)
		return;
	output_put(&c->s->out, "%s\n", word);
	c->count++;
}

/* The first words, or (with a noun) the second ones. */
static const char *
command_word(const struct command *k, const char *noun)
{
	if (noun == NULL)
		return k->noun;
	return strcmp(k->noun, noun) == 0 ? k->verb : NULL;
}

/* Each once: a noun's commands need not stand side by side. */
static void
offer_commands(struct completion *c, const char *noun)
{
	const struct command *table = command_table();

	for (const struct command *k = table; k->noun != NULL; k++) {
		const char *word = command_word(k, noun), *before = NULL;
		const struct command *seen = table;

		for (; word != NULL && seen < k; seen++) {
			before = command_word(seen, noun);
			if (before != NULL && strcmp(before, word) == 0)
				break;
		}
		if (seen == k)
			offer(c, word);
	}
	if (noun == NULL)
		offer(c, "help");
}

/* The long options that the lines of --help begin with. */
static void
offer_options(struct completion *c, const struct command *k)
{
	const char *p = k->options == NULL ? "" : k->options;

	while ((p = strstr(p, "--")) != NULL) {
		size_t len = strcspn(p, " \n,");
		bool begins = p - k->options >= 2 &&
			      (p - k->options == 2 || p[-3] == '\n') &&
			      p[-1] == ' ' && p[-2] == ' ';
		char *word = xstrndup(p, len);

		if (begins)
			offer(c, word);
		free(word);
		p += len;
	}
	offer(c, "--help");
}

static void
offer_words(struct completion *c, const char *const *words)
{
	for (; *words != NULL; words++)
		offer(c, *words);
}

static int
offer_cases(struct completion *c, struct err *e)
{
	int64_t *id = NULL;
	size_t count = 0;
	int rc = case_list(c->s->db, NULL, &id, &count, e);

	/* the newest first: they are the ones that are asked for */
	for (size_t i = count; i > 0 && rc == 0; i--) {
		struct case_file file;

		rc = case_get(c->s->db, NULL, id[i - 1], &file, e);
		if (rc == 0) {
			offer(c, file.name);
			case_free(&file);
		}
		if (c->count >= COMPLETE_MAX)
			break;
	}
	free(id);
	return rc;
}

static int
offer_communities(struct completion *c, const char *before, struct err *e)
{
	struct community *list = NULL;
	size_t count = 0;

	if (community_list(c->s->db, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++) {
		char *word = xasprintf("%s%s", before, list[i].name);

		offer(c, word);
		free(word);
		community_free(&list[i]);
	}
	free(list);
	return 0;
}

static int
offer_people(struct completion *c, struct err *e)
{
	struct contact *list = NULL;
	size_t count = 0;

	if (contact_list(c->s->db, NULL, &list, &count, e) == -1)
		return -1;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < list[i].addresses.count; j++)
			offer(c, list[i].addresses.item[j]);
	contact_list_free(list, count);
	return 0;
}

/* Deliveries that still may be acted on. */
static int
offer_deliveries(struct completion *c, struct err *e)
{
	static const char *const states[] = {"held", "queued", "failed"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		json_t *list;
		const json_t *one;
		size_t k;

		if (delivery_json_list(
			c->s->db, DELIVERY_ASKED, states[i], &list, e) == -1)
			return -1;
		json_array_foreach(list, k, one)
		{
			char *word =
			    xasprintf("%lld", (long long)json_integer_value(
						  json_object_get(one, "id")));

			offer(c, word);
			free(word);
		}
		json_decref(list);
	}
	return 0;
}

/* What a placeholder of a usage line stands for, after the command's noun. */
static int
offer_operands(
    struct completion *c, const char *noun, const char *what, struct err *e)
{
	static const char *const labels[] = {
	    "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR", NULL};
	bool people = strstr(what, "CONTACT") != NULL ||
		      strstr(what, "WHO") != NULL ||
		      strstr(what, "OLD") != NULL;

	if (strstr(what, "LABEL") != NULL)
		offer_words(c, labels);
	if ((people && offer_people(c, e) == -1) ||
	    (strstr(what, "WHO") != NULL &&
		offer_communities(c, "community:", e) == -1))
		return -1;
	if (strstr(what, "ID") == NULL && strstr(what, "CASE") == NULL)
		return strcmp(noun, "community") == 0 &&
			       strstr(what, "NAME") != NULL
			   ? offer_communities(c, "", e)
			   : 0;
	if (strcmp(noun, "queue") == 0)
		return offer_deliveries(c, e);
	return strcmp(noun, "message") == 0 ? 0 : offer_cases(c, e);
}

/* The value of the option before. 1: it takes one; 0: it takes none. */
static int
offer_value(struct completion *c, const struct command *k, const char *option,
    struct err *e)
{
	const char *line =
	    k->options == NULL ? NULL : strstr(k->options, option);
	char *what;
	int rc;

	if (line == NULL || line[strlen(option)] != ' ' ||
	    line[strlen(option) + 1] == ' ')
		return 0;
	line += strlen(option) + 1;
	what = xstrndup(line, strcspn(line, " \n"));
	if (strcmp(option, "--community") == 0)
		rc = offer_communities(c, "", e);
	else
		rc = offer_operands(c, k->noun, what, e);
	if (strcmp(what, "CLASS") == 0)
		for (int i = 0; i <= (int)CLASS_PUBLIC; i++)
			offer(c, class_name((enum class)i));
	free(what);
	return rc == -1 ? -1 : 1;
}

static const struct command *
find(char **word, size_t count, size_t *used)
{
	for (const struct command *k = command_table(); k->noun != NULL; k++) {
		if (strcmp(k->noun, word[0]) != 0)
			continue;
		*used = k->verb == NULL ? 1 : 2;
		if (k->verb == NULL ||
		    (count > 2 && strcmp(k->verb, word[1]) == 0))
			return k;
	}
	return NULL;
}

/* word[count - 1] is what is being written. */
static int
complete(struct completion *c, char **word, size_t count, struct err *e)
{
	const struct command *k;
	size_t used = 0;
	int rc;

	c->prefix = word[count - 1];
	if (count == 1) {
		offer_commands(c, NULL);
		return 0;
	}
	k = find(word, count, &used);
	if (k == NULL) {
		if (count == 2)
			offer_commands(
			    c, strcmp(word[0], "help") == 0 ? NULL : word[0]);
		return 0;
	}
	if (c->prefix[0] == '-') {
		offer_options(c, k);
		return 0;
	}
	if (session_open(c->s, e) == -1)
		return -1;
	rc = count - 1 > used && strncmp(word[count - 2], "--", 2) == 0
		 ? offer_value(c, k, word[count - 2], e)
		 : 0;
	if (rc == 0)
		rc = offer_operands(c, k->noun, k->usage, e);
	return rc == -1 ? -1 : 0;
}

int
cli_complete(struct session *s, int argc, char **argv, struct err *e)
{
	struct completion c = {.s = s};
	struct err why = {0};
	int i = 1;

	(void)e;
	if (i < argc && strcmp(argv[i], "--") == 0)
		i++;
	while (i + 2 < argc && strcmp(argv[i], "-c") == 0) {
		s->file = argv[i + 1];
		i += 2;
	}
	/* a half-written line is no mistake that anybody wants to read of */
	if (i < argc)
		(void)complete(&c, argv + i, (size_t)(argc - i), &why);
	return 0;
}
