/*
 * http_internal: what the files of http share: http.c (the pool and its lanes), http_transfer.c (one request by libcurl,
 * and what became of it), http_url.c (base URLs).
 */
#ifndef CLAIMPIPE_ADAPTERS_HTTP_INTERNAL_H
#define CLAIMPIPE_ADAPTERS_HTTP_INTERNAL_H

#include "adapters/http.h"

#include <stdatomic.h>

struct curl_slist;

/* A lane's easy handles (CURL *), which are used again and again. */
struct http_transfers {
    const struct http_options *options;
    bool loopback;
    atomic_size_t *held; /* bytes of answers that were not collected yet, of all lanes */
    struct curl_slist *headers_get, *headers_post;
    void **idle;
    size_t n_idle, cap_idle;
};

/* -1: no memory.  To be released in any case. */
int http_transfers_init(struct http_transfers *t, const struct http_options *o, bool loopback,
                        atomic_size_t *held);
void http_transfers_release(struct http_transfers *t);

/* A handle that is set up for the exchange, or NULL: no memory, or the URL is too long. */
void *http_transfer_aim(struct http_transfers *t, struct exchange *x);
/* Its exchange, once libcurl has come to this verdict (a CURLcode). */
struct exchange *http_transfer_judge(void *easy, unsigned code);
/* The handle, when no multi has it any more. */
void http_transfer_end(struct http_transfers *t, void *easy);
/* It was not even tried. */
void http_exchange_fail(struct exchange *x, const char *problem);

/* 0; 1 with what is wrong with the URL in *fault; -1: no memory. */
int http_url_check(const char *url, bool *loopback, const char **fault);

#endif
