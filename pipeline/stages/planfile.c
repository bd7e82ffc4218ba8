/* planfile: one function says what stands in the file; its seal is a digest of that, both when written and when read. */
#include "stages/planfile.h"

#include "adapters/digest.h"
#include "adapters/json.h"
#include "adapters/jsonfile.h"
#include "adapters/outfile.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/visible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MOST 4096

/* ---- what stands in it ---- */

/* Paths and values may have any bytes; what is no UTF-8 can't stand in JSON: the text fails. */
static void put_text(struct text *out, const char *key, const char *value)
{
    text_printf(out, "  \"%s\": ", key);
    if (json_quote(out, slice_of(value)) != 0)
        out->failed = true;
    text_puts(out, ",\n");
}

static void put_number(struct text *out, const char *key, int64_t n)
{
    text_printf(out, "  \"%s\": %lld,\n", key, (long long)n);
}

static void put_settings(struct text *out, const struct approval *a)
{
    text_puts(out, "  \"settings\": [");
    for (size_t i = 0; i < a->n_settings; i++) {
        const struct approval_setting *s = &a->settings[i];

        text_printf(out, "%s\n    {\"name\": \"%s\"", i ? "," : "", s->name);
        if (s->value) {
            text_puts(out, ", \"value\": ");
            if (json_quote(out, slice_of(s->value)) != 0)
                out->failed = true;
        }
        text_puts(out, "}");
    }
    text_puts(out, a->n_settings ? "\n  ],\n" : "],\n");
}

/* A digest, by its member. */
static const struct {
    const char *name;
    size_t offset;
} digests[] = {
    {"input_sha256", offsetof(struct approval_facts, input)},
    {"job_sha256", offsetof(struct approval_facts, job)},
    {"lists_sha256", offsetof(struct approval_facts, lists)},
    {"targets_sha256", offsetof(struct approval_facts, targets)},
    {"ledger_sha256", offsetof(struct approval_facts, ledger)},
    {"rows_sha256", offsetof(struct approval_facts, rows)},
};
#define N_DIGESTS (sizeof(digests) / sizeof(digests[0]))

static char *digest_at(struct approval_facts *f, size_t i)
{
    return (char *)f + digests[i].offset;
}

static void put_plan(struct text *out, const struct approval *a)
{
    struct approval_facts f = a->facts;

    text_printf(out, PLANFILE_BEGINS ": %d,\n", PLANFILE_VERSION);
    put_text(out, "program", a->program);
    put_text(out, "made_at", a->made_at);
    put_text(out, "command", a->command);
    if (a->job)
        put_text(out, "job", a->job);
    if (a->input)
        put_text(out, "input", a->input);
    put_settings(out, a);
    put_number(out, "act", a->facts.act);
    put_number(out, "duplicate", a->duplicate);
    put_number(out, "invalid", a->invalid);
    put_number(out, "skipped", a->skipped);
    put_number(out, "requests", a->requests);
    put_number(out, "credits", a->requests);
    put_number(out, "known", a->facts.known);
    for (size_t i = 0; i < N_DIGESTS; i++)
        if (*digest_at(&f, i))
            put_text(out, digests[i].name, digest_at(&f, i));
}

static int seal(const struct text *t, char out[APPROVAL_HEX_SIZE], struct err *e)
{
    uint8_t hash[DIGEST_SIZE];

    if (digest_once(t->ptr, t->len, hash) != 0)
        return err_nomem(e);
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return 0;
}

/* ---- writing ---- */

int planfile_write(const char *path, const struct approval *a, struct err *e)
{
    char hex[APPROVAL_HEX_SIZE];
    struct outfile *f;
    struct text t;
    int rc = -1;

    text_init(&t);
    put_plan(&t, a);
    if (!text_ok(&t))
        err_set(e, EXIT_USAGE,
                "--save: a path or a setting is not UTF-8, and can't be written down: rename it");
    else
        rc = seal(&t, hex, e);
    f = rc == 0 ? outfile_open(path, e) : NULL;
    if (f) {
        text_printf(&t, "  \"seal\": \"%s\"\n}\n", hex);
        rc = outfile_drain(f, &t, 0, e);
        rc = outfile_close(f, rc == 0, e) == 0 ? rc : -1;
    }
    text_release(&t);
    return f ? rc : -1;
}

/* ---- reading ---- */

static const char *text_of(const struct json *doc, const char *key)
{
    return json_text(json_get(doc, key)).ptr;
}

static int64_t number_of(const struct json *doc, const char *key)
{
    int64_t n = -1;

    return json_int(json_get(doc, key), &n) == 0 ? n : -1;
}

static bool copy_text(const struct json *doc, const char *key, char *out, size_t size)
{
    struct slice s = json_text(json_get(doc, key));

    if (s.len < size && s.ptr)
        memcpy(out, s.ptr, s.len + 1);
    return s.len < size;
}

static int read_settings(struct approval *a, const struct json *doc, struct err *e)
{
    const struct json *list = json_get(doc, "settings");
    size_t n = json_count(list);

    a->settings = mem_zero(n + 1, sizeof(*a->settings));
    if (!a->settings)
        return err_nomem(e);
    for (; a->n_settings < n && n <= SETTINGS_MOST; a->n_settings++) {
        const struct json *one = json_at(list, a->n_settings);

        a->settings[a->n_settings].name = text_of(one, "name");
        a->settings[a->n_settings].value = text_of(one, "value");
        if (!a->settings[a->n_settings].name)
            break;
    }
    return a->n_settings == n ? 0 : 1;
}

static int refuse(const char *path, const char *why, struct err *e)
{
    char shown[ERR_TEXT_MAX];

    return err_set(e, EXIT_USAGE, "%s: %s: check again with --save, and carry out what that saves",
                   visible_line(slice_of(path), shown, sizeof(shown)), why);
}

static int check_seal(const struct planfile *f, const char *path, struct err *e)
{
    const char *said = text_of(f->doc, "seal");
    char hex[APPROVAL_HEX_SIZE];
    struct text t;
    int rc;

    text_init(&t);
    put_plan(&t, &f->plan);
    rc = text_ok(&t) ? seal(&t, hex, e) : err_nomem(e);
    text_release(&t);
    if (rc != 0)
        return -1;
    return said && strcmp(said, hex) == 0
               ? 0
               : refuse(path, "was changed since it was made (its seal is another)", e);
}

static int read_plan(struct planfile *f, const char *path, struct err *e)
{
    const struct json *doc = f->doc;
    struct approval *a = &f->plan;
    int64_t version = number_of(doc, "claimpipe_plan");
    bool whole = true;
    int rc;

    if (version > PLANFILE_VERSION)
        return refuse(path, "was made by a newer claimpipe", e);
    if (version < 1)
        return refuse(path, "is no plan of claimpipe", e);
    a->program = text_of(doc, "program");
    a->command = text_of(doc, "command");
    a->job = text_of(doc, "job");
    a->input = text_of(doc, "input");
    a->facts.act = number_of(doc, "act");
    a->facts.known = number_of(doc, "known");
    a->duplicate = number_of(doc, "duplicate");
    a->invalid = number_of(doc, "invalid");
    a->skipped = number_of(doc, "skipped");
    a->requests = number_of(doc, "requests");
    whole = copy_text(doc, "made_at", a->made_at, sizeof(a->made_at)) && a->program && a->command &&
            number_of(doc, "credits") == a->requests;
    for (size_t i = 0; i < N_DIGESTS; i++)
        whole =
            copy_text(doc, digests[i].name, digest_at(&a->facts, i), APPROVAL_HEX_SIZE) && whole;
    rc = whole ? read_settings(a, doc, e) : 1;
    if (rc != 0)
        return rc < 0 ? -1 : refuse(path, "is not whole", e);
    return check_seal(f, path, e);
}

int planfile_read(struct planfile *f, const char *path, struct err *e)
{
    memset(f, 0, sizeof(*f));
    f->plan.path = path;
    f->doc = jsonfile_read(path, "plan", PLANFILE_MAX, e);
    return f->doc ? read_plan(f, path, e) : -1;
}

void planfile_release(struct planfile *f)
{
    free(f->plan.settings);
    json_free(f->doc);
    memset(f, 0, sizeof(*f));
}
