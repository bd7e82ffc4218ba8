/*
 * jobtell: whom a job tells how its runs end, beside who looks on; a part of struct job, and borrowed like it.
 */
#ifndef CLAIMPIPE_STAGES_JOBTELL_H
#define CLAIMPIPE_STAGES_JOBTELL_H

#include "policy/problem.h"

#include <stddef.h>

#define JOBTELL_HOOKS_MAX 4

/* URLs (policy/hook.h) that are keys, which is why they are among the job's secrets. */
struct jobtell_hooks {
    const char *urls[JOBTELL_HOOKS_MAX];
    size_t n;
};

struct jobtell {
    enum problem_fail fail_on;
    const char *summary, *metrics; /* paths, or NULL; summary also "-" */
    struct jobtell_hooks notify, ping;
    const char *same_command; /* for a person who types it again, without such URLs */
};

#endif
