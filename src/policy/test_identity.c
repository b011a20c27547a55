#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "policy/identity.h"

/* A contact, a message with one whole signature, and the question of them. */
struct scene {
	struct contact alice; /* first.example's, with a key */
	struct contact bob;
	struct head head;
	struct head outer;
	struct verdict verdict;
	struct signature signature;
	const struct contact *signer[1];
	struct identity_question q;
	struct sender sender;
};

static void
make_contact(
    struct contact *c, int64_t id, const char *address, enum class class)
{
	c->id = id;
	c->organisation = xstrdup("First Example");
	c->class = class;
	strs_add(&c->addresses, address);
	c->key = xcalloc(1, sizeof(*c->key));
	c->key->fingerprint = xstrdup("AA");
	c->keys = 1;
}

static void
drop_contact(struct contact *c)
{
	free(c->organisation);
	strs_free(&c->addresses);
	free(c->key->fingerprint);
	free(c->key);
}

static void
drop_head(struct head *h)
{
	mailboxes_free(&h->from);
	mailboxes_free(&h->sender);
	strs_free(&h->warnings);
}

/* From Alice, signed by Alice. */
static struct scene *
scene_create(void)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	make_contact(&s->alice, 1, "alice@first.example", CLASS_FIRST);
	make_contact(&s->bob, 2, "bob@first.example", CLASS_FIRST);
	mailboxes_add(&s->head.from, "Alice", "Alice@first.example");
	s->head.from_fields = 1;
	s->signature.status = SIGNATURE_GOOD;
	s->signature.whole = true;
	memcpy(s->signature.fingerprint, "AA", 3);
	s->verdict.signature = &s->signature;
	s->verdict.signatures = 1;
	s->signer[0] = &s->alice;
	s->q.verdict = &s->verdict;
	s->q.signer = s->signer;
	s->q.head = &s->head;
	s->q.outer = &s->head;
	s->q.from = &s->alice;
	return s;
}

static void
scene_free(struct scene *s)
{
	drop_contact(&s->alice);
	drop_contact(&s->bob);
	drop_head(&s->head);
	drop_head(&s->outer);
	sender_free(&s->sender);
	free(s);
}

/* Judges and checks all that is said of the sender; frees the scene. */
static void
expect(struct scene *s, int64_t contact, enum class class,
    enum evidence evidence, const char *warning, bool alarm)
{
	identity_judge(&s->q, &s->sender);
	assert_int_equal(s->sender.contact, contact);
	assert_int_equal(s->sender.class, class);
	assert_string_equal(
	    evidence_name(s->sender.evidence), evidence_name(evidence));
	assert_int_equal(s->sender.alarm, alarm);
	assert_int_equal(s->sender.warnings.count, warning != NULL);
	if (warning != NULL)
		assert_string_equal(s->sender.warnings.item[0], warning);
	if (contact != 0)
		assert_string_equal(s->sender.organisation, "First Example");
	else
		assert_null(s->sender.organisation);
	scene_free(s);
}

static void
a_good_whole_signature_by_the_sender_is_evidence(void **state)
{
	(void)state;
	expect(scene_create(), 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
}

static void
a_signature_over_a_part_is_no_evidence(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	s->signature.whole = false;
	expect(s, 1, CLASS_PUBLIC, EVIDENCE_ADDRESS, "class-not-proven", false);
}

static void
a_signature_that_is_not_good_is_no_evidence(void **state)
{
	static const enum signature_status bad[] = {SIGNATURE_BAD,
	    SIGNATURE_EXPIRED, SIGNATURE_REVOKED, SIGNATURE_ERROR};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct scene *s = scene_create();

		s->signature.status = bad[i];
		expect(s, 1, CLASS_PUBLIC, EVIDENCE_ADDRESS, "class-not-proven",
		    false);
	}
}

static void
a_signature_by_another_contact_makes_the_sender_nobody(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	s->signer[0] = &s->bob;
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "signer-not-sender", true);
	s = scene_create();
	s->signer[0] = &s->bob;
	s->q.from = NULL; /* and From is a stranger's */
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "signer-not-sender", true);
}

static void
an_unbound_key_does_not_sign_for_who_has_keys(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	s->signer[0] = NULL;
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "signer-not-sender", true);
	s = scene_create();
	s->signature.status = SIGNATURE_NO_KEY;
	s->signature.fingerprint[0] = '\0';
	s->signer[0] = NULL;
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "signer-not-sender", false);
}

static void
an_unbound_key_says_nothing_of_who_has_none(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	s->signer[0] = NULL;
	s->alice.keys = 0;
	s->alice.class = CLASS_FINDER;
	expect(s, 1, CLASS_FINDER, EVIDENCE_ADDRESS, NULL, false);
}

static void
a_removed_contact_is_nobody(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	s->alice.removed = true;
	s->verdict.signatures = 0;
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, NULL, false);
}

static void
two_senders_are_nobody(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	mailboxes_add(&s->head.from, NULL, "bob@first.example");
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "several-from", false);
	s = scene_create();
	s->head.from_fields = 2;
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "several-from", false);
}

static void
a_sender_who_can_be_read_as_two_is_nobody(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	strs_add(&s->head.warnings, "from-ambiguous");
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, NULL, false);
	/* outside as well: the border spoke of somebody */
	s = scene_create();
	mailboxes_add(&s->outer.from, NULL, "alice@first.example");
	s->outer.from_fields = 1;
	strs_add(&s->outer.warnings, "from-ambiguous");
	s->q.outer = &s->outer;
	s->q.authenticated = true;
	s->verdict.signatures = 0;
	s->alice.class = CLASS_FINDER;
	expect(
	    s, 1, CLASS_FINDER, EVIDENCE_ADDRESS, "outer-from-differs", false);
}

static void
another_one_in_sender_is_warned_of_but_for_lists(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	mailboxes_add(&s->head.sender, NULL, "ALICE@first.example");
	expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
	s = scene_create();
	mailboxes_add(&s->head.sender, "Alice", "eve@evil.example");
	expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, "sender-differs", false);
	s = scene_create();
	mailboxes_add(&s->head.sender, NULL, "alice@first.example");
	mailboxes_add(&s->head.sender, NULL, "alice@first.example");
	expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, "sender-differs", false);
	s = scene_create();
	mailboxes_add(&s->head.sender, NULL, "list-bounces@lists.example");
	s->q.list = true;
	expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
}

/* From and the contact's one address, as they are written. */
static struct scene *
scene_of(const char *from, const char *own)
{
	struct scene *s = scene_create();

	free(s->head.from.item[0].address);
	s->head.from.item[0].address = xstrdup(from);
	strs_free(&s->alice.addresses);
	strs_add(&s->alice.addresses, own);
	return s;
}

static void
both_spellings_of_a_domain_are_one(void **state)
{
	static const char u[] = "a@m\xc3\xbcller.example";
	static const char a[] = "A@xn--mller-kva.example";
	struct scene *s;

	(void)state;
	expect(scene_of(u, a), 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
	expect(scene_of(a, u), 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
	s = scene_of(u, a);
	identity_judge(&s->q, &s->sender);
	assert_string_equal(s->sender.ascii, "a@xn--mller-kva.example");
	scene_free(s);
	expect(scene_of("a@muller.example", u), 0, CLASS_PUBLIC, EVIDENCE_NONE,
	    "signer-not-sender", true);
}

static void
a_detail_behind_a_plus_is_the_same_person_who_signs(void **state)
{
	struct scene *s = scene_of("a+x@b.example", "a@b.example");

	(void)state;
	expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
	expect(scene_of("a@b.example", "a+x@b.example"), 1, CLASS_FIRST,
	    EVIDENCE_SIGNATURE, NULL, false);
	expect(scene_of("a+x@c.example", "a@b.example"), 0, CLASS_PUBLIC,
	    EVIDENCE_NONE, "signer-not-sender", true);
	expect(scene_of("+x@b.example", "+y@b.example"), 0, CLASS_PUBLIC,
	    EVIDENCE_NONE, "signer-not-sender", true);
	/* who is behind it is not for the domain to say */
	s = scene_of("a+x@b.example", "a@b.example");
	s->verdict.signatures = 0;
	s->q.authenticated = true;
	s->alice.class = CLASS_FINDER;
	expect(s, 1, CLASS_FINDER, EVIDENCE_ADDRESS, NULL, false);
}

static void
a_key_signs_for_its_contacts_addresses_alone(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	strs_add(&s->alice.addresses, "desk@first.example");
	free(s->head.from.item[0].address);
	s->head.from.item[0].address = xstrdup("desk@first.example");
	expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
	expect(scene_of("carol@first.example", "alice@first.example"), 0,
	    CLASS_PUBLIC, EVIDENCE_NONE, "signer-not-sender", true);
}

static void
one_good_signature_of_two_by_the_sender_is_enough(void **state)
{
	struct scene *s = scene_create();
	struct signature two[2];
	const struct contact *signer[2] = {&s->bob, &s->alice};

	(void)state;
	two[0] = two[1] = s->signature;
	memcpy(two[0].fingerprint, "BB", 3);
	s->verdict.signature = two;
	s->verdict.signatures = 2;
	s->q.signer = signer;
	expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, NULL, false);
}

static void
an_address_is_known_by_all_its_spellings(void **state)
{
	struct strs all = {0};
	char *joined;

	(void)state;
	identity_spellings("a+b@xn--mller-kva.example", &all);
	joined = strs_join(&all, " ");
	assert_string_equal(joined,
	    "a+b@xn--mller-kva.example a+b@m\xc3\xbcller.example"
	    " a@xn--mller-kva.example a@m\xc3\xbcller.example");
	free(joined);
	strs_free(&all);
	identity_spellings("+b@c.example", &all);
	identity_spellings("\"a+b\"@c.example", &all);
	assert_int_equal(all.count, 2);
	strs_free(&all);
}

static void
no_sender_is_nobody(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	mailboxes_free(&s->head.from);
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "no-from", false);
	s = scene_create();
	s->q.head = NULL;
	s->q.outer = NULL;
	expect(s, 0, CLASS_PUBLIC, EVIDENCE_NONE, "no-from", false);
}

static void
another_outer_sender_is_warned_of(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	mailboxes_add(&s->outer.from, NULL, "mallory@evil.example");
	s->outer.from_fields = 1;
	s->q.outer = &s->outer;
	expect(
	    s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE, "outer-from-differs", false);
}

static void
the_border_vouches_for_the_outer_sender_only(void **state)
{
	struct scene *s = scene_create();

	(void)state;
	mailboxes_add(&s->outer.from, NULL, "mallory@evil.example");
	s->outer.from_fields = 1;
	s->q.outer = &s->outer;
	s->q.authenticated = true;
	s->verdict.signatures = 0;
	s->alice.class = CLASS_FINDER;
	expect(
	    s, 1, CLASS_FINDER, EVIDENCE_ADDRESS, "outer-from-differs", false);
}

static void
a_name_that_shows_another_address_is_warned_of(void **state)
{
	static const struct {
		const char *name;
		bool warned;
	} names[] = {
	    {"boss@team.example", true},
	    {"Boss <boss@team.example>", true},
	    {"boss＠team.example", true},
	    {"alice@first.example", false},
	    {"ALICE@First.example.", false},
	    {"Alice @ work", true},
	    {"Alice", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct scene *s = scene_create();

		free(s->head.from.item[0].name);
		s->head.from.item[0].name = xstrdup(names[i].name);
		expect(s, 1, CLASS_FIRST, EVIDENCE_SIGNATURE,
		    names[i].warned ? "name-looks-like-address" : NULL, false);
	}
}

/* The evidence from which on a class is believed. */
static void
evidence_reaches_just_the_classes_of_the_table(void **state)
{
	static const struct {
		enum class class;
		bool reached[4]; /* by none, address, dkim, signature */
	} table[] = {
	    {CLASS_COORDINATOR, {false, false, false, true}},
	    {CLASS_ISAC, {false, false, false, true}},
	    {CLASS_FIRST, {false, false, false, true}},
	    {CLASS_PARTNER, {false, false, false, true}},
	    {CLASS_STAFF, {false, false, true, true}},
	    {CLASS_CONSTITUENT, {false, false, true, true}},
	    {CLASS_VENDOR, {false, false, true, true}},
	    {CLASS_FINDER, {false, true, true, true}},
	    {CLASS_PUBLIC, {true, true, true, true}},
	};

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(table) / sizeof(*table); i++) {
		struct scene *s = scene_create();
		enum evidence evidence = (enum evidence)(i % 4);
		enum class class = table[i / 4].class;
		bool reached = table[i / 4].reached[evidence];

		s->alice.class = class;
		s->q.authenticated = evidence == EVIDENCE_DKIM;
		if (evidence != EVIDENCE_SIGNATURE)
			s->verdict.signatures = 0;
		if (evidence == EVIDENCE_NONE)
			s->q.from = NULL;
		expect(s, evidence == EVIDENCE_NONE ? 0 : 1,
		    reached ? class : CLASS_PUBLIC, evidence,
		    reached || evidence == EVIDENCE_NONE ? NULL
							 : "class-not-proven",
		    false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_whole_signature_by_the_sender_is_evidence),
	    cmocka_unit_test(a_signature_over_a_part_is_no_evidence),
	    cmocka_unit_test(a_signature_that_is_not_good_is_no_evidence),
	    cmocka_unit_test(
		a_signature_by_another_contact_makes_the_sender_nobody),
	    cmocka_unit_test(an_unbound_key_does_not_sign_for_who_has_keys),
	    cmocka_unit_test(an_unbound_key_says_nothing_of_who_has_none),
	    cmocka_unit_test(a_removed_contact_is_nobody),
	    cmocka_unit_test(two_senders_are_nobody),
	    cmocka_unit_test(a_sender_who_can_be_read_as_two_is_nobody),
	    cmocka_unit_test(another_one_in_sender_is_warned_of_but_for_lists),
	    cmocka_unit_test(both_spellings_of_a_domain_are_one),
	    cmocka_unit_test(
		a_detail_behind_a_plus_is_the_same_person_who_signs),
	    cmocka_unit_test(a_key_signs_for_its_contacts_addresses_alone),
	    cmocka_unit_test(one_good_signature_of_two_by_the_sender_is_enough),
	    cmocka_unit_test(an_address_is_known_by_all_its_spellings),
	    cmocka_unit_test(no_sender_is_nobody),
	    cmocka_unit_test(another_outer_sender_is_warned_of),
	    cmocka_unit_test(the_border_vouches_for_the_outer_sender_only),
	    cmocka_unit_test(a_name_that_shows_another_address_is_warned_of),
	    cmocka_unit_test(evidence_reaches_just_the_classes_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
