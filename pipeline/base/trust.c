/* trust: the order of the questions matters: what can't be mended by accepting it comes first. */
#include "base/trust.h"

#include "base/crashpoint.h"

#include <stddef.h>
#include <string.h>

#define RESTORE "put a copy back with claimpipe ledger restore FILE"
#define ACCEPT                                                                                     \
    ", or go on with --accept-ledger (what it does not know is issued again: look at the results " \
    "first)"

enum trust trust_file(const struct trust_file *file, const struct trust_state *seal)
{
    if (crashpoint_breaks("guard"))
        return file->there ? TRUST_CHECK : TRUST_FRESH;
    if (!file->there)
        return file->wal ? TRUST_STRAY : seal->there ? TRUST_GONE : TRUST_FRESH;
    if (file->size == 0)
        return TRUST_EMPTY;
    if (file->links > 1)
        return TRUST_LINKED;
    return file->mounted ? TRUST_MOUNTED : TRUST_CHECK;
}

enum trust trust_content(const struct trust_state *seal, const struct trust_state *ledger,
                         bool alone, bool unchanged)
{
    if (crashpoint_breaks("guard"))
        return TRUST_GOOD;
    if (!seal->there)
        return ledger->closed ? TRUST_CHECK : TRUST_PART;
    if (strcmp(seal->id, ledger->id) != 0)
        return TRUST_OTHER;
    if (ledger->seq < seal->seq)
        return TRUST_OLDER;
    if (!alone)
        return TRUST_GOOD; /* who came first has looked */
    if (!seal->closed)
        return TRUST_CHECK;
    return unchanged && ledger->closed ? TRUST_GOOD : TRUST_CHANGED;
}

enum trust trust_restore(const struct trust_state *seal, const struct trust_state *present,
                         const struct trust_state *copy)
{
    const struct trust_state *known[] = {seal, present};
    bool has_all = false;

    for (int i = 0; i < 2; i++) {
        if (!known[i]->there)
            continue;
        if (strcmp(known[i]->id, copy->id) != 0)
            return TRUST_OTHER;
        if (copy->seq < known[i]->seq)
            return TRUST_OLDER;
        has_all = true;
    }
    return has_all || copy->closed ? TRUST_GOOD : TRUST_PART;
}

enum trust trust_results(const struct trust_state *results, const struct trust_state *ledger)
{
    if (!results->there)
        return TRUST_GOOD;
    if (strcmp(results->id, ledger->id) != 0)
        return TRUST_OTHER;
    return ledger->seq < results->seq ? TRUST_OLDER : TRUST_GOOD;
}

bool trust_may_accept(enum trust trust)
{
    return trust >= TRUST_GONE;
}

const char *trust_words(enum trust trust)
{
    static const char *const words[TRUST_KINDS] = {
        [TRUST_EMPTY] = "the file is empty, which no ledger is: it was cut, or made by another "
                        "program: " RESTORE ", or delete it if nothing was ever issued with it",
        [TRUST_LINKED] =
            "the file has a second name (a hard link): what is written beside one name "
            "is not seen beside the other: remove all names but one, or name a "
            "symbolic link",
        [TRUST_MOUNTED] = "the file is mounted by itself: what is written beside it is lost with "
                          "the container: mount the folder that it is in",
        [TRUST_STRAY] = "the file is gone, and its -wal is left: put the file back from where it "
                        "went, or put a copy back with claimpipe ledger restore FILE",
        [TRUST_DAMAGED] = "the file is damaged: claimpipe ledger check tells more: " RESTORE,
        [TRUST_GONE] = "the file is gone (its -seal is still there): " RESTORE ACCEPT,
        [TRUST_CHANGED] = "the file is not as it was when it was closed: it is damaged, or another "
                          "program has written to it: " RESTORE ACCEPT,
        [TRUST_OLDER] =
            "the file is older than its -seal: an old copy was put in its place, or its "
            "-wal is lost: put a newer one back with claimpipe ledger restore "
            "FILE" ACCEPT,
        [TRUST_OTHER] = "the file is another ledger than its -seal says: put the right one back "
                        "with claimpipe ledger restore FILE" ACCEPT,
        [TRUST_PART] =
            "the file is a copy that was made during a run, and lacks its -wal and -seal: "
            "bring those along (or make copies with claimpipe ledger backup)" ACCEPT,
    };

    return words[trust];
}
