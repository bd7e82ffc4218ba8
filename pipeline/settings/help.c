/* help: made of the tables, so that nothing is forgotten; what they do not say is in topics.c. */
#include "settings/help.h"

#include "base/text.h"
#include "base/visible.h"
#include "policy/columns.h"
#include "settings/commands.h"
#include "settings/settings.h"
#include "settings/topics.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 80
#define OPTION_COLUMN 28 /* where what an option means begins */
#define LIST_COLUMN 13   /* … and what a topic is about */
#define NAMES_MAX 128    /* of commands and topics */
#define WORD_SHOWN_MAX 64

static const char screen_head[] =
    "claimpipe turns a CSV export into BitBadges claims, claim codes or store\n"
    "entries, each recipient at most once, and says what became of every row.\n"
    "\n"
    "Usage: claimpipe COMMAND [INPUT] [OPTION]...\n"
    "\n"
    "  claim    complete a claim for each row\n"
    "           claimpipe claim courses.csv -c demo-members -o results.csv\n"
    "  code     give each recipient a claim code of its own\n"
    "           claimpipe code people.csv --email email --codes codes.txt\n"
    "  check    say what a command would do; nothing is sent\n"
    "           claimpipe check claim courses.csv -c demo-members\n"
    "\n";

static const char screen_tail[] =
    "\n"
    "claimpipe COMMAND --help   its options, with examples to try\n"
    "claimpipe help TOPIC       one of the topics; help all: every option\n"
    "man claimpipe              all of it\n";

static const char words_of_usage[] =
    "\n"
    "INPUT is an export: a file, a URL, or - (claimpipe help input).  SOURCE is\n"
    "env:NAME or file:PATH (help secrets).  TIME is such as 30s, 5m or 250ms.\n";

/* ---- text that fits ---- */

/* Words from this column on, in further lines from indent on; a line end in them is a blank. */
static void put_wrapped(struct text *t, const char *words, size_t column, size_t indent)
{
    bool first = true;

    for (words += strspn(words, " \n"); *words; words += strspn(words, " \n")) {
        size_t len = strcspn(words, " \n");

        if (!first && column + 1 + len > WIDTH) {
            text_printf(t, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            text_puts(t, " ");
            column++;
        }
        text_append(t, words, len);
        column += len;
        words += len;
        first = false;
    }
    text_puts(t, "\n");
}

static bool is_new(size_t i)
{
    return i == 0 || strcmp(commands_at(i)->first, commands_at(i - 1)->first) != 0;
}

/* `Lead: a, b, c`, in as many lines as it takes. */
static void put_names(struct text *t, const char *lead, const char *const *names, size_t n)
{
    struct text list;

    text_init(&list);
    for (size_t i = 0; i < n; i++)
        text_printf(&list, "%s%s", names[i], i + 1 < n ? ", " : "");
    text_puts(t, lead);
    put_wrapped(t, list.ptr, strlen(lead), strlen(lead));
    t->failed = t->failed || !text_ok(&list);
    text_release(&list);
}

/* ---- one screen ---- */

/* Those that the screen does not tell already. */
static size_t find_others(const char **names)
{
    const struct command_row *row;
    size_t n = 0;

    for (size_t i = 0; (row = commands_at(i)); i++)
        if (is_new(i) && !(row->command & (COMMAND_CLAIM | COMMAND_CODE | COMMAND_CHECK |
                                           COMMAND_COMPLETION | COMMAND_HELP)))
            names[n++] = row->first;
    return n;
}

static void put_screen(struct text *t)
{
    const char *names[NAMES_MAX];
    const struct topic *topic;
    size_t n = find_others(names);

    text_puts(t, screen_head);
    put_names(t, "Other commands: ", names, n);
    for (n = 0; (topic = topics_at(n)); n++)
        names[n] = topic->name;
    put_names(t, "Topics:         ", names, n);
    text_puts(t, screen_tail);
}

/* ---- commands and options ---- */

/* Usage and meaning of the commands that begin with first, or of all; their bits. */
static unsigned put_commands(struct text *t, const char *first)
{
    const struct command_row *row;
    const char *lead = "Usage:";
    unsigned shown = 0;

    for (size_t i = 0; (row = commands_at(i)); i++) {
        if (first && strcmp(first, row->first) != 0)
            continue;
        text_printf(t, "%-6s claimpipe ", lead);
        put_wrapped(t, row->usage, 17, 21);
        shown |= row->command;
        lead = "";
    }
    text_puts(t, "\n");
    for (size_t i = 0; (row = commands_at(i)); i++)
        if ((shown & row->command) && row->about) {
            text_printf(t, "%s: ", row->first);
            put_wrapped(t, row->about, strlen(row->first) + 2, first ? 0 : 4);
        }
    return shown;
}

static void put_examples(struct text *t, const char *first)
{
    const char *examples = topics_examples(first);

    if (examples)
        text_printf(t, "\nExamples, with the samples and the practice server:\n%s", examples);
}

static void put_option(struct text *t, const struct setting *s)
{
    size_t column = t->len;

    if (s->letter)
        text_printf(t, "  -%c, --%s", s->letter, s->option);
    else
        text_printf(t, "      --%s", s->option);
    if (settings_arg(s))
        text_printf(t, "%s%s", s->optional ? "" : " ", settings_arg(s));
    column = t->len - column;
    if (column > OPTION_COLUMN - 2) {
        text_puts(t, "\n");
        column = 0;
    }
    text_printf(t, "%*s", (int)(OPTION_COLUMN - column), "");
    put_wrapped(t, s->help, OPTION_COLUMN, OPTION_COLUMN);
}

/* The options that one of these commands knows, under the titles of their groups. */
static void put_options(struct text *t, unsigned commands)
{
    const struct setting *s;
    const char *title = NULL;

    for (size_t i = 0; (s = settings_at(i)); i++) {
        if (!(s->commands & commands))
            continue;
        if (title != settings_title(s->group)) {
            title = settings_title(s->group);
            text_printf(t, "\n%s:\n", title);
        }
        put_option(t, s);
    }
}

static void put_command(struct text *t, const char *first)
{
    unsigned shown = put_commands(t, first);

    if (first)
        put_examples(t, first);
    text_puts(t, words_of_usage);
    put_options(t, shown);
}

/* ---- topics ---- */

static void put_topics(struct text *t)
{
    const struct topic *topic;

    text_puts(t, "\nTopics of claimpipe help:\n");
    for (size_t i = 0; (topic = topics_at(i)); i++)
        text_printf(t, "  %-*s%s\n", LIST_COLUMN, topic->name, topic->about);
}

static void put_topic(struct text *t, const struct topic *topic)
{
    text_printf(t, "%s: %s\n\n%s", topic->name, topic->about, topic->text);
}

static int refuse(const char *word, struct err *e)
{
    struct slice names[NAMES_MAX];
    const struct command_row *row;
    const struct topic *topic;
    char shown[WORD_SHOWN_MAX];
    size_t n = 0, near;

    for (size_t i = 0; (row = commands_at(i)); i++)
        names[n++] = slice_of(row->first);
    for (size_t i = 0; (topic = topics_at(i)); i++) {
        names[n++] = slice_of(topic->name);
        if (topic->also)
            names[n++] = slice_of(topic->also);
    }
    visible_line(slice_of(word), shown, sizeof(shown));
    if (topics_about(word))
        return err_set(e, EXIT_USAGE, "help %s: see claimpipe help %s", shown, topics_about(word));
    near = columns_nearest(slice_of(word), names, n);
    if (near != COLUMNS_NONE)
        return err_set(e, EXIT_USAGE,
                       "help %s: no such command or topic: did you mean %s?  (claimpipe help lists "
                       "them)",
                       shown, names[near].ptr);
    return err_set(e, EXIT_USAGE, "help %s: no such command or topic: claimpipe help lists them",
                   shown);
}

/* ---- all of it ---- */

static bool is_first(const char *word)
{
    const struct command_row *row;

    for (size_t i = 0; (row = commands_at(i)); i++)
        if (strcmp(word, row->first) == 0)
            return true;
    return false;
}

static int put_help(struct text *t, const char *on, struct err *e)
{
    const struct topic *topic = on ? topics_find(on) : NULL;

    if (!on) {
        put_screen(t);
    } else if (is_first(on)) {
        put_command(t, on);
    } else if (strcmp(on, "all") == 0) {
        put_command(t, NULL);
        put_topics(t);
    } else if (topic) {
        put_topic(t, topic);
    } else {
        return refuse(on, e);
    }
    return 0;
}

int help_print(const char *on, struct err *e)
{
    struct text t;
    int rc;

    text_init(&t);
    rc = put_help(&t, on, e);
    if (rc == 0 && !text_ok(&t))
        rc = err_nomem(e);
    else if (rc == 0 && (fwrite(t.ptr, 1, t.len, stdout) != t.len || fflush(stdout) != 0))
        rc = err_set(e, EXIT_OUTPUT, "can't write the help to standard output");
    text_release(&t);
    return rc;
}
