/* smtpreply: first what became of the connection, then the code, by the stage that it answers. */
#include "policy/smtpreply.h"

#include "base/visible.h"

#include <stdbool.h>
#include <string.h>

#define WORDS_MAX 400
#define SERVICE_CLOSES 421
#define TLS_OR_LOGIN_LATER 454
#define TOO_LARGE 552 /* of MAIL too, which tells the size (RFC 1870, 6.1) */

/* The lines of a reply as one, each without its code but for the first. */
static void put_reply(const struct answer *a, struct text *out)
{
    const char *line = a->body.ptr, *end;
    char shown[WORDS_MAX];
    struct text all;

    text_init(&all);
    for (bool first = true; *line; line = *end ? end + 1 : end, first = false) {
        size_t len;

        end = line + strcspn(line, "\n");
        len = (size_t)(end - line);
        if (len > 0 && line[len - 1] == '\r')
            len--;
        if (!first && len > 4)
            text_puts(&all, " ");
        if (first && len > 3) {
            text_append(&all, line, 3);
            text_puts(&all, " ");
        }
        if (len > 4)
            text_append(&all, line + 4, len - 4);
    }
    text_puts(out, "mail server: ");
    if (text_ok(&all))
        text_puts(out, visible_line((struct slice){all.ptr, all.len}, shown, sizeof(shown)));
    else
        out->failed = true;
    text_release(&all);
}

/* Is that the enhanced code of the reply (RFC 3463)? */
static bool has_code(const struct answer *a, const char *code)
{
    const char *said = a->body.ptr;
    size_t len = strlen(code);

    return said && strlen(said) > 4 && strncmp(said + 4, code, len) == 0 &&
           strspn(said + 4 + len, "0123456789.") == 0;
}

/* A limit of who sends, which is also said of a recipient or a message: Gmail's of a day is 550 5.4.5 (Google, "Fix
 * bounced or rejected emails"), that of messages without a good name 4.7.28; 4.4.5 is a system that is overloaded. */
static bool is_limit_of_sender(const struct answer *a)
{
    return a->status >= 500 ? has_code(a, "5.4.5") : has_code(a, "4.4.5") || has_code(a, "4.7.28");
}

static const char *advice(const struct answer *a)
{
    if (is_limit_of_sender(a))
        return ": run again when the limit allows more";
    switch (a->stage) {
    case MAIL_AUTH:
        return ": check --smtp-user and its password";
    case MAIL_FROM:
        return ": check who sends (From, --bounces-to), and --smtp-user";
    case MAIL_COPY:
        return ": check --bcc";
    default:
        return "";
    }
}

static enum smtpreply read_code(const struct answer *a)
{
    bool of_row = (a->stage >= MAIL_TO || (a->stage == MAIL_FROM && a->status == TOO_LARGE)) &&
                  !is_limit_of_sender(a);

    if (a->status < 400) /* success never rests on anything but the reply to the end */
        return a->stage == MAIL_END && a->status / 100 == 2 ? SMTPREPLY_HANDED_OVER
                                                            : SMTPREPLY_LOST;
    if (a->status == SERVICE_CLOSES || a->status == TLS_OR_LOGIN_LATER)
        return SMTPREPLY_LATER_ALL;
    if (a->status < 500)
        return of_row ? SMTPREPLY_LATER_ROW : SMTPREPLY_LATER_ALL;
    return of_row ? SMTPREPLY_REFUSED_ROW : SMTPREPLY_STOP;
}

/* Nothing was taken, and here is why. */
static enum smtpreply read_trouble(const struct answer *a, struct text *words)
{
    text_puts(words, a->problem);
    switch (a->trouble) {
    case TROUBLE_MESSAGE:
        return SMTPREPLY_REFUSED_ROW;
    case TROUBLE_TLS:
        text_puts(words, ": TLS is required; of a certificate of one's own the authority is given "
                         "with --cacert FILE");
        return SMTPREPLY_STOP;
    case TROUBLE_LOGIN:
    case TROUBLE_OUTBOX:
        return SMTPREPLY_STOP;
    default:
        return SMTPREPLY_AGAIN;
    }
}

enum smtpreply smtpreply_read(const struct answer *a, struct text *words)
{
    enum smtpreply found;

    if (a->fate == FATE_LOST) {
        text_puts(words, a->problem);
        return SMTPREPLY_LOST;
    }
    if (a->fate == FATE_NOT_SENT)
        return read_trouble(a, words);
    found = read_code(a);
    put_reply(a, words);
    if (found == SMTPREPLY_STOP)
        text_puts(words, advice(a));
    return found;
}
