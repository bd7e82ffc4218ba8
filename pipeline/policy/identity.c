/* identity: for each kind, text -> canonical text, or what is wrong with it. */
#include "policy/identity.h"

#include "base/slice.h"
#include "policy/address.h"
#include "policy/cell.h"
#include "policy/domain.h"
#include "policy/noted.h"
#include "policy/unicode.h"
#include "policy/wrapped.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- Addresses ---- */

static bool consists_of(struct slice s, const char *characters)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\0' || !strchr(characters, s.ptr[i]))
            return false;
    }
    return true;
}

static bool holds_any(struct slice s, const char *characters)
{
    for (; *characters != '\0'; characters++) {
        if (memchr(s.ptr, *characters, s.len))
            return true;
    }
    return false;
}

static bool is_word_part(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* More than one 0x or bb1 that something goes before but letters and digits. */
static bool are_several(struct slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        struct slice rest = {s.ptr + i, s.len - i};
        bool begins = i == 0 || !is_word_part(s.ptr[i - 1]);
        n += begins && (slice_begins(rest, "0x") || slice_begins(rest, "bb1"));
    }
    return n > 1;
}

const char identity_no_address[] = "is not an address (0x + 40 hex, or bb1…)";

static const char *why_foreign(struct slice s)
{
    static const char base58[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    if (holds_any(s, "@"))
        return "is an e-mail address: give the wallet's address (0x + 40 hex, or bb1…); if another "
               "file has it, name that with --lookup";
    if (slice_begins(s, "cosmos1"))
        return "is a cosmos1 address: ask for the recipient's 0x or bb1 address";
    if (slice_begins(s, "bc1") || slice_begins(s, "tb1"))
        return "is a Bitcoin address: ask for the recipient's 0x or bb1 address";
    if (s.len == ADDRESS_HEX_DIGITS && consists_of(s, "0123456789abcdefABCDEF"))
        return "lacks the 0x before its 40 hex digits: add it";
    if (s.len >= 26 && s.len <= 44 && consists_of(s, base58))
        return "looks like a Solana or Bitcoin address: ask for the recipient's 0x or bb1 address";
    return identity_no_address;
}

static void copy_lower(struct slice s, char *out)
{
    for (size_t i = 0; i < s.len; i++)
        out[i] = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] - 'A' + 'a') : s.ptr[i];
    out[s.len] = '\0';
}

const char *identity_canonical(struct slice in, char out[IDENTITY_TEXT_MAX])
{
    uint8_t bytes[ADDRESS_MODULE_SIZE];
    size_t n = ADDRESS_SIZE;
    const char *why = NULL;
    struct slice s = slice_trim(in);
    if (s.len == 0)
        return "is empty: give an address (0x + 40 hex, or bb1…)";
    if (slice_ends(s, ".eth"))
        return "is an ENS name: give the address that it stands for (0x + 40 hex)";
    if (are_several(s))
        return "holds more than one address: give one (0x + 40 hex, or bb1…)";
    if (holds_any(s, " \t\r\n,;"))
        return "is more than one word: give one address (0x + 40 hex, or bb1…)";
    if (slice_begins(s, "0x"))
        why = address_read_hex((struct slice){s.ptr + 2, s.len - 2}, bytes);
    else if (slice_begins(s, "bb1"))
        why = address_read_bech32(s, bytes, &n);
    else
        why = why_foreign(s);
    if (!why && slice_begins(s, "bb1")) /* in lower case it is canonical: its padding is zero */
        copy_lower(s, out);
    else if (!why)
        address_write_bech32(bytes, n, out);
    return why;
}

/* Is it an account's address, and none of a module? */
static bool read_account(const char *canonical, uint8_t bytes[ADDRESS_MODULE_SIZE])
{
    size_t n = 0;
    struct slice s = slice_of(canonical);
    return slice_begins(s, "bb1") && !address_read_bech32(s, bytes, &n) && n == ADDRESS_SIZE;
}

int identity_to_hex(const char *canonical, char out[43])
{
    uint8_t bytes[ADDRESS_MODULE_SIZE];
    if (!read_account(canonical, bytes))
        return -1;
    memcpy(out, "0x", 2);
    address_write_hex(bytes, out + 2);
    out[2 + ADDRESS_HEX_DIGITS] = '\0';
    return 0;
}

static bool is_all(const uint8_t bytes[ADDRESS_SIZE], uint8_t byte)
{
    size_t n = 0;
    while (n < ADDRESS_SIZE && bytes[n] == byte)
        n++;
    return n == ADDRESS_SIZE;
}

const char *identity_nobodys(const char *canonical)
{
    uint8_t bytes[ADDRESS_MODULE_SIZE];
    if (!read_account(canonical, bytes))
        return NULL;
    if (is_all(bytes, 0x00))
        return "is the zero address, which is nobody's: give the recipient's own, or say "
               "--allow-burn-address";
    if (is_all(bytes, 0xff) || is_all(bytes, 0xee))
        return "is a burn address, which is nobody's: give the recipient's own, or say "
               "--allow-burn-address";
    return NULL;
}

/* ---- E-mail addresses ---- */

/* U+0080 .. U+009F; s is UTF-8. */
static bool is_c1_control(const unsigned char *p, size_t left)
{
    return left >= 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

static bool holds_control(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char *p = (const unsigned char *)s.ptr + i;
        if (*p < 0x20 || *p == 0x7f || is_c1_control(p, s.len - i))
            return true;
    }
    return false;
}

/* Do several words, of those that blanks, signs of lists and brackets divide, have an @? */
static bool is_list_of(struct slice s)
{
    size_t with = 0;
    bool counted = false;
    for (size_t i = 0; i < s.len; i++) {
        if (strchr(" ,;<>|/()\n", s.ptr[i])) {
            counted = false;
        } else if (s.ptr[i] == '@' && !counted) {
            with++;
            counted = true;
        }
    }
    return with > 1;
}

/* Where the @ stands that is in no quotes. */
static const char *find_at(struct slice s, size_t *at)
{
    static const char several[] = "holds more than one e-mail address: give one";
    bool quoted = false, is_list = is_list_of(s);
    size_t found = s.len;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '"') {
            quoted = !quoted;
        } else if (quoted) {
            i += c == '\\'; /* the next character stands for itself */
        } else if (c == '@') {
            if (found < s.len)
                return is_list ? several
                               : "has more than one @: give one e-mail address, such as "
                                 "jo@example.org";
            found = i;
        } else if (strchr("<>,;()", c) || (strchr(":[]", c) && found == s.len)) {
            return is_list
                       ? several
                       : "is more than an e-mail address: give it alone, such as jo@example.org";
        }
    }
    if (quoted)
        return "has a quote that is not closed: give an e-mail address such as jo@example.org";
    *at = found;
    return NULL;
}

static const char no_domain[] = "has a domain that can't be one: correct what stands after its @";

/* Labels that dots divide, or an address in brackets (RFC 5321, 4.1.2).  Some do have a _. */
static bool is_domain(const char *s)
{
    static const char label[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

    if (*s == '[')
        return s[strlen(s) - 1] == ']';
    for (;; s++) {
        size_t len = strspn(s, label);

        s += len;
        if (len == 0 || (*s != '.' && *s != '\0'))
            return false;
        if (*s == '\0')
            return true;
    }
}

/* In lower case, the domain in ASCII. */
static const char *write_email(struct slice s, char *out)
{
    char lower[IDENTITY_VALUE_MAX];
    if (slice_is_ascii(s)) { /* as nearly always */
        copy_lower(s, out);
        return is_domain(strrchr(out, '@') + 1) ? NULL : no_domain;
    }
    int n = unicode_form(s, UNICODE_LOWER, lower, sizeof(lower));
    char *domain = n < 0 ? NULL : strrchr(lower, '@');
    if (!domain)
        return "is too long: an e-mail address has at most 320 bytes";
    size_t at = (size_t)(domain - lower) + 1;
    memcpy(out, lower, at);
    if (slice_is_ascii(slice_of(domain)))
        memcpy(out + at, domain + 1, strlen(domain + 1) + 1);
    else if (domain_to_ascii(domain + 1, out + at, IDENTITY_VALUE_MAX - at) != 0)
        return no_domain;
    return is_domain(out + at) ? NULL : no_domain;
}

static const char *read_email(struct slice s, char *out)
{
    size_t at = 0;
    if (s.len > IDENTITY_EMAIL_MAX)
        return "is too long: an e-mail address has at most 320 bytes";
    const char *why = find_at(s, &at);
    if (why)
        return why;
    if (memchr(s.ptr, ' ', s.len))
        return "holds a blank: give one e-mail address, such as jo@example.org";
    if (at < s.len && slice_ends(s, "."))
        return "ends with a dot: leave it out, such as jo@example.org";
    if (at == s.len)
        return "is not an e-mail address: it has no @";
    if (at == 0 || at == s.len - 1)
        return "is not an e-mail address: something is missing before or after its @";
    return write_email(s, out);
}

/* As nearly all are: letters, digits and signs around one @, in which nothing has to be looked for. */
static bool read_plain_email(struct slice s, char *out)
{
    size_t at = 0;
    if (s.len > IDENTITY_EMAIL_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '@' ? i == 0 || at > 0
                     : !is_word_part(c) && c != '.' && c != '-' && c != '_' && c != '+')
            return false;
        at = c == '@' ? i : at;
    }
    copy_lower(s, out);
    return at > 0 && is_domain(out + at + 1);
}

/* ---- Ids and usernames ---- */

static const char *read_text(struct slice s, char *out)
{
    if (s.len >= IDENTITY_VALUE_MAX)
        return "is too long: at most 511 bytes are taken";
    memcpy(out, s.ptr, s.len);
    out[s.len] = '\0';
    return NULL;
}

/* ---- All kinds ---- */

static const char *const kind_names[IDENTITY_KINDS] = {
    [IDENTITY_ADDRESS] = "address",
    [IDENTITY_EMAIL] = "email",
    [IDENTITY_ID] = "id",
    [IDENTITY_USERNAME] = "username",
};

const char *identity_kind_name(enum identity_kind k)
{
    return k < IDENTITY_KINDS ? kind_names[k] : "?";
}

/* Inside; which one it is stands in out. */
static bool says_unseen(struct slice s, char out[IDENTITY_VALUE_MAX])
{
    unsigned code = 0;
    if (holds_control(s) || slice_unseen_find(s, &code) == s.len)
        return false;
    snprintf(out, IDENTITY_VALUE_MAX, "holds a character that nobody sees, U+%04X: take it out",
             code);
    return true;
}

const char *identity_lost(struct slice s)
{
    return memmem(s.ptr, s.len, "\xEF\xBF\xBD", 3)
               ? "holds U+FFFD, which stands for a letter that was lost: write it as it was, or "
                 "export the file again as UTF-8"
               : NULL;
}

/* Two texts that look the same are one.  *s is then in buf. */
static const char *read_unicode(enum identity_kind k, struct slice *s, char buf[IDENTITY_VALUE_MAX])
{
    bool narrow = k == IDENTITY_EMAIL || k == IDENTITY_ADDRESS;
    int n =
        unicode_form(*s, UNICODE_DIGITS | (narrow ? UNICODE_NARROW : 0), buf, IDENTITY_VALUE_MAX);
    if (n < 0)
        return "is too long: at most 511 bytes are taken";
    *s = (struct slice){buf, (size_t)n};
    return NULL;
}

static struct slice unwrap_once(enum identity_kind k, struct slice s)
{
    s = cell_value(s);
    return k == IDENTITY_EMAIL     ? noted_email(wrapped_email(s))
           : k == IDENTITY_ADDRESS ? noted_address(wrapped_address(s))
                                   : wrapped_text(s);
}

/* To the last, so that what is read from a canonical form is itself. */
static struct slice unwrap(enum identity_kind k, struct slice s)
{
    size_t before;

    do {
        before = s.len;
        s = unwrap_once(k, s);
    } while (s.len > 0 && s.len < before);
    return s;
}

static const char *read_word(enum identity_kind k, struct slice s, char out[IDENTITY_VALUE_MAX])
{
    if (holds_control(s))
        return "holds a control character, such as a tab or a line break: take it out";
    if (wrapped_in_quotes(s))
        return "stands in quotes, with more of them inside: give it without them";
    const char *lost = identity_lost(s);
    if (lost)
        return lost;
    return k == IDENTITY_EMAIL ? read_email(s, out) : read_text(s, out);
}

static bool names_nobody(struct slice s)
{
    return s.len > 0 && cell_is_nobody(s);
}

static const char *read_any(enum identity_kind k, struct slice in, char out[IDENTITY_VALUE_MAX])
{
    static const char nobody[] = "stands for nobody: fill in who it is, or take the row out";
    char buf[IDENTITY_VALUE_MAX];
    struct slice s = cell_value(in);
    const char *why = NULL;
    if (names_nobody(s)) /* whatever may be found in it */
        return nobody;
    if (!slice_is_utf8(s))
        return "is not UTF-8: export the file again as UTF-8";
    if (!slice_is_ascii(s)) {
        if (says_unseen(s, out))
            return out;
        if ((why = read_unicode(k, &s, buf)))
            return why;
    }
    size_t whole = s.len;
    s = unwrap(k, s);
    if (s.len == 0 && k != IDENTITY_ADDRESS)
        return "is empty: fill in who it is, or take the row out";
    if (s.len < whole && names_nobody(s)) /* <NULL> */
        return nobody;
    if (cell_is_shortened(s))
        return "is a number as Excel shortens it, its digits are lost: format the column as text "
               "and export the file again";
    if (k == IDENTITY_ID && cell_has_zeros(s))
        return "is a number with decimals, in a column that has other values too: give the id as "
               "it is, "
               "or format the column as text and export the file again";
    return k == IDENTITY_ADDRESS ? identity_canonical(s, out) : read_word(k, s, out);
}

const char *identity_read(enum identity_kind k, struct slice in, char out[IDENTITY_VALUE_MAX])
{
    return k == IDENTITY_EMAIL && read_plain_email(in, out) ? NULL : read_any(k, in, out);
}
