/*
 * embed: claims out of a program of one's own, by libclaimpipe:
 *
 *   cc -o embed samples/embed.c $(pkg-config --cflags --libs claimpipe)
 *   ./embed completions.csv CLAIM_ID
 *
 * First it checks what would be done, then it does it, and prints a line for each row.  The rest of what is set
 * comes from the environment: BITBADGES_API_KEY, CLAIM_PASSWORD.
 */
#include <claimpipe.h>

#include <signal.h>
#include <stdio.h>

static void on_message(void *context, enum claimpipe_level level, const char *event,
                       const char *text)
{
    static const char *const names[] = {"error", "warning", "info"};

    (void)context;
    (void)event;
    fprintf(stderr, "%s: %s\n", names[level], text);
}

static void on_progress(void *context, const struct claimpipe_progress *p)
{
    (void)context;
    fprintf(stderr, "%llu of %llu rows\n", (unsigned long long)p->done,
            (unsigned long long)p->total);
}

static void on_row(void *context, const struct claimpipe_row *r)
{
    unsigned *told = (unsigned *)context; /* C++ wants the cast */

    printf("row %llu: %s %s%s%s\n", (unsigned long long)r->row, r->recipient, r->status,
           *r->error ? ": " : "", r->error);
    ++*told;
}

static void on_answer(void *context, const char *text, size_t len)
{
    (void)context;
    (void)text;
    printf("check: %zu bytes of JSON\n", len);
}

/* An object for each, as a run does not know the check's setting "format". */
static int run(int only_check, const char *input, const char *claim)
{
    const char *words[] = {"check", "claim", input};
    const char *what = only_check ? "check" : "claim";
    struct claimpipe *c = claimpipe_new();
    unsigned told = 0;
    int code;

    if (!c)
        return CLAIMPIPE_STOPPED;
    /* What fails here is told by the run. */
    claimpipe_command(c, only_check ? 3 : 2, only_check ? words : words + 1);
    claimpipe_set(c, "claim", claim);
    claimpipe_set(c, "set", "password-1.password=env:CLAIM_PASSWORD");
    claimpipe_set(c, "rate", "50/s");
    if (only_check)
        claimpipe_set(c, "format", "json");
    claimpipe_on_message(c, on_message, NULL);
    claimpipe_on_progress(c, on_progress, NULL);
    claimpipe_on_row(c, on_row, &told);
    claimpipe_on_answer(c, on_answer, NULL);
    claimpipe_catch_signals(c); /* Ctrl-C ends in order: the same command then goes on */
    code = claimpipe_run(c);
    if (code >= CLAIMPIPE_USAGE)
        fprintf(stderr, "%s failed: %s\n", what, claimpipe_error(c));
    else
        printf("%s: result %d, %u rows\n", what, code, told);
    claimpipe_free(c);
    return code;
}

int main(int argc, char **argv)
{
    int code;

    if (argc != 3) {
        fprintf(stderr, "usage: embed INPUT CLAIM_ID (libclaimpipe %s)\n", claimpipe_version());
        return CLAIMPIPE_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    code = run(1, argv[1], argv[2]);
    return code >= CLAIMPIPE_USAGE ? code : run(0, argv[1], argv[2]);
}
