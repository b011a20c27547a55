/*
 * command.h - the words that noroshi(1) understands, in one table.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>

#include "cli/session.h"

/*
 * argv[0] is the program's name and the command's words are gone. A command
 * opens what it needs, and leaves closing to its caller. It fails with e's
 * code as exit status; an empty text there means that all was said.
 */
struct command {
	const char *noun;
	const char *verb; /* or NULL */
	int (*run)(struct session *s, int argc, char **argv, struct err *e);
	bool guarded; /* opens keys: a signal ends it in order */
	const char *usage; /* what follows the words */
	const char *summary; /* one sentence */
	const char *options; /* lines, or NULL */
};

/* All commands, in the order of help; ends with a NULL noun. */
const struct command *command_table(void);

/* Appends what --help says of one command. */
void command_help(const struct command *c, struct output *o);

/*
 * One function for each command, as struct command wants it; noroshi(1) says
 * what they do.
 */
int cli_init(struct session *s, int argc, char **argv, struct err *e);
int cli_backup(struct session *s, int argc, char **argv, struct err *e);
int cli_restore(struct session *s, int argc, char **argv, struct err *e);
int cli_queue_release(struct session *s, int argc, char **argv, struct err *e);
int cli_audit_checkpoint(
    struct session *s, int argc, char **argv, struct err *e);
int cli_day(struct session *s, int argc, char **argv, struct err *e);
int cli_complete(struct session *s, int argc, char **argv, struct err *e);
int cli_receive(struct session *s, int argc, char **argv, struct err *e);
int cli_import_mail(struct session *s, int argc, char **argv, struct err *e);
int cli_import_schleuder(
    struct session *s, int argc, char **argv, struct err *e);
int cli_message_list(struct session *s, int argc, char **argv, struct err *e);
int cli_message_show(struct session *s, int argc, char **argv, struct err *e);
int cli_message_raw(struct session *s, int argc, char **argv, struct err *e);
int cli_message_text(struct session *s, int argc, char **argv, struct err *e);
int cli_message_seen(struct session *s, int argc, char **argv, struct err *e);
int cli_case_list(struct session *s, int argc, char **argv, struct err *e);
int cli_case_show(struct session *s, int argc, char **argv, struct err *e);
int cli_case_search(struct session *s, int argc, char **argv, struct err *e);
int cli_search(struct session *s, int argc, char **argv, struct err *e);
int cli_case_new(struct session *s, int argc, char **argv, struct err *e);
int cli_case_close(struct session *s, int argc, char **argv, struct err *e);
int cli_case_reopen(struct session *s, int argc, char **argv, struct err *e);
int cli_case_note(struct session *s, int argc, char **argv, struct err *e);
int cli_case_suggest(struct session *s, int argc, char **argv, struct err *e);
int cli_case_merge(struct session *s, int argc, char **argv, struct err *e);
int cli_case_split(struct session *s, int argc, char **argv, struct err *e);
int cli_case_move(struct session *s, int argc, char **argv, struct err *e);
int cli_case_undo(struct session *s, int argc, char **argv, struct err *e);
int cli_case_participant(
    struct session *s, int argc, char **argv, struct err *e);
int cli_case_affected(struct session *s, int argc, char **argv, struct err *e);
int cli_case_reader(struct session *s, int argc, char **argv, struct err *e);
int cli_case_indicators(
    struct session *s, int argc, char **argv, struct err *e);
int cli_case_refuse(struct session *s, int argc, char **argv, struct err *e);
int cli_case_label(struct session *s, int argc, char **argv, struct err *e);
int cli_case_assign(struct session *s, int argc, char **argv, struct err *e);
int cli_case_claim(struct session *s, int argc, char **argv, struct err *e);
int cli_case_set(struct session *s, int argc, char **argv, struct err *e);
int cli_case_checklist(struct session *s, int argc, char **argv, struct err *e);
int cli_case_tick(struct session *s, int argc, char **argv, struct err *e);
int cli_case_untick(struct session *s, int argc, char **argv, struct err *e);
int cli_case_settle(struct session *s, int argc, char **argv, struct err *e);
int cli_case_tag(struct session *s, int argc, char **argv, struct err *e);
int cli_case_wait(struct session *s, int argc, char **argv, struct err *e);
int cli_deadline_list(struct session *s, int argc, char **argv, struct err *e);
int cli_deadline_rules(struct session *s, int argc, char **argv, struct err *e);
int cli_deadline_start(struct session *s, int argc, char **argv, struct err *e);
int cli_deadline_done(struct session *s, int argc, char **argv, struct err *e);
int cli_deadline_stop(struct session *s, int argc, char **argv, struct err *e);
int cli_case_embargo(struct session *s, int argc, char **argv, struct err *e);
int cli_case_export(struct session *s, int argc, char **argv, struct err *e);
int cli_case_hold(struct session *s, int argc, char **argv, struct err *e);
int cli_case_erase(struct session *s, int argc, char **argv, struct err *e);
int cli_case_disposal(struct session *s, int argc, char **argv, struct err *e);
int cli_retention_list(struct session *s, int argc, char **argv, struct err *e);
int cli_retention_run(struct session *s, int argc, char **argv, struct err *e);
int cli_report_case(struct session *s, int argc, char **argv, struct err *e);
int cli_report_stats(struct session *s, int argc, char **argv, struct err *e);
int cli_verify_export(struct session *s, int argc, char **argv, struct err *e);
int cli_contact_add(struct session *s, int argc, char **argv, struct err *e);
int cli_contact_set(struct session *s, int argc, char **argv, struct err *e);
int cli_contact_list(struct session *s, int argc, char **argv, struct err *e);
int cli_contact_show(struct session *s, int argc, char **argv, struct err *e);
int cli_contact_import(struct session *s, int argc, char **argv, struct err *e);
int cli_contact_export(struct session *s, int argc, char **argv, struct err *e);
int cli_contact_handover(
    struct session *s, int argc, char **argv, struct err *e);
int cli_contact_remove(struct session *s, int argc, char **argv, struct err *e);
int cli_key_import(struct session *s, int argc, char **argv, struct err *e);
int cli_key_export(struct session *s, int argc, char **argv, struct err *e);
int cli_key_list(struct session *s, int argc, char **argv, struct err *e);
int cli_key_check(struct session *s, int argc, char **argv, struct err *e);
int cli_rules_explain(struct session *s, int argc, char **argv, struct err *e);
int cli_queue_list(struct session *s, int argc, char **argv, struct err *e);
int cli_queue_show(struct session *s, int argc, char **argv, struct err *e);
int cli_queue_approve(struct session *s, int argc, char **argv, struct err *e);
int cli_queue_reject(struct session *s, int argc, char **argv, struct err *e);
int cli_rota_list(struct session *s, int argc, char **argv, struct err *e);
int cli_rota_set(struct session *s, int argc, char **argv, struct err *e);
int cli_rota_absent(struct session *s, int argc, char **argv, struct err *e);
int cli_rota_back(struct session *s, int argc, char **argv, struct err *e);
int cli_queue_cancel(struct session *s, int argc, char **argv, struct err *e);
int cli_queue_retry(struct session *s, int argc, char **argv, struct err *e);
int cli_send(struct session *s, int argc, char **argv, struct err *e);
int cli_advisory_send(struct session *s, int argc, char **argv, struct err *e);
int cli_advisory_revise(
    struct session *s, int argc, char **argv, struct err *e);
int cli_advisory_cancel(
    struct session *s, int argc, char **argv, struct err *e);
int cli_advisory_list(struct session *s, int argc, char **argv, struct err *e);
int cli_advisory_show(struct session *s, int argc, char **argv, struct err *e);
int cli_advisory_status(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_add(struct session *s, int argc, char **argv, struct err *e);
int cli_community_join(struct session *s, int argc, char **argv, struct err *e);
int cli_community_leave(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_set(struct session *s, int argc, char **argv, struct err *e);
int cli_community_suspend(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_resume(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_apply(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_accept(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_refuse(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_review(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_export(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_import(
    struct session *s, int argc, char **argv, struct err *e);
int cli_community_list(struct session *s, int argc, char **argv, struct err *e);
int cli_community_show(struct session *s, int argc, char **argv, struct err *e);
int cli_consent_add(struct session *s, int argc, char **argv, struct err *e);
int cli_consent_list(struct session *s, int argc, char **argv, struct err *e);
int cli_audit_log(struct session *s, int argc, char **argv, struct err *e);
int cli_audit_verify(struct session *s, int argc, char **argv, struct err *e);
int cli_tlp_explain(struct session *s, int argc, char **argv, struct err *e);
int cli_config_check(struct session *s, int argc, char **argv, struct err *e);
int cli_metrics(struct session *s, int argc, char **argv, struct err *e);
int cli_doctor(struct session *s, int argc, char **argv, struct err *e);

#endif
