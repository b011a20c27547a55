#include "deliver/mailfile.h"

#include <errno.h>
#include <unistd.h>

void
mailfile_rewind(struct mailfile *l)
{
	l->at = 0;
	l->broken = false;
}

const char *
mailfile_next(struct mailfile *l, size_t *len)
{
	ssize_t n;

	do {
		n = pread(l->fd, l->chunk, sizeof(l->chunk), l->at);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		l->broken = true;
	*len = n > 0 ? (size_t)n : 0;
	l->at += (off_t)*len;
	return l->chunk;
}

/* last is the byte before the piece, and then the last one of it. */
static bool
mailfile_lines(const char *piece, size_t len, char *last)
{
	for (size_t i = 0; i < len; i++) {
		if ((*last == '\r') != (piece[i] == '\n'))
			return false;
		*last = piece[i];
	}
	return true;
}

int
mailfile_open(struct mailfile *l, int fd, struct err *e)
{
	char last = '\0';
	size_t len;
	const char *piece;

	l->fd = fd;
	mailfile_rewind(l);
	while ((piece = mailfile_next(l, &len)) != NULL && len > 0)
		if (!mailfile_lines(piece, len, &last))
			return err_set(e, ERR_BUG,
			    "a mail with a CR or LF alone is not sent");
	if (l->broken)
		return err_set(e, ERR_TEMP, "the mail's file: %m");
	if (last != '\n')
		return err_set(
		    e, ERR_BUG, "a mail without its last CRLF is not sent");
	l->size = l->at;
	mailfile_rewind(l);
	return 0;
}
