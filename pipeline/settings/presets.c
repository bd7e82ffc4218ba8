/* presets: folders read one after the other; a name that is known already is passed over unread. */
#include "settings/presets.h"

#include "adapters/folders.h"
#include "adapters/json.h"
#include "adapters/jsonfile.h"
#include "base/arena.h"
#include "base/mem.h"
#include "base/visible.h"
#include "policy/preset.h"
#include "settings/jobfields.h"
#include "stages/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDING ".json"
#define NUMBER_MAX 24 /* digits of a place in a list */

struct presets_store {
    struct arena arena;
};

struct reader {
    struct jobfields fields; /* the first: functions of tables are given this, and are in here */
    struct arena *arena;
    struct preset preset;
};

static struct reader *reader_of(struct jobfields *r)
{
    return (struct reader *)r;
}

/* ---- values ---- */

static const char *copy_text(struct jobfields *r, const struct json *v)
{
    const char *text = jobfields_text(r, v), *copy;

    if (!text)
        return NULL;
    copy = arena_copy(reader_of(r)->arena, text, strlen(text));
    if (!copy)
        err_nomem(r->e);
    return copy;
}

static int take_text(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char **out = jobfields_at(r, m);

    *out = copy_text(r, v);
    return *out ? 0 : -1;
}

static void *zero(struct jobfields *r, size_t n, size_t size)
{
    void *p = n <= SIZE_MAX / size ? arena_alloc(reader_of(r)->arena, n * size) : NULL;

    if (p)
        memset(p, 0, n * size);
    else
        err_nomem(r->e);
    return p;
}

typedef int take_item(struct jobfields *r, const struct json *v, size_t i, void *items);

/* Each item of a list, at its place. */
static int take_list(struct jobfields *r, const struct json *v, take_item *take, void *items)
{
    char number[NUMBER_MAX];
    int rc = 0;

    for (size_t i = 0; i < json_count(v) && rc == 0; i++) {
        size_t mark;

        snprintf(number, sizeof(number), "%zu", i + 1);
        mark = jobfields_enter(r, slice_of(number));
        rc = take(r, json_at(v, i), i, items);
        jobfields_leave(r, mark);
    }
    return rc;
}

static int take_name(struct jobfields *r, const struct json *v, size_t i, void *items)
{
    const char **names = items;

    names[i] = copy_text(r, v);
    return names[i] ? 0 : -1;
}

/* A name, or a list of some. */
static int read_names(struct jobfields *r, const struct json *v, struct preset_names *out)
{
    bool listed = json_holds_array(v);
    size_t n = listed ? json_count(v) : 1;
    const char **names;

    if (!listed && !json_text(v).ptr)
        return jobfields_refuse_kind(r, "a text or a list of texts", v);
    if (n == 0)
        return jobfields_refuse(r, "is empty");
    names = zero(r, n, sizeof(*names));
    if (!names)
        return -1;
    *out = (struct preset_names){names, n};
    return listed ? take_list(r, v, take_name, names) : take_name(r, v, 0, names);
}

static int take_names(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    return read_names(r, v, jobfields_at(r, m));
}

static int take_alternatives(struct jobfields *r, const struct json *v, size_t i, void *items)
{
    return read_names(r, v, (struct preset_names *)items + i);
}

static int take_header(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    struct preset *p = &reader_of(r)->preset;

    (void)m;
    if (json_count(v) == 0)
        return jobfields_refuse(r, "must be a list of the columns by which the header is known");
    p->n_header = json_count(v);
    p->header = zero(r, p->n_header, sizeof(*p->header));
    return p->header ? take_list(r, v, take_alternatives, p->header) : -1;
}

#define RECIPIENT(kind) offsetof(struct preset, recipient[kind])

static const struct jobfield recipient_members[] = {
    {"address", NULL, JOBFIELD_OF_OTHER, take_names, RECIPIENT(IDENTITY_ADDRESS), 0, 0},
    {"email", NULL, JOBFIELD_OF_OTHER, take_names, RECIPIENT(IDENTITY_EMAIL), 0, 0},
    {"id", NULL, JOBFIELD_OF_OTHER, take_names, RECIPIENT(IDENTITY_ID), 0, 0},
    {"username", NULL, JOBFIELD_OF_OTHER, take_names, RECIPIENT(IDENTITY_USERNAME), 0, 0},
};

static int take_recipient(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    (void)m;
    return jobfields_read(r, recipient_members,
                          sizeof(recipient_members) / sizeof(*recipient_members), JOBFIELD_OF_OTHER,
                          v);
}

static const struct jobfield drop_members[] = {
    {"where", NULL, JOBFIELD_OF_OTHER, take_text, offsetof(struct preset_drop, where), 0, 0},
    {"why", NULL, JOBFIELD_OF_OTHER, take_text, offsetof(struct preset_drop, why), 0, 0},
    {"with", NULL, JOBFIELD_OF_OTHER, take_names, offsetof(struct preset_drop, with), 0, 0},
};

static int take_drop(struct jobfields *r, const struct json *v, size_t i, void *items)
{
    struct preset_drop *drop = (struct preset_drop *)items + i;
    void *outer = r->other;
    int rc;

    r->other = drop;
    rc = jobfields_read(r, drop_members, sizeof(drop_members) / sizeof(*drop_members),
                        JOBFIELD_OF_OTHER, v);
    r->other = outer;
    if (rc == 0 && (!drop->where || !drop->why))
        return jobfields_refuse(r, "needs where and why");
    return rc;
}

static int take_drops(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    struct preset *p = &reader_of(r)->preset;

    (void)m;
    if (json_count(v) == 0)
        return jobfields_refuse(r, "must be a list of objects, each with where and why");
    p->n_drops = json_count(v);
    p->drops = zero(r, p->n_drops, sizeof(*p->drops));
    return p->drops ? take_list(r, v, take_drop, p->drops) : -1;
}

static int take_date_order(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = jobfields_text(r, v);

    if (!text)
        return -1;
    return when_order_read(text, jobfields_at(r, m)) == 0
               ? 0
               : jobfields_refuse(r, "\"%s\": give \"mdy\", \"dmy\" or \"ymd\"", text);
}

static int take_decimal(struct jobfields *r, const struct jobfield *m, const struct json *v)
{
    const char *text = jobfields_text(r, v);
    char *out = jobfields_at(r, m);

    if (!text)
        return -1;
    *out = strcmp(text, "point") == 0 ? '.' : strcmp(text, "comma") == 0 ? ',' : 0;
    return *out ? 0 : jobfields_refuse(r, "\"%s\": give \"point\" or \"comma\"", text);
}

/* ---- a preset ---- */

#define MEMBER(name, take, member)                                                                 \
    {                                                                                              \
        name, NULL, JOBFIELD_OF_OTHER, take, offsetof(struct preset, member), 0, 0                 \
    }

static const struct jobfield preset_members[] = {
    {"$schema", NULL, JOBFIELD_OF_OTHER, jobfields_take_ignored, 0, 0, 0},
    MEMBER("name", take_text, name),
    MEMBER("title", take_text, title),
    MEMBER("header", take_header, header),
    MEMBER("like", take_names, like),
    MEMBER("hints", take_names, hints),
    MEMBER("also", take_names, also),
    MEMBER("without", take_names, without),
    MEMBER("after", take_names, after),
    MEMBER("alone", take_names, alone),
    MEMBER("end", take_names, end),
    MEMBER("by_name_only", jobfields_take_bool, by_name_only),
    MEMBER("needs_filter", jobfields_take_bool, needs_filter),
    MEMBER("recipient", take_recipient, recipient),
    MEMBER("or_else", take_names, or_else),
    MEMBER("hashed", take_names, hashed),
    MEMBER("person", take_text, person),
    MEMBER("trigger", take_names, trigger),
    MEMBER("completed", take_names, completed),
    MEMBER("date", take_names, date),
    MEMBER("where", take_text, where),
    MEMBER("drop", take_drops, drops),
    MEMBER("date_order", take_date_order, date_order),
    MEMBER("decimal", take_decimal, decimal_mark),
    MEMBER("group", take_text, group),
    MEMBER("per_recipient", jobfields_take_bool, per_recipient),
    MEMBER("fill_down", take_names, fill_down),
    MEMBER("refuse", take_text, refuse),
    MEMBER("note", take_text, note),
};

static bool has_recipient(const struct preset *p)
{
    for (size_t i = 0; i < IDENTITY_KINDS; i++)
        if (p->recipient[i].n > 0)
            return true;
    return false;
}

static int check_preset(struct reader *r, struct slice name)
{
    const struct preset *p = &r->preset;

    if (!p->name || !p->title || !p->header)
        return jobfields_refuse(&r->fields, "%s is missing",
                                !p->name    ? "name"
                                : !p->title ? "title"
                                            : "header");
    if (!slice_equal(slice_of(p->name), name))
        return jobfields_refuse(&r->fields,
                                "name \"%s\": a preset is called as its file is: \"%.*s\"", p->name,
                                (int)name.len, name.ptr);
    if (!p->refuse && !has_recipient(p))
        return jobfields_refuse(&r->fields, "recipient is missing (or refuse, if nobody is in it)");
    if (p->alone.n > 0 && p->after.n == 0)
        return jobfields_refuse(&r->fields, "alone is about headers without a line above: say with "
                                            "after what that line begins with");
    if (p->per_recipient && !p->group)
        return jobfields_refuse(&r->fields, "per_recipient is about groups: say which with group");
    return 0;
}

static int add_preset(struct presets *p, const struct preset *preset, struct err *e)
{
    struct preset *grown = mem_resize(p->list, p->n + 1, sizeof(*grown));

    if (!grown)
        return err_nomem(e);
    p->list = grown;
    p->list[p->n++] = *preset;
    return 0;
}

static int read_preset(struct presets *p, const char *path, struct slice name, struct err *e)
{
    struct reader r = {.fields = {.e = e}, .arena = &p->store->arena};
    struct json *doc = jsonfile_read(path, "preset", PRESETS_FILE_MAX, e);
    int rc = -1;

    if (!doc)
        return -1;
    r.fields.other = &r.preset;
    jobfields_begin(&r.fields, path);
    r.preset.path = arena_copy(r.arena, path, strlen(path));
    if (!r.preset.path)
        err_nomem(e);
    else if (jobfields_read(&r.fields, preset_members,
                            sizeof(preset_members) / sizeof(*preset_members), JOBFIELD_OF_OTHER,
                            doc) == 0 &&
             check_preset(&r, name) == 0)
        rc = add_preset(p, &r.preset, e);
    json_free(doc);
    return rc;
}

/* ---- folders ---- */

static const struct preset *find(const struct presets *p, struct slice name)
{
    for (size_t i = 0; i < p->n; i++)
        if (slice_equal(slice_of(p->list[i].name), name))
            return &p->list[i];
    return NULL;
}

static int read_file(struct presets *p, const char *folder, const char *file, struct err *e)
{
    struct slice name = {file, strlen(file) - (sizeof(ENDING) - 1)};
    struct text path;
    int rc;

    if (find(p, name))
        return 0;
    text_init(&path);
    text_printf(&path, "%s/%s", folder, file);
    rc = text_ok(&path) ? read_preset(p, path.ptr, name, e) : err_nomem(e);
    text_release(&path);
    return rc;
}

/* 1: there is no such folder. */
static int read_folder(struct presets *p, const struct text *folder, struct err *e)
{
    struct folders_files files = {0};
    int rc = text_ok(folder) ? folders_list(folder->ptr, ENDING, &files, e) : err_nomem(e);

    for (size_t i = 0; i < files.n && rc == 0; i++)
        rc = read_file(p, folder->ptr, files.names[i], e);
    folders_release(&files);
    return rc;
}

static int read_users(struct presets *p, struct text *folder, struct err *e)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    if (config && *config == '/') /* what is relative does not count: XDG Base Directory */
        text_printf(folder, "%s/claimpipe/presets", config);
    else if (home && *home)
        text_printf(folder, "%s/.config/claimpipe/presets", home);
    else
        return 0;
    return read_folder(p, folder, e) < 0 ? -1 : 0;
}

static int read_ours(struct presets *p, struct text *folder, struct err *e)
{
    static const char *const places[] = {"share", "../share"}; /* as built, as installed */
    const char *said = getenv("CLAIMPIPE_PRESETS");
    int rc = 1;

    if (said && *said) {
        text_puts(folder, said);
        rc = read_folder(p, folder, e);
        return rc == 1 ? err_set(e, EXIT_USAGE, "CLAIMPIPE_PRESETS: there is no folder %s", said)
                       : rc;
    }
    for (size_t i = 0; i < sizeof(places) / sizeof(*places) && rc == 1; i++) {
        text_clear(folder);
        folders_program(folder);
        if (folder->len == 0)
            return 0;
        text_printf(folder, "/%s/claimpipe/presets", places[i]);
        rc = read_folder(p, folder, e);
    }
    return rc < 0 ? -1 : 0;
}

static int compare(const void *a, const void *b)
{
    const struct preset *x = a, *y = b;

    return strcmp(x->name, y->name);
}

int presets_load(struct presets *p, struct err *e)
{
    struct text folder;
    int rc;

    *p = (struct presets){.store = mem_zero(1, sizeof(*p->store))};
    if (!p->store)
        return err_nomem(e);
    arena_init(&p->store->arena);
    text_init(&folder);
    rc = read_users(p, &folder, e);
    text_clear(&folder);
    if (rc == 0)
        rc = read_ours(p, &folder, e);
    text_release(&folder);
    if (rc != 0)
        presets_release(p);
    else if (p->n > 0)
        qsort(p->list, p->n, sizeof(*p->list), compare);
    return rc;
}

void presets_release(struct presets *p)
{
    if (p->store)
        arena_release(&p->store->arena);
    free(p->store);
    free(p->list);
    *p = (struct presets){0};
}

/* ---- by name ---- */

static void put_unknown(struct text *t, const struct presets *p, const char *name)
{
    size_t nearest = COLUMNS_NONE, best = SIZE_MAX;
    char shown[JOBFIELDS_SHOWN_MAX];

    for (size_t i = 0; i < p->n; i++)
        if (columns_is_nearer(slice_of(name), slice_of(p->list[i].name), &best))
            nearest = i;
    text_printf(t, "no preset \"%s\": ", visible_line(slice_of(name), shown, sizeof(shown)));
    if (nearest != COLUMNS_NONE)
        text_printf(t, "did you mean \"%s\"?  ", p->list[nearest].name);
    text_puts(t, p->n > 0 ? "presets are: "
                          : "there are none: set CLAIMPIPE_PRESETS to the folder that has them");
    for (size_t i = 0; i < p->n; i++)
        text_printf(t, "%s%s", i > 0 ? ", " : "", p->list[i].name);
}

const struct preset *presets_find(const struct presets *p, const char *name, struct err *e)
{
    const struct preset *found = find(p, slice_of(name));
    struct text t;

    if (found)
        return found;
    text_init(&t);
    put_unknown(&t, p, name);
    if (text_ok(&t))
        err_set(e, EXIT_USAGE, "%s", t.ptr);
    else
        err_nomem(e);
    text_release(&t);
    return NULL;
}

int presets_offer(struct presets *p, struct job *j, struct err *e)
{
    bool named = j->preset && strcmp(j->preset, "none") != 0;

    if (presets_load(p, e) != 0)
        return -1;
    if (!j->preset || named) {
        j->read.presets = p->list;
        j->read.n_presets = p->n;
    }
    if (named)
        j->read.preset = presets_find(p, j->preset, e);
    return named && !j->read.preset ? -1 : 0;
}
