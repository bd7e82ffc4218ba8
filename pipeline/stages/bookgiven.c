/* bookgiven: the codes that the list itself gave, and if it gave none, those that others gave. */
#include "stages/bookgiven.h"

#include "adapters/codebook.h"
#include "base/count.h"
#include "ledger/ledger.h"

#include <inttypes.h>

struct verifying {
    const struct codebook *b;
    bool has_given;
};

/* A list that was changed would give its codes to others, and to the same ones other codes. */
static int verify_mark(void *context, int64_t index, const uint8_t mark[LEDGER_MARK_SIZE],
                       struct err *e)
{
    struct verifying *v = context;

    v->has_given = true;
    return codebook_verify(v->b, index, mark, e);
}

/* How many of its codes others gave; *first is the run of the first of them. */
static int count_given(const struct codebook *b, struct ledger *l, uint64_t *n, int64_t *first,
                       struct err *e)
{
    uint8_t mark[LEDGER_MARK_SIZE];
    int64_t run = 0;

    *n = 0;
    for (int64_t i = 0; i < codebook_count(b); i++) {
        int found = codebook_mark(b, i, mark) ? ledger_mark_run(l, mark, &run, e) : err_nomem(e);

        if (found < 0)
            return -1;
        if (found > 0 && (*n)++ == 0)
            *first = run;
    }
    return 0;
}

static int refuse_strange(const struct codebook *b, struct ledger *l, struct err *e)
{
    int any = ledger_marks_any(l, e);
    int64_t first = 0;
    uint64_t n;

    if (any <= 0)
        return any;
    if (count_given(b, l, &n, &first, e) != 0)
        return -1;
    return n == 0 ? 0
                  : err_set(e, EXIT_USAGE,
                            "%s: %" PRIu64 " of its codes %s given from another list (run %" PRId64
                            "): is it that list in another order? Give that list as it was; new "
                            "codes go at its end (if it is another one, remove from it what was "
                            "given)",
                            codebook_path(b), n, count_word(n, "was", "were"), first);
}

int bookgiven_verify(const struct codebook *b, struct ledger *l, int64_t target, struct err *e)
{
    struct verifying v = {b, false};

    if (ledger_marks(l, target, verify_mark, &v, e) != 0)
        return -1;
    return v.has_given || !codebook_is_list(b) ? 0 : refuse_strange(b, l, e);
}
