#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "policy/literals.h"
#include "policy/needles.h"
#include "policy/pattern.h"

/* The words in order, "scan,probe"; "": nothing can be said. */
static void
says(const char *pattern, const char *words)
{
	struct strs found;
	char *all;

	assert_int_equal(literals_of(pattern, &found), words[0] != '\0');
	all = strs_join(&found, ",");
	assert_string_equal(all, words);
	free(all);
	strs_free(&found);
}

static void
each_branch_needs_its_longest_word(void **state)
{
	(void)state;
	says("phishing", "phishing");
	says("\\b(port scan|probe) of\\b", "port scan of,probe of");
	says("\\bfoo\\s+barbaz\\b", "barbaz");
	says("(?:abc|(def|ghij)k*)x", "abc,def,ghij");
	says("(?<![a-z])spam(?![a-z])", "spam");
	says("a\\.b\\/c", "a.b/c");
	says("x{2}yzw", "yzw");
	says("\xe8\xb3\xaa\xe5\x95\x8f", "\xe8\xb3\xaa\xe5\x95\x8f");
	says("[]a]abc[^]]", "abc");
	says("[[:alpha:]]abc[\\]]", "abc");
	says("\\x{3042}\\p{L}abc\\x41", "abc");
}

static void
what_follows_at_once_is_one_word_in_each_of_its_forms(void **state)
{
	(void)state;
	says("port[- ]?scans?", "port-scans,port-scan,port scans,port scan,"
				"portscans,portscan");
	says("colou?rful", "colourful,colorful");
	says("(c2|c&c) servers?", "c2 servers,c2 server,c&c servers,"
				  "c&c server");
	says("(web )?shell", "web shell,shell");
	says("(a|)(bc|d)e", "");
	says("(a|)(bc|d)ef", "abcef,adef,bcef,def");
	/* too many forms of it: what came before them is a word by itself */
	says("scan[abcd][efgh][ijkl]", "scanae,scanaf,scanag,scanah,scanbe,"
				       "scanbf,scanbg,scanbh,scance,scancf,"
				       "scancg,scanch,scande,scandf,scandg,"
				       "scandh");
	/* ranges, escapes and long classes are gaps */
	says("port[a-c]scan", "port");
	says("port[\\s-]scan", "port");
	says("port[^-]scan", "port");
	says("port[123456789]scan", "port");
	/* none of them, or many */
	says("port[- ]*scans", "scans");
	says("port[- ]+scans", "port-,port ");
	says("x(port|scan){2}y", "xport,xscan");
	says("x(port|scan)*yes", "yes");
}

static void
what_may_be_missing_is_not_needed(void **state)
{
	(void)state;
	says("colou*rful", "colo");
	says("abcd*", "abc");
	says("(phishing)?x", "");
	says("(phishing){0,3}x", "");
	says("(phishing){1,3}x", "phishing");
	says("(phishing)+?x", "phishing");
	says("phishing|", "");
	says("phishing|ab", "");
	says("(?=phishing)", "");
	says("(?!phishing)abc", "abc");
	says("abc{0}", "");
	says("abc{0,}def", "def");
}

static void
of_what_is_not_read_nothing_is_said(void **state)
{
	(void)state;
	says("(?x) a b c", "");
	says("(?i:abc)", "");
	says("(?<n>abc)", "");
	says("(*UTF)abc", "");
	says("\\Qa?b\\Ec", "");
	says("(abc)\\1", "");
	says("abc\\Kdef", "");
	says("abc)", "");
	says("(abc", "");
	says("[abc", "");
	says("\xc3\xa9\xc3\xa9\xc3\xa9", "");
	says("((((((((((((((((((abc))))))))))))))))))", "");
}

static bool
finds(const char *word, const char *text)
{
	struct needles *n = needles_create();
	bool found[3] = {false, false, false};
	char *exact = malloc(strlen(text) + 1);

	assert_non_null(exact);
	memcpy(exact, text, strlen(text));
	needles_add(n, "zzz", 2);
	needles_add(n, word, 1);
	exact = realloc(exact, strlen(text) > 0 ? strlen(text) : 1);
	needles_find(n, exact, strlen(text), found);
	/* nobody has it */
	if (strstr(text, "scan") != NULL)
		assert_false(found[0] || found[2]);
	free(exact);
	needles_free(n);
	return found[1];
}

static void
words_are_found_wherever_they_stand(void **state)
{
	(void)state;
	assert_true(finds("scan", "scan"));
	assert_true(finds("scan", "a port SCAN"));
	assert_true(finds("sCAn", "scaNner"));
	assert_true(finds("aab", "aaab"));
	assert_false(finds("scan", "sca"));
	assert_false(finds("scan", ""));
	assert_false(finds("scan", "s can"));
	/* LATIN SMALL LETTER LONG S and KELVIN SIGN match s and k */
	assert_true(finds("scan", "\xc5\xbf"
				  "can"));
	assert_true(finds("kit", "\xe2\x84\xaa"
				 "it"));
}

/* Of texts made of the pattern's own pieces, those it matches have a word. */
static void
no_text_that_matches_is_without_a_word(void **state)
{
	static const char *const pattern[] = {
	    "\\b(port.?scan(s|ned|ning)?|probe[sd]?) (of|from)\\b",
	    "(?<![a-z])(d?dos|denial.of.service)(?![a-z])",
	    "(scan|\xe8\xb3\xaa\xe5\x95\x8f)+ ?x{1,2}y|(kit)",
	    "(port|probe|)[- ]?(scan|dos)s?(ned|d)?[.x] ?(y|from)",
	    "((x|y|(of|)-)(port|scan)?){1,2}[-.]?(kit|from)[xyd]?(s|scan)"};
	static const char *const piece[] = {"port", "scan", "SCAN", "-", " ",
	    "s", "ned", "probe", "d", "of", "from", "dos", "denial", "service",
	    "\xe8\xb3\xaa\xe5\x95\x8f", "x", "y", "k", "it", "\xe2\x84\xaa",
	    "\xc5\xbf", "."};
	const size_t pieces = sizeof(piece) / sizeof(piece[0]);
	uint32_t seed = 1;
	size_t matched = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(pattern) / sizeof(pattern[0]); i++) {
		struct needles *n = needles_create();
		struct pattern *p;
		struct strs words;
		struct err e;

		assert_true(literals_of(pattern[i], &words));
		for (size_t k = 0; k < words.count; k++)
			needles_add(n, words.item[k], 0);
		assert_int_equal(
		    pattern_compile(&p, pattern[i], 100000, &e), 0);
		for (size_t round = 0; round < 3000; round++) {
			bool plain = false;
			struct subject s;
			struct buf text;

			buf_init(&text, 200);
			for (size_t k = 0; k < 8; k++) {
				seed = seed * 1664525U + 1013904223U;
				buf_puts(&text, piece[(seed >> 16) % pieces]);
			}
			subject_init(&s, buf_str(&text), text.len);
			needles_find(n, s.plain, s.plain_len, &plain);
			if (s.written != NULL)
				needles_find(
				    n, s.written, s.written_len, &plain);
			if (pattern_match(p, &s) == PATTERN_YES) {
				assert_true(plain);
				matched++;
			}
			subject_free(&s);
			buf_free(&text);
		}
		pattern_free(p);
		strs_free(&words);
		needles_free(n);
	}
	assert_true(matched > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_branch_needs_its_longest_word),
	    cmocka_unit_test(
		what_follows_at_once_is_one_word_in_each_of_its_forms),
	    cmocka_unit_test(what_may_be_missing_is_not_needed),
	    cmocka_unit_test(of_what_is_not_read_nothing_is_said),
	    cmocka_unit_test(words_are_found_wherever_they_stand),
	    cmocka_unit_test(no_text_that_matches_is_without_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
