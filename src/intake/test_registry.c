#include "intake/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/pack.h"
#include "process/ipc.h"

static const char sha_a[] =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char sha_b[] =
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/* Who took mail in, and what it was told. */
struct owner {
	struct registry *again; /* tells of one more when it is answered */
	uint64_t heard[200];
	size_t count;
};

static void
owner_registered(void *ctx, uint64_t cookie)
{
	struct owner *o = ctx;
	struct registry *r = o->again;

	o->heard[o->count++] = cookie;
	o->again = NULL;
	if (r != NULL)
		registry_tell(r, sha_b, owner_registered, o, cookie + 1);
}

/* The queue's end of the channel. */
static struct ipc *
queue_join(struct registry *r)
{
	int fd[2];

	assert_int_equal(ipc_pair(fd, NULL), 0);
	registry_connect(r, fd[0]);
	return ipc_create(fd[1]);
}

/* The next message that the queue is told of; returns its tag. */
static uint64_t
queue_told(struct ipc *queue, const char *sha)
{
	struct ipc_frame frame;
	struct unpack u;
	uint64_t tag;
	char *told;

	assert_int_equal(ipc_wait(queue, &frame, 1000, NULL), 1);
	assert_int_equal(frame.type, IPC_STORED);
	unpack_init(&u, frame.body, frame.len);
	told = unpack_str(&u);
	tag = unpack_u64(&u);
	assert_true(unpack_done(&u));
	assert_string_equal(told, sha);
	free(told);
	return tag;
}

static void
queue_answers(struct ipc *queue, struct registry *r, uint64_t tag)
{
	struct buf body;

	buf_init(&body, 64);
	pack_u64(&body, tag);
	assert_int_equal(ipc_send(queue, IPC_REGISTERED, &body, -1, NULL), 0);
	buf_free(&body);
	registry_hear(r);
}

static void
an_owner_hears_of_its_own_message_once(void **state)
{
	struct registry *r = registry_create();
	struct ipc *queue = queue_join(r);
	struct owner a = {0}, b = {0};
	uint64_t tag;

	(void)state;
	registry_tell(r, sha_a, owner_registered, &a, 7);
	registry_tell(r, sha_a, owner_registered, &b, 8);
	tag = queue_told(queue, sha_a);
	assert_int_equal(a.count, 0);
	queue_answers(queue, r, tag);
	queue_answers(queue, r, tag);
	queue_answers(queue, r, 12345);
	assert_int_equal(a.count, 1);
	assert_int_equal(a.heard[0], 7);
	assert_int_equal(b.count, 0);
	assert_int_equal(registry_count(r, &a), 0);
	assert_int_equal(registry_count(r, &b), 1);
	assert_int_equal(registry_count(r, NULL), 1);
	ipc_free(queue);
	registry_free(r);
}

static void
a_new_queue_is_told_again_of_what_the_old_did_not_answer(void **state)
{
	struct registry *r = registry_create();
	struct owner a = {0};
	struct ipc *queue;
	uint64_t tag;

	(void)state;
	registry_tell(r, sha_a, owner_registered, &a, 1);
	assert_false(registry_has_room(r, &a));
	assert_int_equal(registry_fd(r), -1);
	queue = queue_join(r);
	tag = queue_told(queue, sha_a);
	registry_tell(r, sha_b, owner_registered, &a, 2);
	queue_answers(queue, r, tag);
	ipc_free(queue);
	registry_hear(r);
	assert_int_equal(registry_fd(r), -1);
	assert_int_equal(a.count, 1);
	queue = queue_join(r);
	queue_answers(queue, r, queue_told(queue, sha_b));
	assert_int_equal(a.count, 2);
	assert_int_equal(a.heard[1], 2);
	assert_int_equal(registry_count(r, NULL), 0);
	ipc_free(queue);
	registry_free(r);
}

static void
a_frame_of_another_kind_ends_the_channel_and_no_message(void **state)
{
	struct registry *r = registry_create();
	struct ipc *queue = queue_join(r);
	struct owner a = {0};

	(void)state;
	registry_tell(r, sha_a, owner_registered, &a, 1);
	assert_int_equal(ipc_send(queue, IPC_DONE, NULL, -1, NULL), 0);
	registry_hear(r);
	assert_int_equal(registry_fd(r), -1);
	assert_int_equal(a.count, 0);
	assert_int_equal(registry_count(r, &a), 1);
	ipc_free(queue);
	registry_free(r);
}

static void
one_owner_cannot_take_the_room_of_another(void **state)
{
	struct registry *r = registry_create();
	struct ipc *queue = queue_join(r);
	struct owner a = {0}, b = {0};
	uint64_t tag;

	(void)state;
	for (uint64_t i = 0; i < REGISTRY_WINDOW; i++) {
		assert_true(registry_has_room(r, &a));
		registry_tell(r, sha_a, owner_registered, &a, i);
	}
	assert_false(registry_has_room(r, &a));
	assert_true(registry_has_room(r, &b));
	tag = queue_told(queue, sha_a);
	queue_answers(queue, r, tag);
	assert_true(registry_has_room(r, &a));
	for (uint64_t i = 1; i < REGISTRY_WINDOW; i++)
		queue_answers(queue, r, queue_told(queue, sha_a));
	assert_int_equal(a.count, REGISTRY_WINDOW);
	ipc_free(queue);
	registry_free(r);
}

static void
an_owner_that_has_gone_is_not_called(void **state)
{
	struct registry *r = registry_create();
	struct ipc *queue = queue_join(r);
	struct owner a = {0};

	(void)state;
	registry_tell(r, sha_a, owner_registered, &a, 1);
	registry_forget(r, &a);
	assert_int_equal(registry_count(r, &a), 0);
	assert_int_equal(registry_count(r, NULL), 1);
	queue_answers(queue, r, queue_told(queue, sha_a));
	assert_int_equal(a.count, 0);
	assert_int_equal(registry_count(r, NULL), 0);
	ipc_free(queue);
	registry_free(r);
}

static void
an_owner_may_tell_of_the_next_while_it_hears(void **state)
{
	struct registry *r = registry_create();
	struct ipc *queue = queue_join(r);
	struct owner a = {.again = r};

	(void)state;
	registry_tell(r, sha_a, owner_registered, &a, 1);
	queue_answers(queue, r, queue_told(queue, sha_a));
	queue_answers(queue, r, queue_told(queue, sha_b));
	assert_int_equal(a.count, 2);
	assert_int_equal(a.heard[1], 2);
	ipc_free(queue);
	registry_free(r);
}

static void
each_queue_hears_once_that_the_sources_are_read(void **state)
{
	struct registry *r = registry_create();
	struct ipc *queue = queue_join(r);
	struct ipc_frame frame;

	(void)state;
	assert_true(registry_drained(r));
	assert_false(registry_drained(r));
	assert_int_equal(ipc_wait(queue, &frame, 1000, NULL), 1);
	assert_int_equal(frame.type, IPC_DRAINED);
	ipc_free(queue);
	registry_hear(r);
	assert_false(registry_drained(r));
	queue = queue_join(r);
	assert_true(registry_drained(r));
	ipc_free(queue);
	registry_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_owner_hears_of_its_own_message_once),
	    cmocka_unit_test(
		a_new_queue_is_told_again_of_what_the_old_did_not_answer),
	    cmocka_unit_test(
		a_frame_of_another_kind_ends_the_channel_and_no_message),
	    cmocka_unit_test(one_owner_cannot_take_the_room_of_another),
	    cmocka_unit_test(an_owner_that_has_gone_is_not_called),
	    cmocka_unit_test(an_owner_may_tell_of_the_next_while_it_hears),
	    cmocka_unit_test(each_queue_hears_once_that_the_sources_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
