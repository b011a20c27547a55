#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/rfc_id.h"
#include "cases/test_scene.h"

const struct sender by_signature = {
    .contact = 5, .evidence = EVIDENCE_SIGNATURE};
const struct sender by_dkim = {.contact = 5, .evidence = EVIDENCE_DKIM};
const struct sender by_address = {.contact = 5, .evidence = EVIDENCE_ADDRESS};
const struct sender unknown = {.evidence = EVIDENCE_NONE};
const struct sender alarming = {.evidence = EVIDENCE_NONE, .alarm = true};

int64_t
scene_message(struct store *s, const char *rfc_message_id, int64_t cases)
{
	struct err e = {0};
	struct message m;
	char sha[65];
	int64_t n, id;

	ok(db_get_int(s->db, &n, 0, &e, "SELECT COUNT(*) FROM message", ""),
	    &e);
	memset(sha, (int)('a' + n), 64);
	sha[64] = '\0';
	id = store_message(s, sha);
	ok(message_get(s->db, id, &m, &e), &e);
	ok(vault_key_create(s->vault, &m.vault_key, &e), &e);
	m.rfc_message_id = xstrdup(rfc_message_id);
	m.cases = cases;
	m.facts = json_object();
	m.content = json_object();
	ok(message_claim(s->db, s->vault, &m, &e), &e);
	message_free(&m);
	return id;
}

struct scene
scene_make(void **state)
{
	struct scene sc = {.s = *state};
	struct err e = {0};

	store_contact(sc.s, 5);
	sc.cases = store_case(sc.s, "a case");
	sc.message = scene_message(sc.s, "<theirs@x>", sc.cases);
	ok(db_run(sc.s->db, &e,
	       "INSERT INTO draft (kind, message, rfc_message_id, language,"
	       " label, created_at)"
	       " VALUES ('copy', ?, '<ours@y>', 'en', 'AMBER', 0)",
	       "i", sc.message),
	    &e);
	return sc;
}

struct thread
scene_found(struct scene *sc, const struct sender *sender, const char *refers,
    const char *subject, const char *outer_subject)
{
	struct head head = {0};
	const struct thread_question q = {.head = &head,
	    .subject = subject,
	    .outer_subject = outer_subject,
	    .from = FROM,
	    .sender = sender,
	    .prefix = "EX",
	    .self = 1000};
	struct thread t;
	struct err e = {0};

	if (refers != NULL)
		strs_split(&head.references, refers, " ");
	ok(thread_find(sc->s->db, &q, &t, &e), &e);
	strs_free(&head.references);
	assert_true(t.why[0] != '\0');
	return t;
}

int64_t
scene_post(struct scene *sc, const struct post *p, int64_t cases)
{
	struct err e = {0};
	struct message m;
	struct strs refers = {0};
	int64_t id = scene_message(sc->s, p->id, cases);

	ok(message_get(sc->s->db, id, &m, &e), &e);
	ok(message_unseal(sc->s->db, sc->s->vault, &m, &e), &e);
	m.sender_address = xstrdup_null(p->from);
	json_object_set_new(m.content, "subject", json_pack("s?", p->subject));
	if (p->to != NULL)
		json_object_set_new(m.facts, "to",
		    json_pack("[{s:n, s:s}]", "name", "address", p->to));
	ok(message_claim(sc->s->db, sc->s->vault, &m, &e), &e);
	if (p->refers != NULL)
		strs_split(&refers, p->refers, " ");
	if (p->conversation != NULL)
		strs_add(&refers, p->conversation);
	ok(rfc_id_refer(sc->s->db, id, &refers, &e), &e);
	strs_free(&refers);
	message_free(&m);
	return id;
}

struct thread
scene_post_found(
    struct scene *sc, const struct sender *sender, const struct post *p)
{
	struct head head = {.conversation = xstrdup_null(p->conversation)};
	const struct thread_question q = {.head = &head,
	    .rfc_message_id = p->id,
	    .subject = p->subject,
	    .from = p->from,
	    .sender = sender,
	    .prefix = "EX",
	    .vault = sc->s->vault,
	    .team = TEAM,
	    .self = 1000};
	struct thread t;
	struct err e = {0};

	if (p->refers != NULL)
		strs_split(&head.references, p->refers, " ");
	if (p->to != NULL)
		mailboxes_add(&head.to, NULL, p->to);
	ok(thread_find(sc->s->db, &q, &t, &e), &e);
	assert_true(t.why[0] != '\0');
	strs_free(&head.references);
	mailboxes_free(&head.to);
	free(head.conversation);
	return t;
}
