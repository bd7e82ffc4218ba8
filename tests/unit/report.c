/*
 * report: what is written, to the letter, for ledgers made by hand; and that the input's fields come
 * back as they were, whatever they hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/csvio.h"
#include "adapters/ledger.h"
#include "adapters/outfile.h"
#include "stages/read.h"
#include "stages/report.h"

#include "fixture.h"

#define ADDED                                                                                      \
    "status,error,note,action,target,recipient,attempt_id,code,link,tries,http_status,finished_at"
#define UNSENT "unsent,,,claim,id,,,,,,,"
#define N_ADDED 12
#define SECOND INT64_C(1788739200000)
#define FINISHED "2026-09-07T00:00:00Z"

static const uint8_t hash[LEDGER_HASH_SIZE];
static const struct ledger_target claim = {
    .action = "claim", .url = "https://api.bitbadges.io", .name = "id"};

/* One run in a ledger, and what was written of it. */
struct scene {
    struct ledger *l;
    struct ledger_run run;
    struct report_summary summary;
    struct text out;
};

static void scene_begin(struct scene *s)
{
    struct err e = ERR_INIT;

    memset(s, 0, sizeof *s);
    text_init(&s->out);
    s->l = ledger_open("ledger.db", &e);
    assert_non_null(s->l);
    assert_int_equal(ledger_run_begin(s->l, &claim, "", "in.csv", hash, 1, &s->run, &e), 0);
}

static void scene_end(struct scene *s)
{
    text_release(&s->out);
    ledger_close(s->l);
}

static int64_t add_item(struct scene *s, uint64_t row, const char *recipient)
{
    uint8_t key[KEY_SIZE] = {0};
    struct err e = ERR_INIT;
    int64_t id = 0;

    memcpy(key, &row, sizeof row);
    if (ledger_add(s->l, &s->run, key, recipient, row, row + 1, &id, &e) != 0)
        fail_msg("%s", e.text);
    return id;
}

static void put_row(struct scene *s, const struct ledger_row *row)
{
    struct err e = ERR_INIT;

    assert_int_equal(ledger_put_row(s->l, &s->run, row, &e), 0);
}

static void move(struct scene *s, int64_t item, struct ledger_move m)
{
    struct err e = ERR_INIT;

    m.now_ms = SECOND;
    m.tries = 1;
    if (ledger_move(s->l, item, &m, &e) != 0)
        fail_msg("%s", e.text);
}

/* A row that owns an item which came to this state. */
static int64_t add_row(struct scene *s, uint64_t row, const char *recipient, struct ledger_move m)
{
    int64_t item = add_item(s, row, recipient);

    put_row(s, &(struct ledger_row){
                   .kind = LEDGER_ROW_OWNER, .row = row, .line = row + 1, .item = item});
    if (m.to == STATE_PLANNED)
        return item;
    if (m.to != STATE_ELSEWHERE)
        move(s, item, (struct ledger_move){.to = STATE_SENDING});
    if (m.to != STATE_SENDING)
        move(s, item, m);
    return item;
}

static void add_invalid(struct scene *s, uint64_t row, const char *why)
{
    put_row(s, &(struct ledger_row){
                   .kind = LEDGER_ROW_INVALID, .row = row, .line = row + 1, .error = why});
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

/* The results of this input, in s->out and out.csv. */
static void write_report(struct scene *s, const char *input)
{
    const struct report_options o = {
        .action = "claim", .target = "id", .link = "https://x/id", .run = s->run.id};
    struct err e = ERR_INIT;
    struct input *in;
    struct source source;
    struct outfile *f;

    assert_int_equal(ledger_commit(s->l, &e), 0);
    in = read_open(input, &e);
    if (!in)
        fail_msg("%s", e.text);
    f = outfile_open("out.csv", &e);
    assert_non_null(f);
    source = read_source(in);
    if (report_write(&source, s->l, &o, f, &s->summary, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(outfile_close(f, true, &e), 0);
    read_close(in);
    slurp("out.csv", &s->out);
}

static void test_every_status(void **state)
{
    static const char want[] =
        "Name,Wallet," ADDED "\n"
        "a,w,success,,,claim,id,bb1a,at1,,,1,200," FINISHED "\n"
        "b,w,success,,reserved: the recipient has still to sign in and finish the "
        "claim,claim,id,bb1b,at2,,https://x/id,1,200," FINISHED "\n"
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
    put_row(&s, &(struct ledger_row){.kind = LEDGER_ROW_DUPLICATE,
                                     .row = 8,
                                     .line = 9,
                                     .item = first,
                                     .of_run = s.run.id,
                                     .of_line = 2});
    put_row(&s, &(struct ledger_row){.kind = LEDGER_ROW_DUPLICATE,
                                     .row = 9,
                                     .line = 10,
                                     .item = first,
                                     .of_run = 99,
                                     .of_line = 7});
    add_invalid(&s, 10, "column \"Wallet\" is empty");
    put_row(&s, &(struct ledger_row){.kind = LEDGER_ROW_SKIPPED, .row = 11, .line = 12});
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
    struct csvio_reader *r = csvio_reader_new(path, ',', keep_fields, t, &e);
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
        {"line ends in fields", "a,b\n\"1\n2\",\"3\r\n4\"\n\"\r\",\"\n\"\n", 2},
        {"blanks", " a ,\tb\n 1 ,\t2 \n\"  \",\n", 2},
        {"empty fields", "a,,c\n,,\n\"\",\"\",\"\"\n", 3},
        {"one column", "a\n1\n\"\"\n2\n", 1},
        {"one empty column", "\"\"\n1\n\"\"\n", 1},
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
        assert_int_equal(before.records, after.records);
        if (before.cells.len != after.cells.len ||
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
        const char *error, *want;
    } cases[] = {
        {"=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(1)", "'@SUM(1)"},
        {"\tx", " x"}, /* control characters become blanks */
        {"'=x", "'=x"},
        {"x=1", "x=1"},
    };
    struct scene s;
    struct text input, want;

    (void)state;
    scene_begin(&s);
    text_init(&input);
    text_init(&want);
    text_puts(&input, "a\n");
    text_puts(&want, "a," ADDED "\n");
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_puts(&input, "1\n");
        add_row(
            &s, i + 1, "bb1",
            (struct ledger_move){.to = STATE_FAILED, .error = cases[i].error, .attempt = "=1+1"});
        text_printf(&want, "1,failed,");
        csvio_append(&want, slice_of(cases[i].want), ',');
        text_puts(&want, ",,claim,id,bb1,'=1+1,,,1,," FINISHED "\n");
    }
    put_file("in.csv", input.ptr);
    write_report(&s, "in.csv");
    assert_string_equal(s.out.ptr, want.ptr);
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
    for (size_t i = 0; i < s.summary.n_reasons; i++)
        assert_true(slice_is_utf8(slice_of(s.summary.reasons[i].text)));
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
    enum { ROWS = REPORT_REASONS_MAX + 10 };
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
    assert_int_equal(s.summary.n_reasons, REPORT_REASONS_MAX);
    for (size_t i = 0; i < s.summary.n_reasons; i++)
        told += s.summary.reasons[i].rows;
    assert_int_equal(told + s.summary.other_reasons, ROWS);
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
    const struct report_options o = {.action = "claim", .target = "id", .run = 1};
    struct err e = ERR_INIT, late = ERR_INIT;
    struct scene s;
    struct input *in;
    struct source source;
    struct outfile *f;
    int rc;

    (void)state;
    put_file("in.csv", "a\n1\n");
    scene_begin(&s);
    in = read_open("in.csv", &e);
    f = outfile_open("/dev/full", &e);
    assert_non_null(f);
    source = read_source(in);
    rc = report_write(&source, s.l, &o, f, &s.summary, &e);
    rc |= outfile_close(f, rc == 0, &late); /* so little is found out at the end */
    assert_int_equal(rc, -1);
    assert_int_equal(late.code, EXIT_OUTPUT);
    read_close(in);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_every_status),
        IN_FOLDER(test_fields_come_back),
        IN_FOLDER(test_line_ends_and_mark),
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
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
