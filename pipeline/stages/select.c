/* select: makes a trigger of a record, whose key says whether it is the same again. */
#include "stages/select.h"

#include "adapters/digest.h"
#include "policy/cell.h"
#include "policy/former.h"
#include "policy/identity.h"
#include "policy/unicode.h"
#include "policy/wholes.h"
#include "policy/wrapped.h"
#include "stages/read.h"

#include <stdio.h>
#include <string.h>

#define QUOTED_MAX 80 /* bytes of a value shown in a message */

static int init_key(struct select *s, const char *key, struct err *e)
{
    const char *end;

    for (; key; key = *end ? end + 1 : NULL) {
        end = key + strcspn(key, ",");
        if (s->n_key == SELECT_KEY_MAX)
            return err_set(e, EXIT_USAGE, "--key: more than %d columns", SELECT_KEY_MAX);
        if (columns_find(s->columns, (struct slice){key, (size_t)(end - key)}, "--key",
                         &s->key[s->n_key++], e) != 0)
            return -1;
    }
    return 0;
}

int select_init(struct select *s, const struct columns *c, enum identity_kind kind,
                size_t recipient, const char *key, int64_t again, struct err *e)
{
    memset(s, 0, sizeof(*s));
    s->columns = c;
    s->kind = kind;
    s->recipient = recipient;
    s->again = again;
    return init_key(s, key, e);
}

const char *select_say(const struct columns *c, size_t at, struct slice value, const char *why,
                       struct arena *a)
{
    struct slice column = c->names[at];
    struct text t;
    const char *copy;

    text_init(&t);
    text_printf(&t, "column \"%.*s\"", (int)column.len, column.ptr);
    if (value.len > QUOTED_MAX)
        text_printf(&t, ": a value of %zu bytes %s", value.len, why);
    else if (value.len > 0)
        text_printf(&t, ": \"%.*s\" %s", (int)value.len, value.ptr, why);
    else
        text_puts(&t, " is empty");
    copy = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
    text_release(&t);
    return copy;
}

/* ---- passing ---- */

/* In a; filters may begin like a formula (@date), which reasons in results should not. */
static const char *keep_reason(enum filter_verdict verdict, const struct text *t, struct arena *a)
{
    static const char before[] = "did not pass ";
    size_t len = verdict == FILTER_FAILS ? sizeof(before) - 1 : 0;
    char *kept = text_ok(t) ? arena_alloc(a, len + t->len + 1) : NULL;

    if (!kept)
        return NULL;
    memcpy(kept, before, len);
    memcpy(kept + len, t->ptr, t->len + 1);
    return kept;
}

/* What a filter says of the record, and why, in a. */
static int judge(const struct select *s, const struct filter *f, const struct record *r,
                 const enum filter_verdict *group, struct arena *a, enum filter_verdict *out,
                 const char **why)
{
    struct text t;

    text_init(&t);
    *out = filter_judge(f, r->fields, s->now_ms, group, &t);
    *why = NULL;
    if (*out != FILTER_PASSES)
        *why = keep_reason(*out, &t, a);
    text_release(&t);
    return *out == FILTER_PASSES || *why ? 0 : -1;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Is the cell in the recipients' column what the column is called, in any letters? */
static bool is_name_of_column(const struct select *s, struct slice cell)
{
    const struct slice *name = &s->columns->names[s->recipient];
    const struct columns column = {.names = name, .n = 1, .origin = ""};
    size_t first;

    if (s->columns->line == 0 || cell.len == 0 || name->len == 0)
        return false;
    if (lower(*cell.ptr) != lower(*slice_trim(*name).ptr)) /* as of nearly all */
        return false;
    return columns_count(&column, cell, &first) > 0;
}

/* Then the record is a header, of this export or of another; but one word in a row that names no other column may be
 * somebody who is called so. */
static bool may_be_called_so(const struct select *s, const struct record *r, struct slice cell)
{
    size_t first, others = 0;

    if (memchr(cell.ptr, ' ', cell.len))
        return false;
    for (size_t i = 0; i < s->columns->n && i < r->nfields; i++) {
        if (i == s->recipient || slice_trim(s->columns->names[i]).len == 0)
            continue;
        if (columns_count(s->columns, slice_trim(r->fields[i]), &first) > 0)
            return false;
        others++;
    }
    return others > 0;
}

static int judge_name_of_column(const struct select *s, struct slice cell, struct arena *a,
                                struct row *out)
{
    if (!is_name_of_column(s, cell))
        return 0;
    if (!may_be_called_so(s, out->record, cell))
        return row_end(out, STATUS_SKIPPED, READ_HEADER);
    return row_end(out, STATUS_INVALID,
                   select_say(s->columns, s->recipient, cell,
                              "is the column's name: a header again, or somebody of this name?  If "
                              "it is somebody, give the column another name",
                              a));
}

int select_record(const struct select *s, const struct record *r, struct arena *a, struct row *out)
{
    enum filter_verdict verdict;
    const char *why;

    memset(out, 0, sizeof(*out));
    out->record = r;
    if (r->aside)
        return row_end(out, STATUS_SKIPPED, r->aside);
    if (r->fault)
        return row_end(out, STATUS_INVALID, r->fault);
    if (judge_name_of_column(s, slice_trim(r->fields[s->recipient]), a, out) != 0)
        return -1;
    for (size_t i = 0; i < s->n_drops && out->fate == ROW_OPEN; i++) {
        if (judge(s, s->drops[i].filter, r, NULL, a, &verdict, &why) != 0)
            return -1;
        if (verdict == FILTER_PASSES)
            return row_end(out, STATUS_SKIPPED, s->drops[i].why);
    }
    return 0;
}

int select_pass(const struct select *s, const struct record *r, const enum filter_verdict *group,
                struct arena *a, struct row *out)
{
    enum filter_verdict verdict;
    const char *why;

    if (!s->filter)
        return 0;
    if (judge(s, s->filter, r, group, a, &verdict, &why) != 0)
        return -1;
    if (verdict == FILTER_PASSES)
        return 0;
    return row_end(out, verdict == FILTER_FAILS ? STATUS_SKIPPED : STATUS_INVALID, why);
}

/* ---- who, and what makes it the same again ---- */

struct slice select_same(struct slice cell, char buf[IDENTITY_VALUE_MAX])
{
    static const unsigned how = UNICODE_DIGITS | UNICODE_NARROW | UNICODE_SEEN;
    struct slice value = wrapped_text(cell_value(cell));
    int n;

    if (memchr(value.ptr, '@', value.len) && !identity_read(IDENTITY_EMAIL, value, buf))
        return slice_of(buf);
    n = slice_is_ascii(value) ? -1 : unicode_form(value, how, buf, IDENTITY_VALUE_MAX);
    return n < 0 ? value : (struct slice){buf, (size_t)n};
}

struct slice select_cell(const struct select *s, const struct record *r, size_t column)
{
    return wholes_value(s->wholes ? &s->wholes[column] : NULL, r->fields[column]);
}

/* What the key is made of; each part with its length before it, so that no two lists are alike. */
static void append_key(const struct select *s, const struct record *r, const char *recipient,
                       struct text *out)
{
    if (s->n_key == 0)
        text_puts(out, recipient);
    for (size_t i = 0; i < s->n_key; i++) {
        char same[IDENTITY_VALUE_MAX];
        struct slice part = s->key[i] == s->recipient && !s->looked_up
                                ? slice_of(recipient)
                                : select_same(select_cell(s, r, s->key[i]), same);

        text_printf(out, "%zu:", part.len);
        text_append(out, part.ptr, part.len);
    }
    if (s->again > 1)
        text_printf(out, " again %lld", (long long)s->again);
}

static int digest_key(const struct text *t, uint8_t key[KEY_SIZE])
{
    uint8_t hash[DIGEST_SIZE];
    int rc = text_ok(t) ? digest_once(t->ptr, t->len, hash) : -1;

    if (rc == 0)
        memcpy(key, hash, KEY_SIZE);
    return rc;
}

/* Of a list that this program has written. */
static int read_key(struct slice digits, uint8_t key[KEY_SIZE])
{
    static const char hex[] = "0123456789abcdef";

    memset(key, 0, KEY_SIZE);
    for (size_t i = 0; i < digits.len; i++) {
        const char *digit = memchr(hex, digits.ptr[i], sizeof(hex) - 1);

        if (!digit || digits.len != 2 * (size_t)KEY_SIZE)
            return -1;
        key[i / 2] = (uint8_t)(key[i / 2] << 4 | (digit - hex));
    }
    return digits.len > 0 ? 0 : -1;
}

static int make_key(const struct select *s, const struct record *r, const char *recipient,
                    uint8_t key[KEY_SIZE])
{
    struct text t;
    int rc;

    if (s->key_given)
        return read_key(r->fields[s->given], key);
    text_init(&t);
    append_key(s, r, recipient, &t);
    rc = digest_key(&t, key);
    text_release(&t);
    return rc;
}

int select_person(const char *recipient, int64_t again, uint8_t key[KEY_SIZE])
{
    return make_key(&(struct select){.again = again}, NULL, recipient, key);
}

/* As append_key did in 0.1. */
static void append_former(const struct select *s, const struct row *t, const char *spelling,
                          struct text *out)
{
    char same[IDENTITY_VALUE_MAX];
    const struct slice *fields = t->record->fields;
    struct slice recipient = spelling ? slice_of(spelling)
                             : s->looked_up && !t->otherwise
                                 ? slice_of(t->recipient)
                                 : former_same(s->kind, fields[s->recipient], same);

    /* An address had no other form then. */
    if (s->kind == IDENTITY_ADDRESS)
        recipient = slice_of(t->recipient);
    if (s->n_key == 0)
        text_append(out, recipient.ptr, recipient.len);
    for (size_t i = 0; i < s->n_key; i++) {
        char buf[IDENTITY_VALUE_MAX];
        bool own = s->key[i] == s->recipient && !s->looked_up;
        struct slice cell = fields[s->key[i]];
        bool email = memchr(cell.ptr, '@', cell.len) != NULL;
        struct slice part =
            own ? recipient : former_same(email ? IDENTITY_EMAIL : IDENTITY_ID, cell, buf);

        text_printf(out, "%zu:", part.len);
        text_append(out, part.ptr, part.len);
    }
    if (s->again > 1)
        text_printf(out, " again %lld", (long long)s->again);
}

int select_former(const struct select *s, const struct row *t, const char *spelling,
                  uint8_t key[KEY_SIZE])
{
    struct text text;
    int rc;

    text_init(&text);
    append_former(s, t, spelling, &text);
    rc = digest_key(&text, key);
    text_release(&text);
    return rc == 0 ? memcmp(key, t->key, KEY_SIZE) != 0 : -1;
}

const char *select_no_part(struct slice value)
{
    if (value.len == 0)
        return "";
    if (cell_is_nobody(value))
        return "stands for nobody, and so for many: fill it in, or take the row out";
    if (cell_has_zeros(cell_value(value)))
        return "is a number with decimals, in a column that has other values too: give it as it "
               "is, or "
               "format the column as text and export the file again";
    if (cell_is_shortened(value))
        return "is a number as Excel shortens it, its digits are lost: format the column as text "
               "and export the file again";
    return identity_lost(value);
}

int select_known(const struct select *s, const struct record *r, const char *recipient,
                 struct arena *a, struct row *out)
{
    for (size_t i = 0; i < s->n_key; i++) {
        struct slice value = slice_trim(select_cell(s, r, s->key[i]));
        const char *why = select_no_part(value);

        if (why)
            return row_end(out, STATUS_INVALID, select_say(s->columns, s->key[i], value, why, a));
    }
    out->recipient = recipient;
    return make_key(s, r, recipient, out->key);
}

int select_recipient(const struct select *s, const struct record *r, struct arena *a,
                     struct row *out)
{
    char recipient[IDENTITY_VALUE_MAX];
    const char *why = identity_read(s->kind, select_cell(s, r, s->recipient), recipient), *kept;

    if (!why && s->kind == IDENTITY_ADDRESS && !s->allow_burn)
        why = identity_nobodys(recipient);
    if (why == identity_no_address)
        why = "is not an address (0x + 40 hex, or bb1…): if another file has it, name that with "
              "--lookup";
    if (why)
        return row_end(
            out, STATUS_INVALID,
            select_say(s->columns, s->recipient, slice_trim(r->fields[s->recipient]), why, a));
    kept = arena_copy(a, recipient, strlen(recipient));
    return kept ? select_known(s, r, kept, a, out) : -1;
}
