/*
 * ledger_guard: the ledger's file, held: who else has it, and is it still the one at its path?
 *
 *   found (ledger_guard_find) -> held (alone | with others) -> watched -> let go
 *
 * Its locks lie on the file itself, as open-file-description locks (fcntl(2)) far behind its end and the
 * bytes that SQLite locks: whoever deletes another file takes none away, and a second name of the file does
 * not lead around them.  The descriptor is open before SQLite's and is closed after it: closing any
 * descriptor of a file drops all of the process's POSIX locks on it, which SQLite relies on.  For the same
 * reason it outlives others of this process on the same file.
 * Errors: ledger.h; the guards of a process may belong to several threads.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_GUARD_H
#define CLAIMPIPE_LEDGER_LEDGER_GUARD_H

#include "base/err.h"
#include "base/trust.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LEDGER_GUARD_FILES 4

struct ledger_guard {
    char path[PATH_MAX]; /* as given, for messages */
    char real[PATH_MAX]; /* with symbolic links followed: what lies beside it is named after this */
    int fd;              /* -1: not held */
    int64_t size;        /* the largest that it was seen to have */
    struct {             /* the file, and those beside it */
        char path[PATH_MAX];
        dev_t dev;
        ino_t ino;
    } files[LEDGER_GUARD_FILES];
    int n_files;
    struct ledger_guard *next;    /* of this process's */
    int kept[LEDGER_GUARD_FILES]; /* descriptors of the same file that must not be closed yet */
    int n_kept;
};

/* What is at the path; g is made ready (not held).  A dangling symbolic link is an error. */
int ledger_guard_find(struct ledger_guard *g, const char *path, struct trust_file *out,
                      struct err *e) MUST_CHECK;

enum ledger_guard_use {
    LEDGER_GUARD_LOOK, /* others may work with it */
    LEDGER_GUARD_WORK,
    LEDGER_GUARD_WHOLE /* nobody else may have it, not even to look */
};
/* Held from now on.  *alone (of WORK): nobody else works with it, and whoever wants to waits, until
 * ledger_guard_share.  1: of WHOLE: somebody has it; or the file was replaced meanwhile: look again. */
int ledger_guard_hold(struct ledger_guard *g, enum ledger_guard_use use, bool *alone,
                      struct err *e) MUST_CHECK;
void ledger_guard_share(struct ledger_guard *g);
/* Of WORK, at its end: nobody else works with it, and whoever wants to waits. */
bool ledger_guard_last(struct ledger_guard *g);
/* Does nobody else work with it?  Others may come at any time. */
bool ledger_guard_alone(const struct ledger_guard *g);
void ledger_guard_close(struct ledger_guard *g);

/* The bytes of a lock of its own: 0, 1 if another has some of them, -1. */
int ledger_guard_lock(struct ledger_guard *g, off_t start, off_t len, struct err *e) MUST_CHECK;

/* Who sends requests has the byte of its number: 0, 1 if another has it, -1.  Has anybody it, of other ledgers that
 * are open? */
int ledger_guard_lock_sender(struct ledger_guard *g, int64_t sender, struct err *e) MUST_CHECK;
bool ledger_guard_has_sender(const struct ledger_guard *g, int64_t sender);

/* From now on this file (of the ledger's name and ending) must stay the one at its path. */
int ledger_guard_watch(struct ledger_guard *g, const char *ending, struct err *e) MUST_CHECK;
enum ledger_guard_found {
    LEDGER_GUARD_SAME,
    LEDGER_GUARD_GONE,   /* the ledger was deleted, moved or replaced */
    LEDGER_GUARD_CUT,    /* it is shorter than it was */
    LEDGER_GUARD_LINKED, /* it has a second name */
    LEDGER_GUARD_BESIDE  /* a file beside it was deleted, moved or replaced: *path */
};
/* What has become of them?  A few calls of stat(2). */
enum ledger_guard_found ledger_guard_still(struct ledger_guard *g, const char **path);

#endif
