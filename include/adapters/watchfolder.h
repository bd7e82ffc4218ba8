/*
 * watchfolder: an inbox, into which others drop files: what lies in it, and that something has landed; the sole user of
 * inotify.
 *
 *   INBOX/            files that land
 *   INBOX/.working/   those that are claimed, each under a name that it has taken for good; .lock
 *   INBOX/done/, INBOX/failed/
 *   INBOX/results/, or another folder: the outbox
 *
 * A file is claimed, and moved on, by one rename, so that it is in one place whenever the process is killed, and never
 * takes another's name.  One process has an inbox at a time: it holds a lock (flock(2)), and hands it on to the programs
 * that it starts, so that nobody claims anything while one of them goes on.
 *
 * Events only poke: what counts is what a listing shows.  Where there are none (NFS, too many watches), listings do alone.
 * Errors are EXIT_INPUT if the inbox is not there (any more), else EXIT_OUTPUT.  One thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_WATCHFOLDER_H
#define CLAIMPIPE_ADAPTERS_WATCHFOLDER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct watchfolder;
struct text;

enum watchfolder_place {
    WATCHFOLDER_INBOX,
    WATCHFOLDER_WORKING,
    WATCHFOLDER_DONE,
    WATCHFOLDER_FAILED,
    WATCHFOLDER_OUTBOX /* once it is opened */
};

/* A regular file, as it looks now. */
struct watchfolder_file {
    const char *name; /* borrowed */
    uint64_t inode;
    int64_t size, mtime_ns;
};

/* Makes the folders that are missing.  NULL: it is no folder, or another process has it, which the error names.  If that
 * one was killed and only its last program still ends, that is waited for (say is told so first). */
struct watchfolder *watchfolder_open(const char *path, void (*say)(void *context, const char *text),
                                     void *context, struct err *e) MUST_CHECK;
void watchfolder_close(struct watchfolder *w);
/* The descriptor that holds the lock. */
int watchfolder_lock(const struct watchfolder *w);

/* Are events there?  false: only listings tell. */
bool watchfolder_hears(const struct watchfolder *w);
/* Waits until something lands, a signal comes, or for so long (a second at most); calls back for each name that was
 * closed or moved in, as often as it was.  0, or 1: something has happened, or -1. */
typedef void watchfolder_landed(void *context, const char *name);
int watchfolder_wait(struct watchfolder *w, int64_t ns, watchfolder_landed *landed, void *context,
                     struct err *e) MUST_CHECK;
/* Calls back for each regular file that is there, in no order, until that returns other than 0. */
typedef int watchfolder_see(void *context, const struct watchfolder_file *file, struct err *e);
int watchfolder_list(struct watchfolder *w, enum watchfolder_place place, watchfolder_see *see,
                     void *context, struct err *e) MUST_CHECK;
/* 0, or 1: there is no regular file of that name. */
int watchfolder_look(struct watchfolder *w, enum watchfolder_place place, const char *name,
                     struct watchfolder_file *out);
/* Is anything of that name there? */
bool watchfolder_has(struct watchfolder *w, enum watchfolder_place place, const char *name);
/* 0, or 1: it is gone, 2: the new name is taken, or -1: why it stays. */
int watchfolder_move(struct watchfolder *w, enum watchfolder_place from, const char *name,
                     enum watchfolder_place to, const char *as, struct err *e) MUST_CHECK;
/* Removes a file of ours, if it is there. */
void watchfolder_remove(struct watchfolder *w, enum watchfolder_place place, const char *name);
/* Whoever may read and write in the folder may do so with this file of ours. */
void watchfolder_share(struct watchfolder *w, enum watchfolder_place place, const char *name);
/* Appends the absolute path of the file, or of the folder (name ""). */
void watchfolder_path(const struct watchfolder *w, enum watchfolder_place place, const char *name,
                      struct text *out);

/* Opens the folder for results, and makes it if it is not there.  -1: also if it is the inbox, or where claimed files
 * lie, in which what is written would be read.  path NULL: INBOX/results. */
int watchfolder_outbox(struct watchfolder *w, const char *path, struct err *e) MUST_CHECK;
/* Refuses the file that option names if it would land there as well. */
int watchfolder_refuse(struct watchfolder *w, const char *option, const char *path,
                       struct err *e) MUST_CHECK;

#endif
