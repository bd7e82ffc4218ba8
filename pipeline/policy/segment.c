/*
 * segment: refuses ids that would make another path of a URL.
 *
 * A backslash counts as a slash, for servers and gateways on the way may take it for one.
 */
#include "policy/segment.h"

#include <stdbool.h>
#include <stdio.h>

/* Backslashes as well: some servers take them for slashes. */
static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* Is one of its parts, divided by slashes, nothing but one or two dots? */
static bool has_dots(struct slice id)
{
    for (size_t begin = 0, end; begin <= id.len; begin = end + 1) {
        bool dots = true;

        for (end = begin; end < id.len && !is_slash(id.ptr[end]); end++)
            dots = dots && id.ptr[end] == '.';
        if (dots && (end - begin == 1 || end - begin == 2))
            return true;
    }
    return false;
}

const char *segment_fault(struct slice id)
{
    if (id.len == 0)
        return "is empty";
    if (id.len > SEGMENT_MAX)
        return "is longer than any id";
    for (size_t i = 0; i < id.len; i++)
        if ((unsigned char)id.ptr[i] < ' ' || id.ptr[i] == 0x7f)
            return "holds a control character, which no id has";
    return has_dots(id) ? "is no id: \".\" and \"..\" mean another path to a server" : NULL;
}
