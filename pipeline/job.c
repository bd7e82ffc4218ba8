#include "job.h"

#include "actions/action.h"
#include "base/clock.h"

#include <string.h>

void job_init(struct job *j)
{
    memset(j, 0, sizeof(*j));
    j->version = ACTION_VERSION_UNKNOWN;
    j->api_url = "https://api.bitbadges.io";
    j->connect_timeout_ns = 10 * CLOCK_NS_PER_S;
    j->timeout_ns = 60 * CLOCK_NS_PER_S;
    j->again = 1;
    j->in_flight = 64;
    j->lanes = 1;
    j->rate_count = 10000;
    j->rate_window_ns = 60 * CLOCK_NS_PER_S;
    j->tries_max = 8;
    j->settle_timeout_ns = 300 * CLOCK_NS_PER_S;
    j->queue_delay_ns = 60 * CLOCK_NS_PER_S;
    j->retry_hint = "";
}
