/* presets_show: the command `presets`: puts presets into words, from what they test and know. */
#include "commands/presets_show.h"

#include "adapters/jsonout.h"
#include "adapters/outfile.h"
#include "adapters/plainfile.h"
#include "base/visible.h"
#include "policy/preset.h"
#include "settings/presets.h"

#include <string.h>

#define LABEL_WIDTH 14

static void put_label(struct text *out, const char *label)
{
    text_printf(out, "  %-*s", LABEL_WIDTH, label);
}

static void put_line(struct text *out, const char *label, const char *text)
{
    if (!text)
        return;
    put_label(out, label);
    visible_puts(out, text);
    text_puts(out, "\n");
}

static void put_names(struct text *out, const struct preset_names *names, const char *between)
{
    for (size_t i = 0; i < names->n; i++) {
        text_puts(out, i > 0 ? between : "");
        text_puts(out, "\"");
        visible_puts(out, names->names[i]);
        text_puts(out, "\"");
    }
}

static void put_names_line(struct text *out, const char *label, const struct preset_names *names,
                           const char *between)
{
    if (names->n == 0)
        return;
    put_label(out, label);
    put_names(out, names, between);
    text_puts(out, "\n");
}

static void put_header(struct text *out, const struct preset *p)
{
    put_label(out, "known by");
    for (size_t i = 0; i < p->n_header; i++) {
        text_puts(out, i > 0 ? ", " : "");
        put_names(out, &p->header[i], " or ");
    }
    text_puts(out, "\n");
    put_names_line(out, "and by", &p->like, " or ");
    put_names_line(out, "many have", &p->also, ", ");
    put_names_line(out, "and not", &p->without, ", ");
    put_names_line(out, "below a line", &p->after, " or ");
    put_names_line(out, "else by", &p->alone, " or ");
    put_names_line(out, "ends before", &p->end, " or ");
    if (p->needs_filter)
        put_line(out, "filter", "you have to say with --where who counts");
    if (p->by_name_only)
        put_line(out, "chosen", "only where you say its name: other files look like this, too");
}

static void put_recipient(struct text *out, const struct preset *p)
{
    const char *label = "@recipient";

    for (size_t i = 0; i < IDENTITY_KINDS; i++) {
        if (p->recipient[i].n == 0)
            continue;
        put_label(out, label);
        text_printf(out, "%s: ", identity_kind_name((enum identity_kind)i));
        put_names(out, &p->recipient[i], " or ");
        text_puts(out, "\n");
        label = "";
    }
    put_names_line(out, "where empty", &p->or_else, " or ");
    put_names_line(out, "without #", &p->hashed, ", ");
}

static void put_rows(struct text *out, const struct preset *p)
{
    static const char *const orders[] = {
        [WHEN_ORDER_MDY] = "month, day, year",
        [WHEN_ORDER_DMY] = "day, month, year",
        [WHEN_ORDER_YMD] = "year, month, day",
    };

    put_line(out, "where", p->where);
    for (size_t i = 0; i < p->n_drops; i++) {
        put_label(out, i > 0 ? "" : "left out");
        visible_puts(out, p->drops[i].where);
        text_puts(out, ": ");
        visible_puts(out, p->drops[i].why);
        text_puts(out, "\n");
    }
    if (p->date_order != WHEN_ORDER_UNSAID)
        put_line(out, "dates", orders[p->date_order]);
    if (p->decimal_mark)
        put_line(out, "numbers",
                 p->decimal_mark == ',' ? "with a decimal comma" : "with a decimal point");
    put_line(out, "grouped by", p->group);
    if (p->per_recipient)
        put_line(out, "once per", p->person ? p->person : "recipient");
    put_names_line(out, "filled down", &p->fill_down, ", ");
}

static void put_preset(struct text *out, const struct preset *p)
{
    visible_puts(out, p->name);
    text_puts(out, ": ");
    visible_puts(out, p->title);
    text_puts(out, "\n");
    put_header(out, p);
    put_recipient(out, p);
    put_names_line(out, "@trigger", &p->trigger, " or ");
    put_names_line(out, "@completed", &p->completed, " or ");
    put_names_line(out, "@date", &p->date, " or ");
    put_rows(out, p);
    put_line(out, "refused", p->refuse);
    put_line(out, "note", p->note);
    put_line(out, "file", p->path);
}

/* Of a list of all. */
static void put_row(struct text *out, const struct preset *p, size_t width)
{
    visible_puts(out, p->name);
    text_printf(out, "%*s  ", (int)(width - strlen(p->name)), "");
    visible_puts(out, p->title);
    text_puts(out, "\n");
}

static void put_all(struct text *out, const struct presets *p)
{
    size_t width = 0;

    for (size_t i = 0; i < p->n; i++)
        if (strlen(p->list[i].name) > width)
            width = strlen(p->list[i].name);
    for (size_t i = 0; i < p->n; i++)
        put_row(out, &p->list[i], width);
}

static void json_all(struct text *out, const struct presets *p)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_list(&j, "presets");
    for (size_t i = 0; i < p->n; i++) {
        jsonout_object(&j, NULL);
        jsonout_text(&j, "name", p->list[i].name);
        jsonout_text(&j, "title", p->list[i].title);
        jsonout_text(&j, "file", p->list[i].path);
        jsonout_close(&j);
    }
    jsonout_end(&j);
}

/* What its file says, which a user's own preset can be begun from. */
static int json_preset(struct text *out, const struct preset *p, struct err *e)
{
    return plainfile_read(p->path, "preset", PRESETS_FILE_MAX, out, e);
}

static int put(struct text *out, const struct presets *all, const char *name, bool json,
               struct err *e)
{
    const struct preset *one = name ? presets_find(all, name, e) : NULL;

    if (!name) {
        (json ? json_all : put_all)(out, all);
        return 0;
    }
    if (!one || json)
        return one ? json_preset(out, one, e) : -1;
    put_preset(out, one);
    return 0;
}

int presets_show(const char *name, bool json, struct err *e)
{
    struct presets all;
    struct text out;
    int rc;

    if (presets_load(&all, e) != 0)
        return (int)e->code;
    text_init(&out);
    rc = put(&out, &all, name, json, e);
    if (rc == 0)
        rc = outfile_print(&out, e);
    text_release(&out);
    presets_release(&all);
    return rc == 0 ? EXIT_DONE : (int)e->code;
}
