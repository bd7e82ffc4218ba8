/*
 * check_preview: the first rows that would be acted for: who would get what.
 *
 * What is sent is filled in as a run does it, but from a plan in which each secret is ****; of a code only its number is
 * shown, in the body of a later step, too.
 */
#include "adapters/json.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/visible.h"
#include "check_internal.h"
#include "policy/redact.h"
#include "stages/job.h"
#include "stages/letter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_MAX 32 /* "code number " and the number */

enum column { LINE, RECIPIENT, ACTION, TARGET, SENDS, COLUMNS };

static const char *const titles[COLUMNS] = {"LINE", "RECIPIENT", "ACTION", "TARGET", "SENDS"};

/* ---- what is sent ---- */

static const struct plan *plan_of(struct check *c, size_t target)
{
    struct check_preview *v = &c->preview;
    struct err ignored =
        ERR_INIT; /* the run's own plan could be made: only memory can be missing */

    if (!v->plans)
        v->plans = mem_zero(c->prepared.n_targets, sizeof(struct plan *));
    if (v->plans && !v->plans[target])
        v->plans[target] = prepared_plan_shown(&c->prepared, target, &ignored);
    return v->plans ? v->plans[target] : NULL;
}

static void name_code(int64_t number, char out[CODE_MAX])
{
    snprintf(out, CODE_MAX, "code number %lld", (long long)number);
}

/* A cell of a column that sounds like a secret is not shown. */
static struct slice cell_shown(struct check *c, size_t column, struct slice cell)
{
    struct slice name = c->prepared.columns.names[column];
    const char *text = arena_copy(&c->preview.arena, name.ptr, name.len);

    if (text && !redact_is_secret_name(text))
        return cell;
    c->preview.hidden = true;
    return slice_of("****");
}

/* What a step before this one gives is not there yet. */
static bool fill_letter(struct check *c, const struct row *r, size_t step, struct slice *fields,
                        size_t own)
{
    const struct prepared *p = &c->prepared;
    struct mailing_row row = {.recipient = r->recipient,
                              .key = r->key,
                              .salt = "",
                              .now_ms = clock_wall_ms(),
                              .gift = {{NULL, 0}, {NULL, 0}}};

    for (size_t i = 0; i < step; i++) {
        if (r->steps[i].target == ROUTE_NONE)
            continue;
        if (p->steps[i].action->local)
            row.gift.code = fields[own + i];
        row.gift.link = slice_of("https://the-link-of-the-step-before.example");
    }
    return !mailing_render(&p->with[r->steps[step].target].mailing, &row, fields, &c->preview.arena,
                           &c->preview.body) &&
           text_ok(&c->preview.body);
}

/* The body's members without braces, into v->body; or the code's number. */
static bool fill(struct check *c, const struct row *r, size_t step, char code[CODE_MAX])
{
    const struct prepared *p = &c->prepared;
    size_t own = p->columns.n - (p->n_steps - 1);
    bool mails = p->steps[step].action->mails;
    const struct plan *plan = mails ? NULL : plan_of(c, r->steps[step].target);
    struct slice *fields =
        plan || mails ? arena_alloc(&c->preview.arena, (own + p->n_steps + 2) * sizeof(*fields))
                      : NULL;
    char(*codes)[CODE_MAX] =
        fields ? arena_alloc(&c->preview.arena, p->n_steps * sizeof(*codes)) : NULL;

    text_clear(&c->preview.body);
    name_code(r->steps[step].code, code);
    if (!codes)
        return false;
    for (size_t i = 0; i < own; i++)
        fields[i] = cell_shown(c, i, r->record->fields[i]);
    for (size_t i = 0; i < step; i++) {
        name_code(r->steps[i].code, codes[i]);
        fields[own + i] = slice_of(r->steps[i].code < 0 ? "-" : codes[i]);
    }
    if (mails)
        return fill_letter(c, r, step, fields, own);
    /* The run's own has found nothing lacking. */
    return !plan_row(plan, r->recipient, fields, own + step, &c->preview.arena, &c->preview.body) &&
           text_ok(&c->preview.body);
}

/* ---- as JSON ---- */

static void put_member(struct text *out, const char *key, const char *value)
{
    text_printf(out, ", \"%s\": ", key);
    if (json_quote(out, slice_of(value)) != 0)
        text_puts(out, "\"(not UTF-8)\"");
}

static void put_json(struct check *c, const struct row *r, size_t step, const char *target)
{
    const struct action *action = c->prepared.steps[step].action;
    struct text *out = &c->preview.out;

    text_printf(out, "%s\n    {\"row\": %llu, \"line\": %llu, \"step\": %zu, \"action\": \"%s\"",
                c->preview.shown ? "," : "", (unsigned long long)r->record->row,
                (unsigned long long)r->record->line, step + 1, action->name);
    put_member(out, "target", target);
    put_member(out, "recipient", r->recipient);
    if (action->local)
        text_printf(out, ", \"code_number\": %lld}", (long long)r->steps[step].code);
    else
        text_printf(out, "%s, \"sends\": {%s}}",
                    c->prepared.steps[step].job->remove ? ", \"remove\": true" : "",
                    c->preview.body.ptr);
}

/* ---- as a table ---- */

static size_t width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

/* Each with its NUL. */
static void put_cell(struct check_preview *v, enum column column, const char *s)
{
    size_t at = v->out.len;

    visible_puts(&v->out, s);
    if (!text_ok(&v->out))
        return;
    if (v->widths[column] < width(v->out.ptr + at))
        v->widths[column] = width(v->out.ptr + at);
    text_append(&v->out, "", 1);
}

static void put_cells(struct check *c, const struct row *r, size_t step, const char *target,
                      const char *code)
{
    const struct prepared_step *s = &c->prepared.steps[step];
    struct check_preview *v = &c->preview;
    char line[24], action[32];

    snprintf(line, sizeof(line), "%llu", (unsigned long long)r->record->line);
    snprintf(action, sizeof(action), "%s%s", s->action->name, s->job->remove ? " (remove)" : "");
    put_cell(v, LINE, line);
    put_cell(v, RECIPIENT, r->recipient);
    put_cell(v, ACTION, action);
    put_cell(v, TARGET, target);
    if (!s->action->mails) {
        put_cell(v, SENDS, s->action->local ? code : v->body.ptr);
        return;
    }
    put_cell(v, SENDS, "a message, as below");
    text_printf(&v->letters, "\n---- the message of line %s ----\n", line);
    letter_show((struct slice){v->body.ptr, v->body.len}, &v->letters);
}

static void print_line(struct text *out, const struct check_preview *v, const char *const *cells)
{
    text_puts(out, " ");
    for (int i = 0; i < COLUMNS; i++) {
        int pad = (int)(v->widths[i] - width(cells[i]));

        text_printf(out, " %*s%s%*s", i == LINE ? pad : 0, "", cells[i],
                    i == LINE || i == SENDS ? 0 : pad, "");
        text_puts(out, i < SENDS ? " " : "\n");
    }
}

/* ---- both ---- */

void check_preview_row(struct check *c, const struct row *r)
{
    struct check_preview *v = &c->preview;
    char code[CODE_MAX];
    bool acted = false;

    if (c->job->plan.preview == 0 || v->rows == c->job->plan.preview || !r->steps)
        return;
    arena_reset(&v->arena);
    for (size_t i = 0; i < c->prepared.n_steps; i++) {
        const char *target;

        if (r->steps[i].outcome != OUTCOME_ACTED)
            continue;
        acted = true;
        target = check_target_name(c, r->steps[i].target);
        if (!fill(c, r, i, code))
            v->out.failed = true;
        else if (c->job->json)
            put_json(c, r, i, target);
        else
            put_cells(c, r, i, target, code);
        v->shown++;
    }
    v->rows += acted;
}

void check_preview_say(struct check *c, struct text *out)
{
    struct check_preview *v = &c->preview;
    const char *cells[COLUMNS], *at = v->out.ptr;

    if (!text_ok(&v->out)) {
        out->failed = true;
        return;
    }
    text_puts(out, v->rows == 1 ? "the first row that would be acted for:\n"
                                : "the first rows that would be acted for:\n");
    for (int i = 0; i < COLUMNS; i++)
        if (v->widths[i] < width(titles[i]))
            v->widths[i] = width(titles[i]);
    print_line(out, v, titles);
    for (size_t n = 0; n < v->shown; n++) {
        for (int i = 0; i < COLUMNS; i++, at += strlen(at) + 1)
            cells[i] = at;
        print_line(out, v, cells);
    }
    if (text_ok(&v->letters))
        text_append(out, v->letters.ptr, v->letters.len);
    if (v->letters.len && v->hidden && text_ok(&v->letters) && strstr(v->letters.ptr, "****"))
        text_puts(out,
                  "\n**** stands for cells of columns that are called like a secret (code, key, "
                  "token, ...): --test-to ADDRESS sends you one message as it will be\n");
    out->failed = out->failed || !text_ok(&v->letters);
}

void check_preview_release(struct check *c)
{
    struct check_preview *v = &c->preview;

    for (size_t i = 0; v->plans && i < c->prepared.n_targets; i++)
        plan_free(v->plans[i]);
    free(v->plans);
    text_release(&v->body);
    text_release(&v->letters);
    text_release(&v->out);
    arena_release(&v->arena);
}
