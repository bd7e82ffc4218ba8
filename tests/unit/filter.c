/* filter: what passes, what does not and why, what nobody knows, and what is no filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/filter.h"
#include "policy/filter_near.h"

#include "fixture.h"

#define SLICE(s)                                                                                   \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }
#define NOW INT64_C(1795466593000) /* 2026-11-23T20:43:13Z */
#define LARGE 65536

/* The column most tests are about is V; the others are for names. */
enum { V, W, DAY, NAMED, QUOTED, BRACKET, UMLAUT, PERCENT, SCORE, COLUMNS };
static const struct slice names[COLUMNS] = {
    [V] = SLICE("V"),
    [W] = SLICE("W"),
    [DAY] = SLICE("Date Completed"),
    [NAMED] = SLICE("all"),
    [QUOTED] = SLICE("say \"hi\""),
    [BRACKET] = SLICE("a [b] c"),
    [UMLAUT] = SLICE("Größe_1.x-y"),
    [PERCENT] = SLICE("% Score"),
    [SCORE] = SLICE("Score"),
};
static const struct columns_alias aliases[] = {{"@done", DAY}};
static const struct columns columns = {.names = names,
                                       .n = COLUMNS,
                                       .origin = "in.csv",
                                       .line = 1,
                                       .aliases = aliases,
                                       .n_aliases = 1};
static const struct filter_options plain = {.date_order = WHEN_ORDER_UNSAID};
static const struct filter_options grouped = {.grouped = true};

static struct filter *make(const char *text, const struct filter_options *o)
{
    struct err e = ERR_INIT;
    struct filter_text where = {text, "--where"};
    struct filter *f = filter_new(&where, 1, &columns, o, &e);
    if (f == NULL)
        fail_msg("%s", e.text);
    return f;
}

static enum filter_verdict judge(const struct filter *f, const char *v, struct text *why)
{
    struct slice cells[COLUMNS];
    for (size_t i = 0; i < COLUMNS; i++)
        cells[i] = slice_of("x");
    cells[V] = slice_of(v);
    cells[W] = slice_of("10");
    cells[DAY] = slice_of("2026-11-23");
    return filter_judge(f, cells, NOW, NULL, why);
}

/* `text` with V being the cell. */
struct trial {
    const char *text, *v;
    enum filter_verdict verdict;
};

static void assert_verdicts(const struct trial *trials, size_t n, const struct filter_options *o)
{
    for (size_t i = 0; i < n; i++) {
        struct text why;
        struct filter *f = make(trials[i].text, o);
        text_init(&why);
        enum filter_verdict verdict = judge(f, trials[i].v, &why);
        if (verdict != trials[i].verdict)
            fail_msg("%s with \"%s\": %d %s", trials[i].text, trials[i].v, verdict, why.ptr);
        assert_int_equal(why.len == 0, verdict == FILTER_PASSES);
        text_release(&why);
        filter_free(f);
    }
}

#define PASSES FILTER_PASSES
#define FAILS FILTER_FAILS
#define FAULT FILTER_FAULT

static void texts_compare_as_whole_cells(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        {"V = Yes", "Yes", PASSES},
        {"V=Yes", " Yes\t", PASSES},
        {"V = ' Yes '", "Yes", PASSES},
        {"V = Yes", "yes", FAILS},
        {"V = Yes", "Yes!", FAILS},
        {"V = Completed", "Incomplete", FAILS},
        {"V = 'it''s'", "it's", PASSES},
        {"V = 'Checked In'", "Checked In", PASSES},
        {"V = ''", "", PASSES},
        {"V = ''", " ", PASSES},
        {"V = ''", "-", FAILS},
        {"V != Yes", "No", PASSES},
        {"V != Yes", "", PASSES},
        {"V != Yes", "Yes", FAILS},
        {"V in (Yes, 'Checked In')", "Checked In", PASSES},
        {"V in (Yes,No)", "Maybe", FAILS},
        {"V not in (Yes, No)", "Maybe", PASSES},
        {"V not in (Yes, No)", "No", FAILS},
        {"V = ada@example.org", "ada@example.org", PASSES},
        {"V = N/A", "N/A", PASSES},
        {"V = 'and'", "and", PASSES},
        {"V = J\xc3\xbcrgen", "J\xc3\xbcrgen", PASSES},
        {"V = O\xe2\x80\x99"
         "Brien",
         "O\xe2\x80\x99"
         "Brien",
         PASSES},
        {"V = 00123", "=\"00123\"", PASSES}, /* an id, as a spreadsheet keeps it */
        {"V = '00123'", "123", FAILS},
        {"V = 123456789012345678", "123456789012345678", PASSES},
        {"V = 123456789012345678", "123456789012345679", FAILS},
        {"V = '4 / 5'", "4 / 5", PASSES},
        {"V = '4 / 5'", "4", FAILS},
        {"V = 'now'", "now", PASSES},
    };
    assert_verdicts(trials, COUNT(trials), &plain);
}

static void a_cell_is_empty_if_it_stands_for_nothing(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        {"V is empty", "", PASSES},      {"V is empty", " \xc2\xa0", PASSES},
        {"V is empty", "--", PASSES},    {"V is empty", "n/a", PASSES},
        {"V is empty", "0", FAILS},      {"V is not empty", "2026-10-01", PASSES},
        {"V IS NOT Empty", "-", FAILS},  {"not V is empty", "x", PASSES},
        {"V is empty", "=\"\"", PASSES},
    };
    assert_verdicts(trials, COUNT(trials), &plain);
}

static void numbers_compare_by_value(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        {"V >= 100", "100", PASSES},
        {"V >= 100", "100.00 %", PASSES},
        {"V >= 100", "99.9", FAILS},
        {"V>=100", "1 000", PASSES},
        {"V > 100", "100", FAILS},
        {"V < 0.3", "0.30", FAILS},
        {"V <= 0.3", "0,30", PASSES},
        {"V = 0.3", ".3", PASSES},
        {"V = 80", "080.0", PASSES},
        {"V != 80", "80", FAILS},
        {"V != 80", "81", PASSES},
        {"V = '80'", "80.0", PASSES},
        {"V < -1", "-1.5", PASSES},
        {"V < 07", "6", PASSES},
        {"V >= 1.5", "1.234,5", PASSES},
        /* percent */
        {"V >= 80%", "4 / 5", PASSES},
        {"V >= 80%", "3.99 / 5", FAILS},
        {"V >= 80%", "95", PASSES},
        {"V >= 80%", "95%", PASSES},
        {"V >= '80 %'", "79,5 %", FAILS},
        {"V = 57%", "0.57 / 1", PASSES},
        {"V > 57%", "0.57 / 1", FAILS},
        {"V >= 4", "4 / 5", PASSES},
        {"V >= 80", "4 / 5", FAILS},
        {"V = 80%", "0.8", FAILS},
        /* nothing */
        {"V >= 0", "", FAILS},
        {"V < 5", "--", FAILS},
        {"V = 0", "N/A", FAILS},
        {"V != 0", "", PASSES},
        {"V != 0", "-", PASSES},
        {"not V >= 5", "", PASSES},
        {"V not in (1, 2)", "", PASSES},
        {"V in (1, 2)", "", FAILS},
        /* what can't be read */
        {"V >= 100", "Completed", FAULT},
        {"V != 100", "Completed", FAULT},
        {"V = 100", "EX", FAULT},
        {"V in (1, 2)", "x", FAULT},
        {"V not in (1, 2)", "x", FAULT},
        {"V >= 100", "1.23E+11", FAULT},
        {"V >= 100", "1,234", FAULT},
        {"V = 5", "1234567890123456", FAULT},
        /* lists with both */
        {"V in (Yes, 100)", "100.0", PASSES},
        {"V in (Yes, 100)", "Yes", PASSES},
        {"V in (Yes, 100)", "No", FAILS},
        {"V not in (Yes, 100)", "No", PASSES},
        {"V in (Yes, 100)", "1,234", FAULT},
        {"V in (1,2,3)", "2", PASSES},
        {"V in (EX, 80%)", "4/5", PASSES},
        {"V in ('-', 1)", "-", PASSES},
        {"V in (100, 2026-10-01)", "2026/10/01", PASSES},
        {"V in (100, 2026-10-01)", "100", PASSES},
        {"V in (100, 2026-10-01)", "x", FAULT},
    };
    static const struct trial commas[] = {{"V >= 1000", "1.234", PASSES},
                                          {"V >= 1000", "1,234", FAILS},
                                          {"V = '1,234'", "1,234", PASSES}};
    static const struct filter_options comma = {.decimal_mark = ','};
    assert_verdicts(trials, COUNT(trials), &plain);
    assert_verdicts(commas, COUNT(commas), &comma);
}

static void times_compare_for_as_long_as_they_are(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        {"V <= 2026-10-01", "2026-10-01 23:59:59", PASSES},
        {"V <= 2026-10-01", "2026-10-02", FAILS},
        {"V < 2026-10-01", "2026-10-01 00:00", FAILS},
        {"V < 2026-10-01", "2026-09-30T23:59:59.999Z", PASSES},
        {"V > 2026-10-01", "2026-10-01 23:59:59", FAILS},
        {"V > 2026-10-01", "2026-10-02 00:00:00", PASSES},
        {"V >= 2026-10-01", "10/01/2026 00:00", FAULT}, /* which is the month? */
        {"V >= 2026-10-13", "10/13/2026", PASSES},
        {"V = 2026-10-01", "Oct 1, 2026 7:05 PM", PASSES},
        {"V != 2026-10-01", "2026-10-01 10:00", FAILS},
        {"V = '2026-10-01 16:32'", "2026-10-01 16:32:40", PASSES},
        {"V = '2026-10-01 16:32:40'", "2026-10-01 16:32", PASSES},
        {"V > '2026-10-01 16:32:40'", "2026-10-01 16:33", PASSES},
        {"V >= 2026-10-01T12:00:00Z", "2026-10-01 13:00 +02:00", FAILS},
        {"V in (2026-10-01, 2026-10-03)", "2026-10-03 5:00 PM", PASSES},
        {"V in (2026-10-01, 2026-10-03)", "2026-10-02", FAILS},
        /* from now, 2026-11-23T20:43:13Z */
        {"V >= -1d", "2026-11-22 20:43:13", PASSES},
        {"V >= -1d", "2026-11-22 20:43:12", FAILS},
        {"V >= -1d", "2026-11-22", PASSES}, /* some of that day is within */
        {"V >= -1d", "2026-11-21", FAILS},
        {"V < -1d", "2026-11-22", FAILS},
        {"V <= now", "2026-11-23 20:43:13", PASSES},
        {"V > now", "2026-11-23 20:43:13", FAILS},
        {"V > now", "2026-11-23 20:43:14", PASSES},
        {"V = today", "2026-11-23", PASSES},
        {"V = TODAY", "2026-11-24", FAILS},
        {"V >= '-2w'", "2026-11-10", PASSES},
        {"V < +1d", "2026-11-24 20:43", FAILS},
        /* nothing, and what can't be read */
        {"V >= -1d", "", FAILS},
        {"V != 2026-10-01", "--", PASSES},
        {"V >= -1d", "yesterday", FAULT},
        {"V >= -1d", "45000", FAULT},
        {"V = 2026-10-01", "Not yet", FAULT},
        {"V in (never, 2026-10-01)", "always", FAILS},
    };
    static const struct trial european[] = {
        {"V = 2026-10-01", "1/10/2026", PASSES},
        {"V = 1.10.2026", "2026-10-01", PASSES},
        {"V = 2026-10-13", "10/13/2026", FAULT},
    };
    static const struct filter_options dmy = {.date_order = WHEN_ORDER_DMY};
    assert_verdicts(trials, COUNT(trials), &plain);
    assert_verdicts(european, COUNT(european), &dmy);
}

/* n times what, then rest. */
static char *repeated(const char *what, size_t n, const char *rest)
{
    size_t len = strlen(what);
    char *s = malloc(n * len + strlen(rest) + 1);
    assert_non_null(s);
    for (size_t i = 0; i < n; i++)
        memcpy(s + i * len, what, len);
    memcpy(s + n * len, rest, strlen(rest) + 1);
    return s;
}

static void regular_expressions_are_searched_for(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        {"V ~ '@example\\.org$'", "ada@example.org", PASSES},
        {"V ~ '@example\\.org$'", "ada@example.org.evil", FAILS},
        {"V ~ '^a' ", " ada ", PASSES},
        {"V !~ '^a'", "bob", PASSES},
        {"V !~ '^a'", "ada", FAILS},
        {"V ~ 100", "1000", PASSES},
        {"V ~ '^$'", "", PASSES},
        {"V ~ '^(Yes|J\xc3\xa4)$'", "J\xc3\xa4", PASSES},
        {"V ~ '^0x[0-9a-fA-F]{40}$'", ALICE_HEX, PASSES},
        {"V ~ '[[:digit:]]'", "a1", PASSES},
        {"V ~ '[]x]'", "]", PASSES},
        {"V ~ '[a\xc3\xa4]'", "\xc3\xa4", PASSES}, /* characters, not bytes */
        {"V ~ '[a\xc3\xa4]'", "\xc3\xb6", FAILS},
        {"V ~ '^.$'", "\xc3\xa4", PASSES},
        {"V ~ '^\xc3\xa4+$'", "\xc3\xa4\xc3\xa4", PASSES},
        {"V ~ 'a.$'", "\xff a\xfe", PASSES}, /* bytes, where the cell is damaged */
        {"V ~ '\xff'", "a\xff", PASSES},
        {"V ~ '\xff'", "a", FAILS},
        /* as POSIX has it, and PCRE2 by itself has not */
        {"V ~ '^[\\.]$'", "\\", PASSES},
        {"V ~ '^[\\d]$'", "d", PASSES},
        {"V ~ '^a+?$'", "", PASSES},
        {"V ~ '^a++a$'", "aa", PASSES},
        {"V ~ '^a*+a$'", "aa", PASSES},
        {"V ~ '^a{2}{3}$'", "aaaaaa", PASSES},
        {"V ~ '^a{2,}$'", "aaa", PASSES},
        {"V ~ '^a{2,}$'", "a", FAILS},
        {"V ~ '^a{,2}$'", "aaa", FAILS},
        {"V ~ '^a{x}$'", "a{x}", PASSES},
        {"V ~ '^)$'", ")", PASSES},
        {"V ~ '\\<da\\>'", "ada da", PASSES},
        {"V ~ '\\<da\\>'", "ada dada", FAILS},
        {"V ~ '\\`a'", "ba", FAILS},
        {"V ~ 'a$'", "a\nb", FAILS},
        {"V ~ 'a.b'", "a\nb", PASSES},
        {"V ~ '^(a|)(b||c)$'", "ab", PASSES},
        {"V ~ '^\\w+ \\d\\D\\s$'", " a 1x\t ", FAILS},
        {"V ~ '^\\w+ \\d\\D$'", " a 1x\t ", PASSES},
    };
    assert_verdicts(trials, COUNT(trials), &plain);
}

/* None takes long, whatever the cell is; what would is a fault, and the same one each time. */
static void no_regular_expression_takes_long(void **state)
{
    (void)state;
    static const struct {
        const char *text, *unit, *end;
        size_t n;
        enum filter_verdict verdict;
    } cases[] = {
        {"V ~ '(a+)+$'", "a", "!", 40, FAILS},
        {"V ~ '(a+)+$'", "a", "!", 1000000, FAILS},
        {"V ~ '(a|aa)+$'", "a", "!", 500000, FAILS},
        {"V ~ '(a*)*b'", "a", "", 1000000, FAILS},
        {"V ~ '(.*)*(.*)*(.*)*q'", "ab", "", 100000, FAILS},
        {"V ~ '[ab]+c'", "ab", "", 500000, FAILS},
        {"V ~ 'x.*y.*z'", "xy", "", 500000, FAILS},
        {"V ~ '^(.*,){11}P'", "1,", "", 1000, FAILS},
        {"V ~ '(a?){25}a{25}'", "a", "", 25, PASSES},
        {"V ~ '[ab]{200}c'", "ab", "", 1000, FAILS},
        {"V ~ '(a|b)*a(a|b){250}c'", "ab", "", 10000, FAULT},
        {"V !~ '(a|b)*a(a|b){250}c'", "ab", "", 10000, FAULT},
        {"V ~ '[ab]{200}c'", "ab", "", 500000, FAULT},
        {"V ~ '[ab]{200}c' or V ~ b", "ab", "", 500000, PASSES}, /* the other side decides */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *cell = repeated(cases[i].unit, cases[i].n, cases[i].end);
        struct slice cells[COLUMNS] = {[V] = slice_of(cell)};
        struct filter *f = make(cases[i].text, &plain);
        struct text why;
        text_init(&why);
        if (filter_judge(f, cells, NOW, NULL, &why) != cases[i].verdict)
            fail_msg("case %zu: %s", i, why.ptr);
        if (cases[i].verdict == FAULT) {
            assert_says(why.ptr, "column \"V\": \"abab");
            assert_says(why.ptr, "takes too long to search for V");
            assert_says(why.ptr, "(--where): make the pattern simpler, or shorten the cell");
        }
        text_release(&why);
        filter_free(f);
        free(cell);
    }
}

/* A cell is a part of its row: what follows it is not looked at, and a NUL does not end it. */
static void a_regular_expression_sees_the_cell_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct slice cell;
        enum filter_verdict verdict;
    } cases[] = {{"V ~ 'b'", {"ab", 1}, FAILS},
                 {"V ~ '^a$'", {"ab", 1}, PASSES},
                 {"V ~ 'b'", {"a\0b", 3}, PASSES},
                 {"V ~ '^$'", {NULL, 0}, PASSES}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice cells[COLUMNS] = {[V] = cases[i].cell};
        struct filter *f = make(cases[i].text, &plain);
        struct text why;
        text_init(&why);
        assert_int_equal(filter_judge(f, cells, NOW, NULL, &why), cases[i].verdict);
        text_release(&why);
        filter_free(f);
    }
}

static void and_or_and_not_bind_as_usual(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        /* W is 10 */
        {"V = a or V = b and W = 11", "a", PASSES},
        {"(V = a or V = b) and W = 11", "a", FAILS},
        {"not V = a and W = 10", "b", PASSES},
        {"not (V = a or W = 10)", "b", FAILS},
        {"NOT not V = a", "a", PASSES},
        {"V = a AND W = 10 Or V = c", "c", PASSES},
        {"V = a and V = b and V = a", "a", FAILS},
        {"((((V = a))))", "a", PASSES},
        /* a fault counts only if the other side does not decide */
        {"V > 1 and W = 11", "x", FAILS},
        {"W = 11 and V > 1", "x", FAILS},
        {"V > 1 and W = 10", "x", FAULT},
        {"V > 1 or W = 10", "x", PASSES},
        {"W = 10 or V > 1", "x", PASSES},
        {"V > 1 or W = 11", "x", FAULT},
        {"not V > 1", "x", FAULT},
        {"not (V > 1 and W = 11)", "x", PASSES},
        {"V = x or V > 1", "x", PASSES},
        {"V != x and V > 1", "x", FAILS},
    };
    assert_verdicts(trials, COUNT(trials), &plain);
}

static void columns_are_named_in_words_and_quotes(void **state)
{
    (void)state;
    static const struct trial trials[] = {
        {"v = a", "a", PASSES},
        {"\"V\"='a'", "a", PASSES},
        {"[V]=a", "a", PASSES},
        {"#1 = a", "a", PASSES},
        {"@done = today", "", PASSES},
        {"Date_Completed = today", "", PASSES},
        {"\"date completed\" = today", "", PASSES},
        {"all = x", "", PASSES},
        {"ALL is not empty", "", PASSES},
        {"\"say \"\"hi\"\"\" = x", "", PASSES},
        {"[a [b]] c] = x", "", PASSES},
        {"Gr\xc3\xb6\xc3\x9f"
         "e_1.x-y = x",
         "", PASSES},
        {"[% Score] = x", "", PASSES},
        {"\tV\xc2\xa0=\n a ", "a", PASSES},
        {"V=-1", "-1", PASSES},
        {"V!~a", "b", PASSES},
    };
    assert_verdicts(trials, COUNT(trials), &plain);
}

static void why_a_record_fails_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *v, *why;
    } cases[] = {
        {"V >= 100", "95", "V >= 100: \"95\""},
        {"W = 10 and V >= 100 and V = 3", "95", "V >= 100: \"95\""},
        {"(V = Yes)", " No ", "V = Yes: \"No\""},
        {"V = a or V=b", "c", "V = a: \"c\"; V=b: \"c\""},
        {"V=a or V=b or V=c or V=d", "x", "V=a: \"x\"; V=b: \"x\"; V=c: \"x\"; …"},
        {"not V = a", "a", "not V = a: \"a\""},
        {"not (V = a or W = 10)", "b", "not (V = a or W = 10)"},
        {"V is not empty", "", "V is not empty: \"\""},
        {"V = a", "two\nlines", "V = a: \"two lines\""},
        {"V = a",
         "a very long text that goes on and on and on, longer than anybody wants to read it",
         "V = a: \"a very long text that goes on and on and on, longer than anybod…\""},
        {"V >= 100", "n.a.",
         "column \"V\": \"n.a.\" is compared with the number 100 (--where): it is no number; "
         "correct it, or leave such rows out with a test of their own"},
        {"W = 10 and (W = 11 or V in (1, 2))", "x",
         "column \"V\": \"x\" is compared with numbers (--where): it is no number; "
         "correct it, or leave such rows out with a test of their own"},
        {"V >= 80%", "2026-10-01",
         "column \"V\": \"2026-10-01\" is compared with the number 80% (--where): it is a date: "
         "compare it with one, such as 2026-10-01 or -1d"},
        {"V >= 80", "1,234",
         "column \"V\": \"1,234\" is compared with the number 80 (--where): its comma can set "
         "thousands apart or be the decimal mark: say --decimal point or --decimal comma"},
        {"V >= 0.8", "95%",
         "column \"V\": \"95%\" is compared with the number 0.8 (--where): which is out of 100: "
         "say how many percent, such as 80%"},
        {"V >= 80", "1.2E+11",
         "column \"V\": \"1.2E+11\" is compared with the number 80 (--where): a spreadsheet has "
         "cut its digits: export it again, with that column as text"},
        {"V in (Yes, -1d)", "5/04/2026",
         "column \"V\": \"5/04/2026\" is compared with texts, dates (--where): which is the month "
         "can't be told: say --date-order mdy or --date-order dmy"},
        {"V >= -1d", "x",
         "column \"V\": \"x\" is compared with the date -1d (--where): it is no date in a known "
         "form, such as 2026-10-01 16:32:40, 11/29/24 or 3 March 2025; correct it, or leave such "
         "rows out with a test of their own"},
        {"V >= -1d", "99",
         "column \"V\": \"99\" is compared with the date -1d (--where): it is a number: compare it "
         "with one, such as 100 or 80%"},
    };
    struct text why;
    text_init(&why);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct filter *f = make(cases[i].text, &plain);
        assert_true(judge(f, cases[i].v, &why) != FILTER_PASSES);
        assert_string_equal(why.ptr, cases[i].why);
        filter_free(f);
    }
    text_release(&why);
}

static void assert_refused(const char *text, const struct filter_options *o, const char *want)
{
    struct err e = ERR_INIT;
    struct filter_text where = {text, "--where"};
    if (filter_new(&where, 1, &columns, o, &e) != NULL)
        fail_msg("%s is a filter", text);
    assert_int_equal(e.code, EXIT_USAGE);
    assert_string_equal(e.text, want);
}

static const struct {
    const char *text, *says; /* behind `--where: character ` */
} refused[] = {
    {"", "1: the end stands where a test should, such as Progress >= 100 or \"Date Completed\" "
         "is not empty"},
    {"V = a and", "10: the end stands where a test should, such as Progress >= 100 or \"Date "
                  "Completed\" is not empty"},
    {"or V = a", "1: \"or\" stands where a test should, such as Progress >= 100 or \"Date "
                 "Completed\" is not empty"},
    {"()", "2: \")\" stands where a test should, such as Progress >= 100 or \"Date Completed\" "
           "is not empty"},
    {"'x' = 1", "1: 'x' is a text, by its quotes, where a column's name should stand: write it "
                "as Status or \"Date Completed\""},
    {"V", "2: the end stands where a comparison should: = != < <= > >= ~ !~, in (a, b), is "
          "empty"},
    {"Date Completed >= -1d",
     "6: \"Completed\" stands where a comparison should: = != < <= > >= ~ !~, in (a, b), is "
     "empty; a column's name of several words needs quotes: \"Date Completed\""},
    {"V and W = 1", "3: \"and\" stands where a comparison should: = != < <= > >= ~ !~, in (a, "
                    "b), is empty"},
    {"V =", "4: the end stands where a value should, such as 100, Yes, 'Checked In' or "
            "2026-10-01"},
    {"V = >", "5: \">\" stands where a value should, such as 100, Yes, 'Checked In' or "
              "2026-10-01"},
    {"V = \"Yes\"", "5: \"Yes\" is a column's name, by its quotes: write a text as 'Yes'"},
    {"V = empty", "5: \"empty\" is no value: write is empty or is not empty (or 'empty', if it "
                  "is a text)"},
    {"V = not", "5: \"not\" stands where a value should; if it is one, put it in single "
                "quotes"},
    {"\xc3\xa4 = Checked In",
     "13: \"In\" stands where and, or or the end should; a value of several words needs "
     "quotes: 'Checked In'"},
    {"V >= 2026-10-01 16:00 and W = 1",
     "17: \"16:00\" stands where and, or or the end should; a value of several words needs "
     "quotes: '2026-10-01 16:00'"},
    {"V in (Checked In, No)",
     "15: \"In\" stands where a comma or ) should; a value of several words needs quotes: "
     "'Checked In'"},
    {"V >= 79,5", "8: \",\" stands where and, or or the end should; a number with a comma "
                  "needs quotes: '79,5'"},
    {"V in Yes", "6: \"Yes\" stands where a list should, as in (Yes, 'Checked In')"},
    {"V in ()", "7: \")\" stands where a value should, such as 100, Yes, 'Checked In' or "
                "2026-10-01"},
    {"V in (a b", "9: \"b\" stands where a comma or ) should; a value of several words needs "
                  "quotes: 'a b'"},
    {"V in (a, b", "11: the end stands where a comma or ) should: lists are written (Yes, "
                   "'Checked In')"},
    {"V is 5", "6: \"5\" stands where empty or not empty should; to compare, write = instead "
               "of is"},
    {"V is not 5", "10: \"5\" stands where empty should, as in is not empty; to compare, write "
                   "!= instead of is not"},
    {"V not = 5", "7: \"=\" stands where in should, as in not in (a, b); to compare, write !="},
    {"V >= Yes", "6: \"Yes\" is a text: < <= > >= need a number (100, 80%) or a date "
                 "(2026-10-01, -1d)"},
    {"V < 1234567890123456", "5: \"1234567890123456\" is a text: < <= > >= need a number (100, "
                             "80%) or a date (2026-10-01, -1d)"},
    {"V >= '4 / 5'", "6: '4 / 5' is a score of several points: compare with the points (4) or "
                     "a percentage (80%)"},
    {"V >= '1,234'", "6: '1,234' has a comma that can set thousands apart or be the decimal "
                     "mark: write 1234 or 1.5, or say --decimal point or --decimal comma"},
    {"V >= 5/04/2026", "6: \"5/04/2026\" does not say which is the month: write it as "
                       "2026-10-01, or say --date-order mdy or --date-order dmy"},
    {"V ~ 'a('", "5: 'a(' is no regular expression: a ( is not closed"},
    {"V ~ 'a['", "5: 'a[' is no regular expression: a [ is not closed"},
    {"V ~ '[[:a]'", "5: '[[:a]' is no regular expression: a [: is not closed"},
    {"V ~ '[[:abc:]]'", "5: '[[:abc:]]' is no regular expression: unknown POSIX class name"},
    {"V ~ '[[=a=]]'", "5: '[[=a=]]' has a [. .] or [= =], which regular expressions here do not "
                      "know"},
    {"V ~ '[b-a]'", "5: '[b-a]' is no regular expression: range out of order in character class"},
    {"V ~ 'a{3,2}'", "5: 'a{3,2}' is no regular expression: numbers out of order in {} quantifier"},
    {"V ~ 'a|*'", "5: 'a|*' is no regular expression: nothing stands before a *"},
    {"V ~ 'a\\'", "5: 'a\\' is no regular expression: it ends with a \\"},
    {"V ~ '(?i)a'", "5: '(?i)a' has a (? or (*, which regular expressions here do not know"},
    {"V ~ '(*UTF)a'", "5: '(*UTF)a' has a (? or (*, which regular expressions here do not know"},
    {"V ~ '\\K'", "5: '\\K' has a \\K, which regular expressions here do not know"},
    {"V ~ '\\Ca'", "5: '\\Ca' has a \\C, which regular expressions here do not know"},
    {"V ~ '(a)\\1'", "5: '(a)\\1' has a \\1 or the like, which regular expressions here do not "
                     "know"},
    {"V ~ '(a{99}){99}'", "5: '(a{99}){99}' is too large for a regular expression: make it "
                          "simpler"},
    {"(V = a", "1: the ( that opens here is not closed"},
    {"(V = a V", "8: \"V\" stands where and, or or the end should; a value of several words "
                 "needs quotes: 'a V'"},
    {"(V is empty W = 1", "13: \"W\" stands where and, or or ) should"},
    {"V = a)", "6: \")\" closes nothing: no ( is open"},
    {"V is empty 'x'", "12: 'x' stands where and, or or the end should"},
    {"V = 'a", "5: the ' that opens here is not closed by '"},
    {"[V = a", "1: the [ that opens here is not closed by ]"},
    {"V == a", "3: \"==\" is not known here: write ="},
    {"V => 1", "3: \"=>\" is not known here: write >="},
    {"V <> 1", "3: \"<>\" is not known here: write !="},
    {"V = a && W = 1", "7: \"&\" is not known here: write and"},
    {"V \xe2\x89\xa5 1", "3: \"\xe2\x89\xa5\" is not known here: write >="},
    {"V = \xe2\x80\x98"
     "Yes\xe2\x80\x99",
     "5: \"\xe2\x80\x98\" is not known here: write ' (a straight quote)"},
    {"V ! a", "3: \"!\" is not known here: write != or not"},
    {"V = $5", "5: \"$\" is not known here: if it belongs to a text, write it in '…', if to a "
               "column's name, in \"…\""},
    {"all(V = a)", "1: \"all\" is about the rows of a group: say --group COLUMN, too"},
};

static void what_is_no_filter_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        char want[ERR_TEXT_MAX];
        snprintf(want, sizeof want, "--where: character %s", refused[i].says);
        assert_refused(refused[i].text, &plain, want);
    }
    assert_refused("any(W = 1 and not all(V = a))", &grouped,
                   "--where: character 19: \"all\" stands within all(…) or any(…), where it can't");
}

static void a_column_that_is_none_is_said(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct filter_text where = {"V = a and \"Date Complete\" is empty", "preset x"};
    assert_null(filter_new(&where, 1, &columns, &plain, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_says(e.text, "in.csv:1: no column \"Date Complete\" (preset x): nearest is \"Date "
                        "Completed\"");
}

static void size_is_no_danger(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t n;
        const char *rest, *says; /* NULL: it is a filter */
    } cases[] = {
        {"(", LARGE, "", "character 65: ( and not are nested more than 64 deep"},
        {"not ", LARGE / 4, "V = a", "character 257: ( and not are nested more than 64 deep"},
        {"not ", FILTER_DEPTH_MAX, "V = a", NULL},
        {"not ", FILTER_DEPTH_MAX + 1, "V = a", "deep"},
        {"V = a or ", LARGE / 9, "V = b", NULL},
        {"V = a or (V = b) and ", LARGE / 21, "V = b", NULL},
        {"a", LARGE, " = 1", "no column \"aaa"},
        {"V ", LARGE, " = 1", "a column's name of several words needs quotes: \"V V"},
        {"\"\"", LARGE, " = 1", "no column"},
        {"V ~ '", 1, NULL, "too large"},
        {"V ~ '(a", 1, "++++++++++++++++++++++++++++++++)'", "too large"}, /* 2^31 copies */
        {"V ~ '(a+", 1, ")+@(b|c)+(d{1,60})+$'", NULL},
        {"all(V = a) or ", FILTER_AGGREGATES_MAX, "V = b", NULL},
        {"all(V = a) or ", FILTER_AGGREGATES_MAX, "any(V = b)",
         "\"any\" is one all(…) or any(…) too many"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        char *rest = cases[i].rest != NULL ? NULL : repeated("(", LARGE, "'");
        char *text = repeated(cases[i].what, cases[i].n, rest != NULL ? rest : cases[i].rest);
        struct filter_text where = {text, "--where"};
        struct filter *f = filter_new(&where, 1, &columns, &grouped, &e);
        if ((f != NULL) != (cases[i].says == NULL))
            fail_msg("case %zu: %s", i, e.text);
        if (f == NULL)
            assert_says(e.text, cases[i].says);
        filter_free(f);
        free(text);
        free(rest);
    }
}

/* Each front of a text is a filter or has a message. */
static void no_text_does_harm(void **state)
{
    (void)state;
    static const char whole[] =
        "not (V in (1, 'it''s', -1d) and \"say \"\"hi\"\"\" !~ '[[:al]x]{2}' "
        "or any([a [b]] c] is not empty)) and @done >= today";
    for (size_t len = 0; len < sizeof whole; len++) {
        struct err e = ERR_INIT;
        struct text why;
        char *front = malloc(len + 1);
        assert_non_null(front);
        memcpy(front, whole, len);
        front[len] = '\0';
        struct filter_text where = {front, "--where"};
        struct filter *f = filter_new(&where, 1, &columns, &grouped, &e);
        text_init(&why);
        if (f == NULL)
            assert_int_equal(e.code, EXIT_USAGE);
        text_release(&why);
        filter_free(f);
        free(front);
    }
}

static void texts_are_anded(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct filter_text texts[FILTER_TEXTS_MAX + 1] = {{"V = a or V = b", "preset x"},
                                                      {"W = 10", "--where"}};
    struct text why;
    text_init(&why);
    struct filter *f = filter_new(texts, 2, &columns, &plain, &e);
    assert_non_null(f);
    assert_int_equal(judge(f, "b", &why), FILTER_PASSES);
    assert_int_equal(judge(f, "c", &why), FILTER_FAILS);
    filter_free(f);
    f = filter_new(NULL, 0, &columns, &plain, &e);
    assert_non_null(f);
    assert_int_equal(judge(f, "c", &why), FILTER_PASSES);
    assert_int_equal(filter_aggregates(f), 0);
    filter_free(f);
    filter_free(NULL);
    for (size_t i = 0; i < COUNT(texts); i++)
        texts[i] = (struct filter_text){"V = a", "--where"};
    assert_null(filter_new(texts, COUNT(texts), &columns, &plain, &e));
    assert_string_equal(e.text, "--where: more than 32 of them: join some with and");
    text_release(&why);
}

static void groups_are_judged_row_by_row(void **state)
{
    (void)state;
    static const struct {
        enum filter_verdict known, more, all, any;
    } joins[] = {{PASSES, PASSES, PASSES, PASSES}, {PASSES, FAILS, FAILS, PASSES},
                 {FAILS, PASSES, FAILS, PASSES},   {FAILS, FAILS, FAILS, FAILS},
                 {FAULT, PASSES, FAULT, PASSES},   {PASSES, FAULT, FAULT, PASSES},
                 {FAULT, FAILS, FAILS, FAULT},     {FAILS, FAULT, FAILS, FAULT},
                 {FAULT, FAULT, FAULT, FAULT}};
    struct filter *f = make("all(V > 1) and W = 10 and not Any (V = 3 or V = 4)", &grouped);
    struct slice cells[COLUMNS] = {[V] = SLICE("3"), [W] = SLICE("10")};
    struct text why;
    text_init(&why);
    assert_int_equal(filter_aggregates(f), 2);
    for (size_t i = 0; i < COUNT(joins); i++) {
        assert_int_equal(filter_join(f, 0, joins[i].known, joins[i].more), joins[i].all);
        assert_int_equal(filter_join(f, 1, joins[i].known, joins[i].more), joins[i].any);
    }
    assert_int_equal(filter_judge_part(f, 0, cells, NOW, &why), FILTER_PASSES);
    assert_int_equal(filter_judge_part(f, 1, cells, NOW, &why), FILTER_PASSES);
    cells[V] = slice_of("x");
    assert_int_equal(filter_judge_part(f, 0, cells, NOW, &why), FILTER_FAULT);
    assert_says(why.ptr, "column \"V\": \"x\" is compared with the number 1 (--where)");

    enum filter_verdict group[] = {PASSES, FAILS};
    assert_int_equal(filter_judge(f, cells, NOW, group, &why), FILTER_PASSES);
    group[1] = PASSES;
    assert_int_equal(filter_judge(f, cells, NOW, group, &why), FILTER_FAILS);
    assert_string_equal(why.ptr, "not Any (V = 3 or V = 4)");
    group[0] = FAILS;
    assert_int_equal(filter_judge(f, cells, NOW, group, &why), FILTER_FAILS);
    assert_string_equal(why.ptr, "all(V > 1): it is not so in this group");
    group[0] = FAULT, group[1] = FAILS;
    assert_int_equal(filter_judge(f, cells, NOW, group, &why), FILTER_FAULT);
    assert_string_equal(why.ptr, "all(V > 1): a row of the group can't be judged");
    text_release(&why);
    filter_free(f);
}

/* ---- The trial ---- */

/* Shows cells of V, between bars, on lines 2, 3, …; how many it wanted. */
static size_t show_for(const char *text, const char *bars, struct err *e, int *rc,
                       struct text *words)
{
    struct filter *f = make(text, &grouped);
    struct filter_trial *t = filter_trial_new(f, e);
    struct slice cells[COLUMNS] = {[W] = SLICE("10"), [DAY] = SLICE("5/04/2026")};
    size_t shown = 0;
    assert_non_null(t);
    for (bool more = true; more;) {
        size_t len = strcspn(bars, "|");
        cells[V] = cells[SCORE] = (struct slice){bars, len};
        more = filter_try(t, cells, 2 + shown) && bars[len] != '\0';
        bars += len + 1;
        shown++;
    }
    *rc = filter_tried(t, e);
    if (words != NULL)
        filter_trial_words(t, words);
    filter_trial_free(t);
    filter_trial_free(NULL);
    filter_free(f);
    return shown;
}

static size_t show(const char *text, const char *bars, struct err *e, int *rc)
{
    return show_for(text, bars, e, rc, NULL);
}

static void columns_that_can_be_read_are_fine(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bars;
    } cases[] = {
        {"V >= 100", "95|100"},
        {"V >= 100", "x|y|95"},
        {"V >= 100", "|-|N/A"}, /* nobody has done it yet */
        {"V = Completed", "1|2"},
        {"V ~ 100", "x|y"},
        {"V in (Yes, 100)", "x|y"},
        {"V >= -1d", "|2026-10-01|never"},
        {"V in (100, 2026-10-01)", "2026-10-01"},
        {"all(V > 1) and W > 1", "2"},
        {"\"Date Completed\" is empty", "2"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        int rc = -1;
        (void)show(cases[i].text, cases[i].bars, &e, &rc);
        if (rc != 0)
            fail_msg("%s: %s", cases[i].text, e.text);
    }
}

static void columns_that_cannot_be_read_are_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bars;
        size_t shown;
        const char *says;
    } cases[] = {
        {"V >= 100", "|Completed|Open", 3,
         "in.csv:3: column \"V\": \"Completed\" is compared with the number 100 (--where): it is "
         "no "
         "number, nor is any other cell of the column one: name another column, or compare it with "
         "a text (=, !=, in, ~)"},
        {"any(V = 1)", "x", 1,
         "in.csv:2: column \"V\": \"x\" is compared with the number 1 (--where): it is no number, "
         "nor is any other cell of the column one: name another column, or compare it with a text "
         "(=, !=, in, ~)"},
        {"V >= 2026", "2026-10-01|2026-10-02", 2,
         "in.csv:2: column \"V\": \"2026-10-01\" is compared with the number 2026 (--where): it is "
         "a date: compare it with one, such as 2026-10-01 or -1d"},
        {"V >= 100", "95|x|1,234|100", 3,
         "in.csv:4: column \"V\": \"1,234\" is compared with the number 100 (--where): its comma "
         "can set thousands apart or be the decimal mark: say --decimal point or --decimal comma"},
        {"V >= -1d", "25/12/2026|5/04/2026|6/04/2026", 2,
         "in.csv:3: column \"V\": \"5/04/2026\" is compared with the date -1d (--where): which is "
         "the month can't be told: say --date-order mdy or --date-order dmy"},
        {"V > 1 and \"Date Completed\" >= today", "x|1", 1,
         "in.csv:2: column \"Date Completed\": \"5/04/2026\" is compared with the date today "
         "(--where): which is the month can't be told: say --date-order mdy or --date-order dmy"},
        {"V in (Yes, 1)", "No|1,234", 2,
         "in.csv:3: column \"V\": \"1,234\" is compared with texts, numbers (--where): its comma "
         "can set thousands apart or be the decimal mark: say --decimal point or --decimal comma"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        int rc = 0;
        assert_int_equal(show(cases[i].text, cases[i].bars, &e, &rc), cases[i].shown);
        assert_int_equal(rc, -1);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_string_equal(e.text, cases[i].says);
    }
}

/* What differs only in how it is written is refused; else words say what is missed. */
static void texts_that_columns_never_have_are_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bars, *says; /* refused, or of a filter that nothing passes */
    } cases[] = {
        {"V = completed", "Open|Completed|Completed",
         "!in.csv:3: column \"V\": no cell is \"completed\" (--where), but \"Completed\" differs "
         "from it in nothing but case or blanks, which count in a filter: write it as the column "
         "has it"},
        {"V != YES", "Yes|No", "!in.csv:2: column \"V\": no cell is \"YES\""},
        {"V = 'Checked In'", "Out|Checked  In",
         "!in.csv:3: column \"V\": no cell is \"Checked In\""},
        {"V = 'Checked In'", "CheckedIn", "!in.csv:2: "},
        {"V in (Done, YES)", "Done|Yes", "!in.csv:3: "},
        {"V not in (Done, YES)", "Done|Yes", "!in.csv:3: "},
        {"not (V = \xc3\x84GYPTEN)", "\xc3\x84gypten", "!in.csv:2: "},
        {"all(V = yes)", "YES", "!in.csv:2: "},
        /* it is there, or asked for, or a pattern knows it */
        {"V = completed", "Completed|completed", ""},
        {"V in (Yes, YES)", "Yes|No", "column \"V\" is never \"YES\": it has \"No\""},
        {"V = YES or V = Yes", "Yes", "column \"V\" is never \"YES\""},
        {"V = yes or V ~ '^Y'", "YES", "column \"V\" is never \"yes\": nearest is \"YES\""},
        /* nearest, or what there is */
        {"V = Complete", "Open|Completed|Compete d",
         "column \"V\" is never \"Complete\": nearest is \"Completed\""},
        {"V = Done", "A|B|B|C|D|", "column \"V\" is never \"Done\": it has \"A\", \"B\", \"C\""},
        {"V = Done", "", "column \"V\" is never \"Done\""},
        {"V != Done", "A|B", ""},
        /* scales */
        {"V >= 80%", "0.5|0.95|1|0",
         "!in.csv:2: column \"V\": \"0.5\" is compared with 80% (--where), but no cell exceeds 1: "
         "its scale is from 0 to 1, not to 100: compare it with a share, such as 0.8 for 80%"},
        {"V = 100%", "1|0", "!in.csv:2: "},
        {"V >= 80%", "0|0", ""},
        {"V >= 80%", "0.5|1|95", ""},
        {"V >= 80%", "0.5|1%", ""},
        {"V >= 80%", "1 / 4", ""},
        {"V >= 80%", "x|-|1", "!in.csv:4: "},
        {"V >= 1", "0.5|1", ""},
        {"Score >= 0.8", "95|50|0",
         "!in.csv:2: column \"Score\": \"95\" is compared with 0.8 (--where), but no cell is "
         "between 0 "
         "and 1: its scale is not from 0 to 1: compare it with a number of that scale, such as "
         "80 (or with 1, if that is the least)"},
        {"Score > 0.5", "x|-|100", "!in.csv:4: "},
        {"Score < 0.8", "3|1", "!in.csv:2: "},
        {"Score <= '0,8'", "3|1", "!in.csv:2: "},
        {"Score >= 0.8", "95.5|50.25", "!in.csv:2: "},
        {"Score >= 0.8", "195.5|50.25", ""},
        {"V >= 0.8", "95|50", ""}, /* hours, prices */
        {"Score >= 0.8", "95|0.5", ""},
        {"Score >= 0.8", "0,95|1", ""},
        {"Score >= 0.5", "0|1", ""},
        {"Score >= 0.8", "-4|8", ""},
        {"V >= 80", "95|50", ""},
        {"V >= 80", "0.5|1", "column \"V\" never exceeds 1 (\"0.5\")"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        struct text words;
        int rc = 0;
        text_init(&words);
        (void)show_for(cases[i].text, cases[i].bars, &e, &rc, &words);
        bool is_refused = cases[i].says[0] == '!';
        const char *want = cases[i].says + is_refused, *got = is_refused ? e.text : words.ptr;
        if ((rc < 0) != is_refused ||
            (is_refused ? strncmp(got, want, strlen(want)) : strcmp(got, want)) != 0)
            fail_msg("%s with %s: %s%s", cases[i].text, cases[i].bars, e.text, words.ptr);
        text_release(&words);
    }
}

/* Who differs from what is asked for only in case or blanks. */
static void spellings_beside_the_right_one_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bars, *says;
    } cases[] = {
        {"V = YES", "YES|Yes|no|yes |Yes|YES",
         "column \"V\": 2 rows have \"Yes\" (the first on line 3), 1 row has \"yes\" (the first on "
         "line 5), which differ only in case or blanks from \"YES\" (--where): they do not pass; "
         "to "
         "take them as well: in ('YES', 'Yes', 'yes')"},
        {"V != YES", "YES|Yes",
         "column \"V\": 1 row has \"Yes\" (the first on line 3), which differ only in case or "
         "blanks from \"YES\" (--where): they are not left out; to leave them out as well: not in "
         "('YES', "
         "'Yes')"},
        {"any(V = YES)", "YES|ＹＥＳ", "column \"V\": 1 row has \"ＹＥＳ\""},
        {"V in (YES, Yes)", "YES|Yes|no", ""},
        {"V = YES or V = Yes", "YES|Yes", ""},
        {"V = YES or V ~ '^Y'", "YES|Yes", ""},
        {"V = YES", "YES|Yess|NO|", ""},
        {"V = 1", "1|01", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct filter *f = make(cases[i].text, &grouped);
        struct filter_near *n = filter_near_new(f);
        struct slice cells[COLUMNS] = {[W] = SLICE("10"), [DAY] = SLICE("2026-10-01")};
        struct text words;
        uint64_t line = 2;
        text_init(&words);
        for (const char *at = cases[i].bars, *end; at != NULL; at = *end != '\0' ? end + 1 : NULL) {
            end = at + strcspn(at, "|");
            cells[V] = (struct slice){at, (size_t)(end - at)};
            filter_near_add(n, cells, line++);
        }
        const char *want = cases[i].says;
        filter_near_words(n, &words);
        const char *got = words.len > 0 ? words.ptr : "";
        if (strncmp(got, want, strlen(want)) != 0 || (*want == '\0' && *got != '\0'))
            fail_msg("%s with %s: %s", cases[i].text, cases[i].bars, got);
        text_release(&words);
        filter_near_free(n);
        filter_free(f);
    }
}

/* Of cells that are all other ones only those that are said are kept. */
static void many_values_take_no_memory(void **state)
{
    (void)state;
    struct filter *f = make("V = Done", &plain);
    struct err e = ERR_INIT;
    struct filter_trial *t = filter_trial_new(f, &e);
    struct slice cells[COLUMNS] = {[W] = SLICE("10"), [DAY] = SLICE("2026-10-01")};
    struct text words;
    char cell[32];
    text_init(&words);
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(cell, sizeof cell, "value %d", i);
        cells[V] = slice_of(cell);
        assert_true(filter_try(t, cells, 2));
    }
    cells[V] = slice_of("Donne");
    assert_true(filter_try(t, cells, 2));
    filter_trial_words(t, &words);
    assert_string_equal(words.ptr, "column \"V\" is never \"Done\": nearest is \"Donne\"");
    cells[V] = slice_of("Done");
    assert_false(filter_try(t, cells, 2));
    text_release(&words);
    filter_trial_free(t);
    filter_free(f);
}

static void a_trial_ends_when_it_has_seen_enough(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    char *bars = repeated("7|", 5000, "7");
    int rc = -1;
    assert_in_range(show("V > 1", bars, &e, &rc), 100, 2000);
    assert_int_equal(rc, 0);
    free(bars);
    bars = repeated("x|", 5000, "7");
    assert_int_equal(show("V > 1", bars, &e, &rc), 5001); /* the last one is a number */
    assert_int_equal(rc, 0);
    free(bars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_as_whole_cells),
        cmocka_unit_test(a_cell_is_empty_if_it_stands_for_nothing),
        cmocka_unit_test(numbers_compare_by_value),
        cmocka_unit_test(times_compare_for_as_long_as_they_are),
        cmocka_unit_test(regular_expressions_are_searched_for),
        cmocka_unit_test(no_regular_expression_takes_long),
        cmocka_unit_test(a_regular_expression_sees_the_cell_alone),
        cmocka_unit_test(and_or_and_not_bind_as_usual),
        cmocka_unit_test(columns_are_named_in_words_and_quotes),
        cmocka_unit_test(why_a_record_fails_is_said),
        cmocka_unit_test(what_is_no_filter_is_said),
        cmocka_unit_test(a_column_that_is_none_is_said),
        cmocka_unit_test(size_is_no_danger),
        cmocka_unit_test(no_text_does_harm),
        cmocka_unit_test(texts_are_anded),
        cmocka_unit_test(groups_are_judged_row_by_row),
        cmocka_unit_test(columns_that_can_be_read_are_fine),
        cmocka_unit_test(columns_that_cannot_be_read_are_said),
        cmocka_unit_test(texts_that_columns_never_have_are_said),
        cmocka_unit_test(spellings_beside_the_right_one_are_counted),
        cmocka_unit_test(many_values_take_no_memory),
        cmocka_unit_test(a_trial_ends_when_it_has_seen_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
