/*
 * reading: how the bytes of a file become records: its encoding, its dialect, and where its header is.
 *
 * Found out by stages/read.h or said by the user, then kept by the ledger as a text, so that the results
 * of a run can be written again from the same records: `UTF-16LE, bom, tab, ", CRLF, header 3`, or with what
 * RFC 4180 has not `UTF-8, comma, ", escape \, blanks, LF, header 1`, or of the second sheet of the third file in a ZIP
 * `UTF-8, comma, ", LF, member 3, sheet 2 00c0ffee01234567, header 1`.
 */
#ifndef CLAIMPIPE_BASE_READING_H
#define CLAIMPIPE_BASE_READING_H

#include <stdbool.h>
#include <stdint.h>

struct text;

#define READING_ENCODING_MAX 32 /* bytes of an encoding's name, with its NUL */
#define READING_UTF8 "UTF-8"

struct reading {
    char encoding
        [READING_ENCODING_MAX]; /* as iconv knows it, in capitals: READING_UTF8, UTF-16LE … */
    bool bom;                   /* a byte order mark was first */
    bool sep_line;              /* a line sep=… was first: Excel's word for the delimiter */
    char delimiter;             /* , ; | or a tab; or what the user says */
    char quote;                 /* " or '; 0: fields are never quoted */
    char line_end[3];           /* "\r\n", "\n" or "\r": the first one outside quotes */
    uint64_t header_line;       /* 0: there is no header, columns are called 1, 2, … */
    bool plain;                 /* all of it is ASCII: nearly any encoding reads it alike */
    bool guessed;               /* neither a mark, nor well-formed UTF-8, nor the user says it */
    bool quote_found;           /* of quote 0: nobody said so, and a field in quotes disagrees */
    char escape;     /* before a quote, a delimiter, a line end or another one; 0: none */
    bool blanks;     /* a quote may stand behind blanks */
    uint32_t member; /* the number of the file in a ZIP or tar; 0: it is none */
    uint32_t sheet;  /* the number of a workbook's sheet, whose rows are its lines; 0: it is none */
    uint64_t sheet_mark; /* a hash of its name (base/fnv.h), by which another one is told */
};

/* UTF-8, commas, double quotes, LF, a header on line 1. */
void reading_init(struct reading *r);
/* Appends it. */
void reading_format(const struct reading *r, struct text *out);
/* What reading_format wrote: 0, or -1 (*r is then unspecified). */
int reading_parse(const char *s, struct reading *r);

/* "comma", "semicolon", "tab", "pipe", or the character itself in buf. */
const char *reading_delimiter_name(char delimiter, char buf[2]);

#endif
