/*
 * options: argv is read twice: once to know the command and what goes with it, then to take the values,
 * which by then know where they belong and win over those of a job file.
 */
#include "settings/options.h"

#include "actions/action.h"
#include "adapters/fetch.h"
#include "adapters/http.h"
#include "adapters/outfile.h"
#include "adapters/plainfile.h"
#include "adapters/secret.h"
#include "base/clock.h"
#include "base/site.h"
#include "base/text.h"
#include "options_mail.h"
#include "options_outputs.h"
#include "policy/columns.h"
#include "policy/link.h"
#include "policy/outname.h"
#include "policy/segment.h"
#include "settings/hint.h"
#include "settings/jobfile.h"
#include "settings/options_each.h"
#include "settings/options_take.h"
#include "settings/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_KEY_MAX 400
#define NAMES_MAX 1000000
#define SOURCE_MAX 64 /* of env: and a variable of ours */
#define STEPS (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE | COMMAND_MAIL)
#define NO_KEY "no API key: BITBADGES_API_KEY is not set"

/* ---- which command, and what goes with it ---- */

static int note(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    (void)e;
    o->given[s - settings_at(0)] = true;
    if (strcmp(s->option, "log-format") == 0) /* in which a complaint is said already */
        o->job.json_log = strcmp(value, "json") == 0;
    if (strcmp(s->option, "help") == 0)
        o->command = COMMAND_HELP;
    if (strcmp(s->option, "version") == 0)
        o->command = COMMAND_VERSION;
    return 0;
}

static bool is_given(const struct options *o, const char *name)
{
    const struct setting *s;

    for (size_t i = 0; (s = settings_at(i)); i++)
        if (o->given[i] && strcmp(s->option, name) == 0)
            return true;
    return false;
}

static const enum command checked[] = {COMMAND_CLAIM, COMMAND_CODE, COMMAND_STORE, COMMAND_MAIL,
                                       COMMAND_RUN};
#define N_CHECKED (sizeof(checked) / sizeof(checked[0]))

/* The one of them that the word is nearly, or NULL. */
static const char *nearest_checked(const char *word)
{
    struct slice names[N_CHECKED];
    size_t near;

    for (size_t i = 0; i < N_CHECKED; i++)
        names[i] = slice_of(commands_row(checked[i])->first);
    near = columns_nearest(slice_of(word), names, N_CHECKED);
    return near == COLUMNS_NONE ? NULL : names[near].ptr;
}

/* What `check` checks: its next word says so, or else the options. */
static const struct command_row *find_checked(const struct options *o, int n, char *const *words,
                                              int *own, struct err *e)
{
    const char *first = n > 0 ? words[0] : "", *near;

    *own = 1;
    if (n == 0)
        return commands_row(COMMAND_CHECK);
    for (size_t i = 0; i < N_CHECKED; i++)
        if (strcmp(first, commands_row(checked[i])->first) == 0) {
            *own = 2;
            return commands_row(checked[i]);
        }
    if (n > 1 && slice_ends(slice_of(first), ".json"))
        return commands_row(COMMAND_RUN);
    if (n > 1 && (near = nearest_checked(first)) != NULL) {
        err_set(e, EXIT_USAGE, "check %s: did you mean check %s?", first, near);
        return NULL;
    }
    if (is_given(o, "seed-from") || is_given(o, "codes"))
        return commands_row(COMMAND_CODE);
    if (is_given(o, "claim") || is_given(o, "credential"))
        return commands_row(COMMAND_CLAIM);
    if (is_given(o, "store"))
        return commands_row(COMMAND_STORE);
    if (is_given(o, "template"))
        return commands_row(COMMAND_MAIL);
    err_set(e, EXIT_USAGE,
            "check: what is to be checked?  Say check claim, code, store, mail or run, and what "
            "follows "
            "it (see claimpipe check --help)");
    return NULL;
}

static int count_words(const struct command_row *row, int n, char *const *words, struct err *e)
{
    if (n < row->min)
        return err_set(e, EXIT_USAGE, "%s", row->missing);
    if (n > row->max && row->max == 0)
        return err_set(e, EXIT_USAGE, "%s: takes no INPUT: claimpipe %s", words[0], row->usage);
    if (n > row->max)
        return err_set(e, EXIT_USAGE, "%s: one %s at a time: claimpipe %s", words[row->max],
                       row->command == COMMAND_WHO    ? "PERSON (in quotes, if it has blanks)"
                       : row->command == COMMAND_RUNS ? "RUN"
                       : row->command == COMMAND_UNDO ? "run"
                                                      : "INPUT",
                       row->usage);
    return 0;
}

/* Behind a command stands what goes with it, and with --dry-run also what goes with `check` alone. */
static bool goes_with(const struct options *o, const struct setting *s)
{
    if (!is_given(o, "dry-run"))
        return settings_goes_with(s, o->command, o->job.mode == JOB_CHECK);
    return settings_goes_with(s, o->command, false) || settings_goes_with(s, o->command, true);
}

static int refuse_option(const struct options *o, const struct command_row *row,
                         const struct setting *s, struct err *e)
{
    const char *check = o->job.mode == JOB_CHECK ? "check " : "";
    const char *second = row->second ? row->second : o->command == COMMAND_LIST ? "--list" : "";

    if (strcmp(s->option, "out") == 0 && o->command & (STEPS | COMMAND_RUN))
        return err_set(e, EXIT_USAGE, "--out: not with %s%s: did you mean -o FILE (--output)?",
                       check, row->first);
    return err_set(e, EXIT_USAGE,
                   "--%s: not with %s%s%s%s: leave it out (claimpipe %s --help shows what goes "
                   "with it)",
                   s->option, check, row->first, *second ? " " : "", second,
                   *check ? "check" : row->first);
}

static int check_options(const struct options *o, const struct command_row *row, struct err *e)
{
    const struct setting *s;

    for (size_t i = 0; (s = settings_at(i)); i++) {
        if (!o->given[i] || goes_with(o, s))
            continue;
        if (o->command == COMMAND_PLAN && (s->commands & (STEPS | COMMAND_RUN)))
            return err_set(e, EXIT_USAGE,
                           "--%s: what is done stands in the plan: check again with it and --save, "
                           "and carry out that plan",
                           s->option);
        if (o->command & (COMMAND_RUN | COMMAND_WATCH) && (s->commands & STEPS) &&
            !(s->commands & COMMAND_RUN))
            return err_set(e, EXIT_USAGE,
                           "--%s: stands in the job file: write it there, or use another command "
                           "than %s",
                           s->option, row->first);
        return refuse_option(o, row, s, e);
    }
    return 0;
}

/* The command that the words begin with, and how many of them it is. */
static const struct command_row *find_command(struct options *o, int n, char *const *words,
                                              int *own, struct err *e)
{
    const struct command_row *row = commands_find(n, words, e);

    *own = row && row->second ? 2 : 1;
    if (row && row->command == COMMAND_CHECK) {
        o->job.mode = JOB_CHECK;
        row = find_checked(o, n - 1, words + 1, own, e);
    } else if (row && row->command == COMMAND_CODE && is_given(o, "list")) {
        row = commands_row(COMMAND_LIST);
    } else if (row && row->command == COMMAND_RUN && is_given(o, "plan")) {
        row = commands_row(COMMAND_PLAN);
    }
    if (row && (row->command & (STEPS | COMMAND_RUN)) && is_given(o, "dry-run"))
        o->job.mode = JOB_CHECK;
    if (row)
        o->command = row->command;
    return row;
}

/* What it works on: as many words as its row allows; what is not said is NULL. */
static void read_words(struct options *o, int n, char *const *words)
{
    static const struct {
        unsigned commands;
        int word;
        size_t offset; /* of a const char * */
    } places[] = {
        {COMMAND_RUN | COMMAND_WATCH | COMMAND_DOCTOR, 0, offsetof(struct options, job_file)},
        {COMMAND_WATCH, 1, offsetof(struct options, inbox)},
        {COMMAND_REPORT | COMMAND_UNDO | COMMAND_RUNS, 0, offsetof(struct options, run)},
        {COMMAND_WHO, 0, offsetof(struct options, person)},
        {COMMAND_SUCCESSES | COMMAND_UNCLAIMED, 0, offsetof(struct options, target.id)},
        {COMMAND_BOUNCES, 0, offsetof(struct options, mailbox)},
        {COMMAND_HELP, 0, offsetof(struct options, help_on)},
        {COMMAND_PRESETS, 0, offsetof(struct options, preset)},
        {COMMAND_BACKUP | COMMAND_RESTORE, 0, offsetof(struct options, copy)},
        {STEPS | COMMAND_PLAN, 0, offsetof(struct options, job.input)},
        {COMMAND_RUN | COMMAND_REPORT, 1, offsetof(struct options, job.input)},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const char *word = places[i].word < n ? words[places[i].word] : NULL;

        if (o->command & places[i].commands)
            memcpy((char *)o + places[i].offset, &word, sizeof(word));
    }
    if (o->command == COMMAND_COMPLETION) {
        o->words = words;
        o->n_words = (size_t)n;
    }
}

static int refuse_swapped(const struct options *o, int n, char *const *words, struct err *e)
{
    const char *second = o->command == COMMAND_WATCH ? "INBOX" : "INPUT";

    if (!(o->command & (COMMAND_RUN | COMMAND_WATCH)) || n < 2 ||
        slice_ends(slice_of(words[0]), ".json") || !slice_ends(slice_of(words[1]), ".json"))
        return 0;
    return err_set(e, EXIT_USAGE, "say JOB.json first, then %s: claimpipe %s JOB.json %s", second,
                   commands_row(o->command)->first, second);
}

/* The words that are no options. */
static int read_command(struct options *o, int n, char *const *words, struct err *e)
{
    int own;
    const struct command_row *row = find_command(o, n, words, &own, e);

    if (!row || count_words(row, n - own, words + own, e) != 0 || check_options(o, row, e) != 0)
        return -1;
    if (is_given(o, "dry-run") && is_given(o, "simulate"))
        return err_set(e, EXIT_USAGE,
                       "--dry-run: works offline, and --simulate asks the service: give one of "
                       "them");
    if (refuse_swapped(o, n - own, words + own, e) != 0)
        return -1;
    read_words(o, n - own, words + own);
    return 0;
}

/* ---- what the options leave open ---- */

static const char *keep_text(struct options *o, struct text *t, struct err *e)
{
    const char *kept = NULL;

    if (text_ok(t))
        kept = jobtexts_copy(&o->texts, t->ptr, t->len, e);
    else
        err_nomem(e);
    text_release(t);
    return kept;
}

/* offline: nothing is asked there; by what name the ledger knows it is all that matters. */
static int read_api_url(struct options *o, bool offline, struct err *e)
{
    struct job *j = &o->job;
    const char *fault,
        *given = j->api_url ? j->api_url : getenv(settings_find("api-url")->variable);
    struct text url;

    if (!given || (offline && !*given))
        given = JOB_USUAL_API;
    if (!*given) /* most likely a script's mistake: the real service is not what it means */
        return err_set(e, EXIT_USAGE, "the API's URL is empty: set BITBADGES_API_URL, or unset it");
    text_init(&url);
    fault = http_base_url(given, &url);
    if (fault && offline) {
        text_clear(&url);
        text_puts(&url, given);
    } else if (fault) {
        text_release(&url);
        return err_set(e, EXIT_USAGE, "the API's URL %s", fault); /* it may hold a password */
    }
    j->api_url = keep_text(o, &url, e);
    return j->api_url ? 0 : -1;
}

static bool asks_service(const struct job_step *s)
{
    const struct action *action = action_find(s->action);

    return action && !action->local && !action->mails;
}

/* Codes need none: how many there are can be said instead of asked (codecount.h). */
static bool needs_key(const struct options *o)
{
    bool needs = !(o->command & (STEPS | COMMAND_RUN));

    if (o->command == COMMAND_DOCTOR) /* which tells of it */
        return false;
    for (size_t i = 0; i < o->job.n_steps; i++)
        needs = needs || asks_service(&o->job.steps[i]);
    return needs;
}

/* The service takes no request without a key; a server on this machine may. */
static int judge_no_key(struct options *o, struct err *e)
{
    if (!needs_key(o))
        return 0;
    if (!http_stays_here(o->job.api_url))
        return err_set(e, EXIT_USAGE,
                       NO_KEY ", so nothing was sent: " SITE_KEY
                              "; then export BITBADGES_API_KEY, or give --api-key file:PATH");
    o->notice = NO_KEY ": the server on this machine may refuse all requests (claimpipe-sandbox "
                       "shows its key when it starts)";
    return 0;
}

static int read_api_key(struct options *o, struct err *e)
{
    const char *variable = settings_find("api-key")->variable;
    char source[SOURCE_MAX];
    struct job *j = &o->job;

    if (!o->own.api_key && !getenv(variable))
        return judge_no_key(o, e);
    snprintf(source, sizeof(source), "env:%s", variable);
    j->api_key =
        jobtexts_secret(&o->texts, o->own.api_key ? o->own.api_key : source, "--api-key", e);
    if (!j->api_key)
        return -1;
    for (const char *c = j->api_key; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c > '~')
            return err_set(e, EXIT_USAGE,
                           "--api-key: the key holds blanks or other characters that "
                           "no API key has");
    if (strlen(j->api_key) > API_KEY_MAX)
        return err_set(e, EXIT_USAGE, "--api-key: the key is longer than %d bytes", API_KEY_MAX);
    return 0;
}

/* A fiftieth of the count that paces goes at once, but no more than can be in flight. */
static void default_burst(struct job *j)
{
    int64_t share = j->rates.n ? j->rates.list[limit_pacing(j->rates.list, j->rates.n)].limit / 50
                               : (int64_t)j->in_flight;

    if (j->burst)
        return;
    j->burst = share < (int64_t)j->in_flight ? share : (int64_t)j->in_flight;
    if (j->burst < 1)
        j->burst = 1;
}

/* Is the claim asked how many codes it has (codecount.h)? */
static bool asks_claim(const struct options *o)
{
    return o->target.seed && o->target.id && o->step.count == INT64_MAX;
}

/* Where the API is, and how it may be asked. */
static int read_service(struct options *o, struct err *e)
{
    bool offline = (o->job.mode == JOB_CHECK && !o->job.ask) || o->own.dry_run ||
                   o->command == COMMAND_MAIL || (o->command == COMMAND_CODE && !asks_claim(o));

    default_burst(&o->job);
    if (read_api_url(o, offline, e) != 0)
        return -1;
    return offline ? 0 : read_api_key(o, e);
}

/* What stands in braces in the name of an output is filled in (policy/outname.h). */
static int expand_name(struct options *o, const char **name, struct err *e)
{
    char date[CLOCK_DATE_MAX], time[CLOCK_TIME_MAX];
    struct outname_facts f = {.date = date, .time = time};
    bool numbered = true, taken = true;
    struct text t;

    if (!*name || !strchr(*name, '{'))
        return 0;
    clock_local(clock_wall_ms(), date, time);
    text_init(&t);
    while (taken && numbered && f.n < NAMES_MAX) {
        f.n++;
        text_clear(&t);
        if (outname_expand(*name, &f, &t, &numbered, e) != 0) {
            text_release(&t);
            return -1;
        }
        taken = outfile_is_there(t.ptr);
    }
    if (taken && numbered) {
        text_release(&t);
        return err_set(e, EXIT_USAGE, "%s: all names up to {n} = %d are taken", *name, NAMES_MAX);
    }
    *name = keep_text(o, &t, e);
    return *name ? 0 : -1;
}

static int read_results(struct options *o, struct err *e)
{
    struct job *j = &o->job;
    struct text t;

    if (j->mode == JOB_SIMULATE) { /* what a job file names is for what has really been done */
        j->results = NULL;
        j->html = is_given(o, "html") ? j->html : NULL;
        j->failed_to = is_given(o, "failed-to") ? j->failed_to : NULL;
        j->new_to = is_given(o, "new-to") ? j->new_to : NULL;
        j->tell.summary = is_given(o, "summary") ? j->tell.summary : NULL;
    }
    if (o->output)
        j->results = o->output;
    else if (expand_name(o, &j->results, e) != 0)
        return -1;
    if (j->results)
        return 0;
    text_init(&t);
    joboutput_name(j->input, j->mode == JOB_SIMULATE ? "simulated" : "results", &t);
    j->results = keep_text(o, &t, e);
    return j->results ? 0 : -1;
}

static int make_hints(struct options *o, int argc, char *const *argv, struct err *e)
{
    struct text t;

    text_init(&t);
    hint_same(&t, argc, argv);
    o->job.tell.same_command = keep_text(o, &t, e);
    if (!o->job.tell.same_command)
        return -1;
    text_init(&t);
    hint_retry(&t, argc, argv);
    o->job.retry_hint = keep_text(o, &t, e);
    return o->job.retry_hint ? 0 : -1;
}

static int default_ledger(struct options *o, struct err *e)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct text t;

    if (o->job.ledger)
        return 0;
    o->usual_ledger = true;
    text_init(&t);
    if (state && *state == '/')
        text_printf(&t, "%s/claimpipe/ledger.db", state);
    else if (home && *home)
        text_printf(&t, "%s/.local/state/claimpipe/ledger.db", home);
    else
        return err_set(e, EXIT_USAGE,
                       "there is neither XDG_STATE_HOME nor HOME: say --ledger FILE");
    o->job.ledger = keep_text(o, &t, e);
    return o->job.ledger ? 0 : -1;
}

/* ---- steps ---- */

static int check_link(const struct options *o, const struct link_values *known, struct err *e)
{
    return o->step.link ? link_check(o->step.link, known, "--link-template", e) : 0;
}

/* An id that would make a request another one is refused before it is part of any. */
static int read_id(struct options *o, struct err *e)
{
    bool of_store = o->command & (COMMAND_STORE | COMMAND_UNDO);
    const char *fault = NULL;

    if (o->target.id && of_store)
        fault = segment_fault(slice_of(o->target.id));
    else if (o->target.id && o->command != COMMAND_MAIL &&
             /* whose target is a file */ jobtexts_claim(&o->texts, &o->target.id, &fault, e) != 0)
        return -1;
    return fault ? err_set(e, EXIT_USAGE, "the %s id %s", of_store ? "store" : "claim", fault) : 0;
}

static int read_ids(struct options *o, struct err *e)
{
    const char *fault = NULL;

    for (size_t i = 0; i < o->n_claims; i++)
        if (jobtexts_claim(&o->texts, &o->claims[i], &fault, e) != 0 || fault)
            return fault ? err_set(e, EXIT_USAGE, "the claim id %s", fault) : -1;
    return 0;
}

static int read_claim(struct options *o, struct err *e)
{
    if (o->credential &&
        (jobtexts_credential(&o->texts, &o->target, o->credential, "--credential", e) != 0 ||
         read_id(o, e) != 0))
        return -1;
    if (!o->target.id)
        return err_set(e, EXIT_USAGE,
                       "which claim?  Give -c CLAIM_ID (or --credential): " SITE_CLAIM_ID);
    return check_link(
        o,
        &(struct link_values){
            .target = o->target.id, .claim = o->target.id, .collection = "", .approval = ""},
        e);
}

/* The one seed or list. */
static int read_book(struct options *o, struct err *e)
{
    if (o->n_seeds + o->n_codes == 0)
        return err_set(e, EXIT_USAGE,
                       "which codes?  Give the claim's seed with --seed-from env:NAME or "
                       "file:PATH, or a list of codes with --codes FILE");
    if (o->n_seeds + o->n_codes > 1)
        return err_set(e, EXIT_USAGE,
                       "codes come from one seed or one list: give --seed-from or --codes, once");
    o->target.seed = o->seeds[0];
    o->target.codes = o->codes[0];
    return 0;
}

static int read_code(struct options *o, struct err *e)
{
    const struct link_values known = {.claim = o->target.id, .code = "code"};

    return read_book(o, e) == 0 ? check_link(o, &known, e) : -1;
}

static int read_store(struct options *o, struct err *e)
{
    return o->target.id ? 0 : err_set(e, EXIT_USAGE, "which store?  Give -s STORE_ID");
}

static int check_recipient(const struct options *o, struct err *e)
{
    for (size_t i = 0; !o->job.lookup && i < o->job.n_steps; i++)
        if (strcmp(o->job.steps[i].action, "claim") == 0 && !o->job.steps[i].otherwise &&
            o->job.kind != IDENTITY_ADDRESS)
            return err_set(e, EXIT_USAGE,
                           "%s%s: a claim needs the recipient's address (0x + 40 hex, or bb1…): if "
                           "another file has those, give --lookup FILE --on COLUMN, else --address "
                           "COLUMN",
                           o->recipient ? "--" : "",
                           o->recipient ? o->recipient->option : o->job_file);
    return 0;
}

static int check_header(const struct options *o, struct err *e)
{
    if (o->job.read.no_header && o->job.read.header_line)
        return err_set(e, EXIT_USAGE,
                       "--no-header: there is one on line %llu (--header-line): leave one out",
                       (unsigned long long)o->job.read.header_line);
    return 0;
}

static int read_job(struct options *o, struct err *e)
{
    struct job *j = &o->job;
    int rc = read_id(o, e);

    if (rc == 0 && o->command == COMMAND_CLAIM)
        rc = read_claim(o, e);
    if (rc == 0 && o->command == COMMAND_CODE)
        rc = read_code(o, e);
    if (rc == 0 && o->command == COMMAND_STORE)
        rc = read_store(o, e);
    if (rc != 0 || options_mail_read(o, e) != 0 || check_recipient(o, e) != 0 ||
        check_header(o, e) != 0 || read_results(o, e) != 0 || read_service(o, e) != 0)
        return -1;
    /* An address that gets it once more, or for another key, has claimed before. */
    j->wishes.send_claimed = j->wishes.send_claimed || j->again > 1 || j->key;
    return 0;
}

/* ---- all of it ---- */

static void init(struct options *o)
{
    memset(o, 0, sizeof(*o));
    job_init(&o->job);
    o->job.api_url = NULL;
    jobtexts_init(&o->texts, &o->job);
    job_step_init(&o->step, "", &o->target);
    settings_own_init(&o->own);
}

/* ---- doctor ---- */

static void note_unread(void *context, const char *source, const char *why)
{
    struct options *o = context;
    struct options_faults *f = &o->faults;
    const char *which = jobtexts_copy(&o->texts, source, strlen(source), &f->job);
    const char *kept = jobtexts_copy(&o->texts, why, strlen(why), &f->job);

    if (!which || !kept || f->n_unread == OPTIONS_UNREAD_MAX)
        return;
    f->sources[f->n_unread] = which;
    f->unread[f->n_unread++] = kept;
}

static void read_doctored_job(struct options *o)
{
    o->texts.unread = note_unread;
    o->texts.unread_context = o;
    err_ignore(jobfile_read(o->job_file, &o->texts, &o->faults.job));
    o->texts.unread = NULL;
}

static int read_doctor(struct options *o, struct err *e)
{
    default_burst(&o->job);
    if (read_ids(o, e) != 0)
        return -1;
    if (default_ledger(o, &o->faults.ledger) != 0)
        o->job.ledger = NULL;
    if (read_api_url(o, false, &o->faults.url) != 0)
        o->job.api_url = NULL;
    if (read_api_key(o, &o->faults.key) != 0)
        o->job.api_key = NULL;
    return 0;
}

/* What options are applied to. */
static int begin_job(struct options *o, struct err *e)
{
    if (o->command & (COMMAND_RUN | COMMAND_WATCH))
        return jobfile_read(o->job_file, &o->texts, e);
    if (o->command == COMMAND_DOCTOR && o->job_file)
        read_doctored_job(o);
    if (o->command & (STEPS | COMMAND_UNDO)) {
        o->step.action = commands_row(o->command & STEPS ? o->command : COMMAND_STORE)->first;
        o->job.steps = &o->step;
        o->job.n_steps = 1;
    }
    return 0;
}

/* Each run would replace what the one before it has written there. */
static int refuse_one_for_all(const char *path, const char *option, struct err *e)
{
    return path && !strstr(path, "{n}")
               ? err_set(e, EXIT_USAGE,
                         "--%s %s: each file of the inbox would replace it: put {n} into its name",
                         option, path)
               : 0;
}

/* As run's, but of an input there is none yet, and each has its own results, and page. */
static int read_watch(struct options *o, struct err *e)
{
    o->job.results = o->job.html = NULL;
    return options_mail_read(o, e) == 0 && check_recipient(o, e) == 0 && check_header(o, e) == 0
               ? read_service(o, e)
               : -1;
}

/* Those that others open by their names, and wait for, before anything else is read. */
static int check_files(const struct job *j, struct err *e)
{
    if (j->cacert && plainfile_check(j->cacert, "certificate", e) != 0)
        return -1;
    return j->lookup && !fetch_is_url(j->lookup) ? plainfile_check(j->lookup, "lookup", e) : 0;
}

/* Of outputs, before the words in their names are filled in. */
static int expand_names(struct options *o, struct err *e)
{
    struct job *j = &o->job;

    if (o->command == COMMAND_WATCH && (refuse_one_for_all(j->failed_to, "failed-to", e) != 0 ||
                                        refuse_one_for_all(j->new_to, "new-to", e) != 0))
        return -1;
    return expand_name(o, &o->output, e) == 0 && expand_name(o, &j->failed_to, e) == 0 &&
                   expand_name(o, &j->new_to, e) == 0
               ? expand_name(o, &j->html, e)
               : -1;
}

/* Of those that work with a ledger, which is known by now. */
static int finish_work(struct options *o, struct err *e)
{
    o->job.fetch = (struct fetch_options){.cacert = o->job.cacert,
                                          .connect_timeout_ns = o->job.connect_timeout_ns,
                                          .stall_ns = o->job.timeout_ns,
                                          .max = FETCH_MAX};
    o->job.read.fetch = &o->job.fetch;
    if (o->command & (STEPS | COMMAND_RUN))
        return read_job(o, e);
    if (o->command == COMMAND_WATCH)
        return read_watch(o, e);
    if (o->command & (COMMAND_SUCCESSES | COMMAND_UNCLAIMED | COMMAND_UNDO))
        return read_id(o, e) == 0 ? read_service(o, e) : -1;
    if (o->command == COMMAND_SETTLE)
        return read_ids(o, e) == 0 ? read_service(o, e) : -1;
    if (o->command == COMMAND_PRUNE && !o->own.before)
        return err_set(e, EXIT_USAGE, "ledger prune: give --before YYYY-MM-DD");
    return 0;
}

static int finish(struct options *o, struct err *e)
{
    if (expand_names(o, e) != 0)
        return -1;
    if (o->command == COMMAND_LIST)
        return read_book(o, e);
    if (o->command & (COMMAND_PRESETS | COMMAND_COMPLETION | COMMAND_HELP | COMMAND_VERSION))
        return 0;
    if (check_files(&o->job, e) != 0)
        return -1;
    if (o->command == COMMAND_DOCTOR)
        return read_doctor(o, e);
    return default_ledger(o, e) == 0 ? finish_work(o, e) : -1;
}

/* As mail and word processors make them of straight ones.  A column may be called so. */
static bool is_curly(const struct setting *s, const char *value)
{
    static const char *const quotes[] = {"\u201c", "\u201d", "\u201e", "\u2018", "\u2019"};

    if (!value || s->kind == SETTING_COLUMN || s->kind == SETTING_COLUMNS ||
        s->kind == SETTING_RECIPIENT)
        return false;
    for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
        if (strncmp(value, quotes[i], strlen(quotes[i])) == 0)
            return true;
    return false;
}

/* Taken, and kept for the runs that watch begins; in which form they say what goes on is watch's own
 * matter. */
static int take(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    struct text t;

    if (is_curly(s, value))
        return err_set(e, EXIT_USAGE,
                       "--%s: its value begins with a curly quote, which a shell takes for a part "
                       "of it: type straight ones, \" or '",
                       s->option);
    if (options_take(o, s, value, e) != 0)
        return -1;
    if (o->command != COMMAND_WATCH || !(s->commands & COMMAND_RUN) ||
        strcmp(s->option, "log-format") == 0)
        return 0;
    if (o->n_passed == OPTIONS_PASSED_MAX)
        return err_set(e, EXIT_USAGE, "--%s: more than %d options: write them into the job file",
                       s->option, OPTIONS_PASSED_MAX);
    text_init(&t);
    text_printf(&t, "--%s", s->option);
    if (value) /* which of some may be left out */
        text_printf(&t, "=%s", value);
    o->passed[o->n_passed] = keep_text(o, &t, e);
    return o->passed[o->n_passed++] ? 0 : -1;
}

/* Whoever is to be told is known before anything else can be refused, and whether it is a run that tells. */
static bool is_telling(const struct setting *s)
{
    static const char *const names[] = {"summary", "metrics",  "cacert",    "quiet",
                                        "dry-run", "simulate", "log-format"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(s->option, names[i]) == 0)
            return true;
    return s->kind == SETTING_HOOK;
}

static int take_telling(struct options *o, const struct setting *s, const char *value,
                        struct err *e)
{
    return is_telling(s) ? take(o, s, value, e) : 0;
}

static int take_other(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    return is_telling(s) ? 0 : take(o, s, value, e);
}

static int take_all(struct options *o, int argc, char **argv, struct err *e)
{
    int ignored;

    return options_each(argc, argv, &ignored, take_telling, o, e) == 0
               ? options_each(argc, argv, &ignored, take_other, o, e)
               : -1;
}

/* Of run --plan only which plan that is, and what is typed beside it. */
static int read_argv(struct options *o, int argc, char **argv, struct err *e)
{
    int at;

    /* First, for getopt puts argv into another order. */
    if (make_hints(o, argc, argv, e) != 0 || options_each(argc, argv, &at, note, o, e) != 0)
        return -1;
    if (o->command == COMMAND_HELP && at < argc)
        o->help_on = argv[at];
    if (o->command) /* --help, --version: whatever else is said */
        return 0;
    if (read_command(o, argc - at, argv + at, e) != 0 || begin_job(o, e) != 0 ||
        take_all(o, argc, argv, e) != 0)
        return -1;
    if (o->command == COMMAND_PLAN)
        return 0;
    if (finish(o, e) != 0 || options_outputs_refuse(o, e) != 0 ||
        (o->job.plan.save && options_plan_say(o, argc, argv, e) != 0))
        return -1;
    return o->command & (STEPS | COMMAND_RUN) ? presets_offer(&o->presets, &o->job, e) : 0;
}

/* The command that the plan says is read in place of the one that was typed. */
static int follow_plan(struct options *o, int argc, char **argv, struct err *e)
{
    struct options_plan p = {.argc = 0};
    bool json_log = o->job.json_log;
    int rc = options_plan_open(o, &p, argc, argv, e);

    jobtexts_release(&o->texts);
    init(o);
    o->planned = p;
    o->job.json_log = json_log; /* in which a complaint is said, too */
    if (rc != 0 || read_argv(o, p.argc, p.argv, e) != 0)
        return -1;
    o->job.plan.approved = &o->planned.file.plan;
    return 0;
}

int options_read(struct options *o, int argc, char **argv, struct err *e)
{
    init(o);
    if (read_argv(o, argc, argv, e) != 0)
        return -1;
    return o->command == COMMAND_PLAN ? follow_plan(o, argc, argv, e) : 0;
}

void options_release(struct options *o)
{
    free(o->said.settings);
    options_plan_close(&o->planned);
    presets_release(&o->presets);
    jobtexts_release(&o->texts);
}
