/*
 * plugins: the conditions of a claim and whether a request satisfies them.
 *
 *   numUses        so many in all (0: any number); the server of 2024: for each address, too
 *   password       the request's {"password"}
 *   codes          the request's {"code"}: of a list, or made of a seed; each is used once
 *   whitelist      the address is on a list, or in a dynamic store, or anybody's; so many for each
 *   initiatedBy    the recipient's own sign-in, which no API key has
 *   transferTimes  only within some spans of time
 *
 * Call with the world's lock held.
 */
#ifndef CLAIMPIPE_SANDBOX_PLUGINS_H
#define CLAIMPIPE_SANDBOX_PLUGINS_H

#include "base/err.h"
#include "sandbox/table.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define PLUGINS_CODE_MAX 96 /* of a code made of a seed, with its NUL */
#define PLUGINS_CODES_MAX 10000000

enum plugin_kind {
    PLUGIN_NUM_USES,
    PLUGIN_PASSWORD,
    PLUGIN_CODES,
    PLUGIN_WHITELIST,
    PLUGIN_INITIATED_BY,
    PLUGIN_TRANSFER_TIMES,
    PLUGIN_KINDS
};

struct store;

struct plugin {
    enum plugin_kind kind;
    char *instance_id;
    int64_t max_uses;          /* numUses */
    int64_t max_per_address;   /* whitelist, numUses */
    bool anybody;              /* whitelist: of no list */
    char *secret;              /* the password, the seed of the codes, the store's id */
    const struct store *store; /* borrowed; its owner sets it */
    json_t *list;              /* the codes, or the spans of time, as configured */
    struct table members;      /* codes (value: place + 1) or addresses */
    int64_t num_codes;
    uint8_t *used; /* one for each code */
    int64_t num_used;
};

int plugins_configure(struct plugin *p, json_t *config, const char *path, struct err *e);
void plugins_release(struct plugin *p);
const char *plugins_id(const struct plugin *p);   /* "numUses" */
const char *plugins_name(const struct plugin *p); /* "Max Uses", as in refusals */

/* Why the request's entry for this plugin (or NULL) does not satisfy it, or NULL if it does.  A
 * code found is put into *code.  numUses is for the claim itself to judge, as it knows the uses. */
const char *plugins_refusal(const struct plugin *p, json_t *entry, const char *address,
                            int64_t *code);
/* The plugin as the claim shows it without private parameters and state; brief: as the server of 2024
 * did.  NULL when memory runs out. */
json_t *plugins_json(const struct plugin *p, bool hide_state, bool brief);
/* {"usedCodeRanges": [{"start", "end"}, …]}: places of used codes, from 0, both ends included. */
json_t *plugins_used_codes(const struct plugin *p);
/* The i-th code of a seed, into out. */
void plugins_code(const char *seed, int64_t i, char out[PLUGINS_CODE_MAX]);

#endif
