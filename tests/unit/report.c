/*
 * report: what is written, to the letter, for ledgers made by hand; and that the input's fields come
 * back as they were, whatever they hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/codebook.h"
#include "adapters/csvio.h"
#include "adapters/outfile.h"
#include "base/claimfacts.h"
#include "ledger/ledger.h"
#include "ledger/ledger_internal.h"
#include "ledger/ledger_targets.h"
#include "policy/link.h"
#include "stages/read.h"
#include "stages/report.h"

#include "fixture.h"
#include "items.h"

#define ADDED                                                                                      \
    "status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,finished_at"
#define UNSENT "unsent,,,claim,id,,,,,,,"
#define N_ADDED 12
#define SECOND INT64_C(1788739200000)
#define FINISHED "2026-09-07T00:00:00Z"

#define BOOKS_MAX 2

static const uint8_t hash[LEDGER_HASH_SIZE];

/* One run in a ledger, and what was written of it. */
struct scene {
    struct ledger *l;
    struct ledger_run run;
    int64_t target; /* of the first step, that which was added first */
    const struct codebook *books[BOOKS_MAX];
    size_t n_books;
    bool simulated, safe_cells;
    const struct read_wishes *wishes; /* or NULL */
    const struct reading *as;         /* how results are written; NULL: as the input is */
    struct report_summary summary;
    struct text out;
};

static int64_t target_of(struct scene *s, const char *action, const char *name)
{
    const struct ledger_target t = {.action = action, .url = "https://x", .name = name};
    struct err e = ERR_INIT;
    int64_t id = 0;

    if (ledger_target_id(s->l, &t, &id, &e) != 0)
        fail_msg("%s", e.text);
    return id;
}

/* One more target of a step. */
static int64_t aim(struct scene *s, unsigned step, const char *action, const char *name,
                   const char *link)
{
    int64_t target = target_of(s, action, name);
    struct err e = ERR_INIT;

    if (ledger_run_aim(s->l, &s->run, step, target, link, &e) != 0)
        fail_msg("%s", e.text);
    return target;
}

static void scene_of(struct scene *s, const char *action, const char *name, const char *link)
{
    struct err e = ERR_INIT;

    memset(s, 0, sizeof *s);
    text_init(&s->out);
    s->l = ledger_open("ledger.db", &e);
    assert_non_null(s->l);
    s->target = target_of(s, action, name);
    assert_int_equal(ledger_run_begin(s->l, s->target, "",
                                      &(struct ledger_input){
                                          .name = "in.csv", .hash = hash, .rows = 1, .reading = ""},
                                      &s->run, &e),
                     0);
    aim(s, 1, action, name, link);
}

static void scene_begin(struct scene *s)
{
    scene_of(s, "claim", "id", "https://x/{{target}}");
}

static void scene_end(struct scene *s)
{
    text_release(&s->out);
    ledger_close(s->l);
}

static int64_t new_item(struct scene *s, int64_t target, uint64_t row, const char *recipient)
{
    uint8_t key[KEY_SIZE] = {0};
    struct err e = ERR_INIT;
    int64_t id = 0;

    memcpy(key, &row, sizeof row);
    if (add_item(s->l, &s->run, target, key, recipient, row, row + 1, &id, &e) != 0)
        fail_msg("%s", e.text);
    return id;
}

static void put_row(struct scene *s, const struct ledger_row *row)
{
    struct err e = ERR_INIT;

    assert_int_equal(ledger_put_rows(s->l, &s->run, row, 1, &e), 0);
}

static void move(struct scene *s, int64_t item, struct ledger_move m)
{
    struct err e = ERR_INIT;

    m.now_ms = SECOND;
    m.tries = 1;
    if (ledger_move(s->l, item, &m, &e) != 0)
        fail_msg("%s", e.text);
}

/* A step of a row that owns an item which came to this state. */
static int64_t add_step(struct scene *s, uint64_t row, unsigned step, int64_t target,
                        const char *recipient, struct ledger_move m)
{
    int64_t item = new_item(s, target, row, recipient);

    put_row(s,
            &(struct ledger_row){
                .kind = LEDGER_ROW_OWNER, .step = step, .row = row, .line = row + 1, .item = item});
    if (m.to == STATE_PLANNED)
        return item;
    if (m.to != STATE_ELSEWHERE)
        move(s, item, (struct ledger_move){.to = STATE_SENDING});
    if (m.to != STATE_SENDING)
        move(s, item, m);
    return item;
}

static int64_t add_row(struct scene *s, uint64_t row, const char *recipient, struct ledger_move m)
{
    return add_step(s, row, 1, s->target, recipient, m);
}

static void add_duplicate(struct scene *s, uint64_t row, unsigned step, int64_t item,
                          int64_t of_run, uint64_t of_line)
{
    put_row(s, &(struct ledger_row){.kind = LEDGER_ROW_DUPLICATE,
                                    .step = step,
                                    .row = row,
                                    .line = row + 1,
                                    .item = item,
                                    .of_run = of_run,
                                    .of_line = of_line});
}

static void add_out(struct scene *s, uint64_t row, unsigned step, enum ledger_row_kind kind,
                    const char *why)
{
    put_row(s, &(struct ledger_row){
                   .kind = kind, .step = step, .row = row, .line = row + 1, .error = why});
}

static void add_invalid(struct scene *s, uint64_t row, const char *why)
{
    add_out(s, row, 0, LEDGER_ROW_INVALID, why);
}

static void slurp(const char *path, struct text *out)
{
    char buf[65536];
    FILE *f = fopen(path, "r");

    assert_non_null(f);
    text_clear(out);
    for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
        text_append(out, buf, n);
    fclose(f);
    assert_true(text_ok(out));
}

/* The results of this input, in s->out and out.csv; or -1 and why. */
static int try_report(struct scene *s, const char *input, struct err *e)
{
    const struct read_wishes none = {.encoding = NULL};
    struct report_options o = {.run = s->run.id,
                               .books = s->books,
                               .n_books = s->n_books,
                               .simulated = s->simulated,
                               .safe_cells = s->safe_cells};
    struct input *in;
    struct source source;
    struct outfile *f;
    int rc;

    assert_int_equal(ledger_commit(s->l, e), 0);
    in = read_open(input, s->wishes ? s->wishes : &none, e);
    if (!in)
        fail_msg("%s", e->text);
    o.as = s->as ? *s->as : read_facts(in)->reading;
    o.valid_utf8 = s->as != NULL;
    f = outfile_open("out.csv", e);
    assert_non_null(f);
    source = read_source(in);
    rc = report_write(&source, s->l, &o, &(struct report_file){REPORT_ALL, NULL, f}, 1, &s->summary,
                      e);
    assert_int_equal(outfile_close(f, rc == 0, e), 0);
    read_close(in);
    if (rc == 0)
        slurp("out.csv", &s->out);
    return rc;
}

static void write_report(struct scene *s, const char *input)
{
    struct err e = ERR_INIT;

    if (try_report(s, input, &e) != 0)
        fail_msg("%s", e.text);
}

static void refuse_report(struct scene *s, const char *input, const char *says)
{
    struct err e = ERR_INIT;

    (void)unlink("out.csv");
    assert_int_equal(try_report(s, input, &e), -1);
    assert_int_equal(e.code, EXIT_USAGE);
    assert_says(e.text, says);
    assert_int_equal(access("out.csv", F_OK), -1);
}

static void test_every_status(void **state)
{
    static const char want[] =
        "Name,Wallet," ADDED "\n"
        "a,w,success,,,claim,id,bb1a,at1,,,1,200," FINISHED "\n"
        "b,w,success,,reserved: the recipient has still to sign in by the link and claim it on "
        "the chain,claim,id,bb1b,at2,,https://x/id,1,200," FINISHED "\n"
        "c,w,failed,Code already used,,claim,id,bb1c,,,,1,500," FINISHED "\n"
        "d,w,pending,,run the same command again to find out,claim,id,bb1d,at4,,,1,200,\n"
        "e,w,unknown,\"sent, but lost\",\"run again to ask once more; --resend-unknown sends it "
        "again, perhaps twice\",claim,id,bb1e,,,,1,,\n"
        "f,w,unknown,\"sent, and no answer is known\",run the same command "
        "again to find out,claim,id,bb1f,,,,1,,\n"
        "g,w,unsent,,,claim,id,bb1g,,,,,,\n"
        "h,w,duplicate,same recipient as line 2,,claim,id,bb1a,,,,,,\n"
        "i,w,duplicate,done in run 99 (line 7) at " FINISHED ",,claim,id,bb1a,,,,,,\n"
        "j,w,invalid,\"column \"\"Wallet\"\" is empty\",,claim,id,,,,,,,\n"
        "k,w,skipped,,,claim,id,,,,,,,\n"
        "l,w,duplicate,claimed elsewhere,,claim,id,bb1l,,,,,,\n"
        "m,w," UNSENT "\n";
    struct scene s;
    int64_t first, item;

    (void)state;
    put_file("in.csv", "Name,Wallet\na,w\nb,w\nc,w\nd,w\ne,w\nf,w\ng,w\nh,w\ni,w\nj,w\nk,w\nl,w\n"
                       "m,w\n");
    scene_begin(&s);
    first =
        add_row(&s, 1, "bb1a",
                (struct ledger_move){.to = STATE_ACCEPTED, .attempt = "at1", .http_status = 200});
    move(&s, first, (struct ledger_move){.to = STATE_SUCCESS, .http_status = 200});
    item = add_row(&s, 2, "bb1b", (struct ledger_move){.to = STATE_ACCEPTED, .attempt = "at2"});
    move(&s, item, (struct ledger_move){.to = STATE_SUCCESS, .reserved = true, .http_status = 200});
    add_row(
        &s, 3, "bb1c",
        (struct ledger_move){.to = STATE_FAILED, .error = "Code already used", .http_status = 500});
    add_row(&s, 4, "bb1d",
            (struct ledger_move){.to = STATE_ACCEPTED, .attempt = "at4", .http_status = 200});
    add_row(&s, 5, "bb1e", (struct ledger_move){.to = STATE_UNKNOWN, .error = "sent, but lost"});
    add_row(&s, 6, "bb1f", (struct ledger_move){.to = STATE_SENDING});
    add_row(&s, 7, "bb1g", (struct ledger_move){.to = STATE_PLANNED});
    add_duplicate(&s, 8, 1, first, s.run.id, 2);
    add_duplicate(&s, 9, 1, first, 99, 7);
    add_invalid(&s, 10, "column \"Wallet\" is empty");
    add_out(&s, 11, 0, LEDGER_ROW_SKIPPED, NULL);
    item = add_row(&s, 12, "bb1l", (struct ledger_move){.to = STATE_PLANNED});
    {
        struct err e = ERR_INIT;
        const struct ledger_move m = {
            .to = STATE_ELSEWHERE, .error = "claimed elsewhere", .now_ms = SECOND};
        assert_int_equal(ledger_move(s.l, item, &m, &e), 0);
    }
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, want);
    static const uint64_t counts[STATUS_COUNT] = {
        [STATUS_SUCCESS] = 2,   [STATUS_FAILED] = 1,  [STATUS_PENDING] = 1, [STATUS_UNKNOWN] = 2,
        [STATUS_DUPLICATE] = 3, [STATUS_SKIPPED] = 1, [STATUS_INVALID] = 1, [STATUS_UNSENT] = 2,
    };
    assert_memory_equal(s.summary.rows, counts, sizeof counts);
    /* it can be written again, and is the same */
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, want);
    scene_end(&s);
}

static void test_workbooks_have_limits(void **state)
{
    static const struct slice names[] = {{"status", 6}, {"b", 1}};
    static const struct {
        const char *path;
        uint64_t rows, above;
        const char *says; /* NULL: it fits */
    } cases[] = {
        {"out.xlsx", 1048575, 0, NULL},
        {"out.xlsx", 1048575, 1,
         "out.xlsx: a workbook takes 1048575 rows under its header, and "
         "in.csv has 1048576: name a .csv with -o"},
        {"Out.XLSX", 1048576, 0, "in.csv has 1048576"},
        {"out.csv", 1048576, 0, NULL},
        {"-", 1048576, 0, NULL},
        {".xlsx", 1048576, 0, "in.csv has 1048576"},
        {"a/.xlsx", 1048576, 0, "in.csv has 1048576"},
        {"xlsx", 1048576, 0, NULL},
        {NULL, 1048576, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct input_facts facts = {.name = "in.csv",
                                          .header = {.names = names, .n = 2},
                                          .rows = cases[i].rows,
                                          .above = cases[i].above};
        struct err e = ERR_INIT;

        assert_int_equal(report_fits(cases[i].path, &facts, &e), cases[i].says ? -1 : 0);
        assert_int_equal(e.code, cases[i].says ? EXIT_USAGE : EXIT_DONE);
        if (cases[i].says)
            assert_says(e.text, cases[i].says);
    }
}

static void test_where_workbooks_are_made(void **state)
{
    static const struct {
        const char *path, *folder;
        bool can;
    } cases[] = {
        {"out.xlsx", ".", true},       {"out.xlsx", "nowhere", false}, {"out.csv", "nowhere", true},
        {".xlsx", "nowhere", false},   {"a/.XLSX", "nowhere", false},  {"xlsx", "nowhere", true},
        {"out.xlsx", "in.txt", false}, {NULL, "nowhere", true},
    };

    (void)state;
    put_file("in.txt", "");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e = ERR_INIT;

        setenv("TMPDIR", cases[i].folder, 1);
        assert_int_equal(report_can_begin(cases[i].path, &e), cases[i].can ? 0 : -1);
        assert_int_equal(e.code, cases[i].can ? EXIT_DONE : EXIT_OUTPUT);
        if (!cases[i].can)
            assert_says(e.text, "set TMPDIR to a folder that can be written to");
    }
    unsetenv("TMPDIR");
}

/* ---- the input's fields ---- */

struct table {
    struct text cells; /* each behind its length */
    size_t records;
    size_t leave_out; /* columns that are not compared, or 0 */
};

static int keep_fields(void *context, const struct csvio_record *r)
{
    struct table *t = context;

    t->records++;
    text_puts(&t->cells, "#");
    for (size_t i = 0; i < r->nfields; i++) {
        if (t->leave_out && i >= t->leave_out && i < t->leave_out + N_ADDED)
            continue;
        text_printf(&t->cells, "%zu:", r->fields[i].len);
        text_append(&t->cells, r->fields[i].ptr, r->fields[i].len);
    }
    return 0;
}

static void parse(const char *path, size_t leave_out, struct table *t)
{
    struct err e = ERR_INIT;
    struct csvio_reader *r = csvio_reader_new(path, ',', '"', keep_fields, t, &e);
    struct text bytes;

    text_init(&bytes);
    slurp(path, &bytes);
    *t = (struct table){.leave_out = leave_out};
    text_init(&t->cells);
    assert_int_equal(csvio_feed(r, bytes.ptr, bytes.len, &e), 0);
    assert_int_equal(csvio_finish(r, &e), 0);
    csvio_reader_free(r);
    text_release(&bytes);
}

static void test_fields_come_back(void **state)
{
    static const struct {
        const char *what, *input;
        size_t columns;
    } cases[] = {
        {"plain", "a,b\n1,2\n", 2},
        {"CRLF", "a,b\r\n1,2\r\n", 2},
        {"CR", "a,b\r1,2\r", 2},
        {"no last line end", "a,b\n1,2", 2},
        {"byte order mark",
         "\xef\xbb\xbf"
         "a,b\n1,2\n",
         2},
        {"a quoted byte order mark",
         "\xef\xbb\xbf\"\xef\xbb\xbf"
         "a\",b\n1,2\n",
         2},
        {"quotes", "\"a\"\"b\",\"c,d\"\n\"1\"\"2\",\"3,4\"\n", 2},
        {"line ends in fields", "a,b\n\"1\n2\",\"3\r\n4\"\n\"\r\",\"\n\"\n1,2\n", 2},
        {"blanks", " a ,\tb\n 1 ,\t2 \n\"  \",\nx,\n", 2},
        {"empty fields", "a,,c\n,,\n\"\",\"\",\"\"\n1,,2\n", 3},
        {"one column", "a\n1\n\"\"\n2\n", 1},
        {"formulas are the input's own", "=a,+b\n=1+1,@x\n-2,\t\n", 2},
        {"umlauts", "Größe,日本\nä,🎉\n", 2},
        {"not UTF-8", "a,b\n\xff\xfe,\xe4\n", 2},
        {"a stray quote", "a,b\nx\"y,\"z\"\n", 2},
        {"the same column twice", "a,a\n1,2\n", 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct table before, after;
        struct scene s;

        put_file("in.csv", cases[i].input);
        scene_begin(&s);
        write_report(&s, "in.csv");
        parse("in.csv", 0, &before);
        parse("out.csv", cases[i].columns, &after);
        if (before.records != after.records || before.cells.len != after.cells.len ||
            memcmp(before.cells.ptr, after.cells.ptr, before.cells.len) != 0)
            fail_msg("%s: %s became %s", cases[i].what, before.cells.ptr, after.cells.ptr);
        text_release(&before.cells);
        text_release(&after.cells);
        scene_end(&s);
    }
}

static void test_line_ends_and_mark(void **state)
{
    static const struct {
        const char *input, *want;
    } cases[] = {
        {"a\r\n1\r\n", "a," ADDED "\r\n1," UNSENT "\r\n"},
        {"a\r1\r", "a," ADDED "\r1," UNSENT "\r"},
        {"a\n1", "a," ADDED "\n1," UNSENT "\n"},
        {"\xef\xbb\xbf"
         "a\n1\n",
         "\xef\xbb\xbf"
         "a," ADDED "\n1," UNSENT "\n"},
        {"a,b\n", "a,b," ADDED "\n"},
        {"a", "a," ADDED "\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s;

        put_file("in.csv", cases[i].input);
        scene_begin(&s);
        write_report(&s, "in.csv");
        assert_string_equal(s.out.ptr, cases[i].want);
        scene_end(&s);
    }
}

/* ---- as the input was read, or as it was asked for ---- */

#define SEMICOLON_ADDED                                                                            \
    "status;error;note;action;target;recipient;attempt_id;code;link;tries;http_status;finished_at"
#define SEMICOLON_UNSENT "unsent;;;claim;id;;;;;;;"

static const struct reading semicolons = {"UTF-8", false, false, ';',   '"', "\n", 1, false,
                                          false,   false, '\0',  false, 0,   0,    0};
static const struct reading for_excel = {"UTF-8", true,  false, ';',   '"', "\r\n", 1, false,
                                         false,   false, '\0',  false, 0,   0,      0};
static const struct reading rfc4180 = {"UTF-8", false, false, ',',   '"', "\r\n", 1, false,
                                       false,   false, '\0',  false, 0,   0,      0};

static void test_dialects(void **state)
{
    static const struct {
        const char *what, *input;
        const struct reading *as;
        bool safe_cells;
        const char *want;
    } cases[] = {
        {"semicolons stay", "a;b\n1,5;2\n", NULL, false,
         "a;b;" SEMICOLON_ADDED "\n1,5;2;" SEMICOLON_UNSENT "\n"},
        {"a line sep= stays", "sep=;\r\na;b\r\n1;2\r\n", NULL, false,
         "sep=;\r\na;b;" SEMICOLON_ADDED "\r\n1;2;" SEMICOLON_UNSENT "\r\n"},
        {"apostrophes stay", "'a','b, c'\n'it''s','2'\n", NULL, false,
         "a,'b, c'," ADDED "\n'it''s',2," UNSENT "\n"},
        {"what was above the header stands beneath it, skipped",
         "Report of today\n\nWallet,b\n" ALICE ",2\n" BOB ",3\n", NULL, false,
         "Wallet,b," ADDED
         "\nReport of today,,skipped,stands above the header,,claim,id,,,,,,,\n" ALICE ",2," UNSENT
         "\n" BOB ",3," UNSENT "\n"},
        {"as plain CSV", "sep=;\na;b\n\"1,5\";\"x;y\"\n", &rfc4180, false,
         "a,b," ADDED "\r\n\"1,5\",x;y," UNSENT "\r\n"},
        {"a byte that is no UTF-8 stays", "a,b\xc3\xbc\n1,\xc3\xbct\x9d\n", NULL, false,
         "a,b\xc3\xbc," ADDED "\n1,\xc3\xbct\x9d," UNSENT "\n"},
        {"but not in plain CSV", "a,b\xc3\xbc\n1,\xc3\xbct\x9d\n", &rfc4180, false,
         "a,b\xc3\xbc," ADDED "\r\n1,\xc3\xbct\xef\xbf\xbd," UNSENT "\r\n"},
        {"nor for Excel", "a;b\nz,\xc3;\xe2\x82\n", &for_excel, false,
         "\xef\xbb\xbf"
         "a;b;" SEMICOLON_ADDED "\r\nz,\xef\xbf\xbd;\xef\xbf\xbd\xef\xbf\xbd;" SEMICOLON_UNSENT
         "\r\n"},
        {"for Excel", "a;b\nGr\xc3\xbc\xc3\x9f;\"2;3\"\n", &for_excel, false,
         "\xef\xbb\xbf"
         "a;b;" SEMICOLON_ADDED "\r\nGr\xc3\xbc\xc3\x9f;\"2;3\";" SEMICOLON_UNSENT "\r\n"},
        {"commas to semicolons", "a,b\n1;5,2\n", &semicolons, false,
         "a;b;" SEMICOLON_ADDED "\n\"1;5\";2;" SEMICOLON_UNSENT "\n"},
        {"cells that begin formulas", "=a,b\n=1+1,-2\n'=x,+y\n", NULL, false,
         "=a,b," ADDED "\n=1+1,-2," UNSENT "\n'=x,+y," UNSENT "\n"},
        {"and no more", "=a,b\n=1+1,-2\n'=x,+y\n", NULL, true,
         "'=a,b," ADDED "\n'=1+1,'-2," UNSENT "\n'=x,'+y," UNSENT "\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s;

        put_file("in.csv", cases[i].input);
        scene_begin(&s);
        s.as = cases[i].as;
        s.safe_cells = cases[i].safe_cells;
        write_report(&s, "in.csv");
        if (strcmp(s.out.ptr, cases[i].want) != 0)
            fail_msg("%s: %s", cases[i].what, s.out.ptr);
        scene_end(&s);
    }
}

static void test_without_a_header(void **state)
{
    static const struct read_wishes none = {.no_header = true};
    struct scene s;

    (void)state;
    put_file("in.csv", "x,y\n1,2\n");
    scene_begin(&s);
    s.wishes = &none;
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, "1,2," ADDED "\nx,y," UNSENT "\n1,2," UNSENT "\n");
    scene_end(&s);
}

/* Of text that is ASCII but for bytes over 127, which stand for themselves. */
static void put_utf16le(struct text *out, const char *text)
{
    for (; *text; text++)
        text_append(out, (const char[]){*text, '\0'}, 2);
}

/* Results are in the encoding of their input, and its damage comes back as it was. */
static void test_encodings(void **state)
{
    static const struct read_wishes windows = {.encoding = "WINDOWS-1252"};
    struct text wide;
    struct scene s;

    (void)state;
    put_file("in.csv", "a\nGr\xfc\xdf\x81\n");
    scene_begin(&s);
    s.wishes = &windows;
    add_invalid(&s, 1, "Gr\xc3\xbc\xc3\x9f");
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr,
                        "a," ADDED "\n\"Gr\xfc\xdf\x81\",invalid,Gr\xfc\xdf,,claim,id,,,,,,,\n");
    scene_end(&s);

    text_init(&wide);
    text_append(&wide, "\xff\xfe", 2);
    put_utf16le(&wide, "a\tb\r\nGr\xfc\t2\r\n");
    put_bytes("in.csv", wide.ptr, wide.len);
    assert_int_equal(unlink("ledger.db"), 0);
    assert_int_equal(unlink("ledger.db-seal"), 0);
    scene_begin(&s);
    add_invalid(&s, 1, "a \xe2\x98\xba");
    write_report(&s, "in.csv");
    text_clear(&wide);
    text_append(&wide, "\xff\xfe", 2);
    put_utf16le(&wide,
                "a\tb\tstatus\terror\tnote\taction\ttarget\trecipient\tattempt_id\tcode\tlink\t"
                "tries\thttp_status\tfinished_at\r\nGr\xfc\t2\tinvalid\ta ");
    text_append(&wide, "\x3a\x26", 2);
    put_utf16le(&wide, "\t\tclaim\tid\t\t\t\t\t\t\t\r\n");
    assert_int_equal(s.out.len, wide.len);
    assert_memory_equal(s.out.ptr, wide.ptr, wide.len);
    scene_end(&s);
    text_release(&wide);
}

/* What an encoding lacks, of the texts that are ours, is a question mark; in UTF-8 it is there. */
static void test_texts_that_an_encoding_lacks(void **state)
{
    static const struct read_wishes latin1 = {.encoding = "ISO-8859-1"};
    struct scene s;

    (void)state;
    put_file("in.csv", "a\n\xfc\n");
    scene_begin(&s);
    s.wishes = &latin1;
    add_invalid(&s, 1, "\xe2\x98\xba \xc3\xbc");
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, "a," ADDED "\n\xfc,invalid,? \xfc,,claim,id,,,,,,,\n");
    s.as = &rfc4180;
    write_report(&s, "in.csv");
    assert_string_equal(
        s.out.ptr, "a," ADDED "\r\n\xc3\xbc,invalid,\xe2\x98\xba \xc3\xbc,,claim,id,,,,,,,\r\n");
    scene_end(&s);
}

/* Rows that nothing is in, at the end, are none; and behind the columns of the header nothing is added. */
static void test_trailing_emptiness(void **state)
{
    struct scene s;

    (void)state;
    put_file("in.csv", "a,b,\n1,2,,,\n1,2,,,\n,,\n3,,\n,,,,\n,\n");
    scene_begin(&s);
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, "a,b,," ADDED "\n1,2,," UNSENT "\n1,2,," UNSENT "\n,,," UNSENT
                                   "\n3,,," UNSENT "\n");
    scene_end(&s);
}

static void test_ragged_rows(void **state)
{
    struct scene s;

    (void)state;
    put_file("in.csv", "a,b,c\n1\n1,2,3,4,\"5,6\"\n1,2,3\n");
    scene_begin(&s);
    add_invalid(&s, 1, "has 1 field, the header has 3");
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr,
                        "a,b,c," ADDED "\n"
                        "1,,,invalid,\"has 1 field, the header has 3\",,claim,id,,,,,,,\n"
                        "1,2,3," UNSENT ",4,\"5,6\"\n"
                        "1,2,3," UNSENT "\n");
    scene_end(&s);
}

static void test_names_that_are_taken(void **state)
{
    struct scene s;

    (void)state;
    put_file("in.csv", "status,Error,error,code\n1,2,3,4\n");
    scene_begin(&s);
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr,
                        "status,Error,error,code,claimpipe_status,claimpipe_error,note,action,"
                        "target,recipient,attempt_id,claimpipe_code,link,tries,http_status,"
                        "finished_at\n"
                        "1,2,3,4," UNSENT "\n");
    scene_end(&s);
}

/* The results of results are the results. */
static void test_results_as_input(void **state)
{
    static const char *const inputs[] = {
        "a,b\n1,2\n3\n4,5,6\n",
        "status,b\n1,2\n",
        /* all of the names, in another order */
        ("a,code,status,error,note,action,target,recipient,attempt_id,link,tries,http_status,"
         "finished_at\n1,2,3,4,5,6,7,8,9,10,11,12,13\n"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(inputs); i++) {
        struct scene s;
        struct text first;

        put_file("in.csv", inputs[i]);
        scene_begin(&s);
        write_report(&s, "in.csv");
        text_init(&first);
        text_append(&first, s.out.ptr, s.out.len);
        put_bytes("again.csv", s.out.ptr, s.out.len);
        write_report(&s, "again.csv");
        assert_string_equal(s.out.ptr, first.ptr);
        text_release(&first);
        scene_end(&s);
    }
}

/* Columns that only look like ours, but for one of them, are the input's. */
static void test_nearly_results(void **state)
{
    static const char input[] = "a," ADDED ",z\n1,2,3,4,5,6,7,8,9,10,11,12,13,14\n";
    struct scene s;

    (void)state;
    put_file("in.csv", input);
    scene_begin(&s);
    write_report(&s, "in.csv");
    assert_says(s.out.ptr, ",finished_at,z,claimpipe_status,");
    assert_says(s.out.ptr, "\n1,2,3,4,5,6,7,8,9,10,11,12,13,14," UNSENT "\n");
    scene_end(&s);
}

/* ---- the added texts ---- */

static void test_no_formulas(void **state)
{
    static const struct {
        const char *error, *recipient, *want, *safe;
        bool said;
    } cases[] = {
        {"=cmd|'/c calc'!A0", "bb1", "'=cmd|'/c calc'!A0", "bb1", true},
        {"+1", "+31", "'+1", "'+31", true},
        {"-1", "-1", "'-1", "'-1", true},
        {"@SUM(1)", "@ann", "'@SUM(1)", "'@ann", true},
        {"\xef\xbc\x9d"
         "1",
         "\xef\xbc\xa0"
         "x",
         "'\xef\xbc\x9d"
         "1",
         "'\xef\xbc\xa0"
         "x",
         true},
        {"\tx", "b", " x", "b", false}, /* white space becomes blanks */
        {"'=x", "'=y", "'=x", "'=y", false},
        {"x=1", "\n7", "x=1", "'\n7", false},
    };
    static const char *const endings[] = {" shown with a leading '",
                                          " shown with a leading ' (--safe-cells)"};
    struct scene s;
    struct text input, want;

    (void)state;
    scene_begin(&s);
    text_init(&input);
    text_init(&want);
    text_puts(&input, "a\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_puts(&input, "1\n");
        add_row(
            &s, i + 1, cases[i].recipient,
            (struct ledger_move){.to = STATE_FAILED, .error = cases[i].error, .attempt = "=1+1"});
    }
    put_file("in.csv", input.ptr);
    for (int safe = 0; safe < 2; safe++) {
        text_clear(&want);
        text_puts(&want, "a," ADDED "\n");
        for (size_t i = 0; i < COUNT(cases); i++) {
            const char *recipient = safe ? cases[i].safe : cases[i].recipient;
            bool same = strcmp(recipient, cases[i].recipient) == 0;
            bool several = cases[i].said || !same;

            text_puts(&want, "1,failed,");
            csvio_append(&want, slice_of(cases[i].want), ',', '"');
            text_printf(&want, ",%s%s%sattempt_id%s%s,claim,id,", several ? "\"" : "",
                        cases[i].said ? "error, " : "", same ? "" : "recipient, ", endings[safe],
                        several ? "\"" : "");
            csvio_append(&want, slice_of(recipient), ',', '"');
            text_puts(&want, ",'=1+1,,,1,," FINISHED "\n");
        }
        s.safe_cells = safe;
        write_report(&s, "in.csv");
        assert_string_equal(s.out.ptr, want.ptr);
    }
    text_release(&want);
    text_release(&input);
    scene_end(&s);
}

static void test_long_errors(void **state)
{
    struct scene s;
    char error[3 * 2000 + 2] = "";

    (void)state;
    put_file("in.csv", "a\n1\n2\n3\n");
    scene_begin(&s);
    for (uint64_t row = 1; row <= 3; row++) { /* cut at each byte of a character */
        size_t at = row - 1;

        memset(error, 'x', at);
        for (size_t i = 0; i < 1000; i++)
            memcpy(error + at + 3 * i, "…", 4);
        add_row(&s, row, "bb1", (struct ledger_move){.to = STATE_FAILED, .error = error});
    }
    write_report(&s, "in.csv");
    assert_true(slice_is_utf8((struct slice){s.out.ptr, s.out.len}));
    assert_true(s.out.len > 1500 && s.out.len < 4096);
    for (size_t i = 0; i < s.summary.reasons.n; i++)
        assert_true(slice_is_utf8(slice_of(s.summary.reasons.list[i].text)));
    scene_end(&s);
}

/* ---- the summary ---- */

static void test_summary(void **state)
{
    static const char want[] =
        "9 rows, 3 failed, 6 invalid\n"
        "        2 failed: Code already used (first on line 4)\n"
        "        1 failed: Incorrect password (password) (first on line 3)\n"
        "        4 invalid: column \"Wallet\": … is not an address (0x + 40 hex, or bb1…) (first "
        "on line 2)\n"
        "        1 invalid: has 1 field, the header has 3 (first on line 8)\n"
        "        1 invalid: column \"Email\": … is not an address (0x + 40 hex, or bb1…) (first on "
        "line 10)";
    static const struct {
        uint64_t row;
        bool failed;
        const char *error;
    } rows[] = {
        {1, false, "column \"Wallet\": \"0x12\" is not an address (0x + 40 hex, or bb1…)"},
        {2, true, "Incorrect password (password)"},
        {3, true, "Code already used"},
        {4, false, "column \"Wallet\": \"x: \" is not an address (0x + 40 hex, or bb1…)"},
        {5, true, "Code already used"},
        {6, false, "column \"Wallet\": \"\" is not an address (0x + 40 hex, or bb1…)"},
        {7, false, "has 1 field, the header has 3"},
        {8, false, "column \"Wallet\": \"0x13\" is not an address (0x + 40 hex, or bb1…)"},
        {9, false, "column \"Email\": \"0x12\" is not an address (0x + 40 hex, or bb1…)"},
    };
    struct scene s;
    struct text words;

    (void)state;
    put_file("in.csv", "a\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    scene_begin(&s);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].failed)
            add_row(&s, rows[i].row, "bb1",
                    (struct ledger_move){.to = STATE_FAILED, .error = rows[i].error});
        else
            add_invalid(&s, rows[i].row, rows[i].error);
    }
    write_report(&s, "in.csv");
    text_init(&words);
    report_words(&s.summary, &words);
    assert_string_equal(words.ptr, want);
    text_release(&words);
    scene_end(&s);
}

static void test_many_reasons(void **state)
{
    enum { ROWS = REASONS_MAX + 10 };
    struct scene s;
    struct text input, words;
    uint64_t told = 0;

    (void)state;
    scene_begin(&s);
    text_init(&input);
    text_puts(&input, "a\n");
    for (uint64_t row = 1; row <= ROWS; row++) {
        char error[32];

        snprintf(error, sizeof error, "reason %u", (unsigned)row);
        text_puts(&input, "1\n");
        add_row(&s, row, "bb1", (struct ledger_move){.to = STATE_FAILED, .error = error});
    }
    put_file("in.csv", input.ptr);
    write_report(&s, "in.csv");
    assert_int_equal(s.summary.rows[STATUS_FAILED], ROWS);
    assert_int_equal(s.summary.reasons.n, REASONS_MAX);
    for (size_t i = 0; i < s.summary.reasons.n; i++)
        told += s.summary.reasons.list[i].rows;
    assert_int_equal(told + s.summary.reasons.others, ROWS);
    text_init(&words);
    report_words(&s.summary, &words);
    assert_says(words.ptr, "10 for other reasons");
    text_release(&words);
    text_release(&input);
    scene_end(&s);
}

/* More rows than a batch, and bytes than a buffer; the ledger knows some of them only. */
static void test_many_rows(void **state)
{
    enum { ROWS = 5000 };
    struct scene s;
    struct text input, want;

    (void)state;
    scene_begin(&s);
    text_init(&input);
    text_init(&want);
    text_puts(&input, "a\n");
    text_puts(&want, "a," ADDED "\n");
    for (uint64_t row = 1; row <= ROWS; row++) {
        text_printf(&input, "%u\n", (unsigned)row);
        text_printf(&want, "%u,", (unsigned)row);
        if (row % 7 == 0) {
            add_invalid(&s, row, "bad");
            text_puts(&want, "invalid,bad,,claim,id,,,,,,,\n");
        } else {
            text_puts(&want, UNSENT "\n");
        }
    }
    put_file("in.csv", input.ptr);
    write_report(&s, "in.csv");
    assert_int_equal(s.out.len, want.len);
    assert_memory_equal(s.out.ptr, want.ptr, want.len);
    assert_int_equal(s.summary.rows[STATUS_INVALID], ROWS / 7);
    assert_int_equal(s.summary.rows[STATUS_UNSENT], ROWS - ROWS / 7);
    text_release(&want);
    text_release(&input);
    scene_end(&s);
}

/* An output that can't be written is an error, and leaves what was there. */
static void test_full_disk(void **state)
{
    const struct read_wishes none = {.encoding = NULL};
    struct report_options o = {.run = 1};
    struct err e = ERR_INIT, late = ERR_INIT;
    struct scene s;
    struct input *in;
    struct source source;
    struct outfile *f;
    int rc;

    (void)state;
    put_file("in.csv", "a\n1\n");
    scene_begin(&s);
    in = read_open("in.csv", &none, &e);
    assert_non_null(in);
    reading_init(&o.as);
    f = outfile_open("/dev/full", &e);
    assert_non_null(f);
    source = read_source(in);
    rc = report_write(&source, s.l, &o, &(struct report_file){REPORT_ALL, NULL, f}, 1, &s.summary,
                      &e);
    rc |= outfile_close(f, rc == 0, &late); /* so little is found out at the end */
    assert_int_equal(rc, -1);
    assert_int_equal(late.code, EXIT_OUTPUT);
    read_close(in);
    scene_end(&s);
}

/* ---- codes ---- */

static const struct codebook *give_book(struct scene *s, struct codebook *b)
{
    assert_non_null(b);
    s->books[s->n_books++] = b;
    return b;
}

/* Gives an item the code of that number; a listed one has a mark. */
static void give_code(struct scene *s, int64_t item, const struct codebook *b, int64_t index)
{
    uint8_t mark[CODEBOOK_MARK_SIZE];
    bool marked = codebook_mark(b, index, mark);
    struct err e = ERR_INIT;

    if (ledger_give_code(s->l, item, index, marked ? mark : NULL, &e) != 0)
        fail_msg("%s", e.text);
}

static int64_t add_code(struct scene *s, uint64_t row, const char *recipient,
                        const struct codebook *b, int64_t index)
{
    int64_t item = add_row(s, row, recipient, (struct ledger_move){.to = STATE_PLANNED});

    give_code(s, item, b, index);
    return item;
}

static void rekey(struct scene *s, const char *key)
{
    const struct ledger_target t = {
        .action = "claim", .url = "https://x", .name = "id", .key = key};
    struct err e = ERR_INIT;
    int64_t id = 0;

    if (ledger_target_id(s->l, &t, &id, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(id, s->target);
}

/* Duplicates by a key are told so: with another recipient they are no less. */
static void test_duplicates_by_key(void **state)
{
    static const struct {
        const char *key, *says;
    } cases[] = {
        {"", "same recipient"},
        {"recipient", "same recipient"},
        {"address", "same recipient"},
        {"email", "same recipient"},
        {"id", "same recipient"},
        {"username", "same recipient"},
        {"Order", "same Order"},
        {"Order ID", "same Order ID"},
        {"Order,Item", "\"same key (Order,Item)"},
        {"@trigger=Order", "same Order"},
        {"#3=Order", "same Order"},
        {"#3", "same #3"},
        {"@recipient=Email (email)", "same recipient"},
        {"#2=Mail (email)", "same recipient"},
        {"#4=Score (max)", "same Score (max)"},
        {"Score (id)", "same Score (id)"},
        {"@recipient=Email (email),Item", "\"same key (@recipient=Email (email),Item)"},
        {"A\nB", "same A B"},
    };
    struct text want;

    (void)state;
    text_init(&want);
    put_file("in.csv", "Name\na\nb\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene s;

        (void)unlink("ledger.db");
        (void)unlink("ledger.db-seal");
        scene_begin(&s);
        rekey(&s, cases[i].key);
        add_duplicate(&s, 2, 1, add_row(&s, 1, "bb1a", (struct ledger_move){.to = STATE_PLANNED}),
                      s.run.id, 2);
        write_report(&s, "in.csv");
        text_clear(&want);
        text_printf(&want, "\nb,duplicate,%s as line 2%s,,", cases[i].says,
                    cases[i].says[0] == '"' ? "\"" : "");
        assert_says(s.out.ptr, want.ptr);
        scene_end(&s);
    }
    text_release(&want);
}

/* A line of the results: `before`, the code of that number, and `after`, in which % is the code. */
static void assert_code(const struct scene *s, const char *before, int64_t index, const char *after)
{
    char code[CODEBOOK_CODE_MAX];
    struct text want;

    assert_int_equal(codebook_code(s->books[0], index, code), 0);
    text_init(&want);
    text_printf(&want, "\n%s%s", before, code);
    for (; *after; after++)
        if (*after == '%')
            text_puts(&want, code);
        else
            text_append(&want, after, 1);
    assert_says(s->out.ptr, want.ptr);
    text_release(&want);
}

#define CODE_LINK "https://x/id?code={{code}}"

static void test_codes(void **state)
{
    struct err e = ERR_INIT;
    struct codebook *book = codebook_of_seed("abc", &e);
    const char *name = codebook_name(book);
    struct scene s;
    struct text before;
    int64_t first;
    static const struct {
        const char *row, *recipient, *cells, *after;
        int64_t code;
    } cases[] = {
        {"a", "bb1a", "success,,", ",https://x/id?code=%,,,2", 0},
        {"b", "bb1b", "success,,", ",https://x/id?code=%,,,2", 41},
        {"c", "bb1a", "duplicate,same recipient as line 2,", ",https://x/id?code=%,,,\n", 0},
    };

    (void)state;
    put_file("in.csv", "Name\na\nb\nc\nd\ne\nf\n");
    scene_of(&s, "code", name, CODE_LINK);
    give_book(&s, book);
    first = add_code(&s, 1, "bb1a", book, 0);
    add_code(&s, 2, "bb1b", book, 41);
    add_duplicate(&s, 3, 1, first, s.run.id, 2);
    add_row(&s, 4, "bb1d", (struct ledger_move){.to = STATE_FAILED, .error = "codes used up"});
    add_duplicate(&s, 5, 1, first, 99, 7);
    add_invalid(&s, 6, "bad");
    write_report(&s, "in.csv");
    text_init(&before);
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_clear(&before);
        text_printf(&before, "%s,%s,code,%s,%s,,", cases[i].row, cases[i].cells, name,
                    cases[i].recipient);
        assert_code(&s, before.ptr, cases[i].code, cases[i].after);
    }
    assert_says(s.out.ptr, "\nd,failed,codes used up,,code,seed:");
    assert_says(s.out.ptr, ",bb1d,,,,1,," FINISHED "\n");
    assert_says(s.out.ptr, "\ne,duplicate,done in run 99 (line 7) at 2");
    assert_says(s.out.ptr, "\nf,invalid,bad,,code,seed:");
    assert_says(s.out.ptr, ",,,,,,,\n");
    text_release(&before);
    codebook_free(book);
    scene_end(&s);
}

/* The same index of another seed or list is another code: none is better than a wrong one. */
static void test_codes_need_their_book(void **state)
{
    static const char says[] = "gave out codes, which the ledger does not keep: give the seed or "
                               "list again (--seed-from, --codes)";
    struct err e = ERR_INIT;
    struct codebook *book = codebook_of_seed("abc", &e), *other = codebook_of_seed("abd", &e);
    struct scene s;

    (void)state;
    put_file("in.csv", "Name\na\nb\n");
    scene_of(&s, "code", codebook_name(book), CODE_LINK);
    add_invalid(&s, 1, "bad");
    write_report(&s, "in.csv"); /* no code was given, so none is lacked */
    add_code(&s, 2, "bb1b", book, 0);
    refuse_report(&s, "in.csv", says);
    give_book(&s, other);
    refuse_report(&s, "in.csv", "what was given is another, or not all of them");
    give_book(&s, book);
    write_report(&s, "in.csv");
    codebook_free(other);
    codebook_free(book);
    scene_end(&s);
}

static void test_codes_of_a_list(void **state)
{
    static const struct {
        const char *list, *refused; /* NULL: it is not */
    } cases[] = {
        {"one\ntwo\nthree\n", NULL},
        {"one\ntwo\nthree\nfour\n", NULL},
        {"one\nTWO\nthree\n", NULL}, /* that one was not given */
        {"one\ntwo\nthreee\n", "list.txt:3: is not the code that was given out from there"},
        {"one\nthree\ntwo\n", "list.txt:3: is not the code that was given out from there"},
        {"one\ntwo\n", "list.txt: has only 2 codes, and number 2"},
        {"two\none\nthree\n", "gave out codes, which the ledger does not keep"},
    };
    struct err e = ERR_INIT;
    struct codebook *book;
    struct scene s;

    (void)state;
    put_file("in.csv", "Name\na\nb\n");
    put_file("list.txt", cases[0].list);
    book = codebook_of_list("list.txt", &e);
    assert_non_null(book);
    scene_of(&s, "code", codebook_name(book), "https://x?{{ code }}");
    add_code(&s, 1, "bb1a", book, 0);
    add_code(&s, 2, "bb1b", book, 2);
    codebook_free(book);
    for (size_t i = 0; i < COUNT(cases); i++) {
        put_file("list.txt", cases[i].list);
        book = codebook_of_list("list.txt", &e);
        assert_non_null(book);
        s.books[0] = book;
        s.n_books = 1;
        if (cases[i].refused) {
            refuse_report(&s, "in.csv", cases[i].refused);
        } else {
            write_report(&s, "in.csv");
            assert_says(s.out.ptr, ",bb1a,,one,https://x?one,");
            assert_says(s.out.ptr, ",bb1b,,three,https://x?three,");
        }
        codebook_free(book);
    }
    scene_end(&s);
}

/* Over many blocks, with both threads; and what stops either of them stops the other. */
static void test_many_codes(void **state)
{
    enum { ROWS = 3000, CHANGED = 2900 };
    struct err e = ERR_INIT, bad = ERR_INIT;
    struct codebook *book;
    struct scene s;
    struct text list;

    (void)state;
    text_init(&list);
    for (int i = 0; i < ROWS; i++)
        text_printf(&list, "code-%d\n", i);
    put_file("list.txt", list.ptr);
    put_file("in.csv", list.ptr);
    book = codebook_of_list("list.txt", &e);
    assert_non_null(book);
    scene_of(&s, "code", codebook_name(book), CODE_LINK);
    give_book(&s, book);
    for (uint64_t row = 1; row < ROWS; row++) /* the first line is the header */
        add_code(&s, row, "bb1", book, (int64_t)row);
    write_report(&s, "in.csv");
    assert_int_equal(s.summary.rows[STATUS_SUCCESS], ROWS - 1);
    for (int i = 1; i < ROWS; i++) {
        text_clear(&list);
        text_printf(&list, "\ncode-%d,success,,,code,%s,bb1,,code-%d,https://x/id?code=code-%d,", i,
                    codebook_name(book), i, i);
        assert_says(s.out.ptr, list.ptr);
    }
    codebook_free(book);
    text_clear(&list);
    for (int i = 0; i < ROWS; i++)
        text_printf(&list, "%s-%d\n", i == CHANGED ? "other" : "code", i);
    put_file("list.txt", list.ptr);
    book = codebook_of_list("list.txt", &e);
    s.books[0] = book;
    refuse_report(&s, "in.csv", "list.txt:2901: is not the code");
    s.simulated = true; /* no codes then, so that only this is wrong: */
    assert_int_equal(ledger_commit(s.l, &e), 0);
    assert_int_equal(db_exec(s.l->db, "UPDATE items SET state = 9 WHERE row = 2000", &e), 0);
    assert_int_equal(try_report(&s, "in.csv", &bad), -1);
    assert_says(bad.text, "is in state 9");
    codebook_free(book);
    text_release(&list);
    scene_end(&s);
}

/* ---- several targets ---- */

static void test_routes(void **state)
{
    struct scene s;
    int64_t other;

    (void)state;
    put_file("in.csv", "a\n1\n2\n3\n4\n");
    scene_begin(&s);
    other = aim(&s, 1, "claim", "id2", "https://x/{{target}}");
    add_step(&s, 1, 1, other, "bb1a", (struct ledger_move){.to = STATE_SUCCESS, .reserved = true});
    add_row(&s, 2, "bb1b", (struct ledger_move){.to = STATE_SUCCESS});
    add_invalid(&s, 3, "no route");
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr,
                        "a," ADDED "\n"
                        "1,success,,reserved: the recipient has still to sign in by the link and "
                        "claim it on the chain,claim,id2,bb1a,,,https://x/id2,1,," FINISHED "\n"
                        "2,success,,,claim,id,bb1b,,,,1,," FINISHED "\n"
                        "3,invalid,no route,,claim,,,,,,,,\n"
                        "4,unsent,,,claim,,,,,,,,\n");
    scene_end(&s);
}

/* An on-chain claim is told by itself; its default link is the newest for which all is known. */
static void test_on_chain(void **state)
{
    static const struct {
        struct claimfacts facts;
        const char *template, *link;
    } cases[] = {
        {{.on_chain = true, .collection = "5", .approval = "a b"},
         LINK_CLAIM,
         "https://bitbadges.io/collections/5?claimId=id&approvalId=a%20b"},
        {{.on_chain = true, .collection = "5"},
         LINK_CLAIM,
         "https://bitbadges.io/collections/5?claimId=id"},
        {{.on_chain = true, .approval = "a"}, LINK_CLAIM, "https://bitbadges.io/claims/id"},
        {{.on_chain = true, .collection = "5"},
         "https://x/{{claim}}/{{collection}}/{{approval}}.",
         "https://x/id/5/."},
        {{.on_chain = false}, LINK_CLAIM, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *link = cases[i].link;
        struct err e = ERR_INIT;
        struct scene s;
        char want[512];

        (void)unlink("ledger.db");
        (void)unlink("ledger.db-seal");
        put_file("in.csv", "a\n1\n2\n3\n");
        scene_of(&s, "claim", "id", cases[i].template);
        assert_int_equal(ledger_targets_keep(s.l, s.target, &cases[i].facts, &e), 0);
        add_row(&s, 1, "bb1a", (struct ledger_move){.to = STATE_SUCCESS});
        add_row(&s, 2, "bb1b", (struct ledger_move){.to = STATE_FAILED, .error = "no"});
        add_row(&s, 3, "bb1c", (struct ledger_move){.to = STATE_UNKNOWN, .error = "lost"});
        write_report(&s, "in.csv");
        snprintf(want, sizeof want, "\n1,success,,%s,claim,id,bb1a,,,%s,1,,",
                 link ? "reserved: the recipient has still to sign in by the link and claim it on "
                        "the chain"
                      : "",
                 link ? link : "");
        assert_says(s.out.ptr, want);
        assert_says(s.out.ptr, "\n2,failed,no,,claim,id,bb1b,,,,1,,");
        assert_says(s.out.ptr, ",claim,id,bb1c,,,,1,,");
        scene_end(&s);
    }
}

/* Ledgers of before there were steps have all of a row in the first one. */
static void test_out_at_the_step(void **state)
{
    struct scene s;

    (void)state;
    put_file("in.csv", "a\n1\n2\n");
    scene_begin(&s);
    add_out(&s, 1, 1, LEDGER_ROW_INVALID, "bad");
    add_out(&s, 2, 1, LEDGER_ROW_SKIPPED, "no route");
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, "a," ADDED "\n1,invalid,bad,,claim,id,,,,,,,\n"
                                   "2,skipped,no route,,claim,,,,,,,,\n");
    scene_end(&s);
}

/* ---- over several runs ---- */

/* The run over the same rows that comes after this one, or goes on with it. */
static void next_run(struct scene *s, bool finished)
{
    struct err e = ERR_INIT;

    assert_int_equal(ledger_run_end(s->l, &s->run, finished, 1, NULL, &e), 0);
    assert_int_equal(ledger_run_begin(s->l, s->target, "",
                                      &(struct ledger_input){
                                          .name = "in.csv", .hash = hash, .rows = 1, .reading = ""},
                                      &s->run, &e),
                     0);
    aim(s, 1, "claim", "id", "");
}

static void take_item(struct scene *s, int64_t item, uint64_t row)
{
    struct err e = ERR_INIT;

    assert_int_equal(ledger_take(s->l, &s->run, item, row, row + 1, &e), 0);
    put_row(s, &(struct ledger_row){
                   .kind = LEDGER_ROW_OWNER, .step = 1, .row = row, .line = row + 1, .item = item});
}

static void assert_words(const struct scene *s, const char *want)
{
    struct text words;

    text_init(&words);
    report_words(&s->summary, &words);
    assert_string_equal(words.ptr, want);
    text_release(&words);
}

static void test_failed_before(void **state)
{
    const struct ledger_move refused = {.to = STATE_FAILED, .error = "no"};
    int64_t items[3];
    struct scene s;

    (void)state;
    put_file("in.csv", "a\n1\n2\n3\n");
    scene_begin(&s);
    for (uint64_t row = 1; row <= 2; row++)
        items[row] = add_row(&s, row, "bb1", refused);
    write_report(&s, "in.csv");
    assert_words(&s, "3 rows, 2 failed, 1 unsent\n        2 failed: no (first on line 2)");
    next_run(&s, false); /* goes on where it stopped: what failed has failed in this run */
    assert_int_equal(s.run.id, 1);
    take_item(&s, items[1], 1);
    take_item(&s, items[2], 2);
    add_row(&s, 3, "bb1c", refused);
    write_report(&s, "in.csv");
    assert_says(s.out.ptr, "1,failed,no,,claim,id,");
    assert_says(s.out.ptr, "3,failed,no,,claim,id,");
    assert_words(&s, "3 rows, 3 failed\n        3 failed: no (first on line 2)");
    next_run(&s, true);
    assert_int_equal(s.run.id, 2);
    take_item(&s, items[1], 1);
    take_item(&s, items[2], 2);
    move(&s, items[2], (struct ledger_move){.to = STATE_PLANNED}); /* it is tried again */
    move(&s, items[2], (struct ledger_move){.to = STATE_SENDING});
    move(&s, items[2], refused);
    next_run(&s, true);
    for (uint64_t row = 1; row <= 2; row++)
        take_item(&s, items[row], row);
    s.simulated = true;
    write_report(&s, "in.csv");
    assert_says(s.out.ptr, "1,would fail,\"failed in run 1, not tried again: no\"");
    assert_says(s.out.ptr, "2,would fail,\"failed in run 2, not tried again: no\"");
    assert_words(&s, "3 rows, 2 would fail (2 of them before, and not tried again), 1 unsent\n"
                     "        2 failed in runs 1 to 2, not tried again: no (first on line 2)");
    s.run.id = 2; /* the run before it, once more: one was kept, and the other tried */
    s.simulated = false;
    write_report(&s, "in.csv");
    assert_words(&s, "3 rows, 2 failed (1 of them before, and not tried again), 1 unsent\n"
                     "        1 failed in run 1, not tried again: no (first on line 2)\n"
                     "        1 failed: no (first on line 3)");
    scene_end(&s);
}

/* ---- a dry run ---- */

static void test_simulated(void **state)
{
    struct scene s;
    struct text words;

    (void)state;
    put_file("in.csv", "a\n1\n2\n3\n");
    scene_begin(&s);
    s.simulated = true;
    add_row(&s, 1, "bb1a", (struct ledger_move){.to = STATE_SUCCESS, .reserved = true});
    add_row(&s, 2, "bb1b", (struct ledger_move){.to = STATE_FAILED, .error = "Already claimed"});
    add_invalid(&s, 3, "bad");
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr,
                        "a," ADDED "\n"
                        "1,would succeed,,,claim,id,bb1a,,,,1,," FINISHED "\n"
                        "2,would fail,Already claimed,,claim,id,bb1b,,,,1,," FINISHED "\n"
                        "3,invalid,bad,,claim,id,,,,,,,\n");
    text_init(&words);
    report_words(&s.summary, &words);
    assert_string_equal(words.ptr, "3 rows, 1 would succeed, 1 would fail, 1 invalid\n"
                                   "        1 would fail: Already claimed (first on line 3)\n"
                                   "        1 invalid: bad (first on line 4)");
    text_release(&words);
    scene_end(&s);
}

/* ---- several steps ---- */

#define ADDED_OF(k)                                                                                \
    k "_status," k "_error," k "_note," k "_action," k "_target," k "_attempt_id," k "_code," k    \
      "_link," k "_tries," k "_http_status," k "_finished_at"
#define ONE_DONE "success,,,claim,id,A,,,1,200," FINISHED
#define ONE_DUPLICATE "duplicate,done in run 99 (line 7) at " FINISHED ",,claim,id,,,,,,"
#define TWO_DONE "success,,,store,st,,,,1,200," FINISHED
#define TWO_DUPLICATE "duplicate,done in run 99 (line 7) at " FINISHED ",,store,st,,,,,,"
#define NONE ",,,,,,,,,,"
#define NOT_YET "unsent,,,,,,,,,,"

enum part { ABSENT, DONE, FAILED, PENDING, DUPLICATE, SKIPPED };

static void put_part(struct scene *s, uint64_t row, unsigned step, int64_t target, enum part part)
{
    struct ledger_move m = {.to = STATE_SUCCESS, .http_status = 200};
    char recipient[16];
    struct err e = ERR_INIT;
    int64_t item;

    snprintf(recipient, sizeof recipient, "bb1%u", (unsigned)row);
    m.attempt = step == 1 ? "A" : NULL;
    switch (part) {
    case ABSENT:
        break;
    case FAILED:
        m.to = STATE_FAILED;
        m.error = "refused";
        m.attempt = NULL;
        m.http_status = 500;
        add_step(s, row, step, target, recipient, m);
        break;
    case PENDING:
        m.to = STATE_ACCEPTED;
        add_step(s, row, step, target, recipient, m);
        break;
    case DONE:
        add_step(s, row, step, target, recipient, m);
        break;
    case DUPLICATE:
        item = new_item(s, target, row, recipient);
        move(s, item, (struct ledger_move){.to = STATE_SENDING});
        move(s, item, (struct ledger_move){.to = STATE_SUCCESS});
        add_duplicate(s, row, step, item, 99, 7);
        break;
    case SKIPPED:
        add_out(s, row, step, LEDGER_ROW_SKIPPED, "no route");
    }
    assert_int_equal(ledger_commit(s->l, &e), 0);
}

/* Each combination of two steps that matters, a row each. */
static const struct {
    const char *what;
    enum part parts[2];
    bool invalid, skipped; /* as a whole */
    enum status status;
    const char *want; /* bb1N stands for the recipient */
} steps_cases[] = {
    {"not come to",
     {ABSENT, ABSENT},
     false,
     false,
     STATUS_UNSENT,
     "unsent,,,,,,,,,,,," NOT_YET "," NOT_YET},
    {"invalid",
     {ABSENT, ABSENT},
     true,
     false,
     STATUS_INVALID,
     "invalid,step 2: bad,,,,,,,,,,," NONE "," NONE},
    {"skipped",
     {ABSENT, ABSENT},
     false,
     true,
     STATUS_SKIPPED,
     "skipped,over --limit,,,,,,,,,,," NONE "," NONE},
    {"both done",
     {DONE, DONE},
     false,
     false,
     STATUS_SUCCESS,
     "success,,,store,st,bb1N,,,,2,200," FINISHED "," ONE_DONE "," TWO_DONE},
    {"first done",
     {DONE, ABSENT},
     false,
     false,
     STATUS_UNSENT,
     "unsent,,,,,bb1N,,,,1,,," ONE_DONE "," NOT_YET},
    {"first failed",
     {FAILED, ABSENT},
     false,
     false,
     STATUS_FAILED,
     "failed,step 1: refused,,claim,id,bb1N,,,,1,500," FINISHED
     ",failed,refused,,claim,id,,,,1,500," FINISHED "," NOT_YET},
    {"second failed",
     {DONE, FAILED},
     false,
     false,
     STATUS_FAILED,
     "failed,step 2: refused,,store,st,bb1N,,,,2,500," FINISHED "," ONE_DONE
     ",failed,refused,,store,st,,,,1,500," FINISHED},
    {"first pending",
     {PENDING, ABSENT},
     false,
     false,
     STATUS_PENDING,
     "pending,,run the same command again to find out,claim,id,bb1N,A,,,1,200,,"
     "pending,,run the same command again to find out,claim,id,A,,,1,200,," NOT_YET},
    {"both known",
     {DUPLICATE, DUPLICATE},
     false,
     false,
     STATUS_DUPLICATE,
     "duplicate,step 2: done in run 99 (line 7) at " FINISHED ",,store,st,bb1N,,,,,,," ONE_DUPLICATE
     "," TWO_DUPLICATE},
    {"first known",
     {DUPLICATE, DONE},
     false,
     false,
     STATUS_SUCCESS,
     "success,,,store,st,bb1N,,,,1,200," FINISHED "," ONE_DUPLICATE "," TWO_DONE},
    {"second known",
     {DONE, DUPLICATE},
     false,
     false,
     STATUS_SUCCESS,
     "success,,,claim,id,bb1N,A,,,1,200," FINISHED "," ONE_DONE "," TWO_DUPLICATE},
    {"first known, second failed",
     {DUPLICATE, FAILED},
     false,
     false,
     STATUS_FAILED,
     "failed,step 2: refused,,store,st,bb1N,,,,1,500," FINISHED "," ONE_DUPLICATE
     ",failed,refused,,store,st,,,,1,500," FINISHED},
    {"first skipped",
     {SKIPPED, DONE},
     false,
     false,
     STATUS_SUCCESS,
     "success,,,store,st,bb1N,,,,1,200," FINISHED ",skipped,no route,,claim,,,,,,,," TWO_DONE},
    {"second skipped",
     {DONE, SKIPPED},
     false,
     false,
     STATUS_SUCCESS,
     "success,,,claim,id,bb1N,A,,,1,200," FINISHED "," ONE_DONE ",skipped,no route,,store,,,,,,,"},
    {"both skipped",
     {SKIPPED, SKIPPED},
     false,
     false,
     STATUS_SKIPPED,
     "skipped,step 2: no route,,store,,,,,,,,,skipped,no route,,claim,,,,,,,,"
     "skipped,no route,,store,,,,,,,"},
    {"begun, and now invalid",
     {DONE, ABSENT},
     true,
     false,
     STATUS_INVALID,
     "invalid,step 2: bad,,,,,,,,,,," ONE_DONE "," NONE},
    {"begun, and now skipped",
     {DONE, DONE},
     false,
     true,
     STATUS_SUCCESS,
     "success,,,store,st,bb1N,,,,2,200," FINISHED "," ONE_DONE "," TWO_DONE},
};

static void test_steps(void **state)
{
    uint64_t counts[STATUS_COUNT] = {0};
    struct scene s;
    struct text input, want;
    int64_t store;

    (void)state;
    scene_begin(&s);
    store = aim(&s, 2, "store", "st", "");
    text_init(&input);
    text_init(&want);
    text_puts(&input, "a\n");
    text_puts(&want, "a," ADDED "," ADDED_OF("step1") "," ADDED_OF("step2") "\n");
    for (size_t i = 0; i < COUNT(steps_cases); i++) {
        const char *rest = strstr(steps_cases[i].want, "bb1N");
        size_t len = rest ? (size_t)(rest - steps_cases[i].want) + 3 : strlen(steps_cases[i].want);

        put_part(&s, i + 1, 1, s.target, steps_cases[i].parts[0]);
        put_part(&s, i + 1, 2, store, steps_cases[i].parts[1]);
        if (steps_cases[i].invalid)
            add_invalid(&s, i + 1, "step 2: bad");
        if (steps_cases[i].skipped)
            add_out(&s, i + 1, 0, LEDGER_ROW_SKIPPED, "over --limit");
        text_printf(&input, "%s\n", strchr(steps_cases[i].what, ',') ? "x" : steps_cases[i].what);
        text_printf(&want, "%s,%.*s", strchr(steps_cases[i].what, ',') ? "x" : steps_cases[i].what,
                    (int)len, steps_cases[i].want);
        if (rest)
            text_printf(&want, "%u%s", (unsigned)i + 1, rest + 4);
        text_puts(&want, "\n");
        counts[steps_cases[i].status]++;
    }
    put_file("in.csv", input.ptr);
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, want.ptr);
    assert_memory_equal(s.summary.rows, counts, sizeof counts);
    /* results of several steps, read as input, are recognised as well */
    put_bytes("again.csv", s.out.ptr, s.out.len);
    write_report(&s, "again.csv");
    assert_string_equal(s.out.ptr, want.ptr);
    text_release(&want);
    text_release(&input);
    scene_end(&s);
}

/* A code, and the claim that is completed with it: each shows its own, the row the last of each. */
static void test_steps_with_codes(void **state)
{
    struct err e = ERR_INIT;
    struct codebook *book = codebook_of_seed("abc", &e);
    char code[CODEBOOK_CODE_MAX];
    struct scene s;
    struct text want;
    int64_t claim;

    (void)state;
    put_file("in.csv", "a\n1\n2\n");
    scene_of(&s, "code", codebook_name(book), CODE_LINK);
    give_book(&s, book);
    claim = aim(&s, 2, "claim", "id", "https://x/{{target}}");
    add_code(&s, 1, "bb1a", book, 3);
    add_step(&s, 1, 2, claim, "bb1a",
             (struct ledger_move){.to = STATE_SUCCESS, .attempt = "A", .reserved = true});
    add_code(&s, 2, "bb1b", book, 4);
    add_step(&s, 2, 2, claim, "bb1b", (struct ledger_move){.to = STATE_FAILED, .error = "no"});
    write_report(&s, "in.csv");
    text_init(&want);
    assert_int_equal(codebook_code(book, 3, code), 0);
    text_printf(&want,
                "claim,id,bb1a,A,%s,https://x/id,1,," FINISHED ",success,,,code,%s,,%s,"
                "https://x/id?code=%s,,,2",
                code, codebook_name(book), code, code);
    assert_says(s.out.ptr, want.ptr);
    assert_says(s.out.ptr, ",claim,id,A,,https://x/id,1,," FINISHED "\n");
    assert_int_equal(codebook_code(book, 4, code), 0);
    text_clear(&want);
    text_printf(&want, "\n2,failed,step 2: no,,claim,id,bb1b,,%s,https://x/id?code=%s,1,,", code,
                code);
    assert_says(s.out.ptr, want.ptr);
    assert_says(s.out.ptr, ",failed,no,,claim,id,,,,1,," FINISHED "\n");
    text_release(&want);
    codebook_free(book);
    scene_end(&s);
}

/* A job whose later version has fewer steps, or other targets, still shows what there is. */
static void test_steps_that_are_gone(void **state)
{
    struct err e = ERR_INIT;
    struct codebook *book = codebook_of_seed("abc", &e);
    struct scene s;
    int64_t gone;

    (void)state;
    put_file("in.csv", "a\n1\n2\n");
    scene_begin(&s);
    add_row(&s, 1, "bb1a", (struct ledger_move){.to = STATE_SUCCESS});
    gone = target_of(&s, "store", "st");
    add_step(&s, 1, 2, gone, "bb1a", (struct ledger_move){.to = STATE_SUCCESS});
    gone = target_of(&s, "code", codebook_name(book));
    give_code(&s, add_step(&s, 2, 1, gone, "bb1b", (struct ledger_move){.to = STATE_PLANNED}), book,
              0);
    write_report(&s, "in.csv");
    assert_says(s.out.ptr,
                "\n1,success,,,claim,id,bb1a,,,,1,," FINISHED "\n2,success,,its code was "
                "given by a step that the job has no more,claim,,bb1b,,,,,,2");
    codebook_free(book);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_every_status),
        cmocka_unit_test(test_workbooks_have_limits),
        IN_FOLDER(test_where_workbooks_are_made),
        IN_FOLDER(test_fields_come_back),
        IN_FOLDER(test_line_ends_and_mark),
        IN_FOLDER(test_dialects),
        IN_FOLDER(test_without_a_header),
        IN_FOLDER(test_encodings),
        IN_FOLDER(test_texts_that_an_encoding_lacks),
        IN_FOLDER(test_trailing_emptiness),
        IN_FOLDER(test_ragged_rows),
        IN_FOLDER(test_names_that_are_taken),
        IN_FOLDER(test_results_as_input),
        IN_FOLDER(test_nearly_results),
        IN_FOLDER(test_no_formulas),
        IN_FOLDER(test_long_errors),
        IN_FOLDER(test_summary),
        IN_FOLDER(test_many_reasons),
        IN_FOLDER(test_many_rows),
        IN_FOLDER(test_full_disk),
        IN_FOLDER(test_duplicates_by_key),
        IN_FOLDER(test_codes),
        IN_FOLDER(test_codes_need_their_book),
        IN_FOLDER(test_codes_of_a_list),
        IN_FOLDER(test_many_codes),
        IN_FOLDER(test_on_chain),
        IN_FOLDER(test_routes),
        IN_FOLDER(test_out_at_the_step),
        IN_FOLDER(test_failed_before),
        IN_FOLDER(test_simulated),
        IN_FOLDER(test_steps),
        IN_FOLDER(test_steps_with_codes),
        IN_FOLDER(test_steps_that_are_gone),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
