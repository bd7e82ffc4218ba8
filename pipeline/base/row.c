/* row: how a row ends that is not acted on. */
#include "base/row.h"

int row_end(struct row *r, enum status status, const char *why)
{
    r->fate = ROW_OVER;
    r->status = status;
    r->why = why;
    return why ? 0 : -1;
}
