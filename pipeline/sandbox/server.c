/*
 * server: the world on a socket.
 *
 * A call is one request on its way through libmicrohttpd:
 *
 *   READING --(whole)--> READY --> answered, or closed without an answer
 *              \--(slow, or to wait)--> ASLEEP --(alarm, or what it waits for)--> READY
 *
 * A call that is asleep is suspended: libmicrohttpd does not touch it before it has been resumed, and
 * then hands it to server_access again.  The state belongs to the connection's thread alone, so that
 * a call which is woken while it is still on its way to sleep is not answered twice.  Its alarm stays
 * in the queue even when it is woken early, and is freed when it fires.
 */
#include "sandbox/server.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "sandbox/admin.h"
#include "sandbox/api.h"
#include "sandbox/response.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVER_THREADS 2u
#define SERVER_CONNECTIONS_MAX 8192u
#define SERVER_BACKLOG 1024u
#define SERVER_BODY_MAX ((size_t)100 << 20)

enum call_state { CALL_READING, CALL_ASLEEP, CALL_READY };

struct call {
    struct server *server;
    struct MHD_Connection *connection;
    enum call_state state;
    bool admin;
    struct text body;
    struct request request;
    struct reply reply;
    bool waits; /* for wait to be reached */
    struct admin_wait wait;
    struct call *prev, *next; /* in the server's calls */
};

struct alarm {
    struct event event; /* the first member */
    struct call *call;  /* NULL: woken already */
    struct alarm *prev, *next;
};

struct server {
    struct world *world;
    struct MHD_Daemon *daemon;
    struct alarm *sleepers;
    struct call *calls; /* all that are not completed */
    bool stopping;
};

/* With the world's lock held, as all that handles alarms. */
static void alarm_wake(struct alarm *a)
{
    struct call *c = a->call;
    if (a->prev)
        a->prev->next = a->next;
    else
        c->server->sleepers = a->next;
    if (a->next)
        a->next->prev = a->prev;
    a->call = NULL;
    MHD_resume_connection(c->connection);
}

static void alarm_fire(struct event *ev, bool cancelled)
{
    struct alarm *a = (struct alarm *)ev;
    if (a->call && !cancelled)
        alarm_wake(a);
    free(a);
}

/* Without memory, or when the server stops, the call just goes on at once. */
static void call_sleep(struct call *c, int64_t ms)
{
    struct server *s = c->server;
    struct alarm *a = s->stopping ? NULL : mem_zero(1, sizeof(*a));
    if (!a)
        return;
    a->event.fire = alarm_fire;
    a->call = c;
    if (queue_add(&s->world->queue, clock_now_ns() + ms * CLOCK_NS_PER_MS, &a->event) != 0) {
        free(a);
        return;
    }
    a->next = s->sleepers;
    if (a->next)
        a->next->prev = a;
    s->sleepers = a;
    c->state = CALL_ASLEEP;
    MHD_suspend_connection(c->connection);
}

/* Wakes all, or those whose wait is over. */
static void server_wake(struct server *s, bool all)
{
    struct alarm *next;

    for (struct alarm *a = s->sleepers; a; a = next) {
        next = a->next;
        if (all || (a->call->waits && admin_reached(s->world, &a->call->wait)))
            alarm_wake(a);
    }
}

static void server_changed(void *cls)
{
    server_wake(cls, false);
}

static const char *call_header(const struct call *c, const char *name)
{
    return MHD_lookup_connection_value(c->connection, MHD_HEADER_KIND, name);
}

static const char *call_query(void *cls, const char *name)
{
    const struct call *c = cls;
    return MHD_lookup_connection_value(c->connection, MHD_GET_ARGUMENT_KIND, name);
}

static bool call_type_is_json(const struct call *c)
{
    static const char json[] = "application/json";
    const char *type = call_header(c, MHD_HTTP_HEADER_CONTENT_TYPE);
    if (!type || strncasecmp(type, json, sizeof(json) - 1) != 0)
        return false;
    return strchr("; \t", type[sizeof(json) - 1]) != NULL; /* the end counts, too */
}

static void call_parse(struct call *c)
{
    struct request *q = &c->request;
    q->wrong_type = !call_type_is_json(c) && !c->admin;
    if (q->wrong_type || c->body.len == 0) {
        q->body = json_object();
        return;
    }
    q->body = json_loadb(c->body.ptr, c->body.len, 0, NULL);
    q->malformed = !q->body;
}

static void call_handle(struct call *c, const char *method, const char *url)
{
    struct world *w = c->server->world;
    struct request *q = &c->request;
    request_route(q, method, url);
    q->key = call_header(c, "x-api-key");
    q->agent = call_header(c, MHD_HTTP_HEADER_USER_AGENT);
    if (strcmp(method, "POST") == 0)
        call_parse(c);
    c->state = CALL_READY;
    pthread_mutex_lock(&w->lock);
    if (c->admin)
        c->waits = admin_serve(w, q, method, url, &c->reply, &c->wait);
    else
        api_serve(w, q, &c->reply);
    if (c->waits && !admin_reached(w, &c->wait))
        call_sleep(c, c->wait.timeout_ms);
    else if (c->reply.delay_ms > 0)
        call_sleep(c, c->reply.delay_ms);
    server_wake(c->server, false);

    pthread_mutex_unlock(&w->lock);
}

static struct call *call_new(struct server *s, struct MHD_Connection *connection, const char *url)
{
    struct call *c = mem_zero(1, sizeof(*c));
    if (!c)
        return NULL;
    c->server = s;
    c->connection = connection;
    c->state = CALL_READING;
    c->admin = strncmp(url, ADMIN_PREFIX, strlen(ADMIN_PREFIX)) == 0;
    c->request.query = call_query;
    c->request.query_cls = c;
    text_init(&c->body);
    reply_init(&c->reply);
    if (!c->admin)
        stats_enter(&s->world->stats);
    pthread_mutex_lock(&s->world->lock);
    c->next = s->calls;
    if (c->next)
        c->next->prev = c;
    s->calls = c;
    pthread_mutex_unlock(&s->world->lock);
    return c;
}

static void call_free(struct call *c)
{
    pthread_mutex_lock(&c->server->world->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        c->server->calls = c->next;
    if (c->next)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&c->server->world->lock);
    if (!c->admin)
        stats_leave(&c->server->world->stats);
    json_decref(c->request.body);
    reply_release(&c->reply);
    text_release(&c->body);
    free(c);
}

static bool call_announces_too_much(const struct call *c)
{
    const char *length = call_header(c, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length && strtoull(length, NULL, 10) > SERVER_BODY_MAX;
}

static enum MHD_Result server_access(void *cls, struct MHD_Connection *connection, const char *url,
                                     const char *method, const char *version, const char *upload,
                                     size_t *upload_size, void **con_cls)
{
    struct call *c = *con_cls;
    (void)version;
    if (!c) {
        *con_cls = c = call_new(cls, connection, url);
        if (!c)
            return MHD_NO;
        c->request.too_large = call_announces_too_much(c);
        if (!c->request.too_large)
            return MHD_YES;
    } else if (*upload_size > 0) {
        if (*upload_size > SERVER_BODY_MAX - c->body.len)
            c->request.too_large = true;
        else
            text_append(&c->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (c->state == CALL_READING) {
        call_handle(c, method, url);
        if (c->state == CALL_ASLEEP)
            return MHD_YES;
    }
    c->state = CALL_READY; /* perhaps woken, or it would not have come here */
    if (c->waits) {
        pthread_mutex_lock(&c->server->world->lock);
        admin_waited(c->server->world, &c->wait, &c->reply);
        pthread_mutex_unlock(&c->server->world->lock);
    }
    return response_send(connection, &c->reply) == 0 ? MHD_YES : MHD_NO;
}

static void server_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                             enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)connection, (void)why;
    if (*con_cls)
        call_free(*con_cls);
    *con_cls = NULL;
}

static void server_connected(void *cls, struct MHD_Connection *connection, void **socket_cls,
                             enum MHD_ConnectionNotificationCode code)
{
    struct server *s = cls;
    (void)connection, (void)socket_cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        atomic_fetch_add(&s->world->stats.connections, 1);
}

struct server *server_start(struct world *w, uint16_t port, struct err *e)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct server *s = mem_zero(1, sizeof(*s));
    if (!s) {
        err_nomem(e);
        return NULL;
    }
    s->world = w;
    w->queue.after = server_changed;
    w->queue.after_cls = s;
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL, server_access,
        s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_THREAD_POOL_SIZE,
        SERVER_THREADS, MHD_OPTION_CONNECTION_LIMIT, SERVER_CONNECTIONS_MAX,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, SERVER_BACKLOG, MHD_OPTION_NOTIFY_COMPLETED,
        server_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, server_connected, s, MHD_OPTION_END);
    if (!s->daemon) {
        err_set(e, EXIT_OUTPUT, "cannot listen on 127.0.0.1:%u: %s", (unsigned)port,
                strerror(errno));
        w->queue.after = NULL;
        free(s);
        return NULL;
    }
    return s;
}

uint16_t server_port(const struct server *s)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void server_stop(struct server *s)
{
    struct world *w = s->world;
    pthread_mutex_lock(&w->lock);
    s->stopping = true;
    w->queue.after = NULL;
    server_wake(s, true);

    pthread_mutex_unlock(&w->lock);
    MHD_stop_daemon(s->daemon);
    /* libmicrohttpd 0.9.75 does not always complete what was woken just before it is stopped. */
    for (struct call *c = s->calls, *next; c; c = next) {
        next = c->next;
        call_free(c);
    }
    free(s);
}
