#include "intake/imap_box.h"

#include <libetpan/mailimap.h>
#include <libetpan/mailimap_types_helper.h>
#include <libetpan/uidplus.h>
#include <libetpan/idle.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BOX_BYTES 262144 /* of an answer without messages */
#define BOX_LINES 20000
#define BOX_LIST_LINE 256 /* bytes of one message in a list */
#define BOX_SLACK 4096 /* bytes around one message in an answer */
#define BOX_RATE 8192 /* bytes a second; slower than that is too slow */
#define BOX_GOODBYE 2000 /* ms */

struct imap_box {
	mailimap *imap;
	struct imap_stream *stream;
	struct imap_offers offers;
	int timeout;
	bool lost;
};

/* For an answer with so many bytes and lines more than any may have. */
static void
box_allow(struct imap_box *b, size_t bytes, size_t lines, size_t literal)
{
	imap_stream_allow(b->stream, BOX_BYTES + bytes, BOX_LINES + lines,
	    literal, b->timeout + (int)(bytes / BOX_RATE) * 1000);
}

/*
 * Says what libetpan's answer to a command means. refused is its code where
 * the server said NO or BAD; an answer it cannot read leaves the connection in
 * a state that nobody knows.
 */
static int
box_result(
    struct imap_box *b, int rc, int refused, const char *what, struct err *e)
{
	const struct err *why = imap_stream_error(b->stream);
	const char *text = b->imap->imap_response;

	if (why->code == ERR_NONE &&
	    (rc == MAILIMAP_NO_ERROR || rc == MAILIMAP_NO_ERROR_AUTHENTICATED))
		return 0;
	if (why->code == ERR_NONE && rc == refused)
		return err_set(e, ERR_DENIED, "%s: the server says no: %.100s",
		    what, text == NULL ? "" : text);
	b->lost = true;
	if (why->code != ERR_NONE)
		return err_set(e, ERR_TEMP, "%s: %s", what, why->text);
	return err_set(
	    e, ERR_TEMP, "%s: an answer that is none (%d)", what, rc);
}

int
imap_box_open(struct imap_box **out, struct imap_stream *s,
    const struct imap_offers *offers, int timeout, struct err *e)
{
	struct imap_box *b = xcalloc(1, sizeof(*b));
	mailstream *stream = imap_stream_etpan(s, "* PREAUTH ready\r\n");
	int rc;

	*out = NULL;
	b->stream = s;
	b->offers = *offers;
	b->timeout = timeout;
	b->imap = mailimap_new(0, NULL);
	if (stream == NULL || b->imap == NULL)
		abort();
	box_allow(b, 0, 0, 0);
	rc = mailimap_connect(b->imap, stream);
	if (box_result(b, rc, -1, "login", e) == -1) {
		imap_box_close(b);
		return -1;
	}
	*out = b;
	return 0;
}

void
imap_box_close(struct imap_box *b)
{
	if (b == NULL)
		return;
	imap_stream_allow(
	    b->stream, BOX_BYTES, BOX_LINES, 0, b->lost ? 0 : BOX_GOODBYE);
	mailimap_free(b->imap);
	imap_stream_close(b->stream);
	free(b);
}

bool
imap_box_is_lost(const struct imap_box *b)
{
	return b->lost;
}

int
imap_box_select(
    struct imap_box *b, const char *mailbox, uint32_t *validity, struct err *e)
{
	int rc;

	box_allow(b, 0, 0, 0);
	rc = mailimap_select(b->imap, mailbox);
	if (box_result(b, rc, MAILIMAP_ERROR_SELECT, "SELECT", e) == -1)
		return -1;
	if (b->imap->imap_selection_info == NULL)
		return err_set(e, ERR_DENIED, "SELECT: nothing is selected");
	*validity = b->imap->imap_selection_info->sel_uidvalidity;
	return 0;
}

uint32_t
imap_box_exists(const struct imap_box *b)
{
	const struct mailimap_selection_info *selected =
	    b->imap->imap_selection_info;

	return selected == NULL ? 0 : selected->sel_exists;
}

/* What one FETCH told of a message; what it did not tell is 0 or NULL. */
struct told {
	uint32_t uid;
	uint32_t size;
	const struct mailimap_msg_att_body_section *body;
};

static void
told_read(struct told *t, const struct mailimap_msg_att *att)
{
	*t = (struct told){0};
	for (clistiter *i = clist_begin(att->att_list); i != NULL;
	     i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *s;

		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC)
			continue;
		s = item->att_data.att_static;
		if (s->att_type == MAILIMAP_MSG_ATT_UID)
			t->uid = s->att_data.att_uid;
		else if (s->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE)
			t->size = s->att_data.att_rfc822_size;
		else if (s->att_type == MAILIMAP_MSG_ATT_BODY_SECTION)
			t->body = s->att_data.att_body_section;
	}
}

static bool
list_has(const struct imap_item *item, size_t count, uint32_t uid)
{
	for (size_t i = 0; i < count; i++)
		if (item[i].uid == uid)
			return true;
	return false;
}

static void
list_read(clist *list, struct imap_item *item, size_t max, size_t *count)
{
	for (clistiter *i = clist_begin(list); i != NULL && *count < max;
	     i = clist_next(i)) {
		struct told t;

		told_read(&t, clist_content(i));
		/* Servers list in order; then this looks at one alone. */
		if (t.uid == 0 ||
		    (*count > 0 && t.uid <= item[*count - 1].uid &&
			list_has(item, *count, t.uid)))
			continue;
		item[(*count)++] = (struct imap_item){t.uid, t.size};
	}
}

static struct mailimap_fetch_type *
box_attributes(struct mailimap_fetch_att *one, struct mailimap_fetch_att *two)
{
	struct mailimap_fetch_type *type =
	    mailimap_fetch_type_new_fetch_att_list_empty();

	if (type == NULL || one == NULL || two == NULL ||
	    mailimap_fetch_type_new_fetch_att_list_add(type, one) != 0 ||
	    mailimap_fetch_type_new_fetch_att_list_add(type, two) != 0)
		abort();
	return type;
}

int
imap_box_list(struct imap_box *b, uint32_t first, uint32_t last,
    struct imap_item *item, size_t *count, struct err *e)
{
	struct mailimap_fetch_type *type = box_attributes(
	    mailimap_fetch_att_new_uid(), mailimap_fetch_att_new_rfc822_size());
	struct mailimap_set *set = mailimap_set_new_interval(first, last);
	clist *list = NULL;
	size_t max = last - first + 1;
	int rc;

	*count = 0;
	if (set == NULL)
		abort();
	box_allow(b, max * BOX_LIST_LINE, max, 0);
	rc = mailimap_fetch(b->imap, set, type, &list);
	mailimap_set_free(set);
	mailimap_fetch_type_free(type);
	if (box_result(b, rc, MAILIMAP_ERROR_FETCH, "FETCH", e) == -1)
		return -1;
	list_read(list, item, max, count);
	mailimap_fetch_list_free(list);
	return 0;
}

static struct mailimap_set *
box_set(const uint32_t *uid, size_t count)
{
	struct mailimap_set *set = mailimap_set_new_empty();

	if (set == NULL)
		abort();
	for (size_t i = 0; i < count; i++)
		if (mailimap_set_add_single(set, uid[i]) != 0)
			abort();
	return set;
}

/* One answer with bodies on its way to who wants them. */
struct bodies {
	const struct imap_item *item;
	size_t count;
	uint32_t offset;
	bool had[IMAP_FETCH_MAX];
	int (*got)(
	    void *ctx, size_t i, const char *data, size_t len, struct err *e);
	void *ctx;
};

static int
bodies_give(struct bodies *l, const struct told *t, struct err *e)
{
	const struct mailimap_msg_att_body_section *body = t->body;

	if (body == NULL || body->sec_origin_octet != l->offset ||
	    (body->sec_section != NULL && body->sec_section->sec_spec != NULL))
		return 0;
	for (size_t i = 0; i < l->count; i++) {
		if (l->item[i].uid != t->uid || l->had[i])
			continue;
		l->had[i] = true;
		return l->got(l->ctx, i,
		    body->sec_body_part == NULL ? "" : body->sec_body_part,
		    body->sec_body_part == NULL ? 0 : body->sec_length, e);
	}
	return 0;
}

static int
box_bodies(struct imap_box *b, struct bodies *l, struct err *e)
{
	struct mailimap_section *whole = mailimap_section_new(NULL);
	struct mailimap_fetch_type *type =
	    box_attributes(mailimap_fetch_att_new_uid(),
		mailimap_fetch_att_new_body_peek_section_partial(
		    whole, l->offset, IMAP_PIECE));
	uint32_t uid[IMAP_FETCH_MAX];
	struct mailimap_set *set;
	size_t bytes = 0;
	clist *list = NULL;
	int rc;

	for (size_t i = 0; i < l->count; i++) {
		size_t size = l->item[i].size;

		uid[i] = l->item[i].uid;
		/* Some announce a little less than they send. */
		size += size / 4 + BOX_SLACK;
		bytes += size < IMAP_PIECE ? size : IMAP_PIECE + BOX_SLACK;
	}
	set = box_set(uid, l->count);
	box_allow(b, bytes, 0, IMAP_PIECE);
	rc = mailimap_uid_fetch(b->imap, set, type, &list);
	mailimap_set_free(set);
	mailimap_fetch_type_free(type);
	if (box_result(b, rc, MAILIMAP_ERROR_UID_FETCH, "UID FETCH", e) == -1)
		return -1;
	rc = 0;
	for (clistiter *i = clist_begin(list); i != NULL && rc == 0;
	     i = clist_next(i)) {
		struct told t;

		told_read(&t, clist_content(i));
		rc = bodies_give(l, &t, e);
	}
	mailimap_fetch_list_free(list);
	return rc;
}

int
imap_box_fetch(struct imap_box *b, const struct imap_item *item, size_t count,
    int (*got)(
	void *ctx, size_t i, const char *data, size_t len, struct err *e),
    void *ctx, struct err *e)
{
	struct bodies l = {
	    .item = item, .count = count, .got = got, .ctx = ctx};

	return box_bodies(b, &l, e);
}

int
imap_box_piece(struct imap_box *b, const struct imap_item *item,
    uint32_t offset,
    int (*got)(
	void *ctx, size_t i, const char *data, size_t len, struct err *e),
    void *ctx, struct err *e)
{
	/* Whatever it announced, this much may come. */
	const struct imap_item piece = {item->uid, IMAP_PIECE};
	struct bodies l = {.item = &piece,
	    .count = 1,
	    .offset = offset,
	    .got = got,
	    .ctx = ctx};

	return box_bodies(b, &l, e);
}

static int
box_copy_away(struct imap_box *b, struct mailimap_set *set, const char *mailbox,
    struct err *e)
{
	struct mailimap_flag_list *flags = mailimap_flag_list_new_empty();
	struct mailimap_store_att_flags *store;
	int rc;

	if (flags == NULL ||
	    mailimap_flag_list_add(flags, mailimap_flag_new_deleted()) != 0)
		abort();
	store = mailimap_store_att_flags_new_add_flags_silent(flags);
	if (store == NULL)
		abort();
	box_allow(b, 0, 0, 0);
	rc = mailimap_uid_copy(b->imap, set, mailbox);
	rc = box_result(b, rc, MAILIMAP_ERROR_UID_COPY, "UID COPY", e);
	if (rc == 0) {
		box_allow(b, 0, 0, 0);
		rc = mailimap_uid_store(b->imap, set, store);
		rc =
		    box_result(b, rc, MAILIMAP_ERROR_UID_STORE, "UID STORE", e);
	}
	mailimap_store_att_flags_free(store);
	if (rc == -1)
		return -1;
	box_allow(b, 0, 0, 0);
	rc = mailimap_uid_expunge(b->imap, set);
	return box_result(b, rc, MAILIMAP_ERROR_EXPUNGE, "UID EXPUNGE", e);
}

static int
box_move(struct imap_box *b, struct mailimap_set *set, const char *mailbox,
    struct err *e)
{
	int rc;

	if (!b->offers.move)
		return box_copy_away(b, set, mailbox, e);
	box_allow(b, 0, 0, 0);
	rc = mailimap_uid_move(b->imap, set, mailbox);
	return box_result(b, rc, MAILIMAP_ERROR_UID_MOVE, "UID MOVE", e);
}

int
imap_box_move(struct imap_box *b, const uint32_t *uid, size_t count,
    const char *mailbox, struct err *e)
{
	struct mailimap_set *set;
	struct err no = {0};
	int rc;

	if (!b->offers.move && !b->offers.uidplus)
		return err_set(e, ERR_DENIED,
		    "the server has neither MOVE (RFC 6851) nor UIDPLUS (RFC "
		    "4315): nothing can be moved away");
	set = box_set(uid, count);
	rc = box_move(b, set, mailbox, e);
	if (rc == -1 && !b->lost) {
		/* Most often it is absent; if it is there, this fails. */
		box_allow(b, 0, 0, 0);
		(void)box_result(b, mailimap_create(b->imap, mailbox),
		    MAILIMAP_ERROR_CREATE, "CREATE", &no);
		if (!b->lost)
			rc = box_move(b, set, mailbox, e);
	}
	mailimap_set_free(set);
	return rc;
}

int
imap_box_idle(struct imap_box *b, int64_t until, struct err *e)
{
	int rc;

	if (b->imap->imap_selection_info == NULL)
		return err_set(e, ERR_DENIED, "IDLE: nothing is selected");
	box_allow(b, 0, 0, 0);
	rc = mailimap_idle(b->imap);
	/* A refusal comes as what is no continuation. */
	if (rc == MAILIMAP_ERROR_PARSE &&
	    imap_stream_error(b->stream)->code == ERR_NONE)
		return err_set(e, ERR_DENIED, "IDLE: the server says no");
	if (box_result(b, rc, -1, "IDLE", e) == -1)
		return -1;
	rc = 1;
	if (b->imap->imap_stream->read_buffer_len == 0)
		rc = imap_stream_wait(b->stream, until);
	if (rc == -1) {
		b->lost = true;
		return err_set(e, ERR_TEMP, "stopping");
	}
	box_allow(b, 0, 0, 0);
	rc = mailimap_idle_done(b->imap);
	if (box_result(b, rc, MAILIMAP_ERROR_EXTENSION, "DONE", e) == -1)
		return -1;
	return b->imap->imap_selection_info != NULL &&
	       b->imap->imap_selection_info->sel_has_exists;
}
