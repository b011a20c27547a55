#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "store/audit_extract.h"
#include "store/bundle.h"

#define ENTRIES                                                                \
	"{\"id\":1,\"at\":2,\"actor\":\"a\",\"event\":\"e\",\"message\":null," \
	"\"case\":1,\"contact\":null,\"detail\":\"{}\",\"previous\":\"0\","    \
	"\"hash\":\"0\"}\n"

/* What holds is told apart from what does not, in one line, in no memory. */
static void
check(const void *data, size_t size)
{
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct bundle_facts f;
	struct err e = {0};
	int64_t count;

	assert(fd != -1 && write(fd, data, size) == (ssize_t)size);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	if (bundle_check(fd, &f, &e) == -1)
		assert(e.code == ERR_DATA && fuzz_is_line(e.text));
	else
		assert(f.files >= 0 && f.bytes <= size && f.manifest.len > 0);
	assert(f.manifest.len + f.signature.len + f.audit.len <= size);
	if (audit_extract_check(buf_str(&f.audit), f.audit.len, &count, &e) ==
	    -1)
		assert(e.code == ERR_DATA && fuzz_is_line(e.text));
	bundle_facts_free(&f);
	(void)close(fd);
}

static void
check_entries(const void *data, size_t size)
{
	struct err e = {0};
	int64_t count;

	if (audit_extract_check(data, size, &count, &e) == -1)
		assert(e.code == ERR_DATA && fuzz_is_line(e.text));
	assert(count >= 0 && (size_t)count <= size);
}

/* Two files, an entry and an end. */
static void
write_whole(struct buf *out)
{
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	struct bundle b;
	struct buf signature;
	ssize_t n;

	bundle_init(&b, fd, "memory");
	buf_init(&signature, 100);
	buf_puts(&signature, "signature\n");
	assert(bundle_put(&b, "README", 1, "hello", 5, NULL) == 0);
	assert(bundle_put(&b, BUNDLE_AUDIT, 1, ENTRIES, sizeof(ENTRIES) - 1,
		   NULL) == 0);
	assert(bundle_finish(&b, &signature, 1, NULL) == 0);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	n = read(fd, buf_reserve(out, 8192), 8192);
	assert(n > 0);
	out->len = (size_t)n;
	buf_free(&signature);
	bundle_free(&b);
	(void)close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	struct buf whole;

	buf_init(&whole, 8192);
	write_whole(&whole);
	fuzz_edit(&whole, &f);
	check(whole.data, whole.len);
	check(data, size);
	check_entries(data, size);
	buf_free(&whole);
	return 0;
}
