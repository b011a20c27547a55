#include "cases/document.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "policy/opaque.h"

static bool
document_is_text(const struct buf *data)
{
	return data->len > 0 && memchr(data->data, '\0', data->len) == NULL &&
	       utf8_is(buf_str(data), data->len);
}

/* The first byte that is no white space or byte order mark. */
static char
document_first(const struct buf *data)
{
	const char *s = buf_str(data);
	size_t i = 0;

	if (data->len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < data->len && strchr(" \t\r\n", s[i]) != NULL)
		i++;
	return i < data->len ? s[i] : '\0';
}

static int
document_json(const struct buf *data, const struct document_json *json,
    struct marking *m, struct err *e)
{
	struct leaves l = {0};
	int rc = json->leaves(json->context, buf_str(data), data->len, &l, e);

	if (rc == 0)
		marking_of_json(&l, m);
	leaves_free(&l);
	return rc;
}

int
document_read(const char *name, const struct buf *data,
    const struct document_json *json, struct document *out, struct err *e)
{
	struct marking m = {0};
	struct noroshi_tlp_found f;
	char first;
	int rc = 0;

	*out = (struct document){.text = document_is_text(data),
	    .opaque = opaque_why(name, buf_str(data), data->len)};
	if (name != NULL &&
	    noroshi_tlp_find(name, strlen(name), NOROSHI_TLP_FILENAME, &f))
		out->marking =
		    (struct marking){.found = true, .label = f.label};
	if (opaque_names(buf_str(data), data->len, &m.label)) {
		m.found = true;
		marking_join(&out->marking, &m);
	}
	if (!out->text)
		return 0;
	m = (struct marking){0};
	first = document_first(data);
	if (json != NULL && (first == '{' || first == '['))
		rc = document_json(data, json, &m, e);
	else if (first == '<')
		marking_of_iodef(buf_str(data), data->len, &m);
	marking_join(&out->marking, &m);
	if (rc == 0) {
		m = (struct marking){0};
		marking_of_text(buf_str(data), data->len, &m);
		marking_join(&out->marking, &m);
	}
	return rc;
}
