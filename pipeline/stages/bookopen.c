/* bookopen: opens a job's codes, each of a list judged first, for a code that is given out can't be taken back. */
#include "stages/bookopen.h"

#include "adapters/codebook.h"
#include "base/mem.h"
#include "policy/codeshape.h"

#include <stdlib.h>

static const char *first(void *context, struct slice code)
{
    return codeshape_add(context, code);
}

static const char *second(void *context, struct slice code, uint64_t index)
{
    if (index == 0)
        codeshape_end(context);
    return codeshape_fault(context, code, index);
}

static struct codebook *open_list(const char *path, struct err *e)
{
    struct codeshape *shape = mem_zero(1, sizeof(*shape));
    struct codebook_judge judge = {shape, first, second};
    struct codebook *b = NULL;

    if (shape)
        b = codebook_of_judged_list(path, &judge, e);
    else
        err_nomem(e);
    free(shape);
    return b;
}

struct codebook *bookopen(const char *seed, const char *codes, bool odd, struct err *e)
{
    if (seed)
        return codebook_of_seed(seed, e);
    return odd ? codebook_of_list(codes, e) : open_list(codes, e);
}
