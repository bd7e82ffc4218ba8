/*
 * doctor: what is told of each thing that the command `doctor` looks at: is it as it must be, and if not, what to do.
 *
 * Facts in, words out.  `bad` is what keeps a run from being done, `warning` what a person should know before one.
 * Foreign text in the words is as it came: whoever prints them makes it visible.  No secret is among them: of a key only its
 * form is judged, of a proxy its user and password are left out.  Times are milliseconds since 1970.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_DOCTOR_H
#define CLAIMPIPE_POLICY_DOCTOR_H

#include "base/answer.h"
#include "base/claimfacts.h"
#include "policy/claimfit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_TEXT_MAX 1536
#define DOCTOR_CLOCK_MS 60000 /* so far apart clocks may be */

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_BAD };

struct doctor_finding {
    enum doctor_level level;
    const char *about;            /* one word; constant */
    char text[DOCTOR_TEXT_MAX];   /* what is found */
    char advice[DOCTOR_TEXT_MAX]; /* what to do; "": nothing */
};

const char *doctor_level_name(enum doctor_level level);

/* One of our variables, and whether it is set. */
struct doctor_variable {
    const char *name;
    bool set;
};
/* name is set in the environment: is it nearly one of the n, which is not?  Else false: nothing is found. */
bool doctor_spelling(const char *name, const struct doctor_variable *known, size_t n,
                     struct doctor_finding *f);
/* Is it a variable by which libcurl finds a proxy?  here: the API is on this machine, and no proxy is used. */
bool doctor_proxy(const char *name, const char *value, bool here, struct doctor_finding *f);

/* name: where the key is from.  value: NULL: it is not known (fault says why), or not there.  fault: why it can't be used, or "". */
void doctor_key(const char *name, const char *value, const char *fault, bool here,
                struct doctor_finding *f);

/* What became of a question. */
struct doctor_answer {
    const char *url;           /* of the API */
    const char *authorities;   /* the file of those that are trusted, or NULL: the system's */
    const struct answer *last; /* as it came */
    const char *said;          /* why it was no answer, or what it refuses */
    bool of_api;               /* the API itself has answered */
    bool with_key;
    bool usual; /* url is the service's own, which nobody has typed */
};
void doctor_reach(const struct doctor_answer *a, struct doctor_finding *f);
/* false: there was no TLS, or it has failed, which doctor_reach tells. */
bool doctor_tls(const struct doctor_answer *a, struct doctor_finding *f);
/* false: there was no answer that would tell. */
bool doctor_accepted(const struct doctor_answer *a, struct doctor_finding *f);
/* date_ms: the server's Date (whole seconds; 0: it gave none), between the question and the answer by our clock. */
void doctor_clock(int64_t date_ms, int64_t asked_ms, int64_t answered_ms, struct doctor_finding *f);
void doctor_limit(const struct rate_facts *r, struct doctor_finding *f);

struct doctor_claim {
    const char *id;
    const char *refusal; /* it was not shown, and why; or NULL */
    int64_t version;     /* below 0: not known */
    struct claimfit_claim fit;
    struct claimfacts facts;
    bool judged; /* a job says what is set for it: */
    const struct claimfit_given *given;
    size_t n_given;
    bool shared;
};
void doctor_claim(const struct doctor_claim *c, int64_t now_ms, struct doctor_finding *f);

struct doctor_ledger {
    const char *path;
    bool there, writable;
    int64_t size, version, ours; /* as in ledger/ledger_probe.h */
    const char *why;
};
void doctor_ledger(const struct doctor_ledger *l, struct doctor_finding *f);
/* false: nobody holds it. */
bool doctor_holder(const char *path, long process, struct doctor_finding *f);

struct doctor_disk {
    const char *what;              /* is written there: "the ledger" */
    const char *path;              /* that folder */
    const char *folder;            /* it, or the nearest one above it that is there */
    bool there, blocked, writable; /* as in adapters/diskspace.h */
    bool made;                     /* it is made if it is not there */
    int64_t free_bytes;
};
void doctor_disk(const struct doctor_disk *d, struct doctor_finding *f);

#endif
