/*
 * crashpoint: places at which `make crash` kills the process, to prove that it may die there.
 *
 * Nothing at all in an ordinary build.  With CLAIMPIPE_CRASH defined, tests/crash/crashpoint.c is
 * linked in and decides.
 */
#ifndef CLAIMPIPE_BASE_CRASHPOINT_H
#define CLAIMPIPE_BASE_CRASHPOINT_H

#ifdef CLAIMPIPE_CRASH
/* when: "before" or "after"; what: the name of what is made durable there. */
void crashpoint(const char *when, const char *what);
#else
static inline void crashpoint(const char *when, const char *what)
{
    (void)when;
    (void)what;
}
#endif

#endif
