/* verdict: what needs a person is said first, then what is open, then what is done. */
#include "policy/verdict.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 24

void verdict_number(uint64_t n, struct text *out)
{
    char digits[DIGITS_MAX];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text_puts(out, ",");
        text_append(out, &digits[i], 1);
    }
}

void verdict_count(uint64_t n, const char *one, const char *many, struct text *out)
{
    verdict_number(n, out);
    text_printf(out, " %s", n == 1 ? one : many);
}

/* ---- which ---- */

static uint64_t count_all(const uint64_t *rows)
{
    uint64_t n = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        n += rows[i];
    return n;
}

static uint64_t count_person(const uint64_t *rows)
{
    return rows[STATUS_FAILED] + rows[STATUS_INVALID] + rows[STATUS_UNKNOWN];
}

static uint64_t count_open(const uint64_t *rows)
{
    return rows[STATUS_PENDING] + rows[STATUS_UNSENT];
}

enum verdict verdict_of(const struct verdict_facts *f)
{
    if (f->stopped)
        return VERDICT_STOPPED;
    if (count_person(f->rows) > 0)
        return VERDICT_PERSON;
    return f->running || count_open(f->rows) > 0 ? VERDICT_OPEN : VERDICT_DONE;
}

/* ---- in words ---- */

/* `: 5 issued, 1 duplicate, 2 skipped` of those that there are. */
static void list_done(const struct verdict_facts *f, struct text *out)
{
    static const struct {
        enum status status;
        const char *one, *many;
    } words[] = {{STATUS_SUCCESS, "issued", "issued"},
                 {STATUS_DUPLICATE, "duplicate", "duplicates"},
                 {STATUS_SKIPPED, "skipped", "skipped"}};
    const char *before = ": ";

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        uint64_t n = f->rows[words[i].status];

        if (n == 0)
            continue;
        text_puts(out, before);
        if (f->simulated && words[i].status == STATUS_SUCCESS)
            verdict_count(n, "would succeed", "would succeed", out);
        else
            verdict_count(n, words[i].one, words[i].many, out);
        before = ", ";
    }
}

static void say_done(const struct verdict_facts *f, uint64_t all, struct text *out)
{
    if (all == 0) {
        text_puts(out, "The input has no rows");
        return;
    }
    if (f->rows[STATUS_SKIPPED] == all) {
        text_puts(out, "Nothing was to be done: ");
        text_puts(out, all == 1 ? "the one row was skipped" : "all rows were skipped");
        return;
    }
    if (all == 1) {
        text_puts(out, f->simulated ? "The one row was tried" : "The one row is done");
    } else {
        text_puts(out, "All ");
        verdict_number(all, out);
        text_puts(out, f->simulated ? " rows were tried" : " rows are done");
    }
    list_done(f, out);
}

static void say_person(const struct verdict_facts *f, uint64_t all, struct text *out)
{
    uint64_t n = count_person(f->rows);

    verdict_number(n, out);
    text_puts(out, " of ");
    verdict_count(all, "row", "rows", out);
    text_puts(out, n == 1 ? " needs a person" : " need a person");
    list_done(f, out);
}

static void say_open(const struct verdict_facts *f, struct text *out)
{
    uint64_t pending = f->rows[STATUS_PENDING], unsent = f->rows[STATUS_UNSENT];

    if (pending > 0) {
        text_puts(out, "; ");
        verdict_count(pending, "waits for the server", "wait for the server", out);
    }
    if (unsent > 0) {
        text_puts(out, "; ");
        verdict_count(unsent, "was not sent", "were not sent", out);
    }
}

void verdict_say(const struct verdict_facts *f, struct text *out)
{
    uint64_t all = count_all(f->rows), open = count_open(f->rows);

    if (f->simulated)
        text_puts(out, "A dry run, in which nothing was issued. ");
    if (f->stopped)
        text_puts(out, "The run stopped early. ");
    else if (f->running)
        text_puts(out, "The run has not ended yet. ");
    if (count_person(f->rows) > 0) {
        say_person(f, all, out);
    } else if (open > 0) {
        verdict_number(all - open, out);
        text_puts(out, " of ");
        verdict_count(all, "row is done", "rows are done", out);
        list_done(f, out);
    } else {
        say_done(f, all, out);
    }
    say_open(f, out);
    text_puts(out, ".");
}
