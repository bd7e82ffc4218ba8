/* stoprule: compares what a run has used and failed with what its user allows. */
#include "policy/stoprule.h"

#include "base/count.h"
#include "base/number.h"

#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 20

int stoprule_read_failures(struct stoprule *r, const char *value, struct err *e)
{
    size_t len = strlen(value);
    char digits[DIGITS_MAX];

    if (len > 1 && len < sizeof(digits) && value[len - 1] == '%') {
        memcpy(digits, value, len - 1);
        digits[len - 1] = '\0';
        if (number_int(digits, 1, 100, &r->max_failure_percent) == 0)
            return 0;
    } else if (number_int(value, 1, INT64_MAX, &r->max_failures) == 0) {
        return 0;
    }
    return err_set(e, EXIT_USAGE,
                   "--max-failures %s: give a number such as 25, or a share such as 5%%", value);
}

bool stoprule_stops(const struct stoprule *r, const struct stoprule_facts *f,
                    char why[STOPRULE_TEXT_MAX])
{
    if (r->max_failures && f->failed >= r->max_failures) {
        snprintf(why, STOPRULE_TEXT_MAX, "%lld %s failed (--max-failures %lld)",
                 (long long)f->failed, count_word((uint64_t)f->failed, "row has", "rows have"),
                 (long long)r->max_failures);
        return true;
    }
    if (r->max_failure_percent && f->tried >= STOPRULE_TRIED_MIN &&
        f->failed * 100 > f->tried * r->max_failure_percent) {
        snprintf(why, STOPRULE_TEXT_MAX, "%lld of %lld rows have failed (--max-failures %lld%%)",
                 (long long)f->failed, (long long)f->tried, (long long)r->max_failure_percent);
        return true;
    }
    if (r->max_duration_ns && f->elapsed_ns >= r->max_duration_ns) {
        snprintf(why, STOPRULE_TEXT_MAX, "the time is over (--max-duration)");
        return true;
    }
    return false;
}

bool stoprule_affords(const struct stoprule *r, int64_t requests)
{
    return !r->max_credits || requests < r->max_credits;
}

bool stoprule_affords_step(const struct stoprule *r, int64_t requests, int64_t waiting)
{
    return !r->max_credits || requests + waiting + 2 <= r->max_credits;
}
