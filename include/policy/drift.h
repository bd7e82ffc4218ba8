/*
 * drift: is an input still read as it was the last time?
 *
 * How it is read is found out anew each time.  An export that has changed a little may then fit no preset any
 * more, whose filter would be dropped, another sheet of a workbook may be the one with a table, or its quotes, escapes or encoding may be taken for others, by which keys
 * change, and people are issued again.  So what was not said and has changed is refused.  What the user says
 * is not, nor what changes no row: delimiter, line ends, the header's line.
 *
 * Encodings differ without anybody's guess if the file itself says which it has; and of plain ASCII none can
 * be told, so that such a run is passed over, and the one before it counts.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_DRIFT_H
#define CLAIMPIPE_POLICY_DRIFT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct reading;

struct drift_now {
    const char *input; /* for messages */
    const struct reading *reading;
    const char *preset; /* its name; "": none */
    const char *sheet;  /* of a workbook: its name; or "" */
    bool preset_said, quote_said, escape_said, encoding_said;
    bool sheet_said; /* by its name: a number is another's when sheets have changed places */
};

/* An earlier run. */
struct drift_past {
    int64_t run;
    const char *
        reading; /* base/reading.h; "": an older claimpipe's, which knew UTF-8 only, and no presets */
    const char *preset;
    bool newest; /* else but its encoding counts */
};

/* 1: it is the same; 0: it is the same so far, and the run before it has to be looked at; -1: EXIT_USAGE,
 * with the words to say. */
int drift_compare(const struct drift_now *now, const struct drift_past *past,
                  struct err *e) MUST_CHECK;

#endif
