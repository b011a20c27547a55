#include "config/config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pack.h"

/* The C type behind a kind. */
enum storage {
	STORE_STRING,
	STORE_STRINGS,
	STORE_INTEGER,
	STORE_BOOL,
	STORE_GROUPS
};

static enum storage
storage(enum config_kind kind)
{
	if (kind < CONFIG_STRINGS)
		return STORE_STRING;
	if (kind < CONFIG_INTEGER)
		return STORE_STRINGS;
	if (kind == CONFIG_INTEGER)
		return STORE_INTEGER;
	return kind == CONFIG_BOOL ? STORE_BOOL : STORE_GROUPS;
}

/* Where the value of a setting stands in its struct. */
union place {
	void *any;
	char **string;
	struct strs *strings;
	int64_t *integer;
	bool *boolean;
	void **groups;
	size_t *count;
};

static union place
place(void *base, size_t offset)
{
	return (union place){.any = (unsigned char *)base + offset};
}

/* The same for a struct that is only read. */
static const void *
look(const void *base, size_t offset)
{
	return (const unsigned char *)base + offset;
}

struct config *
config_create(void)
{
	struct config *c = xcalloc(1, sizeof(*c));

	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++) {
		union place at = place(c, s->offset);

		if (storage(s->kind) == STORE_STRING)
			*at.string = xstrdup_null(s->text);
		else if (s->kind == CONFIG_INTEGER)
			*at.integer = s->number;
		else if (s->kind == CONFIG_BOOL)
			*at.boolean = s->number != 0;
	}
	return c;
}

/* The members of a group are never groups, so this goes one level deep. */
static void
members_free(const struct config_setting *s, void *base)
{
	for (; s->name != NULL; s++) {
		union place at = place(base, s->offset);

		if (storage(s->kind) == STORE_STRING)
			free(*at.string);
		else if (storage(s->kind) == STORE_STRINGS)
			strs_free(at.strings);
	}
}

static void
groups_free(const struct config_setting *s, struct config *c)
{
	void *groups = *place(c, s->offset).groups;
	size_t count = *place(c, s->count).count;

	for (size_t i = 0; i < count; i++)
		members_free(s->members, place(groups, i * s->size).any);
	free(groups);
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++)
		if (s->kind == CONFIG_GROUPS)
			groups_free(s, c);
	members_free(config_settings(), c);
	free(c->file);
	free(c->directory);
	free(c->libexec);
	free(c);
}

static void
value_pack(const struct config_setting *s, const void *at, struct buf *b)
{
	switch (storage(s->kind)) {
	case STORE_STRING:
		pack_str(b, *(char *const *)at);
		break;
	case STORE_STRINGS:
		pack_strs(b, at);
		break;
	case STORE_INTEGER:
		pack_i64(b, *(const int64_t *)at);
		break;
	case STORE_BOOL:
		pack_bool(b, *(const bool *)at);
		break;
	case STORE_GROUPS:
		break;
	}
}

static void
groups_pack(
    const struct config_setting *s, const struct config *c, struct buf *b)
{
	const void *groups = *(void *const *)look(c, s->offset);
	size_t count = *(const size_t *)look(c, s->count);

	pack_u64(b, count);
	for (size_t i = 0; i < count; i++)
		for (const struct config_setting *m = s->members;
		     m->name != NULL; m++)
			value_pack(m, look(groups, i * s->size + m->offset), b);
}

void
config_pack(const struct config *c, struct buf *b)
{
	pack_str(b, c->file);
	pack_str(b, c->directory);
	pack_str(b, c->libexec);
	pack_bool(b, c->once);
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++)
		if (s->kind == CONFIG_GROUPS)
			groups_pack(s, c, b);
		else
			value_pack(s, look(c, s->offset), b);
	for (size_t i = 0; i < c->rules; i++)
		pack_i64(b, c->rule[i].line);
}

static bool
word_is_known(const struct config_setting *s, const char *word)
{
	if (s->words == NULL)
		return true;
	for (size_t i = 0; s->words[i] != NULL; i++)
		if (strcmp(s->words[i], word) == 0)
			return true;
	return false;
}

static void
string_unpack(const struct config_setting *s, union place at, struct unpack *u)
{
	free(*at.string);
	*at.string = unpack_str(u);
	if (*at.string == NULL) {
		if (s->text != NULL)
			u->bad = true;
	} else if (strlen(*at.string) > CONFIG_STRING_MAX ||
		   !word_is_known(s, *at.string)) {
		u->bad = true;
	}
}

static void
strings_unpack(const struct config_setting *s, union place at, struct unpack *u)
{
	unpack_strs(u, at.strings, CONFIG_LIST_MAX);
	for (size_t i = 0; i < at.strings->count; i++)
		if (strlen(at.strings->item[i]) > CONFIG_STRING_MAX ||
		    !word_is_known(s, at.strings->item[i]))
			u->bad = true;
}

static void
value_unpack(const struct config_setting *s, union place at, struct unpack *u)
{
	switch (storage(s->kind)) {
	case STORE_STRING:
		string_unpack(s, at, u);
		break;
	case STORE_STRINGS:
		strings_unpack(s, at, u);
		break;
	case STORE_INTEGER:
		*at.integer = unpack_i64(u);
		if (*at.integer < s->min || *at.integer > s->max)
			u->bad = true;
		break;
	case STORE_BOOL:
		*at.boolean = unpack_bool(u);
		break;
	case STORE_GROUPS:
		break;
	}
}

static void
member_unpack(const struct config_setting *s, void *group, struct unpack *u)
{
	union place at = place(group, s->offset);

	value_unpack(s, at, u);
	if (s->required && storage(s->kind) == STORE_STRING &&
	    *at.string == NULL)
		u->bad = true;
}

/* One allocation a group: a lying number costs nothing before the bytes end. */
static void
groups_unpack(
    const struct config_setting *s, struct config *c, struct unpack *u)
{
	void **groups = place(c, s->offset).groups;
	size_t *count = place(c, s->count).count;
	uint64_t wanted = unpack_max(u, CONFIG_LIST_MAX);

	while (*count < wanted && !u->bad) {
		void *group;

		*groups = xgrow(*groups, *count, s->size);
		group = place(*groups, *count * s->size).any;
		memset(group, 0, s->size);
		(*count)++;
		for (const struct config_setting *m = s->members;
		     m->name != NULL; m++)
			member_unpack(m, group, u);
	}
}

int
config_unpack(struct config **out, const void *data, size_t len, struct err *e)
{
	struct config *c = config_create();
	struct unpack u;

	*out = NULL;
	unpack_init(&u, data, len);
	c->file = unpack_str(&u);
	c->directory = unpack_str(&u);
	c->libexec = unpack_str(&u);
	c->once = unpack_bool(&u);
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++)
		if (s->kind == CONFIG_GROUPS)
			groups_unpack(s, c, &u);
		else
			value_unpack(s, place(c, s->offset), &u);
	for (size_t i = 0; i < c->rules; i++)
		c->rule[i].line = (int)unpack_max(&u, INT_MAX);
	if (!unpack_done(&u)) {
		config_free(c);
		return err_set(e, ERR_BUG, "configuration: packed badly");
	}
	*out = c;
	return 0;
}

char *
config_spool(const struct config *c, const char *name)
{
	return xasprintf("%s/%s", c->spool, name);
}

const struct config_intake *
config_imap(const struct config *c, size_t n)
{
	for (size_t i = 0; i < c->intakes && n > 0; i++)
		if (strcmp(c->intake[i].type, "imap") == 0 && --n == 0)
			return &c->intake[i];
	return NULL;
}

size_t
config_imaps(const struct config *c)
{
	size_t n = 0;

	while (config_imap(c, n + 1) != NULL)
		n++;
	return n;
}

int64_t
config_operator(const struct config *c, const char *user)
{
	if (user == NULL)
		return 0;
	for (size_t i = 0; i < c->n_operators; i++)
		if (strcmp(c->operators[i].user, user) == 0)
			return c->operators[i].contact;
	return 0;
}
