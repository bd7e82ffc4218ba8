/* runwords: what is not ended goes on first, then what is not known is asked, then what failed is tried again. */
#include "policy/runwords.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define CODES_SHOWN 13 /* seed: or list:, and 8 hex digits */

size_t runwords_shown(const char *target)
{
    bool codes = strncmp(target, "seed:", 5) == 0 || strncmp(target, "list:", 5) == 0;

    return codes ? strnlen(target, CODES_SHOWN) : strlen(target);
}

const char *runwords_exit(const struct runwords *r)
{
    static const struct {
        int code;
        const char *words;
    } exits[] = {
        {0, "every row is done"},
        {1, "finished, and not every row is done"},
        {2, "refused for what was set"},
        {3, "the input could not be read"},
        {4, "stopped early"},
        {5, "the ledger or the results could not be written"},
        {130, "interrupted"},
        {143, "ended by another program"},
    };

    if (r->ended && r->exit_code == 0 && r->rows &&
        (r->rows[STATUS_FAILED] || r->rows[STATUS_INVALID] || r->rows[STATUS_UNKNOWN]))
        return "every row is done, but for those that an earlier run has told of";
    if (!r->ended)
        return "unfinished: it goes on, or its process has died";
    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
        if (exits[i].code == r->exit_code)
            return exits[i].words;
    return "ended by a signal";
}

struct telling {
    runwords_callback *callback;
    void *context;
    const char *tail;
    bool failed;
};

static void tell(struct telling *t, const char *command, const char *more, const char *what)
{
    struct text whole;

    text_init(&whole);
    text_printf(&whole, "%s%s%s", command, more, t->tail);
    if (text_ok(&whole))
        t->callback(t->context, whole.ptr, what);
    else
        t->failed = true;
    text_release(&whole);
}

static void tell_report(struct telling *t, const struct runwords *r)
{
    struct text command;

    text_init(&command);
    text_printf(&command, "claimpipe report %" PRId64, r->run);
    if (text_ok(&command))
        tell(t, command.ptr, r->input_lost ? " FILE" : "",
             r->gives_codes ? "writes its results again; give its seeds and lists "
                              "(--seed-from, --codes), too"
                            : "writes its results again");
    else
        t->failed = true;
    text_release(&command);
}

bool runwords_next(const struct runwords *r, runwords_callback *callback, void *context)
{
    struct telling t = {callback, context, r->tail, false};
    uint64_t open = r->rows[STATUS_PENDING] + r->rows[STATUS_UNKNOWN];
    bool stopped = !r->ended || !r->finished;

    if (stopped)
        tell(&t, r->same, "", "goes on where it stopped; give the other options that it had, too");
    if (open > 0 && r->claims)
        tell(&t, r->settle, "",
             "asks what became of what is pending or unknown, and sends nothing");
    if (open > 0 && !r->claims && !stopped)
        tell(&t, r->same, "", "ends what is pending; give the other options that it had, too");
    if (r->rows[STATUS_FAILED] > 0 && !r->pruned)
        tell(&t, r->same, " --retry-failed",
             "tries what has failed again, once its cause is mended; give the other options that "
             "it had, too");
    if (!r->pruned)
        tell_report(&t, r);
    return !t.failed;
}
