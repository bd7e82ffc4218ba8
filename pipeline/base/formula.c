/* formula: looks at the first character of a cell, in its ASCII and its wide form. */
#include "base/formula.h"

#include <string.h>

#define WIDE_LEN 3

bool formula_begins(struct slice cell)
{
    static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
                                       "\xef\xbc\xa0"};

    if (cell.len == 0)
        return false;
    if (cell.ptr[0] != wide[0][0])
        return cell.ptr[0] && strchr("=+-@\t\r\n", cell.ptr[0]);
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
        if (cell.len >= WIDE_LEN && memcmp(cell.ptr, wide[i], WIDE_LEN) == 0)
            return true;
    return false;
}
