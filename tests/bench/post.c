/*
 * post URL CLAIM REQUESTS IN_FLIGHT: bare libcurl-multi, which only posts: so many completions of one claim, each for
 * an address of its own, so many of them under way at once.  What claimpipe is measured by: no file, no ledger, and an
 * answer counts by its status alone.  The API key comes from BITBADGES_API_KEY.  Exit 1 if a request was not answered
 * with 200.
 *
 * The body comes from a read callback that can't be rewound, as in adapters/http.c: else libcurl sends a POST again by
 * itself when a connection that it has kept dies, and a loop that may do so is no peer.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 1000
#define URL_SIZE 512

static const char body[] = "{\"_expectedVersion\":0}";

struct loop {
    CURLM *multi;
    struct curl_slist *headers;
    const char *url, *claim;
    unsigned long begun, done, requests;
};

struct post {
    CURL *easy;
    size_t sent; /* of the body */
};

static size_t on_read(char *to, size_t size, size_t n, void *context)
{
    struct post *p = context;
    size_t left = sizeof(body) - 1 - p->sent, take = size * n < left ? size * n : left;

    memcpy(to, body + p->sent, take);
    p->sent += take;
    return take;
}

static size_t on_answer(char *bytes, size_t size, size_t n, void *context)
{
    (void)bytes, (void)context;
    return size * n;
}

static struct curl_slist *headers_new(void)
{
    const char *key = getenv("BITBADGES_API_KEY");
    char line[URL_SIZE];

    snprintf(line, sizeof(line), "x-api-key: %s", key ? key : "");
    return curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), line);
}

static int post_init(struct loop *l, struct post *p)
{
    p->easy = curl_easy_init();
    if (p->easy && !curl_easy_setopt(p->easy, CURLOPT_POST, 1L) &&
        !curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE, (long)sizeof(body) - 1) &&
        !curl_easy_setopt(p->easy, CURLOPT_READFUNCTION, on_read) &&
        !curl_easy_setopt(p->easy, CURLOPT_READDATA, p) &&
        !curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, on_answer) &&
        !curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, l->headers) &&
        !curl_easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L) &&
        !curl_easy_setopt(p->easy, CURLOPT_PRIVATE, p))
        return 0;
    return -1;
}

static int post_send(struct loop *l, struct post *p)
{
    char url[URL_SIZE];

    p->sent = 0;
    snprintf(url, sizeof(url), "%s/api/v0/claims/complete/%s/0x%040lx", l->url, l->claim,
             ++l->begun);
    if (curl_easy_setopt(p->easy, CURLOPT_URL, url) || curl_multi_add_handle(l->multi, p->easy))
        return -1;
    return 0;
}

/* Whoever has its answer sends the next request. */
static int post_done(struct loop *l, const CURLMsg *message)
{
    struct post *p;
    long status = 0;

    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&p);
    curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
    if (message->data.result != CURLE_OK || status != 200) {
        fprintf(stderr, "post: status %ld, %s\n", status, curl_easy_strerror(message->data.result));
        return -1;
    }
    curl_multi_remove_handle(l->multi, p->easy);
    l->done++;
    return l->begun < l->requests ? post_send(l, p) : 0;
}

static int loop_run(struct loop *l)
{
    CURLMsg *message;
    int left;

    do {
        if (curl_multi_poll(l->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK ||
            curl_multi_perform(l->multi, &left) != CURLM_OK)
            return -1;
        while ((message = curl_multi_info_read(l->multi, &left)))
            if (post_done(l, message) != 0)
                return -1;
    } while (l->done < l->requests);
    return 0;
}

int main(int argc, char **argv)
{
    struct loop l = {0};
    struct post *posts;
    unsigned long in_flight;
    int rc = 0;

    if (argc != 5 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return 2;
    l.url = argv[1];
    l.claim = argv[2];
    l.requests = strtoul(argv[3], NULL, 10);
    in_flight = strtoul(argv[4], NULL, 10);
    l.headers = headers_new();
    l.multi = curl_multi_init();
    posts = calloc(in_flight, sizeof(*posts));
    if (!l.headers || !l.multi || !posts)
        return 2;
    for (unsigned long i = 0; i < in_flight && l.begun < l.requests && rc == 0; i++)
        rc = post_init(&l, &posts[i]) == 0 ? post_send(&l, &posts[i]) : -1;
    if (rc == 0)
        rc = loop_run(&l);
    for (unsigned long i = 0; i < in_flight; i++)
        curl_easy_cleanup(posts[i].easy);
    curl_multi_cleanup(l.multi);
    curl_slist_free_all(l.headers);
    free(posts);
    curl_global_cleanup();
    return rc == 0 ? 0 : 1;
}
