#include <string.h>

#include "base/hex.h"
#include "fuzz.h"
#include "pgp/packet.h"

static void
check_walk(const uint8_t *data, size_t size)
{
	struct packet_reader r = {data, size};
	struct packet p;
	size_t left = size;

	while (packet_next(&r, &p) == 1) {
		assert(r.left < left && r.p + r.left == data + size);
		assert(p.start == data + size - left);
		assert(p.size == left - r.left && p.tag < 64);
		assert(p.body >= p.start && p.body <= p.start + p.size);
		assert(p.len <= (size_t)(p.start + p.size - p.body));
		left = r.left;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_message m;

	check_walk(data, size);
	packet_message_read(&m, data, size);
	assert(m.form <= PACKET_FORM_KEYS);
	assert((m.form == PACKET_FORM_OTHER) == (m.why != NULL));
	assert(m.recipients.count <= PACKET_RECIPIENTS_MAX);
	assert(m.hidden <= m.recipients.count);
	for (size_t i = 0; i < m.recipients.count; i++)
		assert(strlen(m.recipients.item[i]) == 16 &&
		       hex_is(m.recipients.item[i], 16));
	assert(m.form != PACKET_FORM_ENCRYPTED ||
	       m.recipients.count + m.passphrases > 0 || m.newer ||
	       !m.integrity || size > 0);
	packet_message_free(&m);
	return 0;
}
