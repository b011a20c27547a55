/*
 * recall.c - a gateway that remembers much, and what it takes to ask it.
 *
 *	recall -c FILE fill MESSAGES [MAILDIR]
 *	recall -c FILE ask ROUNDS <QUERIES
 *
 * fill writes that many messages into the gateway's database as if they had
 * been processed, one in two in Japanese, of some 3 kB each, ten in a case;
 * and the same texts into a Maildir for another program. Every text is the same
 * in each run. ask tells for each line how many messages it finds, how long the
 * index took for up to 100 of them, and for all (median, ms).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case.h"
#include "cases/index.h"
#include "cases/message.h"
#include "cases/search.h"
#include "cli/session.h"
#include "store/audit.h"

#define FILL_START INT64_C(1735689600) /* 2025-01-01 */
#define FILL_STEP 300 /* seconds between two messages */
#define FILL_CASE 10 /* messages in a case */
#define FILL_COMMIT 500 /* messages in a transaction */
#define FILL_WORDS 20000 /* in the vocabulary of each language */
#define FILL_BYTES 3000 /* of a text */

static void
die(const char *what, const struct err *e)
{
	(void)fprintf(stderr, "recall: %s: %s\n", what, e->text);
	exit(1);
}

/* --- texts ------------------------------------------------------------------
 */

static uint64_t
draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Some words are in every text, most are in hardly any (Zipf, roughly). */
static size_t
draw_word(uint64_t *state)
{
	double u = (double)(draw(state) >> 11) / 9007199254740992.0;

	return (size_t)(u * u * u * u * FILL_WORDS);
}

static void
put_english(struct buf *out, size_t word)
{
	static const char *const part[] = {"ba", "co", "di", "fu", "ga", "he",
	    "ki", "lo", "mu", "na", "per", "quo", "ris", "sta", "ter", "ven",
	    "wol", "xen", "yar", "zin"};

	/* at least three, so that no word is a common one by chance */
	for (int i = 0; i < 3 || word > 0; i++, word /= 20)
		buf_puts(out, part[word % 20]);
}

static void
put_point(struct buf *out, uint32_t cp)
{
	buf_putc(out, (int)(0xe0 | cp >> 12));
	buf_putc(out, (int)(0x80 | (cp >> 6 & 0x3f)));
	buf_putc(out, (int)(0x80 | (cp & 0x3f)));
}

static void
put_japanese(struct buf *out, size_t word)
{
	bool kanji = word % 3 != 0;
	uint32_t first = kanji ? 0x4e00 : 0x30a2, many = kanji ? 1200 : 60;

	for (int i = 0; i < (kanji ? 2 : 4); i++) {
		put_point(out, first + (uint32_t)((word * 31 + 7) % many));
		word = word * 7 + 13;
	}
}

static void
put_text(struct buf *out, uint64_t *state, bool japanese)
{
	static const char *const between[] = {
	    "は", "が", "を", "に", "の", "で", "と", "です。", "しました。\n"};

	while (out->len < FILL_BYTES) {
		if (japanese) {
			put_japanese(out, draw_word(state));
			buf_puts(out, between[draw(state) % 9]);
		} else {
			put_english(out, draw_word(state));
			buf_puts(out, draw(state) % 12 == 0 ? "\n" : " ");
		}
	}
	buf_puts(out, "\n");
}

/* --- filling ----------------------------------------------------------------
 */

struct filling {
	struct session s;
	const char *maildir; /* or NULL */
	struct case_file incident;
};

static void
write_mail(const struct filling *f, int64_t n, const char *subject,
    const char *text, const char *from)
{
	char *path = xasprintf("%s/cur/%lld:2,S", f->maildir, (long long)n);
	char date[CLOCK_RFC5322];
	FILE *out = fopen(path, "w");

	if (out == NULL) {
		(void)fprintf(
		    stderr, "recall: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	(void)fprintf(out,
	    "From: %s\nTo: csirt@example.org\nSubject: %s\n"
	    "Message-ID: <%lld@recall.example>\nDate: %s\n"
	    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n%s",
	    from, subject, (long long)n,
	    clock_rfc5322(FILL_START + n * FILL_STEP, date), text);
	(void)fclose(out);
	free(path);
}

static void
new_case(struct filling *f, int64_t now)
{
	const struct case_new n = {
	    .prefix = "EX", .title = "bench", .priority = "normal"};
	struct err e = {0};

	case_free(&f->incident);
	if (case_create(f->s.db, f->s.vault, now, &n, &f->incident, &e) == -1)
		die("case", &e);
}

static void
write_row(struct filling *f, int64_t n, const char *subject, const char *text,
    const char *from)
{
	struct audit_entry entry = {
	    .actor = "bench", .event = "message.judged"};
	struct db *db = f->s.db;
	struct err e = {0};
	struct message m;
	char *sha = xasprintf("%064lld", (long long)n);
	int64_t id;

	if (db_insert(db, &id, &e,
		"INSERT INTO message (sha256, direction, source, received_at,"
		" size, state) VALUES (?, 'in', 'bench', ?, ?, 'received')",
		"sii", sha, FILL_START + n * FILL_STEP,
		(int64_t)strlen(text)) == -1 ||
	    message_get(db, id, &m, &e) == -1)
		die("message", &e);
	m.cases = f->incident.id;
	m.vault_key = f->incident.vault_key;
	m.label = xstrdup(n % 50 == 0 ? "AMBER+STRICT" : "AMBER");
	m.sender_address = xstrdup(from);
	m.facts = json_pack("{s:{s:n, s:s}, s:[{s:n, s:s}], s:s,"
			    " s:{s:s, s:s}, s:{s:s, s:s, s:s}}",
	    "from", "name", "address", from, "to", "name", "address",
	    "csirt@example.org", "encryption", "none", "sender", "class",
	    n % 3 == 0 ? "constituent" : "public", "evidence", "address",
	    "classification", "kind", "report", "category",
	    n % 7 == 0 ? "phishing" : "scan", "priority", "normal");
	m.content = json_pack("{s:s, s:s, s:[], s:[]}", "subject", subject,
	    "text", text, "attachments", "indicators");
	entry.message = id;
	if (message_claim(db, f->s.vault, &m, &e) == -1 ||
	    message_finish(db, id, "processed", &e) == -1 ||
	    audit_add(db, FILL_START + n * FILL_STEP, &entry, &e) == -1)
		die("message", &e);
	message_free(&m);
	free(sha);
}

static void
fill_one(struct filling *f, int64_t n)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(n + 1);
	bool japanese = n % 2 == 1;
	struct buf subject, text;
	char *from;

	buf_init(&subject, 1024);
	buf_init(&text, 2 * FILL_BYTES);
	for (int i = 0; i < 4; i++) {
		(japanese ? put_japanese : put_english)(
		    &subject, draw_word(&state));
		if (!japanese)
			buf_putc(&subject, ' ');
	}
	put_text(&text, &state, japanese);
	/* what a query looks for once */
	if (n % 10000 == 5)
		buf_puts(&text, japanese ? "夕凪丸の件\n" : "");
	if (n % 10000 == 4)
		buf_puts(&text, "the saltmarsh affair\n");
	from = xasprintf("sender%lld@site%lld.example", (long long)(n % 500),
	    (long long)(n % 50));
	if (n % FILL_CASE == 0)
		new_case(f, FILL_START + n * FILL_STEP);
	write_row(f, n, buf_str(&subject), buf_str(&text), from);
	if (f->maildir != NULL)
		write_mail(f, n, buf_str(&subject), buf_str(&text), from);
	free(from);
	buf_free(&subject);
	buf_free(&text);
}

static void
fill(struct filling *f, int64_t count)
{
	struct err e = {0};

	for (int64_t n = 0; n < count; n++) {
		if (n % FILL_COMMIT == 0 && db_begin(f->s.db, &e) == -1)
			die("begin", &e);
		fill_one(f, n);
		if ((n % FILL_COMMIT == FILL_COMMIT - 1 || n == count - 1) &&
		    db_commit(f->s.db, &e) == -1)
			die("commit", &e);
	}
	case_free(&f->incident);
}

/* --- asking -----------------------------------------------------------------
 */

struct asking {
	size_t count, most;
};

static int
count_one(void *context, int64_t message, struct err *e)
{
	struct asking *a = context;

	(void)message;
	(void)e;
	return ++a->count < a->most ? 1 : 0;
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double
median(struct index *x, struct session *s, const struct query *q, size_t most,
    int rounds, size_t *count)
{
	int64_t *us = xcalloc((size_t)rounds, sizeof(*us));
	struct err e = {0};
	double ms;

	for (int i = 0; i < rounds; i++) {
		struct asking a = {.most = most};
		int64_t since = clock_monotonic_us();

		if (search_walk(x, s->db, q, false, count_one, &a, &e) == -1)
			die("search", &e);
		us[i] = clock_monotonic_us() - since;
		*count = a.count;
	}
	qsort(us, (size_t)rounds, sizeof(*us), compare);
	ms = (double)us[rounds / 2] / 1000;
	free(us);
	return ms;
}

static void
ask(struct session *s, int rounds)
{
	char *path = config_spool(s->config, INDEX_FILE);
	struct index *x;
	struct err e = {0};
	char *line = NULL;
	size_t room = 0, count, all;
	ssize_t n;

	if (index_open(&x, path, s->vault, &e) == -1)
		die("index", &e);
	while ((n = getline(&line, &room, stdin)) > 0) {
		struct query q;
		double few, every;

		line[strcspn(line, "\n")] = '\0';
		if (query_parse(line, clock_now(NULL), &q, &e) == -1)
			die(line, &e);
		few = median(x, s, &q, 100, rounds, &count);
		every = median(x, s, &q, SIZE_MAX, rounds, &all);
		(void)printf("%8zu %8.2f %8.2f  %s\n", all, few, every, line);
		query_free(&q);
	}
	free(line);
	free(path);
	index_close(x);
}

int
main(int argc, char **argv)
{
	struct filling f = {0};
	struct err e = {0};

	if (argc < 5 || strcmp(argv[1], "-c") != 0) {
		(void)fprintf(stderr, "usage: recall -c FILE fill MESSAGES"
				      " [MAILDIR] | ask ROUNDS\n");
		return 64;
	}
	f.s.file = argv[2];
	output_open(&f.s.out, STDOUT_FILENO);
	if (session_open(&f.s, &e) == -1 || session_vault(&f.s, &e) == -1)
		die(argv[2], &e);
	if (strcmp(argv[3], "fill") == 0) {
		f.maildir = argc > 5 ? argv[5] : NULL;
		fill(&f, strtoll(argv[4], NULL, 10));
	} else {
		ask(&f.s, (int)strtol(argv[4], NULL, 10));
	}
	session_close(&f.s);
	output_close(&f.s.out);
	return 0;
}
