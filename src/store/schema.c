#include "store/schema.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

/*
 * Open columns hold what has to be looked up or sorted by; text from inside a
 * message stands only in columns named sealed (store/vault.h).
 */
static const char schema_1[] =
    "CREATE TABLE meta ("
    " name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "INSERT INTO meta VALUES ('people_version', '1');"

    "CREATE TABLE vault_key ("
    " id INTEGER PRIMARY KEY, wrapped BLOB) STRICT;" /* NULL: destroyed */

    "CREATE TABLE organisation ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"

    "CREATE TABLE contact ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " organisation INTEGER REFERENCES organisation(id),"
    " class TEXT NOT NULL, language TEXT, created_at INTEGER NOT NULL,"
    " removed_at INTEGER) STRICT;"
    "CREATE TABLE contact_address ("
    " address TEXT PRIMARY KEY," /* folded, see contact_address_fold */
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " written TEXT NOT NULL, position INTEGER NOT NULL) STRICT;"
    "CREATE INDEX contact_address_contact ON contact_address(contact);"
    "CREATE TABLE contact_role ("
    " contact INTEGER NOT NULL REFERENCES contact(id), role TEXT NOT NULL,"
    " PRIMARY KEY (contact, role)) STRICT;"
    "CREATE TABLE contact_tag ("
    " contact INTEGER NOT NULL REFERENCES contact(id), tag TEXT NOT NULL,"
    " PRIMARY KEY (contact, tag)) STRICT;"

    "CREATE TABLE key ("
    " fingerprint TEXT PRIMARY KEY,"
    " user_ids TEXT NOT NULL, addresses TEXT NOT NULL," /* a line each */
    " created INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " revoked INTEGER NOT NULL, team INTEGER NOT NULL DEFAULT 0,"
    " material BLOB NOT NULL, blob BLOB NOT NULL,"
    " imported_at INTEGER NOT NULL) STRICT;"
    /* a stranger's key may claim somebody else's subkey: not unique alone */
    "CREATE TABLE subkey ("
    " fingerprint TEXT NOT NULL,"
    " key TEXT NOT NULL REFERENCES key(fingerprint) ON DELETE CASCADE,"
    " key_id TEXT NOT NULL, position INTEGER NOT NULL,"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " revoked INTEGER NOT NULL, can_encrypt INTEGER NOT NULL,"
    " can_sign INTEGER NOT NULL, algorithm TEXT NOT NULL,"
    " bits INTEGER NOT NULL, PRIMARY KEY (fingerprint, key)) STRICT;"
    "CREATE INDEX subkey_key ON subkey(key);"
    "CREATE INDEX subkey_key_id ON subkey(key_id);"
    /* one key is bound to one contact: a fingerprint is an identity */
    "CREATE TABLE contact_key ("
    " key TEXT PRIMARY KEY REFERENCES key(fingerprint),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " verified TEXT NOT NULL, verified_at INTEGER, verified_by INTEGER,"
    " position INTEGER NOT NULL) STRICT;"
    "CREATE INDEX contact_key_contact ON contact_key(contact);"

    "CREATE TABLE cases ("
    " id INTEGER PRIMARY KEY, year INTEGER NOT NULL, number INTEGER NOT NULL,"
    " name TEXT NOT NULL UNIQUE," /* EX-2026-0001 */
    " title_sealed BLOB NOT NULL, state TEXT NOT NULL,"
    " owner INTEGER REFERENCES contact(id), priority TEXT NOT NULL,"
    " category TEXT, label TEXT," /* NULL: no label of its own */
    " owed INTEGER NOT NULL DEFAULT 0," /* an answer to the outside */
    " opened_at INTEGER NOT NULL, closed_at INTEGER,"
    " version INTEGER NOT NULL DEFAULT 1,"
    " vault_key INTEGER NOT NULL REFERENCES vault_key(id),"
    " UNIQUE (year, number)) STRICT;"
    "CREATE INDEX cases_state ON cases(state);"
    "CREATE TABLE case_participant ("
    " cases INTEGER NOT NULL REFERENCES cases(id), contact INTEGER"
    " REFERENCES contact(id), address TEXT NOT NULL, name TEXT,"
    " added_at INTEGER NOT NULL, PRIMARY KEY (cases, address)) STRICT;"
    "CREATE TABLE case_tag ("
    " cases INTEGER NOT NULL REFERENCES cases(id), tag TEXT NOT NULL,"
    " PRIMARY KEY (cases, tag)) STRICT;"
    "CREATE TABLE case_note ("
    " id INTEGER PRIMARY KEY, cases INTEGER NOT NULL REFERENCES cases(id),"
    " author INTEGER REFERENCES contact(id), at INTEGER NOT NULL,"
    " text_sealed BLOB NOT NULL) STRICT;"
    "CREATE INDEX case_note_cases ON case_note(cases);"

    "CREATE TABLE message ("
    " id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE,"
    " direction TEXT NOT NULL, source TEXT NOT NULL,"
    " received_at INTEGER NOT NULL, size INTEGER NOT NULL,"
    " state TEXT NOT NULL," /* received, processed, quarantined */
    " step TEXT NOT NULL DEFAULT 'new'," /* new, claimed, done */
    " attempts INTEGER NOT NULL DEFAULT 0," /* starts in a worker not ended */
    " next_attempt_at INTEGER NOT NULL DEFAULT 0,"
    " delays INTEGER NOT NULL DEFAULT 0," /* "try again later" in a row */
    " rfc_message_id TEXT, sender_address TEXT,"
    " sender_contact INTEGER REFERENCES contact(id),"
    " kind TEXT, label TEXT, cases INTEGER REFERENCES cases(id),"
    " parent INTEGER REFERENCES message(id), untrusted INTEGER NOT NULL"
    " DEFAULT 0, facts TEXT," /* JSON without any text of the message */
    " content_sealed BLOB," /* JSON: subject, text, attachments ... */
    " vault_key INTEGER REFERENCES vault_key(id)) STRICT;"
    "CREATE INDEX message_state ON message(state, next_attempt_at);"
    "CREATE INDEX message_rfc ON message(rfc_message_id);"
    "CREATE INDEX message_cases ON message(cases);"
    "CREATE TABLE message_reference (" /* for parents that come later */
    " rfc_message_id TEXT NOT NULL,"
    " message INTEGER NOT NULL REFERENCES message(id),"
    " PRIMARY KEY (rfc_message_id, message)) STRICT;"
    "CREATE TABLE envelope ("
    " message INTEGER NOT NULL REFERENCES message(id), sender TEXT,"
    " recipient TEXT NOT NULL, source TEXT NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY (message, recipient)) STRICT;"
    "CREATE TABLE reader (" /* who may read a RED message, recorded */
    " message INTEGER NOT NULL REFERENCES message(id),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " PRIMARY KEY (message, contact)) STRICT;"

    "CREATE TABLE draft (" /* what was sealed as one text for some people */
    " id INTEGER PRIMARY KEY, kind TEXT NOT NULL,"
    " message INTEGER NOT NULL REFERENCES message(id),"
    " rfc_message_id TEXT NOT NULL UNIQUE, language TEXT NOT NULL,"
    " label TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX draft_message ON draft(message);"
    "CREATE TABLE delivery ("
    " id INTEGER PRIMARY KEY, draft INTEGER NOT NULL REFERENCES draft(id),"
    " recipient TEXT NOT NULL, contact INTEGER REFERENCES contact(id),"
    " state TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL,"
    " encrypted_to TEXT, file TEXT UNIQUE," /* in spool/out; NULL: none */
    " transport TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
    " recall_until INTEGER NOT NULL DEFAULT 0," /* its author may cancel */
    " next_attempt_at INTEGER, last_error TEXT,"
    " created_at INTEGER NOT NULL, sent_at INTEGER) STRICT;"
    "CREATE INDEX delivery_due ON delivery(state, next_attempt_at);"
    "CREATE INDEX delivery_draft ON delivery(draft);"
    "CREATE TABLE untold (" /* what an author still has to be told */
    " id INTEGER PRIMARY KEY,"
    " message INTEGER NOT NULL REFERENCES message(id)," /* that left */
    " delivery INTEGER REFERENCES delivery(id)," /* NULL: all were rejected */
    " by INTEGER REFERENCES contact(id)," /* who rejected */
    " reason_sealed BLOB, attempts INTEGER NOT NULL DEFAULT 0,"
    " next_attempt_at INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX untold_message ON untold(message);"

    "CREATE TABLE outgoing (" /* what a message that leaves asks for */
    " message INTEGER PRIMARY KEY REFERENCES message(id),"
    " kind TEXT NOT NULL, author INTEGER REFERENCES contact(id),"
    " identity TEXT NOT NULL, answers INTEGER REFERENCES message(id),"
    " came_as INTEGER REFERENCES message(id), label TEXT," /* asked for */
    " language TEXT NOT NULL,"
    " outcome TEXT) STRICT;" /* NULL: not judged; "refused", "passed" */
    "CREATE TABLE approval ("
    " id INTEGER PRIMARY KEY,"
    " message INTEGER NOT NULL REFERENCES message(id),"
    " contact INTEGER REFERENCES contact(id), identity TEXT NOT NULL,"
    " role TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT,"
    " in_clear INTEGER NOT NULL) STRICT;"
    "CREATE INDEX approval_message ON approval(message);"
    "CREATE TABLE case_affected (" /* site owners, hosting firms ... */
    " cases INTEGER NOT NULL REFERENCES cases(id), address TEXT NOT NULL,"
    " PRIMARY KEY (cases, address)) STRICT;"
    "CREATE TABLE case_reader (" /* persons named by the PoC */
    " cases INTEGER NOT NULL REFERENCES cases(id),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " PRIMARY KEY (cases, contact)) STRICT;"
    "CREATE TABLE case_reference (" /* the other party's number */
    " reference TEXT NOT NULL, cases INTEGER NOT NULL REFERENCES cases(id),"
    " PRIMARY KEY (reference, cases)) STRICT;"
    "CREATE TABLE acknowledgement ("
    " address TEXT NOT NULL, cases INTEGER NOT NULL REFERENCES cases(id),"
    " at INTEGER NOT NULL, PRIMARY KEY (address, cases)) STRICT;"
    "CREATE INDEX acknowledgement_at ON acknowledgement(at);"
    "CREATE TABLE command_seen (" /* a command mail is obeyed once */
    " rfc_message_id TEXT PRIMARY KEY, message INTEGER NOT NULL) STRICT;"
    "CREATE TABLE community ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " address TEXT UNIQUE, max_label TEXT NOT NULL,"
    " default_label TEXT NOT NULL, kind TEXT NOT NULL,"
    " sponsors INTEGER NOT NULL, archive TEXT NOT NULL,"
    " dual_release INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE community_member ("
    " community INTEGER NOT NULL REFERENCES community(id),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " joined_at INTEGER NOT NULL, left_at INTEGER,"
    " PRIMARY KEY (community, contact, joined_at)) STRICT;"
    "CREATE TABLE community_sponsor ("
    " community INTEGER NOT NULL REFERENCES community(id),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " sponsor INTEGER NOT NULL REFERENCES contact(id),"
    " at INTEGER NOT NULL, PRIMARY KEY (community, contact, sponsor))"
    " STRICT;"
    "CREATE TABLE advisory ("
    " number INTEGER PRIMARY KEY,"
    " message INTEGER NOT NULL UNIQUE REFERENCES message(id),"
    " community INTEGER REFERENCES community(id)) STRICT;"

    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL,"
    " event TEXT NOT NULL, message INTEGER, cases INTEGER, contact INTEGER,"
    " detail TEXT NOT NULL," /* JSON */
    " previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
    "CREATE INDEX audit_message ON audit(message);"
    "CREATE INDEX audit_cases ON audit(cases);";

/*
 * Keys that come later, keys that come by mail, signatures that come twice.
 * What was judged before without a key is noted from its facts, with any
 * secret key for what stayed closed: which one was not kept then.
 */
static const char schema_late_keys[] =
    "CREATE TABLE wanted (" /* what a message was judged without */
    " message INTEGER NOT NULL REFERENCES message(id),"
    " key TEXT NOT NULL," /* fingerprint or key id, upper case */
    " secret INTEGER NOT NULL," /* 1: to open it, 0: to check its signature */
    " PRIMARY KEY (message, key, secret)) STRICT;"
    "CREATE INDEX wanted_key ON wanted(key, secret);"
    "CREATE TABLE again (" /* to be judged again */
    " message INTEGER PRIMARY KEY REFERENCES message(id),"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " next_attempt_at INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX again_due ON again(next_attempt_at);"
    "CREATE TABLE signature_seen ("
    " digest TEXT PRIMARY KEY," /* of signer, time and signed bytes */
    " message INTEGER NOT NULL REFERENCES message(id)) STRICT;"
    "CREATE TABLE learnt_key (" /* from mail, nobody has verified it */
    " address TEXT NOT NULL," /* folded */
    " key TEXT NOT NULL REFERENCES key(fingerprint),"
    " source TEXT NOT NULL," /* autocrypt, attached, text */
    " sum TEXT NOT NULL," /* SHA-256 of the key as it came */
    " waits INTEGER NOT NULL," /* 1: for a person; it is not used */
    " message INTEGER NOT NULL REFERENCES message(id),"
    " at INTEGER NOT NULL, PRIMARY KEY (address, key)) STRICT;"
    "CREATE INDEX learnt_key_key ON learnt_key(key);"
    "INSERT OR IGNORE INTO wanted SELECT m.id,"
    " upper(COALESCE(json_extract(s.value, '$.fingerprint'),"
    "  json_extract(s.value, '$.key_id'))), 0"
    " FROM message m, json_each(m.facts, '$.signatures') s"
    " WHERE m.direction = 'in' AND m.state = 'processed'"
    " AND json_extract(s.value, '$.contact') IS NULL"
    " AND json_extract(s.value, '$.status') IN ('no-key', 'good')"
    " AND COALESCE(json_extract(s.value, '$.fingerprint'),"
    "  json_extract(s.value, '$.key_id'), '') <> '';"
    "INSERT OR IGNORE INTO wanted SELECT id, '0000000000000000', 1"
    " FROM message WHERE direction = 'in' AND state = 'processed'"
    " AND json_extract(facts, '$.encryption') = 'failed';";

/* Copies that share an encrypted-data packet share the file it lies in. */
static const char schema_shared_file[] =
    "CREATE TABLE delivery_new ("
    " id INTEGER PRIMARY KEY, draft INTEGER NOT NULL REFERENCES draft(id),"
    " recipient TEXT NOT NULL, contact INTEGER REFERENCES contact(id),"
    " state TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL,"
    " encrypted_to TEXT, file TEXT," /* in spool/out; NULL: none */
    " splice BLOB," /* the copy's plan of the file; NULL: all of it */
    " transport TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
    " recall_until INTEGER NOT NULL DEFAULT 0,"
    " next_attempt_at INTEGER, last_error TEXT,"
    " created_at INTEGER NOT NULL, sent_at INTEGER) STRICT;"
    "INSERT INTO delivery_new SELECT id, draft, recipient, contact, state,"
    " rule, reason, encrypted_to, file, NULL, transport, attempts,"
    " recall_until, next_attempt_at, last_error, created_at, sent_at"
    " FROM delivery;"
    "DROP TABLE delivery;"
    "ALTER TABLE delivery_new RENAME TO delivery;"
    "CREATE INDEX delivery_due ON delivery(state, next_attempt_at);"
    "CREATE INDEX delivery_draft ON delivery(draft);"
    "CREATE INDEX delivery_file ON delivery(file, state);";

/* Attachments of what leaves lie in files of their own. */
static const char schema_blob[] =
    "CREATE TABLE blob ("
    " name TEXT PRIMARY KEY,"
    " vault_key INTEGER NOT NULL REFERENCES vault_key(id)) STRICT;";

/* What sources consented to, and what binds a case beyond labels. */
static const char schema_gate[] =
    "CREATE TABLE consent ("
    " id INTEGER PRIMARY KEY,"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " message INTEGER NOT NULL REFERENCES message(id),"
    " cases INTEGER REFERENCES cases(id), label TEXT NOT NULL,"
    " until INTEGER NOT NULL," /* 0: no end */
    " vault_key INTEGER NOT NULL REFERENCES vault_key(id),"
    " conditions_sealed BLOB, at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX consent_contact ON consent(contact);"
    "CREATE TABLE consent_to ("
    " consent INTEGER NOT NULL REFERENCES consent(id), who TEXT NOT NULL,"
    " PRIMARY KEY (consent, who)) STRICT;"
    "CREATE TABLE case_bound ("
    " cases INTEGER PRIMARY KEY REFERENCES cases(id),"
    " embargo_until INTEGER NOT NULL DEFAULT 0) STRICT;";

/* Revisions of an advisory, and what its readers answered. */
static const char schema_advisory[] =
    "CREATE TABLE advisory_new ("
    " number INTEGER NOT NULL, revision INTEGER NOT NULL,"
    " message INTEGER NOT NULL UNIQUE REFERENCES message(id),"
    " community INTEGER REFERENCES community(id),"
    " notice INTEGER NOT NULL DEFAULT 0," /* it tells of the cancelling */
    " cancelled_at INTEGER, PRIMARY KEY (number, revision)) STRICT;"
    "INSERT INTO advisory_new (number, revision, message, community)"
    " SELECT number, 1, message, community FROM advisory;"
    "DROP TABLE advisory;"
    "ALTER TABLE advisory_new RENAME TO advisory;"
    "CREATE TABLE advisory_answer ("
    " id INTEGER PRIMARY KEY, number INTEGER NOT NULL,"
    " revision INTEGER NOT NULL,"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " message INTEGER NOT NULL UNIQUE REFERENCES message(id),"
    " word TEXT NOT NULL, proven INTEGER NOT NULL, at INTEGER NOT NULL)"
    " STRICT;"
    "CREATE INDEX advisory_answer_number"
    " ON advisory_answer(number, contact);"
    "CREATE INDEX delivery_contact ON delivery(contact);";

/* Communities with rules, and members with a state and a history. */
static const char schema_community[] =
    "CREATE INDEX community_member_contact ON community_member(contact);"
    "ALTER TABLE community ADD COLUMN scope TEXT;"
    "ALTER TABLE community ADD COLUMN rules TEXT;"
    "ALTER TABLE community ADD COLUMN reply_to TEXT NOT NULL DEFAULT 'list';"
    "ALTER TABLE community ADD COLUMN visible INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE community ADD COLUMN bounces INTEGER NOT NULL DEFAULT 5;"
    "ALTER TABLE community_member ADD COLUMN"
    " state TEXT NOT NULL DEFAULT 'active';"
    /* the newest message when they joined: they get only later ones */
    "ALTER TABLE community_member ADD COLUMN"
    " since INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE community_member ADD COLUMN"
    " bounced INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE community_sponsor ADD COLUMN"
    " evidence INTEGER REFERENCES message(id);" /* their signed mail */
    "ALTER TABLE community_sponsor ADD COLUMN"
    " review INTEGER NOT NULL DEFAULT 0;" /* the sponsor has left */
    "CREATE TABLE community_history ("
    " id INTEGER PRIMARY KEY,"
    " community INTEGER NOT NULL REFERENCES community(id),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " at INTEGER NOT NULL, event TEXT NOT NULL, detail TEXT) STRICT;"
    "CREATE INDEX community_history_contact"
    " ON community_history(community, contact);"
    "CREATE TABLE community_application ("
    " id INTEGER PRIMARY KEY,"
    " community INTEGER NOT NULL REFERENCES community(id),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " at INTEGER NOT NULL, message INTEGER REFERENCES message(id),"
    " state TEXT NOT NULL," /* open, accepted, refused */
    " decided_at INTEGER) STRICT;"
    "CREATE TABLE community_post ("
    " message INTEGER PRIMARY KEY REFERENCES message(id)," /* that leaves */
    " community INTEGER NOT NULL REFERENCES community(id),"
    " author INTEGER NOT NULL REFERENCES contact(id)) STRICT;";

/* What an approval was given for; how long a hold lasts; who is on duty. */
static const char schema_approvals[] =
    "ALTER TABLE approval ADD COLUMN content TEXT;" /* outgoing_sum, or NULL */
    "ALTER TABLE approval ADD COLUMN evidence_sha256 TEXT;"
    "ALTER TABLE approval ADD COLUMN evidence TEXT;" /* in blob */
    "CREATE TABLE held ("
    " message INTEGER PRIMARY KEY REFERENCES message(id),"
    " content TEXT NOT NULL," /* outgoing_sum of what was announced */
    " since INTEGER NOT NULL, remind_at INTEGER," /* NULL: reminded */
    " expires_at INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0," /* starts in a worker not ended */
    " next_attempt_at INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE rota ("
    " contact INTEGER PRIMARY KEY REFERENCES contact(id),"
    " since INTEGER NOT NULL) STRICT;";

/* Return paths that tell copies apart, and urgent copies before many. */
static const char schema_delivery[] =
    "CREATE TABLE verp_key ("
    " id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL) STRICT;"
    /* 1: it was sent with a token */
    "ALTER TABLE delivery ADD COLUMN verp INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE delivery ADD COLUMN lane INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE delivery ADD COLUMN delay_told INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE untold ADD COLUMN delayed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE advisory ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;"
    "DROP INDEX delivery_due;"
    "CREATE INDEX delivery_due ON"
    " delivery(state, lane, coalesce(next_attempt_at, 0), id);"
    "CREATE TABLE contact_bounce (" /* mail to them comes back for good */
    " contact INTEGER NOT NULL REFERENCES contact(id), address TEXT NOT NULL,"
    " count INTEGER NOT NULL, first_at INTEGER NOT NULL,"
    " last_at INTEGER NOT NULL, why TEXT NOT NULL,"
    " PRIMARY KEY (contact, address)) STRICT;";

/* Notices of machines that say the same. */
static const char schema_feed[] =
    "CREATE TABLE feed ("
    " digest TEXT PRIMARY KEY," /* keyed: cases/feed.h */
    " since INTEGER NOT NULL,"
    " cases INTEGER NOT NULL REFERENCES cases(id),"
    " notices INTEGER NOT NULL) STRICT;";

/*
 * What may come back in a text of ours (cases/echo.h), as keyed hashes, and the
 * rest that the gate learnt.
 */
static const char schema_echo[] =
    "CREATE TABLE echo ("
    " hash INTEGER NOT NULL,"
    " message INTEGER NOT NULL REFERENCES message(id),"
    " PRIMARY KEY (hash, message)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX echo_message ON echo(message);"
    /* whoever destroys a key destroys what tells of its text */
    "CREATE TRIGGER echo_forget AFTER UPDATE OF wrapped ON vault_key"
    " WHEN NEW.wrapped IS NULL BEGIN DELETE FROM echo WHERE message IN"
    " (SELECT id FROM message WHERE vault_key = NEW.id); END;"
    /* the team is told when an embargo ends (queue/embargo.h) */
    "ALTER TABLE case_bound ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE case_bound ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE case_bound ADD COLUMN"
    " next_attempt_at INTEGER NOT NULL DEFAULT 0;"
    /* TLP 2.0: an organisation may be as broad as its members' agreement */
    "ALTER TABLE community ADD COLUMN"
    " organisation INTEGER NOT NULL DEFAULT 0;";

/*
 * A change of a message's row writes all of the row anew: what is long has
 * one of its own. One recipient of a draft for a thousand is found without
 * reading the others.
 */
static const char schema_long_rows[] =
    "CREATE TABLE message_content ("
    " message INTEGER PRIMARY KEY REFERENCES message(id),"
    " sealed BLOB NOT NULL) STRICT;" /* subject, text, attachments ... */
    "INSERT INTO message_content SELECT id, content_sealed FROM message"
    " WHERE content_sealed IS NOT NULL;"
    "ALTER TABLE message DROP COLUMN content_sealed;"
    "DROP INDEX delivery_draft;"
    "CREATE INDEX delivery_draft ON delivery(draft, recipient);";

/*
 * One table of what has to happen at a time (cases/alarm.h); the end of an
 * embargo was the first.
 */
static const char schema_alarm[] =
    "CREATE TABLE alarm ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT," /* a worker may hold a gone one */
    " kind TEXT NOT NULL, ref INTEGER NOT NULL, stage TEXT NOT NULL,"
    " cases INTEGER REFERENCES cases(id)," /* it waits while that is closed */
    " at INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0," /* starts in a worker not ended */
    " next_attempt_at INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (kind, ref, stage)) STRICT;"
    "CREATE INDEX alarm_due ON alarm(max(at, next_attempt_at));"
    "CREATE INDEX alarm_cases ON alarm(cases);"
    "INSERT INTO alarm"
    " (kind, ref, stage, cases, at, attempts, next_attempt_at)"
    " SELECT 'embargo', cases, '', cases, embargo_until, attempts,"
    " next_attempt_at FROM case_bound WHERE told = 0 AND embargo_until > 0;"
    "ALTER TABLE case_bound DROP COLUMN told;"
    "ALTER TABLE case_bound DROP COLUMN attempts;"
    "ALTER TABLE case_bound DROP COLUMN next_attempt_at;";

/* What was exported, what is kept, and what was erased. */
static const char schema_evidence[] =
    "CREATE TABLE export_signature ("
    " manifest TEXT NOT NULL," /* its SHA-256 */
    " signer TEXT NOT NULL, signature TEXT NOT NULL," /* armoured */
    " PRIMARY KEY (manifest, signer)) STRICT;"
    "CREATE TABLE legal_hold ("
    " cases INTEGER PRIMARY KEY REFERENCES cases(id),"
    " contact INTEGER REFERENCES contact(id), at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE erasure ("
    " cases INTEGER PRIMARY KEY REFERENCES cases(id),"
    " reason TEXT NOT NULL," /* stays: no content of the case */
    " asked_by INTEGER REFERENCES contact(id), asked_as TEXT NOT NULL,"
    " asked_at INTEGER NOT NULL, erased_by INTEGER REFERENCES contact(id),"
    " erased_at INTEGER," /* NULL: it waits for a second person */
    " entry INTEGER) STRICT;"; /* of the audit log */

/*
 * What messages from outside ask of the team (cases/duty.h), and who is away.
 * A case that owed an answer owes it for its last message.
 */
static const char schema_duty[] =
    "CREATE TABLE duty ("
    " message INTEGER PRIMARY KEY REFERENCES message(id),"
    " owed INTEGER NOT NULL," /* 1: an answer */
    " seen_at INTEGER, seen_by INTEGER REFERENCES contact(id),"
    " settled_at INTEGER, settled_by INTEGER REFERENCES contact(id),"
    " told_at INTEGER) STRICT;" /* that nobody had seen or answered it */
    "CREATE INDEX duty_told ON duty(told_at) WHERE told_at IS NOT NULL;"
    "INSERT INTO duty (message, owed, seen_at)"
    " SELECT max(m.id), 1, max(m.received_at) FROM message m"
    " JOIN cases c ON c.id = m.cases"
    " LEFT JOIN contact p ON p.id = m.sender_contact"
    " WHERE c.owed <> 0 AND c.state <> 'closed' AND m.direction = 'in'"
    " AND (p.class IS NULL OR p.class <> 'staff') GROUP BY c.id;"
    "CREATE INDEX outgoing_answers ON outgoing(answers);"
    "CREATE TABLE absence ("
    " contact INTEGER PRIMARY KEY REFERENCES contact(id),"
    " since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " message INTEGER NOT NULL REFERENCES message(id)) STRICT;";

/* Which keys were destroyed, and of which messages (cases/index.h). */
static const char schema_search[] =
    "CREATE INDEX vault_key_destroyed ON vault_key(id)"
    " WHERE wrapped IS NULL;"
    "CREATE INDEX message_vault_key ON message(vault_key);"
    "CREATE INDEX cases_vault_key ON cases(vault_key);";

/*
 * Deadlines that run, with what their rows of deadlines.conf said when they
 * began; what became of a case, its checklist's ticks.
 */
static const char schema_deadline[] =
    "CREATE TABLE deadline ("
    " id INTEGER PRIMARY KEY, cases INTEGER NOT NULL REFERENCES cases(id),"
    " rule TEXT NOT NULL, law TEXT NOT NULL, recipient TEXT NOT NULL,"
    " condition TEXT, offset INTEGER NOT NULL," /* seconds ahead of UTC */
    " first_day INTEGER NOT NULL, rolls INTEGER NOT NULL,"
    " holidays INTEGER NOT NULL, started_at INTEGER NOT NULL,"
    " evidence INTEGER REFERENCES message(id)," /* NULL: in a note */
    " recorded_at INTEGER NOT NULL,"
    " recorded_by INTEGER REFERENCES contact(id)) STRICT;"
    "CREATE INDEX deadline_cases ON deadline(cases);"
    "CREATE TABLE deadline_stage ("
    " id INTEGER PRIMARY KEY,"
    " deadline INTEGER NOT NULL REFERENCES deadline(id),"
    " position INTEGER NOT NULL, name TEXT NOT NULL,"
    " rule TEXT NOT NULL," /* as the row has it: config/deadline_rule.h */
    " from_at INTEGER, due_at INTEGER," /* NULL: not known, or no time */
    " done_at INTEGER, stopped_at INTEGER,"
    " ended_by INTEGER REFERENCES contact(id),"
    " proof INTEGER REFERENCES message(id)," /* what was sent */
    " receipt_sealed BLOB," /* or the number that a web form gave */
    " UNIQUE (deadline, name)) STRICT;"
    "CREATE TABLE deadline_event (" /* facts that stages count from */
    " deadline INTEGER NOT NULL REFERENCES deadline(id),"
    " name TEXT NOT NULL, at INTEGER NOT NULL,"
    " evidence INTEGER REFERENCES message(id),"
    " PRIMARY KEY (deadline, name)) STRICT;"
    "CREATE TABLE case_handling ("
    " cases INTEGER PRIMARY KEY REFERENCES cases(id),"
    " harm TEXT NOT NULL DEFAULT 'none'," /* none, suspected, confirmed */
    " cause_sealed BLOB, remedy_sealed BLOB,"
    " accepted_by INTEGER REFERENCES contact(id)," /* that they are unknown */
    " decision TEXT) STRICT;" /* eliminate, observe: of a suspected APT */
    "CREATE TABLE case_tick ("
    " cases INTEGER NOT NULL REFERENCES cases(id),"
    " checklist TEXT NOT NULL, item TEXT NOT NULL," /* as it was then */
    " at INTEGER NOT NULL, contact INTEGER REFERENCES contact(id),"
    " PRIMARY KEY (cases, checklist, item)) STRICT;";

/* Cases that are one, and messages that lie in another case than they came to:
 * what was so before is kept, to be undone. */
static const char schema_regroup[] =
    "ALTER TABLE cases ADD COLUMN merged_into INTEGER REFERENCES cases(id);"
    "ALTER TABLE message ADD COLUMN raw TEXT;" /* in blob; NULL: in the
						  store */
    "CREATE TABLE case_link ("
    " cases INTEGER NOT NULL REFERENCES cases(id),"
    " other INTEGER NOT NULL REFERENCES cases(id), kind TEXT NOT NULL,"
    " message INTEGER REFERENCES message(id), at INTEGER NOT NULL,"
    " PRIMARY KEY (cases, other, kind)) STRICT;"
    "CREATE INDEX case_link_other ON case_link(other);"
    "CREATE TABLE regroup ("
    " id INTEGER PRIMARY KEY, at INTEGER NOT NULL, act TEXT NOT NULL,"
    " cases INTEGER NOT NULL REFERENCES cases(id)," /* where things went */
    " before TEXT NOT NULL," /* JSON: ids and states, no text */
    " audit INTEGER, undone_at INTEGER) STRICT;"
    "CREATE TABLE regroup_case (" /* whom an act touched */
    " regroup INTEGER NOT NULL REFERENCES regroup(id),"
    " cases INTEGER NOT NULL REFERENCES cases(id),"
    " PRIMARY KEY (cases, regroup)) STRICT;"
    "CREATE TABLE trait (" /* cases/trait.h */
    " hash INTEGER NOT NULL,"
    " message INTEGER NOT NULL REFERENCES message(id),"
    " PRIMARY KEY (hash, message)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX case_reference_cases ON case_reference(cases);"
    "CREATE INDEX trait_message ON trait(message);"
    "CREATE TRIGGER trait_forget AFTER UPDATE OF wrapped ON vault_key"
    " WHEN NEW.wrapped IS NULL BEGIN DELETE FROM trait WHERE message IN"
    " (SELECT id FROM message WHERE vault_key = NEW.id); END;";

/* People change: who hands over to whom, who is away, who is paged. */
static const char schema_people[] =
    "CREATE TABLE handover ("
    " id INTEGER PRIMARY KEY,"
    " old INTEGER NOT NULL REFERENCES contact(id),"
    " new INTEGER NOT NULL REFERENCES contact(id),"
    " cases INTEGER NOT NULL REFERENCES cases(id)," /* for its answers */
    " at INTEGER NOT NULL, until INTEGER NOT NULL," /* both are there */
    " ended_at INTEGER) STRICT;" /* NULL: old still has all of it */
    "CREATE TABLE handover_case (" /* whose owner it changed */
    " handover INTEGER NOT NULL REFERENCES handover(id),"
    " cases INTEGER NOT NULL REFERENCES cases(id),"
    " PRIMARY KEY (handover, cases)) STRICT;"
    "CREATE TABLE handover_notice ("
    " handover INTEGER NOT NULL REFERENCES handover(id),"
    " contact INTEGER NOT NULL REFERENCES contact(id),"
    " message INTEGER NOT NULL REFERENCES message(id),"
    " PRIMARY KEY (handover, contact)) STRICT;"
    "CREATE TABLE rota_absence ("
    " contact INTEGER PRIMARY KEY REFERENCES contact(id),"
    " since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " substitute INTEGER REFERENCES contact(id)) STRICT;"
    "CREATE TABLE page (" /* who is on call is to look at a case */
    " id INTEGER PRIMARY KEY,"
    " cases INTEGER NOT NULL REFERENCES cases(id), why TEXT NOT NULL,"
    " priority TEXT NOT NULL, at INTEGER NOT NULL, done_at INTEGER,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " next_attempt_at INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE INDEX page_due ON page(done_at, next_attempt_at);"
    "CREATE UNIQUE INDEX page_once ON page(cases, why)"
    " WHERE done_at IS NULL;";

/* What was merged into a case is looked up for each case that is shown. */
static const char schema_merged[] =
    "CREATE INDEX cases_merged ON cases(merged_into)"
    " WHERE merged_into IS NOT NULL;";

/* What a message refers to is asked for by the message as well. */
static const char schema_thread[] =
    "CREATE INDEX message_reference_message ON message_reference(message);";

/* In order; the n-th (from 1) makes version n. */
static const char *const migration[] = {schema_1, schema_late_keys,
    schema_shared_file, schema_blob, schema_gate, schema_advisory,
    schema_community, schema_approvals, schema_delivery, schema_feed,
    schema_echo, schema_long_rows, schema_alarm, schema_evidence, schema_duty,
    schema_search, schema_deadline, schema_regroup, schema_people,
    schema_merged, schema_thread};

static int
schema_version(struct db *db, int64_t *version, struct err *e)
{
	return db_get_int(db, version, 0, e, "PRAGMA user_version", "");
}

/* A pragma takes no bound value; version is a count of our own. */
static int
schema_apply(struct db *db, const char *script, int64_t version, struct err *e)
{
	char *sql = xasprintf(
	    "%s;PRAGMA user_version = %lld", script, (long long)version);
	int rc = db_script(db, sql, e);

	free(sql);
	return rc;
}

int
schema_upgrade(struct db *db, int64_t version, struct err *e)
{
	int64_t have;

	if (schema_version(db, &have, e) == -1)
		return -1;
	if (have < version) {
		/*
		 * A table that others refer to is made anew only while nobody
		 * looks (sqlite.org/lang_altertable.html, section 7).
		 * Somebody else may have done it while we waited.
		 */
		if (db_script(db, "PRAGMA foreign_keys = OFF", e) == -1 ||
		    db_script(db, "BEGIN EXCLUSIVE", e) == -1 ||
		    schema_version(db, &have, e) == -1)
			return -1;
		for (; have < version; have++)
			if (schema_apply(db, migration[have], have + 1, e) ==
			    -1)
				return -1;
		if (db_commit(db, e) == -1 ||
		    db_script(db, "PRAGMA foreign_keys = ON", e) == -1)
			return -1;
	}
	return 0;
}

int
schema_migrate(struct db *db, struct err *e)
{
	const int64_t newest = sizeof(migration) / sizeof(*migration);
	int64_t have;

	if (schema_upgrade(db, newest, e) == -1 ||
	    schema_version(db, &have, e) == -1)
		return -1;
	if (have > newest)
		return err_set(e, ERR_CONFIG,
		    "database: written by a newer version (%lld, known: %lld)",
		    (long long)have, (long long)newest);
	return 0;
}
