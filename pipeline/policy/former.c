/* former: frozen.  What is changed here is not found in the ledgers that are out there. */
#include "policy/former.h"

#include "base/formula.h"

#include <string.h>

static size_t outer_blank(struct slice s, bool at_end)
{
    static const char *const blanks[] = {" ",  "\t",       "\n",           "\r",          "\v",
                                         "\f", "\xc2\xa0", "\xe2\x80\x8b", "\xef\xbb\xbf"};

    for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
        size_t len = strlen(blanks[i]);

        if (len <= s.len && memcmp(at_end ? s.ptr + s.len - len : s.ptr, blanks[i], len) == 0)
            return len;
    }
    return 0;
}

static struct slice trim(struct slice s)
{
    size_t len;

    while ((len = outer_blank(s, false)) > 0)
        s = (struct slice){s.ptr + len, s.len - len};
    while ((len = outer_blank(s, true)) > 0)
        s.len -= len;
    return s;
}

static struct slice value_of(struct slice cell)
{
    struct slice s = trim(cell);

    if (s.len >= 2 && s.ptr[0] == '\'' && formula_begins((struct slice){s.ptr + 1, s.len - 1}))
        s = trim((struct slice){s.ptr + 1, s.len - 1});
    if (s.len >= 3 && s.ptr[0] == '=' && s.ptr[1] == '"' && s.ptr[s.len - 1] == '"' &&
        !memchr(s.ptr + 2, '"', s.len - 3))
        s = trim((struct slice){s.ptr + 2, s.len - 3});
    return s;
}

struct slice former_same(enum identity_kind k, struct slice cell, char buf[IDENTITY_VALUE_MAX])
{
    struct slice s = value_of(cell);
    const char *at = s.len > 0 ? memrchr(s.ptr, '@', s.len) : NULL;

    if (k != IDENTITY_EMAIL || !at || s.len >= IDENTITY_VALUE_MAX)
        return s;
    memcpy(buf, s.ptr, s.len);
    for (size_t i = (size_t)(at - s.ptr); i < s.len; i++)
        if (buf[i] >= 'A' && buf[i] <= 'Z')
            buf[i] = (char)(buf[i] - 'A' + 'a');
    return (struct slice){buf, s.len};
}
