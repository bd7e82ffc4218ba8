/* main: the process is prepared, then it is a host like any other of libclaimpipe. */
#include "adapters/log.h"
#include "adapters/secret.h"
#include "base/process.h"
#include "claimpipe.h"

static int say(const struct err *e)
{
    struct log log;

    log_init(&log, NULL, false, false);
    log_say(&log, LOG_ERROR, "error", e->text, NULL, 0);
    return (int)e->code;
}

int main(int argc, char **argv)
{
    static const char *const help[] = {"help"};
    struct err e = ERR_INIT;
    struct claimpipe *c;
    int code;

    if (process_prepare(&e) != 0)
        return say(&e);
    secret_forbid_core();
    c = claimpipe_new();
    if (!c) {
        err_nomem(&e);
        return say(&e);
    }
    claimpipe_catch_signals(c);
    /* The run says if the words could not be taken.  Without any a person is helped; but a script whose words are
     * missing has done nothing, and is told so. */
    claimpipe_command(c, argc > 1 ? argc - 1 : 1, argc > 1 ? (const char *const *)argv + 1 : help);
    claimpipe_program(c, "/proc/self/exe");
    code = claimpipe_run(c);
    if (argc <= 1 && code == CLAIMPIPE_DONE)
        code = CLAIMPIPE_USAGE;
    claimpipe_free(c);
    return code;
}
