/* overall: takes the steps in their order; the first that is not done decides. */
#include "policy/overall.h"

bool overall_goes_on(enum status status)
{
    return status == STATUS_SUCCESS || status == STATUS_DUPLICATE || status == STATUS_SKIPPED;
}

/* Is the row what its first step with a word on it says, whatever the others are? */
static bool is_out(const struct overall_step *steps, size_t n, size_t first)
{
    if (steps[first].status == STATUS_INVALID)
        return true;
    if (steps[first].status != STATUS_SKIPPED)
        return false;
    for (size_t i = first + 1; i < n; i++) {
        if (steps[i].known) /* that step alone was skipped */
            return false;
    }
    return true;
}

/* The last step of that status, or n. */
static size_t last_of(const struct overall_step *steps, size_t n, enum status status)
{
    for (size_t i = n; i > 0; i--) {
        if (steps[i - 1].status == status)
            return i - 1;
    }
    return n;
}

enum status overall_status(const struct overall_step *steps, size_t n, size_t *decides)
{
    static const enum status done[] = {STATUS_SUCCESS, STATUS_DUPLICATE, STATUS_SKIPPED};
    size_t first = 0;
    while (first < n && !steps[first].known)
        first++;
    *decides = first < n ? first : 0;
    if (first == n)
        return STATUS_UNSENT;
    if (is_out(steps, n, first))
        return steps[first].status;
    for (size_t i = 0; i < n; i++) {
        *decides = i;
        if (!steps[i].known)
            return STATUS_UNSENT;
        if (!overall_goes_on(steps[i].status))
            return steps[i].status;
    }
    for (size_t k = 0; k < sizeof(done) / sizeof(done[0]); k++) {
        *decides = last_of(steps, n, done[k]);
        if (*decides < n)
            return done[k];
    }
    return STATUS_UNSENT; /* not reached: all are done */
}

enum status overall_row(const struct overall_step *whole, const struct overall_step *steps,
                        size_t n, size_t *decides)
{
    bool made = false;
    for (size_t i = 0; i < n; i++)
        made = made || (steps[i].known && steps[i].status != STATUS_UNSENT);
    /* Skipped later by another choice of rows it is still what was made of it, if anything was. */
    if (!whole->known || (made && whole->status != STATUS_INVALID))
        return overall_status(steps, n, decides);
    *decides = n;
    return whole->status;
}
