/*
 * mailwords: a value is either written as it is, folded where it has blanks, or as encoded words throughout: a mixture
 * would have to say which blanks between words count (RFC 2047, 6.2).
 */
#include "policy/mailwords.h"

#include "base/base64.h"

#include "policy/mailaddress.h"

#include <stdbool.h>
#include <string.h>

#define LINE_MAX 76 /* where a line is folded: 78 less what may still follow */
#define WORD_MAX 75 /* of an encoded word (RFC 2047, 2) */
#define WORD_HEAD "=?UTF-8?B?"
#define PARAM_MAX 54 /* bytes of a section of a parameter, which has up to 24 around it */

static const char hex[] = "0123456789ABCDEF";

const char *mailwords_fault(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == '\r' || value.ptr[i] == '\n' || value.ptr[i] == '\0')
            return "holds a line break, which a field of a message can't";
    return NULL;
}

static bool is_ascii(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' || (unsigned char)s.ptr[i] > '~')
            return false;
    return true;
}

/* It would be read as an encoded word, and is none. */
static bool looks_encoded(struct slice s)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.ptr[i] == '=' && s.ptr[i + 1] == '?')
            return true;
    return false;
}

/* A word that no line holds can't be folded but as encoded words; a line of more than 998 bytes is cut or refused. */
static bool has_long_word(struct slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len && n < LINE_MAX; i++)
        n = s.ptr[i] == ' ' ? 0 : n + 1;
    return n >= LINE_MAX;
}

static bool must_encode(struct slice s)
{
    return !is_ascii(s) || looks_encoded(s) || has_long_word(s);
}

/* ---- lines ---- */

/* The bytes of the line that is being written. */
static size_t line_len(const struct text *out)
{
    size_t n = 0;

    while (n < out->len && out->ptr[out->len - 1 - n] != '\n')
        n++;
    return n;
}

static void fold_for(struct text *out, size_t len)
{
    size_t at = line_len(out);

    if (at > 1 && at + len > LINE_MAX)
        text_puts(out, "\r\n");
    text_puts(out, " ");
}

/* Words of ASCII; a run of blanks is kept, before the word that it stands before. */
static void put_words(struct text *out, struct slice value)
{
    size_t at = 0;

    while (at < value.len) {
        size_t from = at, begin;

        while (at < value.len && value.ptr[at] == ' ')
            at++;
        begin = at;
        while (at < value.len && value.ptr[at] != ' ')
            at++;
        fold_for(out, at - begin + 1);
        /* fold_for has put one blank; a field's first word has none of its own. */
        for (size_t i = from + 1; i < begin; i++)
            text_puts(out, " ");
        text_append(out, value.ptr + begin, at - begin);
    }
}

/* ---- encoded words ---- */

void mailwords_base64(struct text *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        char four[4];

        text_append(out, four,
                    base64_encode(bytes.ptr + i, bytes.len - i < 3 ? bytes.len - i : 3, four));
    }
}

static bool needs_q(unsigned char c)
{
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == ' ');
}

static size_t q_len(struct slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += needs_q((unsigned char)s.ptr[i]) ? 3 : 1;
    return n;
}

static void put_q(struct text *out, struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c == ' ')
            text_puts(out, "_");
        else if (needs_q(c))
            text_append(out, (char[]){'=', hex[c >> 4], hex[c & 15]}, 3);
        else
            text_append(out, &s.ptr[i], 1);
    }
}

/* So many bytes of whole characters, which the encoding makes `most` of at the most. */
static size_t take_chars(struct slice s, bool q, size_t most)
{
    size_t n = 0;

    while (n < s.len) {
        size_t next = n + 1;

        while (next < s.len && ((unsigned char)s.ptr[next] & 0xc0) == 0x80)
            next++;
        if (n > 0 && (q ? q_len((struct slice){s.ptr, next}) : (next + 2) / 3 * 4) > most)
            break;
        n = next;
    }
    return n;
}

/* The shorter of the two encodings, in words that are each on a line with what fits. */
static void put_encoded(struct text *out, struct slice value)
{
    bool q = q_len(value) <= (value.len + 2) / 3 * 4;
    const size_t around = sizeof(WORD_HEAD) - 1 + 2;

    while (value.len > 0) {
        size_t at = line_len(out), room = WORD_MAX - around, n;

        if (at + 1 + around + 12 > LINE_MAX) {
            text_puts(out, "\r\n");
            at = 0;
        }
        if (at + 1 + WORD_MAX > LINE_MAX)
            room = LINE_MAX - at - 1 - around;
        n = take_chars(value, q, room);
        text_puts(out, q ? " =?UTF-8?Q?" : " " WORD_HEAD);
        if (q)
            put_q(out, (struct slice){value.ptr, n});
        else
            mailwords_base64(out, (struct slice){value.ptr, n});
        text_puts(out, "?=");
        value = (struct slice){value.ptr + n, value.len - n};
    }
}

/* ---- fields ---- */

static void begin(struct text *out, const char *name)
{
    text_puts(out, name);
    text_puts(out, ":");
}

void mailwords_text(struct text *out, const char *name, struct slice value)
{
    value = slice_trim(value);
    begin(out, name);
    if (!must_encode(value))
        put_words(out, value);
    else
        put_encoded(out, value);
    text_puts(out, "\r\n");
}

void mailwords_plain(struct text *out, const char *name, struct slice value)
{
    begin(out, name);
    put_words(out, slice_trim(value));
    text_puts(out, "\r\n");
}

/* Letters, digits and blanks need no quotes; what else is ASCII does (RFC 5322, 3.2.4). */
static void put_display(struct text *out, struct slice display)
{
    struct text quoted;
    bool bare = true;

    if (must_encode(display)) {
        put_encoded(out, display);
        return;
    }
    for (size_t i = 0; i < display.len; i++)
        bare = bare && (!needs_q((unsigned char)display.ptr[i]) || display.ptr[i] == '-');
    if (bare) {
        put_words(out, display);
        return;
    }
    text_init(&quoted);
    text_puts(&quoted, "\"");
    for (size_t i = 0; i < display.len; i++) {
        if (display.ptr[i] == '"' || display.ptr[i] == '\\')
            text_puts(&quoted, "\\");
        text_append(&quoted, &display.ptr[i], 1);
    }
    text_puts(&quoted, "\"");
    if (text_ok(&quoted))
        put_words(out, (struct slice){quoted.ptr, quoted.len});
    else
        out->failed = true;
    text_release(&quoted);
}

static void put_address(struct text *out, struct slice display, struct slice address)
{
    display = slice_trim(display);
    if (display.len > 0)
        put_display(out, display);
    fold_for(out, address.len + 3);
    text_puts(out, display.len > 0 ? "<" : "");
    text_append(out, address.ptr, address.len);
    text_puts(out, display.len > 0 ? ">" : "");
}

void mailwords_address(struct text *out, const char *name, struct slice display,
                       struct slice address)
{
    begin(out, name);
    put_address(out, display, address);
    text_puts(out, "\r\n");
}

void mailwords_addresses(struct text *out, const char *name, struct slice list)
{
    struct slice one, address;
    struct text display;

    text_init(&display);
    begin(out, name);
    for (bool first = true; mailaddress_next(&list, &one); first = false) {
        if (mailaddress_split(one, &display, &address) != NULL)
            continue; /* which who made the list has refused */
        text_puts(out, first ? "" : ",");
        put_address(out, (struct slice){display.ptr, display.len}, address);
        out->failed = out->failed || !text_ok(&display);
    }
    text_puts(out, "\r\n");
    text_release(&display);
}

/* ---- parameters ---- */

static bool is_attribute_char(unsigned char c)
{
    return !needs_q(c) && c != ' ' ? true : c == '.' || c == '-' || c == '_';
}

static void put_quoted(struct text *out, const char *name, struct slice value)
{
    text_printf(out, ";\r\n %s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\')
            text_puts(out, "\\");
        text_append(out, &value.ptr[i], 1);
    }
    text_puts(out, "\"");
}

static void put_percent(struct text *out, struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (is_attribute_char(c))
            text_append(out, &s.ptr[i], 1);
        else
            text_append(out, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}

static size_t percent_len(struct slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += is_attribute_char((unsigned char)s.ptr[i]) ? 1 : 3;
    return n;
}

static size_t take_section(struct slice s)
{
    size_t n = 0;

    while (n < s.len) {
        size_t next = n + 1;

        while (next < s.len && ((unsigned char)s.ptr[next] & 0xc0) == 0x80)
            next++;
        if (n > 0 && percent_len((struct slice){s.ptr, next}) > PARAM_MAX)
            break;
        n = next;
    }
    return n;
}

void mailwords_param(struct text *out, const char *name, struct slice value)
{
    if (is_ascii(value) && value.len <= PARAM_MAX) {
        put_quoted(out, name, value);
        return;
    }
    if (percent_len(value) <= PARAM_MAX) {
        text_printf(out, ";\r\n %s*=UTF-8''", name);
        put_percent(out, value);
        return;
    }
    for (unsigned i = 0; value.len > 0; i++) {
        size_t n = take_section(value);

        text_printf(out, ";\r\n %s*%u*=%s", name, i, i == 0 ? "UTF-8''" : "");
        put_percent(out, (struct slice){value.ptr, n});
        value = (struct slice){value.ptr + n, value.len - n};
    }
}
