/*
 * noroshi import mail: an archive comes in, in the order in which it was
 * written.
 *
 * Each message goes the way of all mail; that it is an archive's stands in its
 * envelope (store/envelope.h). What is known already is left out, so a call
 * that was broken off is made again and goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/message.h"
#include "cli/command.h"
#include "cli/mailstore.h"
#include "cli/option.h"
#include "cli/progress.h"
#include "cli/when.h"
#include "queue/incoming.h"
#include "store/spool_batch.h"

#define IMPORT_BATCH 64 /* messages that are made durable together */
#define IMPORT_BATCH_BYTES (16U << 20)
#define IMPORT_AHEAD 86400 /* seconds by which a sender's clock may be wrong   \
			    */

struct import_mail {
	struct session *s;
	struct mailstore store;
	enum mbox_kind kind;
	int64_t before; /* what is later is left out; 0: nothing is */
	char *source;
	struct spool_batch *batch;
	size_t batch_bytes;
	char sha[IMPORT_BATCH][SPOOL_SHA];
	uint64_t taken, known, refused, later;
};

static int
import_options(struct session *s, int argc, char **argv, struct import_mail *i,
    const char **as, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"before", required_argument, NULL, 'b'},
	    {"mbox", required_argument, NULL, 'm'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	static const char *const kinds[] = {"rd", "o", NULL};
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a') {
			*as = optarg;
		} else if (c == 'b') {
			if (when_parse(optarg, NULL, &i->before, e) == -1)
				return -1;
		} else if (c == 'm') {
			if (option_word(optarg, kinds, "--mbox", e) == -1)
				return -1;
			i->kind = strcmp(optarg, "o") == 0 ? MBOX_O : MBOX_RD;
		} else {
			s->out.json = true;
		}
	}
	if (c == -1)
		return -1;
	return option_operands(
	    argc, argv, 1, 1000, "Maildirs, folders of them, or mbox files", e);
}

/* "import:" and the last word of the first path. */
static char *
import_source(const char *path)
{
	char *copy = xstrdup(path), *name, *source;
	size_t len = strlen(copy);
	struct buf safe;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	name = strrchr(copy, '/');
	name = name == NULL || name[1] == '\0' ? copy : name + 1;
	buf_init(&safe, 128);
	for (; *name != '\0' && safe.len < 100; name++)
		buf_putc(&safe, *name > ' ' && *name < 0x7f ? *name : '_');
	source = xasprintf("%s%s", ENVELOPE_IMPORT, buf_str(&safe));
	buf_free(&safe);
	free(copy);
	return source;
}

/* All of the batch is on the disk, and then in the database. */
static int
import_flush(struct import_mail *i, struct err *e)
{
	size_t count = spool_batch_count(i->batch);
	struct incoming_message m[IMPORT_BATCH];

	if (count == 0)
		return 0;
	if (spool_batch_commit(i->batch, e) == -1)
		return -1;
	for (size_t n = 0; n < count; n++)
		m[n] = (struct incoming_message){.sha = i->sha[n]};
	if (incoming_register_all(
		i->s->db, i->s->spool, m, count, clock_now(NULL), e) == -1)
		return -1;
	i->taken += count;
	i->batch_bytes = 0;
	return session_wake(i->s, e);
}

/* What is known, or the same as another one of this round, is left out. */
static int
import_is_known(
    struct import_mail *i, const char *sha, bool *known, struct err *e)
{
	*known = false;
	for (size_t n = 0; n < spool_batch_count(i->batch) && !*known; n++)
		*known = strcmp(i->sha[n], sha) == 0;
	return *known ? 0 : message_is_known(i->s->db, sha, known, e);
}

static int
import_put(struct import_mail *i, const struct mailstore_entry *one,
    const struct buf *raw, struct err *e)
{
	struct envelope env = {.source = i->source, .received_at = one->date};
	size_t at = spool_batch_count(i->batch);
	char sha[SPOOL_SHA];
	bool known;

	spool_sha(raw->data, raw->len, sha);
	if (import_is_known(i, sha, &known, e) == -1)
		return -1;
	if (known) {
		i->known++;
		return 0;
	}
	if (spool_batch_begin(i->batch, e) == -1 ||
	    spool_batch_put(i->batch, raw->data, raw->len, e) == -1) {
		spool_batch_undo(i->batch);
		return -1;
	}
	spool_batch_end(i->batch, &env, i->sha[at]);
	i->batch_bytes += raw->len;
	return at + 1 == IMPORT_BATCH || i->batch_bytes >= IMPORT_BATCH_BYTES
		   ? import_flush(i, e)
		   : 0;
}

/* One that cannot be taken in is named, and the others go on. */
static int
import_one(
    struct import_mail *i, const struct mailstore_entry *one, struct err *e)
{
	struct err why = {0};
	struct buf raw;
	int rc;

	if (i->before != 0 && one->date >= i->before) {
		i->later++;
		return 0;
	}
	buf_init_secret(&raw, (size_t)i->s->config->limit_message);
	rc = mailstore_read(&i->store, one, i->kind, &raw, &why);
	if (rc == -1) {
		i->refused++;
		(void)fprintf(stderr, "noroshi: %s\n", why.text);
		rc = 0;
	} else {
		rc = session_room(i->s, e);
		if (rc == 0)
			rc = import_put(i, one, &raw, e);
	}
	buf_free(&raw);
	return rc;
}

static void
import_step(void *ctx, uint64_t done, uint64_t all)
{
	progress_step(ctx, done, all);
}

static int
import_run(struct import_mail *i, struct err *e)
{
	struct progress p;
	int rc;

	progress_begin(&p, "reading");
	rc = mailstore_scan(
	    &i->store, clock_now(NULL) + IMPORT_AHEAD, import_step, &p, e);
	progress_end(&p);
	progress_begin(&p, "taking in");
	for (size_t n = 0; n < i->store.count && rc == 0; n++) {
		rc = import_one(i, &i->store.entry[n], e);
		progress_step(&p, n + 1, i->store.count);
	}
	if (rc == 0)
		rc = import_flush(i, e);
	progress_end(&p);
	return rc;
}

static json_t *
import_counts(const struct import_mail *i)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I}", "source", i->source,
	    "messages", (json_int_t)i->taken, "known", (json_int_t)i->known,
	    "later", (json_int_t)i->later, "refused", (json_int_t)i->refused);
}

static int
import_record(struct import_mail *i, struct err *e)
{
	struct session *s = i->s;

	if (db_begin(s->db, e) == -1)
		return -1;
	if (session_audit(s, "import.mail", 0, 0, s->contact, import_counts(i),
		e) == -1 ||
	    db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	return 0;
}

static int
import_say(struct import_mail *i, struct err *e)
{
	struct output *o = &i->s->out;

	if (o->json)
		return output_json(o, import_counts(i), e);
	output_put(o, "%llu taken in, %llu known before",
	    (unsigned long long)i->taken, (unsigned long long)i->known);
	if (i->later > 0)
		output_put(o, ", %llu later", (unsigned long long)i->later);
	if (i->refused > 0)
		output_put(o, ", %llu refused", (unsigned long long)i->refused);
	output_put(o, "\n");
	return 0;
}

static int
import_paths(struct import_mail *i, int argc, char **argv, struct err *e)
{
	for (int n = optind; n < argc; n++)
		if (mailstore_add(&i->store, argv[n], e) == -1)
			return -1;
	return 0;
}

int
cli_import_mail(struct session *s, int argc, char **argv, struct err *e)
{
	struct import_mail i = {.s = s};
	const char *as = NULL;
	int rc = -1;

	if (import_options(s, argc, argv, &i, &as, e) == -1 ||
	    session_open(s, e) == -1 || session_spool(s, e) == -1 ||
	    session_act(s, as, e) == -1 ||
	    import_paths(&i, argc, argv, e) == -1)
		goto out;
	i.source = import_source(argv[optind]);
	i.batch = spool_batch_create(s->spool);
	rc = import_run(&i, e);
	if (rc == 0 || i.taken > 0) {
		struct err late = {0};

		/* what came in before a failure came in */
		if (import_record(&i, &late) == -1 && rc == 0) {
			*e = late;
			rc = -1;
		}
	}
	if (rc == 0)
		rc = import_say(&i, e);
	if (rc == 0 && i.refused > 0)
		rc = err_set(e, ERR_DATA, "%llu messages were not taken in",
		    (unsigned long long)i.refused);
out:
	spool_batch_free(i.batch);
	mailstore_free(&i.store);
	free(i.source);
	return rc;
}
