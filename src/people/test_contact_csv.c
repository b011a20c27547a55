#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "people/contact_csv.h"
#include "people/csv.h"

#define HEADER "name,address,class,organisation,key,verified,role,tag,lang\n"

struct parsed {
	struct contact_csv_row *row;
	size_t count;
	struct strs errors;
	struct err e;
};

static int
parse(struct parsed *p, const char *text, size_t len)
{
	void *exact = xmemdup(text, len); /* one byte more is not there */
	int rc;

	*p = (struct parsed){0};
	rc = contact_csv_parse(
	    exact, len, &p->row, &p->count, &p->errors, &p->e);
	free(exact);
	assert_int_equal(rc == -1, p->errors.count > 0);
	assert_int_equal(p->e.code, rc == -1 ? ERR_DATA : ERR_NONE);
	return rc;
}

static void
parsed_free(struct parsed *p)
{
	contact_csv_free(p->row, p->count);
	strs_free(&p->errors);
}

static void
a_full_row_is_read_in_all_its_columns(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbf" HEADER
	    "Taro,a@example.net; b@example.net,vendor,\"Example, Inc.\","
	    "k1.asc;k2.asc,met;none,poc;legal,x;y,ja\r\n";
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, text, sizeof(text) - 1), 0);
	assert_int_equal(p.count, 1);
	assert_int_equal(p.row[0].line, 2);
	assert_string_equal(p.row[0].contact.name, "Taro");
	assert_int_equal(p.row[0].contact.addresses.count, 2);
	assert_string_equal(
	    p.row[0].contact.addresses.item[1], "b@example.net");
	assert_int_equal(p.row[0].contact.class, CLASS_VENDOR);
	assert_string_equal(p.row[0].contact.organisation, "Example, Inc.");
	assert_int_equal(p.row[0].keys.count, 2);
	assert_string_equal(p.row[0].keys.item[1], "k2.asc");
	assert_int_equal(p.row[0].verified[0], VERIFIED_MET);
	assert_int_equal(p.row[0].verified[1], VERIFIED_NONE);
	assert_true(strs_has(&p.row[0].contact.roles, "legal"));
	assert_true(strs_has(&p.row[0].contact.tags, "y"));
	assert_string_equal(p.row[0].contact.language, "ja");
	parsed_free(&p);
}

static void
quotes_are_read_as_rfc_4180_says(void **state)
{
	static const struct {
		const char *text;
		const char *name; /* NULL: an error */
	} t[] = {
	    {"class,name\nvendor,\"a\"\"b\"", "a\"b"},
	    {"class,name\nvendor,\"a,b\"\n", "a,b"},
	    {"class,name\nvendor,\"a\"\r\n", "a"},
	    {"\"class\",\"name\"\r\n\"vendor\",\"a\"", "a"},
	    {"class,name\nvendor,=1+1\n", "=1+1"},
	    {"\n\nclass,name\n\n,\nvendor,a\n\n", "a"},
	    {"class,name\nvendor,a\"b\n", NULL},
	    {"class,name\nvendor,\"a\"b\n", NULL},
	    {"class,name\nvendor,\"a\n", NULL},
	    {"class,name\nvendor,\"a\nb\"\n", NULL},
	    {"class,name\nvendor,\"", NULL},
	    {"class,name\nvendor,a,b\n", NULL},
	    {"class,name\nvendor\n", NULL},
	    {"class,name\nvendor,\n", NULL},
	    {"class,name\nvendor,a\rvendor,b\n", NULL},
	    {"class,name\nvendor,a\xff\n", NULL},
	    {"class,name,name\nvendor,a,a\n", NULL},
	    {"name\na\n", NULL},
	    {"", NULL},
	    {"\n\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct parsed p;
		int rc = parse(&p, t[i].text, strlen(t[i].text));

		if (rc != (t[i].name == NULL ? -1 : 0))
			fail_msg("%zu: %s", i, p.e.text);
		if (rc == 0) {
			assert_int_equal(p.count, 1);
			assert_string_equal(p.row[0].contact.name, t[i].name);
		}
		parsed_free(&p);
	}
}

static void
every_mistake_is_listed_with_its_line(void **state)
{
	static const char text[] =
	    HEADER "A,a@example.net,king,,,,,,\n"
		   "B,not an address,vendor,,,,,,\n"
		   "\"C\",c@example.net,vendor,,,,emperor,,\n"
		   "D,A@example.net,vendor,,k,seen,,,\n"
		   "E,,vendor,,k;l;m,met;met,,,\n"
		   "F,,vendor,,,,,,de\n";
	static const char *const want[] = {"line 2: class: \"king\"",
	    "line 3: \"not an address\"", "line 4: \"emperor\"",
	    "line 5: verified: \"seen\"", "line 6: verified: 2 values",
	    "line 7: \"de\"", "line 5: address: a@example.net is in line 2"};
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, text, sizeof(text) - 1), -1);
	assert_null(p.row);
	assert_int_equal(p.errors.count, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < p.errors.count; i++)
		assert_memory_equal(p.errors.item[i], want[i], strlen(want[i]));
	parsed_free(&p);
}

static void
an_unknown_column_is_named_with_line_and_place(void **state)
{
	static const char text[] = "name,class,phone\nA,vendor,1\n";
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, text, sizeof(text) - 1), -1);
	assert_int_equal(p.errors.count, 1);
	assert_memory_equal(
	    p.errors.item[0], "line 1: column 3: \"phone\"", 25);
	parsed_free(&p);
}

static void
complaints_hold_no_control_characters(void **state)
{
	static const char text[] = "class,name\n\x1b[31m\0x,A\n";
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, text, sizeof(text) - 1), -1);
	assert_null(strchr(p.errors.item[0], '\x1b'));
	parsed_free(&p);
}

static void
a_file_cut_short_anywhere_is_read_or_refused(void **state)
{
	static const char text[] = HEADER
	    "\"Ta\"\"ro\",\"a@example.net\",vendor,\"E\",k,met,poc,x,ja\r\n";
	struct parsed p;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		size_t whole = sizeof(HEADER) - 1;
		int rc = parse(&p, text, len);

		if (len < whole - 1) /* no column "lang" is one of the others */
			assert_int_equal(p.count, 0);
		if (len == whole || len == sizeof(text) - 1)
			assert_int_equal(rc, 0);
		parsed_free(&p);
	}
}

static void
a_row_over_its_limit_is_refused(void **state)
{
	struct parsed p;
	struct buf b;

	(void)state;
	buf_init(&b, 4 * (size_t)CSV_ROW_MAX);
	buf_puts(&b, "class,name\nvendor,");
	while (b.len < 2 * (size_t)CSV_ROW_MAX)
		buf_putc(&b, 'a');
	buf_puts(&b, "\nvendor,b\nking,c\n");
	assert_int_equal(parse(&p, buf_str(&b), b.len), -1);
	assert_int_equal(p.errors.count, 2);
	assert_memory_equal(p.errors.item[0], "line 2: row over", 16);
	assert_memory_equal(p.errors.item[1], "line 4: class", 13);
	parsed_free(&p);
	buf_free(&b);
}

static void
what_is_written_reads_back_the_same(void **state)
{
	struct contact c = {.name = xstrdup("a \"b\", c"),
	    .organisation = xstrdup("O,P"),
	    .class = CLASS_FINDER};
	struct parsed p;
	struct buf b;

	(void)state;
	strs_add(&c.addresses, "a@example.net");
	strs_add(&c.addresses, "b@example.net");
	strs_add(&c.tags, "x");
	c.key = xcalloc(2, sizeof(*c.key));
	c.keys = 2;
	c.key[0].fingerprint = xstrdup("K1");
	c.key[1].fingerprint = xstrdup("K2");
	c.key[1].verified = VERIFIED_DIRECTORY;
	buf_init(&b, 1000);
	contact_csv_write_header(&b);
	contact_csv_write(&b, &c);
	assert_string_equal(buf_str(&b),
	    "name,address,class,organisation,key,verified,role,tag,lang\r\n"
	    "\"a \"\"b\"\", c\",a@example.net;b@example.net,finder,\"O,P\","
	    "K1;K2,met;directory,,x,\r\n");
	assert_int_equal(parse(&p, buf_str(&b), b.len), 0);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.row[0].contact.name, c.name);
	assert_string_equal(p.row[0].contact.organisation, "O,P");
	assert_int_equal(p.row[0].verified[1], VERIFIED_DIRECTORY);
	assert_null(p.row[0].contact.language);
	parsed_free(&p);
	buf_free(&b);
	contact_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_row_is_read_in_all_its_columns),
	    cmocka_unit_test(quotes_are_read_as_rfc_4180_says),
	    cmocka_unit_test(every_mistake_is_listed_with_its_line),
	    cmocka_unit_test(an_unknown_column_is_named_with_line_and_place),
	    cmocka_unit_test(complaints_hold_no_control_characters),
	    cmocka_unit_test(a_file_cut_short_anywhere_is_read_or_refused),
	    cmocka_unit_test(a_row_over_its_limit_is_refused),
	    cmocka_unit_test(what_is_written_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
