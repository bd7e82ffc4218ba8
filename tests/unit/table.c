/* table: what is no row of it, in files as exports, surveys and sheets make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cells.h"
#include "policy/table.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* A letter for each line that is not empty: H header again, f a further line of it, c a comment, o of another
 * table, . a row. */
static void judge(const char *text, bool comments, char *out)
{
    struct slice names[CELLS_MAX], cells[CELLS_MAX];
    size_t len = strcspn(text, "\n"), nth = 0, further = 0;
    struct table t;
    bool gap = false;
    table_init(&t, names, cells_of(text, len, names), slice_of("Present"), comments);
    uint64_t number = 2;
    for (const char *at = text + len + 1; *at != '\0'; at += len + 1, number++) {
        len = strcspn(at, "\n");
        size_t n = cells_of(at, len, cells);
        if (len == 0) {
            gap = true;
            continue;
        }
        further = table_further(&t, further, ++nth, cells, n);
        bool other = nth > further && table_watch(&t, number, cells, n, gap);
        *out++ = other                            ? 'o'
                 : table_is_header(&t, cells, n)  ? 'H'
                 : nth <= further                 ? 'f'
                 : table_is_comment(&t, cells, n) ? 'c'
                                                  : '.';
        gap = false;
    }
    *out = '\0';
}

static const struct {
    const char *text;
    bool comments;
    const char *want;
} records[] = {
    {"ID|Name\n7|Ann\nID|Name\n8|Bob\n", false, ".H."},
    {"ID|Name\n7|Ann\nid| name \n8|Bob\n", false, ".H."},
    {"ID|Name||\nID|Name\nID|Name||\n", false, "HH"},
    {"ID|Name\nID|Name|x\nID\n", false, ".."},
    {"username|full_name|score\nUsername|Full name|Score\njdoe|J Doe|80\n", false, "H."},
    {"Org Defined Id|Quiz 1\nOrgDefinedId|(max 10)\n1001|8\n", false, "f."},
    {"ResponseId|Email|Q1\nResponse ID|Your address|What?\n"
     "{\"ImportId\":\"_recordId\"}|{\"ImportId\":\"m\"}|{\"ImportId\":\"QID1\"}\nR_1|a@x.org|"
     "y\n",
     false, ".f."}, /* by then the line above it is known to be one, too: read_tables.c */
    {"id|name|weight\n||kg\n1|Ann|70\n", false, "f."},
    {"id|name|weight\nint|string|float\n1|Ann|70\n", false, "f."},
    {"id|name|weight\n|[text]|[kg]\n1|Ann|70\n", false, "f."},
    {"id|name|weight\n1|Ann|70\n||kg\n", false, ".."},
    {"Email|Name|Note\n(a@x.org)|(Ann)|[]\n", false, "."},
    {"ID|Email|Which?||\n||Red|Green|Other\n1|a@x.org|Red||\n", false, "f."},
    {"Name|||\nAnn|Rust|done|x\n", false, "."},
    {"Pizza|Name\nPizza|Ann\n", false, "."},
    {"Pizza|Pasta|Name\nPizza|Pasta|Ann\n", false, "."},
    {"code\nmin\nh\n", false, ".."},
    /* tables one after the other */
    {"ID|Name\n17|Ann\n\nSKU|Product\np1|Bread\n", false, ".oo"},
    {"ID|Name\n17|Ann\n\nGoods|\nSKU|Product\np1|Bread\n\nID|Name\n18|Bob\n", false, "..ooH."},
    {"Name|Town|||\nAnn|Graz|||\n\nOverseas||||\nName|Town|Country|Mode|Cost\nDee|Rome|Italy|"
     "Bus|7\n",
     false, "..oo"},
    {"First Name|Last Name|Email\nAnn|Lee|a@x.org\n\nAddress Line "
     "1|State|Postcode\naddr|Kent|04073\n",
     false, ".oo"},
    {"Name|Email\nAnn|a@x.org\n\nWallet|\n0x12|\n", false, ".oo"},
    {"Email|Name\na@x.org|Ann\nName|Email\nBob|b@x.org\nEmail|Name\nc@x.org|Cid\n", false, ".ooH."},
    {"Email|Name|Team\na@x.org|Ann|A\nEmail|Phone|Name\nb@x.org|1|Bob\n", false, ".oo"},
    {"ID|Name\n17|Ann\n18|Bob\n\nSummary\nTotal|1\nEmails|2\n", false, "...oo"},
    /* with the same header, under a title or without one */
    {"ID|Name\n17|Ann\n\nAbsent\nID|Name\n18|Bob\n", false, "..oo"},
    {"ID|Name\n17|Ann\nAbsent\nID|Name\n18|Bob\n", false, "..oo"},
    {"ID|Name\n17|Ann\n\nAbsent|\n\nID|Name\n18|Bob\nID|Name\n19|Cid\n", false, "..oooo"},
    {"ID|Name\n17|Ann\n\nAbsent\nID|Name\n18|Bob\n\nPresent\nID|Name\n19|Cid\n", false, "..oooH."},
    {"ID|Name\n17|Ann\n\nPresent\nID|Name\n18|Bob\n", false, "..H."},
    {"ID|Name\n17|Ann\nPage 2 of 3|\nID|Name\n18|Bob\n", false, "..H."},
    {"ID|Name\n17|Ann\n(1 rows)\nID|Name\n18|Bob\n", false, "..H."},
    {"ID|Name\n17|Ann\n\nID|Name\n18|Bob\n", false, ".H."},
    {"ID\n17\n\nAbsent\nID\n18\n", false, "..oo"},
    {"ID\nann\n\nbob\n\nID\n\ncid\n", false, "..H."},
    /* with another one, and nothing between */
    {"Email|Name\na@x.org|Ann\nEmail|Manager\nb@x.org|Bob\n", false, ".oo"},
    {"Email|Name|Score\na@x.org|Ann|1\nOrder|SKU|Email\n12|ab|b@x.org\n", false, ".oo"},
    {"Name|Score\nAnn|1\nBob|absent\nName|Team\n", false, "..."},
    {"Name|Score\nAnn|1\nTeam|Date\nB|2026-01-02\n", false, ".oo"},
    {"Name|Score\nAnn|1\nBob|Group\n", false, ".."},
    {"ID|Score\n17|1\n\nSession|Room\ns1|Main\n", false, ".oo"},
    {"ID|Name\nu17|Ann\nu18|Bob\n\nSession|Room\ns1|Main\n", false, "..oo"},
    {"ID|Name\nu17|Ann\n\neve|Eve\n", false, ".."},
    {"Name|Email\nAnn|a1@x.org\nBob|b2@x.org\n\nCid|x\n", false, "..."},
    {"ID|Name\nu17|Ann\n\nx18|Bob\n", false, ".."},
    {"ID|Name\nu17|Ann\neve|Eve\n\ncid|Cid\n", false, "..."},
    /* without one, under a title */
    {"ID|Name\n17|Ann\n18|Bob\n\nTeam B\n19|Cid\n", false, "...o"},
    {"ID|Name\nx17|Ann\n18|Bob\n\nTeam B\nx19|Cid\n", false, "...o"},
    {"ID|Name\nann|Ann\n\nWithdrawn|\n\nbob|Bob\n", false, "..o"},
    {"ID|Name\n17|Ann\n\nWithdrawn|\n18|Bob\n", false, "..o"},
    {"Login|City|Points\nann|Linz|10\n\nCancelled||\nbob|Wien|30\n", false, "..o"},
    {"ID|Name\nann|Ann\n\nbob|\ncid|Cid\n", false, "..o"},
    {"ID|Name\nu17|Ann\n\nu18|\nu19|Cid\n", false, "..."},
    /* no table of its own */
    {"ID|Name\n17|Ann\n\n18|Bob\n\n\n19|Cid\n", false, "..."},
    {"ID|Name\n17|Ann\n\n18\n19|Cid\n", false, "..."},
    {"ID|Name\nann|Ann\n\nbob|Bob\n\ncid\n\ndee|Dee\n", false, "...."},
    {"ID|Name\nann|Ann\neve|\n\nbob|\n\ncid|Cid\n", false, "...."},
    {"Email|Name\na@x.org|Ann\n\nb@x.org\n\nc@x.org|Cid\n", false, "..."},
    {"ID|Name\n17|Ann\n\nPage 2\n18|Bob\n", false, "..."},
    {"Login|Team\nann|red\n\nbob|blue\n", false, ".."},
    {"Login|Team\nann|red\n\nTotal|\n", false, ".."},
    {"Name|Contact|Other\nAnn|Email|Phone\n\nBob|Phone|Email\n", false, ".."},
    {"Name|Login\nAnn|ann\nLou|login\nCy|cy\n", false, "..."},
    {"Name|Phone|Email|First|Second\nAnn|1|a@x.org|Email|Phone\n", false, "."},
    /* comments */
    {"id|name\n1|Ann\n#another\n2|Bob\n#x, y|z|w\n", true, ".c.c"},
    {"id|name\n1|Ann\n#another\n", false, ".."},
    {"order|email\n#1001|a@x.org\n#1002|\n", true, ".."},
    {"id\nu1\n# a note\n#u3\n", false, ".c."},
    {"id\n#u1\n#u 2\n", true, ".."},
    {"id|name\n1|Ann\n# made by me|\n# made by me, in 2026|x\n# 17|Bob\n", false, ".cc."},
    {"email|name|x\na@x.org|Ann|1\n# b@x.org|Bob|\n# off|c@x.org|\n", true, "..."},
    {"#no|name\n#1|Ann\n# a note|\n", false, ".."},
};

static void records_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(records); i++) {
        char got[CELLS_MAX];
        judge(records[i].text, records[i].comments, got);
        if (strcmp(got, records[i].want) != 0)
            fail_msg("%s, not %s, of:\n%s", got, records[i].want, records[i].text);
    }
}

static void without_a_header_all_are_rows(void **state)
{
    (void)state;
    struct table t;
    struct slice cells[CELLS_MAX];
    table_init(&t, NULL, 0, (struct slice){"", 0}, true);
    size_t n = cells_of("#1|Name", 7, cells);
    assert_false(table_watch(&t, 1, cells, n, true));
    assert_false(table_is_comment(&t, cells, n));
    assert_false(table_is_header(&t, cells, n));
    assert_int_equal(table_further(&t, 0, 1, cells, n), 0);
}

static void a_header_has_two_words_for_it(void **state)
{
    (void)state;
    struct slice cells[CELLS_MAX];
    assert_true(table_could_begin(cells, cells_of("Name|Town||", 11, cells)));
    assert_true(table_could_begin(cells, cells_of("Wallet|Points", 13, cells)));
    assert_false(table_could_begin(cells, cells_of("Course|Rust 101", 15, cells)));
    assert_false(table_could_begin(cells, cells_of("Name|Town|7", 11, cells)));
    assert_false(table_could_begin(cells, cells_of("Name|Name", 9, cells)));
    assert_false(table_could_begin(cells, cells_of("", 0, cells)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_told_apart),
        cmocka_unit_test(without_a_header_all_are_rows),
        cmocka_unit_test(a_header_has_two_words_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
