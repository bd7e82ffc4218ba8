/* job: its defaults, and its rates. */
#include "stages/job.h"

#include "actions/action.h"
#include "base/clock.h"
#include "base/number.h"

#include <string.h>

#define RATE_TEXT_MAX 64
#define BATCH_DEFAULT 250 /* what the service says of its other bulk requests */

void job_init(struct job *j)
{
    memset(j, 0, sizeof(*j));
    j->api_url = JOB_USUAL_API;
    j->connect_timeout_ns = 10 * CLOCK_NS_PER_S;
    j->timeout_ns = 60 * CLOCK_NS_PER_S;
    j->again = 1;
    j->in_flight = 64;
    j->lanes = 1;
    j->rates.list[0] = (struct rate_policy){10000, 60 * CLOCK_NS_PER_S};
    j->rates.n = 1;
    j->tries_max = 8;
    j->patience_ns = 120 * CLOCK_NS_PER_S;
    j->settle_timeout_ns = 300 * CLOCK_NS_PER_S;
    j->queue_delay_ns = 60 * CLOCK_NS_PER_S;
    j->mail.in_flight = 4;
    j->mail.per_connection = 50;
    j->mail.later_ns = 900 * CLOCK_NS_PER_S;
    j->mail.timeout_ns = 600 * CLOCK_NS_PER_S; /* RFC 5321, 4.5.3.2.6 */
    j->tell.same_command = j->retry_hint = "";
}

void job_step_init(struct job_step *s, const char *action, struct job_target *target)
{
    *s = (struct job_step){.action = action,
                           .targets = target,
                           .n_targets = 1,
                           .batch = BATCH_DEFAULT,
                           .count = INT64_MAX};
    route_init(&s->routes);
    target->version = ACTION_VERSION_UNKNOWN;
}

/* One of a list, up to its comma or end. */
static int add_rate(struct job_rates *rates, struct slice text)
{
    struct rate_policy *rate = &rates->list[rates->n];
    char one[RATE_TEXT_MAX];

    if (rates->n == LIMIT_OWN_MAX)
        return 1;
    if (text.len >= sizeof(one))
        return -1;
    memcpy(one, text.ptr, text.len);
    one[text.len] = '\0';
    if (number_rate(one, &rate->limit, &rate->window_ns) != 0)
        return -1;
    rates->n++;
    return 0;
}

int job_add_rates(struct job_rates *rates, const char *text)
{
    int rc = 0;

    if (strcmp(text, "none") == 0) {
        rates->n = 0;
        return 0;
    }
    while (rc == 0) {
        size_t len = strcspn(text, ",");

        rc = add_rate(rates, (struct slice){text, len});
        if (text[len] == '\0')
            break;
        text += len + 1;
        text += strspn(text, " ");
    }
    return rc;
}
