#include "message/etpan.h"

#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "message/header.h"

/* Nodes that wait, the next one last. */
struct stack {
	struct mailmime **item;
	size_t count;
};

static void
push(struct stack *s, struct mailmime *node)
{
	s->item = xgrow(s->item, s->count, sizeof(*s->item));
	s->item[s->count++] = node;
}

/* Children in reverse, so that the first is taken first. */
static void
push_children(struct stack *s, const struct mailmime *node)
{
	if (node->mm_type == MAILMIME_MESSAGE) {
		if (node->mm_data.mm_message.mm_msg_mime != NULL)
			push(s, node->mm_data.mm_message.mm_msg_mime);
	} else if (node->mm_type == MAILMIME_MULTIPLE) {
		clist *list = node->mm_data.mm_multipart.mm_mp_list;

		for (clistiter *i = clist_end(list); i != NULL;
		     i = clist_previous(i))
			push(s, clist_content(i));
	}
}

static enum scan_kind
kind_of(const struct mailmime *node)
{
	if (node->mm_type == MAILMIME_MULTIPLE)
		return SCAN_MULTIPART;
	return node->mm_type == MAILMIME_MESSAGE ? SCAN_MESSAGE : SCAN_LEAF;
}

/* bytes is what libetpan read, from byte skip of the message on. */
static bool
walk(struct stack *s, const struct scan *scan, const char *bytes, size_t skip)
{
	size_t n = 0;

	while (s->count > 0) {
		struct mailmime *node = s->item[--s->count];
		const struct scan_part *p = &scan->part[n];
		const char *end = node->mm_mime_start + node->mm_length;

		if (n == scan->parts || kind_of(node) != p->kind)
			return false;
		/* Where a part starts, it and we count an empty header in
		 * different ways; where it ends, there is only one answer. */
		if (node->mm_mime_start != NULL &&
		    end != bytes + cuts_place(&scan->cuts, p->end) - skip)
			return false;
		n++;
		push_children(s, node);
	}
	return n == scan->parts;
}

bool
etpan_agrees(const struct scan *scan, const void *data, size_t len)
{
	struct mailmime *root = NULL;
	struct stack s = {0};
	struct buf bytes;
	size_t at = 0, skip = len == 0 ? 0 : header_mailbox_line(data, len);
	bool same = false;

	if (len == skip)
		return true;
	/* It reads a body again for each level around it. */
	buf_init_secret(&bytes, len);
	cuts_apply(&scan->cuts, data, skip, len, &bytes);
	if (mailmime_parse(buf_str(&bytes), bytes.len, &at, &root) ==
		MAILIMF_NO_ERROR &&
	    root->mm_type == MAILMIME_MESSAGE) {
		push_children(&s, root);
		same = walk(&s, scan, buf_str(&bytes), skip);
	}
	free(s.item);
	if (root != NULL)
		mailmime_free(root);
	buf_free(&bytes);
	return same;
}
