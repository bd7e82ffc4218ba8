/*
 * options_mail: one server has one set of limits.  `mail` has no other server than its own, so that --rate and its like
 * are about that; a job may have two, and says which it means.
 */
#include "options_mail.h"

#include "actions/action.h"
#include "settings/options.h"

#include <string.h>

#define WHERE_TO                                                                                   \
    "give --smtp URL, such as smtps://mail.example.org, or --outbox FOLDER to look at the "        \
    "messages first"

static bool has_mail(const struct job *j)
{
    for (size_t i = 0; i < j->n_steps; i++)
        if (action_mails(j->steps[i].action))
            return true;
    return false;
}

static bool is_said(const struct options *o, const char *name)
{
    return o->given[settings_find(name) - settings_at(0)];
}

/* What is said to `mail` is about its only server. */
static void move_pace(struct options *o)
{
    struct job *j = &o->job;

    if (is_said(o, "rate"))
        j->mail.rates = j->rates;
    if (is_said(o, "in-flight"))
        j->mail.in_flight = j->in_flight;
    if (is_said(o, "timeout"))
        j->mail.timeout_ns = j->timeout_ns;
    j->mail.burst = j->burst;
}

/* A fiftieth of the count that paces leaves at once, and one at the least. */
static void default_burst(struct jobmail *m)
{
    int64_t share = m->rates.n ? m->rates.list[limit_pacing(m->rates.list, m->rates.n)].limit / 50
                               : (int64_t)m->in_flight;

    if (m->burst)
        return;
    m->burst = share < (int64_t)m->in_flight ? share : (int64_t)m->in_flight;
    if (m->burst < 1)
        m->burst = 1;
}

/* A password in a URL would be seen by all who list processes. */
static int check_url(const char *url, struct err *e)
{
    const char *host = strncmp(url, "smtp://", 7) == 0    ? url + 7
                       : strncmp(url, "smtps://", 8) == 0 ? url + 8
                                                          : NULL;

    if (!host)
        return err_set(e, EXIT_USAGE, "--smtp: a mail server is smtps://HOST, or smtp://HOST:587");
    if (strchr(host, '@'))
        return err_set(e, EXIT_USAGE,
                       "--smtp: no user or password stands in the URL: give --smtp-user NAME and "
                       "--smtp-password-from env:NAME");
    if (host[strcspn(host, "/?#")] != '\0' && host[strcspn(host, "/?#") + 1] != '\0')
        return err_set(e, EXIT_USAGE, "--smtp %s: nothing stands behind the host and its port",
                       url);
    return *host && *host != '/' && *host != ':'
               ? 0
               : err_set(e, EXIT_USAGE, "--smtp %s: names no host", url);
}

static int check_login(const struct jobmail *m, struct err *e)
{
    if (m->password && m->token)
        return err_set(e, EXIT_USAGE, "--smtp-password-from, --smtp-token-from: give one of them");
    if ((m->password || m->token) && !m->user)
        return err_set(e, EXIT_USAGE, "--smtp-%s-from: whose?  Give --smtp-user NAME, too",
                       m->password ? "password" : "token");
    if (m->user && !m->password && !m->token)
        return err_set(e, EXIT_USAGE,
                       "--smtp-user: give its password, too: --smtp-password-from env:NAME");
    return 0;
}

static int check_letter(const struct options *o, struct err *e)
{
    if (o->command == COMMAND_MAIL && !o->target.id)
        return err_set(e, EXIT_USAGE, "which letter?  Give --template FILE");
    for (size_t i = 0; i < o->job.n_steps; i++)
        for (size_t t = 0; t < o->job.steps[i].n_targets; t++) {
            const struct letter_wishes *w = &o->job.steps[i].targets[t].letter;

            if (w->one_click && !w->unsubscribe)
                return err_set(e, EXIT_USAGE,
                               "--one-click: at which URL?  Give --unsubscribe https://…");
        }
    return 0;
}

int options_mail_read(struct options *o, struct err *e)
{
    struct job *j = &o->job;

    if (!has_mail(j))
        return 0;
    if (o->command == COMMAND_MAIL)
        move_pace(o);
    default_burst(&j->mail);
    if (o->command == COMMAND_MAIL && !j->kind_said)
        j->kind = IDENTITY_EMAIL;
    if (o->own.test_to) { /* one message, and no copy of it */
        o->target.letter.to = o->own.test_to;
        o->target.letter.copy = NULL;
        o->target.letter.no_copy = true;
    }
    if (j->mail.outbox) /* to practise what a job file says about a server */
        j->mail.url = NULL;
    if (check_letter(o, e) != 0 || (j->mail.url && check_url(j->mail.url, e) != 0) ||
        check_login(&j->mail, e) != 0)
        return -1;
    return j->mail.url || j->mail.outbox || j->mode == JOB_CHECK
               ? 0
               : err_set(e, EXIT_USAGE, "which mail server?  " WHERE_TO);
}
