/*
 * child: another program, started and listened to, that ends by itself or is asked to.
 *
 *   started -> lines of its standard error, until it closes that -> ended
 *
 * It has nothing on standard input, our standard output, and a process group of its own: Ctrl-C on a terminal reaches us,
 * and we ask it.  Should we be killed, it gets SIGTERM, and ends in order.  One thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_CHILD_H
#define CLAIMPIPE_ADAPTERS_CHILD_H

#include "base/err.h"
#include "base/text.h"

#include <stddef.h>
#include <sys/types.h>

/* A line that is longer comes in pieces. */
#define CHILD_LINE_MAX ((size_t)1 << 20)

struct child {
    pid_t pid;
    int said; /* -1: it has closed it */
    struct text buffer;
    size_t taken; /* of buffer: the last line's */
};

/* argv is NULL-terminated; kept: a descriptor that it inherits, or -1.  EXIT_STOPPED: it can't be started. */
int child_start(struct child *c, const char *program, char *const *argv, int kept,
                struct err *e) MUST_CHECK;
/* The next line without its end: 1, valid until the next call; 0: none for a second, or a signal came; -1: no more. */
int child_line(struct child *c, struct slice *line);
void child_ask(const struct child *c, int signal);
/* Waits for it: its exit code, or in *signal what it died of (else 0). */
int child_end(struct child *c, int *signal);

#endif
