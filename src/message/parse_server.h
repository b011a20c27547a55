/*
 * parse_server.h - what the parser process answers, one request at a time.
 *
 * Each request carries a memory file, sealed against change, with the bytes to
 * read: all of its size, or len of them behind from; nothing is kept from one
 * request to the next. Bodies, in this order:
 *
 *   IPC_PARSE    u64 size, u64 limits: message depth parts header field
 *                comments addresses
 *   IPC_PARSED   a table (part.h) of one buffer
 *   IPC_TEXT     u64 size, u64 from, u64 len, str encoding, str charset, bool
 * html, bool flowed, bool delsp, bool legacy, u64 most bytes of text
 *   IPC_TEXT_IS  u64 size, strs warnings; descriptor: the text
 *   IPC_DATA     u64 size, u64 from, u64 len, str encoding, u64 most bytes
 *   IPC_DATA_IS  as IPC_TEXT_IS; descriptor: the bytes
 *   IPC_JSON     u64 size
 *   IPC_JSON_IS  as IPC_TEXT_IS; descriptor: leaves (leaves.h), packed
 *   IPC_FAILED   u64 enum err_code, str text
 */
#ifndef MESSAGE_PARSE_SERVER_H
#define MESSAGE_PARSE_SERVER_H

#include "base/err.h"
#include "process/ipc.h"

/*
 * Answers one frame, whose descriptor it closes. -1 where the frame is no
 * request: the channel is to be closed then. What is wrong with a message is
 * answered by IPC_FAILED and is no failure here.
 */
int parse_server_answer(
    struct ipc *peer, struct ipc_frame *frame, struct err *e);

#endif
