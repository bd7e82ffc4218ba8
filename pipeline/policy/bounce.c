/*
 * bounce: tokens, then what a report says, then its words.
 *
 * Who writes reports keeps to RFC 3464 today, but for qmail and some gateways, whose texts are searched for a server's reply
 * (550 5.1.1 …).  An auto-reply comes from the same places as a report: what says of itself that it is one is believed.
 */
#include "policy/bounce.h"

#include "base/clock.h"
#include "base/visible.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TEXT_LOOKED_AT ((size_t)16 << 10)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
    return is_hex(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
           c == '_' || (unsigned char)c >= 0x80;
}

/* ---- which message ---- */

/* Where a token with '@' behind it begins, from > 0 or later, whose character before is `before`; or s.len. */
static size_t find_token(struct slice s, char before, size_t from)
{
    for (size_t i = from; i + BOUNCE_TOKEN < s.len; i++) {
        size_t n = 0;

        if (s.ptr[i - 1] != before)
            continue;
        while (n < BOUNCE_TOKEN && is_hex(s.ptr[i + n]))
            n++;
        if (n == BOUNCE_TOKEN && s.ptr[i + n] == '@')
            return i;
    }
    return s.len;
}

static void take_token(struct slice s, size_t at, char token[BOUNCE_TOKEN_MAX])
{
    for (size_t i = 0; i < BOUNCE_TOKEN; i++) {
        char c = s.ptr[at + i];

        token[i] = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    }
    token[BOUNCE_TOKEN] = '\0';
}

bool bounce_address(struct slice text, char token[BOUNCE_TOKEN_MAX])
{
    size_t at = find_token(text, '+', 1);

    if (at == text.len)
        return false;
    take_token(text, at, token);
    return true;
}

bool bounce_message_id(struct slice text, char token[BOUNCE_TOKEN_MAX],
                       char domain[BOUNCE_DOMAIN_MAX])
{
    for (size_t at = find_token(text, '<', 1); at < text.len; at = find_token(text, '<', at + 1)) {
        size_t begin = at + BOUNCE_TOKEN + 1, n = 0;

        while (begin + n < text.len && is_word(text.ptr[begin + n]))
            n++;
        if (n == 0 || n >= BOUNCE_DOMAIN_MAX)
            continue;
        take_token(text, at, token);
        for (size_t i = 0; i < n; i++) {
            char c = text.ptr[begin + i];

            domain[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        domain[n] = '\0';
        return true;
    }
    return false;
}

/* ---- status codes ---- */

static struct slice behind(struct slice s, size_t at)
{
    return (struct slice){s.ptr + at, s.len - at};
}

/* Of `.` and one to three digits at the beginning of s; or 0. */
static size_t part_length(struct slice s)
{
    size_t i = 1;

    if (s.len < 2 || s.ptr[0] != '.')
        return 0;
    while (i < s.len && is_digit(s.ptr[i]))
        i++;
    return i > 1 && i <= 4 ? i : 0;
}

/* The length of `5.1.1` (RFC 3463) at the beginning of s, or 0. */
static size_t status_length(struct slice s)
{
    size_t i = 1;

    if (s.len < 5 || (s.ptr[0] != '2' && s.ptr[0] != '4' && s.ptr[0] != '5'))
        return 0;
    for (int part = 0; part < 2; part++) {
        size_t n = part_length(behind(s, i));

        if (n == 0)
            return 0;
        i += n;
    }
    return i < s.len && (is_word(s.ptr[i]) || s.ptr[i] == '@') && s.ptr[i] != '-' ? 0 : i;
}

static bool take_status(struct slice s, char status[BOUNCE_STATUS_MAX])
{
    size_t n = status_length(s);

    if (n == 0 || n >= BOUNCE_STATUS_MAX)
        return false;
    memcpy(status, s.ptr, n);
    status[n] = '\0';
    return true;
}

/* A reply of a server: `550`, with a blank or '-' behind it. */
static bool is_reply(struct slice s)
{
    return s.len > 4 && (s.ptr[0] == '2' || s.ptr[0] == '4' || s.ptr[0] == '5') &&
           is_digit(s.ptr[1]) && is_digit(s.ptr[2]) && (s.ptr[3] == ' ' || s.ptr[3] == '-');
}

/* Where a word of s begins, behind `at`. */
static size_t next_word(struct slice s, size_t at)
{
    while (at < s.len && s.ptr[at] != ' ' && s.ptr[at] != '\n' && s.ptr[at] != '\t' &&
           s.ptr[at] != '(' && s.ptr[at] != ':' && s.ptr[at] != '#')
        at++;
    return at < s.len ? at + 1 : s.len;
}

/* The first reply in it, or the line of the first status, which it takes; folded lines too; all of s if there is none. */
static struct slice find_reply(struct slice s, char status[BOUNCE_STATUS_MAX])
{
    size_t line = 0;

    for (size_t at = 0; at < s.len; at = next_word(s, at)) {
        struct slice rest = behind(s, at);
        bool reply = is_reply(rest);

        if (at > 0 && s.ptr[at - 1] == '\n')
            line = at;
        if (!reply && !take_status(rest, status))
            continue;
        rest = behind(s, reply ? at : line);
        for (size_t i = 0; i + 1 < rest.len; i++)
            if (rest.ptr[i] == '\n' && rest.ptr[i + 1] != ' ' && rest.ptr[i + 1] != '\t')
                rest.len = i;
        return rest;
    }
    return s;
}

/* ---- words ---- */

/* Without `smtp;`, reply code and status, which are said by themselves. */
static struct slice strip_codes(struct slice s, char status[BOUNCE_STATUS_MAX])
{
    char own[BOUNCE_STATUS_MAX];

    s = slice_trim(s);
    if (slice_begins(s, "smtp;") || slice_begins(s, "x-unix;"))
        s = slice_trim(behind(s, s.ptr[0] == 'x' || s.ptr[0] == 'X' ? 7 : 5));
    if (is_reply(s))
        s = slice_trim(behind(s, 4));
    if (s.len > 0 && s.ptr[0] == '#') /* qmail: 550 #5.1.0 Address rejected */
        s = behind(s, 1);
    if (!take_status(s, own))
        return s;
    if (!*status || strcmp(status + 1, ".0.0") == 0)
        memcpy(status, own, sizeof(own));
    return slice_trim(behind(s, status_length(s)));
}

/* Blanks are one, and it is one line. */
static void make_words(struct slice s, char status[BOUNCE_STATUS_MAX], char words[BOUNCE_WORDS_MAX])
{
    char line[2 * BOUNCE_WORDS_MAX];
    size_t n = 0;

    s = strip_codes(s, status);
    for (size_t i = 0; i < s.len && n < sizeof(line) - 1; i++) {
        bool blank = s.ptr[i] == ' ' || s.ptr[i] == '\t' || s.ptr[i] == '\n' || s.ptr[i] == '\r';

        if (!blank)
            line[n++] = s.ptr[i];
        else if (n > 0 && line[n - 1] != ' ')
            line[n++] = ' ';
    }
    visible_line((struct slice){line, n}, words, BOUNCE_WORDS_MAX);
}

/* ---- what it says ---- */

static bool has(const char *text, const char *word)
{
    return text && strcasestr(text, word);
}

static bool is_automatic(const struct bounce_facts *f)
{
    return has(f->auto_submitted, "auto-replied") || f->auto_reply ||
           has(f->precedence, "auto_reply") || has(f->subject, "out of office") ||
           has(f->subject, "automatic reply") || has(f->subject, "auto-reply") ||
           has(f->subject, "autoreply");
}

static enum bounce by_status(const char *status)
{
    switch (status[0]) {
    case '2':
        return BOUNCE_DELIVERED;
    case '4':
        return BOUNCE_DELAYED;
    case '5':
        return BOUNCE_FAILED;
    default:
        return BOUNCE_UNCLEAR;
    }
}

static enum bounce by_action(const char *action, const char *status)
{
    static const struct {
        const char *action;
        enum bounce says;
    } table[] = {{"failed", BOUNCE_FAILED},
                 {"delayed", BOUNCE_DELAYED},
                 {"delivered", BOUNCE_DELIVERED},
                 {"relayed", BOUNCE_DELIVERED},
                 {"expanded", BOUNCE_DELIVERED}};
    struct slice a = slice_trim(slice_of(action ? action : ""));

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (slice_begins(a, table[i].action)) /* a comment may stand behind it */
            return table[i].says;
    return by_status(status);
}

/* What a mail system has sent in its own words: that it could not deliver, or not yet. */
static enum bounce by_looks(const struct bounce_facts *f)
{
    static const char *const failure[] = {
        "undeliver",          "not deliver",         "delivery fail", "failure",
        "returned mail",      "delivery status",     "rejected",      "returning to sender",
        "returned to sender", "mail delivery failed"};
    bool system = has(f->from, "mailer-daemon") || has(f->from, "postmaster") ||
                  has(f->from, "mail delivery") || has(f->from, "microsoftexchange");

    if (f->failed_recipients)
        return BOUNCE_FAILED;
    if (!system)
        return BOUNCE_NONE;
    if (has(f->subject, "delay") || has(f->subject, "warning"))
        return BOUNCE_DELAYED;
    for (size_t i = 0; i < sizeof(failure) / sizeof(failure[0]); i++)
        if (has(f->subject, failure[i]))
            return BOUNCE_FAILED;
    return BOUNCE_UNCLEAR;
}

enum bounce bounce_judge(const struct bounce_facts *f, char status[BOUNCE_STATUS_MAX],
                         char words[BOUNCE_WORDS_MAX])
{
    struct slice text = f->text;
    enum bounce says;

    status[0] = words[0] = '\0';
    if (f->report) {
        struct slice told = slice_trim(slice_of(f->status ? f->status : ""));
        bool known = take_status(told, status);

        make_words(slice_of(f->diagnostic ? f->diagnostic : ""), status, words);
        return by_action(f->action, known ? status : "");
    }
    if (is_automatic(f))
        return BOUNCE_NONE;
    says = by_looks(f);
    if (says == BOUNCE_NONE || says == BOUNCE_UNCLEAR)
        return says;
    if (text.len > TEXT_LOOKED_AT)
        text.len = TEXT_LOOKED_AT;
    make_words(find_reply(text, status), status, words);
    return says;
}

void bounce_note(enum bounce says, int64_t at_ms, const char *status, const char *words,
                 char out[BOUNCE_NOTE_MAX])
{
    char when[CLOCK_RFC3339_MAX];
    const char *what = says == BOUNCE_FAILED    ? "came back"
                       : says == BOUNCE_DELAYED ? "late"
                                                : "delivered";

    clock_rfc3339(at_ms, when);
    when[strcspn(when, "T")] = '\0';
    snprintf(out, BOUNCE_NOTE_MAX, "%s %s%s%s%s", what, when, *status || *words ? ":" : "",
             *status ? " " : "", status);
    if (*words)
        snprintf(out + strlen(out), BOUNCE_NOTE_MAX - strlen(out), " %s", words);
}
