#include "config/config_smtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

#define PASSWORD_MODE 077 /* bits that a file with a password has not */
#define USER_MAX 255 /* bytes, of libesmtp's buffers */

bool
config_is_loopback(const char *host)
{
	struct in_addr address;

	if (strcmp(host, "localhost") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 &&
	       ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* Where the setting stands, or its section, or the file. */
static const config_setting_t *
where(const config_setting_t *root, const char *name)
{
	const config_setting_t *section =
	    config_setting_get_member(root, "smtp");
	const config_setting_t *at = NULL;

	if (section == NULL)
		return root;
	if (config_setting_is_group(section))
		at = config_setting_get_member(section, name);
	return at != NULL ? at : section;
}

/* Empty quotes write nothing (config_load.c). */
static bool
is_written(const config_setting_t *root, const char *name)
{
	const config_setting_t *at = where(root, name);
	const char *found = config_setting_name(at);
	const char *value = config_setting_get_string(at);

	return found != NULL && strcmp(found, name) == 0 &&
	       (value == NULL || value[0] != '\0');
}

char *
config_password_file(const char *path)
{
	struct stat st;

	/* One who may not look is not the one who will read it. */
	if (stat(path, &st) == -1)
		return errno == EACCES
			   ? NULL
			   : xasprintf("%s: %m, expected a file with the "
				       "password",
				 path);
	if (!S_ISREG(st.st_mode))
		return xasprintf("%s: not a file", path);
	if ((st.st_mode & PASSWORD_MODE) != 0)
		return xasprintf("%s: others may read it (mode %04o), "
				 "expected 0600",
		    path, (unsigned int)(st.st_mode & 07777));
	return NULL;
}

/* "b", 18 digits of an id, "-" and 16 letters, in place of TOKEN: RFC 5321
 * section 4.5.3.1.1. */
#define RETURN_PATH_LOCAL (64 - 36 + 5)

static void
check_return_path(
    struct mistakes *m, const struct config *c, const config_setting_t *root)
{
	const char *path = c->return_path, *token;
	const config_setting_t *at =
	    config_setting_get_member(root, "return_path");

	if (path == NULL || at == NULL)
		return;
	token = strstr(path, "TOKEN");
	if (token == NULL)
		return;
	if (strchr(token, '@') == NULL || strstr(token + 1, "TOKEN") != NULL)
		mistake_take(m, at, "return_path",
		    xasprintf("\"%s\" has TOKEN elsewhere than once before the "
			      "@",
			path));
	else if (strrchr(path, '@') - path > RETURN_PATH_LOCAL)
		mistake_take(m, at, "return_path",
		    xasprintf("\"%s\" leaves no room for a token, expected at "
			      "most %d bytes before the @",
			path, RETURN_PATH_LOCAL));
}

static void
check_login(
    struct mistakes *m, const struct config *c, const config_setting_t *root)
{
	if ((c->smtp_user == NULL) != (c->smtp_password_file == NULL))
		mistake_take(m, where(root, "user"), "smtp.user",
		    xasprintf("user or password_file alone, expected both or "
			      "neither"));
	if (c->smtp_user != NULL && strlen(c->smtp_user) > USER_MAX)
		mistake_take(m, where(root, "user"), "smtp.user",
		    xasprintf("is %zu bytes long, expected at most %d",
			strlen(c->smtp_user), USER_MAX));
	if (c->smtp_password_file != NULL)
		mistake_take(m, where(root, "password_file"),
		    "smtp.password_file",
		    config_password_file(c->smtp_password_file));
}

void
config_smtp_check(
    struct mistakes *m, const struct config *c, const config_setting_t *root)
{
	check_return_path(m, c, root);
	if (strcmp(c->transport, "smtp") != 0)
		return;
	/* What is written, but wrongly, is a mistake already. */
	if (c->smtp_host == NULL && !is_written(root, "host"))
		mistake_take(m, where(root, "host"), "smtp.host",
		    xasprintf("is missing, expected host = ... with transport "
			      "= \"smtp\""));
	if (c->smtp_host != NULL && strcmp(c->smtp_tls, "none") == 0 &&
	    !config_is_loopback(c->smtp_host))
		mistake_take(m, where(root, "tls"), "smtp.tls",
		    xasprintf("\"none\" to %s, expected starttls or implicit "
			      "to any host but localhost and 127.0.0.0/8",
			c->smtp_host));
	check_login(m, c, root);
}
