/* filter_internal: what the files of filter share: each says what is its own. */
#ifndef CLAIMPIPE_POLICY_FILTER_INTERNAL_H
#define CLAIMPIPE_POLICY_FILTER_INTERNAL_H

#include "base/arena.h"
#include "policy/filter.h"
#include "policy/filter_pattern.h"
#include "policy/quantity.h"

#define FILTER_SHOWN_MAX 64u  /* bytes of a cell or a name in a message, with the NUL */
#define FILTER_FOLDED_MAX 256 /* bytes; longer texts are compared with nothing */

/* ---- filter_parse.c ---- */
enum filter_op {
    FILTER_EMPTY,
    FILTER_MATCHES,
    FILTER_EQUAL, /* to any of the values */
    FILTER_LESS,  /* from here on: by which is greater */
    FILTER_LESS_EQUAL,
    FILTER_GREATER,
    FILTER_GREATER_EQUAL
};

enum filter_kind { FILTER_TEXT, FILTER_NUMBER, FILTER_DATE, FILTER_FROM_NOW };

struct filter_value {
    struct filter_value *next;
    enum filter_kind kind;
    struct slice text;        /* without outer blanks */
    struct quantity quantity; /* NUMBER */
    struct when when;         /* DATE */
};

struct filter_test {
    struct filter_test *next; /* in the order in which they stand */
    enum filter_op op;
    bool negated; /* !=, not in, !~, is not empty */
    size_t column;
    struct filter_value *values;
    bool has_text, has_number, has_date; /* among the values */
    struct filter_pattern *pattern;      /* of ~, or NULL */
    const char *asked_by;
};

enum filter_node_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_AGGREGATE, FILTER_TEST };

struct filter_node {
    enum filter_node_kind kind;
    struct filter_node *first, *next; /* child; sibling */
    struct filter_test *test;
    size_t aggregate;
    struct slice source;
};

struct filter_aggregate {
    bool all; /* else any */
    struct filter_node *inner;
};

struct filter {
    struct arena arena; /* all of the below */
    const struct columns *columns;
    struct filter_options options;
    struct filter_node *root; /* an AND of the texts */
    struct filter_test *tests, **tests_end;
    struct filter_aggregate aggregates[FILTER_AGGREGATES_MAX];
    size_t n_aggregates, n_tests;
    struct slice missing; /* the name of a column that there is none of, or nothing */
};
/* Reads one text into f; its tree is *out. */
int filter_parse(struct filter *f, const struct filter_text *text, struct filter_node **out,
                 struct err *e) MUST_CHECK;

/* ---- filter.c ---- */
/* A cell as a test reads it. */
struct filter_cell {
    enum { FILTER_READ, FILTER_NOTHING, FILTER_UNREADABLE, FILTER_UNSURE } reading;
    struct slice value;
    enum quantity_reading as_number;
    enum when_reading as_date;
    struct quantity quantity;
    struct when when;
};
bool filter_has_other_scale(const struct filter_test *t, const struct filter_cell *cell);
void filter_read_cell(const struct filter *f, const struct filter_test *t, struct slice cell,
                      struct filter_cell *out);
enum filter_verdict filter_judge_test(const struct filter *f, const struct filter_test *t,
                                      const struct slice *cells, int64_t now_ms);
enum filter_verdict filter_judge_node(const struct filter *f, const struct filter_node *n,
                                      const struct slice *cells, int64_t now_ms,
                                      const enum filter_verdict *group);

/* ---- filter_seen.c ---- */
/* In lower case and without blanks: "" is like nothing. */
void filter_fold(struct slice s, char out[FILTER_FOLDED_MAX]);
uint64_t filter_hash(struct slice s); /* not 0 */
bool filter_asks_for_texts(const struct filter_test *t);
bool filter_has_pattern(const struct filter *f, size_t column); /* in a test of the column */

/* ---- filter_why.c ---- */
/* Appends why that is the node's verdict, which is not FILTER_PASSES. */
void filter_why(const struct filter *f, const struct filter_node *n, enum filter_verdict verdict,
                const struct slice *cells, int64_t now_ms, const enum filter_verdict *group,
                struct text *out);
/* Appends `column "Score": "n.a." is compared with the number 100 (--where): it is no number` and what to do
 * about it, if nothing better is known `otherwise`.  The cell is UNREADABLE or UNSURE. */
void filter_put_fault(const struct filter *f, const struct filter_test *t,
                      const struct filter_cell *cell, const char *otherwise, struct text *out);
/* Appends it on one line, cut for reading. */
void filter_put_shown(struct text *out, struct slice s);

#endif
