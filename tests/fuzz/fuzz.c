#include "fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf8.h"

unsigned
fuzz_byte(struct fuzz *f)
{
	if (f->left == 0)
		return 0;
	f->left--;
	return *f->p++;
}

static size_t
line_length(const struct fuzz *f)
{
	const unsigned char *end =
	    f->left == 0 ? NULL : memchr(f->p, '\n', f->left);

	return end == NULL ? f->left : (size_t)(end - f->p);
}

static void
line_skip(struct fuzz *f, size_t len)
{
	if (len < f->left)
		len++;
	f->p += len;
	f->left -= len;
}

char *
fuzz_line(struct fuzz *f)
{
	size_t len = line_length(f);
	char *line = xmalloc(len + 1);

	for (size_t i = 0; i < len; i++)
		line[i] = f->p[i] == '\0' ? ' ' : (char)f->p[i];
	line[len] = '\0';
	line_skip(f, len);
	return line;
}

char *
fuzz_safe_line(struct fuzz *f)
{
	size_t len = line_length(f);
	struct buf b;

	buf_init(&b, 3 * len + 1);
	(void)utf8_put_line(&b, f->p, len);
	line_skip(f, len);
	return buf_take_str(&b);
}

char *
fuzz_safe_text(struct fuzz *f, size_t *len)
{
	struct buf b;

	buf_init(&b, 3 * f->left + 1);
	(void)utf8_put_safe(&b, f->p, f->left);
	f->p += f->left;
	f->left = 0;
	*len = b.len;
	return buf_take_str(&b);
}

void
fuzz_edit(struct buf *whole, struct fuzz *f)
{
	while (f->left > 2 && whole->len > 0) {
		size_t at = (size_t)fuzz_byte(f) << 8 | fuzz_byte(f);
		size_t count = fuzz_byte(f);

		at %= whole->len;
		for (; count > 0 && f->left > 0 && at < whole->len; count--)
			whole->data[at++] = (unsigned char)fuzz_byte(f);
	}
}

/* The bytes of the code point at p, or 0; after the table of RFC 3629. */
static size_t
code_point(const unsigned char *p, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = p[0] < 0x80	 ? 1
		   : p[0] < 0xc0 ? 0
		   : p[0] < 0xe0 ? 2
		   : p[0] < 0xf0 ? 3
		   : p[0] < 0xf8 ? 4
				 : 0;

	if (n == 0 || n > len)
		return 0;
	*cp = n == 1 ? p[0] : p[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	if (*cp < least[n] || *cp > 0x10ffff || (*cp >> 11) == 0x1b)
		return 0;
	return n;
}

static bool
is_harmful(uint32_t before, uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} range[] = {{0, 8}, {0xb, 0x1f}, {0x7f, 0x9f}, {0x61c, 0x61c},
	    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2060},
	    {0x2066, 0x2069}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};

	if ((cp == 0x200c || cp == 0x200d) && before >= 0x620)
		return false;
	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++)
		if (cp >= range[i].first && cp <= range[i].last)
			return true;
	return false;
}

bool
fuzz_is_safe(const void *text, size_t len)
{
	const unsigned char *p = text;
	uint32_t before = 0;

	while (len > 0) {
		uint32_t cp = 0;
		size_t n = code_point(p, len, &cp);

		if (n == 0 || is_harmful(before, cp))
			return false;
		before = cp;
		p += n;
		len -= n;
	}
	return true;
}

bool
fuzz_stays(const void *text, size_t len)
{
	struct buf b;
	bool same;

	buf_init(&b, 3 * len + 1);
	same = !utf8_put_safe(&b, text, len) && b.len == len &&
	       (len == 0 || memcmp(b.data, text, len) == 0);
	buf_free(&b);
	return same;
}

bool
fuzz_stays_line(const char *line)
{
	return fuzz_stays(line, strlen(line)) && strpbrk(line, "\t\n") == NULL;
}

bool
fuzz_is_line(const char *line)
{
	return line == NULL || (fuzz_is_safe(line, strlen(line)) &&
				   strpbrk(line, "\t\n") == NULL);
}

bool
fuzz_are_lines(const struct strs *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (!fuzz_is_line(l->item[i]))
			return false;
	return true;
}

bool
fuzz_is_ascii(const void *text, size_t len)
{
	const unsigned char *p = text;

	for (size_t i = 0; i < len; i++)
		if (p[i] >= 0x80)
			return false;
	return true;
}

struct scan_limits
fuzz_limits(void)
{
	return (struct scan_limits){.message = 32U << 20,
	    .depth = 20,
	    .parts = 1000,
	    .header = 256U << 10,
	    .field = 64U << 10,
	    .comments = 10,
	    .addresses = 1000};
}

static void
check_part(const struct part_table *t, size_t i, size_t size)
{
	const struct part *p = &t->part[i];

	assert(p->buffer == 0);
	assert(p->start <= p->body && p->body <= p->end && p->end <= size);
	assert((i == 0) == (p->parent == PART_NONE));
	if (i > 0) {
		const struct part *up = &t->part[p->parent];

		assert(p->parent < i && p->depth == up->depth + 1);
		assert(p->start >= up->body && p->end <= up->end);
	}
	assert(p->type != NULL && p->encoding != NULL);
	assert(fuzz_is_line(p->type) && fuzz_is_line(p->charset) &&
	       fuzz_is_line(p->encoding) && fuzz_is_line(p->name) &&
	       fuzz_is_line(p->disposition) && fuzz_is_line(p->content_id) &&
	       fuzz_is_line(p->protocol) && fuzz_is_line(p->micalg) &&
	       fuzz_is_line(p->report_type) && fuzz_is_line(p->protection));
	assert(p->name == NULL ||
	       (p->name[0] != '\0' && strchr(p->name, '/') == NULL));
}

static void
check_mailboxes(const struct mailboxes *l)
{
	for (size_t i = 0; i < l->count; i++) {
		assert(l->item[i].address != NULL);
		assert(fuzz_is_line(l->item[i].address));
		assert(fuzz_is_line(l->item[i].name));
	}
}

static void
check_head(const struct part_table *t, const struct head *h)
{
	assert(h->part < t->parts);
	check_mailboxes(&h->from);
	check_mailboxes(&h->sender);
	check_mailboxes(&h->reply_to);
	check_mailboxes(&h->to);
	check_mailboxes(&h->cc);
	assert(fuzz_is_line(h->subject) && fuzz_is_line(h->message_id) &&
	       fuzz_is_line(h->date_text));
	assert(fuzz_are_lines(&h->in_reply_to) &&
	       fuzz_are_lines(&h->references) && fuzz_are_lines(&h->warnings));
}

void
fuzz_check_table(const struct part_table *t, size_t size)
{
	assert(t->parts > 0);
	for (size_t i = 0; i < t->parts; i++)
		check_part(t, i, size);
	for (size_t i = 0; i < t->fields; i++) {
		assert(t->field[i].part < t->parts);
		assert(fuzz_is_line(t->field[i].name));
		assert(fuzz_is_line(t->field[i].value));
	}
	for (size_t i = 0; i < t->heads; i++)
		check_head(t, &t->head[i]);
	assert(fuzz_are_lines(&t->warnings));
}

int
fuzz_lowest_fd(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	assert(fd != -1);
	close(fd);
	return fd;
}

int
fuzz_file(const void *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	assert(fd != -1);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		assert(n > 0);
		done += (size_t)n;
	}
	assert(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}
