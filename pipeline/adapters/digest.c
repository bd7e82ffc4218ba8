/*
 * digest: SHA-256 by OpenSSL's EVP.  `ok` is false from the first failure to the next start.
 */
#include "adapters/digest.h"

#include "base/mem.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>

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
    struct digest *d = mem_zero(1, sizeof *d);
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
    return EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : -1;
}
