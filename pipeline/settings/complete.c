/* complete: the words before the last one -> options and plain words -> the command -> what the last one is. */
#include "settings/complete.h"

#include "settings/commands.h"

#include <string.h>

#define PLAIN_MAX 8 /* words that are no options; what comes behind is of no interest */
#define STEPS (COMMAND_CLAIM | COMMAND_CODE | COMMAND_STORE | COMMAND_MAIL)

struct plain {
    const char *words[PLAIN_MAX];
    size_t n;                    /* may be more */
    size_t own;                  /* of them are the command */
    const struct setting *waits; /* for its value, which is the next word; or NULL */
    bool ended;                  /* by --, behind which nothing is an option */
};

/* ---- options ---- */

static const struct setting *find_long(const char *name, size_t len, size_t *place)
{
    const struct setting *s;

    for (size_t i = 0; (s = settings_at(i)); i++)
        if (strlen(s->option) == len && strncmp(s->option, name, len) == 0) {
            *place = i;
            return s;
        }
    return NULL;
}

static const struct setting *find_letter(char letter, size_t *place)
{
    const struct setting *s;

    for (size_t i = 0; (s = settings_at(i)); i++)
        if (s->letter == letter) {
            *place = i;
            return s;
        }
    return NULL;
}

/* The option that the word is, and behind its '=' or its letter the value, or NULL. */
static const struct setting *find_option(const char *word, const char **value, size_t *place)
{
    const char *equals = strchr(word, '=');

    *value = NULL;
    if (strncmp(word, "--", 2) != 0) {
        *value = word[1] && word[2] ? word + 2 : NULL;
        return word[1] ? find_letter(word[1], place) : NULL;
    }
    if (equals)
        *value = equals + 1;
    return find_long(word + 2, equals ? (size_t)(equals - word) - 2 : strlen(word) - 2, place);
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] && strcmp(word, "--") != 0;
}

static void take_value(struct complete *c, const struct setting *s, const char *value)
{
    if (s->kind == SETTING_LOOKUP)
        c->lookup = value;
}

/* The option that waits for its value in the next word, or NULL. */
static const struct setting *take_option(struct complete *c, const char *word)
{
    const char *value;
    size_t place;
    const struct setting *s = find_option(word, &value, &place);

    if (!s)
        return NULL;
    c->given[place] = true;
    if (value)
        take_value(c, s, value);
    return settings_arg(s) && !s->optional && !value ? s : NULL;
}

bool complete_offers(const struct complete *c, size_t place)
{
    const struct setting *s = settings_at(place);
    bool repeated = s->kind == SETTING_SET || s->kind == SETTING_FILTER ||
                    s->kind == SETTING_SEED || s->kind == SETTING_CODES ||
                    s->kind == SETTING_RATE || s->kind == SETTING_HOOK ||
                    (s->kind == SETTING_CLAIM && (c->commands & (COMMAND_SETTLE | COMMAND_DOCTOR)));

    return settings_goes_with(s, c->commands, c->check) && (repeated || !c->given[place]);
}

/* ---- the command ---- */

static bool is_given(const struct complete *c, const char *option)
{
    return c->given[settings_find(option) - settings_at(0)];
}

/* Those of this first word, or the one that has this second word, too. */
static unsigned find_commands(const char *first, const char *second, size_t *own)
{
    const struct command_row *row;
    unsigned found = 0;

    *own = 1;
    for (size_t i = 0; (row = commands_at(i)); i++) {
        if (strcmp(row->first, first) != 0)
            continue;
        if (row->second && second && strcmp(row->second, second) == 0) {
            *own = 2;
            return row->command;
        }
        found |= row->command;
    }
    return found;
}

static void find_command(struct complete *c, struct plain *p)
{
    const char *second = p->n > 1 ? p->words[1] : NULL;

    if (p->n == 0)
        return;
    c->commands = find_commands(p->words[0], second, &p->own);
    c->check = c->commands == COMMAND_CHECK;
    if (c->check) {
        size_t own;
        unsigned named = second ? find_commands(second, NULL, &own) & (STEPS | COMMAND_RUN) : 0;

        c->commands = named ? named : STEPS | COMMAND_RUN;
        p->own = named ? 2 : 1;
    }
    if (c->commands & COMMAND_LIST)
        c->commands = is_given(c, "list") ? COMMAND_LIST : COMMAND_CODE;
    if (c->commands & COMMAND_PLAN)
        c->commands = is_given(c, "plan") ? COMMAND_PLAN : COMMAND_RUN;
}

/* ---- words ---- */

/* What the k-th word behind the command is. */
static enum complete_what word_of(const struct complete *c, size_t k)
{
    static const struct {
        unsigned commands;
        size_t k;
        enum complete_what what;
    } words[] = {
        {COMMAND_RUN | COMMAND_WATCH, 0, COMPLETE_FILE},
        {COMMAND_RUN | COMMAND_WATCH, 1, COMPLETE_FILE},
        {STEPS | COMMAND_PLAN, 0, COMPLETE_FILE},
        {COMMAND_BACKUP | COMMAND_RESTORE | COMMAND_DOCTOR, 0, COMPLETE_FILE},
        {COMMAND_UNDO | COMMAND_REPORT | COMMAND_RUNS, 0, COMPLETE_RUN},
        {COMMAND_REPORT, 1, COMPLETE_FILE},
        {COMMAND_HELP, 0, COMPLETE_TOPIC},
        {COMMAND_PRESETS, 0, COMPLETE_PRESET},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (k == words[i].k && c->commands & words[i].commands)
            return words[i].what;
    return COMPLETE_NOTHING;
}

static enum complete_what find_word(const struct complete *c, const struct plain *p)
{
    if (p->n == 0)
        return COMPLETE_COMMAND;
    if (!c->commands)
        return COMPLETE_NOTHING;
    if (p->n == 1 && c->check)
        return COMPLETE_CHECKED;
    if (p->n == 1 && strcmp(p->words[0], "ledger") == 0)
        return COMPLETE_LEDGER;
    return word_of(c, p->n - p->own);
}

static void find_input(struct complete *c, const struct plain *p)
{
    size_t at = p->own + (c->commands == COMMAND_RUN ? 1 : 0);

    if (c->commands & (STEPS | COMMAND_RUN) && at < p->n && at < PLAIN_MAX)
        c->input = p->words[at];
}

/* Those before the last one. */
static void read_words(struct complete *c, struct plain *p, size_t n, char *const *words)
{
    for (size_t i = 0; i + 1 < n; i++) {
        if (p->waits) {
            take_value(c, p->waits, words[i]);
            p->waits = NULL;
        } else if (!p->ended && is_option(words[i])) {
            p->waits = take_option(c, words[i]);
        } else if (!p->ended && strcmp(words[i], "--") == 0) {
            p->ended = true;
        } else {
            if (p->n < PLAIN_MAX)
                p->words[p->n] = words[i];
            p->n++;
        }
    }
}

/* The option whose value the last word is, or holds. */
static const struct setting *find_value(const struct plain *p, const char *last, const char **typed)
{
    const struct setting *s;
    const char *value;
    size_t place;

    if (p->waits || p->ended || *last != '-')
        return p->waits;
    s = find_option(last, &value, &place);
    if (!s || !value || !settings_arg(s))
        return NULL;
    *typed = value;
    return s;
}

void complete_find(struct complete *c, size_t n, char *const *words)
{
    struct plain plain = {.n = 0};
    const char *last = words[n - 1];

    memset(c, 0, sizeof(*c));
    read_words(c, &plain, n, words);
    find_command(c, &plain);
    find_input(c, &plain);
    c->typed = last;
    c->setting = find_value(&plain, last, &c->typed);
    if (c->setting)
        c->what = COMPLETE_VALUE;
    else
        c->what = !plain.ended && *last == '-' ? COMPLETE_OPTION : find_word(c, &plain);
}
