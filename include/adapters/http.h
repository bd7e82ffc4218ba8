/*
 * http: many requests at once to one API; libcurl's user, next to adapters/fetch.h.
 *
 * A pool has lanes; each lane is a thread (the caller's: OpenMP) with a curl multi handle of its own,
 * in which any number of transfers run concurrently over kept-alive connections (HTTP/2 where the
 * server speaks it).  One thread submits exchanges and collects them when they are done:
 *
 *   submit -> (lane: inbox -> transfer -> answer) -> collect
 *
 * What is promised of every exchange:
 * - It is done exactly once: submitted once, collected once, whatever happens.
 * - A POST reaches the server whole at most once.  libcurl by itself sends a POST again when a reused
 *   connection dies before the first byte of the answer; here the body comes from a read callback that
 *   cannot be rewound, so that it gives up instead (CURLE_SEND_FAIL_REWIND).
 * - Nor is a GET sent a second time by libcurl: each request is one of the limiter's.
 * - fate is NOT_SENT only if no byte of it left, else a failure is LOST (base/answer.h).
 * - No redirect is followed; no proxy is used on loopback; plain http is for loopback alone.
 * - An answer over HTTP_ANSWER_MAX bytes, unpacked (or what the request allows), is LOST; and so is one that
 *   comes while HTTP_ANSWERS_MAX wait to be collected, which only happens where many are far larger than any should be.
 *
 * Threads: submit, collect, close and abort from one thread; serve from one thread a lane.
 */
#ifndef CLAIMPIPE_ADAPTERS_HTTP_H
#define CLAIMPIPE_ADAPTERS_HTTP_H

#include "adapters/exchange.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LANES_MAX 64
#define HTTP_ANSWER_MAX ((size_t)1 << 20)
/* Bytes of all answers that wait to be collected, and of one that is taken in any case. */
#define HTTP_ANSWERS_MAX ((size_t)16 << 20)
#define HTTP_ANSWER_SMALL ((size_t)4 << 10)
#define HTTP_HEAD_MAX ((size_t)16 << 10)

struct smtp_options;

struct http_options {
    const char *base_url; /* without a trailing slash; NULL: there is only mail */
    const char *api_key;  /* NULL: none is sent */
    const char *cacert;   /* a PEM file of authorities to trust instead of the system's, or NULL */
    const char *user_agent;
    int64_t connect_timeout_ns;
    int64_t timeout_ns;              /* whole request */
    size_t lanes;                    /* 1 .. HTTP_LANES_MAX */
    const struct smtp_options *smtp; /* NULL: no mail */
};

struct http_pool;

/* A base URL in its one form, into out: scheme and host in lower case, no default port, no trailing
 * slash.  NULL, or what is wrong with it ("is plain http, …"); check text_ok(out) as well. */
const char *http_base_url(const char *url, struct text *out);
/* Is the host of a URL this machine? */
bool http_is_loopback(const char *host);
/* And that of a base URL? */
bool http_stays_here(const char *base_url);

/* Which libcurl it is, with which TLS: "libcurl 7.88.1 (OpenSSL/3.0.17)". */
void http_library(struct text *out);

/* Options are borrowed and must outlive the pool.  NULL with an error. */
struct http_pool *http_pool_new(const struct http_options *o, struct err *e) MUST_CHECK;
void http_pool_free(struct http_pool *p); /* after every lane has returned */

/* A lane's thread: works until the pool is closed and its transfers are done.  -1 if it could not
 * begin or go on (it then still fails what it is given, so that nothing hangs). */
int http_pool_serve(struct http_pool *p, size_t lane, struct err *e) MUST_CHECK;
/* How many there are: those of HTTP first, then those of mail. */
size_t http_pool_lanes(const struct http_pool *p);
/* Or, for a caller that would rather have one thread for everything: one round of a lane's work, which
 * waits at most wait_ns for its transfers.  -1 as above. */
int http_pool_turn(struct http_pool *p, size_t lane, int64_t wait_ns, struct err *e) MUST_CHECK;

void http_pool_submit(struct http_pool *p, struct exchange *x);
/* The exchanges that are done, oldest first, as a list by `next`; waits at most wait_ns for one. */
struct exchange *http_pool_collect(struct http_pool *p, int64_t wait_ns);
/* Transfers under way are given up at once: LOST, or NOT_SENT. */
void http_pool_abort(struct http_pool *p);
/* No more is submitted; lanes return when they have nothing left. */
void http_pool_close(struct http_pool *p);

#endif
