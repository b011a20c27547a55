#include <string.h>

#include "fuzz.h"
#include "store/envelope.h"

/* A file is either just what envelope_write writes, or refused. */
static void
check(const void *data, size_t size)
{
	struct envelope *list = NULL;
	struct err e = {0};
	struct buf out;
	size_t count = 0;

	if (envelope_read(data, size, &list, &count, &e) == -1) {
		assert(e.code == ERR_DATA && fuzz_is_line(e.text));
		return;
	}
	assert(count <= ENVELOPE_RECORDS_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(list[i].source != NULL);
		assert(strlen(list[i].source) <= ENVELOPE_SOURCE_MAX);
		assert(list[i].recipients.count <= ENVELOPE_RECIPIENTS_MAX);
		assert(envelope_same(&list[i], &list[i]));
	}
	buf_init(&out, size);
	assert(envelope_write(&out, list, count, NULL, &e) == 0);
	assert(!out.over && out.len == size);
	assert(memcmp(out.data, data, size) == 0);
	buf_free(&out);
	envelope_list_free(list, count);
}

/* Two records, as a pipe and a Maildir bring the same bytes. */
static void
write_whole(struct buf *out)
{
	char pipe[] = "pipe", inbox[] = "maildir:inbox", null[] = "";
	struct envelope e[2] = {{.source = pipe, .received_at = 1795309323},
	    {.source = inbox, .sender = null, .received_at = -1}};
	struct err why = {0};

	strs_add(&e[0].recipients, "team@example.org");
	strs_add(&e[0].recipients, "abuse@example.org");
	assert(envelope_write(out, e, 2, NULL, &why) == 0);
	strs_free(&e[0].recipients);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	struct buf whole;

	buf_init(&whole, ENVELOPE_FILE_MAX);
	write_whole(&whole);
	fuzz_edit(&whole, &f);
	check(whole.data, whole.len);
	check(data, size);
	buf_free(&whole);
	return 0;
}
