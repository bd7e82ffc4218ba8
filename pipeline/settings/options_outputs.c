/* options_outputs: each output against its kind, against what is read, and against the others. */
#include "options_outputs.h"

#include "actions/action.h"
#include "adapters/outfile.h"
#include "settings/options.h"
#include "stages/report.h"

#include <stddef.h>
#include <string.h>

/* Whose results can be a workbook. */
#define STEPS (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE | COMMAND_MAIL)

/* Workbooks that are not written: other kinds, and packed ones. */
static bool is_other_workbook(const char *output)
{
    static const char *const endings[] = {".xls",      ".xlsm",     ".xlsb",    ".xltx",
                                          ".xltm",     ".ods",      ".ots",     ".xlsx.gz",
                                          ".xlsx.zip", ".xlsx.zst", ".xlsx.xz", ".xlsx.bz2"};

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (slice_ends(slice_of(output), endings[i]))
            return true;
    return false;
}

/* What is called a workbook must be one, or nothing opens it. */
static int refuse_kind(const struct options *o, const char *output, const char *option,
                       struct err *e)
{
    bool of_results = o->command & (STEPS | COMMAND_RUN | COMMAND_REPORT) ||
                      (o->command == COMMAND_UNDO && !o->own.dry_run);

    if (!of_results)
        return report_is_workbook(output)
                   ? err_set(e, EXIT_USAGE,
                             "%s: this is written as CSV, which Excel opens: name a file that ends "
                             "in .csv (only results can be a workbook)",
                             output)
                   : 0;
    if (is_other_workbook(output))
        return err_set(e, EXIT_USAGE,
                       "%s: results are written as .xlsx or .csv: name a file that ends in one of "
                       "these",
                       output);
    return joboutput_refuse_dialect(o->job.output, output, option, e);
}

static int refuse_read(const struct options *o, const char *output, const char *option,
                       struct err *e)
{
    for (size_t i = 0; i < o->texts.n_files; i++)
        if (outfile_replaces(output, o->texts.files[i]))
            return err_set(e, EXIT_USAGE, "%s: is read by this command: name another file with %s",
                           output, option);
    return 0;
}

/* Of two outputs in one file the second would take the first's place; standard output has room for one. */
static int refuse_mix(const struct job *j, const char *const outputs[], const char *const names[],
                      size_t n, struct err *e)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (outputs[i] && outputs[k] && strcmp(outputs[i], "-") != 0 &&
                outfile_same(outputs[i], outputs[k]))
                return err_set(e, EXIT_USAGE, "%s: is the file of %s, too: name another with %s",
                               outputs[i], names[k], names[i]);
    return j->tell.summary && j->results && strcmp(j->tell.summary, "-") == 0 &&
                   strcmp(j->results, "-") == 0
               ? err_set(e, EXIT_USAGE,
                         "--summary -: the results go to standard output: name a file for one of "
                         "them")
               : 0;
}

/* Files that nothing has read yet, among those that the command reads. */
static int know_reads(struct options *o, struct err *e)
{
    const struct job *j = &o->job;

    if (jobtexts_reads(&o->texts, j->lookup, e) != 0)
        return -1;
    for (size_t i = 0; i < o->n_codes; i++)
        if (jobtexts_reads(&o->texts, o->codes[i], e) != 0)
            return -1;
    for (size_t i = 0; i < j->n_steps; i++)
        for (size_t t = 0; t < j->steps[i].n_targets; t++)
            if (jobtexts_reads(&o->texts, j->steps[i].targets[t].codes, e) != 0 ||
                (action_mails(j->steps[i].action) &&
                 jobtexts_reads(&o->texts, j->steps[i].targets[t].id, e) != 0))
                return -1;
    return 0;
}

int options_outputs_refuse(struct options *o, struct err *e)
{
    const struct job *j = &o->job;
    const char *const outputs[] = {j->results ? j->results : o->output,
                                   j->failed_to,
                                   j->new_to,
                                   j->html,
                                   j->tell.summary,
                                   j->tell.metrics};
    static const char *const names[] = {"-o",     "--failed-to", "--new-to",
                                        "--html", "--summary",   "--metrics"};
    const size_t n = sizeof(names) / sizeof(names[0]), tables = 3; /* the first of them */

    if (o->command == COMMAND_DOCTOR) /* writes none */
        return 0;
    for (size_t i = 0; i < tables; i++)
        if (outputs[i] && refuse_kind(o, outputs[i], names[i], e) != 0)
            return -1;
    if (know_reads(o, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (outputs[i] && refuse_read(o, outputs[i], names[i], e) != 0)
            return -1;
    return refuse_mix(j, outputs, names, n, e);
}
