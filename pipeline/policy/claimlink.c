/*
 * claimlink: takes the claim's id out of a link to its page.
 *
 * A link is a host, a path, a query and a fragment (RFC 3986, 3).  Only the forms that are known are taken: a part that is
 * passed over could be what the link is about.
 */
#include "policy/claimlink.h"

#include <string.h>

#define QUERY_NAME "claimId"
#define PATH "/claims/"

static const char *const fronts[] = {"https://", "http://"};
static const char *const hosts[] = {"bitbadges.io/", "www.bitbadges.io/"};
/* What only the recipient's own links have. */
static const char *const personal[] = {"code", "password"};

static struct slice drop(struct slice s, size_t n)
{
    return (struct slice){s.ptr + n, s.len - n};
}

/* What stands before the first of these bytes; *rest is what begins with it. */
static struct slice cut(struct slice s, const char *marks, struct slice *rest)
{
    size_t n = 0;

    while (n < s.len && !strchr(marks, s.ptr[n]))
        n++;
    *rest = drop(s, n);
    return (struct slice){s.ptr, n};
}

bool claimlink_is(struct slice text)
{
    struct slice s = slice_trim(text);

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
        if (slice_begins(s, fronts[i]))
            return true;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        if (slice_begins(s, hosts[i]))
            return true;
    return false;
}

/* ---- percent-decoding ---- */

static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* What is no %XX stays.  The length, at most SEGMENT_MAX + 1. */
static size_t decode(struct slice s, char out[CLAIMLINK_ID_SIZE])
{
    size_t n = 0;

    for (size_t i = 0; i < s.len && n < CLAIMLINK_ID_SIZE; i++) {
        int high = s.ptr[i] == '%' && s.len - i > 2 ? digit_of(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? digit_of(s.ptr[i + 2]) : -1;

        out[n++] = low >= 0 ? (char)(high * 16 + low) : s.ptr[i];
        i += low >= 0 ? 2 : 0;
    }
    return n;
}

/* ---- what the link names ---- */

struct named {
    struct slice id; /* as it is written there; NULL: none */
    const char *fault;
};

static void name_claim(struct named *named, struct slice id)
{
    if (id.len == 0)
        return;
    if (named->id.ptr && !slice_equal(named->id, id))
        named->fault = "is a link that names two claims: paste the one that you mean";
    named->id = id;
}

/* `query` begins with `?`, or is empty. */
static void read_query(struct named *named, struct slice query)
{
    while (query.len > 0) {
        struct slice value, pair = cut(drop(query, 1), "&", &query);
        struct slice name = cut(pair, "=", &value);

        if (value.len > 0)
            value = drop(value, 1);
        if (slice_is(name, QUERY_NAME))
            name_claim(named, value);
        for (size_t i = 0; i < sizeof(personal) / sizeof(personal[0]); i++)
            if (slice_is(name, personal[i]))
                named->fault = "is a link with a code or a password in it: paste it without, and "
                               "give that by --set";
    }
}

const char *claimlink_read(struct slice link, char out[CLAIMLINK_ID_SIZE])
{
    struct slice rest = slice_trim(link), path, query;
    struct named named = {.fault = NULL};
    const char *fault;
    size_t n;

    for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++)
        if (slice_begins(rest, fronts[i]))
            rest = drop(rest, strlen(fronts[i]));
    rest = cut(rest, "#", &query);
    (void)cut(rest, "/?", &rest); /* the host */
    path = cut(rest, "?", &query);
    if (slice_begins(path, PATH))
        name_claim(&named, cut(drop(path, strlen(PATH)), "/", &rest));
    read_query(&named, query);
    if (named.fault)
        return named.fault;
    if (!named.id.ptr)
        return "is a link that names no claim: paste the link of the claim's page, with claimId= "
               "or /claims/ in it, or the id alone";
    n = decode(named.id, out);
    fault = segment_fault((struct slice){out, n});
    if (!fault)
        out[n] = '\0';
    return fault;
}
