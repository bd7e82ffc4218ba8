/*
 * table: tells the rows of a table from titles, headers and other tables.
 *
 * Nearly all records are told from a header by their first byte, and no more is looked at: each record is asked about.
 */
#include "policy/table.h"

#include "policy/columns.h"
#include "policy/footer.h"
#include "policy/kind.h"

#include <string.h>

#define ROWS_KNOWN 64u /* the first ones, by which it is known what a column has */
#define TITLES_LEAST 2 /* names that head columns, before a record is taken for a header */

/* What a record's cells are to the table's names. */
struct look {
    size_t filled; /* cells that have something in them */
    size_t own;    /* names of the table in their places */
    size_t titles; /* words that head columns, or are names of the table */
};

static unsigned char first_byte(struct slice cell)
{
    unsigned char c = cell.len > 0 ? (unsigned char)cell.ptr[0] : 0;
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : c;
}

static bool same_name(struct slice a, struct slice b)
{
    const struct columns one = {.names = &a, .n = 1, .origin = ""};
    size_t first = 0;
    return columns_count(&one, b, &first) > 0;
}

void table_init(struct table *t, const struct slice *names, size_t n, struct slice title,
                bool comments)
{
    *t = (struct table){.names = names, .n = n, .title = title, .comments = comments};
    for (size_t i = 0; i < n; i++) {
        struct slice name = slice_trim(names[i]);
        t->named += name.len > 0;
        t->firsts[first_byte(name)] = name.len > 0;
    }
}

/* ---- Looking at a record ---- */

/* Its first cell that has something in it, or n. */
static size_t first_filled(const struct slice *cells, size_t n)
{
    size_t i = 0;
    while (i < n && slice_trim(cells[i]).len == 0)
        i++;
    return i;
}

static bool is_alone(const struct slice *cells, size_t n)
{
    size_t first = first_filled(cells, n);
    return first < n && first_filled(cells + first + 1, n - first - 1) == n - first - 1;
}

static bool is_elsewhere(const struct table *t, struct slice cell, size_t at)
{
    for (size_t i = 0; i < t->n; i++) {
        if (i != at && slice_equal(slice_trim(t->names[i]), cell))
            return true;
    }
    return false;
}

static struct look look_at(const struct table *t, const struct slice *cells, size_t n)
{
    struct look l = {.filled = 0};
    for (size_t i = 0; i < n; i++) {
        struct slice cell = slice_trim(cells[i]);
        if (cell.len == 0)
            continue;
        bool own = i < t->n && same_name(t->names[i], cell);
        l.filled++;
        l.own += own;
        l.titles +=
            own || is_elsewhere(t, cell, i) || kind_is_title(cell) || columns_is_usual(cell);
    }
    return l;
}

/* Names only, each of them once. */
static bool has_only_names(const struct slice *cells, size_t n)
{
    const struct columns c = {.names = cells, .n = n, .origin = ""};
    size_t first = 0;
    if (kind_count(cells, n, KIND_VALUE) + kind_count(cells, n, KIND_ACCOUNT) > 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (slice_trim(cells[i]).len > 0 && columns_count(&c, cells[i], &first) != 1)
            return false;
    }
    return true;
}

bool table_could_begin(const struct slice *cells, size_t n)
{
    const struct table none = {.names = NULL};
    return has_only_names(cells, n) && look_at(&none, cells, n).titles >= TITLES_LEAST;
}

/* ---- The header again, and more of it ---- */

/* Each of the table's names stands in its place. */
static bool has_each_name(const struct table *t, const struct slice *cells, size_t n)
{
    for (size_t i = 0; i < t->n; i++) {
        if (slice_trim(t->names[i]).len > 0 &&
            !(i < n && same_name(t->names[i], slice_trim(cells[i]))))
            return false;
    }
    return true;
}

static bool may_be_header(const struct table *t, const struct slice *cells, size_t n)
{
    size_t first = first_filled(cells, n);
    return first < n && t->firsts[first_byte(slice_trim(cells[first]))];
}

/* Has it something in it behind the table's columns? */
static bool goes_beyond(const struct table *t, const struct slice *cells, size_t n)
{
    return n > t->n && first_filled(cells + t->n, n - t->n) < n - t->n;
}

/* Does it begin as neither a header nor a comment does?  So do nearly all. */
static bool is_plain(const struct table *t, const struct slice *cells, size_t n)
{
    unsigned char c = n > 0 && cells[0].len > 0 ? first_byte(cells[0]) : 0;
    return c > ' ' && c < 0x7f && c != '#' && !t->firsts[c];
}

bool table_is_header(const struct table *t, const struct slice *cells, size_t n)
{
    if (is_plain(t, cells, n) || !may_be_header(t, cells, n) || goes_beyond(t, cells, n))
        return false;
    return t->named > 0 && has_each_name(t, cells, n);
}

static bool is_import_id(struct slice cell)
{
    static const char begins[] = "{\"ImportId\"";
    return cell.len >= sizeof(begins) - 1 && memcmp(cell.ptr, begins, sizeof(begins) - 1) == 0;
}

/* `(max 10)`, `[kg]`, a unit, a type. */
static bool is_unit(struct slice cell)
{
    static const char *const units[] = {
        "string",    "text",   "varchar", "char",     "int",     "integer", "bigint",
        "float",     "double", "number",  "real",     "numeric", "decimal", "date",
        "time",      "bool",   "boolean", "datetime", "s",       "sec",     "min",
        "h",         "kg",     "g",       "m",        "km",      "cm",      "mm",
        "eur",       "usd",    "gbp",     "pts",      "points",  "%",       "percent",
        "timestamp", "uuid",   "days",    "hours",    "minutes", "seconds"};
    char open = cell.ptr[0], close = cell.ptr[cell.len - 1];
    if (cell.len > 2 && ((open == '(' && close == ')') || (open == '[' && close == ']')))
        return kind_of(cell) != KIND_ACCOUNT; /* (a@x.org) is somebody */
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (slice_equal(cell, slice_of(units[i])))
            return true;
    }
    return false;
}

/* Is it so of all cells that have something in them?  There must be some. */
static bool all_are(bool (*is)(struct slice), const struct slice *cells, size_t n)
{
    size_t filled = 0;
    for (size_t i = 0; i < n; i++) {
        struct slice cell = slice_trim(cells[i]);
        if (cell.len > 0 && !is(cell))
            return false;
        filled += cell.len > 0;
    }
    return filled > 0;
}

/* Does it name columns that have no name, and nobody? */
static bool names_nameless(const struct table *t, const struct slice *cells, size_t n)
{
    bool does = false;
    if (!has_only_names(cells, n))
        return false;
    for (size_t i = 0; i < n && i < t->n; i++) {
        bool nameless = slice_trim(t->names[i]).len == 0, filled = slice_trim(cells[i]).len > 0;
        if (filled && (i == 0 || columns_is_usual(t->names[i])))
            return false;
        does = does || (nameless && filled);
    }
    return does;
}

/* Are all of its cells names in their places, or units, and the first is such a name?  Where a choice is ticked
 * by its name, some are: then other cells are somebody's. */
static bool repeats_names(const struct table *t, const struct slice *cells, size_t n)
{
    size_t first = first_filled(t->names, t->n);
    if (first >= n || goes_beyond(t, cells, n) ||
        !same_name(t->names[first], slice_trim(cells[first])))
        return false;
    for (size_t i = 0; i < n && i < t->n; i++) {
        struct slice cell = slice_trim(cells[i]);
        if (cell.len > 0 && !same_name(t->names[i], cell) && !is_unit(cell))
            return false;
    }
    return 2 * look_at(t, cells, n).filled >= t->named;
}

static bool is_further(const struct table *t, const struct slice *cells, size_t n)
{
    return repeats_names(t, cells, n) || (t->named > 1 && all_are(is_unit, cells, n)) ||
           names_nameless(t, cells, n);
}

size_t table_further(const struct table *t, size_t known, size_t nth, const struct slice *cells,
                     size_t n)
{
    if (nth > TABLE_FURTHER_MAX || t->named == 0)
        return known;
    bool next = nth == known + 1;
    return all_are(is_import_id, cells, n) || (next && is_further(t, cells, n)) ? nth : known;
}

/* ---- Comments ---- */

static bool begins_with_hash(const struct slice *cells, size_t n)
{
    struct slice cell = n > 0 ? slice_trim(cells[0]) : (struct slice){"", 0};
    return cell.len > 0 && cell.ptr[0] == '#';
}

/* `# exported by …`; not `# 17`. */
static bool is_remark(struct slice cell)
{
    size_t i = 1;
    while (i < cell.len && (cell.ptr[i] == ' ' || cell.ptr[i] == '#'))
        i++;
    return i > 1 && i < cell.len &&
           kind_of((struct slice){cell.ptr + i, cell.len - i}) == KIND_NAME;
}

bool table_is_comment(const struct table *t, const struct slice *cells, size_t n)
{
    if (is_plain(t, cells, n) || !begins_with_hash(cells, n) || t->hashes || t->n == 0)
        return false;
    if (kind_count(cells, n, KIND_ACCOUNT) > 0) /* somebody is in it, whatever it begins with */
        return false;
    if (t->n == 1 || t->named == 1)
        return memchr(slice_trim(cells[0]).ptr, ' ', slice_trim(cells[0]).len) != NULL;
    return is_remark(slice_trim(cells[0])) || (t->comments && (n != t->n || is_alone(cells, n)));
}

/* ---- Another table ---- */

/* Are two of its cells, and half of them, the table's names, and not all in their places? */
static bool reorders(const struct table *t, const struct slice *cells, size_t n)
{
    size_t filled = 0, known = 0;
    bool moved = false;
    for (size_t i = 0; i < n; i++) {
        struct slice cell = slice_trim(cells[i]);
        filled += cell.len > 0;
        if (cell.len == 0 || !t->firsts[first_byte(cell)])
            continue;
        bool own = i < t->n && slice_equal(slice_trim(t->names[i]), cell);
        bool elsewhere = !own && is_elsewhere(t, cell, i);
        known += own || elsewhere;
        moved = moved || elsewhere;
    }
    return moved && known >= TITLES_LEAST && 2 * known >= filled && has_only_names(cells, n);
}

static bool begins_part(const struct table *t, const struct slice *cells, size_t n)
{
    size_t first = first_filled(cells, n);
    if (is_alone(cells, n))
        return t->named > 1 && columns_is_usual(cells[first]);
    return has_only_names(cells, n) && look_at(t, cells, n).titles >= TITLES_LEAST;
}

/* Has it all names of the table, and more where that has none? */
static bool names_more(const struct table *t, const struct slice *cells, size_t n)
{
    return look_at(t, cells, n).filled > t->named && has_only_names(cells, n);
}

static bool has_digit(struct slice cell)
{
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] >= '0' && cell.ptr[i] <= '9')
            return true;
    }
    return false;
}

static uint64_t bit(size_t column)
{
    return column < TABLE_COLUMNS ? UINT64_C(1) << column : 0;
}

/* How many columns, in which all rows have had numbers or addresses, have a name here. */
static size_t count_named_values(const struct table *t, const struct slice *cells, size_t n)
{
    uint64_t values = t->filled & ~t->named_in;
    size_t count = 0;
    for (size_t i = 0; i < n && i < TABLE_COLUMNS; i++)
        count += (values & bit(i)) && kind_of(cells[i]) == KIND_NAME;
    return count;
}

/* Has no cell a digit where all rows have had some, and is one of them there? */
static bool lacks_digits(const struct table *t, const struct slice *cells, size_t n)
{
    uint64_t digits = t->filled & ~t->worded_in;
    size_t count = 0;
    for (size_t i = 0; i < n && i < TABLE_COLUMNS; i++) {
        if ((digits & bit(i)) && has_digit(cells[i]))
            return false;
        count += (digits & bit(i)) && slice_trim(cells[i]).len > 0;
    }
    return count > 0;
}

static size_t count_usual(const struct slice *cells, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += columns_is_usual(cells[i]);
    return count;
}

/* Does what names recipients stand in its own column, where somebody should?  Where all have had an account or a number,
 * nobody is called so; else a further title tells.  With all other names beside it, it is this header, with a field too
 * many. */
static bool restates(const struct table *t, const struct slice *cells, size_t n)
{
    if (has_each_name(t, cells, n))
        return false;
    for (size_t i = 0; i < n && i < t->n; i++) {
        struct slice cell = slice_trim(cells[i]);
        if (cell.len > 0 && t->firsts[first_byte(cell)] && columns_is_usual(cell) &&
            same_name(t->names[i], cell))
            return (t->filled & ~t->named_in & bit(i)) != 0 ||
                   look_at(t, cells, n).titles >= TITLES_LEAST;
    }
    return false;
}

/* Names alone, of which some stand where names can't. */
static bool begins_amid(const struct table *t, const struct slice *cells, size_t n, bool part)
{
    size_t values = count_named_values(t, cells, n), usual = 0;
    bool again = may_be_header(t, cells, n) && restates(t, cells, n);
    bool odd = part && t->values + t->no_values > 1 && lacks_digits(t, cells, n);
    if ((values == 0 && !again && !odd) || is_alone(cells, n) || !has_only_names(cells, n))
        return false;
    usual = count_usual(cells, n);
    return again || odd || usual > 0 || (part && values > 1) ||
           look_at(t, cells, n).titles >= TITLES_LEAST;
}

/* Beneath a title: `Total,1` in a table of numbers; or rows like those above. */
static bool begins_headless(const struct table *t, const struct slice *cells, size_t n, bool gap)
{
    if (t->title_line == 0 || is_alone(cells, n))
        return false;
    if (t->values > 0 && t->no_values == 0 && kind_of(cells[0]) == KIND_NAME)
        return true;
    return t->n > 1 && t->begun && !t->ours && (gap || !t->like_row) &&
           (t->gaps == 0 || 2 * t->gaps < t->values + t->no_values) && !t->is_row;
}

static bool begins_other(struct table *t, const struct slice *cells, size_t n, bool part, bool gap)
{
    t->headless = false;
    if ((part && begins_part(t, cells, n)) || begins_amid(t, cells, n, part) ||
        (may_be_header(t, cells, n) && reorders(t, cells, n)))
        return true;
    return t->headless = begins_headless(t, cells, n, gap);
}

/* ---- Titles ---- */

static bool same_text(struct slice a, struct slice b)
{
    return a.len > 0 && slice_same(a, b);
}

/* Not who lacks all but an address, or a number where rows have such; nor what a report says. */
static bool may_be_title(const struct table *t, const struct slice *cells, size_t n)
{
    if (!is_alone(cells, n) || table_is_comment(t, cells, n) || footer_amid(cells, n, t->n))
        return false;
    enum kind kind = kind_of(cells[first_filled(cells, n)]);
    return kind == KIND_NAME || (kind == KIND_VALUE && t->no_values > 0);
}

/* A cell alone beneath an empty line, or beneath another such, is the title of what follows; so is one right above a
 * header. */
static void note_title(struct table *t, uint64_t line, const struct slice *cells, size_t n,
                       bool part)
{
    if (!may_be_title(t, cells, n)) {
        t->title_line = t->lone_line = 0;
        return;
    }
    size_t first = first_filled(cells, n);
    struct slice cell = slice_trim(cells[first]);
    t->lone_line = t->n > 1 || part ? line : 0;
    t->ours = same_text(cell, slice_trim(t->title));
    if (!part) {
        t->title_line = 0;
    } else if (t->title_line == 0) {
        t->title_line = line;
        t->like_row = first > 0 || (n >= t->n && has_digit(cell));
        t->is_row = n >= t->n && t->lone > 0;
    }
}

static void note_first(struct table *t, const struct slice *cells, size_t n)
{
    struct slice cell = n > 0 ? slice_trim(cells[0]) : (struct slice){"", 0};
    if (!t->begun)
        t->hashes = cell.len > 1 && cell.ptr[0] == '#' && cell.ptr[1] != ' ';
    t->begun = true;
}

static void note_row(struct table *t, const struct slice *cells, size_t n, bool gap)
{
    if (t->values + t->no_values >= ROWS_KNOWN)
        return;
    t->gaps += gap && t->values + t->no_values > 0;
    t->lone += n >= t->n && is_alone(cells, n);
    for (size_t i = 0; i < n && i < TABLE_COLUMNS; i++) {
        enum kind kind = kind_of(cells[i]);
        t->filled |= kind != KIND_NOTHING ? bit(i) : 0;
        t->named_in |= kind == KIND_NAME ? bit(i) : 0;
        bool worded = kind == KIND_ACCOUNT || (kind != KIND_NOTHING && !has_digit(cells[i]));
        t->worded_in |= worded ? bit(i) : 0;
        t->values += i == 0 && kind == KIND_VALUE;
    }
    t->no_values += kind_of(cells[0]) != KIND_VALUE;
}

/* Is this the header again, so that the same or another table goes on behind it? */
static bool comes_again(const struct table *t, const struct slice *cells, size_t n, bool part)
{
    return table_is_header(t, cells, n) && !(part && names_more(t, cells, n));
}

/* Under a title of its own it is another table's; without one it belongs to the table that has it. */
static bool go_on(struct table *t, bool gap)
{
    uint64_t title = t->n > 1 || !gap ? t->lone_line : 0;
    if (title > 0 && !t->ours && t->begun) {
        t->other_line = t->title_line > 0 ? t->title_line : title;
        t->other = t->same = true;
        t->headless = false;
    } else if (title > 0 || !t->same) {
        t->other = t->same = false;
    }
    t->title_line = t->lone_line = 0;
    return t->other;
}

void table_resume(struct table *t)
{
    t->other = t->same = t->headless = false;
    t->title_line = t->lone_line = 0;
}

/* Has a column a word where all rows have had numbers or addresses?  The first of these columns tells. */
static bool has_odd_word(const struct table *t, const struct slice *cells, size_t n)
{
    uint64_t values = t->filled & ~t->named_in;
    size_t i = 0;
    while (i < n && i < TABLE_COLUMNS && !(values & bit(i)))
        i++;
    struct slice cell = i < n && i < TABLE_COLUMNS ? cells[i] : (struct slice){"", 0};
    unsigned char c = first_byte(cell);
    return c >= 'a' && c <= 'z' && !memchr(cell.ptr, '@', cell.len);
}

/* Once the first rows are known: does nothing that stands out begin here, or end above it? */
static bool is_like_known(const struct table *t, const struct slice *cells, size_t n)
{
    return t->values + t->no_values >= ROWS_KNOWN && t->lone_line == 0 && is_plain(t, cells, n) &&
           !is_alone(cells, n) && !has_odd_word(t, cells, n);
}

bool table_watch(struct table *t, uint64_t line, const struct slice *cells, size_t n, bool gap)
{
    bool part = gap || t->title_line > 0;
    if (!part && !t->other && is_like_known(t, cells, n))
        return false;
    if (t->n == 0 || first_filled(cells, n) == n)
        return t->other;
    note_first(t, cells, n);
    if (comes_again(t, cells, n, part))
        return go_on(t, gap);
    if (!t->other && begins_other(t, cells, n, part, gap)) {
        t->other = true;
        t->other_line = t->title_line > 0 ? t->title_line : line;
    }
    note_title(t, line, cells, n, part);
    if (!t->other && t->title_line == 0)
        note_row(t, cells, n, gap);
    return t->other;
}
