/*
 * scripted: a server on loopback that gives its answers in the order of a script, whatever is asked, and
 * keeps the targets that it was asked for.  One connection and one request at a time; past the end of the
 * script the last answer is given again.  To be included after fixture.h.
 */
#ifndef CLAIMPIPE_TESTS_SCRIPTED_H
#define CLAIMPIPE_TESTS_SCRIPTED_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>

#define SCRIPTED_MAX 64
#define SCRIPTED_REQUEST_MAX 16384

/* The bytes of one answer; "": the connection is closed without; "hang": it is left open. */
struct scripted {
    const char *const *answers;
    size_t n_answers;
    int fd;
    char url[64];
    pthread_t thread;
    size_t asked;                       /* to be read when stopped */
    char request[SCRIPTED_REQUEST_MAX]; /* the last one */
    char targets[SCRIPTED_MAX][512];
    struct timespec times[SCRIPTED_MAX];
};

#define JSON(status, body) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n" body
#define JSON_WITH(status, field, body)                                                             \
    "HTTP/1.1 " status "\r\nConnection: close\r\n" field "\r\n\r\n" body

static inline void scripted_answer(struct scripted *s, int fd)
{
    char *request = s->request;
    size_t len = 0, i = s->asked < SCRIPTED_MAX ? s->asked : SCRIPTED_MAX - 1;
    const char *answer = s->answers[i < s->n_answers ? i : s->n_answers - 1];

    request[0] = '\0';
    while (!strstr(request, "\r\n\r\n")) {
        ssize_t n = recv(fd, request + len, sizeof s->request - 1 - len, 0);

        if (n <= 0)
            return;
        len += (size_t)n;
        request[len] = '\0';
    }
    clock_gettime(CLOCK_MONOTONIC, &s->times[i]);
    sscanf(request, "GET %511s", s->targets[i]);
    s->asked++;
    if (strcmp(answer, "hang") == 0) {
        char byte;

        while (recv(fd, &byte, 1, 0) > 0)
            ;
    } else {
        send(fd, answer, strlen(answer), MSG_NOSIGNAL);
    }
}

static inline void *scripted_serve(void *context)
{
    struct scripted *s = context;
    int fd;

    while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
        scripted_answer(s, fd);
        close(fd);
    }
    return NULL;
}

static inline void scripted_start(struct scripted *s, const char *const *answers, size_t n)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;

    memset(s, 0, sizeof *s);
    s->answers = answers;
    s->n_answers = n;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->fd, 16), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &size), 0);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, scripted_serve, s), 0);
}

/* How many requests came. */
static inline size_t scripted_stop(struct scripted *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    return s->asked;
}

#endif
