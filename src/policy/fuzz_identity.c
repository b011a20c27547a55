#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message/tree.h"
#include "policy/identity.h"

/* Two people that are known, each with a key and an address. */
struct people {
	struct contact joe;
	struct contact ann;
};

static void
person(struct contact *c, int64_t id, const char *address, char *fingerprint,
    struct contact_key *key)
{
	memset(c, 0, sizeof(*c));
	*key = (struct contact_key){.fingerprint = fingerprint};
	c->id = id;
	c->class = CLASS_COORDINATOR;
	c->key = key;
	c->keys = 1;
	strs_add(&c->addresses, address);
}

static bool
has(const uint8_t *data, size_t size, const char *word)
{
	return memmem(data, size, word, strlen(word)) != NULL;
}

/*
 * The header of a mail that joe signed, or nobody. Ann is never named: not by
 * joe's signature, and as joe only with it.
 */
static void
judge(const struct head *h, const struct contact *joe,
    const struct contact *ann, bool is_signed)
{
	const struct contact *signers[] = {joe};
	struct signature s = {
	    .fingerprint = "AA", .status = SIGNATURE_GOOD, .whole = true};
	struct verdict v = {.signature = &s, .signatures = is_signed ? 1 : 0};
	struct identity_question q = {.verdict = &v,
	    .signer = signers,
	    .head = h,
	    .outer = h,
	    .from = ann};
	struct sender out;

	identity_judge(&q, &out);
	assert(out.evidence != EVIDENCE_SIGNATURE || is_signed);
	assert(out.evidence != EVIDENCE_SIGNATURE || out.contact == joe->id);
	assert(out.contact != ann->id || !is_signed);
	assert(!out.alarm || (out.contact == 0 && is_signed));
	assert(out.class == CLASS_PUBLIC || out.evidence == EVIDENCE_SIGNATURE);
	if (h->from_fields > 1 || h->from.count != 1)
		assert(out.contact == 0);
	assert(fuzz_are_lines(&out.warnings));
	sender_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char one[] = "AA", two[] = "BB";
	struct scan_limits limits = fuzz_limits();
	struct contact_key keys[2];
	struct part_table t;
	struct contact joe, ann;
	struct err e = {0};

	if (!has(data, size, "From") ||
	    tree_parse(&t, data, size, &limits, &e) == -1)
		return 0;
	person(&joe, 1, "joe@example.com", one, &keys[0]);
	person(&ann, 2, "ann@example.com", two, &keys[1]);
	for (size_t i = 0; i < t.heads; i++) {
		judge(&t.head[i], &joe, &ann, true);
		judge(&t.head[i], &joe, &ann, false);
	}
	strs_free(&joe.addresses);
	strs_free(&ann.addresses);
	part_table_free(&t);
	return 0;
}
