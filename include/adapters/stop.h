/*
 * stop: SIGINT and SIGTERM ask for an orderly end.
 *
 * The first of them sets the one global of the program, the stop flag, and takes its handler away, so
 * that the second ends the process at once, as usual.  SIGPIPE is ignored: a broken pipe is a failed
 * write, which is reported like any other.
 */
#ifndef CLAIMPIPE_ADAPTERS_STOP_H
#define CLAIMPIPE_ADAPTERS_STOP_H

void stop_install(void);
/* The signal that came, or 0. */
int stop_signal(void);

#endif
