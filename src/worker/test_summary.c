#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "worker/summary.h"

#define FINGERPRINT "0123456789ABCDEF0123456789ABCDEF01234567"

static char attachment_name[] = "log.txt";
static char attachment_type[] = "text/plain";

/* A message as it is told to its readers. */
struct scene {
	struct message message;
	struct attachment attachment;
	struct reading reading;
	struct notice notice;
};

static int
scene_make(void **state)
{
	struct scene *s = xcalloc(1, sizeof(*s));
	json_t *facts;

	*state = s;
	facts = json_pack("{s:{s:s, s:s}, s:s, s:[{s:s, s:s, s:s, s:s}],"
			  " s:[], s:{s:s, s:s}}",
	    "from", "name", "Alice", "address", "alice@x.example", "encryption",
	    "whole", "signatures", "fingerprint", FINGERPRINT, "key_id",
	    "89ABCDEF01234567", "status", "good", "covers", "whole", "warnings",
	    "tlp", "label", "AMBER", "source", "subject");
	json_object_set_new(facts, "sender",
	    json_pack("{s:s, s:s, s:s}", "organisation", "Example Inc", "class",
		"constituent", "evidence", "signature"));
	json_object_set_new(facts, "classification",
	    json_pack("{s:s, s:s, s:s, s:[s, s]}", "kind", "report", "category",
		"phishing", "priority", "high", "rules", "phishing-words",
		"own-brand"));
	s->message = (struct message){.id = 12, .facts = facts};
	s->attachment = (struct attachment){
	    .name = attachment_name, .type = attachment_type};
	buf_init(&s->attachment.data, 64);
	buf_puts(&s->attachment.data, "12345");
	s->reading.subject = "Odd mail";
	buf_init(&s->reading.text, 256);
	buf_puts(&s->reading.text, "The text itself.");
	s->notice = (struct notice){.message = &s->message,
	    .case_name = "EX-2026-0001",
	    .reading = &s->reading,
	    .label = NOROSHI_TLP_AMBER};
	return 0;
}

static int
scene_free(void **state)
{
	struct scene *s = *state;

	json_decref(s->message.facts);
	buf_free(&s->attachment.data);
	buf_free(&s->reading.text);
	free(s);
	return 0;
}

/* Makes it a quarantined one. */
static void
scene_quarantine(struct scene *s, const char *reason)
{
	s->notice.reading = NULL;
	s->notice.reason = reason;
}

static char *
text_of(const struct scene *s, const char *language)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	summary_text(&s->notice, language, &b);
	assert_false(b.over);
	return buf_take_str(&b);
}

static char *
subject_of(const struct scene *s, const char *language)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	summary_subject(&s->notice, language, &b);
	assert_false(b.over);
	return buf_take_str(&b);
}

static void
check_subject(const struct scene *s, const char *language, const char *expected)
{
	char *subject = subject_of(s, language);

	assert_string_equal(subject, expected);
	free(subject);
}

/* That the block holds the line, or does not. */
static void
check_line(
    const struct scene *s, const char *language, const char *line, bool has)
{
	char *text = text_of(s, language);
	char *framed = xasprintf("\n%s", text);
	char *wanted = xasprintf("\n%s\n", line);

	if ((strstr(framed, wanted) != NULL) != has)
		fail_msg("%s \"%s\" in:\n%s", has ? "no" : "a", line, text);
	free(text);
	free(framed);
	free(wanted);
}

static void
the_block_says_who_what_and_on_which_grounds(void **state)
{
	static const char *const lines[] = {"Case: EX-2026-0001", "Message: 12",
	    "From: Alice <alice@x.example>",
	    "Sender: Example Inc, constituent; proven by a good signature over"
	    " the whole message",
	    "OpenPGP: encryption=whole; signature=good (whole) " FINGERPRINT,
	    "Label: TLP:AMBER (as written: AMBER, subject)",
	    "Class: report / phishing / high",
	    "Rules: phishing-words, own-brand"};
	struct scene *s = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_line(s, "en", lines[i], true);
	s->notice.case_is_new = true;
	check_line(s, "en", "Case: EX-2026-0001 (new)", true);
	s->notice.case_name = NULL;
	s->notice.case_is_new = false;
	check_line(s, "en", "Case: none", true);
}

static void
a_japanese_reader_gets_the_same_block_in_japanese(void **state)
{
	static const char *const lines[] = {"案件: EX-2026-0001 (新規)",
	    "メッセージ番号: 12", "差出人: Alice <alice@x.example>",
	    "送信者の確認: Example Inc, constituent; "
	    "メール全体への正しい署名により確認",
	    "暗号・署名: 全体が暗号化; 正しい署名 (全体) " FINGERPRINT,
	    "ラベル: TLP:AMBER (記載: AMBER, subject)",
	    "分類: report / phishing / high",
	    "適用規則: phishing-words, own-brand"};
	struct scene *s = *state;

	s->notice.case_is_new = true;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_line(s, "ja", lines[i], true);
	check_line(s, "fr", "Case: EX-2026-0001 (new)", true);
}

static void
a_label_that_nobody_wrote_is_the_teams_own(void **state)
{
	struct scene *s = *state;

	json_object_set_new(s->message.facts, "tlp",
	    json_pack("{s:s, s:s}", "label", "AMBER", "source", "default"));
	check_line(s, "en",
	    "Label: TLP:AMBER (none written: the team's default)", true);
	check_line(
	    s, "ja", "ラベル: TLP:AMBER (記載なし: チームの既定値)", true);
}

static void
the_label_stands_directly_before_the_text(void **state)
{
	static const char *const languages[] = {"en", "ja"};
	struct scene *s = *state;

	s->notice.label = NOROSHI_TLP_AMBER_STRICT;
	for (size_t i = 0; i < 2; i++) {
		char *text = text_of(s, languages[i]);
		const char *end =
		    strstr(text, "\nTLP:AMBER+STRICT\n\nThe text itself.\n");

		assert_non_null(end);
		assert_string_equal(
		    end, "\nTLP:AMBER+STRICT\n\nThe text itself.\n");
		free(text);
	}
}

static void
what_is_not_known_is_said_so(void **state)
{
	struct scene *s = *state;
	json_t *facts = s->message.facts;

	json_object_set_new(facts, "from", json_null());
	json_object_set_new(facts, "sender",
	    json_pack("{s:n, s:s, s:s}", "organisation", "class", "public",
		"evidence", "none"));
	json_object_set_new(facts, "classification",
	    json_pack("{s:s, s:n, s:s, s:[]}", "kind", "report", "category",
		"priority", "normal", "rules"));
	json_object_set_new(facts, "signatures",
	    json_pack("[{s:n, s:s, s:s, s:s}]", "fingerprint", "key_id",
		"89ABCDEF01234567", "status", "no-key", "covers", "part"));
	check_line(s, "en", "From: <>", true);
	check_line(s, "en", "Sender: public; not proven: unknown sender", true);
	check_line(s, "ja", "送信者の確認: public; 未確認: 未知の送信者", true);
	check_line(s, "en", "Class: report / - / normal", true);
	check_line(s, "en", "Rules: none", true);
	check_line(s, "ja", "適用規則: なし", true);
	check_line(s, "en",
	    "OpenPGP: encryption=whole; signature=no-key (part)"
	    " 89ABCDEF01234567",
	    true);
}

static void
each_evidence_is_a_sentence_of_its_own(void **state)
{
	static const char *const words[] = {
	    "signature", "dkim", "address", "none"};
	static const char *const languages[] = {"en", "ja"};
	struct scene *s = *state;
	struct strs seen = {0};

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < 4; i++) {
			char *text, *bare;

			json_object_set_new(
			    json_object_get(s->message.facts, "sender"),
			    "evidence", json_string(words[i]));
			bare = xasprintf("; %s\n", words[i]);
			text = text_of(s, languages[l]);
			assert_null(strstr(text, bare));
			assert_false(strs_has(&seen, text));
			strs_add(&seen, text);
			free(bare);
			free(text);
		}
	strs_free(&seen);
}

static void
an_alarm_is_the_first_line_and_in_the_subject(void **state)
{
	struct scene *s = *state;
	char *text = text_of(s, "en");

	assert_int_equal(strncmp(text, "Case: ", 6), 0);
	free(text);
	json_object_set_new(s->message.facts, "alarm", json_true());
	text = text_of(s, "en");
	assert_int_equal(strncmp(text, "*** CAUTION: do not act", 23), 0);
	assert_non_null(strstr(text, " ***\n\nCase: "));
	free(text);
	text = text_of(s, "ja");
	assert_int_equal(strncmp(text, "*** 注意: ", strlen("*** 注意: ")), 0);
	free(text);
	check_subject(s, "en", "[EX-2026-0001] TLP:AMBER [ALARM] Odd mail");
	check_subject(s, "ja", "[EX-2026-0001] TLP:AMBER 【警告】Odd mail");
	json_object_set_new(s->message.facts, "alarm", json_false());
	check_subject(s, "en", "[EX-2026-0001] TLP:AMBER Odd mail");
}

static void
warnings_and_failures_are_listed_as_sentences(void **state)
{
	struct scene *s = *state;

	check_line(s, "en", "WARNINGS:", false);
	check_line(s, "ja", "警告:", false);
	json_object_set_new(s->message.facts, "warnings",
	    json_pack("[s, s]", "no-mdc", "tlp-unknown"));
	json_object_set_new(
	    s->message.facts, "failures", json_pack("[s]", "part 2: no data"));
	check_line(s, "en",
	    "WARNINGS:\n"
	    "  - encrypted without integrity protection: not opened\n"
	    "  - an unknown TLP colour: treated as RED\n"
	    "  - part 2: no data",
	    true);
	check_line(s, "ja",
	    "警告:\n"
	    "  - 完全性保護のない暗号文のため開きません\n"
	    "  - 未知の TLP の色: RED として扱います\n"
	    "  - part 2: no data",
	    true);
}

static void
every_warning_word_has_a_sentence_in_both_languages(void **state)
{
	static const char *const words[] = {"signer-not-sender",
	    "class-not-proven", "signature-bad", "signature-expired",
	    "signature-revoked", "signature-weak", "signer-unknown",
	    "decryption-failed", "tampered", "no-mdc", "not-for-us",
	    "passphrase-only", "openpgp-v6", "partly-encrypted",
	    "partly-signed", "several-from", "no-from", "duplicate-header",
	    "tlp-unknown", "tlp-conflict", "tlp-unproven", "tlp-legacy",
	    "tlp-spelling", "tlp-mentioned", "untrusted",
	    "case-named-by-stranger", "mime-broken", "charset-unknown",
	    "charset-bad", "charset-guessed", "charset-refused", "html-hidden",
	    "control-characters", "header-8bit", "header-broken",
	    "boundary-missing", "fields-many", "parameters-many", "date-bad",
	    "encoding-bad", "data-truncated", "text-truncated",
	    "too-many-layers", "bomb", "pgp-repaired",
	    "name-looks-like-address", "outer-from-differs", "rule-limit",
	    "from-ambiguous", "encoded-address", "comment-shows-address",
	    "from-group", "sender-differs", "resent", "lookalike-address",
	    "lookalike-domain", "mixed-scripts", "name-of-contact",
	    "quarantined", "duplicate-message-id"};
	struct strs seen = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *en = warning_sentence(words[i], "en");
		const char *ja = warning_sentence(words[i], "ja");

		if (strcmp(en, words[i]) == 0 || strs_has(&seen, en) ||
		    strs_has(&seen, ja))
			fail_msg("%s has no sentence of its own", words[i]);
		strs_add(&seen, en);
		strs_add(&seen, ja);
	}
	strs_free(&seen);
}

static void
a_word_without_a_sentence_is_shown_as_it_is(void **state)
{
	static const char word[] = "never-heard-of";

	(void)state;
	assert_ptr_equal(warning_sentence(word, "en"), word);
	assert_ptr_equal(warning_sentence(word, "ja"), word);
}

static void
attachments_are_named_with_type_and_size(void **state)
{
	struct scene *s = *state;

	check_line(s, "en", "Attachments:", false);
	s->reading.attachment = &s->attachment;
	s->reading.attachments = 1;
	check_line(
	    s, "en", "Attachments:\n  - log.txt (text/plain, 5 bytes)", true);
	check_line(s, "ja", "添付:\n  - log.txt (text/plain, 5 bytes)", true);
}

static void
the_subject_has_number_label_and_the_message_s_own(void **state)
{
	struct scene *s = *state;

	check_subject(s, "en", "[EX-2026-0001] TLP:AMBER Odd mail");
	s->notice.label = NOROSHI_TLP_RED;
	s->notice.case_name = NULL;
	check_subject(s, "ja", "TLP:RED Odd mail");
	s->reading.subject = NULL;
	check_subject(s, "en", "TLP:RED ");
}

static void
a_quarantined_message_is_told_without_its_text(void **state)
{
	struct scene *s = *state;
	char *text;

	scene_quarantine(s, "MIME: over 1000 parts");
	text = text_of(s, "en");
	assert_string_equal(text,
	    "TLP:AMBER\n\n"
	    "This message was put into quarantine and could not be read."
	    " Its bytes are kept.\n\n"
	    "Message: 12\n"
	    "Reason: MIME: over 1000 parts\n"
	    "Look at it with: noroshi message raw 12\n");
	free(text);
	check_line(s, "ja", "メッセージ番号: 12", true);
	check_line(s, "ja", "理由: MIME: over 1000 parts", true);
	check_line(s, "ja", "原本の確認: noroshi message raw 12", true);
	check_subject(
	    s, "en", "[EX-2026-0001] TLP:AMBER Quarantined: message 12");
	s->notice.case_name = NULL;
	check_subject(s, "ja", "TLP:AMBER 隔離: メッセージ 12");
}

/* No control character but LF, and nothing that turns or hides text. */
static void
check_harmless(char *text, bool line)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), n;

	for (; left > 0; p += n, left -= n) {
		uint32_t cp = 0;

		n = utf8_next(p, left, &cp);
		assert_true(n > 0);
		assert_false(utf8_unsafe(cp));
		assert_false(line && cp == '\n');
	}
	free(text);
}

static void
no_control_character_passes_through_subject_or_reason(void **state)
{
	static const char hostile[] = "a\r\nBcc: x@y\x1b[2J\x07\xff\xc2\x9b"
				      "\xe2\x80\xae"
				      "cod\x7f\n";
	struct scene *s = *state;

	s->reading.subject = hostile;
	check_harmless(subject_of(s, "en"), true);
	check_harmless(text_of(s, "en"), false);
	scene_quarantine(s, hostile);
	check_harmless(subject_of(s, "ja"), true);
	check_harmless(text_of(s, "ja"), false);
	check_line(s, "en",
	    "Reason: a Bcc: x@y\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd\xef\xbf\xbd"
	    "cod\xef\xbf\xbd ",
	    true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_make, scene_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_block_says_who_what_and_on_which_grounds),
	    TEST(a_japanese_reader_gets_the_same_block_in_japanese),
	    TEST(a_label_that_nobody_wrote_is_the_teams_own),
	    TEST(the_label_stands_directly_before_the_text),
	    TEST(what_is_not_known_is_said_so),
	    TEST(each_evidence_is_a_sentence_of_its_own),
	    TEST(an_alarm_is_the_first_line_and_in_the_subject),
	    TEST(warnings_and_failures_are_listed_as_sentences),
	    TEST(every_warning_word_has_a_sentence_in_both_languages),
	    cmocka_unit_test(a_word_without_a_sentence_is_shown_as_it_is),
	    TEST(attachments_are_named_with_type_and_size),
	    TEST(the_subject_has_number_label_and_the_message_s_own),
	    TEST(a_quarantined_message_is_told_without_its_text),
	    TEST(no_control_character_passes_through_subject_or_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
