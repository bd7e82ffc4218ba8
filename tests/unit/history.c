/* history: the commands, over a ledger that is made here; standard output goes to a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "commands/history.h"

#include "adapters/codebook.h"
#include "adapters/digest.h"
#include "ledger/ledger.h"
#include "ledger/ledger_internal.h"

#include "fixture.h"
#include "items.h"

#include <fcntl.h>
#include <sys/stat.h>

#define DB "ledger.db"
#define OUT "stdout"
#define IN "in.csv"
#define INPUT "Name,Wallet\nAnn," ALICE "\nBob,0x12\nCy," CAROL "\n"
#define NOBODY 65534

static char said[65536];
static int kept_out = -1, kept_err = -1;

static void redirect(void)
{
    int fd = open(OUT, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    fflush(NULL);
    kept_out = dup(STDOUT_FILENO);
    kept_err = dup(STDERR_FILENO);
    assert_true(fd >= 0 && kept_out >= 0 && kept_err >= 0);
    dup2(fd, STDOUT_FILENO);
    close(fd);
    fd = open("stderr", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static const char *content(const char *path)
{
    FILE *f = fopen(path, "r");
    size_t n;

    if (!f)
        fail_msg("%s is not there", path);
    n = fread(said, 1, sizeof said - 1, f);
    said[n] = '\0';
    fclose(f);
    return said;
}

/* The code that a command has returned, and what it said to standard output, in said. */
static int restore(int code)
{
    fflush(NULL);
    dup2(kept_out, STDOUT_FILENO);
    dup2(kept_err, STDERR_FILENO);
    close(kept_out);
    close(kept_err);
    content(OUT);
    return code;
}

static int runs(struct err *e)
{
    return history_runs(&(struct history_runs){.ledger = DB}, e);
}

static struct ledger *open_ledger(void)
{
    struct err e = ERR_INIT;
    struct ledger *l = ledger_open(DB, &e);

    if (!l)
        fail_msg("%s", e.text);
    return l;
}

static void put_row(struct ledger *l, const struct ledger_run *run, uint64_t row, int64_t item,
                    const char *error)
{
    const struct ledger_row r = {.kind = error ? LEDGER_ROW_INVALID : LEDGER_ROW_OWNER,
                                 .step = error ? 0 : 1,
                                 .row = row,
                                 .line = row + 1,
                                 .item = item,
                                 .error = error};
    struct err e = ERR_INIT;

    if (ledger_put_rows(l, run, &r, 1, &e) != 0)
        fail_msg("%s", e.text);
}

static int64_t put_item(struct ledger *l, const struct ledger_run *run, const char *recipient,
                        uint64_t row, enum state to, const char *error)
{
    const uint8_t key[KEY_SIZE] = {(uint8_t)row, (uint8_t)run->id};
    const struct ledger_move sending = {.to = STATE_SENDING, .tries = 1, .intent_ms = 1000},
                             end = {.to = to,
                                    .tries = 1,
                                    .attempt = error ? "A2" : "A1",
                                    .error = error,
                                    .http_status = 200,
                                    .now_ms = 2000};
    struct err e = ERR_INIT;
    int64_t id = 0;

    if (add_item(l, run, run->target, key, recipient, row, row + 1, &id, &e) != 0 ||
        ledger_move(l, id, &sending, &e) != 0 || ledger_move(l, id, &end, &e) != 0)
        fail_msg("%s", e.text);
    return id;
}

/* A run over IN with one step and this target. */
static void begin_run(struct ledger *l, const char *action, const char *name, const char *input,
                      struct ledger_run *run)
{
    const struct ledger_target t = {.action = action, .url = "https://x", .name = name};
    struct err e = ERR_INIT;
    uint8_t hash[DIGEST_SIZE];
    int64_t target = 0;

    put_file(IN, INPUT);
    assert_int_equal(digest_once(INPUT, strlen(INPUT), hash), 0);
    if (ledger_target_id(l, &t, &target, &e) != 0 ||
        ledger_run_begin(
            l, target, "",
            &(struct ledger_input){.name = input, .hash = hash, .rows = 3, .reading = ""}, run,
            &e) != 0 ||
        ledger_run_aim(l, run, 1, target, "https://y?{{code}}", &e) != 0)
        fail_msg("%s", e.text);
}

/* One run over IN: a success, an invalid row, and one that failed (or is not yet come to). */
static void tell_story(const char *input, bool finished)
{
    struct ledger *l = open_ledger();
    struct err e = ERR_INIT;
    struct ledger_run run;

    begin_run(l, "claim", "abc", input, &run);
    put_row(l, &run, 1, put_item(l, &run, ALICE, 1, STATE_SUCCESS, NULL), NULL);
    put_row(l, &run, 2, 0, "column \"Wallet\": \"0x12\" is not an address");
    if (finished) {
        put_row(l, &run, 3, put_item(l, &run, CAROL, 3, STATE_FAILED, "=cmd, \"no\""), NULL);
        assert_int_equal(ledger_run_end(l, &run, true, EXIT_ROWS, NULL, &e), 0);
    }
    assert_int_equal(ledger_commit(l, &e), 0);
    ledger_close(l);
}

/* Another, which gave the code of this number to the first row. */
static void tell_of_codes(const char *name, int64_t index, const uint8_t *mark)
{
    const uint8_t key[KEY_SIZE] = {1};
    struct ledger *l = open_ledger();
    struct err e = ERR_INIT;
    struct ledger_run run;
    int64_t item = 0;

    begin_run(l, "code", name, IN, &run);
    if (add_item(l, &run, run.target, key, ALICE, 1, 2, &item, &e) != 0 ||
        ledger_give_code(l, item, index, mark, &e) != 0)
        fail_msg("%s", e.text);
    put_row(l, &run, 1, item, NULL);
    assert_int_equal(ledger_run_end(l, &run, true, EXIT_ROWS, NULL, &e), 0);
    ledger_close(l);
}

static int report_to(const char *run, const char *input, const char *results, struct err *e)
{
    const struct history_report o = {.ledger = DB, .run = run, .input = input, .results = results};

    redirect();
    return restore(history_report(&o, e));
}

/* ---- runs ---- */

static void test_runs(void **state)
{
    struct err e = ERR_INIT;
    const char *line;

    (void)state;
    tell_story("/data/in.csv", true);
    tell_story("-", false);
    redirect();
    assert_int_equal(restore(runs(&e)), EXIT_DONE);
    assert_int_equal(strncmp(said, "RUN  STARTED   ", 15), 0);
    line = strchr(said, '\n') + 1;
    assert_int_equal(strncmp(line, "  1  20", 7), 0);
    assert_says(line, "Z     1  claim abc     3  1 success, 1 failed, 1 invalid  /data/in.csv\n");
    line = strchr(line, '\n') + 1;
    assert_int_equal(strncmp(line, "  2  20", 7), 0);
    assert_says(line, "Z  unfinished               -  claim abc     3  ");
    assert_says(line, "1 success, 1 invalid, 1 unsent  -\n");
}

/* Of a seed or list so much is shown as tells one from another. */
static void test_targets(void **state)
{
    static const struct {
        const char *action, *name, *shown;
    } cases[] = {
        {"claim", "abc", "claim abc "},
        {"store", "0123456789abcdef", "store 0123456789abcdef "},
        {"code", "seed:0123456789abcdef0123456789abcdef", "code seed:01234567 "},
        {"code", "list:fedcba9876543210fedcba9876543210", "code list:fedcba98 "},
        {"run", "/jobs/a b.json", "run /jobs/a b.json "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct ledger *l = open_ledger();
        struct err e = ERR_INIT;
        struct ledger_run run;

        begin_run(l, cases[i].action, cases[i].name, IN, &run);
        assert_int_equal(ledger_commit(l, &e), 0);
        ledger_close(l);
    }
    redirect();
    struct err e = ERR_INIT;
    assert_int_equal(restore(runs(&e)), EXIT_DONE);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_says(said, cases[i].shown);
    assert_silent(said, "seed:012345678");
}

static void test_runs_of_an_empty_ledger(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    ledger_close(open_ledger());
    redirect();
    assert_int_equal(restore(runs(&e)), EXIT_DONE);
    assert_string_equal(said, "no runs yet in ledger ledger.db\n");
    assert_int_equal(report_to("last", NULL, NULL, &e), EXIT_USAGE);
    assert_says(e.text, "has no run yet");
}

/* ---- report ---- */

static void test_report(void **state)
{
    struct err e = ERR_INIT;
    struct stat st;

    (void)state;
    tell_story(IN, true);
    assert_int_equal(report_to("1", NULL, NULL, &e), EXIT_DONE);
    assert_string_equal(said, "");
    content("in.results.csv");
    assert_int_equal(strncmp(said, "Name,Wallet,status,error,note,action,", 37), 0);
    assert_says(said, "\nAnn," ALICE ",success,,,claim,abc," ALICE ",A1,");
    assert_says(said, "\nBob,0x12,invalid,\"column ");
    assert_says(said, "\nCy," CAROL ",failed,\"'=cmd, \"\"no\"\"\",");
    assert_int_equal(stat("in.results.csv", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    content("stderr");
    assert_says(said, "3 rows, 1 success, 1 failed, 1 invalid");
    assert_says(said, "run 1; results in in.results.csv");
    assert_int_equal(report_to("last", IN, "-", &e), EXIT_DONE);
    assert_says(said, "\nAnn," ALICE ",success,");
}

/* A run over IN with this content and reading, whose rows nobody has come to yet. */
static void tell_of_input(const char *bytes, const char *reading)
{
    const struct ledger_target t = {.action = "claim", .url = "https://x", .name = "abc"};
    struct ledger *l = open_ledger();
    struct err e = ERR_INIT;
    struct ledger_run run;
    uint8_t hash[DIGEST_SIZE];
    int64_t target = 0;

    put_file(IN, bytes);
    assert_int_equal(digest_once(bytes, strlen(bytes), hash), 0);
    if (ledger_target_id(l, &t, &target, &e) != 0 ||
        ledger_run_begin(
            l, target, "",
            &(struct ledger_input){.name = IN, .hash = hash, .rows = 1, .reading = reading}, &run,
            &e) != 0 ||
        ledger_run_aim(l, &run, 1, target, "", &e) != 0 || ledger_commit(l, &e) != 0)
        fail_msg("%s", e.text);
    ledger_close(l);
}

/* Records are what they were when the run read them, whatever the file looks like. */
static void test_report_reads_as_the_run_did(void **state)
{
    static const char preamble[] = "Report\n\nName;Wallet\nJos\xc3\xa9;=1\n";
    static const struct {
        const char *bytes, *reading;
        enum joboutput output;
        bool safe_cells;
        const char *says;
    } cases[] = {
        {preamble, "UTF-8, semicolon, \", LF, header 3", JOBOUTPUT_SAME, false,
         "Name;Wallet;status;error;"},
        {preamble, "UTF-8, semicolon, \", LF, header 3", JOBOUTPUT_SAME, false,
         "\nJos\xc3\xa9;=1;unsent;"},
        {preamble, "UTF-8, semicolon, \", LF, header 3", JOBOUTPUT_SAME, true,
         "\nJos\xc3\xa9;'=1;unsent;"},
        {preamble, "UTF-8, semicolon, \", LF, header 3", JOBOUTPUT_EXCEL, false,
         "\xef\xbb\xbfName;Wallet;status;"},
        {preamble, "UTF-8, semicolon, \", LF, header 3", JOBOUTPUT_RFC4180, false,
         "\r\nJos\xc3\xa9,=1,unsent,"},
        {preamble, "ISO-8859-1, semicolon, \", LF, header 3", JOBOUTPUT_RFC4180, false,
         "\r\nJos\xc3\x83\xc2\xa9,=1,unsent,"},
        {preamble, "UTF-8, semicolon, \", LF, no header", JOBOUTPUT_SAME, false, "1;status;error;"},
        /* an older claimpipe's: the first line is the header, and there are commas */
        {preamble, "", JOBOUTPUT_SAME, false, "Report,status,error,"},
        {preamble, "", JOBOUTPUT_SAME, false, "\nName;Wallet,unsent,"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct history_report o = {.ledger = DB,
                                         .run = "last",
                                         .results = "out.csv",
                                         .output = cases[i].output,
                                         .safe_cells = cases[i].safe_cells};
        struct err e = ERR_INIT;

        (void)unlink(DB);
        (void)unlink(DB "-seal");
        tell_of_input(cases[i].bytes, cases[i].reading);
        redirect();
        if (restore(history_report(&o, &e)) != EXIT_DONE)
            fail_msg("%s", e.text);
        assert_says(content("out.csv"), cases[i].says);
    }
}

static void test_report_of_an_unfinished_run(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    tell_story(IN, false);
    assert_int_equal(report_to("1", NULL, "out.csv", &e), EXIT_DONE);
    content("out.csv");
    assert_says(said, "\nCy," CAROL ",unsent,");
    content("stderr");
    assert_says(said, "run 1 is unfinished: this is what is known by now; results in out.csv");
}

static void test_report_of_standard_input(void **state)
{
    struct err e = ERR_INIT, none = ERR_INIT;

    (void)state;
    tell_story("-", true);
    assert_int_equal(report_to("1", NULL, NULL, &e), EXIT_USAGE);
    assert_says(e.text, "run 1 has read standard input: give a file with the same content");
    assert_int_equal(report_to("1", IN, NULL, &none), EXIT_DONE);
    assert_int_equal(access("in.results.csv", F_OK), 0);
}

static void test_report_refusals(void **state)
{
    static const struct {
        const char *run, *input, *results, *says;
        int code;
    } cases[] = {
        {"2", NULL, NULL, "has no run 2", EXIT_USAGE},
        {"0", NULL, NULL, "report 0: give the number of a run", EXIT_USAGE},
        {"-1", NULL, NULL, "report -1: give the number of a run", EXIT_USAGE},
        {"1x", NULL, NULL, "report 1x: give the number of a run", EXIT_USAGE},
        {"", NULL, NULL, "give the number of a run", EXIT_USAGE},
        {"last", "nowhere.csv", NULL, "nowhere.csv", EXIT_INPUT},
        {"1", "other.csv", NULL, "other.csv: is not what run 1 has read", EXIT_INPUT},
        {"1", IN, IN, "the results would replace the input", EXIT_USAGE},
        {"1", IN, "no/such/out.csv", "no/such", EXIT_OUTPUT},
    };

    (void)state;
    tell_story(IN, true);
    put_file("other.csv", INPUT "Di," BOB "\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(report_to(cases[i].run, cases[i].input, cases[i].results, &e),
                         cases[i].code);
        assert_says(e.text, cases[i].says);
        assert_string_equal(said, "");
    }
    assert_int_equal(access("in.results.csv", F_OK), -1);
    assert_int_equal(access("other.results.csv", F_OK), -1);
    assert_string_equal(content(IN), INPUT);
}

/* Run 1 gave a seed's code, run 2 one of a list. */
static void test_report_of_codes(void **state)
{
    /* As many as the caller has, which are more than the command line takes. */
    static const char *const seeds[] = {"s1", "s2",  "s3",  "s4",  "s5",  "s6",  "s7",  "s8", "s9",
                                        "10", "s11", "s12", "s13", "s14", "s15", "s16", "abc"};
    static const char *const lists[] = {"list.txt"};
    struct history_report o = {.ledger = DB,
                               .run = "1",
                               .results = "-",
                               .seeds = seeds,
                               .n_seeds = COUNT(seeds),
                               .codes = lists,
                               .n_codes = COUNT(lists)};
    struct err e = ERR_INIT, none = ERR_INIT, wrong = ERR_INIT;
    struct codebook *seed = codebook_of_seed("abc", &e), *list;
    uint8_t mark[CODEBOOK_MARK_SIZE];
    char code[CODEBOOK_CODE_MAX];

    (void)state;
    put_file("list.txt", "one\ntwo\n");
    list = codebook_of_list("list.txt", &e);
    assert_true(codebook_mark(list, 1, mark));
    tell_of_codes(codebook_name(seed), 7, NULL);
    tell_of_codes(codebook_name(list), 1, mark);
    assert_int_equal(report_to("1", NULL, "out.csv", &none), EXIT_USAGE);
    assert_says(none.text, "run 1 gave out codes, which the ledger does not keep");
    assert_int_equal(access("out.csv", F_OK), -1);

    redirect();
    assert_int_equal(restore(history_report(&o, &e)), EXIT_DONE);
    assert_int_equal(codebook_code(seed, 7, code), 0);
    assert_says(said, code);
    o.run = "2";
    redirect();
    assert_int_equal(restore(history_report(&o, &e)), EXIT_DONE);
    assert_says(said, "," ALICE ",,two,https://y?two,");
    put_file("list.txt", "one\n2\n");
    redirect();
    assert_int_equal(restore(history_report(&o, &wrong)), EXIT_USAGE);
    assert_says(wrong.text, "list.txt:2: is not the code that was given out from there");
    codebook_free(list);
    codebook_free(seed);
}

static void test_results_names(void **state)
{
    static const char *const cases[][3] = {
        {"a.csv", "results", "a.results.csv"},
        {"a.csv", "simulated", "a.simulated.csv"},
        {"/x/A.CSV", "results", "/x/A.results.csv"},
        {"a.txt", "results", "a.txt.results.csv"},
        {".csv", "results", ".csv.results.csv"},
        {"-", "simulated", "-"},
        {"a.csv.gz", "results", "a.results.csv"},
        {"a.CSV.Zst", "results", "a.results.csv"},
        {"a.xz", "results", "a.results.csv"},
        {"a.tar.bz2", "results", "a.tar.results.csv"},
        {".gz", "results", ".gz.results.csv"},
        {"a.xlsx", "results", "a.results.xlsx"},
        {"/x/A.XLSM", "simulated", "/x/A.simulated.xlsx"},
        {"a.ods", "results", "a.results.xlsx"},
        {"a.xlsx.gz", "results", "a.results.xlsx"},
        {"a.xls", "results", "a.xls.results.csv"},
        {".xlsx", "results", ".xlsx.results.csv"},
        {"a.xlsx.csv", "results", "a.xlsx.results.csv"},
        {"https://x.example/a.xlsx", "results", "-"},
        {"https://x.example/a.csv?key=1", "results", "-"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text t;

        text_init(&t);
        joboutput_name(cases[i][0], cases[i][1], &t);
        assert_string_equal(t.ptr, cases[i][2]);
        text_release(&t);
    }
}

/* ---- check, export, prune ---- */

static void test_check(void **state)
{
    struct err e = ERR_INIT, bad = ERR_INIT;
    struct ledger *l;

    (void)state;
    tell_story(IN, true);
    redirect();
    assert_int_equal(restore(history_check(DB, false, &e)), EXIT_DONE);
    assert_string_equal(said, "ok\n");
    l = open_ledger();
    assert_int_equal(
        db_exec(l->db, "DELETE FROM rows WHERE row = 1; UPDATE items SET state = 9", &e), 0);
    ledger_close(l);
    redirect();
    assert_int_equal(restore(history_check(DB, false, &bad)), EXIT_OUTPUT);
    assert_string_equal(said, "run 1 is finished, and has 2 rows of 3\n"
                              "item 1 is in state 9, which does not exist\n"
                              "item 2 is in state 9, which does not exist\n"
                              "item 1 is not as it was written\n"
                              "item 2 is not as it was written\n");
    assert_says(bad.text, "5 things are wrong");
}

/* A byte pattern over a page in the middle: whatever is asked for, it is said, and code 5. */
static void test_damaged(void **state)
{
    char junk[4096];
    struct err e = ERR_INIT;
    int fd;

    (void)state;
    tell_story(IN, true);
    memset(junk, 0xa5, sizeof junk);
    fd = open(DB, O_WRONLY | O_CLOEXEC);
    for (off_t page = 1; page < 8; page++)
        assert_int_equal(pwrite(fd, junk, sizeof junk, page * 4096), sizeof junk);
    close(fd);
    redirect();
    assert_int_equal(restore(history_check(DB, false, &e)), EXIT_OUTPUT);
    assert_true(strstr(said, "the file is damaged: ") || strstr(e.text, "the file is damaged"));
    e = (struct err)ERR_INIT;
    redirect();
    assert_int_equal(restore(runs(&e)), EXIT_OUTPUT);
    assert_says(e.text, "the file is damaged or no ledger");
}

static void test_export(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    tell_story(IN, true);
    redirect();
    assert_int_equal(restore(history_export(DB, NULL, false, &e)), EXIT_DONE);
    assert_string_equal(
        said, "action,url,target,recipient,state,attempt_id,error,tries,http_status,intent_at,"
              "changed_at,run,line,code_index\n"
              "claim,https://x,abc," ALICE ",success,A1,,1,200,1970-01-01T00:00:01Z,"
              "1970-01-01T00:00:02Z,1,2,\n"
              "claim,https://x,abc," CAROL ",failed,A2,\"'=cmd, \"\"no\"\"\",1,200,"
              "1970-01-01T00:00:01Z,1970-01-01T00:00:02Z,1,4,\n");
    assert_int_equal(history_export(DB, "items.csv", false, &e), EXIT_DONE);
    assert_says(content("items.csv"), ALICE ",success");
    assert_int_equal(history_export(DB, "no/such/items.csv", false, &e), EXIT_OUTPUT);
    tell_of_codes("seed:0123", 7, NULL);
    assert_int_equal(history_export(DB, "codes.csv", false, &(struct err)ERR_INIT), EXIT_DONE);
    assert_says(content("codes.csv"), ",2,2,7\n");
}

static void test_prune(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    tell_story(IN, true);
    redirect();
    assert_int_equal(restore(history_prune(DB, "2020-01-01", false, false, &e)), EXIT_DONE);
    assert_says(said, "nothing older than 2020-01-01 to remove");
    redirect();
    assert_int_equal(restore(history_prune(DB, "2100-01-01", false, false, &e)), EXIT_DONE);
    assert_says(said, "removed what is older than 2100-01-01: 3 rows of 1 run, and the reasons of "
                      "1 item; every key, state, ");
    redirect();
    assert_int_equal(restore(runs(&e)), EXIT_DONE);
    assert_says(said, "  3  pruned  " IN "\n");
    assert_int_equal(report_to("1", NULL, NULL, &e), EXIT_USAGE);
    assert_says(e.text, "run 1 was pruned");
}

static void test_dates(void **state)
{
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-1-5",
                                      "2026-02-30",
                                      "2026-13-01",
                                      "2026-01-01x",
                                      " 2026-01-01",
                                      "26-01-01",
                                      "1969-12-31",
                                      "01/02/2026",
                                      "2026-01-01T00:00:00Z"};

    (void)state;
    ledger_close(open_ledger());
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(history_prune(DB, bad[i], false, false, &e), EXIT_USAGE);
        assert_says(e.text, "give a day, such as 2026-01-31");
    }
}

/* ---- ledgers that can't be used ---- */

static int each(int which, struct err *e)
{
    switch (which) {
    case 0:
        return runs(e);
    case 1:
        return history_check(DB, false, e);
    case 2:
        return history_export(DB, "items.csv", false, e);
    case 3:
        return history_prune(DB, "2026-01-01", false, false, e);
    default:
        return history_report(&(struct history_report){.ledger = DB, .run = "last"}, e);
    }
}

static void assert_all_say(const char *says)
{
    for (int i = 0; i < 5; i++) {
        struct err e = ERR_INIT;

        assert_int_equal(each(i, &e), EXIT_OUTPUT);
        assert_says(e.text, DB);
        assert_says(e.text, says);
    }
    assert_int_equal(access("items.csv", F_OK), -1);
}

static void test_no_ledger(void **state)
{
    (void)state;
    assert_all_say("is not there");
    assert_int_equal(access(DB, F_OK), -1);
    put_file(DB, "Name,Wallet\n");
    assert_all_say("the file is damaged or no ledger");
    assert_string_equal(content(DB), "Name,Wallet\n");
}

static void test_read_only(void **state)
{
    (void)state;
    tell_story(IN, true);
    assert_int_equal(chmod(DB, 0444), 0);
    assert_int_equal(chmod(".", 0777), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    assert_all_say("make it writable");
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_runs),
        IN_FOLDER(test_targets),
        IN_FOLDER(test_runs_of_an_empty_ledger),
        IN_FOLDER(test_report),
        IN_FOLDER(test_report_reads_as_the_run_did),
        IN_FOLDER(test_report_of_an_unfinished_run),
        IN_FOLDER(test_report_of_standard_input),
        IN_FOLDER(test_report_refusals),
        IN_FOLDER(test_report_of_codes),
        IN_FOLDER(test_results_names),
        IN_FOLDER(test_check),
        IN_FOLDER(test_damaged),
        IN_FOLDER(test_export),
        IN_FOLDER(test_prune),
        IN_FOLDER(test_dates),
        IN_FOLDER(test_no_ledger),
        IN_FOLDER(test_read_only),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
