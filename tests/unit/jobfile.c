/* jobfile: what a job file can say, and everything that it can't. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/action.h"
#include "adapters/json.h"
#include "base/clock.h"
#include "settings/jobfile.h"
#include "settings/jobroutes.h"
#include "settings/jobtexts.h"
#include "stages/job.h"

#include "fixture.h"

#include <sys/stat.h>

#define CLAIM_WITH(extra) "{\"steps\":[{\"action\":\"claim\",\"claim\":\"C\"" extra "}]}"
#define CLAIM_STEP_MEMBER "\"steps\":[{\"action\":\"claim\",\"claim\":\"C\"}]"
#define CLAIM_STEP_REST CLAIM_STEP_MEMBER "}"
#define LONG_NAME                                                                                  \
    "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll" \
    "lo"
#define STEP(members) "{\"steps\":[{" members "}]}"
#define CLAIM "\"action\":\"claim\""
#define CODE "\"action\":\"code\""
#define STORE "\"action\":\"store\""
#define SEEDED CODE ",\"seed_from\":\"env:SEED\""

struct reader {
    struct job job;
    struct jobtexts texts;
    struct err e;
    int rc;
};

static void read_path(struct reader *r, const char *path)
{
    memset(r, 0, sizeof *r);
    job_init(&r->job);
    jobtexts_init(&r->texts, &r->job);
    r->rc = jobfile_read(path, &r->texts, &r->e);
}

static void read_json(struct reader *r, const char *json)
{
    put_file("job.json", json);
    read_path(r, "job.json");
}

/* Without a folder of its own. */
static void read_temporary(struct reader *r, const char *json)
{
    char path[] = "/tmp/claimpipe-test-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    put_file(path, json);
    read_path(r, path);
    unlink(path);
}

static const char *file_text(const char *path)
{
    static char bytes[65536];
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(bytes, 1, sizeof bytes - 1, f);
    bytes[n] = '\0';
    fclose(f);
    return bytes;
}

static void must_read(struct reader *r, const char *json)
{
    read_json(r, json);
    if (r->rc != 0)
        fail_msg("%s: %s", json, r->e.text);
}

static void done(struct reader *r)
{
    jobtexts_release(&r->texts);
    assert_null(r->job.steps);
}

static int enter_with_secrets(void **state)
{
    setenv("SEED", "sesame seed", 1);
    setenv("SEED2", "poppy seed", 1);
    setenv("PW", "open sesame", 1);
    setenv("PW2", "open barley", 1);
    setenv("CREDENTIAL", "C1-password-1xyz", 1);
    setenv("CRED", "claimA-inst-pass-word", 1);
    unsetenv("NONE");
    return enter_folder(state);
}
#define IN_SECRETS(test) cmocka_unit_test_setup_teardown(test, enter_with_secrets, leave_folder)

static void test_whole(void **state)
{
    struct reader r;
    char real[PATH_MAX];

    (void)state;
    must_read(
        &r,
        "\xef\xbb\xbf{\"$schema\":\"job.schema.json\",\"input\":{\"address\":\"Wallet\"},"
        "\"key\":[\"Email\",\"Course\"],\"again\":2,\"steps\":[" /**/
        "{" SEEDED ",\"claim\":\"A\",\"start\":5,\"count\":500,"
        "\"link\":\"https://x.example/{{claim}}?c={{code}}\"},"
        "{" CLAIM ",\"claim\":\"A\",\"claim_version\":3,"
        "\"set\":{\"codes-1.code\":\"{{ step1.code }}\",\"p.1.password\":\"env:PW\"}},"
        "{" STORE ",\"store\":\"S\",\"secret_from\":\"env:PW2\",\"remove\":true,"
        "\"batch\":100,\"set\":{\"email\":\"{{Email}}\"}}],"
        "\"limits\":{\"rate\":\"5000/m\",\"burst\":50,\"in_flight\":32,\"lanes\":2,"
        "\"tries\":3,\"max_failures\":\"5%\",\"keep_going\":true,\"patience\":\"30s\","
        "\"no_settle\":true,\"force\":true,\"max_"
        "credits\":40000,"
        "\"max_duration\":\"2h\",\"settle_timeout\":\"4m\",\"queue_delay\":\"30s\","
        "\"connect_timeout\":\"5s\",\"timeout\":\"250ms\"},"
        "\"results\":\"-\",\"failed_to\":\"f.csv\",\"new_to\":\"-\","
        "\"columns\":[\"Name\",\"@added\"],\"ledger\":\"l.db\",\"api_url\":\"http://x.example\"}");
    assert_string_equal(r.job.name, realpath("job.json", real));
    assert_string_equal(r.job.recipient, "Wallet");
    assert_int_equal(r.job.kind, IDENTITY_ADDRESS);
    assert_string_equal(r.job.key, "Email,Course");
    assert_int_equal(r.job.again, 2);
    assert_int_equal(r.job.n_steps, 3);
    assert_int_equal(r.job.rates.list[0].limit, 5000);
    assert_int_equal(r.job.burst, 50);
    assert_int_equal(r.job.in_flight, 32);
    assert_int_equal(r.job.lanes, 2);
    assert_int_equal(r.job.tries_max, 3);
    assert_int_equal(r.job.stoprule.max_failure_percent, 5);
    assert_int_equal(r.job.patience_ns, INT64_C(30000000000));
    assert_true(r.job.no_settle && r.job.stoprule.keep_going && r.job.stoprule.force);
    assert_int_equal(r.job.stoprule.max_credits, 40000);
    assert_int_equal(r.job.stoprule.max_duration_ns, 7200 * CLOCK_NS_PER_S);
    assert_int_equal(r.job.settle_timeout_ns, 240 * CLOCK_NS_PER_S);
    assert_int_equal(r.job.queue_delay_ns, 30 * CLOCK_NS_PER_S);
    assert_int_equal(r.job.connect_timeout_ns, 5 * CLOCK_NS_PER_S);
    assert_int_equal(r.job.timeout_ns, 250 * CLOCK_NS_PER_MS);
    assert_string_equal(r.job.results, "-");
    assert_string_equal(r.job.failed_to, "f.csv");
    assert_string_equal(r.job.new_to, "-");
    assert_string_equal(r.job.columns, "Name,@added");
    assert_string_equal(r.job.ledger, "l.db");
    assert_string_equal(r.job.api_url, "http://x.example");

    const struct job_step *s = r.job.steps;
    assert_string_equal(s[0].action, "code");
    assert_string_equal(s[0].targets[0].id, "A");
    assert_string_equal(s[0].targets[0].seed, "sesame seed");
    assert_int_equal(s[0].start, 5);
    assert_int_equal(s[0].count, 500);
    assert_string_equal(s[0].link, "https://x.example/{{claim}}?c={{code}}");
    assert_int_equal(s[1].targets[0].version, 3);
    assert_int_equal(s[1].targets[0].n_settings, 2);
    assert_string_equal(s[1].targets[0].settings[0].value, "{{ step1.code }}");
    assert_false(s[1].targets[0].settings[0].literal);
    assert_string_equal(s[1].targets[0].settings[1].instance, "p.1");
    assert_string_equal(s[1].targets[0].settings[1].field, "password");
    assert_string_equal(s[1].targets[0].settings[1].value, "open sesame");
    assert_true(s[1].targets[0].settings[1].literal);
    assert_string_equal(s[2].targets[0].id, "S");
    assert_string_equal(s[2].targets[0].secret, "open barley");
    assert_true(s[2].remove);
    assert_int_equal(s[2].batch, 100);
    assert_null(s[2].targets[0].settings[0].instance);
    assert_string_equal(s[2].targets[0].settings[0].field, "email");
    assert_int_equal(r.job.secrets.n, 3);
    done(&r);
}

static void test_least(void **state)
{
    struct reader r;

    (void)state;
    must_read(&r, CLAIM_WITH(""));
    assert_null(r.job.recipient);
    assert_null(r.job.key);
    assert_null(r.job.results);
    assert_int_equal(r.job.again, 1);
    assert_int_equal(r.job.rates.list[0].limit, 10000);
    assert_int_equal(r.job.steps[0].targets[0].version, ACTION_VERSION_UNKNOWN);
    assert_int_equal(r.job.steps[0].n_targets, 1);
    assert_null(r.job.steps[0].route);
    done(&r);
    must_read(&r, STEP(SEEDED));
    assert_int_equal(r.job.steps[0].count, INT64_MAX);
    assert_null(r.job.steps[0].targets[0].id);
    done(&r);
    must_read(&r, "{\"steps\":[{" STORE ",\"store\":\"S\"}],\"input\":{\"email\":\"Mail\"}}");
    assert_int_equal(r.job.kind, IDENTITY_EMAIL);
    assert_string_equal(r.job.recipient, "Mail");
    assert_int_equal(r.job.steps[0].batch, 250);
    done(&r);
}

static void test_limits(void **state)
{
    struct reader r;

    (void)state;
    must_read(&r, "{\"limits\":{\"rate\":\"10000/m, 100000/d\"}," CLAIM_STEP_REST);
    assert_int_equal(r.job.rates.n, 2);
    assert_int_equal(r.job.rates.list[1].limit, 100000);
    done(&r);
    must_read(&r, "{\"limits\":{\"rate\":\"none\",\"max_failures\":25}," CLAIM_STEP_REST);
    assert_int_equal(r.job.rates.n, 0);
    assert_int_equal(r.job.stoprule.max_failures, 25);
    done(&r);
    must_read(&r, "{\"limits\":{\"max_failures\":\"7\"}," CLAIM_STEP_REST);
    assert_int_equal(r.job.stoprule.max_failures, 7);
    done(&r);
}

struct refused {
    const char *json, *says;
};

static void must_refuse(const struct refused *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct reader r;

        read_json(&r, cases[i].json);
        if (r.rc != -1 || r.e.code != EXIT_USAGE)
            fail_msg("taken: %s", cases[i].json);
        assert_says(r.e.text, cases[i].says);
        assert_silent(r.e.text, "hunter2");
        done(&r);
    }
}

/* ---- how the input is read, which rows, and how results are written ---- */

static void test_input(void **state)
{
    struct reader r;
    const struct job *j = &r.job;

    (void)state;
    must_read(
        &r,
        "{\"input\":{\"address\":\"Wallet\",\"encoding\":\"windows-1252\","
        "\"delimiter\":\"semicolon\",\"quote\":\"'\",\"escape\":\"\\\\\",\"header_line\":"
        "12,\"no_header\":true,"
        "\"preset\":\"zoom-webinar\",\"date_order\":\"dmy\",\"decimal\":\"comma\","
        "\"group\":\"Order, or ID\",\"fill_down\":[\"Name\",\"#3\",\"@date\"],"
        "\"sheet\":\"People\",\"member\":\"a/b.xlsx\",\"lookup_sheet\":\"2\","
        "\"lookup\":\"people.csv\",\"on\":\"Email=Mail\"},"
        "\"filter\":[\"Progress >= 100\",\"[Completed At] >= -1d\"],"
        "\"html\":\"page.html\",\"output_dialect\":\"excel\",\"safe_cells\":true," CLAIM_STEP_REST);
    assert_string_equal(j->recipient, "Wallet");
    assert_true(j->kind_said);
    assert_string_equal(j->read.encoding, "windows-1252");
    assert_int_equal(j->read.delimiter, ';');
    assert_int_equal(j->read.quote, '\'');
    assert_false(j->read.no_quotes);
    assert_int_equal(j->read.escape, '\\');
    assert_false(j->read.no_escapes);
    assert_int_equal(j->read.header_line, 12);
    assert_true(j->read.no_header);
    assert_string_equal(j->preset, "zoom-webinar");
    assert_int_equal(j->date_order, WHEN_ORDER_DMY);
    assert_int_equal(j->decimal_mark, ',');
    assert_string_equal(j->group, "Order, or ID");
    assert_string_equal(j->fill_down, "Name,#3,@date");
    assert_string_equal(j->read.sheet, "People");
    assert_string_equal(j->read.member, "a/b.xlsx");
    assert_string_equal(j->lookup_sheet, "2");
    assert_string_equal(j->lookup, "people.csv");
    assert_string_equal(j->on, "Email=Mail");
    assert_int_equal(j->n_where, 2);
    assert_string_equal(j->where[0].text, "Progress >= 100");
    assert_string_equal(j->where[0].asked_by, "filter");
    assert_string_equal(j->where[1].text, "[Completed At] >= -1d");
    assert_string_equal(j->where[1].asked_by, "filter");
    assert_int_equal(j->output, JOBOUTPUT_EXCEL);
    assert_true(j->safe_cells);
    assert_non_null(strstr(j->html, "page.html"));
    assert_false(j->skip_otherwise);
    done(&r);
    must_read(&r, "{\"input\":{\"quote\":\"none\",\"escape\":\"none\",\"delimiter\":\"\\t\","
                  "\"decimal\":\"point\","
                  "\"date_order\":\"ymd\",\"preset\":\"none\"},\"filter\":\"a = 1\","
                  "\"output_dialect\":\"rfc4180\",\"safe_cells\":false," CLAIM_STEP_REST);
    assert_true(j->read.no_quotes);
    assert_true(j->read.no_escapes);
    assert_int_equal(j->read.delimiter, '\t');
    assert_int_equal(j->decimal_mark, '.');
    assert_int_equal(j->date_order, WHEN_ORDER_YMD);
    assert_string_equal(j->preset, "none");
    assert_int_equal(j->n_where, 1);
    assert_false(j->kind_said || j->safe_cells || j->read.no_header);
    assert_int_equal(j->output, JOBOUTPUT_RFC4180);
    done(&r);
    must_read(
        &r,
        "{\"summary\":\"-\",\"metrics\":\"m.prom\",\"fail_on\":\"none\","
        "\"notify\":\"https://h/a\",\"ping\":[\"https://h/b\",\"https://h/c\"]," CLAIM_STEP_REST);
    assert_string_equal(j->tell.summary, "-");
    assert_string_equal(j->tell.metrics, "m.prom");
    assert_int_equal(j->tell.fail_on, PROBLEM_FAIL_NONE);
    assert_int_equal(j->tell.notify.n, 1);
    assert_string_equal(j->tell.notify.urls[0], "https://h/a");
    assert_int_equal(j->tell.ping.n, 2);
    assert_string_equal(j->tell.ping.urls[1], "https://h/c");
    done(&r);
}

/* A lookup lies beside the job file, as all that it names. */
static void test_lookup_beside_the_job(void **state)
{
    struct reader r;

    (void)state;
    assert_int_equal(mkdir("jobs", 0700), 0);
    put_file("jobs/one.json", "{\"input\":{\"lookup\":\"people.csv\"}," CLAIM_STEP_REST);
    read_path(&r, "jobs/one.json");
    assert_int_equal(r.rc, 0);
    assert_string_equal(r.job.lookup, "jobs/people.csv");
    done(&r);
    put_file("jobs/one.json",
             "{\"input\":{\"lookup\":\"https://x.example/people.csv\"}," CLAIM_STEP_REST);
    read_path(&r, "jobs/one.json");
    assert_int_equal(r.rc, 0);
    assert_string_equal(r.job.lookup, "https://x.example/people.csv");
    done(&r);
}

static void test_input_refused(void **state)
{
    static const struct {
        const char *member, *says;
    } cases[] = {
        {"\"input\":{\"delimiter\":\"colon\"}",
         "input.delimiter: \"colon\": must be comma, semicolon, tab, pipe or one character"},
        {"\"input\":{\"delimiter\":\"\"}", "input.delimiter: is empty"},
        {"\"input\":{\"delimiter\":7}", "input.delimiter: must be a text, not a number"},
        {"\"input\":{\"quote\":\"both\"}", "input.quote: \"both\": must be one character, or none"},
        {"\"input\":{\"escape\":\"slash\"}",
         "input.escape: \"slash\": must be one character, backslash or none"},
        {"\"input\":{\"quote\":false}", "input.quote: must be a text, not true or false"},
        {"\"input\":{\"encoding\":\" \"}", "input.encoding: is empty"},
        {"\"input\":{\"header_line\":0}",
         "input.header_line: must be a whole number, and at least 1"},
        {"\"input\":{\"header_line\":\"3\"}", "input.header_line: must be a number, not a text"},
        {"\"input\":{\"header_line\":1.5}",
         "input.header_line: must be a whole number, and at least 1"},
        {"\"input\":{\"no_header\":\"yes\"}", "input.no_header: must be true or false, not a text"},
        {"\"input\":{\"preset\":true}", "input.preset: must be a text, not true or false"},
        {"\"input\":{\"date_order\":\"dym\"}",
         "input.date_order: \"dym\": must be mdy, dmy or ymd"},
        {"\"input\":{\"decimal\":\",\"}", "input.decimal: \",\": must be point or comma"},
        {"\"input\":{\"group\":[\"a\"]}", "input.group: must be a text, not a list"},
        {"\"input\":{\"fill_down\":\"Name\"}", "input.fill_down: must be a list of columns"},
        {"\"input\":{\"fill_down\":[]}", "input.fill_down: must be a list of columns"},
        {"\"input\":{\"fill_down\":[\"a,b\"]}",
         "input.fill_down: \"a,b\": the name of a column can't hold a comma here: say its number, "
         "as #3"},
        {"\"input\":{\"lookup\":{}}", "input.lookup: must be a text, not an object"},
        {"\"input\":{\"on\":\"\"}", "input.on: is empty"},
        {"\"input\":{\"where\":\"a = 1\"}", "input: \"where\" is unknown: "},
        {"\"input\":{\"headr_line\":1}",
         "input: \"headr_line\" is unknown: nearest is \"header_line\""},
        {"\"filter\":7", "filter: must be a text, not a number"},
        {"\"filter\":{}", "filter: must be a text, not an object"},
        {"\"filter\":\" \"", "filter: is empty"},
        {"\"filter\":[\"a = 1\",7]", "filter: must be a text, not a number"},
        {"\"filter\":[\"a = 1\",\"\"]", "filter: is empty"},
        {"\"output_dialect\":\"exel\"",
         "output_dialect: \"exel\": must be same, excel or rfc4180 (did you mean excel?)"},
        {"\"output_dialect\":\"xlsx\"", "output_dialect: \"xlsx\": must be same, excel or rfc4180"},
        {"\"safe_cells\":1", "safe_cells: must be true or false, not a number"},
        {"\"fail_on\":\"all\"", "fail_on: \"all\": must be new, any or none"},
        {"\"notify\":7", "notify: must be a text, not a number"},
        {"\"notify\":[\"https://h\",\"\"]", "notify: is empty"},
        {"\"ping\":\"http://h/x\"", "ping: the URL is plain http"},
        {"\"ping\":\"env:NO_SUCH_HOOK\"", "ping env:NO_SUCH_HOOK: "},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char json[512], says[512];

        snprintf(json, sizeof json, "{%s," CLAIM_STEP_REST, cases[i].member);
        snprintf(says, sizeof says, "job.json: %s", cases[i].says);
        must_refuse(&(struct refused){json, says}, 1);
    }
}

static void test_too_many_filters(void **state)
{
    struct reader r;
    struct text json;

    (void)state;
    text_init(&json);
    for (size_t more = 0; more < 2; more++) {
        text_clear(&json);
        text_puts(&json, "{\"filter\":[");
        for (size_t i = 0; i < FILTER_TEXTS_MAX + more; i++)
            text_printf(&json, "%s\"a = %zu\"", i ? "," : "", i);
        text_puts(&json, "]," CLAIM_STEP_REST);
        read_json(&r, json.ptr);
        assert_int_equal(r.rc, more ? -1 : 0);
        assert_string_equal(r.e.text, more ? "job.json: filter: has more than 32 texts" : "");
        assert_int_equal(r.job.n_where, FILTER_TEXTS_MAX);
        assert_string_equal(r.job.where[31].text, "a = 31");
        done(&r);
    }
    text_release(&json);
}

/* ---- rows of which no address is known ---- */

#define LOOKED_UP "{\"input\":{\"lookup\":\"p.csv\"}," CLAIM_STEP_MEMBER ","

static void test_otherwise(void **state)
{
    struct reader r;

    (void)state;
    must_read(&r, LOOKED_UP "\"otherwise\":\"invalid\"}");
    assert_int_equal(r.job.n_steps, 1);
    assert_false(r.job.skip_otherwise || r.job.steps[0].otherwise);
    done(&r);
    must_read(&r, LOOKED_UP "\"otherwise\":\"skip\"}");
    assert_int_equal(r.job.n_steps, 1);
    assert_true(r.job.skip_otherwise);
    done(&r);
    must_read(&r, LOOKED_UP "\"otherwise\":{" SEEDED ",\"count\":9}}");
    assert_int_equal(r.job.n_steps, 2);
    assert_false(r.job.skip_otherwise || r.job.steps[0].otherwise);
    assert_true(r.job.steps[1].otherwise);
    assert_string_equal(r.job.steps[1].action, "code");
    assert_string_equal(r.job.steps[1].targets[0].seed, "sesame seed");
    assert_int_equal(r.job.steps[1].count, 9);
    done(&r);
    /* it need not stand behind the steps in the file; and it may be several, with routes */
    must_read(&r, "{\"otherwise\":[{" SEEDED "},{" STORE
                  ",\"route\":\"Course\",\"routes\":{\"Go\":\"S\",\"Zig\":\"T\"},"
                  "\"set\":{\"code\":\"{{step2.code}}\"}}]," CLAIM_STEP_MEMBER
                  ",\"input\":{\"lookup\":\"p.csv\",\"address\":\"Wallet\"}}");
    assert_int_equal(r.job.n_steps, 3);
    assert_string_equal(r.job.steps[0].action, "claim");
    assert_true(!r.job.steps[0].otherwise && r.job.steps[1].otherwise && r.job.steps[2].otherwise);
    assert_int_equal(r.job.steps[2].n_targets, 2);
    done(&r);
}

static void test_otherwise_refused(void **state)
{
    static const struct refused cases[] = {
        {LOOKED_UP "\"otherwise\":\"code\"}",
         "job.json: otherwise: must be \"invalid\", \"skip\", a step or a list of steps"},
        {LOOKED_UP "\"otherwise\":[]}",
         "job.json: otherwise: must be \"invalid\", \"skip\", a step or a list of steps"},
        {LOOKED_UP "\"otherwise\":7}",
         "job.json: otherwise: must be \"invalid\", \"skip\", a step or a list of steps"},
        {LOOKED_UP "\"otherwise\":null}",
         "job.json: otherwise: must be \"invalid\", \"skip\", a step or a list of steps"},
        {LOOKED_UP "\"otherwise\":[\"skip\"]}", "job.json: step2: must be an object, not a text"},
        {LOOKED_UP "\"otherwise\":{" CLAIM ",\"claim\":\"D\"}}",
         "job.json: step2: a claim needs an address, and these rows have none"},
        {LOOKED_UP "\"otherwise\":[{" SEEDED "},{" CLAIM ",\"claim\":\"D\"}]}",
         "job.json: step3: a claim needs an address, and these rows have none"},
        {LOOKED_UP "\"otherwise\":{" CODE "}}", "job.json: step2: has no codes"},
        {LOOKED_UP "\"otherwise\":{" SEEDED ",\"colour\":1}}",
         "job.json: step2: \"colour\" is unknown"},
        {LOOKED_UP "\"otherwise\":[{" SEEDED "},{" SEEDED "}]}",
         "job.json: otherwise: steps 2 and 3 have the same target"},
        {LOOKED_UP "\"otherwise\":[{" SEEDED "},{" SEEDED "},{" SEEDED "},{" SEEDED "},{" SEEDED
                   "},{" SEEDED "},{" SEEDED "},{" SEEDED "}]}",
         "job.json: there are more than 8 steps in all, with those of otherwise"},
        {"{\"input\":{\"lookup\":\"p.csv\"},\"otherwise\":\"skip\"}",
         "job.json: there are no steps"},
        {"{\"input\":{\"lookup\":\"p.csv\"},\"otherwise\":{" SEEDED "}}",
         "job.json: there are no steps"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

static void test_credential(void **state)
{
    struct reader r;

    (void)state;
    must_read(&r, STEP(CLAIM ",\"credential\":\"env:CRED\""));
    assert_string_equal(r.job.steps[0].targets[0].id, "claimA");
    assert_string_equal(r.job.steps[0].targets[0].settings[0].value, "pass-word");
    done(&r);
    /* the order in the file does not matter */
    must_read(&r, STEP("\"credential\":\"env:CREDENTIAL\",\"claim\":\"C1\"," CLAIM));
    assert_string_equal(r.job.steps[0].targets[0].settings[0].instance, "password");
    done(&r);
    read_json(&r, STEP("\"credential\":\"env:CREDENTIAL\",\"claim\":\"other\"," CLAIM));
    assert_int_equal(r.rc, -1);
    assert_says(r.e.text, "job.json: step1.credential env:CREDENTIAL: is not of the form other-");
    done(&r);
}

static void test_routes(void **state)
{
    struct reader r;
    const struct job_step *s;

    (void)state;
    must_read(&r, STEP(CLAIM ",\"route\":\"Course\",\"otherwise\":\"skip\",\"claim_version\":7,"
                             "\"set\":{\"p.password\":\"env:PW\",\"x.y\":\"{{Y}}\"},"
                             "\"routes\":{\"Go 101\":\"A\",\"Rust\":{\"claim\":\"B\","
                             "\"claim_version\":2,\"set\":{\"p.password\":\"env:PW2\"}},"
                             "\" Go 102 \":\"A\",\"Go 103\":{\"claim\":\"A\"},"
                             "\"Zig\":{\"credential\":\"env:CRED\"}}"));
    s = &r.job.steps[0];
    assert_string_equal(s->route, "Course");
    assert_true(s->skip_unrouted);
    assert_int_equal(s->n_targets, 3);
    assert_int_equal(route_find(&s->routes, slice_of("Go 101")), 0);
    assert_int_equal(route_find(&s->routes, slice_of("Go 102")), 0);
    assert_int_equal(route_find(&s->routes, slice_of("Go 103")), 0);
    assert_int_equal(route_find(&s->routes, slice_of("Rust")), 1);
    assert_int_equal(route_find(&s->routes, slice_of("Zig")), 2);
    assert_int_equal(route_find(&s->routes, slice_of("C")), ROUTE_NONE);
    assert_string_equal(s->targets[0].id, "A");
    assert_int_equal(s->targets[0].version, 7);
    assert_int_equal(s->targets[0].n_settings, 2);
    assert_string_equal(s->targets[0].settings[0].value, "open sesame");
    assert_string_equal(s->targets[1].id, "B");
    assert_int_equal(s->targets[1].version, 2);
    assert_int_equal(s->targets[1].n_settings, 2);
    assert_string_equal(s->targets[1].settings[0].field, "y");
    assert_string_equal(s->targets[1].settings[1].value, "open barley");
    assert_string_equal(s->targets[2].id, "claimA");
    assert_int_equal(s->targets[2].n_settings, 3);
    done(&r);
}

static void test_code_routes(void **state)
{
    struct reader r;
    const struct job_step *s;

    (void)state;
    must_read(&r, STEP(CODE ",\"route\":\"Course\",\"routes\":{"
                            "\"Go\":{\"claim\":\"A\",\"seed_from\":\"env:SEED\"},"
                            "\"Rust\":{\"claim\":\"B\",\"codes\":\"b.txt\"},"
                            "\"Go 2\":{\"claim\":\"A\",\"seed_from\":\"env:SEED\"}}"));
    s = &r.job.steps[0];
    assert_false(s->skip_unrouted);
    assert_int_equal(s->n_targets, 2);
    assert_string_equal(s->targets[0].seed, "sesame seed");
    assert_null(s->targets[0].codes);
    assert_string_equal(s->targets[1].codes, "b.txt");
    assert_null(s->targets[1].seed);
    done(&r);
    /* what a route says takes the place of what the step says */
    must_read(&r, STEP(SEEDED ",\"route\":\"Course\",\"routes\":{\"Go\":\"A\",\"Rust\":{"
                              "\"claim\":\"B\",\"codes\":\"b.txt\"}}"));
    assert_int_equal(r.job.steps[0].n_targets, 2);
    assert_null(r.job.steps[0].targets[1].seed);
    done(&r);
}

static void test_routes_csv(void **state)
{
    struct reader r;
    const struct job_step *s;

    (void)state;
    put_file("routes.csv", "\xef\xbb\xbf"
                           "Kurs,Ziel\r\n\r\nGo 101,A\r\n , \r\n\"Bread, 2\", B \r\nRust,A");
    must_read(&r, STEP(CLAIM ",\"route\":\"Kurs\",\"routes\":\"routes.csv\","
                             "\"set\":{\"p.password\":\"env:PW\"}"));
    s = &r.job.steps[0];
    assert_int_equal(s->n_targets, 2);
    assert_int_equal(s->routes.n, 3);
    assert_string_equal(s->targets[route_find(&s->routes, slice_of("Rust"))].id, "A");
    assert_string_equal(s->targets[route_find(&s->routes, slice_of("Bread, 2"))].id, "B");
    assert_string_equal(s->targets[1].settings[0].value, "open sesame");
    done(&r);
}

static void test_routes_csv_refused(void **state)
{
    static const struct {
        const char *csv, *says;
    } cases[] = {
        {"course,claim\nGo,A\nRust,B\nGo,C\n",
         "routes.csv:4: \"Go\" stands on line 2 already: remove one of them"},
        {"course,claim\nGo,A\nGo,A\n", "routes.csv:3: \"Go\" stands on line 2 already"},
        {"course,claim\nGo,A\n Go ,A\n", "routes.csv:3: \"Go\" stands on line 2 already"},
        {"course,claim\n\nGo,\n", "routes.csv:3: the target is empty"},
        {"course,claim\n,A\n", "routes.csv:2: the value is empty"},
        {"course,claim\nGo\n", "routes.csv:2: has 1 field, the header has 2"},
        {"course\nGo\n", "routes.csv:1: there is but one column"},
        {"course,claim,note\nGo,A,B\n", "routes.csv:1: there are more than two columns"},
        {"course,claim\nGo,A,B\n", "routes.csv:2: has 3 fields, the header has 2"},
        {"course,claim\nG\xff,A\n",
         "routes.csv:2: column 1 (\"course\") holds a byte that is no UTF-8"},
        {"course,claim\n\"Go,A\n", "routes.csv:2: a quote opened on line 2 is never closed"},
        {"course,claim\n", "routes.csv: has no routes"},
        {"", "routes.csv: is empty"},
        {NULL, "routes.csv: cannot be opened: No such file"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reader r;

        remove("routes.csv");
        if (cases[i].csv)
            put_file("routes.csv", cases[i].csv);
        read_json(&r, STEP(CLAIM ",\"route\":\"Kurs\",\"routes\":\"routes.csv\""));
        assert_int_equal(r.rc, -1);
        assert_int_equal(r.e.code, EXIT_USAGE);
        assert_says(r.e.text, cases[i].says);
        done(&r);
    }
}

/* Many routes take neither long nor a target each. */
static void test_many_routes(void **state)
{
    FILE *f = fopen("routes.csv", "w");
    struct reader r;

    (void)state;
    assert_non_null(f);
    fputs("course,claim\n", f);
    for (int i = 0; i < JOBROUTES_MAX; i++)
        fprintf(f, "course %d,claim %d\n", i, i % 1000);
    assert_int_equal(fclose(f), 0);
    must_read(&r, STEP(CLAIM ",\"route\":\"Kurs\",\"routes\":\"routes.csv\""));
    assert_int_equal(r.job.steps[0].n_targets, 1000);
    assert_int_equal(r.job.steps[0].routes.n, JOBROUTES_MAX);
    assert_string_equal(
        r.job.steps[0].targets[route_find(&r.job.steps[0].routes, slice_of("course 99997"))].id,
        "claim 997");
    done(&r);
    f = fopen("routes.csv", "a");
    assert_non_null(f);
    fputs("one more,claim\n", f);
    assert_int_equal(fclose(f), 0);
    read_json(&r, STEP(CLAIM ",\"route\":\"Kurs\",\"routes\":\"routes.csv\""));
    assert_int_equal(r.rc, -1);
    assert_says(r.e.text, "routes.csv: more than 100000 routes");
    done(&r);
}

/* Everything is relative to the job file. */
static void test_paths(void **state)
{
    struct reader r;
    char real[PATH_MAX];

    (void)state;
    assert_int_equal(mkdir("jobs", 0700), 0);
    put_file("jobs/pw", "open file\n");
    put_file("jobs/routes.csv", "course,claim\nGo,A\n");
    put_file("jobs/one.json", "{\"results\":\"out.csv\",\"ledger\":\"/abs/l.db\",\"steps\":["
                              "{" CODE ",\"codes\":\"codes.txt\"},"
                              "{" CLAIM ",\"route\":\"Kurs\",\"routes\":\"routes.csv\",\"set\":{"
                              "\"p.password\":\"file:pw\",\"p.absolute\":\"file:/dev/null\"}}]}");
    read_path(&r, "jobs/one.json");
    assert_says(r.e.text, "jobs/one.json: step2.set p.absolute file:/dev/null: the file is empty");
    done(&r);
    put_file("jobs/one.json", "{\"results\":\"out.csv\",\"ledger\":\"/abs/l.db\",\"steps\":["
                              "{" CODE ",\"codes\":\"codes.txt\"},"
                              "{" CLAIM ",\"route\":\"Kurs\",\"routes\":\"routes.csv\",\"set\":{"
                              "\"p.password\":\"file:pw\"}}]}");
    read_path(&r, "jobs/one.json");
    assert_string_equal(r.e.text, "");
    assert_int_equal(r.rc, 0);
    assert_string_equal(r.job.results, "jobs/out.csv");
    assert_string_equal(r.job.ledger, "/abs/l.db");
    assert_string_equal(r.job.steps[0].targets[0].codes, "jobs/codes.txt");
    assert_string_equal(r.job.steps[1].targets[0].settings[0].value, "open file");
    assert_string_equal(r.job.name, realpath("jobs/one.json", real));
    done(&r);
}

static void test_whole_refused(void **state)
{
    static const struct refused cases[] = {
        /* syntax */
        {"", "job.json:1:"},
        {"{\n  \"steps\": [\n    {,}\n", "job.json:3:6: string or '}' expected"},
        {"{\"steps\":[],}", "job.json:1:13: string or '}' expected"},
        {"{\"key\":[\"a\"],\n\"key\":[\"b\"]}", "job.json:2:5: duplicate object key"},
        {"{\"key\":\"\\u0000\"}", "can't stand in a text"},
        {"{} x", "job.json:1:4: end of file expected"},
        {"{\"secret_from\": \"hunter2}", "job.json:1:"},
        {"[]", "job.json: must be an object, not a list"},
        {"7", "job.json: must be an object, not a number"},
        /* the whole */
        {"{}", "job.json: there are no steps"},
        {"{\"stps\":[]}", "job.json: \"stps\" is unknown: nearest is \"steps\""},
        {"{\"colour\":[]}", "job.json: \"colour\" is unknown: there are filter, ledger, key"},
        {"{\"steps\":[]}", "job.json: steps: must be a list of 1 to 8 steps"},
        {"{\"steps\":{}}", "job.json: steps: must be a list of 1 to 8 steps"},
        {"{\"steps\":[7]}", "job.json: step1: must be an object, not a number"},
        {"{\"steps\":[{},{},{},{},{},{},{},{},{}]}", "must be a list of 1 to 8"},
        {"{\"$schema\":7}", "job.json: $schema: must be a text, not a number"},
        {"{\"input\":{\"adress\":\"x\"}}",
         "job.json: input: \"adress\" is unknown: nearest is \"address\""},
        {"{\"input\":\"Wallet\"}", "job.json: input: must be an object, not a text"},
        {"{\"input\":{\"address\":\"\"}}", "job.json: input.address: is empty"},
        {"{\"input\":{\"address\":null}}", "job.json: input.address: must be a text, not null"},
        {"{\"input\":{\"address\":\"a\",\"email\":\"b\"}}",
         "job.json: input.email: a recipient has one column"},
        {"{\"key\":\"Email\"}", "job.json: key: must be a list of columns"},
        {"{\"key\":[]}", "job.json: key: must be a list of columns"},
        {"{\"key\":[7]}", "job.json: key: must be a text, not a number"},
        {"{\"key\":[\"a,b\"]}", "job.json: key: \"a,b\": the name of a column can't hold a comma "
                                "here: say its number, as #3"},
        {"{\"again\":0}", "job.json: again: must be a whole number from 1 to 1000000"},
        {"{\"again\":\"2\"}", "job.json: again: must be a number, not a text"},
        {"{\"again\":1.5}", "job.json: again: must be a whole number"},
        {"{\"results\":true}", "job.json: results: must be a text, not true or false"},
        {"{\"api_url\":[]}", "job.json: api_url: must be a text, not a list"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

static void test_steps_refused(void **state)
{
    static const struct refused cases[] = {
        /* actions */
        {STEP(""), "job.json: step1.action: must be a text, not nothing"},
        {STEP("\"action\":\"clam\""), "step1.action: \"clam\" is unknown: nearest is \"claim\""},
        {STEP("\"action\":\"frobnicate\""), "there are claim, code, store"},
        {STEP(CLAIM ",\"clam\":\"C\""), "job.json: step1: \"clam\" is unknown: nearest is"},
        {STEP(CLAIM ",\"store\":\"C\""), "job.json: step1: \"store\" does not go with this action"},
        {STEP(CLAIM),
         "job.json: step1: the claim id is missing: its page on bitbadges.io shows it"},
        {STEP(STORE), "job.json: step1: the store id is missing"},
        {STEP(CODE), "job.json: step1: has no codes: give seed_from or codes"},
        {STEP(SEEDED ",\"codes\":\"x\""), "job.json: step1: has seed_from and codes"},
        {STEP(STORE ",\"seed_from\":\"env:SEED\""), "\"seed_from\" does not go with this action"},
        {CLAIM_WITH(",\"claim_version\":-2"),
         "job.json: step1.claim_version: must be a whole number, and"},
        {STEP(SEEDED ",\"count\":0"), "job.json: step1.count: must be a whole number from 1 to"},
        {STEP(SEEDED ",\"start\":-1"), "job.json: step1.start: must be a whole number from 0 to"},
        {STEP(SEEDED ",\"link\":\"x{{kode}}\""), "job.json: step1"},
        {STEP(SEEDED ",\"link\":\"x{{claim}}{{code}}\""), "job.json: step1"},
        {STEP(STORE ",\"store\":\"S\",\"batch\":10001"),
         "job.json: step1.batch: must be a whole number from 1 to 10000"},
        {STEP(STORE ",\"store\":\"S\",\"remove\":\"yes\""),
         "job.json: step1.remove: must be true or false, not a text"},
        {"{\"input\":{\"email\":\"Mail\"}," CLAIM_STEP_REST,
         "job.json: step1: a claim needs addresses"},
        {"{" CLAIM_STEP_MEMBER ",\"input\":{\"id\":\"x\"}}",
         "job.json: step1: a claim needs addresses"},
        /* settings and secrets */
        {CLAIM_WITH(",\"set\":[]"),
         "job.json: step1.set: must be an object of names and values, not a list"},
        {CLAIM_WITH(",\"set\":{\"a.b\":7}"),
         "job.json: step1.set.a.b: must be a text, not a number"},
        {CLAIM_WITH(",\"set\":{\"ab\":\"x\"}"),
         "job.json: step1.set ab: name the plugin's instance"},
        {CLAIM_WITH(",\"set\":{\"_a.b\":\"x\"}"),
         "job.json: step1.set _a.b: is no plugin's instance"},
        {CLAIM_WITH(",\"set\":{\"p.password\":\"hunter2\"}"), "step1.set p.password: a secret"},
        {CLAIM_WITH(",\"set\":{\"p.password\":\"env:NONE\"}"),
         "job.json: step1.set p.password env:NONE: the environment has no NONE"},
        {STEP(STORE ",\"store\":\"S\",\"secret_from\":\"hunter2\""),
         "job.json: step1.secret_from: a secret"},
        {STEP(CODE ",\"seed_from\":\"hunter2\""), "job.json: step1.seed_from: a secret"},
        {STEP(CODE ",\"seed_from\":\"\""), "job.json: step1.seed_from: is empty"},
        {STEP(CLAIM ",\"credential\":\"C-p-hunter2\""), "job.json: step1.credential: a secret"},
        {STEP(CODE ",\"seed_from\":\"file:none\""), "job.json: step1.seed_from file:none: No such"},
        /* {{stepK.code}} */
        {CLAIM_WITH(",\"set\":{\"c.code\":\"{{step1.code}}\"}"),
         "job.json: step1: {{step1.code}}: is no earlier step"},
        {CLAIM_WITH(",\"set\":{\"c.code\":\"{{Column}}{{ step2.code }}\"}"),
         "job.json: step1: {{step2.code}}: is no earlier step"},
        {"{\"steps\":[{" STORE ",\"store\":\"S\"},{" CLAIM ",\"claim\":\"C\",\"set\":{"
         "\"c.code\":\"{{step1.code}}\"}}]}",
         "job.json: step2: {{step1.code}}: is no earlier step"},
        /* two steps with one target */
        {"{\"steps\":[{" CLAIM ",\"claim\":\"C\"},{" CLAIM ",\"claim\":\"C\"}]}",
         "job.json: steps: steps 1 and 2 have the same target"},
        {"{\"steps\":[{" SEEDED "},{" STORE ",\"store\":\"S\"},{" SEEDED ",\"claim\":\"C\"}]}",
         "job.json: steps: steps 1 and 3 have the same target"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

static void test_routes_refused(void **state)
{
    static const struct refused cases[] = {
        {STEP(CLAIM ",\"routes\":{\"Go\":\"A\"}"), "job.json: step1: has routes, but no route"},
        {CLAIM_WITH(",\"route\":\"Course\""), "job.json: step1: has no routes"},
        {CLAIM_WITH(",\"otherwise\":\"skip\""), "job.json: step1: has no routes"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{}"),
         "job.json: step1.routes: there are no routes"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":[]"),
         "job.json: step1.routes: must be an object of values and targets, or the path of a CSV, "
         "not a list"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":\"\""), "job.json: step1.routes: is empty"},
        {STEP(CLAIM ",\"route\":\"C\",\"otherwise\":\"x\",\"routes\":{\"Go\":\"A\"}"),
         "job.json: step1.otherwise: \"x\": give \"invalid\" or \"skip\""},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":7}"),
         "job.json: step1.routes.Go: must be a target's id or an object, not a number"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":\" \"}"),
         "job.json: step1.routes.Go: is empty"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\" \":\"A\"}"), "the value is empty"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":{}}"),
         "job.json: step1.routes.Go: the claim id is missing"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":{\"clam\":\"A\"}}"),
         "job.json: step1.routes.Go: \"clam\" is unknown: nearest is \"claim\""},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":{\"claim\":\"A\",\"route\":\"x\"}}"),
         "job.json: step1.routes.Go: \"route\" does not go into a route"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":{\"store\":\"A\"}}"),
         "job.json: step1.routes.Go: \"store\" does not go with this action"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":\"A\",\"Go\":\"B\"}"),
         "duplicate object key"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":\"A\",\" Go\":\"B\"}"),
         "job.json: step1.routes: \"Go\" stands there twice"},
        {STEP(CLAIM ",\"route\":\"C\",\"credential\":\"env:CRED\",\"routes\":{\"Go\":\"A\"}"),
         "job.json: step1: a credential is for one claim"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":\"A\",\"Rust\":{\"claim\":\"A\","
                    "\"claim_version\":2}}"),
         "job.json: step1.routes: \"Go\" and \"Rust\" have the same target, but not the same"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":{\"claim\":\"A\",\"set\":{"
                    "\"p.password\":\"hunter2\"}}}"),
         "job.json: step1.routes.Go.set p.password: a secret"},
        {STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"Go\":{\"claim\":\"A\",\"set\":{"
                    "\"c.code\":\"{{step1.code}}\"}}}"),
         "job.json: step1.routes.Go: {{step1.code}}: is no earlier step"},
        {STEP(SEEDED ",\"route\":\"C\",\"routes\":{\"Go\":\"A\",\"Rust\":\"B\"}"),
         "\"Go\" and \"Rust\" share a seed or list of codes: each claim has one of its own"},
        {STEP(CODE ",\"route\":\"C\",\"routes\":{\"Go\":{\"claim\":\"A\",\"codes\":\"c\"},"
                   "\"Rust\":{\"claim\":\"B\",\"codes\":\"c\"}}"),
         "\"Go\" and \"Rust\" share a seed or list of codes"},
        {STEP(CODE ",\"route\":\"C\",\"routes\":{\"Go\":\"A\"}"), "step1: has no codes"},
        {STEP(CODE ",\"route\":\"C\",\"routes\":{\"Go\":{\"claim\":\"A\"}}"),
         "job.json: step1.routes.Go: has no codes"},
        {STEP(CODE ",\"route\":\"C\",\"routes\":{\"Go\":{\"seed_from\":\"env:SEED\","
                   "\"codes\":\"x\"}}"),
         "job.json: step1.routes.Go: has seed_from and codes"},
        {"{\"steps\":[{" CLAIM ",\"claim\":\"A\"},{" CLAIM ",\"route\":\"C\",\"routes\":{"
         "\"Go\":\"B\",\"Rust\":\"A\"}}]}",
         "job.json: steps: steps 1 and 2 have the same target"},
    };

    (void)state;
    must_refuse(cases, COUNT(cases));
}

static void test_limits_refused(void **state)
{
    static const struct {
        const char *limit, *says;
    } cases[] = {
        {"\"rat\":\"1/s\"", "limits: \"rat\" is unknown: nearest is \"rate\""},
        {"\"rate\":\"fast\"", "limits.rate: \"fast\": give a count for a time"},
        {"\"rate\":100", "limits.rate: must be a text, not a number"},
        {"\"burst\":0", "limits.burst: must be a whole number from 1 to 100000"},
        {"\"in_flight\":4097", "limits.in_flight: must be a whole number from 1 to 4096"},
        {"\"lanes\":65", "limits.lanes: must be a whole number from 1 to 64"},
        {"\"tries\":1001", "limits.tries: must be a whole number from 1 to 1000"},
        {"\"max_failures\":0", "limits.max_failures: give a number such as 25"},
        {"\"max_failures\":\"101%\"", "limits.max_failures: give a number such as 25"},
        {"\"max_failures\":true", "limits.max_failures: give a number such as 25"},
        {"\"max_credits\":0", "limits.max_credits: must be a whole number, and at least 1"},
        {"\"max_credits\":9223372036854775808", "job.json:1:"},
        {"\"max_duration\":\"soon\"", "limits.max_duration: \"soon\": give a time such as"},
        {"\"max_duration\":60", "limits.max_duration: must be a text, not a number"},
        {"\"settle_timeout\":\"-1s\"", "limits.settle_timeout: \"-1s\": give a time"},
        {"\"queue_delay\":\"\"", "limits.queue_delay: is empty"},
        {"\"connect_timeout\":\"0s\"", "limits.connect_timeout: \"0s\": is no time at all"},
        {"\"timeout\":\"0.5ms\"", "limits.timeout: \"0.5ms\": is no time at all"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reader r;
        char json[256];

        snprintf(json, sizeof json, "{\"limits\":{%s}," CLAIM_STEP_REST, cases[i].limit);
        read_json(&r, json);
        if (r.rc != -1 || r.e.code != EXIT_USAGE)
            fail_msg("taken: %s", json);
        assert_says(r.e.text, cases[i].says);
        done(&r);
    }
}

static void test_adding_and_removing(void **state)
{
    struct reader r;

    (void)state;
    must_read(&r, "{\"steps\":[{" STORE ",\"store\":\"S\"},{" STORE
                  ",\"store\":\"S\",\"remove\":true},{" CLAIM ",\"claim\":\"S\"}]}");
    assert_int_equal(r.job.n_steps, 3);
    done(&r);
}

static void test_files_refused(void **state)
{
    struct reader r;
    FILE *f;

    (void)state;
    read_path(&r, "none.json");
    assert_says(r.e.text, "none.json: the job file cannot be read: No such file");
    done(&r);
    read_path(&r, ".");
    assert_says(r.e.text, ".: is a folder: a job file is an ordinary file");
    done(&r);
    f = fopen("big.json", "w");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), JOBFILE_SIZE_MAX + 1), 0);
    fclose(f);
    read_path(&r, "big.json");
    assert_says(r.e.text, "big.json: is larger than");
    done(&r);
}

/* A place longer than there is room for is cut, not overrun. */
static void test_long_places(void **state)
{
    char path[600];
    struct reader r;

    (void)state;
    memset(path, 'x', sizeof path);
    for (int i = 0; i < 2; i++) {
        path[200 * (i + 1)] = '\0';
        assert_int_equal(mkdir(path, 0700), 0);
        path[200 * (i + 1)] = '/';
    }
    snprintf(path + 401, sizeof path - 401, "job.json");
    put_file(path,
             STEP(CLAIM ",\"route\":\"C\",\"routes\":{\"" LONG_NAME "\":{\"" LONG_NAME "\":1}}"));
    read_path(&r, path);
    assert_int_equal(r.rc, -1);
    assert_says(r.e.text, "is unknown");
    done(&r);
}

/* The samples, wherever the tests are run from. */
static void test_samples(void **state)
{
    static const struct {
        const char *path;
        size_t steps, targets;
    } cases[] = {
        {"samples/jobs/courses.json", 1, 3},
        {"samples/jobs/code-then-claim.json", 2, 1},
        {"samples/jobs/store-and-claim.json", 2, 1},
        {"samples/jobs/lookup-otherwise.json", 2, 1},
    };

    (void)state;
    setenv("CLAIM_PASSWORD", "open sesame", 1);
    setenv("CODE_SEED", "sesame seed", 1);
    setenv("STORE_SECRET", "open store", 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reader r;

        read_path(&r, cases[i].path);
        assert_string_equal(r.e.text, "");
        assert_int_equal(r.rc, 0);
        assert_int_equal(r.job.n_steps, cases[i].steps);
        assert_int_equal(r.job.steps[0].n_targets, cases[i].targets);
        done(&r);
    }
}

static const struct json *schema_of(const struct json *schema, const char *def, bool of_route)
{
    const struct json *object = json_get(json_get(schema, "$defs"), def);

    if (!object) /* the whole, or one of its members */
        return *def ? json_get(json_get(schema, "properties"), def) : schema;
    if (!of_route)
        return object;
    object = json_get(json_get(object, "properties"), "routes");
    object = json_get(json_at(json_get(object, "anyOf"), 1), "additionalProperties");
    return json_at(json_get(object, "anyOf"), 1);
}

struct names {
    const char *list; /* ", a, b, c," */
    size_t n;
};

static int check_known(void *context, struct slice name, const struct json *v)
{
    struct names *names = context;
    char item[64];

    (void)v;
    snprintf(item, sizeof item, ", %.*s,", (int)name.len, name.ptr);
    assert_says(names->list, item);
    names->n++;
    return 0;
}

/* The schema has the same members as the program. */
static void test_schema(void **state)
{
    static const struct {
        const char *def;
        bool of_route;
        const char *json;
    } cases[] = {
        {"", false, "{\"unheard-of\":0}"},
        {"input", false, "{\"input\":{\"unheard-of\":0}}"},
        {"limits", false, "{\"limits\":{\"unheard-of\":0}}"},
        {"claim", false, STEP(CLAIM ",\"unheard-of\":0")},
        {"code", false, STEP(CODE ",\"unheard-of\":0")},
        {"store", false, STEP(STORE ",\"unheard-of\":0")},
        {"claim", true, STEP(CLAIM ",\"routes\":{\"Go\":{\"unheard-of\":0}}")},
        {"code", true, STEP(CODE ",\"routes\":{\"Go\":{\"unheard-of\":0}}")},
        {"store", true, STEP(STORE ",\"routes\":{\"Go\":{\"unheard-of\":0}}")},
    };
    struct json_fault f = {.line = 0};
    struct json *schema = json_parse_strict(slice_of(file_text("samples/job.schema.json")), &f);

    (void)state;
    if (!schema)
        fail_msg("job.schema.json:%d:%d: %s", f.line, f.column, f.text);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct json *object = schema_of(schema, cases[i].def, cases[i].of_route);
        const char *known;
        char list[ERR_TEXT_MAX];
        struct names names = {list, 0};
        size_t n = 1;
        struct reader r;

        read_temporary(&r, cases[i].json);
        known = strstr(r.e.text, "is unknown: there are ");
        assert_non_null(known);
        snprintf(list, sizeof list, ", %s,", known + strlen("is unknown: there are "));
        json_each(json_get(object, "properties"), check_known, &names);
        for (const char *at = known; (at = strstr(at, ", ")); at++)
            n++;
        assert_int_equal(names.n, n);
        assert_true(json_get(object, "additionalProperties") &&
                    !json_holds_true(json_get(object, "additionalProperties")));
        done(&r);
    }
    json_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples), /* first: in the project's folder */
        cmocka_unit_test(test_schema),
        IN_SECRETS(test_whole),
        IN_SECRETS(test_least),
        IN_SECRETS(test_limits),
        IN_SECRETS(test_input),
        IN_SECRETS(test_lookup_beside_the_job),
        IN_SECRETS(test_input_refused),
        IN_SECRETS(test_too_many_filters),
        IN_SECRETS(test_otherwise),
        IN_SECRETS(test_otherwise_refused),
        IN_SECRETS(test_credential),
        IN_SECRETS(test_routes),
        IN_SECRETS(test_code_routes),
        IN_SECRETS(test_routes_csv),
        IN_SECRETS(test_routes_csv_refused),
        IN_SECRETS(test_many_routes),
        IN_SECRETS(test_paths),
        IN_SECRETS(test_whole_refused),
        IN_SECRETS(test_steps_refused),
        IN_SECRETS(test_routes_refused),
        IN_SECRETS(test_limits_refused),
        IN_SECRETS(test_adding_and_removing),
        IN_SECRETS(test_files_refused),
        IN_SECRETS(test_long_places),
    };

    return cmocka_run_group_tests_name("jobfile", tests, NULL, NULL);
}
