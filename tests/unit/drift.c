/* drift: what of a reading may change from run to run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/drift.h"

#include "base/reading.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define GUESS "WINDOWS-1252, guessed, comma, \", LF, header 1"
#define UTF8 "UTF-8, comma, \", LF, header 1"
#define PLAIN "UTF-8, plain, comma, \", LF, header 1"

enum { PRESET = 1, QUOTE = 2, ENCODING = 4, ESCAPE = 8, SHEET = 16 };

struct sample {
    const char *was, *was_preset, *is, *is_preset;
    unsigned said; /* PRESET … */
    int want;
    const char *message;
};

static void compare(const struct sample *cases, size_t n, bool newest)
{
    for (size_t i = 0; i < n; i++) {
        const struct sample *c = &cases[i];
        const struct drift_past past = {3, c->was, c->was_preset, newest};
        struct err e = ERR_INIT;
        struct reading reading;
        assert_int_equal(reading_parse(c->is, &reading), 0);
        const struct drift_now now = {"in.csv",
                                      &reading,
                                      c->is_preset,
                                      "People",
                                      (c->said & PRESET) != 0,
                                      (c->said & QUOTE) != 0,
                                      (c->said & ESCAPE) != 0,
                                      (c->said & ENCODING) != 0,
                                      (c->said & SHEET) != 0};
        int got = drift_compare(&now, &past, &e);
        if (got != c->want || e.code != (got < 0 ? EXIT_USAGE : 0))
            fail_msg("%zu: %d %s", i, got, e.text);
        if (got < 0)
            assert_string_equal(e.text, c->message);
    }
}

static void what_changes_no_row_is_free(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {UTF8, "", UTF8, "", 0, 1, NULL},
        {UTF8, "luma", UTF8, "luma", 0, 1, NULL},
        {UTF8, "", "UTF-8, bom, sep, semicolon, \", CRLF, header 7", "", 0, 1, NULL},
        {UTF8, "", "UTF-8, tab, \", CR, no header", "", 0, 1, NULL},
        /* the files say it themselves */
        {UTF8, "", "UTF-16LE, bom, comma, \", LF, header 1", "", 0, 1, NULL},
    };
    compare(cases, COUNT(cases), true);
}

static void presets(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {UTF8, "luma", UTF8, "", 0, -1,
         "in.csv: was read with preset luma by run 3, and does not fit it any more: nothing was "
         "done; say --preset luma to learn what it lacks, or --preset none with a --where in place "
         "of its filter"},
        {UTF8, "luma", UTF8, "zoom", 0, -1,
         "in.csv: was read with preset luma by run 3, and now fits zoom: nothing was done; say "
         "--preset zoom if that is right, --preset luma to learn what it lacks, or --preset none "
         "with a --where in place of their filters"},
        {UTF8, "", UTF8, "luma", 0, -1,
         "in.csv: was read without a preset by run 3, and now fits luma: nothing was done; say "
         "--preset luma if its filter is to count, --preset none to do without as before"},
        {UTF8, "luma", UTF8, "", PRESET, 1, NULL},
        {UTF8, "luma", UTF8, "zoom", PRESET, 1, NULL},
        {UTF8, "", UTF8, "luma", PRESET, 1, NULL},
        {UTF8, "luma", UTF8, "", QUOTE | ENCODING, -1,
         "in.csv: was read with preset luma by run 3, and does not fit it any more: nothing was "
         "done; say --preset luma to learn what it lacks, or --preset none with a --where in place "
         "of its filter"},
        {"", "", UTF8, "luma", 0, 1, NULL}, /* presets were not known then */
    };
    compare(cases, COUNT(cases), true);
}

#define FIRST "UTF-8, comma, \", LF, sheet 1 00000000000000aa, header 1"
#define OTHER "UTF-8, comma, \", LF, sheet 1 00000000000000bb, header 1"
#define MOVED "UTF-8, comma, \", LF, sheet 2 00000000000000aa, header 3"

static void sheets(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {FIRST, "", FIRST, "", 0, 1, NULL},
        {FIRST, "", MOVED, "", 0, 1, NULL},
        {UTF8, "", FIRST, "", 0, 1, NULL},
        {FIRST, "", UTF8, "", 0, 1, NULL},
        {FIRST, "", OTHER, "", SHEET, 1, NULL},
        {FIRST, "", OTHER, "", PRESET | QUOTE | ENCODING | ESCAPE, -1,
         "in.csv: sheet \"People\" would be read, and run 3 read another one: nothing was done; "
         "say "
         "--sheet \"People\" if that is the right one"},
    };
    compare(cases, COUNT(cases), true);
}

#define SINGLE "UTF-8, comma, ', LF, header 1"
#define BARE "UTF-8, comma, no quotes, LF, header 1"

static void quotes(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {UTF8, "", SINGLE, "", 0, -1,
         "in.csv: was read with --quote \" by run 3, and would now be with ': rows that are done "
         "could be taken for new ones, so nothing was done; say --quote, whichever is right"},
        {BARE, "", UTF8, "", 0, -1,
         "in.csv: was read with --quote none by run 3, and would now be with \": rows that are "
         "done could be taken for new ones, so nothing was done; say --quote, whichever is right"},
        {"", "", SINGLE, "", PRESET | ENCODING, -1, /* which knew no others */
         "in.csv: was read with --quote \" by run 3, and would now be with ': rows that are done "
         "could be taken for new ones, so nothing was done; say --quote, whichever is right"},
        {UTF8, "", SINGLE, "", QUOTE, 1, NULL},
        {SINGLE, "", BARE, "", QUOTE, 1, NULL},
    };
    compare(cases, COUNT(cases), true);
}

#define ESCAPED "UTF-8, comma, \", escape \\, LF, header 1"

static void escapes(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {UTF8, "", ESCAPED, "", PRESET | QUOTE | ENCODING, -1,
         "in.csv: was read with --escape none by run 3, and would now be with \\: rows that are "
         "done could be taken for new ones, so nothing was done; say --escape, whichever is right"},
        {ESCAPED, "", UTF8, "", 0, -1,
         "in.csv: was read with --escape \\ by run 3, and would now be with none: rows that are "
         "done could be taken for new ones, so nothing was done; say --escape, whichever is right"},
        {ESCAPED, "", ESCAPED, "", 0, 1, NULL},
        {ESCAPED, "", UTF8, "", ESCAPE, 1, NULL},
        {UTF8, "", "UTF-8, comma, \", blanks, LF, header 1", "", 0, 1, NULL},
    };
    compare(cases, COUNT(cases), true);
}

static void encodings(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {GUESS, "", GUESS, "", 0, 1, NULL},
        {UTF8, "", GUESS, "", 0, -1,
         "in.csv: was read as UTF-8 by run 3, and would now be as WINDOWS-1252, which is a guess: "
         "rows that are done could be taken for new ones, so nothing was done; say --encoding, "
         "whichever is right"},
        {GUESS, "", UTF8, "", PRESET | QUOTE, -1,
         "in.csv: was read as WINDOWS-1252 by run 3, and would now be as UTF-8, which is a guess "
         "no more: rows that are done could be taken for new ones, so nothing was done; say "
         "--encoding, whichever is right"},
        {UTF8, "", GUESS, "", ENCODING, 1, NULL},
        {GUESS, "", "ISO-8859-2, comma, \", LF, header 1", "", ENCODING, 1, NULL},
        {GUESS, "", PLAIN, "", 0, 1, NULL}, /* it is the same in both */
        {PLAIN, "", GUESS, "", 0, 0, NULL}, /* the one before it counts */
        {PLAIN, "", UTF8, "", 0, 0, NULL},
        {"", "", GUESS, "", 0, 1, NULL},
    };
    compare(cases, COUNT(cases), true);
    compare(cases, COUNT(cases), false);
}

static void of_older_runs_only_the_encoding_counts(void **state)
{
    (void)state;
    static const struct sample cases[] = {
        {UTF8, "luma", UTF8, "", 0, 1, NULL},
        {UTF8, "", SINGLE, "", 0, 1, NULL},
        {PLAIN, "luma", UTF8, "zoom", 0, 0, NULL},
    };
    compare(cases, COUNT(cases), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes_no_row_is_free),
        cmocka_unit_test(presets),
        cmocka_unit_test(sheets),
        cmocka_unit_test(quotes),
        cmocka_unit_test(escapes),
        cmocka_unit_test(encodings),
        cmocka_unit_test(of_older_runs_only_the_encoding_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
