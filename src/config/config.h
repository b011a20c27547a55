/*
 * config.h - every setting, checked before anything starts.
 *
 * noroshi.conf(5) is the table in config.c read by a person: a setting that is
 * not in both is a failed test. Paths are absolute once loaded; a relative one
 * in the file is relative to the file's folder.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strs.h"

/* Where mail comes from: one entry of "intake". */
struct config_intake {
	char *type; /* "maildir", "lmtp" or "imap" */
	char *path; /* of the Maildir */
	char *listen; /* "unix:/path" or "127.0.0.1:2424"; config_listen.h */
	char *mode; /* of the Unix socket, octal; NULL: CONFIG_LISTEN_MODE */
	char *group; /* of the Unix socket; NULL: its folder's or ours */
	/* of IMAP; what was not set is filled in (config_intake.h) */
	char *host; /* a name or an IPv4 address */
	int64_t port;
	char *tls; /* "implicit", "starttls" or "off" */
	char *ca_file; /* NULL: the system's */
	char *user;
	char *mechanism; /* "plain", "login" or "xoauth2" */
	char *password_file; /* one of these three: only the supervisor ... */
	char *password_command; /* ... reads or runs it */
	char *token_command;
	struct strs mailboxes; /* UTF-8, as done and refused */
	char *done;
	char *refused;
	int64_t poll; /* seconds */
	int64_t timeout; /* seconds that one answer may take */
	bool again; /* done is read too, once at each start */
};

/* A Unix user and the contact that acts when that user calls noroshi(1). */
struct config_operator {
	char *user;
	int64_t contact;
};

/*
 * One triage rule. Conditions that are there must all hold; an absent one is
 * NULL or empty. Patterns are PCRE2, UTF, case folded, unanchored. Results
 * that are NULL leave what an earlier rule said.
 */
struct config_rule {
	char *name;
	int line; /* in the file that holds it, for messages */
	char *subject; /* pattern on the subject */
	char *body; /* pattern on the text */
	char *from; /* pattern on the From address */
	char *to; /* pattern on any To or Cc address */
	char *header_name; /* a field's name, and ... */
	char *header; /* ... a pattern on its value */
	char *attachment; /* pattern on any attachment's name */
	char *attachment_type; /* pattern on any attachment's media type */
	struct strs sender_class; /* any of these effective classes */
	struct strs evidence; /* any of these */
	char *label; /* the message's label is at least this */
	char *constituency; /* "inside" or "outside": the sender's domain */
	char *kind;
	char *category;
	char *priority;
	char *owner; /* a contact's id or address */
	struct strs tag;
	char *label_floor;
	bool last; /* no later rule is asked once this one fired */
};

/* One row of deadlines.conf: what has to be told to whom until when. */
struct config_deadline {
	char *id; /* "jp-appi-final" */
	char *jurisdiction;
	char *law;
	char *trigger; /* what has to have happened */
	char *clock; /* which fact starts it */
	struct strs stages; /* config/deadline_rule.h */
	char *to; /* who is told */
	char *via; /* how, or NULL */
	struct strs fields; /* what the report says */
	struct strs draft; /* its lines, or none: the built-in one */
	struct strs categories; /* of cases it is thought of in; none: all */
	char *zone; /* "+09:00", whose dates count; NULL: UTC */
	bool first_day; /* the day of the start is day 1 */
	char *roll; /* "next-open-day", or NULL */
	char *calendar; /* "weekends" or "holidays"; NULL: weekends */
	char *status; /* what of the row was checked */
	char *reviewed_on; /* 2026-11-23 */
	char *source;
	bool off; /* it is no rule of this team */
};

/* The terms of cases of one priority, in minutes of work; 0: none. */
struct config_service {
	char *priority;
	int64_t answer; /* until what came in is answered */
	int64_t update; /* until the outside hears of us again */
	int64_t close; /* until the case is closed */
};

/* How long closed cases are kept; conditions that are there must all hold. */
struct config_retention {
	char *category; /* or NULL */
	char *label; /* the case's is this one or higher; or NULL */
	int64_t months; /* after it was closed; 0: for ever */
};

struct config {
	char *file; /* the file it was read from */
	char *directory; /* its folder */
	char *team_name;
	char *team_address; /* local@domain */
	struct strs team_addresses; /* further addresses of the team */
	char *team_key; /* fingerprint, upper case */
	char *
	    backup_key; /* fingerprint that backups are encrypted to, or NULL */
	char *case_prefix; /* "EX" in EX-2026-0001 */
	char *language; /* "en" or "ja", where a reader has none */
	char *database;
	char *gnupg;
	char *spool;
	char *outbox; /* Maildir of the "file" transport */
	char *transport; /* "file" or "smtp" */
	char *smtp_host; /* a name or an IPv4 address */
	char *smtp_tls; /* "starttls", "implicit" or "none" */
	char *smtp_ca_file; /* NULL: the system's */
	char *smtp_user; /* NULL: no authentication */
	char *smtp_password_file; /* its text goes to deliver alone */
	char *smtp_helo; /* NULL: the system's name */
	char *return_path; /* of copies, TOKEN in it; NULL: team+TOKEN */
	char *log_level; /* "error", "warning", "info" or "debug" */
	char *second_person; /* "identity" or "contact" */
	char *sandbox; /* "required", "try" or "off" */
	char *checklists; /* folder with lists of the team's own, or NULL */
	char *templates; /* folder with texts of the team's own, or NULL */
	char *libexec; /* folder of the role programs; not a setting */
	char *tlp_default_in;
	char *tlp_default_out;
	char *close_needs; /* "never", "harm", "incident" or "always" */
	char *tlp_green_plain; /* "allow" or "hold" */
	struct strs
	    authserv_ids; /* RFC 8601 section 2.5; empty: none believed */
	struct strs page_command; /* words, argv[0] its path; empty: none */
	struct strs page_on; /* priorities, and "unseen" */
	struct strs internal_route; /* addresses, and domains of staff */
	struct strs trusted_hops; /* host names; empty: none believed */
	struct strs constituency; /* domains, each with what lies below it */
	char *business_zone; /* "Asia/Tokyo" */
	char *business_from; /* "09:00", people/business_time.h */
	char *business_until; /* up to "24:00" */
	struct strs business_days; /* "mon" ...; empty: Monday to Friday */
	struct strs holidays; /* "2026-11-23" */
	struct strs constituency_networks; /* "192.0.2.0/24" */
	struct strs constituency_systems; /* "AS64496" */
	struct strs constituency_products; /* names */
	struct strs constituency_persons; /* addresses */
	int64_t workers; /* 0: one for each core */
	int64_t delivers;
	int64_t
	    attempts; /* deaths of a worker with one message, then quarantine */
	int64_t tell_delay; /* seconds until an author learns of it; 0: never */
	int64_t stale_after; /* seconds; an older signature is warned of */
	int64_t recall; /* seconds before mail to outsiders leaves */
	int64_t hold_expires; /* seconds that a hold lasts */
	int64_t collapse; /* seconds for which like notices share a case */
	int64_t escalate_unseen; /* minutes; 0: never */
	int64_t escalate_unanswered; /* hours; 0: never */
	int64_t retention_remind; /* days; 0: nobody is reminded */
	int64_t self_confirm; /* seconds before one's own hold is confirmed */
	bool tlp_provider;
	int64_t page_pause; /* seconds between two pages */
	bool internal_route_trusted;
	bool acknowledge; /* answer reports automatically */
	int64_t acknowledge_hourly; /* such answers in one hour, at most */
	int64_t gpg_deadline; /* seconds for one run of gpg, before scaling */
	int64_t gpg_memory; /* bytes of address space for gpg */
	int64_t vault_keep; /* seconds; 0: not */
	int64_t lmtp_connections; /* clients at once */
	int64_t lmtp_timeout; /* seconds for a command to come */
	int64_t lmtp_data_timeout; /* seconds for a message to come */
	int64_t lmtp_answer_timeout; /* seconds for the queue to answer */
	int64_t limit_free; /* bytes that stay free on the spool's disk */
	int64_t limit_message; /* bytes */
	int64_t limit_decrypted; /* bytes that one decryption may give */
	int64_t limit_depth; /* levels of MIME */
	int64_t limit_parts;
	int64_t limit_header; /* bytes of one header block */
	int64_t limit_field; /* bytes of one header field */
	int64_t limit_comments; /* nested comments, RFC 5322 section 3.2.2 */
	int64_t limit_addresses; /* in one field */
	int64_t limit_text; /* bytes of readable text kept of one message */
	int64_t limit_layers; /* cryptographic layers inside each other */
	int64_t pattern_steps; /* PCRE2 match limit of one pattern */
	int64_t smtp_port;
	int64_t smtp_timeout; /* seconds that one answer may take */
	int64_t smtp_rate; /* copies a minute; 0: any number */
	int64_t smtp_domain_rate; /* the same for one domain */
	int64_t smtp_domain_sessions; /* at a time for it; 0: any number */
	bool once; /* noroshid --once; not a setting */
	struct config_intake *intake;
	size_t intakes;
	struct config_operator *operators;
	size_t n_operators;
	struct config_retention *retention;
	size_t retentions;
	struct config_rule *rule;
	size_t rules;
	struct config_deadline *deadline;
	size_t deadlines;
	struct config_service *service;
	size_t services;
};

#define CONFIG_STRING_MAX 8192 /* bytes of one string */
#define CONFIG_LIST_MAX 1000 /* strings in a list, groups in a list */

/* What a value must be; the kinds of one line are kept in the same C type. */
enum config_kind {
	CONFIG_STRING, /* char *: any text on one line */
	CONFIG_PATH,
	CONFIG_WORD, /* one of words */
	CONFIG_ADDRESS, /* local@domain */
	CONFIG_FINGERPRINT, /* 40 or 64 hexadecimal digits */
	CONFIG_PREFIX, /* of case numbers: "EX" */
	CONFIG_HOST, /* a host's name, or an IPv4 address */
	CONFIG_PATTERN, /* PCRE2 */
	CONFIG_ZONE, /* of time: "Asia/Tokyo" */
	CONFIG_HOUR, /* "09:00" */
	CONFIG_STRINGS, /* struct strs */
	CONFIG_WORDS,
	CONFIG_ADDRESSES,
	CONFIG_DOMAINS,
	CONFIG_DATES, /* "2026-11-23" */
	CONFIG_NETWORKS, /* addresses and networks in CIDR */
	CONFIG_SYSTEMS, /* autonomous systems: "AS64496" */
	CONFIG_PRODUCTS, /* names of three bytes or more */
	CONFIG_INTEGER, /* int64_t from min to max */
	CONFIG_BOOL, /* bool */
	CONFIG_GROUPS /* an array of structs, and their number */
};

/* A setting's name, as in the file, and what it means in one sentence. */
struct config_setting {
	const char *name;
	const char *type; /* "string", "integer", "list", "group" ... */
	const char *help;
	enum config_kind kind;
	size_t offset; /* in struct config, or in its group */
	bool required; /* no default would be right */
	const char *text; /* default of a string; NULL: absent */
	int64_t number; /* default of an integer, a boolean */
	int64_t min;
	int64_t max;
	const char *const *words; /* ends with NULL */
	const struct config_setting *members; /* of a group */
	size_t size; /* of a group's struct, bytes */
	size_t count; /* offset of the size_t with the number of groups */
};

/* All settings in the order of the manual page; ends with a NULL name. */
const struct config_setting *config_settings(void);

/* All defaults set, nothing read. */
struct config *config_create(void);
void config_free(struct config *c);

/* For the supervisor's way to the roles, which do not link libconfig. */
void config_pack(const struct config *c, struct buf *b);
int config_unpack(
    struct config **out, const void *data, size_t len, struct err *e);

/* A path inside the spool, e.g. "tmp"; the caller's. */
char *config_spool(const struct config *c, const char *name);

/*
 * The IMAP sources have a process each: intake's number n, from 1, reads the
 * n-th of them. NULL where there are not so many.
 */
const struct config_intake *config_imap(const struct config *c, size_t n);
size_t config_imaps(const struct config *c);

/* The contact bound to the Unix user, or 0. */
int64_t config_operator(const struct config *c, const char *user);

#endif
