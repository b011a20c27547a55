#include "worker/command_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cases/excerpt.h"
#include "cases/token.h"
#include "people/contact.h"
#include "worker/replytext.h"

/* What a mail program adds by itself, and what tells whose program it is. */
static bool
command_added(const struct attachment *a)
{
	static const char *const type[] = {"application/pgp-keys",
	    "application/pgp-signature", "application/ms-tnef", "text/vcard",
	    "text/x-vcard", "text/directory", NULL};
	size_t n = strlen(a->name);

	for (size_t i = 0; type[i] != NULL; i++)
		if (strcmp(a->type, type[i]) == 0)
			return true;
	return strcasecmp(a->name, "winmail.dat") == 0 ||
	       strncasecmp(a->name, "OpenPGP_", 8) == 0 ||
	       (n > 4 && strcasecmp(a->name + n - 4, ".vcf") == 0);
}

/*
 * Who sent it to us cannot read it: we could. Passed on it would be decrypted
 * for others; left out, its author would take it for sent.
 */
static const char *
command_apart(const struct reading *r, struct strs *lines)
{
	const char *why = NULL;

	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];

		if (!r->verdict.part[a->part].apart)
			continue;
		strs_add(lines, a->name);
		why = "it holds what was encrypted by itself, apart from the"
		      " mail, and that is never passed on decrypted; attach"
		      " what is meant to leave as it is";
	}
	return why;
}

/* One sentence where the content may not leave; NULL: it may. */
static const char *
command_telling(const struct outgoing *o, const struct contact *author,
    const char *reply_address)
{
	const char *text = buf_str(&o->text);
	size_t len = o->text.len;

	if (replytext_has(text, len, "OpenPGP: encryption=") ||
	    replytext_has(text, len, "暗号・署名: encryption=") ||
	    (reply_address != NULL && replytext_has(text, len, reply_address)))
		return "it still holds lines of what the gateway wrote on top"
		       " of your copy; take them out";
	if (replytext_says(text, len, author->name) ||
	    replytext_has(o->subject, strlen(o->subject), author->name))
		return "it holds your own name and would leave as the team's;"
		       " take it out";
	for (size_t i = 0; i < author->addresses.count; i++) {
		const char *address = author->addresses.item[i];

		if (replytext_has(text, len, address) ||
		    replytext_has(o->subject, strlen(o->subject), address))
			return "it holds your own address and would leave as"
			       " the team's; take it out";
		for (size_t k = 0; k < o->attachments; k++)
			if (strncmp(o->attachment[k].type, "message/", 8) ==
				0 &&
			    replytext_has(buf_str(&o->attachment[k].data),
				o->attachment[k].data.len, address))
				return "it encloses a mail that holds your own"
				       " address; take it out";
	}
	return NULL;
}

/* An excerpt has no quotation: what a mail program quotes below is none of it.
 */
static void
command_unquote(struct buf *text)
{
	size_t kept = 0;

	for (size_t at = 0; at < text->len;) {
		const char *line = (const char *)text->data + at;
		const char *end = memchr(line, '\n', text->len - at);
		size_t n =
		    end == NULL ? text->len - at : (size_t)(end - line) + 1;

		at += n;
		if (*line == '>')
			continue;
		memmove(text->data + kept, line, n);
		kept += n;
	}
	text->len = kept;
	text->data[kept] = '\0';
}

int
command_text(struct worker *w, const struct reading *r,
    const struct judgement *j, size_t from, struct command *out, struct err *e)
{
	struct outgoing *o = &out->request;
	struct contact *list, author;
	char *address = o->cases == 0
			    ? NULL
			    : token_address(w->vault, w->config->team_address,
				  TOKEN_REPLY, o->cases, "");
	size_t count;
	int rc = -1;

	buf_init_secret(&o->text, r->text.len + 1);
	replytext_cut(buf_str(&r->text) + from, r->text.len - from, &o->text);
	if (excerpt_is(o) && o->text.len > 0)
		command_unquote(&o->text);
	for (size_t i = 0; i < r->attachments; i++) {
		const struct attachment *a = &r->attachment[i];

		if (!command_added(a))
			(void)outgoing_attach(
			    o, a->name, a->type, a->data.data, a->data.len);
	}
	if (contact_list_staff(w->db, &list, &count, e) == -1)
		goto out;
	replytext_unname(list, count, &o->text);
	contact_list_free(list, count);
	if (contact_get(w->db, j->sender.contact, &author, e) == -1)
		goto out;
	out->reason = command_apart(r, &out->lines);
	if (out->reason == NULL)
		out->reason = command_telling(o, &author, address);
	out->kind = out->reason == NULL ? COMMAND_ANSWER : COMMAND_REFUSED;
	contact_free(&author);
	rc = 0;
out:
	free(address);
	return rc;
}
