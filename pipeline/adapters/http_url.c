/*
 * http_url: which base URLs an API may have.
 */
#include "baseurl.h"
#include "http_internal.h"

#include <string.h>

bool http_is_loopback(const char *host)
{
    return baseurl_is_loopback(host);
}

/* NULL, or what is wrong with it. */
static const char *fault_of(const struct baseurl *u)
{
    if (strcmp(u->scheme, "https") != 0 && strcmp(u->scheme, "http") != 0)
        return "is not an http(s) URL";
    if (strcmp(u->scheme, "http") == 0 && !baseurl_is_loopback(u->host))
        return "is plain http, which would show the API key to everybody on the way: use https "
               "(plain http is for loopback only)";
    return baseurl_has_more(u) ? "has a query or a user name, which a base URL must not have"
                               : NULL;
}

/* 0; 1 with the fault; -1: no memory.  To be released in any case. */
static int url_read(struct baseurl *u, const char *url, const char **fault)
{
    int rc = baseurl_read(u, url);

    *fault = rc == 1 ? "is not an http(s) URL" : rc == 0 ? fault_of(u) : NULL;
    return *fault ? 1 : rc;
}

const char *http_base_url(const char *url, struct text *out)
{
    const char *fault;
    struct baseurl u;
    int rc = url_read(&u, url, &fault);

    text_clear(out);
    if (rc == 0)
        baseurl_write(&u, out);
    else if (rc < 0)
        out->failed = true;
    baseurl_release(&u);
    return fault;
}

int http_url_check(const char *url, bool *loopback, const char **fault)
{
    struct baseurl u;
    int rc = url_read(&u, url, fault);

    *loopback = rc == 0 && baseurl_is_loopback(u.host);
    baseurl_release(&u);
    return rc;
}

bool http_stays_here(const char *base_url)
{
    const char *fault;
    bool here;

    return http_url_check(base_url, &here, &fault) == 0 && here;
}
