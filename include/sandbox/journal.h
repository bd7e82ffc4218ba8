/*
 * journal: what has happened, as JSON lines, so that a killed server can go on.
 *
 * Each line is one write(2) made before the answer leaves: it outlives the process (SIGKILL), but
 * is not synced and so not promised to outlive the machine.  An unterminated last line is cut off
 * when the journal is opened.  Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_JOURNAL_H
#define CLAIMPIPE_SANDBOX_JOURNAL_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

struct journal {
    int fd; /* -1: no journal is kept */
};

void journal_init(struct journal *j);
/* Replays every line of an existing journal through take (0, or -1 with e set), then keeps on
 * writing at its end. */
int journal_open(struct journal *j, const char *path,
                 int (*take)(void *cls, json_t *line, struct err *e), void *cls, struct err *e);
static inline bool journal_kept(const struct journal *j)
{
    return j->fd >= 0;
}
/* Takes line (NULL: memory ran out).  0, or -1 if it could not be written, which is told on stderr.
 */
int journal_write(struct journal *j, json_t *line);
void journal_release(struct journal *j);

#endif
