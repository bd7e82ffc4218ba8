/*
 * codeshape: what a spreadsheet has made of a list of claim codes, of which nobody is given one that can't be
 * redeemed.
 *
 * Some damage shows in a code itself: 2.19E+26, #REF!, NULL, TRUE, 12345.0, ="00123", a zero-width space.  Some
 * shows beside the others only: leading zeros that are gone, long numbers that all end in zeros, a date
 * (Mar-21), one length among others.  So all codes are added first, then each is asked about.
 *
 * Lengths are compared without the number at the end where each code has one behind a mark (HASH-7, HASH-1000),
 * and not at all where each is the same text with a number (CODE7) or where plain numbers count on (1 to 500).  Pure; no text has a code in it.
 */
#ifndef CLAIMPIPE_POLICY_CODESHAPE_H
#define CLAIMPIPE_POLICY_CODESHAPE_H

#include "base/text.h"
#include "policy/wholes.h"

#include <stdbool.h>
#include <stdint.h>

#define CODESHAPE_LENGTHS 1024 /* codes are shorter (adapters/codebook.h) */
#define CODESHAPE_SHAPE_MAX 24
#define CODESHAPE_TEXT_MAX 192

/* A list, all zero at first. */
struct codeshape {
    uint64_t n;
    uint64_t lengths[CODESHAPE_LENGTHS]; /* how many codes have each */
    uint64_t stems[CODESHAPE_LENGTHS];   /* likewise, without the number behind a mark */
    bool unnumbered;                     /* some code has no such number */
    size_t usual;                        /* the length of most; set by codeshape_end */
    struct wholes wholes;
    uint64_t numbers, least, most;   /* codes that are short plain numbers, and their range */
    uint64_t dates;                  /* codes that look like one */
    char other[CODESHAPE_SHAPE_MAX]; /* how the first that does not is written, as AA-00 */
    char stem[CODESHAPE_LENGTHS];    /* what stands before the number at the end of the first */
    bool no_series;                  /* another has another stem */
    char text[CODESHAPE_TEXT_MAX];
};

/* One more code, which is not empty.  Why none can be like that, whatever the others are; or NULL. */
const char *codeshape_add(struct codeshape *c, struct slice code);
/* All have been added. */
void codeshape_end(struct codeshape *c);
/* Why it can't be right beside the others, or NULL; index: its place, from 0. */
const char *codeshape_fault(struct codeshape *c, struct slice code, uint64_t index);

#endif
