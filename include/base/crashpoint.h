/*
 * crashpoint: places at which `make crash` kills the process, to prove that it may die there; and rules
 * that it takes away, one at a time, to prove that it would find out if one were broken.
 *
 * Nothing at all in an ordinary build.  With CLAIMPIPE_CRASH defined, tests/crash/crashpoint.c is
 * linked in and decides.
 */
#ifndef CLAIMPIPE_BASE_CRASHPOINT_H
#define CLAIMPIPE_BASE_CRASHPOINT_H

#include <stdbool.h>

#ifdef CLAIMPIPE_CRASH
/* when: "before" or "after"; what: the name of what is made durable there. */
void crashpoint(const char *when, const char *what);
/* Is this rule taken away?  The rules: tests/crash/rules.py. */
bool crashpoint_breaks(const char *rule);
#else
static inline void crashpoint(const char *when, const char *what)
{
    (void)when;
    (void)what;
}
static inline bool crashpoint_breaks(const char *rule)
{
    (void)rule;
    return false;
}
#endif

#endif
