#include "message/memfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static bool
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

int
memfile_create(int *fd, const void *data, size_t len, struct err *e)
{
	*fd = memfd_create("noroshi", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd == -1)
		return err_set(e, ERR_TEMP, "memory file: %m");
	if (!write_all(*fd, data, len) ||
	    fcntl(*fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == -1) {
		(void)err_set(e, ERR_TEMP, "memory file of %zu bytes: %m", len);
		close(*fd);
		*fd = -1;
		return -1;
	}
	return 0;
}

int
memfile_open(struct memfile *m, int fd, uint64_t len, struct err *e)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	void *p;

	m->data = (const unsigned char *)"";
	m->len = 0;
	if (seals == -1 || (seals & SEALS) != SEALS)
		return err_set(e, ERR_BUG, "a memory file is not sealed");
	if (fstat(fd, &st) == -1 || st.st_size < 0 ||
	    (uint64_t)st.st_size != len)
		return err_set(
		    e, ERR_BUG, "a memory file has not the size announced");
	if (len == 0)
		return 0;
	p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_set(e, ERR_TEMP, "map a memory file: %m");
	m->data = p;
	m->len = len;
	return 0;
}

void
memfile_close(struct memfile *m)
{
	union {
		const void *kept;
		void *wanted; /* munmap's type */
	} p = {.kept = m->data};

	if (m->len > 0)
		munmap(p.wanted, m->len);
	m->data = (const unsigned char *)"";
	m->len = 0;
}
