/* undo: the verdicts as a table of cases, from the most to the least that may be done. */
#include "policy/undo.h"

#include <string.h>

static bool is_under_way(enum state s)
{
    return s == STATE_SENDING || s == STATE_ACCEPTED || s == STATE_UNKNOWN;
}

static enum undo_verdict judge_own(const struct undo_facts *f)
{
    if (is_under_way(f->state))
        return UNDO_OPEN;
    if (f->state != STATE_SUCCESS)
        return UNDO_NOTHING;
    if (!f->store)
        return UNDO_KEPT;
    if (f->removed)
        return UNDO_REMOVED;
    return f->also ? UNDO_ALSO : UNDO_BACK;
}

enum undo_verdict undo_judge(const struct undo_facts *f)
{
    if (f->own)
        return judge_own(f);
    if (f->undoing) /* also what is removed already, so that an undo that goes on has the same rows */
        return f->ended && f->state == STATE_SUCCESS ? UNDO_DONE : UNDO_BEGUN;
    return UNDO_LATER;
}

const char *undo_words(enum undo_verdict v)
{
    static const char *const words[UNDO_VERDICTS] = {
        [UNDO_BACK] = "would be removed",
        [UNDO_BEGUN] = "would be removed: an undo has begun with it",
        [UNDO_DONE] = "was removed again",
        [UNDO_ALSO] = "stays: another run has added it, too",
        [UNDO_LATER] = "stays as it is: a later run did something with it",
        [UNDO_OPEN] = "is still under way: run its command again first",
        [UNDO_REMOVED] =
            "stays: the run has removed it, and whether it was in the store is not known",
        [UNDO_KEPT] = "can't be taken back",
        [UNDO_NOTHING] = "nothing came of it",
    };

    return words[v];
}

int undo_kind(const char *keyed, const char *recipient, enum identity_kind *out)
{
    static const enum identity_kind kinds[] = {IDENTITY_EMAIL, IDENTITY_ID, IDENTITY_USERNAME};

    *out = IDENTITY_ADDRESS;
    if (strcmp(keyed, "recipient") == 0)
        return 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(keyed, identity_kind_name(kinds[i])) == 0) {
            *out = kinds[i];
            return 0;
        }
    if (strchr(recipient, '@')) {
        *out = IDENTITY_EMAIL;
        return 0;
    }
    return strncmp(recipient, "bb1", 3) == 0 ? 0 : -1;
}
