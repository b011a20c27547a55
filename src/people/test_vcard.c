#include "people/vcard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

#define CARD4 "BEGIN:VCARD\r\nVERSION:4.0\r\n"
#define END "END:VCARD\r\n"
#define FPR "0123456789ABCDEF0123456789abcdef01234567"

struct parsed {
	struct vcard *card;
	size_t count;
	struct strs errors;
	struct err e;
};

static int
parse(struct parsed *p, const char *text)
{
	size_t len = strlen(text);
	void *exact = xmemdup(text, len); /* one byte more is not there */
	int rc;

	*p = (struct parsed){0};
	rc = vcard_parse(exact, len, &p->card, &p->count, &p->errors, &p->e);
	free(exact);
	assert_int_equal(rc == -1, p->errors.count > 0);
	assert_int_equal(p->e.code, rc == -1 ? ERR_DATA : ERR_NONE);
	return rc;
}

static void
parsed_free(struct parsed *p)
{
	vcard_free(p->card, p->count);
	strs_free(&p->errors);
}

/* That the file is wrong, and how that is said first. */
static void
refuses(const char *text, const char *mistake)
{
	struct parsed p;

	assert_int_equal(parse(&p, text), -1);
	assert_string_equal(p.errors.item[0], mistake);
	parsed_free(&p);
}

static void
a_card_of_4_0_is_read_with_folded_lines_and_groups(void **state)
{
	struct parsed p;
	const struct contact *c;

	(void)state;
	assert_int_equal(
	    parse(&p, CARD4 "FN:Fay\r\n  Find\r\n\ter\r\n"
			    "EMAIL:old@finder.example\r\n"
			    "item1.EMAIL;PREF=1;X=\"a:b;c\":fay@finder.example"
			    "\r\nEMAIL:OLD@finder.example\r\n"
			    "ORG:Finder\\, Inc.;Lab\r\nLANG:fr\r\n"
			    "LANG;PREF=1:ja-JP\r\nNOTE:x\r\n" END),
	    0);
	assert_int_equal(p.count, 1);
	c = &p.card[0].contact;
	assert_string_equal(c->name, "Fay Finder");
	assert_int_equal(c->addresses.count, 2);
	assert_string_equal(c->addresses.item[0], "fay@finder.example");
	assert_string_equal(c->addresses.item[1], "old@finder.example");
	assert_string_equal(c->organisation, "Finder, Inc.");
	assert_string_equal(c->language, "ja");
	parsed_free(&p);
}

static void
a_card_without_fn_is_named_by_its_parts_or_its_organisation(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, "BEGIN:VCARD\nVERSION:3.0\nN:Finder;Fay;;;\n"
				   "END:VCARD\nBEGIN:VCARD\nVERSION:3.0\n"
				   "ORG:Example CERT\nEND:VCARD\n"),
	    0);
	assert_int_equal(p.count, 2);
	assert_string_equal(p.card[0].contact.name, "Fay Finder");
	assert_string_equal(p.card[1].contact.name, "Example CERT");
	assert_int_equal(p.card[1].line, 5);
	parsed_free(&p);
}

static void
keys_come_in_base64_as_data_armoured_or_by_fingerprint(void **state)
{
	struct parsed p;
	const struct vcard *c;

	(void)state;
	assert_int_equal(
	    parse(&p, CARD4 "FN:F\r\nKEY;ENCODING=b;TYPE=PGP:YWJj\r\n"
			    "KEY:data:application/pgp-keys;base64,ZGVm\r\n"
			    "KEY;VALUE=text:-----BEGIN PGP X-----\\n\\nx\\n\r\n"
			    "KEY:openpgp4fpr:" FPR "\r\n"
			    "KEY;TYPE=X509;ENCODING=b:YWJj\r\n"
			    "KEY;MEDIATYPE=application/pgp-keys:"
			    "http://x.example/key\r\n" END),
	    0);
	c = &p.card[0];
	assert_int_equal(c->keys, 3);
	assert_string_equal(buf_str(&c->key[0]), "abc");
	assert_string_equal(buf_str(&c->key[1]), "def");
	assert_string_equal(
	    buf_str(&c->key[2]), "-----BEGIN PGP X-----\n\nx\n");
	assert_int_equal(c->fingerprints.count, 1);
	assert_string_equal(c->fingerprints.item[0], FPR);
	parsed_free(&p);
}

static void
a_group_is_no_contact(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, CARD4 "KIND:group\r\nFN:All\r\n" END CARD4
					 "FN:One\r\n" END),
	    0);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.card[0].contact.name, "One");
	parsed_free(&p);
}

static void
a_mistake_is_named_with_its_line(void **state)
{
	(void)state;
	refuses("", "line 1: there is no card");
	refuses("x\n", "line 1: neither a property nor a continuation");
	refuses("FN:x\n", "line 1: BEGIN:VCARD was expected");
	refuses(CARD4 "FN:x\n", "line 1: END:VCARD is missing");
	refuses("BEGIN:VCARD\nVERSION:2.1\nFN:x\nEND:VCARD\n",
	    "line 1: VERSION 3.0 or 4.0 was expected");
	refuses(CARD4 "FN:x\nEMAIL:nobody\n" END,
	    "line 1: \"nobody\" is no address");
	refuses(CARD4 "FN:x\nKEY:openpgp4fpr:../../x\n" END,
	    "line 4: KEY: no fingerprint, expected 40 or 64 digits");
	refuses(CARD4 "FN:x\nKEY;ENCODING=b:\n" END, "line 4: KEY: no base64");
	refuses(CARD4 "FN:\xff\n" END, "line 3: not UTF-8");
}

static void
a_card_inside_another_or_without_end_frees_what_it_has(void **state)
{
	(void)state;
	refuses(CARD4 "FN:x\nN:a;b\n" CARD4 "FN:y\nN:c\n",
	    "line 5: a card begins inside another");
}

static void
too_many_addresses_or_keys_are_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_puts(&b, CARD4 "FN:x\r\n");
	for (int i = 0; i <= VCARD_EMAILS_MAX; i++)
		buf_putf(&b, "EMAIL:a%d@b.example\r\n", i);
	buf_puts(&b, END);
	refuses(buf_str(&b), "line 104: over 100 addresses");
	buf_clear(&b);
	buf_puts(&b, CARD4 "FN:x\r\n");
	for (int i = 0; i <= VCARD_KEYS_MAX; i++)
		buf_puts(&b, "KEY;ENCODING=b:YWJj\r\n");
	buf_puts(&b, END);
	refuses(buf_str(&b), "line 14: over 10 keys");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_card_of_4_0_is_read_with_folded_lines_and_groups),
	    cmocka_unit_test(
		a_card_without_fn_is_named_by_its_parts_or_its_organisation),
	    cmocka_unit_test(
		keys_come_in_base64_as_data_armoured_or_by_fingerprint),
	    cmocka_unit_test(a_group_is_no_contact),
	    cmocka_unit_test(a_mistake_is_named_with_its_line),
	    cmocka_unit_test(
		a_card_inside_another_or_without_end_frees_what_it_has),
	    cmocka_unit_test(too_many_addresses_or_keys_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
