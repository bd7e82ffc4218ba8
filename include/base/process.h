/*
 * process: what a program makes sure of before it does anything else.  Once, from main, before there are threads.
 *
 * - Descriptors 0 to 2 are open, so that no file that is opened later gets one of their numbers, and what is
 *   meant for a person gets into it.  One that was closed cannot be read or written: that is an error (EBADF)
 *   for whoever needs it.
 * - Writing beyond the limit of a file's size (ulimit -f) or into a pipe that nobody reads is an error of
 *   that write (EFBIG, EPIPE), which is told, and not a signal that ends the process in silence.
 * - The stack is large enough for the libraries and for threads, whose stacks are as large.
 */
#ifndef CLAIMPIPE_BASE_PROCESS_H
#define CLAIMPIPE_BASE_PROCESS_H

#include "base/err.h"

#define PROCESS_STACK_MIN (512ul * 1024) /* bytes */

/* 0, or -1 with EXIT_USAGE (the stack) or EXIT_OUTPUT. */
int process_prepare(struct err *e) MUST_CHECK;

#endif
