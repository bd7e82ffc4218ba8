/*
 * claimfit: judges by a claim's plugins whether what is to be sent can complete it.
 *
 * A run that is refused here can't be begun at all, so that only what is positively known speaks against it.
 */
#include "policy/claimfit.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The field of the request's body that a plugin wants; NULL: none is known. */
static const struct {
    const char *id, *field;
    enum claimfit_kind kind;
} known[] = {
    {"numUses", NULL, CLAIMFIT_NUM_USES},
    {"password", "password", CLAIMFIT_PASSWORD},
    {"codes", "code", CLAIMFIT_CODES},
    {"whitelist", NULL, CLAIMFIT_WHITELIST},
    {"initiatedBy", NULL, CLAIMFIT_INITIATED_BY},
    {"transferTimes", NULL, CLAIMFIT_TIMES},
    {"halt", NULL, CLAIMFIT_HALT},
};
#define N_KNOWN (sizeof(known) / sizeof(known[0]))

enum claimfit_kind claimfit_kind(const char *plugin_id)
{
    for (size_t i = 0; i < N_KNOWN; i++)
        if (strcmp(known[i].id, plugin_id) == 0)
            return known[i].kind;
    return CLAIMFIT_OTHER;
}

const char *claimfit_field(enum claimfit_kind kind)
{
    for (size_t i = 0; i < N_KNOWN; i++)
        if (known[i].kind == kind)
            return known[i].field;
    return NULL;
}

static const struct claimfit_plugin *find(const struct claimfit_claim *c, const char *instance)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->plugins[i].instance, instance) == 0)
            return &c->plugins[i];
    return NULL;
}

static bool is_given(const struct claimfit_plugin *p, const struct claimfit_given *given, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(given[i].instance, p->instance) == 0)
            return true;
    return false;
}

/* ---- words ---- */

struct words {
    char *text;
    size_t n;
};

__attribute__((format(printf, 2, 3))) static void put(struct words *w, const char *fmt, ...)
{
    size_t room = CLAIMFIT_TEXT_MAX - w->n;
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(w->text + w->n, room, fmt, args);
    va_end(args);
    w->n += len > 0 && (size_t)len < room ? (size_t)len : len > 0 ? room - 1 : 0;
}

/* Those that take something, or all if none does. */
static void put_names(struct words *w, const struct claimfit_claim *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        if (claimfit_field(c->plugins[i].kind))
            put(w, "%s%s.%s", n++ ? ", " : "", c->plugins[i].instance,
                claimfit_field(c->plugins[i].kind));
    for (size_t i = 0; n == 0 && i < c->n; i++)
        put(w, "%s%s (%s)", i ? ", " : "", c->plugins[i].instance, c->plugins[i].id);
}

/* ---- judging ---- */

static bool is_wrong(const struct claimfit_claim *c, const struct claimfit_given *g, bool shared,
                     struct words *w)
{
    const struct claimfit_plugin *p = find(c, g->instance);
    const char *field = p ? claimfit_field(p->kind) : NULL;

    if (!p && !shared && c->whole && c->n > 0) {
        put(w, "%.64s.%.64s is set, but the claim has no plugin of that instance id: it has ",
            g->instance, g->field);
        put_names(w, c);
        return true;
    }
    if (!field || strcmp(field, g->field) == 0)
        return false;
    put(w, "%.64s.%.64s is set, but its plugin (%s) takes %s.%s", g->instance, g->field, p->id,
        p->instance, field);
    return true;
}

static bool is_lacking(const struct claimfit_claim *c, const struct claimfit_given *given, size_t n,
                       struct words *w)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct claimfit_plugin *p = &c->plugins[i];

        if (!p->needed || !claimfit_field(p->kind) || is_given(p, given, n))
            continue;
        put(w, "the claim wants a %s, and none is set: set %s.%s (--set %s.%s=%s)",
            claimfit_field(p->kind), p->instance, claimfit_field(p->kind), p->instance,
            claimfit_field(p->kind), p->kind == CLAIMFIT_CODES ? "{{COLUMN}}" : "env:NAME");
        return true;
    }
    return false;
}

static bool wants_sign_in(const struct claimfit_claim *c, struct words *w)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->plugins[i].needed && c->plugins[i].kind == CLAIMFIT_INITIATED_BY) {
            put(w,
                "the claim wants its recipients to sign in themselves (plugin %s), which no API "
                "key can do for them: take that plugin out of the claim, or give its link to "
                "the recipients",
                c->plugins[i].instance);
            return true;
        }
    return false;
}

enum claimfit claimfit_judge(const struct claimfit_claim *c, const struct claimfit_given *given,
                             size_t n, bool shared, char why[CLAIMFIT_TEXT_MAX])
{
    struct words w = {.text = why};

    *why = '\0';
    if (wants_sign_in(c, &w))
        return CLAIMFIT_SIGN_IN;
    for (size_t i = 0; i < n; i++)
        if (is_wrong(c, &given[i], shared, &w))
            return CLAIMFIT_WRONG;
    return is_lacking(c, given, n, &w) ? CLAIMFIT_WRONG : CLAIMFIT_FITS;
}

/* The less of two, of which each may be unknown. */
static int64_t less(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

int64_t claimfit_left(const struct claimfit_claim *c)
{
    int64_t left = CLAIMFIT_UNKNOWN;

    for (size_t i = 0; i < c->n; i++)
        if (c->plugins[i].needed)
            left = less(left, c->plugins[i].left);
    return left;
}

/* Is the plugin open?  Else *at_ms is when it opens, or, if it does not any more, has closed. */
static enum claimfit_closed judge_times(const struct claimfit_plugin *p, int64_t now_ms,
                                        int64_t *at_ms)
{
    int64_t opens = INT64_MAX, closed = INT64_MIN;

    for (size_t i = 0; i < p->n_times; i++) {
        const struct claimfit_time *t = &p->times[i];

        if (t->first_ms <= now_ms && now_ms <= t->last_ms)
            return CLAIMFIT_OPEN;
        if (t->first_ms > now_ms && t->first_ms < opens)
            opens = t->first_ms;
        if (t->last_ms < now_ms && t->last_ms > closed)
            closed = t->last_ms;
    }
    if (p->n_times == 0)
        return CLAIMFIT_OPEN;
    *at_ms = opens < INT64_MAX ? opens : closed;
    return opens < INT64_MAX ? CLAIMFIT_NOT_YET : CLAIMFIT_OVER;
}

enum claimfit_closed claimfit_closed(const struct claimfit_claim *c, int64_t now_ms, int64_t *at_ms)
{
    enum claimfit_closed closed = CLAIMFIT_OPEN;

    for (size_t i = 0; i < c->n; i++)
        if (c->plugins[i].needed && c->plugins[i].kind == CLAIMFIT_HALT)
            return CLAIMFIT_HALTED;
    for (size_t i = 0; i < c->n && closed == CLAIMFIT_OPEN; i++)
        if (c->plugins[i].needed && c->plugins[i].kind == CLAIMFIT_TIMES)
            closed = judge_times(&c->plugins[i], now_ms, at_ms);
    if (closed == CLAIMFIT_OPEN && claimfit_left(c) == 0)
        return CLAIMFIT_USED_UP;
    return closed;
}

bool claimfit_say_closed(const struct claimfit_claim *c, int64_t now_ms, char *out, size_t size)
{
    char when[CLOCK_RFC3339_MAX];
    int64_t at_ms = 0;

    switch (claimfit_closed(c, now_ms, &at_ms)) {
    case CLAIMFIT_HALTED:
        snprintf(out, size, "it is halted");
        return true;
    case CLAIMFIT_NOT_YET:
        snprintf(out, size, "it is not open yet, but from %s on", clock_rfc3339(at_ms, when));
        return true;
    case CLAIMFIT_OVER:
        snprintf(out, size, "it is not open any more, since %s", clock_rfc3339(at_ms, when));
        return true;
    case CLAIMFIT_USED_UP:
        snprintf(out, size, "it is used up");
        return true;
    case CLAIMFIT_OPEN:
        break;
    }
    return false;
}

int64_t claimfit_per_address(const struct claimfit_claim *c)
{
    int64_t most = CLAIMFIT_UNKNOWN;

    for (size_t i = 0; i < c->n; i++)
        if (c->plugins[i].needed)
            most = less(most, c->plugins[i].per_address);
    return most;
}
