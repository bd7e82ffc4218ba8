/*
 * claims: what can be claimed, by whom it was, and the verdict on each request.
 *
 * A claim's request is judged twice: at once (claims_judge, which does not see the queue), and
 * again when its turn in the queue comes.  Addresses are canonical throughout.  Call with the
 * world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_CLAIMS_H
#define CLAIMPIPE_SANDBOX_CLAIMS_H

#include "sandbox/attemptlist.h"
#include "sandbox/fields.h"
#include "sandbox/plugins.h"

#define CLAIMS_PLUGINS_MAX 32
#define CLAIMS_ADDRESS_SIZE 64

struct attempt;
struct world;

/* One address at one claim. */
struct person {
    char address[CLAIMS_ADDRESS_SIZE];
    uint64_t accepted, completed; /* through this server */
    uint64_t succeeded, failed;   /* in the list of attempts, those from before too */
    struct claim_number {         /* those from elsewhere too */
        int64_t number;
        int64_t since_ns; /* monotonic; 0: before the server was started */
    } * numbers;
    size_t nnumbers;
    struct attempt *newest; /* of those settled */
};

struct collection {
    char *id;
    int64_t busy_until_ns;
};

struct claim {
    char *id;
    const struct world *world;
    int64_t version;
    struct collection *collection;
    bool hidden, on_chain, halted;
    bool shows_code;   /* on-chain: the status tells the code, as to the recipient's own session */
    json_t *details;   /* what GET claim shows beyond or instead of what it is; or NULL */
    char *approval_id; /* on-chain */
    struct span delay;
    int64_t fail_every;
    struct table fail_addresses;
    char *fail_error;
    char *refusal_name, *refusal; /* for a reason that no plugin knows; NULL: none */
    struct table refusal_addresses;
    struct plugin plugins[CLAIMS_PLUGINS_MAX];
    size_t nplugins;
    struct table people;
    int64_t uses, next_number;
    uint64_t accepted, succeeded, failed;           /* the latter as those of a person */
    uint64_t refused, simulated, simulated_refused; /* requests */
    struct attemptlist list;
    struct attempt *newest; /* of those settled */
};

/* Without numUses it is checked on demand: no attempts are listed, and every success counts 1.  The server
 * of 2024 had none such. */
bool claims_is_on_demand(const struct claim *c);

struct verdict {
    const char *who; /* what refuses: a plugin's name */
    const char *why; /* NULL: satisfied */
};

/* A new claim; -1 also when the id is taken. */
int claims_add(struct world *w, json_t *config, const char *path, struct err *e);
/* Merges {"claimId", …} into a claim that exists; its plugins can't be changed, its attempts are
 * added to. */
int claims_merge(struct world *w, json_t *config, const char *path, struct err *e);
void claims_free(void *claim);
void claims_free_collection(void *collection);
struct person *claims_person(const struct claim *c, const char *address); /* NULL: never seen */
struct person *claims_meet(struct claim *c, const char *address);         /* NULL: memory ran out */
/* How many claim numbers are shown of a person: those of until_ns and before, which come first. */
size_t claims_shown(const struct person *p, int64_t until_ns);
/* Adds a claim number to a person; -1 when memory runs out. */
int claims_number(struct claim *c, struct person *p, int64_t number, int64_t since_ns);

/* body: the request; simulated: plugins that _specificInstanceIds leaves out are passed over rather
 * than refused.  *code: the code's place in the codes plugin, or -1. */
struct verdict claims_judge(const struct claim *c, const char *address, json_t *body,
                            bool simulated, int64_t *code);
/* The same when its turn in the queue has come. */
struct verdict claims_judge_queued(const struct claim *c, const struct person *p, int64_t code);
/* Marks a code as used (-1: none). */
void claims_use_code(struct claim *c, int64_t code);
int64_t claims_codes_used(const struct claim *c);
/* The claim as the API shows it to whoever has a key, without the users of later than until_ns; NULL when
 * memory runs out. */
json_t *claims_json(const struct claim *c, bool all_users, int64_t until_ns);

#endif
