#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/test_folder.h"
#include "base/buf.h"
#include "message/text.h"
#include "message/tree.h"

static const struct scan_limits limits = {.message = 1 << 24,
    .depth = 20,
    .parts = 1000,
    .header = 1 << 20,
    .field = 1 << 18,
    .comments = 16,
    .addresses = 1000};

static void
tree_of(struct part_table *t, const char *s)
{
	struct err e = {0};

	assert_int_equal(tree_parse(t, s, strlen(s), &limits, &e), 0);
}

static void
a_part_carries_what_its_header_says(void **state)
{
	struct part_table t;

	(void)state;
	tree_of(&t, "From: a@b\r\nX-Note: =?utf-8?q?=E6=97=A5?=\r\n"
		    "Content-Type: Text/Plain; charset=ISO-2022-JP;\r\n"
		    " format=Flowed; delsp=YES; hp=\"cipher\";\r\n"
		    " hp-legacy-display=1\r\n"
		    "Content-Transfer-Encoding: Base64 (yes)\r\n"
		    "Content-Disposition: Attachment;\r\n"
		    " filename=\"../..\\evil\xe2\x80\xae.txt\"\r\n"
		    "Content-ID: <x@y>\r\n\r\n");
	assert_string_equal(t.part[0].type, "text/plain");
	assert_string_equal(t.part[0].charset, "iso-2022-jp");
	assert_string_equal(t.part[0].encoding, "base64");
	assert_string_equal(t.part[0].disposition, "attachment");
	assert_string_equal(t.part[0].content_id, "<x@y>");
	assert_string_equal(t.part[0].protection, "cipher");
	assert_true(t.part[0].flowed && t.part[0].delsp);
	assert_true(t.part[0].legacy_display);
	assert_null(strpbrk(t.part[0].name, "/\\"));
	assert_true(t.part[0].name[0] != '.');
	assert_null(strstr(t.part[0].name, "\xe2\x80\xae"));
	assert_string_equal(part_field(&t, 0, "x-note"), "日");
	part_table_free(&t);
}

static void
a_long_file_name_is_cut_between_characters(void **state)
{
	struct part_table t;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	buf_puts(&b, "Content-Type: a/b; name=\"a");
	for (int i = 0; i < 100; i++)
		buf_puts(&b, "日");
	buf_puts(&b, "\"\n\n");
	tree_of(&t, buf_str(&b));
	assert_int_equal(strlen(t.part[0].name), 199);
	part_table_free(&t);
	buf_free(&b);
}

/* A file name of n pieces, the last one first. */
static void
name_in_pieces(struct buf *b, size_t n)
{
	buf_puts(b, "Content-Disposition: attachment");
	while (n-- > 0)
		buf_putf(b, ";\r\n filename*%zu*=%s%%%02X", n,
		    n == 0 ? "utf-8''" : "", (unsigned)('a' + n % 26));
	buf_puts(b, "\r\n\r\n");
}

static void
pieces_of_a_name_are_joined_by_their_numbers(void **state)
{
	struct part_table t;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	name_in_pieces(&b, 999);
	tree_of(&t, buf_str(&b));
	assert_memory_equal(
	    t.part[0].name, "abcdefghijklmnopqrstuvwxyzabc", 29);
	assert_false(strs_has(&t.warnings, "parameters-many"));
	part_table_free(&t);
	buf_clear(&b);
	name_in_pieces(&b, 1001);
	tree_of(&t, buf_str(&b));
	assert_true(strs_has(&t.warnings, "parameters-many"));
	part_table_free(&t);
	buf_free(&b);
	/* a gap ends it, a leading zero is no number, the first one counts */
	tree_of(&t, "Content-Disposition: x; filename*2=c; filename*0=a;\n"
		    " filename*01=z; filename*0=q; filename*4=e;\n"
		    " filename*1=b; filename*99999999999999999999=w\n\n");
	assert_string_equal(t.part[0].name, "abc");
	part_table_free(&t);
}

static void
more_fields_than_are_kept_are_told(void **state)
{
	struct part_table t;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < TREE_FIELDS_MAX; i++)
		buf_putf(&b, "X-%d: y\n", i);
	tree_of(&t, buf_str(&b));
	assert_int_equal(t.fields, TREE_FIELDS_MAX);
	assert_false(strs_has(&t.warnings, "fields-many"));
	part_table_free(&t);
	buf_puts(&b, "Subject: still read\n");
	tree_of(&t, buf_str(&b));
	assert_int_equal(t.fields, TREE_FIELDS_MAX);
	assert_true(strs_has(&t.warnings, "fields-many"));
	assert_string_equal(t.head[0].subject, "still read");
	part_table_free(&t);
	buf_free(&b);
}

static void
an_enclosed_message_has_a_head_of_its_own(void **state)
{
	struct part_table t;

	(void)state;
	tree_of(&t, "Subject: out\n"
		    "Content-Type: multipart/digest; boundary=x\n\n"
		    "--x\n\nSubject: in\n\nbody\n--x--\n");
	assert_int_equal(t.parts, 3);
	assert_string_equal(t.part[1].type, "message/rfc822");
	assert_string_equal(part_head(&t, 2)->subject, "in");
	assert_int_equal(t.part[2].parent, 1);
	part_table_free(&t);
}

/* Its warning was kept, and nobody freed it. */
static void
what_has_no_head_has_no_warning_of_one(void **state)
{
	struct part_table t;

	(void)state;
	tree_of(&t, "Sender: a@b\nSender: c@d\n\nx");
	assert_int_equal(t.heads, 0);
	part_table_free(&t);
	tree_of(&t, "To: e\nSender: a@b\nSender: c@d\n\nx");
	assert_true(strs_has(&t.head[0].warnings, "duplicate-header"));
	part_table_free(&t);
}

static void
what_is_broken_is_told(void **state)
{
	struct part_table t;

	(void)state;
	tree_of(&t, "Subject: \x01\xff\n"
		    "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n");
	assert_true(strs_has(&t.warnings, "boundary-missing"));
	assert_true(strs_has(&t.warnings, "header-8bit"));
	assert_true(strs_has(&t.warnings, "control-characters"));
	part_table_free(&t);
	tree_of(&t, "Subject: a\nno field\n\nx");
	assert_true(strs_has(&t.warnings, "header-broken"));
	part_table_free(&t);
	/* libetpan takes a multipart without a part for a leaf */
	tree_of(&t, "Content-Type: multipart/mixed; boundary=x\n\nno\n");
	assert_true(strs_has(&t.warnings, "mime-broken"));
	part_table_free(&t);
}

static int
run(const char *const *argv)
{
	union {
		const char *const *given;
		char *const *wanted; /* execvp's type */
	} args = {.given = argv};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], args.wanted);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
file_write(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
file_read(const char *name, struct buf *b)
{
	char chunk[4096];
	size_t n;
	FILE *f = fopen(name, "r");

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(b, chunk, n);
	fclose(f);
}

static int
verify(void)
{
	static const char *const argv[] = {
	    "gpg", "--batch", "--verify", "sig.asc", "signed", NULL};

	return run(argv);
}

/* Signs entity, wraps it, parses, and gives the span to gpg again. */
static void
signed_span_verifies(const char *entity, const char *eol)
{
	static const char *const sign[] = {"gpg", "--batch", "--yes", "--armor",
	    "--detach-sign", "-o", "sig.asc", "signed", NULL};
	struct part_table t;
	struct err e = {0};
	struct buf sig, mail;
	const struct part *p;

	buf_init(&sig, 1 << 16);
	buf_init(&mail, 1 << 16);
	file_write("signed", entity, strlen(entity));
	assert_int_equal(run(sign), 0);
	file_read("sig.asc", &sig);
	buf_putf(&mail,
	    "From: a@b%sContent-Type: multipart/signed; boundary=\"=_s\"; "
	    "micalg=pgp-sha512; protocol=\"application/pgp-signature\"%s%s"
	    "preamble%s--=_s%s%s%s--=_s%s"
	    "Content-Type: application/pgp-signature%s%s",
	    eol, eol, eol, eol, eol, entity, eol, eol, eol, eol);
	buf_put(&mail, sig.data, sig.len);
	buf_putf(&mail, "%s--=_s--%s", eol, eol);
	assert_int_equal(tree_parse(&t, mail.data, mail.len, &limits, &e), 0);
	p = &t.part[part_child(&t, 0, 0)];
	assert_string_equal(t.part[0].micalg, "pgp-sha512");
	assert_int_equal(p->end - p->start, strlen(entity));
	assert_memory_equal(mail.data + p->start, entity, strlen(entity));
	file_write("signed", mail.data + p->start, p->end - p->start);
	assert_int_equal(verify(), 0);
	/* one byte more or less is another text */
	file_write("signed", mail.data + p->start, p->end - p->start + 1);
	assert_int_not_equal(verify(), 0);
	file_write("signed", mail.data + p->start + 1, p->end - p->start - 1);
	assert_int_not_equal(verify(), 0);
	part_table_free(&t);
	buf_free(&sig);
	buf_free(&mail);
}

static void
what_was_signed_is_what_is_spanned(void **state)
{
	static const char *const key[] = {"gpg", "--batch", "--passphrase", "",
	    "--quick-generate-key", "t@example.org", "ed25519", "sign", "never",
	    NULL};
	static const char *const stop[] = {
	    "gpgconf", "--kill", "gpg-agent", NULL};
	char *home = test_folder_make();
	char *before = getcwd(NULL, 0);

	(void)state;
	assert_int_equal(setenv("GNUPGHOME", home, 1), 0);
	assert_int_equal(chdir(home), 0);
	assert_int_equal(run(key), 0);
	signed_span_verifies(
	    "Content-Type: text/plain\r\n\r\nhello\r\n", "\r\n");
	signed_span_verifies("Content-Type: text/plain\r\n\r\nhello", "\r\n");
	signed_span_verifies(
	    "Content-Type: text/plain\r\n\r\nhello\r\n\r\n\r\n", "\r\n");
	signed_span_verifies("Content-Type: text/plain\n\nhello\n", "\n");
	signed_span_verifies("\r\nno header\r\n", "\r\n");
	signed_span_verifies(
	    "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\na\r\n"
	    "--i--\r\n",
	    "\r\n");
	signed_span_verifies("Content-Type: message/rfc822\r\n\r\n"
			     "Subject: in\r\n\r\nx\r\n",
	    "\r\n");
	assert_int_equal(run(stop), 0);
	assert_int_equal(chdir(before), 0);
	(void)test_folder_remove(home);
	unsetenv("GNUPGHOME");
	free(before);
}

/* Reads all texts of a file; counts what was read. */
static void
corpus_file(const char *name, size_t *count)
{
	struct part_table t;
	struct err e = {0};
	struct buf b;

	buf_init(&b, 1 << 24);
	file_read(name, &b);
	if (tree_parse(&t, buf_str(&b), b.len, &limits, &e) == -1) {
		fail_msg("%s: %s", name, e.text);
	}
	for (size_t i = 0; i < t.parts; i++) {
		const struct part *p = &t.part[i];
		struct text_form form = {.encoding = p->encoding,
		    .charset = p->charset,
		    .html = strcmp(p->type, "text/html") == 0,
		    .flowed = p->flowed,
		    .delsp = p->delsp};
		struct strs warnings = {0};
		struct buf text;

		buf_init(&text, 1 << 20);
		text_read(&text, &form, buf_str(&b) + p->body, p->end - p->body,
		    &warnings);
		assert_null(strchr(buf_str(&text), '\033'));
		buf_free(&text);
		strs_free(&warnings);
	}
	part_table_free(&t);
	buf_free(&b);
	(*count)++;
}

static void
corpus_folder(const char *path, size_t *count)
{
	struct strs folders = {0};

	strs_add(&folders, path);
	for (size_t i = 0; i < folders.count; i++) {
		DIR *dir = opendir(folders.item[i]);
		struct dirent *d;

		while (dir != NULL && (d = readdir(dir)) != NULL) {
			char *name =
			    xasprintf("%s/%s", folders.item[i], d->d_name);
			struct stat st;

			if (d->d_name[0] != '.' && lstat(name, &st) == 0) {
				if (S_ISDIR(st.st_mode))
					strs_add(&folders, name);
				else if (S_ISREG(st.st_mode))
					corpus_file(name, count);
			}
			free(name);
		}
		if (dir != NULL)
			closedir(dir);
	}
	strs_free(&folders);
}

static void
mail_of_others_is_read(void **state)
{
	const char *path = getenv("NOROSHI_CORPUS");
	size_t count = 0;

	(void)state;
	if (path == NULL)
		skip();
	corpus_folder(path, &count);
	assert_true(count > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_part_carries_what_its_header_says),
	    cmocka_unit_test(a_long_file_name_is_cut_between_characters),
	    cmocka_unit_test(pieces_of_a_name_are_joined_by_their_numbers),
	    cmocka_unit_test(more_fields_than_are_kept_are_told),
	    cmocka_unit_test(an_enclosed_message_has_a_head_of_its_own),
	    cmocka_unit_test(what_has_no_head_has_no_warning_of_one),
	    cmocka_unit_test(what_is_broken_is_told),
	    cmocka_unit_test(what_was_signed_is_what_is_spanned),
	    cmocka_unit_test(mail_of_others_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
