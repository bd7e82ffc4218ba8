/*
 * sender: how the requests of a command leave: one budget over all of them, a pool of connections, and lanes that serve
 * it.
 *
 *   zeroed -> budget open -> pool open -> run -> closed
 *
 * The limit is set up here and nowhere else, for all commands that issue.  One thread but for sender_run, which has
 * those of the lanes besides.
 */
#ifndef CLAIMPIPE_STAGES_SENDER_H
#define CLAIMPIPE_STAGES_SENDER_H

#include "adapters/http.h"
#include "adapters/smtp.h"
#include "base/err.h"
#include "stages/budget.h"

#include <stdbool.h>

struct issue;
struct issue_end;
struct issue_options;
struct job;
struct ledger;

struct sender {
    const struct job *job; /* borrowed */
    struct budget budget;
    struct http_options http;
    struct http_pool *pool; /* NULL: nothing needs a server */
    bool mails;
    struct budget mail_budget;
    struct smtp_options smtp;
};

/* ledger: with whom the budget is shared; NULL: with nobody.  Borrowed. */
int sender_open_budget(struct sender *s, const struct job *j, struct ledger *ledger,
                       struct err *e) MUST_CHECK;
/* How the mail server is to be spoken to; borrows of the job. */
struct smtp_options sender_smtp(const struct job *j);
/* The same of the mail server, or its outbox. */
int sender_open_mail(struct sender *s, const struct job *j, struct ledger *ledger,
                     struct err *e) MUST_CHECK;
/* needs_server: the service; else only the mail server, if that is open. */
int sender_open_pool(struct sender *s, bool needs_server, struct err *e) MUST_CHECK;
/* Nothing is sent for a while, for the limit's sake: true, and text says how long. */
#define SENDER_WAIT_MAX 160
bool sender_wait_words(const struct sender *s, char text[SENDER_WAIT_MAX]);
/* Fills in what comes of the sender and its job; what is asked for of whom is the caller's. */
void sender_options(struct sender *s, struct issue_options *o);
/* issue_run, in this thread, and each lane in another. */
int sender_run(struct sender *s, struct issue *is, struct issue_end *end, struct err *e) MUST_CHECK;
/* After the issue is freed, whose requests lie in the pool, and before the ledger is closed.  whole: nothing has failed
 * (budget_close). */
void sender_close(struct sender *s, bool whole);

#endif
