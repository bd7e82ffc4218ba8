/* doctor: what each fact means, and what to do; and how the facts are found. */
#include "policy/doctor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "actions/claimplugins.h"
#include "adapters/diskspace.h"
#include "adapters/environment.h"
#include "adapters/json.h"
#include "fixture.h"
#include "ledger/ledger.h"
#include "ledger/ledger_probe.h"

#define SECRET "hunter2-sesame"
#define NOW INT64_C(1796000000000)

/* text and advice: parts of them; an advice "" wants none. */
static void assert_found(const struct doctor_finding *f, enum doctor_level level, const char *about,
                         const char *text, const char *advice)
{
    if (f->level != level || strcmp(f->about, about) != 0)
        fail_msg("%s %s: %s (%s)", doctor_level_name(f->level), f->about, f->text, text);
    assert_says(f->text, text);
    assert_says(f->advice, advice);
    assert_int_equal(!*f->advice, !*advice);
    assert_silent(f->text, SECRET);
    assert_silent(f->advice, SECRET);
}

/* ---- the environment ---- */

static void test_spelling(void **state)
{
    static const struct {
        const char *name;
        bool key, url; /* are set */
        const char *meant;
    } cases[] = {
        {"BITBADGE_API_KEY", false, false, "BITBADGES_API_KEY"},
        {"BITBADGES_APIKEY", false, false, "BITBADGES_API_KEY"},
        {"BITBADGES_KEY", false, false, "BITBADGES_API_KEY"},
        {"bitbadges_api_key", false, false, "BITBADGES_API_KEY"},
        {"BITBAGDES_API_KEY", false, true, "BITBADGES_API_KEY"},
        {"BITBADGES_URL", true, false, "BITBADGES_API_URL"},
        {"BITBADGES_API_UR", true, false, "BITBADGES_API_URL"},
        {"BITBADGES_API_KEY", true, false, NULL},
        {"BITBADGES_API_KEY_OLD", true, false, NULL},
        {"BITBADGES_URL", false, true, NULL},
        {"API_KEY", false, false, NULL},
        {"PATH", false, false, NULL},
        {"XDG_STATE_HOME", false, false, NULL},
        {"", false, false, NULL},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct doctor_variable known[] = {{"BITBADGES_API_URL", cases[i].url},
                                                {"BITBADGES_API_KEY", cases[i].key}};

        if (doctor_spelling(cases[i].name, known, COUNT(known), &f) != (cases[i].meant != NULL))
            fail_msg("%s", cases[i].name);
        if (cases[i].meant)
            assert_found(&f, DOCTOR_WARNING, "environment", cases[i].name, cases[i].meant);
    }
}

static void test_proxy(void **state)
{
    static const struct {
        const char *name, *value;
        bool here;
        const char *says;
    } cases[] = {
        {"https_proxy", "http://proxy:3128", false, "go through the proxy proxy:3128"},
        {"HTTPS_PROXY", "http://ann:" SECRET "@proxy:3128/", false, "the proxy proxy:3128"},
        {"HTTPS_PROXY", "ann:" SECRET "@proxy", false, "the proxy proxy"},
        {"all_proxy", "socks5h://a:" SECRET "@b@10.0.0.1:1?x", true,
         "without the proxy 10.0.0.1:1"},
        {"http_proxy", "http://proxy:3128", false, NULL},
        {"no_proxy", "localhost", false, NULL},
        {"https_proxy", "", false, NULL},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (doctor_proxy(cases[i].name, cases[i].value, cases[i].here, &f) !=
            (cases[i].says != NULL))
            fail_msg("%s", cases[i].value);
        if (cases[i].says)
            assert_found(&f, DOCTOR_OK, "proxy", cases[i].says, "");
    }
}

static void test_key(void **state)
{
    static const struct {
        const char *value, *fault;
        bool here;
        enum doctor_level level;
        const char *text, *advice;
    } cases[] = {
        {SECRET, "", false, DOCTOR_OK, "NAME is set", ""},
        {NULL, "", false, DOCTOR_BAD, "NAME is not set", "developer?tab=apiKeys"},
        {NULL, "", true, DOCTOR_WARNING, "NAME is not set", "developer?tab=apiKeys"},
        {"", "is empty", false, DOCTOR_BAD, "NAME is set, but empty", "unset it"},
        {"\"" SECRET "\"", "", false, DOCTOR_BAD, "quotes", "without them"},
        {"'" SECRET "'", "", true, DOCTOR_BAD, "quotes", "without them"},
        {"\"" SECRET, "", false, DOCTOR_OK, "NAME is set", ""},
        {" " SECRET, "holds blanks", false, DOCTOR_BAD, "a blank or a line end", "copy the key"},
        {SECRET "\n", "holds blanks", false, DOCTOR_BAD, "a blank or a line end", "copy the key"},
        {SECRET, "is too long", false, DOCTOR_BAD, "is too long", "copy the key"},
        {NULL, "no such file", false, DOCTOR_BAD, "no such file", "copy the key"},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        doctor_key("NAME", cases[i].value, cases[i].fault, cases[i].here, &f);
        assert_found(&f, cases[i].level, "key", cases[i].text, cases[i].advice);
    }
}

/* ---- the service ---- */

static void test_answers(void **state)
{
    static const struct {
        enum fate fate;
        enum trouble trouble;
        int status;
        bool of_api, with_key;
        enum doctor_level reach;
        const char *text, *advice;
        const char *key; /* NULL: nothing is known of it */
        enum doctor_level key_level;
    } cases[] = {
        {FATE_ANSWERED, TROUBLE_NONE, 200, true, true, DOCTOR_OK, "answers", "", "is accepted",
         DOCTOR_OK},
        {FATE_ANSWERED, TROUBLE_NONE, 500, true, true, DOCTOR_OK, "answers", "", "is accepted",
         DOCTOR_OK},
        {FATE_ANSWERED, TROUBLE_NONE, 404, true, false, DOCTOR_OK, "answers", "", "asks for no key",
         DOCTOR_OK},
        {FATE_ANSWERED, TROUBLE_NONE, 401, false, true, DOCTOR_OK, "answers", "",
         "not accepted: said", DOCTOR_BAD},
        {FATE_ANSWERED, TROUBLE_NONE, 401, false, false, DOCTOR_OK, "answers", "", "wants a key",
         DOCTOR_BAD},
        {FATE_ANSWERED, TROUBLE_NONE, 402, false, true, DOCTOR_OK, "answers", "",
         "accepted, but: said", DOCTOR_BAD},
        {FATE_ANSWERED, TROUBLE_NONE, 404, false, true, DOCTOR_BAD, "not as the API does",
         "another server", NULL, 0},
        {FATE_ANSWERED, TROUBLE_NONE, 301, false, true, DOCTOR_BAD, "not as the API does",
         "another server", NULL, 0},
        {FATE_ANSWERED, TROUBLE_NONE, 502, false, true, DOCTOR_BAD, "not as the API does", "wait",
         NULL, 0},
        {FATE_NOT_SENT, TROUBLE_NAME, 0, false, true, DOCTOR_BAD, "why it is", "DNS", NULL, 0},
        {FATE_NOT_SENT, TROUBLE_PROXY, 0, false, true, DOCTOR_BAD, "why it is", "https_proxy", NULL,
         0},
        {FATE_NOT_SENT, TROUBLE_CONNECT, 0, false, true, DOCTOR_BAD, "why it is", "firewall", NULL,
         0},
        {FATE_NOT_SENT, TROUBLE_TLS, 0, false, true, DOCTOR_BAD, "why it is", "--cacert", NULL, 0},
        {FATE_LOST, TROUBLE_TIME, 0, false, true, DOCTOR_BAD, "why it is", "--timeout", NULL, 0},
        {FATE_LOST, TROUBLE_OTHER, 0, false, true, DOCTOR_BAD, "why it is", "network", NULL, 0},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct answer last = {.fate = cases[i].fate,
                                    .trouble = cases[i].trouble,
                                    .status = cases[i].status,
                                    .problem = "why it is"};
        struct doctor_answer a = {.url = "https://x.example",
                                  .last = &last,
                                  .said = "said",
                                  .of_api = cases[i].of_api,
                                  .with_key = cases[i].with_key};

        doctor_reach(&a, &f);
        assert_found(&f, cases[i].reach, "api", cases[i].text, cases[i].advice);
        assert_int_equal(doctor_accepted(&a, &f), cases[i].key != NULL);
        if (cases[i].key)
            assert_found(&f, cases[i].key_level, "key", cases[i].key,
                         cases[i].key_level == DOCTOR_OK ? "" : "developer?tab=apiKeys");
        assert_int_equal(doctor_tls(&a, &f), cases[i].fate == FATE_ANSWERED);
        a.usual = true; /* typed by nobody */
        doctor_reach(&a, &f);
        if (cases[i].fate != FATE_ANSWERED)
            assert_silent(f.advice, "BITBADGES_API_URL");
        a.url = "http://127.0.0.1:1";
        assert_false(doctor_tls(&a, &f));
    }
}

static void test_clock(void **state)
{
    static const struct {
        int64_t date, asked, answered;
        enum doctor_level level;
        const char *says;
    } cases[] = {
        {NOW, NOW, NOW + 100, DOCTOR_OK, "agrees"},
        {NOW, NOW + 999, NOW + 999, DOCTOR_OK, "agrees"},
        {NOW + 60000, NOW - 100, NOW, DOCTOR_OK, "agrees"},
        {NOW + 60001, NOW - 100, NOW, DOCTOR_WARNING, "60 s behind"},
        {NOW - 60999, NOW, NOW + 5000, DOCTOR_OK, "agrees"},
        {NOW - 61000, NOW, NOW + 5000, DOCTOR_WARNING, "60 s ahead of"},
        {NOW + 7200000, NOW, NOW, DOCTOR_WARNING, "7200 s behind"},
        /* An answer that took long proves nothing. */
        {NOW, NOW - 300000, NOW, DOCTOR_OK, "agrees"},
        {0, NOW, NOW, DOCTOR_OK, "does not tell"},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        doctor_clock(cases[i].date, cases[i].asked, cases[i].answered, &f);
        assert_found(&f, cases[i].level, "clock", cases[i].says,
                     cases[i].level == DOCTOR_OK ? "" : "time server");
    }
}

static void test_limit(void **state)
{
    static const struct {
        int64_t limit, window_s, remaining;
        enum doctor_level level;
        const char *says;
    } cases[] = {
        {10000, 60, 9999, DOCTOR_OK, "allows 10000 requests in 60 s, 9999 left"},
        {1, 0, -1, DOCTOR_OK, "allows 1 request"},
        {100, 60, 0, DOCTOR_WARNING, "0 left now"},
        {-1, 0, 5, DOCTOR_OK, "counts requests, 5 left"},
        {-1, 0, -1, DOCTOR_OK, "tells no limit"},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rate_facts r = RATE_FACTS_NONE;

        r.limit = cases[i].limit;
        r.window_ns = cases[i].window_s * 1000000000;
        r.remaining = cases[i].remaining;
        doctor_limit(&r, &f);
        assert_found(&f, cases[i].level, "limit", cases[i].says,
                     cases[i].level == DOCTOR_OK ? "" : "waits");
    }
}

/* ---- claims ---- */

#define USES                                                                                       \
    "{\"pluginId\":\"numUses\",\"instanceId\":\"n\",\"publicParams\":{\"maxUses\":5},"             \
    "\"publicState\":{\"numUses\":1}}"
#define PASSWORD "{\"pluginId\":\"password\",\"instanceId\":\"p\"}"
#define CLAIM(plugins) "{\"plugins\":[" plugins "]}"

static void test_claims(void **state)
{
    static const struct claimfit_given right[] = {{"p", "password"}}, wrong[] = {{"q", "password"}};
    static const struct {
        const char *claim;
        const struct claimfit_given *given;
        bool judged, on_chain, on_demand;
        enum doctor_level level;
        const char *text, *advice;
    } cases[] = {
        {CLAIM(USES), NULL, false, false, false, DOCTOR_OK,
         "plugin numUses (n); can be completed in batch; it takes 4 more", ""},
        {CLAIM(USES "," PASSWORD), NULL, false, false, false, DOCTOR_OK,
         "with --set p.password=env:NAME", ""},
        {CLAIM(USES "," PASSWORD), right, true, false, false, DOCTOR_OK, "in batch; it takes 4",
         ""},
        {CLAIM(USES "," PASSWORD), wrong, true, false, false, DOCTOR_BAD, "what the job sets",
         "no plugin of that"},
        {CLAIM(USES "," PASSWORD), NULL, true, false, false, DOCTOR_BAD, "what the job sets",
         "p.password"},
        {CLAIM(USES "," PASSWORD), right, true, true, false, DOCTOR_OK, "still have to sign", ""},
        {CLAIM(PASSWORD), NULL, false, false, true, DOCTOR_WARNING, "no list of attempts",
         "numUses"},
        {CLAIM(USES ",{\"pluginId\":\"initiatedBy\",\"instanceId\":\"i\"}"), NULL, false, false,
         false, DOCTOR_BAD, "can't be completed in batch", "sign in"},
        {CLAIM(USES ",{\"pluginId\":\"halt\",\"instanceId\":\"h\"}"), NULL, false, false, false,
         DOCTOR_BAD, "it is halted", "claim's page"},
        {CLAIM(USES ",{\"pluginId\":\"discord\",\"instanceId\":\"d\"}"), NULL, false, false, false,
         DOCTOR_WARNING, "discord may want", "--limit 1"},
        {CLAIM(USES ",{\"pluginId\":\"transferTimes\",\"instanceId\":\"t\",\"publicParams\":{"
                    "\"transferTimes\":[{\"start\":4102444800000,\"end\":4102444900000}]}}"),
         NULL, false, false, false, DOCTOR_WARNING, "not open yet", "run it then"},
        {CLAIM(USES ",7"), NULL, false, false, false, DOCTOR_WARNING, "not known", "--limit 1"},
        {"{}", NULL, false, false, false, DOCTOR_WARNING, "it shows no plugins", "--limit 1"},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct json *doc = json_parse((struct slice){cases[i].claim, strlen(cases[i].claim)});
        struct doctor_claim c = {
            .id = "c1",
            .version = 3,
            .facts = {.on_chain = cases[i].on_chain, .on_demand = cases[i].on_demand},
            .judged = cases[i].judged,
            .given = cases[i].given,
            .n_given = cases[i].given ? 1 : 0};

        claimplugins_read(doc, &c.fit);
        json_free(doc);
        doctor_claim(&c, NOW, &f);
        assert_found(&f, cases[i].level, "claim", cases[i].text, cases[i].advice);
        assert_says(f.text, "c1: version 3;");
    }
    doctor_claim(&(struct doctor_claim){.id = "c1", .refusal = "Not found"}, NOW, &f);
    assert_found(&f, DOCTOR_BAD, "claim", "does not show it: Not found", "JSON tab, claimId");
}

/* ---- this machine ---- */

static void test_ledger(void **state)
{
    static const struct {
        struct doctor_ledger l;
        enum doctor_level level;
        const char *text, *advice;
    } cases[] = {
        {{"l.db", true, true, 86016, 17, 17, ""}, DOCTOR_OK, "l.db: sound, schema 17, 86.0 kB", ""},
        {{"l.db", true, true, 2500000000, 9, 17, ""},
         DOCTOR_OK,
         "2.5 GB; the next run brings it up to schema 17",
         ""},
        {{"l.db", true, false, 1, 17, 17, ""}, DOCTOR_BAD, "can't be written to", "writable"},
        {{"l.db", false, false, 0, 0, 0, ""}, DOCTOR_OK, "not yet there", ""},
        {{"l.db", true, true, 1, 17, 17, "is damaged"},
         DOCTOR_BAD,
         "is damaged",
         "A LEDGER THAT IS LOST"},
        {{"l.db", false, false, 0, 0, 0, "is gone"},
         DOCTOR_BAD,
         "is gone",
         "A LEDGER THAT IS LOST"},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        doctor_ledger(&cases[i].l, &f);
        assert_found(&f, cases[i].level, "ledger", cases[i].text, cases[i].advice);
    }
    assert_false(doctor_holder("l.db", 0, &f));
    assert_true(doctor_holder("l.db", 7, &f));
    assert_found(&f, DOCTOR_WARNING, "ledger", "process 7 works with it", "wait");
}

static void test_disk(void **state)
{
    static const struct {
        struct doctor_disk d;
        enum doctor_level level;
        const char *text, *advice;
    } cases[] = {
        {{"results", "/a/b", "/a/b", true, false, true, false, INT64_C(71100000000)},
         DOCTOR_OK,
         "results: /a/b: 71.1 GB free",
         ""},
        {{"results", "/a/b", "/a/b", true, false, true, false, 255000000},
         DOCTOR_WARNING,
         "255.0 MB free",
         "free some space"},
        {{"results", "/a/b", "/a/b", true, false, true, false, 0},
         DOCTOR_BAD,
         "0.0 kB free",
         "free some space"},
        {{"results", "/a/b", "/a/b", true, false, true, false, -1}, DOCTOR_OK, "not known", ""},
        {{"results", "/a/b", "/a/b", true, false, false, false, 1 << 30},
         DOCTOR_BAD,
         "/a/b: can't be written to",
         "another folder"},
        {{"temporary files", "/a/b", "/a", false, false, true, false, 1 << 30},
         DOCTOR_BAD,
         "no such folder",
         "TMPDIR"},
        {{"the ledger", "/a/b", "/a", false, false, true, true, 1 << 30},
         DOCTOR_OK,
         "/a/b: 1.1 GB free",
         ""},
        {{"the ledger", "/a/b", "/a", false, false, false, true, 1 << 30},
         DOCTOR_BAD,
         "/a: can't be written to",
         "--ledger"},
        {{"the ledger", "/a/b", "/", false, true, true, true, 1 << 30},
         DOCTOR_BAD,
         "a file where a folder",
         "--ledger"},
    };
    struct doctor_finding f;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        doctor_disk(&cases[i].d, &f);
        assert_found(&f, cases[i].level, "disk", cases[i].text, cases[i].advice);
    }
}

static void test_diskspace(void **state)
{
    struct diskspace s;

    (void)state;
    put_file("file", "x");
    assert_int_equal(mkdir("here", 0700), 0);
    diskspace_look("here", &s);
    assert_true(s.there && s.writable && !s.blocked && s.free_bytes > 0);
    assert_string_equal(s.folder, "here");
    diskspace_look("here/not/there", &s);
    assert_true(!s.there && s.writable && !s.blocked);
    assert_string_equal(s.folder, "here");
    diskspace_look("not", &s);
    assert_true(!s.there && !s.blocked);
    assert_string_equal(s.folder, ".");
    diskspace_look("/not-there-at-all/b", &s);
    assert_string_equal(s.folder, "/");
    diskspace_look("file/b", &s);
    assert_true(!s.there && s.blocked);
    assert_true(diskspace_may_write("file"));
    assert_false(diskspace_may_write("gone"));
}

static void see(void *context, const char *name, const char *value)
{
    if (strcmp(name, "DOCTOR_TEST") == 0) {
        assert_string_equal(value, "a=b");
        ++*(int *)context;
    }
}

static void test_environment(void **state)
{
    int n = 0;

    (void)state;
    setenv("DOCTOR_TEST", "a=b", 1);
    environment_each(see, &n);
    unsetenv("DOCTOR_TEST");
    environment_each(see, &n);
    assert_int_equal(n, 1);
}

/* It is looked at, and is what it was. */
static void test_probe(void **state)
{
    struct ledger_probe p;
    struct err e = ERR_INIT;
    struct ledger *l;

    (void)state;
    ledger_probe("l.db", &p);
    assert_false(p.there);
    assert_string_equal(p.why, "");
    assert_int_not_equal(access("l.db", F_OK), 0);
    l = ledger_open("l.db", &e);
    assert_non_null(l);
    ledger_close(l);
    ledger_probe("l.db", &p);
    assert_true(p.there && p.size > 0 && p.version > 0 && p.version == p.ours && p.holder == 0);
    assert_string_equal(p.why, "");
    put_file("l.db", "");
    ledger_probe("l.db", &p);
    assert_says(p.why, "ledger l.db: the file is empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spelling),    cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_key),         cmocka_unit_test(test_answers),
        cmocka_unit_test(test_clock),       cmocka_unit_test(test_limit),
        cmocka_unit_test(test_claims),      cmocka_unit_test(test_ledger),
        cmocka_unit_test(test_disk),        IN_FOLDER(test_diskspace),
        cmocka_unit_test(test_environment), IN_FOLDER(test_probe),
    };

    return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
