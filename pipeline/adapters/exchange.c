/*
 * exchange: what a request and its answer hold, taken and given back.
 */
#include "adapters/exchange.h"

#include <string.h>

void exchange_init(struct exchange *x, void *owner)
{
    memset(x, 0, sizeof(*x));
    text_init(&x->request.path);
    text_init(&x->request.body);
    text_init(&x->answer.body);
    text_init(&x->answer.head);
    x->owner = owner;
}

void exchange_forget(struct exchange *x)
{
    if (x->request.taker)
        x->request.taker->free(x->request.taker);
    x->request.taker = NULL;
    if (x->request.mail.release)
        x->request.mail.release(x->request.mail.held);
    x->request.mail = (struct request_mail){.to = NULL};
    x->answer.taken = NULL;
    text_reset(&x->answer.body);
}

void exchange_release(struct exchange *x)
{
    exchange_forget(x);
    /* text_release leaves an empty text that can be used again */
    text_release(&x->answer.head);
    text_release(&x->answer.body);
    text_release(&x->request.body);
    text_release(&x->request.path);
}

static void text_renew(struct text *t)
{
    if (text_ok(t))
        text_clear(t);
    else
        text_release(t);
}

void exchange_reset(struct exchange *x)
{
    exchange_forget(x);
    text_renew(&x->request.path);
    text_renew(&x->request.body);
    text_renew(&x->answer.body);
    text_renew(&x->answer.head);
    x->request.post = false;
    x->request.answer_max = 0;
    x->answer.too_large = false;
    x->sent = x->received = 0;
    x->left = 0;
    x->answer.status = 0;
    x->answer.stage = MAIL_GREETING;
    x->answer.problem[0] = '\0';
    x->answer.trouble = TROUBLE_NONE;
}
