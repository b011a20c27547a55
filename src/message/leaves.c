#include "message/leaves.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void
leaves_add(struct leaves *l, const char *path, enum leaf_type type,
    const char *value, size_t len)
{
	struct leaf *leaf;

	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	leaf = &l->item[l->count++];
	leaf->path = xstrdup(path);
	leaf->type = type;
	leaf->value = xstrndup(value, len);
}

const struct leaf *
leaves_at(const struct leaves *l, const char *path)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->item[i].path, path) == 0)
			return &l->item[i];
	return NULL;
}

void
leaves_pack(const struct leaves *l, struct buf *b)
{
	pack_bool(b, l->broken);
	pack_bool(b, l->partial);
	pack_u64(b, l->count);
	for (size_t i = 0; i < l->count; i++) {
		pack_str(b, l->item[i].path);
		pack_u64(b, l->item[i].type);
		pack_str(b, l->item[i].value);
	}
}

int
leaves_unpack(struct leaves *l, struct unpack *u)
{
	uint64_t count;

	*l = (struct leaves){
	    .broken = unpack_bool(u), .partial = unpack_bool(u)};
	count = unpack_max(u, LEAVES_MAX);
	for (uint64_t i = 0; i < count && !u->bad; i++) {
		struct leaf leaf = {.path = unpack_str(u)};

		leaf.type = unpack_max(u, LEAF_EMPTY);
		leaf.value = unpack_str(u);
		l->item = xgrow(l->item, l->count, sizeof(*l->item));
		l->item[l->count++] = leaf;
		if (leaf.path == NULL || leaf.value == NULL ||
		    strlen(leaf.path) > LEAF_PATH_MAX ||
		    strlen(leaf.value) > LEAF_VALUE_MAX)
			u->bad = true;
	}
	if (!u->bad)
		return 0;
	leaves_free(l);
	return -1;
}

void
leaves_free(struct leaves *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->item[i].path);
		free(l->item[i].value);
	}
	free(l->item);
	*l = (struct leaves){0};
}
