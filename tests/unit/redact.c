/*
 * redact: no secret is left in a text that somebody else wrote, however it is spelt there and wherever the
 * text is cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/redact.h"

#include "fixture.h"

#include <strings.h>

#define RANDOM_SECRETS 30
#define TEXT_MAX 4096
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char *redacted(const char *const *secrets, struct slice text, char *out, size_t size)
{
    struct redaction *x = redaction_new(text);

    for (; *secrets; secrets++)
        redaction_hide(x, slice_of(*secrets));
    return redaction_end(x, out, size);
}

static void test_table(void **state)
{
    static const struct {
        const char *secrets[3], *text, *want;
    } cases[] = {
        {{NULL}, "nothing is secret", "nothing is secret"},
        {{"hunter2"}, "", ""},
        {{"hunter2"}, "hunter2", "****"},
        {{"hunter2"}, "wrong password: hunter2!", "wrong password: ****!"},
        {{"hunter2"}, "hunter2hunter2 hunter, or so", "**** hunter, or so"},
        {{"hunter2"}, "Hunter2", "Hunter2"},
        {{"hunter2", "sesame"}, "sesame hunter2 sesame", "**** **** ****"},
        {{"aaaa"}, "baaaaaab", "b****b"},
        {{"Grüße-🎉"}, "für Grüße-🎉: nein", "für ****: nein"},
        {{"****"}, "hidden: ****", "hidden: ****"},
        /* with something in it, or for it, or without it */
        {{"open\tsesame"}, "no: open\tsesame!", "no: ****!"},
        {{"open\tsesame"}, "no: open sesame!", "no: ****!"},
        {{"open\tsesame"}, "no: opensesame!", "no: ****!"},
        {{"open\x1b[1msesame"}, "no: open\x1b[1msesame!", "no: ****!"},
        {{"open\x1b[1msesame"}, "no: open[1msesame!", "no: ****!"},
        {{"open\x1b[1msesame"}, "no: opensesame!", "no: ****!"},
        {{"open sesame"}, "no: open\x1b[31m sesame!", "no: ****!"},
        {{"open sesame"},
         "no: op\xe2\x80\x8b"
         "en\xe2\x80\xae sesa\xc2\x9bme!",
         "no: ****!"},
        {{"  open sesame "}, "no: open sesame!", "no: ****!"},
        {{"open sesame"}, "no: open\r\n    sesame!", "no: ****!"},
        /* spelt otherwise */
        {{"a\"b/\\ü🎉"}, "{\"p\":\"a\\\"b\\/\\\\\\u00fc\\ud83c\\udf89\"}", "{\"p\":\"****\"}"},
        {{"a\"b/\\ü🎉"}, "\"a\\\"b\\/\\\\\\u00FC\\uD83C\\uDF89\"", "\"****\""},
        {{"a\"bcü"}, "{\\\"p\\\":\\\"a\\\\\\\"bc\\\\u00fc\\\"}", "{\\\"p\\\":\\\"****\\\"}"},
        {{"a b&ü"}, "GET /x?p=a%20b%26%C3%BC&y", "GET /x?p=****&y"},
        {{"a b&ü"}, "GET /x?p=a+b%26%c3%bc&y", "GET /x?p=****&y"},
        {{"a b&ü"}, "GET /x?p=a%2520b%2526%25C3%25BC&y", "GET /x?p=****&y"},
        {{"a<b>&\"ü"}, "<b>a&lt;b&gt;&amp;&quot;&#252;</b>", "<b>****</b>"},
        {{"a<b>&'ü"}, "<b>a&#x3c;b&#62;&amp;&#39;&#xFC;</b>", "<b>****</b>"},
        {{"hunter2!"}, "Basic dXNlcjpodW50ZXIyIQ==", "Basic dXNlcj****=="},
        {{"hunter2!"}, "aHVudGVyMiE= x", "****= x"},
        {{"hunter2!"}, "68756e7465723221 x", "**** x"},
        {{"ab%41cd"}, "no ab%41cd!", "no ****!"},
        {{"ab%41cd"}, "no ab%2541cd!", "no ****!"},
        {{"nora1234"}, "DOMAIN\\nora1234!", "DOMAIN\\****!"},
        /* cut */
        {{"open sesame 9c2e"}, "wrong: open sesam", "wrong: ****"},
        {{"open sesame 9c2e"}, "wrong: op en ", "wrong: ****"},
        {{"open sesame 9c2e"}, "wrong: ope", "wrong: ope"},
        {{"open sesame 9c2e"}, "wrong: 'open ses…' (it is)", "wrong: '****…' (it is)"},
        {{"open sesame 9c2e"}, "wrong: \"open ses\"...", "wrong: \"****\"..."},
        {{"open sesame 9c2e"}, "wrong: \"open ses\"}]", "wrong: \"****\"}]"},
        {{"open sesame 9c2e"}, "wrong: open ses[truncated] see", "wrong: ****[truncated] see"},
        {{"open sesame 9c2e"}, "the open sea", "the open sea"},
        {{"ü b&cde"}, "?p=%C3%BC%20b%2", "?p=%C3%BC%20b%2"},
        {{"ü b&cde"}, "?p=%C3%BC%20b%26c%", "?p=****%"},
        {{"öüb\"cde"}, "{\"p\":\"\\u00f6\\u00", "{\"p\":\"\\u00f6\\u00"},
        {{"öüb\"cde"}, "{\"p\":\"\\u00f6\\u00fcb\\", "{\"p\":\"****\\"},
        {{"hunter2!"}, "aHVudGVy", "****"},
        {{"hunter2!"}, "68756e746", "****"},
        /* short ones */
        {{"abc"}, "abcabc abc, abc!", "abcabc ****, ****!"},
        {{"7"}, "code 7 of 77", "code **** of 77"},
        {{""}, "text", "text"},
        /* codes made from a seed */
        {{NULL}, "Invalid code " HASH "-17.", "Invalid code ****."},
        {{NULL}, "Invalid code: 0123456789abcdef0123", "Invalid code: ****"},
        {{NULL}, "attempt " HASH " has failed", "attempt " HASH " has failed"},
        {{NULL}, "address 0x0123456789abcdef0123", "address 0x0123456789abcdef0123"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *secrets[4] = {cases[i].secrets[0], cases[i].secrets[1], cases[i].secrets[2]};
        char out[256];

        redacted(secrets, slice_of(cases[i].text), out, sizeof out);
        if (strcmp(out, cases[i].want) != 0)
            fail_msg("\"%s\": \"%s\", not \"%s\"", cases[i].text, out, cases[i].want);
    }
}

/* What is cut was whole when it was looked at. */
static void test_our_cut(void **state)
{
    static const char *const secrets[] = {"open sesame \xc3\xbc 9c2e", NULL};
    char text[600], out[64];

    (void)state;
    for (size_t before = 0; before < 80; before++) {
        memset(text, '.', before);
        snprintf(text + before, sizeof text - before, "%s and more", secrets[0]);
        redacted(secrets, slice_of(text), out, sizeof out);
        assert_silent(out, "open");
    }
}

/* A secret that is part of another must not save the rest of it from being found. */
static void test_nested_secrets(void **state)
{
    static const char *const orders[][3] = {{"open", "opensesame"}, {"opensesame", "open"}};
    char out[64];

    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++)
        assert_string_equal(
            redacted(orders[i], slice_of("wrong password: opensesame!"), out, sizeof out),
            "wrong password: ****!");
}

static void test_in_place(void **state)
{
    struct redact r = {.n = 0};
    char text[] = "the last one", same[] = "nothing";

    (void)state;
    redact_apply(&r, same);
    assert_string_equal(same, "nothing");
    for (int i = 0; i < REDACT_SECRETS_MAX; i++)
        assert_int_equal(redact_add(&r, i + 1 < REDACT_SECRETS_MAX ? "another" : "last"), 0);
    assert_int_equal(redact_add(&r, "one too many"), -1);
    redact_apply(&r, text);
    assert_string_equal(text, "the **** one");
}

static void test_short(void **state)
{
    static const char *const longer[] = {"abcd", "a b c d", "ü-1", "\tabcd"};
    static const char *const shorter[] = {"",
                                          "abc",
                                          "a\tb\nc",
                                          "    ",
                                          "ab c ",
                                          ("\xe2\x80\x8b"
                                           "abc")};

    (void)state;
    for (size_t i = 0; i < COUNT(longer); i++)
        assert_false(redact_is_short(longer[i]));
    for (size_t i = 0; i < COUNT(shorter); i++)
        assert_true(redact_is_short(shorter[i]));
}

static void test_names(void **state)
{
    static const char *const secret[] = {"password", "Code", "apiKey", "PIN", "seedCode"};
    static const char *const plain[] = {"name", "pinned", "address", ""};

    (void)state;
    for (size_t i = 0; i < COUNT(secret); i++)
        assert_true(redact_is_secret_name(secret[i]));
    for (size_t i = 0; i < COUNT(plain); i++)
        assert_false(redact_is_secret_name(plain[i]));
}

/* ---- any secret, any form, any cut ---- */

static uint64_t seed = 20260929;

static unsigned random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static void make_secret(char *out)
{
    static const char *const pieces[] = {"a", "b",  "C",  "9",  "0",    "x",  "ü", "🎉", " ", "\t",
                                         "%", "\\", "\"", "&",  "+",    "/",  "<", "'", "-", "_",
                                         "n", "u",  "4",  "\n", "\x1b", "%4", "=", "q", "Z", "7"};
    unsigned n = 6 + random_below(24);

    do {
        snprintf(out, 8, "s"); /* at its ends no blank or +, which may stay */
        for (unsigned i = 0; i < n; i++)
            snprintf(out + strlen(out), 8, "%s", pieces[random_below(COUNT(pieces))]);
        snprintf(out + strlen(out), 8, "e");
    } while (redact_is_short(out) || slice_trim(slice_of(out)).len != strlen(out));
}

enum form {
    RAW,
    JSON,
    JSON_ASCII,
    PERCENT,
    PERCENT_LOWER,
    PLUS,
    HTML_NAMES,
    HTML_NUMBERS,
    BYTES,
    NOISE,
    TRIMMED,
    FORMS
};

static unsigned decode(const char **s)
{
    const unsigned char *p = (const unsigned char *)*s;
    size_t len = slice_character(slice_of(*s));
    unsigned c = len == 1 ? p[0] : len == 2 ? p[0] & 0x1fu : len == 3 ? p[0] & 0xfu : p[0] & 7u;

    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3fu);
    *s += len;
    return c;
}

static bool is_plain(unsigned c)
{
    return c < 0x80 && (c >= '0' && c <= '9' ? true : (c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static void put_json(struct text *out, const char *at, size_t len, unsigned c, bool ascii)
{
    if (c == '"' || c == '\\' || (ascii && c == '/'))
        text_printf(out, "\\%c", (int)c);
    else if (c == '\n' || c == '\t')
        text_puts(out, c == '\n' ? "\\n" : "\\t");
    else if (c < ' ' || (ascii && c >= 0x80 && c < 0x10000))
        text_printf(out, random_below(2) ? "\\u%04x" : "\\u%04X", c);
    else if (ascii && c >= 0x10000)
        text_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                    0xdc00 + ((c - 0x10000) & 0x3ff));
    else
        text_append(out, at, len);
}

static void put_html(struct text *out, const char *at, size_t len, unsigned c, bool numbers)
{
    if (numbers && !is_plain(c))
        text_printf(out, random_below(2) ? "&#%u;" : "&#x%X;", c);
    else if (c == '&' || c == '<' || c == '"' || c == '\'')
        text_puts(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : "&#39;");
    else
        text_append(out, at, len);
}

static void put_bytes_of(struct text *out, const char *at, size_t len, const char *format,
                         bool plain)
{
    for (size_t i = 0; i < len; i++)
        if (plain)
            text_append(out, at + i, 1);
        else
            text_printf(out, format, (unsigned char)at[i]);
}

static void put_unit(struct text *out, enum form form, const char *at, size_t len, unsigned c)
{
    static const char *const noises[] = {"\t", "\n", "\x1b", "\xe2\x80\x8b", "\xe2\x80\xae", " "};

    switch (form) {
    case JSON:
    case JSON_ASCII:
        put_json(out, at, len, c, form == JSON_ASCII);
        break;
    case PERCENT:
    case PERCENT_LOWER:
        put_bytes_of(out, at, len, form == PERCENT ? "%%%02X" : "%%%02x", is_plain(c));
        break;
    case PLUS:
        put_bytes_of(out, c == ' ' ? "+" : at, len, "%%%02X", is_plain(c) || c == ' ');
        break;
    case HTML_NAMES:
    case HTML_NUMBERS:
        put_html(out, at, len, c, form == HTML_NUMBERS);
        break;
    case BYTES:
        put_bytes_of(out, at, len, "\\x%02x", is_plain(c));
        break;
    case NOISE:
        text_append(out, at, len);
        text_puts(out, random_below(2) ? noises[random_below(COUNT(noises))] : "");
        break;
    case TRIMMED:
        if (c > ' ')
            text_append(out, at, len);
        break;
    case RAW:
    case FORMS:
        text_append(out, at, len);
    }
}

/* s in that form; units[i]: where its i-th character ends. */
static size_t spell(struct text *out, enum form form, const char *s, size_t *units)
{
    size_t n = 0;

    for (const char *at = s; *at;) {
        const char *next = at;
        unsigned c = decode(&next);

        put_unit(out, form, at, (size_t)(next - at), c);
        units[n++] = out->len;
        at = next;
    }
    return n;
}

static size_t seen_bytes(const char *s, size_t characters)
{
    size_t n = 0;

    for (; characters > 0; characters--) {
        const char *at = s;
        unsigned c = decode(&s);

        n += c > ' ' && c != '+' ? (size_t)(s - at) : 0;
    }
    return n;
}

static void check_spelt(const char *secret, enum form first, enum form second)
{
    const char *const secrets[] = {secret, NULL};
    struct text once, twice;
    size_t units[64];
    char out[TEXT_MAX];

    text_init(&once);
    text_init(&twice);
    spell(&once, first, secret, units);
    text_puts(&twice, "no: ");
    {
        size_t more[TEXT_MAX];
        spell(&twice, second, once.ptr, more);
    }
    text_puts(&twice, " is wrong");
    redacted(secrets, slice_of(twice.ptr), out, sizeof out);
    /* what was put behind the last character as noise may stay */
    if (strncmp(out, "no: ****", 8) != 0 || strlen(out) > strlen("no: **** is wrong") + 20)
        fail_msg("forms %d, %d of \"%s\": \"%s\" became \"%s\"", first, second, secret, twice.ptr,
                 out);
    text_release(&twice);
    text_release(&once);
}

/* The text is cut at every byte. */
static void check_cuts(const char *secret, enum form form, const char *end)
{
    const char *const secrets[] = {secret, NULL};
    struct text spelt, cut;
    size_t units[64], n, begin;

    text_init(&spelt);
    text_init(&cut);
    text_puts(&spelt, "no: ");
    begin = spelt.len;
    n = spell(&spelt, form, secret, units);
    for (size_t len = begin + 1; len < spelt.len; len++) {
        char out[TEXT_MAX];
        size_t whole = 0;

        while (whole < n && units[whole] <= len)
            whole++;
        if (seen_bytes(secret, whole) < REDACT_MIN)
            continue;
        text_clear(&cut);
        text_append(&cut, spelt.ptr, len);
        text_puts(&cut, end);
        redacted(secrets, slice_of(cut.ptr), out, sizeof out);
        /* of the character at the cut some may be left */
        if (strncmp(out, "no: ****", 8) != 0 || strlen(out) > 8 + 24 + strlen(end))
            fail_msg("form %d of \"%s\": \"%s\" became \"%s\"", form, secret, cut.ptr, out);
    }
    text_release(&cut);
    text_release(&spelt);
}

static void test_any_form_and_cut(void **state)
{
    char secret[256];

    (void)state;
    for (int i = 0; i < RANDOM_SECRETS; i++) {
        make_secret(secret);
        for (int form = 0; form < FORMS; form++) {
            check_spelt(secret, (enum form)form, RAW);
            check_spelt(secret, (enum form)form, (enum form)random_below(TRIMMED));
            check_cuts(secret, (enum form)form, "");
            check_cuts(secret, (enum form)form, "...");
        }
    }
}

/* Base64 of before, secret and after, as it may stand in a text, whole or cut: nothing of it that was made of
 * four bytes or more is left. */
static void check_base64(const char *secret, const char *before, bool url)
{
    static const char std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *const secrets[] = {secret, NULL};
    char plain[512], coded[1024], out[TEXT_MAX];
    size_t len = (size_t)snprintf(plain, sizeof plain, "%s%s", before, secret), n = 0;

    for (size_t bit = 0; bit < 8 * len; bit += 6) {
        unsigned pair = (unsigned)(unsigned char)plain[bit / 8] << 8;

        pair |= bit / 8 + 1 < len ? (unsigned char)plain[bit / 8 + 1] : 0;
        coded[n++] = std[pair >> (10 - bit % 8) & 0x3f];
        if (url)
            coded[n - 1] = coded[n - 1] == '+' ? '-' : coded[n - 1] == '/' ? '_' : coded[n - 1];
    }
    coded[n] = '\0';
    for (size_t cut = n; cut >= (8 * strlen(before) + 5) / 6 + 10; cut--) {
        redacted(secrets, (struct slice){coded, cut}, out, sizeof out);
        if (!strstr(out, "****") || strlen(out) > strlen(before) * 8 / 6 + 8 + 4)
            fail_msg("\"%.*s\" became \"%s\"", (int)cut, coded, out);
    }
}

static void test_any_base64(void **state)
{
    char secret[256];

    (void)state;
    for (int i = 0; i < RANDOM_SECRETS; i++) {
        make_secret(secret);
        if (strchr(secret, '\x1b'))
            continue;
        for (int url = 0; url < 2; url++) {
            check_base64(secret, "", url);
            check_base64(secret, "x", url);
            check_base64(secret, "x:", url);
            check_base64(secret, "user:", url);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_our_cut),
        cmocka_unit_test(test_nested_secrets),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_any_form_and_cut),
        cmocka_unit_test(test_any_base64),
    };

    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
