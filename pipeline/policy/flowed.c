/* flowed: line by line; a flowed one leaves its end open for the next. */
#include "policy/flowed.h"

#include <string.h>

struct line {
    size_t depth; /* of quotes */
    struct slice words;
    bool flows;
};

/* Takes the first line off. */
static struct line take_line(struct slice *rest)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    struct slice s = {rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
    struct line l = {0};

    rest->ptr += s.len + (end != NULL);
    rest->len -= s.len + (end != NULL);
    while (l.depth < s.len && s.ptr[l.depth] == '>')
        l.depth++;
    s = (struct slice){s.ptr + l.depth, s.len - l.depth};
    if (s.len > 0 && *s.ptr == ' ') /* put there lest the line begins with >, From or a blank */
        s = (struct slice){s.ptr + 1, s.len - 1};
    l.words = s;
    /* What stands before a signature ends with a blank, and yet it is a line of its own. */
    l.flows = s.len > 0 && s.ptr[s.len - 1] == ' ' && !slice_equal(s, slice_of("-- "));
    return l;
}

static void put_start(size_t depth, struct text *out)
{
    for (size_t i = 0; i < depth; i++)
        text_puts(out, ">");
    if (depth > 0)
        text_puts(out, " ");
}

void flowed_join(struct slice text, bool delsp, struct text *out)
{
    struct line last = {0};
    bool first = true;

    while (text.len > 0) {
        bool ended = memchr(text.ptr, '\n', text.len) != NULL;
        struct line l = take_line(&text);
        bool goes_on =
            !first && last.flows && last.depth == l.depth && !slice_equal(l.words, slice_of("-- "));

        if (!first && last.flows && !goes_on)
            text_puts(out, "\n");
        if (!goes_on)
            put_start(l.depth, out);
        text_append(out, l.words.ptr, l.words.len - (l.flows && delsp));
        if (!l.flows && ended)
            text_puts(out, "\n");
        last = l;
        first = false;
    }
}
