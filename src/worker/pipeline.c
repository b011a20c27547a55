#include "worker/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "cases/message_raw.h"
#include "people/contact.h"
#include "store/audit.h"
#include "worker/filing.h"
#include "worker/import.h"
#include "worker/letter.h"
#include "worker/outcome.h"
#include "worker/send.h"

#define PIPELINE_RAW_MAX (512U << 20) /* bytes; the limit is the parser's */
#define PIPELINE_ROUNDS 5 /* a case that changes faster waits its turn */

static void
pipeline_took(struct passage *p, enum stage stage)
{
	int64_t now = clock_monotonic_us();

	p->took[stage] += now - p->stage_at;
	p->stage_at = now;
}

void
passage_free(struct passage *p)
{
	message_free(&p->message);
	buf_free(&p->raw);
	if (p->read) {
		judgement_free(&p->judgement);
		reading_free(&p->reading);
	}
	freshness_free(&p->freshness);
	keymail_free(&p->keys);
	case_free(&p->incident);
	command_free(&p->command);
	approve_free(&p->approve);
	bounce_free(&p->bounce);
	statement_free(&p->statement);
	free(p->opened);
	free(p->apart);
}

int64_t
passage_time(const struct passage *p)
{
	return p->import ? p->message.received_at : clock_now(&p->w->clock);
}

int
passage_audit(
    struct passage *p, const char *event, json_t *detail, struct err *e)
{
	struct audit_entry entry = {.actor = "worker",
	    .event = event,
	    .message = p->message.id,
	    .cases = p->incident.id,
	    .contact = p->message.sender_contact,
	    .detail = detail};

	return audit_add(p->w->db, clock_now(&p->w->clock), &entry, e);
}

/*
 * A worker that died between seal and commit left sealed files that no row
 * names. Their names begin with the message's id, and it is in our hands.
 */
static int
pipeline_sweep(struct passage *p, struct err *e)
{
	char prefix[LETTER_PREFIX + 1];
	struct strs names = {0};
	int rc;

	letter_prefix(p->message.id, prefix);
	rc = spool_list_out(p->w->spool, &names, e);
	for (size_t i = 0; i < names.count && rc == 0; i++)
		if (strncmp(names.item[i], prefix, LETTER_PREFIX) == 0)
			rc = spool_remove_out(p->w->spool, names.item[i], e);
	strs_free(&names);
	return rc;
}

/* Seal and commit, again where the case or a key changed in between. */
static int
pipeline_finish(struct passage *p, struct err *e)
{
	if (p->again && pipeline_sweep(p, e) == -1)
		return -1;
	if (message_raw_seal(
		p->w->vault, p->w->spool, &p->message, &p->raw, e) == -1)
		return -1;
	pipeline_took(p, STAGE_KEEP);
	for (int round = 0; round < PIPELINE_ROUNDS; round++) {
		struct notices n;
		int rc;

		if (outcome_seal(p, &n, e) == -1)
			return -1;
		pipeline_took(p, STAGE_SEAL);
		rc = outcome_commit(p, &n, e);
		pipeline_took(p, STAGE_COMMIT);
		notices_free(p->w, &n, rc != 1);
		if (rc == -1)
			return -1;
		if (rc == 1)
			return spool_remove_new(
			    p->w->spool, p->message.sha256, e);
	}
	return err_set(e, ERR_TEMP, "the case of message %lld keeps changing",
	    (long long)p->message.id);
}

/* 1: there is work; 0: it was done before; -1: failed. */
static int
pipeline_begin(struct passage *p, struct worker *w, int64_t id, struct err *e)
{
	*p = (struct passage){.w = w, .stage_at = clock_monotonic_us()};
	buf_init_secret(&p->raw, PIPELINE_RAW_MAX);
	if (message_get(w->db, id, &p->message, e) == -1)
		return -1;
	if (strcmp(p->message.step, "done") == 0)
		return spool_remove_new(w->spool, p->message.sha256, e);
	if (strcmp(p->message.direction, "out") == 0)
		return 1;
	p->again = strcmp(p->message.step, "claimed") == 0;
	p->import = message_is_import(&p->message);
	if (spool_read_new(w->spool, p->message.sha256, &p->raw, e) == -1)
		return -1;
	return 1;
}

int
passage_read(struct passage *p, struct err *e)
{
	struct worker *w = p->w;

	if (people_version(w->db, &p->read_people, e) == -1 ||
	    reading_make(w, &p->raw, &p->reading, e) == -1)
		return -1;
	pipeline_took(p, STAGE_READ);
	if (judgement_make(w, &p->reading, &p->message, &p->judgement, e) ==
	    -1) {
		reading_free(&p->reading);
		return -1;
	}
	freshness_read(&p->reading, &p->freshness);
	p->read = true;
	return 0;
}

/* What else it brings: keys, a report on mail of ours. */
static int
pipeline_look(struct passage *p, struct err *e)
{
	if (p->import)
		return import_is_ours(p, e);
	if (keymail_read(p->w, &p->reading, &p->judgement, p->message.id,
		&p->keys, e) == -1)
		return -1;
	return p->judgement.classification.kind == KIND_BOUNCE
		   ? bounce_read(&p->reading, &p->bounce, e)
		   : 0;
}

int
pipeline_process(struct worker *w, int64_t id, struct err *e)
{
	struct passage p;
	int rc = pipeline_begin(&p, w, id, e);

	if (rc != 1)
		goto out;
	if (strcmp(p.message.direction, "out") == 0) {
		rc = send_process(w, &p.message, e);
		goto out;
	}
	rc = -1;
	if (passage_read(&p, e) == -1 || pipeline_look(&p, e) == -1)
		goto out;
	pipeline_took(&p, STAGE_JUDGE);
	if (bounce_await(w, &p.reading, id, &p.bounce, e) == -1 ||
	    filing_await(&p, e) == -1 || filing_claim(&p, e) == -1)
		goto out;
	pipeline_took(&p, STAGE_CLAIM);
	if (pipeline_finish(&p, e) == -1)
		goto out;
	log_info("processed: id=%lld case=%s kind=%s class=%s evidence=%s",
	    (long long)id, p.incident.name == NULL ? "-" : p.incident.name,
	    p.message.kind, class_name(p.judgement.sender.class),
	    evidence_name(p.judgement.sender.evidence));
	log_debug("stages: id=%lld read=%lldus judge=%lldus claim=%lldus "
		  "keep=%lldus seal=%lldus commit=%lldus",
	    (long long)id, p.took[STAGE_READ], p.took[STAGE_JUDGE],
	    p.took[STAGE_CLAIM], p.took[STAGE_KEEP], p.took[STAGE_SEAL],
	    p.took[STAGE_COMMIT]);
	rc = 0;
out:
	passage_free(&p);
	return rc == -1 ? err_in(e, "message %lld", (long long)id) : 0;
}

/* Facts of a message that nobody could read. */
static int
pipeline_claim_quarantine(struct passage *p, struct err *e)
{
	struct worker *w = p->w;
	struct message *m = &p->message;
	int rc = -1;

	if (db_begin(w->db, e) == -1)
		return -1;
	if (m->vault_key == 0 &&
	    vault_key_create(w->vault, &m->vault_key, e) == -1)
		goto out;
	json_decref(m->facts);
	m->facts = json_pack("{s:[s], s:{s:s}}", "warnings", "quarantined",
	    "quarantine", "reason", p->reason);
	json_decref(m->content);
	m->content = json_pack("{s:n, s:s, s:[], s:[]}", "subject", "text", "",
	    "attachments", "indicators");
	if (m->facts == NULL || m->content == NULL) {
		err_set(e, ERR_BUG, "facts of a quarantine as JSON");
		goto out;
	}
	free(m->label);
	m->label = xstrdup(noroshi_tlp_name(NOROSHI_TLP_AMBER));
	rc = message_claim(w->db, w->vault, m, e);
	if (rc == 0)
		rc = db_commit(w->db, e);
out:
	if (rc == -1)
		db_rollback(w->db);
	return rc;
}

int
pipeline_quarantine(
    struct worker *w, int64_t id, const char *reason, struct err *e)
{
	struct passage p;
	int rc = pipeline_begin(&p, w, id, e);

	p.reason = reason;
	if (rc == 1 && strcmp(p.message.direction, "out") == 0) {
		rc = send_fail(w, &p.message, reason, e);
	} else if (rc == 1) {
		rc = pipeline_claim_quarantine(&p, e);
		if (rc == 0)
			rc = pipeline_finish(&p, e);
		if (rc == 0)
			log_warning("quarantined: id=%lld reason=%s",
			    (long long)id, reason);
	}
	passage_free(&p);
	return rc == -1 ? err_in(e, "quarantine of message %lld", (long long)id)
			: 0;
}
