/*
 * tempfile: files that are nobody's until they are whole.
 *
 *   open (nameless, where the file system has that) -> published under the name it was made for | closed
 *
 * A nameless file ends with its process, also by SIGKILL or a power cut.  One with a name (`.claimpipe-XXXXXX`,
 * in the target's folder) is locked as long as it is in use.  So one that can be locked has been left by a
 * process that died, and is swept; but not where a lock may not reach: on file systems of other hosts.
 * Mode 0600.  Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_TEMPFILE_H
#define CLAIMPIPE_ADAPTERS_TEMPFILE_H

#include <limits.h>

struct tempfile {
    int fd; /* -1: there is none.  Locked; it is closed by tempfile_publish and tempfile_drop */
    char folder[PATH_MAX];
    char name[PATH_MAX]; /* "": it has none */
};

/* Removes those in the folder that are this user's, and that certainly no process uses. */
void tempfile_sweep(const char *folder);
/* Each: 0, or -1 with errno. */
int tempfile_open(struct tempfile *t, const char *folder);
/* Puts the file in the place of target, which is in the same folder. */
int tempfile_publish(struct tempfile *t, const char *target);
void tempfile_drop(struct tempfile *t);

#endif
