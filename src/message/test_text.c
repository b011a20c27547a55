#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "message/html.h"
#include "message/text.h"

static void
html_is(const char *in, const char *out, bool hidden)
{
	struct strs warnings = {0};
	struct buf b;
	char *exact = malloc(strlen(in) == 0 ? 1 : strlen(in));

	memcpy(exact, in, strlen(in));
	buf_init(&b, 1 << 16);
	html_text(&b, exact, strlen(in), &warnings);
	assert_string_equal(buf_str(&b), out);
	assert_int_equal(strs_has(&warnings, "html-hidden"), hidden);
	strs_free(&warnings);
	buf_free(&b);
	free(exact);
}

static void
html_becomes_its_words(void **state)
{
	(void)state;
	html_is("<html><head><title>no</title><style>p{}</style></head>"
		"<body><p>a  b</p><p>c<br>d</p><script>x<y</script></body>",
	    "a b\n\nc\nd\n", false);
	html_is("1 &lt; 2 &amp;&#x3042;&#27;&bogus; &#xD800;",
	    "1 < 2 &あ\xef\xbf\xbd&bogus; \xef\xbf\xbd\n", false);
	html_is("a < b <c", "a < b <c\n", false);
	html_is("<!-- <p>x</p> -->y<!-- z", "y\n", false);
	html_is("<pre>a\nb</pre>", "a\nb\n", false);
	html_is("", "", false);
}

static void
a_link_shows_where_it_goes(void **state)
{
	(void)state;
	html_is("<a href='http://e/'>bank</a>!", "bank <http://e/>!\n", false);
	html_is("<a href=\"http://e/\">http://e/</a>", "http://e/\n", false);
	html_is("<a href=mailto:a@b>a@b</a>", "a@b\n", false);
	html_is("<a href='x&#10;y'>t", "t <x y>\n", false);
	html_is("soft&shy;ly&zwnj;&#8203;&#xfeff; &#x202e;x",
	    "softly \xef\xbf\xbdx\n", false);
}

static void
what_is_hidden_is_told_and_left_out(void **state)
{
	(void)state;
	html_is(
	    "a<div style='DISPLAY : None'>b<div>c</div>d</div>e", "ae\n", true);
	html_is("a<span hidden>b</span>c", "ac\n", true);
	html_is("<i style='font-size:0px'>b</i>c", "c\n", true);
	html_is("<i style='font-size:0.9em'>b</i>c", "bc\n", false);
	html_is("<b style='visibility:hidden'>x</b>y", "y\n", true);
}

static void
a_copied_header_is_left_out_only_where_asked(void **state)
{
	static const char in[] =
	    "<div class='a\nheader-protection-legacy-display'>S<div>x</div>y"
	    "</div><p class=header-protection-legacy-display>p</p>"
	    "<div class='header-protection-legacy-displays'>z</div>";
	struct strs warnings = {0};
	struct buf b;

	(void)state;
	html_is(in, "S\nx\ny\n\np\n\nz\n", false);
	buf_init(&b, 1 << 16);
	html_text_legacy(&b, in, strlen(in), &warnings);
	assert_string_equal(buf_str(&b), "p\n\nz\n");
	assert_int_equal(warnings.count, 0);
	buf_free(&b);
}

static void
html_that_is_meant_to_be_slow_is_not(void **state)
{
	static const char *const slow[] = {"<a ", "<!--", "<", "<a href='", "&",
	    "<script>", "</", "<a b=\"", "<div hidden>", "<p", "&#1",
	    "<a href=x>"};
	size_t size = 1 << 20;

	(void)state;
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		struct strs warnings = {0};
		struct buf in, out;
		clock_t from;

		buf_init(&in, size + 64);
		buf_init(&out, 4 * size);
		while (in.len < size)
			buf_puts(&in, slow[i]);
		from = clock();
		html_text(&out, buf_str(&in), in.len, &warnings);
		assert_true(clock() - from < 2 * CLOCKS_PER_SEC);
		buf_free(&in);
		buf_free(&out);
		strs_free(&warnings);
	}
}

static void
text_is(struct text_form form, const char *in, const char *out, size_t max,
    const char *warning)
{
	struct strs warnings = {0};
	struct buf b;

	buf_init(&b, max);
	text_read(&b, &form, in, strlen(in), &warnings);
	assert_string_equal(buf_str(&b), out);
	assert_int_equal(warnings.count, warning == NULL ? 0 : 1);
	if (warning != NULL)
		assert_string_equal(warnings.item[0], warning);
	strs_free(&warnings);
	buf_free(&b);
}

static void
flowed_lines_are_joined(void **state)
{
	struct text_form f = {.flowed = true};
	struct text_form d = {.flowed = true, .delsp = true};

	(void)state;
	text_is(f, "a \nb\n\nc\n", "a b\n\nc\n", 100, NULL);
	text_is(d, "a \nb\n", "ab\n", 100, NULL);
	text_is(f, "> a \n> b\nc \n>d\n", "> a b\nc \n> d\n", 100, NULL);
	text_is(f, "x \n-- \nme\n", "x \n-- \nme\n", 100, NULL);
	text_is(f, "  stuffed\n", " stuffed\n", 100, NULL);
}

static void
text_that_is_too_long_is_cut_between_characters(void **state)
{
	struct text_form f = {.charset = "utf-8"};

	(void)state;
	text_is(f, "日本", "日", 5, "text-truncated");
	text_is(f, "日本", "日本", 6, NULL);
}

static void
encoding_and_charset_are_undone_together(void **state)
{
	struct text_form f = {.encoding = "BASE64", .charset = "iso-2022-jp"};

	(void)state;
	text_is(f, "GyRCRnxLXBsoQg==\r\n", "日本", 100, NULL);
	f.html = true;
	f.encoding = "quoted-printable";
	f.charset = "shift_jis";
	text_is(f, "<b>=93=FA</b>=\r\n", "日\n", 100, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(html_becomes_its_words),
	    cmocka_unit_test(a_link_shows_where_it_goes),
	    cmocka_unit_test(what_is_hidden_is_told_and_left_out),
	    cmocka_unit_test(a_copied_header_is_left_out_only_where_asked),
	    cmocka_unit_test(html_that_is_meant_to_be_slow_is_not),
	    cmocka_unit_test(flowed_lines_are_joined),
	    cmocka_unit_test(text_that_is_too_long_is_cut_between_characters),
	    cmocka_unit_test(encoding_and_charset_are_undone_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
