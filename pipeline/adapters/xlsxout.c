/*
 * xlsxout: cells -> libxlsxwriter, which keeps one row in memory and the others in a file -> a nameless file
 * -> looked through (xlsxout_check.c) -> the output.
 */
#include "adapters/xlsxout.h"

#include "adapters/charset.h"
#include "adapters/outfile.h"
#include "adapters/tempfile.h"
#include "base/mem.h"
#include "base/text.h"
#include "xlsxout_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define COPY_SIZE 65536
#define SHEETS_MAX 2
#define TEXT_FORMAT 49 /* @, which every spreadsheet has under this number: what is typed is text */
#define NUMBER_FORMAT 1 /* 0: no decimals */
#define URL_MAX 2079    /* characters that Excel takes, as the library escapes them */
#define NO_PART (-1)    /* no errno: what was written has a hole */
#define ELLIPSIS "\xE2\x80\xA6"
/* From here on a ZIP of 1989 may not do: the larger kind is used only there, for Excel takes it for damaged at times. */
#define ZIP64_FROM ((off_t)3500 << 20)

_Static_assert(XLSXOUT_ROWS_MAX == LXW_ROW_MAX && XLSXOUT_COLUMNS_MAX == LXW_COL_MAX, "as it is");

struct xlsxout {
    const char *name;
    char path[64];             /* of the file that is written, as long as it is open */
    struct tempfile temporary; /* it has no name */
    lxw_workbook *book;        /* NULL once it is closed */
    lxw_worksheet *sheets[SHEETS_MAX], *sheet;
    size_t n_sheets;
    lxw_format *looks[XLSXOUT_LOOKS], *link, *number;
    lxw_row_t row;
    lxw_col_t column;
    size_t links;
    struct text cell;
};

/* ---- errors ---- */

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && *folder ? folder : "/var/tmp";
}

/* why: errno, or NO_PART. */
static int cannot_keep(const char *name, int why, struct err *e)
{
    bool no_room = why == NO_PART || why == ENOSPC || why == EDQUOT || why == EFBIG;

    return err_set(e, EXIT_OUTPUT,
                   "%s: cannot be written: a workbook is put together in %s first: %s: %s, or name "
                   "a .csv",
                   name, temporary_folder(),
                   why == NO_PART ? "a part of it is missing: most likely there is no room"
                                  : strerror(why),
                   no_room ? "free some space there, set TMPDIR to a folder with room for it"
                           : "set TMPDIR to a folder that can be written to");
}

/* The library refuses what it was given; what it can't write it does not tell. */
static int fail(const struct xlsxout *x, lxw_error rc, struct err *e)
{
    if (rc == LXW_ERROR_MEMORY_MALLOC_FAILED)
        return err_nomem(e);
    return err_set(e, EXIT_OUTPUT, "%s: cannot be written as a workbook: %s: name a .csv with -o",
                   x->name, lxw_strerror(rc));
}

/* Room for more at the end of a file: 0, or errno. */
static int ask_for_room(int fd, off_t at, off_t more)
{
    if (fallocate(fd, 0, at, more) == 0 || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR)
        return 0;
    return errno;
}

/* A stream could not be written to some time ago, and errno was another's since: so the file is asked again. */
static int cannot_write(const struct xlsxout *x, FILE *rows, struct err *e)
{
    int fd = fileno(rows), why = ask_for_room(fd, lseek(fd, 0, SEEK_END), COPY_SIZE);

    return cannot_keep(x->name, why ? why : EIO, e);
}

/* ---- opening ---- */

int xlsxout_can_begin(const char *name, struct err *e)
{
    struct tempfile t;

    if (tempfile_open(&t, temporary_folder()) != 0)
        return cannot_keep(name, errno, e);
    tempfile_drop(&t);
    return 0;
}

/* Nobody can open it by a name, from its first byte on. */
static int open_temporary(struct xlsxout *x, struct err *e)
{
    if (tempfile_open(&x->temporary, temporary_folder()) != 0)
        return cannot_keep(x->name, errno, e);
    if (x->temporary.name[0])
        unlink(x->temporary.name);
    x->temporary.name[0] = '\0';
    snprintf(x->path, sizeof(x->path), "/proc/self/fd/%d", x->temporary.fd);
    return 0;
}

static lxw_format *new_look(struct xlsxout *x, lxw_color_t fill, lxw_color_t ink)
{
    lxw_format *f = workbook_add_format(x->book);

    if (!f)
        return NULL;
    format_set_num_format_index(f, TEXT_FORMAT);
    if (fill) {
        format_set_bg_color(f, fill);
        format_set_font_color(f, ink);
    }
    return f;
}

static int make_looks(struct xlsxout *x, struct err *e)
{
    /* Those that Excel calls good, bad and neutral; and greys. */
    static const struct {
        lxw_color_t fill, ink;
    } colours[XLSXOUT_LOOKS] = {[XLSXOUT_GREEN] = {0xC6EFCE, 0x006100},
                                [XLSXOUT_RED] = {0xFFC7CE, 0x9C0006},
                                [XLSXOUT_ORANGE] = {0xFFD699, 0x7F4A00},
                                [XLSXOUT_GREY] = {0xD9D9D9, 0x404040}};

    for (int i = 0; i < XLSXOUT_LOOKS; i++)
        if (!(x->looks[i] = new_look(x, colours[i].fill, colours[i].ink)))
            return err_nomem(e);
    format_set_bold(x->looks[XLSXOUT_HEAD]);
    x->link = workbook_get_default_url_format(x->book);
    x->number = workbook_add_format(x->book);
    if (!x->link || !x->number)
        return err_nomem(e);
    format_set_num_format_index(x->number, NUMBER_FORMAT);
    return 0;
}

struct xlsxout *xlsxout_new(const char *name, struct err *e)
{
    struct xlsxout *x = mem_zero(1, sizeof(*x));

    if (!x) {
        err_nomem(e);
        return NULL;
    }
    x->name = name;
    x->temporary.fd = -1;
    text_init(&x->cell);
    if (open_temporary(x, e) != 0)
        goto failed;
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = x->temporary.folder};
    x->book = workbook_new_opt(x->path, &options);
    if (!x->book) {
        err_nomem(e);
        goto failed;
    }
    if (make_looks(x, e) == 0)
        return x;
failed:
    xlsxout_free(x);
    return NULL;
}

void xlsxout_free(struct xlsxout *x)
{
    if (!x)
        return;
    for (size_t i = 0; x->book && i < x->n_sheets; i++)
        fclose(x->sheets[i]->optimize_tmpfile); /* which the library does when it is closed only */
    if (x->book)
        lxw_workbook_free(x->book);
    tempfile_drop(&x->temporary);
    text_release(&x->cell); /* which wipes it */
    free(x);
}

int xlsxout_sheet(struct xlsxout *x, const char *name, struct err *e)
{
    assert(x->n_sheets < SHEETS_MAX);
    /* If this file can't be made, neither can the library's own, of which it would speak itself. */
    if (xlsxout_can_begin(x->name, e) != 0)
        return -1;
    x->sheet = workbook_add_worksheet(x->book, name);
    if (!x->sheet)
        return err_nomem(e);
    if (!x->sheet->optimize_tmpfile)
        return cannot_keep(x->name, EIO, e);
    x->sheets[x->n_sheets++] = x->sheet;
    x->row = 0;
    x->column = 0;
    return 0;
}

int xlsxout_width(struct xlsxout *x, size_t column, double width, struct err *e)
{
    lxw_error rc = worksheet_set_column(x->sheet, (lxw_col_t)column, (lxw_col_t)column, width,
                                        x->looks[XLSXOUT_PLAIN]);

    return rc == LXW_NO_ERROR ? 0 : fail(x, rc, e);
}

/* ---- cells ---- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* Could it be read as the beginning of _xHHHH_, whatever stands behind it? */
static bool is_escape(struct slice s)
{
    return s.len >= 6 && s.ptr[0] == '_' && s.ptr[1] == 'x' && is_hex(s.ptr[2]) &&
           is_hex(s.ptr[3]) && is_hex(s.ptr[4]) && is_hex(s.ptr[5]);
}

/* The next character of s as the library has to be given it; how long it is in s.  Control characters but NUL the
 * library escapes by itself. */
static size_t spell(struct slice s, char out[8])
{
    unsigned char first = (unsigned char)s.ptr[0];
    struct slice shown = {s.ptr, 1};
    size_t n = 1;

    if (first == '\0' || (first == '_' && is_escape(s))) {
        snprintf(out, 8, "_x%04X_", first);
        return 1;
    }
    if (first >= 0x80)
        n = charset_shown(s, &shown);
    if (n == 3 && memcmp(shown.ptr, "\xEF\xBF", 2) == 0 && (unsigned char)shown.ptr[2] >= 0xBE) {
        snprintf(out, 8, "_xFFF%c_", shown.ptr[2] == '\xBE' ? 'E' : 'F');
        return 3;
    }
    memcpy(out, shown.ptr, shown.len);
    out[shown.len] = '\0';
    return n;
}

/* Is it written as it is, and short enough? */
static bool is_plain(struct slice s)
{
    if (s.len > XLSXOUT_CELL_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\0' || s.ptr[i] == '_' || (unsigned char)s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* The text in x->cell; 1 if it had to be cut.  The library counts characters, escapes as they are spelt; Excel UTF-16
 * units of what they stand for: both must do. */
static int make_cell(struct xlsxout *x, struct slice s)
{
    size_t units = 0, spelt = 0, last = 0;

    text_clear(&x->cell);
    if (is_plain(s)) {
        text_append(&x->cell, s.ptr, s.len);
        return 0;
    }
    while (s.len > 0) {
        char one[8];
        size_t n = spell(s, one), len = strlen(one);

        units += len == 4 ? 2 : 1;
        spelt += one[0] == '_' ? len : 1;
        if (units > XLSXOUT_CELL_MAX || spelt > XLSXOUT_CELL_MAX) {
            x->cell.len = last; /* where the ellipsis has room */
            text_puts(&x->cell, ELLIPSIS);
            return 1;
        }
        if (units < XLSXOUT_CELL_MAX && spelt < XLSXOUT_CELL_MAX)
            last = x->cell.len + len;
        text_append(&x->cell, one, len);
        s = (struct slice){s.ptr + n, s.len - n};
    }
    return 0;
}

int xlsxout_text(struct xlsxout *x, struct slice text, enum xlsxout_look look, struct err *e)
{
    int cut = make_cell(x, text);
    lxw_error rc;

    if (!text_ok(&x->cell))
        return err_nomem(e);
    rc = worksheet_write_string(x->sheet, x->row, x->column++, x->cell.ptr,
                                x->cell.len > 0 ? x->looks[look] : NULL);
    return rc == LXW_NO_ERROR ? cut : fail(x, rc, e);
}

/* Will the library write %XX for the character at s? */
static bool is_escaped(struct slice s)
{
    if (s.ptr[0] == '%')
        return s.len < 3 || !is_hex(s.ptr[1]) || !is_hex(s.ptr[2]);
    return strchr("\"<>[]`^{}", s.ptr[0]) != NULL;
}

/* The library takes words of its own out of an address; and it refuses one, and says so itself, that is too long once
 * it is escaped. */
static bool is_url(struct slice s)
{
    size_t len = 0;

    if (s.len > URL_MAX || !(slice_begins(s, "https://") || slice_begins(s, "http://")))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
            return false;
        len += is_escaped((struct slice){s.ptr + i, s.len - i}) ? 3 : 1;
    }
    if (len > URL_MAX)
        return false;
    return !memmem(s.ptr, s.len, "internal:", 9) && !memmem(s.ptr, s.len, "external:", 9);
}

int xlsxout_link(struct xlsxout *x, struct slice url, struct err *e)
{
    struct text address;
    lxw_error rc;

    if (x->links >= XLSXOUT_LINKS_MAX || !is_url(url))
        return xlsxout_text(x, url, XLSXOUT_PLAIN, e);
    (void)make_cell(x, url); /* what is shown; where it leads to knows no escapes */
    text_init(&address);
    text_append(&address, url.ptr, url.len);
    if (!text_ok(&x->cell) || !text_ok(&address)) {
        text_release(&address);
        return err_nomem(e);
    }
    rc = worksheet_write_url_opt(x->sheet, x->row, x->column++, address.ptr, x->link, x->cell.ptr,
                                 NULL);
    text_release(&address);
    x->links++;
    return rc == LXW_NO_ERROR ? 0 : fail(x, rc, e);
}

int xlsxout_number(struct xlsxout *x, uint64_t n, struct err *e)
{
    lxw_error rc = worksheet_write_number(x->sheet, x->row, x->column++, (double)n, x->number);

    return rc == LXW_NO_ERROR ? 0 : fail(x, rc, e);
}

void xlsxout_empty(struct xlsxout *x)
{
    x->column++;
}

/* Has the library failed to write rows?  It does not ask. */
static int check_rows(const struct xlsxout *x, const lxw_worksheet *sheet, struct err *e)
{
    return ferror(sheet->optimize_tmpfile) ? cannot_write(x, sheet->optimize_tmpfile, e) : 0;
}

int xlsxout_next_row(struct xlsxout *x, struct err *e)
{
    x->row++;
    x->column = 0;
    return check_rows(x, x->sheet, e);
}

int xlsxout_table(struct xlsxout *x, size_t columns, struct err *e)
{
    char range[LXW_MAX_CELL_RANGE_LENGTH];
    lxw_row_t last_row = x->row > 0 ? x->row - 1 : 0;
    lxw_col_t last = (lxw_col_t)(columns > 0 ? columns - 1 : 0);
    lxw_error rc = worksheet_autofilter(x->sheet, 0, 0, last_row, last);

    worksheet_freeze_panes(x->sheet, 1, 0);
    /* Numbers that are texts on purpose are no mistake. */
    lxw_rowcol_to_range(range, 0, 0, last_row, last);
    if (rc == LXW_NO_ERROR)
        rc = worksheet_ignore_errors(x->sheet, LXW_IGNORE_NUMBER_STORED_AS_TEXT, range);
    return rc == LXW_NO_ERROR ? 0 : fail(x, rc, e);
}

/* ---- the end ---- */

/* All rows are in their files now: how many bytes each sheet has of them. */
static int flush_rows(struct xlsxout *x, off_t sizes[SHEETS_MAX], struct err *e)
{
    for (size_t i = 0; i < x->n_sheets; i++) {
        lxw_worksheet *sheet = x->sheets[i];

        lxw_worksheet_write_single_row(sheet);
        if (fflush(sheet->optimize_tmpfile) != 0 || ferror(sheet->optimize_tmpfile))
            return cannot_write(x, sheet->optimize_tmpfile, e);
        sizes[i] = ftello(sheet->optimize_tmpfile);
    }
    return 0;
}

/* The library copies all rows, and packs them: that there is no room is known, and said by us alone, before. */
static int reserve(struct xlsxout *x, off_t rows, struct err *e)
{
    int fd = x->temporary.fd, why = ask_for_room(fd, 0, rows + rows / 8 + COPY_SIZE);

    if (why)
        return cannot_keep(x->name, why, e);
    return ftruncate(fd, 0) == 0 ? 0 : cannot_keep(x->name, errno, e);
}

static int close_book(struct xlsxout *x, struct err *e)
{
    off_t sizes[SHEETS_MAX] = {0}, all = 0;
    lxw_error rc;

    if (flush_rows(x, sizes, e) != 0)
        return -1;
    for (size_t i = 0; i < x->n_sheets; i++)
        all += sizes[i];
    if (reserve(x, all, e) != 0)
        return -1;
    x->book->options.use_zip64 = all > ZIP64_FROM;
    errno = 0;
    rc = workbook_close(x->book);
    x->book = NULL;
    if (rc == LXW_ERROR_MEMORY_MALLOC_FAILED)
        return err_nomem(e);
    if (rc != LXW_NO_ERROR)
        return cannot_keep(x->name, errno ? errno : NO_PART, e);
    return xlsxout_check(x->temporary.fd, sizes, x->n_sheets) == 0
               ? 0
               : cannot_keep(x->name, NO_PART, e);
}

int xlsxout_end(struct xlsxout *x, struct outfile *out, struct err *e)
{
    struct text block;
    off_t at = 0;
    ssize_t n = 0;
    int rc = close_book(x, e);

    text_init(&block);
    while (rc == 0) {
        char bytes[COPY_SIZE];

        n = pread(x->temporary.fd, bytes, sizeof(bytes), at);
        if (n == 0)
            break;
        if (n < 0) {
            rc = errno == EINTR ? 0 : cannot_keep(x->name, errno, e);
            continue;
        }
        at += n;
        text_append(&block, bytes, (size_t)n);
        rc = outfile_drain(out, &block, 1, e);
    }
    text_release(&block);
    return rc;
}
