/*
 * newfile: a file that comes to its name whole, and never over another.
 *
 *   opened (empty, under another name in the same folder, mode 0600) -> filled by whoever -> placed | dropped
 *
 * Errors are EXIT_OUTPUT.
 */
#ifndef CLAIMPIPE_ADAPTERS_NEWFILE_H
#define CLAIMPIPE_ADAPTERS_NEWFILE_H

#include "base/err.h"

#include <limits.h>

/* temporary: the name to fill. */
int newfile_open(const char *path, char temporary[PATH_MAX], struct err *e) MUST_CHECK;
/* To the disk, and to its name.  1: something of that name is there, which stays, and this one is dropped. */
int newfile_place(const char *temporary, const char *path, struct err *e) MUST_CHECK;
/* The same in place of what is there. */
int newfile_replace(const char *temporary, const char *path, struct err *e) MUST_CHECK;
/* The names in the folder of path, to the disk. */
int newfile_sync_folder(const char *path, struct err *e) MUST_CHECK;
void newfile_drop(const char *temporary);

#endif
