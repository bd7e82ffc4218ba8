/*
 * baseurl: the parts of a URL that names a server, as adapters take them apart.
 */
#ifndef CLAIMPIPE_ADAPTERS_BASEURL_H
#define CLAIMPIPE_ADAPTERS_BASEURL_H

#include "base/text.h"

#include <stdbool.h>

/* Scheme and host are in lower case.  The parts that are not there are NULL, as is a port that is the scheme's own. */
struct baseurl {
    void *parsed;
    char *scheme, *host, *port, *path, *query, *fragment, *user;
};

/* 1: it is no URL; -1: no memory.  To be released in any case. */
int baseurl_read(struct baseurl *u, const char *url);
void baseurl_release(struct baseurl *u);
bool baseurl_has_more(const struct baseurl *u); /* a query, a fragment or a user's name */
/* Its one form, without a slash at its end: appended. */
void baseurl_write(const struct baseurl *u, struct text *out);
/* Is a URL's host this machine? */
bool baseurl_is_loopback(const char *host);

#endif
