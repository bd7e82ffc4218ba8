/* settings: what the command line, job files and job.schema.json say of a setting is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "actions/action.h"
#include "adapters/json.h"
#include "base/number.h"
#include "fixture.h"
#include "settings/commands.h"
#include "settings/jobfile.h"
#include "settings/jobtexts.h"
#include "settings/jobwords.h"
#include "settings/options.h"
#include "settings/settings.h"
#include "stages/job.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MEMBER_MAX 64
#define STEPS (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE)

static const struct json *schema;
static char differences[8192];

__attribute__((format(printf, 1, 2))) static void differs(const char *fmt, ...)
{
    size_t len = strlen(differences);
    va_list args;

    va_start(args, fmt);
    vsnprintf(differences + len, sizeof differences - len, fmt, args);
    va_end(args);
    strncat(differences, "\n", sizeof differences - strlen(differences) - 1);
}

static void same_all(void)
{
    if (*differences)
        fail_msg("these differ:\n%s", differences);
}

static int read_schema(void **state)
{
    static char bytes[65536];
    struct json_fault f = {.line = 0};
    FILE *file = fopen("samples/job.schema.json", "r");

    (void)state;
    if (!file)
        return -1;
    bytes[fread(bytes, 1, sizeof bytes - 1, file)] = '\0';
    fclose(file);
    schema = json_parse_strict(slice_of(bytes), &f);
    return schema ? 0 : -1;
}

static int drop_schema(void **state)
{
    (void)state;
    json_free((struct json *)schema);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    *differences = '\0';
    setenv("BITBADGES_API_KEY", "a-key-of-the-tests", 1); /* without one little is taken */
    return 0;
}

/* ---- where a member stands in the schema ---- */

static const char *const objects[] = {"",      "input", "limits", "mail",
                                      "claim", "code",  "store",  "mail"};
#define OBJECTS (sizeof objects / sizeof *objects)
#define OBJECT_OF_STEP 4 /* the first that is a step's */

static const struct json *properties(size_t object)
{
    const struct json *of = *objects[object] == '\0' ? schema
                            : object >= OBJECT_OF_STEP
                                ? json_get(json_get(schema, "$defs"), objects[object])
                                : json_get(json_get(schema, "properties"), objects[object]);

    return json_get(of, "properties");
}

/* What says what the member is: itself, or what it refers to. */
static const struct json *definition(const struct json *member)
{
    static const char here[] = "#/$defs/";
    struct slice ref = json_text(json_get(member, "$ref"));

    if (!ref.ptr)
        return member;
    return definition(json_get(json_get(schema, "$defs"), ref.ptr + sizeof here - 1));
}

/* Its name in the object, or NULL: it does not stand there. */
static const char *name_in(size_t object, const struct setting *s)
{
    const char *dot = s->member ? strchr(s->member, '.') : NULL;
    const char *of = object >= OBJECT_OF_STEP ? "steps" : objects[object];

    if (!s->member || !dot || !*of)
        return dot || *of ? NULL : s->member;
    if (strncmp(s->member, of, strlen(of)) != 0 || s->member[strlen(of)] != '.')
        return NULL;
    return object < OBJECT_OF_STEP || settings_is_of(s, objects[object]) ? dot + 1 : NULL;
}

static const struct json *schema_member(size_t object, const struct setting *s)
{
    const char *name = name_in(object, s);

    return name ? json_get(properties(object), name) : NULL;
}

/* What is about one run, or whom it is run by, and not about the job. */
static bool is_of_the_run(const struct setting *s)
{
    static const char *const names[] = {
        "rows",           "sample",        "limit",           "simulate",   "dry-run",
        "refuse-results", "accept-ledger", "retry-failed",    "ask",        "resend-unknown",
        "format",         "quiet",         "no-skip-claimed", "log-format", "help",
        "version",        "api-key",       "cacert",          "list",       "test-to",
    };

    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], s->option) == 0)
            return true;
    return false;
}

/* ---- what is said of it ---- */

/* The words of "a|b|c" against an enum's. */
static void compare_words(const char *name, const char *words, const struct json *list)
{
    size_t n = 0;

    for (const char *w = words; *w; w += strcspn(w, "|"), w += *w == '|', n++)
        if (!slice_equal((struct slice){w, strcspn(w, "|")}, json_text(json_at(list, n))))
            differs("%s: %s, but the schema has others", name, words);
    if (json_count(list) != n)
        differs("%s: %s, but the schema has %zu words", name, words, json_count(list));
}

static void compare_range(const struct setting *s, const struct json *member)
{
    int64_t min = INT64_MIN, max = INT64_MAX;

    json_int(json_get(member, "minimum"), &min);
    json_int(json_get(member, "maximum"), &max);
    if (!slice_equal(json_text(json_get(member, "type")), slice_of("integer")) || min != s->min ||
        max != s->max)
        differs("%s: from %lld to %lld, but in the schema from %lld to %lld", s->option,
                (long long)s->min, (long long)s->max, (long long)min, (long long)max);
}

static void compare_kind(const struct setting *s, const struct json *member)
{
    struct slice type = json_text(json_get(member, "type"));

    if (s->kind == SETTING_NUMBER)
        compare_range(s, member);
    else if (s->kind == SETTING_WORD && !s->arg)
        compare_words(s->option, s->words->list, json_get(member, "enum"));
    else if ((s->kind == SETTING_ON) != slice_equal(type, slice_of("boolean")))
        differs("%s: is true or false in one of both only", s->option);
}

/* Each setting that is about the job stands in the schema, where it goes with the same actions. */
static void test_settings(void **state)
{
    const struct setting *s;

    (void)state;
    for (size_t i = 0; (s = settings_at(i)); i++) {
        if (s->commands & (STEPS | COMMAND_RUN) && !s->member != is_of_the_run(s))
            differs("%s: is it of the job, or of one run?", s->option);
        for (size_t o = 0; o < OBJECTS; o++) {
            const struct json *m = schema_member(o, s);

            if (m)
                compare_kind(s, definition(m));
            else if (name_in(o, s))
                differs("%s: is not in the schema's \"%s\"", s->member, objects[o]);
        }
    }
    same_all();
}

/* Is it a setting, or what only a job file can say? */
static int check_member(void *context, struct slice name, const struct json *v)
{
    static const char *const only[] = {"$schema",   "input",  "limits", "mail",  "steps",
                                       "otherwise", "action", "route",  "routes"};
    const size_t *object = context;
    const struct setting *s;

    (void)v;
    for (size_t i = 0; i < COUNT(only); i++)
        if (slice_equal(name, slice_of(only[i])))
            return 0;
    for (size_t i = 0; (s = settings_at(i)); i++)
        if (name_in(*object, s) && slice_equal(name, slice_of(name_in(*object, s))))
            return 0;
    differs("%.*s: is no setting of \"%s\"", (int)name.len, name.ptr, objects[*object]);
    return 0;
}

static void test_members(void **state)
{
    (void)state;
    for (size_t o = 0; o < OBJECTS; o++)
        json_each(properties(o), check_member, &o);
    same_all();
}

/* A store takes what its action takes. */
static void test_batch(void **state)
{
    (void)state;
    assert_int_equal(settings_find("batch")->max, action_find("store")->batch_max);
}

/* ---- defaults ---- */

/* Behind "(default: " in the help; "": nothing that a number or a time could be. */
static const char *default_said(const struct setting *s, char out[MEMBER_MAX])
{
    const char *at = strstr(s->help, "(default: ");

    *out = '\0';
    if (at)
        snprintf(out, MEMBER_MAX, "%.*s", (int)strcspn(at + 10, ");:,\n "), at + 10);
    return *out >= '0' && *out <= '9' ? out : "";
}

static const char *place_of(const struct setting *s, struct job *job, struct job_step *step)
{
    static struct settings_own own;

    settings_own_init(&own);
    if (s->part == SETTING_OF_COMMAND)
        return (char *)&own + s->offset;
    return s->part == SETTING_OF_JOB ? (char *)job + s->offset : (char *)step + s->offset;
}

/* Is it what is there when nothing is said? */
static bool is_default(const struct setting *s, const char *said)
{
    static struct job job;
    static struct job_step step;
    static struct job_target target;
    int64_t n = 0, window;

    job_init(&job);
    job_step_init(&step, "store", &target);
    if (s->kind == SETTING_RATE) {
        const struct job_rates *rates = (const void *)((const char *)&job + s->offset);

        return number_rate(said, &n, &window) == 0 && n == rates->list[0].limit &&
               window == rates->list[0].window_ns;
    }
    if (s->kind == SETTING_TIME)
        return number_duration(said, &n) == 0 && memcmp(place_of(s, &job, &step), &n, s->size) == 0;
    assert_int_equal(number_int(said, INT64_MIN, INT64_MAX, &n), 0);
    return memcmp(place_of(s, &job, &step), &n, s->size) == 0; /* of a little-endian machine */
}

/* What the help and the schema say is what job_init does. */
static void test_defaults(void **state)
{
    const struct setting *s;
    char said[MEMBER_MAX], shown[2 * MEMBER_MAX];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; (s = settings_at(i)); i++) {
        if (!*default_said(s, said))
            continue;
        n++;
        if (!is_default(s, said))
            differs("--%s: \"default: %s\", but it is not", s->option, said);
        for (size_t o = 0; o < OBJECTS; o++) {
            const char *words = json_text(json_get(schema_member(o, s), "description")).ptr;

            snprintf(shown, sizeof shown, "(%s)", said);
            if (words && !strstr(words, shown) && s->kind != SETTING_RATE)
                differs("%s: the schema does not say %s", s->member, shown);
        }
    }
    assert_in_range(n, 10, 30);
    same_all();
}

/* A variable is named where its option is explained. */
static void test_variables(void **state)
{
    const struct setting *s;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; (s = settings_at(i)); i++) {
        n += s->variable != NULL;
        if (s->variable && !strstr(s->help, s->variable))
            differs("--%s: does not say %s", s->option, s->variable);
    }
    assert_int_equal(n, 2);
    same_all();
}

/* ---- what the readers do ---- */

/* May a job say so of the member? */
static bool job_takes(size_t object, const char *name, const char *value)
{
    static const char *const steps[] = {
        "\"claim\",\"claim\":\"C\"", "\"code\",\"codes\":\"codes.csv\"",
        "\"store\",\"store\":\"S\"", "\"mail\",\"template\":\"a.eml\""};
    bool of_step = object >= OBJECT_OF_STEP;
    char path[] = "/tmp/claimpipe-test-XXXXXX", member[256];
    struct jobtexts texts;
    struct job job;
    struct err e = ERR_INIT;
    int fd = mkstemp(path), rc;
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

    assert_non_null(f);
    snprintf(member, sizeof member, "\"%s\":%s", name, value);
    fprintf(f, "{");
    if (!of_step)
        fprintf(f, *objects[object] ? "\"%s\":{%s}," : "%s%s,", objects[object], member);
    fprintf(f, "\"steps\":[{\"action\":%s%s%s}]}", steps[of_step ? object - OBJECT_OF_STEP : 0],
            of_step ? "," : "", of_step ? member : "");
    assert_int_equal(fclose(f), 0);
    job_init(&job);
    jobtexts_init(&texts, &job);
    rc = jobfile_read(path, &texts, &e);
    jobtexts_release(&texts);
    unlink(path);
    return rc == 0;
}

/* May the command line say so? */
static bool option_takes(size_t object, const char *option, const char *value)
{
    static const char *const of[OBJECTS] = {"claim", "claim", "claim", "mail",
                                            "claim", "code",  "store", "mail"};
    static const char *const rest[OBJECTS] = {"-cC", "-cC",
                                              "-cC", "--template=a.eml",
                                              "-cC", "--codes=codes.csv",
                                              "-sS", "--template=a.eml"};
    bool mail = strcmp(of[object], "mail") == 0;
    char word[256];
    char *argv[] = {(char *)"claimpipe",
                    (char *)of[object],
                    (char *)"in.csv",
                    (char *)rest[object],
                    mail ? (char *)"--outbox=o" : (char *)"--quiet",
                    word,
                    NULL};
    struct options o;
    struct err e = ERR_INIT;
    int rc;

    snprintf(word, sizeof word, "--%s=%s", option, value);
    rc = options_read(&o, 6, argv, &e);
    options_release(&o);
    return rc == 0;
}

static void must_agree(size_t object, const char *option, const char *member, const char *value,
                       bool text, bool wanted)
{
    char quoted[128];

    snprintf(quoted, sizeof quoted, text ? "\"%s\"" : "%s", value);
    if (job_takes(object, member, quoted) != wanted)
        differs("%s %s: is %s in a job, but not by the schema", member, quoted,
                wanted ? "refused" : "taken");
    if (option_takes(object, option, value) != wanted)
        differs("--%s %s: is %s, but not by the schema", option, value,
                wanted ? "refused" : "taken");
}

static void probe_range(size_t object, const struct setting *s, const char *member)
{
    const struct json *m = definition(schema_member(object, s));
    int64_t min = 0, max = INT64_MAX;
    char value[32];

    assert_int_equal(json_int(json_get(m, "minimum"), &min), 0);
    json_int(json_get(m, "maximum"), &max);
    for (int past = -1; past <= 1; past++) {
        snprintf(value, sizeof value, "%lld", (long long)min + past);
        must_agree(object, s->option, member, value, false, past >= 0);
        snprintf(value, sizeof value, "%lld", (long long)max - (past < 0 ? 1 : 0));
        must_agree(object, s->option, member, value, false, true);
        if (max < INT64_MAX) {
            snprintf(value, sizeof value, "%lld", (long long)max + 1);
            must_agree(object, s->option, member, value, false, false);
        }
    }
}

static void probe_words(size_t object, const struct setting *s, const char *member)
{
    const struct json *words = json_get(definition(schema_member(object, s)), "enum");

    for (size_t i = 0; i < json_count(words); i++)
        must_agree(object, s->option, member, json_text(json_at(words, i)).ptr, true, true);
    must_agree(object, s->option, member, "unheard-of", true, false);
}

/* What the schema says of numbers and words is what both readers do. */
static void test_ranges_and_words(void **state)
{
    const struct setting *s;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; (s = settings_at(i)); i++)
        for (size_t o = 0; o < OBJECTS; o++) {
            const char *member = name_in(o, s);
            const struct json *m = definition(schema_member(o, s));

            n += m != NULL;
            if (m && slice_equal(json_text(json_get(m, "type")), slice_of("integer")))
                probe_range(o, s, member);
            else if (m && json_get(m, "enum"))
                probe_words(o, s, member);
        }
    assert_in_range(n, 50, 120);
    same_all();
}

/* Is the text, as it is written in JSON, one that the schema's pattern knows? */
static bool pattern_takes(struct slice pattern, const char *json)
{
    struct json *v = json_parse(slice_of(json));
    PCRE2_SIZE at;
    int code, rc;
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, 0, &code, &at, NULL);
    pcre2_match_data *match = re ? pcre2_match_data_create_from_pattern(re, NULL) : NULL;

    assert_non_null(v);
    assert_non_null(match);
    rc = pcre2_match(re, (PCRE2_SPTR)json_text(v).ptr, json_text(v).len, 0, 0, match, NULL);
    pcre2_match_data_free(match);
    pcre2_code_free(re);
    json_free(v);
    return rc >= 0;
}

static bool schema_takes(const struct json *m, const char *json)
{
    struct slice pattern = json_text(json_get(m, "pattern"));
    const struct json *any = json_get(m, "anyOf");
    bool taken = pattern.ptr && pattern_takes(pattern, json);

    for (size_t i = 0; i < json_count(any); i++)
        taken = taken || schema_takes(definition(json_at(any, i)), json);
    return taken;
}

/* What has a form of its own: taken or refused by all three alike. */
static void test_forms(void **state)
{
    static const struct {
        size_t object;
        const char *option, *member, *value; /* as the command line has it */
        const char *json;                    /* NULL: the same, as a text */
        bool taken;
    } cases[] = {
        {1, "delimiter", "delimiter", " ", NULL, true},
        {1, "delimiter", "delimiter", "\t", "\"\\t\"", true},
        {1, "delimiter", "delimiter", "\x01", "\"\\u0001\"", true},
        {1, "delimiter", "delimiter", "\\t", "\"\\\\t\"", true},
        {1, "delimiter", "delimiter", ",", NULL, true},
        {1, "delimiter", "delimiter", "a", NULL, false},
        {1, "delimiter", "delimiter", "\n", "\"\\n\"", false},
        {1, "delimiter", "delimiter", "\"", "\"\\\"\"", false},
        {1, "delimiter", "delimiter", "", NULL, false},
        {1, "quote", "quote", "'", NULL, true},
        {1, "quote", "quote", " ", NULL, false},
        {1, "quote", "quote", "\t", "\"\\t\"", false},
        {1, "quote", "quote", "\x01", "\"\\u0001\"", true},
        {1, "quote", "quote", "\f", "\"\\f\"", false},
        {1, "quote", "quote", "q", NULL, false},
        {1, "escape", "escape", "backslash", NULL, true},
        {1, "escape", "escape", " ", NULL, false},
        {1, "escape", "escape", "\x01", "\"\\u0001\"", true},
        {1, "escape", "escape", "none", NULL, true},
        {2, "rate", "rate", "5/250ms", NULL, true},
        {2, "rate", "rate", "none", NULL, true},
        {2, "rate", "rate", "0/m", NULL, false},
        {2, "rate", "rate", "5", NULL, false},
        {2, "max-failures", "max_failures", "25", NULL, true},
        {2, "max-failures", "max_failures", "5%", NULL, true},
        {2, "max-failures", "max_failures", "0", NULL, false},
        {2, "max-failures", "max_failures", "101%", NULL, false},
        {2, "timeout", "timeout", "0s", NULL, false},
        {2, "timeout", "timeout", "1ms", NULL, true},
        {2, "timeout", "timeout", "0.001", NULL, true},
        {2, "timeout", "timeout", "0.0ms", NULL, false},
        {2, "timeout", "timeout", "1w", NULL, false},
        {1, "lookup", "lookup", "people.csv", NULL, true},
        {1, "lookup", "lookup", "", NULL, false},
        {0, "again", "again", "2x", NULL, false},
        {2, "connect-timeout", "connect_timeout", "0.5ms", NULL, false},
        {2, "max-duration", "max_duration", "1.5h", NULL, true},
        {2, "max-duration", "max_duration", "-5", NULL, false},
        {2, "settle-timeout", "settle_timeout", "0", NULL, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct json *member =
            definition(json_get(properties(cases[i].object), cases[i].member));
        char quoted[64];
        const char *json = cases[i].json ? cases[i].json : quoted;

        snprintf(quoted, sizeof quoted, "\"%s\"", cases[i].value);
        if (option_takes(cases[i].object, cases[i].option, cases[i].value) != cases[i].taken)
            differs("--%s '%s': %s", cases[i].option, cases[i].value,
                    cases[i].taken ? "is refused" : "is taken");
        if (job_takes(cases[i].object, cases[i].member, json) != cases[i].taken)
            differs("%s '%s': %s", cases[i].member, cases[i].value,
                    cases[i].taken ? "is refused" : "is taken");
        if (schema_takes(member, json) != cases[i].taken)
            differs("%s %s: %s by the schema", cases[i].member, json,
                    cases[i].taken ? "is refused" : "is taken");
    }
    same_all();
}

#define CLEARED(test) cmocka_unit_test_setup(test, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEARED(test_settings), CLEARED(test_members),   cmocka_unit_test(test_batch),
        CLEARED(test_defaults), CLEARED(test_variables), CLEARED(test_ranges_and_words),
        CLEARED(test_forms),
    };

    return cmocka_run_group_tests_name("settings", tests, read_schema, drop_schema);
}
