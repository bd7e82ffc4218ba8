/*
 * fuzz_workbook: a workbook of any bytes is refused with a message, or its sheets become CSV.
 *
 * What begins with PK or as OLE2 is a whole file; what begins with <office the content.xml of an .ods; anything else is
 * the sheet of a .xlsx that has some styles and shared texts.  Whatever comes:
 * - a sheet is written, or an error says why not; has_table is of the same mind as its rows;
 * - what is written is CSV of as many lines as were told, whose records are nowhere wider, without a fault but for NULs.
 */
#include "fuzz.h"

#include "adapters/csvio.h"
#include "adapters/spool.h"
#include "base/text.h"
#include "stages/spreadsheet.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <zlib.h>

#define PARTS_MAX 16
#define SHEETS_MAX 4u /* more of them are not written */
#define RELATIONS "http://x/relationships/"

struct part {
    const char *path;
    const void *bytes;
    size_t len, at;
    uint32_t crc;
};
struct zip {
    struct text bytes;
    struct part parts[PARTS_MAX];
    size_t n;
};

struct seen {
    struct spreadsheet_facts facts;
    uint64_t filled;
    uint64_t last;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_enter();
    return 0;
}

/* ---- a ZIP, whose members are not packed ---- */

static void put(struct text *t, uint64_t n, size_t bytes)
{
    for (; bytes > 0; bytes--, n >>= 8)
        text_append(t, (char[]){(char)(n & 0xff)}, 1);
}

/* What the local header and the directory have in common. */
static void put_header(struct text *t, const struct part *p)
{
    put(t, 20, 2); /* version */
    put(t, 0, 8);  /* flags, method, time, date */
    put(t, p->crc, 4);
    put(t, p->len, 4);
    put(t, p->len, 4);
    put(t, strlen(p->path), 2);
    put(t, 0, 2);
}

static void zip_add(struct zip *z, const char *path, const void *bytes, size_t len)
{
    struct part *p = &z->parts[z->n++];

    *p = (struct part){path, bytes, len, z->bytes.len, 0};
    p->crc = (uint32_t)crc32(0, bytes, (unsigned)len);
    text_append(&z->bytes, "PK\3\4", 4);
    put_header(&z->bytes, p);
    text_puts(&z->bytes, path);
    text_append(&z->bytes, bytes, len);
}

static void zip_text(struct zip *z, const char *path, const char *content)
{
    zip_add(z, path, content, strlen(content));
}

static void zip_end(struct zip *z)
{
    size_t from = z->bytes.len;

    for (size_t i = 0; i < z->n; i++) {
        text_append(&z->bytes, "PK\1\2", 4);
        put(&z->bytes, 20, 2);
        put_header(&z->bytes, &z->parts[i]);
        put(&z->bytes, 0, 10); /* comment, disk, attributes */
        put(&z->bytes, z->parts[i].at, 4);
        text_puts(&z->bytes, z->parts[i].path);
    }
    size_t len = z->bytes.len - from;
    text_append(&z->bytes, "PK\5\6", 4);
    put(&z->bytes, 0, 4);
    put(&z->bytes, z->n, 2);
    put(&z->bytes, z->n, 2);
    put(&z->bytes, len, 4);
    put(&z->bytes, from, 4);
    put(&z->bytes, 0, 2);
    MUST(text_ok(&z->bytes));
}

static void pack_xlsx(struct zip *z, const uint8_t *data, size_t size)
{
    zip_text(z, "[Content_Types].xml", "<Types/>");
    zip_text(z, "_rels/.rels",
             "<Relationships><Relationship Id='a' Type='" RELATIONS
             "officeDocument' Target='w.xml'/></Relationships>");
    zip_text(z, "w.xml", "<workbook><sheets><sheet name='S' r:id='r1'/></sheets></workbook>");
    zip_text(z, "_rels/w.xml.rels",
             "<Relationships><Relationship Id='r1' Type='" RELATIONS
             "worksheet' Target='s.xml'/><Relationship Id='r2' Type='" RELATIONS
             "styles' Target='y.xml'/><Relationship Id='r3' Type='" RELATIONS
             "sharedStrings' Target='t.xml'/></Relationships>");
    zip_text(z, "y.xml",
             "<styleSheet><numFmts><numFmt numFmtId='170' formatCode='00000'/></numFmts><cellXfs>"
             "<xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='22'/><xf numFmtId='9'/>"
             "<xf numFmtId='46'/><xf numFmtId='170'/><xf numFmtId='20'/></cellXfs></styleSheet>");
    zip_text(z, "t.xml",
             "<sst><si><t>a</t></si><si><t>b,\"\n</t></si><si/><si><t>_x0000_ _x000D_\n</t></si>"
             "</sst>");
    zip_add(z, "s.xml", data, size);
}

static void pack(struct zip *z, const uint8_t *data, size_t size)
{
    if (size >= 7 && memcmp(data, "<office", 7) == 0) {
        zip_text(z, "mimetype", "application/vnd.oasis.opendocument.spreadsheet");
        zip_add(z, "content.xml", data, size);
    } else {
        pack_xlsx(z, data, size);
    }
    zip_end(z);
}

/* ---- what became of it ---- */

static int check_record(void *context, const struct csvio_record *r)
{
    struct seen *s = context;

    MUST(r->nfields <= s->facts.width && r->line > s->last);
    MUST(!r->fault || strncmp(r->fault, "a NUL byte", 10) == 0);
    MUST(r->fields[r->nfields - 1].len > 0);
    s->last = r->last_line;
    s->filled++;
    return 0;
}

/* false: it is wider than this reader takes. */
static bool check_csv(struct spool *csv, struct seen *s)
{
    struct err e = ERR_INIT;
    struct csvio_reader *r = csvio_reader_new("a.csv", ',', '"', check_record, s, &e);
    char buf[4096];
    ssize_t n;
    int rc = 0;

    MUST(r);
    while (rc == 0 && (n = spool_read(csv, buf, sizeof(buf), &e)) > 0)
        rc = csvio_feed(r, buf, (size_t)n, &e);
    if (rc == 0)
        rc = csvio_finish(r, &e);
    MUST(rc == 0 || s->facts.width > CSVIO_FIELDS_MAX);
    csvio_reader_free(r);
    return rc == 0;
}

static void check_sheet(struct spreadsheet *w, size_t at)
{
    struct err e = ERR_INIT, of_table = ERR_INIT;
    int has_table = spreadsheet_has_table(w, at, &of_table);
    struct spool *to = spool_new("a.xlsx", &e);
    struct seen s = {.filled = 0};

    MUST((has_table < 0) == (of_table.code != EXIT_DONE));
    MUST(to);
    if (spreadsheet_write(w, at, to, &s.facts, &e) == 0) {
        MUST(has_table >= 0);
        MUST((s.facts.valueless > 0) == (s.facts.first_valueless[0] != '\0'));
        MUST((s.facts.rows == 0) == (s.facts.width == 0));
        MUST(s.facts.rows <= SPREADSHEET_ROWS_MAX && s.facts.hidden_rows <= s.facts.rows);
        if (check_csv(to, &s))
            MUST(s.filled <= s.facts.rows && (s.filled >= 2) == has_table);
    } else {
        fuzz_must_say(&e);
    }
    spool_close(to);
}

static void check_file(const void *bytes, size_t size)
{
    int fd = memfd_create("in", MFD_CLOEXEC);
    struct err e = ERR_INIT;

    MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    enum spreadsheet_kind kind = spreadsheet_kind(fd, "a.xlsx", &e);
    MUST((kind == SPREADSHEET_FAULT) == (e.code != EXIT_DONE));
    if (kind > 0) {
        struct spreadsheet *w = spreadsheet_open(fd, "a.xlsx", kind, &e);
        for (size_t i = 0; w && i < spreadsheet_count(w) && i < SHEETS_MAX; i++)
            check_sheet(w, i);
        if (!w)
            fuzz_must_say(&e);
        spreadsheet_close(w);
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zip z = {.n = 0};

    if (size >= 2 && (memcmp(data, "PK", 2) == 0 || memcmp(data, "\xd0\xcf", 2) == 0)) {
        check_file(data, size);
        return 0;
    }
    text_init(&z.bytes);
    pack(&z, data, size);
    check_file(z.bytes.ptr, z.bytes.len);
    text_release(&z.bytes);
    return 0;
}
