/* watch_file: claimpipe run in a process of its own, whose log is read as JSON and said again as ours. */
#include "watch_internal.h"

#include "adapters/child.h"
#include "adapters/json.h"
#include "adapters/stop.h"
#include "base/mem.h"
#include "policy/outname.h"
#include "stages/joboutput.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_ENDING ".html" /* of a page, behind the name of the results */
#define FIELD_NAME_MAX 32
#define WHY_MAX 16384 /* bytes of errors that are kept */

void watch_outcome_init(struct watch_outcome *out)
{
    memset(out, 0, sizeof(*out));
    text_init(&out->summary);
    text_init(&out->why);
}

static void drop_fields(struct watch_outcome *out)
{
    for (size_t i = 0; i < out->n_fields; i++)
        free((void *)(uintptr_t)out->fields[i].name);
    out->n_fields = 0;
}

void watch_outcome_release(struct watch_outcome *out)
{
    drop_fields(out);
    text_release(&out->summary);
    text_release(&out->why);
}

/* ---- what it writes ---- */

/* A file called - is none of standard input. */
void watch_results_name(const char *name, struct text *out)
{
    struct text path, results;

    text_init(&path);
    text_init(&results);
    text_printf(&path, "./%s", name);
    joboutput_name(path.ptr, "results", &results);
    text_puts(out, results.ptr + 2);
    out->failed = out->failed || path.failed || results.failed;
    text_release(&results);
    text_release(&path);
}

void watch_page_name(const char *name, struct text *out)
{
    watch_results_name(name, out);
    text_puts(out, PAGE_ENDING);
}

/* ---- what it says ---- */

static int keep_field(void *context, struct slice key, const struct json *value)
{
    struct watch_outcome *out = context;
    int64_t n;
    char *name;

    if (json_text(value).ptr || json_int(value, &n) != 0 || key.len > FIELD_NAME_MAX ||
        out->n_fields == WATCH_FIELDS_MAX)
        return 0;
    name = mem_copy(key.ptr, key.len);
    if (name)
        out->fields[out->n_fields++] = (struct log_field){name, n};
    return 0;
}

static void add_why(struct watch_outcome *out, struct slice text)
{
    if (out->why.len + text.len > WHY_MAX)
        return;
    if (out->why.len > 0)
        text_puts(&out->why, "\n");
    text_append(&out->why, text.ptr, text.len);
}

/* Without the folder in which the file lies only now: who reads it looks for the name. */
static void append_named(struct text *out, struct slice s, struct slice folder)
{
    const char *at;

    while (s.len > 0 && (at = memmem(s.ptr, s.len, folder.ptr, folder.len))) {
        size_t before = (size_t)(at - s.ptr);

        text_append(out, s.ptr, before);
        s = (struct slice){at + folder.len, s.len - before - folder.len};
    }
    text_append(out, s.ptr, s.len);
}

/* Counts and reasons, and the command for failed rows; what else follows names the file where it is no longer when
 * somebody reads that. */
static void take_summary(struct watch_outcome *out, const struct json *line, struct slice text)
{
    static const char run[] = "\nrun ", again[] = "\nto try the failed rows again: ";
    const char *end = memmem(text.ptr, text.len, run, sizeof(run) - 1);
    const char *retry = memmem(text.ptr, text.len, again, sizeof(again) - 1);

    text_clear(&out->summary);
    text_append(&out->summary, text.ptr, end ? (size_t)(end - text.ptr) : text.len);
    if (end && retry) {
        size_t left = text.len - (size_t)(retry + 1 - text.ptr);
        const char *stop = memchr(retry + 1, '\n', left);

        text_append(&out->summary, retry, 1 + (stop ? (size_t)(stop - retry - 1) : left));
    }
    drop_fields(out);
    (void)json_each(line, keep_field, out);
}

static enum log_level level_of(const struct json *line)
{
    struct slice level = json_text(json_get(line, "level"));

    if (level.ptr && slice_is(level, "error"))
        return LOG_ERROR;
    return level.ptr && slice_is(level, "warning") ? LOG_WARNING : LOG_INFO;
}

static void say(struct log *log, enum log_level level, const char *event, struct slice text)
{
    struct text t;

    text_init(&t);
    text_append(&t, text.ptr, text.len);
    if (text_ok(&t))
        log_say(log, level, event, t.ptr, NULL, 0);
    text_release(&t);
}

/* Errors are told once, with what became of the file.  What is no line of its log (a sanitizer's, the linker's) may be
 * why it ended, too. */
static void hear(struct log *log, struct watch_outcome *out, struct slice folder, struct slice text)
{
    bool quiet = log->quiet;
    struct json *line = text.len > 0 && *text.ptr == '{' ? json_parse(text) : NULL;
    struct slice message = json_text(json_get(line, "message"));
    struct slice event = json_text(json_get(line, "event"));

    struct text named;

    text_init(&named);
    if (message.ptr)
        append_named(&named, message, folder);
    message.ptr = message.ptr ? named.ptr : NULL;
    message.len = named.len;
    if (!message.ptr || !event.ptr) {
        add_why(out, text);
        say(log, LOG_WARNING, "run", text);
    } else if (level_of(line) == LOG_ERROR) {
        add_why(out, message);
    } else if (slice_is(event, "summary")) {
        take_summary(out, line, message);
    } else {
        log->quiet = false; /* the run is so too, and knows what is told all the same */
        say(log, level_of(line), slice_is(event, "progress") ? "progress" : "run", message);
        log->quiet = quiet;
    }
    text_release(&named);
    json_free(line);
}

/* ---- running ---- */

/* program run OPTION... --output=RESULTS --html=PAGE --log-format=json -- JOB FILE; NULL: no memory. */
static const char **make_argv(const struct watch_options *o, const char *path, const char *output,
                              const char *page)
{
    const char **argv = mem_zero(o->n_passed + 10, sizeof(*argv)), **at = argv;

    if (!argv)
        return NULL;
    *at++ = "claimpipe";
    *at++ = "run";
    for (size_t i = 0; i < o->n_passed; i++)
        *at++ = o->passed[i];
    *at++ = output;
    *at++ = page;
    *at++ = "--log-format=json";
    *at++ = "--refuse-results";
    *at++ = "--";
    *at++ = o->job_file;
    *at++ = path;
    return argv;
}

static void follow(struct child *c, struct log *log, const char *path, struct watch_outcome *out)
{
    struct slice folder = {path, (size_t)(strrchr(path, '/') + 1 - path)};
    struct slice line;
    int rc, asked = 0;

    while ((rc = child_line(c, &line)) >= 0) {
        if (rc > 0)
            hear(log, out, folder, line);
        if (!asked && stop_signal()) {
            asked = stop_signal();
            child_ask(c, asked);
        }
    }
    out->code = child_end(c, &out->signal);
}

void watch_file_run(const struct watch_options *o, struct log *log, const char *path,
                    const char *results, int lock, struct watch_outcome *out)
{
    struct err e = ERR_INIT;
    struct child child;
    const char **argv;
    struct text output, page;

    text_init(&output);
    text_init(&page);
    text_puts(&output, "--output=");
    outname_escape(results, &output);
    text_puts(&page, "--html=");
    outname_escape(results, &page);
    text_puts(&page, PAGE_ENDING);
    argv = text_ok(&output) && text_ok(&page) ? make_argv(o, path, output.ptr, page.ptr) : NULL;
    if (!argv)
        err_ignore(err_nomem(&e));
    else if (child_start(&child, o->program, (char *const *)(uintptr_t)argv, lock, &e) == 0)
        follow(&child, log, path, out);
    if (e.code != EXIT_DONE) {
        out->code = (int)e.code;
        add_why(out, slice_of(e.text));
    }
    free(argv);
    text_release(&page);
    text_release(&output);
}
