/* selection_who: whom rows are about: the columns that say it, and what is asked where none does, or several. */
#include "actions/action.h"
#include "base/visible.h"
#include "policy/added.h"
#include "policy/preset.h"
#include "selection_internal.h"
#include "stages/job.h"
#include "stages/lookup.h"
#include "stages/read.h"
#include "stages/selection.h"
#include "stages/undone.h"

#include <stdio.h>
#include <string.h>

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

/* Which holds addresses only, since March 2026. */
static bool has_store(const struct job *j)
{
    for (size_t i = 0; i < j->n_steps; i++)
        if (strcmp(j->steps[i].action, "store") == 0)
            return true;
    return false;
}

/* Is somebody mailed, and nothing done that would need to know them otherwise? */
static bool needs_email(const struct job *j)
{
    bool mails = false;

    for (size_t i = 0; i < j->n_steps; i++)
        mails = mails || action_mails(j->steps[i].action);
    return mails && !needs_address(j) && !has_store(j);
}

/* The column that a preset knows for a kind of recipients. */
static size_t preset_recipient(const struct selection *s, enum identity_kind kind)
{
    return s->preset ? preset_column(&s->preset->recipient[kind], &s->columns) : COLUMNS_NONE;
}

/* Was a column with the usual name of one added to a platform's export?  Its own "Address" is a street.  A claim,
 * which needs one, takes also a name that only has such a word in it. */
static bool has_addresses(const struct selection *s, const struct columns *c)
{
    bool street = false;

    for (size_t i = 0; i < c->n; i++) {
        struct slice name = slice_trim(c->names[i]);

        if (!columns_is_usual_of(name, IDENTITY_ADDRESS))
            continue;
        if (!slice_is(name, "address"))
            return true;
        street = true;
    }
    return !street && needs_address(s->job) && columns_recipients(c, IDENTITY_ADDRESS) > 0;
}

/* The column by which another file may know the recipients, or COLUMNS_NONE. */
static size_t find_known_by(const struct selection *s, const struct columns *own)
{
    size_t column = COLUMNS_NONE;

    for (int kind = IDENTITY_EMAIL; kind < IDENTITY_KINDS && column == COLUMNS_NONE; kind++)
        column = preset_recipient(s, (enum identity_kind)kind);
    for (int kind = IDENTITY_EMAIL; kind < IDENTITY_KINDS && column == COLUMNS_NONE; kind++) {
        struct err ignored = ERR_INIT;

        if (columns_recipient(own, (enum identity_kind)kind, &column, &ignored) != 0)
            column = COLUMNS_NONE;
    }
    return column;
}

/* `--lookup FILE --on "Email" or --on "Login"`: by what the input may know its recipients, and how many these are;
 * COLUMN: by nothing that is known. */
static size_t put_on(const struct selection *s, const struct columns *own, const char *file,
                     struct text *out)
{
    size_t known = s->preset ? find_known_by(s, own) : COLUMNS_NONE, n = 0;

    text_printf(out, "--lookup %s", file);
    for (int kind = IDENTITY_EMAIL; kind < IDENTITY_KINDS; kind++)
        for (size_t i = 0; i < own->n; i++) {
            const struct columns one = {.names = &own->names[i], .n = 1, .origin = ""};

            if (known == COLUMNS_NONE ? columns_recipients(&one, (enum identity_kind)kind) > 0
                                      : kind == IDENTITY_EMAIL && i == known)
                text_printf(out, "%s --on \"%.*s\"", n++ ? " or" : "", (int)own->names[i].len,
                            own->names[i].ptr);
        }
    text_puts(out, n ? "" : " --on COLUMN");
    return n;
}

static void put_lookup(const struct selection *s, const struct columns *own, struct text *out)
{
    text_puts(out, ".  If another file has the addresses: ");
    put_on(s, own, "FILE", out);
    text_puts(out, ", a CSV with that column and the address that belongs to each");
}

/* People are named, but not by addresses: what is missing is a lookup. */
static int refuse_without_lookup(const struct columns *own, const char *on, struct err *e)
{
    char line[32] = "";

    if (own->line)
        snprintf(line, sizeof(line), ":%zu", own->line);
    return err_set(e, EXIT_USAGE,
                   "%s%s: no column has addresses, and a claim needs them.  Give a second CSV that "
                   "has them: %s.  Or, if there is one here: --address COLUMN",
                   own->origin, line, on);
}

/* A claim needs an address, and no column is known to have them. */
static int refuse_no_column(const struct selection *s, const struct columns *own,
                            const struct err *why, struct err *e)
{
    struct text t;
    int rc;

    if (columns_recipients(own, IDENTITY_ADDRESS) > 1)
        return err_set(e, why->code, "%s", why->text);
    text_init(&t);
    if (!s->job->recipient && put_on(s, own, "people.csv", &t) > 0 && text_ok(&t)) {
        rc = refuse_without_lookup(own, t.ptr, e);
    } else {
        text_clear(&t);
        put_lookup(s, own, &t);
        rc = text_ok(&t) ? err_set(e, why->code, "%s%s", why->text, t.ptr) : err_nomem(e);
    }
    text_release(&t);
    return rc;
}

static int refuse_no_address(const struct selection *s, struct err *e)
{
    return err_set(e, EXIT_USAGE,
                   "%s: names nobody by an address (preset %s), which a claim needs: give --lookup "
                   "FILE, a CSV of e-mail addresses or ids with the addresses that belong to them, "
                   "or --address COLUMN",
                   s->columns.origin, s->preset->name);
}

/* Each column that may be meant, as what is to be said, behind n others: how many. */
static size_t put_candidates(const struct columns *own, enum identity_kind kind, size_t n,
                             struct text *out)
{
    for (size_t i = 0; i < own->n; i++) {
        const struct columns one = {.names = &own->names[i], .n = 1, .origin = ""};

        if (columns_recipients(&one, kind) == 0)
            continue;
        text_printf(out, "%s--%s \"%.*s\"", n++ ? " or " : "", identity_kind_name(kind),
                    (int)own->names[i].len, own->names[i].ptr);
    }
    return n;
}

static int ask_who(const struct selection *s, const struct columns *own, const struct err *why,
                   struct err *e)
{
    struct text t;
    size_t n = 0;
    int rc;

    text_init(&t);
    for (int kind = IDENTITY_EMAIL; kind < IDENTITY_KINDS; kind++)
        n = put_candidates(own, (enum identity_kind)kind, n, &t);
    if (n > 0)
        text_puts(&t, " (or --address, --email, --id or --username, with another column)");
    if (n > 0 && has_store(s->job))
        put_lookup(s, own, &t);
    if (!text_ok(&t))
        rc = err_nomem(e);
    else if (n > 0)
        rc =
            err_set(e, EXIT_USAGE, "%s: who are the recipients?  Say %s", s->columns.origin, t.ptr);
    else
        rc = err_set(e, why->code, "%s", why->text);
    text_release(&t);
    return rc;
}

/* The same for codes and stores, whose recipients need no address: what else the file may name them by. */
static int find_address(const struct selection *s, const struct columns *own, size_t *column,
                        struct err *e)
{
    struct err why = ERR_INIT;

    if (columns_recipient(own, IDENTITY_ADDRESS, column, &why) == 0)
        return 0;
    if (columns_recipients(own, IDENTITY_ADDRESS) > 1)
        return err_set(e, why.code, "%s", why.text);
    return ask_who(s, own, &why, e);
}

/* What a preset may know people by, and this export of the platform does not have. */
static int refuse_nobody(const struct selection *s, struct err *e)
{
    const struct preset *p = s->preset;
    struct text t;
    int rc;

    text_init(&t);
    for (int kind = 0; kind < IDENTITY_KINDS; kind++) {
        if (p->recipient[kind].n == 0)
            continue;
        text_printf(&t, "%s\"", t.len > 0 ? ", " : "");
        text_puts(&t, p->recipient[kind].names[0]);
        text_puts(&t, "\"");
    }
    rc = text_ok(&t)
             ? err_set(
                   e, EXIT_USAGE,
                   "%s: has no column by which preset %s knows people (%s): export it again with "
                   "one of these, or say another with --email COLUMN or --id COLUMN",
                   s->columns.origin, p->name, t.ptr)
             : err_nomem(e);
    text_release(&t);
    return rc;
}

/* Is there none of the columns that the preset knows, and none that may do for them? */
static bool names_nobody(const struct selection *s, const struct columns *own)
{
    for (int kind = 0; s->preset && kind < IDENTITY_KINDS; kind++)
        if (preset_recipient(s, (enum identity_kind)kind) != COLUMNS_NONE ||
            columns_recipients(own, (enum identity_kind)kind) > 0)
            return false;
    return s->preset != NULL;
}

/* As the preset knows it; an address is what it must be if one is needed. */
static bool find_preset_recipient(const struct selection *s, enum identity_kind *kind,
                                  size_t *column)
{
    static const enum identity_kind order[] = {IDENTITY_EMAIL, IDENTITY_ID, IDENTITY_USERNAME,
                                               IDENTITY_ADDRESS};

    for (size_t i = 0; s->preset && i < sizeof(order) / sizeof(order[0]); i++) {
        *kind = order[i];
        *column = preset_recipient(s, *kind);
        if (*column != COLUMNS_NONE && (*kind == IDENTITY_ADDRESS || !needs_address(s->job)))
            return true;
    }
    return false;
}

/* Nobody says who the rows are about: a column of addresses that was added to the export, or what the preset
 * knows, or, without one, the usual names. */
static int find_recipient(struct selection *s, enum identity_kind *kind, size_t *column,
                          struct err *e)
{
    struct columns own = own_columns(s);
    struct err why = ERR_INIT;
    size_t known = preset_recipient(s, IDENTITY_ADDRESS);
    bool added = known == COLUMNS_NONE && has_addresses(s, &own);

    if (needs_email(s->job)) {
        *kind = IDENTITY_EMAIL;
        *column = preset_recipient(s, IDENTITY_EMAIL);
        return *column != COLUMNS_NONE ? 0 : columns_recipient(&own, *kind, column, e);
    }
    if (!added && find_preset_recipient(s, kind, column))
        return 0;
    *kind = IDENTITY_ADDRESS;
    if (names_nobody(s, &own))
        return refuse_nobody(s, e);
    if (s->preset && !added && needs_address(s->job))
        return refuse_no_address(s, e);
    if (!needs_address(s->job))
        return find_address(s, &own, column, e);
    return columns_recipient(&own, *kind, column, &why) == 0 ? 0
                                                             : refuse_no_column(s, &own, &why, e);
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
    if (s->preset || columns_recipients(&own, IDENTITY_EMAIL) < 2)
        *column = find_known_by(s, &own);
    if (*column != COLUMNS_NONE)
        return 0;
    return columns_person(&own, IDENTITY_EMAIL, "on", column, e);
}

static bool names_emails(const struct selection *s, size_t column)
{
    return column == preset_recipient(s, IDENTITY_EMAIL) ||
           columns_is_usual_of(s->columns.names[column], IDENTITY_EMAIL);
}

static int open_lookup(struct selection *s, size_t *column, struct err *e)
{
    const struct job *j = s->job;
    struct lookup_options o = {.path = j->lookup,
                               .address = j->recipient,
                               .allow_rounded = j->allow_rounded,
                               .allow_burn = j->allow_burn};
    const struct read_wishes w = {
        .fetch = j->read.fetch, .sheet = j->lookup_sheet, .sheet_option = "--lookup-sheet"};
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
    o.emails = names_emails(s, *column);
    s->lookup = o.like ? lookup_open(&o, &w, e) : NULL;
    rc = s->lookup ? 0 : err_nomem(e);
    arena_release(&a);
    s->otherwise_kind = names_emails(s, *column) ? IDENTITY_EMAIL : IDENTITY_ID;
    return rc;
}

/* Is it a column by which the preset names recipients? */
static bool is_presets(const struct selection *s, size_t column)
{
    for (int kind = 0; kind < IDENTITY_KINDS; kind++)
        if (preset_recipient(s, (enum identity_kind)kind) == column)
            return true;
    return false;
}

/* The column that is said.  Whoever gives one to a claim may not know that another file can have the addresses. */
static int find_said(const struct selection *s, enum identity_kind kind, size_t *column,
                     struct err *e)
{
    const struct columns own = own_columns(s);
    struct err why = ERR_INIT;
    char asked_by[32];

    snprintf(asked_by, sizeof(asked_by), "--%s", identity_kind_name(kind));
    if (columns_find(&s->columns, slice_of(s->job->recipient), asked_by, column, &why) == 0)
        return 0;
    if (kind == IDENTITY_ADDRESS && needs_address(s->job) &&
        columns_recipients(&own, IDENTITY_ADDRESS) == 0)
        return refuse_no_column(s, &own, &why, e);
    return err_set(e, why.code, "%s", why.text);
}

/* The input's own column of addresses. */
static int find_own_address(struct selection *s, struct err *e)
{
    const struct job *j = s->job;
    struct columns own = own_columns(s);

    struct err why = ERR_INIT;

    s->address = preset_recipient(s, IDENTITY_ADDRESS);
    if (j->recipient)
        return find_said(s, IDENTITY_ADDRESS, &s->address, e);
    if (s->address != COLUMNS_NONE ||
        columns_recipient(&own, IDENTITY_ADDRESS, &s->address, &why) == 0)
        return 0;
    return refuse_no_column(s, &own, &why, e);
}

/* Some rows have an address, and the others are about whom *column names: as if a lookup knew the first. */
static int open_own(struct selection *s, size_t *column, struct err *e)
{
    const struct job *j = s->job;
    const struct columns own = own_columns(s);
    const char *there = NULL;

    if (j->kind != IDENTITY_ADDRESS)
        return err_set(e, EXIT_USAGE,
                       "%s: otherwise is about rows without an address: name the column that has "
                       "them with address, and with on whom the others are about",
                       identity_kind_name(j->kind));
    if (find_own_address(s, e) != 0)
        return -1;
    if (!j->on && !s->has_otherwise && find_known_by(s, &own) == COLUMNS_NONE)
        *column = s->address; /* they are skipped, whoever they are */
    else if (read_on(s, column, &there, e) != 0)
        return -1;
    if (there)
        return err_set(e, EXIT_USAGE,
                       "--on: \"=%s\" is about a lookup: say with --lookup in which file", there);
    s->otherwise_kind = names_emails(s, *column) ? IDENTITY_EMAIL : IDENTITY_ID;
    return 0;
}

/* The column that is read to know whom a row is about, and what stands in it. */
static int find_column(struct selection *s, enum identity_kind *kind, size_t *column, struct err *e)
{
    const struct job *j = s->job;

    if (j->lookup)
        return open_lookup(s, column, e);
    if (s->has_otherwise || j->skip_otherwise)
        return open_own(s, column, e);
    if (j->on)
        return err_set(e, EXIT_USAGE, "--on: goes with a lookup: say with --lookup in which file");
    return j->recipient ? find_said(s, *kind, column, e) : find_recipient(s, kind, column, e);
}

int selection_who(struct selection *s, struct err *e)
{
    const struct job *j = s->job;
    enum identity_kind kind = j->kind;
    size_t column = COLUMNS_NONE;
    const char *said = j->lookup ? j->on : j->recipient;

    for (size_t i = 0; i < j->n_steps; i++)
        s->has_otherwise = s->has_otherwise || j->steps[i].otherwise;
    s->address = s->or_else = COLUMNS_NONE;
    if (find_column(s, &kind, &column, e) != 0)
        return -1;
    selection_alias(s, "@recipient", column);
    if (select_init(&s->select, &s->columns, kind, column, j->key, j->again, e) != 0)
        return -1;
    if (s->preset && !said && is_presets(s, column))
        s->or_else = preset_column(&s->preset->or_else, &s->columns);
    s->select.key_given = j->undo != NULL;
    if (j->undo &&
        columns_find(&s->columns, slice_of(UNDONE_KEY), "undo", &s->select.given, e) != 0)
        return -1;
    s->select.allow_burn = j->allow_burn;
    s->select.looked_up = j->lookup || s->address != COLUMNS_NONE;
    return 0;
}

/* ---- in words ---- */

static void put_key(const struct selection *s, struct text *out)
{
    for (size_t i = 0; i < s->select.n_key; i++) {
        text_puts(out, i ? ", \"" : " \"");
        visible_append(out, s->columns.names[s->select.key[i]], "");
        text_puts(out, "\"");
    }
}

static void put_person(const struct selection *s, struct text *out)
{
    const struct preset *p = s->preset;

    text_puts(out, " ");
    visible_puts(out, p && p->person ? p->person : "recipient");
    text_puts(out, " (");
    if (s->address != COLUMNS_NONE && s->address != s->select.recipient) {
        visible_append(out, s->columns.names[s->address], "");
        text_puts(out, ", else ");
    }
    visible_append(out, s->columns.names[s->select.recipient], "");
    if (s->lookup) {
        text_puts(out, ", looked up in ");
        visible_puts(out, lookup_name(s->lookup));
    }
    text_puts(out, ")");
}

void selection_say_once(const struct selection *s, struct text *out)
{
    text_puts(out, "once per");
    if (s->select.n_key > 0)
        put_key(s, out);
    else
        put_person(s, out);
    if (s->select.again > 1)
        text_printf(out, ", once more (--again %lld)", (long long)s->select.again);
}
