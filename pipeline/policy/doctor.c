/* doctor: a function a thing; each begins with what is right, and says more where it is not. */
#include "policy/doctor.h"

#include "base/site.h"
#include "base/slice.h"
#include "policy/columns.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FREE_BAD (INT64_C(16) * 1000 * 1000)
#define FREE_WARNING (INT64_C(256) * 1000 * 1000)
#define VARIABLES_MAX 40
#define NS_PER_S INT64_C(1000000000)

const char *doctor_level_name(enum doctor_level level)
{
    static const char *const names[] = {
        [DOCTOR_OK] = "ok", [DOCTOR_WARNING] = "warning", [DOCTOR_BAD] = "bad"};

    return names[level];
}

/* ---- words ---- */

__attribute__((format(printf, 3, 4))) static void found(struct doctor_finding *f, const char *about,
                                                        const char *fmt, ...)
{
    va_list args;

    *f = (struct doctor_finding){.level = DOCTOR_OK, .about = about};
    va_start(args, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, args);
    va_end(args);
}

__attribute__((format(printf, 3, 4))) static void
advise(struct doctor_finding *f, enum doctor_level level, const char *fmt, ...)
{
    va_list args;

    f->level = level;
    va_start(args, fmt);
    vsnprintf(f->advice, sizeof(f->advice), fmt, args);
    va_end(args);
}

__attribute__((format(printf, 2, 3))) static void add(struct doctor_finding *f, const char *fmt,
                                                      ...)
{
    size_t len = strlen(f->text);
    va_list args;

    va_start(args, fmt);
    vsnprintf(f->text + len, sizeof(f->text) - len, fmt, args);
    va_end(args);
}

/* "12.3 GB". */
static const char *size_words(int64_t bytes, char out[32])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    double n = (double)bytes / 1000;
    size_t unit = 0;

    while (n >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        n /= 1000;
        unit++;
    }
    snprintf(out, 32, "%.1f %s", n, units[unit]);
    return out;
}

/* ---- the environment ---- */

bool doctor_spelling(const char *name, const struct doctor_variable *known, size_t n,
                     struct doctor_finding *f)
{
    struct slice names[VARIABLES_MAX];
    size_t near;

    for (size_t i = 0; i < n && i < VARIABLES_MAX; i++) {
        if (strcmp(known[i].name, name) == 0)
            return false;
        names[i] = slice_of(known[i].name);
    }
    near = columns_nearest(slice_of(name), names, n < VARIABLES_MAX ? n : VARIABLES_MAX);
    if (near == COLUMNS_NONE || known[near].set)
        return false;
    found(f, "environment", "%s is set, and claimpipe does not read it", name);
    advise(f, DOCTOR_WARNING, "if it is meant for claimpipe, call it %s", known[near].name);
    return true;
}

/* https goes by these; http_proxy is for http alone, which stays on this machine. */
static bool is_proxy(const char *name)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool doctor_proxy(const char *name, const char *value, bool here, struct doctor_finding *f)
{
    const char *scheme = strstr(value, "://"), *host = scheme ? scheme + 3 : value;
    size_t len = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', len);

    if (!is_proxy(name) || !*value)
        return false;
    if (at) {
        len -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    found(f, "proxy", "%s is set: %s the proxy %.*s", name,
          here ? "a server on this machine is asked without" : "requests go through", (int)len,
          host);
    return true;
}

/* ---- the key ---- */

static bool is_quoted(const char *value)
{
    size_t len = strlen(value);

    return len > 1 && (value[0] == '"' || value[0] == '\'') && value[len - 1] == value[0];
}

static bool has_blank(const char *value)
{
    return value[strcspn(value, " \t\r\n\v\f")] != '\0';
}

void doctor_key(const char *name, const char *value, const char *fault, bool here,
                struct doctor_finding *f)
{
    if (!value && !*fault) {
        found(f, "key", "no API key: %s is not set", name);
        advise(f, here ? DOCTOR_WARNING : DOCTOR_BAD, SITE_KEY "; then export %s", name);
        return;
    }
    found(f, "key", "%s is set", name);
    if (value && !*value) {
        found(f, "key", "%s is set, but empty", name);
        advise(f, DOCTOR_BAD, SITE_KEY "; then export %s, or unset it", name);
    } else if (value && is_quoted(value)) {
        found(f, "key", "%s has quotes around it, which are no part of a key", name);
        advise(f, DOCTOR_BAD, "set it without them: where it is read from a file, quotes stay");
    } else if (value && has_blank(value)) {
        found(f, "key", "%s has a blank or a line end in it, which no key has", name);
        advise(f, DOCTOR_BAD, "copy the key again, alone: " SITE_KEY);
    } else if (*fault) {
        found(f, "key", "%s", fault);
        advise(f, DOCTOR_BAD, "copy the key again: " SITE_KEY);
    }
}

/* ---- the service ---- */

static bool is_answered(const struct doctor_answer *a)
{
    return a->last->fate == FATE_ANSWERED;
}

/* Nobody has typed the usual URL: its spelling is right. */
static const char *usual_advice(enum trouble t)
{
    switch (t) {
    case TROUBLE_NAME:
        return "check the network, and whether this machine has a name server (DNS)";
    case TROUBLE_CONNECT:
        return "check the network, and whether a firewall lets this machine out";
    case TROUBLE_OTHER:
        return "check the network";
    default:
        return NULL;
    }
}

static const char *trouble_advice(enum trouble t)
{
    switch (t) {
    case TROUBLE_NAME:
        return "check the spelling of BITBADGES_API_URL (or --api-url), and whether this machine "
               "has a "
               "name server (DNS)";
    case TROUBLE_PROXY:
        return "check https_proxy, or unset it";
    case TROUBLE_CONNECT:
        return "check BITBADGES_API_URL (or --api-url) and its port, and whether a firewall lets "
               "this machine out";
    case TROUBLE_TLS:
        return "check this machine's clock and its certificates (package ca-certificates); behind "
               "a proxy that opens TLS give its authority with --cacert FILE";
    case TROUBLE_TIME:
        return "check the network and proxies; --connect-timeout and --timeout give it more time";
    case TROUBLE_MESSAGE: /* of mail */
    case TROUBLE_LOGIN:
    case TROUBLE_OUTBOX:
    case TROUBLE_NONE:
    case TROUBLE_OTHER:
        break;
    }
    return "check the network, and BITBADGES_API_URL (or --api-url)";
}

void doctor_reach(const struct doctor_answer *a, struct doctor_finding *f)
{
    int status = a->last->status;

    if (!is_answered(a)) {
        found(f, "api", "%s can't be reached: %s", a->url, a->last->problem);
        const char *usual = a->usual ? usual_advice(a->last->trouble) : NULL;

        advise(f, DOCTOR_BAD, "%s", usual ? usual : trouble_advice(a->last->trouble));
        return;
    }
    found(f, "api", "%s answers", a->url);
    if (a->of_api || status == 401 || status == 402)
        return;
    add(f, ", but not as the API does: %s", a->said);
    if (status >= 500)
        advise(f, DOCTOR_BAD,
               "wait, and run this again: a gateway says so, or the service is down");
    else
        advise(f, DOCTOR_BAD, "check BITBADGES_API_URL (or --api-url): another server is there");
}

bool doctor_tls(const struct doctor_answer *a, struct doctor_finding *f)
{
    if (strncmp(a->url, "https:", 6) != 0 || !is_answered(a))
        return false;
    found(f, "tls", "the certificate is trusted, by %s",
          a->authorities ? a->authorities : "the authorities of this system");
    return true;
}

bool doctor_accepted(const struct doctor_answer *a, struct doctor_finding *f)
{
    if (!is_answered(a))
        return false;
    found(f, "key", "the key is accepted");
    if (a->last->status == 401 && a->with_key) {
        found(f, "key", "the key is not accepted: %s", a->said);
        advise(f, DOCTOR_BAD, "compare it with what the service has: " SITE_KEY);
    } else if (a->last->status == 401) {
        found(f, "key", "the server wants a key: %s", a->said);
        advise(f, DOCTOR_BAD, SITE_KEY);
    } else if (a->last->status == 402) {
        found(f, "key", "the key is accepted, but: %s", a->said);
        advise(f, DOCTOR_BAD, "top up at https://bitbadges.io/developer?tab=apiKeys");
    } else if (!a->of_api) {
        return false;
    } else if (!a->with_key) {
        found(f, "key", "the server asks for no key");
    }
    return true;
}

void doctor_clock(int64_t date_ms, int64_t asked_ms, int64_t answered_ms, struct doctor_finding *f)
{
    /* Date is cut to whole seconds. */
    int64_t behind = asked_ms - (date_ms + 999), ahead = date_ms - answered_ms;
    int64_t apart = behind > ahead ? behind : ahead;

    if (date_ms <= 0) {
        found(f, "clock", "the server does not tell its time");
        return;
    }
    found(f, "clock", "this machine's clock agrees with the server's");
    if (apart <= DOCTOR_CLOCK_MS)
        return;
    found(f, "clock", "this machine's clock is %lld s %s the server's", (long long)(apart / 1000),
          behind > ahead ? "ahead of" : "behind");
    advise(f, DOCTOR_WARNING,
           "set it by a time server (timedatectl set-ntp true): certificates, the times in results "
           "and filters such as >= -1d go by it");
}

void doctor_limit(const struct rate_facts *r, struct doctor_finding *f)
{
    if (r->limit < 0 && r->remaining < 0) {
        found(f, "limit", "the server tells no limit: --rate is kept");
        return;
    }
    found(f, "limit", "the server");
    if (r->limit >= 0)
        add(f, " allows %lld request%s", (long long)r->limit, r->limit == 1 ? "" : "s");
    else
        add(f, " counts requests");
    if (r->limit >= 0 && r->window_ns > 0)
        add(f, " in %lld s", (long long)(r->window_ns / NS_PER_S));
    if (r->remaining >= 0)
        add(f, ", %lld left now", (long long)r->remaining);
    if (r->remaining == 0)
        advise(f, DOCTOR_WARNING, "a run waits until it is over: nothing needs to be done");
}

/* ---- a claim ---- */

static void describe(const struct doctor_claim *c, struct doctor_finding *f)
{
    found(f, "claim", "%s:", c->id);
    if (c->version >= 0)
        add(f, " version %lld;", (long long)c->version);
    if (c->fit.n == 0)
        add(f, " it shows no plugins");
    else
        add(f, " plugin%s ", c->fit.n == 1 ? "" : "s");
    for (size_t i = 0; i < c->fit.n; i++)
        add(f, "%s%s (%s)", i ? ", " : "", c->fit.plugins[i].id, c->fit.plugins[i].instance);
}

/* What has to be set, where nothing is known of a job. */
static void add_wanted(const struct doctor_claim *c, struct doctor_finding *f)
{
    for (size_t i = 0; i < c->fit.n; i++) {
        const struct claimfit_plugin *p = &c->fit.plugins[i];
        const char *field = claimfit_field(p->kind);

        if (field && !c->judged)
            add(f, ", with --set %s.%s=%s", p->instance, field,
                p->kind == CLAIMFIT_CODES ? "{{COLUMN}}" : "env:NAME");
    }
}

static const struct claimfit_plugin *find_unknown(const struct claimfit_claim *fit)
{
    for (size_t i = 0; i < fit->n; i++)
        if (fit->plugins[i].kind == CLAIMFIT_OTHER && fit->plugins[i].needed)
            return &fit->plugins[i];
    return NULL;
}

/* It can't be completed in batch, whatever else: true. */
static bool judge_fit(const struct doctor_claim *c, struct doctor_finding *f)
{
    char why[CLAIMFIT_TEXT_MAX];
    enum claimfit fit = claimfit_judge(&c->fit, c->given, c->n_given, c->shared, why);

    if (fit == CLAIMFIT_SIGN_IN) {
        add(f, "; can't be completed in batch");
        advise(f, DOCTOR_BAD, "%s", why);
    } else if (fit == CLAIMFIT_WRONG && c->judged) {
        add(f, "; what the job sets can't complete it");
        advise(f, DOCTOR_BAD, "%s", why);
    }
    return f->level == DOCTOR_BAD;
}

/* It takes nothing now: true. */
static bool judge_open(const struct doctor_claim *c, int64_t now_ms, struct doctor_finding *f)
{
    char why[128];
    int64_t at_ms;

    if (!claimfit_say_closed(&c->fit, now_ms, why, sizeof(why)))
        return false;
    add(f, "; %s", why);
    if (claimfit_closed(&c->fit, now_ms, &at_ms) == CLAIMFIT_NOT_YET)
        advise(f, DOCTOR_WARNING, "run it then: now every row would be refused");
    else
        advise(f, DOCTOR_BAD, "change that on the claim's page, or name another claim");
    return true;
}

void doctor_claim(const struct doctor_claim *c, int64_t now_ms, struct doctor_finding *f)
{
    const struct claimfit_plugin *unknown = find_unknown(&c->fit);
    int64_t left = claimfit_left(&c->fit);

    if (c->refusal) {
        found(f, "claim", "%s: the service does not show it: %s", c->id, c->refusal);
        advise(f, DOCTOR_BAD, "check the id: " SITE_CLAIM_ID);
        return;
    }
    describe(c, f);
    if (judge_fit(c, f) || judge_open(c, now_ms, f))
        return;
    if (c->fit.n == 0 || !c->fit.whole) {
        add(f, "; whether it can be completed in batch is not known");
        advise(f, DOCTOR_WARNING, "try one row first: --limit 1");
        return;
    }
    if (unknown) {
        add(f, "; %s may want something that only the recipient can do", unknown->id);
        advise(f, DOCTOR_WARNING, "try one row first: --limit 1");
        return;
    }
    add(f, "; can be completed in batch");
    add_wanted(c, f);
    if (left >= 0)
        add(f, "; it takes %lld more", (long long)left);
    if (c->facts.on_chain)
        add(f, "; it is on-chain: recipients still have to sign");
    if (!c->facts.on_demand)
        return;
    add(f, "; it keeps no list of attempts");
    advise(f, DOCTOR_WARNING,
           "give it a numUses plugin: else what became of a lost request can't be looked up, and "
           "its row stays unknown");
}

/* ---- the ledger, and the disk ---- */

void doctor_ledger(const struct doctor_ledger *l, struct doctor_finding *f)
{
    char size[32];

    if (*l->why) {
        found(f, "ledger", "%s", l->why);
        advise(f, DOCTOR_BAD, "man claimpipe tells more: A LEDGER THAT IS LOST");
        return;
    }
    if (!l->there) {
        found(f, "ledger", "%s: not yet there; the first run makes it", l->path);
        return;
    }
    found(f, "ledger", "%s: sound, schema %lld, %s", l->path, (long long)l->version,
          size_words(l->size, size));
    if (l->version < l->ours)
        add(f, "; the next run brings it up to schema %lld", (long long)l->ours);
    if (l->writable)
        return;
    add(f, "; it can't be written to");
    advise(f, DOCTOR_BAD, "make it writable for this user, or name another with --ledger");
}

bool doctor_holder(const char *path, long process, struct doctor_finding *f)
{
    if (process == 0)
        return false;
    found(f, "ledger", "%s: process %ld works with it now", path, process);
    advise(f, DOCTOR_WARNING,
           "wait for that to end before you run the same claim or store again: until then it is "
           "refused");
    return true;
}

void doctor_disk(const struct doctor_disk *d, struct doctor_finding *f)
{
    char size[32];

    found(f, "disk", "%s: %s: %s free", d->what, d->path, size_words(d->free_bytes, size));
    if (d->blocked) {
        found(f, "disk", "%s: %s: there is a file where a folder must be", d->what, d->path);
        advise(f, DOCTOR_BAD, "name another folder%s", d->made ? " with --ledger" : " in TMPDIR");
    } else if (!d->there && !d->made) {
        found(f, "disk", "%s: %s: there is no such folder", d->what, d->path);
        advise(f, DOCTOR_BAD, "make it, or set TMPDIR to another one");
    } else if (!d->writable) {
        found(f, "disk", "%s: %s: can't be written to", d->what, d->folder);
        advise(f, DOCTOR_BAD, "%s",
               d->made ? "make it writable for this user, or name another file with --ledger"
                       : "make it writable for this user, or use another folder");
    } else if (d->free_bytes < 0) {
        found(f, "disk", "%s: %s: how much is free is not known", d->what, d->path);
    } else if (d->free_bytes < FREE_WARNING) {
        advise(f, d->free_bytes < FREE_BAD ? DOCTOR_BAD : DOCTOR_WARNING,
               "free some space there before a large run");
    }
}
