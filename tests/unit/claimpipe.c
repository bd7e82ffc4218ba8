/* claimpipe: the public face, as a host uses it.  Codes of a list need no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "claimpipe.h"

#include "fixture.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

#define LEDGER "ledger.db"
#define RESULTS "results.csv"
#define MANY 5000

/* What the callbacks were told. */
struct told {
    struct claimpipe *of; /* to be run out of a callback, or NULL */
    int within;           /* what came of that */
    int errors, warnings, progresses;
    struct claimpipe_progress last;
    char rows[1024], answer[4096], messages[4096];
};

static void append(char *to, size_t size, const char *format, ...)
{
    va_list args;
    size_t len = strlen(to);

    va_start(args, format);
    vsnprintf(to + len, size - len, format, args);
    va_end(args);
}

static void on_message(void *context, enum claimpipe_level level, const char *event,
                       const char *text)
{
    struct told *t = context;

    t->errors += level == CLAIMPIPE_ERROR;
    t->warnings += level == CLAIMPIPE_WARNING;
    append(t->messages, sizeof t->messages, "%s: %s\n", event, text);
}

static void on_progress(void *context, const struct claimpipe_progress *p)
{
    struct told *t = context;

    t->progresses++;
    t->last = *p;
    if (t->of)
        t->within = claimpipe_run(t->of);
}

static void on_row(void *context, const struct claimpipe_row *r)
{
    struct told *t = context;

    append(t->rows, sizeof t->rows, "%d %d %s|%s|%s|%s|%s\n", (int)r->row, (int)r->line, r->status,
           r->error, r->recipient, r->code, r->link);
    assert_non_null(r->note);
    assert_non_null(r->action);
    assert_non_null(r->target);
    assert_non_null(r->attempt_id);
    assert_non_null(r->finished_at);
}

static void on_answer(void *context, const char *text, size_t len)
{
    struct told *t = context;

    assert_int_equal(strlen(text), len);
    append(t->answer, sizeof t->answer, "%s", text);
}

static void command(struct claimpipe *c, const char *first, const char *second, const char *third)
{
    const char *words[] = {first, second, third};
    int n = !second ? 1 : !third ? 2 : 3;

    assert_int_equal(claimpipe_command(c, n, words), 0);
}

static void set(struct claimpipe *c, const char *name, const char *value)
{
    if (claimpipe_set(c, name, value) != 0)
        fail_msg("%s", claimpipe_error(c));
}

/* Codes for two people, and a row that has none. */
static struct claimpipe *begin(struct told *t)
{
    struct claimpipe *c = claimpipe_new();

    assert_non_null(c);
    memset(t, 0, sizeof(*t));
    put_file("in.csv", "Mail\nann@example.org\nnobody\nbob@example.org\n");
    put_file("codes.txt", "CODE-ONE\nCODE-TWO\n");
    command(c, "code", "in.csv", NULL);
    set(c, "codes", "codes.txt");
    set(c, "email", "Mail");
    set(c, "ledger", LEDGER);
    claimpipe_on_message(c, on_message, t);
    claimpipe_on_progress(c, on_progress, t);
    claimpipe_on_row(c, on_row, t);
    claimpipe_on_answer(c, on_answer, t);
    return c;
}

static void test_version(void **state)
{
    char text[32];

    (void)state;
    snprintf(text, sizeof text, "%d.%d.%d", CLAIMPIPE_VERSION_MAJOR, CLAIMPIPE_VERSION_MINOR,
             CLAIMPIPE_VERSION_PATCH);
    assert_string_equal(claimpipe_version(), text);
    claimpipe_free(NULL);
}

static void test_rows_are_told(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    set(c, "output", RESULTS);
    set(c, "link-template", "https://example.org/{{code}}");
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_says(t.rows, "1 2 success||ann@example.org|CODE-ONE|https://example.org/CODE-ONE\n2 3 "
                        "invalid|");
    assert_says(t.rows, "3 4 success||bob@example.org|CODE-TWO|https://example.org/CODE-TWO\n");
    assert_string_equal(claimpipe_error(c), "");
    assert_true(t.progresses >= 1);
    assert_int_equal(t.last.total, 3);
    assert_int_equal(t.last.done, 3);
    assert_int_equal(t.last.invalid, 1);
    assert_int_equal(t.last.waiting, 0);
    assert_int_equal(t.errors, 0);
    assert_says(t.messages, "summary: 3 rows, 2 success, 1 invalid");
    assert_int_equal(access(RESULTS, R_OK), 0);

    /* the same object again: nothing is given twice */
    memset(&t, 0, sizeof t);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_DONE);
    assert_says(t.rows, "1 2 duplicate|");
    assert_says(t.rows, "3 4 duplicate|");
    claimpipe_free(c);
}

static void test_report_tells_rows(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    claimpipe_free(c);
    memset(&t, 0, sizeof t);
    c = claimpipe_new();
    command(c, "report", "last", NULL);
    set(c, "ledger", LEDGER);
    set(c, "codes", "codes.txt");
    claimpipe_on_row(c, on_row, &t);
    claimpipe_on_message(c, on_message, &t);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_DONE);
    assert_says(t.rows, "3 4 success||bob@example.org|CODE-TWO|");
    assert_says(t.messages, "summary: 3 rows");
    claimpipe_free(c);
}

static void test_check_answers(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    command(c, "check", "code", "in.csv");
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_says(t.answer, "in.csv:3: ");
    assert_string_equal(t.rows, "");
    assert_int_not_equal(access(LEDGER, F_OK), 0);
    /* and then it is done, with the same settings */
    command(c, "code", "in.csv", NULL);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_says(t.rows, "1 2 success|");
    /* as JSON, which only check knows */
    command(c, "check", "code", "in.csv");
    set(c, "format", "json");
    t.answer[0] = '\0';
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_int_equal(t.answer[0], '{');
    claimpipe_free(c);
}

/* What is wrong is said by the call or by the run, which is refused; never on standard error. */
static void test_errors(void **state)
{
    static const struct {
        const char *name, *value, *says;
        bool at_once;
    } cases[] = {
        {"rat", "50/s", "rat: no such setting", true},
        {"", NULL, ": no such setting", true},
        {"-", NULL, "-: no such setting", true},
        {"rate=5", "1", "rate=5: no such setting", true},
        {"rate", NULL, "rate needs a value", true},
        {"quiet", "yes", "quiet takes no value", true},
        {"rate", "many", "--rate many: give a count for a time", false},
        {"rate", "", "--rate : give a count for a time", false},
        {"email", "Wallet", "Wallet", false},
        {"claim-version", "3", "--claim-version: not with code", false},
        {"ledger", "in.csv", "in.csv", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct told t;
        struct claimpipe *c = begin(&t);
        int code;

        assert_int_equal(claimpipe_set(c, cases[i].name, cases[i].value),
                         cases[i].at_once ? -1 : 0);
        if (cases[i].at_once)
            assert_says(claimpipe_error(c), cases[i].says);
        for (int again = 0; again < 2; again++) {
            memset(&t, 0, sizeof t);
            code = claimpipe_run(c);
            if (code < CLAIMPIPE_USAGE)
                fail_msg("%s: %d", cases[i].says, code);
            assert_says(claimpipe_error(c), cases[i].says);
            assert_says(t.messages, cases[i].says);
            assert_int_equal(t.errors, 1);
            assert_string_equal(t.rows, "");
        }
        claimpipe_free(c);
    }
}

static void test_no_command(void **state)
{
    struct told t = {.of = NULL};
    struct claimpipe *c = claimpipe_new();

    (void)state;
    claimpipe_on_message(c, on_message, &t);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_USAGE);
    assert_says(claimpipe_error(c), "say what to do");
    assert_int_equal(claimpipe_command(c, -1, NULL), 0);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_USAGE);
    claimpipe_free(c);
}

/* What stops a run early is told while it goes on, and is the object's error, too. */
static void test_stopped_early(void **state)
{
    struct told t = {.of = NULL};
    struct claimpipe *c = claimpipe_new();

    (void)state;
    put_file("in.csv", "Wallet\n" ALICE "\n");
    command(c, "claim", "in.csv", NULL);
    set(c, "claim", "CLAIM_ID");
    set(c, "api-url", "http://127.0.0.1:1");
    set(c, "tries", "1");
    set(c, "ledger", LEDGER);
    claimpipe_on_message(c, on_message, &t);
    claimpipe_on_row(c, on_row, &t);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_STOPPED);
    assert_says(claimpipe_error(c), "can't be reached");
    assert_int_equal(t.errors, 1);
    assert_says(t.rows, "1 2 unsent|");
    claimpipe_free(c);
}

/* As on the command line: both, which here are too many. */
static void test_settings_that_repeat(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    set(c, "rate", "5/s");
    set(c, "rate", "none"); /* the later one */
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    set(c, "codes", "codes.txt");
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_USAGE);
    assert_says(claimpipe_error(c), "codes come from one seed or one list");
    claimpipe_free(c);
}

static void test_one_run_at_a_time(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t), *other = claimpipe_new();

    (void)state;
    command(other, "presets", NULL, NULL);
    t.of = other;
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_int_equal(t.within, CLAIMPIPE_USAGE);
    assert_says(claimpipe_error(other), "another run goes on");
    assert_string_equal(claimpipe_error(c), "");
    /* nor itself, which does not disturb it */
    t.of = c;
    t.within = 0;
    t.rows[0] = '\0';
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_DONE);
    assert_int_equal(t.within, CLAIMPIPE_USAGE);
    assert_says(t.rows, "3 4 duplicate|");
    t.of = NULL;
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_DONE);
    assert_string_equal(claimpipe_error(c), "");
    claimpipe_free(other);
    claimpipe_free(c);
}

static void test_stop(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    claimpipe_stop();
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_INTERRUPTED);
    /* and the next one is not asked any more */
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    claimpipe_free(c);
}

static void on_signal(int number)
{
    (void)number;
}

static bool does(int number, void (*handler)(int))
{
    struct sigaction action;

    assert_int_equal(sigaction(number, NULL, &action), 0);
    return action.sa_handler == handler;
}

static void during(void *context, const struct claimpipe_progress *p)
{
    bool *caught = context;

    (void)p;
    *caught = !does(SIGINT, on_signal) && !does(SIGTERM, SIG_DFL) && does(SIGPIPE, SIG_IGN);
}

/* The host's actions stay its own, unless it says otherwise, and then come back. */
static void test_signals(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);
    struct rlimit before, after;
    bool caught = true;

    (void)state;
    signal(SIGINT, on_signal);
    assert_int_equal(getrlimit(RLIMIT_CORE, &before), 0);
    claimpipe_on_progress(c, during, &caught);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_false(caught);
    claimpipe_catch_signals(c);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_DONE);
    assert_true(caught);
    assert_true(does(SIGINT, on_signal));
    assert_true(does(SIGTERM, SIG_DFL));
    assert_true(does(SIGPIPE, SIG_DFL));
    assert_int_equal(getrlimit(RLIMIT_CORE, &after), 0);
    assert_int_equal(before.rlim_cur, after.rlim_cur);
    signal(SIGINT, SIG_DFL);
    claimpipe_free(c);
}

/* It runs each file with a claimpipe, and this host has not said where one is. */
static void test_watch(void **state)
{
    static const char *const words[] = {"watch", "job.json", "."};
    struct claimpipe *c = claimpipe_new();

    (void)state;
    assert_non_null(c);
    put_file(
        "job.json",
        "{\"input\": {\"email\": \"M\"}, \"steps\": [{\"action\": \"store\", \"store\": \"s\"}]}");
    assert_int_equal(claimpipe_command(c, 3, words), 0);
    set(c, "quiet", NULL);
    setenv("BITBADGES_API_KEY", "a-key", 1);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_USAGE);
    unsetenv("BITBADGES_API_KEY");
    assert_says(claimpipe_error(c), "claimpipe_program");
    claimpipe_free(c);
}

static void on_next_row(void *context, const struct claimpipe_row *r)
{
    uint64_t *last = context;

    *last = r->row == *last + 1 ? r->row : UINT64_MAX / 2; /* no assert in another thread */
}

/* More rows than one thread writes: they are told in their order all the same. */
static void test_many_rows(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);
    FILE *f = fopen("in.csv", "w");
    uint64_t last = 0;

    (void)state;
    assert_non_null(f);
    fputs("Mail\n", f);
    for (int i = 0; i < MANY; i++)
        fprintf(f, "nobody %d\n", i);
    assert_int_equal(fclose(f), 0);
    claimpipe_on_row(c, on_next_row, &last);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_int_equal(last, MANY);
    assert_int_equal(t.last.invalid, MANY);
    claimpipe_free(c);
}

/* Unless it is set, nothing is called, also if it was set before. */
static void test_callbacks_are_taken_back(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    set(c, "quiet", NULL);
    claimpipe_on_message(c, NULL, NULL);
    claimpipe_on_progress(c, NULL, NULL);
    claimpipe_on_row(c, NULL, NULL);
    claimpipe_on_answer(c, NULL, NULL);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_string_equal(t.messages, "");
    assert_string_equal(t.rows, "");
    assert_int_equal(t.progresses, 0);
    claimpipe_free(c);
}

/* Messages alone are left out. */
static void test_quiet(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    set(c, "quiet", NULL);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_ROWS);
    assert_int_equal(strncmp(t.messages, "problems: 1 new row needs a person\n", 35), 0);

    /* what was told of once is told of no more */
    memset(&t, 0, sizeof t);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_DONE);
    assert_string_equal(t.messages, "");
    assert_true(t.progresses > 0);
    claimpipe_free(c);
}

/* No terminal obeys what an input holds. */
static void test_messages_can_be_shown(void **state)
{
    struct told t;
    struct claimpipe *c = begin(&t);

    (void)state;
    command(c, "code", "no\033[2Jfile.csv", NULL);
    assert_int_equal(claimpipe_run(c), CLAIMPIPE_INPUT);
    assert_null(strchr(t.messages, '\033'));
    assert_null(strchr(claimpipe_error(c), '\033'));
    claimpipe_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        IN_FOLDER(test_rows_are_told),
        IN_FOLDER(test_report_tells_rows),
        IN_FOLDER(test_check_answers),
        IN_FOLDER(test_errors),
        IN_FOLDER(test_no_command),
        IN_FOLDER(test_stopped_early),
        IN_FOLDER(test_settings_that_repeat),
        IN_FOLDER(test_one_run_at_a_time),
        IN_FOLDER(test_stop),
        IN_FOLDER(test_signals),
        IN_FOLDER(test_watch),
        IN_FOLDER(test_many_rows),
        IN_FOLDER(test_callbacks_are_taken_back),
        IN_FOLDER(test_quiet),
        IN_FOLDER(test_messages_can_be_shown),
    };

    setenv("HOME", "/nonexistent", 1);
    unsetenv("XDG_CONFIG_HOME");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
