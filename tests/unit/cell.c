/* cell: what stands beneath the wrappings, and what is left as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/cell.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void a_value_is_what_the_cell_says(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *value;
    } cases[] = {
        {"", ""},
        {" \t\xc2\xa0", ""},
        {" Ada ", "Ada"},
        {"\xef\xbb\xbfme\xc2\xa0", "me"},
        {"=\"00123\"", "00123"},
        {" =\"00123\" ", "00123"},
        {"=\" 00123\"", "00123"},
        {"=\"\"", ""},
        {"=\"=1+1\"", "=1+1"},
        {"=\"Zo\xc3\xab\"", "Zo\xc3\xab"},
        {"'+31612345678", "+31612345678"},
        {"'-", "-"},
        {"'=1+1", "=1+1"},
        {"'\n=1", "=1"},
        {"'\r1", "1"},
        {"'＝1", "＝1"},
        {"'＠x", "＠x"},
        {"'！x", "'！x"},
        {"'@jo", "@jo"},
        {"'\tjo", "jo"},
        {"'\rjo", "jo"},
        {" '+31", "+31"},
        {"'=\"00123\"", "00123"},
        /* none of these is wrapped */
        {"'", "'"},
        {"'123", "123"},
        {"'123'", "'123'"},
        {"'s-Gravenhage", "'s-Gravenhage"},
        {"''+31", "''+31"},
        {"+31", "+31"},
        {"=", "="},
        {"=\"", "=\""},
        {"=1+1", "=1+1"},
        {"=\"a\"&\"b\"", "=\"a\"&\"b\""},
        {"=\"a\"\"b\"", "=\"a\"\"b\""},
        {"=\"00123", "=\"00123"},
        {"= \"00123\"", "= \"00123\""},
        {"\"00123\"", "\"00123\""},
        {"==\"1\"", "==\"1\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice value = cell_value(slice_of(cases[i].cell));
        if (!slice_equal(value, slice_of(cases[i].value)))
            fail_msg("%s: %.*s", cases[i].cell, (int)value.len, value.ptr);
    }
    struct slice nul = cell_value((struct slice){"'\0x", 3});
    assert_int_equal(nul.len, 3);
}

/* Every cut of a cell ends where its bytes end. */
static void a_value_is_a_part_of_the_cell(void **state)
{
    (void)state;
    static const char *const cells[] = {"'=\"00123\" ", "=\"\"\"", "1.23E+11", "#N/A"};
    for (size_t i = 0; i < COUNT(cells); i++) {
        for (size_t len = 0; len <= strlen(cells[i]); len++) {
            char bytes[16]; /* just as long as the cut, so that a byte too many is seen */
            char *cut = bytes + sizeof bytes - len;
            memcpy(cut, cells[i], len);
            struct slice value = cell_value((struct slice){cut, len});
            assert_true(value.ptr >= cut && value.ptr + value.len <= cut + len);
            (void)cell_is_shortened((struct slice){cut, len});
            (void)cell_is_nobody((struct slice){cut, len});
        }
    }
}

static void what_excel_shortens_is_told(void **state)
{
    (void)state;
    static const char *const shortened[] = {"1.23E+11", "1,23E+11", "1E+17",
                                            "5.03e+02", "12.5E+3",  "1.E+11"};
    static const char *const whole[] = {
        "",     "5",        "5E10",    "E+11",      "1.5E+",     "1.5E+1x",   "1-2",
        "1.5E", "1.5",      "1.5E-05", ".5E+11",    "1.2.3E+11", "x1.23E+11", "1.23E+1 1",
        "+",    "1.23F+11", "1.23E 1", "1.23E+1.1", "0503E000",  "1 E+11",
    };
    for (size_t i = 0; i < COUNT(shortened); i++) {
        if (!cell_is_shortened(slice_of(shortened[i])))
            fail_msg("%s", shortened[i]);
    }
    for (size_t i = 0; i < COUNT(whole); i++) {
        if (cell_is_shortened(slice_of(whole[i])))
            fail_msg("%s", whole[i]);
    }
}

static const char *const nobody[] = {
    "",
    "-",
    "--",
    "---",
    ".",
    "..",
    "?",
    "???",
    "–",
    "—",
    "…",
    "-.-",
    "()",
    "[]",
    "{}",
    "/",
    "N/A",
    "n/a",
    "#N/A",
    "#n/a",
    "n.a.",
    "N. A.",
    "N / A",
    "k.A.",
    "k. A.",
    "n.v.t.",
    "NA",
    "anonymous",
    "Anonymous",
    "ANONYMOUS",
    "Anonymous User",
    "unknown",
    "nobody",
    "none",
    "None",
    "NULL",
    "null",
    "Null",
    "(null)",
    "<null>",
    "[NULL]",
    "\\N",
    "nil",
    "<nil>",
    "nan",
    "NaN",
    "NaT",
    "<NA>",
    "undefined",
    "Undefined",
    "null null",
    "undefined undefined",
    "[object Object]",
    "(blank)",
    "(Blank)",
    "(leer)",
    "(vide)",
    "(en blanco)",
    "(пусто)",
    "(not set)",
    "Not available",
    "not applicable",
    "Invalid Date",
    "tbd",
    "ＮＵＬＬ",
    " 　ｎ／ａ ",
    "＂ＮＵＬＬ＂",
    "𝐍𝐔𝐋𝐋",
    "＃Ｎ／Ａ",
    "﹣",
    "？",
    "．",
    "“NULL”",
    "`none`",
    "‹n.a.›",
    "“”",
    "\"",
    "\"NULL\";",
    "NULL,",
    "null.",
    "'-",
    "=\"NULL\"",
    "***",
    "••••",
    "None None",
    "N/A N/A",
    "н/д",
    "Н/Д",
    "Unbekannt",
    "keine Angabe",
    "Entfällt",
    "ENTFA\u0308LLT",
    "N\\A",
    "&nbsp;",
    "不明",
    "{{email}}",
    "{{ contact.a_name_that_is_longer_than_all_words }}",
    "${user.id}",
    "*|EMAIL|*",
    "<%= id %>",
    "00000000-0000-0000-0000-000000000000",
    "{00000000-0000-0000-0000-000000000000}",
};
static const char *const errors[] = {
    "#NA",       "#REF!",    "#ref!",  "#VALUE!",       "#NAME?",   "#DIV/0!",   "#NULL!",
    "#NUM!",     "#SPILL!",  "#CALC!", "#GETTING_DATA", "#FIELD!",  "#BLOCKED!", "#ERROR!",
    "#BEZUG!",   "#WERT!",   "#NV",    "#ZAHL!",        "#VALEUR!", "#NOM?",     "#¡VALOR!",
    "#¿NOMBRE?", "#¡DIV/0!", "#N/D",   "#N/B",          "#I/T",     "#Н/Д",      "#ССЫЛКА!",
    "#ИМЯ?",     "#SAKNAS!", "#YOK",   "Err:502",       "####",     "#",
};

static void nobody_has_many_names(void **state)
{
    (void)state;
    static const char *const somebody[] = {
        "N",
        "0",
        "00",
        "anonymous2",
        "anonymou",
        "#N/A!x",
        "null@x.org",
        "none@example.org",
        "Nullmann",
        "nonesuch",
        "nan1",
        "Nana",
        "nill",
        "-1",
        "-a",
        "?a",
        "_",
        "__",
        "@",
        "@na",
        "n-a",
        "err:",
        "err:x",
        "err",
        "Error",
        "#1",
        "#1234",
        "#jo",
        "#na2",
        "(a)",
        "[1]",
        "0x00",
        "NULL, Ann",
        "a word that is longer than any that is known!",
        "Ann Unknown",
        "nannan",
        "k.a",
        "x",
        "A.",
        "{a}",
        "ＡＮＮ",
        "無名",
        "00000000-0000-0000-0000-000000000001",
        "{{a}}@x.org",
        "“A”",
    };
    for (size_t i = 0; i < COUNT(nobody); i++) {
        if (!cell_is_nobody(slice_of(nobody[i])))
            fail_msg("%s", nobody[i]);
    }
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (!cell_is_nobody(slice_of(errors[i])))
            fail_msg("%s", errors[i]);
        assert_false(cell_is_nothing(slice_of(errors[i])));
    }
    for (size_t i = 0; i < COUNT(somebody); i++) {
        if (cell_is_nobody(slice_of(somebody[i])))
            fail_msg("%s", somebody[i]);
    }
    assert_false(cell_is_nobody((struct slice){"-\0", 2}));
    assert_false(cell_is_nobody((struct slice){"null\0", 5}));
}

static void few_words_are_nothing_to_a_filter(void **state)
{
    (void)state;
    static const char *const nothing[] = {"", "-", "--", "N/A", "#n/a", "Anonymous"};
    static const char *const something[] = {"---", "NULL", "n.a.", "None", "0", "N/A!", "?"};
    for (size_t i = 0; i < COUNT(nothing); i++)
        assert_true(cell_is_nothing(slice_of(nothing[i])));
    for (size_t i = 0; i < COUNT(something); i++)
        assert_false(cell_is_nothing(slice_of(something[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_what_the_cell_says),
        cmocka_unit_test(a_value_is_a_part_of_the_cell),
        cmocka_unit_test(what_excel_shortens_is_told),
        cmocka_unit_test(nobody_has_many_names),
        cmocka_unit_test(few_words_are_nothing_to_a_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
