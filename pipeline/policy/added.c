/* added: finds names for the added columns that no column of the input has. */
#include "policy/added.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "claimpipe_"
#define NAME_MAX_LEN 32 /* of any added name, with its NUL */

static const char *const added_names[ADDED_COUNT + 1] = {
    [ADDED_STATUS] = "status",
    [ADDED_ERROR] = "error",
    [ADDED_NOTE] = "note",
    [ADDED_ACTION] = "action",
    [ADDED_TARGET] = "target",
    [ADDED_RECIPIENT] = "recipient",
    [ADDED_ATTEMPT] = "attempt_id",
    [ADDED_CODE] = "code",
    [ADDED_LINK] = "link",
    [ADDED_TRIES] = "tries",
    [ADDED_HTTP_STATUS] = "http_status",
    [ADDED_FINISHED] = "finished_at",
    [ADDED_RETRY] = "retry",
};

enum added added_of_step(size_t i)
{
    return i < ADDED_RECIPIENT ? (enum added)i : (enum added)(i + 1);
}

/* step 0: of the whole row. */
static void spell(size_t step, size_t added, char out[NAME_MAX_LEN])
{
    if (step > 0)
        (void)snprintf(out, NAME_MAX_LEN, "step%zu_%s", step, added_names[added]);
    else
        (void)snprintf(out, NAME_MAX_LEN, "%s", added_names[added]);
}

static bool is_added(struct slice name, size_t step, size_t added)
{
    char spelt[NAME_MAX_LEN];
    size_t prefix = strlen(PREFIX);

    spell(step, added, spelt);
    while (name.len > prefix && memcmp(name.ptr, PREFIX, prefix) == 0)
        name = (struct slice){name.ptr + prefix, name.len - prefix};
    return slice_equal(name, slice_of(spelt));
}

/* Do the names that begin here name the added columns of a job of so many steps (0: no columns of
 * steps)? */
static bool are_added(const struct slice *names, size_t steps)
{
    for (size_t i = 0; i < ADDED_COUNT; i++)
        if (!is_added(*names++, 0, i))
            return false;
    for (size_t step = 1; step <= steps; step++)
        for (size_t i = 0; i < ADDED_STEP_COUNT; i++)
            if (!is_added(*names++, step, added_of_step(i)))
                return false;
    return true;
}

static size_t count_named(const struct columns *header)
{
    size_t n = header->n;

    while (n > 0 && slice_trim(header->names[n - 1]).len == 0)
        n--;
    return n;
}

/* Named columns but for the last one, if that is `retry`. */
static size_t count_kept(const struct columns *header)
{
    size_t named = count_named(header);

    return named - (named > 0 && is_added(header->names[named - 1], 0, ADDED_RETRY));
}

size_t added_at(const struct columns *header)
{
    size_t named = count_kept(header);

    for (size_t steps = 0; steps <= ADDED_STEPS_MAX; steps++) {
        size_t n = ADDED_COUNT + steps * ADDED_STEP_COUNT;

        if (n <= named && are_added(header->names + named - n, steps))
            return named - n;
    }
    return header->n;
}

size_t added_end(const struct columns *header)
{
    return added_at(header) < header->n ? count_named(header) : header->n;
}

size_t added_retry(const struct columns *header)
{
    size_t at = count_kept(header);

    return added_at(header) < header->n && at < count_named(header) ? at : COLUMNS_NONE;
}

/* Many programs that read such a file do not tell names by their case, nor by outer blanks. */
static bool has_name(const struct columns *header, size_t own, struct slice name)
{
    for (size_t i = 0; i < own; i++) {
        if (slice_same(slice_trim(header->names[i]), name))
            return true;
    }
    return false;
}

static void append(const struct columns *header, size_t own, size_t step, size_t added,
                   struct text *out)
{
    char name[NAME_MAX_LEN];
    struct text t;
    size_t prefixes = 0;

    spell(step, added, name);
    text_init(&t);
    do {
        text_clear(&t);
        for (size_t i = 0; i < prefixes; i++)
            text_puts(&t, PREFIX);
        text_puts(&t, name);
        prefixes++;
    } while (text_ok(&t) && has_name(header, own, (struct slice){t.ptr, t.len}));
    text_append(out, t.ptr, t.len);
    out->failed = out->failed || t.failed;
    text_release(&t);
}

void added_append_name(const struct columns *header, size_t own, size_t added, struct text *out)
{
    append(header, own, 0, added, out);
}

void added_append_step_name(const struct columns *header, size_t own, size_t step, size_t added,
                            struct text *out)
{
    append(header, own, step, added, out);
}
