/*
 * mimeread: messages taken apart.
 *
 * Own code, for want of a library that fits: libetpan 1.9.4 goes down the C stack for each part in another (a message of
 * 30,000 headers in each other, 900 KB, ends the process) and leaves RFC 2231 to its caller; GMime stands on GLib, which
 * ends the process when memory runs out.
 */
#include "mimeread_internal.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct mimeread {
    struct arena arena;
    struct mimeread_part *top;
    struct slice bytes;  /* the message */
    const char *counted; /* in it, so far its lines are counted: those before it */
    size_t lines;
    size_t room; /* so many bytes of messages in messages may still be decoded */
    size_t n_parts;
    size_t charsets_left;
    bool cut, failed;
};

/* ---- lines and fields ---- */

struct slice mimeread_line(struct slice *rest)
{
    size_t len = 0, end;
    struct slice line;

    while (len < rest->len && !mimeread_line_end(rest->ptr[len]))
        len++;
    line = (struct slice){rest->ptr, len};
    end = len + (len < rest->len);
    if (end < rest->len && rest->ptr[len] == '\r' && rest->ptr[end] == '\n')
        end++;
    *rest = (struct slice){rest->ptr + end, rest->len - end};
    return line;
}

/* The length of the name of the field that this line begins, or 0. */
static size_t name_length(struct slice line)
{
    size_t len = 0, colon;

    while (len < line.len && line.ptr[len] > ' ' && line.ptr[len] < 0x7f && line.ptr[len] != ':')
        len++;
    colon = len;
    while (colon < line.len && mimeread_blank(line.ptr[colon]))
        colon++;
    return colon < line.len && line.ptr[colon] == ':' ? len : 0;
}

/* Takes the lines of one field off: its name, and its value unfolded. */
static struct slice take_field(struct slice *rest, struct text *value)
{
    struct slice line = mimeread_line(rest), name = {line.ptr, name_length(line)};
    const char *colon = memchr(line.ptr, ':', line.len);

    text_clear(value);
    text_append(value, colon + 1, (size_t)(line.ptr + line.len - colon - 1));
    while (rest->len > 0 && mimeread_blank(rest->ptr[0])) {
        line = mimeread_line(rest);
        text_puts(value, " ");
        text_append(value, line.ptr + 1, line.len - 1);
    }
    for (size_t i = 0; i < value->len; i++)
        if (value->ptr[i] == '\0')
            value->ptr[i] = ' ';
    return name;
}

/* The line of the message that begins there; 0: it is in a part that was decoded first. */
static size_t line_at(struct mimeread *m, const char *at)
{
    uintptr_t begin = (uintptr_t)m->bytes.ptr, place = (uintptr_t)at;

    if (place < begin || place > begin + m->bytes.len)
        return 0;
    if (at < m->counted) {
        m->counted = m->bytes.ptr;
        m->lines = 0;
    }
    for (; m->counted < at; m->counted++)
        m->lines += *m->counted == '\n' ||
                    (*m->counted == '\r' && (m->counted + 1 == at || m->counted[1] != '\n'));
    return m->lines + 1;
}

/* How many fields s begins with. */
static size_t count_fields(struct slice s)
{
    size_t n = 0;
    struct slice line;

    while (s.len > 0 &&
           (line = mimeread_line(&s),
            name_length(line) > 0 || (n > 0 && line.len > 0 && mimeread_blank(*line.ptr))))
        n += !mimeread_blank(*line.ptr);
    return n;
}

/* One field's texts.  -1: no memory. */
static int fill_field(struct mimeread_field *f, struct slice raw, size_t *left, struct arena *a)
{
    struct text t;

    text_init(&t);
    mimeread_utf8(raw, slice_of(""), left, &t);
    f->raw = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
    text_clear(&t);
    mimeread_decode(raw, left, &t);
    f->value = text_ok(&t) ? arena_copy(a, t.ptr, t.len) : NULL;
    text_release(&t);
    return f->raw && f->value ? 0 : -1;
}

/* The fields that *rest begins with, which are taken off, and an empty line behind them.  At most so many are kept; their
 * names are borrowed.  m: NULL if it is no message.  -1: no memory. */
static int read_fields(struct mimeread *m, struct slice *rest, size_t *left, struct arena *a,
                       const struct mimeread_field **fields, size_t *n)
{
    size_t all = count_fields(*rest), kept = all < MIMEREAD_FIELDS_MAX ? all : MIMEREAD_FIELDS_MAX;
    struct mimeread_field *list = arena_alloc(a, (kept + 1) * sizeof(*list));
    struct text raw;
    int rc = list ? 0 : -1;

    *n = 0;
    *fields = list;
    text_init(&raw);
    for (size_t i = 0; rc == 0 && i < all; i++) {
        size_t line = m ? line_at(m, rest->ptr) : 0;
        struct slice name = take_field(rest, &raw);

        if (!text_ok(&raw))
            rc = -1;
        if (rc < 0 || i >= kept)
            continue;
        list[i] = (struct mimeread_field){.name = name, .line = line};
        rc = fill_field(&list[i], slice_trim((struct slice){raw.ptr, raw.len}), left, a);
        *n = i + 1;
    }
    text_release(&raw);
    if (m && kept < all)
        m->cut = true;
    if (rest->len > 0 && mimeread_line_end(rest->ptr[0]))
        mimeread_line(rest);
    return rc;
}

int mimeread_group(struct slice *rest, struct arena *a, const struct mimeread_field **fields)
{
    size_t n = 0, left = MIMEREAD_CHARSETS_MAX;

    while (rest->len > 0 && n == 0) {
        struct slice before = *rest;

        if (read_fields(NULL, rest, &left, a, fields, &n) < 0)
            return -1;
        if (rest->len == before.len) /* a line that is no field */
            mimeread_line(rest);
    }
    return (int)n;
}

/* ---- what a part is ---- */

const struct mimeread_field *mimeread_field(const struct mimeread_part *p, const char *name)
{
    for (size_t i = 0; i < p->n_fields; i++)
        if (slice_is(p->fields[i].name, name))
            return &p->fields[i];
    return NULL;
}

static const char *find_param(const struct mimeread_param *params, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(params[i].name, name) == 0)
            return params[i].value;
    return NULL;
}

const char *mimeread_param(const struct mimeread_part *p, const char *name)
{
    return find_param(p->params, p->n_params, name);
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

static bool begins(const char *type, const char *with)
{
    return strncmp(type, with, strlen(with)) == 0;
}

/* `<id>` */
static const char *plain_id(struct mimeread *m, const struct mimeread_field *f)
{
    struct slice s = slice_trim(slice_of(f ? f->value : ""));
    const char *id;

    if (s.len >= 2 && s.ptr[0] == '<' && s.ptr[s.len - 1] == '>')
        s = (struct slice){s.ptr + 1, s.len - 2};
    id = arena_copy(&m->arena, s.ptr, s.len);
    m->failed = m->failed || !id;
    return id;
}

/* Type, disposition and the rest of a part whose fields are known. */
static void describe(struct mimeread *m, struct mimeread_part *p)
{
    const struct mimeread_field *type = mimeread_field(p, "Content-Type"),
                                *disposition = mimeread_field(p, "Content-Disposition");
    const struct mimeread_param *params;
    bool in_digest = p->parent && strcmp(p->parent->type, "multipart/digest") == 0;
    size_t n;

    p->type = mimeread_structured(type ? type->raw : "", &m->charsets_left, &m->arena, &p->params,
                                  &p->n_params);
    p->disposition = mimeread_structured(disposition ? disposition->raw : "", &m->charsets_left,
                                         &m->arena, &params, &n);
    p->id = plain_id(m, mimeread_field(p, "Content-ID"));
    if (!p->type || !p->disposition || m->failed) {
        m->failed = true;
        return;
    }
    if (!strchr(p->type, '/')) /* "text" is of before MIME */
        p->type = in_digest ? "message/rfc822" : "text/plain";
    if (begins(p->type, "multipart/") && !*or_empty(mimeread_param(p, "boundary")))
        p->type = "text/plain";
    p->filename = find_param(params, n, "filename");
    if (!p->filename || !*p->filename)
        p->filename = or_empty(mimeread_param(p, "name"));
    p->charset = mimeread_copy_lower(&m->arena, slice_of(or_empty(mimeread_param(p, "charset"))));
    m->failed = m->failed || !p->charset;
}

/* ---- bodies ---- */

/* Lines end with LF. */
static void end_lines(struct text *t)
{
    size_t to = 0;

    for (size_t i = 0; i < t->len; i++) {
        char c = t->ptr[i];

        if (c == '\r' && i + 1 < t->len && t->ptr[i + 1] == '\n')
            continue;
        t->ptr[to++] = c == '\r' ? '\n' : c;
    }
    if (to < t->len) {
        t->len = to;
        t->ptr[to] = '\0';
    }
}

enum encoding { ENCODING_NONE, ENCODING_BASE64, ENCODING_QUOTED };

static enum encoding encoding_of(const struct mimeread_part *p)
{
    const struct mimeread_field *f = mimeread_field(p, "Content-Transfer-Encoding");
    struct slice how = slice_trim(slice_of(f ? f->value : ""));

    if (slice_begins(how, "base64"))
        return ENCODING_BASE64;
    return slice_begins(how, "quoted-printable") ? ENCODING_QUOTED : ENCODING_NONE;
}

static void undo_encoding(const struct mimeread_part *p, struct text *out)
{
    enum encoding how = encoding_of(p);

    if (how == ENCODING_BASE64)
        mimeread_base64(p->source, out);
    else if (how == ENCODING_QUOTED)
        mimeread_quoted(p->source, false, out);
    else
        text_append(out, p->source.ptr, p->source.len);
}

static void keep_body(struct mimeread *m, struct mimeread_part *p, const struct text *t)
{
    const char *copy = text_ok(t) ? arena_copy(&m->arena, t->ptr, t->len) : NULL;

    p->body = (struct slice){copy, copy ? t->len : 0};
    m->failed = m->failed || !copy;
}

static void read_body(struct mimeread *m, struct mimeread_part *p)
{
    struct text bytes, text;

    text_init(&bytes);
    text_init(&text);
    undo_encoding(p, &bytes);
    if (begins(p->type, "text/")) {
        p->bad_charset = !mimeread_utf8((struct slice){bytes.ptr, bytes.len}, slice_of(p->charset),
                                        &m->charsets_left, &text);
        end_lines(&text);
        m->failed = m->failed || !text_ok(&bytes);
    }
    keep_body(m, p, begins(p->type, "text/") ? &text : &bytes);
    text_release(&text);
    text_release(&bytes);
}

/* ---- the tree ---- */

static struct mimeread_part *read_part(struct mimeread *m, struct slice s,
                                       struct mimeread_part *parent, unsigned depth);

/* Puts what s is into parent, behind last; the new last one. */
static struct mimeread_part *add_part(struct mimeread *m, struct slice s,
                                      struct mimeread_part *parent, struct mimeread_part *last,
                                      unsigned depth)
{
    struct mimeread_part *p;

    if (m->n_parts >= MIMEREAD_PARTS_MAX) {
        m->cut = true;
        return last;
    }
    p = read_part(m, s, parent, depth + 1);
    if (!p)
        return last;
    if (last)
        last->next = p;
    else
        parent->first = p;
    return p;
}

enum mark { MARK_NONE, MARK_NEXT, MARK_LAST };

/* Is this line a multipart's boundary (RFC 2046, 5.1.1)?  Blanks behind it were put there on the way. */
static enum mark mark_of(struct slice line, struct slice boundary)
{
    struct slice behind;

    if (line.len < boundary.len + 2 || line.ptr[0] != '-' || line.ptr[1] != '-' ||
        memcmp(line.ptr + 2, boundary.ptr, boundary.len) != 0)
        return MARK_NONE;
    behind = slice_trim((struct slice){line.ptr + 2 + boundary.len, line.len - 2 - boundary.len});
    if (behind.len == 0)
        return MARK_NEXT;
    return behind.len == 2 && memcmp(behind.ptr, "--", 2) == 0 ? MARK_LAST : MARK_NONE;
}

/* Without the line end before a boundary, which belongs to that. */
static struct slice before_mark(const char *from, const char *to)
{
    size_t len = (size_t)(to - from);

    if (len > 0 && from[len - 1] == '\n')
        len--;
    if (len > 0 && from[len - 1] == '\r')
        len--;
    return (struct slice){from, len};
}

static void read_multipart(struct mimeread *m, struct mimeread_part *p, struct slice boundary,
                           unsigned depth)
{
    struct slice rest = p->source;
    const char *from = NULL; /* where the part that we are in begins */
    struct mimeread_part *last = NULL;

    while (rest.len > 0 && !m->failed) {
        const char *at = rest.ptr;
        enum mark mark = mark_of(mimeread_line(&rest), boundary);

        if (mark == MARK_NONE)
            continue;
        if (from)
            last = add_part(m, before_mark(from, at), p, last, depth);
        from = mark == MARK_NEXT ? rest.ptr : NULL;
        if (mark == MARK_LAST)
            return;
    }
    if (from) /* it was cut off on the way */
        add_part(m, (struct slice){from, (size_t)(rest.ptr - from)}, p, last, depth);
}

/* The parts in p, or its bytes. */
static void read_content(struct mimeread *m, struct mimeread_part *p, unsigned depth)
{
    const char *boundary = mimeread_param(p, "boundary");
    bool message = strcmp(p->type, "message/rfc822") == 0 || strcmp(p->type, "message/global") == 0,
         multipart = begins(p->type, "multipart/");

    if ((message || multipart) && depth >= MIMEREAD_DEPTH_MAX) {
        m->cut = true;
        return;
    }
    if (message && encoding_of(p) != ENCODING_NONE &&
        p->source.len <= m->room) { /* forbidden, and met */
        m->room -= p->source.len;
        read_body(m, p);
        p->source = p->body;
        p->body = (struct slice){"", 0};
    }
    if (message)
        add_part(m, p->source, p, NULL, depth);
    else if (multipart)
        read_multipart(m, p, slice_of(boundary), depth);
    else
        read_body(m, p);
}

static struct mimeread_part *read_part(struct mimeread *m, struct slice s,
                                       struct mimeread_part *parent, unsigned depth)
{
    struct mimeread_part *p = arena_alloc(&m->arena, sizeof(*p));

    if (!p) {
        m->failed = true;
        return NULL;
    }
    m->n_parts++;
    *p = (struct mimeread_part){.parent = parent, .body = {"", 0}, .filename = "", .charset = ""};
    if (read_fields(m, &s, &m->charsets_left, &m->arena, &p->fields, &p->n_fields) < 0)
        m->failed = true;
    p->source = s;
    p->line = line_at(m, s.ptr);
    if (!m->failed)
        describe(m, p);
    if (!m->failed)
        read_content(m, p, depth);
    return p;
}

/* What a mailbox or an editor puts before a message. */
static struct slice skip_start(struct slice s)
{
    if (slice_begins(s, "\xef\xbb\xbf"))
        s = (struct slice){s.ptr + 3, s.len - 3};
    if (s.len > 5 && memcmp(s.ptr, "From ", 5) == 0)
        mimeread_line(&s);
    return s;
}

struct mimeread *mimeread_new(struct slice bytes)
{
    struct mimeread *m = mem_zero(1, sizeof(*m));

    if (!m)
        return NULL;
    arena_init(&m->arena);
    m->bytes = bytes;
    m->counted = bytes.ptr;
    m->room = 2 * bytes.len;
    m->charsets_left = MIMEREAD_CHARSETS_MAX;
    m->top = read_part(m, skip_start(bytes), NULL, 1);
    if (m->failed) {
        mimeread_free(m);
        return NULL;
    }
    return m;
}

void mimeread_free(struct mimeread *m)
{
    if (!m)
        return;
    arena_release(&m->arena);
    free(m);
}

const struct mimeread_part *mimeread_top(const struct mimeread *m)
{
    return m->top;
}

bool mimeread_cut(const struct mimeread *m)
{
    return m->cut;
}

const struct mimeread_part *mimeread_next(const struct mimeread_part *p)
{
    if (p->first)
        return p->first;
    while (p && !p->next)
        p = p->parent;
    return p ? p->next : NULL;
}
