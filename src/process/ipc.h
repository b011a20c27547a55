/*
 * ipc.h - framed messages between our own processes.
 *
 * A frame is a 4-byte length of its body (big endian), a 2-byte type, a zero
 * byte, a byte that is 1 where a descriptor travels with it (SCM_RIGHTS; the
 * kernel may join the bytes of two frames, so the frame itself says whose it
 * is) and the body, fields of base/pack.h. A frame over the channel's limit, a
 * descriptor that was not expected or a body that does not unpack ends the
 * channel, not the process.
 */
#ifndef PROCESS_IPC_H
#define PROCESS_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define IPC_BODY_MAX                                                           \
	(64U << 20) /* bytes; a part table of hostile mail fits                \
		     */

/* Who speaks: a role and, for those there are several of, its number from 0. */
enum role {
	ROLE_SUPERVISOR,
	ROLE_INTAKE,
	ROLE_QUEUE,
	ROLE_WORKER,
	ROLE_PARSER,
	ROLE_DELIVER,
	ROLE_COUNT
};

/* "noroshid", "intake" ...; constant. */
const char *role_name(enum role role);

enum ipc_type {
	/* supervisor to every role */
	IPC_CONFIG = 1, /* packed struct config, u64: the role's number, str or
			   absent: smtp's password, to deliver alone */
	IPC_PEER, /* u64 role, u64 number; descriptor: the channel to it */
	IPC_STOP, /* finish what is at hand and exit 0 */
	IPC_AGENT, /* to a worker: str, the socket of its gpg-agent */
	IPC_PING, /* to the queue: answer with IPC_PONG, no fields */
	/* every role to the supervisor */
	IPC_READY, /* no fields: configured, confined, all is open */
	IPC_PONG, /* queue: still at work */
	IPC_IDLE, /* queue, with --once: nothing waits, nothing is under way */
	/* intake of an IMAP source to the supervisor, and back */
	IPC_ASK, /* no fields: the password or the token, as it is now */
	IPC_SECRET, /* str or absent where there is none; str, why there is
		       none */
	/* intake to queue, and back */
	IPC_STORED, /* str sha256 (of the .env file that is on disk), u64 tag */
	IPC_REGISTERED, /* u64 tag: the source may be told */
	IPC_DRAINED, /* intake, with --once: every source was read to its end */
	/* queue to worker, and back */
	IPC_JOB, /* u64 enum job, u64 message id, str reason or absent */
	IPC_DONE, /* u64 message id, u64 enum err_code, str text */
	/* queue to deliver, and back */
	IPC_SEND, /* u64 delivery id, u64 attempt, str transport, str from,
		     str to, str file name, str ENVID (RFC 3461) or absent,
		     bytes of a plan of the file (base/splice.h) or none;
		     descriptor: the sealed file */
	IPC_RESULT, /* u64 delivery id, u64 enum err_code, str text, u64 1 or
		       0: it was the way to the server that failed */
	/* worker to parser, and back: message/mail.h */
	IPC_PARSE,
	IPC_PARSED,
	IPC_TEXT,
	IPC_TEXT_IS,
	IPC_DATA,
	IPC_DATA_IS,
	IPC_JSON,
	IPC_JSON_IS,
	IPC_FAILED, /* u64 enum err_code, str text */
	/* supervisor to intake */
	IPC_LISTEN, /* no fields; descriptor: a listening socket */
	/* queue to the supervisor */
	IPC_STUCK, /* u64 role, u64 number: it stands still, and is to die */
	/* queue to the supervisor, and back */
	IPC_PAGE, /* u64 page id, str case, str priority, u64 cases */
	IPC_PAGED /* u64 page id, u64 enum err_code, str text */
};

struct ipc; /* one end of a channel */

/* Takes over fd, a connected AF_UNIX stream socket. */
struct ipc *ipc_create(int fd);
void ipc_free(struct ipc *ipc);

int ipc_fd(const struct ipc *ipc); /* for poll; still the channel's */

/*
 * Sends one frame, waiting until all of it is written. fd is a descriptor to
 * send along (it stays the caller's), or -1. ERR_TEMP where the peer is gone.
 */
int ipc_send(struct ipc *ipc, enum ipc_type type, const struct buf *body,
    int fd, struct err *e);

struct ipc_frame {
	enum ipc_type type;
	const unsigned char *body; /* borrowed until the channel's next call */
	size_t len;
	int fd; /* the caller's to close, or -1 */
};

/*
 * Takes the next frame that has come. Returns 1 with a frame, 0 where none is
 * whole yet (after reading what is there, without waiting), -1 where the peer
 * is gone or broke the rules.
 */
int ipc_next(struct ipc *ipc, struct ipc_frame *frame, struct err *e);

/* As ipc_next, but waits up to timeout milliseconds (-1: for good). */
int ipc_wait(
    struct ipc *ipc, struct ipc_frame *frame, int timeout, struct err *e);

/* Two connected ends, close-on-exec. */
int ipc_pair(int fd[2], struct err *e);

#endif
