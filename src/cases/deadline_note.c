#include "cases/deadline_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

/* The words around what the row says, in one language. */
struct words {
	const char *start, *runs; /* before and behind the row's id */
	const char *advice;
	const char *law, *trigger, *clock, *to, *via, *due, *row;
	const char *no_time, *waiting, *shown, *note;
	const char *fields, *draft;
	const char *const *lines; /* of the draft; ends with NULL */
};

static const char *const draft_en[] = {"To: {to}", "",
    "{team} reports under {law}.", "", "Our reference: {case}",
    "Known since: {started}", "Due by: {due}", "", "{fields}", NULL};
static const char *const draft_ja[] = {"{to} 御中", "",
    "{law} に基づき、次のとおり報告します。", "", "整理番号: {case}",
    "覚知日時: {started}", "期限: {due}", "", "{fields}", "", "報告者: {team}",
    NULL};

static const struct words words_en = {.start = "Deadline",
    .runs = "runs.",
    .advice = "This is an aid to memory and never legal advice: whether the "
	      "rule applies is for a lawyer to say.\n",
    .law = "Law",
    .trigger = "Trigger",
    .clock = "Clock",
    .to = "Tell",
    .via = "By",
    .due = "Due",
    .row = "Row",
    .no_time = "no fixed time",
    .waiting = "waits for the fact that it counts from",
    .shown = "shown by message",
    .note = "shown in a note",
    .fields = "What the report has to say",
    .draft = "Draft",
    .lines = draft_en};

static const struct words words_ja = {.start = "期限",
    .runs = "の計算を始めました。",
    .advice = "これは覚え書きであり、法的助言ではありません。適用の有無は"
	      "必ず法務・弁護士に確認してください。\n",
    .law = "法令",
    .trigger = "要件",
    .clock = "起算",
    .to = "報告先",
    .via = "方法",
    .due = "期限",
    .row = "出典",
    .no_time = "定めた日数なし",
    .waiting = "起算する事実を待っています",
    .shown = "根拠: メッセージ",
    .note = "根拠: 注記",
    .fields = "報告事項",
    .draft = "報告の下書き",
    .lines = draft_ja};

char *
deadline_time(int64_t t, int64_t offset, char out[DEADLINE_TIME])
{
	char local[CLOCK_RFC3339];
	int64_t minutes = (offset < 0 ? -offset : offset) / 60;

	(void)clock_rfc3339(t + offset, local);
	local[19] = '\0'; /* its Z */
	if (offset == 0)
		(void)snprintf(out, DEADLINE_TIME, "%sZ", local);
	else
		(void)snprintf(out, DEADLINE_TIME, "%s%c%02d:%02d", local,
		    offset < 0 ? '-' : '+', (int)(minutes / 60),
		    (int)(minutes % 60));
	return out;
}

static const struct words *
note_words(const struct deadline_note *n)
{
	return strcmp(n->config->language, "ja") == 0 ? &words_ja : &words_en;
}

static void
put_due(const struct deadline_note *n, const struct deadline_step *s,
    struct buf *out)
{
	char at[DEADLINE_TIME];

	if (s->due_at != 0)
		buf_puts(out,
		    deadline_time(s->due_at, n->deadline->count.offset, at));
	else
		buf_puts(out, s->from_at != 0 ? note_words(n)->no_time
					      : note_words(n)->waiting);
}

/* --- the draft --------------------------------------------------------------
 */

static void
put_fields(const struct deadline_note *n, struct buf *out)
{
	for (size_t i = 0; i < n->rule->fields.count; i++)
		buf_putf(out, "%s%zu. %s:", i == 0 ? "" : "\n", i + 1,
		    n->rule->fields.item[i]);
}

static void
put_variable(const struct deadline_note *n, const char *name, struct buf *out)
{
	char at[DEADLINE_TIME];

	if (strcmp(name, "{case}") == 0)
		buf_puts(out, n->incident);
	else if (strcmp(name, "{team}") == 0)
		buf_puts(out, n->config->team_name);
	else if (strcmp(name, "{law}") == 0)
		buf_puts(out, n->rule->law);
	else if (strcmp(name, "{to}") == 0)
		buf_puts(out, n->rule->to);
	else if (strcmp(name, "{started}") == 0)
		buf_puts(out, deadline_time(n->deadline->started_at,
				  n->deadline->count.offset, at));
	else if (strcmp(name, "{due}") == 0 && n->steps > 0)
		put_due(n, &n->step[0], out);
	else if (strcmp(name, "{fields}") == 0)
		put_fields(n, out);
}

/* What stands in braces was checked when the configuration was loaded. */
static void
put_line(const struct deadline_note *n, const char *line, struct buf *out)
{
	while (*line != '\0') {
		size_t len = strcspn(line, "{");
		const char *end = strchr(line + len, '}');
		char *name;

		buf_put(out, line, len);
		line += len;
		if (*line == '\0' || end == NULL)
			break;
		name = xstrndup(line, (size_t)(end - line) + 1);
		put_variable(n, name, out);
		free(name);
		line = end + 1;
	}
	buf_putc(out, '\n');
}

static void
put_draft(const struct deadline_note *n, struct buf *out)
{
	const struct strs *own = &n->rule->draft;
	const char *const *lines = note_words(n)->lines;

	for (size_t i = 0; i < own->count; i++)
		put_line(n, own->item[i], out);
	for (; own->count == 0 && *lines != NULL; lines++)
		put_line(n, *lines, out);
}

/* --- the task ---------------------------------------------------------------
 */

static void
put_task(const struct deadline_note *n, struct buf *out)
{
	const struct words *w = note_words(n);
	const struct config_deadline *r = n->rule;
	char at[DEADLINE_TIME];

	buf_putf(out, "%s: %s (%s)\n", w->law, r->law, r->jurisdiction);
	buf_putf(out, "%s: %s\n", w->trigger, r->trigger);
	buf_putf(out, "%s: %s, %s; ", w->clock, r->clock,
	    deadline_time(
		n->deadline->started_at, n->deadline->count.offset, at));
	if (n->evidence != 0)
		buf_putf(out, "%s %lld\n", w->shown, (long long)n->evidence);
	else
		buf_putf(out, "%s\n", w->note);
	buf_putf(out, "%s: %s\n", w->to, r->to);
	if (r->via != NULL)
		buf_putf(out, "%s: %s\n", w->via, r->via);
	for (size_t i = 0; i < n->steps; i++) {
		buf_putf(out, "%s: %s - ", w->due, n->step[i].rule);
		put_due(n, &n->step[i], out);
		buf_putc(out, '\n');
	}
	buf_putf(out, "%s: %s; %s; %s\n", w->row, r->source, r->reviewed_on,
	    r->status);
}

void
deadline_note(const struct deadline_note *n, struct buf *out)
{
	const struct words *w = note_words(n);

	buf_putf(out, "%s %s %s\n", w->start, n->rule->id, w->runs);
	buf_puts(out, w->advice);
	buf_putc(out, '\n');
	put_task(n, out);
	if (n->rule->fields.count > 0)
		buf_putf(out, "\n%s:\n", w->fields);
	for (size_t i = 0; i < n->rule->fields.count; i++)
		buf_putf(out, "[ ] %s\n", n->rule->fields.item[i]);
	buf_putf(out, "\n%s:\n", w->draft);
	put_draft(n, out);
}
