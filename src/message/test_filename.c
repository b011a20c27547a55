#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "message/filename.h"

static void
becomes(const char *name, const char *wanted)
{
	char *safe = filename_safe(xstrdup(name));

	if (wanted == NULL) {
		assert_null(safe);
		return;
	}
	assert_non_null(safe);
	assert_string_equal(safe, wanted);
	assert_true(filename_is_safe(safe));
	free(safe);
}

static void
an_ordinary_name_stays(void **state)
{
	static const char *const names[] = {"report.pdf",
	    "報告書 (最終版).docx", "a.tar.gz", "con-report.txt", "common.txt",
	    "com10.txt", "x", "TLP-AMBER_report.pdf", "résumé.txt",
	    "a - b, c; d'e.eml"};

	(void)state;
	assert_null(filename_safe(NULL));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		becomes(names[i], names[i]);
}

static void
a_name_leads_to_no_other_folder(void **state)
{
	(void)state;
	becomes("../../etc/passwd", "_._.._etc_passwd");
	becomes("..\\..\\evil.exe", "_._.._evil.exe");
	becomes("C:\\x.txt", "C__x.txt");
	becomes("a.txt:hidden.exe", "a.txt_hidden.exe");
	becomes("a*b?c\"d<e>f|g", "a_b_c_d_e_f_g");
}

static void
a_name_hides_nothing(void **state)
{
	(void)state;
	becomes(".bashrc", "_bashrc");
	becomes("-rf", "_rf");
	becomes("~root", "_root");
	becomes("  a.txt  ", "a.txt");
	becomes("a.exe. . .", "a.exe");
	becomes("invoice.pdf                              .exe",
	    "invoice.pdf .exe");
	becomes("", NULL);
	becomes(" ", NULL);
	becomes("...", NULL);
}

static void
a_device_of_windows_is_no_name(void **state)
{
	(void)state;
	becomes("CON", "_CON");
	becomes("nul.txt", "_nul.txt");
	becomes("Com1.tar.gz", "_Com1.tar.gz");
	becomes("LPT9", "_LPT9");
	becomes("COM\xc2\xb9.txt", "_COM\xc2\xb9.txt");
	becomes("aux .txt", "_aux .txt");
	becomes("CONIN$", "_CONIN$");
	assert_false(filename_is_safe("prn"));
}

static void
a_long_name_keeps_its_ending(void **state)
{
	char name[601] = {0};
	char *safe;

	(void)state;
	for (size_t i = 0; i < 300; i += 3)
		memcpy(name + i, "日", 3);
	memcpy(name + 300, ".pdf.exe", 9);
	safe = filename_safe(xstrdup(name));
	assert_true(strlen(safe) <= FILENAME_MAX_BYTES);
	assert_string_equal(safe + strlen(safe) - 7, "日.exe");
	free(safe);
	memset(name, 'a', 600);
	safe = filename_safe(xstrdup(name));
	assert_int_equal(strlen(safe), FILENAME_MAX_BYTES);
	free(safe);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_ordinary_name_stays),
	    cmocka_unit_test(a_name_leads_to_no_other_folder),
	    cmocka_unit_test(a_name_hides_nothing),
	    cmocka_unit_test(a_device_of_windows_is_no_name),
	    cmocka_unit_test(a_long_name_keeps_its_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
