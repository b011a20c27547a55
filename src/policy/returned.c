#include "policy/returned.h"

#include <string.h>
#include <strings.h>

#define RETURNED_MESSAGE 3 /* different fields that make a header */
#define RETURNED_STATUS 2 /* different fields that make a status */

/* Those of a message first, then those of a status. */
static const char *const fields[] = {"return-path", "received", "message-id",
    "from", "to", "date", "subject", "reporting-mta", "final-recipient",
    "original-recipient", "action", "status", "diagnostic-code", "remote-mta"};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define FIELDS_MESSAGE 7

struct line {
	const char *p;
	size_t len;
};

/* The next line without its end; false behind the last. */
static bool
line_next(const char **text, size_t *len, struct line *out)
{
	const char *end;

	if (*len == 0)
		return false;
	end = memchr(*text, '\n', *len);
	out->p = *text;
	out->len = end == NULL ? *len : (size_t)(end - *text);
	*len -= end == NULL ? out->len : out->len + 1;
	*text += end == NULL ? out->len : out->len + 1;
	if (out->len > 0 && out->p[out->len - 1] == '\r')
		out->len--;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the field name that the line begins with, or 0. */
static size_t
name_len(const struct line *l)
{
	size_t n = 0;

	while (n < l->len && l->p[n] > ' ' && l->p[n] < 0x7f && l->p[n] != ':')
		n++;
	return n < l->len && l->p[n] == ':' && n > 0 ? n : 0;
}

/* How many different fields of a message, of a status stand in one block. */
struct block {
	bool seen[FIELDS];
	size_t message;
	size_t status;
};

static void
block_add(struct block *b, const char *name, size_t len)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (strlen(fields[i]) != len ||
		    strncasecmp(fields[i], name, len) != 0 || b->seen[i])
			continue;
		b->seen[i] = true;
		if (i < FIELDS_MESSAGE)
			b->message++;
		else
			b->status++;
	}
}

bool
returned_header_in(const char *text, size_t len)
{
	struct block b = {0};
	struct line l;

	while (line_next(&text, &len, &l)) {
		size_t name = name_len(&l);

		if (l.len > 0 && is_blank(l.p[0]))
			continue; /* belongs to the field before */
		if (name == 0) {
			b = (struct block){0};
			continue;
		}
		block_add(&b, l.p, name);
		if (b.message >= RETURNED_MESSAGE ||
		    b.status >= RETURNED_STATUS)
			return true;
	}
	return false;
}

static bool
line_begins(const struct line *l, const char *with)
{
	size_t n = strlen(with);

	return l->len >= n && strncmp(l->p, with, n) == 0;
}

bool
returned_by_exchange(const char *text, size_t len)
{
	bool server = false;
	struct line l;

	while (line_next(&text, &len, &l)) {
		if (line_begins(&l, "Generating server: "))
			server = true;
		else if (server && line_begins(&l, "Original message headers:"))
			return true;
	}
	return false;
}
