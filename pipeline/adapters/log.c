/* log: writes messages and the progress line to standard error, each in one piece, so that they do not mix. */
#include "adapters/log.h"

#include "adapters/json.h"
#include "base/clock.h"
#include "base/visible.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warning", "info"};

static bool calls(const struct log *log)
{
    return log->observer && log->observer->message;
}

void log_init(struct log *log, const struct observer *observer, bool quiet, bool json)
{
    const char *term = getenv("TERM");

    memset(log, 0, sizeof(*log));
    log->observer = observer;
    log->quiet = quiet;
    log->json = json;
    log->terminal =
        !json && !calls(log) && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* What our own lines are made of; everything else is made visible. */
#define OURS "\n"
#define LINE_MAX_WITHOUT_MEMORY 1024

/* One write, so that lines of several processes do not mix; and no memory is asked for, so that also
 * the want of it can be told. */
static void put(struct slice before, struct slice text, struct slice after)
{
    struct iovec parts[] = {{(void *)(uintptr_t)before.ptr, before.len},
                            {(void *)(uintptr_t)text.ptr, text.len},
                            {(void *)(uintptr_t)after.ptr, after.len}};
    ssize_t ignored = writev(STDERR_FILENO, parts, 3);

    (void)ignored; /* nobody is left to be told */
}

/* The text without anything that a terminal would obey. */
static void put_visible(struct slice before, struct slice text, struct slice after)
{
    char line[LINE_MAX_WITHOUT_MEMORY];
    struct text shown;

    if (visible_is(text, OURS)) {
        put(before, text, after);
        return;
    }
    text_init(&shown);
    visible_append(&shown, text, OURS);
    put(before,
        text_ok(&shown) ? (struct slice){shown.ptr, shown.len}
                        : slice_of(visible_line(text, line, sizeof(line))),
        after);
    text_release(&shown);
}

/* JSON can't hold what is not UTF-8, which is made visible instead. */
static void put_message(struct text *out, const char *message)
{
    struct text shown;

    if (json_quote(out, slice_of(message)) == 0)
        return;
    text_init(&shown);
    visible_append(&shown, slice_of(message), OURS);
    if (!text_ok(&shown) || json_quote(out, (struct slice){shown.ptr, shown.len}) != 0)
        out->failed = true;
    text_release(&shown);
}

static void put_json(enum log_level level, const char *event, const char *text,
                     const struct log_field *fields, size_t n)
{
    char when[CLOCK_RFC3339_MAX];
    struct text t;

    text_init(&t);
    text_printf(&t, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"message\":",
                clock_rfc3339(clock_wall_ms(), when), level_names[level], event);
    put_message(&t, text);
    for (size_t i = 0; i < n; i++)
        text_printf(&t, ",\"%s\":%lld", fields[i].name, (long long)fields[i].value);
    if (text_ok(&t))
        put_visible(slice_of(""), (struct slice){t.ptr, t.len}, slice_of("}\n"));
    else
        put(slice_of("{\"level\":\"error\",\"event\":\""), slice_of(event),
            slice_of("\",\"message\":\"out of memory\"}\n"));
    text_release(&t);
}

static void put_plain(const char *before, const char *text, size_t max, const char *after)
{
    put_visible(slice_of(before), (struct slice){text, strnlen(text, max)}, slice_of(after));
}

/* The observer's terminal obeys as little as ours. */
static void call(const struct log *log, enum log_level level, const char *event, const char *text)
{
    const struct observer *o = log->observer;
    char line[LINE_MAX_WITHOUT_MEMORY];
    struct text shown;

    text_init(&shown);
    visible_append(&shown, slice_of(text), OURS);
    o->message(o->message_context, level, event,
               text_ok(&shown) ? shown.ptr : visible_line(slice_of(text), line, sizeof(line)));
    text_release(&shown);
}

void log_say(struct log *log, enum log_level level, const char *event, const char *text,
             const struct log_field *fields, size_t n)
{
    if (log->quiet && level != LOG_ERROR)
        return;
    log_clear(log);
    if (level == LOG_ERROR && log->observer && log->observer->why)
        err_set(log->observer->why, EXIT_STOPPED, "%s", text);
    if (calls(log))
        call(log, level, event, text);
    else if (log->json)
        put_json(level, event, text, fields, n);
    else
        put_plain(level == LOG_INFO ? "" : "claimpipe: ", text, SIZE_MAX, "\n");
}

bool log_wants_progress(const struct log *log, int64_t now_ns)
{
    return !log->quiet && now_ns >= log->next_progress_ns;
}

static size_t terminal_width(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 79;
}

void log_progress(struct log *log, const char *text, const struct log_field *fields, size_t n,
                  int64_t now_ns)
{
    if (log->quiet)
        return;
    log->next_progress_ns = now_ns + (log->terminal ? LOG_REDRAW_NS : LOG_PROGRESS_NS);
    if (calls(log)) {
        call(log, LOG_INFO, "progress", text);
    } else if (log->json) {
        put_json(LOG_INFO, "progress", text, fields, n);
    } else if (log->terminal) {
        put_plain("\r", text, terminal_width(), "\033[K"); /* erase to the end of the line */
        log->drawn = true;
    } else {
        put_plain("", text, SIZE_MAX, "\n");
    }
}

void log_clear(struct log *log)
{
    if (log->drawn)
        put_plain("\r", "", 0, "\033[K");
    log->drawn = false;
}
