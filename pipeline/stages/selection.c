/*
 * selection: decides which rows are triggers, and for whom.
 *
 * The input is read up to twice before a row is taken: a column that a filter can't compare is refused as a whole, not row
 * by row, and what a filter says of a group is known only when all rows of it were seen.
 */
#include "stages/selection.h"

#include "adapters/digest.h"
#include "adapters/keyed.h"
#include "adapters/stop.h"
#include "base/visible.h"
#include "policy/added.h"
#include "policy/cell.h"
#include "policy/filter_near.h"
#include "policy/preset.h"
#include "policy/wholes.h"
#include "selection_internal.h"
#include "stages/grouping.h"
#include "stages/job.h"
#include "stages/lookup.h"
#include "stages/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define VARIANT_HEX 16
#define REASON_MAX 256

/* ---- the preset's names ---- */

void selection_alias(struct selection *s, const char *name, size_t column)
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
    selection_alias(s, "@trigger", preset_column(&p->trigger, &s->columns));
    selection_alias(s, "@completed", preset_column(&p->completed, &s->columns));
    selection_alias(s, "@date", preset_column(&p->date, &s->columns));
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
            "%s: nothing in it says by itself who counts (preset %s): say it with --where; to take "
            "everybody: --where \"@recipient is not empty\"%s%s",
            s->columns.origin, p->name, p->note ? ".  " : "", p->note ? p->note : "");
    if (n == 0)
        return 0;
    s->filter = filter_new(texts, n, &s->columns, o, e);
    if (!s->filter)
        return -1;
    s->near = filter_near_new(s->filter);
    return s->near ? 0 : err_nomem(e);
}

/* Only some exports of the platform have what it is about. */
static bool is_left_out(const struct selection *s, const struct preset_drop *drop)
{
    return drop->with.n > 0 && !preset_has(&s->columns, &drop->with);
}

static int open_drops(struct selection *s, const struct filter_options *o, struct err *e)
{
    const struct preset *p = s->preset;

    for (size_t i = 0; p && i < p->n_drops && i < SELECTION_DROPS_MAX; i++) {
        const struct filter_text text = {p->drops[i].where, p->name};
        struct filter *f;

        if (is_left_out(s, &p->drops[i]))
            continue;
        f = filter_new(&text, 1, &s->columns, o, e);
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

/* The preset's groups are what filters are about, but no triggers: those are recipients. */
static bool is_per_recipient(const struct selection *s)
{
    return !s->job->group && !s->job->key && s->preset && s->preset->per_recipient;
}

/* The user asks for the preset's groups: by which option, or NULL. */
static const char *asks_for_groups(const struct selection *s)
{
    const struct job *j = s->job;
    const char *asked = j->key ? j->key : j->group;
    size_t column, group;

    if (!asked || !s->preset || !s->preset->per_recipient)
        return NULL;
    return columns_count(&s->columns, slice_of(asked), &column) == 1 &&
                   columns_count(&s->columns, slice_of(s->preset->group), &group) == 1 &&
                   column == group
               ? asked
               : NULL;
}

/* The order of a buyer: another shop's order may have its number. */
static int key_by_groups(struct selection *s, const char *asked, struct err *e)
{
    columns_count(&s->columns, slice_of(asked), &s->select.key[0]);
    s->select.key[1] = s->select.recipient;
    s->select.n_key = 2;
    s->former = asked;
    text_printf(&s->key_words, "%s and recipient (%s)", asked, identity_kind_name(s->select.kind));
    s->key = s->key_words.ptr;
    return text_ok(&s->key_words) ? 0 : err_nomem(e);
}

static int open_group(struct selection *s, struct err *e)
{
    const char *group = s->job->group ? s->job->group : s->preset ? s->preset->group : NULL;

    s->group = COLUMNS_NONE;
    if (group && columns_find(&s->columns, slice_of(group), "--group", &s->group, e) != 0)
        return -1;
    if (asks_for_groups(s))
        return key_by_groups(s, asks_for_groups(s), e);
    if (!group || s->job->key)
        return name_key(s, s->job->key, ",", e);
    if (is_per_recipient(s)) {
        s->former = group;
        return 0;
    }
    s->select.key[0] = s->group;
    s->select.n_key = 1;
    s->recipients = keyed_new(e);
    return s->recipients ? name_key(s, group, "", e) : -1;
}

static void open_hashed(struct selection *s)
{
    const struct preset *p = s->preset;

    for (size_t i = 0; p && i < p->hashed.n && s->n_hashed < SELECTION_HASHED_MAX; i++) {
        struct preset_names one = {&p->hashed.names[i], 1};
        size_t column = preset_column(&one, &s->columns);

        if (column != COLUMNS_NONE)
            s->hashed[s->n_hashed++] = column;
    }
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
        "%s: column \"%.*s\": %s in zeros behind the 15th digit (\"%s\", "
        "line %" PRIu64 "): a spreadsheet has rounded them; format the column as text and "
        "export the file again, or go on with --allow-rounded",
        s->columns.origin, (int)name.len, name.ptr, wholes_that_end(w), w->shown, w->line);
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
    s->columns.asked = &s->asked;
    text_init(&s->key_words);
    text_init(&s->first);
    text_init(&s->missed);
    filldown_init(&s->filldown);
    add_aliases(s);
    if (selection_who(s, e) != 0)
        return -1;
    s->select.wholes = facts->wholes;
    open_hashed(s);
    if (open_group(s, e) != 0 || (facts->wholes && check_rounded(s, e) != 0))
        return -1;
    return open_filldown(s, e) == 0 ? open_filters(s, e) : -1;
}

/* Presets, groups and cells that are filled from above look at more than was asked for. */
size_t selection_needs(const struct selection *s)
{
    size_t most = s->asked;

    if (s->preset || s->group != COLUMNS_NONE || s->filldown.n > 0)
        return s->columns.n;
    if (s->address != COLUMNS_NONE && most <= s->address)
        most = s->address + 1;
    return most > s->select.recipient ? most : s->select.recipient + 1;
}

void selection_close(struct selection *s)
{
    grouping_free(s->grouping);
    lookup_free(s->lookup);
    filldown_release(&s->filldown);
    text_release(&s->key_words);
    text_release(&s->first);
    keyed_free(s->owners);
    text_release(&s->missed);
    keyed_free(s->recipients);
    for (size_t i = 0; i < s->n_drops; i++)
        filter_free((struct filter *)s->drops[i].filter);
    filter_near_free(s->near);
    filter_free(s->filter);
}

/* ---- rows ---- */

static bool is_hash(struct slice cell)
{
    return cell.len > 1 && *cell.ptr == '#' && !cell_is_nobody(cell);
}

/* What a preset knows of single cells. */
static void tidy_known(const struct selection *s, struct record *r)
{
    for (size_t i = 0; i < s->n_hashed; i++) {
        struct slice *cell = &r->fields[s->hashed[i]], value = cell_value(*cell);

        if (is_hash(value))
            *cell = (struct slice){value.ptr + 1, value.len - 1};
    }
    if (s->or_else != COLUMNS_NONE && cell_is_nobody(r->fields[s->select.recipient]))
        r->fields[s->select.recipient] = r->fields[s->or_else];
}

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
    if (s->filldown.n && filldown_row(&s->filldown, r->fields, r->nfields, a) != 0)
        return -1;
    tidy_known(s, r);
    return 0;
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

/* Whose the group is: `=` and who it is; or of more than one, `!` and the line of the second. */
static int add_owner(struct selection *s, struct slice group, struct slice who, uint64_t line,
                     struct err *e)
{
    uint8_t key[KEYED_KEY_SIZE];
    struct slice known;
    struct text t;
    int found;

    if (keyed_key(group, key, e) != 0 || (found = keyed_get(s->owners, key, &s->first, e)) < 0)
        return -1;
    known = found ? (struct slice){s->first.ptr + 1, s->first.len - 1} : (struct slice){"", 0};
    if (found && (*s->first.ptr == '!' || slice_equal(known, who)))
        return 0;
    text_init(&t);
    if (found) {
        text_printf(&t, "!%" PRIu64, line);
    } else {
        text_puts(&t, "=");
        text_append(&t, who.ptr, who.len);
    }
    found = text_ok(&t) ? keyed_put(s->owners, key, (struct slice){t.ptr, t.len}, e) : err_nomem(e);
    text_release(&t);
    return found;
}

/* One shop's order may have the number of another's: what is said of both together is true of neither. */
static int check_owner(struct selection *s, struct slice group, struct arena *a, struct row *out,
                       struct err *e)
{
    uint8_t key[KEYED_KEY_SIZE];
    const char *why;
    struct text t;

    if (keyed_key(group, key, e) != 0 || keyed_get(s->owners, key, &s->first, e) < 0)
        return -1;
    if (s->first.len == 0 || *s->first.ptr != '!')
        return 0;
    text_init(&t);
    text_printf(&t,
                "its group can't be judged, for line %s has another recipient in it: are these the "
                "exports of two shops?  Give each alone",
                s->first.ptr + 1);
    why = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
    text_release(&t);
    return row_end(out, STATUS_INVALID, why) == 0 ? 0 : err_nomem(e);
}

/* What is said of the row's group, and *line where that is a fault; or it is over, for it is in none. */
static int judge_group(struct selection *s, const struct record *r, struct arena *a,
                       enum filter_verdict verdicts[FILTER_AGGREGATES_MAX], uint64_t *line,
                       struct row *out, struct err *e)
{
    char same[IDENTITY_VALUE_MAX];
    struct slice group = group_of(s, r, same);
    struct slice cell = slice_trim(select_cell(&s->select, r, s->group));
    const char *why = select_no_part(cell);

    if (why)
        return row_end(out, STATUS_INVALID, select_say(&s->columns, s->group, cell, why, a)) == 0
                   ? 0
                   : err_nomem(e);
    if (s->owners && check_owner(s, group, a, out, e) != 0)
        return -1;
    return s->grouping ? grouping_get(s->grouping, group, verdicts, line, e) : 0;
}

/* Rows of one trigger are about one recipient: others in its group would be passed over. */
static int check_group(struct selection *s, const struct record *r, struct arena *a,
                       struct row *out, struct err *e)
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
        found = row_end(out, STATUS_INVALID, text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL);
    }
    text_release(&t);
    return found < 0 ? err_nomem(e) : 0;
}

/* Does the row pass?  If not, it is over. */
static int pass(struct selection *s, const struct record *r, struct arena *a, struct row *out,
                struct err *e)
{
    enum filter_verdict verdicts[FILTER_AGGREGATES_MAX];
    uint64_t line = 0;

    if (select_record(&s->select, r, a, out) != 0)
        return err_nomem(e);
    if (out->fate == ROW_OVER)
        return 0;
    if (s->group != COLUMNS_NONE && judge_group(s, r, a, verdicts, &line, out, e) != 0)
        return -1;
    if (out->fate == ROW_OVER)
        return 0;
    if (select_pass(&s->select, r, s->grouping ? verdicts : NULL, a, out) != 0)
        return err_nomem(e);
    if (s->near)
        filter_near_add(s->near, r->fields, r->line);
    s->judged += s->filter != NULL;
    s->passed += s->filter && out->fate == ROW_OPEN;
    /* Where its cell can't be read is told instead of that a row of the group can't be judged. */
    if (out->fate == ROW_OVER && out->status == STATUS_INVALID && line)
        return row_end(out, STATUS_INVALID, say_group_fault(s, line, a)) == 0 ? 0 : err_nomem(e);
    return 0;
}

/* Two spellings that the lookup takes for one person get one thing. */
enum identity_kind selection_otherwise_kind(const struct selection *s, const struct record *r)
{
    return s->otherwise_kind == IDENTITY_ID ? lookup_kind(r->fields[s->select.recipient])
                                            : s->otherwise_kind;
}

int selection_otherwise(const struct selection *s, const struct record *r, struct arena *a,
                        struct row *out, struct err *e)
{
    struct select otherwise = s->select;

    memset(out, 0, sizeof(*out));
    out->record = r;
    out->otherwise = true;
    otherwise.kind = selection_otherwise_kind(s, r);
    if (select_recipient(&otherwise, r, a, out) != 0)
        return err_nomem(e);
    return out->fate == ROW_OPEN;
}

/* The recipient's address, from the lookup. */
static int look_up(struct selection *s, const struct record *r, struct arena *a, struct row *out,
                   struct err *e)
{
    struct slice value = select_cell(&s->select, r, s->select.recipient);
    const char *address, *why;
    bool skip;
    enum lookup_answer answer = lookup_find(s->lookup, value, a, &address, &why, e);

    if (answer == LOOKUP_FAULT)
        return -1;
    if (answer == LOOKUP_FOUND)
        return select_known(&s->select, r, address, a, out) == 0 ? 0 : err_nomem(e);
    if (answer == LOOKUP_NONE && s->has_otherwise)
        return selection_otherwise(s, r, a, out, e) < 0 ? -1 : 0;
    why = select_say(&s->columns, s->select.recipient, slice_trim(value), why, a);
    skip = answer == LOOKUP_NONE && s->job->skip_otherwise;
    return row_end(out, skip ? STATUS_SKIPPED : STATUS_INVALID, why) == 0 ? 0 : err_nomem(e);
}

/* There is none: nobody, or an e-mail address where one column has either. */
static bool lacks_address(const struct selection *s, const struct record *r)
{
    struct slice value = cell_value(r->fields[s->address]);

    return cell_is_nobody(value) ||
           (s->address == s->select.recipient && lookup_kind(value) == IDENTITY_EMAIL);
}

/* The recipient's address, from the row itself. */
static int take_own(struct selection *s, const struct record *r, struct arena *a, struct row *out,
                    struct err *e)
{
    struct select own = s->select;
    struct slice cell = r->fields[s->address];

    own.recipient = s->address;
    own.looked_up = false;
    if (!lacks_address(s, r))
        return select_recipient(&own, r, a, out) == 0 ? 0 : err_nomem(e);
    if (s->has_otherwise)
        return selection_otherwise(s, r, a, out, e) < 0 ? -1 : 0;
    return row_end(out, STATUS_SKIPPED,
                   select_say(&s->columns, s->address, slice_trim(cell), "is no address", a)) == 0
               ? 0
               : err_nomem(e);
}

static int find_trigger(struct selection *s, const struct record *r, struct arena *a,
                        struct row *out, struct err *e)
{
    if (s->lookup)
        return look_up(s, r, a, out, e);
    if (s->address != COLUMNS_NONE)
        return take_own(s, r, a, out, e);
    return select_recipient(&s->select, r, a, out) == 0 ? 0 : err_nomem(e);
}

int selection_row(struct selection *s, struct record *r, struct arena *a, struct row *out,
                  struct err *e)
{
    if (tidy(s, r, a) != 0)
        return err_nomem(e);
    if (pass(s, r, a, out, e) != 0)
        return -1;
    if (out->fate == ROW_OVER)
        return 0;
    if (find_trigger(s, r, a, out, e) != 0)
        return -1;
    return s->recipients && out->fate == ROW_OPEN ? check_group(s, r, a, out, e) : 0;
}

/* ---- passes over the input ---- */

/* Called for each record that is one of the table's, damaged or not: 1 if it wants more, 0, or -1. */
typedef int record_callback(struct selection *s, void *context, const struct record *r,
                            struct err *e);

static int each_of_batch(struct selection *s, struct batch *b, record_callback *callback,
                         void *context, struct err *e)
{
    struct row t;
    int more = 1;

    for (size_t i = 0; i < b->n && more == 1; i++) {
        if (tidy(s, &b->records[i], &b->arena) != 0 ||
            select_record(&s->select, &b->records[i], &b->arena, &t) != 0)
            return err_nomem(e);
        if (t.fate == ROW_OPEN || t.status != STATUS_SKIPPED)
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
    filter_trial_words(trial, &s->missed);
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

static int group_row(struct selection *s, void *context, const struct record *r, struct err *e)
{
    int more = group_record(s, context, r, e);
    char same[IDENTITY_VALUE_MAX], who[IDENTITY_VALUE_MAX];
    struct slice cell, group;

    if (more != 1 || !s->owners || r->fault)
        return more;
    group = group_of(s, r, same);
    cell = select_cell(&s->select, r, s->select.recipient);
    if (cell_is_nobody(group) || cell_is_nobody(cell))
        return 1;
    return add_owner(s, group, select_same(cell, who), r->line, e) == 0 ? 1 : -1;
}

int selection_begin(struct selection *s, struct input *in, int64_t now_ms, struct err *e)
{
    s->select.now_ms = now_ms;
    if (!s->filter || filter_aggregates(s->filter) == 0)
        return 0;
    s->grouping = grouping_new(s->filter, e);
    if (!s->grouping || (s->former && !(s->owners = keyed_new(e))))
        return -1;
    return each_record(s, in, group_row, s->grouping, e);
}

bool selection_say_none_passed(const struct selection *s, struct text *out)
{
    if (s->judged == 0 || s->passed > 0)
        return false;
    text_printf(out, "0 of %" PRIu64 " row%s passed the filter%s", s->judged,
                s->judged == 1 ? "" : "s", s->missed.len > 0 && text_ok(&s->missed) ? ": " : "");
    if (text_ok(&s->missed))
        text_append(out, s->missed.ptr, s->missed.len);
    return true;
}

bool selection_say_near(const struct selection *s, struct text *out)
{
    size_t before = out->len;

    if (s->near)
        filter_near_words(s->near, out);
    return out->len > before;
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
    put_word(t, "once per", p->per_recipient ? "recipient" : NULL);
    for (size_t i = 0; i < p->or_else.n; i++)
        put_word(t, "or else", p->or_else.names[i]);
    for (size_t i = 0; i < p->hashed.n; i++)
        put_word(t, "hashed", p->hashed.names[i]);
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
    if (s->address != COLUMNS_NONE)
        text_printf(t, "own addresses %zu %zu\n", s->address, s->select.recipient);
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
