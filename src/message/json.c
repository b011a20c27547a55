#include "message/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/buf.h"

#define JSON_WAIT_MAX (32U << 20) /* bytes of paths that wait */

/*
 * Counts what jansson would allocate and how deep it would recur, before it
 * does: a value costs it fifty times the two bytes that it takes to write one.
 */
static bool
json_fits(const char *s, size_t len)
{
	size_t depth = 0, nodes = 1;
	bool string = false;

	if (len > JSON_BYTES_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (string) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				string = false;
			continue;
		}
		if (s[i] == '"')
			string = true;
		else if (s[i] == '[' || s[i] == '{') {
			nodes++;
			depth++;
		} else if (s[i] == ',')
			nodes++;
		else if ((s[i] == ']' || s[i] == '}') && depth > 0)
			depth--;
		if (depth > JSON_DEPTH_MAX || nodes > JSON_NODES_MAX)
			return false;
	}
	return true;
}

/* A container whose values are still to be read; path is owned. */
struct waiting {
	json_t *value;
	char *path;
};

struct walk {
	struct leaves *out;
	struct waiting *queue;
	size_t count;
	size_t queued; /* bytes of paths in the queue */
	size_t bytes; /* of what is in out */
};

/* path "/" key, with '~' and '/' escaped as in RFC 6901; NULL: too long. */
static char *
path_below(const char *path, const char *key, size_t len)
{
	struct buf b;
	char *below;

	buf_init(&b, LEAF_PATH_MAX);
	buf_puts(&b, path);
	buf_putc(&b, '/');
	for (size_t i = 0; i < len && !b.over; i++) {
		if (key[i] == '~')
			buf_puts(&b, "~0");
		else if (key[i] == '/')
			buf_puts(&b, "~1");
		else
			buf_putc(&b, key[i]);
	}
	below = b.over ? NULL : buf_take_str(&b);
	buf_free(&b);
	return below;
}

/* The largest length up to most that ends no character in its middle. */
static size_t
clip(const char *s, size_t len, size_t most)
{
	if (len <= most)
		return len;
	while (most > 0 && ((unsigned char)s[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void
walk_leaf(
    struct walk *w, const char *path, enum leaf_type type, const char *value)
{
	size_t len = clip(value, strlen(value), LEAF_VALUE_MAX);
	size_t size = strlen(path) + len;

	if (w->out->count == LEAVES_MAX || size > LEAVES_BYTES - w->bytes) {
		w->out->partial = true;
		return;
	}
	w->bytes += size;
	leaves_add(w->out, path, type, value, len);
}

static void
walk_number(struct walk *w, const char *path, const json_t *v)
{
	char text[40];

	snprintf(text, sizeof(text), "%.17g", json_number_value(v));
	walk_leaf(w, path, LEAF_NUMBER, text);
}

/* path is taken. */
static void
walk_wait(struct walk *w, json_t *v, char *path)
{
	size_t len = strlen(path) + 1;

	if (len > JSON_WAIT_MAX - w->queued) {
		w->out->partial = true;
		free(path);
		return;
	}
	w->queued += len;
	w->queue = xgrow(w->queue, w->count, sizeof(*w->queue));
	w->queue[w->count++] = (struct waiting){v, path};
}

/* path is taken; NULL: it was too long. */
static void
walk_value(struct walk *w, json_t *v, char *path)
{
	size_t inside = json_is_object(v)  ? json_object_size(v)
			: json_is_array(v) ? json_array_size(v)
					   : 0;

	if (path == NULL) {
		w->out->partial = true;
		return;
	}
	if (inside > 0) {
		walk_wait(w, v, path);
		return;
	}
	if (json_is_string(v))
		walk_leaf(w, path, LEAF_STRING, json_string_value(v));
	else if (json_is_number(v))
		walk_number(w, path, v);
	else if (json_is_boolean(v))
		walk_leaf(
		    w, path, LEAF_BOOL, json_is_true(v) ? "true" : "false");
	else
		walk_leaf(
		    w, path, json_is_null(v) ? LEAF_NULL : LEAF_EMPTY, "");
	free(path);
}

/* Level by level, without recursion. */
static void
walk_all(struct walk *w, json_t *root)
{
	walk_value(w, root, xstrdup(""));
	for (size_t next = 0; next < w->count; next++) {
		struct waiting at = w->queue[next];
		char number[24];
		const char *key;
		json_t *v;
		size_t i;

		if (json_is_object(at.value)) {
			json_object_foreach(at.value, key, v) walk_value(
			    w, v, path_below(at.path, key, strlen(key)));
		} else {
			json_array_foreach(at.value, i, v)
			{
				snprintf(number, sizeof(number), "%zu", i);
				walk_value(w, v,
				    path_below(
					at.path, number, strlen(number)));
			}
		}
		free(at.path);
	}
	free(w->queue);
}

static bool
is_blank_behind(const char *s, size_t len, size_t at)
{
	for (; at < len; at++)
		if (strchr(" \t\r\n", s[at]) == NULL || s[at] == '\0')
			return false;
	return true;
}

void
json_leaves(struct leaves *out, const void *data, size_t len)
{
	const char *s = data;
	struct walk w = {.out = out};
	json_error_t why;
	json_t *root;
	size_t seed = 0;

	*out = (struct leaves){0};
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		s += 3;
		len -= 3;
	}
	if (!json_fits(s, len)) {
		out->partial = true;
		return;
	}
	/* There is no file to seed from here; only the first call counts. */
	if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
		json_object_seed(seed);
	root = json_loadb(s, len,
	    JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES |
		JSON_DECODE_INT_AS_REAL | JSON_DECODE_ANY,
	    &why);
	if (root == NULL) {
		out->broken = true;
		return;
	}
	out->broken = !is_blank_behind(s, len, (size_t)why.position);
	walk_all(&w, root);
	json_decref(root);
}
