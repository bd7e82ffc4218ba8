/* options: every flag, what is refused, and that no secret is repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/action.h"
#include "fixture.h"
#include "settings/commands.h"
#include "settings/help.h"
#include "settings/hint.h"
#include "settings/options.h"
#include "settings/settings.h"
#include "settings/topics.h"

#define S INT64_C(1000000000)
#define WORDS_MAX 80
#define API_KEY_MAX 400 /* bytes */
#define SECRET "hunter2-sesame"

/* Nothing of the machine's own environment. */
static int clean_environment(void **state)
{
    (void)state;
    setenv("BITBADGES_API_KEY", SECRET, 1);
    unsetenv("BITBADGES_API_URL");
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", "/home/ann", 1);
    setenv("PASSWORD", SECRET, 1);
    setenv("SEED", SECRET, 1);
    setenv("KEY", "0123456789abcdef", 1);
    return 0;
}
#define CLEAN(test) cmocka_unit_test_setup(test, clean_environment)

/* The words of a command line, separated by blanks, which must outlive the options. */
struct typed {
    char text[4096];
    char *argv[WORDS_MAX];
    int argc;
    struct options o;
    struct err e;
};

static int run_words(struct typed *c)
{
    c->e = (struct err)ERR_INIT;
    return options_read(&c->o, c->argc, c->argv, &c->e);
}

static int run(struct typed *c, const char *words)
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

static void must_run(struct typed *c, const char *words)
{
    if (run(c, words) != 0)
        fail_msg("%s: %s", words, c->e.text);
}

static void test_defaults(void **state)
{
    struct typed c;
    const struct job *j = &c.o.job;

    (void)state;
    must_run(&c, "claimpipe claim data/in.csv -c id");
    assert_int_equal(c.o.command, COMMAND_CLAIM);
    assert_int_equal(j->mode, JOB_RUN);
    assert_null(j->name);
    assert_int_equal(j->n_steps, 1);
    assert_string_equal(j->steps[0].action, "claim");
    assert_int_equal(j->steps[0].n_targets, 1);
    assert_null(j->steps[0].route);
    assert_string_equal(j->steps[0].targets[0].id, "id");
    assert_int_equal(j->steps[0].targets[0].version, ACTION_VERSION_UNKNOWN);
    assert_string_equal(j->input, "data/in.csv");
    assert_int_equal(j->kind, IDENTITY_ADDRESS);
    assert_null(j->recipient);
    assert_int_equal(j->sample.first, 0);
    assert_int_equal(j->sample.last, 0);
    assert_int_equal(j->sample.spread, 0);
    assert_int_equal(j->sample.limit, 0);
    assert_string_equal(j->results, "data/in.results.csv");
    assert_string_equal(j->ledger, "/home/ann/.local/state/claimpipe/ledger.db");
    assert_int_equal(j->steps[0].targets[0].n_settings, 0);
    assert_false(j->wishes.retry_failed || j->wishes.resend_unknown || j->wishes.send_claimed);
    assert_null(j->key);
    assert_null(j->preset);
    assert_null(j->group);
    assert_null(j->fill_down);
    assert_null(j->lookup);
    assert_null(j->on);
    assert_null(j->read.encoding);
    assert_int_equal(j->n_where, 0);
    assert_false(j->kind_said || j->read.no_header || j->read.no_quotes || j->skip_otherwise);
    assert_int_equal(j->read.delimiter, 0);
    assert_int_equal(j->read.quote, 0);
    assert_int_equal(j->read.header_line, 0);
    assert_int_equal(j->date_order, WHEN_ORDER_UNSAID);
    assert_int_equal(j->decimal_mark, 0);
    assert_int_equal(j->output, JOBOUTPUT_SAME);
    assert_false(j->safe_cells);
    assert_ptr_equal(j->read.fetch, &j->fetch);
    assert_int_equal(j->fetch.max, FETCH_MAX);
    assert_int_equal(j->fetch.connect_timeout_ns, 10 * S);
    assert_int_equal(j->fetch.stall_ns, 60 * S);
    assert_null(j->fetch.cacert);
    assert_int_equal(j->again, 1);
    assert_int_equal(j->stoprule.max_failures, 0);
    assert_int_equal(j->stoprule.max_failure_percent, 0);
    assert_int_equal(j->stoprule.max_credits, 0);
    assert_int_equal(j->stoprule.max_duration_ns, 0);
    assert_string_equal(j->api_url, "https://api.bitbadges.io");
    assert_string_equal(j->api_key, SECRET);
    assert_null(j->cacert);
    assert_int_equal(j->connect_timeout_ns, 10 * S);
    assert_int_equal(j->timeout_ns, 60 * S);
    assert_int_equal(j->in_flight, 64);
    assert_int_equal(j->lanes, 1);
    assert_int_equal(j->rates.list[0].limit, 10000);
    assert_int_equal(j->rates.list[0].window_ns, 60 * S);
    assert_int_equal(j->burst, 64);
    assert_false(j->quiet || j->json_log);
    assert_string_equal(j->retry_hint, "claimpipe claim data/in.csv -c id --retry-failed");
    assert_int_equal(j->secrets.n, 1);
    options_release(&c.o);
}

static void test_every_flag(void **state)
{
    struct typed c;
    const struct job *j = &c.o.job;

    (void)state;
    must_run(&c, "claimpipe claim --claim id --claim-version 7 --address Wallet --output out.csv "
                 "--ledger l.db --retry-failed --resend-unknown --rate 150/s --burst 9 "
                 "--in-flight 32 --lanes 4 --tries 3 --settle-timeout 10m --queue-delay 90 "
                 "--connect-timeout 250ms --timeout 1.5s --api-url https://api.example.org/x// "
                 "--api-key env:KEY --cacert ca.pem --quiet --log-format json --key Email,Course "
                 "--no-skip-claimed --max-failures 25 --keep-going --patience 30s --no-settle "
                 "--force --max-credits 5000 "
                 "--max-duration 2h "
                 "--simulate --limit 10 --rows 5-50 --sample 20 in.csv");
    assert_string_equal(j->steps[0].targets[0].id, "id");
    assert_int_equal(j->steps[0].targets[0].version, 7);
    assert_int_equal(j->kind, IDENTITY_ADDRESS);
    assert_string_equal(j->recipient, "Wallet");
    assert_int_equal(j->mode, JOB_SIMULATE);
    assert_int_equal(j->sample.limit, 10);
    assert_int_equal(j->sample.first, 5);
    assert_int_equal(j->sample.last, 50);
    assert_int_equal(j->sample.spread, 20);
    assert_string_equal(j->results, "out.csv");
    assert_string_equal(j->ledger, "l.db");
    assert_true(j->wishes.retry_failed && j->wishes.resend_unknown);
    assert_int_equal(j->rates.list[0].limit, 150);
    assert_int_equal(j->rates.list[0].window_ns, S);
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
    assert_int_equal(j->patience_ns, INT64_C(30000000000));
    assert_true(j->no_settle && j->stoprule.keep_going && j->stoprule.force);
    assert_int_equal(j->stoprule.max_credits, 5000);
    assert_int_equal(j->stoprule.max_duration_ns, 7200 * S);
    assert_string_equal(j->input, "in.csv");
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id --max-failures 5% --again 3");
    assert_int_equal(j->stoprule.max_failure_percent, 5);
    assert_false(j->no_settle || j->stoprule.keep_going);
    assert_int_equal(j->again, 3);
    assert_true(j->wishes.send_claimed); /* they have claimed before: that is the purpose */
    options_release(&c.o);
    must_run(&c, "claimpipe check claim in.csv -c id --ask --api-key env:KEY");
    assert_true(j->ask && j->api_key);
    options_release(&c.o);
    must_run(&c, "claimpipe claim -qcid -oout.csv -");
    assert_string_equal(j->steps[0].targets[0].id, "id");
    assert_string_equal(j->results, "out.csv");
    assert_true(j->quiet);
    assert_string_equal(j->input, "-");
    options_release(&c.o);
    must_run(&c, "claimpipe claim -c id in.csv --rate 10000/m --rate 100000/d,7/2s");
    assert_int_equal(j->rates.n, 3);
    assert_int_equal(j->rates.list[0].limit, 10000);
    assert_int_equal(j->rates.list[1].limit, 100000);
    assert_int_equal(j->rates.list[1].window_ns, 86400 * S);
    assert_int_equal(j->rates.list[2].window_ns, 2 * S);
    options_release(&c.o);
    must_run(
        &c,
        "claimpipe claim --claim=id --rate 5/s --rate=none --log-format=text --claim-version=-1 x");
    assert_int_equal(j->rates.n, 0);
    assert_int_equal(j->steps[0].targets[0].version, -1);
    assert_false(j->json_log);
    options_release(&c.o);
}

static void test_help_and_version(void **state)
{
    static const struct {
        const char *words;
        enum command want;
        const char *on;
    } cases[] = {
        {"claimpipe --help", COMMAND_HELP, NULL},
        {"claimpipe -h", COMMAND_HELP, NULL},
        {"claimpipe claim --help", COMMAND_HELP, "claim"},
        {"claimpipe claim -h --codes x --batch 0", COMMAND_HELP,
         "claim"}, /* whatever else is said */
        {"claimpipe help", COMMAND_HELP, NULL},
        {"claimpipe help claim", COMMAND_HELP, "claim"},
        {"claimpipe help ledger backup", COMMAND_HELP, "ledger"},
        {"claimpipe --version", COMMAND_VERSION, NULL},
        {"claimpipe -V", COMMAND_VERSION, NULL},
        {"claimpipe version", COMMAND_VERSION, NULL},
    };
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        must_run(&c, cases[i].words);
        assert_int_equal(c.o.command, cases[i].want);
        assert_true(!c.o.help_on == !cases[i].on);
        if (cases[i].on)
            assert_string_equal(c.o.help_on, cases[i].on);
        options_release(&c.o);
    }
}

struct refused {
    const char *words, *says;
};

static void must_refuse(const struct refused *cases, size_t n)
{
    struct typed c;

    for (size_t i = 0; i < n; i++) {
        char words[512];

        snprintf(words, sizeof words, "claimpipe %s", cases[i].words);
        if (run(&c, words) != -1)
            fail_msg("%s is taken", words);
        assert_int_equal(c.e.code, EXIT_USAGE);
        assert_says(c.e.text, cases[i].says);
        assert_silent(c.e.text, SECRET);
        options_release(&c.o);
    }
}

static void test_bad_values(void **state)
{
    static const struct refused cases[] = {
        {"", "say what to do"},
        {"claims in.csv -c id", "claims: no such command: did you mean claim?"},
        {"frobnicate in.csv", "there are: claim, code, store, mail, run, watch, check, successes, "
                              "unclaimed, bounces, settle, doctor, "
                              "undo, presets, runs, who, report, ledger"},
        {"ledger", "say which: check, export, prune, backup, restore"},
        {"ledger mend", "ledger mend: say which: check"},
        {"claim -c id", "which INPUT?"},
        {"claim a.csv b.csv -c id", "b.csv: one INPUT at a time"},
        {"claim in.csv", "which claim?"},
        {"claim in.csv -c", "--claim needs a value"},
        {"claim in.csv --claim=", "--claim: is empty: give CLAIM_ID"},
        {"claim in.csv -c id --output=", "--output: is empty: give FILE"},
        {"claim in.csv -c id --address=", "--address: is empty: give COLUMN"},
        {"claim in.csv -c id --ledger=", "--ledger: is empty: give FILE"},
        {"claim in.csv -c id --api-url=", "--api-url: is empty: give URL"},
        {"claim in.csv -c id --rate", "--rate needs a value"},
        {"claim in.csv -c id --rate 0/s", "--rate 0/s: give a count for a time"},
        {"claim in.csv -c id --rate 10", "--rate 10: "},
        {"claim in.csv -c id --rate 10/x", "--rate 10/x: "},
        {"claim in.csv -c id --rate 10/s,", "--rate 10/s,: give a count for a time"},
        {"claim in.csv -c id --rate 1/s,2/m,3/h,4/d,5/d", "more than 4 limits are given"},
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
        {"claim in.csv -c id --key=", "--key: is empty: give COLUMN,..."},
        {"claim in.csv -c id --again 0", "--again 0: give a number from 1"},
        {"claim in.csv -c id --max-failures 0", "--max-failures 0: "},
        {"claim in.csv -c id --max-failures 101%", "--max-failures 101%: "},
        {"claim in.csv -c id --max-failures %", "--max-failures %: "},
        {"claim in.csv -c id --max-credits 0", "--max-credits 0: "},
        {"claim in.csv -c id --max-duration x", "--max-duration x: give a time"},
        {"claim in.csv -c id --log-format xml", "--log-format xml: give text or json"},
        {"claim in.csv -c id --set x", "--set takes INSTANCE.FIELD=VALUE"},
        {"claim in.csv -c id --set x=1", "--set x: name the plugin's instance and the field"},
        {"claim in.csv -c id --set .x=1", "--set .x: name the plugin's instance and the field"},
        {"claim in.csv -c id --set x.=1", "--set x.: the field has no name"},
        {"claim in.csv -c id --set =a.b", "the field has no name"},
        {"claim in.csv -c id --set _x.y=1", "is no plugin's instance ID"},
        {"claim in.csv -c id --whre x=1", "no such option: did you mean --where?"},
        {"claim in.csv -c id --nonsense", "--nonsense: no such option"},
        {"claim in.csv -c id --password=x",
         "--password: no such option: a claim's password is given as --set password-1.password="},
        {"claim in.csv -c id --out x.csv",
         "--out: not with claim: did you mean -o FILE (--output)?"},
        {"run in.csv job.json", "say JOB.json first, then INPUT: claimpipe run JOB.json INPUT"},
        {"check run in.csv job.json", "say JOB.json first, then INPUT"},
        {"watch inbox job.json", "say JOB.json first, then INBOX: claimpipe watch JOB.json INBOX"},
        {"claim in.csv -c id --where=\u201cx=1\u201d",
         "--where: its value begins with a curly quote"},
        {"claim in.csv -c \u2018id\u2019", "--claim: its value begins with a curly quote"},
        {"claim in.csv -c id --retry-faled", "no such option: did you mean --retry-failed?"},
        {"claim in.csv -c id --e-mail x", "--e-mail: no such option: did you mean --email?"},
        {"claim in.csv -c id --re", "--re: several options begin so"},
        {"claim in.csv -c id --quiet=x", "--quiet takes no value"},
        {"claim in.csv -c id -z", "-z: no such option"},
        {"claim in.csv -c id --api-url http://api.bitbadges.io", "plain http is for loopback only"},
        {"claim in.csv -c id --api-url ftp://127.0.0.1", "is not an http(s) URL"},
        {"claim in.csv -c id --api-url https://api.bitbadges.io/?x=y", "query"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

static void test_bad_values_of_input(void **state)
{
    static const struct refused cases[] = {
        {"claim in.csv -c id --preset=", "--preset: is empty: give NAME"},
        {"claim in.csv -c id --header-line 0", "--header-line 0: give a number, 1 or more"},
        {"claim in.csv -c id --header-line two", "--header-line two: give a number, 1 or more"},
        {"claim in.csv -c id --no-header=1", "--no-header takes no value"},
        {"claim in.csv -c id --no-header --header-line 12",
         "--no-header: there is one on line 12 (--header-line): leave one out"},
        {"claim in.csv -c id --encoding=", "--encoding: is empty: give NAME"},
        {"claim in.csv -c id --delimiter=", "--delimiter : give comma, semicolon, tab, pipe or"},
        {"claim in.csv -c id --delimiter colon",
         "--delimiter colon: give comma, semicolon, tab, pipe or one character"},
        {"claim in.csv -c id --delimiter x", "--delimiter x: give comma"},
        {"claim in.csv -c id --delimiter \"", "--delimiter \": give comma"},
        {"claim in.csv -c id --quote double", "--quote double: give one character, or none"},
        {"claim in.csv -c id --quote=", "--quote : give one character, or none"},
        {"claim in.csv -c id --escape slash",
         "--escape slash: give one character, backslash or none"},
        {"claim in.csv -c id --escape=", "--escape : give one character, backslash or none"},
        {"claim in.csv -c id --fill-down=", "--fill-down: is empty: give COLUMN,..."},
        {"claim in.csv -c id --sheet=", "--sheet: is empty: give NAME"},
        {"claim in.csv -c id --member=", "--member: is empty: give NAME"},
        {"claim in.csv -c id --where=", "--where: is empty: give FILTER"},
        {"claim in.csv -c id --date-order us", "--date-order us: give mdy, dmy or ymd"},
        {"claim in.csv -c id --decimal .", "--decimal .: give point or comma"},
        {"claim in.csv -c id --group=", "--group: is empty: give COLUMN"},
        {"claim in.csv -c id --lookup=", "--lookup: is empty: give FILE"},
        {"claim in.csv -c id --on=", "--on: is empty: give COLUMN[=COLUMN]"},
        {"claim in.csv -c id --output-dialect xlsx",
         "--output-dialect xlsx: give same, excel or rfc4180"},
        {"claim in.csv -c id --safe-cells=yes", "--safe-cells takes no value"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

/* A wrong letter among others names itself, not the word before it. */
static void test_wrong_letter_in_a_bundle(void **state)
{
    struct typed c;

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
    struct typed c;

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
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct plan_setting *s = &c.o.target.settings[0];
        char words[256];

        snprintf(words, sizeof words, "claimpipe claim in.csv -c id %s", cases[i].word);
        must_run(&c, words);
        assert_int_equal(c.o.target.n_settings, 1);
        assert_string_equal(s->instance, cases[i].instance);
        assert_string_equal(s->field, cases[i].field);
        assert_string_equal(s->value, cases[i].value);
        assert_int_equal(s->literal, cases[i].literal);
        assert_int_equal(c.o.job.secrets.n, 1 + cases[i].literal);
        options_release(&c.o);
    }
}

static void test_secret_from_a_file(void **state)
{
    struct typed c;

    (void)state;
    put_file("password", SECRET "\n");
    must_run(&c, "claimpipe claim in.csv -c id --set p.x=file:password --api-key file:password");
    assert_string_equal(c.o.target.settings[0].value, SECRET);
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
    struct typed c;

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
    struct typed c;

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

/* Without a key nothing is asked of the service, and a person is told where it is. */
static void test_no_api_key(void **state)
{
    static const struct {
        const char *words, *url;
        bool refused, told;
    } cases[] = {
        {"claim in.csv -c id", NULL, true, false},
        {"claim in.csv -c id --simulate", NULL, true, false},
        {"claim in.csv -c id", "https://other.example", true, false},
        {"claim in.csv -c id", "http://127.0.0.1:80", false, true},
        {"claim in.csv -c id", "https://localhost", false, true},
        {"store in.csv -s id", NULL, true, false},
        {"successes id", NULL, true, false},
        {"settle", NULL, true, false},
        {"settle", "http://[::1]:80", false, true},
        {"check claim in.csv -c id --ask", NULL, true, false},
        {"check claim in.csv -c id", NULL, false, false},
        {"code in.csv --seed-from env:SEED --count 5", NULL, false, false},
        {"code in.csv --seed-from env:SEED -c id", NULL, false, false},
        {"runs", NULL, false, false},
    };
    struct typed c;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];

        clean_environment(state);
        unsetenv("BITBADGES_API_KEY");
        if (cases[i].url)
            setenv("BITBADGES_API_URL", cases[i].url, 1);
        snprintf(line, sizeof line, "claimpipe %s", cases[i].words);
        if ((run(&c, line) != 0) != cases[i].refused || !c.o.notice == cases[i].told)
            fail_msg("%s at %s: %s", line, cases[i].url ? cases[i].url : "-", c.e.text);
        if (cases[i].refused)
            assert_says(c.e.text, "https://bitbadges.io/developer?tab=apiKeys");
        options_release(&c.o);
    }
    clean_environment(state);
}

static void test_long_api_key(void **state)
{
    char key[API_KEY_MAX + 2];
    struct typed c;

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
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct plan_setting *s = &c.o.target.settings[0];
        char line[256], buf[64];

        setenv("CREDENTIAL", cases[i].value, 1);
        snprintf(line, sizeof line, "claimpipe claim in.csv %s --credential env:CREDENTIAL",
                 cases[i].flag);
        must_run(&c, line);
        assert_string_equal(c.o.target.id, cases[i].target);
        assert_int_equal(c.o.target.n_settings, 1);
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
    struct typed c;

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
        {"in.csv.gz", "in.results.csv"},
        {"in.CSV.zst", "in.results.csv"},
        {"in.xz", "in.results.csv"},
        {".gz", ".gz.results.csv"},
        {"https://x.example/export.csv?key=1", "-"},
        {"sftp://x.example/export.csv", "-"},
    };
    struct typed c;

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
    struct typed c;

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
        {"--rate 100000/d --rate 1000/m", 20}, /* of the one that paces */
        {"--rate 1000/m --in-flight 8", 8},
        {"--rate none", 64},
        {"--rate none --in-flight 500", 500},
        {"--rate 10/s --burst 5", 5},
    };
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];

        snprintf(line, sizeof line, "claimpipe claim in.csv -c id %s", cases[i].flags);
        must_run(&c, line);
        assert_int_equal(c.o.job.burst, cases[i].want);
        options_release(&c.o);
    }
}

#define JOB                                                                                        \
    "{\"input\": {\"address\": \"Wallet\"}, \"key\": [\"Email\"],"                                 \
    " \"steps\": [{\"action\": \"claim\", \"claim\": \"id\"}],"                                    \
    " \"limits\": {\"rate\": \"7/s\", \"burst\": 3, \"max_failures\": \"5%\"},"                    \
    " \"results\": \"out.csv\", \"html\": \"page.html\"}"

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
        {{"claimpipe", "claim", "--retry-failed=Too late", "in.csv", "-c", "id"},
         "claimpipe claim in.csv -c id --retry-failed"},
        {{"claimpipe", "claim", "--accept-ledger", "in.csv", "-c", "id"},
         "claimpipe claim in.csv -c id --retry-failed"},
        {{"claimpipe", "claim", "my file.csv", "-c", "a'b", "--set", "p.x={{First Name}}"},
         "claimpipe claim 'my file.csv' -c 'a'\\''b' --set 'p.x={{First Name}}' --retry-failed"},
        {{"claimpipe", "claim", "$HOME/*.csv", "-c", "`id`;&|\"\\!#~"},
         "claimpipe claim '$HOME/*.csv' -c '`id`;&|\"\\!#~' --retry-failed"},
        {{"claimpipe", "claim", "a\x1b[2J\n'\\\xc3\xbc\xe2\x80\xae.csv", "-c", "id"},
         "claimpipe claim $'a\\x1b[2J\\x0a\\'\\\\\xc3\xbc\\xe2\\x80\\xae.csv' -c id "
         "--retry-failed"},
        {{"claimpipe", "claim", "~/in.csv", "-c", "id", "--quiet", "--set", "p.x="},
         "claimpipe claim '~/in.csv' -c id --quiet --set p.x= --retry-failed"},
        /* the URLs of webhooks are keys */
        {{"claimpipe", "claim", "in.csv", "-c", "id", "--notify", "https://h/secret",
          "--ping=https://h/x"},
         "claimpipe claim in.csv -c id --retry-failed"},
        {{"claimpipe", "--not", "https://h/secret", "claim", "in.csv", "--pin", "https://h/secret",
          "-c", "id"},
         "claimpipe claim in.csv -c id --retry-failed"},
        {{"claimpipe", "claim", "in.csv", "-c", "id", "--notify", "file:hook", "--metrics", "m"},
         "claimpipe claim in.csv -c id --notify file:hook --metrics m --retry-failed"},
        /* a run of watch's */
        {{"claimpipe", "run", "--rate=5/s", "--output=/i n/results/a.csv", "--html=x",
          "--log-format=json", "--refuse-results", "--", "job.json", "/i n/.working/a b.csv"},
         "claimpipe run --rate=5/s --retry-failed -- job.json '/i n/done/a b.csv'"},
        {{"claimpipe", "run", "--output=r.csv", "job.json", "in/.working/a.csv"},
         "claimpipe run --output=r.csv job.json in/.working/a.csv --retry-failed"},
        {{"claimpipe", "run", "--output=r.csv", "--refuse-results", "job.json", ".working.csv"},
         "claimpipe run --output=r.csv --refuse-results job.json .working.csv --retry-failed"},
        {{"claimpipe", "claim", "Grüße.csv", "-c", "id"},
         "claimpipe claim 'Grüße.csv' -c id --retry-failed"},
    };
    struct typed c;

    (void)state;
    put_file("hook", "https://h/named\n");
    put_file("job.json", JOB);
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (c.argc = 0; c.argc < 10 && cases[i].argv[c.argc]; c.argc++)
            c.argv[c.argc] = (char *)(uintptr_t)cases[i].argv[c.argc];
        c.argv[c.argc] = NULL;
        assert_int_equal(run_words(&c), 0);
        assert_string_equal(c.o.job.retry_hint, cases[i].want);
        assert_int_equal(strncmp(c.o.job.tell.same_command, "claimpipe ", 10), 0);
        assert_null(strstr(c.o.job.tell.same_command, "accept-ledger"));
        assert_null(strstr(c.o.job.tell.same_command, "secret"));
        options_release(&c.o);
    }
    must_run(&c, "claimpipe claim {date}.csv -c id");
    assert_string_equal(c.o.job.results, "{date}.results.csv"); /* only what is said is expanded */
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id --retry-failed=late");
    assert_string_equal(c.o.job.tell.same_command,
                        "claimpipe claim in.csv -c id --retry-failed=late");
    options_release(&c.o);
}

/* Its value is optional, and only ever behind a '='. */
static void test_retry_of_a_reason(void **state)
{
    struct typed c;

    (void)state;
    must_run(&c, "claimpipe claim --retry-failed in.csv -c id");
    assert_true(c.o.job.wishes.retry_failed);
    assert_null(c.o.job.wishes.retry_reason);
    assert_string_equal(c.o.job.input, "in.csv");
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id --retry-failed=late");
    assert_true(c.o.job.wishes.retry_failed);
    assert_string_equal(c.o.job.wishes.retry_reason, "late");
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id --retry-failed="), -1);
    assert_non_null(strstr(c.e.text, "--retry-failed=: the reason is empty"));
    options_release(&c.o);
}

/* Beside the results, with the words in their names filled in. */
static void test_further_files(void **state)
{
    struct typed c;

    (void)state;
    must_run(&c, "claimpipe claim in.csv -c id --failed-to f.csv --new-to - --columns Name,error");
    assert_string_equal(c.o.job.results, "in.results.csv");
    assert_string_equal(c.o.job.failed_to, "f.csv");
    assert_string_equal(c.o.job.new_to, "-");
    assert_string_equal(c.o.job.columns, "Name,error");
    options_release(&c.o);
    must_run(&c, "claimpipe report last --failed-to f.csv --new-to n.csv --columns Name --force");
    assert_null(c.o.output);
    assert_string_equal(c.o.job.failed_to, "f.csv");
    assert_true(c.o.job.stoprule.force);
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id -o r-{n}.csv --failed-to f-{n}.xlsx");
    assert_string_equal(c.o.job.results, "r-1.csv");
    assert_string_equal(c.o.job.failed_to, "f-1.xlsx");
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id --new-to r-{dat}.csv"), -1);
    assert_non_null(strstr(c.e.text, "did you mean {date}?"));
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id --failed-to f.ods"), -1);
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe successes c1 --failed-to f.csv"), -1);
    options_release(&c.o);
}

/* Whom a run tells how it ended. */
static void test_tell(void **state)
{
    static const char ok[] = "claimpipe claim in.csv -c id --summary s.json --metrics m.prom "
                             "--notify https://hooks.slack.com/a --notify env:HOOK --ping "
                             "http://127.0.0.1:8000/b --fail-on any";
    static const struct {
        const char *options, *says;
    } refused[] = {
        {"--notify ftp://h/secret", "--notify: the URL is not an http(s) URL"},
        {"--notify http://h/secret", "--notify: the URL is plain http"},
        {"--ping https://me:secret@h/", "--ping: the URL has a user name"},
        {"--ping env:NO_HOOK", "--ping env:NO_HOOK: "},
        {"--notify https://a/1 --notify https://a/2 --notify https://a/3 --notify https://a/4 "
         "--notify https://a/5",
         "--notify: more than 4 URLs"},
        {"--fail-on sometimes", "--fail-on sometimes: give new, any or none"},
        {"--summary - -o -", "--summary -: the results go to standard output"},
        {"--summary=", "--summary: is empty: give FILE"},
    };
    struct typed c;
    char line[512];

    (void)state;
    setenv("HOOK", "https://h/named-secret", 1);
    must_run(&c, ok);
    assert_string_equal(c.o.job.tell.summary, "s.json");
    assert_string_equal(c.o.job.tell.metrics, "m.prom");
    assert_int_equal(c.o.job.tell.notify.n, 2);
    assert_string_equal(c.o.job.tell.notify.urls[0], "https://hooks.slack.com/a");
    assert_string_equal(c.o.job.tell.notify.urls[1], "https://h/named-secret");
    assert_int_equal(c.o.job.tell.ping.n, 1);
    assert_int_equal(c.o.job.tell.fail_on, PROBLEM_FAIL_ANY);
    assert_int_equal(c.o.job.secrets.n, 4); /* and the API key */
    assert_silent(c.o.job.tell.same_command, "slack");
    assert_says(c.o.job.tell.same_command, "claimpipe claim in.csv -c id --summary s.json");
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id");
    assert_null(c.o.job.tell.summary);
    assert_int_equal(c.o.job.tell.fail_on, PROBLEM_FAIL_NEW);
    options_release(&c.o);
    for (size_t i = 0; i < COUNT(refused); i++) {
        snprintf(line, sizeof line, "claimpipe claim in.csv -c id %s", refused[i].options);
        assert_int_equal(run(&c, line), -1);
        assert_int_equal(c.e.code, EXIT_USAGE);
        assert_says(c.e.text, refused[i].says);
        assert_silent(c.e.text, "secret");
        options_release(&c.o);
    }
    unsetenv("HOOK");
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
    struct typed c, again;

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
    struct typed c;
    char text[64 * (JOB_SETTINGS_MAX + 1)] = "claimpipe claim in.csv -c id";

    (void)state;
    for (int i = 0; i <= JOB_SETTINGS_MAX; i++) {
        if (i == JOB_SETTINGS_MAX) {
            must_run(&c, text);
            assert_int_equal(c.o.target.n_settings, JOB_SETTINGS_MAX);
            assert_string_equal(c.o.target.settings[31].value, SECRET);
            options_release(&c.o);
        }
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, " --set=p.x%d=env:PASSWORD", i);
    }
    assert_int_equal(run(&c, text), -1);
    assert_says(c.e.text, "more than 32 settings");
    options_release(&c.o);
}

/* What claimpipe prints for help; *lines_max is its longest line. */
static void read_help(const char *on, char *all, size_t size, size_t *lines_max)
{
    struct err e = ERR_INIT;
    size_t len;
    int rc, saved = dup(STDOUT_FILENO);
    FILE *f = fopen("help", "w+");

    assert_non_null(f);
    fflush(stdout);
    dup2(fileno(f), STDOUT_FILENO);
    rc = help_print(on, &e);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    assert_int_equal(rc, 0);
    rewind(f);
    len = fread(all, 1, size - 1, f);
    assert_true(len < size - 1);
    all[len] = '\0';
    fclose(f);
    *lines_max = 0;
    for (const char *line = all; *line; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > *lines_max)
            *lines_max = strcspn(line, "\n");
}

static size_t count_lines(const char *all)
{
    size_t n = 0;

    for (; *all; all++)
        n += *all == '\n';
    return n;
}

/* One screen of 24 lines tells of every command and topic. */
static void test_help_screen(void **state)
{
    static char all[32768];
    const struct command_row *r;
    const struct topic *topic;
    size_t longest;

    (void)state;
    read_help(NULL, all, sizeof all, &longest);
    assert_in_range(longest, 60, 80);
    assert_in_range(count_lines(all), 12, 24);
    for (size_t i = 0; (r = commands_at(i)); i++)
        if (r->command != COMMAND_COMPLETION) /* which only shells ask */
            assert_says(all, r->first);
    for (size_t i = 0; (topic = topics_at(i)); i++)
        assert_says(all, topic->name);
}

/* Every command has examples, every topic a text on one screen; all fit a terminal. */
static void test_help_on_each(void **state)
{
    static char all[32768];
    const struct command_row *r;
    const struct topic *topic;
    size_t longest;

    (void)state;
    for (size_t i = 0; (r = commands_at(i)); i++) {
        if (!topics_examples(r->first))
            fail_msg("%s has no examples: add some to settings/topics.c", r->first);
        read_help(r->first, all, sizeof all, &longest);
        assert_says(all, topics_examples(r->first));
        assert_in_range(longest, 40, 80);
    }
    for (size_t i = 0; (topic = topics_at(i)); i++) {
        read_help(topic->name, all, sizeof all, &longest);
        assert_says(all, topic->about);
        assert_in_range(longest, 40, 80);
        assert_in_range(count_lines(all), 3, 23);
        assert_ptr_equal(topics_find(topic->name), topic);
        assert_ptr_equal(topics_find(topic->also), topic);
    }
}

static void test_help_on_nothing(void **state)
{
    static const struct {
        const char *on, *says;
    } cases[] = {
        {"clam", "help clam: no such command or topic: did you mean claim?"},
        {"filtres", "did you mean filters?"},
        {"statusses", "did you mean statuses?"},
        {"in.csv", "help in.csv: no such command or topic: claimpipe help lists them"},
        {"\033[2J", "no such command or topic"},
        {"notify", "help notify: see claimpipe help nightly"},
        {"password", "help password: see claimpipe help secrets"},
        {"schedule", "see claimpipe help nightly"},
        {"", "no such command or topic"},
        {" csv", "no such command or topic"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(help_print(cases[i].on, &e), -1);
        assert_int_equal(e.code, EXIT_USAGE);
        assert_says(e.text, cases[i].says);
        assert_null(strchr(e.text, '\033'));
    }
}

/* Every flag stands in the help on all, which fits a terminal. */
static void test_help(void **state)
{
    static char all[32768];
    char line[64];
    size_t longest, n = 0;

    (void)state;
    read_help("all", all, sizeof all, &longest);
    assert_in_range(longest, 60, 80);
    for (const struct setting *s = settings_at(0); s; s = settings_at(++n)) {
        snprintf(line, sizeof line, "--%s", s->option);
        assert_says(all, line);
    }
    n = 0;
    for (const struct command_row *r = commands_at(0); r; r = commands_at(++n)) {
        snprintf(line, sizeof line, "claimpipe %s", r->first);
        assert_says(all, line);
    }
}

static void test_help_of_a_command(void **state)
{
    static const struct {
        const char *on, *says[4], *silent[4];
    } cases[] = {
        {"claim",
         {"claimpipe claim", "--credential", "--rate", "--where FILTER"},
         {"--seed-from", "--batch", "--all "}},
        {"code",
         {"--list N", "--seed-from", "--link-template"},
         {"--in-flight", "--set NAME", "--batch"}},
        {"store", {"--batch", "--remove", "--set"}, {"--seed-from", "--claim-version"}},
        {"run",
         {"JOB.json", "--rate", "--output"},
         {"--set NAME", "--batch", "--codes", "--claim "}},
        {"check",
         {"--format", "--claim", "--batch", "--lookup FILE"},
         {"--simulate", "--output", "--safe-cells"}},
        {"successes",
         {"--all", "--api-url"},
         {"--lanes", "--retry-failed", "--preset NAME", "--output-dialect"}},
        {"settle",
         {"--claim CLAIM_ID", "--queue-delay", "--in-flight", "--accept-ledger"},
         {"--no-settle", "--output", "--retry-failed", "--max-failures"}},
        {"watch",
         {"--out FOLDER", "--once", "--stable", "--rate"},
         {"--output FILE", "--accept-ledger", "--refuse-results", "--simulate"}},
        {"runs", {"--ledger"}, {"--output", "--rate"}},
        {"presets", {"claimpipe presets [NAME]", "--quiet"}, {"--preset", "--ledger", "--output"}},
        {"report",
         {"--seed-from", "--output-dialect", "--safe-cells", "--html"},
         {"--rate", "--start", "--where", "--encoding"}},
        {"ledger", {"ledger prune", "ledger export", "--before", "--output"}, {"--rate"}},
    };
    static char all[32768];
    struct typed c;
    size_t longest;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[64];

        snprintf(line, sizeof line, "claimpipe %s --help", cases[i].on);
        must_run(&c, line);
        assert_string_equal(c.o.help_on, cases[i].on);
        options_release(&c.o);
        read_help(cases[i].on, all, sizeof all, &longest);
        for (size_t k = 0; k < 4 && cases[i].says[k]; k++)
            assert_says(all, cases[i].says[k]);
        for (size_t k = 0; k < 4 && cases[i].silent[k]; k++)
            assert_silent(all, cases[i].silent[k]);
    }
}

/* --dry-run is check, by whatever else is said. */
static void test_dry_run(void **state)
{
    static const struct {
        const char *words;
        enum command want;
    } cases[] = {
        {"claimpipe claim in.csv -c id --dry-run -o out.csv --safe-cells", COMMAND_CLAIM},
        {"claimpipe -n claim in.csv -c id --format json --rate 5/s", COMMAND_CLAIM},
        {"claimpipe claim in.csv -c id -qn", COMMAND_CLAIM},
        {"claimpipe code in.csv --codes codes.txt -n", COMMAND_CODE},
        {"claimpipe store in.csv -s st -n", COMMAND_STORE},
        {"claimpipe check claim in.csv -c id -n", COMMAND_CLAIM},
    };
    static const struct refused refused[] = {
        {"claim in.csv -c id --dry-run --simulate", "give one of them"},
        {"code --list 5 --codes x -n", "--dry-run: not with code --list"},
        {"settle -n", "--dry-run: not with settle"},
        {"claim in.csv -c id -n --batch 5", "--batch: not with check claim"},
    };
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        must_run(&c, cases[i].words);
        assert_int_equal(c.o.command, cases[i].want);
        assert_int_equal(c.o.job.mode, JOB_CHECK);
        options_release(&c.o);
    }
    must_refuse(refused, COUNT(refused));
}

/* What is misspelt: the nearest is proposed. */
static void test_nearest(void **state)
{
    static const struct refused cases[] = {
        {"clami in.csv", "clami: no such command: did you mean claim?"},
        {"hlep", "did you mean help?"},
        {"verison", "did you mean version?"},
        {"ledger bakup f", "ledger bakup: did you mean ledger backup?"},
        {"ledger frobnicate",
         "ledger frobnicate: say which: check, export, prune, backup, restore"},
        {"check clam in.csv -c id", "check clam: did you mean check claim?"},
        {"claim in.csv --otput x", "--otput: no such option: did you mean --output?"},
        {"claim in.csv --dryrun", "did you mean --dry-run?"},
        {"claim in.csv -c id --output-dialect exel", "(did you mean excel?)"},
        {"claim in.csv -c id --delimiter semicolom", "(did you mean semicolon?)"},
        {"claim in.csv -c id --decimal pont", "(did you mean point?)"},
        {"claim in.csv -c id --set p.password=env:PASWORD",
         "the environment has no PASWORD: did you mean PASSWORD?"},
        {"claim in.csv -c id --set p.password=env:NOTHINGLIKEIT",
         "the environment has no NOTHINGLIKEIT: export it first"},
        {"check in.csv -c id --format jsno", "give text or json (did you mean json?)"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

/* ---- codes, stores, jobs, and the rest ---- */

static void test_code(void **state)
{
    struct typed c;
    const struct job *j = &c.o.job;

    (void)state;
    must_run(&c, "claimpipe code in.csv --seed-from env:SEED");
    assert_int_equal(c.o.command, COMMAND_CODE);
    assert_int_equal(j->n_steps, 1);
    assert_string_equal(j->steps[0].action, "code");
    assert_string_equal(j->steps[0].targets[0].seed, SECRET);
    assert_null(j->steps[0].targets[0].codes);
    assert_null(j->steps[0].targets[0].id);
    assert_int_equal(j->steps[0].start, 0);
    assert_true(j->steps[0].count == INT64_MAX);
    assert_null(j->steps[0].link);
    assert_string_equal(j->results, "in.results.csv");
    assert_null(j->api_key);
    assert_int_equal(j->secrets.n, 1);
    options_release(&c.o);
    must_run(&c, "claimpipe code in.csv --codes codes.txt --claim id --start 5 --count 500 --email "
                 "Mail --link-template https://x.example/{{claim}}/{{code}} -o out.csv");
    assert_string_equal(j->steps[0].targets[0].codes, "codes.txt");
    assert_null(j->steps[0].targets[0].seed);
    assert_string_equal(j->steps[0].targets[0].id, "id");
    assert_int_equal(j->steps[0].start, 5);
    assert_int_equal(j->steps[0].count, 500);
    assert_string_equal(j->steps[0].link, "https://x.example/{{claim}}/{{code}}");
    assert_int_equal(j->kind, IDENTITY_EMAIL);
    assert_string_equal(j->recipient, "Mail");
    assert_string_equal(j->results, "out.csv");
    options_release(&c.o);
}

static void test_list(void **state)
{
    struct typed c;

    (void)state;
    unsetenv("HOME"); /* no ledger is needed */
    setenv("BITBADGES_API_URL", "", 1);
    must_run(&c, "claimpipe code --list 20 --seed-from env:SEED --start 7 -o codes.txt");
    assert_int_equal(c.o.command, COMMAND_LIST);
    assert_int_equal(c.o.own.list, 20);
    assert_int_equal(c.o.step.start, 7);
    assert_string_equal(c.o.target.seed, SECRET);
    assert_string_equal(c.o.output, "codes.txt");
    options_release(&c.o);
    must_run(&c, "claimpipe code --codes codes.txt --list 20");
    assert_string_equal(c.o.target.codes, "codes.txt");
    assert_null(c.o.output);
    options_release(&c.o);
}

static void test_store(void **state)
{
    struct typed c;
    const struct job_step *s = &c.o.step;

    (void)state;
    must_run(&c, "claimpipe store in.csv -s st");
    assert_ptr_equal(c.o.job.steps, s);
    assert_string_equal(s->action, "store");
    assert_string_equal(s->targets[0].id, "st");
    assert_null(s->targets[0].secret);
    assert_int_equal(s->batch, 250);
    assert_false(s->remove);
    options_release(&c.o);
    must_run(&c, "claimpipe store in.csv --store st --secret-from env:PASSWORD --remove --batch 9 "
                 "--set email={{Email}} --set dataSecret=env:PASSWORD --username Login --simulate");
    assert_string_equal(s->targets[0].secret, SECRET);
    assert_true(s->remove);
    assert_int_equal(s->batch, 9);
    assert_int_equal(s->targets[0].n_settings, 2);
    assert_null(s->targets[0].settings[0].instance);
    assert_string_equal(s->targets[0].settings[0].field, "email");
    assert_string_equal(s->targets[0].settings[0].value, "{{Email}}");
    assert_false(s->targets[0].settings[0].literal);
    assert_string_equal(s->targets[0].settings[1].value, SECRET);
    assert_true(s->targets[0].settings[1].literal);
    assert_int_equal(c.o.job.kind, IDENTITY_USERNAME);
    assert_string_equal(c.o.job.results, "in.simulated.csv");
    options_release(&c.o);
}

static void test_run(void **state)
{
    struct typed c;
    const struct job *j = &c.o.job;

    clean_environment(state);
    put_file("job.json", JOB);
    must_run(&c, "claimpipe run job.json in.csv");
    assert_int_equal(c.o.command, COMMAND_RUN);
    assert_string_equal(j->input, "in.csv");
    assert_non_null(j->name);
    assert_int_equal(j->n_steps, 1);
    assert_string_equal(j->steps[0].targets[0].id, "id");
    assert_string_equal(j->recipient, "Wallet");
    assert_string_equal(j->key, "Email");
    assert_true(j->wishes.send_claimed);
    assert_int_equal(j->rates.list[0].limit, 7);
    assert_int_equal(j->burst, 3);
    assert_int_equal(j->stoprule.max_failure_percent, 5);
    assert_non_null(strstr(j->results, "out.csv"));
    assert_non_null(strstr(j->html, "page.html"));
    options_release(&c.o);
    /* what the flags say wins */
    must_run(&c, "claimpipe run --rate 9/s job.json --max-failures 4 in.csv -o other.csv "
                 "--address ETH --key Course --burst 2");
    assert_string_equal(j->recipient, "ETH");
    assert_string_equal(j->key, "Course");
    assert_int_equal(j->rates.n, 1);
    assert_int_equal(j->rates.list[0].limit, 9);
    assert_int_equal(j->burst, 2);
    assert_int_equal(j->stoprule.max_failure_percent, 0);
    assert_int_equal(j->stoprule.max_failures, 4);
    assert_string_equal(j->results, "other.csv");
    options_release(&c.o);
    /* the true results are not replaced by those of a trial */
    must_run(&c, "claimpipe run job.json in.csv --simulate");
    assert_string_equal(j->results, "in.simulated.csv");
    assert_null(j->html);
    options_release(&c.o);
    must_run(&c, "claimpipe run job.json in.csv --simulate --html trial.html");
    assert_string_equal(j->html, "trial.html");
    options_release(&c.o);
    must_run(&c, "claimpipe check job.json in.csv");
    assert_int_equal(j->mode, JOB_CHECK);
    assert_int_equal(c.o.command, COMMAND_RUN);
    assert_non_null(strstr(j->results, "out.csv")); /* what the run would write is looked at, too */
    options_release(&c.o);
    must_run(&c, "claimpipe check run job.json in.csv --format json");
    assert_int_equal(c.o.command, COMMAND_RUN);
    assert_true(j->json);
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe run job.json in.csv --email Mail"), -1);
    assert_says(c.e.text, "--email: a claim needs the recipient's address");
    options_release(&c.o);
}

/* A step is what the job file says. */
static void test_run_refuses_flags_of_steps(void **state)
{
    static const char *const refused[] = {
        "-c id",
        "--claim id",
        "--set a.b=c",
        "--credential env:X",
        "--claim-version 1",
        "--seed-from env:SEED",
        "--codes f",
        "--start 1",
        "--count 1",
        "--link-template x",
        "-s st",
        "--secret-from env:SEED",
        "--remove",
        "--batch 5",
    };
    struct typed c;

    clean_environment(state);
    put_file("job.json", JOB);
    for (size_t i = 0; i < COUNT(refused); i++) {
        char line[128];

        snprintf(line, sizeof line, "claimpipe run job.json in.csv %s", refused[i]);
        assert_int_equal(run(&c, line), -1);
        assert_int_equal(c.e.code, EXIT_USAGE);
        assert_says(c.e.text, "stands in the job file");
        options_release(&c.o);
        snprintf(line, sizeof line, "claimpipe check job.json in.csv %s", refused[i]);
        assert_int_equal(run(&c, line), -1);
        assert_says(c.e.text, "stands in the job file");
        options_release(&c.o);
    }
}

/* A plan is said by one command line, and makes another of it. */
static void test_plan(void **state)
{
    struct err e = ERR_INIT;
    struct approval kept;
    struct typed c;

    (void)state;
    setenv("SECRET", "the secret of the store", 1);
    must_run(&c, "claimpipe check store in.csv --retry-failed -s st --rate 3/s --set b=1 --set a=2 "
                 "--secret-from env:SECRET -q --save plan.json --preview 3");
    assert_string_equal(c.o.job.plan.save, "plan.json");
    assert_int_equal(c.o.job.plan.preview, 3);
    assert_string_equal(c.o.job.plan.said->command, "store");
    assert_string_equal(c.o.job.plan.said->input, "in.csv");
    assert_int_equal(c.o.job.plan.said->n_settings, 6);
    assert_string_equal(c.o.job.plan.said->settings[0].name, "set");
    assert_string_equal(c.o.job.plan.said->settings[0].value, "b=1");
    assert_string_equal(c.o.job.plan.said->settings[1].value, "a=2");
    assert_string_equal(c.o.job.plan.said->settings[3].value, "env:SECRET");
    kept = *c.o.job.plan.said;
    kept.program = "1";
    assert_int_equal(planfile_write("plan.json", &kept, &e), 0);
    options_release(&c.o);

    must_run(&c, "claimpipe run --plan plan.json -o out.csv --rate 5/s");
    assert_int_equal(c.o.command, COMMAND_STORE);
    assert_string_equal(c.o.job.steps[0].targets[0].id, "st");
    assert_string_equal(c.o.job.steps[0].targets[0].secret, "the secret of the store");
    assert_string_equal(c.o.job.input, "in.csv");
    assert_string_equal(c.o.job.results, "out.csv");
    assert_true(c.o.job.wishes.retry_failed);
    assert_int_equal(c.o.job.rates.n, 1); /* the one that is typed */
    assert_int_equal(c.o.job.rates.list[0].limit, 5);
    assert_string_equal(c.o.job.plan.approved->check,
                        "claimpipe check store in.csv --set=b=1 --set=a=2 --store=st "
                        "--secret-from=env:SECRET --retry-failed --save plan.json");
    /* What goes on where its run was stopped: with what was typed beside the plan. */
    assert_non_null(strstr(c.o.job.tell.same_command, "claimpipe store in.csv "));
    assert_non_null(strstr(c.o.job.tell.same_command, "--output=out.csv"));
    options_release(&c.o);

    must_run(&c, "claimpipe run --plan plan.json other.csv");
    assert_string_equal(c.o.job.input, "other.csv");
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe run --plan plan.json --store x"), -1);
    assert_says(c.e.text, "--store: what is done stands in the plan");
    options_release(&c.o);

    /* What may be a key is left out. */
    must_run(&c, "claimpipe check store https://example.org/in.csv?key=k -s st --save plan.json");
    assert_null(c.o.job.plan.said->input);
    kept = *c.o.job.plan.said;
    kept.program = "1";
    assert_int_equal(planfile_write("plan.json", &kept, &e), 0);
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe run --plan plan.json"), -1);
    assert_says(c.e.text, "give it again: claimpipe run --plan plan.json INPUT");
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe check store in.csv -s st --save plan.json --api-url "
                             "https://u:p@example.org"),
                     -1);
    assert_silent(c.e.text, "u:p");
    options_release(&c.o);
}

static void test_check(void **state)
{
    static const struct {
        const char *words;
        enum command want;
    } cases[] = {
        {"claim in.csv -c id", COMMAND_CLAIM},
        {"in.csv -c id", COMMAND_CLAIM},
        {"in.csv --credential env:CREDENTIAL", COMMAND_CLAIM},
        {"code in.csv --seed-from env:SEED", COMMAND_CODE},
        {"in.csv --seed-from env:SEED -c id", COMMAND_CODE},
        {"in.csv --codes list", COMMAND_CODE},
        {"store in.csv -s st", COMMAND_STORE},
        {"in.csv -s st --batch 5 --rate 3/s --retry-failed", COMMAND_STORE},
        {"-s st in.csv --format text", COMMAND_STORE},
        {"in.json -s st", COMMAND_STORE},
        {"claim ./claim -c id", COMMAND_CLAIM},
    };
    struct typed c;

    (void)state;
    setenv("CREDENTIAL", "id-inst-" SECRET, 1);
    setenv("BITBADGES_API_KEY", "not a key", 1); /* none is needed */
    setenv("BITBADGES_API_URL", "ftp://nowhere", 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[128];

        snprintf(line, sizeof line, "claimpipe check %s", cases[i].words);
        must_run(&c, line);
        assert_int_equal(c.o.command, cases[i].want);
        assert_int_equal(c.o.job.mode, JOB_CHECK);
        assert_int_equal(c.o.job.n_steps, 1);
        assert_non_null(strstr(c.o.job.results, ".results.csv"));
        assert_null(c.o.job.api_key);
        assert_false(c.o.job.json);
        options_release(&c.o);
    }
    setenv("BITBADGES_API_URL", "http://127.0.0.1:8080/", 1);
    must_run(&c, "claimpipe check in.csv -c id --format json");
    assert_string_equal(c.o.job.api_url, "http://127.0.0.1:8080"); /* as the ledger knows it */
    assert_true(c.o.job.json);
    options_release(&c.o);
    unsetenv("CREDENTIAL");
}

static void test_recipients(void **state)
{
    static const struct {
        const char *words;
        enum identity_kind kind;
        const char *column;
    } cases[] = {
        {"", IDENTITY_ADDRESS, NULL},
        {"--address W", IDENTITY_ADDRESS, "W"},
        {"--email M", IDENTITY_EMAIL, "M"},
        {"--id N", IDENTITY_ID, "N"},
        {"--username L", IDENTITY_USERNAME, "L"},
    };
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[128];

        snprintf(line, sizeof line, "claimpipe store in.csv -s st %s", cases[i].words);
        must_run(&c, line);
        assert_int_equal(c.o.job.kind, cases[i].kind);
        if (cases[i].column)
            assert_string_equal(c.o.job.recipient, cases[i].column);
        else
            assert_null(c.o.job.recipient);
        options_release(&c.o);
    }
}

/* ---- how the input is read, which rows, and how results are written ---- */

/* The words, which may hold blanks; NULL behind the last. */
static void must_run_words(struct typed *c, const char *const *words)
{
    for (c->argc = 0; words[c->argc]; c->argc++) {
        assert_true(c->argc + 1 < WORDS_MAX);
        c->argv[c->argc] = (char *)(uintptr_t)words[c->argc];
    }
    c->argv[c->argc] = NULL;
    if (run_words(c) != 0)
        fail_msg("%s", c->e.text);
}

static void assert_all_of_the_input(const struct job *j)
{
    assert_string_equal(j->preset, "zoom-webinar");
    assert_int_equal(j->read.header_line, 12);
    assert_false(j->read.no_header);
    assert_string_equal(j->read.encoding, "windows-1252");
    assert_int_equal(j->read.delimiter, ';');
    assert_int_equal(j->read.quote, '\'');
    assert_false(j->read.no_quotes);
    assert_string_equal(j->fill_down, "Name,Email");
    assert_string_equal(j->read.sheet, "People");
    assert_string_equal(j->read.member, "a/b.xlsx");
    assert_string_equal(j->lookup_sheet, "2");
    assert_int_equal(j->n_where, 2);
    assert_string_equal(j->where[0].text, "Progress >= 100");
    assert_string_equal(j->where[0].asked_by, "--where");
    assert_string_equal(j->where[1].text, "[Completed At] >= -1d");
    assert_int_equal(j->date_order, WHEN_ORDER_DMY);
    assert_int_equal(j->decimal_mark, ',');
    assert_string_equal(j->group, "Order ID");
    assert_string_equal(j->lookup, "people.csv");
    assert_string_equal(j->on, "Email=Mail");
}

static void test_input(void **state)
{
    static const char *const words[][48] = {
#define INPUT_WORDS                                                                                \
    "--preset", "zoom-webinar", "--sheet", "People", "--member", "a/b.xlsx", "--header-line",      \
        "12", "--encoding", "windows-1252", "--lookup-sheet", "2", "--delimiter", "semicolon",     \
        "--quote", "'", "--escape", "^", "--fill-down", "Name,Email", "--where",                   \
        "Progress >= 100", "--where", "[Completed At] >= -1d", "--date-order", "dmy", "--decimal", \
        "comma", "--group", "Order ID", "--lookup", "people.csv", "--on", "Email=Mail", NULL
        {"claimpipe", "claim", "in.csv", "-c", "id", INPUT_WORDS},
        {"claimpipe", "code", "in.csv", "--codes", "x", INPUT_WORDS},
        {"claimpipe", "store", "in.csv", "-s", "st", INPUT_WORDS},
        {"claimpipe", "check", "in.csv", "-c", "id", INPUT_WORDS},
        {"claimpipe", "check", "code", "in.csv", "--codes", "x", INPUT_WORDS},
        {"claimpipe", "run", "job.json", "in.csv", INPUT_WORDS},
        {"claimpipe", "check", "job.json", "in.csv", INPUT_WORDS},
    };
    struct typed c;

    clean_environment(state);
    put_file("job.json", JOB);
    for (size_t i = 0; i < COUNT(words); i++) {
        must_run_words(&c, words[i]);
        assert_all_of_the_input(&c.o.job);
        options_release(&c.o);
    }
}

/* The words that say how, one by one. */
static void test_words(void **state)
{
    static const struct {
        const char *words;
        char delimiter, quote;
        bool no_quotes;
        char escape;
        bool no_escapes;
    } cases[] = {
        {"--delimiter comma", ',', 0, false, 0, false},
        {"--delimiter tab", '\t', 0, false, 0, false},
        {"--delimiter=\\t", '\t', 0, false, 0, false},
        {"--delimiter pipe", '|', 0, false, 0, false},
        {"--delimiter=;", ';', 0, false, 0, false},
        {"--delimiter :", ':', 0, false, 0, false},
        {"--quote none", 0, 0, true, 0, false},
        {"--quote \"", 0, '"', false, 0, false},
        {"--quote none --quote '", 0, '\'', false, 0, false}, /* the last word wins */
        {"--escape backslash", 0, 0, false, '\\', false},
        {"--escape ^", 0, 0, false, '^', false},
        {"--escape none", 0, 0, false, 0, true},
        {"--escape none --escape \\", 0, 0, false, '\\', false},
    };
    struct typed c;
    const struct job *j = &c.o.job;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[128];

        snprintf(line, sizeof line, "claimpipe claim in.csv -c id %s", cases[i].words);
        must_run(&c, line);
        assert_int_equal(j->read.delimiter, cases[i].delimiter);
        assert_int_equal(j->read.quote, cases[i].quote);
        assert_int_equal(j->read.no_quotes, cases[i].no_quotes);
        assert_int_equal(j->read.escape, cases[i].escape);
        assert_int_equal(j->read.no_escapes, cases[i].no_escapes);
        options_release(&c.o);
    }
    must_run(&c, "claimpipe claim in.csv -c id --date-order mdy --decimal point --preset none");
    assert_int_equal(j->date_order, WHEN_ORDER_MDY);
    assert_int_equal(j->decimal_mark, '.');
    assert_string_equal(j->preset, "none");
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id --no-header");
    assert_true(j->read.no_header);
    options_release(&c.o);
    must_run(&c, "claimpipe claim in.csv -c id --date-order ymd");
    assert_int_equal(j->date_order, WHEN_ORDER_YMD);
    options_release(&c.o);
}

static void test_output(void **state)
{
    static const struct {
        const char *words;
        enum joboutput want;
        bool safe;
    } cases[] = {
        {"claim in.csv -c id --output-dialect excel", JOBOUTPUT_EXCEL, false},
        {"store in.csv -s st --output-dialect rfc4180 --safe-cells", JOBOUTPUT_RFC4180, true},
        {"code in.csv --codes x --output-dialect same", JOBOUTPUT_SAME, false},
        {"run job.json in.csv --safe-cells", JOBOUTPUT_SAME, true},
        {"report last --output-dialect excel --safe-cells", JOBOUTPUT_EXCEL, true},
        {"report last", JOBOUTPUT_SAME, false},
        {"claim in.csv -c id -o out.xlsx", JOBOUTPUT_SAME, false},
        {"claim in.csv -c id -o out.xlsx --output-dialect same", JOBOUTPUT_SAME, false},
        {"report last -o out.xlsx --safe-cells", JOBOUTPUT_SAME, true},
        {"claim in.csv -c id -o .xlsx", JOBOUTPUT_SAME, false},
        {"claim in.csv -c id -o out.xlsx.csv", JOBOUTPUT_SAME, false},
    };
    struct typed c;

    clean_environment(state);
    put_file("job.json", JOB);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[128];

        snprintf(line, sizeof line, "claimpipe %s", cases[i].words);
        must_run(&c, line);
        assert_int_equal(c.o.job.output, cases[i].want);
        assert_int_equal(c.o.job.safe_cells, cases[i].safe);
        options_release(&c.o);
    }
}

/* What the command line says of filters comes to those of the job file; of all else it takes the place. */
static void test_run_with_input(void **state)
{
    static const char *const words[] = {"claimpipe", "run",   "job.json", "in.csv",
                                        "--where",   "b = 2", "--quote",  "'",
                                        "--preset",  "none",  NULL};
    struct typed c;
    const struct job *j = &c.o.job;

    clean_environment(state);
    put_file("job.json",
             "{\"input\":{\"quote\":\"none\",\"preset\":\"zoom-webinar\",\"group\":\"O\"},"
             "\"filter\":\"a = 1\",\"steps\":[{\"action\":\"claim\",\"claim\":\"id\"}]}");
    must_run_words(&c, words);
    assert_int_equal(j->n_where, 2);
    assert_string_equal(j->where[0].text, "a = 1");
    assert_string_equal(j->where[0].asked_by, "filter");
    assert_string_equal(j->where[1].text, "b = 2");
    assert_false(j->read.no_quotes);
    assert_int_equal(j->read.quote, '\'');
    assert_string_equal(j->preset, "none");
    assert_string_equal(j->group, "O");
    options_release(&c.o);
}

static void test_too_many_filters(void **state)
{
    const char *words[2 * FILTER_TEXTS_MAX + 8] = {"claimpipe", "claim", "in.csv", "-c", "id"};
    struct typed c;
    int n = 5;

    (void)state;
    for (int i = 0; i < FILTER_TEXTS_MAX; i++) {
        words[n++] = "--where";
        words[n++] = "a = 1";
    }
    must_run_words(&c, words);
    assert_int_equal(c.o.job.n_where, FILTER_TEXTS_MAX);
    options_release(&c.o);
    c.argv[c.argc++] = (char *)(uintptr_t) "--where=b";
    c.argv[c.argc] = NULL;
    assert_int_equal(run_words(&c), -1);
    assert_string_equal(c.e.text, "--where: is given more than 32 times");
    options_release(&c.o);
}

/* A lookup is read: the results must not take its place.  So must nothing else that is fetched. */
static void test_lookup_is_read(void **state)
{
    struct typed c;

    clean_environment(state);
    put_file("people.csv", "Email,Address\n");
    assert_int_equal(run(&c, "claimpipe claim in.csv -c id --lookup people.csv -o ./people.csv"),
                     -1);
    assert_int_equal(c.e.code, EXIT_USAGE);
    assert_string_equal(c.e.text,
                        "./people.csv: is read by this command: name another file with -o");
    options_release(&c.o);
    must_run(&c,
             "claimpipe claim https://x.example/a.csv -c id --lookup people.csv --cacert ca.pem "
             "--connect-timeout 2s --timeout 3s -o out.csv");
    assert_string_equal(c.o.job.fetch.cacert, "ca.pem");
    assert_int_equal(c.o.job.fetch.connect_timeout_ns, 2 * S);
    assert_int_equal(c.o.job.fetch.stall_ns, 3 * S);
    options_release(&c.o);
}

static void test_presets(void **state)
{
    struct typed c;

    (void)state;
    unsetenv("HOME"); /* no ledger is needed */
    setenv("BITBADGES_API_URL", "", 1);
    must_run(&c, "claimpipe presets");
    assert_int_equal(c.o.command, COMMAND_PRESETS);
    assert_null(c.o.preset);
    options_release(&c.o);
    must_run(&c, "claimpipe presets zoom-webinar --quiet");
    assert_string_equal(c.o.preset, "zoom-webinar");
    options_release(&c.o);
}

static void test_rows(void **state)
{
    static const struct {
        const char *value;
        uint64_t first, last;
    } cases[] = {{"5-10", 5, 10}, {"5-", 5, 0}, {"-10", 0, 10}, {"5", 5, 5}};
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[128];

        snprintf(line, sizeof line, "claimpipe claim in.csv -c id --rows=%s", cases[i].value);
        must_run(&c, line);
        if (cases[i].first) /* what stands for "from the first" is sample's */
            assert_int_equal(c.o.job.sample.first, cases[i].first);
        if (cases[i].last)
            assert_int_equal(c.o.job.sample.last, cases[i].last);
        options_release(&c.o);
    }
}

static void test_history(void **state)
{
    struct typed c;
    const struct options *o = &c.o;

    (void)state;
    must_run(&c, "claimpipe runs --ledger l.db");
    assert_int_equal(o->command, COMMAND_RUNS);
    assert_string_equal(o->job.ledger, "l.db");
    options_release(&c.o);
    must_run(&c, "claimpipe report last in.csv --seed-from env:SEED --seed-from env:KEY --codes a "
                 "-o out.csv");
    assert_int_equal(o->command, COMMAND_REPORT);
    assert_string_equal(o->run, "last");
    assert_string_equal(o->job.input, "in.csv");
    assert_int_equal(o->n_seeds, 2);
    assert_string_equal(o->seeds[0], SECRET);
    assert_string_equal(o->seeds[1], "0123456789abcdef");
    assert_int_equal(o->n_codes, 1);
    assert_string_equal(o->codes[0], "a");
    assert_string_equal(o->output, "out.csv");
    options_release(&c.o);
    must_run(&c, "claimpipe report 7");
    assert_string_equal(o->run, "7");
    assert_null(o->job.input);
    assert_null(o->output);
    options_release(&c.o);
    must_run(&c, "claimpipe ledger check");
    assert_int_equal(o->command, COMMAND_LEDGER_CHECK);
    options_release(&c.o);
    must_run(&c, "claimpipe ledger export -o -");
    assert_int_equal(o->command, COMMAND_EXPORT);
    assert_string_equal(o->output, "-");
    options_release(&c.o);
    must_run(&c, "claimpipe ledger prune --before 2026-01-31");
    assert_int_equal(o->command, COMMAND_PRUNE);
    assert_string_equal(o->own.before, "2026-01-31");
    options_release(&c.o);
    must_run(&c, "claimpipe ledger backup copy.db --replace");
    assert_int_equal(o->command, COMMAND_BACKUP);
    assert_string_equal(o->copy, "copy.db");
    assert_true(o->own.replace);
    options_release(&c.o);
    must_run(&c, "claimpipe ledger restore copy.db --accept-ledger");
    assert_int_equal(o->command, COMMAND_RESTORE);
    assert_string_equal(o->copy, "copy.db");
    assert_true(o->job.accept_ledger);
    options_release(&c.o);
}

/* Where what is missing is found, in the words of the site. */
static void test_where_it_is(void **state)
{
    static const struct {
        const char *words, *says;
    } cases[] = {
        {"claim in.csv", "info circle button > JSON tab, claimId"},
        {"successes", "info circle button > JSON tab, claimId"},
        {"claim in.csv -c id --set password", "info circle button > JSON tab, instanceId"},
        {"claim in.csv -c id --set password=env:PASSWORD",
         "info circle button > JSON tab, instanceId"},
    };
    struct typed c;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];

        snprintf(line, sizeof line, "claimpipe %s", cases[i].words);
        assert_int_equal(run(&c, line), -1);
        assert_int_equal(c.e.code, EXIT_USAGE);
        assert_says(c.e.text, cases[i].says);
        options_release(&c.o);
    }
}

/* What can't be used is handed over, not refused. */
static void test_doctor(void **state)
{
    const struct options_faults *f;
    struct typed c;

    (void)state;
    f = &c.o.faults;
    must_run(&c,
             "claimpipe doctor -c a -c https://bitbadges.io/claims/b --format json --cacert /x");
    assert_int_equal(c.o.command, COMMAND_DOCTOR);
    assert_int_equal(c.o.n_claims, 2);
    assert_string_equal(c.o.claims[1], "b");
    assert_true(c.o.job.json);
    assert_null(c.o.job_file);
    assert_string_equal(c.o.job.api_key, SECRET);
    assert_string_equal(c.o.job.ledger, "/home/ann/.local/state/claimpipe/ledger.db");
    assert_int_equal(f->url.code + f->key.code + f->ledger.code + f->job.code, 0);
    options_release(&c.o);

    unsetenv("HOME");
    setenv("BITBADGES_API_KEY", SECRET " ", 1);
    setenv("BITBADGES_API_URL", "http://elsewhere.example", 1);
    must_run(&c, "claimpipe doctor gone.json");
    assert_string_equal(c.o.job_file, "gone.json");
    assert_says(f->job.text, "gone.json: ");
    assert_says(f->url.text, "is plain http");
    assert_says(f->key.text, "holds blanks");
    assert_says(f->ledger.text, "--ledger FILE");
    assert_null(c.o.job.api_url);
    assert_null(c.o.job.api_key);
    assert_null(c.o.job.ledger);
    assert_int_equal(c.o.job.n_steps, 0);
    options_release(&c.o);

    clean_environment(state);
    unsetenv("BITBADGES_API_KEY");
    must_run(&c, "claimpipe doctor");
    assert_int_equal(f->key.code, EXIT_DONE);
    assert_null(c.o.notice);
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe doctor -c ../x"), -1);
    options_release(&c.o);
}

/* All secrets of a job that can't be read are told of, and what can be is taken. */
static void test_doctor_of_a_job(void **state)
{
    const struct options_faults *f;
    struct typed c;

    (void)state;
    f = &c.o.faults;
    put_file("job.json",
             "{\"ledger\":\"own.db\",\"results\":\"all.xlsx\",\"steps\":["
             "{\"action\":\"code\",\"seed_from\":\"file:gone\",\"count\":5},"
             "{\"action\":\"claim\",\"claim\":\"a\",\"set\":{\"p.password\":\"env:NONE\"}},"
             "{\"action\":\"store\",\"store\":\"s\",\"secret_from\":\"env:PASSWORD\"}]}");
    must_run(&c, "claimpipe doctor job.json");
    assert_int_equal(f->job.code, EXIT_DONE);
    assert_int_equal(f->n_unread, 2);
    assert_string_equal(f->sources[0], "file:gone");
    assert_string_equal(f->sources[1], "env:NONE");
    assert_says(f->unread[0], "step1.seed_from");
    assert_says(f->unread[1], "export it first");
    assert_int_equal(c.o.job.n_steps, 3);
    assert_string_equal(c.o.job.ledger, "own.db");
    options_release(&c.o);
    /* To a run it is an error. */
    assert_int_equal(run(&c, "claimpipe run job.json in.csv"), -1);
    assert_int_equal(c.e.code, EXIT_USAGE);
    options_release(&c.o);
}

static void test_successes(void **state)
{
    struct typed c;

    (void)state;
    must_run(&c, "claimpipe successes id");
    assert_int_equal(c.o.command, COMMAND_SUCCESSES);
    assert_string_equal(c.o.target.id, "id");
    assert_false(c.o.own.all);
    assert_null(c.o.output);
    assert_string_equal(c.o.job.api_url, "https://api.bitbadges.io");
    assert_int_equal(c.o.job.burst, 64);
    options_release(&c.o);
    must_run(&c, "claimpipe successes id --all -o out.csv --api-key env:KEY --rate 5/s --tries 2");
    assert_true(c.o.own.all);
    assert_string_equal(c.o.output, "out.csv");
    assert_string_equal(c.o.job.api_key, "0123456789abcdef");
    assert_int_equal(c.o.job.rates.list[0].limit, 5);
    assert_int_equal(c.o.job.tries_max, 2);
    options_release(&c.o);
}

static void test_unclaimed(void **state)
{
    struct typed c;

    (void)state;
    must_run(&c, "claimpipe unclaimed id");
    assert_int_equal(c.o.command, COMMAND_UNCLAIMED);
    assert_string_equal(c.o.target.id, "id");
    assert_false(c.o.own.in_order);
    assert_int_equal(c.o.own.older_than_ns, 0);
    assert_int_equal(c.o.n_seeds + c.o.n_codes, 0);
    assert_string_equal(c.o.job.api_url, "https://api.bitbadges.io");
    options_release(&c.o);
    must_run(&c,
             "claimpipe unclaimed https://bitbadges.io/claims/two --codes a.txt --codes b.txt "
             "--codes-in-order --older-than 7d -o out.csv --api-key env:KEY --rate 5/s --force");
    assert_string_equal(c.o.target.id, "two");
    assert_int_equal(c.o.n_codes, 2);
    assert_true(c.o.own.in_order);
    assert_int_equal(c.o.own.older_than_ns, INT64_C(604800000000000));
    assert_string_equal(c.o.output, "out.csv");
    options_release(&c.o);
}

static void test_bounces(void **state)
{
    struct typed c;

    (void)state;
    must_run(&c, "claimpipe bounces in.mbox");
    assert_int_equal(c.o.command, COMMAND_BOUNCES);
    assert_string_equal(c.o.mailbox, "in.mbox");
    assert_null(c.o.output);
    assert_false(c.o.own.archive);
    assert_null(c.o.own.imap_user);
    options_release(&c.o);
    put_file("password", "hunter2\n");
    must_run(&c, "claimpipe bounces imaps://imap.example.org/INBOX --imap-user me "
                 "--imap-password-from file:password --archive -o out.csv --timeout 5s");
    assert_string_equal(c.o.mailbox, "imaps://imap.example.org/INBOX");
    assert_string_equal(c.o.own.imap_user, "me");
    assert_string_equal(c.o.own.imap_password, "hunter2");
    assert_true(c.o.own.archive);
    assert_string_equal(c.o.output, "out.csv");
    options_release(&c.o);
}

static void test_settle(void **state)
{
    struct typed c;

    (void)state;
    must_run(&c, "claimpipe settle");
    assert_int_equal(c.o.command, COMMAND_SETTLE);
    assert_int_equal(c.o.n_claims, 0);
    assert_string_equal(c.o.job.api_url, "https://api.bitbadges.io");
    assert_int_equal(c.o.job.burst, 64);
    options_release(&c.o);
    must_run(&c, "claimpipe settle -c one --claim https://bitbadges.io/claims/two --lanes 2 "
                 "--in-flight 9 --rate 5/s --max-credits 7 --max-duration 1m --settle-timeout 2s "
                 "--queue-delay 3s --patience 4s --api-key env:KEY --accept-ledger");
    assert_int_equal(c.o.n_claims, 2);
    assert_string_equal(c.o.claims[0], "one");
    assert_string_equal(c.o.claims[1], "two");
    assert_int_equal(c.o.job.lanes, 2);
    assert_int_equal(c.o.job.in_flight, 9);
    assert_int_equal(c.o.job.stoprule.max_credits, 7);
    assert_string_equal(c.o.job.api_key, "0123456789abcdef");
    assert_true(c.o.job.accept_ledger);
    options_release(&c.o);
}

/* What is said for run is kept word for word; in which form it logs is watch's own matter. */
static void test_watch(void **state)
{
    /* Whom to tell stands first. */
    static const char *const passed[] = {"--quiet",        "--rate=5/s",    "--where=a = 1",
                                         "--retry-failed", "--ledger=l.db", "--api-key=env:KEY"};
    static char *words[] = {"claimpipe",
                            "watch",
                            "--rate",
                            "5/s",
                            "job.json",
                            "in",
                            "--where",
                            "a = 1",
                            "--quiet",
                            "--retry-failed",
                            "--out",
                            "done",
                            "--once",
                            "--stable",
                            "250ms",
                            "--ledger=l.db",
                            "--log-format=json",
                            "--api-key",
                            "env:KEY"};
    struct typed c;

    (void)state;
    put_file("job.json", JOB);
    must_run(&c, "claimpipe watch job.json in");
    assert_int_equal(c.o.command, COMMAND_WATCH);
    assert_string_equal(c.o.job_file, "job.json");
    assert_string_equal(c.o.inbox, "in");
    assert_null(c.o.own.out);
    assert_false(c.o.own.once);
    assert_int_equal(c.o.own.stable_ns, 5 * S);
    assert_int_equal(c.o.n_passed, 0);
    options_release(&c.o);
    for (c.argc = 0; c.argc < (int)COUNT(words); c.argc++)
        c.argv[c.argc] = words[c.argc];
    c.argv[c.argc] = NULL;
    if (run_words(&c) != 0)
        fail_msg("%s", c.e.text);
    assert_string_equal(c.o.own.out, "done");
    assert_true(c.o.own.once && c.o.job.quiet && c.o.job.json_log);
    assert_int_equal(c.o.own.stable_ns, S / 4);
    assert_int_equal(c.o.n_passed, COUNT(passed));
    for (size_t i = 0; i < COUNT(passed); i++)
        assert_string_equal(c.o.passed[i], passed[i]);
    options_release(&c.o);
    must_run(&c, "claimpipe run job.json in.csv --refuse-results");
    assert_true(c.o.job.refuse_results);
    options_release(&c.o);
}

/* What does not go together, and what is missing. */
static void test_misuse(void **state)
{
    static const struct refused cases[] = {
        {"claim in.csv -c id --email M", "--email: a claim needs the recipient's address"},
        {"check in.csv -c id --id M", "--id: a claim needs the recipient's address"},
        {"store in.csv -s st --email M --id N", "--id: --email names the recipient's column"},
        {"store in.csv -s st --address M --email N", "give one of them"},
        {"store in.csv", "which store?  Give -s STORE_ID"},
        {"store in.csv -s st --batch 0", "--batch 0: give a number from 1 to 10000"},
        {"store in.csv -s st --batch 10001", "--batch 10001: "},
        {"store in.csv -s st --set x", "--set takes FIELD=VALUE"},
        {"store in.csv -s st --set =x", "the field has no name"},
        {"store in.csv -s st -c id",
         "--claim: not with store: leave it out (claimpipe store --help"},
        {"store in.csv --store=", "--store: is empty"},
        {"store -s st", "which INPUT?"},
        {"code in.csv", "which codes?"},
        {"code --seed-from env:SEED", "or --list N"},
        {"code in.csv --seed-from env:SEED --codes x", "one seed or one list"},
        {"code in.csv --codes x --codes y", "one seed or one list"},
        {"code in.csv --codes=", "--codes: is empty"},
        {"code in.csv --codes x --start -1", "--start -1: give a number from 0"},
        {"code in.csv --codes x --count 0", "--count 0: give a number from 1"},
        {"code in.csv --codes x --lanes 5", "--lanes: not with code"},
        {"code in.csv --codes x --set a=b", "--set: not with code"},
        {"code in.csv --codes x --link-template {{cod}}", "--link-template"},
        {"code in.csv --codes x --link-template {{claim}}", "--link-template"},
        {"code in.csv --list 5 --codes x", "in.csv: takes no INPUT: claimpipe code --list N"},
        {"code --list 0 --codes x", "--list 0: give a number from 1"},
        {"code --list 5", "which codes?"},
        {"code --list 5 --codes x --count 0", "--count 0: give a number"},
        {"code --list 5 --codes x --ledger l.db", "--ledger: not with code --list"},
        {"code --list 5 --codes x --codes y", "one seed or one list"},
        {"claim in.csv -c id --list 5", "--list: not with claim"},
        {"claim in.csv -c id --seed-from env:SEED", "--seed-from: not with claim"},
        {"claim in.csv -c id --format json", "--format: not with claim"},
        {"claim in.csv -c id --all", "--all: not with claim"},
        {"claim in.csv -c id --limit 0", "--limit 0: give a number, 1 or more"},
        {"claim in.csv -c id --sample x", "--sample x: give a number, 1 or more"},
        {"claim in.csv -c id --rows 10-5", "--rows 10-5: give rows such as 5-10"},
        {"claim in.csv -c id --rows x", "--rows x: give rows such as 5-10"},
        {"claim in.csv -c id --claim-version -2", "--claim-version -2: give a number, -1 or more"},
        {"run in.csv", "which job and which INPUT?"},
        {"run", "which job and which INPUT?"},
        {"run a.json b.csv c.csv", "c.csv: one INPUT at a time"},
        {"run nowhere.json in.csv", "nowhere.json"},
        {"check", "which INPUT?"},
        {"check claim", "which INPUT?"},
        {"check in.csv", "check: what is to be checked?"},
        {"check in.csv -c id -o out.csv", "--output: not with check claim"},
        {"check in.csv -c id --simulate", "--simulate: not with check claim"},
        {"check in.csv -c id --format xml", "--format xml: give text or json"},
        {"check in.csv -s st -c id", "--store: not with check claim"},
        {"check code in.csv --codes x --lanes 5", "--lanes: not with check code"},
        {"check code --codes x --list 5", "which INPUT?"},
        {"check code in.csv --codes x --list 5", "--list: not with check code"},
        {"check a.csv b.csv -c id", "b.csv: one INPUT at a time"},
        {"check in.csv --claim-version 3 --claim=", "--claim: is empty"},
        {"successes", "which claim?"},
        {"successes a b", "b: one INPUT at a time"},
        {"successes id --lanes 2", "--lanes: not with successes"},
        {"unclaimed", "which claim?  claimpipe unclaimed CLAIM_ID"},
        {"unclaimed id -o a.xlsx", "a.xlsx: this is written as CSV"},
        {"code in.csv --older-than 7d", "--older-than: not with code"},
        {"bounces", "which mailbox?  claimpipe bounces FILE.mbox"},
        {"bounces a.mbox b.mbox", "b.mbox: one INPUT at a time"},
        {"bounces a.mbox -o a.xlsx", "a.xlsx: this is written as CSV"},
        {"bounces a.mbox --imap-password-from hunter2", "--imap-password-from"},
        {"mail in.csv --archive", "--archive: not with mail"},
        {"settle in.csv", "in.csv: takes no INPUT"},
        {"settle --no-settle", "--no-settle: not with settle"},
        {"settle -c ..", "the claim id "},
        {"settle --claim=", "--claim: is empty: give CLAIM_ID"},
        {"successes id --api-url ftp://x", "is not an http(s) URL"},
        {"ledger check x", "x: takes no INPUT: claimpipe ledger check"},
        {"runs 1 2", "2: one RUN at a time: claimpipe runs"},
        {"who", "who?  claimpipe who PERSON"},
        {"who Ann Lee", "Lee: one PERSON (in quotes, if it has blanks) at a time"},
        {"runs -o x", "--output: not with runs"},
        {"report", "which run?"},
        {"report last --rate 5/s", "--rate: not with report"},
        {"report last --seed-from " SECRET, "env:NAME or file:PATH"},
        {"ledger prune", "give --before YYYY-MM-DD"},
        {"ledger check --before 2026-01-01", "--before: not with ledger check"},
        {"store in.csv -s st --secret-from " SECRET, "env:NAME or file:PATH"},
        {"code in.csv --seed-from " SECRET, "env:NAME or file:PATH"},
        {"code in.csv --seed-from=env:NOWHERE", "the environment has no NOWHERE"},
        {"store in.csv -s st --set code=" SECRET, "env:NAME or file:PATH"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

static void test_misuse_of_input_and_output(void **state)
{
    static const struct refused cases[] = {
        {"claim in.csv -c id -o out.ods", "out.ods: results are written as .xlsx or .csv"},
        {"store in.csv -s st -o Out.XLSM", "Out.XLSM: results are written as .xlsx or .csv"},
        {"report last -o out.xls", "out.xls: results are written as .xlsx or .csv"},
        {"report last -o out.xltx", "out.xltx: results are written as .xlsx or .csv"},
        {"claim in.csv -c id -o a/.xlsm", "a/.xlsm: results are written as .xlsx or .csv"},
        {"claim in.csv -c id -o out.xlsx.gz", "out.xlsx.gz: results are written as .xlsx or .csv"},
        {"claim in.csv -c id -o out.xlsx.ZIP", "out.xlsx.ZIP: results are written as .xlsx"},
        {"claim in.csv -c id -o .xlsx --output-dialect excel", "and .xlsx is a workbook"},
        {"successes id -o a/.xlsx", "a/.xlsx: this is written as CSV, which Excel opens"},
        {"claim in.csv -c id -o out.xlsx --output-dialect excel",
         "--output-dialect excel: is for CSV, and out.xlsx is a workbook: leave it out, or name a "
         ".csv with -o"},
        {"claim in.xlsx -c id --output-dialect rfc4180",
         "--output-dialect rfc4180: is for CSV, and in.results.xlsx is a workbook"},
        {"report last -o out.XLSX --output-dialect excel", "and out.XLSX is a workbook"},
        {"successes id -o out.xlsx", "out.xlsx: this is written as CSV, which Excel opens"},
        {"code --list 5 --codes x -o out.xlsx", "out.xlsx: this is written as CSV"},
        {"ledger export -o out.xlsx", "out.xlsx: this is written as CSV"},
        {"check in.csv -c id --output-dialect excel", "--output-dialect: not with check claim"},
        {"check in.csv -c id --safe-cells", "--safe-cells: not with check claim"},
        {"code --list 5 --codes x --where a=1", "--where: not with code --list"},
        {"report last --where a=1", "--where: not with report"},
        {"report last --encoding UTF-8", "--encoding: not with report"},
        {"successes id --preset zoom", "--preset: not with successes"},
        {"runs --output-dialect excel", "--output-dialect: not with runs"},
        {"ledger export --safe-cells", "--safe-cells: not with ledger export"},
        {"presets a b", "b: one INPUT at a time: claimpipe presets [NAME]"},
        {"presets --preset zoom", "--preset: not with presets"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

static void test_too_many_books(void **state)
{
    struct typed c;

    (void)state;
    must_run(&c,
             "claimpipe report last --codes 1 --codes 2 --codes 3 --codes 4 --codes 5 --codes 6 "
             "--codes 7 --codes 8");
    assert_int_equal(c.o.n_codes, 8);
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe report last --codes 1 --codes 2 --codes 3 --codes 4 "
                             "--codes 5 --codes 6 --codes 7 --codes 8 --codes 9"),
                     -1);
    assert_says(c.e.text, "--codes: is given more than 8 times");
    options_release(&c.o);
}

/* A complaint is said as JSON where that is asked for, wherever it stands. */
static void test_log_format_of_complaints(void **state)
{
    struct typed c;

    (void)state;
    assert_int_equal(run(&c, "claimpipe --log-format json claim"), -1);
    assert_true(c.o.job.json_log);
    options_release(&c.o);
    assert_int_equal(run(&c, "claimpipe claim in.csv --log-format json"), -1);
    assert_true(c.o.job.json_log);
    options_release(&c.o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEAN(test_defaults),
        CLEAN(test_every_flag),
        CLEAN(test_help_and_version),
        CLEAN(test_nearest),
        CLEAN(test_dry_run),
        CLEAN(test_bad_values),
        CLEAN(test_bad_values_of_input),
        CLEAN(test_wrong_letter_in_a_bundle),
        CLEAN(test_no_time_at_all),
        CLEAN(test_settings),
        IN_FOLDER(test_secret_from_a_file),
        CLEAN(test_literal_secrets),
        CLEAN(test_bad_secrets_from_the_environment),
        CLEAN(test_where_it_is),
        CLEAN(test_doctor),
        IN_FOLDER(test_doctor_of_a_job),
        CLEAN(test_no_api_key),
        CLEAN(test_long_api_key),
        CLEAN(test_credential),
        CLEAN(test_api),
        CLEAN(test_default_names),
        CLEAN(test_default_ledger),
        CLEAN(test_burst),
        CLEAN(test_retry_hint),
        CLEAN(test_retry_of_a_reason),
        CLEAN(test_further_files),
        CLEAN(test_retry_hint_is_understood),
        CLEAN(test_tell),
        CLEAN(test_too_many_settings),
        IN_FOLDER(test_help),
        IN_FOLDER(test_help_screen),
        IN_FOLDER(test_help_on_each),
        CLEAN(test_help_on_nothing),
        IN_FOLDER(test_help_of_a_command),
        CLEAN(test_code),
        CLEAN(test_list),
        CLEAN(test_store),
        IN_FOLDER(test_run),
        IN_FOLDER(test_plan),
        IN_FOLDER(test_run_refuses_flags_of_steps),
        CLEAN(test_check),
        CLEAN(test_recipients),
        IN_FOLDER(test_input),
        CLEAN(test_words),
        IN_FOLDER(test_output),
        IN_FOLDER(test_run_with_input),
        CLEAN(test_too_many_filters),
        IN_FOLDER(test_lookup_is_read),
        CLEAN(test_presets),
        CLEAN(test_rows),
        CLEAN(test_history),
        CLEAN(test_successes),
        CLEAN(test_unclaimed),
        CLEAN(test_bounces),
        CLEAN(test_settle),
        CLEAN(test_watch),
        CLEAN(test_misuse),
        CLEAN(test_misuse_of_input_and_output),
        CLEAN(test_too_many_books),
        CLEAN(test_log_format_of_complaints),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
