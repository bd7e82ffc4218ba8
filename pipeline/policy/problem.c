#include "policy/problem.h"

#include <ctype.h>
#include <string.h>

bool problem_fails(enum problem_fail on, const struct problem_counts *n)
{
    switch (on) {
    case PROBLEM_FAIL_NEW:
        return n->fresh > 0 || n->unfinished > 0;
    case PROBLEM_FAIL_ANY:
        return n->all > 0 || n->unfinished > 0;
    case PROBLEM_FAIL_NONE:
        break;
    }
    return false;
}

/* Does a number that is about to follow say where or when something was? */
static bool is_place(const struct text *before)
{
    static const char *const words[] = {"line ", "lines ", "row ", "rows ", "run ", "runs "};
    const struct slice s = {before->ptr, before->len};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_ends(s, words[i]))
            return true;
    return false;
}

void problem_append_reason(struct text *out, const char *why)
{
    while (*why) {
        size_t digits = strspn(why, "0123456789");

        if (digits > 0 && is_place(out))
            text_puts(out, "0");
        else
            text_append(out, why, digits > 0 ? digits : 1);
        why += digits > 0 ? digits : 1;
    }
}
