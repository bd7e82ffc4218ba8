/*
 * charset: what is fed is fed at every chunk size, and all of it must come back when it is encoded again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/charset.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BYTES(s)                                                                                   \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }
#define RANDOM_ROUNDS 60
#define RANDOM_MAX 24

/* What a byte that can't be decoded becomes. */
#define LOST_80 "\xed\xb2\x80"
#define LOST_81 "\xed\xb2\x81"
#define LOST_FF "\xed\xb3\xbf"

static void decode_chunks(const char *name, struct slice in, size_t chunk, struct text *out)
{
    struct err e = ERR_INIT;
    struct charset *c = charset_decoder(name, "--encoding", &e);

    text_clear(out);
    if (!c)
        fail_msg("%s", e.text);
    for (size_t at = 0; at < in.len; at += chunk) {
        size_t len = in.len - at < chunk ? in.len - at : chunk;
        /* a copy of its own, so that reading past it is found out */
        char *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, in.ptr + at, len);
        charset_decode(c, copy, len, at + len == in.len && (len & 1), out);
        free(copy);
    }
    charset_decode(c, NULL, 0, true, out);
    assert_true(text_ok(out));
    charset_free(c);
}

static void encode(const char *name, struct slice text, struct text *out)
{
    struct err e = ERR_INIT;
    struct charset *c = charset_encoder(name, &e);

    if (!c)
        fail_msg("%s", e.text);
    charset_encode(c, text, out);
    assert_true(text_ok(out));
    charset_free(c);
}

static void assert_bytes(const char *what, struct slice got, struct slice want)
{
    if (got.len == want.len && (want.len == 0 || memcmp(got.ptr, want.ptr, want.len) == 0))
        return;
    struct text shown;
    text_init(&shown);
    for (size_t i = 0; i < got.len; i++)
        text_printf(&shown, " %02x", (unsigned char)got.ptr[i]);
    text_puts(&shown, ", not");
    for (size_t i = 0; i < want.len; i++)
        text_printf(&shown, " %02x", (unsigned char)want.ptr[i]);
    fail_msg("%s:%s", what, shown.ptr);
}

static struct slice view(const struct text *t)
{
    return (struct slice){t->ptr, t->len};
}

/* in, fed at each chunk size, must become want (NULL: whatever it does at once), and again in. */
static void go_round(const char *name, struct slice in, const struct slice *want, bool back)
{
    struct text text, once, again;

    text_init(&text);
    text_init(&once);
    text_init(&again);
    decode_chunks(name, in, in.len + 1, &once);
    if (want)
        assert_bytes(name, view(&once), *want);
    for (size_t chunk = 1; chunk <= in.len; chunk++) {
        decode_chunks(name, in, chunk, &text);
        assert_bytes(name, view(&text), view(&once));
    }
    encode(name, view(&once), &again);
    if (back)
        assert_bytes(name, view(&again), in);
    text_release(&text);
    text_release(&once);
    text_release(&again);
}

static const struct {
    const char *name;
    struct slice in, text;
    bool damaged;
} cases[] = {
    {"UTF-8", BYTES(""), BYTES(""), false},
    {"UTF-8", BYTES("Jos\xc3\xa9"), BYTES("Jos\xc3\xa9"), false},
    {"utf8", BYTES("\xff\0\xed\xa0\x80\xc3"), BYTES("\xff\0\xed\xa0\x80\xc3"), true},
    {"windows-1252", BYTES(""), BYTES(""), false},
    {"windows-1252", BYTES("Jos\xe9 \x80\x96\n\0x"),
     BYTES("Jos\xc3\xa9 \xe2\x82\xac\xe2\x80\x93\n\0x"), false},
    {"CP1252", BYTES("a\x81,\x8d\x8f\x90\x9d"),
     BYTES("a" LOST_81 ",\xed\xb2\x8d\xed\xb2\x8f\xed\xb2\x90\xed\xb2\x9d"), true},
    {"ISO-8859-2", BYTES("\xa3\xf3\xbc,\xe6"), BYTES("\xc5\x81\xc3\xb3\xc5\xba,\xc4\x87"), false},
    {"KOI8-R", BYTES("\xed\xc9\xd2"), BYTES("\xd0\x9c\xd0\xb8\xd1\x80"), false},
    {"US-ASCII", BYTES("a\x80\n"), BYTES("a" LOST_80 "\n"), true},
    {"SHIFT_JIS", BYTES("\x93\xfa\x96{,~\\\n"), BYTES("\xe6\x97\xa5\xe6\x9c\xac,~\\\n"), false},
    {"SHIFT_JIS", BYTES("\xfb\xfc"), BYTES("\xe9\xab\x99"), false},
    {"sjis", BYTES("\x81,\x81\n\xff\x81"), BYTES(LOST_81 "," LOST_81 "\n" LOST_FF LOST_81), true},
    {"EUC-JP", BYTES("\xc6\xfc\x8f"), BYTES("\xe6\x97\xa5\xed\xb2\x8f"), true},
    {"GB18030", BYTES("\x81\x30\x81\x30\x81\x30\x81"), BYTES("\xc2\x80" LOST_81 "0" LOST_81), true},
    /* letters and accents apart: iconv holds the letter back */
    {"WINDOWS-1258", BYTES("a"), BYTES("a"), false},
    {"WINDOWS-1258", BYTES("a\xd2\xea"), BYTES("\xe1\xba\xa3\xc3\xaa"), false},
    {"WINDOWS-1258", BYTES("a\x9a\xd2"), BYTES("a\xed\xb2\x9a\xcc\x89"), true},
    {"UTF-16LE", BYTES("a\0,\0\xe9\0\n\0"), BYTES("a,\xc3\xa9\n"), false},
    {"UTF-16", BYTES("a\0"), BYTES("a"), false},
    {"UTF-16BE", BYTES("\0a\x20\xac"), BYTES("a\xe2\x82\xac"), false},
    {"UTF-16LE", BYTES("\x3d\xd8\x00\xde"), BYTES("\xf0\x9f\x98\x80"), false},
    {"UTF-16BE", BYTES("\xd8\x3d\xde\x00"), BYTES("\xf0\x9f\x98\x80"), false},
    {"UTF-16LE", BYTES("\x3d\xd8,\0"), BYTES("\xed\xa0\xbd,"), true},
    {"UTF-16LE", BYTES("\x3d\xd8\x3d\xd8\x00\xde"), BYTES("\xed\xa0\xbd\xf0\x9f\x98\x80"), true},
    {"UTF-16BE", BYTES("\xde\x00\0,"), BYTES("\xed\xb8\x80,"), true},
    {"UTF-16BE", BYTES("\0a\xd8\x3d"), BYTES("a\xed\xa0\xbd"), true},
    {"UTF-16LE",
     BYTES("\xff\xfe"
           "a\0"),
     BYTES("\xef\xbb\xbf"
           "a"),
     false},
    {"UTF-32LE", BYTES("a\0\0\0\0\xf6\x01\0"), BYTES("a\xf0\x9f\x98\x80"), false},
    {"UTF-32BE", BYTES("\0\0\0a\0\xff\xff\x80"), BYTES("a\xed\xb0\x80" LOST_FF LOST_FF LOST_80),
     true},
    {"UTF-32LE", BYTES("a\0\0\0\x80"), BYTES("a" LOST_80), true},
};

static void each_encoding_goes_there_and_back_at_every_chunk_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        go_round(cases[i].name, cases[i].in, &cases[i].text, true);
        assert_int_equal(slice_is_utf8(cases[i].text), !cases[i].damaged);
    }
}

static void an_odd_byte_leaves_utf16_in_step(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice in, text, back;
    } odd[] = {
        {"UTF-16LE", BYTES("a\0\x41"), BYTES("a\xed\xb1\x81"), BYTES("a\0\x41\xdc")},
        {"UTF-16BE", BYTES("\0a\x80"), BYTES("a" LOST_80), BYTES("\0a\xdc\x80")},
        {"UTF-16LE", BYTES("\x3d\xd8\x80"), BYTES("\xed\xa0\xbd" LOST_80),
         BYTES("\x3d\xd8\x80\xdc")},
    };
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct text out;
        text_init(&out);
        go_round(odd[i].name, odd[i].in, &odd[i].text, false);
        encode(odd[i].name, odd[i].text, &out);
        assert_bytes(odd[i].name, view(&out), odd[i].back);
        text_release(&out);
    }
}

static uint32_t random_next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static void random_bytes_come_back(void **state)
{
    (void)state;
    /* many NULs, ASCII, surrogates and leads, so that whole characters come up as well */
    static const char likely[] = {'\0', '\0', ',', 'a', '0', '\xd8', '\xdc', '\x81'};
    static const struct {
        const char *name;
        size_t unit;
    } names[] = {{"WINDOWS-1252", 1}, {"ISO-8859-2", 1}, {"KOI8-R", 1},   {"MACINTOSH", 1},
                 {"EUC-KR", 1},       {"GBK", 1},        {"GB18030", 1},  {"UTF-16LE", 2},
                 {"UTF-16BE", 2},     {"UTF-32LE", 4},   {"UTF-32BE", 1}, {"UTF-8", 1}};
    for (size_t i = 0; i < COUNT(names); i++) {
        uint32_t seed = 5;
        for (size_t round = 0; round < RANDOM_ROUNDS; round++) {
            char bytes[RANDOM_MAX];
            size_t len = random_next(&seed) % RANDOM_MAX / names[i].unit * names[i].unit;
            for (size_t k = 0; k < len; k++)
                bytes[k] = random_next(&seed) % 2 ? (char)random_next(&seed)
                                                  : likely[random_next(&seed) % sizeof(likely)];
            go_round(names[i].name, (struct slice){bytes, len}, NULL, true);
        }
    }
}

static void much_text_passes(void **state)
{
    (void)state;
    static char in[20001]; /* more than a buffer, and each chunk cuts a character */
    for (size_t i = 0; i + 1 < sizeof(in); i += 2) {
        in[i] = '\xac';
        in[i + 1] = '\x20';
    }
    struct text text, back;
    text_init(&text);
    text_init(&back);
    decode_chunks("UTF-16LE", (struct slice){in, sizeof(in) - 1}, 4097, &text);
    assert_int_equal(text.len, 30000);
    assert_true(slice_is_utf8(view(&text)));
    encode("UTF-16LE", view(&text), &back);
    assert_bytes("much", view(&back), (struct slice){in, sizeof(in) - 1});
    text_release(&text);
    text_release(&back);
}

static void what_an_encoding_lacks_becomes_a_question_mark(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice text, bytes;
    } lacking[] = {
        {"WINDOWS-1252", BYTES("\xe6\x97\xa5,\xf0\x9f\x98\x80\xc3\xa9"), BYTES("?,?\xe9")},
        {"ISO-8859-2", BYTES("\xe2\x82\xac"), BYTES("?")},
        {"SHIFT_JIS", BYTES("\xc3\xa9\xe6\x97\xa5"), BYTES("?\x93\xfa")},
        {"WINDOWS-1252", BYTES("a\xff,\xe2\x82"), BYTES("a?,?")}, /* no UTF-8 at all */
        {"WINDOWS-1252", BYTES("\xed\xa0\xbd" LOST_81), BYTES("?\x81")},
        {"UTF-32LE", BYTES("\xed\xa0\xbd"), BYTES("?\0\0\0")},
        {"UTF-16BE", BYTES("\xff"), BYTES("\0?")},
        {"KOI8-R", BYTES("\xed\x95\x9c\xed"), BYTES("??")}, /* begins as a surrogate does */
    };
    for (size_t i = 0; i < COUNT(lacking); i++) {
        struct text out;
        text_init(&out);
        encode(lacking[i].name, lacking[i].text, &out);
        assert_bytes(lacking[i].name, view(&out), lacking[i].bytes);
        text_release(&out);
    }
}

#define WELL_KNOWN                                                                                 \
    ": UTF-8, UTF-16LE, WINDOWS-1252, ISO-8859-2, KOI8-R and SHIFT_JIS are well-known ones, "      \
    "\"iconv -l\" lists all"
#define UNLIKE_ASCII " writes plain letters in another way than ASCII" WELL_KNOWN
#define NO_NAME " is no encoding's name" WELL_KNOWN

static void what_cannot_be_right_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *says;
    } refused[] = {
        {"utf-7", "\"UTF-7\"" UNLIKE_ASCII},
        {"iso-2022-jp", "\"ISO-2022-JP\"" UNLIKE_ASCII},
        {"ISO-2022-KR", "\"ISO-2022-KR\"" UNLIKE_ASCII},
        {"ibm037", "\"IBM037\"" UNLIKE_ASCII},
        {"wchar_t", "\"WCHAR_T\"" UNLIKE_ASCII},
        {"ISO646-DE", "\"ISO646-DE\"" UNLIKE_ASCII},
        {"latin-99", "\"LATIN-99\" is no encoding that is known here" WELL_KNOWN},
        {"", "\"\"" NO_NAME},
        {"ascii//ignore", "\"ascii//ignore\"" NO_NAME},
        {"UTF-8 ", "\"UTF-8 \"" NO_NAME},
        {"a\nb", "\"a b\"" NO_NAME},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", "\"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345\"" NO_NAME},
    };
    for (size_t i = 0; i < COUNT(refused); i++) {
        char want[ERR_TEXT_MAX] = "--encoding: ";
        struct err e = ERR_INIT, encoders = ERR_INIT;
        assert_null(charset_decoder(refused[i].name, "--encoding", &e));
        assert_int_equal(e.code, EXIT_USAGE);
        strncat(want, refused[i].says, sizeof(want) - strlen(want) - 1);
        assert_string_equal(e.text, want);
        assert_null(charset_encoder(refused[i].name, &encoders));
        assert_int_equal(encoders.code, EXIT_USAGE);
    }
    charset_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding_goes_there_and_back_at_every_chunk_size),
        cmocka_unit_test(an_odd_byte_leaves_utf16_in_step),
        cmocka_unit_test(random_bytes_come_back),
        cmocka_unit_test(much_text_passes),
        cmocka_unit_test(what_an_encoding_lacks_becomes_a_question_mark),
        cmocka_unit_test(what_cannot_be_right_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
