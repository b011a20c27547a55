#include "base/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pack.h"

void
splice_add(struct buf *plan, const void *bytes, size_t len, uint64_t from,
    uint64_t count)
{
	pack_bytes(plan, bytes, len);
	pack_u64(plan, from);
	pack_u64(plan, count);
}

static int
splice_write(int to, const void *bytes, size_t len, struct err *e)
{
	const unsigned char *p = bytes;

	while (len > 0) {
		ssize_t n = write(to, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "memory file: %m");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
splice_range(int to, int fd, uint64_t from, uint64_t count, struct err *e)
{
	off_t at = (off_t)from;

	while (count > 0) {
		ssize_t n = sendfile(to, fd, &at, (size_t)count);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_set(e, ERR_TEMP, "shared file: %m");
		if (n == 0)
			return err_set(e, ERR_BUG, "the shared file shrank");
		count -= (uint64_t)n;
	}
	return 0;
}

static int
splice_steps(int to, int fd, uint64_t size, struct unpack *plan, struct err *e)
{
	while (plan->left > 0) {
		size_t len;
		const void *bytes = unpack_bytes(plan, &len);
		uint64_t from = unpack_u64(plan);
		uint64_t count = unpack_u64(plan);

		if (plan->bad || from > size || count > size - from)
			return err_set(e, ERR_BUG, "no plan of this file");
		if (splice_write(to, bytes, len, e) == -1 ||
		    splice_range(to, fd, from, count, e) == -1)
			return -1;
	}
	return 0;
}

int
splice_join(int fd, const void *plan, size_t len, int *out, struct err *e)
{
	struct unpack steps;
	struct stat st;
	int to;

	*out = -1;
	unpack_init(&steps, plan, len);
	if (fstat(fd, &st) == -1)
		return err_set(e, ERR_TEMP, "shared file: %m");
	to = memfd_create("mail", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (to == -1)
		return err_set(e, ERR_TEMP, "memory file: %m");
	if (splice_steps(to, fd, (uint64_t)st.st_size, &steps, e) == -1) {
		close(to);
		return -1;
	}
	if (fcntl(to, F_ADD_SEALS,
		F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW) == -1) {
		close(to);
		return err_set(e, ERR_TEMP, "memory file: %m");
	}
	*out = to;
	return 0;
}
