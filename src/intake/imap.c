#include "intake/imap.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "intake/imap_take.h"
#include "intake/room.h"
#include "process/secret.h"
#include "store/again.h"

#define IMAP_PAUSE 1000 /* ms after the first failure */
#define IMAP_PAUSE_MAX 300000 /* ms */
#define IMAP_ONCE_TRIES 3 /* failures in a row, then --once goes without */
#define IMAP_SECRET_MS 40000 /* until the supervisor has a password */
#define IMAP_IDLE_MS 540000 /* RFC 2177: under 29 minutes; NAT forgets */
#define IMAP_CHATTER_MS 1000 /* after a server that said nothing new */

struct imap {
	const struct config *config;
	const struct config_intake *source;
	const struct role_start *start;
	struct registry *registry;
	struct spool *spool;
	struct spool_batch *batch;
	struct imap_waiter waiter;
	struct imap_mailbox *mailbox;
	size_t mailboxes;
	struct tls *tls; /* of this connection; NULL: none */
	struct imap_box *box; /* NULL: no connection */
	struct imap_offers offers;
	struct room room;
	char *again; /* restored: done is to be read, and that be said by this
			name (store/again.h); NULL: not */
	size_t at_once;
	bool asked; /* the supervisor, and it has not answered */
	char *secret; /* its answer, or NULL */
	struct err no_secret;
	unsigned tries; /* failures in a row */
	bool denied; /* some mailbox could not be read */
	bool given_up; /* --once: mail stays at the server */
	bool stop;
};

static void
imap_take_secret(struct imap *im, const struct ipc_frame *frame)
{
	struct unpack u;
	char *secret, *why;

	unpack_init(&u, frame->body, frame->len);
	secret = unpack_str(&u);
	why = unpack_str(&u);
	im->asked = false;
	secret_free(im->secret);
	im->secret = NULL;
	if (unpack_done(&u) && secret != NULL) {
		im->secret = secret;
		secret = NULL;
	}
	(void)err_set(&im->no_secret, ERR_DENIED, "no password: %s",
	    why == NULL ? "" : why);
	secret_free(secret);
	free(why);
}

static void
imap_frame(struct imap *im, const struct ipc_frame *frame)
{
	struct unpack u;

	unpack_init(&u, frame->body, frame->len);
	if (frame->type == IPC_STOP) {
		im->stop = true;
	} else if (frame->type == IPC_SECRET && im->asked) {
		imap_take_secret(im, frame);
	} else if (frame->type == IPC_PEER && unpack_u64(&u) == ROLE_QUEUE &&
		   frame->fd != -1) {
		registry_connect(im->registry, frame->fd);
		return;
	} else {
		log_error("frame not expected: from=noroshid type=%d",
		    (int)frame->type);
	}
	if (frame->fd != -1)
		close(frame->fd);
}

static void
imap_hear(struct imap *im)
{
	struct ipc_frame frame;
	int rc;

	while ((rc = ipc_next(im->start->control, &frame, NULL)) == 1)
		imap_frame(im, &frame);
	/* The supervisor has gone. */
	if (rc == -1)
		im->stop = true;
}

/* struct imap_waiter: the one place in which this process waits. */
static int
imap_wait(void *ctx, int fd, short events, int64_t until)
{
	struct imap *im = ctx;

	for (;;) {
		struct pollfd p[3] = {
		    {.fd = ipc_fd(im->start->control), .events = POLLIN},
		    {.fd = registry_fd(im->registry), .events = POLLIN},
		    {.fd = fd, .events = events},
		};
		int64_t left = until - clock_monotonic_ms();

		if (im->stop)
			return -1;
		left = left < 0 ? 0 : left > INT_MAX ? INT_MAX : left;
		if (poll(p, 3, (int)left) == -1)
			continue;
		if (p[0].revents != 0)
			imap_hear(im);
		if (p[1].revents != 0)
			registry_hear(im->registry);
		if (im->stop)
			return -1;
		if (p[2].revents != 0 ||
		    (fd == -1 && (p[0].revents | p[1].revents) != 0))
			return 1;
		if (left == 0)
			return 0;
	}
}

static void
imap_pause(struct imap *im, int64_t ms)
{
	int64_t until = clock_monotonic_ms() + ms;

	while (imap_wait(im, -1, 0, until) == 1)
		;
	/* A path has another file now: the next process may open it. */
	if (sandbox_is_stale(im->start->sandbox))
		im->stop = true;
}

/* A password may have been changed, a token has expired: it is asked anew. */
static int
imap_ask(struct imap *im, struct err *e)
{
	int64_t until = clock_monotonic_ms() + IMAP_SECRET_MS;

	im->asked = true;
	(void)err_set(&im->no_secret, ERR_TEMP, "no password came");
	if (ipc_send(im->start->control, IPC_ASK, NULL, -1, e) == -1)
		return -1;
	while (im->asked)
		if (imap_wait(im, -1, 0, until) != 1)
			break;
	if (im->secret != NULL)
		return 0;
	*e = im->no_secret;
	return -1;
}

static void
imap_disconnect(struct imap *im)
{
	imap_box_close(im->box);
	im->box = NULL;
	tls_close(im->tls);
	im->tls = NULL;
}

static int
imap_connect(struct imap *im, struct err *e)
{
	const struct config_intake *source = im->source;
	int timeout = (int)source->timeout * 1000;
	struct imap_stream *s = NULL;
	int rc = -1;

	if (imap_ask(im, e) == -1)
		return -1;
	if (strcmp(source->tls, "off") != 0 &&
	    tls_open(&im->tls, source->host, source->ca_file, e) == -1)
		goto out;
	if (imap_stream_open(&s, source->host, (uint16_t)source->port,
		&im->waiter, timeout, e) == -1 ||
	    imap_login(
		s, source, im->tls, im->secret, timeout, &im->offers, e) == -1)
		goto out;
	rc = imap_box_open(&im->box, s, &im->offers, timeout, e);
	s = NULL;
out:
	secret_free(im->secret);
	im->secret = NULL;
	imap_stream_close(s);
	if (rc == -1)
		imap_disconnect(im);
	return rc;
}

/* Reads one mailbox until it brings nothing more. */
static int
imap_read(struct imap *im, struct imap_mailbox *m, size_t *took, struct err *e)
{
	struct imap_taker t = {.source = im->source,
	    .waiter = &im->waiter,
	    .registry = im->registry,
	    .batch = im->batch,
	    .box = im->box,
	    .limit = (uint64_t)im->config->limit_message,
	    .at_once = im->at_once};
	size_t now = 0;
	int rc;

	do {
		rc = imap_take(&t, m, &now, e);
		*took += now;
	} while (rc == 0 && now > 0 && !m->keep);
	im->at_once = t.at_once;
	m->read = rc == 0;
	return rc;
}

/* Reads all of them; one that is in trouble does not stop the others. */
static int
imap_read_all(struct imap *im, size_t *took, struct err *e)
{
	*took = 0;
	im->denied = false;
	if (!room_for(&im->room, 0))
		return 0; /* it stays at the server for now */
	for (size_t i = 0; i < im->mailboxes; i++) {
		struct imap_mailbox *m = &im->mailbox[i];
		struct err why = {0};

		if ((m->keep && m->read) || imap_read(im, m, took, &why) == 0)
			continue;
		if (why.code != ERR_DENIED) {
			*e = why;
			return -1;
		}
		im->denied = true;
		log_error("mailbox not read: error=%s", why.text);
	}
	return 0;
}

/* True where something is under way between the queue and a mailbox. */
static bool
imap_is_unsettled(const struct imap *im)
{
	for (size_t i = 0; i < im->mailboxes; i++)
		if (imap_mailbox_count(&im->mailbox[i], IMAP_TOLD) > 0 ||
		    imap_mailbox_count(&im->mailbox[i], IMAP_KNOWN) > 0)
			return true;
	return false;
}

/* How many mailboxes new mail is waited for in. */
static size_t
imap_watched(const struct imap *im)
{
	size_t n = 0;

	for (size_t i = 0; i < im->mailboxes; i++)
		n += im->mailbox[i].keep ? 0 : 1;
	return n;
}

/* IDLE tells of the mailbox that is selected; the others wait for the clock. */
static int
imap_idle(struct imap *im, int64_t until, struct err *e)
{
	uint32_t validity;
	int rc = 0;

	if (imap_box_select(im->box, im->mailbox[0].wire, &validity, e) == -1)
		return -1;
	/* What came before the SELECT was told to nobody. */
	if (validity != im->mailbox[0].validity ||
	    imap_box_exists(im->box) >
		imap_mailbox_count(&im->mailbox[0], IMAP_LEFT))
		return 0;
	while (rc == 0 && !im->stop && clock_monotonic_ms() < until) {
		rc = imap_box_idle(im->box, until, e);
		if (rc == 0 && clock_monotonic_ms() < until)
			imap_pause(im, IMAP_CHATTER_MS);
	}
	return rc == -1 ? -1 : 0;
}

/* Waits until the mailboxes are to be read again. */
static int
imap_rest(struct imap *im, size_t took, struct err *e)
{
	int64_t now = clock_monotonic_ms();
	int64_t ms = im->source->poll * 1000;
	struct err why = {0};

	if (im->denied || im->room.low) {
		imap_pause(im, im->room.low ? ROOM_AGAIN : ms);
		return 0;
	}
	/* A server may say "new mail" for ever, and have none. */
	if (took == 0 || imap_is_unsettled(im))
		imap_pause(im, IMAP_CHATTER_MS);
	if (imap_is_unsettled(im) || im->stop)
		return 0;
	if (im->offers.idle) {
		if (imap_watched(im) == 1)
			ms = IMAP_IDLE_MS;
		if (imap_idle(im, now + ms, &why) == 0)
			return 0;
		if (why.code != ERR_DENIED) {
			*e = why;
			return -1;
		}
		log_warning("no IDLE, looking every %llds: source=%s error=%s",
		    (long long)im->source->poll, im->mailbox[0].source,
		    why.text);
		im->offers.idle = false;
		ms = im->source->poll * 1000;
	}
	imap_pause(im, ms);
	return 0;
}

/* What a restore asked for was done: the done folder was read to its end. */
static void
imap_read_again(struct imap *im)
{
	struct err e = {0};

	if (im->again == NULL || im->denied || im->room.low ||
	    imap_is_unsettled(im))
		return;
	if (again_done(im->config->spool, im->again, &e) == -1)
		log_warning("done folder is read once more: error=%s", e.text);
	free(im->again);
	im->again = NULL;
}

/* From a new connection to its end, which is an error but for --once. */
static int
imap_session(struct imap *im, struct err *e)
{
	size_t took;

	if (imap_connect(im, e) == -1)
		return -1;
	log_info("connected: source=imap:%s host=%s idle=%d move=%d",
	    im->source->user, im->source->host, im->offers.idle,
	    im->offers.move);
	while (!im->stop) {
		if (imap_read_all(im, &took, e) == -1)
			return -1;
		if (!im->denied)
			im->tries = 0;
		imap_read_again(im);
		if (im->config->once && im->denied)
			return err_set(
			    e, ERR_DENIED, "a mailbox could not be read");
		if (im->config->once && !imap_is_unsettled(im))
			return 0;
		if (imap_rest(im, took, e) == -1)
			return -1;
	}
	return 0;
}

/* Doubled each time, and between three and five quarters of that. */
static int64_t
imap_backoff(unsigned tries)
{
	int64_t pause = IMAP_PAUSE;
	uint16_t random;

	for (unsigned i = 1; i < tries && pause < IMAP_PAUSE_MAX; i++)
		pause *= 2;
	if (pause > IMAP_PAUSE_MAX)
		pause = IMAP_PAUSE_MAX;
	clock_random(NULL, &random, sizeof(random));
	return pause - pause / 4 + pause * random / (2 * (UINT16_MAX + 1));
}

/* --once: all was read, or all that can be. A new queue is told so again. */
static void
imap_drained(struct imap *im)
{
	while (!im->stop) {
		if (registry_fd(im->registry) != -1 &&
		    registry_count(im->registry, NULL) == 0)
			(void)registry_drained(im->registry);
		(void)imap_wait(im, -1, 0, INT64_MAX);
	}
}

static void
imap_failed(struct imap *im, const struct err *e)
{
	int64_t pause = imap_backoff(++im->tries);

	/* What was refused is not given because it is asked for again. */
	if (im->config->once &&
	    (im->tries >= IMAP_ONCE_TRIES || e->code == ERR_DENIED)) {
		log_error("mail stays at its source: source=imap:%s error=%s",
		    im->source->user, e->text);
		im->given_up = true;
		return;
	}
	log_error("imap waits: source=imap:%s pause=%lldms error=%s",
	    im->source->user, (long long)pause, e->text);
	imap_pause(im, pause);
}

static void
imap_loop(struct imap *im)
{
	while (!im->stop) {
		struct err e = {0};
		int rc = imap_session(im, &e);

		imap_disconnect(im);
		if (rc == -1 && !im->stop)
			imap_failed(im, &e);
		if (im->config->once && (rc == 0 || im->given_up))
			imap_drained(im);
	}
}

/* After a restore the done folder holds what came since the backup. */
static int
imap_is_restored(struct imap *im, struct err *e)
{
	char *name = xasprintf("imap:%s@%s", im->source->user, im->source->host);
	int64_t since;
	bool wanted;

	if (again_wanted(im->config->spool, name, &wanted, &since, e) == -1) {
		free(name);
		return -1;
	}
	if (wanted)
		im->again = name;
	else
		free(name);
	return 0;
}

static int
imap_init(struct imap *im, struct role_start *start, struct err *e)
{
	const struct config_intake *source =
	    config_imap(start->config, start->number);

	if (source == NULL)
		return err_set(
		    e, ERR_BUG, "no IMAP source of number %u", start->number);
	im->config = start->config;
	im->source = source;
	im->start = start;
	im->waiter = (struct imap_waiter){imap_wait, im};
	im->at_once = IMAP_FETCH_MAX;
	im->registry = registry_create();
	if (imap_is_restored(im, e) == -1)
		return -1;
	im->mailbox =
	    xcalloc(source->mailboxes.count + 1, sizeof(*im->mailbox));
	for (size_t i = 0; i < source->mailboxes.count; i++)
		imap_mailbox_init(&im->mailbox[im->mailboxes++], source->user,
		    source->mailboxes.item[i], false);
	if (source->again || im->again != NULL)
		imap_mailbox_init(&im->mailbox[im->mailboxes++], source->user,
		    source->done, true);
	if (spool_open(&im->spool, im->config->spool, e) == -1)
		return -1;
	im->room = (struct room){
	    .spool = im->spool, .least = (uint64_t)im->config->limit_free};
	im->batch = spool_batch_create(im->spool);
	return role_confine(ROLE_INTAKE, start, e);
}

static void
imap_free(struct imap *im)
{
	imap_disconnect(im);
	registry_free(im->registry);
	spool_batch_free(im->batch);
	spool_close(im->spool);
	for (size_t i = 0; i < im->mailboxes; i++)
		imap_mailbox_free(&im->mailbox[i]);
	free(im->mailbox);
	free(im->again);
	secret_free(im->secret);
}

int
imap_run(struct role_start *start)
{
	struct imap im = {0};
	struct err e = {0};
	int code = 0;

	if (imap_init(&im, start, &e) == -1) {
		log_error("%s", e.text);
		code = (int)e.code;
	} else {
		imap_loop(&im);
	}
	imap_free(&im);
	return code;
}
