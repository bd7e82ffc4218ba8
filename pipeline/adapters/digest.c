/*
 * digest: SHA-256 by OpenSSL's EVP where much is hashed at once, and by its low-level functions where
 * little is hashed often.  The latter are deprecated since OpenSSL 3.0, but EVP looks its algorithm up
 * and allocates for each hash.  Nanoseconds a hash (48 bytes; OpenSSL 3.0.22, a CPU with SHA extensions):
 *
 *   EVP_Digest 354-387   SHA256 344-380 (EVP within)   SHA256_CTX 54-57
 *   after a common beginning: EVP_MD_CTX_copy_ex 82-95 (112-139 with its allocation)   SHA256_CTX 51-56
 *
 * A struct digest's `ok` is false from the first failure to the next start.
 */
/* The low-level functions as OpenSSL 1.1.0 has them, without a warning. */
#define OPENSSL_API_COMPAT 0x10100000L
#include "adapters/digest.h"

#include "base/mem.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct digest_state), "a state has room for OpenSSL's");

struct digest {
    EVP_MD_CTX *ctx;
    bool ok;
};

static void start(struct digest *d)
{
    d->ok = EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) == 1;
}

struct digest *digest_new(void)
{
    struct digest *d = mem_zero(1, sizeof(*d));
    if (!d)
        goto err0;
    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx)
        goto err1;
    start(d);
    return d;

err1:
    free(d);
err0:
    return NULL;
}

void digest_free(struct digest *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free(d->ctx);
    free(d);
}

void digest_update(struct digest *d, const void *bytes, size_t len)
{
    d->ok = d->ok && EVP_DigestUpdate(d->ctx, bytes, len) == 1;
}

int digest_finish(struct digest *d, uint8_t out[DIGEST_SIZE])
{
    int rc = d->ok && EVP_DigestFinal_ex(d->ctx, out, NULL) == 1 ? 0 : -1;

    start(d);
    return rc;
}

int digest_once(const void *bytes, size_t len, uint8_t out[DIGEST_SIZE])
{
    SHA256_CTX ctx;

    return SHA256_Init(&ctx) && SHA256_Update(&ctx, bytes, len) && SHA256_Final(out, &ctx) ? 0 : -1;
}

int digest_state_begin(struct digest_state *s, const void *bytes, size_t len)
{
    SHA256_CTX ctx;
    int rc = SHA256_Init(&ctx) && SHA256_Update(&ctx, bytes, len) ? 0 : -1;

    memcpy(s, &ctx, sizeof(ctx));
    explicit_bzero(&ctx, sizeof(ctx));
    return rc;
}

int digest_state_finish(const struct digest_state *s, const void *bytes, size_t len,
                        uint8_t out[DIGEST_SIZE])
{
    SHA256_CTX ctx;

    memcpy(&ctx, s, sizeof(ctx));
    /* SHA256_Final wipes the bytes that ctx holds */
    return SHA256_Update(&ctx, bytes, len) && SHA256_Final(out, &ctx) ? 0 : -1;
}

int digest_slow(const void *secret, size_t len, const char *salt, int rounds,
                uint8_t out[DIGEST_SIZE])
{
    if (len > INT_MAX)
        return -1;
    return PKCS5_PBKDF2_HMAC(secret, (int)len, (const unsigned char *)salt, (int)strlen(salt),
                             rounds, EVP_sha256(), DIGEST_SIZE, out) == 1
               ? 0
               : -1;
}
