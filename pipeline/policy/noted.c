/* noted: words are runs of letters and digits; all else divides them. */
#include "policy/noted.h"

#include "policy/address.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NOTE_MAX 80u  /* bytes beside the account */
#define LABEL_MAX 24u /* bytes before the colon */

/* The length of the dash or quote sign (U+2010 to U+201F) or the ASCII sign at `at`; 0: it is of a word. */
static size_t sign_at(struct slice s, size_t at)
{
    const unsigned char *p = (const unsigned char *)s.ptr + at;

    if (*p < 0x80)
        return !isalnum(*p);
    return s.len - at >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x90 && p[2] <= 0x9f ? 3 : 0;
}

/* The next word from *at on, which moves behind it; empty: there is none. */
static struct slice next_word(struct slice s, size_t *at)
{
    size_t sign, from;

    while (*at < s.len && (sign = sign_at(s, *at)) > 0)
        *at += sign;
    for (from = *at; *at < s.len && sign_at(s, *at) == 0;)
        ++*at;
    return (struct slice){s.ptr + from, *at - from};
}

/* Words that leave no doubt that the account is meant. */
static bool is_plain(struct slice word)
{
    static const char *const words[] = {
        "account",     "acct",       "addr",      "address",   "adresse",   "arbeit",
        "arbitrum",    "base",       "bb",        "billetera", "bitbadges", "brave",
        "brieftasche", "browser",    "business",  "büro",      "cartera",   "chain",
        "coinbase",    "cold",       "company",   "correo",    "courriel",  "crypto",
        "desktop",     "dienstlich", "direccion", "dirección", "e",         "email",
        "erc20",       "eth",        "ether",     "ethereum",  "evm",       "firma",
        "gnosis",      "haupt",      "home",      "hot",       "id",        "keplr",
        "ledger",      "mail",       "main",      "mainnet",   "matic",     "metamask",
        "mobile",      "my",         "office",    "optimism",  "perso",     "personal",
        "personnel",   "phantom",    "phone",     "polygon",   "preferred", "primary",
        "principal",   "privat",     "private",   "public",    "rabby",     "s",
        "rainbow",     "receiving",  "safe",      "school",    "student",   "studium",
        "to",          "trabajo",    "travail",   "trezor",    "trust",     "uni",
        "university",  "wallet",     "work",      "zerion",
    };
    return slice_is_any(word, words, sizeof(words) / sizeof(words[0]));
}

/* What else a word may say of the account nobody can list (old, stolen, not mine), in all languages, and a name is a
 * word as well.  So only what is known, or a place in a row may stand there. */
static bool may_stand(struct slice word)
{
    bool nth = word.len <= 3 && isdigit((unsigned char)word.ptr[0]);

    return nth || is_plain(word);
}

/* ---- addresses ---- */

static bool is_account(struct slice word)
{
    if (slice_begins(word, "0x"))
        return word.len == 2 + ADDRESS_HEX_DIGITS;
    return slice_begins(word, "bb1") && (word.len == 41 || word.len == 61);
}

/* jo.eth may stand for another address by now. */
static bool is_ens(struct slice s, struct slice word)
{
    return word.ptr > s.ptr && word.ptr[-1] == '.' && slice_is(word, "eth");
}

struct slice noted_address(struct slice s)
{
    struct slice found = {NULL, 0};

    if (memchr(s.ptr, '@', s.len) || memchr(s.ptr, '?', s.len) || memmem(s.ptr, s.len, "://", 3) ||
        memmem(s.ptr, s.len, "…", strlen("…")))
        return s;
    size_t at = 0;
    for (struct slice word; (word = next_word(s, &at)).len > 0;) {
        if (is_account(word) && found.len == 0)
            found = word;
        else if (!may_stand(word) || is_ens(s, word))
            return s;
    }
    return found.len > 0 && s.len - found.len <= NOTE_MAX ? found : s;
}

/* ---- e-mail addresses ---- */

static bool has_at(struct slice s)
{
    return memchr(s.ptr, '@', s.len) != NULL;
}

/* May it go?  It is short, and has no @ and no word that is not known. */
static bool is_note(struct slice s)
{
    if (s.len > NOTE_MAX || has_at(s) || memchr(s.ptr, '?', s.len))
        return false;
    size_t at = 0;
    struct slice word = next_word(s, &at);
    while (word.len > 0 && may_stand(word))
        word = next_word(s, &at);
    return word.len == 0;
}

static struct slice part(struct slice s, size_t from, size_t to)
{
    return slice_trim((struct slice){s.ptr + from, to - from});
}

/* In two parts, of which one has an @ and the other is a note: the first is left. */
static bool leave_account(struct slice *s, struct slice a, struct slice b)
{
    if (has_at(a) && is_note(b))
        *s = a;
    else if (has_at(b) && is_note(a))
        *s = b;
    else
        return false;
    return true;
}

/* `b@x.org (Bo)`, `(Bo) b@x.org`, `Bo (b@x.org)`, `(b@x.org)`. */
static bool unbracket(struct slice *s)
{
    static const char *const pairs[] = {"()", "[]", "{}"};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const char *open = memchr(s->ptr, pairs[i][0], s->len);
        const char *close = memchr(s->ptr, pairs[i][1], s->len);
        if (!open || !close || close < open)
            continue;
        size_t from = (size_t)(open - s->ptr), to = (size_t)(close - s->ptr);
        struct slice inner = part(*s, from + 1, to);
        if (from == 0)
            return leave_account(s, inner, part(*s, to + 1, s->len));
        /* jo(x)@x.org is none of ours */
        if (to + 1 == s->len && s->ptr[from - 1] == ' ')
            return leave_account(s, part(*s, 0, from), inner);
    }
    return false;
}

/* `Email: b@x.org`; without a blank only what is known to be a label, for a colon may be a part of it. */
static bool unlabel(struct slice *s)
{
    static const char *const known[] = {"email", "e-mail", "mail", "to", "work", "home"};
    const char *colon = memchr(s->ptr, ':', s->len);
    size_t at = colon ? (size_t)(colon - s->ptr) : s->len;
    struct slice label = {s->ptr, at};
    if (at == 0 || at > LABEL_MAX || at + 1 >= s->len || !is_note(label))
        return false;
    if (s->ptr[at + 1] != ' ' && !slice_is_any(label, known, sizeof(known) / sizeof(known[0])))
        return false;
    *s = part(*s, at + 1, s->len);
    return true;
}

/* `b@x.org - work`.  Before it a dash may be its own: mary - ann@x.org. */
static bool undash(struct slice *s)
{
    static const char *const dashes[] = {" - ", " – ", " — "};
    for (size_t i = 0; i < sizeof(dashes) / sizeof(dashes[0]); i++) {
        const char *dash = memmem(s->ptr, s->len, dashes[i], strlen(dashes[i]));
        size_t at = dash ? (size_t)(dash - s->ptr) : 0, behind = at + strlen(dashes[i]);
        if (!dash || !has_at((struct slice){s->ptr, at}) ||
            !is_note((struct slice){s->ptr + behind, s->len - behind}))
            continue;
        *s = part(*s, 0, at);
        return true;
    }
    return false;
}

struct slice noted_email(struct slice s)
{
    struct slice left = s;
    if (memchr(s.ptr, '"', s.len) || !has_at(s))
        return s;
    while (unbracket(&left) || undash(&left) || unlabel(&left))
        ;
    return left;
}
