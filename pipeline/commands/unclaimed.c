/*
 * unclaimed: one execution is
 *
 *   opened (output, ledger, seeds and lists) -> counted (what was given) -> asked (the claim; if it does not show its used
 *   codes, the pages of its attempts) -> written -> in place
 *
 * If no code is in question, nothing is asked.  A failure before "in place" leaves everything as it was.
 */
#include "commands/unclaimed.h"

#include "actions/claimcodes.h"
#include "actions/claimfacts.h"
#include "adapters/codebook.h"
#include "adapters/csvio.h"
#include "adapters/json.h"
#include "adapters/log.h"
#include "adapters/outfile.h"
#include "adapters/stop.h"
#include "base/claimfacts.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/visible.h"
#include "ledger/ledger.h"
#include "ledger/ledger_unclaimed.h"
#include "policy/codeuse.h"
#include "policy/identity.h"
#include "policy/link.h"
#include "stages/aimlink.h"
#include "stages/ask.h"
#include "stages/attemptpages.h"
#include "stages/bookshelf.h"
#include "stages/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "recipient,code,link,number,given_at,run,input,line,claim_id\n"
#define FLUSH_BYTES 65536
#define CLAIM_SHOWN_MAX 80
#define CLAIMS_SHOWN 5

/* A seed or list that has given codes for the claim. */
struct book {
    int64_t target;
    const struct codebook *open; /* NULL: it was not given */
    bool is_list;
    bool numbered; /* each of its codes in question says its number */
};

struct unclaimed {
    const struct unclaimed_options *o;
    struct log log;
    struct outfile *out;
    struct ledger *ledger;
    struct budget budget;
    struct ask_options ask_options;
    struct ask *ask;
    struct bookshelf shelf;
    struct book *books;
    size_t n_books;
    struct codeuse used;
    struct codeuse_facts facts;
    enum codeuse_rule rule;
    int64_t n_claim; /* how many codes the claim has; INT64_MAX: it does not tell */
    uint64_t given, young, open, beyond;
    struct text text; /* a path, or lines to be written */
    int64_t link_run, link_target;
    char *link; /* of the codes of these; NULL: none */
    int64_t now_ms, started_ns;
};

/* ---- what was given ---- */

static bool is_address(const char *recipient)
{
    char canonical[IDENTITY_TEXT_MAX];

    return !identity_canonical(slice_of(recipient), canonical);
}

/* Its code, and whether it still is the one that was given. */
static int make_code(const struct book *b, const struct ledger_unclaimed *g,
                     char code[CODEBOOK_CODE_MAX], struct err *e)
{
    if (codebook_verify(b->open, g->code, g->mark, e) != 0)
        return -1;
    return codebook_code(b->open, g->code, code) == 0 ? 0 : err_nomem(e);
}

/* They come book by book. */
static int turn_to_book(struct unclaimed *u, const struct ledger_unclaimed *g, struct err *e)
{
    struct book *more;

    if (u->n_books > 0 && u->books[u->n_books - 1].target == g->target)
        return 0;
    more = mem_resize(u->books, u->n_books + 1, sizeof(*more));
    if (!more)
        return err_nomem(e);
    u->books = more;
    u->books[u->n_books++] = (struct book){.target = g->target,
                                           .open = bookshelf_find(&u->shelf, g->book),
                                           .is_list = strncmp(g->book, "list:", 5) == 0,
                                           .numbered = true};
    return 0;
}

static int count_code(void *context, const struct ledger_unclaimed *g, struct err *e)
{
    struct unclaimed *u = context;
    char code[CODEBOOK_CODE_MAX];
    struct book *b;

    u->given++;
    if (!codeuse_is_old(g->given_ms, u->now_ms, u->o->older_than_ns)) {
        u->young++;
        return 0;
    }
    if (turn_to_book(u, g, e) != 0)
        return -1;
    b = &u->books[u->n_books - 1];
    u->facts.codes++;
    u->facts.addresses += is_address(g->recipient);
    if (!b->is_list || !b->numbered)
        return 0;
    if (b->open && make_code(b, g, code, e) != 0)
        return -1;
    b->numbered = b->open && codeuse_number(slice_of(code)) >= 0;
    explicit_bzero(code, sizeof(code));
    return 0;
}

static int put_claim(void *context, const char *claim, uint64_t codes, struct err *e)
{
    struct text *out = context;
    char shown[CLAIM_SHOWN_MAX];

    (void)e;
    count_put(out, codes, "code", "codes");
    if (*claim)
        text_printf(out, " of claim %s; ", visible_line(slice_of(claim), shown, sizeof(shown)));
    else
        text_puts(out,
                  " of which nobody has said for which claim (the command that gave them, once "
                  "more with --claim CLAIM_ID, says it, and gives no second code); ");
    return 0;
}

static int refuse_unknown(struct unclaimed *u, struct err *e)
{
    struct text known;
    int rc;

    text_init(&known);
    rc = ledger_unclaimed_claims(u->ledger, put_claim, &known, e);
    if (rc == 0 && !text_ok(&known))
        rc = err_nomem(e);
    if (rc == 0)
        rc =
            err_set(e, EXIT_USAGE, "claim %s: ledger %s knows of no code for it: it has given %.*s",
                    u->o->claim, u->o->ledger, known.len ? (int)known.len - 2 : 7,
                    known.len ? known.ptr : "no code");
    text_release(&known);
    return rc;
}

static int count_codes(struct unclaimed *u, struct err *e)
{
    if (ledger_unclaimed_begin(u->ledger, e) != 0 ||
        ledger_unclaimed_each(u->ledger, u->o->claim, count_code, u, e) != 0)
        return -1;
    if (u->given == 0)
        return refuse_unknown(u, e);
    for (size_t i = 0; i < u->n_books; i++) {
        const struct book *b = &u->books[i];

        u->facts.seeds += !b->is_list;
        u->facts.numbered += b->is_list && b->numbered;
        u->facts.ordered += b->is_list && !b->numbered && u->o->in_order;
        u->facts.untold += b->is_list && !b->numbered && !u->o->in_order;
    }
    return 0;
}

/* ---- what is used ---- */

static int refuse_claim(const struct unclaimed *u, enum exit_code code, const char *why,
                        struct err *e)
{
    return err_set(e, code, "claim %s: %s", u->o->claim, why);
}

/* Neither tells: better nobody is reminded than somebody left out. */
static int refuse_untold(const struct unclaimed *u, struct err *e)
{
    return err_set(e, EXIT_USAGE,
                   "claim %s: nothing tells which codes are used: %s; and %s (%llu of %llu codes "
                   "were given to an address)",
                   u->o->claim, codeuse_no_code(&u->facts), codeuse_no_person(&u->facts),
                   (unsigned long long)u->facts.addresses, (unsigned long long)u->facts.codes);
}

static int ask_claim(struct unclaimed *u, struct err *e)
{
    struct ask_answer answer;
    struct claimfacts facts;
    const char *why;
    int shown;

    text_clear(&u->text);
    claimcodes_ask(u->o->claim, &u->text);
    if (!text_ok(&u->text))
        return err_nomem(e);
    if (ask_get(u->ask, u->text.ptr, &answer, e) != 0)
        return -1;
    if (answer.status != 200)
        return err_set(e, EXIT_STOPPED, "claim %s: %s: check its id", u->o->claim, answer.refusal);
    why = claimcodes_fault(answer.doc);
    if (why)
        return refuse_claim(u, EXIT_USAGE, why, e);
    if (claimcodes_read(answer.doc, &u->n_claim) != NULL)
        u->n_claim = INT64_MAX; /* it has them, and does not say how many */
    shown = claimcodes_used(answer.doc, &u->used);
    claimfacts_read(json_get(answer.doc, "claim"), &facts);
    u->facts.shown = shown > 0;
    u->facts.listed = !facts.on_demand;
    return shown < 0 ? err_nomem(e) : 0;
}

static int list_claimants(struct unclaimed *u, struct attemptpages *pages, struct err *e)
{
    char address[ATTEMPTPAGES_ADDRESS_MAX];
    const struct json *docs;
    int found;

    while ((found = attemptpages_next(pages, &docs, e)) > 0)
        for (size_t i = 0; i < json_count(docs); i++) {
            if (!attemptpages_is_success(json_at(docs, i)))
                continue;
            attemptpages_address(json_at(docs, i), address);
            if (ledger_unclaimed_claimed(u->ledger, address, e) != 0)
                return -1;
        }
    return found < 0 ? -1 : ledger_unclaimed_count(u->ledger, u->o->claim, e);
}

static int ask(struct unclaimed *u, struct err *e)
{
    struct attemptpages pages;
    int rc;

    u->n_claim = INT64_MAX;
    if (u->facts.codes == 0)
        return 0;
    if (ask_claim(u, e) != 0)
        return -1;
    u->rule = codeuse_choose(&u->facts);
    if (u->rule == CODEUSE_UNTOLD)
        return refuse_untold(u, e);
    if (u->rule == CODEUSE_BY_CODE)
        return 0;
    attemptpages_init(&pages, u->ask, u->o->claim);
    rc = list_claimants(u, &pages, e);
    attemptpages_release(&pages);
    return rc;
}

/* ---- the output ---- */

/* Of the codes of a run and a book it is one, all but the code. */
static int find_link(struct unclaimed *u, const struct ledger_unclaimed *g, struct err *e)
{
    if (u->link_run == g->run && u->link_target == g->target)
        return 0;
    free(u->link);
    u->link = NULL;
    u->link_run = g->run;
    u->link_target = g->target;
    return aimlink_find(u->ledger, g->run, g->target, &u->link, e);
}

static void put_field(struct unclaimed *u, const char *field)
{
    csvio_append(&u->text, slice_of(field), ',', '"');
    text_puts(&u->text, ",");
}

static int put_row(struct unclaimed *u, const struct ledger_unclaimed *g, const char *code,
                   struct err *e)
{
    const struct link_values known = {.code = code};
    char when[CLOCK_RFC3339_MAX];
    struct text link;

    text_init(&link);
    if (*code && find_link(u, g, e) != 0)
        return -1;
    if (*code && u->link)
        link_append(&link, u->link, &known);
    u->text.failed = u->text.failed || !text_ok(&link);
    put_field(u, g->recipient);
    put_field(u, code);
    put_field(u, link.len > 0 ? link.ptr : "");
    text_release(&link);
    text_printf(&u->text, "%lld,%s,%lld,", (long long)g->code, clock_rfc3339(g->given_ms, when),
                (long long)g->run);
    put_field(u, g->input);
    text_printf(&u->text, "%llu,", (unsigned long long)g->line);
    csvio_append(&u->text, slice_of(u->o->claim), ',', '"');
    text_puts(&u->text, "\n");
    return outfile_drain(u->out, &u->text, FLUSH_BYTES, e);
}

/* Of which the claim has the code; it is known, for the rule was chosen so. */
static int64_t number_of(const struct book *b, const struct ledger_unclaimed *g, const char *code)
{
    return b->is_list && b->numbered ? codeuse_number(slice_of(code)) : g->code;
}

static int judge_code(struct unclaimed *u, const struct book *b, const struct ledger_unclaimed *g,
                      const char *code, struct err *e)
{
    if (u->rule == CODEUSE_BY_CODE) {
        int64_t number = number_of(b, g, code);

        if (codeuse_has(&u->used, number))
            return 0;
        u->beyond += number >= u->n_claim;
    } else if (codeuse_person_is_done(g->codes, g->claimed)) {
        return 0;
    }
    u->open++;
    return put_row(u, g, code, e);
}

static int write_code(void *context, const struct ledger_unclaimed *g, struct err *e)
{
    struct unclaimed *u = context;
    char code[CODEBOOK_CODE_MAX] = "";
    const struct book *b = NULL;
    int rc;

    for (size_t i = 0; i < u->n_books && !b; i++)
        if (u->books[i].target == g->target)
            b = &u->books[i];
    /* What another process gives meanwhile is younger than the command. */
    if (!b || !codeuse_is_old(g->given_ms, u->now_ms, u->o->older_than_ns))
        return 0;
    if (b->open && make_code(b, g, code, e) != 0)
        return -1;
    rc = judge_code(u, b, g, code, e);
    explicit_bzero(code, sizeof(code));
    return rc;
}

static int tell(struct unclaimed *u, struct err *e)
{
    int rc;

    text_clear(&u->text);
    text_puts(&u->text, HEADER);
    if (u->facts.codes > 0 && ledger_unclaimed_each(u->ledger, u->o->claim, write_code, u, e) != 0)
        return -1;
    if (outfile_drain(u->out, &u->text, 1, e) != 0)
        return -1;
    rc = outfile_close(u->out, true, e);
    u->out = NULL;
    return rc;
}

/* ---- what is said ---- */

static void say(void *context, const char *text)
{
    struct unclaimed *u = context;

    log_say(&u->log, LOG_WARNING, "notice", text, NULL, 0);
}

/* Their recipients can do nothing with them. */
static void say_beyond(struct unclaimed *u)
{
    char text[256];

    if (u->beyond == 0)
        return;
    snprintf(text, sizeof(text),
             "%llu of these codes %s none of the claim's %lld: nobody can redeem %s; a code ends "
             "with its number",
             (unsigned long long)u->beyond, count_word(u->beyond, "is", "are"),
             (long long)u->n_claim, count_word(u->beyond, "it", "them"));
    say(u, text);
}

static void put_result(const struct unclaimed *u, struct text *out)
{
    if (u->facts.codes == 0) {
        text_puts(out, "none of ");
        count_put(out, u->given, "code was", "codes was");
        text_puts(out, " given so long ago");
        return;
    }
    count_number(out, u->open);
    text_puts(out, " of ");
    count_put(out, u->given, "code", "codes");
    text_printf(out, " %s not used, by ", count_word(u->open, "is", "are"));
    if (u->rule == CODEUSE_BY_CODE)
        text_puts(out, "the numbers of used codes that the claim shows");
    else
        text_printf(out, "which addresses have claimed (%s)", codeuse_no_code(&u->facts));
    if (u->young > 0) {
        text_puts(out, "; ");
        count_put(out, u->young, "was given", "were given");
        text_puts(out, " later than --older-than says");
    }
}

static void say_summary(struct unclaimed *u)
{
    struct log_field fields[] = {{"unclaimed", (int64_t)u->open},
                                 {"given", (int64_t)u->given},
                                 {"later", (int64_t)u->young},
                                 {"requests", (int64_t)ask_requests(u->ask)}};
    double seconds = (double)(clock_now_ns() - u->started_ns) / CLOCK_NS_PER_S;
    const char *output = u->o->output;
    struct text words;

    text_init(&words);
    text_puts(&words, "claim ");
    visible_puts(&words, u->o->claim);
    text_puts(&words, ": ");
    put_result(u, &words);
    text_puts(&words, "; ");
    count_put(&words, ask_requests(u->ask), "request", "requests");
    text_printf(&words, " in %.1f s", seconds);
    if (output && strcmp(output, "-") != 0) {
        text_puts(&words, "; in ");
        visible_puts(&words, output);
    }
    if (text_ok(&words))
        log_say(&u->log, LOG_INFO, "summary", words.ptr, fields, 4);
    text_release(&words);
}

/* ---- the command ---- */

static int open_service(struct unclaimed *u, struct err *e)
{
    const struct unclaimed_options *o = u->o;

    if (budget_open(&u->budget, u->ledger, o->api_url, o->rates, o->n_rates, o->burst, e) != 0)
        return -1;
    u->ask_options = (struct ask_options){.api_url = o->api_url,
                                          .api_key = o->api_key,
                                          .cacert = o->cacert,
                                          .connect_timeout_ns = o->connect_timeout_ns,
                                          .timeout_ns = o->timeout_ns,
                                          .budget = &u->budget,
                                          .tries_max = o->tries_max,
                                          .seed = (uint64_t)clock_wall_ms(),
                                          .say = say,
                                          .context = u};
    u->ask = ask_new(&u->ask_options, e);
    return u->ask ? 0 : -1;
}

/* What can be refused is refused here, before anything is asked. */
static int open_all(struct unclaimed *u, struct err *e)
{
    const struct unclaimed_options *o = u->o;
    const char *output = o->output ? o->output : "-";

    if (ledger_is_file(o->ledger, output))
        return err_set(e, EXIT_USAGE, "%s: is the ledger: name another file with -o", output);
    if (outfile_refuse_other(output, HEADER, "-o", o->force, e) != 0)
        return -1;
    u->out = outfile_open(output, e);
    if (!u->out || bookshelf_open(&u->shelf, o->seeds, o->n_seeds, o->codes, o->n_codes, e) != 0)
        return -1;
    u->ledger = o->accept_ledger ? ledger_open_accepted(o->ledger, false, e)
                                 : ledger_open_known(o->ledger, e);
    return u->ledger ? 0 : -1;
}

int unclaimed(const struct unclaimed_options *o, struct err *e)
{
    struct unclaimed *u = mem_zero(1, sizeof(*u));
    struct err ignored = ERR_INIT; /* then what is left to tell counts as lost */
    int rc = -1;

    if (!u) {
        err_nomem(e);
        return (int)e->code;
    }
    u->o = o;
    u->started_ns = clock_now_ns();
    u->now_ms = clock_wall_ms();
    text_init(&u->text);
    log_init(&u->log, o->observer, o->quiet, o->json_log);
    if (open_all(u, e) != 0 || count_codes(u, e) != 0 || open_service(u, e) != 0 ||
        ask(u, e) != 0 || tell(u, e) != 0)
        goto done;
    say_beyond(u);
    say_summary(u);
    rc = 0;
done:
    log_clear(&u->log);
    ask_free(u->ask);
    err_ignore(budget_close(&u->budget, rc == 0, &ignored));
    ledger_close(u->ledger);
    bookshelf_close(&u->shelf);
    if (u->out)
        err_ignore(outfile_close(u->out, false, e));
    codeuse_release(&u->used);
    text_release(&u->text);
    free(u->books);
    free(u->link);
    free(u);
    if (rc == 0)
        return EXIT_DONE;
    return e->code == EXIT_INTERRUPTED ? 128 + stop_signal() : (int)e->code;
}
