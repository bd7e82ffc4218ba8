/*
 * sharelink: takes a URL apart (RFC 3986, 3), and writes the address of the file that it leads to.
 *
 * A URL of which a part is not understood is not one of these: what is passed over could be what it is about.  Hosts are
 * compared whole, for https://docs.google.com.example/ is somebody else's.
 */
#include "policy/sharelink.h"

#include <stdbool.h>
#include <string.h>

#define OR_SAVE ", or download it there, and name the file"
#define ID_BYTES "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define DIGITS "0123456789"

struct parts {
    struct slice host, path, query, fragment;
};

/* ---- taking apart ---- */

static struct slice drop(struct slice s, size_t n)
{
    return (struct slice){s.ptr + n, s.len - n};
}

/* What stands before the first of these bytes, which *s then begins with. */
static struct slice cut(struct slice *s, const char *marks)
{
    struct slice front = {s->ptr, 0};

    while (front.len < s->len && !strchr(marks, s->ptr[front.len]))
        front.len++;
    *s = drop(*s, front.len);
    return front;
}

/* The same, but the mark itself is gone. */
static struct slice cut_off(struct slice *s, const char *marks)
{
    struct slice front = cut(s, marks);

    *s = drop(*s, s->len > 0 ? 1 : 0);
    return front;
}

static bool is(struct slice s, const char *word)
{
    return slice_equal(s, slice_of(word));
}

static bool is_made_of(struct slice s, const char *bytes)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(bytes, s.ptr[i]))
            return false;
    return s.len > 0;
}

/* What of an authority is the host; of another port than the scheme's, or with a user: nothing. */
static struct slice host_of(struct slice authority, const char *usual_port)
{
    struct slice host = cut_off(&authority, ":");

    return authority.len == 0 || is(authority, usual_port) ? host : (struct slice){"", 0};
}

static bool split(const char *url, struct parts *p)
{
    struct slice rest = slice_of(url);
    bool tls = slice_begins(rest, "https://");

    if (!tls && !slice_begins(rest, "http://"))
        return false;
    rest = drop(rest, tls ? 8 : 7);
    p->host = host_of(cut(&rest, "/?#"), tls ? "443" : "80");
    p->path = cut(&rest, "?#");
    p->query = rest.len > 0 && rest.ptr[0] == '?' ? cut(&rest, "#") : (struct slice){"", 0};
    p->query = drop(p->query, p->query.len > 0 ? 1 : 0);
    p->fragment = drop(rest, rest.len > 0 ? 1 : 0);
    return p->host.len > 0;
}

/* The next segment of a path, or an empty one at its end. */
static struct slice segment(struct slice *path)
{
    *path = drop(*path, path->len > 0 ? 1 : 0);
    return cut(path, "/");
}

/* Is that all of the path, but for a slash? */
static bool is_end(struct slice path)
{
    return path.len == 0 || is(path, "/");
}

/* `u/1`, by which a browser tells one's accounts apart. */
static void pass_account(struct slice *path)
{
    struct slice rest = *path;

    if (is(segment(&rest), "u") && is_made_of(segment(&rest), DIGITS))
        *path = rest;
}

/* The value of the first one of that name; empty: there is none. */
static struct slice parameter(struct slice query, const char *name)
{
    while (query.len > 0) {
        struct slice value = cut_off(&query, "&");

        if (is(cut_off(&value, "="), name) && value.len > 0)
            return value;
    }
    return (struct slice){"", 0};
}

/* ---- the address ---- */

static void put(struct text *out, struct slice s)
{
    text_append(out, s.ptr, s.len);
}

static void put_parameter(struct text *out, const char *name, struct slice value)
{
    if (value.len == 0)
        return;
    text_printf(out, "&%s=", name);
    put(out, value);
}

/* The same URL, with this parameter and without those. */
static void put_with(struct text *out, const struct parts *p, const char *parameter,
                     const char *const without[2])
{
    struct slice query = p->query;

    text_puts(out, "https://");
    put(out, p->host);
    put(out, p->path);
    text_puts(out, "?");
    while (query.len > 0) {
        struct slice one = cut_off(&query, "&"), rest = one, name = cut(&rest, "=");

        if (one.len == 0 || is(name, without[0]) || is(name, without[1]))
            continue;
        put(out, one);
        text_puts(out, "&");
    }
    text_puts(out, parameter);
}

/* ---- Google ---- */

/* The sheet that a link names: the fragment is where the browser is. */
static struct slice sheet_of(const struct parts *p)
{
    struct slice gid = parameter(p->fragment, "gid");

    if (!is_made_of(gid, DIGITS))
        gid = parameter(p->query, "gid");
    return is_made_of(gid, DIGITS) ? gid : (struct slice){"", 0};
}

static void read_published(struct sharelink *l, const struct parts *p, struct slice folder,
                           struct slice id)
{
    struct text *out = &l->address;
    struct slice gid = l->whole ? slice_of("") : sheet_of(p);

    text_puts(out, "https://docs.google.com/spreadsheets/d/");
    put(out, folder);
    put(out, id);
    text_puts(out, l->whole ? "/pub?output=xlsx" : "/pub?output=csv");
    put_parameter(out, "gid", gid);
    put_parameter(out, "single", slice_of(gid.len > 0 ? "true" : ""));
    put_parameter(out, "resourcekey", parameter(p->query, "resourcekey"));
    l->gives = l->whole      ? "the whole workbook, as .xlsx"
               : gid.len > 0 ? "the sheet that the link names, as CSV"
                             : "its first sheet, as CSV";
}

static void read_workbook(struct sharelink *l, const struct parts *p, struct slice id)
{
    struct text *out = &l->address;
    struct slice gid = l->whole ? slice_of("") : sheet_of(p);

    text_puts(out, "https://docs.google.com/spreadsheets/d/");
    put(out, id);
    text_puts(out, gid.len > 0 ? "/export?format=csv" : "/export?format=xlsx");
    put_parameter(out, "gid", gid);
    put_parameter(out, "resourcekey", parameter(p->query, "resourcekey"));
    l->gives =
        gid.len > 0 ? "the sheet that the link names, as CSV" : "the whole workbook, as .xlsx";
}

static void read_sheets(struct sharelink *l, const struct parts *p)
{
    static const char *const pages[] = {"", "edit", "view", "preview", "htmlview"};
    struct slice path = p->path, id, page;
    bool own_id; /* published under one of its own */

    if (!is(segment(&path), "spreadsheets"))
        return;
    pass_account(&path);
    if (!is(segment(&path), "d"))
        return;
    id = segment(&path);
    own_id = is(id, "e");
    if (own_id)
        id = segment(&path);
    page = segment(&path);
    if (!is_made_of(id, ID_BYTES) || !is_end(path))
        return;
    if (is(page, "pubhtml") || (is(page, "pub") && parameter(p->query, "output").len == 0))
        read_published(l, p, slice_of(own_id ? "e/" : ""), id);
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]) && !own_id; i++)
        if (is(page, pages[i]))
            read_workbook(l, p, id);
}

/* The id of /file/d/ID/view, /open?id=ID or /uc?id=ID. */
static struct slice drive_id(const struct parts *p)
{
    static const char *const pages[] = {"", "view", "edit", "preview"};
    struct slice path = p->path, first, id = {"", 0}, page;

    pass_account(&path);
    first = segment(&path);
    if ((is(first, "open") || is(first, "uc")) && is_end(path))
        return parameter(p->query, "id");
    if (!is(first, "file"))
        return id;
    pass_account(&path);
    if (!is(segment(&path), "d"))
        return id;
    id = segment(&path);
    page = segment(&path);
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (is(page, pages[i]) && is_end(path))
            return id;
    return (struct slice){"", 0};
}

static void read_drive(struct sharelink *l, const struct parts *p)
{
    struct slice id = drive_id(p);

    if (!is_made_of(id, ID_BYTES))
        return;
    text_puts(&l->address, "https://drive.usercontent.google.com/download?export=download");
    put_parameter(&l->address, "id", id);
    put_parameter(&l->address, "resourcekey", parameter(p->query, "resourcekey"));
    put_parameter(&l->address, "confirm", slice_of("t"));
    l->gives = "the file itself";
}

/* ---- others ---- */

/* Folders, pages of an editor (Doc.aspx) and other kinds stay as they are. */
static void read_sharepoint(struct sharelink *l, const struct parts *p)
{
    static const char *const kinds[] = {":x:", ":t:", ":u:"}, *const asked[] = {"download", "web"};
    struct slice path = p->path, kind = segment(&path);

    if (is(parameter(p->query, "download"), "1") || segment(&path).len == 0 || is_end(path))
        return;
    while (path.len > 0)
        if (is(segment(&path), "_layouts"))
            return;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (is(kind, kinds[i])) {
            put_with(&l->address, p, "download=1", asked);
            l->gives = "the file itself";
        }
}

static void read_dropbox(struct sharelink *l, const struct parts *p)
{
    static const char *const asked[] = {"dl", "raw"};
    struct slice path = p->path, first = segment(&path);
    bool file = is(first, "s") || (is(first, "scl") && is(segment(&path), "fi"));

    if (!file || is(parameter(p->query, "dl"), "1") || is(parameter(p->query, "raw"), "1") ||
        segment(&path).len == 0)
        return;
    put_with(&l->address, p, "dl=1", asked);
    l->gives = "the file itself";
}

static void read_none(struct sharelink *l, const struct parts *p)
{
    (void)l;
    (void)p;
}

static const struct service {
    const char *host; /* with a dot in front: one name more stands before it */
    void (*read)(struct sharelink *l, const struct parts *p);
    const char *advice;
} services[] = {
    {"docs.google.com", read_sheets,
     "let \"Anyone with the link\" view it (Share, General access), or download it there (File, "
     "Download), and name the file"},
    {"drive.google.com", read_drive,
     "let \"Anyone with the link\" view it (Share, General access); of a Google Sheet give the "
     "link that the browser shows when it is open" OR_SAVE},
    {".sharepoint.com", read_sharepoint,
     "share it with \"Anyone\", if your organization allows that" OR_SAVE},
    {"www.dropbox.com", read_dropbox, "share it with \"Anyone with the link\"" OR_SAVE},
    {"dropbox.com", read_dropbox, "share it with \"Anyone with the link\"" OR_SAVE},
    {"1drv.ms", read_none,
     "OneDrive gives a file to browsers only: choose Download there, and name the file"},
    {"onedrive.live.com", read_none,
     "OneDrive gives a file to browsers only: choose Download there, and name the file"},
};

static bool is_at(struct slice host, const char *of)
{
    return (*of != '.' || cut(&host, ".").len > 0) && slice_is(host, of);
}

void sharelink_init(struct sharelink *l)
{
    text_init(&l->address);
    l->whole = false;
    l->gives = l->advice = NULL;
}

void sharelink_release(struct sharelink *l)
{
    text_release(&l->address);
}

void sharelink_read(struct sharelink *l, const char *url, bool whole)
{
    struct parts p;

    l->whole = whole;
    text_clear(&l->address);
    l->gives = l->advice = NULL;
    if (!split(url, &p))
        return;
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
        if (is_at(p.host, services[i].host)) {
            l->advice = services[i].advice;
            services[i].read(l, &p);
            return;
        }
}
