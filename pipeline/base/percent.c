#include "base/percent.h"

#include <string.h>

static const char unreserved[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

void percent_append(struct text *out, struct slice raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        if (c && strchr(unreserved, c))
            text_append(out, &raw.ptr[i], 1);
        else
            text_printf(out, "%%%02X", c);
    }
}
