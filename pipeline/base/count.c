#include "base/count.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

const char *count_commas(uint64_t n, char out[COUNT_MAX])
{
    char digits[COUNT_MAX];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), at = 0;

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *count_word(uint64_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

void count_number(struct text *out, uint64_t n)
{
    char number[COUNT_MAX];

    text_puts(out, count_commas(n, number));
}

void count_put(struct text *out, uint64_t n, const char *one, const char *many)
{
    count_number(out, n);
    text_printf(out, " %s", count_word(n, one, many));
}
