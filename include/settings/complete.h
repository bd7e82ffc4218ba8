/*
 * complete: which word of a command line a shell asks for, and what could stand there.
 *
 * Goes by the tables of commands and settings alone: nothing is opened.  Words are borrowed.
 */
#ifndef CLAIMPIPE_SETTINGS_COMPLETE_H
#define CLAIMPIPE_SETTINGS_COMPLETE_H

#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>

enum complete_what {
    COMPLETE_NOTHING, /* anything, of which nothing is known */
    COMPLETE_COMMAND,
    COMPLETE_CHECKED, /* the command behind check */
    COMPLETE_LEDGER,  /* the word behind ledger */
    COMPLETE_TOPIC,   /* the word behind help */
    COMPLETE_OPTION,
    COMPLETE_VALUE, /* of setting */
    COMPLETE_FILE,
    COMPLETE_PRESET,
    COMPLETE_RUN
};

struct complete {
    enum complete_what what;
    const char *typed; /* what there is of it: the last word, or its end behind --option= */
    const struct setting *setting; /* COMPLETE_VALUE */
    unsigned commands;             /* that it may be; bits */
    bool check;                    /* … behind check */
    bool given[SETTINGS_MAX];      /* by their places in the table */
    const char *input, *lookup;    /* as they are given; NULL: not yet */
};

/* words: those behind claimpipe, the last of which is to be completed; n > 0. */
void complete_find(struct complete *c, size_t n, char *const *words);
/* May the setting at this place of the table be an option now? */
bool complete_offers(const struct complete *c, size_t place);

#endif
