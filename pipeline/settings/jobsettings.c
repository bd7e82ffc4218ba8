/* jobsettings: a function a kind, and for each object the rows of the settings that stand in it. */
#include "settings/jobsettings.h"

#include "actions/action.h"
#include "adapters/fetch.h"
#include "adapters/json.h"
#include "base/number.h"
#include "base/text.h"
#include "settings/jobfields.h"
#include "settings/jobtexts.h"
#include "settings/jobwords.h"
#include "settings/settings.h"
#include "stages/job.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FAILURES_TEXT_MAX 32

/* ---- values of the job ---- */

static int take_output(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *path = jobfields_text(r, v);

    return path && strcmp(path, "-") == 0 ? jobfields_keep_text(r, m, path)
                                          : jobfields_take_path(r, m, v);
}

/* A file, or what is fetched. */
static int take_lookup(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *path = jobfields_text(r, v);

    return path && fetch_is_url(path) ? jobfields_keep_text(r, m, path)
                                      : jobfields_take_path(r, m, v);
}

static int take_rate(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = jobfields_text(r, v);
    struct job_rates *rates = jobfields_at(r, m);

    if (!text)
        return -1;
    rates->n = 0;
    return job_add_rates(rates, text) == 0
               ? 0
               : jobfields_refuse(
                     r,
                     "\"%s\": give a count for a time, such as \"10000/m\" or \"150/s\", up to %d "
                     "with commas between them, or \"none\"",
                     text, LIMIT_OWN_MAX);
}

/* 25 or "5%". */
static int take_failures(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    char digits[FAILURES_TEXT_MAX];
    const char *text = json_text(v).ptr;
    struct err ours = ERR_INIT; /* stoprule speaks of the command line */
    int64_t n;

    (void)m;
    if (!text && json_int(v, &n) == 0) {
        snprintf(digits, sizeof(digits), "%lld", (long long)n);
        text = digits;
    }
    if (!text || stoprule_read_failures(&r->job->stoprule, text, &ours) != 0)
        return jobfields_refuse(r, "give a number such as 25, or a share such as \"5%%\"");
    return 0;
}

/* Columns, as --key has them. */
static int take_columns(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    struct text all;
    int rc = 0;

    if (json_count(v) == 0)
        return jobfields_refuse(r, "must be a list of columns, such as [\"Email\", \"Course\"]");
    text_init(&all);
    for (size_t i = 0; i < json_count(v) && rc == 0; i++) {
        const char *column = jobfields_text(r, json_at(v, i));

        if (!column)
            rc = -1;
        else if (strchr(column, ','))
            rc = jobfields_refuse(r,
                                  "\"%s\": the name of a column can't hold a comma here: say its "
                                  "number, as #3",
                                  column);
        else
            text_printf(&all, "%s%s", i > 0 ? "," : "", column);
    }
    if (rc == 0)
        rc = text_ok(&all) ? jobfields_keep_text(r, m, all.ptr) : err_nomem(r->e);
    text_release(&all);
    return rc;
}

static int take_recipient(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    if (r->job->recipient)
        return jobfields_refuse(r,
                                "a recipient has one column: its address, email, id or username");
    r->job->kind = (enum identity_kind)m->min;
    r->job->kind_said = true;
    return jobfields_take_text(r, m, v);
}

static int add_filter(struct jobfields *r, const struct json *v)
{
    const char *text = jobfields_text(r, v);
    struct job *j = r->job;

    if (!text)
        return -1;
    if (j->n_where == FILTER_TEXTS_MAX)
        return jobfields_refuse(r, "has more than %d texts", FILTER_TEXTS_MAX);
    text = jobtexts_copy(r->t, text, strlen(text), r->e);
    if (!text)
        return -1;
    j->where[j->n_where++] = (struct filter_text){text, "filter"};
    return 0;
}

/* A text, or a list of texts which all must pass. */
static int take_filter(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    if (!json_holds_array(v))
        return add_filter(r, v);
    if (json_count(v) == 0)
        return jobfields_refuse(r, "is empty: give a filter, or leave it out");
    for (size_t i = 0; i < json_count(v); i++)
        if (add_filter(r, json_at(v, i)) != 0)
            return -1;
    return 0;
}

/* A word of a few, or a character. */
static int take_word(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const struct jobwords *words = m->setting->words;
    const char *word = json_text(v).ptr;
    char guess[JOBWORDS_GUESS_MAX];

    /* As it is: a tab is a delimiter, and elsewhere would be taken for empty. */
    if (word && *word && words->read(word, r->job) == 0)
        return 0;
    word = jobfields_text(r, v);
    return word ? jobfields_refuse(r, "\"%s\": must be %s%s", word, words->said,
                                   jobwords_guess(words, word, guess))
                : -1;
}

static int take_number(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    int64_t n = 0;

    if (jobfields_number(r, v, m->min, m->max, &n) != 0)
        return -1;
    if (m->setting->size == sizeof(n)) {
        memcpy(jobfields_at(r, m), &n, sizeof(n)); /* signed or not: see options_take.c */
    } else {
        unsigned small = (unsigned)n;

        memcpy(jobfields_at(r, m), &small, sizeof(small));
    }
    return 0;
}

/* ---- values of a step ---- */

/* ---- settings ---- */

/* The env:… or file:… that v should be. */
static const char *source_of(struct jobfields *r, const struct json *v)
{
    const char *text = jobfields_text(r, v);

    return text ? jobfields_keep_source(r, text) : NULL;
}

static int take_secret(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *source = source_of(r, v), **out = jobfields_at(r, m);

    if (source)
        *out = jobtexts_secret(r->t, source, r->place, r->e);
    return source && *out ? 0 : -1;
}

static int take_credential(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *source = source_of(r, v);

    (void)m;
    return source ? jobtexts_credential(r->t, r->target, source, r->place, r->e) : -1;
}

static int take_setting(void *context, struct slice name, const struct json *v)
{
    struct jobfields *r = context;
    const char *value = json_text(v).ptr;

    if (!value) {
        size_t mark = jobfields_enter(r, name);

        jobfields_refuse_kind(r, "a text", v);
        jobfields_leave(r, mark);
        return -1;
    }
    value = jobfields_keep_source(r, value);
    return value ? jobtexts_setting(r->t, r->target, r->action->fields_bare, name.ptr, value,
                                    r->place, r->e)
                 : -1;
}

static int take_set(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    if (!json_holds_object(v))
        return jobfields_refuse_kind(r, "an object of names and values", v);
    return json_each(v, take_setting, r);
}

static int take_claim(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char **id = jobfields_at(r, m), *fault;

    if (jobfields_take_text(r, m, v) != 0 || jobtexts_claim(r->t, id, &fault, r->e) != 0)
        return -1;
    return fault ? jobfields_refuse(r, "the claim id %s", fault) : 0;
}

/* One, or a list of them. */
static int take_hook(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    bool several = json_holds_array(v);
    size_t n = several ? json_count(v) : 1;

    for (size_t i = 0; i < n; i++) {
        const char *source = source_of(r, several ? json_at(v, i) : v);

        if (!source || jobtexts_hook(r->t, jobfields_at(r, m), source, r->place, r->e) != 0)
            return -1;
    }
    return 0;
}

static int add_file(struct jobfields *r, struct letter_files *files, const struct json *v)
{
    const char *path = jobfields_text(r, v);

    if (!path)
        return -1;
    if (files->n == LETTER_FILES_MAX)
        return jobfields_refuse(r, "has more than %d files", LETTER_FILES_MAX);
    /* What a column says may be a whole path. */
    path = strncmp(path, "{{", 2) == 0 ? jobtexts_copy(r->t, path, strlen(path), r->e)
                                       : jobfields_keep_path(r, "", path);
    files->paths[files->n++] = path;
    return path ? 0 : -1;
}

/* One, or a list of them; a route's take the place of its step's. */
static int take_files(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    struct letter_files *files = jobfields_at(r, m);

    files->n = 0;
    if (!json_holds_array(v))
        return add_file(r, files, v);
    for (size_t i = 0; i < json_count(v); i++)
        if (add_file(r, files, json_at(v, i)) != 0)
            return -1;
    return 0;
}

/* ---- all of them ---- */

/* The kinds of those that may stand in a job file. */
static jobfields_take *const takes[SETTING_KINDS] = {
    [SETTING_ON] = jobfields_take_bool,
    [SETTING_TEXT] = jobfields_take_text,
    [SETTING_PRESET] = jobfields_take_text,
    [SETTING_COLUMN] = jobfields_take_text,
    [SETTING_COLUMNS] = take_columns,
    [SETTING_RECIPIENT] = take_recipient,
    [SETTING_FILE] = jobfields_take_path,
    [SETTING_LOOKUP] = take_lookup,
    [SETTING_OUTPUT] = take_output,
    [SETTING_OUTFILE] = take_output,
    [SETTING_HOOK] = take_hook,
    [SETTING_NUMBER] = take_number,
    [SETTING_TIME] = jobfields_take_time,
    [SETTING_WORD] = take_word,
    [SETTING_RATE] = take_rate,
    [SETTING_FAILURES] = take_failures,
    [SETTING_FILTER] = take_filter,
    [SETTING_CLAIM] = take_claim,
    [SETTING_SET] = take_set,
    [SETTING_CODES] = jobfields_take_path,
    [SETTING_SECRET] = take_secret,
    [SETTING_SEED] = take_secret,
    [SETTING_FILES] = take_files,
    [SETTING_CREDENTIAL] = take_credential,
};

/* The name in the object ("": the whole) of what its row calls "object.name"; NULL: it stands elsewhere. */
static const char *name_in(const char *object, const struct setting *s)
{
    size_t len = strlen(object);

    if (!s->member || strncmp(s->member, object, len) != 0)
        return NULL;
    if (len == 0)
        return strchr(s->member, '.') ? NULL : s->member;
    return s->member[len] == '.' ? s->member + len + 1 : NULL;
}

static struct jobfield field_of(const struct setting *s, const char *name)
{
    static const enum jobfield_part parts[] = {[SETTING_OF_JOB] = JOBFIELD_OF_JOB,
                                               [SETTING_OF_STEP] = JOBFIELD_OF_STEP,
                                               [SETTING_OF_TARGET] = JOBFIELD_OF_TARGET};

    return (struct jobfield){.name = name,
                             .setting = s,
                             .of = parts[s->part],
                             .take = takes[s->kind],
                             .offset = s->offset,
                             .min = s->min,
                             .max = s->max};
}

int jobsettings_read(struct jobfields *r, const char *object, const struct jobfield *own,
                     size_t n_own, unsigned parts, const struct json *v)
{
    struct jobfield table[JOBFIELDS_KNOWN_MAX];
    const struct setting *s;
    const char *name;
    size_t n = 0;

    for (size_t i = 0; (s = settings_at(i)); i++) {
        name = name_in(object, s);
        assert(n + n_own < JOBFIELDS_KNOWN_MAX);
        if (name)
            table[n++] = field_of(s, name);
    }
    for (size_t i = 0; i < n_own; i++)
        table[n++] = own[i];
    return jobfields_read(r, table, n, parts, v);
}
