/* report_files: each of a run's files is refused, opened, kept or left, whatever becomes of the others. */
#include "stages/report_files.h"

#include "adapters/outfile.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ADDED                                                                                      \
    "status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,finished_at"

static const struct slice own[] = {{"Name", 4}, {"E-mail", 6}};
static struct input_facts facts = {.name = "in.csv",
                                   .header = {.names = own, .n = 2, .origin = "in.csv", .line = 1}};

static int enter_folder(void **state)
{
    static char folder[] = "/tmp/claimpipe-test-XXXXXX";

    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf '%s'", (const char *)*state);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void put(const char *path, const char *content)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void assert_content(const char *path, const char *want)
{
    char got[1024];
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(got, 1, sizeof(got) - 1, f);
    fclose(f);
    got[n] = '\0';
    assert_string_equal(got, want);
}

static struct report_files_wish wish(const char *results, const char *failed_to, const char *new_to)
{
    struct report_files_wish w = {.results = results,
                                  .failed_to = failed_to,
                                  .new_to = new_to,
                                  .steps = 1,
                                  .facts = &facts,
                                  .input = "in.csv",
                                  .ledger = "l.db"};

    reading_init(&w.as);
    return w;
}

static void must_open(struct report_files *f, const struct report_files_wish *w)
{
    struct err e = ERR_INIT;

    if (report_files_open(f, w, &e) != 0)
        fail_msg("%s", e.text);
}

static void refuse(const struct report_files_wish *w, enum exit_code code, const char *says)
{
    struct report_files f = {.n = 0};
    struct err e = ERR_INIT;

    assert_int_equal(report_files_open(&f, w, &e), -1);
    assert_int_equal(e.code, code);
    if (!strstr(e.text, says))
        fail_msg("%s", e.text);
    err_ignore(report_files_close(&f, false, &e));
}

static void write_all(struct report_files *f, const char *text, struct err *e)
{
    for (size_t i = 0; i < f->n; i++)
        err_ignore(outfile_write(f->list[i].out, text, strlen(text), e));
}

static void test_kept_or_left(void **state)
{
    const struct report_files_wish w = wish("r.csv", "f.csv", NULL);
    struct report_files f = {.n = 0};
    struct err e = ERR_INIT;

    (void)state;
    put("f.csv", "Name,E-mail," ADDED ",retry\n");
    must_open(&f, &w);
    assert_int_equal(f.n, 2);
    write_all(&f, "x", &e);
    assert_int_equal(report_files_close(&f, false, &e), 0);
    assert_int_equal(access("r.csv", F_OK), -1);
    assert_content("f.csv", "Name,E-mail," ADDED ",retry\n");
    must_open(&f, &w);
    write_all(&f, "x", &e);
    assert_int_equal(report_files_close(&f, true, &e), 0);
    assert_content("r.csv", "x");
    assert_content("f.csv", "x");
    /* they are closed */
    assert_int_equal(report_files_close(&f, false, &e), 0);
    assert_content("r.csv", "x");
}

/* A disk that is full for one of them: that is told, and the others are kept. */
static void test_full_disk_of_one(void **state)
{
    static const char *const paths[3][3] = {{"/dev/full", "f.csv", "n.csv"},
                                            {"r.csv", "/dev/full", "n.csv"},
                                            {"r.csv", "f.csv", "/dev/full"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct report_files_wish w = wish(paths[i][0], paths[i][1], paths[i][2]);
        struct report_files f = {.n = 0};
        struct err e = ERR_INIT;

        must_open(&f, &w);
        write_all(&f, "x", &e);
        assert_int_equal(report_files_close(&f, true, &e), -1);
        assert_int_equal(e.code, EXIT_OUTPUT);
        assert_non_null(strstr(e.text, "/dev/full: cannot be written"));
        for (size_t k = 0; k < 3; k++)
            if (k != i) {
                assert_content(paths[i][k], "x");
                assert_int_equal(unlink(paths[i][k]), 0);
            }
    }
}

static void test_what_may_be_replaced(void **state)
{
    static const struct {
        const char *content, *columns;
        bool replaced;
    } cases[] = {
        {"", NULL, true},
        {"a,b," ADDED "\n1,2,success,,,,,,,,,,,\n", NULL, true},
        {"a,b," ADDED "\n", NULL, true},
        {"a,b," ADDED ",retry\n1,2,failed,,,,,,,,,,,,yes\n", NULL, true},
        {"a;b;status;error;note;action;target;recipient;attempt_id;code;link;tries;http_status;"
         "finished_at\r\n1;2;success;;;;;;;;;;;\r\n",
         NULL, true},
        {ADDED "\nsuccess,,,,,,,,,,,\n", NULL, true},
        {"a,b,status,error\n1,2,success,\n", NULL, false},
        {"Name,status\nAda,success\n", NULL, false},
        {"Name,status\nAda,success\n", "Name,status", true},
        {"Name,status\n", "Name,status", true},
        {"status,Name\nsuccess,Ada\n", "Name,status", false},
        {"Name,E-mail\nAda,a@x\n", "Name,E-mail", false}, /* anybody's */
        {"a,b," ADDED "\n1,2,success,,,,,,,,,,,\n", "Name", true},
        {"dear diary\n", NULL, false},
        {"{\"json\": true}\n", NULL, false},
        {"PK\x03\x04 something", NULL, false},
        {"\x01\x02", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct report_files_wish w = wish("out.csv", NULL, NULL);
        struct report_files f = {.n = 0};
        struct err e = ERR_INIT;

        put("out.csv", cases[i].content);
        w.columns = cases[i].columns;
        if (!cases[i].replaced) {
            refuse(&w, EXIT_USAGE, "out.csv: is there already, and is no results file");
            assert_content("out.csv", cases[i].content);
            w.force = true;
        }
        if (report_files_open(&f, &w, &e) != 0)
            fail_msg("case %zu: %s", i, e.text);
        assert_int_equal(report_files_close(&f, false, &e), 0);
    }
}

static void test_words(void **state)
{
    struct report_summary *s = calloc(1, sizeof(*s));
    struct report_files f = {.list = {{REPORT_ALL, "r.csv", NULL},
                                      {REPORT_PERSON, "f.csv", NULL},
                                      {REPORT_FRESH, "-", NULL},
                                      {REPORT_FRESH, "n.csv", NULL}},
                             .n = 4};
    struct text t;

    (void)state;
    assert_non_null(s);
    text_init(&t);
    s->rows[STATUS_FAILED] = 1;
    s->rows[STATUS_SUCCESS] = 2;
    report_files_words(&f, s, true, &t);
    assert_string_equal(
        t.ptr, "\n1 row that needs a person is in f.csv: give it as INPUT, with another -o, "
               "and its failed rows are tried again\n2 rows that this run has done are in "
               "n.csv");
    text_clear(&t);
    report_files_words(&f, s, false, &t); /* such a file is not known again */
    assert_string_equal(t.ptr, "\n1 row that needs a person is in f.csv\n2 rows that this run has "
                               "done are in n.csv");
    text_release(&t);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_or_left, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_full_disk_of_one, enter_folder, leave_folder),
        cmocka_unit_test_setup_teardown(test_what_may_be_replaced, enter_folder, leave_folder),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests_name("report_files", tests, NULL, NULL);
}
