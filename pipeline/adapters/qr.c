/* qr: libqrencode makes the modules, libpng the picture: of two colours, a bit a pixel. */
#include "adapters/qr.h"

#include "base/mem.h"

#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#define MODULE 8 /* pixels: a byte of a row */
#define QUIET 4  /* modules */

static void put(png_structp png, png_bytep bytes, png_size_t len)
{
    text_append(png_get_io_ptr(png), bytes, len);
}

static void flush(png_structp png)
{
    (void)png;
}

/* libpng's own way is to say it on standard error first; here text.failed says it to the caller. */
static void fail(png_structp png, png_const_charp why)
{
    (void)why;
    png_longjmp(png, 1);
}

static void warn(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

/* A row of pixels: a set bit is white. */
static void fill_row(const QRcode *code, int module, unsigned char *row, size_t bytes)
{
    memset(row, 0xff, bytes);
    if (module < 0 || module >= code->width)
        return;
    for (int x = 0; x < code->width; x++)
        if (code->data[module * code->width + x] & 1)
            row[(size_t)(x + QUIET)] = 0x00;
}

static int write_rows(png_structp png, png_infop info, const QRcode *code, struct text *out)
{
    unsigned side = (unsigned)(code->width + 2 * QUIET) * MODULE;
    size_t bytes = side / 8;
    unsigned char *row = mem_zero(1, bytes);

    if (!row)
        return -1;
    if (setjmp(png_jmpbuf(png))) { /* its way to fail, of memory alone */
        free(row);
        return -1;
    }
    png_set_write_fn(png, out, put, flush);
    png_set_IHDR(png, info, side, side, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = -QUIET; y < code->width + QUIET; y++) {
        fill_row(code, y, row, bytes);
        for (int i = 0; i < MODULE; i++)
            png_write_row(png, row);
    }
    png_write_end(png, info);
    free(row);
    return 0;
}

static int write_png(const QRcode *code, struct text *out)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, warn);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    int rc = info ? write_rows(png, info, code, out) : -1;

    png_destroy_write_struct(png ? &png : NULL, info ? &info : NULL);
    return rc;
}

const char *qr_png(struct slice text, struct text *png)
{
    QRcode *code;

    if (text.len == 0)
        return "there is nothing to put into a QR code";
    if (text.len > QR_TEXT_MAX)
        return "is too long for a QR code";
    code = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
    if (!code || write_png(code, png) != 0)
        png->failed = true;
    QRcode_free(code);
    return NULL;
}
