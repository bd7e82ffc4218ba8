/* options_plan: options to settings of a plan, and back to an argv, which the parser reads as if it had been typed. */
#include "settings/options_plan.h"

#include "adapters/fetch.h"
#include "adapters/http.h"
#include "adapters/outfile.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/hint.h"
#include "settings/options.h"
#include "settings/options_each.h"
#include "settings/settings.h"
#include "stages/job.h"

#include <stdlib.h>
#include <string.h>

/* ---- saying ---- */

/* What a query holds may be a key. */
static bool hides_something(const char *url)
{
    struct text shown;
    bool hides;

    text_init(&shown);
    fetch_name(url, &shown);
    hides = !text_ok(&shown) || strcmp(shown.ptr, url) != 0;
    text_release(&shown);
    return hides;
}

static int refuse_value(const struct setting *s, const char *value, struct err *e)
{
    const char *fault = NULL;
    struct text url;

    if (strcmp(s->option, "lookup") == 0 && fetch_is_url(value) && hides_something(value))
        return err_set(e, EXIT_USAGE,
                       "--save: the lookup's URL may hold a key, which a plan must not: download "
                       "it, and give the file");
    if (strcmp(s->option, "api-url") == 0) {
        text_init(&url);
        fault = http_base_url(value, &url);
        text_release(&url);
    }
    return fault ? err_set(e, EXIT_USAGE, "--save: the API's URL %s", fault) : 0;
}

/* Its place among those that are there: in the order of the table, those of one name as they were said. */
static int add_setting(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    struct approval *a = &o->said;
    struct approval_setting *list;
    size_t at = a->n_settings;

    if (s->group == GROUP_OUTPUT || !settings_goes_with(s, o->command, false))
        return 0;
    if (refuse_value(s, value, e) != 0)
        return -1;
    list = mem_resize(a->settings, a->n_settings + 1, sizeof(*list));
    if (!list)
        return err_nomem(e);
    a->settings = list;
    while (at > 0 && settings_find(list[at - 1].name) > s) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = (struct approval_setting){s->option, value};
    a->n_settings++;
    return 0;
}

static int refuse_place(const struct options *o, struct err *e)
{
    const char *save = o->job.plan.save;
    bool taken = outfile_replaces(save, o->job.input);

    if (strcmp(save, "-") == 0)
        return err_set(e, EXIT_USAGE, "--save: a plan is kept in a file: name one");
    for (size_t i = 0; i < o->texts.n_files; i++)
        taken = taken || outfile_replaces(save, o->texts.files[i]);
    if (taken)
        return err_set(e, EXIT_USAGE, "%s: is read by this command: name another file with --save",
                       save);
    /* Also what is not read as a table, or not by this command: a key, a password, a job. */
    return outfile_is_other(save, PLANFILE_BEGINS)
               ? err_set(e, EXIT_USAGE,
                         "%s: is there already, and is no plan: name another file with --save",
                         save)
               : 0;
}

int options_plan_say(struct options *o, int argc, char **argv, struct err *e)
{
    const struct job *j = &o->job;
    struct approval *a = &o->said;
    int ignored;

    if (strcmp(j->input, "-") == 0)
        return err_set(e, EXIT_USAGE,
                       "--save: standard input can't be read again when the plan is carried out: "
                       "put it into a file, and give that");
    if (refuse_place(o, e) != 0)
        return -1;
    a->command = commands_row(o->command)->first;
    a->job = o->job_file;
    a->input = fetch_is_url(j->input) && hides_something(j->input) ? NULL : j->input;
    if (options_each(argc, argv, &ignored, add_setting, o, e) != 0)
        return -1;
    o->job.plan.said = a;
    return 0;
}

/* ---- doing ---- */

/* Takes the word. */
static int add_word(struct options_plan *p, struct text *word, struct err *e)
{
    char **list = mem_resize(p->argv, (size_t)p->argc + 2, sizeof(*list));
    char *kept = list && text_ok(word) ? mem_copy(word->ptr, word->len) : NULL;

    text_release(word);
    if (list)
        p->argv = list;
    if (!kept)
        return err_nomem(e);
    list[p->argc++] = kept;
    list[p->argc] = NULL;
    return 0;
}

static int add_plain(struct options_plan *p, const char *text, struct err *e)
{
    struct text word;

    text_init(&word);
    text_puts(&word, text);
    return add_word(p, &word, e);
}

static int add_option(struct options_plan *p, const char *name, const char *value, struct err *e)
{
    struct text word;

    text_init(&word);
    text_printf(&word, "--%s", name);
    if (value)
        text_printf(&word, "=%s", value);
    return add_word(p, &word, e);
}

/* What is typed beside the plan takes the place of what stands in it. */
static int add_planned(struct options *o, struct options_plan *p, struct err *e)
{
    const struct approval *a = &p->file.plan;

    for (size_t i = 0; i < a->n_settings; i++) {
        const struct setting *s = settings_find(a->settings[i].name);

        if (s && o->given[s - settings_at(0)])
            continue;
        if (add_option(p, a->settings[i].name, a->settings[i].value, e) != 0)
            return -1;
    }
    return 0;
}

static int add_typed(struct options *o, const struct setting *s, const char *value, struct err *e)
{
    return strcmp(s->option, "plan") == 0 ? 0 : add_option(o->plan, s->option, value, e);
}

static int add_command(const struct options *o, struct options_plan *p, const char *program,
                       struct err *e)
{
    const struct approval *a = &p->file.plan;
    const char *input = o->job.input ? o->job.input : a->input;

    if (!input) {
        struct text path;

        text_init(&path);
        hint_word(&path, a->path);
        err_set(e, EXIT_USAGE,
                "%s: its INPUT is a URL that may hold a key, and is not written down: give it "
                "again: claimpipe run --plan %s INPUT",
                a->path, text_ok(&path) ? path.ptr : "FILE");
        text_release(&path);
        return -1;
    }
    if (add_plain(p, program, e) != 0 || add_plain(p, a->command, e) != 0 ||
        (a->job && add_plain(p, a->job, e) != 0))
        return -1;
    return add_plain(p, input, e);
}

/* The command line of the plan alone. */
static int make_check(struct options_plan *p, struct err *e)
{
    struct text t;

    text_init(&t);
    text_puts(&t, "claimpipe check ");
    hint_words(&t, p->argc, p->argv);
    text_puts(&t, " --save ");
    hint_word(&t, p->file.plan.path);
    p->check = text_ok(&t) ? mem_copy(t.ptr, t.len) : NULL;
    text_release(&t);
    p->file.plan.check = p->check;
    return p->check ? 0 : err_nomem(e);
}

int options_plan_open(struct options *o, struct options_plan *p, int argc, char **argv,
                      struct err *e)
{
    int ignored;

    if (planfile_read(&p->file, o->own.plan, e) != 0 || add_command(o, p, argv[0], e) != 0 ||
        add_planned(o, p, e) != 0 || make_check(p, e) != 0)
        return -1;
    o->plan = p;
    return options_each(argc, argv, &ignored, add_typed, o, e);
}

void options_plan_close(struct options_plan *p)
{
    for (int i = 0; i < p->argc; i++)
        free(p->argv[i]);
    free(p->argv);
    free(p->check);
    planfile_release(&p->file);
    memset(p, 0, sizeof(*p));
}
