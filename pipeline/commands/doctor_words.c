/* doctor_words: what was found, for people and for programs. */
#include "adapters/json.h"
#include "base/visible.h"
#include "doctor_internal.h"

#include <string.h>

#define ADVICE_INDENT "         "
#define LEVEL_WIDTH ((int)sizeof(ADVICE_INDENT) - 1)

size_t doctor_count(const struct doctor_findings *f, enum doctor_level level)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++)
        n += f->list[i].level == level;
    return n;
}

void doctor_say_text(const struct doctor_findings *f, struct text *out)
{
    size_t bad = doctor_count(f, DOCTOR_BAD), warnings = doctor_count(f, DOCTOR_WARNING);

    for (size_t i = 0; i < f->n; i++) {
        const struct doctor_finding *one = &f->list[i];

        text_printf(out, "%-*s%s: ", LEVEL_WIDTH, doctor_level_name(one->level), one->about);
        visible_puts(out, one->text);
        text_puts(out, "\n");
        if (!*one->advice)
            continue;
        text_puts(out, ADVICE_INDENT "to do: ");
        visible_puts(out, one->advice);
        text_puts(out, "\n");
    }
    if (bad + warnings == 0)
        text_puts(out, "all is as it must be\n");
    else
        text_printf(out, "%zu bad, %zu warning%s\n", bad, warnings, warnings == 1 ? "" : "s");
}

/* What is no UTF-8 in it is made visible first, and then is. */
static void put_json(struct text *out, const char *key, const char *value)
{
    struct text shown;

    text_init(&shown);
    visible_puts(&shown, value);
    text_printf(out, ", \"%s\": ", key);
    if (!text_ok(&shown) || json_quote(out, (struct slice){shown.ptr, shown.len}) != 0)
        out->failed = true;
    text_release(&shown);
}

void doctor_say_json(const struct doctor_findings *f, struct text *out)
{
    text_puts(out, "{\n  \"findings\": [");
    for (size_t i = 0; i < f->n; i++) {
        const struct doctor_finding *one = &f->list[i];

        text_printf(out, "%s\n    {\"level\": \"%s\"", i ? "," : "", doctor_level_name(one->level));
        put_json(out, "about", one->about);
        put_json(out, "text", one->text);
        put_json(out, "advice", one->advice);
        text_puts(out, "}");
    }
    text_printf(out, "\n  ],\n  \"bad\": %zu,\n  \"warnings\": %zu\n}\n",
                doctor_count(f, DOCTOR_BAD), doctor_count(f, DOCTOR_WARNING));
}
