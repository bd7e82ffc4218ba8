/* jobtexts: one list of all memory, for what a job is told has one lifetime. */
#include "settings/jobtexts.h"

#include "adapters/http.h"
#include "adapters/secret.h"
#include "base/mem.h"
#include "base/site.h"
#include "base/visible.h"
#include "policy/claimlink.h"
#include "policy/columns.h"
#include "policy/hook.h"
#include "policy/segment.h"
#include "stages/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define VARIABLE_MAX 64 /* longer names are not proposed */

#define ASKED_BY_MAX 256

struct jobtexts_piece {
    void *ptr;
    size_t size;
};

void jobtexts_init(struct jobtexts *t, struct job *job)
{
    *t = (struct jobtexts){.job = job};
}

void jobtexts_release(struct jobtexts *t)
{
    for (size_t i = 0; i < t->job->n_steps; i++)
        route_release(&t->job->steps[i].routes);
    t->job->steps = NULL;
    t->job->n_steps = 0;
    for (size_t i = 0; i < t->n; i++) {
        explicit_bzero(t->pieces[i].ptr, t->pieces[i].size);
        free(t->pieces[i].ptr);
    }
    free(t->pieces);
    free(t->files);
    *t = (struct jobtexts){.job = t->job};
}

/* ---- keeping ---- */

/* Room for one piece more; so what stands in the list is never lost for want of memory. */
static int reserve(struct jobtexts *t, struct err *e)
{
    size_t cap = t->cap ? 2 * t->cap : 32;
    struct jobtexts_piece *grown;

    if (t->n < t->cap)
        return 0;
    grown = mem_resize(t->pieces, cap, sizeof(*grown));
    if (!grown)
        return err_nomem(e);
    t->pieces = grown;
    t->cap = cap;
    return 0;
}

void *jobtexts_zero(struct jobtexts *t, size_t count, size_t size, struct err *e)
{
    void *ptr;

    if (reserve(t, e) != 0)
        return NULL;
    ptr = mem_zero(count, size);
    if (!ptr) {
        err_nomem(e);
        return NULL;
    }
    t->pieces[t->n++] = (struct jobtexts_piece){ptr, count * size};
    return ptr;
}

const char *jobtexts_keep(struct jobtexts *t, char *text, struct err *e)
{
    if (!text) {
        err_nomem(e);
        return NULL;
    }
    if (reserve(t, e) != 0) {
        secret_free(text);
        return NULL;
    }
    t->pieces[t->n++] = (struct jobtexts_piece){text, strlen(text)};
    return text;
}

const char *jobtexts_copy(struct jobtexts *t, const char *s, size_t len, struct err *e)
{
    return jobtexts_keep(t, mem_copy(s, len), e);
}

static int know_secret(struct jobtexts *t, const char *secret, const char *asked_by, struct err *e)
{
    if (redact_is_short(secret))
        return err_set(e, EXIT_USAGE,
                       "%s: the secret is shorter than %d bytes (without blanks): too short to be "
                       "kept out of what the server says: choose a longer one, or give what is no "
                       "secret as it is",
                       asked_by, REDACT_MIN);
    return redact_add(&t->job->secrets, secret) == 0
               ? 0
               : err_set(e, EXIT_USAGE, "%s: more than %d secrets", asked_by, REDACT_SECRETS_MAX);
}

/* The variable is not there: is one whose name is nearly the same?  Names are shown, never what they hold. */
static int check_variable(const char *source, const char *asked_by, struct err *e)
{
    const char *name = strncmp(source, "env:", 4) == 0 ? source + 4 : NULL;
    struct slice near = {NULL, 0};
    size_t best = SIZE_MAX;

    /* What can be no name may be the secret itself: secret_read says so without showing it. */
    if (!name || getenv(name) || strspn(name, LETTERS) < strlen(name))
        return 0;
    for (char **v = environ; v && *v; v++) {
        struct slice one = {*v, strcspn(*v, "=")};

        if (one.len < VARIABLE_MAX && visible_is(one, "") &&
            columns_is_nearer(slice_of(name), one, &best))
            near = one;
    }
    return near.ptr
               ? err_set(e, EXIT_USAGE, "%s env:%s: the environment has no %s: did you mean %.*s?",
                         asked_by, name, name, (int)near.len, near.ptr)
               : 0;
}

const char *jobtexts_secret(struct jobtexts *t, const char *source, const char *asked_by,
                            struct err *e)
{
    struct err why = ERR_INIT, *to = t->unread ? &why : e;
    char *value =
        check_variable(source, asked_by, to) == 0 ? secret_read(source, asked_by, to) : NULL;
    const char *kept = value ? jobtexts_keep(t, value, e) : NULL;

    if (!value && t->unread) {
        t->unread(t->unread_context, source, why.text);
        return jobtexts_copy(t, "", 0, e);
    }
    if (!kept || know_secret(t, kept, asked_by, e) != 0)
        return NULL;
    if (strncmp(source, "file:", 5) == 0) {
        const char *path = jobtexts_copy(t, source + 5, strlen(source + 5), e);

        if (!path || jobtexts_reads(t, path, e) != 0)
            return NULL;
    }
    return kept;
}

/* A fault's words hold nothing of the URL. */
static const char *hook_fault(const char *url)
{
    struct hook h;
    const char *fault = hook_read(&h, url);

    if (fault || !h.plain || http_is_loopback(h.host))
        return fault;
    return "is plain http, which would show it to everybody on the way, and it is a key: use https "
           "(plain http is for loopback only)";
}

int jobtexts_hook(struct jobtexts *t, struct jobtell_hooks *hooks, const char *source,
                  const char *asked_by, struct err *e)
{
    bool named = secret_is_named(source);
    const char *url = named ? jobtexts_secret(t, source, asked_by, e)
                            : jobtexts_copy(t, source, strlen(source), e);
    const char *fault = url ? hook_fault(url) : NULL;

    if (!url)
        return -1;
    if (fault)
        return err_set(e, EXIT_USAGE, "%s: the URL %s", asked_by, fault);
    if (hooks->n == JOBTELL_HOOKS_MAX)
        return err_set(e, EXIT_USAGE, "%s: more than %d URLs", asked_by, JOBTELL_HOOKS_MAX);
    hooks->urls[hooks->n++] = url;
    return named ? 0 : know_secret(t, url, asked_by, e);
}

int jobtexts_reads(struct jobtexts *t, const char *path, struct err *e)
{
    if (!path)
        return 0;
    if (t->n_files == t->files_cap) {
        size_t cap = t->files_cap ? 2 * t->files_cap : 16;
        const char **grown = mem_resize(t->files, cap, sizeof(*grown));

        if (!grown)
            return err_nomem(e);
        t->files = grown;
        t->files_cap = cap;
    }
    t->files[t->n_files++] = path;
    return 0;
}

/* ---- ids ---- */

int jobtexts_claim(struct jobtexts *t, const char **id, const char **fault, struct err *e)
{
    struct slice bare = slice_trim(slice_of(*id)); /* as it was pasted, with blanks around it */
    char named[CLAIMLINK_ID_SIZE];

    if (!claimlink_is(bare)) {
        *fault = segment_fault(bare);
        if (!*fault && bare.len < strlen(*id))
            *id = jobtexts_copy(t, bare.ptr, bare.len, e);
        return *id ? 0 : -1;
    }
    *fault = claimlink_read(slice_of(*id), named);
    if (!*fault)
        *id = jobtexts_copy(t, named, strlen(named), e);
    return *id ? 0 : -1;
}

/* ---- settings ---- */

/* Nothing but {{columns}}? */
static bool is_columns_only(const char *value)
{
    do {
        const char *end = strncmp(value, "{{", 2) == 0 ? strstr(value, "}}") : NULL;

        if (!end)
            return false;
        value = end + 2;
    } while (*value);
    return true;
}

static int add_setting(struct job_target *target, const struct plan_setting *s,
                       const char *asked_by, struct err *e)
{
    if (target->n_settings == JOB_SETTINGS_MAX)
        return err_set(e, EXIT_USAGE, "%s: more than %d settings", asked_by, JOB_SETTINGS_MAX);
    target->settings[target->n_settings++] = *s;
    return 0;
}

/* dot: the last one of name; NULL: none, or a bare name, in which it means nothing. */
static int check_name(bool bare, const char *name, const char *dot, const char *asked_by,
                      struct err *e)
{
    if (!*name || (dot && !dot[1]))
        return err_set(e, EXIT_USAGE, "%s %.40s: the field has no name", asked_by, name);
    if (bare)
        return 0;
    if (!dot || dot == name)
        return err_set(e, EXIT_USAGE,
                       "%s %.40s: name the plugin's instance and the field: INSTANCE.FIELD, such "
                       "as password-1.password (" SITE_INSTANCE_ID ")",
                       asked_by, name);
    return *name == '_'
               ? err_set(e, EXIT_USAGE, "%s %.40s: is no plugin's instance ID", asked_by, name)
               : 0;
}

/* The value, or the secret that it names. */
static int read_value(struct jobtexts *t, struct plan_setting *s, const char *name,
                      const char *value, const char *asked_by, struct err *e)
{
    char asked[ASKED_BY_MAX];

    s->value = value;
    if (!secret_is_named(value) && (!redact_is_secret_name(s->field) || is_columns_only(value)))
        return 0;
    snprintf(asked, sizeof(asked), "%.140s %.80s", asked_by, name);
    s->literal = true;
    s->value = jobtexts_secret(t, value, asked, e);
    return s->value ? 0 : -1;
}

int jobtexts_setting(struct jobtexts *t, struct job_target *target, bool bare, const char *name,
                     const char *value, const char *asked_by, struct err *e)
{
    const char *dot = bare ? NULL : strrchr(name, '.');
    const char *field = dot ? dot + 1 : name;
    struct plan_setting s = {0};

    if (check_name(bare, name, dot, asked_by, e) != 0)
        return -1;
    s.field = jobtexts_copy(t, field, strlen(field), e);
    if (dot)
        s.instance = jobtexts_copy(t, name, (size_t)(dot - name), e);
    if (!s.field || (dot && !s.instance) || read_value(t, &s, name, value, asked_by, e) != 0)
        return -1;
    return add_setting(target, &s, asked_by, e);
}

/* ---- the credential ---- */

/* The claim's id, from the beginning of a credential; what follows it, or NULL if the form is wrong. */
static const char *credential_claim(struct jobtexts *t, struct job_target *target, const char *text,
                                    struct err *e)
{
    size_t n = target->id ? strlen(target->id) : strcspn(text, "-");

    if (n == 0 || (target->id && strncmp(text, target->id, n) != 0) || text[n] != '-')
        return NULL;
    if (!target->id && !(target->id = jobtexts_copy(t, text, n, e)))
        return NULL;
    return text + n + 1;
}

int jobtexts_credential(struct jobtexts *t, struct job_target *target, const char *source,
                        const char *asked_by, struct err *e)
{
    const char *given = target->id ? target->id : "claimId"; /* what is read here is not shown */
    const char *text = jobtexts_secret(t, source, asked_by, e);
    const char *instance = text && *text ? credential_claim(t, target, text, e) : NULL;
    const char *password = instance ? strchr(instance, '-') : NULL;
    struct plan_setting s = {.field = "password", .literal = true};

    if (!text || (!*text && t->unread))
        return text ? 0 : -1;
    if (!password || password == instance || !password[1])
        return err_set(e, EXIT_USAGE, "%s %s: is not of the form %s-passwordInstanceId-password",
                       asked_by, source, given);
    s.value = password + 1;
    s.instance = jobtexts_copy(t, instance, (size_t)(password - instance), e);
    if (!s.instance || know_secret(t, s.value, asked_by, e) != 0)
        return -1;
    return add_setting(target, &s, asked_by, e);
}
