/* settings: the table. */
#include "settings/settings.h"

#include "adapters/http.h"
#include "base/clock.h"
#include "policy/columns.h"
#include "settings/commands.h"
#include "settings/jobwords.h"
#include "stages/job.h"

#include <stdint.h>
#include <string.h>

/* Past these a number is no longer exact where the service counts (JavaScript). */
#define INDEX_MAX INT64_C(1000000000000000)
#define BATCH_MAX 10000 /* of actions/store.c */

/* watch hands on to run what it is given for it. */
#define RUN (COMMAND_RUN | COMMAND_WATCH)
#define ASKED (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE | COMMAND_RUN)
#define CHECKED (ASKED | COMMAND_MAIL)
#define ONE_INPUT (CHECKED | COMMAND_CHECK)
#define JOBS (ONE_INPUT | COMMAND_WATCH)
/* Which end a run, and tell of it. */
#define ENDING ((JOBS & ~COMMAND_CHECK) | COMMAND_PLAN | COMMAND_UNDO)
#define SENDING (COMMAND_CLAIM | COMMAND_STORE | RUN | COMMAND_CHECK | COMMAND_PLAN)
#define FOLLOWING (SENDING | COMMAND_SETTLE | COMMAND_UNDO)
#define ASKING (FOLLOWING | COMMAND_SUCCESSES | COMMAND_UNCLAIMED | COMMAND_CODE)
#define REACHING (ASKING | COMMAND_DOCTOR)
#define MAILING (SENDING | COMMAND_MAIL) /* what may be refused, put off or lost */
#define LETTER (COMMAND_MAIL | COMMAND_CHECK)
#define MAIL (LETTER | RUN)
#define CLAIMS (COMMAND_CLAIM | RUN | COMMAND_CHECK)
#define THE_CLAIM (COMMAND_CLAIM | COMMAND_CHECK)
#define THE_CODE (COMMAND_CODE | COMMAND_CHECK)
#define THE_STORE (COMMAND_STORE | COMMAND_CHECK)
#define STORES (THE_STORE | COMMAND_UNDO)
#define BOOKS (THE_CODE | COMMAND_LIST | COMMAND_REPORT | COMMAND_WHO | COMMAND_UNCLAIMED)
#define OUTPUT                                                                                     \
    (CHECKED | COMMAND_PLAN | COMMAND_UNDO | COMMAND_LIST | COMMAND_SUCCESSES |                    \
     COMMAND_UNCLAIMED | COMMAND_BOUNCES | COMMAND_REPORT | COMMAND_EXPORT)
#define RESULTS (ENDING | COMMAND_REPORT)
#define HISTORY                                                                                    \
    (COMMAND_RUNS | COMMAND_REPORT | COMMAND_LEDGER_CHECK | COMMAND_EXPORT | COMMAND_PRUNE |       \
     COMMAND_BACKUP | COMMAND_RESTORE | COMMAND_WHO)
#define SHOWING                                                                                    \
    (COMMAND_CHECK | COMMAND_DOCTOR | COMMAND_RUNS | COMMAND_WHO | COMMAND_PRESETS |               \
     COMMAND_SETTLE | COMMAND_REPORT | COMMAND_LEDGER_CHECK | COMMAND_PRUNE | COMMAND_BACKUP |     \
     COMMAND_RESTORE)
#define LEDGER                                                                                     \
    (JOBS | COMMAND_PLAN | COMMAND_UNDO | COMMAND_SUCCESSES | COMMAND_UNCLAIMED | COMMAND_SETTLE | \
     COMMAND_DOCTOR | COMMAND_BOUNCES | HISTORY)
#define ANY                                                                                        \
    (LEDGER | COMMAND_LIST | COMMAND_PRESETS | COMMAND_COMPLETION | COMMAND_HELP | COMMAND_VERSION)

/* ---- where a value goes ---- */

#define PLACE(in, type, name)                                                                      \
    .part = (in), .offset = offsetof(type, name), .size = sizeof(((type *)NULL)->name)
#define JOB(name) PLACE(SETTING_OF_JOB, struct job, name)
#define STEP(name) PLACE(SETTING_OF_STEP, struct job_step, name)
#define TARGET(name) PLACE(SETTING_OF_TARGET, struct job_target, name)
#define OWN(name) PLACE(SETTING_OF_COMMAND, struct settings_own, name)

/* ---- where else it may stand, and its kind ---- */

#define MEMBER(path) .member = (path)
#define VARIABLE(name) .variable = (name)
#define KIND(what) .kind = (what)
#define INTO(what, ...) KIND(what), __VA_ARGS__
#define ON(place) INTO(SETTING_ON, place)
#define TEXT(place) INTO(SETTING_TEXT, place)
#define NUMBER(place, least, most) INTO(SETTING_NUMBER, place), .min = (least), .max = (most)
#define TIME(place, least) INTO(SETTING_TIME, place), .min = (least)
#define WORD(set) KIND(SETTING_WORD), .words = &(set)
#define RECIPIENT(kind) INTO(SETTING_RECIPIENT, JOB(recipient)), .min = (kind)

static const struct setting settings[] = {
    {GROUP_CLAIM, 'c', "claim", "CLAIM_ID",
     "the claim to complete (its id, or its page's link); of code:\n"
     "the claim of the codes; of settle and doctor: this one (may be\nrepeated; default of settle: "
     "all)",
     THE_CLAIM | COMMAND_CODE | COMMAND_SETTLE | COMMAND_DOCTOR, MEMBER("steps.claim"),
     INTO(SETTING_CLAIM, TARGET(id))},
    {GROUP_CLAIM, 0, "set", "NAME=VALUE",
     "what to send: NAME is INSTANCE.FIELD for a plugin of the\n"
     "claim, such as password-1.password, or a FIELD of a store;\n"
     "VALUE may hold {{Column}}, or be env:NAME or file:PATH; may\n"
     "be repeated",
     THE_CLAIM | COMMAND_STORE, MEMBER("steps.set"), KIND(SETTING_SET), .part = SETTING_OF_TARGET},
    {GROUP_CLAIM, 0, "credential", "SOURCE",
     "the one string that Zap users have:\nclaimId-passwordInstanceId-password", THE_CLAIM,
     MEMBER("steps.credential"), KIND(SETTING_CREDENTIAL), .part = SETTING_OF_TARGET},
    {GROUP_CLAIM, 0, "claim-version", "N",
     "expect this version of the claim (-1: any; default: today's)", THE_CLAIM,
     MEMBER("steps.claim_version"), NUMBER(TARGET(version), -1, INT64_MAX)},

    {GROUP_CODE, 0, "seed-from", "SOURCE",
     "the claim's seed, of which its codes are made; of report, who\nand unclaimed: each seed of "
     "the "
     "codes that are shown (may be\nrepeated)",
     BOOKS, MEMBER("steps.seed_from"), INTO(SETTING_SEED, TARGET(seed))},
    {GROUP_CODE, 0, "codes", "FILE",
     "the codes instead, one a line or a CSV; of report, who\nand unclaimed: each list of the "
     "codes that are shown (may be\nrepeated)",
     BOOKS, MEMBER("steps.codes"), INTO(SETTING_CODES, TARGET(codes))},
    {GROUP_CODE, 0, "start", "N", "the first code's number (default: 0)", THE_CODE | COMMAND_LIST,
     MEMBER("steps.start"), NUMBER(STEP(start), 0, INDEX_MAX)},
    {GROUP_CODE, 0, "count", "N",
     "how many codes the claim has; further rows get none (default:\nask the claim that --claim "
     "names; with --list: all)",
     THE_CODE | COMMAND_LIST, MEMBER("steps.count"), NUMBER(STEP(count), 1, INDEX_MAX)},
    {GROUP_CODE, 0, "allow-odd-codes", NULL,
     "take a list of codes as it is, though a spreadsheet seems to\nhave damaged it",
     THE_CODE | COMMAND_LIST, MEMBER("steps.allow_odd_codes"), ON(STEP(allow_odd_codes))},
    {GROUP_CODE, 0, "codes-in-order", NULL,
     "the list of --codes has the claim's codes in the claim's order,\n"
     "so that its places say which are used (codes that end in\n-NUMBER say it themselves)",
     COMMAND_UNCLAIMED, ON(OWN(in_order))},
    {GROUP_CODE, 0, "older-than", "TIME",
     "only codes that were given at least so long ago, such as 7d", COMMAND_UNCLAIMED,
     TIME(OWN(older_than_ns), 0)},
    {GROUP_CODE, 0, "link-template", "TEXT",
     "the link that a recipient is sent, with {{code}} and {{claim}}\nin it; of an on-chain claim: "
     "{{claim}}, {{collection}}, {{approval}}",
     THE_CLAIM | COMMAND_CODE, MEMBER("steps.link"), TEXT(STEP(link))},
    {GROUP_CODE, 0, "list", "N", "print so many codes alone; there is no INPUT then",
     COMMAND_CODE | COMMAND_LIST, NUMBER(OWN(list), 1, INDEX_MAX)},

    {GROUP_STORE, 's', "store", "STORE_ID", "the dynamic store; of undo: this one of several",
     STORES, MEMBER("steps.store"), TEXT(TARGET(id))},
    {GROUP_STORE, 0, "secret-from", "SOURCE", "the store's data secret", STORES,
     MEMBER("steps.secret_from"), INTO(SETTING_SECRET, TARGET(secret))},
    {GROUP_STORE, 0, "remove", NULL, "remove the recipients from the store", THE_STORE,
     MEMBER("steps.remove"), ON(STEP(remove))},
    {GROUP_STORE, 0, "batch", "N", "rows to a request (default: 250)", STORES,
     MEMBER("steps.batch"), NUMBER(STEP(batch), 1, BATCH_MAX)},

    {GROUP_MAIL, 0, "template", "FILE",
     "the letter: an .eml as mail programs save it, or .txt or .html (of\n"
     "two with one name both); {{Column}}, {{code}}, {{link}} and {{qr}}\n"
     "in it are filled in",
     LETTER, MEMBER("steps.template"), INTO(SETTING_FILE, TARGET(id))},
    {GROUP_MAIL, 0, "smtp", "URL",
     "the mail server: smtps://HOST, or smtp://HOST:587, which turns to\nTLS", MAIL,
     MEMBER("mail.smtp"), TEXT(JOB(mail.url))},
    {GROUP_MAIL, 0, "smtp-user", "NAME", "as whom to log in there", MAIL, MEMBER("mail.user"),
     TEXT(JOB(mail.user))},
    {GROUP_MAIL, 0, "smtp-password-from", "SOURCE", "the password", MAIL,
     MEMBER("mail.password_from"), INTO(SETTING_SECRET, JOB(mail.password))},
    {GROUP_MAIL, 0, "smtp-token-from", "SOURCE", "an OAuth 2 token instead", MAIL,
     MEMBER("mail.token_from"), INTO(SETTING_SECRET, JOB(mail.token))},
    {GROUP_MAIL, 0, "outbox", "FOLDER",
     "write each message as a file into this folder instead, to look\nat", MAIL,
     MEMBER("mail.outbox"), INTO(SETTING_FILE, JOB(mail.outbox))},
    {GROUP_MAIL, 0, "imap-user", "NAME", "of bounces: as whom to log in where the mailbox is",
     COMMAND_BOUNCES, TEXT(OWN(imap_user))},
    {GROUP_MAIL, 0, "imap-password-from", "SOURCE", "the password", COMMAND_BOUNCES,
     INTO(SETTING_SECRET, OWN(imap_password))},
    {GROUP_MAIL, 0, "archive", NULL,
     "the mailbox has the copies of --bcc (or what was sent): mail that\nis unknown and found "
     "there was handed over",
     COMMAND_BOUNCES, ON(OWN(archive))},
    {GROUP_MAIL, 0, "test-to", "ADDRESS",
     "send this address the first row's message, as a sample; nothing\nis remembered", COMMAND_MAIL,
     TEXT(OWN(test_to))},
    {GROUP_MAIL, 0, "letter", "NAME",
     "the name by which the ledger knows the letter: nobody gets one of\n"
     "that name twice (default: its file's, without the ending)",
     LETTER, MEMBER("steps.letter"), TEXT(TARGET(letter.name))},
    {GROUP_MAIL, 0, "to", "TEXT", "the address, such as {{Email}} (default: the recipient)", LETTER,
     MEMBER("steps.to"), TEXT(TARGET(letter.to))},
    {GROUP_MAIL, 0, "from", "TEXT", "the sender, such as \"Ann Lee <ann@example.org>\"", LETTER,
     MEMBER("steps.from"), TEXT(TARGET(letter.from))},
    {GROUP_MAIL, 0, "reply-to", "TEXT", "where answers go", LETTER, MEMBER("steps.reply_to"),
     TEXT(TARGET(letter.reply_to))},
    {GROUP_MAIL, 0, "subject", "TEXT",
     "the subject, which may hold {{Column}} (default: the letter's)", LETTER,
     MEMBER("steps.subject"), TEXT(TARGET(letter.subject))},
    {GROUP_MAIL, 0, "attach", "FILE",
     "attach this file, such as certificates/{{Id}}.pdf; may be\nrepeated", LETTER,
     MEMBER("steps.attach"), INTO(SETTING_FILES, TARGET(letter.files))},
    {GROUP_MAIL, 0, "bounces-to", "ADDRESS",
     "where messages come back that can't be delivered: NAME@HOST is\n"
     "made NAME+ID@HOST, by which claimpipe bounces knows each (default:\nthe sender)",
     LETTER, MEMBER("steps.bounces_to"), TEXT(TARGET(letter.bounces_to))},
    {GROUP_MAIL, 0, "bcc", "ADDRESS", "an archive that gets a copy of each message", LETTER,
     MEMBER("steps.bcc"), TEXT(TARGET(letter.copy))},
    {GROUP_MAIL, 0, "unsubscribe", "URL",
     "where to unsubscribe: https:// or mailto:, may hold {{Column}}", LETTER,
     MEMBER("steps.unsubscribe"), TEXT(TARGET(letter.unsubscribe))},
    {GROUP_MAIL, 0, "one-click", NULL, "... by one click in the mail program: the URL takes a POST",
     LETTER, MEMBER("steps.one_click"), ON(TARGET(letter.one_click))},
    {GROUP_MAIL, 0, "mail-rate", "COUNT/TIME",
     "messages allowed (default: no limit); may be repeated: each is\nkept", MAIL,
     MEMBER("mail.rate"), INTO(SETTING_RATE, JOB(mail.rates))},
    {GROUP_MAIL, 0, "mail-in-flight", "N", "messages under way at once (default: 4)", MAIL,
     MEMBER("mail.in_flight"), NUMBER(JOB(mail.in_flight), 1, 256)},
    {GROUP_MAIL, 0, "per-connection", "N",
     "messages over one connection, before a new one is made (default:\n50)", MAIL,
     MEMBER("mail.per_connection"), NUMBER(JOB(mail.per_connection), 1, 100000)},
    {GROUP_MAIL, 0, "mail-later", "TIME",
     "how long a message that the mail server puts off is tried again\n"
     "(default: 15m); what is left then is sent by the next run",
     MAIL, MEMBER("mail.later"), TIME(JOB(mail.later_ns), 0)},
    {GROUP_MAIL, 0, "smtp-hello", "NAME", "the name said to the mail server (default: the host's)",
     MAIL, MEMBER("mail.hello"), TEXT(JOB(mail.hello))},

    {GROUP_WATCH, 0, "out", "FOLDER", "where results go (default: INBOX/results)", COMMAND_WATCH,
     INTO(SETTING_FILE, OWN(out))},
    {GROUP_WATCH, 0, "once", NULL,
     "run what is there now, and end: for cron; what does not look\nwhole is left for the next "
     "time",
     COMMAND_WATCH, ON(OWN(once))},
    {GROUP_WATCH, 0, "stable", "TIME",
     "how long size and time of a file must stay the same before it\nis taken (default: 5s; 1s "
     "after it was closed or moved in)",
     COMMAND_WATCH, TIME(OWN(stable_ns), 0)},

    {GROUP_INPUT, 0, "preset", "NAME",
     "the platform that the input is an export of (default: known\n"
     "by its header; none: do without; claimpipe presets lists all)",
     JOBS, MEMBER("input.preset"), INTO(SETTING_PRESET, JOB(preset))},
    {GROUP_INPUT, 0, "sheet", "NAME",
     "the workbook's sheet, by its name or number (default: the only\none that has a table)", JOBS,
     MEMBER("input.sheet"), TEXT(JOB(read.sheet))},
    {GROUP_INPUT, 0, "member", "NAME",
     "the file in a ZIP or tar (default: the only one that can be an\nexport)", JOBS,
     MEMBER("input.member"), TEXT(JOB(read.member))},
    {GROUP_INPUT, 0, "header-line", "N", "the line that the header is on (default: found)", JOBS,
     MEMBER("input.header_line"), NUMBER(JOB(read.header_line), 1, INT64_MAX)},
    {GROUP_INPUT, 0, "no-header", NULL, "the file has no header; its columns are 1, 2, 3 ...", JOBS,
     MEMBER("input.no_header"), ON(JOB(read.no_header))},
    {GROUP_INPUT, 0, "encoding", "NAME",
     "how its text is written: UTF-8, UTF-16LE, WINDOWS-1252 ...\n(default: found; iconv -l lists "
     "all)",
     JOBS, MEMBER("input.encoding"), TEXT(JOB(read.encoding))},
    {GROUP_INPUT, 0, "delimiter", "CHAR",
     "what stands between its columns: comma, semicolon, tab, pipe\nor a character (default: "
     "found)",
     JOBS, MEMBER("input.delimiter"), WORD(jobwords_delimiter)},
    {GROUP_INPUT, 0, "quote", "CHAR",
     "what its fields are quoted in (default: found; none: they\nnever are)", JOBS,
     MEMBER("input.quote"), WORD(jobwords_quote)},
    {GROUP_INPUT, 0, "escape", "CHAR",
     "what stands before a quote or a delimiter that is none:\nbackslash, a character or none "
     "(default: found)",
     JOBS, MEMBER("input.escape"), WORD(jobwords_escape)},
    {GROUP_INPUT, 0, "allow-burn-address", NULL,
     "take the zero and other burn addresses for recipients", JOBS,
     MEMBER("input.allow_burn_address"), ON(JOB(allow_burn))},
    {GROUP_INPUT, 0, "allow-rounded", NULL,
     "go on with long numbers that a spreadsheet has rounded", JOBS, MEMBER("input.allow_rounded"),
     ON(JOB(allow_rounded))},
    {GROUP_INPUT, 0, "refuse-results", NULL,
     "refuse an input that is the results of claimpipe, by its\ncolumns (watch always does)",
     ONE_INPUT, ON(JOB(refuse_results))},
    {GROUP_INPUT, 0, "fill-down", "COLUMN,...", "columns whose blank cells repeat the row above",
     JOBS, MEMBER("input.fill_down"), INTO(SETTING_COLUMNS, JOB(fill_down))},

    {GROUP_ROWS, 0, "where", "FILTER",
     "act only for rows that pass, such as \"Progress >= 100\" or\n\"[Completed At] >= -1d and "
     "Status in (done, passed)\"; may be\nrepeated: all must pass",
     JOBS, MEMBER("filter"), KIND(SETTING_FILTER)},
    {GROUP_ROWS, 0, "date-order", NULL,
     "how filters read ambiguous dates such as 5/4/2026 (default:\nsuch a date is refused, unless "
     "the preset says it)",
     JOBS, MEMBER("input.date_order"), WORD(jobwords_date_order)},
    {GROUP_ROWS, 0, "decimal", NULL,
     "how filters read numbers such as 1,234 (default: such a\nnumber is refused, unless the "
     "preset says it)",
     JOBS, MEMBER("input.decimal"), WORD(jobwords_decimal)},
    {GROUP_ROWS, 0, "group", "COLUMN",
     "rows with the same value here count as one; filters may then\nsay all(...) and any(...)",
     JOBS, MEMBER("input.group"), INTO(SETTING_COLUMN, JOB(group))},
    {GROUP_ROWS, 0, "lookup", "FILE",
     "a CSV or workbook with people's addresses, for an input that\nhas only e-mails or ids", JOBS,
     MEMBER("input.lookup"), INTO(SETTING_LOOKUP, JOB(lookup))},
    {GROUP_ROWS, 0, "lookup-sheet", "NAME", "the sheet of the lookup: its name or number", JOBS,
     MEMBER("input.lookup_sheet"), TEXT(JOB(lookup_sheet))},
    {GROUP_ROWS, 0, "on", "COLUMN[=COLUMN]",
     "match people by this column of the input and that of FILE\n(default: found)", JOBS,
     MEMBER("input.on"), INTO(SETTING_COLUMN, JOB(on))},
    {GROUP_ROWS, 0, "address", "COLUMN",
     "the column of recipients' addresses; with --lookup: that of\nFILE (default: found by its "
     "name)",
     JOBS, MEMBER("input.address"), RECIPIENT(IDENTITY_ADDRESS)},
    {GROUP_ROWS, 0, "email", "COLUMN", "recipients are e-mail addresses, in this column", JOBS,
     MEMBER("input.email"), RECIPIENT(IDENTITY_EMAIL)},
    {GROUP_ROWS, 0, "id", "COLUMN", "recipients are ids of any kind", JOBS, MEMBER("input.id"),
     RECIPIENT(IDENTITY_ID)},
    {GROUP_ROWS, 0, "username", "COLUMN", "recipients are user names", JOBS,
     MEMBER("input.username"), RECIPIENT(IDENTITY_USERNAME)},
    {GROUP_ROWS, 0, "rows", "A-B", "these rows only, counted from 1 (also A-, -B or A)", JOBS,
     KIND(SETTING_ROWS)},
    {GROUP_ROWS, 0, "sample", "N", "only N rows, spread over the file; the same ones each time",
     JOBS, NUMBER(JOB(sample.spread), 1, INT64_MAX)},
    {GROUP_ROWS, 0, "limit", "N", "act for at most N rows", JOBS,
     NUMBER(JOB(sample.limit), 1, INT64_MAX)},
    {GROUP_ROWS, 'n', "dry-run", NULL,
     "do nothing: say offline what the command would do, as\nclaimpipe check does; of undo: -o "
     "lists all, also what\ncan't be "
     "taken back",
     ONE_INPUT | COMMAND_UNDO, ON(OWN(dry_run))},
    {GROUP_ROWS, 0, "simulate", NULL,
     "ask the service what each row would get; nothing is spent\nor remembered", ASKED,
     KIND(SETTING_SIMULATE)},

    {GROUP_AGAIN, 0, "ledger", "FILE",
     "what was done before (default:\n$XDG_STATE_HOME/claimpipe/ledger.db)", LEDGER,
     MEMBER("ledger"), INTO(SETTING_FILE, JOB(ledger))},
    {GROUP_AGAIN, 0, "accept-ledger", NULL,
     "use the ledger although it is new, or older than what was\nissued: may issue twice",
     ONE_INPUT | COMMAND_PLAN | COMMAND_UNDO | COMMAND_SUCCESSES | COMMAND_UNCLAIMED |
         COMMAND_BOUNCES | COMMAND_SETTLE | COMMAND_PRUNE | COMMAND_RESTORE,
     ON(JOB(accept_ledger))},
    {GROUP_AGAIN, 0, "key", "COLUMN,...",
     "the columns that identify a recipient (default: the column\nof the recipient)", JOBS,
     MEMBER("key"), INTO(SETTING_COLUMNS, JOB(key))},
    {GROUP_AGAIN, 0, "again", "N",
     "issue an N-th time, deliberately: only rows of the same N\nare duplicates (default: 1)", JOBS,
     MEMBER("again"), NUMBER(JOB(again), 1, 1000000)},
    {GROUP_AGAIN, 0, "no-skip-claimed", NULL, "also send to people who claimed elsewhere", CLAIMS,
     ON(JOB(wishes.send_claimed))},
    {GROUP_AGAIN, 0, "save", "FILE",
     "keep what is checked as a plan, which claimpipe run --plan FILE\ncarries out as it is",
     COMMAND_CHECK, INTO(SETTING_FILE, JOB(plan.save))},
    {GROUP_AGAIN, 0, "plan", "FILE",
     "carry out this plan, unless input, job file or ledger have\nchanged since it was checked",
     COMMAND_PLAN, INTO(SETTING_FILE, OWN(plan))},
    {GROUP_AGAIN, 0, "retry-failed", "[=REASON]",
     "try failed rows again; with REASON, a part of their error,\n"
     "only these. First the claim is asked who\n"
     "succeeded after all; one that does not show it may be\n"
     "issued twice",
     JOBS | COMMAND_UNDO, INTO(SETTING_RETRY, JOB(wishes.retry_reason)), .optional = true},
    {GROUP_AGAIN, 0, "resend-unknown", NULL,
     "send unknown rows again, once: their answer was lost, so\nthis may issue twice",
     MAILING & ~COMMAND_PLAN, ON(JOB(wishes.resend_unknown))},
    {GROUP_AGAIN, 0, "all", NULL, "list everyone, not only new claimants", COMMAND_SUCCESSES,
     ON(OWN(all))},
    {GROUP_AGAIN, 0, "before", "YYYY-MM-DD", "forget what ended before this day (UTC)",
     COMMAND_PRUNE, TEXT(OWN(before))},
    {GROUP_AGAIN, 0, "replace", NULL, "replace an existing copy", COMMAND_BACKUP, ON(OWN(replace))},

    {GROUP_PACE, 0, "rate", "COUNT/TIME",
     "requests allowed (default: 10000/m; none: only the server's\nword); may be repeated: each is "
     "kept",
     REACHING | COMMAND_MAIL, MEMBER("limits.rate"), INTO(SETTING_RATE, JOB(rates))},
    {GROUP_PACE, 0, "burst", "N", "requests that may leave at once (default: what fits the rate)",
     REACHING | COMMAND_MAIL, MEMBER("limits.burst"), NUMBER(JOB(burst), 1, 100000)},
    {GROUP_PACE, 0, "in-flight", "N", "requests under way at once (default: 64; of mail: 4)",
     FOLLOWING | COMMAND_MAIL, MEMBER("limits.in_flight"), NUMBER(JOB(in_flight), 1, 4096)},
    {GROUP_PACE, 0, "lanes", "N", "threads that send (default: 1)", FOLLOWING,
     MEMBER("limits.lanes"), NUMBER(JOB(lanes), 1, HTTP_LANES_MAX)},
    {GROUP_PACE, 0, "tries", "N",
     "stop after so many tries of a request that can't leave\n(default: 8)", ASKING | COMMAND_MAIL,
     MEMBER("limits.tries"), NUMBER(JOB(tries_max), 1, 1000)},
    {GROUP_PACE, 0, "max-failures", "N|N%",
     "stop when so many rows have failed (a share: of at least\n100 tried)", MAILING,
     MEMBER("limits.max_failures"), KIND(SETTING_FAILURES)},
    {GROUP_PACE, 0, "force", NULL,
     "send although the claim's settings show that these values\ncan't complete it; and replace "
     "files that are no results",
     JOBS | COMMAND_UNDO | COMMAND_REPORT | COMMAND_SUCCESSES | COMMAND_UNCLAIMED |
         COMMAND_BOUNCES | COMMAND_EXPORT,
     MEMBER("limits.force"), ON(JOB(stoprule.force))},
    {GROUP_PACE, 0, "keep-going", NULL,
     "do not stop when the first 25 answers refuse for one reason,\n"
     "or the claim is used up, halted or closed",
     MAILING, MEMBER("limits.keep_going"), ON(JOB(stoprule.keep_going))},
    {GROUP_PACE, 0, "max-credits", "N", "stop before more than N requests were made", FOLLOWING,
     MEMBER("limits.max_credits"), NUMBER(JOB(stoprule.max_credits), 1, INT64_MAX)},
    {GROUP_PACE, 0, "max-duration", "TIME", "stop sending after this time; of settle: stop asking",
     FOLLOWING | COMMAND_MAIL, MEMBER("limits.max_duration"),
     TIME(JOB(stoprule.max_duration_ns), 0)},
    {GROUP_PACE, 0, "patience", "TIME",
     "how long to try a server that can't be reached, before the\nrun stops (default: 2m)",
     FOLLOWING | COMMAND_MAIL, MEMBER("limits.patience"), TIME(JOB(patience_ns), 0)},
    {GROUP_PACE, 0, "settle-timeout", "TIME",
     "how long to wait for a queue that does not move (default: 5m);\n"
     "what is left then is pending, and settled by the next run",
     FOLLOWING, MEMBER("limits.settle_timeout"), TIME(JOB(settle_timeout_ns), 0)},
    {GROUP_PACE, 0, "no-settle", NULL,
     "only send: what was accepted is left pending, and settled by\nthe next run without this, or "
     "by claimpipe settle",
     SENDING, MEMBER("limits.no_settle"), ON(JOB(no_settle))},
    {GROUP_PACE, 0, "queue-delay", "TIME",
     "the longest time a request may lie in the server's queue\n"
     "(default: 60s); one whose answer was lost is not sent again\n"
     "before, and only if the server shows later ones",
     FOLLOWING, MEMBER("limits.queue_delay"), TIME(JOB(queue_delay_ns), 0)},

    {GROUP_SERVICE, 0, "api-url", "URL",
     "the API (default: $BITBADGES_API_URL, or\nhttps://api.bitbadges.io)", REACHING,
     MEMBER("api_url"), VARIABLE("BITBADGES_API_URL"), TEXT(JOB(api_url))},
    {GROUP_SERVICE, 0, "api-key", "SOURCE", "its key (default: env:BITBADGES_API_KEY)", REACHING,
     VARIABLE("BITBADGES_API_KEY"), INTO(SETTING_SOURCE, OWN(api_key))},
    {GROUP_SERVICE, 0, "ask", NULL,
     "ask the service, too, whether its claims can be completed so:\nwith the key; nothing is sent",
     COMMAND_CHECK, ON(JOB(ask))},
    {GROUP_SERVICE, 0, "cacert", "FILE",
     "trust the authorities in this PEM file instead of the\nsystem's",
     REACHING | COMMAND_REPORT | COMMAND_MAIL | COMMAND_BOUNCES, INTO(SETTING_FILE, JOB(cacert))},
    {GROUP_SERVICE, 0, "connect-timeout", "TIME", "to reach the server (default: 10s)",
     REACHING | COMMAND_REPORT | COMMAND_MAIL | COMMAND_BOUNCES, MEMBER("limits.connect_timeout"),
     TIME(JOB(connect_timeout_ns), CLOCK_NS_PER_MS)},
    {GROUP_SERVICE, 0, "timeout", "TIME",
     "for a whole request (default: 60s); of mail: for the\nlast reply (default: 10m)",
     REACHING | COMMAND_MAIL | COMMAND_BOUNCES, MEMBER("limits.timeout"),
     TIME(JOB(timeout_ns), CLOCK_NS_PER_MS)},

    {GROUP_OUTPUT, 'o', "output", "FILE",
     "the results, as CSV, or as an Excel workbook if FILE ends in\n"
     ".xlsx; {date}, {time} and {n} in its name are filled in\n"
     "(default: INPUT with .results.csv, or .simulated.csv; of a\n"
     "workbook .xlsx; of code --list, successes, unclaimed and the\n"
     "ledger's export, which are always CSV: -, which is standard\noutput; of bounces: none)",
     OUTPUT, MEMBER("results"), INTO(SETTING_OUTPUT, JOB(results))},
    {GROUP_OUTPUT, 0, "failed-to", "FILE",
     "also the rows that need a person, with their reasons, alone:\n"
     "given as INPUT, with another -o, its failed rows are tried again",
     RESULTS, MEMBER("failed_to"), INTO(SETTING_OUTFILE, JOB(failed_to))},
    {GROUP_OUTPUT, 0, "new-to", "FILE", "also the rows that this run has done, alone", RESULTS,
     MEMBER("new_to"), INTO(SETTING_OUTFILE, JOB(new_to))},
    {GROUP_OUTPUT, 0, "columns", "COLUMN,...",
     "which columns results have, and in which order: of the input\n"
     "and added ones; @input, @added: all others of these",
     RESULTS, MEMBER("columns"), INTO(SETTING_COLUMNS, JOB(columns))},
    {GROUP_OUTPUT, 0, "html", "FILE",
     "also a page of the run for a browser: how it went, when what was\n"
     "done, and a searchable list of the rows that need a person; of\n"
     "report: the page alone, unless -o is said, too",
     RESULTS & ~COMMAND_WATCH, MEMBER("html"), INTO(SETTING_OUTFILE, JOB(html))},
    {GROUP_OUTPUT, 0, "output-dialect", NULL,
     "how a CSV of results is written: same as the input (the default),\n"
     "so that Excel opens it well, or as plain CSV (RFC 4180)",
     RESULTS, MEMBER("output_dialect"), WORD(jobwords_output)},
    {GROUP_OUTPUT, 0, "safe-cells", NULL,
     "in a CSV of results, no cell begins a formula (but with an\n"
     "apostrophe); in a workbook none does anyway",
     RESULTS, MEMBER("safe_cells"), ON(JOB(safe_cells))},
    {GROUP_OUTPUT, 0, "preview", "N",
     "show of the first N rows that would be acted for what is sent\n(secrets as ****)",
     COMMAND_CHECK, NUMBER(JOB(plan.preview), 1, 1000)},
    {GROUP_OUTPUT, 0, "format", NULL,
     "what the answer is written in (default: text); of settle and\nreport: the summary as JSON, "
     "to standard output, too",
     SHOWING, WORD(jobwords_format)},
    {GROUP_OUTPUT, 0, "summary", "FILE", "how the run ended, as JSON (-: standard output)", ENDING,
     MEMBER("summary"), INTO(SETTING_OUTFILE, JOB(tell.summary))},
    {GROUP_OUTPUT, 0, "metrics", "FILE",
     "the same for Prometheus: a file of node_exporter's textfile\ncollector", ENDING,
     MEMBER("metrics"), INTO(SETTING_FILE, JOB(tell.metrics))},
    {GROUP_OUTPUT, 0, "notify", "URL|SOURCE",
     "post how the run ended to a webhook: of Zapier, Slack, Teams,\n"
     "Discord or any; may be repeated",
     ENDING, MEMBER("notify"), INTO(SETTING_HOOK, JOB(tell.notify))},
    {GROUP_OUTPUT, 0, "ping", "URL|SOURCE",
     "tell a dead-man switch (healthchecks.io, Uptime Kuma, Cronitor)\n"
     "when the run begins and how it ends; may be repeated",
     ENDING, MEMBER("ping"), INTO(SETTING_HOOK, JOB(tell.ping))},
    {GROUP_OUTPUT, 0, "fail-on", NULL,
     "which rows that need a person make the exit code 1: those that\n"
     "no earlier run has told of (the default), any, or none",
     ENDING, MEMBER("fail_on"), WORD(jobwords_fail_on)},
    {GROUP_OUTPUT, 'q', "quiet", NULL,
     "say nothing but errors, and which rows need a person that no\nearlier run has told of", ANY,
     ON(JOB(quiet))},
    {GROUP_OUTPUT, 0, "log-format", NULL, "how to say what goes on (default: text)", ANY,
     WORD(jobwords_log_format)},
    {GROUP_OUTPUT, 'h', "help", NULL, "show help; claimpipe COMMAND --help: about one command", ANY,
     KIND(SETTING_NOTHING)},
    {GROUP_OUTPUT, 'V', "version", NULL, "show the version", ANY, KIND(SETTING_NOTHING)},
};
#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))
_Static_assert(N_SETTINGS <= SETTINGS_MAX, "struct options counts them");

void settings_own_init(struct settings_own *own)
{
    *own = (struct settings_own){.stable_ns = 5 * CLOCK_NS_PER_S};
}

const struct setting *settings_at(size_t i)
{
    return i < N_SETTINGS ? &settings[i] : NULL;
}

const struct setting *settings_find(const char *option)
{
    size_t i = 0;

    while (i < N_SETTINGS && strcmp(settings[i].option, option) != 0)
        i++;
    return settings_at(i);
}

const struct setting *settings_nearest(struct slice name)
{
    struct slice names[N_SETTINGS];
    size_t near;

    for (size_t i = 0; i < N_SETTINGS; i++)
        names[i] = slice_of(settings[i].option);
    near = columns_nearest(name, names, N_SETTINGS);
    return near == COLUMNS_NONE ? NULL : &settings[near];
}

const char *settings_title(enum setting_group group)
{
    static const char *const titles[] = {
        [GROUP_CLAIM] = "What to send",
        [GROUP_CODE] = "Codes",
        [GROUP_STORE] = "Stores",
        [GROUP_MAIL] = "Mail",
        [GROUP_WATCH] = "Watching a folder",
        [GROUP_INPUT] = "How the input is read",
        [GROUP_ROWS] = "Rows",
        [GROUP_AGAIN] = "Once, and again",
        [GROUP_PACE] = "Pace, and when to stop",
        [GROUP_SERVICE] = "The service",
        [GROUP_OUTPUT] = "Output",
    };

    return titles[group];
}

const char *settings_arg(const struct setting *s)
{
    return s->arg || !s->words ? s->arg : s->words->list;
}

bool settings_goes_with(const struct setting *s, unsigned commands, bool check)
{
    bool known = s->commands & commands;

    if (!check)
        return known;
    return (s->commands & COMMAND_CHECK) && (known || !(s->commands & CHECKED));
}

bool settings_is_of(const struct setting *s, const char *action)
{
    const struct command_row *row;

    for (size_t i = 0; (row = commands_at(i)); i++)
        if (strcmp(row->first, action) == 0)
            return (s->commands & row->command) != 0;
    return false;
}
