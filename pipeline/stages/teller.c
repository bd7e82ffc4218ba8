/* teller: an observer is called ten times a second at most; else the log says when a line is wanted. */
#include "stages/teller.h"

#include "adapters/stop.h"
#include "base/clock.h"
#include "claimpipe.h"
#include "policy/limit.h"
#include "stages/issue.h"
#include "stages/job.h"

#include <time.h>

/* A run that is over at once needs no progress. */
#define PROGRESS_AFTER_NS CLOCK_NS_PER_S
/* A shorter stop is not worth a word: it would flicker. */
#define STOP_TOLD_NS CLOCK_NS_PER_S
/* Questions to a queue are asked at shorter intervals. */
#define IDLE_TOLD_NS (3 * CLOCK_NS_PER_S)

void teller_init(struct teller *t, const struct job *j)
{
    t->observer = j->observer;
    text_init(&t->line);
    log_init(&t->log, j->observer, j->quiet, j->json_log);
}

void teller_release(struct teller *t)
{
    text_release(&t->line);
}

void teller_begin(struct teller *t)
{
    t->progress.started_ns = clock_now_ns();
    t->log.next_progress_ns = t->progress.started_ns + PROGRESS_AFTER_NS;
}

static bool is_observed(const struct teller *t)
{
    return t->observer && t->observer->progress;
}

static void call_progress(const struct teller *t)
{
    const struct progress *p = &t->progress;

    t->observer->progress(t->observer->progress_context,
                          &(struct claimpipe_progress){.done = p->done,
                                                       .total = p->total,
                                                       .failed = p->failed,
                                                       .invalid = p->invalid,
                                                       .waiting = p->waiting});
}

/* What the wall clock of whoever reads it shows when clock_now_ns is at_ns. */
static void put_clock(char out[PROGRESS_CLOCK_MAX], const char *form, int64_t at_ns, int64_t now_ns)
{
    time_t at = (time_t)((clock_wall_ms() + (at_ns - now_ns) / CLOCK_NS_PER_MS) / 1000);
    struct tm parts;

    out[0] = '\0';
    if (localtime_r(&at, &parts))
        strftime(out, PROGRESS_CLOCK_MAX, form, &parts);
}

/* What nothing can leave for, for so long that a person would ask. */
static void note_stop(struct progress *p, const struct issue *is, const struct limit *l,
                      int64_t now_ns)
{
    int64_t since_ns, next_ns, wait_ns = limit_wait(l, now_ns);
    int64_t idle_ns = issue_idle(is, now_ns);
    bool held = l->hold_until_ns - now_ns >= STOP_TOLD_NS;

    p->stop = PROGRESS_GOES;
    p->until[0] = '\0';
    if (issue_is_down(is, now_ns, &since_ns, &next_ns)) {
        p->stop = PROGRESS_DOWN;
        put_clock(p->since, "%H:%M", now_ns - since_ns, now_ns);
        if (next_ns != INT64_MAX)
            put_clock(p->until, "%H:%M:%S", now_ns + next_ns, now_ns);
    } else if (held) {
        p->stop = PROGRESS_HELD;
        put_clock(p->until, "%H:%M:%S", l->hold_until_ns, now_ns);
    } else if (wait_ns >= STOP_TOLD_NS && p->done + p->waiting < p->total) {
        p->stop = PROGRESS_LIMITED;
        put_clock(p->until, "%H:%M:%S", now_ns + wait_ns, now_ns);
    } else if (p->waiting > 0 && idle_ns >= IDLE_TOLD_NS && idle_ns != INT64_MAX) {
        p->stop = PROGRESS_IDLE;
        put_clock(p->until, "%H:%M:%S", now_ns + idle_ns, now_ns);
    }
}

static void say_progress(struct teller *t, const struct issue *is, const struct limit *l,
                         int64_t now_ns)
{
    struct progress *p = &t->progress;
    struct log_field fields[] = {{"done", (int64_t)p->done},
                                 {"total", (int64_t)p->total},
                                 {"failed", (int64_t)p->failed},
                                 {"invalid", (int64_t)p->invalid},
                                 {"waiting", (int64_t)p->waiting}};

    note_stop(p, is, l, now_ns);
    progress_see(p, now_ns);
    progress_line(p, &t->line);
    log_progress(&t->log, t->line.ptr, fields, 5, now_ns);
}

int teller_tick(struct teller *t, const struct issue *is, const struct limit *l, size_t waiting,
                int64_t now_ns)
{
    t->progress.waiting = waiting;
    if (is_observed(t) && now_ns >= t->told_ns + LOG_REDRAW_NS) {
        t->told_ns = now_ns;
        call_progress(t);
    } else if (!is_observed(t) && log_wants_progress(&t->log, now_ns)) {
        say_progress(t, is, l, now_ns);
    }
    return stop_signal();
}

void teller_end(struct teller *t)
{
    struct progress *p = &t->progress;

    if (p->done + p->waiting > p->total)
        p->waiting = p->total > p->done ? p->total - p->done : 0;
    if (is_observed(t))
        call_progress(t);
}

void teller_say(struct teller *t, const char *text)
{
    log_say(&t->log, LOG_WARNING, "notice", text, NULL, 0);
}
