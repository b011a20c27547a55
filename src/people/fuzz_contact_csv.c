#include <string.h>

#include "fuzz.h"
#include "people/contact_csv.h"

static bool
same_strs(const struct strs *a, const struct strs *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = strcmp(a->item[i], b->item[i]) == 0;
	return same;
}

static bool
same(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* A list that is exported and imported again is that list. */
static void
check_again(const struct contact_csv_row *row, size_t count, size_t size)
{
	struct contact_csv_row *again = NULL;
	struct strs errors = {0};
	struct err e = {0};
	struct buf out;
	size_t n = 0;

	buf_init(&out, 8 * size + 1024);
	contact_csv_write_header(&out);
	for (size_t i = 0; i < count; i++)
		contact_csv_write(&out, &row[i].contact);
	assert(!out.over);
	assert(
	    contact_csv_parse(out.data, out.len, &again, &n, &errors, &e) == 0);
	assert(n == count);
	for (size_t i = 0; i < n; i++) {
		const struct contact *a = &row[i].contact;
		const struct contact *b = &again[i].contact;

		assert(same(a->name, b->name) && a->class == b->class);
		assert(same(a->organisation, b->organisation));
		assert(same(a->language, b->language));
		assert(same_strs(&a->addresses, &b->addresses));
		assert(same_strs(&a->roles, &b->roles));
		assert(same_strs(&a->tags, &b->tags));
	}
	contact_csv_free(again, n);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct contact_csv_row *row = NULL;
	struct strs errors = {0};
	struct err e = {0};
	size_t count = 0;

	if (contact_csv_parse(data, size, &row, &count, &errors, &e) == -1) {
		assert(row == NULL && count == 0 && errors.count > 0);
		assert(fuzz_are_lines(&errors) && fuzz_is_line(e.text));
	} else {
		assert(errors.count == 0 && count <= CONTACT_CSV_ROWS_MAX);
		for (size_t i = 0; i < count; i++)
			assert(fuzz_is_line(row[i].contact.name) &&
			       fuzz_are_lines(&row[i].contact.addresses));
		check_again(row, count, size);
	}
	contact_csv_free(row, count);
	strs_free(&errors);
	return 0;
}
