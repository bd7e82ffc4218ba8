#include "stages/select.h"

#include "adapters/digest.h"
#include "policy/added.h"
#include "policy/identity.h"

#include <stdio.h>
#include <string.h>

#define QUOTED_MAX 80 /* bytes of a value shown in a message */

static int init_key(struct select *s, const char *key, struct err *e)
{
    const char *end;

    for (; key; key = *end ? end + 1 : NULL) {
        end = key + strcspn(key, ",");
        if (s->n_key == SELECT_KEY_MAX)
            return err_set(e, EXIT_USAGE, "--key: more than %d columns", SELECT_KEY_MAX);
        if (columns_find(s->columns, (struct slice){key, (size_t)(end - key)}, "--key",
                         &s->key[s->n_key++], e) != 0)
            return -1;
    }
    return 0;
}

int select_init(struct select *s, const struct columns *c, enum identity_kind kind,
                const char *recipient, const char *key, int64_t again, struct err *e)
{
    char asked_by[32];
    struct columns own = *c;

    memset(s, 0, sizeof(*s));
    s->columns = c;
    s->kind = kind;
    s->again = again;
    snprintf(asked_by, sizeof(asked_by), "--%s", identity_kind_name(kind));
    /* The added columns of a results CSV do not compete with its own. */
    own.n = added_at(c);
    if ((recipient ? columns_find(c, slice_of(recipient), asked_by, &s->recipient, e)
                   : columns_recipient(&own, kind, &s->recipient, e)) != 0)
        return -1;
    return init_key(s, key, e);
}

/* `column "Wallet": "0x12" is not an address …`, in a. */
static const char *say_why(const struct select *s, size_t at, struct slice value, const char *why,
                           struct arena *a)
{
    struct slice column = s->columns->names[at];
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

/* What the key is made of; each part with its length before it, so that no two lists are alike. */
static void append_key(const struct select *s, const struct record *r, const char *recipient,
                       struct text *out)
{
    if (s->n_key == 0)
        text_puts(out, recipient);
    for (size_t i = 0; i < s->n_key; i++) {
        struct slice part =
            s->key[i] == s->recipient ? slice_of(recipient) : slice_trim(r->fields[s->key[i]]);

        text_printf(out, "%zu:", part.len);
        text_append(out, part.ptr, part.len);
    }
    if (s->again > 1)
        text_printf(out, " again %lld", (long long)s->again);
}

static int make_key(const struct select *s, const struct record *r, const char *recipient,
                    uint8_t key[KEY_SIZE])
{
    uint8_t hash[DIGEST_SIZE];
    struct text t;
    int rc;

    text_init(&t);
    append_key(s, r, recipient, &t);
    rc = text_ok(&t) ? digest_once(t.ptr, t.len, hash) : -1;
    text_release(&t);
    if (rc == 0)
        memcpy(key, hash, KEY_SIZE);
    return rc;
}

int select_row(const struct select *s, const struct record *r, struct arena *a, struct trigger *out)
{
    char recipient[IDENTITY_VALUE_MAX];
    const char *why;

    memset(out, 0, sizeof(*out));
    out->record = r;
    if (r->fault) {
        out->why = r->fault;
        return 0;
    }
    why = identity_read(s->kind, r->fields[s->recipient], recipient);
    if (why) {
        out->why = say_why(s, s->recipient, slice_trim(r->fields[s->recipient]), why, a);
        return out->why ? 0 : -1;
    }
    for (size_t i = 0; i < s->n_key; i++)
        if (slice_trim(r->fields[s->key[i]]).len == 0) {
            out->why = say_why(s, s->key[i], (struct slice){"", 0}, "", a);
            return out->why ? 0 : -1;
        }
    out->recipient = arena_copy(a, recipient, strlen(recipient));
    return out->recipient && make_key(s, r, recipient, out->key) == 0 ? 0 : -1;
}
