/* noroshi report case: a case, told to those who may hear of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cases/case_report.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/page.h"
#include "cli/report_out.h"
#include "config/category.h"

#define REPORT_MAX (64U << 20) /* bytes */

struct telling {
	struct session *s;
	const char *as, *path; /* argv's, or NULL */
	const char *audience;
	bool html, json, japanese;
	struct case_report report;
};

/* The words of a report, in English and Japanese. */
enum word {
	WORD_TITLE,
	WORD_TIMES,
	WORD_OPENED,
	WORD_REPORTED,
	WORD_ANSWERED,
	WORD_CLOSED,
	WORD_CATEGORY,
	WORD_STATE,
	WORD_TIMELINE,
	WORD_MISSING,
	WORD_WITHHELD,
	WORD_NONE,
	WORD_FROM,
	WORD_ANSWER
};

static const char *
word(const struct telling *t, enum word w)
{
	static const char *const words[][2] = {{"Report on", "報告"},
	    {"Date and time", "日時"}, {"Opened", "認知"},
	    {"Reported", "報告の受付"}, {"First answer", "最初の回答"},
	    {"Closed", "完了"}, {"Category", "分類"}, {"State", "状態"},
	    {"What happened", "経過"}, {"Missing", "未記入"},
	    {"Withheld from you", "閲覧できない項目"}, {"none yet", "なし"},
	    {"from", "送信元"}, {"answer of the team", "チームからの回答"}};

	return words[w][t->japanese];
}

static int
telling_audience(struct telling *t, const char *name, struct err *e)
{
	static const char *const names[] = {"team", "constituent", "public"};

	t->audience = name;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			t->report.audience = (enum case_audience)i;
			return 0;
		}
	}
	t->report.audience = AUDIENCE_LABEL;
	if (noroshi_tlp_parse(name, &t->report.asked))
		return 0;
	return err_set(e, ERR_USAGE,
	    "--audience: team, constituent, public or a label expected");
}

static int
telling_options(struct telling *t, int argc, char **argv, struct err *e)
{
	static const char *const languages[] = {"en", "ja", NULL};
	static const struct option table[] = {
	    {"audience", required_argument, NULL, 'A'},
	    {"lang", required_argument, NULL, 'l'},
	    {"output", required_argument, NULL, 'o'},
	    {"markdown", no_argument, NULL, 'm'},
	    {"html", no_argument, NULL, 'h'},
	    {"as", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	const char *audience = "team", *language = NULL;
	bool markdown = false;
	int c;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'A')
			audience = optarg;
		else if (c == 'l')
			language = optarg;
		else if (c == 'o')
			t->path = optarg;
		else if (c == 'm')
			markdown = true;
		else if (c == 'h')
			t->html = true;
		else if (c == 'j')
			t->json = true;
		else
			t->as = optarg;
	}
	if (c == -1 ||
	    option_operands(argc, argv, 1, 1, "the case's id", e) == -1 ||
	    telling_audience(t, audience, e) == -1 ||
	    (language != NULL &&
		option_word(language, languages, "language", e) == -1))
		return -1;
	if ((int)markdown + (int)t->html + (int)t->json > 1)
		return err_set(e, ERR_USAGE,
		    "one of --markdown, --html and --json expected");
	if (t->json && t->path != NULL)
		return err_set(e, ERR_USAGE, "-o is for --markdown or --html");
	if (session_config(t->s, e) == -1)
		return -1;
	if (language == NULL)
		language = t->s->config->language;
	t->japanese = strcmp(language, "ja") == 0;
	return 0;
}

/* --- one form for both: headings, paragraphs, items
 * ---------------------------
 */

static void
tell_heading(const struct telling *t, struct buf *b, const char *text)
{
	if (t->html) {
		page_heading(b, text);
	} else {
		buf_puts(b, "\n## ");
		report_mark(b, text);
		buf_puts(b, "\n\n");
	}
}

/* Lines stay lines; two spaces end one in Markdown. */
static void
tell_paragraph(const struct telling *t, struct buf *b, const char *text)
{
	if (t->html) {
		page_paragraph(b, text);
		return;
	}
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len);

		report_mark(b, line);
		buf_puts(b, len == 0 ? "\n" : "  \n");
		free(line);
		text += len + (text[len] == '\n');
	}
}

static void
tell_item(const struct telling *t, struct buf *b, const char *text)
{
	if (t->html) {
		buf_puts(b, "<li>");
		page_text(b, text);
		buf_puts(b, "</li>\n");
	} else {
		buf_puts(b, "- ");
		report_mark(b, text);
		buf_putc(b, '\n');
	}
}

static void
tell_list(const struct telling *t, struct buf *b, bool begin)
{
	if (t->html)
		buf_puts(b, begin ? "<ul>\n" : "</ul>\n");
}

static void
tell_time(const struct telling *t, struct buf *b, enum word name, int64_t at)
{
	char time[CLOCK_RFC3339];
	char *text = xasprintf("%s: %s", word(t, name),
	    at == 0 ? word(t, WORD_NONE) : clock_rfc3339(at, time));

	tell_item(t, b, text);
	free(text);
}

static void
tell_event(
    const struct telling *t, struct buf *b, const struct case_event *event)
{
	char time[CLOCK_RFC3339];
	struct buf line;

	buf_init(&line, 65536);
	buf_putf(&line, "%s: ", clock_rfc3339(event->at, time));
	if (event->ours) {
		buf_puts(&line, word(t, WORD_ANSWER));
	} else {
		buf_putf(&line, "%s, %s %s",
		    event->kind == NULL ? "mail" : event->kind,
		    word(t, WORD_FROM),
		    event->class == NULL ? "public" : event->class);
		if (event->who != NULL)
			buf_putf(&line, " %s", event->who);
	}
	buf_putf(&line, " (TLP:%s)", noroshi_tlp_name(event->label));
	if (event->subject != NULL && event->subject[0] != '\0')
		buf_putf(&line, ": %s", event->subject);
	tell_item(t, b, buf_str(&line));
	buf_free(&line);
}

/* --- the report
 * ----------------------------------------------------------------
 */

static void
tell_times(const struct telling *t, struct buf *b)
{
	const struct case_report *r = &t->report;

	tell_heading(t, b, word(t, WORD_TIMES));
	tell_list(t, b, true);
	tell_time(t, b, WORD_REPORTED, r->reported_at);
	tell_time(t, b, WORD_OPENED, r->file.opened_at);
	tell_time(t, b, WORD_ANSWERED, r->answered_at);
	tell_time(t, b, WORD_CLOSED, r->file.closed_at);
	tell_list(t, b, false);
}

static void
tell_part(const struct telling *t, struct buf *b, enum case_part part)
{
	const char *text = t->report.part[part];

	tell_heading(t, b, case_part_name(part, t->japanese));
	tell_paragraph(t, b, text == NULL ? word(t, WORD_NONE) : text);
}

static void
tell_summary(const struct telling *t, struct buf *b)
{
	const struct case_report *r = &t->report;
	const char *rsit = category_rsit(r->file.category);
	char *line;

	tell_heading(t, b, case_part_name(PART_SUMMARY, t->japanese));
	if (r->file.title != NULL)
		tell_paragraph(t, b, r->file.title);
	if (r->part[PART_SUMMARY] != NULL)
		tell_paragraph(t, b, r->part[PART_SUMMARY]);
	tell_list(t, b, true);
	line = xasprintf("%s: %s%s%s%s", word(t, WORD_CATEGORY),
	    r->file.category == NULL ? word(t, WORD_NONE) : r->file.category,
	    rsit == NULL ? "" : " (", rsit == NULL ? "" : rsit,
	    rsit == NULL ? "" : ")");
	tell_item(t, b, line);
	free(line);
	line = xasprintf("%s: %s", word(t, WORD_STATE), r->file.state);
	tell_item(t, b, line);
	free(line);
	tell_list(t, b, false);
}

static void
tell_timeline(const struct telling *t, struct buf *b)
{
	const struct case_report *r = &t->report;
	char *line;

	tell_heading(t, b, word(t, WORD_TIMELINE));
	tell_list(t, b, true);
	for (size_t i = 0; i < r->events; i++)
		tell_event(t, b, &r->event[i]);
	/* outside nobody learns that there is more */
	if (r->audience == AUDIENCE_TEAM && r->withheld > 0) {
		line =
		    xasprintf("%s: %zu", word(t, WORD_WITHHELD), r->withheld);
		tell_item(t, b, line);
		free(line);
	}
	tell_list(t, b, false);
}

static void
tell_missing(const struct telling *t, struct buf *b)
{
	const struct case_report *r = &t->report;

	tell_heading(t, b, word(t, WORD_MISSING));
	tell_list(t, b, true);
	for (int i = 0; i < PARTS; i++)
		if (r->part[i] == NULL)
			tell_item(t, b,
			    case_part_name((enum case_part)i, t->japanese));
	if (r->file.category == NULL)
		tell_item(t, b, word(t, WORD_CATEGORY));
	if (r->answered_at == 0)
		tell_item(t, b, word(t, WORD_ANSWERED));
	if (r->file.closed_at == 0)
		tell_item(t, b, word(t, WORD_CLOSED));
	tell_list(t, b, false);
}

static void
tell_all(const struct telling *t, struct buf *b)
{
	const struct case_report *r = &t->report;
	const char *label = noroshi_tlp_name(r->label);
	char *title = xasprintf("%s %s", word(t, WORD_TITLE), r->file.name);

	if (t->html) {
		page_begin(b, t->japanese ? "ja" : "en", title, label);
	} else {
		buf_putf(b, "TLP:%s\n\n# ", label);
		report_mark(b, title);
		buf_putc(b, '\n');
	}
	free(title);
	tell_summary(t, b);
	tell_times(t, b);
	tell_part(t, b, PART_DAMAGE);
	tell_part(t, b, PART_CAUSE);
	tell_timeline(t, b);
	tell_part(t, b, PART_ACTIONS);
	tell_part(t, b, PART_PREVENTION);
	tell_missing(t, b);
	if (t->html)
		page_end(b, label);
	else
		buf_putf(b, "\nTLP:%s\n", label);
}

static int
telling_may_read(void *ctx, const struct message *m, bool *may, struct err *e)
{
	return session_may_read(ctx, m, may, e);
}

/* Who made it, for whom; readers of what is RED are recorded. */
static int
telling_record(struct telling *t, struct err *e)
{
	const struct case_report *r = &t->report;
	struct session *s = t->s;
	json_t *list = json_array();
	int rc = db_begin(s->db, e);

	for (size_t i = 0; i < r->events && rc == 0; i++) {
		json_array_append_new(list, json_integer(r->event[i].message));
		if (r->event[i].label == NOROSHI_TLP_RED)
			rc = message_reader_add(s->db, r->event[i].message,
			    config_operator(s->config, s->user), e);
	}
	if (rc == 0)
		rc = session_audit(s, "case.reported", 0, r->file.id,
		    s->contact,
		    json_pack("{s:s, s:s, s:O}", "audience", t->audience,
			"label", noroshi_tlp_name(r->label), "messages", list),
		    e);
	json_decref(list);
	if (rc == 0)
		rc = db_commit(s->db, e);
	return rc;
}

/* What is written, and may not be told to them. */
static void
telling_warn(const struct telling *t)
{
	for (int i = 0; i < PARTS; i++)
		if (t->report.kept[i])
			(void)fprintf(stderr,
			    "noroshi: left out, since it quotes what is not for"
			    " that audience: %s\n",
			    case_part_name((enum case_part)i, false));
}

static int
telling_put(struct telling *t, struct err *e)
{
	struct buf text;
	int rc;

	buf_init_secret(&text, REPORT_MAX);
	if (!t->json)
		tell_all(t, &text);
	rc = telling_record(t, e);
	if (rc == 0 && t->json)
		rc = output_json(&t->s->out, case_report_json(&t->report), e);
	else if (rc == 0)
		rc = report_write(&t->s->out, t->path, &text, e);
	if (rc == 0)
		telling_warn(t);
	buf_free(&text);
	return rc;
}

int
cli_report_case(struct session *s, int argc, char **argv, struct err *e)
{
	struct telling t = {.s = s};
	const struct case_report_reader reader = {
	    .may_read = telling_may_read, .ctx = s};
	int rc = -1;

	if (telling_options(&t, argc, argv, e) == 0 &&
	    session_open(s, e) == 0 && session_act(s, t.as, e) == 0 &&
	    session_is_reader(s, e) == 0 && session_vault(s, e) == 0 &&
	    case_report_read(s->db, s->vault, s->config, &reader,
		clock_now(NULL), argv[optind], &t.report, e) == 0)
		rc = telling_put(&t, e);
	case_report_free(&t.report);
	return rc;
}
