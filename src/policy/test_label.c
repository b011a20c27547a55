#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "policy/label.h"

/* What one test says of a message; absent texts are NULL. */
struct message {
	const char *subject;
	const char *outer_subject;
	const char *text;
	const char *name;
	enum evidence evidence;
	int64_t contact;
	bool default_red; /* else the default is AMBER */
	const struct marking *attached;
	const struct marking *enclosed_attached;
};

static struct label
judge(const struct message *m)
{
	struct sender sender = {.evidence = m->evidence, .contact = m->contact};
	struct strs texts = {0};
	struct strs names = {0};
	struct label_question q = {
	    .subject = m->subject,
	    .outer_subject = m->outer_subject,
	    .texts = &texts,
	    .names = &names,
	    .attached = m->attached,
	    .enclosed_attached = m->enclosed_attached,
	    .sender = &sender,
	    .default_in = m->default_red ? NOROSHI_TLP_RED : NOROSHI_TLP_AMBER,
	};
	struct label l;

	if (m->text != NULL)
		strs_add(&texts, m->text);
	if (m->name != NULL)
		strs_add(&names, m->name);
	label_judge(&q, &l);
	strs_free(&texts);
	strs_free(&names);
	return l;
}

/* warnings: the words, with spaces between them. */
static void
expect(const struct message *m, const char *written, const char *effective,
    const char *source, const char *warnings)
{
	struct label l = judge(m);
	char *words = strs_join(&l.warnings, " ");

	assert_string_equal(noroshi_tlp_name(l.written), written);
	assert_string_equal(noroshi_tlp_name(l.effective), effective);
	assert_string_equal(label_source_name(l.source), source);
	assert_string_equal(words, warnings);
	free(words);
	label_free(&l);
}

#define EXPECT(written, effective, source, warnings, ...)                      \
	expect(&(struct message){__VA_ARGS__}, written, effective, source,     \
	    warnings)

static void
an_unlabelled_mail_has_the_default(void **state)
{
	struct message m = {.subject = "hello", .text = "text"};
	struct label l = judge(&m);

	(void)state;
	assert_true(l.by_default);
	label_free(&l);
	expect(&m, "AMBER", "AMBER", "default", "");
}

static void
the_highest_label_of_all_places_counts(void **state)
{
	(void)state;
	EXPECT("RED", "RED", "attachment", "tlp-spelling tlp-conflict",
	    .subject = "TLP:GREEN", .name = "TLP-RED_x.pdf",
	    .evidence = EVIDENCE_SIGNATURE, .contact = 1);
	EXPECT("RED", "RED", "body", "tlp-conflict", .subject = "TLP:AMBER x",
	    .text = "TLP:RED\n");
	EXPECT("AMBER", "AMBER", "subject", "", .subject = "[TLP:AMBER]",
	    .text = "TLP:AMBER\ntext");
	EXPECT("AMBER+STRICT", "AMBER+STRICT", "subject", "",
	    .subject = "[...]", .outer_subject = "TLP:AMBER+STRICT");
}

static void
a_label_that_raises_counts_whoever_sent_it(void **state)
{
	(void)state;
	EXPECT("RED", "RED", "subject", "", .subject = "TLP:RED");
	EXPECT("RED", "RED", "subject", "tlp-unknown", .subject = "TLP:BLACK");
}

static void
a_label_that_lowers_needs_evidence(void **state)
{
	(void)state;
	EXPECT("CLEAR", "AMBER", "subject", "tlp-legacy tlp-unproven",
	    .subject = "TLP:WHITE");
	EXPECT("GREEN", "AMBER", "body", "tlp-unproven", .text = "TLP:GREEN",
	    .evidence = EVIDENCE_ADDRESS, .contact = 1);
	EXPECT("GREEN", "AMBER", "body", "tlp-unproven", .text = "TLP:GREEN",
	    .evidence = EVIDENCE_DKIM);
	EXPECT("GREEN", "GREEN", "body", "", .text = "TLP:GREEN",
	    .evidence = EVIDENCE_DKIM, .contact = 1);
	EXPECT("CLEAR", "CLEAR", "subject", "", .subject = "TLP:CLEAR",
	    .evidence = EVIDENCE_SIGNATURE, .contact = 1);
	EXPECT("AMBER", "RED", "subject", "tlp-unproven",
	    .subject = "TLP:AMBER", .default_red = true);
}

static void
a_quoted_label_raises_what_governs_and_not_what_is_written(void **state)
{
	struct message m = {.text = "hello\n> TLP:RED\n"};
	struct label l = judge(&m);

	(void)state;
	assert_false(l.by_default);
	label_free(&l);
	expect(&m, "AMBER", "RED", "default", "");
	EXPECT("GREEN", "AMBER", "subject", "", .subject = "TLP:GREEN",
	    .text = "> TLP:AMBER", .evidence = EVIDENCE_SIGNATURE,
	    .contact = 1);
}

static void
a_mention_is_no_label(void **state)
{
	(void)state;
	EXPECT("AMBER", "AMBER", "default", "tlp-mentioned",
	    .text = "what does TLP:RED mean?");
}

static void
an_enclosed_label_raises_what_governs_alone(void **state)
{
	static const struct sender sender = {.evidence = EVIDENCE_ADDRESS};
	struct strs enclosed = {0};
	struct strs subjects = {0};
	struct label_question q = {.subject = "[TLP:GREEN] x",
	    .enclosed = &enclosed,
	    .enclosed_subjects = &subjects,
	    .sender = &sender,
	    .default_in = NOROSHI_TLP_AMBER};
	struct label l;

	(void)state;
	strs_add(&enclosed, "TLP:CLEAR\nnews");
	label_judge(&q, &l);
	assert_int_equal(l.effective, NOROSHI_TLP_AMBER);
	label_free(&l);
	strs_add(&subjects, "Fwd: [TLP:AMBER+STRICT] y");
	label_judge(&q, &l);
	assert_int_equal(l.effective, NOROSHI_TLP_AMBER_STRICT);
	label_free(&l);
	strs_add(&enclosed, "> TLP:RED\n> news");
	label_judge(&q, &l);
	assert_int_equal(l.written, NOROSHI_TLP_GREEN);
	assert_int_equal(l.effective, NOROSHI_TLP_RED);
	label_free(&l);
	strs_free(&enclosed);
	strs_free(&subjects);
}

static const struct marking red = {.found = true, .label = NOROSHI_TLP_RED};
static const struct marking green = {.found = true, .label = NOROSHI_TLP_GREEN};

static void
a_document_s_label_raises_whoever_sent_it(void **state)
{
	(void)state;
	expect(&(struct message){.attached = &red}, "RED", "RED", "attachment",
	    "");
	expect(&(struct message){.subject = "TLP:AMBER x", .attached = &red},
	    "RED", "RED", "attachment", "tlp-conflict");
}

static void
a_document_s_label_never_lowers_a_text_without_one(void **state)
{
	(void)state;
	expect(&(struct message){.attached = &green}, "GREEN", "AMBER",
	    "attachment", "tlp-unproven");
	expect(&(struct message){.attached = &green,
		   .evidence = EVIDENCE_SIGNATURE},
	    "GREEN", "AMBER", "attachment", "tlp-attachment");
	expect(&(struct message){.name = "TLP-CLEAR_flyer.pdf",
		   .evidence = EVIDENCE_SIGNATURE},
	    "CLEAR", "AMBER", "attachment", "tlp-spelling tlp-attachment");
	expect(&(struct message){.subject = "TLP:GREEN x",
		   .attached = &green,
		   .evidence = EVIDENCE_SIGNATURE},
	    "GREEN", "GREEN", "subject", "");
	expect(&(struct message){.subject = "TLP:RED x", .attached = &green},
	    "RED", "RED", "subject", "");
}

static void
a_document_that_was_read_in_part_only_raises(void **state)
{
	struct marking m = green;

	(void)state;
	m.doubtful = true;
	expect(
	    &(struct message){.attached = &m, .evidence = EVIDENCE_SIGNATURE},
	    "AMBER", "AMBER", "default", "");
	m.label = NOROSHI_TLP_RED;
	expect(
	    &(struct message){.attached = &m}, "RED", "RED", "attachment", "");
}

static void
what_is_passed_on_keeps_the_label_of_its_documents(void **state)
{
	(void)state;
	expect(&(struct message){.enclosed_attached = &red}, "AMBER", "RED",
	    "default", "");
	expect(&(struct message){.enclosed_attached = &green,
		   .evidence = EVIDENCE_SIGNATURE},
	    "AMBER", "AMBER", "default", "");
}

static void
what_is_for_nobody_is_said(void **state)
{
	const struct marking m = {.unshared = true};

	(void)state;
	expect(&(struct message){.attached = &m}, "AMBER", "AMBER", "default",
	    "sharing-none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_unlabelled_mail_has_the_default),
	    cmocka_unit_test(the_highest_label_of_all_places_counts),
	    cmocka_unit_test(a_label_that_raises_counts_whoever_sent_it),
	    cmocka_unit_test(a_label_that_lowers_needs_evidence),
	    cmocka_unit_test(
		a_quoted_label_raises_what_governs_and_not_what_is_written),
	    cmocka_unit_test(a_mention_is_no_label),
	    cmocka_unit_test(a_document_s_label_raises_whoever_sent_it),
	    cmocka_unit_test(
		a_document_s_label_never_lowers_a_text_without_one),
	    cmocka_unit_test(a_document_that_was_read_in_part_only_raises),
	    cmocka_unit_test(
		what_is_passed_on_keeps_the_label_of_its_documents),
	    cmocka_unit_test(what_is_for_nobody_is_said),
	    cmocka_unit_test(an_enclosed_label_raises_what_governs_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
