/* noroshi queue release: what a restore holds may leave. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/communities.h"
#include "cli/option.h"
#include "queue/delivery_act.h"
#include "store/restored.h"

/* One of them, or (0) all. */
static int
release_one(struct session *s, int64_t id, int64_t *count, struct err *e)
{
	int64_t n;

	if (delivery_release(s->db, id, clock_now(NULL), &n, e) == -1)
		return -1;
	if (id != 0 && n == 0)
		return err_set(e, ERR_DATA,
		    "delivery %lld is not held since a restore", (long long)id);
	*count += n;
	return session_audit(s, "queue.released", 0, 0, s->contact,
	    json_pack("{s:o, s:I}", "delivery",
		id == 0 ? json_null() : json_integer(id), "count",
		(json_int_t)n),
	    e);
}

/* Without an id it is over: what comes later leaves as ever. */
static int
release_write(
    struct session *s, int argc, char **argv, int64_t *count, struct err *e)
{
	int64_t id;

	if (optind == argc)
		return release_one(s, 0, count, e) == -1
			   ? -1
			   : restored_release(s->db, e);
	for (int i = optind; i < argc; i++)
		if (option_id(argv[i], "a delivery's id", &id, e) == -1 ||
		    release_one(s, id, count, e) == -1)
			return -1;
	return 0;
}

int
cli_queue_release(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *as = NULL;
	int64_t count = 0;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			as = optarg;
		else
			s->out.json = true;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 0, 1000, "the delivery's id", e) ==
		-1 ||
	    communities_act(s, as, e) == -1 || db_begin(s->db, e) == -1)
		return -1;
	if (release_write(s, argc, argv, &count, e) == -1 ||
	    db_commit(s->db, e) == -1) {
		db_rollback(s->db);
		return -1;
	}
	if (session_wake(s, e) == -1)
		return -1;
	if (s->out.json)
		return output_json(&s->out,
		    json_pack("{s:I}", "released", (json_int_t)count), e);
	output_put(&s->out, "%lld released\n", (long long)count);
	return 0;
}
