/*
 * mailtest: the way of one row without a ledger: read -> selected -> rendered -> handed over, or told why not.
 *
 * Its Message-ID is none that a real run gives, so that the archive and bounces don't take it for one.
 */
#include "commands/mailtest.h"

#include "actions/action.h"
#include "adapters/http.h"
#include "adapters/log.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/visible.h"
#include "policy/redact.h"
#include "stages/block.h"
#include "stages/job.h"
#include "stages/prepared.h"
#include "stages/read.h"
#include "stages/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_NS (100 * CLOCK_NS_PER_MS)
#define SALT "test"

struct mailtest {
    const struct job *job;
    const char *to;
    struct prepared prepared;
    struct block block;
    struct sender sender;
    struct exchange x;
    struct arena arena;
    struct text body;
    struct step *step;
    uint64_t line; /* of the row */
};

/* The first row that is acted for, if a person of the letter's can be; else NULL with an error. */
static const struct row *find_row(struct mailtest *m, struct err *e)
{
    uint64_t total = read_facts(m->prepared.input)->rows;

    if (selection_begin(&m->prepared.selection, m->prepared.input, clock_wall_ms(), e) != 0 ||
        read_rewind(m->prepared.input, e) != 0)
        return NULL;
    do {
        if (block_read(&m->block, &m->prepared, total, e) != 0)
            return NULL;
        for (size_t i = 0; i < m->block.n; i++)
            if (m->block.rows[i].fate == ROW_OPEN)
                return &m->block.rows[i];
    } while (m->block.n > 0);
    err_set(e, EXIT_INPUT, "%s: no row counts, so there is no message to send",
            read_facts(m->prepared.input)->name);
    return NULL;
}

static int render(struct mailtest *m, const struct row *r, struct err *e)
{
    const struct mailing *mailing = &m->prepared.with[0].mailing;
    const struct mailing_row row = {.recipient = r->recipient,
                                    .key = r->key,
                                    .salt = SALT,
                                    .now_ms = clock_wall_ms(),
                                    .gift = {{NULL, 0}, {NULL, 0}}};
    struct slice *fields = arena_alloc(&m->arena, (mailing->n + 2) * sizeof(*fields));
    const char *why;

    if (!fields)
        return err_nomem(e);
    memcpy(fields, r->record->fields, mailing->n * sizeof(*fields));
    m->line = r->record->line;
    why = mailing_render(mailing, &row, fields, &m->arena, &m->body);
    if (!text_ok(&m->body))
        return err_nomem(e);
    if (why)
        return err_set(e, EXIT_INPUT, "%s:%llu: %s", read_facts(m->prepared.input)->name,
                       (unsigned long long)m->line, why);
    m->step = step_new(&m->prepared.targets[0], r->recipient, m->body.ptr);
    return m->step ? 0 : err_nomem(e);
}

/* One exchange needs no lane of its own. */
static int hand_over(struct mailtest *m, struct err *e)
{
    struct http_pool *pool = m->sender.pool;
    struct exchange *done = NULL;

    action_mail.send(m->step->target, m->step, &m->x.request);
    if (!text_ok(&m->x.request.body))
        return err_nomem(e);
    http_pool_submit(pool, &m->x);
    while (!done) {
        if (http_pool_turn(pool, 0, WAIT_NS, e) != 0)
            return -1;
        done = http_pool_collect(pool, 0);
    }
    return 0;
}

static int say_end(struct mailtest *m, struct err *e)
{
    struct answer *a = &m->x.answer;
    struct verdict v;
    struct text words;
    struct log log;

    a->secrets = &m->job->secrets;
    a->steps = m->step;
    redact_apply(&m->job->secrets, a->problem);
    action_mail.read_send(m->step->target, a, &v);
    if (v.kind != VERDICT_DONE)
        return err_set(e, EXIT_STOPPED, "the message to %s was not taken: %s", m->to, v.text);
    log_init(&log, m->job->observer, m->job->quiet, m->job->json_log);
    text_init(&words);
    text_printf(&words, "sent to %s: the message of %s:%llu; nothing is remembered of it", m->to,
                read_facts(m->prepared.input)->name, (unsigned long long)m->line);
    if (text_ok(&words))
        log_say(&log, LOG_INFO, "test", words.ptr, NULL, 0);
    text_release(&words);
    return 0;
}

int mailtest_run(const struct job *j, const char *to, struct err *e)
{
    struct mailtest m = {.job = j, .to = to};
    const struct row *row = NULL;
    int rc = -1;

    block_init(&m.block);
    exchange_init(&m.x, NULL);
    arena_init(&m.arena);
    text_init(&m.body);
    if (prepared_open(&m.prepared, j, e) == 0 && (row = find_row(&m, e)) &&
        render(&m, row, e) == 0 && sender_open_mail(&m.sender, j, NULL, e) == 0 &&
        sender_open_pool(&m.sender, false, e) == 0 && hand_over(&m, e) == 0)
        rc = say_end(&m, e);
    exchange_release(&m.x);
    sender_close(&m.sender, true);
    step_free(m.step);
    text_release(&m.body);
    arena_release(&m.arena);
    block_release(&m.block);
    prepared_close(&m.prepared);
    return rc == 0 ? EXIT_DONE : (int)e->code;
}
