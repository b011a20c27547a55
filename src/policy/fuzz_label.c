#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "policy/label.h"

static void
check(struct label_question *q, enum noroshi_tlp least)
{
	struct label l;

	label_judge(q, &l);
	assert(l.written <= NOROSHI_TLP_RED && l.effective <= NOROSHI_TLP_RED);
	assert(l.effective >= l.written && l.effective >= least);
	assert(label_source_name(l.source) != NULL);
	assert(!l.by_default || l.effective == q->default_in);
	assert(fuzz_are_lines(&l.warnings));
	label_free(&l);
}

/*
 * Evidence and default, then lines: two subjects, a name, an enclosed text;
 * then the text. Nobody without evidence gets below the default.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	struct sender sender = {.evidence = (enum evidence)(fuzz_byte(&f) % 4)};
	enum noroshi_tlp otherwise = (enum noroshi_tlp)(fuzz_byte(&f) % 5);
	char *line[5];
	struct strs texts = {0}, enclosed = {0}, names = {0}, subjects = {0};
	struct label_question q = {.texts = &texts,
	    .enclosed = &enclosed,
	    .enclosed_subjects = &subjects,
	    .names = &names,
	    .sender = &sender,
	    .default_in = otherwise};
	size_t len;

	sender.contact = (int64_t)(fuzz_byte(&f) & 1);
	sender.class = CLASS_PUBLIC;
	for (size_t i = 0; i < 4; i++)
		line[i] = fuzz_safe_line(&f);
	line[4] = fuzz_safe_text(&f, &len);
	q.subject = line[0][0] == '\0' ? NULL : line[0];
	q.outer_subject = line[1][0] == '\0' ? NULL : line[1];
	strs_add(&names, line[2]);
	strs_add(&enclosed, line[3]);
	strs_add(&texts, line[4]);
	check(&q,
	    sender.evidence == EVIDENCE_SIGNATURE ||
		    (sender.evidence == EVIDENCE_DKIM && sender.contact != 0)
		? NOROSHI_TLP_CLEAR
		: otherwise);
	for (size_t i = 0; i < 5; i++)
		free(line[i]);
	strs_free(&texts);
	strs_free(&enclosed);
	strs_free(&names);
	return 0;
}
