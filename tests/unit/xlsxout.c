/*
 * xlsxout: what stands in the parts of a workbook for each text, what is refused, that nothing is left behind; and that
 * a workbook that lacks something is found out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/outfile.h"
#include "adapters/unpack.h"
#include "adapters/xlsxout.h"
#include "adapters/xlsxout_internal.h"
#include "base/text.h"

#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#define SHEET "xl/worksheets/sheet1.xml"
#define HEADER_SIZE 30

static struct xlsxout *begin(void)
{
    struct err e = ERR_INIT;
    struct xlsxout *x = xlsxout_new("out.xlsx", &e);

    if (!x || xlsxout_sheet(x, "results", &e) != 0)
        fail_msg("%s", e.text);
    return x;
}

static int end(struct xlsxout *x, struct err *e)
{
    struct outfile *f = outfile_open("out.xlsx", e);
    int rc;

    assert_non_null(f);
    rc = xlsxout_end(x, f, e);
    xlsxout_free(x);
    assert_int_equal(outfile_close(f, rc == 0, e), 0);
    return rc;
}

static void put(struct xlsxout *x, const char *text, size_t len)
{
    struct err e = ERR_INIT;

    assert_int_equal(xlsxout_text(x, (struct slice){text, len}, XLSXOUT_PLAIN, &e), 0);
}

static void next_row(struct xlsxout *x)
{
    struct err e = ERR_INIT;

    assert_int_equal(xlsxout_next_row(x, &e), 0);
}

static int take(void *context, const void *bytes, size_t len)
{
    text_append(context, bytes, len);
    return 0;
}

/* One part of out.xlsx. */
static void read_part(const char *name, struct text *out)
{
    unsigned char h[HEADER_SIZE];
    char found[128];
    uint32_t crc;
    off_t at = 0;
    int fd = open("out.xlsx", O_RDONLY);

    assert_true(fd >= 0);
    do {
        size_t len;

        assert_int_equal(pread(fd, h, sizeof h, at), HEADER_SIZE);
        if (memcmp(h, "PK\3\4", 4) != 0)
            fail_msg("there is no %s", name);
        len = h[26];
        assert_int_equal(pread(fd, found, len, at + HEADER_SIZE), len);
        found[len] = '\0';
        at += HEADER_SIZE + (off_t)len + h[28];
        text_clear(out);
        assert_int_equal(unpack_deflated(fd, &at, take, out, &crc), 0);
    } while (strcmp(found, name) != 0);
    close(fd);
}

static void must_have(const struct text *part, const char *want)
{
    if (!strstr(part->ptr, want))
        fail_msg("no %s in %s", want, part->ptr);
}

static void test_texts(void **state)
{
    static const struct {
        const char *text, *spelt;
        size_t len; /* 0: up to its NUL */
    } cases[] = {
        {"00123", "<t>00123</t>", 0},
        {"=1+1", "<t>=1+1</t>", 0},
        {"@SUM(A1)", "<t>@SUM(A1)</t>", 0},
        {"<b>&", "<t>&lt;b&gt;&amp;</t>", 0},
        {" x ", "<t xml:space=\"preserve\"> x </t>", 0},
        {"a\nb\tc", "<t>a\nb\tc</t>", 0},
        {"a\rb\001c", "<t>a_x000D_b_x0001_c</t>", 0},
        {"a\0b", "<t>a_x0000_b</t>", 3},
        {"\0", "<t>_x0000_</t>", 1},
        {"_x0041_", "<t>_x005F_x0041_</t>", 0},
        {"_x0041_x0042_", "<t>_x005F_x0041_x005F_x0042_</t>", 0},
        {"_xabcd\002", "<t>_x005F_xabcd_x0002_</t>", 0},
        {"_x004_ _X0041_ __", "<t>_x004_ _X0041_ __</t>", 0},
        {"\xC3\xA9\xF0\x9F\x98\x80", "<t>\xC3\xA9\xF0\x9F\x98\x80</t>", 0},
        {"\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD", "<t>_xFFFE__xFFFF_\xEF\xBF\xBD</t>", 0},
        {"a\xFF\xFE", "<t>a\xEF\xBF\xBD\xEF\xBF\xBD</t>", 0},
        {"\xED\xB3\xBF!", "<t>\xEF\xBF\xBD!</t>", 0}, /* a byte as charset.h keeps it */
    };
    struct xlsxout *x = begin();
    struct err e = ERR_INIT;
    struct text sheet;

    (void)state;
    text_init(&sheet);
    for (size_t i = 0; i < COUNT(cases); i++) {
        put(x, cases[i].text, cases[i].len ? cases[i].len : strlen(cases[i].text));
        put(x, "", 0);
        next_row(x);
    }
    assert_int_equal(end(x, &e), 0);
    read_part(SHEET, &sheet);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char want[128];

        /* 1: the style that says that it is a text */
        snprintf(want, sizeof want,
                 "<row r=\"%zu\"><c r=\"A%zu\" s=\"1\" t=\"inlineStr\"><is>%s</is></c></row>",
                 i + 1, i + 1, cases[i].spelt);
        must_have(&sheet, want);
    }
    text_release(&sheet);
}

/* Texts of one character, of so many bytes, n times, with an end. */
static void test_cutting(void **state)
{
    static const struct {
        const char *character;
        size_t n;
        const char *end;
        int cut;
        size_t left; /* bytes of it before the ellipsis */
    } cases[] = {
        {"a", 32767, "", 0, 0},
        {"a", 32768, "", 1, 32766},
        {"\xC3\xA9", 32767, "", 0, 0},
        {"\xC3\xA9", 40000, "", 1, 32766 * 2},
        {"\xF0\x9F\x98\x80", 16383, "a", 0, 0},
        {"\xF0\x9F\x98\x80", 16384, "", 1, 16383 * 4},
        {"a", 32766, "\xF0\x9F\x98\x80", 1, 32766},
        {"\001", 32767, "", 0, 0}, /* the library escapes them */
    };
    struct err e = ERR_INIT;
    struct text text, sheet;

    (void)state;
    text_init(&text);
    text_init(&sheet);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct xlsxout *x = begin();

        text_clear(&text);
        for (size_t n = 0; n < cases[i].n; n++)
            text_puts(&text, cases[i].character);
        text_puts(&text, cases[i].end);
        assert_int_equal(xlsxout_text(x, (struct slice){text.ptr, text.len}, XLSXOUT_PLAIN, &e),
                         cases[i].cut);
        next_row(x);
        assert_int_equal(end(x, &e), 0);
        read_part(SHEET, &sheet);
        if (cases[i].cut) {
            text.len = cases[i].left;
            text_puts(&text, "\xE2\x80\xA6</t>");
            must_have(&sheet, text.ptr);
        }
    }
    text_release(&text);
    text_release(&sheet);
}

static void test_links(void **state)
{
    static const struct {
        const char *url;
        bool is_link;
    } cases[] = {
        {"https://x.example/a?code=_x0041_&b=1#c", true},
        {"http://x.example", true},
        {"ftp://x.example", false},
        {"x https://x.example", false},
        {"https://x.example/internal:a", false}, /* the library's own words */
        {"https://x.example/external:a", false},
        {"https://x.example/a b", false},
        {"https://x.example/\xC3\xA9", false},
        {"", false},
    };
    struct xlsxout *x = begin();
    struct err e = ERR_INIT;
    struct text part;
    char want[64];

    (void)state;
    text_init(&part);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(xlsxout_link(x, slice_of(cases[i].url), &e), 0);
        next_row(x);
    }
    assert_int_equal(end(x, &e), 0);
    read_part(SHEET, &part);
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(want, sizeof want, "<hyperlink ref=\"A%zu\"", i + 1);
        if ((strstr(part.ptr, want) != NULL) != cases[i].is_link)
            fail_msg("%s is %s link", cases[i].url, cases[i].is_link ? "no" : "a");
    }
    must_have(&part, "<t>https://x.example/a?code=_x005F_x0041_&amp;b=1#c</t>");
    read_part("xl/worksheets/_rels/sheet1.xml.rels", &part);
    must_have(&part, "Target=\"https://x.example/a?code=_x0041_&amp;b=1\"");
    text_release(&part);
}

/* An address of 2079 characters, as it is escaped, is the longest: one that is longer is a text, and nothing is said of
 * it by the library. */
static void test_long_links(void **state)
{
    static const struct {
        const char *piece;
        size_t n, rest; /* the piece n times, and so many letters */
        bool is_link;
    } cases[] = {
        {"a", 2061, 0, true},  {"a", 2062, 0, false}, {"<", 687, 0, true},   {"<", 687, 1, false},
        {">", 687, 1, false},  {"[", 1500, 0, false}, {"]", 687, 1, false},  {"^", 687, 1, false},
        {"`", 687, 1, false},  {"{", 687, 1, false},  {"}", 687, 1, false},  {"\"", 687, 1, false},
        {"%g", 515, 1, true},  {"%g", 515, 2, false}, {"%2g", 412, 1, true}, {"%2g", 412, 2, false},
        {"%2F", 687, 0, true}, {"#", 687, 0, true},   {"|", 2061, 0, true},  {"\\", 2061, 0, true},
    };
    struct err e = ERR_INIT;
    struct text url, part;
    int said = open("said", O_RDWR | O_CREAT, 0600), stderr_was = dup(STDERR_FILENO);

    (void)state;
    text_init(&url);
    text_init(&part);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct xlsxout *x = begin();

        text_clear(&url);
        text_puts(&url, "https://x.example/");
        for (size_t n = 0; n < cases[i].n; n++)
            text_puts(&url, cases[i].piece);
        for (size_t n = 0; n < cases[i].rest; n++)
            text_puts(&url, "z");
        dup2(said, STDERR_FILENO);
        if (xlsxout_link(x, (struct slice){url.ptr, url.len}, &e) != 0)
            fail_msg("%s", e.text);
        next_row(x);
        assert_int_equal(end(x, &e), 0);
        dup2(stderr_was, STDERR_FILENO);
        read_part(SHEET, &part);
        if ((strstr(part.ptr, "<hyperlink ") != NULL) != cases[i].is_link)
            fail_msg("%s %zu times is %s link", cases[i].piece, cases[i].n,
                     cases[i].is_link ? "no" : "a");
    }
    assert_int_equal(lseek(said, 0, SEEK_END), 0);
    close(said);
    close(stderr_was);
    text_release(&url);
    text_release(&part);
}

static void test_table(void **state)
{
    struct xlsxout *x = begin();
    struct err e = ERR_INIT;
    struct text part;

    (void)state;
    text_init(&part);
    assert_int_equal(xlsxout_width(x, 0, 20, &e), 0);
    assert_int_equal(xlsxout_text(x, slice_of("Name"), XLSXOUT_HEAD, &e), 0);
    assert_int_equal(xlsxout_text(x, slice_of("tries"), XLSXOUT_HEAD, &e), 0);
    next_row(x);
    assert_int_equal(xlsxout_text(x, slice_of("success"), XLSXOUT_GREEN, &e), 0);
    assert_int_equal(xlsxout_number(x, 1234567890123, &e), 0);
    xlsxout_empty(x);
    put(x, "behind", 6);
    next_row(x);
    assert_int_equal(xlsxout_table(x, 2, &e), 0);
    assert_int_equal(xlsxout_sheet(x, "more", &e), 0);
    put(x, "second", 6);
    next_row(x);
    assert_int_equal(end(x, &e), 0);
    read_part(SHEET, &part);
    must_have(&part, "<autoFilter ref=\"A1:B2\"/>");
    must_have(&part, "ySplit=\"1\" topLeftCell=\"A2\"");
    must_have(&part, "><v>1234567890123</v></c>");
    must_have(&part, "<c r=\"D2\"");
    read_part("xl/worksheets/sheet2.xml", &part);
    must_have(&part, "<t>second</t>");
    read_part("xl/workbook.xml", &part);
    must_have(&part, "<sheet name=\"results\"");
    must_have(&part, "<sheet name=\"more\"");
    read_part("[Content_Types].xml", &part);
    text_release(&part);
}

static size_t count_files(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void test_nothing_is_left(void **state)
{
    struct err e = ERR_INIT;
    struct xlsxout *x;

    (void)state;
    assert_int_equal(mkdir("tmp", 0700), 0);
    setenv("TMPDIR", "tmp", 1);
    x = begin();
    for (int i = 0; i < 1000; i++) {
        put(x, "a code", 6);
        next_row(x);
        assert_int_equal(count_files("tmp"), 0);
    }
    xlsxout_free(x); /* without an end */
    assert_int_equal(count_files("tmp"), 0);
    x = begin();
    put(x, "a code", 6);
    assert_int_equal(end(x, &e), 0);
    assert_int_equal(count_files("tmp"), 0);
    unsetenv("TMPDIR");
}

static void test_no_folder(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    setenv("TMPDIR", "nowhere", 1);
    assert_null(xlsxout_new("out.xlsx", &e));
    assert_int_equal(e.code, EXIT_OUTPUT);
    assert_says(e.text, "out.xlsx: cannot be written: a workbook is put together in nowhere first: "
                        "No such file or directory: set TMPDIR to a folder that can be written to, "
                        "or name a .csv");
    unsetenv("TMPDIR");
}

/* Files may have so many bytes only. */
static int write_limited(rlim_t bytes, struct err *e)
{
    struct rlimit before, limit;
    struct xlsxout *x = begin();
    int rc = 0;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){bytes, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int i = 0; rc == 0 && i < 1000; i++) {
        rc = xlsxout_text(x, slice_of("somebody's name, or so"), XLSXOUT_PLAIN, e);
        if (rc == 0)
            rc = xlsxout_next_row(x, e);
    }
    if (rc == 0)
        rc = end(x, e);
    else
        xlsxout_free(x);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    return rc;
}

static void test_no_room(void **state)
{
    /* The sheet's rows have about 88 kB: too many; enough for them, and not for a copy. */
    static const rlim_t limits[] = {0, 4096, 40000, 90000};

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct err e = ERR_INIT;

        assert_int_equal(write_limited(limits[i], &e), -1);
        assert_int_equal(e.code, EXIT_OUTPUT);
        assert_says(e.text, "out.xlsx: cannot be written: ");
        assert_says(e.text, "File too large: free some space there");
        assert_int_equal(access("out.xlsx", F_OK), -1);
    }
    {
        struct err e = ERR_INIT;

        assert_int_equal(write_limited(1 << 20, &e), 0);
    }
}

/* ---- the check ---- */

static void put_number(unsigned char *at, unsigned long n, size_t bytes)
{
    for (; bytes-- > 0; n >>= 8)
        *at++ = (unsigned char)n;
}

/* A ZIP of one part; its directory is what the check looks at of it. */
static void put_zip(const char *name, const char *content)
{
    unsigned char zip[4096] = "PK\3\4", *at = zip + HEADER_SIZE;
    size_t len = strlen(content);
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)content, .avail_in = (unsigned)len};

    put_number(zip + 14, crc32(0, (const unsigned char *)content, (unsigned)len), 4);
    put_number(zip + 26, strlen(name), 2);
    memcpy(at, name, strlen(name));
    at += strlen(name);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = at;
    z.avail_out = 2048;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    at = z.next_out;
    deflateEnd(&z);
    memcpy(at, "PK\1\2", 4);
    memcpy(at + 46, "PK\5\6", 4);
    put_bytes("part.zip", zip, (size_t)(at - zip) + 46 + 22);
}

static int check(const char *path, const off_t *sheets, size_t n)
{
    int fd = open(path, O_RDONLY), rc;

    assert_true(fd >= 0);
    rc = xlsxout_check(fd, sheets, n);
    close(fd);
    return rc;
}

static void test_parts(void **state)
{
    static const struct {
        const char *content;
        bool whole;
    } cases[] = {
        {"<?xml version=\"1.0\"?>\n<a><b/></a>", true},
        {"<?xml version=\"1.0\"?>\n<a><b/></a>\n", true},
        {"<?xml version=\"1.0\"?>\n<a x=\"1\"/>", true},
        {"<?xml version=\"1.0\"?>\n<a:b x=\"1\">c</a:b>", true},
        {"<?xml version=\"1.0\"?>\n<a><b/>", false},
        {"<?xml version=\"1.0\"?>\n<a><a></a", false},
        {"<?xml version=\"1.0\"?>\n<a></ba>", false},
        {"<?xml version=\"1.0\"?>\n<a x=", false},
        {"<?xml version=\"1.0\"?>\n", false},
        {"<?xml", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        put_zip("x.xml", cases[i].content);
        if (check("part.zip", NULL, 0) != (cases[i].whole ? 0 : -1))
            fail_msg("%s is %s", cases[i].content, cases[i].whole ? "not whole" : "whole");
    }
}

static void test_rows_are_missing(void **state)
{
    static const struct {
        const char *rows; /* and what is behind them */
        off_t size;
        bool whole;
    } cases[] = {
        {"<sheetData><row/></sheetData></s>", 6, true},
        {"<cols/><sheetData></sheetData><x/></s>", 0, true},
        {"<sheet><sheetData><row/></sheetData></s>", 6, true},
        {"<sheetData><row/></sheetData></s>", 7, false},
        {"<sheetData><row/></sheetData></s>", 5, false},
        {"<sheetData><row/><row/></sheetData></s>", 6, false},
        {"<sheetData><row/></s>", 6, false},
        {"<sheetData/></s>", 0, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char content[256];

        snprintf(content, sizeof content, "<?xml version=\"1.0\"?>\n<s>%s", cases[i].rows);
        put_zip(SHEET, content);
        if (check("part.zip", &cases[i].size, 1) != (cases[i].whole ? 0 : -1))
            fail_msg("%s is %s", content, cases[i].whole ? "not whole" : "whole");
        assert_int_equal(check("part.zip", (const off_t[]){cases[i].size, 0}, 2), -1);
    }
}

/* A true one, over many blocks of the reader, cut wherever, and with any byte changed. */
static void test_damage(void **state)
{
    static const char begins[] = "<sheetData>";
    struct xlsxout *x = begin();
    struct err e = ERR_INIT;
    struct text part, whole;
    char bytes[4096], *rows;
    FILE *f;
    off_t size;

    (void)state;
    text_init(&part);
    text_init(&whole);
    for (int i = 0; i < 4000; i++) {
        snprintf(bytes, sizeof bytes, "text %d", i * i);
        put(x, bytes, strlen(bytes));
        next_row(x);
    }
    assert_int_equal(end(x, &e), 0);
    read_part(SHEET, &part);
    rows = strstr(part.ptr, begins) + strlen(begins);
    size = strstr(rows, "</sheetData>") - rows;
    assert_true(size > 3 * 65536);
    assert_int_equal(check("out.xlsx", &size, 1), 0);
    f = fopen("out.xlsx", "r");
    assert_non_null(f);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        text_append(&whole, bytes, n);
    fclose(f);
    for (size_t n = 0; n < whole.len; n += 997) {
        put_bytes("cut.xlsx", whole.ptr, n);
        assert_int_equal(check("cut.xlsx", &size, 1), -1);
    }
    /* The middle is the sheet's. */
    whole.ptr[whole.len / 2] ^= 0x10;
    put_bytes("cut.xlsx", whole.ptr, whole.len);
    assert_int_equal(check("cut.xlsx", &size, 1), -1);
    text_release(&part);
    text_release(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_texts),     IN_FOLDER(test_cutting),
        IN_FOLDER(test_links),     IN_FOLDER(test_long_links),
        IN_FOLDER(test_table),     IN_FOLDER(test_nothing_is_left),
        IN_FOLDER(test_no_folder), IN_FOLDER(test_no_room),
        IN_FOLDER(test_parts),     IN_FOLDER(test_rows_are_missing),
        IN_FOLDER(test_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
