/*
 * log.h - one line for one event: "what happened: key=value ...".
 *
 * Text from outside is escaped here: control characters, non-ASCII bytes and
 * '\\' leave as \xHH, so a line of the log is always one line. No plaintext,
 * no subject above GREEN, no secret is ever handed to these functions.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/*
 * name stands at the start of each line; borrowed for good. Where standard
 * error is the journal's ($JOURNAL_STREAM), each line begins with its level.
 */
void log_init(const char *name, enum log_level level);

/*
 * From now on no line is waited for: where standard error is a pipe or a socket
 * whose reader stopped, lines are lost, and the work goes on. How many is said
 * once it reads again.
 */
void log_never_wait(void);

/*
 * Each writes one line of its level to standard error: error, where somebody
 * must act; warning, where somebody should know; info, one for a message and
 * step; debug. What is below the level of log_init is not written.
 */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
