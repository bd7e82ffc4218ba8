/* noted: words are runs of letters and digits; all else divides them. */
#include "policy/noted.h"

#include "policy/address.h"

#include <stdbool.h>
#include <string.h>

#define NOTE_MAX 80u     /* bytes beside the account */
#define LABEL_MAX 24u    /* bytes before the colon */
#define OTHER_LENGTH 26u /* a word so long is an account of something else, or a part of one */

static bool is_word_part(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

/* Where the word at `at` ends. */
static size_t word_end(struct slice s, size_t at)
{
    while (at < s.len && is_word_part(s.ptr[at]))
        at++;
    return at;
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
        "principal",   "privat",     "private",   "public",    "rabby",     "rainbow",
        "receiving",   "safe",       "school",    "student",   "studium",   "to",
        "trabajo",     "travail",    "trezor",    "trust",     "uni",       "university",
        "wallet",      "work",       "zerion",
    };
    return slice_is_any(word, words, sizeof words / sizeof words[0]);
}

/* Those of them that look like names and take it back. */
static bool takes_back(struct slice word)
{
    static const char *const words[] = {
        "old",        "not",       "no",           "never",     "wrong",     "invalid",
        "lost",       "hacked",    "ex",           "former",    "formerly",  "previous",
        "was",        "instead",   "contract",     "token",     "unknown",   "compromised",
        "deprecated", "inactive",  "closed",       "vs",        "nicht",     "falsch",
        "alte",       "ehemals",   "frueher",      "verloren",  "antigua",   "ancien",
        "ancienne",   "vecchio",   "vieja",        "viejo",     "or",        "oder",
        "also",       "and",       "und",          "test",      "example",   "unsure",
        "maybe",      "bounced",   "unsubscribed", "ask",       "assistant", "parent",
        "duplicate",  "declined",  "cancelled",    "canceled",  "opted",     "out",
        "left",       "refunded",  "stolen",       "leaked",    "replaced",  "exchange",
        "friend",     "pending",   "deceased",     "gone",      "moved",     "blocked",
        "banned",     "revoked",   "expired",      "spam",      "temporary", "removed",
        "withdrawn",  "absent",    "rejected",     "denied",    "do",        "use",
        "see",        "don",       "doesn",        "storniert", "abgesagt",  "ersetzt",
        "annulé",     "cancelado",
    };
    return slice_is_any(word, words, sizeof words / sizeof words[0]);
}

/* Jo, O, Müller, Ümit: a capital and small letters. */
static bool is_like_name(struct slice word)
{
    bool capital = (word.ptr[0] >= 'A' && word.ptr[0] <= 'Z') || (unsigned char)word.ptr[0] >= 0x80;

    for (size_t i = 1; capital && i < word.len; i++)
        capital = (word.ptr[i] >= 'a' && word.ptr[i] <= 'z') || (unsigned char)word.ptr[i] >= 0x80;
    return capital;
}

/* What else a word may mean nobody can list: so only what is known, a name, a letter or a place in a row may stand
 * there. */
static bool may_stand(struct slice word)
{
    bool nth = word.len <= 3 && word.ptr[0] >= '0' && word.ptr[0] <= '9';

    return word.len == 1 || nth || is_plain(word) || (is_like_name(word) && !takes_back(word));
}

/* ---- addresses ---- */

static bool is_account(struct slice word)
{
    if (slice_begins(word, "0x"))
        return word.len == 2 + ADDRESS_HEX_DIGITS;
    return slice_begins(word, "bb1") && (word.len == 41 || word.len == 61);
}

/* Might it be another account, or a part of one? */
static bool may_be_other(struct slice word)
{
    return slice_begins(word, "0x") || slice_begins(word, "bb1") || word.len >= OTHER_LENGTH;
}

/* jo.eth may stand for another address by now. */
static bool is_ens(struct slice s, size_t at, struct slice word)
{
    return at > 0 && s.ptr[at - 1] == '.' && word.len == 3 && slice_begins(word, "eth");
}

struct slice noted_address(struct slice s)
{
    struct slice found = {NULL, 0};

    if (memchr(s.ptr, '@', s.len) != NULL || memchr(s.ptr, '?', s.len) != NULL ||
        memmem(s.ptr, s.len, "://", 3) != NULL || memmem(s.ptr, s.len, "…", strlen("…")) != NULL)
        return s;
    for (size_t at = 0, end; at < s.len; at = end) {
        end = word_end(s, at);
        struct slice word = {s.ptr + at, end - at};
        if (word.len == 0) {
            end++;
        } else if (is_account(word)) {
            if (found.len > 0)
                return s;
            found = word;
        } else if (may_be_other(word) || !may_stand(word) || is_ens(s, at, word)) {
            return s;
        }
    }
    return found.len > 0 && s.len - found.len <= NOTE_MAX ? found : s;
}

/* ---- e-mail addresses ---- */

static bool has_at(struct slice s)
{
    return memchr(s.ptr, '@', s.len) != NULL;
}

/* May it go?  It is short, has no @, and takes nothing back. */
static bool is_note(struct slice s)
{
    if (s.len > NOTE_MAX || has_at(s) || memchr(s.ptr, '?', s.len) != NULL)
        return false;
    for (size_t at = 0, end; at<s.len; at = end> at ? end : at + 1) {
        end = word_end(s, at);
        if (end > at && !may_stand((struct slice){s.ptr + at, end - at}))
            return false;
    }
    return true;
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
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *open = memchr(s->ptr, pairs[i][0], s->len);
        const char *close = memchr(s->ptr, pairs[i][1], s->len);
        if (open == NULL || close == NULL || close < open)
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
    size_t at = colon != NULL ? (size_t)(colon - s->ptr) : s->len;
    struct slice label = {s->ptr, at};
    if (at == 0 || at > LABEL_MAX || at + 1 >= s->len || !is_note(label))
        return false;
    if (s->ptr[at + 1] != ' ' && !slice_is_any(label, known, sizeof known / sizeof known[0]))
        return false;
    *s = part(*s, at + 1, s->len);
    return true;
}

/* `b@x.org - work`.  Before it a dash may be its own: mary - ann@x.org. */
static bool undash(struct slice *s)
{
    static const char *const dashes[] = {" - ", " – ", " — "};
    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++) {
        const char *dash = memmem(s->ptr, s->len, dashes[i], strlen(dashes[i]));
        size_t at = dash != NULL ? (size_t)(dash - s->ptr) : 0, behind = at + strlen(dashes[i]);
        if (dash == NULL || !has_at((struct slice){s->ptr, at}) ||
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
    if (memchr(s.ptr, '"', s.len) != NULL || !has_at(s))
        return s;
    while (unbracket(&left) || undash(&left) || unlabel(&left))
        ;
    return left;
}
