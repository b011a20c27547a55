/* A server that lies, drops or stalls, and what becomes of its mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <poll.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pack.h"
#include "base/test_folder.h"
#include "intake/imap_take.h"
#include "intake/test_imap_peer.h"
#include "process/ipc.h"

#define TIMEOUT 3000 /* ms */

#define GREETING                                                               \
	{                                                                      \
		"", "* OK ready\r\n"                                           \
	}
#define CAPABILITY                                                             \
	{                                                                      \
		"CAPABILITY",                                                  \
		    "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN IDLE MOVE "     \
		    "UIDPLUS\r\n% OK x\r\n"                                    \
	}
#define SELECT                                                                 \
	{                                                                      \
		"SELECT",                                                      \
		    "* FLAGS ()\r\n* 2 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n"   \
		    "% OK [READ-WRITE] x\r\n"                                  \
	}
#define LIST                                                                   \
	{                                                                      \
		"FETCH", "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n"                 \
			 "* 2 FETCH (UID 9 RFC822.SIZE 5)\r\n% OK x\r\n"       \
	}
#define BODY                                                                   \
	{                                                                      \
		"UID FETCH",                                                   \
		    "* 1 FETCH (UID 7 BODY[]<0> {5}\r\na: 1\n)\r\n"            \
		    "* 2 FETCH (BODY[]<0> {5}\r\na: 2\n UID 9)\r\n% OK x\r\n"  \
	}
#define MOVE                                                                   \
	{                                                                      \
		"UID MOVE", "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n% OK x\r\n"         \
	}
#define END                                                                    \
	{                                                                      \
		NULL, NULL                                                     \
	}

/* An intake of one mailbox, its queue, and the server. */
struct world {
	struct spool *spool;
	struct spool_batch *batch;
	struct registry *registry;
	struct ipc *queue;
	struct imap_waiter waiter;
	struct config_intake source;
	struct imap_mailbox mailbox;
	struct imap_peer peer;
	struct err e;
	size_t told; /* the queue was */
	size_t took;
};

/* The queue knows at once what it is told of. */
static void
queue_answers(struct world *w)
{
	struct ipc_frame frame;

	while (ipc_next(w->queue, &frame, NULL) == 1) {
		struct unpack u;
		struct buf body;
		char *sha;

		unpack_init(&u, frame.body, frame.len);
		sha = unpack_str(&u);
		assert_true(spool_has_new(w->spool, sha));
		buf_init(&body, 64);
		pack_u64(&body, unpack_u64(&u));
		assert_int_equal(
		    ipc_send(w->queue, IPC_REGISTERED, &body, -1, NULL), 0);
		buf_free(&body);
		free(sha);
		w->told++;
	}
}

static int
wait_for(void *ctx, int fd, short events, int64_t until)
{
	struct world *w = ctx;
	struct pollfd p = {.fd = fd, .events = events};
	int64_t left = until - clock_monotonic_ms();

	queue_answers(w);
	registry_hear(w->registry);
	if (fd == -1)
		return 1;
	return poll(&p, 1, left < 0 ? 0 : (int)left) == 1;
}

static struct world *
world_open(const char *folder)
{
	struct world *w = xcalloc(1, sizeof(*w));
	char *path = xasprintf("%s/spool", folder);
	struct strs mailboxes = {0};
	int fd[2];

	log_init("test", LOG_LEVEL_ERROR);
	assert_int_equal(spool_open(&w->spool, path, NULL), 0);
	free(path);
	assert_int_equal(ipc_pair(fd, NULL), 0);
	w->batch = spool_batch_create(w->spool);
	w->registry = registry_create();
	registry_connect(w->registry, fd[0]);
	w->queue = ipc_create(fd[1]);
	w->waiter = (struct imap_waiter){wait_for, w};
	strs_add(&mailboxes, "INBOX");
	w->source = (struct config_intake){.host = xstrdup("127.0.0.1"),
	    .tls = xstrdup("off"),
	    .user = xstrdup("u"),
	    .mechanism = xstrdup("plain"),
	    .done = xstrdup("Done"),
	    .refused = xstrdup("Refused"),
	    .mailboxes = mailboxes};
	imap_mailbox_init(&w->mailbox, "u", "INBOX", false);
	return w;
}

static void
world_close(struct world *w)
{
	imap_mailbox_free(&w->mailbox);
	free(w->source.host);
	free(w->source.tls);
	free(w->source.user);
	free(w->source.mechanism);
	free(w->source.done);
	free(w->source.refused);
	strs_free(&w->source.mailboxes);
	registry_free(w->registry);
	ipc_free(w->queue);
	spool_batch_free(w->batch);
	spool_close(w->spool);
	free(w);
}

/* From the greeting to the login. */
static int
log_in(struct world *w, struct imap_offers *offers, struct imap_stream **s)
{
	if (imap_stream_open(
		s, "127.0.0.1", w->peer.port, &w->waiter, TIMEOUT, &w->e) == -1)
		return -1;
	return imap_login(
	    *s, &w->source, NULL, "secret", TIMEOUT, offers, &w->e);
}

/* One connection: login, and the mailbox read once. */
static int
session(struct world *w, const struct imap_answer *answer, char **heard)
{
	struct imap_stream *s = NULL;
	struct imap_offers offers;
	struct imap_box *box = NULL;
	int rc = -1;

	w->e = (struct err){0};
	imap_peer_start(&w->peer, answer);
	if (log_in(w, &offers, &s) == 0) {
		rc = imap_box_open(&box, s, &offers, TIMEOUT, &w->e);
		s = NULL;
	}
	if (rc == 0) {
		struct imap_taker t = {.source = &w->source,
		    .waiter = &w->waiter,
		    .registry = w->registry,
		    .batch = w->batch,
		    .box = box,
		    .limit = 1U << 20,
		    .at_once = 64};

		rc = imap_take(&t, &w->mailbox, &w->took, &w->e);
	}
	imap_stream_close(s);
	imap_box_close(box);
	*heard = imap_peer_stop(&w->peer);
	return rc;
}

/* Reads one mailbox as above, and gives back what the queue was told. */
static void
assert_session(void **state, const struct imap_answer *answer, int expected,
    size_t told, bool moved, const char *text)
{
	struct world *w = world_open(*state);
	int64_t before = clock_monotonic_ms();
	char *heard;

	assert_int_equal(session(w, answer, &heard), expected);
	if (text != NULL && strstr(w->e.text, text) == NULL)
		assert_string_equal(w->e.text, text);
	assert_true(clock_monotonic_ms() - before < 10 * TIMEOUT);
	assert_int_equal(w->told, told);
	assert_int_equal(strstr(heard, "UID MOVE") != NULL, moved);
	free(heard);
	world_close(w);
}

static void
a_server_that_tells_the_truth_is_believed(void **state)
{
	static const struct imap_answer answer[] = {
	    GREETING, CAPABILITY, SELECT, LIST, BODY, MOVE, END};
	struct world *w = world_open(*state);
	char *heard;

	if (session(w, answer, &heard) == -1)
		fail_msg("%s", w->e.text);
	assert_int_equal(w->told, 2);
	assert_int_equal(w->took, 2);
	assert_non_null(strstr(heard, "AUTHENTICATE PLAIN AHUAc2VjcmV0\r\n"));
	assert_non_null(strstr(heard, "UID MOVE 7,9 Done\r\n"));
	assert_null(strstr(heard, "EXPUNGE"));
	assert_int_equal(w->mailbox.count, 0);
	free(heard);
	world_close(w);
}

static void
without_move_just_these_are_expunged(void **state)
{
	static const struct imap_answer answer[] = {GREETING,
	    {"CAPABILITY",
		"* CAPABILITY IMAP4rev1 AUTH=PLAIN UIDPLUS\r\n% OK x\r\n"},
	    {"AUTHENTICATE PLAIN", "+ \r\n"}, {"AHUAc2VjcmV0", "n OK x\r\n"},
	    SELECT, LIST, BODY, END};
	struct world *w = world_open(*state);
	char *heard;

	if (session(w, answer, &heard) == -1)
		fail_msg("%s", w->e.text);
	assert_non_null(strstr(heard, "UID COPY 7,9 Done\r\n"));
	assert_non_null(
	    strstr(heard, "UID STORE 7,9 +FLAGS.SILENT (\\Deleted)\r\n"));
	assert_non_null(strstr(heard, "UID EXPUNGE 7,9\r\n"));
	/* It still shows them: they are not taken again, now nor later. */
	assert_int_equal(w->told, 2);
	free(heard);
	if (session(w, answer, &heard) == -1)
		fail_msg("%s", w->e.text);
	assert_int_equal(w->told, 2);
	assert_null(strstr(heard, "BODY.PEEK"));
	free(heard);
	world_close(w);
}

static void
a_server_that_can_move_nothing_is_an_error(void **state)
{
	static const struct imap_answer answer[] = {GREETING,
	    {"CAPABILITY",
		"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n% OK x\r\n"},
	    SELECT, LIST, BODY, END};

	assert_session(
	    state, answer, -1, 2, false, "neither MOVE (RFC 6851) nor");
}

static void
what_was_not_asked_for_is_not_taken(void **state)
{
	static const struct imap_answer answer[] = {GREETING, CAPABILITY,
	    SELECT,
	    {"FETCH", "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n"
		      "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n"
		      "* 2 FETCH (UID 0 RFC822.SIZE 5)\r\n"
		      "* 2 FETCH (RFC822.SIZE 5)\r\n% OK x\r\n"},
	    {"UID FETCH",
		"* 8 FETCH (UID 88 BODY[]<0> {5}\r\nb: 1\n)\r\n"
		"* 1 FETCH (BODY[]<0> {5}\r\nc: 1\n)\r\n"
		"* 1 FETCH (UID 7 BODY[]<3> {5}\r\nd: 1\n)\r\n"
		"* 1 FETCH (UID 7 FLAGS (\\Seen))\r\n"
		"* 1 FETCH (UID 7 BODY[]<0> {5}\r\na: 1\n)\r\n"
		"* 1 FETCH (UID 7 BODY[]<0> {5}\r\ne: 1\n)\r\n% OK x\r\n"},
	    MOVE, END};

	assert_session(state, answer, 0, 1, true, NULL);
}

static void
a_literal_of_any_length_is_not_waited_for(void **state)
{
	static const struct imap_answer answer[] = {GREETING, CAPABILITY,
	    SELECT, LIST,
	    {"UID FETCH", "* 1 FETCH (UID 7 BODY[]<0> {4294967295}\r\nx"}, END};

	assert_session(state, answer, -1, 0, false, "literal over");
}

static void
a_message_that_is_cut_off_is_not_taken(void **state)
{
	static const struct imap_answer answer[] = {GREETING, CAPABILITY,
	    SELECT, LIST,
	    {"UID FETCH", "* 1 FETCH (UID 7 BODY[]<0> {5}\r\na: " PEER_CLOSE},
	    END};

	assert_session(state, answer, -1, 0, false, "closed the connection");
}

static void
a_server_that_stalls_has_its_deadline(void **state)
{
	static const struct imap_answer silent[] = {{"", PEER_SILENT}, END};

	assert_session(state, silent, -1, 0, false, "does not answer");
}

static void
in_the_middle_of_a_message_too(void **state)
{
	static const struct imap_answer answer[] = {GREETING, CAPABILITY,
	    SELECT, LIST,
	    {"UID FETCH", "* 1 FETCH (UID 7 BODY[]<0> {5}\r\na: " PEER_SILENT},
	    END};

	assert_session(state, answer, -1, 0, false, "does not answer");
}

static void
lines_without_an_end_are_cut(void **state)
{
	static const struct imap_answer flood[] = {GREETING, CAPABILITY,
	    {"SELECT", "* 1 EXPUNGE\r\n" PEER_ENDLESS}, END};

	assert_session(state, flood, -1, 0, false, "without an end");
}

static void
so_is_one_long_line(void **state)
{
	static const struct imap_answer line[] = {
	    {"", "* OK xxxxxxxxxxxxxxxx" PEER_ENDLESS}, END};

	assert_session(state, line, -1, 0, false, "a line over");
}

static void
more_messages_than_there_are_have_an_end(void **state)
{
	static const struct imap_answer answer[] = {GREETING, CAPABILITY,
	    {"SELECT",
		"* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n% OK x\r\n"},
	    END};

	assert_session(state, answer, 0, 0, false, NULL);
}

static void
a_larger_message_than_was_announced_comes_whole(void **state)
{
	static const struct imap_answer answer[] = {GREETING, CAPABILITY,
	    {"SELECT", "* 1 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n% OK x\r\n"},
	    {"FETCH", "* 1 FETCH (UID 7 RFC822.SIZE 9)\r\n% OK x\r\n"},
	    {"UID FETCH 7 (UID BODY.PEEK[]<0.",
		"* 1 FETCH (UID 7 BODY[]<0> {5}\r\na: 1\n)\r\n% OK x\r\n"},
	    {"UID FETCH 7 (UID BODY.PEEK[]<5.",
		"* 1 FETCH (UID 7 BODY[]<5> {5}\r\nb: 2\n)\r\n% OK x\r\n"},
	    {"UID FETCH 7 (UID BODY.PEEK[]<10.",
		"* 1 FETCH (UID 7 BODY[]<10> \"\")\r\n% OK x\r\n"},
	    MOVE, END};
	struct world *w = world_open(*state);
	struct strs names = {0};
	struct buf bytes;
	char *heard;

	if (session(w, answer, &heard) == -1)
		fail_msg("%s", w->e.text);
	assert_int_equal(w->told, 1);
	assert_int_equal(spool_list_new(w->spool, &names, NULL), 0);
	assert_int_equal(names.count, 1);
	buf_init(&bytes, 100);
	assert_int_equal(
	    spool_read_new(w->spool, names.item[0], &bytes, NULL), 0);
	assert_string_equal(buf_str(&bytes), "a: 1\nb: 2\n");
	buf_free(&bytes);
	strs_free(&names);
	free(heard);
	world_close(w);
}

static void
what_was_fetched_before_the_connection_broke_is_only_moved(void **state)
{
	static const struct imap_answer broken[] = {GREETING, CAPABILITY,
	    SELECT, LIST, BODY, {"UID MOVE", PEER_CLOSE}, END};
	static const struct imap_answer whole[] = {
	    GREETING, CAPABILITY, SELECT, LIST, MOVE, END};
	struct world *w = world_open(*state);
	char *heard;

	assert_int_equal(session(w, broken, &heard), -1);
	assert_int_equal(w->told, 2);
	free(heard);
	if (session(w, whole, &heard) == -1)
		fail_msg("%s", w->e.text);
	assert_int_equal(w->told, 2);
	assert_null(strstr(heard, "BODY.PEEK"));
	assert_non_null(strstr(heard, "UID MOVE"));
	free(heard);
	world_close(w);
}

static void
a_refusal_of_one_mailbox_leaves_the_connection(void **state)
{
	static const struct imap_answer answer[] = {
	    GREETING, CAPABILITY, {"SELECT", "% NO [NONEXISTENT] x\r\n"}, END};
	struct world *w = world_open(*state);
	char *heard;

	assert_int_equal(session(w, answer, &heard), -1);
	assert_int_equal(w->e.code, ERR_DENIED);
	assert_non_null(strstr(heard, "LOGOUT"));
	free(heard);
	world_close(w);
}

static void
no_password_goes_to_a_server_that_does_not_ask_for_it(void **state)
{
	static const struct imap_answer answer[] = {GREETING,
	    {"CAPABILITY",
		"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n% OK x\r\n"},
	    END};
	struct world *w = world_open(*state);
	char *heard;

	assert_int_equal(session(w, answer, &heard), -1);
	assert_non_null(strstr(w->e.text, "does not offer AUTH=PLAIN"));
	assert_null(strstr(heard, "AUTHENTICATE"));
	free(heard);
	free(w->source.mechanism);
	w->source.mechanism = xstrdup("login");
	assert_int_equal(session(w, answer, &heard), -1);
	assert_non_null(strstr(w->e.text, "forbids LOGIN"));
	assert_null(strstr(heard, "secret"));
	free(heard);
	world_close(w);
}

static void
a_server_that_repeats_the_password_is_not_quoted(void **state)
{
	static const struct imap_answer answer[] = {GREETING, CAPABILITY,
	    {"AUTHENTICATE",
		"% NO [AUTHENTICATIONFAILED] not AHUAc2VjcmV0 secret\r\n"},
	    END};
	struct world *w = world_open(*state);
	char *heard;

	assert_int_equal(session(w, answer, &heard), -1);
	assert_int_equal(w->e.code, ERR_DENIED);
	assert_non_null(strstr(w->e.text, "[AUTHENTICATIONFAILED]"));
	assert_null(strstr(w->e.text, "secret"));
	assert_null(strstr(w->e.text, "AHUA"));
	free(heard);
	world_close(w);
}

static void
starttls_that_is_not_offered_ends_it(void **state, const char *greeting,
    const char *capability, const char *text)
{
	const struct imap_answer answer[] = {
	    {"", greeting}, {"CAPABILITY", capability}, END};
	struct world *w = world_open(*state);
	char *heard;

	free(w->source.tls);
	w->source.tls = xstrdup("starttls");
	assert_int_equal(session(w, answer, &heard), -1);
	if (strstr(w->e.text, text) == NULL)
		assert_string_equal(w->e.text, text);
	assert_null(strstr(heard, "AUTHENTICATE"));
	free(heard);
	world_close(w);
}

static void
nothing_is_said_in_clear_where_tls_is_wanted(void **state)
{
	starttls_that_is_not_offered_ends_it(state, "* OK ready\r\n",
	    "* CAPABILITY AUTH=PLAIN\r\n% OK x\r\n", "does not offer STARTTLS");
	starttls_that_is_not_offered_ends_it(
	    state, "* PREAUTH ready\r\n", "% OK x\r\n", "greets by PREAUTH");
}

static void
what_was_slipped_in_behind_starttls_ends_it(void **state)
{
	static const struct imap_answer answer[] = {GREETING,
	    {"CAPABILITY", "* CAPABILITY STARTTLS\r\n% OK x\r\n"},
	    {"STARTTLS", "% OK x\r\n* CAPABILITY AUTH=PLAIN\r\n"}, END};
	struct world *w = world_open(*state);
	char *heard;

	free(w->source.tls);
	w->source.tls = xstrdup("starttls");
	assert_int_equal(session(w, answer, &heard), -1);
	assert_non_null(strstr(w->e.text, "bytes in clear after STARTTLS"));
	free(heard);
	world_close(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, test_folder_open, test_folder_close)
	    TEST(a_server_that_tells_the_truth_is_believed),
	    TEST(without_move_just_these_are_expunged),
	    TEST(a_server_that_can_move_nothing_is_an_error),
	    TEST(what_was_not_asked_for_is_not_taken),
	    TEST(a_literal_of_any_length_is_not_waited_for),
	    TEST(a_message_that_is_cut_off_is_not_taken),
	    TEST(a_server_that_stalls_has_its_deadline),
	    TEST(in_the_middle_of_a_message_too),
	    TEST(lines_without_an_end_are_cut),
	    TEST(so_is_one_long_line),
	    TEST(more_messages_than_there_are_have_an_end),
	    TEST(a_larger_message_than_was_announced_comes_whole),
	    TEST(what_was_fetched_before_the_connection_broke_is_only_moved),
	    TEST(a_refusal_of_one_mailbox_leaves_the_connection),
	    TEST(no_password_goes_to_a_server_that_does_not_ask_for_it),
	    TEST(a_server_that_repeats_the_password_is_not_quoted),
	    TEST(nothing_is_said_in_clear_where_tls_is_wanted),
	    TEST(what_was_slipped_in_behind_starttls_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
