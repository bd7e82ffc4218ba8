/* page_index: the template is walked place by place; the table is made in memory, for it is bounded. */
#include "stages/page_index.h"

#include "adapters/outfile.h"
#include "base/count.h"
#include "base/text.h"
#include "policy/gist.h"
#include "stages/page.h"

#include <inttypes.h>
#include <string.h>

struct index {
    const char *title;
    const struct page_run *runs;
    size_t n;
};

static struct gist_facts facts_of(const struct page_run *r)
{
    return (struct gist_facts){
        .rows = r->rows, .running = r->ended_ms == 0, .stopped = r->stopped && *r->stopped};
}

static bool needs_person(const struct page_run *r)
{
    const struct gist_facts f = facts_of(r);
    enum gist gist = gist_of(&f);

    return gist == GIST_PERSON || gist == GIST_STOPPED;
}

static size_t count(const struct index *x, bool (*is)(const struct page_run *))
{
    size_t n = 0;

    for (size_t i = 0; i < x->n; i++)
        n += is(&x->runs[i]);
    return n;
}

/* ---- the table ---- */

/* A path as the reference of a link: what could begin or end a part of a URL is encoded, and so is a scheme's colon. */
static void put_reference(struct text *out, const char *path)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~/";

    for (; *path; path++) {
        if (strchr(plain, *path))
            text_append(out, path, 1);
        else
            text_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
    }
}

static void put_link(struct text *out, const char *path, const char *words, const char *of)
{
    if (!path)
        return;
    text_puts(out, "<a href=\"");
    put_reference(out, path);
    text_printf(out, "\">%s<span class=\"unseen\"> of ", words);
    page_put(out, of);
    text_puts(out, "</span></a> ");
}

static void put_counts(struct text *out, const struct page_run *r)
{
    text_puts(out, "<td role=\"cell\" data-label=\"Rows\">");
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (!r->rows[i])
            continue;
        text_printf(out, "<span class=\"tag s-%s\">", status_name((enum status)i));
        count_number(out, r->rows[i]);
        text_printf(out, " %s</span> ", status_name((enum status)i));
    }
    text_puts(out, "</td>");
}

static void put_run(struct text *out, const struct page_run *r)
{
    const struct gist_facts f = facts_of(r);

    text_puts(out, "<tr role=\"row\"><td role=\"cell\" data-label=\"Started\">");
    page_put_time(out, r->started_ms);
    text_puts(out, "</td><th role=\"rowheader\" scope=\"row\" data-label=\"Input\"><bdi>");
    page_put(out, r->name);
    text_puts(out, "</bdi>");
    if (r->run)
        text_printf(out, " <small>run %" PRId64 "</small>", r->run);
    text_puts(out, "</th><td role=\"cell\" data-label=\"How it went\">");
    gist_say(&f, out);
    if (f.stopped) {
        text_puts(out, " <small>");
        page_put(out, r->stopped);
        text_puts(out, "</small>");
    }
    text_puts(out, "</td>");
    put_counts(out, r);
    text_puts(out, "<td role=\"cell\" data-label=\"Files\">");
    put_link(out, r->page, "page", r->name);
    put_link(out, r->results, "results", r->name);
    text_puts(out, "</td></tr>\n");
}

static void put_runs(struct text *out, const struct index *x)
{
    static const char *const columns[] = {"Started", "Input", "How it went", "Rows", "Files"};
    size_t shown = x->n < PAGE_INDEX_MAX ? x->n : PAGE_INDEX_MAX;

    if (x->n == 0)
        return;
    text_puts(out, "<section aria-labelledby=\"runs\">\n<h2 id=\"runs\">Runs</h2>\n<div "
                   "class=\"wide\"><table role=\"table\" class=\"runs\"><caption>The newest first");
    if (shown < x->n) {
        text_puts(out, ": ");
        count_number(out, shown);
        text_puts(out, " of ");
        count_number(out, x->n);
    }
    text_puts(out, "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">");
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        text_printf(out, "<th role=\"columnheader\" scope=\"col\">%s</th>", columns[i]);
    text_puts(out, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
    for (size_t i = 0; i < shown; i++)
        put_run(out, &x->runs[i]);
    text_puts(out, "</tbody></table></div>\n</section>\n");
}

/* ---- the page ---- */

static void put_sentence(struct text *out, const struct index *x)
{
    size_t person = count(x, needs_person);

    if (x->n == 0) {
        text_puts(out, "There was no run yet.");
    } else if (person == 0) {
        count_put(out, x->n, "run, which needs nobody.", "runs, of which none needs a person.");
    } else {
        count_number(out, person);
        text_puts(out, " of ");
        count_put(out, x->n, "run", "runs");
        text_puts(out, person == 1 ? " needs a person." : " need a person.");
    }
}

static int put_place(struct text *out, struct slice place, const struct index *x, struct err *e)
{
    if (slice_is(place, "policy"))
        return page_put_policy(out, NULL, e);
    if (slice_is(place, "title"))
        page_put(out, x->title);
    else if (slice_is(place, "style"))
        text_puts(out, page_style_css);
    else if (slice_is(place, "verdict"))
        text_puts(out, count(x, needs_person) > 0 ? "person" : x->n > 0 ? "done" : "open");
    else if (slice_is(place, "sentence"))
        put_sentence(out, x);
    else if (slice_is(place, "runs"))
        put_runs(out, x);
    else if (slice_is(place, "version"))
        text_puts(out, "claimpipe " CLAIMPIPE_VERSION);
    return 0;
}

static int fill(struct text *out, const struct index *x, struct err *e)
{
    for (const char *at = page_index_html; at;) {
        struct slice before, place;

        at = page_next(at, &before, &place);
        text_append(out, before.ptr, before.len);
        if (place.ptr && put_place(out, place, x, e) != 0)
            return -1;
    }
    return text_ok(out) ? 0 : err_nomem(e);
}

int page_index_write(const char *path, const char *title, const struct page_run *runs, size_t n,
                     struct err *e)
{
    const struct index x = {title, runs, n};
    struct outfile *f;
    struct text out;
    int rc;

    text_init(&out);
    rc = fill(&out, &x, e);
    f = rc == 0 ? outfile_open(path, e) : NULL;
    if (f) {
        rc = outfile_write(f, out.ptr, out.len, e);
        if (outfile_close(f, rc == 0, e) != 0)
            rc = -1;
    } else {
        rc = -1;
    }
    text_release(&out);
    return rc;
}
