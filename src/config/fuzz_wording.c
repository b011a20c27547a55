#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "config/wording.h"
#include "fuzz.h"

/* A folder of a team's own with one text, made once. */
struct folder {
	char *path;
	int file;
};

static struct folder
folder_make(void)
{
	const char *tmp = getenv("TMPDIR");
	struct folder f = {.path = xasprintf("%s/noroshi-fuzz.XXXXXX",
			       tmp == NULL ? "/tmp" : tmp)};
	int dir;

	assert(mkdtemp(f.path) != NULL);
	dir = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(dir != -1 && mkdirat(dir, "en", 0700) == 0);
	f.file = openat(dir, "en/acknowledgement.txt",
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert(f.file != -1);
	close(dir);
	return f;
}

static struct folder folder;

static void
folder_remove(void)
{
	char *command[] = {xasprintf("%s/en/acknowledgement.txt", folder.path),
	    xasprintf("%s/en", folder.path)};

	(void)unlink(command[0]);
	(void)rmdir(command[1]);
	(void)rmdir(folder.path);
	free(command[0]);
	free(command[1]);
	free(folder.path);
	folder.path = NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wording_values values = {"EX-2026-0001",
	    "Example CSIRT", "team@example.org", "0123", "No reason"};
	struct buf subject, text;
	char *mistake;

	if (folder.path == NULL) {
		log_init("fuzz", LOG_LEVEL_ERROR);
		folder = folder_make();
		(void)atexit(folder_remove);
	}
	assert(ftruncate(folder.file, 0) == 0);
	assert(pwrite(folder.file, data, size, 0) == (ssize_t)size);
	mistake = wording_check(folder.path);
	assert(fuzz_is_line(mistake));
	buf_init(&subject, 64 * size + 65536);
	buf_init(&text, 64 * size + 65536);
	wording_make(folder.path, "en", WORDING_ACKNOWLEDGEMENT, &values,
	    &subject, &text);
	assert(subject.len > 0 && !subject.over && !text.over);
	assert(fuzz_is_line(buf_str(&subject)));
	assert(fuzz_is_safe(text.data, text.len));
	assert(strpbrk(buf_str(&subject), "{}") == NULL);
	assert(strpbrk(buf_str(&text), "{}") == NULL);
	buf_free(&subject);
	buf_free(&text);
	free(mistake);
	return 0;
}
