#include "settings/hint.h"

#include "base/text.h"
#include "base/visible.h"

#include <stdbool.h>
#include <string.h>

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

static void append_word(struct text *t, const char *word)
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

void hint_retry(struct text *out, int argc, char *const *argv)
{
    bool ended = false; /* by --, behind which nothing is an option */

    text_puts(out, "claimpipe");
    for (int i = 1; i < argc; i++) {
        /* What was accepted once is the ledger from then on. */
        if (!ended &&
            (strcmp(argv[i], "--retry-failed") == 0 || strcmp(argv[i], "--accept-ledger") == 0))
            continue;
        if (!ended && strcmp(argv[i], "--") == 0) {
            text_puts(out, " --retry-failed");
            ended = true;
        }
        text_puts(out, " ");
        append_word(out, argv[i]);
    }
    if (!ended)
        text_puts(out, " --retry-failed");
}

void hint_words(struct text *out, int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        text_puts(out, i > 1 ? " " : "");
        append_word(out, argv[i]);
    }
}
