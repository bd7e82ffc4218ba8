/* mailaddress: reads the part before the @ and the domain each by its own grammar; the domain becomes ASCII first. */
#include "policy/mailaddress.h"

#include "policy/domain.h"
#include "policy/identity.h"
#include "policy/unicode.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63  /* RFC 1035, 2.3.4 */
#define UTF8_MAX 1024 /* of an address whose domain is not in ASCII yet */

static const char too_long[] = "is too long: an e-mail address has at most 254 bytes, 64 of them "
                               "before its @";
static const char bad_domain[] = "has a domain that can't be one: correct what stands after its @";
static const char more_than_one[] = "holds more than one e-mail address: give one";

bool mailaddress_is_ascii(struct slice canonical)
{
    return slice_is_ascii(canonical);
}

/* Where the last @ is, or s.len. */
static size_t find_at(struct slice s)
{
    const char *at = memrchr(s.ptr, '@', s.len);

    return at ? (size_t)(at - s.ptr) : s.len;
}

struct slice mailaddress_domain(struct slice address)
{
    size_t at = find_at(address);

    return at == address.len ? (struct slice){"", 0}
                             : (struct slice){address.ptr + at + 1, address.len - at - 1};
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- what no address holds ---- */

static bool holds_control(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static const char *check_characters(struct slice s)
{
    const char *lost;

    if (s.len == 0)
        return "is empty: give an e-mail address";
    if (holds_control(s))
        return "holds a control character, such as a tab or a line break: take it out";
    if (!slice_is_utf8(s))
        return "is not UTF-8: export the file again as UTF-8";
    if ((lost = identity_lost(s)))
        return lost;
    if (slice_unseen_find(s, NULL) < s.len)
        return "holds a character that nobody sees: take it out";
    return NULL;
}

/* ---- before the @ ---- */

/* RFC 5322, 3.2.3, and by RFC 6531, 3.3 all that is not ASCII. */
static bool is_atom_part(char c)
{
    return (unsigned char)c >= 0x80 || is_letter_or_digit(c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static const char *check_dotted(struct slice local)
{
    for (size_t i = 0; i < local.len; i++) {
        char c = local.ptr[i];

        if (c == '@')
            return "has more than one @: give one e-mail address, such as jo@example.org";
        if (c == ' ')
            return "holds a blank: give one e-mail address, such as jo@example.org";
        if (c == '.' && (i == 0 || i == local.len - 1))
            return "has a dot at the begin or end of what stands before its @: leave it out";
        if (c == '.' && local.ptr[i - 1] == '.')
            return "has two dots in a row: leave one out";
        if (c != '.' && !is_atom_part(c))
            return "holds a character that an e-mail address can't have: give it alone, such as "
                   "jo@example.org";
    }
    return NULL;
}

/* `"Jo Q"@example.org`: what is in quotes may be anything (RFC 5321, 4.1.2). */
static const char *check_quoted(struct slice local)
{
    static const char unfit[] = "has quotes in the wrong place: they stand around all that is "
                                "before its @, and \\ before those inside";
    size_t i = 1;

    if (local.len < 2 || local.ptr[local.len - 1] != '"')
        return unfit;
    for (; i < local.len - 1; i++)
        if (local.ptr[i] == '"' || (local.ptr[i] == '\\' && ++i == local.len - 1))
            return unfit;
    return NULL;
}

static const char *check_local(struct slice local)
{
    if (local.len == 0)
        return "is not an e-mail address: something is missing before its @";
    if (local.len > MAILADDRESS_LOCAL_MAX)
        return too_long;
    return local.ptr[0] == '"' ? check_quoted(local) : check_dotted(local);
}

/* ---- the domain ---- */

/* [192.0.2.1], [IPv6:2001:db8::1]. */
static bool is_literal(const char *domain)
{
    char host[INET6_ADDRSTRLEN + sizeof("IPv6:")];
    unsigned char bytes[sizeof(struct in6_addr)];
    size_t len = strlen(domain);

    if (len < 3 || domain[len - 1] != ']' || len - 2 >= sizeof(host))
        return false;
    memcpy(host, domain + 1, len - 2);
    host[len - 2] = '\0';
    if (slice_begins(slice_of(host), "IPv6:"))
        return inet_pton(AF_INET6, host + strlen("IPv6:"), bytes) == 1;
    return inet_pton(AF_INET, host, bytes) == 1;
}

/* Letters, digits, hyphens inside; some do have a _. */
static bool is_label(const char *s, size_t len)
{
    if (len == 0 || len > LABEL_MAX || s[0] == '-' || s[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_letter_or_digit(s[i]) && s[i] != '-' && s[i] != '_')
            return false;
    return true;
}

/* In ASCII and lower case. */
static const char *check_domain(const char *domain)
{
    static const char digits[] = "0123456789.";
    const char *label = domain, *dot;

    if (domain[0] == '[')
        return is_literal(domain) ? NULL : bad_domain;
    if (strcmp(domain, "localhost") == 0)
        return NULL;
    if (!strchr(domain, '.'))
        return "has a domain without a dot: give all of it, such as example.org";
    if (strspn(domain, digits) == strlen(domain))
        return "has an IP address in place of a domain: give the domain, such as example.org";
    for (; (dot = strchr(label, '.')); label = dot + 1)
        if (!is_label(label, (size_t)(dot - label)))
            return bad_domain;
    return is_label(label, strlen(label)) ? NULL : bad_domain;
}

/* The domain's one form into out. */
static const char *write_domain(struct slice domain, char out[MAILADDRESS_MAX + 1])
{
    char utf8[UTF8_MAX];

    if (domain.len == 0)
        return "is not an e-mail address: something is missing after its @";
    if (domain.ptr[domain.len - 1] == '.')
        return "ends with a dot: leave it out, such as jo@example.org";
    if (memchr(domain.ptr, ' ', domain.len))
        return "holds a blank: give one e-mail address, such as jo@example.org";
    if (domain.len >= sizeof(utf8) || (slice_is_ascii(domain) && domain.len > MAILADDRESS_MAX))
        return too_long;
    memcpy(utf8, domain.ptr, domain.len);
    utf8[domain.len] = '\0';
    if (!slice_is_ascii(domain))
        return domain_to_ascii(utf8, out, MAILADDRESS_MAX + 1) == 0 ? check_domain(out)
                                                                    : bad_domain;
    for (size_t i = 0; i <= domain.len; i++)
        out[i] = utf8[0] != '[' && utf8[i] >= 'A' && utf8[i] <= 'Z' ? (char)(utf8[i] - 'A' + 'a')
                                                                    : utf8[i];
    return check_domain(out);
}

/* ---- all of it ---- */

const char *mailaddress_check(struct slice address, struct text *canonical)
{
    struct slice s = slice_trim(address), local;
    char domain[MAILADDRESS_MAX + 1] = "", nfc[UTF8_MAX];
    const char *why = check_characters(s);
    size_t at;
    int n;

    text_clear(canonical);
    if (why)
        return why;
    at = find_at(s);
    if (at == s.len)
        return "is not an e-mail address: it has no @";
    if (at >= sizeof(nfc))
        return too_long;
    n = unicode_form((struct slice){s.ptr, at}, 0, nfc, sizeof(nfc));
    if (n < 0)
        return too_long;
    local = (struct slice){nfc, (size_t)n};
    if ((why = check_local(local)) || (why = write_domain(mailaddress_domain(s), domain)))
        return why;
    if (local.len + 1 + strlen(domain) > MAILADDRESS_MAX)
        return too_long;
    text_append(canonical, local.ptr, local.len);
    text_printf(canonical, "@%s", domain);
    return NULL;
}

/* ---- with a name ---- */

/* The < that is in no quotes, or s.len; the name before it, without quotes, into name. */
static const char *read_name(struct slice s, struct text *name, size_t *open)
{
    bool quoted = false;
    size_t i = 0;

    for (; i < s.len && (quoted || s.ptr[i] != '<'); i++) {
        if (s.ptr[i] == '"')
            quoted = !quoted;
        else if (!quoted && s.ptr[i] == '@')
            return more_than_one;
        else if (quoted && s.ptr[i] == '\\' && i + 1 < s.len)
            text_append(name, &s.ptr[++i], 1);
        else
            text_append(name, &s.ptr[i], 1);
    }
    *open = i;
    return quoted ? "has a quote that is not closed: write \"Lee, Ann\" <ann@example.org>" : NULL;
}

static void trim_text(struct text *t)
{
    struct slice all = {t->ptr, t->len}, inner = slice_trim(all);

    if (inner.len == all.len || !text_ok(t))
        return;
    memmove(t->ptr, inner.ptr, inner.len);
    t->len = inner.len;
    t->ptr[t->len] = '\0';
}

const char *mailaddress_split(struct slice field, struct text *name, struct slice *address)
{
    struct slice s = slice_trim(field);
    const char *why;
    size_t open;

    text_clear(name);
    *address = s;
    if (holds_control(s))
        return "holds a control character, such as a tab or a line break: take it out";
    if (s.len == 0 || s.ptr[s.len - 1] != '>') {
        struct slice rest = {s.ptr, find_at(s)};

        /* `a@b, c@d`, where the name and the angle are not there to tell */
        if (rest.len < s.len && rest.len > 0 && rest.ptr[0] != '"' && memchr(s.ptr, ',', s.len))
            return more_than_one;
        if (s.len > 0 && memchr(s.ptr, '<', s.len))
            return "has a < without its > at the end: write Ann Lee <ann@example.org>";
        return NULL;
    }
    if ((why = read_name(s, name, &open)))
        return why;
    if (open == s.len)
        return "has a > without its <: write Ann Lee <ann@example.org>";
    *address = slice_trim((struct slice){s.ptr + open + 1, s.len - open - 2});
    if (memchr(address->ptr, '<', address->len) || memchr(address->ptr, '>', address->len))
        return more_than_one;
    trim_text(name);
    return NULL;
}

bool mailaddress_next(struct slice *rest, struct slice *one)
{
    do {
        bool quoted = false, angle = false;
        size_t i = 0;

        if (rest->len == 0)
            return false;
        for (; i < rest->len && (quoted || angle || rest->ptr[i] != ','); i++) {
            if (quoted && rest->ptr[i] == '\\')
                i++;
            else if (rest->ptr[i] == '"')
                quoted = !quoted;
            else if (!quoted)
                angle = rest->ptr[i] == '<' || (angle && rest->ptr[i] != '>');
        }
        i = i < rest->len ? i : rest->len; /* a backslash may be its last byte */
        *one = slice_trim((struct slice){rest->ptr, i});
        i += i < rest->len;
        *rest = (struct slice){rest->ptr + i, rest->len - i};
    } while (one->len == 0);
    return true;
}
