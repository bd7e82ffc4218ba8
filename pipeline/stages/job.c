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
    j->rates[0] = (struct rate_policy){10000, 60 * CLOCK_NS_PER_S};
    j->n_rates = 1;
    j->tries_max = 8;
    j->patience_ns = 120 * CLOCK_NS_PER_S;
    j->settle_timeout_ns = 300 * CLOCK_NS_PER_S;
    j->queue_delay_ns = 60 * CLOCK_NS_PER_S;
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
static int add_rate(struct job *j, struct slice text)
{
    struct rate_policy *rate = &j->rates[j->n_rates];
    char one[RATE_TEXT_MAX];

    if (j->n_rates == LIMIT_OWN_MAX)
        return 1;
    if (text.len >= sizeof(one))
        return -1;
    memcpy(one, text.ptr, text.len);
    one[text.len] = '\0';
    if (number_rate(one, &rate->limit, &rate->window_ns) != 0)
        return -1;
    j->n_rates++;
    return 0;
}

int job_add_rates(struct job *j, const char *text)
{
    int rc = 0;

    if (strcmp(text, "none") == 0) {
        j->n_rates = 0;
        return 0;
    }
    while (rc == 0) {
        size_t len = strcspn(text, ",");

        rc = add_rate(j, (struct slice){text, len});
        if (text[len] == '\0')
            break;
        text += len + 1;
        text += strspn(text, " ");
    }
    return rc;
}
