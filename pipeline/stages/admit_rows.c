/*
 * admit_rows: rows that outlive their block, and how rows end.
 *
 * A row lives in its block until its step is sent, or it waits for another's: then it is kept in one allocation with
 * all that it points to, and its block may be read anew.
 */
#include "admit_internal.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

size_t admit_own_fields(const struct admit *ad)
{
    return ad->p->columns.n - (ad->p->n_steps - 1);
}

/* Copies the text to *at, which moves on. */
static const char *keep_text(char **at, const char *text, size_t len)
{
    char *kept = *at;

    if (len > 0)
        memcpy(kept, text, len);
    *at += len;
    return kept;
}

struct row *admit_keep(struct admit *ad, struct row *r, size_t sent)
{
    bool last = r->at + 1 == ad->p->n_steps;
    size_t n = last ? 0 : admit_own_fields(ad), n_steps = ad->p->n_steps;
    size_t size = strlen(r->recipient) + 1;
    struct record *record;
    struct slice *fields;
    struct row *kept;
    char *at;

    if (r->size > 0) {
        ad->bytes += sent - r->sent;
        r->sent = sent;
        return r;
    }
    for (size_t i = 0; i < n; i++)
        size += r->record->fields[i].len;
    size += sizeof(*kept) + sizeof(*record) + n_steps * sizeof(*kept->steps) + n * sizeof(*fields);
    kept = mem_zero(1, size);
    if (!kept)
        return NULL;
    *kept = *r;
    kept->size = size;
    kept->sent = sent;
    ad->bytes += size + sent;
    record = (struct record *)(kept + 1);
    kept->steps = (struct row_step *)(record + 1);
    fields = (struct slice *)(kept->steps + n_steps);
    at = (char *)(fields + n);
    *record = *r->record;
    record->fields = fields;
    record->nfields = n;
    kept->record = record;
    memcpy(kept->steps, r->steps, n_steps * sizeof(*kept->steps));
    for (size_t i = 0; i < n; i++) {
        const struct slice *from = &r->record->fields[i];

        fields[i] = (struct slice){keep_text(&at, from->ptr, from->len), from->len};
    }
    kept->recipient = keep_text(&at, r->recipient, strlen(r->recipient) + 1);
    return kept;
}

void admit_free(struct admit *ad, struct row *r)
{
    if (r)
        ad->bytes -= r->size + r->sent;
    free(r);
}

void admit_ready(struct admit *ad, struct row *r)
{
    r->fate = ROW_OPEN;
    r->next = NULL;
    *ad->ready_end = r;
    ad->ready_end = &r->next;
}

void admit_count(struct admit *ad, enum status status)
{
    ad->progress->done++;
    ad->progress->failed += status == STATUS_FAILED || status == STATUS_UNKNOWN;
    ad->progress->invalid += status == STATUS_INVALID;
}

void admit_over(struct admit *ad, struct row *r)
{
    r->fate = ROW_OVER;
    ad->progress->acted += r->acted;
    admit_count(ad, r->status);
    if (ad->over)
        ad->over(ad->over_context, r);
}
