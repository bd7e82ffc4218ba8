/* spreadsheet: what its writer meant is what the CSV says; what can't be known is an error, and says which cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/spool.h"
#include "base/text.h"
#include "stages/spreadsheet.h"

#include "fixture.h"
#include "zips.h"

#include <inttypes.h>

#define PARTS_MAX 16
#define RELATIONS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define STRICT "http://purl.oclc.org/ooxml/officeDocument/relationships"
#define RELATED(id, type, target)                                                                  \
    "<Relationship Id='" id "' Type='" RELATIONS "/" type "' Target='" target "'/>"
#define RELATED_ALL(...) "<Relationships>" __VA_ARGS__ "</Relationships>"
#define SHEET(name, id) "<sheet name='" name "' sheetId='1' r:id='" id "'/>"
#define BOOK(pr, sheets) "<workbook xmlns:r='x'>" pr "<sheets>" sheets "</sheets></workbook>"

/* The styles of the tests' cells: s='1' is a date, and so on. */
static const char styles[] =
    "<styleSheet><numFmts><numFmt numFmtId='164' formatCode='00000'/>"
    "<numFmt numFmtId='165' formatCode='yyyy\\-mm\\-dd hh:mm'/>"
    "<numFmt numFmtId='5' formatCode='[h]:mm'/></numFmts>"
    "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs>"
    "<xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='165'/><xf numFmtId='21'/>"
    "<xf numFmtId='10' applyNumberFormat='0'/><xf numFmtId='164'/><xf numFmtId='5'/>"
    "<xf numFmtId='999'/></cellXfs></styleSheet>";

/* A workbook of one sheet, "S1". */
static const struct zips_part minimal[] = {
    {"[Content_Types].xml", "<Types/>"},
    {"_rels/.rels", RELATED_ALL(RELATED("a", "officeDocument", "xl/workbook.xml"))},
    {"xl/workbook.xml", BOOK("", SHEET("S1", "r1"))},
    {"xl/_rels/workbook.xml.rels",
     RELATED_ALL(RELATED("r1", "worksheet", "worksheets/sheet1.xml") RELATED(
         "r2", "styles", "styles.xml") RELATED("r3", "sharedStrings", "sharedStrings.xml"))},
    {"xl/styles.xml", styles},
    {"xl/sharedStrings.xml", "<sst/>"},
    {"xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"},
    {NULL, NULL},
};

static const struct zips_part minimal_ods[] = {
    {"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
    {"content.xml", ""},
    {NULL, NULL},
};

/* The parts, with others instead of some of them or behind them; text "-": it is left out. */
static void change(const struct zips_part *from, const struct zips_part *with,
                   struct zips_part to[PARTS_MAX])
{
    size_t n = 0;

    for (; from->path; from++) {
        to[n] = *from;
        for (const struct zips_part *w = with; w && w->path; w++)
            if (strcmp(w->path, from->path) == 0)
                to[n].text = w->text;
        n += strcmp(to[n].text, "-") != 0;
    }
    for (; with && with->path; with++) {
        bool known = false;
        for (size_t i = 0; i < n; i++)
            known = known || strcmp(to[i].path, with->path) == 0;
        if (!known && strcmp(with->text, "-") != 0) {
            assert_true(n + 1 < PARTS_MAX);
            to[n++] = *with;
        }
    }
    to[n] = (struct zips_part){NULL, NULL};
}

struct result {
    struct text csv;
    struct spreadsheet_facts facts;
    struct err e;
    bool opened;
};

static void read_spool(struct spool *s, struct text *out, struct err *e)
{
    char buf[4096];
    ssize_t n;

    while ((n = spool_read(s, buf, sizeof(buf), e)) > 0)
        text_append(out, buf, (size_t)n);
    assert_int_equal(n, 0);
}

/* The sheet of this number, as CSV: 0, or -1. */
static int write_fd(int fd, size_t at, struct result *r)
{
    int rc = -1;

    *r = (struct result){.e = ERR_INIT};
    text_init(&r->csv);
    enum spreadsheet_kind kind = spreadsheet_kind(fd, "a.xlsx", &r->e);
    if (kind <= SPREADSHEET_NONE) {
        assert_int_equal(kind == SPREADSHEET_NONE, r->e.code == EXIT_DONE);
        return -1;
    }
    struct spreadsheet *w = spreadsheet_open(fd, "a.xlsx", kind, &r->e);
    r->opened = w != NULL;
    if (w && at < spreadsheet_count(w)) {
        struct spool *to = spool_new("a.xlsx", &r->e);
        assert_non_null(to);
        rc = spreadsheet_write(w, at, to, &r->facts, &r->e);
        if (rc == 0)
            read_spool(to, &r->csv, &r->e);
        spool_close(to);
    }
    spreadsheet_close(w);
    assert_int_equal(rc == -1 && r->e.code != EXIT_DONE, r->e.code == EXIT_INPUT);
    return rc;
}

static int write_parts(const struct zips_part *from, const struct zips_part *with, size_t at,
                       struct result *r)
{
    struct zips_part parts[PARTS_MAX];

    change(from, with, parts);
    int fd = zips_open("zip", NULL, parts);
    int rc = write_fd(fd, at, r);
    close(fd);
    return rc;
}

static int write_xlsx(const char *rows, const char *strings, const char *book, struct result *r)
{
    struct text sheet, sst;
    text_init(&sheet);
    text_init(&sst);
    text_printf(&sheet, "<worksheet><sheetData>%s</sheetData></worksheet>", rows);
    text_printf(&sst, "<sst>%s</sst>", strings ? strings : "");
    const struct zips_part with[] = {{"xl/worksheets/sheet1.xml", sheet.ptr},
                                     {"xl/sharedStrings.xml", sst.ptr},
                                     {book ? "xl/workbook.xml" : NULL, book},
                                     {NULL, NULL}};
    int rc = write_parts(minimal, with, 0, r);
    text_release(&sheet);
    text_release(&sst);
    return rc;
}

static int write_ods(const char *tables, const char *automatic, size_t at, struct result *r)
{
    struct text content;
    text_init(&content);
    text_printf(&content,
                "<office:document-content><office:automatic-styles>%s</office:automatic-styles>"
                "<office:body><office:spreadsheet>%s</office:spreadsheet></office:body>"
                "</office:document-content>",
                automatic ? automatic : "", tables);
    const struct zips_part with[] = {{"content.xml", content.ptr}, {NULL, NULL}};
    int rc = write_parts(minimal_ods, with, at, r);
    text_release(&content);
    return rc;
}

static void expect(int rc, struct result *r, const char *input, const char *csv)
{
    if (rc != 0)
        fail_msg("%s: %s", input, r->e.text);
    if (r->csv.len != strlen(csv) || strcmp(r->csv.ptr, csv) != 0)
        fail_msg("%s:\n%s\nis not\n%s", input, r->csv.ptr, csv);
    text_release(&r->csv);
}

/* ---- .xlsx ---- */

#define R1(cells) "<row r='1'>" cells "</row>"
#define INLINE(text) "<c t='inlineStr'><is><t>" text "</t></is></c>"

static const struct {
    const char *rows, *strings, *csv;
} xlsx_cells[] = {
    {"", "", ""},
    /* shared texts */
    {R1("<c r='A1' t='s'><v>1</v></c><c r='B1' t='s'><v>0</v></c>"),
     "<si><t>b</t></si><si><t>a</t></si>", "a,b\n"},
    {R1("<c t='s'><v> 0 </v></c>"), "<si><t>x</t></si>", "x\n"},
    {R1("<c t='s'><v>0</v></c><c><v>1</v></c>"), "<si/>", ",1\n"},
    {R1("<c t='s'><v>0</v></c>"),
     "<si><r><rPr><b/></rPr><t>Ja</t></r><r><t xml:space='preserve'>ne </t></r>"
     "<rPh sb='0' eb='1'><t>no</t></rPh><phoneticPr fontId='1'/></si>",
     "\"Jane \"\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>a<x>no</x>b</t><r><x><t>no</t></x></r></si>", "ab\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>&lt;a&gt; &amp; <![CDATA[<b>]]></t></si>", "<a> & <b>\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>a,b</t></si>", "\"a,b\"\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>say \"x\"</t></si>", "\"say \"\"x\"\"\"\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>one\ntwo</t></si>", "\"one\ntwo\"\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>one_x000D_\ntwo</t></si>", "\"one\ntwo\"\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>one_x000d_two</t></si>", "\"one\rtwo\"\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>_x005F_x0041_</t></si>", "_x0041_\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>_x0041__x00e9__x20AC_</t></si>",
     "A\xc3\xa9\xe2\x82\xac\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>_xD83D__xDE00_</t></si>", "\xf0\x9f\x98\x80\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>_xD83D__x0041_</t></si>", "_xD83D_A\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>_xDE00_</t></si>", "_xDE00_\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>_X0041_ _x041_ _x0041 _x00G1_</t></si>",
     "_X0041_ _x041_ _x0041 _x00G1_\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>_x0</t><r><t>041_</t></r></si>", "A\n"},
    {R1("<c t='s'><v>0</v></c>"), "<si><t>00123</t></si>", "00123\n"},
    /* texts of their own */
    {R1(INLINE("a") INLINE("_x0042_")), "", "a,B\n"},
    {R1("<c t='inlineStr'><is><r><t>a</t></r><rPh><t>no</t></rPh><r><t>b</t></r></is></c>"), "",
     "ab\n"},
    {R1("<c t='str'><f>A1</f><v>x_x0041_</v></c>"), "", "xA\n"},
    {R1("<c t='str'><f>A1</f><v>123</v></c>"), "", "123\n"},
    {R1("<c t='str'><v>1E5</v></c>"), "", "1E5\n"},
    {R1("<c><is><t>no type</t></is></c>"), "", "no type\n"},
    /* numbers */
    {R1("<c><v>1</v></c><c t='n'><v>-2</v></c><c><v>0</v></c>"), "", "1,-2,0\n"},
    {R1("<c><v>1.0</v></c><c><v>007</v></c><c><v>-0</v></c>"), "", "1,7,0\n"},
    {R1("<c><v>0.30000000000000004</v></c><c><v>1E-3</v></c>"), "", "0.3,0.001\n"},
    {R1("<c><v>123456789012345</v></c><c><v>1234567890123456</v></c>"), "",
     "123456789012345,1.23456789012346E+15\n"},
    {R1("<c><v>1.2345678901234568E+18</v></c>"), "", "1.23456789012346E+18\n"},
    {R1("<c><v> 12 </v></c><c><v>NaN</v></c><c><v>0x10</v></c><c><v>1e999</v></c>"), "",
     "12,NaN,0x10,1e999\n"},
    {R1("<c s='0'><v>45000</v></c><c s='1'><v>45000</v></c><c s='2'><v>45000.5</v></c>"
        "<c s='3'><v>0.5</v></c>"),
     "", "45000,2023-03-15,2023-03-15T12:00:00,12:00:00\n"},
    {R1("<c s='4'><v>0.285</v></c><c s='5'><v>123</v></c><c s='6'><v>1.25</v></c>"
        "<c s='7'><v>1</v></c>"),
     "", "28.5%,00123,30:00:00,1\n"},
    {R1("<c s='1' t='s'><v>0</v></c><c s='5' t='str'><v>7</v></c>"), "<si><t>45000</t></si>",
     "45000,7\n"},
    /* the others */
    {R1("<c t='b'><v>1</v></c><c t='b'><v>0</v></c><c t='b'><v>true</v></c>"
        "<c t='b'><v>2</v></c>"),
     "", "TRUE,FALSE,TRUE,2\n"},
    {R1("<c t='e'><v>#REF!</v></c><c t='e'><v>#N/A</v></c>"), "", "#REF!,#N/A\n"},
    {R1("<c t='d'><v>2026-11-30</v></c><c t='d'><v>2026-11-30T15:04:05.25</v></c>"
        "<c t='d' s='1'><v>2026-11-30T00:00:00</v></c><c t='d' s='3'><v>1899-12-31T15:04:05</v>"
        "</c>"),
     "", "2026-11-30,2026-11-30T15:04:05,2026-11-30,15:04:05\n"},
    {R1("<c t='d'><v>2026-11-30T15:04:59.5</v></c><c t='d' s='1'><v>2026-11-30T23:59:59.9</v></c>"
        "<c t='d' s='3'><v>1899-12-31T15:04:05.5</v></c>"),
     "", "2026-11-30T15:05:00,2026-11-30,15:04:06\n"},
    {R1("<c s='6'><v>0.01</v></c><c><v>123456789012345.5</v></c><c s='5'><v>-7</v></c>"), "",
     "00:14:24,1.23456789012346E+14,-7\n"},
    {R1("<c t='d'><v>2026-11-30T15:04:05Z</v></c><c t='d'><v>soon</v></c>"), "",
     "2026-11-30T15:04:05Z,soon\n"},
    /* places */
    {R1("<c r='B1'><v>1</v></c><c><v>2</v></c><c r='E1'><v>3</v></c>"), "", ",1,2,,3\n"},
    {R1("<c r='AA1'><v>1</v></c>"), "", ",,,,,,,,,,,,,,,,,,,,,,,,,,1\n"},
    {R1("<c r='a1'><v>1</v></c>"), "", "1\n"},
    {"<row><c><v>1</v></c></row><row r='4'><c r='A4'><v>2</v></c></row><row><c><v>3</v></c>"
     "</row>",
     "", "1\n\n\n2\n3\n"},
    {"<row r='2'><c r='A2'><v>1</v></c></row>", "", "\n1\n"},
    /* what is empty at the ends is not there */
    {R1("<c r='A1'><v>1</v></c><c r='B1'/><c r='C1'><v/></c>") "<row r='2'/>"
                                                               "<row r='3'><c r='A3'/></row>",
     "", "1\n"},
    {R1("<c t='str'><v></v></c>") "<row r='2'><c><v>1</v></c></row>", "", "\n1\n"},
    {R1(INLINE(" ")), "", "\" \"\n"},
    /* what is not of a cell */
    {R1("<c><v>1</v><extLst><ext><v>2</v></ext></extLst></c><x><c><v>3</v></c></x>"), "", "1\n"},
    {R1("<x:c r='A1'><x:v>1</x:v></x:c>"), "", "1\n"},
    {R1("<c r='A1' x:r='B9' x:t='s' cm='1' vm='1' ph='1'><v>1</v></c>"), "", "1\n"},
    {R1("<c><f>1+1</f><v>2</v></c>"), "", "2\n"},
};

static void cells_say_what_was_meant(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(xlsx_cells); i++) {
        struct result r;
        int rc = write_xlsx(xlsx_cells[i].rows, xlsx_cells[i].strings, NULL, &r);
        expect(rc, &r, xlsx_cells[i].rows, xlsx_cells[i].csv);
    }
}

static void what_cannot_be_meant_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *strings, *says;
    } cases[] = {
        {R1("<c t='s'><v>1</v></c>"), "<si/>",
         "a.xlsx: sheet \"S1\": cell A1 is the shared text 1, which there is not: save it again"},
        {R1("<c t='s'><v>-1</v></c>"), "<si/>", "cell A1 is the shared text -1"},
        {R1("<c t='s'><v>x</v></c>"), "<si/>", "cell A1 is the shared text x"},
        {R1("<c t='s'><v>99999999999999999999999</v></c>"), "<si/>", "which there is not"},
        {R1("<c r='B1'/><c r='A1'/>"), "", "cell A1 comes behind one that is right of it"},
        {R1("<c r='B1'/><c r='B1'/>"), "", "cell B1 comes behind one that is right of it"},
        {R1("<c r='B2'/>"), "", "cell A1 is called B2, in row 1"},
        {R1("<c r='1'/>"), "", "cell A1 is called 1, in row 1"},
        {R1("<c r='A'/>"), "", "cell A1 is called A, in row 1"},
        {R1("<c r=''/>"), "", "cell A1 is called , in row 1"},
        {R1("<c r='$A$1'/>"), "", "cell A1 is called $A$1"},
        {R1("<c r='XFE1'><v>1</v></c>"), "", "row 1 has more than 16384 columns"},
        {R1("<c r='NTQ1'><v>1</v></c>"), "", "cell NTQ1 is behind column 10000"},
        {R1("<c t='str'><f>A1</f></c>"), "", "row 1 has only formulas whose values were not saved"},
        {R1("<c r='ZZZZZZZZZZZZZZZZZZZZZZ1'><v>1</v></c>"), "", "cell A1 is called ZZZ"},
        {R1("<c r='XFD1'/><c/>"), "", "row 1 has more than 16384 columns"},
        {"<row r='2'/><row r='1'/>", "", "a row behind row 2 has the number 1: save it again"},
        {"<row r='2'/><row r='2'/>", "", "a row behind row 2 has the number 2"},
        {"<row r='0'/>", "", "a row behind row 0 has the number 0"},
        {"<row r='x'/>", "", "has the number x"},
        {"<row r='1048577'/>", "", "has the number 1048577"},
        {"<row r='1048576'/><row><c><v>1</v></c></row>", "", "has more than 1048576 rows: split"},
        {R1("<c t='x'><v>1</v></c>"), "", "cell A1 is of the type x, which there is not"},
        {R1("<c/><c s='8'><v>1</v></c>"), "", "cell B1 has the style 8 of 8"},
        {R1("<c s='-1'><v>1</v></c>"), "", "cell A1 has the style -1 of 8"},
        {R1("<c><v>1</v><v>2</v></c>"), "", "cell A1 has two values"},
        {R1("<c><v>1</v><is><t>2</t></is></c>"), "", "cell A1 has two values"},
        {R1("<c><v>1</c>"), "", "its part xl/worksheets/sheet1.xml is damaged on line 1, column"},
        {R1("<c t='s'><v>0</v></c>"), "<si><t>x</si>", "its part xl/sharedStrings.xml is damaged"},
        /* also where no cell asked for it */
        {R1("<c><v>1</v></c>"), "<si><t>x</si>", "its part xl/sharedStrings.xml is damaged"},
        {R1("<c><v>1</v></c>"), "<!DOCTYPE a>", "its part xl/sharedStrings.xml is damaged"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        if (write_xlsx(cases[i].rows, cases[i].strings, NULL, &r) != -1)
            fail_msg("%s is taken: %s", cases[i].rows, r.csv.ptr);
        assert_says(r.e.text, cases[i].says);
        assert_says(r.e.text, "a.xlsx: ");
        text_release(&r.csv);
    }
}

static void facts_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *rows;
        uint64_t n, width, hidden, valueless;
        const char *first;
    } cases[] = {
        {"", 0, 0, 0, 0, ""},
        {R1("<c r='C1'><v>1</v></c>") "<row r='7'><c><v>1</v></c></row>", 7, 3, 0, 0, ""},
        {"<row hidden='1'><c><v>1</v></c></row><row hidden='true'><c/></row>"
         "<row hidden='0'><c><v>1</v></c></row><row r='9' hidden='1'><c><v>1</v></c></row>",
         9, 1, 2, 0, ""},
        {R1("<c/><c><f>A1</f></c><c><f>A1</f><v/></c><c><f>A1</f><v>1</v></c>"), 1, 4, 0, 2, "B1"},
        {R1("<c t='str'><f>A1</f><v/></c>"), 0, 0, 0, 0, ""},
        {R1("<c t='str'><f>A1</f></c><c><v>1</v></c>"), 1, 2, 0, 1, "A1"},
        {R1("<c t='b'><f>A1</f><v/></c><c><v>1</v></c>"), 1, 2, 0, 1, "A1"},
        {"<row r='12'><c r='A12'><v>1</v></c><c r='AB12'><f t='shared' si='0'/></c></row>", 12, 1,
         0, 1, "AB12"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        if (write_xlsx(cases[i].rows, "", NULL, &r) != 0)
            fail_msg("%s: %s", cases[i].rows, r.e.text);
        if (r.facts.rows != cases[i].n || r.facts.width != cases[i].width ||
            r.facts.hidden_rows != cases[i].hidden || r.facts.valueless != cases[i].valueless ||
            strcmp(r.facts.first_valueless, cases[i].first) != 0)
            fail_msg("%s: %" PRIu64 " rows, %zu wide, %" PRIu64 " hidden, %" PRIu64
                     " without a value, the first %s",
                     cases[i].rows, r.facts.rows, r.facts.width, r.facts.hidden_rows,
                     r.facts.valueless, r.facts.first_valueless);
        text_release(&r.csv);
    }
}

/* Packages that differ from the minimal one, with one cell, 45000 as a date. */
static const char dated[] = "<worksheet><sheetData><row><c s='1'><v>45000</v></c></row></sheetData>"
                            "<mergeCells><mergeCell ref='A1:B2'/></mergeCells></worksheet>";

static const struct {
    const char *what;
    struct zips_part with[6];
    const char *csv; /* or what the error says */
    bool fails;
} packages[] = {
    {"as usual", {{"xl/worksheets/sheet1.xml", dated}}, "2023-03-15\n", false},
    {"from 1904",
     {{"xl/worksheets/sheet1.xml", dated},
      {"xl/workbook.xml", BOOK("<workbookPr date1904='1'/>", SHEET("S1", "r1"))}},
     "2027-03-16\n",
     false},
    {"no styles",
     {{"xl/worksheets/sheet1.xml", dated},
      {"xl/styles.xml", "-"},
      {"xl/_rels/workbook.xml.rels",
       RELATED_ALL(RELATED("r1", "worksheet", "worksheets/sheet1.xml"))}},
     "45000\n",
     false},
    {"absolute targets, other cases, odd ways",
     {{"xl/worksheets/sheet1.xml", dated},
      {"_rels/.rels", RELATED_ALL(RELATED("a", "officeDocument", "/XL/Workbook.xml"))},
      {"xl/_rels/workbook.xml.rels",
       RELATED_ALL(RELATED("r1", "worksheet", "../xl/./x/..//worksheets\\SHEET1.xml")
                       RELATED("r2", "styles", "/xl/styles.xml"))}},
     "2023-03-15\n",
     false},
    {"Strict",
     {{"xl/worksheets/sheet1.xml", dated},
      {"_rels/.rels", "<Relationships><Relationship Id='a' Type='" STRICT
                      "/officeDocument' Target='xl/workbook.xml'/></Relationships>"},
      {"xl/_rels/workbook.xml.rels",
       "<Relationships><Relationship Id='r1' Type='" STRICT
       "/worksheet' Target='worksheets/sheet1.xml'/><Relationship Id='r2' Type='" STRICT
       "/styles' Target='styles.xml'/></Relationships>"}},
     "2023-03-15\n",
     false},
    {"a chart before it",
     {{"xl/worksheets/sheet1.xml", dated},
      {"xl/workbook.xml", BOOK("", SHEET("Chart", "c1") SHEET("S1", "r1"))},
      {"xl/_rels/workbook.xml.rels",
       RELATED_ALL(RELATED("c1", "chartsheet", "chartsheets/sheet1.xml") RELATED(
           "r1", "worksheet", "worksheets/sheet1.xml") RELATED("r2", "styles", "styles.xml"))}},
     "2023-03-15\n",
     false},
    {"no sheet",
     {{"xl/worksheets/sheet1.xml", "-"}},
     "a.xlsx: lacks its part xl/worksheets/sheet1.xml: save it again",
     true},
    {"no workbook", {{"xl/workbook.xml", "-"}}, "a.xlsx: lacks its part xl/workbook.xml", true},
    {"no relations of the workbook",
     {{"xl/_rels/workbook.xml.rels", "-"}},
     "a.xlsx: lacks its part xl/_rels/workbook.xml.rels",
     true},
    {"no relations", {{"_rels/.rels", "-"}}, "a.xlsx: lacks its part _rels/.rels", true},
    {"no main relation",
     {{"_rels/.rels", "<Relationships/>"}},
     "a.xlsx: names no workbook in its _rels/.rels",
     true},
    {"no styles, named", {{"xl/styles.xml", "-"}}, "a.xlsx: lacks its part xl/styles.xml", true},
    {"no shared texts, named",
     {{"xl/sharedStrings.xml", "-"}},
     "a.xlsx: lacks its part xl/sharedStrings.xml",
     true},
    {"no shared texts",
     {{"xl/worksheets/sheet1.xml",
       "<worksheet><sheetData><row><c t='s'><v>0</v></c></row></sheetData></worksheet>"},
      {"xl/_rels/workbook.xml.rels",
       RELATED_ALL(RELATED("r1", "worksheet", "worksheets/sheet1.xml"))}},
     "cell A1 is a shared text, and there are none",
     true},
    {"a wrong relation",
     {{"xl/workbook.xml", BOOK("", SHEET("S1", "r9"))}},
     "a.xlsx: its sheet \"S1\" leads to no part of it: save it again",
     true},
    {"one that leads out",
     {{"xl/_rels/workbook.xml.rels",
       "<Relationships><Relationship Id='r1' Type='x/worksheet' TargetMode='External' "
       "Target='file:///x.xml'/></Relationships>"}},
     "a.xlsx: its sheet \"S1\" leads to no part of it",
     true},
    {"no worksheet",
     {{"xl/worksheets/sheet1.xml", "<chartsheet/>"}},
     "a.xlsx: sheet \"S1\" is a <chartsheet>",
     true},
    {"no shared texts, but something",
     {{"xl/sharedStrings.xml", "<styleSheet/>"}},
     "a.xlsx: its shared texts are a <styleSheet>",
     true},
    {"a part twice",
     {{"XL/worksheets/sheet1.XML", dated}},
     "a.xlsx: has its part xl/worksheets/sheet1.xml twice",
     true},
    {"a document type",
     {{"xl/workbook.xml", "<!DOCTYPE w [<!ENTITY a 'b'>]>" BOOK("", SHEET("S1", "r1"))}},
     "a.xlsx: its part xl/workbook.xml is damaged on line 1",
     true},
};

static void packages_are_read_as_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(packages); i++) {
        struct result r;
        int rc = write_parts(minimal, packages[i].with, 0, &r);
        if (!packages[i].fails) {
            expect(rc, &r, packages[i].what, packages[i].csv);
            continue;
        }
        if (rc == 0)
            fail_msg("%s: is taken: %s", packages[i].what, r.csv.ptr);
        assert_says(r.e.text, packages[i].csv);
        text_release(&r.csv);
    }
}

static struct spreadsheet *open_parts(const struct zips_part *from, const struct zips_part *with,
                                      int *fd)
{
    struct zips_part parts[PARTS_MAX];
    struct err e = ERR_INIT;

    change(from, with, parts);
    *fd = zips_open("zip", NULL, parts);
    enum spreadsheet_kind kind = spreadsheet_kind(*fd, "a.xlsx", &e);
    struct spreadsheet *w = kind > 0 ? spreadsheet_open(*fd, "a.xlsx", kind, &e) : NULL;
    if (!w)
        fail_msg("%s", e.text);
    return w;
}

static void sheets_are_listed(void **state)
{
    (void)state;
    static const struct zips_part with[] = {
        {"xl/workbook.xml",
         BOOK(
             "",
             SHEET("Caf\xc3\xa9 _x0041_&amp;",
                   "r1") "<sheet name='H' state='hidden' r:id='r2'/>"
                         "<sheet name='V' state='veryHidden' r:id='r3'/>"
                         "<sheet name='C' r:id='r4'/><sheet name='E' state='visible' r:id='r5'/>")},
        {"xl/_rels/workbook.xml.rels",
         RELATED_ALL(RELATED("r1", "worksheet", "worksheets/sheet1.xml") RELATED(
             "r2", "worksheet", "2.xml") RELATED("r3", "worksheet", "3.xml")
                         RELATED("r4", "chartsheet", "4.xml") RELATED("r5", "worksheet", "5.xml"))},
        {"xl/worksheets/sheet1.xml",
         "<worksheet><sheetData><row><c><v>1</v></c></row><row><c><v>1</v></c></row><row><broken"},
        {"xl/2.xml", "<worksheet><sheetData><row><c><v>1</v></c></row><row><c/></row></sheetData>"
                     "</worksheet>"},
        {"xl/3.xml", "<worksheet><sheetData><broken></sheetData></worksheet>"},
        {NULL, NULL},
    };
    static const struct {
        const char *name;
        bool hidden;
        int has_table; /* of the first no more is read than its two rows */
    } want[] = {{"Caf\xc3\xa9 A&", false, 1}, {"H", true, 0}, {"V", true, -1}, {"E", false, -1}};
    int fd;
    struct spreadsheet *w = open_parts(minimal, with, &fd);

    assert_int_equal(spreadsheet_count(w), COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        struct err e = ERR_INIT;
        assert_string_equal(spreadsheet_sheet(w, i).name, want[i].name);
        assert_int_equal(spreadsheet_sheet(w, i).hidden, want[i].hidden);
        assert_int_equal(spreadsheet_has_table(w, i, &e), want[i].has_table);
        assert_int_equal(e.code, want[i].has_table < 0 ? EXIT_INPUT : EXIT_DONE);
    }
    spreadsheet_close(w);
    close(fd);
}

/* More texts, and longer ones, than are held in memory: each is still the one that the cell means. */
static void many_texts_are_kept(void **state)
{
    (void)state;
    enum { TEXTS = 1200000, STEP = 7919, CELLS = 20000 };
    struct text sst, rows, want;
    struct result r;

    text_init(&sst);
    text_init(&rows);
    text_init(&want);
    for (unsigned i = 0; i < TEXTS; i++)
        text_printf(&sst, "<si><t>%u@example.org</t></si>", i);
    for (unsigned i = 0; i < CELLS; i++) {
        unsigned at = (unsigned)((uint64_t)i * STEP * 13 % TEXTS);
        text_printf(&rows, "<row><c t='s'><v>%u</v></c></row>", i == 5 ? TEXTS - 1 : at);
        text_printf(&want, "%u@example.org\n", i == 5 ? TEXTS - 1 : at);
    }
    /* what is packed has room, for it is made in memory */
    int rc = write_xlsx(rows.ptr, sst.ptr, NULL, &r);
    if (rc != 0)
        fail_msg("%s", r.e.text);
    assert_int_equal(r.csv.len, want.len);
    assert_memory_equal(r.csv.ptr, want.ptr, want.len);
    text_release(&r.csv);
    text_release(&sst);
    text_release(&rows);
    text_release(&want);
}

static void texts_are_bounded(void **state)
{
    (void)state;
    struct text rows;
    struct result r;

    for (size_t len = 262144; len < 3000000; len = len == 262144 ? 262145 : len * 11) {
        text_init(&rows);
        text_puts(&rows, "<row><c/><c t='inlineStr'><is><t>");
        for (size_t i = 0; i < len; i++)
            text_append(&rows, "x", 1);
        text_puts(&rows, "</t></is></c></row>");
        int rc = write_xlsx(rows.ptr, "", NULL, &r);
        assert_int_equal(rc, len == 262144 ? 0 : -1);
        if (rc != 0)
            assert_says(r.e.text, "cell B1 holds more than 262144 bytes");
        text_release(&rows);
        text_release(&r.csv);
    }
}

/* ---- .ods ---- */

#define TABLE(rows) "<table:table table:name='S1'>" rows "</table:table>"
#define ROW(cells) "<table:table-row>" cells "</table:table-row>"
#define ONE(cells) TABLE(ROW(cells))
#define CELL(attributes, text)                                                                     \
    "<table:table-cell " attributes "><text:p>" text "</text:p></table:table-cell>"
#define TEXT(text) CELL("office:value-type='string'", text)
#define FLOAT(value, text) CELL("office:value-type='float' office:value='" value "'", text)
#define EMPTY(attributes) "<table:table-cell " attributes "/>"

static const struct {
    const char *tables, *csv;
} ods_cells[] = {
    {TABLE(""), ""},
    {ONE(TEXT("a") TEXT("b")), "a,b\n"},
    {ONE("<table:table-cell><text:p>no type</text:p></table:table-cell>"), "no type\n"},
    {ONE("<table:table-cell office:value-type='string'><text:p>one</text:p><text:p/>"
         "<text:p>three</text:p></table:table-cell>"),
     "\"one\n\nthree\"\n"},
    {ONE(TEXT("a<text:s/>b<text:s text:c='3'/>c<text:tab/>d<text:line-break/>e")),
     "\"a b   c\td\ne\"\n"},
    {ONE(TEXT("  a \n\t b<text:span> c</text:span> <text:a xlink:href='x'>d</text:a>")),
     "a b c d\n"},
    {ONE(TEXT("<text:ruby><text:ruby-base>a</text:ruby-base><text:ruby-text>no</text:ruby-text>"
              "</text:ruby>b<office:annotation><text:p>no</text:p></office:annotation>")),
     "ab\n"},
    {ONE("<table:table-cell office:value-type='string'><office:annotation><text:p>no</text:p>"
         "</office:annotation><text:p>yes</text:p><draw:frame><draw:text-box><text:p>no"
         "</text:p></draw:text-box></draw:frame></table:table-cell>"),
     "yes\n"},
    {ONE(CELL("office:value-type='string' office:string-value='meant'", "shown")), "meant\n"},
    {ONE(FLOAT("12", "12.00") FLOAT("0.30000000000000004", "0.3")), "12,0.3\n"},
    {ONE(FLOAT("123456789012345678", "123456789012345678")), "1.23456789012346E+17\n"},
    {ONE(FLOAT("123", "00123") FLOAT("123", "00124") FLOAT("0", "000") FLOAT("-7", "-07")),
     "00123,123,000,-7\n"},
    {ONE(FLOAT("7", "-07") FLOAT("1.5", "01.5") FLOAT("123", "0123 kg")), "7,1.5,0123 kg\n"},
    {ONE(CELL("office:value-type='percentage' office:value='0.285'", "29%")), "28.5%\n"},
    {ONE(CELL("office:value-type='currency' office:currency='EUR' office:value='9.5'",
              "9,50 &#8364;")),
     "9.5\n"},
    {ONE(CELL("office:value-type='date' office:date-value='2026-11-30'", "30.11.26")),
     "2026-11-30\n"},
    {ONE(CELL("office:value-type='date' office:date-value='2026-11-30T15:04:05.999999999'", "x")
             CELL("office:value-type='date' office:date-value='2026-11-30T00:00:00'", "30.11.26")),
     "2026-11-30T15:04:06,2026-11-30T00:00:00\n"},
    {ONE(CELL("office:value-type='date' office:date-value='2026-11-30T23:59:59.7'", "x")
             CELL("office:value-type='date' office:date-value='2026-11-30T15:04:05.7Z'", "x")),
     "2026-12-01T00:00:00,2026-11-30T15:04:05.7Z\n"},
    {ONE(CELL("office:value-type='time' office:time-value='PT15H04M05S'", "3:04 PM")
             CELL("office:value-type='time' office:time-value='PT09H29M59.999999999S'", "x")
                 CELL("office:value-type='time' office:time-value='PT30H00M00S'", "x")
                     CELL("office:value-type='time' office:time-value='PT5M'", "x")
                         CELL("office:value-type='time' office:time-value='P1D'", "x")),
     "15:04:05,09:30:00,30:00:00,00:05:00,P1D\n"},
    {ONE(CELL("office:value-type='time' office:time-value='PT0H14M24S'", "0:14:24")
             CELL("office:value-type='time' office:time-value='PT0H14M23.5S'", "0:14:24")),
     "00:14:24,00:14:24\n"},
    {ONE(FLOAT("123456789012345.5", "123456789012346")), "1.23456789012346E+14\n"},
    {ONE(CELL("office:value-type='currency' office:value='5'", "CHF 5")
             CELL("office:value-type='percentage' office:value='0.05'", "05%")),
     "5,5%\n"},
    {ONE(FLOAT("12000", "1.20E+04") FLOAT("12000", "1,20E+04")
             FLOAT("123456789012", "1.23457E+11")),
     "1.20E+04,1.20E+04,123456789012\n"},
    {ONE(CELL("office:value-type='time' office:time-value='PT1H2M3.25S'", "x")), "01:02:03\n"},
    {ONE(CELL("office:value-type='boolean' office:boolean-value='true'", "WAHR")
             CELL("office:value-type='boolean' office:boolean-value='false'", "FALSCH")),
     "TRUE,FALSE\n"},
    /* errors */
    {ONE(CELL("table:formula='of:=X' office:value-type='string' office:string-value='' "
              "calcext:value-type='error'",
              "#REF!")),
     "#REF!\n"},
    {ONE(CELL("table:formula='of:=X' office:value-type='float' office:value='0'", "Err:502")
             CELL("table:formula='of:=X' office:value-type='float' office:value='0'", "#REF!")),
     "Err:502,#REF!\n"},
    {ONE(CELL("table:formula='of:=X' calcext:value-type='error' office:value-type='float' "
              "office:value='0'",
              "#DIV/0!")
             CELL("table:formula='of:=X' office:value-type='float' office:value='5'", "#5")),
     "#DIV/0!,#5\n"},
    /* the one that counts comes second */
    {ONE(CELL("calcext:value-type='string' office:value-type='float' office:value='5'", "x")),
     "5\n"},
    /* repeats */
    {ONE(CELL("table:number-columns-repeated='3'", "a") EMPTY("") TEXT("b")
             EMPTY("table:number-columns-repeated='16000'")),
     "a,a,a,,b\n"},
    {ONE(EMPTY("table:number-columns-repeated='99999999999999'")), ""},
    {TABLE("<table:table-row table:number-rows-repeated='3'>" TEXT(
         "a,\"") "</table:table-row>"
                 "<table:table-row table:number-rows-repeated='2'>" EMPTY(
                     "") "</table:table-row>" ROW(TEXT("b")) "<table:table-row "
                                                             "table:number-rows-repeated='"
                                                             "999999999'>" EMPTY("") "</"
                                                                                     "table:"
                                                                                     "table-"
                                                                                     "row>"),
     "\"a,\"\"\"\n\"a,\"\"\"\n\"a,\"\"\"\n\n\nb\n"},
    {TABLE("<table:table-row table:number-rows-repeated='2'/>" ROW(EMPTY("") TEXT("b"))),
     "\n\n,b\n"},
    /* merged */
    {ONE(CELL("table:number-columns-spanned='3'",
              "a") "<table:covered-table-cell table:number-columns-repeated='2'><text:p>no</text:p>"
                   "</table:covered-table-cell>" TEXT("b")),
     "a,,,b\n"},
    /* rows lie in groups */
    {TABLE("<table:table-header-rows>" ROW(
         TEXT("1")) "</table:table-header-rows>"
                    "<table:table-rows>" ROW(TEXT(
                        "2")) "</table:table-rows>"
                              "<table:table-row-group><table:table-row-group>" ROW(TEXT(
                                  "3")) "</table:table-row-group>" ROW(TEXT("4")) "</"
                                                                                  "table:table-"
                                                                                  "row-group>"),
     "1\n2\n3\n4\n"},
    /* what is not of the table */
    {"<table:tracked-changes><table:cell-content-change><table:previous><table:table-cell>"
     "<text:p>no</text:p></table:table-cell></table:previous></table:cell-content-change>"
     "</table:tracked-changes>" TABLE(
         "<table:shapes><draw:frame><text:p>no</text:p>"
         "</draw:frame></table:shapes><table:table-column/>" ROW(TEXT("yes"))),
     "yes\n"},
    {ONE("<table:table-cell><table:table><table:table-row><table:table-cell><text:p>no</text:p>"
         "</table:table-cell></table:table-row></table:table></table:table-cell>" TEXT("a")),
     ",a\n"},
};

static void ods_cells_say_what_was_meant(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ods_cells); i++) {
        struct result r;
        int rc = write_ods(ods_cells[i].tables, NULL, 0, &r);
        expect(rc, &r, ods_cells[i].tables, ods_cells[i].csv);
    }
}

static void ods_prefixes_are_those_of_the_root(void **state)
{
    (void)state;
    static const struct zips_part with[] = {
        {"content.xml",
         "<o:document-content xmlns:o='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
         "xmlns:t='urn:oasis:names:tc:opendocument:xmlns:table:1.0' "
         "xmlns:office='urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0' "
         "xmlns:x='urn:oasis:names:tc:opendocument:xmlns:text:1.0'>"
         "<o:body><o:spreadsheet><t:table t:name='T'><t:table-row>"
         "<t:table-cell office:value-type='string' o:value-type='float' o:value='5' "
         "t:number-columns-repeated='2'><x:p>a<x:s x:c='2'/></x:p></t:table-cell></t:table-row>"
         "</t:table></o:spreadsheet></o:body></o:document-content>"},
        {NULL, NULL},
    };
    struct result r;
    int rc = write_parts(minimal_ods, with, 0, &r);

    expect(rc, &r, "prefixes", "5,5\n");
}

static void ods_facts_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *tables;
        uint64_t n, width, hidden, valueless;
        const char *first;
    } cases[] = {
        {TABLE(""), 0, 0, 0, 0, ""},
        {TABLE(ROW(EMPTY("") TEXT("a")) "<table:table-row table:visibility='collapse'>" TEXT(
             "a") "</table:table-row><table:table-row table:number-rows-repeated='3' "
                  "table:visibility='filter'>" TEXT(
                      "a") "</table:table-row>"
                           "<table:table-row table:visibility='filter'/>"),
         5, 2, 4, 0, ""},
        {TABLE("<table:table-row-group table:display='false'>" ROW(
             TEXT("a")) "<table:table-row-group>" ROW(TEXT("a")) "</table:table-row-group>"
                                                                 "</table:table-row-group>" ROW(
                                                                     TEXT("a"))),
         3, 1, 2, 0, ""},
        {ONE(EMPTY("") EMPTY("table:formula='of:=A1'")
                 EMPTY("table:formula='of:=A1' office:value-type='float'") CELL(
                     "table:formula='of:=A1' office:value-type='float' office:value='1'", "1")),
         1, 4, 0, 2, "B1"},
        {ONE(EMPTY("table:formula='of:=A1' office:value-type='string' office:string-value=''")), 0,
         0, 0, 0, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        if (write_ods(cases[i].tables, NULL, 0, &r) != 0)
            fail_msg("%s: %s", cases[i].tables, r.e.text);
        if (r.facts.rows != cases[i].n || r.facts.width != cases[i].width ||
            r.facts.hidden_rows != cases[i].hidden || r.facts.valueless != cases[i].valueless ||
            strcmp(r.facts.first_valueless, cases[i].first) != 0)
            fail_msg("%s: %" PRIu64 " rows, %zu wide, %" PRIu64 " hidden, %" PRIu64
                     " without a value, the first %s",
                     cases[i].tables, r.facts.rows, r.facts.width, r.facts.hidden_rows,
                     r.facts.valueless, r.facts.first_valueless);
        text_release(&r.csv);
    }
}

static void ods_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *tables, *says;
    } cases[] = {
        {ONE(CELL("table:number-columns-repeated='16385'", "a")),
         "sheet \"S1\": cell NTQ1 is behind column 10000"},
        {ONE(EMPTY("table:number-columns-repeated='16384'") TEXT("a")), "more than 16384 columns"},
        {TABLE("<table:table-row table:number-rows-repeated='1048577'>" TEXT(
             "a") "</table:table-row>"),
         "sheet \"S1\" has more than 1048576 rows: split it"},
        {TABLE("<table:table-row table:number-rows-repeated='1048576'/>" ROW(TEXT("a"))),
         "more than 1048576 rows"},
        {ONE(TEXT("<text:s text:c='300000'/>")), "cell A1 holds more than 262144 bytes"},
        {ONE(TEXT("a<b")), "a.xlsx: its part content.xml is damaged on line 1"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct result r;
        if (write_ods(cases[i].tables, NULL, 0, &r) != -1)
            fail_msg("%s is taken", cases[i].tables);
        assert_says(r.e.text, cases[i].says);
        text_release(&r.csv);
    }
}

static void ods_sheets_are_listed(void **state)
{
    (void)state;
    struct result r;
    static const struct zips_part with[] = {
        {"content.xml",
         "<office:document-content><office:automatic-styles>"
         "<style:style style:name='ta1' style:family='table'><style:table-properties "
         "table:display='true'/></style:style>"
         "<style:style style:name='ta2' style:family='table'><style:table-properties "
         "table:display='false'/></style:style></office:automatic-styles>"
         "<office:body><office:spreadsheet>"
         "<table:table table:name='A' table:style-name='ta1'>" ROW(TEXT("1")) ROW(EMPTY(""))
             ROW(TEXT("2"))
                 ROW(TEXT("3")) "</table:table>"
                                "<table:table table:name='B' table:style-name='ta2'>" ROW(
                                    TEXT("4")) "</table:table>"
                                               "<table:table table:name='C'><table:table-row "
                                               "table:number-rows-repeated='2'>" TEXT(
                                                   "5") "</table:table-row></table:table>"
                                                        "</office:spreadsheet></office:body></"
                                                        "office:document-content>"},
        {NULL, NULL},
    };
    static const struct {
        const char *name;
        bool hidden;
        int has_table;
        const char *csv;
    } want[] = {{"A", false, 1, "1\n\n2\n3\n"}, {"B", true, 0, "4\n"}, {"C", false, 1, "5\n5\n"}};
    int fd;
    struct spreadsheet *w = open_parts(minimal_ods, with, &fd);

    assert_int_equal(spreadsheet_count(w), COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        struct err e = ERR_INIT;
        assert_string_equal(spreadsheet_sheet(w, i).name, want[i].name);
        assert_int_equal(spreadsheet_sheet(w, i).hidden, want[i].hidden);
        assert_int_equal(spreadsheet_has_table(w, i, &e), want[i].has_table);
        expect(write_parts(minimal_ods, with, i, &r), &r, want[i].name, want[i].csv);
    }
    spreadsheet_close(w);
    close(fd);
}

/* ---- one person, by three files ---- */

/* A number, its format, and what is shown, which is what a CSV of the same sheet has. */
static const struct {
    const char *code, *value, *shown, *text; /* text: NULL is what is shown */
} people[] = {
    {"0000-0000", "123456", "0012-3456", NULL},
    {"0000-0000", "12345678", "1234-5678", NULL},
    {"&quot;ID-&quot;0000", "42", "ID-0042", NULL},
    {"&quot;ID-&quot;0000", "98765", "ID-98765", NULL},
    {"&quot;2026-&quot;0000", "42", "2026-0042", NULL},
    {"000-00-0000", "78051120", "078-05-1120", NULL},
    {"(000) 000-0000", "5551234567", "(555) 123-4567", NULL},
    {"\\#00000", "42", "#00042", NULL},
    {"0000&quot; &quot;0000", "12345678", "1234 5678", NULL},
    {"0000&quot; &quot;0000", "123456", "0012 3456", NULL},
    {"00000", "123", "00123", NULL},
    {"00000", "123456", "123456", NULL},
    {"[&lt;=99999]00000;00000-0000", "2134", "02134", NULL},
    {"[&lt;=99999]00000;00000-0000", "21341234", "02134-1234", NULL},
    {"0.00E+00", "12000", "1.20E+04", NULL},
    {"0.00E+00", "12345678", "1.23E+07", NULL},
    {"##0.0E+0", "12345", "12.3E+3", NULL},
    {"General", "1234", "1234", NULL},
    /* quantities are numbers, so that they can be compared */
    {"#,##0", "12345", "12,345", "12345"},
    {"0.00", "12", "12.00", "12"},
    {"$0", "5", "$5", "5"},
    {"0&quot; pcs&quot;", "5", "5 pcs", "5"},
    {"0 &#8364;", "5", "5 &#8364;", "5"},
    {"000", "-7", "-007", "-7"},
};

static void a_person_is_one_in_each_form(void **state)
{
    (void)state;
    struct text codes, xfs, rows, tables, want;
    struct result r;
    struct text *const all[] = {&codes, &xfs, &rows, &tables, &want};

    for (size_t i = 0; i < COUNT(all); i++)
        text_init(all[i]);
    text_puts(&codes, "<styleSheet><numFmts>");
    text_puts(&tables, "<table:table table:name='S1'>");
    for (size_t i = 0; i < COUNT(people); i++) {
        text_printf(&codes, "<numFmt numFmtId='%zu' formatCode='%s'/>", 164 + i, people[i].code);
        text_printf(&xfs, "<xf numFmtId='%zu'/>", 164 + i);
        text_printf(&rows, "<row><c s='%zu'><v>%s</v></c></row>", i, people[i].value);
        text_printf(&tables, ROW(FLOAT("%s", "%s")), people[i].value, people[i].shown);
        text_printf(&want, "%s\n", people[i].text ? people[i].text : people[i].shown);
    }
    text_printf(&codes, "</numFmts><cellXfs>%s</cellXfs></styleSheet>", xfs.ptr);
    text_puts(&tables, "</table:table>");
    text_printf(&xfs, "<worksheet><sheetData>%s</sheetData></worksheet>", rows.ptr);
    const struct zips_part with[] = {{"xl/styles.xml", codes.ptr},
                                     {"xl/worksheets/sheet1.xml", strstr(xfs.ptr, "<worksheet>")},
                                     {NULL, NULL}};
    expect(write_parts(minimal, with, 0, &r), &r, "the .xlsx", want.ptr);
    expect(write_ods(tables.ptr, NULL, 0, &r), &r, "the .ods", want.ptr);
    for (size_t i = 0; i < COUNT(all); i++)
        text_release(all[i]);
}

/* ---- kinds ---- */

#define ODF "application/vnd.oasis.opendocument."
#define CONTENT(body)                                                                              \
    "<office:document-content><office:body>" body "</office:body></office:document-content>"

static void kinds_are_told_by_content(void **state)
{
    (void)state;
    static const struct {
        struct zips_part parts[5];
        enum spreadsheet_kind kind;
        const char *says;
    } cases[] = {
        {{{"a.csv", "a,b\n"}}, SPREADSHEET_NONE, ""},
        {{{"mimetype", "application/epub+zip"}}, SPREADSHEET_NONE, ""},
        {{{"[Content_Types].xml", "<Types/>"}, {"x.nuspec", "x"}}, SPREADSHEET_NONE, ""},
        {{{"[Content_Types].xml", "<Types/>"},
          {"_rels/.rels", RELATED_ALL(RELATED("a", "other", "x.nuspec"))}},
         SPREADSHEET_NONE,
         ""},
        {{{"[Content_Types].xml", "<Types/>"},
          {"_rels/.rels", RELATED_ALL(RELATED("a", "officeDocument", "w.xml"))},
          {"w.xml", "<x:workbook/>"}},
         SPREADSHEET_XLSX,
         ""},
        {{{"[Content_Types].xml", "<Types/>"},
          {"_rels/.rels", RELATED_ALL(RELATED("a", "officeDocument", "word/document.xml"))},
          {"word/document.xml", "<w:document/>"}},
         SPREADSHEET_FAULT,
         "a.xlsx: is a Word document: open it and save its table as .xlsx or as CSV"},
        {{{"[Content_Types].xml", "<Types/>"},
          {"_rels/.rels", RELATED_ALL(RELATED("a", "officeDocument", "ppt/p.xml"))},
          {"ppt/p.xml", "<p:presentation/>"}},
         SPREADSHEET_FAULT,
         "a.xlsx: is a presentation"},
        {{{"[Content_Types].xml", "<Types/>"},
          {"_rels/.rels", RELATED_ALL(RELATED("a", "officeDocument", "xl/workbook.bin"))},
          {"xl/workbook.bin", "x"}},
         SPREADSHEET_FAULT,
         "a.xlsx: is a binary Excel workbook (.xlsb): open it and save it as .xlsx or as CSV"},
        {{{"[Content_Types].xml", "<Types/>"},
          {"_rels/.rels", RELATED_ALL(RELATED("a", "officeDocument", "w.xml"))},
          {"w.xml", "broken"}},
         SPREADSHEET_FAULT,
         "a.xlsx: its part w.xml is damaged"},
        {{{"mimetype", ODF "spreadsheet"}, {"content.xml", "x"}}, SPREADSHEET_ODS, ""},
        {{{"mimetype", ODF "spreadsheet-template\n"}}, SPREADSHEET_ODS, ""},
        {{{"content.xml", CONTENT("<office:spreadsheet/>")}}, SPREADSHEET_ODS, ""},
        {{{"content.xml", CONTENT("<office:text/>")}}, SPREADSHEET_NONE, ""},
        {{{"content.xml", "no XML"}}, SPREADSHEET_NONE, ""},
        {{{"mimetype", ODF "text"}}, SPREADSHEET_FAULT, "a.xlsx: is a text document (.odt)"},
        {{{"mimetype", ODF "presentation"}}, SPREADSHEET_FAULT, "a.xlsx: is a presentation (.odp)"},
        {{{"mimetype", ODF "graphics"}}, SPREADSHEET_FAULT, "OpenDocument file without a table"},
        {{{"mimetype", ODF "spreadsheet"},
          {"META-INF/manifest.xml",
           "<manifest:manifest><manifest:file-entry><manifest:encryption-data/>"
           "</manifest:file-entry></manifest:manifest>"}},
         SPREADSHEET_FAULT,
         "a.xlsx: is protected with a password: open it, and save it without one"},
        {{{"mimetype", ODF "spreadsheet"},
          {"META-INF/manifest.xml", "<manifest:manifest><manifest:file-entry/>"
                                    "</manifest:manifest>"}},
         SPREADSHEET_ODS,
         ""},
        {{{"Index/Document.iwa", "x"}}, SPREADSHEET_FAULT, "a.xlsx: is a file of Apple's Numbers"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        int fd = zips_open("zip", NULL, cases[i].parts);
        enum spreadsheet_kind kind = spreadsheet_kind(fd, "a.xlsx", &e);
        if (kind != cases[i].kind)
            fail_msg("%zu: is %d, not %d: %s", i, kind, cases[i].kind, e.text);
        assert_int_equal(e.code, kind == SPREADSHEET_FAULT ? EXIT_INPUT : EXIT_DONE);
        assert_says(e.text, cases[i].says);
        close(fd);
    }
}

static void bytes_have_kinds(void **state)
{
    (void)state;
#define OLE "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#define LOCAL "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0"
    static const struct {
        const char *bytes;
        size_t len, before; /* so many NULs between the first eight bytes and the others */
        enum spreadsheet_kind kind;
        const char *says;
    } cases[] = {
#define BYTES(bytes, before, kind, says) {bytes, sizeof(bytes) - 1, before, kind, says}
        BYTES("", 0, SPREADSHEET_NONE, ""),
        BYTES("a,b\n1,2\n", 0, SPREADSHEET_NONE, ""),
        BYTES(OLE, 0, SPREADSHEET_FAULT,
              "a.xlsx: is an old Excel workbook (.xls): open it and save it as .xlsx or as CSV"),
        BYTES(OLE "W\0o\0r\0k\0b\0o\0o\0k\0\0\0", 504, SPREADSHEET_FAULT, "(.xls)"),
        BYTES(OLE "W\0o\0r\0k\0b\0o\0o\0k\0\0\0W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0\0\0", 65520,
              SPREADSHEET_FAULT, "(.xls)"),
        BYTES(OLE "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0\0\0", 100000, SPREADSHEET_FAULT,
              "is an old Word document (.doc)"),
        BYTES(OLE "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0\0\0", 504, SPREADSHEET_FAULT,
              "a.xlsx: is protected with a password: open it, take the password off (File, Info, "
              "Protect Workbook, Encrypt with Password) and save it again"),
        BYTES(OLE "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0\0\0", 65520, SPREADSHEET_FAULT,
              "is protected with a password"),
        BYTES(OLE "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0\0\0", 9000000,
              SPREADSHEET_FAULT, "is protected with a password"),
        BYTES(LOCAL "mimetype", 0, SPREADSHEET_FAULT,
              "a.xlsx: is cut off or damaged: download or copy it again"),
        BYTES(LOCAL "[Content_Types].xml", 0, SPREADSHEET_FAULT, "is cut off or damaged"),
        BYTES(LOCAL "xl/workbook.xml", 0, SPREADSHEET_FAULT, "is cut off or damaged"),
        BYTES(LOCAL "something.csv", 0, SPREADSHEET_NONE, ""),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;
        size_t len = cases[i].len + cases[i].before, first = cases[i].len < 8 ? cases[i].len : 8;
        char *bytes = calloc(len + 1, 1);
        assert_non_null(bytes);
        memcpy(bytes, cases[i].bytes, first);
        memcpy(bytes + first + cases[i].before, cases[i].bytes + first, cases[i].len - first);
        int fd = zips_file(bytes, len);
        enum spreadsheet_kind kind = spreadsheet_kind(fd, "a.xlsx", &e);
        if (kind != cases[i].kind)
            fail_msg("%zu: is %d, not %d: %s", i, kind, cases[i].kind, e.text);
        assert_says(e.text, cases[i].says);
        close(fd);
        free(bytes);
    }
}

/* ---- damage ---- */

static size_t pack_whole(const struct zips_part *from, const struct zips_part *with,
                         const char *options, char *space)
{
    struct zips_part parts[PARTS_MAX];

    change(from, with, parts);
    return zips_pack("zip", options, parts, space);
}

/* However it is damaged: it is refused, or it is what it was. */
static void damage_never_changes_a_cell(void **state)
{
    (void)state;
    static const struct zips_part xlsx[] = {
        {"xl/worksheets/sheet1.xml",
         "<worksheet><sheetData><row><c t='s'><v>1</v></c><c t='s'><v>0</v></c></row>"
         "<row><c s='1'><v>45000</v></c><c><v>17</v></c></row></sheetData></worksheet>"},
        {"xl/sharedStrings.xml", "<sst><si><t>Jane</t></si><si><t>jane@x.org</t></si></sst>"},
        {NULL, NULL}};
    static const struct zips_part ods[] = {
        {"content.xml", CONTENT("<office:spreadsheet>" ONE(
                            TEXT("Jane") FLOAT("17", "17")) "</office:spreadsheet>")},
        {NULL, NULL}};
    char *space = malloc(ZIPS_SPACE);

    assert_non_null(space);
    for (int kind = 0; kind < 4; kind++) {
        const char *csv = kind < 2 ? "jane@x.org,Jane\n2023-03-15,17\n" : "Jane,17\n";
        struct result r;
        size_t len = pack_whole(kind < 2 ? minimal : minimal_ods, kind < 2 ? xlsx : ods,
                                kind % 2 ? "zip:compression=store" : NULL, space);
        size_t taken = 0;
        for (size_t at = 0; at <= len; at++) {
            space[at] ^= at < len ? 0x01 : 0;
            int fd = zips_file(space, len);
            int rc = write_fd(fd, 0, &r);
            if (rc == 0 && strcmp(r.csv.ptr, csv) != 0)
                fail_msg("with byte %zu changed: %s", at, r.csv.ptr);
            if (at == len && rc != 0)
                fail_msg("%s", r.e.text);
            taken += rc == 0;
            text_release(&r.csv);
            close(fd);
            space[at] ^= at < len ? 0x01 : 0;
        }
        assert_true(taken > 1 && taken < len); /* times and the like do not matter */
        for (size_t cut = 0; cut < len; cut++) {
            int fd = zips_file(space, cut);
            assert_int_equal(write_fd(fd, 0, &r), -1);
            if (cut > 60)
                assert_says(r.e.text, "a.xlsx: is cut off or damaged");
            text_release(&r.csv);
            close(fd);
        }
    }
    free(space);
}

static void a_locked_zip_is_told(void **state)
{
    (void)state;
    struct result r;
    int fd = zips_open("zip", "zip:encryption=zipcrypt", minimal);

    assert_int_equal(write_fd(fd, 0, &r), -1);
    assert_says(r.e.text, "a.xlsx: is protected with a password");
    text_release(&r.csv);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_say_what_was_meant),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(packages_are_read_as_they_are),
        cmocka_unit_test(sheets_are_listed),
        cmocka_unit_test(many_texts_are_kept),
        cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(ods_cells_say_what_was_meant),
        cmocka_unit_test(ods_prefixes_are_those_of_the_root),
        cmocka_unit_test(ods_facts_are_told),
        cmocka_unit_test(ods_is_bounded),
        cmocka_unit_test(ods_sheets_are_listed),
        cmocka_unit_test(a_person_is_one_in_each_form),
        cmocka_unit_test(kinds_are_told_by_content),
        cmocka_unit_test(bytes_have_kinds),
        cmocka_unit_test(damage_never_changes_a_cell),
        cmocka_unit_test(a_locked_zip_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
