/* percent: escapes every byte that is not unreserved, for what a server takes for more than itself differs. */
#include "base/percent.h"

#include <stdbool.h>

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void percent_append(struct text *out, struct slice raw)
{
    size_t begin = 0;

    for (size_t i = 0; i < raw.len; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        if (is_unreserved(c))
            continue;
        text_append(out, raw.ptr + begin, i - begin);
        text_printf(out, "%%%02X", c);
        begin = i + 1;
    }
    if (begin < raw.len)
        text_append(out, raw.ptr + begin, raw.len - begin);
}
