/*
 * csvio: CSV in and out; the sole user of libcsv.  RFC 4180, and what exports make of it.
 *
 * Reading.  Feed bytes in chunks of any size; each whole record is handed to the callback as soon
 * as its line end is seen.  The same bytes give the same records whatever the chunks.
 * - A UTF-8 byte order mark before the first record is passed over (and noted, so that it can be
 *   written again).  Line ends are LF, CRLF or CR, also mixed; a last line without one counts.
 * - Blanks are kept.  Quoted fields may hold delimiters, line ends and doubled quotes.  A quote
 *   inside an unquoted field stands for itself.
 * - An empty line is no record (`""` alone is a record of one empty field).
 * - Lines are counted as an editor does, also inside quoted fields; a record's line is its first.
 * - A quoted field that is never closed gives its record the fault "a quote opened on line N is
 *   never closed"; one with more than blanks after its closing quote, as `"b"c`, "text after a
 *   closing quote on line N": it reads as `bc` and ends where an unquoted field would.
 * - Errors (EXIT_INPUT), with the line where it began: a field over CSVIO_FIELD_MAX (nearly always
 *   a quote that was never closed); a record over CSVIO_RECORD_MAX (with a NUL after each field) or
 *   of more than CSVIO_FIELDS_MAX fields; a NUL byte (binary, or UTF-16).  An error is final.
 *
 * Writing.  A field is quoted only where it must be: delimiter, quote, CR, LF, an outer blank, or a
 * byte order mark in front.  A record of one empty field is for the caller to write as `""`.
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
    uint64_t line;
    const struct slice *fields;
    size_t nfields;
    const char *fault; /* NULL, or what is wrong with it */
};

/* Returns 0, or -1 to stop: csvio_feed then returns -1 as well (the callback keeps the reason). */
typedef int csvio_callback(void *context, const struct csvio_record *record);

struct csvio_reader;

/* name is the file's name for messages (borrowed).  NULL: no memory. */
struct csvio_reader *csvio_reader_new(const char *name, char delimiter, csvio_callback *callback,
                                      void *context, struct err *e);
void csvio_reader_free(struct csvio_reader *r);
int csvio_feed(struct csvio_reader *r, const void *bytes, size_t len, struct err *e);
/* After the last byte: hands out the last record if it had no line end. */
int csvio_finish(struct csvio_reader *r, struct err *e);

bool csvio_had_bom(const struct csvio_reader *r);
/* "\r\n", "\n" or "\r": the first line end outside quotes; "\n" as long as none was seen. */
const char *csvio_line_end(const struct csvio_reader *r);

/* Append one field, quoted if needed, to out (no delimiter, no line end). */
void csvio_append(struct text *out, struct slice field, char delimiter);
/* The same for a text that others wrote: it never begins a formula (= + - @ tab CR) in a spreadsheet, but
 * takes an apostrophe before it (CWE-1236). */
void csvio_append_safe(struct text *out, struct slice field, char delimiter);

#endif
