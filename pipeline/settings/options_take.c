/* options_take: a function a kind; most put the value where the row says, and know nothing else. */
#include "settings/options_take.h"

#include "base/number.h"
#include "base/site.h"
#include "settings/jobwords.h"
#include "settings/options.h"
#include "settings/settings.h"

#include <stdio.h>
#include <string.h>

/* ---- by kind ---- */

static void *place(struct options *o, const struct setting *s)
{
    char *const parts[] = {[SETTING_OF_JOB] = (char *)&o->job,
                           [SETTING_OF_STEP] = (char *)&o->step,
                           [SETTING_OF_TARGET] = (char *)&o->target,
                           [SETTING_OF_COMMAND] = (char *)&o->own};

    return parts[s->part] + s->offset;
}

/* An empty value is most likely a script's variable that was never set. */
static int refuse_empty(const struct setting *s, const char *value, struct err *e)
{
    return *value ? 0 : err_set(e, EXIT_USAGE, "--%s: is empty: give %s", s->option, s->arg);
}

static int take_on(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    *(bool *)place(o, s) = true;
    return 0;
}

static int take_text(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    *(const char **)place(o, s) = value;
    return refuse_empty(s, value, e);
}

static int take_number(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    int64_t n;

    if (number_int(value, s->min, s->max, &n) != 0)
        return s->max == INT64_MAX
                   ? err_set(e, EXIT_USAGE, "--%s %s: give a number, %lld or more", s->option,
                             value, (long long)s->min)
                   : err_set(e, EXIT_USAGE, "--%s %s: give a number from %lld to %lld", s->option,
                             value, (long long)s->min, (long long)s->max);
    if (s->size == sizeof(n)) {
        memcpy(place(o, s), &n, sizeof(n)); /* signed or not: what is not negative looks the same */
    } else {
        unsigned small = (unsigned)n; /* the row's max sees to it that it fits */

        memcpy(place(o, s), &small, sizeof(small));
    }
    return 0;
}

static int take_time(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    int64_t *out = place(o, s);

    if (number_duration(value, out) != 0)
        return err_set(e, EXIT_USAGE, "--%s %s: give a time such as 30s, 5m or 250ms", s->option,
                       value);
    return *out >= s->min ? 0
                          : err_set(e, EXIT_USAGE, "--%s %s: is no time at all", s->option, value);
}

static int take_word(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    char guess[JOBWORDS_GUESS_MAX];

    return s->words->read(value, &o->job) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "--%s %s: give %s%s", s->option, value, s->words->said,
                         jobwords_guess(s->words, value, guess));
}

/* What a job file names is not for every command and mode: see read_results in options.c. */
static int take_output(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    o->output = value;
    return refuse_empty(s, value, e);
}

/* Whose claim it has to fit is known later. */
static int take_credential(struct options *o, const struct setting *s, const char *value,
                           struct err *e)
{
    o->credential = value;
    return refuse_empty(s, value, e);
}

static const char *read_secret(struct options *o, const struct setting *s, const char *source,
                               struct err *e)
{
    char asked_by[64];

    snprintf(asked_by, sizeof(asked_by), "--%s", s->option);
    return jobtexts_secret(&o->texts, source, asked_by, e);
}

static int take_secret(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    const char *secret = read_secret(o, s, value, e);

    *(const char **)place(o, s) = secret;
    return secret ? 0 : -1;
}

/* The reason is its value, if it has one. */
static int take_retry(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    o->job.wishes.retry_failed = true;
    o->job.wishes.retry_reason = value;
    return value && !*value ? err_set(e, EXIT_USAGE,
                                      "--%s=: the reason is empty: give a part of it, or leave "
                                      "the = out to try all rows again that have failed",
                                      s->option)
                            : 0;
}

static int take_hook(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    char asked_by[64];

    snprintf(asked_by, sizeof(asked_by), "--%s", s->option);
    return refuse_empty(s, value, e) == 0
               ? jobtexts_hook(&o->texts, place(o, s), value, asked_by, e)
               : -1;
}

static int take_nothing(struct options *o, const struct setting *s, const char *value,
                        struct err *e)
{
    (void)o;
    (void)s;
    (void)value;
    (void)e;
    return 0;
}

/* ---- for one setting, or a few ---- */

static int take_recipient(struct options *o, const struct setting *s, const char *value,
                          struct err *e)
{
    if (o->recipient && o->recipient != s)
        return err_set(e, EXIT_USAGE,
                       "--%s: --%s names the recipient's column already: give one of them",
                       s->option, o->recipient->option);
    o->recipient = s;
    o->job.kind = (enum identity_kind)s->min;
    o->job.kind_said = true;
    o->job.recipient = value;
    return refuse_empty(s, value, e);
}

static int take_set(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    const char *equals = strchr(value, '='), *name;
    bool bare = o->command == COMMAND_STORE;

    (void)s;
    if (!equals)
        return err_set(e, EXIT_USAGE, "--set takes %s",
                       bare ? "FIELD=VALUE, such as email={{Email}}"
                            : "INSTANCE.FIELD=VALUE, such as "
                              "password-1.password=env:CLAIM_PASSWORD (" SITE_INSTANCE_ID ")");
    name = jobtexts_copy(&o->texts, value, (size_t)(equals - value), e);
    if (!name)
        return -1;
    return jobtexts_setting(&o->texts, &o->target, bare, name, equals + 1, "--set", e);
}

/* One more of at most so many. */
static int add(const char **list, size_t *n, size_t most, const struct setting *s,
               const char *value, struct err *e)
{
    if (*n == most)
        return err_set(e, EXIT_USAGE, "--%s: is given more than %zu times", s->option, most);
    list[(*n)++] = value;
    return 0;
}

/* Each names one more that is to be settled, or looked at; elsewhere the last one counts. */
static int take_claim(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    if (take_text(o, s, value, e) != 0)
        return -1;
    return o->command & (COMMAND_SETTLE | COMMAND_DOCTOR)
               ? add(o->claims, &o->n_claims, OPTIONS_CLAIMS_MAX, s, value, e)
               : 0;
}

static int take_seed(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    const char *seed = read_secret(o, s, value, e);

    return seed ? add(o->seeds, &o->n_seeds, OPTIONS_BOOKS_MAX, s, seed, e) : -1;
}

static int take_codes(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    return refuse_empty(s, value, e) == 0
               ? add(o->codes, &o->n_codes, OPTIONS_BOOKS_MAX, s, value, e)
               : -1;
}

static int take_files(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    struct letter_files *files = place(o, s);

    return refuse_empty(s, value, e) == 0
               ? add(files->paths, &files->n, LETTER_FILES_MAX, s, value, e)
               : -1;
}

static int take_rows(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    return sample_read_rows(&o->job.sample, value) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "--%s %s: give rows such as 5-10, 5-, -10 or 5", s->option,
                         value);
}

static int take_rate(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    struct job_rates *rates = place(o, s);
    bool *begun = &o->begun[s - settings_at(0)];
    int rc;

    /* The first takes the place of the default, or of what a job file gives. */
    if (!*begun)
        rates->n = 0;
    *begun = true;
    rc = job_add_rates(rates, value);
    if (rc > 0)
        return err_set(e, EXIT_USAGE, "--%s %s: more than %d limits are given", s->option, value,
                       LIMIT_OWN_MAX);
    return rc == 0 ? 0
                   : err_set(e, EXIT_USAGE,
                             "--%s %s: give a count for a time, such as 10000/m or 150/s, several "
                             "with commas between them, or none",
                             s->option, value);
}

static int take_max_failures(struct options *o, const struct setting *s, const char *value,
                             struct err *e)
{
    (void)s;
    /* A share takes the place of a number that a job file gives, and the other way round. */
    o->job.stoprule.max_failures = o->job.stoprule.max_failure_percent = 0;
    return stoprule_read_failures(&o->job.stoprule, value, e);
}

static int take_simulate(struct options *o, const struct setting *s, const char *value,
                         struct err *e)
{
    (void)s;
    (void)value;
    (void)e;
    o->job.mode = JOB_SIMULATE;
    return 0;
}

static int take_where(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    struct job *j = &o->job;

    if (j->n_where == FILTER_TEXTS_MAX)
        return err_set(e, EXIT_USAGE, "--where: is given more than %d times", FILTER_TEXTS_MAX);
    j->where[j->n_where++] = (struct filter_text){value, "--where"};
    return refuse_empty(s, value, e);
}

/* ---- all of them ---- */

typedef int take(struct options *o, const struct setting *s, const char *value, struct err *e);

static take *const takes[SETTING_KINDS] = {
    [SETTING_NOTHING] = take_nothing,
    [SETTING_ON] = take_on,
    [SETTING_RETRY] = take_retry,
    [SETTING_SIMULATE] = take_simulate,
    [SETTING_TEXT] = take_text,
    [SETTING_PRESET] = take_text,
    [SETTING_COLUMN] = take_text,
    [SETTING_COLUMNS] = take_text,
    [SETTING_RECIPIENT] = take_recipient,
    [SETTING_FILE] = take_text,
    [SETTING_LOOKUP] = take_text,
    [SETTING_OUTPUT] = take_output,
    [SETTING_OUTFILE] = take_text,
    [SETTING_HOOK] = take_hook,
    [SETTING_NUMBER] = take_number,
    [SETTING_TIME] = take_time,
    [SETTING_WORD] = take_word,
    [SETTING_RATE] = take_rate,
    [SETTING_FAILURES] = take_max_failures,
    [SETTING_FILTER] = take_where,
    [SETTING_ROWS] = take_rows,
    [SETTING_CLAIM] = take_claim,
    [SETTING_SET] = take_set,
    [SETTING_CODES] = take_codes,
    [SETTING_SECRET] = take_secret,
    [SETTING_SEED] = take_seed,
    [SETTING_FILES] = take_files,
    [SETTING_CREDENTIAL] = take_credential,
    [SETTING_SOURCE] = take_text,
};

int options_take(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    return takes[s->kind](o, s, value, e);
}
