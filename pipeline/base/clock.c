/* clock: clock_gettime, and UTC in words. */
#include "base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t which)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(which, &now); /* fails for an unknown clock only */
    return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return read_ns(CLOCK_REALTIME) / CLOCK_NS_PER_MS;
}

const char *clock_rfc3339(int64_t wall_ms, char *buf)
{
    int64_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0 ? 1 : 0);
    time_t when = (time_t)seconds;
    struct tm utc;
    if (!gmtime_r(&when, &utc) || strftime(buf, CLOCK_RFC3339_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        buf[0] = '\0';
    return buf;
}

void clock_local(int64_t wall_ms, char date[CLOCK_DATE_MAX], char time[CLOCK_TIME_MAX])
{
    time_t when = (time_t)(wall_ms / 1000);
    struct tm local;

    tzset(); /* localtime_r need not */
    date[0] = time[0] = '\0';
    if (!localtime_r(&when, &local))
        return;
    if (strftime(date, CLOCK_DATE_MAX, "%Y-%m-%d", &local) == 0)
        date[0] = '\0';
    if (strftime(time, CLOCK_TIME_MAX, "%H%M%S", &local) == 0)
        time[0] = '\0';
}
