#include <string.h>

#include "fuzz.h"
#include "policy/feedback.h"
#include "policy/machine_type.h"
#include "policy/marking.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct marking m = {0};
	struct feedback f = {0};
	struct machine_type type = {0};

	feedback_read((const char *)data, size, &f);
	assert(fuzz_is_line(f.type));
	assert(fuzz_are_lines(&f.sources));
	if (f.type != NULL) {
		type = machine_type_arf(f.type);
		(void)machine_type_xarf3(f.type, &type);
		(void)machine_type_xarf4(f.type, f.type, &type);
	}
	feedback_free(&f);
	marking_of_text((const char *)data, size, &m);
	assert(!m.found || m.label <= NOROSHI_TLP_RED);
	memset(&m, 0, sizeof(m));
	marking_of_iodef((const char *)data, size, &m);
	assert(!m.found || m.label <= NOROSHI_TLP_RED);
	return 0;
}
