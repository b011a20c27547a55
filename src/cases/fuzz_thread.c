#include <stdlib.h>
#include <string.h>

#include "cases/case.h"
#include "cases/reference.h"
#include "cases/thread.h"
#include "fuzz.h"
#include "store.h"

#define CONTACT 5

/* A database with one case that nobody outside takes part in, made once. */
static struct db *db;
static struct vault *vault;
static int64_t the_case;

static void
case_make(void)
{
	const struct case_new n = {
	    .prefix = "EX", .title = "a case", .priority = "normal"};
	struct case_file c;
	struct err e = {0};

	fuzz_store_open(&db, &vault);
	assert(db_begin(db, &e) == 0);
	assert(case_create(db, vault, 1795309323, &n, &c, &e) == 0);
	assert(reference_add(db, c.id, "JPCERT#12345678", &e) == 0);
	assert(reference_add(db, c.id, "INC0012345", &e) == 0);
	assert(db_commit(db, &e) == 0);
	assert(strcmp(c.name, "EX-2026-0001") == 0);
	the_case = c.id;
	case_free(&c);
}

static void
find(const struct thread_question *q, struct thread *out)
{
	struct err e = {0};

	assert(thread_find(db, q, out, &e) == 0);
	assert(fuzz_is_line(out->why) && out->why[0] != '\0');
	assert(out->cases == 0 || out->named == 0);
	assert(out->cases == 0 || out->cases == the_case);
	assert(out->named == 0 || out->named == the_case);
}

/* What a stranger names is never joined, nor what an alarming sender does. */
static void
check(struct thread_question *q)
{
	struct sender sender = {.class = CLASS_PUBLIC};
	struct thread out;

	q->sender = &sender;
	find(q, &out);
	assert(out.cases == 0 && !out.untrusted);
	sender.contact = CONTACT;
	sender.evidence = EVIDENCE_SIGNATURE;
	find(q, &out);
	assert(!out.untrusted);
	sender.alarm = true;
	find(q, &out);
	assert(out.cases == 0 && !out.untrusted);
}

/* Lines: two subjects, an address from and one to; then message ids. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	struct strs recipients = {0};
	struct head head = {0};
	char *line[4];
	struct thread_question q = {.head = &head,
	    .prefix = "EX",
	    .recipients = &recipients,
	    .team = "team@example.org",
	    .self = 99};

	if (db == NULL)
		case_make();
	q.vault = vault;
	for (size_t i = 0; i < 4; i++)
		line[i] = fuzz_safe_line(&f);
	strs_add(&recipients, line[3]);
	while (f.left > 0 && head.references.count < 8) {
		char *id = fuzz_safe_line(&f);

		strs_add(&head.references, id);
		q.rfc_message_id = head.references.item[0];
		free(id);
	}
	q.subject = line[0];
	q.outer_subject = line[1][0] == '\0' ? NULL : line[1];
	q.from = line[2][0] == '\0' ? NULL : line[2];
	check(&q);
	for (size_t i = 0; i < 4; i++)
		free(line[i]);
	strs_free(&recipients);
	strs_free(&head.references);
	return 0;
}
