/*
 * jsonout: one JSON document (RFC 8259), written member by member, for programs that read what a command shows.
 *
 *   init -> (a value | open … close)* -> end
 *
 * Each value stands on a line of its own, two blanks deeper than what holds it.  The text that is appended to may be
 * drained in between.  What is no UTF-8 (file names, old ledgers) is written as visible_puts shows it.  If memory runs
 * out, the text has failed.
 */
#ifndef CLAIMPIPE_ADAPTERS_JSONOUT_H
#define CLAIMPIPE_ADAPTERS_JSONOUT_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONOUT_DEPTH_MAX 8

struct jsonout {
    struct text *out; /* borrowed */
    size_t depth;
    char closing[JSONOUT_DEPTH_MAX]; /* of what is open */
    bool begun[JSONOUT_DEPTH_MAX];   /* it has a value already */
};

/* An object is open then. */
void jsonout_init(struct jsonout *j, struct text *out);
/* It and what else is open are closed. */
void jsonout_end(struct jsonout *j);

/* key: the member's name; NULL in a list. */
void jsonout_object(struct jsonout *j, const char *key);
void jsonout_list(struct jsonout *j, const char *key);
void jsonout_close(struct jsonout *j);

void jsonout_text(struct jsonout *j, const char *key, const char *s); /* NULL: null */
void jsonout_number(struct jsonout *j, const char *key, int64_t n);
void jsonout_flag(struct jsonout *j, const char *key, bool yes);
void jsonout_null(struct jsonout *j, const char *key);
/* RFC 3339, UTC; 0: null. */
void jsonout_time(struct jsonout *j, const char *key, int64_t wall_ms);

#endif
