/* letter_show: what is sent, for a person who looks at a terminal: nothing in it can move the cursor. */
#include "adapters/json.h"
#include "base/visible.h"
#include "stages/letter.h"

#include <string.h>

#define WIDTH 79

/* Characters; wide ones count as one, as in all of our tables. */
static size_t width(struct slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return n;
}

static size_t word_len(const char *s, size_t len)
{
    const char *blank = memchr(s, ' ', len);

    return blank ? (size_t)(blank - s) : len;
}

/* A line between its words, each with the blanks before it; a word that is too long, such as a link, stays whole: it is
 * copied. */
static void put_wrapped(struct text *out, struct slice line)
{
    size_t at = 0, column = 0;

    while (at < line.len) {
        size_t blanks = strspn(line.ptr + at, " "), len;

        blanks = blanks < line.len - at ? blanks : line.len - at;
        len = word_len(line.ptr + at + blanks, line.len - at - blanks);
        if (column > 0 && len > 0 &&
            column + blanks + width((struct slice){line.ptr + at + blanks, len}) > WIDTH) {
            text_puts(out, "\n");
            column = 0;
            at += blanks;
            blanks = 0;
        }
        text_append(out, line.ptr + at, blanks + len);
        column += blanks + width((struct slice){line.ptr + at + blanks, len});
        at += blanks + len;
    }
    text_puts(out, "\n");
}

/* Control characters are made visible before it is wrapped. */
static void put_line(struct text *out, const char *name, struct slice value)
{
    struct text line;

    text_init(&line);
    text_puts(&line, name);
    visible_append(&line, value, "");
    if (text_ok(&line))
        put_wrapped(out, (struct slice){line.ptr, line.len});
    out->failed = out->failed || !text_ok(&line);
    text_release(&line);
}

static void put_lines(struct text *out, struct slice text)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len;
        size_t shown = len > 0 && text.ptr[len - 1] == '\r' ? len - 1 : len;

        put_line(out, "", (struct slice){text.ptr, shown});
        len += end ? 1 : 0;
        text = (struct slice){text.ptr + len, text.len - len};
    }
}

/* Headers in the order in which they stand, but for what every message has. */
static int put_header(void *context, struct slice name, const struct json *value)
{
    struct text *out = context;
    char shown[128];

    if (slice_is(name, "Auto-Submitted"))
        return 0;
    visible_line(name, shown, sizeof(shown) - 2);
    memcpy(shown + strlen(shown), ": ", 3);
    put_line(out, shown, json_text(value));
    return 0;
}

void letter_show(struct slice members, struct text *out)
{
    static const char *const names[][2] = {
        {"from", "From: "}, {"to", "To: "}, {"copy", "Bcc: "}, {"subject", "Subject: "}};
    struct json *doc;
    struct text object;
    struct slice s;

    text_init(&object);
    text_puts(&object, "{");
    text_append(&object, members.ptr, members.len);
    text_puts(&object, "}");
    doc = text_ok(&object) ? json_parse((struct slice){object.ptr, object.len}) : NULL;
    text_release(&object);
    if (!doc) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        s = json_text(json_get(doc, names[i][0]));
        if (s.ptr)
            put_line(out, names[i][1], s);
    }
    json_each(json_get(doc, "headers"), put_header, out);
    for (size_t i = 0; i < json_count(json_get(doc, "files")); i++)
        put_line(out, "Attached: ", json_text(json_at(json_get(doc, "files"), i)));
    text_puts(out, "\n");
    s = json_text(json_get(doc, "text"));
    if (s.ptr)
        put_lines(out, s);
    json_free(doc);
}
