/*
 * baseurl: libcurl takes the URL apart, so that what is checked is what is connected to.
 */
#include "baseurl.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

bool baseurl_is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

static void lower(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s - 'A' + 'a');
}

void baseurl_release(struct baseurl *u)
{
    curl_free(u->user);
    curl_free(u->fragment);
    curl_free(u->query);
    curl_free(u->path);
    curl_free(u->port);
    curl_free(u->host);
    curl_free(u->scheme);
    curl_url_cleanup(u->parsed);
}

/* A part of the URL into *out, which stays NULL where there is none. */
static CURLUcode part(const struct baseurl *u, CURLUPart which, char **out)
{
    CURLUcode code = curl_url_get(u->parsed, which, out, CURLU_NO_DEFAULT_PORT);

    if (code != CURLUE_OK)
        *out = NULL;
    return code == CURLUE_OUT_OF_MEMORY ? code : CURLUE_OK;
}

static CURLUcode split(struct baseurl *u, const char *url)
{
    CURLUcode code;

    memset(u, 0, sizeof(*u));
    u->parsed = curl_url();
    if (!u->parsed)
        return CURLUE_OUT_OF_MEMORY;
    if ((code = curl_url_set(u->parsed, CURLUPART_URL, url, 0)) ||
        (code = part(u, CURLUPART_SCHEME, &u->scheme)) ||
        (code = part(u, CURLUPART_HOST, &u->host)) || (code = part(u, CURLUPART_PORT, &u->port)) ||
        (code = part(u, CURLUPART_PATH, &u->path)) ||
        (code = part(u, CURLUPART_QUERY, &u->query)) ||
        (code = part(u, CURLUPART_FRAGMENT, &u->fragment)))
        return code;
    return part(u, CURLUPART_USER, &u->user);
}

int baseurl_read(struct baseurl *u, const char *url)
{
    CURLUcode code = split(u, url);

    if (code == CURLUE_OUT_OF_MEMORY)
        return -1;
    if (code || !u->scheme || !u->host || !u->path)
        return 1;
    lower(u->scheme);
    lower(u->host);
    return 0;
}

bool baseurl_has_more(const struct baseurl *u)
{
    return u->query || u->fragment || u->user;
}

void baseurl_write(const struct baseurl *u, struct text *out)
{
    size_t len = strlen(u->path);

    while (len > 0 && u->path[len - 1] == '/')
        len--;
    text_printf(out, "%s://%s", u->scheme, u->host);
    if (u->port)
        text_printf(out, ":%s", u->port);
    text_append(out, u->path, len);
}
