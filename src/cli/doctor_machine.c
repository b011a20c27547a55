#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "cli/daemon.h"
#include "cli/doctor.h"
#include "cli/package.h"
#include "config/config_listen.h"
#include "process/kernel.h"

#define GPG_PACKAGE "gpg"
#define GPG_FIXED "2.2.40-1.1+deb12u2" /* of Debian 12, CVE-2025-68973 */
#define FREE_FEW 16 /* largest messages for which there should be room */

/* Upstream mended CVE-2025-68973 in 2.2.51 and in 2.4.9. */
static bool
gpg_is_fixed(const char *version)
{
	char *end;
	long major = strtol(version, &end, 10);
	long minor = *end == '.' ? strtol(end + 1, &end, 10) : 0;
	long patch = *end == '.' ? strtol(end + 1, NULL, 10) : 0;

	if (major != 2)
		return major > 2;
	if (minor == 2)
		return patch >= 51;
	return minor > 4 || (minor == 4 && patch >= 9);
}

static void
check_gpg(struct session *s, struct findings *f)
{
	static const char mend[] =
	    "install the security update: apt-get install gpg";
	char installed[PACKAGE_VERSION_MAX] = "";
	const char *version;
	int has = -1;

	if (strcmp(GPG_PATH, "/usr/bin/gpg") == 0)
		has = package_at_least(GPG_PACKAGE, GPG_FIXED, installed);
	if (has == 0)
		findings_add(f, SEVERITY_ERROR, GPG_PATH, mend,
		    "GnuPG %s is older than %s", installed, GPG_FIXED);
	if (has != -1 || s->keyring == NULL)
		return;
	version = keyring_gpg_version(s->keyring);
	if (version == NULL || !gpg_is_fixed(version))
		findings_add(f, SEVERITY_WARNING, GPG_PATH,
		    "see whether it has the fix of CVE-2025-68973",
		    "GnuPG %s, and no package says how it was mended",
		    version == NULL ? "of no version" : version);
}

static void
check_space(struct session *s, struct findings *f)
{
	uint64_t few = FREE_FEW * (uint64_t)s->config->limit_message;
	uint64_t bytes;
	struct err e = {0};

	if (access(s->config->spool, F_OK) == -1)
		return; /* is a finding already */
	if (session_spool(s, &e) == -1 ||
	    spool_free_bytes(s->spool, &bytes, &e) == -1)
		findings_add(f, SEVERITY_ERROR, s->config->spool,
		    "see that its owner can read and write it", "%s", e.text);
	else if (bytes < few)
		findings_add(f,
		    bytes < few / 4 ? SEVERITY_ERROR : SEVERITY_WARNING,
		    s->config->spool,
		    "free some, or lower limits.message; mail waits outside "
		    "where there is none",
		    "%llu MiB are free, and %d messages as large as "
		    "limits.message lets in take %llu",
		    (unsigned long long)(bytes >> 20), FREE_FEW,
		    (unsigned long long)(few >> 20));
}

static void
check_readable(struct findings *f, const char *path, const char *name)
{
	if (access(path, R_OK) == -1)
		findings_add(f, SEVERITY_ERROR, path,
		    "let the gateway's user read it, or name another one",
		    "%s: %s", name, strerror(errno));
}

/* What the configuration's own check cannot know, as another user wrote it. */
static void
check_smtp(const struct config *c, struct findings *f)
{
	if (strcmp(c->transport, "smtp") != 0)
		return;
	if (c->smtp_ca_file != NULL)
		check_readable(f, c->smtp_ca_file, "smtp.ca_file");
	if (c->smtp_password_file != NULL)
		check_readable(f, c->smtp_password_file, "smtp.password_file");
}

static void
check_imap(const struct config *c, struct findings *f)
{
	for (size_t i = 1; i <= config_imaps(c); i++) {
		const struct config_intake *in = config_imap(c, i);

		if (in->ca_file != NULL)
			check_readable(f, in->ca_file, "intake.ca_file");
		if (in->password_file != NULL)
			check_readable(
			    f, in->password_file, "intake.password_file");
		if (strcmp(in->tls, "off") == 0)
			findings_add(f, SEVERITY_WARNING, in->host,
			    "set tls = \"implicit\" once this is no test",
			    "mail and password of %s go without TLS", in->user);
	}
}

/* LMTP asks nobody who they are: who may connect may write as anybody. */
static void
check_listen(const struct config *c, struct findings *f)
{
	for (size_t i = 0; i < c->intakes; i++) {
		const struct config_intake *in = &c->intake[i];

		if (strcmp(in->type, "lmtp") != 0 ||
		    (strncmp(in->listen, "unix:", 5) == 0 &&
			(config_listen_mode(in->mode) & 06) == 0))
			continue;
		findings_add(f, SEVERITY_WARNING, in->listen,
		    "set listen = \"unix:/...\" with mode = \"0660\" or less",
		    "lmtp: every user of this host can hand over mail in any "
		    "name");
	}
}

static void
check_kernel(const struct config *c, struct findings *f)
{
	bool required = strcmp(c->sandbox, "required") == 0;
	struct err e = {0};

	if (strcmp(c->sandbox, "off") == 0)
		findings_add(f, SEVERITY_WARNING, c->file,
		    "set sandbox = \"try\" or \"required\"",
		    "sandbox is \"off\": no process of the daemon is confined");
	else if (kernel_confines(&e) == -1)
		findings_add(f, required ? SEVERITY_ERROR : SEVERITY_WARNING,
		    c->file,
		    "run Linux 5.19 or newer with Landlock (lsm=landlock,...) "
		    "and seccomp",
		    "sandbox is \"%s\", and %s", c->sandbox, e.text);
}

void
doctor_machine(struct session *s, struct findings *f)
{
	check_gpg(s, f);
	check_space(s, f);
	check_smtp(s->config, f);
	check_listen(s->config, f);
	check_kernel(s->config, f);
	check_imap(s->config, f);
	if (!daemon_runs(s->config))
		findings_add(f, SEVERITY_WARNING, s->config->spool,
		    "start noroshid, as a service or with -c and the "
		    "configuration's file",
		    "no daemon runs: mail waits in the spool");
}
