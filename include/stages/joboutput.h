/*
 * joboutput: how and where the results of a job are written, if that is not said in so many words.
 *
 * Pure.
 */
#ifndef CLAIMPIPE_STAGES_JOBOUTPUT_H
#define CLAIMPIPE_STAGES_JOBOUTPUT_H

#include "base/err.h"
#include "base/reading.h"

struct text;

enum joboutput { JOBOUTPUT_SAME, JOBOUTPUT_EXCEL, JOBOUTPUT_RFC4180 };

/* How results are written: as their input was read, but for what was asked for.  excel: UTF-8 with a mark and
 * CRLF, semicolons if the input has them, else commas. */
struct reading joboutput_reading(enum joboutput output, const struct reading *input);
/* completions.csv and "results" -> completions.results.csv, also of completions.csv.gz; completions.xlsx, .xlsm and .ods
 * -> completions.results.xlsx; "-" and URLs -> "-". */
void joboutput_name(const char *input, const char *what, struct text *out);
/* EXIT_USAGE: a workbook was asked to be written in a dialect of CSV. */
int joboutput_refuse_dialect(enum joboutput output, const char *results, const char *option,
                             struct err *e) MUST_CHECK;

#endif
