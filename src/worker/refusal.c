#include "worker/refusal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "cases/case.h"
#include "cases/content_item.h"
#include "config/wording.h"
#include "people/contact.h"
#include "worker/acknowledge.h"

#define TEXT_MAX (64U * 1024) /* bytes: template and reason */

/* The contact's language, else that of what is answered, else the team's. */
static char *
refusal_language(struct db *db, const struct config *c,
    const struct message *answered, const struct outgoing *o)
{
	const json_t *text = json_object_get(answered->content, "text");
	const char *subject = json_string_value(
		       json_object_get(answered->content, "subject")),
		   *found = NULL;
	struct contact who = {0};
	char *language;

	if (o->to.count > 0 &&
	    contact_by_address(db, o->to.item[0], &who, NULL) == 0)
		found = who.language;
	if (found == NULL && json_is_string(text))
		found = acknowledge_language(
		    subject, json_string_value(text), json_string_length(text));
	language = xstrdup(found != NULL ? found : c->language);
	contact_free(&who);
	return language;
}

static void
refusal_text(const struct config *c, const char *incident, const char *reason,
    struct outgoing *o)
{
	struct wording_values v = {.incident = incident,
	    .team = c->team_name,
	    .address = c->team_address,
	    .key = c->team_key == NULL ? "" : c->team_key,
	    .reason = reason};
	struct buf subject;

	buf_init(&subject, TEXT_MAX);
	buf_free(&o->text);
	buf_init_secret(&o->text, TEXT_MAX);
	wording_make(c->templates, o->language, WORDING_OUT_OF_SCOPE, &v,
	    &subject, &o->text);
	free(o->subject);
	o->subject = buf_take_str(&subject);
}

int
refusal_write(struct db *db, struct vault *v, const struct config *c,
    const char *reason, struct outgoing *o, struct err *e)
{
	struct message answered = {0};
	struct content_item item;
	struct case_file file;
	struct err why = {0};

	if (case_get(db, NULL, o->cases, &file, e) == -1)
		return -1;
	if (o->answers != 0) {
		if (message_get(db, o->answers, &answered, e) == -1) {
			case_free(&file);
			return -1;
		}
		/* A key that was destroyed leaves the team's language. */
		(void)message_unseal(db, v, &answered, &why);
		content_item_read(&answered, &item);
		if (!o->label_asked && item.label_by_default) {
			o->label_asked = true;
			o->label = NOROSHI_TLP_GREEN;
		}
	}
	free(o->language);
	o->language = refusal_language(db, c, &answered, o);
	refusal_text(c, file.name, reason, o);
	json_decref(o->then);
	o->then = json_pack("{s:s, s:[s], s:s}", "state", "closed", "notes",
	    reason, "by", "refusal");
	message_free(&answered);
	case_free(&file);
	return o->then != NULL ? 0 : err_set(e, ERR_BUG, "refusal as JSON");
}
