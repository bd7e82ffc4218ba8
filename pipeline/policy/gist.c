/* gist: what needs a person is said first, then what is open, then what is done. */
#include "policy/gist.h"

#include "base/count.h"
#include "base/text.h"

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

enum gist gist_of(const struct gist_facts *f)
{
    if (f->stopped)
        return GIST_STOPPED;
    if (count_person(f->rows) > 0)
        return GIST_PERSON;
    return f->running || count_open(f->rows) > 0 ? GIST_OPEN : GIST_DONE;
}

/* ---- in words ---- */

/* `: 5 issued, 1 duplicate, 2 skipped` of those that there are. */
static void list_done(const struct gist_facts *f, const char *before, struct text *out)
{
    static const struct {
        enum status status;
        const char *one, *many;
    } words[] = {{STATUS_SUCCESS, "issued", "issued"},
                 {STATUS_DUPLICATE, "duplicate", "duplicates"},
                 {STATUS_SKIPPED, "skipped", "skipped"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        uint64_t n = f->rows[words[i].status];

        if (n == 0)
            continue;
        text_puts(out, before);
        if (f->simulated && words[i].status == STATUS_SUCCESS)
            count_put(out, n, "would succeed", "would succeed");
        else
            count_put(out, n, words[i].one, words[i].many);
        before = ", ";
    }
}

static void say_done(const struct gist_facts *f, uint64_t all, struct text *out)
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
        count_number(out, all);
        text_puts(out, f->simulated ? " rows were tried" : " rows are done");
    }
    list_done(f, ": ", out);
}

static void say_person(const struct gist_facts *f, uint64_t all, struct text *out)
{
    uint64_t n = count_person(f->rows);

    count_number(out, n);
    text_puts(out, " of ");
    count_put(out, all, "row", "rows");
    text_puts(out, n == 1 ? " needs a person" : " need a person");
    list_done(f, ". The rest: ", out);
}

static void say_open(const struct gist_facts *f, struct text *out)
{
    uint64_t pending = f->rows[STATUS_PENDING], unsent = f->rows[STATUS_UNSENT];

    if (pending > 0) {
        text_puts(out, "; ");
        count_put(out, pending, "waits for the server", "wait for the server");
    }
    if (unsent > 0) {
        text_puts(out, "; ");
        count_put(out, unsent, "was not sent", "were not sent");
    }
}

void gist_say(const struct gist_facts *f, struct text *out)
{
    uint64_t all = count_all(f->rows), open = count_open(f->rows);

    if (f->stopped && all == 0) {
        text_puts(out, "The run could not begin.");
        return;
    }
    if (f->simulated)
        text_puts(out, "A dry run, in which nothing was issued. ");
    if (f->stopped)
        text_puts(out, "The run stopped early. ");
    else if (f->running)
        text_puts(out, "The run has not ended yet. ");
    if (count_person(f->rows) > 0) {
        say_person(f, all, out);
    } else if (open > 0) {
        count_number(out, all - open);
        text_puts(out, " of ");
        count_put(out, all, "row is done", "rows are done");
        list_done(f, ": ", out);
    } else {
        say_done(f, all, out);
    }
    say_open(f, out);
    text_puts(out, ".");
}
