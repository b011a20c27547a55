#include "worker/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "people/contact.h"
#include "people/key.h"
#include "worker/letter.h"
#include "worker/summary.h"

/* One reader, with the key that their copy would be sealed to. */
struct notify_reader {
	struct contact contact;
	const char *language; /* borrowed */
	bool has_key;
	struct key key; /* valid with has_key */
	struct noroshi_answer answer;
	char reason[512];
};

/*
 * The best key of a contact: verified before unverified, in the order they were
 * bound. Sets channel and, where keys are there but none can be used, unusable.
 */
static int
notify_key(struct worker *w, struct notify_reader *r,
    struct noroshi_question *q, struct err *e)
{
	const struct contact *c = &r->contact;

	q->channel = NOROSHI_E0;
	for (size_t i = 0; i < c->keys; i++) {
		bool verified = c->key[i].verified != VERIFIED_NONE;
		struct key key = {0};
		unsigned problems;

		if (q->channel == NOROSHI_E1 ||
		    (q->channel == NOROSHI_E2 && !verified))
			continue;
		if (key_get(w->db, c->key[i].fingerprint, &key, e) == -1)
			return -1;
		problems = key_problems(&key, clock_now(&w->clock));
		if ((problems & ~(unsigned)KEY_EXPIRING) != 0) {
			q->key_unusable = true;
			key_free(&key);
			continue;
		}
		if (r->has_key)
			key_free(&r->key);
		r->key = key;
		r->has_key = true;
		q->channel = verified ? NOROSHI_E1 : NOROSHI_E2;
	}
	if (r->has_key)
		q->key_unusable = false;
	return 0;
}

static int
notify_judge(struct worker *w, const struct notice *n, struct notify_reader *r,
    struct err *e)
{
	const struct contact *c = &r->contact;
	bool may_read_red =
	    strs_has(&c->roles, "poc") || strs_has(&c->roles, "deputy");
	struct noroshi_question q = {.label = n->label,
	    .origin =
		n->from_outside ? NOROSHI_ORIGIN_THIRD : NOROSHI_ORIGIN_OURS,
	    .relation = n->label < NOROSHI_TLP_RED || may_read_red
			    ? NOROSHI_TEAM_READER
			    : NOROSHI_STAFF_OTHER};

	q.came_encrypted = n->reading != NULL &&
			   n->reading->verdict.encryption != ENCRYPTION_NONE;
	if (notify_key(w, r, &q, e) == -1)
		return -1;
	noroshi_gate(&q, &r->answer);
	noroshi_gate_reason(&q, &r->answer, r->reason, sizeof(r->reason));
	if (r->answer.decision == NOROSHI_ALLOW && !r->has_key) {
		/* Stricter than the table: a team copy never goes in clear. */
		r->answer.decision = NOROSHI_HOLD;
		r->answer.rule = "channel-plain";
		(void)snprintf(r->reason, sizeof(r->reason),
		    "team copies are always encrypted and %s has no usable"
		    " key; import one and verify its fingerprint",
		    c->name);
	}
	return 0;
}

static void
notify_readers_free(struct notify_reader *r, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		contact_free(&r[i].contact);
		if (r[i].has_key)
			key_free(&r[i].key);
	}
	free(r);
}

/* Their own copies came back: a copy of that would come back again. */
static bool
notify_is_gone(const struct notice *n, const struct contact *c)
{
	return n->gone != NULL && c->addresses.count > 0 &&
	       strs_has(n->gone, c->addresses.item[0]);
}

/* All staff on duty, each judged by the gate. */
static int
notify_readers(struct worker *w, const struct notice *n,
    struct notify_reader **out, size_t *count, struct err *e)
{
	struct contact *list;
	size_t all, kept = 0;
	struct notify_reader *reader;
	int rc = 0;

	if (contact_list_staff(w->db, &list, &all, e) == -1)
		return -1;
	reader = xcalloc(all, sizeof(*reader));
	for (size_t i = 0; i < all && rc != -1; i++) {
		struct notify_reader *r = &reader[kept];

		if (!contact_is_reader(&list[i]) ||
		    notify_is_gone(n, &list[i]) ||
		    (n->message->sender_contact == list[i].id &&
			!n->from_outside))
			continue;
		r->contact = list[i];
		list[i] = (struct contact){0};
		kept++;
		r->language = r->contact.language != NULL ? r->contact.language
							  : w->config->language;
		rc = notify_judge(w, n, r, e);
	}
	contact_list_free(list, all);
	if (rc == -1) {
		notify_readers_free(reader, kept);
		return -1;
	}
	*out = reader;
	*count = kept;
	return 0;
}

static void
notify_attach(struct letter *l, const struct reading *r)
{
	if (r == NULL || r->attachments == 0)
		return;
	l->attachment = xcalloc(r->attachments, sizeof(*l->attachment));
	for (size_t i = 0; i < r->attachments; i++)
		l->attachment[i] =
		    (struct compose_attachment){.name = r->attachment[i].name,
			.type = r->attachment[i].type,
			.data = r->attachment[i].data.data,
			.len = r->attachment[i].data.len};
	l->attachments = r->attachments;
}

/* Copies of one case hang together in a mail program by this reference. */
static void
notify_thread(struct worker *w, const struct notice *n, struct letter *l)
{
	const char *domain = strrchr(w->config->team_address, '@');
	char *root;

	if (n->case_name == NULL || domain == NULL)
		return;
	root = xasprintf("<%s.case%s>", n->case_name, domain);
	strs_add(&l->references, root);
	free(root);
}

/* Seals one letter for the readers whose copies d already lists, in order. */
static int
notify_seal(struct worker *w, const struct notice *n, struct draft *d,
    const struct notify_reader *const *reader, struct err *e)
{
	const struct key **key;
	struct letter l;
	int rc;

	key = xcalloc(d->copies, sizeof(const struct key *));
	for (size_t i = 0; i < d->copies; i++)
		key[i] = &reader[i]->key;
	letter_init(w, &l);
	mailboxes_add(&l.to, w->config->team_name, w->config->team_address);
	summary_subject(n, d->language, &l.subject);
	summary_text(n, d->language, &l.text);
	strs_add(&l.extra, "Auto-Submitted: auto-generated");
	strs_add(&l.extra, "X-Noroshi-Copy: yes");
	notify_attach(&l, n->reading);
	notify_thread(w, n, &l);
	rc = letter_seal(w, &l, d, key, e);
	letter_free(&l);
	free(key);
	return rc;
}

struct draft *
notices_add(struct notices *n)
{
	n->draft = xgrow(n->draft, n->drafts, sizeof(*n->draft));
	return &n->draft[n->drafts++];
}

static struct draft *
notify_draft(struct worker *w, const struct notice *n, struct notices *out,
    const char *language)
{
	struct draft *d = notices_add(out);

	letter_draft(w, d, n->reading == NULL ? "notice" : "copy",
	    n->message->id, language, n->label);
	return d;
}

static void
notify_copy(struct draft *d, const struct notify_reader *r)
{
	struct draft_copy *copy =
	    draft_add(d, r->contact.addresses.item[0], r->contact.id);

	copy->answer = r->answer;
	copy->reason = xstrdup(r->reason);
}

/* Allowed copies: one seal for each language, and one a person where RED. */
static int
notify_allowed(struct worker *w, const struct notice *n,
    const struct notify_reader *reader, size_t count, struct notices *out,
    struct err *e)
{
	const struct notify_reader **group;
	bool *done = xcalloc(count, sizeof(*done));
	int rc = 0;

	group = xcalloc(count, sizeof(const struct notify_reader *));
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct draft *d;
		size_t in_group = 0;

		if (done[i] || reader[i].answer.decision != NOROSHI_ALLOW)
			continue;
		d = notify_draft(w, n, out, reader[i].language);
		for (size_t k = i; k < count; k++) {
			if (done[k] ||
			    reader[k].answer.decision != NOROSHI_ALLOW ||
			    strcmp(reader[k].language, reader[i].language) != 0)
				continue;
			if (in_group > 0 && n->label == NOROSHI_TLP_RED)
				continue;
			done[k] = true;
			notify_copy(d, &reader[k]);
			group[in_group++] = &reader[k];
		}
		rc = notify_seal(w, n, d, group, e);
	}
	free(group);
	free(done);
	return rc;
}

static void
notify_others(struct worker *w, const struct notice *n,
    const struct notify_reader *reader, size_t count, struct notices *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct notify_reader *r = &reader[i];

		if (r->answer.decision == NOROSHI_HOLD) {
			struct draft *d = notify_draft(w, n, out, r->language);

			notify_copy(d, r);
		} else if (r->answer.decision == NOROSHI_REFUSE) {
			char *line = xasprintf("%s %s",
			    r->contact.addresses.item[0], r->answer.rule);

			strs_add(&out->refused, line);
			free(line);
		}
	}
}

int
notify_make(struct worker *w, const struct notice *n, struct notices *out,
    struct err *e)
{
	struct notify_reader *reader;
	size_t count;

	*out = (struct notices){0};
	if (notify_readers(w, n, &reader, &count, e) == -1)
		return -1;
	if (notify_allowed(w, n, reader, count, out, e) == -1) {
		notify_readers_free(reader, count);
		notices_free(w, out, true);
		return err_in(e, "team copies of message %lld",
		    (long long)n->message->id);
	}
	notify_others(w, n, reader, count, out);
	for (size_t i = 0; i < count; i++) {
		if (reader[i].answer.decision == NOROSHI_REFUSE)
			continue;
		out->reader =
		    xgrow(out->reader, out->readers, sizeof(*out->reader));
		out->reader[out->readers++] = reader[i].contact.id;
	}
	notify_readers_free(reader, count);
	return 0;
}

void
notices_free(struct worker *w, struct notices *n, bool discard)
{
	for (size_t i = 0; i < n->drafts; i++) {
		for (size_t k = 0; discard && k < n->draft[i].copies; k++)
			if (n->draft[i].copy[k].file != NULL)
				(void)spool_remove_out(
				    w->spool, n->draft[i].copy[k].file, NULL);
		draft_free(&n->draft[i]);
	}
	free(n->draft);
	strs_free(&n->refused);
	free(n->reader);
	*n = (struct notices){0};
}
