/*
 * digest: SHA-256 (FIPS 180-4) and what is made of it; the sole user of libcrypto.
 *
 * - struct digest: bit by bit: new -> update* -> finish -> update* -> finish … -> free.  A failure
 *   inside is kept until digest_finish, so that updates need no check.
 * - struct digest_state: many hashes whose beginnings are the same, of which each whole 64-byte block
 *   is hashed once: begin -> finish*.  A plain value: it may be copied, and needs no release.
 * - digest_once: some bytes.  digest_slow: a secret, so that guessing it from the hash is slow.
 *
 * A digest belongs to one thread; all else may be called from any, also with the same state.
 */
#ifndef CLAIMPIPE_ADAPTERS_DIGEST_H
#define CLAIMPIPE_ADAPTERS_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_STATE_WORDS 14 /* room for OpenSSL's SHA256_CTX */

struct digest;

/* Opaque.  What it was begun with can be found in it: wipe it if that is secret. */
struct digest_state {
    uint64_t words[DIGEST_STATE_WORDS];
};

/* NULL: no memory. */
struct digest *digest_new(void);
void digest_free(struct digest *d);

void digest_update(struct digest *d, const void *bytes, size_t len);
/* The hash of everything since digest_new or the last digest_finish; d then begins anew.
 * 0, or -1 if libcrypto failed (no memory, or a build of it that lacks SHA-256). */
int digest_finish(struct digest *d, uint8_t out[DIGEST_SIZE]);

/* The hash of these bytes; 0, or -1 as above. */
int digest_once(const void *bytes, size_t len, uint8_t out[DIGEST_SIZE]);

/* Each 0, or -1 as above.  digest_state_finish gives the hash of what s was begun with and of these
 * bytes after it, and leaves s as it is. */
int digest_state_begin(struct digest_state *s, const void *bytes, size_t len);
int digest_state_finish(const struct digest_state *s, const void *bytes, size_t len,
                        uint8_t out[DIGEST_SIZE]);

/* PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2) of a secret; 0, or -1 as above.  100,000 rounds take about
 * 25 ms. */
int digest_slow(const void *secret, size_t len, const char *salt, int rounds,
                uint8_t out[DIGEST_SIZE]);

#endif
