/*
 * message: from the outside in; each multipart writes its head, then its parts between boundaries.
 *
 * Text that any server takes is written as it is; other text is quoted-printable, which a person can still read in a
 * message's source, and which survives every server on the way: no line begins with a dot or "From ", which some change.
 */
#include "policy/message.h"

#include "policy/mailwords.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define LINE_MAX 76
#define PLAIN_LINE_MAX 78
#define DATE_MAX 48
#define BASE64_LINE 57 /* bytes that make 76 characters */

static const char hex[] = "0123456789ABCDEF";

/* ---- quoted-printable ---- */

/* Can it stay as it is? */
static bool is_plain(struct slice s)
{
    size_t line = 0;

    for (size_t i = 0; i < s.len; i++, line++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool ends = i + 1 == s.len || s.ptr[i + 1] == '\n';

        if (c == '\n') {
            line = SIZE_MAX; /* which the loop makes 0 */
            continue;
        }
        if (c > '~' || (c < ' ' && c != '\t') || line >= PLAIN_LINE_MAX ||
            (ends && (c == ' ' || c == '\t')) ||
            (line == 0 && (c == '.' || (s.len - i >= 5 && memcmp(s.ptr + i, "From ", 5) == 0))))
            return false;
    }
    return true;
}

static void put_lines(struct text *out, struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        text_append(out, s.ptr[i] == '\n' ? "\r\n" : &s.ptr[i], s.ptr[i] == '\n' ? 2 : 1);
    if (s.len == 0 || s.ptr[s.len - 1] != '\n')
        text_puts(out, "\r\n");
}

static bool is_quoted(struct slice s, size_t i, size_t line)
{
    unsigned char c = (unsigned char)s.ptr[i];
    bool ends = i + 1 == s.len || s.ptr[i + 1] == '\n' || s.ptr[i + 1] == '\r';

    return c > '~' || c == '=' || (c < ' ' && c != '\t') || (ends && (c == ' ' || c == '\t')) ||
           (line == 0 &&
            (c == '.' || (c == 'F' && s.len - i >= 5 && memcmp(s.ptr + i, "From ", 5) == 0)));
}

static void put_quoted(struct text *out, struct slice s)
{
    size_t line = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool quoted = is_quoted(s, i, line);

        if (c == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n')
            continue;
        if (c == '\n' || c == '\r') { /* a cell has them as it likes */
            text_puts(out, "\r\n");
            line = 0;
            continue;
        }
        if (line + (quoted ? 3 : 1) > LINE_MAX - 1) { /* its end takes a = */
            text_puts(out, "=\r\n");
            line = 0;
            quoted = is_quoted(s, i, line);
        }
        if (quoted)
            text_append(out, (char[]){'=', hex[c >> 4], hex[c & 15]}, 3);
        else
            text_append(out, &s.ptr[i], 1);
        line += quoted ? 3 : 1;
    }
    if (line > 0 || s.len == 0)
        text_puts(out, "\r\n");
}

static void put_text_part(struct text *out, const char *type, struct slice s)
{
    bool plain = is_plain(s);

    text_printf(out, "Content-Type: %s; charset=utf-8\r\n", type);
    text_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "quoted-printable");
    if (plain)
        put_lines(out, s);
    else
        put_quoted(out, s);
}

/* ---- boundaries ---- */

/* No text of the message holds it: in quoted-printable and base64 "=_" does not occur, and the id is one that nobody knows who
 * has written the letter or a cell. */
static void put_boundary(struct text *out, const struct message *m, char level)
{
    size_t len = strcspn(m->id.ptr, "@");

    text_printf(out, "=_%c%.*s", level, (int)(len < m->id.len ? len : m->id.len), m->id.ptr);
}

static void put_multipart(struct text *out, const struct message *m, const char *kind, char level)
{
    text_printf(out, "Content-Type: multipart/%s;\r\n boundary=\"", kind);
    put_boundary(out, m, level);
    text_puts(out, "\"\r\n\r\n");
}

static void put_between(struct text *out, const struct message *m, char level, bool last)
{
    text_puts(out, "--");
    put_boundary(out, m, level);
    text_puts(out, last ? "--\r\n" : "\r\n");
}

/* ---- parts ---- */

static void put_alternative(struct text *out, const struct message *m)
{
    if (!m->html.len) {
        put_text_part(out, "text/plain", m->text);
        return;
    }
    put_multipart(out, m, "alternative", 'a');
    put_between(out, m, 'a', false);
    put_text_part(out, "text/plain", m->text);
    put_between(out, m, 'a', false);
    put_text_part(out, "text/html", m->html);
    put_between(out, m, 'a', true);
}

/* Some programs list every picture as an attachment: it has a name that says what it is. */
static void put_picture(struct text *out, const struct message_picture *p)
{
    text_printf(out,
                "Content-Type: %.*s\r\nContent-Transfer-Encoding: base64\r\n"
                "Content-ID: <%.*s>\r\nContent-Disposition: inline",
                (int)p->type.len, p->type.ptr, (int)p->id.len, p->id.ptr);
    mailwords_param(out, "filename", p->name);
    text_puts(out, "\r\n\r\n");
    for (size_t at = 0; at < p->bytes.len; at += BASE64_LINE) {
        size_t left = p->bytes.len - at;

        mailwords_base64(
            out, (struct slice){p->bytes.ptr + at, left < BASE64_LINE ? left : BASE64_LINE});
        text_puts(out, "\r\n");
    }
}

static void put_related(struct text *out, const struct message *m)
{
    if (m->n_pictures == 0) {
        put_alternative(out, m);
        return;
    }
    put_multipart(out, m, m->html.len ? "related;\r\n type=\"multipart/alternative\"" : "related",
                  'r');
    put_between(out, m, 'r', false);
    put_alternative(out, m);
    for (size_t i = 0; i < m->n_pictures; i++) {
        put_between(out, m, 'r', false);
        put_picture(out, &m->pictures[i]);
    }
    put_between(out, m, 'r', true);
}

static struct slice name_of(struct slice path)
{
    size_t at = path.len;

    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    return (struct slice){path.ptr + at, path.len - at};
}

static void put_file(struct text *out, const struct message_file *f, struct request_file *place)
{
    struct slice name = name_of(f->path);

    text_printf(out, "Content-Type: %s", message_type_of(f->path));
    text_puts(out, "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment");
    mailwords_param(out, "filename", name);
    text_puts(out, "\r\n\r\n");
    *place = (struct request_file){.at = out->len, .path = f->path.ptr};
}

static void put_mixed(struct text *out, const struct message *m, struct request_file *places)
{
    if (m->n_files == 0) {
        put_related(out, m);
        return;
    }
    put_multipart(out, m, "mixed", 'm');
    put_between(out, m, 'm', false);
    put_related(out, m);
    for (size_t i = 0; i < m->n_files; i++) {
        put_between(out, m, 'm', false);
        put_file(out, &m->files[i], &places[i]);
    }
    put_between(out, m, 'm', true);
}

const char *message_type_of(struct slice path)
{
    static const char *const types[][2] = {
        {".pdf", "application/pdf"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".svg", "image/svg+xml"},
        {".txt", "text/plain; charset=utf-8"},
        {".csv", "text/csv; charset=utf-8"},
        {".html", "text/html; charset=utf-8"},
        {".ics", "text/calendar; charset=utf-8"},
        {".json", "application/json"},
        {".zip", "application/zip"},
        {".pkpass", "application/vnd.apple.pkpass"},
        {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t len = strlen(types[i][0]);

        if (path.len > len && strncasecmp(path.ptr + path.len - len, types[i][0], len) == 0)
            return types[i][1];
    }
    return "application/octet-stream";
}

/* ---- the head ---- */

/* RFC 5322, 3.3, in UTC: names of days and months are English whatever the locale. */
static void put_date(struct text *out, int64_t ms)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;

    if (!gmtime_r(&seconds, &t))
        return;
    text_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[t.tm_wday], t.tm_mday,
                months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void put_field(struct text *out, const struct message_field *f)
{
    char name[128];

    snprintf(name, sizeof(name), "%.*s", (int)f->name.len, f->name.ptr);
    if (slice_is(f->name, "Reply-To"))
        mailwords_addresses(out, name, f->value);
    else if (slice_begins(f->name, "List-"))
        mailwords_plain(out, name, f->value); /* a URL, which is in ASCII and never encoded */
    else
        mailwords_text(out, name, f->value);
}

void message_write(const struct message *m, struct text *out, struct request_file *places)
{
    put_date(out, m->date_ms);
    mailwords_address(out, "From", m->from_name, m->from);
    mailwords_address(out, "To", m->to_name, m->to);
    mailwords_text(out, "Subject", m->subject);
    text_printf(out, "Message-ID: <%.*s>\r\nMIME-Version: 1.0\r\n", (int)m->id.len, m->id.ptr);
    for (size_t i = 0; i < m->n_fields; i++)
        put_field(out, &m->fields[i]);
    put_mixed(out, m, places);
}
