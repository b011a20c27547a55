#include "intake/lmtp_server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/pack.h"
#include "base/test_folder.h"
#include "process/ipc.h"

#define PATIENCE 30000 /* ms */
#define CLIENTS 4 /* at most, here */

#define START                                                                  \
	"LHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"       \
	"DATA\r\n"

/* A server, and the queue's end of its channel. */
struct place {
	char *folder;
	struct sockaddr_un address;
	struct config *config;
	struct spool *spool;
	struct registry *registry;
	struct room room;
	struct lmtp_server *server;
	struct ipc *queue; /* NULL: none */
	bool silent; /* the queue answers nothing */
	size_t registered;
	struct err e;
};

static void
place_queue(struct place *p)
{
	int fd[2];

	assert_int_equal(ipc_pair(fd, NULL), 0);
	registry_connect(p->registry, fd[0]);
	p->queue = ipc_create(fd[1]);
}

static int
place_open(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	char *spool;
	int fd;

	p->folder = test_folder_make();
	spool = xasprintf("%s/spool", p->folder);
	p->config = config_create();
	p->config->lmtp_connections = CLIENTS;
	*state = p;
	assert_int_equal(spool_open(&p->spool, spool, &p->e), 0);
	free(spool);
	p->registry = registry_create();
	p->room = (struct room){.spool = p->spool};
	p->server =
	    lmtp_server_create(p->config, p->spool, p->registry, &p->room);
	p->address.sun_family = AF_UNIX;
	(void)snprintf(p->address.sun_path, sizeof(p->address.sun_path),
	    "%s/lmtp", p->folder);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&p->address, sizeof(p->address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(lmtp_server_listen(p->server, fd, &p->e), 0);
	place_queue(p);
	return 0;
}

static int
place_close(void **state)
{
	struct place *p = *state;
	int rc;

	lmtp_server_free(p->server);
	registry_free(p->registry);
	ipc_free(p->queue);
	spool_close(p->spool);
	config_free(p->config);
	rc = test_folder_remove(p->folder);
	free(p);
	return rc;
}

/* What the queue was told of, it answers. */
static void
place_answer(struct place *p)
{
	struct ipc_frame frame;

	while (p->queue != NULL && !p->silent &&
	       ipc_next(p->queue, &frame, NULL) == 1) {
		struct unpack u;
		struct buf body;
		char *sha;

		unpack_init(&u, frame.body, frame.len);
		sha = unpack_str(&u);
		assert_true(spool_has_new(p->spool, sha));
		buf_init(&body, 64);
		pack_u64(&body, unpack_u64(&u));
		assert_int_equal(
		    ipc_send(p->queue, IPC_REGISTERED, &body, -1, NULL), 0);
		buf_free(&body);
		free(sha);
		p->registered++;
	}
}

/* One round of intake's loop. */
static void
place_round(struct place *p)
{
	struct pollfd f[2] = {
	    {.fd = lmtp_server_fd(p->server), .events = POLLIN},
	    {.fd = registry_fd(p->registry), .events = POLLIN},
	};
	int wait = lmtp_server_timeout(p->server);

	(void)poll(f, 2, wait == -1 || wait > 10 ? 10 : wait);
	place_answer(p);
	registry_hear(p->registry);
	lmtp_server_run(p->server);
}

static int
client_open(struct place *p)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
	    connect(fd, (struct sockaddr *)&p->address, sizeof(p->address)), 0);
	return fd;
}

static void
client_say(int fd, const char *text)
{
	assert_int_equal(
	    send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Runs the server until the client has heard text; false: it did not. */
static bool
client_hears(struct place *p, int fd, const char *text)
{
	int64_t end = clock_monotonic_ms() + PATIENCE;
	char heard[65536];
	size_t len = 0;

	while (clock_monotonic_ms() < end && len < sizeof(heard) - 1) {
		ssize_t n = recv(
		    fd, heard + len, sizeof(heard) - 1 - len, MSG_DONTWAIT);

		if (n > 0)
			len += (size_t)n;
		heard[len] = '\0';
		if (strstr(heard, text) != NULL)
			return true;
		if (n == 0)
			return false;
		place_round(p);
	}
	return false;
}

static bool
client_is_closed(struct place *p, int fd)
{
	int64_t end = clock_monotonic_ms() + PATIENCE;
	char c[4096];

	while (clock_monotonic_ms() < end) {
		ssize_t n = recv(fd, c, sizeof(c), MSG_DONTWAIT);

		if (n == 0 || (n == -1 && errno != EAGAIN))
			return true;
		place_round(p);
	}
	return false;
}

static size_t
place_messages(struct place *p)
{
	struct strs names = {0};
	size_t n;

	assert_int_equal(spool_list_new(p->spool, &names, &p->e), 0);
	n = names.count;
	strs_free(&names);
	return n;
}

static void
a_250_is_said_once_the_queue_has_the_message(void **state)
{
	struct place *p = *state;
	int fd = client_open(p);
	struct envelope *env;
	struct strs names = {0};
	size_t count;

	p->silent = true;
	client_say(fd, START "Subject: x\r\n\r\n..\r\n.\r\n");
	assert_true(client_hears(p, fd, "354 "));
	for (int i = 0; i < 20; i++)
		place_round(p);
	assert_int_equal(recv(fd, &count, 1, MSG_DONTWAIT), -1);
	assert_int_equal(place_messages(p), 1);
	p->silent = false;
	assert_true(client_hears(p, fd, "250 2.0.0 "));
	assert_int_equal(p->registered, 1);
	assert_int_equal(spool_list_new(p->spool, &names, &p->e), 0);
	assert_int_equal(
	    spool_envelopes(p->spool, names.item[0], &env, &count, &p->e), 0);
	assert_int_equal(count, 1);
	assert_string_equal(env->source, "lmtp");
	assert_string_equal(env->sender, "a@b.example");
	assert_string_equal(env->recipients.item[0], "c@d.example");
	envelope_list_free(env, count);
	strs_free(&names);
	close(fd);
}

static void
many_clients_share_a_round_and_the_same_bytes_keep_each_envelope(void **state)
{
	struct place *p = *state;
	struct envelope *env;
	struct strs names = {0};
	size_t count;
	int fd[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		char *text =
		    xasprintf("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<r%d@x>\r\n"
			      "DATA\r\nsame\r\n.\r\n",
			i);

		fd[i] = client_open(p);
		client_say(fd[i], text);
		free(text);
	}
	for (int i = 0; i < CLIENTS; i++) {
		assert_true(client_hears(p, fd[i], "250 2.0.0 "));
		close(fd[i]);
	}
	assert_int_equal(spool_list_new(p->spool, &names, &p->e), 0);
	assert_int_equal(names.count, 1);
	assert_int_equal(
	    spool_envelopes(p->spool, names.item[0], &env, &count, &p->e), 0);
	assert_int_equal(count, CLIENTS);
	envelope_list_free(env, count);
	strs_free(&names);
}

static void
a_client_that_stalls_holds_up_nobody(void **state)
{
	struct place *p = *state;
	int stalled = client_open(p), deaf = client_open(p);
	int good = client_open(p);
	char *noops = xmalloc(60001);

	for (size_t i = 0; i < 60000; i += 6)
		memcpy(noops + i, "NOOP\r\n", 7);
	client_say(stalled, START "half a mess");
	client_say(deaf, noops);
	client_say(good, START "whole\r\n.\r\n");
	assert_true(client_hears(p, good, "250 2.0.0 "));
	free(noops);
	close(stalled);
	close(deaf);
	for (int i = 0; i < 5; i++)
		place_round(p);
	assert_int_equal(place_messages(p), 1);
	client_say(good, "QUIT\r\n");
	assert_true(client_hears(p, good, "221 "));
	assert_true(client_is_closed(p, good));
	close(good);
}

static void
who_is_too_slow_is_cut_off(void **state)
{
	struct place *p = *state;
	int idle = client_open(p), slow = client_open(p);
	int64_t end;

	p->config->lmtp_timeout = 1;
	p->config->lmtp_data_timeout = 1;
	client_say(slow, START);
	assert_true(client_hears(p, slow, "354 "));
	assert_true(client_hears(p, idle, "220 "));
	end = clock_monotonic_ms() + 1500;
	while (clock_monotonic_ms() < end) {
		/* it says something all the time, and gets nowhere */
		(void)send(slow, "x\r\n", 3, MSG_NOSIGNAL);
		(void)send(idle, "N", 1, MSG_NOSIGNAL);
		place_round(p);
	}
	assert_true(client_is_closed(p, slow));
	assert_true(client_is_closed(p, idle));
	assert_int_equal(place_messages(p), 0);
	close(idle);
	close(slow);
}

static void
who_comes_when_all_places_are_taken_waits_for_one(void **state)
{
	struct place *p = *state;
	int fd[CLIENTS], late;

	for (int i = 0; i < CLIENTS; i++) {
		fd[i] = client_open(p);
		assert_true(client_hears(p, fd[i], "220 "));
	}
	late = client_open(p);
	for (int i = 0; i < 20; i++)
		place_round(p);
	assert_int_equal(recv(late, fd, 0, MSG_DONTWAIT), -1);
	close(fd[1]);
	assert_true(client_hears(p, late, "220 "));
	for (int i = 0; i < CLIENTS; i++)
		if (i != 1)
			close(fd[i]);
	close(late);
}

static void
a_queue_that_dies_loses_no_message(void **state)
{
	struct place *p = *state;
	int fd = client_open(p);

	p->silent = true;
	client_say(fd, START "x\r\n.\r\n");
	assert_true(client_hears(p, fd, "354 "));
	for (int i = 0; i < 5; i++)
		place_round(p);
	ipc_free(p->queue);
	p->queue = NULL;
	for (int i = 0; i < 5; i++)
		place_round(p);
	p->silent = false;
	place_queue(p);
	assert_true(client_hears(p, fd, "250 2.0.0 "));
	close(fd);
}

static void
without_a_queue_the_client_is_to_try_again(void **state)
{
	struct place *p = *state;
	int fd = client_open(p);

	p->config->lmtp_answer_timeout = 1;
	p->silent = true;
	client_say(fd, START "x\r\n.\r\n");
	assert_true(client_hears(p, fd, "354 "));
	assert_true(client_hears(p, fd, "451 4.3.0"));
	ipc_free(p->queue);
	p->queue = NULL;
	/* for a moment it may only be starting anew */
	client_say(fd, "MAIL FROM:<a@b.example>\r\n");
	assert_true(client_hears(p, fd, "250 2.1.0"));
	usleep(1100000);
	client_say(fd, "RSET\r\nMAIL FROM:<a@b.example>\r\n");
	assert_true(client_hears(p, fd, "452 4.3.1"));
	p->silent = false;
	place_queue(p);
	client_say(fd, "RSET\r\n");
	assert_true(client_hears(p, fd, "forgotten"));
	client_say(fd, START "x\r\n.\r\n");
	assert_true(client_hears(p, fd, "250 2.0.0 "));
	/* the first one was told of too, and is the same */
	assert_int_equal(p->registered, 2);
	assert_int_equal(place_messages(p), 1);
	close(fd);
}

static void
who_goes_before_the_answer_is_forgotten(void **state)
{
	struct place *p = *state;
	int fd = client_open(p);

	p->silent = true;
	client_say(fd, START "x\r\n.\r\n");
	assert_true(client_hears(p, fd, "354 "));
	for (int i = 0; i < 5; i++)
		place_round(p);
	close(fd);
	for (int i = 0; i < 5; i++)
		place_round(p);
	/* it costs nothing to wait for */
	assert_int_not_equal(lmtp_server_timeout(p->server), 0);
	p->silent = false;
	for (int i = 0; i < 5; i++)
		place_round(p);
	assert_int_equal(p->registered, 1);
	assert_int_equal(registry_count(p->registry, NULL), 0);
}

static void
a_disk_that_is_nearly_full_takes_no_mail_until_it_is_not(void **state)
{
	struct place *p = *state;
	int fd = client_open(p);

	p->room.least = UINT64_MAX / 2;
	client_say(fd, START);
	assert_true(client_hears(p, fd, "452 4.3.1"));
	p->room.least = 1;
	usleep(150000);
	client_say(fd, "RSET\r\n");
	assert_true(client_hears(p, fd, "forgotten"));
	client_say(fd, START "x\r\n.\r\n");
	assert_true(client_hears(p, fd, "250 2.0.0 "));
	close(fd);
}

static void
mail_that_still_needs_room_keeps_more_from_coming(void **state)
{
	struct place *p = *state;
	int fd = client_open(p);
	char *path = xasprintf("%s/spool/new/%064d", p->folder, 1);
	int waiting = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	uint64_t room;

	assert_int_equal(spool_free_bytes(p->spool, &room, &p->e), 0);
	/* with holes: it needs no room itself */
	assert_int_not_equal(waiting, -1);
	assert_int_equal(ftruncate(waiting, (off_t)(room / ROOM_WORK + 1)), 0);
	p->room.least = 1;
	client_say(fd, START);
	assert_true(client_hears(p, fd, "452 4.3.1"));
	assert_int_equal(unlink(path), 0);
	usleep(600000);
	client_say(fd, "RSET\r\n" START "x\r\n.\r\n");
	assert_true(client_hears(p, fd, "250 2.0.0 "));
	close(waiting);
	close(fd);
	free(path);
}

static void
the_end_waits_for_what_the_queue_has(void **state)
{
	struct place *p = *state;
	int fd = client_open(p), idle = client_open(p);

	p->silent = true;
	client_say(fd, START "x\r\n.\r\n");
	assert_true(client_hears(p, fd, "354 "));
	assert_true(client_hears(p, idle, "220 "));
	for (int i = 0; i < 5; i++)
		place_round(p);
	assert_false(lmtp_server_stop(p->server));
	assert_true(client_hears(p, idle, "421 4.3.2"));
	p->silent = false;
	assert_true(client_hears(p, fd, "250 2.0.0 "));
	(void)lmtp_server_stop(p->server);
	assert_true(client_is_closed(p, fd));
	assert_true(lmtp_server_stop(p->server));
	close(fd);
	close(idle);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_open, place_close)
	    TEST(a_250_is_said_once_the_queue_has_the_message),
	    TEST(
		many_clients_share_a_round_and_the_same_bytes_keep_each_envelope),
	    TEST(a_client_that_stalls_holds_up_nobody),
	    TEST(who_is_too_slow_is_cut_off),
	    TEST(who_comes_when_all_places_are_taken_waits_for_one),
	    TEST(a_queue_that_dies_loses_no_message),
	    TEST(without_a_queue_the_client_is_to_try_again),
	    TEST(who_goes_before_the_answer_is_forgotten),
	    TEST(a_disk_that_is_nearly_full_takes_no_mail_until_it_is_not),
	    TEST(mail_that_still_needs_room_keeps_more_from_coming),
	    TEST(the_end_waits_for_what_the_queue_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
