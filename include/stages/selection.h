/*
 * selection: which rows of an input are triggers, and for whom: what the job says of it, and the preset that
 * the input's header fits.
 *
 *   selection_open (columns found, filters compiled, the lookup loaded) -> selection_try (over the input:
 *   can its cells be compared as the filters want?) -> selection_begin (over the input: what the groups
 *   are) -> selection_row, row by row, in their order -> selection_close
 *
 * What the job says wins over the preset, but filters of both must pass.  One thread at a time, but what takes a
 * const selection may be called beside selection_row.
 */
#ifndef CLAIMPIPE_STAGES_SELECTION_H
#define CLAIMPIPE_STAGES_SELECTION_H

#include "base/err.h"
#include "base/row.h"
#include "base/text.h"
#include "policy/filldown.h"
#include "policy/filter.h"
#include "stages/select.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SELECTION_ALIASES 4 /* @recipient @trigger @completed @date */
#define SELECTION_DROPS_MAX 16
#define SELECTION_HASHED_MAX 8

struct filter_near;
struct grouping;
struct input;
struct job;
struct keyed;
struct lookup;

struct selection {
    const struct job *job;
    const struct preset *preset; /* or NULL */
    struct columns columns;      /* the header's, with the preset's aliases */
    struct columns_alias aliases[SELECTION_ALIASES];
    size_t asked; /* columns up to the last that was asked for by name */
    struct select select;
    struct filter *filter; /* or NULL */
    char asked_by[64];     /* of the preset's filter */
    struct select_drop drops[SELECTION_DROPS_MAX];
    size_t n_drops;
    struct filldown filldown;
    size_t group;    /* its column, or COLUMNS_NONE */
    const char *key; /* what makes a trigger the same again, in words; NULL: the recipient */
    const char
        *former; /* what did before 0.2, by a preset or an option: the group alone; or NULL */
    struct text key_words; /* what key points to, if it names aliases */
    struct keyed
        *recipients; /* of each group the first one, and its line; NULL: the key is another */
    struct text first;
    struct filter_near *near;  /* of the filter, or NULL */
    struct text missed;        /* what the filter asks for and its columns do not have */
    uint64_t judged, passed;   /* rows, by the filter */
    struct lookup *lookup;     /* or NULL */
    size_t address;            /* without one: the input's own, in some rows; or COLUMNS_NONE */
    struct grouping *grouping; /* or NULL */
    struct keyed *owners;      /* of its groups, where they are no trigger; or NULL */
    size_t or_else;            /* of whom rows without a recipient are, or COLUMNS_NONE */
    size_t hashed
        [SELECTION_HASHED_MAX]; /* columns whose cells begin with a # that is none of theirs */
    size_t n_hashed;
    bool has_otherwise;                /* rows without an address have steps of their own */
    enum identity_kind otherwise_kind; /* what stands for them */
};

/* EXIT_USAGE: a column that is not there, a filter that is none, no address to be had; EXIT_INPUT: the lookup
 * can't be read.  facts must outlive it. */
int selection_open(struct selection *s, const struct job *j, const struct input_facts *facts,
                   struct err *e) MUST_CHECK;
void selection_close(struct selection *s);

/* How many cells a row must have that may lack its last ones. */
size_t selection_needs(const struct selection *s);

/* Each begins a pass of its own over the input, if one is needed.  now_ms: what `now` means in filters. */
int selection_try(struct selection *s, struct input *in, struct err *e) MUST_CHECK;
int selection_begin(struct selection *s, struct input *in, int64_t now_ms,
                    struct err *e) MUST_CHECK;

/* The record's cells are tidied and filled; then: is it a trigger, and can it be (else it is over)?
 * Texts are in a. */
int selection_row(struct selection *s, struct record *r, struct arena *a, struct row *out,
                  struct err *e) MUST_CHECK;
/* Of rows for which no address is known: what their recipient's cell is. */
enum identity_kind selection_otherwise_kind(const struct selection *s, const struct record *r);
/* The same trigger as it would be if no address were known: its recipient and key.  1, or 0 if there is
 * nobody. */
int selection_otherwise(const struct selection *s, const struct record *r, struct arena *a,
                        struct row *out, struct err *e) MUST_CHECK;

/* What one trigger is: `once per buyer (Email)`. */
void selection_say_once(const struct selection *s, struct text *out);

/* What tells one selection from another, for the ledger: "" if nothing was said, else a hash. */
int selection_variant(const struct selection *s, const struct reading *reading, struct text *out);

/* Where the filter was asked, and has passed no row: appends `0 of 801 rows passed the filter: …`. */
bool selection_say_none_passed(const struct selection *s, struct text *out);
/* Rows that only case or blanks tell from what the filter asks for: appends what is to be said of them. */
bool selection_say_near(const struct selection *s, struct text *out);

#endif
