/* err: the first error of a run, in a fixed buffer.  Empty -> set; it never changes again. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

/* Values quoted from a file may hold line breaks or terminal controls, and the cut at the buffer's
 * end may fall into a UTF-8 sequence: neither may reach a log or a terminal. */
static void make_presentable(char *text, size_t full_len)
{
    size_t end = 0;
    for (; text[end] != '\0'; end++) {
        if ((unsigned char)text[end] < 0x20 || text[end] == 0x7f)
            text[end] = ' ';
    }
    if (full_len <= end)
        return;
    while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xc0)
        end--;
    text[end] = '\0';
}

int err_set(struct err *e, enum exit_code code, const char *fmt, ...)
{
    if (e->code != EXIT_DONE)
        return -1;
    e->code = code;
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(e->text, sizeof e->text, fmt, args);
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
