/* apiname: a URL is cut into scheme, host, port and path, and each is brought into its one form. */
#include "base/apiname.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX 256 /* bytes; of a name DNS allows 253 */
#define LOOPBACK "127.0.0.1"

static void append_lower(struct text *out, struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        text_append(out, &c, 1);
    }
}

/* ---- percent-encoding ---- */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_unreserved(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

/* What need not be encoded is not, and the rest is in capitals. */
static void append_decoded(struct text *out, struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        int high = s.ptr[i] == '%' && i + 2 < s.len ? hex_of(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_of(s.ptr[i + 2]) : -1;
        char c = (char)(16 * high + low);

        if (low < 0)
            text_append(out, s.ptr + i, 1);
        else if (is_unreserved(16 * high + low))
            text_append(out, &c, 1);
        else
            text_printf(out, "%%%02X", (unsigned)(16 * high + low));
        i += low < 0 ? 0 : 2;
    }
}

/* ---- host and port ---- */

/* host without brackets, in lower case; into out if it is an address. */
static bool address_of(const char *host, char out[HOST_MAX])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff}; /* IPv4 in IPv6 */
    struct in6_addr six;
    struct in_addr four;

    if (inet_aton(host, &four) != 0)
        return inet_ntop(AF_INET, &four, out, HOST_MAX) != NULL;
    if (inet_pton(AF_INET6, host, &six) != 1)
        return false;
    if (IN6_IS_ADDR_LOOPBACK(&six))
        return snprintf(out, HOST_MAX, "%s", LOOPBACK) > 0;
    if (memcmp(&six, mapped, sizeof(mapped)) == 0)
        return inet_ntop(AF_INET, (const unsigned char *)&six + sizeof(mapped), out, HOST_MAX);
    out[0] = '[';
    if (!inet_ntop(AF_INET6, &six, out + 1, HOST_MAX - 2))
        return false;
    snprintf(out + strlen(out), 2, "]");
    return true;
}

static void append_host(struct text *out, struct slice host)
{
    bool bracketed = host.len > 1 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
    struct slice plain = bracketed ? (struct slice){host.ptr + 1, host.len - 2} : host;
    char name[HOST_MAX], address[HOST_MAX];
    struct text lower, decoded;

    text_init(&decoded);
    text_init(&lower);
    append_decoded(&decoded, plain);
    append_lower(&lower, (struct slice){decoded.ptr, decoded.len});
    while (!bracketed && lower.len > 0 && lower.ptr[lower.len - 1] == '.')
        lower.len--;
    snprintf(name, sizeof(name), "%.*s", (int)(lower.len < HOST_MAX ? lower.len : 0), lower.ptr);
    if (strcmp(name, "localhost") == 0)
        text_puts(out, LOOPBACK);
    else if (name[0] && address_of(name, address))
        text_puts(out, address);
    else
        text_printf(out, bracketed ? "[%.*s]" : "%.*s", (int)lower.len, lower.ptr);
    out->failed = out->failed || !text_ok(&decoded) || !text_ok(&lower);
    text_release(&decoded);
    text_release(&lower);
}

/* port: digits, without the colon. */
static void append_port(struct text *out, struct slice port, struct slice scheme)
{
    const char *usual = scheme.len == 5 ? "443" : "80";

    while (port.len > 1 && port.ptr[0] == '0')
        port = (struct slice){port.ptr + 1, port.len - 1};
    if (port.len > 0 && !slice_equal(port, slice_of(usual)))
        text_printf(out, ":%.*s", (int)port.len, port.ptr);
}

static void append_authority(struct text *out, struct slice s, struct slice scheme)
{
    const char *at = s.len ? memrchr(s.ptr, '@', s.len) : NULL, *colon;

    if (at)
        s = (struct slice){at + 1, s.len - (size_t)(at + 1 - s.ptr)};
    colon = s.len ? memrchr(s.ptr, ':', s.len) : NULL;
    if (colon && memchr(colon, ']', s.len - (size_t)(colon - s.ptr)))
        colon = NULL; /* of an IPv6 address */
    append_host(out, (struct slice){s.ptr, colon ? (size_t)(colon - s.ptr) : s.len});
    if (colon)
        append_port(out, (struct slice){colon + 1, s.len - (size_t)(colon + 1 - s.ptr)}, scheme);
}

/* ---- path ---- */

static bool is_dots(struct slice segment, size_t n)
{
    return segment.len == n && memcmp(segment.ptr, "..", n) == 0;
}

/* Segment by segment (RFC 3986, 5.2.4); those of nothing at the end are left out. */
static void append_path(struct text *out, struct slice path)
{
    size_t begin = out->len, end;
    struct text p;

    text_init(&p);
    append_decoded(&p, path);
    for (size_t i = 0; i < p.len; i = end) {
        struct slice segment;

        for (end = i + 1; end < p.len && p.ptr[end] != '/'; end++)
            ;
        segment = (struct slice){p.ptr + i + 1, end - i - 1};
        if (is_dots(segment, 2))
            while (out->len > begin && out->ptr[--out->len] != '/')
                ;
        else if (!is_dots(segment, 1))
            text_append(out, p.ptr + i, end - i);
    }
    while (out->len > begin && out->ptr[out->len - 1] == '/')
        out->len--;
    if (out->cap > 0)
        out->ptr[out->len] = '\0';
    out->failed = out->failed || !text_ok(&p);
    text_release(&p);
}

void apiname_append(struct text *out, struct slice url)
{
    const char *sep = url.len ? memmem(url.ptr, url.len, "://", 3) : NULL;
    size_t scheme = sep ? (size_t)(sep - url.ptr) : 0, host = scheme + 3, path = host, tail;

    if (!sep || scheme < 4 || scheme > 5 || strncasecmp(url.ptr, "https", scheme) != 0) {
        text_append(out, url.ptr, url.len);
        return;
    }
    while (path < url.len && !strchr("/?#", url.ptr[path]))
        path++;
    for (tail = path; tail < url.len && url.ptr[tail] != '?' && url.ptr[tail] != '#';)
        tail++;
    append_lower(out, (struct slice){url.ptr, scheme});
    text_puts(out, "://");
    append_authority(out, (struct slice){url.ptr + host, path - host},
                     (struct slice){url.ptr, scheme});
    append_path(out, (struct slice){url.ptr + path, tail - path});
    text_append(out, url.ptr + tail, url.len - tail);
}
