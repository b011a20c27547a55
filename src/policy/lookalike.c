#include "policy/lookalike.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "policy/domain.h"
#include "policy/skeleton.h"

#define LABEL_MAX 63 /* bytes, RFC 1035 section 2.3.4 */
#define NAME_LEAST                                                             \
	3 /* bytes of a name's skeleton; a shorter one is anybody's */
#define SLIPS_MANY 3 /* more than are ever allowed */
#define LABEL_LEAST 3 /* bytes of a label's skeleton */

/* A hash of something, and whose it is. */
struct mark {
	uint64_t hash;
	int64_t contact;
	uint64_t organisation; /* of a name: its domain's hash; else 0 */
	bool own; /* a contact's own name, not its organisation's */
};

struct marks {
	struct mark *item;
	size_t count;
};

/* The part of a domain that its owner chose, by its skeleton. */
struct label {
	uint64_t letters; /* a bit for each that is in it */
	uint64_t domain; /* hash of the organisation's domain */
	uint64_t suffix; /* hash of what is behind the label */
	int64_t contact;
	uint8_t len;
	uint8_t stem; /* bytes before digits at its end, as it was written */
	char text[LABEL_MAX];
};

struct lookalike {
	struct marks names;
	struct marks addresses; /* skeletons */
	struct marks domains; /* organisations' domains */
	struct label *label;
	size_t labels;
};

/* FNV-1a. Who makes two texts collide gains a warning for themselves. */
static uint64_t
hash_of(const char *text, size_t len)
{
	uint64_t h = 14695981039346656037ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 1099511628211ULL;
	return h;
}

static uint64_t
hash_str(const char *text)
{
	return hash_of(text, strlen(text));
}

struct lookalike *
lookalike_create(void)
{
	return xcalloc(1, sizeof(struct lookalike));
}

void
lookalike_free(struct lookalike *l)
{
	if (l == NULL)
		return;
	free(l->names.item);
	free(l->addresses.item);
	free(l->domains.item);
	free(l->label);
	free(l);
}

size_t
lookalike_size(const struct lookalike *l)
{
	return sizeof(*l) +
	       (l->names.count + l->addresses.count + l->domains.count) *
		   sizeof(struct mark) +
	       l->labels * sizeof(struct label);
}

static struct mark *
marks_add(struct marks *m, uint64_t hash, int64_t contact)
{
	struct mark *to;

	m->item = xgrow(m->item, m->count, sizeof(*m->item));
	to = &m->item[m->count++];
	*to = (struct mark){.hash = hash, .contact = contact};
	return to;
}

static int
mark_compare(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->contact < y->contact ? -1 : x->contact > y->contact;
}

/* The first with that hash, or NULL; others of it follow. */
static const struct mark *
marks_find(const struct marks *m, uint64_t hash)
{
	size_t low = 0, high = m->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (m->item[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->count && m->item[low].hash == hash ? &m->item[low]
							   : NULL;
}

/* What an address is made of, for the index and for a question. */
struct anatomy {
	char *ascii; /* domain in A-labels */
	const char *organisation; /* in ascii */
	struct label label; /* of the organisation's domain */
	uint64_t look; /* hash of the whole address's skeleton */
	char *unicode; /* domain in U-labels */
};

static uint64_t
letters_in(const struct label *l)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < l->len; i++)
		bits |= 1ULL << ((unsigned char)l->text[i] & 63);
	return bits;
}

static void
label_fill(struct label *l, const char *organisation)
{
	size_t len = strcspn(organisation, ".");
	char *own = xstrndup(organisation, len);
	char *letters = domain_unicode(own);
	char *look = skeleton_make(letters, strlen(letters));
	size_t n = strlen(look);

	l->domain = hash_str(organisation);
	l->suffix = hash_str(organisation + len);
	l->len = (uint8_t)(n < LABEL_MAX ? n : LABEL_MAX);
	memcpy(l->text, look, l->len);
	l->letters = letters_in(l);
	while (len > 0 && own[len - 1] >= '0' && own[len - 1] <= '9')
		len--;
	l->stem = (uint8_t)(len < LABEL_MAX ? len : LABEL_MAX);
	free(own);
	free(letters);
	free(look);
}

/* False where address is none. */
static bool
anatomy_of(struct anatomy *a, const char *address)
{
	const char *at = strrchr(address, '@');
	char *local, *domain, *both;

	if (at == NULL || strlen(at + 1) > DOMAIN_MAX)
		return false;
	memset(a, 0, sizeof(*a));
	a->ascii = domain_ascii(at + 1);
	a->unicode = domain_unicode(a->ascii);
	a->organisation = domain_organisation(a->ascii);
	label_fill(&a->label, a->organisation);
	local = skeleton_make(address, (size_t)(at - address));
	domain = skeleton_make(a->unicode, strlen(a->unicode));
	both = xasprintf("%s@%s", local, domain);
	a->look = hash_str(both);
	free(local);
	free(domain);
	free(both);
	return true;
}

static void
anatomy_free(struct anatomy *a)
{
	free(a->ascii);
	free(a->unicode);
}

static void
add_name(struct lookalike *l, const char *name, int64_t contact,
    uint64_t organisation, bool own)
{
	char *look;

	if (name == NULL)
		return;
	look = skeleton_name(name);
	if (strlen(look) >= NAME_LEAST) {
		struct mark *m = marks_add(&l->names, hash_str(look), contact);

		m->organisation = organisation;
		m->own = own;
	}
	free(look);
}

void
lookalike_add(struct lookalike *l, const struct lookalike_known *known)
{
	struct anatomy a;
	uint64_t organisation = 0;
	bool role = known->contact == 0 ||
		    (known->name != NULL && known->organisation != NULL &&
			strcmp(known->name, known->organisation) == 0);

	if (known->address != NULL && anatomy_of(&a, known->address)) {
		organisation = a.label.domain;
		marks_add(&l->addresses, a.look, known->contact);
		marks_add(&l->domains, organisation, known->contact);
		a.label.contact = known->contact;
		l->label = xgrow(l->label, l->labels, sizeof(*l->label));
		l->label[l->labels++] = a.label;
		anatomy_free(&a);
	}
	add_name(l, known->name, known->contact, organisation, !role);
	if (!role)
		add_name(l, known->organisation, known->contact, organisation,
		    false);
}

static int
label_compare(const void *a, const void *b)
{
	const struct label *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return x->contact < y->contact ? -1 : x->contact > y->contact;
}

void
lookalike_ready(struct lookalike *l)
{
	struct marks *all[] = {&l->names, &l->addresses, &l->domains};
	size_t kept = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->count > 0)
			qsort(all[i]->item, all[i]->count,
			    sizeof(*all[i]->item), mark_compare);
	/* One label for each domain is enough, however many have it. */
	if (l->labels > 0)
		qsort(l->label, l->labels, sizeof(*l->label), label_compare);
	for (size_t i = 0; i < l->labels; i++)
		if (kept == 0 ||
		    l->label[kept - 1].domain != l->label[i].domain)
			l->label[kept++] = l->label[i];
	l->labels = kept;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Insertions, deletions, replacements and swaps that make b of a, up to
 * SLIPS_MANY: optimal string alignment, of which only the diagonals up to 2 are
 * looked at.
 */
static size_t
distance(const struct label *a, const struct label *b)
{
	uint8_t row[3][LABEL_MAX + 1];
	const uint8_t most = LABEL_MAX + 1;

	memset(row, most, sizeof(row));
	for (size_t j = 0; j <= b->len; j++)
		row[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= a->len; i++) {
		uint8_t *now = row[i % 3];
		const uint8_t *up = row[(i + 2) % 3];
		const uint8_t *upper = row[(i + 1) % 3];
		size_t from = i > 3 ? i - 2 : 1, to = least(b->len, i + 2);
		size_t best = most;

		now[from - 1] = from == 1 ? (uint8_t)i : most;
		for (size_t j = from; j <= to; j++) {
			bool same = a->text[i - 1] == b->text[j - 1];
			size_t d = up[j - 1] + (same ? 0U : 1U);

			d = least(d, up[j] + 1U);
			d = least(d, now[j - 1] + 1U);
			if (i > 1 && j > 1 &&
			    a->text[i - 1] == b->text[j - 2] &&
			    a->text[i - 2] == b->text[j - 1])
				d = least(d, upper[j - 2] + 1U);
			now[j] = (uint8_t)least(d, most);
			best = least(best, now[j]);
		}
		if (best > 2)
			return SLIPS_MANY;
	}
	return least(row[a->len % 3][b->len], SLIPS_MANY);
}

/* How many slips still make one name of the other: short ones have none. */
static size_t
slips_allowed(size_t len)
{
	return len < 5 ? 0 : len < 10 ? 1 : 2;
}

/* The slips between two labels; SLIPS_MANY where nobody mistakes them. */
static size_t
slips_between(const struct label *a, const struct label *b)
{
	size_t shorter = least(a->len, b->len);
	size_t longer = a->len + b->len - shorter;
	size_t allowed = slips_allowed(shorter), slips;
	uint64_t odd = a->letters ^ b->letters;

	if (shorter < LABEL_LEAST || longer - shorter > allowed)
		return SLIPS_MANY;
	if (longer == shorter && memcmp(a->text, b->text, longer) == 0)
		return a->suffix == b->suffix || shorter > LABEL_LEAST
			   ? 0
			   : SLIPS_MANY;
	/* Each slip changes two letters at most. */
	if (allowed == 0 || a->suffix != b->suffix ||
	    (size_t)__builtin_popcountll(odd) > 2 * allowed)
		return SLIPS_MANY;
	/* host1 and host2 are neighbours, and hide nothing. */
	if (a->stem == b->stem && a->stem < a->len && b->stem < b->len &&
	    memcmp(a->text, b->text, a->stem) == 0)
		return SLIPS_MANY;
	slips = distance(a, b);
	return slips <= allowed ? slips : SLIPS_MANY;
}

/* Where everybody may have an address, and names are alike by chance. */
static bool
is_provider(const char *organisation)
{
	static const char *const providers[] = {"126.com", "163.com", "aol.com",
	    "au.com", "biglobe.ne.jp", "docomo.ne.jp", "ezweb.ne.jp",
	    "fastmail.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net",
	    "googlemail.com", "hotmail.co.jp", "hotmail.com", "i.softbank.jp",
	    "icloud.com", "live.com", "live.jp", "mac.com", "mail.com",
	    "mail.ru", "me.com", "msn.com", "naver.com", "nifty.com",
	    "ocn.ne.jp", "outlook.com", "outlook.jp", "pm.me", "proton.me",
	    "protonmail.com", "qq.com", "softbank.jp", "softbank.ne.jp",
	    "t-online.de", "tuta.io", "tutanota.com", "web.de", "yahoo.co.jp",
	    "yahoo.com", "yandex.ru", "ymail.com"};

	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (strcmp(providers[i], organisation) == 0)
			return true;
	return false;
}

/* A known domain in front of another one's: "ncc.example.evil.example". */
static const struct mark *
domain_in_front(const struct lookalike *l, const char *ascii)
{
	size_t len = strlen(ascii);
	char text[DOMAIN_MAX + 1];

	if (len > DOMAIN_MAX)
		return NULL;
	for (size_t i = 0; i <= len; i++)
		text[i] = ascii[i] == '-' ? '.' : ascii[i];
	for (size_t start = 0; start < len;
	     start += strcspn(text + start, ".") + 1)
		for (size_t end = start, labels = 0; end < len && labels < 5;
		     end++) {
			const struct mark *m;

			end += strcspn(text + end, ".");
			if (end >= len || ++labels < 2)
				continue;
			m = marks_find(
			    &l->domains, hash_of(text + start, end - start));
			if (m != NULL)
				return m;
		}
	return NULL;
}

static int64_t
judge_domain(
    const struct lookalike *l, const struct anatomy *a, struct strs *warnings)
{
	const struct label *nearest = NULL;
	const struct mark *m;
	size_t fewest = SLIPS_MANY;

	if (marks_find(&l->domains, a->label.domain) != NULL ||
	    is_provider(a->organisation))
		return 0;
	for (size_t i = 0; i < l->labels; i++) {
		size_t slips = slips_between(&a->label, &l->label[i]);

		if (slips < fewest) {
			fewest = slips;
			nearest = &l->label[i];
		}
	}
	if (nearest != NULL) {
		strs_add_once(warnings, "lookalike-domain");
		return nearest->contact;
	}
	m = domain_in_front(l, a->ascii);
	if (m == NULL)
		return 0;
	strs_add_once(warnings, "lookalike-domain");
	return m->contact;
}

static int64_t
judge_address(
    const struct lookalike *l, const struct anatomy *a, struct strs *warnings)
{
	const struct mark *m = marks_find(&l->addresses, a->look);

	if (m != NULL) {
		strs_add_once(warnings, "lookalike-address");
		return m->contact;
	}
	return judge_domain(l, a, warnings);
}

/*
 * A person's name is theirs alone; an organisation's is that of all who write
 * from its domain.
 */
static int64_t
judge_name(const struct lookalike *l, const struct lookalike_question *q,
    uint64_t organisation, struct strs *warnings)
{
	char *look = skeleton_name(q->name);
	const struct mark *first = marks_find(&l->names, hash_str(look));
	const struct mark *end = l->names.item + l->names.count;
	bool theirs = strlen(look) < NAME_LEAST || first == NULL;

	for (const struct mark *m = first;
	     !theirs && m < end && m->hash == first->hash; m++)
		theirs = (q->contact != 0 && m->contact == q->contact) ||
			 (!m->own && m->organisation == organisation);
	free(look);
	if (theirs)
		return 0;
	strs_add_once(warnings, "name-of-contact");
	return first->contact;
}

int64_t
lookalike_judge(const struct lookalike *l, const struct lookalike_question *q,
    struct strs *warnings)
{
	struct anatomy a;
	int64_t like = 0, named = 0;

	if (!anatomy_of(&a, q->address))
		return 0;
	if (q->contact == 0) {
		like = judge_address(l, &a, warnings);
		if (skeleton_mixed(a.unicode))
			strs_add_once(warnings, "mixed-scripts");
	}
	if (q->name != NULL)
		named = judge_name(l, q, a.label.domain, warnings);
	anatomy_free(&a);
	return like != 0 ? like : named;
}
