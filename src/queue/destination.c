#include "queue/destination.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/log.h"

#define MINUTE 60000 /* ms */
#define BURST                                                                  \
	1000 /* ms: what may leave in that at once, as the queue sleeps        \
		in seconds */

void
destination_free(struct destinations *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->of[i].domain);
	free(d->of);
	*d = (struct destinations){0};
}

static const char *
destination_domain(const char *recipient)
{
	const char *at = strrchr(recipient, '@');

	return at == NULL ? recipient : at + 1;
}

static struct destination *
destination_find(const struct destinations *d, const char *recipient)
{
	const char *domain = destination_domain(recipient);

	for (size_t i = 0; i < d->count; i++)
		if (strcasecmp(d->of[i].domain, domain) == 0)
			return &d->of[i];
	return NULL;
}

/* rate: copies a minute; next is when the last one's time is over. */
static bool
destination_is_early(int64_t rate, int64_t next, int64_t now, int64_t *when)
{
	int64_t pause, from;

	if (rate == 0)
		return false;
	pause = MINUTE / rate;
	from = pause < BURST ? next - (BURST - pause) : next;
	if (from <= now)
		return false;
	if (*when == 0 || from < *when)
		*when = from;
	return true;
}

static void
destination_spend(int64_t rate, int64_t *next, int64_t now)
{
	if (rate != 0)
		*next = (*next > now ? *next : now) + MINUTE / rate;
}

bool
destination_may(const struct destinations *d, const char *recipient, bool asked,
    int64_t now, int64_t *when)
{
	const struct config *c = d->config;
	const struct destination *of = destination_find(d, recipient);

	if (d->failures > 0 && d->busy > 0)
		return false;
	if (d->failures > 0 && d->until > now && !asked) {
		if (*when == 0 || d->until < *when)
			*when = d->until;
		return false;
	}
	if (destination_is_early(c->smtp_rate, d->next, now, when))
		return false;
	if (of == NULL)
		return true;
	if (c->smtp_domain_sessions != 0 && of->busy >= c->smtp_domain_sessions)
		return false;
	return !destination_is_early(c->smtp_domain_rate, of->next, now, when);
}

/* Those that are as good as new. */
static void
destination_forget(struct destinations *d, int64_t now)
{
	size_t left = 0;

	for (size_t i = 0; i < d->count; i++)
		if (d->of[i].busy > 0 || d->of[i].next > now)
			d->of[left++] = d->of[i];
		else
			free(d->of[i].domain);
	d->count = left;
}

void
destination_begin(struct destinations *d, const char *recipient, int64_t now)
{
	struct destination *of = destination_find(d, recipient);

	if (of == NULL) {
		destination_forget(d, now);
		d->of = xgrow(d->of, d->count, sizeof(*d->of));
		of = &d->of[d->count++];
		*of = (struct destination){
		    .domain = xstrdup(destination_domain(recipient))};
	}
	of->busy++;
	d->busy++;
	destination_spend(d->config->smtp_domain_rate, &of->next, now);
	destination_spend(d->config->smtp_rate, &d->next, now);
}

void
destination_end(struct destinations *d, const char *recipient)
{
	struct destination *of = destination_find(d, recipient);

	if (of != NULL && of->busy > 0)
		of->busy--;
	if (d->busy > 0)
		d->busy--;
}

void
destination_reached(
    struct destinations *d, struct clock *clock, int64_t now, bool reached)
{
	int64_t pause = DESTINATION_PAUSE_MIN;
	uint32_t chance;

	if (reached || d->config->once) {
		if (d->failures > 0)
			log_info("the server is reached again");
		d->failures = 0;
		return;
	}
	for (unsigned i = 0; i < d->failures && pause < DESTINATION_PAUSE_MAX;
	     i++)
		pause *= 2;
	if (pause > DESTINATION_PAUSE_MAX)
		pause = DESTINATION_PAUSE_MAX;
	clock_random(clock, &chance, sizeof(chance));
	pause -= (int64_t)(chance % (uint32_t)(pause / 4 + 1));
	d->failures++;
	d->until = now + pause;
	log_warning(
	    "the server is not reached: pause=%lldms", (long long)pause);
}
