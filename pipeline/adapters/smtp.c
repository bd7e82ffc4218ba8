/*
 * smtp: one message as libcurl is to carry it, and what became of it.
 *
 * How far it has come is told by the commands that libcurl shows as it sends them, what the server said by its replies.
 *
 *   greeting -> (AUTH) -> MAIL -> RCPT (of the archive) -> RCPT -> DATA -> [the body is read to its end] -> the last reply
 *
 * Only once the body was read to its end can the final dot have left.
 */
#include "smtp_internal.h"

#include "adapters/outbox.h"
#include "base/clock.h"
#include "base/mem.h"
#include "baseurl.h"
#include "curltrouble.h"
#include "mailbody.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define URL_MAX 1024
#define REPLY_MAX 4096
#define SEND_BUFFER 65536L
/* For each reply before the last: longer than servers take, shorter than a person waits. */
#define REPLY_SECONDS 120L
/* … and for that to QUIT, on which nothing depends. */
#define GOODBYE_SECONDS 1L
#define LAST_CODE_LEN 3
#define SERVICE_CLOSES 421
#define PROBE_SECONDS 20L

struct smtp_lane {
    const struct smtp_options *options;
    const atomic_bool *aborted;
    CURL *easy; /* NULL: of an outbox */
    unsigned n; /* messages over the present connection */
    bool authed;
    bool starttls; /* was said, and not answered yet */
    int64_t begun_ns;
    /* Of the present message; NULL between them. */
    struct exchange *x;
    struct mailbody body;
    int64_t read; /* of its body */
    bool ended;   /* its body was read to its end */
    bool utf8;    /* the server was told of its addresses */
    bool begun;   /* its first byte was asked for */
    bool over;    /* QUIT was said */
};

/* ---- what libcurl calls ---- */

static bool starts(const char *line, size_t len, const char *with)
{
    return len >= strlen(with) && strncasecmp(line, with, strlen(with)) == 0;
}

static bool holds(const char *line, size_t len, const char *what)
{
    return memmem(line, len, what, strlen(what)) != NULL;
}

/* A command leaves.  What else libcurl says while it logs in is secret, and looked at no further. */
static void note_command(struct smtp_lane *l, const char *line, size_t len)
{
    struct answer *a = &l->x->answer;

    l->starttls = starts(line, len, "STARTTLS");
    if (starts(line, len, "EHLO") || starts(line, len, "HELO")) {
        a->stage = MAIL_GREETING;
        l->authed = false;
    } else if (starts(line, len, "AUTH")) {
        a->stage = MAIL_AUTH;
        l->authed = true;
    } else if (starts(line, len, "MAIL FROM")) {
        a->stage = MAIL_FROM;
        l->utf8 = holds(line, len, " SMTPUTF8");
    } else if (starts(line, len, "RCPT TO")) {
        a->stage = l->x->request.mail.copy && a->stage == MAIL_FROM ? MAIL_COPY : MAIL_TO;
    } else if (starts(line, len, "DATA")) {
        a->stage = MAIL_DATA;
    } else if (starts(line, len, "QUIT")) {
        l->over = true; /* which libcurl says when all is over: the reply before it counts */
        curl_easy_setopt(l->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, GOODBYE_SECONDS);
        return;
    }
    text_clear(&a->body);
}

static int on_said(CURL *easy, curl_infotype type, char *data, size_t len, void *context)
{
    (void)easy;
    if (type == CURLINFO_HEADER_OUT)
        note_command(context, data, len);
    return 0;
}

static int refuse(struct smtp_lane *l, enum trouble trouble, const char *problem)
{
    l->x->answer.trouble = trouble;
    snprintf(l->x->answer.problem, sizeof(l->x->answer.problem), "%s", problem);
    return -1;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Three digits, and then the words, another line's sign, or nothing. */
static bool is_reply(const char *line, size_t len)
{
    char next = len > LAST_CODE_LEN ? line[LAST_CODE_LEN] : 'x';

    return (next == ' ' || next == '-' || next == '\r' || next == '\n') && is_digit(line[0]) &&
           is_digit(line[1]) && is_digit(line[2]);
}

/* A line of a reply.  Where TLS is used only if it is offered, libcurl would log in without it after a refusal. */
static size_t on_reply(char *line, size_t size, size_t n, void *context)
{
    struct smtp_lane *l = context;
    struct answer *a;

    if (!l->x || l->over)
        return size * n;
    a = &l->x->answer;
    if (a->body.len + size * n <= REPLY_MAX)
        text_append(&a->body, line, size * n);
    if (!is_reply(line, size * n)) { /* libcurl would wait for one that is */
        refuse(l, TROUBLE_OTHER, "what answers there is no mail server");
        return 0;
    }
    if (!l->starttls || starts(line, size * n, "220"))
        return size * n;
    refuse(l, TROUBLE_TLS, "the mail server offers TLS, and refuses STARTTLS");
    return 0;
}

static bool is_wide(const char *address)
{
    return address && !slice_is_ascii(slice_of(address));
}

static const char no_login[] = "the mail server offers no way to log in that claimpipe knows";

/* The server has let everything pass, but not as it must be. */
static int check(struct smtp_lane *l)
{
    const struct request_mail *m = &l->x->request.mail;

    if (l->options->user && !l->authed)
        return refuse(l, TROUBLE_LOGIN, no_login);
    if ((is_wide(m->to) || is_wide(m->from) || is_wide(m->copy)) && !l->utf8)
        return refuse(l, TROUBLE_MESSAGE,
                      "the mail server takes no address with letters beyond ASCII (SMTPUTF8)");
    return 0;
}

/* From now on its final dot may have left, and what comes is the last reply, which may take long. */
static void end_body(struct smtp_lane *l)
{
    l->ended = true;
    l->x->answer.stage = MAIL_END;
    text_clear(&l->x->answer.body);
    curl_easy_setopt(l->easy, CURLOPT_LOW_SPEED_TIME, 0L);
    curl_easy_setopt(l->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     (long)(l->options->timeout_ns / CLOCK_NS_PER_S));
}

static size_t on_read(char *to, size_t size, size_t n, void *context)
{
    struct smtp_lane *l = context;
    ssize_t len;

    if (!l->begun && check(l) != 0)
        return CURL_READFUNC_ABORT;
    l->begun = true;
    len = mailbody_read(&l->body, to, size * n, &l->x->answer);
    if (len < 0)
        return CURL_READFUNC_ABORT;
    l->read += len;
    /* libcurl was told the size, and does not ask beyond it. */
    if (!l->ended && (len == 0 || l->read >= l->body.size))
        end_body(l);
    return (size_t)len;
}

/* libcurl's time for connecting takes in all up to the login, and servers let strangers wait for their greeting: what
 * is limited here is how long it takes to reach one. */
static bool is_out_of_reach(const struct smtp_lane *l)
{
    curl_off_t reached = 0;
    long made = 0;

    if (!l->x || clock_now_ns() - l->begun_ns < l->options->connect_timeout_ns)
        return false;
    curl_easy_getinfo(l->easy, CURLINFO_NUM_CONNECTS, &made);
    curl_easy_getinfo(l->easy, CURLINFO_CONNECT_TIME_T, &reached);
    return made > 0 && reached == 0;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct smtp_lane *l = context;

    (void)a, (void)b, (void)c, (void)d;
    if (is_out_of_reach(l))
        return refuse(l, TROUBLE_TIME, "the mail server can't be reached in time");
    return atomic_load(l->aborted);
}

/* ---- the handle ---- */

/* To reach the server, be greeted, and log in. */
static long connect_ms(const struct smtp_options *o)
{
    int64_t reply_ns = REPLY_SECONDS * CLOCK_NS_PER_S;

    reply_ns = o->timeout_ns < reply_ns ? o->timeout_ns : reply_ns;
    return (long)((o->connect_timeout_ns + reply_ns) / CLOCK_NS_PER_MS);
}

static bool set_numbers(struct smtp_lane *l, bool loopback)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_UPLOAD, 1},
        {CURLOPT_VERBOSE, 1}, /* to on_said */
        {CURLOPT_NOPROGRESS, 0},
        {CURLOPT_USE_SSL, loopback ? CURLUSESSL_TRY : CURLUSESSL_ALL},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
        {CURLOPT_UPLOAD_BUFFERSIZE, SEND_BUFFER},
        {CURLOPT_CONNECTTIMEOUT_MS, connect_ms(l->options)},
        {CURLOPT_LOW_SPEED_LIMIT, 1},
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (curl_easy_setopt(l->easy, numbers[i].option, numbers[i].value) != CURLE_OK)
            return false;
    return true;
}

static bool set_texts(struct smtp_lane *l, const char *url, bool loopback)
{
    const struct smtp_options *o = l->options;
    const struct {
        CURLoption option;
        const char *value; /* NULL: as libcurl has it */
    } texts[] = {
        {CURLOPT_URL, url},
        {CURLOPT_PROTOCOLS_STR, "smtp,smtps"},
        {CURLOPT_PROXY, loopback ? "" : NULL},
        {CURLOPT_CAINFO, o->cacert},
        {CURLOPT_USERNAME, o->user},
        {CURLOPT_PASSWORD, o->password},
        {CURLOPT_XOAUTH2_BEARER, o->bearer},
        /* else it would be tried as whoever has no password */
        {CURLOPT_LOGIN_OPTIONS, o->bearer ? "AUTH=OAUTHBEARER;AUTH=XOAUTH2" : NULL},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].value &&
            curl_easy_setopt(l->easy, texts[i].option, texts[i].value) != CURLE_OK)
            return false;
    return true;
}

static bool set_callbacks(struct smtp_lane *l)
{
    return !curl_easy_setopt(l->easy, CURLOPT_DEBUGFUNCTION, on_said) &&
           !curl_easy_setopt(l->easy, CURLOPT_DEBUGDATA, l) &&
           !curl_easy_setopt(l->easy, CURLOPT_HEADERFUNCTION, on_reply) &&
           !curl_easy_setopt(l->easy, CURLOPT_HEADERDATA, l) &&
           !curl_easy_setopt(l->easy, CURLOPT_READFUNCTION, on_read) &&
           !curl_easy_setopt(l->easy, CURLOPT_READDATA, l) &&
           !curl_easy_setopt(l->easy, CURLOPT_XFERINFOFUNCTION, on_progress) &&
           !curl_easy_setopt(l->easy, CURLOPT_XFERINFODATA, l);
}

static int open_easy(struct smtp_lane *l, struct err *e)
{
    const char *hello = l->options->hello;
    struct baseurl u;
    char url[URL_MAX];
    bool loopback;
    int rc = baseurl_read(&u, l->options->url), len;

    if (rc != 0) {
        baseurl_release(&u);
        return rc < 0 ? err_nomem(e)
                      : err_set(e, EXIT_USAGE, "--smtp %s: is no URL", l->options->url);
    }
    loopback = baseurl_is_loopback(u.host);
    baseurl_release(&u);
    len = snprintf(url, sizeof(url), "%s/%s", l->options->url, hello ? hello : "");
    if (len < 0 || (size_t)len >= sizeof(url))
        return err_set(e, EXIT_USAGE, "--smtp: the URL is too long");
    l->easy = curl_easy_init();
    return l->easy && set_numbers(l, loopback) && set_texts(l, url, loopback) && set_callbacks(l)
               ? 0
               : err_nomem(e);
}

struct smtp_lane *smtp_lane_new(const struct smtp_options *o, const atomic_bool *aborted,
                                struct err *e)
{
    struct smtp_lane *l = mem_zero(1, sizeof(*l));

    if (!l) {
        err_nomem(e);
        return NULL;
    }
    l->options = o;
    l->aborted = aborted;
    if (o->outbox || open_easy(l, e) == 0)
        return l;
    smtp_lane_free(l);
    return NULL;
}

static curl_socket_t no_socket(void *context, curlsocktype purpose, struct curl_sockaddr *at)
{
    (void)context, (void)purpose, (void)at;
    return CURL_SOCKET_BAD;
}

/* libcurl keeps a connection whose last reply has not come in time, and would take that one, once it comes, for the reply
 * to the next message's first command: each later reply would be of the command before. */
static void hang_up(CURL *easy)
{
    curl_socket_t s = CURL_SOCKET_BAD;

    if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &s) == CURLE_OK && s != CURL_SOCKET_BAD)
        shutdown(s, SHUT_RDWR);
}

/* By the connection that is there: for this none is made.  When it closes one by itself, libcurl waits two minutes for the
 * reply. */
static void say_goodbye(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 0L); /* nobody is to be told */
    if (!curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, no_socket) &&
        !curl_easy_setopt(easy, CURLOPT_UPLOAD, 0L) &&
        !curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) &&
        !curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "QUIT") &&
        !curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, GOODBYE_SECONDS) &&
        !curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, GOODBYE_SECONDS))
        (void)curl_easy_perform(easy);
    hang_up(easy);
}

void smtp_lane_free(struct smtp_lane *l)
{
    if (!l)
        return;
    if (l->easy) {
        if (l->n > 0)
            say_goodbye(l->easy);
        curl_easy_cleanup(l->easy);
    }
    free(l);
}

/* ---- a message ---- */

static struct curl_slist *recipients_of(const struct request_mail *m)
{
    struct curl_slist *first = m->copy ? curl_slist_append(NULL, m->copy) : NULL, *all;

    if (m->copy && !first)
        return NULL;
    all = curl_slist_append(first, m->to);
    if (!all)
        curl_slist_free_all(first);
    return all;
}

/* The code that the last line of a reply begins with; 0: there is none. */
static int code_of(const struct text *reply)
{
    const char *line = reply->ptr, *next;
    int code = 0;

    while ((next = strchr(line, '\n')) && next[1] != '\0')
        line = next + 1;
    for (int i = 0; i < LAST_CODE_LEN; i++) {
        if (!is_digit(line[i]))
            return 0;
        code = 10 * code + line[i] - '0';
    }
    return line[LAST_CODE_LEN] == ' ' || line[LAST_CODE_LEN] == '\r' || line[LAST_CODE_LEN] == '\n'
               ? code
               : 0;
}

static enum trouble trouble_of(CURLcode code)
{
    return code == CURLE_USE_SSL_FAILED ? TROUBLE_TLS
           : code == CURLE_LOGIN_DENIED ? TROUBLE_LOGIN
                                        : curltrouble_of(code);
}

static void judge(struct smtp_lane *l, CURLcode code)
{
    struct answer *a = &l->x->answer;
    int reply = text_ok(&a->body) ? code_of(&a->body) : 0;

    a->status = reply;
    if (code == CURLE_OK || reply >= 400) {
        a->problem[0] = '\0';
        a->trouble = TROUBLE_NONE;
        a->fate = FATE_ANSWERED;
        return;
    }
    a->fate = l->ended ? FATE_LOST : FATE_NOT_SENT;
    if (a->trouble == TROUBLE_NONE) /* it was not we who gave it up */
        a->trouble = trouble_of(code);
    if (code == CURLE_LOGIN_DENIED)
        snprintf(a->problem, sizeof(a->problem), "%s", no_login);
    else if (!a->problem[0])
        snprintf(a->problem, sizeof(a->problem), "%s",
                 code == CURLE_USE_SSL_FAILED ? "the mail server offers no TLS (STARTTLS)"
                                              : curl_easy_strerror(code));
}

static bool aim(struct smtp_lane *l, struct curl_slist *to)
{
    const struct request_mail *m = &l->x->request.mail;
    unsigned most = l->options->per_connection;

    /* A callback may have words of its own there; see judge. */
    return to && !curl_easy_setopt(l->easy, CURLOPT_MAIL_FROM, *m->from ? m->from : NULL) &&
           !curl_easy_setopt(l->easy, CURLOPT_MAIL_RCPT, to) &&
           !curl_easy_setopt(l->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)l->body.size) &&
           !curl_easy_setopt(l->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, REPLY_SECONDS) &&
           !curl_easy_setopt(l->easy, CURLOPT_LOW_SPEED_TIME, REPLY_SECONDS) &&
           !curl_easy_setopt(l->easy, CURLOPT_FORBID_REUSE, most > 0 && l->n + 1 >= most ? 1L : 0L);
}

/* true: it was over a connection that had been kept. */
static bool perform(struct smtp_lane *l)
{
    struct curl_slist *to = recipients_of(&l->x->request.mail);
    char words[CURL_ERROR_SIZE] = "";
    long made = 0;
    CURLcode code = CURLE_OUT_OF_MEMORY;

    l->ended = l->utf8 = l->begun = l->over = l->starttls = false;
    l->begun_ns = clock_now_ns();
    l->read = 0;
    if (aim(l, to)) {
        curl_easy_setopt(l->easy, CURLOPT_ERRORBUFFER, words);
        code = curl_easy_perform(l->easy);
        if (code != CURLE_OK)
            hang_up(l->easy);
        curl_easy_setopt(l->easy, CURLOPT_ERRORBUFFER, NULL);
        if (l->x->answer.trouble == TROUBLE_NONE)
            snprintf(l->x->answer.problem, sizeof(l->x->answer.problem), "%s", words);
    }
    curl_easy_getinfo(l->easy, CURLINFO_NUM_CONNECTS, &made);
    l->n = made > 0 ? 1 : l->n + 1;
    if (l->options->per_connection > 0 && l->n >= l->options->per_connection)
        l->n = 0;
    judge(l, code);
    curl_easy_setopt(l->easy, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(to);
    return made == 0;
}

/* Nothing of the message was begun, for the server has closed the connection, or does so now: some take no more than so
 * many messages over one. */
static bool is_closed(const struct answer *a)
{
    return a->stage <= MAIL_FROM &&
           (a->fate == FATE_ANSWERED ? a->status == SERVICE_CLOSES
                                     : a->status == 0 && a->trouble == TROUBLE_OTHER);
}

static void renew(struct answer *a)
{
    a->fate = FATE_NOT_SENT;
    a->trouble = TROUBLE_NONE;
    a->stage = MAIL_GREETING;
    a->status = 0;
    a->problem[0] = '\0';
    text_clear(&a->body);
}

int smtp_probe(const struct smtp_options *o, struct exchange *x, struct err *e)
{
    struct answer *a = &x->answer;
    char words[CURL_ERROR_SIZE] = "";
    atomic_bool aborted = false;
    struct smtp_lane *l = smtp_lane_new(o, &aborted, e);
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (!l)
        return -1;
    l->x = x;
    if (!curl_easy_setopt(l->easy, CURLOPT_CONNECT_ONLY, 1L) &&
        !curl_easy_setopt(l->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, PROBE_SECONDS) &&
        !curl_easy_setopt(l->easy, CURLOPT_ERRORBUFFER, words))
        code = curl_easy_perform(l->easy);
    snprintf(a->problem, sizeof(a->problem), "%s", words);
    judge(l, code);
    if (code == CURLE_OK && o->user && !l->authed) {
        a->fate = FATE_NOT_SENT;
        refuse(l, TROUBLE_LOGIN, no_login);
    }
    smtp_lane_free(l);
    return 0;
}

void smtp_lane_carry(struct smtp_lane *l, struct exchange *x)
{
    if (l->options->outbox) {
        outbox_write(l->options->outbox, &x->request, &x->answer);
        return;
    }
    l->x = x;
    x->answer.fate = FATE_NOT_SENT;
    if (mailbody_open(&l->body, &x->request, &x->answer) == 0) {
        if (perform(l) && is_closed(&x->answer) && !atomic_load(l->aborted)) {
            hang_up(l->easy); /* so that a new one is made */
            renew(&x->answer);
            perform(l);
        }
        mailbody_close(&l->body);
    }
    l->x = NULL;
}
