/* report: see the header for what is written. */
#include "stages/report.h"

#include "adapters/csvio.h"
#include "adapters/ledger.h"
#include "adapters/outfile.h"
#include "base/clock.h"
#include "base/mem.h"
#include "policy/added.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 640
#define FLUSH_BYTES 65536

/* The texts of one row's added columns. */
struct cells {
    enum status status;
    char error[CELL_MAX], note[CELL_MAX];
    const char *recipient, *attempt, *link;
    unsigned tries;
    int http_status;
    char finished[CLOCK_RFC3339_MAX];
};

struct report {
    const struct report_options *o;
    const struct input_facts *facts;
    struct outfile *file;
    struct text out;
    size_t kept; /* columns of the input that are written again */
    struct report_summary *summary;
};

/* ---- writing ---- */

static void put_field(struct report *r, struct slice field)
{
    csvio_append(&r->out, field, r->facts->delimiter);
}

static void put_delimiter(struct report *r)
{
    text_append(&r->out, &r->facts->delimiter, 1);
}

/* A text of ours: the server's words may begin like a formula. */
static void put_added(struct report *r, const char *s)
{
    put_delimiter(r);
    csvio_append_safe(&r->out, slice_of(s), r->facts->delimiter);
}

static void put_number(struct report *r, int64_t n)
{
    put_delimiter(r);
    if (n)
        text_printf(&r->out, "%lld", (long long)n);
}

static int flush(struct report *r, size_t least, struct err *e)
{
    if (!text_ok(&r->out))
        return err_nomem(e);
    if (r->out.len < least)
        return 0;
    if (outfile_write(r->file, r->out.ptr, r->out.len, e) != 0)
        return -1;
    text_clear(&r->out);
    return 0;
}

static void put_header(struct report *r)
{
    const struct columns *header = &r->facts->header;

    r->kept = added_at(header);
    if (r->facts->bom)
        text_puts(&r->out, "\xef\xbb\xbf");
    for (size_t i = 0; i < r->kept; i++) {
        if (i > 0)
            put_delimiter(r);
        put_field(r, header->names[i]);
    }
    for (size_t i = 0; i < ADDED_COUNT; i++) {
        if (i > 0 || r->kept > 0)
            put_delimiter(r);
        added_append_name(header, r->kept, i, &r->out);
    }
    text_puts(&r->out, r->facts->line_end);
}

static void put_row(struct report *r, const struct record *record, const struct cells *c)
{
    for (size_t i = 0; i < r->kept; i++) {
        if (i > 0)
            put_delimiter(r);
        if (i < record->nfields)
            put_field(r, record->fields[i]);
    }
    put_added(r, status_name(c->status));
    put_added(r, c->error);
    put_added(r, c->note);
    put_added(r, r->o->action);
    put_added(r, r->o->target);
    put_added(r, c->recipient);
    put_added(r, c->attempt);
    put_added(r, ""); /* code: this action gives none out */
    put_added(r, c->link);
    put_number(r, c->tries);
    put_number(r, c->http_status);
    put_added(r, c->finished);
    for (size_t i = r->facts->header.n; i < record->nfields; i++) {
        put_delimiter(r);
        put_field(r, record->fields[i]);
    }
    text_puts(&r->out, r->facts->line_end);
}

/* ---- what became of a row ---- */

static void say_duplicate(const struct report *r, const struct ledger_result *l, struct cells *c)
{
    char when[CLOCK_RFC3339_MAX];

    if (l->row.of_run == r->o->run)
        snprintf(c->error, sizeof(c->error), "same recipient as line %llu",
                 (unsigned long long)l->row.of_line);
    else
        snprintf(c->error, sizeof(c->error), "done in run %lld (line %llu) at %s",
                 (long long)l->row.of_run, (unsigned long long)l->row.of_line,
                 clock_rfc3339(l->item.changed_ms, when));
}

/* A row that owns an item shows the item's state. */
static void say_owner(const struct report *r, const struct ledger_result *l, struct cells *c)
{
    c->status = state_status(l->item.state);
    slice_line(slice_of(l->item_error), c->error, sizeof(c->error));
    c->attempt = l->item.attempt;
    c->tries = l->item.tries;
    c->http_status = l->http_status;
    if (l->item.state == STATE_SUCCESS || l->item.state == STATE_FAILED)
        clock_rfc3339(l->item.changed_ms, c->finished);
    if (l->item.state == STATE_SENDING)
        snprintf(c->error, sizeof(c->error), "sent, and no answer is known");
    if (l->item.state == STATE_SENDING || l->item.state == STATE_ACCEPTED)
        snprintf(c->note, sizeof(c->note), "run the same command again to find out");
    if (l->item.state == STATE_UNKNOWN)
        snprintf(c->note, sizeof(c->note),
                 "run again to ask once more; --resend-unknown sends it again, perhaps twice");
    if (l->reserved) {
        snprintf(c->note, sizeof(c->note),
                 "reserved: the recipient has still to sign in and finish the claim");
        c->link = r->o->link ? r->o->link : "";
    }
}

/* l: what the ledger knows of the row, or NULL. */
static void judge(const struct report *r, const struct ledger_result *l, struct cells *c)
{
    *c = (struct cells){.status = STATUS_UNSENT, .recipient = "", .attempt = "", .link = ""};
    if (!l)
        return;
    if (l->row.kind == LEDGER_ROW_INVALID || l->row.kind == LEDGER_ROW_SKIPPED) {
        c->status = l->row.kind == LEDGER_ROW_INVALID ? STATUS_INVALID : STATUS_SKIPPED;
        slice_line(slice_of(l->row.error), c->error, sizeof(c->error));
        return;
    }
    c->recipient = l->item.recipient;
    if (l->row.kind == LEDGER_ROW_DUPLICATE) {
        c->status = STATUS_DUPLICATE;
        say_duplicate(r, l, c);
    } else {
        say_owner(r, l, c);
    }
}

/* ---- the summary ---- */

/* Take values out of a reason: what stands in quotes after a colon, and numbers of lines. */
static void generalise(const char *error, char out[REPORT_REASON_MAX])
{
    const char *value = strstr(error, ": \""), *rest = value ? strchr(value + 3, '"') : NULL;

    if (rest)
        snprintf(out, REPORT_REASON_MAX, "%.*s: …%.100s", (int)(value - error), error, rest + 1);
    else
        slice_line(slice_of(error), out, REPORT_REASON_MAX);
}

static void count_reason(struct report_summary *s, const struct cells *c, uint64_t line)
{
    char text[REPORT_REASON_MAX];
    struct report_reason *reason;
    size_t i = 0;

    s->rows[c->status]++;
    if (c->status != STATUS_FAILED && c->status != STATUS_INVALID && c->status != STATUS_UNKNOWN)
        return;
    generalise(c->error, text);
    while (i < s->n_reasons &&
           (s->reasons[i].status != c->status || strcmp(s->reasons[i].text, text) != 0))
        i++;
    if (i == REPORT_REASONS_MAX) {
        s->other_reasons++;
        return;
    }
    reason = &s->reasons[i];
    if (i == s->n_reasons) {
        reason->status = c->status;
        reason->first_line = line;
        memcpy(reason->text, text, sizeof(text));
        s->n_reasons++;
    }
    reason->rows++;
}

static int by_rows(const void *a, const void *b)
{
    const struct report_reason *x = a, *y = b;

    if (x->status != y->status)
        return x->status < y->status ? -1 : 1;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return x->first_line < y->first_line ? -1 : 1;
}

void report_words(const struct report_summary *s, struct text *out)
{
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += s->rows[i];
    text_printf(out, "%llu rows", (unsigned long long)total);
    for (int i = 0; i < STATUS_COUNT; i++)
        if (s->rows[i])
            text_printf(out, ", %llu %s", (unsigned long long)s->rows[i],
                        status_name((enum status)i));
    for (size_t i = 0; i < s->n_reasons; i++)
        text_printf(out, "\n  %7llu %s: %s (first on line %llu)",
                    (unsigned long long)s->reasons[i].rows, status_name(s->reasons[i].status),
                    s->reasons[i].text, (unsigned long long)s->reasons[i].first_line);
    if (s->other_reasons)
        text_printf(out, "\n  %7llu for other reasons", (unsigned long long)s->other_reasons);
}

/* ---- the pass ---- */

static int write_rows(struct report *r, const struct source *in, struct ledger_cursor *cursor,
                      struct batch *b, struct err *e)
{
    struct ledger_result known;
    int have = ledger_cursor_next(cursor, &known, e);

    for (;;) {
        if (have < 0 || in->next(in->context, b, e) != 0)
            return -1;
        if (b->n == 0)
            return 0;
        for (size_t i = 0; i < b->n; i++) {
            const struct record *record = &b->records[i];
            bool mine = have == 1 && known.row.row == record->row;
            struct cells c;

            judge(r, mine ? &known : NULL, &c);
            count_reason(r->summary, &c, record->line);
            put_row(r, record, &c);
            if (flush(r, FLUSH_BYTES, e) != 0)
                return -1;
            if (mine)
                have = ledger_cursor_next(cursor, &known, e);
        }
    }
}

int report_write(const struct source *in, struct ledger *l, const struct report_options *o,
                 struct outfile *out, struct report_summary *summary, struct err *e)
{
    struct report r = {.o = o, .facts = in->facts, .file = out, .summary = summary};
    struct batch *b = mem_zero(1, sizeof(*b));
    struct ledger_cursor *cursor = NULL;
    int rc = -1;

    memset(summary, 0, sizeof(*summary));
    text_init(&r.out);
    if (!b) {
        err_nomem(e);
        goto done;
    }
    batch_init(b);
    cursor = ledger_cursor_open(l, o->run, e);
    if (!cursor || in->rewind(in->context, e) != 0)
        goto done;
    put_header(&r);
    if (write_rows(&r, in, cursor, b, e) != 0 || flush(&r, 1, e) != 0)
        goto done;
    qsort(summary->reasons, summary->n_reasons, sizeof(summary->reasons[0]), by_rows);
    rc = 0;
done:
    ledger_cursor_close(cursor);
    if (b)
        batch_release(b);
    free(b);
    text_release(&r.out);
    return rc;
}
