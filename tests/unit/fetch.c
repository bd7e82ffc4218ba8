/*
 * fetch: what becomes of a URL, against servers of one script each (fixed answers on loopback).  TLS and
 * sftp are tests/fetch_test.py's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/fetch.h"
#include "adapters/stop.h"
#include "base/clock.h"

#include "fixture.h"
#include "scripted.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define LONG_NS (20 * CLOCK_NS_PER_S)
#define SECRET "SECRET"
#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define TO(location)                                                                               \
    "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " location "\r\n\r" \
    "\n"

static const struct fetch_options usual = {
    .connect_timeout_ns = LONG_NS, .stall_ns = LONG_NS, .max = FETCH_MAX};

/* ---- what is shown of a URL ---- */

static void test_is_url(void **state)
{
    static const struct {
        const char *input;
        bool is;
    } cases[] = {
        {"https://host/path", true},
        {"HTTP://host", true},
        {"sftp://me@host/path", true},
        {"file:///etc/passwd", true},
        {"svn+ssh://host", true},
        {"s3://bucket/key", true},
        {"", false},
        {"-", false},
        {"in.csv", false},
        {"://x", false},
        {"1http://x", false},
        {"http:/x", false},
        {"http:", false},
        {"a folder/http://x", false},
        {"./https://x", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (fetch_is_url(cases[i].input) != cases[i].is)
            fail_msg("\"%s\"", cases[i].input);
}

static void test_names(void **state)
{
    static const struct {
        const char *url, *want;
    } cases[] = {
        {"https://host/path", "https://host/path"},
        {"https://host:8080/path/", "https://host:8080/path/"},
        {"https://[::1]:8080/a:b", "https://[::1]:8080/a:b"},
        {"https://host/path?key=SECRET", "https://host/path?…"},
        {"https://host/path?", "https://host/path?…"},
        {"https://host/path#SECRET", "https://host/path#…"},
        {"https://host/path#SECRET?SECRET", "https://host/path#…"},
        {"https://host?SECRET/SECRET@SECRET", "https://host?…"},
        {"https://SECRET@host/path", "https://…@host/path"},
        {"https://SECRET:SECRET@host/path", "https://…@host/path"},
        {"https://SECRET@SECRET@host/path", "https://…@host/path"},
        {"sftp://me@host/path", "sftp://me@host/path"},
        {"SFTP://me@host:22/@path", "SFTP://me@host:22/@path"},
        {"sftp://me:SECRET@host/path", "sftp://me:…@host/path"},
        {"sftp://me:@host/path", "sftp://me:…@host/path"},
        {"sftp://me:SECRET@SECRET@host", "sftp://me:…@host"},
        {"sftp://me:SECRET/SECRET@host/path", "sftp://me:…"},
        {"sftp://me:1/SECRET@host/path", "sftp://me:…"},
        {"sftp://me:SECRET?SECRET@host/path", "sftp://me:…?…"},
        {"https://host/a@b:c", "https://host/a@b:c"},
        {"https://host/\033[2J\npath", "https://host/?[2J?path"},
        {"/path?SECRET", "/path?…"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text name;

        text_init(&name);
        fetch_name(cases[i].url, &name);
        assert_string_equal(name.ptr, cases[i].want);
        text_release(&name);
    }
}

/* ---- fetching ---- */

/* What came goes into got. */
static int fetch(const char *url, const struct fetch_options *o, struct text *got, struct err *e)
{
    char buf[4096];
    FILE *f = tmpfile();
    size_t n;
    int rc;

    assert_non_null(f);
    rc = fetch_file(url, o, fileno(f), "the folder", e);
    rewind(f);
    text_clear(got);
    while ((n = fread(buf, 1, sizeof buf, f)) > 0)
        text_append(got, buf, n);
    fclose(f);
    return rc;
}

/* The error of this URL. */
static void fails(const char *url, const struct fetch_options *o, struct err *e)
{
    struct text got;

    text_init(&got);
    *e = (struct err)ERR_INIT;
    if (fetch(url, o, &got, e) != -1)
        fail_msg("%s is fetched", url);
    if (e->code != EXIT_INPUT)
        fail_msg("exit code %d: %s", (int)e->code, e->text);
    assert_silent(e->text, SECRET);
    text_release(&got);
}

static void fetches(const char *url, const char *want)
{
    struct err e = ERR_INIT;
    struct text got;

    text_init(&got);
    if (fetch(url, &usual, &got, &e) != 0)
        fail_msg("%s: %s", url, e.text);
    assert_string_equal(got.ptr, want);
    assert_string_equal(e.text, "");
    text_release(&got);
}

/* The error's text must be the server's URL and then this. */
static void assert_error(const struct err *e, const struct scripted *s, const char *rest)
{
    char want[ERR_TEXT_MAX + sizeof s->url];

    snprintf(want, sizeof want, "%s%s", s->url, rest);
    assert_string_equal(e->text, want);
}

static void test_refused(void **state)
{
#define KINDS ": cannot be fetched: a URL begins with https://, http:// or sftp://: "
#define PASSWORD ": has a password in it, which everybody on this machine could see: "
    static const struct {
        const char *url, *says;
    } cases[] = {
        {"file:///etc/passwd", "file:///etc/passwd" KINDS "give the file's path"},
        {"ftp://127.0.0.1/x?SECRET", "ftp://127.0.0.1/x?…" KINDS "download it, and name the file"},
        {"httpss://127.0.0.1/", "httpss://127.0.0.1/" KINDS "download it, and name the file"},
        {"scp://127.0.0.1/x", "scp://127.0.0.1/x" KINDS "download it, and name the file"},
        {"http://me:SECRET@127.0.0.1:1/x",
         "http://…@127.0.0.1:1/x" PASSWORD "download it, and name the file"},
        {"http://:SECRET@127.0.0.1:1/x",
         "http://…@127.0.0.1:1/x" PASSWORD "download it, and name the file"},
        {"sftp://me:SECRET@127.0.0.1:1/x",
         "sftp://me:…@127.0.0.1:1/x" PASSWORD
         "leave it out, and log in by ssh-agent or a key in ~/.ssh"},
        {"sftp://127.0.0.1:1/folder/",
         "sftp://127.0.0.1:1/folder/: is a folder: name a file in it"},
        {"sftp://127.0.0.1:1", "sftp://127.0.0.1:1: is a folder: name a file in it"},
        {"sftp://127.0.0.1:1/a?SECRET",
         "sftp://127.0.0.1:1/a?…: has a ? or # in its path: write %3F or %23"},
        {"sftp://127.0.0.1:1/a#SECRET",
         "sftp://127.0.0.1:1/a#…: has a ? or # in its path: write %3F or %23"},
        {"http://", "http://: is not a URL that can be read (No host part in the URL): check it"},
        {"http://127.0.0.1:x/",
         "http://127.0.0.1:…: is not a URL that can be read (Port number was "
         "not a decimal number between 0 and 65535): check it"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct err e;

        fails(cases[i].url, &usual, &e);
        assert_string_equal(e.text, cases[i].says);
    }
}

static void test_files(void **state)
{
    static const char csv[] = "a,b\n1,2\n";
    static const struct {
        const char *answer, *want;
    } cases[] = {
        {HEAD "Content-Length: 8\r\n\r\na,b\n1,2\n", csv},
        {HEAD "\r\na,b\n1,2\n", csv},
        {HEAD "Transfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\n4\r\n1,2\n\r\n0\r\nX: y\r\n\r\n",
         csv},
        {HEAD "Content-Length: 0\r\n\r\n", ""},
        {"HTTP/1.1 203 Changed\r\nContent-Length: 8\r\n\r\na,b\n1,2\n", csv},
        {"HTTP/1.0 200 OK\n\na,b\n1,2\n", csv},
        {"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" HEAD "Content-Length: 8\r\n\r\na,b\n1,2\n",
         csv},
        {HEAD "Content-Encoding: gzip\r\n\r\na,b\n1,2\n", csv}, /* as it comes */
        {HEAD "Content-Type: text/plain\r\n\r\n<b>,<html>\n", "<b>,<html>\n"},
        {HEAD "\r\n<htm", "<htm"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scripted s;

        scripted_start(&s, &cases[i].answer, 1);
        fetches(s.url, cases[i].want);
        assert_int_equal(scripted_stop(&s), 1);
    }
}

/* The rest of the message, after `URL/x?…: `. */
static void fails_saying(const char *answer, const struct fetch_options *o, const char *says)
{
    struct scripted s;
    struct err e;
    char url[128], want[ERR_TEXT_MAX];

    scripted_start(&s, &answer, 1);
    snprintf(url, sizeof url, "%s/x?key=" SECRET "#" SECRET, s.url);
    fails(url, o, &e);
    scripted_stop(&s);
    assert_string_equal(s.targets[0], "/x?key=" SECRET);
    snprintf(want, sizeof want, "/x?…: %s", says);
    assert_error(&e, &s, want);
}

static void test_statuses(void **state)
{
#define SIGN_IN                                                                                    \
    "one has to sign in, or may not read it: publish it, or download it, and name the file"
    static const struct {
        const char *status, *says;
    } cases[] = {
        {"400", "400 (bad request): download it, and name the file"},
        {"401", "401 (unauthorized): " SIGN_IN},
        {"403", "403 (forbidden): " SIGN_IN},
        {"404", "404 (not found): check the address"},
        {"410", "410 (gone): check the address"},
        {"418", "418 (refused): download it, and name the file"},
        {"429", "429 (too many requests): try again later"},
        {"500", "500 (server error): try again later"},
        {"503", "503 (service unavailable): try again later"},
        {"599", "599 (server error): try again later"},
        {"302", "302 (elsewhere, and does not say where): download it, and name the file"},
        {"206", "206 (no file): download it, and name the file"},
        {"204", "204 (no content): download it, and name the file"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char answer[256], says[256];

        snprintf(
            answer, sizeof answer,
            "HTTP/1.1 %s Whatever\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>",
            cases[i].status);
        snprintf(says, sizeof says, "the server answers %s", cases[i].says);
        fails_saying(answer, &usual, says);
    }
}

static void test_cut_off(void **state)
{
#define AGAIN " bytes: run the same command again"
    static const struct {
        const char *answer, *says;
    } cases[] = {
        {HEAD "Content-Length: 9\r\n\r\na,b\n1,2\n", "the connection broke off after 8" AGAIN},
        {HEAD "Transfer-Encoding: chunked\r\n\r\n8\r\na,b\n1,2\n\r\n",
         "the connection broke off after 8" AGAIN},
        {HEAD "Transfer-Encoding: chunked\r\n\r\n8\r\na,b\n",
         "the connection broke off after 4" AGAIN},
        {HEAD "Content-Le", "the connection broke off after 0" AGAIN},
        {HEAD, "the connection broke off after 0" AGAIN},
        {"", "the connection broke off after 0" AGAIN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        fails_saying(cases[i].answer, &usual, cases[i].says);
}

static void test_too_large(void **state)
{
    static const char *const fits[] = {HEAD "Content-Length: 4\r\n\r\n1234", HEAD "\r\n1234"};
    static const char *const large[] = {
        HEAD "Content-Length: 5\r\n\r\n12345",
        HEAD "Content-Length: 99999999999999999\r\n\r\n1",
        HEAD "\r\n12345",
        HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n",
    };
    struct fetch_options o = usual;
    struct scripted s;
    struct err e = ERR_INIT;
    struct text got;

    (void)state;
    o.max = 4;
    text_init(&got);
    for (size_t i = 0; i < COUNT(fits); i++) {
        scripted_start(&s, &fits[i], 1);
        assert_int_equal(fetch(s.url, &o, &got, &e), 0);
        scripted_stop(&s);
        assert_string_equal(got.ptr, "1234");
    }
    text_release(&got);
    for (size_t i = 0; i < COUNT(large); i++)
        fails_saying(
            large[i], &o,
            "is larger than 4 bytes, the most that is fetched: download it, and name the file");
}

static void test_pages(void **state)
{
    static const char *const pages[] = {
        HEAD "Content-Type: text/html\r\n\r\na,b\n",
        HEAD "Content-Type: Text/HTML; charset=utf-8\r\n\r\na,b\n",
        HEAD "Content-Type: application/xhtml+xml\r\n\r\na,b\n",
        HEAD "Content-Type: text/csv\r\n\r\n<!DOCTYPE html>\n<html>",
        HEAD "\r\n<html lang=\"en\">",
        HEAD "\r\n\xef\xbb\xbf\r\n  <!doctype HTML>",
        HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\n<HT\r\n3\r\nML>\r\n0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pages); i++)
        fails_saying(pages[i], &usual,
                     "is a web page and not a file, most likely one to sign in: publish it "
                     "as a file, or download it, and name the file");
}

/* A link is followed to the file behind it; it keeps its name, and the other's query is as secret. */
static void test_instead(void **state)
{
    static const char *const file[] = {HEAD "\r\na,b\n"};
    struct fetch_options o = usual;
    struct scripted s;
    struct err e = ERR_INIT;
    struct text got;
    char instead[128];

    (void)state;
    text_init(&got);
    scripted_start(&s, file, 1);
    snprintf(instead, sizeof instead, "%s/file?key=" SECRET, s.url);
    o.instead = instead;
    assert_int_equal(fetch("http://127.0.0.1:1/page?" SECRET, &o, &got, &e), 0);
    assert_int_equal(scripted_stop(&s), 1);
    assert_string_equal(got.ptr, "a,b\n");
    assert_string_equal(s.targets[0], "/file?key=" SECRET);
    text_release(&got);
}

static void test_advice(void **state)
{
    static const struct {
        const char *answers[2], *where, *path, *says;
    } cases[] = {
        {{HEAD "\r\n<html>"},
         "fetched from",
         "/file?…",
         "is a web page and not a file, most "
         "likely one to sign in: share it"},
        {{"HTTP/1.1 403 No\r\nConnection: close\r\n\r\n"},
         "fetched from",
         "/file?…",
         "the server answers 403 (forbidden): one has to sign in, or may not read it: share it"},
        {{"HTTP/1.1 404 No\r\nConnection: close\r\n\r\n"},
         "fetched from",
         "/file?…",
         "the server answers 404 (not found): check the address"},
        {{TO("/login?" SECRET), HEAD "\r\n<html>"},
         "which leads to",
         "/login?…",
         "is a web page and not a file, most likely one to sign in: share it"},
    };
    struct fetch_options o = usual;

    (void)state;
    o.advice = "share it";
    for (size_t i = 0; i < COUNT(cases); i++) {
        char instead[128], want[512];
        struct scripted s;
        struct err e;

        scripted_start(&s, cases[i].answers, cases[i].answers[1] ? 2 : 1);
        snprintf(instead, sizeof instead, "%s/file?" SECRET, s.url);
        o.instead = instead;
        fails("http://127.0.0.1:1/page?" SECRET, &o, &e);
        scripted_stop(&s);
        snprintf(want, sizeof want, "http://127.0.0.1:1/page?… (%s %s%s): %s", cases[i].where,
                 s.url, cases[i].path, cases[i].says);
        assert_string_equal(e.text, want);
    }
}

/* ---- what is asked ---- */

static int keep_home(void **state)
{
    const char *home = getenv("HOME");

    if (enter_folder(state) != 0)
        return -1;
    return setenv("KEPT_HOME", home ? home : "", 1);
}

static int restore_home(void **state)
{
    const char *home = getenv("KEPT_HOME");

    setenv("HOME", home ? home : "", 1);
    unsetenv("http_proxy");
    return leave_folder(state);
}

static void test_request(void **state)
{
    static const char *const answers[] = {HEAD "\r\nok"};
    char url[128], folder[PATH_MAX];
    struct scripted s;

    (void)state;
    put_file(".netrc", "machine 127.0.0.1 login me password " SECRET "\n");
    setenv("HOME", getcwd(folder, sizeof folder), 1);
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* not for loopback */
    scripted_start(&s, answers, 1);
    snprintf(url, sizeof url, "%s/a b/\xc3\xbc%%20.csv?x=1&y#z", s.url);
    fetches(url, "ok");
    assert_int_equal(scripted_stop(&s), 1);
    assert_string_equal(s.targets[0], "/a%20b/%c3%bc%20.csv?x=1&y");
    assert_says(s.request, "\r\nUser-Agent: claimpipe/");
    assert_null(strcasestr(s.request, "\r\nAccept-Encoding:"));
    assert_null(strcasestr(s.request, "\r\nAuthorization:"));
    assert_null(strcasestr(s.request, "\r\nRange:"));
}

static void test_no_home(void **state)
{
    struct err e;

    (void)state;
    for (int set = 0; set < 2; set++) {
        if (set)
            setenv("HOME", "", 1);
        else
            unsetenv("HOME");
        fails("sftp://127.0.0.1:1/x", &usual, &e);
        assert_string_equal(e.text, "sftp://127.0.0.1:1/x: HOME is not set, so there is no "
                                    "~/.ssh/known_hosts: set HOME");
    }
}

/* ---- redirects ---- */

static void test_redirects(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 301 Moved\r\nConnection: close\r\nSet-Cookie: c=1; Path=/\r\nLocation: b?x=1\r\n"
        "\r\n<html>moved",
        TO("/c"),
        "HTTP/1.1 307 Moved\r\nConnection: close\r\nLocation: ../d/e f\r\n\r\n",
        "HTTP/1.1 308 Moved\r\nConnection: close\r\nLocation: ?y\r\n\r\n",
        HEAD "Content-Length: 2\r\n\r\nok",
    };
    struct scripted s;
    char url[128];

    (void)state;
    scripted_start(&s, answers, COUNT(answers));
    snprintf(url, sizeof url, "http://me@127.0.0.1%s/a/a", strrchr(s.url, ':'));
    fetches(url, "ok");
    assert_int_equal(scripted_stop(&s), 5);
    assert_string_equal(s.targets[1], "/a/b?x=1");
    assert_string_equal(s.targets[2], "/c");
    assert_string_equal(s.targets[3], "/d/e%20f");
    assert_string_equal(s.targets[4], "/d/e%20f?y");
    assert_says(s.request, "\r\nCookie: c=1\r\n");
}

/* Who one is is for the server only that the user has named. */
static void test_user_stays(void **state)
{
    static const char *const ok[] = {HEAD "\r\nok"};
    struct scripted first, second;
    char answer[256], url[128];
    const char *const answers[] = {answer};

    (void)state;
    scripted_start(&second, ok, 1);
    snprintf(answer, sizeof answer, TO("%s/there"), second.url);
    scripted_start(&first, answers, 1);
    snprintf(url, sizeof url, "http://me@127.0.0.1%s/", strrchr(first.url, ':'));
    fetches(url, "ok");
    assert_int_equal(scripted_stop(&first), 1);
    assert_int_equal(scripted_stop(&second), 1);
    assert_non_null(strcasestr(first.request, "\r\nAuthorization: Basic bWU6\r\n"));
    assert_null(strcasestr(second.request, "\r\nAuthorization:"));
    assert_null(strcasestr(second.request, "\r\nReferer:"));
}

static void test_redirects_refused(void **state)
{
#define OTHER "redirects are followed to https and http only: download it, and name the file"
    static const struct {
        const char *answer, *says;
    } cases[] = {
        {TO("ftp://127.0.0.1/?k=" SECRET), "ftp://127.0.0.1/?…): " OTHER},
        {TO("file:///etc/passwd?" SECRET), "file:///etc/passwd): " OTHER},
        {TO("sftp://127.0.0.1/x"), "sftp://127.0.0.1/x): " OTHER},
        {TO("SCP://127.0.0.1/x#" SECRET), "scp://127.0.0.1/x#…): " OTHER},
        {TO("http://me:" SECRET "@127.0.0.1:1/"),
         "http://…@127.0.0.1:1/): has a password in it, which everybody on this machine could see: "
         "download it, and name the file"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char url[128], want[ERR_TEXT_MAX];
        struct scripted s;
        struct err e;

        scripted_start(&s, &cases[i].answer, 1);
        snprintf(url, sizeof url, "%s/?" SECRET, s.url);
        fails(url, &usual, &e);
        assert_int_equal(scripted_stop(&s), 1);
        snprintf(want, sizeof want, "/?… (which leads to %s", cases[i].says);
        assert_error(&e, &s, want);
    }
}

/* A page that one is sent to is said to be that one. */
static void test_sign_in(void **state)
{
    static const char *const answers[] = {TO("/login?next=" SECRET), HEAD "\r\n<html>"};
    struct scripted s;
    struct err e;
    char url[128], want[512];

    (void)state;
    scripted_start(&s, answers, 2);
    snprintf(url, sizeof url, "%s/x?" SECRET, s.url);
    fails(url, &usual, &e);
    assert_int_equal(scripted_stop(&s), 2);
    snprintf(want, sizeof want,
             "/x?… (which leads to %s/login?…): is a web page and not a file, "
             "most likely one to sign in: publish it as a file, or download it, and name the file",
             s.url);
    assert_error(&e, &s, want);
}

static void test_many_redirects(void **state)
{
    const char *answers[12];
    struct scripted s;
    struct err e;
    char want[512];

    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++)
        answers[i] = i < 10 ? TO("/next") : HEAD "\r\nok";
    scripted_start(&s, answers, COUNT(answers));
    fetches(s.url, "ok");
    assert_int_equal(scripted_stop(&s), 11);
    answers[10] = TO("/next?" SECRET);
    scripted_start(&s, answers, COUNT(answers));
    fails(s.url, &usual, &e);
    assert_int_equal(scripted_stop(&s), 11);
    snprintf(want, sizeof want,
             " (which leads to %s/next): more than 10 redirects: download it, and "
             "name the file",
             s.url);
    assert_error(&e, &s, want);
}

/* ---- what goes wrong on this side ---- */

static void test_stall(void **state)
{
    struct fetch_options o = usual;

    (void)state;
    o.stall_ns = 50 * CLOCK_NS_PER_MS;
    fails_saying("hang", &o,
                 "nothing has come for 0.05 s: run the same command again when the server answers");
}

static void test_nobody_there(void **state)
{
    static const char *const none[] = {""};
    struct scripted s;
    struct err e;
    char url[128], want[128];

    (void)state;
    scripted_start(&s, none, 1);
    scripted_stop(&s);
    snprintf(url, sizeof url, "%s/?" SECRET, s.url);
    fails(url, &usual, &e);
    snprintf(want, sizeof want, "%s/?…: cannot be fetched: ", s.url);
    assert_says(e.text, want);
    assert_says(e.text, ": check the address");
}

static void test_no_room(void **state)
{
    static const char *const answers[] = {HEAD "\r\nok"};
    struct err e = ERR_INIT;
    struct scripted s;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_true(full >= 0);
    scripted_start(&s, answers, 1);
    assert_int_equal(fetch_file(s.url, &usual, full, "/the/folder", &e), -1);
    scripted_stop(&s);
    close(full);
    assert_int_equal(e.code, EXIT_INPUT);
    assert_error(&e, &s,
                 ": cannot be kept in /the/folder: No space left on device: set TMPDIR to a "
                 "folder with room for it");
}

/* In a process of its own, for the stop flag stays up. */
static void fetch_and_stop(const char *url)
{
    struct sigevent by = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};
    const struct itimerspec soon = {.it_value = {0, 20 * CLOCK_NS_PER_MS}};
    struct err e = ERR_INIT;
    timer_t timer;

    stop_install();
    if (timer_create(CLOCK_MONOTONIC, &by, &timer) != 0 ||
        timer_settime(timer, 0, &soon, NULL) != 0)
        _exit(1);
    if (fetch_file(url, &usual, STDERR_FILENO, "the folder", &e) != -1 ||
        stop_signal() != SIGTERM || !strstr(e.text, "/?…: interrupted while it was fetched"))
        _exit(2);
    _exit((int)e.code);
}

static void test_interrupted(void **state)
{
    static const char *const answers[] = {"hang"};
    int64_t begun = clock_now_ns();
    struct scripted s;
    char url[128];
    int status;
    pid_t pid;

    (void)state;
    scripted_start(&s, answers, 1);
    snprintf(url, sizeof url, "%s/?" SECRET, s.url);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        fetch_and_stop(url);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    scripted_stop(&s);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_INTERRUPTED);
    assert_true(clock_now_ns() - begun < LONG_NS); /* it did not wait for the stall */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_url),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_instead),
        cmocka_unit_test(test_advice),
        cmocka_unit_test_setup_teardown(test_request, keep_home, restore_home),
        cmocka_unit_test_setup_teardown(test_no_home, keep_home, restore_home),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_user_stays),
        cmocka_unit_test(test_redirects_refused),
        cmocka_unit_test(test_sign_in),
        cmocka_unit_test(test_many_redirects),
        cmocka_unit_test(test_stall),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
