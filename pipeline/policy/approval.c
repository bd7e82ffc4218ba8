/* approval: compares what was checked with what is. */
#include "policy/approval.h"

#include "base/text.h"

#include <string.h>

static bool put(bool differs, const char *what, bool before, struct text *words)
{
    if (differs)
        text_printf(words, "%s%s", before ? ", " : "", what);
    return before || differs;
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

static void put_ledger(const struct approval_facts *then, const struct approval_facts *now,
                       struct text *words)
{
    if (then->known != now->known)
        text_printf(words, " (it knew %lld item%s of these targets, now %lld)",
                    (long long)then->known, plural(then->known), (long long)now->known);
    else
        text_puts(words, " (what it knows of these targets is not what it knew)");
}

/* The rows follow from all else, so that they are named only where nothing else tells why: a filter that reads today's
 * date, a preset that was changed. */
static void put_rows(const struct approval_facts *then, const struct approval_facts *now,
                     struct text *words)
{
    text_printf(words, "the rows that would be acted for (then %lld, now %lld",
                (long long)then->act, (long long)now->act);
    text_puts(words, then->act == now->act ? ", but others)" : ")");
}

bool approval_differs(const struct approval_facts *then, const struct approval_facts *now,
                      struct text *words)
{
    bool any = put(strcmp(then->input, now->input) != 0, "the input", false, words);

    any = put(strcmp(then->job, now->job) != 0, "the job file", any, words);
    any = put(strcmp(then->lists, now->lists) != 0,
              "a lookup, table of routes, list of codes or letter", any, words);
    any = put(strcmp(then->targets, now->targets) != 0,
              "the targets (the API's URL, a seed or a list of codes is another)", any, words);
    if (strcmp(then->ledger, now->ledger) != 0) {
        any = put(true, "the ledger", any, words);
        put_ledger(then, now, words);
    }
    if (!any && strcmp(then->rows, now->rows) != 0) {
        any = true;
        put_rows(then, now, words);
    }
    return any;
}
