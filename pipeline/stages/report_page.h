/*
 * report_page: what the files of a page share: report_page.c (the form: the template, the rows), report_page_parts.c (the
 * words), report_page_chart.c (the timeline).  One thread; errors as in report.h.
 */
#ifndef CLAIMPIPE_STAGES_REPORT_PAGE_H
#define CLAIMPIPE_STAGES_REPORT_PAGE_H

#include "ledger/ledger_pace.h"
#include "policy/timeline.h"
#include "report_internal.h"

/* The form: see report_internal.h. */
int report_page(struct report_form *form, const struct report_options *o,
                const struct report_aims *aims, const struct input_facts *facts, struct ledger *l,
                const struct report_file *file, struct err *e) MUST_CHECK;

/* What can be done now, for pages and summaries (report_next.c). */
struct report_advice {
    const char *words, *command; /* command: or NULL */
    bool together;               /* the words say nothing without it */
};
#define REPORT_NEXT_MAX 3
size_t report_next_list(const struct report_summary *s, const struct report_next *next,
                        struct report_advice list[REPORT_NEXT_MAX]);

/* ---- what the files of a page share ---- */

struct report_page {
    const struct report_options *o;
    const struct report_aims *aims;
    const struct input_facts *facts;
    struct outfile *file;
    const char *rest;   /* of the template: what is not yet written */
    struct text buffer; /* on its way to the file */

    /* The run. */
    char *input;
    int64_t started_ms, ended_ms; /* 0: not yet */
    bool paced;                   /* its requests are known */
    struct ledger_pace pace;
    struct timeline times;
    uint64_t later; /* came to their end after it */

    /* Rows that need a person. */
    uint64_t people, listed;
    struct text target; /* of the last that was written: only others are written again */
    struct text who;    /* of the row that is written */
    struct text back;   /* rows whose mail came back, as list items */
    uint64_t n_back;
    struct text first; /* the first of them as HTML, for browsers without scripts */
};

/* What is to be done about a row of this status. */
const char *report_page_advice(const struct report_page *p, enum status status);
/* The recipient; of a row that has none what its first cells say, but for columns that sound like secrets.  Valid until
 * the next one. */
const char *report_page_who(struct report_page *p, const struct report_row *row);
/* A row of the table for browsers without scripts. */
void report_page_back(struct report_page *p, const struct report_row *row);
void report_page_plain(struct report_page *p, const struct report_row *row);

/* Each puts a part of the page into p->buffer. */
typedef void report_page_part(struct report_page *p, const struct report_summary *s);
report_page_part report_page_title, report_page_verdict, report_page_sentence, report_page_about,
    report_page_counts, report_page_next, report_page_reasons, report_page_people,
    report_page_facts, report_page_plain_rows, report_page_timeline;

#endif
