#include "stages/select.h"

#include "adapters/digest.h"
#include "policy/identity.h"

#include <string.h>

#define QUOTED_MAX 80 /* bytes of a value shown in a message */

int select_init(struct select *s, const struct columns *c, const char *address, struct err *e)
{
    s->columns = c;
    return address ? columns_find(c, slice_of(address), "--address", &s->recipient, e)
                   : columns_recipient(c, &s->recipient, e);
}

/* `column "Wallet": "0x12" is not an address …`, in a. */
static const char *say_why(const struct select *s, struct slice value, const char *why,
                           struct arena *a)
{
    struct slice column = s->columns->names[s->recipient];
    struct text t;
    const char *copy;

    text_init(&t);
    text_printf(&t, "column \"%.*s\"", (int)column.len, column.ptr);
    if (value.len > QUOTED_MAX)
        text_printf(&t, ": a value of %zu bytes %s", value.len, why);
    else if (value.len > 0)
        text_printf(&t, ": \"%.*s\" %s", (int)value.len, value.ptr, why);
    else
        text_puts(&t, " is empty");
    copy = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
    text_release(&t);
    return copy;
}

int select_row(const struct select *s, const struct record *r, struct arena *a, struct trigger *out)
{
    char recipient[IDENTITY_TEXT_MAX];
    uint8_t hash[DIGEST_SIZE];
    struct slice value;
    const char *why;

    memset(out, 0, sizeof(*out));
    out->record = r;
    if (r->fault) {
        out->why = r->fault;
        return 0;
    }
    value = r->fields[s->recipient];
    why = identity_canonical(value, recipient);
    if (why) {
        out->why = say_why(s, slice_trim(value), why, a);
        return out->why ? 0 : -1;
    }
    out->recipient = arena_copy(a, recipient, strlen(recipient));
    if (!out->recipient || digest_once(recipient, strlen(recipient), hash) != 0)
        return -1;
    memcpy(out->key, hash, sizeof(out->key));
    return 0;
}
