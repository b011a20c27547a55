#include "worker/tally.h"

#include <string.h>
#include <strings.h>

#include "cases/arrival.h"
#include "cases/token.h"

#define TALLY_REFERENCES 20 /* Message-IDs looked at, from the left */
#define TALLY_LINE 200 /* bytes of a first line that can be an answer */

static bool
tally_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The first line that is not blank, without white space around it. */
static size_t
tally_line(const char **text, size_t len)
{
	const char *s = *text, *end = s + len, *line;

	while (s < end && (tally_blank(*s) || *s == '\n'))
		s++;
	line = memchr(s, '\n', (size_t)(end - s));
	if (line != NULL)
		end = line;
	while (end > s && tally_blank(end[-1]))
		end--;
	*text = s;
	return (size_t)(end - s);
}

const char *
tally_word(const char *text, size_t len)
{
	static const struct {
		const char *written, *word;
	} words[] = {{"ack", "ack"}, {"確認", "ack"}, {"affected", "affected"},
	    {"該当", "affected"}, {"not affected", "not-affected"},
	    {"not-affected", "not-affected"}, {"非該当", "not-affected"},
	    {"question", "question"}, {"質問", "question"}};
	static const char *const ends[] = {":", "：", ".", "。", "!"};
	size_t left = tally_line(&text, len);

	for (size_t i = 0;
	     left <= TALLY_LINE && i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].written);

		if (left < n || strncasecmp(text, words[i].written, n) != 0)
			continue;
		if (left == n)
			return words[i].word;
		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
			size_t m = strlen(ends[k]);

			/* Only after a colon may more words follow. */
			if (left >= n + m && (k < 2 || left == n + m) &&
			    memcmp(text + n, ends[k], m) == 0)
				return words[i].word;
		}
	}
	return NULL;
}

/* By the Message-ID that our copy bore; number 0: none of them is ours. */
static int
tally_by_references(struct worker *w, const struct strs *ids,
    struct advisory *out, struct err *e)
{
	for (size_t i = 0; i < ids->count && i < TALLY_REFERENCES; i++)
		if (advisory_by_rfc_id(w->db, ids->item[i], out, e) == -1)
			return -1;
		else if (out->number != 0)
			return 0;
	return 0;
}

/* By the address that our copy gave for answers: its newest revision. */
static int
tally_by_address(struct worker *w, const struct reading *r,
    const struct message *m, struct advisory *out, struct err *e)
{
	struct strs to = {0};
	struct advisory *list = NULL;
	size_t count = 0;
	int64_t number = 0;
	int rc = arrival_recipients(
	    w->db, m->id, r->outer == NULL ? r->people : r->outer, &to, e);

	for (size_t i = 0; i < to.count && rc == 0 && number == 0; i++)
		number = token_advisory(
		    w->vault, w->config->team_address, to.item[i]);
	if (rc == 0 && number != 0)
		rc = advisory_list(w->db, number, &list, &count, e);
	if (rc == 0 && count > 0)
		*out = list[count - 1];
	free(list);
	strs_free(&to);
	return rc;
}

static int
tally_find(struct worker *w, const struct reading *r, const struct message *m,
    struct advisory *out, struct err *e)
{
	const struct head *h = r->threads;

	if (h != NULL &&
	    (tally_by_references(w, &h->in_reply_to, out, e) == -1 ||
		(out->number == 0 &&
		    tally_by_references(w, &h->references, out, e) == -1)))
		return -1;
	return out->number != 0 ? 0 : tally_by_address(w, r, m, out, e);
}

/* Said when it was signed: an old answer that comes again is still old. */
static int64_t
tally_signed_at(const struct reading *r, const struct judgement *j)
{
	int64_t at = 0;

	for (size_t i = 0; i < r->verdict.signatures; i++) {
		const struct signature *s = &r->verdict.signature[i];

		if (s->status == SIGNATURE_GOOD && s->whole &&
		    j->signer[i] == j->sender.contact && s->created > at)
			at = s->created;
	}
	return at;
}

int
tally_read(struct worker *w, const struct reading *r, const struct judgement *j,
    const struct message *m, struct tally *out, struct err *e)
{
	const struct sender *s = &j->sender;
	bool got = false;

	*out = (struct tally){0};
	if (s->contact == 0 || s->alarm || j->alarm ||
	    s->evidence < EVIDENCE_DKIM ||
	    j->classification.kind == KIND_BOUNCE ||
	    j->classification.kind == KIND_AUTO_REPLY ||
	    j->classification.kind == KIND_SPAM)
		return 0;
	out->word = tally_word(buf_str(&r->text), r->text.len);
	if (out->word == NULL)
		return 0;
	if (tally_find(w, r, m, &out->of, e) == -1 ||
	    (out->of.number != 0 &&
		advisory_got(w->db, out->of.number, s->contact, &got, e) == -1))
		return -1;
	if (!got)
		out->of = (struct advisory){0};
	out->proven = s->evidence == EVIDENCE_SIGNATURE;
	out->at = out->proven ? tally_signed_at(r, j) : 0;
	if (out->at == 0)
		out->at = m->received_at;
	return 0;
}

bool
tally_opens_case(const struct tally *t)
{
	return t->of.number == 0 || strcmp(t->word, "question") == 0;
}

int
tally_record(struct worker *w, const struct tally *t, const struct message *m,
    struct err *e)
{
	if (t->of.number == 0)
		return 0;
	return advisory_answer_add(w->db,
	    &(struct advisory_answer){.number = t->of.number,
		.revision = t->of.revision,
		.contact = m->sender_contact,
		.message = m->id,
		.word = t->proven ? t->word : "ack",
		.proven = t->proven,
		.at = t->at},
	    e);
}
