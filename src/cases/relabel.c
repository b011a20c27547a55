#include "cases/relabel.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cases/case.h"

#define RELABEL_TEXT 65536 /* bytes; a request that is longer names no more */

/* What one recipient has. */
struct relabel {
	char *recipient;
	char *language;
	struct buf list; /* a line for each mail */
};

struct relabels {
	struct relabel *item;
	size_t count;
};

bool
relabel_is(const struct outgoing *o)
{
	return o->kind != NULL && strcmp(o->kind, "relabel") == 0;
}

static void
relabels_free(struct relabels *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->item[i].recipient);
		free(l->item[i].language);
		buf_free(&l->item[i].list);
	}
	free(l->item);
}

static struct relabel *
relabel_of(struct relabels *l, const char *recipient, const char *language)
{
	struct relabel *r;

	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->item[i].recipient, recipient) == 0)
			return &l->item[i];
	l->item = xgrow(l->item, l->count, sizeof(*l->item));
	r = &l->item[l->count++];
	*r = (struct relabel){
	    .recipient = xstrdup(recipient), .language = xstrdup(language)};
	buf_init(&r->list, RELABEL_TEXT);
	return r;
}

/* One mail: when it left, under which Message-ID and label. */
static void
relabel_add(
    struct relabels *l, const struct db_row *row, enum noroshi_tlp label)
{
	enum noroshi_tlp was;
	struct relabel *r;
	char at[CLOCK_RFC3339], *line;

	if (!noroshi_tlp_parse(db_text(row, 2), &was) || was >= label)
		return;
	r = relabel_of(l, db_text(row, 0), db_text(row, 1));
	line =
	    xasprintf("  - %s %s, TLP:%s\n", clock_rfc3339(db_int(row, 4), at),
		db_text(row, 3), noroshi_tlp_name(was));
	if (r->list.len + strlen(line) < RELABEL_TEXT)
		buf_puts(&r->list, line);
	free(line);
}

static int
relabel_find(struct db *db, int64_t cases, enum noroshi_tlp label,
    struct relabels *l, struct err *e)
{
	struct db_row *row;
	int rc;

	if (db_query(db, &row, e,
		"SELECT v.recipient, d.language, d.label, d.rfc_message_id,"
		" coalesce(v.sent_at, v.created_at) FROM delivery v"
		" JOIN draft d ON d.id = v.draft JOIN message m"
		" ON m.id = d.message WHERE m.cases = ? AND v.state = 'sent'"
		" AND d.kind IN ('answer', 'facts') ORDER BY v.id",
		"i", cases) == -1)
		return -1;
	while ((rc = db_step(row, e)) == 1)
		relabel_add(l, row, label);
	return rc;
}

static void
relabel_text(const struct relabel *r, enum noroshi_tlp label, struct buf *text)
{
	bool japanese = strcmp(r->language, "ja") == 0;
	const char *name = noroshi_tlp_name(label);

	if (japanese)
		buf_putf(text,
		    "以前お送りした次のメールのラベルを TLP:%s に"
		    "変更しました。お手元のメールのラベルを改め、今後は"
		    "このラベルに従って共有してください:\n\n",
		    name);
	else
		buf_putf(text,
		    "The label of these mails that we sent you is now TLP:%s."
		    " Please re-label\nwhat you have of them, and share them"
		    " from now on as that label says:\n\n",
		    name);
	buf_put(text, r->list.data, r->list.len);
	buf_puts(text,
	    japanese
		? "\nすでに共有された先にもお伝えください。共有済みの情報を"
		  "取り消せるものではありません。\n"
		: "\nPlease tell those whom you passed them on to. What has"
		  " been shared cannot be\ntaken back; this mail takes"
		  " nothing back.\n");
}

static int
relabel_write(struct db *db, struct vault *v, struct spool *s, int64_t now,
    const struct outgoing *by, const struct relabel *r, enum noroshi_tlp label,
    struct err *e)
{
	bool japanese = strcmp(r->language, "ja") == 0;
	struct outgoing o = {.kind = xstrdup("relabel"),
	    .author = by->author,
	    .identity = xstrdup(by->identity),
	    .cases = by->cases,
	    .label_asked = true,
	    .label = NOROSHI_TLP_CLEAR,
	    .language = xstrdup(r->language),
	    .subject = xstrdup(japanese ? "ラベル変更のお願い"
					: "Please re-label mail of ours")};
	int rc;

	strs_add(&o.to, r->recipient);
	buf_init(&o.text, 2 * RELABEL_TEXT);
	relabel_text(r, label, &o.text);
	rc = outgoing_create(db, v, s, now, &o, e);
	outgoing_free(&o);
	return rc;
}

int
relabel_ask(struct db *db, struct vault *v, struct spool *s, int64_t now,
    const struct outgoing *o, enum noroshi_tlp label, int64_t *count,
    struct err *e)
{
	struct relabels l = {0};
	struct case_file c;
	bool apt;
	int rc;

	*count = 0;
	if (case_get(db, NULL, o->cases, &c, e) == -1)
		return -1;
	apt = case_is_apt(&c);
	case_free(&c);
	if (apt)
		return 0;
	rc = relabel_find(db, o->cases, label, &l, e);
	for (size_t i = 0; i < l.count && rc == 0; i++)
		rc = relabel_write(db, v, s, now, o, &l.item[i], label, e);
	*count = (int64_t)l.count;
	relabels_free(&l);
	return rc;
}
