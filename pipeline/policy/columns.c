/* columns: three ways of being the same name, and what to say where none of them finds one. */
#include "policy/columns.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NEAR_MAX 64u  /* longer names take no part in guessing */
#define SHOWN_MAX 12u /* names in a message */
#define SHOWN_LEN 40u /* bytes of each */
#define REMEDY_MAX 80 /* bytes of what to do about two columns */

/* ---- The same name? ---- */

/* U+0080..00BF, but for those that are letters and digits: ª ² ³ µ ¹ º. */
static bool is_latin_punctuation(const unsigned char *p)
{
    static const unsigned char letters[] = {0xaa, 0xb2, 0xb3, 0xb5, 0xb9, 0xba};
    return p[0] == 0xc2 && !memchr(letters, p[1], sizeof(letters));
}

/* The length of the UTF-8 punctuation at the front of s: those, U+2000..206F, U+3000, U+FEFF. */
static size_t punctuation(struct slice s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (s.len >= 2 && is_latin_punctuation(p))
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

/* The next byte of s: in lower case, and U+00A0 as a blank.  -1 at the end.  Moves s. */
static int next_lower(struct slice *s)
{
    if (s->len == 0)
        return -1;
    bool blank = s->len >= 2 && memcmp(s->ptr, "\xc2\xa0", 2) == 0;
    unsigned char c = (unsigned char)*s->ptr;
    size_t step = blank ? 2 : 1;
    *s = (struct slice){s->ptr + step, s->len - step};
    return blank ? ' ' : c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool same_but_case(struct slice a, struct slice b)
{
    a = slice_trim(a);
    b = slice_trim(b);
    for (int x = next_lower(&a), y = next_lower(&b); x == y;
         x = next_lower(&a), y = next_lower(&b)) {
        if (x < 0)
            return true;
    }
    return false;
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

/* ---- Looking up ---- */

/* Is it `#3`?  Then *number is 3, or SIZE_MAX if that is too great. */
static bool is_number(struct slice name, size_t *number)
{
    *number = 0;
    if (name.len < 2 || name.ptr[0] != '#')
        return false;
    for (size_t i = 1; i < name.len; i++) {
        if (name.ptr[i] < '0' || name.ptr[i] > '9')
            return false;
        size_t digit = (size_t)(name.ptr[i] - '0');
        *number = *number > (SIZE_MAX - digit) / 10 ? SIZE_MAX : *number * 10 + digit;
    }
    return true;
}

static bool is_alias(struct slice name)
{
    return name.len >= 2 && name.ptr[0] == '@';
}

struct found {
    size_t n, first, second;
};

/* In the strictest way that finds anything. */
static struct found find(const struct columns *c, struct slice name)
{
    static bool (*const same[])(struct slice, struct slice) = {slice_equal, same_but_case,
                                                               same_folded};
    struct slice trimmed = slice_trim(name);
    struct found f = {0, COLUMNS_NONE, COLUMNS_NONE};
    size_t number = 0;
    bool has_sign = is_alias(trimmed) || is_number(trimmed, &number);
    size_t ways = trimmed.len == 0 ? 0 : has_sign ? 2 : 3;
    for (size_t way = 0; way < ways && f.n == 0; way++) {
        for (size_t i = 0; i < c->n; i++) {
            if (!same[way](name, c->names[i]))
                continue;
            if (f.n == 0)
                f.first = i;
            else if (f.n == 1)
                f.second = i;
            f.n++;
        }
    }
    return f;
}

size_t columns_count(const struct columns *c, struct slice name, size_t *first)
{
    struct found f = find(c, name);
    *first = f.first;
    return f.n;
}

/* The column that an alias or a number stands for, or COLUMNS_NONE. */
static size_t find_other_name(const struct columns *c, struct slice name)
{
    size_t number = 0;
    name = slice_trim(name);
    for (size_t i = 0; is_alias(name) && i < c->n_aliases; i++) {
        if (same_but_case(name, slice_of(c->aliases[i].name)))
            return c->aliases[i].column;
    }
    return is_number(name, &number) && number > 0 && number <= c->n ? number - 1 : COLUMNS_NONE;
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
    size_t shown = 0;
    for (size_t i = 0; i < c->n && shown < SHOWN_MAX; i++) {
        if (slice_trim(c->names[i]).len == 0)
            continue;
        text_puts(t, shown++ > 0 ? ", " : "");
        put_name(t, c->names[i]);
    }
    if (c->n > SHOWN_MAX)
        text_printf(t, ", … (%zu columns)", c->n);
    for (size_t i = 0; i < c->n_aliases; i++)
        text_printf(t, "%s%s", i > 0 ? ", " : "; aliases are: ", c->aliases[i].name);
}

/* Where nothing is near, the header may be another line. */
static void put_about(struct text *t, const struct columns *c, size_t nearest)
{
    if (nearest == COLUMNS_NONE && c->about)
        text_printf(t, "; %s", c->about);
}

/* Sets e to `FILE:LINE: ` (without a header `FILE: `) and the text, which is released. */
static int fail(const struct columns *c, struct text *t, struct err *e)
{
    if (text_ok(t) && c->line > 0)
        (void)err_set(e, EXIT_USAGE, "%s:%zu: %s", c->origin, c->line, t->ptr);
    else if (text_ok(t))
        (void)err_set(e, EXIT_USAGE, "%s: %s", c->origin, t->ptr);
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
        text_printf(&t, " stands twice (columns %zu and %zu): rename one, or say #%zu or #%zu",
                    a + 1, b + 1, a + 1, b + 1);
    } else {
        text_puts(&t, "columns ");
        put_name(&t, c->names[a]);
        text_puts(&t, " and ");
        put_name(&t, c->names[b]);
        text_printf(&t, " (columns %zu and %zu) %s", a + 1, b + 1, remedy);
    }
    return fail(c, &t, e);
}

static int fail_none(const struct columns *c, struct slice name, const char *asked_by,
                     struct err *e)
{
    struct text t;
    struct slice trimmed = slice_trim(name);
    size_t number = 0;
    text_init(&t);
    text_puts(&t, "no column ");
    put_name(&t, name);
    text_printf(&t, " (%s): ", asked_by);
    if (is_alias(trimmed) && c->n_aliases == 0)
        text_puts(&t, "aliases come with a preset, and here are none; ");
    if (is_number(trimmed, &number))
        text_printf(&t, "the last one is #%zu; ", c->n);
    size_t nearest = columns_nearest(name, c->names, c->n);
    put_all(&t, c, nearest);
    put_about(&t, c, nearest);
    return fail(c, &t, e);
}

/* ---- A column by its name ---- */

int columns_find(const struct columns *c, struct slice name, const char *asked_by, size_t *out,
                 struct err *e)
{
    struct found f = find(c, name);
    if (f.n > 1)
        return fail_twice(c, f.first, f.second, "are both meant: write the name exactly", e);
    size_t column = f.n == 1 ? f.first : find_other_name(c, name);
    if (column == COLUMNS_NONE)
        return fail_none(c, name, asked_by, e);
    *out = column;
    if (c->asked && *c->asked <= column)
        *c->asked = column + 1;
    return 0;
}

/* ---- A recipient's column ---- */

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
    for (const char *const *usual_name = usual[kind].names; *usual_name; usual_name++) {
        if (same_folded(slice_of(*usual_name), name))
            return true;
    }
    return false;
}

bool columns_is_usual_of(struct slice name, enum identity_kind kind)
{
    return is_usual_name(kind, name);
}

bool columns_is_usual(struct slice name)
{
    for (size_t kind = 0; kind < IDENTITY_KINDS; kind++) {
        if (is_usual_name((enum identity_kind)kind, name))
            return true;
    }
    return false;
}

/* ---- Names that hold a usual word ---- */

/* Of an e-mail address or a wallet: `Email (Billing)`, `HolderAddress`, `My wallet (MetaMask)`.  Of ids nobody knows
 * whose they are (`Course ID`). */
static const char *const address_words[] = {"wallet",    "wallets",  "address",
                                            "addresses", "metamask", NULL};
static const char *const email_words[] = {"email",  "emails",   "mail",       "mails",
                                          "correo", "courriel", "messagerie", NULL};
/* It is something else, or somebody else's. */
static const char *const other_words[] = {
    "admin",        "app",        "assigned",    "balance",   "billingaddress", "bitcoin",
    "blog",         "btc",        "building",    "business",  "campaign",       "cardano",
    "chain",        "city",       "client",      "confirmed", "connected",      "consent",
    "contract",     "count",      "country",     "created",   "currency",       "date",
    "delivery",     "department", "disabled",    "do",        "domain",         "from",
    "has",          "hash",       "have",        "home",      "host",           "how",
    "instructor",   "invited",    "inviter",     "ip",        "issuer",         "kind",
    "line",         "list",       "mac",         "mailing",   "manager",        "marketing",
    "minter",       "name",       "near",        "network",   "newsletter",     "office",
    "old",          "opened",     "opt",         "optin",     "organiser",      "organizer",
    "parent",       "parents",    "permission",  "physical",  "platform",       "polkadot",
    "postal",       "prefer",     "preferences", "previous",  "provider",       "referrer",
    "residential",  "sender",     "sent",        "server",    "shipping",       "site",
    "sol",          "solana",     "status",      "street",    "subject",        "subscribed",
    "subscription", "sui",        "supervisor",  "teacher",   "template",       "time",
    "to",           "token",      "tron",        "type",      "updated",        "url",
    "valid",        "validated",  "verified",    "web",       "website",        "which",
    "why",          "zip",        NULL,
};

static bool is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* The next word of the name; split: also where only a capital begins it.  "" at the end. */
static struct slice next_word(struct slice *name, bool split)
{
    size_t from = 0, to;
    while (from < name->len && !is_letter_or_digit(name->ptr[from]))
        from++;
    for (to = from; to < name->len && is_letter_or_digit(name->ptr[to]); to++) {
        if (split && to > from && is_capital(name->ptr[to]) && !is_capital(name->ptr[to - 1]))
            break;
    }
    struct slice word = {name->ptr + from, to - from};
    *name = (struct slice){name->ptr + to, name->len - to};
    return word;
}

static bool is_among(const char *const *words, struct slice word)
{
    for (; *words; words++) {
        if (same_but_case(slice_of(*words), word))
            return true;
    }
    return false;
}

/* What a name's words say of it. */
struct said {
    bool email, address, other;
};

/* Two words that are written as one: `holderaddress`, `ipaddress`.  *front: the first, or the word. */
static struct slice back_of(struct slice word, struct slice *front)
{
    static const char *const backs[] = {"address", "wallet", "email"};
    for (size_t i = 0; i < sizeof(backs) / sizeof(backs[0]); i++) {
        size_t len = strlen(backs[i]);
        if (word.len <= len)
            continue;
        struct slice back = {word.ptr + word.len - len, len};
        if (!same_but_case(slice_of(backs[i]), back))
            continue;
        *front = (struct slice){word.ptr, word.len - len};
        return back;
    }
    *front = word;
    return word;
}

static void say_word(struct said *said, struct slice word)
{
    said->address = said->address || is_among(address_words, word);
    said->email = said->email || is_among(email_words, word);
    said->other = said->other || is_among(other_words, word);
}

static struct said what_is_said(struct slice name)
{
    struct said said = {.email = false};
    for (int split = 0; split < 2; split++) {
        struct slice left = name, word;
        while ((word = next_word(&left, split == 1)).len > 0) {
            struct slice front, back = back_of(word, &front);
            say_word(&said, front);
            say_word(&said, back);
        }
    }
    return said;
}

static bool holds_usual_word(enum identity_kind kind, struct slice name)
{
    struct said said = what_is_said(name);
    if (said.other)
        return false;
    return kind == IDENTITY_EMAIL ? said.email
                                  : kind == IDENTITY_ADDRESS && said.address && !said.email;
}

static bool is_candidate(enum identity_kind kind, struct slice name, bool exact)
{
    return exact ? is_usual_name(kind, name) : holds_usual_word(kind, name);
}

/* Those with a usual name, or if there is none, with a usual word in it: how many, and the first two. */
static struct found find_candidates(const struct columns *c, enum identity_kind kind)
{
    struct found f = {0, COLUMNS_NONE, COLUMNS_NONE};
    for (int exact = 1; exact >= 0 && f.n == 0; exact--) {
        for (size_t i = 0; i < c->n; i++) {
            if (!is_candidate(kind, c->names[i], exact == 1))
                continue;
            if (f.n == 0)
                f.first = i;
            else if (f.n == 1)
                f.second = i;
            f.n++;
        }
    }
    return f;
}

/* An e-mail address is not nearly an address, however near the names are. */
static bool is_of_another_kind(enum identity_kind kind, struct slice name)
{
    for (int other = 0; other < IDENTITY_KINDS; other++) {
        if (other != (int)kind && is_usual_name((enum identity_kind)other, name))
            return true;
    }
    return false;
}

size_t columns_recipients(const struct columns *c, enum identity_kind kind)
{
    return find_candidates(c, kind).n;
}

static int fail_no_recipient(const struct columns *c, enum identity_kind kind, const char *flag,
                             struct err *e)
{
    struct text t;
    size_t nearest = COLUMNS_NONE, best = SIZE_MAX;
    for (const char *const *name = usual[kind].names; *name; name++) {
        for (size_t i = 0; i < c->n; i++) {
            if (!is_of_another_kind(kind, c->names[i]) &&
                columns_is_nearer(slice_of(*name), c->names[i], &best))
                nearest = i;
        }
    }
    text_init(&t);
    text_printf(&t,
                "no column is called %s or the like: say which one names the recipient with --%s "
                "COLUMN; ",
                usual[kind].like, flag);
    put_all(&t, c, nearest);
    put_about(&t, c, nearest);
    return fail(c, &t, e);
}

int columns_person(const struct columns *c, enum identity_kind kind, const char *flag, size_t *out,
                   struct err *e)
{
    char remedy[REMEDY_MAX];
    struct found f = find_candidates(c, kind);
    (void)snprintf(remedy, sizeof(remedy),
                   "could both name the recipient: say which with --%s COLUMN", flag);
    if (f.n > 1)
        return fail_twice(c, f.first, f.second, remedy, e);
    if (f.n == 0)
        return fail_no_recipient(c, kind, flag, e);
    *out = f.first;
    return 0;
}

int columns_recipient(const struct columns *c, enum identity_kind kind, size_t *out, struct err *e)
{
    return columns_person(c, kind, identity_kind_name(kind), out, e);
}
