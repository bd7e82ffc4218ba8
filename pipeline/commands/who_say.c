/*
 * who_say: what was done for a person, in words, a block for each thing; or as JSON, with all of its rows.
 *
 * Somebody who stands in a nightly export is a duplicate every night: in words a few of these rows are shown, and the
 * last.
 */
#include "who_internal.h"

#include "adapters/outfile.h"
#include "base/clock.h"
#include "base/visible.h"
#include "policy/runwords.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_WIDTH 10
#define ROWS_SHOWN 3
#define USUAL_API "https://api.bitbadges.io"

const char *who_row_status(const struct ledger_people_item *item, int64_t run,
                           const struct ledger_row *row)
{
    const struct ledger_item *i = &item->item;

    switch (row->kind) {
    case LEDGER_ROW_DUPLICATE:
        return status_name(STATUS_DUPLICATE);
    case LEDGER_ROW_INVALID:
        return status_name(STATUS_INVALID);
    case LEDGER_ROW_SKIPPED:
        return status_name(STATUS_SKIPPED);
    default:
        if (row->left.to_run)
            return status_name(state_status(row->left.state));
        /* what failed there may have been done by a later run */
        return status_name(run != i->run && run == i->failed_run ? STATUS_FAILED
                                                                 : state_status(i->state));
    }
}

static int drain(struct who *w, size_t least, struct err *e)
{
    int rc;

    if (text_ok(&w->out) && w->out.len < least)
        return 0;
    rc = outfile_print(&w->out, e);
    text_clear(&w->out);
    return rc;
}

/* ---- in words ---- */

static void put_label(struct text *out, const char *label)
{
    text_printf(out, "  %-*s", LABEL_WIDTH, label);
}

static void put_line(struct text *out, const char *label, const char *words)
{
    if (!*words)
        return;
    put_label(out, label);
    visible_puts(out, words);
    text_puts(out, "\n");
}

/* `code for claim c1 (seed:0a1b2c3d): success` */
static void put_title(struct text *out, const struct who_done *d)
{
    const struct ledger_people_item *from = d->from;
    const struct ledger_item *item = &from->item;

    text_puts(out, from->action);
    if (*from->claim) {
        text_puts(out, " for claim ");
        visible_puts(out, from->claim);
    }
    text_puts(out, *from->claim ? " (" : " ");
    visible_append(out, (struct slice){from->target, runwords_shown(from->target)}, "");
    text_puts(out, *from->claim ? ")" : "");
    if (*from->url && strcmp(from->url, USUAL_API) != 0) {
        text_puts(out, " at ");
        visible_puts(out, from->url);
    }
    text_puts(out, ": ");
    text_puts(out, item->state == STATE_ELSEWHERE ? "claimed elsewhere" : d->status);
    text_puts(out, item->removed ? " (to remove)" : "");
    text_puts(out, "\n");
}

static void put_place(struct text *out, int64_t run, uint64_t line, const char *input)
{
    text_printf(out, "run %" PRId64 ", line %" PRIu64 " of ", run, line);
    if (strcmp(input, "-") == 0)
        text_puts(out, "standard input");
    else
        visible_puts(out, input);
}

static void put_done(struct who *w, const struct who_done *d)
{
    const struct ledger_people_item *from = d->from;
    const struct ledger_item *item = &from->item;
    char when[CLOCK_RFC3339_MAX];
    struct text *out = &w->out;

    text_puts(out, "\n");
    put_title(out, d);
    put_label(out, "when");
    text_printf(out, "%s, ", clock_rfc3339(item->changed_ms, when));
    put_place(out, item->run, item->line, from->input);
    text_puts(out, "\n");
    put_label(out, "recipient");
    visible_puts(out, item->recipient);
    text_puts(out, from->looked_up ? ", which a lookup gave\n" : "\n");
    put_line(out, "attempt", item->attempt);
    put_line(out, "error", item->state == STATE_SUCCESS ? "" : from->error);
    if (d->kept)
        text_printf(out, "  %-*sin run %" PRId64 ", not tried again\n", LABEL_WIDTH, "failed",
                    d->kept);
    if (item->code >= 0)
        text_printf(out, "  %-*snumber %" PRId64 "%s%s\n", LABEL_WIDTH, "code", item->code,
                    d->code[0] ? ": " : "", d->code);
    put_line(out, "link", d->link);
    put_line(out, "note", d->note);
    put_line(out, "mail", d->back);
}

static void put_row(struct text *out, const struct ledger_people_item *item, int64_t run,
                    const char *input, const struct ledger_row *row)
{
    put_label(out, item ? "also" : "not done");
    put_place(out, run, row->line, input);
    if (row->step > (item ? 1 : 0)) /* 0: the whole row */
        text_printf(out, ", step %u", row->step);
    text_printf(
        out, ": %s",
        item ? who_row_status(item, run, row)
             : status_name(row->kind == LEDGER_ROW_SKIPPED ? STATUS_SKIPPED : STATUS_INVALID));
    if (row->kind == LEDGER_ROW_DUPLICATE && row->of_run == run)
        text_printf(out, " of line %" PRIu64, row->of_line);
    if (row->left.to_run)
        text_printf(out, "; run %" PRId64 " %s it again", row->left.to_run,
                    row->left.removed ? "adds" : "removes");
    if (!item && *row->error) {
        text_puts(out, ": ");
        visible_puts(out, row->error);
    }
    text_puts(out, "\n");
}

static int say_row(void *context, int64_t run, const char *input, const struct ledger_row *row,
                   struct err *e)
{
    struct who *w = context;
    const struct ledger_people_item *item = w->done ? w->done->from : NULL;

    if (item && row->kind == LEDGER_ROW_OWNER && run == item->item.run &&
        row->row == item->item.row)
        return 0;
    if (!item && w->rows == 0)
        text_puts(&w->out, "\n");
    if (++w->rows <= ROWS_SHOWN) {
        put_row(&w->out, item, run, input, row);
        return 0;
    }
    text_clear(&w->last_row);
    put_row(&w->last_row, item, run, input, row);
    return text_ok(&w->last_row) ? 0 : err_nomem(e);
}

static int say_rows(struct who *w, const struct who_done *d, struct err *e)
{
    w->done = d;
    w->rows = 0;
    if (ledger_people_rows(w->ledger, d ? d->from->item.id : 0, say_row, w, e) != 0)
        return -1;
    if (w->rows > ROWS_SHOWN + 1)
        text_printf(&w->out, "  %-*s… and %" PRIu64 " rows between these two\n", LABEL_WIDTH, "",
                    w->rows - ROWS_SHOWN - 1);
    if (w->rows > ROWS_SHOWN)
        text_append(&w->out, w->last_row.ptr, w->last_row.len);
    return 0;
}

/* ---- as JSON ---- */

static void json_names(struct who *w)
{
    struct jsonout *j = &w->json;

    jsonout_text(j, "person", w->o->person);
    jsonout_text(j, "ledger", w->o->ledger);
    jsonout_object(j, "sought");
    for (int k = 0; k < IDENTITY_KINDS; k++)
        jsonout_text(j, identity_kind_name(w->names[k].kind),
                     w->names[k].text[0] ? w->names[k].text : NULL);
    jsonout_close(j);
}

/* NULL where there is none. */
static const char *or_null(const char *s)
{
    return *s ? s : NULL;
}

static void json_number(struct jsonout *j, const char *key, int64_t n, bool known)
{
    if (known)
        jsonout_number(j, key, n);
    else
        jsonout_null(j, key);
}

static void json_done(struct jsonout *j, const struct who_done *d)
{
    const struct ledger_people_item *from = d->from;
    const struct ledger_item *item = &from->item;

    jsonout_text(j, "action", from->action);
    jsonout_text(j, "target", from->target);
    jsonout_text(j, "claim", or_null(from->claim));
    jsonout_text(j, "api", or_null(from->url));
    jsonout_text(j, "status", d->status);
    jsonout_flag(j, "elsewhere", item->state == STATE_ELSEWHERE);
    jsonout_flag(j, "removed", item->removed);
    jsonout_text(j, "recipient", item->recipient);
    jsonout_flag(j, "looked_up", from->looked_up);
    jsonout_number(j, "run", item->run);
    jsonout_text(j, "input", from->input);
    jsonout_number(j, "row", (int64_t)item->row);
    jsonout_number(j, "line", (int64_t)item->line);
    jsonout_time(j, "sent_at", item->intent_ms);
    jsonout_time(j, "changed_at", item->changed_ms);
    jsonout_text(j, "error", or_null(item->state == STATE_SUCCESS ? "" : from->error));
    json_number(j, "failed_in_run", d->kept, d->kept != 0);
    jsonout_text(j, "note", or_null(*d->note ? d->note : d->back));
    jsonout_text(j, "attempt_id", or_null(item->attempt));
    json_number(j, "code_index", item->code, item->code >= 0);
    jsonout_text(j, "code", or_null(d->code));
    jsonout_text(j, "link", or_null(d->link));
    jsonout_number(j, "tries", item->tries);
    json_number(j, "http_status", from->http_status, from->http_status != 0);
}

static int json_row(void *context, int64_t run, const char *input, const struct ledger_row *row,
                    struct err *e)
{
    struct who *w = context;
    struct jsonout *j = &w->json;
    const struct ledger_people_item *item = w->done ? w->done->from : NULL;
    enum status alone = row->kind == LEDGER_ROW_SKIPPED ? STATUS_SKIPPED : STATUS_INVALID;

    jsonout_object(j, NULL);
    jsonout_number(j, "run", run);
    jsonout_text(j, "input", input);
    jsonout_number(j, "row", (int64_t)row->row);
    jsonout_number(j, "line", (int64_t)row->line);
    jsonout_number(j, "step", row->step);
    jsonout_text(j, "status", item ? who_row_status(item, run, row) : status_name(alone));
    json_number(j, "of_run", row->of_run, row->of_run != 0);
    json_number(j, "of_line", (int64_t)row->of_line, row->of_run != 0);
    jsonout_text(j, "error", or_null(row->error));
    jsonout_close(j);
    return drain(w, WHO_FLUSH_BYTES, e);
}

static int json_rows(struct who *w, const char *key, const struct who_done *d, struct err *e)
{
    w->done = d;
    jsonout_list(&w->json, key);
    if (ledger_people_rows(w->ledger, d ? d->from->item.id : 0, json_row, w, e) != 0)
        return -1;
    jsonout_close(&w->json);
    return 0;
}

/* ---- either ---- */

void who_say_begin(struct who *w)
{
    if (!w->o->json) {
        visible_puts(&w->out, w->o->person);
        text_printf(&w->out, ": %" PRId64 " %s\n", w->found,
                    w->found == 1 ? "thing is known" : "things are known");
        return;
    }
    jsonout_init(&w->json, &w->out);
    json_names(w);
    jsonout_list(&w->json, "done");
}

int who_say_done(struct who *w, const struct who_done *d, struct err *e)
{
    if (!w->o->json) {
        put_done(w, d);
        return say_rows(w, d, e) == 0 ? drain(w, WHO_FLUSH_BYTES, e) : -1;
    }
    jsonout_object(&w->json, NULL);
    json_done(&w->json, d);
    if (json_rows(w, "rows", d, e) != 0)
        return -1;
    jsonout_close(&w->json);
    return drain(w, WHO_FLUSH_BYTES, e);
}

int who_say_end(struct who *w, struct err *e)
{
    if (!w->o->json)
        return say_rows(w, NULL, e) == 0 ? drain(w, 0, e) : -1;
    jsonout_close(&w->json);
    if (json_rows(w, "not_done", NULL, e) != 0)
        return -1;
    jsonout_end(&w->json);
    return drain(w, 0, e);
}

/* ---- nobody ---- */

/* What it would have to be, if it was meant as that. */
static const char *find_fault(const struct who *w)
{
    const char *person = w->o->person;

    if (strchr(person, '@'))
        return w->names[IDENTITY_EMAIL].why;
    return strncasecmp(person, "0x", 2) == 0 || strncasecmp(person, "bb1", 3) == 0
               ? w->names[IDENTITY_ADDRESS].why
               : NULL;
}

static void put_kind(struct text *out, int64_t n, const char *by, const char *comma)
{
    if (n > 0)
        text_printf(out, "%s%" PRId64 " %s", comma, n, by);
    else
        text_printf(out, "%snone %s", comma, by);
}

/* By another name they may be there: of most inputs only one is kept. */
static void put_kinds(struct text *out, const struct who *w, const struct ledger_people_kinds *k)
{
    bool by_email = w->names[IDENTITY_EMAIL].text[0] != '\0';
    bool by_address = w->names[IDENTITY_ADDRESS].text[0] != '\0';

    if (k->addresses + k->emails + k->others == 0) {
        text_puts(out, "nothing was done yet, for anybody\n");
        return;
    }
    put_kind(out, k->addresses, "by address", "what was done for people, the ledger knows ");
    put_kind(out, k->emails, "by e-mail address", ", ");
    put_kind(out, k->others, "by id or user name", " and ");
    text_puts(out, "\n");
    if (!by_address && k->addresses > 0 && (!by_email || k->emails == 0))
        text_puts(out, "so ask for their address: 0x... or bb1...\n");
    if (by_address && k->addresses == 0 && k->emails + k->others > 0)
        text_puts(out, "so ask for their e-mail address, id or user name\n");
}

int who_say_nobody(struct who *w, const struct ledger_people_kinds *kinds, struct err *e)
{
    const char *fault = find_fault(w);
    struct jsonout *j = &w->json;

    if (!w->o->json) {
        visible_puts(&w->out, w->o->person);
        text_puts(&w->out, ": nobody of this name is in ledger ");
        visible_puts(&w->out, w->o->ledger);
        text_puts(&w->out, w->ledger ? "\n" : ", which is not there yet\n");
        if (fault) {
            text_puts(&w->out, "as it was given, it ");
            visible_puts(&w->out, fault);
            text_puts(&w->out, "\n");
        }
        if (w->ledger)
            put_kinds(&w->out, w, kinds);
        return drain(w, 0, e);
    }
    jsonout_init(j, &w->out);
    json_names(w);
    jsonout_list(j, "done");
    jsonout_close(j);
    jsonout_list(j, "not_done");
    jsonout_close(j);
    jsonout_object(j, "known");
    jsonout_number(j, "by_address", kinds->addresses);
    jsonout_number(j, "by_email", kinds->emails);
    jsonout_number(j, "by_another_name", kinds->others);
    jsonout_end(j);
    return drain(w, 0, e);
}
