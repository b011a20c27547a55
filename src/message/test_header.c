#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "message/address.h"
#include "message/date.h"
#include "message/head.h"
#include "message/header.h"
#include "message/params.h"
#include "message/words.h"

static void
decodes(const char *in, const char *out)
{
	struct strs warnings = {0};
	struct buf b;
	char *exact = malloc(strlen(in));

	memcpy(exact, in, strlen(in));
	buf_init(&b, 1 << 16);
	words_decode(&b, exact, strlen(in), &warnings);
	assert_string_equal(buf_str(&b), out);
	buf_free(&b);
	free(exact);
	strs_free(&warnings);
}

static void
encoded_words_are_decoded(void **state)
{
	(void)state;
	decodes("=?UTF-8?B?5pel5pys?= x", "日本 x");
	decodes("a =?iso-8859-1?Q?caf=E9_b?= c", "a café b c");
	decodes("=?utf-8*en?q?x?= =?utf-8?q?y?=", "xy");
	decodes("=?utf-8?q?x", "=?utf-8?q?x");
	decodes("=? =?", "=? =?");
	decodes("=?utf-8?q?a=0Ab=1B?=", "a b\xef\xbf\xbd");
}

static void
a_character_split_between_words_is_one(void **state)
{
	(void)state;
	decodes("=?UTF-8?B?5pel5g==?= =?utf-8?B?nKw=?=", "日本");
	/* ESC $ B F | K | \ ESC ( B, cut inside a character */
	decodes(
	    "=?ISO-2022-JP?B?GyRCRnxL?= =?ISO-2022-JP?B?XBsoQg==?=", "日本");
	decodes("=?UTF-8?Q?=E6?= =?ISO-8859-1?Q?=E9?=", "\xef\xbf\xbdé");
}

static void
fields_are_unfolded_and_end_at_the_empty_line(void **state)
{
	static const char block[] = "A: 1\r\n 2\r\nB : x\nC:\r\n\r\nD: no\r\n";
	struct header_walk w;
	struct header_field f;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	header_walk_init(&w, block, sizeof(block) - 1);
	assert_true(header_next(&w, &f));
	header_unfold(&b, &f);
	assert_string_equal(buf_str(&b), " 1 2");
	assert_true(header_next(&w, &f));
	assert_true(header_is(&f, "b"));
	assert_true(header_next(&w, &f));
	assert_int_equal(f.body_len, 0);
	assert_false(header_next(&w, &f));
	buf_free(&b);
}

static void
param_is(const char *field, const char *name, const char *wanted)
{
	struct params p;
	struct strs warnings = {0};
	char *s;

	params_parse(&p, field, strlen(field));
	s = params_text(&p, name, &warnings);
	if (wanted == NULL)
		assert_null(s);
	else
		assert_string_equal(s, wanted);
	free(s);
	params_free(&p);
	strs_free(&warnings);
}

static void
parameters_are_found_in_any_writing(void **state)
{
	(void)state;
	param_is("text/plain; charset=utf-8", "charset", "utf-8");
	param_is("text/plain; charset = \"utf-8\" (c)", "charset", "utf-8");
	param_is("text/plain charset=utf-8", "charset", "utf-8");
	param_is("a/b; boundary=\"a;\\\"b\"", "boundary", "a;\"b");
	param_is("a/b; name=foo bar.pdf; x=y", "name", "foo bar.pdf");
	param_is("a/b; x", "x", NULL);
	param_is("a/b; filename*=iso-2022-jp'ja'%1B%24BF%7C%1B%28B.txt",
	    "filename", "日.txt");
	param_is(
	    "a; n*0*=utf-8''%E6%97; n*1*=%A5x; n*2=\"%41\"", "n", "日x%41");
	param_is("a; n*1=b; n*0=a", "n", "ab");
	param_is("a; filename=\"=?UTF-8?B?5pel?=\"", "filename", "日");
}

static void
address_is(const char *field, size_t n, const char *name, const char *address)
{
	struct mailboxes l = {0};
	struct strs warnings = {0};
	char *exact = malloc(strlen(field) == 0 ? 1 : strlen(field));

	memcpy(exact, field, strlen(field));
	address_parse(&l, exact, strlen(field), &warnings);
	if (address == NULL) {
		assert_int_equal(l.count, n);
	} else {
		assert_true(n < l.count);
		assert_string_equal(l.item[n].address, address);
		if (name == NULL)
			assert_null(l.item[n].name);
		else
			assert_string_equal(l.item[n].name, name);
	}
	free(exact);
	mailboxes_free(&l);
	strs_free(&warnings);
}

static void
addresses_are_found_in_any_writing(void **state)
{
	(void)state;
	address_is("a@Example.ORG", 0, NULL, "a@example.org");
	address_is("\"a@b\" <c@d>", 0, "a@b", "c@d");
	address_is("foo..bar.@docomo.ne.jp", 0, NULL, "foo..bar.@docomo.ne.jp");
	address_is(
	    "\"foo..bar.\"@docomo.ne.jp", 0, NULL, "foo..bar.@docomo.ne.jp");
	address_is("\"a b\"@c.d", 0, NULL, "\"a b\"@c.d");
	address_is("J. Doe <j@x>", 0, "J. Doe", "j@x");
	address_is("j@x (John (the) Doe)", 0, "John (the) Doe", "j@x");
	address_is("Team: a@x, B <b@y>;, c@z", 1, "B", "b@y");
	address_is("Team: a@x, B <b@y>;, c@z", 2, NULL, "c@z");
	address_is("<@r1,@r2:u@x>", 0, NULL, "u@x");
	address_is("山田 太郎 <y@x.jp>", 0, "山田 太郎", "y@x.jp");
	address_is("=?utf-8?q?=E5=B1=B1?= <y@x>", 0, "山", "y@x");
	address_is("Last, First <a@b>", 0, "Last, First", "a@b");
	address_is("Foo Bar foo@x.jp", 0, "Foo Bar", "foo@x.jp");
	address_is("MAILER-DAEMON", 0, NULL, "MAILER-DAEMON");
	address_is("", 0, NULL, NULL);
	address_is("<>", 0, NULL, NULL);
	address_is("undisclosed-recipients:;", 0, NULL, NULL);
	address_is("a@b <c@d>", 0, "a@b", "c@d");
	address_is("<a@b> <c@d>", 1, NULL, "c@d");
	address_is("\"unclosed <a@b>", 0, "unclosed", "a@b");
}

static void
deep_comments_take_no_stack(void **state)
{
	size_t len = 400000;
	char *s = malloc(len);
	struct mailboxes l = {0};

	(void)state;
	memset(s, '(', len);
	address_parse(&l, s, len, NULL);
	assert_int_equal(l.count, 0);
	free(s);
}

static int64_t
date_of(const char *s)
{
	return date_parse(s, strlen(s));
}

static void
dates_are_read_or_refused(void **state)
{
	(void)state;
	assert_int_equal(date_of("Fri, 21 Nov 1997 09:55:06 -0600"), 880127706);
	assert_int_equal(date_of("21 Nov 97 09:55:06 CST"), 880127706);
	assert_int_equal(
	    date_of("Fri,21 Nov 1997 15:55:06 GMT (x)"), 880127706);
	assert_int_equal(date_of("22 Nov 1997 00:55:06 +0900"), 880127706);
	assert_int_equal(date_of("29 Feb 2024 00:00 +0000"), 1709164800);
	assert_int_equal(date_of("29 Feb 2023 00:00 +0000"), 0);
	assert_int_equal(date_of("32 Nov 1997 09:55:06 -0600"), 0);
	assert_int_equal(date_of("21 Nov 1997 24:55:06 -0600"), 0);
	assert_int_equal(date_of("21 Nov 1997 09:55:06 -06"), 0);
	assert_int_equal(date_of("yesterday"), 0);
	assert_int_equal(date_of(""), 0);
}

static void
ids_are_taken_one_by_one(void **state)
{
	static const char s[] = "<a@b> junk (c) < c@ d ><<e@f> <g";
	struct strs ids = {0};

	(void)state;
	address_ids(&ids, s, strlen(s));
	assert_int_equal(ids.count, 3);
	assert_string_equal(ids.item[0], "<a@b>");
	assert_string_equal(ids.item[1], "<c@d>");
	assert_string_equal(ids.item[2], "<e@f>");
	strs_free(&ids);
}

static size_t
ids_of(const char *s, const char *expected)
{
	struct strs ids = {0};
	char *all;
	size_t count;

	address_ids(&ids, s, strlen(s));
	all = strs_join(&ids, " ");
	assert_string_equal(all, expected);
	count = ids.count;
	free(all);
	strs_free(&ids);
	return count;
}

static void
ids_without_brackets_are_ids_where_nothing_else_stands_there(void **state)
{
	(void)state;
	ids_of("a@b", "<a@b>");
	ids_of("a@>:b@c", "");
	ids_of(" a@b\tc!$%/=?@[1.2.3.4] ", "<a@b> <c!$%/=?@[1.2.3.4]>");
	ids_of("Your message of Mon from a@b", "");
	ids_of("a@b>", "");
	ids_of("a@", "");
	ids_of("@b", "");
	ids_of("12345", "");
	ids_of("Joe <joe@x> of \"Mon\" <1@x>", "<joe@x> <1@x>");
	ids_of("<1@x> <2@x", "<1@x>");
	ids_of("<20261122.abc.\"d e\"@x>", "<20261122.abc.\"de\"@x>");
}

static char *
conversation_of(const char *index)
{
	struct part_table t = {.heads = 1};
	char *block = xasprintf("From: a@b\r\nThread-Index: %s\r\n", index);
	char *one;

	t.head = xcalloc(1, sizeof(*t.head));
	assert_true(head_parse(t.head, block, strlen(block)));
	assert_false(strs_has(&t.head->warnings, "duplicate-header"));
	one = t.head->conversation;
	t.head->conversation = NULL;
	part_table_free(&t);
	free(block);
	return one;
}

static void
what_an_outlook_answer_has_in_common_with_its_mail_is_its_conversation(
    void **state)
{
	char *mail = conversation_of("AdzKb5k0mVt9C0vJTr2vJ7zD3c1Q8Q==");
	char *answer = conversation_of("AdzKb5k0mVt9C0vJTr2vJ7zD3c1Q8QAAy7d2");
	char *other = conversation_of("AdzKb5k0mVt9C0vJTr2vJ7zD3c1Q8g==");

	(void)state;
	assert_non_null(mail);
	assert_string_equal(mail, answer);
	assert_string_not_equal(mail, other);
	assert_null(conversation_of("AdzKb5k0"));
	assert_null(conversation_of("not base64, but long enough to be it"));
	free(mail);
	free(answer);
	free(other);
}

static void
a_head_says_what_is_wrong_with_it(void **state)
{
	static const char block[] = "From: a@b\r\nFrom: c@d\r\nDate: never\r\n"
				    "Subject: 1\r\nSubject: 2\r\n";
	static const char empty[] = "From:\r\n";
	static const char none[] = "Content-Type: text/plain\r\n";
	struct part_table t = {0};
	struct head *h = calloc(1, sizeof(*h));

	(void)state;
	assert_false(head_parse(h, none, sizeof(none) - 1));
	assert_true(head_parse(h, block, sizeof(block) - 1));
	assert_int_equal(h->from.count, 2);
	assert_int_equal(h->from_fields, 2);
	assert_string_equal(h->subject, "1");
	assert_true(strs_has(&h->warnings, "several-from"));
	assert_true(strs_has(&h->warnings, "duplicate-header"));
	assert_true(strs_has(&h->warnings, "date-bad"));
	t.head = h;
	t.heads = 1;
	part_table_free(&t);
	h = calloc(1, sizeof(*h));
	assert_true(head_parse(h, empty, sizeof(empty) - 1));
	assert_int_equal(h->from_fields, 1);
	assert_true(strs_has(&h->warnings, "no-from"));
	t.head = h;
	t.heads = 1;
	part_table_free(&t);
}

static void
raw_japanese_in_a_header_is_guessed(void **state)
{
	/* the second byte of a character is '\\', '@' or '"' in these */
	static const char block[] =
	    "From: \"\x83\x5c\x83\x40\" <a@b>\r\n"
	    "To: \033$B%\"%\"\033(B <c@d>\r\nSubject: \x93\xfa\r\n";
	struct part_table t = {0};
	struct head *h = calloc(1, sizeof(*h));

	(void)state;
	assert_true(head_parse(h, block, sizeof(block) - 1));
	assert_string_equal(h->from.item[0].address, "a@b");
	assert_string_equal(h->from.item[0].name, "ソァ");
	assert_string_equal(h->to.item[0].name, "アア");
	assert_string_equal(h->subject, "日");
	assert_true(strs_has(&h->warnings, "charset-guessed"));
	t.head = h;
	t.heads = 1;
	part_table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(encoded_words_are_decoded),
	    cmocka_unit_test(a_character_split_between_words_is_one),
	    cmocka_unit_test(fields_are_unfolded_and_end_at_the_empty_line),
	    cmocka_unit_test(parameters_are_found_in_any_writing),
	    cmocka_unit_test(addresses_are_found_in_any_writing),
	    cmocka_unit_test(deep_comments_take_no_stack),
	    cmocka_unit_test(dates_are_read_or_refused),
	    cmocka_unit_test(ids_are_taken_one_by_one),
	    cmocka_unit_test(
		ids_without_brackets_are_ids_where_nothing_else_stands_there),
	    cmocka_unit_test(
		what_an_outlook_answer_has_in_common_with_its_mail_is_its_conversation),
	    cmocka_unit_test(a_head_says_what_is_wrong_with_it),
	    cmocka_unit_test(raw_japanese_in_a_header_is_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
