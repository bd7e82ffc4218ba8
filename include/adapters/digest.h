/*
 * digest: SHA-256 (FIPS 180-4), bit by bit or at once; the sole user of libcrypto.
 *
 *   new -> update* -> finish -> update* -> finish … -> free
 *
 * A failure inside is kept until digest_finish, so that updates need no check.  A digest belongs to
 * one thread; digest_once may be called from any.
 */
#ifndef CLAIMPIPE_ADAPTERS_DIGEST_H
#define CLAIMPIPE_ADAPTERS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32

struct digest;

/* NULL: no memory. */
struct digest *digest_new(void);
void digest_free(struct digest *d);

void digest_update(struct digest *d, const void *bytes, size_t len);
/* The hash of everything since digest_new or the last digest_finish; d then begins anew.
 * 0, or -1 if libcrypto failed (no memory, or a build of it that lacks SHA-256). */
int digest_finish(struct digest *d, uint8_t out[DIGEST_SIZE]);

/* The hash of these bytes; 0, or -1 as above. */
int digest_once(const void *bytes, size_t len, uint8_t out[DIGEST_SIZE]);

#endif
