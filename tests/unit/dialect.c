/* dialect: by the first of the text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/dialect.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LARGE 65536

/* The text ends where its memory does, so that reading past it is found out. */
static struct dialect find(const char *text, size_t len, bool more, char delimiter, int quote)
{
    char *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy + 1, text, len);
    struct dialect_said said = {delimiter, quote, DIALECT_UNSAID};
    struct dialect d = dialect_find((struct slice){copy + 1, len}, more, said);
    free(copy);
    return d;
}

struct how {
    const char *text;
    char delimiter, quote, escape;
    bool blanks;
};

static void check(const struct how *s)
{
    struct dialect d = find(s->text, strlen(s->text), false, '\0', DIALECT_UNSAID);
    if (d.delimiter != s->delimiter || d.quote != s->quote || d.escape != s->escape ||
        d.blanks != s->blanks)
        fail_msg("'%c' with %c, escape %d, blanks %d for\n%s", d.delimiter, d.quote, d.escape,
                 d.blanks, s->text);
    assert_int_equal(d.sep_line, 0);
}

static void check_hows(const struct how *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&samples[i]);
}

/* Of texts that need nothing else. */
struct sample {
    const char *text;
    char delimiter, quote;
};

static void check_all(const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&(struct how){samples[i].text, samples[i].delimiter, samples[i].quote, '\0', false});
}

static void real_files_are_understood(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        /* Canvas, with a comma decimal locale */
        {"Student;ID;SIS Login ID;Quiz (12);Final Score\n"
         "    Points Possible;;;10,00;(read only)\n"
         "\"Doe, Jane\";7;j@x;9,50;95,00\n\"Roe, Rick\";8;r@x;3,50;35,00\n",
         ';', '"'},
        {"Name;Mail;Score\n\"Doe, Jane\";j@x;3,5\n\"Doe, John\";k@x;4,5\n\"Roe\" jr, R;r@x;3,5\n",
         ';', '"'},
        {"Name;Mail;Score\nDoe, Jane;j@x;3,5\nDoe, John;k@x;4\n", ';', '"'},
        {"1;3,5\n2;4,5\n3;7,5\n", ';', '"'},
        {"id;tags\n1;a,b,c\n2;a,b,c\n3;a,b,c\n", ';', '"'},
        /* LinkedIn, Microsoft Forms: lists in cells */
        {"Name,Email,Skills\nJane,j@x,a;b;c\nJohn,k@x,a;b;c\nRick,r@x,a;b;c\n", ',', '"'},
        {"Name,Skills,Email\nJane,a;b,j@x\nJohn,a;b,k@x\nRick Roe, Jr,a;b,k@x\n", ',', '"'},
        {"ID,Name,Which?\n1,Jane,A;B;\n2,John,A;B;\n3,Rick,B;C;\n", ',', '"'},
        {"name,tags\nJane,a|b|c\nJohn,a|b|c\n", ',', '"'},
        /* Teams */
        {"1. Summary\nMeeting title\tAll hands\nAttended participants\t2\n"
         "Start time\t7/20/23, 4:00:01 PM\nEnd time\t7/20/23, 5:00:01 PM\n"
         "\n2. Participants\n"
         "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tRole\n"
         "Jane\t7/20/23, 4:16:29 PM\t7/20/23, 4:58:01 PM\t41m 32s\tj@x\tOrganizer\n"
         "John\t7/20/23, 4:17:29 PM\t7/20/23, 4:58:01 PM\t40m 32s\tk@x\tPresenter\n"
         "\n3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n"
         "Jane\t7/20/23, 4:16:29 PM\t7/20/23, 4:58:01 PM\t41m 32s\tj@x\tOrganizer\n"
         "John\t7/20/23, 4:17:29 PM\t7/20/23, 4:58:01 PM\t40m 32s\tk@x\tPresenter\n",
         '\t', '"'},
        {"Full Name\tUser Action\tTimestamp\nJane\tJoined\t1/25/2022, 4:48:08 PM\n", '\t', '"'},
        /* Zoom */
        {"Attendee Report\nReport Generated:,\"Mar 22, 2025 20:00\"\n"
         "Topic,Webinar ID,Actual Start Time\nIntro; part one,123 456,\"Mar 22, 2025 19:00\"\n"
         "Host Details\nAttended,User Name,Email\nYes,Host,h@x\nAttendee Details\n"
         "Attended,User Name,First Name,Last Name,Email,Join Time,Is Guest\n"
         "Yes,Jane,Jane,Doe,j@x,\"Mar 22, 2025 19:13:27\",Yes\nNo,John,John,Doe,k@x,--,--\n",
         ',', '"'},
        /* a preamble longer than what follows it */
        {"Export vom 1.2.2026\nKurs: X\nLeitung: Y, Z\n\nName;Mail;Datum\nJane;j@x;1.2.2026\n", ';',
         '"'},
        {"Name|Mail|Note\nJane|j@x|one, two; three\nJohn|k@x|\n", '|', '"'},
        {"Name\tMail\nJane\tj@x\n", '\t', '"'},
        /* Moodle: the header begins with a delimiter */
        {",Email address,\"Quiz, one\",,\n\"Jane Doe\",j@x,\"Completed\",1.2.2026,\n", ',', '"'},
        {"a;b;c;;\r\n1;2;3;;\r\n;;;;\r\n;;;;\r\n", ';', '"'},
    };
    check_all(samples, COUNT(samples));
}

static void little_text_is_understood(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"", ',', '"'},
        {"\n\r\n", ',', '"'},
        {"email", ',', '"'},
        {"email\nj@x\nk@x\n", ',', '"'},
        {"comment\nfine\nfine; really\nyes\nno\nperhaps\n", ',', '"'}, /* one of six */
        {"Name;Mail;Date", ';', '"'},
        {"Name\tMail", '\t', '"'},
        {"Doe, Jane;j@x", ';', '"'},
        {"a,b\n", ',', '"'},
        {"a,b;c,d\n", ',', '"'},
        {"a;b\rc;d\re;f\r", ';', '"'}, /* a lone CR ends a line */
        {"a;b\r\nc;d\n", ';', '"'},
        /* numbers with a decimal comma, and no header that tells */
        {"1,5;Jane;2,5\n3,5;John;4,5\n", ';', '"'},
        {"1,5;Jane;2,5\n", ';', '"'},
        {"1,5;2,5;3,5\n4,5;5,5;6,5\n", ';', '"'},
        {"1,5|Jane|2,5\n3,5|John|4,5\n", '|', '"'},
        {"€ 1,5;Jane;j@x;2,5 %\n", ';', '"'},
        {"1.234,5;Jane;-2,5\n", ';', '"'},
        {"Score,Which,Age\n5,1;2,35\n4,1;3,36\n", ',', '"'},
    };
    check_all(samples, COUNT(samples));
}

static void quotes_hide_delimiters_and_line_ends(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"a,b\n\"1;2;3\",x\n\"1;2;3\",y\n\"1;2;3\",z\n", ',', '"'},
        {"id;text\n1;\"a,b\na,b\na,b\na,b\"\n2;\"a,b\r\na,b\"\n", ';', '"'},
        {"id;text\n1;\"say \"\"a,b\"\"\"\n2;\"c,d\" \n", ';', '"'},
        {"\"a\";\"b\"\n\"1,2\";\"3,4\"\n\"5,6\";\"7,8\"\n", ';', '"'},
        /* a quote that is never closed, or closed far away, takes nothing with it */
        {"a;b\n1;\"oops\n2;x\n3;y\n4;z\n5;\"c,d\"\n6;e\n", ';', '"'},
        {"a;b\n1;\"oops\n2;x\n3;y\n4;z\n", ';', '"'},
        {"\"a;b\n1;2\n3;4\n5;6\n", ';', '"'},
        {"a;b\n1;\"\n2;\"\"\n3;y,z\n4;z\n", ';', '"'},
        /* apostrophes */
        {"'a','b;c'\n'1','2;3'\n", ',', '\''},
        {"id;'name'\n1;'Doe, Jane'\n2;'it''s, him'\n", ';', '\''},
        {"'a'\n'b'\n", ',', '\''},
        {"id,name\n1,'quoted'\n2,plain\n3,plain\n", ',', '"'},
        {"id,name\n1,'123\n2,'+316\n", ',', '"'},
        {"'a',\"b\"\n'1',\"2\"\n", ',', '"'},
        {"'tis,'twas\n'tis,x\n'twas,y\n", ',', '"'},
    };
    check_all(samples, COUNT(samples));
}

static void ties_go_to_what_stands_in_no_cell(void **state)
{
    (void)state;
    static const struct how samples[] = {
        /* amounts with a currency or a unit */
        {"'Nero Group';\xe2\x82\xac 1,80;\xe2\x82\xac 9000,50\n"
         "'Hatch Ltd.';\xe2\x82\xac 2,00;\xe2\x82\xac 100000,30\n",
         ';', '\'', 0, false},
        {"Ann;1,80 EUR;Graz\nBob;2,50 EUR;Linz\n", ';', '"', 0, false},
        {"Ann;x;$1,234.50\nBob;y;$2,500.00\n", ';', '"', 0, false},
        {"3,5 kg;Ann\n4,5 kg;Bob\n", ';', '"', 0, false},
        {"12,5%|Ann\n13,5%|Bob\n", '|', '"', 0, false},
        /* commas in the first of several columns between tabs, or in all of them */
        {"Lee,Ann\tann@x\t17\nKim,Bo\tbo@x\t18\n", '\t', '"', 0, false},
        {"Lee, Ann, Dr\tann@x\t17\nKim, Bo, Mr\tbo@x\t18\n", '\t', '"', 0, false},
        {"Lee,Ann\tann@x\tGraz,Linz\nKim,Bo\tbo@x\tGraz,Wels\n", '\t', '"', 0, false},
        {"Name,First\tEmail\tTags\nLee,Ann\tann@x\ta;b\nKim,Bo\tbo@x\tc;d\n", '\t', '"', 0, false},
        {"Lee,Ann\tann@x\nKim,Bo\tbo@x\n", '\t', '"', 0, false},
        /* but blanks may be tabs */
        {"1,\tAnn,\tx@y\n2,\tBob,\tz@y\n", ',', '"', 0, false},
        {"1;\tAnn;\tx@y\n2;\tBob;\tz@y\n", ';', '"', 0, false},
        {"1,a;b\n2,c;d\n", ',', '"', 0, false},
    };
    check_hows(samples, COUNT(samples));
}

static void blanks_may_stand_before_quotes(void **state)
{
    (void)state;
    static const struct how samples[] = {
        {"name, \"id\", \"town\"\nAnn, \"17\", \"Graz\"\nBob, \"18\", \"Linz, Austria\"\n", ',',
         '"', 0, true},
        {"Name; Mail\n\"Lee; Ann\"; \"a@x\"\n\"Kim; Bo\"; \"b@x\"\n", ';', '"', 0, true},
        {"Name\t Mail\nAnn\t \"a@x\"\nBo\t \"b\tx\"\n", '\t', '"', 0, true},
        {"Name,\tMail\nAnn,\t\"a, b\"\nBo,\t\"b\"\n", ',', '"', 0, true},
        {"id, note\n1, \"two\nlines, here\"\n2, \"x\"\r\n", ',', '"', 0, true},
        {"id, name\n1, 'Lee, Ann'\n2, 'Kim, Bo'\n", ',', '\'', 0, true},
        {"id, name\n1, \"Ann \\\"A\\\" Lee\"\n2, \"Bo\"\n", ',', '"', '\\', true},
        /* these are in cells */
        {"id,text\n1, \"well\" he said\n2,x\n3,y\n", ',', '"', 0, false},
        {"id,text\n1,so \"well\"\n2,\"x\"\n", ',', '"', 0, false},
        {"id,text\n1,\"say: \"\"hi\"\" \"\n2,\"x\"\n", ',', '"', 0, false},
    };
    check_hows(samples, COUNT(samples));
}

static void backslashes_may_be_escapes(void **state)
{
    (void)state;
    static const struct how samples[] = {
        {"id,name\n17,\"Ann \\\"Annie\\\" Lee\"\n18,\"Bob \\\"B\\\", Jr.\"\n", ',', '"', '\\',
         false},
        {"id;text\n1;\"{\\\"a\\\": \\\"b;c\\\"}\"\n2;\"{}\"\n", ';', '"', '\\', false},
        {"id\tname\n1\tAnn\\\tLee\n2\tBo\\\tKim\n3\tCy\n", '\t', '"', '\\', false},
        {"id,name\n1,Lee\\, Ann\n2,Kim\\, Bo\n3,Cy\n", ',', '"', '\\', false},
        {"id,text\n1,two\\\nlines\n2,more\\\r\nof them\n3,x\n", ',', '"', '\\', false},
        {"id,'name'\n1,'it\\'s'\n2,'it\\'s, him'\n", ',', '\'', '\\', false},
        /* and may be none */
        {"id,path\n1,C:\\a\\\n2,C:\\b\\\n", ',', '"', 0, false},
        {"id,path,name\n1,C:\\a\\,Ann\n2,C:\\b\\,Bob\n", ',', '"', 0, false},
        {"id,path,name\n1,\"C:\\a\\\",Ann\n2,\"C:\\b\\\",Bob\n", ',', '"', 0, false},
        {"id,json\n1,\"{\"\"a\"\": \"\"x\\\"\"y\"\"}\"\n2,\"{}\"\n", ',', '"', 0, false},
        {"id,text\n1,\"a\\\\b\\n\"\n2,\\N\n", ',', '"', 0, false},
    };
    check_hows(samples, COUNT(samples));
}

static void there_may_be_no_quotes(void **state)
{
    (void)state;
    static const struct how samples[] = {
        {"id\tname\n1\t\"Best\" of Ann\n2\t\"Bob\n3\tCid\n", '\t', 0, 0, false},
        {"id\tsize\n1\t\"a\" 5\n2\t\"b\" 7\n3\t5\"\n", '\t', 0, 0, false},
        {"id|name\n1|\"Best\" of Ann\n2|\"Worst\" of Bob\n", '|', 0, 0, false},
        {"id\tname\n1\t\"Best\" of Ann\n2\t\"Bob\n3\tCid 5\"\n", '\t', 0, 0, false},
        {"id,text\n1,\"two\nlines\"\n2,\"a\" b\n", ',', '"', 0, false},
        /* a field is enclosed, quotes are never closed, or it is a single row */
        {"id;name\n1;\"Ann \"Annie\" Lee\"\n2;\"Bob\" Ray\n3;\"Cid\" Fox\n", ';', '"', 0, false},
        {"id\tname\n1\t\"Best\" of Ann\n2\t\"Worst\" of Bob\n3\t\"Cid\"\n", '\t', '"', 0, false},
        {"id\tname\n1\t\"Ann\n2\t\"Bob\n3\tCid\n", '\t', '"', 0, false},
        {"id\tname\n1\t\"Best\" of Ann\n2\tBob\n", '\t', '"', 0, false},
        /* nothing explains these, but the delimiter can be seen */
        {"1;\"Ann \"Annie\" Lee\"\n2;\"Bob \"Bobby\" Ray\"\n3;\"Cid \"Cy\" Fox\"\n", ';', '"', 0,
         false},
        {"1;\"Ann \"Annie\", Lee\"\n2;\"Bob \"Bobby\", Ray\"\n", ';', '"', 0, false},
        {"1\t\"Ann \"Annie\", Lee\"\tx\n2\t\"Bob \"Bobby\", Ray\"\ty\n", '\t', '"', 0, false},
    };
    check_hows(samples, COUNT(samples));
}

static void unexplained_records_are_counted(void **state)
{
    (void)state;
    static const char text[] = "id;name\n1;\"Ann \"A\" Lee\"\n2;\"Bob\"\n3;\"Cid \"C\" Fox\"\n";
    struct dialect d = find(text, sizeof(text) - 1, false, '\0', DIALECT_UNSAID);

    assert_int_equal(d.records, 4);
    assert_int_equal(d.odd, 2);
}

static void a_sample_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char text[] = "Name;Mail;Note\n\"Doe, Jane\";j@x;\"well, yes\nno, or\"\n"
                               "\"Doe, John\";k@x;3,5\n\"Roe, Rick\";r@x;\"one, two\n"
                               "three, four\nfive, six\nseven, eight\"\n";
    for (size_t len = 1; len < sizeof(text); len++) {
        struct dialect d = find(text, len, true, '\0', DIALECT_UNSAID);
        assert_int_equal(d.quote, '"');
        if (d.delimiter != (len < 5 ? ',' : ';'))
            fail_msg("%zu: '%c' for\n%.*s", len, d.delimiter, (int)len, text);
    }
}

static void sep_says_it(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t sep_line;
        char delimiter, quote;
    } cases[] = {
        {"sep=;\na,b\n1,2\n", 6, ';', '"'},   {"sep=;\r\na,b\n1,2\n", 7, ';', '"'},
        {"sep=;\ra,b\n1,2\n", 6, ';', '"'},   {"\"sep=;\"\r\na,b\n", 9, ';', '"'},
        {"SEP=\t\na,b\n", 6, '\t', '"'},      {"sep=,", 5, ',', '"'},
        {"sep=:\n'a':'b'\n", 6, ':', '\''},   {"sep=;;\na,b\n1,2\n", 0, ',', '"'},
        {"sep=\na,b\n", 0, ',', '"'},         {"sep=", 0, ',', '"'},
        {"\"sep=;\na,b\n1,2\n", 0, ',', '"'}, {"\"sep=;\"x\na,b\n1,2\n", 0, ',', '"'},
        {"separator\na;b\n", 0, ';', '"'},    {"a,b\nsep=;\n", 0, ',', '"'},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct dialect d = find(cases[i].text, strlen(cases[i].text), false, '\0', DIALECT_UNSAID);
        if (d.sep_line != cases[i].sep_line || d.delimiter != cases[i].delimiter ||
            d.quote != cases[i].quote)
            fail_msg("%zu: %zu '%c' %c", i, d.sep_line, d.delimiter, d.quote);
    }
}

static void what_the_user_says_stands(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char said_delimiter;
        int said_quote;
        struct dialect want;
    } cases[] = {
        {"a,b\n1,2\n", ';', DIALECT_UNSAID, {.delimiter = ';', .quote = '"', .sep_line = 0}},
        {"sep=;\na;b\n", '|', DIALECT_UNSAID, {.delimiter = '|', .quote = '"', .sep_line = 6}},
        {"'a':'b'\n", ':', DIALECT_UNSAID, {.delimiter = ':', .quote = '\'', .sep_line = 0}},
        {"'a':'b'\n", ':', '"', {.delimiter = ':', .quote = '"', .sep_line = 0}},
        {"'a':'b'\n", ':', 0, {.delimiter = ':', .quote = 0, .sep_line = 0}},
        {"a;b\n'1,2';x\n'1,2';x\n", '\0', '\'', {.delimiter = ';', .quote = '\'', .sep_line = 0}},
        {"\"a;b\n1;2\n3;\"4\n", '\0', 0, {.delimiter = ';', .quote = 0, .sep_line = 0}},
        {"sep=;\n'a';'b'\n", '\0', 0, {.delimiter = ';', .quote = 0, .sep_line = 6}},
        {"", '|', '\'', {.delimiter = '|', .quote = '\'', .sep_line = 0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct dialect d = find(cases[i].text, strlen(cases[i].text), false,
                                cases[i].said_delimiter, cases[i].said_quote);
        assert_int_equal(d.delimiter, cases[i].want.delimiter);
        assert_int_equal(d.quote, cases[i].want.quote);
        assert_int_equal(d.sep_line, cases[i].want.sep_line);
    }
}

/* Texts that would take hours if each quote were looked after to the end. */
static void the_worst_text_is_fast(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\"",  "\"a\n", "\"\"\"\n", "\"\"x\n", "a,\"", ",\"\"",
                                         "'\n", "\n\"",  "\"\n\"x,", ",",       "\r"};
    static char text[LARGE];
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t len = strlen(pieces[i]);
        for (size_t at = 0; at < LARGE; at++)
            text[at] = pieces[i][at % len];
        text[0] = '"';
        find(text, LARGE, i & 1, '\0', DIALECT_UNSAID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_files_are_understood),
        cmocka_unit_test(little_text_is_understood),
        cmocka_unit_test(quotes_hide_delimiters_and_line_ends),
        cmocka_unit_test(ties_go_to_what_stands_in_no_cell),
        cmocka_unit_test(blanks_may_stand_before_quotes),
        cmocka_unit_test(backslashes_may_be_escapes),
        cmocka_unit_test(there_may_be_no_quotes),
        cmocka_unit_test(unexplained_records_are_counted),
        cmocka_unit_test(a_sample_may_be_cut_anywhere),
        cmocka_unit_test(sep_says_it),
        cmocka_unit_test(what_the_user_says_stands),
        cmocka_unit_test(the_worst_text_is_fast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
