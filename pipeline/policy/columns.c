/* columns: three ways of being the same name, and what to say where none of them finds one. */
#include "policy/columns.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NEAR_MAX 64u  /* longer names take no part in guessing */
#define SHOWN_MAX 12u /* names in a message */
#define SHOWN_LEN 40u /* bytes of each */
#define REMEDY_MAX 80 /* bytes of what to do about two columns */

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

bool columns_is_nearer(struct slice name, struct slice candidate, size_t *best)
{
    struct folded a = fold(name), b = fold(candidate);
    size_t most = a.len / 3; /* changes */
    size_t apart = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (a.len > NEAR_MAX || b.len > NEAR_MAX || b.len == 0 || apart > most || apart >= *best)
        return false;
    size_t changes = distance(&a, &b);
    if (changes > most || changes >= *best)
        return false;
    *best = changes;
    return true;
}

size_t columns_nearest(struct slice name, const struct slice *candidates, size_t n)
{
    size_t found = COLUMNS_NONE, best = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (columns_is_nearer(name, candidates[i], &best))
            found = i;
    }
    return found;
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
static const char *const address_names[] = {
    "address",           "wallet",           "walletaddress",    "walletid",
    "bitbadgesaddress",  "bitbadgeswallet",  "bbaddress",        "bb1address",
    "ethaddress",        "ethereumaddress",  "evmaddress",       "0xaddress",
    "ethwallet",         "ethereumwallet",   "evmwallet",        "ethwalletaddress",
    "cryptowallet",      "cryptoaddress",    "web3wallet",       "cryptowalletaddress",
    "recipient",         "recipientaddress", "accountaddress",   "recipientwallet",
    "publicaddress",     "useraddress",      "userwallet",       "ethereumwalletaddress",
    "blockchainaddress", "metamaskaddress",  "evmwalletaddress", NULL,
};
static const char *const email_names[] = {
    "email",
    "mail",
    "emailaddress",
    "mailaddress",
    "useremail",
    "loginemail",
    "useremailaddress",
    "loginemailaddress",
    "studentemail",
    "learneremail",
    "memberemail",
    "studentemailaddress",
    "attendeeemail",
    "guestemail",
    "participantemail",
    "attendeeemailaddress",
    "customeremail",
    "contactemail",
    "recipientemail",
    "customeremailaddress",
    "workemail",
    "primaryemail",
    "accountemail",
    "primaryemailaddress",
    "employeeemail",
    "personalemail",
    "workemailaddress",
    "recipientemailaddress",
    "registrantemail",
    "youremail",
    "youremailaddress",
    "emailid",
    NULL,
};
static const char *const id_names[] = {
    "id",         "userid",    "studentid",     "sisuserid",      "memberid",     "learnerid",
    "externalid", "personid",  "uniqueuserid",  "externaluserid", "employeeid",   "customerid",
    "contactid",  "accountid", "participantid", "attendeeid",     "registrantid", "guestid",
    "idnumber",   "authorid",  "discordid",     "discorduserid",  "recipientid",  NULL,
};
static const char *const username_names[] = {
    "username",      "login",           "handle",         "userlogin",      "loginname",
    "userhandle",    "loginid",         "sisloginid",     "screenname",     "accountname",
    "discordhandle", "discordusername", "githubusername", "githubhandle",   "telegramusername",
    "twitterhandle", "twitterusername", "xhandle",        "telegramhandle", NULL,
};

static const struct {
    const char *const *names;
    const char *like; /* two of them, for messages */
} usual[IDENTITY_KINDS] = {
    [IDENTITY_ADDRESS] = {address_names, "address, wallet"},
    [IDENTITY_EMAIL] = {email_names, "email, e-mail address"},
    [IDENTITY_ID] = {id_names, "id, user id"},
    [IDENTITY_USERNAME] = {username_names, "username, login"},
};

static bool is_usual_name(enum identity_kind kind, struct slice name)
{
    for (const char *const *usual_name = usual[kind].names; *usual_name != NULL; usual_name++) {
        if (same_folded(slice_of(*usual_name), name))
            return true;
    }
    return false;
}

static int fail_no_recipient(const struct columns *c, enum identity_kind kind, struct err *e)
{
    struct text t;
    size_t nearest = COLUMNS_NONE, best = SIZE_MAX;
    for (const char *const *name = usual[kind].names; *name != NULL; name++) {
        for (size_t i = 0; i < c->n; i++) {
            if (columns_is_nearer(slice_of(*name), c->names[i], &best))
                nearest = i;
        }
    }
    text_init(&t);
    text_printf(&t,
                "no column is called %s or the like: say which one names the recipient with --%s "
                "COLUMN; ",
                usual[kind].like, identity_kind_name(kind));
    put_all(&t, c, nearest);
    return fail(c, &t, e);
}

int columns_recipient(const struct columns *c, enum identity_kind kind, size_t *out, struct err *e)
{
    char remedy[REMEDY_MAX];
    size_t found = COLUMNS_NONE;
    (void)snprintf(remedy, sizeof remedy,
                   "could both name the recipient: say which with --%s COLUMN",
                   identity_kind_name(kind));
    for (size_t i = 0; i < c->n; i++) {
        if (!is_usual_name(kind, c->names[i]))
            continue;
        if (found != COLUMNS_NONE)
            return fail_twice(c, found, i, remedy, e);
        found = i;
    }
    if (found == COLUMNS_NONE)
        return fail_no_recipient(c, kind, e);
    *out = found;
    return 0;
}
