/* numformat: codes to kinds, numbers to texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/numformat.h"

#include "fixture.h"

#include <float.h>
#include <math.h>

static const char *const kinds[] = {"number",   "percent",  "date",       "time",
                                    "datetime", "duration", "scientific", "mask"};

#define TEN "0123456789"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "01"

static const struct {
    const char *code;
    enum numformat_kind kind;
} codes[] = {
    {"", NUMFORMAT_NUMBER},
    {"General", NUMFORMAT_NUMBER},
    {"GENERAL", NUMFORMAT_NUMBER},
    {"@", NUMFORMAT_NUMBER},
    {"0", NUMFORMAT_NUMBER},
    {"0.00", NUMFORMAT_NUMBER},
    {"#,##0.00", NUMFORMAT_NUMBER},
    {"#,##0_);[Red](#,##0)", NUMFORMAT_NUMBER},
    {"0.00E+00", NUMFORMAT_SCIENTIFIC},
    {"##0.0E+0", NUMFORMAT_SCIENTIFIC},
    {"00E-00", NUMFORMAT_SCIENTIFIC},
    {"# ?/?", NUMFORMAT_NUMBER},
    {"_-* #,##0.00\\ \"€\"_-;-* #,##0.00\\ \"€\"_-;_-* \"-\"??\\ \"€\"_-;_-@_-", NUMFORMAT_NUMBER},
    {"[$USD] #,##0.00", NUMFORMAT_NUMBER},
    {"\"days\" 0", NUMFORMAT_NUMBER},
    {"0 \"mdyhs\"", NUMFORMAT_NUMBER},
    {"0\\d", NUMFORMAT_NUMBER},
    {"0_d", NUMFORMAT_NUMBER},
    {"*y0", NUMFORMAT_NUMBER},
    {"[Red]0", NUMFORMAT_NUMBER},
    {"[Magenta]0", NUMFORMAT_NUMBER},
    {"[Color10]0", NUMFORMAT_NUMBER},
    {"[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", NUMFORMAT_NUMBER},
    {";;;", NUMFORMAT_NUMBER},
    {"\"yes\";\"no\"", NUMFORMAT_NUMBER},
    {"\"open", NUMFORMAT_NUMBER},
    {"[open", NUMFORMAT_NUMBER},
    {"0\\", NUMFORMAT_NUMBER},
    {"0%", NUMFORMAT_PERCENT},
    {"0.00%", NUMFORMAT_PERCENT},
    {"00%", NUMFORMAT_PERCENT},
    {"[Red]0%", NUMFORMAT_PERCENT},
    {"0%;[Red]-0%", NUMFORMAT_PERCENT},
    {"0%;\"none\"", NUMFORMAT_PERCENT},
    {"0\\%", NUMFORMAT_NUMBER},
    {"0\"%\"", NUMFORMAT_NUMBER},
    {"[<1]0%;0.0", NUMFORMAT_NUMBER},
    {"yyyy-mm-dd", NUMFORMAT_DATE},
    {"dd/mm/yyyy;@", NUMFORMAT_DATE},
    {"[$-409]mmmm\\ d\\,\\ yyyy;@", NUMFORMAT_DATE},
    {"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", NUMFORMAT_DATE},
    {"YYYY-MM-DD", NUMFORMAT_DATE},
    {"mmm", NUMFORMAT_DATE},
    {"mm", NUMFORMAT_DATE},
    {"mm/yy", NUMFORMAT_DATE},
    {"d \"h\" m", NUMFORMAT_DATE},
    {"[$-411]ggge\"年\"m\"月\"d\"日\"", NUMFORMAT_DATE},
    {"e/m/d", NUMFORMAT_DATE},
    {"bbbb", NUMFORMAT_DATE},
    {"h:mm", NUMFORMAT_TIME},
    {"hh:mm:ss", NUMFORMAT_TIME},
    {"mm:ss", NUMFORMAT_TIME},
    {"mm:ss.0", NUMFORMAT_TIME},
    {"mmss.0", NUMFORMAT_TIME},
    {"h:mm AM/PM", NUMFORMAT_TIME},
    {"h AM/PM", NUMFORMAT_TIME},
    {"h:mm a/p", NUMFORMAT_TIME},
    {"[$-F400]h:mm:ss\\ AM/PM", NUMFORMAT_TIME},
    {"h\"時\"mm\"分\"", NUMFORMAT_TIME},
    {"m/d/yy h:mm", NUMFORMAT_DATETIME},
    {"yyyy-mm-dd\\Thh:mm:ss", NUMFORMAT_DATETIME},
    {"hh:mm dd.mm.yyyy", NUMFORMAT_DATETIME},
    {"dd mm:ss", NUMFORMAT_DATETIME},
    {"h:mm mm", NUMFORMAT_DATETIME},
    {"[h]:mm", NUMFORMAT_DURATION},
    {"[hh]:mm:ss", NUMFORMAT_DURATION},
    {"[mm]:ss", NUMFORMAT_DURATION},
    {"[ss]", NUMFORMAT_DURATION},
    {"[h]:mm;@", NUMFORMAT_DURATION},
    {"00000", NUMFORMAT_MASK},
    {"00", NUMFORMAT_MASK},
    {"[$-409]00000;@", NUMFORMAT_MASK},
    {"000000;-000000", NUMFORMAT_MASK},
    {"\"No. \"0000", NUMFORMAT_MASK},
    {"0000;00", NUMFORMAT_MASK},
    {"00.0", NUMFORMAT_NUMBER},
    {"00,000", NUMFORMAT_NUMBER},
    {"#00", NUMFORMAT_NUMBER},
    {"?00", NUMFORMAT_NUMBER},
    {"000\\-00\\-0000", NUMFORMAT_MASK},
    {"0000000000000000000000", NUMFORMAT_MASK},
    {"000000000000000000000000000000000000000000000000", NUMFORMAT_MASK},
    {"0000000000000000000000000000000000000000000000000", NUMFORMAT_NUMBER},
    {"0000-0000", NUMFORMAT_MASK},
    {"\"ID-\"0000", NUMFORMAT_MASK},
    {"000-00-0000", NUMFORMAT_MASK},
    {"(000) 000-0000", NUMFORMAT_MASK},
    {"\\#00000", NUMFORMAT_MASK},
    {"0000\" \"0000", NUMFORMAT_MASK},
    {"$-+/():!^&'~{}<>= 00", NUMFORMAT_MASK},
    {"00\" pcs\"", NUMFORMAT_MASK},
    {"000\\.000", NUMFORMAT_MASK},
    {"0000\\/00", NUMFORMAT_MASK},
    {"№0000", NUMFORMAT_MASK},
    {"[<=99999]00000;00000-0000", NUMFORMAT_MASK},
    {"[Red]00\\-00;General", NUMFORMAT_MASK},
    {"0000;-0000;\"none\";@", NUMFORMAT_MASK},
    {"00-00;" LONG, NUMFORMAT_MASK},
    {"00-00;x" LONG, NUMFORMAT_NUMBER}, /* no longer than what is kept */
    {"$0", NUMFORMAT_NUMBER},
    {"0\" pcs\"", NUMFORMAT_NUMBER},
    {"0 €", NUMFORMAT_NUMBER},
    {"[$€-407] 0", NUMFORMAT_NUMBER},
    {"$0.00", NUMFORMAT_NUMBER},
    {"\"$\"#,##0.00", NUMFORMAT_NUMBER},
    {"0-#", NUMFORMAT_NUMBER},
    {"00/00", NUMFORMAT_NUMBER},
    {"00/16", NUMFORMAT_NUMBER},
    {"00-00%", NUMFORMAT_PERCENT},
    {"00-00.0", NUMFORMAT_NUMBER},
    {"00@", NUMFORMAT_NUMBER},
    {"00-00d", NUMFORMAT_DATE},
    {"0.00E+00;[Red]-0.00E+00", NUMFORMAT_SCIENTIFIC},
    {"0.00E+00;0", NUMFORMAT_NUMBER},
    {"e+0", NUMFORMAT_NUMBER},
};

static void codes_have_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct numformat f = numformat_of(slice_of(codes[i].code));
        bool has_code = f.kind == NUMFORMAT_MASK || f.kind == NUMFORMAT_SCIENTIFIC;
        if (f.kind != codes[i].kind || (f.code.len > 0) != has_code)
            fail_msg("%s: is %s, not %s", codes[i].code, kinds[f.kind], kinds[codes[i].kind]);
    }
}

static void built_in_ones_have_kinds(void **state)
{
    (void)state;
    static const struct {
        unsigned first, last;
        enum numformat_kind kind;
    } want[] = {
        {0, 8, NUMFORMAT_NUMBER},       {9, 10, NUMFORMAT_PERCENT},
        {11, 11, NUMFORMAT_SCIENTIFIC}, {12, 13, NUMFORMAT_NUMBER},
        {14, 17, NUMFORMAT_DATE},       {18, 21, NUMFORMAT_TIME},
        {22, 22, NUMFORMAT_DATETIME},   {23, 26, NUMFORMAT_NUMBER},
        {27, 31, NUMFORMAT_DATE},       {32, 33, NUMFORMAT_TIME},
        {34, 36, NUMFORMAT_DATE},       {37, 44, NUMFORMAT_NUMBER},
        {45, 45, NUMFORMAT_TIME},       {46, 46, NUMFORMAT_DURATION},
        {47, 47, NUMFORMAT_TIME},       {48, 48, NUMFORMAT_SCIENTIFIC},
        {49, 49, NUMFORMAT_NUMBER},     {50, 58, NUMFORMAT_DATE},
        {59, 400, NUMFORMAT_NUMBER},
    };
    for (size_t i = 0; i < COUNT(want); i++)
        for (unsigned id = want[i].first; id <= want[i].last; id++)
            if (numformat_builtin(id).kind != want[i].kind)
                fail_msg("%u is %s, not %s", id, kinds[numformat_builtin(id).kind],
                         kinds[want[i].kind]);
}

#define KIND(of)                                                                                   \
    {                                                                                              \
        .kind = NUMFORMAT_##of                                                                     \
    }
#define CODED(of, text)                                                                            \
    {                                                                                              \
        NUMFORMAT_##of,                                                                            \
        {                                                                                          \
            text, sizeof(text) - 1                                                                 \
        }                                                                                          \
    }
#define N KIND(NUMBER)
#define P KIND(PERCENT)
#define D KIND(DATE)
#define T KIND(TIME)
#define DT KIND(DATETIME)
#define DU KIND(DURATION)
#define M(code) CODED(MASK, code)
#define E(code) CODED(SCIENTIFIC, code)

static const struct {
    struct numformat f;
    double value;
    const char *want;
    bool from_1904;
} numbers[] = {
    {N, 0, "0", 0},
    {N, -0.0, "0", 0},
    {N, 1, "1", 0},
    {N, -17, "-17", 0},
    {N, 12345678901, "12345678901", 0},
    {N, 999999999999999, "999999999999999", 0},
    {N, 100000000000000, "100000000000000", 0},
    {N, -999999999999999, "-999999999999999", 0},
    {N, 1e15, "1E+15", 0},
    {N, 1234567890123456, "1.23456789012346E+15", 0},
    {N, 1230000000000000, "1.23E+15", 0},
    {N, -1230000000000000, "-1.23E+15", 0},
    {N, 1e20, "1E+20", 0},
    {N, 1e100, "1E+100", 0},
    {N, DBL_MAX, "1.79769313486232E+308", 0},
    {N, 999999999999999.5, "1E+15", 0},
    {N, 99999999999999.96, "1E+14", 0},
    {N, 99999999999999.9, "99999999999999.9", 0},
    {N, 123456789012345.5, "1.23456789012346E+14", 0},
    {N, -123456789012345.5, "-1.23456789012346E+14", 0},
    {N, 100000000000000.5, "1E+14", 0},
    {M("00000"), 123456789012345.5, "1.23456789012346E+14", 0},
    {N, 0.5, "0.5", 0},
    {N, 12.5, "12.5", 0},
    {N, 0.1 + 0.2, "0.3", 0},
    {N, 1.1 * 3, "3.3", 0},
    {N, 1.0 / 3, "0.333333333333333", 0},
    {N, 2.0 / 3, "0.666666666666667", 0},
    {N, 9.9999999999999999, "10", 0},
    {N, 0.99999999999999999, "1", 0},
    {N, 123456.789, "123456.789", 0},
    {N, 12345678901234.5, "12345678901234.5", 0},
    {N, 0.00001, "0.00001", 0},
    {N, 0.0000123456789012345, "0.0000123456789012345", 0},
    {N, 0.000001, "0.000001", 0},
    {N, 0.0000001, "1E-07", 0},
    {N, 1.5e-10, "1.5E-10", 0},
    {N, -2e-300, "-2E-300", 0},
    {P, 0.85, "85%", 0},
    {P, 0.285, "28.5%", 0},
    {P, 1, "100%", 0},
    {P, 0, "0%", 0},
    {P, -0.07, "-7%", 0},
    {P, 12, "1200%", 0},
    {P, 0.123456, "12.3456%", 0},
    {P, DBL_MAX, "1.79769313486232E+308", 0},
    {M("00000"), 123, "00123", 0},
    {M("00000"), 0, "00000", 0},
    {M("00000"), -0.0, "00000", 0},
    {M("00000"), -123, "-123", 0},
    {M("00000"), 123456, "123456", 0},
    {M("00000"), 1.5, "1.5", 0},
    {M("00000000000000000000"), 1, "00000000000000000001", 0},
    {M("0000000000000000"), 1e15, "1E+15", 0},
    {M("0000000000000000"), 999999999999999, "0999999999999999", 0},
    {M("0000-0000"), 123456, "0012-3456", 0},
    {M("0000-0000"), 12345678901, "1234567-8901", 0},
    {M("\"ID-\"0000"), 42, "ID-0042", 0},
    {M("\"ID-\"0000"), 98765, "ID-98765", 0},
    {M("\"ID-\"0000"), -42, "-42", 0},
    {M("\"ID-\"0000"), 4.25, "4.25", 0},
    {M("000-00-0000"), 78051120, "078-05-1120", 0},
    {M("(000) 000-0000"), 5551234567, "(555) 123-4567", 0},
    {M("(000) 000-0000"), 15551234567, "(1555) 123-4567", 0},
    {M("\\#00000"), 42, "#00042", 0},
    {M("0000\" \"0000"), 12345678, "1234 5678", 0},
    {M("\"2026-\"0000"), 42, "2026-0042", 0},
    {M("\\0\\000"), 7, "0007", 0},
    {M("000\\.000\\.000\\-00"), 12345678909, "123.456.789-09", 0},
    {M("[$No.-409] 000"), 7, "No. 007", 0},
    {M("№000"), 7, "№007", 0},
    {M("_(* 0000_)"), 42, "0042", 0},
    {M("00\" pcs\""), 5, "05 pcs", 0},
    {M("$-+/():!^&'~{}<>= 00"), 5, "$-+/():!^&'~{}<>= 05", 0},
    {M("[<=99999]00000;00000-0000"), 2134, "02134", 0},
    {M("[<=99999]00000;00000-0000"), 99999, "99999", 0},
    {M("[<=99999]00000;00000-0000"), 21341234, "02134-1234", 0},
    {M("[>99999]00000-0000;00000"), 2134, "02134", 0},
    {M("[=1]\"one\"00;[<>2]00-00;000"), 1, "one01", 0},
    {M("[=1]\"one\"00;[<>2]00-00;000"), 3, "00-03", 0},
    {M("[=1]\"one\"00;[<>2]00-00;000"), 2, "002", 0},
    {M("0000;-0000;\"none\""), 0, "0", 0},
    {M("0000;-0000;00-00"), 0, "00-00", 0},
    {M("0000;-0000"), 0, "0000", 0},
    {M("0000;-0000;;@"), 12, "0012", 0},
    {E("0.00E+00"), 12000, "1.20E+04", 0},
    {E("0.00E+00"), 12345678901, "1.23E+10", 0},
    {E("0.00E+00"), -12000, "-1.20E+04", 0},
    {E("0.00E+00"), 0, "0.00E+00", 0},
    {E("0.00E+00"), 0.00012, "1.20E-04", 0},
    {E("0.00E+00"), 9.999, "1.00E+01", 0},
    {E("0.00E-00"), 12000, "1.20E+04", 0},
    {E("0.##E+00"), 12000, "1.2E+04", 0},
    {E("0.##E+00"), 10000, "1E+04", 0},
    {E("0E+0"), 12345, "1E+4", 0},
    {E("##0.0E+0"), 12345, "12.3E+3", 0},
    {E("##0.0E+0"), 999.96, "1.0E+3", 0},
    {E("##0.0E+0"), 999.94, "999.9E+0", 0},
    {E("##0.0E+0"), 123, "123.0E+0", 0},
    {E("##0.0E+0"), 0.00012, "120.0E-6", 0},
    {E("##0.0E+0"), 0, "0.0E+0", 0},
    {E("0.0000000000000000000000000E+00"), 1e300, "1.00000000000000E+300", 0},
    {E("0.00E+00"), DBL_MAX, "1.80E+308", 0},
    {D, 1, "1900-01-01", 0},
    {D, 31, "1900-01-31", 0},
    {D, 32, "1900-02-01", 0},
    {D, 59, "1900-02-28", 0},
    {D, 60, "1900-02-29", 0},
    {D, 61, "1900-03-01", 0},
    {D, 366, "1900-12-31", 0},
    {D, 367, "1901-01-01", 0},
    {D, 36525, "1999-12-31", 0},
    {D, 36585, "2000-02-29", 0},
    {D, 36586, "2000-03-01", 0},
    {D, 45000, "2023-03-15", 0},
    {D, 46356, "2026-11-30", 0},
    {D, 46356.75, "2026-11-30", 0},
    {D, 46355.9999999999, "2026-11-30", 0},
    {D, 46356.99999, "2026-11-30", 0},
    {D, 73109, "2100-02-28", 0},
    {D, 73110, "2100-03-01", 0},
    {D, 2958465, "9999-12-31", 0},
    {D, 2958466, "2958466", 0},
    {D, 0, "0", 0},
    {D, 0.5, "0.5", 0},
    {D, -1, "-1", 0},
    {D, 1e300, "1E+300", 0},
    {D, 0, "1904-01-01", 1},
    {D, 59, "1904-02-29", 1},
    {D, 60, "1904-03-01", 1},
    {D, 44894, "2026-11-30", 1},
    {D, 2957003, "9999-12-31", 1},
    {D, 2957004, "2957004", 1},
    {D, -1, "-1", 1},
    {DT, 46356, "2026-11-30T00:00:00", 0},
    {DT, 46356.5, "2026-11-30T12:00:00", 0},
    {DT, 46356 + 54245.0 / 86400, "2026-11-30T15:04:05", 0},
    {DT, 46356 + 54245.4 / 86400, "2026-11-30T15:04:05", 0},
    {DT, 46356 + 54245.6 / 86400, "2026-11-30T15:04:06", 0},
    {DT, 46356 + 86399.7 / 86400, "2026-12-01T00:00:00", 0},
    {DT, 46356 + 59.9999 / 86400, "2026-11-30T00:01:00", 0},
    {DT, 46356 + 3599.9999 / 86400, "2026-11-30T01:00:00", 0},
    {DT, 60.5, "1900-02-29T12:00:00", 0},
    {DT, 2958465.99999, "9999-12-31T23:59:59", 0},
    {DT, 2958465.999995, "2958465.999995", 0},
    {DT, 0.25, "0.25", 0},
    {DT, 0.25, "1904-01-01T06:00:00", 1},
    {DT, -0.5, "-0.5", 0},
    {T, 0, "00:00:00", 0},
    {T, 0.5, "12:00:00", 0},
    {T, 54245.0 / 86400, "15:04:05", 0},
    {T, 0.999999, "00:00:00", 0},
    {T, 59.6 / 86400, "00:01:00", 0},
    {T, 1.75, "18:00:00", 0},
    {T, 46356.25, "06:00:00", 0},
    {T, -0.5, "-0.5", 0},
    {T, 0.25, "06:00:00", 1},
    {DU, 0, "00:00:00", 0},
    {DU, 0.5, "12:00:00", 0},
    {DU, 1.25, "30:00:00", 0},
    {DU, 1.0 / 24 / 60, "00:01:00", 0},
    {DU, 0.01, "00:14:24", 0},
    {DU, 100, "2400:00:00", 0},
    {DU, 59.9 / 86400, "00:01:00", 0},
    {DU, -1, "-1", 0},
    {DU, 1e12, "1000000000000", 0},
};

static void numbers_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char got[NUMFORMAT_TEXT_MAX];
        size_t len = numformat_text(numbers[i].f, numbers[i].value, numbers[i].from_1904, got);
        if (strcmp(got, numbers[i].want) != 0 || len != strlen(got))
            fail_msg("%zu: %.17g as %s: %s, not %s", i, numbers[i].value, kinds[numbers[i].f.kind],
                     got, numbers[i].want);
    }
}

/* Each day of eight thousand years follows the one before. */
static void days_follow_each_other(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 1900, month = 3, day = 1;

    for (int serial = 61; serial <= 2958465; serial++) {
        char want[64], got[NUMFORMAT_TEXT_MAX];
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        snprintf(want, sizeof(want), "%04d-%02d-%02d", year, month, day);
        numformat_text((struct numformat)D, serial, false, got);
        if (strcmp(got, want) != 0)
            fail_msg("%d is %s, not %s", serial, got, want);
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            year += month == 12;
            month = month % 12 + 1;
        }
    }
}

static void written_dates_are_rounded(void **state)
{
    (void)state;
    static const struct {
        const char *iso, *want;
    } cases[] = {
        {"2026-11-30T15:04:05", "2026-11-30T15:04:05"},
        {"2026-11-30T15:04:05.4", "2026-11-30T15:04:05"},
        {"2026-11-30T15:04:05.5", "2026-11-30T15:04:06"},
        {"2026-11-30T15:04:59.600000000", "2026-11-30T15:05:00"},
        {"2026-11-30T23:59:59.999", "2026-12-01T00:00:00"},
        {"2026-12-31T23:59:59.7", "2027-01-01T00:00:00"},
        {"2024-02-28T23:59:59.7", "2024-02-29T00:00:00"},
        {"1900-02-28T23:59:59.7", "1900-03-01T00:00:00"},
        {"0850-01-02T03:04:05.6", "0850-01-02T03:04:06"},
        {"9999-12-30T23:59:59.7", "9999-12-31T00:00:00"},
        {"9999-12-31T23:59:59.7", "9999-12-31T23:59:59"},
        {"2026-11-30", ""},
        {"2026-11-30T15:04", ""},
        {"2026-11-30T15:04:05Z", ""},
        {"2026-11-30T15:04:05.5+01:00", ""},
        {"2026-11-30T24:00:00", ""},
        {"2026-13-30T15:04:05", ""},
        {"2026-00-30T15:04:05", ""},
        {"2026-11-00T15:04:05", ""},
        {"2026-11-30 15:04:05", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char got[NUMFORMAT_TEXT_MAX];
        size_t len = numformat_datetime(slice_of(cases[i].iso), got);
        if (strcmp(got, cases[i].want) != 0 || len != strlen(got))
            fail_msg("%s: %s, not %s", cases[i].iso, got, cases[i].want);
    }
}

/* No second of a day is 60, whatever the fraction. */
static void seconds_are_below_sixty(void **state)
{
    (void)state;
    for (int i = 0; i < 864000; i++) {
        char got[NUMFORMAT_TEXT_MAX];
        numformat_text((struct numformat)DT, 46356 + i / 864000.0, false, got);
        if (strstr(got, ":60") || strlen(got) != 19)
            fail_msg("%d: %s", i, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_kinds),        cmocka_unit_test(built_in_ones_have_kinds),
        cmocka_unit_test(numbers_are_written),     cmocka_unit_test(days_follow_each_other),
        cmocka_unit_test(seconds_are_below_sixty), cmocka_unit_test(written_dates_are_rounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
