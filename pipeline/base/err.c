/* err: the first error of a run, in a fixed buffer.  Empty -> set; it never changes again. */
#include "base/err.h"

#include "base/visible.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The cut at the buffer's end may fall into a UTF-8 sequence. */
static size_t whole_len(const char *text, size_t full_len)
{
    size_t end = strlen(text);

    if (full_len <= end)
        return end;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xc0)
        end--;
    return end;
}

/* Values and names that are quoted may hold line breaks and terminal controls, of which none may reach a log
 * or a terminal. */
static void make_presentable(char text[ERR_TEXT_MAX], size_t full_len)
{
    char raw[ERR_TEXT_MAX], shown[VISIBLE_MAX];
    struct slice left = {raw, whole_len(text, full_len)};
    size_t n = 0;

    memcpy(raw, text, left.len);
    while (left.len > 0) {
        size_t taken = visible_next(left, shown), len = strlen(shown);

        if (n + len >= ERR_TEXT_MAX)
            break;
        memcpy(text + n, shown, len);
        n += len;
        left = (struct slice){left.ptr + taken, left.len - taken};
    }
    text[n] = '\0';
}

int err_set(struct err *e, enum exit_code code, const char *fmt, ...)
{
    if (e->code != EXIT_DONE)
        return -1;
    e->code = code;
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(e->text, sizeof(e->text), fmt, args);
    va_end(args);
    if (len < 0)
        e->text[0] = '\0';
    else
        make_presentable(e->text, (size_t)len);
    return -1;
}

int err_nomem(struct err *e)
{
    return err_set(e, EXIT_STOPPED, "out of memory: free some, then run the same command again");
}
