#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "fuzz.h"

/* Others' words on a terminal: whatever they hold, nothing acts. */
static void
check_terminal(const char *line, const char *text, size_t len, size_t columns)
{
	static const char *const headings[] = {"ID", "NAME", "SUBJECT", NULL};
	struct output o = {.fd = -1, .terminal = true, .columns = columns};
	struct table t;

	buf_init(&o.text, OUTPUT_MAX);
	output_line(&o, line);
	output_put(&o, "\n");
	output_text(&o, text, len);
	output_field(&o, "Name", line);
	table_init(&t, headings);
	table_soft(&t, "NAME");
	for (int i = 0; i < 2; i++) {
		table_number(&t, i);
		table_cell(&t, line);
		table_cell(&t, line);
	}
	table_put(&t, &o);
	assert(!o.text.over && fuzz_is_safe(o.text.data, o.text.len));
	table_free(&t);
	buf_free(&o.text);
}

/* A program reads the very string, in a document that acts no more. */
static void
check_json(const char *line)
{
	struct output o = {.fd = -1, .json = true};
	json_t *value = json_pack("{s:s}", "x", line), *back;
	struct err e = {0};

	if (value == NULL)
		return;
	buf_init(&o.text, OUTPUT_MAX);
	assert(output_json(&o, value, &e) == 0);
	assert(fuzz_is_safe(o.text.data, o.text.len));
	back = json_loads(buf_str(&o.text), 0, NULL);
	assert(back != NULL && strcmp(output_string(back, "x"), line) == 0);
	json_decref(back);
	buf_free(&o.text);
}

/* A byte for the width, a line, a text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	unsigned columns = fuzz_byte(&f);
	char *line = fuzz_line(&f);

	check_terminal(line, (const char *)f.p, f.left, columns);
	check_json(line);
	free(line);
	return 0;
}
