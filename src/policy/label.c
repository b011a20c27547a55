#include "policy/label.h"

#include <string.h>

const char *
label_source_name(enum label_source s)
{
	switch (s) {
	case LABEL_SUBJECT:
		return "subject";
	case LABEL_BODY:
		return "body";
	case LABEL_HEADER:
		return "header";
	case LABEL_ATTACHMENT:
		return "attachment";
	case LABEL_CASE:
		return "case";
	case LABEL_DEFAULT:
		break;
	}
	return "default";
}

/* All labels of a message, before anybody asks who wrote them. */
struct reading {
	bool found;
	enum noroshi_tlp highest;
	enum label_source source;
	bool quoted;
	enum noroshi_tlp quoted_highest;
	bool conflict;
	bool unshared;
	unsigned flags;
};

static void
read_one(struct reading *r, const char *text, enum noroshi_tlp_place place,
    enum label_source source)
{
	struct noroshi_tlp_found f;

	if (text == NULL)
		return;
	noroshi_tlp_find(text, strlen(text), place, &f);
	r->flags |= f.flags;
	if (f.quoted && (!r->quoted || f.quoted_label > r->quoted_highest)) {
		r->quoted = true;
		r->quoted_highest = f.quoted_label;
	}
	if (!f.found)
		return;
	/* In a body each label may stand above a passage of its own. */
	if ((r->found && r->highest != f.label) ||
	    (place == NOROSHI_TLP_SUBJECT && (f.flags & NOROSHI_TLP_SEVERAL)))
		r->conflict = true;
	if (!r->found || f.label > r->highest) {
		r->highest = f.label;
		r->source = source;
	}
	r->found = true;
}

/* A label on what is passed on: it counts for the floor, as quoted lines do. */
static void
read_enclosed(
    struct reading *r, const struct strs *texts, enum noroshi_tlp_place place)
{
	for (size_t i = 0; texts != NULL && i < texts->count; i++) {
		const char *text = texts->item[i];
		struct noroshi_tlp_found f;

		noroshi_tlp_find(text, strlen(text), place, &f);
		if (f.found && (!f.quoted || f.label > f.quoted_label))
			f.quoted_label = f.label;
		if (!f.found && !f.quoted)
			continue;
		if (!r->quoted || f.quoted_label > r->quoted_highest)
			r->quoted_highest = f.quoted_label;
		r->quoted = true;
	}
}

/* A document's own label counts as the message's, as its name does. */
static void
read_attached(
    struct reading *r, const struct marking *m, enum noroshi_tlp default_in)
{
	if (m == NULL)
		return;
	r->flags |= m->flags;
	r->unshared = r->unshared || m->unshared;
	if (!m->found || (m->doubtful && m->label < default_in))
		return;
	if (r->found && m->label > r->highest)
		r->conflict = true;
	if (!r->found || m->label > r->highest) {
		r->highest = m->label;
		r->source = LABEL_ATTACHMENT;
	}
	r->found = true;
}

static void
read_enclosed_attached(struct reading *r, const struct marking *m)
{
	if (m == NULL || !m->found)
		return;
	if (!r->quoted || m->label > r->quoted_highest)
		r->quoted_highest = m->label;
	r->quoted = true;
}

static void
read_all(const struct label_question *q, struct reading *r)
{
	memset(r, 0, sizeof(*r));
	read_one(r, q->subject, NOROSHI_TLP_SUBJECT, LABEL_SUBJECT);
	read_one(r, q->outer_subject, NOROSHI_TLP_SUBJECT, LABEL_SUBJECT);
	for (size_t i = 0; q->texts != NULL && i < q->texts->count; i++)
		read_one(r, q->texts->item[i], NOROSHI_TLP_BODY, LABEL_BODY);
	for (size_t i = 0; q->names != NULL && i < q->names->count; i++)
		read_one(r, q->names->item[i], NOROSHI_TLP_FILENAME,
		    LABEL_ATTACHMENT);
	read_attached(r, q->attached, q->default_in);
	read_enclosed(r, q->enclosed, NOROSHI_TLP_BODY);
	read_enclosed_attached(r, q->enclosed_attached);
	read_enclosed(r, q->enclosed_subjects, NOROSHI_TLP_SUBJECT);
}

static void
warn(const struct reading *r, struct label *out)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {
	    {NOROSHI_TLP_LEGACY, "tlp-legacy"},
	    {NOROSHI_TLP_SPELLING, "tlp-spelling"},
	    {NOROSHI_TLP_UNKNOWN, "tlp-unknown"},
	    {NOROSHI_TLP_MENTIONED, "tlp-mentioned"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (r->flags & words[i].flag)
			strs_add_once(&out->warnings, words[i].word);
	if (r->conflict)
		strs_add_once(&out->warnings, "tlp-conflict");
	if (r->unshared)
		strs_add_once(&out->warnings, "sharing-none");
}

static bool
may_lower(const struct sender *s)
{
	if (s == NULL)
		return false;
	return s->evidence == EVIDENCE_SIGNATURE ||
	       (s->evidence == EVIDENCE_DKIM && s->contact != 0);
}

void
label_judge(const struct label_question *q, struct label *out)
{
	struct reading r;
	bool lowers;

	memset(out, 0, sizeof(*out));
	read_all(q, &r);
	warn(&r, out);
	out->written = r.found ? r.highest : q->default_in;
	out->source = r.found ? r.source : LABEL_DEFAULT;
	out->effective = out->written;
	out->by_default = !r.found;
	/* A default stricter than AMBER is not lowered by a stranger either. */
	lowers = r.found && r.highest < q->default_in;
	if (lowers && !may_lower(q->sender)) {
		out->effective = q->default_in;
		out->by_default = true;
		strs_add_once(&out->warnings, "tlp-unproven");
	} else if (lowers && r.source == LABEL_ATTACHMENT) {
		/* What is enclosed may be public, and the text be not. */
		out->effective = q->default_in;
		out->by_default = true;
		strs_add_once(&out->warnings, "tlp-attachment");
	}
	if (r.quoted && r.quoted_highest > out->effective) {
		out->effective = r.quoted_highest;
		out->by_default = false;
	}
}

void
label_free(struct label *l)
{
	strs_free(&l->warnings);
	memset(l, 0, sizeof(*l));
}
