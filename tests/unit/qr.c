/* qr: a picture that readers can read; what it says is read by tests/message_test.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/qr.h"

#include <string.h>

#include "base/mem.h"
#include "fixture.h"

static unsigned number_at(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
}

/* A code of version V has 4 V + 17 modules, and 4 on either side, of 8 pixels. */
static void a_picture_has_its_quiet_zone(void **state)
{
    static const struct {
        size_t len;
        unsigned modules;
    } cases[] = {{1, 21}, {14, 21}, {15, 25}, {100, 41}, {QR_TEXT_MAX, 177}};
    char *bytes = mem_zero(1, QR_TEXT_MAX);
    struct text png;

    (void)state;
    memset(bytes, 0xc3, QR_TEXT_MAX); /* any bytes are taken */
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_init(&png);
        assert_null(qr_png((struct slice){bytes, cases[i].len}, &png));
        assert_true(text_ok(&png) && png.len > 40);
        assert_memory_equal(png.ptr, "\x89PNG\r\n\x1a\n", 8);
        assert_memory_equal(png.ptr + 12, "IHDR", 4);
        assert_int_equal(number_at(png.ptr + 16), (cases[i].modules + 8) * 8);
        assert_int_equal(number_at(png.ptr + 20), (cases[i].modules + 8) * 8);
        assert_memory_equal(png.ptr + png.len - 8, "IEND", 4);
        text_release(&png);
    }
    free(bytes);
}

static void what_cant_be_a_code_is_said(void **state)
{
    char *bytes = mem_zero(1, QR_TEXT_MAX + 1);
    struct text png;

    (void)state;
    text_init(&png);
    assert_says(qr_png((struct slice){"", 0}, &png), "nothing to put");
    assert_says(qr_png((struct slice){bytes, QR_TEXT_MAX + 1}, &png), "too long");
    assert_int_equal(png.len, 0);
    text_release(&png);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_has_its_quiet_zone),
        cmocka_unit_test(what_cant_be_a_code_is_said),
    };

    return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
