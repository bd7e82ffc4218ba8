/* when: dates and times as exports write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/when.h"

#include "base/clock.h"
#include "fixture.h"

#define MS 1
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* That it is s (in UTC) and some ms, and lasts so long. */
static void assert_when(const char *asked, const struct when *w, const char *s, int64_t ms,
                        int64_t length)
{
    char buf[CLOCK_RFC3339_MAX];
    clock_rfc3339(w->from_ms - ms, buf);
    if (strcmp(buf, s) != 0 || w->to_ms - w->from_ms != length)
        fail_msg("\"%s\" is %s for %lld ms", asked, buf, (long long)(w->to_ms - w->from_ms));
}

struct form {
    const char *s;
    enum when_order order;
    const char *from;
    int64_t ms, length;
};

static void assert_forms(const struct form *forms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct when w;
        if (when_read(slice_of(forms[i].s), forms[i].order, &w) != WHEN_OK)
            fail_msg("\"%s\" is no date", forms[i].s);
        assert_when(forms[i].s, &w, forms[i].from, forms[i].ms, forms[i].length);
    }
}

static void times_are_read_in_the_forms_of_exports(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"2026-10-01", 0, "2026-10-01T00:00:00Z", 0, DAY},
        {" 2026/10/01 ", 0, "2026-10-01T00:00:00Z", 0, DAY},
        {"2026.10.1", 0, "2026-10-01T00:00:00Z", 0, DAY},
        {"2026-10-01 16:32:40", 0, "2026-10-01T16:32:40Z", 0, SECOND},
        {"2026-07-02 15:04", 0, "2026-07-02T15:04:00Z", 0, MINUTE},
        {"2012-01-01 11:13:25 -0500", 0, "2012-01-01T16:13:25Z", 0, SECOND},
        {"2024-08-15T09:10:18.000Z", 0, "2024-08-15T09:10:18Z", 0, MS},
        {"2024-08-15t09:10:18,25z", 0, "2024-08-15T09:10:18Z", 250, MS},
        {"2023-08-24T07:25:08.7300000+07:00", 0, "2023-08-24T00:25:08Z", 730, MS},
        {"2026/09/27 3:00:00 PM GMT+3", 0, "2026-09-27T12:00:00Z", 0, SECOND},
        {"2026/09/27 12:00:00 AM GMT-03:30", 0, "2026-09-27T03:30:00Z", 0, SECOND},
        {"2026-09-27 12:05 p.m. UTC", 0, "2026-09-27T12:05:00Z", 0, MINUTE},
        {"8/14/2025 23:25:41", 0, "2025-08-14T23:25:41Z", 0, SECOND},
        {"11/29/24 22:28", 0, "2024-11-29T22:28:00Z", 0, MINUTE},
        {"7/20/23, 4:16:29 PM", 0, "2023-07-20T16:16:29Z", 0, SECOND},
        {"7/20/23, 4:16:29\xe2\x80\xafPM", 0, "2023-07-20T16:16:29Z", 0, SECOND},
        {"21/10/22 12:00:00", 0, "2022-10-21T12:00:00Z", 0, SECOND},
        {"21.10.2022", 0, "2022-10-21T00:00:00Z", 0, DAY},
        {"Sep 26, 2026 7:05 PM", 0, "2026-09-26T19:05:00Z", 0, MINUTE},
        {"September 26, 2026 at 7:05 PM", 0, "2026-09-26T19:05:00Z", 0, MINUTE},
        {"Sept. 26, 2026", 0, "2026-09-26T00:00:00Z", 0, DAY},
        {"Mar 22, 2025 19:13:27", 0, "2025-03-22T19:13:27Z", 0, SECOND},
        {"21 Oct 2022", 0, "2022-10-21T00:00:00Z", 0, DAY},
        {"21-oct-22", 0, "2022-10-21T00:00:00Z", 0, DAY},
        {"Monday, 3 March 2025, 4:05 PM", 0, "2025-03-03T16:05:00Z", 0, MINUTE},
        {"Thu, 01 Oct 2026 10:00:00 GMT", 0, "2026-10-01T10:00:00Z", 0, SECOND},
        {"Thu Oct 01 2026 10:00:00 GMT+0200", 0, "2026-10-01T08:00:00Z", 0, SECOND},
    };
    assert_forms(forms, COUNT(forms));
}

static void zones_have_names(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"2026/09/10 2:30:00 PM EST", 0, "2026-09-10T19:30:00Z", 0, SECOND},
        {"2026/09/10 2:30:00 PM PDT", 0, "2026-09-10T21:30:00Z", 0, SECOND},
        {"Sep 10, 2026 2:30 PM edt", 0, "2026-09-10T18:30:00Z", 0, MINUTE},
        {"Thu Sep 10 2026 14:30:00 GMT-0400 (EDT)", 0, "2026-09-10T18:30:00Z", 0, SECOND},
        {"Thu Sep 10 2026 14:30:00 GMT+0200 (Central European Summer Time)", 0,
         "2026-09-10T12:30:00Z", 0, SECOND},
        {"2026-09-10 02:30:00 PM US/Eastern", 0, "2026-09-10T18:30:00Z", 0, SECOND},
        {"2026-01-10 02:30:00 PM US/Eastern", 0, "2026-01-10T19:30:00Z", 0, SECOND},
        {"2026-09-10 14:30 (PDT)", 0, "2026-09-10T21:30:00Z", 0, MINUTE},
        {"2026-09-10 14:30 EST (GMT-5)", 0, "2026-09-10T19:30:00Z", 0, MINUTE},
        {"2026-09-10 14:30 (UTC-05:00) Eastern Time (US & Canada)", 0, "2026-09-10T18:30:00Z", 0,
         MINUTE},
        {"2026-09-10T14:30:00+02:00[Europe/Berlin]", 0, "2026-09-10T12:30:00Z", 0, SECOND},
        {"2026-09-10T14:30:00Z[UTC]", 0, "2026-09-10T14:30:00Z", 0, SECOND},
        {"2026-09-10 14:30 Europe/Berlin", 0, "2026-09-10T12:30:00Z", 0, MINUTE},
        {"2026-12-10 14:30 Europe/London", 0, "2026-12-10T14:30:00Z", 0, MINUTE},
        {"2026-12-10 14:30 Australia/Sydney", 0, "2026-12-10T03:30:00Z", 0, MINUTE},
        {"2026-12-10 14:30 Asia/Kolkata", 0, "2026-12-10T09:00:00Z", 0, MINUTE},
        {"2026-12-10 2:30 PM ET", 0, "2026-12-10T19:30:00Z", 0, MINUTE},
        {"2026-12-10 14:30 Uhr", 0, "2026-12-10T14:30:00Z", 0, MINUTE},
        {"Thu Sep 10 14:30:00 EDT 2026", 0, "2026-09-10T18:30:00Z", 0, SECOND},
        {"Thu Sep  3 14:30:00 2026", 0, "2026-09-03T14:30:00Z", 0, SECOND},
        /* the days on which summer time begins and ends */
        {"2026-03-08 01:59 ET", 0, "2026-03-08T06:59:00Z", 0, MINUTE},
        {"2026-03-08 03:00 ET", 0, "2026-03-08T07:00:00Z", 0, MINUTE},
        {"2026-11-01 00:59 ET", 0, "2026-11-01T04:59:00Z", 0, MINUTE},
        {"2026-11-01 02:00 ET", 0, "2026-11-01T07:00:00Z", 0, MINUTE},
        {"2026-03-29 01:59 Europe/Paris", 0, "2026-03-29T00:59:00Z", 0, MINUTE},
        {"2026-03-29 03:00 Europe/Paris", 0, "2026-03-29T01:00:00Z", 0, MINUTE},
        {"2026-10-25 01:59 Europe/Paris", 0, "2026-10-24T23:59:00Z", 0, MINUTE},
        {"2026-10-25 03:00 Europe/Paris", 0, "2026-10-25T02:00:00Z", 0, MINUTE},
        {"2026-04-05 01:59 Australia/Sydney", 0, "2026-04-04T14:59:00Z", 0, MINUTE},
        {"2026-04-05 03:00 Australia/Sydney", 0, "2026-04-04T17:00:00Z", 0, MINUTE},
    };
    assert_forms(forms, COUNT(forms));
}

static void months_have_names_in_other_languages(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"10. September 2026", 0, "2026-09-10T00:00:00Z", 0, DAY},
        {"Donnerstag, 10. September 2026 um 14:30:00 Mitteleurop\xc3\xa4ische Sommerzeit", 0,
         "2026-09-10T12:30:00Z", 0, SECOND},
        {"Do., 1. M\xc3\xa4rz 2026 um 14:30 Uhr MEZ", 0, "2026-03-01T13:30:00Z", 0, MINUTE},
        {"1. M\xc3\x84RZ 2026", 0, "2026-03-01T00:00:00Z", 0, DAY},
        {"3 f\xc3\xa9vr. 2026 \xc3\xa0 08:15", 0, "2026-02-03T08:15:00Z", 0, MINUTE},
        {"1er mars 2026", 0, "2026-03-01T00:00:00Z", 0, DAY},
        {"mar. 3 mars 2026", 0, "2026-03-03T00:00:00Z", 0, DAY},
        {"10 de septiembre de 2026", 0, "2026-09-10T00:00:00Z", 0, DAY},
        {"lun, 5 ene 2026", 0, "2026-01-05T00:00:00Z", 0, DAY},
        {"7 giugno 2026", 0, "2026-06-07T00:00:00Z", 0, DAY},
        {"12 mrt 2026", 0, "2026-03-12T00:00:00Z", 0, DAY},
        {"2-Okt-26", 0, "2026-10-02T00:00:00Z", 0, DAY},
        {"Okt 1, 2026", 0, "2026-10-01T00:00:00Z", 0, DAY},
        {"Mar 3 2026", 0, "2026-03-03T00:00:00Z", 0, DAY},
        {"March 3rd, 2026", 0, "2026-03-03T00:00:00Z", 0, DAY},
        {"3rd of March 2026", 0, "2026-03-03T00:00:00Z", 0, DAY},
    };
    assert_forms(forms, COUNT(forms));
}

static void the_calendar_is_right(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z", 0, SECOND},
        {"2024-02-29", 0, "2024-02-29T00:00:00Z", 0, DAY},
        {"2000-02-29 23:59", 0, "2000-02-29T23:59:00Z", 0, MINUTE},
        {"2100-03-01", 0, "2100-03-01T00:00:00Z", 0, DAY},
        {"1969-12-31 23:59:59", 0, "1969-12-31T23:59:59Z", 0, SECOND},
        {"1900-01-01", 0, "1900-01-01T00:00:00Z", 0, DAY},
        {"9999-12-31", 0, "9999-12-31T00:00:00Z", 0, DAY},
        {"2025-01-01 01:00 +03:00", 0, "2024-12-31T22:00:00Z", 0, MINUTE},
    };
    struct when w;
    assert_forms(forms, COUNT(forms));
    assert_int_equal(when_read(slice_of("2026-11-23T20:43:13Z"), 0, &w), WHEN_OK);
    assert_true(w.from_ms == INT64_C(1795466593000));
}

static void the_order_of_day_and_month_is_said_or_seen(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        enum when_reading reading[4]; /* by order: unsaid, mdy, dmy, ymd */
        const char *days[4];
    } cases[] = {
        {"5/04/2026", {WHEN_AMBIGUOUS, WHEN_OK, WHEN_OK, WHEN_NONE}, {"", "05-04", "04-05", ""}},
        {"08/09/2026 10:50:00 AM",
         {WHEN_AMBIGUOUS, WHEN_OK, WHEN_OK, WHEN_NONE},
         {"", "08-09", "09-08", ""}},
        {"01.02.2026", {WHEN_AMBIGUOUS, WHEN_OK, WHEN_OK, WHEN_NONE}, {"", "01-02", "02-01", ""}},
        {"9/9/26 18:01", {WHEN_OK, WHEN_OK, WHEN_OK, WHEN_NONE}, {"09-09", "09-09", "09-09", ""}},
        {"25/12/2026", {WHEN_OK, WHEN_NONE, WHEN_OK, WHEN_NONE}, {"12-25", "", "12-25", ""}},
        {"12/25/2026", {WHEN_OK, WHEN_OK, WHEN_NONE, WHEN_NONE}, {"12-25", "12-25", "", ""}},
        {"2026-02-01", {WHEN_OK, WHEN_OK, WHEN_OK, WHEN_OK}, {"02-01", "02-01", "02-01", "02-01"}},
        {"26-10-26", {WHEN_AMBIGUOUS, WHEN_NONE, WHEN_OK, WHEN_OK}, {"", "", "10-26", "10-26"}},
        {"26/10/26", {WHEN_OK, WHEN_NONE, WHEN_OK, WHEN_OK}, {"10-26", "", "10-26", "10-26"}},
        {"3 Oct 2026", {WHEN_OK, WHEN_OK, WHEN_OK, WHEN_OK}, {"10-03", "10-03", "10-03", "10-03"}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int order = WHEN_ORDER_UNSAID; order <= WHEN_ORDER_YMD; order++) {
            struct when w;
            char buf[CLOCK_RFC3339_MAX];
            if (when_read(slice_of(cases[i].s), (enum when_order)order, &w) !=
                cases[i].reading[order])
                fail_msg("\"%s\" in order %d", cases[i].s, order);
            if (cases[i].reading[order] != WHEN_OK)
                continue;
            assert_memory_equal(clock_rfc3339(w.from_ms, buf), "2026-", 5);
            assert_memory_equal(buf + 5, cases[i].days[order], 5);
        }
    }
}

static void what_is_no_date_is_none(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "-",
        "--",
        "Yes",
        "100",
        "4 / 5",
        "20261001",
        "2026",
        "2026-10",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2026-02-30",
        "1900-02-29",
        "2026-04-31",
        "0000-00-00",
        "2026-10/01",
        "2026-10-",
        "2026-10-011",
        "13/13/2026",
        "1/2/3",
        "1/2/026",
        "0/5/2026",
        "31/04/2026",
        "10/05",
        "2026-10-01x",
        "2026-10-01 x",
        "2026-10-01 10",
        "2026-10-01 10:5",
        "2026-10-01 24:00",
        "2026-10-01 10:60",
        "2026-10-01 10:00:60",
        "2026-10-01 10:00:00.",
        "2026-10-01 10:00:",
        "2026-10-01 13:00 PM",
        "2026-10-01 0:30 AM",
        "2026-10-01 10:00 XM",
        "2026-10-01Z",
        "2026-10-01 10:00 XST",
        "2026-10-01 10:00 PST x",
        "2026-10-01 10:00 Mars/Base",
        "2026-10-01 10:00 (",
        "2026-10-01 10:00 +02:00 (x",
        "2026-10-01 10:00 (UTC-05:00) Somewhere",
        "2026-10-01 EST",
        "2026-10-01 10:00 +25",
        "2026-10-01 10:00 +05:60",
        "2026-10-01 10:00 +5:3",
        "2026-10-01 10:00 UTC+",
        "2026-10-01 10:00 UTCX",
        "2026-10-0110:00",
        "Ju 1, 2026",
        "jui 1, 2026",
        "Foo, 1 Oct 2026",
        "Thu Sep 10 14:30:00 EDT 26",
        "Thu Sep 31 14:30:00 EDT 2026",
        "Oct 32, 2026",
        "Oct 2026",
        "Oct 1",
        "Oct 1 22:00",
        "Monday",
        "Mon, ",
        "1 Oct",
        "2026 Oct 1",
        "21-Oct 22",
        "10.1.20.5",
        "1h 13m 42s",
        "99999999999-10-01",
        "\xd9\xa1/1/2026",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct when w;
        if (when_read(slice_of(cases[i]), WHEN_ORDER_UNSAID, &w) != WHEN_NONE)
            fail_msg("\"%s\" is a date", cases[i]);
    }
    struct when w;
    assert_int_equal(when_read((struct slice){NULL, 0}, WHEN_ORDER_UNSAID, &w), WHEN_NONE);
}

/* Every front of a date, in a buffer that ends there. */
static void nothing_is_read_behind_the_end(void **state)
{
    (void)state;
    static const char *const whole[] = {"Monday, 3 March 2025, 4:05:06.789 PM GMT+03:30",
                                        "2023-08-24T07:25:08.73+07:00",
                                        "Sept. 26, 2026 at 7:05 p.m."};
    for (size_t i = 0; i < COUNT(whole); i++) {
        for (size_t len = 1; len <= strlen(whole[i]); len++) {
            struct when w;
            char *exact = malloc(len);
            assert_non_null(exact);
            memcpy(exact, whole[i], len);
            (void)when_read((struct slice){exact, len}, WHEN_ORDER_UNSAID, &w);
            (void)when_relative((struct slice){exact, len}, 0, &w);
            free(exact);
        }
    }
}

static void times_from_now_are_read(void **state)
{
    (void)state;
    static const int64_t now = INT64_C(1795466593123); /* 2026-11-23T20:43:13Z */
    static const struct {
        const char *s;
        int64_t from, to;
    } cases[] = {
        {"now", 0, 0},
        {" NOW ", 0, 0},
        {"-1d", -DAY, -DAY},
        {"-12h", -12 * HOUR, -12 * HOUR},
        {"-30m", -30 * MINUTE, -30 * MINUTE},
        {"-2W", -14 * DAY, -14 * DAY},
        {"+1d", DAY, DAY},
        {"+0d", 0, 0},
        {"-100000w", INT64_C(-700000) * DAY, INT64_C(-700000) * DAY},
    };
    static const char *const none[] = {"",         "-",    "1d",      "-d",   "-1",
                                       "-1y",      "-1 d", "-1dd",    "--1d", "-1.5d",
                                       "-100001d", "nows", "tomorrow"};
    struct when w;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (when_relative(slice_of(cases[i].s), now, &w) < 0 || w.from_ms != now + cases[i].from ||
            w.to_ms != now + cases[i].to)
            fail_msg("\"%s\"", cases[i].s);
    }
    for (size_t i = 0; i < COUNT(none); i++)
        assert_int_equal(when_relative(slice_of(none[i]), now, &w), -1);
    assert_int_equal(when_relative(slice_of("today"), now, &w), 0);
    assert_when("today", &w, "2026-11-23T00:00:00Z", 0, DAY);
    assert_int_equal(when_relative(slice_of("Today"), -1, &w), 0);
    assert_when("today", &w, "1969-12-31T00:00:00Z", 0, DAY);
}

static void orders_have_names(void **state)
{
    (void)state;
    enum when_order order = WHEN_ORDER_UNSAID;
    assert_int_equal(when_order_read("mdy", &order), 0);
    assert_int_equal(order, WHEN_ORDER_MDY);
    assert_int_equal(when_order_read("DMY", &order), 0);
    assert_int_equal(order, WHEN_ORDER_DMY);
    assert_int_equal(when_order_read("ymd", &order), 0);
    assert_int_equal(order, WHEN_ORDER_YMD);
    assert_int_equal(when_order_read("", &order), -1);
    assert_int_equal(when_order_read("ydm", &order), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_in_the_forms_of_exports),
        cmocka_unit_test(zones_have_names),
        cmocka_unit_test(months_have_names_in_other_languages),
        cmocka_unit_test(the_calendar_is_right),
        cmocka_unit_test(the_order_of_day_and_month_is_said_or_seen),
        cmocka_unit_test(what_is_no_date_is_none),
        cmocka_unit_test(nothing_is_read_behind_the_end),
        cmocka_unit_test(times_from_now_are_read),
        cmocka_unit_test(orders_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
