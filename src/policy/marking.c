#include "policy/marking.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

#define MARKING_LINES 5 /* of a text's head, and of its foot */
#define MARKING_LINE_MAX 1000 /* bytes of one of them that are read */
#define MARKING_DEFINITIONS 64 /* of one bundle, beside the known ones */

static void
marking_add(struct marking *m, enum noroshi_tlp label)
{
	if (!m->found || label > m->label)
		m->label = label;
	m->found = true;
}

void
marking_join(struct marking *to, const struct marking *from)
{
	if (from->found)
		marking_add(to, from->label);
	to->flags |= from->flags;
	to->doubtful |= from->doubtful;
	to->unshared |= from->unshared;
}

/* The last piece of a path. */
static const char *
path_key(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
is_index(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return len > 0;
}

/* True where the piece of path that ends at end, indexes apart, is name. */
static bool
path_piece_is(const char *path, const char *end, const char *name)
{
	size_t len = strlen(name);

	for (;;) {
		const char *start = end;

		while (start > path && start[-1] != '/')
			start--;
		if (!is_index(start, (size_t)(end - start)))
			return (size_t)(end - start) == len &&
			       memcmp(start, name, len) == 0;
		if (start == path)
			return false;
		end = start - 1;
	}
}

/* True where the leaf is under name: "/Event/Tag/0/name" is under "Tag". */
static bool
path_is_under(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && path_piece_is(path, slash, name);
}

/* A label that stands alone as a word of its format; others are RED. */
static void
marking_word(struct marking *m, const char *word)
{
	enum noroshi_tlp label;

	if (!noroshi_tlp_parse(word, &label)) {
		label = NOROSHI_TLP_RED;
		m->flags |= NOROSHI_TLP_UNKNOWN;
	}
	marking_add(m, label);
}

/* "tlp:amber+strict"; true where it is a tag of that taxonomy. */
static bool
marking_tag(struct marking *m, const char *tag)
{
	if (strncasecmp(tag, "tlp:", 4) != 0)
		return false;
	marking_word(m, tag + 4);
	return true;
}

#define CSAF "/document/distribution/"
#define NIL_UUID "00000000-0000-0000-0000-000000000000"

static void
marking_of_csaf(const struct leaves *l, struct marking *m)
{
	const struct leaf *version = leaves_at(l, "/document/csaf_version");
	const struct leaf *label = leaves_at(l, CSAF "tlp/label");
	const struct leaf *text = leaves_at(l, CSAF "text");
	const struct leaf *group = leaves_at(l, CSAF "sharing_group/id");

	if (label != NULL && version != NULL && text != NULL &&
	    strcmp(version->value, "2.0") == 0 &&
	    strcmp(label->value, "RED") == 0 &&
	    strstr(text->value, "TLP v2.0: TLP:AMBER+STRICT") != NULL)
		marking_add(m, NOROSHI_TLP_AMBER_STRICT);
	else if (label != NULL)
		marking_word(m, label->value);
	if (group != NULL && strcmp(group->value, NIL_UUID) == 0)
		m->unshared = true;
}

/* The definitions that all of STIX knows, without "marking-definition--". */
static const struct {
	const char *id;
	enum noroshi_tlp label;
} known[] = {
    {"613f2e26-407d-48c7-9eca-b8e91df99dc9", NOROSHI_TLP_CLEAR},
    {"34098fce-860f-48ae-8e50-ebd3cc5e41da", NOROSHI_TLP_GREEN},
    {"f88d31f6-486f-44da-b317-01333bde0b82", NOROSHI_TLP_AMBER},
    {"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", NOROSHI_TLP_RED},
    {"94868c89-83c2-464b-929b-a1a8aa3c8487", NOROSHI_TLP_CLEAR},
    {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", NOROSHI_TLP_GREEN},
    {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", NOROSHI_TLP_AMBER},
    {"939a9414-2ddd-4d32-a0cd-375ea402b003", NOROSHI_TLP_AMBER_STRICT},
    {"e828b379-4e03-4974-9ac4-e53a884c97c1", NOROSHI_TLP_RED},
};

#define STIX_PREFIX "marking-definition--"

/* A definition of TLP in the document itself. Strings are borrowed. */
struct definition {
	const char *object; /* path of the object, object_len bytes */
	size_t object_len;
	const char *id; /* or NULL */
	const char *word; /* "red" */
	bool used;
};

struct stix {
	struct definition definition[MARKING_DEFINITIONS];
	size_t definitions;
	bool refers; /* something in it refers to a definition */
	struct marking *m;
};

static bool
stix_is_reference(const char *path)
{
	return path_is_under(path, "object_marking_refs") ||
	       strcmp(path_key(path), "object_marking_refs") == 0 ||
	       strcmp(path_key(path), "marking_ref") == 0;
}

/* "definition/tlp" of TLP 1.0, or the extension's "tlp_2_0". */
static bool
stix_is_definition(const char *path, size_t *object_len)
{
	static const char old[] = "/definition/tlp";
	static const char extension[] = "/extensions/extension-definition--"
					"60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
					"/tlp_2_0";
	const char *const ends[] = {old, extension};
	size_t len = strlen(path);

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(ends[i]);

		if (len < n || strcmp(path + len - n, ends[i]) != 0)
			continue;
		*object_len = len - n;
		return true;
	}
	return false;
}

static void
stix_define(struct stix *s, const struct leaf *leaf, size_t object_len)
{
	/* One more than are kept counts as if it were referred to. */
	if (s->definitions == MARKING_DEFINITIONS) {
		marking_word(s->m, leaf->value);
		return;
	}
	s->definition[s->definitions++] =
	    (struct definition){.object = leaf->path,
		.object_len = object_len,
		.word = leaf->value};
}

static void
stix_name(struct stix *s, const struct leaf *leaf)
{
	size_t len = strlen(leaf->path) - strlen("/id");

	for (size_t i = 0; i < s->definitions; i++)
		if (s->definition[i].object_len == len &&
		    memcmp(s->definition[i].object, leaf->path, len) == 0)
			s->definition[i].id = leaf->value;
}

static void
stix_refer(struct stix *s, const char *id)
{
	s->refers = true;
	if (strncmp(id, STIX_PREFIX, strlen(STIX_PREFIX)) == 0)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strcasecmp(id + strlen(STIX_PREFIX), known[i].id) ==
			    0)
				marking_add(s->m, known[i].label);
	for (size_t i = 0; i < s->definitions; i++)
		if (s->definition[i].id != NULL &&
		    strcmp(s->definition[i].id, id) == 0)
			s->definition[i].used = true;
}

static void
marking_of_stix(const struct leaves *l, struct marking *m)
{
	struct stix s = {.m = m};

	for (size_t i = 0; i < l->count; i++) {
		size_t len;

		if (l->item[i].type == LEAF_STRING &&
		    stix_is_definition(l->item[i].path, &len))
			stix_define(&s, &l->item[i], len);
	}
	for (size_t i = 0; i < l->count && s.definitions > 0; i++)
		if (strcmp(path_key(l->item[i].path), "id") == 0)
			stix_name(&s, &l->item[i]);
	for (size_t i = 0; i < l->count; i++)
		if (l->item[i].type == LEAF_STRING &&
		    stix_is_reference(l->item[i].path))
			stix_refer(&s, l->item[i].value);
	for (size_t i = 0; i < s.definitions; i++)
		if (s.definition[i].used || !s.refers)
			marking_word(m, s.definition[i].word);
}

static void
marking_of_misp(const struct leaves *l, struct marking *m)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct leaf *leaf = &l->item[i];
		const char *key = path_key(leaf->path);

		if (leaf->type != LEAF_STRING)
			continue;
		if ((strcmp(key, "name") == 0 &&
			path_is_under(leaf->path, "Tag")) ||
		    path_is_under(leaf->path, "labels"))
			(void)marking_tag(m, leaf->value);
	}
}

void
marking_of_json(const struct leaves *l, struct marking *out)
{
	*out = (struct marking){.doubtful = l->broken || l->partial};
	marking_of_csaf(l, out);
	marking_of_stix(l, out);
	marking_of_misp(l, out);
}

static bool
is_blank_line(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r\f", p[i]) == NULL)
			return false;
	return true;
}

static void
marking_of_line(struct marking *m, const char *p, size_t len)
{
	const unsigned wanted =
	    NOROSHI_TLP_LEGACY | NOROSHI_TLP_SPELLING | NOROSHI_TLP_UNKNOWN;
	struct noroshi_tlp_found f;

	if (len > MARKING_LINE_MAX)
		len = MARKING_LINE_MAX;
	(void)noroshi_tlp_find(p, len, NOROSHI_TLP_BODY, &f);
	if (f.found)
		marking_add(m, f.label);
	/* A mark before a line may be the document's way of writing notes. */
	if (f.quoted)
		marking_add(m, f.quoted_label);
	if (f.found || f.quoted)
		m->flags |= f.flags & wanted;
}

void
marking_of_text(const char *text, size_t len, struct marking *out)
{
	size_t at = 0, end = len;

	*out = (struct marking){0};
	for (size_t lines = 0; at < len && lines < MARKING_LINES;) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t n = nl == NULL ? len - at : (size_t)(nl - text) - at;

		if (!is_blank_line(text + at, n)) {
			marking_of_line(out, text + at, n);
			lines++;
		}
		at += n + (nl != NULL);
	}
	for (size_t lines = 0; end > at && lines < MARKING_LINES;) {
		const char *nl = memrchr(text + at, '\n', end - at);
		size_t start = nl == NULL ? at : (size_t)(nl - text) + 1;

		if (!is_blank_line(text + start, end - start)) {
			marking_of_line(out, text + start, end - start);
			lines++;
		}
		end = nl == NULL ? at : start - 1;
	}
}

/* The value in quotes at p; NULL where there is none that fits in out. */
static const char *
xml_value(const char *p, const char *end, char *out, size_t size)
{
	const char *close;

	while (p < end && strchr(" \t\r\n=", *p) != NULL && *p != '\0')
		p++;
	if (p == end || (*p != '"' && *p != '\''))
		return NULL;
	close = memchr(p + 1, *p, (size_t)(end - p - 1));
	if (close == NULL || (size_t)(close - p) > size)
		return NULL;
	memcpy(out, p + 1, (size_t)(close - p - 1));
	out[close - p - 1] = '\0';
	return close;
}

static void
marking_restriction(struct marking *m, const char *value)
{
	static const struct {
		const char *word;
		enum noroshi_tlp label;
	} words[] = {
	    {"public", NOROSHI_TLP_CLEAR},
	    {"partner", NOROSHI_TLP_AMBER},
	    {"need-to-know", NOROSHI_TLP_AMBER_STRICT},
	    {"private", NOROSHI_TLP_RED},
	};
	enum noroshi_tlp label;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(words[i].word, value) == 0)
			marking_add(m, words[i].label);
	if (noroshi_tlp_parse(value, &label))
		marking_add(m, label);
}

void
marking_of_iodef(const char *data, size_t len, struct marking *out)
{
	static const char name[] = "restriction";
	const char *p = data, *end = data + len;
	char value[32];

	*out = (struct marking){0};
	if (len == 0 || memmem(data, len, "IODEF-Document", 14) == NULL)
		return;
	while ((p = memmem(p, (size_t)(end - p), name, sizeof(name) - 1)) !=
	       NULL) {
		bool starts = p > data && isspace((unsigned char)p[-1]);

		p += sizeof(name) - 1;
		if (starts && xml_value(p, end, value, sizeof(value)) != NULL)
			marking_restriction(out, value);
	}
}
