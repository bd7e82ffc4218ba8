/*
 * topics: what the help says that the tables of commands and settings do not: examples of each command, and short texts
 * on what is asked most.
 *
 * Every line fits 80 columns.  Each that begins with `  claimpipe ` is a command, which tests/docs_test.py runs over
 * the samples.
 */
#ifndef CLAIMPIPE_SETTINGS_TOPICS_H
#define CLAIMPIPE_SETTINGS_TOPICS_H

#include <stddef.h>

struct topic {
    const char *name, *also; /* also: a second name, or NULL */
    const char *about;       /* a few words */
    const char *text;        /* lines, each with its line end */
};

/* One after the other; NULL behind the last. */
const struct topic *topics_at(size_t i);
/* By one of its names; NULL: there is none. */
const struct topic *topics_find(const char *name);
/* The name of the topic that a word of everyday use belongs to, or NULL. */
const char *topics_about(const char *word);
/* Lines of examples of the commands that begin with this word; NULL: there are none. */
const char *topics_examples(const char *first);

#endif
