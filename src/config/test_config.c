#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"

#define PACKED_MAX (1024 * 1024) /* bytes */

/* One of everything. */
static struct config *
full_config(void)
{
	struct config *c = config_create();

	c->file = xstrdup("/g/noroshi.conf");
	c->directory = xstrdup("/g");
	c->libexec = xstrdup("/usr/libexec/noroshi");
	c->team_name = xstrdup("エグザンプル CSIRT");
	c->team_address = xstrdup("csirt@example.org");
	strs_add(&c->team_addresses, "abuse@example.org");
	strs_add(&c->constituency, "example.org");
	c->once = true;
	c->workers = 2;
	c->intake = xcalloc(1, sizeof(*c->intake));
	c->intakes = 1;
	c->intake[0].type = xstrdup("maildir");
	c->intake[0].path = xstrdup("/g/inbox");
	c->operators = xcalloc(1, sizeof(*c->operators));
	c->n_operators = 1;
	c->operators[0].user = xstrdup("hanako");
	c->operators[0].contact = 7;
	c->rule = xcalloc(2, sizeof(*c->rule));
	c->rules = 2;
	c->rule[0].name = xstrdup("first");
	c->rule[0].line = 12;
	c->rule[0].subject = xstrdup("scan");
	strs_add(&c->rule[0].sender_class, "isac");
	c->rule[0].kind = xstrdup("report");
	c->rule[0].last = true;
	c->rule[1].name = xstrdup("second");
	c->rule[1].line = 20;
	c->rule[1].label_floor = xstrdup("AMBER+STRICT");
	return c;
}

static void
every_setting_has_its_default(void **state)
{
	struct config *c = config_create();

	(void)state;
	assert_string_equal(c->language, "en");
	assert_string_equal(c->case_prefix, "CASE");
	assert_string_equal(c->transport, "file");
	assert_string_equal(c->second_person, "identity");
	assert_string_equal(c->sandbox, "try");
	assert_string_equal(c->tlp_default_in, "AMBER");
	assert_string_equal(c->tlp_default_out, "AMBER");
	assert_int_equal(c->workers, 0);
	assert_int_equal(c->delivers, 1);
	assert_int_equal(c->attempts, 3);
	assert_int_equal(c->gpg_deadline, 60);
	assert_int_equal(c->gpg_memory, 1073741824);
	assert_int_equal(c->vault_keep, 600);
	assert_int_equal(c->limit_message, 67108864);
	assert_int_equal(c->limit_depth, 20);
	assert_int_equal(c->limit_layers, 5);
	assert_int_equal(c->pattern_steps, 1000000);
	assert_null(c->team_key);
	assert_int_equal(c->authserv_ids.count, 0);
	assert_int_equal(c->rules, 0);
	config_free(c);
}

static bool
is_one_of(const char *const *words, const char *word)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static void
every_default_is_allowed(void **state)
{
	size_t seen = 0;

	(void)state;
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++) {
		assert_true(s->help != NULL && s->type != NULL);
		if (s->kind == CONFIG_INTEGER)
			assert_in_range(s->number, s->min, s->max);
		if (s->kind == CONFIG_WORD)
			assert_true(is_one_of(s->words, s->text));
		seen++;
	}
	assert_true(seen > 0);
}

static void
what_is_packed_comes_out_again(void **state)
{
	struct config *c = full_config();
	struct config *d;
	struct err e;
	struct buf b;
	struct buf again;

	(void)state;
	buf_init(&b, PACKED_MAX);
	buf_init(&again, PACKED_MAX);
	config_pack(c, &b);
	assert_false(b.over);
	assert_int_equal(config_unpack(&d, b.data, b.len, &e), 0);
	assert_string_equal(d->team_name, c->team_name);
	assert_string_equal(d->directory, "/g");
	assert_true(d->once);
	assert_null(d->team_key);
	assert_string_equal(d->team_addresses.item[0], "abuse@example.org");
	assert_string_equal(d->intake[0].path, "/g/inbox");
	assert_int_equal(d->operators[0].contact, 7);
	assert_int_equal(d->rules, 2);
	assert_int_equal(d->rule[0].line, 12);
	assert_true(d->rule[0].last);
	assert_string_equal(d->rule[0].sender_class.item[0], "isac");
	assert_null(d->rule[0].body);
	assert_false(d->rule[1].last);
	assert_string_equal(d->rule[1].label_floor, "AMBER+STRICT");
	config_pack(d, &again);
	assert_int_equal(again.len, b.len);
	assert_memory_equal(again.data, b.data, b.len);
	buf_free(&b);
	buf_free(&again);
	config_free(c);
	config_free(d);
}

static void
bytes_cut_short_are_no_configuration(void **state)
{
	struct config *c = full_config();
	struct config *d;
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, PACKED_MAX);
	config_pack(c, &b);
	for (size_t len = 0; len < b.len; len++) {
		/* Of the exact size, so that an over-read is seen. */
		unsigned char *cut = malloc(len > 0 ? len : 1);

		assert_non_null(cut);
		if (len > 0)
			memcpy(cut, b.data, len);
		assert_int_equal(config_unpack(&d, cut, len, &e), -1);
		assert_int_equal(e.code, ERR_BUG);
		assert_null(d);
		free(cut);
	}
	buf_putc(&b, 'x');
	assert_int_equal(config_unpack(&d, b.data, b.len, &e), -1);
	buf_free(&b);
	config_free(c);
}

/* Packs c as it is, and says whether it is taken. */
static bool
is_unpacked(struct config *c)
{
	struct config *d;
	struct err e;
	struct buf b;
	int rc;

	buf_init(&b, PACKED_MAX);
	config_pack(c, &b);
	rc = config_unpack(&d, b.data, b.len, &e);
	buf_free(&b);
	config_free(d);
	return rc == 0;
}

static void
a_packed_value_out_of_bounds_is_refused(void **state)
{
	struct config *c = full_config();
	char *user = c->operators[0].user;

	(void)state;
	assert_true(is_unpacked(c));
	c->attempts = 0;
	assert_false(is_unpacked(c));
	c->attempts = 3;
	c->sandbox[0] = 'x';
	assert_false(is_unpacked(c));
	c->sandbox[0] = 't';
	c->rule[1].line = -1;
	assert_false(is_unpacked(c));
	c->rule[1].line = 1;
	c->operators[0].user = NULL;
	assert_false(is_unpacked(c));
	c->operators[0].user = user;
	for (size_t i = 0; i <= CONFIG_LIST_MAX; i++)
		strs_add(&c->constituency, "example.org");
	assert_false(is_unpacked(c));
	config_free(c);
}

static void
a_user_who_is_not_bound_is_nobody(void **state)
{
	struct config *c = full_config();

	(void)state;
	assert_int_equal(config_operator(c, "hanako"), 7);
	assert_int_equal(config_operator(c, "taro"), 0);
	assert_int_equal(config_operator(c, NULL), 0);
	config_free(c);
}

static void
a_spool_path_is_inside_the_spool(void **state)
{
	struct config *c = config_create();
	char *path = config_spool(c, "tmp");

	(void)state;
	assert_string_equal(path, "spool/tmp");
	free(path);
	config_free(c);
	config_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_setting_has_its_default),
	    cmocka_unit_test(every_default_is_allowed),
	    cmocka_unit_test(what_is_packed_comes_out_again),
	    cmocka_unit_test(bytes_cut_short_are_no_configuration),
	    cmocka_unit_test(a_packed_value_out_of_bounds_is_refused),
	    cmocka_unit_test(a_user_who_is_not_bound_is_nobody),
	    cmocka_unit_test(a_spool_path_is_inside_the_spool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
