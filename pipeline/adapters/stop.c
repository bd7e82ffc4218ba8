/* stop: lock-free atomics, which may be used in a signal handler, and by threads. */
#include "adapters/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "signal handlers may use what is lock-free");

static atomic_int stop_flag;
static atomic_flag begun = ATOMIC_FLAG_INIT;

/* Of the run that goes on. */
static const int caught[] = {SIGINT, SIGTERM, SIGPIPE};
#define N_CAUGHT (sizeof(caught) / sizeof(caught[0]))
static struct sigaction former[N_CAUGHT];
static bool installed;

bool stop_begin(void)
{
    return !atomic_flag_test_and_set(&begun);
}

void stop_end(void)
{
    for (size_t i = 0; installed && i < N_CAUGHT; i++)
        sigaction(caught[i], &former[i], NULL);
    installed = false;
    atomic_store(&stop_flag, 0);
    atomic_flag_clear(&begun);
}

void stop_install(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_CAUGHT; i++) {
        bool ignored = caught[i] == SIGPIPE;

        action.sa_handler = ignored ? SIG_IGN : stop_ask;
        /* no SA_RESTART: a blocking read must end */
        action.sa_flags = ignored ? 0 : (int)SA_RESETHAND;
        sigaction(caught[i], &action, installed ? NULL : &former[i]);
    }
    installed = true;
}

void stop_ask(int signal)
{
    atomic_store(&stop_flag, signal);
}

int stop_signal(void)
{
    return atomic_load_explicit(&stop_flag, memory_order_relaxed);
}
