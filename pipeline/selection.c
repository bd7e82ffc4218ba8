/* selection: see the header. */
#include "selection.h"

#include "adapters/digest.h"
#include "adapters/keyed.h"
#include "adapters/stop.h"
#include "grouping.h"
#include "job.h"
#include "lookup.h"
#include "policy/added.h"
#include "policy/cell.h"
#include "policy/preset.h"
#include "policy/wholes.h"
#include "stages/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define VARIANT_HEX 16
#define REASON_MAX 256

/* ---- the preset's names ---- */

static void add_alias(struct selection *s, const char *name, size_t column)
{
    if (column != COLUMNS_NONE)
        s->aliases[s->columns.n_aliases++] = (struct columns_alias){name, column};
}

static void add_aliases(struct selection *s)
{
    const struct preset *p = s->preset;

    s->columns.aliases = s->aliases;
    if (!p)
        return;
    add_alias(s, "@trigger", preset_column(&p->trigger, &s->columns));
    add_alias(s, "@completed", preset_column(&p->completed, &s->columns));
    add_alias(s, "@date", preset_column(&p->date, &s->columns));
}

/* ---- who ---- */

/* The input's own columns: the added ones of a results CSV do not compete with them. */
static struct columns own_columns(const struct selection *s)
{
    struct columns own = s->columns;

    own.n = added_at(&own);
    return own;
}

static bool needs_address(const struct job *j)
{
    for (size_t i = 0; i < j->n_steps; i++)
        if (strcmp(j->steps[i].action, "claim") == 0 && !j->steps[i].otherwise)
            return true;
    return false;
}

/* The column that a preset knows for a kind of recipients. */
static size_t preset_recipient(const struct selection *s, enum identity_kind kind)
{
    return s->preset ? preset_column(&s->preset->recipient[kind], &s->columns) : COLUMNS_NONE;
}

static bool is_usual(const struct columns *c, size_t column, enum identity_kind kind)
{
    const struct columns one = {.names = &c->names[column], .n = 1, .origin = ""};
    struct err ignored = ERR_INIT;
    size_t found;

    return columns_recipient(&one, kind, &found, &ignored) == 0;
}

/* Was a column with the usual name of one added to a platform's export?  Its own "Address" is a street. */
static bool has_addresses(const struct columns *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct slice name = slice_trim(c->names[i]);

        if (is_usual(c, i, IDENTITY_ADDRESS) &&
            (name.len != strlen("address") || strncasecmp(name.ptr, "address", name.len) != 0))
            return true;
    }
    return false;
}

static int refuse_no_address(const struct selection *s, struct err *e)
{
    return err_set(e, EXIT_USAGE,
                   "%s: names nobody by an address (preset %s), which a claim needs: give --lookup "
                   "FILE, a CSV of e-mail addresses or ids with the addresses that belong to them, "
                   "or --address COLUMN",
                   s->columns.origin, s->preset->name);
}

/* The same for codes and stores, whose recipients need no address: what else the file may name them by. */
static int find_address(const struct selection *s, const struct columns *own, size_t *column,
                        struct err *e)
{
    struct err why = ERR_INIT, ignored = ERR_INIT;
    size_t found;

    if (columns_recipient(own, IDENTITY_ADDRESS, column, &why) == 0)
        return 0;
    for (int kind = IDENTITY_EMAIL; kind < IDENTITY_KINDS; kind++)
        if (columns_recipient(own, (enum identity_kind)kind, &found, &ignored) == 0)
            return err_set(e, EXIT_USAGE,
                           "%s: who are the recipients?  Say --%s \"%.*s\" (or --address, --email, "
                           "--id or --username, with another column)",
                           s->columns.origin, identity_kind_name((enum identity_kind)kind),
                           (int)own->names[found].len, own->names[found].ptr);
    return err_set(e, why.code, "%s", why.text);
}

/* Nobody says who the rows are about: a column of addresses that was added to the export, or what the preset
 * knows, or, without one, the usual names. */
static int find_recipient(struct selection *s, enum identity_kind *kind, size_t *column,
                          struct err *e)
{
    static const enum identity_kind order[] = {IDENTITY_EMAIL, IDENTITY_ID, IDENTITY_USERNAME,
                                               IDENTITY_ADDRESS};
    struct columns own = own_columns(s);
    size_t known = preset_recipient(s, IDENTITY_ADDRESS);
    bool added = known == COLUMNS_NONE && has_addresses(&own);

    for (size_t i = 0; s->preset && !added && i < sizeof(order) / sizeof(order[0]); i++) {
        *kind = order[i];
        *column = preset_recipient(s, *kind);
        if (*column != COLUMNS_NONE && (*kind == IDENTITY_ADDRESS || !needs_address(s->job)))
            return 0;
    }
    *kind = IDENTITY_ADDRESS;
    if (s->preset && !added && needs_address(s->job))
        return refuse_no_address(s, e);
    return needs_address(s->job) ? columns_recipient(&own, *kind, column, e)
                                 : find_address(s, &own, column, e);
}

/* ---- the lookup ---- */

/* COLUMN[=COLUMN there]: the input's, and the other in *there, or NULL. */
static int read_on(struct selection *s, size_t *column, const char **there, struct err *e)
{
    const char *on = s->job->on, *equals = on ? strchr(on, '=') : NULL;
    struct columns own = own_columns(s);

    *there = equals && equals[1] ? equals + 1 : NULL;
    if (on)
        return columns_find(&s->columns,
                            (struct slice){on, equals ? (size_t)(equals - on) : strlen(on)}, "--on",
                            column, e);
    for (int kind = IDENTITY_EMAIL; kind < IDENTITY_KINDS; kind++) {
        *column = preset_recipient(s, (enum identity_kind)kind);
        if (*column != COLUMNS_NONE)
            return 0;
    }
    return columns_recipient(&own, IDENTITY_EMAIL, column, e);
}

static bool names_emails(const struct selection *s, size_t column)
{
    return column == preset_recipient(s, IDENTITY_EMAIL) ||
           is_usual(&s->columns, column, IDENTITY_EMAIL);
}

static int open_lookup(struct selection *s, size_t *column, struct err *e)
{
    const struct job *j = s->job;
    struct lookup_options o = {.path = j->lookup,
                               .address = j->recipient,
                               .allow_rounded = j->allow_rounded,
                               .allow_burn = j->allow_burn};
    const struct read_wishes w = {.fetch = j->read.fetch};
    struct arena a;
    int rc;

    if (j->kind != IDENTITY_ADDRESS)
        return err_set(
            e, EXIT_USAGE,
            "--%s: with --lookup recipients are the addresses that it knows: say with --on "
            "which column is looked up",
            identity_kind_name(j->kind));
    if (read_on(s, column, &o.on, e) != 0)
        return -1;
    arena_init(&a);
    o.like = arena_copy(&a, s->columns.names[*column].ptr, s->columns.names[*column].len);
    s->lookup = o.like ? lookup_open(&o, &w, e) : NULL;
    rc = s->lookup ? 0 : err_nomem(e);
    arena_release(&a);
    s->otherwise_kind = names_emails(s, *column) ? IDENTITY_EMAIL : IDENTITY_ID;
    return rc;
}

static int open_recipient(struct selection *s, struct err *e)
{
    const struct job *j = s->job;
    enum identity_kind kind = j->kind;
    size_t column = COLUMNS_NONE;
    char asked_by[32];
    int rc;

    for (size_t i = 0; i < j->n_steps; i++)
        s->has_otherwise = s->has_otherwise || j->steps[i].otherwise;
    if ((s->has_otherwise || j->skip_otherwise || j->on) && !j->lookup)
        return err_set(e, EXIT_USAGE, "%s: goes with a lookup: say with --lookup in which file",
                       j->on ? "--on" : "otherwise");
    snprintf(asked_by, sizeof(asked_by), "--%s", identity_kind_name(kind));
    if (j->lookup)
        rc = open_lookup(s, &column, e);
    else if (j->recipient)
        rc = columns_find(&s->columns, slice_of(j->recipient), asked_by, &column, e);
    else
        rc = find_recipient(s, &kind, &column, e);
    if (rc != 0)
        return -1;
    add_alias(s, "@recipient", column);
    if (select_init(&s->select, &s->columns, kind, column, j->key, j->again, e) != 0)
        return -1;
    s->select.allow_burn = j->allow_burn;
    s->select.looked_up = j->lookup != NULL;
    return 0;
}

/* ---- filters ---- */

static int open_filter(struct selection *s, const struct filter_options *o, struct err *e)
{
    const struct job *j = s->job;
    const struct preset *p = s->preset;
    struct filter_text texts[FILTER_TEXTS_MAX + 1];
    size_t n = j->n_where;

    memcpy(texts, j->where, n * sizeof(*texts));
    if (p && p->where) {
        snprintf(s->asked_by, sizeof(s->asked_by), "preset %s", s->preset->name);
        texts[n++] = (struct filter_text){s->preset->where, s->asked_by};
    }
    if (n == 0 && p && p->needs_filter)
        return err_set(
            e, EXIT_USAGE,
            "%s: nothing in it says by itself who counts (preset %s): say it with --where; "
            "--preset none takes every row%s%s",
            s->columns.origin, p->name, p->note ? ".  " : "", p->note ? p->note : "");
    if (n == 0)
        return 0;
    s->filter = filter_new(texts, n, &s->columns, o, e);
    return s->filter ? 0 : -1;
}

static int open_drops(struct selection *s, const struct filter_options *o, struct err *e)
{
    const struct preset *p = s->preset;

    for (size_t i = 0; p && i < p->n_drops && i < SELECTION_DROPS_MAX; i++) {
        const struct filter_text text = {p->drops[i].where, p->name};
        struct filter *f = filter_new(&text, 1, &s->columns, o, e);

        if (!f)
            return -1;
        s->drops[s->n_drops] = (struct select_drop){f, p->drops[i].why};
        s->n_drops++;
    }
    s->select.drops = s->drops;
    s->select.n_drops = s->n_drops;
    return 0;
}

static int open_filters(struct selection *s, struct err *e)
{
    const struct job *j = s->job;
    const struct preset *p = s->preset;
    struct filter_options o = {.date_order = j->date_order, .decimal_mark = j->decimal_mark};

    if (p && !o.date_order)
        o.date_order = p->date_order;
    if (p && !o.decimal_mark)
        o.decimal_mark = p->decimal_mark;
    if (open_drops(s, &o, e) != 0)
        return -1;
    o.grouped = s->group != COLUMNS_NONE;
    if (open_filter(s, &o, e) != 0)
        return -1;
    s->select.filter = s->filter;
    return 0;
}

/* ---- groups ---- */

/* What makes a trigger the same again, in words.  Aliases and numbers may be other columns tomorrow. */
static int name_key(struct selection *s, const char *given, const char *divider, struct err *e)
{
    struct text *t = &s->key_words;
    const char *end;
    size_t n = 0;

    s->key = given;
    if (!given || !strpbrk(given, "@#"))
        return 0;
    for (const char *at = given; at; at = *end ? end + 1 : NULL, n++) {
        size_t column = s->select.key[n];

        end = at + strcspn(at, divider);
        text_printf(t, "%s%.*s", n ? "," : "", (int)(end - at), at);
        if (*at != '@' && *at != '#')
            continue;
        text_printf(t, "=%.*s", (int)s->columns.names[column].len, s->columns.names[column].ptr);
        if (column == s->select.recipient)
            text_printf(t, " (%s)", identity_kind_name(s->select.kind));
    }
    s->key = t->ptr;
    return text_ok(t) ? 0 : err_nomem(e);
}

static int open_group(struct selection *s, struct err *e)
{
    const char *group = s->job->group ? s->job->group : s->preset ? s->preset->group : NULL;

    s->group = COLUMNS_NONE;
    if (group && columns_find(&s->columns, slice_of(group), "--group", &s->group, e) != 0)
        return -1;
    if (!group || s->job->key)
        return name_key(s, s->job->key, ",", e);
    s->select.key[0] = s->group;
    s->select.n_key = 1;
    s->recipients = keyed_new(e);
    return s->recipients ? name_key(s, group, "", e) : -1;
}

static int add_filled(struct selection *s, size_t column, struct err *e)
{
    if (s->filldown.n == FILLDOWN_MAX)
        return err_set(e, EXIT_USAGE, "--fill-down: more than %d columns", FILLDOWN_MAX);
    s->filldown.columns[s->filldown.n++] = column;
    return 0;
}

static int open_filldown(struct selection *s, struct err *e)
{
    const struct preset *p = s->preset;
    const char *at = s->job->fill_down, *end;
    size_t column;

    s->filldown.group = s->group;
    for (; at; at = *end ? end + 1 : NULL) {
        end = at + strcspn(at, ",");
        if (columns_find(&s->columns, (struct slice){at, (size_t)(end - at)}, "--fill-down",
                         &column, e) != 0 ||
            add_filled(s, column, e) != 0)
            return -1;
    }
    for (size_t i = 0; p && !s->job->fill_down && i < p->fill_down.n; i++) {
        struct preset_names one = {&p->fill_down.names[i], 1};

        column = preset_column(&one, &s->columns);
        if (column != COLUMNS_NONE && add_filled(s, column, e) != 0)
            return -1;
    }
    return 0;
}

/* Numbers whose digits a spreadsheet has lost name somebody else, or nobody. */
static int refuse_rounded(const struct selection *s, size_t column, struct err *e)
{
    const struct wholes *w = &s->select.wholes[column];
    struct slice name = s->columns.names[column];

    if (s->job->allow_rounded || !wholes_are_rounded(w))
        return 0;
    return err_set(
        e, EXIT_INPUT,
        "%s: column \"%.*s\": its long numbers all end in zeros behind the 15th digit (\"%s\", "
        "line %" PRIu64 "): a spreadsheet has rounded them; format the column as text and "
        "export the file again, or go on with --allow-rounded",
        s->columns.origin, (int)name.len, name.ptr, w->shown, w->line);
}

static int check_rounded(const struct selection *s, struct err *e)
{
    if ((s->select.kind == IDENTITY_ID || s->select.looked_up) &&
        refuse_rounded(s, s->select.recipient, e) != 0)
        return -1;
    for (size_t i = 0; i < s->select.n_key; i++)
        if (refuse_rounded(s, s->select.key[i], e) != 0)
            return -1;
    return s->group == COLUMNS_NONE ? 0 : refuse_rounded(s, s->group, e);
}

int selection_open(struct selection *s, const struct job *j, const struct input_facts *facts,
                   struct err *e)
{
    memset(s, 0, sizeof(*s));
    s->job = j;
    s->preset = facts->preset;
    s->columns = facts->header;
    text_init(&s->key_words);
    text_init(&s->first);
    filldown_init(&s->filldown);
    add_aliases(s);
    if (open_recipient(s, e) != 0)
        return -1;
    s->select.wholes = facts->wholes;
    if (open_group(s, e) != 0 || (facts->wholes && check_rounded(s, e) != 0))
        return -1;
    return open_filldown(s, e) == 0 ? open_filters(s, e) : -1;
}

void selection_close(struct selection *s)
{
    grouping_free(s->grouping);
    lookup_free(s->lookup);
    filldown_release(&s->filldown);
    text_release(&s->key_words);
    text_release(&s->first);
    keyed_free(s->recipients);
    for (size_t i = 0; i < s->n_drops; i++)
        filter_free((struct filter *)s->drops[i].filter);
    filter_free(s->filter);
}

/* ---- rows ---- */

/* What spreadsheets wrap around a cell is taken off, and blanks are filled. */
static int tidy(struct selection *s, struct record *r, struct arena *a)
{
    if (r->fault && !r->aside)
        filldown_damaged(&s->filldown, r->fields, r->nfields, r->nfields != s->columns.n);
    if (r->fault || r->aside)
        return 0;
    for (size_t i = 0; i < r->nfields; i++) {
        struct slice *cell = &r->fields[i];

        if (cell->len > 1 && (cell->ptr[0] == '=' || cell->ptr[0] == '\''))
            *cell = cell_value(*cell);
    }
    return s->filldown.n ? filldown_row(&s->filldown, r->fields, r->nfields, a) : 0;
}

static struct slice group_of(const struct selection *s, const struct record *r,
                             char buf[IDENTITY_VALUE_MAX])
{
    return select_same(select_cell(&s->select, r, s->group), buf);
}

/* A row of its group can't be judged, and so the group can't: the reason. */
static const char *say_group_fault(const struct selection *s, uint64_t line, struct arena *a)
{
    struct text t;
    const char *kept = NULL;

    text_init(&t);
    text_printf(&t, "its group can't be judged, for on line %" PRIu64 " %s", line,
                grouping_why(s->grouping));
    if (text_ok(&t))
        kept = arena_copy(a, t.ptr, t.len);
    text_release(&t);
    return kept;
}

/* What is said of the row's group, and *line where that is a fault; or out->why: it is in none. */
static int judge_group(struct selection *s, const struct record *r, struct arena *a,
                       enum filter_verdict verdicts[FILTER_AGGREGATES_MAX], uint64_t *line,
                       struct trigger *out, struct err *e)
{
    char same[IDENTITY_VALUE_MAX];
    struct slice group = group_of(s, r, same);
    struct slice cell = slice_trim(select_cell(&s->select, r, s->group));
    const char *why = select_no_part(cell);

    if (why) {
        out->why = select_say(&s->columns, s->group, cell, why, a);
        return out->why ? 0 : err_nomem(e);
    }
    return s->grouping ? grouping_get(s->grouping, group, verdicts, line, e) : 0;
}

/* Rows of one trigger are about one recipient: others in its group would be passed over. */
static int check_group(struct selection *s, const struct record *r, struct arena *a,
                       struct trigger *out, struct err *e)
{
    char same[IDENTITY_VALUE_MAX];
    uint8_t key[KEYED_KEY_SIZE];
    struct text t;
    int found;

    if (keyed_key(group_of(s, r, same), key, e) != 0)
        return -1;
    found = keyed_get(s->recipients, key, &s->first, e);
    if (found < 0)
        return -1;
    text_init(&t);
    if (!found) {
        text_printf(&t, "%" PRIu64 " %s", r->line, out->recipient);
        found = !text_ok(&t) || keyed_put(s->recipients, key, (struct slice){t.ptr, t.len}, e) != 0
                    ? -1
                    : 0;
    } else if (strcmp(strchr(s->first.ptr, ' ') + 1, out->recipient) != 0) {
        text_printf(&t,
                    "its group has another recipient, on line %.*s: a group is one trigger; "
                    "with --key its columns can tell more",
                    (int)strcspn(s->first.ptr, " "), s->first.ptr);
        out->why = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
        found = out->why ? 0 : -1;
    }
    text_release(&t);
    return found < 0 ? err_nomem(e) : 0;
}

/* Does the row pass?  If not, out->skipped or out->why says it. */
static int pass(struct selection *s, const struct record *r, struct arena *a, struct trigger *out,
                struct err *e)
{
    enum filter_verdict verdicts[FILTER_AGGREGATES_MAX];
    uint64_t line = 0;

    if (select_record(&s->select, r, a, out) != 0)
        return err_nomem(e);
    if (out->skipped || out->why)
        return 0;
    if (s->group != COLUMNS_NONE && judge_group(s, r, a, verdicts, &line, out, e) != 0)
        return -1;
    if (out->why)
        return 0;
    if (select_pass(&s->select, r, s->grouping ? verdicts : NULL, a, out) != 0)
        return err_nomem(e);
    /* Where its cell can't be read is told instead of that a row of the group can't be judged. */
    if (out->why && line && !(out->why = say_group_fault(s, line, a)))
        return err_nomem(e);
    return 0;
}

/* Two spellings that the lookup takes for one person get one thing. */
enum identity_kind selection_otherwise_kind(const struct selection *s, const struct record *r)
{
    return s->otherwise_kind == IDENTITY_ID ? lookup_kind(r->fields[s->select.recipient])
                                            : s->otherwise_kind;
}

int selection_otherwise(struct selection *s, const struct record *r, struct arena *a,
                        struct trigger *out, struct err *e)
{
    struct select otherwise = s->select;

    memset(out, 0, sizeof(*out));
    out->record = r;
    out->otherwise = true;
    otherwise.kind = selection_otherwise_kind(s, r);
    if (select_recipient(&otherwise, r, a, out) != 0)
        return err_nomem(e);
    return !out->why;
}

/* The recipient's address, from the lookup. */
static int look_up(struct selection *s, const struct record *r, struct arena *a,
                   struct trigger *out, struct err *e)
{
    struct slice value = select_cell(&s->select, r, s->select.recipient);
    const char *address, *why;
    enum lookup_answer answer = lookup_find(s->lookup, value, a, &address, &why, e);

    if (answer == LOOKUP_FAULT)
        return -1;
    if (answer == LOOKUP_FOUND)
        return select_known(&s->select, r, address, a, out) == 0 ? 0 : err_nomem(e);
    if (answer == LOOKUP_NONE && s->has_otherwise)
        return selection_otherwise(s, r, a, out, e) < 0 ? -1 : 0;
    why = select_say(&s->columns, s->select.recipient, slice_trim(value), why, a);
    if (!why)
        return err_nomem(e);
    if (answer == LOOKUP_NONE && s->job->skip_otherwise)
        out->skipped = why;
    else
        out->why = why;
    return 0;
}

int selection_row(struct selection *s, struct record *r, struct arena *a, struct trigger *out,
                  struct err *e)
{
    if (tidy(s, r, a) != 0)
        return err_nomem(e);
    if (pass(s, r, a, out, e) != 0)
        return -1;
    if (out->skipped || out->why)
        return 0;
    if (s->lookup ? look_up(s, r, a, out, e) != 0
                  : select_recipient(&s->select, r, a, out) != 0 && err_nomem(e))
        return -1;
    return s->recipients && out->recipient && !out->why ? check_group(s, r, a, out, e) : 0;
}

/* ---- passes over the input ---- */

/* Called for each record that is one of the table's, damaged or not: 1 if it wants more, 0, or -1. */
typedef int record_callback(struct selection *s, void *context, const struct record *r,
                            struct err *e);

static int each_of_batch(struct selection *s, struct batch *b, record_callback *callback,
                         void *context, struct err *e)
{
    struct trigger t;
    int more = 1;

    for (size_t i = 0; i < b->n && more == 1; i++) {
        if (tidy(s, &b->records[i], &b->arena) != 0 ||
            select_record(&s->select, &b->records[i], &b->arena, &t) != 0)
            return err_nomem(e);
        if (!t.skipped)
            more = callback(s, context, &b->records[i], e);
    }
    return more;
}

static int each_record(struct selection *s, struct input *in, record_callback *callback,
                       void *context, struct err *e)
{
    struct batch b;
    int more = 1;

    filldown_restart(&s->filldown);
    if (read_rewind(in, e) != 0)
        return -1;
    batch_init(&b);
    do {
        more = read_batch(in, &b, e) == 0 ? each_of_batch(s, &b, callback, context, e) : -1;
        if (more == 1 && stop_signal())
            more = err_set(e, EXIT_INTERRUPTED, "interrupted");
    } while (more == 1 && b.n > 0);
    batch_release(&b);
    filldown_restart(&s->filldown);
    return more < 0 ? -1 : 0;
}

static int try_record(struct selection *s, void *context, const struct record *r, struct err *e)
{
    (void)s;
    (void)e;
    return r->fault ? 1 : filter_try(context, r->fields, r->line);
}

int selection_try(struct selection *s, struct input *in, struct err *e)
{
    struct filter_trial *trial;
    int rc;

    if (!s->filter)
        return 0;
    trial = filter_trial_new(s->filter, e);
    if (!trial)
        return -1;
    rc = each_record(s, in, try_record, trial, e);
    if (rc == 0)
        rc = filter_tried(trial, e);
    filter_trial_free(trial);
    return rc;
}

static int group_record(struct selection *s, void *context, const struct record *r, struct err *e)
{
    char same[IDENTITY_VALUE_MAX];
    struct slice group = s->group < r->nfields ? group_of(s, r, same) : (struct slice){"", 0};
    int rc = 0;

    if (group.len == 0 && r->fault)
        group = filldown_group(&s->filldown);
    if (cell_is_nobody(group)) /* no group: its rows are invalid */
        return 1;
    if (r->fault)
        rc = grouping_add_damaged(context, group, r->line, r->fault, e);
    else
        rc = grouping_add(context, group, r->fields, r->line, s->select.now_ms, e);
    return rc == 0 ? 1 : -1;
}

int selection_begin(struct selection *s, struct input *in, int64_t now_ms, struct err *e)
{
    s->select.now_ms = now_ms;
    if (!s->filter || filter_aggregates(s->filter) == 0)
        return 0;
    s->grouping = grouping_new(s->filter, e);
    return s->grouping ? each_record(s, in, group_record, s->grouping, e) : -1;
}

/* ---- what tells it from others ---- */

static void put_word(struct text *t, const char *name, const char *value)
{
    if (value)
        text_printf(t, "%s %zu:%s\n", name, strlen(value), value);
}

/* What a preset makes of this header: its file may be another the next time. */
static void put_preset(const struct selection *s, struct text *t)
{
    const struct preset *p = s->preset;

    put_word(t, "preset", p->name);
    put_word(t, "its filter", p->where);
    put_word(t, "its group", p->group);
    for (size_t i = 0; i < p->n_drops; i++)
        put_word(t, "drop", p->drops[i].where);
    for (size_t i = 0; i < p->fill_down.n; i++)
        put_word(t, "filled", p->fill_down.names[i]);
    for (size_t i = 0; i < s->columns.n_aliases; i++)
        text_printf(t, "%s %zu\n", s->aliases[i].name, s->aliases[i].column);
    text_printf(t, "its forms %d %d\n", (int)p->date_order, p->decimal_mark);
}

static void put_words(const struct selection *s, struct text *t)
{
    const struct job *j = s->job;

    for (size_t i = 0; i < j->n_where; i++)
        put_word(t, "where", j->where[i].text);
    if (s->preset)
        put_preset(s, t);
    put_word(t, "group", j->group);
    put_word(t, "fill down", j->fill_down);
    put_word(t, "on", j->on);
    put_word(t, "address", j->lookup ? j->recipient : NULL);
    if (j->date_order || j->decimal_mark)
        text_printf(t, "forms %d %d\n", (int)j->date_order, j->decimal_mark);
    if (s->lookup) {
        text_puts(t, "lookup ");
        text_append(t, lookup_hash(s->lookup), INPUT_HASH_SIZE);
    }
}

int selection_variant(const struct selection *s, const struct reading *reading, struct text *out)
{
    struct reading as = *reading;
    uint8_t hash[DIGEST_SIZE];
    struct text words;
    int rc = 0;

    as.plain = as.guessed = false; /* by which no row is another */
    text_init(&words);
    put_words(s, &words);
    if (words.len > 0)
        reading_format(&as, &words);
    if (!text_ok(&words) || (words.len > 0 && digest_once(words.ptr, words.len, hash) != 0))
        rc = -1;
    for (size_t i = 0; rc == 0 && words.len > 0 && i < VARIANT_HEX / 2; i++)
        text_printf(out, "%s%02x", i ? "" : "rows ", hash[i]);
    text_release(&words);
    return rc == 0 && text_ok(out) ? 0 : -1;
}
