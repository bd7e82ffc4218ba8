/*
 * flow: how many requests are under way at once.
 *
 *   opening (one more for each answer) -> steady (one more for each round) -- strained --> halved, and steady
 *
 * Additive increase, multiplicative decrease (Chiu and Jain, 1989; slow start as in RFC 5681): a server that answers
 * 429 or 503, or takes far longer than it did, has more than it can do.  Only answers to requests that left after the
 * last decrease strain it again, so that a round counts once; and it does not open while it is not filled.
 *
 * Pure.  Times are a monotonic clock's nanoseconds.
 */
#ifndef CLAIMPIPE_POLICY_FLOW_H
#define CLAIMPIPE_POLICY_FLOW_H

#include <stddef.h>
#include <stdint.h>

#define FLOW_FIRST 16

struct flow {
    double most, now, steady; /* at least 1; from `steady` on it opens slowly */
    int64_t cut_ns;           /* when it was last strained */
};

/* How long answers of one kind take. */
struct flow_times {
    int64_t least_ns; /* lately; 0: none came yet */
    int64_t usual_ns; /* now */
};

void flow_init(struct flow *f, size_t most);
/* So many may be under way. */
size_t flow_allows(const struct flow *f);

/* An answer came at now_ns to a request that had left at sent_ns; under_way: with it.  times: of its like, which are
 * kept here; NULL: it is not compared. */
void flow_answered(struct flow *f, size_t under_way, struct flow_times *times, int64_t sent_ns,
                   int64_t now_ns);
/* … and it says that the server has too much to do. */
void flow_strained(struct flow *f, size_t under_way, int64_t sent_ns, int64_t now_ns);

#endif
