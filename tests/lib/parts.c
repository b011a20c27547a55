/*
 * parts.c - prints the parts of the mails that it is given, for a test that
 * compares them with what another parser finds.
 *
 * For each file a line "= NAME", then one for each part: depth, type, and for
 * a leaf the bytes of its body that are neither CR nor LF.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message/tree.h"

#define FILE_MAX (1 << 22) /* bytes of a mail */

static void
parts_print(const struct part_table *t, const unsigned char *data)
{
	for (uint32_t i = 0; i < t->parts; i++) {
		const struct part *p = &t->part[i];
		size_t bytes = 0;

		printf("%u %s", p->depth, p->type);
		for (uint64_t at = p->body; at < p->end; at++)
			if (data[at] != '\r' && data[at] != '\n')
				bytes++;
		if (part_child(t, i, 0) == PART_NONE &&
		    strncmp(p->type, "multipart/", 10) != 0)
			printf(" %zu", bytes);
		printf("\n");
	}
}

static int
parts_of(const char *name, unsigned char *data)
{
	static const struct scan_limits limits = {.message = FILE_MAX,
	    .depth = 20,
	    .parts = 1000,
	    .header = 1 << 20,
	    .field = 1 << 18,
	    .comments = 16,
	    .addresses = 1000};
	struct part_table t;
	struct err e = {0};
	FILE *f = fopen(name, "rb");
	size_t len;

	if (f == NULL)
		return -1;
	len = fread(data, 1, FILE_MAX, f);
	(void)fclose(f);
	printf("= %s\n", name);
	if (tree_parse(&t, data, len, &limits, &e) == -1) {
		printf("! %s\n", e.text);
		return 0;
	}
	parts_print(&t, data);
	part_table_free(&t);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned char *data = malloc(FILE_MAX);
	int rc = 0;

	for (int i = 1; i < argc && data != NULL; i++)
		if (parts_of(argv[i], data) == -1)
			rc = 1;
	free(data);
	return data == NULL ? 1 : rc;
}
