/* hook: a URL is split by its few delimiters (RFC 3986, 3); what libcurl then makes of it is its own matter. */
#include "policy/hook.h"

#include "base/percent.h"

#include <string.h>

#define KUMA_PATH "/api/push/"
#define DISCORD_PATH "/api/webhooks/"
#define MESSAGE_MAX 200 /* bytes of a text in a query */

/* ---- reading ---- */

/* After a scheme in any case; NULL: it is another. */
static const char *skip_scheme(const char *url, const char *scheme)
{
    size_t i = 0;

    for (; scheme[i]; i++)
        if ((url[i] >= 'A' && url[i] <= 'Z' ? url[i] - 'A' + 'a' : url[i]) != scheme[i])
            return NULL;
    return url + i;
}

static bool is_odd(const char *url)
{
    for (; *url; url++)
        if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 0x7f || *url == '\\')
            return true;
    return false;
}

/* The host of `host:port` or `[::1]:port`, in lower case. */
static bool read_host(struct hook *h, struct slice authority)
{
    size_t len =
        authority.ptr[0] == '[' ? strcspn(authority.ptr, "]") + 1 : strcspn(authority.ptr, ":/?#");

    if (len == 0 || len > authority.len || len >= sizeof(h->host))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = authority.ptr[i];

        h->host[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    h->host[len] = '\0';
    return true;
}

const char *hook_read(struct hook *h, const char *url)
{
    const char *rest = skip_scheme(url, "https://");
    size_t authority, path, query;

    memset(h, 0, sizeof(*h));
    h->plain = !rest;
    if (!rest)
        rest = skip_scheme(url, "http://");
    if (!rest)
        return "is not an http(s) URL";
    if (is_odd(url))
        return "holds a blank or another character that no URL has";
    authority = strcspn(rest, "/?#");
    if (memchr(rest, '@', authority))
        return "has a user name, which is not sent to a webhook";
    if (authority == 0 || !read_host(h, (struct slice){rest, authority}))
        return "has no host";
    h->origin = (struct slice){url, (size_t)(rest - url) + authority};
    rest += authority;
    path = strcspn(rest, "?#");
    h->path = (struct slice){rest, path};
    rest += path;
    query = *rest == '?' ? strcspn(++rest, "#") : 0;
    h->query = (struct slice){rest, query};
    return NULL;
}

/* ---- webhooks ---- */

/* Is the host this domain, or (wild) one below it? */
static bool is_host(const struct hook *h, const char *domain, bool wild)
{
    size_t len = strlen(h->host), n = strlen(domain);

    if (strcmp(h->host, domain) == 0)
        return true;
    return wild && len > n && h->host[len - n - 1] == '.' && strcmp(h->host + len - n, domain) == 0;
}

static bool is_below(const struct hook *h, const char *path)
{
    size_t len = strlen(path);

    return h->path.len >= len && memcmp(h->path.ptr, path, len) == 0;
}

enum hook_form hook_form(const struct hook *h)
{
    if (is_host(h, "hooks.slack.com", false) || is_host(h, "hooks.slack-gov.com", false))
        return HOOK_SLACK;
    if (is_host(h, "webhook.office.com", true) || is_host(h, "logic.azure.com", true) ||
        is_host(h, "powerplatform.com", true))
        return HOOK_TEAMS;
    if ((is_host(h, "discord.com", true) || is_host(h, "discordapp.com", true)) &&
        is_below(h, DISCORD_PATH))
        return HOOK_DISCORD;
    return HOOK_SUMMARY;
}

size_t hook_text_max(enum hook_form form)
{
    static const size_t most[] = {
        [HOOK_SUMMARY] = 16000, [HOOK_SLACK] = 3000, [HOOK_TEAMS] = 16000, [HOOK_DISCORD] = 1900};

    return most[form];
}

/* ---- switches ---- */

static bool is_kuma(const struct hook *h)
{
    static const char part[] = KUMA_PATH;
    size_t len = sizeof(part) - 1;

    for (size_t i = 0; i + len <= h->path.len; i++)
        if (memcmp(h->path.ptr + i, part, len) == 0)
            return true;
    return false;
}

static bool is_cronitor(const struct hook *h)
{
    return is_host(h, "cronitor.link", true) || is_host(h, "cronitor.io", true);
}

/* `name=value`, the value no longer than a query has room for, and cut between characters. */
static void put_message(struct text *path, const char *name, const char *text)
{
    size_t len = strcspn(text, "\n");

    if (len > MESSAGE_MAX)
        for (len = MESSAGE_MAX; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
            len--;
    text_printf(path, "&%s=", name);
    percent_append(path, (struct slice){text, len});
}

static void put_path(struct text *path, const struct hook *h, const char *below)
{
    size_t len = h->path.len;

    while (*below && len > 0 && h->path.ptr[len - 1] == '/')
        len--;
    text_append(path, h->path.ptr, len);
    text_puts(path, below);
    if (path->len == 0)
        text_puts(path, "/");
}

static bool ping_kuma(const struct hook *h, enum hook_event event, const char *text,
                      struct text *path)
{
    if (event == HOOK_START)
        return false;
    put_path(path, h, "");
    /* What the page offers to copy has a query, which is an example. */
    text_printf(path, "?status=%s", event == HOOK_FAILURE ? "down" : "up");
    put_message(path, "msg", text);
    return true;
}

static void ping_cronitor(const struct hook *h, enum hook_event event, const char *text,
                          struct text *path)
{
    static const char *const states[] = {[HOOK_START] = "run",
                                         [HOOK_SUCCESS] = "complete",
                                         [HOOK_WARNING] = "complete",
                                         [HOOK_FAILURE] = "fail"};

    put_path(path, h, "");
    text_puts(path, "?");
    text_append(path, h->query.ptr, h->query.len);
    text_printf(path, "%sstate=%s", h->query.len > 0 ? "&" : "", states[event]);
    if (event != HOOK_START)
        put_message(path, "message", text);
}

static void ping_healthchecks(const struct hook *h, enum hook_event event, size_t i,
                              struct text *path)
{
    static const char *const below[] = {[HOOK_START] = "/start",
                                        [HOOK_SUCCESS] = "",
                                        [HOOK_WARNING] = "/log",
                                        [HOOK_FAILURE] = "/fail"};

    put_path(path, h, i == 0 ? below[event] : "");
    if (h->query.len > 0) {
        text_puts(path, "?");
        text_append(path, h->query.ptr, h->query.len);
    }
}

bool hook_ping(const struct hook *h, enum hook_event event, size_t i, const char *text,
               struct text *path, bool *body)
{
    bool twice = event == HOOK_WARNING && !is_kuma(h) && !is_cronitor(h);

    text_clear(path);
    *body = false;
    if (i > (twice ? 1 : 0))
        return false;
    if (is_kuma(h))
        return ping_kuma(h, event, text, path);
    if (is_cronitor(h)) {
        ping_cronitor(h, event, text, path);
        return true;
    }
    ping_healthchecks(h, event, i, path);
    *body = true;
    return true;
}

enum hook_event hook_event_of(int exit_code)
{
    return exit_code == 0 ? HOOK_SUCCESS : exit_code == 1 ? HOOK_WARNING : HOOK_FAILURE;
}
