/*
 * diskspace: is there room where a file is to be written?
 */
#ifndef CLAIMPIPE_ADAPTERS_DISKSPACE_H
#define CLAIMPIPE_ADAPTERS_DISKSPACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct diskspace {
    char folder[PATH_MAX]; /* the nearest one that is there: path itself, or one that it is in */
    bool there;            /* path itself is there, and a folder */
    bool blocked;          /* something else than a folder stands on the way to path */
    bool writable;         /* by this process: the folder */
    int64_t free_bytes;    /* for this user; -1: not known */
};

/* Of the folder at path, or the file's at path if that is no folder.  Nothing is written. */
void diskspace_look(const char *path, struct diskspace *out);
/* May this process write to the file at path?  False also if it is not there. */
bool diskspace_may_write(const char *path);

#endif
