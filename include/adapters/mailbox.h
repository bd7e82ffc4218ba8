/*
 * mailbox: the messages of a file or folder, one after the other, in flat memory.
 *
 *   mbox     a file (or -, standard input) that begins with a line "From "; quoted lines (>From) lose one > (mboxrd)
 *   Maildir  a folder with new/ and cur/; any other folder: each of its files is a message
 *   message  any other file
 *
 * Nothing is written, moved or marked.  Lines may end with CRLF.  Of a message longer than MAILBOX_MESSAGE_MAX only the
 * beginning is given.  What can't be read is EXIT_INPUT.  Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_MAILBOX_H
#define CLAIMPIPE_ADAPTERS_MAILBOX_H

#include "base/err.h"
#include "base/slice.h"

#include <stddef.h>

#define MAILBOX_MESSAGE_MAX ((size_t)25 << 20)

struct mailbox;

/* The path is borrowed. */
struct mailbox *mailbox_open(const char *path, struct err *e) MUST_CHECK;
/* 1 and *out, valid until the next call; 0: there are no more; -1. */
int mailbox_next(struct mailbox *m, struct slice *out, struct err *e) MUST_CHECK;
void mailbox_close(struct mailbox *m); /* NULL is fine */

#endif
