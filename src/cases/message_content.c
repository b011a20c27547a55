#include "cases/message_content.h"

#include <stdlib.h>
#include <string.h>

#define CONTENT_TEXT "text"
#define CONTENT_TEXT_LONG 1024 /* bytes; a shorter one stays in the JSON */

static bool
content_text_is_long(const json_t *text)
{
	return json_is_string(text) &&
	       json_string_length(text) >= CONTENT_TEXT_LONG;
}

static int
content_put_json(const json_t *content, struct buf *out, struct err *e)
{
	char *json = json_dumps(content, JSON_COMPACT);

	if (json == NULL)
		return err_set(e, ERR_BUG, "content as JSON");
	buf_puts(out, json);
	explicit_bzero(json, strlen(json));
	free(json);
	return 0;
}

int
message_content_write(json_t *content, struct buf *out, struct err *e)
{
	const json_t *text = json_object_get(content, CONTENT_TEXT);
	json_t *rest;
	int rc;

	if (!content_text_is_long(text))
		return content_put_json(content, out, e);
	/* shares its values with content */
	rest = json_object();
	json_object_update(rest, content);
	json_object_del(rest, CONTENT_TEXT);
	buf_expect(out, json_string_length(text) + CONTENT_TEXT_LONG);
	rc = content_put_json(rest, out, e);
	json_decref(rest);
	buf_putc(out, '\0');
	buf_put(out, json_string_value(text), json_string_length(text));
	return rc;
}

int
message_content_read(const struct buf *bytes, json_t **out, struct err *e)
{
	const char *json = buf_str(bytes);
	size_t len = strnlen(json, bytes->len);
	json_error_t why;

	*out = json_loadb(json, len, 0, &why);
	if (*out == NULL)
		return err_set(e, ERR_DATA, "%s", why.text);
	/* It was UTF-8 when it was a value, and the seal says it is the same.
	 */
	if (len < bytes->len)
		json_object_set_new_nocheck(*out, CONTENT_TEXT,
		    json_stringn_nocheck(json + len + 1, bytes->len - len - 1));
	return 0;
}
