#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cases/arrival.h"
#include "cases/test_store.h"

static void
came(struct store *s, int64_t id, const char *sender, const char *recipient)
{
	struct err e = {0};

	ok(db_run(s->db, &e,
	       "INSERT INTO envelope (message, sender, recipient, source, at)"
	       " VALUES (?, ?, ?, 'maildir:inbox', 0)",
	       "iss", id, sender, recipient),
	    &e);
}

static char *
sender(struct store *s, int64_t id)
{
	struct err e = {0};
	char *address;

	ok(arrival_sender(s->db, id, &address, &e), &e);
	return address;
}

static void
recipients_are_the_envelope_s_then_the_header_s_each_once(void **state)
{
	struct store *s = *state;
	int64_t id = store_message(s, "a");
	struct head head = {0};
	struct strs all = {0};
	struct err e = {0};
	char *got;

	came(s, id, NULL, "c@x.org");
	came(s, id, NULL, "b@x.org");
	came(s, id, NULL, "");
	mailboxes_add(&head.to, "B", "b@x.org");
	mailboxes_add(&head.to, NULL, "d@x.org");
	mailboxes_add(&head.cc, NULL, "a@x.org");
	ok(arrival_recipients(s->db, id, &head, &all, &e), &e);
	got = strs_join(&all, " ");
	assert_string_equal(got, "b@x.org c@x.org d@x.org a@x.org");
	free(got);
	strs_free(&all);
	ok(arrival_recipients(s->db, id, NULL, &all, &e), &e);
	assert_int_equal(all.count, 2);
	strs_free(&all);
	mailboxes_free(&head.to);
	mailboxes_free(&head.cc);
}

static void
a_sender_is_known_only_where_all_sources_agree(void **state)
{
	struct store *s = *state;
	int64_t id = store_message(s, "a");
	char *address;

	assert_null(sender(s, id));
	came(s, id, NULL, "a@x.org");
	assert_null(sender(s, id));
	came(s, id, "f@x.org", "b@x.org");
	address = sender(s, id);
	assert_string_equal(address, "f@x.org");
	free(address);
	came(s, id, "", "c@x.org");
	assert_null(sender(s, id));
}

static void
the_null_sender_is_one_that_is_known(void **state)
{
	struct store *s = *state;
	int64_t id = store_message(s, "a");
	char *address;

	came(s, id, "", "a@x.org");
	address = sender(s, id);
	assert_non_null(address);
	assert_string_equal(address, "");
	free(address);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, store_make, store_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(recipients_are_the_envelope_s_then_the_header_s_each_once),
	    TEST(a_sender_is_known_only_where_all_sources_agree),
	    TEST(the_null_sender_is_one_that_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
