#include "cli/case_export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/stix.h"
#include "cli/option.h"

static int
export_may(void *context, const struct message *m, bool *may, struct err *e)
{
	struct session *s = context;

	if (session_may_read(s, m, may, e) == -1)
		return -1;
	return *may ? session_read(s, m, e) : 0;
}

int
case_export_read(struct session *s, const char *incident,
    struct case_indicators *out, struct err *e)
{
	const struct case_indicators_asker asker = {export_may, s};
	enum noroshi_tlp least = NOROSHI_TLP_AMBER;
	struct case_file file;
	int64_t id;

	if (case_find(s->db, NULL, incident, &file, e) == -1)
		return -1;
	id = file.id;
	case_free(&file);
	(void)noroshi_tlp_parse(s->config->tlp_default_out, &least);
	if (case_indicators_read(s->db, s->vault, id, &asker, least, out, e) ==
	    -1)
		return -1;
	if (out->withheld > 0)
		(void)fprintf(stderr,
		    "noroshi: left out: %zu TLP:RED messages that you are no "
		    "reader of\n",
		    out->withheld);
	if (out->over)
		(void)fprintf(stderr, "noroshi: left out: more than %d\n",
		    CASE_INDICATORS_MAX);
	return 0;
}

void
case_export_put(const struct session *s, const struct case_indicators *l,
    const char *format, struct buf *out)
{
	json_t *bundle;
	char *text;

	if (strcmp(format, "csv") == 0) {
		case_indicators_csv(l, out);
		return;
	}
	bundle = stix_bundle(l, s->config->team_name, s->config->team_address);
	text = json_dumps(bundle, JSON_INDENT(2));
	buf_puts(out, text);
	buf_putc(out, '\n');
	free(text);
	json_decref(bundle);
}

/* The ids of the messages that l is made of. */
static json_t *
export_sources(const struct case_indicators *l)
{
	json_t *seen = json_object(), *list = json_array();
	const json_t *id;
	char key[24];
	size_t k;

	for (size_t i = 0; i < l->count; i++)
		json_array_foreach(l->item[i].messages, k, id)
		{
			(void)snprintf(key, sizeof(key), "%lld",
			    (long long)json_integer_value(id));
			if (json_object_get(seen, key) != NULL)
				continue;
			json_object_set_new(seen, key, json_true());
			json_array_append_new(
			    list, json_integer(json_integer_value(id)));
		}
	json_decref(seen);
	return list;
}

int
case_export_attach(struct session *s, const char *how, const char *incident,
    struct outgoing *o, struct err *e)
{
	static const char *const formats[] = {"csv", "stix", NULL};
	char *format = xstrndup(how, strcspn(how, ":"));
	struct case_indicators l = {0};
	bool csv = strcmp(format, "csv") == 0;
	struct outgoing_attachment *a;
	struct buf data;
	char *name;
	int rc = -1;

	if (strchr(how, ':') != NULL)
		incident = strchr(how, ':') + 1;
	buf_init_secret(&data, CASE_EXPORT_MAX);
	if (incident == NULL)
		err_set(e, ERR_USAGE,
		    "--attach-indicators: of which case? %s:CASE", format);
	else if (option_word(format, formats, "format", e) == 0 &&
		 case_export_read(s, incident, &l, e) == 0)
		rc = l.count > 0 ? 0
				 : err_set(e, ERR_NOINPUT,
				       "%s has no indicators", l.name);
	if (rc == 0) {
		case_export_put(s, &l, format, &data);
		name = case_indicators_file(&l, csv ? "csv" : "stix.json");
		a = outgoing_attach(o, name,
		    csv ? "text/csv" : "application/stix+json", data.data,
		    data.len);
		a->of = export_sources(&l);
		free(name);
	}
	case_indicators_free(&l);
	buf_free(&data);
	free(format);
	return rc;
}
