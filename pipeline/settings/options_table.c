/* options_table: the table, and getopt_long's view of it. */
#include "settings/options_table.h"

#include "adapters/http.h"
#include "base/text.h"
#include "policy/columns.h"
#include "settings/commands.h"
#include "settings/options.h"
#include "settings/options_take.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#define VALUE_FIRST 256 /* getopt's values of the flags: past every letter */
/* Past these a number is no longer exact where the service counts (JavaScript). */
#define INDEX_MAX INT64_C(1000000000000000)
#define NEAR_NAME_MAX 64

#define JOBS (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE | COMMAND_RUN | COMMAND_CHECK)
#define SENDING (COMMAND_CLAIM | COMMAND_STORE | COMMAND_RUN | COMMAND_CHECK)
#define ASKING (SENDING | COMMAND_SUCCESSES | COMMAND_CODE)
#define CLAIMS (COMMAND_CLAIM | COMMAND_RUN | COMMAND_CHECK)
#define THE_CLAIM (COMMAND_CLAIM | COMMAND_CHECK)
#define THE_CODE (COMMAND_CODE | COMMAND_CHECK)
#define THE_STORE (COMMAND_STORE | COMMAND_CHECK)
#define BOOKS (THE_CODE | COMMAND_LIST | COMMAND_REPORT)
#define OUTPUT                                                                                     \
    (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE | COMMAND_RUN | COMMAND_LIST |                   \
     COMMAND_SUCCESSES | COMMAND_REPORT | COMMAND_EXPORT)
#define HISTORY                                                                                    \
    (COMMAND_RUNS | COMMAND_REPORT | COMMAND_LEDGER_CHECK | COMMAND_EXPORT | COMMAND_PRUNE |       \
     COMMAND_BACKUP | COMMAND_RESTORE)
#define LEDGER (JOBS | COMMAND_SUCCESSES | HISTORY)
#define ANY (LEDGER | COMMAND_LIST | COMMAND_PRESETS)

#define INTO(take, member)                                                                         \
    take, offsetof(struct options, member), sizeof(((struct options *)NULL)->member)
#define ON(member) INTO(take_on, member), 0, 0
#define TEXT(member) INTO(take_text, member), 0, 0
#define NUMBER(member, min, max) INTO(take_number, member), min, max
#define TIME(member) INTO(take_time, member), 0, 0
#define LIMIT(member) INTO(take_limit, member), 0, 0
#define FORMAT(member) INTO(take_format, member), 0, 0
#define SOURCE(member) INTO(take_secret, member), 0, 0
#define RECIPIENT(kind) take_recipient, 0, 0, kind, 0
#define CALL(function) function, 0, 0, 0, 0

static const struct flag flags[] = {
    {FLAG_CLAIM, 'c', "claim", "CLAIM_ID",
     "the claim to complete (its id, or its page's link); of code:\nthe claim of the codes",
     THE_CLAIM | COMMAND_CODE, TEXT(target.id)},
    {FLAG_CLAIM, 0, "set", "NAME=VALUE",
     "what to send: NAME is INSTANCE.FIELD for a plugin of the\n"
     "claim, such as password-1.password, or a FIELD of a store;\n"
     "VALUE may hold {{Column}}, or be env:NAME or file:PATH; may\n"
     "be repeated",
     THE_CLAIM | COMMAND_STORE, CALL(take_set)},
    {FLAG_CLAIM, 0, "credential", "SOURCE",
     "the one string that Zap users have:\nclaimId-passwordInstanceId-password", THE_CLAIM,
     TEXT(credential)},
    {FLAG_CLAIM, 0, "claim-version", "N",
     "expect this version of the claim (-1: any; default: today's)", THE_CLAIM,
     NUMBER(target.version, -1, INT64_MAX)},

    {FLAG_CODE, 0, "seed-from", "SOURCE",
     "the claim's seed, of which its codes are made; of report:\n"
     "each seed of the run (may be repeated)",
     BOOKS, CALL(take_seed)},
    {FLAG_CODE, 0, "codes", "FILE",
     "the codes instead, one a line or a CSV; of report: each list\nof the run (may be repeated)",
     BOOKS, CALL(take_codes)},
    {FLAG_CODE, 0, "start", "N", "the first code's number (default: 0)", THE_CODE | COMMAND_LIST,
     NUMBER(step.start, 0, INDEX_MAX)},
    {FLAG_CODE, 0, "count", "N",
     "how many codes the claim has; for a row past them there is none\n(default: the claim "
     "is asked, if --claim says which it is;\nwith --list: as many as there are)",
     THE_CODE | COMMAND_LIST, NUMBER(step.count, 1, INDEX_MAX)},
    {FLAG_CODE, 0, "allow-odd-codes", NULL,
     "take a list of codes as it is, though a spreadsheet seems to\nhave damaged it",
     THE_CODE | COMMAND_LIST, ON(step.allow_odd_codes)},
    {FLAG_CODE, 0, "link-template", "TEXT",
     "the link that a recipient is sent, with {{code}} and {{claim}}\nin it; of an on-chain claim: "
     "{{claim}}, {{collection}}, {{approval}}",
     THE_CLAIM | COMMAND_CODE, TEXT(step.link)},
    {FLAG_CODE, 0, "list", "N", "print so many codes alone; there is no INPUT then",
     COMMAND_CODE | COMMAND_LIST, NUMBER(list, 1, INDEX_MAX)},

    {FLAG_STORE, 's', "store", "STORE_ID", "the dynamic store", THE_STORE, TEXT(target.id)},
    {FLAG_STORE, 0, "secret-from", "SOURCE", "the store's data secret", THE_STORE,
     SOURCE(target.secret)},
    {FLAG_STORE, 0, "remove", NULL, "remove the recipients from the store", THE_STORE,
     ON(step.remove)},
    {FLAG_STORE, 0, "batch", "N", "rows to a request (default: 250)", THE_STORE,
     NUMBER(step.batch, 1, 10000)},

    {FLAG_INPUT, 0, "preset", "NAME",
     "the platform that the input is an export of (default: known\n"
     "by its header; none: do without; claimpipe presets lists all)",
     JOBS, TEXT(job.preset)},
    {FLAG_INPUT, 0, "header-line", "N", "the line that the header is on (default: found)", JOBS,
     NUMBER(job.read.header_line, 1, INT64_MAX)},
    {FLAG_INPUT, 0, "no-header", NULL, "there is no header: columns are called 1, 2, 3 ...", JOBS,
     ON(job.read.no_header)},
    {FLAG_INPUT, 0, "encoding", "NAME",
     "how its text is written: UTF-8, UTF-16LE, WINDOWS-1252 ...\n(default: found; iconv -l lists "
     "all)",
     JOBS, TEXT(job.read.encoding)},
    {FLAG_INPUT, 0, "delimiter", "CHAR",
     "what stands between its columns: comma, semicolon, tab, pipe\nor a character (default: "
     "found)",
     JOBS, CALL(take_delimiter)},
    {FLAG_INPUT, 0, "quote", "CHAR",
     "what its fields are quoted in (default: found; none: they\nnever are)", JOBS,
     CALL(take_quote)},
    {FLAG_INPUT, 0, "escape", "CHAR",
     "what stands before a quote or a delimiter that is none:\nbackslash, a character or none "
     "(default: found)",
     JOBS, CALL(take_escape)},
    {FLAG_INPUT, 0, "allow-burn-address", NULL,
     "take the zero and other burn addresses for recipients", JOBS, ON(job.allow_burn)},
    {FLAG_INPUT, 0, "allow-rounded", NULL, "go on with long numbers that a spreadsheet has rounded",
     JOBS, ON(job.allow_rounded)},
    {FLAG_INPUT, 0, "fill-down", "COLUMN,...",
     "columns that are blank where they repeat the row above", JOBS, TEXT(job.fill_down)},

    {FLAG_ROWS, 0, "where", "FILTER",
     "act for rows that pass it, such as \"Progress >= 100\" or\n\"[Completed At] >= -1d and "
     "Status in (done, passed)\"; may be\nrepeated: all must pass",
     JOBS, CALL(take_where)},
    {FLAG_ROWS, 0, "date-order", "mdy|dmy|ymd",
     "how filters read dates such as 5/4/2026 (default: such a date\nis refused, unless the preset "
     "says it)",
     JOBS, CALL(take_date_order)},
    {FLAG_ROWS, 0, "decimal", "point|comma", "how filters read numbers such as 1,234 (likewise)",
     JOBS, CALL(take_decimal)},
    {FLAG_ROWS, 0, "group", "COLUMN",
     "rows with the same value in it are one trigger; filters may\nthen say all(...) and any(...)",
     JOBS, TEXT(job.group)},
    {FLAG_ROWS, 0, "lookup", "FILE",
     "a CSV with the addresses of those whom the input calls by\ne-mail or id", JOBS,
     TEXT(job.lookup)},
    {FLAG_ROWS, 0, "on", "COLUMN[=COLUMN]",
     "the column of the input, and that of FILE, by which people\nare looked up (default: found)",
     JOBS, TEXT(job.on)},
    {FLAG_ROWS, 0, "address", "COLUMN",
     "the column of recipients' addresses; with --lookup: that of\nFILE (default: found by its "
     "name)",
     JOBS, RECIPIENT(IDENTITY_ADDRESS)},
    {FLAG_ROWS, 0, "email", "COLUMN", "recipients are e-mail addresses, in this column", JOBS,
     RECIPIENT(IDENTITY_EMAIL)},
    {FLAG_ROWS, 0, "id", "COLUMN", "recipients are ids of any kind", JOBS, RECIPIENT(IDENTITY_ID)},
    {FLAG_ROWS, 0, "username", "COLUMN", "recipients are user names", JOBS,
     RECIPIENT(IDENTITY_USERNAME)},
    {FLAG_ROWS, 0, "rows", "A-B", "these rows only, counted from 1 (also A-, -B or A)", JOBS,
     CALL(take_rows)},
    {FLAG_ROWS, 0, "sample", "N", "so many rows only, spread over the file: the same each time",
     JOBS, NUMBER(job.sample.spread, 1, INT64_MAX)},
    {FLAG_ROWS, 0, "limit", "N", "act for so many rows at most", JOBS,
     NUMBER(job.sample.limit, 1, INT64_MAX)},
    {FLAG_ROWS, 0, "simulate", NULL,
     "ask the service what would become of each row: nothing is\nspent or remembered",
     JOBS & ~COMMAND_CHECK, CALL(take_simulate)},

    {FLAG_AGAIN, 0, "ledger", "FILE",
     "what was done before (default:\n$XDG_STATE_HOME/claimpipe/ledger.db)", LEDGER,
     TEXT(job.ledger)},
    {FLAG_AGAIN, 0, "accept-ledger", NULL,
     "go on with the ledger as it is, though it is new, or older\nthan what was issued: may issue "
     "twice",
     JOBS | COMMAND_SUCCESSES | COMMAND_PRUNE | COMMAND_RESTORE, ON(job.accept_ledger)},
    {FLAG_AGAIN, 0, "key", "COLUMN,...",
     "what makes a row the same again: these columns (default: the\nrecipient)", JOBS,
     TEXT(job.key)},
    {FLAG_AGAIN, 0, "again", "N",
     "issue once more on purpose, for the N-th time in all: rows\n"
     "are duplicates only of rows of the same N (default: 1)",
     JOBS, NUMBER(job.again, 1, 1000000)},
    {FLAG_AGAIN, 0, "no-skip-claimed", NULL, "send also to those who have claimed by another way",
     CLAIMS, ON(job.wishes.send_claimed)},
    {FLAG_AGAIN, 0, "retry-failed", NULL,
     "try rows again that have failed; who has\n"
     "succeeded all the same is found first. Only a claim that\n"
     "does not show, or not yet, what it took can be issued twice",
     JOBS, ON(job.wishes.retry_failed)},
    {FLAG_AGAIN, 0, "resend-unknown", NULL,
     "send rows again, once, of which nobody can tell whether they\nwere taken: may issue twice",
     SENDING, ON(job.wishes.resend_unknown)},
    {FLAG_AGAIN, 0, "all", NULL, "also what was told before", COMMAND_SUCCESSES, ON(all)},
    {FLAG_AGAIN, 0, "before", "YYYY-MM-DD", "the beginning of that day, in UTC", COMMAND_PRUNE,
     TEXT(before)},
    {FLAG_AGAIN, 0, "replace", NULL, "also over a copy that is there", COMMAND_BACKUP, ON(replace)},

    {FLAG_PACE, 0, "rate", "COUNT/TIME",
     "requests allowed (default: 10000/m; none: only the server's\nword)", ASKING, CALL(take_rate)},
    {FLAG_PACE, 0, "burst", "N", "requests that may leave at once (default: what fits the rate)",
     ASKING, NUMBER(job.burst, 1, 100000)},
    {FLAG_PACE, 0, "in-flight", "N", "requests under way at once (default: 64)", SENDING,
     NUMBER(job.in_flight, 1, 4096)},
    {FLAG_PACE, 0, "lanes", "N", "threads that send (default: 1)", SENDING,
     NUMBER(job.lanes, 1, HTTP_LANES_MAX)},
    {FLAG_PACE, 0, "tries", "N",
     "tries of a request that never left, before the run stops\n(default: 8)", ASKING,
     NUMBER(job.tries_max, 1, 1000)},
    {FLAG_PACE, 0, "max-failures", "N|N%",
     "stop when so many rows have failed (a share: of at least\n100 tried)", SENDING,
     CALL(take_max_failures)},
    {FLAG_PACE, 0, "force", NULL,
     "send although the claim shows that what is set for it can't\ncomplete it", SENDING,
     ON(job.stoprule.force)},
    {FLAG_PACE, 0, "keep-going", NULL,
     "send on although the first 25 answers all refuse for the same\n"
     "reason, or the claim is used up, halted or not open now",
     SENDING, ON(job.stoprule.keep_going)},
    {FLAG_PACE, 0, "max-credits", "N", "stop before more than N requests were made", SENDING,
     NUMBER(job.stoprule.max_credits, 1, INT64_MAX)},
    {FLAG_PACE, 0, "max-duration", "TIME", "stop sending after this time", SENDING,
     TIME(job.stoprule.max_duration_ns)},
    {FLAG_PACE, 0, "settle-timeout", "TIME",
     "how long to wait for a queue that does not move (default: 5m);\n"
     "what is left then is pending, and settled by the next run",
     SENDING, TIME(job.settle_timeout_ns)},
    {FLAG_PACE, 0, "queue-delay", "TIME",
     "the longest time a request may lie in the server's queue\n"
     "(default: 60s); one whose answer was lost is not sent again\n"
     "before, and only if the server shows later ones",
     SENDING, TIME(job.queue_delay_ns)},

    {FLAG_SERVICE, 0, "api-url", "URL",
     "the API (default: $BITBADGES_API_URL, or\nhttps://api.bitbadges.io)", ASKING,
     TEXT(job.api_url)},
    {FLAG_SERVICE, 0, "api-key", "SOURCE", "its key (default: env:BITBADGES_API_KEY)", ASKING,
     TEXT(api_key_source)},
    {FLAG_SERVICE, 0, "ask", NULL,
     "ask the service, too, whether its claims can be completed so:\nwith the key; nothing is sent",
     COMMAND_CHECK, ON(job.ask)},
    {FLAG_SERVICE, 0, "cacert", "FILE",
     "trust the authorities in this PEM file instead of the\nsystem's", ASKING | COMMAND_REPORT,
     TEXT(job.cacert)},
    {FLAG_SERVICE, 0, "connect-timeout", "TIME", "to reach the server (default: 10s)",
     ASKING | COMMAND_REPORT, LIMIT(job.connect_timeout_ns)},
    {FLAG_SERVICE, 0, "timeout", "TIME", "for a whole request (default: 60s)", ASKING,
     LIMIT(job.timeout_ns)},

    {FLAG_OUTPUT, 'o', "output", "FILE",
     "the results CSV (default: INPUT with .results.csv, or\n"
     ".simulated.csv; codes, successes and the ledger's export: -,\n"
     "which is standard output)",
     OUTPUT, TEXT(output)},
    {FLAG_OUTPUT, 0, "output-dialect", "same|excel|rfc4180",
     "how results are written: same as the input (the default), so\n"
     "that Excel opens them well, or as plain CSV (RFC 4180)",
     (JOBS & ~COMMAND_CHECK) | COMMAND_REPORT, CALL(take_dialect)},
    {FLAG_OUTPUT, 0, "safe-cells", NULL,
     "in the results, no cell begins a formula (but with an apostrophe)",
     (JOBS & ~COMMAND_CHECK) | COMMAND_REPORT, ON(job.safe_cells)},
    {FLAG_OUTPUT, 0, "format", "text|json", "what check answers in (default: text)", COMMAND_CHECK,
     FORMAT(job.json)},
    {FLAG_OUTPUT, 'q', "quiet", NULL, "say nothing but errors", ANY, ON(job.quiet)},
    {FLAG_OUTPUT, 0, "log-format", "text|json", "how to say what goes on (default: text)", ANY,
     FORMAT(job.json_log)},
    {FLAG_OUTPUT, 'h', "help", NULL, "show this; claimpipe COMMAND --help: about one command", ANY,
     CALL(take_nothing)},
    {FLAG_OUTPUT, 'V', "version", NULL, "show the version", ANY, CALL(take_nothing)},
};
#define N_FLAGS (sizeof(flags) / sizeof(flags[0]))
_Static_assert(N_FLAGS <= FLAGS_MAX, "struct options counts them");

const struct flag *flags_at(size_t i)
{
    return i < N_FLAGS ? &flags[i] : NULL;
}

const char *flags_title(enum flag_group group)
{
    static const char *const titles[] = {
        [FLAG_CLAIM] = "What to send",
        [FLAG_CODE] = "Codes",
        [FLAG_STORE] = "Stores",
        [FLAG_INPUT] = "How the input is read",
        [FLAG_ROWS] = "Rows",
        [FLAG_AGAIN] = "Once, and again",
        [FLAG_PACE] = "Pace, and when to stop",
        [FLAG_SERVICE] = "The service",
        [FLAG_OUTPUT] = "Output",
    };

    return titles[group];
}

/* ---- parsing ---- */

static void make_getopt(struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (size_t i = 0; i < N_FLAGS; i++) {
        longs[i] = (struct option){flags[i].name, flags[i].arg ? required_argument : no_argument,
                                   NULL, VALUE_FIRST + (int)i};
        if (flags[i].letter) {
            *shorts++ = flags[i].letter;
            if (flags[i].arg)
                *shorts++ = ':';
        }
    }
    longs[N_FLAGS] = (struct option){0};
    *shorts = '\0';
}

static const struct flag *flag_of(int value)
{
    if (value >= VALUE_FIRST)
        return &flags[value - VALUE_FIRST];
    for (size_t i = 0; i < N_FLAGS; i++)
        if (flags[i].letter == value)
            return &flags[i];
    return NULL;
}

/* The name of the long option that `name` is nearly, or begins several of; NULL: none. */
static const char *nearest(struct slice name, bool *several)
{
    struct slice names[N_FLAGS];
    size_t near, begun = 0;

    for (size_t i = 0; i < N_FLAGS; i++) {
        names[i] = slice_of(flags[i].name);
        begun += name.len && strncmp(names[i].ptr, name.ptr, name.len) == 0;
    }
    *several = begun > 1;
    near = columns_nearest(name, names, N_FLAGS);
    return near == COLUMNS_NONE ? NULL : names[near].ptr;
}

/* An unknown option, without what stands behind its '=', which may be a secret. */
static int complain_of_name(const char *word, struct err *e)
{
    size_t dashes = strspn(word, "-"), len = strcspn(word, "=");
    struct slice name = {word + dashes, len > dashes ? len - dashes : 0};
    bool several;
    const char *near = nearest(name, &several);
    int shown = len > NEAR_NAME_MAX ? NEAR_NAME_MAX : (int)len;

    if (several)
        return err_set(e, EXIT_USAGE,
                       "%.*s: several options begin so: write it out (see claimpipe --help)", shown,
                       word);
    if (near)
        return err_set(e, EXIT_USAGE,
                       "%.*s: no such option: did you mean --%s?  (see claimpipe --help)", shown,
                       word, near);
    return err_set(e, EXIT_USAGE, "%.*s: no such option: see claimpipe --help", shown, word);
}

static int complain(const char *word, int value, struct err *e)
{
    const struct flag *f = optopt ? flag_of(optopt) : NULL;

    if (f)
        return err_set(e, EXIT_USAGE, "--%s %s: see claimpipe --help", f->name,
                       value == ':' ? "needs a value" : "takes no value");
    if (optopt)
        return err_set(e, EXIT_USAGE, "-%c: no such option: see claimpipe --help", optopt);
    return complain_of_name(word, e);
}

int flags_each(int argc, char **argv, int *words,
               int (*each)(struct options *o, const struct flag *f, const char *value,
                           struct err *e),
               struct options *o, struct err *e)
{
    struct option longs[N_FLAGS + 1];
    char shorts[2 * N_FLAGS + 2];
    int value;

    make_getopt(longs, shorts);
    opterr = 0;
    optind = 0; /* glibc's word for "from the beginning": argv is read more than once */
    while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (value == '?' || value == ':')
            return complain(argv[optind - 1], value, e);
        if (each(o, flag_of(value), optarg, e) != 0)
            return -1;
    }
    *words = optind;
    return 0;
}
