/* commands: one row a command, but two for `code`, which also lists codes. */
#include "settings/commands.h"

#include "base/site.h"
#include "policy/columns.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WHICH_INPUT "which INPUT?  A CSV file, or - for standard input"

static const struct command_row rows[] = {
    {COMMAND_CLAIM, "claim", NULL, 1, 1, WHICH_INPUT, "claim INPUT -c CLAIM_ID [OPTION]...",
     "turn each row of a CSV export into a completed BitBadges claim: in parallel, inside\n"
     "the rate limit, each recipient at most once; and write what became of every row."},
    {COMMAND_CODE, "code", NULL, 1, 1, WHICH_INPUT " (or --list N for codes alone)",
     "code INPUT --seed-from SOURCE|--codes FILE [OPTION]...",
     "give each recipient a claim code of its own, from the claim's seed or from a list;\n"
     "nothing is sent.  With --list: print codes alone, one a line."},
    {COMMAND_LIST, "code", NULL, 0, 0, "",
     "code --list N --seed-from SOURCE|--codes FILE [--start N] [--count N] [-o FILE]", NULL},
    {COMMAND_STORE, "store", NULL, 1, 1, WHICH_INPUT, "store INPUT -s STORE_ID [OPTION]...",
     "add each recipient to a dynamic store, or remove it."},
    {COMMAND_MAIL, "mail", NULL, 1, 1, WHICH_INPUT,
     "mail INPUT --template FILE --smtp URL|--outbox FOLDER [OPTION]...",
     "send each recipient a message made from a letter, at most once: by your mail server, or\n"
     "into a folder."},
    {COMMAND_RUN, "run", NULL, 2, 2, "which job and which INPUT?  claimpipe run JOB.json INPUT",
     "run JOB.json INPUT [OPTION]...",
     "what a job file says: several steps, or a target by the value of a column."},
    {COMMAND_PLAN, "run", NULL, 0, 1, "", "run --plan PLAN.json [INPUT] [OPTION]...",
     "with --plan: what check --save has kept, only if input, job and ledger are as they were."},
    {COMMAND_WATCH, "watch", NULL, 2, 2,
     "which job and which folder?  claimpipe watch JOB.json INBOX",
     "watch JOB.json INBOX [--out OUTBOX] [--once] [OPTION]...",
     "run each file that lands in a folder, once: it is claimed by a rename, run, and moved\n"
     "to done/ or failed/ in it; results go to OUTBOX."},
    {COMMAND_CHECK, "check", NULL, 1, 3,
     "which INPUT?  Say the command to be checked: claimpipe check claim INPUT -c CLAIM_ID",
     "check claim|code|store|mail|run ... [--format text|json]",
     "the same command without doing it, offline: which rows are wrong, what would be done,\n"
     "and how many requests, credits and minutes it would take."},
    {COMMAND_SUCCESSES, "successes", NULL, 1, 1,
     "which claim?  claimpipe successes CLAIM_ID: " SITE_CLAIM_ID,
     "successes CLAIM_ID [-o FILE] [--all]",
     "who has claimed since the last time, as a CSV that can be a next INPUT."},
    {COMMAND_UNCLAIMED, "unclaimed", NULL, 1, 1,
     "which claim?  claimpipe unclaimed CLAIM_ID: " SITE_CLAIM_ID,
     "unclaimed CLAIM_ID [--seed-from SOURCE]... [--codes FILE]... [--older-than TIME] [-o FILE]",
     "who was given a code for the claim and has not used it, as a CSV that can be a next\n"
     "INPUT: to remind them."},
    {COMMAND_BOUNCES, "bounces", NULL, 1, 1,
     "which mailbox?  claimpipe bounces FILE.mbox, a Maildir, an .eml, or imaps://HOST/INBOX",
     "bounces MAILBOX|imaps://HOST/INBOX [--imap-user NAME] [--archive] [-o FILE]",
     "read which mail came back, and note it with the message; with -o: whose mail it was, as a\n"
     "CSV that can be a next INPUT.  With --archive: find lost mail among its copies."},
    {COMMAND_SETTLE, "settle", NULL, 0, 0, "", "settle [-c CLAIM_ID]... [OPTION]...",
     "end what earlier runs of claims left pending or unknown: ask what became of it, and\n"
     "remember that.  Nothing is sent."},
    {COMMAND_DOCTOR, "doctor", NULL, 0, 1, "", "doctor [-c CLAIM_ID]... [JOB.json] [OPTION]...",
     "is everything as it must be: the key, the API, claims, the ledger, the disk; and what\n"
     "to do where it is not.  Nothing is sent but harmless questions."},
    {COMMAND_UNDO, "undo", NULL, 1, 1,
     "which run?  Its number, as claimpipe runs shows it, or last",
     "undo RUN|last [--dry-run] [--secret-from SOURCE] [OPTION]...",
     "remove again whom a run has added to a store.  Claims and codes can't be taken back:\n"
     "it says who has them."},
    {COMMAND_PRESETS, "presets", NULL, 0, 1, "", "presets [NAME]",
     "the platforms whose exports are known: which columns are used, and what means\n"
     "completed."},
    {COMMAND_RUNS, "runs", NULL, 0, 1, "", "runs [RUN|last] [--format text|json]",
     "the runs that the ledger knows; or all about one: what came of it, why, and how to go on."},
    {COMMAND_WHO, "who", NULL, 1, 1,
     "who?  claimpipe who PERSON: an address, e-mail address, id or user name",
     "who PERSON [--seed-from SOURCE]... [--codes FILE]... [--format text|json]",
     "everything that was done for one person (an address, e-mail address, id or user name).\n"
     "Exit code 1: the ledger knows nobody of this name."},
    {COMMAND_REPORT, "report", NULL, 1, 2,
     "which run?  Its number, as claimpipe runs shows it, or last",
     "report RUN|last [INPUT] [OPTION]...", "write the results of a run again."},
    {COMMAND_LEDGER_CHECK, "ledger", "check", 0, 0, "", "ledger check",
     "check that it is sound; export it as CSV; prune what is no longer needed (what was\n"
     "issued stays known); copy it, also during a run; put a copy back."},
    {COMMAND_EXPORT, "ledger", "export", 0, 0, "", "ledger export [-o FILE]", NULL},
    {COMMAND_PRUNE, "ledger", "prune", 0, 0, "", "ledger prune --before YYYY-MM-DD", NULL},
    {COMMAND_BACKUP, "ledger", "backup", 1, 1, "which file?  claimpipe ledger backup FILE",
     "ledger backup FILE [--replace]", NULL},
    {COMMAND_RESTORE, "ledger", "restore", 1, 1,
     "which copy?  claimpipe ledger restore FILE, as claimpipe ledger backup has made it",
     "ledger restore FILE [--accept-ledger]", NULL},
    {COMMAND_COMPLETION, "completion", NULL, 1, INT_MAX,
     "which words?  The shells' completions give what was typed: claimpipe completion -- WORD...",
     "completion -- WORD...",
     "what the last WORD of a claimpipe command could be: for the completions of bash, zsh\n"
     "and fish."},
    {COMMAND_HELP, "help", NULL, 0, 2, "", "help [COMMAND|TOPIC|all]",
     "what claimpipe can do: on one screen, or of a command, a topic, or all options."},
    {COMMAND_VERSION, "version", NULL, 0, 0, "", "version", "show the version."},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))
#define LIST_MAX 512 /* of all first words */

const struct command_row *commands_at(size_t i)
{
    return i < N_ROWS ? &rows[i] : NULL;
}

const struct command_row *commands_row(enum command command)
{
    size_t i = 0;

    while (rows[i].command != command)
        i++;
    return &rows[i];
}

/* One more in a list of names. */
static void add_name(char list[LIST_MAX], const char *name)
{
    size_t len = strlen(list);

    snprintf(list + len, LIST_MAX - len, "%s%s", len > 0 ? ", " : "", name);
}

/* The commands' first words; or, for what is nearly one of them, that one. */
static const struct command_row *complain_of_word(const char *word, struct err *e)
{
    struct slice names[N_ROWS];
    char all[LIST_MAX] = "";
    size_t near, n = 0;

    for (size_t i = 0; i < N_ROWS; i++) {
        if (n && strcmp(rows[i].first, names[n - 1].ptr) == 0)
            continue;
        names[n++] = slice_of(rows[i].first);
        add_name(all, rows[i].first);
    }
    near = *word ? columns_nearest(slice_of(word), names, n) : COLUMNS_NONE;
    if (!*word)
        err_set(e, EXIT_USAGE, "say what to do: %s (see claimpipe help)", all);
    else if (near != COLUMNS_NONE)
        err_set(e, EXIT_USAGE, "%s: no such command: did you mean %s?  (see claimpipe help)", word,
                names[near].ptr);
    else
        err_set(e, EXIT_USAGE, "%s: no such command; there are: %s (see claimpipe help)", word,
                all);
    return NULL;
}

/* The words that can stand behind first; or, for what is nearly one of them, that one. */
static const struct command_row *complain_of_second(const char *first, const char *word,
                                                    struct err *e)
{
    struct slice names[N_ROWS];
    char all[LIST_MAX] = "";
    size_t near, n = 0;

    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].second && strcmp(rows[i].first, first) == 0) {
            names[n++] = slice_of(rows[i].second);
            add_name(all, rows[i].second);
        }
    near = columns_nearest(slice_of(word), names, n);
    if (near != COLUMNS_NONE)
        err_set(e, EXIT_USAGE, "%s %s: did you mean %s %s?  (see claimpipe %s --help)", first, word,
                first, names[near].ptr, first);
    else
        err_set(e, EXIT_USAGE, "%s%s%s: say which: %s (see claimpipe %s --help)", first,
                *word ? " " : "", word, all, first);
    return NULL;
}

const struct command_row *commands_find(int n, char *const *words, struct err *e)
{
    bool first_known = false;

    for (size_t i = 0; n > 0 && i < N_ROWS; i++) {
        if (strcmp(words[0], rows[i].first) != 0)
            continue;
        first_known = true;
        if (!rows[i].second || (n > 1 && strcmp(words[1], rows[i].second) == 0))
            return &rows[i];
    }
    if (!first_known)
        return complain_of_word(n > 0 ? words[0] : "", e);
    return complain_of_second(words[0], n > 1 ? words[1] : "", e);
}
