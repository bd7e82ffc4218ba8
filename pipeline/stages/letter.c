/*
 * letter: opened (the file read, each text compiled against the columns) -> rendered, row by row.
 *
 * What is sent is made in two steps: here the words of a row, which is all that has to be known to say whether it can be
 * mailed; the message itself when it leaves (actions/mail.c), for its pictures and files are large.
 */
#include "stages/letter.h"

#include "adapters/digest.h"
#include "adapters/json.h"
#include "base/mem.h"
#include "base/visible.h"
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
#define QR_HTML                                                                                    \
    "<img src=\"cid:qr@claimpipe\" alt=\"QR code of {{link}}\" width=\"180\" height=\"180\" "      \
    "style=\"background:#fff\">"

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
    struct template *text, *html;
    struct template *files[LETTER_FILES_MAX];
    size_t n_files;
    struct field fields[LETTER_FIELDS_MAX];
    size_t n_fields;
    size_t *urls; /* columns that are addresses of links in the HTML */
    size_t n_urls;
    const char *bounces_to;
    bool one_click, has_qr;
};

/* ---- opening ---- */

/* NULL stays NULL. */
static int compile(struct letter *l, const char *source, const char *what, struct template **out,
                   struct err *e)
{
    char asked_by[256];

    if (!source)
        return 0;
    snprintf(asked_by, sizeof(asked_by), "%s%s%s", l->path, *what ? ", " : "", what);
    *out = template_new(slice_of(source), &l->columns, asked_by, e);
    return *out ? 0 : -1;
}

/* `{{Name}} <{{Email}}>`: the name apart, without its quotes, so that a cell may hold a comma or a quote. */
static int compile_person(struct letter *l, const char *source, const char *what,
                          struct template **name, struct template **out, struct err *e)
{
    const char *at = source ? strrchr(source, '<') : NULL, *words;
    struct slice s = slice_trim((struct slice){source, at ? (size_t)(at - source) : 0});

    if (!at || s.len == 0 || !memmem(s.ptr, s.len, "{{", 2))
        return compile(l, source, what, out, e);
    if (s.len > 1 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"')
        s = (struct slice){s.ptr + 1, s.len - 2};
    words = arena_copy(&l->arena, s.ptr, s.len);
    if (!words)
        return err_nomem(e);
    return compile(l, words, what, name, e) == 0 ? compile(l, at, what, out, e) : -1;
}

/* {{qr}}, with any blanks in it, becomes what stands for it. */
static const char *replace_qr(struct letter *l, const char *source, const char *with, struct err *e)
{
    struct text t;
    const char *kept, *at;

    if (!source)
        return NULL;
    text_init(&t);
    for (at = source; *at;) {
        const char *end = strncmp(at, "{{", 2) == 0 ? strstr(at, "}}") : NULL;

        if (end && slice_same(slice_trim((struct slice){at + 2, (size_t)(end - at - 2)}),
                              slice_of("qr"))) {
            text_puts(&t, with);
            l->has_qr = true;
            at = end + 2;
        } else {
            text_append(&t, at++, 1);
        }
    }
    kept = text_ok(&t) ? arena_copy(&l->arena, t.ptr, t.len) : NULL;
    text_release(&t);
    if (!kept)
        err_nomem(e);
    return kept;
}

static const char *or_else(const char *first, const char *second)
{
    return first ? first : second;
}

/* `<https://…>, <mailto:…>` of a List-Unsubscribe, as it is said with --unsubscribe: without what is around it. */
static const char *bare_url(struct letter *l, const char *said)
{
    size_t len = said ? strlen(said) : 0;

    return len > 2 && said[0] == '<' && said[len - 1] == '>'
               ? arena_copy(&l->arena, said + 1, len - 2)
               : said;
}

static int compile_fields(struct letter *l, const struct letter_wishes *w,
                          const struct letter_source *s, struct err *e)
{
    const char *from = or_else(w->from, s->from), *subject = or_else(w->subject, s->subject);
    /* Of a letter that was saved, To is whom that one went to. */
    const char *to = w->to ? w->to : s->to && strstr(s->to, "{{") ? s->to : NULL;

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
    for (size_t i = 0; i < s->n_fields; i++) {
        l->fields[l->n_fields].name = s->fields[i].name;
        if (compile(l, s->fields[i].value, s->fields[i].name, &l->fields[l->n_fields].value, e) !=
            0)
            return -1;
        l->n_fields++;
    }
    for (; l->n_files < w->files.n; l->n_files++)
        if (compile(l, w->files.paths[l->n_files], "--attach", &l->files[l->n_files], e) != 0)
            return -1;
    return compile_person(l, from, "From", &l->from_name, &l->from, e) == 0 &&
                   compile(l, or_else(w->reply_to, s->reply_to), "Reply-To", &l->reply_to, e) ==
                       0 &&
                   compile_person(l, to, "To", &l->to_name, &l->to, e) == 0 &&
                   compile(l, subject, "Subject", &l->subject, e) == 0 &&
                   compile(l, or_else(w->copy, s->bcc), "Bcc", &l->copy, e) == 0 &&
                   compile(l, bare_url(l, or_else(w->unsubscribe, s->unsubscribe)),
                           "List-Unsubscribe", &l->unsubscribe, e) == 0
               ? 0
               : -1;
}

/* Columns that stand at the beginning of a link: `href="{{Page}}"`. */
static int find_urls(struct letter *l, const char *html, struct err *e)
{
    static const char *const before[] = {"href=\"", "href='", "src=\"", "src='"};
    size_t n = 0;

    for (const char *at = html; (at = strstr(at, "{{")); at += 2)
        n++;
    l->urls = mem_zero(n + 1, sizeof(*l->urls));
    if (!l->urls)
        return err_nomem(e);
    for (const char *at = html; (at = strstr(at, "{{")); at += 2) {
        const char *end = strstr(at, "}}"), *bar = end ? memchr(at, '|', (size_t)(end - at)) : NULL;
        struct err ignored = ERR_INIT;

        for (size_t i = 0; end && i < sizeof(before) / sizeof(before[0]); i++) {
            size_t len = strlen(before[i]);

            if ((size_t)(at - html) < len || strncasecmp(at - len, before[i], len) != 0)
                continue;
            if (columns_find(
                    &l->columns,
                    slice_trim((struct slice){at + 2, (size_t)((bar ? bar : end) - at - 2)}), "",
                    &l->urls[l->n_urls], &ignored) == 0)
                l->n_urls++;
        }
    }
    return 0;
}

static int compile_texts(struct letter *l, const struct letter_source *s, struct err *e)
{
    const char *text = s->text, *html;
    struct text made;
    int rc = 0;

    text_init(&made);
    if (!text && s->html) {
        htmltext(slice_of(s->html), &made);
        text = text_ok(&made) ? made.ptr : NULL;
        l->notice = "its text, for mail programs that show no HTML, was made from the HTML";
    }
    if (!text && !s->html)
        rc = err_set(e, EXIT_USAGE, "%s: there is no text in it", l->path);
    text = rc == 0 ? replace_qr(l, text, "{{link}}", e) : NULL;
    html = rc == 0 && s->html ? replace_qr(l, s->html, QR_HTML, e) : NULL;
    if (rc == 0 && (!text || (s->html && !html)))
        rc = -1;
    if (rc == 0)
        rc = compile(l, text, s->text ? "" : "HTML", &l->text, e);
    if (rc == 0)
        rc = compile(l, html, "HTML", &l->html, e);
    if (rc == 0 && html)
        rc = find_urls(l, html, e);
    if (rc == 0 && l->has_qr)
        rc = compile(l, "{{link}}", "{{qr}}", &l->link, e);
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

/* An address of the job's own. */
static int check_own(const char *address, const char *option, struct err *e)
{
    struct text t;
    const char *fault;

    if (!address || strstr(address, "{{"))
        return 0;
    text_init(&t);
    fault = mailaddress_check(slice_of(address), &t);
    text_release(&t);
    return fault ? err_set(e, EXIT_USAGE, "%s \"%s\" %s", option, address, fault) : 0;
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
    if (name_letter(l, w, e) == 0 && check_own(w->bounces_to, "--bounces-to", e) == 0 &&
        check_own(w->copy, "--bcc", e) == 0 && check_own(w->to, "--to", e) == 0 &&
        letter_read(w->path, &l->arena, &s, e) == 0 && compile_fields(l, w, &s, e) == 0 &&
        compile_texts(l, &s, e) == 0)
        return l;
    letter_close(l);
    return NULL;
}

void letter_close(struct letter *l)
{
    if (!l)
        return;
    struct template *const all[] = {l->from, l->reply_to,    l->to,     l->subject,
                                    l->copy, l->unsubscribe, l->link,   l->text,
                                    l->html, l->from_name,   l->to_name};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        template_free(all[i]);
    for (size_t i = 0; i < l->n_files; i++)
        template_free(l->files[i]);
    for (size_t i = 0; i < LETTER_FIELDS_MAX; i++)
        template_free(l->fields[i].value);
    free(l->urls);
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

static bool fill(struct rendering *r, const struct template *t, const struct slice *fields)
{
    size_t hole;

    text_clear(&r->value);
    hole = template_render(t, fields, r->n, &r->value);
    if (hole != COLUMNS_NONE) {
        struct slice name = r->l->columns.names[hole];

        return fail(r,
                    "column \"%.*s\" is empty: give words for that in the letter, such as "
                    "{{%.*s|friend}}",
                    (int)name.len, name.ptr, (int)name.len, name.ptr);
    }
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

/* A name as it stands before an address; nothing, if it is empty. */
static void put_quoted(struct text *out, struct slice name)
{
    if (name.len == 0)
        return;
    text_puts(out, "\"");
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"' || name.ptr[i] == '\\')
            text_puts(out, "\\");
        text_append(out, &name.ptr[i], 1);
    }
    text_puts(out, "\" ");
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
    put_name(r, "from");
    text_clear(&r->value);
    put_quoted(&r->value, (struct slice){name.ptr, name.len});
    text_printf(&r->value, name.len ? "<%s>" : "%s", canonical.ptr);
    put_value(r, filled(r));
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

static bool is_web(struct slice url)
{
    return slice_begins(url, "https://") || slice_begins(url, "http://") ||
           slice_begins(url, "mailto:");
}

static bool put_headers(struct rendering *r)
{
    const struct letter *l = r->l;
    struct text url;

    put_name(r, "headers");
    text_puts(r->out, "{\"Auto-Submitted\":\"auto-generated\"");
    if (l->reply_to) {
        if (!fill_line(r, l->reply_to, "Reply-To"))
            return false;
        put_member(r, "Reply-To", filled(r));
    }
    for (size_t i = 0; i < l->n_fields; i++) {
        if (!fill_line(r, l->fields[i].value, l->fields[i].name))
            return false;
        put_member(r, l->fields[i].name, filled(r));
    }
    if (l->unsubscribe) {
        if (!fill_line(r, l->unsubscribe, "List-Unsubscribe"))
            return false;
        if (!is_web(filled(r)))
            return fail(r, "List-Unsubscribe is no https:// or mailto: address");
        text_init(&url);
        text_printf(&url, "<%s>", r->value.ptr);
        put_member(r, "List-Unsubscribe", (struct slice){url.ptr, url.len});
        r->out->failed = r->out->failed || !text_ok(&url);
        text_release(&url);
        if (l->one_click)
            put_member(r, "List-Unsubscribe-Post", slice_of("List-Unsubscribe=One-Click"));
    }
    text_puts(r->out, "}");
    return true;
}

/* Nothing but a web page or an address for mail may be behind a link that a cell says. */
static bool check_urls(struct rendering *r)
{
    for (size_t i = 0; i < r->l->n_urls; i++) {
        size_t column = r->l->urls[i];
        struct slice name = r->l->columns.names[column];

        if (column < r->n && slice_trim(r->fields[column]).len > 0 &&
            !is_web(slice_trim(r->fields[column])))
            return fail(r,
                        "column \"%.*s\" is a link in the letter, and does not begin with "
                        "https://",
                        (int)name.len, name.ptr);
    }
    return true;
}

static bool put_html(struct rendering *r)
{
    struct slice *escaped;
    struct text t;

    if (!r->l->html)
        return true;
    escaped = arena_alloc(r->a, (r->n + 1) * sizeof(*escaped));
    if (!escaped || !check_urls(r)) {
        r->out->failed = r->out->failed || !escaped;
        return false;
    }
    text_init(&t);
    for (size_t i = 0; i < r->n; i++) {
        text_clear(&t);
        htmltext_escape(r->fields[i], &t);
        escaped[i] = t.len == r->fields[i].len
                         ? r->fields[i]
                         : (struct slice){arena_copy(r->a, t.ptr, t.len), t.len};
        r->out->failed = r->out->failed || !text_ok(&t) || (t.len > 0 && !escaped[i].ptr);
    }
    text_release(&t);
    if (r->out->failed || !fill(r, r->l->html, escaped))
        return false;
    put_member(r, "html", filled(r));
    return true;
}

static bool put_files(struct rendering *r)
{
    if (r->l->n_files == 0)
        return true;
    put_name(r, "files");
    for (size_t i = 0; i < r->l->n_files; i++) {
        if (!fill_line(r, r->l->files[i], "--attach"))
            return false;
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

static bool put_text(struct rendering *r)
{
    if (!fill(r, r->l->text, r->fields))
        return false;
    put_member(r, "text", filled(r));
    return true;
}

const char *letter_render(const struct letter *l, const struct letter_row *row,
                          const struct slice *fields, size_t nfields, struct arena *a,
                          struct text *out)
{
    struct rendering r = {.l = l, .row = row, .fields = fields, .n = nfields, .a = a, .out = out};
    bool ok;

    text_clear(out);
    text_init(&r.value);
    ok = put_to(&r) && put_from(&r) && put_line(&r, l->copy, "copy", "Bcc") &&
         put_line(&r, l->subject, "subject", "Subject") && put_headers(&r) && put_text(&r) &&
         put_html(&r) && put_line(&r, l->link, "qr", "{{qr}}") && put_files(&r);
    text_printf(out, ",\"date\":%lld", (long long)row->now_ms);
    text_release(&r.value);
    return ok ? NULL : r.why;
}

/* ---- showing ---- */

void letter_show(struct slice members, struct text *out)
{
    static const char *const names[][2] = {
        {"from", "From"}, {"to", "To"}, {"copy", "Bcc"}, {"subject", "Subject"}};
    struct json *doc;
    struct text object;
    struct slice s;

    text_init(&object);
    text_puts(&object, "{");
    text_append(&object, members.ptr, members.len);
    text_puts(&object, "}");
    doc = text_ok(&object) ? json_parse((struct slice){object.ptr, object.len}) : NULL;
    text_release(&object);
    if (!doc) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        s = json_text(json_get(doc, names[i][0]));
        if (!s.ptr)
            continue;
        text_printf(out, "%s: ", names[i][1]);
        visible_puts(out, s.ptr);
        text_puts(out, "\n");
    }
    for (size_t i = 0; i < json_count(json_get(doc, "files")); i++) {
        text_puts(out, "Attached: ");
        visible_puts(out, json_text(json_at(json_get(doc, "files"), i)).ptr);
        text_puts(out, "\n");
    }
    text_puts(out, "\n");
    s = json_text(json_get(doc, "text"));
    for (const char *line = s.ptr ? s.ptr : ""; *line;) {
        size_t len = strcspn(line, "\n");
        struct text one;

        text_init(&one);
        text_append(&one, line, len);
        if (text_ok(&one))
            visible_puts(out, one.ptr);
        text_puts(out, "\n");
        out->failed = out->failed || !text_ok(&one);
        text_release(&one);
        line += len + (line[len] == '\n');
    }
    json_free(doc);
}
