/*
 * process: puts the process in order before anything else runs.
 *
 * Descriptors are filled first: a file that got number 2 would receive the error messages.  Signals are ignored rather than
 * handled, so that the write itself fails, where it is told.
 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Each is opened for what it is not there for.  As those below it are open, it gets just this number. */
static int fill_descriptors(struct err *e)
{
    static const int modes[] = {
        [STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_RDONLY};

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
            return err_set(e, EXIT_OUTPUT,
                           "a standard stream is closed, and /dev/null cannot be opened in its "
                           "place: %s",
                           strerror(errno));
    return 0;
}

static void ignore(int signal_number)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    sigaction(signal_number, &action, NULL);
}

static int check_stack(struct err *e)
{
    struct rlimit stack;

    if (getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur >= PROCESS_STACK_MIN)
        return 0;
    return err_set(e, EXIT_USAGE,
                   "the stack is limited to %llu KiB, and %lu are needed: say ulimit -s 8192 first",
                   (unsigned long long)stack.rlim_cur / 1024, PROCESS_STACK_MIN / 1024);
}

int process_prepare(struct err *e)
{
    ignore(SIGXFSZ);
    ignore(SIGPIPE);
    return fill_descriptors(e) == 0 ? check_stack(e) : -1;
}
