/*
 * bookshelf: the seeds and lists from which codes that were given can be made again.
 *
 * A code is known by the ledger's name for its seed or list (codebook_name) and its number, and of a list by its mark:
 * another seed or list would make another code of the same number, so only one of that name is ever asked.  One thread;
 * zeroed is empty.  It keeps nothing of what opens it.
 */
#ifndef CLAIMPIPE_STAGES_BOOKSHELF_H
#define CLAIMPIPE_STAGES_BOOKSHELF_H

#include "base/err.h"

#include <stddef.h>

struct codebook;

struct bookshelf {
    struct codebook **books;
    size_t n;
};

/* The seeds themselves, and paths of lists.  -1 as adapters/codebook.h has it; bookshelf_close in any case. */
int bookshelf_open(struct bookshelf *s, const char *const *seeds, size_t n_seeds,
                   const char *const *codes, size_t n_codes, struct err *e) MUST_CHECK;
void bookshelf_close(struct bookshelf *s);
/* The one that the ledger calls so; NULL: none of these. */
const struct codebook *bookshelf_find(const struct bookshelf *s, const char *name);

#endif
