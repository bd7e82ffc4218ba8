/*
 * bounces: opened (output, ledger, mailbox) -> each message is read and noted -> the output is written -> in place.
 *
 * What was noted is committed now and then, so that a mailbox which can't be read to its end is not read in vain, and no run
 * of another process waits long.
 */
#include "commands/bounces.h"

#include "adapters/csvio.h"
#include "adapters/imap.h"
#include "adapters/log.h"
#include "adapters/mailbox.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/visible.h"
#include "bounces_internal.h"
#include "ledger/ledger.h"
#include "policy/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADER "recipient,came_back_at,kind,status,words,letter,run,line\n"
#define FLUSH_BYTES 65536
#define COMMIT_EACH 64
#define UNCLEAR_SHOWN 5
#define SHOWN_MAX 96

_Static_assert((int)BOUNCE_DELAYED - (int)BOUNCE_FAILED == (int)LEDGER_BOUNCE_DELAYED &&
                   (int)BOUNCE_DELIVERED - (int)BOUNCE_FAILED == (int)LEDGER_BOUNCE_DELIVERED,
               "they are the same, in this order");

/* A mail of which nobody knows whether it was handed over. */
struct lost {
    int64_t item;
    char *attempt;
};

struct bounces {
    const struct bounces_options *o;
    struct log log;
    struct outfile *out;
    struct ledger *ledger;
    struct mailbox *mailbox; /* or … */
    struct imap *imap;
    struct imap_options server;
    struct arena arena; /* of a message */
    struct bounces_message message;
    struct text text;
    int64_t now_ms;
    unsigned uncommitted;
    uint64_t read, noted, known, other, unclear;
    struct lost *lost; /* of `archive`: what is looked for */
    size_t n_lost, cap_lost;
    uint64_t found;
    uint64_t back; /* lines of the output */
};

/* ---- what a report is about ---- */

enum about { ABOUT_UNCLEAR, ABOUT_OTHER, ABOUT_ITEM };

/* Both ways of knowing it must say the same: a report that contradicts itself is no report. */
static int find_item(struct bounces *b, int64_t *item, enum about *about, struct err *e)
{
    const struct bounces_message *m = &b->message;
    const char *token = *m->original ? m->original : m->address;
    int found;

    *about = ABOUT_UNCLEAR;
    if (*m->original && *m->address && strcmp(m->original, m->address) != 0)
        return 0;
    if (m->other && *m->address)
        return 0;
    if (m->other)
        *about = ABOUT_OTHER;
    if (!*token)
        return 0;
    found = ledger_bounces_item(b->ledger, token, *m->original ? m->domain : NULL, item, e);
    *about = found == 1 ? ABOUT_ITEM : ABOUT_OTHER;
    return found < 0 ? -1 : 0;
}

static bool is_of(const struct bounces_group *g, const char *recipient)
{
    return (g->recipient && strcasecmp(g->recipient, recipient) == 0) ||
           (g->original && strcasecmp(g->original, recipient) == 0);
}

static enum bounce judge(const struct bounces_message *m, const struct bounces_group *g,
                         char status[BOUNCE_STATUS_MAX], char words[BOUNCE_WORDS_MAX])
{
    struct bounce_facts f = m->facts;

    if (g) {
        f.action = g->action;
        f.status = g->status;
        f.diagnostic = g->diagnostic;
    }
    return bounce_judge(&f, status, words);
}

/* The recipient's own, or else the first that failed, or the first. */
static const struct bounces_group *choose(const struct bounces_message *m, const char *recipient)
{
    char status[BOUNCE_STATUS_MAX], words[BOUNCE_WORDS_MAX];

    for (size_t i = 0; i < m->n_groups; i++)
        if (is_of(&m->groups[i], recipient))
            return &m->groups[i];
    for (size_t i = 0; i < m->n_groups; i++)
        if (judge(m, &m->groups[i], status, words) == BOUNCE_FAILED)
            return &m->groups[i];
    return m->n_groups > 0 ? &m->groups[0] : NULL;
}

/* A report may be about the address that a mail was passed on to, or about that of --bcc: then it is said. */
static void add_address(const struct bounces_group *g, const char *recipient,
                        char words[BOUNCE_WORDS_MAX])
{
    const char *address = g && g->recipient ? g->recipient : "";
    char shown[SHOWN_MAX];
    size_t len = strlen(words);

    if (!*address || is_of(g, recipient) || len + strlen(address) + 4 > BOUNCE_WORDS_MAX)
        return;
    visible_line(slice_of(address), shown, sizeof(shown));
    snprintf(words + len, BOUNCE_WORDS_MAX - len, "%s(%s)", len > 0 ? " " : "", shown);
}

/* As its Date says, but never later than now. */
static int64_t came_at(const struct bounces *b)
{
    struct when when;

    if (!b->message.date ||
        when_read(slice_of(b->message.date), WHEN_ORDER_UNSAID, &when) != WHEN_OK)
        return b->now_ms;
    return when.from_ms < b->now_ms ? when.from_ms : b->now_ms;
}

/* ---- noting ---- */

static int commit(struct bounces *b, struct err *e)
{
    b->uncommitted = 0;
    return ledger_commit(b->ledger, e);
}

static void say_unclear(struct bounces *b)
{
    const char *subject = b->message.facts.subject;
    char text[256], shown[SHOWN_MAX];

    if (b->unclear++ >= UNCLEAR_SHOWN)
        return;
    snprintf(text, sizeof(text), "message %llu, \"%s\": does not say which mail came back, or why",
             (unsigned long long)b->read,
             visible_line(slice_of(subject ? subject : ""), shown, sizeof(shown)));
    log_say(&b->log, LOG_WARNING, "unclear", text, NULL, 0);
}

static int note(struct bounces *b, int64_t item, struct err *e)
{
    char status[BOUNCE_STATUS_MAX], words[BOUNCE_WORDS_MAX];
    const char *recipient = "";
    const struct bounces_group *g;
    struct ledger_bounce noted;
    enum bounce says;
    int added;

    if (ledger_recipient(b->ledger, item, &b->arena, &recipient, e) < 0)
        return -1;
    g = choose(&b->message, recipient);
    says = judge(&b->message, g, status, words);
    if (says == BOUNCE_UNCLEAR) {
        say_unclear(b);
        return 0;
    }
    add_address(g, recipient, words);
    noted = (struct ledger_bounce){.kind = (enum ledger_bounce_kind)(says - BOUNCE_FAILED),
                                   .at_ms = came_at(b),
                                   .status = status,
                                   .words = words};
    added = ledger_bounces_add(b->ledger, item, b->message.report, &noted, e);
    if (added < 0)
        return -1;
    b->noted += added == 1;
    b->known += added == 0;
    /* A server may be slow, and others wait while a transaction is under way. */
    return ++b->uncommitted < COMMIT_EACH && !b->imap ? 0 : commit(b, e);
}

static int take_report(struct bounces *b, const struct mimeread *m, struct err *e)
{
    char status[BOUNCE_STATUS_MAX], words[BOUNCE_WORDS_MAX];
    enum about about;
    int64_t item;

    if (bounces_read(m, &b->arena, &b->message, e) != 0)
        return -1;
    if (judge(&b->message, choose(&b->message, ""), status, words) == BOUNCE_NONE) {
        b->other++;
        return 0;
    }
    if (find_item(b, &item, &about, e) != 0)
        return -1;
    if (about == ABOUT_ITEM)
        return note(b, item, e);
    if (about == ABOUT_OTHER)
        b->other++;
    else
        say_unclear(b);
    return 0;
}

/* ---- copies of what was sent ---- */

static int add_lost(void *context, int64_t item, const char *attempt, struct err *e)
{
    struct bounces *b = context;
    char *copy = strdup(attempt);

    if (copy && b->n_lost == b->cap_lost) {
        size_t cap = b->cap_lost ? 2 * b->cap_lost : 16;
        struct lost *more = realloc(b->lost, cap * sizeof(*more));

        if (more) {
            b->lost = more;
            b->cap_lost = cap;
        }
    }
    if (!copy || b->n_lost == b->cap_lost) {
        free(copy);
        return err_nomem(e);
    }
    b->lost[b->n_lost++] = (struct lost){item, copy};
    return 0;
}

/* A run that sends one of them again meanwhile would not know that it is done. */
static int find_lost(struct bounces *b, struct err *e)
{
    if (ledger_bounces_lost(b->ledger, add_lost, b, e) != 0)
        return -1;
    return b->n_lost > 0 ? ledger_lock_all(b->ledger, e) : 0;
}

static int copy_item(void *context, const struct ledger_item *item, struct err *e)
{
    (void)e;
    *(struct ledger_item *)context = *item;
    return 0;
}

/* No query is open then, over which nothing could be written. */
static int end_lost(struct bounces *b, int64_t id, struct err *e)
{
    struct ledger_item item = {.id = 0};
    struct ledger_move m = {
        .to = STATE_SUCCESS, .error = "found in the archive", .now_ms = b->now_ms};

    if (ledger_get(b->ledger, id, copy_item, &item, e) < 0)
        return -1;
    if (item.state != STATE_UNKNOWN) /* a second copy */
        return 0;
    m.tries = item.tries;
    b->found++;
    return ledger_move(b->ledger, id, &m, e);
}

static int take_copy(struct bounces *b, const struct mimeread *m, struct err *e)
{
    char token[BOUNCE_TOKEN_MAX], domain[BOUNCE_DOMAIN_MAX];
    int64_t item;
    int found;

    if (!bounces_own_id(m, token, domain))
        return 0;
    found = ledger_bounces_item(b->ledger, token, domain, &item, e);
    for (size_t i = 0; found == 1 && i < b->n_lost; i++)
        if (b->lost[i].item == item)
            return end_lost(b, item, e);
    return found < 0 ? -1 : 0;
}

/* The server looks for each of them, and nothing is fetched. */
static int ask_for_lost(struct bounces *b, struct err *e)
{
    for (size_t i = 0; i < b->n_lost; i++) {
        int64_t n = imap_search(b->imap, b->lost[i].attempt, e);

        if (n < 0 || (n > 0 && end_lost(b, b->lost[i].item, e) != 0) || commit(b, e) != 0)
            return -1;
    }
    return 0;
}

static int take_message(struct bounces *b, struct slice bytes, struct err *e)
{
    struct mimeread *m = mimeread_new(bytes);
    int rc;

    if (!m)
        return err_nomem(e);
    b->read++;
    arena_reset(&b->arena);
    rc = b->o->archive ? take_copy(b, m, e) : take_report(b, m, e);
    mimeread_free(m);
    return rc;
}

static int read_mailbox(struct bounces *b, struct err *e)
{
    struct slice bytes;
    int found;

    if (b->imap && imap_search(b->imap, NULL, e) < 0)
        return -1;
    while ((found = b->imap ? imap_next(b->imap, &bytes, e)
                            : mailbox_next(b->mailbox, &bytes, e)) == 1) {
        if (stop_signal())
            return err_set(e, EXIT_INTERRUPTED, "interrupted: the same command goes on");
        if (take_message(b, bytes, e) != 0)
            return -1;
    }
    return found;
}

/* ---- the output ---- */

static int put_row(void *context, const struct ledger_returned *r, struct err *e)
{
    struct bounces *b = context;
    char when[CLOCK_RFC3339_MAX];

    csvio_append_safe(&b->text, slice_of(r->recipient), ',', '"');
    text_printf(&b->text, ",%s,%s,%s,", clock_rfc3339(r->bounce.at_ms, when),
                r->bounce.kind == LEDGER_BOUNCE_FAILED ? "failed" : "delayed", r->bounce.status);
    /* What servers on the way say must not become a formula. */
    csvio_append_safe(&b->text, slice_of(r->bounce.words), ',', '"');
    text_puts(&b->text, ",");
    csvio_append(&b->text, slice_of(r->letter), ',', '"');
    text_printf(&b->text, ",%lld,%llu\n", (long long)r->run, (unsigned long long)r->line);
    b->back++;
    return outfile_drain(b->out, &b->text, FLUSH_BYTES, e);
}

static int write_output(struct bounces *b, struct err *e)
{
    int rc;

    if (!b->out)
        return 0;
    text_clear(&b->text);
    text_puts(&b->text, HEADER);
    if (ledger_bounces_each(b->ledger, put_row, b, e) != 0 ||
        outfile_drain(b->out, &b->text, 1, e) != 0)
        return -1;
    rc = outfile_close(b->out, true, e);
    b->out = NULL;
    return rc;
}

/* ---- what is said ---- */

static void say_summary(struct bounces *b)
{
    const struct log_field fields[] = {
        {"read", (int64_t)b->read},       {"noted", (int64_t)b->noted},
        {"known", (int64_t)b->known},     {"not_ours", (int64_t)b->other},
        {"unclear", (int64_t)b->unclear}, {"returned", (int64_t)b->back}};

    text_clear(&b->text);
    count_put(&b->text, b->read, "message", "messages");
    text_puts(&b->text, " read: ");
    count_number(&b->text, b->noted);
    text_puts(&b->text, " noted, ");
    count_number(&b->text, b->known);
    text_puts(&b->text, " known already, ");
    count_number(&b->text, b->other);
    text_puts(&b->text, " not ours, ");
    count_number(&b->text, b->unclear);
    text_puts(&b->text, " unclear");
    if (text_ok(&b->text))
        log_say(&b->log, LOG_INFO, "bounces", b->text.ptr, fields,
                sizeof(fields) / sizeof(fields[0]));
}

static void say_archive(struct bounces *b)
{
    const struct log_field fields[] = {{"lost", (int64_t)b->n_lost}, {"found", (int64_t)b->found}};

    text_clear(&b->text);
    count_put(&b->text, b->n_lost, "message was unknown: ", "messages were unknown: ");
    count_number(&b->text, b->found);
    text_puts(&b->text, " found in the archive, and a success now; ");
    count_number(&b->text, b->n_lost - b->found);
    text_puts(&b->text, " not found");
    if (text_ok(&b->text))
        log_say(&b->log, LOG_INFO, "archive", b->text.ptr, fields,
                sizeof(fields) / sizeof(fields[0]));
}

/* ---- the command ---- */

static int open_output(struct bounces *b, struct err *e)
{
    const struct bounces_options *o = b->o;

    if (ledger_is_file(o->ledger, o->output))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", o->output);
    if (outfile_replaces(o->output, o->mailbox))
        return err_set(e, EXIT_USAGE, "%s: is the mailbox: name another file with -o", o->output);
    if (outfile_refuse_other(o->output, HEADER, "-o", o->force, e) != 0)
        return -1;
    b->out = outfile_open(o->output, e);
    return b->out ? 0 : -1;
}

static int open_all(struct bounces *b, struct err *e)
{
    const struct bounces_options *o = b->o;

    b->server = (struct imap_options){.url = o->mailbox,
                                      .user = o->user,
                                      .password = o->password,
                                      .cacert = o->cacert,
                                      .connect_timeout_ns = o->connect_timeout_ns,
                                      .timeout_ns = o->timeout_ns};

    if (o->output && open_output(b, e) != 0)
        return -1;
    b->ledger = o->accept_ledger ? ledger_open_accepted(o->ledger, false, e)
                                 : ledger_open_known(o->ledger, e);
    if (!b->ledger)
        return -1;
    if (o->archive && find_lost(b, e) != 0)
        return -1;
    if (imap_is_url(o->mailbox))
        b->imap = imap_open(&b->server, e);
    else
        b->mailbox = mailbox_open(o->mailbox, e);
    return b->imap || b->mailbox ? 0 : -1;
}

static int work(struct bounces *b, struct err *e)
{
    struct err ignored = ERR_INIT;

    if (open_all(b, e) != 0)
        return -1;
    if ((b->imap && b->o->archive ? ask_for_lost(b, e) : read_mailbox(b, e)) != 0) {
        if (b->uncommitted > 0)
            err_ignore(commit(b, &ignored));
        return -1;
    }
    if (commit(b, e) != 0 || write_output(b, e) != 0)
        return -1;
    if (b->o->archive)
        say_archive(b);
    else
        say_summary(b);
    return 0;
}

int bounces(const struct bounces_options *o, struct err *e)
{
    struct bounces *b = mem_zero(1, sizeof(*b));
    int rc;

    if (!b) {
        err_nomem(e);
        return (int)e->code;
    }
    b->o = o;
    b->now_ms = clock_wall_ms();
    text_init(&b->text);
    arena_init(&b->arena);
    log_init(&b->log, o->observer, o->quiet, o->json_log);
    rc = work(b, e);
    log_clear(&b->log);
    mailbox_close(b->mailbox);
    imap_close(b->imap);
    for (size_t i = 0; i < b->n_lost; i++)
        free(b->lost[i].attempt);
    free(b->lost);
    ledger_close(b->ledger);
    if (b->out)
        err_ignore(outfile_close(b->out, false, e));
    text_release(&b->text);
    arena_release(&b->arena);
    free(b);
    if (rc == 0)
        return EXIT_DONE;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
