/*
 * letter_read: a letter's file, or the two of it, to fields and texts.
 *
 * Of a message that somebody has saved come along what a person would have typed: not who received it when, nor what its
 * server has signed.
 */
#include "adapters/mimeread.h"
#include "adapters/plainfile.h"
#include "base/visible.h"
#include "letter_internal.h"
#include "policy/flowed.h"
#include "stages/letter.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PATH_MAX_LEN 4096
#define WHAT "letter"

/* ---- fields ---- */

static const char *keep(struct arena *a, const char *s, size_t len)
{
    return arena_copy(a, s, len);
}

/* Goes along with every message that is made of the letter. */
static bool goes_along(const char *name)
{
    static const char *const names[] = {"Organization", "Keywords",         "Comments",
                                        "Importance",   "Priority",         "X-Priority",
                                        "Precedence",   "Content-Language", "Sensitivity"};
    static const char *const added[] = {
        "Mozilla",     "Google",    "MS-",          "Mailer",
        "Originating", "Received",  "Gm-",          "Account",
        "Identity",    "Unsent",    "Spam",         "Virus",
        "Antivirus",   "Apple",     "Uniform-Type", "Universally-Unique",
        "Microsoft",   "Forefront", "Proofpoint",   "Barracuda",
        "Authent",     "Delivered", "Envelope",     "Original-To",
        "OlkEid",      "Thread",    "Forwarded",    "Evolution",
        "KMail",       "Sieve",     "Rspamd",       "DKIM",
        "Amavis",      "UI-",       "GND-",         "Provags"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    if (strncasecmp(name, "X-", 2) != 0)
        return false;
    /* What mail programs and servers add of their own says nothing of the next message. */
    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++)
        if (strncasecmp(name + 2, added[i], strlen(added[i])) == 0)
            return false;
    return true;
}

/* Where one of the fields that mean something goes, or NULL. */
static struct letter_field *place_of(struct letter_source *s, const char *name)
{
    const struct {
        const char *name;
        struct letter_field *place;
    } known[] = {{"From", &s->from},       {"Reply-To", &s->reply_to},
                 {"To", &s->to},           {"Bcc", &s->bcc},
                 {"Subject", &s->subject}, {"List-Unsubscribe", &s->unsubscribe}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcasecmp(known[i].name, name) == 0)
            return known[i].place;
    return NULL;
}

/* A field of the reader's own, said in either file of a pair: in both only if they say the same. */
static int keep_field(struct letter_source *s, struct letter_field *place,
                      const struct letter_field *f, struct err *e)
{
    if (!place && s->n_fields == LETTER_FIELDS_MAX)
        return err_set(e, EXIT_USAGE,
                       "%s:%zu: %s is one field too many: besides From, To, Subject and the like a "
                       "letter has %d at most",
                       f->path, f->line, f->name, LETTER_FIELDS_MAX);
    if (!place)
        s->fields[s->n_fields++] = *f;
    else if (!place->value)
        *place = *f;
    else if (strcmp(place->path, f->path) != 0 && strcmp(place->value, f->value) != 0)
        return err_set(e, EXIT_USAGE,
                       "%s:%zu: %s is not what %s:%zu says: write it once, or the same in both",
                       f->path, f->line, f->name, place->path, place->line);
    return 0;
}

/* path is kept. */
static int take_field(struct letter_source *s, struct arena *a, const char *path,
                      const struct mimeread_field *said, struct err *e)
{
    struct letter_field f = {keep(a, said->name.ptr, said->name.len),
                             keep(a, said->value, strlen(said->value)), path, said->line};
    struct letter_field *place;

    assert(s);
    if (!f.name || !f.value)
        return err_nomem(e);
    place = place_of(s, f.name);
    if (!place && !goes_along(f.name))
        return 0;
    for (size_t i = 0; !place && i < s->n_fields; i++)
        if (strcasecmp(s->fields[i].name, f.name) == 0 && strcmp(s->fields[i].path, path) != 0)
            place = &s->fields[i];
    return keep_field(s, place, &f, e);
}

/* ---- .eml ---- */

/* Files come with --attach, by row or not; pictures by a link. */
static int refuse_part(const char *path, const struct mimeread_part *p, struct err *e)
{
    char name[128];
    bool picture = strncmp(p->type, "image/", 6) == 0;
    bool attached = strcmp(p->disposition, "attachment") == 0 || *p->filename;

    visible_line(slice_of(*p->filename ? p->filename : p->type), name, sizeof(name));
    if (picture)
        return err_set(
            e, EXIT_USAGE,
            "%s: holds a picture, %s, which does not come along: put it on a web server and "
            "name it by its https:// address, or save the letter without it",
            path, name);
    if (strncmp(p->type, "text/", 5) == 0 && !attached)
        return err_set(e, EXIT_USAGE,
                       "%s: holds more than one text (%s on line %zu): save it as one text, or one "
                       "of HTML and one without",
                       path, name, p->line);
    return err_set(e, EXIT_USAGE,
                   "%s: holds a file, %s: save the letter without it, and give files with --attach",
                   path, name);
}

/* What was signed or encrypted is that message alone, and not what is made of it. */
static bool is_signed(const char *type)
{
    static const char *const types[] = {"multipart/signed",  "multipart/encrypted",
                                        "application/pkcs7", "application/x-pkcs7",
                                        "application/pgp",   "application/x-pgp"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strncmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

/* The part's text: of format=flowed its paragraphs. */
static const char *keep_body(const struct mimeread_part *p, struct arena *a)
{
    const char *format = mimeread_param(p, "format"), *delsp = mimeread_param(p, "delsp");
    const char *kept = NULL;
    struct text t;

    if (strcmp(p->type, "text/plain") != 0 || !format || strcasecmp(format, "flowed") != 0)
        return keep(a, p->body.ptr, p->body.len);
    text_init(&t);
    flowed_join(p->body, delsp && strcasecmp(delsp, "yes") == 0, &t);
    if (text_ok(&t))
        kept = keep(a, t.ptr, t.len);
    text_release(&t);
    return kept;
}

static int take_part(const char *path, struct letter_source *s, struct arena *a,
                     const struct mimeread_part *p, struct err *e)
{
    struct letter_raw *raw = strcmp(p->type, "text/html") == 0 ? &s->raw_html : &s->raw_text;
    bool attached = strcmp(p->disposition, "attachment") == 0;
    const char **place = strcmp(p->type, "text/plain") == 0  ? &s->text
                         : strcmp(p->type, "text/html") == 0 ? &s->html
                                                             : NULL;

    if (is_signed(p->type))
        return err_set(e, EXIT_USAGE,
                       "%s: is signed or encrypted (%s), which can't be kept, as each recipient's "
                       "letter differs: save it without",
                       path, p->type);
    if (strncmp(p->type, "multipart/", 10) == 0)
        return 0;
    if (!place || attached || *place)
        return refuse_part(path, p, e);
    if (p->bad_charset)
        return err_set(
            e, EXIT_USAGE,
            "%s: its text (%s) is not in the charset that it says, \"%s\": save it as UTF-8", path,
            p->type, p->charset);
    *place = keep_body(p, a);
    *raw = (struct letter_raw){keep(a, p->source.ptr, p->source.len), p->line};
    return *place && raw->text ? 0 : err_nomem(e);
}

static int read_message(const char *path, struct slice bytes, struct arena *a,
                        struct letter_source *s, struct err *e)
{
    struct mimeread *m = mimeread_new(bytes);
    const struct mimeread_part *top = m ? mimeread_top(m) : NULL;
    int rc = 0;

    if (!m)
        return err_nomem(e);
    path = keep(a, path, strlen(path));
    if (!path) {
        mimeread_free(m);
        return err_nomem(e);
    }
    for (size_t i = 0; rc == 0 && i < top->n_fields; i++)
        rc = take_field(s, a, path, &top->fields[i], e);
    for (const struct mimeread_part *p = top; rc == 0 && p; p = mimeread_next(p))
        rc = take_part(path, s, a, p, e);
    if (rc == 0 && mimeread_cut(m))
        rc = err_set(e, EXIT_USAGE, "%s: has too many parts or fields to be a letter", path);
    s->text_line = s->html_line = 1;
    mimeread_free(m);
    return rc;
}

/* ---- .txt and .html ---- */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* The length of the field's name that the line begins with, or 0: it is none that is known. */
static size_t field_name(struct letter_source *s, const char *line)
{
    char name[64];
    size_t len = 0;

    while (is_name_char(line[len]))
        len++;
    if (len == 0 || len >= sizeof(name) || line[len] != ':')
        return 0;
    memcpy(name, line, len);
    name[len] = '\0';
    return place_of(s, name) || goes_along(name) ? len : 0;
}

static bool is_folded(const char *line)
{
    return *line == ' ' || *line == '\t';
}

/* The field that begins at *line, the number-th, with its lines that begin with a blank; *line: behind it. */
static int take_lines(struct letter_source *s, struct arena *a, const char *path, size_t *number,
                      const char **line, struct err *e)
{
    struct mimeread_field f = {.line = *number};
    size_t name = field_name(s, *line);
    const char *from = *line, *at = from + name + 1;
    struct text value;
    int rc;

    text_init(&value);
    for (bool more = true; more; more = is_folded(*line)) {
        struct slice said = slice_trim((struct slice){at, strcspn(at, "\n")});

        text_puts(&value, value.len ? " " : "");
        text_append(&value, said.ptr, said.len);
        *line = at + strcspn(at, "\n") + 1;
        ++*number;
        at = *line;
    }
    text_puts(&value, "");
    f.name = (struct slice){from, name};
    f.value = value.ptr;
    rc = text_ok(&value) ? take_field(s, a, path, &f, e) : err_nomem(e);
    text_release(&value);
    return rc;
}

/* Behind a field a line that looks like one is none of the text: whoever wrote it means a field. */
static size_t odd_name(const char *line)
{
    size_t len = 0;

    while (is_name_char(line[len]))
        len++;
    while (len > 0 && line[len] == ' ')
        len++;
    return line[len] == ':' ? len : 0;
}

static int refuse_odd(struct letter_source *s, const char *path, const char *line, size_t number,
                      struct err *e)
{
    size_t odd = is_folded(line) || field_name(s, line) > 0 ? 0 : odd_name(line);

    return odd == 0
               ? 0
               : err_set(e, EXIT_USAGE,
                         "%s:%zu: \"%.*s\" is no field of a letter: these are From, To, "
                         "Reply-To, Bcc, Subject, List-Unsubscribe and X-...; of text, an empty "
                         "line stands before it",
                         path, number, (int)odd, line);
}

/* Fields that stand before an empty line, if all lines before it are such: what is behind them, and its line. */
static const char *read_fields(struct letter_source *s, struct arena *a, const char *path,
                               const char *text, size_t *number, struct err *e)
{
    const char *line = text, *end;
    size_t n = 0;

    *number = 1;
    for (; *line && *line != '\n'; line = end + 1) {
        end = strchr(line, '\n');
        if (n > 0 && refuse_odd(s, path, line, n + 1, e) != 0)
            return NULL;
        if (!end || (is_folded(line) ? n == 0 : field_name(s, line) == 0))
            return text; /* it is text from its first line on */
        n++;
    }
    if (n == 0 || *line != '\n')
        return text;
    for (line = text; *line != '\n';)
        if (take_lines(s, a, path, number, &line, e) != 0)
            return NULL;
    ++*number;
    return line + 1;
}

/* A byte order mark and NULs are left out, lines end with LF. */
static void clean(struct text *t)
{
    size_t from = t->len >= 3 && memcmp(t->ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, n = 0;

    for (size_t i = from; i < t->len; i++)
        if (t->ptr[i] == '\r' && !(i + 1 < t->len && t->ptr[i + 1] == '\n'))
            t->ptr[n++] = '\n';
        else if (t->ptr[i] != '\r' && t->ptr[i] != '\0')
            t->ptr[n++] = t->ptr[i];
    t->len = n;
}

/* It is UTF-8. */
static int read_text(const char *path, struct arena *a, struct letter_source *s, const char **out,
                     const char **kept_path, size_t *line, struct err *e)
{
    struct text t;
    int rc;

    text_init(&t);
    rc = plainfile_read(path, WHAT, LETTER_MAX, &t, e);
    if (rc == 0 && !text_ok(&t))
        rc = err_nomem(e);
    if (rc == 0 && !slice_is_utf8((struct slice){t.ptr, t.len}))
        rc = err_set(e, EXIT_USAGE, "%s: is not UTF-8: save it as UTF-8", path);
    if (rc == 0) {
        clean(&t);
        *out = keep(a, t.ptr, t.len);
        *kept_path = keep(a, path, strlen(path));
        *out = *out && *kept_path ? read_fields(s, a, *kept_path, *out, line, e) : NULL;
        rc = *out ? 0 : err_nomem(e);
    }
    text_release(&t);
    return rc;
}

static bool ends(const char *path, const char *ending)
{
    size_t len = strlen(path), n = strlen(ending);

    return len > n && strcasecmp(path + len - n, ending) == 0;
}

static int read_plain(const char *path, struct arena *a, struct letter_source *s, struct err *e)
{
    return read_text(path, a, s, &s->text, &s->text_path, &s->text_line, e);
}

static int read_html(const char *path, struct arena *a, struct letter_source *s, struct err *e)
{
    return read_text(path, a, s, &s->html, &s->html_path, &s->html_line, e);
}

/* Is there a file of the same name with another ending? */
static bool find_other(const char *path, const char *ending, char other[PATH_MAX_LEN])
{
    const char *dot = strrchr(path, '.');

    return snprintf(other, PATH_MAX_LEN, "%.*s%s", (int)(dot - path), path, ending) <
               PATH_MAX_LEN &&
           access(other, F_OK) == 0;
}

static int read_pair(const char *path, struct arena *a, struct letter_source *s, struct err *e)
{
    char other[PATH_MAX_LEN];

    if (!ends(path, ".txt")) {
        if (read_html(path, a, s, e) != 0)
            return -1;
        return find_other(path, ".txt", other) ? read_plain(other, a, s, e) : 0;
    }
    if (read_plain(path, a, s, e) != 0)
        return -1;
    return find_other(path, ".html", other) || find_other(path, ".htm", other)
               ? read_html(other, a, s, e)
               : 0;
}

int letter_read(const char *path, struct arena *a, struct letter_source *out, struct err *e)
{
    struct text t;
    int rc;

    memset(out, 0, sizeof(*out));
    if (ends(path, ".txt") || ends(path, ".html") || ends(path, ".htm"))
        return read_pair(path, a, out, e);
    if (!ends(path, ".eml"))
        return err_set(e, EXIT_USAGE, "%s: a letter's file ends in .eml, .txt or .html", path);
    text_init(&t);
    rc = plainfile_read(path, WHAT, LETTER_MAX, &t, e);
    if (rc == 0)
        rc = text_ok(&t) ? read_message(path, (struct slice){t.ptr, t.len}, a, out, e)
                         : err_nomem(e);
    text_release(&t);
    return rc;
}
