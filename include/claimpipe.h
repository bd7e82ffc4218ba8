/*
 * claimpipe: the public face of libclaimpipe: what the command `claimpipe` does, for a program of one's own.
 *
 *   struct claimpipe *c = claimpipe_new();
 *   const char *words[] = {"claim", "completions.csv"};
 *
 *   claimpipe_command(c, 2, words);
 *   claimpipe_set(c, "claim", "CLAIM_ID");
 *   claimpipe_on_row(c, on_row, NULL);
 *   if (claimpipe_run(c) > CLAIMPIPE_ROWS)
 *       fprintf(stderr, "%s\n", claimpipe_error(c));
 *   claimpipe_free(c);
 *
 * Words and settings are those of claimpipe(1), and so are the files that are written: results, ledger, trace.
 * Strings that are handed in are copied; strings that are handed out belong to the library.
 *
 * Threads: a process has one run at a time, whatever its objects; another is refused meanwhile, also out of a
 * callback.  An object is used by one thread at a time.  A run has threads of its own; callbacks come one after
 * the other, but on_row may come in another thread than the one that runs.
 *
 * What a run changes in the whole process: getopt(3)'s variables, jansson's allocation functions (what others
 * allocate goes the same way as before), and SQLite's statistics of memory, which are turned off.
 * What is the host's: SIGPIPE and SIGXFSZ must be ignored or handled, descriptors 0 to 2 be open, and the stack
 * have 512 KiB.  Secrets come from the environment or files (env:NAME, file:PATH) and lie in memory while a
 * run goes on: a host that wants no core file with them forbids it.  If other threads are about, the host calls
 * curl_global_init first, and none of them changes the environment during a run.
 */
#ifndef CLAIMPIPE_H
#define CLAIMPIPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of this header.  A new MAJOR may break a host, a new MINOR adds. */
#define CLAIMPIPE_VERSION_MAJOR 0
#define CLAIMPIPE_VERSION_MINOR 1
#define CLAIMPIPE_VERSION_PATCH 0
/* Of the library: "0.1.0". */
const char *claimpipe_version(void);

/* What a run comes to: the exit codes of the command. */
enum claimpipe_result {
    CLAIMPIPE_DONE = 0,         /* every row is done, or what ails it was told before (fail-on) */
    CLAIMPIPE_ROWS = 1,         /* finished; some rows are not: on_row and the results say which */
    CLAIMPIPE_USAGE = 2,        /* words, settings or job file */
    CLAIMPIPE_INPUT = 3,        /* the input cannot be read */
    CLAIMPIPE_STOPPED = 4,      /* stopped early: failures, quota, credits, authorisation, memory */
    CLAIMPIPE_OUTPUT = 5,       /* the ledger or the results cannot be written */
    CLAIMPIPE_INTERRUPTED = 130 /* by claimpipe_stop or SIGINT; 143 by SIGTERM */
};

struct claimpipe;

/* NULL: out of memory. */
struct claimpipe *claimpipe_new(void);
/* Not during its run.  NULL is fine. */
void claimpipe_free(struct claimpipe *c);

/* ---- what is to be done ---- */

/* These are called between runs.  0, or -1: claimpipe_error then says why, and each run of this object is
 * refused. */

/* What stands on the command line behind `claimpipe`: the command, what it works on, and options if they come
 * so.  In the place of the words before, so that an object can `check` first and then do it. */
int claimpipe_command(struct claimpipe *c, int n, const char *const *words);
/* An option by its long name: "rate", "50/s".  value NULL: one that takes none, such as "retry-failed".  It
 * stays for each run; of a name that is set again the later value counts, or both where the option may be
 * repeated. */
int claimpipe_set(struct claimpipe *c, const char *name, const char *value);
/* The path of a claimpipe, with which `watch` runs each file; without it watch is refused. */
int claimpipe_program(struct claimpipe *c, const char *path);

/* ---- what is told ---- */

enum claimpipe_level { CLAIMPIPE_ERROR, CLAIMPIPE_WARNING, CLAIMPIPE_INFO };

struct claimpipe_progress { /* of rows */
    uint64_t done, total;
    uint64_t failed, invalid; /* of those done */
    uint64_t waiting;         /* sent, and not yet known what became of them */
};

/* A row of the results, as claimpipe(1) tells its columns.  No pointer is NULL: what a row has not is "".  All
 * of it is valid during the call.  code and link are secrets of the recipient. */
struct claimpipe_row {
    uint64_t row;  /* from 1; 0: a line above the header */
    uint64_t line; /* of the input, as an editor counts */
    const char *status, *error, *note, *action, *target, *recipient, *attempt_id, *code, *link;
    unsigned tries;
    int http_status;         /* 0: none */
    const char *finished_at; /* RFC 3339, UTC */
};

/* context is handed back.  function NULL: as before it was set. */

/* What the command says on standard error, which it does unless this is set: lines for a person, and the
 * event's name as in --log-format json.  With `quiet` errors alone. */
void claimpipe_on_message(struct claimpipe *c,
                          void (*function)(void *context, enum claimpipe_level level,
                                           const char *event, const char *text),
                          void *context);
/* How far a run is: ten times a second at most, and at the end.  Else that, too, is a message now and then. */
void claimpipe_on_progress(struct claimpipe *c,
                           void (*function)(void *context, const struct claimpipe_progress *p),
                           void *context);
/* Each row in the order of the input, while results are written, by `report`, too; of several steps the row as
 * a whole.  If the run then ends with CLAIMPIPE_OUTPUT, the file is not there, but what was told is true. */
void claimpipe_on_row(struct claimpipe *c,
                      void (*function)(void *context, const struct claimpipe_row *row),
                      void *context);
/* The answer of `check`, whole (JSON with "format", "json").  Else it goes to standard output, as all does that
 * other commands print. */
void claimpipe_on_answer(struct claimpipe *c,
                         void (*function)(void *context, const char *text, size_t len),
                         void *context);

/* ---- doing it ---- */

/* An enum claimpipe_result; from CLAIMPIPE_USAGE on claimpipe_error says why, unless it was interrupted.  After
 * it the object can run again: done rows are then duplicates. */
int claimpipe_run(struct claimpipe *c);
/* Of the last call that failed, or of the run since; "": none.  Until the object is used again. */
const char *claimpipe_error(const struct claimpipe *c);
/* The run that goes on, or the next, ends in order; it can be resumed.  From any thread, callback or signal
 * handler.  An input that is a silent pipe is let go of only at its next byte, or by a signal. */
void claimpipe_stop(void);
/* While c runs, SIGINT and SIGTERM do as claimpipe_stop does, a second one ends the process, and SIGPIPE is
 * ignored.  Without this call no signal's action is touched. */
void claimpipe_catch_signals(struct claimpipe *c);

#ifdef __cplusplus
}
#endif
#endif
