/* options: every flag, what is refused, and that no secret is repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pipeline/options.c"

#include "actions/action.h"
#include "fixture.h"

#define S INT64_C(1000000000)
#define WORDS_MAX 80
#define SECRET "hunter2-sesame"

/* Nothing of the machine's own environment. */
static int clean_environment(void **state)
{
    (void)state;
    unsetenv("BITBADGES_API_KEY");
    unsetenv("BITBADGES_API_URL");
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", "/home/ann", 1);
    setenv("PASSWORD", SECRET, 1);
    setenv("KEY", "0123456789abcdef", 1);
    return 0;
}
#define CLEAN(test) cmocka_unit_test_setup(test, clean_environment)

/* The words of a command line, separated by blanks, which must outlive the options. */
struct command {
    char text[4096];
    char *argv[WORDS_MAX];
    int argc;
    struct options o;
    struct err e;
};

static int run_words(struct command *c)
{
    static char *nothing[] = {(char *)(uintptr_t) "x", NULL};

    optind = 0; /* what getopt remembers of an earlier command line is forgotten (getopt(3)) */
    getopt(1, nothing, "");
    c->e = (struct err)ERR_INIT;
    return options_read(&c->o, c->argc, c->argv, &c->e);
}

static int run(struct command *c, const char *words)
{
    char *rest = NULL;

    snprintf(c->text, sizeof c->text, "%s", words);
    c->argc = 0;
    for (char *w = strtok_r(c->text, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        assert_true(c->argc + 1 < WORDS_MAX);
        c->argv[c->argc++] = w;
    }
    c->argv[c->argc] = NULL;
    return run_words(c);
}

static void must_run(struct command *c, const char *words)
{
    if (run(c, words) != 0)
        fail_msg("%s: %s", words, c->e.text);
}

static void test_defaults(void **state)
{
    struct command c;
    const struct job *j = &c.o.job;

    (void)state;
    must_run(&c, "claimpipe claim data/in.csv -c id");
    assert_int_equal(c.o.wish, OPTIONS_COMMAND);
    assert_string_equal(j->action, "claim");
    assert_string_equal(j->target, "id");
    assert_int_equal(j->version, ACTION_VERSION_UNKNOWN);
    assert_string_equal(j->input, "data/in.csv");
    assert_null(j->address);
    assert_string_equal(j->results, "data/in.results.csv");
    assert_string_equal(j->ledger, "/home/ann/.local/state/claimpipe/ledger.db");
    assert_int_equal(j->n_settings, 0);
    assert_false(j->wishes.retry_failed || j->wishes.resend_unknown || j->wishes.send_claimed);
    assert_null(j->key);
    assert_int_equal(j->again, 1);
    assert_int_equal(j->stoprule.max_failures, 0);
    assert_int_equal(j->stoprule.max_failure_percent, 0);
    assert_int_equal(j->stoprule.max_credits, 0);
    assert_int_equal(j->stoprule.max_duration_ns, 0);
    assert_string_equal(j->api_url, "https://api.bitbadges.io");
    assert_null(j->api_key);
    assert_null(j->cacert);
    assert_int_equal(j->connect_timeout_ns, 10 * S);
    assert_int_equal(j->timeout_ns, 60 * S);
    assert_int_equal(j->in_flight, 64);
    assert_int_equal(j->lanes, 1);
    assert_int_equal(j->rate_count, 10000);
    assert_int_equal(j->rate_window_ns, 60 * S);
    assert_int_equal(j->burst, 64);
    assert_false(j->quiet || j->json_log);
    assert_string_equal(j->retry_hint, "claimpipe claim data/in.csv -c id --retry-failed");
    assert_int_equal(j->secrets.n, 0);
    options_release(&c.o);
}

static void test_every_flag(void **state)
{
    struct command c;
    const struct job *j = &c.o.job;

    (void)state;
    must_run(&c, "claimpipe claim --claim id --claim-version 7 --address Wallet --output out.csv "
                 "--ledger l.db --retry-failed --resend-unknown --rate 150/s --burst 9 "
                 "--in-flight 32 --lanes 4 --tries 3 --settle-timeout 10m --queue-delay 90 "
                 "--connect-timeout 250ms --timeout 1.5s --api-url https://api.example.org/x// "
                 "--api-key env:KEY --cacert ca.pem --quiet --log-format json --key Email,Course "
                 "--no-skip-claimed --max-failures 25 --max-credits 5000 --max-duration 2h in.csv");
    assert_string_equal(j->target, "id");
    assert_int_equal(j->version, 7);
    assert_string_equal(j->address, "Wallet");
    assert_string_equal(j->results, "out.csv");
    assert_string_equal(j->ledger, "l.db");
    assert_true(j->wishes.retry_failed && j->wishes.resend_unknown);
    assert_int_equal(j->rate_count, 150);
    assert_int_equal(j->rate_window_ns, S);
    assert_int_equal(j->burst, 9);
    assert_int_equal(j->in_flight, 32);
    assert_int_equal(j->lanes, 4);
    assert_int_equal(j->tries_max, 3);
    assert_int_equal(j->settle_timeout_ns, 600 * S);
    assert_int_equal(j->queue_delay_ns, 90 * S);
    assert_int_equal(j->connect_timeout_ns, S / 4);
    assert_int_equal(j->timeout_ns, 3 * S / 2);
    assert_string_equal(j->api_url, "https://api.example.org/x");
    assert_string_equal(j->api_key, "0123456789abcdef");
    assert_string_equal(j->cacert, "ca.pem");
    assert_true(j->quiet && j->json_log);
    assert_string_equal(j->key, "Email,Course");
    assert_true(j->wishes.send_claimed);
    assert_int_equal(j->stoprule.max_failures, 25);
    assert_int_equal(j->stoprule.max_credits, 5000);
    assert_int_equal(j->stoprule.max_duration_ns, 7200 * S);
    assert_string_equal(j->input, "in.csv");
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id --max-failures 5% --again 3");
    assert_int_equal(j->stoprule.max_failure_percent, 5);
    assert_int_equal(j->again, 3);
    assert_true(j->wishes.send_claimed); /* they have claimed before: that is the purpose */
    options_release(&c.o);
    must_run(&c, "claimpipe claim -qcid -oout.csv -");
    assert_string_equal(j->target, "id");
    assert_string_equal(j->results, "out.csv");
    assert_true(j->quiet);
    assert_string_equal(j->input, "-");
    options_release(&c.o);
    must_run(&c, "claimpipe claim --claim=id --rate=none --log-format=text --claim-version=-1 x");
    assert_int_equal(j->rate_count, 0);
    assert_int_equal(j->version, -1);
    assert_false(j->json_log);
    options_release(&c.o);
}

static void test_help_and_version(void **state)
{
    static const struct {
        const char *words;
        enum options_wish want;
    } cases[] = {
        {"claimpipe --help", OPTIONS_HELP},       {"claimpipe -h", OPTIONS_HELP},
        {"claimpipe claim --help", OPTIONS_HELP}, {"claimpipe --version", OPTIONS_VERSION},
        {"claimpipe -V", OPTIONS_VERSION},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        must_run(&c, cases[i].words);
        assert_int_equal(c.o.wish, cases[i].want);
        options_release(&c.o);
    }
}

static void test_bad_values(void **state)
{
    static const struct {
        const char *words, *says;
    } cases[] = {
        {"", "say what to do"},
        {"claims in.csv -c id", "claims: no such command"},
        {"claim -c id", "which INPUT?"},
        {"claim a.csv b.csv -c id", "b.csv: one INPUT at a time"},
        {"claim in.csv", "which claim?"},
        {"claim in.csv -c", "--claim needs a value"},
        {"claim in.csv --claim=", "the claim id is empty"},
        {"claim in.csv -c id --rate", "--rate needs a value"},
        {"claim in.csv -c id --rate 0/s", "--rate 0/s: give a count for a time"},
        {"claim in.csv -c id --rate 10", "--rate 10: "},
        {"claim in.csv -c id --rate 10/x", "--rate 10/x: "},
        {"claim in.csv -c id --burst 0", "--burst 0: give a number from 1 to 100000"},
        {"claim in.csv -c id --burst 1e3", "--burst 1e3: "},
        {"claim in.csv -c id --in-flight 0", "--in-flight 0: give a number from 1 to 4096"},
        {"claim in.csv -c id --in-flight 4097", "--in-flight 4097: "},
        {"claim in.csv -c id --in-flight -1", "--in-flight -1: "},
        {"claim in.csv -c id --lanes 0", "--lanes 0: give a number from 1 to 64"},
        {"claim in.csv -c id --lanes 65", "--lanes 65: "},
        {"claim in.csv -c id --tries 0", "--tries 0: give a number from 1 to 1000"},
        {"claim in.csv -c id --claim-version -2", "--claim-version -2: "},
        {"claim in.csv -c id --claim-version v1", "--claim-version v1: "},
        {"claim in.csv -c id --settle-timeout soon", "--settle-timeout soon: give a time"},
        {"claim in.csv -c id --queue-delay -1", "--queue-delay -1: give a time"},
        {"claim in.csv -c id --connect-timeout 1w", "--connect-timeout 1w: give a time"},
        {"claim in.csv -c id --timeout 400d", "--timeout 400d: give a time"},
        {"claim in.csv -c id --key=", "--key: name at least one column"},
        {"claim in.csv -c id --again 1", "--again 1: give a number from 2"},
        {"claim in.csv -c id --max-failures 0", "--max-failures 0: "},
        {"claim in.csv -c id --max-failures 101%", "--max-failures 101%: "},
        {"claim in.csv -c id --max-failures %", "--max-failures %: "},
        {"claim in.csv -c id --max-credits 0", "--max-credits 0: "},
        {"claim in.csv -c id --max-duration x", "--max-duration x: give a time"},
        {"claim in.csv -c id --log-format xml", "--log-format xml: give text or json"},
        {"claim in.csv -c id --set x", "--set takes INSTANCE.FIELD=VALUE"},
        {"claim in.csv -c id --set x=1", "--set takes INSTANCE.FIELD=VALUE"},
        {"claim in.csv -c id --set .x=1", "--set takes INSTANCE.FIELD=VALUE"},
        {"claim in.csv -c id --set x.=1", "--set takes INSTANCE.FIELD=VALUE"},
        {"claim in.csv -c id --set =a.b", "--set takes INSTANCE.FIELD=VALUE"},
        {"claim in.csv -c id --nonsense", "--nonsense: no such option"},
        {"claim in.csv -c id --re", "--re: no such option (or not unique)"},
        {"claim in.csv -c id --quiet=x", "--quiet takes no value"},
        {"claim in.csv -c id -z", "-z: no such option"},
        {"claim in.csv -c id --api-url http://api.bitbadges.io", "plain http is for loopback only"},
        {"claim in.csv -c id --api-url ftp://127.0.0.1", "is not an http(s) URL"},
        {"claim in.csv -c id --api-url https://api.bitbadges.io/?x=y", "query"},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char words[512];

        snprintf(words, sizeof words, "claimpipe %s", cases[i].words);
        if (run(&c, words) != -1)
            fail_msg("%s is taken", words);
        assert_int_equal(c.e.code, EXIT_USAGE);
        assert_says(c.e.text, cases[i].says);
        options_release(&c.o);
    }
}

/* A wrong letter among others names itself, not the word before it. */
static void test_wrong_letter_in_a_bundle(void **state)
{
    struct command c;

    (void)state;
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id -zq"), -1);
    assert_says(c.e.text, "z");
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id -qzq"), -1);
    assert_says(c.e.text, "z");
    options_release(&c.o);
}

/* Without a time limit a request could hang for ever; and 0 means that to libcurl. */
static void test_no_time_at_all(void **state)
{
    static const char *const flags_of_time[] = {"--timeout", "--connect-timeout"};
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(flags_of_time); i++) {
        char words[128];

        snprintf(words, sizeof words, "claimpipe claim in.csv -c id %s 0", flags_of_time[i]);
        if (run(&c, words) != -1)
            fail_msg("%s is taken", words);
        options_release(&c.o);
    }
}

static void test_settings(void **state)
{
    static const struct {
        const char *word, *instance, *field, *value;
        bool literal;
    } cases[] = {
        {"--set=password-1.password=env:PASSWORD", "password-1", "password", SECRET, true},
        {"--set=a.b.c=x=y", "a.b", "c", "x=y", false},
        {"--set=p.name={{Name}}", "p", "name", "{{Name}}", false},
        {"--set=codes-1.code={{Code}}", "codes-1", "code", "{{Code}}", false},
        {"--set=p.x=", "p", "x", "", false},
        {"--set=p.x=env:PASSWORD", "p", "x", SECRET, true},
        {"--set=p.x=a.b", "p", "x", "a.b", false},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct plan_setting *s = &c.o.job.settings[0];
        char words[256];

        snprintf(words, sizeof words, "claimpipe claim in.csv -c id %s", cases[i].word);
        must_run(&c, words);
        assert_int_equal(c.o.job.n_settings, 1);
        assert_string_equal(s->instance, cases[i].instance);
        assert_string_equal(s->field, cases[i].field);
        assert_string_equal(s->value, cases[i].value);
        assert_int_equal(s->literal, cases[i].literal);
        assert_int_equal(c.o.job.secrets.n, cases[i].literal);
        options_release(&c.o);
    }
}

static void test_secret_from_a_file(void **state)
{
    struct command c;

    (void)state;
    put_file("password", SECRET "\n");
    must_run(&c, "claimpipe claim in.csv -c id --set p.x=file:password --api-key file:password");
    assert_string_equal(c.o.job.settings[0].value, SECRET);
    assert_string_equal(c.o.job.api_key, SECRET);
    assert_int_equal(c.o.job.secrets.n, 2);
    assert_silent(c.o.job.retry_hint, SECRET);
    options_release(&c.o);
}

/* Wherever a secret is given literally it is refused, and not repeated. */
static void test_literal_secrets(void **state)
{
    static const char *const words[] = {
        "--set p.password=" SECRET,
        "--set p.Password=" SECRET,
        "--set p.code=" SECRET,
        "--set p.dataSecret=" SECRET,
        "--set p.token=" SECRET,
        "--set p.passwd=" SECRET,
        "--set p.PIN=" SECRET,
        "--set p.password={{Name}}" SECRET,
        "--set p.seedCode=" SECRET,
        "--set p.apiKey=" SECRET,
        "--api-key " SECRET,
        "--api-key=" SECRET,
        "--credential " SECRET,
        "--credential id-inst-" SECRET,
        "--password=" SECRET,
        "--quiet=" SECRET,
        "--api-url https://ann:" SECRET "@api.bitbadges.io",
        "--api-url https://" SECRET "@api.bitbadges.io",
        "--api-url https://api.bitbadges.io/?key=" SECRET,
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        char line[256];

        snprintf(line, sizeof line, "claimpipe claim in.csv -c id %s", words[i]);
        if (run(&c, line) != -1)
            fail_msg("%s is taken", words[i]);
        assert_int_equal(c.e.code, EXIT_USAGE);
        assert_silent(c.e.text, SECRET);
        options_release(&c.o);
    }
}

/* What the environment holds is not repeated either. */
static void test_bad_secrets_from_the_environment(void **state)
{
    static const struct {
        const char *name, *value, *words;
    } cases[] = {
        {"BITBADGES_API_KEY", SECRET " with blanks", ""},
        {"BITBADGES_API_KEY", SECRET "\r\nx-evil: 1", ""},
        {"BITBADGES_API_KEY", SECRET "\xc3\xbc", ""},
        {"BITBADGES_API_KEY", "", ""},
        {"CREDENTIAL", SECRET, "--credential env:CREDENTIAL"},
        {"CREDENTIAL", "other-inst-" SECRET, "--credential env:CREDENTIAL"},
        {"CREDENTIAL", "id-inst-", "--credential env:CREDENTIAL"},
        {"CREDENTIAL", "id--" SECRET, "--credential env:CREDENTIAL"},
        {"BITBADGES_API_URL", "https://ann:" SECRET "@api.bitbadges.io", ""},
    };
    struct command c;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];

        clean_environment(state);
        setenv(cases[i].name, cases[i].value, 1);
        snprintf(line, sizeof line, "claimpipe claim in.csv -c id %s", cases[i].words);
        if (run(&c, line) != -1)
            fail_msg("%s is taken", cases[i].value);
        assert_int_equal(c.e.code, EXIT_USAGE);
        assert_silent(c.e.text, SECRET);
        options_release(&c.o);
        unsetenv(cases[i].name);
    }
}

static void test_long_api_key(void **state)
{
    char key[API_KEY_MAX + 2];
    struct command c;

    (void)state;
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    setenv("BITBADGES_API_KEY", key, 1);
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id"), -1);
    assert_says(c.e.text, "longer than");
    options_release(&c.o);
    setenv("BITBADGES_API_KEY", key + 1, 1);
    must_run(&c, "claimpipe claim in.csv -c id");
    assert_string_equal(c.o.job.api_key, key + 1);
    options_release(&c.o);
}

static void test_credential(void **state)
{
    static const struct {
        const char *value, *flag, *target, *instance, *password;
    } cases[] = {
        {"69ef-inst-pass", "", "69ef", "inst", "pass"},
        {"69ef-inst-pass-with-dashes", "", "69ef", "inst", "pass-with-dashes"},
        {"69ef-inst-pass", "-c 69ef", "69ef", "inst", "pass"},
        {"a-b-inst-pass", "-c a-b", "a-b", "inst", "pass"},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct plan_setting *s = &c.o.job.settings[0];
        char line[256], buf[64];

        setenv("CREDENTIAL", cases[i].value, 1);
        snprintf(line, sizeof line, "claimpipe claim in.csv %s --credential env:CREDENTIAL",
                 cases[i].flag);
        must_run(&c, line);
        assert_string_equal(c.o.job.target, cases[i].target);
        assert_int_equal(c.o.job.n_settings, 1);
        assert_string_equal(s->instance, cases[i].instance);
        assert_string_equal(s->field, "password");
        assert_string_equal(s->value, cases[i].password);
        assert_true(s->literal);
        snprintf(buf, sizeof buf, "wrong: %s", cases[i].password);
        redact_apply(&c.o.job.secrets, buf);
        assert_silent(buf, "pass");
        options_release(&c.o);
    }
    unsetenv("CREDENTIAL");
}

static void test_api(void **state)
{
    struct command c;

    (void)state;
    setenv("BITBADGES_API_URL", "http://127.0.0.1:8080/", 1);
    setenv("BITBADGES_API_KEY", "fromenvironment", 1);
    must_run(&c, "claimpipe claim in.csv -c id");
    assert_string_equal(c.o.job.api_url, "http://127.0.0.1:8080");
    assert_string_equal(c.o.job.api_key, "fromenvironment");
    assert_int_equal(c.o.job.secrets.n, 1);
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id --api-url https://x.example --api-key env:KEY");
    assert_string_equal(c.o.job.api_url, "https://x.example"); /* the flags win */
    assert_string_equal(c.o.job.api_key, "0123456789abcdef");
    options_release(&c.o);
    unsetenv("BITBADGES_API_URL");
    must_run(&c, "claimpipe claim in.csv -c id");
    assert_string_equal(c.o.job.api_url, "https://api.bitbadges.io");
    options_release(&c.o);
    setenv("BITBADGES_API_URL", "", 1); /* set, but to nothing: not the real service by accident */
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id"), -1);
    assert_int_equal(c.e.code, EXIT_USAGE);
    options_release(&c.o);
}

static void test_default_names(void **state)
{
    static const struct {
        const char *input, *want;
    } cases[] = {
        {"in.csv", "in.results.csv"},
        {"a/in.CSV", "a/in.results.csv"},
        {"in", "in.results.csv"},
        {"in.txt", "in.txt.results.csv"},
        {"-", "-"},
        {".csv", ".csv.results.csv"},
        {"a.csv/in", "a.csv/in.results.csv"},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];

        snprintf(line, sizeof line, "claimpipe claim -c id %s", cases[i].input);
        must_run(&c, line);
        assert_string_equal(c.o.job.results, cases[i].want);
        options_release(&c.o);
    }
}

static void test_default_ledger(void **state)
{
    static const struct {
        const char *xdg, *home, *want; /* NULL: refused */
    } cases[] = {
        {"/var/state", "/home/ann", "/var/state/claimpipe/ledger.db"},
        {"", "/home/ann", "/home/ann/.local/state/claimpipe/ledger.db"},
        {"relative", "/home/ann", "/home/ann/.local/state/claimpipe/ledger.db"},
        {NULL, "/home/ann", "/home/ann/.local/state/claimpipe/ledger.db"},
        {"/var/state", NULL, "/var/state/claimpipe/ledger.db"},
        {NULL, NULL, NULL},
        {NULL, "", NULL},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsetenv("XDG_STATE_HOME");
        unsetenv("HOME");
        if (cases[i].xdg)
            setenv("XDG_STATE_HOME", cases[i].xdg, 1);
        if (cases[i].home)
            setenv("HOME", cases[i].home, 1);
        assert_int_equal(run(&c, "claimpipe claim -c id in.csv"), cases[i].want ? 0 : -1);
        if (cases[i].want)
            assert_string_equal(c.o.job.ledger, cases[i].want);
        else
            assert_says(c.e.text, "--ledger");
        options_release(&c.o);
    }
}

static void test_burst(void **state)
{
    static const struct {
        const char *flags;
        int64_t want;
    } cases[] = {
        {"", 64},
        {"--rate 1000/m", 20},
        {"--rate 10/s", 1},
        {"--rate 1000/m --in-flight 8", 8},
        {"--rate none", 64},
        {"--rate none --in-flight 500", 500},
        {"--rate 10/s --burst 5", 5},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];

        snprintf(line, sizeof line, "claimpipe claim in.csv -c id %s", cases[i].flags);
        must_run(&c, line);
        assert_int_equal(c.o.job.burst, cases[i].want);
        options_release(&c.o);
    }
}

/* What a person is told to type, when it is typed into a shell, gives the same words. */
static void test_retry_hint(void **state)
{
    static const struct {
        const char *argv[10], *want;
    } cases[] = {
        {{"/usr/bin/claimpipe", "claim", "in.csv", "-c", "id"},
         "claimpipe claim in.csv -c id --retry-failed"},
        {{"claimpipe", "claim", "--retry-failed", "in.csv", "-c", "id"},
         "claimpipe claim in.csv -c id --retry-failed"},
        {{"claimpipe", "claim", "my file.csv", "-c", "a'b", "--set", "p.x={{First Name}}"},
         "claimpipe claim 'my file.csv' -c 'a'\\''b' --set 'p.x={{First Name}}' --retry-failed"},
        {{"claimpipe", "claim", "$HOME/*.csv", "-c", "`id`;&|\n\"\\!#~"},
         "claimpipe claim '$HOME/*.csv' -c '`id`;&|\n\"\\!#~' --retry-failed"},
        {{"claimpipe", "claim", "~/in.csv", "-c", "id", "--address", ""},
         "claimpipe claim '~/in.csv' -c id --address '' --retry-failed"},
        {{"claimpipe", "claim", "Grüße.csv", "-c", "id"},
         "claimpipe claim 'Grüße.csv' -c id --retry-failed"},
    };
    struct command c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (c.argc = 0; c.argc < 10 && cases[i].argv[c.argc]; c.argc++)
            c.argv[c.argc] = (char *)(uintptr_t)cases[i].argv[c.argc];
        c.argv[c.argc] = NULL;
        assert_int_equal(run_words(&c), 0);
        assert_string_equal(c.o.job.retry_hint, cases[i].want);
        options_release(&c.o);
    }
}

/* The hint is itself a command that is understood. */
static void test_retry_hint_is_understood(void **state)
{
    static const char *const lines[] = {
        "claimpipe claim in.csv -c id",
        "claimpipe claim --retry-failed in.csv -c id --retry-failed",
        "claimpipe -c id claim -- in.csv",
        "claimpipe claim -c id -- -odd.csv",
    };
    struct command c, again;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        must_run(&c, lines[i]);
        if (run(&again, c.o.job.retry_hint) != 0)
            fail_msg("%s: %s", c.o.job.retry_hint, again.e.text);
        assert_string_equal(again.o.job.input, c.o.job.input);
        assert_true(again.o.job.wishes.retry_failed);
        options_release(&again.o);
        options_release(&c.o);
    }
}

static void test_too_many_settings(void **state)
{
    struct command c;
    char text[64 * (JOB_SETTINGS_MAX + 1)] = "claimpipe claim in.csv -c id";

    (void)state;
    for (int i = 0; i <= JOB_SETTINGS_MAX; i++) {
        if (i == JOB_SETTINGS_MAX) {
            must_run(&c, text);
            assert_int_equal(c.o.job.n_settings, JOB_SETTINGS_MAX);
            assert_string_equal(c.o.job.settings[31].value, SECRET);
            options_release(&c.o);
        }
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, " --set=p.x%d=env:PASSWORD", i);
    }
    assert_int_equal(run(&c, text), -1);
    assert_says(c.e.text, "more than 32 settings");
    options_release(&c.o);
}

/* Every flag stands in the help, which fits a terminal. */
static void test_help(void **state)
{
    char line[1024], all[16384];
    struct err e = ERR_INIT;
    size_t len;
    int saved = dup(STDOUT_FILENO);
    FILE *f = fopen("help", "w+");

    (void)state;
    assert_non_null(f);
    fflush(stdout);
    dup2(fileno(f), STDOUT_FILENO);
    int rc = options_print_help(&e);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    assert_int_equal(rc, 0);
    rewind(f);
    len = fread(all, 1, sizeof all - 1, f);
    all[len] = '\0';
    for (size_t i = 0; i < N_FLAGS; i++) {
        snprintf(line, sizeof line, "--%s", flags[i].name);
        assert_says(all, line);
    }
    rewind(f);
    while (fgets(line, sizeof line, f))
        assert_in_range(strlen(line), 1, 97);
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(test_defaults),
        CLEAN(test_every_flag),
        CLEAN(test_help_and_version),
        CLEAN(test_bad_values),
        CLEAN(test_wrong_letter_in_a_bundle),
        CLEAN(test_no_time_at_all),
        CLEAN(test_settings),
        IN_FOLDER(test_secret_from_a_file),
        CLEAN(test_literal_secrets),
        CLEAN(test_bad_secrets_from_the_environment),
        CLEAN(test_long_api_key),
        CLEAN(test_credential),
        CLEAN(test_api),
        CLEAN(test_default_names),
        CLEAN(test_default_ledger),
        CLEAN(test_burst),
        CLEAN(test_retry_hint),
        CLEAN(test_retry_hint_is_understood),
        CLEAN(test_too_many_settings),
        IN_FOLDER(test_help),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
