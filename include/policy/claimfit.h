/*
 * claimfit: can what is to be sent complete the claim at all?  Judged by what the claim shows of its plugins.
 *
 * Only what is positively known counts: plugins that are hidden, of an unknown kind or unreadable never speak
 * against a run.  Where a claim says itself how its plugins go together (satisfyMethod), only those are taken for
 * needed that it needs in any case.  Source: the vendor's OpenAPI of SDK 0.42.0 and its documentation of September 2026.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_CLAIMFIT_H
#define CLAIMPIPE_POLICY_CLAIMFIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLAIMFIT_PLUGINS_MAX 32
#define CLAIMFIT_ID_MAX 64
#define CLAIMFIT_TEXT_MAX 480
#define CLAIMFIT_TIMES_MAX 16
#define CLAIMFIT_UNKNOWN (-1)

enum claimfit_kind {
    CLAIMFIT_OTHER,
    CLAIMFIT_NUM_USES,
    CLAIMFIT_PASSWORD,
    CLAIMFIT_CODES,
    CLAIMFIT_WHITELIST,
    CLAIMFIT_INITIATED_BY,
    CLAIMFIT_TIMES,
    CLAIMFIT_HALT
};

/* It is open from the first to the last of these milliseconds since 1970. */
struct claimfit_time {
    int64_t first_ms, last_ms;
};

struct claimfit_plugin {
    enum claimfit_kind kind;
    char instance[CLAIMFIT_ID_MAX];
    char id[CLAIMFIT_ID_MAX]; /* its pluginId */
    int64_t left;             /* uses or codes; or CLAIMFIT_UNKNOWN */
    int64_t per_address;      /* how often it takes one; or CLAIMFIT_UNKNOWN */
    struct claimfit_time times[CLAIMFIT_TIMES_MAX];
    size_t n_times; /* 0: not known */
    bool needed;    /* the claim can't be completed without it */
};

struct claimfit_claim {
    struct claimfit_plugin plugins[CLAIMFIT_PLUGINS_MAX];
    size_t n;
    bool whole; /* these are all that it has */
};

/* What is set for it: INSTANCE.FIELD. */
struct claimfit_given {
    const char *instance, *field;
};

enum claimfit {
    CLAIMFIT_FITS,
    CLAIMFIT_WRONG,  /* what is set is not what it wants */
    CLAIMFIT_SIGN_IN /* no API key can complete it */
};

enum claimfit_kind claimfit_kind(const char *plugin_id);
/* The field of the request's body that such a plugin wants; NULL: none is known. */
const char *claimfit_field(enum claimfit_kind kind);
/* shared: what is set may be for other claims of the step.  why: what is wrong and what to do, unless it fits. */
enum claimfit claimfit_judge(const struct claimfit_claim *c, const struct claimfit_given *given,
                             size_t n, bool shared, char why[CLAIMFIT_TEXT_MAX]);
enum claimfit_closed {
    CLAIMFIT_OPEN, /* or not known to be anything else */
    CLAIMFIT_HALTED,
    CLAIMFIT_NOT_YET, /* it opens at *at_ms */
    CLAIMFIT_OVER,    /* it has closed at *at_ms */
    CLAIMFIT_USED_UP
};

/* Does the claim take nothing at this time, whoever it is? */
enum claimfit_closed claimfit_closed(const struct claimfit_claim *c, int64_t now_ms,
                                     int64_t *at_ms);
/* The same in words, into out ("it is halted"); false: it is open. */
bool claimfit_say_closed(const struct claimfit_claim *c, int64_t now_ms, char *out, size_t size);
/* How many more the claim takes; or CLAIMFIT_UNKNOWN. */
int64_t claimfit_left(const struct claimfit_claim *c);
/* How often it takes one address; or CLAIMFIT_UNKNOWN. */
int64_t claimfit_per_address(const struct claimfit_claim *c);

#endif
