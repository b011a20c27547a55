#include "base/sha256.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SHA256_BYTES == 32, "libgcrypt's digest has this length");

/* What is hashed is no key: libgcrypt needs no locked memory. */
static void
sha256_library(void)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return;
	(void)gcry_check_version(NULL);
	(void)gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

void
sha256_begin(struct sha256 *s)
{
	gcry_md_hd_t md = NULL;

	sha256_library();
	/* no memory, as where xmalloc has none */
	if (gcry_md_open(&md, GCRY_MD_SHA256, 0) != 0)
		abort();
	s->state = md;
	s->held = 0;
}

static void
sha256_flush(struct sha256 *s)
{
	if (s->held > 0)
		gcry_md_write(s->state, s->hold, s->held);
	s->held = 0;
}

void
sha256_add(struct sha256 *s, const void *data, size_t len)
{
	if (len > SHA256_HELD - s->held)
		sha256_flush(s);
	if (len > SHA256_HELD) {
		gcry_md_write(s->state, data, len);
	} else if (len > 0) {
		memcpy(s->hold + s->held, data, len);
		s->held += len;
	}
}

void
sha256_end(struct sha256 *s, unsigned char sum[SHA256_BYTES])
{
	sha256_flush(s);
	explicit_bzero(s->hold, sizeof(s->hold));
	memcpy(sum, gcry_md_read(s->state, GCRY_MD_SHA256), SHA256_BYTES);
	gcry_md_close(s->state);
	s->state = NULL;
}

void
sha256(const void *data, size_t len, unsigned char sum[SHA256_BYTES])
{
	static const unsigned char nothing = 0;

	sha256_library();
	gcry_md_hash_buffer(
	    GCRY_MD_SHA256, sum, len > 0 ? data : &nothing, len);
}
