/*
 * spreadsheet_strings: read as far as somebody asks -> read to the end.
 *
 * The texts lie one behind the other, and where each ends in a list beside them.  The first bytes of both are in memory,
 * the others in temporary files: so a sheet of a million different texts takes no more memory than one of a thousand.
 * Cells ask for texts in about the order in which these stand, so that a few pages of the files are most often enough.
 */
#include "spreadsheet_internal.h"

#include "adapters/spool.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXTS_HELD ((size_t)16 << 20)
#define ENDS_HELD ((size_t)8 << 20)
#define HELD_FIRST ((size_t)64 << 10)
#define PAGE ((size_t)4 << 10)
#define PAGES 512u /* 2 MiB; a power of two */
#define TAIL ((size_t)64 << 10)

/* Bytes that are added at the end, and read anywhere. */
struct store {
    const char *name; /* for messages */
    char *held;       /* the first of them */
    size_t held_cap, held_max;
    uint64_t size;
    struct spool *file; /* the others, or NULL */
    uint64_t in_file;   /* so many; behind them: tail */
    char *tail;
    size_t tail_len;
    char *pages;
    uint64_t page_of[PAGES]; /* which page of the file lies there, from 1 */
};

struct spreadsheet_strings {
    const char *name;
    struct spreadsheet_xml *xml;
    struct spreadsheet_way way;
    struct err *e; /* of the call at hand */
    bool whole;
    uint64_t n;
    struct store texts, ends;
    struct text text; /* of the item at hand */
    struct text got;
};

/* ---- a store ---- */

static int store_open_file(struct store *s, struct err *e)
{
    s->file = spool_new(s->name, e);
    if (!s->file)
        return -1;
    s->tail = mem_zero(TAIL, 1);
    s->pages = mem_zero(PAGES, PAGE);
    return s->tail && s->pages ? 0 : err_nomem(e);
}

static int store_hold(struct store *s, const char *bytes, size_t len, struct err *e)
{
    size_t need = (size_t)s->size + len;

    if (need > s->held_cap) {
        size_t cap = s->held_cap ? s->held_cap * 2 : HELD_FIRST;
        while (cap < need)
            cap *= 2;
        cap = cap < s->held_max ? cap : s->held_max;
        char *held = mem_resize(s->held, cap, 1);
        if (!held)
            return err_nomem(e);
        s->held = held;
        s->held_cap = cap;
    }
    memcpy(s->held + s->size, bytes, len);
    s->size += len;
    return 0;
}

static int store_add(struct store *s, const char *bytes, size_t len, struct err *e)
{
    if (s->size < s->held_max && len > 0) {
        size_t room = s->held_max - (size_t)s->size, now = len < room ? len : room;
        if (store_hold(s, bytes, now, e) != 0)
            return -1;
        bytes += now;
        len -= now;
    }
    if (len > 0 && !s->file && store_open_file(s, e) != 0)
        return -1;
    while (len > 0) {
        size_t now = len < TAIL - s->tail_len ? len : TAIL - s->tail_len;
        memcpy(s->tail + s->tail_len, bytes, now);
        s->tail_len += now;
        s->size += now;
        bytes += now;
        len -= now;
        if (s->tail_len < TAIL)
            continue;
        if (spool_write(s->file, s->tail, TAIL, e) != 0)
            return -1;
        s->in_file += TAIL;
        s->tail_len = 0;
    }
    return 0;
}

/* The page of the file that this byte of it is in; pages are whole, for TAIL is a multiple of theirs. */
static const char *store_page(struct store *s, uint64_t at, struct err *e)
{
    uint64_t page = at / PAGE;
    size_t slot = (size_t)page & (PAGES - 1);
    char *bytes = s->pages + slot * PAGE;

    if (s->page_of[slot] == page + 1)
        return bytes;
    s->page_of[slot] = 0;
    for (size_t len = 0; len < PAGE;) {
        ssize_t n = pread(spool_fd(s->file), bytes + len, PAGE - len, (off_t)(page * PAGE + len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            err_set(e, EXIT_INPUT, "%s: its temporary file cannot be read: %s", s->name,
                    n < 0 ? strerror(errno) : "it is too short");
            return NULL;
        }
        len += (size_t)n;
    }
    s->page_of[slot] = page + 1;
    return bytes;
}

/* As many of the bytes from at on as lie together, at most len; NULL: an error. */
static const char *store_piece(struct store *s, uint64_t at, size_t *len, struct err *e)
{
    size_t together = *len;
    const char *piece = NULL;

    if (at < s->held_max) {
        together = s->held_max - (size_t)at;
        piece = s->held + at;
    } else if (at - s->held_max >= s->in_file) {
        piece = s->tail + (at - s->held_max - s->in_file);
    } else {
        at -= s->held_max;
        together = PAGE - (size_t)(at % PAGE);
        piece = store_page(s, at, e);
        piece = piece ? piece + at % PAGE : NULL;
    }
    *len = together < *len ? together : *len;
    return piece;
}

static int store_copy(struct store *s, uint64_t at, char *to, size_t len, struct err *e)
{
    while (len > 0) {
        size_t now = len;
        const char *piece = store_piece(s, at, &now, e);
        if (!piece)
            return -1;
        memcpy(to, piece, now);
        to += now;
        at += now;
        len -= now;
    }
    return 0;
}

static void store_release(struct store *s)
{
    spool_close(s->file);
    free(s->held);
    free(s->tail);
    free(s->pages);
}

/* ---- its XML ---- */

enum place { SST = 1, ITEM, RUN, TEXT };

static const struct spreadsheet_rule rules[] = {
    {0, "sst", SST},  {SST, "si", ITEM}, {ITEM, "t", TEXT},
    {ITEM, "r", RUN}, {RUN, "t", TEXT},  {0, NULL, 0},
};

static int on_start(void *context, const char *name, const char *const *attributes)
{
    struct spreadsheet_strings *s = context;

    (void)attributes;
    spreadsheet_enter(&s->way, name);
    if (s->way.at[1] == SPREADSHEET_ELSEWHERE)
        return err_set(s->e, EXIT_INPUT, "%s: its shared texts are a <%.50s>: save it again",
                       s->name, name);
    return 0;
}

static int on_end(void *context, const char *name)
{
    struct spreadsheet_strings *s = context;
    uint64_t end = 0;

    (void)name;
    if (spreadsheet_leave(&s->way) != ITEM)
        return 0;
    spreadsheet_unescape(&s->text);
    if (!text_ok(&s->text))
        return err_nomem(s->e);
    end = s->texts.size + s->text.len;
    if (store_add(&s->texts, s->text.ptr, s->text.len, s->e) != 0 ||
        store_add(&s->ends, (const char *)&end, sizeof(end), s->e) != 0)
        return -1;
    text_clear(&s->text);
    s->n++;
    return 0;
}

static int on_text(void *context, const char *bytes, size_t len)
{
    struct spreadsheet_strings *s = context;

    if (spreadsheet_at(&s->way) != TEXT)
        return 0;
    text_append(&s->text, bytes, len);
    /* escapes are 7 bytes of what may become 1 */
    return s->text.len <= 7 * SPREADSHEET_CELL_MAX
               ? 0
               : err_set(s->e, EXIT_INPUT, "%s: shared text %" PRIu64 " is too long: shorten it",
                         s->name, s->n);
}

static const struct xml_events events = {on_start, on_end, on_text};

/* ---- the texts ---- */

struct spreadsheet_strings *spreadsheet_strings_open(const struct spreadsheet_parts *p,
                                                     const char *path, struct err *e)
{
    struct spreadsheet_strings *s = mem_zero(1, sizeof(*s));

    if (!s) {
        err_nomem(e);
        return NULL;
    }
    s->name = s->texts.name = s->ends.name = p->name;
    s->way.rules = rules;
    s->texts.held_max = TEXTS_HELD;
    s->ends.held_max = ENDS_HELD;
    text_init(&s->text);
    text_init(&s->got);
    s->xml = spreadsheet_xml_open(p, path, &events, s, e);
    if (s->xml)
        return s;
    spreadsheet_strings_close(s);
    return NULL;
}

static int read_more(struct spreadsheet_strings *s, struct err *e)
{
    s->e = e;
    int rc = spreadsheet_xml_step(s->xml, e);
    s->whole = rc == 0;
    return rc < 0 ? -1 : 0;
}

int spreadsheet_strings_get(struct spreadsheet_strings *s, uint64_t at, struct slice *out,
                            struct err *e)
{
    uint64_t ends[2] = {0, 0}; /* of the one before, and its own */

    while (at >= s->n && !s->whole)
        if (read_more(s, e) != 0)
            return -1;
    if (at >= s->n)
        return 0;
    if (at == 0 ? store_copy(&s->ends, 0, (char *)&ends[1], sizeof(*ends), e)
                : store_copy(&s->ends, (at - 1) * sizeof(*ends), (char *)ends, sizeof(ends), e))
        return -1;
    size_t len = (size_t)(ends[1] - ends[0]), together = len;
    const char *piece = len > 0 ? store_piece(&s->texts, ends[0], &together, e) : "";
    if (!piece)
        return -1;
    *out = (struct slice){piece, len};
    if (together == len)
        return 1;
    text_clear(&s->got);
    for (uint64_t from = ends[0]; from < ends[1]; from += together) {
        together = (size_t)(ends[1] - from);
        piece = store_piece(&s->texts, from, &together, e);
        if (!piece)
            return -1;
        text_append(&s->got, piece, together);
    }
    *out = (struct slice){s->got.ptr, s->got.len};
    return text_ok(&s->got) ? 1 : err_nomem(e);
}

int spreadsheet_strings_finish(struct spreadsheet_strings *s, struct err *e)
{
    while (!s->whole)
        if (read_more(s, e) != 0)
            return -1;
    return 0;
}

void spreadsheet_strings_close(struct spreadsheet_strings *s)
{
    if (!s)
        return;
    spreadsheet_xml_close(s->xml);
    store_release(&s->texts);
    store_release(&s->ends);
    text_release(&s->text);
    text_release(&s->got);
    free(s);
}

/* ---- escapes ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#define ESCAPE ((size_t)7) /* _xHHHH_ */

/* The unit that p begins with as an escape, or -1. */
static int32_t escape_at(const char *p, const char *end)
{
    int32_t unit = 0;

    if ((size_t)(end - p) < ESCAPE || p[0] != '_' || p[1] != 'x' || p[6] != '_')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* The character that p begins with, escaped, and how many bytes it takes there; -1: there is none.  Half a pair of
 * surrogates is no character. */
static int32_t character_at(const char *p, const char *end, size_t *len)
{
    int32_t unit = escape_at(p, end);

    *len = ESCAPE;
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    int32_t low = unit < 0xDC00 ? escape_at(p + ESCAPE, end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    *len = 2 * ESCAPE;
    return 0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00);
}

static size_t put_utf8(char *to, int32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
    return n;
}

void spreadsheet_plain_lines(struct text *t)
{
    size_t to = 0;

    if (t->len == 0 || !memchr(t->ptr, '\r', t->len))
        return;
    for (size_t at = 0; at < t->len; at++)
        if (t->ptr[at] != '\r' || at + 1 == t->len || t->ptr[at + 1] != '\n')
            t->ptr[to++] = t->ptr[at];
    t->len = to;
    t->ptr[to] = '\0';
}

void spreadsheet_unescape(struct text *t)
{
    size_t to = 0, len = 0;

    if (t->len >= ESCAPE && memchr(t->ptr, '_', t->len)) {
        for (size_t at = 0; at < t->len; at += len) {
            int32_t c = character_at(t->ptr + at, t->ptr + t->len, &len);
            if (c >= 0) {
                to += put_utf8(t->ptr + to, c);
                continue;
            }
            len = 1;
            t->ptr[to++] = t->ptr[at];
        }
        t->len = to;
        t->ptr[to] = '\0';
    }
    spreadsheet_plain_lines(t);
}
