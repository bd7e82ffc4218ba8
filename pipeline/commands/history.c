/*
 * history: each command opens the ledger, asks it, and writes what it says (runs: history_runs.c, report:
 * history_report.c).
 */
#include "commands/history.h"

#include "adapters/csvio.h"
#include "adapters/jsonout.h"
#include "adapters/outfile.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_care.h"
#include "ledger/ledger_copy.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define FLUSH_BYTES 65536

/* rc of the work, and the exit code that it comes to. */
static int exit_code(int rc, const struct err *e)
{
    return rc == 0 ? EXIT_DONE : (int)e->code;
}

/* ---- ledger check ---- */

struct checking {
    bool json;
    struct text out;
    struct jsonout findings;
};

static int put_finding(void *context, const char *finding, struct err *e)
{
    struct checking *c = context;

    if (c->json) {
        jsonout_text(&c->findings, NULL, finding);
    } else {
        visible_puts(&c->out, finding);
        text_puts(&c->out, "\n");
    }
    return text_ok(&c->out) ? 0 : err_nomem(e);
}

static void end_findings(struct checking *c, int n)
{
    if (!c->json) {
        text_puts(&c->out, n == 0 ? "ok\n" : "");
        return;
    }
    jsonout_close(&c->findings);
    jsonout_flag(&c->findings, "ok", n == 0);
    jsonout_end(&c->findings);
}

int history_check(const char *ledger, bool json, struct err *e)
{
    struct ledger *l = ledger_open_look(ledger, e);
    struct checking c = {.json = json};
    int n = -1, rc = -1;

    text_init(&c.out);
    if (l && json) {
        jsonout_init(&c.findings, &c.out);
        jsonout_text(&c.findings, "ledger", ledger);
        jsonout_list(&c.findings, "findings");
    }
    if (l) {
        n = ledger_check(l, put_finding, &c, e);
        end_findings(&c, n);
    }
    if (c.out.len > 0) /* also what was found before the check itself failed */
        rc = outfile_print(&c.out, e);
    if (n > 0)
        err_set(e, EXIT_OUTPUT,
                "ledger %s: %d things are wrong with it: put a copy of it back, or report this "
                "with what is shown",
                ledger, n);
    text_release(&c.out);
    ledger_close(l);
    return exit_code(n == 0 ? rc : -1, e);
}

/* ---- ledger export ---- */

struct exporting {
    struct outfile *out;
    struct text line;
};

/* No cell begins a formula, as in the results. */
static void put_field(struct exporting *x, const char *s)
{
    if (x->line.len > 0 && x->line.ptr[x->line.len - 1] != '\n')
        text_puts(&x->line, ",");
    csvio_append_safe(&x->line, slice_of(s), ',', '"');
}

static void put_number(struct exporting *x, int64_t n)
{
    text_printf(&x->line, ",%lld", (long long)n);
}

static void put_time(struct exporting *x, int64_t ms)
{
    char when[CLOCK_RFC3339_MAX];

    text_printf(&x->line, ",%s", ms ? clock_rfc3339(ms, when) : "");
}

static int put_item(void *context, const struct ledger_exported *from, struct err *e)
{
    struct exporting *x = context;
    const struct ledger_item *item = &from->item;

    put_field(x, from->action);
    put_field(x, from->url);
    put_field(x, from->target);
    put_field(x, item->recipient);
    put_field(x, state_name(item->state));
    put_field(x, item->attempt);
    put_field(x, from->error);
    put_number(x, item->tries);
    put_number(x, from->http_status);
    put_time(x, item->intent_ms);
    put_time(x, item->changed_ms);
    put_number(x, item->run);
    put_number(x, (int64_t)item->line);
    text_puts(&x->line, ",");
    if (item->code >= 0)
        text_printf(&x->line, "%lld", (long long)item->code);
    text_puts(&x->line, "\n");
    return outfile_drain(x->out, &x->line, FLUSH_BYTES, e);
}

int history_export(const char *ledger, const char *output, bool force, struct err *e)
{
    static const char header[] = "action,url,target,recipient,state,attempt_id,error,tries,"
                                 "http_status,intent_at,changed_at,run,line,code_index\n";
    struct ledger *l = ledger_open_look(ledger, e);
    struct exporting x = {.out = NULL};
    int rc = -1;

    text_init(&x.line);
    if (l && output && ledger_is_file(ledger, output))
        err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", output);
    else if (l && outfile_refuse_other(output ? output : "-", header, "-o", force, e) == 0)
        x.out = outfile_open(output ? output : "-", e);
    if (!x.out)
        goto done;
    text_puts(&x.line, header);
    rc =
        ledger_export(l, put_item, &x, e) == 0 && outfile_drain(x.out, &x.line, 1, e) == 0 ? 0 : -1;
    if (outfile_close(x.out, rc == 0, e) != 0)
        rc = -1;
done:
    text_release(&x.line);
    ledger_close(l);
    return exit_code(rc, e);
}

/* ---- ledger prune ---- */

static int read_date(const char *s, int64_t *out_ms)
{
    char again[CLOCK_RFC3339_MAX];
    struct tm day = {0};
    const char *end = strptime(s, "%Y-%m-%d", &day);
    int64_t ms;

    if (!end || *end)
        return -1;
    ms = (int64_t)timegm(&day) * 1000;
    /* 2026-02-30 would be the second of March. */
    clock_rfc3339(ms, again);
    if (ms < 0 || strlen(s) != 10 || strncmp(again, s, 10) != 0)
        return -1;
    *out_ms = ms;
    return 0;
}

static void put_pruned(const char *before, const struct ledger_pruned *p, struct text *out)
{
    if (p->rows == 0 && p->items == 0) {
        text_printf(out, "nothing older than %s to remove\n", before);
        return;
    }
    text_printf(out, "removed what is older than %s: ", before);
    count_put(out, (uint64_t)p->rows, "row", "rows");
    text_puts(out, " of ");
    count_put(out, (uint64_t)p->runs, "run", "runs");
    text_puts(out, ", and the reasons of ");
    count_put(out, (uint64_t)p->items, "item", "items");
    text_puts(out, "; every key, state, recipient and attempt id is kept\n");
}

static void put_pruned_json(const char *ledger, const char *before, const struct ledger_pruned *p,
                            struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_text(&j, "ledger", ledger);
    jsonout_text(&j, "before", before);
    jsonout_number(&j, "runs", p->runs);
    jsonout_number(&j, "rows", p->rows);
    jsonout_number(&j, "items", p->items);
    jsonout_end(&j);
}

int history_prune(const char *ledger, const char *before, bool accept, bool json, struct err *e)
{
    struct ledger_pruned p = {0, 0, 0};
    struct ledger *l;
    struct text out;
    int64_t before_ms;
    int rc;

    if (read_date(before, &before_ms) != 0) {
        err_set(e, EXIT_USAGE, "--before %s: give a day, such as 2026-01-31", before);
        return (int)e->code;
    }
    l = accept ? ledger_open_accepted(ledger, false, e) : ledger_open_known(ledger, e);
    rc = l ? ledger_prune(l, before_ms, &p, e) : -1;
    ledger_close(l);
    if (rc != 0)
        return (int)e->code;
    text_init(&out);
    if (json)
        put_pruned_json(ledger, before, &p, &out);
    else
        put_pruned(before, &p, &out);
    rc = outfile_print(&out, e);
    text_release(&out);
    return exit_code(rc, e);
}

/* ---- ledger backup, ledger restore ---- */

static void put_copied(const char *what, const char *path, const struct ledger_copied *c,
                       struct text *out)
{
    char when[CLOCK_RFC3339_MAX];

    text_printf(out, "%s %s: ", what, path);
    count_put(out, (uint64_t)c->runs, "run", "runs");
    text_puts(out, ", ");
    count_put(out, (uint64_t)c->items, "item", "items");
    if (c->last_ms)
        text_printf(out, ", the last change %s", clock_rfc3339(c->last_ms, when));
    if (c->aside[0])
        text_printf(out, "; what was there is kept as %s", c->aside);
    text_puts(out, "\n");
}

static void put_copied_json(const char *ledger, const char *path, const struct ledger_copied *c,
                            struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_text(&j, "ledger", ledger);
    jsonout_text(&j, "copy", path);
    jsonout_number(&j, "runs", c->runs);
    jsonout_number(&j, "items", c->items);
    jsonout_time(&j, "last_change_at", c->last_ms);
    jsonout_text(&j, "kept_as", c->aside[0] ? c->aside : NULL);
    jsonout_end(&j);
}

/* what: it has come to, in words; ledger: for JSON, else NULL. */
static int say_copied(const char *what, const char *ledger, const char *path,
                      const struct ledger_copied *c, struct err *e)
{
    struct text out;
    int rc;

    text_init(&out);
    if (ledger)
        put_copied_json(ledger, path, c, &out);
    else
        put_copied(what, path, c, &out);
    rc = outfile_print(&out, e);
    text_release(&out);
    return rc;
}

int history_backup(const char *ledger, const char *copy, bool replace, bool json, struct err *e)
{
    struct ledger_copied copied;
    struct ledger *l;
    int rc = -1;

    if (ledger_is_file(ledger, copy)) {
        err_set(e, EXIT_USAGE, "%s: is the ledger, or a file beside it: name another", copy);
        return (int)e->code;
    }
    l = ledger_open_look(ledger, e);
    if (l && ledger_backup(l, copy, replace, &copied, e) == 0)
        rc = say_copied("ledger copied to", json ? ledger : NULL, copy, &copied, e);
    ledger_close(l);
    return exit_code(rc, e);
}

int history_restore(const char *ledger, const char *copy, bool accept, bool json, struct err *e)
{
    struct ledger_copied copied;
    int rc = ledger_restore(ledger, copy, accept, &copied, e);

    if (rc == 0)
        rc = say_copied("ledger restored from", json ? ledger : NULL, copy, &copied, e);
    return exit_code(rc, e);
}
