#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "config/config_load.h"
#include "config/config_template.h"
#include "fuzz.h"
#include "policy/classify.h"

static void
write_file(const char *path, char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert(fd != -1);
	assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	free(text);
}

/* The rules that "noroshi init" writes, read as any gateway reads them. */
static struct config *
shipped_config(void)
{
	const struct config_template t = {.team_name = "Example CSIRT",
	    .team_address = "team@example.org",
	    .team_key = "0123456789ABCDEF0123456789ABCDEF01234567",
	    .case_prefix = "EX"};
	const char *tmp = getenv("TMPDIR");
	char *folder =
	    xasprintf("%s/noroshi-fuzz.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	struct config *c = NULL;
	struct strs errors = {0};
	struct err e = {0};
	char *conf, *rules, *deadlines;

	assert(mkdtemp(folder) != NULL);
	conf = xasprintf("%s/noroshi.conf", folder);
	rules = xasprintf("%s/rules.conf", folder);
	deadlines = xasprintf("%s/deadlines.conf", folder);
	write_file(deadlines, config_template_deadlines());
	write_file(conf, config_template(&t));
	write_file(rules, config_template_rules());
	assert(config_load(&c, conf, &errors, &e) == 0 && c->rules > 5);
	(void)unlink(conf);
	(void)unlink(rules);
	(void)unlink(deadlines);
	(void)rmdir(folder);
	free(conf);
	free(rules);
	free(deadlines);
	free(folder);
	return c;
}

static struct config *config;
static struct rules *rules;

static void
check(const struct classify_question *q)
{
	struct classification c;
	struct strs explain = {0};
	enum noroshi_tlp floor;

	classify(rules, q, &c, &explain);
	assert(c.kind <= KIND_SPAM && c.priority != NULL);
	assert(c.category == NULL || category_is_known(c.category));
	assert(c.rules.count <= config->rules);
	assert(fuzz_are_lines(&c.rules) && fuzz_are_lines(&explain));
	assert(!c.has_floor || c.floor <= NOROSHI_TLP_RED);
	if (c.category != NULL && category_floor(c.category, &floor))
		assert(c.has_floor && c.floor >= floor);
	assert(q->structure == KIND_UNKNOWN || c.kind == q->structure);
	/* No text may take the shipped rules over their limit. */
	assert(!strs_has(&c.warnings, "rule-limit"));
	classification_free(&c);
	strs_free(&explain);
}

/* A byte for the structure, a line for subject, address, name; the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {data, size};
	unsigned structure = fuzz_byte(&f) % 4;
	char *subject = fuzz_safe_line(&f), *from = fuzz_safe_line(&f);
	char *name = fuzz_safe_line(&f), *text;
	struct strs names = {0}, types = {0};
	struct part_table table = {0};
	struct mailboxes to = {0};
	struct sender sender = {.class = CLASS_PUBLIC};
	struct label label = {.effective = NOROSHI_TLP_AMBER};
	struct err e = {0};
	struct classify_question q = {.subject = subject,
	    .from = from,
	    .to = &to,
	    .cc = &to,
	    .table = &table,
	    .attachment_names = &names,
	    .attachment_types = &types,
	    .sender = &sender,
	    .label = &label,
	    .structure = structure == 1	  ? KIND_BOUNCE
			 : structure == 2 ? KIND_AUTO_REPLY
					  : KIND_UNKNOWN};

	if (config == NULL) {
		config = shipped_config();
		assert(rules_compile(&rules, config, &e) == 0);
	}
	text = fuzz_safe_text(&f, &q.text_len);
	q.text = text;
	if (name[0] != '\0') {
		strs_add(&names, name);
		strs_add(&types, "application/octet-stream");
	}
	check(&q);
	strs_free(&names);
	strs_free(&types);
	free(subject);
	free(from);
	free(name);
	free(text);
	return 0;
}
