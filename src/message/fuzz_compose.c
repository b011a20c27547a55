#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/compose.h"
#include "message/text.h"
#include "message/tree.h"

static void
check_one(const struct part_table *t, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < t->fields; i++)
		n += t->field[i].part == 0 &&
		     strcasecmp(t->field[i].name, name) == 0;
	assert(n == 1);
}

/* A reader finds what was written, and no field or part besides. */
static void
check(const struct compose *c, const struct buf *out)
{
	struct scan_limits limits = fuzz_limits();
	struct part_table t;
	struct err e = {0};

	assert(fuzz_is_ascii(out->data, out->len));
	assert(tree_parse(&t, out->data, out->len, &limits, &e) == 0);
	fuzz_check_table(&t, out->len);
	check_one(&t, "From");
	check_one(&t, "To");
	check_one(&t, "Subject");
	assert(t.parts == (c->attachments == 0 ? 1 : 3));
	assert(t.heads == 1 && t.head[0].from.count == 1);
	assert(strcmp(t.head[0].from.item[0].address, "team@example.org") == 0);
	assert(t.head[0].to.count == 1);
	assert(strlen(c->subject) > TREE_VALUE_MAX / 2 ||
	       strcmp(t.head[0].subject, c->subject) == 0);
	assert(!strs_has(&t.warnings, "mime-broken"));
	part_table_free(&t);
}

/* Lines for subject, names of sender and file; then the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	char *subject = fuzz_safe_line(&f), *name = fuzz_safe_line(&f);
	char *file = fuzz_safe_line(&f), address[] = "team@example.org";
	struct compose_attachment a = {
	    .name = file, .type = "text/plain", .data = data, .len = size};
	struct mailboxes to = {0};
	struct compose c = {.from = {name, address},
	    .to = &to,
	    .subject = subject,
	    .message_id = "<1@example.org>",
	    .date = 1795309323,
	    .attachment = &a,
	    .attachments = file[0] == '\0' ? 0 : 1};
	struct err e = {0};
	struct buf out;
	char *text;

	text = fuzz_safe_text(&f, &c.text_len);
	c.text = text;
	mailboxes_add(&to, name, "joe@example.com");
	buf_init(&out, 1U << 24);
	if (strchr(file, '/') == NULL && compose_payload(&c, &out, &e) == 0)
		check(&c, &out);
	buf_free(&out);
	mailboxes_free(&to);
	free(subject);
	free(name);
	free(file);
	free(text);
	return 0;
}
