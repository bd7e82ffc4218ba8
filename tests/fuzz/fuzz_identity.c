/*
 * fuzz_identity: any cell names somebody or nobody, the same way wherever it is asked; and any first lines of a file
 * have a header, or none, that is one of them.
 *
 * The bytes are lines; a tab divides cells.  Each cell is read as a recipient of each kind, and all of them as the
 * first records of a file.
 */
#include "fuzz.h"

#include "policy/cell.h"
#include "policy/columns.h"
#include "policy/header.h"
#include "policy/identity.h"
#include "policy/wrapped.h"
#include "stages/select.h"

#define RECORDS_MAX 6
#define CELLS_MAX 4

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    return 0;
}

/* ---- who ---- */

/* In quotes it is the same recipient, or is refused. */
static void check_quoted(enum identity_kind k, const char *canonical)
{
    static const char *const quotes[][2] = {{"\"", "\""}, {"“", "”"}, {"„", "“"},  {"«", "»"},
                                            {"‘", "’"},   {"`", "`"}, {"＂", "＂"}};
    char quoted[IDENTITY_VALUE_MAX + 8], same[IDENTITY_VALUE_MAX];

    for (size_t i = 0; i < sizeof(quotes) / sizeof(*quotes); i++) {
        snprintf(quoted, sizeof(quoted), "%s%s%s", quotes[i][0], canonical, quotes[i][1]);
        if (!identity_read(k, slice_of(quoted), same))
            MUST(strcmp(same, canonical) == 0);
    }
}

static void check_canonical(enum identity_kind k, const char *canonical)
{
    char same[IDENTITY_VALUE_MAX], part[IDENTITY_VALUE_MAX];
    struct slice s = slice_of(canonical);

    MUST(s.len > 0 && slice_is_utf8(s) && slice_trim(s).len == s.len);
    MUST(!cell_is_nobody(s) && !wrapped_in_quotes(s));
    MUST(identity_read(k, s, same) == NULL && strcmp(same, canonical) == 0);
    MUST(select_same(s, part).len > 0);
    check_quoted(k, canonical);
}

static void check_cell(struct slice cell)
{
    for (int k = 0; k < IDENTITY_KINDS; k++) {
        char out[IDENTITY_VALUE_MAX];
        const char *why = identity_read((enum identity_kind)k, cell, out);

        MUST(!why || (why[0] != '\0' && strchr(why, '\n') == NULL));
        MUST(why || !cell_is_nobody(cell));
        if (!why)
            check_canonical((enum identity_kind)k, out);
    }
    if (cell_is_nobody(cell))
        MUST(select_no_part(cell) != NULL);
}

/* ---- the header ---- */

static void check_columns(const struct header_record *r)
{
    const struct columns columns = {.names = r->cells, .n = r->n, .origin = "f", .line = 1};
    size_t at = 0;

    for (int k = 0; k < IDENTITY_KINDS; k++) {
        struct err e = ERR_INIT;

        if (columns_recipient(&columns, (enum identity_kind)k, &at, &e) == 0)
            MUST(at < r->n);
        else
            fuzz_must_say(&e);
    }
    for (size_t i = 0; i < r->n; i++) {
        struct err e = ERR_INIT;

        if (columns_find(&columns, r->cells[i], "--email", &at, &e) == 0)
            MUST(at < r->n);
        else
            fuzz_must_say(&e);
    }
}

static void check_header(const struct header_record *records, size_t n)
{
    static const char *const asked[] = {NULL, "Email", "#2"};

    for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
        const struct header_wishes wishes = {.named = asked[i]};
        struct header_found found = header_find(records, n, &wishes);

        MUST(found.at <= n && found.asked <= n && found.above <= n && !found.preset);
        if (found.at == n)
            continue;
        struct header_doubt doubt = header_doubt(records, n, found.at, &wishes);
        if (doubt.why == HEADER_KEYED)
            MUST(doubt.cell < n);
        else if (doubt.why != HEADER_SURE && doubt.why != HEADER_LIKE_ROWS)
            MUST(doubt.cell < records[found.at].n);
        (void)header_is_plausible(&records[found.at]);
        if (!asked[i]) /* what is nearest takes its time */
            check_columns(&records[found.at]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice cells[RECORDS_MAX][CELLS_MAX];
    struct header_record records[RECORDS_MAX] = {{.n = 0}};
    const char *bytes = (const char *)data;
    size_t n = 0, from = 0;

    for (size_t i = 0; i <= size && n < RECORDS_MAX; i++) {
        struct header_record *r = &records[n];

        if (i < size && bytes[i] != '\n' && bytes[i] != '\t')
            continue;
        if (r->n < CELLS_MAX) {
            cells[n][r->n] = (struct slice){size > 0 ? bytes + from : "", i - from};
            check_cell(cells[n][r->n++]);
        }
        from = i + 1;
        if (i == size || bytes[i] == '\n') {
            r->cells = cells[n];
            r->line = ++n;
        }
    }
    if (n > 0)
        check_header(records, n);
    return 0;
}
