#include "cli/command.h"

#define JSON "  --json                one JSON document\n"
#define AS "  --as CONTACT          act as this contact; that is recorded\n"

#define HANDOVER "  --note TEXT           how things stand, for who comes next\n" AS JSON

static const char help_init[] =
    "  --team NAME           the team's name\n"
    "  --address ADDR        the team's address\n"
    "  --key FILE            bring a secret key; else a new one is made\n"
    "  --operator NAME ADDR  who calls this: contact 1 (staff, poc)\n";

static const char help_receive[] =
    "  --from ENVELOPE       the envelope's sender; \"\" is the null one\n"
    "  --to ENVELOPE         an envelope's recipient; may be repeated\n" JSON;

static const char help_import_mail[] =
    "  --before TIME         leave out what was sent then or later\n"
    "  --mbox rd|o           how mbox files quote From: mboxrd (the default)\n"
    "                        or mboxo\n" AS JSON;

static const char help_import_schleuder[] =
    "  --class CLASS         of the subscribers: staff constituent vendor\n"
    "                        coordinator isac first partner finder public\n"
    "  --database FILE       Schleuder's; else db.sqlite beside the lists\n"
    AS JSON;

static const char help_message_list[] =
    "  --case ID             only those of this case\n"
    "  --state STATE         received, processed or quarantined of what came\n"
    "                        in; held, queued, sent, failed, cancelled or\n"
    "                        refused of what goes out\n" JSON;

static const char help_case_list[] =
    "  --state STATE         new, open, waiting or closed\n"
    "  --owed                only those that owe somebody an answer\n"
    "  --unseen              only those with mail that nobody has seen\n"
    "  --overdue             only those of which a term has passed\n"
    "  --mine                only your own\n"
    "  --owner CONTACT       only those of that contact\n" JSON;

static const char help_tlp_explain[] =
    "  --tlp LABEL           RED, AMBER+STRICT, AMBER, GREEN or CLEAR\n"
    "  --to WHO...           contacts, addresses or community:NAME\n"
    "  --case ID             the case that it belongs to\n"
    "  --origin MESSAGE      it is that message's content; or \"ours\"\n"
    "  --quote MESSAGE...    it quotes these\n"
    "  --attach FILE...      these files go with it\n" AS JSON;

static const char help_search[] =
    "  --limit N             at most N, the newest ones\n"
    "  --rebuild             makes the index anew\n" JSON
    "  QUERY                 words, \"phrases\", from: to: subject: body:\n"
    "                        attachment: tlp: class: kind: category: "
    "priority:\n"
    "                        evidence: key: indicator: has: is: case: tag: "
    "id:\n"
    "                        date:A..B; and or not - ( )\n";

static const char help_case_search[] =
    "  --limit N             at most N, those of the newest messages\n"
    "  --similar ID          cases that have rare words or indicators of this "
    "one\n" JSON;

static const char help_case_embargo[] =
    "  --zone ZONE           of TIME: Asia/Tokyo or +09:00; UTC otherwise\n" AS
	JSON;

static const char help_case_set[] =
    "  --harm WORD           none, suspected or confirmed\n"
    "  --cause TEXT          what it came from; \"unknown\" is one\n"
    "  --remedy TEXT         how it was mended; \"unknown\" is one\n"
    "  --accepted-by CONTACT PoC or deputy who accepts what is unknown\n"
    "  --apt-suspected       its author may read along\n"
    "  --no-apt-suspected    they do not; for the PoC and deputies\n"
    "  --decision WORD       eliminate or observe; with --reason\n"
    "  --reason TEXT         why, as a note\n" AS JSON;

static const char help_deadline_start[] =
    "  --evidence MESSAGE    the case's message that shows it\n"
    "  --at TIME             since when; else when that message came\n"
    "  --zone ZONE           of TIME: Asia/Tokyo or +09:00; UTC otherwise\n"
    "  --note TEXT           what shows it where no message does\n"
    "  --if CONDITION        a condition that holds, as the row names it\n" AS
	JSON;

static const char help_deadline_done[] =
    "  --message M           the case's message that was sent\n"
    "  --receipt TEXT        or the number that a web form gave\n"
    "  --at TIME             when; else when the message left, or now\n"
    "  --zone ZONE           of TIME: Asia/Tokyo or +09:00; UTC otherwise\n" AS
	JSON;

static const char help_consent_add[] =
    "  --message M           the source's signed mail that says so\n"
    "  --to WHO...           contacts, addresses or community:NAME\n"
    "  --label LABEL         the least that it goes under\n"
    "  --until TIME          when it ends; 2026-12-01T09:00+09:00\n"
    "  --conditions TEXT     what the source asks for, on one line\n" AS JSON;

static const char help_case_new[] =
    "  --title TEXT          what it is about, on one line\n"
    "  --from-phone          the report came by telephone, and you took it\n"
    "  --caller WHO          who called\n"
    "  --note TEXT           a first note; \"-\" reads standard input\n"
    "  --priority WORD       low, normal, high or critical\n"
    "  --category WORD       scan forged-mail intrusion phishing dos malware "
    "spam\n"
    "                        apt insider ics leak vulnerability exercise\n" AS
	JSON;

static const char help_case_refuse[] =
    "  --reason TEXT         why; it stands in the answer, and in a note\n"
    "  --to WHO              whom, where several have written\n"
    "  --tlp LABEL           GREEN, where nobody wrote one\n"
    "  --dry-run             only says what the gate would decide\n" AS JSON;

static const char help_case_indicators[] =
    "  --csv                 as a table for programs, RFC 4180\n"
    "  --stix                as a bundle of STIX 2.1\n"
    "  -o, --output FILE     into a new file of yours alone\n" AS JSON;

static const char help_case_close[] =
    "  --reason TEXT         why, as a note; needed where an answer is "
    "owed\n" AS JSON;

static const char help_case_export[] =
    "  -o, --output FILE     the tar, which must not be there yet\n"
    "  --evidence            with raw mails and the record of acts\n" AS JSON;

static const char help_report_case[] =
    "  --audience WHO        team, constituent, public or a label; team "
    "otherwise\n"
    "  --markdown            as Markdown, which it is otherwise too\n"
    "  --html                as one HTML file\n"
    "  --lang LANG           en or ja; the team's otherwise\n"
    "  -o, --output FILE     into a new file\n" AS JSON;

static const char help_report_stats[] =
    "  --from DAY            the first day; this quarter's otherwise\n"
    "  --to DAY              the last day; today otherwise\n"
    "  --zone ZONE           of these days: Asia/Tokyo or +09:00; UTC "
    "otherwise\n"
    "  --country CC          what is domestic: a top-level domain of two "
    "letters;\n"
    "                        that of the team's address, or jp\n"
    "  --markdown            as Markdown\n"
    "  --html                as one HTML file with charts\n"
    "  -o, --output FILE     into a new file\n" JSON;

static const char help_contact[] =
    "  --address ADDR        an address; may be repeated, the first is "
    "written to\n"
    "  --class CLASS         staff constituent vendor coordinator isac first\n"
    "                        partner finder public\n"
    "  --organisation NAME   where they belong\n"
    "  --key FILE|FPR        a key of theirs; may be repeated\n"
    "  --verified HOW        how the keys were verified: met video phone\n"
    "                        sponsor directory none (the default)\n"
    "  --role ROLE           poc deputy approver legal pr handler observer;\n"
    "                        may be repeated\n"
    "  --tag TAG             a word of yours; may be repeated\n"
    "  --lang LANG           en or ja\n" AS JSON;

static const char help_contact_set[] =
    "  --name NAME           the new name\n"
    "  --address ADDR        replaces all addresses; may be repeated\n"
    "  --class CLASS         staff constituent vendor coordinator isac first\n"
    "                        partner finder public\n"
    "  --organisation NAME   where they belong; \"\" for nowhere\n"
    "  --key FILE|FPR        adds a key; may be repeated\n"
    "  --unbind FPR          takes a key away from the contact\n"
    "  --verified HOW        of the keys given, or of all where none is: met\n"
    "                        video phone sponsor directory none\n"
    "  --role ROLE           replaces all roles; \"\" for none\n"
    "  --tag TAG             replaces all tags; \"\" for none\n"
    "  --lang LANG           en or ja; \"\" for the team's\n" AS JSON;

static const char help_audit_log[] =
    "  --message ID          only what concerns this message\n"
    "  --case ID             only what concerns this case\n" JSON;

static const char help_approve[] =
    "  --reason TEXT         recorded\n"
    "  --in-clear            also where it leaves unencrypted\n"
    "  --for ROLE            whose word it was, given elsewhere\n"
    "  --evidence FILE       what shows that; with --for\n" AS JSON;

static const char help_restore[] =
    "  --checkpoint FILE     the audit checkpoint that was kept elsewhere\n"
    "  --signed-by KEY       the team's key, by its fingerprint\n"
    "  --erased FILE         a list of destroyed keys, other than the one\n"
    "                        beside the backup\n"
    "  --unsigned            also without its signed text\n" JSON;

static const char help_send[] =
    "  --case ID             the case that it belongs to\n"
    "  --to WHO              a contact's id, name or address, or any address\n"
    "  --cc WHO\n"
    "  --bcc WHO             in a letter of their own, unseen by the others\n"
    "  --tlp LABEL           RED AMBER+STRICT AMBER GREEN CLEAR\n"
    "  --subject TEXT\n"
    "  --attach FILE\n"
    "  --attach-indicators FORMAT\n"
    "                        the case's indicators: csv or stix\n"
    "  --join                parties of the case may see each other\n"
    "  --facts-only          an excerpt of technical facts; GREEN or CLEAR\n"
    "  --dry-run             only says what the gate would decide\n" AS JSON;

static const char help_advisory[] =
    "  --community NAME\n"
    "  --tlp LABEL           RED AMBER+STRICT AMBER GREEN CLEAR\n"
    "  --subject TEXT\n"
    "  --attach FILE\n"
    "  --attach-indicators FORMAT:CASE\n"
    "                        a case's indicators: csv:CASE or stix:CASE\n"
    "  --variant LANG=FILE   for members who prefer en or ja\n"
    "  --clearsign           CLEAR alone: the text bears its own signature\n"
    "  --urgent              leaves before all other mail\n"
    "  --dry-run             only says what the gate would decide\n" AS JSON;

static const char help_advisory_revise[] =
    "  --tlp LABEL           another one than before\n"
    "  --subject TEXT        another one than before\n"
    "  --attach FILE\n"
    "  --attach-indicators FORMAT:CASE\n"
    "                        a case's indicators: csv:CASE or stix:CASE\n"
    "  --variant LANG=FILE   for members who prefer en or ja\n"
    "  --clearsign           CLEAR alone: the text bears its own signature\n"
    "  --urgent              leaves before all other mail\n"
    "  --dry-run             only says what the gate would decide\n" AS JSON;

static const char help_metrics[] =
    "  -o, --output FILE     into a file, which a collector reads\n" JSON;

static const char help_community[] =
    "  --address ADDR        by which its mail comes\n"
    "  --max-label LABEL     the highest that it may carry\n"
    "  --default-label LABEL of what has none; the highest otherwise\n"
    "  --kind KIND           announce or discussion\n"
    "  --sponsors N          members who must vouch for a new one\n"
    "  --archive WHO         none, members or public\n"
    "  --like BODY           first, apcert, nca, ti or j-csip\n"
    "  --scope TEXT          whom it is for\n"
    "  --organisation yes|no its members count as one organisation\n"
    "  --rules FILE          what new members are sent\n"
    "  --reply-to WHOM       of posts: list, team or author\n"
    "  --members HOW         hidden from each other, or visible\n"
    "  --bounces N           returned copies until a member gets none\n"
    "  --single-release      AMBER leaves without a second person\n"
    "  --dual-release        AMBER waits for a second person\n" AS JSON;

const struct command *
command_table(void)
{
	/* clang-format off */
	static const struct command table[] = {
	{"init", NULL, cli_init, true,
	    "DIR --team NAME --address ADDR [--key FILE]"
	    " [--operator NAME ADDR]",
	    "makes a gateway in a new or empty folder", help_init},
	{"day", NULL, cli_day, true, "",
	    "shows what waits; noroshi alone on a terminal does the same",
	    JSON},
	{"complete", NULL, cli_complete, false, "-- WORD...",
	    "what may follow these words, for a shell's completion", NULL},
	{"receive", NULL, cli_receive, false,
	    "[--from ENVELOPE] [--to ENVELOPE...] [FILE...]",
	    "takes in a message, from standard input without FILE",
	    help_receive},
	{"import", "mail", cli_import_mail, false,
	    "[--before TIME] [--mbox rd|o] PATH...",
	    "takes in an archive: Maildirs or mbox files", help_import_mail},
	{"import", "schleuder", cli_import_schleuder, true,
	    "--class CLASS [--database FILE] DIR...",
	    "makes contacts of the people and keys of Schleuder lists",
	    help_import_schleuder},
	{"message", "list", cli_message_list, true,
	    "[--case ID] [--state STATE]",
	    "lists what came in and what went out", help_message_list},
	{"message", "show", cli_message_show, true, "ID",
	    "shows one message and what is known of it", JSON},
	{"message", "raw", cli_message_raw, true, "ID",
	    "writes the bytes as they came", NULL},
	{"message", "text", cli_message_text, true, "ID",
	    "writes the readable text alone", NULL},
	{"search", NULL, cli_search, true, "[--limit N] QUERY...|--rebuild",
	    "finds messages by what they say, who wrote them, when",
	    help_search},
	{"message", "seen", cli_message_seen, false, "ID",
	    "says who has had a message, and who opened or quoted it", JSON},
	{"case", "list", cli_case_list, true, "[OPTION...]",
	    "lists the cases", help_case_list},
	{"case", "show", cli_case_show, true, "ID",
	    "shows one case", JSON},
	{"case", "search", cli_case_search, true,
	    "[--limit N] QUERY...|--similar ID",
	    "finds cases by what their messages say", help_case_search},
	{"case", "new", cli_case_new, true,
	    "--title TEXT [OPTION...]",
	    "opens a case by hand", help_case_new},
	{"case", "close", cli_case_close, true, "ID [--reason TEXT]",
	    "closes a case", help_case_close},
	{"case", "refuse", cli_case_refuse, true, "ID --reason TEXT",
	    "answers that this is not for the team, and closes the case",
	    help_case_refuse},
	{"case", "reopen", cli_case_reopen, true, "ID",
	    "opens a closed case again", AS JSON},
	{"case", "note", cli_case_note, true, "ID [TEXT]",
	    "adds a note, from standard input without TEXT", AS JSON},
	{"case", "claim", cli_case_claim, true, "ID [--note TEXT]",
	    "takes a case that nobody has", HANDOVER},
	{"case", "assign", cli_case_assign, true, "ID CONTACT|--none [--note TEXT]",
	    "gives a case to one of the team, or back",
	    "  --none                nobody has it\n" HANDOVER},
	{"case", "wait", cli_case_wait, true, "ID [--note TEXT]",
	    "says that a case waits for somebody outside",
	    "  --note TEXT           for what\n" AS JSON},
	{"case", "set", cli_case_set, true, "ID OPTION...",
	    "says what became of a case: harm, cause, remedy", help_case_set},
	{"case", "checklist", cli_case_checklist, true, "ID",
	    "shows what is to be thought of, and what was", JSON},
	{"case", "tick", cli_case_tick, true, "ID NUMBER [--note TEXT]",
	    "ticks an item of a case's checklist",
	    "  --note TEXT           kept as a note\n" AS JSON},
	{"case", "untick", cli_case_untick, true, "ID NUMBER [--note TEXT]",
	    "takes a tick back; that is recorded",
	    "  --note TEXT           kept as a note\n" AS JSON},
	{"case", "settle", cli_case_settle, true, "ID MESSAGE --reason TEXT",
	    "says why a message gets no answer",
	    "  --reason TEXT         kept as a note\n" AS JSON},
	{"case", "tag", cli_case_tag, true, "add|remove ID TAG...",
	    "gives a case words of yours", AS JSON},
	{"case", "suggest", cli_case_suggest, true, "ID",
	    "names other cases that it may have to do with, and why", JSON},
	{"case", "merge", cli_case_merge, true, "INTO FROM...",
	    "takes cases into another one", AS JSON},
	{"case", "split", cli_case_split, true, "ID MESSAGE... [--title TEXT]",
	    "opens a new case for messages of a case",
	    "  --title TEXT          what it is about; else the first message's"
	    " subject\n" AS JSON},
	{"case", "move", cli_case_move, true, "MESSAGE... --to ID",
	    "puts messages into another case",
	    "  --to ID               the case that they belong to\n" AS JSON},
	{"case", "undo", cli_case_undo, true, "ID|audit:ENTRY",
	    "takes back the last merge, split or move of a case", AS JSON},
	{"case", "participant", cli_case_participant, true,
	    "add|remove ID WHO... [--need TEXT]",
	    "says who takes part in a case",
	    "  --need TEXT           why they need to know, as a note\n" AS JSON},
	{"case", "affected", cli_case_affected, true,
	    "add|remove ID WHO...",
	    "says whom a case affects: site owners, hosting firms", AS JSON},
	{"case", "reader", cli_case_reader, true, "add ID WHO...",
	    "names persons who may have what is RED (PoC, deputy)", AS JSON},
	{"case", "indicators", cli_case_indicators, true,
	    "ID [--csv|--stix] [-o FILE]",
	    "lists what the case's messages name", help_case_indicators},
	{"case", "label", cli_case_label, true, "ID LABEL",
	    "sets a case's own label; lowering is the PoC's", AS JSON},
	{"case", "export", cli_case_export, true, "ID -o FILE [--evidence]",
	    "writes a case into a tar that anybody can check",
	    help_case_export},
	{"case", "hold", cli_case_hold, true, "ID on|off --reason TEXT",
	    "keeps a case from being erased, or no more",
	    "  --reason TEXT         why, as a note\n" AS JSON},
	{"case", "erase", cli_case_erase, true,
	    "ID --reason TEXT | ID --withdraw",
	    "destroys a closed case's keys and text; two persons do it",
	    "  --reason TEXT         kept for ever: nothing of the case\n"
	    "  --withdraw            takes the first person's request back\n"
	    AS JSON},
	{"case", "disposal", cli_case_disposal, true, "ID",
	    "tells who erased a case, when and why", JSON},
	{"contact", "add", cli_contact_add, true,
	    "NAME --address ADDR... --class CLASS [OPTION...]",
	    "adds a person, role mailbox or organisation", help_contact},
	{"contact", "set", cli_contact_set, true, "CONTACT OPTION...",
	    "changes a contact", help_contact_set},
	{"contact", "list", cli_contact_list, false, "[--role ROLE]",
	    "lists the contacts",
	    "  --role ROLE           only those with this role\n" JSON},
	{"contact", "show", cli_contact_show, false, "CONTACT",
	    "shows one contact", JSON},
	{"contact", "import", cli_contact_import, true,
	    "FILE.csv | [--class CLASS] FILE.vcf",
	    "adds contacts from a CSV file or vCards, all or none",
	    "  --class CLASS         of the contacts in vCards; else public\n" AS JSON},
	{"contact", "export", cli_contact_export, false, "",
	    "writes the contacts as CSV", JSON},
	{"contact", "handover", cli_contact_handover, true,
	    "OLD NEW [--until TIME] | status [ID] | notify ID",
	    "one of the team hands over to another",
	    "  --until TIME          both have it until then; 2026-12-01\n"
	    "  --zone ZONE           of TIME: Asia/Tokyo or +09:00\n"
	    "  status [ID]           what there is to review, and who answered\n"
	    "  notify ID             tells their contacts, once both have signed\n"
	    AS JSON},
	{"contact", "remove", cli_contact_remove, false, "CONTACT",
	    "removes a contact", AS JSON},
	{"key", "import", cli_key_import, true, "FILE...",
	    "imports keys; secret ones are former team keys", AS JSON},
	{"key", "export", cli_key_export, false, "[FINGERPRINT...]",
	    "writes public keys, the team's without FINGERPRINT",
	    "  --wkd DIR             the team's, as a web key directory serves "
	    "it\n"},
	{"key", "list", cli_key_list, false, "", "lists the keys", JSON},
	{"key", "check", cli_key_check, false, "",
	    "names the keys that need care", JSON},
	{"rules", "explain", cli_rules_explain, false, "MESSAGE",
	    "tells which triage rules fired, and why others did not", JSON},
	{"queue", "list", cli_queue_list, false, "[--state STATE] [--self-confirmed] [--all]",
	    "lists outgoing deliveries",
	    "  --state STATE         held, queued, sent, failed or cancelled\n"
	    "  --self-confirmed      only what its author confirmed alone\n"
	    "  --all                 also the letters that ask for a release\n"
	    JSON},
	{"queue", "show", cli_queue_show, false, "ID",
	    "shows one delivery", JSON},
	{"queue", "approve", cli_queue_approve, true, "ID... [OPTION...]",
	    "releases what was held, as a second person", help_approve},
	{"queue", "reject", cli_queue_reject, true, "ID... [--reason TEXT]",
	    "gives what was held back to its author",
	    "  --reason TEXT         recorded\n" AS JSON},
	{"queue", "retry", cli_queue_retry, true, "ID...",
	    "tries a delivery again now", AS JSON},
	{"queue", "cancel", cli_queue_cancel, true, "ID... [--reason TEXT]",
	    "stops a delivery that has not left",
	    "  --reason TEXT         recorded\n" AS JSON},
	{"queue", "release", cli_queue_release, false, "[ID...]",
	    "lets what a restore holds leave; without ID, all of it", AS JSON},
	{"rota", "list", cli_rota_list, false, "",
	    "lists who is on duty", JSON},
	{"rota", "set", cli_rota_set, false, "[CONTACT...]",
	    "says who is on duty; nobody where none is named", AS JSON},
	{"rota", "absent", cli_rota_absent, false,
	    "CONTACT --until TIME [--substitute CONTACT]",
	    "says who is away, and who is in their place",
	    "  --until TIME          when they are back; 2026-12-01T09:00+09:00\n"
	    "  --substitute CONTACT  who has their place meanwhile\n"
	    "  --zone ZONE           of TIME: Asia/Tokyo or +09:00\n" AS JSON},
	{"rota", "back", cli_rota_back, false, "CONTACT",
	    "says who is back", AS JSON},
	{"send", NULL, cli_send, true,
	    "--case ID --to WHO... [OPTION...] < BODY",
	    "sends a message through the gate, as the team", help_send},
	{"advisory", "send", cli_advisory_send, true,
	    "--community NAME --tlp LABEL --subject TEXT [OPTION...] < BODY",
	    "sends an advisory to a community", help_advisory},
	{"advisory", "revise", cli_advisory_revise, true,
	    "NUMBER [OPTION...] < BODY",
	    "sends a revision that supersedes an advisory",
	    help_advisory_revise},
	{"advisory", "cancel", cli_advisory_cancel, true,
	    "NUMBER [--reason TEXT]",
	    "stops an advisory, and tells those who got it",
	    "  --reason TEXT         for its readers; raises the notice to the"
	    " advisory's label\n" AS JSON},
	{"advisory", "list", cli_advisory_list, false, "",
	    "lists advisories and their revisions", JSON},
	{"advisory", "show", cli_advisory_show, true, "NUMBER",
	    "shows an advisory's newest text", JSON},
	{"advisory", "status", cli_advisory_status, false, "NUMBER",
	    "tells whom an advisory reached, and what they answered", JSON},
	{"community", "add", cli_community_add, false,
	    "NAME --max-label LABEL [OPTION...]",
	    "founds a community", help_community},
	{"community", "set", cli_community_set, false,
	    "NAME [OPTION...]",
	    "changes what a community may and asks", help_community},
	{"community", "join", cli_community_join, false,
	    "NAME CONTACT... [--sponsor CONTACT...]",
	    "adds members to a community",
	    "  --sponsor CONTACT     a member who vouches for them\n" AS JSON},
	{"community", "leave", cli_community_leave, false, "NAME CONTACT...",
	    "ends a membership", AS JSON},
	{"community", "suspend", cli_community_suspend, false,
	    "NAME CONTACT... [--reason TEXT]",
	    "stops a member's mail",
	    "  --reason TEXT         kept in the member's history\n" AS JSON},
	{"community", "resume", cli_community_resume, false,
	    "NAME CONTACT...",
	    "lets a suspended or bounced member have mail again", AS JSON},
	{"community", "apply", cli_community_apply, false,
	    "NAME CONTACT...",
	    "opens an application, for sponsors to sign", AS JSON},
	{"community", "accept", cli_community_accept, false,
	    "NAME CONTACT...",
	    "takes in an applicant with enough sponsors", AS JSON},
	{"community", "refuse", cli_community_refuse, false,
	    "NAME CONTACT...", "ends an application", AS JSON},
	{"community", "review", cli_community_review, false,
	    "NAME CONTACT...",
	    "says that a member stays whose sponsor has left", AS JSON},
	{"community", "export", cli_community_export, false, "NAME",
	    "prints the members as CSV", JSON},
	{"community", "import", cli_community_import, false,
	    "NAME FILE.csv [--class CLASS]",
	    "takes in members from CSV",
	    "  --class CLASS         of those who are no contacts yet\n"
	    AS JSON},
	{"community", "list", cli_community_list, false, "",
	    "lists the communities", JSON},
	{"community", "show", cli_community_show, false, "NAME",
	    "shows one community and its members", JSON},
	{"audit", "log", cli_audit_log, false, "[--message ID] [--case ID]",
	    "prints the record of decisions and acts", help_audit_log},
	{"audit", "verify", cli_audit_verify, false, "",
	    "proves that the record was not changed", JSON},
	{"audit", "checkpoint", cli_audit_checkpoint, true, "",
	    "signs the record's last entry, to be kept elsewhere", NULL},
	{"backup", NULL, cli_backup, true, "DIR",
	    "writes all of the gateway into one encrypted file",
	    "  --erased              only the list of destroyed keys\n"
	    AS JSON},
	{"retention", "list", cli_retention_list, false, "[--before TIME]",
	    "lists the cases that have been kept for long enough",
	    "  --before TIME         that are due by then; now otherwise\n"
	    JSON},
	{"retention", "run", cli_retention_run, true, "",
	    "erases what is due and under no legal hold", AS},
	{"report", "stats", cli_report_stats, false,
	    "[--from DAY] [--to DAY] [OPTION...]",
	    "counts reports, incidents, requests, and how long they took",
	    help_report_stats},
	{"report", "case", cli_report_case, true,
	    "ID [--audience WHO] [OPTION...]",
	    "tells of a case what an audience may have", help_report_case},
	{"verify-export", NULL, cli_verify_export, true, "FILE",
	    "checks an exported case: checksums, signature, record",
	    "  --signed-by KEY       a fingerprint, or a file with the key;\n"
	    "                        the team's otherwise\n" JSON},
	{"restore", NULL, cli_restore, true, "DIR|FILE NEWDIR [OPTION...]",
	    "makes a gateway out of a backup", help_restore},
	{"case", "embargo", cli_case_embargo, true, "ID TIME|none",
	    "keeps a case to those who take part in it until then",
	    help_case_embargo},
	{"deadline", "list", cli_deadline_list, true,
	    "[CASE] [--overdue] [--all]",
	    "lists what is due until when, of all cases or one",
	    "  --overdue             only what is over\n"
	    "  --all                 also what is done or stopped\n" JSON},
	{"deadline", "rules", cli_deadline_rules, false, "[ID]",
	    "shows the rows of deadlines.conf", JSON},
	{"deadline", "start", cli_deadline_start, true,
	    "CASE ID [FACT] --evidence MESSAGE [OPTION...]",
	    "starts a clock, or tells a fact that one waits for",
	    help_deadline_start},
	{"deadline", "done", cli_deadline_done, true,
	    "CASE ID [STAGE] --message M|--receipt TEXT [OPTION...]",
	    "says that a stage was done, and what proves it",
	    help_deadline_done},
	{"deadline", "stop", cli_deadline_stop, true,
	    "CASE ID [STAGE] --reason TEXT",
	    "ends a clock that does not apply",
	    "  --reason TEXT         why, as a note\n" AS JSON},
	{"consent", "add", cli_consent_add, true,
	    "--message M --to WHO... --label LABEL [OPTION...]",
	    "records that a source allowed to pass something on",
	    help_consent_add},
	{"consent", "list", cli_consent_list, true, "",
	    "lists what sources allowed", JSON},
	{"tlp", "explain", cli_tlp_explain, true,
	    "--tlp LABEL --to WHO... [OPTION...]",
	    "tells what the gate would decide, and sends nothing",
	    help_tlp_explain},
	{"metrics", NULL, cli_metrics, false, "[-o FILE]",
	    "counts and ages, for Prometheus", help_metrics},
	{"config", "check", cli_config_check, false, "",
	    "names every mistake in the configuration", JSON},
	{"doctor", NULL, cli_doctor, true, "",
	    "names what is wrong with the gateway, and how to mend it", JSON},
	{.noun = NULL}
	};
	/* clang-format on */

	return table;
}

void
command_help(const struct command *c, struct output *o)
{
	output_put(o, "usage: noroshi [-c FILE] %s%s%s%s%s\n  %s\n", c->noun,
	    c->verb == NULL ? "" : " ", c->verb == NULL ? "" : c->verb,
	    c->usage[0] == '\0' ? "" : " ", c->usage, c->summary);
	if (c->options != NULL)
		output_put(o, "\n%s", c->options);
}
