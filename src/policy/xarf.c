#include "policy/xarf.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

#define XARF_SOURCES_MAX 1000 /* of one report */

void
xarf_free(struct xarf *x)
{
	strs_free(&x->sources);
	*x = (struct xarf){0};
}

/* A string's value, or NULL. */
static const char *
text_at(const struct leaves *l, const char *path)
{
	const struct leaf *leaf = leaves_at(l, path);

	return leaf != NULL && leaf->type == LEAF_STRING ? leaf->value : NULL;
}

static bool
has(const struct leaves *l, const char *path)
{
	return leaves_at(l, path) != NULL;
}

static bool
has_under(const struct leaves *l, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < l->count; i++)
		if (strncmp(l->item[i].path, path, len) == 0 &&
		    l->item[i].path[len] == '/')
			return true;
	return false;
}

static bool
is_text(const struct leaf *leaf)
{
	return leaf->type == LEAF_STRING;
}

static bool
is_number(const struct leaf *leaf)
{
	return leaf->type == LEAF_NUMBER && leaf->value[0] != '-';
}

static bool
is_bool(const struct leaf *leaf)
{
	return leaf->type == LEAF_BOOL;
}

static bool
is_port(const struct leaf *leaf)
{
	return is_number(leaf) && strlen(leaf->value) <= 5 &&
	       strtoul(leaf->value, NULL, 10) <= 65535;
}

/* RFC 6793: 32 bits. */
static bool
is_asn(const struct leaf *leaf)
{
	return is_number(leaf) && strlen(leaf->value) <= 10 &&
	       strtoull(leaf->value, NULL, 10) <= UINT32_MAX;
}

static bool
is_ip(const struct leaf *leaf)
{
	unsigned char raw[16];

	return is_text(leaf) && (inet_pton(AF_INET, leaf->value, raw) == 1 ||
				    inet_pton(AF_INET6, leaf->value, raw) == 1);
}

/* RFC 3339: the day and the time; what follows may be a zone. */
static bool
is_date(const struct leaf *leaf)
{
	static const char form[] = "dddd-dd-ddTdd:dd";
	const char *s = leaf->value;

	if (!is_text(leaf) || strlen(s) < sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		if (form[i] == 'd' && !isdigit((unsigned char)s[i]))
			return false;
		if (form[i] != 'd' && form[i] != s[i] &&
		    !(form[i] == 'T' && (s[i] == ' ' || s[i] == 't')))
			return false;
	}
	return true;
}

static bool
is_url(const struct leaf *leaf)
{
	const char *colon = strstr(leaf->value, "://");

	return is_text(leaf) && colon != NULL && colon > leaf->value &&
	       colon[3] != '\0' && strpbrk(leaf->value, " \t\n") == NULL;
}

static bool
is_mailbox(const struct leaf *leaf)
{
	const char *at = strrchr(leaf->value, '@');

	return is_text(leaf) && at != NULL && at > leaf->value && at[1] != '\0';
}

static bool
is_host(const struct leaf *leaf)
{
	return is_text(leaf) && leaf->value[0] != '\0' &&
	       strpbrk(leaf->value, " \t\n/@") == NULL;
}

static bool
is_cve(const struct leaf *leaf)
{
	const char *s = leaf->value;

	return is_text(leaf) && strncmp(s, "CVE-", 4) == 0 &&
	       strspn(s + 4, "0123456789") == 4 && s[8] == '-' &&
	       strspn(s + 9, "0123456789") >= 4;
}

static bool
is_one_of(const struct leaf *leaf, const char *const *words)
{
	if (!is_text(leaf))
		return false;
	for (; *words != NULL; words++)
		if (strcasecmp(leaf->value, *words) == 0)
			return true;
	return false;
}

static bool
is_severity(const struct leaf *leaf)
{
	static const char *const words[] = {
	    "low", "medium", "high", "critical", "info", NULL};

	return is_one_of(leaf, words);
}

static bool
is_transport(const struct leaf *leaf)
{
	static const char *const words[] = {
	    "tcp", "udp", "sctp", "icmp", "dccp", NULL};

	return is_one_of(leaf, words);
}

static bool
is_digest(const struct leaf *leaf)
{
	static const char *const words[] = {"md5", "sha1", "sha-1", "sha256",
	    "sha-256", "sha512", "sha-512", "sha224", "sha384", "bcrypt", NULL};

	return is_one_of(leaf, words);
}

/* What a field holds, wherever it stands, and whether it accuses. */
static const struct field {
	const char *name;
	bool (*fits)(const struct leaf *leaf);
	bool source;
} fields3[] = {
    {"ASN", is_asn, false},
    {"AttackerIp", is_ip, true},
    {"AttackerPort", is_port, false},
    {"Base64Encoded", is_bool, false},
    {"ByteCount", is_number, false},
    {"C2Server", is_text, true},
    {"ComplainantOrg", is_text, false},
    {"ComplainantOrgDomain", is_host, false},
    {"ComplainantOrgEmail", is_mailbox, false},
    {"ComplainantContactEmail", is_mailbox, false},
    {"ContentType", is_text, false},
    {"CourtOrder", is_url, false},
    {"CVE", is_cve, true},
    {"Date", is_date, false},
    {"Description", is_text, false},
    {"DestinationIp", is_ip, false},
    {"DestinationPort", is_port, false},
    {"Disclosure", is_bool, false},
    {"FileSize", is_number, false},
    {"FirstSeen", is_date, false},
    {"HashAlgorithm", is_digest, false},
    {"InfringedMaterial", is_text, false},
    {"IP", is_ip, true},
    {"LastSeen", is_date, false},
    {"MaterialType", is_text, false},
    {"Ongoing", is_bool, false},
    {"PacketCount", is_number, false},
    {"Payload", is_text, false},
    {"ReportClass", is_text, false},
    {"ReporterCaseID", is_text, false},
    {"ReporterNotes", is_text, false},
    {"ReporterOrg", is_text, false},
    {"ReporterOrgDomain", is_host, false},
    {"ReporterOrgEmail", is_mailbox, false},
    {"ReporterSeverity", is_severity, false},
    {"ReportType", is_text, false},
    {"RpzDomain", is_host, true},
    {"ServiceName", is_text, false},
    {"ServiceVersion", is_text, false},
    {"SmtpMailFromAddress", is_mailbox, true},
    {"SmtpRcptToAddress", is_mailbox, false},
    {"SourceDomain", is_host, true},
    {"SourceIp", is_ip, true},
    {"SourcePort", is_port, false},
    {"SourceUrl", is_url, true},
    {"TrademarkedMaterial", is_text, false},
    {"TransportProtocol", is_transport, false},
    {"URL", is_url, true},
};

static const struct field fields4[] = {
    {"c2_server", is_text, true},
    {"category", is_text, false},
    {"cve_id", is_cve, true},
    {"destination_ip", is_ip, false},
    {"destination_port", is_port, false},
    {"file_hash", is_text, true},
    {"infringing_url", is_url, true},
    {"report_id", is_text, false},
    {"smtp_from", is_text, true},
    {"source_identifier", is_text, true},
    {"source_port", is_port, false},
    {"timestamp", is_date, false},
    {"type", is_text, false},
    {"url", is_url, true},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Checks each value that a field is known of, and keeps those that accuse. */
static bool
read_fields(const struct leaves *l, const struct field *fields, size_t count,
    struct xarf *out)
{
	bool fits = true;

	for (size_t i = 0; i < l->count; i++) {
		const struct leaf *leaf = &l->item[i];
		const char *name = strrchr(leaf->path, '/');

		for (size_t k = 0; name != NULL && k < count; k++) {
			if (strcmp(name + 1, fields[k].name) != 0)
				continue;
			if (!fields[k].fits(leaf))
				fits = false;
			if (fields[k].source && is_text(leaf) &&
			    out->sources.count < XARF_SOURCES_MAX)
				strs_add(&out->sources, leaf->value);
		}
	}
	return fits;
}

/* What version 3 allows once below a path, and nothing deeper. */
static bool
is_flat(const struct leaves *l, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < l->count; i++) {
		const struct leaf *leaf = &l->item[i];

		if (strncmp(leaf->path, path, len) == 0 &&
		    (leaf->type == LEAF_EMPTY ||
			strchr(leaf->path + len, '/') != NULL))
			return false;
	}
	return true;
}

/* Tags are words, all of them. */
static bool
are_texts(const struct leaves *l, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < l->count; i++)
		if (strncmp(l->item[i].path, path, len) == 0 &&
		    !is_text(&l->item[i]))
			return false;
	return true;
}

static bool
is_reporter3(const struct leaves *l)
{
	const char *type = text_at(l, "/ReporterInfo/ReporterType");

	if (type != NULL && strcasecmp(type, "Person") == 0)
		return has_under(l, "/ReporterInfo");
	return text_at(l, "/ReporterInfo/ReporterOrg") != NULL &&
	       text_at(l, "/ReporterInfo/ReporterOrgDomain") != NULL &&
	       text_at(l, "/ReporterInfo/ReporterOrgEmail") != NULL;
}

/* A vector names the version that it is of, but for version 2. */
static bool
is_cvss3(const struct leaves *l)
{
	const char *version = text_at(l, "/Report/CVSS/Version");
	const char *vector = text_at(l, "/Report/CVSS/Vector");
	size_t len;

	if (vector == NULL)
		return true;
	if (version == NULL)
		return false;
	if (strncmp(vector, "CVSS:", 5) != 0)
		return version[0] == '2';
	len = strlen(version);
	return strncmp(vector + 5, version, len) == 0 && vector[5 + len] == '/';
}

/* What one type asks for beside what all do. */
static bool
is_typed3(const struct leaves *l, const char *type)
{
	bool ip = has(l, "/Report/SourceIp");
	bool source =
	    ip || has(l, "/Report/SourceUrl") || has_under(l, "/Report/Source");

	if (strcasecmp(type, "PotentiallyCompromisedAccount") == 0)
		return has_under(l, "/Report/Account") && !source;
	if (strcasecmp(type, "OpenService") == 0 &&
	    !has(l, "/Report/ServiceName"))
		return false;
	if (strcasecmp(type, "LoginAttack") == 0 &&
	    !has_under(l, "/Report/Samples"))
		return false;
	return source;
}

static bool
is_class3(const char *class)
{
	static const char *const classes[] = {"Activity", "Content",
	    "Vulnerability", "Messaging", "Network", "System"};

	for (size_t i = 0; class != NULL && i < COUNT(classes); i++)
		if (strcasecmp(class, classes[i]) == 0)
			return true;
	return false;
}

static void
read3(const struct leaves *l, struct xarf *out)
{
	const char *type = text_at(l, "/Report/ReportType");
	const struct leaf *disclosure = leaves_at(l, "/Disclosure");

	out->valid = read_fields(l, fields3, COUNT(fields3), out);
	out->valid = type != NULL && machine_type_xarf3(type, &out->type) &&
		     out->valid && is_class3(text_at(l, "/Report/ReportClass"));
	out->valid = out->valid && disclosure != NULL &&
		     has(l, "/Report/Date") && is_reporter3(l) && is_cvss3(l) &&
		     is_typed3(l, type) && is_flat(l, "/Report/Custom/") &&
		     are_texts(l, "/InternalProcessing/EventTags/");
	out->kept =
	    disclosure != NULL && strcmp(disclosure->value, "false") == 0;
}

static void
read4(const struct leaves *l, struct xarf *out)
{
	const char *category = text_at(l, "/category");
	const char *type = text_at(l, "/type");
	bool fits = read_fields(l, fields4, COUNT(fields4), out);

	out->valid = category != NULL && type != NULL &&
		     machine_type_xarf4(category, type, &out->type);
	if (category == NULL)
		category = "";
	out->valid =
	    out->valid && fits && text_at(l, "/xarf_version") != NULL &&
	    text_at(l, "/report_id") != NULL && has(l, "/timestamp") &&
	    text_at(l, "/source_identifier") != NULL &&
	    text_at(l, "/reporter/org") != NULL &&
	    (strcmp(category, "messaging") != 0 || has(l, "/protocol"));
}

bool
xarf_read(const struct leaves *l, bool named, struct xarf *out)
{
	const char *version = text_at(l, "/xarf_version");
	bool four = version != NULL && version[0] == '4';
	bool three = has(l, "/Version") &&
		     (has_under(l, "/ReporterInfo") || has_under(l, "/Report"));

	*out = (struct xarf){0};
	if (version != NULL && version[0] == '3')
		three = true;
	if (!named && !four && !three)
		return false;
	if (three)
		read3(l, out);
	else if (four || has(l, "/source_identifier"))
		read4(l, out);
	if (l->broken || l->partial)
		out->valid = false;
	return true;
}
