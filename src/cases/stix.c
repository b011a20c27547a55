#include "cases/stix.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/uuid.h"

/* STIX 2.1 section 2.9: of the ids of observables. */
#define OBSERVABLES "00abedb4-aa42-466c-9c01-fed23315a9b7"

#define TLP_EXTENSION                                                          \
	"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

/* OASIS "TLP 2.0 in STIX 2.1": in the order of enum noroshi_tlp. */
static const struct {
	const char *id;
	const char *name;
	const char *word;
} markings[] = {
    [NOROSHI_TLP_CLEAR] = {"94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR",
	"clear"},
    [NOROSHI_TLP_GREEN] = {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "TLP:GREEN",
	"green"},
    [NOROSHI_TLP_AMBER] = {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER",
	"amber"},
    [NOROSHI_TLP_AMBER_STRICT] = {"939a9414-2ddd-4d32-a0cd-375ea402b003",
	"TLP:AMBER+STRICT", "amber+strict"},
    [NOROSHI_TLP_RED] = {"e828b379-4e03-4974-9ac4-e53a884c97c1", "TLP:RED",
	"red"},
};

/* What stix_bundle holds while it writes. */
struct bundle {
	const struct case_indicators *l;
	char space[UUID_TEXT]; /* of the team's own ids */
	char created[CLOCK_RFC3339]; /* when the case was opened */
	char modified[CLOCK_RFC3339];
	char marking[64];
	char identity[64];
	json_t *objects;
	json_t *observed; /* ids */
	json_t *grouped;
	json_t *weaknesses; /* external references */
};

/* Which objects stand for what. */
static const struct {
	const char *type;
	const char *object;
	const char *property; /* a hash's algorithm where object is "file" */
} observables[] = {
    {"ipv4", "ipv4-addr", "value"},
    {"ipv6", "ipv6-addr", "value"},
    {"domain", "domain-name", "value"},
    {"url", "url", "value"},
    {"email", "email-addr", "value"},
    {"md5", "file", "MD5"},
    {"sha1", "file", "SHA-1"},
    {"sha256", "file", "SHA-256"},
    {"sha512", "file", "SHA-512"},
    {"file", "file", "name"},
};

/* Which are objects of the domain, and what names their number. */
static const struct {
	const char *type;
	const char *object;
	const char *source;
} named[] = {
    {"cve", "vulnerability", "cve"},
    {"euvd", "vulnerability", "euvd"},
    {"ghsa", "vulnerability", "ghsa"},
    {"jvn", "vulnerability", "jvn"},
    {"cert-vu", "vulnerability", "cert-cc"},
    {"ipa", "vulnerability", "ipa"},
    {"advisory", "vulnerability", "vendor"},
    {"capec", "attack-pattern", "capec"},
    {"attack", "attack-pattern", "mitre-attack"},
};

/* Adds an object that the team made; id is copied. */
static json_t *
add_own(struct bundle *b, const char *type, const char *name, char id[64])
{
	char *key = xasprintf("%s %s", type, name), uuid[UUID_TEXT];
	json_t *o;

	(void)snprintf(id, 64, "%s--%s", type, uuid_of(uuid, b->space, key));
	free(key);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s]}", "type", type,
	    "spec_version", "2.1", "id", id, "created", b->created, "modified",
	    b->modified, "object_marking_refs", b->marking);
	if (strcmp(type, "identity") != 0)
		json_object_set_new(
		    o, "created_by_ref", json_string(b->identity));
	json_array_append_new(b->objects, o);
	return o;
}

/*
 * Adds an observable whose id is made of its properties, which is taken. They
 * have one key on each level, so that their canonical form (RFC 8785) is what
 * jansson writes.
 */
static void
add_observable(struct bundle *b, const char *type, json_t *properties)
{
	char *name = json_dumps(properties, JSON_COMPACT | JSON_SORT_KEYS);
	char uuid[UUID_TEXT], id[64];
	json_t *o;

	(void)snprintf(
	    id, sizeof(id), "%s--%s", type, uuid_of(uuid, OBSERVABLES, name));
	free(name);
	o = json_pack("{s:s, s:s, s:s, s:[s]}", "type", type, "spec_version",
	    "2.1", "id", id, "object_marking_refs", b->marking);
	json_object_update(o, properties);
	json_decref(properties);
	json_array_append_new(b->objects, o);
	json_array_append_new(b->observed, json_string(id));
}

static bool
put_observable(struct bundle *b, const struct case_indicator *one)
{
	if (strcmp(one->type, "asn") == 0) {
		add_observable(b, "autonomous-system",
		    json_pack("{s:I}", "number",
			(json_int_t)strtoll(one->value + 2, NULL, 10)));
		return true;
	}
	if (strcmp(one->type, "cidr") == 0) {
		add_observable(b,
		    strchr(one->value, ':') != NULL ? "ipv6-addr" : "ipv4-addr",
		    json_pack("{s:s}", "value", one->value));
		return true;
	}
	for (size_t i = 0; i < sizeof(observables) / sizeof(observables[0]);
	     i++) {
		const char *property = observables[i].property;
		bool hash = strcmp(observables[i].object, "file") == 0 &&
			    strcmp(property, "name") != 0;

		if (strcmp(one->type, observables[i].type) != 0)
			continue;
		add_observable(b, observables[i].object,
		    hash
			? json_pack("{s:{s:s}}", "hashes", property, one->value)
			: json_pack("{s:s}", property, one->value));
		return true;
	}
	return false;
}

static void
put_named(struct bundle *b, const struct case_indicator *one)
{
	char id[64];

	if (strcmp(one->type, "cwe") == 0)
		json_array_append_new(
		    b->weaknesses, json_pack("{s:s, s:s}", "source_name", "cwe",
				       "external_id", one->value));
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		json_t *o;

		if (strcmp(one->type, named[i].type) != 0)
			continue;
		o = add_own(b, named[i].object, one->value, id);
		json_object_set_new(o, "name", json_string(one->value));
		json_object_set_new(o, "external_references",
		    json_pack("[{s:s, s:s}]", "source_name", named[i].source,
			"external_id", one->value));
		json_array_append_new(b->grouped, json_string(id));
	}
}

static void
put_observed(struct bundle *b)
{
	char first[CLOCK_RFC3339], last[CLOCK_RFC3339], id[64];
	int64_t from = b->l->last, to = b->l->opened_at;
	json_t *o;

	if (json_array_size(b->observed) == 0)
		return;
	for (size_t i = 0; i < b->l->count; i++) {
		from = b->l->item[i].first < from ? b->l->item[i].first : from;
		to = b->l->item[i].last > to ? b->l->item[i].last : to;
	}
	o = add_own(b, "observed-data", b->l->name, id);
	json_object_set_new(
	    o, "first_observed", json_string(clock_rfc3339(from, first)));
	json_object_set_new(
	    o, "last_observed", json_string(clock_rfc3339(to, last)));
	json_object_set_new(
	    o, "number_observed", json_integer((json_int_t)b->l->messages));
	json_object_set(o, "object_refs", b->observed);
	json_array_append_new(b->grouped, json_string(id));
}

static void
put_grouping(struct bundle *b)
{
	char id[64];
	json_t *o;

	if (json_array_size(b->grouped) == 0)
		json_array_append_new(b->grouped, json_string(b->identity));
	o = add_own(b, "grouping", b->l->name, id);
	json_object_set_new(o, "name", json_string(b->l->name));
	json_object_set_new(o, "context", json_string("suspicious-activity"));
	json_object_set(o, "object_refs", b->grouped);
	if (json_array_size(b->weaknesses) > 0)
		json_object_set(o, "external_references", b->weaknesses);
}

static json_t *
marking_of(enum noroshi_tlp label)
{
	json_t *o = json_pack("{s:s, s:s, s:s+, s:s, s:s}", "type",
	    "marking-definition", "spec_version", "2.1", "id",
	    "marking-definition--", markings[label].id, "created",
	    "2022-10-01T00:00:00.000Z", "name", markings[label].name);

	json_object_set_new(o, "extensions",
	    json_pack("{s:{s:s, s:s}}", TLP_EXTENSION, "extension_type",
		"property-extension", "tlp_2_0", markings[label].word));
	return o;
}

static void
put_identity(struct bundle *b, const char *name, const char *address)
{
	json_t *o = add_own(b, "identity", address, b->identity);

	json_object_set_new(o, "name", json_string(name));
	json_object_set_new(o, "identity_class", json_string("organization"));
	json_object_set_new(o, "contact_information", json_string(address));
}

json_t *
stix_bundle(const struct case_indicators *l, const char *team_name,
    const char *team_address)
{
	char *url = xasprintf("mailto:%s", team_address), id[UUID_TEXT];
	struct bundle b = {.l = l,
	    .objects = json_array(),
	    .observed = json_array(),
	    .grouped = json_array(),
	    .weaknesses = json_array()};
	json_t *bundle;

	uuid_of(b.space, UUID_URL, url);
	free(url);
	clock_rfc3339(l->opened_at, b.created);
	clock_rfc3339(
	    l->last > l->opened_at ? l->last : l->opened_at, b.modified);
	(void)snprintf(b.marking, sizeof(b.marking), "marking-definition--%s",
	    markings[l->label].id);
	json_array_append_new(b.objects, marking_of(l->label));
	put_identity(&b, team_name, team_address);
	for (size_t i = 0; i < l->count; i++)
		if (!put_observable(&b, &l->item[i]))
			put_named(&b, &l->item[i]);
	put_observed(&b);
	put_grouping(&b);
	bundle = json_pack("{s:s, s:s+, s:o}", "type", "bundle", "id",
	    "bundle--", uuid_of(id, b.space, l->name), "objects", b.objects);
	json_decref(b.observed);
	json_decref(b.grouped);
	json_decref(b.weaknesses);
	return bundle;
}
