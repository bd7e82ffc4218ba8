/* numshown: ids as they are shown, and sums as numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/numshown.h"

#include "fixture.h"

static void masks_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *shown, *number;
        bool want;
    } cases[] = {
        {"00123", "123", true},
        {"000", "0", true},
        {"0012-3456", "123456", true},
        {"1234-5678", "12345678", true},
        {"12-345", "12345", true},
        {"ID-0042", "42", true},
        {"ID-98765", "98765", true},
        {"ID 123 456", "123456", true},
        {"078-05-1120", "78051120", true},
        {"(555) 123-4567", "5551234567", true},
        {"(555)", "555", true},
        {"#00042", "42", true},
        {"#42", "42", true},
        {"+4915112345678", "4915112345678", true},
        {"0012 3456", "123456", true},
        {"1234 5678", "12345678", true},
        {"2026/0042", "20260042", true},
        {"2026/42", "202642", true},
        {"2026-0042", "42", true},
        {"2026-1234", "1234", true},
        {"2026/0042", "42", true},
        {"123.456.789-09", "12345678909", true},
        {"012.345.678", "12345678", true},
        {"№12", "12", true},
        {"0042 kg", "42", true},
        {"05", "5", true},
        /* sums, and what is rounded or scaled */
        {"123", "123", false},
        {"0", "0", false},
        {"12,345", "12345", false},
        {"1,234,567", "1234567", false},
        {"12,34,567", "1234567", false},
        {"12.345", "12345", false},
        {"1 234", "1234", false},
        {"123 456", "123456", false},
        {"1\u00a0234", "1234", false},
        {"1\u202f234\u202f567", "1234567", false},
        {"1’234", "1234", false},
        {"$5", "5", false},
        {"$1,234", "1234", false},
        {"€ 5", "5", false},
        {"£12", "12", false},
        {"kr 1.200", "1200", false},
        {"kr 1\u00a0200", "1200", false},
        {"5 €", "5", false},
        {"5 pcs", "5", false},
        {"5%", "5", false},
        {"-5", "5", false},
        {"-07", "7", false},
        {"12.00", "12", false},
        {"0.00", "0", false},
        {"0,00", "0", false},
        {"$0.00", "0", false},
        {"12,00", "12", false},
        {"1.5", "1.5", false},
        {"-0042", "-42", false},
        {"(42)", "-42", false},
        {"00124", "123", false},
        {"0012", "1200", false},
        {"1", "1000", false},
        {"1/1", "1", false},
        {"1 0/1", "1", false},
        {"256/16", "16", false},
        {"1.5", "5", false},
        {"1.05", "5", false},
        {"2026 5", "5", false},
        {"-", "0", false},
        {"", "0", false},
        {"0000\n0042", "42", false},
        {"0001234567890123456", "1.23456789012346E+15", false},
        {"00000000000000000000000000000000000000000000000000000000000000001", "1", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (numshown_is_mask(slice_of(cases[i].shown), slice_of(cases[i].number)) != cases[i].want)
            fail_msg("%s of %s: is not %d", cases[i].shown, cases[i].number, cases[i].want);
}

static void exponents_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *shown, *number;
        bool want;
    } cases[] = {
        {"1.20E+04", "12000", true},
        {"1,20E+04", "12000", true},
        {"1.2E+04", "12000", true},
        {"-1.20E+04", "-12000", true},
        {"12.3E+3", "12345", true},
        {"1E+05", "100000", true},
        {"1.20e+04", "12000", true},
        {"1.23E+11", "123456789012", true},
        {"1.20E+15", "1.2E+15", true},
        {"1.20E-04", "0.00012", true},
        {"0.00E+00", "0", true},
        /* without a format */
        {"1.23457E+11", "123456789012", false},
        {"1E+11", "100000000000", false},
        {"1.23456789012346E+15", "1.23456789012346E+15", false},
        {"1.23456789012346E+015", "1.23456789012346E+15", false},
        {"1,23456789012346E+15", "1.23456789012346E+15", false},
        {"1E-05", "0.00001", false},
        {"1E-07", "1E-07", false},
        /* no such form */
        {"12000", "12000", false},
        {"", "12000", false},
        {"E+04", "12000", false},
        {".E+04", "12000", false},
        {"1.2.0E+04", "12000", false},
        {"1.20E04", "12000", false},
        {"1.20E+", "12000", false},
        {"1.20E+04 kg", "12000", false},
        {"kg 1.20E+04", "12000", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (numshown_has_exponent(slice_of(cases[i].shown), slice_of(cases[i].number)) !=
            cases[i].want)
            fail_msg("%s of %s: is not %d", cases[i].shown, cases[i].number, cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_are_told),
        cmocka_unit_test(exponents_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
