/* test_imap_peer.h - an IMAP server that says what a test tells it to say. */
#ifndef INTAKE_TEST_IMAP_PEER_H
#define INTAKE_TEST_IMAP_PEER_H

#include <stdint.h>
#include <sys/types.h>

/* Instead of text, at the end of an answer. */
#define PEER_SILENT "\001" /* nothing more is said */
#define PEER_CLOSE "\002" /* the connection is closed */
#define PEER_ENDLESS "\003" /* the answer is repeated without an end */

/* What is said to the command that begins so; "%" in it becomes its tag. */
struct imap_answer {
	const char *command; /* behind the tag; "" is the greeting */
	const char *answer;
};

struct imap_peer {
	pid_t pid;
	uint16_t port;
	int heard; /* the commands, for imap_peer_heard */
};

/*
 * Starts one on 127.0.0.1 for one connection. answer ends with a NULL command;
 * a command that is not in it gets "% OK".
 */
void imap_peer_start(struct imap_peer *p, const struct imap_answer *answer);

/* Ends it. Returns what it heard, one command a line; the caller's. */
char *imap_peer_stop(struct imap_peer *p);

#endif
