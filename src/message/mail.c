#include "message/mail.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "message/encoding.h"
#include "message/memfile.h"

#define MAIL_DEADLINE 60000 /* milliseconds for one answer of the parser */
#define MAIL_WARNINGS_MAX 64 /* words of one answer */
#define MAIL_LEAVES_MAX                                                        \
	(LEAVES_BYTES + 32 * (size_t)LEAVES_MAX) /* bytes, packed */

/* Whatever the parser does wrong, it is no matter of the message. */
static int
parser_failed(struct err *e, const char *why)
{
	return err_set(e, ERR_BUG, "parser: %s", why);
}

/* The parser's own words on why it failed. */
static int
failed_read(const struct ipc_frame *frame, struct err *e)
{
	struct unpack u;
	uint64_t code;
	char *text;
	int rc;

	unpack_init(&u, frame->body, frame->len);
	code = unpack_u64(&u);
	text = unpack_str(&u);
	if (!unpack_done(&u) || text == NULL)
		rc = parser_failed(e, "an answer does not unpack");
	else if (code == ERR_DATA)
		rc = err_set(e, ERR_DATA, "%s", text);
	else
		rc = parser_failed(e, text);
	free(text);
	return rc;
}

/* Sends a memory file with a request and takes the answer of the wanted type.
 */
static int
ask(struct mail *mail, enum ipc_type type, const struct buf *request, int fd,
    enum ipc_type wanted, struct ipc_frame *frame, struct err *e)
{
	struct err why = {0};
	int rc = ipc_send(mail->parser, type, request, fd, &why);

	if (rc == -1)
		return parser_failed(e, why.text);
	rc = ipc_wait(mail->parser, frame, MAIL_DEADLINE, &why);
	if (rc == 0)
		return parser_failed(e, "no answer in time");
	if (rc == -1)
		return parser_failed(e, why.text);
	if (frame->type == wanted &&
	    (frame->fd != -1) == (wanted != IPC_PARSED))
		return 0;
	if (frame->fd != -1)
		close(frame->fd);
	if (frame->type == IPC_FAILED)
		return failed_read(frame, e);
	return parser_failed(e, "an answer to something else");
}

static void
pack_limits(const struct mail *mail, struct buf *request, uint64_t size,
    uint64_t levels)
{
	const struct config *c = mail->config;
	uint64_t depth = (uint64_t)c->limit_depth;
	uint64_t parts = (uint64_t)c->limit_parts;

	pack_u64(request, size);
	pack_i64(request,
	    mail->buffers == 0 ? c->limit_message : c->limit_decrypted);
	pack_u64(request, depth > levels ? depth - levels : 0);
	pack_u64(
	    request, parts > mail->table.parts ? parts - mail->table.parts : 0);
	pack_i64(request, c->limit_header);
	pack_i64(request, c->limit_field);
	pack_i64(request, c->limit_comments);
	pack_i64(request, c->limit_addresses);
}

/* The table of a further buffer joins ours; from is empty afterwards. */
static void
table_join(struct mail *mail, struct part_table *from, uint32_t buffer,
    uint32_t parent)
{
	struct part_table *t = &mail->table;
	uint32_t base = (uint32_t)t->parts;
	uint32_t depth = parent == PART_NONE ? 0 : t->part[parent].depth + 1;

	for (size_t i = 0; i < from->parts; i++) {
		struct part *p = &from->part[i];

		p->buffer = buffer;
		p->depth += depth;
		p->parent = p->parent == PART_NONE ? parent : p->parent + base;
		t->part = xgrow(t->part, t->parts, sizeof(*t->part));
		t->part[t->parts++] = *p;
	}
	for (size_t i = 0; i < from->fields; i++) {
		from->field[i].part += base;
		t->field = xgrow(t->field, t->fields, sizeof(*t->field));
		t->field[t->fields++] = from->field[i];
	}
	for (size_t i = 0; i < from->heads; i++) {
		from->head[i].part += base;
		t->head = xgrow(t->head, t->heads, sizeof(*t->head));
		t->head[t->heads++] = from->head[i];
	}
	for (size_t i = 0; i < from->warnings.count; i++)
		strs_add_once(&t->warnings, from->warnings.item[i]);
	from->parts = from->fields = from->heads = 0;
	part_table_free(from);
}

static int
parse_file(struct mail *mail, const struct buf *bytes, int fd, uint32_t parent,
    struct err *e)
{
	uint64_t levels = parent == PART_NONE
			      ? 0
			      : mail->table.part[parent].depth + UINT64_C(1);
	struct part_table table;
	struct ipc_frame frame;
	struct buf request;
	struct unpack u;
	int rc;

	buf_init(&request, IPC_BODY_MAX);
	pack_limits(mail, &request, bytes->len, levels);
	rc = ask(mail, IPC_PARSE, &request, fd, IPC_PARSED, &frame, e);
	buf_free(&request);
	if (rc == -1)
		return -1;
	unpack_init(&u, frame.body, frame.len);
	if (part_table_unpack(&table, &u, bytes->len,
		(size_t)mail->config->limit_parts) == -1)
		return parser_failed(e, "a table that contradicts itself");
	if (!unpack_done(&u)) {
		part_table_free(&table);
		return parser_failed(e, "a table with more behind it");
	}
	table_join(mail, &table, (uint32_t)mail->buffers, parent);
	return 0;
}

/* bytes is taken where that works. */
static int
buffer_add(struct mail *mail, struct buf *bytes, uint32_t parent, struct err *e)
{
	size_t max = bytes->max;
	int fd;

	if (memfile_create(&fd, buf_str(bytes), bytes->len, e) == -1)
		return -1;
	if (parse_file(mail, bytes, fd, parent, e) == -1) {
		close(fd);
		return -1;
	}
	mail->file = xgrow(mail->file, mail->buffers, sizeof(*mail->file));
	mail->file[mail->buffers] = fd;
	mail->buffer =
	    xgrow(mail->buffer, mail->buffers, sizeof(*mail->buffer));
	mail->buffer[mail->buffers++] = *bytes;
	buf_init(bytes, max);
	return 0;
}

int
mail_open(struct mail **out, struct ipc *parser, const struct config *config,
    const void *raw, size_t len, struct err *e)
{
	struct mail *mail = xcalloc(1, sizeof(*mail));
	struct buf bytes = {.len = len, .max = len};
	int rc;

	*out = NULL;
	mail->parser = parser;
	mail->config = config;
	/* nobody writes to it */
	if (len > 0)
		bytes.data = (unsigned char *)(uintptr_t)raw;
	rc = buffer_add(mail, &bytes, PART_NONE, e);
	if (rc == 0) {
		*out = mail;
		mail = NULL;
	}
	mail_free(mail);
	return rc;
}

int
mail_add(struct mail *mail, struct buf *bytes, uint32_t parent, uint32_t *root,
    struct err *e)
{
	uint32_t first = (uint32_t)mail->table.parts;

	if (parent >= mail->table.parts) {
		buf_free(bytes);
		return err_set(e, ERR_BUG, "no part %u", (unsigned)parent);
	}
	bytes->secret = true;
	if (buffer_add(mail, bytes, parent, e) == -1) {
		buf_free(bytes);
		return -1;
	}
	*root = first;
	return 0;
}

static const unsigned char *
span(const struct mail *mail, uint32_t part, bool entity, size_t *len)
{
	static const unsigned char nothing[1] = {0};
	const struct part *p;
	uint64_t from;

	*len = 0;
	if (part >= mail->table.parts)
		return nothing;
	p = &mail->table.part[part];
	from = entity ? p->start : p->body;
	*len = (size_t)(p->end - from);
	return *len == 0 ? nothing : mail->buffer[p->buffer].data + from;
}

const unsigned char *
mail_entity(const struct mail *mail, uint32_t part, size_t *len)
{
	return span(mail, part, true, len);
}

const unsigned char *
mail_body(const struct mail *mail, uint32_t part, size_t *len)
{
	return span(mail, part, false, len);
}

/* Takes the bytes of an answer; text is looked at once more. */
static int
bytes_take(const struct ipc_frame *frame, size_t most, bool text,
    struct buf *out, struct strs *warnings, struct err *e)
{
	struct strs words = {0};
	struct memfile file = {0};
	struct unpack u;
	uint64_t size;
	int rc = -1;

	unpack_init(&u, frame->body, frame->len);
	size = unpack_u64(&u);
	unpack_strs(&u, &words, MAIL_WARNINGS_MAX);
	if (!unpack_done(&u) || size > most) {
		(void)parser_failed(e, "an answer does not unpack");
	} else if (memfile_open(&file, frame->fd, size, e) == 0) {
		rc = 0;
		if (text)
			utf8_put_safe(out, file.data, file.len);
		else if (file.len > 0)
			buf_put(out, file.data, file.len);
		for (size_t i = 0; i < words.count && warnings != NULL; i++)
			strs_add_once(warnings, words.item[i]);
	}
	memfile_close(&file);
	strs_free(&words);
	close(frame->fd);
	return rc;
}

/* What the parser is to read of a memory file. */
struct stretch {
	int fd;
	size_t size, from, len; /* bytes: of the file, and in it */
};

static void
pack_stretch(struct buf *request, const struct stretch *s)
{
	pack_u64(request, s->size);
	pack_u64(request, s->from);
	pack_u64(request, s->len);
}

/* A part's body: the parser has seen the file before, and gets it again. */
static struct stretch
body_stretch(const struct mail *mail, uint32_t part)
{
	const struct part *p = &mail->table.part[part];

	return (struct stretch){.fd = mail->file[p->buffer],
	    .size = mail->buffer[p->buffer].len,
	    .from = (size_t)p->body,
	    .len = (size_t)(p->end - p->body)};
}

static int
text_of(struct mail *mail, const struct part *form, const struct stretch *s,
    struct buf *out, struct strs *warnings, struct err *e)
{
	size_t most = (size_t)mail->config->limit_text;
	struct ipc_frame frame;
	struct buf request;
	int rc;

	if (most > out->max - out->len)
		most = out->max - out->len;
	buf_init(&request, IPC_BODY_MAX);
	pack_stretch(&request, s);
	pack_str(&request, form->encoding);
	pack_str(&request, form->charset);
	pack_bool(&request, strcmp(form->type, "text/html") == 0);
	pack_bool(&request, form->flowed);
	pack_bool(&request, form->delsp);
	pack_bool(&request, form->legacy_display);
	pack_u64(&request, most);
	rc = ask(mail, IPC_TEXT, &request, s->fd, IPC_TEXT_IS, &frame, e);
	buf_free(&request);
	if (rc == -1)
		return -1;
	return bytes_take(&frame, most, true, out, warnings, e);
}

int
mail_text(struct mail *mail, uint32_t part, struct buf *out,
    struct strs *warnings, struct err *e)
{
	struct stretch s;

	if (part >= mail->table.parts)
		return err_set(e, ERR_BUG, "no part %u", (unsigned)part);
	s = body_stretch(mail, part);
	return text_of(mail, &mail->table.part[part], &s, out, warnings, e);
}

int
mail_bytes_text(struct mail *mail, const void *data, size_t len,
    const char *charset, struct buf *out, struct strs *warnings, struct err *e)
{
	char type[] = "text/plain";
	char *label = xstrdup_null(charset);
	const struct part form = {.type = type, .charset = label};
	struct stretch s = {.fd = -1, .size = len, .len = len};
	int rc = memfile_create(&s.fd, data, len, e);

	if (rc == 0) {
		rc = text_of(mail, &form, &s, out, warnings, e);
		close(s.fd);
	}
	free(label);
	return rc;
}

bool
mail_is_plain(const struct mail *mail, uint32_t part)
{
	return part < mail->table.parts &&
	       encoding_find(mail->table.part[part].encoding) ==
		   ENCODING_IDENTITY;
}

static int
plain_data(const struct mail *mail, uint32_t part, size_t most, struct buf *out,
    struct err *e)
{
	size_t len;
	const unsigned char *body = mail_body(mail, part, &len);

	if (len > most)
		return err_set(e, ERR_DATA, "content over %zu bytes", most);
	buf_expect(out, len);
	buf_put(out, body, len);
	return 0;
}

int
mail_data(struct mail *mail, uint32_t part, struct buf *out, struct err *e)
{
	size_t most = out->max - out->len;
	struct strs warnings = {0};
	struct ipc_frame frame;
	struct buf request;
	struct stretch s;
	int rc;

	if (part >= mail->table.parts)
		return err_set(e, ERR_BUG, "no part %u", (unsigned)part);
	if (mail_is_plain(mail, part))
		return plain_data(mail, part, most, out, e);
	s = body_stretch(mail, part);
	/* Decoding never makes more of it. */
	if (most > s.len + 1)
		most = s.len + 1;
	buf_init(&request, IPC_BODY_MAX);
	pack_stretch(&request, &s);
	pack_str(&request, mail->table.part[part].encoding);
	pack_u64(&request, most);
	rc = ask(mail, IPC_DATA, &request, s.fd, IPC_DATA_IS, &frame, e);
	buf_free(&request);
	if (rc == -1)
		return -1;
	rc = bytes_take(&frame, most, false, out, &warnings, e);
	/* A piece of a file is not that file. */
	if (rc == 0 && strs_has(&warnings, "data-truncated"))
		rc = err_set(e, ERR_DATA, "content over %zu bytes", most);
	strs_free(&warnings);
	return rc;
}

int
mail_json(struct mail *mail, const void *data, size_t len, struct leaves *out,
    struct err *e)
{
	struct ipc_frame frame;
	struct buf request, packed;
	struct unpack u;
	int fd, rc;

	*out = (struct leaves){0};
	if (memfile_create(&fd, data, len, e) == -1)
		return -1;
	buf_init(&request, IPC_BODY_MAX);
	pack_u64(&request, len);
	rc = ask(mail, IPC_JSON, &request, fd, IPC_JSON_IS, &frame, e);
	buf_free(&request);
	close(fd);
	if (rc == -1)
		return -1;
	buf_init_secret(&packed, MAIL_LEAVES_MAX);
	rc = bytes_take(&frame, packed.max, false, &packed, NULL, e);
	if (rc == 0) {
		unpack_init(&u, buf_str(&packed), packed.len);
		if (leaves_unpack(out, &u) == -1 || !unpack_done(&u)) {
			leaves_free(out);
			rc = parser_failed(e, "leaves that contradict it");
		}
	}
	buf_free(&packed);
	return rc;
}

void
mail_free(struct mail *mail)
{
	if (mail == NULL)
		return;
	for (size_t i = 0; i < mail->buffers; i++)
		close(mail->file[i]);
	free(mail->file);
	/* the first is not ours */
	for (size_t i = 1; i < mail->buffers; i++)
		buf_free(&mail->buffer[i]);
	free(mail->buffer);
	part_table_free(&mail->table);
	free(mail);
}
