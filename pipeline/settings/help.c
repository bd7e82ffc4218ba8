/* help: made of the two tables, so that nothing is forgotten. */
#include "settings/help.h"

#include "base/text.h"
#include "settings/commands.h"
#include "settings/settings.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HELP_COLUMN 28 /* where what an option means begins */

static const char help_words[] =
    "\n"
    "INPUT is a CSV file or workbook as it was exported (gzip, zstd, and in a ZIP, too), its URL,\n"
    "or - for standard input.  SOURCE is env:NAME or file:PATH: a secret is never given on the\n"
    "command line itself.  TIME is such as 30s, 5m or 250ms.\n";

static const char help_tail[] =
    "\nExit codes: 0 every row is success or duplicate; 1 some rows are not (see the results);\n"
    "2 usage; 3 the input can't be read; 4 stopped early; 5 the ledger or the results can't be\n"
    "written; 130, 143 interrupted.  A run that ends early goes on when the same command is run\n"
    "again.  See claimpipe(1).\n";

/* Usage and meaning of the commands that begin with first, or of all; their bits. */
static unsigned help_commands(struct text *t, const char *first)
{
    const struct command_row *row;
    const char *lead = "Usage:";
    unsigned shown = 0;

    for (size_t i = 0; (row = commands_at(i)); i++) {
        if (first && strcmp(first, row->first) != 0)
            continue;
        text_printf(t, "%-6s claimpipe %s\n", lead, row->usage);
        shown |= row->command;
        lead = "";
    }
    text_puts(t, "\n");
    for (size_t i = 0; (row = commands_at(i)); i++)
        if ((shown & row->command) && row->about)
            text_printf(t, "%s: %s\n", row->first, row->about);
    return shown;
}

static void help_option(struct text *t, const struct setting *s)
{
    const char *line = s->help, *end;
    size_t column = t->len;

    if (s->letter)
        text_printf(t, "  -%c, --%s", s->letter, s->option);
    else
        text_printf(t, "      --%s", s->option);
    if (settings_arg(s))
        text_printf(t, "%s%s", s->optional ? "" : " ", settings_arg(s));
    column = t->len - column;
    for (; line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (column > HELP_COLUMN - 2) {
            text_puts(t, "\n");
            column = 0;
        }
        text_printf(t, "%*s%.*s\n", (int)(HELP_COLUMN - column), "",
                    end ? (int)(end - line) : INT_MAX, line);
        column = 0;
    }
}

/* The options that one of these commands knows, under the titles of their groups. */
static void help_options(struct text *t, unsigned commands)
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
        help_option(t, s);
    }
}

static bool is_first(const char *word)
{
    const struct command_row *row;

    for (size_t i = 0; (row = commands_at(i)); i++)
        if (strcmp(word, row->first) == 0)
            return true;
    return false;
}

int help_print(const char *first, struct err *e)
{
    struct text t;
    int rc = 0;

    text_init(&t);
    unsigned shown = help_commands(&t, first && is_first(first) ? first : NULL);
    text_puts(&t, help_words);
    help_options(&t, shown);
    text_puts(&t, help_tail);
    if (!text_ok(&t))
        rc = err_nomem(e);
    else if (fwrite(t.ptr, 1, t.len, stdout) != t.len || fflush(stdout) != 0)
        rc = err_set(e, EXIT_OUTPUT, "can't write the help to standard output");
    text_release(&t);
    return rc;
}
