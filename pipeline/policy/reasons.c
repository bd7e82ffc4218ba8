/* reasons: counts reasons that differ in their values only as one. */
#include "policy/reasons.h"
#include "base/visible.h"

#include <stdlib.h>
#include <string.h>

void reasons_words(const char *why, char out[REASONS_TEXT_MAX])
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
    visible_line(rest && text_ok(&t) ? slice_of(t.ptr) : slice_of(why), out, REASONS_TEXT_MAX);
    text_release(&t);
}

static bool is_like(const struct reason *r, enum status status, bool kept, const char *text)
{
    return r->status == status && (r->first_run != 0) == kept && strcmp(r->text, text) == 0;
}

static struct reason *add(struct reasons *r, enum status status, int64_t run, const char *why,
                          uint64_t line)
{
    char text[REASONS_TEXT_MAX];
    struct reason *one;
    size_t i = 0;

    reasons_words(why, text);
    while (i < r->n && !is_like(&r->list[i], status, run != 0, text))
        i++;
    if (i == REASONS_MAX) {
        r->others++;
        return NULL;
    }
    one = &r->list[i];
    if (i == r->n) {
        *one = (struct reason){
            .status = status, .first_run = run, .last_run = run, .first_line = line};
        memcpy(one->text, text, sizeof(text));
        r->n++;
    }
    one->first_run = run < one->first_run ? run : one->first_run;
    one->last_run = run > one->last_run ? run : one->last_run;
    if (one->rows < REASONS_LINES)
        one->lines[one->rows] = line;
    one->rows++;
    return one;
}

struct reason *reasons_add(struct reasons *r, enum status status, const char *why, uint64_t line)
{
    return add(r, status, 0, why, line);
}

struct reason *reasons_add_kept(struct reasons *r, int64_t run, const char *why, uint64_t line)
{
    return add(r, STATUS_FAILED, run, why, line);
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
