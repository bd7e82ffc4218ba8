/*
 * letterwish: what a job says of a letter; a part of its target, and borrowed like it.  Texts may hold {{Column}}, if
 * they are called templates; NULL: not said.
 */
#ifndef CLAIMPIPE_STAGES_LETTERWISH_H
#define CLAIMPIPE_STAGES_LETTERWISH_H

#include <stdbool.h>
#include <stddef.h>

#define LETTER_FILES_MAX 8

struct letter_files {
    const char *paths[LETTER_FILES_MAX]; /* templates */
    size_t n;
};

struct letter_wishes {
    /* Its file, as its target's id in a job: .eml; or .txt or .html, and the other one beside it is taken, too. */
    const char *path;
    const char
        *name;      /* by which the ledger knows it; NULL: its file's, without folder and ending */
    const char *to; /* template of the address; NULL: the row's recipient */
    const char *from, *reply_to, *subject; /* templates; NULL: as the letter has it */
    const char *
        bounces_to; /* the envelope's sender, whose local part takes +TOKEN; NULL: From's address */
    const char *copy;          /* an archive that gets a copy */
    const char *unsubscribe;   /* template of an https: or mailto: address */
    bool no_copy;              /* … not even one that the letter names */
    bool one_click;            /* … which takes a POST (RFC 8058) */
    struct letter_files files; /* that are attached */
};

#endif
