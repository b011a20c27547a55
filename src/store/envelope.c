#include "store/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pack.h"

#define ENVELOPE_VERSION 1

bool
envelope_is_import(const char *source)
{
	return source != NULL && strncmp(source, ENVELOPE_IMPORT,
				     sizeof(ENVELOPE_IMPORT) - 1) == 0;
}

void
envelope_free(struct envelope *env)
{
	free(env->source);
	free(env->sender);
	strs_free(&env->recipients);
	*env = (struct envelope){0};
}

void
envelope_list_free(struct envelope *env, size_t count)
{
	for (size_t i = 0; i < count; i++)
		envelope_free(&env[i]);
	free(env);
}

/* Why the record cannot be kept; NULL where it can. */
static const char *
envelope_wrong(const struct envelope *env)
{
	if (env->source == NULL || strlen(env->source) > ENVELOPE_SOURCE_MAX)
		return "source missing or too long";
	if (env->sender != NULL && strlen(env->sender) > ENVELOPE_PATH_MAX)
		return "sender too long";
	if (env->recipients.count > ENVELOPE_RECIPIENTS_MAX)
		return "too many recipients";
	for (size_t i = 0; i < env->recipients.count; i++)
		if (strlen(env->recipients.item[i]) > ENVELOPE_PATH_MAX)
			return "recipient too long";
	return NULL;
}

static void
envelope_unpack(struct unpack *u, struct envelope *env)
{
	env->source = unpack_str(u);
	env->sender = unpack_str(u);
	unpack_strs(u, &env->recipients, ENVELOPE_RECIPIENTS_MAX);
	env->received_at = unpack_i64(u);
	if (envelope_wrong(env) != NULL)
		u->bad = true;
}

int
envelope_read(const void *data, size_t len, struct envelope **out,
    size_t *count, struct err *e)
{
	struct envelope *env = NULL;
	struct unpack u;
	uint64_t version, records;
	size_t n = 0;

	*out = NULL;
	*count = 0;
	unpack_init(&u, data, len);
	version = unpack_u64(&u);
	if (!u.bad && version != ENVELOPE_VERSION)
		return err_set(e, ERR_DATA, "envelope: unknown version %llu",
		    (unsigned long long)version);
	records = unpack_max(&u, ENVELOPE_RECORDS_MAX);
	while (!u.bad && n < records) {
		env = xgrow(env, n, sizeof(*env));
		env[n] = (struct envelope){0};
		envelope_unpack(&u, &env[n++]);
	}
	if (!unpack_done(&u)) {
		envelope_list_free(env, n);
		return err_set(e, ERR_DATA, "envelope: damaged");
	}
	*out = env;
	*count = n;
	return 0;
}

static int
envelope_pack(struct buf *out, const struct envelope *env, struct err *e)
{
	const char *wrong = envelope_wrong(env);

	if (wrong != NULL)
		return err_set(e, ERR_DATA, "envelope: %s", wrong);
	pack_str(out, env->source);
	pack_str(out, env->sender);
	pack_strs(out, &env->recipients);
	pack_i64(out, env->received_at);
	return 0;
}

int
envelope_write(struct buf *out, const struct envelope *env, size_t count,
    const struct envelope *more, struct err *e)
{
	size_t all = count + (more == NULL ? 0 : 1);

	if (all > ENVELOPE_RECORDS_MAX)
		return err_set(e, ERR_DATA,
		    "envelope: the same bytes came %zu times", all);
	pack_u64(out, ENVELOPE_VERSION);
	pack_u64(out, all);
	for (size_t i = 0; i < count; i++)
		if (envelope_pack(out, &env[i], e) == -1)
			return -1;
	if (more != NULL && envelope_pack(out, more, e) == -1)
		return -1;
	if (out->over)
		return err_set(
		    e, ERR_DATA, "envelope: over %zu bytes", out->max);
	return 0;
}

static bool
envelope_same_str(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
envelope_same(const struct envelope *a, const struct envelope *b)
{
	if (!envelope_same_str(a->source, b->source) ||
	    !envelope_same_str(a->sender, b->sender) ||
	    a->recipients.count != b->recipients.count)
		return false;
	for (size_t i = 0; i < a->recipients.count; i++)
		if (strcmp(a->recipients.item[i], b->recipients.item[i]) != 0)
			return false;
	return true;
}
