#include "config/config_page.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* Where the setting stands, or the file. */
static const config_setting_t *
page_where(const config_setting_t *root, const char *name)
{
	const config_setting_t *section =
	    config_setting_get_member(root, "page");
	const config_setting_t *at = NULL;

	if (section != NULL && config_setting_is_group(section))
		at = config_setting_get_member(section, name);
	return at != NULL ? at : root;
}

/* What is wrong with the program, the caller's; NULL: nothing. */
static char *
page_program(const char *path)
{
	struct stat st;

	if (path[0] != '/')
		return xasprintf("\"%s\" is no absolute path: no shell looks "
				 "for the program",
		    path);
	/* One who may not look is not the one who will run it. */
	if (stat(path, &st) == 0 &&
	    (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0))
		return xasprintf("%s: not a program", path);
	if (access(path, F_OK) == -1)
		return xasprintf("%s: %m, expected a program", path);
	return NULL;
}

void
config_page_check(
    struct mistakes *m, const struct config *c, const config_setting_t *root)
{
	static const char *const words[] = {
	    "low", "normal", "high", "critical", "unseen"};

	if (c->page_command.count > 0)
		mistake_take(m, page_where(root, "command"), "page.command",
		    page_program(c->page_command.item[0]));
	for (size_t i = 0; i < c->page_on.count; i++) {
		bool known = false;

		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			known =
			    known || strcmp(words[w], c->page_on.item[i]) == 0;
		if (!known)
			mistake_take(m, page_where(root, "on"), "page.on",
			    xasprintf("\"%s\" is not a known word (low, "
				      "normal, high, critical, unseen)",
				c->page_on.item[i]));
	}
}
