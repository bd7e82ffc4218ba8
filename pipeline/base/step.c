/*
 * step: one allocation, so that a step that has come to rest is gone at once.  Its fields may hold a password or a
 * code.
 */
#include "base/step.h"

#include "base/mem.h"

#include <string.h>

struct step *step_new(struct target *target, const char *recipient, const char *fields)
{
    size_t recipient_size = strlen(recipient) + 1;
    size_t fields_size = fields ? strlen(fields) + 1 : 0;
    size_t size = sizeof(struct step) + recipient_size + fields_size;
    struct step *s = mem_zero(1, size);
    char *behind = (char *)(s + 1);

    if (!s)
        return NULL;
    s->size = size;
    s->target = target;
    s->recipient = memcpy(behind, recipient, recipient_size);
    if (fields)
        s->fields = memcpy(behind + recipient_size, fields, fields_size);
    return s;
}

void step_free(struct step *s)
{
    if (s)
        mem_forget(s, s->size);
}
