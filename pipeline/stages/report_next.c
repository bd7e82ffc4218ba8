/* report_next: what whoever started a run can do now, in its summary and on its page. */
#include "report_page.h"

#include <string.h>

static void put(struct report_advice *list, size_t *n, const char *words, const char *command)
{
    list[(*n)++] = (struct report_advice){words, command, false};
}

static const char *going_on_words(const struct report_summary *s, const struct report_next *next)
{
    if (next->planned && next->mend)
        return "to go on where this run ended: put right what is said above, then run what was "
               "planned, without the plan";
    if (next->planned && !next->usage)
        return "to go on where this run ended: run what was planned, without the plan";
    if (next->usage)
        return "to go on where this run ended: put right what is set, then run the command with it";
    if (next->mend)
        return "to go on where this run ended: put right what is said above, then run the command "
               "again";
    if (!next->no_settle || !(s->rows[STATUS_PENDING] || s->rows[STATUS_UNKNOWN]))
        return "to go on where this run ended: run the same command again";
    return next->claims ? "to go on where this run ended: run the same command again, without "
                          "--no-settle (or claimpipe settle, which needs no input)"
                        : "to go on where this run ended: run the same command again, without "
                          "--no-settle";
}

static void put_going_on(const struct report_summary *s, const struct report_next *next,
                         struct report_advice *list, size_t *n)
{
    const char *command = next->usage || next->mend || next->no_settle ? NULL : next->command;

    if (next->planned && !next->usage)
        command = next->planned;
    put(list, n, going_on_words(s, next), command);
    list[*n - 1].together = command && command == next->planned;
}

static bool goes_on(const struct report_summary *s, const struct report_next *next)
{
    /* What became of a message nobody can be asked. */
    bool asks = next->needs_server || !next->needs_mail || next->usage || next->mend;

    return s->rows[STATUS_PENDING] || s->rows[STATUS_UNSENT] || (s->rows[STATUS_UNKNOWN] && asks);
}

static void put_unknown(const struct report_next *next, struct report_advice *list, size_t *n)
{
    if (next->needs_server)
        put(list, n,
            "if rows stay unknown: see on the claim's page who has it; then --resend-unknown sends "
            "the rest, once",
            NULL);
    else if (next->needs_mail)
        put(list, n,
            "an unknown message may have reached its recipient or not: ask them, or find it in the "
            "archive (claimpipe bounces --archive); the same command with --resend-unknown sends "
            "these again, once",
            NULL);
}

size_t report_next_list(const struct report_summary *s, const struct report_next *next,
                        struct report_advice list[REPORT_NEXT_MAX])
{
    size_t n = 0;

    if (goes_on(s, next))
        put_going_on(s, next, list, &n);
    if (s->rows[STATUS_UNKNOWN])
        put_unknown(next, list, &n);
    if (s->rows[STATUS_FAILED] && !next->needs_server && !next->needs_mail) {
        put(list, &n,
            "to give the others codes as well: append to the list, or give the claim more codes "
            "(and raise --count), then run the same command again",
            NULL);
    } else if (s->rows[STATUS_FAILED] && !s->simulated) {
        put(list, &n, "to try the failed rows again", next->retry);
        list[n - 1].together = true;
    }
    return n;
}

void report_next_words(const struct report_summary *s, const struct report_next *next,
                       struct text *out)
{
    struct report_advice list[REPORT_NEXT_MAX];
    size_t n = report_next_list(s, next, list);

    for (size_t i = 0; i < n; i++) {
        text_printf(out, "\n%s", list[i].words);
        if (list[i].together && list[i].command)
            text_printf(out, ": %s", list[i].command);
    }
}
