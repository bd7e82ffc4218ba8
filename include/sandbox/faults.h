/*
 * faults: what is to go wrong, and when.  Each fault counts the requests of its route since it was
 * set; the first of the list that fires is the one that happens.  Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_FAULTS_H
#define CLAIMPIPE_SANDBOX_FAULTS_H

#include "base/err.h"
#include "sandbox/request.h"

#include <stddef.h>

enum fault_kind {
    FAULT_RESET_BEFORE, /* not processed, connection closed without an answer */
    FAULT_RESET_AFTER,  /* processed, connection closed without an answer */
    FAULT_STATUS,       /* another answer; processed only if it says so */
    FAULT_SLOW,
    FAULT_TRUNCATE,
    FAULT_GARBAGE,
    FAULT_HUGE,
    FAULT_KINDS
};
extern const char *const fault_kind_names[FAULT_KINDS + 1]; /* ends in NULL */

struct fault;
struct faults {
    struct fault *list;
    size_t len;
};

void faults_init(struct faults *f);
void faults_release(struct faults *f);
/* Replaces the list by a JSON array (NULL: none); upon -1 the old list stays. */
int faults_configure(struct faults *f, json_t *array, struct err *e);
/* Does any fault look at addresses? */
bool faults_want_address(const struct faults *f);
/* Counts the request and returns the fault that happens to it, or NULL; valid until the next
 * configure.  address: canonical, "" if there is none. */
const struct fault *faults_pick(struct faults *f, enum route route, const char *address,
                                uint64_t seed);
enum fault_kind fault_kind(const struct fault *f);
/* Is the request to be processed all the same? */
bool fault_processes(const struct fault *f);
/* Turns the reply into what the fault makes of it. */
void fault_apply(const struct fault *f, struct reply *r);

#endif
