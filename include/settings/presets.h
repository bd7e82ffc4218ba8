/*
 * presets: what is known of platforms' exports, from JSON files.
 *
 * Files NAME.json are looked for in the user's folder ($XDG_CONFIG_HOME/claimpipe/presets, else
 * ~/.config/claimpipe/presets), which win, then in $CLAIMPIPE_PRESETS if that is set, else beside the
 * program (../share/claimpipe/presets as it is installed, share/claimpipe/presets as it is built).
 * samples/preset.schema.json says what stands in them.  A file that can't be read, or holds what is not
 * known, is an error with its path and the place in it, also if it is not the one that is wanted; a file of
 * ours in whose place the user has one is not read.  Only the folder in $CLAIMPIPE_PRESETS must be there.
 */
#ifndef CLAIMPIPE_SETTINGS_PRESETS_H
#define CLAIMPIPE_SETTINGS_PRESETS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct job;
struct preset;

#define PRESETS_FILE_MAX (1u << 20) /* bytes of a preset's file */

/* All of them, by name.  EXIT_USAGE. */
struct presets {
    struct preset *list;
    size_t n;
    struct presets_store *store; /* their texts */
};
int presets_load(struct presets *p, struct err *e) MUST_CHECK;
void presets_release(struct presets *p);
/* The one of that name, or NULL with EXIT_USAGE, the nearest name, and all of them. */
const struct preset *presets_find(const struct presets *p, const char *name,
                                  struct err *e) MUST_CHECK;

/* Loads them, and offers a run those that its job lets it choose from: all, one (--preset) or none.  The job borrows
 * them. */
int presets_offer(struct presets *p, struct job *j, struct err *e) MUST_CHECK;

#endif
