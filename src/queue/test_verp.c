#include "queue/verp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/test_folder.h"

#define TEAM "team@example.org"
#define MADE 100000 /* when the copies were */

struct place {
	char *folder;
	struct db *db;
	struct verp verp;
	int64_t id; /* of a copy for a@x.org */
	struct err e;
};

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	int64_t message, draft;
	char path[96];

	*state = p;
	p->folder = test_folder_make();
	(void)snprintf(path, sizeof(path), "%s/n.db", p->folder);
	if (db_open(&p->db, path, true, &p->e) == -1 ||
	    db_insert(p->db, &message, &p->e,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state) VALUES ('a', 'in', 'pipe', 1, 1, 'processed')",
		"") == -1 ||
	    db_insert(p->db, &draft, &p->e,
		"INSERT INTO draft (kind, message, rfc_message_id, language,"
		" label, created_at) VALUES ('copy', ?, '<1@x>', 'en', 'AMBER',"
		" 1)",
		"i", message) == -1 ||
	    db_insert(p->db, &p->id, &p->e,
		"INSERT INTO delivery (id, draft, recipient, state, rule,"
		" reason, transport, created_at) VALUES (7, ?, 'a@x.org',"
		" 'sent', 'r', 'b', 'file', ?)",
		"ii", draft, (int64_t)MADE) == -1 ||
	    verp_open(&p->verp, p->db, NULL, TEAM, &p->e) == -1)
		fail_msg("%s", p->e.text);
	return 0;
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	verp_close(&p->verp);
	db_close(p->db);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

static char *
address(const struct verp *v)
{
	const struct verp_copy copy = {
	    .id = 7, .message = 1, .created_at = MADE, .recipient = "a@x.org"};

	return verp_address(v, &copy);
}

static int64_t
find(struct place *p, const char *text, int64_t now)
{
	int64_t id;

	assert_int_equal(verp_find(&p->verp, p->db, text, now, &id, &p->e), 0);
	return id;
}

static void
a_return_path_leads_back_to_its_copy(void **state)
{
	struct place *p = *state;
	char *a = address(&p->verp);

	assert_memory_equal(a, "team+b7-", 8);
	assert_string_equal(strrchr(a, '@'), "@example.org");
	assert_int_equal(find(p, a, MADE + 10), 7);
	/* Mail programs change case, and an ENVID is the token alone. */
	for (char *c = a; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c & ~0x20);
	assert_int_equal(find(p, a, MADE + 10), 7);
	*strchr(a, '@') = '\0';
	assert_int_equal(find(p, a + 5, MADE + 10), 7);
	free(a);
}

static void
no_letter_of_it_can_be_another(void **state)
{
	struct place *p = *state;
	char *a = address(&p->verp);
	size_t len = strlen(a);

	for (size_t i = 0; i < len; i++) {
		char was = a[i];

		a[i] = was == 'x' ? 'y' : 'x';
		assert_int_equal(find(p, a, MADE), 0);
		a[i] = was;
	}
	for (size_t i = 0; i < len; i++) {
		char *cut = xstrndup(a, i);

		/* Without the domain it is a text with a token in it. */
		assert_int_equal(find(p, cut, MADE), 0);
		free(cut);
	}
	free(a);
}

static void
it_counts_for_that_recipient_and_time_alone(void **state)
{
	struct place *p = *state;
	char *a = address(&p->verp);

	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET recipient = 'b@x.org'", ""),
	    0);
	assert_int_equal(find(p, a, MADE), 0);
	assert_int_equal(db_run(p->db, &p->e,
			     "UPDATE delivery SET recipient = 'a@x.org',"
			     " created_at = created_at + 1",
			     ""),
	    0);
	assert_int_equal(find(p, a, MADE), 0);
	assert_int_equal(
	    db_run(p->db, &p->e,
		"UPDATE delivery SET created_at = created_at - 1", ""),
	    0);
	assert_int_equal(find(p, a, MADE), 7);
	assert_int_equal(find(p, a, MADE + VERP_AGE), 7);
	assert_int_equal(find(p, a, MADE + VERP_AGE + 1), 0);
	assert_int_equal(db_run(p->db, &p->e, "DELETE FROM delivery", ""), 0);
	assert_int_equal(find(p, a, MADE), 0);
	free(a);
}

static void
the_key_stays_and_is_nobody_elses(void **state)
{
	struct place *p = *state;
	char *a = address(&p->verp), *b;
	struct verp again;

	assert_int_equal(verp_open(&again, p->db, NULL, TEAM, &p->e), 0);
	b = address(&again);
	assert_string_equal(a, b);
	free(b);
	verp_close(&again);
	assert_int_equal(db_run(p->db, &p->e, "DELETE FROM verp_key", ""), 0);
	assert_int_equal(verp_open(&again, p->db, NULL, TEAM, &p->e), 0);
	b = address(&again);
	assert_string_not_equal(a, b);
	assert_int_equal(find(p, b, MADE), 0);
	free(b);
	verp_close(&again);
	free(a);
}

static void
the_scheme_is_the_configurations(void **state)
{
	static const char team[] =
	    "a.team.whose.name.leaves.no.room@example.org";
	struct place *p = *state;
	struct verp v;
	char *a;

	assert_int_equal(
	    verp_open(&v, p->db, "bounces-TOKEN@mx.example.org", TEAM, &p->e),
	    0);
	assert_true(verp_is_on(&v));
	a = address(&v);
	assert_memory_equal(a, "bounces-b7-", 11);
	assert_string_equal(strrchr(a, '@'), "@mx.example.org");
	free(a);
	verp_close(&v);
	assert_int_equal(verp_open(&v, p->db, TEAM, TEAM, &p->e), 0);
	assert_false(verp_is_on(&v));
	verp_close(&v);
	assert_int_equal(verp_open(&v, p->db, NULL, team, &p->e), 0);
	assert_false(verp_is_on(&v));
	assert_string_equal(v.scheme, team);
	verp_close(&v);
}

static void
what_is_no_token_is_none(void **state)
{
	static const char *const texts[] = {"", "b", "b7", "b7-", "@",
	    "team+@example.org", "team+b0-aaaaaaaaaaaaaaaa@example.org",
	    "team+b-aaaaaaaaaaaaaaaa@example.org",
	    "team+b9999999999999999999-aaaaaaaaaaaaaaaa@example.org",
	    "team+s7-aaaaaaaaaaaaaaaa@example.org", "b7-aaaaaaaaaaaaaaaa",
	    "team@example.org"};
	struct place *p = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		/* One byte over the end is seen by the sanitizer. */
		char *exact = xstrdup(texts[i]);

		assert_int_equal(find(p, exact, MADE), 0);
		free(exact);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_return_path_leads_back_to_its_copy),
	    TEST(no_letter_of_it_can_be_another),
	    TEST(it_counts_for_that_recipient_and_time_alone),
	    TEST(the_key_stays_and_is_nobody_elses),
	    TEST(the_scheme_is_the_configurations),
	    TEST(what_is_no_token_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
