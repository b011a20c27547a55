#include "policy/machine_type.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SPAM "spam", "abusive-content:spam"
#define PHISHING "phishing", "fraud:phishing"
#define MASQUERADE "phishing", "fraud:masquerade"
#define MALWARE "malware", "malicious-code:malware-distribution"
#define INFECTED "malware", "malicious-code:infected-system"
#define DOS "dos", "availability:ddos"
#define SCAN "scan", "information-gathering:scanner"
#define LOGIN "scan", "intrusion-attempts:brute-force"
#define ATTEMPT "scan", "intrusion-attempts:ids-alert"
#define INTRUSION "intrusion", "intrusions:system-compromise"
#define ACCOUNT "intrusion", "intrusions:unprivileged-account-compromise"
#define WEAKNESS "vulnerability", "vulnerable:vulnerable-system"
#define LEAK "leak", "information-content-security:data-leak"
#define COPYRIGHT NULL, "fraud:copyright"
#define VIOLENCE NULL, "abusive-content:violence"
#define HARASSMENT NULL, "abusive-content:harmful-speech"
#define UNDETERMINED NULL, "other:undetermined"

struct row {
	const char *category; /* of theirs, or NULL */
	const char *type; /* NULL: any other of the category */
	struct machine_type is;
};

static const struct row arf[] = {
    {NULL, "abuse", {SPAM}},
    {NULL, "opt-out", {SPAM}},
    {NULL, "opt-out-list", {SPAM}},
    {NULL, "fraud", {PHISHING}},
    {NULL, "virus", {MALWARE}},
    {NULL, "auth-failure", {"forged-mail", "fraud:masquerade"}},
};

static const struct row xarf3[] = {
    {NULL, "Spam", {SPAM}},
    {NULL, "Phishing", {PHISHING}},
    {NULL, "Fraud", {PHISHING}},
    {NULL, "Malware", {MALWARE}},
    {NULL, "Botnet", {INFECTED}},
    {NULL, "DOS", {DOS}},
    {NULL, "DDoS", {DOS}},
    {NULL, "PortScan", {SCAN}},
    {NULL, "WebCrawler", {SCAN}},
    {NULL, "LoginAttack", {LOGIN}},
    {NULL, "Exploit", {ATTEMPT}},
    {NULL, "PotentiallyCompromisedAccount", {ACCOUNT}},
    {NULL, "OpenService", {WEAKNESS}},
    {NULL, "Copyright", {COPYRIGHT}},
    {NULL, "Trademark", {COPYRIGHT}},
    {NULL, "ChildAbuse", {VIOLENCE}},
    {NULL, "Harassment", {HARASSMENT}},
};

static const struct row xarf4[] = {
    {"messaging", "social_engineering",
	{"phishing", "information-gathering:social-engineering"}},
    {"messaging", NULL, {SPAM}},
    {"connection", "ddos", {DOS}},
    {"connection", "ddos_amplification", {DOS}},
    {"connection", "login_attack", {LOGIN}},
    {"connection", "auth_failure", {LOGIN}},
    {"connection", "sql_injection", {ATTEMPT}},
    {"connection", "infected_host", {INFECTED}},
    {"connection", NULL, {SCAN}},
    {"content", "phishing", {PHISHING}},
    {"content", "phishing_site", {PHISHING}},
    {"content", "fraud", {PHISHING}},
    {"content", "brand_infringement", {MASQUERADE}},
    {"content", "suspicious_registration", {MASQUERADE}},
    {"content", "malware", {MALWARE}},
    {"content", "exposed_data", {LEAK}},
    {"content", "spamvertised", {SPAM}},
    {"content", "defacement",
	{"intrusion", "information-content-security:"
		      "unauthorised-information-modification"}},
    {"content", "web_hack", {INTRUSION}},
    {"content", "remote_compromise", {INTRUSION}},
    {"content", "csam", {VIOLENCE}},
    {"content", "csem", {VIOLENCE}},
    {"content", NULL, {UNDETERMINED}},
    {"copyright", NULL, {COPYRIGHT}},
    {"infrastructure", "botnet", {INFECTED}},
    {"infrastructure", "bot", {INFECTED}},
    {"infrastructure", "compromised_account", {ACCOUNT}},
    {"infrastructure", "cve", {WEAKNESS}},
    {"infrastructure", NULL, {INTRUSION}},
    {"vulnerability", NULL, {WEAKNESS}},
    {"reputation", NULL, {UNDETERMINED}},
};

#define ROWS(table) table, sizeof(table) / sizeof(table[0])

static bool
find(const struct row *rows, size_t count, const char *category,
    const char *type, struct machine_type *out)
{
	*out = (struct machine_type){NULL, NULL};
	for (size_t i = 0; i < count; i++) {
		if (category != NULL &&
		    strcasecmp(rows[i].category, category) != 0)
			continue;
		if (rows[i].type != NULL && strcasecmp(rows[i].type, type) != 0)
			continue;
		*out = rows[i].is;
		return true;
	}
	return false;
}

struct machine_type
machine_type_arf(const char *feedback_type)
{
	struct machine_type t;

	(void)find(ROWS(arf), NULL, feedback_type, &t);
	return t;
}

bool
machine_type_xarf3(const char *type, struct machine_type *out)
{
	return find(ROWS(xarf3), NULL, type, out);
}

bool
machine_type_xarf4(
    const char *category, const char *type, struct machine_type *out)
{
	return find(ROWS(xarf4), category, type, out);
}
