#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "intake/imap_mailbox.h"
#include "intake/imap_name.h"

static void
assert_wire(const char *name, const char *expected)
{
	char *wire = imap_name_wire(name);

	assert_string_equal(wire, expected);
	free(wire);
}

static void
a_name_travels_in_modified_utf_7(void **state)
{
	(void)state;
	assert_wire("INBOX", "INBOX");
	assert_wire("Ham & eggs", "Ham &- eggs");
	/* The example of RFC 3501 section 5.1.3. */
	assert_wire(
	    "~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
	assert_wire("Gelöschte Elemente", "Gel&APY-schte Elemente");
	assert_wire("a\xf0\x9f\x93\xa7"
		    "b",
	    "a&2D3c5w-b");
	assert_wire("a\xff", "a&,,0-");
	assert_wire("", "");
}

static struct imap_mailbox
selected(uint32_t validity)
{
	struct imap_mailbox m;

	imap_mailbox_init(&m, "csirt@example.org", "INBOX", false);
	imap_mailbox_selected(&m, validity);
	return m;
}

static void
what_the_queue_has_may_be_moved_away(void **state)
{
	struct imap_mailbox m = selected(5);
	uint32_t uid[4];

	(void)state;
	assert_string_equal(m.source, "imap:csirt@example.org/INBOX");
	assert_int_equal(imap_mailbox_state(&m, 7, 0), IMAP_NEW);
	imap_mailbox_set(&m, 7, IMAP_TOLD);
	imap_mailbox_set(&m, 8, IMAP_TOLD);
	assert_int_equal(imap_mailbox_list(&m, IMAP_KNOWN, uid, 4), 0);
	imap_mailbox_registered(&m, imap_mailbox_cookie(&m, 8));
	assert_int_equal(imap_mailbox_count(&m, IMAP_TOLD), 1);
	assert_int_equal(imap_mailbox_list(&m, IMAP_KNOWN, uid, 4), 1);
	assert_int_equal(uid[0], 8);
	imap_mailbox_set(&m, 8, IMAP_NEW);
	assert_int_equal(imap_mailbox_state(&m, 8, 0), IMAP_NEW);
	assert_int_equal(imap_mailbox_state(&m, 7, 0), IMAP_TOLD);
	imap_mailbox_free(&m);
}

static void
another_uidvalidity_forgets_all_and_believes_no_old_answer(void **state)
{
	struct imap_mailbox m = selected(5);
	uint64_t old;

	(void)state;
	log_init("test", LOG_LEVEL_ERROR);
	imap_mailbox_set(&m, 7, IMAP_TOLD);
	old = imap_mailbox_cookie(&m, 7);
	imap_mailbox_selected(&m, 5);
	assert_int_equal(imap_mailbox_state(&m, 7, 0), IMAP_TOLD);
	imap_mailbox_selected(&m, 6);
	assert_int_equal(imap_mailbox_state(&m, 7, 0), IMAP_NEW);
	/* Another message has that number now, and was told as well. */
	imap_mailbox_set(&m, 7, IMAP_TOLD);
	imap_mailbox_registered(&m, old);
	assert_int_equal(imap_mailbox_state(&m, 7, 0), IMAP_TOLD);
	imap_mailbox_free(&m);
}

static void
an_answer_to_nothing_moves_nothing(void **state)
{
	struct imap_mailbox m = selected(5);

	(void)state;
	imap_mailbox_registered(&m, imap_mailbox_cookie(&m, 7));
	assert_int_equal(imap_mailbox_count(&m, IMAP_KNOWN), 0);
	assert_false(imap_mailbox_failed(&m, 7, 0));
	imap_mailbox_registered(&m, imap_mailbox_cookie(&m, 7));
	assert_int_equal(imap_mailbox_count(&m, IMAP_KNOWN), 0);
	imap_mailbox_free(&m);
}

static void
one_that_fails_again_and_again_is_left_for_an_hour(void **state)
{
	struct imap_mailbox m = selected(5);

	(void)state;
	assert_false(imap_mailbox_failed(&m, 7, 1000));
	assert_int_equal(imap_mailbox_state(&m, 7, 1000), IMAP_NEW);
	assert_false(imap_mailbox_failed(&m, 7, 2000));
	assert_true(imap_mailbox_failed(&m, 7, 3000));
	assert_int_equal(imap_mailbox_state(&m, 7, 3000), IMAP_LEFT);
	assert_int_equal(imap_mailbox_state(&m, 8, 3000), IMAP_NEW);
	assert_int_equal(
	    imap_mailbox_state(&m, 7, 3000 + IMAP_LEFT_MS), IMAP_NEW);
	imap_mailbox_free(&m);
}

static void
what_was_moved_away_is_not_taken_again(void **state)
{
	struct imap_mailbox m = selected(5);

	(void)state;
	imap_mailbox_set(&m, 7, IMAP_TOLD);
	assert_false(imap_mailbox_failed(&m, 8, 0));
	imap_mailbox_pass(&m, 9);
	imap_mailbox_pass(&m, 3);
	assert_int_equal(imap_mailbox_state(&m, 7, 0), IMAP_TOLD);
	assert_int_equal(imap_mailbox_state(&m, 8, 0), IMAP_NEW);
	assert_int_equal(imap_mailbox_state(&m, 9, 0), IMAP_GONE);
	assert_int_equal(imap_mailbox_state(&m, 10, 0), IMAP_NEW);
	imap_mailbox_selected(&m, 6);
	assert_int_equal(imap_mailbox_state(&m, 9, 0), IMAP_NEW);
	imap_mailbox_free(&m);
}

static void
one_that_somebody_else_took_away_is_forgotten(void **state)
{
	struct imap_mailbox m = selected(5);

	(void)state;
	(void)imap_mailbox_failed(&m, 7, 0);
	(void)imap_mailbox_failed(&m, 8, 0);
	imap_mailbox_set(&m, 9, IMAP_TOLD);
	imap_mailbox_begin(&m);
	assert_int_equal(imap_mailbox_state(&m, 7, 0), IMAP_NEW);
	imap_mailbox_end(&m);
	assert_int_equal(imap_mailbox_count(&m, IMAP_LEFT), 1);
	assert_int_equal(imap_mailbox_count(&m, IMAP_TOLD), 1);
	imap_mailbox_free(&m);
}

static void
what_stays_where_it_is_is_forgotten_once_it_is_known(void **state)
{
	struct imap_mailbox m;

	(void)state;
	imap_mailbox_init(&m, "u", "Done", true);
	imap_mailbox_selected(&m, 5);
	imap_mailbox_set(&m, 7, IMAP_TOLD);
	imap_mailbox_registered(&m, imap_mailbox_cookie(&m, 7));
	assert_int_equal(m.count, 0);
	imap_mailbox_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_travels_in_modified_utf_7),
	    cmocka_unit_test(what_the_queue_has_may_be_moved_away),
	    cmocka_unit_test(
		another_uidvalidity_forgets_all_and_believes_no_old_answer),
	    cmocka_unit_test(an_answer_to_nothing_moves_nothing),
	    cmocka_unit_test(
		one_that_fails_again_and_again_is_left_for_an_hour),
	    cmocka_unit_test(what_was_moved_away_is_not_taken_again),
	    cmocka_unit_test(one_that_somebody_else_took_away_is_forgotten),
	    cmocka_unit_test(
		what_stays_where_it_is_is_forgotten_once_it_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
