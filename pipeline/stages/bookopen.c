/* bookopen: opens a job's codes, each of a list judged first, for a code that is given out can't be taken back. */
#include "stages/bookopen.h"

#include "adapters/codebook.h"
#include "adapters/spool.h"
#include "base/mem.h"
#include "policy/codeshape.h"
#include "stages/intake.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

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

static struct codebook *open_list(const char *path, const struct codebook_table *table, bool odd,
                                  struct err *e)
{
    struct codeshape *shape = mem_zero(1, sizeof(*shape));
    struct codebook_judge judge = {shape, first, second};
    struct codebook *b = NULL;

    if (shape)
        b = codebook_of_judged_list(path, table, odd ? NULL : &judge, e);
    else
        err_nomem(e);
    free(shape);
    return b;
}

/* A pipe is never a workbook: its codes are read as they come, and written nowhere. */
static bool is_packed(const char *path, struct err *e)
{
    struct err why = ERR_INIT; /* whatever else is wrong with the file the list says */
    struct stat st;
    struct spool *s;
    bool is = false;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    s = spool_open(path, NULL, &why);
    is = s && intake_is_packed(s, e) == 1;
    spool_close(s);
    return is;
}

static struct codebook *open_packed(const char *path, bool odd, struct err *e)
{
    const struct intake_wishes nothing = {.sheet = NULL};
    struct codebook_table table;
    struct codebook *b = NULL;
    struct intake_found found;

    intake_found_init(&found);
    table.spool = intake_open(path, &nothing, &found, e);
    table.width = found.width;
    if (table.spool && found.hidden_rows > 0)
        err_set(e, EXIT_USAGE,
                "%s: %" PRIu64 " of its rows are hidden, and a code that is given out can't be "
                "taken back: show them, or take them out",
                path, found.hidden_rows);
    else if (table.spool && found.valueless > 0)
        err_set(e, EXIT_USAGE,
                "%s: %" PRIu64 " formulas have no value saved with them: open it in a spreadsheet "
                "program and save it again",
                path, found.valueless);
    else if (table.spool)
        b = open_list(path, &table, odd, e);
    spool_close(table.spool);
    intake_found_release(&found);
    return b;
}

struct codebook *bookopen(const char *seed, const char *codes, bool odd, struct err *e)
{
    struct err why = ERR_INIT;
    struct codebook *b = NULL;

    if (seed)
        return codebook_of_seed(seed, e);
    if (is_packed(codes, &why))
        b = open_packed(codes, odd, &why);
    else if (why.code == EXIT_DONE)
        return open_list(codes, NULL, odd, e);
    if (!b)
        err_set(e, why.code == EXIT_INPUT ? EXIT_USAGE : why.code, "%s", why.text);
    return b;
}
