/*
 * wholes: what a column of numbers has been through in a spreadsheet or in pandas.
 *
 * 12345.0 is 12345 where all values of the column are whole numbers; beside others (1.1, A-7) it may be another
 * id.
 *
 * Numbers of more than 15 digits lose the rest of them in Excel, which writes zeros.  By chance k digits are all
 * zeros once in 10^k.  So, of n different long numbers, of which by chance m = sum of 10^-k end so, z that do are
 * rounded ones, whatever the others are, if
 *
 *     z >= 2   and   z >= 2m   and   chance(n, m, z) < 1/200
 *
 * with chance = (p/q)^(qn) * ((1-p)/(1-q))^((1-q)n), where p = m/n and q = z/n: no less than the probability that so
 * many or more do (W. Hoeffding, "Probability inequalities for sums of bounded random variables", 1963, theorem 1).
 * z >= 2m, for rows are not independent: one person has many.  If none of them is exact, two different ones are
 * enough, or one with three zeros, unless the shorter ids all end in 0 as well.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_WHOLES_H
#define CLAIMPIPE_POLICY_WHOLES_H

#include "base/text.h"
#include "policy/distinct.h"

#include <stdbool.h>
#include <stdint.h>

/* One column, all zero at first. */
struct wholes {
    bool other;  /* some value is no whole number */
    bool sure;   /* some long one ends in so many zeros that there is no chance in it */
    bool uneven; /* some short one does not end in 0 */
    bool any_short;
    uint64_t line; /* of the first long one that ends in zeros: where it is */
    char shown[32];
    struct distinct exact, zeros; /* long numbers, by whether they end in zeros */
    double by_chance, rows;       /* the sum of 10^-k over rows, and how many of those there are */
};

void wholes_add(struct wholes *w, struct slice cell, uint64_t line);
bool wholes_are_rounded(const struct wholes *w);
/* Which of them, for a message: `its long numbers all end`, `too many of its long numbers end`. */
const char *wholes_that_end(const struct wholes *w);
/* Does it end as a rounded one does? */
bool wholes_ends_in_zeros(struct slice number);
/* The rule: n different long numbers, m that end in zeros by chance, z that do. */
bool wholes_is_no_chance(double n, double m, double z);

/* The cell, without .0 where the column is of whole numbers.  w: its column's, or NULL. */
struct slice wholes_value(const struct wholes *w, struct slice cell);

#endif
