/* child: fork, then only what is safe between fork and exec, since a host may have threads. */
#include "adapters/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 1000
#define PIECE 4096
#define CANNOT_START 127 /* as shells have it */

/* ---- starting ---- */

/* In the new process.  Signals that we catch are the default again, also before exec; that we died before prctl is seen. */
_Noreturn static void become(const char *program, char *const *argv, int said, int kept,
                             pid_t parent)
{
    int null;

    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    setpgid(0, 0);
    null = open("/dev/null", O_RDONLY);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(CANNOT_START);
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(said, STDERR_FILENO) >= 0 &&
        (kept < 0 || fcntl(kept, F_SETFD, 0) == 0))
        execv(program, argv);
    _exit(CANNOT_START);
}

/* Who ignores it, as some parents leave it, is never told how a child has ended. */
static void heed_children(void)
{
    struct sigaction action;

    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
        action.sa_handler = SIG_DFL;
        sigaction(SIGCHLD, &action, NULL);
    }
}

int child_start(struct child *c, const char *program, char *const *argv, int kept, struct err *e)
{
    pid_t parent = getpid();
    int ends[2];

    *c = (struct child){.pid = -1, .said = -1};
    text_init(&c->buffer);
    heed_children();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set(e, EXIT_STOPPED, "%s: cannot be started: %s", program, strerror(errno));
    c->pid = fork();
    if (c->pid == 0)
        become(program, argv, ends[1], kept, parent);
    close(ends[1]);
    if (c->pid < 0) {
        err_set(e, EXIT_STOPPED, "%s: cannot be started: %s", program, strerror(errno));
        close(ends[0]);
        return -1;
    }
    setpgid(c->pid, c->pid); /* whichever of the two is first */
    c->said = ends[0];
    return 0;
}

/* ---- listening ---- */

/* Is there a whole line, or the last, or a piece that is long enough? */
static bool take_line(struct child *c, struct slice *line)
{
    const char *begin = c->buffer.ptr + c->taken;
    size_t left = c->buffer.len - c->taken;
    const char *end = left ? memchr(begin, '\n', left) : NULL;

    if (!end && (left == 0 || (c->said >= 0 && left < CHILD_LINE_MAX)))
        return false;
    *line = (struct slice){begin, end ? (size_t)(end - begin) : left};
    c->taken += line->len + (end ? 1 : 0);
    return true;
}

/* What was taken is let go of. */
static void drop_taken(struct child *c)
{
    size_t left = c->buffer.len - c->taken;

    if (c->taken == 0)
        return;
    memmove(c->buffer.ptr, c->buffer.ptr + c->taken, left);
    c->buffer.len = left;
    c->taken = 0;
}

/* 1: there is more; 0: not yet; -1: it has closed it. */
static int read_more(struct child *c)
{
    struct pollfd fd = {.fd = c->said, .events = POLLIN};
    char piece[PIECE];
    ssize_t n;

    if (poll(&fd, 1, POLL_MS) <= 0)
        return 0;
    n = read(c->said, piece, sizeof(piece));
    if (n > 0)
        text_append(&c->buffer, piece, (size_t)n); /* without memory it is lost; its end is not */
    if (n > 0 || (n < 0 && errno == EINTR))
        return n > 0;
    close(c->said);
    c->said = -1;
    return -1;
}

int child_line(struct child *c, struct slice *line)
{
    if (take_line(c, line))
        return 1;
    drop_taken(c);
    while (c->said >= 0) {
        int rc = read_more(c);

        if (take_line(c, line))
            return 1;
        if (rc == 0)
            return 0;
    }
    return -1;
}

/* ---- ending ---- */

void child_ask(const struct child *c, int signal)
{
    if (c->pid > 0)
        kill(c->pid, signal);
}

int child_end(struct child *c, int *signal)
{
    int status = 0;

    if (c->said >= 0)
        close(c->said);
    c->said = -1;
    while (waitpid(c->pid, &status, 0) < 0)
        if (errno != EINTR) {
            status = CANNOT_START << 8; /* somebody else in this process has waited for it */
            break;
        }
    c->pid = -1;
    text_release(&c->buffer);
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}
