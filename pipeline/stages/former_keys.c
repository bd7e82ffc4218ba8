/*
 * former_keys: finds by its former key what an earlier version did, so that nobody is issued twice.
 *
 * Whatever is found gets today's key, so that each item is looked for in the former ways once.
 */
#include "stages/former_keys.h"

#include "ledger/ledger.h"
#include "ledger/ledger_former.h"
#include "stages/selection.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int settle_spelling(struct ledger *l, const struct select *s, const struct row *t,
                           const char *spelling, int64_t target, struct err *e)
{
    uint8_t former[KEY_SIZE];
    int differs = select_former(s, t, spelling, former);

    if (differs < 0)
        return err_nomem(e);
    return differs ? ledger_former_rekey(l, target, former, t->key, e) : 0;
}

/* Ids that a spreadsheet wrote as "123" or 123.0 stood so in the key. */
static int settle_wrapped(struct ledger *l, const struct select *s, const struct row *t,
                          int64_t target, struct err *e)
{
    static const char *const forms[] = {"#%s", "\"%s\"", "%s.0", "%s.00"};
    char spelling[IDENTITY_VALUE_MAX + 4];

    if (t->recipient[strspn(t->recipient, "0123456789")] != '\0')
        return 0;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        snprintf(spelling, sizeof(spelling), forms[i], t->recipient);
        if (settle_spelling(l, s, t, spelling, target, e) != 0)
            return -1;
    }
    return 0;
}

/* ---- groups that were triggers ---- */

/* The keys that the trigger's group made: today's way, and that of 0.1.  0: it is in no group. */
static int group_keys(const struct selection *s, const struct row *t, uint8_t keys[2][KEY_SIZE],
                      struct arena *a)
{
    struct select by_group = s->select;
    struct row was = *t;

    by_group.key[0] = s->group;
    by_group.n_key = 1;
    was.fate = ROW_OPEN;
    if (select_known(&by_group, t->record, t->recipient, a, &was) != 0)
        return -1;
    if (was.fate == ROW_OVER)
        return 0;
    memcpy(keys[0], was.key, KEY_SIZE);
    return select_former(&by_group, t, NULL, keys[1]) < 0 ? -1 : 1;
}

/* Is it today's recipient, as the ledger has it?  Ids that differ in case are two. */
static bool is_spelling(enum identity_kind kind, const char *spelling, const char *recipient)
{
    char same[IDENTITY_VALUE_MAX];

    return !identity_read(kind, slice_of(spelling), same) && strcmp(same, recipient) == 0;
}

/* Was the item done for this recipient, as identities are compared today? */
static int is_theirs(struct ledger *l, enum identity_kind kind, const struct row *t,
                     const struct ledger_item *item, struct arena *a, struct err *e)
{
    const char *recipient = "";

    if (ledger_recipient(l, item->id, a, &recipient, e) < 0)
        return -1;
    return strcmp(recipient, t->recipient) == 0 || is_spelling(kind, recipient, t->recipient);
}

/* One shop's order has the number of another's: only the recipient's own items become theirs. */
static int settle_groups(struct ledger *l, const struct selection *s, enum identity_kind kind,
                         const struct row *t, int64_t target, struct arena *a, struct err *e)
{
    uint8_t keys[2][KEY_SIZE];
    struct ledger_item item;
    int found = ledger_find(l, target, t->key, &item, e), grouped;

    if (found != 0)
        return found < 0 ? -1 : 0;
    grouped = group_keys(s, t, keys, a);
    if (grouped < 0)
        return err_nomem(e);
    for (int i = 0; i < 2 && grouped; i++) {
        found = ledger_find(l, target, keys[i], &item, e);
        if (found == 1)
            found = is_theirs(l, kind, t, &item, a, e);
        if (found < 0 || (found && ledger_former_rekey(l, target, keys[i], t->key, e) != 0))
            return -1;
    }
    return s->select.n_key > 0 || s->select.again > 1
               ? 0
               : ledger_former_adopt(l, target, t->recipient, t->key, e);
}

int former_keys_refuse(struct ledger *l, const struct selection *s, const struct row *t,
                       int64_t target, struct arena *a, const char **why, struct err *e)
{
    static const char says[] = "was done for another address, by a version for which this column "
                               "was the key: if it is somebody else's, give it in a file of its "
                               "own, with --again 2";
    uint8_t keys[2][KEY_SIZE];
    struct ledger_item item;
    int found = 0;

    if (!s->former || !s->lookup || t->otherwise)
        return 0;
    found = ledger_find(l, target, t->key, &item, e);
    if (found != 0)
        return found < 0 ? -1 : 0;
    found = group_keys(s, t, keys, a);
    if (found < 0)
        return err_nomem(e);
    if (found == 1 && (found = ledger_find(l, target, keys[0], &item, e)) == 0)
        found = ledger_find(l, target, keys[1], &item, e);
    if (found == 1 && item.state != STATE_FAILED && item.state != STATE_PLANNED)
        *why = select_say(&s->columns, s->group, slice_trim(t->record->fields[s->group]), says, a);
    return found < 0 ? -1 : 0;
}

int former_keys_settle(struct ledger *l, const struct selection *s, const struct row *t,
                       int64_t target, struct arena *a, struct err *e)
{
    struct select as = s->select;
    const char *spelling = NULL;
    int found = 0;

    if (t->otherwise)
        as.kind = selection_otherwise_kind(s, t->record);
    if (s->former && settle_groups(l, s, as.kind, t, target, a, e) != 0)
        return -1;
    if (settle_spelling(l, &as, t, NULL, target, e) != 0)
        return -1;
    if (as.kind == IDENTITY_ID && settle_wrapped(l, &as, t, target, e) != 0)
        return -1;
    for (int64_t i = 0; as.kind != IDENTITY_ADDRESS && found >= 0; i++) {
        found = ledger_former_spelling(l, target, t->recipient, i, a, &spelling, e);
        if (found <= 0)
            break;
        if (is_spelling(as.kind, spelling, t->recipient) &&
            settle_spelling(l, &as, t, spelling, target, e) != 0)
            return -1;
    }
    return found < 0 ? -1 : 0;
}
