#include "policy/reasons.h"

#include <stdlib.h>
#include <string.h>

static void generalise(const char *why, char out[REASONS_TEXT_MAX])
{
    const char *value = strstr(why, ": \""), *rest = NULL;
    struct text t;

    if (value) /* in which there may be quotes, too */
        rest = strstr(value + 3, "\" ");
    if (value && !rest)
        rest = strrchr(value + 3, '"');
    text_init(&t);
    if (rest)
        text_printf(&t, "%.*s: …%s", (int)(value - why), why, rest + 1);
    slice_line(rest && text_ok(&t) ? slice_of(t.ptr) : slice_of(why), out, REASONS_TEXT_MAX);
    text_release(&t);
}

void reasons_add(struct reasons *r, enum status status, const char *why, uint64_t line)
{
    char text[REASONS_TEXT_MAX];
    size_t i = 0;

    generalise(why, text);
    while (i < r->n && (r->list[i].status != status || strcmp(r->list[i].text, text) != 0))
        i++;
    if (i == REASONS_MAX) {
        r->others++;
        return;
    }
    if (i == r->n) {
        r->list[i] = (struct reason){.status = status, .first_line = line};
        memcpy(r->list[i].text, text, sizeof(text));
        r->n++;
    }
    r->list[i].rows++;
}

static int by_rows(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;

    if (x->status != y->status)
        return x->status < y->status ? -1 : 1;
    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return x->first_line < y->first_line ? -1 : 1;
}

void reasons_sort(struct reasons *r)
{
    qsort(r->list, r->n, sizeof(r->list[0]), by_rows);
}
