#include <string.h>
#include <unistd.h>

#include "deliver/mailfile.h"
#include "fuzz.h"

/* True where each CR and each LF is half of a CRLF, and one is the end. */
static bool
is_mail(const uint8_t *p, size_t len)
{
	if (len < 2 || p[len - 1] != '\n')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\r' && (i + 1 == len || p[i + 1] != '\n'))
			return false;
		if (p[i] == '\n' && (i == 0 || p[i - 1] != '\r'))
			return false;
	}
	return true;
}

static void
check_pieces(struct mailfile *l, const uint8_t *data, size_t size)
{
	size_t at = 0, n = 0;

	mailfile_rewind(l);
	for (;;) {
		const char *piece = mailfile_next(l, &n);

		if (n == 0)
			break;
		assert(n <= size - at && memcmp(piece, data + at, n) == 0);
		at += n;
	}
	assert(at == size && !l->broken);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	struct mailfile l;
	struct err e = {0};

	if (mailfile_open(&l, fd, &e) == 0) {
		assert(is_mail(data, size));
		check_pieces(&l, data, size);
		check_pieces(&l, data, size);
	} else {
		assert(!is_mail(data, size) && e.code == ERR_BUG);
	}
	close(fd);
	return 0;
}
