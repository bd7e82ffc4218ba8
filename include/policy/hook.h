/*
 * hook: where a run's end is told, and in which form: webhooks, and dead-man switches that are pinged.
 *
 * Webhooks by their host:
 *   Slack     hooks.slack.com, hooks.slack-gov.com                      {"text": …}
 *   Teams     *.webhook.office.com, *.logic.azure.com, *.powerplatform.com  a message with an adaptive card
 *   Discord   discord.com, discordapp.com, below /api/webhooks/         {"content": …}
 *   any other (Zapier, Make, n8n, Mattermost …)                         the summary, which has a text
 *
 * Switches by their URL:
 *   Uptime Kuma   …/api/push/TOKEN          ?status=up|down&msg=…; nothing at the start
 *   Cronitor      cronitor.link, cronitor.io   ?state=run|complete|fail&message=…
 *   any other     as healthchecks.io has it: URL/start, URL, URL/fail, and URL/log for a warning, which then is a
 *                 success; the text is the body
 *
 * A URL is a key: whoever has it can post there.  Only its host is ever shown.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_HOOK_H
#define CLAIMPIPE_POLICY_HOOK_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define HOOK_HOST_MAX 254

struct hook {
    struct slice origin;      /* `https://host:port` */
    struct slice path;        /* with its slash; may be empty */
    struct slice query;       /* without its question mark; may be empty */
    char host[HOOK_HOST_MAX]; /* in lower case, without the port */
    bool plain;               /* http */
};

/* Borrows url, which lives longer.  NULL, or what is wrong with it in words that follow "the URL". */
const char *hook_read(struct hook *h, const char *url);

enum hook_form { HOOK_SUMMARY, HOOK_SLACK, HOOK_TEAMS, HOOK_DISCORD };
enum hook_form hook_form(const struct hook *h);
/* The most bytes of text that the form has room for. */
size_t hook_text_max(enum hook_form form);

enum hook_event {
    HOOK_START,
    HOOK_SUCCESS,
    HOOK_WARNING, /* rows need a person */
    HOOK_FAILURE
};
/* One ping of an event: which path it goes to (into path), and whether its text is a body.  false: no such ping.  The
 * i-th of an event, from 0. */
bool hook_ping(const struct hook *h, enum hook_event event, size_t i, const char *text,
               struct text *path, bool *body);
enum hook_event hook_event_of(int exit_code);

/* Was it taken?  If not, is it tried again? */
static inline bool hook_taken(int status)
{
    return status >= 200 && status < 300;
}
/* status 0: no answer came. */
static inline bool hook_again(int status)
{
    return status == 0 || status == 429 || status >= 500;
}

#endif
