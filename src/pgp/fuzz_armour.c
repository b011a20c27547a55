#include <string.h>

#include "fuzz.h"
#include "pgp/armour.h"
#include "pgp/clearsign.h"
#include "pgp/entity.h"
#include "pgp/packet.h"

/* What is written is found and read again, and nothing besides. */
static void
check_roundtrip(enum armour_kind kind, const struct buf *bytes)
{
	struct buf text, back;
	struct armour a;
	struct err e = {0};

	buf_init(&text, 2 * bytes->len + 256);
	buf_init(&back, bytes->len);
	armour_encode(kind, bytes->data, bytes->len, &text);
	assert(!text.over && fuzz_is_safe(text.data, text.len));
	assert(armour_find(text.data, text.len, 0, &a));
	assert(a.kind == kind && a.start == 0);
	assert(armour_decode(text.data, a.end, &back, &e) == 0);
	assert(back.len == bytes->len && !back.over);
	assert(memcmp(buf_str(&back), buf_str(bytes), back.len) == 0);
	assert(!armour_find(text.data, text.len, a.end, &a));
	buf_free(&text);
	buf_free(&back);
}

/* What is shown is text in whole lines, what is checked a signature alone. */
static void
check_clearsigned(const uint8_t *block, size_t len)
{
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	struct buf text, signature;

	buf_init(&text, 2 * len);
	buf_init(&signature, len);
	if (clearsign_read(block, len, &text, &signature)) {
		const char *p = buf_str(&text);

		assert(!text.over && !signature.over);
		packet_message_read(&m, signature.data, signature.len);
		assert(m.form == PACKET_FORM_SIGNATURE);
		packet_message_free(&m);
		for (size_t i = 0; i < text.len; i++)
			assert(p[i] != '\n' || (i > 0 && p[i - 1] == '\r'));
		assert(text.len == 0 || p[text.len - 1] != ' ');
	}
	buf_free(&text);
	buf_free(&signature);
}

static void
check_block(const uint8_t *block, size_t len, enum armour_kind kind)
{
	struct packet_message m = {.form = PACKET_FORM_OTHER};
	struct err e = {0};
	struct buf bytes;

	if (kind == ARMOUR_CLEARSIGNED) {
		check_clearsigned(block, len);
		return;
	}
	buf_init(&bytes, len);
	if (armour_decode(block, len, &bytes, &e) == 0) {
		assert(!bytes.over && bytes.len < len);
		packet_message_read(&m, bytes.data, bytes.len);
		packet_message_free(&m);
		check_roundtrip(kind, &bytes);
	} else {
		assert(e.code == ERR_DATA && fuzz_is_line(e.text));
	}
	buf_free(&bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf all;
	struct armour a;
	size_t at = 0;

	while (armour_find(data, size, at, &a)) {
		assert(a.start >= at && a.start < a.end && a.end <= size);
		assert(a.kind < ARMOUR_KINDS);
		assert(memcmp(data + a.start, "-----BEGIN PGP ", 15) == 0);
		assert(memcmp(data + a.end - 5, "-----", 5) == 0);
		check_block(data + a.start, a.end - a.start, a.kind);
		at = a.end;
	}
	(void)entity_header_ok(data, size);
	(void)clearsign_line_over(data, size);
	buf_init(&all, size);
	buf_put(&all, data, size);
	check_roundtrip(ARMOUR_PUBLIC_KEY, &all);
	buf_free(&all);
	return 0;
}
