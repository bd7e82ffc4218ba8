/* options_take: a row's offset says where a value goes, so that most options need no function of their own. */
#include "settings/options_take.h"

#include "base/clock.h"
#include "base/number.h"
#include "settings/jobwords.h"
#include "settings/options.h"
#include "settings/options_table.h"

#include <stdio.h>
#include <string.h>

/* ---- by kind ---- */

static void *place(struct options *o, const struct flag *f)
{
    return (char *)o + f->offset;
}

/* An empty value is most likely a script's variable that was never set. */
static int refuse_empty(const struct flag *f, const char *value, struct err *e)
{
    return *value ? 0 : err_set(e, EXIT_USAGE, "--%s: is empty: give %s", f->name, f->arg);
}

int take_on(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    *(bool *)place(o, f) = true;
    return 0;
}

int take_text(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    *(const char **)place(o, f) = value;
    return refuse_empty(f, value, e);
}

int take_number(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    int64_t n;

    if (number_int(value, f->min, f->max, &n) != 0)
        return f->max == INT64_MAX
                   ? err_set(e, EXIT_USAGE, "--%s %s: give a number, %lld or more", f->name, value,
                             (long long)f->min)
                   : err_set(e, EXIT_USAGE, "--%s %s: give a number from %lld to %lld", f->name,
                             value, (long long)f->min, (long long)f->max);
    if (f->size == sizeof(n)) {
        memcpy(place(o, f), &n, sizeof(n)); /* signed or not: what is not negative looks the same */
    } else {
        unsigned small = (unsigned)n; /* the row's max sees to it that it fits */

        memcpy(place(o, f), &small, sizeof(small));
    }
    return 0;
}

int take_time(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return number_duration(value, place(o, f)) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "--%s %s: give a time such as 30s, 5m or 250ms", f->name,
                         value);
}

/* libcurl takes less than a millisecond for no limit at all. */
int take_limit(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    if (take_time(o, f, value, e) != 0)
        return -1;
    return *(int64_t *)place(o, f) >= CLOCK_NS_PER_MS
               ? 0
               : err_set(e, EXIT_USAGE, "--%s %s: is no time at all", f->name, value);
}

static const char *read_secret(struct options *o, const struct flag *f, const char *source,
                               struct err *e)
{
    char asked_by[64];

    snprintf(asked_by, sizeof(asked_by), "--%s", f->name);
    return jobtexts_secret(&o->texts, source, asked_by, e);
}

int take_secret(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    const char *secret = read_secret(o, f, value, e);

    *(const char **)place(o, f) = secret;
    return secret ? 0 : -1;
}

int take_format(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    bool json = strcmp(value, "json") == 0;

    *(bool *)place(o, f) = json;
    return json || strcmp(value, "text") == 0
               ? 0
               : err_set(e, EXIT_USAGE, "--%s %s: give text or json", f->name, value);
}

int take_nothing(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    (void)o;
    (void)f;
    (void)value;
    (void)e;
    return 0;
}

/* ---- for one option, or a few ---- */

int take_recipient(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    if (o->recipient && o->recipient != f)
        return err_set(e, EXIT_USAGE,
                       "--%s: --%s names the recipient's column already: give one of them", f->name,
                       o->recipient->name);
    o->recipient = f;
    o->job.kind = (enum identity_kind)f->min;
    o->job.kind_said = true;
    o->job.recipient = value;
    return refuse_empty(f, value, e);
}

int take_set(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    const char *equals = strchr(value, '='), *name;
    bool bare = o->command == COMMAND_STORE;

    (void)f;
    if (!equals)
        return err_set(e, EXIT_USAGE, "--set takes %s",
                       bare ? "FIELD=VALUE, such as email={{Email}}"
                            : "INSTANCE.FIELD=VALUE, such as "
                              "password-1.password=env:CLAIM_PASSWORD");
    name = jobtexts_copy(&o->texts, value, (size_t)(equals - value), e);
    if (!name)
        return -1;
    return jobtexts_setting(&o->texts, &o->target, bare, name, equals + 1, "--set", e);
}

static int add_book(const char **books, size_t *n, const struct flag *f, const char *book,
                    struct err *e)
{
    if (*n == OPTIONS_BOOKS_MAX)
        return err_set(e, EXIT_USAGE, "--%s: is given more than %d times", f->name,
                       OPTIONS_BOOKS_MAX);
    books[(*n)++] = book;
    return 0;
}

int take_seed(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    const char *seed = read_secret(o, f, value, e);

    return seed ? add_book(o->seeds, &o->n_seeds, f, seed, e) : -1;
}

int take_codes(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return refuse_empty(f, value, e) == 0 ? add_book(o->codes, &o->n_codes, f, value, e) : -1;
}

int take_rows(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return sample_read_rows(&o->job.sample, value) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "--%s %s: give rows such as 5-10, 5-, -10 or 5", f->name,
                         value);
}

int take_rate(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    if (strcmp(value, "none") == 0) {
        o->job.rate_count = 0;
        return 0;
    }
    return number_rate(value, &o->job.rate_count, &o->job.rate_window_ns) == 0
               ? 0
               : err_set(e, EXIT_USAGE,
                         "--%s %s: give a count for a time, such as 10000/m or 150/s, or none",
                         f->name, value);
}

int take_max_failures(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    (void)f;
    /* A share takes the place of a number that a job file gives, and the other way round. */
    o->job.stoprule.max_failures = o->job.stoprule.max_failure_percent = 0;
    return stoprule_read_failures(&o->job.stoprule, value, e);
}

int take_simulate(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    (void)f;
    (void)value;
    (void)e;
    o->job.mode = JOB_SIMULATE;
    return 0;
}

static int take_word(struct options *o, const struct flag *f, const char *value,
                     int (*read)(const char *word, struct job *j), const char *words, struct err *e)
{
    return read(value, &o->job) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "--%s %s: give %s", f->name, value, words);
}

int take_delimiter(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return take_word(o, f, value, jobwords_delimiter, JOBWORDS_DELIMITER, e);
}

int take_quote(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return take_word(o, f, value, jobwords_quote, JOBWORDS_QUOTE, e);
}

int take_escape(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return take_word(o, f, value, jobwords_escape, JOBWORDS_ESCAPE, e);
}

int take_date_order(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return take_word(o, f, value, jobwords_date_order, JOBWORDS_DATE_ORDER, e);
}

int take_decimal(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return take_word(o, f, value, jobwords_decimal, JOBWORDS_DECIMAL, e);
}

int take_dialect(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    return take_word(o, f, value, jobwords_output, JOBWORDS_OUTPUT, e);
}

int take_where(struct options *o, const struct flag *f, const char *value, struct err *e)
{
    struct job *j = &o->job;

    if (j->n_where == FILTER_TEXTS_MAX)
        return err_set(e, EXIT_USAGE, "--where: is given more than %d times", FILTER_TEXTS_MAX);
    j->where[j->n_where++] = (struct filter_text){value, "--where"};
    return refuse_empty(f, value, e);
}
