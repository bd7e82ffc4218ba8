/*
 * csvio: CSV in and out; the sole user of libcsv.  RFC 4180, and what exports make of it.
 *
 * Reading.  Feed bytes in chunks of any size; each whole record is handed to the callback as soon
 * as its line end is seen.  The same bytes give the same records whatever the chunks.
 * - A UTF-8 byte order mark before the first record is passed over (and noted, so that it can be
 *   written again).  Line ends are LF, CRLF or CR, also mixed; a last line without one counts.
 * - Blanks are kept.  Quoted fields may hold delimiters, line ends and doubled quotes.  A quote
 *   inside an unquoted field stands for itself.
 * - Ctrl-Z (1A) at the very end, DOS's mark of it, is passed over.
 * - An empty line is no record (`""` alone is a record of one empty field).
 * - Lines are counted as an editor does, also inside quoted fields; a record's line is its first.
 * - More than blanks after a closing quote, as `"b"c`, is a fault of the record, "text after a closing quote
 *   on line N": the field reads as `bc` and ends where an unquoted one would.
 * - A quoted field that is never closed, or is longer than CSVIO_FIELD_MAX, or goes over a line end and then
 *   has text after its closing quote, was most likely not meant to be quoted.  Its record ends with the line
 *   on which that quote stands, its text from the quote on is taken as it is, as if there were no quotes,
 *   and it has the fault "a quote opened on line N is never closed"; reading goes on with the next line.
 * - A NUL byte stays where it is, and is the fault "a NUL byte on line N".
 * - A record has one fault: of several a quote that is never closed, else the first in it, a NUL byte last.
 * - Errors (EXIT_INPUT), with the line where it began: an unquoted field over CSVIO_FIELD_MAX; a record over
 *   CSVIO_RECORD_MAX (with a NUL after each field) or of more than CSVIO_FIELDS_MAX fields: this is no CSV.
 *   An error is final.
 *
 * Writing.  A field is quoted only where it must be: delimiter, quote, CR, LF, an outer blank, a byte order
 * mark in front, or a byte that could not be decoded (adapters/charset.h).  A record of one empty field is for the caller to write as `""`.
 *
 * A reader belongs to one thread.
 */
#ifndef CLAIMPIPE_ADAPTERS_CSVIO_H
#define CLAIMPIPE_ADAPTERS_CSVIO_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSVIO_FIELD_MAX (1u << 20)
#define CSVIO_FIELDS_MAX 10000u
#define CSVIO_RECORD_MAX (16u << 20)

/* One record.  Borrowed: valid during the callback only.  fields[i].ptr is NUL-terminated. */
struct csvio_record {
    uint64_t line, last_line; /* on which it begins and ends */
    const struct slice *fields;
    size_t nfields;
    const char *fault; /* NULL, or what is wrong with it */
};

/* Returns 0, or -1 to stop: csvio_feed then returns -1 as well (the callback keeps the reason); or CSVIO_PAUSE:
 * csvio_feed reads no further record, and what is left is csvio_unread.  While it goes back over what a quote has
 * swallowed, all of that comes first, and the last answer counts.  csvio_finish does not pause. */
#define CSVIO_PAUSE 1
typedef int csvio_callback(void *context, const struct csvio_record *record);

struct csvio_reader;

/* name is the file's name for messages (borrowed).  quote: 0 for none.  NULL: no memory. */
struct csvio_reader *csvio_reader_new(const char *name, char delimiter, char quote,
                                      csvio_callback *callback, void *context,
                                      struct err *e) MUST_CHECK;
/* What RFC 4180 does not have, before the first byte.  escape (0: none) takes its meaning from a quote, a
 * delimiter, a line end or an escape behind it, in quotes or not, and is dropped; before anything else it stays.
 * Doubled quotes still count.  blanks: a quote behind nothing but blanks opens a field, and these are dropped. */
void csvio_reader_allow(struct csvio_reader *r, char escape, bool blanks);
/* Of a sheet (stages/spreadsheet.h), before the first byte: lines are counted as its rows, so line ends inside cells are
 * not; and records of fewer fields have empty ones up to width. */
void csvio_reader_sheet(struct csvio_reader *r, size_t width);
void csvio_reader_free(struct csvio_reader *r);
/* May hand out many more records than these bytes hold: what a quote that was none had swallowed. */
int csvio_feed(struct csvio_reader *r, const void *bytes, size_t len, struct err *e) MUST_CHECK;
/* So many bytes at the end of the last feed are to be fed again, for the callback has paused; 0, if it never does. */
size_t csvio_unread(const struct csvio_reader *r);
/* After the last byte: hands out the last record if it had no line end. */
int csvio_finish(struct csvio_reader *r, struct err *e) MUST_CHECK;

bool csvio_had_bom(const struct csvio_reader *r);
/* "\r\n", "\n" or "\r": the first line end outside quotes; "\n" as long as none was seen. */
const char *csvio_line_end(const struct csvio_reader *r);

/* Append one field, quoted if needed, to out (no delimiter, no line end).  quote 0: it can't be quoted, and
 * is appended as it is. */
void csvio_append(struct text *out, struct slice field, char delimiter, char quote);
/* The same for a text that must not begin a formula in a spreadsheet (base/formula.h): it takes an apostrophe
 * before it. */
void csvio_append_safe(struct text *out, struct slice field, char delimiter, char quote);

#endif
