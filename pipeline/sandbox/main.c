/* main of claimpipe-sandbox: options, start, stop. */
#include "sandbox/server.h"
#include "sandbox/world.h"

#include "base/number.h"
#include "base/process.h"
#include "base/text.h"
#include "sandbox/claims.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sandbox_options {
    const char *config, *journal;
    uint16_t port;
    bool quiet;
};

static const char sandbox_usage[] =
    "Usage: claimpipe-sandbox [OPTION]...\n"
    "A practice server that behaves as the BitBadges API does, on 127.0.0.1 only.\n"
    "\n"
    "  -c, --config FILE   claims, stores, limits and faults (JSON); without it there is one\n"
    "                        claim, \"sandbox-claim\", with the password \"open sesame\" at the\n"
    "                        plugin instance password-1, and the API key \"sandbox-key\"\n"
    "  -p, --port N        listen on this port (default 0: any free one)\n"
    "  -j, --journal FILE  keep what happens in FILE, and go on from there when started again\n"
    "  -q, --quiet         nothing to paste at the start, and no summary at the end\n"
    "      --help          print this and exit\n"
    "      --version       print the version and exit\n"
    "\n"
    "When ready, prints `listening on http://127.0.0.1:PORT', and to standard error what to paste\n"
    "into another terminal.  SIGTERM and SIGINT end it.\n"
    "\n";

static const char sandbox_usage_config[] =
    "The configuration; every key may be left out (the manual tells more):\n"
    "  {\"behaviour\": \"S26\" or \"IDX\",        the service of 2026, or the server of 2024\n"
    "   \"keys\": [\"...\"],                    API keys; none: no key is asked for\n"
    "   \"keyless\": {\"limit\": N, \"windowMs\": N}, the limit of requests without a key,\n"
    "                                       which are else refused\n"
    "   \"credits\": N,                       each request costs one, then 402; -1: unlimited\n"
    "   \"rateLimit\": {\"limit\": N, \"windowMs\": N, \"headers\": HEADERS, \"retryAfter\": "
    "FORM},\n"
    "   \"queueDelayMs\": [MIN, MAX],  \"seed\": N,\n"
    "   \"reads\": {\"lagMs\": N or \"frozen\": B}, what is shown of attempts and successes is so\n"
    "                                       old, or as old as this moment\n"
    "   \"clocks\": {\"attemptsMs\": N, \"dateMs\": N}, how far the clocks of attemptedAt and "
    "Date\n"
    "                                       are ahead; below 0: behind\n"
    "   \"claims\": [{\"claimId\": \"...\", \"version\": N, \"collectionId\": \"...\",\n"
    "     \"hideCurrentState\": B, \"onChain\": B, \"approvalId\": \"...\", \"showCode\": B,\n"
    "     \"details\": {...}, \"halted\": B, \"queueDelayMs\": [MIN, MAX],\n"
    "     \"failInQueue\": {\"every\": N, \"addresses\": [...], \"error\": \"...\"},\n"
    "     \"refuse\": {\"name\": \"...\", \"reason\": \"...\", \"addresses\": [...]},\n"
    "     \"claimed\": N or {ADDRESS: COUNT or [NUMBER, ...]},\n"
    "     \"attempts\": N or [{\"address\": \"...\", \"attemptedAt\": MS, \"claimNumber\": N,\n"
    "                    \"error\": \"...\"}, ...],\n"
    "     \"attemptsPage\": {\"size\": N, \"end\": \"empty\", \"absent\" or \"repeated\", "
    "\"total\": B,\n"
    "                    \"errors\": \"session\", \"on request\" or \"always\",\n"
    "                    \"attemptedAt\": \"string\" or \"number\",\n"
    "                    \"without\": [ADDRESS, ...]},\n"
    "     \"plugins\": [{\"pluginId\": \"numUses\", \"instanceId\": \"...\", \"maxUses\": N,\n"
    "                    and with IDX alone \"maxUsesPerAddress\": N},\n"
    "       {\"pluginId\": \"password\", \"instanceId\": \"...\", \"password\": \"...\"},\n"
    "       {\"pluginId\": \"codes\", \"instanceId\": \"...\", \"codes\": [...]\n"
    "                    or \"seed\": \"...\", \"numCodes\": N},\n"
    "       {\"pluginId\": \"whitelist\", \"instanceId\": \"...\", \"maxUsesPerAddress\": N,\n"
    "                    \"addresses\": [...]\n"
    "                    or \"useDynamicStore\": true, \"dynamicDataId\": \"...\"},\n"
    "       {\"pluginId\": \"initiatedBy\", \"instanceId\": \"...\"},\n"
    "       {\"pluginId\": \"transferTimes\", \"instanceId\": \"...\",\n"
    "                    \"transferTimes\": [{\"start\": MS, \"end\": MS}, ...]}]}],\n";

static const char sandbox_usage_rest[] =
    "   \"stores\": [{\"dynamicDataId\": \"...\", \"dataSecret\": \"...\",\n"
    "     \"field\": \"address\" or \"fields\": [...], \"values\": [...], \"batchLimit\": N,\n"
    "     \"delayMs\": [MIN, MAX], \"retryMs\": [MIN, MAX],\n"
    "     \"refuse\": [{\"key\": \"...\", \"status\": N, \"error\": \"...\"}, ...],\n"
    "     \"queueFaults\": [{\"key\": \"...\", \"times\": N, \"error\": \"...\"}, ...],\n"
    "     \"activity\": \"open\" or \"hidden\", \"lookups\": \"open\" or \"hidden\"}],\n"
    "   \"faults\": [{\"route\": ROUTE or \"*\", \"kind\": KIND, WHEN}, ...]}\n"
    "  HEADERS: standard (RateLimit-Policy, -Limit, -Remaining and -Reset), three (without the\n"
    "         policy), x (X-RateLimit-...), draft-7, draft-8, draft-10, none\n"
    "  FORM:  seconds, decimal, unix, unix-ms, date, date-850, asctime, none\n"
    "  ROUTE: complete simulate status success attempts claim fetch reserved codes store batch\n"
    "         value values activity other\n"
    "  KIND:  reset-before, reset-after (with \"rst\": true by RST rather than FIN),\n"
    "         status (\"status\": N, \"json\": B, \"processed\": B, \"retryAfter\": S,\n"
    "         \"errorMessage\": \"...\" or \"body\": JSON, \"headers\": {NAME: VALUE or [VALUE, "
    "...]}),\n"
    "         slow (\"delayMs\": N), truncate, garbage, huge\n"
    "  WHEN:  \"every\": N, \"first\": N, \"at\": [N, ...], \"probability\": P,\n"
    "         or \"addresses\": [...] with \"times\": N for each of them\n"
    "\n"
    "At run time, without a key and not counted:\n"
    "  POST /sandbox/faults      an array that replaces the faults\n"
    "  POST /sandbox/config      {\"behaviour\", \"credits\", \"rateLimit\", \"keyless\", "
    "\"reads\",\n"
    "                            \"clocks\", \"claims\", \"stores\"} to merge; null takes a limit\n"
    "                            away\n"
    "  GET  /sandbox/stats       what the server did; ?brief=1 leaves out claims and stores\n"
    "  GET  /sandbox/wait        ?route=NAME&count=N&timeoutMs=N: waits for so many requests of\n"
    "                            a route, or so many total, accepted, completed,\n"
    "                            failedInQueue, settled (the two before), limited,\n"
    "                            storeAccepted, storeApplied, storeRetries\n";

static const char sandbox_default_config[] =
    "{\"keys\": [\"sandbox-key\"], \"claims\": [{\"claimId\": \"sandbox-claim\", \"plugins\": ["
    "{\"pluginId\": \"numUses\", \"instanceId\": \"numUses-1\"},"
    "{\"pluginId\": \"password\", \"instanceId\": \"password-1\", \"password\": \"open sesame\"}"
    "]}]}";

/* -1: go on; else the exit code. */
static int sandbox_options(int argc, char **argv, struct sandbox_options *o)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"port", required_argument, NULL, 'p'},
                                          {"journal", required_argument, NULL, 'j'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    int c;
    int64_t port = 0;
    while ((c = getopt_long(argc, argv, "c:p:j:q", longs, NULL)) != -1) {
        if (c == 'c') {
            o->config = optarg;
        } else if (c == 'j') {
            o->journal = optarg;
        } else if (c == 'q') {
            o->quiet = true;
        } else if (c == 'h') {
            return printf("%s%s%s", sandbox_usage, sandbox_usage_config, sandbox_usage_rest) < 0 ||
                           fflush(stdout) != 0
                       ? EXIT_OUTPUT
                       : EXIT_DONE;
        } else if (c == 'V') {
            return puts("claimpipe-sandbox " CLAIMPIPE_VERSION) < 0 ? EXIT_OUTPUT : EXIT_DONE;
        } else if (c != 'p' || number_int(optarg, 0, UINT16_MAX, &port) != 0) {
            fputs("Try 'claimpipe-sandbox --help' for more information.\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "claimpipe-sandbox: unexpected argument '%s'\n", argv[optind]);
        return EXIT_USAGE;
    }
    o->port = (uint16_t)port;
    return -1;
}

static int sandbox_configure(struct world *w, const char *path, struct err *e)
{
    json_error_t je;
    const char *name = path ? path : "default configuration";
    json_t *config = path ? json_load_file(path, JSON_REJECT_DUPLICATES, &je)
                          : json_loads(sandbox_default_config, 0, &je);
    if (!config)
        return err_set(e, EXIT_USAGE, "%s:%d:%d: %s", name, je.line, je.column, je.text);
    struct err inner = ERR_INIT;
    int rc = world_configure(w, config, &inner);
    json_decref(config);
    return rc == 0 ? 0 : err_set(e, inner.code, "%s: %s", name, inner.text);
}

/* ---- what to paste ---- */

/* As one word of a shell. */
static void put_word(struct text *t, const char *s)
{
    text_puts(t, "'");
    for (; *s; s++)
        if (*s == '\'')
            text_puts(t, "'\\''");
        else
            text_append(t, s, 1);
    text_puts(t, "'");
}

static const struct plugin *find_plugin(const struct claim *c, enum plugin_kind kind)
{
    for (size_t i = 0; i < c->nplugins; i++)
        if (c->plugins[i].kind == kind)
            return &c->plugins[i];
    return NULL;
}

/* The first that a password completes, or nothing at all: an example that works as it stands. */
static const struct claim *find_example(const struct world *w)
{
    for (size_t i = 0; i < w->claims.len; i++) {
        const struct claim *c = w->claims.entries[i].value;

        if (!c->halted && !find_plugin(c, PLUGIN_CODES) && !find_plugin(c, PLUGIN_INITIATED_BY))
            return c;
    }
    return NULL;
}

/* Practice keys and passwords are no secrets: they stand in the configuration, or in the manual. */
static void sandbox_tell(const struct world *w, unsigned port)
{
    const struct claim *c = find_example(w);
    const struct plugin *password = c ? find_plugin(c, PLUGIN_PASSWORD) : NULL;
    struct text t;

    text_init(&t);
    text_printf(&t,
                "claimpipe-sandbox: to practise, paste this into another terminal:\n\n"
                "  export BITBADGES_API_URL=http://127.0.0.1:%u",
                port);
    text_puts(&t, " BITBADGES_API_KEY=");
    put_word(&t, w->keys.len ? w->keys.entries[0].key : "any-key");
    if (password) {
        text_puts(&t, " CLAIM_PASSWORD=");
        put_word(&t, password->secret);
    }
    /* What is practised is no part of anybody's ledger. */
    text_puts(&t, "\n  export XDG_STATE_HOME=\"$PWD/practice\"");
    if (c) {
        text_puts(&t, "\n  claimpipe claim samples/completions.csv -c ");
        put_word(&t, c->id);
        text_puts(&t, " \\\n    ");
        if (password) {
            text_puts(&t, "--set ");
            put_word(&t, password->instance_id);
            text_puts(&t, ".password=env:CLAIM_PASSWORD ");
        }
        text_puts(&t, "--queue-delay 2s -o practice.csv");
    }
    text_puts(&t, "\n\nCtrl-C ends it.\n");
    if (text_ok(&t))
        fwrite(t.ptr, 1, t.len, stderr);
    text_release(&t);
}

/* Serves until a signal of the set comes. */
static int sandbox_serve(struct world *w, const struct sandbox_options *o, const sigset_t *signals,
                         struct err *e)
{
    int signal_number;
    struct server *s = server_start(w, o->port, e);
    if (!s)
        return -1;
    if (queue_start(&w->queue, e) != 0) {
        server_stop(s);
        return -1;
    }
    if (printf("listening on http://127.0.0.1:%u\n", (unsigned)server_port(s)) < 0 ||
        fflush(stdout) != 0)
        err_set(e, EXIT_OUTPUT, "stdout: the port cannot be told: %s", strerror(errno));
    else {
        if (!o->quiet)
            sandbox_tell(w, (unsigned)server_port(s));
        sigwait(signals, &signal_number);
    }
    server_stop(s);
    pthread_mutex_lock(&w->lock); /* the queue is still at work */
    if (!o->quiet && e->code == EXIT_DONE)
        fprintf(stderr, "claimpipe-sandbox: %llu requests, %llu claims completed, %llu failed\n",
                (unsigned long long)w->stats.total, (unsigned long long)w->stats.completed,
                (unsigned long long)w->stats.failed_in_queue);
    pthread_mutex_unlock(&w->lock);
    return 0;
}

static int sandbox_run(int argc, char **argv, struct err *e)
{
    struct sandbox_options o = {NULL, NULL, 0, false};
    struct world w;
    sigset_t signals;
    int code = sandbox_options(argc, argv, &o);
    if (code >= 0)
        return code;
    /* before there are threads, so that all of them have it blocked and sigwait gets it */
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGHUP, SIG_IGN);
    if (world_init(&w, e) == 0) {
        if (sandbox_configure(&w, o.config, e) == 0 && world_resume(&w, o.journal, e) == 0)
            (void)sandbox_serve(&w, &o, &signals, e);
        world_release(&w);
    }
    return (int)e->code;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    int code = process_prepare(&e) == 0 ? sandbox_run(argc, argv, &e) : (int)e.code;
    if (e.code != EXIT_DONE)
        fprintf(stderr, "claimpipe-sandbox: %s\n", e.text);
    return code;
}
