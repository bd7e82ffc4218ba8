/*
 * ledger_seal: the small file beside a ledger (its name and `-seal`) that tells which ledger it is, how
 * many transactions it had, and, since it was closed, its size and SHA-256.
 *
 * Three places, a sector each, every one a line of text with a checksum at its end; what counts is the
 * highest.  The first two are written in turn and synced, when the ledger is opened, at checkpoints and when it
 * is closed: a power cut can take the one that is being written, and leaves the other.  The third is written
 * after each transaction, and not synced.  So the seal is never newer than the ledger, and older only by what
 * a power cut takes.  Errors: ledger.h.
 */
#ifndef CLAIMPIPE_LEDGER_LEDGER_SEAL_H
#define CLAIMPIPE_LEDGER_LEDGER_SEAL_H

#include "base/err.h"
#include "base/trust.h"

#include <stdbool.h>
#include <stdint.h>

#define SEAL_PLACE 512
#define SEAL_DIGEST_HEX 64

struct ledger_seal {
    struct trust_state state; /* there: false if there is no file, or no place of it is whole */
    int64_t size;             /* of the ledger; with its digest only if it was closed */
    char digest[SEAL_DIGEST_HEX + 1];
};

/* path: the ledger's. */
int ledger_seal_read(const char *path, struct ledger_seal *out, struct err *e) MUST_CHECK;
/* The third place, to the file's memory only: after a transaction. */
int ledger_seal_mark(const char *path, int *fd, const struct ledger_seal *seal,
                     struct err *e) MUST_CHECK;
/* To the disk.  The file is made if it is not there; what it says of another ledger, or of a newer state
 * of this one, is gone. */
int ledger_seal_write(const char *path, const struct ledger_seal *seal, struct err *e) MUST_CHECK;
/* Size and digest of what fd has. */
int ledger_seal_measure(const char *path, int fd, struct ledger_seal *out,
                        struct err *e) MUST_CHECK;

#endif
