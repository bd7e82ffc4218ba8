/*
 * fetch: an INPUT that is a URL (http, https, sftp), downloaded whole; libcurl's second user: one transfer
 * that is waited for, where adapters/http.h has many under way.
 *
 * Secrets: a URL with a password in it is refused, for argv is seen by all; its query is never shown, for
 * it may be a key.  sftp takes the host's key from ~/.ssh/known_hosts only, and logs in by ssh-agent or
 * ~/.ssh.  Redirects are followed (10), but never from https to http, nor to another kind of URL.
 */
#ifndef CLAIMPIPE_ADAPTERS_FETCH_H
#define CLAIMPIPE_ADAPTERS_FETCH_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

#define FETCH_MAX ((int64_t)4 << 30) /* bytes */

struct fetch_options {
    const char *cacert;         /* a PEM file in place of the system's, or NULL */
    int64_t connect_timeout_ns; /* to reach the server */
    int64_t stall_ns;           /* nothing came for so long: the end */
    int64_t max;                /* bytes; FETCH_MAX */
    /* Of a URL that is a link to a page: */
    const char
        *instead; /* what is asked for in its place, or NULL.  Its query is not shown either */
    const char *advice; /* what to do where a page to sign in comes, or NULL */
};

/* Does it begin with a scheme and ://? */
bool fetch_is_url(const char *input);
/* The URL as it may be shown: without a query's and a fragment's text (`https://host/path?…`). */
void fetch_name(const char *url, struct text *out);
/* Into the file behind to.  EXIT_INPUT: the URL is none of these kinds, has a password, can't be reached, is
 * refused (with the server's status), is cut off, is too large, or is a web page (a sign-in, most likely)
 * where a file should be; EXIT_INTERRUPTED: a signal came. */
int fetch_file(const char *url, const struct fetch_options *o, int to, const char *folder,
               struct err *e) MUST_CHECK;

#endif
