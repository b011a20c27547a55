#include "config/config_template.h"

#include <string.h>

#include "base/alloc.h"
#include "config/config.h"
#include "config/deadlines_conf.h"
#include "config/rules_conf.h"

#define TEMPLATE_MAX (256 * 1024) /* bytes */
#define WIDTH 79 /* columns of a comment */

static void
put_quoted(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			buf_putf(b, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_putf(b, "\\x%02x", (unsigned char)*s);
		else
			buf_putc(b, *s);
	buf_putc(b, '"');
}

/* Words after "# ", broken where they would pass the last column. */
static void
put_comment(struct buf *b, const char *indent, const char *text)
{
	size_t margin = indent[0] == '\0' ? 1 : 9;
	size_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (column == 0 || column + 1 + len > WIDTH) {
			buf_putf(b, "%s%s#", column == 0 ? "" : "\n", indent);
			column = margin;
		}
		buf_putc(b, ' ');
		buf_put(b, text, len);
		column += 1 + len;
		text += len + (text[len] == '\0' ? 0 : 1);
	}
	buf_putc(b, '\n');
}

static void
put_help(struct buf *b, const char *indent, const struct config_setting *s)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_puts(&text, s->help);
	for (size_t i = 0; s->words != NULL && s->words[i] != NULL; i++)
		buf_putf(
		    &text, "%s%s", i == 0 ? " One of: " : ", ", s->words[i]);
	if (s->kind == CONFIG_INTEGER)
		buf_putf(&text, " From %lld to %lld.", (long long)s->min,
		    (long long)s->max);
	else if (s->words != NULL)
		buf_putc(&text, '.');
	put_comment(b, indent, buf_str(&text));
	buf_free(&text);
}

/* The value that the new gateway has for a setting, or NULL. */
static const char *
known(const struct config_template *t, const char *name)
{
	if (strcmp(name, "team.name") == 0)
		return t->team_name;
	if (strcmp(name, "team.address") == 0)
		return t->team_address;
	if (strcmp(name, "team.key") == 0)
		return t->team_key;
	if (strcmp(name, "team.case_prefix") == 0)
		return t->case_prefix;
	return NULL;
}

/* "name = value;", behind a # where value is only the default. */
static void
put_value(struct buf *b, const struct config_setting *s, const char *name,
    const char *value)
{
	if (value == NULL)
		buf_putc(b, '#');
	buf_putf(b, "%s = ", name);
	if (s->kind == CONFIG_INTEGER)
		buf_putf(b, "%lld", (long long)s->number);
	else if (s->kind == CONFIG_BOOL)
		buf_puts(b, s->number != 0 ? "true" : "false");
	else if (s->kind >= CONFIG_STRINGS)
		buf_puts(b, "[ ]");
	else
		put_quoted(b, value != NULL	? value
			      : s->text != NULL ? s->text
						: "");
	buf_puts(b, ";\n");
}

static void
put_groups(struct buf *b, const struct config_setting *s,
    const struct config_template *t)
{
	if (strcmp(s->name, "intake") == 0) {
		buf_puts(b, "intake = (\n"
			    "\t{ type = \"maildir\"; path = \"inbox\"; }\n"
			    ");\n");
	} else if (strcmp(s->name, "rules") == 0) {
		buf_puts(b, "@include \"rules.conf\"\n");
	} else if (strcmp(s->name, "deadlines") == 0) {
		buf_puts(b, "@include \"deadlines.conf\"\n");
	} else if (strcmp(s->name, "operators") == 0 &&
		   t->operator_user != NULL) {
		buf_puts(b, "operators = (\n\t{ user = ");
		put_quoted(b, t->operator_user);
		buf_putf(b, "; contact = %lldL; }\n);\n",
		    (long long)t->operator_contact);
	} else {
		buf_putf(b, "#%s = ( );\n", s->name);
	}
}

/* Closes the section that is open and opens that of name, if it has one. */
static const char *
put_section(struct buf *b, const char *open, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t len = dot == NULL ? 0 : (size_t)(dot - name) + 1;

	if (open != NULL && dot != NULL && strncmp(open, name, len) == 0)
		return open;
	if (open != NULL)
		buf_puts(b, "};\n");
	buf_putc(b, '\n');
	if (dot == NULL)
		return NULL;
	buf_putf(b, "%.*s: {\n", (int)(dot - name), name);
	return name;
}

char *
config_template(const struct config_template *t)
{
	const char *open = NULL;
	struct buf b;

	buf_init(&b, TEMPLATE_MAX);
	put_comment(&b, "",
	    "noroshi.conf - the configuration of a Noroshi gateway; see "
	    "noroshi.conf(5).");
	put_comment(&b, "",
	    "A line with # and no space after it shows a default. A path "
	    "that does not start with / is relative to this file's folder. "
	    "\"noroshi config check\" finds mistakes.");
	for (const struct config_setting *s = config_settings();
	     s->name != NULL; s++) {
		const char *indent;
		const char *dot = strchr(s->name, '.');

		open = put_section(&b, open, s->name);
		indent = open == NULL ? "" : "\t";
		put_help(&b, indent, s);
		if (s->kind == CONFIG_GROUPS) {
			put_groups(&b, s, t);
			continue;
		}
		buf_puts(&b, indent);
		put_value(
		    &b, s, dot == NULL ? s->name : dot + 1, known(t, s->name));
	}
	if (open != NULL)
		buf_puts(&b, "};\n");
	return buf_take_str(&b);
}

char *
config_template_rules(void)
{
	return xstrndup((const char *)rules_conf, sizeof(rules_conf));
}

char *
config_template_deadlines(void)
{
	return xstrndup((const char *)deadlines_conf, sizeof(deadlines_conf));
}
