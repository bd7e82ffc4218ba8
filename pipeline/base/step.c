#include "base/step.h"

#include "base/mem.h"

#include <string.h>

struct step *step_new(struct target *target, const char *recipient, const char *fields)
{
    size_t recipient_size = strlen(recipient) + 1;
    size_t fields_size = fields ? strlen(fields) + 1 : 0;
    struct step *s = mem_zero(1, sizeof(*s) + recipient_size + fields_size);
    char *behind = (char *)(s + 1);

    if (!s)
        return NULL;
    s->target = target;
    s->recipient = memcpy(behind, recipient, recipient_size);
    if (fields)
        s->fields = memcpy(behind + recipient_size, fields, fields_size);
    return s;
}
