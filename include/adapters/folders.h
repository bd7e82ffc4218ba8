/*
 * folders: where the program is, and which files a folder has.
 */
#ifndef CLAIMPIPE_ADAPTERS_FOLDERS_H
#define CLAIMPIPE_ADAPTERS_FOLDERS_H

#include "base/err.h"

#include <limits.h>
#include <stddef.h>

struct text;

/* Appends the path of the folder that the running program's file is in, without a '/' at its end; nothing
 * if that can't be found out. */
void folders_program(struct text *out);

/* Where a file or folder is, or is to be, with links followed. */
void folders_find(const char *name, char out[PATH_MAX]);

/* Names without their folder, by their bytes. */
struct folders_files {
    char **names;
    size_t n, cap;
};

/* The files whose names end so, but for hidden ones (an editor's).  0, or 1: there is no such folder, or
 * -1 with EXIT_USAGE.  Then, too, out is to be released. */
int folders_list(const char *path, const char *ending, struct folders_files *out,
                 struct err *e) MUST_CHECK;
void folders_release(struct folders_files *files);

/* Every name in the folder, in no order, with the folder's descriptor; none if it can't be read. */
typedef void folders_callback(void *context, int folder, const char *name);
void folders_each(const char *path, folders_callback *see, void *context);
/* The same of a folder that is open: 0, or -1 with errno. */
int folders_each_in(int folder, folders_callback *see, void *context);

#endif
