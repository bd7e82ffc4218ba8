/*
 * arrival: which files of an inbox are whole, what they are called once they are claimed, and what becomes of them.
 *
 * A file is whole when it has looked the same (size, time of change, inode) for a while: `stable_ns`; or, once its writer
 * has closed it or it was moved in, for ARRIVAL_QUIET_NS, since some servers close a file and open it again.  One that is
 * empty has its content still to come, and waits for the longer time.  Names that writers use for what is not whole, and
 * those of our own results, are never taken.
 *
 * Pure: time and what the folder shows are parameters.  Times are monotonic nanoseconds, but for mtime_ns.
 */
#ifndef CLAIMPIPE_POLICY_ARRIVAL_H
#define CLAIMPIPE_POLICY_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

struct text;

#define ARRIVAL_QUIET_NS INT64_C(1000000000)
#define ARRIVAL_NAME_MAX 200 /* bytes of a claimed name: 255 fit, and results add an ending */

/* Is a file of this name no input: hidden, still being written, a lock, a system's own, or results of ours? */
bool arrival_ignores(const char *name);

/* What the folder shows of a file. */
struct arrival_look {
    uint64_t inode;
    int64_t size, mtime_ns;
};

bool arrival_same(const struct arrival_look *a, const struct arrival_look *b);

struct arrival {
    struct arrival_look look;
    int64_t since_ns; /* it has looked so since then */
    bool closed;      /* and nobody has written to it since it was closed, as far as was seen */
};

/* The file is seen: former is how it was seen before (NULL: never), landed: it was closed or moved in since. */
struct arrival arrival_see(const struct arrival *former, const struct arrival_look *look,
                           bool landed, int64_t now_ns);
/* How long until it is whole, if it stays as it is; 0: it is. */
int64_t arrival_wait_ns(const struct arrival *a, int64_t stable_ns, int64_t now_ns);

/* Appends the n-th (from 1) name that a claimed file may have: its own, then with -2, -3 … before its endings, so that
 * it is still read as what it is.  One that is too long is cut between characters. */
void arrival_name(const char *name, unsigned n, struct text *out);
/* Of a path in .working whose name may be such a one: appends it with this number, 0: with none.  false: it is not.  A
 * name may have had its number before it was claimed; whether it has is told by the files that were there before. */
bool arrival_sibling(const char *path, unsigned n, struct text *out);

enum arrival_end {
    ARRIVAL_DONE,   /* each row has its outcome; what needs a person stands in the results */
    ARRIVAL_FAILED, /* the file is at fault */
    ARRIVAL_AGAIN /* something else is: quota, credits, key, ledger, disk; or the run was interrupted */
};

/* By how its run ended: its exit code, or the signal (not 0) that it died of.  job_fault: the job file can't be used
 * now.  changed: the file looks otherwise than it did before the run. */
enum arrival_end arrival_end(int code, int signal, bool job_fault, bool changed);
/* How long to wait before the next run of a file that has had so many (from 1): a minute, doubling to an hour. */
int64_t arrival_again_ns(unsigned tries);

#endif
