#include <string.h>

#include "fuzz.h"
#include "noroshi.h"

static struct noroshi_question
question(struct fuzz *f)
{
	unsigned bits[2];
	struct noroshi_question q = {
	    .label = (enum noroshi_tlp)(fuzz_byte(f) % 7),
	    .origin = (enum noroshi_origin)(fuzz_byte(f) % 4),
	    .relation =
		(enum noroshi_relation)(fuzz_byte(f) % (NOROSHI_RELATIONS + 3)),
	    .channel = (enum noroshi_channel)(fuzz_byte(f) % 6)};

	bits[0] = fuzz_byte(f);
	bits[1] = fuzz_byte(f);
	q.key_unusable = (bits[0] & 1) != 0;
	q.role_mailbox = (bits[0] & 2) != 0;
	q.label_by_default = (bits[0] & 4) != 0;
	q.came_encrypted = (bits[0] & 8) != 0;
	q.answers_own_mail = (bits[0] & 16) != 0;
	q.same_community = (bits[0] & 32) != 0;
	q.declared_organisation = (bits[0] & 64) != 0;
	q.other_community = (bits[0] & 128) != 0;
	q.all_participants = (bits[1] & 1) != 0;
	q.single_release = (bits[1] & 2) != 0;
	q.poc_signed = (bits[1] & 4) != 0;
	q.own_list = (bits[1] & 8) != 0;
	return q;
}

static enum noroshi_decision
ask(const struct noroshi_question *q)
{
	struct noroshi_answer a;
	char reason[512], cut[16];

	noroshi_gate(q, &a);
	assert(a.decision <= NOROSHI_REFUSE && a.rule != NULL);
	assert(a.rule[0] != '\0' && noroshi_decision_name(a.decision) != NULL);
	assert(noroshi_encryption_name(a.encryption) != NULL);
	assert(noroshi_gate_reason(q, &a, reason, sizeof(reason)) == reason);
	assert(reason[0] != '\0' && fuzz_is_line(reason));
	(void)noroshi_gate_reason(q, &a, cut, sizeof(cut));
	assert(strlen(cut) < sizeof(cut));
	assert(noroshi_relation_name(q->relation) != NULL);
	return a.decision;
}

/* A duty by law overrides the channel, and who wrote in clear is answered so.
 */
static bool
is_exempt(const struct noroshi_question *q)
{
	return q->relation == NOROSHI_AUTHORITY ||
	       (q->relation == NOROSHI_SOURCE && q->label_by_default &&
		   q->answers_own_mail);
}

/*
 * A stricter label, a worse channel, or a value that nobody knows never opens
 * what was shut.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};

	while (f.left > 0) {
		struct noroshi_question q = question(&f), worse = q;
		enum noroshi_decision d = ask(&q);

		if (q.label < NOROSHI_TLP_RED) {
			worse.label = (enum noroshi_tlp)(q.label + 1);
			assert(ask(&worse) >= d);
			worse.label = q.label;
		}
		worse.channel = NOROSHI_E0;
		assert(ask(&worse) >= d || is_exempt(&q));
		worse = q;
		worse.relation = NOROSHI_RELATIONS;
		assert(ask(&worse) >= d);
	}
	return 0;
}
