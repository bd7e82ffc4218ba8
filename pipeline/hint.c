#include "hint.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

static void append_word(struct text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,+@%";

    if (*word && strspn(word, plain) == strlen(word)) {
        text_puts(t, word);
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
        if (!ended && strcmp(argv[i], "--retry-failed") == 0)
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
