/* codeuse: ranges are few, or as many as the codes that are used here and there: they are sorted once, and found by halves. */
#include "policy/codeuse.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64
#define HASH_DIGITS 64
#define NUMBER_MAX 20 /* digits with their NUL */

/* ---- ranges ---- */

void codeuse_release(struct codeuse *u)
{
    free(u->ranges);
    *u = (struct codeuse){NULL, 0, 0};
}

int codeuse_add(struct codeuse *u, int64_t first, int64_t last)
{
    if (u->n == u->cap) {
        size_t cap = u->cap ? 2 * u->cap : FIRST_CAP;
        struct codeuse_range *more = mem_resize(u->ranges, cap, sizeof(*more));

        if (!more)
            return -1;
        u->ranges = more;
        u->cap = cap;
    }
    u->ranges[u->n++] = (struct codeuse_range){first, last};
    return 0;
}

static int by_first(const void *a, const void *b)
{
    const struct codeuse_range *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Those that touch become one, so that no code is counted twice. */
void codeuse_seal(struct codeuse *u)
{
    size_t n = 0;

    if (u->n == 0)
        return;
    qsort(u->ranges, u->n, sizeof(*u->ranges), by_first);
    for (size_t i = 1; i < u->n; i++) {
        struct codeuse_range *before = &u->ranges[n];

        if (u->ranges[i].first > before->last)
            u->ranges[++n] = u->ranges[i];
        else if (u->ranges[i].last > before->last)
            before->last = u->ranges[i].last;
    }
    u->n = n + 1;
}

bool codeuse_has(const struct codeuse *u, int64_t number)
{
    size_t low = 0, high = u->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (number < u->ranges[middle].first)
            high = middle;
        else if (number > u->ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

uint64_t codeuse_count(const struct codeuse *u)
{
    uint64_t n = 0;

    for (size_t i = 0; i < u->n; i++)
        n += (uint64_t)(u->ranges[i].last - u->ranges[i].first) + 1;
    return n;
}

/* ---- numbers ---- */

int64_t codeuse_number(struct slice code)
{
    char digits[NUMBER_MAX];
    size_t n = code.len > HASH_DIGITS ? code.len - HASH_DIGITS - 1 : 0;
    int64_t number;

    if (n == 0 || n >= sizeof(digits) || code.ptr[HASH_DIGITS] != '-')
        return -1;
    for (size_t i = 0; i < HASH_DIGITS; i++)
        if (!code.ptr[i] || !strchr("0123456789abcdefABCDEF", code.ptr[i]))
            return -1;
    snprintf(digits, sizeof(digits), "%.*s", (int)n, code.ptr + HASH_DIGITS + 1);
    /* Seeds make none with leading zeros: this is no number of theirs. */
    return (digits[0] != '0' || n == 1) && number_int(digits, 0, INT64_MAX, &number) == 0 ? number
                                                                                          : -1;
}

/* ---- how it is known ---- */

const char *codeuse_no_code(const struct codeuse_facts *f)
{
    if (!f->shown)
        return "the claim does not show which codes are used";
    if (f->untold > 0)
        return "a list gave codes whose numbers nothing tells (give the list with --codes FILE, "
               "and --codes-in-order if it has the claim's codes in the claim's order)";
    /* A claim has one seed, or one list: numbers of another are none of its own. */
    if (f->seeds > 1 || f->ordered > 1 || (f->ordered > 0 && f->seeds + f->numbered > 0))
        return "several seeds or lists gave its codes, and nothing tells which the claim's own is";
    return NULL;
}

const char *codeuse_no_person(const struct codeuse_facts *f)
{
    if (!f->listed)
        return "it keeps no list of attempts (it has no numUses plugin)";
    if (f->addresses < f->codes)
        return "its list of attempts tells only which addresses have claimed";
    return NULL;
}

enum codeuse_rule codeuse_choose(const struct codeuse_facts *f)
{
    if (!codeuse_no_code(f))
        return CODEUSE_BY_CODE;
    return codeuse_no_person(f) ? CODEUSE_UNTOLD : CODEUSE_BY_PERSON;
}

bool codeuse_person_is_done(uint64_t codes, uint64_t claimed)
{
    return claimed > 0 && claimed >= codes;
}

bool codeuse_is_old(int64_t given_ms, int64_t now_ms, int64_t least_ns)
{
    return now_ms - given_ms >= least_ns / CLOCK_NS_PER_MS;
}
