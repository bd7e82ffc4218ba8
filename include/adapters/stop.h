/*
 * stop: a run is asked for an orderly end, by SIGINT and SIGTERM or by who began it.
 *
 *   idle -> begun (-> signals caught) -> idle
 *
 * The stop flag, and whether a run goes on, are the process's, and its only globals: a process has one run
 * at a time.
 */
#ifndef CLAIMPIPE_ADAPTERS_STOP_H
#define CLAIMPIPE_ADAPTERS_STOP_H

#include <stdbool.h>

/* A run begins; false: another one goes on. */
bool stop_begin(void);
/* It has ended: what it was asked is forgotten, and signals do what they did before it. */
void stop_end(void);

/* SIGINT and SIGTERM ask.  The first of them takes its handler away, so that the second ends the process at
 * once, as usual.  SIGPIPE is ignored: a broken pipe is a failed write, which is reported like any other. */
void stop_install(void);
/* As if this signal had come; from any thread or signal handler.  Without a run the next one is asked. */
void stop_ask(int signal);
/* The signal that came, or 0. */
int stop_signal(void);

#endif
