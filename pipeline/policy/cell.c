/* cell: first the apostrophe goes, then the formula, so that a guarded `'="00123"` is 00123 as well. */
#include "policy/cell.h"

#include "base/formula.h"

#include <string.h>
#include <strings.h>

/* s begins with an apostrophe that keeps a formula from being one. */
static bool is_guarded(struct slice s)
{
    return s.len >= 2 && s.ptr[0] == '\'' && formula_begins((struct slice){s.ptr + 1, s.len - 1});
}

/* s is ="…" with no quote in it: with one it may be another formula (="a"&"b"). */
static bool is_quoting_formula(struct slice s)
{
    return s.len >= 3 && s.ptr[0] == '=' && s.ptr[1] == '"' && s.ptr[s.len - 1] == '"' &&
           memchr(s.ptr + 2, '"', s.len - 3) == NULL;
}

struct slice cell_value(struct slice cell)
{
    struct slice s = slice_trim(cell);
    if (is_guarded(s))
        s = slice_trim((struct slice){s.ptr + 1, s.len - 1});
    if (is_quoting_formula(s))
        s = slice_trim((struct slice){s.ptr + 2, s.len - 3});
    return s;
}

static struct slice behind_digits(struct slice s)
{
    while (s.len > 0 && *s.ptr >= '0' && *s.ptr <= '9')
        s = (struct slice){s.ptr + 1, s.len - 1};
    return s;
}

bool cell_is_shortened(struct slice value)
{
    struct slice rest = behind_digits(value);
    if (rest.len == value.len)
        return false;
    if (rest.len > 0 && (*rest.ptr == '.' || *rest.ptr == ','))
        rest = behind_digits((struct slice){rest.ptr + 1, rest.len - 1});
    if (rest.len < 3 || strncasecmp(rest.ptr, "E+", 2) != 0)
        return false;
    return behind_digits((struct slice){rest.ptr + 2, rest.len - 2}).len == 0;
}

bool cell_is_nobody(struct slice value)
{
    static const char *const words[] = {"-", "--", "n/a", "#n/a", "anonymous"};
    if (value.len == 0)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (value.len == strlen(words[i]) && strncasecmp(value.ptr, words[i], value.len) == 0)
            return true;
    }
    return false;
}
