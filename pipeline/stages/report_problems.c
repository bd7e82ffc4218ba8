/*
 * report_problems: which rows that need a person one was told of before.
 *
 * What tells a problem is the whole of its row, but for columns that results have added, and why it is one.
 */
#include "report_problems.h"

#include "adapters/digest.h"
#include "ledger/ledger_problems.h"
#include "policy/problem.h"

#include <string.h>

#define FIELD_LEN_SIZE 8

_Static_assert(LEDGER_PRINT_SIZE <= DIGEST_SIZE, "a print is the beginning of a digest");

int report_problems_begin(struct report_problems *p, struct ledger *l,
                          const struct report_options *o, const struct columns *header,
                          struct err *e)
{
    *p = (struct report_problems){
        .ledger = l, .about = o->about, .alike = o->alike, .header = header};
    text_init(&p->reason);
    if (!o->about)
        return 0;
    p->digest = digest_new();
    return p->digest ? ledger_problems_begin(l, o->run, e) : err_nomem(e);
}

void report_problems_end(struct report_problems *p)
{
    if (p->about)
        ledger_problems_end(p->ledger);
    text_release(&p->reason);
    digest_free(p->digest);
}

/* Its length stands before it, low byte first, so that no two rows look the same. */
static void add(struct digest *d, struct slice s)
{
    uint8_t len[FIELD_LEN_SIZE];

    for (size_t i = 0; i < sizeof(len); i++)
        len[i] = (uint8_t)((uint64_t)s.len >> 8 * i);
    digest_update(d, len, sizeof(len));
    digest_update(d, s.ptr, s.len);
}

/* Empty fields at the end are none: a column more on the right makes no row another one until it says something. */
static size_t count_fields(const struct report_problems *p, const struct record *r)
{
    size_t n = added_at(p->header);

    n = n < r->nfields ? n : r->nfields;
    while (n > 0 && r->fields[n - 1].len == 0)
        n--;
    return n;
}

int report_problems_look(struct report_problems *p, const struct record *r, struct report_cells *c,
                         struct err *e)
{
    const char *why = c->kept ? c->why : c->error;
    uint8_t hash[DIGEST_SIZE];

    if (!p->about || !report_has(REPORT_PERSON, c->status))
        return 0;
    text_clear(&p->reason);
    problem_append_reason(&p->reason, why);
    if (!text_ok(&p->reason))
        return err_nomem(e);
    add(p->digest, slice_of(status_name(c->status)));
    add(p->digest, (struct slice){p->reason.ptr, p->reason.len});
    for (size_t i = 0, n = count_fields(p, r); i < n; i++)
        add(p->digest, r->fields[i]);
    if (digest_finish(p->digest, hash) != 0)
        return err_nomem(e);
    return ledger_problems_add(p->ledger, hash, p->alike && c->status == STATUS_FAILED && !c->kept,
                               &c->since, e);
}
