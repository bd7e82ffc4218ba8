/*
 * redact: a text is read in every way that it may be spelt (views; see redact_view.h), and each view is
 * condensed, as each secret is, so that what stands between their bytes does not matter.  Then it is plain
 * search.  What is found is marked in the text itself.
 */
#include "policy/redact.h"

#include "base/crashpoint.h"
#include "base/mem.h"
#include "base/visible.h"
#include "policy/redact_view.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VIEWS_MAX (1 + REDACT_ESCAPES + REDACT_ESCAPES * REDACT_ESCAPES)
#define BASE64_MIN 5 /* characters of which the first 3 bytes and most of the fourth can be read */
#define HEX_MIN 8    /* digits of REDACT_MIN bytes */
#define HASH_LEN 64  /* of a code made from a seed */
#define HASH_CUT_MIN 16
#define UNCUT_MIN                                                                                  \
    8 /* bytes of a secret's beginning that are hidden also where nothing tells of a cut */

struct reading {
    struct redact_view whole, plain, dense; /* the latter two are of the first */
    bool *cuts;                             /* of the first */
};

struct redaction {
    struct slice text;
    bool *hidden; /* by byte of text */
    struct reading readings[VIEWS_MAX];
    size_t n;
    bool failed; /* no memory: nothing is shown */
};

/* ---- secrets ---- */

int redact_add(struct redact *r, const char *secret)
{
    if (r->n == REDACT_SECRETS_MAX)
        return -1;
    r->secrets[r->n++] = secret;
    return 0;
}

/* s without what can't be seen in it; released by the caller. */
static bool condense(struct slice s, struct redact_view *out)
{
    struct redact_view v;

    *out = (struct redact_view){.bytes = NULL};
    redact_view_of(&v, s);
    if (v.bytes)
        redact_view_condense(out, &v, false);
    redact_view_release(&v);
    return out->bytes != NULL;
}

bool redact_is_short(const char *secret)
{
    struct redact_view v;
    bool is_short = condense(slice_of(secret), &v) && v.n < REDACT_MIN;

    redact_view_release(&v);
    return is_short;
}

bool redact_is_secret_name(const char *name)
{
    static const char *const words[] = {"pass", "code", "secret",    "token",
                                        "seed", "key",  "credential"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasestr(name, words[i]))
            return true;
    return strcasecmp(name, "pin") == 0;
}

/* ---- a text ---- */

static void add_reading(struct redaction *x, const struct redact_view *whole)
{
    struct reading *r = &x->readings[x->n++];

    r->whole = *whole;
    redact_view_condense(&r->plain, whole, false);
    redact_view_condense(&r->dense, whole, true);
    r->cuts = mem_zero(whole->n + 1, sizeof(*r->cuts));
    if (whole->bytes && r->cuts)
        redact_view_find_cuts(whole, r->cuts);
    x->failed = x->failed || !whole->bytes || !r->plain.bytes || !r->dense.bytes || !r->cuts;
}

/* Reads the view at i with each kind of escape resolved, if it has some. */
static void resolve_all(struct redaction *x, size_t i)
{
    for (int k = 0; k < REDACT_ESCAPES && !x->failed; k++) {
        struct redact_view v;

        redact_view_resolve(&v, &x->readings[i].whole, (enum redact_escape)k);
        if (v.bytes && !v.changed)
            redact_view_release(&v);
        else
            add_reading(x, &v);
    }
}

/* Codes made from a seed: [0-9a-f]{64}-[0-9]+. */
static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Of a run of n digits at `at`: how much is a code, or the beginning of one before a cut (but not of 0x…, an
 * address). */
static size_t code_len(const struct reading *r, size_t at, size_t n)
{
    const struct redact_view *v = &r->whole;
    size_t len = n + 1;

    if (at > 0 && (v->bytes[at - 1] | 0x20) == 'x')
        return 0;
    if (n == HASH_LEN && at + n < v->n && v->bytes[at + n] == '-') {
        while (at + len < v->n && v->bytes[at + len] >= '0' && v->bytes[at + len] <= '9')
            len++;
        return len;
    }
    return n >= HASH_CUT_MIN && n <= HASH_LEN && r->cuts[at + n] ? n : 0;
}

static void hide_seed_codes(struct redaction *x)
{
    const struct redact_view *v = &x->readings[0].whole;

    for (size_t at = 0, n; at < v->n; at += n + 1) {
        for (n = 0; at + n < v->n && is_hex(v->bytes[at + n]); n++)
            continue;
        for (size_t i = 0, len = n ? code_len(&x->readings[0], at, n) : 0; i < len; i++)
            x->hidden[at + i] = true;
    }
}

struct redaction *redaction_new(struct slice s)
{
    struct redaction *x = mem_zero(1, sizeof(*x));
    struct redact_view v;
    size_t first;

    if (!x)
        return NULL;
    x->text = s;
    if (x->text.len > REDACT_SCANNED_MAX)
        x->text.len = REDACT_SCANNED_MAX;
    x->hidden = mem_zero(x->text.len + 1, sizeof(*x->hidden));
    x->failed = !x->hidden;
    redact_view_of(&v, x->text);
    add_reading(x, &v);
    if (!x->failed)
        resolve_all(x, 0);
    first = x->n;
    for (size_t i = 1; i < first; i++)
        resolve_all(x, i);
    if (!x->failed)
        hide_seed_codes(x);
    return x;
}

static void redaction_free(struct redaction *x)
{
    for (size_t i = 0; i < x->n; i++) {
        free(x->readings[i].cuts);
        redact_view_release(&x->readings[i].dense);
        redact_view_release(&x->readings[i].plain);
        redact_view_release(&x->readings[i].whole);
    }
    free(x->hidden);
    free(x);
}

/* ---- finding ---- */

/* What is looked for in every reading. */
struct needle {
    struct slice bytes;
    size_t least; /* so much of its beginning is hidden at a cut */
    bool dense;   /* it is of the dense view */
    bool word;    /* only where it stands alone */
    bool wide;    /* the characters beside it tell some bits of it */
};

/* The bytes at .. at + n - 1 of a condensed view. */
static void mark(struct redaction *x, const struct reading *r, const struct redact_view *condensed,
                 size_t at, size_t n)
{
    size_t first = condensed->from[at], last = condensed->from[at + n - 1];

    for (uint32_t i = r->whole.from[first]; i < r->whole.to[last]; i++)
        x->hidden[i] = true;
}

static bool is_word_byte(char c)
{
    return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') ||
           ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool stands_alone(const struct reading *r, size_t at, size_t n)
{
    size_t first = r->plain.from[at], last = r->plain.from[at + n - 1];

    return (first == 0 || !is_word_byte(r->whole.bytes[first - 1])) &&
           (last + 1 == r->whole.n || !is_word_byte(r->whole.bytes[last + 1]));
}

static void mark_found(struct redaction *x, const struct reading *r, const struct needle *k,
                       size_t at, size_t n)
{
    const struct redact_view *v = k->dense ? &r->dense : &r->plain;

    if (k->word && !stands_alone(r, at, n))
        return;
    if (k->wide && at > 0 && is_word_byte(v->bytes[at - 1])) {
        at--;
        n++;
    }
    if (k->wide && at + n < v->n && is_word_byte(v->bytes[at + n]))
        n++;
    mark(x, r, v, at, n);
}

/* Before a cut, what can't be seen from i on may be the secret's as well. */
static void mark_unseen(struct redaction *x, const struct reading *r, size_t i)
{
    for (size_t len; i < r->whole.n && (len = redact_view_unseen(&r->whole, i)) > 0; i += len)
        for (uint32_t k = r->whole.from[i]; k < r->whole.to[i + len - 1]; k++)
            x->hidden[k] = true;
}

/* Nobody says that a text in quotes is cut; but half of a secret is no word of the language. */
static size_t least_of(const struct needle *k, bool cut)
{
    size_t half = k->bytes.len / 2 > UNCUT_MIN ? k->bytes.len / 2 : UNCUT_MIN;

    return cut || half < k->least ? k->least : half;
}

/* Where a word of view `v` ends after n of its bytes, as much of the needle's beginning as stands there. */
static void find_cut(struct redaction *x, const struct reading *r, const struct redact_view *v,
                     const struct needle *k, size_t n, bool cut)
{
    size_t len = k->bytes.len - 1 < n ? k->bytes.len - 1 : n;

    for (size_t least = least_of(k, cut); len >= least; len--)
        if (v->bytes[n - len] == k->bytes.ptr[0] &&
            memcmp(v->bytes + n - len, k->bytes.ptr, len) == 0) {
            mark_found(x, r, k, n - len, len);
            mark_unseen(x, r, v->from[n - 1] + 1);
            return;
        }
}

static void find_in(struct redaction *x, const struct reading *r, const struct needle *k)
{
    const struct redact_view *v = k->dense ? &r->dense : &r->plain;
    const char *at = v->bytes, *end = v->bytes + v->n;

    while ((at = memmem(at, (size_t)(end - at), k->bytes.ptr, k->bytes.len)))
        mark_found(x, r, k, (size_t)(at++ - v->bytes), k->bytes.len);
    for (size_t n = k->least; !k->word && n <= v->n; n++) {
        /* Before a letter is no cut: most places are passed over at once. */
        bool goes_on = n < v->n && v->from[n] == v->from[n - 1] + 1 &&
                       (unsigned char)v->bytes[n] < 0x80 && is_word_byte(v->bytes[n]);

        if (!goes_on)
            find_cut(x, r, v, k, n, r->cuts[v->from[n - 1] + 1]);
    }
}

static void find(struct redaction *x, const struct needle *k)
{
    for (size_t i = 0; k->bytes.len > 0 && i < x->n; i++)
        find_in(x, &x->readings[i], k);
}

/* ---- how secrets are spelt ---- */

static void find_plain(struct redaction *x, struct slice condensed)
{
    bool is_short = condensed.len < REDACT_MIN;

    find(x, &(struct needle){.bytes = condensed, .least = REDACT_MIN, .word = is_short});
}

static void find_hex(struct redaction *x, struct slice s, const char *digits)
{
    char *hex = mem_zero(s.len + 1, 2);

    x->failed = x->failed || !hex;
    for (size_t i = 0; hex && i < s.len; i++) {
        hex[2 * i] = digits[(unsigned char)s.ptr[i] >> 4];
        hex[2 * i + 1] = digits[(unsigned char)s.ptr[i] & 0xf];
    }
    if (hex) {
        find(x, &(struct needle){.bytes = {hex, 2 * s.len}, .least = HEX_MIN});
        explicit_bzero(hex, 2 * s.len);
    }
    free(hex);
}

/* Those characters of the base64 of s, with `before` bytes before it, which s alone decides; without the two
 * that the alphabets spell differently. */
static size_t encode_base64(struct slice s, size_t before, char *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0, bits = 8 * (before + s.len);

    for (size_t bit = (8 * before + 5) / 6 * 6; bit + 6 <= bits; bit += 6) {
        size_t i = bit / 8 - before, shift = bit % 8;
        unsigned pair = (unsigned)(unsigned char)s.ptr[i] << 8 |
                        (i + 1 < s.len ? (unsigned char)s.ptr[i + 1] : 0);
        char c = alphabet[pair >> (10 - shift) & 0x3f];

        if (c != '+' && c != '/')
            out[n++] = c;
    }
    return n;
}

static void find_base64(struct redaction *x, struct slice s)
{
    char *out = mem_zero(s.len + 1, 2);

    x->failed = x->failed || !out;
    for (size_t before = 0; out && before < 3; before++) {
        struct needle k = {.bytes = {out, encode_base64(s, before, out)},
                           .least = BASE64_MIN,
                           .dense = true,
                           .wide = true};

        find(x, &k);
    }
    if (out)
        explicit_bzero(out, 2 * s.len);
    free(out);
}

/* The secret as a terminal shows it, if it has sequences for that in it. */
static void find_shown(struct redaction *x, struct slice secret)
{
    struct redact_view v, shown = {.bytes = NULL}, condensed = {.bytes = NULL};

    redact_view_of(&v, secret);
    if (v.bytes)
        redact_view_resolve(&shown, &v, REDACT_TERMINAL);
    if (shown.bytes)
        redact_view_condense(&condensed, &shown, false);
    x->failed = x->failed || !condensed.bytes;
    if (condensed.bytes && shown.changed)
        find_plain(x, (struct slice){condensed.bytes, condensed.n});
    redact_view_release(&condensed);
    redact_view_release(&shown);
    redact_view_release(&v);
}

void redaction_hide(struct redaction *x, struct slice secret)
{
    struct redact_view condensed;

    secret = slice_trim(secret);
    if (!x || x->failed || secret.len == 0)
        return;
    if (condense(secret, &condensed)) {
        find_plain(x, (struct slice){condensed.bytes, condensed.n});
        if (condensed.n >= REDACT_MIN) {
            find_hex(x, secret, "0123456789abcdef");
            find_hex(x, secret, "0123456789ABCDEF");
            find_base64(x, secret);
        }
        if (memchr(secret.ptr, '\x1b', secret.len))
            find_shown(x, secret);
    } else {
        x->failed = true;
    }
    redact_view_release(&condensed);
}

void redaction_hide_all(struct redaction *x, const struct redact *r)
{
    for (size_t i = 0; x && i < r->n && !crashpoint_breaks("redact"); i++)
        redaction_hide(x, slice_of(r->secrets[i]));
}

/* ---- what is shown ---- */

char *redaction_end(struct redaction *x, char *out, size_t size)
{
    struct text shown;
    bool ok;

    text_init(&shown);
    for (size_t i = 0; x && !x->failed && i < x->text.len; i++) {
        if (!x->hidden[i])
            text_append(&shown, x->text.ptr + i, 1);
        else if (i == 0 || !x->hidden[i - 1])
            text_puts(&shown, REDACT_MARK);
    }
    ok = x && !x->failed && text_ok(&shown);
    visible_line(ok ? (struct slice){shown.ptr, shown.len} : slice_of("(no memory to show it)"),
                 out, size);
    text_release(&shown);
    if (x)
        redaction_free(x);
    return out;
}

void redact_apply(const struct redact *r, char *text)
{
    struct redaction *x;

    if (!*text || r->n == 0)
        return;
    x = redaction_new(slice_of(text));
    redaction_hide_all(x, r);
    redaction_end(x, text, strlen(text) + 1);
}
