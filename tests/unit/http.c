/*
 * http: against a server of a few lines, which does by the path what no good server does, and counts
 * what it reads: so that it is seen from the other side how often a request was sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/http.h"
#include "base/clock.h"
#include "policy/ratefields.h"

#include "fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <zlib.h>

#define MS CLOCK_NS_PER_MS
#define REQUEST_MAX 65536
#define CONNECTIONS_MAX 2048
#define PATHS_MAX 64
#define BODY "{\"_expectedVersion\":0}"
#define WAIT_NS (10 * CLOCK_NS_PER_S)

/* ---- the server ---- */

struct server {
    int fd;
    int port;
    pthread_t thread;
    pthread_t workers[CONNECTIONS_MAX];
    pthread_mutex_t mutex; /* over what follows */
    int fds[CONNECTIONS_MAX];
    size_t n; /* connections taken */
    struct {
        char path[64];
        unsigned count;
    } seen[PATHS_MAX];
    char last[REQUEST_MAX]; /* the last request as read */
};
static struct server server;

static void note(const char *path, const char *request)
{
    size_t i = 0;

    pthread_mutex_lock(&server.mutex);
    while (i + 1 < PATHS_MAX && server.seen[i].path[0] && strcmp(server.seen[i].path, path) != 0)
        i++;
    snprintf(server.seen[i].path, sizeof server.seen[i].path, "%s", path);
    server.seen[i].count++;
    snprintf(server.last, sizeof server.last, "%s", request);
    pthread_mutex_unlock(&server.mutex);
}

/* How many requests for path were read. */
static unsigned seen(const char *path)
{
    unsigned count = 0;

    pthread_mutex_lock(&server.mutex);
    for (size_t i = 0; i < PATHS_MAX; i++)
        if (strcmp(server.seen[i].path, path) == 0)
            count = server.seen[i].count;
    pthread_mutex_unlock(&server.mutex);
    return count;
}

static size_t connections(void)
{
    size_t n;

    pthread_mutex_lock(&server.mutex);
    n = server.n;
    pthread_mutex_unlock(&server.mutex);
    return n;
}

/* One whole request into buf; false at the end. */
static bool read_request(int fd, char *buf, char path[64])
{
    size_t len = 0, want = 0;

    while (want == 0 || len < want) {
        ssize_t n = recv(fd, buf + len, REQUEST_MAX - 1 - len, 0);
        char *end, *length;

        if (n <= 0)
            return false;
        len += (size_t)n;
        buf[len] = '\0';
        end = strstr(buf, "\r\n\r\n");
        if (!end)
            continue;
        length = strcasestr(buf, "\r\ncontent-length:");
        want =
            (size_t)(end - buf) + 4 + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
    }
    if (sscanf(buf, "%*s %63s", path) != 1)
        return false;
    note(path, buf);
    return true;
}

static void put(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

static void put_big(int fd, size_t size)
{
    static const char block[4096] = {'x'};
    char head[128];
    int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);

    put(fd, head, (size_t)n);
    for (size_t i = 0; i < size; i += sizeof block)
        put(fd, block, size - i < sizeof block ? size - i : sizeof block);
}

static void put_big_head(int fd)
{
    char field[1024];

    put(fd, "HTTP/1.1 200 OK\r\n", 17);
    for (int i = 0; i < 32; i++) {
        int n = snprintf(field, sizeof field, "X-%d: %0900d\r\n", i, i);
        put(fd, field, (size_t)n);
    }
    put(fd, "Content-Length: 0\r\n\r\n", 21);
}

/* The next request resets the connection, so long after its first byte came: it is not read, but what
 * has arrived of it is looked at. */
static void slam(int fd, useconds_t after_us)
{
    const struct linger now = {1, 0};
    struct pollfd p = {fd, POLLIN, 0};
    char buf[4096], path[64];
    ssize_t n;

    poll(&p, 1, 5000);
    usleep(after_us);
    n = recv(fd, buf, sizeof buf - 1, MSG_PEEK);
    buf[n > 0 ? n : 0] = '\0';
    if (strstr(buf, BODY) && sscanf(buf, "%*s %63s", path) == 1)
        note(path, buf);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

#define BOMB_SIZE ((size_t)32 << 20)

/* Blanks, packed to a thousandth. */
static void put_bomb(int fd)
{
    static unsigned char blanks[1 << 16], packed[1 << 16];
    z_stream z = {.next_out = packed, .avail_out = sizeof packed};
    char head[128];

    memset(blanks, ' ', sizeof blanks);
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    for (size_t n = 0; n < BOMB_SIZE; n += sizeof blanks) {
        z.next_in = blanks;
        z.avail_in = sizeof blanks;
        deflate(&z, n + sizeof blanks < BOMB_SIZE ? Z_NO_FLUSH : Z_FINISH);
    }
    deflateEnd(&z);
    snprintf(head, sizeof head,
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
             (size_t)z.total_out);
    put(fd, head, strlen(head));
    put(fd, (char *)packed, z.total_out);
}

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OK OK_HEAD "Content-Length: 2\r\n\r\nok"

/* Answers that are bytes, and what comes after them. */
static const struct {
    const char *path, *bytes;
    bool closes;
} plain_answers[] = {
    {"/drop", "", true},
    {"/hang", "", false},
    {"/half", OK_HEAD "Content-Length: 100\r\n\r\n{\"claim", true},
    {"/halfchunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true},
    {"/halfhead", OK_HEAD "Content-Le", true},
    {"/close", OK, true}, /* without having said so */
    {"/redirect", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 5\r\n\r\nmoved",
     false},
    {"/503",
     "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nContent-Length: 6\r\n\r\n<html>",
     false},
    {"/empty", OK_HEAD "Content-Length: 0\r\n\r\n", false},
    {"/chunked", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false},
    {"/folded",
     OK_HEAD "X-One: 1\r\nRetry-After: 7\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
     false},
    {"/interim",
     "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" OK_HEAD
     "X-Late: 1\r\nContent-Length: 2\r\n\r\nok",
     false},
};

/* Does what the path says; false: the connection is to be closed. */
static bool answer_by_path(int fd, const char *path)
{
    for (size_t i = 0; i < COUNT(plain_answers); i++) {
        if (strcmp(path, plain_answers[i].path) != 0)
            continue;
        put(fd, plain_answers[i].bytes, strlen(plain_answers[i].bytes));
        return !plain_answers[i].closes;
    }
    if (strcmp(path, "/1mib") == 0) {
        put_big(fd, HTTP_ANSWER_MAX);
    } else if (strcmp(path, "/big") == 0) {
        put_big(fd, HTTP_ANSWER_MAX + 1);
    } else if (strcmp(path, "/bomb") == 0) {
        put_bomb(fd);
    } else if (strcmp(path, "/bighead") == 0) {
        put_big_head(fd);
    } else {
        put(fd, OK, strlen(OK));
        if (strncmp(path, "/slam", 5) == 0) {
            slam(fd, path[5] ? 50000 : 0);
            return false;
        }
    }
    return true;
}

static void *serve_connection(void *context)
{
    int *slot = context;
    char *buf = malloc(REQUEST_MAX), path[64];

    while (buf && read_request(*slot, buf, path) && answer_by_path(*slot, path))
        ;
    free(buf);
    pthread_mutex_lock(&server.mutex);
    close(*slot);
    *slot = -1;
    pthread_mutex_unlock(&server.mutex);
    return NULL;
}

static void *accept_all(void *context)
{
    int fd;

    (void)context;
    while ((fd = accept(server.fd, NULL, NULL)) >= 0 && server.n < CONNECTIONS_MAX) {
        pthread_mutex_lock(&server.mutex);
        server.fds[server.n] = fd;
        if (pthread_create(&server.workers[server.n], NULL, serve_connection,
                           &server.fds[server.n]) == 0)
            server.n++;
        pthread_mutex_unlock(&server.mutex);
    }
    return NULL;
}

static int server_start(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;

    (void)state;
    memset(&server, 0, sizeof server);
    pthread_mutex_init(&server.mutex, NULL);
    server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server.fd < 0 || bind(server.fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(server.fd, 1024) != 0 || getsockname(server.fd, (struct sockaddr *)&at, &size) != 0)
        return -1;
    server.port = ntohs(at.sin_port);
    return pthread_create(&server.thread, NULL, accept_all, NULL);
}

static int server_stop(void **state)
{
    (void)state;
    shutdown(server.fd, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    close(server.fd);
    pthread_mutex_lock(&server.mutex);
    for (size_t i = 0; i < server.n; i++)
        if (server.fds[i] >= 0)
            shutdown(server.fds[i], SHUT_RDWR);
    pthread_mutex_unlock(&server.mutex);
    for (size_t i = 0; i < server.n; i++)
        pthread_join(server.workers[i], NULL);
    pthread_mutex_destroy(&server.mutex);
    return 0;
}

/* ---- the client ---- */

struct client {
    struct http_options o;
    struct http_pool *pool;
    char url[64];
    pthread_t lane;
};

static void *serve_lane(void *context)
{
    struct client *c = context;
    struct err e = ERR_INIT;

    return http_pool_serve(c->pool, 0, &e) == 0 ? NULL : c;
}

/* One lane, with this time for a request. */
static struct client *client_start(int64_t timeout_ns)
{
    static struct client c;
    struct err e = ERR_INIT;

    memset(&c, 0, sizeof c);
    snprintf(c.url, sizeof c.url, "http://127.0.0.1:%d", server.port);
    c.o = (struct http_options){.base_url = c.url,
                                .api_key = "the-key",
                                .user_agent = "claimpipe-test",
                                .connect_timeout_ns = timeout_ns,
                                .timeout_ns = timeout_ns,
                                .lanes = 1};
    c.pool = http_pool_new(&c.o, &e);
    assert_non_null(c.pool);
    assert_int_equal(pthread_create(&c.lane, NULL, serve_lane, &c), 0);
    return &c;
}

static void client_stop(struct client *c)
{
    void *failed = NULL;

    http_pool_close(c->pool);
    assert_int_equal(pthread_join(c->lane, &failed), 0);
    assert_null(failed);
    assert_null(http_pool_collect(c->pool, 0)); /* nothing is left over */
    http_pool_free(c->pool);
}

static void aim(struct exchange *x, bool post, const char *path)
{
    exchange_reset(x);
    x->request.post = post;
    text_puts(&x->request.path, path);
    if (post)
        text_puts(&x->request.body, BODY);
}

static void submit(struct client *c, struct exchange *x, bool post, const char *path)
{
    aim(x, post, path);
    http_pool_submit(c->pool, x);
}

static void await(struct client *c, const struct exchange *x)
{
    const struct exchange *done = http_pool_collect(c->pool, WAIT_NS);

    assert_ptr_equal(done, x);
    assert_null(done->next);
}

static void exchange(struct client *c, struct exchange *x, bool post, const char *path)
{
    submit(c, x, post, path);
    await(c, x);
}

static void assert_answered(const struct exchange *x, int status, const char *body)
{
    if (x->answer.fate != FATE_ANSWERED)
        fail_msg("fate %d: %s", x->answer.fate, x->answer.problem);
    assert_int_equal(x->answer.status, status);
    assert_string_equal(x->answer.body.ptr, body);
    assert_string_equal(x->answer.problem, "");
    assert_false(x->answer.too_large);
    assert_true(llabs(clock_wall_ms() - x->answer.wall_ms) < 10000);
}

static void assert_fate(const struct exchange *x, enum fate fate)
{
    if (x->answer.fate != fate)
        fail_msg("fate %d, not %d (HTTP %d, %s)", x->answer.fate, fate, x->answer.status,
                 x->answer.problem);
    assert_true(x->answer.problem[0] != '\0');
}

/* ---- base URLs ---- */

static void test_urls(void **state)
{
    static const struct {
        const char *url, *says; /* NULL: fine */
    } cases[] = {
        {"https://api.bitbadges.io", NULL},
        {"https://api.bitbadges.io/testnet", NULL},
        {"https://api.bitbadges.io:8443", NULL},
        {"HTTPS://API.BITBADGES.IO", NULL},
        {"http://localhost:8080", NULL},
        {"http://LocalHost", NULL},
        {"http://127.0.0.1", NULL},
        {"http://127.0.0.2:1", NULL},
        {"http://[::1]:8080", NULL},
        {"http://api.bitbadges.io", "plain http"},
        {"http://127.0.0.1.evil.com", "plain http"},
        {"http://localhost.evil.com", "plain http"},
        {"http://evil.com/127.0.0.1", "plain http"},
        {"http://127.evil.com", "plain http"},
        {"http://128.0.0.1", "plain http"},
        {"http://10.0.0.1", "plain http"},
        {"http://[::2]", "plain http"},
        {"http://0.0.0.0", "plain http"},
        {"http://127.0.0.1@evil.com", "plain http"},
        {"http://evil.com#@127.0.0.1", "plain http"},
        {"https://user:pass@api.bitbadges.io", "user name"},
        {"https://user@api.bitbadges.io", "user name"},
        {"https://:pass@api.bitbadges.io", "user name"},
        {"http://user:pass@127.0.0.1", "user name"},
        {"https://api.bitbadges.io/?a=b", "query"},
        {"https://api.bitbadges.io?a=b", "query"},
        {"https://api.bitbadges.io/#a", "must not have"},
        {"ftp://127.0.0.1", "not an http(s) URL"},
        {"ftp://api.bitbadges.io", "not an http(s) URL"},
        {"file:///etc/passwd", "not an http(s) URL"},
        {"gopher://127.0.0.1", "not an http(s) URL"},
        {"api.bitbadges.io", "not an http(s) URL"},
        {"127.0.0.1:80", "not an http(s) URL"},
        {"//api.bitbadges.io", "not an http(s) URL"},
        {"", "not an http(s) URL"},
        {"https://", "not an http(s) URL"},
        {"https://a b", "not an http(s) URL"},
        {"https://api.bitbadges.io/\r\nx: y", "not an http(s) URL"},
    };
    unsigned wrong = 0;
    struct text url;

    (void)state;
    text_init(&url);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *fault = http_base_url(cases[i].url, &url);
        bool right = cases[i].says ? fault && strstr(fault, cases[i].says) : !fault;

        if (!right)
            print_error("%s: %s\n", cases[i].url, fault ? fault : "is taken");
        wrong += !right;
    }
    text_release(&url);
    assert_int_equal(wrong, 0);
}

static void test_one_form(void **state)
{
    static const struct {
        const char *url, *want;
    } cases[] = {
        {"HTTPS://API.BitBadges.io/", "https://api.bitbadges.io"},
        {"https://api.bitbadges.io:443", "https://api.bitbadges.io"},
        {"https://api.bitbadges.io/testnet//", "https://api.bitbadges.io/testnet"},
        {"http://LocalHost:80", "http://localhost"},
        {"http://[::1]:8080/", "http://[::1]:8080"},
    };
    struct text url;

    (void)state;
    text_init(&url);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(http_base_url(cases[i].url, &url));
        assert_string_equal(url.ptr, cases[i].want);
    }
    text_release(&url);
}

/* ---- answers ---- */

static void test_answers(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *body;
    } cases[] = {
        {"/ok", 200, "ok"},          {"/empty", 200, ""},        {"/503", 503, "<html>"},
        {"/redirect", 302, "moved"}, {"/chunked", 200, "hello"}, {"/interim", 200, "ok"},
    };
    struct client *c = client_start(WAIT_NS);
    struct exchange x;

    (void)state;
    exchange_init(&x, &x);
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int post = 0; post < 2; post++) {
            exchange(c, &x, post != 0, cases[i].path);
            assert_answered(&x, cases[i].status, cases[i].body);
            assert_ptr_equal(x.owner, &x);
        }
        assert_int_equal(seen(cases[i].path), 2);
    }
    assert_int_equal(seen("/target"), 0); /* no redirect is followed */
    assert_int_equal(connections(), 1);   /* one connection was enough */
    client_stop(c);
    exchange_release(&x);
}

static void test_requests(void **state)
{
    struct client *c = client_start(WAIT_NS);
    struct exchange x;

    (void)state;
    exchange_init(&x, NULL);
    exchange(c, &x, true, "/api/v0/x?a=b%20c");
    assert_says(server.last, "POST /api/v0/x?a=b%20c HTTP/1.1\r\n");
    assert_says(server.last, "\r\nx-api-key: the-key\r\n");
    assert_says(server.last, "\r\nContent-Type: application/json\r\n");
    assert_says(server.last, "\r\nContent-Length: 22\r\n");
    assert_says(server.last, "\r\nUser-Agent: claimpipe-test\r\n");
    assert_says(server.last, "\r\n\r\n" BODY);
    assert_silent(server.last, "Expect:");
    exchange(c, &x, false, "/get"); /* with the same handle */
    assert_says(server.last, "GET /get HTTP/1.1\r\n");
    assert_says(server.last, "\r\nx-api-key: the-key\r\n");
    assert_silent(server.last, "Content-");
    exchange(c, &x, true, "/again");
    assert_says(server.last, "\r\n\r\n" BODY);
    client_stop(c);
    exchange_release(&x);
}

static void test_heads(void **state)
{
    struct rate_facts rate = RATE_FACTS_NONE;
    struct client *c = client_start(WAIT_NS);
    struct exchange x;

    (void)state;
    exchange_init(&x, NULL);
    exchange(c, &x, false, "/folded");
    assert_answered(&x, 200, "ok");
    ratefields_read_head(&rate, (struct slice){x.answer.head.ptr, x.answer.head.len}, 0);
    assert_int_equal(rate.retry_after_ns, 7 * CLOCK_NS_PER_S); /* whatever is folded beside it */
    exchange(c, &x, false, "/interim");                        /* the last head counts */
    assert_says(x.answer.head.ptr, "X-Late: 1\r\n");
    assert_silent(x.answer.head.ptr, "X-Early");
    exchange(c, &x, false, "/ok"); /* and nothing of an earlier answer */
    assert_silent(x.answer.head.ptr, "X-Late");
    client_stop(c);
    exchange_release(&x);
}

/* ---- a request is on the wire at most once ---- */

/* The first request opens a connection; the second finds it in this state. */
static void test_dead_connections(void **state)
{
    static const struct {
        const char *what, *first, *second;
        enum fate fate;
        unsigned read_at_server;
    } cases[] = {
        {"closed after the request was read", "/ok", "/drop", FATE_LOST, 1},
        {"reset with the request unread", "/slamlater", "/x", FATE_LOST, 1},
        {"closed long before", "/close", "/y", FATE_ANSWERED, 1},
        {"closed within the head", "/ok", "/halfhead", FATE_LOST, 1},
        {"closed within the body", "/ok", "/half", FATE_LOST, 1},
        {"closed within a chunk", "/ok", "/halfchunk", FATE_LOST, 1},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct client *c;
        struct exchange x;

        assert_int_equal(server_start(state), 0);
        c = client_start(WAIT_NS);
        exchange_init(&x, NULL);
        exchange(c, &x, true, cases[i].first);
        assert_answered(&x, 200, "ok");
        usleep(50000); /* for the close to arrive */
        exchange(c, &x, true, cases[i].second);
        if (x.answer.fate != cases[i].fate)
            fail_msg("%s: fate %d, %s", cases[i].what, x.answer.fate, x.answer.problem);
        usleep(50000); /* for a repetition to arrive */
        if (seen(cases[i].second) != cases[i].read_at_server)
            fail_msg("%s: read %u times", cases[i].what, seen(cases[i].second));
        client_stop(c);
        exchange_release(&x);
        server_stop(state);
    }
}

/* Reset by the first bytes: libcurl may begin anew when nothing of the body was on its way, but the
 * whole request arrives once at most. */
static void test_reset_by_the_first_byte(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct client *c = client_start(WAIT_NS);
        struct exchange x;
        char path[16];

        snprintf(path, sizeof path, "/r%d", i);
        exchange_init(&x, NULL);
        exchange(c, &x, true, "/slam");
        assert_answered(&x, 200, "ok");
        exchange(c, &x, true, path);
        usleep(20000);
        assert_in_range(seen(path), 0, 1);
        assert_true(x.answer.fate != FATE_NOT_SENT);
        assert_true(x.answer.fate == FATE_LOST || seen(path) == 1);
        client_stop(c);
        exchange_release(&x);
    }
}

/* Many at once over kept-alive connections, of which every one that is used again dies: none is sent twice. */
static void many_dead_connections(bool post, const char *path)
{
    enum { N = 40 };
    struct client *c = client_start(WAIT_NS);
    struct exchange x[N];
    unsigned done = 0, before = seen(path);

    for (int i = 0; i < N; i++) {
        exchange_init(&x[i], NULL);
        submit(c, &x[i], true, "/ok");
    }
    while (done < N)
        for (struct exchange *y = http_pool_collect(c->pool, WAIT_NS); y; y = y->next)
            done++;
    for (int i = 0; i < N; i++)
        submit(c, &x[i], post, path);
    for (done = 0; done < N;)
        for (struct exchange *y = http_pool_collect(c->pool, WAIT_NS); y; y = y->next) {
            assert_fate(y, FATE_LOST);
            done++;
        }
    usleep(100000);
    assert_int_equal(seen(path) - before, N);
    client_stop(c);
    for (int i = 0; i < N; i++)
        exchange_release(&x[i]);
}

static void test_many_dead_connections(void **state)
{
    (void)state;
    many_dead_connections(true, "/drop");
    many_dead_connections(false, "/drop");
}

/* ---- fates ---- */

static void test_lost(void **state)
{
    static const char *const paths[] = {"/drop", "/half", "/halfchunk", "/halfhead", "/bighead"};
    struct client *c = client_start(WAIT_NS);
    struct exchange x;

    (void)state;
    exchange_init(&x, NULL);
    for (size_t i = 0; i < COUNT(paths); i++) {
        exchange(c, &x, true, paths[i]);
        if (x.answer.fate != FATE_LOST)
            fail_msg("%s: fate %d, HTTP %d", paths[i], x.answer.fate, x.answer.status);
        assert_int_equal(seen(paths[i]), 1);
        exchange(c, &x, true, "/ok"); /* the lane goes on */
        assert_answered(&x, 200, "ok");
    }
    client_stop(c);
    exchange_release(&x);
}

static void test_too_large(void **state)
{
    struct client *c = client_start(WAIT_NS);
    struct exchange x;

    (void)state;
    exchange_init(&x, NULL);
    exchange(c, &x, true, "/1mib");
    assert_int_equal(x.answer.fate, FATE_ANSWERED);
    assert_int_equal(x.answer.body.len, HTTP_ANSWER_MAX);
    exchange(c, &x, true, "/big");
    assert_fate(&x, FATE_LOST);
    assert_true(x.answer.too_large);
    assert_says(x.answer.problem, "larger than 1048576 bytes");
    assert_true(x.answer.body.len <= HTTP_ANSWER_MAX);
    aim(&x, false, "/big"); /* a request may allow more */
    x.request.answer_max = 2 * HTTP_ANSWER_MAX;
    http_pool_submit(c->pool, &x);
    await(c, &x);
    assert_int_equal(x.answer.fate, FATE_ANSWERED);
    assert_int_equal(x.answer.body.len, HTTP_ANSWER_MAX + 1);
    exchange(c, &x, false, "/big"); /* … for itself alone */
    assert_fate(&x, FATE_LOST);
    client_stop(c);
    exchange_release(&x);
}

/* Answers that nobody collects are bounded together, small ones apart; once they are collected, there is room
 * again. */
static void test_answers_together(void **state)
{
    enum { ROOM = (int)(HTTP_ANSWERS_MAX / HTTP_ANSWER_MAX), N = ROOM + 4 };
    static struct exchange x[N];
    struct client *c = client_start(10000 * MS);
    struct exchange small;
    size_t done = 0, answered = 0;

    (void)state;
    exchange_init(&small, NULL);
    for (size_t i = 0; i < N; i++) {
        exchange_init(&x[i], NULL);
        submit(c, &x[i], false, "/1mib");
    }
    /* The lane ends when all are done: they are collected afterwards. */
    http_pool_close(c->pool);
    assert_int_equal(pthread_join(c->lane, NULL), 0);
    for (struct exchange *one = http_pool_collect(c->pool, 0); one; one = one->next, done++) {
        answered += one->answer.fate == FATE_ANSWERED;
        if (one->answer.fate == FATE_ANSWERED)
            continue;
        assert_fate(one, FATE_LOST);
        assert_true(one->answer.too_large);
        assert_says(one->answer.problem, "together");
    }
    assert_int_equal(done, N);
    assert_true(answered <= ROOM); /* those that are lost hold a part of it */
    assert_null(http_pool_collect(c->pool, 0));
    http_pool_free(c->pool);

    c = client_start(10000 * MS);
    exchange(c, &x[0], false, "/1mib");
    assert_int_equal(x[0].answer.fate, FATE_ANSWERED);
    exchange(c, &small, true, "/ok");
    assert_answered(&small, 200, "ok");
    exchange_forget(&small);
    assert_int_equal(small.answer.body.len, 0);
    client_stop(c);
    exchange_release(&small);
    for (size_t i = 0; i < N; i++)
        exchange_release(&x[i]);
}

/* ---- answers that are taken in as they come ---- */

struct taking {
    struct request_taker taker;
    size_t got, most; /* bytes */
    bool *freed;
};

static int take(struct request_taker *t, struct slice bytes)
{
    struct taking *k = (struct taking *)t;

    k->got += bytes.len;
    return k->got > k->most ? -1 : 0;
}

static void free_taking(struct request_taker *t)
{
    *((struct taking *)t)->freed = true;
}

static void test_taker(void **state)
{
    static const struct {
        const char *path;
        size_t most, answer_max;
        enum fate fate;
        size_t got;
        const char *body, *says;
    } cases[] = {
        {"/ok", 100, 0, FATE_ANSWERED, 2, "", ""},
        {"/big", 2 * HTTP_ANSWER_MAX, 2 * HTTP_ANSWER_MAX, FATE_ANSWERED, HTTP_ANSWER_MAX + 1, "",
         ""},
        {"/bomb", SIZE_MAX, 100 * BOMB_SIZE, FATE_ANSWERED, BOMB_SIZE, "", ""},
        {"/bomb", SIZE_MAX, BOMB_SIZE / 2, FATE_LOST, 0, "", "larger than"},
        {"/bomb", 1000, 100 * BOMB_SIZE, FATE_LOST, 0, "", "more than can be taken in"},
        {"/503", 100, 0, FATE_ANSWERED, 0, "<html>", ""}, /* which is not what was asked for */
    };
    struct client *c = client_start(10000 * MS);
    struct exchange x;

    (void)state;
    exchange_init(&x, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool freed = false;
        struct taking k = {{take, free_taking}, 0, cases[i].most, &freed};

        aim(&x, false, cases[i].path);
        x.request.answer_max = cases[i].answer_max;
        x.request.taker = &k.taker;
        http_pool_submit(c->pool, &x);
        await(c, &x);
        assert_int_equal(x.answer.fate, cases[i].fate);
        assert_says(x.answer.problem, cases[i].says);
        assert_int_equal(x.answer.too_large, cases[i].fate == FATE_LOST);
        assert_ptr_equal(x.answer.taken, *cases[i].body || x.answer.too_large ? NULL : &k.taker);
        assert_string_equal(x.answer.body.ptr, cases[i].body);
        if (cases[i].fate == FATE_ANSWERED)
            assert_int_equal(k.got, cases[i].got);
        assert_false(freed);
        if (i % 2)
            exchange_forget(&x);
        else
            exchange_reset(&x);
        assert_true(freed);
        assert_null(x.answer.taken);
    }
    client_stop(c);
    exchange_release(&x);
}

/* Small on the wire. */
static void test_bomb(void **state)
{
    struct client *c = client_start(10000 * MS);
    struct exchange x;

    (void)state;
    exchange_init(&x, NULL);
    exchange(c, &x, true, "/bomb");
    assert_fate(&x, FATE_LOST);
    assert_true(x.answer.too_large);
    assert_true(x.answer.body.cap <= 2 * HTTP_ANSWER_MAX);
    client_stop(c);
    exchange_release(&x);
}

static void test_time_out(void **state)
{
    struct client *c = client_start(300 * MS);
    struct exchange x;
    int64_t before = clock_now_ns();

    (void)state;
    exchange_init(&x, NULL);
    exchange(c, &x, true, "/hang");
    assert_fate(&x, FATE_LOST);
    assert_int_equal(seen("/hang"), 1);
    assert_in_range(clock_now_ns() - before, 250 * MS, 3000 * MS);
    client_stop(c);
    exchange_release(&x);
}

static void test_connection_refused(void **state)
{
    struct client *c;
    struct exchange x;

    assert_int_equal(server_start(state), 0);
    server_stop(state); /* nobody listens there now */
    c = client_start(WAIT_NS);
    exchange_init(&x, NULL);
    for (int post = 0; post < 2; post++) {
        exchange(c, &x, post != 0, "/ok");
        assert_fate(&x, FATE_NOT_SENT);
        assert_int_equal(x.answer.status, 0);
        assert_silent(x.answer.problem, "the-key");
    }
    client_stop(c);
    exchange_release(&x);
}

/* What can't be sent is not, and is not lost either. */
static void test_requests_that_cannot_be(void **state)
{
    static char path[8192];
    struct client *c = client_start(WAIT_NS);
    struct exchange x;

    (void)state;
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    exchange_init(&x, NULL);
    exchange(c, &x, true, path);
    assert_fate(&x, FATE_NOT_SENT);
    aim(&x, true, "/ok");
    x.request.body.failed = true; /* memory ran out while it was made */
    http_pool_submit(c->pool, &x);
    await(c, &x);
    assert_fate(&x, FATE_NOT_SENT);
    assert_int_equal(seen("/ok"), 0);
    exchange(c, &x, true, "/ok"); /* the exchange can be used again */
    assert_answered(&x, 200, "ok");
    client_stop(c);
    exchange_release(&x);
}

static void test_collect_waits(void **state)
{
    struct client *c = client_start(WAIT_NS);
    int64_t before = clock_now_ns();

    (void)state;
    assert_null(http_pool_collect(c->pool, 0));
    assert_null(http_pool_collect(c->pool, -5));
    assert_true(clock_now_ns() - before < 100 * MS);
    assert_null(http_pool_collect(c->pool, 100 * MS));
    assert_in_range(clock_now_ns() - before, 100 * MS, 2000 * MS);
    client_stop(c);
}

/* ---- all come back, once ---- */

static void test_abort(void **state)
{
    enum { HANGING = 20, LATE = 5 };
    struct client *c = client_start(600 * CLOCK_NS_PER_S);
    struct exchange x[HANGING + LATE];
    unsigned back[HANGING + LATE] = {0}, total = 0;

    (void)state;
    for (int i = 0; i < HANGING + LATE; i++)
        exchange_init(&x[i], &back[i]);
    exchange(c, &x[0], false, "/ok"); /* from now on it is known that the server speaks HTTP/1.1 */
    for (int i = 0; i < HANGING; i++)
        submit(c, &x[i], true, "/hang");
    for (int i = 0; i < 1000 && seen("/hang") < HANGING; i++)
        usleep(5000);
    http_pool_abort(c->pool);
    for (int i = HANGING; i < HANGING + LATE; i++)
        submit(c, &x[i], true, "/late");
    while (total < HANGING + LATE) {
        struct exchange *y = http_pool_collect(c->pool, WAIT_NS);

        assert_non_null(y);
        for (; y; y = y->next, total++)
            ++*(unsigned *)y->owner;
    }
    assert_null(http_pool_collect(c->pool, 200 * MS));
    for (int i = 0; i < HANGING + LATE; i++) {
        assert_int_equal(back[i], 1);
        assert_fate(&x[i], i < HANGING ? FATE_LOST : FATE_NOT_SENT);
        exchange_release(&x[i]);
    }
    assert_int_equal(seen("/late"), 0);
    client_stop(c);
}

/* Closed with work left: the lanes do it first. */
static void test_close_with_work_left(void **state)
{
    enum { N = 50 };
    struct client *c = client_start(WAIT_NS);
    struct exchange x[N];
    unsigned total = 0;
    void *failed = NULL;

    (void)state;
    for (int i = 0; i < N; i++) {
        exchange_init(&x[i], NULL);
        submit(c, &x[i], true, "/ok");
    }
    http_pool_close(c->pool);
    assert_int_equal(pthread_join(c->lane, &failed), 0);
    assert_null(failed);
    for (struct exchange *y = http_pool_collect(c->pool, 0); y; y = y->next, total++)
        assert_answered(y, 200, "ok");
    assert_int_equal(total, N);
    http_pool_free(c->pool);
    for (int i = 0; i < N; i++)
        exchange_release(&x[i]);
}

enum { EXCHANGES = 500, LANES = 4, AT_ONCE = 64 };

/* In one thread: submit all, some at a time, and count how often each comes back. */
static void drive(struct http_pool *pool, struct exchange *x, unsigned *back)
{
    static const char *const paths[] = {"/ok", "/drop", "/503", "/half", "/close"};
    unsigned sent = 0, done = 0;

    while (done < EXCHANGES) {
        while (sent < EXCHANGES && sent - done < AT_ONCE) {
            aim(&x[sent], sent % 3 != 0, sent % 3 ? paths[sent % COUNT(paths)] : "/ok");
            http_pool_submit(pool, &x[sent++]);
        }
        for (struct exchange *y = http_pool_collect(pool, WAIT_NS); y; y = y->next, done++)
            back[y - x]++;
    }
    http_pool_close(pool);
}

static void test_lanes(void **state)
{
    static struct exchange x[EXCHANGES];
    static unsigned back[EXCHANGES];
    char url[64];
    struct http_options o = {.base_url = url,
                             .user_agent = "claimpipe-test",
                             .connect_timeout_ns = WAIT_NS,
                             .timeout_ns = WAIT_NS,
                             .lanes = LANES};
    struct err e = ERR_INIT;
    struct http_pool *pool;
    unsigned posts = 0;
    int failed = 0;

    (void)state;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", server.port);
    pool = http_pool_new(&o, &e);
    assert_non_null(pool);
    memset(back, 0, sizeof back);
    for (int i = 0; i < EXCHANGES; i++)
        exchange_init(&x[i], NULL);
#pragma omp parallel for num_threads(LANES + 1) schedule(static, 1) reduction(+ : failed)
    for (int i = 0; i <= LANES; i++) {
        struct err mine = ERR_INIT;

        if (i == LANES)
            drive(pool, x, back);
        else
            failed += http_pool_serve(pool, (size_t)i, &mine) != 0;
    }
    assert_int_equal(failed, 0);
    assert_null(http_pool_collect(pool, 0));
    http_pool_free(pool);
    for (int i = 0; i < EXCHANGES; i++) {
        assert_int_equal(back[i], 1);
        posts += x[i].request.post && strcmp(x[i].request.path.ptr, "/drop") == 0;
        exchange_release(&x[i]);
    }
    assert_true(seen("/drop") <= posts);     /* a connection may die before a request is read */
    assert_silent(server.last, "x-api-key"); /* there was none */
}

int main(void)
{
#define SERVED(test) cmocka_unit_test_setup_teardown(test, server_start, server_stop)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_one_form),
        SERVED(test_answers),
        SERVED(test_requests),
        SERVED(test_heads),
        cmocka_unit_test(test_dead_connections),
        SERVED(test_reset_by_the_first_byte),
        SERVED(test_many_dead_connections),
        SERVED(test_lost),
        SERVED(test_too_large),
        SERVED(test_answers_together),
        SERVED(test_taker),
        SERVED(test_bomb),
        SERVED(test_time_out),
        cmocka_unit_test(test_connection_refused),
        SERVED(test_requests_that_cannot_be),
        SERVED(test_collect_waits),
        SERVED(test_abort),
        SERVED(test_close_with_work_left),
        SERVED(test_lanes),
    };

    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
