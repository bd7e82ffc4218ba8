/* joboutput: what is derived from a job's own words, in one place for a run, a check and a report. */
#include "stages/joboutput.h"

#include "adapters/fetch.h"
#include "base/slice.h"
#include "base/text.h"
#include "stages/report.h"

#include <stdbool.h>
#include <string.h>

struct reading joboutput_reading(enum joboutput output, const struct reading *input)
{
    struct reading r = *input;

    if (!r.quote)
        r.quote = '"';
    r.quote_found = r.blanks = false;
    r.escape = '\0'; /* quotes are doubled */
    if (output == JOBOUTPUT_SAME)
        return r;
    reading_init(&r);
    r.bom = output == JOBOUTPUT_EXCEL;
    if (r.bom && input->delimiter == ';')
        r.delimiter = ';';
    memcpy(r.line_end, "\r\n", sizeof("\r\n"));
    return r;
}

/* Takes the ending off what is longer than it. */
static bool cut_end(struct slice *name, const char *ending)
{
    size_t n = strlen(ending);
    bool has = name->len > n && slice_ends(*name, ending);

    name->len -= has ? n : 0;
    return has;
}

void joboutput_name(const char *input, const char *what, struct text *out)
{
    static const char *const workbooks[] = {".xlsx", ".xlsm", ".ods"};
    static const char *const packed[] = {".gz", ".zst", ".xz", ".bz2"};
    struct slice name = slice_of(input);
    bool is_workbook = false;

    if (strcmp(input, "-") == 0 || fetch_is_url(input)) {
        text_puts(out, "-");
        return;
    }
    for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
        if (cut_end(&name, packed[i]))
            break;
    for (size_t i = 0; !is_workbook && i < sizeof(workbooks) / sizeof(workbooks[0]); i++)
        is_workbook = cut_end(&name, workbooks[i]);
    if (!is_workbook)
        cut_end(&name, ".csv");
    text_append(out, name.ptr, name.len);
    text_printf(out, ".%s.%s", what, is_workbook ? "xlsx" : "csv");
}

int joboutput_refuse_dialect(enum joboutput output, const char *results, const char *option,
                             struct err *e)
{
    if (output == JOBOUTPUT_SAME || !report_is_workbook(results))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "--output-dialect %s: is for CSV, and %s is a workbook: leave it out, or name a "
                   ".csv with %s",
                   output == JOBOUTPUT_EXCEL ? "excel" : "rfc4180", results, option);
}
