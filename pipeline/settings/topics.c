/* topics: one row a topic, and one a command's first word. */
#include "settings/topics.h"

#include <string.h>

static const struct topic topics[] = {
    {"input", "exports", "what an INPUT may be, and how it is read",
     "INPUT is an export as it was downloaded: CSV in any encoding and with any\n"
     "delimiter, a workbook (.xlsx, .xlsm, .ods), gzip, zstd, a ZIP or tar with one\n"
     "export in it, an http(s) or sftp URL, or - for standard input.\n"
     "\n"
     "Delimiter, quotes, encoding, header line and platform are found.  What is found\n"
     "or guessed is told, and check tells it before anything is sent:\n"
     "  claimpipe check claim exports/luma.csv -c demo-cheese\n"
     "\n"
     "What is found wrongly can be said: --delimiter, --quote, --encoding, --sheet,\n"
     "--header-line, --preset.  claimpipe presets lists the platforms that are known.\n"},
    {"recipients", "lookup", "whose row it is, and addresses from a second file",
     "The column of addresses is found by its name (address, wallet ...), or named:\n"
     "--address COLUMN.  Whose recipients are others says so, as code mostly does:\n"
     "--email, --id or --username COLUMN.\n"
     "\n"
     "A claim needs addresses (0x + 40 hex digits, or bb1...).  An export that names\n"
     "people by e-mail or id takes their addresses from a second file:\n"
     "  claimpipe check store people.csv -s demo-store --lookup addresses.csv\n"
     "--on says by which columns people are looked up, if they are not found.\n"
     "\n"
     "A job file can give a code to those for whom no address is known.\n"},
    {"filters", "where", "which rows count",
     "--where FILTER acts only for rows that pass it.  Given several times, all must\n"
     "pass.  A column with blanks in its name stands in [brackets], a text in quotes.\n"
     "\n"
     "  Progress >= 100                     Status in (done, passed)\n"
     "  [Completed At] >= -1d               not Email ~ '@example.org$'\n"
     "  Score >= 80% and Group is not empty all(Score >= 50)      with --group\n"
     "\n"
     "A preset brings the filter of its platform: only rows that are completed count.\n"
     "--preset none turns this off.  Rows that do not pass are skipped in the results.\n"
     "\n"
     "  claimpipe check claim courses.csv -c demo-cheese --where '@date >= 2026-11-20'\n"
     "\n"
     "See FILTERS in claimpipe(1).\n"},
    {"dates", "times", "how filters read dates",
     "A date is 2026-11-30, 30 Nov 2026 or what else names its parts.  5/4/2026 is\n"
     "ambiguous: say --date-order mdy, dmy or ymd, unless the preset says it.\n"
     "\n"
     "A time from now is -2d, -12h or -30m: two days, twelve hours, half an hour ago.\n"
     "  claimpipe check claim courses.csv -c demo-cheese --where '@date >= -2d'\n"
     "\n"
     "A number such as 1,234 is ambiguous, too: say --decimal point or comma.\n"},
    {"once", "again", "why nothing is done twice, and how to do it again",
     "The ledger remembers every recipient.  Who has it from an earlier run is\n"
     "duplicate, whatever the file is called.  A run that ends early goes on when the\n"
     "same command runs again.\n"
     "\n"
     "  --retry-failed     tries failed rows again\n"
     "  --resend-unknown   sends rows whose answer was lost again: may issue twice\n"
     "  --again 2          issues a second time, deliberately\n"
     "  --key COLUMN,...   the columns that identify a recipient\n"
     "\n"
     "  claimpipe runs\n"
     "  claimpipe ledger check\n"
     "\n"
     "Keep the ledger, and a copy of it: claimpipe ledger backup FILE.\n"},
    {"limits", "pace", "how fast it goes, and when it stops",
     "--rate 10000/m is the limit that requests keep; what the server says wins if it\n"
     "is lower.  Several runs with one ledger share the limit.\n"
     "\n"
     "  --max-failures 5%  stops when too many rows fail\n"
     "  --max-credits N    stops before more than N requests\n"
     "  --max-duration 1h  stops sending after this time\n"
     "  --patience 2m      how long to wait for a server that does not answer\n"
     "\n"
     "check says how many requests, credits and minutes a command takes:\n"
     "  claimpipe check store courses.csv -s demo-store --rate 100/m\n"},
    {"codes", "seeds", "claim codes, from a seed or a list",
     "Each recipient gets one code, and keeps it in later runs.  Nothing is sent.\n"
     "\n"
     "  claimpipe code people.csv --email email --codes codes.txt -o codes.csv\n"
     "  claimpipe code courses.csv --claim demo-codes --seed-from env:CODE_SEED\n"
     "  claimpipe code --list 3 --seed-from env:CODE_SEED\n"
     "\n"
     "Append to a list that is in use; never reorder or remove its codes.\n"},
    {"stores", "dynamic-stores", "dynamic stores",
     "store adds recipients to a dynamic store, many to a request; --remove takes them\n"
     "out.  Stores hold addresses; --lookup finds those of people with e-mail or id.\n"
     "\n"
     "  claimpipe store courses.csv -s demo-store --secret-from env:STORE_SECRET\n"
     "\n"
     "A row is success when the store no longer shows it as pending.\n"},
    {"jobs", "job-files", "job files: several steps, and targets by a column",
     "A job file is JSON: the input, the steps (claim, code or store), and routes that\n"
     "choose a target by the value of a column.\n"
     "\n"
     "  claimpipe check run jobs/courses.json courses.csv\n"
     "  claimpipe run jobs/courses.json courses.csv --limit 5\n"
     "\n"
     "job.schema.json describes it to editors; claimpipe-job(5) describes it in full.\n"},
    {"results", "statuses", "what the results say of each row",
     "The results have all columns of the input, then status, error, note, action,\n"
     "target, recipient, attempt_id, code, link, tries, http_status, finished_at.\n"
     "\n"
     "  success    done and confirmed\n"
     "  failed     refused; --retry-failed tries it again\n"
     "  pending    accepted, not settled yet: the next run settles it\n"
     "  unknown    the answer was lost: the next run asks again\n"
     "  duplicate  the same recipient, earlier in this file or in an earlier run\n"
     "  skipped    does not pass the filter\n"
     "  invalid    the row can't be acted on; error says which column and why\n"
     "  unsent     the run stopped before its turn: run the command again\n"
     "\n"
     "  claimpipe report last -o results.csv\n"
     "writes the results of the last run again.\n"},
    {"exit", "exit-codes", "exit codes",
     "  0         every row is done or skipped, or was known to be bad before\n"
     "  1         finished; some rows need a person, or are pending or unsent\n"
     "  2         the command line, a filter, a preset or the job file is wrong\n"
     "  3         the input can't be read\n"
     "  4         stopped early: authorisation, credits, a limit, no server\n"
     "  5         the ledger or the results can't be written\n"
     "  130, 143  interrupted\n"
     "\n"
     "After 4 and 5 put right what the message names, then run the same command again:\n"
     "it goes on where it stopped.  After 130 and 143 just run it again.\n"},
    {"nightly", "nights", "a run every night, and a folder that is watched",
     "An export that grows is run as a whole: who has it from an earlier night is\n"
     "duplicate.  A bad row is told once; then the exit code is 0 until one is new.\n"
     "\n"
     "  claimpipe claim courses.csv -c demo-members --quiet --failed-to failed.csv\n"
     "\n"
     "  --fail-on any     every bad row makes the exit code 1, each night\n"
     "  --failed-to FILE  rows that need a person; as INPUT they are tried again\n"
     "  --notify SOURCE   posts how it ended: Slack, Teams, Discord, Zapier, any\n"
     "  --ping SOURCE     tells a dead-man switch of start, success and failure\n"
     "  --summary FILE    the same as JSON;  --metrics FILE  for Prometheus\n"
     "  --html FILE       a page of the run\n"
     "\n"
     "claimpipe watch JOB.json INBOX runs each file that lands in a folder.\n"},
    {"secrets", "sources", "passwords, seeds and keys: SOURCE",
     "A secret never stands on the command line, where every user of the machine sees\n"
     "it.  SOURCE says where it is:\n"
     "\n"
     "  env:NAME   the variable NAME of the environment\n"
     "  file:PATH  the content of the file, without its line end\n"
     "\n"
     "The API key is in BITBADGES_API_KEY, unless --api-key says where.  No secret is\n"
     "in the ledger, a log, the results or a message.\n"},
};
#define N_TOPICS (sizeof(topics) / sizeof(topics[0]))

/* What else is asked for. */
static const struct {
    const char *topic, *words;
} asked[] = {
    {"input", " csv excel xlsx workbook encoding delimiter zip url "},
    {"recipients", " recipient address addresses wallet wallets email emails "},
    {"once", " duplicate duplicates retry resend twice "},
    {"limits", " rate rates speed credits "},
    {"results", " output status "},
    {"nightly",
     " notify ping webhook webhooks slack teams discord cron schedule daily night folder "
     "inbox metrics summary html "},
    {"secrets", " password passwords secret key keys api-key token set "},
};

static const struct {
    const char *first, *examples;
} examples[] = {
    {"claim", "  claimpipe claim courses.csv -c demo-members -o results.csv\n"
              "  claimpipe claim courses.csv -c demo-cheese --limit 3 \\\n"
              "      --set password-1.password=env:CLAIM_PASSWORD\n"
              "  claimpipe claim courses.csv -c demo-members --dry-run\n"},
    {"code", "  claimpipe code people.csv --email email --codes codes.txt -o codes.csv\n"
             "  claimpipe code courses.csv --claim demo-codes --seed-from env:CODE_SEED\n"
             "  claimpipe code --list 3 --seed-from env:CODE_SEED\n"},
    {"store", "  claimpipe store courses.csv -s demo-store --secret-from env:STORE_SECRET\n"
              "  claimpipe store people.csv -s demo-guests \\\n"
              "      --secret-from env:STORE_SECRET --lookup addresses.csv\n"},
    {"mail", "  claimpipe mail codes.csv --template mail/code.html --outbox outbox\n"
             "  claimpipe mail codes.csv --template mail/code.html \\\n"
             "      --smtp smtps://mail.example.org --smtp-user me \\\n"
             "      --smtp-password-from env:SMTP_PASSWORD --rate 60/m --dry-run\n"},
    {"run", "  claimpipe run jobs/courses.json courses.csv --dry-run\n"
            "  claimpipe run jobs/courses.json courses.csv -o results.csv\n"},
    {"watch", "  claimpipe watch jobs/courses.json inbox --out results --once\n"},
    {"check", "  claimpipe check claim courses.csv -c demo-members\n"
              "  claimpipe check code people.csv --email email --codes codes.txt\n"
              "  claimpipe check run jobs/courses.json courses.csv --format json\n"},
    {"successes", "  claimpipe successes demo-members -o new.csv\n"
                  "  claimpipe successes demo-members --all\n"},
    {"unclaimed", "  claimpipe unclaimed demo-codes -o remind.csv\n"
                  "  claimpipe unclaimed demo-codes --seed-from env:CODE_SEED --older-than 7d\n"},
    {"bounces", "  claimpipe bounces bounces.mbox -o returned.csv\n"},
    {"settle", "  claimpipe settle\n"
               "  claimpipe settle -c demo-members --max-duration 10m\n"},
    {"doctor", "  claimpipe doctor\n"
               "  claimpipe doctor -c demo-members\n"},
    {"undo", "  claimpipe undo last --dry-run\n"},
    {"who", "  claimpipe who amara.okafor@example.org\n"},
    {"presets", "  claimpipe presets\n"
                "  claimpipe presets luma\n"},
    {"runs", "  claimpipe runs\n"
             "  claimpipe runs last\n"},
    {"report", "  claimpipe report last -o results.csv\n"
               "  claimpipe report last --output-dialect excel -o results.csv\n"},
    {"ledger", "  claimpipe ledger check\n"
               "  claimpipe ledger export -o ledger.csv\n"
               "  claimpipe ledger backup copy.db\n"},
    {"completion", "  claimpipe completion -- claim courses.csv --addr\n"},
    {"help", "  claimpipe help claim\n"
             "  claimpipe help filters\n"
             "  claimpipe help all\n"},
    {"version", "  claimpipe version\n"},
};

const struct topic *topics_at(size_t i)
{
    return i < N_TOPICS ? &topics[i] : NULL;
}

const struct topic *topics_find(const char *name)
{
    for (size_t i = 0; i < N_TOPICS; i++)
        if (strcmp(topics[i].name, name) == 0 ||
            (topics[i].also && strcmp(topics[i].also, name) == 0))
            return &topics[i];
    return NULL;
}

const char *topics_about(const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; len > 0 && i < sizeof(asked) / sizeof(asked[0]); i++)
        for (const char *at = strstr(asked[i].words, word); at; at = strstr(at + 1, word))
            if (at > asked[i].words && at[-1] == ' ' && at[len] == ' ')
                return asked[i].topic;
    return NULL;
}

const char *topics_examples(const char *first)
{
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        if (strcmp(examples[i].first, first) == 0)
            return examples[i].examples;
    return NULL;
}
