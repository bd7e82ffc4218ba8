/* options: a table of flags; the parser, the usage text and the checks go by it. */
#include "options.h"

#include "adapters/http.h"
#include "adapters/secret.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "history.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FLAG_FIRST 256 /* getopt's values of the flags: past every letter */
#define API_KEY_MAX 400

#define COMMAND_HISTORY                                                                            \
    (COMMAND_RUNS | COMMAND_REPORT | COMMAND_CHECK | COMMAND_EXPORT | COMMAND_PRUNE)
#define COMMAND_ANY (COMMAND_CLAIM | COMMAND_HISTORY)

struct flag {
    char letter; /* 0: none */
    const char *name;
    const char *arg; /* NULL: none */
    const char *help;
    int (*take)(struct options *o, const char *value, struct err *e);
    unsigned commands; /* which know it */
};

/* ---- texts that the job borrows ---- */

/* Takes text over; NULL if there is none (memory) or no room. */
static const char *keep(struct options *o, char *text, struct err *e)
{
    if (text && o->n_texts < OPTIONS_TEXTS_MAX)
        return o->texts[o->n_texts++] = text;
    secret_free(text);
    if (text)
        err_set(e, EXIT_USAGE, "too many settings");
    else
        err_nomem(e);
    return NULL;
}

static const char *keep_copy(struct options *o, const char *s, size_t len, struct err *e)
{
    return keep(o, mem_copy(s, len), e);
}

static const char *keep_secret(struct options *o, const char *source, const char *asked_by,
                               struct err *e)
{
    char *value = secret_read(source, asked_by, e);
    const char *kept = value ? keep(o, value, e) : NULL;

    if (kept && redact_add(&o->job.secrets, kept) != 0) {
        err_set(e, EXIT_USAGE, "%s: too many secrets", asked_by);
        return NULL;
    }
    return kept;
}

/* ---- what the flags do ---- */

static int take_claim(struct options *o, const char *value, struct err *e)
{
    if (!*value)
        return err_set(e, EXIT_USAGE, "--claim: the claim id is empty");
    o->job.target = value;
    return 0;
}

static int take_version(struct options *o, const char *value, struct err *e)
{
    return number_int(value, -1, INT64_MAX, &o->job.version) == 0
               ? 0
               : err_set(e, EXIT_USAGE,
                         "--claim-version %s: give the claim's version, or -1 for no check", value);
}

static bool is_secret_field(const char *field)
{
    static const char *const words[] = {"pass", "code", "secret",    "token",
                                        "seed", "key",  "credential"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(field, words[i]))
            return true;
    return strcasecmp(field, "pin") == 0;
}

/* Nothing but {{columns}}? */
static bool is_columns_only(const char *value)
{
    do {
        const char *end = strncmp(value, "{{", 2) == 0 ? strstr(value, "}}") : NULL;

        if (!end)
            return false;
        value = end + 2;
    } while (*value);
    return true;
}

static int add_setting(struct options *o, const char *instance, const char *field,
                       const char *value, bool literal, struct err *e)
{
    if (o->job.n_settings == JOB_SETTINGS_MAX)
        return err_set(e, EXIT_USAGE, "--set: more than %d settings", JOB_SETTINGS_MAX);
    o->job.settings[o->job.n_settings++] = (struct plan_setting){instance, field, value, literal};
    return 0;
}

static int take_set(struct options *o, const char *value, struct err *e)
{
    const char *equals = strchr(value, '=');
    const char *dot = equals ? memrchr(value, '.', (size_t)(equals - value)) : NULL;
    const char *instance, *field, *secret = NULL;
    char asked_by[128];

    if (!dot || dot == value || dot + 1 == equals)
        return err_set(e, EXIT_USAGE,
                       "--set takes INSTANCE.FIELD=VALUE, such as "
                       "password-1.password=env:CLAIM_PASSWORD");
    instance = keep_copy(o, value, (size_t)(dot - value), e);
    field = keep_copy(o, dot + 1, (size_t)(equals - dot - 1), e);
    if (!instance || !field)
        return -1;
    snprintf(asked_by, sizeof(asked_by), "--set %.40s.%.40s", instance, field);
    if (*instance == '_')
        return err_set(e, EXIT_USAGE, "--set %s: is no plugin's instance ID", instance);
    if (secret_is_named(equals + 1) || (is_secret_field(field) && !is_columns_only(equals + 1))) {
        secret = keep_secret(o, equals + 1, asked_by, e);
        if (!secret)
            return -1;
    }
    return add_setting(o, instance, field, secret ? secret : equals + 1, secret != NULL, e);
}

static int take_credential(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->credential = value;
    return 0;
}

static int take_api_key(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->api_key_source = value;
    return 0;
}

static int take_address(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->job.address = value;
    return 0;
}

static int take_output(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->job.results = value;
    return 0;
}

static int take_ledger(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->job.ledger = value;
    return 0;
}

static int take_api_url(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->job.api_url = value;
    return 0;
}

static int take_cacert(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->job.cacert = value;
    return 0;
}

static int take_retry_failed(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->job.wishes.retry_failed = true;
    return 0;
}

static int take_resend_unknown(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->job.wishes.resend_unknown = true;
    return 0;
}

static int take_number(const char *flag, const char *value, int64_t min, int64_t max, int64_t *out,
                       struct err *e)
{
    return number_int(value, min, max, out) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "%s %s: give a number from %lld to %lld", flag, value,
                         (long long)min, (long long)max);
}

static int take_time(const char *flag, const char *value, int64_t *out, struct err *e)
{
    return number_duration(value, out) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "%s %s: give a time such as 30s, 5m or 250ms", flag, value);
}

/* libcurl takes less than a millisecond for no limit at all. */
static int take_limit(const char *flag, const char *value, int64_t *out, struct err *e)
{
    if (take_time(flag, value, out, e) != 0)
        return -1;
    return *out >= CLOCK_NS_PER_MS
               ? 0
               : err_set(e, EXIT_USAGE, "%s %s: is no time at all", flag, value);
}

static int take_key(struct options *o, const char *value, struct err *e)
{
    o->job.key = value;
    return *value ? 0 : err_set(e, EXIT_USAGE, "--key: name at least one column");
}

static int take_again(struct options *o, const char *value, struct err *e)
{
    return take_number("--again", value, 2, 1000000, &o->job.again, e);
}

static int take_no_skip_claimed(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->job.wishes.send_claimed = true;
    return 0;
}

static int take_max_failures(struct options *o, const char *value, struct err *e)
{
    return stoprule_read_failures(&o->job.stoprule, value, e);
}

static int take_max_credits(struct options *o, const char *value, struct err *e)
{
    return take_number("--max-credits", value, 1, INT64_MAX, &o->job.stoprule.max_credits, e);
}

static int take_max_duration(struct options *o, const char *value, struct err *e)
{
    return take_time("--max-duration", value, &o->job.stoprule.max_duration_ns, e);
}

static int take_rate(struct options *o, const char *value, struct err *e)
{
    if (strcmp(value, "none") == 0) {
        o->job.rate_count = 0;
        return 0;
    }
    return number_rate(value, &o->job.rate_count, &o->job.rate_window_ns) == 0
               ? 0
               : err_set(e, EXIT_USAGE,
                         "--rate %s: give a count for a time, such as 10000/m or "
                         "150/s, or none",
                         value);
}

static int take_burst(struct options *o, const char *value, struct err *e)
{
    return take_number("--burst", value, 1, 100000, &o->job.burst, e);
}

static int take_in_flight(struct options *o, const char *value, struct err *e)
{
    int64_t n = 0;

    if (take_number("--in-flight", value, 1, 4096, &n, e) != 0)
        return -1;
    o->job.in_flight = (size_t)n;
    return 0;
}

static int take_lanes(struct options *o, const char *value, struct err *e)
{
    int64_t n = 0;

    if (take_number("--lanes", value, 1, HTTP_LANES_MAX, &n, e) != 0)
        return -1;
    o->job.lanes = (size_t)n;
    return 0;
}

static int take_tries(struct options *o, const char *value, struct err *e)
{
    int64_t n = 0;

    if (take_number("--tries", value, 1, 1000, &n, e) != 0)
        return -1;
    o->job.tries_max = (unsigned)n;
    return 0;
}

static int take_settle_timeout(struct options *o, const char *value, struct err *e)
{
    return take_time("--settle-timeout", value, &o->job.settle_timeout_ns, e);
}

static int take_queue_delay(struct options *o, const char *value, struct err *e)
{
    return take_time("--queue-delay", value, &o->job.queue_delay_ns, e);
}

static int take_connect_timeout(struct options *o, const char *value, struct err *e)
{
    return take_limit("--connect-timeout", value, &o->job.connect_timeout_ns, e);
}

static int take_timeout(struct options *o, const char *value, struct err *e)
{
    return take_limit("--timeout", value, &o->job.timeout_ns, e);
}

static int take_quiet(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->job.quiet = true;
    return 0;
}

static int take_log_format(struct options *o, const char *value, struct err *e)
{
    o->job.json_log = strcmp(value, "json") == 0;
    if (!o->job.json_log && strcmp(value, "text") != 0)
        return err_set(e, EXIT_USAGE, "--log-format %s: give text or json", value);
    return 0;
}

static int take_before(struct options *o, const char *value, struct err *e)
{
    (void)e;
    o->before = value;
    return 0;
}

static int take_help(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->wish = OPTIONS_HELP;
    return 0;
}

static int take_show_version(struct options *o, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    o->wish = OPTIONS_VERSION;
    return 0;
}

static const struct flag flags[] = {
    {'c', "claim", "ID", "the claim to complete", take_claim, COMMAND_CLAIM},
    {0, "set", "INSTANCE.FIELD=VALUE",
     "what to send for a plugin of the claim, such as\n"
     "password-1.password=env:CLAIM_PASSWORD; VALUE may hold\n"
     "{{Column}}, or be env:NAME or file:PATH; may be repeated",
     take_set, COMMAND_CLAIM},
    {0, "credential", "SOURCE",
     "env:NAME or file:PATH of the one string that Zap users\n"
     "have: claimId-passwordInstanceId-password",
     take_credential, COMMAND_CLAIM},
    {0, "claim-version", "N", "expect this version of the claim (-1: any; default: ask once)",
     take_version, COMMAND_CLAIM},
    {0, "address", "COLUMN", "the recipient's column (default: found by its name)", take_address,
     COMMAND_CLAIM},
    {'o', "output", "FILE",
     "the results CSV (default: INPUT with .results.csv; -: standard\noutput)", take_output,
     COMMAND_CLAIM | COMMAND_REPORT | COMMAND_EXPORT},
    {0, "ledger", "FILE", "what was done before (default:\n$XDG_STATE_HOME/claimpipe/ledger.db)",
     take_ledger, COMMAND_ANY},
    {0, "key", "COLUMN,...",
     "what makes a row the same again: these columns (default: the\nrecipient)", take_key,
     COMMAND_CLAIM},
    {0, "again", "N",
     "issue once more on purpose, for the N-th time in all: rows\n"
     "are duplicates only of rows of the same N",
     take_again, COMMAND_CLAIM},
    {0, "no-skip-claimed", NULL, "send also to those who have claimed by another way",
     take_no_skip_claimed, COMMAND_CLAIM},
    {0, "retry-failed", NULL, "try rows again that have failed", take_retry_failed, COMMAND_CLAIM},
    {0, "resend-unknown", NULL,
     "send rows again of which nobody can tell whether they were\ntaken: may issue twice",
     take_resend_unknown, COMMAND_CLAIM},
    {0, "rate", "COUNT/TIME", "requests allowed (default: 10000/m; none: only the server's word)",
     take_rate, COMMAND_CLAIM},
    {0, "burst", "N", "requests that may leave at once (default: what fits the rate)", take_burst,
     COMMAND_CLAIM},
    {0, "in-flight", "N", "requests under way at once (default: 64)", take_in_flight,
     COMMAND_CLAIM},
    {0, "lanes", "N", "threads that send (default: 1)", take_lanes, COMMAND_CLAIM},
    {0, "tries", "N", "tries of a request that never left, before the run stops\n(default: 8)",
     take_tries, COMMAND_CLAIM},
    {0, "max-failures", "N|N%",
     "stop when so many rows have failed (a share: of at least\n100 tried)", take_max_failures,
     COMMAND_CLAIM},
    {0, "max-credits", "N", "stop before more than N requests were made", take_max_credits,
     COMMAND_CLAIM},
    {0, "max-duration", "TIME", "stop sending after this time", take_max_duration, COMMAND_CLAIM},
    {0, "settle-timeout", "TIME",
     "how long to wait for a queue that does not move (default: 5m);\n"
     "what is left then is pending, and settled by the next run",
     take_settle_timeout, COMMAND_CLAIM},
    {0, "queue-delay", "TIME",
     "the longest time a request may lie in the server's queue\n"
     "(default: 60s); one whose answer was lost is not sent again\nbefore",
     take_queue_delay, COMMAND_CLAIM},
    {0, "connect-timeout", "TIME", "to reach the server (default: 10s)", take_connect_timeout,
     COMMAND_CLAIM},
    {0, "timeout", "TIME", "for a whole request (default: 60s)", take_timeout, COMMAND_CLAIM},
    {0, "api-url", "URL", "the API (default: $BITBADGES_API_URL, or\nhttps://api.bitbadges.io)",
     take_api_url, COMMAND_CLAIM},
    {0, "api-key", "SOURCE", "env:NAME or file:PATH (default: env:BITBADGES_API_KEY)", take_api_key,
     COMMAND_CLAIM},
    {0, "cacert", "FILE", "trust the authorities in this PEM file instead of the system's",
     take_cacert, COMMAND_CLAIM},
    {0, "before", "YYYY-MM-DD", "for ledger prune: the beginning of that day, in UTC", take_before,
     COMMAND_PRUNE},
    {'q', "quiet", NULL, "say nothing but errors", take_quiet, COMMAND_ANY},
    {0, "log-format", "text|json", "how to say it (default: text)", take_log_format, COMMAND_ANY},
    {'h', "help", NULL, "show this", take_help, COMMAND_ANY},
    {'V', "version", NULL, "show the version", take_show_version, COMMAND_ANY},
};
#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

/* ---- help ---- */

static const char help_head[] =
    "Usage: claimpipe claim INPUT -c CLAIM_ID [OPTION]...\n"
    "       claimpipe runs\n"
    "       claimpipe report RUN|last [INPUT] [-o FILE]\n"
    "       claimpipe ledger check|export|prune [-o FILE] [--before YYYY-MM-DD]\n\n"
    "claim: turn each row of a CSV export into a completed BitBadges claim: in parallel, inside\n"
    "the rate limit, each recipient at most once; and write what became of every row.  INPUT is\n"
    "a CSV file with a header, or - for standard input.\n"
    "runs: the runs that the ledger knows.  report: write the results of one again.\n"
    "ledger: check that it is sound; export it as CSV; prune what is no longer needed (what was\n"
    "issued stays known).\n\n";

static const char help_tail[] =
    "\nExit codes: 0 every row is success or duplicate; 1 some rows are not (see the results);\n"
    "2 usage; 3 the input can't be read; 4 stopped early; 5 the ledger or the results can't be\n"
    "written; 130, 143 interrupted.  A run that ends early goes on when the same command is run\n"
    "again.  See claimpipe(1).\n";

static void help_flag(struct text *t, const struct flag *f)
{
    const char *line = f->help, *end;
    size_t column = t->len;

    if (f->letter)
        text_printf(t, "  -%c, --%s", f->letter, f->name);
    else
        text_printf(t, "      --%s", f->name);
    if (f->arg)
        text_printf(t, " %s", f->arg);
    column = t->len - column;
    for (; line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (column > 26)
            text_puts(t, "\n"), column = 0;
        text_printf(t, "%*s%.*s\n", (int)(28 - column), "", end ? (int)(end - line) : INT_MAX,
                    line);
        column = 0;
    }
}

int options_print_help(struct err *e)
{
    struct text t;
    int rc = 0;

    text_init(&t);
    text_puts(&t, help_head);
    for (size_t i = 0; i < N_FLAGS; i++)
        help_flag(&t, &flags[i]);
    text_puts(&t, help_tail);
    if (!text_ok(&t))
        rc = err_nomem(e);
    else if (fwrite(t.ptr, 1, t.len, stdout) != t.len || fflush(stdout) != 0)
        rc = err_set(e, EXIT_OUTPUT, "can't write the help to standard output");
    text_release(&t);
    return rc;
}

/* ---- parsing ---- */

static void make_getopt(struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (size_t i = 0; i < N_FLAGS; i++) {
        longs[i] = (struct option){flags[i].name, flags[i].arg ? required_argument : no_argument,
                                   NULL, FLAG_FIRST + (int)i};
        if (flags[i].letter) {
            *shorts++ = flags[i].letter;
            if (flags[i].arg)
                *shorts++ = ':';
        }
    }
    longs[N_FLAGS] = (struct option){0};
    *shorts = '\0';
}

static const struct flag *flag_of(int value)
{
    if (value >= FLAG_FIRST)
        return &flags[value - FLAG_FIRST];
    for (size_t i = 0; i < N_FLAGS; i++)
        if (flags[i].letter == value)
            return &flags[i];
    return NULL;
}

/* An unknown option, without what stands behind its '=', which may be a secret. */
static int complain(const char *word, int value, struct err *e)
{
    const struct flag *f = optopt ? flag_of(optopt) : NULL;

    if (f)
        return err_set(e, EXIT_USAGE, "--%s %s: see claimpipe --help", f->name,
                       value == ':' ? "needs a value" : "takes no value");
    if (optopt)
        return err_set(e, EXIT_USAGE, "-%c: no such option: see claimpipe --help", optopt);
    return err_set(e, EXIT_USAGE, "%.*s: no such option (or not unique): see claimpipe --help",
                   (int)strcspn(word, "="), word);
}

static int read_flags(struct options *o, int argc, char **argv, struct err *e)
{
    struct option longs[N_FLAGS + 1];
    char shorts[2 * N_FLAGS + 2];
    int value;

    make_getopt(longs, shorts);
    opterr = 0;
    optind = 1;
    while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const struct flag *f = value == '?' || value == ':' ? NULL : flag_of(value);

        if (!f)
            return complain(argv[optind - 1], value, e);
        o->known_by &= f->commands;
        if (f->commands != COMMAND_ANY)
            o->stranger = f->name;
        if (f->take(o, optarg, e) != 0)
            return -1;
    }
    return 0;
}

/* ---- what the flags leave open ---- */

static const struct {
    const char *first, *second; /* second: NULL if the command is one word */
    enum options_command command;
    int min, max; /* words that follow */
    const char *missing;
} commands[] = {
    {"claim", NULL, COMMAND_CLAIM, 1, 1, "which INPUT?  A CSV file, or - for standard input"},
    {"runs", NULL, COMMAND_RUNS, 0, 0, ""},
    {"report", NULL, COMMAND_REPORT, 1, 2,
     "which run?  Its number, as claimpipe runs shows it, or last"},
    {"ledger", "check", COMMAND_CHECK, 0, 0, ""},
    {"ledger", "export", COMMAND_EXPORT, 0, 0, ""},
    {"ledger", "prune", COMMAND_PRUNE, 0, 0, ""},
};

/* The index among commands of what the words begin with, or -1. */
static int find_command(int n, char **words)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (n > 0 && strcmp(words[0], commands[i].first) == 0 &&
            (!commands[i].second || (n > 1 && strcmp(words[1], commands[i].second) == 0)))
            return (int)i;
    return -1;
}

static int read_words(struct options *o, int n, char **words, struct err *e)
{
    int at = find_command(n, words), own;

    if (n == 0)
        return err_set(e, EXIT_USAGE,
                       "say what to do: claimpipe claim INPUT -c CLAIM_ID (see "
                       "claimpipe --help)");
    if (at < 0)
        return err_set(e, EXIT_USAGE,
                       "%s%s%s: no such command; there are: claim, runs, report, ledger "
                       "check|export|prune (see claimpipe --help)",
                       words[0], n > 1 && strcmp(words[0], "ledger") == 0 ? " " : "",
                       n > 1 && strcmp(words[0], "ledger") == 0 ? words[1] : "");
    o->command = commands[at].command;
    own = commands[at].second ? 2 : 1;
    n -= own;
    words += own;
    if (n < commands[at].min)
        return err_set(e, EXIT_USAGE, "%s", commands[at].missing);
    if (n > commands[at].max)
        return err_set(e, EXIT_USAGE, "%s: one INPUT at a time (see claimpipe --help)",
                       words[commands[at].max]);
    if (!(o->known_by & o->command))
        return err_set(e, EXIT_USAGE, "--%s: not with this command (see claimpipe --help)",
                       o->stranger);
    o->job.action = commands[at].first;
    if (o->command == COMMAND_REPORT)
        o->run = words[0];
    o->job.input = o->command == COMMAND_CLAIM ? words[0] : n > 1 ? words[1] : NULL;
    return 0;
}

/* The claim's id, from the beginning of a credential; what follows it, or NULL if the form is wrong. */
static const char *credential_claim(struct options *o, const char *text, struct err *e)
{
    const char *claim = o->job.target;
    size_t n = claim ? strlen(claim) : strcspn(text, "-");

    if (n == 0 || (claim && strncmp(text, claim, n) != 0) || text[n] != '-')
        return NULL;
    if (!claim && !(o->job.target = keep_copy(o, text, n, e)))
        return NULL;
    return text + n + 1;
}

/* claimId-passwordInstanceId-password.  With --claim the id is known, and may itself hold a '-'. */
static int read_credential(struct options *o, struct err *e)
{
    const char *text, *instance, *password;

    if (!o->credential)
        return 0;
    text = keep_secret(o, o->credential, "--credential", e);
    if (!text)
        return -1;
    instance = credential_claim(o, text, e);
    password = instance ? strchr(instance, '-') : NULL;
    if (!password || password == instance || !password[1])
        return err_set(e, EXIT_USAGE,
                       "--credential %s: is not of the form %s-passwordInstanceId-password",
                       o->credential, o->job.target ? o->job.target : "claimId");
    instance = keep_copy(o, instance, (size_t)(password - instance), e);
    if (!instance)
        return -1;
    if (redact_add(&o->job.secrets, password + 1) != 0)
        return err_set(e, EXIT_USAGE, "too many secrets");
    return add_setting(o, instance, "password", password + 1, true, e);
}

static int read_api_url(struct options *o, struct err *e)
{
    struct job *j = &o->job;
    const char *fault, *given = j->api_url ? j->api_url : getenv("BITBADGES_API_URL");
    struct text url;

    if (!given)
        given = "https://api.bitbadges.io";
    if (!*given) /* most likely a script's mistake: the real service is not what it means */
        return err_set(e, EXIT_USAGE, "the API's URL is empty: set BITBADGES_API_URL, or unset it");
    text_init(&url);
    fault = http_base_url(given, &url);
    j->api_url = !fault && text_ok(&url) ? keep_copy(o, url.ptr, url.len, e) : NULL;
    text_release(&url);
    if (fault)
        return err_set(e, EXIT_USAGE, "the API's URL %s", fault); /* it may hold a password */
    return j->api_url ? 0 : err_nomem(e);
}

static int read_api_key(struct options *o, struct err *e)
{
    struct job *j = &o->job;

    if (!o->api_key_source && !getenv("BITBADGES_API_KEY"))
        return 0; /* the server will say what it thinks of that */
    j->api_key = keep_secret(o, o->api_key_source ? o->api_key_source : "env:BITBADGES_API_KEY",
                             "--api-key", e);
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

static int default_results(struct options *o, struct err *e)
{
    struct text t;

    if (o->job.results)
        return 0;
    text_init(&t);
    history_results_name(o->job.input, &t);
    o->job.results = text_ok(&t) ? keep_copy(o, t.ptr, t.len, e) : NULL;
    text_release(&t);
    return o->job.results ? 0 : err_nomem(e);
}

static int default_ledger(struct options *o, struct err *e)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct text t;

    if (o->job.ledger)
        return 0;
    text_init(&t);
    if (state && *state == '/')
        text_printf(&t, "%s/claimpipe/ledger.db", state);
    else if (home && *home)
        text_printf(&t, "%s/.local/state/claimpipe/ledger.db", home);
    else
        return err_set(e, EXIT_USAGE,
                       "there is neither XDG_STATE_HOME nor HOME: say --ledger FILE");
    o->job.ledger = text_ok(&t) ? keep_copy(o, t.ptr, t.len, e) : NULL;
    text_release(&t);
    return o->job.ledger ? 0 : err_nomem(e);
}

static void append_word(struct text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,+@%";

    if (*word && strspn(word, plain) == strlen(word)) {
        text_puts(t, word);
        return;
    }
    text_puts(t, "'");
    for (; *word; word++)
        text_append(t, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    text_puts(t, "'");
}

/* The same command with --retry-failed, quoted for a shell.  No secret is in argv. */
static int make_retry_hint(struct options *o, int argc, char **argv, struct err *e)
{
    struct text t;
    bool ended = false; /* by --, behind which nothing is an option */

    text_init(&t);
    text_puts(&t, "claimpipe");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--retry-failed") == 0)
            continue;
        if (strcmp(argv[i], "--") == 0 && !ended)
            text_puts(&t, " --retry-failed");
        ended = ended || strcmp(argv[i], "--") == 0;
        text_puts(&t, " ");
        append_word(&t, argv[i]);
    }
    if (!ended)
        text_puts(&t, " --retry-failed");
    o->job.retry_hint = text_ok(&t) ? keep_copy(o, t.ptr, t.len, e) : NULL;
    text_release(&t);
    return o->job.retry_hint ? 0 : err_nomem(e);
}

/* A fiftieth of the count goes at once, but no more than can be in flight. */
static void default_burst(struct job *j)
{
    int64_t share = j->rate_count ? j->rate_count / 50 : (int64_t)j->in_flight;

    if (j->burst)
        return;
    j->burst = share < (int64_t)j->in_flight ? share : (int64_t)j->in_flight;
    if (j->burst < 1)
        j->burst = 1;
}

/* What a claim needs besides its flags. */
static int read_job(struct options *o, struct err *e)
{
    if (read_credential(o, e) != 0)
        return -1;
    if (!o->job.target)
        return err_set(e, EXIT_USAGE, "which claim?  Give -c CLAIM_ID (or --credential)");
    if (read_api_url(o, e) != 0 || read_api_key(o, e) != 0 || default_results(o, e) != 0)
        return -1;
    default_burst(&o->job);
    /* An address that gets it once more, or for another key, has claimed before. */
    o->job.wishes.send_claimed = o->job.wishes.send_claimed || o->job.again > 1 || o->job.key;
    return 0;
}

int options_read(struct options *o, int argc, char **argv, struct err *e)
{
    memset(o, 0, sizeof(*o));
    job_init(&o->job);
    o->job.api_url = NULL;
    o->known_by = COMMAND_ANY;
    /* First, for getopt puts argv into another order. */
    if (make_retry_hint(o, argc, argv, e) != 0 || read_flags(o, argc, argv, e) != 0)
        return -1;
    if (o->wish != OPTIONS_COMMAND)
        return 0;
    if (read_words(o, argc - optind, argv + optind, e) != 0 || default_ledger(o, e) != 0)
        return -1;
    if (o->command == COMMAND_PRUNE && !o->before)
        return err_set(e, EXIT_USAGE, "ledger prune: give --before YYYY-MM-DD");
    return o->command == COMMAND_CLAIM ? read_job(o, e) : 0;
}

void options_release(struct options *o)
{
    for (size_t i = 0; i < o->n_texts; i++)
        secret_free(o->texts[i]);
    o->n_texts = 0;
}
