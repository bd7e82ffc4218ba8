/* completion: by what is asked for, from where the words come. */
#include "commands/completion.h"

#include "adapters/outfile.h"
#include "base/text.h"
#include "base/visible.h"
#include "policy/preset.h"
#include "settings/commands.h"
#include "settings/complete.h"
#include "settings/jobwords.h"
#include "settings/presets.h"
#include "settings/topics.h"
#include "stages/read.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct offer {
    const struct complete *wanted;
    struct slice lead;  /* what of the last word is there already, in front … */
    struct slice typed; /* … and the beginning of what may stand behind it */
    struct text *out;
};

/* ---- one word ---- */

/* Up to where its meaning is clear. */
static void put_meaning(struct text *out, const char *words)
{
    size_t len = strcspn(words, ":;(");

    while (len > 0 && strchr(" .\n", words[len - 1]))
        len--;
    for (size_t i = 0; i < len; i++)
        text_append(out, words[i] == '\n' ? " " : words + i, 1);
}

static void offer(const struct offer *o, struct slice word, const char *meaning)
{
    if (word.len < o->typed.len || memcmp(word.ptr, o->typed.ptr, o->typed.len) != 0 ||
        word.len == 0 || !visible_is(word, ""))
        return;
    text_append(o->out, o->lead.ptr, o->lead.len);
    text_append(o->out, word.ptr, word.len);
    text_puts(o->out, "\t");
    if (meaning)
        put_meaning(o->out, meaning);
    text_puts(o->out, "\n");
}

/* Behind one of these characters, the last of them, the word begins anew. */
static void skip_to(struct offer *o, char mark)
{
    for (size_t i = o->typed.len; i > 0; i--)
        if (o->typed.ptr[i - 1] == mark) {
            o->lead.len += i;
            o->typed = (struct slice){o->typed.ptr + i, o->typed.len - i};
            return;
        }
}

/* ---- words of the tables ---- */

static void offer_commands(const struct offer *o, unsigned commands)
{
    const struct command_row *row;
    const char *before = "";

    for (size_t i = 0; (row = commands_at(i)); i++) {
        if (commands & row->command && strcmp(before, row->first) != 0)
            offer(o, slice_of(row->first), row->about);
        before = row->first;
    }
}

static void offer_ledger(const struct offer *o)
{
    const struct command_row *row;

    for (size_t i = 0; (row = commands_at(i)); i++)
        if (row->second)
            offer(o, slice_of(row->second), NULL);
}

static void offer_topics(const struct offer *o)
{
    const struct topic *topic;

    for (size_t i = 0; (topic = topics_at(i)); i++)
        offer(o, slice_of(topic->name), topic->about);
    offer(o, slice_of("all"), "every option");
}

static void offer_options(const struct offer *o)
{
    const struct setting *s;
    char word[64];

    for (size_t i = 0; (s = settings_at(i)); i++) {
        /* Before there is a command, nothing but these is an option. */
        if (o->wanted->commands ? !complete_offers(o->wanted, i) : s->kind != SETTING_NOTHING)
            continue;
        snprintf(word, sizeof(word), "--%s", s->option);
        offer(o, slice_of(word), s->help);
    }
}

static void offer_list(const struct offer *o, const char *list)
{
    for (; *list; list += strcspn(list, "|"), list += *list == '|')
        offer(o, (struct slice){list, strcspn(list, "|")}, NULL);
}

/* ---- words of files ---- */

static void offer_presets(const struct offer *o)
{
    struct presets all;
    struct err e = ERR_INIT;

    if (presets_load(&all, &e) != 0)
        return;
    for (size_t i = 0; i < all.n; i++)
        offer(o, slice_of(all.list[i].name), all.list[i].title);
    presets_release(&all);
}

static void offer_columns(const struct offer *o, const char *path)
{
    const struct read_wishes wishes = {.by_itself = true};
    struct err e = ERR_INIT;
    struct input *in = NULL;
    struct stat st;

    if (path && stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= COMPLETION_INPUT_MAX)
        in = read_open(path, &wishes, &e);
    for (size_t i = 0; in && i < read_facts(in)->header.n; i++)
        offer(o, read_facts(in)->header.names[i], NULL);
    read_close(in);
}

static void offer_column(struct offer *o)
{
    const struct setting *s = o->wanted->setting;
    const char *lookup = o->wanted->lookup;
    bool there = lookup && strcmp(s->option, "address") == 0;

    if (s->kind == SETTING_COLUMNS)
        skip_to(o, ',');
    if (strcmp(s->option, "on") == 0 && memchr(o->typed.ptr, '=', o->typed.len)) {
        skip_to(o, '=');
        there = true;
    }
    offer_columns(o, there ? lookup : o->wanted->input);
}

/* ---- sources ---- */

/* Names, and never what is in them. */
static void offer_variables(const struct offer *o)
{
    for (char **v = environ; v && *v; v++)
        offer(o, (struct slice){*v, strcspn(*v, "=")}, NULL);
}

/* env:NAME or file:PATH; is it a path? */
static bool offer_source(struct offer *o)
{
    bool file = slice_begins(o->typed, "file:");

    if (file || slice_begins(o->typed, "env:")) {
        skip_to(o, ':');
        if (!file)
            offer_variables(o);
        return file;
    }
    offer(o, slice_of("env:"), "a variable of the environment");
    offer(o, slice_of("file:"), "a file that holds it");
    return false;
}

/* ---- all of them ---- */

/* Words are offered, or it is a path (true). */
static bool offer_value(struct offer *o)
{
    const struct setting *s = o->wanted->setting;

    switch (s->kind) {
    case SETTING_FILE:
    case SETTING_LOOKUP:
    case SETTING_OUTPUT:
    case SETTING_OUTFILE:
    case SETTING_CODES:
        return true;
    case SETTING_PRESET:
        offer(o, slice_of("none"), "do without");
        offer_presets(o);
        return false;
    case SETTING_COLUMN:
    case SETTING_COLUMNS:
    case SETTING_RECIPIENT:
        offer_column(o);
        return false;
    case SETTING_SECRET:
    case SETTING_SEED:
    case SETTING_CREDENTIAL:
    case SETTING_SOURCE:
        return offer_source(o);
    default:
        if (s->words)
            offer_list(o, s->words->list);
        return false;
    }
}

static bool offer_words(struct offer *o)
{
    switch (o->wanted->what) {
    case COMPLETE_COMMAND:
        offer_commands(o, ~(unsigned)COMMAND_COMPLETION);
        break;
    case COMPLETE_CHECKED:
        offer_commands(o, o->wanted->commands);
        break;
    case COMPLETE_LEDGER:
        offer_ledger(o);
        break;
    case COMPLETE_TOPIC:
        offer_commands(o, ~0u);
        offer_topics(o);
        break;
    case COMPLETE_OPTION:
        offer_options(o);
        break;
    case COMPLETE_VALUE:
        return offer_value(o);
    case COMPLETE_FILE:
        return true;
    case COMPLETE_PRESET:
        offer_presets(o);
        break;
    case COMPLETE_RUN:
        offer(o, slice_of("last"), "the last run");
        break;
    case COMPLETE_NOTHING:
        break;
    }
    return false;
}

int completion_print(char *const *words, size_t n, struct err *e)
{
    struct complete wanted;
    struct text found, out;
    bool file;
    int rc;

    complete_find(&wanted, n, words);
    text_init(&found);
    text_init(&out);
    struct offer o = {.wanted = &wanted,
                      .lead = {words[n - 1], (size_t)(wanted.typed - words[n - 1])},
                      .typed = slice_of(wanted.typed),
                      .out = &found};

    file = offer_words(&o);
    text_puts(&out, file ? "files\t" : "words\n");
    text_append(&out, file ? o.lead.ptr : found.ptr, file ? o.lead.len : found.len);
    text_puts(&out, file ? "\n" : "");
    rc = text_ok(&found) ? outfile_print(&out, e) : err_nomem(e);
    text_release(&out);
    text_release(&found);
    return rc == 0 ? EXIT_DONE : (int)e->code;
}
