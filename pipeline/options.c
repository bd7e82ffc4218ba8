/* options: a table of flags; the parser, the usage text and the checks go by it. */
#include "options.h"

#include "adapters/http.h"
#include "adapters/secret.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FLAG_FIRST 256 /* getopt's values of the flags: past every letter */
#define API_KEY_MAX 400

struct flag {
    char letter; /* 0: none */
    const char *name;
    const char *arg; /* NULL: none */
    const char *help;
    int (*take)(struct options *o, const char *value, struct err *e);
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
    static const char *const words[] = {"password", "code", "secret", "token", "seed", "key"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(field, words[i]))
            return true;
    return false;
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
    if (secret_is_named(equals + 1) || (is_secret_field(field) && !strstr(equals + 1, "{{"))) {
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

static int take_number(const char *flag, const char *value, int64_t min, int64_t max, int64_t *out,
                       struct err *e)
{
    return number_int(value, min, max, out) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "%s %s: give a number from %lld to %lld", flag, value,
                         (long long)min, (long long)max);
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

static int take_time(const char *flag, const char *value, int64_t *out, struct err *e)
{
    return number_duration(value, out) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "%s %s: give a time such as 30s, 5m or 250ms", flag, value);
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
    return take_time("--connect-timeout", value, &o->job.connect_timeout_ns, e);
}

static int take_timeout(struct options *o, const char *value, struct err *e)
{
    return take_time("--timeout", value, &o->job.timeout_ns, e);
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
    {'c', "claim", "ID", "the claim to complete", take_claim},
    {0, "set", "INSTANCE.FIELD=VALUE",
     "what to send for a plugin of the claim, such as\n"
     "password-1.password=env:CLAIM_PASSWORD; VALUE may hold\n"
     "{{Column}}, or be env:NAME or file:PATH; may be repeated",
     take_set},
    {0, "credential", "SOURCE",
     "env:NAME or file:PATH of the one string that Zap users\n"
     "have: claimId-passwordInstanceId-password",
     take_credential},
    {0, "claim-version", "N", "expect this version of the claim (-1: any; default: ask once)",
     take_version},
    {0, "address", "COLUMN", "the recipient's column (default: found by its name)", take_address},
    {'o', "output", "FILE",
     "the results CSV (default: INPUT with .results.csv; -: standard\noutput)", take_output},
    {0, "ledger", "FILE", "what was done before (default:\n$XDG_STATE_HOME/claimpipe/ledger.db)",
     take_ledger},
    {0, "retry-failed", NULL, "try rows again that have failed", take_retry_failed},
    {0, "resend-unknown", NULL,
     "send rows again of which nobody can tell whether they were\ntaken: may issue twice",
     take_resend_unknown},
    {0, "rate", "COUNT/TIME", "requests allowed (default: 10000/m; none: only the server's word)",
     take_rate},
    {0, "burst", "N", "requests that may leave at once (default: what fits the rate)", take_burst},
    {0, "in-flight", "N", "requests under way at once (default: 64)", take_in_flight},
    {0, "lanes", "N", "threads that send (default: 1)", take_lanes},
    {0, "tries", "N", "tries of a request that never left, before the run stops\n(default: 8)",
     take_tries},
    {0, "settle-timeout", "TIME",
     "how long to wait for a queue that does not move (default: 5m);\n"
     "what is left then is pending, and settled by the next run",
     take_settle_timeout},
    {0, "queue-delay", "TIME",
     "the longest time a request may lie in the server's queue\n"
     "(default: 60s); one whose answer was lost is not sent again\nbefore",
     take_queue_delay},
    {0, "connect-timeout", "TIME", "to reach the server (default: 10s)", take_connect_timeout},
    {0, "timeout", "TIME", "for a whole request (default: 60s)", take_timeout},
    {0, "api-url", "URL", "the API (default: $BITBADGES_API_URL, or\nhttps://api.bitbadges.io)",
     take_api_url},
    {0, "api-key", "SOURCE", "env:NAME or file:PATH (default: env:BITBADGES_API_KEY)",
     take_api_key},
    {0, "cacert", "FILE", "trust the authorities in this PEM file instead of the system's",
     take_cacert},
    {'q', "quiet", NULL, "say nothing but errors", take_quiet},
    {0, "log-format", "text|json", "how to say it (default: text)", take_log_format},
    {'h', "help", NULL, "show this", take_help},
    {'V', "version", NULL, "show the version", take_show_version},
};
#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))

/* ---- help ---- */

static const char help_head[] =
    "Usage: claimpipe claim INPUT -c CLAIM_ID [OPTION]...\n"
    "Turn each row of a CSV export into a completed BitBadges claim: in parallel, inside\n"
    "the rate limit, each recipient at most once; and write what became of every row.\n"
    "INPUT is a CSV file with a header, or - for standard input.\n\n";

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
static int complain(char **argv, int index, int value, struct err *e)
{
    const char *word = argv[index];

    if (value == ':')
        return err_set(e, EXIT_USAGE, "%s needs a value: see claimpipe --help", word);
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
            return complain(argv, optind - 1, value, e);
        if (f->take(o, optarg, e) != 0)
            return -1;
    }
    return 0;
}

/* ---- what the flags leave open ---- */

static int read_words(struct options *o, int argc, char **argv, struct err *e)
{
    if (optind == argc)
        return err_set(e, EXIT_USAGE,
                       "say what to do: claimpipe claim INPUT -c CLAIM_ID (see "
                       "claimpipe --help)");
    o->job.action = argv[optind];
    if (strcmp(o->job.action, "claim") != 0)
        return err_set(e, EXIT_USAGE, "%s: no such command; there is: claim (see claimpipe --help)",
                       argv[optind]);
    if (optind + 1 == argc)
        return err_set(e, EXIT_USAGE, "which INPUT?  A CSV file, or - for standard input");
    if (optind + 2 < argc)
        return err_set(e, EXIT_USAGE, "%s: one INPUT at a time", argv[optind + 2]);
    o->job.input = argv[optind + 1];
    return 0;
}

/* claimId-passwordInstanceId-password.  With --claim the id is known, and may itself hold a '-'. */
static int read_credential(struct options *o, struct err *e)
{
    const char *text, *instance, *password, *claim = o->job.target;
    size_t n;

    if (!o->credential)
        return 0;
    text = keep_secret(o, o->credential, "--credential", e);
    if (!text)
        return -1;
    n = claim ? strlen(claim) : strcspn(text, "-");
    if (strncmp(text, claim ? claim : text, n) != 0 || text[n] != '-')
        return err_set(e, EXIT_USAGE,
                       "--credential %s: is not of the form %s-passwordInstanceId-password",
                       o->credential, claim ? claim : "claimId");
    if (!claim && !(o->job.target = keep_copy(o, text, n, e)))
        return -1;
    instance = text + n + 1;
    password = strchr(instance, '-');
    if (n == 0 || !password || password == instance || !password[1])
        return err_set(e, EXIT_USAGE,
                       "--credential %s: is not of the form claimId-passwordInstanceId-password",
                       o->credential);
    instance = keep_copy(o, instance, (size_t)(password - instance), e);
    if (!instance)
        return -1;
    if (redact_add(&o->job.secrets, password + 1) != 0)
        return err_set(e, EXIT_USAGE, "too many secrets");
    return add_setting(o, instance, "password", password + 1, true, e);
}

static int read_api(struct options *o, struct err *e)
{
    struct job *j = &o->job;
    const char *fault;
    size_t len;

    if (!j->api_url)
        j->api_url = getenv("BITBADGES_API_URL");
    if (!j->api_url || !*j->api_url)
        j->api_url = "https://api.bitbadges.io";
    len = strlen(j->api_url);
    while (len > 0 && j->api_url[len - 1] == '/')
        len--;
    j->api_url = keep_copy(o, j->api_url, len, e);
    if (!j->api_url)
        return -1;
    fault = http_url_fault(j->api_url);
    if (fault)
        return err_set(e, EXIT_USAGE, "--api-url %s: %s", j->api_url, fault);
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

/* completions.csv -> completions.results.csv; standard input -> standard output. */
static int default_results(struct options *o, struct err *e)
{
    const char *input = o->job.input;
    size_t len = strlen(input);
    struct text t;

    if (o->job.results)
        return 0;
    o->job.results = "-";
    if (strcmp(input, "-") == 0)
        return 0;
    if (len > 4 && strcasecmp(input + len - 4, ".csv") == 0)
        len -= 4;
    text_init(&t);
    text_append(&t, input, len);
    text_puts(&t, ".results.csv");
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

    text_init(&t);
    text_puts(&t, "claimpipe");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--retry-failed") == 0)
            continue;
        text_puts(&t, " ");
        append_word(&t, argv[i]);
    }
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

int options_read(struct options *o, int argc, char **argv, struct err *e)
{
    memset(o, 0, sizeof(*o));
    job_init(&o->job);
    o->job.api_url = NULL;
    /* First, for getopt puts argv into another order. */
    if (make_retry_hint(o, argc, argv, e) != 0 || read_flags(o, argc, argv, e) != 0)
        return -1;
    if (o->wish != OPTIONS_RUN)
        return 0;
    if (read_words(o, argc, argv, e) != 0 || read_credential(o, e) != 0)
        return -1;
    if (!o->job.target)
        return err_set(e, EXIT_USAGE, "which claim?  Give -c CLAIM_ID (or --credential)");
    if (read_api(o, e) != 0 || default_results(o, e) != 0 || default_ledger(o, e) != 0)
        return -1;
    default_burst(&o->job);
    return 0;
}

void options_release(struct options *o)
{
    for (size_t i = 0; i < o->n_texts; i++)
        secret_free(o->texts[i]);
    o->n_texts = 0;
}
