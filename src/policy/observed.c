#include "policy/observed.h"

#include <ctype.h>
#include <string.h>

/* The last piece of a path. */
static const char *
last_key(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool
is_one(const char *key, size_t len, const char *const *of)
{
	for (; *of != NULL; of++)
		if (strlen(*of) == len && strncmp(key, *of, len) == 0)
			return true;
	return false;
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* "/0/id" behind a list: the piece behind the index, or NULL. */
static const char *
behind_index(const char *path, const char *list)
{
	if (!begins(path, list))
		return NULL;
	path += strlen(list);
	while (isdigit((unsigned char)*path))
		path++;
	return *path == '/' ? path + 1 : NULL;
}

static bool
csaf_tells(const char *path)
{
	const char *p = behind_index(path, "/vulnerabilities/");

	if (p == NULL)
		return begins(path, "/document/tracking/aliases/");
	return strcmp(p, "cve") == 0 || strcmp(p, "cwe/id") == 0 ||
	       (begins(p, "cwes/") && strcmp(last_key(p), "id") == 0) ||
	       (begins(p, "ids/") && strcmp(last_key(p), "text") == 0);
}

static bool
stix_tells(const char *path)
{
	static const char *const keys[] = {
	    "pattern", "value", "external_id", "name", NULL};
	const char *key = last_key(path);

	return is_one(key, strlen(key), keys) ||
	       strstr(path, "/hashes/") != NULL;
}

static bool
misp_tells(const char *path)
{
	const char *key = last_key(path);

	return strcmp(key, "value") == 0 && strstr(path, "/Attribute/") != NULL;
}

static bool
other_tells(const char *path)
{
	static const char *const passed[] = {
	    "reference", "references", "schema", "license", NULL};

	while (*path == '/') {
		size_t len = strcspn(path + 1, "/");

		if (path[1] == '$' || path[1] == '@' ||
		    is_one(path + 1, len, passed))
			return false;
		path += 1 + len;
	}
	return true;
}

/* Whose rules a document follows. */
static bool (*tells_of(const struct leaves *l))(const char *)
{
	const struct leaf *type = leaves_at(l, "/type");

	if (leaves_at(l, "/document/csaf_version") != NULL)
		return csaf_tells;
	if (type != NULL && strcmp(type->value, "bundle") == 0)
		return stix_tells;
	for (size_t i = 0; i < l->count; i++)
		if (strstr(l->item[i].path, "/Attribute/") != NULL)
			return misp_tells;
	return other_tells;
}

/* STIX writes "AS64496" as a number. */
static void
stix_objects(const struct leaves *l, struct buf *out)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct leaf *leaf = &l->item[i];
		const char *key = last_key(leaf->path);

		if (leaf->type == LEAF_NUMBER && strcmp(key, "number") == 0)
			buf_putf(out, "ASN %s\n", leaf->value);
	}
}

void
observed_of_json(const struct leaves *l, struct buf *out)
{
	bool (*tells)(const char *) = tells_of(l);

	for (size_t i = 0; i < l->count; i++) {
		if (l->item[i].type != LEAF_STRING || !tells(l->item[i].path))
			continue;
		buf_puts(out, l->item[i].value);
		buf_puts(out, " \n");
	}
	if (tells == stix_tells)
		stix_objects(l, out);
}
