#include "adapters/secret.h"
#include "options.h"
#include "run.h"

#include <stdio.h>

static int act(const struct options *o, struct err *e)
{
    if (o->wish == OPTIONS_HELP)
        return options_print_help(e) == 0 ? EXIT_DONE : (int)e->code;
    if (o->wish == OPTIONS_VERSION)
        return puts("claimpipe " CLAIMPIPE_VERSION) < 0 || fflush(stdout) != 0 ? EXIT_OUTPUT
                                                                               : EXIT_DONE;
    return run_job(&o->job, e);
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct options o;
    int code;

    secret_forbid_core();
    code = options_read(&o, argc, argv, &e) == 0 ? act(&o, &e) : (int)e.code;
    if (e.text[0])
        fprintf(stderr, "claimpipe: %s\n", e.text);
    options_release(&o);
    return code;
}
