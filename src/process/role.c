#include "process/role.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "process/kernel.h"
#include "process/secret.h"

#define ROLE_START_MS 30000 /* for the configuration to come */

static enum log_level
role_log_level(const struct config *c)
{
	switch (c->log_level[0]) {
	case 'e':
		return LOG_LEVEL_ERROR;
	case 'w':
		return LOG_LEVEL_WARNING;
	case 'd':
		return LOG_LEVEL_DEBUG;
	default:
		return LOG_LEVEL_INFO;
	}
}

static int
role_configured(
    const struct ipc_frame *frame, struct role_start *out, struct err *e)
{
	struct unpack u;
	const void *packed;
	size_t len;

	if (frame->type != IPC_CONFIG)
		return err_set(e, ERR_BUG, "no configuration came first");
	unpack_init(&u, frame->body, frame->len);
	packed = unpack_bytes(&u, &len);
	out->number = (unsigned)unpack_max(&u, 4096);
	out->password = unpack_str(&u);
	if (!unpack_done(&u))
		return err_set(e, ERR_BUG, "a configuration frame is broken");
	return config_unpack(&out->config, packed, len, e);
}

int
role_ready(const struct role_start *start, struct err *e)
{
	return ipc_send(start->control, IPC_READY, NULL, -1, e);
}

/* noroshid said so before it started anyone; this is the last line. */
static int
role_required(enum role role, const struct config *config, struct err *e)
{
	struct err why = {0};

	if (strcmp(config->sandbox, "required") != 0 ||
	    kernel_confines(&why) == 0)
		return 0;
	return err_set(
	    e, ERR_CONFIG, "%s: sandbox: %s", role_name(role), why.text);
}

int
role_confine(enum role role, struct role_start *start, struct err *e)
{
	return sandbox_enter(
	    &start->sandbox, role, start->number, start->config, e);
}

int
role_start(enum role role, struct role_start *out, struct err *e)
{
	struct ipc_frame frame;
	int rc;

	*out = (struct role_start){0};
	log_init(role_name(role), LOG_LEVEL_INFO);
	log_never_wait();
	(void)signal(SIGPIPE, SIG_IGN);
	/* A terminal's ^C is the supervisor's to act on; it says IPC_STOP. */
	(void)signal(SIGINT, SIG_IGN);
	if (fcntl(ROLE_CONTROL_FD, F_SETFD, FD_CLOEXEC) == -1)
		return err_set(e, ERR_USAGE,
		    "noroshi-%s is started by noroshid, not by hand",
		    role_name(role));
	out->control = ipc_create(ROLE_CONTROL_FD);
	rc = ipc_wait(out->control, &frame, ROLE_START_MS, e);
	if (rc == 0)
		(void)err_set(e, ERR_TEMP, "no configuration came");
	if (rc != 1 || role_configured(&frame, out, e) == -1)
		goto failed;
	log_init(role_name(role), role_log_level(out->config));
	if (sandbox_harden(role, e) == -1 ||
	    role_required(role, out->config, e) == -1)
		goto failed;
	/* A worker opens the vault first: its agent's socket is yet to come. */
	if (role != ROLE_WORKER && role_ready(out, e) == -1)
		goto failed;
	return 0;
failed:
	ipc_free(out->control);
	config_free(out->config);
	secret_free(out->password);
	*out = (struct role_start){0};
	return err_in(e, "start of %s", role_name(role));
}
