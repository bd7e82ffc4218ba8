/* columns: three ways of being the same name, and what to say where none of them finds one. */
#include "policy/columns.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define NEAR_MAX 64u  /* longer names take no part in guessing */
#define SHOWN_MAX 12u /* names in a message */
#define SHOWN_LEN 40u /* bytes of each */

/* ---- The same name? ---- */

/* The length of the UTF-8 punctuation at the front of s: U+0080..00BF, U+2000..206F, U+3000,
 * U+FEFF. */
static size_t punctuation(struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (s.len >= 2 && p[0] == 0xc2)
        return 2;
    if (s.len < 3)
        return 0;
    bool general = p[0] == 0xe2 && (p[1] == 0x80 || (p[1] == 0x81 && p[2] < 0xb0));
    bool ideographic_space = p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80;
    bool byte_order_mark = p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf;
    return general || ideographic_space || byte_order_mark ? 3 : 0;
}

/* The next byte of s that counts: ASCII letters (in lower case) and digits, and what is not ASCII
 * and not known as punctuation.  -1 at the end.  Moves s. */
static int next_folded(struct slice *s)
{
    while (s->len > 0) {
        size_t skip = punctuation(*s);
        unsigned char c = (unsigned char)*s->ptr;
        bool upper = c >= 'A' && c <= 'Z';
        bool counts =
            skip == 0 && (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80);
        size_t step = skip > 0 ? skip : 1;
        *s = (struct slice){s->ptr + step, s->len - step};
        if (counts)
            return upper ? c - 'A' + 'a' : c;
    }
    return -1;
}

static bool same_folded(struct slice a, struct slice b)
{
    int first = next_folded(&a);
    if (first < 0) /* names without any letter are not all the same */
        return false;
    for (int x = first, y = next_folded(&b); x == y; x = next_folded(&a), y = next_folded(&b)) {
        if (x < 0)
            return true;
    }
    return false;
}

static bool same_but_case(struct slice a, struct slice b)
{
    a = slice_trim(a);
    b = slice_trim(b);
    return a.len == b.len && a.len > 0 && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* ---- The nearest name ---- */

struct folded {
    unsigned char bytes[NEAR_MAX];
    size_t len; /* > NEAR_MAX: too long, bytes are unspecified */
};

static struct folded fold(struct slice s)
{
    struct folded f = {.len = 0};
    for (int c = next_folded(&s); c >= 0 && f.len <= NEAR_MAX; c = next_folded(&s)) {
        if (f.len < NEAR_MAX)
            f.bytes[f.len] = (unsigned char)c;
        f.len++;
    }
    return f;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Damerau-Levenshtein (optimal string alignment).  row[k] is k rows up. */
static size_t distance(const struct folded *a, const struct folded *b)
{
    size_t rows[3][NEAR_MAX + 1];
    size_t *row[3] = {rows[0], rows[1], rows[2]};
    for (size_t j = 0; j <= b->len; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a->len; i++) {
        size_t *oldest = row[2];
        row[2] = row[1];
        row[1] = row[0];
        row[0] = oldest;
        row[0][0] = i;
        for (size_t j = 1; j <= b->len; j++) {
            bool same = a->bytes[i - 1] == b->bytes[j - 1];
            row[0][j] = smallest(row[1][j] + 1, row[0][j - 1] + 1, row[1][j - 1] + !same);
            bool swapped = i > 1 && j > 1 && a->bytes[i - 1] == b->bytes[j - 2] &&
                           a->bytes[i - 2] == b->bytes[j - 1];
            if (swapped && row[2][j - 2] + 1 < row[0][j])
                row[0][j] = row[2][j - 2] + 1;
        }
    }
    return row[0][b->len];
}

/* As columns_nearest, among those nearer than *best, which becomes the distance found. */
static size_t nearer(struct slice name, const struct slice *candidates, size_t n, size_t *best)
{
    struct folded wanted = fold(name);
    size_t found = COLUMNS_NONE;
    if (wanted.len > NEAR_MAX)
        return COLUMNS_NONE;
    for (size_t i = 0; i < n; i++) {
        struct folded candidate = fold(candidates[i]);
        if (candidate.len > NEAR_MAX || candidate.len == 0)
            continue;
        size_t changes = distance(&wanted, &candidate);
        if (changes * 3 <= wanted.len && changes < *best) {
            *best = changes;
            found = i;
        }
    }
    return found;
}

size_t columns_nearest(struct slice name, const struct slice *candidates, size_t n)
{
    size_t best = SIZE_MAX;
    return nearer(name, candidates, n, &best);
}

/* ---- Messages ---- */

/* The name in quotes, cut to a length for reading and at a whole character. */
static void put_name(struct text *t, struct slice name)
{
    size_t len = name.len;
    if (len > SHOWN_LEN) {
        len = SHOWN_LEN;
        while (len > 0 && ((unsigned char)name.ptr[len] & 0xc0) == 0x80)
            len--;
    }
    text_puts(t, "\"");
    text_append(t, name.ptr, len);
    text_puts(t, len < name.len ? "…\"" : "\"");
}

static void put_all(struct text *t, const struct columns *c, size_t nearest)
{
    if (nearest != COLUMNS_NONE) {
        text_puts(t, "nearest is ");
        put_name(t, c->names[nearest]);
        text_puts(t, "; ");
    }
    text_puts(t, "columns are: ");
    for (size_t i = 0; i < c->n && i < SHOWN_MAX; i++) {
        text_puts(t, i > 0 ? ", " : "");
        put_name(t, c->names[i]);
    }
    if (c->n > SHOWN_MAX)
        text_printf(t, ", … (%zu columns)", c->n);
}

/* Sets e to `FILE:LINE: ` and the text, which is released. */
static int fail(const struct columns *c, struct text *t, struct err *e)
{
    if (text_ok(t))
        (void)err_set(e, EXIT_USAGE, "%s:%zu: %s", c->origin, c->line, t->ptr);
    else
        (void)err_nomem(e);
    text_release(t);
    return -1;
}

static int fail_twice(const struct columns *c, size_t a, size_t b, const char *remedy,
                      struct err *e)
{
    struct text t;
    text_init(&t);
    if (slice_equal(c->names[a], c->names[b])) {
        text_puts(&t, "column ");
        put_name(&t, c->names[a]);
        text_printf(&t, " stands twice (columns %zu and %zu): rename one", a + 1, b + 1);
    } else {
        text_puts(&t, "columns ");
        put_name(&t, c->names[a]);
        text_puts(&t, " and ");
        put_name(&t, c->names[b]);
        text_printf(&t, " (columns %zu and %zu) %s", a + 1, b + 1, remedy);
    }
    return fail(c, &t, e);
}

/* ---- Looking up ---- */

int columns_find(const struct columns *c, struct slice name, const char *asked_by, size_t *out,
                 struct err *e)
{
    static bool (*const same[])(struct slice, struct slice) = {slice_equal, same_but_case,
                                                               same_folded};
    for (size_t way = 0; way < sizeof same / sizeof same[0]; way++) {
        size_t found = COLUMNS_NONE;
        for (size_t i = 0; i < c->n; i++) {
            if (!same[way](name, c->names[i]))
                continue;
            if (found != COLUMNS_NONE)
                return fail_twice(c, found, i, "are both meant: write the name exactly", e);
            found = i;
        }
        if (found != COLUMNS_NONE) {
            *out = found;
            return 0;
        }
    }
    struct text t;
    text_init(&t);
    text_puts(&t, "no column ");
    put_name(&t, name);
    text_printf(&t, " (%s): ", asked_by);
    put_all(&t, c, columns_nearest(name, c->names, c->n));
    return fail(c, &t, e);
}

/* Folded: letters and digits in lower case. */
static const char *const recipient_names[] = {
    "address",           "wallet",           "walletaddress",    "walletid",
    "bitbadgesaddress",  "bitbadgeswallet",  "bbaddress",        "bb1address",
    "ethaddress",        "ethereumaddress",  "evmaddress",       "0xaddress",
    "ethwallet",         "ethereumwallet",   "evmwallet",        "ethwalletaddress",
    "cryptowallet",      "cryptoaddress",    "web3wallet",       "cryptowalletaddress",
    "recipient",         "recipientaddress", "accountaddress",   "recipientwallet",
    "publicaddress",     "useraddress",      "userwallet",       "ethereumwalletaddress",
    "blockchainaddress", "metamaskaddress",  "evmwalletaddress",
};
#define RECIPIENT_NAMES (sizeof recipient_names / sizeof recipient_names[0])

static bool is_recipient_name(struct slice name)
{
    for (size_t i = 0; i < RECIPIENT_NAMES; i++) {
        if (same_folded(slice_of(recipient_names[i]), name))
            return true;
    }
    return false;
}

static int fail_no_recipient(const struct columns *c, struct err *e)
{
    struct text t;
    size_t nearest = COLUMNS_NONE, best = SIZE_MAX;
    for (size_t i = 0; i < RECIPIENT_NAMES; i++) {
        size_t found = nearer(slice_of(recipient_names[i]), c->names, c->n, &best);
        if (found != COLUMNS_NONE)
            nearest = found;
    }
    text_init(&t);
    text_puts(&t, "no column is called address, wallet or the like: say which one names the "
                  "recipient with --address COLUMN; ");
    put_all(&t, c, nearest);
    return fail(c, &t, e);
}

int columns_recipient(const struct columns *c, size_t *out, struct err *e)
{
    size_t found = COLUMNS_NONE;
    for (size_t i = 0; i < c->n; i++) {
        if (!is_recipient_name(c->names[i]))
            continue;
        if (found != COLUMNS_NONE)
            return fail_twice(c, found, i,
                              "could both name the recipient: say which with --address COLUMN", e);
        found = i;
    }
    if (found == COLUMNS_NONE)
        return fail_no_recipient(c, e);
    *out = found;
    return 0;
}
