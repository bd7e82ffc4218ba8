/* settings: what the command line, job files and job.schema.json say of a setting is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json.h"
#include "fixture.h"
#include "settings/commands.h"
#include "settings/jobfile.h"
#include "settings/jobtexts.h"
#include "settings/options.h"
#include "settings/options_table.h"
#include "settings/options_take.h"
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
    return 0;
}

/* ---- where a member stands in the schema ---- */

static const char *const objects[] = {"", "input", "limits", "claim", "code", "store"};
#define OBJECTS (sizeof objects / sizeof *objects)
#define OBJECT_OF_STEP 3 /* the first that is a step's */

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

/* The member of the option's name, but for those that have another one. */
static const char *member_of(const struct flag *f, char out[MEMBER_MAX])
{
    static const char *const others[][2] = {
        {"where", "filter"}, {"output", "results"}, {"link-template", "link"}};

    for (size_t i = 0; i < COUNT(others); i++)
        if (strcmp(f->name, others[i][0]) == 0)
            return others[i][1];
    snprintf(out, MEMBER_MAX, "%s", f->name);
    for (char *c = out; *c; c++)
        *c = *c == '-' ? '_' : *c;
    return out;
}

/* What is about one run, or whom it is run by, and not about the job. */
static bool is_of_the_run(const struct flag *f)
{
    static const char *const names[] = {
        "rows",
        "sample",
        "limit",
        "simulate",
        "accept-ledger",
        "retry-failed",
        "ask",
        "resend-unknown",
        "format",
        "quiet",
        "no-skip-claimed",
        "log-format",
        "help",
        "version",
        "api-key",
        "cacert",
        "list",
    };

    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], f->name) == 0)
            return true;
    return false;
}

static unsigned command_of(size_t object)
{
    const struct command_row *row;

    if (object < OBJECT_OF_STEP)
        return COMMAND_RUN;
    for (size_t i = 0; (row = commands_at(i)); i++)
        if (strcmp(row->first, objects[object]) == 0)
            return row->command;
    return 0;
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

static void compare_range(const struct flag *f, const struct json *member)
{
    int64_t min = INT64_MIN, max = INT64_MAX;

    json_int(json_get(member, "minimum"), &min);
    json_int(json_get(member, "maximum"), &max);
    if (!slice_equal(json_text(json_get(member, "type")), slice_of("integer")) || min != f->min ||
        max != f->max)
        differs("%s: from %lld to %lld, but in the schema from %lld to %lld", f->name,
                (long long)f->min, (long long)f->max, (long long)min, (long long)max);
}

static void compare_kind(const struct flag *f, const struct json *member)
{
    bool words = f->arg && strchr(f->arg, '|') && strcspn(f->arg, "NAME%") == strlen(f->arg);

    if (f->take == take_number)
        compare_range(f, member);
    else if (words)
        compare_words(f->name, f->arg, json_get(member, "enum"));
    else if (!f->arg != slice_equal(json_text(json_get(member, "type")), slice_of("boolean")))
        differs("%s: is true or false in one of both only", f->name);
}

/* Each option that is about the job stands in the schema, where it goes with the same actions. */
static void test_options(void **state)
{
    char name[MEMBER_MAX];
    const struct flag *f;

    (void)state;
    for (size_t i = 0; (f = flags_at(i)); i++) {
        const char *member = member_of(f, name);
        size_t found = 0;

        if (!(f->commands & (STEPS | COMMAND_RUN)) || is_of_the_run(f))
            continue;
        for (size_t o = 0; o < OBJECTS; o++) {
            const struct json *m = json_get(properties(o), member);

            if (!m)
                continue;
            found++;
            if (!(f->commands & command_of(o)))
                differs("%s: goes with \"%s\" in the schema only", f->name, objects[o]);
            compare_kind(f, definition(m));
        }
        if (!found)
            differs("%s: is not in the schema", f->name);
        for (size_t o = OBJECT_OF_STEP; o < OBJECTS && !(f->commands & COMMAND_RUN); o++)
            if (f->commands & command_of(o) && !json_get(properties(o), member))
                differs("%s: does not go with \"%s\" in the schema", f->name, objects[o]);
    }
    same_all();
}

/* Is there an option for the member, or is it what only a job file can say? */
static int check_member(void *context, struct slice name, const struct json *v)
{
    static const char *const only[] = {"$schema",   "input",  "limits", "steps",
                                       "otherwise", "action", "route",  "routes"};
    char own[MEMBER_MAX];
    const struct flag *f;

    (void)context;
    (void)v;
    for (size_t i = 0; i < COUNT(only); i++)
        if (slice_equal(name, slice_of(only[i])))
            return 0;
    for (size_t i = 0; (f = flags_at(i)); i++)
        if (slice_equal(name, slice_of(member_of(f, own))))
            return 0;
    differs("%.*s: is no option", (int)name.len, name.ptr);
    return 0;
}

static void test_members(void **state)
{
    (void)state;
    for (size_t o = 0; o < OBJECTS; o++)
        json_each(properties(o), check_member, NULL);
    same_all();
}

/* ---- what the readers do ---- */

/* May a job say so of the member? */
static bool job_takes(size_t object, const char *name, const char *value)
{
    static const char *const steps[] = {"\"claim\",\"claim\":\"C\"",
                                        "\"code\",\"codes\":\"codes.csv\"",
                                        "\"store\",\"store\":\"S\""};
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
    static const char *const rest[] = {"-cC", "--codes=codes.csv", "-sS"};
    bool of_step = object >= OBJECT_OF_STEP;
    char word[256];
    char *argv[] = {(char *)"claimpipe",
                    of_step ? (char *)objects[object] : (char *)"claim",
                    (char *)"in.csv",
                    of_step ? (char *)rest[object - OBJECT_OF_STEP] : (char *)rest[0],
                    word,
                    NULL};
    struct options o;
    struct err e = ERR_INIT;
    int rc;

    snprintf(word, sizeof word, "--%s=%s", option, value);
    rc = options_read(&o, 5, argv, &e);
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

static void probe_range(size_t object, const struct flag *f, const char *member)
{
    const struct json *m = definition(json_get(properties(object), member));
    int64_t min = 0, max = INT64_MAX;
    char value[32];

    assert_int_equal(json_int(json_get(m, "minimum"), &min), 0);
    json_int(json_get(m, "maximum"), &max);
    for (int past = -1; past <= 1; past++) {
        snprintf(value, sizeof value, "%lld", (long long)min + past);
        must_agree(object, f->name, member, value, false, past >= 0);
        snprintf(value, sizeof value, "%lld", (long long)max - (past < 0 ? 1 : 0));
        must_agree(object, f->name, member, value, false, true);
        if (max < INT64_MAX) {
            snprintf(value, sizeof value, "%lld", (long long)max + 1);
            must_agree(object, f->name, member, value, false, false);
        }
    }
}

static void probe_words(size_t object, const struct flag *f, const char *member)
{
    const struct json *words = json_get(definition(json_get(properties(object), member)), "enum");

    for (size_t i = 0; i < json_count(words); i++)
        must_agree(object, f->name, member, json_text(json_at(words, i)).ptr, true, true);
    must_agree(object, f->name, member, "unheard-of", true, false);
}

/* What the schema says of numbers and words is what both readers do. */
static void test_ranges_and_words(void **state)
{
    char name[MEMBER_MAX];
    const struct flag *f;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; (f = flags_at(i)); i++)
        for (size_t o = 0; o < OBJECTS; o++) {
            const char *member = member_of(f, name);
            const struct json *m = definition(json_get(properties(o), member));

            n += m != NULL;
            if (m && slice_equal(json_text(json_get(m, "type")), slice_of("integer")))
                probe_range(o, f, member);
            else if (m && json_get(m, "enum"))
                probe_words(o, f, member);
        }
    assert_in_range(n, 50, 100);
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
        CLEARED(test_options),
        CLEARED(test_members),
        CLEARED(test_ranges_and_words),
        CLEARED(test_forms),
    };

    return cmocka_run_group_tests_name("settings", tests, read_schema, drop_schema);
}
