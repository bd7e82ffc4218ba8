/*
 * letter: opened (the file read, each text compiled against the columns) -> rendered, row by row.
 *
 * What is sent is made in two steps: here the words of a row, which is all that has to be known to say whether it can be
 * mailed; the message itself when it leaves (actions/mail.c), for its pictures and files are large.
 */
#include "stages/letter.h"

#include "adapters/digest.h"
#include "adapters/json.h"
#include "adapters/qr.h"
#include "base/mem.h"
#include "base/visible.h"
#include "letter_body.h"
#include "letter_internal.h"
#include "policy/columns.h"
#include "policy/htmltext.h"
#include "policy/mailaddress.h"
#include "policy/mailwords.h"
#include "policy/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN_LEN 32
#define NAME_SHOWN 100  /* bytes of a column's name in a message */
#define URL_MAX_LEN 900 /* bytes: a line has 998 */

struct field {
    const char *name;
    struct template *value;
};

struct letter {
    struct arena arena;
    struct columns columns;
    const char *path, *name, *notice;
    struct template *from, *reply_to, *to, *subject, *copy, *unsubscribe, *link;
    /* The name before the address of from and to, if it has columns: what their cells hold is no syntax. */
    struct template *from_name, *to_name;
    struct letter_body *text, *html;
    struct template *files[LETTER_FILES_MAX];
    const char *paths[LETTER_FILES_MAX]; /* as they are said, with their columns */
    size_t n_files;
    struct field fields[LETTER_FIELDS_MAX];
    size_t n_fields;
    const char *bounces_to;
    bool one_click, has_qr;
    uint8_t hash[DIGEST_SIZE];
};

/* ---- opening ---- */

/* The columns one by one, for each has a place of its own. */
static int check_columns(struct letter *l, const struct letter_place *p, const char *source,
                         struct err *e)
{
    char asked_by[LETTER_PLACE_MAX];

    for (const char *at = source; (at = strstr(at, "{{"));) {
        const char *end = strstr(at, "}}");
        size_t len = end ? (size_t)(end + 2 - at) : strlen(at);
        struct template *one;

        letter_place_name(p, source, at, asked_by);
        one = template_new((struct slice){at, len}, &l->columns, asked_by, e);
        template_free(one);
        if (!one)
            return -1;
        at += len;
    }
    return 0;
}

/* NULL stays NULL. */
static int compile_at(struct letter *l, const char *source, const struct letter_place *p,
                      struct template **out, struct err *e)
{
    if (!source)
        return 0;
    if (check_columns(l, p, source, e) != 0)
        return -1;
    *out = template_new(slice_of(source), &l->columns, p->what, e);
    return *out ? 0 : -1;
}

static int compile(struct letter *l, const char *source, const char *what, struct template **out,
                   struct err *e)
{
    const struct letter_place p = {.letter = l->path, .what = what};

    return compile_at(l, source, &p, out, e);
}

static const char *or_else(const char *first, const char *second)
{
    return first ? first : second;
}

/* `<mailto:…>, <https://…>` of a List-Unsubscribe, as it is said with --unsubscribe: one address, of the web if there is
 * one, without what is around it. */
static const char *bare_url(struct letter *l, const char *said)
{
    const char *from = said ? strstr(said, "<https://") : NULL, *end;

    if (!from)
        from = said && *said == '<' ? said : NULL;
    end = from ? strchr(from, '>') : NULL;
    return end ? arena_copy(&l->arena, from + 1, (size_t)(end - from - 1)) : said;
}

/* What an option says, or else the letter. */
static struct letter_field or_said(const char *option, const char *name,
                                   const struct letter_field *f)
{
    return option ? (struct letter_field){.name = name, .value = option} : *f;
}

static int compile_field(struct letter *l, const struct letter_field *f, struct template **out,
                         struct err *e)
{
    const struct letter_place p = {
        .letter = l->path, .what = f->name, .path = f->path, .line = f->line, .is_field = true};

    return compile_at(l, f->value, &p, out, e);
}

static int compile_files(struct letter *l, const struct letter_files *files, struct err *e)
{
    for (; l->n_files < files->n; l->n_files++) {
        const char *path = files->paths[l->n_files];

        if (compile(l, path, "--attach", &l->files[l->n_files], e) != 0)
            return -1;
        l->paths[l->n_files] = arena_copy(&l->arena, path, strlen(path));
        if (!l->paths[l->n_files])
            return err_nomem(e);
    }
    return 0;
}

/* What is the same for every row is said before any. */
static int check_one_click(const struct letter *l, const char *said, struct err *e)
{
    struct slice url = slice_trim(slice_of(said ? said : ""));

    if (!l->one_click || url.len == 0 || slice_begins(url, "{{") || slice_begins(url, "https://"))
        return 0;
    return err_set(e, EXIT_USAGE,
                   "%s: --one-click needs an https:// address, to which mail programs can send: "
                   "give --unsubscribe https://...",
                   l->path);
}

static int check_said(const struct letter *l, const char *from, const char *subject, struct err *e)
{
    if (!from)
        return err_set(e, EXIT_USAGE,
                       "%s: says nobody who it is from: write a line \"From: Name <address>\" into "
                       "it, or give --from",
                       l->path);
    if (!subject)
        return err_set(e, EXIT_USAGE,
                       "%s: has no subject: write a line \"Subject: ...\" into it, or give "
                       "--subject",
                       l->path);
    return 0;
}

/* `{{Name}} <{{Email}}>`: the name apart, without its quotes, so that a cell may hold a comma or a quote. */
static int compile_person(struct letter *l, const struct letter_field *f, struct template **name,
                          struct template **out, struct err *e)
{
    const char *at = f->value ? strrchr(f->value, '<') : NULL;
    struct slice s = slice_trim((struct slice){f->value, at ? (size_t)(at - f->value) : 0});
    struct letter_field words = *f, address = *f;

    if (!at || s.len == 0 || !memmem(s.ptr, s.len, "{{", 2))
        return compile_field(l, f, out, e);
    if (s.len > 1 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        s = (struct slice){s.ptr + 1, s.len - 2};
    words.value = arena_copy(&l->arena, s.ptr, s.len);
    address.value = at;
    if (!words.value)
        return err_nomem(e);
    return compile_field(l, &words, name, e) == 0 ? compile_field(l, &address, out, e) : -1;
}

static int compile_others(struct letter *l, const struct letter_source *s, struct err *e)
{
    for (size_t i = 0; i < s->n_fields; i++) {
        l->fields[l->n_fields].name = s->fields[i].name;
        if (compile_field(l, &s->fields[i], &l->fields[l->n_fields].value, e) != 0)
            return -1;
        l->n_fields++;
    }
    return 0;
}

static int compile_fields(struct letter *l, const struct letter_wishes *w,
                          const struct letter_source *s, struct err *e)
{
    const struct letter_field from = or_said(w->from, "--from", &s->from),
                              subject = or_said(w->subject, "--subject", &s->subject),
                              reply_to = or_said(w->reply_to, "--reply-to", &s->reply_to),
                              copy = w->no_copy ? (struct letter_field){0}
                                                : or_said(w->copy, "--bcc", &s->bcc),
                              url = or_said(w->unsubscribe, "--unsubscribe", &s->unsubscribe);
    struct letter_field to = or_said(w->to, "--to", &s->to), unsubscribe = url;

    /* Of a letter that was saved, To is whom that one went to. */
    if (!w->to && to.value && !strstr(to.value, "{{"))
        to.value = NULL;
    unsubscribe.value = bare_url(l, url.value);

    if (check_said(l, from.value, subject.value, e) != 0)
        return -1;
    if (compile_others(l, s, e) != 0 || compile_files(l, &w->files, e) != 0 ||
        check_one_click(l, unsubscribe.value, e) != 0)
        return -1;
    return compile_person(l, &from, &l->from_name, &l->from, e) == 0 &&
                   compile_field(l, &reply_to, &l->reply_to, e) == 0 &&
                   compile_person(l, &to, &l->to_name, &l->to, e) == 0 &&
                   compile_field(l, &subject, &l->subject, e) == 0 &&
                   compile_field(l, &copy, &l->copy, e) == 0 &&
                   compile_field(l, &unsubscribe, &l->unsubscribe, e) == 0
               ? 0
               : -1;
}

/* The HTML with its columns as they were meant, and as text. */
static int clean_html(struct letter *l, struct letter_source *s, struct text *made, struct err *e)
{
    struct text clean;

    text_init(&clean);
    htmltext_braces(slice_of(s->html), &clean);
    s->html = text_ok(&clean) ? arena_copy(&l->arena, clean.ptr, clean.len) : NULL;
    if (s->html)
        htmltext(slice_of(s->html), made);
    text_release(&clean);
    return s->html && text_ok(made) ? 0 : err_nomem(e);
}

static int compile_html(struct letter *l, struct letter_source *s, struct text *made, struct err *e)
{
    const struct letter_place p = {.letter = l->path,
                                   .what = "HTML",
                                   .path = s->html_path,
                                   .line = s->html_line,
                                   .raw = s->raw_html.text,
                                   .raw_line = s->raw_html.line};

    if (!s->html)
        return 0;
    if (clean_html(l, s, made, e) != 0)
        return -1;
    l->html = letter_body_new(s->html, true, &l->columns, &p, &l->has_qr, e);
    if (!l->html)
        return -1;
    return l->has_qr ? compile(l, "{{link}}", "{{qr}}", &l->link, e) : 0;
}

static int compile_texts(struct letter *l, struct letter_source *s, struct err *e)
{
    const struct letter_place p = {.letter = l->path,
                                   .what = "text",
                                   .path = s->text_path,
                                   .line = s->text_line,
                                   .raw = s->raw_text.text,
                                   .raw_line = s->raw_text.line};
    const char *text = s->text;
    struct text made;
    bool found;
    int rc = -1;

    text_init(&made);
    if (!s->text && !s->html) {
        err_set(e, EXIT_USAGE, "%s: there is no text in it", l->path);
        goto done;
    }
    if (compile_html(l, s, &made, e) != 0)
        goto done;
    if (!text) {
        text = arena_copy(&l->arena, made.ptr, made.len);
        l->notice = "its text, for mail programs that show no HTML, was made from the HTML";
    }
    if (text)
        l->text = letter_body_new(text, false, &l->columns, &p, &found, e);
    else
        err_nomem(e);
    rc = l->text ? 0 : -1;
done:
    text_release(&made);
    return rc;
}

struct slice letter_known_as(const struct letter_wishes *w)
{
    const char *slash = strrchr(w->path, '/'), *file = slash ? slash + 1 : w->path,
               *dot = strrchr(file, '.');

    if (w->name)
        return slice_of(w->name);
    return (struct slice){file, dot && dot > file ? (size_t)(dot - file) : strlen(file)};
}

static int name_letter(struct letter *l, const struct letter_wishes *w, struct err *e)
{
    struct slice name = letter_known_as(w);

    l->path = arena_copy(&l->arena, w->path, strlen(w->path));
    l->name = arena_copy(&l->arena, name.ptr, name.len);
    if (w->bounces_to)
        l->bounces_to = arena_copy(&l->arena, w->bounces_to, strlen(w->bounces_to));
    return l->path && l->name && (l->bounces_to || !w->bounces_to) ? 0 : err_nomem(e);
}

static const char *fault_of(struct slice said, bool bare, struct text *name, struct text *canonical)
{
    struct slice address = said;
    const char *fault = bare ? NULL : mailaddress_split(said, name, &address);

    return fault ? fault : mailaddress_check(address, canonical);
}

/* An address that is the same for every row: what is wrong with it stops all.  list: there may be several, with commas between
 * them; what is one as a whole is one, for a decoded name may hold a comma. */
static int check_own(const struct letter *l, const char *said, const char *option, bool bare,
                     bool list, struct err *e)
{
    struct slice rest = slice_of(said ? said : ""), one;
    struct text canonical, name;
    const char *fault;
    char shown[MAILADDRESS_MAX + 8];

    if (!said || strstr(said, "{{"))
        return 0;
    text_init(&canonical);
    text_init(&name);
    fault = fault_of(rest, bare, &name, &canonical);
    if (fault && list)
        while (mailaddress_next(&rest, &one) &&
               (fault = fault_of(one, bare, &name, &canonical)) == NULL)
            ;
    text_release(&name);
    text_release(&canonical);
    return fault ? err_set(e, EXIT_USAGE, "%s, %s \"%s\" %s", l->path, option,
                           visible_line(slice_of(said), shown, sizeof(shown)), fault)
                 : 0;
}

static int check_addresses(const struct letter *l, const struct letter_wishes *w,
                           const struct letter_source *s, struct err *e)
{
    return check_own(l, w->bounces_to, "--bounces-to", true, false, e) == 0 &&
                   check_own(l, or_else(w->copy, s->bcc.value), w->copy ? "--bcc" : "Bcc", false,
                             false, e) == 0 &&
                   check_own(l, w->to, "--to", false, false, e) == 0 &&
                   check_own(l, or_else(w->from, s->from.value), "From", false, false, e) == 0 &&
                   check_own(l, or_else(w->reply_to, s->reply_to.value), "Reply-To", false, true,
                             e) == 0
               ? 0
               : -1;
}

static void put_field(struct text *t, const struct letter_field *f)
{
    text_puts(t, f->name ? f->name : "");
    text_append(t, "", 1);
    text_puts(t, f->value ? f->value : "");
    text_append(t, "", 1);
}

static int hash_source(struct letter *l, const struct letter_source *s, struct err *e)
{
    const struct letter_field *const fields[] = {&s->from, &s->reply_to, &s->to,
                                                 &s->bcc,  &s->subject,  &s->unsubscribe};
    struct text t;
    int rc;

    text_init(&t);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        put_field(&t, fields[i]);
    for (size_t i = 0; i < s->n_fields; i++)
        put_field(&t, &s->fields[i]);
    text_puts(&t, s->text ? s->text : "");
    text_append(&t, "", 1);
    text_puts(&t, s->html ? s->html : "");
    rc = text_ok(&t) && digest_once(t.ptr, t.len, l->hash) == 0 ? 0 : err_nomem(e);
    text_release(&t);
    return rc;
}

const uint8_t *letter_hash(const struct letter *l)
{
    return l->hash;
}

struct letter *letter_open(const struct letter_wishes *w, const struct columns *c, struct err *e)
{
    struct letter *l = mem_zero(1, sizeof(*l));
    struct letter_source s;

    if (!l) {
        err_nomem(e);
        return NULL;
    }
    arena_init(&l->arena);
    l->columns = *c;
    l->one_click = w->one_click;
    if (name_letter(l, w, e) == 0 && letter_read(w->path, &l->arena, &s, e) == 0 &&
        hash_source(l, &s, e) == 0 && check_addresses(l, w, &s, e) == 0 &&
        compile_fields(l, w, &s, e) == 0 && compile_texts(l, &s, e) == 0)
        return l;
    letter_close(l);
    return NULL;
}

void letter_close(struct letter *l)
{
    if (!l)
        return;
    struct template *const all[] = {l->from,        l->reply_to, l->to,        l->subject, l->copy,
                                    l->unsubscribe, l->link,     l->from_name, l->to_name};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        template_free(all[i]);
    for (size_t i = 0; i < l->n_files; i++)
        template_free(l->files[i]);
    for (size_t i = 0; i < LETTER_FIELDS_MAX; i++)
        template_free(l->fields[i].value);
    letter_body_free(l->text);
    letter_body_free(l->html);
    arena_release(&l->arena);
    free(l);
}

const char *letter_name(const struct letter *l)
{
    return l->name;
}

const char *letter_notice(const struct letter *l)
{
    return l->notice;
}

/* ---- rendering ---- */

struct rendering {
    const struct letter *l;
    const struct letter_row *row;
    const struct slice *fields;
    size_t n;
    struct arena *a;
    struct text *out;
    struct text value; /* the last one that was filled in */
    const char *why;
};

/* Why the row can't be mailed; the first is kept. */
__attribute__((format(printf, 2, 3))) static bool fail(struct rendering *r, const char *fmt, ...)
{
    char words[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(words, sizeof(words), fmt, args);
    va_end(args);
    if (!r->why)
        r->why = arena_copy(r->a, words, strlen(words));
    if (!r->why)
        r->out->failed = true;
    return false;
}

static bool fail_empty(struct rendering *r, size_t column)
{
    char name[NAME_SHOWN];

    visible_line(r->l->columns.names[column], name, sizeof(name));
    return fail(r,
                "column \"%s\" is empty: give words for that in the letter, such as "
                "{{%s|friend}}",
                name, name);
}

static bool fill(struct rendering *r, const struct template *t, const struct slice *fields)
{
    size_t hole;

    text_clear(&r->value);
    hole = template_render(t, fields, r->n, &r->value);
    if (hole != COLUMNS_NONE)
        return fail_empty(r, hole);
    if (!text_ok(&r->value))
        r->out->failed = true;
    if (text_ok(&r->value) && !slice_is_utf8((struct slice){r->value.ptr, r->value.len}))
        return fail(r, "a cell of the letter is not UTF-8: save the file as \"CSV UTF-8\"");
    return text_ok(&r->value);
}

static struct slice filled(const struct rendering *r)
{
    return (struct slice){r->value.ptr, r->value.len};
}

/* A value of a field: in one line. */
static bool fill_line(struct rendering *r, const struct template *t, const char *name)
{
    const char *fault;

    if (!fill(r, t, r->fields))
        return false;
    fault = mailwords_fault(filled(r));
    return fault ? fail(r, "%s %s", name, fault) : true;
}

static void put_name(struct rendering *r, const char *name)
{
    text_puts(r->out, r->out->len ? "," : "");
    if (json_quote(r->out, slice_of(name)) != 0)
        r->out->failed = true;
    text_puts(r->out, ":");
}

static void put_value(struct rendering *r, struct slice value)
{
    if (json_quote(r->out, value) != 0)
        r->out->failed = true;
}

static void put_member(struct rendering *r, const char *name, struct slice value)
{
    put_name(r, name);
    put_value(r, value);
}

/* An address, checked, into canonical. */
static bool check(struct rendering *r, struct slice address, const char *name,
                  struct text *canonical)
{
    char shown[MAILADDRESS_MAX + 8];
    const char *fault = mailaddress_check(address, canonical);

    if (fault)
        return fail(r, "%s \"%s\" %s", name, visible_line(address, shown, sizeof(shown)), fault);
    r->out->failed = r->out->failed || !text_ok(canonical);
    return text_ok(canonical);
}

/* A name, which may be empty, and an address that is not checked; it is borrowed of the value. */
static bool fill_person(struct rendering *r, const struct template *name,
                        const struct template *address, const char *field, struct text *words,
                        struct slice *out)
{
    struct text own;
    const char *fault;

    if (!fill_line(r, address, field))
        return false;
    fault = mailaddress_split(filled(r), words, out);
    if (fault)
        return fail(r, "%s \"%.*s\" %s", field, (int)r->value.len, r->value.ptr, fault);
    if (name) {
        own = r->value;
        text_init(&r->value);
        if (fill_line(r, name, field)) {
            struct slice s = slice_trim(filled(r));

            text_clear(words);
            text_append(words, s.ptr, s.len);
        }
        text_release(&r->value);
        r->value = own;
    }
    r->out->failed = r->out->failed || !text_ok(words);
    return !r->why && !r->out->failed;
}

/* An address that may have a name before it, checked, into canonical and name. */
static bool split(struct rendering *r, struct slice value, const char *what, struct text *name,
                  struct text *canonical)
{
    char shown[MAILADDRESS_MAX + 8];
    struct slice address;
    const char *fault = mailaddress_split(value, name, &address);

    if (fault)
        return fail(r, "%s \"%s\" %s", what, visible_line(value, shown, sizeof(shown)), fault);
    r->out->failed = r->out->failed || !text_ok(name);
    return text_ok(name) && check(r, address, what, canonical);
}

/* `"Name" <address>`, or the address alone, as mailaddress_split reads it. */
static void put_full(struct text *out, const struct text *name, const struct text *canonical)
{
    if (name->len == 0) {
        text_append(out, canonical->ptr, canonical->len);
        return;
    }
    text_puts(out, "\"");
    for (size_t i = 0; i < name->len; i++) {
        if (name->ptr[i] == '"' || name->ptr[i] == '\\')
            text_puts(out, "\\");
        text_append(out, &name->ptr[i], 1);
    }
    text_printf(out, "\" <%s>", canonical->ptr);
}

/* Who gets it: what the letter or --to says, which may have a name before the address. */
static bool put_to(struct rendering *r)
{
    struct text canonical, name;
    struct slice address = slice_of(r->row->recipient);
    bool ok;

    text_init(&canonical);
    text_init(&name);
    ok = (!r->l->to || fill_person(r, r->l->to_name, r->l->to, "To", &name, &address)) &&
         check(r, address, "the address", &canonical);
    if (ok) {
        put_member(r, "to", (struct slice){canonical.ptr, canonical.len});
        if (name.len)
            put_member(r, "name", (struct slice){name.ptr, name.len});
    }
    text_release(&name);
    text_release(&canonical);
    return ok;
}

/* The archive's, in the envelope alone: without its name. */
static bool put_copy(struct rendering *r)
{
    struct text canonical, name;
    bool ok;

    if (!r->l->copy)
        return true;
    text_init(&canonical);
    text_init(&name);
    ok = fill_line(r, r->l->copy, "Bcc") && split(r, filled(r), "Bcc", &name, &canonical);
    if (ok)
        put_member(r, "copy", (struct slice){canonical.ptr, canonical.len});
    text_release(&name);
    text_release(&canonical);
    return ok;
}

/* 32 digits that nobody can guess who does not have the ledger, and always the same ones for a person and a letter. */
static bool make_token(struct rendering *r, char token[TOKEN_LEN + 1])
{
    uint8_t hash[DIGEST_SIZE];
    struct text t;
    bool ok;

    text_init(&t);
    text_puts(&t, r->row->salt);
    text_append(&t, "", 1);
    text_puts(&t, r->l->name);
    text_append(&t, "", 1);
    text_append(&t, r->row->key, KEY_SIZE);
    ok = text_ok(&t) && digest_once(t.ptr, t.len, hash) == 0;
    text_release(&t);
    if (!ok) {
        r->out->failed = true;
        return false;
    }
    for (size_t i = 0; i < TOKEN_LEN / 2; i++)
        snprintf(token + 2 * i, 3, "%02x", hash[i]);
    return true;
}

/* Who sends it, by whom it comes back, and its id, whose domain is the sender's. */
static bool put_from(struct rendering *r)
{
    char token[TOKEN_LEN + 1], words[MAILADDRESS_MAX + TOKEN_LEN + 8];
    struct text name, canonical;
    struct slice address, domain, back;
    bool ok = false;

    text_init(&name);
    text_init(&canonical);
    if (!fill_person(r, r->l->from_name, r->l->from, "From", &name, &address) ||
        !make_token(r, token))
        goto done;
    if (!check(r, address, "From", &canonical))
        goto done;
    text_clear(&r->value);
    put_full(&r->value, &name, &canonical);
    put_member(r, "from", filled(r));
    domain = mailaddress_domain((struct slice){canonical.ptr, canonical.len});
    snprintf(words, sizeof(words), "%s@%.*s", token, (int)domain.len, domain.ptr);
    put_member(r, "id", slice_of(words));
    back = r->l->bounces_to ? slice_of(r->l->bounces_to)
                            : (struct slice){canonical.ptr, canonical.len};
    if (r->l->bounces_to) {
        domain = mailaddress_domain(back);
        snprintf(words, sizeof(words), "%.*s+%s@%.*s", (int)(back.len - domain.len - 1), back.ptr,
                 token, (int)domain.len, domain.ptr);
        back = slice_of(words);
    }
    put_member(r, "sender", back);
    ok = text_ok(&r->value);
done:
    text_release(&canonical);
    text_release(&name);
    return ok;
}

static bool put_reply_to(struct rendering *r)
{
    struct text list, name, canonical, full;
    struct slice rest, one;
    bool ok;

    if (!r->l->reply_to)
        return true;
    text_init(&list);
    text_init(&name);
    text_init(&canonical);
    text_init(&full);
    ok = fill_line(r, r->l->reply_to, "Reply-To");
    if (ok)
        text_append(&list, r->value.ptr, r->value.len);
    rest = (struct slice){list.ptr, list.len};
    if (ok && !fault_of(rest, false, &name, &canonical)) { /* as a whole: see check_own */
        put_full(&full, &name, &canonical);
        rest.len = 0;
    }
    while (ok && mailaddress_next(&rest, &one)) {
        ok = split(r, one, "Reply-To", &name, &canonical);
        text_puts(&full, full.len ? ", " : "");
        if (ok)
            put_full(&full, &name, &canonical);
    }
    if (ok && full.len == 0)
        ok = fail(r, "Reply-To holds no address");
    if (ok)
        put_member(r, "Reply-To", (struct slice){full.ptr, full.len});
    r->out->failed = r->out->failed || !text_ok(&list) || !text_ok(&full);
    text_release(&full);
    text_release(&canonical);
    text_release(&name);
    text_release(&list);
    return ok;
}

/* A URL is ASCII without blanks and <>; other bytes are written as browsers do. */
static void put_url(struct text *out, struct slice url)
{
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];

        if (c <= ' ' || c > '~' || strchr("<>\"\\^`{|}", c))
            text_printf(out, "%%%02X", c);
        else
            text_append(out, &url.ptr[i], 1);
    }
}

static bool put_unsubscribe(struct rendering *r)
{
    struct text url;
    bool ok = true;

    if (!r->l->unsubscribe)
        return true;
    if (!fill_line(r, r->l->unsubscribe, "List-Unsubscribe"))
        return false;
    if (!letter_body_is_web(slice_trim(filled(r))))
        return fail(r, "List-Unsubscribe is no https:// or mailto: address");
    if (r->l->one_click && !slice_begins(slice_trim(filled(r)), "https://"))
        return fail(r, "List-Unsubscribe is no https:// address, which --one-click needs");
    text_init(&url);
    text_puts(&url, "<");
    put_url(&url, slice_trim(filled(r)));
    text_puts(&url, ">");
    if (url.len > URL_MAX_LEN)
        ok = fail(r, "List-Unsubscribe is longer than %d bytes", URL_MAX_LEN);
    else
        put_member(r, "List-Unsubscribe", (struct slice){url.ptr, url.len});
    r->out->failed = r->out->failed || !text_ok(&url);
    text_release(&url);
    if (ok && r->l->one_click)
        put_member(r, "List-Unsubscribe-Post", slice_of("List-Unsubscribe=One-Click"));
    return ok;
}

static bool put_headers(struct rendering *r)
{
    const struct letter *l = r->l;

    put_name(r, "headers");
    text_puts(r->out, "{\"Auto-Submitted\":\"auto-generated\"");
    if (!put_reply_to(r))
        return false;
    for (size_t i = 0; i < l->n_fields; i++) {
        if (!fill_line(r, l->fields[i].value, l->fields[i].name))
            return false;
        put_member(r, l->fields[i].name, filled(r));
    }
    if (!put_unsubscribe(r))
        return false;
    text_puts(r->out, "}");
    return true;
}

static bool fail_body(struct rendering *r, enum letter_body_fault fault, size_t column)
{
    char name[NAME_SHOWN];

    visible_line(r->l->columns.names[column], name, sizeof(name));
    switch (fault) {
    case LETTER_BODY_NO_LINK:
        return fail(r,
                    "column \"%s\" is a link in the letter, and does not begin with "
                    "https://",
                    name);
    case LETTER_BODY_NUL:
        return fail(r, "column \"%s\" holds a NUL byte, which no letter can", name);
    case LETTER_BODY_NOT_UTF8:
        return fail(r, "column \"%s\" is not UTF-8: save the file as \"CSV UTF-8\"", name);
    case LETTER_BODY_EMPTY:
    case LETTER_BODY_FINE:
    default:
        return fail_empty(r, column);
    }
}

static bool put_body(struct rendering *r, const char *member, const struct letter_body *b)
{
    enum letter_body_fault fault;
    size_t column;

    if (!b)
        return true;
    text_clear(&r->value);
    fault = letter_body_render(b, r->fields, r->n, &r->value, &column);
    if (fault != LETTER_BODY_FINE)
        return fail_body(r, fault, column);
    put_member(r, member, filled(r));
    r->out->failed = r->out->failed || !text_ok(&r->value);
    return text_ok(&r->value);
}

static size_t count_parents(const char *path)
{
    size_t n = 0;

    for (const char *at = path; *at; at += *at == '/') {
        size_t len = strcspn(at, "/");

        n += len == 2 && at[0] == '.' && at[1] == '.';
        at += len;
    }
    return n;
}

/* Does a cell lead to another folder than the one that was said?  Cells come from others, and anybody's file would do. */
static bool strays(const char *said, const char *path)
{
    return count_parents(path) > count_parents(said) || (*path == '/' && *said != '/') ||
           (*said != '{' && strstr(path, "//") && !strstr(said, "//"));
}

static bool put_files(struct rendering *r)
{
    if (r->l->n_files == 0)
        return true;
    put_name(r, "files");
    for (size_t i = 0; i < r->l->n_files; i++) {
        char shown[NAME_SHOWN];

        if (!fill_line(r, r->l->files[i], "--attach"))
            return false;
        if (strays(r->l->paths[i], r->value.ptr))
            return fail(r, "--attach \"%s\" leads out of its folder",
                        visible_line(filled(r), shown, sizeof(shown)));
        text_puts(r->out, i == 0 ? "[" : ",");
        put_value(r, filled(r));
    }
    text_puts(r->out, "]");
    return true;
}

static bool put_line(struct rendering *r, const struct template *t, const char *member,
                     const char *name)
{
    if (!t)
        return true;
    if (!fill_line(r, t, name))
        return false;
    put_member(r, member, filled(r));
    return true;
}

static bool put_qr(struct rendering *r)
{
    if (!put_line(r, r->l->link, "qr", "{{qr}}"))
        return false;
    return !r->l->link || r->value.len <= QR_TEXT_MAX ||
           fail(r, "{{qr}}: the link is too long for a QR code: at most %d bytes", QR_TEXT_MAX);
}

const char *letter_render(const struct letter *l, const struct letter_row *row,
                          const struct slice *fields, size_t nfields, struct arena *a,
                          struct text *out)
{
    struct rendering r = {.l = l, .row = row, .fields = fields, .n = nfields, .a = a, .out = out};
    bool ok;

    text_clear(out);
    text_init(&r.value);
    ok = put_to(&r) && put_from(&r) && put_copy(&r) &&
         put_line(&r, l->subject, "subject", "Subject") && put_headers(&r) &&
         put_body(&r, "text", l->text) && put_body(&r, "html", l->html) && put_qr(&r) &&
         put_files(&r);
    text_printf(out, ",\"date\":%lld", (long long)row->now_ms);
    text_release(&r.value);
    return ok ? NULL : r.why;
}
