/* jsonout: remembers what is open, and whether a comma is due. */
#include "adapters/jsonout.h"

#include "adapters/json.h"
#include "base/clock.h"
#include "base/visible.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static void put_string(struct text *out, const char *s)
{
    struct text shown;

    if (json_quote(out, slice_of(s)) == 0)
        return;
    text_init(&shown);
    visible_puts(&shown, s);
    if (!text_ok(&shown) || json_quote(out, (struct slice){shown.ptr, shown.len}) != 0)
        out->failed = true;
    text_release(&shown);
}

static void put_line(struct jsonout *j)
{
    text_printf(j->out, "\n%*s", (int)(2 * j->depth), "");
}

/* All that stands before a value. */
static void begin_value(struct jsonout *j, const char *key)
{
    bool *begun = &j->begun[j->depth - 1];

    text_puts(j->out, *begun ? "," : "");
    *begun = true;
    put_line(j);
    if (!key)
        return;
    put_string(j->out, key);
    text_puts(j->out, ": ");
}

static void open_value(struct jsonout *j, const char *opening, char closing)
{
    assert(j->depth < JSONOUT_DEPTH_MAX);
    text_puts(j->out, opening);
    j->closing[j->depth] = closing;
    j->begun[j->depth++] = false;
}

void jsonout_init(struct jsonout *j, struct text *out)
{
    memset(j, 0, sizeof(*j));
    j->out = out;
    open_value(j, "{", '}');
}

void jsonout_object(struct jsonout *j, const char *key)
{
    begin_value(j, key);
    open_value(j, "{", '}');
}

void jsonout_list(struct jsonout *j, const char *key)
{
    begin_value(j, key);
    open_value(j, "[", ']');
}

void jsonout_close(struct jsonout *j)
{
    assert(j->depth > 0);
    j->depth--;
    if (j->begun[j->depth])
        put_line(j);
    text_append(j->out, &j->closing[j->depth], 1);
}

void jsonout_end(struct jsonout *j)
{
    while (j->depth > 0)
        jsonout_close(j);
    text_puts(j->out, "\n");
}

void jsonout_text(struct jsonout *j, const char *key, const char *s)
{
    begin_value(j, key);
    if (s)
        put_string(j->out, s);
    else
        text_puts(j->out, "null");
}

void jsonout_number(struct jsonout *j, const char *key, int64_t n)
{
    begin_value(j, key);
    text_printf(j->out, "%" PRId64, n);
}

void jsonout_flag(struct jsonout *j, const char *key, bool yes)
{
    begin_value(j, key);
    text_puts(j->out, yes ? "true" : "false");
}

void jsonout_null(struct jsonout *j, const char *key)
{
    jsonout_text(j, key, NULL);
}

void jsonout_time(struct jsonout *j, const char *key, int64_t wall_ms)
{
    char when[CLOCK_RFC3339_MAX];

    jsonout_text(j, key, wall_ms ? clock_rfc3339(wall_ms, when) : NULL);
}
