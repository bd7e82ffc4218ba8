/* base64: three bytes are four letters; what is missing of the last three is '='. */
#include "base/base64.h"

#include <stdint.h>

size_t base64_encode(const void *bytes, size_t n, char *to)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = bytes;
    size_t len = 0;

    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t three = 0;

        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (k < have ? from[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            to[len++] = k <= have ? letters[three >> (18 - 6 * k) & 63] : '=';
    }
    return len;
}
