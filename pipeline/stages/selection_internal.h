/*
 * selection_internal: what the files of the selection share.
 */
#ifndef CLAIMPIPE_STAGES_SELECTION_INTERNAL_H
#define CLAIMPIPE_STAGES_SELECTION_INTERNAL_H

#include "base/err.h"

#include <stddef.h>

struct selection;

/* Another name for the column, in filters and keys; COLUMNS_NONE: for none. */
void selection_alias(struct selection *s, const char *name, size_t column);
/* Finds the recipients' column, opens the lookup, and begins s->select.  EXIT_USAGE, or what lookup_open says. */
int selection_who(struct selection *s, struct err *e) MUST_CHECK;

#endif
