/*
 * lookup: for each name an entry in a table on disk, which its rows have made together:
 *
 *   nothing -> EMPTY -> ADDRESS -> TWICE     (another address)
 *                               -> WRONG     (what is no address)
 *                               -> DAMAGED   (a row that can't be trusted)
 *
 * The first two may also be passed over; the last three stay.  A name that is not in lower case has its
 * lower-case form there too, as a SPELLING, so that it can be said that only the case differs.
 */
#include "stages/lookup.h"

#include "adapters/keyed.h"
#include "adapters/stop.h"
#include "base/mem.h"
#include "base/records.h"
#include "base/visible.h"
#include "policy/cell.h"
#include "policy/columns.h"
#include "policy/identity.h"
#include "policy/wholes.h"
#include "stages/read.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_SIZE 64 /* of a cell in a message */
#define REASON_SIZE 256

enum { EMPTY, ADDRESS, TWICE, WRONG, DAMAGED, SPELLING };

/* text: ADDRESS: the canonical one; WRONG: why; DAMAGED: the record's fault; SPELLING: the name. */
struct entry {
    unsigned char kind;
    uint64_t line, other; /* other: of the second address */
    struct slice text;
};

/* Rows that were passed over. */
struct tally {
    uint64_t n, line; /* of the first */
    char why[REASON_SIZE];
};

struct lookup {
    char *name; /* the file's, for messages */
    uint8_t hash[INPUT_HASH_SIZE];
    size_t on, address;
    bool allow_burn;
    const struct wholes *wholes; /* of its columns, while they are read */
    char *on_name;
    struct keyed *keyed;
    struct text value, next; /* of an entry that was got, and of one to put */
    struct text say;
    uint64_t people;
    struct tally damaged, nameless, misnamed;
    struct text notices;
};

/* ---- names ---- */

static bool is_email(struct slice name)
{
    return name.len > 1 && memchr(name.ptr + 1, '@', name.len - 1); /* @jo is a username */
}

enum identity_kind lookup_kind(struct slice cell)
{
    return is_email(cell_value(cell)) ? IDENTITY_EMAIL : IDENTITY_ID;
}

/* What a cell that names somebody is looked up by; or why it can't be. */
static const char *read_name(struct slice cell, char out[IDENTITY_VALUE_MAX])
{
    return identity_read(lookup_kind(cell), cell, out);
}

/* In lower case (ASCII); out begins with a byte that no name has, so that it can be a key of its own. */
static void fold(const char *name, char out[IDENTITY_VALUE_MAX + 1])
{
    size_t i = 0;

    out[0] = '\n';
    for (; name[i]; i++)
        out[i + 1] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
    out[i + 1] = '\0';
}

/* ---- entries ---- */

static void take(struct slice *from, void *out, size_t len)
{
    memcpy(out, from->ptr, len);
    *from = (struct slice){from->ptr + len, from->len - len};
}

/* 1 with the entry (in l->value), 0, or -1. */
static int get(struct lookup *l, const char *name, struct entry *out, struct err *e)
{
    uint8_t key[KEYED_KEY_SIZE];
    int rc = keyed_key(slice_of(name), key, e) ? -1 : keyed_get(l->keyed, key, &l->value, e);

    if (rc <= 0)
        return rc;
    out->text = (struct slice){l->value.ptr, l->value.len};
    take(&out->text, &out->kind, sizeof(out->kind));
    take(&out->text, &out->line, sizeof(out->line));
    take(&out->text, &out->other, sizeof(out->other));
    return 1;
}

static int put(struct lookup *l, const char *name, const struct entry *entry, struct err *e)
{
    uint8_t key[KEYED_KEY_SIZE];

    text_clear(&l->next);
    text_append(&l->next, &entry->kind, sizeof(entry->kind));
    text_append(&l->next, &entry->line, sizeof(entry->line));
    text_append(&l->next, &entry->other, sizeof(entry->other));
    text_append(&l->next, entry->text.ptr, entry->text.len);
    if (!text_ok(&l->next))
        return err_nomem(e);
    if (keyed_key(slice_of(name), key, e))
        return -1;
    return keyed_put(l->keyed, key, (struct slice){l->next.ptr, l->next.len}, e);
}

/* What two rows say together. */
static struct entry join(const struct entry *known, const struct entry *more)
{
    struct entry twice = {.kind = TWICE, .line = known->line, .other = more->line};

    if (known->kind == EMPTY)
        return more->kind == EMPTY ? *known : *more;
    if (known->kind != ADDRESS || more->kind == EMPTY)
        return *known;
    if (more->kind != ADDRESS)
        return *more;
    return slice_equal(known->text, more->text) ? *known : twice;
}

static int put_spelling(struct lookup *l, const char *name, uint64_t line, struct err *e)
{
    char folded[IDENTITY_VALUE_MAX + 1];
    struct entry entry = {.kind = SPELLING, .line = line, .text = slice_of(name)}, known;
    int there;

    fold(name, folded);
    if (strcmp(name, folded + 1) == 0)
        return 0;
    there = get(l, folded, &known, e);
    return there == 0 ? put(l, folded, &entry, e) : there < 0 ? -1 : 0;
}

static int add(struct lookup *l, const char *name, const struct entry *more, struct err *e)
{
    struct entry known, joined;
    int there = get(l, name, &known, e);

    if (there < 0)
        return -1;
    if (there) {
        joined = join(&known, more);
        return joined.kind == known.kind ? 0 : put(l, name, &joined, e);
    }
    l->people += more->kind != DAMAGED;
    return put(l, name, more, e) == 0 ? put_spelling(l, name, more->line, e) : -1;
}

/* ---- rows ---- */

static void count(struct tally *t, uint64_t line, const char *why)
{
    if (t->n++ > 0)
        return;
    t->line = line;
    visible_line(slice_of(why), t->why, sizeof(t->why));
}

/* `"0x12" is too short: …` */
static void say_value(struct text *out, struct slice value, const char *why)
{
    char shown[SHOWN_SIZE];

    text_clear(out);
    text_printf(out, "\"%s\" %s", visible_line(value, shown, sizeof(shown)), why);
}

static struct slice cell(const struct record *r, size_t column)
{
    return column < r->nfields ? cell_value(r->fields[column]) : (struct slice){"", 0};
}

/* Each whom the row may be about has no sure address. */
static int add_damaged(struct lookup *l, const struct record *r, size_t columns, struct err *e)
{
    struct entry entry = {.kind = DAMAGED, .line = r->line, .text = slice_of(r->fault)};
    char name[IDENTITY_VALUE_MAX];

    count(&l->damaged, r->line, r->fault);
    for (size_t i = 0; i < r->nfields; i++) {
        struct slice value = cell(r, i);
        bool names = i == l->on || (r->nfields != columns && is_email(value));

        if (names && !read_name(value, name) && add(l, name, &entry, e))
            return -1;
    }
    return 0;
}

static int add_person(struct lookup *l, const struct record *r, struct err *e)
{
    struct slice who = wholes_value(&l->wholes[l->on], cell(r, l->on)), value = cell(r, l->address);
    char name[IDENTITY_VALUE_MAX], address[IDENTITY_VALUE_MAX];
    struct entry entry = {.kind = EMPTY, .line = r->line};
    const char *why;

    if (cell_is_nobody(who)) {
        count(&l->nameless, r->line, "");
        return 0;
    }
    why = read_name(who, name);
    if (why) {
        say_value(&l->say, who, why);
        count(&l->misnamed, r->line, l->say.ptr);
        return text_ok(&l->say) ? 0 : err_nomem(e);
    }
    if (cell_is_nobody(value))
        return add(l, name, &entry, e);
    why = identity_read(IDENTITY_ADDRESS, value, address);
    if (!why && !l->allow_burn)
        why = identity_nobodys(address);
    if (why)
        say_value(&l->say, value, why);
    entry.kind = why ? WRONG : ADDRESS;
    entry.text = slice_of(why ? l->say.ptr : address);
    return text_ok(&l->say) ? add(l, name, &entry, e) : err_nomem(e);
}

static int add_batch(struct lookup *l, const struct batch *b, size_t columns, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; i < b->n && rc == 0; i++) {
        const struct record *r = &b->records[i];

        if (r->fault)
            rc = add_damaged(l, r, columns, e);
        else if (!r->aside)
            rc = add_person(l, r, e);
    }
    return rc;
}

static int add_all(struct lookup *l, struct input *in, struct err *e)
{
    size_t columns = read_facts(in)->header.n;
    struct batch b;
    int rc;

    if (read_rewind(in, e))
        return -1;
    batch_init(&b);
    do {
        rc = read_batch(in, &b, e) ? -1 : add_batch(l, &b, columns, e);
        if (rc == 0 && stop_signal())
            rc = err_set(e, EXIT_INTERRUPTED, "%s: interrupted while it was read", l->name);
    } while (rc == 0 && b.n > 0);
    batch_release(&b);
    return rc;
}

/* ---- columns ---- */

/* If the input's column has one of the usual names of its kind, the one that has such a name here. */
static bool find_alike(const struct columns *c, struct slice like, bool emails, size_t *out)
{
    static const enum identity_kind kinds[] = {IDENTITY_EMAIL, IDENTITY_ID, IDENTITY_USERNAME};
    const struct columns one = {.names = &like, .n = 1, .origin = "", .line = 1};
    struct err ignored = ERR_INIT;
    size_t at;

    if (emails)
        return columns_recipient(c, IDENTITY_EMAIL, out, &ignored) == 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct err none = ERR_INIT, other = ERR_INIT;

        if (columns_recipient(&one, kinds[i], &at, &none) == 0)
            return columns_recipient(c, kinds[i], out, &other) == 0;
    }
    return false;
}

/* A job that was written for another input may still say how its column of addresses was called. */
static int find_address(struct lookup *l, const struct columns *c, const struct lookup_options *o,
                        struct err *e)
{
    struct err missing = ERR_INIT;

    if (!o->address)
        return columns_recipient(c, IDENTITY_ADDRESS, &l->address, e);
    if (columns_find(c, slice_of(o->address), "--address", &l->address, &missing) == 0)
        return 0;
    return err_set(
        e, missing.code,
        "%s; with a lookup the address is looked for in its file: name a column of that, "
        "or none",
        missing.text);
}

static int find_columns(struct lookup *l, const struct columns *c, const struct lookup_options *o,
                        struct err *e)
{
    struct slice on = slice_of(o->on ? o->on : o->like);
    const char *asked_by = o->on ? "--on" : "--lookup; --on COLUMN=COLUMN says which is meant";
    struct err missing = ERR_INIT;

    if (columns_find(c, on, asked_by, &l->on, &missing) != 0 &&
        (o->on || !find_alike(c, on, o->emails, &l->on)))
        return err_set(e, missing.code, "%s", missing.text);
    if (find_address(l, c, o, e) != 0)
        return -1;
    if (l->on == l->address)
        return err_set(e, EXIT_USAGE,
                       "%s:%zu: column %zu can't both name people and be their address: say with "
                       "--on and --address which columns are meant",
                       c->origin, c->line, l->on + 1);
    if (!o->allow_rounded && wholes_are_rounded(&l->wholes[l->on]))
        return err_set(e, EXIT_INPUT,
                       "%s: column %zu: %s in zeros behind the 15th digit (\"%s\", "
                       "line %" PRIu64
                       "): a spreadsheet has rounded them; format the column as text "
                       "and export the file again, or go on with --allow-rounded",
                       c->origin, l->on + 1, wholes_that_end(&l->wholes[l->on]),
                       l->wholes[l->on].shown, l->wholes[l->on].line);
    l->on_name = mem_copy(c->names[l->on].ptr, c->names[l->on].len);
    return l->on_name ? 0 : err_nomem(e);
}

/* ---- opening ---- */

static const char *rows(uint64_t n)
{
    return n == 1 ? "row" : "rows";
}

/* `people.csv: 2 damaged rows passed over (the first on line 7` */
static void say_passed_over(struct lookup *l, const struct tally *t, const char *damaged)
{
    visible_puts(&l->notices, l->name);
    text_printf(&l->notices, ": %" PRIu64 "%s %s passed over (the first on line %" PRIu64, t->n,
                damaged, rows(t->n), t->line);
}

static int say_notices(struct lookup *l, const char *of_reading, struct err *e)
{
    const struct tally *damaged = &l->damaged, *nameless = &l->nameless, *misnamed = &l->misnamed;
    struct text *t = &l->notices;

    text_puts(t, of_reading);
    if (damaged->n > 0) {
        say_passed_over(l, damaged, " damaged");
        text_printf(t, ": %s): no address is taken from there\n", damaged->why);
    }
    if (nameless->n > 0) {
        say_passed_over(l, nameless, "");
        text_puts(t, "), with nobody in column \"");
        visible_puts(t, l->on_name);
        text_puts(t, "\"\n");
    }
    if (misnamed->n > 0) {
        say_passed_over(l, misnamed, "");
        text_puts(t, "), for nobody can be looked up by column \"");
        visible_puts(t, l->on_name);
        text_printf(t, "\": %s\n", misnamed->why);
    }
    return text_ok(t) ? 0 : err_nomem(e);
}

static int load(struct lookup *l, const struct lookup_options *o, const struct read_wishes *w,
                struct err *e)
{
    struct read_wishes wishes = w ? *w : (struct read_wishes){.named = NULL};
    const struct input_facts *facts;
    struct input *in;
    int rc = -1;

    wishes.by_itself = true;
    if (!wishes.named)
        wishes.named = o->on ? o->on : o->like;
    in = read_open(o->path, &wishes, e);
    if (!in)
        return -1;
    facts = read_facts(in);
    l->wholes = facts->wholes;
    l->allow_burn = o->allow_burn;
    memcpy(l->hash, facts->hash, sizeof(l->hash));
    l->name = mem_copy(facts->name, strlen(facts->name));
    if (!l->name)
        err_nomem(e);
    else if (find_columns(l, &facts->header, o, e) == 0 && add_all(l, in, e) == 0)
        rc = say_notices(l, facts->notices, e);
    read_close(in);
    return rc;
}

struct lookup *lookup_open(const struct lookup_options *o, const struct read_wishes *w,
                           struct err *e)
{
    struct lookup *l = mem_zero(1, sizeof(*l));

    if (!l) {
        err_nomem(e);
        return NULL;
    }
    text_init(&l->value);
    text_init(&l->next);
    text_init(&l->say);
    text_init(&l->notices);
    l->keyed = keyed_new(e);
    if (l->keyed && load(l, o, w, e) == 0)
        return l;
    lookup_free(l);
    return NULL;
}

void lookup_free(struct lookup *l)
{
    if (!l)
        return;
    keyed_free(l->keyed);
    text_release(&l->notices);
    text_release(&l->say);
    text_release(&l->next);
    text_release(&l->value);
    free(l->on_name);
    free(l->name);
    free(l);
}

uint64_t lookup_rows(const struct lookup *l)
{
    return l->people;
}

const char *lookup_notices(const struct lookup *l)
{
    return l->notices.ptr;
}

/* ---- asking ---- */

/* The same name in another case: 1 with how it stands there (in l->value, or in folded), 0, or -1. */
static int find_spelling(struct lookup *l, const char *name, char folded[IDENTITY_VALUE_MAX + 1],
                         struct entry *out, struct err *e)
{
    int there = 0;

    fold(name, folded);
    if (strcmp(name, folded + 1) != 0) {
        there = get(l, folded + 1, out, e);
        out->text = slice_of(folded + 1);
    }
    return there ? there : get(l, folded, out, e);
}

/* l->say: why there is no entry. */
static int say_none(struct lookup *l, const char *name, struct err *e)
{
    char folded[IDENTITY_VALUE_MAX + 1];
    struct entry near;
    int there = find_spelling(l, name, folded, &near, e);

    if (there < 0)
        return -1;
    text_printf(&l->say, "is not in %s", l->name);
    if (there)
        text_printf(&l->say,
                    " (but \"%.*s\" is, on line %" PRIu64
                    ": case counts): write it in the same way "
                    "in both",
                    (int)near.text.len, near.text.ptr, near.line);
    else if (l->damaged.n > 0)
        text_printf(&l->say,
                    ", of which %" PRIu64 " %s damaged (the first on line %" PRIu64
                    "): mend that, or add a row",
                    l->damaged.n, l->damaged.n == 1 ? "row is" : "rows are", l->damaged.line);
    else
        text_puts(&l->say, ": add a row there");
    return there;
}

static void say_entry(struct lookup *l, const struct entry *entry)
{
    struct text *t = &l->say;

    switch (entry->kind) {
    case TWICE:
        text_printf(t,
                    "stands twice in %s (lines %" PRIu64 " and %" PRIu64
                    "), with different addresses: leave only the right one",
                    l->name, entry->line, entry->other);
        break;
    case WRONG:
        text_printf(t, "has a wrong address in %s (line %" PRIu64 "): %.*s", l->name, entry->line,
                    (int)entry->text.len, entry->text.ptr);
        break;
    case DAMAGED:
        text_printf(t, "stands in %s on a damaged row (line %" PRIu64 ": %.*s): mend it", l->name,
                    entry->line, (int)entry->text.len, entry->text.ptr);
        break;
    default:
        text_printf(t, "has no address in %s (line %" PRIu64 "): fill it in", l->name, entry->line);
    }
}

static enum lookup_answer finish(struct lookup *l, enum lookup_answer answer, struct arena *a,
                                 const char **why, struct err *e)
{
    if (text_ok(&l->say))
        *why = arena_copy(a, l->say.ptr, l->say.len);
    if (*why)
        return answer;
    err_nomem(e);
    return LOOKUP_FAULT;
}

enum lookup_answer lookup_find(struct lookup *l, struct slice value, struct arena *a,
                               const char **out, const char **why, struct err *e)
{
    char name[IDENTITY_VALUE_MAX];
    struct entry entry;
    int there;

    *out = NULL;
    *why = read_name(value, name);
    if (*why && !(*why = arena_copy(a, *why, strlen(*why)))) {
        err_nomem(e);
        return LOOKUP_FAULT;
    }
    if (*why)
        return cell_is_nobody(value) ? LOOKUP_NONE : LOOKUP_BAD;
    there = get(l, name, &entry, e);
    text_clear(&l->say);
    if (there == 0) {
        int near = say_none(l, name, e);

        return near < 0 ? LOOKUP_FAULT : finish(l, near ? LOOKUP_BAD : LOOKUP_NONE, a, why, e);
    }
    if (there < 0)
        return LOOKUP_FAULT;
    if (entry.kind != ADDRESS) {
        say_entry(l, &entry);
        return finish(l, entry.kind == EMPTY || entry.kind == TWICE ? LOOKUP_NONE : LOOKUP_BAD, a,
                      why, e);
    }
    *out = arena_copy(a, entry.text.ptr, entry.text.len);
    if (*out)
        return LOOKUP_FOUND;
    err_nomem(e);
    return LOOKUP_FAULT;
}

const uint8_t *lookup_hash(const struct lookup *l)
{
    return l->hash;
}

const char *lookup_name(const struct lookup *l)
{
    return l->name;
}
