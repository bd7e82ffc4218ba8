/*
 * header: what a preset knows comes first; then a record must be so much like a header, and what stands
 * above it so little, that nobody could take it for a row.
 *
 * A record's size is its number of fields, or, where a spreadsheet has padded all of them to one, its fields
 * up to the last that is not empty.  A candidate
 * - stands under smaller records, the first one among them, and is as large as most beneath it (if it names
 *   recipients, only down to the next empty line, and up to that or a title of one cell);
 * - has a column that was asked for or names a recipient, and the same does not stand again in that column
 *   as if it were a value; or consists of names only, each of them once.
 * What makes it sure: values (numbers, dates, addresses) under a name of it; an empty line above it; a
 * first record of one cell, or with a value in it; several records above it.
 *
 * A first record that could be a header itself stays the header, but for two cases: it names no recipient,
 * and one that does comes after an empty line; or it and the next are a block (a meeting and its host), then
 * come an empty line and a header that names recipients.  Nothing is looked for behind a faulty record, for
 * that may have been the header.
 */
#include "policy/header.h"

#include "policy/cell.h"
#include "policy/columns.h"
#include "policy/footer.h"
#include "policy/identity.h"
#include "policy/kind.h"
#include "policy/nearness.h"
#include "policy/table.h"

#include <string.h>

#define NEAR_RECORDS 32u  /* that may nearly fit a preset, besides the header that is found */
#define KEYED_RECORDS 16u /* first ones, among which a header may be */
#define SHIELD_CELLS 3u   /* a first record of so many names is not taken for a preamble */

struct search {
    const struct header_record *records;
    size_t n;
    const struct header_wishes *w;
    size_t first; /* that is not blank */
    bool padded;  /* all records have as many fields */
};

/* ---- Records ---- */

/* Its fields up to the last that is not empty. */
static size_t width(const struct header_record *r)
{
    size_t n = r->n;
    while (n > 0 && slice_trim(r->cells[n - 1]).len == 0)
        n--;
    return n;
}

static bool is_blank(const struct header_record *r)
{
    return width(r) == 0;
}

static size_t size(const struct search *s, size_t i)
{
    return s->padded ? width(&s->records[i]) : s->records[i].n;
}

static bool is_padded(const struct header_record *records, size_t n)
{
    size_t fields = 0;
    for (size_t i = 0; i < n; i++) {
        if (records[i].faulty || is_blank(&records[i]))
            continue;
        if (fields > 0 && records[i].n != fields)
            return false;
        fields = records[i].n;
    }
    return true;
}

/* The next record that is not blank, or n. */
static size_t next_filled(const struct header_record *records, size_t n, size_t from)
{
    while (from < n && is_blank(&records[from]))
        from++;
    return from;
}

static size_t line_ends(const struct header_record *r)
{
    size_t ends = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct slice c = r->cells[i];
        for (size_t k = 0; k < c.len; k++) {
            bool crlf = c.ptr[k] == '\r' && k + 1 < c.len && c.ptr[k + 1] == '\n';
            ends += c.ptr[k] == '\n' || (c.ptr[k] == '\r' && !crlf);
        }
    }
    return ends;
}

/* Is there an empty line (which is no record), or a blank record, right above record i? */
static bool has_gap(const struct search *s, size_t i)
{
    const struct header_record *above = &s->records[i - 1];
    return is_blank(above) || s->records[i].line > above->line + line_ends(above) + 1;
}

/* Is there a gap anywhere between the first record and record i? */
static bool is_apart(const struct search *s, size_t i)
{
    for (size_t k = s->first + 1; k <= i; k++) {
        if (has_gap(s, k))
            return true;
    }
    return false;
}

static struct columns columns_of(const struct header_record *r)
{
    return (struct columns){.names = r->cells, .n = r->n, .origin = ""};
}

/* ---- What a record looks like ---- */

/* Names only, each of them once; empty ones at the end do not count. */
static bool has_only_names(const struct header_record *r)
{
    const struct columns c = columns_of(r);
    size_t n = width(r), first = 0;
    if (kind_count(r->cells, r->n, KIND_NAME) < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (columns_count(&c, r->cells[i], &first) != 1)
            return false;
    }
    return n > 0;
}

/* Is it the column that was asked for, or a recipient's? */
static bool is_wanted(const struct search *s, struct slice cell)
{
    const struct columns one = {.names = &cell, .n = 1, .origin = ""};
    size_t first = 0;
    return columns_is_usual(cell) ||
           (s->w->named && columns_count(&one, slice_of(s->w->named), &first) > 0);
}

/* Has it such a column?  Not so `Email,jo@school.org` and `ID,17`, where a value follows its name. */
static bool names_wanted(const struct search *s, size_t i)
{
    const struct header_record *r = &s->records[i];
    bool has = false;
    for (size_t k = 0; k < r->n && !has; k++)
        has = is_wanted(s, r->cells[k]);
    return has && kind_count(r->cells, r->n, KIND_ACCOUNT) == 0 &&
           (kind_count(r->cells, r->n, KIND_VALUE) == 0 ||
            kind_count(r->cells, r->n, KIND_NAME) >= 2);
}

static bool same_record(const struct header_record *a, const struct header_record *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        if (!slice_equal(a->cells[i], b->cells[i]))
            return false;
    }
    return a->n == b->n;
}

/* Does what names a recipient stand there again, beneath, as a value does (a preferred contact: Email)?
 * A whole header may come again. */
static bool recurs(const struct search *s, size_t i)
{
    const struct header_record *r = &s->records[i];
    for (size_t c = 0; c < r->n; c++) {
        if (!is_wanted(s, r->cells[c]))
            continue;
        for (size_t k = i + 1; k < s->n; k++) {
            const struct header_record *beneath = &s->records[k];
            if (beneath->n == r->n && slice_equal(beneath->cells[c], r->cells[c]) &&
                !same_record(beneath, r))
                return true;
        }
    }
    return false;
}

/* Of the cells of column c beneath record i: are more of them values than names? */
static bool is_over_values(const struct search *s, size_t i, size_t c)
{
    size_t values = 0, names = 0;
    for (size_t k = i + 1; k < s->n; k++) {
        const struct header_record *r = &s->records[k];
        enum kind kind = c < r->n && !r->faulty ? kind_of(r->cells[c]) : KIND_NOTHING;
        values += kind == KIND_VALUE || kind == KIND_ACCOUNT;
        names += kind == KIND_NAME;
    }
    return values > names;
}

static bool is_over_any_values(const struct search *s, size_t i)
{
    for (size_t c = 0; c < s->records[i].n; c++) {
        if (kind_of(s->records[i].cells[c]) == KIND_NAME && is_over_values(s, i, c))
            return true;
    }
    return false;
}

static bool names_usual(const struct header_record *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (columns_is_usual(r->cells[i]))
            return true;
    }
    return false;
}

/* ---- Where it stands ---- */

/* Under a gap or a line of one cell another part of the file begins. */
static bool begins_part(const struct search *s, size_t i)
{
    return has_gap(s, i) || width(&s->records[i - 1]) == 1;
}

/* Is nothing above it as large, in its part or in all of the file? */
static bool begins_table(const struct search *s, size_t i, bool part)
{
    for (size_t k = i; k > s->first && !(part && begins_part(s, k)); k--) {
        if (size(s, k - 1) >= size(s, i))
            return false;
    }
    return true;
}

/* Has it a recipient's column over values?  Nothing is that sure a sign. */
static bool is_over_recipients(const struct search *s, size_t i)
{
    for (size_t c = 0; c < s->records[i].n; c++) {
        if (is_wanted(s, s->records[i].cells[c]) && is_over_values(s, i, c))
            return true;
    }
    return false;
}

/* Do most of the records beneath it fit it, up to the next gap or in all of the file?  Without any it must
 * be the last one, and name recipients. */
static bool fits_rows(const struct search *s, size_t i, bool part)
{
    size_t fitting = 0, rows = 0;
    for (size_t k = i + 1; k < s->n && !(part && has_gap(s, k)); k++) {
        if (is_blank(&s->records[k]) || s->records[k].faulty)
            continue;
        fitting += s->padded ? size(s, k) <= size(s, i) : size(s, k) == size(s, i);
        rows++;
    }
    return rows > 0 ? fitting * 2 >= rows : part && next_filled(s->records, s->n, i + 1) == s->n;
}

/* Are the first record and the one beneath it a block of their own, right above record i and what follows? */
static bool is_under_block(const struct search *s, size_t i)
{
    size_t value = next_filled(s->records, s->n, s->first + 1);
    return i + 1 < s->n && has_gap(s, i) && value < i && !has_gap(s, value) &&
           next_filled(s->records, s->n, value + 1) == i;
}

/* Is what stands above record i no table? */
static bool is_under_preamble(const struct search *s, size_t i)
{
    const struct header_record *first = &s->records[s->first];
    return width(first) == 1 || i - s->first >= 2 || is_apart(s, i) ||
           kind_count(first->cells, first->n, KIND_VALUE) > 0 ||
           kind_count(first->cells, first->n, KIND_ACCOUNT) > 0;
}

static bool is_sure(const struct search *s, size_t i, bool wanted)
{
    bool over = is_over_any_values(s, i);
    if (wanted || over)
        return (wanted && over) || is_under_preamble(s, i);
    return is_apart(s, i) && width(&s->records[s->first]) == 1;
}

/* Record i looks like a header and fits its rows: is it one, rather than the first record? */
static bool wins(const struct search *s, size_t i, bool wanted)
{
    const struct header_record *first = &s->records[s->first];
    if (wanted && is_under_block(s, i))
        return true;
    if (names_wanted(s, s->first))
        return false;
    bool over = wanted && is_over_recipients(s, i);
    if (!over && (size(s, s->first) >= size(s, i) || !begins_table(s, i, wanted)))
        return false;
    if (width(first) >= SHIELD_CELLS && has_only_names(first))
        return wanted && is_apart(s, i);
    return is_sure(s, i, wanted);
}

static bool is_header(const struct search *s, size_t i)
{
    bool wanted = names_wanted(s, i) && !recurs(s, i);
    bool over = wanted && !names_wanted(s, s->first) && is_over_recipients(s, i);
    if (!over && (size(s, s->first) == size(s, i) || !fits_rows(s, i, wanted)))
        return false;
    return (wanted || has_only_names(&s->records[i])) && wins(s, i, wanted);
}

/* Where the same stands above it, that one: exports were put one after the other. */
static size_t find_same(const struct search *s, size_t at)
{
    size_t i = s->first;
    while (i < at && !same_record(&s->records[i], &s->records[at]))
        i++;
    return i;
}

/* The first that looks like one; rather one that names recipients. */
static size_t find_by_looks(const struct search *s)
{
    size_t found = s->first;
    for (size_t i = s->first + 1; i < s->n && !s->records[i - 1].faulty; i++) {
        if (s->records[i].faulty || is_blank(&s->records[i]) || !is_header(s, i))
            continue;
        if (names_wanted(s, i))
            return find_same(s, i);
        found = found == s->first ? i : found;
    }
    return find_same(s, found);
}

/* ---- The column that was asked for ---- */

/* Is it a column's name, and neither an alias nor a number? */
static bool is_column_name(const char *named)
{
    return named && named[0] != '#' && named[0] != '@';
}

static bool has_asked(const struct search *s, size_t i, size_t *column)
{
    const struct columns c = columns_of(&s->records[i]);
    return columns_count(&c, slice_of(s->w->named), column) > 0 &&
           (i == s->first || kind_count(s->records[i].cells, s->records[i].n, KIND_ACCOUNT) == 0);
}

/* The first record that has it, or n: none. */
static size_t find_asked(const struct search *s)
{
    size_t column = 0;
    for (size_t i = s->first; i < s->n; i++) {
        if (s->records[i].faulty)
            return s->n;
        if (has_asked(s, i, &column))
            return i;
    }
    return s->n;
}

/* Is that record the header, and no row in which the word happens to stand? */
static bool is_asked_header(const struct search *s, size_t i)
{
    size_t column = 0;
    if (i == s->first)
        return true;
    (void)has_asked(s, i, &column);
    if (recurs(s, i))
        return false;
    return i == next_filled(s->records, s->n, s->first + 1) || is_over_values(s, i, column) ||
           (begins_part(s, i) && has_only_names(&s->records[i])) || begins_table(s, i, false);
}

/* ---- A table above it ---- */

/* A record above the header that could begin a table of its own, with a row beneath it; or n. */
static size_t find_table_above(const struct search *s, size_t header)
{
    for (size_t i = s->first; i + 1 < header; i++) {
        if (i > s->first && !begins_part(s, i))
            continue;
        if (table_could_begin(s->records[i].cells, s->records[i].n) && !has_gap(s, i + 1) &&
            width(&s->records[i + 1]) > 1)
            return i;
    }
    return s->n;
}

/* ---- People above it ---- */

static bool is_account(const struct header_record *r, size_t c)
{
    return c < r->n && !r->faulty && kind_of(r->cells[c]) == KIND_ACCOUNT;
}

/* Is column c of the header at one of accounts? */
static bool is_over_accounts(const struct search *s, size_t at, size_t c)
{
    size_t filled = 0, accounts = 0;
    for (size_t i = at + 1; i < s->n; i++) {
        const struct header_record *r = &s->records[i];
        filled += c < r->n && slice_trim(r->cells[c]).len > 0;
        accounts += is_account(r, c);
    }
    bool wanted = is_wanted(s, s->records[at].cells[c]);
    return 2 * accounts > filled || (wanted && (accounts > 0 || filled == 0));
}

/* Is it one name and its value, of a title: `Contact,events@x.org` above more columns, or `Host,jo@x.org`? */
static bool is_title_pair(const struct search *s, size_t i, size_t at)
{
    const struct header_record *r = &s->records[i];
    return footer_is_keyed(r->cells, r->n) ||
           (width(r) == 2 && width(&s->records[at]) > 2 && kind_of(r->cells[0]) == KIND_NAME &&
            kind_of(r->cells[1]) == KIND_ACCOUNT);
}

/* Does record i stand under names, apart from the header, in a block of its own (a meeting and its host)? */
static bool is_in_block(const struct search *s, size_t i, size_t at)
{
    size_t end = i + 1;
    while (end < at && !has_gap(s, end))
        end++;
    return i > s->first && has_gap(s, end) && !has_gap(s, i) && width(&s->records[i - 1]) > 1 &&
           has_only_names(&s->records[i - 1]);
}

size_t header_person_above(const struct header_record *records, size_t n, size_t at,
                           const struct header_wishes *w)
{
    const struct search s = {records, n, w, next_filled(records, n, 0), is_padded(records, n)};
    for (size_t i = s.first; i < at; i++) {
        const struct header_record *r = &records[i];
        if (r->n != records[at].n || is_title_pair(&s, i, at) || is_in_block(&s, i, at))
            continue;
        for (size_t c = 0; c < r->n; c++) {
            if (is_account(r, c) && is_over_accounts(&s, at, c))
                return i;
        }
    }
    return n;
}

/* ---- Presets ---- */

static const struct preset *preset_at(const struct header_wishes *w, size_t i)
{
    if (w->preset)
        return i == 0 ? w->preset : NULL;
    return i < w->n_presets ? &w->presets[i] : NULL;
}

static bool may_choose(const struct header_wishes *w, const struct preset *p)
{
    return p == w->preset || !p->by_name_only;
}

static void add_preset(struct header_found *f, const struct preset *p)
{
    if (!f->preset)
        f->preset = p;
    else if (!f->other && p != f->preset)
        f->other = p;
}

/* The presets that record at fits.  One that has lines above its header fits elsewhere only by the user's
 * word, or if those were cut off. */
static struct header_found fit(const struct search *s, size_t at, bool said)
{
    const struct columns c = columns_of(&s->records[at]);
    const struct preset *p = NULL;
    struct header_found f = {.at = at, .asked = s->n, .above = s->n};
    for (size_t i = 0; (p = preset_at(s->w, i)); i++) {
        bool may = said || p == s->w->preset || p->after.n == 0 || at == s->first;
        if (may && may_choose(s->w, p) && preset_fits(p, &c) && preset_stands_alone(p, &c))
            add_preset(&f, p);
    }
    return f;
}

/* The preset that record at comes nearest to, or NULL. */
static const struct preset *near_to(const struct search *s, size_t at)
{
    const struct columns c = columns_of(&s->records[at]);
    const struct preset *p = NULL, *nearest = NULL;
    size_t best = 0;
    for (size_t i = 0; (p = preset_at(s->w, i)); i++) {
        size_t near = nearness_of(p, &c);
        if (near > best) {
            best = near;
            nearest = p;
        }
    }
    return nearest;
}

/* The first record under a line that a preset knows, if it fits that preset. */
static struct header_found find_after(const struct search *s)
{
    struct header_found f = {.at = s->n, .asked = s->n, .above = s->n};
    const struct preset *p = NULL;
    for (size_t k = s->first; k < s->n && !f.preset; k++) {
        const struct header_record *r = &s->records[k];
        size_t at = next_filled(s->records, s->n, k + 1);
        for (size_t i = 0; at < s->n && (p = preset_at(s->w, i)); i++) {
            const struct columns c = columns_of(&s->records[at]);
            if (!may_choose(s->w, p) || !preset_begins(&p->after, r->cells, r->n) ||
                !preset_fits(p, &c))
                continue;
            f.at = at;
            add_preset(&f, p);
        }
    }
    return f;
}

/* Is record i a row like all those above it, up to the first?  (Files one after the other in one.) */
static bool is_row(const struct search *s, size_t i)
{
    for (size_t k = s->first; k < i; k++) {
        if (size(s, k) != size(s, i))
            return false;
    }
    return i > s->first && !is_apart(s, i);
}

static struct header_found find_by_preset(const struct search *s)
{
    struct header_found f = find_after(s);
    for (size_t i = s->first; i < s->n && !f.preset; i++) {
        if (s->w->preset || !is_row(s, i))
            f = fit(s, i, false);
    }
    return f;
}

/* The one that the user has said is taken, if it is only columns that are missing. */
static void take_near(const struct search *s, struct header_found *f)
{
    const struct columns c = columns_of(&s->records[f->near_at]);
    if (!f->near || f->near != s->w->preset || !preset_stands_alone(f->near, &c))
        return;
    f->at = f->near_at;
    f->preset = f->near;
    f->asked = f->above = s->n;
}

/* Where no record fits. */
static void find_near(const struct search *s, struct header_found *f)
{
    for (size_t i = s->first; i < s->n && !f->near; i++) {
        if (i >= s->first + NEAR_RECORDS && i != f->at)
            continue;
        if (s->records[i].faulty || (!s->w->preset && is_row(s, i)))
            continue;
        f->near = near_to(s, i);
        f->near_at = i;
    }
    take_near(s, f);
}

static struct header_found find_on_line(const struct search *s, size_t i)
{
    struct header_found f = fit(s, i, true);
    f.near_at = i;
    if (!f.preset)
        f.near = near_to(s, i);
    take_near(s, &f);
    return f;
}

static struct header_found find(const struct search *s)
{
    struct header_found f = find_by_preset(s);
    if (f.preset)
        return f;
    size_t asked = is_column_name(s->w->named) ? find_asked(s) : s->n;
    bool is_sure = asked < s->n && is_asked_header(s, asked);
    f = (struct header_found){.at = is_sure ? asked : find_by_looks(s), .asked = asked};
    f.above = is_sure || is_over_recipients(s, f.at) ? s->n : find_table_above(s, f.at);
    find_near(s, &f);
    return f;
}

struct header_found header_find(const struct header_record *records, size_t n,
                                const struct header_wishes *w)
{
    struct search s = {records, n, w, next_filled(records, n, 0), is_padded(records, n)};
    struct header_found f = {.at = n};
    for (size_t i = 0; w->line > 0 && i < n; i++) {
        if (records[i].line == w->line)
            return find_on_line(&s, i);
    }
    if (w->line == 0 && n > 0 && s.first < n)
        return find(&s);
    if (w->line == 0 && n > 0)
        f.at = 0;
    f.asked = f.above = n;
    return f;
}

/* ---- Rows in its place ---- */

/* Does it end as a domain of the internet: behind a dot, at least two characters, none of them a digit?  Not
 * so `Precision@10`, `mAP@0.5`, `Score@Home`. */
static bool ends_as_domain(struct slice value)
{
    size_t n = 0;
    for (; n < value.len && value.ptr[value.len - 1 - n] != '.'; n++) {
        char c = value.ptr[value.len - 1 - n];
        if (c == '@' || (c >= '0' && c <= '9'))
            return false;
    }
    return n >= 2 && n < value.len;
}

static bool is_header_account(struct slice cell)
{
    char out[IDENTITY_VALUE_MAX];
    struct slice value = cell_value(cell);
    return !identity_read(IDENTITY_ADDRESS, value, out) ||
           (!identity_read(IDENTITY_EMAIL, value, out) && ends_as_domain(value));
}

/* The first cell of which that is so, or r->n. */
static size_t find_cell(const struct search *s, size_t at,
                        bool (*is)(const struct search *, size_t, size_t))
{
    size_t c = 0;
    while (c < s->records[at].n && !is(s, at, c))
        c++;
    return c;
}

static bool is_account_at(const struct search *s, size_t at, size_t c)
{
    return is_header_account(s->records[at].cells[c]);
}

static bool is_value_at(const struct search *s, size_t at, size_t c)
{
    return kind_of(s->records[at].cells[c]) == KIND_VALUE;
}

/* Does a row beneath have the same in the same column? */
static bool stands_again_at(const struct search *s, size_t at, size_t c)
{
    const struct header_record *r = &s->records[at];
    if (kind_of(r->cells[c]) != KIND_NAME)
        return false;
    for (size_t i = at + 1; i < s->n; i++) {
        const struct header_record *beneath = &s->records[i];
        if (c < beneath->n && !same_record(beneath, r) &&
            slice_equal(slice_trim(beneath->cells[c]), slice_trim(r->cells[c])))
            return true;
    }
    return false;
}

/* A word that heads columns, or a recipient's usual name. */
static bool is_title_at(const struct search *s, size_t at, size_t c)
{
    struct slice cell = s->records[at].cells[c];
    return kind_is_title(cell) || columns_is_usual(cell);
}

static size_t digits(struct slice cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell.len; i++)
        n += cell.ptr[i] >= '0' && cell.ptr[i] <= '9';
    return n;
}

/* Do most cells beneath it have digits (u17, R_2x4), and it none? */
static bool is_over_digits_at(const struct search *s, size_t at, size_t c)
{
    size_t filled = 0, with = 0;
    struct slice cell = s->records[at].cells[c];
    for (size_t i = at + 1; i < s->n; i++) {
        bool has = c < s->records[i].n && slice_trim(s->records[i].cells[c]).len > 0;
        filled += has;
        with += has && digits(s->records[i].cells[c]) > 0;
    }
    return kind_of(cell) == KIND_NAME && digits(cell) == 0 && 2 * with > filled;
}

/* May it be a row, for the column is asked for by its number and nothing tells it from those beneath? */
static bool is_like_rows(const struct search *s, size_t at)
{
    size_t n = s->records[at].n;
    if (!s->w->named || s->w->named[0] != '#' || next_filled(s->records, s->n, at + 1) == s->n)
        return false;
    return find_cell(s, at, is_over_digits_at) == n;
}

/* Beneath a name and its value: the next record of names alone that heads columns, over digits; or n. */
static size_t find_rival(const struct search *s, size_t at)
{
    const struct header_record *r = &s->records[at];
    if (!footer_is_keyed(r->cells, r->n) || is_title_at(s, at, 1))
        return s->n;
    for (size_t i = at + 1; i < s->n && i <= at + KEYED_RECORDS; i++) {
        const struct header_record *rival = &s->records[i];
        if (width(rival) > 1 && has_only_names(rival) && find_cell(s, i, is_title_at) < rival->n &&
            find_cell(s, i, is_over_digits_at) < rival->n)
            return i;
    }
    return s->n;
}

size_t header_spot(const struct header_record *records, size_t n)
{
    const struct search s = {.records = records, .n = n, .first = next_filled(records, n, 0)};
    size_t end = n < KEYED_RECORDS ? n : KEYED_RECORDS, i = s.first;
    while (i < end && !(has_only_names(&records[i]) && names_usual(&records[i])))
        i++;
    if (i < end)
        return i;
    return s.first < n ? find_rival(&s, s.first) : n;
}

struct header_doubt header_doubt(const struct header_record *records, size_t n, size_t at,
                                 const struct header_wishes *w)
{
    struct search s = {records, n, w, next_filled(records, n, 0), is_padded(records, n)};
    const struct header_record *r = &records[at];
    struct header_doubt d = {HEADER_SURE, 0};
    size_t column = 0;
    const struct columns c = columns_of(r);
    bool asked = is_column_name(w->named) && columns_count(&c, slice_of(w->named), &column) > 0;
    if (asked || (!w->named && names_usual(r)))
        return d;
    /* A name that is misspelt is for whoever looks it up to say. */
    if (is_column_name(w->named) &&
        columns_nearest(slice_of(w->named), r->cells, r->n) != COLUMNS_NONE)
        return d;
    if ((d.cell = find_cell(&s, at, is_account_at)) < r->n)
        d.why = HEADER_ACCOUNT;
    else if ((d.cell = find_rival(&s, at)) < n)
        d.why = HEADER_KEYED;
    else if (find_cell(&s, at, is_title_at) < r->n)
        d.why = HEADER_SURE;
    else if ((d.cell = find_cell(&s, at, is_value_at)) < r->n)
        d.why = HEADER_VALUE;
    else if ((d.cell = find_cell(&s, at, stands_again_at)) < r->n)
        d.why = HEADER_AGAIN;
    else if (is_like_rows(&s, at))
        d.why = HEADER_LIKE_ROWS;
    return d;
}

bool header_is_plausible(const struct header_record *r)
{
    const struct search s = {.records = r, .n = 1};
    size_t titles = 0, filled = 0;
    for (size_t c = 0; c < r->n; c++) {
        filled += slice_trim(r->cells[c]).len > 0;
        titles += is_title_at(&s, 0, c);
    }
    return 2 * titles > filled;
}
