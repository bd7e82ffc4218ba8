#include "settings/hint.h"

#include "adapters/secret.h"
#include "base/text.h"
#include "base/visible.h"

#include <stdbool.h>
#include <string.h>

#define RETRY "--retry-failed"
#define WORKING "/.working" /* adapters/watchfolder.h */

/* A word with what a terminal would obey in it, as shells take it that know $'…'. */
static void append_escaped(struct text *t, const char *word)
{
    char shown[VISIBLE_MAX];
    size_t len;

    text_puts(t, "$'");
    for (struct slice left = slice_of(word); left.len > 0;
         left = (struct slice){left.ptr + len, left.len - len}) {
        len = visible_next(left, shown);
        if (*left.ptr == '\'' || *left.ptr == '\\')
            text_printf(t, "\\%c", *left.ptr);
        else if (strlen(shown) == len)
            text_puts(t, shown);
        else
            for (size_t i = 0; i < len; i++)
                text_printf(t, "\\x%02x", (unsigned char)left.ptr[i]);
    }
    text_puts(t, "'");
}

void hint_word(struct text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,+@%";

    if (*word && strspn(word, plain) == strlen(word)) {
        text_puts(t, word);
        return;
    }
    if (!visible_is(slice_of(word), "")) {
        append_escaped(t, word);
        return;
    }
    text_puts(t, "'");
    for (; *word; word++)
        text_append(t, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    text_puts(t, "'");
}

/* Also of one reason: all that has failed now may have another. */
static bool is_retry(const char *word)
{
    size_t len = strlen(RETRY);

    return strncmp(word, RETRY, len) == 0 && (!word[len] || word[len] == '=');
}

/* How many words at argv say a URL as it is, to a webhook or a switch: 0, 1 or 2.  Options may be cut short. */
static int count_hook(int argc, char *const *argv)
{
    static const struct {
        const char *option;
        size_t least; /* letters of it that no other option begins with */
    } hooks[] = {{"notify", 3}, {"ping", 2}};
    size_t len = strcspn(argv[0], "=");
    bool inside = argv[0][len] == '=';
    const char *value = inside ? argv[0] + len + 1 : argc > 1 ? argv[1] : "env:";

    if (strncmp(argv[0], "--", 2) != 0 || secret_is_named(value))
        return 0;
    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
        if (len - 2 >= hooks[i].least && len - 2 <= strlen(hooks[i].option) &&
            strncmp(argv[0] + 2, hooks[i].option, len - 2) == 0)
            return inside ? 1 : 2;
    return 0;
}

/* ---- the run of a file that watch has claimed ---- */

static const char *working_in(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && (size_t)(slash - path) >= strlen(WORKING) &&
                   strncmp(slash - strlen(WORKING), WORKING, strlen(WORKING)) == 0
               ? slash - strlen(WORKING)
               : NULL;
}

/* Nobody else refuses results, but in a folder of such a name. */
static bool is_watched(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--refuse-results") == 0)
            return working_in(argv[argc - 1]) != NULL;
    return false;
}

/* What watch itself says to it.  A person has the results beside the file. */
static bool is_watchs(const char *word)
{
    static const char *const own[] = {"--output=", "--html=", "--log-format=", "--refuse-results"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (strncmp(word, own[i], strlen(own[i])) == 0)
            return true;
    return false;
}

/* What was accepted once is the ledger from then on. */
static bool is_past(const char *word, bool watched)
{
    return strcmp(word, "--accept-ledger") == 0 || (watched && is_watchs(word));
}

/* Where the file is when somebody types that. */
static void append_done(struct text *out, const char *path)
{
    const char *at = working_in(path);
    struct text done;

    text_init(&done);
    text_append(&done, path, (size_t)(at - path));
    text_printf(&done, "/done%s", at + strlen(WORKING));
    if (text_ok(&done))
        hint_word(out, done.ptr);
    out->failed = out->failed || done.failed;
    text_release(&done);
}

/* more: an option to add, with a blank before it, or "". */
static void append_command(struct text *out, int argc, char *const *argv, const char *more)
{
    bool ended = false; /* by --, behind which nothing is an option */
    bool watched = is_watched(argc, argv);
    int hook;

    text_puts(out, "claimpipe");
    for (int i = 1; i < argc; i++) {
        if (!ended && ((*more && is_retry(argv[i])) || is_past(argv[i], watched)))
            continue;
        if (!ended && (hook = count_hook(argc - i, argv + i)) > 0) {
            i += hook - 1;
            continue;
        }
        if (!ended && strcmp(argv[i], "--") == 0) {
            text_puts(out, more);
            ended = true;
        }
        text_puts(out, " ");
        if (watched && i == argc - 1)
            append_done(out, argv[i]);
        else
            hint_word(out, argv[i]);
    }
    if (!ended)
        text_puts(out, more);
}

void hint_retry(struct text *out, int argc, char *const *argv)
{
    append_command(out, argc, argv, " --retry-failed");
}

void hint_same(struct text *out, int argc, char *const *argv)
{
    append_command(out, argc, argv, "");
}

void hint_words(struct text *out, int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        text_puts(out, i > 1 ? " " : "");
        hint_word(out, argv[i]);
    }
}
