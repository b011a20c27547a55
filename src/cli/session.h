/*
 * session.h - what one call of noroshi(1) has open: configuration, database,
 * spool and, for sealed text alone, the vault by way of an agent of its own.
 *
 * A session that is all zeros but for file is one before session_open. Each
 * opening is done once; session_close ends whatever there is, in any state.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/output.h"
#include "config/config.h"
#include "pgp/keyring.h"
#include "process/agent.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/spool.h"
#include "store/vault.h"

struct session {
	const char *file; /* -c, or NULL; borrowed */
	struct output out;
	struct config *config;
	struct db *db;
	struct spool *spool;
	struct agent *agent;
	struct keyring *keyring;
	char *ring; /* folder of the keyring */
	struct vault *vault;
	char *user; /* the calling Unix user */
	int64_t contact; /* the contact that acts, 0: not known */
	char *actor; /* as the audit log names who acts */
};

/*
 * Reads the configuration. All its mistakes are printed on standard error,
 * and then e's text is empty.
 */
int session_config(struct session *s, struct err *e);

/* Configuration and database. */
int session_open(struct session *s, struct err *e);

int session_spool(struct session *s, struct err *e);

/* As intake's sources do, mail stays where it is while the disk is too full
 * (intake/room.h): ERR_TEMP. The spool is open. */
int session_room(struct session *s, struct err *e);

/* The queue looks for what is due now, if it runs. */
int session_wake(struct session *s, struct err *e);

/* An agent, and a ring that holds the team's keys if the database is open. */
int session_keyring(struct session *s, struct err *e);

/*
 * Opens the vault. Before session_keyring by the key that an earlier command
 * left (store/vault_kept.h), where there is one: then no gpg is started, and
 * who needs the ring opens it by session_keyring. Else by the team's key;
 * ERR_CONFIG where that does not fit.
 */
int session_vault(struct session *s, struct err *e);

/*
 * Who acts: the contact bound to the calling Unix user, or the one that as
 * names (as is borrowed, NULL: none), which is recorded. ERR_DENIED for a user
 * whom "operators" does not name.
 */
int session_act(struct session *s, const char *as, struct err *e);

/*
 * ERR_DENIED unless the calling Unix user is staff who read the team's mail
 * (contact_may_read): who gets no copies does not get all of a case at once.
 * After session_act.
 */
int session_is_reader(struct session *s, struct err *e);

/* Stands for words that the caller may not see. */
#define WITHHELD "(RED)"

struct message;

/*
 * Whether the caller may see what m says: RED is for its recorded readers, the
 * PoC and deputies, and the contact who sent it (TLP 2.0 section 3: individual
 * recipients only). --as is not asked: who reads is a Unix user.
 */
int session_may_read(
    struct session *s, const struct message *m, bool *may, struct err *e);

/*
 * Before text of m is given out: ERR_DENIED where the caller may not see it.
 * Who reads is recorded: of RED each time, else once. Its own transaction.
 */
int session_read(struct session *s, const struct message *m, struct err *e);

/*
 * One object of `message list --json`, or (with_text, which session_read asks
 * for) of `message show --json`; withheld says that the caller may not see its
 * words. The vault is opened where there is something sealed.
 */
int session_message(
    struct session *s, int64_t id, bool with_text, json_t **out, struct err *e);

/* Whether the caller may see the case's title: it is a message's subject, or
 * a person's own words. As session_may_read. */
int session_may_title(
    struct session *s, int64_t cases, bool *may, struct err *e);

/*
 * The words of a command that has --json and one operand, the case that *id is
 * then. The database is open afterwards.
 */
int session_one_case(
    struct session *s, int argc, char **argv, int64_t *id, struct err *e);

/*
 * The object of `case show --json`, its title withheld where it is that of a
 * message which the caller may not see. The vault is open.
 */
int session_case(struct session *s, int64_t id, json_t **out, struct err *e);

/* As audit_add, by the one who acts. Inside the transaction. */
int session_audit(struct session *s, const char *event, int64_t message,
    int64_t cases, int64_t contact, json_t *detail, struct err *e);

void session_close(struct session *s);

/* The calling Unix user's name, or number where it has none; the caller's. */
char *session_user(void);

/* Appends the rest of fd; ERR_DATA over out's limit. */
int session_read_fd(int fd, const char *name, struct buf *out, struct err *e);

/* Appends a file's bytes. ERR_NOINPUT where it cannot be opened. */
int session_read_file(const char *path, struct buf *out, struct err *e);

#endif
