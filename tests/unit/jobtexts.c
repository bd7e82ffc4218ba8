/* jobtexts: who owns what, which values are secrets, and that none of them is told. */
#include "settings/jobtexts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fixture.h"
#include "stages/job.h"

#define SECRET "hunter2-sesame"

struct desk {
    struct job job;
    struct job_step step;
    struct job_target target;
    struct jobtexts texts;
    struct err e;
};

static void open_desk(struct desk *d)
{
    setenv("PASSWORD", SECRET, 1);
    memset(d, 0, sizeof *d);
    job_init(&d->job);
    job_step_init(&d->step, "claim", &d->target);
    jobtexts_init(&d->texts, &d->job);
    d->job.steps = &d->step;
    d->job.n_steps = 1;
}

static void close_desk(struct desk *d)
{
    jobtexts_release(&d->texts);
    assert_int_equal(d->job.n_steps, 0);
    jobtexts_release(&d->texts); /* once more does no harm */
}

static void test_step_defaults(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    assert_string_equal(d.step.action, "claim");
    assert_ptr_equal(d.step.targets, &d.target);
    assert_int_equal(d.step.n_targets, 1);
    assert_int_equal(d.step.batch, 250);
    assert_int_equal(d.step.start, 0);
    assert_true(d.step.count == INT64_MAX);
    assert_null(d.step.route);
    assert_null(d.step.link);
    assert_true(d.target.version == INT64_MIN);
    close_desk(&d);
}

static void test_keeping(void **state)
{
    struct desk d;
    const char *kept[200];

    (void)state;
    open_desk(&d);
    for (size_t i = 0; i < COUNT(kept); i++) {
        char text[16];
        int len = snprintf(text, sizeof text, "text %zu", i);

        kept[i] = i % 2 ? jobtexts_copy(&d.texts, text, (size_t)len, &d.e)
                        : jobtexts_keep(&d.texts, mem_copy(text, (size_t)len), &d.e);
        assert_string_equal(kept[i], text);
    }
    assert_string_equal(kept[0], "text 0");
    assert_string_equal(jobtexts_copy(&d.texts, "abc", 2, &d.e), "ab");
    assert_string_equal(jobtexts_copy(&d.texts, "", 0, &d.e), "");
    struct job_target *targets = jobtexts_zero(&d.texts, 3, sizeof *targets, &d.e);
    assert_non_null(targets);
    assert_null(targets[2].id);
    assert_int_equal(d.e.code, EXIT_DONE);
    assert_null(jobtexts_keep(&d.texts, NULL, &d.e));
    assert_int_equal(d.e.code, EXIT_STOPPED);
    close_desk(&d);
}

/* The routes of the job's steps go with the rest. */
static void test_routes_are_released(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    assert_int_equal(route_add(&d.step.routes, slice_of("Go 101"), 0), 0);
    assert_int_equal(route_seal(&d.step.routes), ROUTE_NONE);
    close_desk(&d);
}

static void test_secrets(void **state)
{
    struct desk d;
    char said[64] = "wrong: " SECRET;

    (void)state;
    open_desk(&d);
    assert_string_equal(jobtexts_secret(&d.texts, "env:PASSWORD", "--x", &d.e), SECRET);
    assert_int_equal(d.job.secrets.n, 1);
    redact_apply(&d.job.secrets, said);
    assert_silent(said, SECRET);
    assert_null(jobtexts_secret(&d.texts, SECRET, "--x", &d.e));
    assert_int_equal(d.e.code, EXIT_USAGE);
    assert_says(d.e.text, "--x: ");
    assert_silent(d.e.text, SECRET);
    close_desk(&d);
}

/* Too short to be kept out of texts. */
static void test_short_secrets(void **state)
{
    static const char *const values[] = {"a", "abc", "a b c", " ab  ",
                                         ("\xe2\x80\x8b"
                                          "abc")};

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        char credential[64];
        struct desk d;

        open_desk(&d);
        setenv("SHORT", values[i], 1);
        assert_null(jobtexts_secret(&d.texts, "env:SHORT", "--x", &d.e));
        assert_int_equal(d.e.code, EXIT_USAGE);
        assert_says(d.e.text, "--x: the secret is shorter than 4 bytes");
        close_desk(&d);
        open_desk(&d);
        snprintf(credential, sizeof credential, "claim-inst-%s", values[i]);
        setenv("SHORT", credential, 1);
        assert_int_equal(jobtexts_credential(&d.texts, &d.target, "env:SHORT", "--x", &d.e), -1);
        assert_says(d.e.text, "--x: the secret is shorter than 4 bytes");
        close_desk(&d);
    }
    unsetenv("SHORT");
}

static void test_too_many_secrets(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    for (int i = 0; i < REDACT_SECRETS_MAX; i++)
        assert_non_null(jobtexts_secret(&d.texts, "env:PASSWORD", "--x", &d.e));
    assert_null(jobtexts_secret(&d.texts, "env:PASSWORD", "--x", &d.e));
    assert_says(d.e.text, "--x: more than 1024 secrets");
    close_desk(&d);
}

static void test_settings(void **state)
{
    static const struct {
        bool bare;
        const char *name, *value;
        const char *instance, *field, *kept; /* field NULL: refused, and says kept */
        bool literal;
    } cases[] = {
        {false, "password-1.password", "env:PASSWORD", "password-1", "password", SECRET, true},
        {false, "a.b.c", "x=y", "a.b", "c", "x=y", false},
        {false, "p.code", "{{Code}}", "p", "code", "{{Code}}", false},
        {false, "p.code", "{{step1.code}}{{Suffix}}", "p", "code", "{{step1.code}}{{Suffix}}",
         false},
        {false, "p.x", "", "p", "x", "", false},
        {true, "email", "{{Email}}", NULL, "email", "{{Email}}", false},
        {true, "a.b", "x", NULL, "a.b", "x", false},
        {true, "_x", "x", NULL, "_x", "x", false},
        {true, "token", "env:PASSWORD", NULL, "token", SECRET, true},
        {false, "p.code", SECRET, NULL, NULL, "--set p.code: a secret", false},
        {false, "p.code", "{{Code}}" SECRET, NULL, NULL, "--set p.code: a secret", false},
        {false, "p.pin", "1234", NULL, NULL, "--set p.pin: a secret", false},
        {true, "password", SECRET, NULL, NULL, "--set password: a secret", false},
        {false, "p.x", "env:NOWHERE", NULL, NULL, "--set p.x env:NOWHERE: ", false},
        {false, "x", "1", NULL, NULL, "--set x: name the plugin's instance", false},
        {false, ".x", "1", NULL, NULL, "--set .x: name the plugin's instance", false},
        {false, "x.", "1", NULL, NULL, "--set x.: the field has no name", false},
        {false, "", "1", NULL, NULL, "the field has no name", false},
        {true, "", "1", NULL, NULL, "the field has no name", false},
        {false, "_expectedVersion.x", "1", NULL, NULL, "is no plugin's instance ID", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct desk d;
        const struct plan_setting *s = &d.target.settings[0];

        open_desk(&d);
        int rc = jobtexts_setting(&d.texts, &d.target, cases[i].bare, cases[i].name, cases[i].value,
                                  "--set", &d.e);
        assert_int_equal(rc, cases[i].field ? 0 : -1);
        assert_int_equal(d.target.n_settings, cases[i].field ? 1 : 0);
        if (cases[i].field) {
            if (cases[i].instance)
                assert_string_equal(s->instance, cases[i].instance);
            else
                assert_null(s->instance);
            assert_string_equal(s->field, cases[i].field);
            assert_string_equal(s->value, cases[i].kept);
            assert_int_equal(s->literal, cases[i].literal);
            assert_int_equal(d.job.secrets.n, cases[i].literal);
        } else {
            assert_int_equal(d.e.code, EXIT_USAGE);
            assert_says(d.e.text, cases[i].kept);
            assert_silent(d.e.text, SECRET);
        }
        close_desk(&d);
    }
}

static void test_too_many_settings(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    for (int i = 0; i < JOB_SETTINGS_MAX; i++)
        assert_int_equal(jobtexts_setting(&d.texts, &d.target, true, "x", "y", "--set", &d.e), 0);
    assert_int_equal(jobtexts_setting(&d.texts, &d.target, true, "x", "y", "--set", &d.e), -1);
    assert_says(d.e.text, "--set: more than 32 settings");
    close_desk(&d);
}

static void test_credentials(void **state)
{
    static const struct {
        const char *value, *id, *want, *instance, *password; /* instance NULL: refused */
    } cases[] = {
        {"69ef-inst-sesame", NULL, "69ef", "inst", "sesame"},
        {"69ef-inst-sesame-open-now", NULL, "69ef", "inst", "sesame-open-now"},
        {"69ef-inst-sesame", "69ef", "69ef", "inst", "sesame"},
        {"a-b-inst-sesame", "a-b", "a-b", "inst", "sesame"},
        {"a-b-inst-sesame", NULL, "a", "b", "inst-sesame"},
        {"69ef-inst--sesame", NULL, "69ef", "inst", "-sesame"},
        {"sesame", NULL, NULL, NULL, NULL},
        {"69ef-sesame", NULL, NULL, NULL, NULL},
        {"69ef--sesame", NULL, NULL, NULL, NULL},
        {"open-sesame", NULL, NULL, NULL, NULL},
        {"sesame-open", NULL, NULL, NULL, NULL},
        {"69ef-inst-", NULL, NULL, NULL, NULL},
        {"-inst-sesame", NULL, NULL, NULL, NULL},
        {"other-inst-sesame", "69ef", NULL, NULL, NULL},
        {"69efx-inst-sesame", "69ef", NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct desk d;
        const struct plan_setting *s = &d.target.settings[0];
        char said[64];

        open_desk(&d);
        setenv("CREDENTIAL", cases[i].value, 1);
        d.target.id = cases[i].id;
        int rc = jobtexts_credential(&d.texts, &d.target, "env:CREDENTIAL", "--credential", &d.e);
        assert_int_equal(rc, cases[i].instance ? 0 : -1);
        if (cases[i].instance) {
            assert_string_equal(d.target.id, cases[i].want);
            assert_string_equal(s->instance, cases[i].instance);
            assert_string_equal(s->field, "password");
            assert_string_equal(s->value, cases[i].password);
            assert_true(s->literal);
            snprintf(said, sizeof said, "wrong: %s", cases[i].password);
            redact_apply(&d.job.secrets, said);
            assert_silent(said, "sesame");
        } else {
            assert_int_equal(d.e.code, EXIT_USAGE);
            assert_says(d.e.text, "--credential env:CREDENTIAL: is not of the form");
            assert_silent(d.e.text, "sesame");
        }
        close_desk(&d);
    }
    unsetenv("CREDENTIAL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_defaults),
        cmocka_unit_test(test_keeping),
        cmocka_unit_test(test_routes_are_released),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_short_secrets),
        cmocka_unit_test(test_too_many_secrets),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_too_many_settings),
        cmocka_unit_test(test_credentials),
    };

    return cmocka_run_group_tests_name("jobtexts", tests, NULL, NULL);
}
