/*
 * filter: which records are triggers: `--where`, as a small grammar.
 *
 *   or      = and { "or" and }
 *   and     = not { "and" not }
 *   not     = "not" not | "(" or ")" | ("all" | "any") "(" or ")" | test
 *   test    = column "is" ["not"] "empty"
 *           | column ["not"] "in" "(" value { "," value } ")"
 *           | column ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" ) value
 *   column  = a word | "a name in double quotes" | [a name in brackets]     ("" and ]] stand for one)
 *   value   = 'a text in single quotes' ('' stands for one) | a number, also 80% | a date | a time from now
 *             (-1d, now, today; policy/when.h) | a word
 *
 * Keywords in any case.  A column's name is found as policy/columns.h does.  A word is of letters, digits,
 * _ . % - @ # : / + and all that is not ASCII.
 * - = != in with a text compare whole cells, as cell_value shows them, with outer blanks off, case counts;
 *   ~ is a POSIX extended regular expression (of characters; without \1) that is searched for in the cell, in
 *   bounded time: a cell that would take longer is a fault.
 * - With a number or a date (also one in quotes: it is told by its form) the cell is read as one
 *   (policy/quantity.h, policy/when.h).  But an id is a text for = != in: digits that begin with 0, or more
 *   than 15 of them; `4 / 5`, too.  < <= > >= need a number or a date.
 * - Compared with 80% a cell `4 / 5` is 80, else it is 4; `80` and `80%` in a cell are the same.
 * - A time compares as long as it is: a day as the whole day (<= 2026-10-01 has all of it, >= -1d has
 *   yesterday), and of <, = and > just one is so.
 * - A cell that is empty or stands for nothing (cell_is_nobody) is empty, and passes no comparison with
 *   a number or a date but != and not in; any other that can't be read as such is a fault: nobody knows
 *   whether it passes.  In a list that has texts, too, it is just not equal.
 * - all(…) and any(…) are about all rows of a group (--group), everything else about the row alone.
 *
 * Several texts are ANDed.  and, or: a fault counts only if the other side does not decide.
 * Pure; once made it is only read, by any number of threads.
 */
#ifndef CLAIMPIPE_POLICY_FILTER_H
#define CLAIMPIPE_POLICY_FILTER_H

#include "base/err.h"
#include "base/text.h"
#include "policy/columns.h"
#include "policy/when.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_TEXTS_MAX 32
#define FILTER_AGGREGATES_MAX 16
#define FILTER_DEPTH_MAX 64 /* of ( and not */

struct filter;

/* One text, and who asked for it: "--where", "preset zoom-webinar". */
struct filter_text {
    const char *text, *asked_by;
};

struct filter_options {
    enum when_order date_order;
    char decimal_mark; /* . or , or 0: not said */
    bool grouped;      /* there are groups */
};

/* Borrows columns and texts.  EXIT_USAGE: `--where: character 13: …`, with what stands there and what could;
 * no such column (with the nearest); all or any without groups; a regular expression that is none (with
 * what is wrong); a text where a number or a date is needed; no column on the left (`'x' = 1`). */
struct filter *filter_new(const struct filter_text *texts, size_t n, const struct columns *columns,
                          const struct filter_options *o, struct err *e) MUST_CHECK;
void filter_free(struct filter *f);
/* Does the text ask for a column that columns has not, or has twice?  Then name has it: the first of them. */
bool filter_misses(const struct filter_text *text, const struct columns *columns,
                   const struct filter_options *o, struct text *name);

enum filter_verdict { FILTER_PASSES, FILTER_FAILS, FILTER_FAULT };

/* A record's cells (at least as many as columns has).  group: the verdicts of the aggregates over the
 * record's group, or NULL if there are none.  why: cleared, then says for FILTER_FAILS which test has
 * failed (`Progress >= 100: "95"`), for FILTER_FAULT what can't be read: `column "Score": "n.a." is compared
 * with a number (--where): …`, and what to do. */
enum filter_verdict filter_judge(const struct filter *f, const struct slice *cells, int64_t now_ms,
                                 const enum filter_verdict *group, struct text *why);

/* all(…) and any(…), in their order. */
size_t filter_aggregates(const struct filter *f);
/* What the i-th says of one record of a group; why as above. */
enum filter_verdict filter_judge_part(const struct filter *f, size_t i, const struct slice *cells,
                                      int64_t now_ms, struct text *why);
/* What is known of the i-th, then one more record: all fails with the first that fails, any passes with the
 * first that passes; else a fault stays one.  The first one alone is what filter_judge_part says. */
enum filter_verdict filter_join(const struct filter *f, size_t i, enum filter_verdict known,
                                enum filter_verdict more);

/* Before anything is sent: are columns that are compared with numbers and dates such?  Shown records until
 * it returns false (no more are needed) or there are no more; then filter_tried is -1 with EXIT_USAGE if of
 * a column no cell at all could be read (`in.csv:2: column "Status": "Completed" is compared with the
 * number 100 (--where): it is no number, …`), or a date is ambiguous (say --date-order mdy or dmy), or a
 * number (say --decimal point or comma), or a text that is compared with = != in is in no cell, but one that
 * differs only in case or blanks is, or no cell exceeds 1 where a percentage is compared (of all records). */
struct filter_trial;
struct filter_trial *filter_trial_new(const struct filter *f, struct err *e) MUST_CHECK;
void filter_trial_free(struct filter_trial *t);
bool filter_try(struct filter_trial *t, const struct slice *cells, uint64_t line);
int filter_tried(const struct filter_trial *t, struct err *e) MUST_CHECK;
/* Of a filter that nothing has passed: `column "Status" is never "Complete": nearest is "Completed"`, or nothing. */
void filter_trial_words(const struct filter_trial *t, struct text *out);

#endif
