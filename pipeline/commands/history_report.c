/* history_report: the command report: run found -> books and input opened -> results written. */
#include "adapters/jsonout.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/visible.h"
#include "commands/history.h"
#include "ledger/ledger.h"
#include "stages/bookshelf.h"
#include "stages/read.h"
#include "stages/report.h"
#include "stages/report_files.h"

#include <stdlib.h>
#include <string.h>

struct reporting {
    const struct history_report *o;
    struct ledger *ledger;
    struct ledger_past run; /* its texts are these: */
    char *action, *target, *from;
    struct reading reading;
    struct bookshelf books;
    struct input *input;
    struct text results; /* "": none */
    struct report_files files;
    struct report_summary summary;
};

static int keep_run(void *context, const struct ledger_past *run, struct err *e)
{
    struct reporting *r = context;

    r->run = *run;
    r->run.action = r->action = mem_copy(run->action, strlen(run->action));
    r->run.target = r->target = mem_copy(run->target, strlen(run->target));
    r->run.input = r->from = mem_copy(run->input, strlen(run->input));
    r->run.url = r->run.reading = NULL;
    if (reading_parse(run->reading, &r->reading) != 0)
        reading_init(&r->reading); /* an older claimpipe's, which knew no other */
    return r->action && r->target && r->from ? 0 : err_nomem(e);
}

static int find_run(struct reporting *r, struct err *e)
{
    const struct history_report *o = r->o;
    int64_t id = 0;
    int found;

    if (strcmp(o->run, "last") != 0 && number_int(o->run, 1, INT64_MAX, &id) != 0)
        return err_set(e, EXIT_USAGE,
                       "report %s: give the number of a run (see claimpipe runs), or last", o->run);
    found = ledger_run_find(r->ledger, id, keep_run, r, e);
    if (found < 0)
        return -1;
    if (!found)
        return id ? err_set(e, EXIT_USAGE, "ledger %s: has no run %lld: see claimpipe runs",
                            o->ledger, (long long)id)
                  : err_set(e, EXIT_USAGE, "ledger %s: has no run yet", o->ledger);
    if (r->run.pruned)
        return err_set(e, EXIT_USAGE,
                       "run %lld was pruned: what became of its rows is no longer in ledger %s",
                       (long long)r->run.id, o->ledger);
    return 0;
}

/* The ledger has of a URL only what may be shown (adapters/fetch.h). */
static bool is_partial_url(const char *input)
{
    return fetch_is_url(input) && strstr(input, "…");
}

/* What a watch has run lies elsewhere since (adapters/watchfolder.h). */
static int find_moved(struct reporting *r, struct err *e)
{
    static const char working[] = "/.working/";
    static const char *const places[] = {"done", "failed"};
    const char *slash = strrchr(r->from, '/');
    size_t before = slash ? (size_t)(slash + 1 - r->from) : 0;
    struct text moved;

    if (before < strlen(working) || outfile_is_there(r->from) ||
        strncmp(r->from + before - strlen(working), working, strlen(working)) != 0)
        return 0;
    text_init(&moved);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        text_clear(&moved);
        text_append(&moved, r->from, before - strlen(working));
        text_printf(&moved, "/%s%s", places[i], slash);
        if (text_ok(&moved) && outfile_is_there(moved.ptr)) {
            free(r->from);
            r->run.input = r->from = mem_copy(moved.ptr, moved.len);
            break;
        }
    }
    if (!text_ok(&moved))
        err_nomem(e);
    text_release(&moved);
    return r->from && e->code == EXIT_DONE ? 0 : err_nomem(e);
}

/* Not if a page alone is wanted. */
static bool wants_results(const struct reporting *r)
{
    return r->results.len > 0;
}

static int open_input(struct reporting *r, struct err *e)
{
    long long id = r->run.id;
    const char *path;
    const struct read_wishes w = {.as = &r->reading, .fetch = &r->o->fetch};

    if (!r->o->input && find_moved(r, e) != 0)
        return -1;
    path = r->o->input ? r->o->input : r->from;
    if (!r->o->input && strcmp(path, "-") == 0)
        return err_set(e, EXIT_USAGE,
                       "run %lld has read standard input: give a file with the same content: "
                       "claimpipe report %lld FILE",
                       id, id);
    if (!r->o->input && is_partial_url(path))
        return err_set(e, EXIT_USAGE,
                       "run %lld has read %s: the rest may be a key, and was not kept: give the "
                       "URL, or a file with the same content: claimpipe report %lld INPUT",
                       id, path, id);
    r->input = read_open(path, &w, e);
    if (!r->input)
        return -1;
    if (memcmp(read_facts(r->input)->hash, r->run.hash, sizeof(r->run.hash)) != 0)
        return err_set(e, EXIT_INPUT,
                       "%s: is not what run %lld has read (its content is another): give the file "
                       "as it was then: claimpipe report %lld FILE",
                       path, id, id);
    return 0;
}

/* All results have a name of their own by default, unless only some rows are wanted. */
static int name_results(struct reporting *r, struct err *e)
{
    const struct history_report *o = r->o;

    if (o->results)
        text_puts(&r->results, o->results);
    else if (!o->failed_to && !o->new_to && !o->html)
        joboutput_name(o->input ? o->input : r->from, "results", &r->results);
    if (!text_ok(&r->results))
        return err_nomem(e);
    return r->results.len > 0 ? joboutput_refuse_dialect(o->output, r->results.ptr, "-o", e) : 0;
}

static int count_step(void *context, const struct ledger_aim *aim, struct err *e)
{
    size_t *steps = context;

    (void)e;
    *steps = aim->step > *steps ? aim->step : *steps;
    return 0;
}

static int open_files(struct reporting *r, struct err *e)
{
    const struct history_report *o = r->o;
    const struct input_facts *facts = read_facts(r->input);
    struct report_files_wish w = {.results = r->results.len > 0 ? r->results.ptr : NULL,
                                  .failed_to = o->failed_to,
                                  .new_to = o->new_to,
                                  .html = o->html,
                                  .columns = o->columns,
                                  .force = o->force,
                                  .as = joboutput_reading(o->output, &facts->reading),
                                  .steps = 1,
                                  .facts = facts,
                                  .input = o->input ? o->input : r->from,
                                  .ledger = o->ledger};

    return ledger_run_aims(r->ledger, r->run.id, count_step, &w.steps, e) == 0
               ? report_files_open(&r->files, &w, e)
               : -1;
}

/* From which the codes that the run gave can be made again. */
static int open_books(struct reporting *r, struct err *e)
{
    const struct history_report *o = r->o;

    return bookshelf_open(&r->books, o->seeds, o->n_seeds, o->codes, o->n_codes, e);
}

static int write_results(struct reporting *r, struct err *e)
{
    struct source source = read_source(r->input);
    const struct report_options o = {.run = r->run.id,
                                     .books = (const struct codebook *const *)r->books.books,
                                     .n_books = r->books.n,
                                     .no_codes =
                                         !wants_results(r) && !r->o->failed_to && !r->o->new_to,
                                     .next.results = wants_results(r) ? r->results.ptr : NULL,
                                     .as = joboutput_reading(r->o->output, &source.facts->reading),
                                     .valid_utf8 = r->o->output != JOBOUTPUT_SAME,
                                     .safe_cells = r->o->safe_cells,
                                     .columns = r->o->columns,
                                     .observer = r->o->observer};

    if (report_write(&source, r->ledger, &o, r->files.list, r->files.n, &r->summary, e) != 0)
        return -1;
    return report_files_close(&r->files, true, e);
}

static void say_summary(const struct reporting *r)
{
    struct log_field fields[STATUS_COUNT + 1];
    struct text words;
    struct log log;

    for (int i = 0; i < STATUS_COUNT; i++)
        fields[i] = (struct log_field){status_name((enum status)i), (int64_t)r->summary.rows[i]};
    fields[STATUS_COUNT] = (struct log_field){"run", r->run.id};
    text_init(&words);
    report_words(&r->summary, &words);
    text_printf(&words, "\nrun %lld", (long long)r->run.id);
    if (!r->run.ended_ms)
        text_puts(&words, " is unfinished: this is what is known by now");
    if (r->results.len > 0 && strcmp(r->results.ptr, "-") != 0) {
        text_puts(&words, "; results in ");
        visible_puts(&words, r->results.ptr);
    }
    report_files_words(&r->files, &r->summary, !r->o->columns, &words);
    log_init(&log, r->o->observer, r->o->quiet, r->o->json_log);
    if (text_ok(&words))
        log_say(&log, LOG_INFO, "summary", words.ptr, fields, STATUS_COUNT + 1);
    text_release(&words);
}

static int print_json(const struct reporting *r, struct err *e)
{
    struct jsonout j;
    struct text out;
    int rc;

    text_init(&out);
    jsonout_init(&j, &out);
    jsonout_text(&j, "ledger", r->o->ledger);
    jsonout_number(&j, "run", r->run.id);
    jsonout_flag(&j, "unfinished", r->run.ended_ms == 0);
    jsonout_text(&j, "results", r->results.ptr);
    report_json(&r->summary, &j);
    jsonout_end(&j);
    rc = outfile_print(&out, e);
    text_release(&out);
    return rc;
}

/* Two things on one standard output are none. */
static int refuse_both(const struct reporting *r, struct err *e)
{
    return r->o->json && strcmp(r->results.ptr, "-") == 0
               ? err_set(e, EXIT_USAGE,
                         "--format json: the results go to standard output, where the summary "
                         "would be in them: name a file with -o")
               : 0;
}

int history_report(const struct history_report *o, struct err *e)
{
    struct reporting *r = mem_zero(1, sizeof(*r));
    int rc = -1;

    if (!r) {
        err_nomem(e);
        return (int)e->code;
    }
    r->o = o;
    text_init(&r->results);
    r->ledger = ledger_open_look(o->ledger, e);
    if (!r->ledger || find_run(r, e) != 0 || open_books(r, e) != 0 || open_input(r, e) != 0 ||
        name_results(r, e) != 0 || refuse_both(r, e) != 0 || open_files(r, e) != 0 ||
        write_results(r, e) != 0)
        goto done;
    say_summary(r);
    rc = o->json ? print_json(r, e) : 0;
done:
    err_ignore(report_files_close(&r->files, false, e));
    read_close(r->input);
    bookshelf_close(&r->books);
    ledger_close(r->ledger);
    text_release(&r->results);
    free(r->from);
    free(r->target);
    free(r->action);
    free(r);
    return rc == 0 ? EXIT_DONE : (int)e->code;
}
