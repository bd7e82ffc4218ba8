/*
 * err: why a run cannot go on.
 *
 * A row that fails is data (see records.h); a run that fails is a struct err.  The caller owns the
 * struct, hands it down, and the first error set in it wins, so that cleaning up never hides the
 * cause.  A function that takes a struct err returns -1 (or NULL) exactly when it has set it.
 *
 * Not thread-safe: one struct err per thread.
 */
#ifndef CLAIMPIPE_BASE_ERR_H
#define CLAIMPIPE_BASE_ERR_H

#define ERR_TEXT_MAX 1024

/* Of a function whose failure would go unseen if nobody asked. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* The process's exit codes; an error carries the one that it leads to. */
enum exit_code {
    EXIT_DONE = 0,         /* no row needs a person, or none that was not told of before */
    EXIT_ROWS = 1,         /* finished; some rows newly failed, invalid or unknown, or pending */
    EXIT_USAGE = 2,        /* command line or job file */
    EXIT_INPUT = 3,        /* the input cannot be read */
    EXIT_STOPPED = 4,      /* stopped early: failure limit, quota, credits, authorisation */
    EXIT_OUTPUT = 5,       /* the ledger or an output cannot be written */
    EXIT_INTERRUPTED = 130 /* SIGINT; SIGTERM gives 143 */
};

struct err {
    enum exit_code code; /* EXIT_DONE: nothing is wrong */
    char text[ERR_TEXT_MAX];
};

#define ERR_INIT                                                                                   \
    {                                                                                              \
        EXIT_DONE, ""                                                                              \
    }

/* Set e unless it is set already.  The text says where, what is wrong and what to do, without a
 * newline.  Always returns -1, so that `return err_set(e, …)` reads well. */
__attribute__((format(printf, 3, 4))) int err_set(struct err *e, enum exit_code code,
                                                  const char *fmt, ...);

/* Where a failure is passed over on purpose, and is seen to be. */
static inline void err_ignore(int rc)
{
    (void)rc;
}

/* "out of memory: …" with EXIT_STOPPED: what was done is in the ledger and the run can be resumed. */
int err_nomem(struct err *e);

#endif
