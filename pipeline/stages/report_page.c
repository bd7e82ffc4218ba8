/*
 * report_page: an HTML page of a run: opened (the template to where the rows stand) -> rows -> end (the rest of it).
 *
 * The rows that need a person are JSON, written as they come along, so that a page of any run takes the same memory here;
 * the page's script shows a hundred of them at a time.  What is said of the run as a whole stands behind them in the
 * file, for it is known last.  Of all other rows only the time is looked at.
 *
 * A page has at most ROWS_MAX rows; the others are where all are, in the results.
 */
#include "report_page.h"

#include "adapters/outfile.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "stages/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 200000
#define PLAIN_ROWS 200
#define CELL_MAX 320
#define DRAIN ((size_t)64 << 10)

/* ---- the template ---- */

static void put_style(struct report_page *p, const struct report_summary *s)
{
    (void)s;
    text_puts(&p->buffer, page_style_css);
}

static void put_script(struct report_page *p, const struct report_summary *s)
{
    (void)s;
    text_puts(&p->buffer, page_run_js);
}

static void put_version(struct report_page *p, const struct report_summary *s)
{
    (void)s;
    text_puts(&p->buffer, "claimpipe " CLAIMPIPE_VERSION);
}

static const struct {
    const char *name;
    report_page_part *put;
} parts[] = {
    {"title", report_page_title},      {"style", put_style},
    {"verdict", report_page_verdict},  {"sentence", report_page_sentence},
    {"about", report_page_about},      {"counts", report_page_counts},
    {"next", report_page_next},        {"timeline", report_page_timeline},
    {"reasons", report_page_reasons},  {"people", report_page_people},
    {"plain", report_page_plain_rows}, {"facts", report_page_facts},
    {"version", put_version},          {"script", put_script},
};

static int put_part(struct report_page *p, struct slice place, const struct report_summary *s,
                    struct err *e)
{
    if (slice_is(place, "policy"))
        return page_put_policy(&p->buffer, page_run_js, e);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (slice_is(place, parts[i].name))
            parts[i].put(p, s);
    return 0;
}

/* Up to the place of the rows, or to the end. */
static int put_template(struct report_page *p, const struct report_summary *s, struct err *e)
{
    while (p->rest) {
        struct slice before, place;

        p->rest = page_next(p->rest, &before, &place);
        text_append(&p->buffer, before.ptr, before.len);
        if (place.ptr && slice_is(place, "rows"))
            break;
        if (place.ptr && put_part(p, place, s, e) != 0)
            return -1;
    }
    return outfile_drain(p->file, &p->buffer, 0, e);
}

/* ---- rows ---- */

static void note_time(struct report_page *p, const struct report_added *added)
{
    int64_t at_ms = added->finished_ms;

    if (at_ms == 0)
        return;
    if (p->ended_ms > 0 && at_ms > p->ended_ms)
        p->later++;
    else
        timeline_add(&p->times, added->status == STATUS_SUCCESS ? TIMELINE_ISSUED : TIMELINE_FAILED,
                     at_ms, 1);
}

/* [line,status,who,error,note,target]: statuses by their place in `names` of report_page_facts. */
static void put_person(struct report_page *p, const struct report_row *row)
{
    const struct report_added *added = &row->added[0];
    const char *target = added->texts[ADDED_TARGET];
    struct text *out = &p->buffer;

    text_printf(out, "%s\n[%" PRIu64 ",%d,", p->listed > 1 ? "," : "", row->record->line,
                added->status == STATUS_FAILED    ? 0
                : added->status == STATUS_INVALID ? 1
                                                  : 2);
    page_quote(out, report_page_who(p, row), CELL_MAX);
    text_puts(out, ",");
    page_quote(out, added->texts[ADDED_ERROR], CELL_MAX);
    text_puts(out, ",");
    page_quote(out, added->texts[ADDED_NOTE], CELL_MAX);
    if (strcmp(p->target.ptr, target) != 0) {
        text_clear(&p->target);
        text_puts(&p->target, target);
        text_puts(out, ",");
        page_quote(out, target, CELL_MAX);
    }
    text_puts(out, "]");
}

static int take_row(void *context, const struct report_row *row, struct err *e)
{
    struct report_page *p = context;
    size_t steps = p->aims->steps;

    if (steps == 1)
        note_time(p, &row->added[0]);
    for (size_t i = 1; steps > 1 && i <= steps; i++)
        note_time(p, &row->added[i]);
    report_page_back(p, row);
    if (!text_ok(&p->back))
        return err_nomem(e);
    if (!report_has(REPORT_PERSON, row->added[0].status))
        return 0;
    if (p->people++ >= ROWS_MAX)
        return 0;
    p->listed++;
    put_person(p, row);
    if (p->listed <= PLAIN_ROWS)
        report_page_plain(p, row);
    return text_ok(&p->target) && text_ok(&p->first) && text_ok(&p->who)
               ? outfile_drain(p->file, &p->buffer, DRAIN, e)
               : err_nomem(e);
}

/* ---- the form ---- */

static int end(void *context, struct report_summary *s, struct err *e)
{
    return put_template(context, s, e);
}

static void close_page(void *context)
{
    struct report_page *p = context;

    text_release(&p->back);
    text_release(&p->first);
    text_release(&p->target);
    text_release(&p->who);
    text_release(&p->buffer);
    free(p->input);
    free(p);
}

static int keep_past(void *context, const struct ledger_past *run, struct err *e)
{
    struct report_page *p = context;

    p->input = mem_copy(run->input, strlen(run->input));
    p->started_ms = run->started_ms;
    p->ended_ms = p->o->ended_ms ? p->o->ended_ms : run->ended_ms;
    return p->input ? 0 : err_nomem(e);
}

static int load(struct report_page *p, struct ledger *l, struct err *e)
{
    int known;

    if (ledger_run_find(l, p->o->run, keep_past, p, e) < 0)
        return -1;
    timeline_init(&p->times, p->started_ms);
    known = ledger_pace_find(l, p->o->run, &p->times, &p->pace, e);
    p->paced = known == 1;
    return known < 0 ? -1 : 0;
}

int report_page(struct report_form *form, const struct report_options *o,
                const struct report_aims *aims, const struct input_facts *facts, struct ledger *l,
                const struct report_file *file, struct err *e)
{
    struct report_page *p = mem_zero(1, sizeof(*p));

    if (!p)
        return err_nomem(e);
    *p = (struct report_page){
        .o = o, .aims = aims, .facts = facts, .file = file->out, .rest = page_run_html};
    text_init(&p->buffer);
    text_init(&p->target);
    text_init(&p->who);
    text_init(&p->back);
    text_init(&p->first);
    if (load(p, l, e) != 0 || put_template(p, NULL, e) != 0) {
        close_page(p);
        return -1;
    }
    *form = (struct report_form){p, take_row, end, close_page};
    return 0;
}
