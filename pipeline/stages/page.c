/* page: templates are walked place by place; what is foreign is made visible first, so that bidi controls, line
 * separators and bytes that are no UTF-8 never come to a browser. */
#include "stages/page.h"

#include "adapters/digest.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/visible.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define BASE64_OF_DIGEST (BASE64_LEN(DIGEST_SIZE) + 1) /* with its NUL */

/* ---- templates ---- */

const char *page_next(const char *at, struct slice *before, struct slice *place)
{
    const char *open = strstr(at, "{{"), *close = open ? strstr(open, "}}") : NULL;

    if (!close) {
        *before = slice_of(at);
        *place = (struct slice){NULL, 0};
        return NULL;
    }
    *before = (struct slice){at, (size_t)(open - at)};
    *place = (struct slice){open + 2, (size_t)(close - open) - 2};
    return close + 2;
}

/* ---- foreign text ---- */

/* What a character is in HTML; NULL: itself. */
static const char *html_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* … and in a JSON string within a <script>, which a `<` could end. */
static const char *json_of(char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '<':
        return "\\u003c";
    default:
        return NULL;
    }
}

static void put_escaped(struct text *out, const char *s, size_t most, const char *(*escape)(char))
{
    struct slice left = slice_of(s);
    char shown[VISIBLE_MAX];
    size_t written = 0;

    while (left.len > 0) {
        size_t n = visible_next(left, shown);

        if (written + strlen(shown) > most) {
            text_puts(out, "…");
            return;
        }
        written += strlen(shown);
        for (const char *c = shown; *c; c++) {
            const char *safe = escape(*c);

            if (safe)
                text_puts(out, safe);
            else
                text_append(out, c, 1);
        }
        left = (struct slice){left.ptr + n, left.len - n};
    }
}

void page_put(struct text *out, const char *s)
{
    put_escaped(out, s, SIZE_MAX, html_of);
}

void page_quote(struct text *out, const char *s, size_t most)
{
    text_puts(out, "\"");
    put_escaped(out, s, most, json_of);
    text_puts(out, "\"");
}

/* ---- times ---- */

void page_put_time(struct text *out, int64_t ms)
{
    char at[CLOCK_RFC3339_MAX];
    const char *t;

    clock_rfc3339(ms, at);
    t = strchr(at, 'T');
    text_printf(out, "<time datetime=\"%s\">%.*s %.8s UTC</time>", at, (int)(t - at), at, t + 1);
}

static void put_clock(struct text *out, int64_t ms)
{
    char at[CLOCK_RFC3339_MAX];

    clock_rfc3339(ms, at);
    text_printf(out, "<time datetime=\"%s\">%.8s UTC</time>", at, strchr(at, 'T') + 1);
}

void page_put_span(struct text *out, int64_t from_ms, int64_t to_ms)
{
    void (*put)(struct text *, int64_t) = from_ms / DAY == to_ms / DAY ? put_clock : page_put_time;

    text_puts(out, "<span>");
    put(out, from_ms);
    text_puts(out, "</span><span>");
    put(out, to_ms);
    text_puts(out, "</span>");
}

void page_put_length(struct text *out, int64_t ms)
{
    static const struct {
        int64_t long_ms, short_ms;
        const char *longs, *shorts;
    } units[] = {{DAY, HOUR, "d", "h"}, {HOUR, MINUTE, "h", "min"}, {MINUTE, SECOND, "min", "s"}};

    if (ms < 0)
        ms = 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t rest = ms % units[i].long_ms / units[i].short_ms;

        if (ms < units[i].long_ms)
            continue;
        text_printf(out, "%" PRId64 " %s", ms / units[i].long_ms, units[i].longs);
        if (rest > 0)
            text_printf(out, " %" PRId64 " %s", rest, units[i].shorts);
        return;
    }
    if (ms < 10 * SECOND && ms % SECOND >= 100)
        text_printf(out, "%" PRId64 ".%" PRId64 " s", ms / SECOND, ms % SECOND / 100);
    else
        text_printf(out, "%" PRId64 " s", ms / SECOND);
}

/* ---- the policy ---- */

static void encode(const uint8_t hash[DIGEST_SIZE], char out[BASE64_OF_DIGEST])
{
    out[base64_encode(hash, DIGEST_SIZE, out)] = '\0';
}

static int put_hash(struct text *out, const char *what, const char *content, struct err *e)
{
    uint8_t hash[DIGEST_SIZE];
    char words[BASE64_OF_DIGEST];

    if (digest_once(content, strlen(content), hash) != 0)
        return err_nomem(e);
    encode(hash, words);
    text_printf(out, "; %s 'sha256-%s'", what, words);
    return 0;
}

int page_put_policy(struct text *out, const char *script, struct err *e)
{
    text_puts(out, "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'");
    if (script && put_hash(out, "script-src", script, e) != 0)
        return -1;
    return put_hash(out, "style-src", page_style_css, e);
}
