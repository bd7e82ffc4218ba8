/*
 * watch_left: a file that an earlier watch has left in .working, because it was killed there or could not move the file.
 *
 * If its run has ended, another one would only find duplicates, and write them in the place of the results, which hold
 * what cannot be had again: codes, attempts, and the errors that nobody has seen yet.
 */
#include "watch_internal.h"

#include "ledger/ledger.h"
#include "stages/read.h"

#include <string.h>

/* The newest run of the file. */
struct left {
    const char *path;
    int64_t run; /* 0: it had none */
    bool ended;
    int exit_code;
    uint8_t hash[LEDGER_HASH_SIZE];
    struct reading reading;
};

static int see_run(void *context, const struct ledger_past *past, struct err *e)
{
    struct left *left = context;

    (void)e;
    if (strcmp(past->input, left->path) != 0)
        return 0;
    left->run = past->id;
    left->ended = past->finished && past->ended_ms && past->exit_code <= EXIT_ROWS &&
                  reading_parse(past->reading, &left->reading) == 0;
    left->exit_code = past->exit_code;
    memcpy(left->hash, past->hash, sizeof(left->hash));
    return 0;
}

/* Is the file still what that run has read? */
static bool is_same(const struct left *left)
{
    const struct read_wishes w = {.by_itself = true, .as = &left->reading};
    struct err ignored = ERR_INIT;
    struct input *in = read_open(left->path, &w, &ignored);
    bool same = in && memcmp(read_facts(in)->hash, left->hash, sizeof(left->hash)) == 0;

    read_close(in);
    return same;
}

bool watch_left_ended(const char *ledger, const char *path, struct watch_outcome *out)
{
    struct left left = {.path = path};
    struct err ignored = ERR_INIT; /* its run comes upon it, too, and says so */
    struct ledger *l =
        ledger_is_none(ledger, &ignored) == 0 ? ledger_open_look(ledger, &ignored) : NULL;
    bool ended = l && ledger_run_list(l, see_run, &left, &ignored) == 0 && left.ended;

    ledger_close(l);
    if (!ended || !is_same(&left))
        return false;
    out->code = left.exit_code;
    text_printf(&out->summary, "its run had ended before (run %lld)", (long long)left.run);
    return true;
}
