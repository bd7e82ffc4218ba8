/*
 * codebook: the claim codes that can be given out, by number from 0: those of a seed, or of a list.
 *
 * A seed's codes are made when they are asked for (hex(SHA-256(SEED "-" INDEX)) "-" INDEX, as BitBadges
 * makes them); a list's are read once and kept, about 16 bytes each besides their text.
 *
 * A list is a CSV or a sheet, or has one code a line.  Several columns need a header, in which exactly one is called
 * code, codes, claim code or claim codes (any case; the words may be joined, or by - or _); one column
 * may have such a header.  Outer blanks are trimmed, empty lines passed over.  The order of the codes is
 * that of the file: append to a list that is in use, and change nothing before.
 *
 * Codes and seeds are secrets: no error shows one, and what is kept of them is wiped when it is freed.
 * A codebook never changes: its const functions may be called by any number of threads.
 */
#ifndef CLAIMPIPE_ADAPTERS_CODEBOOK_H
#define CLAIMPIPE_ADAPTERS_CODEBOOK_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define CODEBOOK_CODE_MAX 1024 /* bytes of a code with its NUL */
#define CODEBOOK_NAME_MAX 48
#define CODEBOOK_MARK_SIZE 16
#define CODEBOOK_LIST_MAX 10000000 /* codes of a list */

struct codebook;

/* NULL with EXIT_USAGE: empty, or not UTF-8.  seed is not needed any longer. */
struct codebook *codebook_of_seed(const char *seed, struct err *e) MUST_CHECK;
/* NULL with EXIT_USAGE and `codes.txt:17: …`: a code that is repeated, too long, not UTF-8, or holds
 * control characters; no code where there should be one, or none at all; no CSV; not to be read.
 * EXIT_INTERRUPTED: a signal came while waiting for a pipe.  path may be a pipe: it is read once. */
struct codebook *codebook_of_list(const char *path, struct err *e) MUST_CHECK;
/* Who judges a list's codes: each as it is read, and when all are known each again, from the first on.  A text, which
 * is valid until the next call, says why it is refused (EXIT_USAGE, with its line); NULL: it is fine. */
struct codebook_judge {
    void *context;
    const char *(*first)(void *context, struct slice code);
    const char *(*second)(void *context, struct slice code, uint64_t index);
};
struct spool;
/* The list's bytes, if they are not the file's own. */
struct codebook_table {
    struct spool *spool; /* from its beginning */
    size_t width;        /* of a sheet: csvio_reader_sheet; else 0 */
};
/* table and judge may be NULL. */
struct codebook *codebook_of_judged_list(const char *path, const struct codebook_table *table,
                                         const struct codebook_judge *judge,
                                         struct err *e) MUST_CHECK;
void codebook_free(struct codebook *b); /* NULL is fine */

/* "seed:" or "list:" and 32 hex digits, by which the ledger knows it: a slow hash of the seed, or of the
 * list's first code, so that it stays the same when codes are appended. */
const char *codebook_name(const struct codebook *b);
bool codebook_is_list(const struct codebook *b);
const char *codebook_path(const struct codebook *b); /* of a list, else NULL */
/* How many there are; INT64_MAX for a seed. */
int64_t codebook_count(const struct codebook *b);
/* 0, or -1: there is none of that number, or libcrypto failed. */
int codebook_code(const struct codebook *b, int64_t index, char out[CODEBOOK_CODE_MAX]);
/* Is the code of that number still the one that has this mark?  If not, EXIT_USAGE with `codes.txt:17: …`.
 * Of a seed it always is. */
int codebook_verify(const struct codebook *b, int64_t index, const uint8_t mark[CODEBOOK_MARK_SIZE],
                    struct err *e) MUST_CHECK;
/* A hash of the code, the same in every list that has it, by which a code is known to have been given.
 * False for a seed, for no such index, and if libcrypto failed. */
bool codebook_mark(const struct codebook *b, int64_t index, uint8_t mark[CODEBOOK_MARK_SIZE]);

#endif
