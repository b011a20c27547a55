#include "fuzz.h"
#include "people/vcard.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vcard *card = NULL;
	struct strs errors = {0};
	struct err e = {0};
	size_t count = 0;

	if (vcard_parse(data, size, &card, &count, &errors, &e) == -1) {
		assert(card == NULL && count == 0 && errors.count > 0);
		assert(fuzz_are_lines(&errors) && fuzz_is_line(e.text));
	} else {
		assert(errors.count == 0 && count <= VCARD_CARDS_MAX);
		for (size_t i = 0; i < count; i++) {
			const struct vcard *c = &card[i];

			assert(fuzz_is_line(c->contact.name) &&
			       fuzz_are_lines(&c->contact.addresses) &&
			       fuzz_are_lines(&c->fingerprints));
			assert(c->keys <= VCARD_KEYS_MAX);
			assert(c->contact.addresses.count <= VCARD_EMAILS_MAX);
		}
	}
	vcard_free(card, count);
	strs_free(&errors);
	return 0;
}
