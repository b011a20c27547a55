#include "config/config.h"

#define MIB (INT64_C(1024) * 1024)
#define GIB (1024 * MIB)

static const char *const words_language[] = {"en", "ja", NULL};
static const char *const words_transport[] = {"file", "smtp", NULL};
static const char *const words_smtp_tls[] = {
    "starttls", "implicit", "none", NULL};
static const char *const words_log_level[] = {
    "error", "warning", "info", "debug", NULL};
static const char *const words_second_person[] = {"identity", "contact", NULL};
static const char *const words_sandbox[] = {"required", "try", "off", NULL};
static const char *const words_intake[] = {"maildir", NULL};
static const char *const words_constituency[] = {"inside", "outside", NULL};
static const char *const words_label[] = {
    "RED", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR", NULL};
static const char *const words_class[] = {"staff", "constituent", "vendor",
    "coordinator", "isac", "first", "partner", "finder", "public", NULL};
static const char *const words_evidence[] = {
    "signature", "dkim", "address", "none", NULL};
static const char *const words_kind[] = {"report", "vulnerability", "advisory",
    "enquiry", "reply", "notification", "bounce", "auto-reply",
    "administrative", "spam", NULL};
static const char *const words_category[] = {"scan", "forged-mail", "intrusion",
    "phishing", "dos", "malware", "spam", "apt", "ics", "leak", "vulnerability",
    "exercise", NULL};
static const char *const words_priority[] = {
    "low", "normal", "high", "critical", NULL};

/* clang-format off */

#define INTAKE(field) .offset = offsetof(struct config_intake, field)

static const struct config_setting intake_members[] = {
	{"type", "word", "The kind of source.",
	    CONFIG_WORD, INTAKE(type), .required = true,
	    .words = words_intake},
	{"path", "path", "The Maildir whose messages are taken in.",
	    CONFIG_PATH, INTAKE(path), .required = true},
	{.name = NULL}
};

#define OPERATOR(field) .offset = offsetof(struct config_operator, field)

static const struct config_setting operator_members[] = {
	{"user", "string", "The name of a Unix user.",
	    CONFIG_STRING, OPERATOR(user), .required = true},
	{"contact", "integer", "The id of the contact that acts for that user.",
	    CONFIG_INTEGER, OPERATOR(contact), .required = true,
	    .min = 1, .max = INT64_MAX},
	{.name = NULL}
};

#define RULE(field) .offset = offsetof(struct config_rule, field)

static const struct config_setting rule_members[] = {
	{"name", "string", "The rule's name, which no other rule has.",
	    CONFIG_STRING, RULE(name), .required = true},
	{"subject", "pattern", "Holds where the subject matches.",
	    CONFIG_PATTERN, RULE(subject)},
	{"body", "pattern", "Holds where the text matches.",
	    CONFIG_PATTERN, RULE(body)},
	{"from", "pattern", "Holds where the From address matches.",
	    CONFIG_PATTERN, RULE(from)},
	{"to", "pattern", "Holds where any To or Cc address matches.",
	    CONFIG_PATTERN, RULE(to)},
	{"header_name", "string", "The name of the field that header looks at.",
	    CONFIG_STRING, RULE(header_name)},
	{"header", "pattern", "Holds where that field's value matches.",
	    CONFIG_PATTERN, RULE(header)},
	{"attachment", "pattern", "Holds where an attachment's name matches.",
	    CONFIG_PATTERN, RULE(attachment)},
	{"attachment_type", "pattern",
	    "Holds where an attachment's media type matches.",
	    CONFIG_PATTERN, RULE(attachment_type)},
	{"sender_class", "list", "Holds for senders of these classes.",
	    CONFIG_WORDS, RULE(sender_class), .words = words_class},
	{"evidence", "list", "Holds where the sender is proven in these ways.",
	    CONFIG_WORDS, RULE(evidence), .words = words_evidence},
	{"label", "label", "Holds where the label is this one or higher.",
	    CONFIG_WORD, RULE(label), .words = words_label},
	{"constituency", "word",
	    "Holds where the sender's domain is inside or outside.",
	    CONFIG_WORD, RULE(constituency), .words = words_constituency},
	{"kind", "word", "Sets the kind of the message.",
	    CONFIG_WORD, RULE(kind), .words = words_kind},
	{"category", "word", "Sets the category.",
	    CONFIG_WORD, RULE(category), .words = words_category},
	{"priority", "word", "Sets the priority.",
	    CONFIG_WORD, RULE(priority), .words = words_priority},
	{"owner", "string", "Gives the case to a contact, by id or address.",
	    CONFIG_STRING, RULE(owner)},
	{"tag", "list", "Adds these tags to the case.",
	    CONFIG_STRINGS, RULE(tag)},
	{"label_floor", "label", "Raises the effective label to at least this.",
	    CONFIG_WORD, RULE(label_floor), .words = words_label},
	{"last", "boolean", "Asks no later rule once this one fired.",
	    CONFIG_BOOL, RULE(last)},
	{.name = NULL}
};

#define AT(field) .offset = offsetof(struct config, field)

static const struct config_setting settings[] = {
	{"team.name", "string", "The team's name, as its mail shows it.",
	    CONFIG_STRING, AT(team_name), .required = true},
	{"team.address", "address", "The address that the team is known by.",
	    CONFIG_ADDRESS, AT(team_address), .required = true},
	{"team.addresses", "list", "Further addresses that are the team's.",
	    CONFIG_ADDRESSES, AT(team_addresses)},
	{"team.key", "fingerprint", "The fingerprint of the team's key.",
	    CONFIG_FINGERPRINT, AT(team_key)},
	{"team.case_prefix", "prefix", "What case numbers start with.",
	    CONFIG_PREFIX, AT(case_prefix), .text = "CASE"},
	{"team.language", "word", "The language for readers who have none.",
	    CONFIG_WORD, AT(language), .text = "en", .words = words_language},
	{"database", "path", "The SQLite database.",
	    CONFIG_PATH, AT(database), .text = "noroshi.db"},
	{"gnupg", "path", "The folder with the team's keys.",
	    CONFIG_PATH, AT(gnupg), .text = "gnupg"},
	{"spool", "path", "The folder with the messages' bytes.",
	    CONFIG_PATH, AT(spool), .text = "spool"},
	{"outbox", "path", "The Maildir that the file transport delivers to.",
	    CONFIG_PATH, AT(outbox), .text = "outbox"},
	{"transport", "word", "How mail leaves.",
	    CONFIG_WORD, AT(transport), .text = "file",
	    .words = words_transport},
	{"smtp.host", "host", "The server that the smtp transport submits to.",
	    CONFIG_HOST, AT(smtp_host)},
	{"smtp.port", "integer", "The port of that server.",
	    CONFIG_INTEGER, AT(smtp_port), .number = 587,
	    .min = 1, .max = 65535},
	{"smtp.tls", "word", "How the connection to that server is protected.",
	    CONFIG_WORD, AT(smtp_tls), .text = "starttls",
	    .words = words_smtp_tls},
	{"smtp.ca_file", "path",
	    "The certificates that vouch for that server.",
	    CONFIG_PATH, AT(smtp_ca_file)},
	{"smtp.user", "string", "The name that the server knows us by.",
	    CONFIG_STRING, AT(smtp_user)},
	{"smtp.password_file", "path", "The file with the password to it.",
	    CONFIG_PATH, AT(smtp_password_file)},
	{"smtp.timeout", "integer",
	    "Seconds that one answer of the server may take.",
	    CONFIG_INTEGER, AT(smtp_timeout), .number = 60,
	    .min = 1, .max = 3600},
	{"smtp.helo", "host", "What we call ourselves to the server.",
	    CONFIG_HOST, AT(smtp_helo)},
	{"log_level", "word", "The least level that is logged.",
	    CONFIG_WORD, AT(log_level), .text = "info",
	    .words = words_log_level},
	{"second_person", "word", "What makes somebody a second person.",
	    CONFIG_WORD, AT(second_person), .text = "identity",
	    .words = words_second_person},
	{"sandbox", "word", "What happens where the kernel cannot confine.",
	    CONFIG_WORD, AT(sandbox), .text = "try", .words = words_sandbox},
	{"tlp.default_in", "label", "The label of incoming mail without one.",
	    CONFIG_WORD, AT(tlp_default_in), .text = "AMBER",
	    .words = words_label},
	{"tlp.default_out", "label", "The label of outgoing mail without one.",
	    CONFIG_WORD, AT(tlp_default_out), .text = "AMBER",
	    .words = words_label},
	{"tlp.internal_route", "list",
	    "Addresses and domains of staff over our own, encrypted route.",
	    CONFIG_STRINGS, AT(internal_route)},
	{"tlp.internal_route_trusted", "boolean",
	    "Whether that route counts; false when it is the attacker's.",
	    CONFIG_BOOL, AT(internal_route_trusted), .number = 1},
	{"tlp.provider", "boolean",
	    "Whether constituents are customers, kept apart from each other.",
	    CONFIG_BOOL, AT(tlp_provider), .number = 0},
	{"identity.authserv_ids", "list",
	    "The hosts whose Authentication-Results are believed.",
	    CONFIG_STRINGS, AT(authserv_ids)},
	{"identity.trusted_hops", "list",
	    "The hosts whose results are believed without an authserv-id.",
	    CONFIG_DOMAINS, AT(trusted_hops)},
	{"constituency.domains", "list",
	    "The domains of the constituency, with all below them.",
	    CONFIG_DOMAINS, AT(constituency)},
	{"workers", "integer", "The number of workers; 0 is one for each core.",
	    CONFIG_INTEGER, AT(workers), .number = 0, .min = 0, .max = 256},
	{"delivers", "integer", "The number of delivering processes.",
	    CONFIG_INTEGER, AT(delivers), .number = 1, .min = 1, .max = 64},
	{"attempts", "integer",
	    "Deaths of a worker with one message before its quarantine.",
	    CONFIG_INTEGER, AT(attempts), .number = 3, .min = 1, .max = 100},
	{"recall", "integer",
	    "Seconds in which mail to outsiders may still be cancelled.",
	    CONFIG_INTEGER, AT(recall), .number = 60, .min = 0, .max = 86400},
	{"stale_after", "integer",
	    "Seconds after which a signature is old news; 0: never.",
	    CONFIG_INTEGER, AT(stale_after), .number = 7 * 86400, .min = 0,
	    .max = INT64_C(100) * 365 * 86400},
	{"hold_expires", "integer",
	    "Seconds after which held mail that nobody released is cancelled.",
	    CONFIG_INTEGER, AT(hold_expires), .number = 259200,
	    .min = 2, .max = 7776000},
	{"collapse", "integer",
	    "Seconds for which like notices of a machine share a case; 0: none.",
	    CONFIG_INTEGER, AT(collapse), .number = 86400,
	    .min = 0, .max = 31536000},
	{"self_confirm", "integer",
	    "Seconds after which who is alone on the rota confirms their own.",
	    CONFIG_INTEGER, AT(self_confirm), .number = 900,
	    .min = 0, .max = 86400},
	{"templates", "path", "The folder with texts of the team's own.",
	    CONFIG_PATH, AT(templates)},
	{"acknowledge.enabled", "boolean",
	    "Whether reports are acknowledged automatically.",
	    CONFIG_BOOL, AT(acknowledge), .number = true},
	{"acknowledge.hourly", "integer",
	    "Acknowledgements in one hour; what is over it has none.",
	    CONFIG_INTEGER, AT(acknowledge_hourly), .number = 60,
	    .min = 1, .max = 100000},
	{"gpg.deadline", "integer", "Seconds that one run of gpg may take.",
	    CONFIG_INTEGER, AT(gpg_deadline), .number = 60,
	    .min = 1, .max = 86400},
	{"gpg.memory", "integer", "Bytes of address space that gpg may use.",
	    CONFIG_INTEGER, AT(gpg_memory), .number = GIB,
	    .min = 64 * MIB, .max = 1024 * GIB},
	{"limits.message", "integer", "Bytes of one message.",
	    CONFIG_INTEGER, AT(limit_message), .number = 64 * MIB,
	    .min = 1024, .max = GIB},
	{"limits.decrypted", "integer", "Bytes that one decryption may give.",
	    CONFIG_INTEGER, AT(limit_decrypted), .number = 256 * MIB,
	    .min = 1024, .max = GIB},
	{"limits.depth", "integer", "Levels of MIME.",
	    CONFIG_INTEGER, AT(limit_depth), .number = 20,
	    .min = 1, .max = 100},
	{"limits.parts", "integer", "MIME parts of one message.",
	    CONFIG_INTEGER, AT(limit_parts), .number = 1000,
	    .min = 1, .max = 100000},
	{"limits.header", "integer", "Bytes of one header block.",
	    CONFIG_INTEGER, AT(limit_header), .number = MIB,
	    .min = 1024, .max = 16 * MIB},
	{"limits.field", "integer", "Bytes of one header field.",
	    CONFIG_INTEGER, AT(limit_field), .number = 128 * 1024,
	    .min = 998, .max = 16 * MIB},
	{"limits.comments", "integer", "Comments inside each other.",
	    CONFIG_INTEGER, AT(limit_comments), .number = 16,
	    .min = 1, .max = 1000},
	{"limits.addresses", "integer", "Addresses in one header field.",
	    CONFIG_INTEGER, AT(limit_addresses), .number = 2000,
	    .min = 1, .max = 100000},
	{"limits.text", "integer", "Bytes of readable text kept of a message.",
	    CONFIG_INTEGER, AT(limit_text), .number = 4 * MIB,
	    .min = 1024, .max = 256 * MIB},
	{"limits.layers", "integer", "Cryptographic layers inside each other.",
	    CONFIG_INTEGER, AT(limit_layers), .number = 5,
	    .min = 1, .max = 20},
	{"limits.pattern_steps", "integer",
	    "Steps that one pattern of a rule may take on one text.",
	    CONFIG_INTEGER, AT(pattern_steps), .number = 1000000,
	    .min = 1000, .max = 100000000},
	{"intake", "groups", "Where mail comes from.",
	    CONFIG_GROUPS, AT(intake), .members = intake_members,
	    .size = sizeof(struct config_intake),
	    .count = offsetof(struct config, intakes)},
	{"operators", "groups", "Who may call noroshi(1), and as whom.",
	    CONFIG_GROUPS, AT(operators), .members = operator_members,
	    .size = sizeof(struct config_operator),
	    .count = offsetof(struct config, n_operators)},
	{"rules", "groups", "What kind of mail each message is, in order.",
	    CONFIG_GROUPS, AT(rule), .members = rule_members,
	    .size = sizeof(struct config_rule),
	    .count = offsetof(struct config, rules)},
	{.name = NULL}
};
/* clang-format on */

const struct config_setting *
config_settings(void)
{
	return settings;
}
