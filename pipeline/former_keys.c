/* former_keys: see the header. */
#include "former_keys.h"

#include "adapters/ledger_former.h"
#include "selection.h"

#include <stdio.h>
#include <string.h>

static int settle_spelling(struct ledger *l, const struct select *s, const struct trigger *t,
                           const char *spelling, int64_t target, struct err *e)
{
    uint8_t former[KEY_SIZE];
    int differs = select_former(s, t, spelling, former);

    if (differs < 0)
        return err_nomem(e);
    return differs ? ledger_former_rekey(l, target, former, t->key, e) : 0;
}

/* Ids that a spreadsheet wrote as "123" or 123.0 stood so in the key. */
static int settle_wrapped(struct ledger *l, const struct select *s, const struct trigger *t,
                          int64_t target, struct err *e)
{
    static const char *const forms[] = {"\"%s\"", "%s.0", "%s.00"};
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

int former_keys_settle(struct ledger *l, const struct selection *s, const struct trigger *t,
                       int64_t target, struct arena *a, struct err *e)
{
    struct select as = s->select;
    const char *spelling = NULL;
    int found = 0;

    if (t->otherwise)
        as.kind = selection_otherwise_kind(s, t->record);
    if (settle_spelling(l, &as, t, NULL, target, e) != 0)
        return -1;
    if (as.kind == IDENTITY_ID && settle_wrapped(l, &as, t, target, e) != 0)
        return -1;
    for (int64_t i = 0; as.kind == IDENTITY_EMAIL && found >= 0; i++) {
        found = ledger_former_spelling(l, target, t->recipient, i, a, &spelling, e);
        if (found <= 0)
            break;
        if (settle_spelling(l, &as, t, spelling, target, e) != 0)
            return -1;
    }
    return found < 0 ? -1 : 0;
}
