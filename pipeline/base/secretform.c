/* secretform: one way through the characters; the first that nobody sees is told. */
#include "base/secretform.h"

#include "base/slice.h"

#include <stdio.h>

#define BYTE_ORDER_MARK 0xfeffu
#define NOT_UTF8 0xffffffffu

static const struct {
    unsigned code;
    const char *name;
} names[] = {
    {' ', "a blank"},
    {'\t', "a tab"},
    {'\n', "a line end"},
    {'\r', "a carriage return, as Windows writes it at line ends"},
    {0xa0, "a no-break space"},
    {0xad, "a soft hyphen"},
    {0x200b, "a zero-width space"},
    {0x200c, "a zero-width non-joiner"},
    {0x200d, "a zero-width joiner"},
    {0x200e, "a left-to-right mark"},
    {0x200f, "a right-to-left mark"},
    {0x2060, "a word joiner"},
    {0x3000, "a wide blank"},
    {BYTE_ORDER_MARK, "a byte order mark"},
};

static const char *name_of(unsigned code)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].name;
    return code < ' ' || (code >= 0x7f && code < 0xa0) ? "a control character"
                                                       : "which nobody sees";
}

/* The character at hand. */
struct character {
    size_t len;
    unsigned code;       /* if it is unseen, a control or a blank, or NOT_UTF8; else 0 */
    bool ascii, control; /* control: U+0000 to U+001F, U+007F to U+009F */
};

static struct character look(struct slice s)
{
    unsigned char first = (unsigned char)*s.ptr;
    struct character c = {.len = slice_character(s), .ascii = first < 0x80};

    if (c.len == 0)
        return (struct character){.len = 1, .code = NOT_UTF8};
    if (c.ascii) {
        c.control = first < ' ' || first == 0x7f;
        c.code = c.control || first == ' ' ? first : 0;
    } else if (first == 0xc2 && (unsigned char)s.ptr[1] < 0xa0) {
        c.control = true;
        c.code = (unsigned char)s.ptr[1];
    } else {
        slice_unseen_first(s, &c.code);
    }
    return c;
}

static bool is_joiner(unsigned code)
{
    return code == 0x200c || code == 0x200d;
}

static bool is_selector(unsigned code)
{
    return code >= 0xfe00 && code <= 0xfe0f;
}

/* A part of what is seen: a selector behind a character, as in the keycap 1, and a joiner between two that are
 * not ASCII. */
static bool is_part(const struct character *before, const struct character *c, struct slice rest)
{
    struct character next;

    if (!before->len || before->code)
        return false;
    if (is_selector(c->code))
        return true;
    if (!is_joiner(c->code) || before->ascii || rest.len == 0)
        return false;
    next = look(rest);
    return !next.code && !next.ascii;
}

static bool may_stay(const struct character *c, enum secretform form)
{
    return form == SECRETFORM_GIVEN && !c->control && c->code != BYTE_ORDER_MARK;
}

static void tell(const struct character *c, size_t number, bool first, bool last, char *why)
{
    char place[40];

    snprintf(place, sizeof(place), "its character %zu is", number);
    if (first || last)
        snprintf(place, sizeof(place), first ? "it begins with" : "it ends with");
    if (c->code == NOT_UTF8)
        snprintf(why, SECRETFORM_TEXT_MAX, "%s a byte that is not UTF-8", place);
    else
        snprintf(why, SECRETFORM_TEXT_MAX, "%s U+%04X (%s)", place, c->code, name_of(c->code));
}

bool secretform_is_meant(struct slice s, enum secretform form, char why[SECRETFORM_TEXT_MAX])
{
    struct slice seen = slice_trim(s);
    size_t number = 0, end = (size_t)(seen.ptr + seen.len - s.ptr); /* behind it is nothing seen */
    struct character before = {0};

    for (size_t at = 0; at < s.len; number++) {
        struct character c = look((struct slice){s.ptr + at, s.len - at});
        struct slice rest = {s.ptr + at + c.len, s.len - at - c.len};

        at += c.len;
        if (is_part(&before, &c, rest))
            continue; /* what it belongs to is still the one before */
        bool inner_blank = c.code == ' ' && number > 0 && at < end;
        if (c.code && !inner_blank && !may_stay(&c, form)) {
            tell(&c, number + 1, number == 0, at >= end, why);
            return false;
        }
        before = c;
    }
    return true;
}
