/* noroshi case refuse: a reasoned no, through the gate, which closes the case.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cases/case.h"
#include "cli/command.h"
#include "cli/option.h"
#include "cli/wish.h"
#include "worker/refusal.h"

static int
refuse_check(const struct wish *w, struct err *e)
{
	const char *why = w->refusal;

	if (why == NULL)
		return err_set(e, ERR_USAGE,
		    "--reason is missing: whoever asked learns why");
	if (why[strspn(why, " \t\r\n")] == '\0')
		return err_set(e, ERR_DATA, "--reason: without words");
	if (strlen(why) > REFUSAL_REASON || !utf8_is(why, strlen(why)))
		return err_set(e, ERR_DATA,
		    "--reason: up to %d bytes of UTF-8 expected",
		    REFUSAL_REASON);
	return 0;
}

/* Who wrote last from outside, unless --to says whom. */
static int
refuse_whom(struct session *s, struct wish *w, struct err *e)
{
	int64_t last = 0, people = 0, id;
	struct case_file file;
	struct message m;
	bool closed;

	if (case_find(s->db, NULL, w->incident, &file, e) == -1)
		return -1;
	id = file.id;
	closed = strcmp(file.state, "closed") == 0;
	case_free(&file);
	if (closed)
		return err_set(e, ERR_DATA, "%s is closed", w->incident);
	if (w->to.count > 0)
		return 0;
	if (message_last_outside(s->db, id, &last, &people, e) == -1)
		return -1;
	if (people > 1)
		return err_set(e, ERR_USAGE,
		    "several people have written in %s: --to says whom it "
		    "answers",
		    w->incident);
	if (last == 0)
		return err_set(e, ERR_DATA, "nobody outside has written in %s",
		    w->incident);
	if (message_get(s->db, last, &m, e) == -1)
		return -1;
	if (m.sender_address != NULL)
		strs_add(&w->to, m.sender_address);
	message_free(&m);
	return w->to.count > 0
		   ? 0
		   : err_set(e, ERR_DATA, "%s: who wrote has no address",
			 w->incident);
}

int
cli_case_refuse(struct session *s, int argc, char **argv, struct err *e)
{
	static const struct option table[] = {
	    {"as", required_argument, NULL, 'a'},
	    {"reason", required_argument, NULL, 'r'},
	    {"to", required_argument, NULL, 't'},
	    {"tlp", required_argument, NULL, 'l'},
	    {"dry-run", no_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
	struct wish w = {0};
	int c, rc = -1;

	while ((c = option_next(argc, argv, table, e)) > 0) {
		if (c == 'a')
			w.as = optarg;
		else if (c == 'r')
			w.refusal = optarg;
		else if (c == 't')
			strs_add(&w.to, optarg);
		else if (c == 'l')
			w.label = optarg;
		else if (c == 'd')
			w.dry_run = true;
		else
			s->out.json = true;
	}
	if (c == 0 &&
	    option_operands(argc, argv, 1, 1, "the case's id", e) == 0 &&
	    refuse_check(&w, e) == 0) {
		w.incident = argv[optind];
		if (session_open(s, e) == 0 && session_act(s, w.as, e) == 0 &&
		    session_vault(s, e) == 0 && refuse_whom(s, &w, e) == 0)
			rc = wish_send(s, &w, e);
	}
	wish_free(&w);
	return rc;
}
