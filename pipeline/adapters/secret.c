/* secret: reads secrets from where nobody else sees them, and refuses what was pasted with something unseen. */
#include "adapters/secret.h"

#include "base/mem.h"
#include "base/secretform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Room to see that a value with its line end is larger than allowed. */
#define BUFFER_SIZE (SECRET_MAX + 4)

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

bool secret_is_named(const char *source)
{
    return begins(source, "env:") || begins(source, "file:");
}

/* Can it be a variable that a shell exports? */
static bool is_name(const char *name)
{
    bool digit = *name >= '0' && *name <= '9';

    for (const char *c = name; *c; c++)
        if (*c != '_' && !(*c >= '0' && *c <= '9') && !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z'))
            return false;
    return *name && !digit;
}

static char *from_env(const char *name, const char *asked_by, struct err *e)
{
    const char *value = getenv(name);
    char why[SECRETFORM_TEXT_MAX];
    char *copy;

    if (!value && !is_name(name)) { /* perhaps it is the secret itself: it is not shown */
        err_set(e, EXIT_USAGE,
                "%s env:…: what stands behind env: is no variable's name (letters, digits and _): "
                "say env:NAME",
                asked_by);
        return NULL;
    }
    if (!value || !*value) {
        err_set(e, EXIT_USAGE,
                value ? "%s env:%s: %s is empty in the environment: set it first"
                      : "%s env:%s: the environment has no %s: export it first",
                asked_by, name, name);
        return NULL;
    }
    if (strlen(value) > SECRET_MAX) {
        err_set(e, EXIT_USAGE, "%s env:%s: is larger than %d bytes", asked_by, name, SECRET_MAX);
        return NULL;
    }
    if (!secretform_is_meant(slice_of(value), SECRETFORM_GIVEN, why)) {
        err_set(e, EXIT_USAGE, "%s env:%s: %s, which no secret has: set it without", asked_by, name,
                why);
        return NULL;
    }
    copy = mem_copy(value, strlen(value));
    if (!copy)
        err_nomem(e);
    return copy;
}

/* At most size bytes; how many, or -1. */
static ssize_t read_whole(int fd, char *buf, size_t size)
{
    size_t len = 0;

    while (len < size) {
        ssize_t n = read(fd, buf + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

/* The file's content into value (BUFFER_SIZE zeroed bytes), without its last line end: its length,
 * or -1 with errno. */
static ssize_t read_value(const char *path, char *value)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), error;
    ssize_t len = fd >= 0 ? read_whole(fd, value, BUFFER_SIZE - 1) : -1;

    error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    if (len > 0 && value[len - 1] == '\n')
        value[--len] = '\0';
    if (len > 0 && value[len - 1] == '\r')
        value[--len] = '\0';
    return len;
}

/* The file is not empty. */
static int judge_file(const char *path, const char *value, size_t len, const char *asked_by,
                      struct err *e)
{
    char why[SECRETFORM_TEXT_MAX];

    if (len > SECRET_MAX)
        return err_set(e, EXIT_USAGE, "%s file:%s: is larger than %d bytes", asked_by, path,
                       SECRET_MAX);
    if (memcmp(value, "\xff\xfe", 2) == 0 || memcmp(value, "\xfe\xff", 2) == 0)
        return err_set(e, EXIT_USAGE, "%s file:%s: is UTF-16: save it as UTF-8 (without BOM)",
                       asked_by, path);
    if (strlen(value) != len)
        return err_set(e, EXIT_USAGE, "%s file:%s: holds a NUL byte", asked_by, path);
    if (secretform_is_meant((struct slice){value, len}, SECRETFORM_WRITTEN, why))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s file:%s: %s: remove it (one line end is passed over); if it is a part of "
                   "the secret, give that as env:NAME",
                   asked_by, path, why);
}

static char *from_file(const char *path, const char *asked_by, struct err *e)
{
    char *value = mem_zero(BUFFER_SIZE, 1);
    ssize_t len;

    if (!value) {
        err_nomem(e);
        return NULL;
    }
    len = read_value(path, value);
    if (len < 0)
        err_set(e, EXIT_USAGE, "%s file:%s: %s", asked_by, path, strerror(errno));
    else if (len == 0)
        err_set(e, EXIT_USAGE, "%s file:%s: the file is empty", asked_by, path);
    else if (judge_file(path, value, (size_t)len, asked_by, e) == 0)
        return value;
    explicit_bzero(value, BUFFER_SIZE);
    free(value);
    return NULL;
}

char *secret_read(const char *source, const char *asked_by, struct err *e)
{
    if (begins(source, "env:"))
        return from_env(source + 4, asked_by, e);
    if (begins(source, "file:"))
        return from_file(source + 5, asked_by, e);
    err_set(
        e, EXIT_USAGE,
        "%s: a secret on the command line is seen by everybody on this machine (ps, shell "
        "history), in a job file by whoever gets a copy: put it into an environment variable or "
        "a file and say env:NAME or file:PATH",
        asked_by);
    return NULL;
}

void secret_free(char *value)
{
    if (value)
        mem_forget(value, strlen(value));
}

void secret_forbid_core(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* LeakSanitizer has to trace us */
    prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
#endif
}
