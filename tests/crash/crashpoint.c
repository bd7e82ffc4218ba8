/*
 * crashpoint: kills the process by SIGKILL at the place that CLAIMPIPE_KILL names, such as
 * `before accepted 3`: the third time that a transition to accepted is about to be committed.  And it
 * takes away the rule that CLAIMPIPE_BREAK names, such as `fence`.
 */
#include "base/crashpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void crashpoint(const char *when, const char *what)
{
    static unsigned seen;
    const char *wish = getenv("CLAIMPIPE_KILL");
    char wish_when[16], wish_what[32];
    unsigned nth;

    if (wish && sscanf(wish, "%15s %31s %u", wish_when, wish_what, &nth) == 3 &&
        strcmp(when, wish_when) == 0 && strcmp(what, wish_what) == 0 && ++seen == nth)
        raise(SIGKILL);
}

bool crashpoint_breaks(const char *rule)
{
    const char *wish = getenv("CLAIMPIPE_BREAK");

    return wish && strcmp(wish, rule) == 0;
}
