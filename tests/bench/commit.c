/*
 * commit.c - what the disk can do of what taking in asks of it, for
 * tests/bench/imap.sh.
 *
 *	commit FOLDER MESSAGES BYTES BATCH
 *
 * Makes MESSAGES of BYTES durable in FOLDER, BATCH of them together, as
 * store/spool_batch.h does: a file of bytes and a small one each, written to
 * FOLDER/tmp, all of them synced, the small ones renamed into FOLDER/new, that
 * folder synced, the others renamed, the folder synced again. No hash, no
 * protocol, nobody told. Prints messages a second.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX 128
#define SMALL 200 /* bytes, about an envelope's */

struct place {
	int tmp, new;
	char *bytes;
	size_t len;
};

static int
failed(const char *what)
{
	fprintf(stderr, "commit: %s: %s\n", what, strerror(errno));
	return -1;
}

static int
put(const struct place *p, const char *name, size_t len)
{
	int fd = openat(p->tmp, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd == -1 || write(fd, p->bytes, len) != (ssize_t)len)
		return failed(name);
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return fd;
}

static void
name_of(char *name, size_t size, long number, const char *end)
{
	(void)snprintf(name, size, "%064ld%s", number, end);
}

static int
rename_all(const struct place *p, long from, int count, const char *end)
{
	char name[80];

	for (int i = 0; i < count; i++) {
		name_of(name, sizeof(name), from + i, end);
		if (renameat(p->tmp, name, p->new, name) == -1)
			return failed(name);
	}
	return fsync(p->new) == -1 ? failed("new") : 0;
}

static int
batch(const struct place *p, long from, int count)
{
	int fd[2 * BATCH_MAX];
	char name[80];

	for (int i = 0; i < count; i++) {
		name_of(name, sizeof(name), from + i, "");
		fd[2 * i] = put(p, name, p->len);
		name_of(name, sizeof(name), from + i, ".env");
		fd[2 * i + 1] = put(p, name, SMALL);
		if (fd[2 * i] == -1 || fd[2 * i + 1] == -1)
			return -1;
	}
	for (int i = 0; i < 2 * count; i++)
		if (fsync(fd[i]) == -1 || close(fd[i]) == -1)
			return failed("fsync");
	return rename_all(p, from, count, ".env") == 0 &&
		       rename_all(p, from, count, "") == 0
		   ? 0
		   : -1;
}

static int
open_place(struct place *p, const char *folder)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY);

	if (dir == -1)
		return failed(folder);
	if (mkdirat(dir, "tmp", 0700) == -1 || mkdirat(dir, "new", 0700) == -1)
		return failed(folder);
	p->tmp = openat(dir, "tmp", O_RDONLY | O_DIRECTORY);
	p->new = openat(dir, "new", O_RDONLY | O_DIRECTORY);
	close(dir);
	return p->tmp == -1 || p->new == -1 ? failed(folder) : 0;
}

int
main(int argc, char **argv)
{
	struct place p = {-1, -1, NULL, 0};
	struct timespec a, b;
	long messages, at = 0;
	int size;

	if (argc != 5) {
		fputs("usage: commit FOLDER MESSAGES BYTES BATCH\n", stderr);
		return 64;
	}
	messages = strtol(argv[2], NULL, 10);
	p.len = strtoul(argv[3], NULL, 10);
	size = (int)strtol(argv[4], NULL, 10);
	if (messages < 1 || p.len < SMALL || size < 1 || size > BATCH_MAX) {
		fputs("commit: a number is out of range\n", stderr);
		return 64;
	}
	p.bytes = malloc(p.len);
	if (p.bytes == NULL || open_place(&p, argv[1]) == -1)
		return 70;
	memset(p.bytes, 'x', p.len);
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	while (at < messages) {
		int count = messages - at < size ? (int)(messages - at) : size;

		if (batch(&p, at, count) == -1)
			return 70;
		at += count;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.0f\n",
	    (double)messages / ((double)(b.tv_sec - a.tv_sec) +
				   (double)(b.tv_nsec - a.tv_nsec) / 1e9));
	free(p.bytes);
	return 0;
}
