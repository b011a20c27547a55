#include "policy/opaque.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define ZIP_END 22 /* bytes of the end record without its comment */
#define ZIP_COMMENT_MAX 65535 /* bytes behind it, APPNOTE 4.3.16 */
#define ZIP_ENTRY 46 /* bytes of a central header without its names */
#define PDF_HEAD 1024 /* bytes in which "%PDF-" may stand */
#define OLE_SECTOR 512 /* where the first stream of an old file begins */
#define BIFF_RECORDS 64 /* of a sheet's head that are looked at */

/* A file's bytes. */
struct bytes {
	const unsigned char *p;
	size_t len;
};

static bool
bytes_begin(const struct bytes *b, const char *magic, size_t n)
{
	return b->len >= n && memcmp(b->p, magic, n) == 0;
}

static uint32_t
bytes_le(const struct bytes *b, size_t at, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n && at + i < b->len; i++)
		v |= (uint32_t)b->p[at + i] << (8 * i);
	return v;
}

static bool
name_ends(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && strncasecmp(name + len - n, end, n) == 0;
}

/* Of what holds other files; compressed text is one such file. */
static bool
name_is_archive(const char *name, size_t len)
{
	static const char *const ends[] = {".zip", ".7z", ".rar", ".tar", ".gz",
	    ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".zst", ".lzh", ".lha",
	    ".cab", ".arj", ".iso", ".vhd", ".jar"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (name_ends(name, len, ends[i]))
			return true;
	return false;
}

/* One member of a ZIP, in its central directory. */
struct zip_entry {
	const char *name; /* borrowed */
	size_t len;
	bool encrypted;
};

/* Where the central directory is; false where there is none. */
static bool
zip_find(const struct bytes *b, size_t *at, size_t *entries)
{
	size_t low = 0;

	if (b->len < ZIP_END)
		return false;
	if (b->len > ZIP_END + ZIP_COMMENT_MAX)
		low = b->len - ZIP_END - ZIP_COMMENT_MAX;
	for (size_t i = b->len - ZIP_END + 1; i-- > low;) {
		if (memcmp(b->p + i, "PK\5\6", 4) != 0)
			continue;
		*entries = bytes_le(b, i + 10, 2);
		*at = bytes_le(b, i + 16, 4);
		return *at <= i;
	}
	return false;
}

/* The entry at *at, which moves behind it; false: there is none. */
static bool
zip_next(const struct bytes *b, size_t *at, struct zip_entry *out)
{
	size_t name, rest;

	if (b->len - *at < ZIP_ENTRY || memcmp(b->p + *at, "PK\1\2", 4) != 0)
		return false;
	name = bytes_le(b, *at + 28, 2);
	rest = bytes_le(b, *at + 30, 2) + bytes_le(b, *at + 32, 2);
	if (b->len - *at - ZIP_ENTRY < name + rest)
		return false;
	out->name = (const char *)b->p + *at + ZIP_ENTRY;
	out->len = name;
	out->encrypted = (bytes_le(b, *at + 8, 2) & 1) != 0;
	*at += ZIP_ENTRY + name + rest;
	return true;
}

static const char *
zip_why(const struct bytes *b)
{
	struct zip_entry z;
	size_t at, entries;

	if (!zip_find(b, &at, &entries))
		return "a ZIP without a directory";
	for (size_t i = 0; i < entries; i++) {
		if (!zip_next(b, &at, &z))
			return "a ZIP with a broken directory";
		if (z.encrypted)
			return "an encrypted ZIP";
		if (name_is_archive(z.name, z.len))
			return "an archive inside a ZIP";
	}
	return NULL;
}

/* Where an encrypted stream of Office 2007 and later has its name. */
static bool
ole_has_package(const struct bytes *b)
{
	static const char name[] =
	    "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

	return memmem(b->p, b->len, name, sizeof(name) - 1) != NULL;
}

/* [MS-XLS] 2.4.117: FilePass among the first records of the workbook. */
static bool
ole_has_filepass(const struct bytes *b)
{
	size_t at = OLE_SECTOR;

	if (bytes_le(b, at, 2) != 0x0809)
		return false;
	for (int i = 0; i < BIFF_RECORDS && b->len - at >= 4; i++) {
		size_t len = bytes_le(b, at + 2, 2);

		if (bytes_le(b, at, 2) == 0x002f)
			return true;
		if (b->len - at - 4 < len)
			return false;
		at += 4 + len;
	}
	return false;
}

static const char *
ole_why(const struct bytes *b)
{
	/* [MS-DOC] 2.5.2: fEncrypted of FibBase */
	bool word = bytes_le(b, OLE_SECTOR, 2) == 0xa5ec &&
		    (bytes_le(b, OLE_SECTOR + 10, 2) & 0x0100) != 0;

	if (word || ole_has_package(b) ||
	    (b->len > OLE_SECTOR && ole_has_filepass(b)))
		return "an encrypted Office document";
	return NULL;
}

static bool
is_pdf(const struct bytes *b)
{
	size_t n = b->len < PDF_HEAD ? b->len : PDF_HEAD;

	return memmem(b->p, n, "%PDF-", 5) != NULL;
}

/* RFC 9580 section 4.2: a packet of a session key, or encrypted data. */
static bool
is_openpgp(const struct bytes *b, const char *name, size_t len)
{
	unsigned tag;

	if (memmem(b->p, b->len < PDF_HEAD ? b->len : PDF_HEAD,
		"-----BEGIN PGP MESSAGE-----", 27) != NULL)
		return true;
	if (b->len < 3 || (b->p[0] & 0x80) == 0 ||
	    !(name_ends(name, len, ".pgp") || name_ends(name, len, ".gpg") ||
		name_ends(name, len, ".asc")))
		return false;
	tag = b->p[0] & 0x40 ? b->p[0] & 0x3f : (b->p[0] >> 2) & 0xf;
	return tag == 1 || tag == 3 || tag == 9 || tag == 18 || tag == 20;
}

static bool
is_packed(const struct bytes *b)
{
	static const struct {
		const char *magic;
		size_t len;
	} known[] = {{"7z\xbc\xaf\x27\x1c", 6}, {"Rar!\x1a\x07", 6},
	    {"\x1f\x8b\x08", 3}, {"BZh", 3},
	    {"\xfd"
	     "7zXZ",
		5},
	    {"\x28\xb5\x2f\xfd", 4}, {"MSCF", 4}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (bytes_begin(b, known[i].magic, known[i].len))
			return true;
	return b->len > 262 && memcmp(b->p + 257, "ustar", 5) == 0;
}

const char *
opaque_why(const char *name, const void *data, size_t len)
{
	const struct bytes b = {.p = data, .len = len};
	size_t n = name == NULL ? 0 : strlen(name);

	if (len == 0)
		return NULL;
	if (bytes_begin(&b, "PK\3\4", 4) || bytes_begin(&b, "PK\5\6", 4))
		return zip_why(&b);
	if (is_packed(&b))
		return "an archive that is not read here";
	if (is_pdf(&b))
		return memmem(b.p, len, "/Encrypt", 8) == NULL
			   ? NULL
			   : "an encrypted PDF";
	if (bytes_begin(&b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		return ole_why(&b);
	if (is_openpgp(&b, name, n))
		return "an OpenPGP message";
	if (n > 0 && (name_is_archive(name, n) || name_ends(name, n, ".p7m")))
		return "an archive that is not read here";
	return NULL;
}

bool
opaque_names(const void *data, size_t len, enum noroshi_tlp *label)
{
	const struct bytes b = {.p = data, .len = len};
	struct noroshi_tlp_found f;
	struct zip_entry z;
	size_t at, entries;
	bool any = false;

	if (!bytes_begin(&b, "PK\3\4", 4) || !zip_find(&b, &at, &entries))
		return false;
	for (size_t i = 0; i < entries && zip_next(&b, &at, &z); i++) {
		(void)noroshi_tlp_find(z.name, z.len, NOROSHI_TLP_FILENAME, &f);
		if (f.found && (!any || f.label > *label))
			*label = f.label;
		any = any || f.found;
	}
	return any;
}
