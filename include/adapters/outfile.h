/*
 * outfile: an output that is there whole, or not at all.
 *
 *   open (temporary file in the target's folder, adapters/tempfile.h) -> written -> committed | discarded
 *
 * Commit flushes, fsyncs, closes, renames over the target and fsyncs the folder; whatever fails
 * before the rename leaves an earlier file of that name as it was.  "-" is standard output, which
 * cannot be taken back: commit flushes it.  A target that exists and is not a regular file (a
 * device, a pipe) is written in place.  A symbolic link is followed: the file it names is replaced.
 * On a terminal all but tabs and line ends is made visible (base/visible.h); files and pipes get the bytes
 * as they are.
 * Not thread-safe.
 */
#ifndef CLAIMPIPE_ADAPTERS_OUTFILE_H
#define CLAIMPIPE_ADAPTERS_OUTFILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct outfile;
struct text;

/* Would an output at path take the place of the regular file `input`?  ("-" is none.) */
bool outfile_replaces(const char *path, const char *input);

/* Would outputs at both paths be one file, however the paths spell it?  Also two that are standard output; not two
 * that are a device or a pipe. */
bool outfile_same(const char *a, const char *b);
/* Would an output at path take the place of a regular file with something in it? */
bool outfile_overwrites(const char *path);
/* It would, and that file is not an earlier one of the same kind, which begins with this header. */
bool outfile_is_other(const char *path, const char *header);
/* EXIT_USAGE: it is another; option is the one that names it, or NULL: none does.  force: it may be any. */
int outfile_refuse_other(const char *path, const char *header, const char *option, bool force,
                         struct err *e) MUST_CHECK;
/* Is there anything of this name? */
bool outfile_is_there(const char *path);
/* … and is it a regular file, not a device or a pipe? */
bool outfile_is_file(const char *path);

/* Opens the temporary file at once, so that a path that can't be written is known before any work
 * is done.  NULL with EXIT_OUTPUT. */
struct outfile *outfile_open(const char *path, struct err *e) MUST_CHECK;
/* Others may read it as well, as far as the umask lets them: else it is its owner's alone. */
void outfile_share(struct outfile *f);
/* 0, or -1 with EXIT_OUTPUT (disk full, …); after an error every later call fails as well. */
int outfile_write(struct outfile *f, const void *bytes, size_t len, struct err *e) MUST_CHECK;
/* Writes and clears t, if it holds `least` bytes or more; -1 as well if t has failed (no memory). */
int outfile_drain(struct outfile *f, struct text *t, size_t least, struct err *e) MUST_CHECK;
/* Ends the file and frees f, whatever happens: kept if success is true and everything could be
 * written, else removed.  Returns 0, or -1 with EXIT_OUTPUT when it should have been kept and can't
 * be. */
int outfile_close(struct outfile *f, bool success, struct err *e) MUST_CHECK;
/* All of t to standard output: words for a person, or JSON, made visible wherever they go. */
int outfile_print(struct text *t, struct err *e) MUST_CHECK;

#endif
